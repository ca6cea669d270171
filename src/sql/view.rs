//! Reads `CREATE VIEW` and `CREATE MATERIALIZED VIEW`.

use super::ast::{Change, CreateView, Persistence};
use super::create_table::create_as;
use super::index::options;
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
    let query = create_as(r, columns);
    r.finish("view");
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
