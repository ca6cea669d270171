//! The rule `replica-identity-lost`: nothing tells the rows of a published table apart any more.

use super::frame::{Check, Class, Draft, Findings, Risk, Rule, Severity, Subject, Witness, short};
use crate::schema::{Catalogue, ConstraintKind, Relation, RelationKind};
use crate::sql::ast::{Change, DmlVerb};

pub(crate) static RULE: Rule = Rule {
    id: "replica-identity-lost",
    summary: "a published table is left without a replica identity",
    classes: &[Class::BreaksApp],
    why: "a subscriber finds the row that an UPDATE or DELETE changed by the table's replica identity: a published \
          table without one refuses both with SQLSTATE 55000",
    docs: r#"
The replica identity is the primary key unless another is set (manual 18, section 29.1.1). A table that is published for
updates or deletes and loses it, or is published without having one, goes on taking INSERT and refuses UPDATE and
DELETE of everybody.

```sql bad
-- history
CREATE TABLE users (id bigint PRIMARY KEY, name text);
CREATE PUBLICATION changes FOR TABLE users;
-- release 1.0
UPDATE users SET name = $2 WHERE id = $1;
-- migration
ALTER TABLE users DROP CONSTRAINT users_pkey;
```

```sql good
-- history
CREATE TABLE users (id bigint PRIMARY KEY, name text);
CREATE PUBLICATION changes FOR TABLE users;
-- release 1.0
UPDATE users SET name = $2 WHERE id = $1;
-- migration
ALTER TABLE users REPLICA IDENTITY FULL;
ALTER TABLE users DROP CONSTRAINT users_pkey;
```
"#,
    check: Check::Action(check),
    yields_to: &["fails"],
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    if !matches!(
        subject.change(),
        Change::AlterTable(_) | Change::Drop(_) | Change::Publication(_)
    ) {
        return;
    }
    let (before, after, settled) = (subject.before(), subject.after(), subject.settled());
    if after.publications().next().is_none() {
        return;
    }
    for now in after.relations() {
        if now.kind != RelationKind::Table || subject.is_new(&now.name) || !now.columns_known {
            continue;
        }
        let (updates, deletes) = refused(after, now);
        let was = before
            .get(&now.name)
            .map_or((false, false), |was| refused(before, was));
        let stays = settled
            .get(&now.name)
            .is_some_and(|one| refused(settled, one) != (false, false));
        let (updates, deletes) = (updates && !was.0, deletes && !was.1);
        if !stays || !updates && !deletes {
            continue;
        }
        let name = short(&now.name);
        let risk = subject.risk_by(|traffic| {
            let updated = updates && traffic.does(DmlVerb::Update, &now.name);
            let deleted = deletes && traffic.does(DmlVerb::Delete, &now.name);
            (updated || deleted).then(|| {
                Witness::fails(
                    "55000",
                    format!("{name} is published and has no replica identity"),
                )
            })
        });
        if matches!(risk, Risk::Survived) {
            continue;
        }
        findings.add(
            Draft::new(
                Severity::Error,
                format!("{name} is published and has no replica identity after this: it takes no UPDATE and no DELETE"),
            )
            .risk(&risk)
            .relation(&now.name)
            .help("set another one first: REPLICA IDENTITY USING INDEX with a unique index over NOT NULL columns, or FULL"),
        );
    }
}

/// Whether a table refuses updates, and deletes, for want of a replica identity.
fn refused(catalogue: &Catalogue, table: &Relation) -> (bool, bool) {
    let identified = match (table.replica_identity.0.as_str(), &table.replica_identity.1) {
        ("FULL", _) => true,
        ("NOTHING", _) => false,
        ("INDEX", Some(index)) => table.index(index).is_some(),
        _ => {
            let mut constraints = table.constraints.iter();
            constraints.any(|one| one.kind == ConstraintKind::PrimaryKey)
        }
    };
    let published = catalogue
        .publications()
        .filter(|(_, one)| one.covers(table));
    published.fold((false, false), |(updates, deletes), (_, one)| {
        (
            updates || one.publishes.0 && !identified,
            deletes || one.publishes.1 && !identified,
        )
    })
}
