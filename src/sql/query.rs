//! sqlparser's queries and data changes to ours.

use sqlparser::ast as their;
use sqlparser::ast::{
    FromTable, GroupByExpr, LimitClause, LockClause, LockType, NonBlock, OrderByKind, OutputClause,
    SelectItemQualifiedWildcardKind, SetExpr, SetQuantifier, Statement,
};

use sqlparser::keywords::Keyword;

use super::ast::{
    Behavior, Change, Copied, Cte, Delete, Expr, Ident, QualifiedName, Query, QueryBody, Select,
    SelectItem,
};
use super::dml;
use super::expr::{expr, exprs, ident, is_name, name, window};
use super::from::from_items;
use super::mend::{EXCISED, read};
use super::rewrite::ADDS;

/// Reads one query of an application.
///
/// # Errors
/// A lower-case fragment that says what could not be read.
pub fn parse_query(text: &str) -> Result<Query, String> {
    let first = text.split_whitespace().next().unwrap_or_default();
    if first.eq_ignore_ascii_case("copy") {
        return copied(text);
    }
    if first.eq_ignore_ascii_case("call") {
        // It runs what SELECT of a function runs.
        let called = text.trim_start().get("call".len()..).unwrap_or_default();
        return parse_query(&format!("SELECT {}", called.trim_start()));
    }
    let around = [
        "explain", "declare", "prepare", "truncate", "lock", "refresh",
    ];
    if around.iter().any(|word| first.eq_ignore_ascii_case(word)) {
        return inside(text);
    }
    read(text, |parser| {
        if parser.peek_keyword(Keyword::TABLE) {
            return parser.parse_query().map(|tree| query(&tree));
        }
        parser.parse_statement().map(|tree| statement(&tree))
    })?
}

/// A COPY, which sqlparser does not read whole.
fn copied(text: &str) -> Result<Query, String> {
    let not_read = || "COPY could not be read".to_owned();
    let statement = super::parse(text).statements.into_iter().next();
    let copy = match statement.ok_or_else(not_read)?.change {
        Change::Copy {
            query: Some(query), ..
        } => Copied::Query(query),
        Change::Copy {
            table: Some(target),
            columns,
            from,
            query: None,
        } => Copied::Table {
            target,
            columns,
            from,
        },
        _ => return Err(not_read()),
    };
    Ok(bare(QueryBody::Copy(copy)))
}

/// The query inside a statement, or one that needs of the schema what it needs: TRUNCATE deletes, LOCK and REFRESH name
/// what has to be there.
fn inside(text: &str) -> Result<Query, String> {
    let statement = super::parse(text).statements.into_iter().next();
    let not_read = || "this statement could not be read".to_owned();
    let named = |tables: &[QualifiedName]| {
        let tables: Vec<_> = tables.iter().map(QualifiedName::to_sql).collect();
        parse_query(&format!("SELECT FROM {}", tables.join(", ")))
    };
    match statement.ok_or_else(not_read)?.change {
        Change::Utility {
            query: Some(query), ..
        } => Ok(*query),
        Change::Truncate {
            tables, behavior, ..
        } => match tables.as_slice() {
            [table] => Ok(bare(QueryBody::Delete(Box::new(Delete {
                target: table.clone(),
                only: false,
                alias: None,
                using: Vec::new(),
                filter: None,
                returning: Vec::new(),
                truncates: behavior != Behavior::Cascade,
            })))),
            tables => named(tables),
        },
        Change::Lock { tables, .. } => named(&tables),
        Change::RefreshMaterializedView { name, .. } => named(&[name]),
        _ => Err(not_read()),
    }
}

fn statement(tree: &Statement) -> Result<Query, String> {
    let body = match tree {
        Statement::Query(inside) => return query(inside),
        other => change(other)?,
    };
    Ok(bare(body))
}

fn change(tree: &Statement) -> Result<QueryBody, String> {
    match tree {
        Statement::Insert(insert) => dml::insert(insert),
        Statement::Update(update) => dml::update(update),
        Statement::Delete(delete) => dml::delete(delete),
        Statement::Merge(merge) => dml::merge(merge),
        other => {
            let text = other.to_string();
            let word = text.split_whitespace().next().unwrap_or("this");
            Err(format!("{word} is neither a query nor a data change"))
        }
    }
}

/// A statement without `WITH`, order or limit.
pub(super) fn bare(body: QueryBody) -> Query {
    Query {
        with: Vec::new(),
        recursive: false,
        body,
        order_by: Vec::new(),
        limit: None,
        offset: None,
        locking: Vec::new(),
    }
}

/// A query, a nested one too.
pub(super) fn query(tree: &their::Query) -> Result<Query, String> {
    let mut made = bare(body(&tree.body)?);
    if let Some(with) = &tree.with {
        made.recursive = with.recursive;
        for cte in &with.cte_tables {
            is_name(&cte.alias.name)?;
            let mut inside = query(&cte.query)?;
            let added = added(&mut inside);
            made.with.push(Cte {
                name: ident(&cte.alias.name),
                columns: cte.alias.columns.iter().map(|c| ident(&c.name)).collect(),
                query: inside,
                added,
            });
        }
    }
    made.order_by = match tree.order_by.as_ref().map(|order| &order.kind) {
        None => Vec::new(),
        Some(OrderByKind::Expressions(all)) => all.iter().map(|by| expr(&by.expr)).collect(),
        Some(OrderByKind::All(_)) => return Err("ORDER BY ALL is not PostgreSQL's".to_owned()),
    };
    match &tree.limit_clause {
        None => {}
        Some(LimitClause::LimitOffset { limit, offset, .. }) => {
            made.limit = limit.as_ref().map(expr);
            made.offset = offset.as_ref().map(|offset| expr(&offset.value));
        }
        Some(LimitClause::OffsetCommaLimit { offset, limit }) => {
            made.limit = Some(expr(limit));
            made.offset = Some(expr(offset));
        }
    }
    if let Some(fetch) = &tree.fetch {
        made.limit = Some(match &fetch.quantity {
            Some(quantity) => expr(quantity),
            None => Expr::Number("1".to_owned()),
        });
    }
    made.locking = tree.locks.iter().map(lock).collect();
    Ok(made)
}

/// Takes out the columns that the rewriter has carried in a lock clause.
fn added(query: &mut Query) -> Vec<Ident> {
    let mut added = Vec::new();
    query.locking.retain(|words| match words.split_once(ADDS) {
        Some((_, names)) => {
            added.extend(names.split(',').map(Ident::new));
            false
        }
        None => true,
    });
    added
}

fn lock(clause: &LockClause) -> String {
    let carried = clause.of.as_ref().map(name);
    if let Some(words) =
        carried.and_then(|of| of.name.as_str().strip_prefix(EXCISED).map(str::to_owned))
    {
        return words;
    }
    let strength = match clause.lock_type {
        LockType::Share => "FOR SHARE",
        LockType::Update => "FOR UPDATE",
    };
    let of = clause.of.as_ref().map(|of| format!(" OF {}", name(of)));
    let of = of.unwrap_or_default();
    let wait = match clause.nonblock {
        Some(NonBlock::Nowait) => " NOWAIT",
        Some(NonBlock::SkipLocked) => " SKIP LOCKED",
        None => "",
    };
    format!("{strength}{of}{wait}")
}

fn body(tree: &SetExpr) -> Result<QueryBody, String> {
    // The left spine of a set operation may be hundreds long: it is walked in a loop.
    let mut rest = Vec::new();
    let mut first = tree;
    while let SetExpr::SetOperation {
        left,
        op,
        set_quantifier,
        right,
    } = first
    {
        let all = match set_quantifier {
            SetQuantifier::All | SetQuantifier::AllByName => " ALL",
            SetQuantifier::Distinct
            | SetQuantifier::DistinctByName
            | SetQuantifier::ByName
            | SetQuantifier::None => "",
        };
        rest.push((format!("{op}{all}"), right));
        first = left;
    }
    let mut made = operand(first)?;
    for (op, right) in rest.into_iter().rev() {
        made = QueryBody::SetOperation {
            op,
            left: Box::new(bare(made)),
            right: Box::new(bare(body(right)?)),
        };
    }
    Ok(made)
}

fn operand(tree: &SetExpr) -> Result<QueryBody, String> {
    Ok(match tree {
        SetExpr::Select(inside) => QueryBody::Select(Box::new(select(inside)?)),
        SetExpr::Query(inside) => QueryBody::Nested(Box::new(query(inside)?)),
        SetExpr::SetOperation { .. } => body(tree)?,
        SetExpr::Values(values) => {
            QueryBody::Values(values.rows.iter().map(|row| exprs(row)).collect())
        }
        SetExpr::Insert(inside)
        | SetExpr::Update(inside)
        | SetExpr::Delete(inside)
        | SetExpr::Merge(inside) => change(inside)?,
        SetExpr::Table(table) => QueryBody::Table(QualifiedName {
            schema: table.schema_name.as_ref().map(ident),
            name: table
                .table_name
                .as_ref()
                .map(ident)
                .ok_or("TABLE without a name")?,
        }),
    })
}

fn select(tree: &their::Select) -> Result<Select, String> {
    let mut made = Select {
        projection: items(&tree.projection)?,
        from: from_items(&tree.from)?,
        filter: tree.selection.as_ref().map(expr),
        having: tree.having.as_ref().map(expr),
        ..Select::default()
    };
    match &tree.distinct {
        Some(their::Distinct::Distinct) => made.distinct = true,
        Some(their::Distinct::On(all)) => {
            made.distinct = true;
            made.distinct_on = exprs(all);
        }
        Some(their::Distinct::All) | None => {}
    }
    if let Some(into) = &tree.into {
        made.into = match into.targets.as_slice() {
            [their::Expr::Identifier(word)] => Some(QualifiedName::bare(ident(word))),
            [their::Expr::CompoundIdentifier(words)] => {
                let mut parts = words.iter().rev().map(ident);
                let last = parts.next().ok_or("INTO without a name")?;
                Some(QualifiedName {
                    schema: parts.next(),
                    name: last,
                })
            }
            _ => return Err("INTO something that is no table".to_owned()),
        };
    }
    if let GroupByExpr::Expressions(all, _) = &tree.group_by {
        made.group_by = exprs(all);
    }
    for their::NamedWindowDefinition(_, definition) in &tree.named_window {
        if let their::NamedWindowExpr::WindowSpec(spec) = definition {
            made.windows.extend(window(spec));
        }
    }
    Ok(made)
}

/// A select or returning list.
pub(super) fn items(all: &[their::SelectItem]) -> Result<Vec<SelectItem>, String> {
    all.iter()
        .map(|item| {
            Ok(match item {
                their::SelectItem::UnnamedExpr(value) => SelectItem::Expr {
                    expr: expr(value),
                    alias: None,
                },
                their::SelectItem::ExprWithAlias { expr: value, alias } => SelectItem::Expr {
                    expr: expr(value),
                    alias: Some(ident(alias)),
                },
                their::SelectItem::Wildcard(_) => SelectItem::Wildcard,
                their::SelectItem::QualifiedWildcard(kind, _) => match kind {
                    SelectItemQualifiedWildcardKind::ObjectName(table) => {
                        SelectItem::QualifiedWildcard(name(table))
                    }
                    SelectItemQualifiedWildcardKind::Expr(value) => SelectItem::Expr {
                        expr: Expr::Field {
                            expr: Box::new(expr(value)),
                            field: Ident::new("*"),
                        },
                        alias: None,
                    },
                },
                their::SelectItem::ExprWithAliases { .. } => {
                    return Err("several names for one value".to_owned());
                }
            })
        })
        .collect()
}

/// `RETURNING`, which sqlparser keeps in either of two places.
pub(super) fn returning(
    list: &Option<Vec<their::SelectItem>>,
    output: &Option<OutputClause>,
) -> Result<Vec<SelectItem>, String> {
    match (list, output) {
        (Some(list), _) => items(list),
        (
            None,
            Some(
                OutputClause::Returning { select_items, .. }
                | OutputClause::Output { select_items, .. },
            ),
        ) => items(select_items),
        (None, None) => Ok(Vec::new()),
    }
}

/// The tables of a `DELETE FROM`.
pub(super) fn deleted(from: &FromTable) -> &[their::TableWithJoins] {
    match from {
        FromTable::WithFromKeyword(tables) | FromTable::WithoutKeyword(tables) => tables,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every form must be read whole, with nothing in it left unparsed.
    const READ: &str = include_str!("../../migrations-fixtures/statements/queries.sql");

    #[test]
    fn forms_are_read() {
        let mut lost = Vec::new();
        for text in READ
            .split(";\n")
            .map(str::trim)
            .filter(|text| !text.is_empty())
        {
            match parse_query(text) {
                Err(reason) => lost.push(format!("{text}\n    {reason}")),
                Ok(tree) if format!("{tree:?}").contains("Unparsed") => {
                    lost.push(format!("{text}\n    unparsed: {tree:?}"));
                }
                Ok(_) => {}
            }
        }
        assert!(lost.is_empty(), "{}", lost.join("\n"));
    }

    #[test]
    fn placeholders_are_numbered() {
        let numbers = |text: &str| {
            let tree = format!("{:?}", parse_query(text));
            let found = tree.match_indices("Parameter(").map(|(at, word)| {
                tree[at + word.len()..]
                    .chars()
                    .take_while(char::is_ascii_digit)
                    .collect::<String>()
            });
            found.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(numbers("SELECT $2, $1"), "2 1");
        assert_eq!(
            numbers("SELECT a FROM t WHERE a = ? AND b IN (?, ?) LIMIT ?"),
            "1 2 3 4"
        );
        assert_eq!(numbers("SELECT :a, :b::int, :a"), "1 2 1");
        assert_eq!(numbers("SELECT @a, sqlc.arg(b), sqlc.narg('a')"), "1 2 1");
        assert_eq!(
            numbers("SELECT doc ? 'k', a[1:2], b::text, x @> y FROM t"),
            ""
        );
    }

    #[test]
    fn arbiters_and_locks_keep_their_text() {
        let text = "INSERT INTO t (a) VALUES (1) ON CONFLICT (lower(a), b) WHERE c DO NOTHING";
        let tree = format!("{:?}", parse_query(text));
        assert!(
            tree.contains(r#"Ident("lower")"#) && tree.contains(r#"Column([Ident("b")])"#),
            "{tree}"
        );
        let text = "SELECT 1 FROM t, u FOR NO KEY UPDATE OF t, u SKIP LOCKED FOR SHARE NOWAIT";
        let locking = parse_query(text).map(|query| query.locking);
        let expected =
            ["FOR NO KEY UPDATE OF t, u SKIP LOCKED", "FOR SHARE NOWAIT"].map(str::to_owned);
        assert_eq!(locking, Ok(expected.to_vec()));
    }

    #[test]
    fn deep_and_broken_text_is_refused() {
        for text in [
            format!("SELECT {}1{}", "(".repeat(20_000), ")".repeat(20_000)),
            format!("SELECT 1{}", " + 1".repeat(20_000)),
            format!("SELECT 1{}", " UNION SELECT 1".repeat(20_000)),
            format!("SELECT {}1", "- ".repeat(20_000)),
            format!("SELECT {}1", "(SELECT ".repeat(20_000)),
            format!("SELECT 1{}", "::int".repeat(20_000)),
            "SELECT 'a".to_owned(),
            "SELECT 1; SELECT 2".to_owned(),
            "CREATE TABLE t (a int)".to_owned(),
            String::new(),
            "\u{1}\0".to_owned(),
        ] {
            assert!(
                parse_query(&text).is_err(),
                "{}",
                text.get(..60).unwrap_or(&text)
            );
        }
        let long = format!("SELECT 1 IN ({}1)", "1, ".repeat(20_000));
        assert!(parse_query(&long).is_ok());
    }
}
