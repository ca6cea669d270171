//! A deploy tried beforehand: releases N and N+1 are played against a throwaway database with generated rows while the
//! planned migrations are applied to it.

mod outcome;
mod rows;
mod traffic;

pub use outcome::{Applied, Filled, Outcome, Query, QueryError};

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use self::traffic::{Asked, Instance, Part};
use super::postgres::{Database, apply};
use super::proof::Throwaway;
use super::{Observer, Stamped};
use crate::compat::Release;
use crate::effects::{Options, walk};
use crate::run::{Event, Failure, RunError, Runner};
use crate::schema::{Catalogue, Relation, Statistics};
use crate::sql::{Migration, Phase};

/// What is tried, and how.
#[derive(Debug, Clone)]
#[must_use = "nothing is tried before run"]
pub struct Rehearsal {
    history: Vec<Migration>,
    planned: Vec<Migration>,
    release: Release,
    next: Option<Release>,
    statistics: Statistics,
    rows: u64,
    rate: u32,
    settle: Duration,
}

impl Rehearsal {
    /// The migrations `planned`, after `history`, under the queries of the release that runs.
    pub fn new(history: Vec<Migration>, planned: Vec<Migration>, release: Release) -> Self {
        Self {
            history,
            planned,
            release,
            next: None,
            statistics: Statistics::default(),
            rows: 10_000,
            rate: 100,
            settle: Duration::from_secs(2),
        }
    }

    /// The release that is rolled out after the expand phase: from then on both run, and it alone runs in the contract
    /// phase. Without it the first one runs to the end.
    pub fn next_release(mut self, release: Release) -> Self {
        self.next = Some(release);
        self
    }

    /// How many rows a table gets of which the statistics say nothing, and at most; 10 000 unless set.
    pub fn rows(mut self, rows: u64) -> Self {
        self.rows = rows;
        self
    }

    /// How large the tables are, at most as many rows as [`Self::rows`] says.
    pub fn statistics(mut self, statistics: Statistics) -> Self {
        self.statistics = statistics;
        self
    }

    /// Requests in a second, of each release; 100 unless set.
    pub fn rate(mut self, rate: u32) -> Self {
        self.rate = rate;
        self
    }

    /// How long the queries go on before the first migration and after each phase; 2 seconds unless set.
    pub fn settle(mut self, settle: Duration) -> Self {
        self.settle = settle;
        self
    }

    /// Does it in a new database on the server of a connection string, which is dropped again.
    ///
    /// # Errors
    /// The server cannot be reached or lets us make no database; it refuses the history. A planned migration that
    /// fails is no error but part of the outcome.
    pub fn run(&self, url: &str) -> Result<Outcome, RunError> {
        let mut server = Throwaway::new(url, "rehearse")?;
        let said = |doing: &str| {
            let doing = doing.to_owned();
            move |failure: Failure| RunError::Sql {
                doing,
                failure: Box::new(failure),
            }
        };
        for migration in self.history.iter().filter(|one| !one.down) {
            for statement in &migration.script().statements {
                let ran = server.run(statement.span.text(&migration.text));
                ran.map_err(said(&format!("to replay {}", migration.file)))?;
            }
        }
        let database = Database::from_config(server.config().clone());
        let before = super::postgres::catalogue(&database)?;
        let tables = self.fill(&mut server, &before);
        server.run("ANALYZE").map_err(said("to analyse the rows"))?;
        let version = server.major().map_err(said("to ask for the version"))?;
        let catalogue = Arc::new(before);
        let part = |release: &Release| Part {
            release: Arc::new(release.clone()),
            catalogue: Arc::clone(&catalogue),
            rows: self.rows,
            rate: self.rate,
        };
        let mut stage = Stage::default();
        let first = Instance::start(&part(&self.release), server.config())?;
        let mut parts = vec![Played::new(&self.release, &first)];
        thread::sleep(self.settle);
        let began = Instant::now();
        let mut playing = vec![(0, first)];
        let runner = self.runner();
        for phase in [Phase::Expand, Phase::Migrate, Phase::Contract] {
            if phase == Phase::Contract
                && self.next.is_some()
                && let Some((at, instance)) = playing
                    .first()
                    .is_some_and(|(at, _)| *at == 0)
                    .then(|| playing.remove(0))
            {
                parts[at].log.extend(instance.stop());
            }
            let applied = apply(&runner.clone().phase(phase), &database, &mut stage);
            match applied {
                Err(error) => stage.failed(&error),
                Ok(report) => {
                    let held = report.held.iter().filter(|one| one.phase <= phase);
                    stage.held.extend(held.map(|one| {
                        let why: Vec<String> =
                            one.reasons.iter().map(ToString::to_string).collect();
                        (one.file.clone(), why.join("; "))
                    }));
                }
            }
            thread::sleep(self.settle);
            if stage.stopped.is_some() {
                break;
            }
            if phase == Phase::Expand
                && let Some(next) = &self.next
            {
                let instance = Instance::start(&part(next), server.config())?;
                parts.push(Played {
                    late: true,
                    ..Played::new(next, &instance)
                });
                playing.push((parts.len() - 1, instance));
                thread::sleep(self.settle);
            }
        }
        for (at, instance) in playing {
            parts[at].log.extend(instance.stop());
        }
        Ok(self.outcome(version, tables, &stage, &parts, began, &catalogue))
    }

    fn runner(&self) -> Runner {
        let runner = Runner::new(self.planned.clone());
        let version = self.next.as_ref().unwrap_or(&self.release).version.parse();
        match version {
            Ok(version) => runner.release(version),
            Err(_) => runner,
        }
    }

    fn fill(&self, server: &mut Throwaway, catalogue: &Catalogue) -> Vec<Filled> {
        let rows = |table: &Relation| {
            let known = self.statistics.get(&table.name).and_then(|size| size.rows);
            known.unwrap_or(self.rows).min(self.rows)
        };
        let mut filled = Vec::new();
        for fill in rows::fills(catalogue, &rows) {
            let done = server
                .run(&fill.at_once)
                .or_else(|_| server.run(&fill.one_by_one));
            let counted = server.number(&format!("SELECT count(*) FROM {}", fill.table.to_sql()));
            filled.push(Filled {
                table: fill.table.to_string(),
                rows: counted.unwrap_or(0),
                asked: fill.rows,
                refused: done.err().map(|failure| failure.message),
            });
        }
        filled
    }

    fn outcome(
        &self,
        postgres: u16,
        tables: Vec<Filled>,
        stage: &Stage,
        parts: &[Played<'_>],
        began: Instant,
        before: &Catalogue,
    ) -> Outcome {
        let known: BTreeSet<&str> = before
            .relations()
            .flat_map(|table| {
                let indexes = table.indexes.iter().map(|one| one.name.as_str());
                let constraints = table.constraints.iter().map(|one| one.name.as_str());
                indexes.chain(constraints)
            })
            .collect();
        let fresh = |part: &Played<'_>, one: &Asked| {
            one.due + one.took >= began && part.is_fresh(one, began, &known)
        };
        let all = || {
            parts
                .iter()
                .flat_map(|part| part.log.iter().map(move |one| (part, one)))
        };
        let locks = self.locks(postgres);
        let mut migrations: Vec<Applied> = stage
            .windows
            .iter()
            .map(|window| {
                let to = window.to.unwrap_or_else(Instant::now);
                let during: Vec<_> = all()
                    .filter(|(_, one)| one.is_during(window.from, to))
                    .collect();
                Applied {
                    file: window.file.clone(),
                    phase: window.phase,
                    held: window.to.is_none().then(|| stage.stopped.clone()).flatten(),
                    took_ms: ms(to - window.from),
                    lock_waits: window.lock_waits,
                    locks: locks.get(&window.file).cloned().unwrap_or_default(),
                    requests: during.len(),
                    failed: during.iter().filter(|(part, one)| fresh(part, one)).count(),
                    longest_ms: longest(during.iter().map(|(_, one)| *one)),
                }
            })
            .collect();
        let begun = |file: &String| stage.windows.iter().any(|window| window.file == *file);
        let left = self
            .planned
            .iter()
            .filter(|one| !one.down && !begun(&one.file));
        migrations.extend(left.map(|one| {
            Applied {
                file: one.file.clone(),
                phase: None,
                held: stage
                    .held
                    .get(&one.file)
                    .cloned()
                    .or_else(|| stage.stopped.clone())
                    .or_else(|| Some("it was not asked for".to_owned())),
                took_ms: 0.0,
                lock_waits: 0,
                locks: locks.get(&one.file).cloned().unwrap_or_default(),
                requests: 0,
                failed: 0,
                longest_ms: 0.0,
            }
        }));
        let alone = all().filter(|(_, one)| one.due + one.took < began);
        Outcome {
            postgres,
            tables,
            longest_before_ms: longest(alone.map(|(_, one)| one)),
            migrations,
            queries: parts
                .iter()
                .flat_map(|part| part.queries(stage, |one| fresh(part, one)))
                .collect(),
        }
    }

    /// The strongest lock of each planned file on each relation.
    fn locks(&self, version: u16) -> BTreeMap<String, Vec<String>> {
        let options = Options {
            version,
            in_transaction: None,
        };
        let timeline = walk(&self.history, &self.planned, &options);
        let mut all: BTreeMap<String, crate::effects::Effects> = BTreeMap::new();
        for step in &timeline.steps {
            if let Some(migration) = self.planned.get(step.migration) {
                let held = all.entry(migration.file.clone()).or_default();
                held.absorb(&step.effects);
            }
        }
        let spelled = |effects: crate::effects::Effects| {
            let locks = effects.locks.iter();
            locks
                .map(|(name, lock)| format!("{name} {}", lock.mode.as_str()))
                .collect()
        };
        all.into_iter()
            .map(|(file, effects)| (file, spelled(effects)))
            .collect()
    }
}

/// A release that was played.
struct Played<'a> {
    release: &'a Release,
    unusable: Vec<(usize, Failure)>,
    log: Vec<Asked>,
    /// It began when something had been applied: what it cannot prepare is an error.
    late: bool,
}

impl<'a> Played<'a> {
    fn new(release: &'a Release, instance: &Instance) -> Self {
        Self {
            release,
            unusable: instance.unusable.clone(),
            log: Vec::new(),
            late: false,
        }
    }

    /// Whether a request failed for a reason that is of the change: its query had not failed for it before, and it is no
    /// matter of rows that a constraint of before refuses.
    fn is_fresh(&self, one: &Asked, began: Instant, known: &BTreeSet<&str>) -> bool {
        let Some(refused) = &one.refused else {
            return false;
        };
        let state = &refused.failure.sqlstate;
        let of_rows = state
            .as_deref()
            .is_some_and(|state| state.starts_with("23"));
        if of_rows
            && refused
                .constraint
                .as_deref()
                .is_some_and(|name| known.contains(name))
        {
            return false;
        }
        let mut earlier = self
            .log
            .iter()
            .filter(|other| other.due + other.took < began);
        !earlier.any(|other| {
            let before = other
                .refused
                .as_ref()
                .map(|refused| &refused.failure.sqlstate);
            other.query == one.query && before == Some(state)
        })
    }

    fn queries<'s>(
        &'s self,
        stage: &'s Stage,
        fresh: impl Fn(&Asked) -> bool + 's,
    ) -> impl Iterator<Item = Query> + 's {
        self.release
            .queries
            .iter()
            .enumerate()
            .map(move |(at, query)| {
                let own = || self.log.iter().filter(move |one| one.query == at);
                let mut errors: Vec<QueryError> = Vec::new();
                let mut failed: Vec<&Asked> = own().filter(|one| fresh(one)).collect();
                failed.sort_by_key(|one| one.due);
                for one in failed {
                    let Some(refused) = &one.refused else {
                        continue;
                    };
                    let failure = &refused.failure;
                    match errors
                        .iter_mut()
                        .find(|known| known.sqlstate == failure.sqlstate)
                    {
                        Some(known) => known.times += 1,
                        None => errors.push(QueryError {
                            sqlstate: failure.sqlstate.clone(),
                            message: failure.message.clone(),
                            times: 1,
                            after: stage.at(one.due + one.took),
                        }),
                    }
                }
                let unusable = self.unusable.iter().find(|(query, _)| *query == at);
                let mut unusable = unusable.map(|(_, failure)| failure.clone());
                if self.late
                    && let Some(failure) = unusable.take()
                {
                    errors.push(QueryError {
                        sqlstate: failure.sqlstate,
                        message: failure.message,
                        times: 1,
                        after: stage.at(Instant::now()),
                    });
                }
                Query {
                    release: self.release.version.clone(),
                    name: query.name.clone(),
                    file: query.file.clone(),
                    line: query.line,
                    requests: own().count(),
                    longest_ms: longest(own()),
                    unusable: unusable.map(|failure| failure.message),
                    errors,
                }
            })
    }
}

/// What the runner told.
#[derive(Default)]
struct Stage {
    windows: Vec<Window>,
    held: BTreeMap<String, String>,
    stopped: Option<String>,
}

/// When a migration was under way.
struct Window {
    file: String,
    phase: Option<Phase>,
    from: Instant,
    to: Option<Instant>,
    lock_waits: u32,
}

impl Stage {
    fn failed(&mut self, error: &RunError) {
        self.stopped = Some(error.to_string());
    }

    /// The migration that was under way at that time, or had begun last.
    fn at(&self, time: Instant) -> Option<String> {
        let begun = self.windows.iter().filter(|window| window.from <= time);
        let last = begun.max_by_key(|window| window.from);
        last.map(|window| window.file.clone())
    }

    fn window(&mut self, file: &str) -> &mut Window {
        let at = self.windows.iter().position(|one| one.file == file);
        let at = at.unwrap_or_else(|| {
            self.windows.push(Window {
                file: file.to_owned(),
                phase: None,
                from: Instant::now(),
                to: None,
                lock_waits: 0,
            });
            self.windows.len() - 1
        });
        &mut self.windows[at]
    }
}

impl Observer for Stage {
    fn event(&mut self, stamped: &Stamped) {
        match &stamped.event {
            Event::StepStarted { at, .. } => {
                self.window(&at.file);
            }
            Event::LockWaiting { at, .. } => self.window(&at.file).lock_waits += 1,
            Event::MigrationFinished { file, phase } => {
                let window = self.window(file);
                window.phase = Some(*phase);
                window.to = Some(Instant::now());
            }
            _ => {}
        }
    }
}

fn longest<'a>(all: impl Iterator<Item = &'a Asked>) -> f64 {
    ms(all.map(|one| one.took).max().unwrap_or_default())
}

fn ms(time: Duration) -> f64 {
    (time.as_secs_f64() * 10_000.0).round() / 10.0
}
