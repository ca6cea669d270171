//! CREATE TABLE and its like: nothing waits for what is new, but it takes locks on what it refers to.

use super::work::{Work, index_name};
use super::{LockMode, alter_table, foreign_key, partition, query};
use crate::schema::RelationKind;
use crate::sql::ast::*;

/// What `CREATE TABLE` does.
pub(super) fn effects(work: &mut Work<'_>, create: &CreateTable) {
    if create.if_not_exists && work.before.relation(&create.name).is_some() {
        // The query is looked at all the same (measured: `create_table.as_select_if_not_exists_present`).
        if let Some(source) = &create.as_query {
            query::of_definition(work, source, false);
        }
        return;
    }
    partition::refuse_key(work, create);
    let on_columns = create.columns.iter().flat_map(|column| &column.constraints);
    let on_columns = on_columns.filter_map(|one| match &one.kind {
        ColumnConstraintKind::References(references) => Some(references),
        _ => None,
    });
    let on_table = create.constraints.iter().filter_map(|one| match &one.kind {
        TableConstraintKind::ForeignKey { references, .. } => Some(references),
        _ => None,
    });
    for references in on_columns.chain(on_table) {
        if let Some(to) = work.before.relation(&references.table) {
            foreign_key::lock_referenced(work, to);
        }
    }
    for parent in &create.inherits {
        if let Some(parent) = work.relation(parent) {
            work.lock(parent, LockMode::ShareUpdateExclusive);
        }
    }
    for like in &create.likes {
        if let Some(source) = work.relation(&like.source) {
            work.lock(source, LockMode::AccessShare);
        } else {
            alter_table::lock_composite(work, &like.source, LockMode::AccessShare);
        }
    }
    if let Some(ty) = &create.of_type {
        alter_table::lock_composite(work, ty, LockMode::AccessShare);
    }
    if let Some(of) = &create.partition_of {
        partition::create_as_partition(work, of);
    }
    if let Some(source) = &create.as_query {
        query::of_definition(work, source, source.with_data);
    }
    new_indexes(work, &create.name);
}

/// The indexes of a new relation are built too, though over nothing yet.
fn new_indexes(work: &mut Work<'_>, name: &QualifiedName) {
    let Some(new) = work.after.relation(name) else {
        return;
    };
    if work.before.get(&new.name).is_some() || new.kind == RelationKind::PartitionedTable {
        return;
    }
    for index in &new.indexes {
        work.effects.builds.insert(index_name(new, index));
    }
}

/// What `CREATE [MATERIALIZED] VIEW` does (lock-truth: `view.create`, `view.create_or_replace_present`).
pub(super) fn view(work: &mut Work<'_>, create: &CreateView) {
    if let Some(present) = work.before.relation(&create.name) {
        if create.if_not_exists {
            return;
        }
        work.lock(present, LockMode::AccessExclusive);
    }
    let with_data = create.materialized && create.query.with_data;
    query::of_definition(work, &create.query, with_data);
}
