//! DROP: which objects go, what stops it, and the removal itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::dependency::{Bond, Object};
use super::session::{Outcome, is_system};
use super::{
    Catalogue, EnumOrOther, Refusal, Relation, RelationKind, ResolvedName, Session, TypeDef,
};
use crate::sql::ast::{Behavior, Drop, Ident, ObjectKind, ObjectName, QualifiedName};

impl Session {
    pub(super) fn drop(&mut self, drop: &Drop) -> Outcome {
        let mut targets = Vec::new();
        for name in &drop.names {
            match self.drop_target(drop.object, name) {
                Ok(Some(target)) => targets.push(target),
                Ok(None) => {}
                Err(refusal) if drop.if_exists && refusal.is_about_something_missing() => {}
                Err(refusal) => return Err(refusal),
            }
        }
        self.drop_objects(targets, drop.behavior)
    }

    /// Takes objects away with all that hangs on them.
    ///
    /// # Errors
    /// 2BP01 when something else depends on one of them and nobody said CASCADE.
    pub(super) fn drop_objects(&mut self, targets: Vec<Object>, behavior: Behavior) -> Outcome {
        for target in &targets {
            self.stands_alone(target, &targets)?;
        }
        let mut found: BTreeMap<Object, Bond> = targets
            .iter()
            .map(|target| (target.clone(), Bond::Automatic))
            .collect();
        let mut queue = targets.clone();
        while let Some(object) = queue.pop() {
            for (dependent, bond) in self.catalogue.bonds(&object, self.version) {
                match found.get_mut(&dependent) {
                    Some(known) => *known = (*known).min(bond),
                    None => {
                        queue.push(dependent.clone());
                        found.insert(dependent, bond);
                    }
                }
            }
        }
        let goes_with_owner = |object: &Object| {
            let mut owners = object.owners().into_iter();
            owners.any(|owner| found.get(&owner) == Some(&Bond::Automatic))
        };
        let stopped = found
            .iter()
            .any(|(object, bond)| *bond == Bond::Normal && !goes_with_owner(object));
        if stopped && behavior == Behavior::Restrict {
            let message = match targets.as_slice() {
                [target] => format!(
                    "cannot drop {} because other objects depend on it",
                    self.catalogue.describe(target)
                ),
                _ => {
                    "cannot drop desired object(s) because other objects depend on them".to_owned()
                }
            };
            return Err(Refusal::new("2BP01", message));
        }
        for object in found.keys() {
            self.remove(object);
        }
        Ok(())
    }

    /// Refuses what goes only together with what requires it: the index of a constraint, the
    /// sequence of an identity column, the index of a partition.
    fn stands_alone(&self, target: &Object, targets: &[Object]) -> Outcome {
        let requires = match target {
            Object::Index(table, name) => {
                let index = self.catalogue.get(table).and_then(|t| t.index(name));
                let parent = index.and_then(|index| index.partition_of.clone());
                let constraint = index.and_then(|index| index.constraint.clone());
                let parent = parent.and_then(|parent| {
                    let owner = self.catalogue.indexes.get(&parent)?;
                    Some(Object::Index(owner.clone(), parent.name))
                });
                parent.or(constraint.map(|name| Object::Constraint(table.clone(), name)))
            }
            Object::Trigger(table, name) => {
                let partition = self.catalogue.get(table);
                let trigger = partition.and_then(|own| own.trigger(name));
                let parent = partition.and_then(|own| own.partition_of.as_ref());
                let copied = trigger.and_then(|own| own.partition_of.clone());
                parent
                    .zip(copied)
                    .map(|((parent, _), copied)| Object::Trigger(parent.clone(), copied))
            }
            Object::Constraint(table, name) => {
                let constraint = self.catalogue.get(table).and_then(|t| t.constraint(name));
                let is_trigger =
                    constraint.is_some_and(|own| own.kind == super::ConstraintKind::Trigger);
                let mut triggers = self
                    .catalogue
                    .get(table)
                    .into_iter()
                    .flat_map(|own| own.triggers.iter());
                triggers
                    .find(|own| is_trigger && own.constraint.as_ref() == Some(name))
                    .map(|own| Object::Trigger(table.clone(), own.definition.name.clone()))
            }
            Object::Relation(name) => {
                let sequence = self.catalogue.get(name).filter(|own| own.of_identity);
                sequence
                    .and_then(|own| own.owned_by.clone())
                    .map(|(table, column)| Object::Column(table, column))
            }
            _ => None,
        };
        match requires {
            Some(other) if !targets.contains(&other) => Err(Refusal::new(
                "2BP01",
                format!(
                    "cannot drop {} because {} requires it",
                    self.catalogue.describe(target),
                    self.catalogue.describe(&other)
                ),
            )),
            _ => Ok(()),
        }
    }

    /// Whether an object is there, and of that kind, that a comment names.
    ///
    /// # Errors
    /// What PostgreSQL says when it is not.
    pub(super) fn is_commented(&mut self, kind: ObjectKind, object: &ObjectName) -> Outcome {
        let is_relation = matches!(
            kind,
            ObjectKind::Table
                | ObjectKind::View
                | ObjectKind::MaterializedView
                | ObjectKind::Sequence
                | ObjectKind::ForeignTable
        );
        if is_relation && self.catalogue.index(&object.name).is_some() {
            return Err(wrong_kind(&object.name, kind));
        }
        if kind == ObjectKind::Index && self.catalogue.index(&object.name).is_none() {
            let name = &object.name;
            return match self.catalogue.relation(name) {
                Some(relation) if !relation.columns_known => Ok(()),
                Some(_) => Err(wrong_kind(name, kind)),
                None if self.catalogue.composite(name).is_some() => Err(wrong_kind(name, kind)),
                None if self.catalogue.incomplete || is_system(name) => Ok(()),
                None => Err(Refusal::no_relation(name)),
            };
        }
        self.exists(kind, object)?;
        match self.catalogue.relation(&object.name) {
            Some(relation) if is_relation && !is_called(relation, kind) => {
                Err(wrong_kind(&object.name, kind))
            }
            _ => Ok(()),
        }
    }

    /// Whether an object is there that a comment or privilege names.
    ///
    /// # Errors
    /// What PostgreSQL says when it is not.
    pub(super) fn exists(&mut self, kind: ObjectKind, object: &ObjectName) -> Outcome {
        match kind {
            ObjectKind::Table
            | ObjectKind::View
            | ObjectKind::MaterializedView
            | ObjectKind::Sequence
            | ObjectKind::ForeignTable => {
                if self.catalogue.index(&object.name).is_none() {
                    self.reach(&object.name)?;
                }
                Ok(())
            }
            ObjectKind::Column => {
                let Some(table) = &object.table else {
                    return Ok(());
                };
                let column = &object.name.name;
                // An attribute of a composite type is commented on as a column of it.
                if let Some(ty) = self.catalogue.composite(table) {
                    return match self.catalogue.lacks_attribute(&ty.name, column) {
                        true => Err(Refusal::no_column(column, &ty.name)),
                        false => Ok(()),
                    };
                }
                let table = self.reach(table)?;
                match self.catalogue.get(&table) {
                    Some(relation)
                        if relation.column(column).is_none() && relation.columns_known =>
                    {
                        Err(Refusal::no_column(column, &table))
                    }
                    _ => Ok(()),
                }
            }
            kind if super::named::scope(kind).is_some() => self.has_named(kind, &object.name),
            ObjectKind::Operator => self.has_operator(object),
            ObjectKind::Cast => self.has_cast(object),
            ObjectKind::Publication => self.has_publication(&object.name.name),
            ObjectKind::Schema => {
                let name = &object.name.name;
                match self.catalogue.has_schema(name) || self.catalogue.incomplete {
                    true => Ok(()),
                    false => Err(Refusal::no_schema(name)),
                }
            }
            // PostgreSQL's own and those of extensions are not kept.
            ObjectKind::Function
            | ObjectKind::Procedure
            | ObjectKind::Aggregate
            | ObjectKind::Routine
                if !self.catalogue.routines_named(&object.name).is_empty() =>
            {
                self.routine_to_drop(kind, object).map(drop)
            }
            ObjectKind::Trigger | ObjectKind::Policy | ObjectKind::Rule => {
                self.attachment_to_drop(kind, object).map(drop)
            }
            ObjectKind::Constraint => match &object.table {
                Some(table) if self.catalogue.type_def(table).is_none() => {
                    let table = self.reach(table)?;
                    let name = &object.name.name;
                    let relation = self.known(&table)?;
                    if relation.constraint(name).is_some() || !relation.columns_known {
                        return Ok(());
                    }
                    let message = format!(
                        "constraint \"{name}\" for table \"{}\" does not exist",
                        table.name
                    );
                    Err(Refusal::new("42704", message))
                }
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }

    fn remove(&mut self, object: &Object) {
        let catalogue = &mut self.catalogue;
        match object {
            Object::Relation(name) => {
                self.forget_partition(name);
                let catalogue = &mut self.catalogue;
                if let Some(relation) = catalogue.take(name) {
                    catalogue.edit_published(|tables| tables.retain(|own| own.table != *name));
                    catalogue.forget_written(name, None);
                    self.note_renamed(name, None);
                    for index in &relation.indexes {
                        let full = ResolvedName::new(name.schema.clone(), index.name.clone());
                        self.note_renamed(&full, None);
                    }
                }
            }
            Object::Column(table, column) => {
                catalogue.edit_published(|tables| {
                    tables.retain(|own| {
                        let named = own.columns.contains(column) || own.filter.contains(column);
                        own.table != *table || !named
                    });
                });
                catalogue.edit(table, |relation| {
                    relation.columns.retain(|own| own.name != *column);
                });
                if let Some(def) = catalogue.types.get_mut(table)
                    && let EnumOrOther::Composite(attributes) = &mut Arc::make_mut(def).kind
                {
                    attributes.retain(|(own, _)| own != column);
                }
            }
            Object::Default(table, column) => {
                catalogue.edit(table, |relation| {
                    if let Some(column) = relation.column_mut(column) {
                        column.default = None;
                    }
                });
            }
            Object::Constraint(table, name) => {
                catalogue.edit(table, |relation| relation.remove_constraint(name));
            }
            Object::Index(table, name) => {
                catalogue.edit(table, |relation| {
                    relation.indexes.retain(|index| index.name != *name);
                    if relation.clustered_on.as_ref() == Some(name) {
                        relation.clustered_on = None;
                    }
                });
                let full = ResolvedName::new(table.schema.clone(), name.clone());
                self.note_renamed(&full, None);
            }
            Object::Trigger(table, name) => {
                catalogue.edit(table, |relation| relation.remove_trigger(name));
            }
            Object::Policy(table, name) => {
                catalogue.forget_written(table, Some((name, false)));
                catalogue.edit(table, |relation| {
                    relation.policies.retain(|policy| policy.name != *name);
                });
            }
            Object::Rule(table, name) => {
                catalogue.forget_written(table, Some((name, true)));
                catalogue.edit(table, |relation| {
                    relation.rules.retain(|rule| **rule != *name)
                });
            }
            Object::Type(name) => {
                catalogue.change_type(name, None);
            }
            Object::Routine(name, args) => {
                let left: Vec<_> = catalogue
                    .routines
                    .get(name)
                    .into_iter()
                    .flat_map(|all| all.iter())
                    .filter(|routine| routine.definition.args != *args)
                    .cloned()
                    .collect();
                if left.is_empty() {
                    catalogue.routines.remove(name);
                } else {
                    catalogue.routines.insert(name.clone(), left.into());
                }
            }
            Object::Operator(key) => {
                catalogue.operators.remove(key);
            }
            Object::Cast(key) => {
                catalogue.casts.remove(key);
            }
            Object::Schema(name) => {
                catalogue.schemas.remove(name);
                for sequences in [false, true] {
                    let key = (sequences, Some(name.clone()));
                    catalogue.default_grants.remove(&key);
                }
            }
            Object::Extension(name) => {
                catalogue.extensions.remove(name);
            }
            Object::Other(ObjectKind::Publication, None, name) => {
                catalogue.publications.remove(&name.name);
            }
            Object::Other(kind, table, name) => {
                if table.is_none() {
                    catalogue.others.remove(&(*kind, name.clone()));
                }
            }
        }
    }

    /// The object a DROP names; none when it is of a kind we keep nothing of.
    fn drop_target(
        &mut self,
        kind: ObjectKind,
        object: &ObjectName,
    ) -> Result<Option<Object>, Refusal> {
        let name = &object.name;
        if let Some(schema) = &name.schema
            && kind != ObjectKind::Operator
            && !self.catalogue.has_schema(schema)
            && !self.catalogue.incomplete
        {
            return Err(Refusal::no_schema(schema));
        }
        match kind {
            ObjectKind::Table
            | ObjectKind::View
            | ObjectKind::MaterializedView
            | ObjectKind::Sequence
            | ObjectKind::ForeignTable => self.relation_to_drop(kind, name).map(Some),
            ObjectKind::Index => match self.catalogue.index(name) {
                Some((table, index)) => {
                    Ok(Some(Object::Index(table.name.clone(), index.name.clone())))
                }
                None if self.catalogue.relation(name).is_some() => Err(wrong_kind(name, kind)),
                None => Err(Refusal::new(
                    "42704",
                    format!("index \"{name}\" does not exist"),
                )),
            },
            ObjectKind::Type | ObjectKind::Domain => {
                let def = self.catalogue.type_def(name);
                let row_type = self
                    .catalogue
                    .relation(name)
                    .filter(|relation| relation.kind != RelationKind::Sequence);
                let is_domain = |def: &TypeDef| matches!(def.kind, EnumOrOther::Domain { .. });
                let no_domain = kind == ObjectKind::Domain
                    && (def.is_some_and(|def| !is_domain(def))
                        || def.is_none() && row_type.is_some());
                if no_domain {
                    return Err(wrong_kind(name, kind));
                }
                match (def, row_type) {
                    (Some(def), _) => Ok(Some(Object::Type(def.name.clone()))),
                    (None, Some(relation)) => {
                        let table = self
                            .catalogue
                            .describe(&Object::Relation(relation.name.clone()));
                        let message = format!(
                            "cannot drop type {} because {table} requires it",
                            name.name.to_sql()
                        );
                        Err(Refusal::new("2BP01", message))
                    }
                    (None, None) => Err(Refusal::no_type(name)),
                }
            }
            ObjectKind::Function
            | ObjectKind::Procedure
            | ObjectKind::Aggregate
            | ObjectKind::Routine => self.routine_to_drop(kind, object).map(Some),
            ObjectKind::Schema if self.catalogue.schemas.contains(&name.name) => {
                Ok(Some(Object::Schema(name.name.clone())))
            }
            ObjectKind::Schema => Err(Refusal::no_schema(&name.name)),
            ObjectKind::Extension if self.catalogue.extensions.contains_key(&name.name) => {
                Ok(Some(Object::Extension(name.name.clone())))
            }
            ObjectKind::Extension => Err(missing(kind, &name.name)),
            ObjectKind::Trigger | ObjectKind::Policy | ObjectKind::Rule => {
                self.attachment_to_drop(kind, object)
            }
            ObjectKind::Publication => {
                let known = self.catalogue.publications.contains_key(&name.name);
                let target = Object::Other(kind, None, QualifiedName::bare(name.name.clone()));
                known
                    .then_some(Some(target))
                    .ok_or_else(|| missing(kind, &name.name))
            }
            ObjectKind::Operator => self.operator_to_drop(object),
            ObjectKind::Cast => self.cast_to_drop(object),
            kind if super::named::scope(kind).is_some() => self.named_to_drop(kind, name),
            ObjectKind::AccessMethod
            | ObjectKind::Collation
            | ObjectKind::Column
            | ObjectKind::Constraint
            | ObjectKind::Conversion
            | ObjectKind::Database
            | ObjectKind::EventTrigger
            | ObjectKind::ForeignDataWrapper
            | ObjectKind::Language
            | ObjectKind::LargeObject
            | ObjectKind::OperatorClass
            | ObjectKind::OperatorFamily
            | ObjectKind::Role
            | ObjectKind::Server
            | ObjectKind::Statistics
            | ObjectKind::Subscription
            | ObjectKind::Tablespace
            | ObjectKind::TextSearchConfiguration
            | ObjectKind::TextSearchDictionary
            | ObjectKind::TextSearchParser
            | ObjectKind::TextSearchTemplate
            | ObjectKind::Transform
            | ObjectKind::UserMapping => Ok(None),
        }
    }

    fn relation_to_drop(&self, kind: ObjectKind, name: &QualifiedName) -> Result<Object, Refusal> {
        let Some(relation) = self.catalogue.relation(name) else {
            // A composite type has its name among the relations.
            if self.catalogue.index(name).is_some() || self.catalogue.composite(name).is_some() {
                return Err(wrong_kind(name, kind));
            }
            let message = format!("{} \"{name}\" does not exist", spelled(kind));
            return Err(Refusal::new("42P01", message));
        };
        if is_called(relation, kind) {
            Ok(Object::Relation(relation.name.clone()))
        } else {
            Err(wrong_kind(name, kind))
        }
    }

    fn attachment_to_drop(
        &mut self,
        kind: ObjectKind,
        object: &ObjectName,
    ) -> Result<Option<Object>, Refusal> {
        let Some(table) = &object.table else {
            return Ok(None);
        };
        let table = self.reach(table)?;
        let relation = self.known(&table)?;
        let name = &object.name.name;
        let (exists, target) = match kind {
            ObjectKind::Trigger => (
                relation.trigger(name).is_some(),
                Object::Trigger(table.clone(), name.clone()),
            ),
            ObjectKind::Policy => (
                relation.policy(name).is_some(),
                Object::Policy(table.clone(), name.clone()),
            ),
            _ => (
                relation.rules.contains(name),
                Object::Rule(table.clone(), name.clone()),
            ),
        };
        if exists || !relation.columns_known {
            return Ok(Some(target));
        }
        let of = if kind == ObjectKind::Rule {
            "relation"
        } else {
            "table"
        };
        let message = format!(
            "{} \"{name}\" for {of} \"{}\" does not exist",
            spelled(kind),
            table.name
        );
        Err(Refusal::new("42704", message))
    }
}

impl Catalogue {
    /// A name with its schema where the search path does not show it.
    pub(super) fn shown_name(&self, name: &ResolvedName) -> String {
        if self.search_path.contains(&name.schema) {
            name.name.to_sql().into_owned()
        } else {
            name.to_sql()
        }
    }

    /// How PostgreSQL speaks of an object, with its schema where the search path does not show it.
    pub(super) fn describe(&self, object: &Object) -> String {
        let shown = |name: &ResolvedName| self.shown_name(name);
        let relation = |name: &ResolvedName| {
            let kind = self.get(name).map_or(RelationKind::Table, |r| r.kind);
            let word = match kind {
                RelationKind::Table | RelationKind::PartitionedTable => "table",
                RelationKind::ForeignTable => "foreign table",
                RelationKind::View => "view",
                RelationKind::MaterializedView => "materialized view",
                RelationKind::Sequence => "sequence",
            };
            format!("{word} {}", shown(name))
        };
        match object {
            Object::Relation(name) => relation(name),
            Object::Column(table, column) => format!("column {column} of {}", relation(table)),
            Object::Default(table, column) => {
                format!("default value for column {column} of {}", relation(table))
            }
            Object::Constraint(table, name) => format!("constraint {name} on {}", relation(table)),
            Object::Index(table, name) => {
                let full = ResolvedName::new(table.schema.clone(), name.clone());
                format!("index {}", shown(&full))
            }
            Object::Trigger(table, name) => format!("trigger {name} on {}", relation(table)),
            Object::Policy(table, name) => format!("policy {name} on {}", relation(table)),
            Object::Rule(table, name) => format!("rule {name} on {}", relation(table)),
            Object::Type(name) => format!("type {}", shown(name)),
            Object::Routine(name, args) => {
                let args: Vec<String> = args
                    .iter()
                    .map(|ty| self.shown_type(ty).to_string())
                    .collect();
                format!("function {}({})", shown(name), args.join(","))
            }
            Object::Operator((name, args)) => {
                let args: Vec<String> = args.iter().map(|ty| self.spelled_type(ty)).collect();
                let schema = match self.search_path.contains(&name.schema) {
                    true => String::new(),
                    false => format!("{}.", name.schema.to_sql()),
                };
                let what = super::user_operator::described(name.name.as_str(), &args);
                format!("operator {schema}{what}")
            }
            Object::Cast(key) => format!("cast {}", self.described_cast(key)),
            Object::Schema(name) => format!("schema {}", name.to_sql()),
            Object::Extension(name) => format!("extension {}", name.to_sql()),
            Object::Other(kind, _, name) => format!("{} {name}", spelled(*kind)),
        }
    }
}

/// Whether a relation is of the kind that a statement calls it; of one that is only assumed, anything.
fn is_called(relation: &Relation, kind: ObjectKind) -> bool {
    let fits = match relation.kind {
        RelationKind::Table | RelationKind::PartitionedTable => kind == ObjectKind::Table,
        RelationKind::ForeignTable => kind == ObjectKind::ForeignTable,
        RelationKind::View => kind == ObjectKind::View,
        RelationKind::MaterializedView => kind == ObjectKind::MaterializedView,
        RelationKind::Sequence => kind == ObjectKind::Sequence,
    };
    fits || !relation.columns_known && relation.kind == RelationKind::Table
}

/// The kind as PostgreSQL's messages spell it.
pub(super) fn spelled(kind: ObjectKind) -> String {
    match kind {
        ObjectKind::Statistics => "statistics object".to_owned(),
        ObjectKind::ForeignDataWrapper => "foreign-data wrapper".to_owned(),
        _ => kind.as_str().replace('-', " "),
    }
}

pub(super) fn missing(kind: ObjectKind, name: &Ident) -> Refusal {
    let encoding = match kind {
        ObjectKind::Collation => " for encoding \"UTF8\"",
        _ => "",
    };
    let message = format!("{} \"{name}\"{encoding} does not exist", spelled(kind));
    Refusal::new("42704", message)
}

fn wrong_kind(name: &QualifiedName, kind: ObjectKind) -> Refusal {
    let word = spelled(kind);
    let article = if word.starts_with(['a', 'e', 'i', 'o', 'u']) {
        "an"
    } else {
        "a"
    };
    let message = format!("\"{}\" is not {article} {word}", name.name);
    Refusal::new("42809", message)
}
