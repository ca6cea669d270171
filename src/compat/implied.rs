//! Whether one condition implies another, as far as that is plain to see: a CHECK that another one widens.

use std::cmp::Ordering;

use crate::sql::ast::Expr;

/// Whether every row that satisfies `old` satisfies `new`.
pub(crate) fn implies(old: &Expr, new: &Expr) -> bool {
    if old == new {
        return true;
    }
    match (old, new) {
        (_, Expr::Binary { left, op, right }) if op == "AND" => {
            return implies(old, left) && implies(old, right);
        }
        (Expr::Binary { left, op, right }, _) if op == "OR" => {
            return implies(left, new) && implies(right, new);
        }
        _ => {}
    }
    let part = match old {
        Expr::Binary { left, op, right } if op == "AND" => {
            implies(left, new) || implies(right, new)
        }
        _ => false,
    };
    let either = match new {
        Expr::Binary { left, op, right } if op == "OR" => implies(old, left) || implies(old, right),
        _ => false,
    };
    part || either || values(old, new) || bound(old, new)
}

/// `a IN (1, 2)` or `a = 1` against a longer list.
fn values(old: &Expr, new: &Expr) -> bool {
    let (Some((column, own)), Some((other, all))) = (listed(old), listed(new)) else {
        return false;
    };
    column == other && own.iter().all(|value| all.contains(value))
}

fn listed(expr: &Expr) -> Option<(&Expr, Vec<&Expr>)> {
    match expr {
        Expr::InList {
            expr,
            list,
            negated: false,
        } => Some((bare(expr), list.iter().map(bare).collect())),
        Expr::Binary { left, op, right } if op == "=" => Some((bare(left), vec![bare(right)])),
        Expr::Quantified {
            left,
            op,
            right,
            all: false,
        } if op == "=" => match bare(right) {
            Expr::Array(list) => Some((bare(left), list.iter().map(bare).collect())),
            _ => None,
        },
        _ => None,
    }
}

/// `a > 5` against `a > 0`; `char_length(a) <= 10` against `char_length(a) <= 20`.
fn bound(old: &Expr, new: &Expr) -> bool {
    let (Some((one, op, limit)), Some((other, wider, wide_limit))) = (limits(old), limits(new))
    else {
        return match old {
            Expr::Between {
                expr,
                low,
                high,
                negated: false,
            } => {
                let side = |op: &str, limit: &Expr| Expr::Binary {
                    left: expr.clone(),
                    op: op.to_owned(),
                    right: Box::new(limit.clone()),
                };
                let both =
                    |new: &Expr| bound(&side(">=", low), new) || bound(&side("<=", high), new);
                match new {
                    Expr::Between {
                        expr: same,
                        low: lower,
                        high: higher,
                        negated: false,
                    } => expr == same && both(&side(">=", lower)) && both(&side("<=", higher)),
                    other => limits(other).is_some() && both(other),
                }
            }
            _ => false,
        };
    };
    if one != other {
        return false;
    }
    let Some(order) = limit.partial_cmp(&wide_limit) else {
        return false;
    };
    match (op, wider) {
        (">" | ">=", ">=") | (">", ">") => order != Ordering::Less,
        (">=", ">") => order == Ordering::Greater,
        ("<" | "<=", "<=") | ("<", "<") => order != Ordering::Greater,
        ("<=", "<") => order == Ordering::Less,
        (">", "<>") => order != Ordering::Less,
        _ => false,
    }
}

fn limits(expr: &Expr) -> Option<(&Expr, &str, f64)> {
    let Expr::Binary { left, op, right } = expr else {
        return None;
    };
    if !matches!(op.as_str(), "<" | "<=" | ">" | ">=" | "<>") {
        return None;
    }
    Some((bare(left), op, number(right)?))
}

fn number(expr: &Expr) -> Option<f64> {
    match bare(expr) {
        Expr::Number(digits) => digits.parse().ok(),
        Expr::Unary { op, expr } if op == "-" => Some(-number(expr)?),
        _ => None,
    }
}

/// Without the casts around it.
fn bare(expr: &Expr) -> &Expr {
    match expr {
        Expr::Cast { expr, .. } => bare(expr),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::parse_expr;

    #[test]
    fn wider_conditions_are_implied() {
        let holds = |old: &str, new: &str| implies(&parse_expr(old), &parse_expr(new));
        for (old, new) in [
            ("a IN ('x', 'y')", "a IN ('x', 'y', 'z')"),
            ("a = 'x'", "a IN ('x', 'z')"),
            ("a > 5", "a > 0"),
            ("a > 0", "a >= 0"),
            ("a BETWEEN 1 AND 5", "a BETWEEN 0 AND 9"),
            ("a BETWEEN 1 AND 5", "a > 0"),
            ("a > 0 AND b > 0", "b > 0"),
            ("length(a) <= 10", "length(a) <= 20"),
            ("a > 0", "a > 0 OR b > 0"),
        ] {
            assert!(holds(old, new), "{old} => {new}");
            assert!(!holds(new, old), "{new} does not imply {old}");
        }
        assert!(!holds("a > 0", "b > 0"));
    }
}
