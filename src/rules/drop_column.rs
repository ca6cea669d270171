//! The rule `drop-column`: a column goes, with what it holds.

use super::frame::{Check, Class, Draft, Findings, Risk, Rule, Severity, Subject, short};
use crate::schema::{Index, Relation};
use crate::sql::ast::{Ident, IndexKey, TableAction};

pub(crate) static RULE: Rule = Rule {
    id: "drop-column",
    summary: "a column that was there before is dropped",
    classes: &[Class::Destructive, Class::BreaksApp],
    why: "PostgreSQL hides the column at once, without rewriting the table: its values are out of reach, \
          every index, constraint and statistics object that has it among its columns goes with it, and \
          every statement that names it is error 42703",
    docs: r#"
DROP COLUMN is a catalogue change (ACCESS EXCLUSIVE for a moment, no rewrite; manual 18, ALTER TABLE,
notes). What hurts is what it takes along: the data, each index and constraint over several columns
of which this is one, and the statements of running releases that name the column, write it, or ask
for `*` in a prepared statement. What a generated column holds can be computed again, so that it is no loss.

It belongs into a contract migration, after the last release that names the column is gone:
`-- concertina: after 2.4.0` says so, and the runner holds the migration until it is true.
When the queries of the releases are known, the finding names those that break; when none does, it
is a note about the data.

```sql bad
-- history
CREATE TABLE users (id bigint PRIMARY KEY, name text);
-- migration
ALTER TABLE users DROP COLUMN name;
```

A column that must be given loses that first, so that the next release can stop writing it:

```sql good
-- history
CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL);
-- migration
ALTER TABLE users ALTER COLUMN name DROP NOT NULL;
```
"#,
    check: Check::Action(check),
    yields_to: &[],
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let Some((alter, TableAction::DropColumn { column, .. })) = subject.action() else {
        return;
    };
    let Some(table) = subject.existing(&alter.name) else {
        return;
    };
    let relation = subject.relation(&alter.name);
    let missing =
        relation.is_some_and(|known| known.columns_known && known.column(column).is_none());
    if missing || subject.is_new_column(&table, column) {
        return;
    }
    let name = short(&table);
    let derived = relation
        .and_then(|known| known.column(column))
        .is_some_and(|known| known.generated.is_some());
    let taken = relation.map_or(String::new(), |relation| taken_along(relation, column));
    let risk = subject.risk();
    if derived && matches!(risk, Risk::Survived) {
        return;
    }
    let (severity, message, help) = match &risk {
        Risk::Unknown if derived => (
            Severity::Warning,
            format!("dropping {name}.{column} breaks every running release that names it{taken}"),
            "drop it in a contract migration, when no running release names it any more".to_owned(),
        ),
        Risk::Survived => (
            Severity::Note,
            format!("dropping {name}.{column} loses what it holds{taken}"),
            "make sure that nobody wants the data back: there is no way to get it out of the table again"
                .to_owned(),
        ),
        Risk::Unknown => (
            Severity::Warning,
            format!("dropping {name}.{column} loses what it holds{taken}, and breaks every running release that names it"),
            format!(
                "drop it in a contract migration, when no running release names {column} any more, and say so with \
                 `-- concertina: after <release>`; with `--release` the queries that break are named"
            ),
        ),
        Risk::Broken(_) => (
            Severity::Error,
            format!("dropping {name}.{column} breaks queries of known releases{taken}"),
            format!("release a version that does not name {column} first, and drop it when the last older instance is gone"),
        ),
    };
    findings.add(
        Draft::new(severity, message)
            .classes((!derived).then_some(Class::Destructive))
            .risk(&risk)
            .column(&table, column)
            .help(help),
    );
}

/// The indexes and constraints over further columns that go with it.
fn taken_along(relation: &Relation, column: &Ident) -> String {
    let shared = |columns: &[Ident]| columns.len() > 1 && columns.contains(column);
    let constraints = relation.constraints.iter();
    let constraints = constraints
        .filter(|constraint| shared(&constraint.columns))
        .map(|constraint| &constraint.name);
    let indexes = relation.indexes.iter().filter(|index| {
        let columns: Vec<Ident> = columns_of(index).cloned().collect();
        index.constraint.is_none() && shared(&columns)
    });
    let mut names: Vec<&Ident> = constraints
        .chain(indexes.map(|index| &index.name))
        .collect();
    names.sort();
    names.dedup();
    if names.is_empty() {
        return String::new();
    }
    let names: Vec<&str> = names.into_iter().map(Ident::as_str).collect();
    format!(" and takes {} along", names.join(", "))
}

/// The plain columns of an index.
fn columns_of(index: &Index) -> impl Iterator<Item = &Ident> {
    index
        .elements
        .iter()
        .filter_map(|element| match &element.key {
            IndexKey::Column(column) => Some(column),
            IndexKey::Expr(_) => None,
        })
}
