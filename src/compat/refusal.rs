//! What PostgreSQL would refuse of the rows a query writes: NOT NULL, CHECK, unique and foreign keys.

use super::constant::{self, Constant};
use super::resolve::Seen;
use super::write::{Given, Write};
use crate::schema::{
    Catalogue, Column, Constraint, ConstraintKind, EnumOrOther, Refusal, Relation,
};
use crate::sql::ast::{Expr, Ident, IndexKey};

/// A row that would be refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refused {
    /// Always.
    Certain(Refusal),
    /// The rows that the message names.
    Some {
        /// What refuses them, when it may come under another name or speak of columns that did.
        by: Option<Ident>,
        message: String,
    },
}

impl Refused {
    fn some(message: String) -> Self {
        Self::Some { by: None, message }
    }

    /// Whether this refuses what the other did.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Some { by: Some(one), .. },
                Self::Some {
                    by: Some(other), ..
                },
            ) => one == other,
            (one, other) => one == other,
        }
    }
}

/// What is refused of all that a query writes, in the order in which PostgreSQL looks.
pub(super) fn refused_rows(seen: &Seen, catalogue: &Catalogue) -> Vec<Refused> {
    let mut all = Vec::new();
    for write in &seen.writes {
        if let Some(relation) = catalogue.get(&write.table) {
            of_write(write, relation, catalogue, &mut all);
        }
    }
    for table in &seen.deletes {
        for relation in catalogue.relations() {
            for constraint in &relation.constraints {
                if let ConstraintKind::ForeignKey {
                    table: referenced, ..
                } = &constraint.kind
                    && referenced == table
                {
                    all.push(Refused::some(format!(
                        "rows that {} refers to meet foreign key \"{}\"",
                        relation.name, constraint.name
                    )));
                }
            }
        }
    }
    all
}

/// What one write gives a column; none when the write leaves it as it is.
fn given(write: &Write, row: &[Given], column: &Ident) -> Option<Given> {
    match write.columns.iter().position(|name| name == column) {
        Some(at) => row.get(at).cloned(),
        None => write.insert.then_some(Given::Default),
    }
}

fn of_write(write: &Write, relation: &Relation, catalogue: &Catalogue, all: &mut Vec<Refused>) {
    for row in &write.rows {
        let value = |name: &Ident| -> Option<Value> {
            let column = relation.column(name)?;
            Some(written_value(&given(write, row, name)?, column, catalogue))
        };
        if let Some(name) = not_null_domain(write, row, relation, catalogue) {
            let message = format!("domain {name} does not allow null values");
            all.push(refused_by(relation, write, "23502", message));
        }
        for column in relation.columns.iter().filter(|column| column.not_null) {
            match value(&column.name) {
                Some(Value::Constant(Constant::Null)) => {
                    let message = format!(
                        "null value in column \"{}\" of relation \"{}\" violates not-null constraint",
                        column.name, relation.name.name
                    );
                    all.push(refused_by(relation, write, "23502", message));
                }
                Some(Value::MaybeNull) => all.push(Refused::some(format!(
                    "rows without a value for column \"{}\" violate its not-null constraint",
                    column.name
                ))),
                Some(Value::Constant(_) | Value::NotNull) | None => {}
            }
        }
        let mut checks: Vec<&Constraint> = relation.constraints.iter().collect();
        checks.sort_by(|one, other| one.name.cmp(&other.name));
        for constraint in checks.iter().filter(|one| one.enforced) {
            let touched = constraint.columns.iter().any(|name| value(name).is_some());
            if !touched {
                continue;
            }
            match &constraint.kind {
                ConstraintKind::Check(check) => {
                    let column = |name: &Ident| match value(name)? {
                        Value::Constant(constant) => Some(constant),
                        Value::NotNull | Value::MaybeNull => None,
                    };
                    match constant::value(&check.expr, &column) {
                        Some(Constant::Truth(false)) => {
                            let message = format!(
                                "new row for relation \"{}\" violates check constraint \"{}\"",
                                relation.name.name, constraint.name
                            );
                            all.push(refused_by(relation, write, "23514", message));
                        }
                        Some(_) => {}
                        None => all.push(Refused::some(format!(
                            "rows for which not {} violate check constraint \"{}\"",
                            check.text, constraint.name
                        ))),
                    }
                }
                ConstraintKind::ForeignKey { table, .. } => {
                    let null =
                        |name: &Ident| matches!(value(name), Some(Value::Constant(Constant::Null)));
                    if !constraint.columns.iter().any(null) {
                        all.push(Refused::some(format!(
                            "rows that refer to nothing in {table} violate foreign key constraint \"{}\"",
                            constraint.name
                        )));
                    }
                }
                ConstraintKind::Exclude => all.push(Refused::some(format!(
                    "rows that conflict with another violate exclusion constraint \"{}\"",
                    constraint.name
                ))),
                // Unique ones are seen by their indexes below, NOT NULL by the columns above.
                ConstraintKind::PrimaryKey
                | ConstraintKind::Unique
                | ConstraintKind::NotNull
                | ConstraintKind::Trigger => {}
            }
        }
        for index in relation.indexes.iter().filter(|index| index.unique) {
            let keys = index
                .elements
                .iter()
                .filter_map(|element| match &element.key {
                    IndexKey::Column(name) => Some(name),
                    IndexKey::Expr(_) => None,
                });
            let keys: Vec<&Ident> = keys.collect();
            let null = |name: &&Ident| matches!(value(name), Some(Value::Constant(Constant::Null)));
            let apart = !index.nulls_not_distinct && keys.iter().any(null);
            let touched = keys.is_empty() || keys.iter().any(|name| value(name).is_some());
            if touched && !apart && !write.skips_conflicts {
                all.push(Refused::Some {
                    by: Some(index.name.clone()),
                    message: format!(
                        "rows whose {} is there already violate unique index \"{}\"",
                        keys.iter()
                            .map(|key| key.as_str())
                            .collect::<Vec<_>>()
                            .join(", "),
                        index.name
                    ),
                });
            }
        }
    }
    all.dedup();
}

/// Refused for certain, unless a trigger may put something else into the row first.
fn refused_by(
    relation: &Relation,
    write: &Write,
    sqlstate: &'static str,
    message: String,
) -> Refused {
    let event = if write.insert { "INSERT" } else { "UPDATE" };
    let trigger = relation.triggers.iter().find(|trigger| {
        let definition = &trigger.definition;
        trigger.enabled
            && definition.timing == "BEFORE"
            && definition.for_each_row
            && definition.events.iter().any(|one| one == event)
    });
    match trigger {
        Some(trigger) => Refused::some(format!(
            "{message}, unless trigger \"{}\" prevents it",
            trigger.definition.name
        )),
        None => Refused::Certain(Refusal { sqlstate, message }),
    }
}

enum Value {
    Constant(Constant),
    /// Not known, and never NULL.
    NotNull,
    MaybeNull,
}

fn written_value(given: &Given, column: &Column, catalogue: &Catalogue) -> Value {
    let expr = match given {
        Given::Unknown => return Value::MaybeNull,
        Given::Value(expr) => expr,
        Given::Default => {
            if column.identity.is_some() || column.generated.is_some() {
                return Value::NotNull;
            }
            match column
                .default
                .as_ref()
                .or_else(|| domain_default(column, catalogue))
            {
                Some(default) => &default.expr,
                None => return Value::Constant(Constant::Null),
            }
        }
    };
    match constant::value(expr, &|_| None) {
        Some(constant) => Value::Constant(constant),
        None if never_null(expr) => Value::NotNull,
        None => Value::MaybeNull,
    }
}

fn domain_default<'c>(
    column: &Column,
    catalogue: &'c Catalogue,
) -> Option<&'c crate::sql::ast::SqlExpr> {
    match &catalogue.type_def(&column.ty.qualified_name())?.kind {
        EnumOrOther::Domain { default, .. } => default.as_ref(),
        _ => None,
    }
}

/// The domain that refuses a NULL in this row.
fn not_null_domain(
    write: &Write,
    row: &[Given],
    relation: &Relation,
    catalogue: &Catalogue,
) -> Option<Ident> {
    relation.columns.iter().find_map(|column| {
        let def = catalogue.type_def(&column.ty.qualified_name())?;
        let EnumOrOther::Domain { not_null: true, .. } = &def.kind else {
            return None;
        };
        let given = given(write, row, &column.name)?;
        let null = matches!(
            written_value(&given, column, catalogue),
            Value::Constant(Constant::Null)
        );
        null.then(|| def.name.name.clone())
    })
}

/// Functions and forms that give a value whatever they are given.
fn never_null(expr: &Expr) -> bool {
    match expr {
        Expr::Call(call) => match call.name.name.as_str() {
            "now"
            | "clock_timestamp"
            | "statement_timestamp"
            | "transaction_timestamp"
            | "current_timestamp"
            | "current_date"
            | "current_time"
            | "localtimestamp"
            | "localtime"
            | "nextval"
            | "gen_random_uuid"
            | "uuid_generate_v4"
            | "uuidv7"
            | "uuidv4"
            | "random"
            | "count"
            | "concat"
            | "current_user"
            | "session_user" => true,
            "coalesce" => call.args.iter().any(never_null_value),
            _ => false,
        },
        Expr::Cast { expr, .. } => never_null_value(expr),
        Expr::Array(_) | Expr::Row(_) | Expr::Is { .. } | Expr::Exists { .. } => true,
        Expr::Column(parts) => matches!(
            parts.as_slice(),
            [name] if ["current_timestamp", "current_date", "current_user"].contains(&name.as_str())
        ),
        _ => false,
    }
}

fn never_null_value(expr: &Expr) -> bool {
    match expr {
        Expr::Number(_) | Expr::String(_) | Expr::Boolean(_) => true,
        other => never_null(other),
    }
}
