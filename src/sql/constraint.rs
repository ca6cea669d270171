//! Reads constraints: of tables and domains, with what follows them.

use super::ast::{
    ConstraintAttributes, Ident, IndexParameters, References, TableConstraint, TableConstraintKind,
};
use super::index::{index_element, options};
use super::reader::{Read, Reader};

/// Whether a table constraint, rather than a column, begins here.
pub(crate) fn is_table_constraint(r: &Reader<'_>) -> bool {
    let reserved = [
        "constraint",
        "check",
        "unique",
        "primary key",
        "foreign key",
        "not null",
    ];
    reserved.iter().any(|words| r.is(words))
        || r.is("exclude using")
        || (r.is("exclude") && {
            let mut after = r.clone();
            after.bump();
            after.is_punct(b'(')
        })
}

/// Reads `[CONSTRAINT name] CHECK (..) | UNIQUE (..) | ..` with its attributes.
pub(crate) fn table_constraint(r: &mut Reader<'_>) -> Read<TableConstraint> {
    let start = r.clone();
    let name = if r.eat("constraint") {
        Some(r.ident()?)
    } else {
        None
    };
    let kind = kind(r)?;
    let mut attributes = ConstraintAttributes::default();
    while attribute(r, &mut attributes) {}
    Ok(TableConstraint {
        name,
        kind,
        attributes,
        span: r.span_since(&start),
    })
}

fn kind(r: &mut Reader<'_>) -> Read<TableConstraintKind> {
    if r.eat("check") {
        return Ok(TableConstraintKind::Check(r.paren_expr()?));
    }
    if r.eat("not null") {
        // A domain's has no column; what may follow it is no column's name there.
        let bare = r.is_end() || r.is("not valid") || r.is("no inherit");
        let column = if bare { None } else { Some(r.ident()?) };
        return Ok(TableConstraintKind::NotNull(column));
    }
    if r.eat("foreign key") {
        let (columns, period) = columns(r)?;
        r.expect("references")?;
        let references = references(r)?;
        return Ok(TableConstraintKind::ForeignKey {
            columns,
            period,
            references,
        });
    }
    if r.eat("exclude") {
        return exclude(r);
    }
    let primary = r.eat("primary key");
    if !primary {
        r.expect("unique")?;
    }
    if r.eat("using index") {
        let index = r.ident()?;
        return Ok(TableConstraintKind::UsingIndex { index, primary });
    }
    let nulls_not_distinct = nulls_not_distinct(r);
    let (columns, without_overlaps) = columns(r)?;
    let parameters = index_parameters(r)?;
    Ok(if primary {
        TableConstraintKind::PrimaryKey {
            columns,
            without_overlaps,
            parameters,
        }
    } else {
        TableConstraintKind::Unique {
            columns,
            nulls_not_distinct,
            without_overlaps,
            parameters,
        }
    })
}

/// Reads `NULLS [NOT] DISTINCT`.
pub(crate) fn nulls_not_distinct(r: &mut Reader<'_>) -> bool {
    r.eat("nulls not distinct") || {
        r.eat("nulls distinct");
        false
    }
}

/// Reads `(a, b)`; the flag says that the last one carries `PERIOD` or `WITHOUT OVERLAPS`.
fn columns(r: &mut Reader<'_>) -> Read<(Vec<Ident>, bool)> {
    let mut inner = r.parens()?;
    let mut temporal = false;
    let columns = inner.list(|r| {
        temporal |=
            r.is("period") && r.peek_at(1).is_some() && !next_is_comma(r) && r.eat("period");
        let column = r.ident()?;
        temporal |= r.eat("without overlaps");
        Ok(column)
    })?;
    inner.finish("columns of the constraint");
    Ok((columns, temporal))
}

fn next_is_comma(r: &Reader<'_>) -> bool {
    let mut after = r.clone();
    after.bump();
    after.is_punct(b',')
}

fn exclude(r: &mut Reader<'_>) -> Read<TableConstraintKind> {
    let method = if r.eat("using") {
        Some(r.ident()?)
    } else {
        None
    };
    let mut elements = Vec::new();
    for mut item in r.parens()?.items() {
        let mut element = item.until_any(&["with"]);
        let key = index_element(&mut element)?;
        element.finish("element of the exclusion constraint");
        item.expect("with")?;
        elements.push((key, item.take_rest().to_owned()));
    }
    let parameters = index_parameters(r)?;
    let predicate = if r.eat("where") {
        Some(r.paren_expr()?)
    } else {
        None
    };
    Ok(TableConstraintKind::Exclude {
        method,
        elements,
        predicate,
        parameters,
    })
}

/// Reads `INCLUDE (..)`, `WITH (..)` and `USING INDEX TABLESPACE`, of a constraint.
pub(crate) fn index_parameters(r: &mut Reader<'_>) -> Read<IndexParameters> {
    let mut parameters = IndexParameters::default();
    if r.eat("include") {
        parameters.include = r.ident_list()?;
    }
    if r.eat("with") {
        parameters.options = options(r)?;
    }
    if r.eat("using index tablespace") {
        parameters.tablespace = Some(r.ident()?);
    }
    Ok(parameters)
}

/// Reads what follows `REFERENCES`.
pub(crate) fn references(r: &mut Reader<'_>) -> Read<References> {
    let table = r.name()?;
    let columns = if r.is_punct(b'(') {
        columns(r)?.0
    } else {
        Vec::new()
    };
    let mut references = References {
        table,
        columns,
        match_type: None,
        on_delete: None,
        on_update: None,
    };
    loop {
        if r.eat("match") {
            references.match_type = Some(r.word()?.to_ascii_uppercase());
        } else if r.eat("on delete") {
            references.on_delete = Some(referential_action(r)?);
        } else if r.eat("on update") {
            references.on_update = Some(referential_action(r)?);
        } else {
            return Ok(references);
        }
    }
}

fn referential_action(r: &mut Reader<'_>) -> Read<String> {
    let actions = [
        "no action",
        "restrict",
        "cascade",
        "set null",
        "set default",
    ];
    let action = r.eat_any(&actions).ok_or_else(|| r.expected("an action"))?;
    let mut action = action.to_ascii_uppercase();
    if r.is_punct(b'(') {
        let columns = r.parens()?.take_rest();
        action = format!("{action} ({columns})");
    }
    Ok(action)
}

/// Reads one attribute of a constraint, if one comes next.
pub(crate) fn attribute(r: &mut Reader<'_>, attributes: &mut ConstraintAttributes) -> bool {
    let words = r.eat_any(&[
        "not deferrable",
        "deferrable",
        "initially deferred",
        "initially immediate",
        "not valid",
        "no inherit",
        "not enforced",
        "enforced",
    ]);
    match words {
        Some("not deferrable") => attributes.deferrable = Some(false),
        Some("deferrable") => attributes.deferrable = Some(true),
        Some("initially deferred") => attributes.initially_deferred = Some(true),
        Some("initially immediate") => attributes.initially_deferred = Some(false),
        Some("not valid") => attributes.not_valid = true,
        Some("no inherit") => attributes.no_inherit = Some(true),
        Some("not enforced") => attributes.enforced = Some(false),
        Some(_) => attributes.enforced = Some(true),
        None => return false,
    }
    true
}
