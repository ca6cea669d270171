//! Runs one step of a migration: in a transaction together with its journal row, or alone and recovered from the catalogue.

use std::collections::BTreeMap;
use std::time::Duration;

use super::event::Place;
use super::journal::{self, StepState};
use super::ladder::{Ladder, Manner};
use super::lead::Desk;
use super::locks::{TableLock, blockers, taking};
use super::machine::Failed;
use super::quote::{optional, text};
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
        loop {
            self.stand_back(task, &locks, &mut ladder).await?;
            let (statement, failed) = match self.attempt(task, &locks, &ladder).await? {
                Attempt::Done => break,
                Attempt::Refused(statement, failed) => (statement, failed),
            };
            if failed.failure.sqlstate.is_some() {
                self.rollback().await?;
            }
            if !failed.failure.is_contention() {
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

    /// One attempt: all locks before anything is changed, then the statements, then the journal.
    async fn attempt<'a>(
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
        let own = format!("SET LOCAL lock_timeout = '{}'", ladder.timeout_setting());
        let taken = if locks.is_empty() {
            own
        } else {
            let share = ladder.share_setting(locks.len());
            let taking = taking(locks, ladder.is_at_once());
            format!("SET LOCAL lock_timeout = '{share}'; {taking}; {own}")
        };
        if let Err(failed) = self.port.run_watched(taken, watch()).await {
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
        let doing = format!("to record that {} begins", task.file);
        self.write(&doing, &journal::mark_step(task.id, task.ordinal, "doing"))
            .await?;
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

    /// Looks whether the statement needs to be run, and clears away what a broken attempt left.
    async fn had_its_effect(
        &self,
        task: &Task<'_>,
        recovery: &Recovery,
        ladder: &mut Ladder,
    ) -> Result<bool, RunError> {
        match recovery {
            Recovery::Index { .. } => self.index_is_there(task, recovery, ladder).await,
            Recovery::DroppedIndex { names } => {
                let all: Vec<String> = names
                    .iter()
                    .map(|name| format!("to_regclass({})", text(name)))
                    .collect();
                let sql = format!("SELECT coalesce({}) IS NULL", all.join(", "));
                let answer = self.port.run(sql).await;
                let answer = answer.map_err(|failed| failed.while_doing("to look for an index"))?;
                // Before the first attempt a missing index is for PostgreSQL to report.
                Ok(task.state == StepState::Doing && answer.value() == Some("t"))
            }
            Recovery::Repeat => Ok(false),
        }
    }

    async fn index_is_there(
        &self,
        task: &Task<'_>,
        recovery: &Recovery,
        ladder: &mut Ladder,
    ) -> Result<bool, RunError> {
        let Recovery::Index {
            name,
            schema,
            table,
            unique,
            columns,
            partial,
        } = recovery
        else {
            return Ok(false);
        };
        let sql = format!(
            "SELECT i.indisvalid, t.oid IS NOT DISTINCT FROM to_regclass({table}) AND i.indisunique = {unique}
                        AND (i.indpred IS NOT NULL) = {partial} AND i.indnkeyatts = {},
                    (SELECT string_agg(coalesce(a.attname, ''), chr(1) ORDER BY k.n)
                     FROM unnest(i.indkey[0:i.indnkeyatts - 1]) WITH ORDINALITY k(attnum, n)
                     LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum),
                    format('%I.%I', n.nspname, c.relname),
                    EXISTS (SELECT 1 FROM pg_stat_progress_create_index p WHERE p.index_relid = c.oid)
             FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             JOIN pg_index i ON i.indexrelid = c.oid JOIN pg_class t ON t.oid = i.indrelid
             WHERE c.relname = {} AND n.nspname = coalesce({},
                 (SELECT tn.nspname FROM pg_class x JOIN pg_namespace tn ON tn.oid = x.relnamespace
                  WHERE x.oid = to_regclass({table})))",
            columns.len(),
            text(name),
            optional(schema.as_deref()),
            table = text(table),
        );
        loop {
            let answer = self.port.run(sql.as_str()).await;
            let answer = answer.map_err(|failed| failed.while_doing("to look for an index"))?;
            let Some(row) = answer.rows().first() else {
                return Ok(false);
            };
            let column = |at: usize| row.get(at).and_then(Option::as_deref).unwrap_or_default();
            let wanted: Vec<&str> = columns
                .iter()
                .map(|one| one.as_deref().unwrap_or_default())
                .collect();
            if column(0) == "t" {
                if column(1) == "t" && column(2) == wanted.join("\u{1}") {
                    return Ok(true);
                }
                return Err(RunError::Recovery {
                    file: task.file.to_owned(),
                    reason: format!(
                        "there is another index {}; drop or rename it, or name this one differently",
                        column(3)
                    ),
                });
            }
            if column(4) != "t" {
                let drop = format!("DROP INDEX CONCURRENTLY IF EXISTS {}", column(3));
                let timeout = format!("SET lock_timeout = '{}'", ladder.timeout_setting());
                for sql in [timeout, drop] {
                    let ran = self.port.run(sql).await;
                    ran.map_err(|failed| failed.while_doing("to drop an invalid index"))?;
                }
                return Ok(false);
            }
            // Somebody builds it just now.
            let pause = Duration::from_millis(500);
            ladder.spent += pause;
            if ladder.spent > self.options.locks.patience {
                return Err(RunError::Recovery {
                    file: task.file.to_owned(),
                    reason: format!("index {} is still being built by somebody else", column(3)),
                });
            }
            self.port.sleep(pause).await;
        }
    }
}

enum Attempt<'a> {
    Done,
    Refused(&'a Frozen, Failed),
}
