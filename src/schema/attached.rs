//! What hangs on a relation or stands beside it: triggers, policies, rules, routines, extensions, schemas.

use super::session::Outcome;
use super::{
    Constraint, ConstraintKind, Refusal, RelationKind, ResolvedName, Routine, Session, Trigger,
};
use crate::sql::ast::{
    AlterObject, Change, CreateRoutine, CreateTrigger, Ident, ObjectAction, ObjectKind, ObjectName,
    Policy, QualifiedName,
};

impl Session {
    pub(super) fn create_routine(&mut self, create: &CreateRoutine) -> Outcome {
        let name = self.place(&create.name)?;
        let mut definition = create.clone();
        definition.args = create
            .args
            .iter()
            .map(|ty| self.catalogue.argument_type(ty))
            .collect();
        let mut all: Vec<Routine> = self
            .catalogue
            .routines
            .get(&name)
            .map(|all| all.to_vec())
            .unwrap_or_default();
        match all
            .iter_mut()
            .find(|own| own.definition.args == definition.args)
        {
            Some(_) if !create.or_replace => {
                let message = format!(
                    "function \"{}\" already exists with same argument types",
                    name.name
                );
                return Err(Refusal::new("42723", message));
            }
            Some(own) => own.definition = definition,
            None => all.push(Routine { definition }),
        }
        self.catalogue.routines.insert(name, all.into());
        Ok(())
    }

    pub(super) fn create_trigger(&mut self, create: &CreateTrigger) -> Outcome {
        let table = self.reach(&create.table)?;
        let function = self.catalogue.routine_name(&create.function);
        let relation = self.known(&table)?;
        let existing = relation.trigger(&create.name).is_some();
        if existing && !create.or_replace {
            let message = format!(
                "trigger \"{}\" for relation \"{}\" already exists",
                create.name, table.name
            );
            return Err(Refusal::new("42710", message));
        }
        if relation.columns_known
            && let Some(column) = create.columns.iter().find(|c| relation.column(c).is_none())
        {
            let message = format!(
                "column \"{column}\" of relation \"{}\" does not exist",
                table.name
            );
            return Err(Refusal::new("42703", message));
        }
        let mut definition = create.clone();
        match function {
            Some(full) => {
                definition.function = QualifiedName::new(full.schema, full.name);
            }
            None if self.may_be_from_elsewhere(&create.function) => {}
            None => {
                let message = format!("function {}() does not exist", create.function);
                return Err(Refusal::new("42883", message));
            }
        }
        self.push_trigger(&table, &definition);
        Ok(())
    }

    /// Whether a routine we do not know may be PostgreSQL's own or an extension's.
    fn may_be_from_elsewhere(&self, name: &QualifiedName) -> bool {
        const TRIGGERS: &[&str] = &[
            "suppress_redundant_updates_trigger",
            "tsvector_update_trigger",
            "tsvector_update_trigger_column",
        ];
        let brings_routines = self
            .catalogue
            .extensions
            .keys()
            .any(|own| *own != "plpgsql");
        self.catalogue.incomplete || brings_routines || TRIGGERS.contains(&name.name.as_str())
    }

    fn push_trigger(&mut self, table: &ResolvedName, definition: &CreateTrigger) {
        self.catalogue.edit(table, |relation| {
            relation
                .triggers
                .retain(|own| own.definition.name != definition.name);
            relation.triggers.push(Trigger {
                definition: definition.clone(),
                enabled: true,
            });
            if definition.constraint {
                let kind = ConstraintKind::Trigger;
                relation
                    .constraints
                    .retain(|own| own.name != definition.name);
                let constraint = Constraint::new(definition.name.clone(), kind, Vec::new());
                relation.constraints.push(constraint);
            }
        });
        if definition.for_each_row {
            for partition in self.partition_names(table) {
                self.push_trigger(&partition, definition);
            }
        }
    }

    pub(super) fn enable_trigger(
        &mut self,
        table: &ResolvedName,
        name: Option<&Ident>,
        enabled: bool,
    ) -> Outcome {
        let relation = self.known(table)?;
        if let Some(name) = name
            && relation.trigger(name).is_none()
            && relation.columns_known
        {
            let message = format!(
                "trigger \"{name}\" for table \"{}\" does not exist",
                table.name
            );
            return Err(Refusal::new("42704", message));
        }
        self.catalogue.edit(table, |relation| {
            for trigger in &mut relation.triggers {
                if name.is_none_or(|name| *name == trigger.definition.name) {
                    trigger.enabled = enabled;
                }
            }
        });
        Ok(())
    }

    pub(super) fn create_policy(&mut self, policy: &Policy) -> Outcome {
        let table = self.reach(&policy.table)?;
        if self.known(&table)?.policies.contains(&policy.name) {
            let message = format!(
                "policy \"{}\" for table \"{}\" already exists",
                policy.name, table.name
            );
            return Err(Refusal::new("42710", message));
        }
        self.catalogue.edit(&table, |relation| {
            relation.policies.push(policy.name.clone())
        });
        Ok(())
    }

    pub(super) fn alter_policy(&mut self, policy: &Policy) -> Outcome {
        let table = self.reach(&policy.table)?;
        let relation = self.known(&table)?;
        if !relation.policies.contains(&policy.name) && relation.columns_known {
            let message = format!(
                "policy \"{}\" for table \"{}\" does not exist",
                policy.name, table.name
            );
            return Err(Refusal::new("42704", message));
        }
        if let Some(to) = &policy.rename_to {
            self.catalogue.edit(&table, |relation| {
                for own in relation
                    .policies
                    .iter_mut()
                    .filter(|own| **own == policy.name)
                {
                    *own = to.clone();
                }
            });
        }
        Ok(())
    }

    pub(super) fn create_schema(
        &mut self,
        name: &Ident,
        if_not_exists: bool,
        elements: &[Change],
    ) -> Outcome {
        if self.catalogue.schemas.contains(name) {
            if if_not_exists {
                return Ok(());
            }
            let message = format!("schema \"{name}\" already exists");
            return Err(Refusal::new("42P06", message));
        }
        self.catalogue.schemas.insert(name.clone());
        let path = self.catalogue.search_path.clone();
        self.catalogue.search_path.insert(0, name.clone());
        elements.iter().try_for_each(|element| self.run(element))?;
        self.catalogue.search_path = path;
        Ok(())
    }

    pub(super) fn create_extension(
        &mut self,
        name: &Ident,
        if_not_exists: bool,
        schema: Option<&Ident>,
    ) -> Outcome {
        if self.catalogue.extensions.contains_key(name) || *name == "plpgsql" {
            if if_not_exists {
                return Ok(());
            }
            let message = format!("extension \"{name}\" already exists");
            return Err(Refusal::new("42710", message));
        }
        let schema = match schema {
            Some(schema) if self.catalogue.has_schema(schema) => schema.clone(),
            Some(schema) => return Err(Refusal::no_schema(schema)),
            None => self.place(&QualifiedName::bare(name.clone()))?.schema,
        };
        self.catalogue.extensions.insert(name.clone(), schema);
        Ok(())
    }

    pub(super) fn create_object(
        &mut self,
        object: ObjectKind,
        name: &ObjectName,
        or_keep: bool,
        relations: &[QualifiedName],
    ) -> Outcome {
        let table = match name.table.as_ref().or(relations.first()) {
            Some(table) => Some(self.reach(table)?),
            None => None,
        };
        if object == ObjectKind::Rule {
            let Some(table) = table else { return Ok(()) };
            let rule = &name.name.name;
            if self.known(&table)?.rules.contains(rule) {
                if or_keep {
                    return Ok(());
                }
                let message = format!(
                    "rule \"{rule}\" for relation \"{}\" already exists",
                    table.name
                );
                return Err(Refusal::new("42710", message));
            }
            self.catalogue
                .edit(&table, |relation| relation.rules.push(rule.clone()));
            return Ok(());
        }
        let table = (object == ObjectKind::Statistics)
            .then_some(table)
            .flatten();
        let entry = (object, table, name.name.clone());
        let keeps_name = matches!(object, ObjectKind::Statistics | ObjectKind::Collation);
        if keeps_name && self.catalogue.others.insert(entry).is_some() && !or_keep {
            let message = format!("{object} \"{}\" already exists", name.name);
            return Err(Refusal::new("42710", message.replace('-', " ")));
        }
        Ok(())
    }

    pub(super) fn alter_object(&mut self, alter: &AlterObject) -> Outcome {
        let name = &alter.name.name;
        match (alter.object, &alter.action) {
            (_, ObjectAction::OwnerTo(_) | ObjectAction::Other(_)) => Ok(()),
            (ObjectKind::Type | ObjectKind::Domain, ObjectAction::RenameTo(to)) => {
                let Some(def) = self.catalogue.type_def(name) else {
                    return Err(Refusal::no_type(name));
                };
                let to = ResolvedName::new(def.name.schema.clone(), to.clone());
                self.move_type(name, &to)
            }
            (ObjectKind::Type | ObjectKind::Domain, ObjectAction::SetSchema(schema)) => {
                if !self.catalogue.has_schema(schema) {
                    return Err(Refusal::no_schema(schema));
                }
                let to = ResolvedName::new(schema.clone(), name.name.clone());
                self.move_type(name, &to)
            }
            (ObjectKind::Schema, ObjectAction::RenameTo(to)) => self.rename_schema(&name.name, to),
            (
                ObjectKind::Function
                | ObjectKind::Procedure
                | ObjectKind::Routine
                | ObjectKind::Aggregate,
                action,
            ) => self.move_routine(&alter.name, action),
            (ObjectKind::Trigger, ObjectAction::RenameTo(to)) => {
                self.rename_trigger(&alter.name, to)
            }
            (ObjectKind::Extension, ObjectAction::SetSchema(schema)) => {
                if self.catalogue.extensions.contains_key(&name.name) {
                    self.catalogue
                        .extensions
                        .insert(name.name.clone(), schema.clone());
                }
                Ok(())
            }
            (ObjectKind::Publication, ObjectAction::RenameTo(to)) => {
                if let Some(own) = self.catalogue.publications.remove(&name.name) {
                    self.catalogue.publications.insert(to.clone(), own);
                }
                Ok(())
            }
            (_, ObjectAction::RenameTo(_) | ObjectAction::SetSchema(_)) => Ok(()),
        }
    }

    fn rename_trigger(&mut self, name: &ObjectName, to: &Ident) -> Outcome {
        let Some(table) = &name.table else {
            return Ok(());
        };
        let table = self.reach(table)?;
        let from = &name.name.name;
        let relation = self.known(&table)?;
        if relation.trigger(from).is_none() && relation.columns_known {
            let message = format!(
                "trigger \"{from}\" for table \"{}\" does not exist",
                table.name
            );
            return Err(Refusal::new("42704", message));
        }
        if relation.trigger(to).is_some() {
            let message = format!(
                "trigger \"{to}\" for relation \"{}\" already exists",
                table.name
            );
            return Err(Refusal::new("42710", message));
        }
        self.catalogue.edit(&table, |relation| {
            for trigger in &mut relation.triggers {
                if trigger.definition.name == *from {
                    trigger.definition.name = to.clone();
                }
            }
        });
        Ok(())
    }

    fn rename_schema(&mut self, from: &Ident, to: &Ident) -> Outcome {
        if self.catalogue.schemas.contains(to) {
            let message = format!("schema \"{to}\" already exists");
            return Err(Refusal::new("42P06", message));
        }
        if !self.catalogue.schemas.contains(from) {
            return Err(Refusal::no_schema(from));
        }
        self.catalogue.schemas.remove(from);
        self.catalogue.schemas.insert(to.clone());
        let moved = |name: &ResolvedName| ResolvedName::new(to.clone(), name.name.clone());
        let inside = |name: &&ResolvedName| name.schema == *from;
        let relations: Vec<_> = self
            .catalogue
            .relations
            .keys()
            .filter(inside)
            .cloned()
            .collect();
        for name in relations {
            self.move_relation(&name, &moved(&name));
        }
        let types: Vec<_> = self
            .catalogue
            .types
            .keys()
            .filter(inside)
            .cloned()
            .collect();
        for name in types {
            let old = QualifiedName::new(name.schema.clone(), name.name.clone());
            self.move_type(&old, &moved(&name))?;
        }
        let routines: Vec<_> = self
            .catalogue
            .routines
            .keys()
            .filter(inside)
            .cloned()
            .collect();
        for name in routines {
            if let Some(all) = self.catalogue.routines.remove(&name) {
                self.catalogue.routines.insert(moved(&name), all);
            }
        }
        let extensions: Vec<_> = self
            .catalogue
            .extensions
            .iter()
            .filter(|(_, schema)| *schema == from)
            .map(|(name, _)| name.clone())
            .collect();
        for name in extensions {
            self.catalogue.extensions.insert(name, to.clone());
        }
        Ok(())
    }

    fn move_routine(&mut self, name: &ObjectName, action: &ObjectAction) -> Outcome {
        let Some(from) = self.catalogue.routine_name(&name.name) else {
            let message = format!("could not find a function named \"{}\"", name.name);
            return Err(Refusal::new("42883", message));
        };
        let to = match action {
            ObjectAction::RenameTo(to) => ResolvedName::new(from.schema.clone(), to.clone()),
            ObjectAction::SetSchema(schema) if !self.catalogue.has_schema(schema) => {
                return Err(Refusal::no_schema(schema));
            }
            ObjectAction::SetSchema(schema) => ResolvedName::new(schema.clone(), from.name.clone()),
            ObjectAction::OwnerTo(_) | ObjectAction::Other(_) => return Ok(()),
        };
        let args: Option<Vec<_>> = name.args.as_ref().map(|args| {
            args.iter()
                .map(|ty| self.catalogue.argument_type(ty))
                .collect()
        });
        let all = self.catalogue.routines.get(&from).map(|all| all.to_vec());
        let (moved, left): (Vec<Routine>, Vec<Routine>) =
            all.unwrap_or_default().into_iter().partition(|own| {
                args.as_ref()
                    .is_none_or(|args| own.definition.args == *args)
            });
        if left.is_empty() {
            self.catalogue.routines.remove(&from);
        } else {
            self.catalogue.routines.insert(from.clone(), left.into());
        }
        let mut there = self
            .catalogue
            .routines
            .get(&to)
            .map(|all| all.to_vec())
            .unwrap_or_default();
        there.extend(moved);
        self.catalogue.routines.insert(to.clone(), there.into());
        let callers: Vec<ResolvedName> = self
            .catalogue
            .relations()
            .filter(|relation| relation.kind != RelationKind::Sequence)
            .filter(|relation| relation.triggers.iter().any(|t| calls(t, &from)))
            .map(|relation| relation.name.clone())
            .collect();
        for caller in callers {
            self.catalogue.edit(&caller, |relation| {
                for trigger in relation.triggers.iter_mut().filter(|t| calls(t, &from)) {
                    trigger.definition.function =
                        QualifiedName::new(to.schema.clone(), to.name.clone());
                }
            });
        }
        Ok(())
    }
}

fn calls(trigger: &Trigger, routine: &ResolvedName) -> bool {
    let function = &trigger.definition.function;
    function.name == routine.name && function.schema.as_ref() == Some(&routine.schema)
}
