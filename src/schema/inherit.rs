//! What a table takes from its parents when it is made: columns, defaults, identity.

use super::canonical::canonical;
use super::session::Outcome;
use super::{Column, Constraint, Refusal, Relation, RelationKind};
use crate::sql::ast::{ColumnConstraint, ColumnConstraintKind, ColumnDef, Ident};

/// Refuses what is no table to inherit from.
pub(super) fn is_parent(parent: &Relation) -> Outcome {
    let name = &parent.name.name;
    let message = match parent.kind {
        RelationKind::Table | RelationKind::ForeignTable if parent.partition_of.is_some() => {
            format!("cannot inherit from partition \"{name}\"")
        }
        RelationKind::Table | RelationKind::ForeignTable => return Ok(()),
        RelationKind::PartitionedTable => {
            format!("cannot inherit from partitioned table \"{name}\"")
        }
        RelationKind::View | RelationKind::MaterializedView | RelationKind::Sequence => {
            format!("inherited relation \"{name}\" is not a table or foreign table")
        }
    };
    Err(Refusal::new("42809", message))
}

/// The column for which a further parent has another default than those before it.
pub(super) fn conflicting_default(table: &Relation, parent: &Relation) -> Option<Ident> {
    let mut columns = parent.columns.iter();
    let found = columns.find(|column| {
        let own = table
            .column(&column.name)
            .and_then(|own| own.default.as_ref());
        let both = own.zip(column.default.as_ref());
        both.is_some_and(|(one, other)| canonical(one) != canonical(other))
    });
    found.map(|column| column.name.clone())
}

pub(super) fn has_default(column: &ColumnDef) -> bool {
    let is_default = |own: &ColumnConstraint| {
        matches!(
            own.kind,
            ColumnConstraintKind::Default(_) | ColumnConstraintKind::Generated { .. }
        )
    };
    column.serial || column.constraints.iter().any(is_default)
}

/// From 17 on a partition takes its values from the identity columns of its parent.
pub(super) fn take_identity(partition: &mut Relation, parent: &Relation) {
    for column in &mut partition.columns {
        let own = parent.column(&column.name);
        column.identity = own.and_then(|own| own.identity);
    }
}

/// Refuses a column of a table that is computed otherwise than that of its parent (`MergeChildAttribute`).
pub(super) fn may_compute(column: &Column, parent: &Column, version: u16) -> Outcome {
    let name = &column.name;
    let message = match (is_generated(parent), is_generated(column)) {
        (Some(_), None) if column.default.is_some() => {
            format!("column \"{name}\" inherits from generated column but specifies default")
        }
        (Some(_), None) if column.identity.is_some() => {
            format!("column \"{name}\" inherits from generated column but specifies identity")
        }
        (Some(_), Some(_)) if version < 16 => {
            format!("child column \"{name}\" specifies generation expression")
        }
        (Some(one), Some(other)) if one != other => {
            format!("column \"{name}\" inherits from generated column of different kind")
        }
        (None, Some(_)) if version >= 16 => {
            format!("child column \"{name}\" specifies generation expression")
        }
        _ => return Ok(()),
    };
    Err(Refusal::new("42611", message))
}

/// Whether a column is computed, and whether it is stored then.
fn is_generated(column: &Column) -> Option<bool> {
    column.generated.as_ref().map(|generated| generated.stored)
}

/// Of several parents the first compression counts, and others must not differ (`MergeAttributes`).
fn merge_compression(own: &mut Column, other: &Column) -> Outcome {
    let of = |column: &Column| column.settings.as_ref()?.compression.clone();
    match (of(own), of(other)) {
        (None, Some(method)) => own.set(|own| own.compression = Some(method)),
        (Some(one), Some(other)) if one != other => {
            let message = format!("column \"{}\" has a compression method conflict", own.name);
            return Err(Refusal::new("42804", message));
        }
        _ => {}
    }
    Ok(())
}

/// Merges a parent's columns into a new table.
pub(super) fn inherit_columns(table: &mut Relation, parent: &Relation) -> Outcome {
    table.columns_known &= parent.columns_known;
    for column in &parent.columns {
        let kept_back = |own: &Constraint| own.no_inherit;
        let not_null = column.not_null && !parent.not_null(&column.name).is_some_and(kept_back);
        match table.columns.iter_mut().find(|own| own.name == column.name) {
            Some(own) if own.ty != column.ty => {
                let message = format!("inherited column \"{}\" has a type conflict", column.name);
                return Err(Refusal::new("42804", message));
            }
            Some(own) if own.collation != column.collation => {
                let message = format!(
                    "inherited column \"{}\" has a collation conflict",
                    column.name
                );
                return Err(Refusal::new("42P21", message));
            }
            Some(own) if is_generated(own) != is_generated(column) => {
                let message = format!(
                    "inherited column \"{}\" has a generation conflict",
                    column.name
                );
                return Err(Refusal::new("42804", message));
            }
            Some(own) => {
                own.not_null |= not_null;
                own.default = own.default.take().or_else(|| column.default.clone());
                merge_compression(own, column)?;
            }
            None => {
                let mut inherited = column.clone();
                inherited.not_null = not_null;
                inherited.inherited = true;
                inherited.local = false;
                inherited.identity = None;
                inherited.keep_settings(|what| ["STORAGE", "COMPRESSION"].contains(&what));
                table.columns.push(inherited);
            }
        }
    }
    Ok(())
}
