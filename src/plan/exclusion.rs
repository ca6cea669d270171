//! Add exclusion constraint: there is no way to build one while writes go on, so the plan names the cheapest outage.

use super::draft::{At, Block, Stage, allow};
use super::foreign_key::declared;
use super::work::Work;
use super::{PlanError, Recipe, naming};
use crate::sql::ast::{TableAction, TableConstraintKind};

pub(super) const RECIPE: Recipe = Recipe {
    id: "exclusion",
    summary: "says why it blocks writes, how long, and puts it alone into a contract",
    take,
};

fn take(work: &mut Work<'_>, at: usize) -> Result<bool, PlanError> {
    let found = work
        .steps
        .get(at)
        .and_then(|step| Some((step.action()?, step.head.clone()?)));
    let Some(((alter, TableAction::AddConstraint(constraint)), head)) = found else {
        return Ok(false);
    };
    // A key WITHOUT OVERLAPS is one too (from PostgreSQL 18).
    let excludes = matches!(
        constraint.kind,
        TableConstraintKind::Exclude { .. }
            | TableConstraintKind::PrimaryKey {
                without_overlaps: true,
                ..
            }
            | TableConstraintKind::Unique {
                without_overlaps: true,
                ..
            }
    );
    if !excludes {
        return Ok(false);
    }
    let Some((table, made)) = declared(work, at, &alter.name.clone(), false)? else {
        return Ok(false);
    };
    let name = &made.name;
    work.draft.block(Block {
        stage: Stage::Finish,
        subject: naming::slug_of(&table.name.name, name),
        why: format!(
            "Nobody reads or writes {} while the index of {name} is built: PostgreSQL builds no exclusion constraint concurrently, takes none over from an index, and cannot add one as NOT VALID. Measure the build on a copy and announce an outage that long.",
            table.name
        ),
        directives: vec![allow(
            "index-not-concurrent",
            &format!("the outage for building {name} is announced"),
        )],
        statements: vec![format!("{head} {}", work.text(at))],
        table: Some(table.name.clone()),
    });
    let draft = &mut work.draft;
    draft.release(At::N, format!("may write rows that {name} refuses"));
    draft.release(
        At::N1,
        "writes no such row: the contract phase runs when no instance below N+1 is alive",
    );
    draft.note(format!("{name} cannot be added online: every reader and writer of {} waits for as long as its index is built. The cheapest outage: find the rows that conflict first with a self join, archive what is old, raise maintenance_work_mem for the session, and run this file alone", table.name));
    draft.note(format!("on a table that is too large for any outage, make a new table with {name}, copy the rows while a trigger on the old one keeps it up to date, and swap the two names"));
    Ok(true)
}
