//! Reads `ALTER` of everything.

use super::alter_table::alter_relation;
use super::ast::{AlterObject, Change, ObjectAction, ObjectKind};
use super::object_name::{object_kind, object_name};
use super::policy::alter_policy;
use super::privilege::default_privileges;
use super::publication::alter_publication;
use super::reader::{Read, Reader};
use super::types::{alter_domain, alter_type};

/// Reads what follows `ALTER`.
pub(crate) fn alter(r: &mut Reader<'_>) -> Read<Change> {
    if r.eat("default privileges") {
        return default_privileges(r);
    }
    if r.eat("system") {
        r.take_rest();
        return Ok(Change::Utility {
            command: "alter-system".to_owned(),
            relations: Vec::new(),
            name: None,
            query: None,
        });
    }
    let object = object_kind(r).ok_or_else(|| r.expected("a kind of object"))?;
    match object {
        ObjectKind::ForeignTable
        | ObjectKind::Index
        | ObjectKind::MaterializedView
        | ObjectKind::Sequence
        | ObjectKind::Table
        | ObjectKind::View => alter_relation(r, object),
        ObjectKind::Type => alter_type(r),
        ObjectKind::Domain => alter_domain(r),
        ObjectKind::Policy => alter_policy(r),
        ObjectKind::Publication => alter_publication(r),
        _ => {
            let if_exists = r.eat("if exists");
            Ok(Change::AlterObject(AlterObject {
                object,
                name: object_name(r, object)?,
                if_exists,
                action: object_action(r),
            }))
        }
    }
}

/// Reads what becomes of an object that is no relation, all that is left.
pub(crate) fn object_action(r: &mut Reader<'_>) -> ObjectAction {
    let whole = r.clone();
    let words = r.eat_any(&["rename to", "set schema", "owner to"]);
    let name = match words {
        Some("owner to") => r.role(),
        Some(_) => r.ident(),
        None => Err(String::new()),
    };
    let name = name.ok().filter(|_| r.is_end());
    r.take_rest();
    match (words, name) {
        (Some("rename to"), Some(name)) => ObjectAction::RenameTo(name),
        (Some("set schema"), Some(name)) => ObjectAction::SetSchema(name),
        (Some("owner to"), Some(name)) => ObjectAction::OwnerTo(name),
        _ => {
            if whole.is_end() {
                whole.note("no action follows the name");
            }
            ObjectAction::Other(whole.rest_text().to_owned())
        }
    }
}
