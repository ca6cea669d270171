//! How things stand as OpenMetrics text (OpenMetrics 1.0), for Prometheus and the like.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::run::{Blocking, State, Status};

const STATES: [State; 6] = [
    State::Settled,
    State::Expanding,
    State::Migrating,
    State::Held,
    State::Contracting,
    State::Failed,
];

/// The whole document, with `# EOF` at its end.
pub fn openmetrics_text(status: &Status) -> String {
    let mut text = Exposition::default();
    text.family("concertina_state", "stateset", "Where the schema stands.");
    for state in STATES {
        let on = u64::from(state == status.state);
        text.sample(
            "concertina_state",
            &[("concertina_state", state.as_str())],
            on as f64,
        );
    }
    let mut counts: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for one in &status.migrations {
        *counts.entry((one.phase.as_str(), one.state)).or_default() += 1;
    }
    text.family(
        "concertina_migrations",
        "gauge",
        "Migrations by phase and state.",
    );
    for ((phase, state), count) in counts {
        let labels = [("phase", phase), ("state", state)];
        text.sample("concertina_migrations", &labels, count as f64);
    }
    let backfills = || {
        let with = |one: &'_ crate::run::MigrationStatus| Some((one.file.clone(), one.progress?));
        status.migrations.iter().filter_map(with)
    };
    text.family(
        "concertina_backfill_rows_done",
        "gauge",
        "Rows a backfill has passed.",
    );
    for (file, progress) in backfills() {
        text.sample(
            "concertina_backfill_rows_done",
            &[("file", &file)],
            progress.done as f64,
        );
    }
    text.family(
        "concertina_backfill_rows",
        "gauge",
        "Rows a backfill has to pass.",
    );
    for (file, progress) in backfills() {
        text.sample(
            "concertina_backfill_rows",
            &[("file", &file)],
            progress.total as f64,
        );
    }
    text.family(
        "concertina_backfill_rows_per_second",
        "gauge",
        "Rows it passes in a second.",
    );
    for (file, progress) in backfills() {
        if let Some(rate) = progress.rate {
            text.sample(
                "concertina_backfill_rows_per_second",
                &[("file", &file)],
                rate,
            );
        }
    }
    let mut fleet: BTreeMap<&str, u64> = BTreeMap::new();
    for one in status.instances.iter().filter(|one| one.alive) {
        *fleet.entry(&one.release).or_default() += 1;
    }
    text.family(
        "concertina_instances",
        "gauge",
        "Instances that are alive, by release.",
    );
    for (release, count) in fleet {
        text.sample(
            "concertina_instances",
            &[("release", release)],
            count as f64,
        );
    }
    let mut blocking: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for one in &status.blocking {
        let (kind, file, count) = match one {
            Blocking::Gate { file, reasons } => ("gate", file.as_str(), reasons.len() as u64),
            Blocking::Lock(_) => ("lock", "", 1),
            Blocking::Stopped { file, .. } => ("stopped", file.as_str(), 1),
        };
        *blocking.entry((kind, file)).or_default() += count;
    }
    text.family(
        "concertina_blocking",
        "gauge",
        "What is in the way, by kind.",
    );
    for ((kind, file), count) in blocking {
        text.sample(
            "concertina_blocking",
            &[("kind", kind), ("file", file)],
            count as f64,
        );
    }
    text.0.push_str("# EOF\n");
    text.0
}

#[derive(Default)]
struct Exposition(String);

impl Exposition {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.0, "# TYPE {name} {kind}\n# HELP {name} {help}");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: f64) {
        let labels = labels.iter().map(|(label, value)| {
            let value = value
                .replace('\\', "\\\\")
                .replace('"', "\\\"")
                .replace('\n', "\\n");
            format!("{label}=\"{value}\"")
        });
        let labels = labels.collect::<Vec<_>>().join(",");
        // Writing to a String cannot fail.
        let _ = writeln!(self.0, "{name}{{{labels}}} {value}");
    }
}
