//! The order of a run: lead, read the journal, adopt, finish what was begun, then migration by migration.

use std::collections::{BTreeMap, BTreeSet};

use super::adopt::Kept;
use super::journal::{self, Entry, EntryState, Journal, StepState};
use super::lead::Desk;
use super::machine::Port;
use super::options::{Options, StartPolicy};
use super::step::Task;
use super::steps::{Prepared, Step, StepKind, prepare};
use super::{Event, Held, HeldReason, Report, RunError};
use crate::effects::{self, LockMode, Timeline};
use crate::schema::diff::{self, Aspect};
use crate::schema::{Catalogue, Refusal, ResolvedName, Session};
use crate::sql::{Migration, Phase};

/// A whole run.
pub(super) async fn apply(
    port: Port,
    options: Options,
    migrations: Vec<Migration>,
) -> Result<Report, RunError> {
    let mut desk = Desk::open(port, options).await?;
    let all = read_files(&migrations, &desk)?;
    desk.lead().await?;
    let report = desk.lead_run(&all).await?;
    desk.resign().await?;
    Ok(report)
}

/// An application's start-up: registers the instance and sees to what its release needs.
pub(super) async fn start(
    port: Port,
    options: Options,
    migrations: Vec<Migration>,
    instance: String,
) -> Result<Report, RunError> {
    let mut desk = Desk::open(port, options).await?;
    let all = read_files(&migrations, &desk)?;
    let (mut registered, mut waited) = (false, std::time::Duration::ZERO);
    let mut pause = std::time::Duration::from_millis(25);
    loop {
        let known = journal::exists(&desk.port).await?;
        if known && !registered {
            desk.register(&instance).await?;
            registered = true;
        }
        let missing = if known {
            let journal = desk.journal().await?;
            desk.check_divergence(&all, &journal).await?;
            missing(&all, &journal, desk.options.phase)
        } else {
            missing(&all, &Journal::default(), desk.options.phase)
        };
        if known && missing.is_empty() {
            return Ok(Report::default());
        }
        if desk.options.policy == StartPolicy::Expand && desk.try_lead().await? {
            if !known {
                desk.ready().await?;
                desk.register(&instance).await?;
            }
            let report = desk.lead_run(&all).await?;
            desk.resign().await?;
            return Ok(report);
        }
        let waited_ms = super::lead::millis(waited);
        if desk.options.policy == StartPolicy::Check || waited >= desk.options.wait {
            return Err(RunError::NotReady { missing, waited_ms });
        }
        desk.port
            .tell(Event::LeaderWaiting {
                holder: None,
                waited_ms,
            })
            .await;
        desk.port.sleep(pause).await;
        waited += pause;
        pause = (pause * 2).min(std::time::Duration::from_secs(1));
    }
}

/// The files a start-up waits for.
fn missing(all: &[Prepared], journal: &Journal, phase: Phase) -> Vec<String> {
    let needed = all
        .iter()
        .filter(|one| one.phase <= phase && !journal.is_applied(&one.id));
    needed.map(|one| one.file.clone()).collect()
}

/// The migrations in the form in which they are run, with the keys that they have in the journal.
pub(super) fn read_files(migrations: &[Migration], desk: &Desk) -> Result<Vec<Prepared>, RunError> {
    let mut all = prepare(migrations, &walk(migrations, desk.version))?;
    for one in &mut all {
        one.id = desk.options.scope.id(&one.id);
    }
    Ok(all)
}

fn walk(migrations: &[Migration], version: u16) -> Timeline {
    let version = version.clamp(*effects::VERSIONS.start(), *effects::VERSIONS.end());
    effects::walk(
        &[],
        migrations,
        &effects::Options {
            version,
            in_transaction: None,
        },
    )
}

impl Desk {
    /// What the leader does.
    async fn lead_run(&mut self, all: &[Prepared]) -> Result<Report, RunError> {
        self.ready().await?;
        self.record_release().await?;
        self.take_lease().await?;
        self.forget_dropped().await?;
        let mut journal = self.journal().await?;
        let kept = self.adopt(all, &mut journal).await?;
        let mut report = Report::default();
        for entry in journal.unfinished() {
            let local = all.iter().find(|one| one.id == entry.id);
            if let Some(statement) =
                local.and_then(|one| journal::first_difference(&entry.statements, &one.statements))
            {
                self.port
                    .tell(Event::Frozen {
                        file: entry.file.clone(),
                        statement,
                    })
                    .await;
            }
            self.finish(&entry, local, &kept, &mut report).await?;
        }
        journal = self.journal().await?;
        self.check_divergence(all, &journal).await?;
        let mut left: BTreeSet<usize> = BTreeSet::new();
        for (at, migration) in all.iter().enumerate() {
            if journal.is_applied(&migration.id) {
                continue;
            }
            if let Some(held) = self.must_wait(all, at, &left).await? {
                left.insert(at);
                report.held.push(held);
                continue;
            }
            let entry = entry_of(migration);
            self.finish(&entry, Some(migration), &kept, &mut report)
                .await?;
        }
        self.reset().await?;
        let names = |held: &Held| held.file.clone();
        let (applied, held) = (
            report.applied.clone(),
            report.held.iter().map(names).collect(),
        );
        self.port.tell(Event::Finished { applied, held }).await;
        Ok(report)
    }

    /// Whether a migration that is not applied has to be left for later; writes down that it begins
    /// otherwise.
    async fn must_wait(
        &self,
        all: &[Prepared],
        at: usize,
        left: &BTreeSet<usize>,
    ) -> Result<Option<Held>, RunError> {
        let Some(migration) = all.get(at) else {
            return Ok(None);
        };
        let held = |reasons, because: Option<String>| Held {
            file: migration.file.clone(),
            phase: migration.phase,
            reasons,
            because,
        };
        if migration.phase > self.options.phase {
            return Ok(Some(held(Vec::new(), None)));
        }
        if let Some(because) = self.needs_one_left(all, migration, left).await? {
            let (file, reason) = (migration.file.clone(), because.clone());
            self.port.tell(Event::Deferred { file, reason }).await;
            return Ok(Some(held(Vec::new(), Some(because))));
        }
        if migration.phase != Phase::Contract {
            let doing = format!("to record that {} begins", migration.file);
            self.write(
                &doing,
                &journal::freeze(migration, "concertina", "running", None),
            )
            .await?;
            return Ok(None);
        }
        let mut reasons: Vec<HeldReason> = self.gate(migration).await?;
        if reasons.is_empty() || self.options.force.is_some() {
            reasons = self.pass_gate(migration).await?;
        }
        Ok((!reasons.is_empty()).then(|| held(reasons, None)))
    }

    /// Whether a migration needs one that is left for later, and why: a contract needs every earlier
    /// expand and migrate, one `in-order` everything; else the catalogue knows what comes of overtaking.
    async fn needs_one_left(
        &self,
        all: &[Prepared],
        migration: &Prepared,
        left: &BTreeSet<usize>,
    ) -> Result<Option<String>, RunError> {
        let left: Vec<&Prepared> = left.iter().filter_map(|index| all.get(*index)).collect();
        let Some(first) = left.first() else {
            return Ok(None);
        };
        if migration.in_order {
            return Ok(Some(format!("it runs in order, behind {}", first.file)));
        }
        let unprepared = left.iter().find(|one| one.phase != Phase::Contract);
        if let Some(needed) = unprepared.filter(|_| migration.phase == Phase::Contract) {
            return Ok(Some(format!("{} is not applied yet", needed.file)));
        }
        let now = self.catalogue().await?;
        Ok(overtaking(&now, self.version, &left, migration))
    }

    /// The strong locks of a step, by the schema as it is in the database: read once in a run, then
    /// followed along our own changes. What others change meanwhile costs us no more than that a lock
    /// is not asked for in advance.
    async fn locks_of(
        &mut self,
        step: &Step,
    ) -> Result<BTreeMap<ResolvedName, LockMode>, RunError> {
        if self.session.is_none() {
            self.session = Some(Session::on(self.catalogue().await?, self.version));
        }
        let locks = |session| super::locks::of_statements(session, &step.statements);
        Ok(self.session.as_ref().map(locks).unwrap_or_default())
    }

    /// Notes what a step has changed.
    fn follow(&mut self, step: &Step) {
        let Some(session) = &mut self.session else {
            return;
        };
        for statement in &step.statements {
            for one in crate::sql::parse(&statement.sql).statements {
                // What PostgreSQL has taken, whatever we make of it.
                let _passed_over = session.apply(&one.change);
            }
        }
    }

    /// Runs what is left of a migration that is frozen in the journal.
    async fn finish(
        &mut self,
        entry: &Entry,
        local: Option<&Prepared>,
        kept: &Kept,
        report: &mut Report,
    ) -> Result<(), RunError> {
        // The checksum of another tool is over its file; without that file it cannot be written.
        let record = local.map(|one| kept.record(&one.version, &one.name, &one.text));
        let applied = format!(
            ";\n{}{}",
            journal::mark_applied(&entry.id),
            record.unwrap_or_default()
        );
        let last = entry.steps.len().checked_sub(1);
        if last.is_none() {
            let sql = applied.trim_start_matches(";\n");
            self.write(&format!("to record {}", entry.file), sql)
                .await?;
        }
        for (ordinal, step) in entry.steps.iter().enumerate() {
            let state = entry
                .progress
                .get(ordinal)
                .copied()
                .unwrap_or(StepState::Todo);
            if state == StepState::Done {
                continue;
            }
            let locks = match step.kind {
                StepKind::Transaction { patient: false } => self.locks_of(step).await?,
                _ => BTreeMap::new(),
            };
            let task = Task {
                id: &entry.id,
                file: &entry.file,
                ordinal,
                step,
                state,
                locks,
                ending: if Some(ordinal) == last {
                    applied.clone()
                } else {
                    String::new()
                },
            };
            let (kind, steps) = (step.kind.name().to_owned(), entry.steps.len());
            self.port
                .tell(Event::StepStarted {
                    at: task.place(),
                    kind,
                    steps,
                })
                .await;
            let mut ran = self.heed(&task.place()).await;
            if ran.is_ok() {
                ran = self.step(&task).await;
            }
            if let Err(mut error) = ran {
                // A statement that was cancelled, because the run was aborted or for another reason.
                if error.sqlstate() == Some("57014")
                    && let Err(aborted @ RunError::Aborted { .. }) = self.heed(&task.place()).await
                {
                    error = aborted;
                }
                self.keep_error(entry, &error).await;
                return Err(error);
            }
            self.port
                .tell(Event::StepFinished { at: task.place() })
                .await;
            self.follow(step);
        }
        self.reset().await?;
        let (file, phase) = (entry.file.clone(), entry.phase);
        report.applied.push(file.clone());
        self.port
            .tell(Event::MigrationFinished { file, phase })
            .await;
        Ok(())
    }

    /// Keeps an error in the journal, where the status finds it; the error itself is what counts.
    async fn keep_error(&self, entry: &Entry, error: &RunError) {
        if matches!(
            error,
            RunError::Disconnected { .. }
                | RunError::Fenced
                | RunError::Stopped
                | RunError::Aborted { .. }
        ) {
            return;
        }
        let sql = journal::mark_failed(&entry.id, error.sqlstate(), &error.to_string());
        let _secondary = self.reset().await;
        let _secondary = self.write("to record an error", &sql).await;
    }

    /// Holds the files against what the journal says was applied.
    async fn check_divergence(&self, all: &[Prepared], journal: &Journal) -> Result<(), RunError> {
        for migration in all {
            let Some(entry) = journal.entries.get(&migration.id) else {
                continue;
            };
            if entry.state != EntryState::Applied {
                continue;
            }
            if let Some(at) = journal::first_difference(&entry.statements, &migration.statements) {
                let line = migration.statements.get(at).map(|one| one.line);
                let place =
                    line.map_or_else(|| "which is gone".to_owned(), |line| format!("line {line}"));
                return Err(RunError::Diverged {
                    file: migration.file.clone(),
                    statement: Some(at),
                    what: format!("statement {} ({place})", at + 1),
                });
            }
        }
        Ok(())
    }
}

/// A migration as the journal holds it right after it was frozen.
fn entry_of(migration: &Prepared) -> Entry {
    Entry {
        id: migration.id.clone(),
        file: migration.file.clone(),
        phase: migration.phase,
        state: EntryState::Running,
        statements: migration.statements.clone(),
        steps: migration.steps.clone(),
        progress: Vec::new(),
        ordinal: 0,
    }
}

/// Why a migration may not overtake those that are left: PostgreSQL would refuse it before them, would refuse one of
/// them after it, or the schema would end otherwise.
fn overtaking(
    now: &Catalogue,
    version: u16,
    left: &[&Prepared],
    migration: &Prepared,
) -> Option<String> {
    let run = |order: &[&Prepared]| {
        let mut session = Session::on(now.clone(), version);
        let refused: Vec<Refusal> = order
            .iter()
            .flat_map(|one| &one.changes)
            .filter_map(|change| session.apply(change).err())
            .collect();
        (session, refused)
    };
    let (_, alone) = run(&[migration]);
    let (in_order, late) = run(&[left, &[migration]].concat());
    if let Some(refusal) = alone.iter().find(|one| !late.contains(one)) {
        let message = &refusal.message;
        return Some(format!("it needs a migration that is held: {message}"));
    }
    let (ahead, refused) = run(&[&[migration], left].concat());
    if let Some(refusal) = refused.iter().find(|one| !late.contains(one)) {
        let message = &refusal.message;
        return Some(format!(
            "a migration that is held could not run after it: {message}"
        ));
    }
    let differences = diff::diff(in_order.catalogue(), ahead.catalogue());
    let mut others = differences
        .iter()
        .filter(|one| one.aspect != Aspect::ColumnOrder);
    let first = others.next()?;
    Some(format!(
        "a migration that is held would leave {} otherwise after it",
        first.object
    ))
}
