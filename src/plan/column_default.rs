//! Drop default, drop NOT NULL: nothing is rewritten, yet the releases must come in the right order.

use super::draft::{At, Block, Stage};
use super::work::Work;
use super::{PlanError, Recipe, naming, twin};
use crate::sql::Phase;
use crate::sql::ast::TableAction;

pub(super) const RECIPE: Recipe = Recipe {
    id: "column-default",
    summary: "takes a default away when every release gives the value itself, and allows NULL before a release writes it",
    take,
};

fn take(work: &mut Work<'_>, at: usize) -> Result<bool, PlanError> {
    let Some(step) = work.steps.get(at) else {
        return Ok(false);
    };
    let (Some((alter, action)), Some(head)) = (step.action(), step.head.clone()) else {
        return Ok(false);
    };
    if step.refusal.is_some() || !work.alters_old(step) {
        return Ok(false);
    }
    // The second column has the default of the end from the start; the first keeps its own till it goes.
    if matches!(action, TableAction::DropDefault(_)) && twin::comes_later(work, at) {
        return Ok(true);
    }
    if !work.is_only_one(at) {
        return Ok(false);
    }
    let (column, phase, drops) = match action {
        TableAction::DropDefault(column) => (column.clone(), step.phase, true),
        TableAction::DropNotNull(column) => (column.clone(), step.phase, false),
        _ => return Ok(false),
    };
    let Ok(table) = work.relation(at, &alter.name.clone()) else {
        return Ok(false);
    };
    let Some(found) = table.column(&column) else {
        return Ok(false);
    };
    let table_name = table.name.clone();
    let changes = if drops {
        phase == Some(Phase::Contract) && found.default.is_some()
    } else {
        found.not_null && work.had(&table_name, &column)
    };
    if !changes {
        return Ok(false);
    }
    let required = found.not_null;
    work.claim(at, &table_name, &column)?;
    let shown = format!("{}.{column}", table_name.name);
    let (stage, why) = if drops {
        (
            Stage::Finish,
            format!("Every live instance gives {shown} itself: takes the default away."),
        )
    } else {
        (
            Stage::Expand,
            format!("{shown} may be NULL from here on; no release writes NULL yet."),
        )
    };
    work.draft.block(Block {
        stage,
        subject: naming::slug_of(&table_name.name, &column),
        table: Some(table_name),
        why,
        directives: Vec::new(),
        statements: vec![format!("{head} {}", work.text(at))],
    });
    let draft = &mut work.draft;
    if drops {
        draft.release(At::N, format!("may leave {shown} to its default"));
        let without = if required { "fails" } else { "gives NULL" };
        draft.release(At::N1, format!("gives {shown} in every INSERT, since one without it {without} later: the contract phase runs when no instance below N+1 is alive"));
    } else {
        draft.release(
            At::N,
            format!("takes for granted that {shown} is never NULL"),
        );
        draft.release(
            At::N1,
            format!("can read NULL in {shown}, and writes none while N is alive"),
        );
        draft.release(At::N2, format!("may write NULL into {shown}"));
    }
    Ok(true)
}
