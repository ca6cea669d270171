//! A report in the formats that people and other programs read; one file per format.

use crate::rules::Report;
use crate::sql::Migration;

mod compat;
mod explain;
pub mod github;
pub mod gitlab;
pub mod json;
pub mod junit;
#[cfg(any(feature = "postgres", feature = "tokio-postgres"))]
mod many;
pub mod markdown;
mod openmetrics;
mod operate;
mod plain;
mod rollout;
mod rules;
mod run;
pub mod sarif;
mod schema;
#[cfg(feature = "cli")]
pub mod text;

pub use compat::{CompatReport, QueryReport, StatementBreak};

pub use explain::explain_text;
#[cfg(any(feature = "postgres", feature = "tokio-postgres"))]
pub use many::{all_json, run_all_text, status_all_text};
pub use openmetrics::{openmetrics_all_text, openmetrics_text};
pub use operate::{divergence_text, eject_text, gate_text, rehearsal_text};
pub use rules::{page_text, rules_text};
pub use run::{event_text, progress_text, run_text, status_text};
pub use schema::{differences_text, schema_text};

/// One output format.
#[derive(Debug)]
#[non_exhaustive]
pub struct Format {
    /// As `--format` names it.
    pub id: &'static str,
    /// What it is for, as a lower-case fragment.
    pub summary: &'static str,
    /// Renders a report; ends with a newline.
    pub render: fn(&View<'_>) -> String,
}

/// What is rendered.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// The report.
    pub report: &'a Report,
    /// The judged migrations, for excerpts of their text.
    pub sources: &'a [Migration],
    /// Whether to colour it, where the format knows colours.
    pub colour: bool,
}

/// Every format, the one for people first.
pub static FORMATS: &[Format] = &[
    #[cfg(feature = "cli")]
    text::FORMAT,
    json::FORMAT,
    sarif::FORMAT,
    github::FORMAT,
    markdown::FORMAT,
    gitlab::FORMAT,
    junit::FORMAT,
];

/// The format of that id.
pub fn format(id: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.id == id)
}

/// `1 error`, `2 errors`.
fn counted(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    }
}

impl View<'_> {
    /// The text of the statement a finding is about; empty where its file is not among the sources.
    pub(crate) fn statement(&self, finding: &crate::rules::Finding) -> &str {
        let found = self.sources.iter().find(|one| one.file == finding.file);
        let statement = found.and_then(|source| {
            let statement = source.script().statements.get(finding.statement)?;
            Some(statement.span.text(&source.text))
        });
        statement.unwrap_or("")
    }

    /// The text of a judged file; empty where it is not among the sources.
    #[cfg(feature = "cli")]
    pub(crate) fn source(&self, file: &str) -> &str {
        let found = self.sources.iter().find(|one| one.file == file);
        found.map_or("", |migration| &migration.text)
    }
}
