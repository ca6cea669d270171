//! The rule `sequence-not-widened`: a column becomes wider, and the sequence that numbers it does not.

use super::frame::{Check, Class, Draft, Findings, Rule, Severity, Subject, short};
use crate::schema::{Relation, RelationKind};
use crate::sql::ast::{SequenceOption, TableAction};

pub(crate) static RULE: Rule = Rule {
    id: "sequence-not-widened",
    summary: "a serial column is widened and its sequence is not",
    classes: &[Class::Hygiene],
    why: "a sequence has a type of its own: nextval fails at 2147483647 with SQLSTATE 2200H, however wide the column is",
    docs: r#"
`serial` makes a sequence `AS integer`. Changing the column to `bigint` leaves the sequence as it is, and it ends where
it would have ended before (manual 18, CREATE SEQUENCE, `AS`). The sequence of an identity column follows its column.

```sql bad
-- history
CREATE TABLE users (id serial, name text);
-- migration
CREATE TABLE scratch (id serial);
ALTER TABLE scratch ALTER COLUMN id TYPE bigint;
```

```sql good
-- history
CREATE TABLE users (id serial, name text);
-- migration
CREATE TABLE scratch (id serial);
ALTER TABLE scratch ALTER COLUMN id TYPE bigint;
ALTER SEQUENCE scratch_id_seq AS bigint;
```
"#,
    check: Check::Action(check),
    yields_to: &["fails"],
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let Some((alter, TableAction::AlterType { column, ty, .. })) = subject.action() else {
        return;
    };
    let width = |name: &str| ["int2", "int4", "int8"].iter().position(|own| *own == name);
    let Some(wanted) = width(ty.name.as_str()) else {
        return;
    };
    let table = subject.resolve(&alter.name);
    let settled = &subject.file.after;
    let known = settled.get(&table).and_then(|table| table.column(column));
    if known.is_none_or(|column| column.identity.is_some()) {
        return;
    }
    let narrow = |sequence: &&Relation| {
        let owned = sequence.owned_by.as_ref();
        let own = owned.is_some_and(|(own, name)| *own == table && name == column);
        let options = sequence.sequence_options.iter();
        let mut held = options.filter_map(|option| match option {
            SequenceOption::As(ty) => width(ty.name.as_str()),
            _ => None,
        });
        own && held.next_back().is_some_and(|held| held < wanted)
    };
    let mut sequences = settled
        .relations()
        .filter(|one| one.kind == RelationKind::Sequence);
    if let Some(sequence) = sequences.find(narrow) {
        findings.add(
            Draft::new(
                Severity::Warning,
                format!(
                    "{}.{column} becomes {ty}, and {} ends where it did",
                    short(&table),
                    short(&sequence.name)
                ),
            )
            .classes([Class::Hygiene])
            .column(&table, column)
            .relation(&sequence.name)
            .help(format!("ALTER SEQUENCE {} AS {ty}", short(&sequence.name))),
        );
    }
}
