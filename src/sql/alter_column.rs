//! Reads the actions of `ALTER TABLE .. ALTER COLUMN`.

use super::ast::{Ident, SequenceOption, TableAction};
use super::column::identity_options;
use super::index::options;
use super::reader::{Read, Reader};
use super::sequence::sequence_option;
use super::token::TokenKind;
use super::type_name::type_name;

/// Reads what follows `ALTER` when it is no constraint.
pub(crate) fn alter_column(r: &mut Reader<'_>) -> Read<TableAction> {
    r.eat("column");
    let column = match r.peek() {
        // An index's columns go by number.
        Some(token) if token.kind == TokenKind::Number => Ident::new(r.number()?),
        _ => r.ident()?,
    };
    if r.is("set generated") || r.is("restart") {
        return alter_identity(r, column);
    }
    let words = r.eat_any(&[
        "set data type",
        "type",
        "set default",
        "drop default",
        "set not null",
        "drop not null",
        "set expression as",
        "drop expression",
        "add generated",
        "drop identity",
        "set statistics",
        "set storage",
        "set compression",
        "reset",
        "options",
    ]);
    Ok(match words {
        Some("set data type" | "type") => return alter_type(r, column),
        Some("set default") => TableAction::SetDefault {
            column,
            expr: r.rest().expr()?,
        },
        Some("drop default") => TableAction::DropDefault(column),
        Some("set not null") => TableAction::SetNotNull(column),
        Some("drop not null") => TableAction::DropNotNull(column),
        Some("set expression as") => TableAction::SetExpression {
            column,
            expr: r.paren_expr()?,
        },
        Some("drop expression") => TableAction::DropExpression {
            column,
            if_exists: r.eat("if exists"),
        },
        Some("add generated") => return add_identity(r, column),
        Some("drop identity") => TableAction::DropIdentity {
            column,
            if_exists: r.eat("if exists"),
        },
        Some("set statistics") => {
            let target = if r.eat("default") {
                None
            } else {
                r.number()?.parse().ok().filter(|target| *target != -1)
            };
            TableAction::SetStatistics { column, target }
        }
        Some("set storage") => TableAction::SetStorage {
            column,
            storage: r.word()?.to_ascii_uppercase(),
        },
        Some("set compression") => TableAction::SetCompression {
            column,
            method: r.label()?,
        },
        Some("reset") => TableAction::SetColumnOptions {
            column,
            options: options(r)?,
            reset: true,
        },
        Some(_) => {
            r.parens()?;
            let column = Some(column);
            TableAction::ForeignOptions { column }
        }
        None => return set(r, column),
    })
}

fn alter_type(r: &mut Reader<'_>, column: Ident) -> Read<TableAction> {
    let ty = type_name(r)?;
    let collation = if r.eat("collate") {
        Some(r.name()?)
    } else {
        None
    };
    let using = if r.eat("using") {
        Some(r.rest().expr()?)
    } else {
        None
    };
    Ok(TableAction::AlterType {
        column,
        ty,
        collation,
        using,
    })
}

/// `SET (..)`, or `SET` with an option of the identity's sequence.
fn set(r: &mut Reader<'_>, column: Ident) -> Read<TableAction> {
    let mut after = r.clone();
    after.expect("set")?;
    if after.is_punct(b'(') {
        r.eat("set");
        let options = options(r)?;
        return Ok(TableAction::SetColumnOptions {
            column,
            options,
            reset: false,
        });
    }
    alter_identity(r, column)
}

fn add_identity(r: &mut Reader<'_>, column: Ident) -> Read<TableAction> {
    let always = generation(r)?;
    r.expect("as identity")?;
    let options = identity_options(r)?;
    Ok(TableAction::AddIdentity {
        column,
        always,
        options,
    })
}

/// Reads `ALWAYS` (true) or `BY DEFAULT`.
fn generation(r: &mut Reader<'_>) -> Read<bool> {
    let always = r.eat("always");
    if !always {
        r.expect("by default")?;
    }
    Ok(always)
}

fn alter_identity(r: &mut Reader<'_>, column: Ident) -> Read<TableAction> {
    let mut always = None;
    let mut options: Vec<SequenceOption> = Vec::new();
    while !r.is_end() {
        if r.eat("set generated") {
            always = Some(generation(r)?);
            continue;
        }
        if !r.is("restart") {
            r.expect("set")?;
        }
        options.push(sequence_option(r)?);
    }
    Ok(TableAction::AlterIdentity {
        column,
        always,
        options,
    })
}
