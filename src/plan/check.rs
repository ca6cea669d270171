//! Add check, or NOT NULL with a name: declared without reading the rows, then proven while writes go on.

use super::foreign_key::{declared, validate_later};
use super::work::Work;
use super::{PlanError, Recipe};
use crate::sql::ast::{TableAction, TableConstraintKind};

pub(super) const RECIPE: Recipe = Recipe {
    id: "check",
    summary: "adds the check as NOT VALID and validates it while writes go on",
    take,
};

fn take(work: &mut Work<'_>, at: usize) -> Result<bool, PlanError> {
    let found = work.steps.get(at).and_then(|step| step.action());
    let Some((alter, TableAction::AddConstraint(constraint))) = found else {
        return Ok(false);
    };
    let (TableConstraintKind::Check(_) | TableConstraintKind::NotNull(_)) = &constraint.kind else {
        return Ok(false);
    };
    let enforced = constraint.attributes.enforced != Some(false);
    let skip = constraint.attributes.not_valid || !enforced;
    let Some((table, made)) = declared(work, at, &alter.name.clone(), skip)? else {
        return Ok(false);
    };
    validate_later(
        work,
        at,
        &table,
        &made,
        false,
        "Every row written from now on satisfies it; the rows that are there are not read yet.",
    )?;
    Ok(true)
}
