//! Casts whose result depends on the session: its time zone, date style or money format.

use super::expr;
use crate::schema::{Catalogue, EnumOrOther, Relation};
use crate::sql::ast::{Call, Expr, TypeName};

/// Whether an expression over a table's columns has a cast that is not immutable, so that no index or
/// generated column can have it. Where the type of what is cast is not known, it is taken for immutable.
pub(super) fn has_stable(
    catalogue: &Catalogue,
    table: &Relation,
    whole: &Expr,
    version: u16,
) -> bool {
    let mut found = false;
    expr::visit(whole, &mut |part| {
        if let Expr::Cast { expr, ty } = part
            && let Some(from) = source(table, expr)
        {
            found |= is_stable(catalogue, from, ty, version);
        }
        if let Expr::Call(call) = part
            && catalogue.routine(&call.name).is_none()
        {
            found |= is_stable_call(table, call, version);
        }
    });
    found
}

/// The type of a column, or of what is itself a cast.
fn source<'a>(table: &'a Relation, expr: &'a Expr) -> Option<&'a TypeName> {
    match expr {
        Expr::Column(path) => Some(&table.column(path.last()?)?.ty),
        Expr::Cast { ty, .. } => Some(ty),
        Expr::Collate { expr, .. } => source(table, expr),
        _ => None,
    }
}

/// `pg_cast` and the input and output functions of types, where `pg_proc.provolatile = 's'` (read from
/// servers of 14 to 18).
fn is_stable(catalogue: &Catalogue, from: &TypeName, to: &TypeName, version: u16) -> bool {
    if (&from.name, from.array) == (&to.name, to.array) {
        return false;
    }
    let listed = |words: &[&str], name: &str| words.contains(&name);
    let is_text = |ty: &TypeName| !ty.array && listed(TEXTS, ty.name.as_str());
    match (is_text(from), is_text(to)) {
        (true, true) => false,
        (true, false) => to.array || is_made(catalogue, to) || listed(INPUT, to.name.as_str()),
        (false, true) => {
            let interval = from.name == "interval" && version >= INTERVAL_OUT_STABLE;
            let made = from.array || is_made(catalogue, from);
            made || interval || listed(OUTPUT, from.name.as_str())
        }
        (false, false) if from.array || to.array => false,
        (false, false) => CASTS.contains(&(from.name.as_str(), to.name.as_str())),
    }
}

/// Whether a call means the stable one of PostgreSQL's functions of a name, of which another is immutable
/// (`pg_proc.provolatile`, read from servers of 14 to 18). What has no configuration of its own takes the session's.
fn is_stable_call(table: &Relation, call: &Call, version: u16) -> bool {
    let zoned = |at: usize| {
        let ty = call.args.get(at).and_then(|arg| source(table, arg));
        ty.is_some_and(|ty| !ty.array && ty.name == "timestamptz")
    };
    match (call.name.name.as_str(), call.args.len()) {
        (
            "to_tsvector"
            | "to_tsquery"
            | "plainto_tsquery"
            | "phraseto_tsquery"
            | "websearch_to_tsquery"
            | "age",
            1,
        ) => true,
        ("to_timestamp", 2) => true,
        ("date_trunc" | "date_part" | "extract", 2) => zoned(1),
        ("date_trunc", 3) => version < DATE_TRUNC_IMMUTABLE && zoned(1),
        ("date", 1) => zoned(0),
        _ => false,
    }
}

/// The major version from which `date_trunc(text, timestamptz, text)` is immutable (release notes of 16).
const DATE_TRUNC_IMMUTABLE: u16 = 16;

/// An enum, range or composite type: what reads and writes it is stable.
fn is_made(catalogue: &Catalogue, ty: &TypeName) -> bool {
    let def = catalogue.type_def(&ty.qualified_name());
    match def.map(|def| &def.kind) {
        Some(EnumOrOther::Enum(_) | EnumOrOther::Composite(_) | EnumOrOther::Range) => true,
        Some(EnumOrOther::Domain { .. } | EnumOrOther::Other) | None => false,
    }
}

/// The major version from which `interval_out` is stable.
const INTERVAL_OUT_STABLE: u16 = 15;

const TEXTS: &[&str] = &["text", "varchar", "bpchar", "name", "char"];

/// Types read by a function that is stable.
const INPUT: &[&str] = &[
    "date",
    "interval",
    "money",
    "regclass",
    "regcollation",
    "regconfig",
    "regdictionary",
    "regnamespace",
    "regoper",
    "regoperator",
    "regproc",
    "regprocedure",
    "regrole",
    "regtype",
    "time",
    "timestamp",
    "timestamptz",
    "timetz",
    "xml",
];

/// Types written by a function that is stable.
const OUTPUT: &[&str] = &[
    "date",
    "money",
    "regclass",
    "regcollation",
    "regconfig",
    "regdictionary",
    "regnamespace",
    "regoper",
    "regoperator",
    "regproc",
    "regprocedure",
    "regrole",
    "regtype",
    "timestamp",
    "timestamptz",
];

/// Casts by a function that is stable.
const CASTS: &[(&str, &str)] = &[
    ("int8", "money"),
    ("int4", "money"),
    ("numeric", "money"),
    ("money", "numeric"),
    ("date", "timestamptz"),
    ("time", "timetz"),
    ("timestamp", "timestamptz"),
    ("timestamptz", "date"),
    ("timestamptz", "time"),
    ("timestamptz", "timestamp"),
    ("timestamptz", "timetz"),
];
