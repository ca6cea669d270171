//! Replace a trigger: the old one stands until the new one takes its place, so that no write is missed.

use super::draft::{Block, Stage};
use super::work::Work;
use super::{PlanError, Recipe, naming, source};
use crate::schema::ResolvedName;
use crate::sql::ast::{Change, CreateTrigger, Ident, ObjectKind};

pub(super) const RECIPE: Recipe = Recipe {
    id: "replace-trigger",
    summary: "puts the new trigger in the place of the old one in one step, so that it fires for every row throughout",
    take,
};

fn take(work: &mut Work<'_>, at: usize) -> Result<bool, PlanError> {
    if pair(work, at).is_some() {
        // Written where the new one is made: it may call what is made in between.
        return Ok(true);
    }
    let found = (0..at).find_map(|dropped| {
        let pair = pair(work, dropped).filter(|pair| pair.again == at)?;
        Some((dropped, pair))
    });
    let Some((dropped, pair)) = found else {
        return Ok(false);
    };
    let Pair {
        table,
        old,
        new,
        constraint,
        ..
    } = pair;
    let create = work.text(at).to_owned();
    // A constraint trigger cannot be replaced (manual 18, CREATE TRIGGER).
    let statements = match source::or_replace(&create).filter(|_| !constraint && old == new) {
        Some(replace) => vec![replace],
        None => vec![work.text(dropped).to_owned(), create],
    };
    work.draft.block(Block {
        stage: Stage::Expand,
        subject: naming::slug_of(&table.name, &new),
        why: format!("The new trigger {new} takes the place of the old one: every row that is written meets one of the two."),
        directives: Vec::new(),
        statements,
        table: Some(table),
    });
    work.draft.note(format!(
        "the new trigger {new} fires for what release N writes too, from the expand phase on"
    ));
    Ok(true)
}

struct Pair {
    again: usize,
    table: ResolvedName,
    old: Ident,
    new: Ident,
    constraint: bool,
}

/// The step that makes a trigger in the place of the one a step drops: of its name, else one that does the same at the
/// same time for another set of events.
fn pair(work: &Work<'_>, at: usize) -> Option<Pair> {
    let (table, name) = work.dropped_from(at, ObjectKind::Trigger)?;
    let old = &table.trigger(name)?.definition;
    let made = work.steps.iter().enumerate().skip(at + 1);
    let made = made.filter_map(|(again, step)| match &step.change {
        Change::CreateTrigger(create) if step.table() == Some(&table.name) => Some((again, create)),
        _ => None,
    });
    let mut all = made.clone();
    let same = all.find(|(_, create)| create.name == *name);
    let is_new = |name: &Ident| {
        let start = work.steps.first().map(|step| step.before.catalogue());
        let start = start.and_then(|start| start.get(&table.name));
        start.is_none_or(|start| start.trigger(name).is_none())
    };
    let dropped = (0..work.steps.len()).filter(|other| {
        let dropped = work.dropped_from(*other, ObjectKind::Trigger);
        dropped.is_some_and(|(other, _)| other.name == table.name)
    });
    let alone = dropped.count() == 1;
    let mut others = made.filter(|(_, create)| alone && is_new(&create.name));
    let (again, create) = same.or_else(|| others.find(|(_, create)| succeeds(old, create)))?;
    Some(Pair {
        again,
        table: table.name.clone(),
        old: name.clone(),
        new: create.name.clone(),
        constraint: create.constraint,
    })
}

fn succeeds(old: &CreateTrigger, new: &CreateTrigger) -> bool {
    let shares = old.events.iter().any(|event| new.events.contains(event));
    old.timing.eq_ignore_ascii_case(&new.timing)
        && old.for_each_row == new.for_each_row
        && shares
        && (old.function == new.function || old.events == new.events)
}
