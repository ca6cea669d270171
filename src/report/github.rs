//! Annotations of GitHub Actions: one workflow command per finding.

use std::fmt::Write;

use super::{Format, View};
use crate::rules::Severity;

/// Annotations for GitHub Actions.
pub const FORMAT: Format = Format {
    id: "github",
    summary: "annotations of a GitHub Actions run",
    render,
};

fn render(view: &View<'_>) -> String {
    let mut text = String::new();
    for finding in &view.report.findings {
        let command = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let mut message = finding.message.clone();
        for broken in &finding.breaks {
            let _infallible = write!(
                message,
                "\n{}:{}: {} of {}: {}",
                broken.file, broken.line, broken.query, broken.release, broken.message
            );
        }
        if !finding.help.is_empty() {
            let _infallible = write!(message, "\nhelp: {}", finding.help);
        }
        let _infallible = writeln!(
            text,
            "::{command} file={},line={},col={},endLine={},endColumn={},title={}::{}",
            property(&finding.file),
            finding.start.line,
            finding.start.column,
            finding.end.line,
            finding.end.column,
            property(&finding.rule),
            data(&message),
        );
    }
    text
}

/// Escapes the text of a workflow command.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// Escapes a property of a workflow command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
