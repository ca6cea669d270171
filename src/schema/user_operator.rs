//! Operators that somebody created: made, looked up by their operands, moved and dropped.

use std::sync::Arc;

use super::dependency::Object;
use super::session::Outcome;
use super::{Catalogue, Refusal, ResolvedName, Routine, Session, builtins};
use crate::sql::ast::{CreateOperator, Ident, ObjectAction, ObjectName, QualifiedName, TypeName};

/// What tells an operator from all others: its name and the types of its operands, of a prefix operator the one.
pub type OperatorKey = (ResolvedName, Vec<TypeName>);

/// A routine by its name and the types it takes.
pub(super) type RoutineKey = (ResolvedName, Vec<TypeName>);

/// An operator that somebody created.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Operator {
    /// The function that computes it; none of one that is only named as the commutator or negator of another.
    pub(crate) function: Option<RoutineKey>,
}

impl Operator {
    /// The function that computes it; none of one that is only named as the commutator or negator of another.
    pub fn function(&self) -> Option<&ResolvedName> {
        self.function.as_ref().map(|(name, _)| name)
    }
}

/// What the operands of an operator lead to.
pub(super) enum Found {
    /// PostgreSQL's own.
    System,
    Own(OperatorKey),
}

impl Catalogue {
    /// All operators that somebody created, by name and operands.
    pub fn operators(&self) -> impl Iterator<Item = (&OperatorKey, &Operator)> {
        self.operators.iter().map(|(key, own)| (key, own.as_ref()))
    }

    /// The routines that compute operators and casts.
    pub(crate) fn computing(&self) -> impl Iterator<Item = &ResolvedName> {
        let operators = self
            .operators
            .values()
            .filter_map(|own| own.function.as_ref());
        let casts = self.casts.values().filter_map(|own| own.function());
        operators.chain(casts).map(|(name, _)| name)
    }

    /// The routine that computes an operator, where somebody created it.
    pub(crate) fn routine_of(&self, key: &OperatorKey) -> Option<&Routine> {
        let (name, args) = self.operators.get(key)?.function.as_ref()?;
        let mut all = self.routines.get(name)?.iter();
        all.find(|one| one.definition.args == *args)
    }

    /// The operators of a name in one schema.
    pub(super) fn operators_in(
        &self,
        schema: &Ident,
        name: &Ident,
    ) -> impl Iterator<Item = (&OperatorKey, &Arc<Operator>)> {
        let name = ResolvedName::new(schema.clone(), name.clone());
        let first = (name.clone(), Vec::new());
        let all = self.operators.range(first..);
        all.take_while(move |((own, _), _)| *own == name)
    }

    /// The schemas in which an operator of that name is looked for.
    pub(super) fn schemas_of<'a>(&'a self, name: &'a QualifiedName) -> &'a [Ident] {
        match &name.schema {
            Some(schema) => std::slice::from_ref(schema),
            None => self.search_path.as_slice(),
        }
    }

    /// The operators of so many operands that a name can mean, PostgreSQL's own aside, without those that one of an
    /// earlier schema hides; one without a function is none (`OpernameGetCandidates`).
    pub(crate) fn operators_named(&self, name: &QualifiedName, count: usize) -> Vec<&OperatorKey> {
        let mut all: Vec<&OperatorKey> = Vec::new();
        if self.operators.is_empty() {
            return all;
        }
        for schema in self.schemas_of(name) {
            for (key, own) in self.operators_in(schema, &name.name) {
                let hidden = all.iter().any(|(_, args)| *args == key.1);
                if key.1.len() == count && !hidden && own.function.is_some() {
                    all.push(key);
                }
            }
        }
        all
    }

    /// The type of what an operator gives; none where its function is not known.
    pub(crate) fn operator_result(&self, key: &OperatorKey) -> Option<TypeName> {
        let (name, args) = self.operators.get(key)?.function.as_ref()?;
        self.returned_by(name, args)
    }

    /// What a routine gives back, PostgreSQL's own included.
    pub(super) fn returned_by(&self, name: &ResolvedName, args: &[TypeName]) -> Option<TypeName> {
        if name.schema == "pg_catalog" {
            let all = builtins::functions(&name.name, self.version);
            return all.into_iter().find(|one| one.args == args)?.result;
        }
        let mut all = self.routines.get(name)?.iter();
        let found = all.find(|one| one.definition.args == args)?;
        found.results.first().cloned()
    }

    /// The operator of exactly these operands, PostgreSQL's own first.
    pub(super) fn find_operator(&self, name: &QualifiedName, args: &[TypeName]) -> Option<Found> {
        if name.may_be_system() && has_own(&name.name, args) {
            return Some(Found::System);
        }
        self.schemas_of(name).iter().find_map(|schema| {
            let full = ResolvedName::new(schema.clone(), name.name.clone());
            let key = (full, args.to_vec());
            let found = self.operators.contains_key(&key);
            found.then_some(Found::Own(key))
        })
    }

    /// The operator that somebody created which a statement names.
    pub(crate) fn operator_of(&self, object: &ObjectName) -> Option<OperatorKey> {
        let args = object.args.as_ref()?.iter();
        let args: Vec<TypeName> = args.map(|ty| self.argument_type(ty)).collect();
        match self.find_operator(&object.name, &args)? {
            Found::Own(key) => Some(key),
            Found::System => None,
        }
    }

    /// Whether an extension may bring what takes these types, or an operator of that name.
    fn may_bring_operator(&self, name: &Ident, args: &[TypeName]) -> bool {
        let brings = |extension: &Ident| {
            let types = super::types::types_of(extension);
            let of_own = args.iter().any(|ty| types.contains(&ty.name.as_str()));
            of_own
                || !super::types::is_known_extension(extension)
                || match extension.as_str() {
                    "pg_trgm" => name.as_str().contains('%') || name.as_str().contains("<->"),
                    "btree_gist" => *name == "<->",
                    "intarray" => args.iter().any(|ty| ty.array),
                    _ => false,
                }
        };
        self.incomplete || self.extensions.keys().any(brings)
    }

    /// The routine of exactly these arguments, PostgreSQL's own first (`LookupFuncName`).
    ///
    /// # Errors
    /// 42883 when there is none, 3F000 when there is no such schema.
    pub(super) fn find_routine(
        &self,
        name: &QualifiedName,
        args: &[TypeName],
    ) -> Result<RoutineKey, Refusal> {
        let exact = |one: &builtins::Signature| one.args == args;
        let system = || {
            (
                ResolvedName::new("pg_catalog", name.name.clone()),
                args.to_vec(),
            )
        };
        if name.may_be_system()
            && builtins::functions(&name.name, self.version)
                .iter()
                .any(exact)
        {
            return Ok(system());
        }
        for (full, all) in self.routines_named(name) {
            if all.iter().any(|one| one.definition.args == args) {
                return Ok((full.clone(), args.to_vec()));
            }
        }
        // The table of PostgreSQL's own leaves out those that take what no query has.
        let hidden = |ty: &TypeName| ["internal", "cstring"].contains(&ty.name.as_str());
        // An extension overloads none that somebody created.
        let may_hold = |(extension, schema): (&Ident, &Ident)| {
            let elsewhere = name.schema.as_ref().is_some_and(|own| own != schema);
            !elsewhere || !super::types::is_known_extension(extension)
        };
        let foreign = self.extensions.iter().any(may_hold) && self.routines_named(name).is_empty();
        if self.incomplete || foreign || args.iter().any(hidden) {
            return Ok(system());
        }
        if let Some(schema) = &name.schema
            && !self.has_schema(schema)
        {
            return Err(Refusal::no_schema(schema));
        }
        let args: Vec<String> = args.iter().map(|ty| self.spelled_type(ty)).collect();
        let message = format!("function {name}({}) does not exist", args.join(", "));
        Err(Refusal::new("42883", message))
    }

    /// A type as messages spell it: with its schema only where the search path does not lead to it.
    pub(super) fn spelled_type(&self, ty: &TypeName) -> String {
        let mut shown = ty.clone();
        shown.modifiers.clear();
        let found = self.named_type(&QualifiedName::bare(ty.name.clone()));
        if found.is_some_and(|found| shown.schema.as_ref() == Some(&found.schema)) {
            shown.schema = None;
        }
        shown.to_string()
    }

    /// `integer + integer`, as messages about one that is not there have it.
    pub(super) fn signature(&self, name: &QualifiedName, args: &[TypeName]) -> String {
        let spelled: Vec<String> = args.iter().map(|ty| self.spelled_type(ty)).collect();
        match spelled.as_slice() {
            [left, right] => format!("{left} {name} {right}"),
            all => format!("{name} {}", all.join(" ")),
        }
    }
}

/// Whether PostgreSQL brings that operator.
pub(super) fn has_own(name: &Ident, args: &[TypeName]) -> bool {
    builtins::operator_result(name.as_str(), args, None).is_some()
}

impl Session {
    /// `CREATE OPERATOR` (`DefineOperator`, `OperatorCreate`).
    pub(super) fn create_operator(&mut self, create: &CreateOperator) -> Outcome {
        let malformed = |message: &str| Refusal::new("42P13", message);
        let name = self.place(&create.name)?;
        let function = create.function.as_ref();
        let function = function.ok_or_else(|| malformed("operator function must be specified"))?;
        let operand = |ty: &Option<TypeName>| match ty {
            Some(ty) => {
                self.catalogue.resolve_type(ty)?;
                Ok(Some(self.catalogue.argument_type(ty)))
            }
            None => Ok(None),
        };
        let (left, right) = (operand(&create.left)?, operand(&create.right)?);
        let Some(right) = right else {
            return Err(malformed(match left {
                None => "operator argument types must be specified",
                Some(_) => "operator right argument type must be specified",
            }));
        };
        let binary = left.is_some();
        let args: Vec<TypeName> = left.into_iter().chain([right]).collect();
        let function = self.catalogue.find_routine(function, &args)?;
        let says = |word: &str| create.options.iter().any(|option| *option == word);
        if !binary {
            let only = match () {
                () if create.commutator.is_some() => Some("have commutators"),
                () if says("join") => Some("have join selectivity"),
                () if says("merges") => Some("merge join"),
                () if says("hashes") => Some("hash"),
                () => None,
            };
            if let Some(only) = only {
                return Err(malformed(&format!("only binary operators can {only}")));
            }
        }
        let result = self.catalogue.returned_by(&function.0, &function.1);
        if result.is_some_and(|ty| ty != TypeName::plain("bool")) {
            let only = match () {
                () if create.negator.is_some() => Some("have negators"),
                () if says("restrict") => Some("have restriction selectivity"),
                () if says("join") => Some("have join selectivity"),
                () if says("merges") => Some("merge join"),
                () if says("hashes") => Some("hash"),
                () => None,
            };
            if let Some(only) = only {
                return Err(malformed(&format!("only boolean operators can {only}")));
            }
        }
        let key = (name, args);
        let there = self.catalogue.operators.get(&key);
        if there.is_some_and(|own| own.function.is_some()) {
            let message = format!("operator {} already exists", key.0.name);
            return Err(Refusal::new("42723", message));
        }
        let mut shells = Vec::new();
        if let Some(other) = &create.commutator {
            let args = key.1.iter().rev().cloned().collect();
            shells.extend(self.shell(other, args, &key, true)?);
        }
        if let Some(other) = &create.negator {
            shells.extend(self.shell(other, key.1.clone(), &key, false)?);
        }
        for shell in shells {
            self.catalogue
                .operators
                .insert(shell, Operator::default().into());
        }
        let function = Some(function);
        self.catalogue
            .operators
            .insert(key, Operator { function }.into());
        Ok(())
    }

    /// The operator that is made for another to name, without a function, where there is none (`get_other_operator`).
    fn shell(
        &self,
        other: &QualifiedName,
        args: Vec<TypeName>,
        own: &OperatorKey,
        commutes: bool,
    ) -> Result<Option<OperatorKey>, Refusal> {
        if self.catalogue.find_operator(other, &args).is_some() {
            return Ok(None);
        }
        let key = (self.place(other)?, args);
        if key != *own {
            return Ok(Some(key));
        }
        match commutes {
            true => Ok(None),
            false => {
                let message = match self.version {
                    ..17 => "operator cannot be its own negator or sort operator",
                    _ => "operator cannot be its own negator",
                };
                Err(Refusal::new("42P13", message))
            }
        }
    }

    /// The operator that a statement names; none of an extension's, or where that cannot be told.
    ///
    /// # Errors
    /// 42704 when one of its types is not there, 42883 when it is not.
    fn one_operator(&self, object: &ObjectName) -> Result<Option<Found>, Refusal> {
        let Some(written) = &object.args else {
            return Ok(None);
        };
        let mut args = Vec::with_capacity(written.len());
        for ty in written {
            self.catalogue.resolve_type(ty)?;
            args.push(self.catalogue.argument_type(ty));
        }
        let name = &object.name;
        match self.catalogue.find_operator(name, &args) {
            Some(found) => Ok(Some(found)),
            None if self.catalogue.may_bring_operator(&name.name, &args) => Ok(None),
            None => {
                let signature = self.catalogue.signature(name, &args);
                let message = format!("operator does not exist: {signature}");
                Err(Refusal::new("42883", message))
            }
        }
    }

    /// Refuses an operator that is not there.
    pub(super) fn has_operator(&self, object: &ObjectName) -> Outcome {
        self.one_operator(object).map(drop)
    }

    /// The operator that DROP names.
    pub(super) fn operator_to_drop(&self, object: &ObjectName) -> Result<Option<Object>, Refusal> {
        match self.one_operator(object)? {
            Some(Found::Own(key)) => Ok(Some(Object::Operator(key))),
            Some(Found::System) => {
                let args = object.args.iter().flatten();
                let args: Vec<String> = args.map(|ty| self.catalogue.spelled_type(ty)).collect();
                let what = described(object.name.name.as_str(), &args);
                Err(required("operator", &what))
            }
            None => Ok(None),
        }
    }

    /// `ALTER OPERATOR`.
    pub(super) fn alter_operator(&mut self, object: &ObjectName, action: &ObjectAction) -> Outcome {
        let Some(Found::Own((from, args))) = self.one_operator(object)? else {
            return Ok(());
        };
        let ObjectAction::SetSchema(schema) = action else {
            return Ok(());
        };
        if !self.catalogue.has_schema(schema) {
            return Err(Refusal::no_schema(schema));
        }
        if from.schema == *schema {
            return Ok(());
        }
        let to = (
            ResolvedName::new(schema.clone(), from.name.clone()),
            args.clone(),
        );
        if self.catalogue.operators.contains_key(&to) {
            let index = "pg_operator_oprname_l_r_n_index";
            let message = format!("duplicate key value violates unique constraint \"{index}\"");
            return Err(Refusal::new("23505", message));
        }
        let from = (from, args);
        if let Some(own) = self.catalogue.operators.remove(&from) {
            self.catalogue.operators.insert(to.clone(), own);
        }
        let users = self.catalogue.relations();
        let users = users.filter(|own| own.operators.contains(&from));
        let users: Vec<ResolvedName> = users.map(|own| own.name.clone()).collect();
        for user in users {
            self.catalogue.edit(&user, |own| {
                own.operators.remove(&from);
                own.operators.insert(to.clone());
            });
        }
        Ok(())
    }
}

/// `+(integer,integer)`, as messages have an operator that is there.
pub(super) fn described(name: &str, args: &[String]) -> String {
    match args {
        [right] => format!("{name}(NONE,{right})"),
        all => format!("{name}({})", all.join(",")),
    }
}

/// What PostgreSQL says of DROP of its own.
pub(super) fn required(kind: &str, what: &str) -> Refusal {
    let message =
        format!("cannot drop {kind} {what} because it is required by the database system");
    Refusal::new("2BP01", message)
}
