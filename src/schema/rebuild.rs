//! What ALTER TYPE makes anew from its definition: the indexes of a column and the foreign keys over it
//! (`ATPostAlterTypeCleanup`).

use super::constraint::key_referred_to;
use super::dependency::Object;
use super::index::NewIndex;
use super::session::Outcome;
use super::{Constraint, ConstraintKind, Index, Refusal, ResolvedName, Session, mentions};
use crate::sql::ast::Ident;

impl Session {
    /// Makes indexes and foreign keys of columns anew, of the table and of all that inherit from it.
    /// Names given to their parts in partitions are lost, and a foreign key stands on the first key there is.
    pub(super) fn rebuild(&mut self, table: &ResolvedName, columns: &[Ident]) -> Outcome {
        if columns.is_empty() {
            return Ok(());
        }
        let mut heirs = vec![table.clone()];
        heirs.extend(self.heir_names(table));
        let keys = self.foreign_keys_over(&heirs, columns);
        for (owner, key) in &keys {
            self.take_foreign_key(owner, &key.name);
        }
        let over: Vec<(ResolvedName, Ident)> = heirs
            .iter()
            .flat_map(|heir| {
                self.indexes_over(heir, columns)
                    .into_iter()
                    .map(|index| (heir.clone(), index))
            })
            .collect();
        // One of other columns stands on an index that has the altered one by `INCLUDE`.
        let is_needed = |(heir, index): &(ResolvedName, Ident)| {
            self.catalogue.keys_on(heir, index).next().is_some()
        };
        if over.iter().any(is_needed) {
            return Err(self.cannot_be_rebuilt(&over, keys.len()));
        }
        let mut taken = Vec::new();
        for (heir, index) in over {
            let parts = self.take_index(&heir, &index);
            taken.push((heir, parts));
        }
        for (heir, (index, constraint)) in taken {
            self.put_index(&heir, index, constraint)?;
        }
        self.rebuild_not_null(&heirs, columns)?;
        for (owner, mut key) in keys {
            self.can_be_implemented(&owner, &key)?;
            if let ConstraintKind::ForeignKey {
                table, references, ..
            } = &key.kind
                && let Some(target) = self.catalogue.get(table)
                && let Some(index) = key_referred_to(target, references)
            {
                key.referenced_index = Some(index.name.clone());
            }
            self.push_foreign_key(&owner, &key);
        }
        Ok(())
    }

    fn cannot_be_rebuilt(&self, over: &[(ResolvedName, Ident)], keys: usize) -> Refusal {
        let message = match over {
            [(table, index)] if keys == 0 => {
                let relation = self.catalogue.get(table);
                let object = match relation.and_then(|relation| relation.constraint(index)) {
                    Some(_) => Object::Constraint(table.clone(), index.clone()),
                    None => Object::Index(table.clone(), index.clone()),
                };
                let what = self.catalogue.describe(&object);
                format!("cannot drop {what} because other objects depend on it")
            }
            _ => "cannot drop desired object(s) because other objects depend on them".to_owned(),
        };
        Refusal::new("2BP01", message)
    }

    /// The foreign keys of and to columns, each with its table; their copies in partitions are parts of them.
    fn foreign_keys_over(
        &self,
        heirs: &[ResolvedName],
        columns: &[Ident],
    ) -> Vec<(ResolvedName, Constraint)> {
        let uses = |all: &[Ident]| all.iter().any(|column| columns.contains(column));
        let mut found: Vec<(ResolvedName, Constraint)> = Vec::new();
        for heir in heirs {
            let own = self.catalogue.get(heir);
            for other in self.catalogue.dependents(heir).chain(own) {
                for key in other.constraints.iter().filter(|key| key.parent.is_none()) {
                    let ConstraintKind::ForeignKey {
                        table, references, ..
                    } = &key.kind
                    else {
                        continue;
                    };
                    let concerned = other.name == *heir && uses(&key.columns)
                        || table == heir && uses(references);
                    let mut known = found.iter();
                    if concerned
                        && !known.any(|(of, own)| *of == other.name && own.name == key.name)
                    {
                        found.push((other.name.clone(), Constraint::clone(key)));
                    }
                }
            }
        }
        found
    }

    fn take_foreign_key(&mut self, table: &ResolvedName, name: &Ident) {
        self.catalogue.edit(table, |relation| {
            relation.constraints.retain(|own| own.name != *name);
        });
        for partition in self.partition_names(table) {
            let copies = self.catalogue.get(&partition).into_iter();
            let copies = copies.flat_map(|own| own.constraints.iter());
            let copies = copies.filter(|own| own.parent.as_ref() == Some(name));
            let copies: Vec<Ident> = copies.map(|own| own.name.clone()).collect();
            for copy in copies {
                self.take_foreign_key(&partition, &copy);
            }
        }
    }

    /// The indexes of columns that are no parts of others: those of constraints first.
    fn indexes_over(&self, table: &ResolvedName, columns: &[Ident]) -> Vec<Ident> {
        let all = self.catalogue.get(table).into_iter();
        let all: Vec<&Index> = all.flat_map(|own| own.indexes.iter()).collect();
        let concerned = |index: &Index, column: &Ident| {
            let predicate = index.predicate.as_ref();
            mentions::element_columns(&index.elements).contains(column)
                || index.include.contains(column)
                || predicate.is_some_and(|expr| mentions::columns(expr).contains(column))
        };
        let mut found = Vec::new();
        for of_constraint in [true, false] {
            for column in columns {
                let own = all.iter().filter(|index| {
                    index.partition_of.is_none() && index.constraint.is_some() == of_constraint
                });
                for index in own.filter(|index| concerned(index, column)) {
                    if !found.contains(&index.name) {
                        found.push(index.name.clone());
                    }
                }
            }
        }
        found
    }

    /// Takes an index away with its constraint and its parts in partitions; gives the two.
    fn take_index(
        &mut self,
        table: &ResolvedName,
        name: &Ident,
    ) -> (Option<Index>, Option<Constraint>) {
        let full = ResolvedName::new(table.schema.clone(), name.clone());
        for partition in self.partition_names(table) {
            let parts = self.catalogue.get(&partition).into_iter();
            let parts = parts.flat_map(|own| own.indexes.iter());
            let parts = parts.filter(|own| own.partition_of.as_ref() == Some(&full));
            let parts: Vec<Ident> = parts.map(|own| own.name.clone()).collect();
            for part in parts {
                self.take_index(&partition, &part);
            }
        }
        let (mut index, mut constraint) = (None, None);
        self.catalogue.edit(table, |relation| {
            index = relation.index(name).cloned();
            let own = index.as_ref().and_then(|index| index.constraint.as_ref());
            constraint = own.and_then(|own| relation.constraint(own)).cloned();
            if let Some(constraint) = &constraint {
                relation
                    .constraints
                    .retain(|own| own.name != constraint.name);
            }
            relation.indexes.retain(|own| own.name != *name);
        });
        (index, constraint)
    }

    /// Puts an index back, as the last of its table and in all partitions.
    fn put_index(
        &mut self,
        table: &ResolvedName,
        index: Option<Index>,
        constraint: Option<Constraint>,
    ) -> Outcome {
        let Some(mut index) = index else {
            return Ok(());
        };
        index.valid = true;
        let full = ResolvedName::new(table.schema.clone(), index.name.clone());
        let mut new = NewIndex {
            name: None,
            index: index.clone(),
            constraint: constraint.clone(),
            only: false,
            if_not_exists: false,
        };
        if let Some(constraint) = &mut new.constraint {
            constraint.inherited = false;
            constraint.local = true;
        }
        self.catalogue.edit(table, |relation| {
            relation.indexes.push(index);
            relation.constraints.extend(constraint);
        });
        for partition in self.partition_names(table) {
            self.define_partition_index(&partition, &full, &new)?;
        }
        Ok(())
    }
}
