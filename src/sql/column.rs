//! Reads column definitions and the constraints written on them.

use super::ast::{
    ColumnConstraint, ColumnConstraintKind, ColumnDef, ConstraintAttributes, SqlExpr,
};
use super::constraint::{attribute, index_parameters, nulls_not_distinct, references};
use super::reader::{Read, Reader};
use super::sequence::sequence_options;
use super::token::TokenKind;
use super::type_name::column_type;

/// Reads `name type [constraint ..]`, all that is left. Only a missing name is an error: what cannot be
/// read behind it is noted.
pub(crate) fn column_def(r: &mut Reader<'_>) -> Read<ColumnDef> {
    column(r, true)
}

/// Reads `name [WITH OPTIONS] [constraint ..]` of a typed table or partition.
pub(crate) fn typed_column(r: &mut Reader<'_>) -> Read<ColumnDef> {
    column(r, false)
}

fn column(r: &mut Reader<'_>, with_type: bool) -> Read<ColumnDef> {
    let start = r.clone();
    let mut column = ColumnDef {
        name: r.ident()?,
        ty: None,
        serial: false,
        collation: None,
        storage: None,
        compression: None,
        constraints: Vec::new(),
        span: start.span(),
    };
    let what = format!("column {}", column.name);
    if with_type {
        match r.clone().is_end() {
            true => r.note(format!("{what}: its type is missing")),
            false => {
                let read = column_type(r);
                let ty = r.noted(&what, read);
                column.serial = ty.as_ref().is_some_and(|(_, serial)| *serial);
                column.ty = ty.map(|(ty, _)| ty);
                if column.ty.is_none() {
                    r.until(is_constraint_start);
                }
            }
        }
    } else {
        r.eat("with options");
    }
    while !r.is_end() {
        let read = column_part(r, &mut column);
        if r.noted(&what, read).is_none() {
            r.bump();
            r.until(is_constraint_start);
        }
    }
    column.span = r.span_since(&start);
    Ok(column)
}

/// Reads one clause or constraint of a column.
fn column_part(r: &mut Reader<'_>, column: &mut ColumnDef) -> Read<()> {
    if r.eat("collate") {
        column.collation = Some(r.name()?);
    } else if r.eat("storage") {
        column.storage = Some(r.word()?.to_ascii_uppercase());
    } else if r.eat("compression") {
        column.compression = Some(r.label()?);
    } else if r.eat("options") {
        r.parens()?;
    } else {
        let mut attributes = ConstraintAttributes::default();
        let start = r.clone();
        if attribute(r, &mut attributes) {
            // `DEFAULT 0 NOT VALID` and its like, where no constraint carries the attribute.
            let shown = r.span_since(&start).text(start.source()).to_owned();
            return Err(format!("`{shown}` follows no constraint"));
        }
        let constraint = column_constraint(r)?;
        if constraint.attributes.not_valid {
            return Err(
                "NOT VALID goes with ADD CONSTRAINT, not with a constraint of the column"
                    .to_owned(),
            );
        }
        column.constraints.push(constraint);
    }
    Ok(())
}

/// Reads one constraint of a column or domain with its attributes.
pub(crate) fn column_constraint(r: &mut Reader<'_>) -> Read<ColumnConstraint> {
    let start = r.clone();
    let name = if r.eat("constraint") {
        Some(r.ident()?)
    } else {
        None
    };
    let kind = constraint_kind(r)?;
    let mut attributes = ConstraintAttributes::default();
    while attribute(r, &mut attributes) {}
    Ok(ColumnConstraint {
        name,
        kind,
        attributes,
        span: r.span_since(&start),
    })
}

fn constraint_kind(r: &mut Reader<'_>) -> Read<ColumnConstraintKind> {
    let words = r.eat_any(&[
        "not null",
        "null",
        "default",
        "generated",
        "primary key",
        "unique",
        "check",
        "references",
    ]);
    Ok(match words {
        Some("not null") => ColumnConstraintKind::NotNull,
        Some("null") => ColumnConstraintKind::Null,
        Some("default") => ColumnConstraintKind::Default(default_expr(r)?),
        Some("generated") => return generated(r),
        Some("primary key") => ColumnConstraintKind::PrimaryKey(index_parameters(r)?),
        Some("unique") => ColumnConstraintKind::Unique {
            nulls_not_distinct: nulls_not_distinct(r),
            parameters: index_parameters(r)?,
        },
        Some("check") => ColumnConstraintKind::Check(r.paren_expr()?),
        Some(_) => ColumnConstraintKind::References(references(r)?),
        None => return Err(r.expected("a constraint")),
    })
}

/// Reads what follows `DEFAULT` up to the next constraint.
pub(crate) fn default_expr(r: &mut Reader<'_>) -> Read<SqlExpr> {
    let start = r.clone();
    let mut expr = r.until(|here| {
        let first = here.span() == start.span();
        !first && (is_constraint_start(here) && !here.follows_operator())
    });
    expr.expr()
}

fn generated(r: &mut Reader<'_>) -> Read<ColumnConstraintKind> {
    let always = r.eat("always");
    if !always {
        r.expect("by default")?;
    }
    r.expect("as")?;
    if r.eat("identity") {
        let options = identity_options(r)?;
        return Ok(ColumnConstraintKind::Identity { always, options });
    }
    let expr = r.paren_expr()?;
    let stored = r.eat("stored");
    if !stored {
        r.eat("virtual");
    }
    Ok(ColumnConstraintKind::Generated { expr, stored })
}

/// Reads the sequence options in parentheses behind `AS IDENTITY`, if there are any.
pub(crate) fn identity_options(r: &mut Reader<'_>) -> Read<Vec<super::ast::SequenceOption>> {
    if !r.is_punct(b'(') {
        return Ok(Vec::new());
    }
    let mut inner = r.parens()?;
    sequence_options(&mut inner)
}

/// Whether a constraint, clause or attribute of a column begins here; none of these words can stand
/// in a default outside parentheses (manual 18, CREATE TABLE; `b_expr` of the grammar).
fn is_constraint_start(r: &Reader<'_>) -> bool {
    let Some(token) = r.peek().filter(|token| token.kind == TokenKind::Word) else {
        return false;
    };
    match r.text(token).to_ascii_lowercase().as_str() {
        "constraint" | "null" | "unique" | "check" | "default" | "references" | "collate"
        | "deferrable" | "initially" => true,
        "not" => !r.is("not distinct") && !r.is("not document"),
        "primary" => r.is("primary key"),
        "generated" => r.is("generated always") || r.is("generated by"),
        "no" => r.is("no inherit"),
        "enforced" => true,
        _ => false,
    }
}
