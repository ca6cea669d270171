//! What a query that goes on working does otherwise: defaults, rows that a foreign key takes along, views that take no more.

use std::collections::{BTreeMap, BTreeSet};

use super::resolve::Seen;
use crate::schema::{
    Catalogue, Column, ConstraintKind, Refusal, Relation, RelationKind, ResolvedName,
};
use crate::sql::ast::{Call, Expr, FromItem, QueryBody, SelectItem};

/// A column that an INSERT leaves out is filled with something else.
pub(super) fn filled(
    before: &Seen,
    after: &Seen,
    (old, new): (&Catalogue, &Catalogue),
) -> Option<String> {
    let pairs = before.writes.iter().zip(&after.writes);
    let inserts = pairs.filter(|(was, is)| was.insert && is.insert && was.table == is.table);
    inserts.into_iter().find_map(|(was, is)| {
        let table_before = behind(old, old.get(&was.table)?)?;
        let table_after = behind(new, new.get(&is.table)?)?;
        table_before.columns.iter().find_map(|column| {
            let now = table_after.column(&column.name)?;
            // What had no default may have been filled by a trigger, as while two columns are kept in step.
            let none = column.default.is_none() && column.generated.is_none();
            let same = none || fill(column) == fill(now) || column.ty != now.ty;
            if same || was.columns.contains(&column.name) {
                return None;
            }
            Some(format!(
                "column \"{}\", which it leaves out, is filled with {} where it was {}",
                column.name,
                fill(now),
                fill(column)
            ))
        })
    })
}

/// The table whose defaults fill what an INSERT into a view leaves out (manual 18, CREATE VIEW,
/// "Updatable Views"), where there is but one; a table itself.
fn behind<'a>(catalogue: &'a Catalogue, relation: &'a Relation) -> Option<&'a Relation> {
    if relation.kind != RelationKind::View {
        return Some(relation);
    }
    let names: BTreeSet<&ResolvedName> = relation.depends_on.iter().map(|(name, _)| name).collect();
    let mut names = names.into_iter();
    match (names.next(), names.next()) {
        (Some(only), None) => behind(catalogue, catalogue.get(only)?),
        _ => None,
    }
}

/// What fills a column; numbers from a sequence are as good as each other.
fn fill(column: &Column) -> String {
    if column.identity.is_some() {
        return "a number of its own".to_owned();
    }
    if let Some(generated) = &column.generated {
        return generated.expr.text.clone();
    }
    match &column.default {
        Some(default) if default.text.to_ascii_lowercase().starts_with("nextval(") => {
            "a number of its own".to_owned()
        }
        Some(default) => default.text.clone(),
        None => "NULL".to_owned(),
    }
}

/// A DELETE takes other rows along than it did.
pub(super) fn carried(before: &Seen, (old, new): (&Catalogue, &Catalogue)) -> Option<String> {
    type Actions = BTreeMap<ResolvedName, BTreeSet<String>>;
    let actions = |catalogue: &Catalogue, table: &ResolvedName| -> Actions {
        let mut found = Actions::new();
        for relation in catalogue.dependents(table) {
            for constraint in &relation.constraints {
                if let ConstraintKind::ForeignKey {
                    table: referenced,
                    written,
                    ..
                } = &constraint.kind
                    && referenced == table
                {
                    let action = written.on_delete.clone().unwrap_or_default();
                    let moves = action.starts_with("CASCADE") || action.starts_with("SET");
                    if moves {
                        found
                            .entry(relation.name.clone())
                            .or_default()
                            .insert(action);
                    }
                }
            }
        }
        found
    };
    before.deletes.iter().find_map(|table| {
        let (was, is) = (actions(old, table), actions(new, table));
        let refers = |catalogue: &Catalogue, child: &ResolvedName| {
            let child = catalogue.get(child);
            child.into_iter().flat_map(|child| &child.constraints).any(|one| {
                matches!(&one.kind, ConstraintKind::ForeignKey { table: to, .. } if to == table)
            })
        };
        let there = |child: &&ResolvedName| refers(old, child) && refers(new, child);
        let children = was.keys().chain(is.keys());
        let child = children
            .filter(there)
            .find(|child| was.get(child) != is.get(child))?;
        let says = |actions: Option<&BTreeSet<String>>| {
            let all = actions.into_iter().flatten();
            let all: Vec<String> = all.map(|action| format!("ON DELETE {action}")).collect();
            if all.is_empty() {
                "none".to_owned()
            } else {
                all.join(" and ")
            }
        };
        Some(format!(
            "the rows of {child} that refer to what it deletes had {} and now have {}",
            says(was.get(child)),
            says(is.get(child))
        ))
    })
}

/// A view that took changes and takes none any more (manual 18, CREATE VIEW, "Updatable Views").
pub(super) fn refused_view(after: &Seen, (old, new): (&Catalogue, &Catalogue)) -> Option<Refusal> {
    let refused = |verb: &str, name: &ResolvedName| {
        let takes = |catalogue: &Catalogue| {
            catalogue
                .get(name)
                .is_none_or(|view| is_updatable(view, verb))
        };
        let relation = new.get(name)?;
        (!takes(new) && takes(old)).then(|| match relation.kind {
            RelationKind::MaterializedView => Refusal {
                sqlstate: "42809",
                message: format!("cannot change materialized view \"{}\"", name.name),
            },
            _ => Refusal {
                sqlstate: "55000",
                message: format!("cannot {verb} view \"{}\"", name.name),
            },
        })
    };
    let writes = after.writes.iter().map(|write| {
        let verb = if write.insert {
            "insert into"
        } else {
            "update"
        };
        (verb, write.view.as_ref().unwrap_or(&write.table))
    });
    let deletes = after.deletes.iter().map(|table| ("delete from", table));
    writes
        .chain(deletes)
        .find_map(|(verb, name)| refused(verb, name))
}

fn is_updatable(relation: &Relation, verb: &str) -> bool {
    match relation.kind {
        RelationKind::View => {}
        RelationKind::MaterializedView => return false,
        RelationKind::Table
        | RelationKind::PartitionedTable
        | RelationKind::ForeignTable
        | RelationKind::Sequence => return true,
    }
    let event = verb.split(' ').next().unwrap_or(verb);
    let stands_in = relation.triggers.iter().any(|trigger| {
        let definition = &trigger.definition;
        let mut events = definition.events.iter();
        definition.timing == "INSTEAD OF" && events.any(|one| one.eq_ignore_ascii_case(event))
    });
    if stands_in || relation.rules.iter().any(|rule| *rule != "_RETURN") {
        return true;
    }
    let Some(Ok(query)) = relation.query.as_deref().map(crate::sql::parse_query) else {
        return true;
    };
    let plain = query.with.is_empty() && query.limit.is_none() && query.offset.is_none();
    let QueryBody::Select(select) = &query.body else {
        return false;
    };
    let one_table = matches!(select.from.as_slice(), [FromItem::Relation { .. }]);
    let gathers = |item: &SelectItem| match item {
        SelectItem::Expr { expr, .. } => matches!(expr, Expr::Call(call) if is_aggregate(call)),
        SelectItem::Wildcard | SelectItem::QualifiedWildcard(_) => false,
    };
    plain
        && one_table
        && !select.distinct
        && select.distinct_on.is_empty()
        && select.group_by.is_empty()
        && select.having.is_none()
        && !select.projection.iter().any(gathers)
}

fn is_aggregate(call: &Call) -> bool {
    let name = call.name.name.as_str();
    call.over.is_some()
        || [
            "count",
            "sum",
            "avg",
            "min",
            "max",
            "array_agg",
            "string_agg",
            "json_agg",
            "jsonb_agg",
            "bool_or",
            "bool_and",
        ]
        .contains(&name)
}
