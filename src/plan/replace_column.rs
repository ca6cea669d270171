//! Replace a column by another of its name: swapped in one transaction when every release takes either.

use super::draft::{At, Block, Stage, allow};
use super::work::Work;
use super::{PlanError, Recipe, naming};
use crate::sql::ast::TableAction;

pub(super) const RECIPE: Recipe = Recipe {
    id: "replace-column",
    summary: "drops the column and adds the new one of its name in one transaction, when every release takes either",
    take,
};

fn take(work: &mut Work<'_>, at: usize) -> Result<bool, PlanError> {
    let Some(step) = work.steps.get(at) else {
        return Ok(false);
    };
    let Some((alter, TableAction::DropColumn { column, .. })) = step.action() else {
        return Ok(false);
    };
    if step.refusal.is_some() || !work.alters_old(step) {
        return Ok(false);
    }
    let (written, column) = (alter.name.clone(), column.clone());
    let Ok(table) = work.relation(at, &written) else {
        return Ok(false);
    };
    let table = table.clone();
    if !work.had(&table.name, &column) {
        return Ok(false);
    }
    let again = work.later(at).find(|(_, step)| {
        let adds = |action: &TableAction| matches!(action, TableAction::AddColumn { column: added, .. } if added.name == column);
        step.table() == Some(&table.name) && step.action().is_some_and(|(_, action)| adds(action))
    });
    let Some((again, added)) = again else {
        return Ok(false);
    };
    if added.rewrites() {
        return Err(work.refuse(
            again,
            format!(
                "the new {}.{column} writes every row anew while the table is locked",
                table.name
            ),
            "add it under another name, fill it in batches, and drop the old column later",
        ));
    }
    let head = |at: usize| work.steps.get(at).and_then(|step| step.head.clone());
    let statement = |at: usize| {
        let head = head(at).unwrap_or_default();
        format!("{head} {}", work.text(at))
    };
    let shown = format!("{}.{column}", table.name.name);
    let because = format!("every live instance takes {shown} as it was and as it will be");
    let statements = vec![
        format!("{}\n{}", allow("drop-column", &because), statement(at)),
        statement(again),
    ];
    work.claim(at, &table.name, &column)?;
    work.draft.block(Block {
        stage: Stage::Finish,
        subject: naming::slug_of(&table.name.name, &column),
        why: format!("The new {shown} takes the place of the old one, whose values are lost; no row is written."),
        directives: Vec::new(),
        statements,
        table: Some(table.name),
    });
    let draft = &mut work.draft;
    draft.release(At::N, format!("reads and writes the old {shown}"));
    draft.release(At::N1, format!("takes {shown} as either: the contract phase swaps it when no instance below N+1 is alive"));
    draft.note(format!("the values of the old {shown} are lost: to keep them, write ALTER COLUMN {} TYPE .. USING instead", column.to_sql()));
    work.take(again);
    Ok(true)
}
