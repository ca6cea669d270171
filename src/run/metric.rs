//! The names under which a run and the state of a database are measured: one list for every exporter.

use std::collections::BTreeMap;

use super::{Blocking, State, Status};

/// Something that is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metric {
    /// Its name, as Prometheus writes it.
    pub name: &'static str,
    /// What kind of number it is.
    pub kind: MetricKind,
    /// The names of its labels.
    pub labels: &'static [&'static str],
    /// What it counts or measures, in a sentence.
    pub help: &'static str,
}

/// The kinds of metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MetricKind {
    /// One of several words is 1, the others are 0; a gauge for those who know no state sets.
    StateSet,
    /// A value now.
    Gauge,
    /// A number that only grows, since the process has started.
    Counter,
    /// A distribution.
    Histogram,
}

impl MetricKind {
    /// Its name in OpenMetrics 1.0.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::StateSet => "stateset",
            Self::Gauge => "gauge",
            Self::Counter => "counter",
            Self::Histogram => "histogram",
        }
    }

    /// Whether a [`Status`] tells its value, rather than the events of a run alone.
    pub fn is_of_status(self) -> bool {
        match self {
            Self::StateSet | Self::Gauge => true,
            Self::Counter | Self::Histogram => false,
        }
    }
}

/// A metric with labels and its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Which one.
    pub metric: &'static Metric,
    /// Its labels, in the order in which the metric names them.
    pub labels: Vec<(&'static str, String)>,
    /// The value.
    pub value: f64,
}

/// Defines each metric under a name of its own, and the list of all.
macro_rules! metrics {
    ($($constant:ident = $name:literal $kind:ident [$($label:literal),*] $help:literal;)*) => {
        $(
            #[doc = $help]
            pub static $constant: Metric = Metric {
                name: $name,
                kind: MetricKind::$kind,
                labels: &[$($label),*],
                help: $help,
            };
        )*

        /// All of them, in the order in which they are shown.
        pub static METRICS: &[&Metric] = &[$(&$constant),*];
    };
}

metrics! {
    STATE = "concertina_state" StateSet ["concertina_state"]
        "Where the schema stands.";
    MIGRATIONS = "concertina_migrations" Gauge ["phase", "state"]
        "Migrations by phase and state.";
    BACKFILL_ROWS_DONE = "concertina_backfill_rows_done" Gauge ["file"]
        "Rows a backfill has passed.";
    BACKFILL_ROWS = "concertina_backfill_rows" Gauge ["file"]
        "Rows a backfill has to pass.";
    BACKFILL_RATE = "concertina_backfill_rows_per_second" Gauge ["file"]
        "Rows it passes in a second.";
    INSTANCES = "concertina_instances" Gauge ["release"]
        "Instances that are alive, by release.";
    BLOCKING = "concertina_blocking" Gauge ["kind", "file"]
        "What is in the way, by kind.";
    RUNS = "concertina_runs_total" Counter ["outcome"]
        "Runs that are over, finished or failed.";
    MIGRATIONS_APPLIED = "concertina_migrations_applied_total" Counter ["phase"]
        "Migrations applied by this process.";
    STEPS = "concertina_steps_total" Counter ["kind"]
        "Steps that are done.";
    STEP_SECONDS = "concertina_step_seconds" Histogram ["kind"]
        "How long a step took, with all that it waited.";
    LOCK_ATTEMPTS = "concertina_lock_attempts_total" Counter ["outcome"]
        "Attempts at the locks of a step, taken or missed.";
    LOCK_WAIT_SECONDS = "concertina_lock_wait_seconds" Histogram []
        "How long a missed attempt waited, and others behind it.";
    LOCK_DELAY_SECONDS = "concertina_lock_delay_seconds" Histogram []
        "From the first obstacle to the locks of a step until they were taken.";
    RETRIES = "concertina_retries_total" Counter []
        "What was tried again, for locks, deadlocks and serialization failures.";
    ROWS_CHANGED = "concertina_backfill_rows_changed_total" Counter ["file"]
        "Rows changed by the batches of a backfill.";
    ROWS_SKIPPED = "concertina_backfill_rows_skipped_total" Counter ["file"]
        "Rows a backfill left for later since somebody held them.";
    BATCH_SECONDS = "concertina_backfill_batch_seconds" Histogram ["file"]
        "How long a batch took.";
    STOPS = "concertina_stops_total" Counter ["reason"]
        "How often a run stood still, by the reason.";
    STOP_SECONDS = "concertina_stop_seconds" Histogram ["reason"]
        "For how long it stood still.";
    LEADER_WAITS = "concertina_leader_waits_total" Counter []
        "How often another runner was found at work.";
}

const STATES: [State; 6] = [
    State::Settled,
    State::Expanding,
    State::Migrating,
    State::Held,
    State::Contracting,
    State::Failed,
];

impl Metric {
    /// A sample of it; the labels' values in the order of their names.
    pub fn sample<const N: usize>(&'static self, labels: [&str; N], value: f64) -> Sample {
        let values = labels.iter().map(|value| (*value).to_owned());
        Sample {
            metric: self,
            labels: self.labels.iter().copied().zip(values).collect(),
            value,
        }
    }
}

impl Status {
    /// What a status measures, metric by metric in the order of [`METRICS`].
    pub fn samples(&self) -> Vec<Sample> {
        let state = STATES.map(|one| {
            let on = u8::from(one == self.state);
            STATE.sample([one.as_str()], on.into())
        });
        let mut samples = Vec::from(state);
        let mut counts: BTreeMap<(&str, &str), u32> = BTreeMap::new();
        for one in &self.migrations {
            *counts.entry((one.phase.as_str(), one.state)).or_default() += 1;
        }
        let counts = counts.into_iter();
        samples.extend(
            counts.map(|((phase, state), count)| MIGRATIONS.sample([phase, state], count.into())),
        );
        let with = |one: &'_ super::MigrationStatus| Some((one.file.clone(), one.progress?));
        let backfills = || self.migrations.iter().filter_map(with);
        samples.extend(
            backfills().map(|(file, one)| BACKFILL_ROWS_DONE.sample([&file], one.done as f64)),
        );
        samples
            .extend(backfills().map(|(file, one)| BACKFILL_ROWS.sample([&file], one.total as f64)));
        samples.extend(
            backfills().filter_map(|(file, one)| Some(BACKFILL_RATE.sample([&file], one.rate?))),
        );
        let mut fleet: BTreeMap<&str, u32> = BTreeMap::new();
        for one in self.instances.iter().filter(|one| one.alive) {
            *fleet.entry(&one.release).or_default() += 1;
        }
        let fleet = fleet.into_iter();
        samples.extend(fleet.map(|(release, count)| INSTANCES.sample([release], count.into())));
        let mut blocking: BTreeMap<(&str, &str), u64> = BTreeMap::new();
        for one in &self.blocking {
            let (kind, file, count) = match one {
                Blocking::Gate { file, reasons } => ("gate", file.as_str(), reasons.len() as u64),
                Blocking::Lock(_) => ("lock", "", 1),
                Blocking::Stopped { file, .. } => ("stopped", file.as_str(), 1),
            };
            *blocking.entry((kind, file)).or_default() += count;
        }
        let blocking = blocking.into_iter();
        samples.extend(
            blocking.map(|((kind, file), count)| BLOCKING.sample([kind, file], count as f64)),
        );
        samples
    }
}
