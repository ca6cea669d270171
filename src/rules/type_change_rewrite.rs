//! The rule `type-change-rewrite`: a column's type changes in a way that touches every row.

use super::frame::{Check, Class, Draft, Findings, Rule, Severity, Subject, lock_clause, short};
use crate::sql::ast::TableAction;

pub(crate) static RULE: Rule = Rule {
    id: "type-change-rewrite",
    summary: "a change of a column's type rewrites the table, rebuilds its indexes or reads all of it",
    classes: &[
        Class::BlocksReads,
        Class::BlocksWrites,
        Class::TableRewrite,
        Class::LongScan,
        Class::BreaksApp,
    ],
    why: "ALTER COLUMN TYPE holds ACCESS EXCLUSIVE while it converts; only where the old type's bytes are valid as \
          the new type's does PostgreSQL keep the table as it is",
    docs: r#"
ALTER COLUMN TYPE takes ACCESS EXCLUSIVE and holds it to the end. Where the stored bytes of the old
type are good as the new one's, it changes the catalogue only; otherwise it writes the whole table and
all its indexes anew (manual 18, ALTER TABLE, notes). Between the two are changes that keep the table
and rebuild the column's indexes, and those that check a constraint again.

Free are: `varchar(n)` to a larger limit, to `varchar` or to `text`; `text` to `varchar` without a
limit; `numeric(p, s)` to a larger `p` with the same `s`, or to `numeric`; a finer fractional second;
`cidr` to `inet`; a USING that says no more than the cast. Rewritten are among others: `int` to
`bigint`, `text` to `varchar(n)`, `char(n)` to `text`, `json` to `jsonb` and back, an enum from or to
anything, `timestamp` to `timestamptz` (unless the session's time zone is UTC: then indexes only).
All of this was measured on servers of PostgreSQL 14 to 18.

When the queries of the releases are known, those to which the new type shows are named.

```sql bad
-- history
CREATE TABLE orders (id int PRIMARY KEY, total int);
-- migration
ALTER TABLE orders ALTER COLUMN total TYPE bigint;
```

```sql good
-- history
CREATE TABLE users (id int PRIMARY KEY, name varchar(80));
-- migration
ALTER TABLE users ALTER COLUMN name TYPE varchar(200);
```
"#,
    check: Check::Action(check),
    yields_to: &[],
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let Some((alter, TableAction::AlterType { column, ty, .. })) = subject.action() else {
        return;
    };
    let effects = subject.effects();
    let rewritten = subject.first_existing(&effects.rewrites);
    let rebuilt = !effects.builds.is_empty();
    let read = subject.first_existing(&effects.scans);
    let Some(table) = subject.existing(&alter.name) else {
        return;
    };
    let name = short(&table);
    let (work, class) = match (rewritten, rebuilt, read) {
        (Some(_), ..) => (
            format!("writes every row of {name} and all its indexes anew"),
            Class::TableRewrite,
        ),
        (None, true, _) => (
            format!("builds the indexes on {name}.{column} anew"),
            Class::LongScan,
        ),
        (None, false, Some(_)) => (
            format!("reads all of {name} to check its constraints"),
            Class::LongScan,
        ),
        (None, false, None) => return,
    };
    let blocking = subject.blocking();
    if blocking.is_empty() {
        return;
    }
    let known = subject.relation(&alter.name);
    let old = known.and_then(|known| known.column(column));
    let old = old.map_or(String::new(), |old| format!("from {} ", old.ty));
    findings.add(
        Draft::new(
            Severity::Error,
            format!(
                "changing {name}.{column} {old}to {ty} {work}; meanwhile {}",
                lock_clause(&table, subject.lock(&table))
            ),
        )
        .classes(blocking)
        .classes([class])
        .breaks(subject)
        .column(&table, column)
        .help(format!(
            "add a column of type {ty}, keep it in step with a trigger, copy the rows in batches, and swap once \
             every release reads the new one"
        )),
    );
}
