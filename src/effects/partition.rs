//! Partitions: ATTACH, DETACH, and the rows that are read to make sure of a bound.

use super::alter_table::Pass;
use super::bound::{self, Bound};
use super::constraint::says_not_null;
use super::foreign_key;
use super::work::{Work, index_name};
use super::{LockMode, cast, expr};
use crate::schema::{ConstraintKind, Index, Relation, RelationKind};
use crate::sql::ast::*;

/// `ATTACH PARTITION`: only SHARE UPDATE EXCLUSIVE on the parent, the strongest on the partition and on the
/// default partition; rows are read unless a CHECK proves the bound (lock-truth: the family `partition`).
pub(super) fn attach<'a>(
    work: &mut Work<'a>,
    pass: &mut Pass<'a, '_>,
    partition: &QualifiedName,
    bound: &str,
) {
    let Some(partition) = work.relation(partition) else {
        return;
    };
    let parent = pass.target;
    // A default partition beside no other takes every row.
    let takes_all =
        bound.trim().eq_ignore_ascii_case("default") && work.children(parent).is_empty();
    let bound = Bound::read(bound);
    for member in work.family(partition) {
        work.lock(member, LockMode::AccessExclusive);
    }
    // What holds for the rows of the parent has to hold for these too (`RelationGetPartitionQual` of the parent;
    // measured on 14 to 18).
    let mut above = parent;
    let mut proves = proved(partition, parent, &bound, false);
    for ancestor in work.partitioned_above(parent) {
        proves &= proved(partition, ancestor, &bound_of(above), false);
        above = ancestor;
    }
    if !takes_all && !proves {
        for member in foreign_key::rows_of(work, partition) {
            work.scan(member);
        }
    }
    lock_default(work, parent, &bound);
    for index in &parent.indexes {
        work.lock_index(parent, index, LockMode::ShareUpdateExclusive);
        if !partition
            .indexes
            .iter()
            .any(|own| matches_index(own, index))
            && let Some(after) = work.after.get(&partition.name)
        {
            let new = after
                .indexes
                .iter()
                .find(|own| matches_index(own, index) && partition.index(&own.name).is_none());
            if let Some(new) = new {
                work.effects.builds.insert(index_name(partition, new));
                work.scan(partition);
            }
        }
    }
    for constraint in &parent.constraints {
        let ConstraintKind::ForeignKey { table, .. } = &constraint.kind else {
            continue;
        };
        let Some(to) = work.before.get(table) else {
            continue;
        };
        foreign_key::lock_referenced(work, to);
        let own = foreign_key::taken_over(work, partition, constraint);
        if own.is_some() {
            foreign_key::lock_losing_trigger(work, to);
        }
        let validates = match own {
            Some(own) => constraint.validated && !own.validated,
            None => true,
        };
        if validates && constraint.enforced {
            foreign_key::check_rows(work, partition, to);
        }
    }
    lock_referencing(work, parent);
    work.look_up_bound(parent);
}

/// `DETACH PARTITION`.
pub(super) fn detach<'a>(
    work: &mut Work<'a>,
    pass: &Pass<'a, '_>,
    partition: &QualifiedName,
    mode: DetachMode,
) {
    let Some(partition) = work.relation(partition) else {
        return;
    };
    let parent = pass.target;
    let default = work.default_partition(parent);
    // What is below is left alone where nobody waits (measured on 14 to 18).
    let members = match mode {
        DetachMode::Concurrently => vec![partition],
        DetachMode::Plain | DetachMode::Finalize => work.family(partition),
    };
    for member in members {
        work.lock(member, LockMode::AccessExclusive);
    }
    match mode {
        DetachMode::Plain => {}
        DetachMode::Finalize => return,
        DetachMode::Concurrently => {
            work.forbid_block("ALTER TABLE ... DETACH CONCURRENTLY");
            if default.is_some() {
                let message =
                    "cannot detach partitions concurrently when a default partition exists";
                return work.refuse("55000", message);
            }
            work.effects.waits_for_snapshots = true;
            work.detached.insert(partition.name.clone());
            // Their locks last as long as the check (measured: `partition.detach_concurrently_referenced`).
            for (from, _) in work.referencing(&parent.name) {
                for member in foreign_key::rows_of(work, from) {
                    work.scan(member);
                }
                work.scan(partition);
            }
            return;
        }
    }
    if let Some(default) = default {
        work.lock(default, LockMode::AccessExclusive);
    }
    for index in &partition.indexes {
        let attached = parent.indexes.iter().any(|own| matches_index(own, index));
        if index.partition_of.is_some() || attached {
            work.lock_index(partition, index, LockMode::AccessExclusive);
        }
    }
    for to in foreign_key::referenced_by(work, parent) {
        // A partitioned one has no trigger of its own before 15 (measured: `partition.detach_fk_to_partitioned`).
        if work.version() >= 15 || to.kind != RelationKind::PartitionedTable {
            foreign_key::lock_referenced(work, to);
        }
    }
    for (from, _) in work.referencing(&parent.name) {
        // No row may reference the partition: both are joined (lock-truth: `partition.detach_parent_referenced`).
        work.lock(from, LockMode::AccessExclusive);
        for member in foreign_key::rows_of(work, from) {
            work.open_alone(member, LockMode::AccessShare);
            work.scan(member);
        }
        work.scan(partition);
    }
}

/// The expressions of a key are worked out always in the same way (`ComputePartitionAttrs`).
pub(super) fn refuse_key(work: &mut Work<'_>, create: &CreateTable) {
    let Some(table) = work.after.relation(&create.name) else {
        return;
    };
    let keys = create.partition_by.iter().flat_map(|by| &by.keys);
    let changes = |element: &IndexElement| match &element.key {
        IndexKey::Column(_) => false,
        IndexKey::Expr(expr) => {
            expr::volatility(work.before, &expr.expr) != Volatility::Immutable
                || cast::has_stable(work.before, table, &expr.expr, work.version())
        }
    };
    if keys.into_iter().any(changes) {
        let message = "functions in partition key expression must be marked IMMUTABLE";
        work.refuse("42P17", message);
    }
}

/// What a new partition does to its parent and the parent's other partitions (lock-truth: `create_table.partition_of_parent_referenced`).
pub(super) fn create_as_partition(work: &mut Work<'_>, of: &PartitionOf) {
    let Some(parent) = work.relation(&of.parent) else {
        return;
    };
    work.lock(parent, LockMode::AccessExclusive);
    lock_default(work, parent, &Bound::read(&of.bound));
    work.lock_indexes(parent, LockMode::ShareUpdateExclusive);
    for to in foreign_key::referenced_by(work, parent) {
        foreign_key::lock_referenced(work, to);
    }
    lock_referencing(work, parent);
}

/// The default partition may hold rows of the new bound.
fn lock_default<'a>(work: &mut Work<'a>, parent: &'a Relation, bound: &Bound) {
    if let Some(default) = work.default_partition(parent) {
        for member in work.family(default) {
            work.lock(member, LockMode::AccessExclusive);
        }
        if !proved(default, parent, bound, true) {
            for member in foreign_key::rows_of(work, default) {
                work.scan(member);
            }
        }
    }
}

/// Tables that reference the parent: from 15 on they get a trigger for the new partition.
fn lock_referencing(work: &mut Work<'_>, parent: &Relation) {
    let mode = if work.version() >= 15 {
        LockMode::ShareRowExclusive
    } else {
        LockMode::AccessShare
    };
    for (from, _) in work.referencing(&parent.name) {
        work.lock(from, mode);
    }
}

/// A table with all below it, without the partitions that a condition rules out.
pub(super) fn left_by<'a>(
    work: &Work<'a>,
    table: &'a Relation,
    filters: &[&Expr],
) -> Vec<&'a Relation> {
    if table.kind != RelationKind::PartitionedTable {
        return work.family(table);
    }
    let mut members = vec![table];
    let children = work.children(table);
    let key = only_key(table);
    for child in &children {
        let ruled_out = key.is_some_and(|key| match bound_of(child) {
            Bound::Other if is_default(child) => {
                let values = filters
                    .iter()
                    .find_map(|filter| bound::allowed(filter, key));
                values.is_some_and(|values| {
                    let taken = |value: &String| {
                        children.iter().any(|other| bound_of(other).contains(value))
                    };
                    values.iter().all(taken)
                })
            }
            bound => filters.iter().any(|filter| bound.excluded_by(filter, key)),
        });
        if !ruled_out {
            members.extend(left_by(work, child, filters));
        }
    }
    members
}

/// The partitions that the rows of an insert go to; all where the key is not written as a constant.
pub(super) fn routed(work: &mut Work<'_>, table: &Relation, insert: &Insert) {
    if table.kind != RelationKind::PartitionedTable {
        return;
    }
    let key = only_key(table);
    let rows = match insert.source.as_ref().map(|source| &source.body) {
        Some(QueryBody::Values(rows)) => rows.as_slice(),
        _ => &[],
    };
    let at = key.and_then(|key| match insert.columns.as_slice() {
        [] => table.columns.iter().position(|own| own.name == *key),
        columns => columns.iter().position(|own| own == key),
    });
    let values: Vec<Option<String>> = rows
        .iter()
        .map(|row| at.and_then(|at| row.get(at)).and_then(bound::constant))
        .collect();
    let children = work.children(table);
    for child in &children {
        let bound = bound_of(child);
        let takes = |value: &Option<String>| match value {
            Some(value) if is_default(child) => {
                !children.iter().any(|other| bound_of(other).contains(value))
            }
            Some(value) => bound.may_contain(value),
            None => true,
        };
        if values.is_empty() || values.iter().any(takes) {
            for member in work.family(child) {
                work.lock(member, LockMode::RowExclusive);
            }
        }
    }
}

/// The column a table is partitioned by, where it is one.
fn only_key(table: &Relation) -> Option<&Ident> {
    match keys(table)?.as_slice() {
        [key] => Some(*key),
        _ => None,
    }
}

/// The columns a table is partitioned by, where it is by columns.
fn keys(table: &Relation) -> Option<Vec<&Ident>> {
    let elements = table.partition_by.as_ref()?.keys.iter();
    elements
        .map(|element| match &element.key {
            IndexKey::Column(key) => Some(key),
            IndexKey::Expr(_) => None,
        })
        .collect()
}

fn bound_of(partition: &Relation) -> Bound {
    let bound = partition.partition_of.as_ref();
    bound.map_or(Bound::Other, |(_, text)| Bound::read(text))
}

fn is_default(partition: &Relation) -> bool {
    let bound = partition.partition_of.as_ref();
    bound.is_some_and(|(_, text)| text.trim().eq_ignore_ascii_case("default"))
}

/// Whether valid CHECKs of a table prove that all its rows lie in a bound, or, of the default
/// partition, that none does.
fn proved(table: &Relation, parent: &Relation, bound: &Bound, outside: bool) -> bool {
    let keys = keys(parent).unwrap_or_default();
    let Some(key) = keys.first().copied() else {
        return false;
    };
    let checks: Vec<&Expr> = table
        .constraints
        .iter()
        .filter(|one| one.validated && one.enforced)
        .filter_map(|one| match &one.kind {
            ConstraintKind::Check(check) => Some(&check.expr),
            _ => None,
        })
        .collect();
    if outside {
        return keys.len() == 1 && checks.iter().any(|check| bound.excluded_by(check, key));
    }
    let not_null = |key: &&Ident| {
        table.column(key).is_some_and(|column| column.not_null)
            || checks.iter().any(|check| says_not_null(check, key))
    };
    bound.proved_by(&checks, key, keys.iter().all(not_null))
}

/// Whether a partition's index can be a part of the parent's.
fn matches_index(own: &Index, parent: &Index) -> bool {
    let keys = |index: &Index| -> Vec<_> {
        let elements = index.elements.iter();
        elements
            .map(|element| match &element.key {
                IndexKey::Column(column) => column.as_str().to_owned(),
                IndexKey::Expr(expr) => expr.text.clone(),
            })
            .collect()
    };
    own.method == parent.method
        && (own.unique || !parent.unique)
        && (own.constraint.is_some() || parent.constraint.is_none())
        && keys(own) == keys(parent)
        && own.include == parent.include
        && own.predicate == parent.predicate
}

/// Whether an index can for sure be no part of a partitioned one; expressions may be written in many ways
/// (`CompareIndexInfo`).
pub(super) fn is_unlike(own: &Index, parent: &Index) -> bool {
    let other_key = |(own, parent): (&IndexElement, &IndexElement)| match (&own.key, &parent.key) {
        (IndexKey::Column(own), IndexKey::Column(parent)) => own != parent,
        (IndexKey::Expr(_), IndexKey::Expr(_)) => false,
        _ => true,
    };
    own.method != parent.method
        || own.unique != parent.unique
        || own.include.len() != parent.include.len()
        || own.predicate.is_some() != parent.predicate.is_some()
        || own.elements.len() != parent.elements.len()
        || own.elements.iter().zip(&parent.elements).any(other_key)
}
