//! Enable row-level security: policies first, switched on when every live release is ready for them.

use super::draft::{At, Block, Stage, allow};
use super::work::Work;
use super::{PlanError, Recipe, naming};
use crate::sql::Phase;
use crate::sql::ast::TableAction;

pub(super) const RECIPE: Recipe = Recipe {
    id: "row-security",
    summary: "makes the policies while they do nothing yet, and switches them on when no release is left that is not ready",
    take,
};

fn take(work: &mut Work<'_>, at: usize) -> Result<bool, PlanError> {
    let Some(step) = work.steps.get(at) else {
        return Ok(false);
    };
    let (Some((alter, TableAction::RowSecurity(words))), Some(head)) =
        (step.action(), step.head.clone())
    else {
        return Ok(false);
    };
    if step.phase != Some(Phase::Contract) {
        return Ok(false);
    }
    let (name, forced) = (alter.name.clone(), words == "FORCE");
    let Ok(table) = work.relation(at, &name) else {
        return Ok(false);
    };
    let table = table.name.clone();
    let end = work.end()?;
    let policies = end.catalogue().get(&table);
    let policies = policies.into_iter().flat_map(|table| &table.policies);
    let policies: Vec<String> = policies
        .map(|policy| format!("{} ({})", policy.name, policy.command))
        .collect();
    let why = if forced {
        format!(
            "From here on the policies hold for the owner of {table} too; superusers and roles with BYPASSRLS stay exempt."
        )
    } else {
        format!(
            "From here on roles that are not the owner of {table} see and write the rows that its policies allow."
        )
    };
    work.draft.block(Block {
        stage: Stage::Finish,
        subject: naming::slug(&[table.name.as_str(), "row_security"]),
        table: Some(table.clone()),
        why,
        directives: vec![allow(
            "row-security",
            "no live instance is older than the release that is ready for it",
        )],
        statements: vec![format!("{head} {}", work.text(at))],
    });
    let draft = &mut work.draft;
    draft.release(
        At::N,
        format!("sees and writes every row of {table}: the policies are there and do nothing yet"),
    );
    draft.release(
        At::N1,
        format!("sets what the policies of {table} ask for (role, settings) on every connection, and works with and without them: the contract phase switches them on when no instance below N+1 is alive"),
    );
    let shown = if policies.is_empty() {
        format!(
            "{table} has no policy: from the contract on its roles find no row and may write none, the owner aside"
        )
    } else {
        format!(
            "from the contract on a role sees in {table} what these policies allow together, and nothing where none is for it: {}",
            policies.join(", ")
        )
    };
    draft.note(shown);
    Ok(true)
}
