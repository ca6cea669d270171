//! A deploy stage by stage as text for people, and with what rules know of it beside the queries.

use std::fmt;

use crate::compat::{Alive, RollOut, Stage};
use crate::rules::Finding;

impl RollOut {
    /// Takes what rules have found of the same migrations and releases: what privileges, row security and triggers
    /// do to a query of a release that is alive there.
    #[must_use]
    pub fn with_findings(mut self, findings: &[Finding]) -> Self {
        for finding in findings {
            for broken in finding.breaks.iter().filter(|one| one.verdict.is_break()) {
                let named = self.breaks().any(|(_, one)| {
                    (&one.release, &one.query, &one.file, one.line)
                        == (&broken.release, &broken.query, &broken.file, broken.line)
                });
                let here = |stage: &&mut Stage| stage.after.as_ref() == Some(&finding.file);
                let stage = self.stages.iter_mut().find(here).filter(|_| !named);
                let alive = stage.and_then(|stage| {
                    let mut releases = stage.releases.iter_mut();
                    releases.find(|alive| alive.release == broken.release)
                });
                if let Some(alive) = alive {
                    alive.breaks.push(broken.clone());
                }
            }
        }
        self
    }
}

impl fmt::Display for RollOut {
    /// A line for each stage, with what breaks below it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for stage in &self.stages {
            match (&stage.after, stage.phase) {
                (Some(file), Some(phase)) => write!(f, "after {file} ({phase})")?,
                _ => write!(f, "before")?,
            }
            let alive: Vec<String> = stage.releases.iter().map(fares).collect();
            match alive.as_slice() {
                [] => writeln!(f, ": no release asked about is alive")?,
                alive => writeln!(f, ": {}", alive.join(", "))?,
            }
            for broken in stage.releases.iter().flat_map(|alive| &alive.breaks) {
                let state = broken.sqlstate.as_ref().map(|state| format!("{state}: "));
                writeln!(
                    f,
                    "    {}: {} of release {} ({}:{}) {}{}",
                    broken.verdict.as_str(),
                    broken.query,
                    broken.release,
                    broken.file,
                    broken.line,
                    state.unwrap_or_default(),
                    broken.message
                )?;
            }
        }
        Ok(())
    }
}

/// A release and how many of its queries break.
fn fares(alive: &Alive) -> String {
    let broken = alive.breaks.iter().filter(|one| one.verdict.is_break());
    match broken.count() {
        0 => format!("{} works", alive.release),
        1 => format!("{} has a query that breaks", alive.release),
        many => format!("{} has {many} queries that break", alive.release),
    }
}
