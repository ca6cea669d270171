//! What the observers for `tracing` and `metrics` make of real runs: spans, fields, names, numbers, no secrets.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use ::metrics::with_local_recorder;
use concertina::client::metrics::Metrics;
use concertina::client::tracing::Tracing;
use concertina::client::{Observer, Silent, Stamped, postgres, tokio_postgres};
use concertina::report::{openmetrics_all_text, openmetrics_text};
use concertina::run::metric::METRICS;
use concertina::run::{Event, Place, Runner, Stop};
use concertina::sql::Phase;
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

use super::scenario::*;

/// Keeps every event as a line: the spans it is in, then the event's fields; and a line for each span's end.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

#[derive(Default)]
struct Fields(String);

impl ::tracing::field::Visit for Fields {
    fn record_debug(&mut self, field: &::tracing::field::Field, value: &dyn std::fmt::Debug) {
        write!(self.0, " {}={value:?}", field.name()).unwrap();
    }
}

impl<S: ::tracing::Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Lines {
    fn on_new_span(
        &self,
        attributes: &::tracing::span::Attributes<'_>,
        id: &::tracing::Id,
        context: Context<'_, S>,
    ) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        context.span(id).unwrap().extensions_mut().insert(fields);
    }

    fn on_record(
        &self,
        id: &::tracing::Id,
        values: &::tracing::span::Record<'_>,
        context: Context<'_, S>,
    ) {
        let span = context.span(id).unwrap();
        values.record(span.extensions_mut().get_mut::<Fields>().unwrap());
    }

    fn on_event(&self, event: &::tracing::Event<'_>, context: Context<'_, S>) {
        let mut line = event.metadata().target().to_owned();
        for span in context.event_scope(event).unwrap().from_root() {
            write!(line, ">{}", span.name()).unwrap();
        }
        let mut fields = Fields::default();
        event.record(&mut fields);
        self.0
            .lock()
            .unwrap()
            .push(format!("{}: {line}{}", event.metadata().level(), fields.0));
    }

    fn on_close(&self, id: ::tracing::Id, context: Context<'_, S>) {
        let span = context.span(&id).unwrap();
        let fields = span.extensions_mut().remove::<Fields>().unwrap();
        let line = format!("end of {}{}", span.name(), fields.0);
        self.0.lock().unwrap().push(line);
    }
}

/// Every span and event of what is done, where the driver's own are left out.
fn traced(what: impl FnOnce()) -> Vec<String> {
    let lines = Lines::default();
    let ours = tracing_subscriber::filter::filter_fn(|metadata| metadata.target() == "concertina");
    let subscriber = tracing_subscriber::registry().with(lines.clone().with_filter(ours));
    ::tracing::subscriber::with_default(subscriber, what);
    Arc::try_unwrap(lines.0).map_or_else(
        |shared| shared.lock().unwrap().clone(),
        |own| own.into_inner().unwrap(),
    )
}

/// Holds the table for a while, with a word in a query that nobody is to read.
fn in_the_way(url: &str, until: Duration) -> std::thread::JoinHandle<()> {
    let mut blocker = client(url);
    for sql in [
        "SET application_name = 'reporting'",
        "BEGIN",
        "SELECT count(*) FROM users WHERE name = 'sesame'",
    ] {
        blocker.batch_execute(sql).unwrap();
    }
    std::thread::spawn(move || {
        std::thread::sleep(until);
        blocker.batch_execute("COMMIT").unwrap();
    })
}

/// The connection string with a password that a server which trusts everybody does not ask for.
fn with_password(url: &str) -> String {
    url.replace("postgres@", "postgres:sesame@")
}

#[test]
fn a_run_is_a_span_with_a_span_for_each_step_and_events_in_them() {
    let url = with_password(&database());
    let blocker = in_the_way(&url, Duration::from_millis(400));
    let mut names = Vec::new();
    let lines = traced(|| {
        let told = |stamped: &Stamped| {
            names.push((
                stamped.event.name(),
                serde_json::to_value(stamped).unwrap()["event"].clone(),
            ));
        };
        let mut both = (Tracing::new().database(postgres::shown(&url)), told);
        postgres::apply(&runner(rename()), &at(&url), &mut both).unwrap();
    });
    blocker.join().unwrap();
    let all = lines.join("\n");
    assert!(!all.contains("sesame"), "{all}");
    // Each event is there once under its own name.
    for (name, serialised) in &names {
        assert_eq!(serialised, name);
        assert!(all.contains(&format!(" event=\"{name}\"")), "{name}\n{all}");
    }
    let batches = names.iter().filter(|(name, _)| *name == "batch").count();
    assert_eq!(all.matches("event=\"batch\"").count(), batches, "{all}");
    let has = |words: &[&str]| {
        assert!(
            lines
                .iter()
                .any(|line| words.iter().all(|word| line.contains(word))),
            "{words:?}\n{all}"
        );
    };
    has(&[
        "INFO: concertina>apply>step",
        "event=\"blocker\"",
        "application=\"reporting\"",
        "query=\"SELECT count(*) FROM users WHERE name = ?\"",
    ]);
    has(&[
        "DEBUG: concertina>apply>step",
        "event=\"batch\"",
        "table=",
        "rows=700",
        "took_ms=",
        "done=",
    ]);
    has(&[
        "INFO: concertina>apply ",
        "event=\"migration-finished\"",
        "phase=\"contract\"",
    ]);
    has(&[
        "end of step file=\"migrations/V3__full_name_backfill.sql\" step=0 statement=0",
        "kind=\"backfill\"",
        "rows=3000",
    ]);
    let steps = |line: &&String| line.starts_with("end of step");
    let started = names.iter().filter(|(name, _)| *name == "step-started");
    assert_eq!(lines.iter().filter(steps).count(), started.count(), "{all}");
    let last = lines.last().unwrap();
    let database = postgres::shown(&url);
    assert_eq!(last, &format!("end of apply database={database:?}"));
}

#[test]
fn a_run_that_fails_says_so_in_the_span_of_its_step() {
    let url = with_password(&database());
    client(&url)
        .batch_execute("ALTER TABLE users ADD COLUMN full_name int")
        .unwrap();
    let mut observer = Tracing::new();
    let lines = traced(|| {
        postgres::apply(&runner(rename()), &at(&url), &mut observer).unwrap_err();
    });
    let all = lines.join("\n");
    assert!(!all.contains("sesame"), "{all}");
    let failed = lines.iter().find(|line| line.starts_with("ERROR"));
    let failed = failed.unwrap_or_else(|| panic!("{all}"));
    for words in [
        "ERROR: concertina>apply>step ",
        " sqlstate=\"42701\"",
        "V2__full_name_expand.sql:2: column",
    ] {
        assert!(failed.contains(words), "{words}: {failed}");
    }
    // The spans are closed, and the next run has its own.
    assert_eq!(lines.last().unwrap(), "end of apply");
    let nowhere = "postgresql://me:sesame@127.0.0.1:1/nowhere";
    let in_sync = traced(|| {
        postgres::apply(&runner(rename()), &at(nowhere), &mut observer).unwrap_err();
    });
    let in_async = traced(|| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let database = tokio_postgres::Database::new(nowhere).unwrap();
            tokio_postgres::apply(&runner(rename()), &database, &mut observer)
                .await
                .unwrap_err();
        });
    });
    assert_eq!(in_sync.len(), 2, "{in_sync:?}");
    assert!(in_sync[0].contains(": 127.0.0.1:1: "), "{in_sync:?}");
    assert!(!in_sync[0].contains("sesame"), "{in_sync:?}");
    assert_eq!(in_sync, in_async);
}

/// The numbers by name and labels, as Prometheus would write them: counters and gauges by value, histograms by
/// how many values and their sum.
fn numbers(snapshotter: &Snapshotter) -> BTreeMap<String, (f64, f64)> {
    let all = snapshotter.snapshot().into_vec().into_iter();
    all.map(|(key, _, described, value)| {
        let key = key.key();
        let known = METRICS.iter().find(|one| one.name == key.name());
        let known = known.unwrap_or_else(|| panic!("{} is in no list", key.name()));
        assert_eq!(described.as_deref(), Some(known.help));
        let labels: Vec<String> = key
            .labels()
            .map(|one| format!("{}=\"{}\"", one.key(), one.value()))
            .collect();
        let value = match value {
            DebugValue::Counter(count) => (count as f64, 0.0),
            DebugValue::Gauge(value) => (value.into_inner(), 0.0),
            DebugValue::Histogram(values) => (
                values.len() as f64,
                values.iter().map(|one| one.into_inner()).sum(),
            ),
        };
        (format!("{}{{{}}}", key.name(), labels.join(",")), value)
    })
    .collect()
}

#[test]
fn a_run_is_counted_and_timed_and_a_status_gives_the_same_gauges_as_openmetrics() {
    let url = database();
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let blocker = in_the_way(&url, Duration::from_millis(400));
    let upto = runner(rename()).phase(Phase::Migrate);
    let mut batches = 0;
    let count = |stamped: &Stamped| {
        batches += u32::from(matches!(stamped.event, Event::Batch { .. }));
    };
    let mut metrics = with_local_recorder(&recorder, || {
        let mut both = (Metrics::new(), count);
        postgres::apply(&upto, &at(&url), &mut both).unwrap();
        both.0
    });
    blocker.join().unwrap();
    let seen = numbers(&snapshotter);
    let value = |name: &str| {
        let found = seen.get(name);
        found
            .unwrap_or_else(|| panic!("{name} is missing: {seen:#?}"))
            .0
    };
    let file = "file=\"migrations/V3__full_name_backfill.sql\"";
    assert_eq!(value("concertina_runs_total{outcome=\"finished\"}"), 1.0);
    assert_eq!(
        value("concertina_migrations_applied_total{phase=\"expand\"}"),
        2.0
    );
    assert_eq!(value("concertina_steps_total{kind=\"transaction\"}"), 1.0);
    assert_eq!(value("concertina_steps_total{kind=\"alone\"}"), 1.0);
    assert_eq!(value("concertina_step_seconds{kind=\"backfill\"}"), 1.0);
    assert_eq!(
        value("concertina_lock_attempts_total{outcome=\"taken\"}"),
        1.0
    );
    let (delays, delay) = seen["concertina_lock_delay_seconds{}"];
    assert_eq!(delays, 1.0);
    assert!((0.2..5.0).contains(&delay), "{delay}");
    assert_eq!(value("concertina_blocking{kind=\"lock\",file=\"\"}"), 0.0);
    assert_eq!(
        value(&format!("concertina_backfill_rows_changed_total{{{file}}}")),
        3000.0
    );
    assert_eq!(
        value(&format!("concertina_backfill_batch_seconds{{{file}}}")),
        f64::from(batches)
    );
    assert_eq!(
        value(&format!("concertina_backfill_rows_done{{{file}}}")),
        3000.0
    );
    // An instance of the old release holds the contract; the gauges are those of the OpenMetrics text.
    let old = Runner::new(rename().into_iter().take(1).collect()).release(version("1.0.0"));
    let instance = postgres::start(&old, &at(&url), &mut Silent).unwrap();
    let all = runner(rename());
    let status = postgres::status(&all, &at(&url)).unwrap();
    with_local_recorder(&recorder, || {
        metrics.status(&status);
        Metrics::new().database("shop").status(&status);
    });
    let seen = numbers(&snapshotter);
    let text = openmetrics_text(&status);
    let named = openmetrics_all_text(&[("shop", &status)]);
    let lines = text.lines().chain(named.lines());
    for line in lines.filter(|line| !line.starts_with('#')) {
        let (name, value) = line.rsplit_once(' ').unwrap();
        assert_eq!(seen[name].0, value.parse::<f64>().unwrap(), "{name}");
    }
    let fleet = "concertina_instances{release=\"1.0.0\"}";
    assert_eq!(seen[fleet].0, 1.0);
    assert!(text.contains("concertina_blocking{kind=\"gate\""), "{text}");
    // What is not there any more is put back to 0.
    drop(instance);
    let status = postgres::status(&all, &at(&url)).unwrap();
    with_local_recorder(&recorder, || metrics.status(&status));
    assert_eq!(numbers(&snapshotter)[fleet].0, 0.0);
    // And a run that fails is counted as one.
    with_local_recorder(&recorder, || {
        let nowhere = at("postgresql://127.0.0.1:1/nowhere");
        postgres::apply(&all, &nowhere, &mut metrics).unwrap_err();
    });
    let seen = numbers(&snapshotter);
    assert_eq!(seen["concertina_runs_total{outcome=\"failed\"}"].0, 1.0);
}

#[test]
fn a_stop_is_a_gauge_while_it_lasts_and_then_a_duration() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let place = || Place {
        file: "V1.sql".to_owned(),
        step: 0,
        statement: 0,
    };
    let stamped = |event| Stamped {
        version: 1,
        event,
        at: SystemTime::UNIX_EPOCH,
    };
    let (lag, stopped) = (
        "concertina_stops_total{reason=\"replica-lag\"}",
        "concertina_blocking{kind=\"stopped\",file=\"V1.sql\"}",
    );
    let seen = with_local_recorder(&recorder, || {
        let mut metrics = Metrics::new();
        metrics.event(&stamped(Event::Stopped {
            at: place(),
            reason: Stop::ReplicaLag {
                replica: "r1".to_owned(),
                lag_ms: 9_000,
            },
        }));
        let during = numbers(&snapshotter);
        assert_eq!((during[lag].0, during[stopped].0), (1.0, 1.0));
        metrics.event(&stamped(Event::GoingOn {
            at: place(),
            stopped_ms: 2_500,
        }));
        numbers(&snapshotter)
    });
    assert_eq!(seen[stopped].0, 0.0);
    assert_eq!(
        seen["concertina_stop_seconds{reason=\"replica-lag\"}"],
        (1.0, 2.5)
    );
}
