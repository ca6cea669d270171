//! The rule `unique-dropped`: the unique index goes that ON CONFLICT needs.

use super::frame::{Check, Class, Draft, Findings, Risk, Rule, Severity, Subject, short};
use crate::schema::{Index, Relation, ResolvedName};
use crate::sql::ast::{Change, IndexKey, ObjectKind, TableAction};

pub(crate) static RULE: Rule = Rule {
    id: "unique-dropped",
    summary: "a primary key, unique constraint or unique index goes without one on the same columns in its place",
    classes: &[Class::BreaksApp],
    why: "ON CONFLICT (columns) needs a unique index on just these columns, and one that is neither deferrable nor \
          narrowed by a WHERE; without it PostgreSQL refuses the INSERT (42P10)",
    docs: r#"
`INSERT .. ON CONFLICT (email)` looks for a unique index on `email` when it is planned (manual 18, INSERT,
ON CONFLICT clause). An index on `(email, owner_id)` is none, so that widening a key breaks every upsert.
`ON CONFLICT ON CONSTRAINT name` needs the constraint of that name.

Build the index that the next release needs first, release that, and drop the old one after. A unique
index on the same columns that stays, or comes in the same transaction, makes the rule silent; so does a
release none of whose queries needs it.

```sql bad
-- history
CREATE TABLE users (id bigint PRIMARY KEY, email text, CONSTRAINT users_email UNIQUE (email));
-- migration
ALTER TABLE users DROP CONSTRAINT users_email;
```

```sql good
-- history
CREATE TABLE users (id bigint PRIMARY KEY, email text, CONSTRAINT users_email UNIQUE (email));
CREATE UNIQUE INDEX users_email_next ON users (email);
-- migration
ALTER TABLE users DROP CONSTRAINT users_email;
```
"#,
    check: Check::Action(check),
    yields_to: &[],
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    match subject.change() {
        Change::Drop(drop) if drop.object == ObjectKind::Index => {
            for name in &drop.names {
                if let Some((table, index)) = subject.before().index(&name.name) {
                    gone(subject, findings, table, index);
                }
            }
        }
        Change::AlterTable(alter) => {
            let Some((_, TableAction::DropConstraint { name, .. })) = subject.action() else {
                return;
            };
            let table = subject.relation(&alter.name);
            let index = table.and_then(|table| {
                let mut indexes = table.indexes.iter();
                indexes.find(|index| index.constraint.as_ref() == Some(name))
            });
            if let (Some(table), Some(index)) = (table, index) {
                gone(subject, findings, table, index);
            }
        }
        _ => {}
    }
}

fn gone(subject: &Subject<'_>, findings: &mut Findings, table: &Relation, index: &Index) {
    if !index.unique || !index.valid || subject.is_new(&table.name) {
        return;
    }
    let deployed = subject.deployed().get(&table.name);
    if deployed.is_some_and(|then| then.index(&index.name).is_none()) {
        return;
    }
    let now = subject.settled().get(&table.name);
    let in_its_place = now.is_none_or(|now| {
        now.indexes.iter().any(|other| {
            other.unique
                && other.valid
                && other.predicate == index.predicate
                && keys(other) == keys(index)
        }) || keys(index)
            .iter()
            .any(|key| matches!(key, IndexKey::Column(name) if now.column(name).is_none()))
    });
    let risk = subject.risk();
    if in_its_place && !matches!(risk, Risk::Broken(_)) || matches!(risk, Risk::Survived) {
        return;
    }
    let columns: Vec<String> = keys(index)
        .into_iter()
        .map(|key| match key {
            IndexKey::Column(name) => name.to_string(),
            IndexKey::Expr(expr) => expr.text.clone(),
        })
        .collect();
    let full: &ResolvedName = &table.name;
    findings.add(
        Draft::new(
            Severity::Warning,
            format!(
                "without {}, ON CONFLICT ({}) on {} finds no unique index",
                index.name,
                columns.join(", "),
                short(full)
            ),
        )
        .risk(&risk)
        .relation(full)
        .help("drop it when no running release says ON CONFLICT with these columns any more"),
    );
}

fn keys(index: &Index) -> Vec<&IndexKey> {
    index.elements.iter().map(|element| &element.key).collect()
}
