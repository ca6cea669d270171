//! The rule `drift-masked`: IF NOT EXISTS passes over something that is there and is not what is asked for.

use super::frame::{Check, Class, Draft, Findings, Rule, Severity, Subject, short};
use crate::schema::{Column, Relation};
use crate::sql::ast::{Change, ColumnDef, IndexKey, TableAction};

pub(crate) static RULE: Rule = Rule {
    id: "drift-masked",
    summary: "IF NOT EXISTS leaves something else of that name in place",
    classes: &[Class::Hygiene],
    why: "IF NOT EXISTS looks at the name alone: where another shape is there already, the statement succeeds and the \
          schema is not what the migration says",
    docs: r#"
`CREATE TABLE IF NOT EXISTS`, `ADD COLUMN IF NOT EXISTS` and `CREATE INDEX IF NOT EXISTS` give a notice when the name is
taken and do nothing; what is there need not look like what was asked for (manual 18, CREATE TABLE). The history shows
what is there. The same words pass over an invalid index that a failed CONCURRENTLY has left.

```sql bad
-- history
CREATE TABLE users (id bigint PRIMARY KEY, email varchar(80));
-- migration
ALTER TABLE users ADD COLUMN IF NOT EXISTS email text;
```

```sql good
-- history
CREATE TABLE users (id bigint PRIMARY KEY, email varchar(80));
-- migration
ALTER TABLE users ADD COLUMN IF NOT EXISTS email varchar(80);
```
"#,
    check: Check::Action(check),
    yields_to: &["fails"],
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let Some((relation, difference)) = difference(subject) else {
        return;
    };
    findings.add(
        Draft::new(
            Severity::Warning,
            format!("this changes nothing, and {difference}"),
        )
        .classes([Class::Hygiene])
        .relation(&relation.name)
        .help("write what turns the one into the other, or leave the statement out"),
    );
}

/// What is there under the name that is asked for, and how it differs.
fn difference<'a>(subject: &'a Subject<'_>) -> Option<(&'a Relation, String)> {
    match subject.change() {
        Change::CreateTable(create) if create.if_not_exists => {
            let there = subject
                .relation(&create.name)
                .filter(|one| one.columns_known)?;
            let how = create
                .columns
                .iter()
                .find_map(|column| differs(there, column))?;
            Some((there, how))
        }
        Change::CreateIndex(create) if create.if_not_exists => {
            let table = subject.relation(&create.table)?;
            let name = create.name.as_ref()?;
            let index = table.index(name)?;
            let columns = |key: &IndexKey| match key {
                IndexKey::Column(name) => Some(name.clone()),
                IndexKey::Expr(_) => None,
            };
            let asked: Vec<_> = create
                .elements
                .iter()
                .map(|one| columns(&one.key))
                .collect();
            let there: Vec<_> = index.elements.iter().map(|one| columns(&one.key)).collect();
            let plain = asked.iter().chain(&there).all(Option::is_some);
            let other = plain && asked != there || index.unique != create.unique;
            other.then(|| {
                (
                    table,
                    format!("index {name} of {} is another one", short(&table.name)),
                )
            })
        }
        Change::AlterTable(_) => match subject.action()? {
            (
                alter,
                TableAction::AddColumn {
                    column,
                    if_not_exists: true,
                    ..
                },
            ) => {
                let there = subject.relation(&alter.name)?;
                there.column(&column.name)?;
                Some((there, differs(there, column)?))
            }
            _ => None,
        },
        _ => None,
    }
}

fn differs(there: &Relation, asked: &ColumnDef) -> Option<String> {
    let table = short(&there.name);
    let Some(own): Option<&Column> = there.column(&asked.name) else {
        return Some(format!("{table} has no column {}", asked.name));
    };
    let ty = asked.ty.as_ref().filter(|_| !asked.serial)?;
    let same =
        (&own.ty.name, &own.ty.modifiers, own.ty.array) == (&ty.name, &ty.modifiers, ty.array);
    (!same).then(|| format!("{table}.{} is {}, not {ty}", asked.name, own.ty))
}
