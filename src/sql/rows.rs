//! Reads the head of queries and data changes: verb and target; the tree comes from `query`.

use super::ast::{Change, CreateAs, Dml, DmlVerb, Persistence, QualifiedName, Query, QueryBody};
use super::create_table;
use super::query::parse_query;
use super::reader::{Read, Reader};

/// Reads a whole statement that begins with SELECT, VALUES, TABLE, WITH, INSERT, UPDATE, DELETE,
/// MERGE or a parenthesis.
pub(crate) fn dml(r: &mut Reader<'_>) -> Read<Change> {
    let (verb, target) = head(&mut r.clone());
    let into = if verb == DmlVerb::Select {
        into(&mut r.clone())
    } else {
        None
    };
    let text = r.take_rest();
    let query = parse_query(text);
    if let Err(reason) = &query {
        r.note(format!("query: {reason}"));
    }
    let Some((name, persistence)) = into else {
        return Ok(Change::Dml(Dml {
            verb,
            target,
            query: query.map(Box::new),
        }));
    };
    let mut table = create_table::empty(name, persistence);
    table.as_query = Some(Box::new(CreateAs {
        columns: Vec::new(),
        text: text.to_owned(),
        query: query.map(without_into),
        with_data: true,
        check_option: None,
    }));
    Ok(Change::CreateTable(Box::new(table)))
}

fn without_into(mut query: Query) -> Query {
    if let QueryBody::Select(select) = &mut query.body {
        select.into = None;
    }
    query
}

/// The verb of the statement and the relation it writes, behind its common table expressions.
fn head(r: &mut Reader<'_>) -> (DmlVerb, Option<QualifiedName>) {
    if r.eat("with") {
        let verbs = [
            "select",
            "values",
            "table",
            "insert into",
            "update",
            "delete from",
            "merge into",
        ];
        // A table expression can be called `values`, so only what follows a closing parenthesis counts.
        while !r.is_end() {
            r.until(|here| here.is_punct(b'('));
            if r.parens().is_err() {
                break;
            }
            if verbs.iter().any(|words| r.is(words)) {
                break;
            }
        }
    }
    let verb = match r.eat_any(&["insert into", "update", "delete from", "merge into"]) {
        Some("insert into") => DmlVerb::Insert,
        Some("update") => DmlVerb::Update,
        Some("delete from") => DmlVerb::Delete,
        Some(_) => DmlVerb::Merge,
        None => return (DmlVerb::Select, None),
    };
    (verb, r.relation().ok().map(|(name, _)| name))
}

/// The table that `SELECT .. INTO` makes.
fn into(r: &mut Reader<'_>) -> Option<(QualifiedName, Persistence)> {
    r.until_any(&["into"]);
    if !r.eat("into") {
        return None;
    }
    let words = r.eat_any(&[
        "local temporary",
        "local temp",
        "temporary",
        "temp",
        "unlogged",
    ]);
    let persistence = match words {
        None => Persistence::Permanent,
        Some("unlogged") => Persistence::Unlogged,
        Some(_) => Persistence::Temporary,
    };
    r.eat("table");
    Some((r.name().ok()?, persistence))
}
