//! sqlparser's `FROM` to ours: relations, subqueries, functions and joins.

use sqlparser::ast as their;
use sqlparser::ast::{JoinOperator, JsonTableColumn, TableFactor, TableInheritance};

use super::ast::{
    Alias, Call, Expr, FromItem, Ident, JoinConstraint, JoinKind, QualifiedName, QueryBody, Select,
    SelectItem,
};
use super::expr::{argument, begins_name, expr, exprs, ident, is_name, name};
use super::query::{bare, query};

/// The items of `FROM`, in order.
pub(super) fn from_items(all: &[their::TableWithJoins]) -> Result<Vec<FromItem>, String> {
    all.iter().map(joined).collect()
}

fn joined(tree: &their::TableWithJoins) -> Result<FromItem, String> {
    tree.joins
        .iter()
        .try_fold(from_item(&tree.relation)?, |left, join| {
            use JoinOperator as J;
            let (kind, constraint) = match &join.join_operator {
                J::Join(on) | J::Inner(on) => (JoinKind::Inner, on),
                J::Left(on) | J::LeftOuter(on) => (JoinKind::Left, on),
                J::Right(on) | J::RightOuter(on) => (JoinKind::Right, on),
                J::FullOuter(on) => (JoinKind::Full, on),
                J::CrossJoin(on) => (JoinKind::Cross, on),
                _ => return Err("a join PostgreSQL does not have".to_owned()),
            };
            Ok(FromItem::Join {
                left: Box::new(left),
                right: Box::new(from_item(&join.relation)?),
                kind,
                constraint: match constraint {
                    their::JoinConstraint::On(on) => JoinConstraint::On(expr(on)),
                    their::JoinConstraint::Using(columns)
                    | their::JoinConstraint::UsingAlias(columns, _) => JoinConstraint::Using(
                        columns.iter().map(|column| name(column).name).collect(),
                    ),
                    their::JoinConstraint::Natural => JoinConstraint::Natural,
                    their::JoinConstraint::None => JoinConstraint::None,
                },
            })
        })
}

/// One item without the joins after it.
pub(super) fn from_item(tree: &TableFactor) -> Result<FromItem, String> {
    Ok(match tree {
        TableFactor::Table {
            name: function,
            alias: given,
            args: None,
            with_ordinality,
            ..
        } if is_value_function(function) => {
            call(name(function), &[], alias(given)?, *with_ordinality)
        }
        TableFactor::Table {
            name: table,
            alias: given,
            args: None,
            inheritance,
            ..
        } => {
            begins_name(table)?;
            FromItem::Relation {
                name: name(table),
                alias: alias(given)?,
                only: matches!(inheritance, Some(TableInheritance::Only { .. })),
            }
        }
        TableFactor::Table {
            name: function,
            alias: given,
            args: Some(args),
            with_ordinality,
            ..
        } => call(name(function), &args.args, alias(given)?, *with_ordinality),
        TableFactor::Function {
            name: function,
            args,
            with_ordinality,
            alias: given,
            ..
        } => call(name(function), args, alias(given)?, *with_ordinality),
        TableFactor::Derived {
            lateral,
            subquery,
            alias: given,
            ..
        } => FromItem::Subquery {
            query: Box::new(query(subquery)?),
            alias: alias(given)?,
            lateral: *lateral,
        },
        TableFactor::TableFunction {
            expr: function,
            alias: given,
        } => FromItem::Function {
            call: expr(function),
            alias: alias(given)?,
            ordinality: false,
        },
        TableFactor::UNNEST {
            alias: given,
            array_exprs,
            with_ordinality,
            ..
        } => FromItem::Function {
            call: made("unnest", exprs(array_exprs)),
            alias: alias(given)?,
            ordinality: *with_ordinality,
        },
        TableFactor::JsonTable {
            json_expr,
            columns,
            alias: given,
            ..
        } => table_function(
            "json_table",
            expr(json_expr),
            alias(given)?,
            json_columns(columns),
        ),
        TableFactor::XmlTable {
            row_expression,
            passing,
            columns,
            alias: given,
            ..
        } => {
            let mut args = vec![expr(row_expression)];
            args.extend(
                passing
                    .arguments
                    .iter()
                    .map(|argument| expr(&argument.expr)),
            );
            let columns = columns.iter().map(|column| ident(&column.name)).collect();
            table_function("xmltable", Expr::Row(args), alias(given)?, columns)
        }
        TableFactor::NestedJoin {
            table_with_joins,
            alias: None,
        } => joined(table_with_joins)?,
        // `(a JOIN b ..) AS c` hides a and b, as a subquery does (manual 18, section 7.2.1.2).
        TableFactor::NestedJoin {
            table_with_joins,
            alias: given @ Some(_),
        } => FromItem::Subquery {
            query: Box::new(bare(QueryBody::Select(Box::new(Select {
                projection: vec![SelectItem::Wildcard],
                from: vec![joined(table_with_joins)?],
                ..Select::default()
            })))),
            alias: alias(given)?,
            lateral: true,
        },
        TableFactor::OpenJsonTable { .. }
        | TableFactor::Pivot { .. }
        | TableFactor::Unpivot { .. }
        | TableFactor::UnpivotExpr { .. }
        | TableFactor::MatchRecognize { .. }
        | TableFactor::SemanticView { .. } => {
            return Err("a table expression PostgreSQL does not have".to_owned());
        }
    })
}

/// `AS name (columns)`.
pub(super) fn alias(given: &Option<their::TableAlias>) -> Result<Option<Alias>, String> {
    let Some(alias) = given else {
        return Ok(None);
    };
    is_name(&alias.name)?;
    Ok(Some(Alias {
        name: ident(&alias.name),
        columns: alias.columns.iter().map(|c| ident(&c.name)).collect(),
    }))
}

/// Whether a word alone is a function, which FROM takes like any other (`func_expr_common_subexpr` of the grammar).
fn is_value_function(written: &their::ObjectName) -> bool {
    let [their::ObjectNamePart::Identifier(only)] = written.0.as_slice() else {
        return false;
    };
    const WORDS: [&str; 11] = [
        "current_catalog",
        "current_date",
        "current_role",
        "current_schema",
        "current_time",
        "current_timestamp",
        "current_user",
        "localtime",
        "localtimestamp",
        "session_user",
        "user",
    ];
    let is = |word: &&str| only.value.eq_ignore_ascii_case(word);
    only.quote_style.is_none() && WORDS.iter().any(is)
}

fn made(function: &str, args: Vec<Expr>) -> Expr {
    Expr::Call(Box::new(Call::new(QualifiedName::bare(function), args)))
}

fn call(
    function: QualifiedName,
    args: &[their::FunctionArg],
    alias: Option<Alias>,
    ordinality: bool,
) -> FromItem {
    let args = args.iter().flat_map(argument).collect();
    FromItem::Function {
        call: Expr::Call(Box::new(Call::new(function, args))),
        alias,
        ordinality,
    }
}

/// A function that names its own columns.
fn table_function(
    function: &str,
    argument: Expr,
    alias: Option<Alias>,
    columns: Vec<Ident>,
) -> FromItem {
    let mut alias = alias.unwrap_or_else(|| Alias {
        name: Ident::new(function),
        columns: Vec::new(),
    });
    let named = alias.columns.len().min(columns.len());
    alias.columns.extend(columns.into_iter().skip(named));
    FromItem::Function {
        call: made(function, vec![argument]),
        alias: Some(alias),
        ordinality: false,
    }
}

fn json_columns(columns: &[JsonTableColumn]) -> Vec<Ident> {
    columns
        .iter()
        .flat_map(|column| match column {
            JsonTableColumn::Named(named) => vec![ident(&named.name)],
            JsonTableColumn::ForOrdinality(name) => vec![ident(name)],
            JsonTableColumn::Nested(nested) => json_columns(&nested.columns),
        })
        .collect()
}
