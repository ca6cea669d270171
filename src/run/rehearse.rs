//! A rehearsal: the commands a run would send, with the locks it would take, and nothing done.

use serde::Serialize;

use super::journal::{self, Journal, StepState};
use super::lead::Desk;
use super::locks::{of_statements, taking};
use super::machine::Port;
use super::options::Options;
use super::steps::{Step, StepKind};
use super::{HeldReason, RunError, apply};
use crate::schema::Session;
use crate::sql::{Migration, Phase};

/// A migration that a run would apply, or leave for later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Rehearsed {
    /// Its file.
    pub file: String,
    /// Its phase.
    pub phase: Phase,
    /// Why it would be left for later; nothing where its phase is not asked for.
    pub held: Vec<HeldReason>,
    /// Whether its phase is asked for.
    pub wanted: bool,
    /// What is sent for it, in order.
    pub steps: Vec<RehearsedStep>,
}

/// What is done and recorded as one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RehearsedStep {
    /// `transaction`, `alone` or `backfill`.
    pub kind: String,
    /// It is applied already.
    pub done: bool,
    /// SQL in the order in which it is sent, without what only touches the journal.
    pub commands: Vec<String>,
}

pub(super) async fn rehearse(
    port: Port,
    options: Options,
    migrations: Vec<Migration>,
) -> Result<Vec<Rehearsed>, RunError> {
    let desk = Desk::open(port, options).await?;
    let all = apply::read_files(&migrations, &desk)?;
    let known = journal::exists(&desk.port).await?;
    let journal = if known {
        desk.journal().await?
    } else {
        Journal::default()
    };
    let mut session = Session::on(desk.catalogue().await?, desk.version);
    let mut rehearsed = Vec::new();
    for migration in all.iter().filter(|one| !journal.is_applied(&one.id)) {
        let wanted = migration.phase <= desk.options.phase;
        let held = if known && wanted && migration.phase == Phase::Contract {
            desk.reasons(migration).await?
        } else {
            Vec::new()
        };
        let begun = journal
            .entries
            .get(&migration.id)
            .filter(|entry| entry.begun());
        let steps = begun.map_or(&migration.steps, |entry| &entry.steps);
        let state = |at: usize| begun.and_then(|entry| entry.progress.get(at).copied());
        let mut shown = Vec::new();
        for (at, step) in steps.iter().enumerate() {
            let done = state(at) == Some(StepState::Done);
            shown.push(RehearsedStep {
                kind: step.kind.name().to_owned(),
                done,
                commands: desk.commands(step, &session).await?,
            });
            if wanted && held.is_empty() && !done {
                for statement in &step.statements {
                    for one in crate::sql::parse(&statement.sql).statements {
                        // What we would refuse, PostgreSQL will tell.
                        let _passed_over = session.apply(&one.change);
                    }
                }
            }
        }
        rehearsed.push(Rehearsed {
            file: migration.file.clone(),
            phase: migration.phase,
            held,
            wanted,
            steps: shown,
        });
    }
    Ok(rehearsed)
}

impl Desk {
    async fn commands(&self, step: &Step, session: &Session) -> Result<Vec<String>, RunError> {
        let mut commands = step.settings.clone();
        let statements = step.statements.iter().map(|one| one.sql.clone());
        match &step.kind {
            StepKind::Transaction { patient } => {
                commands.push("BEGIN".to_owned());
                if *patient {
                    let patience = self.options.locks.patience.as_millis();
                    commands.push(format!("SET LOCAL lock_timeout = '{patience}ms'"));
                } else {
                    let locks = self
                        .resolve_locks(&of_statements(session, &step.statements))
                        .await?;
                    let at_once = taking(&locks, true);
                    commands.extend(
                        at_once
                            .split("; ")
                            .filter(|one| !one.is_empty())
                            .map(str::to_owned),
                    );
                    let first = self.options.locks.first.as_millis();
                    commands.push(format!("SET LOCAL lock_timeout = '{first}ms'"));
                }
                commands.extend(statements);
                commands.push("COMMIT".to_owned());
            }
            StepKind::Alone { .. } => commands.extend(statements),
            StepKind::Backfill(cut) => commands.push(cut.over("(a range of keys)")),
        }
        Ok(commands)
    }
}
