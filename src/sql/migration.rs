//! One migration: a versioned SQL file with its statements.

use std::sync::OnceLock;

use super::{LineIndex, Position, Script, Span, parse};

/// Who opens the transaction around a migration's statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransactionMode {
    /// The runner wraps the whole file.
    Wrapped,
    /// Each statement commits by itself, unless the file says BEGIN.
    Unwrapped,
}

/// The line of a file that our own runner runs without a transaction.
pub const NO_TRANSACTION: &str = "-- concertina: no-transaction";

/// A migration file, cut into statements once somebody asks for them.
#[derive(Debug, Clone)]
pub struct Migration {
    /// The path as the user gave it.
    pub file: String,
    /// The version, as digits of the file name; empty when it has none.
    pub version: String,
    /// The name without version and extension.
    pub name: String,
    /// The text; what is read of it is what stood here at the first call of [`script`](Self::script).
    pub text: String,
    /// Whether the runner of this layout wraps the file in a transaction.
    pub transaction: TransactionMode,
    /// The first line by which its runner does without a transaction; none where no line of the file does that.
    pub unwrapping: Option<&'static str>,
    /// Undoes another migration (`down.sql`): never part of the way forward.
    pub down: bool,
    /// Says what is there already (`pg_dump`, `structure.sql`): history, never judged.
    pub dump: bool,
    /// Where the lines begin.
    pub lines: LineIndex,
    /// What of the text is not run on the way forward.
    hidden: Vec<Span>,
    script: OnceLock<Script>,
}

impl Migration {
    /// Reads a text as a migration; wrapped in a transaction unless said otherwise.
    pub fn new(file: impl Into<String>, text: impl Into<String>) -> Self {
        Self::without(file, text, &[])
    }

    /// Reads a text of which some spans are not run on the way forward, such as its down half; every
    /// byte keeps its place.
    pub fn without(file: impl Into<String>, text: impl Into<String>, hidden: &[Span]) -> Self {
        let (file, text) = (file.into(), text.into());
        let lines = LineIndex::new(&text);
        let transaction = TransactionMode::Wrapped;
        Self {
            file,
            version: String::new(),
            name: String::new(),
            text,
            transaction,
            unwrapping: Some(NO_TRANSACTION),
            down: false,
            dump: false,
            lines,
            hidden: hidden.to_vec(),
            script: OnceLock::new(),
        }
    }

    /// Its statements and directives, read at the first call; whoever asks many migrations [reads them all](read_all)
    /// before.
    pub fn script(&self) -> &Script {
        self.script.get_or_init(|| match self.hidden.is_empty() {
            true => parse(&self.text),
            false => parse(&masked(&self.text, &self.hidden)),
        })
    }

    /// Whether a directive may stand in it.
    pub(crate) fn may_direct(&self) -> bool {
        self.text.contains(super::directive::PREFIX)
    }

    /// The line and column of a byte.
    pub fn position(&self, byte: usize) -> Position {
        self.lines.position(&self.text, byte)
    }
}

/// Reads the statements of many migrations, on all processors.
pub fn read_all(migrations: &[Migration]) {
    crate::parallel::map(migrations, |migration| {
        migration.script();
    });
}

/// A text with spaces in the place of every byte of the spans; line breaks stay.
fn masked(text: &str, hidden: &[Span]) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut at = 0;
    for span in hidden {
        masked.push_str(text.get(at..span.start).unwrap_or_default());
        let inside = span.text(text);
        masked.extend(inside.bytes().map(|byte| match byte {
            b'\n' => '\n',
            _ => ' ',
        }));
        at = at.max(span.end);
    }
    masked.push_str(text.get(at..).unwrap_or_default());
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_spans_are_no_statements_and_move_nothing() {
        let text = "SELECT 'ä';\n-- down\nDROP TABLE ä;\n";
        let down = text.find("-- down").expect("is there");
        let hidden = Span {
            start: down,
            end: text.len(),
        };
        let migration = Migration::without("a.sql", text, &[hidden]);
        let statements = migration.script().statements.iter();
        let texts: Vec<_> = statements
            .map(|one| one.span.text(&migration.text))
            .collect();
        assert_eq!(texts, ["SELECT 'ä'"]);
        assert_eq!(masked(text, &[hidden]).len(), text.len());
    }
}
