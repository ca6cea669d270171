//! Breaking changes to expand, migrate and contract migrations; one file per recipe.

mod attach_partition;
mod change_type;
mod check;
mod column_default;
mod drop_column;
mod drop_table;
mod enum_label;
mod exclusion;
mod foreign_key;
mod frame;
mod identity;
mod index;
mod merge_columns;
mod move_column;
mod partition_table;
mod remake;
mod rename_column;
mod rename_table;
mod replace_column;
mod replace_constraint;
mod replace_enum;
mod replace_index;
mod replace_policy;
mod replace_routine;
mod replace_trigger;
mod replace_view;
mod required_column;
mod row_security;
mod set_not_null;
mod split_column;
mod unique;

use serde::Serialize;

use crate::effects::phase;
use crate::schema::Session;
use crate::sql::{Migration, Phase, TransactionMode};
use frame::work::Work;
use frame::{
    derived, draft, fill, inline, moved, naming, rounds, source, spell, step, twin, verify, work,
};

pub use frame::{Document, DocumentMigration};

/// One migration of a plan, before a layout gives it its file name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedMigration {
    /// What it does, as words for a file name: `users_full_name_expand`.
    pub name: String,
    /// Its phase.
    pub phase: Phase,
    /// The release below which no instance may be alive; of a contract.
    pub after: Option<String>,
    /// Whether it must run in a transaction or must not.
    pub transaction: TransactionMode,
    /// The text, directives included.
    pub sql: String,
    /// The strongest lock it takes on each relation that was there before the plan, by name.
    pub locks: Vec<PlannedLock>,
}

/// A lock that a migration takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannedLock {
    /// The relation, with its schema.
    pub relation: String,
    /// As the manual writes it: `ACCESS EXCLUSIVE`.
    pub mode: String,
}

/// The migrations that reach the same end as an unsafe one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// In the order they are applied.
    pub migrations: Vec<PlannedMigration>,
    /// What each release reads and writes meanwhile.
    pub releases: Vec<ReleaseStep>,
    /// What the plan cannot keep for you, as sentences: column order, limits while both shapes live.
    pub notes: Vec<String>,
}

/// What the application does at one step of the roll-out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReleaseStep {
    /// `N`, `N+1`, ...
    pub step: String,
    /// What it reads and writes.
    pub application: String,
}

/// What a plan is made for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Options {
    /// The first release that no longer needs the old shape: contracts wait until no live instance is
    /// below it (`-- concertina: after 2.0.0`). Without it they wait for the fleet's known queries alone.
    pub next_release: Option<semver::Version>,
}

/// Why there is no plan for a migration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {message}; {help}")]
#[non_exhaustive]
pub struct PlanError {
    /// The migration's file.
    pub file: String,
    /// The line of the statement, from 1.
    pub line: usize,
    /// The statement in it, from 0.
    pub statement: usize,
    /// What stands in the way, as a lower-case fragment.
    pub message: String,
    /// What to do, as a lower-case fragment.
    pub help: String,
}

/// A way to split one kind of unsafe change.
#[derive(Debug, Clone, Copy)]
pub struct Recipe {
    /// Its name, which is its file's with hyphens: `rename-column`.
    pub id: &'static str,
    /// What it turns the change into, as one sentence.
    pub summary: &'static str,
    /// Takes the step at that index, and those that belong to it, if they are its kind of change.
    take: fn(&mut Work<'_>, usize) -> Result<bool, PlanError>,
}

/// The recipes, in the order they are asked: those that take several statements come first.
pub const RECIPES: &[Recipe] = &[
    partition_table::RECIPE,
    attach_partition::RECIPE,
    remake::RECIPE,
    move_column::RECIPE,
    split_column::RECIPE,
    merge_columns::RECIPE,
    required_column::RECIPE,
    enum_label::RECIPE,
    replace_enum::RECIPE,
    set_not_null::RECIPE,
    rename_column::RECIPE,
    change_type::RECIPE,
    rename_table::RECIPE,
    replace_column::RECIPE,
    drop_column::RECIPE,
    drop_table::RECIPE,
    identity::RECIPE,
    column_default::RECIPE,
    replace_constraint::RECIPE,
    replace_index::RECIPE,
    replace_view::RECIPE,
    replace_routine::RECIPE,
    replace_trigger::RECIPE,
    replace_policy::RECIPE,
    foreign_key::RECIPE,
    check::RECIPE,
    unique::RECIPE,
    exclusion::RECIPE,
    index::RECIPE,
    row_security::RECIPE,
];

/// Splits a migration into phases that leave every live release working; none where nothing in it
/// needs splitting.
///
/// `before` is the session just before the migration: its catalogue and its version of PostgreSQL.
/// Statements that are safe as they stand keep their text and their order within their phase. A
/// migration whose phase is pinned by a directive is its author's own plan and left alone.
///
/// # Errors
/// The statement that cannot be split, and what to declare or write instead.
pub fn plan(
    migration: &Migration,
    before: &Session,
    options: &Options,
) -> Result<Option<Plan>, PlanError> {
    if migration.down || phase::pinned(&migration.script().directives).is_some() {
        return Ok(None);
    }
    match at_once(migration, before, options, false) {
        Ok(planned) => Ok(planned.map(|(plan, _)| plan)),
        Err(error) => {
            let part = |part: &Migration, before: &Session, options: &Options| {
                at_once(part, before, options, true).ok().flatten()
            };
            rounds::plan(migration, before, options, &part)
                .map_or(Err(error), |plan| Ok(Some(plan)))
        }
    }
}

/// The plan whose statements share phases, and the session after the migration; none where nothing needs splitting
/// and a migration is not wanted all the same.
fn at_once(
    migration: &Migration,
    before: &Session,
    options: &Options,
    wanted: bool,
) -> Result<Option<(Plan, Session)>, PlanError> {
    let canonical = replace_enum::canonical(migration, before);
    let migration = canonical.as_ref().unwrap_or(migration);
    let mut work = Work::new(migration, before);
    let mut split = wanted;
    for at in 0..work.steps.len() {
        if !work.is_free(at) {
            continue;
        }
        work.has_its_name(at)?;
        let mut taken = false;
        for recipe in RECIPES {
            taken = taken || (recipe.take)(&mut work, at)?;
        }
        if taken {
            work.take(at);
            split = true;
        } else {
            work.keep(at)?;
        }
    }
    if !split && work.draft.phases().len() < 2 {
        return Ok(None);
    }
    let goal = work.goal()?;
    let mut plan = work.draft.finish(options);
    match verify::verify(&mut plan, before, goal.catalogue()) {
        Ok(()) => Ok(Some((plan, goal))),
        Err(unmet) => {
            let place = place(migration, unmet.statement.as_deref());
            let (line, statement) = place.unwrap_or((1, 0));
            Err(PlanError {
                file: migration.file.clone(),
                line,
                statement,
                message: format!(
                    "its statements depend on each other across phases: {}",
                    unmet.reason
                ),
                help: "give each unsafe statement a migration of its own".to_owned(),
            })
        }
    }
}

/// The line and the index of the statement that a plan has as its author wrote it.
fn place(migration: &Migration, text: Option<&str>) -> Option<(usize, usize)> {
    let text = text?.trim_end_matches(';').trim();
    let mut all = migration.script().statements.iter().enumerate();
    let (at, statement) = all.find(|(_, one)| one.span.text(&migration.text).trim() == text)?;
    Some((migration.position(statement.span.start).line, at))
}
