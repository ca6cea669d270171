//! Files that hold the way forward and the way back, each behind a line that says so.

use crate::sql::Span;

/// What a line says about the lines after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Half {
    /// They are run on the way forward.
    Up,
    /// They undo it.
    Down,
}

/// The lines that are not run on the way forward: what stands before the first mark, if there is one,
/// and what stands behind a down mark. A file without any mark is run whole.
pub(super) fn hidden(text: &str, mark: impl Fn(&str) -> Option<Half>) -> Vec<Span> {
    let mut hidden: Vec<Span> = Vec::new();
    let (mut start, mut up, mut marked) = (0, false, false);
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if let Some(half) = mark(line.trim_end()) {
            if !up && start < at {
                hidden.push(Span { start, end: at });
            }
            marked = true;
            up = half == Half::Up;
            start = at;
        }
        at += line.len();
    }
    if !marked {
        return Vec::new();
    }
    if !up && start < at {
        hidden.push(Span { start, end: at });
    }
    // Comments before the first mark stay: a directive for the whole file may be among them.
    hidden.retain(|span| {
        let lines = span.text(text).lines().map(str::trim);
        lines
            .into_iter()
            .any(|line| !line.is_empty() && !line.starts_with("--"))
    });
    hidden
}
