//! The types of a query's values, as far as they can be told without PostgreSQL's own tables.

use crate::schema::{Catalogue, Refusal};
use crate::sql::ast::{Call, Expr, TypeName};

/// A value's type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ty {
    Known(TypeName),
    /// A constant in quotes or a parameter: takes the type its place wants.
    Untyped,
    /// Follows from these in a way we do not know.
    Derived(Vec<Self>),
    Unknown,
}

impl Ty {
    pub(super) fn plain(name: &str) -> Self {
        Self::Known(TypeName::plain(name))
    }

    /// Follows from others; types lose their modifiers on the way.
    pub(super) fn derived(from: Vec<Self>) -> Self {
        Self::Derived(from.into_iter().map(Self::without_modifiers).collect())
    }

    pub(super) fn without_modifiers(self) -> Self {
        match self {
            Self::Known(ty) => Self::Known(bare(&ty)),
            other => other,
        }
    }

    /// Whether a result column of this type still has it; none when that cannot be told.
    pub(super) fn same_as(&self, other: &Self) -> Option<bool> {
        match (self, other) {
            (one, other) if one == other => Some(true),
            (Self::Known(_), Self::Known(_)) => Some(false),
            _ => None,
        }
    }

    /// As `format_type` spells it in messages about operators and functions.
    pub(super) fn in_message(&self) -> Option<String> {
        match self {
            Self::Known(ty) => Some(bare(ty).to_string()),
            Self::Untyped => Some("unknown".to_owned()),
            Self::Derived(_) | Self::Unknown => None,
        }
    }

    fn family(&self) -> Option<Family> {
        match self {
            Self::Known(ty) => Family::of(ty),
            _ => None,
        }
    }
}

/// A type without its modifiers.
pub(super) fn bare(ty: &TypeName) -> TypeName {
    ty.clone().without_modifiers()
}

/// Built-in types within which comparison needs no cast (manual 18, section 10.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Number,
    Text,
    Boolean,
    Moment,
    TimeOfDay,
    Interval,
    Uuid,
    Json,
    Jsonb,
    Bytes,
}

impl Family {
    pub(super) fn of(ty: &TypeName) -> Option<Self> {
        if ty.array || ty.schema.is_some() {
            return None;
        }
        Some(match ty.name.as_str() {
            "int2" | "int4" | "int8" | "numeric" | "float4" | "float8" => Self::Number,
            "text" | "varchar" | "bpchar" => Self::Text,
            "bool" => Self::Boolean,
            "date" | "timestamp" | "timestamptz" => Self::Moment,
            "time" | "timetz" => Self::TimeOfDay,
            "interval" => Self::Interval,
            "uuid" => Self::Uuid,
            "json" => Self::Json,
            "jsonb" => Self::Jsonb,
            "bytea" => Self::Bytes,
            _ => return None,
        })
    }
}

/// The result of an operator; refused where the types are known to have none of that name.
pub(super) fn binary(op: &str, left: &Ty, right: &Ty) -> Result<Ty, Refusal> {
    match op {
        "="
        | "<>"
        | "!="
        | "<"
        | ">"
        | "<="
        | ">="
        | "IS DISTINCT FROM"
        | "IS NOT DISTINCT FROM" => {
            comparable(op, left, right)?;
            Ok(Ty::plain("bool"))
        }
        "AND" | "OR" | "LIKE" | "ILIKE" | "NOT LIKE" | "NOT ILIKE" | "SIMILAR TO"
        | "NOT SIMILAR TO" | "~" | "!~" | "~*" | "!~*" | "@>" | "<@" | "&&" => {
            Ok(Ty::plain("bool"))
        }
        "||" if left.family() == Some(Family::Text) || right.family() == Some(Family::Text) => {
            Ok(Ty::plain("text"))
        }
        "->>" | "#>>" => Ok(Ty::plain("text")),
        "+" | "-" | "*" | "/" | "%"
            if left.family() == Some(Family::Number) && right.family() == Some(Family::Number) =>
        {
            Ok(widest(&[left, right]))
        }
        _ => Ok(Ty::derived(vec![left.clone(), right.clone()])),
    }
}

/// Refuses a comparison of known types of two families.
pub(super) fn comparable(op: &str, left: &Ty, right: &Ty) -> Result<(), Refusal> {
    let op = match op {
        "!=" => "<>",
        "IS DISTINCT FROM" | "IS NOT DISTINCT FROM" => "=",
        other => other,
    };
    match (left.family(), right.family()) {
        (Some(one), Some(other)) if one != other || one == Family::Json => Err(Refusal {
            sqlstate: "42883",
            message: format!(
                "operator does not exist: {} {op} {}",
                left.in_message().unwrap_or_default(),
                right.in_message().unwrap_or_default()
            ),
        }),
        _ => Ok(()),
    }
}

/// The widest of several numeric types; derived when they are not all numbers.
fn widest(all: &[&Ty]) -> Ty {
    const WIDTH: [&str; 6] = ["int2", "int4", "int8", "numeric", "float4", "float8"];
    let rank = |ty: &&Ty| match ty {
        Ty::Known(ty) if !ty.array => WIDTH.iter().position(|name| ty.name == *name),
        _ => None,
    };
    let ranks: Option<Vec<usize>> = all.iter().map(rank).collect();
    match ranks.and_then(|ranks| ranks.into_iter().max()) {
        // Between an integer or numeric and float4 the operator is that of float8.
        Some(4) if all.iter().any(|ty| rank(ty) != Some(4)) => Ty::plain("float8"),
        Some(rank) => WIDTH.get(rank).map_or(Ty::Unknown, |name| Ty::plain(name)),
        None => Ty::derived(all.iter().map(|ty| (*ty).clone()).collect()),
    }
}

/// One type for several values: of CASE, COALESCE, UNION, VALUES (manual 18, section 10.5).
pub(super) fn common(all: Vec<Ty>) -> Ty {
    let typed: Vec<&Ty> = all.iter().filter(|ty| **ty != Ty::Untyped).collect();
    match typed.as_slice() {
        [] => Ty::Untyped,
        [first, rest @ ..] if rest.iter().all(|ty| ty == first) => (*first).clone(),
        [..] if typed.iter().all(|ty| ty.family() == Some(Family::Number)) => widest(&typed),
        _ => Ty::derived(all),
    }
}

/// The result of a built-in function whose type does not depend on much.
pub(super) fn built_in(call: &Call, args: &[Ty]) -> Option<Ty> {
    let first = args.first();
    let number = |name: &str| match first {
        Some(Ty::Known(ty)) => ty.name == name && !ty.array,
        _ => false,
    };
    Some(match call.name.name.as_str() {
        "count" | "row_number" | "rank" | "dense_rank" => Ty::plain("int8"),
        "now"
        | "current_timestamp"
        | "clock_timestamp"
        | "statement_timestamp"
        | "transaction_timestamp"
        | "to_timestamp" => Ty::plain("timestamptz"),
        "current_date" => Ty::plain("date"),
        "length" | "char_length" | "octet_length" | "position" | "strpos" | "cardinality"
        | "array_length" | "jsonb_array_length" => Ty::plain("int4"),
        "lower" | "upper"
            if first.and_then(Ty::family) == Some(Family::Text) || first == Some(&Ty::Untyped) =>
        {
            Ty::plain("text")
        }
        "concat" | "concat_ws" | "format" | "to_char" | "initcap" | "replace" | "md5"
        | "split_part" | "quote_literal" | "array_to_string" => Ty::plain("text"),
        "json_agg" | "row_to_json" | "to_json" | "json_build_object" | "json_object_agg"
        | "json_build_array" => Ty::plain("json"),
        "jsonb_agg" | "to_jsonb" | "jsonb_build_object" | "jsonb_object_agg" | "jsonb_set"
        | "jsonb_build_array" => Ty::plain("jsonb"),
        "bool_and" | "bool_or" | "every" | "starts_with" => Ty::plain("bool"),
        "gen_random_uuid" => Ty::plain("uuid"),
        "random" => Ty::plain("float8"),
        "min" | "max" => first?.clone().without_modifiers(),
        "coalesce" | "greatest" | "least" => common(args.to_vec()),
        "nullif" => first?.clone(),
        "sum" if number("int2") || number("int4") => Ty::plain("int8"),
        "sum" if number("int8") || number("numeric") => Ty::plain("numeric"),
        "avg" if number("int2") || number("int4") || number("int8") || number("numeric") => {
            Ty::plain("numeric")
        }
        "extract" => Ty::plain("numeric"),
        _ => return None,
    })
}

/// Refuses a constant in quotes that a type has no value for, as far as that is plain to see.
pub(super) fn check_constant(value: &Expr, ty: &Ty, catalogue: &Catalogue) -> Result<(), Refusal> {
    match (value, ty) {
        (Expr::String(text), Ty::Known(ty)) => catalogue.reads(text, ty),
        _ => Ok(()),
    }
}
