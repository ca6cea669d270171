//! Who is held up by a set of locks: the locks every SELECT, INSERT, UPDATE and DELETE would have to take.

use std::collections::BTreeSet;

use super::work::index_name;
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
    let traffic = Traffic {
        held: effects,
        visible,
        detached,
    };
    let (mut reads, mut writes) = (BTreeSet::new(), BTreeSet::new());
    for relation in traffic.within_reach() {
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
            let showing = visible.relations().filter(shows);
            reads.extend(showing.map(|relation| relation.name.clone()));
        }
    }
    (effects.blocks_reads, effects.blocks_writes) = (reads, writes);
}

/// Views upon views are followed this far.
const MAX_DEPTH: usize = 32;

struct Traffic<'a> {
    held: &'a Effects,
    visible: &'a Catalogue,
    detached: &'a BTreeSet<ResolvedName>,
}

impl<'a> Traffic<'a> {
    /// The relations whose traffic could meet one of the locks: what is locked and all above it, with
    /// what reads that through views, what is below it, and both sides of its foreign keys.
    fn within_reach(&self) -> Vec<&'a Relation> {
        let visible = self.visible;
        let mut reached = Reached::new(visible);
        let add_locked = |reached: &mut Reached<'a>, strong: bool| {
            let from = reached.len();
            for (name, lock) in &self.held.locks {
                if lock.mode >= LockMode::Share && strong == (lock.mode >= LockMode::Exclusive) {
                    reached.add(visible.indexes.get(name).unwrap_or(name));
                }
            }
            reached.follow(from, |relation, add| relation.parents().for_each(add));
            reached.len()
        };
        // Below EXCLUSIVE a lock holds up only who writes to the very table: neither those who read it
        // through views nor those whose foreign keys look rows up in it. Many may do so.
        let strong = add_locked(&mut reached, true);
        let above = add_locked(&mut reached, false);
        // A delete looks for rows that reference the deleted one, an insert for the row it references.
        for at in 0..above {
            let Some(relation) = reached.at(at) else {
                break;
            };
            if at < strong {
                for dependent in visible.dependents(&relation.name) {
                    reached.add(&dependent.name);
                }
            }
            for constraint in &relation.constraints {
                if let ConstraintKind::ForeignKey { table, .. } = &constraint.kind {
                    reached.add(table);
                }
            }
        }
        // An insert into a partition looks up the bounds of all above it, a delete from one the keys
        // that reference its parents, and a view is read through any number of views.
        reached.follow(0, |relation, add| {
            if strong == 0 && relation.kind != RelationKind::PartitionedTable {
                return;
            }
            let below = visible.dependents(&relation.name).filter(|dependent| {
                dependent.parents().any(|parent| *parent == relation.name)
                    || dependent
                        .depends_on
                        .iter()
                        .any(|(name, _)| *name == relation.name)
            });
            below.for_each(|dependent| add(&dependent.name));
        });
        reached.relations
    }

    /// The partitions and children of a relation that are opened with it.
    fn below(&self, relation: &Relation) -> impl Iterator<Item = &'a Relation> {
        let children = self.visible.children(&relation.name);
        children.filter(|child| !self.detached.contains(&child.name))
    }

    /// The tables whose foreign keys reference a relation, and whether a delete there writes to them.
    fn referencing(&self, table: &'a Relation) -> impl Iterator<Item = (&'a Relation, bool)> {
        let others = std::iter::once(table).chain(self.visible.dependents(&table.name));
        others.flat_map(move |relation| {
            let constraints = relation.constraints.iter();
            constraints.filter_map(move |constraint| match &constraint.kind {
                // A partition's copy of its parent's key is looked up through the parent.
                _ if constraint.inherited && relation.partition_of.is_some() => None,
                ConstraintKind::ForeignKey {
                    table: to, written, ..
                } if *to == table.name && constraint.enforced => {
                    let writes = written.on_delete.as_deref().is_some_and(|action| {
                        action.starts_with("CASCADE") || action.starts_with("SET")
                    });
                    Some((relation, writes))
                }
                _ => None,
            })
        })
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
        self.waits(relation, mode)
            || depth < MAX_DEPTH
                && self
                    .below(relation)
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

    fn write_waits(&self, relation: &'a Relation) -> bool {
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
    fn referencing_waits(&self, relation: &'a Relation) -> bool {
        let mut at = Some(relation);
        for _ in 0..MAX_DEPTH {
            let Some(table) = at else { return false };
            let waits = self.referencing(table).any(|(from, writes)| {
                let mode = if writes {
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

/// Relations by name, each once, in the order they were found.
struct Reached<'a> {
    catalogue: &'a Catalogue,
    names: BTreeSet<&'a ResolvedName>,
    relations: Vec<&'a Relation>,
}

impl<'a> Reached<'a> {
    fn new(catalogue: &'a Catalogue) -> Self {
        Self {
            catalogue,
            names: BTreeSet::new(),
            relations: Vec::new(),
        }
    }

    fn add(&mut self, name: &ResolvedName) {
        if let Some(relation) = self.catalogue.get(name)
            && self.names.insert(&relation.name)
        {
            self.relations.push(relation);
        }
    }

    /// Adds what a step leads to, again and again, from the relation at `from` on.
    fn follow(&mut self, from: usize, step: impl Fn(&'a Relation, &mut dyn FnMut(&ResolvedName))) {
        let mut at = from;
        while let Some(relation) = self.at(at) {
            step(relation, &mut |name| self.add(name));
            at += 1;
        }
    }

    fn at(&self, at: usize) -> Option<&'a Relation> {
        self.relations.get(at).copied()
    }

    fn len(&self) -> usize {
        self.relations.len()
    }
}
