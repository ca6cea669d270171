//! Why a backfill stands still for a while, and what an operator has asked of the run.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::command::Row;
use super::event::Place;
use super::lead::{Desk, millis};
use super::options::BatchLimits;
use super::quote::text;
use super::range::State;
use super::step::Task;
use super::{Event, RunError, journal};

/// The server is asked no more often than this.
const ASK: Duration = Duration::from_millis(500);
/// How long to stand still before asking again.
const AGAIN: Duration = Duration::from_millis(250);

/// Why the runner stands still.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "stop", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Stop {
    /// Somebody has said so.
    Paused {
        /// Why.
        because: String,
        /// Who.
        by: String,
    },
    /// A replica is behind.
    ReplicaLag {
        /// Its `application_name`.
        replica: String,
        /// By how much, in milliseconds.
        lag_ms: u64,
    },
    /// More write-ahead log is written than allowed.
    WalRate {
        /// Bytes in a second, by everybody together.
        bytes_per_s: u64,
    },
    /// Sessions have waited for rows of a batch.
    Waiters {
        /// How many.
        sessions: u64,
    },
    /// An autovacuum works on the table: what it frees, the next batches need not add.
    Autovacuum,
    /// The caller's own check objects.
    Caller {
        /// Its reason.
        reason: String,
    },
}

impl Stop {
    /// Its kind, as it is serialised.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Paused { .. } => "paused",
            Self::ReplicaLag { .. } => "replica-lag",
            Self::WalRate { .. } => "wal-rate",
            Self::Waiters { .. } => "waiters",
            Self::Autovacuum => "autovacuum",
            Self::Caller { .. } => "caller",
        }
    }
}

impl std::fmt::Display for Stop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Paused { because, by } => write!(f, "paused by {by}: {because}"),
            Self::ReplicaLag { replica, lag_ms } => write!(
                f,
                "replica {replica} is {:.1} s behind",
                *lag_ms as f64 / 1000.0
            ),
            Self::WalRate { bytes_per_s } => write!(
                f,
                "{:.1} MB of write-ahead log a second",
                *bytes_per_s as f64 / 1e6
            ),
            Self::Waiters { sessions } => {
                write!(f, "{sessions} sessions waited for rows of a batch")
            }
            Self::Autovacuum => f.write_str("autovacuum works on the table"),
            Self::Caller { reason } => f.write_str(reason),
        }
    }
}

/// Settings of batches that are changed while a run is under way; none leaves one as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tuning {
    /// Rows in a batch; from then on the size is not steered any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// How long a batch should take, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_ms: Option<u64>,
    /// The pause between two batches, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pause_ms: Option<u64>,
    /// How far a replica may be behind, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lag_ms: Option<u64>,
}

impl Tuning {
    pub(super) fn apply(self, limits: &mut BatchLimits) {
        let set = |to: &mut Duration, ms: Option<u64>| {
            if let Some(ms) = ms {
                *to = Duration::from_millis(ms);
            }
        };
        set(&mut limits.target, self.target_ms);
        set(&mut limits.pause, self.pause_ms);
        set(&mut limits.lag, self.lag_ms);
    }
}

/// What a run knows of load and orders between two batches.
#[derive(Debug, Default)]
pub(super) struct Throttle {
    /// Since the server was last asked.
    since: Option<Duration>,
    /// Its clock and the end of its log at that time.
    wal: Option<(f64, f64)>,
    pub(super) tuning: Tuning,
    /// When the rate was last measured.
    pub(super) measured: Option<Duration>,
}

impl Throttle {
    /// The limits as they are now.
    pub(super) fn limits(&self, base: BatchLimits) -> BatchLimits {
        let mut limits = base;
        self.tuning.apply(&mut limits);
        limits
    }
}

/// One answer of the server.
struct Signs {
    paused: Option<Stop>,
    aborted: Option<String>,
    tuning: Tuning,
    lag: Option<(String, f64)>,
    vacuum: bool,
    clock: f64,
    wal: f64,
}

impl Desk {
    /// Before a step: waits while the run is paused.
    ///
    /// # Errors
    /// Somebody has aborted the run.
    pub(super) async fn heed(&self, at: &Place) -> Result<(), RunError> {
        let mut told = None;
        loop {
            let signs = self.signs(None).await?;
            if let Some(because) = signs.aborted {
                return Err(RunError::Aborted { because });
            }
            let Some(stop) = signs.paused else {
                return Ok(());
            };
            self.tell_stop(at, &stop, &mut told).await;
            self.port.sleep(AGAIN).await;
        }
    }

    /// Between two batches: waits while something speaks against the next one. What comes from load
    /// holds it up for no longer than [`BatchLimits::longest_stop`]: then one batch goes ahead.
    pub(super) async fn throttle(
        &self,
        task: &Task<'_>,
        table: &str,
        state: &State,
        throttle: &mut Throttle,
    ) -> Result<(), RunError> {
        let now = self.port.elapsed();
        if throttle
            .since
            .is_some_and(|since| now.saturating_sub(since) < ASK)
        {
            return Ok(());
        }
        let (at, mut told, mut stood) = (task.place(), None, Duration::ZERO);
        loop {
            let signs = self.signs(Some(table)).await?;
            throttle.since = Some(self.port.elapsed());
            throttle.tuning = signs.tuning;
            if let Some(because) = signs.aborted {
                return Err(RunError::Aborted { because });
            }
            let limits = throttle.limits(self.options.batches);
            let before = throttle.wal.replace((signs.clock, signs.wal));
            let load = if stood < limits.longest_stop {
                match load(&signs, before, limits) {
                    None => self.port.consult(&at, state.progress()).await,
                    Some(stop) => Some(stop),
                }
            } else {
                None
            };
            let Some(stop) = signs.paused.or(load) else {
                break;
            };
            if told.as_ref() != Some(&std::mem::discriminant(&stop)) {
                let kept = format!(
                    "UPDATE concertina.backfill SET stopped = {} WHERE {}",
                    super::quote::json(&stop),
                    of(task)
                );
                self.write("to record why a backfill stands still", &kept)
                    .await?;
            }
            self.tell_stop(&at, &stop, &mut told).await;
            self.port.sleep(AGAIN).await;
            stood += AGAIN;
        }
        if told.is_some() {
            let kept = format!(
                "UPDATE concertina.backfill SET stopped = NULL WHERE {}",
                of(task)
            );
            self.write("to record that a backfill goes on", &kept)
                .await?;
            let stopped_ms = millis(stood);
            self.port.tell(Event::GoingOn { at, stopped_ms }).await;
        }
        Ok(())
    }

    async fn tell_stop(
        &self,
        at: &Place,
        stop: &Stop,
        told: &mut Option<std::mem::Discriminant<Stop>>,
    ) {
        let kind = std::mem::discriminant(stop);
        if told.replace(kind) != Some(kind) {
            let (at, reason) = (at.clone(), stop.clone());
            self.port.tell(Event::Stopped { at, reason }).await;
        }
    }

    /// Asks the server for orders, and, where a table is named, for its load.
    async fn signs(&self, table: Option<&str>) -> Result<Signs, RunError> {
        let load = match table {
            None => "NULL, NULL, NULL, NULL, NULL".to_owned(),
            Some(table) => format!(
                "(SELECT application_name FROM replica), (SELECT lag FROM replica),
                 EXISTS (SELECT 1 FROM pg_stat_progress_vacuum v JOIN pg_stat_activity a USING (pid)
                         WHERE v.relid = to_regclass({}) AND a.backend_type = 'autovacuum worker'),
                 extract(epoch FROM clock_timestamp()), pg_current_wal_lsn() - '0/0'::pg_lsn",
                text(table)
            ),
        };
        let answer = self
            .port
            .run(format!(
                "WITH replica AS (SELECT application_name, extract(epoch FROM replay_lag) AS lag
                     FROM pg_stat_replication WHERE replay_lag IS NOT NULL ORDER BY replay_lag DESC LIMIT 1)
                 SELECT (SELECT jsonb_object_agg(name, to_jsonb(c)) FROM concertina.control c), {load}"
            ))
            .await
            .map_err(|failed| failed.while_doing("to ask about load and orders"))?;
        let row: Row = answer.rows().first().cloned().unwrap_or_default();
        let column = |at: usize| row.get(at).and_then(Option::as_deref);
        let number = |at: usize| column(at).and_then(|value| value.parse::<f64>().ok());
        let orders: serde_json::Value = column(0)
            .and_then(|document| serde_json::from_str(document).ok())
            .unwrap_or_default();
        let words = |order: &str, field: &str| {
            orders.get(order).map(|one| {
                one.get(field)
                    .and_then(|word| word.as_str())
                    .unwrap_or_default()
                    .to_owned()
            })
        };
        // An order to abort is meant for the run that was under way.
        let abort = self.options.scope.name("abort");
        let token = orders
            .get(&abort)
            .and_then(|one| one.get("value")?.as_i64());
        Ok(Signs {
            paused: words("pause", "because").map(|because| Stop::Paused {
                because,
                by: words("pause", "by").unwrap_or_default(),
            }),
            aborted: words(&abort, "because").filter(|_| token == Some(self.token())),
            tuning: orders
                .get("batch")
                .and_then(|one| serde_json::from_value(one.get("value")?.clone()).ok())
                .unwrap_or_default(),
            lag: column(1).map(str::to_owned).zip(number(2)),
            vacuum: column(3) == Some("t"),
            clock: number(4).unwrap_or_default(),
            wal: number(5).unwrap_or_default(),
        })
    }

    /// Gives an order to whoever runs.
    pub(super) async fn order(&self, doing: &str, sql: &str) -> Result<(), RunError> {
        if !journal::exists(&self.port).await? {
            return Err(RunError::NoJournal);
        }
        journal::ready(&self.port).await?;
        let ordered = self.port.run(sql).await;
        ordered.map_err(|failed| failed.while_doing(doing))?;
        Ok(())
    }
}

/// What of the load speaks against another batch.
fn load(signs: &Signs, before: Option<(f64, f64)>, limits: BatchLimits) -> Option<Stop> {
    if let Some((replica, lag)) = &signs.lag
        && *lag > limits.lag.as_secs_f64()
    {
        let (replica, lag_ms) = (replica.clone(), (lag * 1000.0) as u64);
        return Some(Stop::ReplicaLag { replica, lag_ms });
    }
    if let (Some(most), Some((clock, wal))) = (limits.wal, before)
        && signs.clock > clock
    {
        let bytes_per_s = ((signs.wal - wal) / (signs.clock - clock)) as u64;
        if bytes_per_s > most {
            return Some(Stop::WalRate { bytes_per_s });
        }
    }
    (limits.autovacuum && signs.vacuum).then_some(Stop::Autovacuum)
}

/// The row of a backfill.
pub(super) fn of(task: &Task<'_>) -> String {
    format!(
        "migration = {} AND ordinal = {}",
        text(task.id),
        task.ordinal
    )
}

/// SQL that leaves an order.
pub(super) fn ordering(name: &str, value: &str, because: &str, by: &str) -> String {
    format!(
        "INSERT INTO concertina.control (name, value, because, by) VALUES ({}, {value}, {}, {})
         ON CONFLICT (name) DO UPDATE SET value = excluded.value, because = excluded.because,
             by = excluded.by, at = clock_timestamp()",
        text(name),
        text(because),
        text(by)
    )
}
