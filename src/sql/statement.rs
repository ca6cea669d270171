//! Reads one statement by its first words; each family has a file of its own.

use super::alter_table::alter_relation;
use super::ast::{Change, ObjectKind, Persistence};
use super::create_table::create_table;
use super::drop::drop_object;
use super::index::create_index;
use super::object_name::object_kind;
use super::reader::{Read, Reader};
use super::rows::dml;
use super::sequence::create_sequence;
use super::transaction::{reset, set, transaction};

/// Reads a whole statement. The error says why it is opaque; what is merely unread inside is noted.
pub(crate) fn statement(r: &mut Reader<'_>) -> Read<Change> {
    if r.is_punct(b'(') {
        return dml(r);
    }
    let start = r.clone();
    let verb = r.word()?;
    match verb.as_str() {
        "select" | "values" | "table" | "with" | "insert" | "update" | "delete" | "merge" => {
            *r = start;
            dml(r)
        }
        "create" => create(r),
        "alter" => alter(r),
        "drop" => drop_object(r),
        "begin" | "start" | "commit" | "end" | "rollback" | "abort" | "savepoint" | "release" => {
            transaction(r, &verb)
        }
        "set" => set(r),
        "reset" => reset(r),
        _ => Err(format!("`{verb}` begins no statement of PostgreSQL")),
    }
}

/// Reads what follows `CREATE`.
fn create(r: &mut Reader<'_>) -> Read<Change> {
    if r.eat("unique index") {
        return create_index(r, true);
    }
    if r.eat("index") {
        return create_index(r, false);
    }
    let persistence = persistence(r);
    if r.eat("table") || r.eat("foreign table") {
        return create_table(r, persistence);
    }
    if r.eat("sequence") {
        return create_sequence(r, persistence);
    }
    Err(r.expected("what is created"))
}

/// Reads `TEMPORARY`, `UNLOGGED` or nothing.
pub(crate) fn persistence(r: &mut Reader<'_>) -> Persistence {
    r.eat_any(&["local", "global"]);
    match r.eat_any(&["temporary", "temp", "unlogged"]) {
        None => Persistence::Permanent,
        Some("unlogged") => Persistence::Unlogged,
        Some(_) => Persistence::Temporary,
    }
}

/// Reads what follows `ALTER`.
fn alter(r: &mut Reader<'_>) -> Read<Change> {
    let object = object_kind(r).ok_or_else(|| r.expected("a kind of object"))?;
    match object {
        ObjectKind::ForeignTable
        | ObjectKind::Index
        | ObjectKind::MaterializedView
        | ObjectKind::Sequence
        | ObjectKind::Table
        | ObjectKind::View => alter_relation(r, object),
        _ => Err("not read yet".to_owned()),
    }
}
