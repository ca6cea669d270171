//! A backfill by several workers: the keys are divided into parts, and each part is passed on a connection of its own.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::RunError;
use super::command::Link;
use super::cut::Cut;
use super::lead::Desk;
use super::quote::{json, text};
use super::range::{Lane, State, Whole, page};
use super::side::Part;
use super::step::Task;
use super::stop::of;

/// About how many rows are looked at to find keys that divide them evenly.
const SAMPLE: u64 = 50_000;
/// How long one that stands aside waits before it looks whether the server is idle.
const LOOK: Duration = Duration::from_millis(100);
/// How long one that has joined in goes on before it looks again.
const JOINED: Duration = Duration::from_millis(500);

/// The table of the journal that holds a position, and the condition for its row.
pub(super) fn kept(task: &Task<'_>, state: &State) -> (&'static str, String) {
    match &state.lane {
        None => ("concertina.backfill", of(task)),
        Some(lane) => (
            "concertina.lane",
            format!("{} AND number = {}", of(task), lane.number),
        ),
    }
}

impl Desk {
    /// The first pass by several workers, where there are to be some or where it was begun so. The state is
    /// then at the end of that pass.
    pub(super) async fn in_lanes(
        &self,
        task: &Task<'_>,
        cut: &Cut,
        state: &mut State,
    ) -> Result<(), RunError> {
        let Some(upper) = state.upper.clone().filter(|_| state.position.is_none()) else {
            return Ok(());
        };
        let mut lanes = self.read_lanes(task, state).await?;
        let begins = lanes.is_empty() && state.pass == 1;
        let (wanted, needed) = if begins {
            self.parts(state, &upper)
        } else {
            (lanes.len(), lanes.len())
        };
        if wanted < 2 {
            return Ok(());
        }
        let mut desks = Vec::with_capacity(wanted);
        for number in 0..wanted {
            match self.beside(Link::Lane(number), &task.step.settings).await {
                Ok(opened) => desks.push(opened),
                // One that nobody asked for is not missed.
                Err(_) if number >= needed => break,
                Err(error) => return Err(error),
            }
        }
        if begins {
            lanes = self
                .begin_lanes(task, cut, state, &upper, desks.len())
                .await?;
            desks.truncate(lanes.len());
        }
        if lanes.is_empty() {
            return Ok(());
        }
        let mut own = vec![self.pid, self.watch_pid().await?];
        own.extend(desks.iter().map(|(desk, _)| desk.pid));
        let now = self.port.elapsed();
        let whole = Arc::new(Mutex::new(Whole {
            passed: lanes.iter().map(|lane| lane.passed).sum(),
            now: 0,
            since: (now, now),
            end: upper.clone(),
            going: (0..lanes.len()).collect(),
            own,
        }));
        let mut parts: Vec<(Part<'_>, _)> = Vec::with_capacity(lanes.len());
        for (number, (lane, (desk, side))) in lanes.iter_mut().zip(desks).enumerate() {
            lane.lane = Some(Lane {
                number,
                whole: Arc::clone(&whole),
            });
            let part = async move {
                desk.pass(task, cut, lane).await?;
                if let Some(lane) = &lane.lane {
                    lane.lock().going.remove(&lane.number);
                }
                Ok(())
            };
            parts.push((Box::pin(part), side));
        }
        self.port.side_by_side(parts).await?;
        state.position = Some(upper);
        state.passed = lanes.iter().map(|lane| lane.passed).sum();
        state.changed = lanes.iter().map(|lane| lane.changed).sum();
        let sql = format!(
            "UPDATE concertina.backfill SET position = upper, rows_passed = {}, rows_changed = {},
                 updated_at = clock_timestamp() WHERE {};
             DELETE FROM concertina.lane WHERE {}",
            state.passed,
            state.changed,
            of(task),
            of(task)
        );
        self.write("to record that all parts of a backfill are passed", &sql)
            .await
    }

    /// Before a batch of a part beyond those that may always be at work: waits while somebody else uses the server.
    /// `looked` is when that was last looked at.
    pub(super) async fn stand_aside(
        &self,
        state: &State,
        looked: &mut Option<Duration>,
    ) -> Result<(), RunError> {
        let Some(lane) = &state.lane else {
            return Ok(());
        };
        loop {
            let (before, sql) = {
                let whole = lane.lock();
                (whole.going.range(..lane.number).count(), idle(&whole.own))
            };
            let now = self.port.elapsed();
            if before < self.options.batches.workers.max(1)
                || looked.is_some_and(|looked| now.saturating_sub(looked) < JOINED)
            {
                return Ok(());
            }
            let answer = self.port.run(sql).await;
            let answer =
                answer.map_err(|failed| failed.while_doing("to ask who uses the server"))?;
            *looked = (answer.value() == Some("t")).then_some(now);
            if looked.is_none() {
                self.port.sleep(LOOK).await;
            }
        }
    }

    async fn watch_pid(&self) -> Result<i32, RunError> {
        let answer = self.port.ask(Link::Watch, "SELECT pg_backend_pid()").await;
        let answer = answer.map_err(|failed| failed.while_doing("to know its own sessions"))?;
        let pid = answer.value().and_then(|pid| pid.parse().ok());
        pid.ok_or_else(|| RunError::Journal("a session has no process".to_owned()))
    }

    /// The parts as they stand in the journal.
    async fn read_lanes(&self, task: &Task<'_>, state: &State) -> Result<Vec<State>, RunError> {
        let sql = format!(
            "SELECT upper, position, rows_changed, rows_passed, batch_size, rate, held_rows
             FROM concertina.lane WHERE {} ORDER BY number",
            of(task)
        );
        let answer = self.port.run(sql).await;
        let answer = answer.map_err(|failed| failed.while_doing("to read a backfill"))?;
        let read = |row: &super::Row| {
            let column = |at: usize| row.get(at).and_then(Option::as_deref);
            let number = |at: usize| column(at)?.parse::<u64>().ok();
            Some(State {
                upper: serde_json::from_str(column(0)?).ok()?,
                position: match column(1) {
                    Some(position) => Some(serde_json::from_str(position).ok()?),
                    None => None,
                },
                changed: number(2)?,
                passed: number(3)?,
                size: number(4)?.max(1),
                rate: column(5).and_then(|rate| rate.parse().ok()),
                held: serde_json::from_str(column(6)?).ok()?,
                ..state.clone()
            })
        };
        let lanes: Option<Vec<State>> = answer.rows().iter().map(read).collect();
        lanes.ok_or_else(|| RunError::Journal("the parts of a backfill".to_owned()))
    }

    /// Into how many parts a backfill is divided at best, and for how many of them there must be a worker.
    fn parts(&self, state: &State, upper: &[String]) -> (usize, usize) {
        let size = if state.is_paged() {
            page(upper)
        } else {
            state.total
        };
        let limits = self.options.batches;
        // A table that has a few batches for each of them only is done before they are all connected.
        let is_worth = |workers: usize| {
            size >= (workers as u64)
                .saturating_mul(state.size)
                .saturating_mul(2)
        };
        let workers = limits.workers.max(1);
        let all = workers + limits.idle_workers;
        match (is_worth(all), is_worth(workers)) {
            (true, _) => (all, workers),
            (false, true) => (workers, workers),
            (false, false) => (1, 1),
        }
    }

    /// Divides a backfill into so many parts and writes them down; none where that is one.
    async fn begin_lanes(
        &self,
        task: &Task<'_>,
        cut: &Cut,
        state: &State,
        upper: &[String],
        parts: usize,
    ) -> Result<Vec<State>, RunError> {
        let workers = parts as u64;
        if workers < 2 {
            return Ok(Vec::new());
        }
        let mut ends = if state.is_paged() {
            let end = |part: u64| vec![(page(upper) * part / workers).to_string()];
            (1..workers).map(end).collect()
        } else {
            self.even_keys(cut, state, upper, workers).await?
        };
        ends.push(upper.to_vec());
        ends.dedup();
        if ends.len() < 2 {
            return Ok(Vec::new());
        }
        let mut rows = Vec::with_capacity(ends.len());
        let mut from = "NULL".to_owned();
        for (number, end) in ends.iter().enumerate() {
            let to = json(end);
            rows.push(format!(
                "({}, {}, {number}, {to}, {from}, {})",
                text(task.id),
                task.ordinal,
                state.size
            ));
            from = to;
        }
        let sql = format!(
            "INSERT INTO concertina.lane (migration, ordinal, number, upper, position, batch_size) VALUES {}",
            rows.join(", ")
        );
        self.write("to record the parts of a backfill", &sql)
            .await?;
        self.read_lanes(task, state).await
    }

    /// Keys that divide the rows into so many parts of about the same size, by a sample of their pages.
    async fn even_keys(
        &self,
        cut: &Cut,
        state: &State,
        upper: &[String],
        parts: u64,
    ) -> Result<Vec<Vec<String>>, RunError> {
        let percent = (100.0 * SAMPLE as f64 / state.total.max(1) as f64).min(100.0);
        let sql = format!(
            "SELECT DISTINCT ON (part) to_json(k) FROM
                 (SELECT ARRAY[{}] AS k, ntile({parts}) OVER keys AS part, row_number() OVER keys AS n
                  FROM {} AS b TABLESAMPLE SYSTEM ({percent:.4}) WHERE {} WINDOW keys AS (ORDER BY {})) sample
             ORDER BY part, n DESC",
            state.texts("b."),
            cut.table,
            state.range(upper),
            state.order("b.", ""),
        );
        let answer = self.port.run(sql).await;
        let answer = answer.map_err(|failed| failed.while_doing("to divide a backfill"))?;
        let key = |row: &super::Row| serde_json::from_str(row.first()?.as_deref()?).ok();
        let mut keys: Vec<Vec<String>> = answer.rows().iter().filter_map(key).collect();
        // The last part goes to the end of the table.
        keys.truncate((parts - 1) as usize);
        Ok(keys)
    }
}

/// SQL that says whether no client but these processes has run anything for a quarter of a second.
///
/// Of the sessions of other roles an ordinary role sees that they are there, and not what they do (manual, "The
/// Cumulative Statistics System"): they count as being at work.
fn idle(own: &[i32]) -> String {
    let own: Vec<String> = own.iter().map(i32::to_string).collect();
    format!(
        "SELECT NOT EXISTS (SELECT 1 FROM pg_stat_activity
             WHERE pid NOT IN ({})
                 AND coalesce(backend_type = 'client backend', datid IS NOT NULL AND usesysid IS NOT NULL)
                 AND (coalesce(state NOT LIKE 'idle%', true) OR state_change > clock_timestamp() - interval '250 ms'))",
        own.join(", ")
    )
}
