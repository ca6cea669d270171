//! The keys among the constraints of a new table: one primary key, and none twice.

use super::constraint::{several_primary_keys, with_attributes};
use super::session::Outcome;
use super::{Constraint, ConstraintKind, Refusal, ResolvedName};
use crate::sql::ast::{Ident, TableConstraint, TableConstraintKind};

/// Refuses a second primary key before anything else is looked at (`transformIndexConstraint`).
pub(super) fn one_primary_key(table: &ResolvedName, constraints: &[TableConstraint]) -> Outcome {
    let keys = constraints
        .iter()
        .filter(|constraint| matches!(constraint.kind, TableConstraintKind::PrimaryKey { .. }));
    if keys.count() > 1 {
        return Err(several_primary_keys(table));
    }
    Ok(())
}

/// The columns of a primary key written as a constraint of the table.
pub(super) fn primary_columns(constraints: &[TableConstraint]) -> Vec<Ident> {
    let keys = constraints.iter().filter_map(|one| match &one.kind {
        TableConstraintKind::PrimaryKey { columns, .. } => Some(columns),
        _ => None,
    });
    keys.flatten().cloned().collect()
}

/// Refuses a column that a key has named before (`transformIndexConstraint`).
pub(super) fn stands_once(kind: &ConstraintKind, columns: &[Ident], at: usize) -> Outcome {
    let Some(column) = columns.get(at) else {
        return Ok(());
    };
    let what = match kind {
        ConstraintKind::PrimaryKey => "primary key",
        ConstraintKind::Unique => "unique",
        _ => return Ok(()),
    };
    if !columns.iter().take(at).any(|earlier| earlier == column) {
        return Ok(());
    }
    let message = format!("column \"{column}\" appears twice in {what} constraint");
    Err(Refusal::new("42701", message))
}

pub(super) fn is_key(constraint: &TableConstraint) -> bool {
    match constraint.kind {
        TableConstraintKind::PrimaryKey { .. }
        | TableConstraintKind::Unique { .. }
        | TableConstraintKind::UsingIndex { .. }
        | TableConstraintKind::Exclude { .. } => true,
        TableConstraintKind::Check(_)
        | TableConstraintKind::NotNull(_)
        | TableConstraintKind::ForeignKey { .. } => false,
    }
}

/// Primary key first, and a key written twice once (`transformIndexConstraints`).
pub(super) fn merged(keys: Vec<TableConstraint>) -> Vec<TableConstraint> {
    let (primary, rest): (Vec<_>, Vec<_>) = keys
        .into_iter()
        .partition(|key| matches!(key.kind, TableConstraintKind::PrimaryKey { .. }));
    let mut kept: Vec<TableConstraint> = primary;
    for key in rest {
        match kept.iter_mut().find(|own| is_same_key(own, &key)) {
            Some(own) => own.name = own.name.take().or(key.name),
            None => kept.push(key),
        }
    }
    kept
}

fn is_same_key(one: &TableConstraint, other: &TableConstraint) -> bool {
    let parts = |constraint: &TableConstraint| match &constraint.kind {
        TableConstraintKind::PrimaryKey {
            columns,
            parameters,
            ..
        } => Some((columns.clone(), parameters.include.clone(), false)),
        TableConstraintKind::Unique {
            columns,
            parameters,
            nulls_not_distinct,
            ..
        } => Some((
            columns.clone(),
            parameters.include.clone(),
            *nulls_not_distinct,
        )),
        TableConstraintKind::Check(_)
        | TableConstraintKind::NotNull(_)
        | TableConstraintKind::UsingIndex { .. }
        | TableConstraintKind::Exclude { .. }
        | TableConstraintKind::ForeignKey { .. } => None,
    };
    if let (
        TableConstraintKind::Exclude {
            method,
            elements,
            predicate,
            ..
        },
        TableConstraintKind::Exclude {
            method: other_method,
            elements: others,
            predicate: other_predicate,
            ..
        },
    ) = (&one.kind, &other.kind)
    {
        return method == other_method && elements == others && predicate == other_predicate;
    }
    let attributes = |constraint: &TableConstraint| {
        let blank = Constraint::new(Ident::new(""), ConstraintKind::Unique, Vec::new());
        let filled = with_attributes(blank, &constraint.attributes);
        (filled.deferrable, filled.initially_deferred)
    };
    parts(one).is_some() && parts(one) == parts(other) && attributes(one) == attributes(other)
}
