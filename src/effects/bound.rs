//! The bound of a partition, and whether a condition proves it or rules it out.

use std::cmp::Ordering;

use crate::sql::ast::{Expr, Ident, IsTest};

/// A partition's bound on one key column, as far as it can be read from its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Bound {
    /// `FOR VALUES FROM (a) TO (b)`: none is MINVALUE or MAXVALUE. Of several columns the first, where of the
    /// others both sides are MINVALUE, which leaves it alone to decide.
    Range(Option<String>, Option<String>),
    /// `FOR VALUES IN (a, b)`.
    List(Vec<String>),
    /// DEFAULT, HASH, several columns: nothing proves it here.
    Other,
}

impl Bound {
    /// Reads a bound as it was written.
    pub(super) fn read(text: &str) -> Self {
        let upper = text.to_ascii_uppercase();
        let lists: Vec<&str> = text
            .split('(')
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
            .collect();
        let one = |list: &str| {
            let value = normal(list);
            (!matches!(value.as_str(), "minvalue" | "maxvalue")).then_some(value)
        };
        let first = |list: &'_ str| {
            let (first, rest) = list.split_once(',').unwrap_or((list, ""));
            let open = |value: &str| value.trim().eq_ignore_ascii_case("minvalue");
            (rest.is_empty() || rest.split(',').all(open)).then(|| one(first))
        };
        match lists.as_slice() {
            [from, to] if upper.contains("FROM") => match (first(from), first(to)) {
                (Some(from), Some(to)) => Self::Range(from, to),
                _ => Self::Other,
            },
            [values] if upper.contains(" IN") => {
                Self::List(values.split(',').map(normal).collect())
            }
            _ => Self::Other,
        }
    }

    /// Whether all of `checks` together leave only rows inside.
    pub(super) fn proved_by(&self, checks: &[&Expr], key: &Ident, not_null: bool) -> bool {
        let says = |wanted: &dyn Fn(&Expr) -> bool| {
            checks.iter().any(|check| in_conjunction(check, wanted))
        };
        match self {
            Self::Range(from, to) => {
                let above = from
                    .as_ref()
                    .is_none_or(|from| says(&|part| at_least(part, key, from)));
                let below = to
                    .as_ref()
                    .is_none_or(|to| says(&|part| below(part, key, to)));
                not_null && above && below
            }
            Self::List(values) => {
                let inside = says(&|part| {
                    either(part, key).is_some_and(|own| own.iter().all(|one| values.contains(one)))
                });
                inside && (not_null || values.iter().any(|value| value == "null"))
            }
            Self::Other => false,
        }
    }

    /// Whether a condition leaves no row inside.
    pub(super) fn excluded_by(&self, check: &Expr, key: &Ident) -> bool {
        let under = |part: &Expr, from: &Option<String>| {
            from.as_ref().is_some_and(|from| below(part, key, from))
        };
        let over = |part: &Expr, to: &Option<String>| {
            to.as_ref().is_some_and(|to| at_least(part, key, to))
        };
        match self {
            Self::Range(from, to) => in_conjunction(check, &|part| {
                if let Some(values) = listed(part, key) {
                    return values.iter().all(|value| !self.may_contain(value));
                }
                match part {
                    Expr::Binary { left, op, right } if op.eq_ignore_ascii_case("OR") => {
                        let outside =
                            |one: &Expr, other: &Expr| under(one, from) && over(other, to);
                        outside(left, right) || outside(right, left)
                    }
                    _ => under(part, from) || over(part, to),
                }
            }),
            Self::List(values) => in_conjunction(check, &|part| {
                if let Some(own) = listed(part, key) {
                    return own.iter().all(|value| !values.contains(value));
                }
                let excluded = match part {
                    Expr::InList {
                        expr,
                        list,
                        negated: true,
                    } if is_key(expr, key) => list.iter().map(constant).collect(),
                    Expr::Binary { left, op, right }
                        if (op == "<>" || op == "!=") && is_key(left, key) =>
                    {
                        Some(vec![constant(right).unwrap_or_default()])
                    }
                    _ => None,
                };
                excluded.is_some_and(|own| values.iter().all(|value| own.contains(value)))
            }),
            Self::Other => false,
        }
    }

    /// Whether a row with that key can lie inside, as far as constants can be told apart.
    pub(super) fn may_contain(&self, value: &str) -> bool {
        match self {
            Self::Range(from, to) => {
                let under =
                    from.as_ref().and_then(|from| order(value, from)) == Some(Ordering::Less);
                let over = to
                    .as_ref()
                    .and_then(|to| order(value, to))
                    .is_some_and(Ordering::is_ge);
                !under && !over
            }
            Self::List(values) => values.iter().any(|own| own == value),
            Self::Other => true,
        }
    }

    /// Whether every row with that key lies inside.
    pub(super) fn contains(&self, value: &str) -> bool {
        match self {
            Self::Range(from, to) => {
                let above = |from: &String| order(value, from).is_some_and(Ordering::is_ge);
                let below = |to: &String| order(value, to) == Some(Ordering::Less);
                from.as_ref().is_none_or(above) && to.as_ref().is_none_or(below)
            }
            Self::List(values) => values.iter().any(|own| own == value),
            Self::Other => false,
        }
    }
}

/// The constants a condition allows for a key: those of `key = value` or `key IN (..)` in a conjunction.
pub(super) fn allowed(condition: &Expr, key: &Ident) -> Option<Vec<String>> {
    match condition {
        Expr::Binary { left, op, right } if op.eq_ignore_ascii_case("AND") => {
            allowed(left, key).or_else(|| allowed(right, key))
        }
        _ => listed(condition, key),
    }
}

/// The order of two constants: of numbers, and of dates and times written alike.
fn order(left: &str, right: &str) -> Option<Ordering> {
    if left == right {
        return Some(Ordering::Equal);
    }
    if let (Ok(left), Ok(right)) = (left.parse::<i128>(), right.parse::<i128>()) {
        return Some(left.cmp(&right));
    }
    if let (Ok(left), Ok(right)) = (left.parse::<f64>(), right.parse::<f64>()) {
        return left.partial_cmp(&right);
    }
    let shape = |text: &str| -> String {
        let digits = text.chars();
        digits
            .map(|c| if c.is_ascii_digit() { '0' } else { c })
            .collect()
    };
    let dated = shape(left).starts_with("0000-00-00") && shape(left) == shape(right);
    dated.then(|| left.cmp(right))
}

/// `key op constant`, the constant on either side.
fn comparison<'e>(expr: &'e Expr, key: &Ident) -> Option<(&'e str, String)> {
    let Expr::Binary { left, op, right } = expr else {
        return None;
    };
    if is_key(left, key) {
        return Some((op, constant(right)?));
    }
    let turned = match op.as_str() {
        "<" => ">",
        "<=" => ">=",
        ">" => "<",
        ">=" => "<=",
        "=" => "=",
        _ => return None,
    };
    is_key(right, key).then_some((turned, constant(left)?))
}

/// Whether a condition says that the key is smaller than a limit.
fn below(expr: &Expr, key: &Ident, limit: &str) -> bool {
    let less = |value: &str| order(value, limit) == Some(Ordering::Less);
    match expr {
        Expr::Between {
            expr,
            high,
            negated: false,
            ..
        } => is_key(expr, key) && constant(high).is_some_and(|high| less(&high)),
        _ => comparison(expr, key).is_some_and(|(op, value)| match op {
            "<" => order(&value, limit).is_some_and(Ordering::is_le),
            "<=" | "=" => less(&value),
            _ => false,
        }),
    }
}

/// Whether a condition says that the key is a limit or more.
fn at_least(expr: &Expr, key: &Ident, limit: &str) -> bool {
    let enough = |value: &str| order(value, limit).is_some_and(Ordering::is_ge);
    match expr {
        Expr::Between {
            expr,
            low,
            negated: false,
            ..
        } => is_key(expr, key) && constant(low).is_some_and(|low| enough(&low)),
        _ => comparison(expr, key)
            .is_some_and(|(op, value)| matches!(op, ">" | ">=" | "=") && enough(&value)),
    }
}

fn in_conjunction(expr: &Expr, wanted: &dyn Fn(&Expr) -> bool) -> bool {
    if wanted(expr) {
        return true;
    }
    match expr {
        Expr::Binary { left, op, right } if op.eq_ignore_ascii_case("AND") => {
            in_conjunction(left, wanted) || in_conjunction(right, wanted)
        }
        _ => false,
    }
}

/// The values of `key IN (..)` or `key = value`.
fn listed(expr: &Expr, key: &Ident) -> Option<Vec<String>> {
    match expr {
        Expr::InList {
            expr,
            list,
            negated: false,
        } if is_key(expr, key) => list.iter().map(constant).collect(),
        // What IN is read as (measured: `partition.attach_list_check_any`).
        Expr::Quantified {
            left,
            op,
            right,
            all: false,
        } if op == "=" && is_key(left, key) => match right.as_ref() {
            Expr::Array(list) => list.iter().map(constant).collect(),
            _ => None,
        },
        Expr::Binary { left, op, right } if op == "=" && is_key(left, key) => {
            Some(vec![constant(right)?])
        }
        _ => None,
    }
}

/// The same, and those of `key = a OR key = b`, of which one may be `key IS NULL`
/// (measured: `partition.attach_list_check_or`).
fn either(expr: &Expr, key: &Ident) -> Option<Vec<String>> {
    match expr {
        Expr::Binary { left, op, right } if op.eq_ignore_ascii_case("OR") => {
            let mut values = either(left, key)?;
            values.extend(either(right, key)?);
            Some(values)
        }
        Expr::Is {
            expr,
            test: IsTest::Null,
            negated: false,
        } if is_key(expr, key) => Some(vec!["null".to_owned()]),
        _ => listed(expr, key),
    }
}

fn is_key(expr: &Expr, key: &Ident) -> bool {
    match expr {
        Expr::Column(path) => path.last() == Some(key),
        Expr::Cast { expr, .. } => is_key(expr, key),
        _ => false,
    }
}

/// A constant as bounds write it.
pub(super) fn constant(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Null => Some("null".to_owned()),
        Expr::Boolean(value) => Some(value.to_string()),
        Expr::Number(digits) => Some(digits.clone()),
        Expr::String(text) => Some(text.to_ascii_lowercase()),
        Expr::Cast { expr, .. } => constant(expr),
        Expr::Unary { op, expr } if op == "-" => Some(format!("-{}", constant(expr)?)),
        _ => None,
    }
}

/// A value as written in a bound: without quotes, casts and case.
fn normal(text: &str) -> String {
    let text = text.split("::").next().unwrap_or(text).trim();
    let word = text.rsplit_once(char::is_whitespace);
    let text = match word {
        Some((_, quoted)) if quoted.starts_with('\'') && quoted.ends_with('\'') => quoted,
        _ => text,
    };
    text.trim_matches('\'').to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_read() {
        let range = Bound::read("FOR VALUES FROM (5000) TO (MAXVALUE)");
        assert_eq!(range, Bound::Range(Some("5000".to_owned()), None));
        let list = Bound::read("FOR VALUES IN ('a', 'b')");
        assert_eq!(list, Bound::List(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(Bound::read("DEFAULT"), Bound::Other);
        let days = Bound::read("FOR VALUES FROM ('2024-01-01') TO ('2024-02-01')");
        assert!(days.contains("2024-01-31") && !days.may_contain("2024-02-01"));
    }
}
