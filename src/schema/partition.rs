//! INHERIT, ATTACH and DETACH of tables and of indexes.

use super::session::Outcome;
use super::{ConstraintKind, Refusal, Relation, ResolvedName, Session};
use crate::sql::ast::{Ident, QualifiedName};

impl Session {
    pub(super) fn inherit(&mut self, table: &ResolvedName, parent: &QualifiedName) -> Outcome {
        let parent = self.reach(parent)?;
        let child = self.known(table)?;
        if child.inherits.contains(&parent) {
            let message = format!(
                "relation \"{}\" would be inherited from more than once",
                parent.name
            );
            return Err(Refusal::new("42P07", message));
        }
        self.no_circle(table, &parent)?;
        let (child, from) = (self.known(table)?, self.known(&parent)?);
        matches_parent(child, from)?;
        let (columns, checks) = shared(from);
        self.catalogue.edit(table, |child| {
            take_over(child, &columns, &checks, false);
            child.inherits.push(parent);
        });
        Ok(())
    }

    /// Refuses a parent that is the table itself or inherits from it.
    fn no_circle(&self, table: &ResolvedName, parent: &ResolvedName) -> Outcome {
        let mut ancestors = vec![parent.clone()];
        while let Some(name) = ancestors.pop() {
            if name == *table {
                return Err(Refusal::new("42P07", "circular inheritance not allowed"));
            }
            let relation = self.catalogue.get(&name);
            ancestors.extend(relation.into_iter().flat_map(Relation::parents).cloned());
        }
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
        self.catalogue
            .edit(table, |child| child.inherits.retain(|own| *own != parent));
        self.let_go(table, &columns, &checks);
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
            child.partition_of = None;
            child
                .triggers
                .retain(|trigger| !cloned.contains(&trigger.definition.name));
            for index in &mut child.indexes {
                index.partition_of = None;
            }
            for constraint in &mut child.constraints {
                let is_check = matches!(constraint.kind, ConstraintKind::Check(_));
                if !is_check {
                    constraint.inherited = false;
                    constraint.local = true;
                }
            }
        });
        self.let_go(&partition, &columns, &checks);
        Ok(())
    }

    /// After a parent is gone: what no other parent has is the child's own.
    fn let_go(&mut self, child: &ResolvedName, columns: &[Ident], checks: &[Ident]) {
        for column in columns {
            let inherited = self.parent_has_column(child, column);
            self.catalogue.edit(child, |child| {
                if let Some(own) = child.column_mut(column) {
                    own.inherited = inherited;
                    own.local |= !inherited;
                }
            });
        }
        for check in checks {
            let inherited = self.parent_has_check(child, check);
            self.catalogue.edit(child, |child| {
                let own = child.constraints.iter_mut().find(|own| own.name == *check);
                if let Some(own) = own {
                    own.inherited = inherited;
                    own.local |= !inherited;
                }
            });
        }
    }

    /// Whether some parent of a table has a column of that name.
    pub(super) fn parent_has_column(&self, child: &ResolvedName, column: &Ident) -> bool {
        self.parents_of(child)
            .any(|parent| parent.column(column).is_some())
    }

    /// Whether some parent of a table hands down a check of that name.
    pub(super) fn parent_has_check(&self, child: &ResolvedName, check: &Ident) -> bool {
        self.parents_of(child).any(|parent| {
            let own = parent.constraint(check);
            own.is_some_and(|own| matches!(own.kind, ConstraintKind::Check(_)) && !own.no_inherit)
        })
    }

    fn parents_of(&self, child: &ResolvedName) -> impl Iterator<Item = &Relation> {
        let relation = self.catalogue.get(child).into_iter();
        relation
            .flat_map(Relation::parents)
            .filter_map(|parent| self.catalogue.get(parent))
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

/// Marks what a new parent has too; a partition has nothing of its own beside it.
fn take_over(child: &mut Relation, columns: &[Ident], checks: &[Ident], is_partition: bool) {
    for column in &mut child.columns {
        if columns.contains(&column.name) {
            column.inherited = true;
            column.local &= !is_partition;
        }
    }
    for constraint in &mut child.constraints {
        if checks.contains(&constraint.name) {
            constraint.inherited = true;
            constraint.local &= !is_partition;
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
