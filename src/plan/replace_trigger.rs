//! Replace a trigger: the old one stands until the new one takes its place, so that no write is missed.

use super::draft::{Block, Stage};
use super::work::Work;
use super::{PlanError, Recipe, naming, source};
use crate::sql::ast::{Change, ObjectKind};

pub(super) const RECIPE: Recipe = Recipe {
    id: "replace-trigger",
    summary: "puts the new trigger in the place of the old one in one step, so that it fires for every row throughout",
    take,
};

fn take(work: &mut Work<'_>, at: usize) -> Result<bool, PlanError> {
    let Some((table, name)) = work.dropped_from(at, ObjectKind::Trigger) else {
        return Ok(false);
    };
    if table.trigger(name).is_none() {
        return Ok(false);
    }
    let again = work.later(at).find_map(|(again, step)| match &step.change {
        Change::CreateTrigger(create) if create.name == *name => {
            (step.table() == Some(&table.name)).then_some((again, create.constraint))
        }
        _ => None,
    });
    let Some((again, constraint)) = again else {
        return Ok(false);
    };
    let (table, name) = (table.name.clone(), name.clone());
    let create = work.text(again).to_owned();
    let statements = match source::or_replace(&create).filter(|_| !constraint) {
        Some(replace) => vec![replace],
        // A constraint trigger cannot be replaced (manual 18, CREATE TRIGGER).
        None => vec![work.text(at).to_owned(), create],
    };
    work.draft.block(Block {
        stage: Stage::Expand,
        subject: naming::slug_of(&table.name, &name),
        why: format!("The new trigger {name} takes the place of the old one: every row that is written meets one of the two."),
        directives: Vec::new(),
        statements,
        table: Some(table),
    });
    work.draft.note(format!(
        "the new trigger {name} fires for what release N writes too, from the expand phase on"
    ));
    work.take(again);
    Ok(true)
}
