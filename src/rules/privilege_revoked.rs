//! The rule `privilege-revoked`: the role of the application may no longer do what its queries do.

use std::collections::BTreeSet;

use super::frame::{
    Check, Class, Draft, Findings, Risk, Rule, Severity, Subject, Traffic, Witness,
};
use crate::schema::{RelationKind, ResolvedName};
use crate::sql::ast::{
    Change, DmlVerb, ObjectKind, Privilege, Privileges, QualifiedName, StorageOption, TableAction,
};

pub(crate) static RULE: Rule = Rule {
    id: "privilege-revoked",
    summary: "a privilege that the application may need is revoked, or lost with an object that is made anew",
    classes: &[Class::BreaksApp],
    why: "without the privilege every statement that needs it is error 42501, and an object that is dropped and made \
          again has none of the grants it had",
    docs: r#"
REVOKE takes effect with the commit (manual 18, REVOKE, and section 5.8). `--role` says as whom the application
comes; without it, it is taken for the owner where its queries are known, and whom a REVOKE concerns is not
known where they are not. What the role still has from another grant, from PUBLIC, or from a role it is a
member of, is no finding, as far as the grants are in the migrations; a REVOKE of columns takes nothing from a grant of the
table. A table that is given to another owner, and a view that begins to ask for its reader's own privileges
(`security_invoker`), take privileges too.

```sql bad
-- history
CREATE TABLE orders (id bigint PRIMARY KEY);
-- migration
REVOKE SELECT ON orders FROM PUBLIC;
```

```sql good
-- history
CREATE TABLE orders (id bigint PRIMARY KEY);
-- migration
GRANT SELECT ON orders TO PUBLIC;
```
"#,
    check: Check::Action(check),
    yields_to: &[],
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let what = match subject.change() {
        Change::Privileges(all) if !all.grant && all.object.is_some() => {
            if !concerns_queries(subject, all) {
                return;
            }
            let of: Vec<String> = all.names.iter().map(|name| name.name.to_string()).collect();
            format!(
                "{} no longer have {} on {}",
                all.roles.join(", "),
                listed(&all.privileges),
                of.join(", ")
            )
        }
        Change::AlterTable(alter) => {
            let Some((_, action)) = subject.action() else {
                return;
            };
            match action {
                TableAction::OwnerTo(to) => format!("{} belongs to {to}", alter.name),
                TableAction::RenameTo(_) if replaced(subject, &alter.name) => {
                    if subject.role().is_none() {
                        return;
                    }
                    format!(
                        "{} is another table then, without the grants it had",
                        alter.name
                    )
                }
                TableAction::SetOptions {
                    options,
                    reset: false,
                } => {
                    if !asks_its_reader(options) {
                        return;
                    }
                    format!("{} reads its tables as who reads it", alter.name)
                }
                _ => return,
            }
        }
        Change::CreateView(view) if view.or_replace && asks_its_reader(&view.options) => {
            let was = subject.relation(&view.name);
            if was.is_none_or(|was| asks_its_reader(&was.options)) {
                return;
            }
            format!("{} reads its tables as who reads it", view.name)
        }
        Change::Drop(drop)
            if matches!(
                drop.object,
                ObjectKind::Table | ObjectKind::View | ObjectKind::MaterializedView
            ) =>
        {
            let again = drop.names.iter().find(|name| {
                let full = subject.existing(&name.name);
                full.is_some_and(|full| subject.settled().get(&full).is_some())
            });
            match (again, subject.role()) {
                (Some(name), Some(_)) => {
                    format!("{}, made anew, has none of the grants it had", name.name)
                }
                _ => return,
            }
        }
        _ => return,
    };
    let changed_hands = matches!(
        subject.change(),
        Change::AlterTable(_) | Change::CreateView(_)
    );
    if changed_hands && (subject.role().is_none() || subject.input_is_without_releases()) {
        return;
    }
    let risk = subject.risk_beside(|traffic| match subject.change() {
        Change::AlterTable(_)
            if matches!(subject.action(), Some((_, TableAction::RenameTo(_)))) =>
        {
            denied(subject, traffic)
        }
        Change::AlterTable(alter) => lost_as_owner(subject, traffic, &alter.name),
        Change::CreateView(view) => lost_as_owner(subject, traffic, &view.name),
        Change::Privileges(all) if is_of_routines(all) => not_executed(subject, traffic, all),
        _ => denied(subject, traffic),
    });
    match &risk {
        Risk::Survived => return,
        Risk::Unknown
            if subject
                .role()
                .is_some_and(|role| !names_role(subject, role)) =>
        {
            return;
        }
        Risk::Unknown | Risk::Broken(_) => {}
    }
    findings.add(
        Draft::new(Severity::Warning, what)
            .risk(&risk)
            .help("revoke it when no running release needs it any more, and grant what is made anew in the same transaction"),
    );
}

/// `ALL` of `ALL PRIVILEGES`.
fn first_word(privilege: &Privilege) -> &str {
    privilege.name.split(' ').next().unwrap_or_default()
}

fn listed(privileges: &[Privilege]) -> String {
    let all: Vec<String> = privileges.iter().map(ToString::to_string).collect();
    all.join(", ")
}

/// Whether another relation goes by that name once the transaction has committed.
fn replaced(subject: &Subject<'_>, name: &QualifiedName) -> bool {
    let (was, is) = (
        subject.relation(name),
        subject.settled().get(&subject.resolve(name)),
    );
    was.zip(is)
        .is_some_and(|(was, is)| was.made.is_other(is.made) && !subject.is_new(&was.name))
}

/// Whether a view is to read its tables with the privileges of who reads it.
fn asks_its_reader(options: &[StorageOption]) -> bool {
    options.iter().any(|one| {
        let value = one.value.as_deref();
        one.name == "security_invoker"
            && value.is_none_or(|value| value != "false" && value != "off")
    })
}

/// Whether a query can need what is revoked, of objects that are in use.
fn concerns_queries(subject: &Subject<'_>, all: &Privileges) -> bool {
    let needed = all.privileges.iter().any(|privilege| {
        matches!(
            first_word(privilege),
            "ALL" | "SELECT" | "INSERT" | "UPDATE" | "DELETE" | "USAGE" | "EXECUTE"
        )
    });
    let in_use = match all.object {
        Some(ObjectKind::Table | ObjectKind::View | ObjectKind::Sequence) if !all.all_in_schema => {
            all.names
                .iter()
                .any(|name| subject.existing(&name.name).is_some())
        }
        Some(ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine)
            if !all.all_in_schema =>
        {
            all.names.iter().any(|name| {
                subject.deployed().routine(&name.name).is_some() || subject.before().is_incomplete()
            })
        }
        Some(ObjectKind::Database | ObjectKind::Language | ObjectKind::Tablespace) => false,
        _ => true,
    };
    needed && in_use
}

fn names_role(subject: &Subject<'_>, role: &str) -> bool {
    let mine = memberships(subject, role);
    match subject.change() {
        Change::Privileges(all) => all.roles.iter().any(|one| mine.contains(&plain(one))),
        _ => true,
    }
}

/// The role with those it is a member of, and PUBLIC.
fn memberships(subject: &Subject<'_>, role: &str) -> BTreeSet<String> {
    let mut mine: BTreeSet<String> = [plain(role), "public".to_owned()].into_iter().collect();
    for change in subject.past() {
        if let Change::Privileges(all) = change
            && all.object.is_none()
            && all.grant
            && all.roles.iter().any(|one| mine.contains(&plain(one)))
        {
            mine.extend(all.privileges.iter().map(|one| plain(&one.name)));
        }
    }
    mine
}

fn denied(subject: &Subject<'_>, traffic: &Traffic<'_>) -> Option<Witness> {
    let role = subject.role()?;
    let mine = memberships(subject, role);
    for relation in &traffic.usage.relations {
        for (verb, word) in [
            (DmlVerb::Select, "SELECT"),
            (DmlVerb::Insert, "INSERT"),
            (DmlVerb::Update, "UPDATE"),
            (DmlVerb::Delete, "DELETE"),
        ] {
            let sequence = subject
                .before()
                .get(relation)
                .is_some_and(|known| known.kind == RelationKind::Sequence);
            let word = if sequence { "USAGE" } else { word };
            let needs = match verb {
                DmlVerb::Select if sequence => true,
                DmlVerb::Select => traffic
                    .usage
                    .reads
                    .iter()
                    .any(|(table, _)| table == relation),
                _ => traffic.does(verb, relation),
            };
            if !needs {
                continue;
            }
            let here = std::iter::once(subject.change());
            let had = holds(subject, subject.past(), &mine, relation, word);
            let has = holds(
                subject,
                subject.past().chain(here).chain(subject.later()),
                &mine,
                relation,
                word,
            );
            // What was granted outside of the migrations is taken for granted.
            let named = match subject.change() {
                Change::Privileges(all) => {
                    all.roles.iter().any(|one| mine.contains(&plain(one)))
                        && covers(subject, all, relation, word)
                        && concerns_columns(all, traffic, relation, word)
                }
                _ => had,
            };
            if named && !has {
                return Some(match schema_only(subject) {
                    true => Witness::fails(
                        "42501",
                        format!("permission denied for schema {}", relation.schema),
                    ),
                    false => {
                        let kind = subject.before().get(relation).map_or("table", |known| {
                            match known.kind {
                                RelationKind::View => "view",
                                RelationKind::MaterializedView => "materialized view",
                                _ => "table",
                            }
                        });
                        Witness::fails(
                            "42501",
                            format!("permission denied for {kind} {}", relation.name),
                        )
                    }
                });
            }
        }
    }
    None
}

/// Whether a query needs one of the columns that a REVOKE names; where it names none, it is about all of them.
fn concerns_columns(
    revoke: &Privileges,
    traffic: &Traffic<'_>,
    relation: &ResolvedName,
    word: &str,
) -> bool {
    let used = match word {
        "SELECT" => &traffic.usage.reads,
        _ => &traffic.usage.writes,
    };
    revoke.privileges.iter().any(|one| {
        let mut columns = one.columns.iter();
        one.columns.is_empty()
            || ["ALL", word].contains(&first_word(one))
                && columns.any(|name| used.contains(&(relation.clone(), name.clone())))
    })
}

fn is_of_routines(all: &Privileges) -> bool {
    matches!(
        all.object,
        Some(ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine)
    )
}

/// The role that a relation was last given to, as far as the migrations say.
pub(super) fn owner_of(subject: &Subject<'_>, relation: &ResolvedName) -> Option<String> {
    let mut owner = None;
    for change in subject.past() {
        if let Change::AlterTable(alter) = change
            && subject.resolve(&alter.name) == *relation
        {
            for action in &alter.actions {
                if let TableAction::OwnerTo(to) = &action.action {
                    owner = Some(to.to_string());
                }
            }
        }
    }
    owner
}

/// A relation that the role owned and owns no more, or a view that begins to ask for the reader's own privileges.
fn lost_as_owner(
    subject: &Subject<'_>,
    traffic: &Traffic<'_>,
    name: &QualifiedName,
) -> Option<Witness> {
    let role = subject.role()?;
    let mine = memberships(subject, role);
    let name = subject.resolve(name);
    if !traffic.usage.relations.contains(&name) {
        return None;
    }
    let all = || {
        subject
            .past()
            .chain(std::iter::once(subject.change()))
            .chain(subject.later())
    };
    let denied = |relation: &ResolvedName| {
        Witness::fails(
            "42501",
            format!("permission denied for table {}", relation.name),
        )
    };
    match subject.action() {
        Some((_, TableAction::OwnerTo(to))) => {
            let owned = owner_of(subject, &name).is_some_and(|owner| mine.contains(&plain(&owner)));
            let kept =
                mine.contains(&plain(to.as_str())) || holds(subject, all(), &mine, &name, "SELECT");
            (owned && !kept).then(|| denied(&name))
        }
        _ => {
            let view = subject.before().get(&name)?;
            let mut under = view.depends_on.iter().map(|(table, _)| table);
            let missing = under.find(|table| {
                let owned =
                    owner_of(subject, table).is_some_and(|owner| mine.contains(&plain(&owner)));
                !owned && !holds(subject, all(), &mine, table, "SELECT")
            });
            missing.map(denied)
        }
    }
}

/// A function that the role may no longer call; PUBLIC may from the start (manual 18, section 5.8).
fn not_executed(
    subject: &Subject<'_>,
    traffic: &Traffic<'_>,
    revoke: &Privileges,
) -> Option<Witness> {
    let mine = memberships(subject, subject.role()?);
    let name = revoke
        .names
        .iter()
        .map(|name| &name.name)
        .find(|name| traffic.says(&name.name))?;
    let mut held: BTreeSet<String> = ["public".to_owned()].into();
    let here = std::iter::once(subject.change());
    for change in subject.past().chain(here).chain(subject.later()) {
        let Change::Privileges(all) = change else {
            continue;
        };
        if !is_of_routines(all) || !all.names.iter().any(|own| own.name.name == name.name) {
            continue;
        }
        for role in all.roles.iter().map(|one| plain(one)) {
            if all.grant {
                held.insert(role);
            } else {
                held.remove(&role);
            }
        }
    }
    let kept = held.iter().any(|role| mine.contains(role));
    (!kept).then(|| {
        Witness::fails(
            "42501",
            format!("permission denied for function {}", name.name),
        )
    })
}

fn schema_only(subject: &Subject<'_>) -> bool {
    matches!(subject.change(), Change::Privileges(all) if all.object == Some(ObjectKind::Schema))
}

/// Whether one of the roles has a privilege on a relation after these statements, as far as they say.
fn holds<'c>(
    subject: &Subject<'_>,
    changes: impl Iterator<Item = &'c Change>,
    mine: &BTreeSet<String>,
    relation: &ResolvedName,
    word: &str,
) -> bool {
    let schema = schema_only(subject);
    let mut held: BTreeSet<String> = BTreeSet::new();
    for (change, relation) in under_its_names(subject, changes, relation) {
        let relation = &relation;
        match change {
            Change::Privileges(all) if all.object.is_some() => {
                if (all.object == Some(ObjectKind::Schema)) != schema
                    || !covers(subject, all, relation, word)
                {
                    continue;
                }
                for role in all
                    .roles
                    .iter()
                    .map(|one| plain(one))
                    .filter(|role| mine.contains(role))
                {
                    if all.grant {
                        held.insert(role);
                    } else {
                        held.remove(&role);
                    }
                }
            }
            Change::Drop(drop)
                if drop
                    .names
                    .iter()
                    .any(|name| subject.resolve(&name.name) == *relation) =>
            {
                held.clear();
            }
            _ => {}
        }
    }
    !held.is_empty()
}

/// Each change with the name under which the table goes then that is called `relation` in the end.
fn under_its_names<'c>(
    subject: &Subject<'_>,
    changes: impl Iterator<Item = &'c Change>,
    relation: &ResolvedName,
) -> Vec<(&'c Change, ResolvedName)> {
    let mut name = relation.clone();
    let changes: Vec<&Change> = changes.collect();
    let mut all = Vec::with_capacity(changes.len());
    for change in changes.into_iter().rev() {
        let own = name.clone();
        if let Some((from, to)) = renamed(subject, change)
            && to == name
        {
            name = from;
        }
        all.push((change, own));
    }
    all.reverse();
    all
}

/// The old and the new name of a relation that a change renames.
fn renamed(subject: &Subject<'_>, change: &Change) -> Option<(ResolvedName, ResolvedName)> {
    let Change::AlterTable(alter) = change else {
        return None;
    };
    alter.actions.iter().find_map(|one| match &one.action {
        TableAction::RenameTo(to) => {
            let from = subject.resolve(&alter.name);
            let to = ResolvedName::new(from.schema.clone(), to.clone());
            Some((from, to))
        }
        _ => None,
    })
}

fn covers(subject: &Subject<'_>, all: &Privileges, relation: &ResolvedName, word: &str) -> bool {
    let schema = all.object == Some(ObjectKind::Schema);
    let privilege = all.privileges.iter().any(|one| {
        let first = first_word(one);
        first == "ALL" || first == word && !schema || schema && first == "USAGE"
    });
    let object = all.names.iter().any(|name| {
        if schema || all.all_in_schema {
            name.name.name == relation.schema
        } else {
            matches!(
                all.object,
                Some(ObjectKind::Table | ObjectKind::View | ObjectKind::Sequence)
            ) && subject.resolve(&name.name) == *relation
                && (all.grant || !is_of_columns_only(subject, all, relation))
        }
    });
    privilege && object
}

/// A REVOKE of columns takes nothing from a grant of the table (manual 18, REVOKE, notes).
fn is_of_columns_only(subject: &Subject<'_>, revoke: &Privileges, relation: &ResolvedName) -> bool {
    let of_columns = |all: &Privileges| all.privileges.iter().all(|one| !one.columns.is_empty());
    let mut past = subject.past();
    of_columns(revoke)
        && past.any(|change| match change {
            Change::Privileges(all) => {
                let named = all
                    .names
                    .iter()
                    .any(|name| subject.resolve(&name.name) == *relation);
                all.grant && !of_columns(all) && (named || all.all_in_schema)
            }
            _ => false,
        })
}

/// A role's name without its quotes; PUBLIC in lower case.
fn plain(role: &str) -> String {
    let name = role.trim().trim_start_matches("GROUP ").trim();
    match name
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    {
        Some(quoted) => quoted.to_owned(),
        None => name.to_ascii_lowercase(),
    }
}
