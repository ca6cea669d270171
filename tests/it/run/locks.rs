//! The lock ladder against a blocker, an index left invalid, backfills under writers and without keys.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use concertina::client::{Silent, Stamped, postgres};
use concertina::run::{Event, LockLimits, RunError};

use super::scenario::*;

fn limits(budget: u64) -> LockLimits {
    LockLimits {
        ceiling: Duration::from_millis(200),
        budget: Duration::from_millis(budget),
        ..LockLimits::default()
    }
}

#[test]
fn a_lock_is_given_up_within_its_budget_and_the_blocker_named() {
    let url = database();
    let mut blocker = client(&url);
    for sql in [
        "SET application_name = 'reporting'",
        "BEGIN",
        "SELECT * FROM users WHERE name = 'secret'",
    ] {
        blocker.batch_execute(sql).unwrap();
    }
    let started = Instant::now();
    let runner = runner(rename()).locks(limits(2_000));
    let error = postgres::apply(&runner, &at(&url), &mut Silent).unwrap_err();
    assert!(
        started.elapsed() < Duration::from_secs(4),
        "{:?}",
        started.elapsed()
    );
    let RunError::LockBudget {
        file,
        line,
        blockers,
        ..
    } = &error
    else {
        panic!("{error}")
    };
    assert_eq!(
        (file.as_str(), *line),
        ("migrations/V2__full_name_expand.sql", 2)
    );
    assert_eq!(blockers.len(), 1, "{error}");
    let text = error.to_string();
    assert!(
        text.contains("reporting")
            && text.contains("idle in transaction")
            && text.contains("SELECT"),
        "{text}"
    );
    assert!(!text.contains("secret"), "{text}");
    blocker.batch_execute("COMMIT").unwrap();
    postgres::apply(&runner, &at(&url), &mut Silent).unwrap();
}

/// While we ask for a lock again and again, no reader waits longer than the ceiling.
#[test]
fn a_lock_is_had_when_the_blocker_goes_and_readers_hardly_wait() {
    let url = database();
    let mut blocker = client(&url);
    blocker
        .batch_execute("BEGIN; SELECT count(*) FROM users")
        .unwrap();
    let (stop, stopped) = mpsc::channel::<()>();
    let reader = std::thread::spawn({
        let mut client = client(&url);
        move || {
            let mut worst = Duration::ZERO;
            while stopped.try_recv() == Err(mpsc::TryRecvError::Empty) {
                let asked = Instant::now();
                client.query("SELECT 1 FROM users LIMIT 1", &[]).unwrap();
                worst = worst.max(asked.elapsed());
            }
            worst
        }
    });
    let release = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(700));
        blocker.batch_execute("COMMIT").unwrap();
    });
    let mut events = Vec::new();
    let mut observer = |stamped: &Stamped| events.push(stamped.event.clone());
    let runner = runner(rename().into_iter().take(1).collect()).locks(limits(20_000));
    postgres::apply(&runner, &at(&url), &mut observer).unwrap();
    release.join().unwrap();
    drop(stop);
    let worst = reader.join().unwrap();
    assert!(
        worst < Duration::from_millis(500),
        "a reader waited {worst:?}"
    );
    assert!(
        events.iter().any(
            |event| matches!(event, Event::LockWaiting { blockers, .. } if !blockers.is_empty())
        ),
        "{events:?}"
    );
    assert!(
        events
            .iter()
            .any(|event| matches!(event, Event::LockAcquired { attempts, .. } if *attempts > 1)),
        "{events:?}"
    );
}

#[test]
fn an_index_left_invalid_is_built_anew() {
    let url = database();
    let mut client = client(&url);
    client
        .batch_execute("INSERT INTO users (name) VALUES ('user 1')")
        .unwrap();
    client
        .batch_execute("CREATE UNIQUE INDEX CONCURRENTLY users_name_idx ON users (name)")
        .unwrap_err();
    let valid = |client: &mut ::postgres::Client| -> Option<bool> {
        let sql =
            "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('users_name_idx')";
        client.query_opt(sql, &[]).unwrap().map(|row| row.get(0))
    };
    assert_eq!(valid(&mut client), Some(false));
    let index = "-- concertina: no-transaction\nCREATE UNIQUE INDEX CONCURRENTLY users_name_idx ON users (name);";
    let runner = runner(vec![migration('V', 2, "unique_name", index)]);
    let error = postgres::apply(&runner, &at(&url), &mut Silent).unwrap_err();
    assert_eq!(error.sqlstate(), Some("23505"), "{error}");
    assert_eq!(
        valid(&mut client),
        None,
        "what could not be built does not stay behind"
    );
    client
        .batch_execute("DELETE FROM users WHERE id = (SELECT max(id) FROM users)")
        .unwrap();
    postgres::apply(&runner, &at(&url), &mut Silent).unwrap();
    assert_eq!(valid(&mut client), Some(true));
}

#[test]
fn another_index_of_that_name_is_not_taken_for_ours() {
    let url = database();
    client(&url)
        .batch_execute("CREATE INDEX users_name_idx ON users (age)")
        .unwrap();
    let index =
        "-- concertina: no-transaction\nCREATE INDEX CONCURRENTLY users_name_idx ON users (name);";
    let error = postgres::apply(
        &runner(vec![migration('V', 2, "index", index)]),
        &at(&url),
        &mut Silent,
    )
    .unwrap_err();
    assert!(matches!(error, RunError::Recovery { .. }), "{error}");
}

#[test]
fn composite_keys_pages_and_whole_tables_are_backfilled_once() {
    let url = database();
    let mut client = client(&url);
    client
        .batch_execute(
            "CREATE TABLE pairs (a int, b text, n int, PRIMARY KEY (a, b));
             INSERT INTO pairs SELECT i / 50, chr(65 + i % 50) || i, 0 FROM generate_series(1, 2500) i;
             CREATE TABLE heap (v int, w int); INSERT INTO heap (v) SELECT generate_series(1, 20000);
             CREATE TABLE whole (v int); INSERT INTO whole SELECT 0 FROM generate_series(1, 500)",
        )
        .unwrap();
    let text = "UPDATE pairs SET n = n + 1;
        UPDATE heap AS h SET w = h.v * 2 WHERE h.w IS NULL;
        UPDATE whole SET v = v + 1;
        DELETE FROM heap WHERE v > 19000;";
    let mut batches = 0;
    let mut observer =
        |stamped: &Stamped| batches += u32::from(matches!(stamped.event, Event::Batch { .. }));
    postgres::apply(
        &runner(vec![migration('V', 2, "data", text)]),
        &at(&url),
        &mut observer,
    )
    .unwrap();
    let row = client
        .query_one(
            "SELECT (SELECT bool_and(n = 1) FROM pairs), (SELECT bool_and(w = v * 2) FROM heap),
                    (SELECT bool_and(v = 1) FROM whole), (SELECT count(*) FROM heap)",
            &[],
        )
        .unwrap();
    assert!(
        row.get::<_, bool>(0) && row.get::<_, bool>(1) && row.get::<_, bool>(2),
        "{row:?}"
    );
    assert_eq!(row.get::<_, i64>(3), 19_000);
    assert!(batches > 5, "{batches}");
}
