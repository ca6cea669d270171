//! `-- concertina: ...` comments: what a migration's author tells us beside the SQL.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use super::Span;

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
    /// `no-transaction`.
    NoTransaction,
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
