//! ALTER COLUMN .. TYPE: whether rows are written anew, and what hangs on the column and is made again.

use super::alter_table::{Pass, uses};
use super::types::{base_type, keeps_rows, kept_through};
use super::work::Work;
use super::{LockMode, expr, foreign_key};
use crate::schema::{Column, ConstraintKind, Index, RelationKind};
use crate::sql::ast::*;

/// What `ALTER COLUMN .. TYPE` does to the rows.
pub(super) fn effects<'a>(
    work: &mut Work<'a>,
    pass: &mut Pass<'a, '_>,
    column: &Ident,
    ty: &TypeName,
    using: Option<&SqlExpr>,
) {
    if let Some(own) = pass.target.column(column) {
        refuse_default(work, pass, own, ty, using);
        if own.identity.is_some() {
            pass.owned_sequences(work, Some(column), LockMode::ShareRowExclusive);
        }
    }
    for member in pass.reached(work) {
        // Of a column we know nothing about, the worst is assumed.
        let rewritten = match member.column(column) {
            // What is computed when it is read has no rows (PostgreSQL 18).
            Some(own) if own.generated.as_ref().is_some_and(|own| !own.stored) => false,
            Some(own) => !keeps(work, own, ty, using),
            None => !member.columns_known,
        };
        if rewritten && member.kind == RelationKind::Table {
            pass.rewrite.insert(member.name.clone());
        }
    }
}

fn keeps(work: &Work<'_>, column: &Column, ty: &TypeName, using: Option<&SqlExpr>) -> bool {
    let utc = is_utc(work.session.time_zone());
    let from = match using {
        None => Some(column.ty.clone()),
        Some(using) => kept_through(work.before, &using.expr, &column.name, &column.ty, utc),
    };
    from.is_some_and(|from| keeps_rows(work.before, &from, ty, utc))
}

/// Names under which the server finds an offset of zero for ever.
fn is_utc(time_zone: Option<&str>) -> bool {
    let name = time_zone.unwrap_or_default().to_ascii_lowercase();
    let name = name.strip_prefix("etc/").unwrap_or(&name);
    matches!(
        name,
        "utc"
            | "gmt"
            | "uct"
            | "zulu"
            | "universal"
            | "greenwich"
            | "0"
            | "gmt0"
            | "gmt+0"
            | "gmt-0"
    )
}

/// A default is cast too, and by no USING.
fn refuse_default(
    work: &mut Work<'_>,
    pass: &Pass<'_, '_>,
    column: &Column,
    ty: &TypeName,
    using: Option<&SqlExpr>,
) {
    let casts = work.before.has_assignment_cast(&column.ty, ty) != Some(false);
    let default_goes = pass.has(
        |action| matches!(action, TableAction::DropDefault(dropped) if *dropped == column.name),
    );
    if using.is_some() && !casts && column.default.is_some() && !default_goes {
        let name = &column.name;
        work.refuse(
            "42804",
            format!("default for column \"{name}\" cannot be cast automatically to type {ty}"),
        );
    }
}

/// Indexes, checks and foreign keys on the columns whose type changes: dropped and made again, an
/// index without being built where its order stays (lock-truth: `alter_type.varchar_widen_unique`,
/// `alter_type.varchar_widen_partial_index`, `alter_type.fk_column_varchar_widen`).
pub(super) fn rebuild_dependents<'a>(work: &mut Work<'a>, pass: &mut Pass<'a, '_>) {
    let mut foreign_keys = Vec::new();
    for action in &pass.alter.actions {
        let (column, change) = match &action.action {
            TableAction::AlterType {
                column,
                ty,
                collation,
                ..
            } => (column, Some((ty, collation))),
            TableAction::SetExpression { column, .. } => (column, None),
            _ => continue,
        };
        for member in pass.reached(work) {
            let Some(own) = member.column(column) else {
                continue;
            };
            let kept = Kept {
                operators: change.is_some_and(|(ty, _)| same_operators(work, own, ty)),
                collation: change.is_some_and(|(_, collation)| {
                    let collation = collation.as_ref().map(|one| &one.name);
                    own.collation.as_ref() == collation.filter(|name| **name != "default")
                }),
            };
            let rewritten = pass.rewrite.contains(&member.name);
            // What is equal stays equal under another collation, but one that takes unlike bytes for equal
            // (`ATAddForeignKeyConstraint`; measured: `alter_type.fk_column_collation`).
            let compared = kept.collation
                || change.is_some_and(|(_, collation)| {
                    let old = own.collation.clone().map(QualifiedName::bare);
                    let all = collation.iter().chain(&old);
                    all.into_iter()
                        .all(|name| work.before.is_own_collation(name))
                });
            let looks_up = rewritten || !(kept.operators && compared);
            for index in member.indexes.iter().filter(|index| uses(index, column)) {
                let build = !rewritten && !reusable(index, column, kept);
                pass.rebuild
                    .push((member.name.clone(), index.name.clone(), build));
            }
            for constraint in &member.constraints {
                if pass.has(|action| {
                    matches!(action, TableAction::DropConstraint { name, .. } if *name == constraint.name)
                }) {
                    continue;
                }
                match &constraint.kind {
                    ConstraintKind::Check(check) => {
                        let mut named = Vec::new();
                        expr::columns(&check.expr, &mut named);
                        if named.contains(column) && constraint.validated && constraint.enforced {
                            pass.verify.insert(member.name.clone());
                        }
                    }
                    ConstraintKind::ForeignKey { table, .. }
                        if constraint.columns.contains(column) =>
                    {
                        let validates = constraint.validated && constraint.enforced && looks_up;
                        foreign_keys.push((member, work.before.get(table), validates));
                    }
                    _ => {}
                }
            }
            for (from, name) in work.referencing(&member.name) {
                let Some(constraint) = from.constraint(name) else {
                    continue;
                };
                if let ConstraintKind::ForeignKey { references, .. } = &constraint.kind
                    && references.contains(column)
                {
                    let validates = constraint.validated && constraint.enforced && looks_up;
                    foreign_keys.push((from, Some(member), validates));
                }
            }
        }
    }
    for (from, to, validates) in foreign_keys {
        work.lock(from, LockMode::AccessExclusive);
        if let Some(to) = to {
            // It is dropped and added again (measured: `alter_type.partitioned_referenced`).
            foreign_key::lock_referenced(work, to);
            foreign_key::lock_for_drop(work, to);
            if validates {
                foreign_key::check_rows(work, from, to);
            }
        }
    }
}

/// What of a column's order stays when its type changes.
#[derive(Debug, Clone, Copy)]
struct Kept {
    operators: bool,
    collation: bool,
}

/// Whether an index on the column is taken over as it is: no expression, no predicate, same order. A part of
/// a partitioned index goes with it, and is built for the new one (`ATPostAlterTypeCleanup`; measured:
/// `alter_type.partitioned_index_widen`).
fn reusable(index: &Index, column: &Ident, kept: Kept) -> bool {
    let plain = |element: &IndexElement| matches!(element.key, IndexKey::Column(_));
    let reordered = |element: &IndexElement| {
        let own = matches!(&element.key, IndexKey::Column(own) if own == column);
        let operators = element.operator_class.is_some() || kept.operators;
        let collation = element.collation.is_some() || kept.collation;
        own && !(operators && collation)
    };
    index.valid
        && index.partition_of.is_none()
        && index.predicate.is_none()
        && index.elements.iter().all(plain)
        && !index.elements.iter().any(reordered)
}

/// Whether two types share their operators: the same one, or both strings.
fn same_operators(work: &Work<'_>, column: &Column, ty: &TypeName) -> bool {
    let ((from, _), (to, _)) = (
        base_type(work.before, &column.ty),
        base_type(work.before, ty),
    );
    let string = |ty: &TypeName| ty.name == "text" || ty.name == "varchar";
    let network = |ty: &TypeName| ty.name == "inet" || ty.name == "cidr";
    from.array == to.array
        && (from.name == to.name
            || (string(&from) && string(&to))
            || (network(&from) && network(&to)))
}
