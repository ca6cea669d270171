//! Reads data types, bringing the grammar's aliases to the names in `pg_type`.

use super::ast::TypeName;
use super::reader::{Read, Reader};
use super::token::TokenKind;

/// What the grammar calls a type, and its name in `pg_type` (manual 18, table 8.1).
const ALIASES: &[(&str, &str)] = &[
    ("int", "int4"),
    ("integer", "int4"),
    ("smallint", "int2"),
    ("bigint", "int8"),
    ("real", "float4"),
    ("double precision", "float8"),
    ("decimal", "numeric"),
    ("dec", "numeric"),
    ("boolean", "bool"),
    ("bit varying", "varbit"),
    ("national character varying", "varchar"),
    ("national char varying", "varchar"),
    ("nchar varying", "varchar"),
    ("character varying", "varchar"),
    ("char varying", "varchar"),
    ("national character", "bpchar"),
    ("national char", "bpchar"),
    ("nchar", "bpchar"),
    ("character", "bpchar"),
    ("char", "bpchar"),
];

/// The serial types with their integer types (manual 18, section 8.1.4).
const SERIALS: &[(&str, &str)] = &[
    ("smallserial", "int2"),
    ("serial2", "int2"),
    ("serial", "int4"),
    ("serial4", "int4"),
    ("bigserial", "int8"),
    ("serial8", "int8"),
];

/// Reads a column's type; the flag says that it was written as a serial.
pub(crate) fn column_type(r: &mut Reader<'_>) -> Read<(TypeName, bool)> {
    let ty = type_name(r)?;
    let serial = SERIALS
        .iter()
        .find(|(name, _)| ty.schema.is_none() && ty.name == *name);
    Ok(match serial {
        Some((_, integer)) if !ty.array => (TypeName::plain(integer), true),
        _ => (ty, false),
    })
}

/// Reads a type with its modifiers and array bounds. `SETOF` is read over; `a.b%TYPE` is refused.
pub(crate) fn type_name(r: &mut Reader<'_>) -> Read<TypeName> {
    r.eat("setof");
    let mut ty = element(r)?;
    loop {
        if r.eat("array") {
            ty.array = true;
        } else if !r.is_punct(b'[') {
            break;
        }
        if r.eat_punct(b'[') {
            ty.array = true;
            if !r.is_punct(b']') {
                r.number()?;
            }
            if !r.eat_punct(b']') {
                return Err(r.expected("`]`"));
            }
        }
    }
    if r.is_operator("%") && r.word_at(1, "type") {
        return Err("the type of another column (%TYPE) is not looked up".to_owned());
    }
    Ok(ty)
}

fn element(r: &mut Reader<'_>) -> Read<TypeName> {
    if r.is_word() {
        if r.eat("interval") {
            return interval(r);
        }
        if let Some(word) = r.eat_any(&["timestamp", "time"]) {
            return time(r, word);
        }
        if r.eat("float") {
            return float(r);
        }
        let bare_bit = r.is("bit") && !r.is("bit varying");
        let bare_type = r
            .peek_at(1)
            .is_none_or(|next| next.kind != TokenKind::Punctuation(b'.'));
        let alias = ALIASES.iter().find(|(words, _)| bare_type && r.eat(words));
        if let Some((_, name)) = alias {
            let mut ty = TypeName::plain(name);
            ty.modifiers = modifiers(r)?;
            takes_modifiers(&ty)?;
            // Without a length, `character` and `bit` mean a length of one (manual 18, sections 8.3, 8.10).
            if *name == "bpchar" && ty.modifiers.is_empty() {
                ty.modifiers = vec!["1".to_owned()];
            }
            return Ok(ty);
        }
        if bare_bit {
            let mut ty = named(r)?;
            if ty.modifiers.is_empty() {
                ty.modifiers = vec!["1".to_owned()];
            }
            return Ok(ty);
        }
    }
    named(r)
}

fn named(r: &mut Reader<'_>) -> Read<TypeName> {
    let name = r.type_name()?;
    let ty = TypeName {
        schema: name.schema.filter(|schema| schema != "pg_catalog"),
        name: name.name,
        modifiers: modifiers(r)?,
        array: false,
    };
    takes_modifiers(&ty)?;
    Ok(ty)
}

/// Refuses `int(11)` and `text(200)` (manual 18, table 8.1).
fn takes_modifiers(ty: &TypeName) -> Read<()> {
    const WITHOUT: &[&str] = &[
        "int2",
        "int4",
        "int8",
        "float4",
        "float8",
        "bool",
        "text",
        "bytea",
        "date",
        "uuid",
        "json",
        "jsonb",
        "name",
        "oid",
        "inet",
        "cidr",
        "money",
        "xml",
        "serial",
        "bigserial",
        "smallserial",
    ];
    let bare = ty.schema.is_none() && WITHOUT.contains(&ty.name.as_str());
    match ty.modifiers.as_slice() {
        [first, ..] if bare => Err(format!(
            "({first}) was not expected: {} takes no length",
            ty.clone().without_modifiers()
        )),
        _ => Ok(()),
    }
}

fn modifiers(r: &mut Reader<'_>) -> Read<Vec<String>> {
    if !r.is_punct(b'(') {
        return Ok(Vec::new());
    }
    let mut items = r.parens()?.items();
    let texts = items.iter_mut().map(|item| item.take_rest().to_owned());
    Ok(texts.collect())
}

fn time(r: &mut Reader<'_>, word: &str) -> Read<TypeName> {
    let modifiers = modifiers(r)?;
    let zoned = r.eat("with time zone");
    if !zoned {
        r.eat("without time zone");
    }
    Ok(TypeName {
        modifiers,
        ..TypeName::plain(match (word, zoned) {
            ("timestamp", true) => "timestamptz",
            ("timestamp", false) => "timestamp",
            (_, true) => "timetz",
            (_, false) => "time",
        })
    })
}

/// `float(p)` is `real` up to 24 bits and `double precision` above (manual 18, section 8.1.3).
fn float(r: &mut Reader<'_>) -> Read<TypeName> {
    let bits = modifiers(r)?;
    // `opt_float` of the grammar.
    match bits.first().and_then(|bits| bits.parse::<i64>().ok()) {
        Some(..=0) => return Err("precision for type float must be at least 1 bit".to_owned()),
        Some(54..) => return Err("precision for type float must be less than 54 bits".to_owned()),
        _ => {}
    }
    let single = bits.first().and_then(|bits| bits.parse::<u8>().ok());
    Ok(TypeName::plain(match single {
        Some(..=24) => "float4",
        _ => "float8",
    }))
}

fn interval(r: &mut Reader<'_>) -> Read<TypeName> {
    const FIELDS: [&str; 13] = [
        "year to month",
        "day to hour",
        "day to minute",
        "day to second",
        "hour to minute",
        "hour to second",
        "minute to second",
        "year",
        "month",
        "day",
        "hour",
        "minute",
        "second",
    ];
    let mut ty = TypeName::plain("interval");
    ty.modifiers.extend(r.eat_any(&FIELDS).map(str::to_owned));
    ty.modifiers.extend(modifiers(r)?);
    Ok(ty)
}
