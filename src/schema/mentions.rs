//! The names inside an expression: which columns it uses, and the same expression after a rename.

use std::ops::Range;

use crate::sql::ast::{CreateTrigger, Expr, Ident, IndexElement, IndexKey, SqlExpr, TypeName};
use crate::sql::holds;

/// Whether a trigger fires for a column, or has it in its condition.
pub(super) fn trigger_names(trigger: &CreateTrigger, column: &Ident) -> bool {
    let condition = trigger.condition.as_ref();
    trigger.columns.contains(column)
        || condition.is_some_and(|condition| columns(condition).contains(column))
}

/// The names an expression uses as columns, each once, in order of appearance; whoever asks keeps
/// those that are columns of the table.
pub(super) fn columns(expr: &SqlExpr) -> Vec<Ident> {
    let mut found = Vec::new();
    let mut readable = true;
    walk(&expr.expr, &mut |node| match node {
        Expr::Column(parts) => push_new(&mut found, parts.last()),
        Expr::Unparsed(_)
        | Expr::Subquery(_)
        | Expr::ArraySubquery(_)
        | Expr::InSubquery { .. }
        | Expr::Exists { .. } => readable = false,
        _ => {}
    });
    if !readable {
        let words = names(&expr.text);
        let called = |range: &Range<usize>| {
            expr.text
                .get(range.end..)
                .is_some_and(|rest| rest.trim_start().starts_with('('))
        };
        for (range, name) in words {
            if !called(&range) {
                push_new(&mut found, Some(&name));
            }
        }
    }
    found
}

/// Whether an expression calls a function of that name.
pub(super) fn calls_function(expr: &SqlExpr, name: &Ident) -> bool {
    let mut found = false;
    walk(&expr.expr, &mut |node| {
        found |= matches!(node, Expr::Call(call) if call.name.name == *name);
    });
    found
}

/// The types an expression casts to, as written.
pub(super) fn types(expr: &SqlExpr) -> Vec<&TypeName> {
    let mut found = Vec::new();
    walk(&expr.expr, &mut |node| {
        if let Expr::Cast { ty, .. } = node {
            found.push(ty);
        }
    });
    found
}

/// Whether a text casts to a type of that name, with or without a schema: `x::t`, `x::s.t`.
pub(super) fn casts(text: &str, ty: &Ident) -> bool {
    holds(text, ty.as_str())
        && text.match_indices("::").any(|(at, colons)| {
            let rest = text.get(at + colons.len()..).unwrap_or_default();
            let all = identifiers(rest.trim_start());
            let dot = |range: &Range<usize>| rest.trim_start().get(range.end..)?.chars().next();
            let named = match all.as_slice() {
                [(schema, _), (_, name), ..] if schema.start == 0 && dot(schema) == Some('.') => {
                    name
                }
                [(own, name), ..] if own.start == 0 => name,
                _ => return false,
            };
            named == ty
        })
}

/// Whether a text calls a function of that name.
pub(super) fn calls(text: &str, function: &Ident) -> bool {
    holds(text, function.as_str())
        && names(text).iter().any(|(range, name)| {
            let rest = text.get(range.end..).unwrap_or_default();
            name == function && rest.trim_start().starts_with('(')
        })
}

/// The columns of an index: those that are keys, and those inside expressions.
pub(super) fn element_columns(elements: &[IndexElement]) -> Vec<Ident> {
    let mut found = Vec::new();
    for element in elements {
        match &element.key {
            IndexKey::Column(column) => push_new(&mut found, Some(column)),
            IndexKey::Expr(expr) => columns(expr)
                .iter()
                .for_each(|column| push_new(&mut found, Some(column))),
        }
    }
    found
}

/// Writes `to` where the expression says `from` as a name.
pub(crate) fn rename(expr: &mut SqlExpr, from: &Ident, to: &Ident) {
    let mut text = expr.text.clone();
    for (range, name) in names(&expr.text).into_iter().rev() {
        let called = expr
            .text
            .get(range.end..)
            .is_some_and(|rest| rest.starts_with('('));
        if name == *from && !called {
            text.replace_range(range, &to.to_sql());
        }
    }
    if text == expr.text {
        return;
    }
    expr.text = text;
    walk_mut(&mut expr.expr, &mut |node| {
        if let Expr::Column(parts) = node
            && let Some(last) = parts.last_mut()
            && last == from
        {
            *last = to.clone();
        }
    });
}

fn push_new(found: &mut Vec<Ident>, name: Option<&Ident>) {
    if let Some(name) = name
        && !found.contains(name)
    {
        found.push(name.clone());
    }
}

/// Calls `see` for a node and all nodes below it, queries inside it excepted.
pub(super) fn walk<'a>(expr: &'a Expr, see: &mut impl FnMut(&'a Expr)) {
    see(expr);
    match expr {
        Expr::Call(call) => {
            let rest = call.order_by.iter().chain(&call.filter);
            let over = call.over.iter().flatten();
            call.args
                .iter()
                .chain(rest)
                .chain(over)
                .for_each(|e| walk(e, see));
        }
        Expr::Cast { expr, .. }
        | Expr::Unary { expr, .. }
        | Expr::Is { expr, .. }
        | Expr::InSubquery { expr, .. }
        | Expr::Field { expr, .. }
        | Expr::Collate { expr, .. } => walk(expr, see),
        Expr::Binary { left, right, .. } | Expr::Quantified { left, right, .. } => {
            walk(left, see);
            walk(right, see);
        }
        Expr::InList { expr, list, .. } => {
            walk(expr, see);
            list.iter().for_each(|e| walk(e, see));
        }
        Expr::Between {
            expr, low, high, ..
        } => [expr, low, high].into_iter().for_each(|e| walk(e, see)),
        Expr::Case {
            operand,
            branches,
            otherwise,
        } => {
            operand.iter().for_each(|e| walk(e, see));
            for (condition, result) in branches {
                walk(condition, see);
                walk(result, see);
            }
            otherwise.iter().for_each(|e| walk(e, see));
        }
        Expr::Array(list) | Expr::Row(list) => list.iter().for_each(|e| walk(e, see)),
        Expr::Subscript { expr, indexes } => {
            walk(expr, see);
            indexes.iter().for_each(|e| walk(e, see));
        }
        Expr::Null
        | Expr::Boolean(_)
        | Expr::Number(_)
        | Expr::String(_)
        | Expr::Parameter(_)
        | Expr::Column(_)
        | Expr::Wildcard(_)
        | Expr::Exists { .. }
        | Expr::Subquery(_)
        | Expr::ArraySubquery(_)
        | Expr::Default
        | Expr::Unparsed(_) => {}
    }
}

/// The same with leave to change the nodes.
pub(super) fn walk_mut(expr: &mut Expr, change: &mut impl FnMut(&mut Expr)) {
    change(expr);
    match expr {
        Expr::Call(call) => {
            let rest = call.order_by.iter_mut().chain(&mut call.filter);
            let over = call.over.iter_mut().flatten();
            for part in call.args.iter_mut().chain(rest).chain(over) {
                walk_mut(part, change);
            }
        }
        Expr::Cast { expr, .. }
        | Expr::Unary { expr, .. }
        | Expr::Is { expr, .. }
        | Expr::InSubquery { expr, .. }
        | Expr::Field { expr, .. }
        | Expr::Collate { expr, .. } => walk_mut(expr, change),
        Expr::Binary { left, right, .. } | Expr::Quantified { left, right, .. } => {
            walk_mut(left, change);
            walk_mut(right, change);
        }
        Expr::InList { expr, list, .. } => {
            walk_mut(expr, change);
            list.iter_mut().for_each(|e| walk_mut(e, change));
        }
        Expr::Between {
            expr, low, high, ..
        } => [expr, low, high]
            .into_iter()
            .for_each(|e| walk_mut(e, change)),
        Expr::Case {
            operand,
            branches,
            otherwise,
        } => {
            operand.iter_mut().for_each(|e| walk_mut(e, change));
            for (condition, result) in branches {
                walk_mut(condition, change);
                walk_mut(result, change);
            }
            otherwise.iter_mut().for_each(|e| walk_mut(e, change));
        }
        Expr::Array(list) | Expr::Row(list) => list.iter_mut().for_each(|e| walk_mut(e, change)),
        Expr::Subscript { expr, indexes } => {
            walk_mut(expr, change);
            indexes.iter_mut().for_each(|e| walk_mut(e, change));
        }
        Expr::Null
        | Expr::Boolean(_)
        | Expr::Number(_)
        | Expr::String(_)
        | Expr::Parameter(_)
        | Expr::Column(_)
        | Expr::Wildcard(_)
        | Expr::Exists { .. }
        | Expr::Subquery(_)
        | Expr::ArraySubquery(_)
        | Expr::Default
        | Expr::Unparsed(_) => {}
    }
}

/// The identifiers of an expression's text that can name a column, with their places: keywords such as
/// the `end` of a CASE cannot, unless quoted or behind a dot.
pub(super) fn names(text: &str) -> Vec<(Range<usize>, Ident)> {
    let mut found = identifiers(text);
    found.retain(|(range, name)| {
        let before = text.get(..range.start).unwrap_or_default();
        let quoted = text
            .get(range.clone())
            .is_some_and(|own| own.starts_with('"'));
        quoted || before.ends_with('.') || !crate::sql::keyword::needs_quotes(name.as_str())
    });
    found
}

/// The identifiers of an expression's text with their places; string constants, and type names after
/// `::`, are none.
pub(super) fn identifiers(text: &str) -> Vec<(Range<usize>, Ident)> {
    let bytes = text.as_bytes();
    let byte = |at: usize| bytes.get(at).copied().unwrap_or(0);
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'$' || b >= 0x80;
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        match byte(at) {
            quote @ (b'\'' | b'"') => {
                at += 1;
                while at < bytes.len() {
                    if byte(at) == quote {
                        if byte(at + 1) != quote {
                            break;
                        }
                        at += 1;
                    }
                    at += 1;
                }
                at = (at + 1).min(bytes.len());
                if quote == b'"'
                    && let Some(inside) = text.get(start + 1..at.saturating_sub(1))
                {
                    found.push((start..at, Ident::new(inside.replace("\"\"", "\""))));
                }
            }
            b'0'..=b'9' => {
                while word(byte(at)) {
                    at += 1;
                }
            }
            first if word(first) => {
                while word(byte(at)) {
                    at += 1;
                }
                let is_type = text
                    .get(..start)
                    .is_some_and(|before| before.ends_with("::"));
                if let Some(written) = text.get(start..at)
                    && !is_type
                    && byte(at) != b'\''
                {
                    found.push((start..at, Ident::folded(written)));
                }
            }
            _ => at += 1,
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unparsed(text: &str) -> SqlExpr {
        SqlExpr {
            text: text.to_owned(),
            expr: Expr::Unparsed(text.to_owned()),
        }
    }

    #[test]
    fn text_is_renamed_outside_strings() {
        let mut expr = unparsed(r#"A > 1 AND "a" <> 'a' AND b::a IS NULL AND a(1)"#);
        rename(&mut expr, &Ident::new("a"), &Ident::new("Full"));
        assert_eq!(
            expr.text,
            r#""Full" > 1 AND "Full" <> 'a' AND b::a IS NULL AND a(1)"#
        );
    }

    #[test]
    fn unread_text_gives_its_words() {
        let names = columns(&unparsed("lower(name) = 'x' AND price > 0"));
        assert_eq!(names, ["name", "price"].map(Ident::new));
    }

    #[test]
    fn keywords_are_no_columns() {
        let names = columns(&unparsed(r#"CASE WHEN a > 0 THEN "end" ELSE t.when END"#));
        assert_eq!(names, ["a", "end", "t", "when"].map(Ident::new));
    }
}
