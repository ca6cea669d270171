//! DROP of anything, and all that goes along: found by comparing the schema before and after.

use super::work::{Work, index_name};
use super::{LockMode, LockedKind, alter_table, foreign_key};
use crate::schema::{ConstraintKind, Relation, RelationKind};
use crate::sql::ast::{Behavior, Drop, ObjectKind};

/// What `DROP` does.
pub(super) fn effects(work: &mut Work<'_>, drop: &Drop) {
    if drop.object == ObjectKind::Index && drop.concurrently {
        return index_concurrently(work, drop);
    }
    match drop.object {
        ObjectKind::Database | ObjectKind::Tablespace => {
            let kind = drop.object.as_str().to_ascii_uppercase();
            return work.forbid_block(&format!("DROP {kind}"));
        }
        // What statistics are of is locked (lock-truth: `maintenance.drop_statistics`).
        ObjectKind::Statistics => {
            for name in &drop.names {
                if let Some(table) = work.before.table_of_statistics(&name.name) {
                    work.lock_named(&table, LockMode::ShareUpdateExclusive);
                }
            }
        }
        // All partitions are locked before it is looked which have a part of the index
        // (`RemoveRelations`; measured: `index.drop_partitioned_only`).
        ObjectKind::Index => {
            for name in &drop.names {
                if let Some((table, _)) = work.before.index(&name.name)
                    && table.kind == RelationKind::PartitionedTable
                {
                    for member in work.family(table) {
                        work.lock(member, LockMode::AccessExclusive);
                    }
                }
            }
        }
        ObjectKind::Type => {
            for name in &drop.names {
                alter_table::lock_composite(work, &name.name, LockMode::AccessExclusive);
            }
        }
        _ => {}
    }
    lock_what_goes(work);
    if work.before.is_incomplete() && !drop.if_exists {
        hold_unknown(work, drop);
    }
}

/// What we have only heard of is locked too.
fn hold_unknown(work: &mut Work<'_>, drop: &Drop) {
    let kind = match drop.object {
        ObjectKind::Table => LockedKind::Table,
        ObjectKind::Index => LockedKind::Index,
        ObjectKind::View => LockedKind::View,
        ObjectKind::MaterializedView => LockedKind::MaterializedView,
        ObjectKind::Sequence => LockedKind::Sequence,
        _ => return,
    };
    for name in &drop.names {
        let known =
            work.before.relation(&name.name).is_some() || work.before.index(&name.name).is_some();
        if !known {
            let name = work.before.creation_name(&name.name);
            work.hold(&name, kind, LockMode::AccessExclusive);
        }
    }
}

/// ACCESS EXCLUSIVE on all that is there before and not after, and on the tables that lose something:
/// an index (lock-truth: `index.drop`), either side of a foreign key (`drop_object.table_referencing`), a default
/// (`sequence.drop_used_by_default_cascade`), a partition with its siblings' default (`partition.drop_partition_with_default_partition`).
pub(super) fn lock_what_goes(work: &mut Work<'_>) {
    const STRONG: LockMode = LockMode::AccessExclusive;
    let before = work.before;
    for (relation, after) in before.changed(work.after) {
        match after {
            None => {
                work.lock(relation, STRONG);
                work.lock_indexes(relation, STRONG);
                lock_referenced(work, relation);
                if let Some((parent, _)) = &relation.partition_of
                    && let Some(parent) = before.get(parent)
                {
                    work.lock(parent, STRONG);
                    if let Some(default) = work.default_partition(parent) {
                        work.lock(default, STRONG);
                    }
                }
            }
            Some(after) => lock_losing(work, relation, after),
        }
    }
}

fn lock_losing(work: &mut Work<'_>, relation: &Relation, after: &Relation) {
    const STRONG: LockMode = LockMode::AccessExclusive;
    for index in &relation.indexes {
        let adopted = work.adopted.contains(&index_name(relation, index));
        if after.index(&index.name).is_none() && !adopted {
            work.lock(relation, STRONG);
            work.lock_index(relation, index, STRONG);
        }
    }
    for constraint in &relation.constraints {
        if after.constraint(&constraint.name).is_some() {
            continue;
        }
        work.lock(relation, STRONG);
        if let ConstraintKind::ForeignKey { table, .. } = &constraint.kind
            && let Some(to) = work.before.get(table)
        {
            // Its triggers are on each partition (measured: `partition.drop_referenced_cascade`).
            foreign_key::lock_for_drop(work, to);
        }
    }
    let column_lost = relation.columns.iter().any(|column| {
        let own = after.column(&column.name);
        own.is_none_or(|own| column.default.is_some() && own.default.is_none())
    });
    let kept = |name: &_| {
        after
            .triggers
            .iter()
            .any(|own| own.definition.name == *name)
    };
    let trigger_lost = relation
        .triggers
        .iter()
        .any(|trigger| !kept(&trigger.definition.name));
    let named_lost = relation
        .policies
        .iter()
        .any(|name| !after.policies.contains(name))
        || relation
            .rules
            .iter()
            .any(|name| !after.rules.contains(name));
    if column_lost || trigger_lost || named_lost {
        work.lock(relation, STRONG);
    }
    if trigger_lost && let Some(own) = work.before.get(&relation.name) {
        // A row trigger has a copy on each partition (lock-truth: `trigger_rule.drop_partitioned`).
        for member in work.family_if_partitioned(own) {
            work.lock(member, STRONG);
        }
    }
}

/// A partition's copy of its parent's key has no trigger of its own on the other table
/// (measured: `partitioned.drop_partition_parent_with_fk`).
fn lock_referenced(work: &mut Work<'_>, relation: &Relation) {
    for constraint in &relation.constraints {
        let copy = constraint.inherited && relation.partition_of.is_some();
        if let ConstraintKind::ForeignKey { table, .. } = &constraint.kind
            && !copy
            && let Some(to) = work.before.get(table)
        {
            foreign_key::lock_for_drop(work, to);
        }
    }
}

/// `DROP INDEX CONCURRENTLY`: waits for all who could use it, then takes it away unseen.
fn index_concurrently(work: &mut Work<'_>, drop: &Drop) {
    work.forbid_block("DROP INDEX CONCURRENTLY");
    if drop.names.len() > 1 {
        let message = "DROP INDEX CONCURRENTLY does not support dropping multiple objects";
        return work.refuse("0A000", message);
    }
    if drop.behavior == Behavior::Cascade {
        return work.refuse("0A000", "DROP INDEX CONCURRENTLY does not support CASCADE");
    }
    for name in &drop.names {
        let Some((table, index)) = work.before.index(&name.name) else {
            continue;
        };
        if table.kind == RelationKind::PartitionedTable {
            let message = format!(
                "cannot drop partitioned index \"{}\" concurrently",
                index.name
            );
            return work.refuse("0A000", message);
        }
        work.lock(table, LockMode::ShareUpdateExclusive);
        work.hold(
            &index_name(table, index),
            LockedKind::Index,
            LockMode::ShareUpdateExclusive,
        );
        work.effects.waits_for_snapshots = true;
    }
}
