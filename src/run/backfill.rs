//! Backfills: an UPDATE or DELETE in ranges of keys or pages, the position committed with each batch.

use std::time::Duration;

use super::command::Watch;
use super::cut::Cut;
use super::journal;
use super::lead::{Desk, millis};
use super::locks::{blockers, blockers_of};
use super::machine::Failed;
use super::quote::{json, text};
use super::range::{Key, State, page};
use super::step::Task;
use super::stop::{Stop, Throttle, of};
use super::{Event, RunError};

/// Passes over the table before rows that still match are left as they are.
const PASSES: u32 = 3;
/// Failures at one place before the step gives up.
const FAILURES: u32 = 8;
/// Pages of a table without key in the first batch.
const PAGES: u64 = 64;
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
    async fn pass(&self, task: &Task<'_>, cut: &Cut, state: &mut State) -> Result<(), RunError> {
        let Some(upper) = state.upper.clone() else {
            return Ok(());
        };
        let (mut failures, mut careful, mut throttle) = (0, 0_u64, Throttle::default());
        while state.position.as_ref() != Some(&upper) {
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
            let done = self.batch(task, cut, state, &upper, &mut throttle, (size, careful > 0));
            match done.await? {
                Batch::Done => {
                    failures = 0;
                    careful = careful.saturating_sub(size);
                }
                Batch::Refused(failed) => {
                    failures += 1;
                    careful = careful.max(size);
                    self.refused_batch(task, state, failed, failures).await?;
                }
            }
        }
        self.come_back(task, cut, state).await
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

    /// One batch: its upper bound, its rows and its position in one transaction. With care, rows that
    /// somebody holds are left out and written down.
    async fn batch(
        &self,
        task: &Task<'_>,
        cut: &Cut,
        state: &mut State,
        upper: &[String],
        throttle: &mut Throttle,
        (size, careful): (u64, bool),
    ) -> Result<Batch, RunError> {
        let limits = throttle.limits(self.options.batches);
        let begun = self.port.elapsed();
        self.begin_batch(task).await?;
        let (to, rows) = match self.boundary(cut, state, upper, size).await {
            Ok(found) => found,
            Err(failed) => return Ok(Batch::Refused(failed)),
        };
        let range = state.range(&to);
        let (free, held) = if careful {
            match self.free_rows(cut, state, &range).await {
                Ok((free, held)) => (Some(free), held),
                Err(failed) => return Ok(Batch::Refused(failed)),
            }
        } else {
            (None, Vec::new())
        };
        let condition = match &free {
            Some(free) => format!("{range} AND {free}"),
            None => range,
        };
        let watch = Watch {
            after: limits.target,
            every: Duration::from_secs(5),
            sql: waiters_of(self.pid),
            place: None,
        };
        let answer = match self.port.run_watched(cut.over(&condition), watch).await {
            Ok(answer) => answer,
            Err(failed) => return Ok(Batch::Refused(failed)),
        };
        let (changed, took, waiters) = (answer.affected(), answer.took, answer.watched.len());
        let next = match throttle.tuning.size.or(cut.size) {
            Some(size) => size,
            None if careful => state.size,
            None if waiters > 0 => (state.size / 2).max(1),
            None => steer(state.size, took, limits),
        };
        let measured = self.port.elapsed();
        let since = throttle.measured.replace(measured).unwrap_or(begun);
        let now = rows as f64 / measured.saturating_sub(since).as_secs_f64().max(0.000_1);
        let rate = state.rate.map_or(now, |before| before * 0.8 + now * 0.2);
        let mut all_held = state.held.clone();
        all_held.extend(held);
        let sql = format!(
            "UPDATE concertina.backfill SET position = {}, rows_changed = rows_changed + {changed},
                 rows_passed = rows_passed + {rows}, batch_size = {next}, rate = {rate:.1}, held_rows = {},
                 updated_at = clock_timestamp() WHERE {};\nCOMMIT",
            json(&to),
            json(&all_held),
            of(task)
        );
        if let Err(failed) = self.port.run(sql).await {
            return Ok(Batch::Refused(failed));
        }
        (state.position, state.size, state.rate) = (Some(to), next, Some(rate));
        state.held = all_held;
        state.changed += changed;
        state.passed += rows;
        self.port
            .tell(Event::Batch {
                at: task.place(),
                table: cut.table.clone(),
                rows: changed,
                progress: state.progress(),
                took_ms: millis(took),
            })
            .await;
        let mut pause = cut.pause_ms.map_or(limits.pause, Duration::from_millis);
        if throttle.tuning.pause_ms.is_some() {
            pause = limits.pause;
        }
        if waiters > 0 {
            let reason = Stop::Waiters {
                sessions: waiters as u64,
            };
            self.port
                .tell(Event::Stopped {
                    at: task.place(),
                    reason,
                })
                .await;
            pause = pause.max(took);
        }
        if !pause.is_zero() {
            self.port.sleep(pause).await;
        }
        Ok(Batch::Done)
    }

    async fn begin_batch(&self, task: &Task<'_>) -> Result<(), RunError> {
        // A range is to be found by its index, whatever the statistics say of a table that changes so fast.
        let wait = millis(self.options.batches.row_lock).max(1);
        let settings =
            format!("SET LOCAL enable_seqscan = off; SET LOCAL lock_timeout = '{wait}ms'");
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
        let matching = match &cut.filter {
            Some(filter) => format!("({filter}\n) AND {range}"),
            None => range.to_owned(),
        };
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
            self.begin_batch(task).await?;
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
        let sql = format!(
            "UPDATE concertina.backfill SET held_rows = {}, rows_changed = rows_changed + {changed},
                 updated_at = clock_timestamp() WHERE {};\nCOMMIT",
            json(&held),
            of(task)
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
    ) -> Result<(Vec<String>, u64), Failed> {
        if state.is_paged() {
            let (from, last) = (state.position.as_deref().map_or(0, page), page(upper));
            let to = (from + size).min(last);
            let rows = state.total.saturating_mul(to - from) / last.max(1);
            return Ok((vec![to.to_string()], rows));
        }
        let sql = format!(
            "SELECT {} FROM {} AS b WHERE {} ORDER BY {} OFFSET {} LIMIT 1",
            state.texts("b."),
            cut.table,
            state.range(upper),
            state.order("b.", ""),
            size.saturating_sub(1),
        );
        let answer = self.port.run(sql).await?;
        let found = answer
            .rows()
            .first()
            .and_then(|row| row.iter().cloned().collect::<Option<Vec<_>>>());
        if let Some(to) = found {
            return Ok((to, size));
        }
        // The last batch: fewer rows than its size.
        let sql = format!(
            "SELECT count(*) FROM {} AS b WHERE {}",
            cut.table,
            state.range(upper)
        );
        let answer = self.port.run(sql).await?;
        let rows = answer.value().and_then(|value| value.parse().ok());
        Ok((upper.to_vec(), rows.unwrap_or(0)))
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

    async fn read_backfill(&self, task: &Task<'_>) -> Result<Option<State>, RunError> {
        let sql = format!(
            "SELECT key, upper, position, pass, rows_changed, rows_passed, rows_total, batch_size, rate, held_rows
             FROM concertina.backfill WHERE {}",
            of(task)
        );
        let answer = self.port.run(sql).await;
        let answer = answer.map_err(|failed| failed.while_doing("to read a backfill"))?;
        let Some(row) = answer.rows().first() else {
            return Ok(None);
        };
        let column = |at: usize| row.get(at).and_then(Option::as_deref);
        let number = |at: usize| {
            column(at)
                .and_then(|value| value.parse::<u64>().ok())
                .unwrap_or(0)
        };
        let unreadable = |what: &str| RunError::Journal(format!("the {what} of a backfill"));
        let key: Option<Vec<Key>> = column(0).and_then(|value| serde_json::from_str(value).ok());
        let values = |at: usize, what: &str| {
            let read = |value| serde_json::from_str::<Vec<String>>(value);
            column(at)
                .map(read)
                .transpose()
                .map_err(|_| unreadable(what))
        };
        let held = column(9).unwrap_or("[]");
        Ok(Some(State {
            key: key.ok_or_else(|| unreadable("key"))?,
            upper: values(1, "end")?,
            position: values(2, "position")?,
            pass: u32::try_from(number(3)).unwrap_or(PASSES),
            changed: number(4),
            passed: number(5),
            total: number(6),
            size: number(7).max(1),
            rate: column(8).and_then(|value| value.parse().ok()),
            held: serde_json::from_str(held).map_err(|_| unreadable("list of held rows"))?,
        }))
    }

    /// Finds the key and its greatest value and writes them down; none when there is no way to cut.
    async fn begin_backfill(&self, task: &Task<'_>, cut: &Cut) -> Result<Option<State>, RunError> {
        let doing = "to look at the table of a backfill";
        let table = text(&cut.table);
        // The column the file names; else the primary key, else the shortest unique key that has no
        // NULL in it, holds all rows, and is checked at once.
        let index = match &cut.key {
            Some(key) => format!(
                "SELECT a.attname::text, 1 AS n, a.attnum FROM pg_attribute a
                 WHERE a.attrelid = c.oid AND a.attname = {} AND a.attnotnull AND NOT a.attisdropped",
                text(key)
            ),
            None => "SELECT a.attname::text, k.n, a.attnum FROM
                 (SELECT i.* FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid
                      AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL
                      AND NOT EXISTS (SELECT 1 FROM pg_attribute n WHERE n.attrelid = c.oid
                          AND n.attnum = ANY (i.indkey[0:i.indnkeyatts - 1]) AND NOT n.attnotnull)
                  ORDER BY i.indisprimary DESC, i.indnkeyatts, i.indexrelid LIMIT 1) i,
                 unnest(i.indkey[0:i.indnkeyatts - 1]) WITH ORDINALITY k(attnum, n)
                 JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum"
                .to_owned(),
        };
        let sql = format!(
            "SELECT k.attname, quote_ident(k.attname), format_type(a.atttypid, a.atttypmod), c.relkind,
                    greatest(c.reltuples, 0)::bigint, pg_relation_size(c.oid) / current_setting('block_size')::int
             FROM pg_class c LEFT JOIN LATERAL ({index}) k ON true
             LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
             WHERE c.oid = to_regclass({table}) ORDER BY k.n"
        );
        let answer = self
            .port
            .run(sql)
            .await
            .map_err(|failed| failed.while_doing(doing))?;
        let rows: Vec<Vec<String>> = answer
            .rows()
            .iter()
            .map(|row| {
                row.iter()
                    .map(|value| value.clone().unwrap_or_default())
                    .collect()
            })
            .collect();
        let Some(first) = rows.first() else {
            return Ok(None);
        };
        let column = |row: &[String], at: usize| row.get(at).cloned().unwrap_or_default();
        let (kind, total, pages) = (column(first, 3), column(first, 4), column(first, 5));
        let mut key: Vec<Key> = rows
            .iter()
            .filter(|row| !column(row, 0).is_empty())
            .map(|row| Key {
                column: column(row, 1),
                ty: column(row, 2),
            })
            .collect();
        let moves = rows.iter().any(|row| cut.sets.contains(&column(row, 0)));
        if kind == "r" && (key.is_empty() || moves) && cut.key.is_none() && cut.settles {
            key = vec![Key {
                column: "ctid".to_owned(),
                ty: "tid".to_owned(),
            }];
        } else if moves {
            return Ok(None);
        }
        if key.is_empty() || !matches!(kind.as_str(), "r" | "p") {
            return Ok(None);
        }
        let mut state = State {
            key,
            upper: None,
            position: None,
            pass: 1,
            changed: 0,
            passed: 0,
            total: total.parse().unwrap_or(0),
            size: 1,
            rate: None,
            held: Vec::new(),
        };
        let usual = if state.is_paged() {
            PAGES
        } else {
            self.options.batches.size
        };
        state.size = cut.size.unwrap_or(usual).max(1);
        state.upper = if state.is_paged() {
            Some(vec![pages]).filter(|all| all.first().is_some_and(|pages| pages != "0"))
        } else {
            self.greatest(cut, &state).await?
        };
        let sql = format!(
            "{};\nINSERT INTO concertina.backfill (migration, ordinal, relation, key, upper, rows_total, batch_size)
             VALUES ({}, {}, {table}, {}, {}, {}, {})",
            journal::mark_step(task.id, task.ordinal, "doing"),
            text(task.id),
            task.ordinal,
            json(&state.key),
            state.upper.as_ref().map_or_else(|| "NULL".to_owned(), json),
            state.total,
            state.size,
        );
        self.write("to record that a backfill begins", &sql).await?;
        Ok(Some(state))
    }

    async fn greatest(&self, cut: &Cut, state: &State) -> Result<Option<Vec<String>>, RunError> {
        let sql = format!(
            "SELECT {} FROM {} AS b ORDER BY {} LIMIT 1",
            state.texts("b."),
            cut.table,
            state.order("b.", " DESC")
        );
        let answer = self.port.run(sql).await;
        let answer =
            answer.map_err(|failed| failed.while_doing("to find the end of a backfill"))?;
        Ok(answer
            .rows()
            .first()
            .and_then(|row| row.iter().cloned().collect()))
    }
}

/// What became of a batch.
enum Batch {
    Done,
    Refused(Failed),
}

/// The size of the next batch, so that it takes about as long as it should: at most half as much again,
/// at least half.
fn steer(size: u64, took: Duration, limits: super::BatchLimits) -> u64 {
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
        let limits = super::super::BatchLimits::default();
        let after = |ms| steer(1_000, Duration::from_millis(ms), limits);
        assert_eq!(after(10), 1_500);
        assert_eq!(after(50), 1_000);
        assert_eq!(after(500), 500);
        assert_eq!(steer(50_000, Duration::ZERO, limits), 50_000);
    }
}
