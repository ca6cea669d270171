//! The parts of a relation whose expressions use something: a function, an operator, a type.

use std::collections::BTreeSet;

use super::dependency::Object;
use super::{ConstraintKind, Relation};
use crate::sql::ast::{IndexKey, SqlExpr};

/// What of a relation uses what the expressions are asked for.
pub(super) fn of(
    relation: &Relation,
    uses: impl Fn(&SqlExpr) -> bool,
) -> impl Iterator<Item = Object> {
    let mut found = BTreeSet::new();
    let table = || relation.name.clone();
    for column in &relation.columns {
        if column.default.as_ref().is_some_and(&uses) {
            found.insert(Object::Default(table(), column.name.clone()));
        }
        if column.generated.as_ref().is_some_and(|own| uses(&own.expr)) {
            found.insert(Object::Column(table(), column.name.clone()));
        }
    }
    for constraint in &relation.constraints {
        if let ConstraintKind::Check(expr) = &constraint.kind
            && uses(expr)
        {
            found.insert(Object::Constraint(table(), constraint.name.clone()));
        }
    }
    for policy in &relation.policies {
        if policy.using.iter().chain(&policy.check).any(&uses) {
            found.insert(Object::Policy(table(), policy.name.clone()));
        }
    }
    for index in &relation.indexes {
        let in_keys = index.elements.iter().any(|element| match &element.key {
            IndexKey::Expr(expr) => uses(expr),
            IndexKey::Column(_) => false,
        });
        if in_keys || index.predicate.as_ref().is_some_and(&uses) {
            found.insert(Object::Index(table(), index.name.clone()));
        }
    }
    found.into_iter()
}
