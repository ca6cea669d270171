//! What a rehearsal has shown: tables, migrations and queries, ready to be printed or serialised.

use serde::Serialize;

use crate::sql::Phase;

/// How it went.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Outcome {
    /// The major version of the server.
    pub postgres: u16,
    /// The tables, in the order in which they were filled.
    pub tables: Vec<Filled>,
    /// The longest answer before anything was applied, in milliseconds.
    pub longest_before_ms: f64,
    /// The migrations, in the order in which they ended.
    pub migrations: Vec<Applied>,
    /// The queries of both releases.
    pub queries: Vec<Query>,
}

/// A table and its rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Filled {
    /// Its name with its schema.
    pub table: String,
    /// How many rows it has; its constraints may have refused some.
    pub rows: u64,
    /// How many were asked for.
    pub asked: u64,
    /// What the server said where none could be made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// A migration that was applied, or was not.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Applied {
    /// Its file.
    pub file: String,
    /// Its phase, where it was applied.
    pub phase: Option<Phase>,
    /// Why it was not applied.
    pub held: Option<String>,
    /// From its first command to its end, in milliseconds.
    pub took_ms: f64,
    /// How often a lock was not had at once.
    pub lock_waits: u32,
    /// Its strongest lock on each relation that was there, such as `public.users ACCESS EXCLUSIVE`.
    pub locks: Vec<String>,
    /// Requests that were under way meanwhile.
    pub requests: usize,
    /// Those of them that failed and had not failed before.
    pub failed: usize,
    /// The longest answer of these, in milliseconds, counted from when the clock asked for it.
    pub longest_ms: f64,
}

/// A query of a release.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Query {
    /// Its release.
    pub release: String,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub file: String,
    /// The line it begins at, from 1.
    pub line: usize,
    /// How often it was sent.
    pub requests: usize,
    /// Its longest answer, in milliseconds.
    pub longest_ms: f64,
    /// The server refused to prepare it before anything was applied; it was never sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unusable: Option<String>,
    /// What it was refused for, where that began with a migration.
    pub errors: Vec<QueryError>,
}

/// An error that a query did not have before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct QueryError {
    /// The SQLSTATE; none where the connection was lost.
    pub sqlstate: Option<String>,
    /// What the server said the first time.
    pub message: String,
    /// How often.
    pub times: usize,
    /// The migration that was under way, or had been applied last, the first time.
    pub after: Option<String>,
}

impl Outcome {
    /// Whether a query met an error that it did not have before, or a migration could not be applied.
    pub fn has_failures(&self) -> bool {
        self.queries.iter().any(|query| !query.errors.is_empty())
            || self.migrations.iter().any(|one| one.held.is_some())
    }
}
