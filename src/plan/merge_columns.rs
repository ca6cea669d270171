//! Merge columns: the whole beside its parts, kept the same by a trigger, the parts dropped last.

use super::work::Work;
use super::{PlanError, Recipe, derived};

pub(super) const RECIPE: Recipe = Recipe {
    id: "merge-columns",
    summary: "adds the whole beside its parts, computes it by the migration's own UPDATE (and back, where it says how) in a trigger, and drops the parts last",
    take,
};

fn take(work: &mut Work<'_>, at: usize) -> Result<bool, PlanError> {
    match derived::find(work, at).filter(|found| found.counts().0 > 1) {
        Some(found) => found.write(work, at).map(|()| true),
        None => Ok(false),
    }
}
