//! What a query that goes on working does otherwise: defaults, rows that a foreign key takes along, views that take no more.

use std::collections::{BTreeMap, BTreeSet};

use super::constant;
use super::given::Write;
use super::resolve::Seen;
use super::scope::ScopeColumn;
use crate::schema::{
    Catalogue, Column, ConstraintKind, EnumOrOther, Made, Refusal, Relation, RelationKind,
    ResolvedName, rename_column,
};
use crate::sql::ast::{Call, Expr, FromItem, Ident, Query, QueryBody, SelectItem, TypeName};

/// Views of views are followed this far.
const MAX_LAYERS: usize = 32;

/// A column that an INSERT leaves out, or that is given its DEFAULT, is filled with something else.
pub(super) fn filled(
    before: &Seen,
    after: &Seen,
    (old, new): (&Catalogue, &Catalogue),
) -> Option<String> {
    let pairs = before.writes.iter().zip(&after.writes);
    let same = |(was, is): &(&Write, &Write)| {
        was.insert == is.insert && (was.table == is.table || was.named() == is.named())
    };
    pairs.filter(same).find_map(|(was, is)| {
        let table_before = behind(old, old.get(&was.table)?)?;
        let table_after = behind(new, new.get(&is.table)?)?;
        table_before.columns.iter().find_map(|column| {
            let now = table_after.column(&column.name)?;
            // What had no default may have been filled by a trigger, as while two columns are kept in step.
            let none = column.default.is_none() && column.generated.is_none();
            if none || column.ty != now.ty || !was.defaults(&column.name) {
                return None;
            }
            let becomes = if is.defaults(&column.name) {
                let renamed = || under_new_names(column, table_before, table_after);
                let same = fills_the_same(column, now) || fills_the_same(&renamed(), now);
                (!same).then(|| fill(now))?
            } else if is.gives_null(&column.name) {
                "NULL".to_owned()
            } else {
                return None;
            };
            let how = match was.columns.contains(&column.name) {
                true => "which is given its default",
                false => "which it leaves out",
            };
            Some(format!(
                "column \"{}\", {how}, is filled with {becomes} where it was {}",
                column.name,
                fill(column)
            ))
        })
    })
}

/// The table whose defaults fill what an INSERT into a view leaves out (manual 18, CREATE VIEW,
/// "Updatable Views"), where there is but one; a table itself.
fn behind<'a>(catalogue: &'a Catalogue, relation: &'a Relation) -> Option<&'a Relation> {
    let found = layers(catalogue, relation).last()?;
    (found.kind != RelationKind::View).then_some(found)
}

/// A relation, and of a view what it is made of, on and on down to a table; broken off where a view of views ends in
/// itself.
fn layers<'a>(
    catalogue: &'a Catalogue,
    relation: &'a Relation,
) -> impl Iterator<Item = &'a Relation> {
    let under = |view: &&'a Relation| match view.kind {
        RelationKind::View => under(catalogue, view),
        _ => None,
    };
    std::iter::successors(Some(relation), under).take(MAX_LAYERS)
}

/// The only relation that a view is made of.
fn under<'a>(catalogue: &'a Catalogue, view: &Relation) -> Option<&'a Relation> {
    let names: BTreeSet<&ResolvedName> = view.depends_on.iter().map(|(name, _)| name).collect();
    let mut names = names.into_iter();
    match (names.next(), names.next()) {
        (Some(only), None) => catalogue.get(only),
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

/// A table in the place of another one, made in between and never filled.
pub(super) fn emptied(before: &Seen, (old, new): (&Catalogue, &Catalogue)) -> Option<String> {
    let stored = |relation: &&Relation| {
        matches!(
            relation.kind,
            RelationKind::Table | RelationKind::PartitionedTable
        )
    };
    let known = |made: Made| made.filled || made.serial <= old.last_made.serial;
    let read = before.usage.reads.iter().map(|(table, _)| table);
    let mut read = read.filter(|name| {
        // What an INSERT gives back is its own.
        !before
            .writes
            .iter()
            .any(|write| write.insert && write.table == **name)
    });
    let name = read.find(|name| {
        let (Some(was), Some(is)) = (old.get(name).filter(stored), new.get(name).filter(stored))
        else {
            return false;
        };
        let parts = |one: &Relation| {
            let mut children = new.children(&one.name);
            children.any(|child| known(child.made))
        };
        was.made.is_other(is.made) && was.rows != Some(0) && !known(is.made) && !parts(is)
    })?;
    Some(format!(
        "finds none of the rows that were there: {name} is another table now, and nothing fills it"
    ))
}

/// A column in the place of another one of its name, added in between and never filled.
pub(super) fn remade(before: &Seen, (old, new): (&Catalogue, &Catalogue)) -> Option<String> {
    let mut reads = before.usage.reads.iter();
    let (table, column) = reads.find(|(table, column)| {
        let (Some(was), Some(is)) = (old.get(table), new.get(table)) else {
            return false;
        };
        let own = before
            .writes
            .iter()
            .any(|write| write.insert && write.table == *table);
        let (Some(_), Some(now)) = (was.column(column), is.column(column)) else {
            return false;
        };
        let added = now.made.serial > old.last_made.serial && !now.made.filled;
        added
            && now.generated.is_none()
            && !own
            && was.rows != Some(0)
            && !was.made.is_other(is.made)
    })?;
    Some(format!(
        "{table}.{column} is another column now, and nothing fills it with what the old one held"
    ))
}

/// A column whose generation expression names the others as they are called afterwards: a column keeps its place
/// when it gets another name.
fn under_new_names(column: &Column, before: &Relation, after: &Relation) -> Column {
    let mut column = column.clone();
    if let Some(generated) = &mut column.generated {
        let pairs = before.columns.iter().zip(&after.columns);
        let renamed = pairs.filter(|(was, is)| {
            was.name != is.name && was.ty == is.ty && after.column(&was.name).is_none()
        });
        for (was, is) in renamed {
            rename_column(&mut generated.expr, &was.name, &is.name);
        }
    }
    column
}

/// Whether two defaults of a column are one, however they are spelled.
fn fills_the_same(one: &Column, other: &Column) -> bool {
    let constant = |column: &Column| {
        let default = column
            .default
            .as_ref()
            .filter(|_| column.generated.is_none())?;
        constant::value(&default.expr, &|_| None)
    };
    let (was, is) = (constant(one), constant(other));
    fill(one) == fill(other) || was.is_some() && was == is || is_now(one) && is_now(other)
}

/// Whether a column is filled with the moment at which its transaction began, however that is written (manual 18, section
/// 9.9.5).
fn is_now(column: &Column) -> bool {
    let Some(default) = &column.default else {
        return false;
    };
    match &default.expr {
        Expr::Call(call) => {
            let names = ["now", "transaction_timestamp", "current_timestamp"];
            call.args.is_empty() && names.contains(&call.name.name.as_str())
        }
        _ => false,
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

/// The lines of a COPY are read into other columns, or as values of other types.
pub(super) fn reread(
    before: &Seen,
    after: &Seen,
    (old, new): (&Catalogue, &Catalogue),
) -> Option<String> {
    let pairs = before.writes.iter().zip(&after.writes);
    let mut copies = pairs.filter(|_| before.is_copy && after.is_copy);
    copies.find_map(|(was, is)| {
        let (table_before, table_after) = (old.get(&was.table)?, new.get(&is.table)?);
        was.columns.iter().zip(&is.columns).find_map(|(was, is)| {
            let (one, other) = (table_before.column(was)?, table_after.column(is)?);
            let retyped = (one.ty.qualified_name(), one.ty.array)
                != (other.ty.qualified_name(), other.ty.array);
            let message = format!(
                "the fields of \"{was}\", {}, go into \"{is}\", {}",
                one.ty, other.ty
            );
            let recomposed = recomposed((old, &one.ty), (new, &other.ty));
            (was != is || retyped)
                .then(|| message.clone())
                .or_else(|| recomposed.then(|| format!("{message}, which has other attributes")))
        })
    })
}

/// Whether a composite type has attributes of other types than it had.
pub(super) fn recomposed(
    (old, was): (&Catalogue, &TypeName),
    (new, is): (&Catalogue, &TypeName),
) -> bool {
    let parts = (parts_of(old, was), parts_of(new, is));
    parts.0 != parts.1 && !parts.0.is_empty()
}

/// The types of a composite type's attributes; none where it is another kind of type.
fn parts_of<'c>(catalogue: &'c Catalogue, ty: &TypeName) -> Vec<&'c TypeName> {
    let def = catalogue.type_def(&ty.qualified_name());
    match def.map(|def| &def.kind) {
        Some(EnumOrOther::Composite(attributes)) => attributes.iter().map(|(_, ty)| ty).collect(),
        _ => Vec::new(),
    }
}

/// A relation that stands before the one it meant on the search path; statements prepared before go on with that one.
pub(super) fn hidden(
    before: &Seen,
    after: &Seen,
    (old, new): (&Catalogue, &Catalogue),
) -> Option<String> {
    let fresh = after.usage.relations.difference(&before.usage.relations);
    let mut fresh = fresh.filter(|name| old.get(name).is_none());
    before
        .usage
        .relations
        .difference(&after.usage.relations)
        .find_map(|left| {
            let hides = fresh.find(|name| name.name == left.name && new.get(left).is_some())?;
            Some(format!(
                "{hides} stands before {left} on the search path now"
            ))
        })
}

/// A value that is written with less precision than it was (manual 18, section 8.1.2 and 8.5).
pub(super) fn rounded(
    before: &Seen,
    after: &Seen,
    (old, new): (&Catalogue, &Catalogue),
) -> Option<String> {
    let pairs = before.writes.iter().zip(&after.writes);
    let same = pairs.filter(|(was, is)| was.table == is.table);
    same.into_iter().find_map(|(was, is)| {
        let (table_before, table_after) = (old.get(&was.table)?, new.get(&is.table)?);
        was.columns.iter().find_map(|name| {
            let (was, is) = (table_before.column(name)?, table_after.column(name)?);
            let (was, is) = (old.base_type(&was.ty), new.base_type(&is.ty));
            let (kept, left) = (fraction(&was)?, fraction(&is)?);
            (was.name == is.name && left < kept).then(|| {
                format!("what it writes into column \"{name}\" is rounded to {left} digits where {kept} were kept")
            })
        })
    })
}

/// How many digits after the point a type keeps; as many as a number may have where it says none.
fn fraction(ty: &TypeName) -> Option<u32> {
    let digits = |at: usize| ty.modifiers.get(at).map(|digits| digits.parse().ok());
    match ty.name.as_str() {
        // `numeric` alone keeps 16383 digits, `numeric(8)` none.
        "numeric" => match (digits(0), digits(1)) {
            (None, _) => Some(16_383),
            (Some(_), None) => Some(0),
            (Some(_), Some(scale)) => scale,
        },
        "timestamp" | "timestamptz" | "time" | "timetz" => digits(0).unwrap_or(Some(6)),
        _ => None,
    }
}

/// A column it reads is compared and sorted otherwise (manual 18, section 23.2).
pub(super) fn collated(before: &Seen, (old, new): (&Catalogue, &Catalogue)) -> Option<String> {
    before.usage.reads.iter().find_map(|(table, name)| {
        let (was, is) = (old.get(table)?.column(name)?, new.get(table)?.column(name)?);
        let said = |collation: &Option<Ident>| match collation {
            Some(name) => format!("\"{name}\""),
            None => "the default".to_owned(),
        };
        (was.collation != is.collation).then(|| {
            format!(
                "column {table}.{name} is compared and sorted by collation {} where it was by {}",
                said(&is.collation),
                said(&was.collation)
            )
        })
    })
}

/// A result column that was never NULL and can be now, if ever somebody writes such a row.
pub(super) fn nullable(
    before: &Seen,
    after: &Seen,
    (old, new): (&Catalogue, &Catalogue),
) -> Option<String> {
    let pairs = before
        .shape
        .iter()
        .flatten()
        .zip(after.shape.iter().flatten());
    pairs.into_iter().find_map(|(was, is)| {
        let never = |catalogue: &Catalogue, column: &ScopeColumn| {
            let (table, name) = column.source.as_ref()?;
            // Of a view's columns it is not known.
            let table = catalogue
                .get(table)
                .filter(|one| one.kind != RelationKind::View)?;
            Some(table.column(name)?.not_null)
        };
        (never(old, was)? && !never(new, is)?).then(|| {
            format!(
                "result column \"{}\", which was never NULL, may be NULL",
                is.name
            )
        })
    })
}

/// A COPY without a column list whose lines have too few or too many fields now (PostgreSQL 18, `copyfromparse.c`).
pub(super) fn miscounted(before: &Seen, after: &Seen) -> Option<Refusal> {
    let (was, is) = (before.copied.as_ref()?, after.copied.as_ref()?);
    let message = match is.get(was.len()) {
        Some(name) => format!("missing data for column \"{name}\""),
        None if is.len() < was.len() => "extra data after last expected column".to_owned(),
        None => return None,
    };
    Some(Refusal {
        sqlstate: "22P04",
        message,
    })
}

/// A materialized view that was filled and is empty until it is refreshed (manual 18, REFRESH MATERIALIZED VIEW).
pub(super) fn unfilled(after: &Seen, (old, new): (&Catalogue, &Catalogue)) -> Option<Refusal> {
    let unread = |catalogue: &Catalogue, name: &ResolvedName| {
        let known = catalogue.get(name);
        known.is_some_and(|one| one.kind == RelationKind::MaterializedView && !one.populated)
    };
    let mut read = after.usage.relations.iter();
    let name = read.find(|name| unread(new, name) && !unread(old, name))?;
    Some(Refusal {
        sqlstate: "55000",
        message: format!("materialized view \"{}\" has not been populated", name.name),
    })
}

/// A view whose rows could be locked and are worked out from many now (manual 18, SELECT, "The Locking Clause").
pub(super) fn unlockable(
    query: &Query,
    after: &Seen,
    (old, new): (&Catalogue, &Catalogue),
) -> Option<Refusal> {
    let lock = query.locking.first()?;
    let gathered = |catalogue: &Catalogue, name: &ResolvedName| {
        let relation = catalogue.get(name)?;
        layers(catalogue, relation).find_map(gathers)
    };
    let mut locked = after.usage.relations.iter();
    let clause = locked.find_map(|name| match gathered(old, name) {
        Some(_) => None,
        None => gathered(new, name),
    })?;
    let lock = lock
        .split_whitespace()
        .take(2)
        .collect::<Vec<_>>()
        .join(" ");
    Some(Refusal {
        sqlstate: "0A000",
        message: format!("{lock} is not allowed with {clause}"),
    })
}

/// What makes one row of a view from several of its table.
fn gathers(view: &Relation) -> Option<&'static str> {
    if view.kind != RelationKind::View {
        return None;
    }
    let query = crate::sql::parse_query(view.query.as_deref()?).ok()?;
    match &query.body {
        QueryBody::SetOperation { .. } => Some("UNION/INTERSECT/EXCEPT"),
        QueryBody::Select(select) if select.distinct || !select.distinct_on.is_empty() => {
            Some("DISTINCT clause")
        }
        QueryBody::Select(select) if !select.group_by.is_empty() => Some("GROUP BY clause"),
        QueryBody::Select(select) if select.projection.iter().any(is_gathered) => {
            Some("aggregate functions")
        }
        _ => None,
    }
}

fn is_gathered(item: &SelectItem) -> bool {
    match item {
        SelectItem::Expr { expr, .. } => matches!(expr, Expr::Call(call) if is_aggregate(call)),
        SelectItem::Wildcard | SelectItem::QualifiedWildcard(_) => false,
    }
}

/// A view that took changes and takes none any more (manual 18, CREATE VIEW, "Updatable Views").
pub(super) fn refused_view(after: &Seen, (old, new): (&Catalogue, &Catalogue)) -> Option<Refusal> {
    let refused = |verb: &str, name: &ResolvedName| {
        let known = old.get(name);
        if known.is_some_and(|view| refuses_writes(view, verb, old).is_some()) {
            return None;
        }
        let refuses = refuses_writes(new.get(name)?, verb, new)?;
        let name = &refuses.name.name;
        Some(match refuses.kind {
            RelationKind::MaterializedView => Refusal {
                sqlstate: "42809",
                message: format!("cannot change materialized view \"{name}\""),
            },
            _ => Refusal {
                sqlstate: "55000",
                message: format!("cannot {verb} view \"{name}\""),
            },
        })
    };
    // ON CONFLICT updates only once the INSERT was found to be one.
    let inserts = after.writes.iter().filter(|write| write.insert);
    let updates = after.writes.iter().filter(|write| !write.insert);
    let writes = inserts.chain(updates).map(|write| {
        let verb = if write.insert {
            "insert into"
        } else {
            "update"
        };
        (verb, write.named())
    });
    let deletes = after.deletes.iter().map(|table| ("delete from", table));
    writes
        .chain(deletes)
        .find_map(|(verb, name)| refused(verb, name))
}

/// The view that takes no such change, on the way down to the table.
fn refuses_writes<'c>(
    relation: &'c Relation,
    verb: &str,
    catalogue: &'c Catalogue,
) -> Option<&'c Relation> {
    for layer in layers(catalogue, relation) {
        if !is_updatable(layer, verb) {
            return Some(layer);
        }
        if !layer.triggers.is_empty() || layer.rules.iter().any(|rule| *rule != "_RETURN") {
            break;
        }
    }
    None
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
    let mut triggers = relation.triggers.iter();
    let stands_in = triggers.any(|trigger| trigger.stands_in_for(event));
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
    plain
        && one_table
        && !select.distinct
        && select.distinct_on.is_empty()
        && select.group_by.is_empty()
        && select.having.is_none()
        && !select.projection.iter().any(is_gathered)
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
