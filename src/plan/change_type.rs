//! Change type: in place where no row is read; else a second column that follows the first and takes its name.

use super::draft::{At, Block, Stage};
use super::work::Work;
use super::{PlanError, Recipe, naming, twin};
use crate::sql::Phase;
use crate::sql::ast::TableAction;

pub(super) const RECIPE: Recipe = Recipe {
    id: "change-type",
    summary: "changes the type in place where no row is read; else keeps a second column of the new type, with its indexes, keys and checks, and lets it take the first one's name",
    take,
};

fn take(work: &mut Work<'_>, at: usize) -> Result<bool, PlanError> {
    let Some(step) = work.steps.get(at) else {
        return Ok(false);
    };
    let Some((alter, TableAction::AlterType { column, ty, .. })) = step.action() else {
        return Ok(false);
    };
    let known = work.alters_old(step);
    if !known {
        return Ok(false);
    }
    if twin::is_dear(step) {
        return twin::take(work, at);
    }
    if step.phase != Some(Phase::Contract) {
        return Ok(false);
    }
    let (name, column, ty) = (alter.name.clone(), column.clone(), ty.clone());
    let head = step.head.clone().unwrap_or_default();
    let table = work.relation(at, &name)?.clone();
    work.claim(at, &table.name, &column)?;
    let shown = format!("{}.{column}", table.name.name);
    let statement = format!("{head} {}", work.text(at));
    work.draft.block(Block {
        stage: Stage::Finish,
        subject: naming::slug_of(&table.name.name, &column),
        table: Some(table.name),
        why: format!(
            "Every live instance takes {shown} as {ty}. No row is read: the two types are stored alike."
        ),
        directives: Vec::new(),
        statements: vec![statement],
    });
    work.draft
        .release(At::N, format!("reads and writes {shown} as it was"));
    work.draft.release(
        At::N1,
        format!("takes {shown} as either type: the contract phase runs when no instance below N+1 is alive"),
    );
    Ok(true)
}
