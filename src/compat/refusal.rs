//! What PostgreSQL would refuse of the rows a query writes: NOT NULL, CHECK, unique and foreign keys.

use std::collections::{BTreeMap, BTreeSet};

use super::constant::{self, Constant};
use super::given::{Given, Write};
use super::implied::implies;
use super::limits;
use super::resolve::Seen;
use crate::schema::{
    Catalogue, Column, Constraint, ConstraintKind, EnumOrOther, Refusal, Relation, ResolvedName,
    Trigger,
};
use crate::sql::ast::{
    CreateTrigger, Expr, Ident, IndexKey, IsTest, QueryBody, TableConstraintKind,
};
use crate::sql::columns_set;

/// A row that would be refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) rows: Rows,
    /// What PostgreSQL says; of some rows, which ones.
    pub(super) refusal: Refusal,
    cause: Cause,
}

/// Which of the rows a query writes are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rows {
    /// All of them.
    All,
    /// Those that the message names, which the query can be given.
    Named,
    /// Those that the message names, if it ever writes such.
    Perhaps,
}

/// What refuses it, as far as something else can be found to have refused it before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cause {
    NotNull(Ident),
    Domain(Ident),
    Check(Expr),
    Unique {
        keys: Vec<IndexKey>,
        predicate: Option<Expr>,
    },
    ForeignKey(Vec<Ident>, ResolvedName),
    Referenced(ResolvedName, Vec<Ident>),
    Exclude(Ident),
    /// A row value that is asked for being NULL, by all of these attributes.
    NullRow(Ident, Vec<Ident>),
    /// The characters that a column takes.
    TooLong(Ident, usize),
    /// The digits before the point that a column takes.
    TooLarge(Ident, usize),
    /// The bounds of the partitions that there are.
    NoPartition(BTreeSet<String>),
}

impl Refused {
    /// Whether one of these refuses every row that this does.
    pub(super) fn is_implied_by(&self, before: &[Self]) -> bool {
        before.iter().any(|old| {
            old.cause.implies(&self.cause) && (self.rows != Rows::All || old.rows == Rows::All)
        })
    }

    /// Whether it is refused before the first row is written.
    pub(super) fn needs_no_row(&self) -> bool {
        matches!(self.cause, Cause::TooLong(..) | Cause::TooLarge(..))
    }

    /// Whether only rows that nobody has written yet can be in the way: those that refer by a new column.
    pub(super) fn is_of_new_columns(&self, before: &Catalogue) -> bool {
        let Cause::Referenced(table, columns) = &self.cause else {
            return false;
        };
        let known = before.get(table);
        known.is_none_or(|known| columns.iter().any(|name| known.column(name).is_none()))
    }

    pub(super) fn new(rows: Rows, sqlstate: &'static str, message: String, cause: Cause) -> Self {
        Self {
            rows,
            refusal: Refusal { sqlstate, message },
            cause,
        }
    }
}

impl Cause {
    fn implies(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Check(old), Self::Check(new)) => implies(old, new),
            (
                Self::NotNull(column),
                Self::Check(Expr::Is {
                    expr,
                    test: IsTest::Null,
                    negated: true,
                }),
            ) => {
                matches!(expr.as_ref(), Expr::Column(parts) if parts.last() == Some(column))
            }
            (
                Self::Unique { keys, predicate },
                Self::Unique {
                    keys: new,
                    predicate: narrowed,
                },
            ) => {
                keys.iter().all(|key| new.contains(key))
                    && (predicate.is_none() || predicate == narrowed)
            }
            (Self::TooLong(old, most), Self::TooLong(new, now))
            | (Self::TooLarge(old, most), Self::TooLarge(new, now)) => old == new && most <= now,
            (Self::NoPartition(old), Self::NoPartition(new)) => old.is_subset(new),
            (old, new) => old == new,
        }
    }
}

/// What is refused of all that a query writes, in the order in which PostgreSQL looks.
pub(super) fn refused_rows(seen: &Seen, catalogue: &Catalogue) -> Vec<Refused> {
    let mut all = Vec::new();
    for write in &seen.writes {
        if let Some(relation) = catalogue.get(&write.table) {
            of_write(write, relation, catalogue, &mut all);
            all.extend(by_check_option(write, relation, catalogue));
        }
    }
    let deletes_from = |table: &ResolvedName| seen.deletes.contains(table);
    let changes = |table: &ResolvedName, columns: &[Ident]| {
        let mut changed = seen.changed.iter();
        changed.any(|(of, column)| of == table && columns.contains(column))
    };
    if seen.deletes.is_empty() && seen.changed.is_empty() {
        return all;
    }
    let changed = seen.changed.iter().map(|(table, _)| table);
    let tables: BTreeSet<&ResolvedName> = seen.deletes.iter().chain(changed).collect();
    let referring = tables.iter().flat_map(|table| {
        let others = catalogue.dependents(table);
        others.chain(catalogue.get(table))
    });
    let referring: BTreeMap<&ResolvedName, &Relation> = referring
        .map(|relation| (&relation.name, relation))
        .collect();
    for relation in referring.into_values() {
        for constraint in relation.constraints.iter().filter(|one| one.enforced) {
            if let ConstraintKind::ForeignKey {
                table,
                references,
                written,
            } = &constraint.kind
                && (deletes_from(table) && stops(written.on_delete.as_deref())
                    || changes(table, references) && stops(written.on_update.as_deref()))
            {
                let message = format!(
                    "rows that {} refers to meet foreign key \"{}\"",
                    relation.name, constraint.name
                );
                let cause = Cause::Referenced(relation.name.clone(), constraint.columns.clone());
                all.push(Refused::new(Rows::Named, "23503", message, cause));
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

/// `WITH CHECK OPTION`: a row that the view itself would not show is refused (manual 18, CREATE VIEW); only where
/// that is plain from the constants.
fn by_check_option(write: &Write, relation: &Relation, catalogue: &Catalogue) -> Option<Refused> {
    let view = catalogue.get(write.view.as_ref()?)?;
    let mut options = view.options.iter();
    if !options.any(|option| option.name == "check_option") {
        return None;
    }
    let query = crate::sql::parse_query(view.query.as_deref()?).ok()?;
    let QueryBody::Select(select) = query.body else {
        return None;
    };
    let filter = select.filter?;
    let hides = |row: &Vec<Given>| {
        let column = |name: &Ident| {
            let column = relation.column(name)?;
            match written_value(&given(write, row, name)?, column, catalogue) {
                Value::Constant(constant) => Some(constant),
                Value::NotNull | Value::MaybeNull => None,
            }
        };
        let value = constant::value(&filter, &column);
        matches!(value, Some(Constant::Truth(false) | Constant::Null))
    };
    let refused = || {
        let message = format!(
            "new row violates check option for view \"{}\"",
            view.name.name
        );
        Refused::new(Rows::All, "44000", message, Cause::Check(filter.clone()))
    };
    write.rows.iter().any(hides).then(refused)
}

fn of_write(write: &Write, relation: &Relation, catalogue: &Catalogue, all: &mut Vec<Refused>) {
    for row in &write.rows {
        let value = |name: &Ident| -> Option<Value> {
            let column = relation.column(name)?;
            Some(written_value(&given(write, row, name)?, column, catalogue))
        };
        let refused = |columns: &[Ident], sqlstate, message, cause| {
            let filled = may_be_filled(write, relation, columns, catalogue);
            refused_unless(filled, sqlstate, message, cause)
        };
        for column in &relation.columns {
            if let Some(given) = given(write, row, &column.name) {
                all.extend(limits::too_long(&given, column, catalogue));
                all.extend(limits::too_large(&given, column, catalogue));
            }
        }
        all.extend(no_partition(write, relation, catalogue));
        if let Some(name) = not_null_domain(write, row, relation, catalogue) {
            let message = format!("domain {name} does not allow null values");
            let columns = relation.columns.iter();
            let all_columns: Vec<Ident> = columns.map(|column| column.name.clone()).collect();
            all.push(refused(&all_columns, "23502", message, Cause::Domain(name)));
        }
        for column in relation.columns.iter().filter(|column| column.not_null) {
            match value(&column.name) {
                Some(Value::Constant(Constant::Null)) => {
                    let message = format!(
                        "null value in column \"{}\" of relation \"{}\" violates not-null constraint",
                        column.name,
                        row_of(relation, catalogue)
                    );
                    let cause = Cause::NotNull(column.name.clone());
                    let one = std::slice::from_ref(&column.name);
                    all.push(refused(one, "23502", message, cause));
                }
                Some(Value::MaybeNull) => all.push(Refused::new(
                    Rows::Perhaps,
                    "23502",
                    format!(
                        "rows without a value for column \"{}\" violate its not-null constraint",
                        column.name
                    ),
                    Cause::NotNull(column.name.clone()),
                )),
                Some(Value::Constant(_) | Value::NotNull) | None => {}
            }
        }
        for column in relation.columns.iter().filter(|one| write.asks_domain(one)) {
            let Some(Value::Constant(constant)) = value(&column.name) else {
                continue;
            };
            let def = catalogue.type_def(&column.ty.qualified_name());
            let Some(EnumOrOther::Domain { checks, .. }) =
                def.filter(|_| !column.ty.array).map(|def| &def.kind)
            else {
                continue;
            };
            for check in checks {
                let TableConstraintKind::Check(expr) = &check.kind else {
                    continue;
                };
                let named = |name: &Ident| (*name == "value").then(|| constant.clone());
                if constant::value(&expr.expr, &named) == Some(Constant::Truth(false)) {
                    let message = format!(
                        "value for domain {} violates check constraint",
                        column.ty.name
                    );
                    let cause = Cause::Check(expr.expr.clone());
                    let one = std::slice::from_ref(&column.name);
                    all.push(refused(one, "23514", message, cause));
                }
            }
        }
        let mut checks: Vec<&Constraint> = relation.constraints.iter().collect();
        checks.sort_by(|one, other| one.name.cmp(&other.name));
        for constraint in checks.iter().filter(|one| one.enforced) {
            if let ConstraintKind::Check(check) = &constraint.kind {
                all.extend(null_rows(&check.expr, relation, catalogue).map(|(column, attributes)| {
                    let message = format!(
                        "rows in which an attribute of column \"{column}\" is NULL may violate check constraint \"{}\"",
                        constraint.name
                    );
                    let cause = Cause::NullRow(column, attributes);
                    Refused::new(Rows::Perhaps, "23514", message, cause)
                }));
            }
            let touched = constraint.columns.iter().any(|name| value(name).is_some());
            // An UPDATE is held against every CHECK, and what was there before may never have met a new one.
            let check = matches!(constraint.kind, ConstraintKind::Check(_));
            let unmet = check && !write.insert && !constraint.validated;
            if !touched && !unmet {
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
                                row_of(relation, catalogue),
                                constraint.name
                            );
                            let cause = Cause::Check(check.expr.clone());
                            all.push(refused(&constraint.columns, "23514", message, cause));
                        }
                        Some(_) => {}
                        None => all.push(Refused::new(
                            // Of a value that is given, it is not known that it may be NULL.
                            if only_not_null(&check.expr) {
                                Rows::Perhaps
                            } else {
                                Rows::Named
                            },
                            "23514",
                            format!(
                                "rows for which not {} violate check constraint \"{}\"",
                                check.text, constraint.name
                            ),
                            Cause::Check(check.expr.clone()),
                        )),
                    }
                }
                ConstraintKind::ForeignKey { table, .. } => {
                    let null =
                        |name: &Ident| matches!(value(name), Some(Value::Constant(Constant::Null)));
                    // A constant that is there by default was tried when the constraint came.
                    let chosen = |name: &Ident| match given(write, row, name) {
                        None => false,
                        Some(Given::Default) => matches!(value(name), Some(Value::NotNull)),
                        Some(_) => true,
                    };
                    if !constraint.columns.iter().any(null) && constraint.columns.iter().any(chosen)
                    {
                        all.push(Refused::new(
                            Rows::Named,
                            "23503",
                            format!(
                                "rows that refer to nothing in {table} violate foreign key constraint \"{}\"",
                                constraint.name
                            ),
                            Cause::ForeignKey(constraint.columns.clone(), table.clone()),
                        ));
                    }
                }
                ConstraintKind::Exclude => all.push(Refused::new(
                    Rows::Named,
                    "23P01",
                    format!(
                        "rows that conflict with another violate exclusion constraint \"{}\"",
                        constraint.name
                    ),
                    Cause::Exclude(constraint.name.clone()),
                )),
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
            let generated = |name: &&Ident| {
                let computed = relation
                    .column(name)
                    .is_some_and(|own| own.generated.is_some());
                matches!(given(write, row, name), Some(Given::Default))
                    && matches!(value(name), Some(Value::NotNull))
                    && !computed
            };
            if touched && !apart && !keys.iter().any(generated) && !write.skips_conflicts {
                let named: Vec<&str> = keys.iter().map(|key| key.as_str()).collect();
                all.push(Refused::new(
                    Rows::Named,
                    "23505",
                    format!(
                        "rows whose {} is there already violate unique index \"{}\"",
                        named.join(", "),
                        index.name
                    ),
                    Cause::Unique {
                        keys: index
                            .elements
                            .iter()
                            .map(|element| element.key.clone())
                            .collect(),
                        predicate: index.predicate.as_ref().map(|own| own.expr.clone()),
                    },
                ));
            }
        }
    }
    all.dedup();
}

/// Rows of a partitioned table that none of its partitions takes (manual 18, section 5.12).
fn no_partition(write: &Write, relation: &Relation, catalogue: &Catalogue) -> Option<Refused> {
    if relation.partition_by.is_none() || !write.insert {
        return None;
    }
    let partitions = catalogue.children(&relation.name);
    let bounds: BTreeSet<String> = partitions
        .filter_map(|partition| partition.partition_of.as_ref())
        .map(|(_, bound)| bound.clone())
        .collect();
    if bounds
        .iter()
        .any(|bound| bound.trim().eq_ignore_ascii_case("default"))
    {
        return None;
    }
    let table = &relation.name.name;
    let (rows, message) = if bounds.is_empty() {
        (
            Rows::All,
            format!("no partition of relation \"{table}\" found for row"),
        )
    } else {
        (
            Rows::Named,
            format!("rows that no partition of \"{table}\" takes are refused"),
        )
    };
    Some(Refused::new(
        rows,
        "23514",
        message,
        Cause::NoPartition(bounds),
    ))
}

/// The table that a row is said to be of: its partition, where there is but one.
fn row_of<'c>(relation: &'c Relation, catalogue: &'c Catalogue) -> &'c Ident {
    let mut table = relation;
    while table.partition_by.is_some() {
        let mut partitions = catalogue.children(&table.name);
        match (partitions.next(), partitions.next()) {
            (Some(only), None) => table = only,
            _ => break,
        }
    }
    &table.name.name
}

/// The row trigger that may put something else into one of these columns before the row is looked at.
fn may_be_filled<'r>(
    write: &Write,
    relation: &'r Relation,
    columns: &[Ident],
    catalogue: &Catalogue,
) -> Option<&'r Trigger> {
    let event = if write.insert { "INSERT" } else { "UPDATE" };
    relation.triggers.iter().find(|trigger| {
        let definition = &trigger.definition;
        trigger.enabled
            && definition.timing == "BEFORE"
            && definition.for_each_row
            && definition.events.iter().any(|one| one == event)
            && may_fill(definition, columns, catalogue)
    })
}

/// Refused for certain, unless there is such a trigger.
fn refused_unless(
    filled: Option<&Trigger>,
    sqlstate: &'static str,
    message: String,
    cause: Cause,
) -> Refused {
    match filled {
        Some(trigger) => {
            let message = format!(
                "{message}, unless trigger \"{}\" prevents it",
                trigger.definition.name
            );
            Refused::new(Rows::Perhaps, sqlstate, message, cause)
        }
        None => Refused::new(Rows::All, sqlstate, message, cause),
    }
}

/// Whether the function of a row trigger may put something else into one of these columns, or leave the row out.
fn may_fill(trigger: &CreateTrigger, columns: &[Ident], catalogue: &Catalogue) -> bool {
    let overloads = catalogue.routine(&trigger.function).unwrap_or_default();
    let function = overloads.iter().find(|one| one.takes(0));
    let plpgsql = function.filter(|one| one.definition.language.as_deref() == Some("plpgsql"));
    let body = plpgsql.and_then(|one| one.definition.body.as_deref());
    match body.and_then(columns_set) {
        Some(set) => columns.iter().any(|name| set.contains(name)),
        None => true,
    }
}

/// Whether a foreign key refuses to delete or change what is referred to (manual 18, CREATE TABLE, REFERENCES).
fn stops(action: Option<&str>) -> bool {
    let action = action.unwrap_or("NO ACTION");
    action.starts_with("NO ACTION") || action.starts_with("RESTRICT")
}

/// The columns of composite types that a condition asks for being NULL, with their attributes, which all decide (manual
/// 18, section 9.2).
fn null_rows<'c>(
    condition: &Expr,
    relation: &'c Relation,
    catalogue: &'c Catalogue,
) -> impl Iterator<Item = (Ident, Vec<Ident>)> + use<'c> {
    let mut open = vec![condition];
    let mut asked = Vec::new();
    while let Some(next) = open.pop() {
        match next {
            Expr::Is { expr, test, .. } if *test == IsTest::Null => {
                if let Expr::Column(parts) = expr.as_ref() {
                    asked.extend(parts.last().cloned());
                }
            }
            Expr::Binary { left, right, .. } => open.extend([left.as_ref(), right.as_ref()]),
            Expr::Unary { expr, .. } => open.push(expr),
            _ => {}
        }
    }
    asked.into_iter().filter_map(|name| {
        let ty = &relation.column(&name)?.ty;
        let def = catalogue.type_def(&ty.qualified_name())?;
        match &def.kind {
            EnumOrOther::Composite(attributes) if !ty.array => {
                let names = attributes.iter().map(|(name, _)| name.clone());
                Some((name, names.collect()))
            }
            _ => None,
        }
    })
}

/// Whether a condition asks for nothing but that columns are there.
fn only_not_null(expr: &Expr) -> bool {
    match expr {
        Expr::Is {
            test: IsTest::Null,
            negated: true,
            ..
        } => true,
        Expr::Binary { left, op, right } if op == "AND" => {
            only_not_null(left) && only_not_null(right)
        }
        _ => false,
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

pub(super) fn domain_default<'c>(
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
    let mut asked = relation
        .columns
        .iter()
        .filter(|column| write.asks_domain(column));
    asked.find_map(|column| {
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
