//! What a project makes of a rule: switched off, or at another severity.

use super::{Finding, Report, Severity, Summary};

/// What becomes of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// It is not reported.
    Off,
    /// It is reported at this severity.
    At(Severity),
}

impl Report {
    /// Gives findings the levels that are asked for; none leaves one as it is.
    pub fn relevel(&mut self, level: impl Fn(&Finding) -> Option<Level>) {
        self.findings.retain_mut(|finding| match level(finding) {
            None => true,
            Some(Level::Off) => false,
            Some(Level::At(severity)) => {
                finding.severity = severity;
                true
            }
        });
        self.recount();
    }

    /// Counts the findings again, after some were taken away.
    pub fn recount(&mut self) {
        self.summary = Summary {
            files: self.summary.files,
            statements: self.summary.statements,
            opaque: self.summary.opaque,
            ..Summary::default()
        };
        self.summary.count(&self.findings);
    }
}
