//! Functions, procedures and aggregates: made, looked up by their arguments, renamed and moved.

use super::dependency::Object;
use super::session::Outcome;
use super::{Refusal, RelationKind, ResolvedName, Routine, Session, Trigger};
use crate::sql::ast::{
    CreateRoutine, ObjectAction, ObjectKind, ObjectName, QualifiedName, TypeName,
};

impl Session {
    pub(super) fn create_routine(&mut self, create: &CreateRoutine) -> Outcome {
        let name = self.place(&create.name)?;
        for ty in &create.args {
            if !ty.name.as_str().contains('%') {
                self.catalogue.resolve_type(ty)?;
            }
        }
        if let Some(refusal) = self.missing_result(create) {
            return Err(refusal);
        }
        let mut definition = create.clone();
        let results = self.catalogue.results(create);
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
            Some(own) => {
                let result = |routine: &CreateRoutine, results: &[TypeName]| {
                    let (set, written) =
                        super::infer::result(&self.catalogue, routine.returns.as_deref());
                    (set, results.first().cloned().or(written))
                };
                if own.definition.object != definition.object {
                    let message = "cannot change routine kind";
                    return Err(Refusal::new("42809", message));
                }
                if result(&own.definition, &own.results) != result(&definition, &results) {
                    let message = "cannot change return type of existing function";
                    return Err(Refusal::new("42P13", message));
                }
                if let Some(refusal) = other_arguments(&own.definition, &definition) {
                    return Err(refusal);
                }
                if definition.defaults < own.definition.defaults {
                    let message = "cannot remove parameter defaults from existing function";
                    return Err(Refusal::new("42P13", message));
                }
                *own = Routine::new(definition).with_results(results);
            }
            None => all.push(Routine::new(definition).with_results(results)),
        }
        self.catalogue.note_made(&name);
        self.catalogue.routines.insert(name, all.into());
        Ok(())
    }

    /// The type after `RETURNS`, where there is none of that name.
    fn missing_result(&self, create: &CreateRoutine) -> Option<Refusal> {
        let written = create.returns.as_deref()?;
        let lower = written.to_ascii_lowercase();
        let name = lower.strip_prefix("setof ").unwrap_or(&lower).trim();
        let pseudo = [
            "trigger",
            "event_trigger",
            "void",
            "record",
            "internal",
            "cstring",
        ];
        if pseudo.contains(&name) || name.starts_with("table") || name.contains('%') {
            return None;
        }
        let parsed = crate::sql::parse_expr(&format!(
            "NULL::{}",
            written.get(written.len() - name.len()..)?
        ));
        let crate::sql::ast::Expr::Cast { ty, .. } = parsed else {
            return None;
        };
        self.catalogue.resolve_type(&ty).err()
    }

    /// The routine that DROP names.
    pub(super) fn routine_to_drop(
        &self,
        kind: ObjectKind,
        object: &ObjectName,
    ) -> Result<Object, Refusal> {
        let (name, args) = self.one_routine(kind, object)?;
        Ok(Object::Routine(name, args))
    }

    /// The one routine that a statement means (`LookupFuncWithArgs`): without arguments the only one of
    /// its kind on the search path.
    fn one_routine(
        &self,
        kind: ObjectKind,
        object: &ObjectName,
    ) -> Result<(ResolvedName, Vec<TypeName>), Refusal> {
        let (name, word) = (&object.name, kind.as_str());
        if let Some(schema) = &name.schema
            && !self.catalogue.has_schema(schema)
            && !self.catalogue.incomplete
        {
            return Err(Refusal::no_schema(schema));
        }
        let mut candidates: Vec<(ResolvedName, &Routine)> = Vec::new();
        for (full, all) in self.catalogue.routines_named(name) {
            for routine in all {
                let args = &routine.definition.args;
                if !candidates
                    .iter()
                    .any(|(_, own)| own.definition.args == *args)
                {
                    candidates.push((full.clone(), routine));
                }
            }
        }
        let of_kind = |routine: &Routine| match (kind, routine.definition.object) {
            (ObjectKind::Routine, _) => true,
            (ObjectKind::Procedure, own) => own == ObjectKind::Procedure,
            (_, own) => own != ObjectKind::Procedure,
        };
        let Some(written) = &object.args else {
            // A range brings two functions of its name.
            let ambiguous = kind != ObjectKind::Procedure && self.catalogue.names_range(name);
            if ambiguous {
                let message = format!("{word} name \"{name}\" is not unique");
                return Err(Refusal::new("42725", message));
            }
            candidates.retain(|(_, routine)| of_kind(routine));
            return match candidates.as_slice() {
                [(full, only)] if self.is_of_kind(kind, only) => {
                    Ok((full.clone(), only.definition.args.clone()))
                }
                [_] => Err(wrong_routine(object, kind)),
                [] => {
                    let message = format!("could not find a {word} named \"{name}\"");
                    Err(Refusal::new("42883", message))
                }
                _ => {
                    let message = format!("{word} name \"{name}\" is not unique");
                    Err(Refusal::new("42725", message))
                }
            };
        };
        for ty in written {
            self.catalogue.resolve_type(ty)?;
        }
        let args: Vec<TypeName> = written
            .iter()
            .map(|ty| self.catalogue.argument_type(ty))
            .collect();
        let found = candidates
            .into_iter()
            .find(|(_, own)| own.definition.args == args);
        match found {
            Some((full, routine)) if self.is_of_kind(kind, routine) => Ok((full, args)),
            Some(_) => Err(wrong_routine(object, kind)),
            None => {
                let args: Vec<String> = args.iter().map(ToString::to_string).collect();
                let message = format!("{word} {name}({}) does not exist", args.join(", "));
                Err(Refusal::new("42883", message))
            }
        }
    }

    fn is_of_kind(&self, kind: ObjectKind, routine: &Routine) -> bool {
        match (kind, routine.definition.object) {
            (ObjectKind::Routine, _) => true,
            (ObjectKind::Function, own) => own != ObjectKind::Procedure,
            (kind, own) => own == kind,
        }
    }

    /// `RENAME TO` and `SET SCHEMA` of a routine; the triggers that call it follow.
    pub(super) fn move_routine(
        &mut self,
        kind: ObjectKind,
        name: &ObjectName,
        action: &ObjectAction,
    ) -> Outcome {
        let (from, args) = self.one_routine(kind, name)?;
        let to = match action {
            ObjectAction::RenameTo(to) => ResolvedName::new(from.schema.clone(), to.clone()),
            ObjectAction::SetSchema(schema) if !self.catalogue.has_schema(schema) => {
                return Err(Refusal::no_schema(schema));
            }
            ObjectAction::SetSchema(schema) if *schema == from.schema => return Ok(()),
            ObjectAction::SetSchema(schema) => ResolvedName::new(schema.clone(), from.name.clone()),
            ObjectAction::OwnerTo(_) | ObjectAction::Other(_) => return Ok(()),
        };
        let overloads = |name: &ResolvedName| -> Vec<Routine> {
            let all = self.catalogue.routines.get(name);
            all.map(|all| all.to_vec()).unwrap_or_default()
        };
        if overloads(&to).iter().any(|own| own.definition.args == args) {
            let shown = args
                .iter()
                .map(|ty| self.catalogue.shown_type(ty).to_string());
            let message = format!(
                "function {}({}) already exists in schema \"{}\"",
                to.name.to_sql(),
                Vec::from_iter(shown).join(", "),
                to.schema
            );
            return Err(Refusal::new("42723", message));
        }
        let (moved, left): (Vec<Routine>, Vec<Routine>) = overloads(&from)
            .into_iter()
            .partition(|own| own.definition.args == args);
        let mut there = overloads(&to);
        there.extend(moved);
        if left.is_empty() {
            self.catalogue.routines.remove(&from);
        } else {
            self.catalogue.routines.insert(from.clone(), left.into());
        }
        self.catalogue.routines.insert(to.clone(), there.into());
        let routine = |(name, own): &mut super::user_operator::RoutineKey| {
            if *name == from && *own == args {
                *name = to.clone();
            }
        };
        self.catalogue.edit_operators(routine, |_| {}, |_| {});
        if !args.is_empty() {
            return Ok(());
        }
        self.catalogue.edit_named(|_, own| match &mut own.routine {
            Some((routine, _)) if *routine == from => *routine = to.clone(),
            _ => {}
        });
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

fn wrong_routine(object: &ObjectName, kind: ObjectKind) -> Refusal {
    let article = if kind == ObjectKind::Aggregate {
        "an"
    } else {
        "a"
    };
    let message = format!("{} is not {article} {}", object.name, kind.as_str());
    Refusal::new("42809", message)
}

fn calls(trigger: &Trigger, routine: &ResolvedName) -> bool {
    let function = &trigger.definition.function;
    function.name == routine.name && function.schema.as_ref() == Some(&routine.schema)
}

/// What is refused of the arguments that take the place of others (`ProcedureCreate`): a name that changes or goes, and
/// another row handed back. Of a routine read from a server the names are not known.
fn other_arguments(old: &CreateRoutine, new: &CreateRoutine) -> Option<Refusal> {
    if old.names.len() != old.args.len() || new.names.len() != new.args.len() {
        return None;
    }
    let (was, is) = (&old.outputs, &new.outputs);
    let same = match (was.as_slice(), is.as_slice()) {
        ([(_, was)], [(_, is)]) => was == is,
        (was, is) => was == is,
    };
    if !same {
        return Some(Refusal::new(
            "42P13",
            "cannot change return type of existing function",
        ));
    }
    let mut names = old.names.iter().zip(&new.names);
    let changed = names.find_map(|(was, is)| was.as_ref().filter(|_| was != is))?;
    let message = format!("cannot change name of input parameter \"{changed}\"");
    Some(Refusal::new("42P13", message))
}
