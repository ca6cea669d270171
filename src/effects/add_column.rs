//! ADD COLUMN: nothing but a catalogue change, unless a value has to be computed for each row.

use super::alter_table::Pass;
use super::expr;
use super::types::base_type;
use super::work::Work;
use super::{body, foreign_key, query};
use crate::schema::{EnumOrOther, Relation};
use crate::sql::ast::*;

/// What `ADD COLUMN` does beside its lock.
pub(super) fn effects<'a>(work: &mut Work<'a>, pass: &mut Pass<'a, '_>, column: &ColumnDef) {
    let value = value_for_rows(work, column);
    let has = |wanted: fn(&ColumnConstraintKind) -> bool| {
        column.constraints.iter().any(|one| wanted(&one.kind))
    };
    let not_null = has(|kind| {
        matches!(
            kind,
            ColumnConstraintKind::NotNull | ColumnConstraintKind::PrimaryKey(_)
        )
    });
    let checks: Vec<&ColumnConstraint> = column
        .constraints
        .iter()
        .filter(|one| {
            matches!(one.kind, ColumnConstraintKind::Check(_))
                && one.attributes.enforced != Some(false)
        })
        .collect();
    run_for_rows(work, pass.target, value, column, &checks);
    for member in pass.reached(work) {
        match value {
            Value::PerRow => {
                pass.rewrite.insert(member.name.clone());
            }
            Value::Virtual if not_null => {
                pass.verify.insert(member.name.clone());
            }
            Value::None if not_null => fail_on_rows(work, member, &column.name),
            Value::None | Value::Once | Value::Virtual => {}
        }
        let own = member.name == pass.target.name;
        let has = |one: &&ColumnConstraint| own || one.attributes.no_inherit != Some(true);
        if checks.iter().any(has) {
            pass.verify.insert(member.name.clone());
        }
    }
    // All rows have the same value, or none where that counts as one (measured: `add_column.unique_constant_default`).
    let alike = column.constraints.iter().any(|one| match &one.kind {
        ColumnConstraintKind::PrimaryKey(_) => value == Value::Once,
        ColumnConstraintKind::Unique {
            nulls_not_distinct, ..
        } => value == Value::Once || (*nulls_not_distinct && value == Value::None),
        _ => false,
    });
    if alike && work.may_have_rows(pass.target) {
        let column = &column.name;
        let message = format!("could not create unique index on column \"{column}\"");
        work.refuse("23505", message);
    }
    if matches!(value, Value::Once | Value::PerRow)
        && let Some(user) = work.before.stored_column_with(&pass.target.name)
    {
        let table = &pass.target.name.name;
        let message =
            format!("cannot alter table \"{table}\" because column \"{user}\" uses its row type");
        work.refuse("0A000", message);
    }
    if value == Value::PerRow {
        for one in &column.constraints {
            if let ColumnConstraintKind::Default(default) = &one.kind {
                query::sequences_of(work, &default.expr);
            }
        }
    }
    refuse_domain_null(work, pass, column);
    for one in &column.constraints {
        if let ColumnConstraintKind::References(references) = &one.kind {
            let added = foreign_key::Added {
                name: one.name.as_ref(),
                columns: std::slice::from_ref(&column.name),
                references,
                validates: gives_default(column) && one.attributes.enforced != Some(false),
            };
            foreign_key::add(work, pass, &added);
        }
    }
}

/// The functions in a default and in checks are run for the rows that are there; what they read is locked
/// (measured: `add_column.default_user_function_reads_table`).
fn run_for_rows<'a>(
    work: &mut Work<'a>,
    table: &'a Relation,
    value: Value,
    column: &ColumnDef,
    checks: &[&ColumnConstraint],
) {
    if !matches!(value, Value::Once | Value::PerRow) || !work.may_have_rows(table) {
        return;
    }
    for one in column.constraints.iter().chain(checks.iter().copied()) {
        if let ColumnConstraintKind::Default(expr) | ColumnConstraintKind::Check(expr) = &one.kind {
            body::calls_in(work, &expr.expr);
        }
    }
}

/// Where the rows that are there get the new column's value from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Value {
    /// There is none: NULL.
    None,
    /// Computed once and kept beside the rows (PostgreSQL 11).
    Once,
    /// Computed when it is read (PostgreSQL 18).
    Virtual,
    /// Computed for each row.
    PerRow,
}

fn value_for_rows(work: &Work<'_>, column: &ColumnDef) -> Value {
    let ty = column.ty.as_ref();
    let constrained = ty.is_some_and(|ty| base_type(work.before, ty).1);
    if constrained || column.serial {
        return Value::PerRow;
    }
    for one in &column.constraints {
        match &one.kind {
            ColumnConstraintKind::Identity { .. } => return Value::PerRow,
            ColumnConstraintKind::Generated { stored: true, .. } => return Value::PerRow,
            ColumnConstraintKind::Generated { stored: false, .. } => return Value::Virtual,
            ColumnConstraintKind::Default(default) => return of_default(work, &default.expr),
            ColumnConstraintKind::NotNull
            | ColumnConstraintKind::Null
            | ColumnConstraintKind::PrimaryKey(_)
            | ColumnConstraintKind::Unique { .. }
            | ColumnConstraintKind::Check(_)
            | ColumnConstraintKind::References(_) => {}
        }
    }
    match ty.and_then(|ty| domain_default(work, ty)) {
        Some(default) => of_default(work, &default.expr),
        None => Value::None,
    }
}

/// Whether the statement gives a default: with one, `NULL` too, the foreign key is checked
/// (`transformColumnDefinition`; lock-truth: `add_column.references`, `add_column.references_constant_default`).
fn gives_default(column: &ColumnDef) -> bool {
    column.serial
        || column.constraints.iter().any(|one| {
            matches!(
                one.kind,
                ColumnConstraintKind::Default(_) | ColumnConstraintKind::Generated { .. }
            )
        })
}

/// Whether an added column is NULL in all the rows that are there.
pub(super) fn is_null_in_rows(work: &Work<'_>, column: &ColumnDef) -> bool {
    value_for_rows(work, column) == Value::None
}

fn of_default(work: &Work<'_>, default: &Expr) -> Value {
    if is_null(default) {
        return Value::None;
    }
    match expr::volatility(work.before, default) {
        Volatility::Volatile => Value::PerRow,
        Volatility::Immutable | Volatility::Stable => Value::Once,
    }
}

fn is_null(default: &Expr) -> bool {
    match default {
        Expr::Null => true,
        Expr::Cast { expr, .. } => is_null(expr),
        _ => false,
    }
}

fn domain_default<'a>(work: &Work<'a>, ty: &TypeName) -> Option<&'a SqlExpr> {
    if ty.array {
        return None;
    }
    let found = work.before.type_def(&ty.qualified_name())?;
    match &found.kind {
        EnumOrOther::Domain { default, .. } => default.as_ref(),
        EnumOrOther::Enum(_)
        | EnumOrOther::Composite(_)
        | EnumOrOther::Range
        | EnumOrOther::Other => None,
    }
}

fn fail_on_rows(work: &mut Work<'_>, table: &Relation, column: &Ident) {
    if work.may_have_rows(table) {
        let table = &table.name.name;
        work.refuse(
            "23502",
            format!("column \"{column}\" of relation \"{table}\" contains null values"),
        );
    }
}

/// A domain that refuses NULL needs a default (lock-truth: `add_column.domain_not_null`).
fn refuse_domain_null(work: &mut Work<'_>, pass: &Pass<'_, '_>, column: &ColumnDef) {
    let Some(ty) = column.ty.as_ref().filter(|ty| !ty.array) else {
        return;
    };
    let filled = column.serial
        || column.constraints.iter().any(|one| match &one.kind {
            ColumnConstraintKind::Default(default) => !is_null(&default.expr),
            ColumnConstraintKind::Generated { .. } | ColumnConstraintKind::Identity { .. } => true,
            _ => false,
        })
        || domain_default(work, ty).is_some();
    let found = work.before.type_def(&ty.qualified_name());
    if let Some(found) = found
        && let EnumOrOther::Domain { not_null: true, .. } = found.kind
        && !filled
        && work.may_have_rows(pass.target)
    {
        work.refuse(
            "23502",
            format!("domain {} does not allow null values", found.name.name),
        );
    }
}
