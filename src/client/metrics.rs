//! An observer that measures a run through the `metrics` facade.
//!
//! ```no_run
//! # #[cfg(feature = "postgres")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use concertina::client::{metrics::Metrics, postgres};
//! use concertina::run::Runner;
//!
//! // The application has installed a recorder, such as that of `metrics-exporter-prometheus`.
//! let database = postgres::Database::new("postgresql://app@db.example/shop")?;
//! let runner = Runner::new(Vec::new());
//! let mut metrics = Metrics::new();
//! postgres::apply(&runner, &database, &mut metrics)?;
//! // Again and again: the state of the schema, the fleet, what is in the way.
//! metrics.status(&postgres::status(&runner, &database)?);
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "postgres"))]
//! # fn main() {}
//! ```

use std::time::{Duration, SystemTime};

use metrics::{
    Label, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};

use super::{Observer, Stamped};
use crate::run::metric::{self, METRICS, MetricKind, Sample};
use crate::run::{Event, RunError, Status};

/// Measures runs, under the names of [`METRICS`], with the recorder that is installed.
#[derive(Debug, Default)]
pub struct Metrics {
    database: Option<String>,
    /// The gauges that a status or an event has set and that are not 0: one that the next status does
    /// not tell any more is put back.
    set: Vec<Sample>,
    step: Option<Step>,
    /// Why the run stands still.
    stop: Option<&'static str>,
}

/// The step that is under way.
#[derive(Debug)]
struct Step {
    kind: String,
    began: SystemTime,
    /// When something was first in the way of its locks.
    delayed: Option<SystemTime>,
    /// Whether it is already counted that its locks were had.
    counted: bool,
}

impl Metrics {
    /// An observer of one run after another. It describes the metrics to the recorder that is installed.
    pub fn new() -> Self {
        for one in METRICS {
            match one.kind {
                MetricKind::StateSet | MetricKind::Gauge => describe_gauge!(one.name, one.help),
                MetricKind::Counter => describe_counter!(one.name, one.help),
                MetricKind::Histogram => describe_histogram!(one.name, one.help),
            }
        }
        Self::default()
    }

    /// Names the database in a label `database` of everything that is measured, for those who have several.
    #[must_use]
    pub fn database(mut self, name: impl Into<String>) -> Self {
        self.database = Some(name.into());
        self
    }

    fn labels(&self, sample: &Sample) -> Vec<Label> {
        let database = self.database.iter();
        let database = database.map(|name| Label::new("database", name.clone()));
        let own = sample.labels.iter();
        let own = own.map(|(name, value)| Label::new(*name, value.clone()));
        database.chain(own).collect()
    }

    fn count(&self, sample: Sample) {
        counter!(sample.metric.name, self.labels(&sample)).increment(sample.value as u64);
    }

    fn record(&self, sample: Sample) {
        histogram!(sample.metric.name, self.labels(&sample)).record(sample.value);
    }

    /// Sets all gauges to what a status tells.
    pub fn status(&mut self, status: &Status) {
        let samples = status.samples();
        for gone in std::mem::take(&mut self.set) {
            let told = |one: &Sample| one.metric == gone.metric && one.labels == gone.labels;
            if !samples.iter().any(told) {
                gauge!(gone.metric.name, self.labels(&gone)).set(0.0);
            }
        }
        for one in samples {
            self.set(one);
        }
    }

    fn set(&mut self, sample: Sample) {
        gauge!(sample.metric.name, self.labels(&sample)).set(sample.value);
        self.set
            .retain(|one| one.metric != sample.metric || one.labels != sample.labels);
        if sample.value != 0.0 {
            self.set.push(sample);
        }
    }

    /// How many are in the way of the runner now.
    fn blocked_by(&mut self, sessions: usize) {
        self.set(metric::BLOCKING.sample(["lock", ""], sessions as f64));
    }

    /// Something was in the way of a step's locks.
    fn delayed(&mut self, at: SystemTime) {
        if let Some(step) = &mut self.step {
            step.delayed.get_or_insert(at);
        }
    }

    /// The locks of a step were had.
    fn taken(&mut self, at: SystemTime) {
        self.blocked_by(0);
        let Some(step) = &mut self.step else {
            return;
        };
        let counted = std::mem::replace(&mut step.counted, true);
        let delayed = step.delayed.take();
        if !counted {
            self.count(metric::LOCK_ATTEMPTS.sample(["taken"], 1.0));
        }
        if let Some(delayed) = delayed {
            self.record(metric::LOCK_DELAY_SECONDS.sample([], seconds(delayed, at)));
        }
    }

    fn stopped(&mut self, file: &str, on: bool) {
        self.set(metric::BLOCKING.sample(["stopped", file], u8::from(on).into()));
    }
}

impl Observer for Metrics {
    fn event(&mut self, stamped: &Stamped) {
        let now = stamped.at;
        match &stamped.event {
            Event::LeaderWaiting { .. } => self.count(metric::LEADER_WAITS.sample([], 1.0)),
            Event::StepStarted { kind, .. } => {
                self.step = Some(Step {
                    kind: kind.clone(),
                    began: now,
                    delayed: None,
                    counted: false,
                });
            }
            Event::StandingBack { blockers, .. } => {
                self.blocked_by(blockers.len());
                self.delayed(now);
            }
            Event::Waiting { blockers, .. } => self.blocked_by(blockers.len()),
            Event::LockWaiting {
                timeout_ms,
                blockers,
                ..
            } => {
                self.blocked_by(blockers.len());
                self.delayed(now);
                self.count(metric::LOCK_ATTEMPTS.sample(["missed"], 1.0));
                let waited = Duration::from_millis(*timeout_ms).as_secs_f64();
                self.record(metric::LOCK_WAIT_SECONDS.sample([], waited));
            }
            Event::Retry { .. } => self.count(metric::RETRIES.sample([], 1.0)),
            Event::LockAcquired { .. } => self.taken(now),
            Event::Batch {
                at,
                rows,
                progress,
                took_ms,
                ..
            } => {
                let file = at.file.as_str();
                self.count(metric::ROWS_CHANGED.sample([file], *rows as f64));
                let took = Duration::from_millis(*took_ms).as_secs_f64();
                self.record(metric::BATCH_SECONDS.sample([file], took));
                self.set(metric::BACKFILL_ROWS_DONE.sample([file], progress.done as f64));
                self.set(metric::BACKFILL_ROWS.sample([file], progress.total as f64));
                if let Some(rate) = progress.rate {
                    self.set(metric::BACKFILL_RATE.sample([file], rate));
                }
                self.stopped(file, false);
            }
            Event::RowsHeld { at, rows, blockers } => {
                self.blocked_by(blockers.len());
                self.count(metric::ROWS_SKIPPED.sample([&at.file], *rows as f64));
            }
            Event::Stopped { at, reason } => {
                self.stop = Some(reason.kind());
                self.count(metric::STOPS.sample([reason.kind()], 1.0));
                self.stopped(&at.file, true);
            }
            Event::GoingOn { at, stopped_ms } => {
                let stood = Duration::from_millis(*stopped_ms).as_secs_f64();
                if let Some(reason) = self.stop.take() {
                    self.record(metric::STOP_SECONDS.sample([reason], stood));
                }
                self.stopped(&at.file, false);
            }
            Event::StepFinished { at } => {
                let kind = self.step.as_ref().map(|step| step.kind.clone());
                if kind.as_deref() == Some("transaction") {
                    self.taken(now);
                }
                self.blocked_by(0);
                self.stopped(&at.file, false);
                if let Some(step) = self.step.take() {
                    self.count(metric::STEPS.sample([&step.kind], 1.0));
                    self.record(
                        metric::STEP_SECONDS.sample([&step.kind], seconds(step.began, now)),
                    );
                }
            }
            Event::MigrationFinished { file, phase } => {
                self.count(metric::MIGRATIONS_APPLIED.sample([phase.as_str()], 1.0));
                self.set(metric::BLOCKING.sample(["gate", file], 0.0));
            }
            Event::GateHeld { file, reasons } => {
                self.set(metric::BLOCKING.sample(["gate", file], reasons.len() as f64));
            }
            Event::Adopted { .. }
            | Event::Remaining { .. }
            | Event::Frozen { .. }
            | Event::Deferred { .. }
            | Event::Finished { .. } => {}
        }
    }

    fn ended(&mut self, error: Option<&RunError>) {
        let outcome = match error {
            None => "finished",
            Some(_) => "failed",
        };
        self.count(metric::RUNS.sample([outcome], 1.0));
        // Nobody is in the way of a run that is over.
        self.blocked_by(0);
        (self.step, self.stop) = (None, None);
    }
}

fn seconds(from: SystemTime, to: SystemTime) -> f64 {
    // A clock that was put back meanwhile measures nothing.
    to.duration_since(from).unwrap_or_default().as_secs_f64()
}
