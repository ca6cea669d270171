//! The rule `unlogged-table`: a table in use is no longer written to the log.

use super::frame::{Check, Class, Draft, Findings, Rule, Severity, Subject, short};
use crate::schema::RelationKind;
use crate::sql::ast::{Persistence, TableAction};

pub(crate) static RULE: Rule = Rule {
    id: "unlogged-table",
    summary: "a table that was there before becomes UNLOGGED",
    classes: &[
        Class::Destructive,
        Class::BlocksReads,
        Class::BlocksWrites,
        Class::TableRewrite,
    ],
    why: "an unlogged table is emptied after a crash and is not there on a standby, so a failover loses its rows; SET \
          UNLOGGED also writes the whole table anew",
    docs: r#"
What is not in the write-ahead log cannot be recovered from it: after a crash PostgreSQL truncates the
table, and replicas never get its rows (manual 18, CREATE TABLE, UNLOGGED). The change itself rewrites the
table under ACCESS EXCLUSIVE.

```sql bad
-- history
CREATE TABLE orders (id bigint PRIMARY KEY);
-- migration
ALTER TABLE orders SET UNLOGGED;
```

```sql good
-- history
CREATE TABLE orders (id bigint PRIMARY KEY);
-- migration
CREATE UNLOGGED TABLE orders_staging (id bigint PRIMARY KEY);
```
"#,
    check: Check::Action(check),
    yields_to: &[],
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let Some((alter, TableAction::SetLogged(false))) = subject.action() else {
        return;
    };
    let Some(table) = subject.existing(&alter.name) else {
        return;
    };
    let known = subject.before().get(&table);
    // A partitioned table has no rows of its own: before 18 this did nothing, from then on it is refused.
    if known.is_some_and(|known| {
        known.persistence == Persistence::Unlogged || known.kind == RelationKind::PartitionedTable
    }) {
        return;
    }
    let rewrites = subject
        .first_existing(&subject.effects().rewrites)
        .is_some();
    let name = short(&table);
    findings.add(
        Draft::new(
            Severity::Error,
            format!("{name} loses its rows in the next crash or failover once it is unlogged"),
        )
        .classes([Class::Destructive])
        .classes(subject.blocking())
        .classes(rewrites.then_some(Class::TableRewrite))
        .relation(&table)
        .help("keep it logged; put what may be lost into a table of its own"),
    );
}
