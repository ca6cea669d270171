//! The JSON document of `concertina check`, as the machine interface fixes it.

use serde::Serialize;

use super::{Format, View};
use crate::rules::{Finding, Report, Summary};

/// JSON for programs.
pub const FORMAT: Format = Format {
    id: "json",
    summary: "for programs",
    render,
};

/// The version of the document: fields may be added, none changes its meaning.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    postgres: u16,
    findings: &'a [Finding],
    summary: &'a Summary,
}

/// The document as a value, to be written in any way serde can.
pub fn document(report: &Report) -> impl Serialize {
    Document {
        version: VERSION,
        postgres: report.postgres,
        findings: &report.findings,
        summary: &report.summary,
    }
}

fn render(view: &View<'_>) -> String {
    let mut text = serde_json::to_string_pretty(&document(view.report))
        .expect("the document has string keys only and no value that refuses");
    text.push('\n');
    text
}
