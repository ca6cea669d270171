//! What PostgreSQL does not find when it reads a check: operators and functions between text and numbers.

use super::builtins::{self, Signature};
use super::cast::is_text;
use super::types::is_built_in;
use super::{Catalogue, Refusal, Relation, mentions};
use crate::sql::ast::{Expr, Ident, QualifiedName, TypeName};

/// Operators that text and a number constant cannot have between them (manual 18, chapter 9).
const OF_NUMBERS: &[&str] = &[
    "=", "<>", "!=", "<", ">", "<=", ">=", "+", "-", "*", "/", "%",
];

/// A constant in quotes beside one of these is taken for a value of the other side's type.
const COMPARISONS: &[&str] = &["=", "<>", "!=", "<", ">", "<=", ">="];

impl Catalogue {
    /// Refuses a check that compares or computes a text column with number constants, or does with a column
    /// of integers what needs a text.
    pub(super) fn finds_operators(&self, relation: &Relation, expr: &Expr) -> Result<(), Refusal> {
        super::resolve::finds_operators(self, relation, expr)?;
        self.reads_casts(expr)?;
        let mut found = None;
        mentions::walk(expr, &mut |node| {
            if found.is_none() {
                found = self.lacks_operator(relation, node);
            }
        });
        found.map_or(Ok(()), Err)
    }

    fn lacks_operator(&self, relation: &Relation, node: &Expr) -> Option<Refusal> {
        // What somebody made may fit.
        if !self.operators.is_empty() || !self.casts.is_empty() {
            return None;
        }
        let column = |expr: &Expr| match expr {
            Expr::Column(parts) => {
                let own = relation.column(parts.last()?)?;
                let ty = self.base_type(&own.ty);
                (!ty.array && ty.schema.is_none()).then_some(ty)
            }
            _ => None,
        };
        let (expr, op, other) = match node {
            Expr::Binary { left, op, right } => (left.as_ref(), op.as_str(), right.as_ref()),
            Expr::Quantified {
                left, op, right, ..
            } => match right.as_ref() {
                Expr::Array(items) => (left.as_ref(), op.as_str(), items.first()?),
                _ => return None,
            },
            Expr::Between {
                expr, low, negated, ..
            } => (
                expr.as_ref(),
                if *negated { "<" } else { ">=" },
                low.as_ref(),
            ),
            Expr::InList {
                expr,
                list,
                negated,
            } => (
                expr.as_ref(),
                if *negated { "<>" } else { "=" },
                list.first()?,
            ),
            Expr::Call(call) => {
                let [argument] = call.args.as_slice() else {
                    return None;
                };
                let ty = column(argument)?;
                let name = &call.name.name;
                return self
                    .lacks_function(&call.name, &ty)
                    .then(|| no_function(name, &ty));
            }
            _ => return None,
        };
        if let (Expr::Column(parts), Expr::String(text)) = (expr, other)
            && COMPARISONS.contains(&op)
        {
            let own = relation.column(parts.last()?)?;
            return self.reads(text, &own.ty).err();
        }
        let ty = column(expr)?;
        match other {
            Expr::Number(_) if is_text(&ty) && OF_NUMBERS.contains(&op) => {
                let op = if op == "!=" { "<>" } else { op };
                let number = super::infer::number("1");
                let shown = spelled(&ty);
                let message = format!("operator does not exist: {shown} {op} {number}");
                Some(Refusal::new("42883", message))
            }
            Expr::String(text) if is_integer(&ty) && OF_NUMBERS.contains(&op) => {
                self.reads(text, &ty).err()
            }
            _ => None,
        }
    }
}

impl Catalogue {
    /// Whether PostgreSQL's own functions of a name are all there is, and none takes a value of one of its own types.
    fn lacks_function(&self, name: &QualifiedName, ty: &TypeName) -> bool {
        let made = !self.routines_named(name).is_empty();
        if made || self.incomplete || !name.may_be_system() || is_built_in(name.name.as_str()) {
            return false;
        }
        let all = builtins::functions(&name.name, self.version);
        let fits = |one: &Signature| {
            one.takes_count(1) && one.args.first().is_some_and(|first| takes(first, ty))
        };
        is_built_in(ty.name.as_str()) && !all.is_empty() && !all.iter().any(fits)
    }
}

/// As messages about operators and functions spell it: without modifiers.
pub(super) fn spelled(ty: &TypeName) -> String {
    let bare = ty.clone().without_modifiers();
    if bare.name == "bpchar" {
        return "character".to_owned();
    }
    bare.to_string()
}

fn is_integer(ty: &TypeName) -> bool {
    ["int2", "int4", "int8"].contains(&ty.name.as_str())
}

/// Whether an argument of a function takes a value of one of PostgreSQL's own types, no array, without a word
/// (manual 18, sections 10.3 and 36.2.5).
fn takes(argument: &TypeName, ty: &TypeName) -> bool {
    if argument.array {
        return false;
    }
    let range = ty.name.as_str().ends_with("range");
    match argument.name.as_str() {
        "any" | "anyelement" | "anynonarray" | "anycompatible" | "anycompatiblenonarray" => true,
        "anyarray" | "anycompatiblearray" => ty.name.as_str().ends_with("vector"),
        "anyrange" | "anycompatiblerange" | "anymultirange" | "anycompatiblemultirange" => range,
        _ => {
            argument.name == ty.name
                || builtins::cast(ty, argument) == Some(builtins::Context::Implicit)
        }
    }
}

fn no_function(name: &Ident, ty: &TypeName) -> Refusal {
    let message = format!("function {name}({}) does not exist", spelled(ty));
    Refusal::new("42883", message)
}
