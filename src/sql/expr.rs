//! sqlparser's expressions to ours.

use sqlparser::ast as their;
use sqlparser::ast::{
    AccessExpr, CeilFloorKind, FunctionArg, FunctionArgExpr, FunctionArgOperator,
    FunctionArgumentClause, FunctionArguments, InTarget, ObjectNamePart, Subscript, Value,
    WindowSpec, WindowType,
};

use super::ast::{Call, Expr, Ident, IsTest, QualifiedName, QueryBody, TypeName};
use super::data_type::type_name;
use super::keyword::{NameKind, must_be_quoted, reserved};
use super::mend::{EXCISED, read};
use super::query::{bare, query};
use super::rewrite::PREFIX;

/// Reads one expression; `Expr::Unparsed` where it has no tree.
pub(crate) fn parse_expr(text: &str) -> Expr {
    read(text, |parser| parser.parse_expr().map(|tree| expr(&tree)))
        .unwrap_or_else(|_| Expr::Unparsed(text.trim().to_owned()))
}

/// An identifier, folded unless it was quoted.
pub(super) fn ident(written: &their::Ident) -> Ident {
    match written.quote_style {
        Some(_) => Ident::new(written.value.clone()),
        None => Ident::folded(&written.value),
    }
}

/// Refuses a name without quotes that is reserved.
pub(super) fn is_name(written: &their::Ident) -> Result<(), String> {
    let word = written.value.to_ascii_lowercase();
    match written.quote_style.is_none() && must_be_quoted(&word, NameKind::Column) {
        true => Err(reserved(&word)),
        false => Ok(()),
    }
}

/// The same of the first part of a dotted name: behind a dot any word will do (`ColLabel`).
pub(super) fn begins_name(written: &their::ObjectName) -> Result<(), String> {
    match written.0.first() {
        Some(ObjectNamePart::Identifier(first)) => is_name(first),
        Some(ObjectNamePart::Function(_)) | None => Ok(()),
    }
}

/// The last two parts of a dotted name; a database before them is dropped.
pub(super) fn name(written: &their::ObjectName) -> QualifiedName {
    let mut parts = written.0.iter().rev().map(part);
    let last = parts.next().unwrap_or_else(|| Ident::new(""));
    QualifiedName {
        schema: parts.next(),
        name: last,
    }
}

/// The first part of a dotted name: the column of `SET a.field = ..`.
pub(super) fn first_part(written: &their::ObjectName) -> Ident {
    written.0.first().map_or_else(|| Ident::new(""), part)
}

fn part(part: &ObjectNamePart) -> Ident {
    match part {
        ObjectNamePart::Identifier(written) => ident(written),
        ObjectNamePart::Function(function) => ident(&function.name),
    }
}

pub(super) fn exprs(all: &[their::Expr]) -> Vec<Expr> {
    all.iter().map(expr).collect()
}

fn boxed(tree: &their::Expr) -> Box<Expr> {
    Box::new(expr(tree))
}

fn call(function: &str, args: Vec<Expr>) -> Expr {
    Expr::Call(Box::new(Call::new(QualifiedName::bare(function), args)))
}

/// One expression; never fails, what has no tree is `Expr::Unparsed`.
pub(super) fn expr(tree: &their::Expr) -> Expr {
    use their::Expr as E;
    let is = |inner: &their::Expr, test, negated| Expr::Is {
        expr: boxed(inner),
        test,
        negated,
    };
    let binary = |left: &their::Expr, op: &str, right: &their::Expr| Expr::Binary {
        left: boxed(left),
        op: op.to_owned(),
        right: boxed(right),
    };
    match tree {
        E::Identifier(word) if word.quote_style.is_none() => {
            if word.value.eq_ignore_ascii_case("default") {
                Expr::Default
            } else if word.value.eq_ignore_ascii_case("current_schema") {
                // A function that is called without parentheses (manual 18, section 9.27).
                call("current_schema", Vec::new())
            } else {
                Expr::Column(vec![ident(word)])
            }
        }
        E::Identifier(word) => Expr::Column(vec![ident(word)]),
        E::CompoundIdentifier(words) => Expr::Column(words.iter().map(ident).collect()),
        E::CompoundFieldAccess { root, access_chain } => access(root, access_chain),
        E::IsFalse(inner) => is(inner, IsTest::False, false),
        E::IsNotFalse(inner) => is(inner, IsTest::False, true),
        E::IsTrue(inner) => is(inner, IsTest::True, false),
        E::IsNotTrue(inner) => is(inner, IsTest::True, true),
        E::IsNull(inner) => is(inner, IsTest::Null, false),
        E::IsNotNull(inner) => is(inner, IsTest::Null, true),
        E::IsUnknown(inner) => is(inner, IsTest::Unknown, false),
        E::IsNotUnknown(inner) => is(inner, IsTest::Unknown, true),
        E::IsDistinctFrom(left, right) => binary(left, "IS DISTINCT FROM", right),
        E::IsNotDistinctFrom(left, right) => binary(left, "IS NOT DISTINCT FROM", right),
        E::IsJson { expr, .. } => call("is_json", vec![self::expr(expr)]),
        E::IsNormalized { expr, .. } => call("is_normalized", vec![self::expr(expr)]),
        E::In {
            expr: inner,
            target,
            negated,
            ..
        } => match target {
            InTarget::List(list) => Expr::InList {
                expr: boxed(inner),
                list: exprs(list),
                negated: *negated,
            },
            InTarget::Subquery(inside) => query(inside).map_or_else(
                |_| unparsed(tree),
                |inside| Expr::InSubquery {
                    expr: boxed(inner),
                    query: Box::new(inside),
                    negated: *negated,
                },
            ),
            InTarget::Unnest(_) | InTarget::Table { .. } => unparsed(tree),
        },
        E::Between {
            expr: inner,
            negated,
            low,
            high,
        } => Expr::Between {
            expr: boxed(inner),
            low: boxed(low),
            high: boxed(high),
            negated: *negated,
        },
        E::BinaryOp { .. } => chain(tree),
        E::Like {
            negated,
            any,
            expr: inner,
            pattern,
            ..
        } => like("LIKE", *negated, *any, inner, pattern),
        E::ILike {
            negated,
            any,
            expr: inner,
            pattern,
            ..
        } => like("ILIKE", *negated, *any, inner, pattern),
        E::SimilarTo {
            negated,
            expr: inner,
            pattern,
            ..
        } => like("SIMILAR TO", *negated, false, inner, pattern),
        E::AnyOp {
            left,
            compare_op,
            right,
            ..
        } => Expr::Quantified {
            left: boxed(left),
            op: operator(compare_op),
            right: boxed(right),
            all: false,
        },
        E::AllOp {
            left,
            compare_op,
            right,
        } => Expr::Quantified {
            left: boxed(left),
            op: operator(compare_op),
            right: boxed(right),
            all: true,
        },
        E::UnaryOp { op, expr: inner } => Expr::Unary {
            op: op.to_string(),
            expr: boxed(inner),
        },
        E::Cast {
            expr: inner,
            data_type,
            ..
        } => Expr::Cast {
            expr: boxed(inner),
            ty: type_name(data_type),
        },
        E::TypedString(typed) => Expr::Cast {
            expr: Box::new(value(&typed.value.value)),
            ty: type_name(&typed.data_type),
        },
        E::Interval(interval) => Expr::Cast {
            expr: boxed(&interval.value),
            ty: TypeName::plain("interval"),
        },
        E::AtTimeZone {
            timestamp,
            time_zone,
        } => call("timezone", vec![expr(time_zone), expr(timestamp)]),
        E::Extract {
            field, expr: inner, ..
        } => {
            let field = field.to_string().to_ascii_lowercase();
            call("extract", vec![Expr::String(field), expr(inner)])
        }
        E::Ceil { expr: inner, field } => rounded("ceil", inner, field),
        E::Floor { expr: inner, field } => rounded("floor", inner, field),
        E::Position { expr: inner, r#in } => call("position", vec![expr(inner), expr(r#in)]),
        E::Substring {
            expr: inner,
            substring_from,
            substring_for,
            shorthand,
            ..
        } => {
            let name = if *shorthand { "substr" } else { "substring" };
            with_more(name, inner, [substring_from, substring_for])
        }
        E::Trim {
            trim_what,
            expr: inner,
            trim_characters,
            ..
        } => {
            let mut args = vec![expr(inner)];
            args.extend(trim_what.iter().map(|what| expr(what)));
            args.extend(trim_characters.iter().flatten().map(expr));
            call("trim", args)
        }
        E::Overlay {
            expr: inner,
            overlay_what,
            overlay_from,
            overlay_for,
        } => {
            let mut args = vec![expr(inner), expr(overlay_what), expr(overlay_from)];
            args.extend(overlay_for.iter().map(|length| expr(length)));
            call("overlay", args)
        }
        E::Collate {
            expr: inner,
            collation,
        } => Expr::Collate {
            expr: boxed(inner),
            collation: name(collation),
        },
        E::Nested(inner) => expr(inner),
        E::Value(inner) => value(&inner.value),
        E::Function(function) => self::function(function).unwrap_or_else(|| unparsed(tree)),
        E::Case {
            operand,
            conditions,
            else_result,
            ..
        } => Expr::Case {
            operand: operand.as_ref().map(|inner| boxed(inner)),
            branches: conditions
                .iter()
                .map(|when| (expr(&when.condition), expr(&when.result)))
                .collect(),
            otherwise: else_result.as_ref().map(|inner| boxed(inner)),
        },
        E::Exists { subquery, negated } => subquery_as(tree, subquery, |query| Expr::Exists {
            query,
            negated: *negated,
        }),
        E::Subquery(inside) => subquery_as(tree, inside, Expr::Subquery),
        E::GroupingSets(sets) | E::Cube(sets) | E::Rollup(sets) => {
            Expr::Row(sets.iter().flatten().map(expr).collect())
        }
        E::Tuple(all) => Expr::Row(exprs(all)),
        E::Array(array) => Expr::Array(exprs(&array.elem)),
        E::Named { expr: inner, .. } => expr(inner),
        E::Wildcard(_) => Expr::Wildcard(None),
        E::QualifiedWildcard(table, _) => Expr::Wildcard(Some(name(table))),
        // Forms of other databases.
        _ => unparsed(tree),
    }
}

fn unparsed(tree: &their::Expr) -> Expr {
    Expr::Unparsed(tree.to_string())
}

fn subquery_as(
    tree: &their::Expr,
    inside: &their::Query,
    make: impl FnOnce(Box<super::ast::Query>) -> Expr,
) -> Expr {
    query(inside).map_or_else(|_| unparsed(tree), |inside| make(Box::new(inside)))
}

/// `a AND b AND c ..`: the left spine is walked in a loop, since it may be hundreds long.
fn chain(tree: &their::Expr) -> Expr {
    let mut rest = Vec::new();
    let mut first = tree;
    while let their::Expr::BinaryOp { left, op, right } = first {
        rest.push((op, right));
        first = left;
    }
    let mut rest = rest.into_iter().rev();
    let mut tree = operand(first, &mut rest);
    while let Some((op, right)) = rest.next() {
        tree = Expr::Binary {
            left: Box::new(tree),
            op: operator(op),
            right: Box::new(operand(right, &mut rest)),
        };
    }
    tree
}

/// An operand; behind the mark of a prefix operator that operator and its own.
fn operand<'a>(
    tree: &'a their::Expr,
    rest: &mut impl Iterator<Item = (&'a their::BinaryOperator, &'a Box<their::Expr>)>,
) -> Expr {
    let mut prefixes = Vec::new();
    let mut tree = tree;
    while is_prefix(tree)
        && let Some((op, right)) = rest.next()
    {
        prefixes.push(operator(op));
        tree = right;
    }
    prefixes
        .into_iter()
        .rev()
        .fold(expr(tree), |inner, op| Expr::Unary {
            op,
            expr: Box::new(inner),
        })
}

/// Whether it is the mark before a prefix operator.
fn is_prefix(tree: &their::Expr) -> bool {
    let their::Expr::Identifier(word) = tree else {
        return false;
    };
    let inner = word.value.strip_prefix(EXCISED);
    word.quote_style.is_some() && inner == Some(PREFIX)
}

/// An operator as written, but for its schema, which is as it is stored.
fn operator(op: &their::BinaryOperator) -> String {
    let their::BinaryOperator::PGCustomBinaryOperator(parts) = op else {
        return op.to_string();
    };
    match parts.as_slice() {
        [.., schema, name] => {
            let inner = schema
                .strip_prefix('"')
                .and_then(|rest| rest.strip_suffix('"'));
            let schema = match inner {
                Some(inner) => Ident::new(inner.replace("\"\"", "\"")),
                None => Ident::folded(schema),
            };
            format!("OPERATOR({schema}.{name})")
        }
        parts => parts.concat(),
    }
}

fn like(word: &str, negated: bool, any: bool, left: &their::Expr, pattern: &their::Expr) -> Expr {
    let op = format!("{}{word}", if negated { "NOT " } else { "" });
    let (left, right) = (boxed(left), boxed(pattern));
    if any {
        let all = false;
        Expr::Quantified {
            left,
            op,
            right,
            all,
        }
    } else {
        Expr::Binary { left, op, right }
    }
}

fn rounded(function: &str, inner: &their::Expr, field: &CeilFloorKind) -> Expr {
    let mut args = vec![expr(inner)];
    if let CeilFloorKind::Scale(scale) = field {
        args.push(value(&scale.value));
    }
    call(function, args)
}

fn with_more(function: &str, first: &their::Expr, more: [&Option<Box<their::Expr>>; 2]) -> Expr {
    let more = more.into_iter().flatten().map(|inner| expr(inner));
    call(function, std::iter::once(expr(first)).chain(more).collect())
}

fn value(value: &Value) -> Expr {
    match value {
        Value::Number(digits, _) => Expr::Number(digits.clone()),
        Value::Boolean(truth) => Expr::Boolean(*truth),
        Value::Null => Expr::Null,
        Value::Placeholder(text) => text
            .strip_prefix('$')
            .and_then(|digits| digits.parse().ok())
            .map_or_else(|| Expr::Unparsed(text.clone()), Expr::Parameter),
        Value::SingleQuotedString(text)
        | Value::EscapedStringLiteral(text)
        | Value::UnicodeStringLiteral(text)
        | Value::NationalStringLiteral(text) => Expr::String(text.clone()),
        Value::DollarQuotedString(quoted) => Expr::String(quoted.value.clone()),
        Value::SingleQuotedByteStringLiteral(bits) | Value::HexStringLiteral(bits) => Expr::Cast {
            expr: Box::new(Expr::String(bits.clone())),
            ty: TypeName::plain("bit"),
        },
        other => Expr::Unparsed(other.to_string()),
    }
}

/// What follows a value: names behind dots, and subscripts. A name without parentheses around what is before it is
/// that of a column, `t.a[1]`, and else that of a field, `(t.a).b` (manual 18, section 8.16.3).
fn access(root: &their::Expr, chain: &[AccessExpr]) -> Expr {
    use their::Expr as E;
    let bare = matches!(root, E::Identifier(_) | E::CompoundIdentifier(_));
    chain.iter().fold(expr(root), |inner, step| match step {
        AccessExpr::Dot(field) => match expr(field) {
            Expr::Column(mut parts) => match (parts.pop(), inner) {
                (Some(name), Expr::Column(mut qualified)) if bare => {
                    qualified.push(name);
                    Expr::Column(qualified)
                }
                (Some(field), inner) => Expr::Field {
                    expr: Box::new(inner),
                    field,
                },
                (None, inner) => inner,
            },
            other => Expr::Unparsed(format!("{other:?}")),
        },
        AccessExpr::Subscript(Subscript::Index { index }) => Expr::Subscript {
            expr: Box::new(inner),
            indexes: vec![expr(index)],
        },
        AccessExpr::Subscript(Subscript::Slice {
            lower_bound,
            upper_bound,
            ..
        }) => Expr::Subscript {
            expr: Box::new(inner),
            indexes: [lower_bound, upper_bound]
                .into_iter()
                .flatten()
                .map(expr)
                .collect(),
        },
    })
}

/// A call; nothing when a subquery inside it cannot be read.
pub(super) fn function(function: &their::Function) -> Option<Expr> {
    let name = name(&function.name);
    let mut made = Call::new(name, Vec::new());
    match &function.args {
        FunctionArguments::None => {}
        FunctionArguments::Subquery(inside) => {
            let inside = Box::new(query(inside).ok()?);
            if made.name == QualifiedName::bare("array") {
                return Some(Expr::ArraySubquery(inside));
            }
            made.args.push(Expr::Subquery(inside));
        }
        FunctionArguments::List(list) => {
            made.args = list.args.iter().flat_map(argument).collect();
            made.named = list.args.iter().filter_map(argument_name).collect();
            made.distinct = list.duplicate_treatment == Some(their::DuplicateTreatment::Distinct);
            for clause in &list.clauses {
                if let FunctionArgumentClause::OrderBy(order) = clause {
                    made.order_by.extend(order.iter().map(|by| expr(&by.expr)));
                }
            }
        }
    }
    if made.name == QualifiedName::bare("row") {
        return Some(Expr::Row(made.args));
    }
    if made.name == QualifiedName::bare("values") {
        let rows = vec![made.args];
        return Some(Expr::Subquery(Box::new(bare(QueryBody::Values(rows)))));
    }
    if made.name == QualifiedName::bare("normalize") {
        made.args.truncate(1);
    }
    made.order_by
        .extend(function.within_group.iter().map(|by| expr(&by.expr)));
    made.filter = function.filter.as_ref().map(|filter| expr(filter));
    made.over = function.over.as_ref().map(|over| match over {
        WindowType::WindowSpec(spec) => window(spec),
        WindowType::NamedWindow(_) => Vec::new(),
    });
    Some(Expr::Call(Box::new(made)))
}

/// The partition and order expressions of a window.
pub(super) fn window(spec: &WindowSpec) -> Vec<Expr> {
    let order = spec.order_by.iter().map(|by| &by.expr);
    spec.partition_by.iter().chain(order).map(expr).collect()
}

/// `name => value`; the constructors of JSON write their keys in another way.
fn argument_name(argument: &FunctionArg) -> Option<Ident> {
    match argument {
        FunctionArg::Named {
            name,
            operator: FunctionArgOperator::RightArrow | FunctionArgOperator::Assignment,
            ..
        } => Some(ident(name)),
        FunctionArg::ExprNamed {
            name: their::Expr::Identifier(name),
            operator: FunctionArgOperator::RightArrow | FunctionArgOperator::Assignment,
            ..
        } => Some(ident(name)),
        _ => None,
    }
}

/// The values of an argument; of `key: value` in a JSON constructor both.
pub(super) fn argument(argument: &FunctionArg) -> Vec<Expr> {
    let value = |arg: &FunctionArgExpr| match arg {
        FunctionArgExpr::Expr(inner) => expr(inner),
        FunctionArgExpr::QualifiedWildcard(table) => Expr::Wildcard(Some(name(table))),
        FunctionArgExpr::Wildcard | FunctionArgExpr::WildcardWithOptions(_) => Expr::Wildcard(None),
    };
    match argument {
        FunctionArg::Named { arg, .. } | FunctionArg::Unnamed(arg) => vec![value(arg)],
        FunctionArg::ExprNamed { arg, .. } if argument_name(argument).is_some() => vec![value(arg)],
        FunctionArg::ExprNamed { name, arg, .. } => vec![expr(name), value(arg)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The operators of an expression as written, `name/1` those that stand before their operand.
    fn operators(text: &str) -> Vec<String> {
        fn all(expr: &Expr, found: &mut Vec<String>) {
            match expr {
                Expr::Binary { left, op, right } => {
                    all(left, found);
                    found.push(op.clone());
                    all(right, found);
                }
                Expr::Unary { op, expr } => {
                    found.push(format!("{op}/1"));
                    all(expr, found);
                }
                _ => {}
            }
        }
        let mut found = Vec::new();
        all(&parse_expr(text), &mut found);
        found
    }

    #[test]
    fn operators_are_read_whole() {
        for (text, expected) in [
            ("a <+> 1", "<+>"),
            ("a === 'x'", "==="),
            ("a@@@ b", "@@@"),
            ("a<-1", "< -/1"),
            ("a>=-1", ">= -/1"),
            ("a<>-1", "<> -/1"),
            ("a=-1", "= -/1"),
            ("a=@id", "="),
            ("a |+ b", "|+"),
            ("!@ a + b", "!@/1 +"),
            ("a <+> !@ !@ b <+> c", "<+> !@/1 !@/1 <+>"),
            ("a OPERATOR(S.<+>) b", "OPERATOR(s.<+>)"),
            ("a OPERATOR(\"S 2\".<+>) b", "OPERATOR(S 2.<+>)"),
            ("1 + (OPERATOR(s.!@) b)", "+ OPERATOR(s.!@)/1"),
        ] {
            assert_eq!(operators(text).join(" "), expected, "{text}");
        }
    }
}
