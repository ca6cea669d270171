//! The rule `constraint-without-not-valid`: a CHECK is tried on every row while nobody else can work.

use super::frame::{
    Applicability, Check, Class, Draft, Edit, Findings, Rule, Severity, Subject, lock_clause, short,
};
use crate::schema::{ConstraintKind, ResolvedName};
use crate::sql::ast::{
    AlterTable, ColumnConstraintKind, Ident, TableAction, TableConstraint, TableConstraintKind,
};

pub(crate) static RULE: Rule = Rule {
    id: "constraint-without-not-valid",
    summary: "a CHECK constraint that is tried on every row under a lock that others wait for",
    classes: &[
        Class::BlocksReads,
        Class::BlocksWrites,
        Class::LongScan,
        Class::BreaksApp,
    ],
    why: "ADD CONSTRAINT .. CHECK tries every row there is under ACCESS EXCLUSIVE; with NOT VALID it binds new rows \
          only, and VALIDATE CONSTRAINT tries the old ones under SHARE UPDATE EXCLUSIVE, which neither reads nor \
          writes wait for",
    docs: r#"
Adding a CHECK takes ACCESS EXCLUSIVE and reads the table from end to end (manual 18, ALTER TABLE, ADD
table_constraint), even where another constraint implies it. `ADD COLUMN .. CHECK (..)` does the same.
NOT VALID leaves the read out; VALIDATE CONSTRAINT makes up for it under a lock that blocks neither
reads nor writes, if it runs in a transaction of its own: in the same one, ACCESS EXCLUSIVE is still
held.

From the first step on new rows are bound, so that a release which writes others fails: when the
queries of the releases are known, they are named.

```sql bad
-- history
CREATE TABLE orders (id bigint PRIMARY KEY, total int);
-- migration
ALTER TABLE orders ADD CONSTRAINT orders_total CHECK (total >= 0);
```

```sql good
-- history
CREATE TABLE orders (id bigint PRIMARY KEY, total int);
-- migration
ALTER TABLE orders ADD CONSTRAINT orders_total CHECK (total >= 0) NOT VALID;
```

and in the next migration `ALTER TABLE orders VALIDATE CONSTRAINT orders_total;`.
"#,
    check: Check::Action(check),
    yields_to: &["volatile-default"],
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
    let (what, help) = match action {
        TableAction::AddConstraint(constraint) => match &constraint.kind {
            TableConstraintKind::Check(_) => (
                format!(
                    "adding {} tries every row of {name}",
                    title(constraint.name.as_ref(), "this CHECK")
                ),
                "add it NOT VALID, and VALIDATE it in a migration of its own".to_owned(),
            ),
            _ => return,
        },
        TableAction::AddColumn { column, .. } => {
            let checked =
                |kind: &ColumnConstraintKind| matches!(kind, ColumnConstraintKind::Check(_));
            if !column.constraints.iter().any(|one| checked(&one.kind)) {
                return;
            }
            (
                format!("the CHECK on the new column {} tries every row of {name}", column.name),
                "add the column without the CHECK, add the CHECK NOT VALID, and VALIDATE it in a migration of its own"
                    .to_owned(),
            )
        }
        TableAction::ValidateConstraint(constraint) => {
            if !validates(subject, &table, constraint, |kind| {
                !matches!(kind, ConstraintKind::ForeignKey { .. })
            }) {
                return;
            }
            (
                format!(
                    "validating {constraint} reads all of {name} while this transaction still holds its lock"
                ),
                "put the VALIDATE into a migration of its own: it blocks nobody there".to_owned(),
            )
        }
        _ => return,
    };
    let mut draft = Draft::new(
        Severity::Error,
        format!(
            "{what}; meanwhile {}",
            lock_clause(&table, subject.lock(&table))
        ),
    )
    .classes(blocking)
    .classes([Class::LongScan])
    .breaks(subject)
    .relation(&table)
    .help(help);
    if let TableAction::AddConstraint(constraint) = action {
        draft = not_valid(draft, subject, alter, constraint);
    }
    findings.add(draft);
}

/// A constraint by its name, if it has one.
pub(super) fn title(name: Option<&Ident>, otherwise: &str) -> String {
    name.map_or_else(|| otherwise.to_owned(), Ident::to_string)
}

/// Whether VALIDATE is about a constraint of the wanted kind; of one nobody has told us of, it is.
pub(super) fn validates(
    subject: &Subject<'_>,
    table: &ResolvedName,
    constraint: &Ident,
    wanted: fn(&ConstraintKind) -> bool,
) -> bool {
    let known = subject
        .before()
        .get(table)
        .and_then(|known| known.constraint(constraint));
    known.is_none_or(|known| wanted(&known.kind))
}

/// Offers to write NOT VALID; where each statement commits by itself, with the VALIDATE after it.
pub(super) fn not_valid(
    draft: Draft,
    subject: &Subject<'_>,
    alter: &AlterTable,
    constraint: &TableConstraint,
) -> Draft {
    let edit = |at: usize, text: String| Edit {
        file: subject.migration.file.clone(),
        start: at,
        end: at,
        text,
    };
    let end = constraint.span.end;
    let whole = subject.statement.span.end;
    let alone = subject.span() == subject.statement.span || whole == end;
    match &constraint.name {
        Some(name) if !subject.in_transaction() && alone => {
            let validate = format!(
                ";\nALTER TABLE {} VALIDATE CONSTRAINT {}",
                alter.name.to_sql(),
                name.to_sql()
            );
            let mut edits = vec![edit(end, " NOT VALID".to_owned())];
            match edits.first_mut() {
                Some(first) if whole == end => first.text.push_str(&validate),
                _ => edits.push(edit(whole, validate)),
            }
            draft.fix(
                "add it NOT VALID, and validate it after",
                Applicability::Safe,
                edits,
            )
        }
        _ => draft.fix(
            "add it NOT VALID; the VALIDATE belongs into the next migration",
            Applicability::Unsafe,
            vec![edit(end, " NOT VALID".to_owned())],
        ),
    }
}
