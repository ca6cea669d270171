//! The rule `foreign-key-partial-index`: the only index on the columns of a foreign key is a partial one.

use super::frame::{Check, Class, Draft, Findings, Rule, Severity, Subject, short};
use crate::schema::{Index, ResolvedName};
use crate::sql::ast::{ColumnConstraintKind, Ident, IndexKey, TableAction, TableConstraintKind};

pub(crate) static RULE: Rule = Rule {
    id: "foreign-key-partial-index",
    summary: "a foreign key whose columns have a partial index only",
    classes: &[Class::Hygiene],
    why: "a delete or a change of key on the referenced table looks for the rows that refer to it, with no condition \
          but the key: a partial index cannot answer that, and the whole table is read each time",
    docs: r#"
PostgreSQL makes no index on the referencing columns of a foreign key. Each DELETE on the other side, and each UPDATE of
its key, looks for referencing rows (manual 18, section 5.5.5); without an index that begins with these columns it reads
the whole table while it holds a lock on the row. A partial index looks like one that helps and does not.

```sql bad
-- history
CREATE TABLE orgs (id bigint PRIMARY KEY);
CREATE TABLE users (id bigint PRIMARY KEY, org_id bigint, active boolean);
CREATE INDEX users_org ON users (org_id) WHERE active;
-- migration
ALTER TABLE users ADD CONSTRAINT users_org_fk FOREIGN KEY (org_id) REFERENCES orgs NOT VALID;
```

```sql good
-- history
CREATE TABLE orgs (id bigint PRIMARY KEY);
CREATE TABLE users (id bigint PRIMARY KEY, org_id bigint, active boolean);
CREATE INDEX users_org ON users (org_id, active);
-- migration
ALTER TABLE users ADD CONSTRAINT users_org_fk FOREIGN KEY (org_id) REFERENCES orgs NOT VALID;
```
"#,
    check: Check::Action(check),
    yields_to: &["fails"],
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let Some((alter, action)) = subject.action() else {
        return;
    };
    let columns: Vec<Ident> = match action {
        TableAction::AddConstraint(added) => match &added.kind {
            TableConstraintKind::ForeignKey { columns, .. } => columns.clone(),
            _ => return,
        },
        TableAction::AddColumn { column, .. } => {
            let mut all = column.constraints.iter();
            if !all.any(|one| matches!(one.kind, ColumnConstraintKind::References(_))) {
                return;
            }
            vec![column.name.clone()]
        }
        _ => return,
    };
    let name: ResolvedName = subject.resolve(&alter.name);
    let Some(table) = subject.settled().get(&name) else {
        return;
    };
    let begins = |index: &&Index| {
        let keys = index.elements.iter().take(columns.len());
        let mut keys = keys.map(|element| match &element.key {
            IndexKey::Column(name) => columns.contains(name),
            IndexKey::Expr(_) => false,
        });
        index.elements.len() >= columns.len() && keys.all(|known| known)
    };
    let of_columns: Vec<&Index> = table.indexes.iter().filter(begins).collect();
    let partial = of_columns.iter().all(|index| index.predicate.is_some());
    if let (true, Some(index)) = (partial, of_columns.first()) {
        let columns: Vec<&str> = columns.iter().map(Ident::as_str).collect();
        findings.add(
            Draft::new(
                Severity::Warning,
                format!(
                    "the only index on ({}) of {} is partial: {} is of no use to this foreign key",
                    columns.join(", "),
                    short(&name),
                    index.name
                ),
            )
            .classes([Class::Hygiene])
            .relation(&name)
            .help("build an index without a WHERE that begins with these columns, with CONCURRENTLY, before the foreign key"),
        );
    }
}
