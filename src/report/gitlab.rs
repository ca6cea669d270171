//! GitLab code quality: a list of issues as Code Climate writes them.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Format, View};
use crate::rules::{Finding, Severity, link};

/// GitLab's code quality report.
pub const FORMAT: Format = Format {
    id: "gitlab",
    summary: "GitLab code quality report",
    render,
};

fn render(view: &View<'_>) -> String {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let issues: Vec<Value> = view
        .report
        .findings
        .iter()
        .map(|finding| {
            let statement = view.statement(finding);
            let count = seen
                .entry(format!("{}\n{}\n{statement}", finding.rule, finding.file))
                .or_default();
            *count += 1;
            issue(finding, &fingerprint(finding, statement, *count))
        })
        .collect();
    format!("{:#}\n", Value::Array(issues))
}

fn issue(finding: &Finding, fingerprint: &str) -> Value {
    let severity = match finding.severity {
        Severity::Error => "critical",
        Severity::Warning => "minor",
        Severity::Note => "info",
    };
    let mut description = finding.message.clone();
    if !finding.help.is_empty() {
        description = format!("{description}; {}", finding.help);
    }
    json!({
        "type": "issue",
        "check_name": finding.rule,
        "description": description,
        "content": {"body": format!("{}\n\n{}", finding.why, link(&finding.rule))},
        "categories": ["Compatibility"],
        "fingerprint": fingerprint,
        "severity": severity,
        "location": {
            "path": finding.file.trim_start_matches("./"),
            "lines": {"begin": finding.start.line, "end": finding.end.line},
        },
    })
}

/// The same as long as rule, file and statement are, wherever it stands; one of its own for each.
fn fingerprint(finding: &Finding, statement: &str, count: usize) -> String {
    let words: Vec<&str> = statement.split_whitespace().collect();
    let known = format!(
        "{}\n{}\n{}\n{count}",
        finding.rule,
        finding.file,
        words.join(" ")
    );
    let digest = Sha256::digest(known.as_bytes());
    digest
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
