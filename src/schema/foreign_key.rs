//! A foreign key of a partitioned table or to one: its copies in the partitions, its parts for the
//! partitions referred to, and their names (`addFkRecurseReferenced`, `addFkRecurseReferencing`).

use super::bound::Bound;
use super::{Catalogue, Constraint, ConstraintKind, ResolvedName, Session, naming};
use crate::sql::ast::Ident;

impl Session {
    /// Adds a foreign key, to the partitions of a partitioned table too.
    pub(super) fn push_foreign_key(&mut self, table: &ResolvedName, constraint: &Constraint) {
        let mut whole = constraint.clone();
        whole.in_partitions.clear();
        self.catalogue.edit(table, |relation| {
            relation.constraints.push(whole);
        });
        if constraint.parent.is_none() {
            self.part(table, &constraint.name);
        }
        for partition in self.partition_names(table) {
            self.copy_foreign_key(&partition, constraint);
        }
    }

    /// The copy of a foreign key in a partition.
    pub(super) fn copy_foreign_key(&mut self, partition: &ResolvedName, constraint: &Constraint) {
        let mut copy = constraint.handed_down();
        copy.parent = Some(constraint.name.clone());
        if self.catalogue.has_constraint(partition, &constraint.name) {
            copy.name = self.catalogue.another_name(
                (partition, &constraint.columns),
                &constraint.name,
                (self.version, &[]),
            );
        }
        self.push_foreign_key(partition, &copy);
    }

    /// Makes the foreign key of a partition, the same as one of its new parent, a copy of that.
    pub(super) fn adopt_foreign_key(
        &mut self,
        partition: &ResolvedName,
        own: &Ident,
        parent: &Ident,
    ) {
        self.catalogue.edit(partition, |relation| {
            let mut all = relation.constraints.iter_mut();
            if let Some(constraint) = all.find(|one| one.name == *own) {
                constraint.parent = Some(parent.clone());
                constraint.in_partitions.clear();
                constraint.inherited = true;
                constraint.local = false;
            }
        });
    }

    /// Gives a foreign key its parts for the partitions of the table it refers to.
    pub(super) fn part(&mut self, table: &ResolvedName, name: &Ident) {
        let relation = self.catalogue.get(table);
        let Some(constraint) = relation.and_then(|own| own.constraint(name)) else {
            return;
        };
        let Some(target) = constraint.refers_to() else {
            return;
        };
        let mut parts = Vec::new();
        let (target, columns) = (target.clone(), constraint.columns.clone());
        self.parts_below((table, &columns), &target, name, &mut parts);
        self.catalogue.edit(table, |relation| {
            let mut all = relation.constraints.iter_mut();
            if let Some(constraint) = all.find(|own| own.name == *name) {
                constraint.in_partitions = parts;
            }
        });
    }

    fn parts_below(
        &self,
        key: (&ResolvedName, &[Ident]),
        target: &ResolvedName,
        name: &Ident,
        parts: &mut Vec<(ResolvedName, Ident)>,
    ) {
        for partition in self.catalogue.partitions_in_order(target) {
            self.part_for(key, &partition, name, parts);
        }
    }

    /// The part of a foreign key for one partition and those for the partitions of that one.
    fn part_for(
        &self,
        key: (&ResolvedName, &[Ident]),
        partition: &ResolvedName,
        name: &Ident,
        parts: &mut Vec<(ResolvedName, Ident)>,
    ) {
        let own = self
            .catalogue
            .another_name(key, name, (self.version, parts.as_slice()));
        parts.push((partition.clone(), own));
        self.parts_below(key, partition, name, parts);
    }

    /// The foreign keys to a partitioned table get a part for its new partition.
    pub(super) fn refer_to_partition(&mut self, partition: &ResolvedName, parent: &ResolvedName) {
        let others = self.catalogue.dependents(parent);
        let tables: Vec<ResolvedName> = others
            .map(|other| other.name.clone())
            .chain(std::iter::once(parent.clone()))
            .collect();
        for table in tables {
            let constraints = self.catalogue.get(&table);
            let constraints = constraints.map(|own| own.constraints.clone());
            for constraint in constraints.iter().flat_map(|all| all.iter()) {
                let whole = constraint.parent.is_none() && constraint.refers_to() == Some(parent);
                let mut parts = constraint.in_partitions.iter();
                let part = parts.find(|(of, _)| of == parent).map(|(_, name)| name);
                let Some(above) = part.or(whole.then_some(&constraint.name)) else {
                    continue;
                };
                let mut new = Vec::new();
                self.part_for((&table, &constraint.columns), partition, above, &mut new);
                self.catalogue.edit(&table, |relation| {
                    let mut all = relation.constraints.iter_mut();
                    if let Some(own) = all.find(|own| own.name == constraint.name) {
                        own.in_partitions.extend(new);
                    }
                });
            }
        }
    }

    /// The foreign keys to a partitioned table lose the parts for a partition that leaves it.
    pub(super) fn forget_partition(&mut self, partition: &ResolvedName) {
        let mut gone = vec![partition.clone()];
        let mut at = 0;
        while let Some(table) = gone.get(at).cloned() {
            gone.extend(self.partition_names(&table));
            at += 1;
        }
        let others = self.catalogue.dependents(partition);
        let tables: Vec<ResolvedName> = others.map(|other| other.name.clone()).collect();
        for table in tables {
            self.catalogue.edit(&table, |relation| {
                let mut all = relation.constraints.iter_mut();
                while let Some(own) = all.find(|own| !own.in_partitions.is_empty()) {
                    own.in_partitions.retain(|(of, _)| !gone.contains(of));
                }
            });
        }
    }

    /// A foreign key's new name in the copies of it that partitions have.
    pub(super) fn rename_parent_key(&mut self, table: &ResolvedName, from: &Ident, to: &Ident) {
        for partition in self.partition_names(table) {
            self.catalogue.edit(&partition, |relation| {
                let mut all = relation.constraints.iter_mut();
                if let Some(own) = all.find(|own| own.parent.as_ref() == Some(from)) {
                    own.parent = Some(to.clone());
                }
            });
        }
    }
}

impl Catalogue {
    /// Whether a table has a constraint of that name, parts of its foreign keys among them.
    pub(super) fn has_constraint(&self, table: &ResolvedName, name: &Ident) -> bool {
        let constraints = self.get(table).into_iter().flat_map(|own| &own.constraints);
        constraints
            .flat_map(Constraint::names)
            .any(|own| own == name)
    }

    /// The name for a further constraint made from a foreign key of that name: up to 17 one like those
    /// without a name get, from 18 on its own with a number (`addFkConstraint`).
    fn another_name(
        &self,
        (table, columns): (&ResolvedName, &[Ident]),
        name: &Ident,
        (version, taken): (u16, &[(ResolvedName, Ident)]),
    ) -> Ident {
        let middle = naming::joined(columns.iter().map(Ident::as_str));
        let is_taken = |own: &Ident| {
            let full = ResolvedName::new(table.schema.clone(), own.clone());
            self.constraint_names.contains_key(&full) || taken.iter().any(|(_, one)| one == own)
        };
        match version {
            18.. => naming::first_numbered(name.as_str(), is_taken),
            _ => naming::first_free(table.name.as_str(), Some(&middle), "fkey", is_taken),
        }
    }

    /// The partitions of a table in the order of their bounds, the default one last.
    fn partitions_in_order(&self, table: &ResolvedName) -> Vec<ResolvedName> {
        let children = self.children(table);
        let mut all: Vec<(Bound, ResolvedName)> = children
            .filter_map(|child| Some((child.partition_of.as_ref()?, &child.name)))
            .map(|((_, bound), name)| (Bound::read(bound), name.clone()))
            .collect();
        all.sort_by(|(one, _), (other, _)| one.order(other));
        all.into_iter().map(|(_, name)| name).collect()
    }
}

impl Constraint {
    /// All names it takes: its own, and those of a foreign key's parts.
    pub(super) fn names(&self) -> impl Iterator<Item = &Ident> {
        std::iter::once(&self.name).chain(self.in_partitions.iter().map(|(_, name)| name))
    }

    /// Whether the children of its table have it from there, under the same name.
    pub(super) fn is_handed_down(&self) -> bool {
        let by_name = matches!(
            self.kind,
            ConstraintKind::Check(_) | ConstraintKind::NotNull
        );
        by_name && !self.no_inherit
    }
}
