//! Reads `COMMENT ON` and `SECURITY LABEL`.

use super::ast::Change;
use super::object_name::{object_kind, object_name};
use super::reader::{Read, Reader};

/// Reads what follows `COMMENT`, or `SECURITY LABEL [FOR provider]`.
pub(crate) fn comment(r: &mut Reader<'_>) -> Read<Change> {
    if r.eat("for") {
        r.bump();
    }
    r.expect("on")?;
    let object = object_kind(r).ok_or_else(|| r.expected("a kind of object"))?;
    let name = object_name(r, object)?;
    let text = text(r);
    let text = r.noted("comment", text).flatten();
    r.finish("comment");
    Ok(Change::Comment { object, name, text })
}

fn text(r: &mut Reader<'_>) -> Read<Option<String>> {
    r.expect("is")?;
    match r.eat("null") {
        true => Ok(None),
        false => r.string().map(Some),
    }
}
