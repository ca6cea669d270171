//! One migration: a versioned SQL file with its statements.

use super::{LineIndex, Position, Script, parse};

/// Who opens the transaction around a migration's statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransactionMode {
    /// The runner wraps the whole file.
    Wrapped,
    /// Each statement commits by itself, unless the file says BEGIN.
    Unwrapped,
}

/// A migration file, read and cut into statements.
#[derive(Debug, Clone)]
pub struct Migration {
    /// The path as the user gave it.
    pub file: String,
    /// The version, as digits of the file name; empty when it has none.
    pub version: String,
    /// The name without version and extension.
    pub name: String,
    /// The text.
    pub text: String,
    /// Its statements and directives.
    pub script: Script,
    /// Whether the runner of this layout wraps the file in a transaction.
    pub transaction: TransactionMode,
    /// Undoes another migration (`down.sql`): never part of the way forward.
    pub down: bool,
    /// Where the lines begin.
    pub lines: LineIndex,
}

impl Migration {
    /// Reads a text as a migration; wrapped in a transaction unless said otherwise.
    pub fn new(file: impl Into<String>, text: impl Into<String>) -> Self {
        let (file, text) = (file.into(), text.into());
        let script = parse(&text);
        let lines = LineIndex::new(&text);
        let transaction = TransactionMode::Wrapped;
        Self {
            file,
            version: String::new(),
            name: String::new(),
            text,
            script,
            transaction,
            down: false,
            lines,
        }
    }

    /// The line and column of a byte.
    pub fn position(&self, byte: usize) -> Position {
        self.lines.position(&self.text, byte)
    }
}
