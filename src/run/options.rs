//! What a caller may decide about a run.

use std::time::Duration;

/// How long statements may wait for locks, and how often they ask again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockLimits {
    /// The `lock_timeout` of the first attempt that waits; each following one doubles it. Where the
    /// tables are known, three attempts before it do not wait at all.
    pub first: Duration,
    /// The longest `lock_timeout`: the longest that traffic can queue behind us.
    pub ceiling: Duration,
    /// The longest that all attempts of one step may take together, pauses included.
    pub budget: Duration,
    /// How long to stand back, without queueing for a lock, for transactions that hold it and have been
    /// open for longer than the ceiling; at most half of the budget.
    pub courtesy: Duration,
    /// The longest that a statement may wait which blocks neither reads nor writes meanwhile
    /// (`CREATE INDEX CONCURRENTLY`, `VALIDATE CONSTRAINT`).
    pub patience: Duration,
}

impl Default for LockLimits {
    /// From 10 to 80 ms within 10 minutes, of which a minute is spent standing back at a time; 30
    /// minutes for what blocks nobody.
    fn default() -> Self {
        Self {
            first: Duration::from_millis(10),
            ceiling: Duration::from_millis(80),
            budget: Duration::from_secs(600),
            courtesy: Duration::from_secs(60),
            patience: Duration::from_secs(1800),
        }
    }
}

/// How backfills are cut where the file has no `batch` directive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchLimits {
    /// Rows in the first batch.
    pub size: u64,
    /// The most rows in a batch.
    pub largest: u64,
    /// How long a batch should take; the size is steered towards it.
    pub target: Duration,
    /// The pause between two batches.
    pub pause: Duration,
    /// How many batches are at work at once, each on a connection of its own in its own part of the table.
    pub workers: usize,
    /// How many more join in while the server is idle: while no client but this run has run anything for a quarter of a second,
    /// in any of its databases, or is running something now. In between they stand aside.
    pub idle_workers: usize,
    /// The longest that a batch may wait for rows that somebody holds, while it holds rows itself. After
    /// that it leaves them out, writes down which they are, and comes back.
    pub row_lock: Duration,
    /// How far a replica may be behind.
    pub lag: Duration,
    /// How many bytes of write-ahead log everybody together may write in a second; any unless set.
    pub wal: Option<u64>,
    /// Whether an autovacuum of the table is let finish.
    pub autovacuum: bool,
    /// The longest stop for load (replicas, log, autovacuum, the caller's check); then one batch goes
    /// ahead, so that a backfill comes to its end whatever happens. A pause has no such end.
    pub longest_stop: Duration,
}

impl Default for BatchLimits {
    /// From 500 to at most 50 000 rows, 50 ms each, one at a time without a pause, and one more on an idle server;
    /// 20 ms for held rows, 5 s for replicas, at most 10 minutes for load.
    fn default() -> Self {
        Self {
            size: 500,
            largest: 50_000,
            target: Duration::from_millis(50),
            pause: Duration::ZERO,
            workers: 1,
            idle_workers: 1,
            row_lock: Duration::from_millis(20),
            lag: Duration::from_secs(5),
            wal: None,
            autovacuum: true,
            longest_stop: Duration::from_secs(600),
        }
    }
}

/// The history of another tool that is kept up to date even where its table is not there yet.
///
/// A history table that is there is always read and kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum History {
    /// `refinery_schema_history`.
    Refinery {
        /// Versions of 64 bits (refinery's feature `int8-versions`).
        wide: bool,
    },
    /// `_sqlx_migrations`.
    Sqlx,
    /// `__diesel_schema_migrations`.
    Diesel,
}

/// A client of the database that does not register: a report, a job, a release from before.
///
/// While a session of it is connected it counts as an instance of its release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Its `application_name`, or the role it connects as.
    pub name: String,
    /// The release whose schema it needs.
    pub release: semver::Version,
}

/// What [`super::Runner::start`] does about migrations that its release needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum StartPolicy {
    /// Apply the expand phase; one starter does, the others wait for it.
    #[default]
    Expand,
    /// Wait until somebody else has.
    Wait,
    /// Only look, and fail at once when something is missing.
    Check,
}

/// All of it.
#[derive(Debug, Clone)]
pub(super) struct Options {
    pub(super) name: String,
    pub(super) release: Option<semver::Version>,
    pub(super) queries: Vec<crate::compat::AppQuery>,
    pub(super) phase: crate::sql::Phase,
    pub(super) wait: Duration,
    pub(super) gate_wait: Duration,
    pub(super) locks: LockLimits,
    pub(super) batches: BatchLimits,
    pub(super) force: Option<String>,
    pub(super) history: Option<History>,
    pub(super) policy: StartPolicy,
    pub(super) lease: Duration,
    pub(super) clients: Vec<Client>,
    pub(super) scope: super::scope::Scope,
}
