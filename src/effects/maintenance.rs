//! TRUNCATE, LOCK, VACUUM, CLUSTER and REFRESH: what they do to whole tables.

use super::work::Work;
use super::{LockMode, LockedKind, TransactionRule, work};
use crate::schema::{Relation, RelationKind};
use crate::sql::ast::{Behavior, Ident, QualifiedName};

/// `TRUNCATE`: indexes are built anew, over nothing (lock-truth: `maintenance.truncate`).
pub(super) fn truncate(
    work: &mut Work<'_>,
    tables: &[QualifiedName],
    only: &[QualifiedName],
    restart_identity: bool,
    behavior: Behavior,
) {
    let mut reached: Vec<&Relation> = Vec::new();
    let mut waiting: Vec<&Relation> = Vec::new();
    for name in tables {
        let Some(table) = work.relation(name) else {
            continue;
        };
        if !only.contains(name) {
            waiting.push(table);
        } else if table.kind == RelationKind::PartitionedTable {
            return work.refuse("42809", "cannot truncate only a partitioned table");
        } else {
            reached.push(table);
        }
    }
    while let Some(table) = waiting.pop() {
        if reached.iter().any(|known| known.name == table.name) {
            continue;
        }
        reached.push(table);
        waiting.extend(work.family(table));
        if behavior == Behavior::Cascade {
            waiting.extend(referencing_rows(work, table));
        }
    }
    if behavior == Behavior::Restrict {
        for table in &reached {
            let mut from = referencing_rows(work, table).into_iter();
            if from.any(|from| !reached.iter().any(|known| known.name == from.name)) {
                let message = "cannot truncate a table referenced in a foreign key constraint";
                return work.refuse("0A000", message);
            }
        }
    }
    for table in reached {
        work.lock(table, LockMode::AccessExclusive);
        if table.kind == RelationKind::Table {
            work.lock_indexes(table, LockMode::AccessExclusive);
            for index in &table.indexes {
                work.effects.builds.insert(work::index_name(table, index));
            }
        }
        if restart_identity {
            let all = work.before.dependents(&table.name);
            let own =
                all.filter(|one| one.owned_by.as_ref().is_some_and(|(t, _)| *t == table.name));
            for sequence in own.collect::<Vec<_>>() {
                work.lock(sequence, LockMode::AccessExclusive);
            }
        }
    }
}

/// The tables that reference a table's rows: a partition is referenced through its parents
/// (`heap_truncate_find_FKs`; measured: `maintenance.truncate_partition_cascade`).
fn referencing_rows<'a>(work: &Work<'a>, table: &'a Relation) -> Vec<&'a Relation> {
    let above = work.partitioned_above(table).into_iter();
    let all = std::iter::once(table).chain(above);
    all.flat_map(|table| work.referencing(&table.name))
        .map(|(from, _)| from)
        .collect()
}

/// `LOCK TABLE`, which makes no sense outside a transaction block.
pub(super) fn lock(
    work: &mut Work<'_>,
    tables: &[QualifiedName],
    only: &[QualifiedName],
    mode: &str,
) {
    work.effects.transaction = TransactionRule::Required;
    if !work.session.in_transaction() {
        work.refuse("25P01", "LOCK TABLE can only be used in transaction blocks");
    }
    let mode = LockMode::from_name(mode).unwrap_or(LockMode::AccessExclusive);
    for name in tables {
        let Some(relation) = work.relation(name) else {
            continue;
        };
        match relation.kind {
            RelationKind::Table | RelationKind::PartitionedTable => {}
            RelationKind::View => lock_view(work, relation, mode),
            RelationKind::ForeignTable
            | RelationKind::MaterializedView
            | RelationKind::Sequence => {
                let message = format!("cannot lock relation \"{}\"", relation.name.name);
                return work.refuse("42809", message);
            }
        }
        let members = match only.contains(name) {
            true => vec![relation],
            false => work.family(relation),
        };
        for member in members {
            work.lock(member, mode);
        }
    }
}

/// What a view reads is locked like the view (measured: `upkeep.lock_view_over_view`).
fn lock_view<'a>(work: &mut Work<'a>, view: &'a Relation, mode: LockMode) {
    for read in super::query::opened(work.before, view) {
        match read.kind {
            RelationKind::View => work.lock(read, mode),
            RelationKind::Table | RelationKind::PartitionedTable => {
                for member in work.family(read) {
                    work.lock(member, mode);
                }
            }
            _ => {}
        }
    }
}

/// `VACUUM` and `ANALYZE`.
pub(super) fn vacuum(
    work: &mut Work<'_>,
    vacuum: bool,
    full: bool,
    tables: &[QualifiedName],
    only: &[QualifiedName],
) {
    if !only.is_empty() && work.version() < 18 {
        return work.refuse_syntax("ONLY is known here from PostgreSQL 18 on");
    }
    if vacuum {
        work.forbid_block("VACUUM");
    }
    let alone = |name: &QualifiedName| only.contains(name);
    let named: Vec<(&Relation, bool)> = tables
        .iter()
        .filter_map(|name| Some((work.relation(name)?, alone(name))))
        .collect();
    let mut reached: Vec<&Relation> = Vec::new();
    for (table, alone) in named {
        // From 18 on those that inherit are reached too (PostgreSQL 18 release notes); before, ANALYZE
        // only took samples of them (measured: `partitioned.inheritance_analyze`).
        if !alone && (table.kind == RelationKind::PartitionedTable || work.version() >= 18) {
            reached.extend(work.family(table));
            continue;
        }
        reached.push(table);
        for child in work.family(table).into_iter().skip(1) {
            if !vacuum {
                work.lock(child, LockMode::AccessShare);
            }
        }
    }
    if tables.is_empty() {
        let all = work.before.relations();
        reached.extend(all.filter(|one| {
            matches!(
                one.kind,
                RelationKind::Table | RelationKind::MaterializedView
            )
        }));
    }
    for table in reached {
        if !stores_or_parts(table) {
            continue;
        }
        if full && vacuum {
            rewrite_quietly(work, table);
        } else {
            work.lock(table, LockMode::ShareUpdateExclusive);
            let on_indexes = match vacuum {
                true => LockMode::RowExclusive,
                false => LockMode::AccessShare,
            };
            if table.kind != RelationKind::PartitionedTable {
                work.lock_indexes(table, on_indexes);
            }
        }
    }
}

/// Whether there is anything to vacuum or analyze: a view is passed over with a warning.
fn stores_or_parts(table: &Relation) -> bool {
    match table.kind {
        RelationKind::Table
        | RelationKind::PartitionedTable
        | RelationKind::ForeignTable
        | RelationKind::MaterializedView => true,
        RelationKind::View | RelationKind::Sequence => false,
    }
}

/// `CLUSTER`.
pub(super) fn cluster(work: &mut Work<'_>, table: Option<&QualifiedName>, using: Option<&Ident>) {
    match table.map(|name| work.relation(name)) {
        Some(Some(table)) => {
            if table.kind == RelationKind::PartitionedTable {
                if work.version() < 15 {
                    return work.refuse("0A000", "cannot cluster a partitioned table");
                }
                work.forbid_block("CLUSTER");
            }
            let never = using.is_none() && table.clustered_on.is_none();
            if never && table.kind == RelationKind::Table && table.columns_known {
                let name = &table.name.name;
                let message =
                    format!("there is no previously clustered index for table \"{name}\"");
                return work.refuse("42704", message);
            }
            for member in work.family_if_partitioned(table) {
                rewrite_quietly(work, member);
            }
        }
        Some(None) => {}
        None => {
            work.forbid_block("CLUSTER");
            let clustered = work.before.relations();
            let clustered = clustered.filter(|one| one.clustered_on.is_some());
            for table in clustered.collect::<Vec<_>>() {
                rewrite_quietly(work, table);
            }
        }
    }
}

/// Written anew as a whole; the server does not call that a rewrite (lock-truth: `maintenance.vacuum_full`).
fn rewrite_quietly(work: &mut Work<'_>, table: &Relation) {
    work.lock(table, LockMode::AccessExclusive);
    if table.kind == RelationKind::PartitionedTable {
        return;
    }
    work.lock_indexes(table, LockMode::AccessExclusive);
    for index in &table.indexes {
        work.effects.builds.insert(work::index_name(table, index));
    }
    work.scan(table);
}

/// `REFRESH MATERIALIZED VIEW` (lock-truth: `view.materialized_refresh`, `view.materialized_refresh_concurrently`).
pub(super) fn refresh(
    work: &mut Work<'_>,
    name: &QualifiedName,
    concurrently: bool,
    with_data: bool,
) {
    let Some(view) = work.relation(name) else {
        return;
    };
    if concurrently {
        let usable = view.indexes.iter().any(|index| {
            index.unique
                && index.valid
                && index.predicate.is_none()
                && index
                    .elements
                    .iter()
                    .all(|element| matches!(element.key, crate::sql::ast::IndexKey::Column(_)))
        });
        if !usable {
            let message = format!(
                "cannot refresh materialized view \"{}\" concurrently",
                view.name
            );
            return work.refuse("55000", message);
        }
        work.lock(view, LockMode::Exclusive);
        work.lock_indexes(view, LockMode::RowExclusive);
    } else {
        work.lock(view, LockMode::AccessExclusive);
        work.lock_indexes(view, LockMode::AccessExclusive);
        for index in &view.indexes {
            work.effects.builds.insert(work::index_name(view, index));
        }
    }
    if with_data {
        work.scan(view);
        let before = work.before;
        let mut read: Vec<_> = view.depends_on.iter().map(|(name, _)| name).collect();
        read.dedup();
        for relation in read.into_iter().filter_map(|name| before.get(name)) {
            if relation.kind != RelationKind::Sequence {
                super::query::read(work, relation);
            }
        }
    } else if !view.indexes.is_empty() {
        work.hold(
            &view.name,
            LockedKind::MaterializedView,
            LockMode::AccessExclusive,
        );
    }
}
