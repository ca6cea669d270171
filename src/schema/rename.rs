//! Renames and moves between schemas; whatever names the object follows.

use super::alter_table::missing_constraint;
use super::constraint::missing_column;
use super::dependency::is_type;
use super::sequence::{default_sequence, next_value};
use super::session::Outcome;
use super::{
    Constraint, ConstraintKind, EnumOrOther, Index, Refusal, Relation, RelationKind, ResolvedName,
    Routine, Session, mentions,
};
use crate::sql::ast::{Ident, IndexElement, IndexKey, SqlExpr, TypeName};

impl Session {
    pub(super) fn rename_relation(&mut self, table: &ResolvedName, to: &Ident) -> Outcome {
        let new = ResolvedName::new(table.schema.clone(), to.clone());
        if self.known(table)?.kind == RelationKind::Sequence && !self.catalogue.is_taken(&new) {
            self.move_relation(table, &new);
            return Ok(());
        }
        self.relation_is_free(&new)?;
        self.move_relation(table, &new);
        Ok(())
    }

    /// `SET SCHEMA`: its indexes and the sequences it owns move with it.
    pub(super) fn set_schema(&mut self, table: &ResolvedName, schema: &Ident) -> Outcome {
        let relation = self.known(table)?;
        if relation.kind == RelationKind::Sequence && relation.owned_by.is_some() {
            let message = "cannot move an owned sequence into another schema";
            return Err(Refusal::new("0A000", message));
        }
        if !self.catalogue.has_schema(schema) && !self.catalogue.incomplete {
            return Err(Refusal::no_schema(schema));
        }
        if table.schema == *schema {
            return Ok(());
        }
        let new = ResolvedName::new(schema.clone(), table.name.clone());
        if self.catalogue.is_taken(&new) {
            let message = format!(
                "relation \"{}\" already exists in schema \"{schema}\"",
                new.name
            );
            return Err(Refusal::new("42P07", message));
        }
        if relation.kind != RelationKind::Sequence && self.catalogue.types.contains_key(&new) {
            let message = format!(
                "type \"{}\" already exists in schema \"{schema}\"",
                new.name
            );
            return Err(Refusal::new("42710", message));
        }
        let sequences: Vec<ResolvedName> = self
            .catalogue
            .dependents(table)
            .filter(|other| {
                other
                    .owned_by
                    .as_ref()
                    .is_some_and(|(owner, _)| owner == table)
            })
            .map(|other| other.name.clone())
            .collect();
        let exists = |name: &Ident| {
            let message = format!("relation \"{name}\" already exists in schema \"{schema}\"");
            Refusal::new("42P07", message)
        };
        let indexes = relation.indexes.iter().map(|index| &index.name);
        let owned = sequences.iter().map(|sequence| &sequence.name);
        let mut moved = indexes.chain(owned);
        let at = |name: &Ident| ResolvedName::new(schema.clone(), name.clone());
        if let Some(clash) = moved.find(|name| self.catalogue.is_taken(&at(name))) {
            return Err(exists(clash));
        }
        self.move_relation(table, &new);
        for sequence in sequences {
            let moved = ResolvedName::new(schema.clone(), sequence.name.clone());
            self.move_relation(&sequence, &moved);
        }
        Ok(())
    }

    /// Puts a relation under another name; foreign keys, views, children, owned sequences, defaults
    /// and columns of its row type follow.
    pub(super) fn move_relation(&mut self, from: &ResolvedName, to: &ResolvedName) {
        let Some(relation) = self.catalogue.get(from).cloned() else {
            return;
        };
        let dependents: Vec<ResolvedName> = self
            .catalogue
            .dependents(from)
            .map(|other| other.name.clone())
            .collect();
        let is_sequence = relation.kind == RelationKind::Sequence;
        for index in &relation.indexes {
            let at = |relation: &ResolvedName| {
                ResolvedName::new(relation.schema.clone(), index.name.clone())
            };
            if from.schema != to.schema {
                self.note_renamed(&at(from), Some(&at(to)));
            }
        }
        self.catalogue.take(from);
        let mut moved = relation;
        moved.name = to.clone();
        follow(&mut moved, from, to);
        self.catalogue.put(moved);
        self.note_renamed(from, Some(to));
        self.catalogue.rename_written(from, to);
        self.catalogue.edit_published(|tables| {
            for own in tables.iter_mut().filter(|own| own.table == *from) {
                own.table = to.clone();
            }
        });
        self.catalogue.edit_named(|_, own| match &mut own.of {
            Some((table, _)) if table == from => *table = to.clone(),
            _ => {}
        });
        for name in dependents {
            self.catalogue.edit(&name, |other| follow(other, from, to));
        }
        if is_sequence {
            let users: Vec<ResolvedName> = self
                .catalogue
                .users(from)
                .filter(|other| {
                    other.columns.iter().any(|column| {
                        column.default.as_ref().and_then(default_sequence).as_ref() == Some(from)
                    })
                })
                .map(|other| other.name.clone())
                .collect();
            for user in users {
                self.catalogue.edit(&user, |other| {
                    for column in &mut other.columns {
                        if column.default.as_ref().and_then(default_sequence).as_ref() == Some(from)
                        {
                            column.default = Some(next_value(to));
                        }
                    }
                });
            }
        } else {
            self.move_type_uses(from, to);
        }
    }

    /// Columns, domains, composites and routines of a type follow its name.
    pub(super) fn move_type_uses(&mut self, from: &ResolvedName, to: &ResolvedName) {
        let users: Vec<ResolvedName> = self
            .catalogue
            .users(from)
            .filter(|other| {
                let of_type = other.of_type.as_ref() == Some(from);
                of_type || other.columns.iter().any(|column| is_type(&column.ty, from))
            })
            .map(|other| other.name.clone())
            .collect();
        let renamed = |ty: &mut TypeName| {
            if is_type(ty, from) {
                ty.schema = Some(to.schema.clone());
                ty.name = to.name.clone();
            }
        };
        for user in users {
            self.catalogue.edit(&user, |other| {
                other
                    .columns
                    .iter_mut()
                    .for_each(|column| renamed(&mut column.ty));
                if other.of_type.as_ref() == Some(from) {
                    other.of_type = Some(to.clone());
                }
            });
        }
        self.catalogue.edit_operators(|_| {}, |_| {}, renamed);
        let types: Vec<_> = self.catalogue.types.values().cloned().collect();
        for def in types {
            let mut new = def.as_ref().clone();
            match &mut new.kind {
                EnumOrOther::Domain { base, .. } => renamed(base),
                EnumOrOther::Composite(attributes) => {
                    attributes.iter_mut().for_each(|(_, ty)| renamed(ty));
                }
                EnumOrOther::Enum(_) | EnumOrOther::Range | EnumOrOther::Other => {}
            }
            if new != *def {
                let name = new.name.clone();
                self.catalogue.change_type(&name, Some(new.into()));
            }
        }
        let routines: Vec<_> = self
            .catalogue
            .routines
            .iter()
            .filter(|(_, all)| {
                let types = |routine: &Routine| {
                    let mut types = routine.definition.args.iter().chain(&routine.results);
                    types.any(|ty| is_type(ty, from))
                };
                all.iter().any(types)
            })
            .map(|(name, all)| (name.clone(), all.as_ref().clone()))
            .collect();
        for (name, mut all) in routines {
            for routine in &mut all {
                routine.definition.args.iter_mut().for_each(renamed);
                routine.results.iter_mut().for_each(renamed);
            }
            self.catalogue.routines.insert(name, all.into());
        }
    }

    /// Refuses to rename a column or constraint of a sequence (`renameatt_check`, which is asked of both).
    fn has_parts(&self, relation: &Relation) -> Outcome {
        if relation.kind != RelationKind::Sequence {
            return Ok(());
        }
        let name = &relation.name.name;
        let message = match self.version {
            ..15 => format!(
                "\"{name}\" is not a table, view, materialized view, composite type, index, or foreign table"
            ),
            _ => format!("cannot rename columns of relation \"{name}\""),
        };
        Err(Refusal::new("42809", message))
    }

    pub(super) fn rename_column(
        &mut self,
        table: &ResolvedName,
        from: &Ident,
        to: &Ident,
    ) -> Outcome {
        let relation = self.known(table)?;
        if relation.of_type.is_some() {
            let message = "cannot rename column of typed table";
            return Err(Refusal::new("42809", message));
        }
        self.has_parts(relation)?;
        if super::is_system_column(to) && relation.kind != RelationKind::View {
            let message = format!("column name \"{to}\" conflicts with a system column name");
            return Err(Refusal::new("42701", message));
        }
        let Some(found) = relation.column(from) else {
            if super::is_system_column(from) {
                let message = format!("cannot rename system column \"{from}\"");
                return Err(Refusal::new("0A000", message));
            }
            if relation.columns_known {
                let message = format!("column \"{from}\" does not exist");
                return Err(Refusal::new("42703", message));
            }
            return missing_column(relation, from);
        };
        let inherited = found.inherited;
        let mut heirs = vec![table.clone()];
        let mut at = 0;
        while let Some(heir) = heirs.get(at).cloned() {
            for child in self.child_names(&heir) {
                if !heirs.contains(&child) {
                    heirs.push(child);
                }
            }
            at += 1;
        }
        for heir in heirs.iter().skip(1) {
            let mut parents = self.parents_of(heir);
            if parents.any(|own| own.column(from).is_some() && !heirs.contains(&own.name)) {
                let message = format!("cannot rename inherited column \"{from}\"");
                return Err(Refusal::new("42P16", message));
            }
            if self.known(heir)?.column(to).is_some() {
                return Err(Refusal::column_exists(to, heir));
            }
        }
        let relation = self.known(table)?;
        if inherited {
            let message = format!("cannot rename inherited column \"{from}\"");
            return Err(Refusal::new("42P16", message));
        }
        if relation.column(to).is_some() {
            return Err(Refusal::column_exists(to, table));
        }
        self.rename_column_everywhere(table, from, to)
    }

    fn rename_column_everywhere(
        &mut self,
        table: &ResolvedName,
        from: &Ident,
        to: &Ident,
    ) -> Outcome {
        self.catalogue.rename_written_column(table, from, to);
        self.catalogue.edit_published(|tables| {
            for own in tables.iter_mut().filter(|own| own.table == *table) {
                for column in own.columns.iter_mut().chain(&mut own.filter) {
                    if column == from {
                        *column = to.clone();
                    }
                }
            }
        });
        self.catalogue.edit_named(|_, own| {
            let of = own.of.iter_mut().filter(|(of, _)| of == table);
            for key in of.flat_map(|(_, keys)| keys) {
                match key {
                    IndexKey::Column(column) if column == from => *column = to.clone(),
                    IndexKey::Column(_) => {}
                    IndexKey::Expr(expr) => mentions::rename(expr, from, to),
                }
            }
        });
        for child in self.child_names(table) {
            self.rename_column_everywhere(&child, from, to)?;
        }
        self.catalogue
            .edit(table, |relation| rename_inside(relation, table, from, to));
        let dependents: Vec<ResolvedName> = self
            .catalogue
            .dependents(table)
            .map(|other| other.name.clone())
            .collect();
        for name in dependents {
            self.catalogue.edit(&name, |other| {
                if let Some((owner, column)) = &mut other.owned_by
                    && owner == table
                    && column == from
                {
                    *column = to.clone();
                }
                if other
                    .depends_on
                    .remove(&(table.clone(), Some(from.clone())))
                {
                    other.depends_on.insert((table.clone(), Some(to.clone())));
                }
                rename_references(other, table, from, to);
            });
        }
        Ok(())
    }

    pub(super) fn rename_constraint(
        &mut self,
        table: &ResolvedName,
        from: &Ident,
        to: &Ident,
    ) -> Outcome {
        let relation = self.known(table)?;
        if relation.of_type.is_some() {
            let message = "cannot rename column of typed table";
            return Err(Refusal::new("42809", message));
        }
        self.has_parts(relation)?;
        let Some(constraint) = relation.constraint(from) else {
            if relation.columns_known {
                return Err(no_constraint(from, table));
            }
            return missing_constraint(relation, from);
        };
        let (handed_down, kind) = (constraint.is_handed_down(), constraint.kind.clone());
        if constraint.inherited && handed_down {
            let message = format!("cannot rename inherited constraint \"{from}\"");
            return Err(Refusal::new("42P16", message));
        }
        if constraint.has_index() {
            return self.rename_index(table, from, to);
        }
        if handed_down {
            for heir in self.heir_names(table) {
                self.constraint_is_free(&heir, to)?;
            }
        }
        self.constraint_is_free(table, to)?;
        let mut rename = |relation: &mut Relation| {
            let mut all = relation.constraints.iter_mut();
            if let Some(constraint) = all.find(|own| own.name == *from) {
                constraint.name = to.clone();
            }
        };
        if handed_down {
            self.each_inheriting(table, &mut rename);
        } else {
            self.catalogue.edit(table, rename);
        }
        match kind {
            ConstraintKind::ForeignKey { .. } => self.rename_parent_key(table, from, to),
            ConstraintKind::Trigger => {
                self.catalogue.edit(table, |relation| {
                    let mut all = relation.triggers.iter_mut();
                    if let Some(own) = all.find(|own| own.constraint.as_ref() == Some(from)) {
                        own.constraint = Some(to.clone());
                    }
                });
            }
            ConstraintKind::Check(_)
            | ConstraintKind::NotNull
            | ConstraintKind::PrimaryKey
            | ConstraintKind::Unique
            | ConstraintKind::Exclude => {}
        }
        Ok(())
    }
}

/// Makes everything in a relation that names `from` name `to`.
fn follow(relation: &mut Relation, from: &ResolvedName, to: &ResolvedName) {
    let change = |name: &mut ResolvedName| {
        if name == from {
            *name = to.clone();
        }
    };
    relation.inherits.iter_mut().for_each(change);
    if let Some((parent, _)) = &mut relation.partition_of {
        change(parent);
    }
    if let Some((owner, _)) = &mut relation.owned_by {
        change(owner);
    }
    let refers = |own: &Constraint| {
        let mut parts = own.in_partitions.iter();
        own.refers_to() == Some(from) || parts.any(|(of, _)| of == from)
    };
    for constraint in relation.constraints.iter_mut().filter(|own| refers(own)) {
        if let ConstraintKind::ForeignKey { table, .. } = &mut constraint.kind {
            change(table);
        }
        constraint
            .in_partitions
            .iter_mut()
            .for_each(|(of, _)| change(of));
    }
    if relation.depends_on.iter().any(|(name, _)| name == from) {
        relation.depends_on = std::mem::take(&mut relation.depends_on)
            .into_iter()
            .map(|(mut name, column)| {
                change(&mut name);
                (name, column)
            })
            .collect();
    }
    if from.schema != to.schema {
        for index in &mut relation.indexes {
            if let Some(parent) = &mut index.partition_of
                && parent.schema == from.schema
                && relation.partition_of.as_ref().is_some_and(|(p, _)| p == to)
            {
                parent.schema = to.schema.clone();
            }
        }
    }
}

/// A column's new name in all that belongs to its table.
fn rename_inside(relation: &mut Relation, table: &ResolvedName, from: &Ident, to: &Ident) {
    let name = |column: &mut Ident| {
        if column == from {
            *column = to.clone();
        }
    };
    let text = |expr: &mut SqlExpr| mentions::rename(expr, from, to);
    let columns = relation.columns.iter_mut();
    for column in columns.filter(|own| own.name == *from || own.generated.is_some()) {
        name(&mut column.name);
        if let Some(generated) = &mut column.generated {
            text(&mut generated.expr);
        }
    }
    let constraints = relation.constraints.iter_mut();
    for constraint in constraints.filter(|own| own.columns.contains(from)) {
        constraint.columns.iter_mut().for_each(name);
        if let ConstraintKind::Check(expr) = &mut constraint.kind {
            text(expr);
        }
    }
    let keys = |key: &mut IndexKey| match key {
        IndexKey::Column(column) => name(column),
        IndexKey::Expr(expr) => text(expr),
    };
    let concerned = |index: &Index| {
        let named = |element: &IndexElement| match &element.key {
            IndexKey::Column(column) => *column == *from,
            IndexKey::Expr(_) => true,
        };
        index.predicate.is_some()
            || index.elements.iter().any(named)
            || index.include.contains(from)
    };
    for index in relation.indexes.iter_mut().filter(|own| concerned(own)) {
        index.elements.iter_mut().for_each(|e| keys(&mut e.key));
        index.include.iter_mut().for_each(name);
        index.predicate.iter_mut().for_each(text);
    }
    for policy in &mut relation.policies {
        policy.using.iter_mut().for_each(text);
        policy.check.iter_mut().for_each(text);
    }
    if let Some(by) = &mut relation.partition_by {
        by.keys.iter_mut().for_each(|e| keys(&mut e.key));
    }
    let triggers = relation.triggers.iter_mut();
    for trigger in triggers.filter(|own| mentions::trigger_names(&own.definition, from)) {
        trigger.definition.columns.iter_mut().for_each(name);
        trigger.definition.condition.iter_mut().for_each(text);
    }
    rename_references(relation, table, from, to);
}

/// A referenced column's new name in the foreign keys to its table.
fn rename_references(relation: &mut Relation, table: &ResolvedName, from: &Ident, to: &Ident) {
    let refers = |own: &Constraint| own.refers_to() == Some(table);
    for constraint in relation.constraints.iter_mut().filter(|own| refers(own)) {
        if let ConstraintKind::ForeignKey { references, .. } = &mut constraint.kind {
            for column in references.iter_mut().filter(|column| *column == from) {
                *column = to.clone();
            }
        }
    }
}

/// A constraint to be renamed is not there.
pub(super) fn no_constraint(name: &Ident, table: &ResolvedName) -> Refusal {
    let message = format!(
        "constraint \"{name}\" for table \"{}\" does not exist",
        table.name
    );
    Refusal::new("42704", message)
}
