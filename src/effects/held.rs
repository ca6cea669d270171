//! What a transaction has done before one of its statements and still holds.

use imbl::{OrdMap, OrdSet};

use super::{Effects, Lock};
use crate::schema::ResolvedName;

/// Locks and waiting traffic so far. Cloning is cheap: each step of a long transaction keeps its own.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Held {
    pub(crate) locks: OrdMap<ResolvedName, Lock>,
    pub(crate) blocks_reads: OrdSet<ResolvedName>,
    pub(crate) blocks_writes: OrdSet<ResolvedName>,
}

impl Held {
    /// The lock held on a relation, sequence or index.
    pub fn lock(&self, name: &ResolvedName) -> Option<Lock> {
        self.locks.get(name).copied()
    }

    /// Adds what a statement has done.
    pub(super) fn absorb(&mut self, later: &Effects) {
        for (name, lock) in &later.locks {
            match self.locks.get(name) {
                Some(held) if held.mode >= lock.mode => {}
                Some(held) => {
                    let stronger = Lock {
                        mode: lock.mode,
                        ..*held
                    };
                    self.locks.insert(name.clone(), stronger);
                }
                None => drop(self.locks.insert(name.clone(), *lock)),
            }
        }
        add(&mut self.blocks_reads, later.blocks_reads.iter());
        add(&mut self.blocks_writes, later.blocks_writes.iter());
    }
}

fn add<'a>(to: &mut OrdSet<ResolvedName>, names: impl Iterator<Item = &'a ResolvedName>) {
    for name in names {
        if !to.contains(name) {
            to.insert(name.clone());
        }
    }
}
