//! Reads sequences and their options.

use super::ast::{
    AlterSequence, Change, CreateSequence, Persistence, QualifiedName, SequenceOption,
};
use super::reader::{Read, Reader};
use super::type_name::type_name;

/// Reads what follows `CREATE [TEMPORARY] SEQUENCE`.
pub(crate) fn create_sequence(r: &mut Reader<'_>, persistence: Persistence) -> Read<Change> {
    let if_not_exists = r.eat("if not exists");
    let name = r.name()?;
    let options = sequence_options(r);
    Ok(Change::CreateSequence(CreateSequence {
        name,
        persistence,
        if_not_exists,
        options: r.noted("sequence", options).unwrap_or_default(),
    }))
}

/// Reads the options of `ALTER SEQUENCE name`.
pub(crate) fn alter_sequence(
    r: &mut Reader<'_>,
    name: QualifiedName,
    if_exists: bool,
) -> Read<Change> {
    let options = sequence_options(r);
    Ok(Change::AlterSequence(AlterSequence {
        name,
        if_exists,
        options: r.noted("sequence", options).unwrap_or_default(),
    }))
}

/// Reads all that is left as options of a sequence.
pub(crate) fn sequence_options(r: &mut Reader<'_>) -> Read<Vec<SequenceOption>> {
    let mut options = Vec::new();
    while !r.is_end() {
        options.push(sequence_option(r)?);
    }
    Ok(options)
}

/// Reads one option of a sequence.
pub(crate) fn sequence_option(r: &mut Reader<'_>) -> Read<SequenceOption> {
    let words = r.eat_any(&[
        "as",
        "owned by none",
        "owned by",
        "sequence name",
        "restart",
        "increment",
        "minvalue",
        "maxvalue",
        "no minvalue",
        "no maxvalue",
        "no cycle",
        "start",
        "cache",
        "cycle",
        "logged",
        "unlogged",
    ]);
    let words = words.ok_or_else(|| r.expected("an option of the sequence"))?;
    Ok(match words {
        "as" => SequenceOption::As(type_name(r)?),
        "owned by none" => SequenceOption::OwnedBy(None),
        "owned by" => SequenceOption::OwnedBy(Some(owner(r)?)),
        "sequence name" => SequenceOption::Name(r.name()?),
        "restart" => {
            let with = r.eat("with") || !r.is_end() && !r.is_word();
            let value = if with { Some(r.number()?) } else { None };
            SequenceOption::Restart(value)
        }
        "increment" | "minvalue" | "maxvalue" | "start" | "cache" => {
            r.eat_any(&["by", "with"]);
            SequenceOption::Other(words.to_ascii_uppercase(), Some(r.number()?))
        }
        _ => SequenceOption::Other(words.to_ascii_uppercase(), None),
    })
}

/// Reads `table.column`.
fn owner(r: &mut Reader<'_>) -> Read<(QualifiedName, super::ast::Ident)> {
    let mut parts = r.dotted()?;
    let column = parts.pop().ok_or_else(|| r.expected("a column"))?;
    let name = parts
        .pop()
        .ok_or_else(|| r.expected("a table and its column"))?;
    let schema = parts.pop();
    Ok((QualifiedName { schema, name }, column))
}
