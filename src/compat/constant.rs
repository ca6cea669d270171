//! Three-valued truth of an expression whose columns are constants: enough for a CHECK over what an INSERT writes.

use std::cmp::Ordering;

use crate::sql::ast::{Call, Expr, Ident, IsTest};

/// A value we can compute with.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Constant {
    Null,
    Truth(bool),
    Number(f64),
    Text(String),
}

/// The value of an expression, given those of its columns; none when it cannot be told.
pub(super) fn value(expr: &Expr, column: &dyn Fn(&Ident) -> Option<Constant>) -> Option<Constant> {
    Some(match expr {
        Expr::Null => Constant::Null,
        Expr::Boolean(truth) => Constant::Truth(*truth),
        Expr::Number(digits) => Constant::Number(digits.parse().ok()?),
        Expr::String(text) => Constant::Text(text.clone()),
        Expr::Column(parts) => column(parts.last()?)?,
        Expr::Cast { expr, .. } | Expr::Collate { expr, .. } => value(expr, column)?,
        Expr::Unary { op, expr } => match (op.as_str(), value(expr, column)?) {
            (_, Constant::Null) => Constant::Null,
            ("NOT", Constant::Truth(truth)) => Constant::Truth(!truth),
            ("-", Constant::Number(number)) => Constant::Number(-number),
            _ => return None,
        },
        Expr::Is {
            expr,
            test,
            negated,
        } => {
            let inner = value(expr, column)?;
            let holds = match test {
                IsTest::Null | IsTest::Unknown => inner == Constant::Null,
                IsTest::True => inner == Constant::Truth(true),
                IsTest::False => inner == Constant::Truth(false),
            };
            Constant::Truth(holds != *negated)
        }
        Expr::Binary { left, op, right } => binary(op, value(left, column), value(right, column))?,
        Expr::InList {
            expr,
            list,
            negated,
        } => any_of(expr, list, *negated, column)?,
        Expr::Quantified {
            left,
            op,
            right,
            all: false,
        } if op == "=" => {
            let mut list = right.as_ref();
            while let Expr::Cast { expr, .. } = list {
                list = expr;
            }
            match list {
                Expr::Array(list) => any_of(left, list, false, column)?,
                _ => return None,
            }
        }
        Expr::Between {
            expr,
            low,
            high,
            negated,
        } => {
            let inner = value(expr, column);
            let low = binary(">=", inner.clone(), value(low, column));
            let high = binary("<=", inner, value(high, column));
            negate(binary("AND", low, high)?, *negated)
        }
        Expr::Call(call) => called(call, column)?,
        _ => return None,
    })
}

fn any_of(
    expr: &Expr,
    list: &[Expr],
    negated: bool,
    column: &dyn Fn(&Ident) -> Option<Constant>,
) -> Option<Constant> {
    let wanted = value(expr, column)?;
    let found = list.iter().try_fold(Constant::Truth(false), |so_far, one| {
        let same = binary("=", Some(wanted.clone()), value(one, column))?;
        binary("OR", Some(so_far), Some(same))
    });
    Some(negate(found?, negated))
}

fn negate(value: Constant, negated: bool) -> Constant {
    match value {
        Constant::Truth(truth) => Constant::Truth(truth != negated),
        other => other,
    }
}

fn binary(op: &str, left: Option<Constant>, right: Option<Constant>) -> Option<Constant> {
    use Constant::{Null, Truth};
    // One side may decide alone.
    match (op, &left, &right) {
        ("AND", Some(Truth(false)), _) | ("AND", _, Some(Truth(false))) => {
            return Some(Truth(false));
        }
        ("OR", Some(Truth(true)), _) | ("OR", _, Some(Truth(true))) => return Some(Truth(true)),
        _ => {}
    }
    let (left, right) = (left?, right?);
    match op {
        "IS DISTINCT FROM" => return Some(Truth(left != right)),
        "IS NOT DISTINCT FROM" => return Some(Truth(left == right)),
        _ => {}
    }
    if left == Null || right == Null {
        return Some(Null);
    }
    let ordering = || match (&left, &right) {
        (Constant::Number(left), Constant::Number(right)) => left.partial_cmp(right),
        (Constant::Text(left), Constant::Text(right)) if left == right => Some(Ordering::Equal),
        _ => None,
    };
    Some(Truth(match (op, &left, &right) {
        ("AND" | "OR", Truth(left), Truth(right)) => match op {
            "AND" => *left && *right,
            _ => *left || *right,
        },
        ("=", Constant::Text(left), Constant::Text(right)) => left == right,
        ("<>" | "!=", Constant::Text(left), Constant::Text(right)) => left != right,
        ("=", Truth(left), Truth(right)) => left == right,
        ("=", ..) => ordering()? == Ordering::Equal,
        ("<>" | "!=", ..) => ordering()? != Ordering::Equal,
        ("<", ..) => ordering()? == Ordering::Less,
        (">", ..) => ordering()? == Ordering::Greater,
        ("<=", ..) => ordering()? != Ordering::Greater,
        (">=", ..) => ordering()? != Ordering::Less,
        _ => return None,
    }))
}

fn called(call: &Call, column: &dyn Fn(&Ident) -> Option<Constant>) -> Option<Constant> {
    let first = || value(call.args.first()?, column);
    match call.name.name.as_str() {
        "length" | "char_length" | "character_length" => match first()? {
            Constant::Text(text) => Some(Constant::Number(text.chars().count() as f64)),
            Constant::Null => Some(Constant::Null),
            _ => None,
        },
        "coalesce" => {
            for arg in &call.args {
                match value(arg, column)? {
                    Constant::Null => {}
                    found => return Some(found),
                }
            }
            Some(Constant::Null)
        }
        _ => None,
    }
}
