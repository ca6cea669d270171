//! The rule `statement-timeout-on-build`: a statement that takes long by design runs under a statement timeout.

use super::frame::{Check, Class, Draft, Findings, Rule, Severity, Subject};
use crate::sql::ast::{Change, TableAction};

pub(crate) static RULE: Rule = Rule {
    id: "statement-timeout-on-build",
    summary: "a concurrent build or a validation runs under a statement timeout",
    classes: &[Class::Hygiene],
    why: "CONCURRENTLY and VALIDATE trade time for locks; cancelled half-way, a concurrent build leaves an invalid \
          index behind, which is kept up to date by every write and used by no query",
    docs: r#"
A build with CONCURRENTLY waits for old transactions and reads the table twice; VALIDATE CONSTRAINT reads all of it.
Neither holds up traffic, so nothing is won by a limit on how long they take. When `statement_timeout` cancels a
build, an `INVALID` index stays (manual 18, CREATE INDEX, "Building Indexes Concurrently"), and a second attempt with
IF NOT EXISTS passes over it.

```sql bad
-- history
CREATE TABLE users (id bigint PRIMARY KEY, email text);
-- migration unwrapped
SET statement_timeout = '5s';
CREATE INDEX CONCURRENTLY users_email ON users (email);
```

```sql good
-- history
CREATE TABLE users (id bigint PRIMARY KEY, email text);
-- migration unwrapped
SET statement_timeout = 0;
CREATE INDEX CONCURRENTLY users_email ON users (email);
```
"#,
    check: Check::Statement(check),
    yields_to: &["concurrently-in-transaction", "fails"],
};

/// A setting is looked for this far back.
const REACH: usize = 200;

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let what = match subject.change() {
        Change::CreateIndex(create) if create.concurrently => "this build",
        Change::Reindex {
            concurrently: true, ..
        } => "this build",
        Change::AlterTable(alter)
            if alter
                .actions
                .iter()
                .any(|one| matches!(one.action, TableAction::ValidateConstraint(_))) =>
        {
            "this validation"
        }
        _ => return,
    };
    let statements = &subject.migration.script().statements;
    let earlier = statements
        .iter()
        .take(subject.step.statement)
        .rev()
        .take(REACH);
    let set = earlier.filter_map(|statement| match &statement.change {
        Change::Set(setting) if setting.name == "statement_timeout" && !setting.local => {
            Some(setting.values.first())
        }
        _ => None,
    });
    let Some(Some(limit)) = set.into_iter().next() else {
        return;
    };
    let number = limit.trim_end_matches(|c: char| c.is_alphabetic() || c == ' ');
    if number.parse() == Ok(0_u32) {
        return;
    }
    findings.add(
        Draft::new(
            Severity::Warning,
            format!("{what} is cancelled after {limit}, and has to be cleaned up then"),
        )
        .classes([Class::Hygiene])
        .help("SET statement_timeout = 0 before it, and limit lock_timeout instead"),
    );
}
