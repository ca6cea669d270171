//! FOREIGN KEY: a lock on both tables, and a join of both to check the rows that are there.

use super::LockMode;
use super::add_column::is_null_in_rows;
use super::alter_table::Pass;
use super::types;
use super::work::Work;
use crate::schema::{Constraint, ConstraintKind, Relation, RelationKind};
use crate::sql::ast::*;

/// A foreign key that an ALTER TABLE adds.
pub(super) struct Added<'s> {
    pub(super) name: Option<&'s Ident>,
    /// The referencing columns; those that the statement itself adds are not looked at.
    pub(super) columns: &'s [Ident],
    pub(super) references: &'s References,
    /// The rows that are there have to be checked.
    pub(super) validates: bool,
}

/// `ADD FOREIGN KEY` and `ADD COLUMN .. REFERENCES`: SHARE ROW EXCLUSIVE on the other table and its
/// partitions too (lock-truth: `foreign_key.add`, `foreign_key.add_to_partitioned`).
pub(super) fn add<'a>(work: &mut Work<'a>, pass: &Pass<'a, '_>, added: &Added<'_>) {
    let Some(to) = work.relation(&added.references.table) else {
        return;
    };
    refuse_types(work, pass, added, to);
    lock_referenced(work, to);
    let looks_up = !all_null(work, pass, added);
    let made = work.after.get(&pass.target.name).and_then(|after| {
        after.constraints.iter().find(|one| {
            let new = pass.target.constraint(&one.name).is_none();
            let of =
                matches!(&one.kind, ConstraintKind::ForeignKey { table, .. } if *table == to.name);
            new && of && one.columns == added.columns
        })
    });
    let mut waiting = vec![pass.target];
    while let Some(member) = waiting.pop() {
        let own = made.filter(|_| member.name != pass.target.name);
        let own = own.and_then(|made| taken_over(work, member, made));
        if own.is_some() {
            lock_losing_trigger(work, to);
        }
        if own.is_some_and(|own| own.validated) {
            continue;
        }
        if member.kind == RelationKind::PartitionedTable {
            waiting.extend(work.children(member));
        } else if added.validates {
            join(work, member, to, looks_up);
        }
    }
}

/// The foreign key of a partition that becomes a part of the parent's: the same in all, and valid before
/// PostgreSQL 18 (`tryAttachPartitionForeignKey`; measured: `partition.attach_fk_other_action`).
pub(super) fn taken_over<'a>(
    work: &Work<'_>,
    partition: &'a Relation,
    parents: &Constraint,
) -> Option<&'a Constraint> {
    let terms = |one: &Constraint| match &one.kind {
        ConstraintKind::ForeignKey {
            table,
            references,
            written,
        } => {
            let word = |word: &Option<String>, default: &str| {
                word.clone().unwrap_or_else(|| default.to_owned())
            };
            Some((
                (table.clone(), references.clone(), one.columns.clone()),
                word(&written.match_type, "SIMPLE"),
                word(&written.on_delete, "NO ACTION"),
                word(&written.on_update, "NO ACTION"),
                (one.deferrable, one.initially_deferred, one.enforced),
            ))
        }
        _ => None,
    };
    let wanted = terms(parents)?;
    let mut all = partition.constraints.iter();
    all.find(|own| {
        let valid = own.validated || work.version() >= 18;
        valid && own.parent.is_none() && terms(own).as_ref() == Some(&wanted)
    })
}

/// A foreign key that becomes a part of another loses its triggers on the referenced table
/// (measured: `partition.attach_fk_both`).
pub(super) fn lock_losing_trigger<'a>(work: &mut Work<'a>, to: &'a Relation) {
    for member in work.family_if_partitioned(to) {
        work.lock(member, LockMode::AccessExclusive);
    }
}

/// Whether no row has a value to look for, because the columns are added without one by the statement itself
/// or before it in its transaction (measured: `foreign_key.add_with_its_column`). Of a `MATCH FULL` key every
/// column has to be NULL.
fn all_null(work: &Work<'_>, pass: &Pass<'_, '_>, added: &Added<'_>) -> bool {
    let null = |name: &Ident| match pass.target.column(name) {
        Some(_) => work.session.is_unfilled(&pass.target.name, name),
        None => pass.has(|action| {
            matches!(action, TableAction::AddColumn { column, .. }
                if column.name == *name && is_null_in_rows(work, column))
        }),
    };
    match added.references.match_type.as_deref() {
        Some("FULL") => added.columns.iter().all(null),
        _ => added.columns.iter().any(null),
    }
}

/// Both sides need an operator between them (lock-truth: `foreign_key.add_type_mismatch_text`).
fn refuse_types(work: &mut Work<'_>, pass: &Pass<'_, '_>, added: &Added<'_>, to: &Relation) {
    let keys = match added.references.columns.as_slice() {
        [] => to.primary_key().unwrap_or_default(),
        written => written,
    };
    for (own, key) in added.columns.iter().zip(keys) {
        let (Some(from), Some(key)) = (pass.target.column(own), to.column(key)) else {
            continue;
        };
        if !types::comparable(work.before, &from.ty, &key.ty) {
            let table = &pass.target.name.name;
            let columns: Vec<&str> = added.columns.iter().map(Ident::as_str).collect();
            let name = added.name.map_or_else(
                || format!("{table}_{}_fkey", columns.join("_")),
                |name| name.as_str().to_owned(),
            );
            let message = format!("foreign key constraint \"{name}\" cannot be implemented");
            work.refuse("42804", message);
        }
    }
}

/// The lock on a referenced table when a foreign key to it is made.
pub(super) fn lock_referenced<'a>(work: &mut Work<'a>, to: &'a Relation) {
    for member in work.family_if_partitioned(to) {
        work.lock(member, LockMode::ShareRowExclusive);
    }
}

/// The lock on a referenced table when a foreign key to it goes with its triggers; a partitioned one has none of
/// its own before 15 (measured: `drop_object.table_referencing_partitioned`, `foreign_key.drop_to_partitioned_two_levels`).
pub(super) fn lock_for_drop<'a>(work: &mut Work<'a>, to: &'a Relation) {
    for member in work.family_if_partitioned(to) {
        if work.version() >= 15 || member.kind != RelationKind::PartitionedTable {
            work.lock(member, LockMode::AccessExclusive);
        }
    }
}

/// The join that checks each row: both tables are read, and all their indexes opened for planning
/// (lock-truth: `foreign_key.add_indexed_child`).
pub(super) fn check_rows<'a>(work: &mut Work<'a>, from: &'a Relation, to: &'a Relation) {
    join(work, from, to, true);
}

/// The same; `looks_up` where a row may have a value to look for in the other table.
fn join<'a>(work: &mut Work<'a>, from: &'a Relation, to: &'a Relation, looks_up: bool) {
    if from.kind == RelationKind::PartitionedTable {
        for member in rows_of(work, from) {
            join(work, member, to, looks_up);
        }
        return;
    }
    work.open_alone(from, LockMode::AccessShare);
    work.scan(from);
    // Nothing is looked up for a table born in the same transaction: it is empty as far as we know.
    let looks_up = looks_up && !work.session.is_new(&from.name);
    for member in work.family_if_partitioned(to) {
        work.open_alone(member, LockMode::AccessShare);
        if looks_up {
            work.scan(member);
        }
    }
}

/// `VALIDATE CONSTRAINT`: only ROW SHARE on the other table (lock-truth: `foreign_key.validate`).
pub(super) fn validate<'a>(work: &mut Work<'a>, pass: &Pass<'a, '_>, to: &'a Relation) {
    for member in work.family(pass.target) {
        if member.name == pass.target.name || pass.target.kind == RelationKind::PartitionedTable {
            work.lock(member, pass.mode);
        }
    }
    for member in rows_of(work, pass.target) {
        check_rows(work, member, to);
    }
    // Of its partitions only the rows are looked at (measured: `subcommand.validate_fk_to_partitioned`).
    work.lock(to, LockMode::RowShare);
}

/// The tables that hold a table's rows: itself, or its partitions.
pub(super) fn rows_of<'a>(work: &Work<'a>, table: &'a Relation) -> Vec<&'a Relation> {
    if table.kind != RelationKind::PartitionedTable {
        return vec![table];
    }
    let members = work.family(table).into_iter();
    members
        .filter(|member| member.kind != RelationKind::PartitionedTable)
        .collect()
}

/// The tables on the other side of a table's own foreign keys, each once.
pub(super) fn referenced_by<'a>(work: &Work<'a>, table: &Relation) -> Vec<&'a Relation> {
    let mut found: Vec<&Relation> = Vec::new();
    for constraint in &table.constraints {
        if let ConstraintKind::ForeignKey { table: to, .. } = &constraint.kind
            && let Some(to) = work.before.get(to)
            && !found.iter().any(|known| known.name == to.name)
        {
            found.push(to);
        }
    }
    found
}
