//! Reads `CREATE PUBLICATION` and `ALTER PUBLICATION`.

use super::ast::{
    AlterObject, Change, ObjectKind, ObjectName, PublicationChange, PublicationVerb, Published,
    QualifiedName,
};
use super::index::options;
use super::reader::{Read, Reader};

/// Reads what follows `CREATE PUBLICATION`.
pub(crate) fn create_publication(r: &mut Reader<'_>) -> Read<Change> {
    let mut change = empty(r, PublicationVerb::Create)?;
    if r.eat("for") {
        members(r, &mut change)?;
    }
    if r.eat("with") {
        let read = options(r);
        change.options = r.noted("options", read).unwrap_or_default();
    }
    r.finish("publication");
    Ok(Change::Publication(change))
}

/// Reads what follows `ALTER PUBLICATION`.
pub(crate) fn alter_publication(r: &mut Reader<'_>) -> Read<Change> {
    let mut change = empty(r, PublicationVerb::Add)?;
    let start = r.clone();
    match r.eat_any(&["add", "drop", "set"]) {
        Some("add") => {}
        Some("drop") => change.verb = PublicationVerb::Drop,
        Some(_) if r.is_punct(b'(') => {
            change.verb = PublicationVerb::Options;
            change.options = options(r)?;
            r.finish("publication");
            return Ok(Change::Publication(change));
        }
        Some(_) => change.verb = PublicationVerb::Set,
        None => {
            *r = start;
            return Ok(Change::AlterObject(AlterObject {
                object: ObjectKind::Publication,
                name: ObjectName::new(QualifiedName::bare(change.name)),
                if_exists: false,
                action: super::alter_object::object_action(r),
            }));
        }
    }
    members(r, &mut change)?;
    r.finish("publication");
    Ok(Change::Publication(change))
}

fn empty(r: &mut Reader<'_>, verb: PublicationVerb) -> Read<PublicationChange> {
    Ok(PublicationChange {
        name: r.ident()?,
        verb,
        tables: Vec::new(),
        schemas: Vec::new(),
        all_tables: false,
        options: Vec::new(),
    })
}

/// `ALL TABLES`, or tables and schemas parted by commas, of which further ones need not say TABLE again.
fn members(r: &mut Reader<'_>, change: &mut PublicationChange) -> Read<()> {
    if r.is("all") {
        change.all_tables = true;
        r.until_any(&["with"]);
        return Ok(());
    }
    let mut in_schemas = false;
    for mut item in r.until_any(&["with"]).items() {
        if item.eat("tables in schema") {
            in_schemas = true;
        } else if item.eat("table") {
            in_schemas = false;
        }
        if in_schemas {
            change.schemas.push(item.label()?);
            continue;
        }
        let (table, only) = item.relation()?;
        let columns = match item.is_punct(b'(') {
            true => Some(item.ident_list()?),
            false => None,
        };
        let filter = match item.eat("where") {
            true => Some(item.paren_expr()?),
            false => None,
        };
        change.tables.push(Published {
            table,
            only,
            columns,
            filter,
        });
    }
    Ok(())
}
