//! Drop column: optional first, so that the next release may leave it out; gone when nobody knows it.

use super::draft::{At, Block, Stage};
use super::work::Work;
use super::{PlanError, Recipe, naming};
use crate::sql::Phase;
use crate::sql::ast::TableAction;

pub(super) const RECIPE: Recipe = Recipe {
    id: "drop-column",
    summary: "makes a required column optional first, so that the next release may leave it out, and drops it last",
    take,
};

fn take(work: &mut Work<'_>, at: usize) -> Result<bool, PlanError> {
    let Some(step) = work.steps.get(at) else {
        return Ok(false);
    };
    let Some((alter, TableAction::DropColumn { column, .. })) = step.action() else {
        return Ok(false);
    };
    if step.phase != Some(Phase::Contract) {
        return Ok(false);
    }
    let head = step.head.clone().unwrap_or_default();
    let (name, column) = (alter.name.clone(), column.clone());
    let Ok(table) = work.relation(at, &name) else {
        return Ok(false);
    };
    let table = table.clone();
    let Some(found) = table.column(&column) else {
        return Ok(false);
    };
    let filled = found.default.is_some() || found.identity.is_some() || found.generated.is_some();
    let key = table.primary_key().is_some_and(|key| key.contains(&column));
    if !found.not_null || filled || key {
        return Ok(false);
    }
    work.claim(at, &table.name, &column)?;
    let shown = format!("{}.{column}", table.name.name);
    let block = |stage, why: String, statement: String| Block {
        stage,
        table: Some(table.name.clone()),
        subject: naming::slug_of(&table.name.name, &column),
        why,
        directives: Vec::new(),
        statements: vec![statement],
    };
    let expand = block(
        Stage::Expand,
        format!("A release that no longer knows {shown} can insert without it."),
        format!(
            "ALTER TABLE {} ALTER COLUMN {} DROP NOT NULL",
            table.name.to_sql(),
            column.to_sql()
        ),
    );
    let drop = format!("{head} {}", work.text(at));
    let finish = block(
        Stage::Finish,
        format!("No live instance knows {shown} any more."),
        drop,
    );
    let draft = &mut work.draft;
    draft.block(expand);
    draft.block(finish);
    draft.release(At::N, format!("reads and writes {shown}"));
    draft.release(
        At::N1,
        format!(
            "does not know {shown}: the contract phase runs when no instance below N+1 is alive"
        ),
    );
    draft.note(format!("rows that release N+1 inserts have NULL in {shown}, which release N reads while both are alive; give the column a DEFAULT first where that matters"));
    Ok(true)
}
