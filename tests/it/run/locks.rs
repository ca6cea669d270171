//! The lock ladder against a blocker, an index left invalid, backfills under writers and without keys.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use concertina::client::{Flow, Observer, Silent, Stamped, postgres};
use concertina::run::{Command, Event, LockLimits, RunError};

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
        worst < Duration::from_millis(300),
        "a reader waited {worst:?}"
    );
    assert!(
        events.iter().any(
            |event| matches!(event, Event::StandingBack { blockers, .. } if blockers.len() == 1)
        ),
        "{events:?}"
    );
}

/// Who does not stand back climbs: at once, then a little longer each time, within the ceiling.
#[test]
fn a_lock_is_asked_for_without_waiting_first_and_then_a_little_longer() {
    let url = database();
    let mut blocker = client(&url);
    blocker
        .batch_execute("BEGIN; SELECT count(*) FROM users")
        .unwrap();
    let release = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(700));
        blocker.batch_execute("COMMIT").unwrap();
    });
    let mut events = Vec::new();
    let mut observer = |stamped: &Stamped| events.push(stamped.event.clone());
    let rude = LockLimits {
        courtesy: Duration::ZERO,
        ..limits(20_000)
    };
    let runner = runner(rename().into_iter().take(1).collect()).locks(rude);
    postgres::apply(&runner, &at(&url), &mut observer).unwrap();
    release.join().unwrap();
    let waits: Vec<u64> = events
        .iter()
        .filter_map(|event| match event {
            Event::LockWaiting {
                timeout_ms,
                blockers,
                ..
            } => {
                // An autovacuum may be there too.
                let clients = blockers.iter().filter(|one| one.command != "AUTOVACUUM:");
                assert_eq!(clients.count(), 1, "{event:?}");
                Some(*timeout_ms)
            }
            _ => None,
        })
        .collect();
    assert!(waits.starts_with(&[0, 0, 0, 10, 20, 40]), "{waits:?}");
    assert!(waits.iter().all(|wait| *wait <= 200), "{waits:?}");
    assert!(
        events
            .iter()
            .any(|event| matches!(event, Event::LockAcquired { attempts, .. } if *attempts > 3)),
        "{events:?}"
    );
}

/// Tables are locked before those that reference them, before anything is changed; two changes that name
/// them in opposite orders do not deadlock.
#[test]
fn several_tables_are_locked_in_one_order() {
    let url = database();
    client(&url)
        .batch_execute("CREATE TABLE a_child (id int, user_id bigint REFERENCES users)")
        .unwrap();
    let mut seen = Vec::new();
    for text in [
        "ALTER TABLE a_child ADD COLUMN x int; ALTER TABLE users ADD COLUMN x int;",
        "ALTER TABLE users ADD COLUMN y int; ALTER TABLE a_child ADD COLUMN y int;",
    ] {
        let mut commands = Commands::default();
        let version = seen.len() as u32 + 2;
        let runner = runner(vec![migration(
            'V',
            version,
            &format!("both{version}"),
            text,
        )]);
        postgres::apply(&runner, &at(&url), &mut commands).unwrap();
        let locks = commands.0.iter().filter(|sql| sql.contains("LOCK TABLE"));
        seen.extend(locks.cloned());
    }
    assert_eq!(seen.len(), 2, "{seen:?}");
    for sql in seen {
        let users = sql.find("LOCK TABLE ONLY public.users IN ACCESS EXCLUSIVE MODE NOWAIT");
        let child = sql.find("LOCK TABLE ONLY public.a_child IN ACCESS EXCLUSIVE MODE NOWAIT");
        assert!(users.is_some() && users < child, "{sql}");
    }
}

/// Keeps what is sent.
#[derive(Default)]
struct Commands(Vec<String>);

impl Observer for Commands {
    fn event(&mut self, _event: &Stamped) {}

    fn command(&mut self, command: &Command) -> Flow {
        if let Command::Run(run) = command {
            self.0.push(run.sql.clone());
        }
        Flow::Go
    }
}

/// CREATE INDEX CONCURRENTLY waits for a transaction that is older, stalls nobody meanwhile, and says
/// for whom it waits.
#[test]
fn an_index_is_built_while_a_transaction_stays_open_and_says_for_whom_it_waits() {
    let url = database();
    let mut old = client(&url);
    for sql in [
        "SET application_name = 'analyst'",
        "BEGIN ISOLATION LEVEL REPEATABLE READ",
        "SELECT * FROM users WHERE name = 'secret'",
    ] {
        old.batch_execute(sql).unwrap();
    }
    let release = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(2_500));
        old.batch_execute("COMMIT").unwrap();
    });
    let index =
        "-- concertina: no-transaction\nCREATE INDEX CONCURRENTLY users_name_idx ON users (name);";
    let mut waited = Vec::new();
    let mut observer = |stamped: &Stamped| {
        if let Event::Waiting { blockers, .. } = &stamped.event {
            waited.extend(blockers.clone());
        }
    };
    let runner = runner(vec![migration('V', 2, "index", index)]);
    let writer = std::thread::spawn({
        let mut client = client(&url);
        move || {
            let mut worst = Duration::ZERO;
            for _ in 0..200 {
                let asked = Instant::now();
                client
                    .execute("UPDATE users SET age = age + 1 WHERE id = 1", &[])
                    .unwrap();
                worst = worst.max(asked.elapsed());
                std::thread::sleep(Duration::from_millis(10));
            }
            worst
        }
    });
    postgres::apply(&runner, &at(&url), &mut observer).unwrap();
    release.join().unwrap();
    let worst = writer.join().unwrap();
    assert!(
        worst < Duration::from_millis(500),
        "a writer waited {worst:?}"
    );
    let analyst = waited.iter().find(|one| one.application == "analyst");
    let query = analyst.map(|one| one.query.as_str());
    assert_eq!(
        query,
        Some("SELECT * FROM users WHERE name = ?"),
        "{waited:?}"
    );
    let valid = client(&url)
        .query_one(
            "SELECT indisvalid FROM pg_index WHERE indexrelid = 'users_name_idx'::regclass",
            &[],
        )
        .unwrap();
    assert!(valid.get::<_, bool>(0));
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
