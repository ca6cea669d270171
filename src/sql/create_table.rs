//! Reads `CREATE TABLE` in all its forms.

use super::ast::{
    Change, CreateAs, CreateTable, Ident, LikeClause, PartitionBy, PartitionOf, Persistence,
    QualifiedName,
};
use super::column::{column_def, typed_column};
use super::constraint::{is_table_constraint, table_constraint};
use super::index::{index_elements, options};
use super::query::parse_query;
use super::reader::{Read, Reader};

/// Reads what follows `CREATE [TEMPORARY | UNLOGGED] TABLE`.
pub(crate) fn create_table(r: &mut Reader<'_>, persistence: Persistence) -> Read<Change> {
    let if_not_exists = r.eat("if not exists");
    let mut table = empty(r.name()?, persistence);
    table.if_not_exists = if_not_exists;
    let rest = definition(r, &mut table);
    r.noted("table", rest);
    r.finish("table");
    Ok(Change::CreateTable(Box::new(table)))
}

/// A table of which only the name is known.
pub(crate) fn empty(name: QualifiedName, persistence: Persistence) -> CreateTable {
    CreateTable {
        name,
        persistence,
        if_not_exists: false,
        columns: Vec::new(),
        constraints: Vec::new(),
        likes: Vec::new(),
        inherits: Vec::new(),
        of_type: None,
        partition_of: None,
        partition_by: None,
        as_query: None,
        access_method: None,
        options: Vec::new(),
        tablespace: None,
        server: None,
        on_commit_drop: false,
    }
}

fn definition(r: &mut Reader<'_>, table: &mut CreateTable) -> Read<()> {
    let mut with_types = true;
    if r.eat("of") {
        table.of_type = Some(r.name()?);
        with_types = false;
    } else if r.eat("partition of") {
        let parent = r.name()?;
        let bound = String::new();
        table.partition_of = Some(PartitionOf { parent, bound });
        with_types = false;
    }
    let mut names = Vec::new();
    if r.is_punct(b'(') {
        let mut inner = r.parens()?;
        if table.of_type.is_none() && is_names_of_a_query(&inner, r) {
            names = inner.list(Reader::ident)?;
            inner.finish("columns of the table");
        } else {
            elements(&mut inner, table, with_types);
        }
    }
    if let Some(partition) = &mut table.partition_of {
        partition.bound = partition_bound(r)?;
    }
    while clause(r, table)? {}
    if r.eat("as") {
        table.as_query = Some(Box::new(create_as(r, names)));
    }
    Ok(())
}

/// Whether the parentheses hold names alone and a query follows: `CREATE TABLE t (a, b) AS ..`.
fn is_names_of_a_query(inner: &Reader<'_>, after: &Reader<'_>) -> bool {
    let mut after = after.clone();
    after.until_any(&["as"]);
    let names = inner
        .clone()
        .items()
        .iter()
        .all(|item| item.clone().peek_at(1).is_none());
    names && after.is("as")
}

fn elements(r: &mut Reader<'_>, table: &mut CreateTable, with_types: bool) {
    for mut item in r.items() {
        if item.is_end() {
            r.note("table: nothing stands between two commas");
        } else if item.eat("like") {
            let like = like(&mut item);
            table.likes.extend(item.noted("LIKE", like));
            item.finish("LIKE");
        } else if is_table_constraint(&item) {
            let constraint = table_constraint(&mut item);
            table
                .constraints
                .extend(item.noted("constraint", constraint));
            item.finish("constraint");
        } else {
            let column = if with_types {
                column_def(&mut item)
            } else {
                typed_column(&mut item)
            };
            table.columns.extend(item.noted("column", column));
        }
    }
}

fn like(r: &mut Reader<'_>) -> Read<LikeClause> {
    const ALL: [&str; 9] = [
        "COMMENTS",
        "COMPRESSION",
        "CONSTRAINTS",
        "DEFAULTS",
        "GENERATED",
        "IDENTITY",
        "INDEXES",
        "STATISTICS",
        "STORAGE",
    ];
    let source = r.name()?;
    let mut including: Vec<String> = Vec::new();
    while let Some(word) = r.eat_any(&["including", "excluding"]) {
        let what = r.word()?.to_ascii_uppercase();
        let named = |one: &str| what == "ALL" || what == one;
        including.retain(|one| !named(one));
        if word == "including" && what == "ALL" {
            including.extend(ALL.map(str::to_owned));
        } else if word == "including" {
            including.push(what);
        }
    }
    Ok(LikeClause { source, including })
}

/// Reads `DEFAULT` or `FOR VALUES ..` and gives it as written.
pub(crate) fn partition_bound(r: &mut Reader<'_>) -> Read<String> {
    let start = r.clone();
    if r.eat("default") {
        return Ok(start.up_to(r).take_rest().to_owned());
    }
    r.expect("for values")?;
    if r.eat("from") {
        r.parens()?;
        r.expect("to")?;
    } else if !r.eat("in") {
        r.expect("with")?;
    }
    r.parens()?;
    Ok(start.up_to(r).take_rest().to_owned())
}

/// Reads one clause behind the columns; false when none comes next.
fn clause(r: &mut Reader<'_>, table: &mut CreateTable) -> Read<bool> {
    if r.eat("inherits") {
        let mut inner = r.parens()?;
        if !inner.is_end() {
            table.inherits = inner.list(Reader::name)?;
        }
        inner.finish("INHERITS");
    } else if r.eat("partition by") {
        let strategy = r.word()?.to_ascii_uppercase();
        let keys = index_elements(r)?;
        table.partition_by = Some(PartitionBy { strategy, keys });
    } else if r.eat("using") {
        table.access_method = Some(r.ident()?);
    } else if r.eat("with") {
        table.options = options(r)?;
    } else if r.eat("tablespace") {
        table.tablespace = Some(r.ident()?);
    } else if r.eat("server") {
        table.server = Some(r.ident()?);
    } else if r.eat("options") {
        r.parens()?;
    } else if r.eat("on commit drop") {
        table.on_commit_drop = true;
    } else {
        return Ok(r
            .eat_any(&[
                "without oids",
                "on commit delete rows",
                "on commit preserve rows",
            ])
            .is_some());
    }
    Ok(true)
}

/// Reads a query up to the end of the statement, with `WITH [NO] DATA` or a check option behind it.
pub(crate) fn create_as(r: &mut Reader<'_>, columns: Vec<Ident>) -> CreateAs {
    // `WITH data AS (..)` begins a query; only at the end does it belong to the statement.
    let tails = [
        "with no data",
        "with data",
        "with check option",
        "with local check option",
        "with cascaded check option",
    ];
    let mut query = r.until(|here| {
        let mut words = tails.iter();
        words.any(|tail| here.is(tail) && here.peek_at(tail.split(' ').count()).is_none())
    });
    let tail = r.eat_any(&tails).unwrap_or_default();
    let text = query.take_rest().to_owned();
    let query = if text
        .get(..7)
        .is_some_and(|word| word.eq_ignore_ascii_case("execute"))
    {
        Err("a prepared statement is not looked up".to_owned())
    } else {
        parse_query(&text)
    };
    if let Err(reason) = &query {
        r.note(format!("query: {reason}"));
    }
    CreateAs {
        columns,
        text,
        query,
        with_data: tail != "with no data",
        check_option: match tail {
            "with local check option" => Some("local"),
            "with check option" | "with cascaded check option" => Some("cascaded"),
            _ => None,
        },
    }
}
