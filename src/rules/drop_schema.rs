//! The rule `drop-schema`: a whole schema or database goes, or all that a role owns.

use super::frame::{Check, Class, Draft, Findings, Loss, Risk, Rule, Severity, Subject};
use crate::sql::ast::{Behavior, Change, ObjectKind};

pub(crate) static RULE: Rule = Rule {
    id: "drop-schema",
    summary: "a schema with what is in it, a database, or everything a role owns is dropped",
    classes: &[Class::Destructive, Class::BreaksApp],
    why: "DROP SCHEMA .. CASCADE, DROP OWNED and DROP DATABASE remove every table in there with its rows, without \
          naming one of them",
    docs: r#"
DROP SCHEMA without CASCADE is refused while anything is in the schema, and so loses nothing (manual 18,
DROP SCHEMA). With CASCADE it drops each table with its rows, and what other schemas built on them. DROP
OWNED BY does the same by owner, and takes away the role's privileges; DROP DATABASE needs no comment.

Drop what is in it by name, each in a contract migration of its own, and the empty schema last.

```sql bad
-- history
CREATE SCHEMA billing;
CREATE TABLE billing.invoices (id bigint PRIMARY KEY);
-- migration
DROP SCHEMA billing CASCADE;
```

```sql good
-- history
CREATE SCHEMA billing;
-- migration
DROP SCHEMA billing;
```
"#,
    check: Check::Action(check),
    yields_to: &[],
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let what = match subject.change() {
        Change::Drop(drop) if drop.object == ObjectKind::Schema => {
            if drop.behavior != Behavior::Cascade {
                return;
            }
            let names: Vec<String> = drop
                .names
                .iter()
                .map(|name| name.name.to_string())
                .collect();
            format!("dropping schema {}", names.join(", "))
        }
        Change::Drop(drop) if drop.object == ObjectKind::Database => {
            let names: Vec<String> = drop
                .names
                .iter()
                .map(|name| name.name.to_string())
                .collect();
            format!("dropping database {}", names.join(", "))
        }
        Change::Utility { command, .. } if command == "drop-owned" => {
            "dropping all that a role owns".to_owned()
        }
        _ => return,
    };
    let of_schema =
        matches!(subject.change(), Change::Drop(drop) if drop.object == ObjectKind::Schema);
    let loss = Loss::of(subject);
    let words = loss.words();
    let known = of_schema && !subject.before().is_incomplete();
    if known && words.is_empty() {
        return;
    }
    let along = if words.is_empty() {
        " loses everything in it".to_owned()
    } else {
        format!(" loses {words}")
    };
    let risk = subject.risk();
    let severity = match &risk {
        Risk::Survived => Severity::Warning,
        Risk::Unknown | Risk::Broken(_) => Severity::Error,
    };
    let mut draft = Draft::new(severity, format!("{what}{along}"))
        .classes((!known || loss.has_data()).then_some(Class::Destructive))
        .risk(&risk)
        .help("drop what is in it by name, when no running release uses it any more");
    for table in &loss.tables {
        draft = draft.relation(table);
    }
    if known && !loss.has_data() && matches!(risk, Risk::Survived) {
        return;
    }
    findings.add(draft);
}
