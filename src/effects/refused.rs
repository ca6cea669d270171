//! What PostgreSQL refuses of a statement's text: expressions out of place.

use super::expr::{self, columns};
use super::work::Work;
use crate::schema::{Relation, Routine, builtins};
use crate::sql::ast::*;

/// Refuses a statement for the expressions in it.
pub(super) fn refuse(work: &mut Work<'_>, change: &Change) {
    match change {
        Change::CreateIndex(create) => {
            for element in &create.elements {
                if let IndexKey::Expr(expr) = &element.key {
                    no_subquery(work, &expr.expr, "index expression");
                    no_aggregate(work, &expr.expr, "index expressions");
                }
            }
            if let Some(predicate) = &create.predicate {
                no_subquery(work, &predicate.expr, "index predicate");
                no_aggregate(work, &predicate.expr, "index predicates");
            }
        }
        Change::Dml(Dml {
            query: Ok(query), ..
        }) => {
            if let QueryBody::Insert(insert) = &query.body
                && let Some(OnConflict {
                    target: ConflictTarget::Any,
                    update: Some(_),
                }) = &insert.on_conflict
            {
                let message =
                    "ON CONFLICT DO UPDATE requires inference specification or constraint name";
                work.refuse_syntax(message);
            }
        }
        Change::CreateTable(create) => {
            let made = work.after.relation(&create.name);
            for column in &create.columns {
                of_column(work, column, made);
            }
            for constraint in &create.constraints {
                of_constraint(work, constraint);
            }
        }
        Change::AlterTable(alter) => {
            for action in &alter.actions {
                match &action.action {
                    TableAction::AddColumn { column, .. } => {
                        let table = work.after.relation(&alter.name);
                        of_column(work, column, table);
                    }
                    TableAction::AddConstraint(constraint) => of_constraint(work, constraint),
                    TableAction::SetDefault { column: _, expr } => {
                        let table = work.before.relation(&alter.name);
                        of_default(work, &expr.expr, table);
                    }
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

fn of_column(work: &mut Work<'_>, column: &ColumnDef, table: Option<&Relation>) {
    let mut filled = column.constraints.iter().filter(|one| {
        matches!(
            one.kind,
            ColumnConstraintKind::Default(_)
                | ColumnConstraintKind::Generated { .. }
                | ColumnConstraintKind::Identity { .. }
        )
    });
    if filled.nth(1).is_some() {
        let message = format!("column \"{}\" is filled in two ways", column.name);
        work.refuse_syntax(&message);
    }
    for one in &column.constraints {
        match &one.kind {
            ColumnConstraintKind::Default(default) => of_default(work, &default.expr, table),
            ColumnConstraintKind::Check(check) => {
                no_subquery(work, &check.expr, "check constraint");
            }
            ColumnConstraintKind::Generated { expr, stored } => {
                of_generation(work, expr, table);
                let mut users = false;
                expr::visit(&expr.expr, &mut |part| {
                    users |= matches!(part, Expr::Call(call) if work.before.routine(&call.name).is_some());
                });
                if users && !stored {
                    work.refuse("0A000", "generation expression uses user-defined function");
                }
            }
            _ => {}
        }
    }
}

fn of_constraint(work: &mut Work<'_>, constraint: &TableConstraint) {
    if let TableConstraintKind::Check(check) = &constraint.kind {
        no_subquery(work, &check.expr, "check constraint");
        no_aggregate(work, &check.expr, "check constraints");
    }
}

/// A default is worked out without a row (manual 18, CREATE TABLE, `DEFAULT`).
fn of_default(work: &mut Work<'_>, default: &Expr, table: Option<&Relation>) {
    no_subquery(work, default, "DEFAULT expression");
    no_aggregate(work, default, "DEFAULT expressions");
    let mut several = false;
    expr::visit(default, &mut |part| {
        several |= matches!(part, Expr::Call(call) if gives_rows(work, &call.name));
    });
    if several {
        let message = "set-returning functions are not allowed in DEFAULT expressions";
        work.refuse("0A000", message);
    }
    let mut named = Vec::new();
    columns(default, &mut named);
    let known = |name: &Ident| table.is_some_and(|table| table.column(name).is_some());
    if named.iter().any(known) {
        work.refuse("0A000", "cannot use column reference in DEFAULT expression");
    }
}

/// A generated column is worked out from plain columns of its row, and always in the same way (manual 18, section 5.4).
fn of_generation(work: &mut Work<'_>, generated: &SqlExpr, table: Option<&Relation>) {
    no_subquery(work, &generated.expr, "column generation expression");
    let mut named = Vec::new();
    columns(&generated.expr, &mut named);
    let from_generated = named.iter().find(|name| {
        let column = table.and_then(|table| table.column(name));
        column.is_some_and(|column| column.generated.is_some())
    });
    if let Some(name) = from_generated {
        let message =
            format!("cannot use generated column \"{name}\" in column generation expression");
        work.refuse("42P17", message);
    } else if expr::volatility(work.before, &generated.expr) != Volatility::Immutable
        || table.is_some_and(|table| {
            super::cast::has_stable(work.before, table, &generated.expr, work.version())
        })
    {
        work.refuse("42P17", "generation expression is not immutable");
    }
}

/// Whether all functions of the user of a name return sets.
fn gives_rows(work: &Work<'_>, name: &QualifiedName) -> bool {
    let all = work.before.routine(name).unwrap_or_default();
    let set = |one: &Routine| {
        let returns = one.definition.returns.as_deref().unwrap_or_default();
        let mut words = returns.split(|c: char| c.is_whitespace() || c == '(');
        words.next().is_some_and(|word| {
            word.eq_ignore_ascii_case("setof") || word.eq_ignore_ascii_case("table")
        })
    };
    !all.is_empty() && all.iter().all(set)
}

fn no_aggregate(work: &mut Work<'_>, whole: &Expr, place: &str) {
    let mut inside = false;
    expr::visit(whole, &mut |part| {
        inside |= matches!(part, Expr::Call(call) if call.over.is_none()
            && builtins::is_aggregate(&call.name.name)
            && work.before.routine(&call.name).is_none());
    });
    if inside {
        let message = format!("aggregate functions are not allowed in {place}");
        work.refuse("42803", message);
    }
}

fn no_subquery(work: &mut Work<'_>, whole: &Expr, place: &str) {
    let mut inside = Vec::new();
    expr::subqueries(whole, &mut inside);
    if !inside.is_empty() {
        work.refuse("0A000", format!("cannot use subquery in {place}"));
    }
}
