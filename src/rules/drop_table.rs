//! The rule `drop-table`: a table goes, with its rows.

use super::frame::{
    Check, Class, Draft, Findings, Loss, Risk, Rule, Severity, Subject, Witness, short,
};
use crate::effects::LockMode;
use crate::schema::{Relation, ResolvedName};
use crate::sql::ast::{Behavior, Change, ObjectKind, ObjectName};

pub(crate) static RULE: Rule = Rule {
    id: "drop-table",
    summary: "a table that was there before is dropped",
    classes: &[Class::Destructive, Class::BreaksApp],
    why: "DROP TABLE removes the rows for good and takes ACCESS EXCLUSIVE on the table and on the other side of \
          each of its foreign keys, whose triggers live on both; every statement that names it is error 42P01",
    docs: r#"
The rows are gone with the commit, and so is everything that belongs to the table: indexes,
constraints, triggers, policies, the sequences of its columns. Each foreign key, in either direction,
makes DROP TABLE lock the other table too, ACCESS EXCLUSIVE, for the moment of the drop.

It belongs into a contract migration, after the last release that names the table is gone
(`-- concertina: after 2.4.0`). When the queries of the releases are known, the finding names those
that break; when none does, it is a note about the data.

```sql bad
-- history
CREATE TABLE visits (id bigint PRIMARY KEY);
-- migration
DROP TABLE visits;
```

```sql good
-- history
CREATE TABLE accounts (id bigint PRIMARY KEY);
-- migration
CREATE TABLE scratch (id bigint PRIMARY KEY);
DROP TABLE scratch;
```
"#,
    check: Check::Action(check),
    yields_to: &[],
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let Change::Drop(drop) = subject.change() else {
        return;
    };
    match drop.object {
        ObjectKind::Table | ObjectKind::ForeignTable => {}
        _ => return,
    }
    let gone: Vec<ResolvedName> = drop
        .names
        .iter()
        .filter_map(|name| dropped(subject, name, drop.if_exists))
        .collect();
    let Some(first) = gone.first() else {
        return;
    };
    let names: Vec<String> = gone.iter().map(short).collect();
    let names = names.join(", ");
    let mut also = others_locked(subject, &gone);
    if drop.behavior == Behavior::Cascade {
        let mut loss = Loss::of(subject);
        loss.tables.retain(|name| !gone.contains(name));
        let words = loss.words();
        if !words.is_empty() {
            also = format!(", takes along {words}{also}");
        }
    }
    let whole = |name: &ResolvedName| {
        let known = subject.before().get(name)?;
        known
            .partition_of
            .as_ref()
            .map(|(parent, _)| parent.clone())
    };
    let read: Vec<ResolvedName> = gone
        .iter()
        .cloned()
        .chain(gone.iter().filter_map(whole))
        .collect();
    // Another one goes by its name in the end, and somebody has put rows into it.
    let made_anew = |name: &ResolvedName| {
        let (was, is) = (subject.before().get(name), subject.settled().get(name));
        was.zip(is)
            .is_some_and(|(was, is)| was.made.is_other(is.made) && is.made.filled)
    };
    let risk = subject.risk_beside(|traffic| {
        let table = read
            .iter()
            .find(|name| traffic.reads(name) && !made_anew(name))?;
        Some(Witness::changes(format!(
            "finds none of the rows that {} loses",
            short(table)
        )))
    });
    let (severity, message, help) = match &risk {
        Risk::Survived => (
            Severity::Note,
            format!("dropping {names} loses its rows{also}"),
            "make sure that nobody wants the rows back",
        ),
        Risk::Unknown => (
            Severity::Warning,
            format!(
                "dropping {names} loses its rows{also}, and breaks every running release that names it"
            ),
            "drop it in a contract migration, when no running release names it any more, and say so with \
             `-- concertina: after <release>`; with `--release` the queries that break are named",
        ),
        Risk::Broken(_) => (
            Severity::Error,
            format!("dropping {names} breaks queries of known releases{also}"),
            "release a version that does not use it first, and drop it when the last older instance is gone",
        ),
    };
    let mut draft = Draft::new(severity, message)
        .classes([Class::Destructive])
        .risk(&risk)
        .relation(first)
        .help(help);
    for name in gone.iter().skip(1) {
        draft = draft.relation(name);
    }
    findings.add(draft);
}

/// The full name of a table that was there and will not be; a scratch or temporary one does not count.
fn dropped(subject: &Subject<'_>, name: &ObjectName, if_exists: bool) -> Option<ResolvedName> {
    let known = subject.relation(&name.name);
    let unheard_of = known.is_none() && if_exists && !subject.before().is_incomplete();
    let table = subject.existing(&name.name)?;
    (!unheard_of).then_some(table)
}

/// The tables that are locked though they stay.
fn others_locked(subject: &Subject<'_>, gone: &[ResolvedName]) -> String {
    let stays = |name: &&ResolvedName| {
        let kept: Option<&Relation> = subject.after().get(name);
        kept.is_some() && !gone.contains(name) && !subject.is_new(name)
    };
    let locks = subject.effects().locks.iter();
    let locked = locks.filter(|(_, lock)| lock.mode == LockMode::AccessExclusive);
    let names: Vec<String> = locked
        .map(|(name, _)| name)
        .filter(stays)
        .map(short)
        .collect();
    if names.is_empty() {
        return String::new();
    }
    format!(" and locks {} too", names.join(", "))
}
