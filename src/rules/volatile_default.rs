//! The rule `volatile-default`: a new column whose values must be worked out row by row.

use super::frame::{Check, Class, Draft, Findings, Rule, Severity, Subject, lock_clause, short};
use crate::sql::ast::{ColumnConstraintKind, ColumnDef, Expr, TableAction};

pub(crate) static RULE: Rule = Rule {
    id: "volatile-default",
    summary: "a new column whose value differs from row to row, so that the table is rewritten",
    classes: &[Class::BlocksReads, Class::BlocksWrites, Class::TableRewrite],
    why: "PostgreSQL keeps the default of a new column once, for all rows there are, only where it is the same for \
          each of them; otherwise it works it out row by row and writes the table anew under ACCESS EXCLUSIVE",
    docs: r#"
Since PostgreSQL 11, ADD COLUMN with a DEFAULT is a catalogue change: the value is worked out once and
kept beside the table (manual 18, ALTER TABLE, notes). That works for constants and for whatever is
IMMUTABLE or STABLE, `now()` and `current_user` among them. It does not for

- a VOLATILE default: `gen_random_uuid()`, `clock_timestamp()`, `random()`, `nextval(..)`, a function
  of yours that says nothing of its volatility;
- `serial` and `GENERATED .. AS IDENTITY`, which take a number from a sequence for each row;
- `GENERATED ALWAYS AS (..) STORED`;
- a domain with a constraint, even without a default.

Then every row and every index is written anew under ACCESS EXCLUSIVE. A VIRTUAL generated column
(PostgreSQL 18) is free.

```sql bad
-- history
CREATE TABLE users (id bigint PRIMARY KEY);
-- migration
ALTER TABLE users ADD COLUMN token uuid DEFAULT gen_random_uuid();
```

Add the column without a value, then give it the default for rows to come, and fill those there are
in batches:

```sql good
-- history
CREATE TABLE users (id bigint PRIMARY KEY);
-- migration
ALTER TABLE users ADD COLUMN token uuid;
ALTER TABLE users ALTER COLUMN token SET DEFAULT gen_random_uuid();
```
"#,
    check: Check::Action(check),
    yields_to: &[],
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let Some((alter, TableAction::AddColumn { column, .. })) = subject.action() else {
        return;
    };
    let Some(table) = subject.existing(&alter.name) else {
        return;
    };
    if subject
        .first_existing(&subject.effects().rewrites)
        .is_none()
    {
        return;
    }
    let (name, column_name) = (short(&table), &column.name);
    findings.add(
        Draft::new(
            Severity::Error,
            format!(
                "adding {name}.{column_name} writes every row of {name} anew, since {}; meanwhile {}",
                reason(column),
                lock_clause(&table, subject.lock(&table))
            ),
        )
        .classes(subject.blocking())
        .classes([Class::TableRewrite])
        .column(&table, column_name)
        .help(help(column)),
    );
}

/// Whether a default is the same for every row beyond doubt: then it is the type that has them written anew.
fn is_constant(expr: &Expr) -> bool {
    match expr {
        Expr::Null | Expr::Boolean(_) | Expr::Number(_) | Expr::String(_) => true,
        Expr::Cast { expr, .. } | Expr::Unary { expr, .. } => is_constant(expr),
        _ => false,
    }
}

/// Why each row has a value of its own.
fn reason(column: &ColumnDef) -> String {
    for constraint in &column.constraints {
        match &constraint.kind {
            ColumnConstraintKind::Generated { .. } => {
                return "a stored generated column is worked out for each".to_owned();
            }
            ColumnConstraintKind::Identity { .. } => {
                return "each takes a number from the sequence of the identity".to_owned();
            }
            ColumnConstraintKind::Default(expr) if !is_constant(&expr.expr) => {
                return format!("the default {} is volatile", expr.text);
            }
            _ => {}
        }
    }
    match &column.ty {
        _ if column.serial => "each takes a number from the sequence of the serial".to_owned(),
        Some(ty) => format!("the constraints of {ty} are checked for each"),
        None => "its value is worked out for each".to_owned(),
    }
}

fn help(column: &ColumnDef) -> String {
    let name = &column.name;
    let has = |wanted: fn(&ColumnConstraintKind) -> bool| {
        column.constraints.iter().any(|one| wanted(&one.kind))
    };
    if has(|kind| matches!(kind, ColumnConstraintKind::Generated { .. })) {
        return format!(
            "add {name} as a plain column, keep it with a trigger and fill it in batches; from PostgreSQL 18 a VIRTUAL \
             generated column costs nothing"
        );
    }
    if column.serial || has(|kind| matches!(kind, ColumnConstraintKind::Identity { .. })) {
        return format!(
            "add {name} as a nullable bigint, create a sequence and SET DEFAULT nextval for new rows, and number the \
             old ones in batches"
        );
    }
    if has(|kind| matches!(kind, ColumnConstraintKind::Default(_))) {
        return format!(
            "add {name} without a default, SET DEFAULT in a second statement for new rows, and fill the old ones in \
             batches in a migration of their own"
        );
    }
    format!(
        "add {name} with the domain's base type and a CHECK that is NOT VALID, and validate that later"
    )
}
