//! The rule `concurrently-in-transaction`: a statement that PostgreSQL refuses inside a transaction block.

use super::frame::{Applicability, Check, Class, Draft, Edit, Findings, Rule, Severity, Subject};
use crate::schema::Decided;
use crate::sql::ast::{Change, Drop, ObjectKind};
use crate::sql::{BodyStatement, body_statements};

pub(crate) static RULE: Rule = Rule {
    id: "concurrently-in-transaction",
    summary: "a statement that cannot run inside a transaction block, and will run in one",
    classes: &[Class::FailsInTransaction],
    why: "CONCURRENTLY commits several times on its way, and VACUUM, CREATE DATABASE and their like cannot be undone: \
          inside a transaction block PostgreSQL refuses them with SQLSTATE 25001",
    docs: r#"
CREATE, DROP and REINDEX INDEX CONCURRENTLY, DETACH PARTITION CONCURRENTLY, VACUUM, CREATE and DROP
DATABASE or TABLESPACE, ALTER SYSTEM and some others are refused inside a transaction block, and a
function or DO block is always inside one. Most migration runners wrap each file in a transaction, so the
statement fails when it is deployed and not before.

`REFRESH MATERIALIZED VIEW CONCURRENTLY` may run in a transaction.

```sql bad
-- history
CREATE TABLE users (id bigint PRIMARY KEY, email text);
-- migration
CREATE INDEX CONCURRENTLY users_email ON users (email);
```

Tell the runner to leave the transaction out. Concertina's own takes the directive; others have their
own mark (`-- no-transaction` for sqlx, `run_in_transaction = false` for diesel), and it is read too.

```sql good
-- history
CREATE TABLE users (id bigint PRIMARY KEY, email text);
-- migration
-- concertina: no-transaction
CREATE INDEX CONCURRENTLY users_email ON users (email);
```
"#,
    check: Check::Statement(check),
    yields_to: &[],
};

/// PostgreSQL's "active SQL transaction".
pub(super) const IN_TRANSACTION: &str = "25001";

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    if let Change::Do { language, body } = subject.change() {
        if let Some(words) = concurrent_in(subject, language, body) {
            findings.add(
                Draft::new(
                    Severity::Error,
                    format!("{words} inside a DO block fails: it runs in a transaction always"),
                )
                .classes([Class::FailsInTransaction])
                .help("write it as a statement of its own, in a migration without a transaction"),
            );
        }
        return;
    }
    let Some(refusal) = &subject.effects().fails else {
        return;
    };
    if refusal.sqlstate != IN_TRANSACTION {
        return;
    }
    let unwrapping = subject.migration.unwrapping;
    let (who, help) = if matches!(subject.change(), Change::Transaction(_)) {
        (
            "statements of this transaction have run",
            "write it in front of them".to_owned(),
        )
    } else if subject.file.wrapped {
        (
            "the runner opens one around this file",
            match unwrapping {
                Some(line) => format!(
                    "write `{line}` at the top of the file, and keep the statement alone in it"
                ),
                None => {
                    "keep the statement alone in a file that runs without a transaction".to_owned()
                }
            },
        )
    } else {
        (
            "the file has opened one",
            "move it out of BEGIN .. COMMIT, best into a file of its own".to_owned(),
        )
    };
    let mut draft = Draft::new(Severity::Error, format!("{}: {who}", refusal.message))
        .classes([Class::FailsInTransaction])
        .help(help);
    for name in subject.effects().locks.keys().take(1) {
        draft = draft.relation(name);
    }
    if let Some(line) = unwrapping
        && subject.file.wrapped
        && subject.migration.script().statements.len() == 1
    {
        let edit = Edit {
            file: subject.migration.file.clone(),
            start: 0,
            end: 0,
            text: format!("{line}\n"),
        };
        draft = draft.fix(
            "run this file without a transaction",
            match is_polite(subject.change()) {
                true => Applicability::Safe,
                false => Applicability::Unsafe,
            },
            vec![edit],
        );
    }
    findings.add(draft);
}

/// Whether nobody waits for it once it runs: what is refused today may be an outage when it is not.
fn is_polite(change: &Change) -> bool {
    match change {
        Change::Vacuum { full, .. } => !full,
        Change::Reindex { concurrently, .. } => *concurrently,
        Change::Cluster { .. }
        | Change::Drop(Drop {
            object: ObjectKind::Database,
            ..
        }) => false,
        _ => true,
    }
}

/// The statement that a block runs CONCURRENTLY, if it runs one that minds: behind a condition too, unless that is known
/// not to hold.
fn concurrent_in(subject: &Subject<'_>, language: &str, body: &str) -> Option<&'static str> {
    let statements = body_statements(language, body);
    let mut decided = Decided::default();
    let reached: Vec<&BodyStatement> = statements
        .iter()
        .filter(|statement| subject.before().reach_of(statement, &mut decided).is_some())
        .collect();
    reached
        .into_iter()
        .find_map(|statement| match &statement.change {
            Change::CreateIndex(index) if index.concurrently => Some("CREATE INDEX CONCURRENTLY"),
            Change::Drop(drop) if drop.concurrently => Some("DROP INDEX CONCURRENTLY"),
            Change::Reindex {
                concurrently: true, ..
            } => Some("REINDEX CONCURRENTLY"),
            // A string that is put together: what it can be stands somewhere in the block.
            Change::Opaque { .. } => concurrent_words(body),
            _ => None,
        })
}

/// The statement that a text says is to be run CONCURRENTLY.
fn concurrent_words(body: &str) -> Option<&'static str> {
    let words: Vec<String> = body
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_uppercase)
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    words.iter().enumerate().find_map(|(at, word)| {
        if *word != "CONCURRENTLY" {
            return None;
        }
        let before = words.get(..at)?;
        match before {
            [.., "CREATE", "INDEX"] | [.., "CREATE", "UNIQUE", "INDEX"] => {
                Some("CREATE INDEX CONCURRENTLY")
            }
            [.., "DROP", "INDEX"] => Some("DROP INDEX CONCURRENTLY"),
            [.., "REINDEX", "INDEX" | "TABLE" | "SCHEMA" | "DATABASE"] => {
                Some("REINDEX CONCURRENTLY")
            }
            _ => None,
        }
    })
}
