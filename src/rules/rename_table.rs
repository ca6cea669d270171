//! The rule `rename-table`: a table or view in use gets another name.

use super::frame::{Check, Class, Draft, Findings, Risk, Rule, Severity, Subject, short};
use crate::sql::ast::{ObjectKind, TableAction};

pub(crate) static RULE: Rule = Rule {
    id: "rename-table",
    summary: "a table or view that releases use gets another name",
    classes: &[Class::BreaksApp],
    why: "PostgreSQL knows a relation by one name only: from the commit on, the old name is error 42P01 for \
          every release that says it, and before it the new one is, for every release that says that",
    docs: r#"
Old and new instances run side by side while a release is rolled out. A table has one name at a time,
so one of the two releases fails: `relation "users" does not exist` (SQLSTATE 42P01). The rename
itself is quick (ACCESS EXCLUSIVE for the moment of a catalogue change; manual 18, ALTER TABLE).

A view under the old name, made in the same transaction, carries the old release: a view that selects
from one table takes INSERT, UPDATE and DELETE too (manual 18, CREATE VIEW, "Updatable Views"), though
not TRUNCATE, and rows pass under the rights of the view's owner unless it is a `security_invoker`
view. The rule is silent then.

```sql bad
-- history
CREATE TABLE users (id bigint PRIMARY KEY, name text);
-- migration
ALTER TABLE users RENAME TO people;
```

```sql good
-- history
CREATE TABLE users (id bigint PRIMARY KEY, name text);
-- migration
ALTER TABLE users RENAME TO people;
CREATE VIEW users AS SELECT id, name FROM people;
```
"#,
    check: Check::Action(check),
    yields_to: &[],
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let Some((alter, TableAction::RenameTo(to))) = subject.action() else {
        return;
    };
    match alter.object {
        ObjectKind::Index | ObjectKind::Sequence => return,
        _ => {}
    }
    // ALTER TABLE renames an index too.
    if subject.before().index(&alter.name).is_some() {
        return;
    }
    let Some(table) = subject.existing(&alter.name) else {
        return;
    };
    let risk = subject.risk();
    if matches!(risk, Risk::Survived) || subject.settled().get(&table).is_some() {
        return;
    }
    let name = short(&table);
    findings.add(
        Draft::new(
            Severity::Error,
            format!("renaming {name} to {to} breaks every running release that still says {name}"),
        )
        .risk(&risk)
        .relation(&table)
        .help(format!(
            "in the same transaction make a view {name} that selects the same columns from {to}, and drop it \
             when no release says {name} any more"
        )),
    );
}
