//! `CREATE TABLE .. (LIKE ..)`: what a new table takes from the one it is like.

use super::index::NewIndex;
use super::session::Outcome;
use super::{ConstraintKind, Index, Refusal, Relation, RelationKind, ResolvedName, Session};
use crate::sql::ast::LikeClause;

impl Session {
    pub(super) fn like_columns(
        &mut self,
        table: &mut Relation,
        like: &LikeClause,
        source: &Relation,
    ) -> Outcome {
        let including = |what: &str| like.includes(what);
        for column in &source.columns {
            // One that is inherited is the table's own too.
            if let Some(own) = table.column_mut(&column.name)
                && own.inherited
                && !own.local
            {
                own.local = true;
                own.not_null |= column.not_null;
                continue;
            }
            if table.column(&column.name).is_some() {
                let message = format!("column \"{}\" specified more than once", column.name);
                return Err(Refusal::new("42701", message));
            }
            let mut copy = column.clone();
            copy.inherited = false;
            copy.local = true;
            copy.keep_settings(including);
            if !including("DEFAULTS") {
                copy.default = None;
            }
            if !including("GENERATED") {
                copy.generated = None;
            }
            if including("IDENTITY") {
                if copy.identity.is_some() {
                    self.own_sequence(&table.name, &copy, &[], true)?;
                }
            } else {
                copy.identity = None;
            }
            table.columns.push(copy);
        }
        table.columns_known &= source.columns_known;
        Ok(())
    }

    pub(super) fn like_checks(
        &mut self,
        table: &ResolvedName,
        like: &LikeClause,
        source: &Relation,
    ) -> Outcome {
        if !like.includes("CONSTRAINTS") {
            return Ok(());
        }
        for constraint in &source.constraints {
            if let ConstraintKind::Check(_) = constraint.kind {
                let mut copy = constraint.clone();
                copy.inherited = false;
                copy.local = true;
                copy.validated = copy.enforced;
                copy.comment = copy.comment.filter(|_| like.includes("COMMENTS"));
                self.push_constraint(table, copy)?;
            }
        }
        Ok(())
    }

    pub(super) fn like_indexes(
        &mut self,
        table: &ResolvedName,
        like: &LikeClause,
        source: &Relation,
    ) -> Outcome {
        if !like.includes("INDEXES") {
            return Ok(());
        }
        let (primary, rest): (Vec<&Index>, Vec<&Index>) =
            source.indexes.iter().partition(|index| index.primary);
        for index in primary.into_iter().chain(rest) {
            let mut copy = copy_of(index, source);
            // Of a constraint with an index it is the index's comment that is copied.
            let comment = index.comment.clone();
            copy.index.comment = comment.filter(|_| like.includes("COMMENTS"));
            self.define_index(table, copy)?;
        }
        Ok(())
    }
}

/// An index like that one, with the constraint it has; PostgreSQL picks its name.
pub(super) fn copy_of(index: &Index, source: &Relation) -> NewIndex {
    let name = index.constraint.as_ref();
    let constraint = name.and_then(|name| source.constraint(name)).cloned();
    let constraint = constraint.map(|mut constraint| {
        constraint.inherited = false;
        constraint.local = true;
        constraint.comment = None;
        constraint
    });
    let mut copy = index.clone();
    copy.partition_of = None;
    copy.comment = None;
    copy.valid = true;
    NewIndex {
        name: None,
        index: copy,
        constraint,
        only: false,
        if_not_exists: false,
    }
}

/// Refuses LIKE of what has no columns of its own (`transformTableLikeClause`).
pub(super) fn may_be_like(source: &Relation, version: u16) -> Outcome {
    let name = &source.name.name;
    match source.kind {
        RelationKind::Sequence => Err(Refusal::new(
            "42809",
            match version {
                ..15 => format!(
                    "\"{name}\" is not a table, view, materialized view, composite type, or foreign table"
                ),
                _ => format!("relation \"{name}\" is invalid in LIKE clause"),
            },
        )),
        RelationKind::Table
        | RelationKind::PartitionedTable
        | RelationKind::ForeignTable
        | RelationKind::View
        | RelationKind::MaterializedView => Ok(()),
    }
}
