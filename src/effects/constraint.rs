//! CHECK, NOT NULL, UNIQUE, PRIMARY KEY and EXCLUDE: which rows are read to check them, and when none.

use super::alter_table::Pass;
use super::foreign_key::{self, Added};
use super::work::Work;
use super::{LockMode, body};
use crate::schema::{Constraint, ConstraintKind, Index, Relation, RelationKind, ResolvedName};
use crate::sql::ast::*;

/// `ADD constraint`.
pub(super) fn add<'a>(work: &mut Work<'a>, pass: &mut Pass<'a, '_>, added: &TableConstraint) {
    let attributes = added.attributes;
    let checked = !attributes.not_valid && attributes.enforced != Some(false);
    match &added.kind {
        TableConstraintKind::Check(check) => {
            let below = attributes.no_inherit != Some(true);
            if checked && work.may_have_rows(pass.target) {
                // It is run for each row (measured: `check_constraint.add_function_reads_table`).
                body::calls_in(work, &check.expr);
            }
            for member in pass.reached(work) {
                let own = member.name == pass.target.name;
                let has_it = !own
                    && added.name.as_ref().is_some_and(|name| {
                        member.constraint(name).is_some_and(|one| one.validated)
                    });
                if checked && (own || below) && !has_it {
                    pass.verify.insert(member.name.clone());
                }
            }
        }
        TableConstraintKind::NotNull(column) => {
            if let Some(column) = column
                && checked
            {
                let below = attributes.no_inherit != Some(true);
                require(work, pass, column, below);
            }
        }
        TableConstraintKind::PrimaryKey { columns, .. } => {
            for column in columns {
                refuse_not_valid(work, pass.target, column);
                require(work, pass, column, true);
            }
        }
        TableConstraintKind::UsingIndex { index, primary } => {
            // It is renamed where the constraint has another name (measured:
            // `unique_key.unique_using_index_same_name`).
            let renamed = added.name.as_ref().is_some_and(|name| name != index);
            let mode = match renamed {
                true => LockMode::ShareUpdateExclusive,
                false => LockMode::AccessShare,
            };
            pass.own_index(work, index, mode);
            if let Some(index) = pass.target.index(index).filter(|_| *primary) {
                let columns = index
                    .elements
                    .iter()
                    .filter_map(|element| match &element.key {
                        IndexKey::Column(column) => Some(column.clone()),
                        IndexKey::Expr(_) => None,
                    });
                for column in columns.collect::<Vec<_>>() {
                    refuse_not_valid(work, pass.target, &column);
                    require(work, pass, &column, true);
                }
            }
        }
        // What they build and read is seen from the new index.
        TableConstraintKind::Unique { .. } | TableConstraintKind::Exclude { .. } => {}
        TableConstraintKind::ForeignKey {
            references,
            columns,
            ..
        } => {
            let foreign_key = Added {
                name: added.name.as_ref(),
                columns,
                references,
                validates: checked || validated_by_the_same_statement(pass, added.name.as_ref()),
            };
            // Refused on 15, taken on 18 (measured; manual 18, release notes).
            let whole = pass.target.kind == RelationKind::PartitionedTable;
            if whole && attributes.not_valid && work.version() < 18 {
                let (table, other) = (&pass.target.name.name, &references.table.name);
                let message = format!(
                    "cannot add NOT VALID foreign key on partitioned table \"{table}\" referencing relation \"{other}\""
                );
                work.refuse("42809", message);
            }
            foreign_key::add(work, pass, &foreign_key);
        }
    }
}

/// A primary key wants more than a NOT NULL that some rows may break (lock-truth:
/// `unique_key.pk_using_index_nullable_with_not_valid_not_null`).
fn refuse_not_valid(work: &mut Work<'_>, table: &Relation, column: &Ident) {
    let found = table.constraints.iter().find(|one| {
        one.kind == ConstraintKind::NotNull && one.columns.contains(column) && !one.validated
    });
    if let Some(found) = found {
        let (name, table) = (&found.name, &table.name.name);
        let message =
            format!("incompatible NOT VALID constraint \"{name}\" on relation \"{table}\"");
        work.refuse("55000", message);
    }
}

fn validated_by_the_same_statement(pass: &Pass<'_, '_>, name: Option<&Ident>) -> bool {
    name.is_some_and(|name| {
        pass.has(|action| matches!(action, TableAction::ValidateConstraint(own) if own == name))
    })
}

/// `SET NOT NULL`.
pub(super) fn set_not_null<'a>(work: &mut Work<'a>, pass: &mut Pass<'a, '_>, column: &Ident) {
    require(work, pass, column, true);
}

/// Each row is checked for NULL, unless the column has been NOT NULL before or a valid CHECK proves it
/// (lock-truth: `not_null.set_with_valid_check`, `not_null.set_and_drop_check_one_statement`).
fn require<'a>(work: &mut Work<'a>, pass: &mut Pass<'a, '_>, column: &Ident, below: bool) {
    for member in pass.reached(work) {
        if !below && member.name != pass.target.name {
            continue;
        }
        let Some(own) = member.column(column) else {
            // Added by the same statement, or to a table of which we know no columns.
            if !member.columns_known || added_with_value(pass, column) {
                pass.verify.insert(member.name.clone());
            }
            continue;
        };
        let not_valid = member.constraints.iter().any(|one| {
            one.kind == ConstraintKind::NotNull && one.columns.contains(column) && !one.validated
        });
        let known = own.not_null && !not_valid;
        let proved = member.constraints.iter().any(|one| {
            let stays = !pass.has(
                |action| matches!(action, TableAction::DropConstraint { name, .. } if *name == one.name),
            );
            stays && proves_not_null(one, column)
        });
        if !known && !proved {
            if member.name != pass.target.name {
                work.lock(member, pass.mode);
            }
            pass.verify.insert(member.name.clone());
        }
    }
}

/// `ADD COLUMN c .. DEFAULT x, ALTER COLUMN c SET NOT NULL` (lock-truth: `multi_action.add_column_and_set_not_null`).
fn added_with_value(pass: &Pass<'_, '_>, column: &Ident) -> bool {
    pass.has(|action| matches!(action, TableAction::SetNotNull(own) if own == column))
}

/// Whether a valid CHECK says `column IS NOT NULL`, alone or in a conjunction
/// (lock-truth: `not_null.set_with_valid_check_conjunction`, `not_null.set_with_check_that_only_implies`).
fn proves_not_null(constraint: &Constraint, column: &Ident) -> bool {
    let ConstraintKind::Check(check) = &constraint.kind else {
        return false;
    };
    constraint.validated && constraint.enforced && says_not_null(&check.expr, column)
}

/// Whether an expression says `column IS NOT NULL`: a part of a conjunction, or each side of an OR
/// (`predicate_implied_by`; measured: `not_null.set_with_check_not_or`).
pub(super) fn says_not_null(expr: &Expr, column: &Ident) -> bool {
    match expr {
        Expr::Is {
            expr,
            test: IsTest::Null,
            negated: true,
        } => match &**expr {
            Expr::Row(parts) => parts.iter().any(|part| is_column(part, column)),
            other => is_column(other, column),
        },
        Expr::Binary { left, op, right } if op.eq_ignore_ascii_case("AND") => {
            says_not_null(left, column) || says_not_null(right, column)
        }
        Expr::Binary { left, op, right } if op.eq_ignore_ascii_case("OR") => {
            says_not_null(left, column) && says_not_null(right, column)
        }
        // PostgreSQL folds it into IS NOT NULL (measured on 14 to 18).
        Expr::Binary { left, op, right } if op == "IS DISTINCT FROM" => {
            matches!(**right, Expr::Null) && is_column(left, column)
                || matches!(**left, Expr::Null) && is_column(right, column)
        }
        Expr::Unary { op, expr } if op.eq_ignore_ascii_case("NOT") => denied(expr, column),
        _ => false,
    }
}

/// Whether the opposite of an expression says so: NOT goes inwards, and swaps AND and OR (`negate_clause`).
fn denied(expr: &Expr, column: &Ident) -> bool {
    match expr {
        Expr::Is {
            expr,
            test: IsTest::Null,
            negated: false,
        } => is_column(expr, column),
        Expr::Binary { left, op, right } if op.eq_ignore_ascii_case("OR") => {
            denied(left, column) || denied(right, column)
        }
        Expr::Binary { left, op, right } if op.eq_ignore_ascii_case("AND") => {
            denied(left, column) && denied(right, column)
        }
        Expr::Unary { op, expr } if op.eq_ignore_ascii_case("NOT") => says_not_null(expr, column),
        _ => false,
    }
}

fn is_column(expr: &Expr, column: &Ident) -> bool {
    matches!(expr, Expr::Column(path) if path.last() == Some(column))
}

/// `VALIDATE CONSTRAINT`: reads what has not been validated, and does nothing to what has
/// (lock-truth: `check_constraint.validate_already_valid`).
pub(super) fn validate<'a>(work: &mut Work<'a>, pass: &mut Pass<'a, '_>, name: &Ident) {
    let Some(constraint) = pass.target.constraint(name) else {
        validate_added(work, pass, name);
        return;
    };
    if constraint.validated || !constraint.enforced {
        return;
    }
    match &constraint.kind {
        ConstraintKind::ForeignKey { table, .. } => {
            if let Some(to) = work.before.get(table) {
                foreign_key::validate(work, pass, to);
            }
        }
        ConstraintKind::Check(_) | ConstraintKind::NotNull => {
            for member in pass.reached(work) {
                let own = member.name == pass.target.name;
                if !own && constraint.no_inherit {
                    continue;
                }
                work.lock(member, pass.mode);
                let valid = same(member, constraint).is_some_and(|one| one.validated);
                if own || !valid {
                    pass.verify.insert(member.name.clone());
                }
            }
        }
        ConstraintKind::PrimaryKey
        | ConstraintKind::Unique
        | ConstraintKind::Exclude
        | ConstraintKind::Trigger => {}
    }
}

/// A child's copy of a parent's constraint.
fn same<'r>(member: &'r Relation, of: &Constraint) -> Option<&'r Constraint> {
    let by_columns = |one: &&Constraint| {
        of.kind == ConstraintKind::NotNull && one.kind == of.kind && one.columns == of.columns
    };
    let named = member.constraint(&of.name);
    named.or_else(|| member.constraints.iter().find(by_columns))
}

/// Added NOT VALID by the same statement, and checked after all.
fn validate_added<'a>(work: &mut Work<'a>, pass: &mut Pass<'a, '_>, name: &Ident) {
    let reads = pass.has(|action| {
        matches!(action, TableAction::AddConstraint(added) if added.name.as_ref() == Some(name)
            && matches!(added.kind, TableConstraintKind::Check(_) | TableConstraintKind::NotNull(_)))
    });
    if reads {
        for member in pass.reached(work) {
            pass.verify.insert(member.name.clone());
        }
    }
}

/// `DROP CONSTRAINT`: its index goes, on the partitions too; the other table of a foreign key is locked
/// (lock-truth: `foreign_key.drop_from_partitioned`, `unique_key.pk_drop_referenced_cascade`).
pub(super) fn drop<'a>(work: &mut Work<'a>, pass: &Pass<'a, '_>, name: &Ident) {
    let Some(constraint) = pass.target.constraint(name) else {
        return;
    };
    let partitioned = pass.target.kind == RelationKind::PartitionedTable;
    let inherited = match constraint.kind {
        ConstraintKind::Check(_) | ConstraintKind::NotNull => !constraint.no_inherit,
        ConstraintKind::PrimaryKey
        | ConstraintKind::Unique
        | ConstraintKind::Exclude
        | ConstraintKind::ForeignKey { .. }
        | ConstraintKind::Trigger => partitioned,
    };
    let root = pass.target.index(name);
    let root = root.map(|index| super::work::index_name(pass.target, index));
    for member in work.family(pass.target) {
        let own = member.name == pass.target.name;
        if !own && !inherited {
            continue;
        }
        work.lock(member, pass.mode);
        for index in &member.indexes {
            let is_it = own && index.name == *name;
            if is_it || (root.is_some() && part_of(work, index, root.as_ref())) {
                work.lock_index(member, index, LockMode::AccessExclusive);
            }
        }
    }
    if let ConstraintKind::ForeignKey { table, .. } = &constraint.kind
        && let Some(to) = work.before.get(table)
    {
        work.lock(to, LockMode::AccessExclusive);
        foreign_key::lock_for_drop(work, to);
    }
    super::drop::lock_what_goes(work);
}

/// Partitions of partitions are followed this far.
const MAX_LEVELS: usize = 32;

/// Whether an index hangs, over any number of levels, below another.
pub(super) fn part_of(work: &Work<'_>, index: &Index, root: Option<&ResolvedName>) -> bool {
    let Some(root) = root else { return false };
    let mut parent = index.partition_of.clone();
    for _ in 0..MAX_LEVELS {
        let Some(name) = parent else { return false };
        if name == *root {
            return true;
        }
        parent = work
            .before
            .index(&QualifiedName::new(name.schema.clone(), name.name.clone()))
            .and_then(|(_, index)| index.partition_of.clone());
    }
    false
}

/// `ALTER CONSTRAINT` (lock-truth: `foreign_key.alter_deferrable`, `foreign_key.alter_not_enforced`,
/// `foreign_key.alter_enforced`, `not_null.alter_constraint_inherit`).
pub(super) fn alter<'a>(
    work: &mut Work<'a>,
    pass: &mut Pass<'a, '_>,
    name: &Ident,
    attributes: ConstraintAttributes,
) {
    let Some(constraint) = pass.target.constraint(name) else {
        return;
    };
    match &constraint.kind {
        ConstraintKind::ForeignKey { table, .. } => {
            if pass.target.kind == RelationKind::PartitionedTable {
                for member in work.family(pass.target) {
                    work.lock(member, pass.mode);
                }
            }
            let Some(to) = work.before.get(table) else {
                return;
            };
            match attributes.enforced {
                // Its triggers on the partitions go too (measured: `foreign_key.alter_not_enforced_to_partitioned`).
                Some(false) if constraint.enforced => foreign_key::lock_for_drop(work, to),
                Some(true) if !constraint.enforced => {
                    foreign_key::lock_referenced(work, to);
                    for member in foreign_key::rows_of(work, pass.target) {
                        foreign_key::check_rows(work, member, to);
                    }
                }
                _ => {}
            }
        }
        // Nothing is to do (`ATExecAlterConstrInheritability`; measured: `not_null.alter_constraint_inherit_already`).
        ConstraintKind::NotNull if attributes.no_inherit == Some(constraint.no_inherit) => {}
        ConstraintKind::NotNull => {
            let column = constraint.columns.first();
            for member in work.family(pass.target) {
                work.lock(member, pass.mode);
                let own = member.name == pass.target.name;
                let known = column
                    .and_then(|column| member.column(column))
                    .is_some_and(|column| column.not_null);
                if attributes.no_inherit == Some(false) && !own && !known {
                    pass.verify.insert(member.name.clone());
                }
            }
        }
        ConstraintKind::Check(_)
        | ConstraintKind::PrimaryKey
        | ConstraintKind::Unique
        | ConstraintKind::Exclude
        | ConstraintKind::Trigger => {}
    }
}
