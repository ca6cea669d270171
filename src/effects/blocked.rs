//! Who is held up by a set of locks: the locks every SELECT, INSERT, UPDATE and DELETE would have to take.

use std::collections::{BTreeMap, BTreeSet};

use super::work::{index_name, parents};
use super::{Effects, LockMode, LockedKind};
use crate::schema::{Catalogue, ConstraintKind, Relation, RelationKind, ResolvedName};

/// Works out `blocks_reads` and `blocks_writes` from the locks.
///
/// `visible` is the schema as other sessions see it. What was tried on real servers: a reader opens
/// a table with its indexes and its children (`add_column.inheritance_child`), a view what it reads
/// (`add_column.with_dependent_view`); a writer in addition its parents, to know the bound of a partition
/// (`rename.partitioned_parent`), and both sides of each foreign key (`add_column.referencing_table`).
/// `detached` are partitions that their parent no longer opens (`partition.detach_concurrently`).
pub(super) fn derive(
    effects: &mut Effects,
    visible: &Catalogue,
    detached: &BTreeSet<ResolvedName>,
) {
    effects.blocks_reads.clear();
    effects.blocks_writes.clear();
    let weakest_that_blocks = LockMode::Share;
    if effects.strongest() < Some(weakest_that_blocks) {
        return;
    }
    let traffic = Traffic::new(effects, visible, detached);
    let (mut reads, mut writes) = (BTreeSet::new(), BTreeSet::new());
    for relation in visible.relations() {
        if traffic.read_waits(relation, 0) {
            reads.insert(relation.name.clone());
        }
        if traffic.write_waits(relation) {
            writes.insert(relation.name.clone());
        }
    }
    // What we have only heard of is judged by its own lock.
    for (name, lock) in &effects.locks {
        let table = matches!(lock.kind, LockedKind::Table) && visible.get(name).is_none();
        if table && lock.mode.blocks_reads() {
            reads.insert(name.clone());
        }
        if table && lock.mode.blocks_writes() {
            writes.insert(name.clone());
        }
    }
    (effects.blocks_reads, effects.blocks_writes) = (reads, writes);
}

/// Views upon views are followed this far.
const MAX_DEPTH: usize = 32;

struct Traffic<'a> {
    held: &'a Effects,
    visible: &'a Catalogue,
    below: BTreeMap<&'a ResolvedName, Vec<&'a Relation>>,
    /// For each referenced table the tables that reference it, and whether a delete writes to them.
    referencing: BTreeMap<&'a ResolvedName, Vec<(&'a Relation, bool)>>,
}

impl<'a> Traffic<'a> {
    fn new(held: &'a Effects, visible: &'a Catalogue, detached: &BTreeSet<ResolvedName>) -> Self {
        let mut below: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let mut referencing: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for relation in visible.relations() {
            if !detached.contains(&relation.name) {
                for parent in parents(relation) {
                    below.entry(parent).or_default().push(relation);
                }
            }
            for constraint in &relation.constraints {
                // A partition's copy of its parent's key is looked up through the parent.
                if constraint.inherited && relation.partition_of.is_some() {
                    continue;
                }
                if let ConstraintKind::ForeignKey { table, written, .. } = &constraint.kind
                    && constraint.enforced
                {
                    let writes = written.on_delete.as_deref().is_some_and(|action| {
                        action.starts_with("CASCADE") || action.starts_with("SET")
                    });
                    referencing
                        .entry(table)
                        .or_default()
                        .push((relation, writes));
                }
            }
        }
        Self {
            held,
            visible,
            below,
            referencing,
        }
    }

    /// Whether a lock on a relation and its indexes would have to wait.
    fn waits(&self, relation: &Relation, mode: LockMode) -> bool {
        let conflicts = |name: &ResolvedName| {
            let held = self.held.locks.get(name);
            held.is_some_and(|held| held.mode.conflicts_with(mode))
        };
        conflicts(&relation.name)
            || relation
                .indexes
                .iter()
                .any(|index| conflicts(&index_name(relation, index)))
    }

    /// The same for a table with everything below it.
    fn family_waits(&self, relation: &Relation, mode: LockMode, depth: usize) -> bool {
        let below = self.below.get(&relation.name).into_iter().flatten();
        self.waits(relation, mode)
            || depth < MAX_DEPTH
                && below
                    .into_iter()
                    .any(|child| self.family_waits(child, mode, depth + 1))
    }

    fn read_waits(&self, relation: &Relation, depth: usize) -> bool {
        match relation.kind {
            RelationKind::Sequence => false,
            RelationKind::View => {
                let reads = relation.depends_on.iter().map(|(name, _)| name);
                let reads: BTreeSet<_> = reads.collect();
                self.waits(relation, LockMode::AccessShare)
                    || depth < MAX_DEPTH
                        && reads
                            .into_iter()
                            .filter_map(|name| self.visible.get(name))
                            .any(|read| self.read_waits(read, depth + 1))
            }
            RelationKind::Table
            | RelationKind::PartitionedTable
            | RelationKind::ForeignTable
            | RelationKind::MaterializedView => {
                self.family_waits(relation, LockMode::AccessShare, 0)
            }
        }
    }

    fn write_waits(&self, relation: &Relation) -> bool {
        match relation.kind {
            RelationKind::View | RelationKind::MaterializedView => false,
            RelationKind::Sequence => self.waits(relation, LockMode::RowExclusive),
            RelationKind::Table | RelationKind::PartitionedTable | RelationKind::ForeignTable => {
                self.family_waits(relation, LockMode::RowExclusive, 0)
                    || self.ancestor_waits(relation)
                    || self.referenced_waits(relation)
                    || self.referencing_waits(relation)
            }
        }
    }

    /// An insert into a partition looks up the bounds of all above it.
    fn ancestor_waits(&self, relation: &Relation) -> bool {
        let mut at = relation;
        for _ in 0..MAX_DEPTH {
            let parent = at.partition_of.as_ref();
            let Some(parent) = parent.and_then(|(parent, _)| self.visible.get(parent)) else {
                return false;
            };
            let held = self.held.locks.get(&parent.name);
            if held.is_some_and(|held| held.mode.conflicts_with(LockMode::AccessShare)) {
                return true;
            }
            at = parent;
        }
        false
    }

    /// An insert looks for the referenced row and locks it.
    fn referenced_waits(&self, relation: &Relation) -> bool {
        relation.constraints.iter().any(|constraint| {
            let ConstraintKind::ForeignKey { table, .. } = &constraint.kind else {
                return false;
            };
            let referenced = self.visible.get(table);
            constraint.enforced
                && referenced.is_some_and(|to| self.family_waits(to, LockMode::RowShare, 0))
        })
    }

    /// A delete looks for rows that reference the deleted one; of a partition, through its parent too.
    fn referencing_waits(&self, relation: &Relation) -> bool {
        let mut at = Some(relation);
        for _ in 0..MAX_DEPTH {
            let Some(table) = at else { return false };
            let referencing = self.referencing.get(&table.name).into_iter().flatten();
            let waits = referencing.into_iter().any(|(from, writes)| {
                let mode = if *writes {
                    LockMode::RowExclusive
                } else {
                    LockMode::RowShare
                };
                self.family_waits(from, mode, 0)
            });
            if waits {
                return true;
            }
            let parent = table.partition_of.as_ref();
            at = parent.and_then(|(parent, _)| self.visible.get(parent));
        }
        false
    }
}
