//! The rule `no-lock-timeout`: locks are waited for without end; said once for all that is judged.

use super::frame::{ANY, Check, Class, Draft, Rule, Severity, Subject, short};
use crate::effects::Known;
use crate::schema::ResolvedName;
use crate::sql::ast::{Change, ObjectKind};
use crate::sql::{DirectiveKind, Migration, Statement, holds};

pub(crate) static RULE: Rule = Rule {
    id: "no-lock-timeout",
    summary: "statements wait for their locks without end; said once for all files",
    classes: &[Class::Hygiene],
    why: "PostgreSQL grants locks in turn, so who waits for one keeps everybody behind it waiting too, \
          for as long as the oldest transaction takes",
    docs: r#"
`lock_timeout` is 0 unless something sets it, which means to wait for ever (manual 18, Client Connection Defaults). Then
an `ALTER TABLE` that would take a millisecond waits behind a report of an hour, and every query of that table waits
behind the `ALTER TABLE`.

It is a note, once for all files and at the first such statement of which nothing worse is said, and never about tables
that the migrations under judgement make. Nothing is said where something limits the wait: the statement stands behind a
`SET lock_timeout` of its session or a `SET LOCAL` of its file; the history sets it for a role or a database;
`lock_timeout` in `concertina.toml` says that the session begins with one; or Concertina's own runner applies the files, which
shows in a directive such as `phase` or `batch`: it never waits for longer than it is allowed.

```sql bad
-- history
CREATE TABLE users (id bigint PRIMARY KEY);
-- migration waits
ALTER TABLE users ADD COLUMN note text;
```

```sql good
-- history
CREATE TABLE users (id bigint PRIMARY KEY);
-- migration waits
SET lock_timeout = '2s';
ALTER TABLE users ADD COLUMN note text;
```
"#,
    check: Check::Engine,
    // What is said of a statement otherwise comes first: mended, it may take another lock.
    yields_to: &[ANY],
};

/// Whether anything could be said: no more is known of the session than PostgreSQL's default.
fn may_be_said(known: &Known, history: &[Migration], judged: &[Migration]) -> bool {
    let all = || history.iter().chain(judged);
    // Most texts show at once that there is nothing of the kind in them, and need not be read for it.
    let ours = |migration: &Migration| {
        if !migration.may_direct() {
            return false;
        }
        let statements = migration.script().statements.iter();
        let inner = statements.flat_map(|statement| &statement.directives);
        let mut directives = migration.script().directives.iter().chain(inner);
        directives.any(|one| !matches!(&one.kind, Err(_) | Ok(DirectiveKind::Allow { .. })))
    };
    let of_everyone = |migration: &Migration| {
        if !holds(&migration.text, NAME) {
            return false;
        }
        migration.script().statements.iter().any(|statement| {
            let sets = matches!(&statement.change, Change::AlterObject(alter)
                if matches!(alter.object, ObjectKind::Role | ObjectKind::Database));
            sets && limits(migration, statement)
        })
    };
    known.waits_without_end && !all().any(ours) && !history.iter().any(of_everyone)
}

/// Of each judged migration whether the waits for its locks are without end when it begins: until one before it limits
/// those of the whole session.
pub(super) fn begin_unlimited(
    known: &Known,
    history: &[Migration],
    judged: &[Migration],
) -> Vec<bool> {
    let mut unlimited = may_be_said(known, history, judged);
    let begins = judged.iter().map(|migration| {
        let begins = unlimited;
        if unlimited && !migration.down && holds(&migration.text, NAME) {
            let mut statements = migration.script().statements.iter();
            let first = statements.find(|statement| limits(migration, statement));
            unlimited = first.is_none_or(is_local);
        }
        begins
    });
    begins.collect()
}

/// It is about the timeout. One that sets it to nothing is found by `timeout-without-effect`.
pub(super) fn limits(migration: &Migration, statement: &Statement) -> bool {
    holds(statement.span.text(&migration.text), NAME)
}

const NAME: &str = "lock_timeout";

/// It holds to the end of the transaction only.
fn is_local(statement: &Statement) -> bool {
    matches!(&statement.change, Change::Set(setting) if setting.local)
}

/// The statement waits for a lock that others then wait behind.
pub(super) fn waits(subject: &Subject<'_>) -> Option<Draft> {
    let effects = subject.effects();
    let mut waited = effects.blocks_reads.iter().chain(&effects.blocks_writes);
    let table: &ResolvedName = waited.find(|name| !subject.is_new(name))?;
    let draft = Draft::new(
        Severity::Note,
        format!("the lock on {} is waited for without end", short(table)),
    );
    Some(draft.classes([Class::Hygiene]).relation(table).help(
        "SET lock_timeout = '2s' before it; or where the tool's session begins with one, say lock_timeout = \"2s\" in \
         concertina.toml",
    ))
}

/// What is said of the others, behind the first one's message.
pub(super) fn others(statements: usize, files: usize) -> String {
    match (statements, files) {
        (0, _) => String::new(),
        (1, _) => ", and so is that of one more statement".to_owned(),
        (more, 1) => format!(", and so are those of {more} more statements"),
        (more, files) => format!(", and so are those of {more} more statements in {files} files"),
    }
}
