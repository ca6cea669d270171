//! PostgreSQL's own functions, operators, casts and types, looked up in a sorted text without reading it first.

pub(crate) use crate::sql::ast::CastContext as Context;
use crate::sql::ast::{Ident, TypeName};

/// Written by `scripts/builtins` from servers 14 to 18, which also says what a line means.
const LINES: &str = include_str!("builtins.txt");

/// A function or operator that can be called with values of these types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Signature {
    pub(crate) args: Vec<TypeName>,
    /// None when it is not known or is a set of rows.
    pub(crate) result: Option<TypeName>,
    /// The last argument can be given any number of times.
    pub(crate) variadic: bool,
    /// How many of the last arguments have defaults.
    pub(crate) defaults: usize,
}

impl Signature {
    /// Whether it can be called with so many arguments.
    pub(crate) fn takes_count(&self, count: usize) -> bool {
        let least = self.args.len() - self.defaults.min(self.args.len());
        match self.variadic {
            true => count + 1 >= least,
            false => (least..=self.args.len()).contains(&count),
        }
    }
}

/// The lines that begin with a word, without it.
fn lines(start: &str) -> impl Iterator<Item = &'static str> + use<> {
    let (mut low, mut high) = (0, LINES.len());
    while low < high {
        let middle = (low + high) / 2;
        let head = LINES.get(..middle).and_then(|text| text.rfind('\n'));
        let begin = head.map_or(0, |at| at + 1);
        let tail = LINES.get(begin..).unwrap_or_default();
        let line = tail.split('\n').next().unwrap_or_default();
        if line < start {
            low = (begin + line.len() + 1).min(LINES.len());
        } else {
            high = begin;
        }
    }
    let rest = LINES.get(low..).unwrap_or_default().split('\n');
    let start = start.to_owned();
    rest.map_while(move |line| line.strip_prefix(start.as_str()))
}

/// A type of `pg_catalog` by its name there.
pub(crate) fn named(name: &str) -> TypeName {
    match name.strip_prefix('_') {
        Some(element) => TypeName::plain(element).into_array(),
        None => TypeName::plain(name),
    }
}

pub(crate) fn functions(name: &Ident, version: Option<u16>) -> Vec<Signature> {
    let prefix = format!("f {name} ");
    let here = lines(&prefix).filter(|line| holds(line, version));
    let found = here.filter_map(|line| {
        let mut words = line.split(' ');
        let args = words.next()?;
        let result = words.next()?;
        let (mut variadic, mut defaults) = (false, 0);
        for flag in words {
            match flag
                .strip_prefix('d')
                .and_then(|digits| digits.parse().ok())
            {
                Some(count) => defaults = count,
                None => variadic |= flag == "v",
            }
        }
        let args = args.split(',').filter(|arg| *arg != "-");
        Some(Signature {
            args: args.map(named).collect(),
            result: (result != "record").then(|| named(result)),
            variadic,
            defaults,
        })
    });
    found.collect()
}

/// Whether a line holds in a version; where that is not known, it may.
fn holds(line: &str, version: Option<u16>) -> bool {
    version.is_none_or(|version| Versions::of(line).contains(version))
}

/// The versions in which a line holds: from one on, or up to one, or all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Versions {
    from: u16,
    to: u16,
}

impl Versions {
    fn of(line: &str) -> Self {
        let mut found = Self {
            from: 0,
            to: u16::MAX,
        };
        for word in line.split(' ') {
            if let Some(from) = word
                .strip_prefix('+')
                .and_then(|digits| digits.parse().ok())
            {
                found.from = from;
            } else if let Some(to) = word
                .strip_prefix('-')
                .and_then(|digits| digits.parse().ok())
            {
                found.to = to;
            }
        }
        found
    }

    pub(crate) fn contains(self, version: u16) -> bool {
        (self.from..=self.to).contains(&version)
    }
}

/// The versions that bring each function of a name.
pub(crate) fn versions_of(name: &Ident) -> Vec<Versions> {
    lines(&format!("f {name} ")).map(Versions::of).collect()
}

/// Whether every function of a name is an aggregate.
pub(crate) fn is_aggregate(name: &Ident) -> bool {
    let mut all = lines(&format!("f {name} ")).peekable();
    all.peek().is_some() && all.all(|line| line.split(' ').skip(2).any(|word| word == "a"))
}

pub(crate) fn is_function(name: &Ident) -> bool {
    lines(&format!("f {name} ")).next().is_some()
}

/// Operators of two operands, or of one with no left side.
pub(crate) fn operators(name: &str, prefix: bool, version: Option<u16>) -> Vec<Signature> {
    let found = operator_lines(name, prefix, version).filter_map(|line| {
        let mut words = line.split(' ');
        let (left, right, result) = (words.next()?, words.next()?, words.next()?);
        let args = [left, right].into_iter().filter(|arg| *arg != "-");
        Some(Signature {
            args: args.map(named).collect(),
            result: Some(named(result)),
            variadic: false,
            defaults: 0,
        })
    });
    found.collect()
}

/// Whether there is any of them.
pub(crate) fn has_operator(name: &str, prefix: bool, version: Option<u16>) -> bool {
    operator_lines(name, prefix, version).next().is_some()
}

/// What the operator of exactly these operands gives.
pub(crate) fn operator_result(
    name: &str,
    args: &[TypeName],
    version: Option<u16>,
) -> Option<TypeName> {
    let operands = match args {
        [right] => format!("- {}", key(right)?),
        [left, right] => format!("{} {}", key(left)?, key(right)?),
        _ => return None,
    };
    let mut found = lines(&format!("o {name} {operands} "));
    let line = found.find(|line| holds(line, version))?;
    line.split(' ').next().map(named)
}

/// The lines of operators, without their name.
fn operator_lines(
    name: &str,
    prefix: bool,
    version: Option<u16>,
) -> impl Iterator<Item = &'static str> + use<> {
    let of_one = |line: &str| line.starts_with("- ");
    let here = lines(&format!("o {name} ")).filter(move |line| of_one(line) == prefix);
    here.filter(move |line| holds(line, version))
}

/// The name of a built-in type as the text has it.
fn key(ty: &TypeName) -> Option<String> {
    let own = ty
        .schema
        .as_ref()
        .is_none_or(|schema| *schema == "pg_catalog");
    own.then(|| format!("{}{}", if ty.array { "_" } else { "" }, ty.name))
}

pub(crate) fn cast(from: &TypeName, to: &TypeName) -> Option<Context> {
    let line = lines(&format!("c {} {} ", key(from)?, key(to)?)).next()?;
    match line.split(' ').next()? {
        "i" => Some(Context::Implicit),
        "a" => Some(Context::Assignment),
        _ => Some(Context::Explicit),
    }
}

/// Whether that version brings a cast between two types.
pub(crate) fn has_cast(from: &TypeName, to: &TypeName, version: u16) -> bool {
    let (Some(from), Some(to)) = (key(from), key(to)) else {
        return false;
    };
    let mut found = lines(&format!("c {from} {to} "));
    found.any(|line| Versions::of(line).contains(version))
}

/// The category of a built-in type, and whether it is the preferred one of it.
pub(crate) fn category(ty: &TypeName) -> Option<(char, bool)> {
    let line = lines(&format!("t {} ", key(ty)?)).next()?;
    let mut words = line.split(' ');
    let category = words.next()?.chars().next()?;
    Some((category, words.next() == Some("p")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_found() {
        for line in LINES.lines() {
            let start = line.split(' ').take(2).collect::<Vec<_>>().join(" ") + " ";
            assert!(
                lines(&start).any(|rest| format!("{start}{rest}") == line),
                "{line}"
            );
        }
        assert_eq!(functions(&Ident::new("no_such"), None), []);
        assert_eq!(
            cast(&named("int4"), &named("int8")),
            Some(Context::Implicit)
        );
        assert_eq!(
            cast(&named("int8"), &named("int4")),
            Some(Context::Assignment)
        );
        assert_eq!(
            operator_result("+", &[named("date"), named("int4")], Some(15)),
            Some(named("date"))
        );
        assert_eq!(
            operator_result("-", &[named("int8")], None),
            Some(named("int8"))
        );
        assert_eq!(
            operator_result("+", &[named("bool"), named("int4")], None),
            None
        );
        assert_eq!(category(&named("timestamptz")), Some(('D', true)));
    }
}
