//! What PostgreSQL does for a change on a catalogue: locks, rewrites, scans, who is blocked, by major version.

pub(crate) mod expr;
mod lock;
pub mod phase;
mod timeline;

use std::collections::{BTreeMap, BTreeSet};

pub use lock::{LockMode, LockedKind};
use serde::Serialize;
pub use timeline::{FileWalk, Options, Step, Timeline, Transaction, walk, wrapped};

use crate::schema::{Refusal, ResolvedName, Session};
use crate::sql::ast::Change;

/// The oldest and newest major version we speak of; the newest is the default.
pub const VERSIONS: std::ops::RangeInclusive<u16> = 14..=18;

/// Whether a statement may run inside a transaction block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum TransactionRule {
    /// Inside or outside.
    #[default]
    Allowed,
    /// Inside only (LOCK TABLE).
    Required,
    /// Outside only: SQLSTATE 25001 inside.
    Forbidden,
}

/// What a statement, or a transaction as a whole, does to what existed before it.
///
/// The words mean what `locks`, `rewrite`, `index_builds`, `scan`, `blocks_reads` and `blocks_writes`
/// mean in the measurements; what the open transaction made itself is in none of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Effects {
    /// Inside a transaction block, outside, or both.
    pub transaction: TransactionRule,
    /// The strongest lock on each relation, index or sequence that existed before.
    pub locks: BTreeMap<ResolvedName, Lock>,
    /// Tables written anew row by row.
    pub rewrites: BTreeSet<ResolvedName>,
    /// Indexes built by reading their whole table; new ones too.
    pub builds: BTreeSet<ResolvedName>,
    /// Tables read from end to end.
    pub scans: BTreeSet<ResolvedName>,
    /// Relations on which a SELECT of another session waits.
    pub blocks_reads: BTreeSet<ResolvedName>,
    /// Relations on which an INSERT, UPDATE or DELETE (of a sequence: nextval) of another session waits.
    pub blocks_writes: BTreeSet<ResolvedName>,
    /// Waits for every transaction that is older, whatever it does (the CONCURRENTLY forms).
    pub waits_for_snapshots: bool,
    /// What PostgreSQL would refuse.
    pub fails: Option<Refusal>,
}

impl Effects {
    /// Adds what a later statement of the same transaction does.
    pub fn absorb(&mut self, later: &Self) {
        self.transaction = self.transaction.max(later.transaction);
        for (name, lock) in &later.locks {
            let held = self.locks.entry(name.clone()).or_insert(*lock);
            held.mode = held.mode.max(lock.mode);
        }
        self.rewrites.extend(later.rewrites.iter().cloned());
        self.builds.extend(later.builds.iter().cloned());
        self.scans.extend(later.scans.iter().cloned());
        self.blocks_reads.extend(later.blocks_reads.iter().cloned());
        self.blocks_writes
            .extend(later.blocks_writes.iter().cloned());
        self.waits_for_snapshots |= later.waits_for_snapshots;
        if self.fails.is_none() {
            self.fails.clone_from(&later.fails);
        }
    }

    /// The strongest lock held on anything.
    pub fn strongest(&self) -> Option<LockMode> {
        self.locks.values().map(|lock| lock.mode).max()
    }
}

/// One lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lock {
    /// On what kind of relation.
    pub kind: LockedKind,
    /// How strong.
    pub mode: LockMode,
}

/// What `change` does in a session, just before it is applied there.
pub fn of_change(change: &Change, session: &Session) -> Effects {
    let _ = (change, session);
    Effects::default()
}
