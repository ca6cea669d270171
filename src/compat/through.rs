//! Looks through what a query calls: functions in SQL, views of views, and bodies that can only be searched for names.

use std::collections::BTreeSet;

use super::builtins::Context;
use super::expr::returned;
use super::overload::Types;
use super::resolve::{Resolver, Seen};
use super::types::{self, Ty};
use crate::schema::{Catalogue, Refusal, Relation, RelationKind, ResolvedName, Routine};
use crate::sql::ast::Ident;

/// Functions that call functions are followed this far.
const MAX_DEPTH: usize = 6;

impl Resolver<'_> {
    /// Reads the body of a function that is called: one in SQL is analysed when the query is planned.
    pub(super) fn look_through(&mut self, name: &str, routine: &Routine) {
        let Some(body) = &routine.definition.body else {
            return;
        };
        let in_sql = routine.definition.language.as_deref() == Some("sql");
        let nested = |catalogue, before| Resolver {
            depth: self.depth + 1,
            ..Resolver::new(catalogue, before)
        };
        let readable = in_sql && self.depth < MAX_DEPTH;
        let queries: Option<Vec<_>> = crate::sql::parse(body)
            .statements
            .iter()
            .map(|statement| crate::sql::parse_query(statement.span.text(body)).ok())
            .filter(|_| readable)
            .collect();
        let queries = queries.filter(|all| !all.is_empty());
        let worked = queries.as_ref().is_some_and(|all| {
            let catalogue = self.before.unwrap_or(self.catalogue);
            all.iter()
                .all(|query| nested(catalogue, None).run(query).refuses().is_none())
        });
        let (Some(queries), true) = (queries, worked) else {
            // Names of arguments and variables look like columns.
            self.seen.bodies.insert((name.to_owned(), body.clone()));
            return;
        };
        let mut last = None;
        for query in &queries {
            let seen = nested(self.catalogue, self.before).run(query);
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

    /// What a function's last query gives must become what it is declared to return (manual 18, section 36.5).
    fn returns_other(
        &self,
        routine: &Routine,
        shape: Option<&[super::scope::ScopeColumn]>,
    ) -> Option<Refusal> {
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
                types::visible(&declared, self.catalogue)
            ),
        })
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

/// What runs for a query though it does not stand in it: the functions it calls that could not be read, and
/// those of the triggers on what it writes, each as what it is called and its text.
pub(super) fn bodies(seen: &Seen, catalogue: &Catalogue) -> BTreeSet<(String, String)> {
    let mut all: BTreeSet<(String, String)> = BTreeSet::new();
    for (name, body) in &seen.bodies {
        all.insert((format!("function {name}"), body.clone()));
    }
    let written = seen.writes.iter().map(|write| &write.table);
    for table in written.chain(&seen.deletes) {
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
    }
    all
}

/// The first of these names that a text holds as a word.
pub(super) fn named_in<'n>(
    text: &str,
    names: impl Fn(&Ident) -> Option<&'n Ident>,
) -> Option<&'n Ident> {
    let mut words = text
        .split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'))
        .filter(|word| !word.is_empty())
        .map(Ident::folded);
    words.find_map(|word| names(&word))
}
