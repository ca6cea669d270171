//! Rename column: a second one under the new name, a trigger between them; at the end one of the two goes.

use super::work::Work;
use super::{PlanError, Recipe, twin};
use crate::sql::ast::TableAction;

pub(super) const RECIPE: Recipe = Recipe {
    id: "rename-column",
    summary: "adds a column of the new name, keeps both the same with a trigger and fills it; at the end it goes, and the old one takes its name",
    take,
};

fn take(work: &mut Work<'_>, at: usize) -> Result<bool, PlanError> {
    let found = work.steps.get(at).and_then(|step| step.action());
    match found {
        Some((_, TableAction::RenameColumn { .. })) => twin::take(work, at),
        _ => Ok(false),
    }
}
