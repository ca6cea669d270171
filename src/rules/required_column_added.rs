//! The rule `required-column-added`: a new column that an INSERT of the running release does not give.

use super::frame::{Check, Class, Draft, Findings, Risk, Rule, Severity, Subject, short};
use crate::schema::{Relation, ResolvedName};
use crate::sql::ast::{ColumnConstraintKind, ColumnDef, Ident, TableAction, TableConstraintKind};

pub(crate) static RULE: Rule = Rule {
    id: "required-column-added",
    summary: "a new column that every INSERT must give, on a table that was there before",
    classes: &[Class::BreaksApp, Class::Fails],
    why: "an INSERT that does not name a column gets its default; where there is none and the column is NOT NULL, \
          it is error 23502, and no running release names a column that is only being added",
    docs: r#"
A column that is NOT NULL and has no default, no identity and no generation expression must be named
by every INSERT. The release that is running while the migration runs does not know it: its INSERTs
fail with `null value in column "email" ... violates not-null constraint` (SQLSTATE 23502). Where the
table has rows, ADD COLUMN itself fails with the same error, since it has nothing to put there
(manual 18, ALTER TABLE, ADD COLUMN).

The same shape often comes in two steps, and breaks the same INSERTs: a default that is only there
for the rows that exist and is dropped again in the same migration, or SET NOT NULL on a column that
the same migration added.

```sql bad
-- history
CREATE TABLE users (id bigint PRIMARY KEY);
-- migration
ALTER TABLE users ADD COLUMN email text NOT NULL;
```

A constant default costs nothing (it is kept once, not written to each row) and carries the old
release:

```sql good
-- history
CREATE TABLE users (id bigint PRIMARY KEY);
-- migration
ALTER TABLE users ADD COLUMN email text NOT NULL DEFAULT '';
```
"#,
    check: Check::Action(check),
    yields_to: &["set-not-null-scan"],
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let Some((alter, action)) = subject.action() else {
        return;
    };
    let Some(table) = subject.existing(&alter.name) else {
        return;
    };
    let known = subject.relation(&alter.name);
    match action {
        TableAction::AddColumn { column, .. } => {
            let there = known.is_some_and(|known| known.column(&column.name).is_some());
            if !there && required(column) {
                added(subject, findings, known, &table, column);
            }
        }
        TableAction::DropDefault(column) | TableAction::SetNotNull(column) => {
            tightened(subject, findings, &table, column);
        }
        TableAction::AddConstraint(constraint) => {
            if let TableConstraintKind::NotNull(Some(column)) = &constraint.kind {
                tightened(subject, findings, &table, column);
            }
        }
        _ => {}
    }
}

fn added(
    subject: &Subject<'_>,
    findings: &mut Findings,
    known: Option<&Relation>,
    table: &ResolvedName,
    column: &ColumnDef,
) {
    let empty = known.is_some_and(|known| known.rows == Some(0));
    let risk = subject.risk();
    if empty && matches!(risk, Risk::Survived) {
        return;
    }
    let (name, column_name) = (short(table), &column.name);
    let fails = if empty {
        String::new()
    } else {
        format!("fails as soon as {name} has a row")
    };
    let breaks = match &risk {
        Risk::Survived => String::new(),
        Risk::Unknown | Risk::Broken(_) => {
            format!("every INSERT of a running release fails, since none names {column_name}")
        }
    };
    let both: Vec<String> = [fails, breaks]
        .into_iter()
        .filter(|one| !one.is_empty())
        .collect();
    findings.add(
        Draft::new(
            Severity::Error,
            format!("adding {name}.{column_name} as NOT NULL without a default: {}", both.join(", and ")),
        )
        .classes((!empty).then_some(Class::Fails))
        .risk(&risk)
        .column(table, column_name)
        .help(
            "give it a constant DEFAULT and keep that for a release, or add it nullable, let the next release fill it, \
             and set NOT NULL later: `concertina plan` writes these migrations",
        ),
    );
}

/// A column that this migration added ends up NOT NULL without a default.
fn tightened(subject: &Subject<'_>, findings: &mut Findings, table: &ResolvedName, column: &Ident) {
    if !required_of_all(subject, table, column) {
        return;
    }
    let risk = subject.risk();
    if matches!(risk, Risk::Survived) {
        return;
    }
    findings.add(
        Draft::new(
            Severity::Error,
            format!(
                "from here on every INSERT must give {}.{column}, which this migration adds and no running release names",
                short(table)
            ),
        )
        .risk(&risk)
        .column(table, column)
        .help(format!("keep a DEFAULT on {column} until every running release writes it")),
    );
}

/// Whether the change makes a column that no release knows one that every INSERT must give.
pub(super) fn required_of_all(subject: &Subject<'_>, table: &ResolvedName, column: &Ident) -> bool {
    let must = |relation: Option<&Relation>| {
        let found = relation.and_then(|relation| relation.column(column));
        found.is_some_and(|column| {
            column.not_null
                && column.default.is_none()
                && column.identity.is_none()
                && column.generated.is_none()
        })
    };
    // A BEFORE INSERT trigger can fill it in; dual writes do.
    let filled = |relation: &Relation| {
        relation.triggers.iter().any(|trigger| {
            let definition = &trigger.definition;
            trigger.enabled
                && definition.timing == "BEFORE"
                && definition.events.iter().any(|event| event == "INSERT")
        })
    };
    let after = subject.after().get(table);
    subject.is_new_column(table, column)
        && must(after)
        && !must(subject.before().get(table))
        && !after.is_some_and(filled)
}

/// NOT NULL, by itself or as a key, without anything that fills it in.
fn required(column: &ColumnDef) -> bool {
    let mut not_null = false;
    let mut filled = column.serial;
    for constraint in &column.constraints {
        match &constraint.kind {
            ColumnConstraintKind::NotNull | ColumnConstraintKind::PrimaryKey(_) => not_null = true,
            ColumnConstraintKind::Default(_)
            | ColumnConstraintKind::Generated { .. }
            | ColumnConstraintKind::Identity { .. } => filled = true,
            _ => {}
        }
    }
    not_null && !filled
}
