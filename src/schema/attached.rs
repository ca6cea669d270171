//! What hangs on a relation or stands beside it: triggers, policies, rules, routines, extensions, schemas.

use super::session::Outcome;
use super::{Constraint, ConstraintKind, Refusal, RelationKind, ResolvedName, Session, Trigger};
use crate::sql::ast::{
    AlterObject, Change, CreateRoutine, CreateTrigger, Ident, ObjectAction, ObjectKind, ObjectName,
    Policy, QualifiedName, Volatility,
};
use crate::sql::search_path;

impl Session {
    pub(super) fn create_trigger(&mut self, create: &CreateTrigger) -> Outcome {
        let table = self.reach(&create.table)?;
        let function = self.trigger_function(&create.function);
        let relation = self.known(&table)?;
        if matches!(
            relation.kind,
            RelationKind::Sequence | RelationKind::MaterializedView
        ) {
            let message = format!("relation \"{}\" cannot have triggers", table.name);
            return Err(Refusal::new("42809", message));
        }
        let is_view = relation.kind == RelationKind::View;
        let instead = create.timing == "INSTEAD OF";
        if relation.columns_known
            && (is_view != instead)
            && (instead || create.for_each_row || create.constraint)
        {
            let word = if is_view { "a view" } else { "a table" };
            let message = format!("\"{}\" is {word}", table.name);
            return Err(Refusal::new("42809", message));
        }
        let name = &create.function;
        let function = match function {
            Some((_, None)) => {
                let message = format!("function {name}() does not exist");
                return Err(Refusal::new("42883", message));
            }
            Some((full, Some(definition))) => {
                // Without RETURNS it is what its outputs are; of one that could not be read they are not known.
                let unread = definition.returns.is_none() && definition.outputs.is_empty();
                if !definition.fires() && !unread {
                    let message = format!("function {name} must return type trigger");
                    return Err(Refusal::new("42P17", message));
                }
                Some(full.clone())
            }
            None => None,
        };
        let existing = relation.trigger(&create.name).is_some();
        if existing && !create.or_replace {
            return Err(trigger_exists(&create.name, &table));
        }
        if let Some(kept) = relation.trigger(&create.name).and_then(cannot_be_replaced) {
            let message = format!(
                "trigger \"{}\" for relation \"{}\" is {kept} trigger",
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
        if create.constraint
            && !existing
            // That of a trigger keeps its name when the trigger gets another, and the other way round.
            && relation.constraint(&create.name).is_some()
        {
            return Err(Refusal::constraint_twice());
        }
        let mut definition = create.clone();
        match function {
            Some(full) => {
                definition.function = QualifiedName::new(full.schema, full.name);
            }
            None if create
                .function
                .schema
                .as_ref()
                .is_some_and(|schema| !self.catalogue.has_schema(schema))
                && !self.catalogue.incomplete =>
            {
                let schema = create.function.schema.as_ref();
                return Err(schema.map_or_else(
                    || Refusal::no_relation(&create.function),
                    Refusal::no_schema,
                ));
            }
            None if self.may_be_from_elsewhere(&create.function) => {}
            None => {
                let message = format!("function {}() does not exist", create.function);
                return Err(Refusal::new("42883", message));
            }
        }
        self.push_trigger(&table, &definition, None)
    }

    /// The routines of that name on the search path: the first one without arguments, or else that there are others.
    fn trigger_function(
        &self,
        name: &QualifiedName,
    ) -> Option<(&ResolvedName, Option<&CreateRoutine>)> {
        let named = self.catalogue.routines_named(name);
        let each = named.iter().flat_map(|(full, overloads)| {
            let definitions = overloads.iter().map(|one| &one.definition);
            definitions.map(move |definition| (*full, definition))
        });
        let mut without = each.filter(|(_, definition)| definition.args.is_empty());
        let found = without.next().map(|(full, own)| (full, Some(own)));
        found.or_else(|| named.first().map(|(full, _)| (*full, None)))
    }

    /// Whether a routine we do not know may be PostgreSQL's own or an extension's.
    fn may_be_from_elsewhere(&self, name: &QualifiedName) -> bool {
        const TRIGGERS: &[&str] = &[
            "suppress_redundant_updates_trigger",
            "tsvector_update_trigger",
            "tsvector_update_trigger_column",
        ];
        const WITH_TRIGGERS: &[&str] = &[
            "autoinc",
            "insert_username",
            "lo",
            "moddatetime",
            "refint",
            "tcn",
        ];
        let brings_routines = self.catalogue.extensions.keys().any(|own| {
            WITH_TRIGGERS.contains(&own.as_str()) || !super::types::is_known_extension(own)
        });
        self.catalogue.incomplete || brings_routines || TRIGGERS.contains(&name.name.as_str())
    }

    pub(super) fn push_trigger(
        &mut self,
        table: &ResolvedName,
        definition: &CreateTrigger,
        partition_of: Option<Ident>,
    ) -> Outcome {
        let own = self.known(table)?.trigger(&definition.name);
        if partition_of.is_some() && own.is_some_and(|own| own.partition_of.is_none()) {
            return Err(trigger_exists(&definition.name, table));
        }
        self.catalogue.edit(table, |relation| {
            relation.remove_trigger(&definition.name);
            relation.triggers.push(Trigger {
                definition: definition.clone(),
                enabled: true,
                partition_of,
                constraint: definition.constraint.then(|| definition.name.clone()),
            });
            if definition.constraint {
                let kind = ConstraintKind::Trigger;
                let constraint = Constraint::new(definition.name.clone(), kind, Vec::new());
                relation.constraints.push(constraint);
            }
        });
        if definition.for_each_row {
            for partition in self.partition_names(table) {
                let parent = Some(definition.name.clone());
                self.push_trigger(&partition, definition, parent)?;
            }
        }
        Ok(())
    }

    pub(super) fn enable_trigger(
        &mut self,
        table: &ResolvedName,
        name: Option<&Ident>,
        enabled: bool,
        only: bool,
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
        if !only {
            for partition in self.partition_names(table) {
                let known = self.known(&partition)?;
                if name.is_none_or(|name| known.trigger(name).is_some()) {
                    self.enable_trigger(&partition, name, enabled, only)?;
                }
            }
        }
        Ok(())
    }

    pub(super) fn create_policy(&mut self, policy: &Policy) -> Outcome {
        let table = self.reach(&policy.table)?;
        let relation = self.known(&table)?;
        may_have_policies(relation)?;
        let command = super::Policy::command_of(&policy.definition);
        fits_command(command, policy)?;
        for condition in policy.using.iter().chain(&policy.check) {
            super::constraint::used_columns(relation, condition)?;
        }
        if relation.policy(&policy.name).is_some() {
            let message = format!(
                "policy \"{}\" for table \"{}\" already exists",
                policy.name, table.name
            );
            return Err(Refusal::new("42710", message));
        }
        self.catalogue.edit(&table, |relation| {
            relation.policies.push(super::Policy {
                name: policy.name.clone(),
                command: command.to_owned(),
                using: policy.using.clone(),
                check: policy.check.clone(),
            });
        });
        Ok(())
    }

    pub(super) fn alter_policy(&mut self, policy: &Policy) -> Outcome {
        let table = self.reach(&policy.table)?;
        let relation = self.known(&table)?;
        may_have_policies(relation)?;
        for condition in policy.using.iter().chain(&policy.check) {
            super::constraint::used_columns(relation, condition)?;
        }
        if relation.policy(&policy.name).is_none() && relation.columns_known {
            let message = format!(
                "policy \"{}\" for table \"{}\" does not exist",
                policy.name, table.name
            );
            return Err(Refusal::new("42704", message));
        }
        if let Some(to) = &policy.rename_to
            && relation.policy(to).is_some()
        {
            let message = format!(
                "policy \"{to}\" for table \"{}\" already exists",
                table.name
            );
            return Err(Refusal::new("42710", message));
        }
        if let Some(own) = relation.policy(&policy.name) {
            fits_command(&own.command, policy)?;
        }
        self.catalogue.edit(&table, |relation| {
            let own = relation.policies.iter_mut();
            for own in own.filter(|own| own.name == policy.name) {
                if let Some(to) = &policy.rename_to {
                    own.name = to.clone();
                }
                if policy.using.is_some() {
                    own.using = policy.using.clone();
                }
                if policy.check.is_some() {
                    own.check = policy.check.clone();
                }
            }
        });
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
        or_replace: bool,
        relations: &[QualifiedName],
    ) -> Outcome {
        let table = match name.table.as_ref().or(relations.first()) {
            Some(table) => Some(self.reach(table)?),
            None => None,
        };
        if object == ObjectKind::Rule {
            let Some(table) = table else { return Ok(()) };
            let rule = &name.name.name;
            if self.known(&table)?.kind == RelationKind::MaterializedView {
                let message = "rules on materialized views are not supported";
                return Err(Refusal::new("0A000", message));
            }
            if self.known(&table)?.rules.contains(rule) {
                if or_replace {
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
        Ok(())
    }

    /// `ALTER ROLE .. SET search_path`, `ALTER DATABASE .. SET search_path`: new sessions of the application begin with it.
    fn note_path(&mut self, settings: &str) {
        let at = settings.to_ascii_lowercase().find("set ").unwrap_or(0);
        let read = crate::sql::parse(settings.get(at..).unwrap_or_default());
        for statement in &read.statements {
            if let Change::Set(setting) = &statement.change
                && setting.name == "search_path"
                && !setting.values.is_empty()
            {
                let path = setting
                    .values
                    .iter()
                    .filter(|name| name.as_str() != "$user");
                self.catalogue.application_path = Some(path.map(Ident::new).collect());
            }
        }
    }

    /// `ALTER FUNCTION .. STABLE`, `.. SET search_path`.
    fn alter_routine(&mut self, name: &ObjectName, options: &str) {
        let mut words = options.split_whitespace();
        let path = match words.next().map(str::to_ascii_lowercase).as_deref() {
            Some("set") => {
                let setting = options.trim_start().get("set".len()..);
                setting.and_then(search_path).map(Some)
            }
            Some("reset") => words
                .next()
                .is_some_and(|name| {
                    ["all", "search_path"].contains(&name.to_ascii_lowercase().as_str())
                })
                .then_some(None),
            _ => None,
        };
        let options = options.to_ascii_lowercase();
        let volatility = options.split_whitespace().find_map(|word| match word {
            "volatile" => Some(Volatility::Volatile),
            "stable" => Some(Volatility::Stable),
            "immutable" => Some(Volatility::Immutable),
            _ => None,
        });
        let Some(full) = self.catalogue.routine_name(&name.name) else {
            return;
        };
        if volatility.is_none() && path.is_none() {
            return;
        }
        let Some(all) = self.catalogue.routines.get(&full) else {
            return;
        };
        let mut all = all.to_vec();
        for routine in &mut all {
            let definition = &mut routine.definition;
            if name
                .args
                .as_ref()
                .is_none_or(|args| *args == definition.args)
            {
                definition.volatility = volatility.unwrap_or(definition.volatility);
                if let Some(path) = &path {
                    definition.search_path.clone_from(path);
                }
            }
        }
        self.catalogue.routines.insert(full, all.into());
    }

    pub(super) fn alter_object(&mut self, alter: &AlterObject) -> Outcome {
        let name = &alter.name.name;
        match (alter.object, &alter.action) {
            (ObjectKind::Role | ObjectKind::Database, ObjectAction::Other(settings)) => {
                self.note_path(settings);
                Ok(())
            }
            (
                ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine,
                ObjectAction::Other(options),
            ) => {
                self.alter_routine(&alter.name, options);
                Ok(())
            }
            (kind, action) if super::named::scope(kind).is_some() => {
                self.alter_named(kind, &alter.name, (action, alter.if_exists))
            }
            (ObjectKind::Operator, action) => self.alter_operator(&alter.name, action),
            (ObjectKind::Publication, ObjectAction::OwnerTo(_)) => self.has_publication(&name.name),
            (_, ObjectAction::OwnerTo(_) | ObjectAction::Other(_)) => Ok(()),
            (ObjectKind::Type | ObjectKind::Domain, ObjectAction::RenameTo(to)) => {
                let Some(def) = self.catalogue.type_def(name) else {
                    return Err(self.missing_type(name));
                };
                let to = ResolvedName::new(def.name.schema.clone(), to.clone());
                self.move_type(name, &to)
            }
            (ObjectKind::Type | ObjectKind::Domain, ObjectAction::SetSchema(schema)) => {
                self.set_type_schema(name, schema)
            }
            (ObjectKind::Schema, ObjectAction::RenameTo(to)) => self.rename_schema(&name.name, to),
            (
                kind @ (ObjectKind::Function
                | ObjectKind::Procedure
                | ObjectKind::Routine
                | ObjectKind::Aggregate),
                action,
            ) => self.move_routine(kind, &alter.name, action),
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
                self.has_publication(&name.name)?;
                if self.catalogue.publications.contains_key(to) {
                    let message = format!("publication \"{to}\" already exists");
                    return Err(Refusal::new("42710", message));
                }
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
        let copied = relation
            .trigger(from)
            .is_some_and(|own| own.partition_of.is_some());
        if copied && self.version >= 15 {
            let message = format!(
                "cannot rename trigger \"{from}\" on table \"{}\"",
                table.name
            );
            let sqlstate = if self.version < 18 { "XX000" } else { "0A000" };
            return Err(Refusal::new(sqlstate, message));
        }
        self.rename_trigger_here(&table, from, to)
    }

    /// From 15 on the copies in partitions are renamed too.
    fn rename_trigger_here(&mut self, table: &ResolvedName, from: &Ident, to: &Ident) -> Outcome {
        if from == to && self.version >= 15 {
            return Ok(());
        }
        if self.known(table)?.trigger(to).is_some() {
            return Err(trigger_exists(to, table));
        }
        self.catalogue.edit(table, |relation| {
            for trigger in &mut relation.triggers {
                if trigger.definition.name == *from {
                    trigger.definition.name = to.clone();
                }
            }
        });
        for partition in self.partition_names(table) {
            let copy = self.copy_of_trigger(&partition, from);
            if let Some(copy) = copy {
                if self.version >= 15 {
                    self.rename_trigger_here(&partition, &copy, to)?;
                }
                self.catalogue.edit(&partition, |relation| {
                    let mut all = relation.triggers.iter_mut();
                    if let Some(own) = all.find(|own| own.partition_of.as_ref() == Some(from)) {
                        own.partition_of = Some(to.clone());
                    }
                });
            }
        }
        Ok(())
    }

    /// The partition's copy of a trigger of its partitioned table.
    fn copy_of_trigger(&self, partition: &ResolvedName, parent: &Ident) -> Option<Ident> {
        let mut all = self.catalogue.get(partition)?.triggers.iter();
        all.find(|own| own.partition_of.as_ref() == Some(parent))
            .map(|own| own.definition.name.clone())
    }

    /// The triggers that call a function of a schema follow its name.
    fn move_trigger_functions(&mut self, from: &Ident, to: &Ident) {
        let inside = |trigger: &Trigger| trigger.definition.function.schema.as_ref() == Some(from);
        let callers = self.catalogue.relations();
        let callers = callers.filter(|relation| relation.triggers.iter().any(inside));
        let callers: Vec<ResolvedName> = callers.map(|relation| relation.name.clone()).collect();
        for caller in callers {
            self.catalogue.edit(&caller, |relation| {
                for trigger in relation.triggers.iter_mut().filter(|own| inside(own)) {
                    trigger.definition.function.schema = Some(to.clone());
                }
            });
        }
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
        self.move_trigger_functions(from, to);
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
        for sequences in [false, true] {
            let grants = &mut self.catalogue.default_grants;
            if let Some(own) = grants.remove(&(sequences, Some(from.clone()))) {
                grants.insert((sequences, Some(to.clone())), own);
            }
        }
        let follow = |name: &mut ResolvedName| {
            if name.schema == *from {
                name.schema = to.clone();
            }
        };
        self.catalogue
            .edit_operators(|(name, _)| follow(name), follow, |_| {});
        self.catalogue.edit_named(|name, own| {
            if name.schema.as_ref() == Some(from) {
                name.schema = Some(to.clone());
            }
            if let Some((routine, _)) = &mut own.routine
                && routine.schema == *from
            {
                routine.schema = to.clone();
            }
        });
        Ok(())
    }
}

/// What kind of trigger it is, if OR REPLACE does not reach it (`CreateTriggerFiringOn`).
fn cannot_be_replaced(trigger: &Trigger) -> Option<&'static str> {
    match trigger.partition_of {
        Some(_) => Some("an internal or a child"),
        None => trigger.definition.constraint.then_some("a constraint"),
    }
}

fn may_have_policies(relation: &super::Relation) -> Outcome {
    match relation.kind {
        RelationKind::Table | RelationKind::PartitionedTable => Ok(()),
        _ => {
            let message = format!("\"{}\" is not a table", relation.name.name);
            Err(Refusal::new("42809", message))
        }
    }
}

fn trigger_exists(name: &Ident, table: &ResolvedName) -> Refusal {
    let message = format!(
        "trigger \"{name}\" for relation \"{}\" already exists",
        table.name
    );
    Refusal::new("42710", message)
}

/// Refuses a condition that a policy's command has no use for.
fn fits_command(command: &str, policy: &Policy) -> Outcome {
    let message = match command {
        "INSERT" if policy.using.is_some() => "only WITH CHECK expression allowed for INSERT",
        "SELECT" | "DELETE" if policy.check.is_some() => {
            "WITH CHECK cannot be applied to SELECT or DELETE"
        }
        _ => return Ok(()),
    };
    Err(Refusal::new("42601", message))
}
