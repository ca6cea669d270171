//! The document of `concertina compat`, and the same for people.

use std::collections::HashMap;
use std::fmt;

use serde::Serialize;

use crate::compat::{Break, BreakAt, Release, Verdict};
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
    /// Every query of a release, with what `judged` breaks of it.
    pub fn new(release: &Release, judged: &[Migration], breaks: &[BreakAt]) -> Self {
        let mut found: HashMap<_, Vec<&BreakAt>> = HashMap::new();
        for at in breaks {
            if at.broken.release == release.version {
                found.entry(sent(&at.broken)).or_default().push(at);
            }
        }
        let queries = release.queries.iter().map(|query| {
            let own = found.get(&(query.name.as_str(), query.file.as_str(), query.line));
            let breaks = own.into_iter().flatten();
            let breaks: Vec<_> = breaks
                .filter_map(|at| statement_break(at, judged))
                .collect();
            QueryReport {
                name: query.name.clone(),
                file: query.file.clone(),
                line: query.line,
                verdict: worst(&breaks),
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
        let mut found: HashMap<_, Vec<(&Finding, &Break)>> = HashMap::new();
        for finding in findings {
            for broken in &finding.breaks {
                if broken.release == self.release {
                    found
                        .entry(sent(broken))
                        .or_default()
                        .push((finding, broken));
                }
            }
        }
        for query in &mut self.queries {
            let own = found.get(&(query.name.as_str(), query.file.as_str(), query.line));
            for (finding, broken) in own.into_iter().flatten() {
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
            query.verdict = worst(&query.breaks);
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

/// The query that a break is about: its name, file and line.
fn sent(broken: &Break) -> (&str, &str, usize) {
    (&broken.query, &broken.file, broken.line)
}

fn worst(breaks: &[StatementBreak]) -> Verdict {
    let all = breaks.iter().map(|one| one.verdict);
    all.max().unwrap_or(Verdict::Works)
}

fn statement_break(at: &BreakAt, judged: &[Migration]) -> Option<StatementBreak> {
    let migration = judged.get(at.migration)?;
    let statement = migration.script().statements.get(at.statement)?;
    Some(StatementBreak {
        file: migration.file.clone(),
        statement: at.statement,
        line: migration.position(statement.span.start).line,
        verdict: at.broken.verdict,
        sqlstate: at.broken.sqlstate.clone(),
        message: at.broken.message.clone(),
        help: None,
    })
}
