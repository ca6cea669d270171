//! Backfills: an UPDATE or DELETE in ranges of keys or pages, the position committed with each batch.

use std::time::Duration;

use super::command::Watch;
use super::cut::Cut;
use super::lanes::kept;
use super::lead::{Desk, millis};
use super::locks::{blockers, blockers_of};
use super::machine::Failed;
use super::quote::json;
use super::range::{State, page};
use super::step::Task;
use super::stop::{Stop, Throttle, of};
use super::{BatchLimits, Event, RunError};
use crate::sql::ast::Ident;
use crate::sql::{backfill, string_constant};

/// Passes over the table before rows that still match are left as they are.
const PASSES: u32 = 3;
/// Failures at one place before the step gives up.
const FAILURES: u32 = 8;
/// The most rows of a batch that looks for held ones first, and the most pages.
const CAREFUL: (u64, u64) = (500, 8);
/// More held rows than this are waited for before the backfill goes on.
const HELD: usize = 2_000;

impl Desk {
    /// Runs an UPDATE or DELETE in batches, from where the journal says it is.
    pub(super) async fn backfill(&self, task: &Task<'_>, cut: &Cut) -> Result<(), RunError> {
        let mut state = match self.read_backfill(task).await? {
            Some(state) => state,
            None => match self.begin_backfill(task, cut).await? {
                Some(state) => state,
                // Cannot be cut: as one transaction.
                None => return self.transaction(task, false).await,
            },
        };
        self.in_lanes(task, cut, &mut state).await?;
        let remaining = loop {
            self.pass(task, cut, &mut state).await?;
            let remaining = if cut.settles {
                self.remaining(cut).await?
            } else {
                0
            };
            if remaining == 0 {
                break remaining;
            }
            if state.pass >= PASSES {
                self.port
                    .tell(Event::Remaining {
                        at: task.place(),
                        rows: remaining,
                    })
                    .await;
                break remaining;
            }
            // Rows that writers have moved behind us, such as by changing their key.
            (state.pass, state.position, state.passed) = (state.pass + 1, None, 0);
            let sql = format!(
                "UPDATE concertina.backfill SET pass = {}, position = NULL, rows_passed = 0 WHERE {}",
                state.pass,
                of(task)
            );
            self.write("to record a pass of a backfill", &sql).await?;
        };
        let end = format!(
            "UPDATE concertina.backfill SET rows_passed = greatest(rows_passed, rows_total), rows_left = {remaining},
                 updated_at = clock_timestamp() WHERE {};\n{}",
            of(task),
            task.end()
        );
        self.write("to record the end of a backfill", &end).await
    }

    /// One pass from the position to the upper bound, and what was held on the way.
    pub(super) async fn pass(
        &self,
        task: &Task<'_>,
        cut: &Cut,
        state: &mut State,
    ) -> Result<(), RunError> {
        let Some(upper) = state.upper.clone() else {
            return Ok(());
        };
        let (mut failures, mut careful, mut throttle) = (0, 0_u64, Throttle::default());
        let (mut ahead, mut looked) = (None, None);
        while state.position.as_ref() != Some(&upper) {
            self.stand_aside(state, &mut looked).await?;
            self.throttle(task, &cut.table, state, &mut throttle)
                .await?;
            if state.held.len() > HELD {
                self.come_back(task, cut, state).await?;
            }
            let size = throttle.tuning.size.or(cut.size).unwrap_or(state.size);
            let most = if state.is_paged() {
                CAREFUL.1
            } else {
                CAREFUL.0
            };
            let size = if careful > 0 { size.min(most) } else { size };
            let bound = match ahead.take().filter(|_| careful == 0) {
                Some(bound) => bound,
                None => self.boundary(cut, state, &upper, size).await?,
            };
            let begun = self.port.elapsed();
            let done = if careful > 0 {
                self.careful_batch(task, cut, state, &bound).await?
            } else {
                self.batch(task, cut, state, &bound, &upper, &mut throttle)
                    .await?
            };
            let batch = match done {
                Ok(batch) => batch,
                Err(failed) => {
                    failures += 1;
                    careful = careful.max(size);
                    self.refused_batch(task, state, failed, failures).await?;
                    continue;
                }
            };
            failures = 0;
            careful = careful.saturating_sub(size);
            let limits = throttle.limits(self.options.batches);
            state.size = match throttle.tuning.size.or(cut.size) {
                Some(size) => size,
                None if batch.careful => state.size,
                None if batch.waiters > 0 => (state.size / 2).max(1),
                None => steer(state.size, batch.took, limits),
            };
            let measured = self.port.elapsed();
            let since = throttle.measured.replace(measured).unwrap_or(begun);
            let seconds = measured.saturating_sub(since).as_secs_f64().max(0.000_1);
            let now = bound.rows as f64 / seconds;
            state.rate = Some(state.rate.map_or(now, |before| before * 0.8 + now * 0.2));
            state.position = Some(bound.to);
            state.pass(bound.rows, measured);
            state.changed += batch.changed;
            self.after_batch(
                task,
                cut,
                state,
                &batch,
                limits,
                throttle.tuning.pause_ms.is_some(),
            )
            .await;
            ahead = batch.ahead;
        }
        self.come_back(task, cut, state).await
    }

    /// Tells of a batch and pauses as it should.
    async fn after_batch(
        &self,
        task: &Task<'_>,
        cut: &Cut,
        state: &State,
        batch: &Batch,
        limits: BatchLimits,
        tuned: bool,
    ) {
        self.port
            .tell(Event::Batch {
                at: task.place(),
                table: cut.table.clone(),
                rows: batch.changed,
                progress: state.progress(),
                took_ms: millis(batch.took),
            })
            .await;
        let own = cut.pause_ms.filter(|_| !tuned).map(Duration::from_millis);
        let mut pause = own.unwrap_or(limits.pause);
        if batch.waiters > 0 {
            let reason = Stop::Waiters {
                sessions: batch.waiters,
            };
            let at = task.place();
            self.port.tell(Event::Stopped { at, reason }).await;
            pause = pause.max(batch.took);
        }
        if !pause.is_zero() {
            self.port.sleep(pause).await;
        }
    }

    /// After a batch that was rolled back: a row that somebody holds is met with care, anything else
    /// ends the step.
    async fn refused_batch(
        &self,
        task: &Task<'_>,
        state: &mut State,
        failed: Failed,
        failures: u32,
    ) -> Result<(), RunError> {
        if failed.failure.sqlstate.is_some() {
            self.rollback().await?;
        }
        if !failed.failure.is_contention() || failures >= FAILURES {
            let place = task.step.statements.first();
            return Err(match failed.failure.sqlstate {
                None => RunError::sql(&format!("a batch of {}", task.file), failed.failure),
                Some(_) => RunError::Statement {
                    file: task.file.to_owned(),
                    line: place.map_or(0, |one| one.line),
                    statement: place.map_or(0, |one| one.at),
                    failure: Box::new(failed.failure),
                    kept: format!(
                        "{} rows stay changed, and the next run goes on after them",
                        state.changed
                    ),
                },
            });
        }
        // The first time the rows that are free can be done at once.
        let pause = if failures == 1 {
            Duration::ZERO
        } else {
            Duration::from_millis(50) * failures
        };
        let event = Event::Retry {
            at: task.place(),
            attempt: failures + 1,
            pause_ms: millis(pause),
            reason: failed.failure.message,
        };
        self.port.tell(event).await;
        self.port.sleep(pause).await;
        Ok(())
    }

    /// One batch in one message: the fence, its rows, its position, and where the next one would end.
    async fn batch(
        &self,
        task: &Task<'_>,
        cut: &Cut,
        state: &State,
        bound: &Bound,
        upper: &[String],
        throttle: &mut Throttle,
    ) -> Result<Result<Batch, Failed>, RunError> {
        let limits = throttle.limits(self.options.batches);
        let size = throttle.tuning.size.or(cut.size).unwrap_or(state.size);
        let mut next = State {
            position: Some(bound.to.clone()),
            ..state.clone()
        };
        next.size = size;
        let ahead = if state.is_paged() || bound.to == upper {
            "SELECT NULL WHERE false".to_owned()
        } else {
            self.boundary_sql(cut, &next, upper, size)
        };
        let rate = state
            .rate
            .map_or_else(|| "NULL".to_owned(), |rate| format!("{rate:.1}"));
        let (table, row) = kept(task, state);
        let sql = format!(
            "BEGIN; {}; {};
             WITH done AS ({} RETURNING 1)
             UPDATE {table} SET position = {}, rows_changed = rows_changed + (SELECT count(*) FROM done),
                 rows_passed = rows_passed + {}, batch_size = {size}, rate = {rate}, updated_at = clock_timestamp()
             WHERE {} RETURNING rows_changed;
             {ahead};
             COMMIT",
            self.batch_settings(cut),
            self.fencing(),
            cut.over(&state.range(&bound.to)),
            json(&bound.to),
            bound.rows,
            row
        );
        let watch = Watch {
            after: limits.target * 2,
            every: Duration::from_secs(5),
            sql: waiters_of(self.pid),
            place: None,
        };
        let answer = match self.port.run_watched(sql, watch).await {
            Ok(answer) => answer,
            Err(failed) if failed.failure.sqlstate.as_deref() == Some("22012") => {
                return self.fenced_or(failed).await;
            }
            Err(failed) => return Ok(Err(failed)),
        };
        let of_results = |from_end: usize| {
            let at = answer.results.len().checked_sub(from_end)?;
            answer.results.get(at)?.rows.first()
        };
        let total = of_results(3).and_then(|row| row.first()?.as_deref()?.parse::<u64>().ok());
        let to = of_results(2).and_then(|row| row.iter().cloned().collect::<Option<Vec<_>>>());
        Ok(Ok(Batch {
            changed: total.unwrap_or(state.changed).saturating_sub(state.changed),
            took: answer.took,
            waiters: answer.watched.len() as u64,
            careful: false,
            ahead: to.map(|to| Bound { to, rows: size }),
        }))
    }

    /// A division by zero is the fence's, or that of a row.
    async fn fenced_or(&self, failed: Failed) -> Result<Result<Batch, Failed>, RunError> {
        self.rollback().await?;
        if self.has_lost_the_lead().await? {
            Err(RunError::Fenced)
        } else {
            Ok(Err(failed))
        }
    }

    /// A batch that meets rows which somebody holds: takes those that are free, and writes down the
    /// others.
    async fn careful_batch(
        &self,
        task: &Task<'_>,
        cut: &Cut,
        state: &mut State,
        bound: &Bound,
    ) -> Result<Result<Batch, Failed>, RunError> {
        self.begin_batch(task, cut).await?;
        let range = state.range(&bound.to);
        let begun = self.port.elapsed();
        let (free, held) = match self.free_rows(cut, state, &range).await {
            Ok(found) => found,
            Err(failed) => return Ok(Err(failed)),
        };
        let answer = match self
            .port
            .run(cut.over(&format!("{range} AND {free}")))
            .await
        {
            Ok(answer) => answer,
            Err(failed) => return Ok(Err(failed)),
        };
        let changed = answer.affected();
        let mut all_held = state.held.clone();
        all_held.extend(held);
        let (table, row) = kept(task, state);
        let sql = format!(
            "UPDATE {table} SET position = {}, rows_changed = rows_changed + {changed},
                 rows_passed = rows_passed + {}, held_rows = {}, updated_at = clock_timestamp()
             WHERE {};\nCOMMIT",
            json(&bound.to),
            bound.rows,
            json(&all_held),
            row
        );
        if let Err(failed) = self.port.run(sql).await {
            return Ok(Err(failed));
        }
        state.held = all_held;
        Ok(Ok(Batch {
            changed,
            took: self.port.elapsed().saturating_sub(begun),
            waiters: 0,
            careful: true,
            ahead: None,
        }))
    }

    /// A range is to be found by its index, whatever the statistics say of a table that changes so fast.
    /// The trigger that keeps the columns filled is told that they are. The log need not be on disk before the next batch
    /// begins: the rows and the position that a crash may take back are those of one transaction, and the record of the
    /// end is waited for, and with it all that comes before (manual, "Asynchronous Commit").
    fn batch_settings(&self, cut: &Cut) -> String {
        let wait = millis(self.options.batches.row_lock).max(1);
        let columns = cut
            .sets
            .iter()
            .map(|name| Ident::new(name).to_sql().into_owned());
        let columns: Vec<String> = columns.collect();
        let filled = backfill::filled(&cut.table, columns.iter().map(String::as_str));
        format!(
            "SET LOCAL enable_seqscan = off; SET LOCAL synchronous_commit = off;
             SET LOCAL lock_timeout = '{wait}ms'; SET LOCAL {} = {}",
            backfill::SETTING,
            string_constant(&filled)
        )
    }

    async fn begin_batch(&self, task: &Task<'_>, cut: &Cut) -> Result<(), RunError> {
        let settings = self.batch_settings(cut);
        self.begin(&settings, &format!("a batch of {}", task.file))
            .await
    }

    /// Locks the rows of a range that are free. Gives the condition that a row is one of them, and the
    /// keys of those that are not.
    async fn free_rows(
        &self,
        cut: &Cut,
        state: &State,
        range: &str,
    ) -> Result<(String, Vec<Vec<String>>), Failed> {
        let strength = if cut.sets.is_empty() {
            "UPDATE"
        } else {
            "NO KEY UPDATE"
        };
        let matching = cut.matching(range);
        let sql = format!(
            "SELECT tableoid, ctid FROM {} WHERE {matching} FOR {strength} SKIP LOCKED",
            cut.source
        );
        let answer = self.port.run(sql).await?;
        let mut tables: std::collections::BTreeMap<&str, Vec<&str>> =
            std::collections::BTreeMap::new();
        for row in answer.rows() {
            if let [Some(table), Some(ctid)] = row.as_slice() {
                tables.entry(table).or_default().push(ctid);
            }
        }
        let each: Vec<String> = tables
            .iter()
            .map(|(table, rows)| {
                let rows: Vec<String> = rows.iter().map(|row| format!("\"{row}\"")).collect();
                format!(
                    "(tableoid = {table} AND ctid = ANY ('{{{}}}'::tid[]))",
                    rows.join(",")
                )
            })
            .collect();
        let free = if each.is_empty() {
            "false".to_owned()
        } else {
            format!("({})", each.join(" OR "))
        };
        let sql = format!(
            "SELECT DISTINCT {} FROM {} WHERE {matching} AND NOT {free}",
            state.texts(""),
            cut.source
        );
        let answer = self.port.run(sql).await?;
        let keys = answer
            .rows()
            .iter()
            .filter_map(|row| row.iter().cloned().collect());
        Ok((free, keys.collect()))
    }

    /// Does the rows that were held, as they become free; holds nothing while it waits.
    async fn come_back(
        &self,
        task: &Task<'_>,
        cut: &Cut,
        state: &mut State,
    ) -> Result<(), RunError> {
        let (mut waited, mut pause, mut told) = (Duration::ZERO, Duration::from_millis(20), false);
        while !state.held.is_empty() {
            let before = state.held.len();
            let most = (if state.is_paged() {
                CAREFUL.1
            } else {
                CAREFUL.0
            }) as usize;
            let (now, later) = state.held.split_at(before.min(most));
            let (now, later) = (now.to_vec(), later.to_vec());
            self.begin_batch(task, cut).await?;
            match self.held_batch(task, cut, state, &now, later).await {
                Ok(0) => {}
                Ok(_) => {
                    (waited, pause) = (Duration::ZERO, Duration::from_millis(20));
                    continue;
                }
                Err(failed) if failed.failure.is_contention() => self.rollback().await?,
                Err(failed) => {
                    self.refused_batch(task, state, failed, FAILURES).await?;
                }
            }
            let limits = self.options.locks;
            if !told || waited >= limits.patience {
                let blockers = self.holders_of_rows(cut, state).await?;
                if waited >= limits.patience {
                    let line = task.step.statements.first().map_or(0, |one| one.line);
                    return Err(RunError::LockBudget {
                        file: task.file.to_owned(),
                        line,
                        attempts: 1,
                        waited_ms: millis(waited),
                        blockers,
                    });
                }
                let rows = state.held.len() as u64;
                self.port
                    .tell(Event::RowsHeld {
                        at: task.place(),
                        rows,
                        blockers,
                    })
                    .await;
                told = true;
            }
            self.heed(&task.place()).await?;
            self.port.sleep(pause).await;
            waited += pause;
            pause = (pause * 2).min(Duration::from_secs(1));
        }
        Ok(())
    }

    /// One batch of held rows; gives how many are no longer held.
    async fn held_batch(
        &self,
        task: &Task<'_>,
        cut: &Cut,
        state: &mut State,
        now: &[Vec<String>],
        later: Vec<Vec<String>>,
    ) -> Result<usize, Failed> {
        let among = state.among(now);
        let (free, mut held) = self.free_rows(cut, state, &among).await?;
        let answer = self
            .port
            .run(cut.over(&format!("{among} AND {free}")))
            .await?;
        let changed = answer.affected();
        let done = now.len().saturating_sub(held.len());
        // Those that are still held come last next time.
        held.splice(0..0, later);
        let (table, row) = kept(task, state);
        let sql = format!(
            "UPDATE {table} SET held_rows = {}, rows_changed = rows_changed + {changed},
                 updated_at = clock_timestamp() WHERE {};\nCOMMIT",
            json(&held),
            row
        );
        self.port.run(sql).await?;
        (state.held, state.changed) = (held, state.changed + changed);
        Ok(done)
    }

    /// Who holds the first of the held rows: asked while we wait for it for a moment, holding nothing.
    async fn holders_of_rows(
        &self,
        cut: &Cut,
        state: &State,
    ) -> Result<Vec<super::Blocker>, RunError> {
        let Some(first) = state.held.first() else {
            return Ok(Vec::new());
        };
        let sql = format!(
            "BEGIN; SET LOCAL lock_timeout = '100ms';
             SELECT 1 FROM {} WHERE {} FOR NO KEY UPDATE",
            cut.source,
            state.among(std::slice::from_ref(first))
        );
        let watch = Watch {
            after: Duration::from_millis(30),
            every: Duration::from_secs(5),
            sql: blockers_of(self.pid),
            place: None,
        };
        let watched = match self.port.run_watched(sql, watch).await {
            Ok(answer) => answer.watched,
            Err(failed) => failed.watched.unwrap_or_default(),
        };
        self.rollback().await?;
        Ok(blockers(&watched))
    }

    /// Where the next batch ends and how many rows lie before that.
    async fn boundary(
        &self,
        cut: &Cut,
        state: &State,
        upper: &[String],
        size: u64,
    ) -> Result<Bound, RunError> {
        if state.is_paged() {
            let (from, last) = (state.position.as_deref().map_or(0, page), page(upper));
            let to = (from + size).min(last);
            let pages = state.pages(upper).max(1);
            let rows = state.total.saturating_mul(to - from) / pages;
            return Ok(Bound {
                to: vec![to.to_string()],
                rows,
            });
        }
        let doing = "to find the end of a batch";
        let answer = self
            .port
            .run(self.boundary_sql(cut, state, upper, size))
            .await;
        let answer = answer.map_err(|failed| failed.while_doing(doing))?;
        let found = answer
            .rows()
            .first()
            .and_then(|row| row.iter().cloned().collect::<Option<Vec<_>>>());
        if let Some(to) = found {
            return Ok(Bound { to, rows: size });
        }
        // The last batch: fewer rows than its size.
        let sql = format!(
            "SELECT count(*) FROM {} AS b WHERE {}",
            cut.table,
            state.range(upper)
        );
        let answer = self.port.run(sql).await;
        let answer = answer.map_err(|failed| failed.while_doing(doing))?;
        let rows = answer.value().and_then(|value| value.parse().ok());
        Ok(Bound {
            to: upper.to_vec(),
            rows: rows.unwrap_or(0),
        })
    }

    fn boundary_sql(&self, cut: &Cut, state: &State, upper: &[String], size: u64) -> String {
        format!(
            "SELECT {} FROM {} AS b WHERE {} ORDER BY {} OFFSET {} LIMIT 1",
            state.texts("b."),
            cut.table,
            state.range(upper),
            state.order("b.", ""),
            size.saturating_sub(1),
        )
    }

    async fn remaining(&self, cut: &Cut) -> Result<u64, RunError> {
        let Some(filter) = &cut.filter else {
            return Ok(0);
        };
        let sql = format!(
            "SELECT count(*) FROM (SELECT 1 FROM {} WHERE ({filter}\n) LIMIT 1000000) rest",
            cut.source
        );
        let answer = self.port.run(sql).await;
        let answer = answer.map_err(|failed| failed.while_doing("to verify a backfill"))?;
        Ok(answer
            .value()
            .and_then(|value| value.parse().ok())
            .unwrap_or(0))
    }
}

/// Where a batch ends.
struct Bound {
    /// Its last key, or the page after its last.
    to: Vec<String>,
    /// How many rows lie in it.
    rows: u64,
}

/// A batch that is committed.
struct Batch {
    changed: u64,
    took: Duration,
    /// Sessions that were seen waiting for it.
    waiters: u64,
    careful: bool,
    /// Where the next one ends, where that is known already.
    ahead: Option<Bound>,
}

/// The size of the next batch, so that it takes about as long as it should: at most half as much again,
/// at least half.
fn steer(size: u64, took: Duration, limits: BatchLimits) -> u64 {
    let ratio = limits.target.as_secs_f64() / took.as_secs_f64().max(0.000_1);
    let next = (size as f64 * ratio.clamp(0.5, 1.5)) as u64;
    next.clamp(1, limits.largest.max(1))
}

/// SQL that lists the sessions that wait for a process.
fn waiters_of(pid: i32) -> String {
    format!(
        "SELECT a.pid FROM pg_stat_activity a
         WHERE a.wait_event_type = 'Lock' AND {pid} = ANY (pg_blocking_pids(a.pid))"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_grow_and_shrink_towards_their_time() {
        let limits = BatchLimits::default();
        let after = |ms| steer(1_000, Duration::from_millis(ms), limits);
        assert_eq!(after(10), 1_500);
        assert_eq!(after(50), 1_000);
        assert_eq!(after(500), 500);
        assert_eq!(steer(50_000, Duration::ZERO, limits), 50_000);
    }
}
