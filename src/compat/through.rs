//! Looks through what a query calls: functions in SQL, views of views, and bodies that can only be searched for names.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::builtins::Context;
use super::expr::returned;
use super::overload::Types;
use super::resolve::{Resolver, Seen};
use super::scope::{Level, ScopeColumn};
use super::types::Ty;
use crate::schema::{
    Catalogue, EnumOrOther, Refusal, Relation, RelationKind, ResolvedName, Routine, Trigger,
};
use crate::sql::ast::{
    Call, Change, CreateRoutine, Dml, Expr, FromItem, Ident, Query, QueryBody, SelectItem, TypeName,
};
use crate::sql::words;

/// Functions that call functions are followed this far.
const MAX_DEPTH: usize = 6;

impl<'c> Resolver<'c> {
    /// Reads the body of a function that is called: one in SQL is analysed when the query is planned.
    pub(super) fn look_through(&mut self, name: &str, routine: &Routine) {
        let Some(body) = routine
            .definition
            .body
            .as_ref()
            .filter(|_| !routine.definition.atomic)
        else {
            return;
        };
        let in_sql = routine.definition.language.as_deref() == Some("sql");
        let depth = self.depth + 1;
        // Each schema as it looks from inside: the routine may set a search path of its own.
        let was = self.before.map(|before| {
            let same = |one: &&Routine| one.definition.args == routine.definition.args;
            let overloads = before.routine(&routine.definition.name).unwrap_or_default();
            (before, overloads.iter().find(same).unwrap_or(routine))
        });
        let own = seen_from(self.catalogue, routine);
        let old = was.map(|(before, routine)| seen_from(before, routine));
        let moved = was
            .is_some_and(|(_, was)| was.definition.search_path != routine.definition.search_path);
        if moved && !in_sql {
            self.misses_relations(routine, (old.as_deref(), &own));
        }
        let readable = in_sql && self.depth < MAX_DEPTH;
        let queries: Option<Vec<_>> = crate::sql::parse(body)
            .statements
            .iter()
            .map(|statement| crate::sql::parse_query(statement.span.text(body)).ok())
            .filter(|_| readable)
            .collect();
        let queries = queries.filter(|all| !all.is_empty());
        let worked = queries.as_ref().is_some_and(|all| {
            let catalogue = old.as_deref().unwrap_or(&own);
            all.iter().all(|query| {
                let mut resolver = nested(catalogue, None, depth);
                resolver.takes_arguments(&routine.definition);
                resolver.run(query).refuses().is_none()
            })
        });
        let (Some(queries), true) = (queries, worked) else {
            // Names of arguments and variables look like columns.
            self.seen.bodies.insert((name.to_owned(), body.clone()));
            return;
        };
        let mut last = None;
        for query in &queries {
            let mut resolver = nested(&own, old.as_deref(), depth);
            resolver.takes_arguments(&routine.definition);
            let seen = resolver.run(query);
            if let Some(refusal) = seen.refuses() {
                self.seen.late.get_or_insert(refusal.clone());
            }
            self.seen.usage.relations.extend(seen.usage.relations);
            self.seen.usage.reads.extend(seen.usage.reads);
            self.seen.bodies.extend(seen.bodies);
            last = seen.shape;
        }
        if let Some(refusal) = self.returns_other(routine, last.as_deref()) {
            self.seen.late.get_or_insert(refusal);
        }
    }

    /// Lets the arguments of a routine be named, by their numbers too, and the fields of those that are rows.
    pub(super) fn takes_arguments(&mut self, routine: &CreateRoutine) {
        let outputs = routine.outputs.iter().map(|(name, ty)| (name.as_ref(), ty));
        let inputs = routine.names.iter().map(Option::as_ref).zip(&routine.args);
        let (mut columns, mut rows) = (Vec::new(), Vec::new());
        for (name, ty) in inputs.chain(outputs) {
            let (Some(name), resolved) = (name, self.catalogue.resolve_type(ty)) else {
                continue;
            };
            if let Some(fields) = resolved.as_ref().ok().and_then(|ty| self.fields_of(ty)) {
                let full = ResolvedName::new(routine.name.name.clone(), name.clone());
                rows.push((full, fields));
            }
            let ty = resolved.map_or(Ty::Unknown, Ty::Known);
            columns.push(ScopeColumn::computed(name.clone(), ty));
        }
        let mut level = Level::of_rows(routine.name.name.clone(), columns, false, None);
        for (full, fields) in rows {
            level.open_row(full, fields);
        }
        self.levels.push(level);
        for (at, ty) in routine.args.iter().enumerate() {
            if let (Ok(number), Ok(ty)) = (u32::try_from(at + 1), self.catalogue.resolve_type(ty)) {
                self.parameters.insert(number, ty);
            }
        }
    }

    /// The columns of the rows that a function of the user's gives, where its name leaves no choice.
    pub(super) fn rows_of_routine(&self, call: &Call) -> Option<Vec<ScopeColumn>> {
        let own = self.catalogue.callable(&call.name, call.args.len());
        let [only] = own.as_slice() else {
            return None;
        };
        let outputs = &only.definition.outputs;
        if !outputs.is_empty() {
            let column = |(name, ty): &(Option<Ident>, TypeName)| {
                let ty = self.catalogue.resolve_type(ty);
                let ty = ty.map_or(Ty::Unknown, Ty::Known);
                Some(ScopeColumn::computed(name.clone()?, ty))
            };
            return outputs.iter().map(column).collect();
        }
        let written = only.definition.returns.as_deref()?.trim();
        let element = written
            .get(..6)
            .filter(|word| word.eq_ignore_ascii_case("setof "));
        let rows = match element {
            Some(_) => written.get(6..)?,
            None => written,
        };
        let Ty::Known(ty) = returned(rows) else {
            return None;
        };
        self.fields_of(&self.catalogue.resolve_type(&ty).ok()?)
    }

    /// The fields of a composite type, or of the rows of a table.
    pub(super) fn fields_of(&self, ty: &TypeName) -> Option<Vec<ScopeColumn>> {
        if ty.array {
            return None;
        }
        let name = ty.qualified_name();
        let field = |name: &Ident, ty: &TypeName| {
            ScopeColumn::computed(name.clone(), Ty::Known(ty.clone()))
        };
        match self.catalogue.type_def(&name).map(|def| &def.kind) {
            Some(EnumOrOther::Composite(fields)) => {
                Some(fields.iter().map(|(name, ty)| field(name, ty)).collect())
            }
            Some(_) => None,
            None => {
                let relation = self.catalogue.relation(&name)?;
                let columns = relation.columns.iter();
                relation
                    .columns_known
                    .then(|| columns.map(|own| field(&own.name, &own.ty)).collect())
            }
        }
    }

    /// Tables that a body in PL/pgSQL found on another search path: of its other names it is not known what they are.
    fn misses_relations(
        &mut self,
        routine: &Routine,
        (old, own): (Option<&Catalogue>, &Catalogue),
    ) {
        let (Some(old), Some(statements)) = (old, routine.statements()) else {
            return;
        };
        let missing = |catalogue: &Catalogue, query: &Query| {
            let refusal = nested(catalogue, None, MAX_DEPTH).run(query).refusal;
            refusal.filter(|refusal| refusal.sqlstate == "42P01")
        };
        let refusal = statements
            .iter()
            .find_map(|statement| match &statement.change {
                Change::Dml(Dml {
                    query: Ok(query), ..
                }) if missing(old, query).is_none() => missing(own, query),
                _ => None,
            });
        if let Some(refusal) = refusal {
            self.seen.late.get_or_insert(refusal);
        }
    }

    /// What a function's last query gives must become what it is declared to return (manual 18, section 36.5).
    fn returns_other(&self, routine: &Routine, shape: Option<&[ScopeColumn]>) -> Option<Refusal> {
        let Ty::Known(declared) = returned(routine.definition.returns.as_deref()?) else {
            return None;
        };
        let ([column], false) = (shape?, declared.name == "void" || declared.name == "record")
        else {
            return None;
        };
        let Ty::Known(own) = &column.ty else {
            return None;
        };
        let declared = self.catalogue.resolve_type(&declared).ok()?;
        let becomes = Types(self.catalogue).becomes(own, &declared, Context::Assignment);
        (becomes == Some(false)).then(|| Refusal {
            sqlstate: "42P13",
            message: format!(
                "return type mismatch in function declared to return {}",
                self.catalogue.visible_type(&declared)
            ),
        })
    }

    /// The table that takes what is written into a view, and what the columns are called there; the relation
    /// itself where it is no view, or that is not plain to see (manual 18, CREATE VIEW, "Updatable Views").
    pub(super) fn written_through(
        &self,
        relation: &'c Relation,
        columns: &[Ident],
    ) -> (&'c Relation, Vec<Ident>) {
        let (mut table, mut names) = (relation, columns.to_vec());
        for _ in 0..MAX_DEPTH {
            let Some((under, mapped)) = under(table, &names, self.catalogue) else {
                break;
            };
            (table, names) = (under, mapped);
        }
        match table.kind {
            RelationKind::Table | RelationKind::PartitionedTable => (table, names),
            _ => (relation, columns.to_vec()),
        }
    }

    /// A view that is made of itself is refused when the query is rewritten.
    pub(super) fn check_recursion(&mut self, relation: &Relation) {
        if let Some(name) = made_of_itself(relation, self.catalogue, &mut Vec::new()) {
            self.seen.rewritten.get_or_insert(Refusal {
                sqlstate: "42P17",
                message: format!("infinite recursion detected in rules for relation \"{name}\""),
            });
        }
    }
}

/// A resolver for what is called from that depth on.
fn nested<'c>(
    catalogue: &'c Catalogue,
    before: Option<&'c Catalogue>,
    depth: usize,
) -> Resolver<'c> {
    Resolver {
        depth,
        ..Resolver::new(catalogue, before)
    }
}

/// The schema as a routine sees it.
fn seen_from<'c>(catalogue: &'c Catalogue, routine: &Routine) -> Cow<'c, Catalogue> {
    match &routine.definition.search_path {
        Some(path) => catalogue.searched_by(path),
        None => Cow::Borrowed(catalogue),
    }
}

/// The view on the way down whose column is computed, which nothing can be written into (manual 18, CREATE VIEW,
/// "Updatable Views").
pub(super) fn computed_column(
    view: &Relation,
    columns: &[Ident],
    catalogue: &Catalogue,
) -> Option<(Ident, Ident)> {
    let (mut view, mut names) = (view, columns.to_vec());
    for _ in 0..MAX_DEPTH {
        if let Some(column) = own_computed(view, &names) {
            return Some((column, view.name.name.clone()));
        }
        (view, names) = under(view, &names, catalogue)?;
    }
    None
}

fn own_computed(view: &Relation, columns: &[Ident]) -> Option<Ident> {
    let plain = view.triggers.is_empty() && !view.rules.iter().any(|rule| *rule != "_RETURN");
    if view.kind != RelationKind::View || !plain {
        return None;
    }
    let query = crate::sql::parse_query(view.query.as_deref()?).ok()?;
    let QueryBody::Select(select) = &query.body else {
        return None;
    };
    if select.projection.len() != view.columns.len() {
        return None;
    }
    let computed = |name: &&Ident| {
        let at = view.columns.iter().position(|own| own.name == **name);
        let item = at.and_then(|at| select.projection.get(at));
        matches!(item, Some(SelectItem::Expr { expr, .. }) if !matches!(expr, Expr::Column(_)))
    };
    columns.iter().find(computed).cloned()
}

/// What a plain view of one relation writes into.
fn under<'c>(
    view: &Relation,
    columns: &[Ident],
    catalogue: &'c Catalogue,
) -> Option<(&'c Relation, Vec<Ident>)> {
    let plain = view.triggers.is_empty() && !view.rules.iter().any(|rule| *rule != "_RETURN");
    if view.kind != RelationKind::View || !plain {
        return None;
    }
    // A rename is followed there, and not in the text of the view.
    let mut relations: BTreeSet<&ResolvedName> =
        view.depends_on.iter().map(|(name, _)| name).collect();
    let table = catalogue.get(relations.pop_first()?)?;
    let query = crate::sql::parse_query(view.query.as_deref()?).ok()?;
    let QueryBody::Select(select) = &query.body else {
        return None;
    };
    if !relations.is_empty() || !matches!(select.from.as_slice(), [FromItem::Relation { .. }]) {
        return None;
    }
    let source = |at: usize| match select.projection.as_slice() {
        [SelectItem::Wildcard] => table.columns.get(at).map(|column| &column.name),
        all => match all.get(at)? {
            SelectItem::Expr {
                expr: Expr::Column(parts),
                ..
            } => parts.last(),
            _ => None,
        },
    };
    let mapped = columns.iter().map(|name| {
        let at = view
            .columns
            .iter()
            .position(|column| column.name == *name)?;
        let own = source(at)?;
        let known = view
            .depends_on
            .contains(&(table.name.clone(), Some(own.clone())));
        known.then(|| own.clone())
    });
    Some((table, mapped.collect::<Option<_>>()?))
}

/// The first view on the way down that is met a second time.
fn made_of_itself<'c>(
    view: &'c Relation,
    catalogue: &'c Catalogue,
    above: &mut Vec<&'c ResolvedName>,
) -> Option<Ident> {
    if view.kind != RelationKind::View {
        return None;
    }
    if above.contains(&&view.name) {
        return Some(view.name.name.clone());
    }
    above.push(&view.name);
    let under: BTreeSet<&ResolvedName> = view.depends_on.iter().map(|(name, _)| name).collect();
    let found = under
        .into_iter()
        .filter_map(|name| catalogue.get(name))
        .find_map(|inner| made_of_itself(inner, catalogue, above));
    above.pop();
    found
}

/// A table that the function of a new trigger always names, and that is not there: what fires it fails.
pub(super) fn fires_into_nothing(
    seen: &Seen,
    (old, new): (&Catalogue, &Catalogue),
) -> Option<Refusal> {
    if new.is_incomplete() {
        return None;
    }
    let written = seen.writes.iter().map(|write| &write.table);
    let tables: BTreeSet<&ResolvedName> = written.chain(&seen.deletes).collect();
    let fired = tables.into_iter().filter_map(|table| new.get(table));
    for (relation, trigger) in fired.flat_map(|one| one.triggers.iter().map(move |own| (one, own)))
    {
        let known = old.get(&relation.name);
        let was = known.is_some_and(|known| {
            let mut triggers = known.triggers.iter();
            triggers.any(|one| one.definition.name == trigger.definition.name)
        });
        let definition = &trigger.definition;
        let plain = definition.condition.is_none() && definition.columns.is_empty();
        // Its transition tables have names of their own.
        if was || !plain || definition.transition || !fires(trigger, seen, relation) {
            continue;
        }
        let overloads = new.routine(&definition.function).unwrap_or_default();
        let bodies = overloads
            .iter()
            .filter(|one| one.definition.search_path.is_none())
            .filter_map(Routine::statements)
            .filter(|body| {
                !body
                    .iter()
                    .any(|one| matches!(one.change, Change::CreateTable(_)))
            });
        let always = bodies
            .flat_map(|body| body.iter())
            .filter(|one| one.guards.is_empty() && one.reach == crate::sql::Reach::Always);
        for statement in always {
            if let Change::Dml(Dml {
                query: Ok(query), ..
            }) = &statement.change
                && let Some(refusal) = nested(new, None, MAX_DEPTH).run(query).refusal
                && refusal.sqlstate == "42P01"
                && refusal.message.starts_with("relation ")
            {
                return Some(refusal);
            }
        }
    }
    None
}

/// Whether what a query writes is among the events of a trigger.
fn fires(trigger: &Trigger, seen: &Seen, relation: &Relation) -> bool {
    trigger.enabled
        && trigger.definition.events.iter().any(|event| {
            let mut writes = seen
                .writes
                .iter()
                .filter(|write| write.table == relation.name);
            match event.as_str() {
                "INSERT" => writes.any(|write| write.insert),
                "UPDATE" => writes.any(|write| !write.insert),
                "DELETE" => seen.deletes.contains(&relation.name),
                _ => false,
            }
        })
}

/// What runs for a query though it does not stand in it: the functions it calls that could not be read, and
/// those of the triggers on what it writes and its rules, each as what it is called and its text.
pub(super) fn bodies(seen: &Seen, catalogue: &Catalogue) -> BTreeSet<(String, String)> {
    let mut all: BTreeSet<(String, String)> = BTreeSet::new();
    for (name, body) in &seen.bodies {
        all.insert((format!("function {name}"), body.clone()));
    }
    let written = seen.writes.iter().map(|write| {
        let event = if write.insert { "insert" } else { "update" };
        (&write.table, event)
    });
    for (table, event) in written.chain(seen.deletes.iter().map(|table| (table, "delete"))) {
        let Some(relation) = catalogue.get(table) else {
            continue;
        };
        for trigger in relation.triggers.iter().filter(|trigger| trigger.enabled) {
            let function = &trigger.definition.function;
            let overloads = catalogue.routine(function).unwrap_or_default();
            for body in overloads
                .iter()
                .filter_map(|one| one.definition.body.as_ref())
            {
                let what = format!("trigger \"{}\"", trigger.definition.name);
                all.insert((what, body.clone()));
            }
        }
        for rule in relation.rules.iter().filter(|rule| **rule != "_RETURN") {
            let text = catalogue.rule_text(table, rule);
            if text.is_none_or(|text| text.starts_with(event)) {
                // A rule whose text is not known is taken to say something of its table.
                let body = text.unwrap_or(table.name.as_str()).to_owned();
                all.insert((format!("rule \"{rule}\""), body));
            }
        }
    }
    all
}

/// A trigger that only the schema after has, and that fires for what the query writes.
pub(super) fn new_trigger(seen: &Seen, before: &Catalogue, after: &Catalogue) -> Option<Ident> {
    let fires = |table: &ResolvedName, event: &str, columns: &[Ident]| {
        let old = before.get(table)?;
        let new = after.get(table)?.triggers.iter().filter(|trigger| {
            let known = |old: &Trigger| old.enabled && old.definition == trigger.definition;
            trigger.enabled && !old.triggers.iter().any(known)
        });
        let mut meant = new.map(|trigger| &trigger.definition).filter(|trigger| {
            let of = trigger.columns.is_empty()
                || event != "UPDATE"
                || columns.iter().any(|name| trigger.columns.contains(name));
            of && trigger.events.iter().any(|one| one == event)
        });
        meant.next().map(|trigger| trigger.name.clone())
    };
    let mut writes = seen.writes.iter().map(|write| {
        let event = if write.insert { "INSERT" } else { "UPDATE" };
        (&write.table, event, write.columns.as_slice())
    });
    let written = writes.find_map(|(table, event, columns)| fires(table, event, columns));
    written.or_else(|| {
        seen.deletes
            .iter()
            .find_map(|table| fires(table, "DELETE", &[]))
    })
}

/// The first of these names that a text holds as a word.
pub(super) fn named_in<'n>(
    text: &str,
    names: impl Fn(&Ident) -> Option<&'n Ident>,
) -> Option<&'n Ident> {
    words(text).find_map(|word| names(&Ident::folded(word)).or_else(|| names(&Ident::new(word))))
}
