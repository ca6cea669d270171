//! Judges one query: what it finds on the schema before against what it finds after.

use std::collections::BTreeSet;

use super::builtins::Context;
use super::found_rows::{ambiguous_variable, grouped_otherwise, joined, other_rows};
use super::meaning::{
    carried, collated, emptied, filled, hidden, miscounted, nullable, recomposed, refused_view,
    remade, reread, rounded, unfilled, unlockable,
};
use super::overload::Types;
use super::refusal::{Refused, Rows, refused_rows};
use super::resolve::{Resolver, Seen};
use super::scope::ScopeColumn;
use super::through::{bodies, fires_into_nothing, named_in, new_trigger};
use super::touched::Touched;
use super::types::{Family, Ty, bare};
use super::{AppQuery, Verdict};
use crate::schema::{Catalogue, Refusal, RelationKind};
use crate::sql::ast::{Ident, Query, TypeName};
use crate::sql::words;

/// Two schemas and what differs between them.
pub(super) struct Change<'c> {
    before: &'c Catalogue,
    after: &'c Catalogue,
    touched: Touched,
}

/// Statements that no relation takes part in.
const OF_THE_SESSION: [&str; 14] = [
    "SET",
    "RESET",
    "SHOW",
    "BEGIN",
    "START",
    "COMMIT",
    "END",
    "ROLLBACK",
    "SAVEPOINT",
    "RELEASE",
    "LISTEN",
    "UNLISTEN",
    "NOTIFY",
    "DISCARD",
];

/// What becomes of a query.
pub(super) struct Judgement {
    pub(super) verdict: Verdict,
    pub(super) sqlstate: Option<&'static str>,
    pub(super) message: String,
}

impl Judgement {
    fn fails(refusal: Refusal) -> Self {
        Self {
            verdict: Verdict::Fails,
            sqlstate: Some(refusal.sqlstate),
            message: refusal.message,
        }
    }

    fn changes(message: String) -> Self {
        Self {
            verdict: Verdict::Changes,
            sqlstate: None,
            message,
        }
    }

    fn unknown(message: String) -> Self {
        Self {
            verdict: Verdict::Unknown,
            sqlstate: None,
            message,
        }
    }
}

impl<'c> Change<'c> {
    pub(super) fn new(before: &'c Catalogue, after: &'c Catalogue) -> Self {
        Self {
            before,
            after,
            touched: Touched::new(before, after),
        }
    }

    /// The words of which a query holds one if the change concerns it; none when it can concern any.
    pub(super) fn words(&self) -> Option<&BTreeSet<Ident>> {
        self.touched.words.as_ref()
    }

    /// What the change does to a query; none when it works as before, or failed before too.
    pub(super) fn judge(&self, query: &AppQuery) -> Option<Judgement> {
        let concerned = self.touched.concerns(&query.words);
        concerned.then(|| self.judge_concerned(query)).flatten()
    }

    /// The same of a query that is known to hold one of the [`words`](Self::words).
    pub(super) fn judge_concerned(&self, query: &AppQuery) -> Option<Judgement> {
        match &query.query {
            Ok(tree) => self.judge_read(tree),
            Err(reason) => self.judge_unread(&query.sql, reason),
        }
    }

    /// Of a query we cannot read we know the words.
    fn judge_unread(&self, text: &str, reason: &str) -> Option<Judgement> {
        let first = text.split_whitespace().next().unwrap_or_default();
        if OF_THE_SESSION
            .iter()
            .any(|word| first.eq_ignore_ascii_case(word))
        {
            return None;
        }
        let mut names = words(text).map(Ident::folded);
        let name = names.find(|word| self.touched.changed.contains(word))?;
        let message = format!("\"{name}\" changes, and this query could not be read: {reason}");
        Some(Judgement::unknown(message))
    }

    /// For the schema after the change; what was not found before it is not looked for.
    fn resolver(&self, before: &Seen) -> Resolver<'c> {
        let mut resolver = Resolver::new(self.after, Some(self.before));
        resolver.lenient.clone_from(&before.unmatched);
        resolver
    }

    fn judge_read(&self, query: &Query) -> Option<Judgement> {
        let before = Resolver::new(self.before, None).run(query);
        if before.refuses().is_some() {
            return None;
        }
        let after = self.resolver(&before).run(query);
        let schemas = (self.before, self.after);
        let refusal = after
            .refusal
            .clone()
            .or_else(|| refused_view(&after, schemas))
            .or_else(|| unfilled(&after, schemas))
            .or_else(|| unlockable(query, &after, schemas))
            .or_else(|| after.refuses_later().cloned())
            .or_else(|| miscounted(&before, &after));
        if let Some(refusal) = refusal {
            return Some(Judgement::fails(refusal));
        }
        let (rows_before, rows_after) = (
            refused_rows(&before, self.before),
            refused_rows(&after, self.after),
        );
        let fresh: Vec<&Refused> = rows_after
            .iter()
            .filter(|one| !one.is_implied_by(&rows_before) && !one.is_of_new_columns(self.before))
            .collect();
        let of = |rows: Rows| fresh.iter().find(move |one| one.rows == rows);
        // A row that was refused may never have been written; a constant is looked at whether one is or not.
        let failed_before = rows_before.iter().any(|one| one.rows == Rows::All);
        let counts = |one: &&&Refused| !failed_before || one.needs_no_row();
        let mut always = fresh.iter().filter(|one| one.rows == Rows::All);
        if let Some(refused) = always.find(counts) {
            return Some(Judgement::fails(refused.refusal.clone()));
        }
        if let Some(refusal) = fires_into_nothing(&after, schemas) {
            return Some(Judgement::fails(refusal));
        }
        let renamed = grouped_otherwise(&before, &after);
        if let Some(refusal) = renamed.or_else(|| ambiguous_variable(&after, schemas)) {
            return Some(Judgement::fails(refusal));
        }
        if let Some(judgement) = self.given_a_lost_label(&before, &after) {
            return Some(judgement);
        }
        let meaning = || {
            self.shifted(&before, &after)
                .or_else(|| rebound(&before, &after))
                .or_else(|| joined(&before, &after))
                .or_else(|| other_rows(&before, schemas))
                .or_else(|| emptied(&before, schemas))
                .or_else(|| remade(&before, schemas))
                .or_else(|| filled(&before, &after, schemas))
                .or_else(|| carried(&before, schemas))
                .or_else(|| reread(&before, &after, schemas))
                .or_else(|| rounded(&before, &after, schemas))
                .or_else(|| collated(&before, schemas))
                .map(Judgement::changes)
        };
        let arguments = || self.arguments(&before, &after);
        if let Some(judgement) = hidden(&before, &after, schemas)
            .map(Judgement::changes)
            .or_else(|| {
                let reshaped = self.shape(&before, &after)?;
                let kept = self.with_parameters(query, &before);
                let same = kept.is_some_and(|kept| self.shape(&before, &kept).is_none());
                (!same).then_some(reshaped)
            })
            .or_else(meaning)
            .or_else(arguments)
        {
            return Some(judgement);
        }
        let relabelled = self.relabelled(&before);
        relabelled.or_else(|| {
            let doubt = self.doubt(&before, &after).or_else(|| {
                // The application may keep the rule already: what rows decide holds no release back.
                let rows = of(Rows::Named).or_else(|| of(Rows::Perhaps));
                rows.map(|one| one.refusal.message.clone())
                    .or_else(|| nullable(&before, &after, schemas))
            });
            doubt.map(Judgement::unknown)
        })
    }

    /// An INSERT without a column list counts columns: its values may now go to others.
    fn shifted(&self, before: &Seen, after: &Seen) -> Option<String> {
        let pairs = before.writes.iter().zip(&after.writes);
        let counted = pairs.filter(|(old, _)| old.insert && !old.listed);
        counted.into_iter().find_map(|(old, new)| {
            let (table_before, table_after) =
                (self.before.get(&old.table)?, self.after.get(&new.table)?);
            // A column at its old place under a new name was renamed.
            let (was, is) = old.columns.iter().zip(&new.columns).find(|(was, is)| {
                was != is
                    && (table_after.column(was).is_some() || table_before.column(is).is_some())
            })?;
            Some(format!(
                "without a column list, the value for \"{was}\" goes to \"{is}\""
            ))
        })
    }

    /// Whether a type is another now; one that was renamed is not.
    fn differs(&self, old: &TypeName, new: &TypeName) -> bool {
        let (one, other) = (old.qualified_name(), new.qualified_name());
        let remade = || {
            let (was, is) = (self.before.type_def(&one), self.after.type_def(&other));
            was.zip(is)
                .is_some_and(|(was, is)| was.made.is_other(is.made))
        };
        if old == new {
            return remade();
        }
        let renamed = || {
            let (was, is) = (self.before.type_def(&one), self.after.type_def(&other));
            let (Some(was), Some(is)) = (was, is) else {
                return false;
            };
            let moved =
                self.after.type_def(&one).is_none() && self.before.type_def(&other).is_none();
            moved && was.kind == is.kind && old.array == new.array
        };
        !renamed()
    }

    /// The query as one who has prepared it before runs it: its parameters keep their types. Nothing where it has
    /// none, or is refused like that.
    fn with_parameters(&self, query: &Query, before: &Seen) -> Option<Seen> {
        if before.parameters.is_empty() {
            return None;
        }
        let mut resolver = self.resolver(before);
        resolver.parameters.clone_from(&before.parameters);
        let seen = resolver.run(query);
        seen.refuses().is_none().then_some(seen)
    }

    /// A prepared statement must return what it returned (PostgreSQL 18, `plancache.c`).
    fn shape(&self, before: &Seen, after: &Seen) -> Option<Judgement> {
        let (old, new) = (before.shape.as_ref()?, after.shape.as_ref()?);
        let other = |(old, new): (&ScopeColumn, &ScopeColumn)| {
            let retyped = match (&old.ty, &new.ty) {
                (Ty::Known(old), Ty::Known(new)) => self.differs(old, new),
                (old, new) => old.same_as(new) == Some(false),
            };
            // What a view takes over from its table is not known of its columns.
            let collation = |catalogue: &'c Catalogue, column: &ScopeColumn| {
                let (table, name) = column.source.as_ref()?;
                let table = catalogue
                    .get(table)
                    .filter(|one| one.kind == RelationKind::Table)?;
                Some(&table.column(name)?.collation)
            };
            let both = collation(self.before, old).zip(collation(self.after, new));
            let collated = both.is_some_and(|(was, is)| was != is);
            old.name != new.name || retyped || collated
        };
        let differs = old.len() != new.len() || old.iter().zip(new).any(other);
        differs.then(|| {
            if before.is_copy {
                return Judgement::changes("COPY gives other columns than it gave".to_owned());
            }
            Judgement {
                verdict: Verdict::Changes,
                sqlstate: Some("0A000"),
                message: "cached plan must not change result type".to_owned(),
            }
        })
    }

    /// A parameter of another type that the old one does not become: statements prepared before and
    /// drivers that were told the old one send what does not fit.
    fn arguments(&self, before: &Seen, after: &Seen) -> Option<Judgement> {
        let types = Types(self.after);
        let message = before.parameters.iter().find_map(|(number, old)| {
            let (old, new) = (bare(old), bare(after.parameters.get(number)?));
            let fits = types.becomes(&old, &new, Context::Implicit) == Some(true);
            if self.differs(&old, &new) && !fits {
                return Some(format!(
                    "parameter ${number} was of type {old} and is now of type {new}"
                ));
            }
            recomposed((self.before, &old), (self.after, &new)).then(|| {
                format!("parameter ${number} is of type {new}, which has other attributes")
            })
        })?;
        Some(Judgement::changes(message))
    }

    /// A parameter, or a field of the lines of a COPY, of an enum that has lost a label, which the query may be given.
    fn given_a_lost_label(&self, before: &Seen, after: &Seen) -> Option<Judgement> {
        let parameters = before.parameters.iter().map(|(number, old)| {
            let new = after.parameters.get(number)?;
            Some((format!("${number}"), old, new))
        });
        let copied = before.writes.iter().zip(&after.writes);
        let fields = copied.filter(|_| before.is_copy).flat_map(|(was, is)| {
            let tables = (self.before.get(&was.table), self.after.get(&is.table));
            was.columns.iter().zip(&is.columns).map(move |(was, is)| {
                let (old, new) = (tables.0?.column(was)?, tables.1?.column(is)?);
                Some((format!("field \"{is}\""), &old.ty, &new.ty))
            })
        });
        parameters
            .chain(fields)
            .flatten()
            .find_map(|(what, old, new)| {
                let label = self.lost_label(old, new)?;
                let shown = self.after.visible_type(&self.after.base_type(new));
                Some(Judgement::fails(Refusal {
                    sqlstate: "22P02",
                    message: format!(
                        "{what} given \"{label}\": invalid input value for enum {}: \"{label}\"",
                        TypeName {
                            array: false,
                            ..shown
                        }
                    ),
                }))
            })
    }

    /// A column it reads gives another label where it gave one that is gone.
    fn relabelled(&self, before: &Seen) -> Option<Judgement> {
        before.usage.reads.iter().find_map(|(table, name)| {
            let (old, new) = (self.before.get(table)?, self.after.get(table)?);
            let (old, new) = (old.column(name)?, new.column(name)?);
            let label = self.lost_label(&old.ty, &new.ty)?;
            Some(Judgement::changes(format!(
                "column {table}.{name} gives no \"{label}\" any more; rows that held it read otherwise"
            )))
        })
    }

    fn lost_label(&self, old: &TypeName, new: &TypeName) -> Option<&'c String> {
        let old = self.before.labels(&self.before.base_type(old))?;
        let new = self.after.labels(&self.after.base_type(new))?;
        old.iter().find(|label| !new.contains(label))
    }

    /// Why it cannot be told that the query works.
    fn doubt(&self, before: &Seen, after: &Seen) -> Option<String> {
        if let Some(name) = after.perhaps.difference(&before.perhaps).next() {
            return Some(format!(
                "column \"{name}\" is gone from where it was; a relation whose columns are not known may have one"
            ));
        }
        let used = before.usage.reads.union(&before.usage.writes);
        for (table, name) in used.filter(|_| before.vague || after.vague) {
            let (Some(old), Some(new)) = (
                self.before.get(table).and_then(|table| table.column(name)),
                self.after.get(table).and_then(|table| table.column(name)),
            ) else {
                continue;
            };
            let family = Family::of(&old.ty);
            let apart = family.is_none() || family != Family::of(&new.ty);
            if apart && self.differs(&old.ty, &new.ty) {
                return Some(format!(
                    "column {table}.{name} changes from {} to {}; whether operators, functions and parameters still fit is not known",
                    old.ty, new.ty
                ));
            }
        }
        let derived = before
            .shape
            .iter()
            .flatten()
            .zip(after.shape.iter().flatten());
        for (old, new) in derived {
            if old.ty.same_as(&new.ty).is_none() {
                return Some(format!(
                    "the type of result column \"{}\" may change",
                    new.name
                ));
            }
        }
        let changed = |name: &Ident| self.touched.changed.contains(name);
        if let (Some(text), Some(relation)) = (
            after.unread.iter().next(),
            before
                .usage
                .relations
                .iter()
                .find(|name| changed(&name.name)),
        ) {
            return Some(format!("{relation} changes, and {text} could not be read"));
        }
        for (what, body) in bodies(after, self.after) {
            let meant = |word: &Ident| {
                let gone = self.touched.gone.get(word);
                gone.or_else(|| self.touched.changed.get(word))
            };
            if let Some(name) = named_in(&body, meant) {
                return Some(format!(
                    "{what} names \"{name}\", which changes; what it does with it is not known"
                ));
            }
        }
        if let Some(name) = new_trigger(after, self.before, self.after) {
            return Some(format!(
                "trigger \"{name}\" is new and fires for what it writes; what it does with it is not known"
            ));
        }
        let written = after.writes.iter().map(|write| &write.table);
        for table in written.chain(&after.deletes) {
            let (old, new) = (self.before.get(table), self.after.get(table)?);
            let known = |rule: &&Ident| old.is_some_and(|old| old.rules.contains(rule));
            let mut rules = new.rules.iter().filter(|rule| **rule != "_RETURN");
            if let Some(rule) = rules.find(|rule| !known(rule)) {
                return Some(format!(
                    "rule \"{rule}\" of {table} is new; what it does to what is written is not known"
                ));
            }
        }
        if let Some(table) = &after.merged_view
            && before.merged_view.is_none()
        {
            return Some(format!(
                "{table} is a view now, into which PostgreSQL 17 and newer merge"
            ));
        }
        before.writes.iter().find_map(|write| {
            let view = self.before.get(&write.table)?;
            let through = view.kind == RelationKind::View;
            let table = view
                .depends_on
                .iter()
                .find(|(table, _)| through && self.before.get(table) != self.after.get(table))?;
            Some(format!(
                "written through view {}, and {} changes",
                view.name, table.0
            ))
        })
    }
}

/// A name that was one table's column and is now another's, as when an inner table loses it.
fn rebound(before: &Seen, after: &Seen) -> Option<String> {
    if before.bindings.len() != after.bindings.len() {
        return None;
    }
    let mut pairs = before.bindings.iter().zip(&after.bindings);
    let (old, new, name) = pairs.find_map(|pair| match pair {
        (Some((old, name)), Some((new, _))) if old.name != new.name => Some((old, new, name)),
        _ => None,
    })?;
    Some(format!(
        "\"{name}\" meant the column of {old} and now means that of {new}"
    ))
}
