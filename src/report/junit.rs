//! JUnit XML: one test case per judged file, failed by its findings.

use std::fmt::Write;

use super::{Format, View};
use crate::rules::{Finding, Severity};

/// JUnit XML for test reports of CI servers.
pub const FORMAT: Format = Format {
    id: "junit",
    summary: "JUnit XML for the test reports of CI servers",
    render,
};

fn render(view: &View<'_>) -> String {
    let files = view.sources.iter().filter(|one| !one.down);
    let of = |file: &str| -> Vec<&Finding> {
        let own = view.report.findings.iter().filter(|one| one.file == file);
        own.collect()
    };
    let cases: Vec<(&str, Vec<&Finding>)> = files
        .map(|one| (one.file.as_str(), of(&one.file)))
        .collect();
    let failed = cases.iter().filter(|(_, found)| fails(found)).count();
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let totals = format!("tests=\"{}\" failures=\"{failed}\"", cases.len());
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "<testsuites name=\"concertina\" {totals} errors=\"0\">"
    );
    let _ = writeln!(
        text,
        "  <testsuite name=\"migrations\" {totals} errors=\"0\" skipped=\"0\">"
    );
    for (file, found) in &cases {
        let name = escaped(file);
        if found.is_empty() {
            let _ = writeln!(
                text,
                "    <testcase classname=\"concertina\" name=\"{name}\"/>"
            );
            continue;
        }
        let _ = writeln!(
            text,
            "    <testcase classname=\"concertina\" name=\"{name}\">"
        );
        let said: Vec<String> = found.iter().map(|one| line(one)).collect();
        let worst = found.iter().max_by_key(|one| one.severity);
        match worst.filter(|_| fails(found)) {
            Some(worst) => {
                let _ = writeln!(
                    text,
                    "      <failure type=\"{}\" message=\"{}\">{}</failure>",
                    escaped(&worst.rule),
                    escaped(&worst.message),
                    escaped(&said.join("\n"))
                );
            }
            // What does not fail a case is said beside it.
            None => {
                let _ = writeln!(
                    text,
                    "      <system-out>{}</system-out>",
                    escaped(&said.join("\n"))
                );
            }
        }
        text.push_str("    </testcase>\n");
    }
    text.push_str("  </testsuite>\n</testsuites>\n");
    text
}

fn fails(found: &[&Finding]) -> bool {
    found.iter().any(|one| one.severity == Severity::Error)
}

fn line(finding: &Finding) -> String {
    let mut line = format!(
        "{}:{}:{}: {} [{}] {}",
        finding.file,
        finding.start.line,
        finding.start.column,
        finding.severity.as_str(),
        finding.rule,
        finding.message
    );
    for broken in &finding.breaks {
        let (query, release) = (&broken.query, &broken.release);
        let _ = write!(
            line,
            "\n    breaks {query} of {release}: {}",
            broken.message
        );
    }
    if !finding.help.is_empty() {
        let _ = write!(line, "\n    help: {}", finding.help);
    }
    line
}

/// Text of XML 1.0, which has no control characters but tab and line ends.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\r' | '\t' => escaped.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}
