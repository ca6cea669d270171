//! Text for people: each finding with the SQL it is about, what breaks, why, and what to do.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Patch, Renderer, Snippet};

use super::{Format, View, counted};
use crate::compat::Break;
use crate::rules::{Applicability, Finding, Fix, Severity, Summary};

/// Text for people.
pub const FORMAT: Format = Format {
    id: "text",
    summary: "for people",
    render,
};

/// Columns after which reasons and help are wrapped.
const WIDTH: usize = 96;

/// Findings from which on a table says what they were.
const MANY: usize = 6;

/// Broken queries shown of one finding; the rest is counted.
const MOST_BREAKS: usize = 8;

fn render(view: &View<'_>) -> String {
    let renderer = if view.colour {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let renderer = renderer.decor_style(DecorStyle::Ascii);
    let mut text = String::new();
    let many = view.report.findings.len() >= MANY;
    let mut explained: BTreeSet<&str> = BTreeSet::new();
    for finding in &view.report.findings {
        let source = view.source(&finding.file);
        // In a long report the reason of a rule is given once.
        let why = explained.insert(&finding.rule) || !many;
        text.push_str(&renderer.render(&groups(finding, source, why)));
        text.push_str("\n\n");
    }
    if many {
        text.push_str(&table(&view.report.findings));
    }
    text.push_str(&summary(&view.report.summary, view.report.postgres));
    text.push('\n');
    text
}

fn groups<'a>(finding: &'a Finding, source: &'a str, why: bool) -> Vec<Group<'a>> {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let title = level
        .primary_title(finding.message.as_str())
        .id(finding.rule.as_str());
    let classes: Vec<&str> = finding.classes.iter().map(|class| class.as_str()).collect();
    let mut group = title.element(excerpt(finding, source, classes.join(", ")));
    for broken in finding.breaks.iter().take(MOST_BREAKS) {
        group = group.element(Level::NOTE.with_name("breaks").message(break_line(broken)));
    }
    if let Some(more) = finding
        .breaks
        .len()
        .checked_sub(MOST_BREAKS)
        .filter(|more| *more > 0)
    {
        let more = format!("and {more} more");
        group = group.element(Level::NOTE.with_name("breaks").message(more));
    }
    if why && !finding.why.is_empty() {
        group = group.element(Level::NOTE.with_name("why").message(wrapped(&finding.why)));
    }
    if !finding.help.is_empty() {
        group = group.element(Level::HELP.message(wrapped(&finding.help)));
    }
    let mut groups = vec![group];
    let fixes = finding.fixes.iter();
    groups.extend(fixes.filter_map(|fix| suggestion(fix, finding, source)));
    groups
}

/// The lines of the source that a span touches: where they begin, their text, and the first one's number.
fn lines(source: &str, start: usize, end: usize) -> (usize, &str, usize) {
    let head = source.get(..start).unwrap_or("");
    let first = head.rfind('\n').map_or(0, |at| at + 1);
    let last = source
        .get(end..)
        .and_then(|rest| rest.find('\n'))
        .map_or(source.len(), |at| end + at);
    let number = head.bytes().filter(|byte| *byte == b'\n').count() + 1;
    (first, source.get(first..last).unwrap_or(""), number)
}

fn excerpt<'a>(
    finding: &'a Finding,
    source: &'a str,
    label: String,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let (from, text, line) = lines(source, finding.start.byte, finding.end.byte);
    let limit = text.len();
    let start = finding.start.byte.saturating_sub(from).min(limit);
    let end = finding.end.byte.saturating_sub(from).clamp(start, limit);
    Snippet::source(text)
        .line_start(line)
        .path(finding.file.as_str())
        .annotation(AnnotationKind::Primary.span(start..end).label(label))
}

/// The fix as a difference; none where its edits do not lie in this file.
fn suggestion<'a>(fix: &'a Fix, finding: &'a Finding, source: &'a str) -> Option<Group<'a>> {
    let mine = |file: &str| file == finding.file;
    if fix.edits.is_empty() || !fix.edits.iter().all(|edit| mine(&edit.file)) {
        return None;
    }
    let start = fix.edits.iter().map(|edit| edit.start).min()?;
    let end = fix.edits.iter().map(|edit| edit.end).max()?;
    let (from, text, line) = lines(source, start, end);
    let patches = fix.edits.iter().map(|edit| {
        let span = edit.start.saturating_sub(from)..edit.end.saturating_sub(from);
        Patch::new(span, edit.text.as_str())
    });
    let title = match fix.applicability {
        Applicability::Safe => format!("{} (`--fix` does it)", fix.title),
        Applicability::Unsafe => format!("{} (needs a look)", fix.title),
    };
    let snippet = Snippet::source(text)
        .line_start(line)
        .path(finding.file.as_str())
        .patches(patches);
    Some(Level::HELP.secondary_title(title).element(snippet))
}

fn break_line(broken: &Break) -> String {
    let state = match &broken.sqlstate {
        Some(state) => format!(" ({state})"),
        None => String::new(),
    };
    format!(
        "{} of {}, {}:{}: {}{state}",
        broken.query, broken.release, broken.file, broken.line, broken.message
    )
}

/// Breaks a text into lines at spaces.
fn wrapped(text: &str) -> String {
    let mut lines = String::with_capacity(text.len() + 8);
    let mut column = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > WIDTH {
            lines.push('\n');
            column = 0;
        } else if column > 0 {
            lines.push(' ');
            column += 1;
        }
        lines.push_str(word);
        column += length;
    }
    lines
}

/// How often each rule has spoken, those that speak most first.
fn table(findings: &[Finding]) -> String {
    let mut counts: BTreeMap<&str, (usize, Severity)> = BTreeMap::new();
    for one in findings {
        let entry = counts.entry(&one.rule).or_insert((0, one.severity));
        entry.0 += 1;
        entry.1 = entry.1.max(one.severity);
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(rule, (count, severity))| (Reverse(*severity), Reverse(*count), *rule));
    let width = counts.iter().map(|(rule, _)| rule.len()).max().unwrap_or(0);
    let mut text = String::new();
    for (rule, (count, severity)) in counts {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{count:>6}  {rule:<width$}  {}", severity.as_str());
    }
    text.push_str("        `concertina explain RULE` says why and what to do\n\n");
    text
}

/// The last line: `2 errors and 1 warning in 3 files, 12 statements (PostgreSQL 18)`.
fn summary(summary: &Summary, postgres: u16) -> String {
    let found: Vec<String> = [
        (summary.errors, "error"),
        (summary.warnings, "warning"),
        (summary.notes, "note"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, what)| counted(count, what))
    .collect();
    let found = match found.as_slice() {
        [] => "nothing to object to".to_owned(),
        [one] => one.clone(),
        [head @ .., last] => format!("{} and {last}", head.join(", ")),
    };
    let opaque = match summary.opaque {
        0 => String::new(),
        count => format!(", {count} not understood"),
    };
    format!(
        "{found} in {}, {}{opaque} (PostgreSQL {postgres})",
        counted(summary.files, "file"),
        counted(summary.statements, "statement"),
    )
}
