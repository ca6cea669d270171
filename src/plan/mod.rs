//! Breaking changes to expand, migrate and contract migrations; one file per recipe.

use serde::Serialize;

use crate::sql::{Phase, TransactionMode};

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
}

/// What the application does at one step of the roll-out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReleaseStep {
    /// `N`, `N+1`, ...
    pub step: String,
    /// What it reads and writes.
    pub application: String,
}
