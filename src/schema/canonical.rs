//! Expressions compared as PostgreSQL stores them: what its parser rewrites is rewritten, casts are left out.

use crate::sql::ast::{Expr, Ident, IsTest, SqlExpr};

/// A text that is the same for the expression as written and as the server gives it back.
pub(super) fn canonical(expr: &SqlExpr) -> String {
    let mut out = String::new();
    write(&expr.expr, &mut out);
    out
}

/// The same of a tree alone.
pub(crate) fn canonical_text(expr: &Expr) -> String {
    let mut out = String::new();
    write(expr, &mut out);
    out
}

fn write(expr: &Expr, out: &mut String) {
    match expr {
        Expr::Null => out.push_str("null"),
        Expr::Boolean(value) => out.push_str(if *value { "true" } else { "false" }),
        Expr::Number(digits) => out.push_str(&number(digits)),
        Expr::String(text) if text.parse::<f64>().is_ok() => out.push_str(&number(text)),
        Expr::String(text) => {
            out.push('\'');
            out.push_str(&constant(text));
            out.push('\'');
        }
        Expr::Parameter(number) => out.push_str(&format!("${number}")),
        Expr::Column(parts) => out.push_str(parts.last().map_or("", Ident::as_str)),
        Expr::Wildcard(_) => out.push('*'),
        Expr::Call(call) => {
            out.push_str(call.name.name.as_str());
            list(&call.args, out);
        }
        Expr::Cast { expr, .. } | Expr::Collate { expr, .. } => write(expr, out),
        Expr::Unary { op, expr } if op == "-" && matches!(**expr, Expr::Number(_)) => {
            out.push('-');
            write(expr, out);
        }
        Expr::Unary { op, expr } => {
            out.push_str(stored(op));
            out.push('(');
            write(expr, out);
            out.push(')');
        }
        Expr::Binary { op, .. } if op == "AND" || op == "OR" => {
            let mut parts = Vec::new();
            flatten(expr, op, &mut parts);
            out.push_str(op);
            out.push('(');
            out.push_str(&parts.join(","));
            out.push(')');
        }
        Expr::Binary { left, op, right } => operation(left, stored(op), right, out),
        Expr::Is {
            expr,
            test,
            negated,
        } => {
            out.push('(');
            write(expr, out);
            out.push_str(if *negated { " is not " } else { " is " });
            out.push_str(match test {
                IsTest::Null => "null)",
                IsTest::True => "true)",
                IsTest::False => "false)",
                IsTest::Unknown => "unknown)",
            });
        }
        Expr::InList {
            expr,
            list: values,
            negated,
        } => match (values.as_slice(), negated) {
            ([only], false) => operation(expr, "=", only, out),
            ([only], true) => operation(expr, "<>", only, out),
            (values, negated) => quantified(
                expr,
                if *negated { "<>" } else { "=" },
                *negated,
                values,
                out,
            ),
        },
        Expr::Quantified {
            left,
            op,
            right,
            all,
        } => match bare(right) {
            Expr::Array(values) => quantified(left, stored(op), *all, values, out),
            other => quantified(left, stored(op), *all, std::slice::from_ref(other), out),
        },
        Expr::Between {
            expr,
            low,
            high,
            negated: false,
        } => {
            out.push_str("AND(");
            operation(expr, ">=", low, out);
            out.push(',');
            operation(expr, "<=", high, out);
            out.push(')');
        }
        Expr::Between {
            expr, low, high, ..
        } => {
            out.push_str("OR(");
            operation(expr, "<", low, out);
            out.push(',');
            operation(expr, ">", high, out);
            out.push(')');
        }
        Expr::Case {
            operand,
            branches,
            otherwise,
        } => {
            out.push_str("case(");
            if let Some(operand) = operand {
                write(operand, out);
            }
            for (condition, result) in branches {
                out.push_str(" when ");
                write(condition, out);
                out.push_str(" then ");
                write(result, out);
            }
            out.push_str(" else ");
            match otherwise {
                Some(otherwise) => write(otherwise, out),
                None => out.push_str("null"),
            }
            out.push(')');
        }
        Expr::Array(values) => {
            out.push_str("array");
            list(values, out);
        }
        Expr::Row(values) => {
            out.push_str("row");
            list(values, out);
        }
        Expr::Subscript { expr, indexes } => {
            write(expr, out);
            out.push('[');
            indexes.iter().for_each(|index| write(index, out));
            out.push(']');
        }
        Expr::Field { expr, field } => {
            write(expr, out);
            out.push('.');
            out.push_str(field.as_str());
        }
        Expr::Default => out.push_str("default"),
        Expr::InSubquery { .. }
        | Expr::Exists { .. }
        | Expr::Subquery(_)
        | Expr::ArraySubquery(_) => out.push_str("(query)"),
        Expr::Unparsed(text) => out.extend(
            text.replace("'::text", "'")
                .chars()
                .filter(|c| !c.is_whitespace() && *c != '(' && *c != ')')
                .flat_map(char::to_lowercase),
        ),
    }
}

/// A number without an exponent.
fn number(digits: &str) -> String {
    match digits.parse::<f64>() {
        Ok(value) if digits.contains(['e', 'E']) => value.to_string(),
        _ => digits.to_owned(),
    }
}

/// A string constant as its type would print it: moments without midnight and UTC, intervals in one unit.
fn constant(text: &str) -> String {
    if let Some((months, seconds)) = interval(text) {
        return format!("{months} months {seconds} seconds");
    }
    if text == "epoch" {
        return "1970-01-01".to_owned();
    }
    let is_moment = text.len() >= 10
        && text.starts_with(|c: char| c.is_ascii_digit())
        && text.as_bytes().get(4) == Some(&b'-');
    if is_moment {
        let text = text.trim_end_matches("+00").trim_end_matches('Z');
        return text.trim_end_matches(" 00:00:00").to_owned();
    }
    text.to_owned()
}

/// Months and seconds of an interval in words or in PostgreSQL's output format; days are 24 hours.
fn interval(text: &str) -> Option<(i64, f64)> {
    let (mut months, mut seconds) = (0, 0.0);
    let mut words = text.split_whitespace().peekable();
    words.peek()?;
    while let Some(word) = words.next() {
        if let [hours, minutes, rest] = word.split(':').collect::<Vec<_>>().as_slice() {
            let parts: [f64; 3] =
                [hours, minutes, rest].map(|part| part.parse().unwrap_or(f64::NAN));
            let sign = if word.starts_with('-') { -1.0 } else { 1.0 };
            let [hours, minutes, rest] = parts;
            seconds += sign * (hours.abs() * 3600.0 + minutes * 60.0 + rest);
            continue;
        }
        let count: f64 = word.parse().ok()?;
        let unit = words.next()?.to_ascii_lowercase();
        match unit.trim_end_matches('s') {
            "year" => months += (count * 12.0) as i64,
            "month" | "mon" => months += count as i64,
            "week" => seconds += count * 604_800.0,
            "day" => seconds += count * 86_400.0,
            "hour" => seconds += count * 3600.0,
            "minute" | "min" => seconds += count * 60.0,
            "second" | "sec" => seconds += count,
            _ => return None,
        }
    }
    seconds.is_finite().then_some((months, seconds))
}

fn operation(left: &Expr, op: &str, right: &Expr, out: &mut String) {
    out.push('(');
    write(left, out);
    out.push_str(op);
    write(right, out);
    out.push(')');
}

fn quantified(left: &Expr, op: &str, all: bool, values: &[Expr], out: &mut String) {
    write(left, out);
    out.push_str(op);
    out.push_str(if all { "all" } else { "any" });
    list(values, out);
}

fn list(values: &[Expr], out: &mut String) {
    out.push('(');
    for (at, value) in values.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        write(value, out);
    }
    out.push(')');
}

/// `a AND (b AND c)` is kept as one list of three.
fn flatten(expr: &Expr, word: &str, parts: &mut Vec<String>) {
    match expr {
        Expr::Binary { left, op, right } if op == word => {
            flatten(left, word, parts);
            flatten(right, word, parts);
        }
        Expr::Between {
            expr,
            low,
            high,
            negated,
        } if *negated == (word == "OR") => {
            let (first, second) = if *negated { ("<", ">") } else { (">=", "<=") };
            for (op, bound) in [(first, low), (second, high)] {
                let mut part = String::new();
                operation(expr, op, bound, &mut part);
                parts.push(part);
            }
        }
        other => {
            let mut part = String::new();
            write(other, &mut part);
            parts.push(part);
        }
    }
}

fn bare(expr: &Expr) -> &Expr {
    match expr {
        Expr::Cast { expr, .. } => bare(expr),
        other => other,
    }
}

/// The operator behind a word of the grammar (manual 18, section 9.7).
fn stored(op: &str) -> &str {
    match op {
        "!=" => "<>",
        "LIKE" => "~~",
        "NOT LIKE" => "!~~",
        "ILIKE" => "~~*",
        "NOT ILIKE" => "!~~*",
        // Its schema is said where the search path needs it.
        other => match other.rsplit_once('.') {
            Some((_, symbol)) => symbol.trim_end_matches(')'),
            None => other,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_and_stored_are_the_same() {
        for (written, stored) in [
            ("a in ('x', 'y')", "(a = ANY (ARRAY['x'::text, 'y'::text]))"),
            (
                "price between 1 and 2",
                "((price >= (1)::numeric) AND (price <= (2)::numeric))",
            ),
            (
                "a > 0 and (b > 0 and c > 0)",
                "((a > 0) AND (b > 0) AND (c > 0))",
            ),
            ("n != -1", "(n <> '-1'::integer)"),
            ("name not like 'a%'", "(name !~~ 'a%'::text)"),
            ("a in (1)", "(a = 1)"),
            ("a operator(s.<+>) 1", "(a <+> 1)"),
            (
                "lower(email) = email",
                "(lower((email)::text) = (email)::text)",
            ),
            ("b is not null or c", "((b IS NOT NULL) OR c)"),
        ] {
            let form = |text: &str| {
                canonical(&SqlExpr {
                    text: text.to_owned(),
                    expr: crate::sql::parse_expr(text),
                })
            };
            assert_eq!(form(written), form(stored), "{written}");
        }
    }
}
