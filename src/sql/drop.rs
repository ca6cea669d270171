//! Reads `DROP` of anything.

use super::alter_table::behavior;
use super::ast::{Change, Drop, ObjectKind};
use super::object_name::{object_kind, object_name};
use super::reader::{Read, Reader};

/// Reads what follows `DROP`.
pub(crate) fn drop_object(r: &mut Reader<'_>) -> Read<Change> {
    if r.eat("owned by") {
        r.take_rest();
        return Ok(Change::Utility {
            command: "drop-owned".to_owned(),
            relations: Vec::new(),
            name: None,
            query: None,
        });
    }
    let object = object_kind(r).ok_or_else(|| r.expected("a kind of object"))?;
    if matches!(object, ObjectKind::Column | ObjectKind::Constraint) {
        return Err(format!(
            "DROP {} is an action of ALTER TABLE",
            object.as_str().to_uppercase()
        ));
    }
    let concurrently = r.eat("concurrently");
    let if_exists = r.eat("if exists");
    let names = r.list(|r| object_name(r, object))?;
    let behavior = behavior(r);
    // DROP DATABASE d WITH (FORCE)
    if r.eat("with") || r.is_punct(b'(') {
        let options = r.parens();
        r.noted("options", options);
    }
    r.finish("DROP");
    Ok(Change::Drop(Drop {
        object,
        names,
        if_exists,
        concurrently,
        behavior,
    }))
}
