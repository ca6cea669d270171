//! The rule `fails`: a statement that PostgreSQL refuses on the schema as it is then.

use super::concurrently_in_transaction::IN_TRANSACTION;
use super::frame::{Check, Class, Draft, Findings, Rule, Severity, Subject};
use crate::compat::{refusal_in_block, refusal_of, refusal_within};
use crate::effects::Step;
use crate::schema::Refusal;
use crate::sql::Statement;
use crate::sql::ast::{Change, Dml, Query};

/// `unsafe_new_enum_value_usage` (manual 18, appendix A).
const UNSAFE_NEW_LABEL: &str = "55P04";

pub(crate) static RULE: Rule = Rule {
    id: "fails",
    summary: "a statement that PostgreSQL refuses",
    classes: &[Class::Fails, Class::FailsInTransaction],
    why: "the schema after the history and the migrations before this one does not allow it, or this version of \
          PostgreSQL does not know it",
    docs: r#"
The migrations are replayed one after the other, so what stands in the way of a statement is known
before a server says so: a table or column that does not exist, a name that is taken, a column whose
type a view depends on, an index that belongs to a constraint, a form that only a later version knows.

The expressions of DDL are read as PostgreSQL's analyser reads them: a default that calls a function which does not exist or
gives a value that the type has none of, a CHECK that is no condition, an index over what is not IMMUTABLE, a body in
SQL that names what is not there. So are the rules of replacing functions, of access methods, of bodies with their
guards and handlers, and of trigger events that wait for the end of a transaction (55006).

After a statement that fails, the rest is judged as if it had been left out. Where objects may exist of
which nothing is known (no history was given, or an opaque statement stands before), what is missing is
assumed to be there.

```sql bad
-- history
CREATE TABLE users (id bigint PRIMARY KEY, email varchar(80));
CREATE VIEW emails AS SELECT email FROM users;
-- migration
ALTER TABLE users ALTER COLUMN email TYPE text;
```

```sql good
-- history
CREATE TABLE users (id bigint PRIMARY KEY, email varchar(80));
-- migration
ALTER TABLE users ALTER COLUMN email TYPE text;
```
"#,
    check: Check::Statement(check),
    yields_to: &["required-column-added", "concurrently-in-transaction"],
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let Some(refusal) = subject.refusal else {
        return;
    };
    if refusal.sqlstate == IN_TRANSACTION || is_about_a_runners_table(refusal) {
        return;
    }
    let mut draft = Draft::new(
        Severity::Error,
        format!(
            "this is refused: {} ({})",
            refusal.message, refusal.sqlstate
        ),
    )
    .classes([class(subject, refusal.sqlstate)])
    .help("mend it, or give the migrations it builds on with `--history`");
    for name in subject.effects().locks.keys().take(1) {
        draft = draft.relation(name);
    }
    findings.add(draft);
}

/// Why a statement is refused: for what it does, for an expression in it, or for what its query says of the rows.
pub(super) fn refusal(
    change: &Change,
    step: &Step,
    earlier: &[Statement],
    version: u16,
) -> Option<Refusal> {
    if let Some(refusal) = &step.effects.fails {
        return Some(refusal.clone());
    }
    if step.refusal.is_some() {
        return None;
    }
    match change {
        Change::Dml(Dml {
            query: Ok(query), ..
        }) => refusal_of(query, step.before()),
        Change::Do { language, body } if language == "plpgsql" => {
            refusal_in_block(body, &step.session)
        }
        Change::Utility {
            command,
            query: Some(query),
            ..
        } => of_utility(command, query, step),
        Change::Copy {
            query: Some(query), ..
        } => refusal_of(query, step.before()),
        Change::CreateRoutine(_) if earlier.iter().any(leaves_bodies_unread) => None,
        _ => refusal_within(change, step.before(), &step.after, version),
    }
}

/// Why the query inside of a statement is refused.
fn of_utility(command: &str, query: &Query, step: &Step) -> Option<Refusal> {
    match command {
        "prepare" | "declare" | "declare-hold" | "explain" | "explain-analyze" => {
            refusal_of(query, step.before())
        }
        _ => None,
    }
}

/// `SET check_function_bodies = off`.
fn leaves_bodies_unread(statement: &Statement) -> bool {
    match &statement.change {
        Change::Set(setting) => {
            let off = ["off", "false", "0", "no"];
            let value = setting
                .values
                .first()
                .map(|value| value.to_ascii_lowercase());
            setting.name == "check_function_bodies"
                && value.is_some_and(|value| off.contains(&value.as_str()))
        }
        _ => false,
    }
}

/// The tables in which migration tools keep their journals: there before the first migration, whatever the history shows.
const JOURNALS: &[&str] = &[
    "__diesel_schema_migrations",
    "_prisma_migrations",
    "_sqlx_migrations",
    "alembic_version",
    "ar_internal_metadata",
    "atlas_schema_revisions",
    "databasechangelog",
    "databasechangeloglock",
    "django_migrations",
    "flyway_schema_history",
    "goose_db_version",
    "gorp_migrations",
    "knex_migrations",
    "knex_migrations_lock",
    "pgmigrations",
    "refinery_schema_history",
    "schema_migrations",
    "schema_version",
];

fn is_about_a_runners_table(refusal: &Refusal) -> bool {
    let name = refusal.message.split('"').nth(1).unwrap_or_default();
    let name = name.rsplit('.').next().unwrap_or_default();
    refusal.sqlstate == "42P01" && JOURNALS.contains(&name)
}

/// A label used in the transaction that added it is refused for the transaction's sake, as is COMMIT in a block or a
/// procedure.
fn class(subject: &Subject<'_>, sqlstate: &str) -> Class {
    let commits = sqlstate == "2D000"
        && subject.in_transaction()
        && match subject.change() {
            Change::Do { .. } => true,
            Change::Utility { command, .. } => command == "call",
            _ => false,
        };
    if sqlstate == UNSAFE_NEW_LABEL || commits {
        Class::FailsInTransaction
    } else {
        Class::Fails
    }
}
