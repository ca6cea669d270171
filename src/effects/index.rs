//! CREATE INDEX and REINDEX, plain and CONCURRENTLY.

use super::work::{Work, index_name};
use super::{LockMode, cast, expr};
use crate::schema::{Index, Relation, RelationKind, ResolvedName};
use crate::sql::ast::*;

/// What `CREATE INDEX` does.
pub(super) fn create(work: &mut Work<'_>, create: &CreateIndex) {
    if create.concurrently {
        work.forbid_block("CREATE INDEX CONCURRENTLY");
    }
    let Some(table) = work.relation(&create.table) else {
        return;
    };
    if create.concurrently {
        if table.kind == RelationKind::PartitionedTable {
            let name = &table.name.name;
            let message =
                format!("cannot create index on partitioned table \"{name}\" concurrently");
            return work.refuse("0A000", message);
        }
        work.effects.waits_for_snapshots = true;
    }
    refuse_volatile(work, table, create);
    let mode = if create.concurrently {
        LockMode::ShareUpdateExclusive
    } else {
        LockMode::Share
    };
    let reached = if create.only || table.kind != RelationKind::PartitionedTable {
        vec![table]
    } else {
        work.family(table)
    };
    for member in reached {
        work.lock(member, mode);
        if !table.columns_known {
            let schema = table.name.schema.clone();
            let named = create.name.iter();
            let named = named.map(|name| ResolvedName::new(schema.clone(), name.clone()));
            work.effects.builds.extend(named);
            work.scan(table);
        }
        let Some(after) = work.after.get(&member.name) else {
            continue;
        };
        for index in &after.indexes {
            match member.index(&index.name) {
                // A partition's own index becomes a part of the new one (lock-truth: `index.create_partitioned_children_have_it`).
                Some(known) if known.partition_of != index.partition_of => {
                    work.lock_index(member, known, mode);
                }
                Some(_) => {}
                None if member.kind == RelationKind::PartitionedTable => {}
                None => {
                    work.effects.builds.insert(index_name(member, index));
                    work.scan(member);
                }
            }
        }
    }
}

/// An index is kept up to date only where its expressions never change (lock-truth:
/// `index.create_volatile_expression`; measured: `upkeep.create_index_cast_date`).
fn refuse_volatile(work: &mut Work<'_>, table: &Relation, create: &CreateIndex) {
    let immutable = |expr: &SqlExpr| {
        expr::volatility(work.before, &expr.expr) == Volatility::Immutable
            && !cast::has_stable(work.before, table, &expr.expr, work.version())
    };
    let elements = create.elements.iter().all(|element| match &element.key {
        IndexKey::Column(_) => true,
        IndexKey::Expr(expr) => immutable(expr),
    });
    let predicate = create.predicate.as_ref().is_none_or(immutable);
    if !elements {
        let message = "functions in index expression must be marked IMMUTABLE";
        work.refuse("42P17", message);
    } else if !predicate {
        let message = "functions in index predicate must be marked IMMUTABLE";
        work.refuse("42P17", message);
    }
}

/// What `REINDEX` does.
pub(super) fn reindex(
    work: &mut Work<'_>,
    target: &str,
    name: Option<&QualifiedName>,
    concurrently: bool,
) {
    let one = matches!(target, "INDEX" | "TABLE");
    let mut targets: Vec<(&Relation, Option<&Index>)> = Vec::new();
    match (target, name) {
        ("INDEX", Some(name)) => {
            if let Some((table, index)) = work.before.index(name) {
                targets.extend(below(work, table, index));
            } else {
                refuse_missing(work, name);
            }
        }
        ("TABLE", Some(name)) => {
            if let Some(table) = work.relation(name) {
                targets.extend(
                    work.family_if_partitioned(table)
                        .into_iter()
                        .map(|t| (t, None)),
                );
            } else {
                refuse_missing(work, name);
            }
        }
        ("SCHEMA", Some(name)) => {
            let all = work.before.relations();
            targets.extend(
                all.filter(|one| one.name.schema == name.name)
                    .map(|one| (one, None)),
            );
        }
        _ => targets.extend(work.before.relations().map(|one| (one, None))),
    }
    let partitioned = targets
        .iter()
        .any(|(table, _)| table.kind == RelationKind::PartitionedTable);
    if concurrently {
        work.forbid_block(&format!(
            "REINDEX {} CONCURRENTLY",
            if one { target } else { "SCHEMA" }
        ));
        work.effects.waits_for_snapshots = true;
    } else if !one || partitioned {
        work.forbid_block(&format!("REINDEX {target}"));
    }
    for (table, index) in targets {
        let indexes = table.indexes.iter();
        let chosen: Vec<_> = indexes
            .filter(|own| index.is_none_or(|index| index.name == own.name))
            .collect();
        let stores = matches!(
            table.kind,
            RelationKind::Table | RelationKind::MaterializedView
        );
        if table.kind == RelationKind::PartitionedTable
            && (target == "TABLE" || !concurrently && one)
        {
            // Listed first, with SHARE on all below even CONCURRENTLY (`ReindexPartitions`; measured on 14 to 18).
            let mode = match concurrently {
                true => LockMode::ShareUpdateExclusive,
                false => LockMode::Share,
            };
            work.lock(table, mode);
        }
        if !stores || (chosen.is_empty() && !one) {
            continue;
        }
        let exclusion = |own: &&&Index| {
            let constraint = own
                .constraint
                .as_ref()
                .and_then(|name| table.constraint(name));
            constraint.is_some_and(|one| one.kind == crate::schema::ConstraintKind::Exclude)
        };
        if concurrently && index.is_some() && chosen.iter().any(|own| exclusion(&own)) {
            let message = "concurrent index creation for exclusion constraints is not supported";
            return work.refuse("0A000", message);
        }
        let (on_table, on_index) = if concurrently {
            let listed = target == "TABLE" && partitioned;
            let on_table = match listed {
                true => LockMode::Share,
                false => LockMode::ShareUpdateExclusive,
            };
            (on_table, LockMode::ShareUpdateExclusive)
        } else {
            (LockMode::Share, LockMode::AccessExclusive)
        };
        work.lock(table, on_table);
        for own in chosen {
            work.lock_index(table, own, on_index);
            let mut built = index_name(table, own);
            if concurrently {
                // Built beside the old one under a name of its own (lock-truth: `index.reindex_concurrently_index`).
                built = ResolvedName::new(built.schema, format!("{}_ccnew", built.name).as_str());
            }
            work.effects.builds.insert(built);
            work.scan(table);
        }
    }
}

fn refuse_missing(work: &mut Work<'_>, name: &QualifiedName) {
    let system = name
        .schema
        .as_ref()
        .is_some_and(|schema| schema.as_str().starts_with("pg_"))
        || name.name.as_str().starts_with("pg_");
    if !work.before.is_incomplete() && !system {
        work.refuse("42P01", format!("relation \"{name}\" does not exist"));
    }
}

/// An index with, for one of a partitioned table, those of the partitions.
fn below<'a>(
    work: &Work<'a>,
    table: &'a Relation,
    index: &'a Index,
) -> Vec<(&'a Relation, Option<&'a Index>)> {
    let root = index_name(table, index);
    let mut found = vec![(table, Some(index))];
    if table.kind == RelationKind::PartitionedTable {
        for member in work.family(table) {
            let parts = member.indexes.iter();
            let parts = parts.filter(|own| super::constraint::part_of(work, own, Some(&root)));
            found.extend(parts.map(|own| (member, Some(own))));
        }
    }
    found
}
