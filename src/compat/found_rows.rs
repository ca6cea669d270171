//! Whether a query finds the rows it found: views that keep or join others, names that come to mean something else.

use super::resolve::{Resolver, Seen};
use super::scope::{Level, ScopeColumn};
use super::through::bodies;
use super::types::Ty;
use crate::schema::{Catalogue, Refusal, RelationKind, ResolvedName, canonical_text};
use crate::sql::ast::{
    Change, Dml, Expr, FromItem, Ident, JoinConstraint, Query, QueryBody, Select,
};

type Both<'c> = (&'c Catalogue, &'c Catalogue);

/// Views of views are followed this far.
const MAX_DEPTH: usize = 8;

/// A view that the query reads chooses other rows than it did.
pub(super) fn other_rows(before: &Seen, both: Both<'_>) -> Option<String> {
    let read = before.usage.relations.iter();
    let name = read
        .into_iter()
        .find_map(|name| changed_view(name, both, 0))?;
    Some(format!(
        "view {name} chooses its rows by another query than before"
    ))
}

fn changed_view(name: &ResolvedName, both: Both<'_>, depth: usize) -> Option<ResolvedName> {
    let (old, new) = (both.0.get(name)?, both.1.get(name)?);
    let view = |kind| matches!(kind, RelationKind::View | RelationKind::MaterializedView);
    if !view(old.kind) || !view(new.kind) || depth == MAX_DEPTH {
        return None;
    }
    if old.query != new.query {
        let parsed = |query: &Option<String>| crate::sql::parse_query(query.as_deref()?).ok();
        let (was, is) = (parsed(&old.query)?, parsed(&new.query)?);
        return (chosen(&was, both.0) != chosen(&is, both.1)).then(|| name.clone());
    }
    let mut under = old.depends_on.iter().map(|(under, _)| under);
    under.find_map(|under| changed_view(under, both, depth + 1))
}

/// How a query chooses its rows, as a text to be compared: what it reads and by which conditions, whatever it gives of them.
fn chosen(query: &Query, catalogue: &Catalogue) -> String {
    let mut text = String::new();
    for cte in &query.with {
        text += &format!("with {} ({}) ", cte.name, chosen(&cte.query, catalogue));
    }
    text += &match &query.body {
        QueryBody::Select(select) => of_select(select, catalogue),
        QueryBody::SetOperation { op, left, right } => {
            format!(
                "({}) {op} ({})",
                chosen(left, catalogue),
                chosen(right, catalogue)
            )
        }
        QueryBody::Nested(inner) => chosen(inner, catalogue),
        QueryBody::Values(rows) => format!("values {}", rows.len()),
        QueryBody::Table(name) => read(name, catalogue),
        QueryBody::Insert(_)
        | QueryBody::Update(_)
        | QueryBody::Delete(_)
        | QueryBody::Merge(_)
        | QueryBody::Copy(_) => String::new(),
    };
    for (word, part) in [("limit", &query.limit), ("offset", &query.offset)] {
        if let Some(part) = part {
            text += &format!(" {word} {}", canonical_text(part));
        }
    }
    text
}

fn of_select(select: &Select, catalogue: &Catalogue) -> String {
    let plain = !select.distinct
        && select.distinct_on.is_empty()
        && select.group_by.is_empty()
        && select.filter.is_none()
        && select.having.is_none();
    // Nothing but the columns of one query: its rows.
    if let ([FromItem::Subquery { query, .. }], true) = (select.from.as_slice(), plain) {
        return chosen(query, catalogue);
    }
    let mut text = String::from("select");
    if select.distinct {
        text += " distinct";
    }
    for item in &select.from {
        text += &format!(" from {}", source(item, catalogue));
    }
    let lists = [("on", &select.distinct_on), ("by", &select.group_by)];
    for (word, list) in lists {
        for part in list {
            text += &format!(" {word} {}", canonical_text(part));
        }
    }
    for (word, part) in [("where", &select.filter), ("having", &select.having)] {
        if let Some(part) = part {
            text += &format!(" {word} {}", canonical_text(part));
        }
    }
    text
}

fn source(item: &FromItem, catalogue: &Catalogue) -> String {
    match item {
        FromItem::Relation { name, only, .. } => format!("{only} {}", read(name, catalogue)),
        FromItem::Subquery { query, .. } => format!("({})", chosen(query, catalogue)),
        FromItem::Function { call, .. } => canonical_text(call),
        FromItem::Join {
            left,
            right,
            kind,
            constraint,
        } => {
            let by = match constraint {
                JoinConstraint::On(condition) => canonical_text(condition),
                JoinConstraint::Using(names) => format!("{names:?}"),
                JoinConstraint::Natural => "natural".to_owned(),
                JoinConstraint::None => String::new(),
            };
            format!(
                "({} {kind:?} {} {by})",
                source(left, catalogue),
                source(right, catalogue)
            )
        }
    }
}

fn read(name: &crate::sql::ast::QualifiedName, catalogue: &Catalogue) -> String {
    match catalogue.relation(name) {
        Some(relation) => relation.name.to_string(),
        None => name.to_string(),
    }
}

/// NATURAL JOIN compares other columns than it did.
pub(super) fn joined(before: &Seen, after: &Seen) -> Option<String> {
    let mut pairs = before.natural.iter().zip(&after.natural);
    let (old, new) = pairs.find(|(old, new)| old != new)?;
    let fresh = new.iter().find(|name| !old.contains(name));
    Some(match fresh {
        Some(name) => format!("NATURAL JOIN now compares \"{name}\" too"),
        None => "NATURAL JOIN compares fewer columns than before".to_owned(),
    })
}

/// GROUP BY a name of the result finds a column of that name first.
pub(super) fn grouped_otherwise(before: &Seen, after: &Seen) -> Option<Refusal> {
    let mut pairs = before.grouped.iter().zip(&after.grouped);
    let (_, (name, _)) = pairs.find(|((_, was), (_, is))| !was && *is)?;
    Some(Refusal {
        sqlstate: "42803",
        message: format!(
            "GROUP BY \"{name}\" means the new column: what is selected must appear in the GROUP BY clause"
        ),
    })
}

/// A variable of a function that the query calls, or of a trigger it fires, is a column now too (manual 18, section 41.11.1).
pub(super) fn ambiguous_variable(after: &Seen, (old, new): Both<'_>) -> Option<Refusal> {
    for (what, body) in bodies(after, new) {
        let own = |(_, routine): &(&ResolvedName, &crate::schema::Routine)| {
            routine.definition.body.as_deref() == Some(body.as_str())
        };
        let Some((_, routine)) = new.routines().find(own) else {
            continue;
        };
        if routine.definition.language.as_deref() != Some("plpgsql")
            || body.contains("#variable_conflict")
        {
            continue;
        }
        let mut names = declared(&body);
        names.extend(routine.definition.names.iter().flatten().cloned());
        let outer = names
            .iter()
            .map(|name| ScopeColumn::computed(name.clone(), Ty::Unknown))
            .collect();
        let level = Level::of_rows(Ident::new(""), outer, false, None);
        for statement in routine.statements().into_iter().flat_map(|all| all.iter()) {
            let Change::Dml(Dml {
                query: Ok(query), ..
            }) = &statement.change
            else {
                continue;
            };
            let mut resolver = Resolver::new(new, None);
            resolver.levels.push(level.clone());
            let seen = resolver.run(query);
            let mut found = seen.bindings.iter().flatten();
            let taken = found.find(|(table, name)| {
                names.contains(name)
                    && old
                        .get(table)
                        .is_some_and(|table| table.column(name).is_none())
            });
            if let Some((_, name)) = taken {
                return Some(Refusal {
                    sqlstate: "42702",
                    message: format!("in {what}: column reference \"{name}\" is ambiguous"),
                });
            }
        }
    }
    None
}

/// The variables that a body in PL/pgSQL declares before its first BEGIN.
fn declared(body: &str) -> Vec<Ident> {
    let lower = body.to_ascii_lowercase();
    let Some(start) = lower.find("declare") else {
        return Vec::new();
    };
    let from = start + "declare".len();
    let rest = lower.get(from..).unwrap_or_default();
    let end = rest.find("begin").unwrap_or(rest.len());
    let parts = rest.get(..end).unwrap_or_default().split(';');
    let names = parts.filter_map(|part| part.split_whitespace().next());
    names.map(Ident::folded).collect()
}

/// What is selected beside the primary key it is grouped by must be grouped by too once the key is gone (manual 18,
/// section 7.2.3).
pub(super) fn ungrouped(select: &Select, old: &Catalogue, new: &Catalogue) -> Option<Refusal> {
    let name_of = |expr: &Expr| match expr {
        Expr::Column(path) => path.last().cloned(),
        _ => None,
    };
    let groups: Vec<Ident> = select.group_by.iter().filter_map(name_of).collect();
    if groups.is_empty() {
        return None;
    }
    let mut names = Vec::new();
    select.from.iter().for_each(|item| tables(item, &mut names));
    for name in names {
        let (Some(was), Some(is)) = (old.relation(name), new.relation(name)) else {
            continue;
        };
        let keyed = |key: Option<&[Ident]>| {
            key.is_some_and(|key| key.iter().all(|column| groups.contains(column)))
        };
        if !keyed(was.primary_key()) || keyed(is.primary_key()) {
            continue;
        }
        let mut shown = select.projection.iter().filter_map(|item| match item {
            crate::sql::ast::SelectItem::Expr { expr, .. } => name_of(expr),
            _ => None,
        });
        if let Some(column) =
            shown.find(|column| is.column(column).is_some() && !groups.contains(column))
        {
            return Some(Refusal {
                sqlstate: "42803",
                message: format!(
                    "column \"{}.{column}\" must appear in the GROUP BY clause or be used in an aggregate function",
                    is.name.name
                ),
            });
        }
    }
    None
}

fn tables<'q>(item: &'q FromItem, into: &mut Vec<&'q crate::sql::ast::QualifiedName>) {
    match item {
        FromItem::Relation { name, .. } => into.push(name),
        FromItem::Join { left, right, .. } => {
            tables(left, into);
            tables(right, into);
        }
        FromItem::Subquery { .. } | FromItem::Function { .. } => {}
    }
}
