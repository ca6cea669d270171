//! Who is held up by a set of locks: the locks every SELECT, INSERT, UPDATE and DELETE would have to take.

use std::collections::BTreeSet;

use super::{Effects, LockMode, LockedKind};
use crate::schema::{Catalogue, Constraint, ConstraintKind, Relation, RelationKind, ResolvedName};

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
    let name = |relation: &Relation| relation.name.clone();
    let mut reads: BTreeSet<_> = traffic.reads().into_iter().map(name).collect();
    let mut writes: BTreeSet<_> = traffic.writes().into_iter().map(name).collect();
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
    // The values of a composite type are shown by looking the type up
    // (lock-truth: `type.composite_add_attribute_used_by_column`).
    for (name, lock) in &effects.locks {
        if lock.kind == LockedKind::CompositeType && lock.mode.blocks_reads() {
            let shows = |relation: &&Relation| {
                let mut types = relation.columns.iter().map(|column| &column.ty);
                types.any(|ty| {
                    let found = visible.type_def(&ty.qualified_name());
                    found.is_some_and(|found| found.name == *name)
                })
            };
            let showing = visible.users(name).filter(shows);
            reads.extend(showing.map(|relation| relation.name.clone()));
        }
    }
    (effects.blocks_reads, effects.blocks_writes) = (reads, writes);
}

/// The locks, and what is led from them to the statements of others that would have to wait.
struct Traffic<'a> {
    held: &'a Effects,
    visible: &'a Catalogue,
    detached: &'a BTreeSet<ResolvedName>,
    /// What carries a lock, itself or by one of its indexes.
    locked: Vec<(&'a Relation, LockMode)>,
}

impl<'a> Traffic<'a> {
    fn new(
        held: &'a Effects,
        visible: &'a Catalogue,
        detached: &'a BTreeSet<ResolvedName>,
    ) -> Self {
        let locked = held.locks.iter().filter_map(|(name, lock)| {
            let name = visible.indexes.get(name).unwrap_or(name);
            let strong = lock.mode >= LockMode::Share;
            Some((visible.get(name).filter(|_| strong)?, lock.mode))
        });
        Self {
            locked: locked.collect(),
            held,
            visible,
            detached,
        }
    }

    /// The relations on which a lock of that mode has to wait, on themselves or on a child that is
    /// opened with them.
    fn waiting(&self, mode: LockMode) -> Reached<'a> {
        let mut reached = Reached::default();
        for (relation, held) in &self.locked {
            if held.conflicts_with(mode) {
                reached.add(relation);
            }
        }
        reached.follow(|relation, add| {
            if !self.detached.contains(&relation.name) {
                let parents = relation.parents();
                parents
                    .filter_map(|parent| self.visible.get(parent))
                    .for_each(add);
            }
        });
        reached
    }

    /// What a SELECT waits for: tables, and the views that are read through.
    fn reads(&self) -> Vec<&'a Relation> {
        let mut reached = self.waiting(LockMode::AccessShare);
        // A partition that has partitions is read by the bounds of all above it (`set_baserel_partition_constraint`;
        // measured: `column_settings.add_identity_partitioned_two_levels`).
        for (relation, _) in &self.locked {
            let own = self.held.locks.get(&relation.name);
            if own.is_some_and(|own| own.mode.conflicts_with(LockMode::AccessShare)) {
                let mut below = Reached::default();
                self.add_partitions(relation, &mut below);
                let whole = |one: &&&Relation| one.kind == RelationKind::PartitionedTable;
                below
                    .relations
                    .iter()
                    .filter(whole)
                    .for_each(|one| reached.add(one));
            }
        }
        reached.follow(|relation, add| {
            if relation.kind == RelationKind::Sequence {
                return;
            }
            let above = self.visible.dependents(&relation.name).filter(|dependent| {
                dependent.kind == RelationKind::View
                    && dependent
                        .depends_on
                        .iter()
                        .any(|(name, _)| *name == relation.name)
            });
            above.for_each(add);
        });
        let found = reached.relations.into_iter();
        found
            .filter(|relation| relation.kind != RelationKind::Sequence)
            .collect()
    }

    /// What an INSERT, UPDATE or DELETE waits for, or nextval.
    fn writes(&self) -> Vec<&'a Relation> {
        let mut reached = self.waiting(LockMode::RowExclusive);
        let written = reached.relations.clone();
        let looked_up = self.waiting(LockMode::RowShare);
        // An insert into a partition looks up the bounds of all above it.
        for (relation, _) in &self.locked {
            let own = self.held.locks.get(&relation.name);
            if own.is_some_and(|own| own.mode.conflicts_with(LockMode::AccessShare)) {
                self.add_partitions(relation, &mut reached);
            }
        }
        // An insert looks for the referenced row and locks it.
        for table in &looked_up.relations {
            for other in self.visible.dependents(&table.name) {
                if keys(other).any(|(to, ..)| *to == table.name) {
                    reached.add(other);
                }
            }
        }
        // A delete looks for rows that reference the deleted one; of a partition, through its parent too.
        for from in written {
            for (to, constraint, deletes) in keys(from) {
                // A partition's copy of its parent's key is looked up through the parent.
                let copy = constraint.inherited && from.partition_of.is_some();
                if !copy
                    && (deletes || looked_up.has(from))
                    && let Some(to) = self.visible.get(to)
                {
                    reached.add(to);
                    self.add_partitions(to, &mut reached);
                }
            }
        }
        let takes_writes = |relation: &&Relation| {
            !matches!(
                relation.kind,
                RelationKind::View | RelationKind::MaterializedView
            )
        };
        let found = reached.relations.into_iter();
        found.filter(takes_writes).collect()
    }

    /// All partitions below a table, however deep.
    fn add_partitions(&self, table: &'a Relation, reached: &mut Reached<'a>) {
        if table.kind != RelationKind::PartitionedTable {
            return;
        }
        let mut below = Reached::default();
        below.add(table);
        below.follow(|relation, add| {
            let partitions = self.visible.dependents(&relation.name).filter(|dependent| {
                let parent = dependent.partition_of.as_ref();
                parent.is_some_and(|(parent, _)| *parent == relation.name)
            });
            partitions.for_each(add);
        });
        below
            .relations
            .iter()
            .skip(1)
            .for_each(|one| reached.add(one));
    }
}

/// The enforced foreign keys of a table: what they reference, and whether a delete there writes here.
fn keys(table: &Relation) -> impl Iterator<Item = (&ResolvedName, &Constraint, bool)> {
    let all = table.constraints.iter();
    all.filter_map(|constraint| match &constraint.kind {
        ConstraintKind::ForeignKey { table, written, .. } if constraint.enforced => {
            let action = written.on_delete.as_deref();
            let writes = action
                .is_some_and(|action| action.starts_with("CASCADE") || action.starts_with("SET"));
            Some((table, constraint, writes))
        }
        _ => None,
    })
}

/// Relations of one catalogue, each once, in the order they were found.
#[derive(Default)]
struct Reached<'a> {
    /// By where they lie: of one catalogue, each lies in one place.
    known: BTreeSet<*const Relation>,
    relations: Vec<&'a Relation>,
}

impl<'a> Reached<'a> {
    fn add(&mut self, relation: &'a Relation) {
        if self.known.insert(relation) {
            self.relations.push(relation);
        }
    }

    fn has(&self, relation: &Relation) -> bool {
        self.known.contains(&std::ptr::from_ref(relation))
    }

    /// Adds what a step leads to, again and again.
    fn follow(&mut self, step: impl Fn(&'a Relation, &mut dyn FnMut(&'a Relation))) {
        let mut at = 0;
        while let Some(relation) = self.relations.get(at).copied() {
            step(relation, &mut |next| self.add(next));
            at += 1;
        }
    }
}
