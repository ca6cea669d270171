//! Backfills: an UPDATE or DELETE in ranges of keys or pages, the position committed with each batch.

use std::time::Duration;

use super::cut::Cut;
use super::event::Progress;
use super::journal;
use super::lead::{Desk, millis};
use super::machine::Failed;
use super::quote::{json, text};
use super::step::Task;
use super::{Event, RunError};

/// Passes over the table before rows that still match are left as they are.
const PASSES: u32 = 3;
/// Failures at one place before the step gives up.
const FAILURES: u32 = 8;
/// Pages of a table without key in the first batch.
const PAGES: u64 = 64;

/// A backfill as it stands in the journal.
struct State {
    key: Vec<Key>,
    /// The greatest key when it began; none of an empty table.
    upper: Option<Vec<String>>,
    /// The last key done in this pass.
    position: Option<Vec<String>>,
    pass: u32,
    changed: u64,
    passed: u64,
    total: u64,
    size: u64,
    rate: Option<f64>,
}

/// A key column; a table without key has one of them, the page number.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
struct Key {
    /// As it must be written in SQL; `ctid` stands for the page number.
    column: String,
    /// Its type as `format_type` spells it.
    ty: String,
}

impl Key {
    fn is_page(&self) -> bool {
        self.column == "ctid"
    }
}

impl State {
    fn columns(&self) -> String {
        let names: Vec<&str> = self.key.iter().map(|one| one.column.as_str()).collect();
        names.join(", ")
    }

    fn row(&self, values: &[String]) -> String {
        let typed: Vec<String> = self
            .key
            .iter()
            .zip(values)
            .map(|(key, value)| format!("{}::{}", text(value), key.ty))
            .collect();
        format!("({})", typed.join(", "))
    }

    /// The condition that a row lies after `from` and not after `to`.
    fn range(&self, from: Option<&[String]>, to: &[String]) -> String {
        if self.key.iter().any(Key::is_page) {
            let page = |values: &[String]| values.first().cloned().unwrap_or_default();
            let low = from.map_or_else(|| "0".to_owned(), page);
            return format!(
                "ctid >= '({low},0)'::tid AND ctid < '({},0)'::tid",
                page(to)
            );
        }
        let columns = self.columns();
        let upper = format!("({columns}) <= {}", self.row(to));
        match from {
            Some(from) => format!("({columns}) > {} AND {upper}", self.row(from)),
            None => upper,
        }
    }

    fn progress(&self) -> Progress {
        let left = self.total.saturating_sub(self.passed);
        Progress {
            done: self.passed,
            total: self.total.max(self.passed),
            rate: self.rate,
            eta_s: self
                .rate
                .filter(|rate| *rate > 0.0)
                .map(|rate| (left as f64 / rate).ceil() as u64),
        }
    }
}

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
        loop {
            self.pass(task, cut, &mut state).await?;
            let remaining = if cut.settles {
                self.remaining(cut).await?
            } else {
                0
            };
            if remaining == 0 {
                break;
            }
            if state.pass >= PASSES {
                self.port
                    .tell(Event::Remaining {
                        at: task.place(),
                        rows: remaining,
                    })
                    .await;
                break;
            }
            // Rows that writers have moved behind us, such as by changing their key.
            (state.pass, state.position, state.passed) = (state.pass + 1, None, 0);
            let sql = format!(
                "UPDATE concertina.backfill SET pass = {}, position = NULL, rows_passed = 0 WHERE {}",
                state.pass,
                of(task)
            );
            self.write("to record a pass of a backfill", &sql).await?;
        }
        let end = format!(
            "UPDATE concertina.backfill SET rows_passed = greatest(rows_passed, rows_total),
                 updated_at = clock_timestamp() WHERE {};\n{}",
            of(task),
            task.end()
        );
        self.write("to record the end of a backfill", &end).await
    }

    /// One pass from the position to the upper bound.
    async fn pass(&self, task: &Task<'_>, cut: &Cut, state: &mut State) -> Result<(), RunError> {
        let Some(upper) = state.upper.clone() else {
            return Ok(());
        };
        let limits = self.options.batches;
        let pause = cut.pause_ms.map_or(limits.pause, Duration::from_millis);
        let mut failures = 0;
        while state.position.as_ref() != Some(&upper) {
            let failed = match self.batch(task, cut, state, &upper).await? {
                Batch::Done => {
                    failures = 0;
                    if !pause.is_zero() {
                        self.port.sleep(pause).await;
                    }
                    continue;
                }
                Batch::Refused(failed) => failed,
            };
            if failed.failure.sqlstate.is_some() {
                self.rollback().await?;
            }
            failures += 1;
            let (line, at) = task
                .step
                .statements
                .first()
                .map_or((0, 0), |one| (one.line, one.at));
            if !failed.failure.is_contention() || failures >= FAILURES {
                return Err(match failed.failure.sqlstate {
                    None => RunError::sql(&format!("a batch of {}", task.file), failed.failure),
                    Some(_) => RunError::Statement {
                        file: task.file.to_owned(),
                        line,
                        statement: at,
                        failure: Box::new(failed.failure),
                        kept: format!(
                            "{} rows stay changed, and the next run goes on after them",
                            state.changed
                        ),
                    },
                });
            }
            state.size = (state.size / 2).max(1);
            let pause = limits.row_lock.min(Duration::from_millis(100)) * failures;
            let event = Event::Retry {
                at: task.place(),
                attempt: failures + 1,
                pause_ms: millis(pause),
                reason: failed.failure.message,
            };
            self.port.tell(event).await;
            self.port.sleep(pause).await;
        }
        Ok(())
    }

    /// One batch: its upper bound, its rows and its position in one transaction.
    async fn batch(
        &self,
        task: &Task<'_>,
        cut: &Cut,
        state: &mut State,
        upper: &[String],
    ) -> Result<Batch, RunError> {
        let timeout = format!("{}ms", millis(self.options.batches.row_lock).max(1));
        self.begin(&timeout, &format!("a batch of {}", task.file))
            .await?;
        let (to, rows) = match self.boundary(cut, state, upper).await {
            Ok(found) => found,
            Err(failed) => return Ok(Batch::Refused(failed)),
        };
        let range = state.range(state.position.as_deref(), &to);
        let answer = match self.port.run(cut.over(&range)).await {
            Ok(answer) => answer,
            Err(failed) => return Ok(Batch::Refused(failed)),
        };
        let (changed, took) = (answer.affected(), answer.took);
        let seconds = took.as_secs_f64().max(0.000_1);
        let now = rows as f64 / seconds;
        let rate = state.rate.map_or(now, |before| before * 0.7 + now * 0.3);
        let size = if cut.size.is_some() {
            state.size
        } else {
            self.steer(state.size, took)
        };
        let sql = format!(
            "UPDATE concertina.backfill SET position = {}, rows_changed = rows_changed + {changed},
                 rows_passed = rows_passed + {rows}, batch_size = {size}, rate = {rate:.1},
                 updated_at = clock_timestamp() WHERE {}",
            json(&to),
            of(task)
        );
        for sql in [sql, "COMMIT".to_owned()] {
            if let Err(failed) = self.port.run(sql).await {
                return Ok(Batch::Refused(failed));
            }
        }
        (state.position, state.size, state.rate) = (Some(to), size, Some(rate));
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
        Ok(Batch::Done)
    }

    /// Where the next batch ends and how many rows lie before that.
    async fn boundary(
        &self,
        cut: &Cut,
        state: &State,
        upper: &[String],
    ) -> Result<(Vec<String>, u64), Failed> {
        if state.key.iter().any(Key::is_page) {
            let number = |values: Option<&[String]>| -> u64 {
                values
                    .and_then(|all| all.first()?.parse().ok())
                    .unwrap_or(0)
            };
            let (from, last) = (number(state.position.as_deref()), number(Some(upper)));
            let to = (from + state.size).min(last);
            let rows = state.total.saturating_mul(to - from) / last.max(1);
            return Ok((vec![to.to_string()], rows));
        }
        // Without its table, a column of ORDER BY would be the text in the select list.
        let order: Vec<String> = state
            .key
            .iter()
            .map(|one| format!("b.{}", one.column))
            .collect();
        let texts: Vec<String> = order.iter().map(|one| format!("{one}::text")).collect();
        let sql = format!(
            "SELECT {} FROM {} AS b WHERE {} ORDER BY {} OFFSET {} LIMIT 1",
            texts.join(", "),
            cut.table,
            state.range(state.position.as_deref(), upper),
            order.join(", "),
            state.size.saturating_sub(1),
        );
        let answer = self.port.run(sql).await?;
        let found = answer
            .rows()
            .first()
            .and_then(|row| row.iter().cloned().collect::<Option<Vec<_>>>());
        if let Some(to) = found {
            return Ok((to, state.size));
        }
        // The last batch: fewer rows than its size.
        let sql = format!(
            "SELECT count(*) FROM {} AS b WHERE {}",
            cut.table,
            state.range(state.position.as_deref(), upper)
        );
        let answer = self.port.run(sql).await?;
        let rows = answer.value().and_then(|value| value.parse().ok());
        Ok((upper.to_vec(), rows.unwrap_or(0)))
    }

    /// The size of the next batch, so that it takes about as long as it should: at most half as
    /// much again, at least half.
    fn steer(&self, size: u64, took: Duration) -> u64 {
        let limits = self.options.batches;
        let ratio = limits.target.as_secs_f64() / took.as_secs_f64().max(0.000_1);
        let next = (size as f64 * ratio.clamp(0.5, 1.5)) as u64;
        next.clamp(1, limits.largest.max(1))
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
            "SELECT key, upper, position, pass, rows_changed, rows_passed, rows_total, batch_size, rate
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
        let values = |at: usize| {
            column(at).and_then(|value| serde_json::from_str::<Vec<String>>(value).ok())
        };
        let key = column(0).and_then(|value| serde_json::from_str(value).ok());
        Ok(Some(State {
            key: key.ok_or_else(|| RunError::Journal("the key of a backfill".to_owned()))?,
            upper: values(1),
            position: values(2),
            pass: u32::try_from(number(3)).unwrap_or(PASSES),
            changed: number(4),
            passed: number(5),
            total: number(6),
            size: number(7).max(1),
            rate: column(8).and_then(|value| value.parse().ok()),
        }))
    }

    /// Finds the key and its greatest value and writes them down; none when there is no way to cut.
    async fn begin_backfill(&self, task: &Task<'_>, cut: &Cut) -> Result<Option<State>, RunError> {
        let doing = "to look at the table of a backfill";
        let table = text(&cut.table);
        let wanted = match &cut.key {
            Some(key) => format!("a.attname = {} AND a.attnotnull", text(key)),
            None => "a.attnum = ANY (i.indkey)".to_owned(),
        };
        let sql = format!(
            "SELECT a.attname, quote_ident(a.attname), format_type(a.atttypid, a.atttypmod), c.relkind,
                    greatest(c.reltuples, 0)::bigint, pg_relation_size(c.oid) / current_setting('block_size')::int
             FROM pg_class c
             LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
             LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND {wanted}
             WHERE c.oid = to_regclass({table})
             ORDER BY array_position(i.indkey::int2[], a.attnum)"
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
        let of_first = |at: usize| first.get(at).map(String::as_str).unwrap_or_default();
        let (kind, total, pages) = (
            of_first(3).to_owned(),
            of_first(4).to_owned(),
            of_first(5).to_owned(),
        );
        let column = |row: &[String], at: usize| row.get(at).cloned().unwrap_or_default();
        let mut key: Vec<Key> = rows
            .iter()
            .filter(|row| !column(row, 0).is_empty())
            .map(|row| Key {
                column: column(row, 1),
                ty: column(row, 2),
            })
            .collect();
        let moves = rows.iter().any(|row| cut.sets.contains(&column(row, 0)));
        if kind == "r" && key.is_empty() && cut.key.is_none() && cut.settles {
            key.push(Key {
                column: "ctid".to_owned(),
                ty: "tid".to_owned(),
            });
        }
        if key.is_empty() || moves || !matches!(kind.as_str(), "r" | "p") {
            return Ok(None);
        }
        let paged = key.iter().any(Key::is_page);
        let limits = self.options.batches;
        let mut state = State {
            key,
            upper: None,
            position: None,
            pass: 1,
            changed: 0,
            passed: 0,
            total: total.parse().unwrap_or(0),
            size: cut
                .size
                .unwrap_or(if paged { PAGES } else { limits.size })
                .max(1),
            rate: None,
        };
        state.upper = if paged {
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
        let texts: Vec<String> = state
            .key
            .iter()
            .map(|one| format!("b.{}::text", one.column))
            .collect();
        let order: Vec<String> = state
            .key
            .iter()
            .map(|one| format!("b.{} DESC", one.column))
            .collect();
        let sql = format!(
            "SELECT {} FROM {} AS b ORDER BY {} LIMIT 1",
            texts.join(", "),
            cut.table,
            order.join(", ")
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

fn of(task: &Task<'_>) -> String {
    format!(
        "migration = {} AND ordinal = {}",
        text(task.id),
        task.ordinal
    )
}
