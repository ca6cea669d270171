//! Reads `CREATE TYPE`, `ALTER TYPE`, `CREATE DOMAIN` and `ALTER DOMAIN`.

use super::alter_object::object_action;
use super::alter_table::{action, behavior};
use super::ast::{
    AlterDomain, AlterEnum, AlterObject, Behavior, Change, ColumnConstraintKind, ColumnDef,
    CreateDomain, CreateType, ObjectKind, ObjectName, QualifiedName, TableAction, TableConstraint,
    TableConstraintKind, TypeKind,
};
use super::column::{column_constraint, column_def};
use super::constraint::table_constraint;
use super::index::options;
use super::reader::{Read, Reader};
use super::type_name::type_name;

/// Reads what follows `CREATE TYPE`.
pub(crate) fn create_type(r: &mut Reader<'_>) -> Read<Change> {
    let name = r.name()?;
    let kind = type_kind(r);
    let kind = r.noted("type", kind).unwrap_or(TypeKind::Shell);
    r.finish("type");
    Ok(Change::CreateType(CreateType { name, kind }))
}

fn type_kind(r: &mut Reader<'_>) -> Read<TypeKind> {
    if r.is_end() {
        return Ok(TypeKind::Shell);
    }
    if !r.eat("as") {
        return Ok(TypeKind::Base(options(r)?));
    }
    if r.eat("enum") {
        let mut inner = r.parens()?;
        let labels = if inner.is_end() {
            Vec::new()
        } else {
            inner.list(Reader::string)?
        };
        inner.finish("labels");
        return Ok(TypeKind::Enum(labels));
    }
    if r.eat("range") {
        return Ok(TypeKind::Range(options(r)?));
    }
    let items = r.parens()?.items().into_iter();
    let attributes: Read<Vec<ColumnDef>> = items.map(|mut item| column_def(&mut item)).collect();
    Ok(TypeKind::Composite(attributes?))
}

/// Reads what follows `ALTER TYPE`.
pub(crate) fn alter_type(r: &mut Reader<'_>) -> Read<Change> {
    let name = r.name()?;
    if r.eat("add value") {
        let action = add_value(r)?;
        r.finish("ADD VALUE");
        return Ok(Change::AlterEnum { name, action });
    }
    if r.eat("rename value") {
        let from = r.string()?;
        r.expect("to")?;
        let to = r.string()?;
        r.finish("RENAME VALUE");
        let action = AlterEnum::RenameValue { from, to };
        return Ok(Change::AlterEnum { name, action });
    }
    let verbs = [
        "add attribute",
        "drop attribute",
        "alter attribute",
        "rename attribute",
    ];
    if verbs.iter().any(|words| r.is(words)) {
        let mut ahead = r.clone();
        ahead.until_any(&["cascade"]);
        let behavior = match ahead.is("cascade") {
            true => Behavior::Cascade,
            false => Behavior::Restrict,
        };
        let items = r.items().into_iter();
        let actions = items.map(|item| action(item, attribute_action)).collect();
        return Ok(Change::AlterComposite {
            name,
            actions,
            behavior,
        });
    }
    if !["rename", "owner", "set"].iter().any(|word| r.is(word)) {
        return Err(r.expected("ADD VALUE, RENAME, OWNER or SET"));
    }
    Ok(Change::AlterObject(AlterObject {
        object: ObjectKind::Type,
        name: ObjectName::new(name),
        if_exists: false,
        action: object_action(r),
    }))
}

fn add_value(r: &mut Reader<'_>) -> Read<AlterEnum> {
    let if_not_exists = r.eat("if not exists");
    let label = r.string()?;
    let neighbor = match r.eat_any(&["before", "after"]) {
        Some(word) => Some((word == "before", r.string()?)),
        None => None,
    };
    Ok(AlterEnum::AddValue {
        if_not_exists,
        label,
        neighbor,
    })
}

fn attribute_action(r: &mut Reader<'_>) -> Read<TableAction> {
    let verb = r.word()?;
    r.expect("attribute")?;
    let action = match verb.as_str() {
        "add" => {
            let mut definition = r.until_any(&["cascade", "restrict"]);
            TableAction::AddColumn {
                if_not_exists: false,
                column: Box::new(column_def(&mut definition)?),
            }
        }
        "drop" => {
            let if_exists = r.eat("if exists");
            let column = r.ident()?;
            let behavior = behavior(r);
            return Ok(TableAction::DropColumn {
                column,
                if_exists,
                behavior,
            });
        }
        "alter" => {
            let column = r.ident()?;
            r.eat("set data");
            r.expect("type")?;
            let ty = type_name(r)?;
            let collation = if r.eat("collate") {
                Some(r.name()?)
            } else {
                None
            };
            TableAction::AlterType {
                column,
                ty,
                collation,
                using: None,
            }
        }
        _ => {
            let from = r.ident()?;
            r.expect("to")?;
            let to = r.ident()?;
            TableAction::RenameColumn { from, to }
        }
    };
    behavior(r);
    Ok(action)
}

/// Reads what follows `CREATE DOMAIN`.
pub(crate) fn create_domain(r: &mut Reader<'_>) -> Read<Change> {
    let name = r.name()?;
    r.eat("as");
    let mut domain = CreateDomain {
        name,
        ty: type_name(r)?,
        collation: None,
        default: None,
        not_null: false,
        constraints: Vec::new(),
    };
    while !r.is_end() {
        let read = domain_part(r, &mut domain);
        if r.noted("domain", read).is_none() {
            break;
        }
    }
    Ok(Change::CreateDomain(Box::new(domain)))
}

fn domain_part(r: &mut Reader<'_>, domain: &mut CreateDomain) -> Read<()> {
    if r.eat("collate") {
        domain.collation = Some(r.name()?);
        return Ok(());
    }
    let constraint = column_constraint(r)?;
    match constraint.kind {
        ColumnConstraintKind::Default(expr) => domain.default = Some(expr),
        ColumnConstraintKind::NotNull => domain.not_null = true,
        ColumnConstraintKind::Null => {}
        ColumnConstraintKind::Check(expr) => domain.constraints.push(TableConstraint {
            name: constraint.name,
            kind: TableConstraintKind::Check(expr),
            attributes: constraint.attributes,
            span: constraint.span,
        }),
        ColumnConstraintKind::Generated { .. }
        | ColumnConstraintKind::Identity { .. }
        | ColumnConstraintKind::PrimaryKey(_)
        | ColumnConstraintKind::Unique { .. }
        | ColumnConstraintKind::References(_) => {
            return Err("a domain cannot have this constraint".to_owned());
        }
    }
    Ok(())
}

/// Reads what follows `ALTER DOMAIN`.
pub(crate) fn alter_domain(r: &mut Reader<'_>) -> Read<Change> {
    let name: QualifiedName = r.name()?;
    let words = r.eat_any(&[
        "set default",
        "drop default",
        "set not null",
        "drop not null",
        "add",
        "drop constraint",
        "validate constraint",
        "rename constraint",
    ]);
    let action = match words {
        Some("set default") => AlterDomain::Default(Some(r.rest().expr()?)),
        Some("drop default") => AlterDomain::Default(None),
        Some("set not null") => AlterDomain::NotNull(true),
        Some("drop not null") => AlterDomain::NotNull(false),
        Some("add") => AlterDomain::AddConstraint(Box::new(table_constraint(r)?)),
        Some("drop constraint") => AlterDomain::DropConstraint {
            if_exists: r.eat("if exists"),
            name: r.ident()?,
            behavior: behavior(r),
        },
        Some("validate constraint") => AlterDomain::ValidateConstraint(r.ident()?),
        Some(_) => {
            let from = r.ident()?;
            r.expect("to")?;
            let to = r.ident()?;
            AlterDomain::RenameConstraint { from, to }
        }
        None => {
            let known = ["rename to", "owner to", "set schema"];
            if !known.iter().any(|words| r.is(words)) {
                r.note(format!("action: {}", r.expected("an action")));
            }
            return Ok(Change::AlterObject(AlterObject {
                object: ObjectKind::Domain,
                name: ObjectName::new(name),
                if_exists: false,
                action: object_action(r),
            }));
        }
    };
    r.finish("ALTER DOMAIN");
    Ok(Change::AlterDomain { name, action })
}
