//! Reads `CREATE` of everything: which family it is, and the objects of which only name and tables count.

use super::ast::{Change, IndexKey, ObjectKind, ObjectName, Persistence, QualifiedName};
use super::create_table::create_table;
use super::index::create_index;
use super::keyword::NameKind;
use super::object_name::{object_kind, object_name};
use super::operator::{create_cast, create_operator};
use super::policy::create_policy;
use super::publication::create_publication;
use super::reader::{Read, Reader};
use super::routine::create_routine;
use super::sequence::create_sequence;
use super::statement::statement;
use super::trigger::create_trigger;
use super::types::{create_domain, create_type};
use super::view::{ViewHead, create_view};

/// Reads what follows `CREATE`.
pub(crate) fn create(r: &mut Reader<'_>) -> Read<Change> {
    let or_replace = r.eat("or replace");
    let whole = [
        "table",
        "index",
        "unique index",
        "type",
        "sequence",
        "schema",
        "domain",
        "policy",
        "materialized",
        "extension",
    ];
    if or_replace && let Some(kind) = whole.iter().find(|kind| r.is(kind)) {
        return Err(format!(
            "OR REPLACE does not go with {}",
            kind.to_uppercase()
        ));
    }
    match r.eat_any(&[
        "unique index",
        "index",
        "constraint trigger",
        "default conversion",
    ]) {
        Some("unique index") => return create_index(r, true),
        Some("index") => return create_index(r, false),
        Some("constraint trigger") => return create_trigger(r, or_replace, true),
        Some(_) => return named(r, ObjectKind::Conversion, or_replace),
        None => {}
    }
    let persistence = persistence(r);
    let recursive = r.eat("recursive");
    let object = object_kind(r).ok_or_else(|| r.expected("what is created"))?;
    match object {
        ObjectKind::Table | ObjectKind::ForeignTable => create_table(r, persistence),
        ObjectKind::Sequence => create_sequence(r, persistence),
        ObjectKind::View | ObjectKind::MaterializedView => {
            let head = ViewHead {
                or_replace,
                materialized: object == ObjectKind::MaterializedView,
                recursive,
                persistence,
            };
            create_view(r, head)
        }
        ObjectKind::Type => create_type(r),
        ObjectKind::Domain => create_domain(r),
        ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Aggregate => {
            create_routine(r, object, or_replace)
        }
        ObjectKind::Trigger => create_trigger(r, or_replace, false),
        ObjectKind::Policy => create_policy(r),
        ObjectKind::Schema => create_schema(r),
        ObjectKind::Extension => create_extension(r),
        ObjectKind::Rule => create_rule(r, or_replace),
        ObjectKind::Statistics => create_statistics(r),
        ObjectKind::Publication => create_publication(r),
        ObjectKind::EventTrigger => create_event_trigger(r),
        ObjectKind::Server => create_server(r),
        ObjectKind::UserMapping => create_user_mapping(r),
        ObjectKind::Operator => create_operator(r),
        ObjectKind::Cast => create_cast(r),
        ObjectKind::Transform => {
            let name = object_name(r, object)?;
            r.take_rest();
            Ok(other(object, name, Vec::new(), or_replace, false))
        }
        _ => named(r, object, or_replace),
    }
}

/// Reads `TEMPORARY`, `UNLOGGED` or nothing.
fn persistence(r: &mut Reader<'_>) -> Persistence {
    r.eat_any(&["local", "global"]);
    match r.eat_any(&["temporary", "temp", "unlogged"]) {
        None => Persistence::Permanent,
        Some("unlogged") => Persistence::Unlogged,
        Some(_) => Persistence::Temporary,
    }
}

fn other(
    object: ObjectKind,
    name: ObjectName,
    relations: Vec<QualifiedName>,
    or_replace: bool,
    if_not_exists: bool,
) -> Change {
    Change::CreateObject {
        object,
        name,
        or_replace,
        if_not_exists,
        relations,
        definition: None,
        keys: Vec::new(),
        needs: Vec::new(),
    }
}

/// The same, standing on another object.
fn standing_on(mut change: Change, kind: ObjectKind, name: QualifiedName) -> Change {
    if let Change::CreateObject { needs, .. } = &mut change {
        needs.push((kind, name));
    }
    change
}

fn create_event_trigger(r: &mut Reader<'_>) -> Read<Change> {
    let name = ObjectName::new(r.name()?);
    r.until_any(&["execute"]);
    r.expect("execute")?;
    r.eat_any(&["function", "procedure"]);
    let function = r.function_name()?;
    r.take_rest();
    let change = other(ObjectKind::EventTrigger, name, Vec::new(), false, false);
    Ok(standing_on(change, ObjectKind::Function, function))
}

fn create_server(r: &mut Reader<'_>) -> Read<Change> {
    let if_not_exists = r.eat("if not exists");
    let name = ObjectName::new(r.name()?);
    r.until_any(&["foreign data wrapper"]);
    r.expect("foreign data wrapper")?;
    let wrapper = QualifiedName::bare(r.ident()?);
    r.take_rest();
    let change = other(ObjectKind::Server, name, Vec::new(), false, if_not_exists);
    Ok(standing_on(change, ObjectKind::ForeignDataWrapper, wrapper))
}

fn create_user_mapping(r: &mut Reader<'_>) -> Read<Change> {
    let if_not_exists = r.is("if not exists");
    let mut ahead = r.clone();
    let name = object_name(r, ObjectKind::UserMapping)?;
    r.take_rest();
    ahead.until_any(&["server"]);
    ahead.expect("server")?;
    let server = QualifiedName::bare(ahead.ident()?);
    let kind = ObjectKind::UserMapping;
    let change = other(kind, name, Vec::new(), false, if_not_exists);
    Ok(standing_on(change, ObjectKind::Server, server))
}

/// Reads an object of which only the name counts.
fn named(r: &mut Reader<'_>, object: ObjectKind, or_replace: bool) -> Read<Change> {
    let if_not_exists = r.eat("if not exists");
    let name = match object {
        ObjectKind::Role | ObjectKind::Language => QualifiedName::bare(r.role()?),
        _ => r.name()?,
    };
    let name = ObjectName::new(name);
    r.take_rest();
    Ok(other(object, name, Vec::new(), or_replace, if_not_exists))
}

fn create_schema(r: &mut Reader<'_>) -> Read<Change> {
    let if_not_exists = r.eat("if not exists");
    let named = if r.is("authorization") {
        None
    } else {
        Some(r.ident()?)
    };
    let owner = if r.eat("authorization") {
        Some(r.role()?)
    } else {
        None
    };
    let name = named.or(owner).ok_or_else(|| r.expected("a name"))?;
    let mut elements = Vec::new();
    while !r.is_end() {
        let first = r.span();
        let mut element =
            r.until(|here| here.span() != first && (here.is("create") || here.is("grant")));
        // An element is a statement, but never a schema again.
        let read = match element.is("create schema") {
            true => Err("a schema inside a schema".to_owned()),
            false => statement(&mut element),
        };
        elements.extend(r.noted("element of the schema", read));
    }
    elements.sort_by_key(element_order);
    Ok(Change::CreateSchema {
        name,
        if_not_exists,
        elements,
    })
}

/// In what order the elements of a schema are made (`transformCreateSchemaStmtElements`).
fn element_order(element: &Change) -> u8 {
    match element {
        Change::CreateSequence { .. } => 0,
        Change::CreateTable(_) => 1,
        Change::CreateView(_) => 2,
        Change::CreateIndex(_) => 3,
        Change::CreateTrigger(_) => 4,
        _ => 5,
    }
}

fn create_extension(r: &mut Reader<'_>) -> Read<Change> {
    let if_not_exists = r.eat("if not exists");
    let name = r.ident()?;
    let mut schema = None;
    r.eat("with");
    while let Some(word) = r.eat_any(&["schema", "version", "cascade"]) {
        match word {
            "schema" => schema = Some(r.ident()?),
            "version" => drop(r.bump()),
            _ => {}
        }
    }
    r.finish("extension");
    Ok(Change::CreateExtension {
        name,
        if_not_exists,
        schema,
    })
}

fn create_rule(r: &mut Reader<'_>, or_replace: bool) -> Read<Change> {
    let name = QualifiedName::bare(r.ident()?);
    r.expect("as on")?;
    let event = r.word()?;
    r.expect("to")?;
    let table = r.name()?;
    let definition = format!("{event} {}", r.take_rest());
    let name = ObjectName {
        name,
        table: Some(table.clone()),
        args: None,
    };
    Ok(Change::CreateObject {
        object: ObjectKind::Rule,
        name,
        or_replace,
        if_not_exists: false,
        relations: vec![table],
        definition: Some(definition),
        keys: Vec::new(),
        needs: Vec::new(),
    })
}

fn create_statistics(r: &mut Reader<'_>) -> Read<Change> {
    let if_not_exists = r.eat("if not exists");
    let unnamed = r.is("on") || r.is_punct(b'(');
    // PostgreSQL 16 and newer make up a name.
    let name = if unnamed {
        QualifiedName::bare("")
    } else {
        r.name()?
    };
    let mut kinds: Vec<String> = Vec::new();
    for mut kind in r
        .until_any(&["on"])
        .parens()
        .into_iter()
        .flat_map(|mut all| all.items())
    {
        kinds.push(kind.word()?.to_ascii_lowercase());
    }
    kinds.sort_unstable();
    kinds.dedup();
    // All of them is what none written means.
    let definition = (1..3).contains(&kinds.len()).then(|| kinds.join(", "));
    r.expect("on")?;
    let mut keys = Vec::new();
    for mut item in r.until_any(&["from"]).items() {
        let mut column = item.clone();
        keys.push(match column.label() {
            Ok(name) if column.is_end() => {
                item.note_reserved(NameKind::Column);
                IndexKey::Column(name)
            }
            _ => IndexKey::Expr(item.expr()?),
        });
    }
    r.expect("from")?;
    let relations = r.list(|r| r.relation().map(|(name, _)| name))?;
    r.finish("statistics");
    Ok(Change::CreateObject {
        object: ObjectKind::Statistics,
        name: ObjectName::new(name),
        or_replace: false,
        if_not_exists,
        relations,
        definition,
        keys,
        needs: Vec::new(),
    })
}
