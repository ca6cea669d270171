//! The rule `rename-column`: a column in use gets another name.

use super::frame::{Check, Class, Draft, Findings, Risk, Rule, Severity, Subject, short};
use crate::sql::ast::TableAction;

pub(crate) static RULE: Rule = Rule {
    id: "rename-column",
    summary: "a column that releases use gets another name",
    classes: &[Class::BreaksApp],
    why: "PostgreSQL knows a column by one name only: from the commit on, the old name is error 42703 \
          for every release that says it, and before it the new one is, for every release that says that",
    docs: r#"
While a release is rolled out, instances of the old and of the new one run side by side. A column has
one name at a time, so whichever name the schema carries, one of the two releases fails: `column
users.name does not exist` (SQLSTATE 42703). The rename itself is quick (ACCESS EXCLUSIVE for the
moment of a catalogue change; manual 18, ALTER TABLE). Views go on working, since they keep the
column by number; functions whose body is a string do not.

When the queries of the releases are known, the finding names those that break, and is silent when
none does.

```sql bad
-- history
CREATE TABLE users (id bigint PRIMARY KEY, name text);
-- migration
ALTER TABLE users RENAME COLUMN name TO full_name;
```

Add the new column, keep both filled by a trigger, copy what is there, and drop the old one once no
release reads it. `concertina plan` writes these migrations. The first of them:

```sql good
-- history
CREATE TABLE users (id bigint PRIMARY KEY, name text);
-- migration
ALTER TABLE users ADD COLUMN full_name text;
```
"#,
    check: Check::Action(check),
    yields_to: &[],
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let Some((alter, TableAction::RenameColumn { from, to })) = subject.action() else {
        return;
    };
    let Some(table) = subject.existing(&alter.name) else {
        return;
    };
    let risk = subject.risk();
    if subject.is_new_column(&table, from) || matches!(risk, Risk::Survived) {
        return;
    }
    let name = short(&table);
    if matches!(risk, Risk::Unknown) && subject.had_column(&table, to) {
        // The new name stood beside the old one until now: only the old one goes.
        findings.add(
            Draft::new(
                Severity::Warning,
                format!("{name}.{from} takes the name of {to}, which stood beside it, and breaks every running release that still says {from}"),
            )
            .risk(&risk)
            .column(&table, from)
            .help(format!(
                "do it in a contract migration, when no running release says {from} any more, and say so with \
                 `-- concertina: after <release>`; with `--release` the queries that break are named"
            )),
        );
        return;
    }
    let message = match &risk {
        Risk::Unknown | Risk::Survived => format!(
            "renaming {name}.{from} to {to} breaks every running release that still says {from}"
        ),
        Risk::Broken(breaks) => {
            let count = breaks.len();
            let queries = if count == 1 { "query" } else { "queries" };
            format!("renaming {name}.{from} to {to} breaks {count} {queries} of known releases")
        }
    };
    findings.add(
        Draft::new(Severity::Error, message)
            .risk(&risk)
            .column(&table, from)
            .help(format!(
                "add {to} beside {from}, keep both in step with a trigger, copy the rows, and drop {from} \
                 when no release reads it: `concertina plan` writes these migrations"
            )),
    );
}
