//! Why a run ended without having done what it was asked.

use super::command::Failure;
use super::event::Blocker;

/// Why a run ended. What had been committed stays, and the next run goes on from there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// No connection.
    #[error(
        "cannot connect to the database: {0}; check that it is running and that the connection string names it"
    )]
    Connect(Box<Failure>),
    /// The connection string cannot be read. It is not shown, since it may hold a password.
    #[error(
        "the connection string cannot be read; write postgresql://user:password@host:port/database, with %-escapes for special characters"
    )]
    ConnectionString,
    /// The connection broke.
    #[error(
        "the connection broke while {doing}: {failure}; run again to go on from where it stopped"
    )]
    Disconnected {
        /// What was being done.
        doing: String,
        /// What the driver says.
        failure: Box<Failure>,
    },
    /// PostgreSQL refused something of ours.
    #[error("PostgreSQL refused {doing}: {failure}")]
    Sql {
        /// What was being done.
        doing: String,
        /// What PostgreSQL says.
        failure: Box<Failure>,
    },
    /// PostgreSQL refused a statement of a migration.
    #[error("{file}:{line}: {failure}; {kept}")]
    Statement {
        /// The file.
        file: String,
        /// The line of the statement, from 1; 0 when it is known from the journal only.
        line: usize,
        /// The statement, from 0.
        statement: usize,
        /// What PostgreSQL says.
        failure: Box<Failure>,
        /// What of the migration stays applied.
        kept: String,
    },
    /// The locks were not to be had within the budget.
    #[error("{file}:{line}: no lock within {waited_ms} ms in {attempts} attempts; in the way: {}; nothing of this step is applied, run again when they are gone", in_the_way(.blockers))]
    LockBudget {
        /// The file.
        file: String,
        /// The line of the statement that waited, from 1.
        line: usize,
        /// How many attempts were made.
        attempts: u32,
        /// How long they took with the pauses, in milliseconds.
        waited_ms: u64,
        /// Who held the lock when last seen.
        blockers: Vec<Blocker>,
    },
    /// An applied migration is no longer what was applied.
    #[error(
        "{file}: this migration is applied, but {what} has changed since; restore the file as it was applied and write the change as a new migration"
    )]
    Diverged {
        /// The file.
        file: String,
        /// The first statement that differs, from 0; none where only a checksum of the whole is known.
        statement: Option<usize>,
        /// That statement with its line, in words.
        what: String,
    },
    /// Another runner is at work, for longer than we may wait.
    #[error("another runner{} is at work and did not finish within {waited_ms} ms; wait for it, or allow a longer wait", holder.as_deref().map(|name| format!(" ({name})")).unwrap_or_default())]
    Busy {
        /// The other one, as it called itself.
        holder: Option<String>,
        /// How long we waited.
        waited_ms: u64,
    },
    /// Another runner has taken over.
    #[error(
        "another runner has taken over while this one stood still; it goes on from where this one stopped"
    )]
    Fenced,
    /// Session locks do not hold.
    #[error(
        "the connection string leads through a transaction pooler: locks and settings of a session would land in sessions of others; give the runner a direct one, or the pooler's session mode"
    )]
    Pooler,
    /// The journal is newer than we are.
    #[error(
        "the journal in schema concertina has format {found}, and this program writes {known}; use a newer version of it"
    )]
    Format {
        /// What was found.
        found: u32,
        /// What we know.
        known: u32,
    },
    /// This release is older than what the schema still carries.
    #[error(
        "release {release} cannot start: {file} has begun to remove what releases before {after} need"
    )]
    TooOld {
        /// Ours.
        release: String,
        /// The contract.
        file: String,
        /// The release it wants.
        after: String,
    },
    /// The time a start-up may wait is over.
    #[error("the migrations this release needs were not applied within {waited_ms} ms: {}", .missing.join(", "))]
    NotReady {
        /// Which ones.
        missing: Vec<String>,
        /// How long we waited.
        waited_ms: u64,
    },
    /// Something in a migration cannot be run.
    #[error("{file}:{line}: {reason}")]
    Unrunnable {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// Why, and what to do.
        reason: String,
    },
    /// What is there is not what a recovery expects.
    #[error("{file}: {reason}")]
    Recovery {
        /// The file.
        file: String,
        /// What was found and what to do.
        reason: String,
    },
    /// There is no such instance.
    #[error("no instance {0} is registered; the status lists those that are")]
    UnknownInstance(String),
    /// The journal holds something that cannot be read.
    #[error("the journal cannot be read: {0}")]
    Journal(String),
    /// Somebody has aborted the run.
    #[error("aborted: {because}; what is committed stays, and the next run goes on from there")]
    Aborted {
        /// Why.
        because: String,
    },
    /// There is no such schema.
    #[error("there is no schema {0} in this database; create it, or mend its name")]
    NoSchema(String),
    /// Nothing has been applied to this database yet.
    #[error("there is no schema concertina in this database: nothing has been applied to it yet")]
    NoJournal,
    /// The observer said stop.
    #[error("stopped by the observer")]
    Stopped,
    /// The machine was asked to go on after its end.
    #[error("this run is over")]
    Over,
}

impl RunError {
    pub(super) fn sql(doing: &str, failure: Failure) -> Self {
        let (doing, state) = (doing.to_owned(), failure.sqlstate.is_some());
        let failure = Box::new(failure);
        if state {
            Self::Sql { doing, failure }
        } else {
            Self::Disconnected { doing, failure }
        }
    }

    /// Whether the database could not be reached or refused us, rather than a phase not completing.
    pub fn is_connection(&self) -> bool {
        matches!(
            self,
            Self::Connect(_) | Self::Disconnected { .. } | Self::Sql { .. } | Self::Pooler
        )
    }

    /// The SQLSTATE, when PostgreSQL gave one.
    pub fn sqlstate(&self) -> Option<&str> {
        match self {
            Self::Connect(failure)
            | Self::Disconnected { failure, .. }
            | Self::Sql { failure, .. }
            | Self::Statement { failure, .. } => failure.sqlstate.as_deref(),
            _ => None,
        }
    }
}

fn in_the_way(blockers: &[Blocker]) -> String {
    if blockers.is_empty() {
        return "nobody was seen".to_owned();
    }
    let words: Vec<String> = blockers.iter().map(ToString::to_string).collect();
    words.join("; ")
}
