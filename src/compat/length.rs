//! How long a constant is once it is text: what an assignment to `varchar(n)` makes of it.

use crate::schema::{Catalogue, EnumOrOther};
use crate::sql::ast::{Expr, TypeName};

/// How many characters the text of a constant has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Length {
    /// So many.
    Is(usize),
    /// So many or more.
    AtLeast(usize),
}

impl Length {
    /// The length that it surely has.
    pub(super) fn least(self) -> usize {
        match self {
            Self::Is(length) | Self::AtLeast(length) => length,
        }
    }
}

/// The length of a constant, without spaces at its end; none where it is no constant, or NULL.
pub(super) fn length(expr: &Expr, catalogue: &Catalogue) -> Option<Length> {
    match expr {
        Expr::String(text) => Some(Length::Is(characters(text))),
        Expr::Number(digits) => Some(number(digits)),
        Expr::Boolean(truth) => Some(Length::Is(truth.to_string().len())),
        Expr::Cast { expr, ty } => cast(expr, &catalogue.base_type(ty), catalogue),
        Expr::Collate { expr, .. } => length(expr, catalogue),
        _ => None,
    }
}

fn cast(expr: &Expr, ty: &TypeName, catalogue: &Catalogue) -> Option<Length> {
    let plain = ty.schema.is_none() && !ty.array;
    if plain && matches!(ty.name.as_str(), "text" | "varchar" | "bpchar" | "json") {
        // A cast cuts off what is too long (manual 18, section 8.3).
        let most = ty.modifiers.first().and_then(|most| most.parse().ok());
        let cut = |own: usize| most.map_or(own, |most: usize| own.min(most));
        return Some(match length(expr, catalogue)? {
            Length::Is(own) => Length::Is(cut(own)),
            Length::AtLeast(own) => Length::AtLeast(cut(own)),
        });
    }
    let text = match expr {
        Expr::String(text) => text.trim(),
        Expr::Number(digits) => digits,
        Expr::Boolean(_) => return Some(Length::AtLeast(1)),
        // Whatever it is given, unless that is NULL.
        Expr::Parameter(_) => return Some(Length::AtLeast(shortest(ty, catalogue))),
        _ => return None,
    };
    if ty.array {
        return Some(Length::AtLeast("{}".len()));
    }
    let def = catalogue.type_def(&ty.qualified_name());
    Some(match def.map(|def| &def.kind) {
        Some(EnumOrOther::Enum(_)) => Length::Is(characters(text)),
        Some(EnumOrOther::Composite(_)) => row(text),
        _ => built_in(ty, text),
    })
}

/// The length of the shortest value of a type.
fn shortest(ty: &TypeName, catalogue: &Catalogue) -> usize {
    if ty.array {
        return "{}".len();
    }
    let def = catalogue.type_def(&ty.qualified_name());
    match def.map(|def| &def.kind) {
        Some(EnumOrOther::Enum(labels)) => {
            let lengths = labels.iter().map(|label| characters(label));
            lengths.min().unwrap_or_default()
        }
        Some(EnumOrOther::Composite(_)) => "()".len(),
        _ => built_in(ty, "").least(),
    }
}

/// As the types' output functions write (manual 18, section 8.5.2): years have four digits, and `infinity` is all there is
/// without.
fn built_in(ty: &TypeName, text: &str) -> Length {
    let finite = text.starts_with(|first: char| first.is_ascii_digit());
    let scale = ty.modifiers.get(1).and_then(|scale| scale.parse().ok());
    Length::AtLeast(match ty.name.as_str() {
        "numeric" if finite => "1".len() + scale.map_or(0, |scale: usize| ".".len() + scale),
        "uuid" => return Length::Is("123e4567-e89b-12d3-a456-426614174000".len()),
        "date" if finite => "2024-05-06".len(),
        "timestamp" if finite => "2024-05-06 07:08:09".len(),
        "timestamptz" if finite => "2024-05-06 07:08:09+00".len(),
        "date" | "timestamp" | "timestamptz" => "infinity".len(),
        "time" => "07:08:09".len(),
        "timetz" => "07:08:09+00".len(),
        "interval" => "1 day".len(),
        "bool" => "true".len(),
        "jsonb" => json(text),
        _ => 1,
    })
}

/// The length that `jsonb` has at least: spaces between its parts are its own, of equal keys one is left, and numbers
/// lose their exponents.
fn json(text: &str) -> usize {
    let has_exponent = text
        .as_bytes()
        .windows(2)
        .any(|pair| matches!(pair, [digit, b'e' | b'E'] if digit.is_ascii_digit()));
    if has_exponent || text.contains('\\') || text.matches(':').count() > 1 {
        return 1;
    }
    text.chars().filter(|c| !c.is_whitespace()).count().max(1)
}

/// A row in parentheses: its commas, and a character for each field that is there.
fn row(text: &str) -> Length {
    let fields = text.trim_start_matches('(').trim_end_matches(')');
    if fields.contains(['"', '\\', '(']) {
        return Length::AtLeast("()".len());
    }
    let each = fields
        .split(',')
        .map(|field| usize::from(!field.is_empty()));
    Length::AtLeast("()".len() + fields.matches(',').count() + each.sum::<usize>())
}

fn number(digits: &str) -> Length {
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    match digits.trim_start_matches('0') {
        _ if !plain => Length::AtLeast(1),
        "" => Length::Is(1),
        significant => Length::Is(significant.len()),
    }
}

fn characters(text: &str) -> usize {
    text.trim_end_matches(' ').chars().count()
}
