//! What a run tells its observer while it goes on.

use serde::Serialize;

use crate::sql::Phase;

/// Something that happened. Serialised, its `event` is the name in lower case with hyphens.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Event {
    /// Another runner is at work; we ask again in a while.
    LeaderWaiting {
        /// The other one, as it called itself.
        holder: Option<String>,
        /// For how long we have been asking, in milliseconds.
        waited_ms: u64,
    },
    /// A history kept by another tool is taken over.
    Adopted {
        /// The file.
        file: String,
        /// `refinery`, `sqlx` or `diesel`.
        source: String,
    },
    /// A step of a migration begins.
    StepStarted {
        /// The migration.
        #[serde(flatten)]
        at: Place,
        /// `transaction`, `alone` or `backfill`.
        kind: String,
        /// How many steps the migration has.
        steps: usize,
    },
    /// Transactions that have been open for long hold what a step wants to lock; it does not ask for it
    /// while they do, so that nobody queues behind it.
    StandingBack {
        /// The migration.
        #[serde(flatten)]
        at: Place,
        /// Who holds it.
        blockers: Vec<Blocker>,
    },
    /// A statement is under way and waits for others: for a lock, or, if it is one of the CONCURRENTLY
    /// forms, for transactions that are older than itself.
    Waiting {
        /// The migration.
        #[serde(flatten)]
        at: Place,
        /// For whom.
        blockers: Vec<Blocker>,
    },
    /// A lock was not to be had in time.
    LockWaiting {
        /// The migration.
        #[serde(flatten)]
        at: Place,
        /// How long it was waited for, in milliseconds; 0 where it was only asked whether it is free.
        timeout_ms: u64,
        /// Who held it.
        blockers: Vec<Blocker>,
    },
    /// The same again after a pause.
    Retry {
        /// The migration.
        #[serde(flatten)]
        at: Place,
        /// Which attempt comes, from 2.
        attempt: u32,
        /// The pause in milliseconds.
        pause_ms: u64,
        /// Why.
        reason: String,
    },
    /// The locks of a transaction were had after all.
    LockAcquired {
        /// The migration.
        #[serde(flatten)]
        at: Place,
        /// How many attempts it took.
        attempts: u32,
    },
    /// A batch of a backfill is committed.
    Batch {
        /// The migration.
        #[serde(flatten)]
        at: Place,
        /// The table.
        table: String,
        /// Rows changed by this batch.
        rows: u64,
        /// How far the backfill is.
        progress: Progress,
        /// How long the batch took, in milliseconds.
        took_ms: u64,
    },
    /// Rows were left out since somebody holds them; the backfill waits for them, holding nothing.
    RowsHeld {
        /// The migration.
        #[serde(flatten)]
        at: Place,
        /// How many keys (of a table without one: pages) they have.
        rows: u64,
        /// Who holds the first of them.
        blockers: Vec<Blocker>,
    },
    /// The run stands still.
    Stopped {
        /// The migration.
        #[serde(flatten)]
        at: Place,
        /// Why.
        reason: super::Stop,
    },
    /// The run goes on after it stood still.
    GoingOn {
        /// The migration.
        #[serde(flatten)]
        at: Place,
        /// For how long it stood still, in milliseconds.
        stopped_ms: u64,
    },
    /// Rows still match after the last pass of a backfill.
    Remaining {
        /// The migration.
        #[serde(flatten)]
        at: Place,
        /// How many.
        rows: u64,
    },
    /// A step is done and its journal row committed.
    StepFinished {
        /// The migration.
        #[serde(flatten)]
        at: Place,
    },
    /// A migration is applied.
    MigrationFinished {
        /// The file.
        file: String,
        /// Its phase.
        phase: Phase,
    },
    /// The file of a migration that is under way is no longer what was begun; what was begun is finished.
    Frozen {
        /// The file.
        file: String,
        /// The first statement that differs, from 0.
        statement: usize,
    },
    /// A contract has to wait.
    GateHeld {
        /// The file.
        file: String,
        /// Why.
        reasons: Vec<super::HeldReason>,
    },
    /// A migration is left for later since it needs one that is.
    Deferred {
        /// The file.
        file: String,
        /// Why.
        reason: String,
    },
    /// The run is over.
    Finished {
        /// Applied by this run.
        applied: Vec<String>,
        /// Left for later.
        held: Vec<String>,
    },
}

impl Event {
    /// Its name, as it is serialised.
    pub fn name(&self) -> &'static str {
        match self {
            Self::LeaderWaiting { .. } => "leader-waiting",
            Self::Adopted { .. } => "adopted",
            Self::StepStarted { .. } => "step-started",
            Self::StandingBack { .. } => "standing-back",
            Self::Waiting { .. } => "waiting",
            Self::LockWaiting { .. } => "lock-waiting",
            Self::Retry { .. } => "retry",
            Self::LockAcquired { .. } => "lock-acquired",
            Self::Batch { .. } => "batch",
            Self::RowsHeld { .. } => "rows-held",
            Self::Stopped { .. } => "stopped",
            Self::GoingOn { .. } => "going-on",
            Self::Remaining { .. } => "remaining",
            Self::StepFinished { .. } => "step-finished",
            Self::MigrationFinished { .. } => "migration-finished",
            Self::Frozen { .. } => "frozen",
            Self::GateHeld { .. } => "gate-held",
            Self::Deferred { .. } => "deferred",
            Self::Finished { .. } => "finished",
        }
    }
}

/// A step of a migration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The file.
    pub file: String,
    /// The step, from 0.
    pub step: usize,
    /// Its first statement in the file, from 0.
    pub statement: usize,
}

/// How far a backfill is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Progress {
    /// Rows passed, changed or not.
    pub done: u64,
    /// Rows there are, as PostgreSQL estimates.
    pub total: u64,
    /// Rows passed in a second; none before the first batch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<f64>,
    /// Seconds to go at that rate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eta_s: Option<u64>,
}

/// A session that is in the way. Of its query the shape is shown, without constants: they may be data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Blocker {
    /// Its process; 0 of a prepared transaction.
    pub pid: i32,
    /// Its `application_name`, or the name of a prepared transaction.
    pub application: String,
    /// Its state, such as `idle in transaction`.
    pub state: String,
    /// The first word of its last query in capitals.
    pub command: String,
    /// That query with `?` in place of constants, cut after some 120 bytes.
    pub query: String,
    /// How long its transaction is open, in milliseconds.
    pub transaction_ms: u64,
}

impl std::fmt::Display for Blocker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.pid != 0 {
            write!(f, "process {}", self.pid)?;
        }
        if !self.application.is_empty() {
            write!(f, " ({})", self.application)?;
        }
        write!(
            f,
            ", {}, transaction open for {:.1} s",
            self.state,
            self.transaction_ms as f64 / 1000.0
        )?;
        if self.query.is_empty() {
            return Ok(());
        }
        let which = if self.state == "active" {
            "query"
        } else {
            "last query"
        };
        write!(f, ", {which}: {}", self.query)
    }
}
