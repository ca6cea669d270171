//! Queries and data changes: the tables and indexes they open, and which tables they read whole.

use super::work::Work;
use super::{LockMode, expr};
use crate::schema::{ConstraintKind, Relation, RelationKind};
use crate::sql::ast::*;

/// Views upon views are followed this far.
const MAX_DEPTH: usize = 32;

/// The query of a view or of CREATE TABLE AS: it is planned, and so opens indexes, only when it runs
/// (lock-truth: `create_table.as_select_no_data`, `view.create`).
pub(super) fn of_definition(work: &mut Work<'_>, source: &CreateAs, runs: bool) {
    let Ok(query) = &source.query else {
        return;
    };
    if runs {
        return run(work, query);
    }
    for relation in named(work, query) {
        work.lock(relation, LockMode::AccessShare);
    }
}

/// `SELECT`, `INSERT`, `UPDATE`, `DELETE`, `MERGE` as a statement of a migration.
pub(super) fn dml(work: &mut Work<'_>, dml: &Dml) {
    match &dml.query {
        Ok(query) => run(work, query),
        Err(_) => {
            if let Some(target) = dml.target.as_ref().and_then(|name| work.relation(name)) {
                work.open_for_query(target, LockMode::RowExclusive);
            }
        }
    }
}

/// `COPY`: no planner, no indexes held (lock-truth: `dml.copy_to_program`).
pub(super) fn copy(work: &mut Work<'_>, table: &QualifiedName, from: bool) {
    let Some(table) = work.relation(table) else {
        return;
    };
    if from {
        work.lock(table, LockMode::RowExclusive);
    } else {
        work.lock(table, LockMode::AccessShare);
        work.scan(table);
    }
}

fn named<'a>(work: &Work<'a>, query: &Query) -> Vec<&'a Relation> {
    let mut names = Vec::new();
    expr::sources(query, &mut names);
    names
        .iter()
        .filter_map(|name| work.relation(name))
        .collect()
}

fn run(work: &mut Work<'_>, query: &Query) {
    for cte in &query.with {
        run(work, &cte.query);
    }
    let mode = if query.locking.is_empty() {
        LockMode::AccessShare
    } else {
        LockMode::RowShare
    };
    let read = named(work, query);
    let mut filters = Vec::new();
    let target = match &query.body {
        QueryBody::Select(select) => {
            filters.extend(&select.filter);
            select
                .from
                .iter()
                .for_each(|item| join_filters(item, &mut filters));
            None
        }
        QueryBody::Insert(insert) => {
            if let Some(source) = &insert.source {
                run(work, source);
            }
            return insert_into(work, insert);
        }
        QueryBody::Update(update) => {
            filters.extend(&update.filter);
            Some(&update.target)
        }
        QueryBody::Delete(delete) => {
            filters.extend(&delete.filter);
            Some(&delete.target)
        }
        QueryBody::Merge(merge) => {
            filters.push(&merge.on);
            Some(&merge.target)
        }
        QueryBody::Nested(inner) => return run(work, inner),
        QueryBody::SetOperation { left, right, .. } => {
            run(work, left);
            return run(work, right);
        }
        QueryBody::Values(_) | QueryBody::Table(_) => None,
    };
    let target = target.and_then(|name| work.relation(name));
    for relation in read {
        let is_target = target.is_some_and(|target| target.name == relation.name);
        let mode = if is_target {
            LockMode::RowExclusive
        } else {
            mode
        };
        open(work, relation, mode, &filters, 0);
    }
    calls_of_nextval(work, query);
    if let (Some(target), QueryBody::Delete(_)) = (target, &query.body) {
        delete_from(work, target);
    }
    if let (Some(target), QueryBody::Update(update)) = (target, &query.body) {
        let set: Vec<&Ident> = update.set.iter().flat_map(|one| &one.columns).collect();
        lock_referenced_rows(work, target, |column| set.contains(&column));
    }
}

fn join_filters<'q>(item: &'q FromItem, into: &mut Vec<&'q Expr>) {
    if let FromItem::Join {
        left,
        right,
        constraint,
        ..
    } = item
    {
        join_filters(left, into);
        join_filters(right, into);
        if let JoinConstraint::On(condition) = constraint {
            into.push(condition);
        }
    }
}

/// Opens a table for a query, or what a view reads; partitions that the filter rules out are not told apart.
fn open<'a>(
    work: &mut Work<'a>,
    relation: &'a Relation,
    mode: LockMode,
    filters: &[&Expr],
    depth: usize,
) {
    match relation.kind {
        RelationKind::View => {
            work.lock(relation, mode);
            let mut seen = Vec::new();
            for (name, _) in &relation.depends_on {
                if !seen.contains(&name) && depth < MAX_DEPTH {
                    seen.push(name);
                    if let Some(read) = work.before.get(name) {
                        open(work, read, mode, filters, depth + 1);
                    }
                }
            }
        }
        RelationKind::Sequence => work.lock(relation, mode),
        RelationKind::Table
        | RelationKind::PartitionedTable
        | RelationKind::ForeignTable
        | RelationKind::MaterializedView => {
            work.open_for_query(relation, mode);
            for member in work.family(relation) {
                if !filters.iter().any(|filter| found_by_index(member, filter)) {
                    work.scan(member);
                }
            }
        }
    }
}

/// Whether a condition compares the first column of an index with a constant.
fn found_by_index(table: &Relation, filter: &Expr) -> bool {
    let leads = |column: &Ident| {
        table.indexes.iter().any(|index| {
            index.predicate.is_none()
                && matches!(index.elements.first().map(|first| &first.key), Some(IndexKey::Column(own)) if own == column)
        })
    };
    let column = |expr: &Expr| match expr {
        Expr::Column(path) => path.last().is_some_and(leads),
        _ => false,
    };
    let constant = |expr: &Expr| {
        matches!(
            expr,
            Expr::Number(_)
                | Expr::String(_)
                | Expr::Parameter(_)
                | Expr::Cast { .. }
                | Expr::Unary { .. }
        )
    };
    match filter {
        Expr::Binary { left, op, right } if op.eq_ignore_ascii_case("AND") => {
            found_by_index(table, left) || found_by_index(table, right)
        }
        Expr::Binary { left, op, right } => {
            matches!(op.as_str(), "=" | "<" | "<=" | ">" | ">=")
                && ((column(left) && constant(right)) || (column(right) && constant(left)))
        }
        Expr::Between {
            expr,
            negated: false,
            ..
        }
        | Expr::InList {
            expr,
            negated: false,
            ..
        } => column(expr),
        _ => false,
    }
}

/// An insert plans nothing on its target: no index stays locked (lock-truth: `dml.insert_values`).
fn insert_into(work: &mut Work<'_>, insert: &Insert) {
    let Some(target) = work.relation(&insert.target) else {
        return;
    };
    work.lock(target, LockMode::RowExclusive);
    lock_referenced_rows(work, target, |column| {
        insert.columns.is_empty() || insert.columns.contains(column)
    });
}

/// A row that references another locks it (lock-truth: `dml.insert_fk_child`).
fn lock_referenced_rows<'a>(
    work: &mut Work<'a>,
    table: &'a Relation,
    set: impl Fn(&Ident) -> bool,
) {
    for constraint in &table.constraints {
        if let ConstraintKind::ForeignKey { table: to, .. } = &constraint.kind
            && constraint.enforced
            && constraint.columns.iter().any(&set)
            && let Some(to) = work.before.get(to)
        {
            work.open_for_query(to, LockMode::RowShare);
        }
    }
}

/// A delete looks for the rows that reference the deleted ones (lock-truth: `dml.delete_referenced_cascade`).
fn delete_from(work: &mut Work<'_>, table: &Relation) {
    for (from, name) in work.referencing(&table.name) {
        let Some(constraint) = from.constraint(name).filter(|one| one.enforced) else {
            continue;
        };
        let ConstraintKind::ForeignKey { written, .. } = &constraint.kind else {
            continue;
        };
        let writes = written
            .on_delete
            .as_deref()
            .is_some_and(|action| action.starts_with("CASCADE") || action.starts_with("SET"));
        let mode = if writes {
            LockMode::RowExclusive
        } else {
            LockMode::RowShare
        };
        work.open_for_query(from, mode);
        let indexed = from.indexes.iter().any(|index| {
            let first = index.elements.first().map(|element| &element.key);
            matches!(first, Some(IndexKey::Column(own)) if constraint.columns.first() == Some(own))
        });
        if !indexed {
            work.scan(from);
        }
    }
}

/// `SELECT nextval('s')` (lock-truth: `sequence.nextval`).
fn calls_of_nextval(work: &mut Work<'_>, query: &Query) {
    let QueryBody::Select(select) = &query.body else {
        return;
    };
    for item in &select.projection {
        if let SelectItem::Expr { expr, .. } = item {
            sequences_of(work, expr);
        }
    }
}

/// Locks the sequences that `nextval`, `setval` and `currval` name in an expression.
pub(super) fn sequences_of(work: &mut Work<'_>, value: &Expr) {
    let mut names = Vec::new();
    expr::visit(value, &mut |part| {
        let Expr::Call(call) = part else { return };
        let takes = matches!(call.name.name.as_str(), "nextval" | "setval");
        let name = match call.args.first() {
            Some(Expr::String(name)) => Some(name),
            Some(Expr::Cast { expr, .. }) => match &**expr {
                Expr::String(name) => Some(name),
                _ => None,
            },
            _ => None,
        };
        if let Some(name) = name.filter(|_| takes) {
            names.push(match name.split_once('.') {
                Some((schema, name)) => QualifiedName::new(schema, name),
                None => QualifiedName::bare(name.as_str()),
            });
        }
    });
    for name in names {
        if let Some(sequence) = work.relation(&name) {
            work.lock(sequence, LockMode::RowExclusive);
        }
    }
}
