//! SARIF 2.1.0: the log that code scanning services read.

use serde_json::{Value, json};

use super::{Format, View};
use crate::rules::{Finding, Fix, RULES, Severity, link};

/// SARIF for code scanning.
pub const FORMAT: Format = Format {
    id: "sarif",
    summary: "SARIF 2.1.0 for code scanning",
    render,
};

fn render(view: &View<'_>) -> String {
    let rules: Vec<Value> = RULES
        .iter()
        .map(|rule| {
            json!({
                "id": rule.id,
                "shortDescription": {"text": rule.summary},
                "helpUri": link(rule.id),
                "fullDescription": {"text": rule.why},
                "help": {"text": rule.docs.trim(), "markdown": rule.docs.trim()},
                "properties": {"tags": rule.classes},
            })
        })
        .collect();
    let results: Vec<Value> = view.report.findings.iter().map(result).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "concertina",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            // Our columns count characters, not UTF-16 units.
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

fn result(finding: &Finding) -> Value {
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let related: Vec<Value> = finding
        .breaks
        .iter()
        .enumerate()
        .map(|(id, broken)| {
            json!({
                "id": id,
                "message": {"text": format!("{} of {}: {}", broken.query, broken.release, broken.message)},
                "physicalLocation": {
                    "artifactLocation": {"uri": uri(&broken.file)},
                    "region": {"startLine": broken.line.max(1)},
                },
            })
        })
        .collect();
    let text = if finding.help.is_empty() {
        finding.message.clone()
    } else {
        format!("{}; {}", finding.message, finding.help)
    };
    let mut result = json!({
        "ruleId": finding.rule,
        "level": level,
        "message": {"text": text},
        "locations": [{"physicalLocation": {
            "artifactLocation": {"uri": uri(&finding.file)},
            "region": {
                "startLine": finding.start.line,
                "startColumn": finding.start.column,
                "endLine": finding.end.line,
                "endColumn": finding.end.column,
            },
        }}],
        "properties": {"classes": finding.classes, "phase": finding.phase, "objects": finding.objects},
    });
    if let Some(fields) = result.as_object_mut() {
        if let Some(index) = RULES.iter().position(|rule| rule.id == finding.rule) {
            fields.insert("ruleIndex".to_owned(), json!(index));
        }
        if !related.is_empty() {
            fields.insert("relatedLocations".to_owned(), Value::Array(related));
        }
        if !finding.fixes.is_empty() {
            let fixes = finding.fixes.iter().map(fix).collect();
            fields.insert("fixes".to_owned(), Value::Array(fixes));
        }
    }
    result
}

fn fix(fix: &Fix) -> Value {
    let changes: Vec<Value> = fix
        .edits
        .iter()
        .map(|edit| {
            json!({
                "artifactLocation": {"uri": uri(&edit.file)},
                "replacements": [{
                    "deletedRegion": {"byteOffset": edit.start, "byteLength": edit.end.saturating_sub(edit.start)},
                    "insertedContent": {"text": edit.text},
                }],
            })
        })
        .collect();
    json!({"description": {"text": fix.title}, "artifactChanges": changes})
}

/// A path as a relative URI reference: what is neither letter, digit nor harmless is escaped.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.replace('\\', "/").bytes() {
        if byte.is_ascii_alphanumeric() || b"/._-~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}
