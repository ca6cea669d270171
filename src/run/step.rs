//! Runs one step of a migration: in a transaction together with its journal row, or alone and recovered from the catalogue.

use std::collections::BTreeMap;
use std::time::Duration;

use super::event::Place;
use super::journal::{self, StepState};
use super::ladder::{Ladder, Manner};
use super::lead::Desk;
use super::locks::{TableLock, blockers, taking};
use super::machine::Failed;
use super::recover::noting;
use super::steps::{Frozen, Recovery, Step, StepKind};
use super::{Event, RunError};
use crate::effects::LockMode;
use crate::schema::ResolvedName;

/// A step with what surrounds it.
pub(super) struct Task<'a> {
    /// The migration's key in the journal.
    pub(super) id: &'a str,
    pub(super) file: &'a str,
    pub(super) ordinal: usize,
    pub(super) step: &'a Step,
    pub(super) state: StepState,
    /// The strong locks it takes on tables, where it is a transaction.
    pub(super) locks: BTreeMap<ResolvedName, LockMode>,
    /// SQL that is committed together with the end of this step: of the last step, that the
    /// migration is applied.
    pub(super) ending: String,
}

impl Task<'_> {
    pub(super) fn place(&self) -> Place {
        Place {
            file: self.file.to_owned(),
            step: self.ordinal,
            statement: self.step.statements.first().map_or(0, |one| one.at),
        }
    }

    /// The SQL that ends the step; it runs as the connection's own role.
    pub(super) fn end(&self) -> String {
        let done = journal::mark_step(self.id, self.ordinal, "done");
        format!("RESET ROLE; {done}{}", self.ending)
    }

    fn refused(&self, statement: &Frozen, failure: super::Failure) -> RunError {
        if failure.sqlstate.is_none() {
            return RunError::sql(
                &format!("running {}:{}", self.file, statement.line),
                failure,
            );
        }
        let kept = match self.ordinal {
            0 => "nothing of this migration is applied".to_owned(),
            before => format!("its first {before} steps stay applied"),
        };
        RunError::Statement {
            file: self.file.to_owned(),
            line: statement.line,
            statement: statement.at,
            failure: Box::new(failure),
            kept,
        }
    }
}

impl Desk {
    /// Runs one step to its end.
    pub(super) async fn step(&self, task: &Task<'_>) -> Result<(), RunError> {
        if !task.step.settings.is_empty() {
            let settings = task.step.settings.join(";\n");
            let set = self.port.run(settings).await;
            set.map_err(|failed| failed.while_doing(&format!("the settings of {}", task.file)))?;
        }
        match &task.step.kind {
            StepKind::Transaction { patient } => self.transaction(task, *patient).await,
            StepKind::Alone { recovery } => self.alone(task, recovery).await,
            StepKind::Backfill(cut) => self.backfill(task, cut).await,
        }
    }

    /// Runs the statements of a step in one transaction, again and again until its locks are there.
    pub(super) async fn transaction(&self, task: &Task<'_>, patient: bool) -> Result<(), RunError> {
        let locks = if patient {
            Vec::new()
        } else {
            self.resolve_locks(&task.locks).await?
        };
        let manner = match (patient, locks.is_empty()) {
            (true, _) => Manner::Patient,
            (false, true) => Manner::Unknown,
            (false, false) => Manner::Known,
        };
        let mut ladder = Ladder::new(self.options.locks, manner);
        // What a statement before says of strings holds for those in the same message only afterwards.
        let mut apart = task
            .step
            .statements
            .iter()
            .any(|one| one.sql.contains("standard_conforming_strings"));
        loop {
            self.stand_back(task, &locks, &mut ladder).await?;
            let attempt = if apart {
                self.attempt_apart(task, &locks, &ladder).await?
            } else {
                self.attempt(task, &locks, &ladder).await?
            };
            let (statement, failed) = match attempt {
                Attempt::Done => break,
                Attempt::Refused(statement, failed) => (statement, failed),
            };
            if failed.failure.sqlstate.is_some() {
                self.rollback().await?;
            }
            if !failed.failure.is_contention() {
                if failed.failure.sqlstate.is_some() && self.has_lost_the_lead().await? {
                    return Err(RunError::Fenced);
                }
                // Which statement of the message it was shows when they are sent one by one.
                if !apart && failed.failure.sqlstate.is_some() && task.step.statements.len() > 1 {
                    apart = true;
                    continue;
                }
                return Err(task.refused(statement, failed.failure));
            }
            self.pause(task, statement, &locks, &mut ladder, failed)
                .await?;
        }
        if ladder.attempt > 1 {
            let attempts = ladder.attempt;
            self.port
                .tell(Event::LockAcquired {
                    at: task.place(),
                    attempts,
                })
                .await;
        }
        Ok(())
    }

    /// One attempt in one message: the fence, all locks before anything is changed, the statements, the
    /// journal. While the locks are held, nobody waits for us to hear of an answer and think of the next
    /// command.
    async fn attempt<'a>(
        &self,
        task: &'a Task<'_>,
        locks: &[TableLock],
        ladder: &Ladder,
    ) -> Result<Attempt<'a>, RunError> {
        let Some(first) = task.step.statements.first() else {
            return Ok(Attempt::Done);
        };
        let mut sql = format!("BEGIN; {};\n{}", self.fencing(), bounds(locks, ladder));
        for statement in &task.step.statements {
            // A line comment may stand at its end.
            sql.push_str(&format!(";\n{}\n", statement.sql));
        }
        sql.push_str(&format!(";\n{};\nCOMMIT", task.end()));
        match self
            .port
            .run_watched(sql, self.watch(ladder, task.place()))
            .await
        {
            Ok(_) => Ok(Attempt::Done),
            Err(failed) => Ok(Attempt::Refused(first, failed)),
        }
    }

    /// The same statement by statement, to see which one is refused.
    async fn attempt_apart<'a>(
        &self,
        task: &'a Task<'_>,
        locks: &[TableLock],
        ladder: &Ladder,
    ) -> Result<Attempt<'a>, RunError> {
        let (Some(first), Some(last)) = (task.step.statements.first(), task.step.statements.last())
        else {
            return Ok(Attempt::Done);
        };
        self.begin(super::lead::OWN, &format!("to begin {}", task.file))
            .await?;
        let watch = || self.watch(ladder, task.place());
        if let Err(failed) = self.port.run_watched(bounds(locks, ladder), watch()).await {
            return Ok(Attempt::Refused(first, failed));
        }
        for statement in &task.step.statements {
            if let Err(failed) = self.port.run_watched(statement.sql.as_str(), watch()).await {
                return Ok(Attempt::Refused(statement, failed));
            }
        }
        match self.port.run(format!("{};\nCOMMIT", task.end())).await {
            Ok(_) => Ok(Attempt::Done),
            Err(failed) => Ok(Attempt::Refused(last, failed)),
        }
    }

    /// Tells who is in the way and waits; or gives up when the budget is spent.
    pub(super) async fn pause(
        &self,
        task: &Task<'_>,
        statement: &Frozen,
        locks: &[TableLock],
        ladder: &mut Ladder,
        failed: Failed,
    ) -> Result<(), RunError> {
        let mut blockers = blockers(failed.watched.as_deref().unwrap_or_default());
        if blockers.is_empty() {
            blockers = self.holders(locks, Duration::ZERO).await?;
        }
        let timeout = if ladder.is_at_once() {
            Duration::ZERO
        } else {
            ladder.timeout()
        };
        self.port
            .tell(Event::LockWaiting {
                at: task.place(),
                timeout_ms: super::lead::millis(timeout),
                blockers: blockers.clone(),
            })
            .await;
        let Some(pause) = ladder.climb(failed.took) else {
            return Err(RunError::LockBudget {
                file: task.file.to_owned(),
                line: statement.line,
                attempts: ladder.attempt,
                waited_ms: super::lead::millis(ladder.spent),
                blockers,
            });
        };
        self.port
            .tell(Event::Retry {
                at: task.place(),
                attempt: ladder.attempt,
                pause_ms: super::lead::millis(pause),
                reason: failed.failure.message,
            })
            .await;
        self.port.sleep(pause).await;
        Ok(())
    }

    /// Runs a statement that no transaction can hold: recorded before and after.
    async fn alone(&self, task: &Task<'_>, recovery: &Recovery) -> Result<(), RunError> {
        let Some(statement) = task.step.statements.first() else {
            return Ok(());
        };
        // What was there before the first attempt tells later ones what is ours.
        if task.state != StepState::Doing {
            let doing = format!("to record that {} begins", task.file);
            let mark = journal::mark_step(task.id, task.ordinal, "doing");
            self.write(&doing, &format!("{mark};\n{}", noting(task, recovery)))
                .await?;
        }
        let mut ladder = Ladder::new(self.options.locks, Manner::Patient);
        while !self.had_its_effect(task, recovery, &mut ladder).await? {
            let timeout = format!(
                "SET lock_timeout = '{}'; {}",
                ladder.timeout_setting(),
                self.fence()
            );
            let set = self.port.run(timeout).await;
            let set = set.map_err(|failed| failed.while_doing("to bound its waits"))?;
            if !journal::holds_lease(&set) {
                return Err(RunError::Fenced);
            }
            let watch = self.watch(&ladder, task.place());
            match self.port.run_watched(statement.sql.as_str(), watch).await {
                Ok(_) => break,
                Err(failed) if failed.failure.is_contention() => {
                    self.pause(task, statement, &[], &mut ladder, failed)
                        .await?;
                }
                Err(failed) => {
                    let failure = failed.failure;
                    if failure.sqlstate.is_some() {
                        // An index that could not be built does not stay behind.
                        self.had_its_effect(task, recovery, &mut ladder).await?;
                    }
                    return Err(task.refused(statement, failure));
                }
            }
        }
        let doing = format!("to record that {} is done", task.file);
        self.write(&doing, &task.end()).await
    }
}

/// SQL that takes the locks of an attempt and bounds what its statements wait for beside them.
fn bounds(locks: &[TableLock], ladder: &Ladder) -> String {
    let own = format!("SET LOCAL lock_timeout = '{}'", ladder.timeout_setting());
    if locks.is_empty() {
        return own;
    }
    let share = ladder.share_setting(locks.len());
    let taking = taking(locks, ladder.is_at_once());
    format!("SET LOCAL lock_timeout = '{share}'; {taking}; {own}")
}

enum Attempt<'a> {
    Done,
    Refused(&'a Frozen, Failed),
}
