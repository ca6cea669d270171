//! The rule `foreign-key-without-not-valid`: a foreign key is tried on every row while nobody can write.

use super::constraint_without_not_valid::{not_valid, title, validates};
use super::frame::{Check, Class, Draft, Findings, Rule, Severity, Subject, short, who_waits};
use crate::effects::LockMode;
use crate::schema::{ConstraintKind, RelationKind, ResolvedName};
use crate::sql::ast::{ColumnConstraintKind, QualifiedName, TableAction, TableConstraintKind};

pub(crate) static RULE: Rule = Rule {
    id: "foreign-key-without-not-valid",
    summary: "a foreign key that is tried on every row while neither table can be written",
    classes: &[
        Class::BlocksReads,
        Class::BlocksWrites,
        Class::LongScan,
        Class::BreaksApp,
    ],
    why: "ADD FOREIGN KEY takes SHARE ROW EXCLUSIVE on both tables and keeps it while it looks up every row; with NOT \
          VALID it takes the locks for a moment only, and VALIDATE CONSTRAINT looks the rows up under locks that \
          neither reads nor writes wait for",
    docs: r#"
Adding a foreign key takes SHARE ROW EXCLUSIVE on the referencing and on the referenced table (manual
18, ALTER TABLE, ADD table_constraint), and joins the two to see that every row is matched: nobody
writes to either meanwhile. NOT VALID leaves the join out, VALIDATE CONSTRAINT makes up for it under
SHARE UPDATE EXCLUSIVE on the one and ROW SHARE on the other, if it runs in a transaction of its own.

A new nullable column without a default needs no join, and PostgreSQL makes none; with a default it
does. On a partitioned table NOT VALID is refused before PostgreSQL 18.

```sql bad
-- history
CREATE TABLE accounts (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, account_id bigint);
-- migration
ALTER TABLE orders ADD CONSTRAINT orders_account FOREIGN KEY (account_id) REFERENCES accounts (id);
```

```sql good
-- history
CREATE TABLE accounts (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, account_id bigint);
-- migration
ALTER TABLE orders ADD CONSTRAINT orders_account FOREIGN KEY (account_id) REFERENCES accounts (id) NOT VALID;
```

and in the next migration `ALTER TABLE orders VALIDATE CONSTRAINT orders_account;`.
"#,
    check: Check::Action(check),
    yields_to: &["volatile-default", "constraint-without-not-valid"],
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let Some((alter, action)) = subject.action() else {
        return;
    };
    let Some(table) = subject.existing(&alter.name) else {
        return;
    };
    let blocking = subject.blocking();
    if blocking.is_empty() || subject.first_existing(&subject.effects().scans).is_none() {
        return;
    }
    let name = short(&table);
    let (what, help, other) = match action {
        TableAction::AddConstraint(constraint) => match &constraint.kind {
            TableConstraintKind::ForeignKey { references, .. } => (
                format!(
                    "adding {} looks up every row of {name}",
                    title(constraint.name.as_ref(), "this foreign key")
                ),
                advice(subject, &table),
                Some(&references.table),
            ),
            _ => return,
        },
        TableAction::AddColumn { column, .. } => {
            let references = column.constraints.iter().find_map(|one| match &one.kind {
                ColumnConstraintKind::References(references) => Some(&references.table),
                _ => None,
            });
            let Some(other) = references else { return };
            (
                format!(
                    "the foreign key of the new column {} looks up every row of {name}, since it has a default",
                    column.name
                ),
                "add the column, add the foreign key NOT VALID, and VALIDATE it in a migration of its own",
                Some(other),
            )
        }
        TableAction::ValidateConstraint(constraint) => {
            if subject
                .before()
                .get(&table)
                .and_then(|known| known.constraint(constraint))
                .is_none()
                || !validates(subject, &table, constraint, |kind| {
                    matches!(kind, ConstraintKind::ForeignKey { .. })
                })
            {
                return;
            }
            (
                format!(
                    "validating {constraint} looks up every row of {name} while this transaction still holds its locks"
                ),
                "put the VALIDATE into a migration of its own: it blocks nobody there",
                None,
            )
        }
        _ => return,
    };
    let mode = subject.lock(&table).unwrap_or(LockMode::ShareRowExclusive);
    let mut draft = Draft::new(
        Severity::Error,
        format!("{what}; meanwhile {}", clause(subject, &table, other, mode)),
    )
    .classes(blocking)
    .classes([Class::LongScan])
    .breaks(subject)
    .relation(&table)
    .help(help);
    if let Some(other) = other {
        draft = draft.relation(&subject.resolve(other));
    }
    if let TableAction::AddConstraint(constraint) = action
        && (!is_partitioned(subject, &table) || subject.version() >= 18)
    {
        draft = not_valid(draft, subject, alter, constraint);
    }
    findings.add(draft);
}

/// What is locked, and who waits for it.
fn clause(
    subject: &Subject<'_>,
    table: &ResolvedName,
    other: Option<&QualifiedName>,
    mode: LockMode,
) -> String {
    let mut names = vec![short(table)];
    if let Some(other) = other.and_then(|other| subject.existing(other))
        && other != *table
    {
        let own = subject.lock(&other).filter(|own| *own != mode);
        if let Some(own) = own {
            let (one, other) = (short(table), short(&other));
            return format!(
                "{mode} on {one} blocks {}, and {own} on {other} {}",
                who_waits(mode),
                who_waits(own)
            );
        }
        names.push(short(&other));
    }
    format!(
        "{mode} on {} blocks {}",
        names.join(" and "),
        who_waits(mode)
    )
}

fn is_partitioned(subject: &Subject<'_>, table: &ResolvedName) -> bool {
    let known = subject.before().get(table);
    known.is_some_and(|known| known.kind == RelationKind::PartitionedTable)
}

fn advice(subject: &Subject<'_>, table: &ResolvedName) -> &'static str {
    if is_partitioned(subject, table) && subject.version() < 18 {
        "on a partitioned table NOT VALID is refused before PostgreSQL 18: add the key to each partition NOT VALID, \
         validate those, and add it to the whole at a quiet hour"
    } else {
        "add it NOT VALID, and VALIDATE it in a migration of its own"
    }
}
