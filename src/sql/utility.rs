//! Reads the statements that maintain, move or lock what is there.

use super::alter_table::behavior;
use super::ast::{Behavior, Change, QualifiedName, Query};
use super::query::parse_query;
use super::reader::{Read, Reader};

/// Reads relations: all of them, and those written with `ONLY`.
fn relations(r: &mut Reader<'_>) -> Read<(Vec<QualifiedName>, Vec<QualifiedName>)> {
    let all = r.list(Reader::relation)?;
    let only = all.iter().filter(|(_, only)| *only);
    let only = only.map(|(name, _)| name.clone()).collect();
    Ok((all.into_iter().map(|(name, _)| name).collect(), only))
}

/// Reads what follows `COPY`.
pub(crate) fn copy(r: &mut Reader<'_>) -> Read<Change> {
    r.eat("binary");
    let mut table = None;
    let mut columns = Vec::new();
    let mut query = None;
    if r.is_punct(b'(') {
        query = parse_query(r.parens()?.take_rest()).ok().map(Box::new);
    } else {
        table = Some(r.relation()?.0);
        if r.is_punct(b'(') {
            let read = r.ident_list();
            columns = r.noted("columns of COPY", read).unwrap_or_default();
        }
    }
    let from = r.eat("from");
    if !from {
        r.expect("to")?;
    }
    r.take_rest();
    Ok(Change::Copy {
        table,
        columns,
        from,
        query,
    })
}

/// Reads what follows `TRUNCATE`.
pub(crate) fn truncate(r: &mut Reader<'_>) -> Read<Change> {
    r.eat("table");
    let (tables, only) = relations(r)?;
    let identity = r.eat_any(&["restart identity", "continue identity"]);
    let behavior: Behavior = behavior(r);
    r.finish("TRUNCATE");
    Ok(Change::Truncate {
        tables,
        only,
        restart_identity: identity == Some("restart identity"),
        behavior,
    })
}

/// Reads what follows `LOCK`.
pub(crate) fn lock(r: &mut Reader<'_>) -> Read<Change> {
    r.eat("table");
    let (tables, only) = relations(r)?;
    let mode = if r.eat("in") {
        let words = r.until_any(&["mode"]).take_rest().to_ascii_uppercase();
        r.expect("mode")?;
        words.split_whitespace().collect::<Vec<_>>().join(" ")
    } else {
        "ACCESS EXCLUSIVE".to_owned()
    };
    let nowait = r.eat("nowait");
    r.finish("LOCK");
    Ok(Change::Lock {
        tables,
        only,
        mode,
        nowait,
    })
}

/// Reads `(FULL, ANALYZE false, ..)`: the words that are switched on.
fn switches(r: &mut Reader<'_>) -> Read<Vec<String>> {
    let mut on = Vec::new();
    if r.is_punct(b'(') {
        for mut item in r.parens()?.items() {
            let word = item.word()?;
            let value = item.take_rest().to_ascii_lowercase();
            if !matches!(value.as_str(), "false" | "off" | "0" | "'false'" | "'off'") {
                on.push(word);
            }
        }
    }
    Ok(on)
}

/// Reads what follows `VACUUM` (true) or `ANALYZE`.
pub(crate) fn vacuum(r: &mut Reader<'_>, vacuum: bool) -> Read<Change> {
    let mut on = switches(r)?;
    while let Some(word) = r.eat_any(&["full", "freeze", "verbose", "analyze", "analyse"]) {
        on.push(word.to_owned());
    }
    let (mut only, mut columns) = (Vec::new(), false);
    let with_columns = |r: &mut Reader<'_>| {
        let (name, alone) = r.relation()?;
        if alone {
            only.push(name.clone());
        }
        if r.is_punct(b'(') {
            r.ident_list()?;
            columns = true;
        }
        Ok(name)
    };
    let tables = if r.is_end() {
        Vec::new()
    } else {
        r.list(with_columns)?
    };
    r.finish("VACUUM");
    let is_on = |word: &str| on.iter().any(|one| one == word);
    Ok(Change::Vacuum {
        vacuum,
        full: is_on("full"),
        analyze: !vacuum || is_on("analyze") || is_on("analyse"),
        tables,
        only,
        columns,
    })
}

/// Reads what follows `CLUSTER`.
pub(crate) fn cluster(r: &mut Reader<'_>) -> Read<Change> {
    switches(r)?;
    r.eat("verbose");
    let mut table = None;
    let mut index = None;
    if !r.is_end() {
        table = Some(r.name()?);
        if r.eat("using") {
            index = Some(r.ident()?);
        } else if r.eat("on") {
            // The old form names the index first.
            index = table.map(|name| name.name);
            table = Some(r.name()?);
        }
    }
    r.finish("CLUSTER");
    Ok(Change::Cluster { table, index })
}

/// Reads what follows `REINDEX`.
pub(crate) fn reindex(r: &mut Reader<'_>) -> Read<Change> {
    let on = switches(r)?;
    let targets = ["index", "table", "schema", "database", "system"];
    let target = r
        .eat_any(&targets)
        .ok_or_else(|| r.expected("what is indexed again"))?;
    let concurrently = r.eat("concurrently") || on.iter().any(|word| word == "concurrently");
    let name = if r.is_end() { None } else { Some(r.name()?) };
    r.finish("REINDEX");
    Ok(Change::Reindex {
        target: target.to_ascii_uppercase(),
        name,
        concurrently,
    })
}

/// Reads what follows `REFRESH`.
pub(crate) fn refresh(r: &mut Reader<'_>) -> Read<Change> {
    r.expect("materialized view")?;
    let concurrently = r.eat("concurrently");
    let name = r.name()?;
    let with_data = r.eat_any(&["with no data", "with data"]) != Some("with no data");
    r.finish("REFRESH");
    Ok(Change::RefreshMaterializedView {
        name,
        concurrently,
        with_data,
    })
}

/// A statement of which only the command is kept, and the query inside it.
pub(crate) fn command(r: &mut Reader<'_>, command: &str) -> Change {
    let mut name = None;
    let (command, query) = match command {
        "call" => (
            command,
            parse_query(&format!("SELECT {}", r.rest_text())).ok(),
        ),
        "declare" => {
            let held = r.rest_text().to_ascii_lowercase().contains("with hold");
            let command = if held { "declare-hold" } else { "declare" };
            r.until_any(&["for"]);
            r.eat("for");
            (command, parse_query(r.rest_text()).ok())
        }
        "prepare" => {
            name = r.ident().ok();
            if r.is_punct(b'(') {
                r.until(|here| here.is("as"));
            }
            r.eat("as");
            let reads = [
                "select", "insert", "update", "delete", "merge", "values", "with", "table",
            ];
            if !reads.iter().any(|verb| r.is(verb)) && !r.is_punct(b'(') {
                r.note("action: PREPARE takes a query or a data change only");
            }
            (command, parse_query(r.rest_text()).ok())
        }
        "execute" => {
            name = r.ident().ok();
            (command, None)
        }
        "deallocate" => {
            r.eat("prepare");
            name = if r.is("all") { None } else { r.ident().ok() };
            (command, None)
        }
        "discard" if r.is("all") => ("discard-all", None),
        "explain" => explained(r),
        _ => (command, None),
    };
    r.take_rest();
    Change::Utility {
        command: command.to_owned(),
        relations: Vec::new(),
        name,
        query: query.map(Box::new),
    }
}

/// `EXPLAIN ANALYZE` runs what it explains.
fn explained(r: &mut Reader<'_>) -> (&'static str, Option<Query>) {
    let mut on = switches(r).unwrap_or_default();
    while let Some(word) = r.eat_any(&["analyze", "analyse", "verbose"]) {
        on.push(word.to_owned());
    }
    let runs = on.iter().any(|word| word == "analyze" || word == "analyse");
    let command = if runs { "explain-analyze" } else { "explain" };
    (command, parse_query(r.rest_text()).ok())
}
