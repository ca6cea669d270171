//! The document of `concertina compat`, and the same for people.

use std::fmt;

use serde::Serialize;

use crate::compat::{Break, BreakAt, Release, Verdict, breaks_along};
use crate::effects::Timeline;
use crate::rules::Finding;
use crate::sql::Migration;

/// Every query of a release on the way through the migrations.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct CompatReport {
    /// The version of this shape.
    pub version: u32,
    /// The release.
    pub release: String,
    /// Its queries in order.
    pub queries: Vec<QueryReport>,
}

/// One query.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct QueryReport {
    /// Its name.
    pub name: String,
    /// Its file.
    pub file: String,
    /// Its line, from 1.
    pub line: usize,
    /// The worst of its breaks.
    pub verdict: Verdict,
    /// Which statements break it.
    pub breaks: Vec<StatementBreak>,
}

/// A statement that breaks a query.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct StatementBreak {
    /// The migration's file.
    pub file: String,
    /// The statement in it, from 0.
    pub statement: usize,
    /// Its line, from 1.
    pub line: usize,
    /// How the query fares.
    pub verdict: Verdict,
    /// What PostgreSQL reports, when it fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sqlstate: Option<String>,
    /// The message.
    pub message: String,
    /// What to do instead, where a rule knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl CompatReport {
    /// Judges every query of a release along the timeline of `judged`.
    pub fn new(release: &Release, judged: &[Migration], timeline: &Timeline) -> Self {
        let found = breaks_along(release, timeline);
        let queries = release.queries.iter().map(|query| {
            let own = |at: &&BreakAt<'_>| {
                let broken = &at.broken;
                (&broken.query, &broken.file, broken.line) == (&query.name, &query.file, query.line)
            };
            let breaks: Vec<_> = found
                .iter()
                .filter(own)
                .filter_map(|at| statement_break(at, judged))
                .collect();
            QueryReport {
                name: query.name.clone(),
                file: query.file.clone(),
                line: query.line,
                verdict: breaks
                    .iter()
                    .map(|one| one.verdict)
                    .max()
                    .unwrap_or(Verdict::Works),
                breaks,
            }
        });
        Self {
            version: 1,
            release: release.version.clone(),
            queries: queries.collect(),
        }
    }

    /// Takes what rules have found of the same migrations and release: what privileges, row security and triggers
    /// do to a query, and of each break what to do instead.
    #[must_use]
    pub fn with_findings(mut self, findings: &[Finding]) -> Self {
        for query in &mut self.queries {
            for finding in findings {
                let same = |one: &&Break| {
                    (&one.query, &one.file, one.line) == (&query.name, &query.file, query.line)
                };
                let Some(broken) = finding.breaks.iter().find(same) else {
                    continue;
                };
                let here = |one: &&mut StatementBreak| {
                    (&one.file, one.statement) == (&finding.file, finding.statement)
                };
                match query.breaks.iter_mut().find(here) {
                    Some(known) => {
                        known.help.get_or_insert_with(|| finding.help.clone());
                    }
                    None => query.breaks.push(StatementBreak {
                        file: finding.file.clone(),
                        statement: finding.statement,
                        line: finding.start.line,
                        verdict: broken.verdict,
                        sqlstate: broken.sqlstate.clone(),
                        message: broken.message.clone(),
                        help: Some(finding.help.clone()),
                    }),
                }
            }
            let worst = query.breaks.iter().map(|one| one.verdict).max();
            query.verdict = worst.unwrap_or(Verdict::Works);
        }
        self
    }

    /// Whether any query breaks; one that cannot be decided is no break.
    pub fn has_breaks(&self) -> bool {
        self.count(Verdict::Fails) + self.count(Verdict::Changes) > 0
    }

    fn count(&self, verdict: Verdict) -> usize {
        self.queries
            .iter()
            .filter(|query| query.verdict == verdict)
            .count()
    }
}

impl fmt::Display for CompatReport {
    /// The queries that do not simply work, then a line that counts all.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for query in self
            .queries
            .iter()
            .filter(|query| query.verdict != Verdict::Works)
        {
            let place = format!("{}:{}", query.file, query.line);
            writeln!(f, "{}: {} ({place})", query.verdict.as_str(), query.name)?;
            for one in &query.breaks {
                let state = one
                    .sqlstate
                    .as_ref()
                    .map(|state| format!("{state}: "))
                    .unwrap_or_default();
                writeln!(f, "    {}:{} {state}{}", one.file, one.line, one.message)?;
                if let Some(help) = &one.help {
                    writeln!(f, "        help: {help}")?;
                }
            }
        }
        writeln!(
            f,
            "release {}: {} queries, {} work, {} fail, {} change, {} unknown",
            self.release,
            self.queries.len(),
            self.count(Verdict::Works),
            self.count(Verdict::Fails),
            self.count(Verdict::Changes),
            self.count(Verdict::Unknown),
        )
    }
}

fn statement_break(at: &BreakAt<'_>, judged: &[Migration]) -> Option<StatementBreak> {
    let migration = judged.get(at.step.migration)?;
    let statement = migration.script.statements.get(at.step.statement)?;
    Some(StatementBreak {
        file: migration.file.clone(),
        statement: at.step.statement,
        line: migration.position(statement.span.start).line,
        verdict: at.broken.verdict,
        sqlstate: at.broken.sqlstate.clone(),
        message: at.broken.message.clone(),
        help: None,
    })
}
