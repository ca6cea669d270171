//! A finding: what a rule says of a statement, as every report format prints it.

use serde::Serialize;

use crate::compat::Break;
use crate::sql::{Phase, Position};

/// How bad it is; whatever is at or above the failing severity fails the check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// A risk.
    Warning,
    /// Users will notice.
    Error,
}

impl Severity {
    /// The severity in lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// What a finding says; the words are fixed in the machine interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Class {
    /// Data or objects are lost.
    Destructive,
    /// A release's statement fails or changes its meaning.
    BreaksApp,
    /// SELECT on an existing table waits for longer than a catalogue change takes, or queues behind a lock wait.
    BlocksReads,
    /// The same for INSERT, UPDATE, DELETE.
    BlocksWrites,
    /// An existing table is rewritten.
    TableRewrite,
    /// An existing table or index is read whole under a lock that blocks writes or reads.
    LongScan,
    /// Refused inside a transaction block, and it will run in one.
    FailsInTransaction,
    /// Will not succeed for any other reason.
    Fails,
    /// A backfill or dual write loses, races or stalls.
    Data,
    /// Nothing of the above today; a habit that leads there.
    Hygiene,
}

impl Class {
    /// As the machine interface writes it: `blocks-reads`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Destructive => "destructive",
            Self::BreaksApp => "breaks-app",
            Self::BlocksReads => "blocks-reads",
            Self::BlocksWrites => "blocks-writes",
            Self::TableRewrite => "table-rewrite",
            Self::LongScan => "long-scan",
            Self::FailsInTransaction => "fails-in-transaction",
            Self::Fails => "fails",
            Self::Data => "data",
            Self::Hygiene => "hygiene",
        }
    }
}

/// A judgement of a rule about a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule's id.
    pub rule: String,
    /// What it says, sorted.
    pub classes: Vec<Class>,
    /// How bad it is.
    pub severity: Severity,
    /// The phase the statement belongs to.
    pub phase: Phase,
    /// The migration's file.
    pub file: String,
    /// The statement in it, from 0.
    pub statement: usize,
    /// Where it begins.
    pub start: Position,
    /// Where it ends.
    pub end: Position,
    /// The objects it is about: `schema.table`, `schema.table.column`.
    pub objects: Vec<String>,
    /// What: a lower-case fragment without a final stop.
    pub message: String,
    /// Why PostgreSQL does so.
    pub why: String,
    /// What to do.
    pub help: String,
    /// The queries that break.
    pub breaks: Vec<Break>,
    /// How to mend it.
    pub fixes: Vec<Fix>,
}

/// A way to mend a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fix {
    /// What it does.
    pub title: String,
    /// Whether `--fix` may apply it.
    pub applicability: Applicability,
    /// The edits, in order, not overlapping.
    pub edits: Vec<Edit>,
}

/// Whether a fix may be applied without a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Applicability {
    /// Same schema at the end.
    Safe,
    /// Needs a look.
    Unsafe,
}

/// A text put in place of a span.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Edit {
    /// The file.
    pub file: String,
    /// The first byte replaced.
    pub start: usize,
    /// The byte after the last one replaced.
    pub end: usize,
    /// What stands there instead.
    pub text: String,
}
