//! Rename column: the new name beside the old one, a trigger between them, the old one dropped last.

use super::work::Work;
use super::{PlanError, Recipe, twin};
use crate::sql::ast::TableAction;

pub(super) const RECIPE: Recipe = Recipe {
    id: "rename-column",
    summary: "adds the new name beside the old one, keeps both the same with a trigger, fills it, and drops the old one last",
    take,
};

fn take(work: &mut Work<'_>, at: usize) -> Result<bool, PlanError> {
    let found = work.steps.get(at).and_then(|step| step.action());
    match found {
        Some((_, TableAction::RenameColumn { .. })) => twin::take(work, at),
        _ => Ok(false),
    }
}
