//! The types of operators and functions, as far as views need them.

use super::Catalogue;
use crate::sql::ast::{Call, CreateRoutine, Expr, TypeName};

type Ty = Option<TypeName>;

/// A string constant that nothing gave a type becomes text.
pub(super) fn value(ty: Ty) -> Ty {
    ty.map(|ty| {
        if ty.name == "unknown" {
            TypeName {
                name: "text".into(),
                ..ty
            }
        } else {
            ty
        }
    })
}

/// A number constant: the smallest of integer, bigint and numeric that holds it (manual 18, 4.1.2.6).
pub(super) fn number(digits: &str) -> TypeName {
    let name = if digits.parse::<i32>().is_ok() {
        "int4"
    } else if digits.parse::<i64>().is_ok() {
        "int8"
    } else {
        "numeric"
    };
    TypeName::plain(name)
}

/// The common type of two branches (manual 18, section 10.5).
pub(super) fn unified(one: Ty, other: Ty) -> Ty {
    match (one, other) {
        (None, ty) | (ty, None) => ty,
        (Some(one), Some(other)) if one.name == "unknown" => Some(other),
        (Some(one), Some(other)) if other.name == "unknown" => Some(one),
        (Some(one), Some(other)) if one == other => Some(one),
        (Some(one), Some(other)) => match (rank(&one), rank(&other)) {
            (Some(a), Some(b)) => Some(if b > a { other } else { one }.without_modifiers()),
            _ => Some(one.without_modifiers()),
        },
    }
}

/// Numbers by the order in which one is cast to the next.
fn rank(ty: &TypeName) -> Option<u8> {
    let order = ["int2", "int4", "int8", "numeric", "float4", "float8"];
    let at = order.iter().position(|name| ty.name == *name)?;
    (!ty.array).then_some(at as u8)
}

fn is(ty: &Ty, names: &[&str]) -> bool {
    ty.as_ref()
        .is_some_and(|ty| !ty.array && names.iter().any(|name| ty.name == *name))
}

/// The type an infix operator gives.
pub(super) fn operator(op: &str, left: Ty, right: Ty) -> Ty {
    let plain = |name: &str| Some(TypeName::plain(name));
    const TIMES: &[&str] = &["timestamp", "timestamptz"];
    match op {
        "->>" | "#>>" => plain("text"),
        "->" | "#>" | "#-" => left,
        "||" if is(&left, &["jsonb"]) || is(&right, &["jsonb"]) => plain("jsonb"),
        "||" if is(&left, &["tsvector"]) => left,
        "||" if left.as_ref().is_some_and(|ty| ty.array) => left,
        "||" if right.as_ref().is_some_and(|ty| ty.array) => right,
        "||" => plain("text"),
        "+" | "-" | "*" | "/" | "%" | "^" => {
            if op == "-" && is(&left, TIMES) && is(&right, TIMES) {
                plain("interval")
            } else if op == "-" && is(&left, &["date"]) && is(&right, &["date"]) {
                plain("int4")
            } else if is(&left, &["date"]) && is(&right, &["interval"]) {
                plain("timestamp")
            } else if is(&left, TIMES) || is(&left, &["date", "interval"]) {
                left.map(TypeName::without_modifiers)
            } else if is(&right, TIMES) || is(&right, &["interval"]) {
                right.map(TypeName::without_modifiers)
            } else if op == "^" && !is(&left, &["numeric"]) {
                plain("float8")
            } else {
                let ty = unified(left, right)?;
                rank(&ty).map(|_| ty.without_modifiers())
            }
        }
        "&" | "|" | "#" | "<<" | ">>" => left,
        _ => plain("bool"),
    }
}

/// Whether a function in FROM returns rows of one column, named like its alias.
pub(super) fn is_row_function(name: &str) -> bool {
    [
        "generate_series",
        "generate_subscripts",
        "unnest",
        "regexp_split_to_table",
        "string_to_table",
        "jsonb_object_keys",
        "json_object_keys",
    ]
    .contains(&name)
}

/// The type a call gives.
pub(super) fn call(catalogue: &Catalogue, call: &Call, args: &[Ty]) -> Ty {
    if let Some(overloads) = catalogue.routine(&call.name) {
        let mut all = overloads.iter();
        let found = match overloads {
            [only] => Some(only),
            _ => all.find(|routine| routine.definition.args.len() == args.len()),
        };
        let returns = found.and_then(|routine| routine.definition.returns.as_deref());
        return returns.and_then(|written| returned(catalogue, written));
    }
    let plain = |name: &str| Some(TypeName::plain(name));
    let first = || args.first().cloned().flatten();
    match call.name.name.as_str() {
        "count"
        | "row_number"
        | "rank"
        | "dense_rank"
        | "nextval"
        | "currval"
        | "lastval"
        | "pg_total_relation_size"
        | "pg_relation_size" => plain("int8"),
        "length" | "char_length" | "character_length" | "octet_length" | "position" | "strpos"
        | "array_length" | "cardinality" | "ascii" | "jsonb_array_length" | "json_array_length"
        | "ntile" => plain("int4"),
        "now"
        | "current_timestamp"
        | "transaction_timestamp"
        | "statement_timestamp"
        | "clock_timestamp"
        | "to_timestamp" => plain("timestamptz"),
        "localtimestamp" => plain("timestamp"),
        "current_date" | "to_date" | "make_date" => plain("date"),
        "current_time" => plain("timetz"),
        "localtime" => plain("time"),
        "age" | "make_interval" | "justify_days" | "justify_hours" => plain("interval"),
        "lower" | "upper" if args.first().is_some_and(is_range) => None,
        "lower"
        | "upper"
        | "initcap"
        | "trim"
        | "btrim"
        | "ltrim"
        | "rtrim"
        | "concat"
        | "concat_ws"
        | "replace"
        | "substring"
        | "substr"
        | "string_agg"
        | "format"
        | "to_char"
        | "md5"
        | "left"
        | "right"
        | "lpad"
        | "rpad"
        | "repeat"
        | "reverse"
        | "split_part"
        | "regexp_replace"
        | "translate"
        | "array_to_string"
        | "quote_ident"
        | "quote_literal"
        | "quote_nullable"
        | "encode"
        | "chr"
        | "overlay"
        | "pg_get_expr"
        | "jsonb_typeof"
        | "json_typeof"
        | "version"
        | "current_setting"
        | "jsonb_extract_path_text"
        | "json_extract_path_text" => plain("text"),
        "current_user" | "session_user" | "current_database" | "current_schema" | "user" => {
            plain("name")
        }
        "extract" => plain("numeric"),
        "date_part" | "random" | "percent_rank" | "cume_dist" | "sqrt" | "exp" | "ln" | "log"
        | "power" | "pi" | "ts_rank" | "similarity"
            if !is(&first(), &["numeric"]) =>
        {
            plain(match call.name.name.as_str() {
                "ts_rank" | "similarity" => "float4",
                _ => "float8",
            })
        }
        "gen_random_uuid" | "uuid_generate_v4" | "uuid_generate_v1" | "uuidv7" => plain("uuid"),
        "json_build_object" | "json_build_array" | "json_agg" | "json_object_agg" | "to_json"
        | "row_to_json" | "array_to_json" => plain("json"),
        "jsonb_build_object" | "jsonb_build_array" | "jsonb_agg" | "jsonb_object_agg"
        | "to_jsonb" | "jsonb_set" | "jsonb_strip_nulls" => plain("jsonb"),
        "to_tsvector" | "setweight" => plain("tsvector"),
        "to_tsquery" | "plainto_tsquery" | "websearch_to_tsquery" | "phraseto_tsquery" => {
            plain("tsquery")
        }
        "exists"
        | "bool_and"
        | "bool_or"
        | "every"
        | "starts_with"
        | "isfinite"
        | "pg_try_advisory_lock"
        | "has_table_privilege" => plain("bool"),
        "coalesce" | "greatest" | "least" | "nullif" => {
            let args = args.iter().take(if call.name.name == "nullif" {
                1
            } else {
                args.len()
            });
            args.cloned().fold(None, unified)
        }
        "max" | "min" if is(&first(), &["varchar"]) => plain("text"),
        "max" | "min" | "abs" | "lag" | "lead" | "first_value" | "last_value" | "nth_value"
        | "any_value" | "mode" | "bit_and" | "bit_or" | "array_append" | "array_remove"
        | "array_cat" | "array_replace" => first().map(TypeName::without_modifiers),
        "round" | "ceil" | "ceiling" | "floor" | "trunc" | "sign" => {
            if is(&first(), &["numeric"]) {
                plain("numeric")
            } else {
                plain("float8")
            }
        }
        "sum" if is(&first(), &["int2", "int4"]) => plain("int8"),
        "sum" | "avg" if is(&first(), &["int8", "numeric"]) => plain("numeric"),
        "avg" if is(&first(), &["int2", "int4"]) => plain("numeric"),
        "avg" if is(&first(), &["float4", "float8"]) => plain("float8"),
        "sum" | "avg" => first().map(TypeName::without_modifiers),
        "date_trunc" => args.get(1).cloned().flatten().map(|ty| {
            if ty.name == "date" {
                TypeName::plain("timestamptz")
            } else {
                ty.without_modifiers()
            }
        }),
        "array_agg" => value(first()).map(|ty| ty.without_modifiers().into_array()),
        "string_to_array" | "regexp_split_to_array" => plain("text").map(TypeName::into_array),
        "unnest" => first().map(|ty| TypeName { array: false, ..ty }),
        "generate_series" => first().map(|ty| {
            if ty.name == "date" {
                TypeName::plain("timestamptz")
            } else {
                ty.without_modifiers()
            }
        }),
        "regexp_split_to_table" | "string_to_table" | "jsonb_object_keys" | "json_object_keys" => {
            plain("text")
        }
        _ => None,
    }
}

fn is_range(ty: &Ty) -> bool {
    ty.as_ref()
        .is_some_and(|ty| ty.name.as_str().ends_with("range"))
}

/// What a routine returns, to be compared: whether it is a set, and the type; none of OUT arguments,
/// TABLE and what we cannot read.
pub(super) fn result(catalogue: &Catalogue, written: Option<&str>) -> (bool, Ty) {
    let written = written.unwrap_or_default();
    let lower = written.to_ascii_lowercase();
    let set = lower.starts_with("setof ") || lower.starts_with("table");
    (set, returned(catalogue, written))
}

/// `SETOF text` as a type; none for TABLE and what we cannot read.
fn returned(catalogue: &Catalogue, written: &str) -> Ty {
    catalogue.resolve_type(&written_type(written)?).ok()
}

/// The type in `SETOF text`.
fn written_type(written: &str) -> Option<TypeName> {
    let written = written.trim();
    let name = match written.get(..6) {
        Some(word) if word.eq_ignore_ascii_case("setof ") => written.get(6..)?,
        _ => written,
    };
    match crate::sql::parse_expr(&format!("NULL::{name}")) {
        Expr::Cast { ty, .. } => Some(ty),
        _ => None,
    }
}

impl Catalogue {
    /// The types that a routine hands back, those among them that there are.
    pub(super) fn results(&self, routine: &CreateRoutine) -> Vec<TypeName> {
        let returned = routine.returns.as_deref().and_then(|written| {
            let word = written.get(..5).unwrap_or_default();
            let table = word.eq_ignore_ascii_case("table");
            if table { None } else { written_type(written) }
        });
        let outputs = routine.outputs.iter().map(|(_, ty)| ty);
        returned
            .iter()
            .chain(outputs)
            .filter_map(|ty| self.resolve_type(ty).ok())
            .map(TypeName::without_modifiers)
            .collect()
    }
}
