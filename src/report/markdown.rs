//! Markdown: the summary of a run, as a pull request or a job shows it.

use std::fmt::Write;

use super::{Format, View};
use crate::rules::{Finding, Severity, link};

/// Markdown for the summary of a job.
pub const FORMAT: Format = Format {
    id: "markdown",
    summary: "Markdown for the summary of a job or a comment",
    render,
};

/// GitHub cuts a summary at a megabyte; a table of more than this nobody reads.
const MOST: usize = 100;

fn render(view: &View<'_>) -> String {
    let summary = &view.report.summary;
    let mut text = String::from("## Concertina\n\n");
    let judged = format!(
        "{} in {} (PostgreSQL {})",
        super::counted(summary.statements, "statement"),
        super::counted(summary.files, "file"),
        view.report.postgres
    );
    let findings = &view.report.findings;
    // Writing to a String cannot fail.
    if findings.is_empty() {
        let _ = writeln!(text, "Nothing to object to: {judged}.");
        return text;
    }
    let _ = writeln!(
        text,
        "**{}, {}, {}** in {judged}.\n",
        super::counted(summary.errors, "error"),
        super::counted(summary.warnings, "warning"),
        super::counted(summary.notes, "note")
    );
    text.push_str("| | where | what | what to do |\n|---|---|---|---|\n");
    for finding in findings.iter().take(MOST) {
        let _ = writeln!(text, "{}", row(finding));
    }
    if let Some(more) = findings.len().checked_sub(MOST).filter(|more| *more > 0) {
        let _ = writeln!(text, "\nand {more} more.");
    }
    for finding in findings
        .iter()
        .filter(|one| !one.breaks.is_empty())
        .take(MOST)
    {
        let _ = writeln!(
            text,
            "\n<details><summary>{} breaks {}</summary>\n",
            html(&format!("{}:{}", finding.file, finding.start.line)),
            super::counted(finding.breaks.len(), "statement")
        );
        for broken in &finding.breaks {
            let (query, release) = (&broken.query, &broken.release);
            let place = format!("{}:{}", broken.file, broken.line);
            let _ = writeln!(
                text,
                "- {} of {} ({}): {}",
                cell(query),
                cell(release),
                cell(&place),
                cell(&broken.message)
            );
        }
        text.push_str("\n</details>\n");
    }
    text
}

fn row(finding: &Finding) -> String {
    let mark = match finding.severity {
        Severity::Error => "🛑",
        Severity::Warning => "⚠️",
        Severity::Note => "💡",
    };
    format!(
        "| {mark} | {}:{} | {} ([{}]({})) | {} |",
        cell(&finding.file),
        finding.start.line,
        cell(&finding.message),
        finding.rule,
        link(&finding.rule),
        cell(&finding.help)
    )
}

/// Text in a table: nothing in it is Markdown or HTML.
fn cell(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in html(text).chars() {
        match c {
            '|' | '*' | '_' | '`' | '[' | ']' | '\\' | '~' => {
                escaped.push('\\');
                escaped.push(c);
            }
            '\n' | '\r' => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
