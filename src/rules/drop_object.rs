//! The rule `drop-object`: a view, function, operator, cast, type, sequence or extension in use goes.

use super::frame::{Check, Class, Draft, Findings, Loss, Risk, Rule, Severity, Subject};
use crate::schema::{Catalogue, Routine};
use crate::sql::ast::{Behavior, Change, ObjectKind, ObjectName};

pub(crate) static RULE: Rule = Rule {
    id: "drop-object",
    summary: "a view, function, operator, cast, type, domain, sequence or extension that was there before is dropped",
    classes: &[Class::BreaksApp, Class::Destructive],
    why: "from the commit on, whatever names it is an error (42P01 of a view or sequence, 42883 of a function or \
          operator, 42704 of a type), and CASCADE takes along what was built on it without naming it",
    docs: r#"
A dropped view, function, operator or type fails every statement that names it (manual 18, DROP VIEW, DROP
FUNCTION, DROP OPERATOR, DROP TYPE), a dropped cast every statement that needs it, perhaps without a word. A sequence takes its position along: what it counted can be counted twice. CASCADE
drops the columns of a dropped type or domain with what they hold, views over a view, defaults that call
a function; the finding names what goes.

It belongs into a contract migration, after the last release that uses the object. What is made again in
the same transaction under the same name (for a function: with the same arguments) is no finding, nor is
a trigger's function, which nobody calls. When the queries of the releases are known, those that break
are named, and an object that none of them uses is no alarm.

```sql bad
-- history
CREATE TABLE users (id bigint PRIMARY KEY, name text);
CREATE VIEW names AS SELECT id, name FROM users;
-- migration
DROP VIEW names;
```

```sql good
-- history
CREATE TABLE users (id bigint PRIMARY KEY, name text);
CREATE VIEW names AS SELECT id, name FROM users;
-- migration
DROP VIEW names;
CREATE VIEW names AS SELECT id, name FROM users WHERE name IS NOT NULL;
```
"#,
    check: Check::Action(check),
    yields_to: &[],
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let Change::Drop(drop) = subject.change() else {
        return;
    };
    let word = match drop.object {
        ObjectKind::View => "view",
        ObjectKind::MaterializedView => "materialized view",
        ObjectKind::Function | ObjectKind::Routine => "function",
        ObjectKind::Procedure => "procedure",
        ObjectKind::Aggregate => "aggregate",
        ObjectKind::Operator => "operator",
        ObjectKind::Cast => "cast",
        ObjectKind::Type => "type",
        ObjectKind::Domain => "domain",
        ObjectKind::Sequence => "sequence",
        ObjectKind::Extension => "extension",
        _ => return,
    };
    let gone: Vec<String> = drop
        .names
        .iter()
        .filter(|name| is_gone(subject, drop.object, name, drop.if_exists))
        .map(|name| name.name.to_string())
        .collect();
    if gone.is_empty() {
        return;
    }
    let loss = match drop.behavior {
        Behavior::Cascade => Loss::of(subject),
        _ => Loss::default(),
    };
    let data = loss.has_data() || drop.object == ObjectKind::Sequence;
    let risk = subject.risk();
    if matches!(risk, Risk::Survived) && !data {
        return;
    }
    let names = gone.join(", ");
    let along = match loss.words() {
        words
            if words.is_empty()
                || drop.object == ObjectKind::View
                    && !loss.has_data()
                    && loss.views.len() <= gone.len() =>
        {
            String::new()
        }
        words => format!(" and takes along {words}"),
    };
    let (severity, what) = match &risk {
        Risk::Survived => (Severity::Note, "loses what it holds"),
        Risk::Unknown => (
            Severity::Warning,
            "breaks every running release that uses it",
        ),
        Risk::Broken(_) => (Severity::Error, "breaks queries of known releases"),
    };
    let mut draft = Draft::new(severity, format!("dropping {word} {names} {what}{along}"))
        .classes(data.then_some(Class::Destructive))
        .risk(&risk)
        .help(
            "drop it in a contract migration, when no running release uses it any more, and say so with \
             `-- concertina: after <release>`",
        );
    for table in &loss.tables {
        draft = draft.relation(table);
    }
    for (table, column) in &loss.columns {
        draft = draft.column(table, column);
    }
    findings.add(draft);
}

/// It was deployed, and is not there under the same name once the transaction has committed.
fn is_gone(subject: &Subject<'_>, object: ObjectKind, name: &ObjectName, if_exists: bool) -> bool {
    let (before, deployed) = (subject.before(), subject.deployed());
    let unheard_of = if_exists && !before.is_incomplete();
    match object {
        ObjectKind::Function
        | ObjectKind::Routine
        | ObjectKind::Procedure
        | ObjectKind::Aggregate => {
            let overloads = |catalogue: &Catalogue| -> Vec<Routine> {
                let all = catalogue.routine(&name.name).unwrap_or_default();
                let meant = |one: &&Routine| {
                    name.args
                        .as_ref()
                        .is_none_or(|args| *args == one.definition.args)
                };
                all.iter().filter(meant).cloned().collect()
            };
            let known = overloads(before);
            let called = known.iter().any(|one| {
                let returns = one.definition.returns.as_deref().unwrap_or_default();
                !returns.eq_ignore_ascii_case("trigger")
                    && !returns.eq_ignore_ascii_case("event_trigger")
            });
            if known.is_empty() {
                return !unheard_of && before.is_incomplete();
            }
            called
                && !overloads(deployed).is_empty()
                && !known.iter().all(|one| carried_on(subject, name, one))
        }
        ObjectKind::Type | ObjectKind::Domain => match before.type_def(&name.name) {
            Some(_) => {
                let there = |catalogue: &Catalogue| catalogue.type_def(&name.name).is_some();
                there(deployed) && !there(subject.settled())
            }
            None => !unheard_of && before.is_incomplete(),
        },
        ObjectKind::Operator => match before.operator_of(name) {
            Some(key) => {
                let there =
                    |catalogue: &Catalogue| catalogue.operators().any(|(own, _)| *own == key);
                there(deployed) && !there(subject.settled())
            }
            None => false,
        },
        ObjectKind::Cast => match before.cast_of(name) {
            Some(key) => {
                let there = |catalogue: &Catalogue| catalogue.casts().any(|(own, _)| *own == key);
                there(deployed) && !there(subject.settled())
            }
            None => false,
        },
        ObjectKind::Extension => {
            let known = before.has_extension(&name.name.name);
            known && !subject.settled().has_extension(&name.name.name)
                || !known && before.is_incomplete() && !unheard_of
        }
        _ => {
            let known = subject.relation(&name.name).is_some();
            if !known && (unheard_of || !before.is_incomplete()) {
                return false;
            }
            let Some(full) = subject.existing(&name.name) else {
                return false;
            };
            subject.settled().get(&full).is_none()
        }
    }
}

/// Whether a function of the same name takes the same calls once the transaction has committed.
fn carried_on(subject: &Subject<'_>, name: &ObjectName, old: &Routine) -> bool {
    let args = &old.definition.args;
    let all = subject.settled().routine(&name.name).unwrap_or_default();
    all.iter().any(|new| {
        let definition = &new.definition;
        definition.args.starts_with(args)
            && definition.args.len() - definition.defaults <= args.len()
    })
}
