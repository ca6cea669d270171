//! The rule `set-not-null-scan`: NOT NULL is proved by reading the whole table under ACCESS EXCLUSIVE.

use super::frame::{
    Check, Class, Draft, Findings, Risk, Rule, Severity, Subject, lock_clause, short,
};
use super::required_column_added::required_of_all;
use crate::sql::ast::{Ident, TableAction, TableConstraintKind};

pub(crate) static RULE: Rule = Rule {
    id: "set-not-null-scan",
    summary: "SET NOT NULL that reads the whole table while nobody else can",
    classes: &[
        Class::BlocksReads,
        Class::BlocksWrites,
        Class::LongScan,
        Class::BreaksApp,
    ],
    why: "SET NOT NULL looks at every row under ACCESS EXCLUSIVE, unless a valid CHECK constraint of the table \
          already proves that none is NULL",
    docs: r#"
SET NOT NULL takes ACCESS EXCLUSIVE and reads the table from end to end. The read is skipped when a
valid CHECK constraint implies it (manual 18, ALTER TABLE, SET NOT NULL): `CHECK (email IS NOT NULL)`,
also as one part of an AND. A constraint that is NOT VALID proves nothing, nor does `email > ''`. On a
new column with a constant default the read is not skipped either: write NOT NULL into ADD COLUMN.

A primary key over nullable columns sets them NOT NULL in passing, with the same read, also when it
is made USING INDEX.

```sql bad
-- history
CREATE TABLE users (id bigint PRIMARY KEY, email text);
-- migration
ALTER TABLE users ALTER COLUMN email SET NOT NULL;
```

Three steps, each in a transaction of its own; the validation blocks neither reads nor writes
(from PostgreSQL 18, `ADD CONSTRAINT .. NOT NULL email NOT VALID` does without the CHECK):

```sql good
-- history
CREATE TABLE users (id bigint PRIMARY KEY, email text);
ALTER TABLE users ADD CONSTRAINT users_email_given CHECK (email IS NOT NULL) NOT VALID;
ALTER TABLE users VALIDATE CONSTRAINT users_email_given;
-- migration
ALTER TABLE users ALTER COLUMN email SET NOT NULL;
ALTER TABLE users DROP CONSTRAINT users_email_given;
```
"#,
    check: Check::Action(check),
    yields_to: &["type-change-rewrite"],
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let Some((alter, action)) = subject.action() else {
        return;
    };
    let Some(table) = subject.existing(&alter.name) else {
        return;
    };
    if subject.first_existing(&subject.effects().scans).is_none() {
        return;
    }
    match action {
        TableAction::SetNotNull(column) => set(subject, findings, &table, column),
        TableAction::AddConstraint(constraint) => match &constraint.kind {
            TableConstraintKind::UsingIndex { primary: true, .. } => {
                findings.add(primary_key(subject, &table));
            }
            TableConstraintKind::NotNull(Some(column)) => set(subject, findings, &table, column),
            _ => {}
        },
        _ => {}
    }
}

fn set(
    subject: &Subject<'_>,
    findings: &mut Findings,
    table: &crate::schema::ResolvedName,
    column: &Ident,
) {
    let name = short(table);
    let mut draft = Draft::new(
        Severity::Error,
        format!(
            "setting {name}.{column} NOT NULL reads all of {name}; meanwhile {}",
            lock_clause(table, subject.lock(table))
        ),
    )
    .classes(subject.blocking())
    .classes([Class::LongScan]);
    draft = match subject.risk() {
        Risk::Unknown if required_of_all(subject, table, column) => draft.risk(&Risk::Unknown),
        Risk::Unknown | Risk::Survived => draft,
        broken @ Risk::Broken(_) => draft.risk(&broken),
    };
    let added_here = subject.is_new_column(table, column);
    let help = if added_here
        && subject.before().get(table).is_some_and(|known| {
            known
                .column(column)
                .is_some_and(|column| column.default.is_some())
        }) {
        format!("write it into the ADD COLUMN: {column} .. NOT NULL DEFAULT .. reads nothing")
    } else if subject.version() >= 18 {
        format!(
            "ADD CONSTRAINT {name}_{column}_not_null NOT NULL {column} NOT VALID, then VALIDATE it in a migration of its \
             own, which blocks nobody"
        )
    } else {
        format!(
            "ADD CONSTRAINT .. CHECK ({column} IS NOT NULL) NOT VALID, VALIDATE it in a migration of its own, which \
             blocks nobody, and set NOT NULL after: it is free then"
        )
    };
    findings.add(draft.column(table, column).help(help));
}

fn primary_key(subject: &Subject<'_>, table: &crate::schema::ResolvedName) -> Draft {
    let name = short(table);
    Draft::new(
        Severity::Error,
        format!(
            "this primary key sets a nullable column of {name} NOT NULL and reads all of {name} for it; meanwhile {}",
            lock_clause(table, subject.lock(table))
        ),
    )
    .classes(subject.blocking())
    .classes([Class::LongScan])
    .breaks(subject)
    .relation(table)
    .help(
        "prove it first: a CHECK (.. IS NOT NULL) NOT VALID on each of its columns, VALIDATE in a migration of its own, \
         then SET NOT NULL and the key read nothing",
    )
}
