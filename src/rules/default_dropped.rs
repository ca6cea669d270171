//! The rule `default-dropped`: a column that must be given loses what fills it in.

use super::frame::{Check, Class, Draft, Findings, Risk, Rule, Severity, Subject, short};
use crate::schema::{Column, Relation};
use crate::sql::ast::TableAction;

pub(crate) static RULE: Rule = Rule {
    id: "default-dropped",
    summary: "a column loses the default, identity or expression that fills it in",
    classes: &[Class::BreaksApp],
    why: "an INSERT that leaves the column out is given NULL from then on, which a NOT NULL column refuses (23502)",
    docs: r#"
A release that leaves the column out of its INSERTs relies on the default. Without one it writes NULL,
and where the column is NOT NULL, nothing (SQLSTATE 23502). A trigger that fires BEFORE INSERT may fill
the column in, so that the rule is silent then.

When the queries of the releases are known, the finding names those that leave the column out; without
them it speaks of NOT NULL columns only.

```sql bad
-- history
CREATE TABLE orders (id bigint PRIMARY KEY, state text NOT NULL DEFAULT 'new');
-- migration
ALTER TABLE orders ALTER COLUMN state DROP DEFAULT;
```

```sql good
-- history
CREATE TABLE orders (id bigint PRIMARY KEY, state text DEFAULT 'new');
-- migration
ALTER TABLE orders ALTER COLUMN state DROP DEFAULT;
```
"#,
    check: Check::Action(check),
    yields_to: &["required-column-added"],
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let Some((alter, action)) = subject.action() else {
        return;
    };
    let (column, what) = match action {
        TableAction::DropDefault(column) => (column, "default"),
        TableAction::DropIdentity { column, .. } => (column, "identity"),
        TableAction::DropExpression { column, .. } => (column, "expression"),
        _ => return,
    };
    let Some(table) = subject.existing(&alter.name) else {
        return;
    };
    if subject.is_new_column(&table, column) {
        return;
    }
    let now = subject.settled().get(&table);
    let filled = |column: &Column| {
        column.default.is_some() || column.identity.is_some() || column.generated.is_some()
    };
    let had = subject
        .before()
        .get(&table)
        .and_then(|known| known.column(column));
    let has = now.and_then(|known| known.column(column));
    let (Some(had), Some(has)) = (had, has) else {
        return;
    };
    if !filled(had) || filled(has) || now.is_some_and(fills_rows) {
        return;
    }
    let name = short(&table);
    let risk = subject.risk();
    let consequence = match &risk {
        Risk::Survived => return,
        Risk::Unknown if !has.not_null => return,
        _ if has.not_null => "an INSERT that leaves it out fails",
        _ => "an INSERT that leaves it out writes NULL",
    };
    findings.add(
        Draft::new(
            Severity::Warning,
            format!("{name}.{column} loses its {what}: {consequence}"),
        )
        .risk(&risk)
        .column(&table, column)
        .help(format!(
            "keep it until every running release gives {column} a value"
        )),
    );
}

/// A trigger may put in what an INSERT leaves out.
fn fills_rows(relation: &Relation) -> bool {
    relation.triggers.iter().any(|trigger| {
        let definition = &trigger.definition;
        trigger.enabled
            && definition.timing == "BEFORE"
            && definition.events.iter().any(|event| event == "INSERT")
    })
}
