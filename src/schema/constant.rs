//! Which constants in quotes a type has a value for, as far as that is plain to see.

use super::builtins::{self, Signature};
use super::{Catalogue, EnumOrOther, Refusal, infer, mentions};
use crate::sql::ast::{Expr, Ident, QualifiedName, SqlExpr, TypeName};

/// What a function that triggers call returns.
const TRIGGER: &str = "trigger";

impl Catalogue {
    /// Refuses a constant in quotes that a type has no value for; what is accepted may still be refused by a server.
    pub(crate) fn reads(&self, text: &str, ty: &TypeName) -> Result<(), Refusal> {
        let ty = &self.base_type(ty);
        let word = text.trim();
        if ty.array {
            let opens = word.starts_with('{') || word.starts_with('[') && word.contains('=');
            if !opens || goes_on_after_quotes(word) {
                return refused("22P02", "malformed array literal", text);
            }
            let element = TypeName {
                array: false,
                ..ty.clone()
            };
            return elements(word).try_for_each(|one| self.reads(one, &element));
        }
        match self.type_def(&ty.qualified_name()).map(|def| &def.kind) {
            Some(EnumOrOther::Enum(labels)) if !labels.iter().any(|label| label == text) => {
                let what = format!("invalid input value for enum {}", self.visible_type(ty));
                return refused("22P02", &what, text);
            }
            Some(EnumOrOther::Composite(attributes)) => {
                // Commas in quotes are none between fields.
                let plain = !word.contains(['"', '\\']);
                let fields = word.matches(',').count() + 1;
                if !word.starts_with('(') || plain && fields != attributes.len().max(1) {
                    return refused("22P02", "malformed record literal", text);
                }
            }
            _ => {}
        }
        if ty.schema.is_some() {
            return Ok(());
        }
        built_in(text, ty, self.version)
    }

    /// Refuses a default that is no value of the type of its column or domain, or has a constant that is none of its
    /// own type (`cookDefault`).
    pub(super) fn can_default(
        &self,
        name: &Ident,
        ty: &TypeName,
        default: &SqlExpr,
    ) -> Result<(), Refusal> {
        if let Expr::String(text) = &default.expr {
            return self.reads(text, ty);
        }
        self.reads_casts(&default.expr)?;
        let refused = |own: &TypeName| match self.has_assignment_cast(own, ty) {
            Some(casts) => !casts,
            None => own.name == TRIGGER,
        };
        match self.plain_type(&default.expr) {
            Some(own) if refused(&own) => {
                let (ty, own) = (self.visible_type(ty), self.visible_type(&own));
                let message = format!(
                    "column \"{name}\" is of type {ty} but default expression is of type {own}"
                );
                Err(Refusal::new("42804", message))
            }
            _ => Ok(()),
        }
    }

    /// Whether the function of that name without arguments is there for triggers.
    fn fires(&self, name: &QualifiedName) -> bool {
        let named = self.routines_named(name);
        let all = named.iter().flat_map(|(_, overloads)| overloads.iter());
        let mut without = all.filter(|one| one.takes(0));
        without.next().is_some_and(|one| one.definition.fires())
    }

    /// The type of an expression without columns, where it is beyond doubt.
    fn plain_type(&self, expr: &Expr) -> Option<TypeName> {
        let plain = |name: &str| Some(TypeName::plain(name));
        match expr {
            Expr::Boolean(_) => plain("bool"),
            Expr::Number(digits) => Some(infer::number(digits)),
            Expr::Cast { ty, .. } => self.resolve_type(ty).ok(),
            Expr::Unary { op, expr } if op == "-" => match expr.as_ref() {
                Expr::Number(digits) => Some(infer::number(digits)),
                _ => None,
            },
            Expr::Binary { left, op, right } if self.operators.is_empty() => {
                let text = |expr: &Expr| matches!(expr, Expr::String(_));
                if op == "||" && text(left) && text(right) {
                    return plain("text");
                }
                let operands = [self.plain_type(left), self.plain_type(right)];
                self.system_result(op, &operands)
            }
            Expr::Call(call) if call.args.is_empty() && self.fires(&call.name) => plain(TRIGGER),
            Expr::Call(call) if self.routines_named(&call.name).is_empty() => {
                let name = &call.name;
                match name.name.as_str() {
                    "current_user" | "session_user" | "current_role" | "user"
                    | "current_catalog" | "current_schema"
                        if call.args.is_empty() =>
                    {
                        return plain("name");
                    }
                    "current_date" => return plain("date"),
                    "current_timestamp" => return plain("timestamptz"),
                    "localtimestamp" => return plain("timestamp"),
                    _ => {}
                }
                // Constants in quotes are texts where they can be (manual 18, section 10.3).
                let text = |one: &TypeName| !one.array && one.name == "text";
                let mut all = builtins::functions(&name.name, self.version);
                all.retain(|one| one.takes_count(call.args.len()));
                let quoted = |arg: &Expr| matches!(arg, Expr::String(_));
                let mut texts = all.iter().filter(|one| one.args.iter().all(text));
                if call.args.iter().all(quoted)
                    && let Some(of_texts) = texts.next().filter(|_| !call.args.is_empty())
                {
                    return of_texts.result.clone();
                }
                let own = all.first()?.result.clone()?;
                let sure = name.may_be_system() && !own.name.as_str().starts_with("any");
                let same = |one: &Signature| one.result.as_ref() == Some(&own);
                (sure && all.iter().all(same)).then_some(own)
            }
            _ => None,
        }
    }

    /// Refuses a constant in quotes that is none of the type it is cast to.
    pub(super) fn reads_casts(&self, expr: &Expr) -> Result<(), Refusal> {
        let mut outcome = Ok(());
        mentions::walk(expr, &mut |node| {
            if outcome.is_ok()
                && let Expr::Cast { expr, ty } = node
                && let Expr::String(text) = expr.as_ref()
                && let Ok(ty) = self.resolve_type(ty)
            {
                outcome = self.reads(text, &ty);
            }
        });
        outcome
    }

    /// The labels of an enum.
    pub(crate) fn labels(&self, ty: &TypeName) -> Option<&[String]> {
        match &self.type_def(&ty.qualified_name())?.kind {
            EnumOrOther::Enum(labels) => Some(labels),
            EnumOrOther::Domain { .. }
            | EnumOrOther::Composite(_)
            | EnumOrOther::Range
            | EnumOrOther::Other => None,
        }
    }

    /// As messages spell a type: with its schema only where the search path does not lead to it.
    pub(crate) fn visible_type(&self, ty: &TypeName) -> TypeName {
        let plain = QualifiedName::bare(ty.name.clone());
        let found = self.type_def(&plain).map(|def| &def.name.schema);
        TypeName {
            schema: ty.schema.clone().filter(|schema| found != Some(schema)),
            ..ty.clone().without_modifiers()
        }
    }
}

fn refused(sqlstate: &'static str, what: &str, text: &str) -> Result<(), Refusal> {
    Err(Refusal::new(sqlstate, format!("{what}: \"{text}\"")))
}

/// Of PostgreSQL's own types: what their input functions refuse (manual 18, chapter 8).
fn built_in(text: &str, ty: &TypeName, version: Option<u16>) -> Result<(), Refusal> {
    let word = text.trim();
    let shown = match ty.name.as_str() {
        // As its input function says it.
        zoneless @ ("timestamp" | "time") => zoneless.to_owned(),
        _ => ty.clone().without_modifiers().to_string(),
    };
    let syntax = format!("invalid input syntax for type {shown}");
    let syntax = |sqlstate| refused(sqlstate, &syntax, text);
    // Of a day and a time the input functions pass over punctuation: 'now()' is now.
    let day = word.strip_suffix("()").unwrap_or(word).trim_end();
    // A word stands for a number or a moment in a few cases only.
    let spoken = !word.chars().any(|c| c.is_ascii_digit());
    let known = |all: &[&str]| all.iter().any(|one| word.eq_ignore_ascii_case(one));
    let of = |characters: &str| {
        word.chars()
            .all(|c| characters.contains(c.to_ascii_lowercase()))
    };
    const NOT_NUMBERS: [&str; 7] = [
        "nan",
        "infinity",
        "inf",
        "-infinity",
        "-inf",
        "+infinity",
        "+inf",
    ];
    const DAYS: [&str; 7] = [
        "now",
        "today",
        "tomorrow",
        "yesterday",
        "epoch",
        "infinity",
        "-infinity",
    ];
    match ty.name.as_str() {
        "int2" | "int4" | "int8" => match integer(word, version) {
            Integer::Value(value) if fits(value, ty.name.as_str()) => Ok(()),
            Integer::Unknown => Ok(()),
            Integer::Wrong => syntax("22P02"),
            Integer::Value(_) | Integer::TooLarge => {
                let message = format!("value \"{text}\" is out of range for type {shown}");
                Err(Refusal::new("22003", message))
            }
        },
        "numeric" | "float4" | "float8"
            if (spoken || is_no_number(word))
                && !known(&NOT_NUMBERS)
                && (!word.contains(['e', 'E']) || word.starts_with(['{', '(', '['])) =>
        {
            syntax("22P02")
        }
        "money" | "oid" if spoken => syntax("22P02"),
        "point" | "lseg" | "box" | "line" | "path" | "polygon" | "circle"
            if spoken && !word.starts_with(['(', '[', '{', '<', '-', '+']) =>
        {
            syntax("22P02")
        }
        "bool" if !truth(word) => syntax("22P02"),
        "uuid" if !is_uuid(word) => syntax("22P02"),
        "macaddr" | "macaddr8" if spoken_hex(word) || !of("0123456789abcdef:-.") => syntax("22P02"),
        "inet" | "cidr" if spoken_hex(word) || !of("0123456789abcdef:./") => syntax("22P02"),
        "int4range" | "int8range" | "numrange" | "tsrange" | "tstzrange" | "daterange"
            if !known(&["empty"]) && !word.starts_with(['[', '(']) =>
        {
            refused("22P02", "malformed range literal", text)
        }
        // What compares composite types takes rows of any, and there is no constant of such a type.
        "record" => {
            let message = "input of anonymous composite types is not implemented";
            Err(Refusal::new("0A000", message))
        }
        "json" | "jsonb" if is_no_json(word) => {
            let message = "invalid input syntax for type json";
            Err(Refusal::new("22P02", message))
        }
        "date" | "timestamp" | "timestamptz"
            if spoken
                && !DAYS.iter().any(|one| day.eq_ignore_ascii_case(one))
                && (!day.eq_ignore_ascii_case("+infinity")
                    || version.is_some_and(|own| own < 16))
                && !word.contains(' ') =>
        {
            syntax("22007")
        }
        "date" | "timestamp" | "timestamptz" if is_no_day(word) => {
            refused("22008", "date/time field value out of range", text)
        }
        "date" | "timestamp" | "timestamptz"
            if is_uuid(word)
                || without_punctuation(word).len() < 3
                || day.contains('(')
                || has_odd_word(day) =>
        {
            syntax("22007")
        }
        "interval" | "time" | "timetz"
            if spoken && word.len() > 1 && !word.contains(' ') && !known(&["now", "allballs"]) =>
        {
            syntax("22007")
        }
        _ => Ok(()),
    }
}

/// What a text is as an integer.
enum Integer {
    Value(i64),
    TooLarge,
    /// In another base or with underscores, as from 16 on.
    Unknown,
    Wrong,
}

fn integer(word: &str, version: Option<u16>) -> Integer {
    let digits = word.strip_prefix(['-', '+']).unwrap_or(word);
    if !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit()) {
        return word.parse().map_or(Integer::TooLarge, Integer::Value);
    }
    let based = digits.starts_with('0') && digits.chars().all(|c| c.is_ascii_alphanumeric());
    let grouped = digits.starts_with(|c: char| c.is_ascii_digit()) && digits.contains('_');
    match version.is_none_or(|version| version >= 16) && (based || grouped) {
        true => Integer::Unknown,
        false => Integer::Wrong,
    }
}

fn fits(value: i64, ty: &str) -> bool {
    match ty {
        "int2" => i16::try_from(value).is_ok(),
        "int4" => i32::try_from(value).is_ok(),
        _ => true,
    }
}

fn is_no_number(word: &str) -> bool {
    let inner = word.strip_prefix(['-', '+']).unwrap_or(word);
    inner.contains(['-', ':', '{', '}', ' ', '(', ')', ',', '[', ']', '"', ';'])
}

/// Whether an address has no digit of any base.
fn spoken_hex(word: &str) -> bool {
    !word.chars().any(|c| c.is_ascii_hexdigit()) && word != "::"
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
