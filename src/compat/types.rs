//! The types of a query's values, as far as they can be told without PostgreSQL's own tables.

use crate::schema::{Catalogue, EnumOrOther, Refusal};
use crate::sql::ast::{Call, Expr, QualifiedName, TypeName};

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
    TypeName {
        modifiers: Vec::new(),
        ..ty.clone()
    }
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

/// The elements of an array of one dimension in which nothing is quoted; of another none, since they are not looked into.
fn elements(word: &str) -> impl Iterator<Item = &str> {
    let inner = word
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'));
    let plain = inner.filter(|inner| !inner.contains(['{', '}', '"', '\\']));
    let all = plain.into_iter().flat_map(|inner| inner.split(','));
    all.map(str::trim)
        .filter(|one| !one.is_empty() && !one.eq_ignore_ascii_case("null"))
}

/// Whether something else than the end of an element follows a quoted one (manual 18, section 8.15.6).
fn goes_on_after_quotes(array: &str) -> bool {
    let (mut quoted, mut escaped) = (false, false);
    let mut characters = array.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' if quoted => {
                quoted = false;
                while characters.next_if(|next| next.is_whitespace()).is_some() {}
                if characters
                    .peek()
                    .is_some_and(|next| !matches!(next, ',' | '}'))
                {
                    return true;
                }
            }
            '"' => quoted = true,
            _ => {}
        }
    }
    false
}

/// Refuses a constant in quotes that a type has no value for, as far as that is plain to see.
pub(super) fn check_constant(value: &Expr, ty: &Ty, catalogue: &Catalogue) -> Result<(), Refusal> {
    let (Expr::String(text), Ty::Known(ty)) = (value, ty) else {
        return Ok(());
    };
    let ty = &catalogue.base_type(ty);
    let refused = |sqlstate: &'static str, what: &str| {
        let message = format!("{what}: \"{text}\"");
        Err(Refusal { sqlstate, message })
    };
    let word = text.trim();
    if ty.array {
        let opens = word.starts_with('{') || word.starts_with('[') && word.contains('=');
        if !opens || goes_on_after_quotes(word) {
            return refused("22P02", "malformed array literal");
        }
        let element = Ty::Known(TypeName {
            array: false,
            ..ty.clone()
        });
        return elements(word).try_for_each(|one| {
            check_constant(&Expr::String(one.to_owned()), &element, catalogue)
        });
    }
    if let Some(EnumOrOther::Composite(attributes)) = catalogue
        .type_def(&ty.qualified_name())
        .map(|def| &def.kind)
    {
        // Commas in quotes are none between fields.
        let plain = !word.contains(['"', '\\']);
        let fields = word.matches(',').count() + 1;
        if !word.starts_with('(') || plain && fields != attributes.len().max(1) {
            return refused("22P02", "malformed record literal");
        }
    }
    if let Some(labels) = labels(ty, catalogue) {
        return if labels.contains(text) {
            Ok(())
        } else {
            refused(
                "22P02",
                &format!("invalid input value for enum {}", visible(ty, catalogue)),
            )
        };
    }
    let shown = match ty.name.as_str() {
        // As its input function says it.
        zoneless @ ("timestamp" | "time") => zoneless.to_owned(),
        _ => bare(ty).to_string(),
    };
    let syntax = format!("invalid input syntax for type {shown}");
    if ty.schema.is_some() {
        return Ok(());
    }
    // A word stands for a number or a moment in a few cases only; digits are not looked into.
    let spoken = !word.chars().any(|c| c.is_ascii_digit());
    let known = |all: &[&str]| all.iter().any(|one| word.eq_ignore_ascii_case(one));
    const IN_NO_NUMBER: [char; 12] = ['-', ':', '{', '}', ' ', '(', ')', ',', '[', ']', '"', ';'];
    let inner = word.strip_prefix(['-', '+']).unwrap_or(word);
    let dashed = inner.contains(IN_NO_NUMBER);
    match ty.name.as_str() {
        "int2" | "int4" | "int8" if spoken || dashed || inner.contains('.') => {
            refused("22P02", &syntax)
        }
        "numeric" | "float4" | "float8"
            if (spoken || dashed)
                && !known(&[
                    "nan",
                    "infinity",
                    "inf",
                    "-infinity",
                    "-inf",
                    "+infinity",
                    "+inf",
                ])
                && (!word.contains(['e', 'E']) || word.starts_with(['{', '(', '['])) =>
        {
            refused("22P02", &syntax)
        }
        "bool" if !truth(word) => refused("22P02", &syntax),
        "uuid" if !is_uuid(word) => refused("22P02", &syntax),
        // What compares composite types takes rows of any, and there is no constant of such a type.
        "record" => {
            let message = "input of anonymous composite types is not implemented".to_owned();
            Err(Refusal {
                sqlstate: "0A000",
                message,
            })
        }
        "json" | "jsonb" if is_no_json(word) => {
            let message = "invalid input syntax for type json".to_owned();
            Err(Refusal {
                sqlstate: "22P02",
                message,
            })
        }
        "date" | "timestamp" | "timestamptz"
            if spoken
                && !known(&[
                    "now",
                    "today",
                    "tomorrow",
                    "yesterday",
                    "epoch",
                    "infinity",
                    "-infinity",
                ])
                && !word.contains(' ') =>
        {
            refused("22007", &syntax)
        }
        "date" | "timestamp" | "timestamptz" if is_no_day(word) => {
            refused("22008", "date/time field value out of range")
        }
        "date" | "timestamp" | "timestamptz"
            if is_uuid(word)
                || without_punctuation(word).len() < 3
                || word.contains('(')
                || has_odd_word(word) =>
        {
            refused("22007", &syntax)
        }
        "interval" | "time" | "timetz"
            if spoken && word.len() > 1 && !word.contains(' ') && !known(&["now", "allballs"]) =>
        {
            refused("22007", &syntax)
        }
        _ => Ok(()),
    }
}

/// Whether a moment has a short word that stands for nothing (`datetktbl` of PostgreSQL 18, `datetime.c`).
fn has_odd_word(moment: &str) -> bool {
    const SHORT: [&str; 15] = [
        "ad", "at", "am", "bc", "d", "h", "j", "m", "mm", "on", "pm", "s", "t", "y", "z",
    ];
    let mut words = moment.split(|c: char| !c.is_alphabetic());
    words.any(|word| {
        let known = SHORT.iter().any(|own| word.eq_ignore_ascii_case(own));
        (1..=2).contains(&word.len()) && !known && !word.eq_ignore_ascii_case("ut")
    })
}

/// What reading a moment skips at both ends (`ParseDateTime` of PostgreSQL 18).
fn without_punctuation(word: &str) -> &str {
    word.trim_matches(|c: char| c.is_ascii_punctuation())
}

/// Beginnings of the words for true and false are words for them too (manual 18, section 8.6).
fn truth(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    let whole = ["true", "false", "yes", "no"]
        .iter()
        .any(|full| full.starts_with(&word));
    !word.is_empty() && (whole || ["on", "off", "of", "1", "0"].contains(&word.as_str()))
}

/// Whether a text begins like `2020-13-40`, which no calendar has.
fn is_no_day(word: &str) -> bool {
    let number = |from: usize, to: usize| -> Option<u32> { word.get(from..to)?.parse().ok() };
    let dashed = word.get(4..5) == Some("-") && word.get(7..8) == Some("-");
    let ended = word
        .get(10..)
        .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()));
    let (Some(year), Some(month), Some(day), true, true) =
        (number(0, 4), number(5, 7), number(8, 10), dashed, ended)
    else {
        return false;
    };
    let leaps = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        2 if leaps => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    !(1..=12).contains(&month) || !(1..=longest).contains(&day)
}

fn is_uuid(word: &str) -> bool {
    let digits: Vec<char> = word.chars().filter(|c| !"{}-".contains(*c)).collect();
    digits.len() == 32 && digits.iter().all(char::is_ascii_hexdigit)
}

fn is_no_json(word: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(word).is_err()
}

/// As messages spell a type: with its schema only where the search path does not lead to it.
pub(super) fn visible(ty: &TypeName, catalogue: &Catalogue) -> TypeName {
    let plain = QualifiedName::bare(ty.name.clone());
    let found = catalogue.type_def(&plain).map(|def| &def.name.schema);
    TypeName {
        schema: ty.schema.clone().filter(|schema| found != Some(schema)),
        ..bare(ty)
    }
}

/// The labels of an enum.
pub(super) fn labels<'a>(ty: &TypeName, catalogue: &'a Catalogue) -> Option<&'a [String]> {
    match &catalogue.type_def(&ty.qualified_name())?.kind {
        EnumOrOther::Enum(labels) => Some(labels),
        EnumOrOther::Domain { .. }
        | EnumOrOther::Composite(_)
        | EnumOrOther::Range
        | EnumOrOther::Other => None,
    }
}
