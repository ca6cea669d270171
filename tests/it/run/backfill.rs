//! Backfills while others hold rows, under load, and under orders given while they run.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use concertina::client::{Flow, Observer, Silent, Stamped, postgres};
use concertina::run::{
    BatchLimits, Blocking, Command, Event, Place, Progress, RunError, Stop, Tuning,
};
use concertina::sql::Migration;

use super::scenario::*;

fn data(text: &str) -> Vec<Migration> {
    vec![migration('V', 2, "data", text)]
}

fn count(url: &str, question: &str) -> i64 {
    client(url).query_one(question, &[]).unwrap().get(0)
}

/// A transaction that holds rows for a while; gives the thread that lets them go.
fn hold(url: &str, sql: &str, for_how_long: Duration) -> std::thread::JoinHandle<()> {
    let mut holder = client(url);
    holder
        .batch_execute("SET application_name = 'holder'")
        .unwrap();
    holder.batch_execute("BEGIN").unwrap();
    holder.batch_execute(sql).unwrap();
    std::thread::spawn(move || {
        std::thread::sleep(for_how_long);
        holder.batch_execute("COMMIT").unwrap();
    })
}

/// The backfill has reached each row of [`database`] once.
fn every_row_is_filled(url: &str) {
    assert_eq!(
        count(url, "SELECT count(*) FROM users WHERE age = id % 90 + 1000"),
        ROWS
    );
}

#[test]
fn held_rows_are_left_out_stall_nobody_and_are_done_once_all_the_same() {
    let url = database();
    client(&url)
        .batch_execute(
            "CREATE TABLE heap (v int, w int) WITH (autovacuum_enabled = off);
             INSERT INTO heap (v) SELECT generate_series(1, 20000);
             CREATE TABLE parts (id int PRIMARY KEY, n int) PARTITION BY RANGE (id);
             CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (1000);
             CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (1000) TO (3000);
             INSERT INTO parts SELECT i, 0 FROM generate_series(1, 2000) i",
        )
        .unwrap();
    let holding = "UPDATE users SET name = 'held' WHERE id IN (100, 1500, 2999);
         UPDATE heap SET v = v WHERE v IN (10, 10000); SELECT * FROM parts WHERE id IN (7, 1007) FOR UPDATE";
    let released = hold(&url, holding, Duration::from_millis(1_500));
    let done = AtomicBool::new(false);
    let text = "UPDATE users SET age = age + 1000;
        UPDATE heap SET w = v * 2 WHERE w IS NULL;
        UPDATE parts SET n = n + 1;";
    let mut held = Vec::new();
    let mut observer = |stamped: &Stamped| {
        if let Event::RowsHeld { blockers, .. } = &stamped.event {
            held.extend(blockers.clone());
        }
    };
    let worst = std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let (mut client, mut worst, mut turn) = (client(&url), Duration::ZERO, 0_i64);
            while !done.load(Ordering::Relaxed) {
                turn = (turn + 37) % ROWS;
                // The three held rows are the holder's own affair.
                if [100, 1500, 2999].contains(&turn) {
                    continue;
                }
                let asked = Instant::now();
                client
                    .execute("UPDATE users SET name = name WHERE id = $1", &[&turn])
                    .unwrap();
                worst = worst.max(asked.elapsed());
            }
            worst
        });
        postgres::apply(&runner(data(text)), &at(&url), &mut observer).unwrap();
        done.store(true, Ordering::Relaxed);
        writer.join().unwrap()
    });
    released.join().unwrap();
    assert!(
        worst < Duration::from_millis(500),
        "a writer waited {worst:?}"
    );
    assert!(
        held.iter().any(|one| one.application == "holder"),
        "{held:?}"
    );
    every_row_is_filled(&url);
    assert_eq!(
        count(&url, "SELECT count(*) FROM heap WHERE w = v * 2"),
        20_000
    );
    assert_eq!(count(&url, "SELECT count(*) FROM parts WHERE n = 1"), 2_000);
}

/// Killed while rows are held: what is written down is done by the next run, once.
#[test]
fn held_rows_survive_a_kill() {
    struct KillWhenHeld(bool);
    impl Observer for KillWhenHeld {
        fn event(&mut self, stamped: &Stamped) {
            self.0 |= matches!(stamped.event, Event::RowsHeld { .. });
        }
        fn command(&mut self, command: &Command) -> Flow {
            match command {
                Command::Sleep(_) if self.0 => Flow::Stop,
                _ => Flow::Go,
            }
        }
    }
    let url = database();
    let released = hold(
        &url,
        "SELECT * FROM users WHERE id IN (100, 1500) FOR UPDATE",
        Duration::from_millis(1_000),
    );
    let runner = runner(data("UPDATE users SET age = age + 1000;"));
    let killed = postgres::apply(&runner, &at(&url), &mut KillWhenHeld(false));
    assert!(matches!(killed, Err(RunError::Stopped)), "{killed:?}");
    assert_eq!(
        count(
            &url,
            "SELECT jsonb_array_length(held_rows)::bigint FROM concertina.backfill"
        ),
        2
    );
    released.join().unwrap();
    postgres::apply(&runner, &at(&url), &mut Silent).unwrap();
    every_row_is_filled(&url);
}

#[test]
fn a_unique_key_serves_where_there_is_no_primary_key() {
    let url = database();
    client(&url)
        .batch_execute(
            "CREATE TABLE codes (a text NOT NULL, b int NOT NULL, c int UNIQUE, n int, UNIQUE (a, b));
             INSERT INTO codes SELECT 'x' || i % 7, i, NULL, 0 FROM generate_series(1, 2000) i",
        )
        .unwrap();
    postgres::apply(
        &runner(data("UPDATE codes SET n = n + 1;")),
        &at(&url),
        &mut Silent,
    )
    .unwrap();
    assert_eq!(count(&url, "SELECT count(*) FROM codes WHERE n = 1"), 2_000);
    let key: String = client(&url)
        .query_one("SELECT key::text FROM concertina.backfill", &[])
        .unwrap()
        .get(0);
    assert!(key.contains("\"a\"") && key.contains("\"b\""), "{key}");
}

#[test]
fn orders_are_heeded_while_a_backfill_runs() {
    let url = database();
    let small = BatchLimits {
        size: 50,
        largest: 50,
        ..BatchLimits::default()
    };
    let runner = runner(data("UPDATE users SET age = age + 1000;"))
        .batches(small)
        .name("the run");
    let operator = concertina::run::Runner::new(Vec::new()).name("operator");
    let (mut sizes, mut stopped, mut went_on) = (Vec::new(), Vec::new(), 0);
    let mut observer = |stamped: &Stamped| match &stamped.event {
        Event::Batch { rows, .. } => {
            sizes.push(*rows);
            if sizes.len() == 2 {
                postgres::pause(&operator, &at(&url), "lunch").unwrap();
            }
        }
        Event::Stopped { reason, .. } => {
            stopped.push(reason.clone());
            let status = postgres::status(&operator, &at(&url)).unwrap();
            assert!(
                matches!(
                    &status.blocking[..],
                    [Blocking::Stopped {
                        reason: Stop::Paused { .. },
                        ..
                    }]
                ),
                "{:?}",
                status.blocking
            );
            let tuning = Tuning {
                size: Some(700),
                ..Tuning::default()
            };
            postgres::resume(&operator, &at(&url), tuning).unwrap();
        }
        Event::GoingOn { .. } => went_on += 1,
        _ => {}
    };
    // The server is asked for orders twice a second: batches must take longer than that together.
    let slow = runner.clone().batches(BatchLimits {
        pause: Duration::from_millis(300),
        ..small
    });
    postgres::apply(&slow, &at(&url), &mut observer).unwrap();
    let paused = Stop::Paused {
        because: "lunch".to_owned(),
        by: "operator".to_owned(),
    };
    assert_eq!((stopped, went_on), (vec![paused], 1));
    assert!(
        sizes.starts_with(&[50, 50]) && sizes.contains(&700),
        "{sizes:?}"
    );
    every_row_is_filled(&url);
}

#[test]
fn an_aborted_run_ends_and_the_next_one_goes_on() {
    let url = database();
    let slow = BatchLimits {
        size: 500,
        largest: 500,
        pause: Duration::from_millis(300),
        ..BatchLimits::default()
    };
    let runner = runner(data("UPDATE users SET age = age + 1000;")).batches(slow);
    let mut batches = 0;
    let mut observer = |stamped: &Stamped| {
        if matches!(stamped.event, Event::Batch { .. }) {
            batches += 1;
            if batches == 1 {
                postgres::abort(&runner, &at(&url), "wrong day").unwrap();
            }
        }
    };
    let aborted = postgres::apply(&runner, &at(&url), &mut observer).unwrap_err();
    assert!(
        matches!(&aborted, RunError::Aborted { because } if because == "wrong day"),
        "{aborted}"
    );
    assert!(batches < 6, "{batches}");
    postgres::apply(&runner, &at(&url), &mut Silent).unwrap();
    every_row_is_filled(&url);
}

/// A statement that waits is cancelled.
#[test]
fn an_index_that_waits_is_aborted_and_leaves_nothing() {
    let url = database();
    let mut old = client(&url);
    old.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1")
        .unwrap();
    let index =
        "-- concertina: no-transaction\nCREATE INDEX CONCURRENTLY users_name_idx ON users (name);";
    let runner = runner(data(index));
    let mut observer = |stamped: &Stamped| {
        if matches!(stamped.event, Event::Waiting { .. }) {
            postgres::abort(&runner, &at(&url), "not now").unwrap();
        }
    };
    let aborted = std::thread::scope(|scope| {
        let run = scope.spawn(|| postgres::apply(&runner, &at(&url), &mut observer));
        while !run.is_finished()
            && count(&url, "SELECT count(*) FROM pg_index WHERE NOT indisvalid") == 0
        {
            std::thread::sleep(Duration::from_millis(20));
        }
        std::thread::sleep(Duration::from_millis(1_500));
        // What the run has to clear away waits for nobody any more.
        old.batch_execute("COMMIT").unwrap();
        run.join().unwrap().unwrap_err()
    });
    assert!(matches!(aborted, RunError::Aborted { .. }), "{aborted}");
    assert_eq!(
        count(
            &url,
            "SELECT count(*) FROM pg_class WHERE relname = 'users_name_idx'"
        ),
        0
    );
}

/// Load as the server would show it: views of ours stand in for those of PostgreSQL.
#[test]
fn load_stops_a_backfill_with_its_reason_and_not_for_ever() {
    let url = database();
    let mut client = client(&url);
    let name = url.rsplit('/').next().unwrap().to_owned();
    client
        .batch_execute(&format!(
            "CREATE SCHEMA fake;
             CREATE TABLE fake.pg_stat_replication (application_name text, replay_lag interval);
             INSERT INTO fake.pg_stat_replication VALUES ('near', '1 second'), ('far', '9 seconds');
             CREATE TABLE fake.pg_stat_progress_vacuum (pid int, relid oid);
             CREATE VIEW fake.pg_stat_activity AS
                 SELECT pid, datname, application_name, state, query, xact_start, backend_start, wait_event_type,
                        CASE WHEN application_name = 'vacuum' THEN 'autovacuum worker' ELSE backend_type END AS backend_type
                 FROM pg_catalog.pg_stat_activity;
             ALTER DATABASE {name} SET search_path = fake, pg_catalog, public"
        ))
        .unwrap();
    let mut vacuum = super::scenario::client(&url);
    vacuum.batch_execute("SET application_name = 'vacuum'; INSERT INTO fake.pg_stat_progress_vacuum VALUES (pg_backend_pid(), 'public.users'::regclass)").unwrap();
    struct Caller {
        stops: Vec<Stop>,
        ask: u32,
        url: String,
    }
    impl Observer for Caller {
        fn event(&mut self, stamped: &Stamped) {
            let Event::Stopped { reason, .. } = &stamped.event else {
                return;
            };
            self.stops.push(reason.clone());
            let over = match reason {
                Stop::ReplicaLag { .. } => {
                    "DELETE FROM fake.pg_stat_replication WHERE application_name = 'far'"
                }
                Stop::Autovacuum => "DELETE FROM fake.pg_stat_progress_vacuum",
                _ => "SELECT 1",
            };
            super::scenario::client(&self.url)
                .batch_execute(over)
                .unwrap();
        }
        fn consult(&mut self, _at: &Place, progress: &Progress) -> Option<String> {
            assert_eq!(progress.done, 0);
            self.ask += 1;
            (self.ask == 1).then(|| "the queue is full".to_owned())
        }
    }
    let mut caller = Caller {
        stops: Vec::new(),
        ask: 0,
        url: url.clone(),
    };
    let runner = runner(data("UPDATE users SET age = age + 1000;"));
    postgres::apply(&runner, &at(&url), &mut caller).unwrap();
    let expected = [
        Stop::ReplicaLag {
            replica: "far".to_owned(),
            lag_ms: 9_000,
        },
        Stop::Autovacuum,
        Stop::Caller {
            reason: "the queue is full".to_owned(),
        },
    ];
    assert_eq!(caller.stops, expected);
    // A limit that is never met costs no more than the longest stop before each asking.
    let url = database();
    let never = BatchLimits {
        wal: Some(1),
        longest_stop: Duration::from_millis(600),
        ..BatchLimits::default()
    };
    let mut stops = 0;
    let mut observer = |stamped: &Stamped| {
        stops += u32::from(matches!(
            stamped.event,
            Event::Stopped {
                reason: Stop::WalRate { .. },
                ..
            }
        ));
    };
    let slow = "-- concertina: batch size=1000 pause=600ms\nUPDATE users SET age = age + 1000;";
    let runner = super::scenario::runner(data(slow)).batches(never);
    postgres::apply(&runner, &at(&url), &mut observer).unwrap();
    assert!(stops > 0);
    every_row_is_filled(&url);
}
