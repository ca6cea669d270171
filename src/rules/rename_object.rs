//! The rule `rename-object`: a function, type, sequence, schema, attribute or enum label gets another name or schema.

use super::frame::{Check, Class, Draft, Findings, Risk, Rule, Severity, Subject, short};
use crate::schema::Catalogue;
use crate::sql::ast::{AlterEnum, Change, ObjectAction, ObjectKind, QualifiedName, TableAction};

pub(crate) static RULE: Rule = Rule {
    id: "rename-object",
    summary: "a function, type, sequence, schema or enum label gets another name, or something moves to another schema",
    classes: &[Class::BreaksApp],
    why: "PostgreSQL follows its own references by number, but a query is text: from the commit on, the old name is an \
          error for every release that says it, and before it the new one is",
    docs: r#"
Views, defaults and foreign keys go on working, since they hold the object itself; the text of queries,
`nextval('..')`, and the bodies of functions do not. A renamed enum label is refused when a release
writes the old one (22P02), and read by one that does not know the new one. A table in another schema is
found only by those whose search_path leads there.

Names that no query says (of indexes, triggers, policies) are no finding, nor is an object that the same
migration made, nor a type that takes the place of one that releases know. A view under the old name keeps a moved table where it was.

```sql bad
-- history
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE people (id bigint PRIMARY KEY, feels mood);
-- migration
ALTER TYPE mood RENAME VALUE 'ok' TO 'fine';
```

```sql good
-- history
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE people (id bigint PRIMARY KEY, feels mood);
-- migration
ALTER TYPE mood ADD VALUE 'fine';
```
"#,
    check: Check::Action(check),
    yields_to: &[],
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let Some((what, to)) = renamed(subject) else {
        return;
    };
    let risk = subject.risk();
    let breaks = match &risk {
        Risk::Survived => return,
        Risk::Unknown => "breaks every running release that still says the old name",
        Risk::Broken(_) => "breaks queries of known releases",
    };
    findings.add(
        Draft::new(Severity::Error, format!("{what} to {to} {breaks}"))
            .risk(&risk)
            .help(
                "make the new one beside the old one, let the next release use it, and drop the old one when no running \
                 release says its name",
            ),
    );
}

fn renamed(subject: &Subject<'_>) -> Option<(String, String)> {
    let deployed = subject.deployed();
    match subject.change() {
        Change::AlterEnum {
            name,
            action: AlterEnum::RenameValue { from, to },
        } => known_type(subject, name).then(|| {
            (
                format!("renaming label '{from}' of {name}"),
                format!("'{to}'"),
            )
        }),
        Change::AlterComposite { name, actions, .. } => {
            let (from, to) = actions.iter().find_map(|action| match &action.action {
                TableAction::RenameColumn { from, to } => Some((from, to)),
                _ => None,
            })?;
            known_type(subject, name)
                .then(|| (format!("renaming attribute {name}.{from}"), to.to_string()))
        }
        Change::AlterTable(alter) => {
            let action = &alter.actions.first()?.action;
            match action {
                // That of a column is found by its default, which follows it.
                TableAction::RenameTo(to) if alter.object == ObjectKind::Sequence => {
                    let name = subject.existing(&alter.name)?;
                    let owned = subject
                        .relation(&alter.name)
                        .is_some_and(|known| known.owned_by.is_some());
                    if owned && matches!(subject.risk(), Risk::Unknown) {
                        return None;
                    }
                    Some((
                        format!("renaming sequence {}", short(&name)),
                        to.to_string(),
                    ))
                }
                TableAction::SetSchema(schema) => {
                    let name = subject.existing(&alter.name)?;
                    if subject.before().index(&alter.name).is_some()
                        || subject.settled().get(&name).is_some()
                    {
                        return None;
                    }
                    Some((
                        format!("moving {}", short(&name)),
                        format!("schema {schema}"),
                    ))
                }
                _ => None,
            }
        }
        Change::AlterObject(alter) => {
            let name = &alter.name.name;
            let word = match alter.object {
                ObjectKind::Function | ObjectKind::Routine => "function",
                ObjectKind::Procedure => "procedure",
                ObjectKind::Aggregate => "aggregate",
                ObjectKind::Type => "type",
                ObjectKind::Domain => "domain",
                ObjectKind::Schema => "schema",
                _ => return None,
            };
            let unknown = deployed.is_incomplete();
            let there = match alter.object {
                ObjectKind::Type | ObjectKind::Domain => known_type(subject, name),
                ObjectKind::Schema => {
                    unknown
                        || deployed
                            .relations()
                            .any(|relation| relation.name.schema == name.name)
                }
                _ => routine_in_use(subject, name, unknown),
            };
            let (verb, to) = match &alter.action {
                ObjectAction::RenameTo(to) => ("renaming", to.to_string()),
                ObjectAction::SetSchema(schema) => ("moving", format!("schema {schema}")),
                ObjectAction::OwnerTo(_) | ObjectAction::Other(_) => return None,
            };
            let stays = |catalogue: &Catalogue| match alter.object {
                ObjectKind::Type | ObjectKind::Domain => catalogue.type_def(name).is_some(),
                ObjectKind::Schema => false,
                _ => catalogue.routine(name).is_some(),
            };
            // What takes the name of a type that releases know takes its place.
            let takes_place = match &alter.action {
                ObjectAction::RenameTo(to) if alter.object == ObjectKind::Type => {
                    let to = QualifiedName {
                        name: to.clone(),
                        ..name.clone()
                    };
                    deployed.type_def(&to).is_some()
                }
                _ => false,
            };
            (there && !takes_place && !stays(subject.settled()))
                .then(|| (format!("{verb} {word} {name}"), to))
        }
        _ => None,
    }
}

fn known_type(subject: &Subject<'_>, name: &QualifiedName) -> bool {
    match subject.before().type_def(name) {
        Some(_) => subject.deployed().type_def(name).is_some(),
        None => subject.before().is_incomplete(),
    }
}

fn routine_in_use(subject: &Subject<'_>, name: &QualifiedName, unknown: bool) -> bool {
    match subject.before().routine(name) {
        Some(all) => {
            let of_triggers = all.iter().all(|one| {
                let returns = one.definition.returns.as_deref().unwrap_or_default();
                returns.eq_ignore_ascii_case("trigger")
            });
            !of_triggers && subject.deployed().routine(name).is_some()
        }
        None => unknown,
    }
}
