//! The bound of a partition, and whether a CHECK proves it.

use crate::sql::ast::{Expr, Ident};

/// A partition's bound on one key column, as far as it can be read from its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Bound {
    /// `FOR VALUES FROM (a) TO (b)`: none is MINVALUE or MAXVALUE.
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
        let single = |list: &&str| !list.contains(',');
        match lists.as_slice() {
            [from, to] if upper.contains("FROM") && single(from) && single(to) => {
                Self::Range(one(from), one(to))
            }
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
                let above = from.as_ref().is_none_or(|from| {
                    says(&|part| {
                        compares(part, key, &[">="], from) || compares(part, key, &["="], from)
                    })
                });
                let below = to
                    .as_ref()
                    .is_none_or(|to| says(&|part| compares(part, key, &["<"], to)));
                not_null && above && below
            }
            Self::List(values) => {
                let inside = says(&|part| {
                    listed(part, key).is_some_and(|own| own.iter().all(|one| values.contains(one)))
                });
                inside && (not_null || values.iter().any(|value| value == "null"))
            }
            Self::Other => false,
        }
    }

    /// Whether a check leaves no row inside.
    pub(super) fn excluded_by(&self, check: &Expr, key: &Ident) -> bool {
        match self {
            Self::Range(Some(from), Some(to)) => in_conjunction(check, &|part| match part {
                Expr::Binary { left, op, right } if op.eq_ignore_ascii_case("OR") => {
                    let outside = |one: &Expr, other: &Expr| {
                        compares(one, key, &["<"], from) && compares(other, key, &[">="], to)
                    };
                    outside(left, right) || outside(right, left)
                }
                _ => compares(part, key, &["<"], from) || compares(part, key, &[">="], to),
            }),
            Self::Range(Some(from), None) => {
                in_conjunction(check, &|part| compares(part, key, &["<"], from))
            }
            Self::Range(None, Some(to)) => {
                in_conjunction(check, &|part| compares(part, key, &[">="], to))
            }
            Self::List(values) => in_conjunction(check, &|part| {
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
            Self::Range(None, None) | Self::Other => false,
        }
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

/// `key op value`.
fn compares(expr: &Expr, key: &Ident, ops: &[&str], value: &str) -> bool {
    match expr {
        Expr::Binary { left, op, right } => {
            ops.contains(&op.as_str())
                && is_key(left, key)
                && constant(right).is_some_and(|own| own == value)
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
        Expr::Binary { left, op, right } if op == "=" && is_key(left, key) => {
            Some(vec![constant(right)?])
        }
        _ => None,
    }
}

fn is_key(expr: &Expr, key: &Ident) -> bool {
    match expr {
        Expr::Column(path) => path.last() == Some(key),
        Expr::Cast { expr, .. } => is_key(expr, key),
        _ => false,
    }
}

fn constant(expr: &Expr) -> Option<String> {
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
    }
}
