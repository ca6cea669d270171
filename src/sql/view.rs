//! Reads `CREATE VIEW` and `CREATE MATERIALIZED VIEW`.

use super::ast::{Change, CreateAs, CreateView, Ident, Persistence, QualifiedName, StorageOption};
use super::create_table::create_as;
use super::index::options;
use super::query::parse_query;
use super::reader::{Read, Reader};

/// What stands between CREATE and VIEW.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ViewHead {
    pub(crate) or_replace: bool,
    pub(crate) materialized: bool,
    pub(crate) recursive: bool,
    pub(crate) persistence: Persistence,
}

/// Reads what follows `VIEW`.
pub(crate) fn create_view(r: &mut Reader<'_>, head: ViewHead) -> Read<Change> {
    let if_not_exists = r.eat("if not exists");
    let name = r.name()?;
    let mut all_options = Vec::new();
    let columns = if r.is_punct(b'(') {
        let columns = r.ident_list();
        r.noted("columns of the view", columns).unwrap_or_default()
    } else {
        Vec::new()
    };
    while let Some(clause) = r.eat_any(&["using", "with", "tablespace"]) {
        if clause == "with" {
            all_options = options(r)?;
        } else {
            r.ident()?;
        }
    }
    r.expect("as")?;
    let query = match head.recursive {
        true => recursive(r, &name, columns),
        false => create_as(r, columns),
    };
    r.finish("view");
    // Another way to write the option (manual 18, CREATE VIEW).
    all_options.extend(query.check_option.map(|value| StorageOption {
        name: "check_option".to_owned(),
        value: Some(value.to_owned()),
    }));
    Ok(Change::CreateView(Box::new(CreateView {
        name,
        materialized: head.materialized,
        or_replace: head.or_replace,
        temporary: head.persistence == Persistence::Temporary,
        recursive: head.recursive,
        if_not_exists,
        options: all_options,
        query,
    })))
}

/// `CREATE RECURSIVE VIEW v (n) AS q` is `WITH RECURSIVE v (n) AS (q) SELECT n FROM v` (manual 18, CREATE VIEW).
fn recursive(r: &mut Reader<'_>, name: &QualifiedName, columns: Vec<Ident>) -> CreateAs {
    let listed = columns.iter().map(|column| column.to_sql().into_owned());
    let listed = listed.collect::<Vec<_>>().join(", ");
    let own = name.name.to_sql();
    let text = r.take_rest().to_owned();
    let whole = format!("WITH RECURSIVE {own} ({listed}) AS ({text}) SELECT {listed} FROM {own}");
    let query = parse_query(&whole);
    if let Err(reason) = &query {
        r.note(format!("query: {reason}"));
    }
    CreateAs {
        columns,
        text: whole,
        query,
        with_data: true,
        check_option: None,
    }
}
