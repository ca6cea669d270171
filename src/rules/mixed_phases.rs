//! The rule `mixed-phases`: one file holds statements that belong to different moments of a roll-out.

use super::backfill_with_ddl::picks_few_rows;
use super::frame::{ANY, Check, Class, Draft, Findings, Rule, Severity, Subject};
use crate::effects::Step;
use crate::sql::Phase;
use crate::sql::ast::{AlterAction, Change, ObjectName, TableAction};

pub(crate) static RULE: Rule = Rule {
    id: "mixed-phases",
    summary: "a file that holds statements of several phases",
    classes: &[Class::Hygiene],
    why: "a file is applied as one, but expand belongs before the roll-out of a release, migrate beside it and \
          contract after the last older instance is gone: no moment is right for all of them",
    docs: r#"
- **expand** adds: every running release keeps working after it, so it is applied at once;
- **migrate** changes rows: it takes its time, in batches;
- **contract** removes or tightens: it waits until no running release needs the old shape.

A file has one phase, the last one that any of its statements belongs to, unless a directive pins it
(`-- concertina: phase contract`). A constraint or unique index may be pinned to migrate: the pin says
that every running release keeps it already. What the file itself has made may be changed and dropped in any phase.

```sql bad
-- history
CREATE TABLE users (id bigint PRIMARY KEY, name text);
-- migration
CREATE TABLE people (id bigint PRIMARY KEY);
UPDATE users SET name = '' WHERE name IS NULL;
```

```sql good
-- history
CREATE TABLE users (id bigint PRIMARY KEY, name text);
-- migration
CREATE TABLE people (id bigint PRIMARY KEY);
CREATE VIEW names AS SELECT name FROM users;
```
"#,
    check: Check::Statement(check),
    yields_to: &[ANY],
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let Some(own) = belongs_to(subject, subject.step) else {
        return;
    };
    let steps = subject.steps;
    let end = steps.partition_point(|step| step.statement < subject.step.statement);
    let earlier = steps.get(..end).unwrap_or_default().iter();
    let mut earlier = earlier.filter_map(|step| belongs_to(subject, step));
    let message = if subject.file.pinned {
        // Only a statement of a later phase than the file's is out of place in it.
        if own <= subject.file.phase
            || is_declared_early(subject)
            || earlier.any(|phase| phase > subject.file.phase)
        {
            return;
        }
        format!(
            "this belongs to {own}, and the file says that it is of phase {}",
            subject.file.phase
        )
    } else {
        // Once for each file: where the second phase begins. After one of its own phase it does not.
        if earlier.clone().next_back().is_none_or(|last| last == own) {
            return;
        }
        let Some(first) = earlier.next() else { return };
        if own == first || earlier.any(|phase| phase != first) {
            return;
        }
        format!("this belongs to {own}, and what stands before it in this file to {first}")
    };
    findings.add(
        Draft::new(Severity::Warning, message)
            .classes([Class::Hygiene])
            .help(format!("put what belongs to {own} into a file of its own")),
    );
}

/// Whether a file that says it is of the migrate phase declares or proves what should hold from then
/// on. That every live release keeps it already only the author can know, and the pin says so; where
/// releases are known, the rules about them judge it.
fn is_declared_early(subject: &Subject<'_>) -> bool {
    let statements = &subject.migration.script().statements;
    let change = statements
        .get(subject.step.statement)
        .map(|one| &one.change);
    subject.file.phase == Phase::Migrate
        && match change {
            Some(Change::CreateIndex(_)) => true,
            Some(Change::AlterTable(alter)) => alter.actions.iter().all(|action| {
                matches!(
                    action.action,
                    TableAction::AddConstraint(_) | TableAction::ValidateConstraint(_)
                )
            }),
            _ => false,
        }
}

/// The phase of a statement of this file, as far as it matters what else is in the file: to fill what
/// the file itself makes belongs to making it, one row is no backfill, and to take a restriction away
/// or to put a view in its place fits every phase.
fn belongs_to(subject: &Subject<'_>, step: &Step) -> Option<Phase> {
    let statement = subject.migration.script().statements.get(step.statement)?;
    let inferred = step.inferred?;
    match (&statement.change, inferred) {
        (Change::CreateTable(_), Phase::Migrate) => Some(Phase::Expand),
        (Change::Dml(dml), Phase::Migrate) => {
            let target = dml.target.as_ref();
            let known = target.and_then(|target| step.before().relation(target));
            let new = known.is_some_and(|known| subject.file.before.get(&known.name).is_none());
            let small = new || picks_few_rows(step.before(), dml);
            Some(if small { Phase::Expand } else { inferred })
        }
        (Change::AlterTable(alter), Phase::Expand) => {
            let loosens = |action: &AlterAction| {
                matches!(
                    action.action,
                    TableAction::DropConstraint { .. } | TableAction::DropNotNull(_)
                )
            };
            (!alter.actions.iter().all(loosens)).then_some(inferred)
        }
        // Another name, while a view of the same file carries on the old one.
        (Change::AlterTable(alter), Phase::Contract)
            if alter.actions.iter().all(|action| {
                matches!(
                    action.action,
                    TableAction::RenameTo(_) | TableAction::SetSchema(_)
                )
            }) =>
        {
            let known = step.before().relation(&alter.name);
            let carried = known.is_some_and(|known| subject.settled().get(&known.name).is_some());
            Some(if carried { Phase::Expand } else { inferred })
        }
        // What takes the place of a function that was there serves the same calls.
        (Change::CreateRoutine(create), Phase::Expand)
            if subject.file.before.routine(&create.name).is_some() =>
        {
            None
        }
        // So does what takes the place of an operator or a cast.
        (Change::CreateOperator(create), Phase::Expand)
            if (subject.file.before)
                .operator_of(&ObjectName {
                    args: Some(create.left.iter().chain(&create.right).cloned().collect()),
                    ..ObjectName::new(create.name.clone())
                })
                .is_some() =>
        {
            None
        }
        (Change::CreateCast(create), Phase::Expand)
            if (subject.file.before)
                .own_cast(&create.source, &create.target)
                .is_some() =>
        {
            None
        }
        // A policy says nothing until row-level security is on.
        (Change::CreatePolicy(_), _) => None,
        // A view in the place of what the file has renamed or dropped carries the old releases on.
        (Change::CreateView(create), Phase::Expand) => {
            let place = step.before().creation_name(&create.name);
            subject
                .file
                .before
                .get(&place)
                .is_none()
                .then_some(inferred)
        }
        _ => Some(inferred),
    }
}
