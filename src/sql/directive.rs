//! `-- concertina: ...` comments: what a migration's author tells us beside the SQL.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use super::Span;

/// What a directive begins with, behind the dashes of its comment.
pub(super) const PREFIX: &str = "concertina:";

/// The three phases of a change (design: expand, migrate, contract).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Every live release keeps working after it.
    Expand,
    /// Data over many rows.
    Migrate,
    /// Removes or tightens.
    Contract,
}

impl Phase {
    /// The phase in lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Expand => "expand",
            Self::Migrate => "migrate",
            Self::Contract => "contract",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Phase {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "expand" => Ok(Self::Expand),
            "migrate" => Ok(Self::Migrate),
            "contract" => Ok(Self::Contract),
            _ => Err(format!(
                "no phase is called {word:?}; write expand, migrate or contract"
            )),
        }
    }
}

/// A directive with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// The whole comment.
    pub span: Span,
    /// What it says; a reason, as a lower-case fragment, when that could not be read.
    pub kind: Result<DirectiveKind, String>,
}

/// What a directive says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DirectiveKind {
    /// `phase contract`.
    Phase(Phase),
    /// `after 2.4.0`: no live instance below that release.
    After(semver::Version),
    /// `allow rule because "reason"`.
    Allow {
        /// The rule's id.
        rule: String,
        /// Why.
        because: String,
    },
    /// `batch key=id size=5000 pause=50ms`.
    Batch(BatchOptions),
    /// `down name = first || ' ' || last`: how a column that goes is computed from those that take its
    /// place, for the release that still reads it.
    Down {
        /// The column.
        column: String,
        /// The expression.
        value: String,
    },
    /// `no-transaction`.
    NoTransaction,
    /// `in-order`: not before everything that stands before it, contracts that are held included.
    InOrder,
}

/// How a backfill is cut.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BatchOptions {
    /// The key column; the primary key unless given.
    pub key: Option<String>,
    /// Rows in one batch.
    pub size: Option<u64>,
    /// Milliseconds between two batches.
    pub pause_ms: Option<u64>,
}

impl Directive {
    /// Reads a comment as a directive; none when it is another comment.
    pub(crate) fn read(span: Span, comment: &str) -> Option<Self> {
        let text = comment.strip_prefix("--")?.trim();
        let text = text.strip_prefix(PREFIX)?.trim();
        let kind = text.parse();
        Some(Self { span, kind })
    }
}

impl FromStr for DirectiveKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let rest = rest.trim();
        match word {
            "phase" => rest.parse().map(Self::Phase),
            "after" => after(rest).map(Self::After),
            "allow" => allow(rest),
            "batch" => batch(rest).map(Self::Batch),
            "down" => down(rest),
            "no-transaction" if rest.is_empty() => Ok(Self::NoTransaction),
            "in-order" if rest.is_empty() => Ok(Self::InOrder),
            "no-transaction" | "in-order" => {
                Err(format!("nothing may follow {word}, found {rest:?}"))
            }
            _ => Err(format!(
                "no directive is called {word:?}; write phase, after, allow, batch, down, no-transaction or in-order"
            )),
        }
    }
}

fn after(version: &str) -> Result<semver::Version, String> {
    let digits = version.strip_prefix('v').unwrap_or(version);
    let parsed = semver::Version::parse(digits);
    parsed.map_err(|error| format!("{version:?} is no version such as 2.4.0: {error}"))
}

/// `rule because "reason"`.
fn allow(text: &str) -> Result<DirectiveKind, String> {
    const HOW: &str = "write: allow the-rule because \"the reason\"";
    let (rule, rest) = text.split_once(char::is_whitespace).ok_or(HOW)?;
    let reason = rest.trim().strip_prefix("because").ok_or(HOW)?.trim();
    let reason = reason
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    match reason.map(str::trim) {
        None => Err(HOW.to_owned()),
        Some("") => Err(format!("the reason is empty; {HOW}")),
        Some(because) => Ok(DirectiveKind::Allow {
            rule: rule.to_owned(),
            because: because.to_owned(),
        }),
    }
}

/// `column = expression`; the column may be quoted.
fn down(text: &str) -> Result<DirectiveKind, String> {
    const HOW: &str = "write: down column = an expression over the columns that take its place";
    let name = text.strip_prefix('"').and_then(|rest| rest.split_once('"'));
    let (column, rest) = match name {
        Some((name, rest)) => (name.to_owned(), rest),
        None => {
            let (name, _) = text.split_once('=').ok_or(HOW)?;
            let rest = text.get(name.len()..).ok_or(HOW)?;
            (name.trim().to_lowercase(), rest)
        }
    };
    let value = rest.trim_start().strip_prefix('=').ok_or(HOW)?.trim();
    if column.is_empty() || value.is_empty() {
        return Err(HOW.to_owned());
    }
    Ok(DirectiveKind::Down {
        column,
        value: value.to_owned(),
    })
}

/// `key=id size=5000 pause=50ms`, each at most once.
fn batch(text: &str) -> Result<BatchOptions, String> {
    let mut options = BatchOptions::default();
    for part in text.split_whitespace() {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let twice = match name {
            "key" if !value.is_empty() => options.key.replace(value.to_owned()).is_some(),
            "size" => options.size.replace(size(value)?).is_some(),
            "pause" => options.pause_ms.replace(milliseconds(value)?).is_some(),
            _ => {
                return Err(format!(
                    "{part:?} is no option of batch; write key=id, size=5000 or pause=50ms"
                ));
            }
        };
        if twice {
            return Err(format!("{name} is given twice"));
        }
    }
    Ok(options)
}

fn size(value: &str) -> Result<u64, String> {
    let rows = value.parse().ok().filter(|rows| *rows > 0);
    rows.ok_or_else(|| format!("{value:?} is no number of rows, such as 5000"))
}

fn milliseconds(value: &str) -> Result<u64, String> {
    let (digits, factor) = match (value.strip_suffix("ms"), value.strip_suffix('s')) {
        (Some(digits), _) => (digits, 1),
        (None, Some(digits)) => (digits, 1000),
        (None, None) => ("", 1),
    };
    let number = digits.parse::<u64>().ok();
    let pause = number.and_then(|number| number.checked_mul(factor));
    pause.ok_or_else(|| format!("{value:?} is no pause such as 50ms or 1s"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(comment: &str) -> String {
        match Directive::read(Span::default(), comment) {
            None => "no directive".to_owned(),
            Some(Directive { kind: Ok(kind), .. }) => format!("{kind:?}"),
            Some(Directive {
                kind: Err(reason), ..
            }) => format!("error: {reason}"),
        }
    }

    #[test]
    fn directives_say_what_they_mean_or_why_they_do_not() {
        let comments = [
            "-- concertina: phase contract",
            "--concertina: after v2.4.0",
            "-- concertina: allow drop-column because \"nobody reads it\"",
            "-- concertina: batch key=id size=5000 pause=50ms",
            "-- concertina: batch pause=1s",
            "-- concertina: down Name = first || ' = ' || last",
            "-- concertina: down \"A=b\" = c",
            "-- concertina: down name",
            "-- concertina: no-transaction",
            "-- concertina: in-order",
            "-- concertina: in-order please",
            "-- concertina is nice",
            "/* concertina: phase expand */",
            "-- concertina: phase later",
            "-- concertina: after now",
            "-- concertina: allow drop-column",
            "-- concertina: allow drop-column because \"\"",
            "-- concertina: batch size=0",
            "-- concertina: batch size=1 size=2",
            "-- concertina: batch speed=9",
            "-- concertina: batch pause=50",
            "-- concertina: fase expand",
            "-- concertina:",
        ];
        let lines = comments.map(|comment| format!("{comment}\n    {}", read(comment)));
        insta::assert_snapshot!(lines.join("\n"), @r#"
        -- concertina: phase contract
            Phase(Contract)
        --concertina: after v2.4.0
            After(Version { major: 2, minor: 4, patch: 0 })
        -- concertina: allow drop-column because "nobody reads it"
            Allow { rule: "drop-column", because: "nobody reads it" }
        -- concertina: batch key=id size=5000 pause=50ms
            Batch(BatchOptions { key: Some("id"), size: Some(5000), pause_ms: Some(50) })
        -- concertina: batch pause=1s
            Batch(BatchOptions { key: None, size: None, pause_ms: Some(1000) })
        -- concertina: down Name = first || ' = ' || last
            Down { column: "name", value: "first || ' = ' || last" }
        -- concertina: down "A=b" = c
            Down { column: "A=b", value: "c" }
        -- concertina: down name
            error: write: down column = an expression over the columns that take its place
        -- concertina: no-transaction
            NoTransaction
        -- concertina: in-order
            InOrder
        -- concertina: in-order please
            error: nothing may follow in-order, found "please"
        -- concertina is nice
            no directive
        /* concertina: phase expand */
            no directive
        -- concertina: phase later
            error: no phase is called "later"; write expand, migrate or contract
        -- concertina: after now
            error: "now" is no version such as 2.4.0: unexpected character 'n' while parsing major version number
        -- concertina: allow drop-column
            error: write: allow the-rule because "the reason"
        -- concertina: allow drop-column because ""
            error: the reason is empty; write: allow the-rule because "the reason"
        -- concertina: batch size=0
            error: "0" is no number of rows, such as 5000
        -- concertina: batch size=1 size=2
            error: size is given twice
        -- concertina: batch speed=9
            error: "speed=9" is no option of batch; write key=id, size=5000 or pause=50ms
        -- concertina: batch pause=50
            error: "50" is no pause such as 50ms or 1s
        -- concertina: fase expand
            error: no directive is called "fase"; write phase, after, allow, batch, down, no-transaction or in-order
        -- concertina:
            error: no directive is called ""; write phase, after, allow, batch, down, no-transaction or in-order
        "#);
    }
}
