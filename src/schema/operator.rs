//! What PostgreSQL does not find when it reads a check: operators and functions between text and numbers.

use super::cast::is_text;
use super::{Catalogue, Refusal, Relation, mentions};
use crate::sql::ast::{Expr, Ident, TypeName};

/// Operators that text and a number constant cannot have between them (manual 18, chapter 9).
const OF_NUMBERS: &[&str] = &[
    "=", "<>", "!=", "<", ">", "<=", ">=", "+", "-", "*", "/", "%",
];

impl Catalogue {
    /// Refuses a check that compares or computes a text column with number constants, or does with a column
    /// of integers what needs a text.
    pub(super) fn finds_operators(&self, relation: &Relation, expr: &Expr) -> Result<(), Refusal> {
        super::resolve::finds_operators(self, relation, expr)?;
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
                return lacks_function(name, &ty).then(|| no_function(name, &ty));
            }
            _ => return None,
        };
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
                let wrong = text.trim().parse::<i64>().is_err();
                let message = format!("invalid input syntax for type {ty}: \"{text}\"");
                wrong.then(|| Refusal::new("22P02", message))
            }
            _ => None,
        }
    }
}

/// As messages about operators and functions spell it: without modifiers.
fn spelled(ty: &TypeName) -> String {
    let bare = TypeName {
        modifiers: Vec::new(),
        ..ty.clone()
    };
    if bare.name == "bpchar" {
        return "character".to_owned();
    }
    bare.to_string()
}

fn is_integer(ty: &TypeName) -> bool {
    ["int2", "int4", "int8"].contains(&ty.name.as_str())
}

fn lacks_function(name: &Ident, ty: &TypeName) -> bool {
    match name.as_str() {
        "abs" => is_text(ty),
        "length" | "char_length" | "lower" | "upper" | "trim" | "btrim" => is_integer(ty),
        _ => false,
    }
}

fn no_function(name: &Ident, ty: &TypeName) -> Refusal {
    let message = format!("function {name}({}) does not exist", spelled(ty));
    Refusal::new("42883", message)
}
