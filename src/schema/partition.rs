//! INHERIT, ATTACH and DETACH of tables and of indexes.

use super::session::Outcome;
use super::{ConstraintKind, Refusal, Relation, ResolvedName, Session};
use crate::sql::ast::{Ident, QualifiedName};

impl Session {
    pub(super) fn inherit(&mut self, table: &ResolvedName, parent: &QualifiedName) -> Outcome {
        let parent = self.reach(parent)?;
        let (child, from) = (self.known(table)?, self.known(&parent)?);
        if child.inherits.contains(&parent) {
            let message = format!(
                "relation \"{}\" would be inherited from more than once",
                parent.name
            );
            return Err(Refusal::new("42P07", message));
        }
        matches_parent(child, from)?;
        let (columns, checks) = shared(from);
        self.catalogue.edit(table, |child| {
            take_over(child, &columns, &checks, true);
            child.inherits.push(parent);
        });
        Ok(())
    }

    pub(super) fn no_inherit(&mut self, table: &ResolvedName, parent: &QualifiedName) -> Outcome {
        let parent = self.reach(parent)?;
        let (child, from) = (self.known(table)?, self.known(&parent)?);
        if !child.inherits.contains(&parent) {
            let message = format!(
                "relation \"{}\" is not a parent of relation \"{}\"",
                parent.name, table.name
            );
            return Err(Refusal::new("42P01", message));
        }
        let (columns, checks) = shared(from);
        self.catalogue.edit(table, |child| {
            take_over(child, &columns, &checks, false);
            child.inherits.retain(|own| *own != parent);
        });
        Ok(())
    }

    pub(super) fn attach_partition(
        &mut self,
        parent: &ResolvedName,
        partition: &QualifiedName,
        bound: &str,
    ) -> Outcome {
        let partition = self.reach(partition)?;
        let (child, from) = (self.known(&partition)?, self.known(parent)?);
        if from.partition_by.is_none() && from.columns_known {
            let message = format!(
                "ALTER action ATTACH PARTITION cannot be performed on relation \"{}\"",
                parent.name
            );
            return Err(Refusal::new("42809", message));
        }
        if child.partition_of.is_some() {
            let message = format!("\"{}\" is already a partition", partition.name);
            return Err(Refusal::new("42809", message));
        }
        if let Some(extra) = child
            .columns
            .iter()
            .find(|column| from.column(&column.name).is_none())
            && from.columns_known
        {
            let message = format!(
                "table \"{}\" contains column \"{}\" not found in parent \"{}\"",
                partition.name, extra.name, parent.name
            );
            return Err(Refusal::new("42804", message));
        }
        matches_parent(child, from)?;
        let (columns, checks) = shared(from);
        self.catalogue.edit(&partition, |child| {
            take_over(child, &columns, &checks, true);
            child.partition_of = Some((parent.clone(), bound.to_owned()));
        });
        self.inherit_from_partitioned(&partition, parent)
    }

    pub(super) fn detach_partition(
        &mut self,
        parent: &ResolvedName,
        partition: &QualifiedName,
    ) -> Outcome {
        let partition = self.reach(partition)?;
        let (child, from) = (self.known(&partition)?, self.known(parent)?);
        let attached = child.partition_of.as_ref();
        if attached.is_none_or(|(of, _)| of != parent) && child.columns_known {
            let message = format!(
                "relation \"{}\" is not a partition of relation \"{}\"",
                partition.name, parent.name
            );
            return Err(Refusal::new("42P01", message));
        }
        let (columns, checks) = shared(from);
        let cloned: Vec<Ident> = from
            .triggers
            .iter()
            .filter(|trigger| trigger.definition.for_each_row)
            .map(|trigger| trigger.definition.name.clone())
            .collect();
        self.catalogue.edit(&partition, |child| {
            take_over(child, &columns, &checks, false);
            child.partition_of = None;
            child
                .triggers
                .retain(|trigger| !cloned.contains(&trigger.definition.name));
            for index in &mut child.indexes {
                index.partition_of = None;
            }
            for constraint in &mut child.constraints {
                constraint.inherited = false;
            }
        });
        Ok(())
    }

    /// `ALTER INDEX .. ATTACH PARTITION`: the parent becomes valid with its last part.
    pub(super) fn attach_index(
        &mut self,
        table: &ResolvedName,
        index: &Ident,
        part: &QualifiedName,
    ) -> Outcome {
        let Some((partition, own)) = self.catalogue.index(part) else {
            return Err(Refusal::no_relation(part));
        };
        let (partition, own) = (partition.name.clone(), own.name.clone());
        let parent = ResolvedName::new(table.schema.clone(), index.clone());
        self.catalogue.edit(&partition, |child| {
            if let Some(index) = child.indexes.iter_mut().find(|i| i.name == own) {
                index.partition_of = Some(parent.clone());
            }
        });
        let complete = self.catalogue.children(table).all(|child| {
            let mut parts = child.indexes.iter();
            parts.any(|index| index.partition_of.as_ref() == Some(&parent))
        });
        if complete {
            self.catalogue.edit(table, |relation| {
                if let Some(index) = relation.indexes.iter_mut().find(|i| i.name == *index) {
                    index.valid = true;
                }
            });
        }
        Ok(())
    }
}

/// What a child shares with its parent: columns and inheritable checks by name.
fn shared(parent: &Relation) -> (Vec<Ident>, Vec<Ident>) {
    let columns = parent.columns.iter().map(|column| column.name.clone());
    let checks = parent
        .constraints
        .iter()
        .filter(|c| matches!(c.kind, ConstraintKind::Check(_)) && !c.no_inherit)
        .map(|constraint| constraint.name.clone());
    (columns.collect(), checks.collect())
}

fn take_over(child: &mut Relation, columns: &[Ident], checks: &[Ident], inherited: bool) {
    for column in &mut child.columns {
        if columns.contains(&column.name) {
            column.inherited = inherited;
        }
    }
    for constraint in &mut child.constraints {
        if checks.contains(&constraint.name) {
            constraint.inherited = inherited;
        }
    }
}

/// Whether a table has what its new parent has (`MergeAttributesIntoExisting`).
fn matches_parent(child: &Relation, parent: &Relation) -> Outcome {
    if !child.columns_known {
        return Ok(());
    }
    let mismatch = |message: String| Err(Refusal::new("42804", message));
    for column in &parent.columns {
        let Some(own) = child.column(&column.name) else {
            return mismatch(format!("child table is missing column \"{}\"", column.name));
        };
        if own.ty != column.ty {
            return mismatch(format!(
                "child table \"{}\" has different type for column \"{}\"",
                child.name.name, column.name
            ));
        }
        if column.not_null && !own.not_null {
            return mismatch(format!(
                "column \"{}\" in child table must be marked NOT NULL",
                column.name
            ));
        }
    }
    for constraint in &parent.constraints {
        let inherits =
            matches!(constraint.kind, ConstraintKind::Check(_)) && !constraint.no_inherit;
        if inherits && child.constraint(&constraint.name).is_none() {
            return mismatch(format!(
                "child table is missing constraint \"{}\"",
                constraint.name
            ));
        }
    }
    Ok(())
}
