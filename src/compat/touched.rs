//! Which names a query must hold for a change of the schema to concern it: a quick answer before it is resolved.

use std::collections::{BTreeMap, BTreeSet};

use imbl::ordmap::DiffItem;

use crate::schema::{Catalogue, ConstraintKind, Relation, ResolvedName};
use crate::sql::ast::Ident;

/// The words of a text that can be names, as written and as PostgreSQL folds them, sorted.
pub(super) fn words(text: &str) -> Vec<Ident> {
    let mut all: Vec<Ident> = crate::sql::words(text)
        .flat_map(|word| [Ident::new(word), Ident::folded(word)])
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// What differs between two schemas.
pub(super) struct Touched {
    /// The names of relations, types and functions that are gone or other ones.
    pub(super) changed: BTreeSet<Ident>,
    /// The names of columns that are gone from some relation.
    pub(super) gone: BTreeSet<Ident>,
    /// The words of which a query holds one if the change concerns it; none when it can concern any.
    pub(super) words: Option<BTreeSet<Ident>>,
}

impl Touched {
    pub(super) fn new(before: &Catalogue, after: &Catalogue) -> Self {
        let (mut changed, mut gone) = (BTreeSet::new(), BTreeSet::new());
        let mut open: Vec<(ResolvedName, Reach)> = Vec::new();
        for item in before.relations.diff(&after.relations) {
            let (old, new) = sides(&item);
            for relation in [old, new].into_iter().flatten() {
                open.push((relation.name.clone(), Reach::Keys));
                open.extend(
                    referred(relation)
                        .into_iter()
                        .map(|name| (name, Reach::Made)),
                );
            }
            if let Some(old) = old {
                changed.insert(old.name.name.clone());
                let left = |name: &Ident| new.is_some_and(|new| new.column(name).is_none());
                let columns = old.columns.iter().map(|column| &column.name);
                gone.extend(columns.filter(|name| left(name)).cloned());
            }
        }
        let types = before.types.diff(&after.types).map(|item| name_of(&item));
        let types: Vec<(ResolvedName, bool)> = types.collect();
        let routines = before
            .routines
            .diff(&after.routines)
            .map(|item| name_of(&item));
        for (name, known) in types.into_iter().chain(routines) {
            if known {
                changed.insert(name.name.clone());
            }
            open.push((name, Reach::Keys));
        }
        let everywhere = before.search_path != after.search_path
            || before.schemas != after.schemas
            || before.extensions != after.extensions
            || before.others != after.others
            || before.operators != after.operators
            || before.casts != after.casts
            || before.incomplete != after.incomplete;
        let words = match everywhere {
            true => None,
            false => reached(open, before, after),
        };
        Self {
            changed,
            gone,
            words,
        }
    }

    /// Whether a query that holds these words may be concerned.
    pub(super) fn concerns(&self, words: &[Ident]) -> bool {
        let Some(touched) = &self.words else {
            return true;
        };
        // The smaller side is walked, the other one searched.
        if touched.len() < words.len() {
            touched.iter().any(|word| words.binary_search(word).is_ok())
        } else {
            words.iter().any(|word| touched.contains(word))
        }
    }
}

/// How far a change reaches from one of its objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    /// To what is made of it: views, partitions, functions.
    Made,
    /// To the tables whose foreign keys refer to it, too, and no further that way.
    Keys,
}

/// All that is made of what changes, refers to it or runs for it, as words; none where an operator or a cast is among
/// it, which a query uses without a word.
fn reached(
    mut open: Vec<(ResolvedName, Reach)>,
    before: &Catalogue,
    after: &Catalogue,
) -> Option<BTreeSet<Ident>> {
    let mut names: BTreeMap<ResolvedName, Reach> = BTreeMap::new();
    let mut found: BTreeSet<Ident> = BTreeSet::new();
    loop {
        while let Some((name, reach)) = open.pop() {
            if names.get(&name).is_some_and(|known| *known >= reach) {
                continue;
            }
            names.insert(name.clone(), reach);
            found.extend(words(name.name.as_str()));
            for catalogue in [before, after] {
                let linked = [&catalogue.links, &catalogue.uses, &catalogue.children];
                let linked = linked.into_iter().filter_map(|map| map.get(&name));
                for other in linked.flatten() {
                    match (refers_by_key(catalogue, other, &name), reach) {
                        (false, _) => open.push((other.clone(), reach)),
                        (true, Reach::Keys) => open.push((other.clone(), Reach::Made)),
                        (true, Reach::Made) => {}
                    }
                }
            }
        }
        for catalogue in [before, after] {
            for (name, overloads) in &catalogue.routines {
                let mut bodies = overloads
                    .iter()
                    .filter_map(|one| one.definition.body.as_ref());
                if !names.contains_key(name)
                    && bodies.any(|body| words(body).iter().any(|word| found.contains(word)))
                {
                    open.push((name.clone(), Reach::Made));
                }
            }
            for relation in catalogue.relations().filter(|one| !one.triggers.is_empty()) {
                let runs = |function: &Ident| names.keys().any(|name| name.name == *function);
                let mut functions = relation
                    .triggers
                    .iter()
                    .map(|one| &one.definition.function.name);
                if !names.contains_key(&relation.name) && functions.any(runs) {
                    open.push((relation.name.clone(), Reach::Made));
                }
            }
        }
        if open.is_empty() {
            let wordless = |catalogue: &Catalogue| {
                let mut all = catalogue.computing();
                all.any(|name| names.contains_key(name))
            };
            return (!wordless(before) && !wordless(after)).then_some(found);
        }
    }
}

/// Whether all that one table has to do with another is a foreign key.
fn refers_by_key(catalogue: &Catalogue, table: &ResolvedName, other: &ResolvedName) -> bool {
    let Some(table) = catalogue.get(table) else {
        return false;
    };
    let mut keys = table.constraints.iter();
    let refers = keys.any(
        |one| matches!(&one.kind, ConstraintKind::ForeignKey { table: to, .. } if to == other),
    );
    refers && !table.parents().any(|parent| parent == other)
}

/// The tables that a relation's foreign keys refer to, and those it is a part of.
fn referred(relation: &Relation) -> Vec<ResolvedName> {
    let mut all: Vec<ResolvedName> = relation.inherits.clone();
    all.extend(
        relation
            .partition_of
            .iter()
            .map(|(parent, _)| parent.clone()),
    );
    for constraint in &relation.constraints {
        if let ConstraintKind::ForeignKey { table, .. } = &constraint.kind {
            all.push(table.clone());
        }
    }
    all
}

fn sides<'a, K, V: AsRef<Relation>>(
    item: &DiffItem<'a, 'a, K, V>,
) -> (Option<&'a Relation>, Option<&'a Relation>) {
    match item {
        DiffItem::Add(_, new) => (None, Some(V::as_ref(*new))),
        DiffItem::Update { old, new } => (Some(V::as_ref(old.1)), Some(V::as_ref(new.1))),
        DiffItem::Remove(_, old) => (Some(V::as_ref(*old)), None),
    }
}

/// A name, and whether the schema before had it.
fn name_of<V>(item: &DiffItem<'_, '_, ResolvedName, V>) -> (ResolvedName, bool) {
    match item {
        DiffItem::Add(name, _) => ((*name).clone(), false),
        DiffItem::Update { old, .. } => (old.0.clone(), true),
        DiffItem::Remove(name, _) => ((*name).clone(), true),
    }
}
