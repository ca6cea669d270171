//! Which operators that somebody created an expression uses, and what hangs on operators and casts.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::dependency::{Bond, Object, is_type};
use super::session::Outcome;
use super::user_operator::{RoutineKey, has_own};
use super::{
    Catalogue, OperatorKey, Refusal, ResolvedName, builtins, expression_uses, mentions, resolve,
};
use crate::sql::ast::{Expr, SqlExpr, TypeName, operator_name};

impl Catalogue {
    /// The operator that an expression means, PostgreSQL's own excepted, and what it gives; operands whose types are
    /// not known, or are those of constants in quotes, fit anything.
    pub(super) fn own_operator(
        &self,
        op: &str,
        operands: &[Option<TypeName>],
    ) -> Option<&OperatorKey> {
        if self.operators.is_empty() {
            return None;
        }
        let name = operator_name(op);
        let all = self
            .schemas_of(&name)
            .iter()
            .flat_map(|schema| self.operators_in(schema, &name.name));
        let all =
            all.filter(|((_, args), own)| args.len() == operands.len() && own.function.is_some());
        let all: Vec<&OperatorKey> = all.map(|(key, _)| key).collect();
        let known: Vec<Option<TypeName>> = operands.iter().map(told).collect();
        let mut exact = known.clone();
        if let [one, other] = exact.as_mut_slice() {
            match (&one, &other) {
                (None, Some(ty)) => *one = Some(ty.clone()),
                (Some(ty), None) => *other = Some(ty.clone()),
                _ => {}
            }
        }
        let bases = |all: &[Option<TypeName>]| -> Vec<Option<TypeName>> {
            let base = |ty: &TypeName| self.base_type(ty).without_modifiers();
            all.iter().map(|ty| ty.as_ref().map(base)).collect()
        };
        for wanted in [exact.clone(), bases(&exact)] {
            let types: Option<Vec<TypeName>> = wanted.into_iter().collect();
            let Some(types) = types else { break };
            if name.may_be_system() && has_own(&name.name, &types) {
                return None;
            }
            if let Some(key) = all.iter().find(|(_, args)| *args == types) {
                return Some(key);
            }
        }
        let system = name.may_be_system()
            && builtins::has_operator(name.name.as_str(), operands.len() == 1, self.version);
        match all.as_slice() {
            [only] if !system && self.may_take(&only.1, operands) => Some(only),
            _ => None,
        }
    }

    /// The operators that a view's query uses, PostgreSQL's own excepted.
    pub(super) fn operators_used(&self, query: &str) -> BTreeSet<OperatorKey> {
        if self.operators.is_empty() {
            return BTreeSet::new();
        }
        let query = crate::sql::parse_query(query);
        query.map_or_else(
            |_| BTreeSet::new(),
            |query| resolve::operators_in(self, &query),
        )
    }

    /// Refuses an operator where there is none for these operands, as far as those that somebody created tell: one of
    /// PostgreSQL's own of the same name may always fit.
    pub(super) fn finds_operator(&self, op: &str, operands: &[Option<TypeName>]) -> Outcome {
        let name = operator_name(op);
        let word = name.name.as_str().starts_with(|c: char| c.is_alphabetic());
        if word || self.incomplete || !self.extensions.is_empty() {
            return Ok(());
        }
        let count = operands.len();
        let symbol = match name.name.as_str() {
            "!=" => "<>",
            other => other,
        };
        let system =
            name.may_be_system() && builtins::has_operator(symbol, count == 1, self.version);
        let mut own = self.operators_named(&name, count).into_iter();
        if system || own.any(|(_, args)| self.may_take(args, operands)) {
            return Ok(());
        }
        if let Some(schema) = &name.schema
            && !self.has_schema(schema)
        {
            return Err(Refusal::no_schema(schema));
        }
        let unknown = || TypeName::plain("unknown");
        let types: Vec<TypeName> = operands
            .iter()
            .map(|ty| ty.clone().unwrap_or_else(unknown))
            .collect();
        let signature = self.signature(&name, &types);
        let message = format!("operator does not exist: {signature}");
        Err(Refusal::new("42883", message))
    }

    /// Whether operands of these types may become what an operator takes: what is not even cast in assignments is not.
    fn may_take(&self, args: &[TypeName], operands: &[Option<TypeName>]) -> bool {
        let mut pairs = args.iter().zip(operands);
        pairs.all(|(arg, operand)| match told(operand) {
            Some(ty) => {
                let any = arg.name.as_str().starts_with("any");
                any || self.has_assignment_cast(&ty, arg) != Some(false)
            }
            None => true,
        })
    }

    /// What PostgreSQL's own operator of exactly these operands gives.
    pub(super) fn system_result(
        &self,
        op: &str,
        operands: &[Option<TypeName>],
    ) -> Option<TypeName> {
        let name = operator_name(op);
        let types: Vec<TypeName> = operands.iter().map(told).collect::<Option<_>>()?;
        builtins::operator_result(name.name.as_str(), &types, self.version)
    }

    /// What uses an operator.
    pub(super) fn bonds_of_operator(&self, key: &OperatorKey) -> Vec<(Object, Bond)> {
        let symbol = key.0.name.as_str();
        let mut seen = self.clone();
        if !seen.search_path.contains(&key.0.schema) {
            seen.search_path.push(key.0.schema.clone());
        }
        let alike =
            |other: &&OperatorKey| other.0.name == key.0.name && other.1.len() == key.1.len();
        let alone = self.operators.keys().filter(alike).count() == 1
            && !builtins::has_operator(symbol, key.1.len() == 1, self.version);
        let mut found = Vec::new();
        for relation in self.relations() {
            // Where there is no other, it is meant, whatever schema and types are called by now.
            let uses = |expr: &SqlExpr| {
                expr.text.contains(symbol)
                    && match alone {
                        true => is_written(&expr.expr, key),
                        false => resolve::operators_of(&seen, relation, &expr.expr).contains(key),
                    }
            };
            let table = &relation.name;
            found.extend(expression_uses::of(relation, uses).map(|object| (object, Bond::Normal)));
            if relation.operators.contains(key) {
                found.push((Object::Relation(table.clone()), Bond::Normal));
            }
        }
        found
    }

    /// The operators computed by a routine, and the casts.
    pub(super) fn computed_by(
        &self,
        name: &ResolvedName,
        args: &[TypeName],
    ) -> Vec<(Object, Bond)> {
        let by = |function: Option<&RoutineKey>| {
            function.is_some_and(|(own, types)| own == name && types == args)
        };
        let operators = self.operators.iter();
        let operators = operators.filter(|(_, own)| by(own.function.as_ref()));
        let casts = self.casts.iter().filter(|(_, own)| by(own.function()));
        let operators = operators.map(|(key, _)| Object::Operator(key.clone()));
        operators
            .chain(casts.map(|(key, _)| Object::Cast(key.clone())))
            .map(|object| (object, Bond::Normal))
            .collect()
    }

    /// The operators and casts that take or give a type.
    pub(super) fn operators_of_type(&self, name: &ResolvedName) -> Vec<(Object, Bond)> {
        let operators = self.operators.keys();
        let operators = operators.filter(|(_, args)| args.iter().any(|ty| is_type(ty, name)));
        let casts = self.casts.keys();
        let casts = casts.filter(|(from, to)| is_type(from, name) || is_type(to, name));
        operators
            .map(|key| Object::Operator(key.clone()))
            .chain(casts.map(|key| Object::Cast(key.clone())))
            .map(|object| (object, Bond::Normal))
            .collect()
    }

    /// Changes the names and types that operators and casts are made of.
    pub(super) fn edit_operators(
        &mut self,
        routine: impl Fn(&mut RoutineKey),
        operator: impl Fn(&mut ResolvedName),
        ty: impl Fn(&mut TypeName),
    ) {
        if !self.operators.is_empty() {
            let all = self.operators.iter().map(|((name, args), own)| {
                let (mut name, mut args, mut own) =
                    (name.clone(), args.clone(), own.as_ref().clone());
                operator(&mut name);
                args.iter_mut().for_each(&ty);
                if let Some(function) = &mut own.function {
                    routine(function);
                    function.1.iter_mut().for_each(&ty);
                }
                ((name, args), Arc::new(own))
            });
            self.operators = all.collect();
            let users = self.relations().filter(|own| !own.operators.is_empty());
            let users: Vec<ResolvedName> = users.map(|own| own.name.clone()).collect();
            for user in users {
                self.edit(&user, |own| {
                    let followed = std::mem::take(&mut own.operators).into_iter();
                    let followed = followed.map(|(mut name, mut args)| {
                        operator(&mut name);
                        args.iter_mut().for_each(&ty);
                        (name, args)
                    });
                    own.operators = followed.collect();
                });
            }
        }
        if !self.casts.is_empty() {
            let all = self.casts.iter().map(|((from, to), own)| {
                let (mut from, mut to, mut own) = (from.clone(), to.clone(), own.as_ref().clone());
                ty(&mut from);
                ty(&mut to);
                if let Some(function) = own.function_mut() {
                    routine(function);
                    function.1.iter_mut().for_each(&ty);
                }
                ((from, to), Arc::new(own))
            });
            self.casts = all.collect();
        }
    }
}

/// The type of an operand; none where it is not known, or is that of a constant in quotes.
fn told(operand: &Option<TypeName>) -> Option<TypeName> {
    let known = operand.as_ref().filter(|ty| ty.name != "unknown")?;
    Some(known.clone().without_modifiers())
}

/// Whether an expression has an operator of that name and of as many operands.
fn is_written(expr: &Expr, key: &OperatorKey) -> bool {
    let mut found = false;
    mentions::walk(expr, &mut |node| {
        let (op, count) = match node {
            Expr::Binary { op, .. } | Expr::Quantified { op, .. } => (op, 2),
            Expr::Unary { op, .. } => (op, 1),
            _ => return,
        };
        found |= count == key.1.len() && operator_name(op).name == key.0.name;
    });
    found
}
