//! The outcome of a check: findings in order, and their count.

use serde::Serialize;

use super::{Finding, Severity};

/// What was found in the judged migrations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// The major version of PostgreSQL the migrations were judged for.
    pub postgres: u16,
    /// By file in the order given, then by place, then by rule.
    pub findings: Vec<Finding>,
    /// How many of each.
    pub summary: Summary,
}

/// How much was judged, and how it came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Summary {
    /// The judged files, down migrations left out.
    pub files: usize,
    /// Their statements.
    pub statements: usize,
    /// Those of them we do not understand.
    pub opaque: usize,
    /// Findings that users will notice.
    pub errors: usize,
    /// Findings that are a risk.
    pub warnings: usize,
    /// Findings worth knowing.
    pub notes: usize,
}

impl Report {
    /// The worst severity found; none when nothing was.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }

    /// Whether anything is at or above the failing severity.
    pub fn fails(&self, failing: Severity) -> bool {
        self.worst() >= Some(failing)
    }
}

impl Summary {
    /// Counts the findings by severity.
    pub(super) fn count(&mut self, findings: &[Finding]) {
        for finding in findings {
            match finding.severity {
                Severity::Error => self.errors += 1,
                Severity::Warning => self.warnings += 1,
                Severity::Note => self.notes += 1,
            }
        }
    }
}
