//! Reads `ALTER TABLE`, and ALTER INDEX, VIEW, SEQUENCE and their like, action by action.

use super::alter_column::alter_column;
use super::ast::{
    AlterAction, AlterTable, Behavior, Change, ConstraintAttributes, DetachMode, ObjectKind,
    TableAction,
};
use super::column::column_def;
use super::constraint::{attribute, is_table_constraint, table_constraint};
use super::create_table::partition_bound;
use super::index::options;
use super::reader::{Read, Reader};
use super::sequence::alter_sequence;

/// Reads what follows `ALTER TABLE`, `ALTER INDEX` and so on.
pub(crate) fn alter_relation(r: &mut Reader<'_>, object: ObjectKind) -> Read<Change> {
    if r.is("all in tablespace") {
        r.take_rest();
        return Ok(Change::Utility {
            command: format!("alter-{object}-all-in-tablespace"),
            relations: Vec::new(),
            name: None,
            query: None,
        });
    }
    let if_exists = r.eat("if exists");
    let (name, only) = r.relation()?;
    if object == ObjectKind::Sequence && !is_relation_action(r) {
        return alter_sequence(r, name, if_exists);
    }
    Ok(Change::AlterTable(AlterTable {
        name,
        object,
        only,
        if_exists,
        actions: actions(r),
    }))
}

/// Whether an action that every relation knows comes next, rather than an option of a sequence.
fn is_relation_action(r: &Reader<'_>) -> bool {
    let words = [
        "rename",
        "owner to",
        "set schema",
        "set logged",
        "set unlogged",
        "depends",
        "no depends",
    ];
    words.iter().any(|words| r.is(words))
}

/// Reads all that is left as actions parted by commas.
pub(crate) fn actions(r: &mut Reader<'_>) -> Vec<AlterAction> {
    let items = r.items();
    if items.is_empty() {
        r.note("no action follows the name");
    }
    items
        .into_iter()
        .map(|item| action(item, table_action))
        .collect()
}

/// Reads one action; one that cannot be read keeps its place and is noted.
pub(crate) fn action<'a>(
    mut item: Reader<'a>,
    read: fn(&mut Reader<'a>) -> Read<TableAction>,
) -> AlterAction {
    let whole = item.clone();
    let action = read(&mut item);
    if action.is_ok() {
        item.finish("action");
    }
    AlterAction {
        span: whole.span(),
        action: whole
            .noted("action", action)
            .unwrap_or_else(|| TableAction::Unknown(whole.rest_text().to_owned())),
    }
}

fn table_action(r: &mut Reader<'_>) -> Read<TableAction> {
    let words = r.eat_any(&[
        "add",
        "drop",
        "alter",
        "rename",
        "set",
        "reset",
        "enable",
        "disable",
        "force",
        "no",
        "validate constraint",
        "cluster on",
        "inherit",
        "of",
        "not of",
        "owner to",
        "replica identity",
        "attach partition",
        "detach partition",
        "depends on extension",
        "options",
    ]);
    Ok(match words.ok_or_else(|| r.expected("an action"))? {
        "add" => return add(r),
        "drop" => return drop_part(r),
        "alter" => return alter(r),
        "rename" => return rename(r),
        "set" => return set(r),
        "reset" => TableAction::SetOptions {
            options: options(r)?,
            reset: true,
        },
        "enable" => return switch(r, "ENABLE"),
        "disable" => return switch(r, "DISABLE"),
        "force" => {
            r.expect("row level security")?;
            TableAction::RowSecurity("FORCE".to_owned())
        }
        "no" => return no(r),
        "validate constraint" => TableAction::ValidateConstraint(r.ident()?),
        "cluster on" => TableAction::ClusterOn(r.ident()?),
        "inherit" => TableAction::Inherit(r.name()?),
        "of" => TableAction::OfType(r.name()?),
        "not of" => TableAction::NotOf,
        "owner to" => TableAction::OwnerTo(r.role()?),
        "replica identity" => return replica_identity(r),
        "attach partition" => return attach(r),
        "detach partition" => return detach(r),
        "depends on extension" => {
            r.ident()?;
            TableAction::DependsOnExtension
        }
        _ => {
            r.parens()?;
            TableAction::ForeignOptions { column: None }
        }
    })
}

fn add(r: &mut Reader<'_>) -> Read<TableAction> {
    if is_table_constraint(r) {
        let constraint = table_constraint(r)?;
        return Ok(TableAction::AddConstraint(Box::new(constraint)));
    }
    r.eat("column");
    let if_not_exists = r.eat("if not exists");
    let column = Box::new(column_def(r)?);
    Ok(TableAction::AddColumn {
        if_not_exists,
        column,
    })
}

fn drop_part(r: &mut Reader<'_>) -> Read<TableAction> {
    let constraint = r.eat("constraint");
    if !constraint {
        r.eat("column");
    }
    let if_exists = r.eat("if exists");
    let name = r.ident()?;
    let behavior = behavior(r);
    Ok(if constraint {
        TableAction::DropConstraint {
            name,
            if_exists,
            behavior,
        }
    } else {
        TableAction::DropColumn {
            column: name,
            if_exists,
            behavior,
        }
    })
}

/// Reads `CASCADE` or `RESTRICT`, or nothing.
pub(crate) fn behavior(r: &mut Reader<'_>) -> Behavior {
    match r.eat_any(&["cascade", "restrict"]) {
        Some("cascade") => Behavior::Cascade,
        _ => Behavior::Restrict,
    }
}

fn alter(r: &mut Reader<'_>) -> Read<TableAction> {
    if !r.eat("constraint") {
        return alter_column(r);
    }
    let name = r.ident()?;
    let mut attributes = ConstraintAttributes::default();
    loop {
        // PostgreSQL 18 writes INHERIT with SET and without.
        let set = r.is("set inherit") || r.is("set no inherit");
        if set {
            r.eat("set");
        }
        if r.eat("inherit") {
            attributes.no_inherit = Some(false);
        } else if !attribute(r, &mut attributes) {
            break;
        }
    }
    Ok(TableAction::AlterConstraint { name, attributes })
}

fn rename(r: &mut Reader<'_>) -> Read<TableAction> {
    if r.eat("to") {
        return Ok(TableAction::RenameTo(r.ident()?));
    }
    let constraint = r.eat("constraint");
    if !constraint && !r.word_at(1, "to") {
        r.eat_any(&["column", "attribute"]);
    }
    let from = r.ident()?;
    r.expect("to")?;
    let to = r.ident()?;
    behavior(r);
    Ok(if constraint {
        TableAction::RenameConstraint { from, to }
    } else {
        TableAction::RenameColumn { from, to }
    })
}

fn set(r: &mut Reader<'_>) -> Read<TableAction> {
    if r.is_punct(b'(') {
        return Ok(TableAction::SetOptions {
            options: options(r)?,
            reset: false,
        });
    }
    let words = r.eat_any(&[
        "schema",
        "tablespace",
        "logged",
        "unlogged",
        "access method default",
        "access method",
        "without cluster",
        "without oids",
    ]);
    Ok(match words.ok_or_else(|| r.expected("what is set"))? {
        "schema" => TableAction::SetSchema(r.ident()?),
        "tablespace" => {
            let tablespace = r.ident()?;
            r.eat("nowait");
            TableAction::SetTablespace(tablespace)
        }
        "logged" => TableAction::SetLogged(true),
        "unlogged" => TableAction::SetLogged(false),
        "access method default" => TableAction::SetAccessMethod(None),
        "access method" => TableAction::SetAccessMethod(Some(r.ident()?)),
        "without cluster" => TableAction::SetWithoutCluster,
        _ => TableAction::SetWithoutOids,
    })
}

/// Reads what follows `ENABLE` or `DISABLE`.
fn switch(r: &mut Reader<'_>, word: &str) -> Read<TableAction> {
    if r.eat("row level security") {
        return Ok(TableAction::RowSecurity(word.to_owned()));
    }
    let state = match r.eat_any(&["always", "replica"]) {
        Some(mode) => format!("{word} {}", mode.to_ascii_uppercase()),
        None => word.to_owned(),
    };
    if r.eat("rule") {
        let name = r.ident()?;
        return Ok(TableAction::Rule { name, state });
    }
    r.expect("trigger")?;
    let name = match r.eat_any(&["all", "user"]) {
        Some(_) => None,
        None => Some(r.ident()?),
    };
    Ok(TableAction::Trigger { name, state })
}

fn no(r: &mut Reader<'_>) -> Read<TableAction> {
    if r.eat("force row level security") {
        return Ok(TableAction::RowSecurity("NO FORCE".to_owned()));
    }
    if r.eat("depends on extension") {
        r.ident()?;
        return Ok(TableAction::DependsOnExtension);
    }
    r.expect("inherit")?;
    Ok(TableAction::NoInherit(r.name()?))
}

fn replica_identity(r: &mut Reader<'_>) -> Read<TableAction> {
    let kinds = ["default", "full", "nothing", "using index"];
    let kind = r
        .eat_any(&kinds)
        .ok_or_else(|| r.expected("a replica identity"))?;
    let index = if kind == "using index" {
        Some(r.ident()?)
    } else {
        None
    };
    Ok(TableAction::ReplicaIdentity(
        kind.to_ascii_uppercase(),
        index,
    ))
}

fn attach(r: &mut Reader<'_>) -> Read<TableAction> {
    let partition = r.name()?;
    let bound = if r.is_end() {
        String::new()
    } else {
        partition_bound(r)?
    };
    Ok(TableAction::AttachPartition { partition, bound })
}

fn detach(r: &mut Reader<'_>) -> Read<TableAction> {
    let partition = r.name()?;
    let mode = match r.eat_any(&["concurrently", "finalize"]) {
        Some("concurrently") => DetachMode::Concurrently,
        Some(_) => DetachMode::Finalize,
        None => DetachMode::Plain,
    };
    Ok(TableAction::DetachPartition { partition, mode })
}
