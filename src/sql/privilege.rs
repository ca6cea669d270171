//! Reads `GRANT`, `REVOKE` and `ALTER DEFAULT PRIVILEGES`.

use super::ast::{Change, ObjectKind, ObjectName, Privilege, Privileges};
use super::object_name::{object_kind, object_name};
use super::reader::{Read, Reader};

/// Reads what follows `GRANT` (true) or `REVOKE`.
pub(crate) fn privileges(r: &mut Reader<'_>, grant: bool) -> Read<Change> {
    let mut all = head(r, grant)?;
    if r.eat("on") {
        of_objects(&mut all);
        on(r, &mut all)?;
    }
    roles(r, &mut all)?;
    Ok(Change::Privileges(all))
}

/// Privileges, unlike roles, are in capitals.
fn of_objects(all: &mut Privileges) {
    for one in &mut all.privileges {
        one.name.make_ascii_uppercase();
    }
}

/// Reads the privileges, which are in lower case still.
fn head(r: &mut Reader<'_>, grant: bool) -> Read<Privileges> {
    let mut grant_option = false;
    if !grant {
        let options = ["grant", "admin", "inherit", "set"];
        if options
            .iter()
            .any(|word| r.is(&format!("{word} option for")))
        {
            grant_option = r.is("grant");
            r.until(|here| here.is("for"));
            r.eat("for");
        }
    }
    let mut list = r.until_any(&["on", "to", "from"]);
    let privileges: Vec<Privilege> = list
        .items()
        .iter_mut()
        .map(privilege)
        .collect::<Read<_>>()?;
    if privileges.is_empty() {
        return Err(r.expected("a privilege or role"));
    }
    Ok(Privileges {
        grant,
        privileges,
        object: None,
        names: Vec::new(),
        all_in_schema: false,
        roles: Vec::new(),
        grant_option,
    })
}

fn privilege(r: &mut Reader<'_>) -> Read<Privilege> {
    let mut name = r.until(|here| here.is_punct(b'('));
    let name = name.take_rest().to_ascii_lowercase();
    let columns = if r.is_end() {
        Vec::new()
    } else {
        r.ident_list()?
    };
    Ok(Privilege { name, columns })
}

/// Reads on which objects.
fn on(r: &mut Reader<'_>, all: &mut Privileges) -> Read<()> {
    let groups = [
        ("all tables in schema", ObjectKind::Table),
        ("all sequences in schema", ObjectKind::Sequence),
        ("all functions in schema", ObjectKind::Function),
        ("all procedures in schema", ObjectKind::Procedure),
        ("all routines in schema", ObjectKind::Routine),
    ];
    if let Some((_, object)) = groups.iter().find(|(words, _)| r.eat(words)) {
        all.object = Some(*object);
        all.all_in_schema = true;
        all.names = r.list(|r| object_name(r, ObjectKind::Schema))?;
        return Ok(());
    }
    if r.is("parameter") && !r.word_at(1, "to") && !r.word_at(1, "from") {
        // A setting is no object of ours.
        r.until_any(&["to", "from"]);
        return Ok(());
    }
    let mut kind = r.clone();
    let object = match object_kind(&mut kind) {
        // A table can be called `type` or `schema`.
        Some(object)
            if !kind.is("to")
                && !kind.is("from")
                && !kind.is_punct(b'.')
                && !kind.is_punct(b',') =>
        {
            *r = kind;
            object
        }
        _ => ObjectKind::Table,
    };
    all.object = Some(object);
    all.names = r.list(|r| object_name(r, object))?;
    Ok(())
}

/// Reads to or from whom.
fn roles(r: &mut Reader<'_>, all: &mut Privileges) -> Read<()> {
    r.expect(if all.grant { "to" } else { "from" })?;
    let mut list = r.until_any(&["with", "granted by", "cascade", "restrict"]);
    let items = list.items().into_iter();
    let roles: Read<Vec<String>> = items.map(|mut item| role(&mut item)).collect();
    all.roles = roles?;
    all.grant_option |= r.is("with grant option");
    r.take_rest();
    Ok(())
}

/// Reads one role, which is a name.
fn role(r: &mut Reader<'_>) -> Read<String> {
    let mut ahead = r.clone();
    ahead.eat("group");
    ahead.role()?;
    if !ahead.is_end() {
        return Err(ahead.expected("the end of the role's name"));
    }
    Ok(r.take_rest().to_owned())
}

/// Reads what follows `ALTER DEFAULT PRIVILEGES`.
pub(crate) fn default_privileges(r: &mut Reader<'_>) -> Read<Change> {
    let mut schemas: Vec<ObjectName> = Vec::new();
    while let Some(words) = r.eat_any(&["for role", "for user", "in schema"]) {
        let kind = match words {
            "in schema" => ObjectKind::Schema,
            _ => ObjectKind::Role,
        };
        let names = r.list(|r| object_name(r, kind))?;
        if words == "in schema" {
            schemas = names;
        }
    }
    let grant = r.eat("grant");
    if !grant {
        r.expect("revoke")?;
    }
    let mut all = head(r, grant)?;
    of_objects(&mut all);
    all.names = schemas;
    r.expect("on")?;
    let objects = [
        ("tables", ObjectKind::Table),
        ("sequences", ObjectKind::Sequence),
        ("functions", ObjectKind::Function),
        ("routines", ObjectKind::Routine),
        ("types", ObjectKind::Type),
        ("schemas", ObjectKind::Schema),
        ("large objects", ObjectKind::LargeObject),
    ];
    let object = objects.iter().find(|(words, _)| r.eat(words));
    all.object = Some(object.ok_or_else(|| r.expected("a kind of objects"))?.1);
    roles(r, &mut all)?;
    Ok(Change::DefaultPrivileges(all))
}
