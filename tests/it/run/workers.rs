//! Backfills by several workers: each row once, at the same time, whoever holds rows and wherever they are killed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use concertina::client::{Flow, Observer, Silent, Stamped, postgres, tokio_postgres};
use concertina::run::{BatchLimits, Command, Event, Link, Progress, RunError, Runner};
use concertina::sql::Migration;

use super::kill::{Killer, moments};
use super::scenario::*;
use crate::server::{Server, binaries};

/// Done twice to a row, it would show.
const TEXT: &str = "UPDATE users SET age = age + 1000;";

fn data(text: &str) -> Vec<Migration> {
    vec![migration('V', 2, "data", text)]
}

fn by(workers: usize, size: u64, text: &str) -> Runner {
    runner(data(text)).batches(BatchLimits {
        size,
        largest: size,
        workers,
        idle_workers: 0,
        // However slow the machine, a batch stays as large as it was asked for.
        target: Duration::from_secs(600),
        ..BatchLimits::default()
    })
}

fn count(url: &str, question: &str) -> i64 {
    client(url).query_one(question, &[]).unwrap().get(0)
}

fn analyzed() -> String {
    let url = database();
    client(&url).batch_execute("ANALYZE users").unwrap();
    url
}

fn every_row_is_filled_once(url: &str, what: &str) {
    let filled = "SELECT count(*) FROM users WHERE age = id % 90 + 1000";
    assert_eq!(count(url, filled), ROWS, "{what}");
    let lanes = count(url, "SELECT count(*) FROM concertina.lane");
    assert_eq!(lanes, 0, "{what}");
    let passed = "SELECT rows_changed FROM concertina.backfill";
    assert_eq!(count(url, passed), ROWS, "{what}");
    assert_eq!(left_behind(url), Vec::<String>::new(), "{what}");
}

/// The connections on which batches were sent, in their order.
#[derive(Default)]
struct Sent(Vec<Link>);

impl Observer for Sent {
    fn event(&mut self, _: &Stamped) {}

    fn command(&mut self, command: &Command) -> Flow {
        if let Command::Begin(run) = command
            && run.sql.contains("WITH done AS")
        {
            self.0.push(run.on);
        }
        Flow::Go
    }
}

/// On a server of its own, of which it alone says whether it is idle.
#[test]
fn one_more_worker_joins_in_while_nobody_else_uses_the_server() {
    let server = Server::start(&binaries());
    let run = |role: &str| {
        let url = server.database();
        fresh(&url);
        let owned = "DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO deployer', current_database()); END $$;
                     ALTER TABLE users OWNER TO deployer; GRANT ALL ON SCHEMA public TO deployer; ANALYZE users";
        client(&url).batch_execute(owned).unwrap();
        let limits = BatchLimits {
            size: 100,
            largest: 100,
            pause: Duration::from_millis(60),
            ..BatchLimits::default()
        };
        let mut sent = Sent::default();
        let database = at(&url.replace("postgres@", &format!("{role}@")));
        postgres::apply(&runner(data(TEXT)).batches(limits), &database, &mut sent).unwrap();
        every_row_is_filled_once(&url, role);
        // How many one more worker did before the first had done its part, and how many they did together.
        let last = sent.0.iter().rposition(|link| *link == Link::Lane(0));
        let until_last = sent.0.iter().take(last.unwrap_or(0));
        let beside = until_last.filter(|link| **link == Link::Lane(1)).count();
        (beside, sent.0.len())
    };
    let mut other = server.connect("postgres");
    other.batch_execute("CREATE ROLE deployer LOGIN").unwrap();
    std::thread::sleep(Duration::from_millis(1_200));
    let (beside, all) = run("postgres");
    assert!(beside >= 8, "nobody else does anything: {beside}");
    assert_eq!(all, 30);
    // What the session of another role does is not for an ordinary one to see.
    assert_eq!(run("deployer"), (0, 30));
    // Two of its own, and one for a first part: there is none for another, and all is passed on its own.
    let few = "ALTER ROLE deployer CONNECTION LIMIT 3";
    other.batch_execute(few).unwrap();
    assert_eq!(run("deployer"), (0, 0));
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                other.batch_execute("SELECT 1").unwrap();
                std::thread::sleep(Duration::from_millis(50));
            }
        });
        let traffic = run("postgres");
        stop.store(true, Ordering::Relaxed);
        assert_eq!(traffic, (0, 30));
    });
}

/// What was asked of several connections at once, and how far it was said to be.
#[derive(Default)]
struct Seen {
    most: usize,
    begun: usize,
    batches: std::collections::BTreeMap<Link, usize>,
    progress: Vec<Progress>,
}

impl Observer for Seen {
    fn event(&mut self, stamped: &Stamped) {
        if let Event::Batch { progress, .. } = &stamped.event {
            self.progress.push(*progress);
        }
    }

    fn command(&mut self, command: &Command) -> Flow {
        match command {
            Command::Begin(run) => {
                self.begun += 1;
                self.most = self.most.max(self.begun);
                let is_batch = run.sql.contains("WITH done AS");
                *self.batches.entry(run.on).or_default() += usize::from(is_batch);
            }
            // It ends when one is answered.
            Command::Await(None) => self.begun -= 1,
            _ => {}
        }
        Flow::Go
    }
}

#[test]
fn several_workers_pass_each_row_once_and_tell_how_far_they_are_together() {
    let check = |url: &str, seen: &Seen| {
        every_row_is_filled_once(url, "several workers");
        assert_eq!((seen.most, seen.batches.len()), (3, 3));
        let done: Vec<u64> = seen.progress.iter().map(|one| one.done).collect();
        assert_eq!(done.len(), 30, "{done:?}");
        assert!(done.is_sorted(), "{done:?}");
        assert_eq!(done.last(), Some(&3_000));
        assert!(seen.progress[20].rate.is_some_and(|rate| rate > 0.0));
        for (lane, batches) in &seen.batches {
            assert!(
                (8..=12).contains(batches),
                "a third each: {lane:?} {batches}"
            );
        }
    };
    let (url, mut seen) = (analyzed(), Seen::default());
    postgres::apply(&by(3, 100, TEXT), &at(&url), &mut seen).unwrap();
    check(&url, &seen);
    let (url, mut seen) = (analyzed(), Seen::default());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let database = tokio_postgres::Database::new(&url).unwrap();
        let runner = by(3, 100, TEXT);
        tokio_postgres::apply(&runner, &database, &mut seen)
            .await
            .unwrap();
    });
    check(&url, &seen);
    // A small table, or one worker, is passed as before.
    let (url, mut seen) = (analyzed(), Seen::default());
    postgres::apply(&by(3, 2_000, TEXT), &at(&url), &mut seen).unwrap();
    assert_eq!(seen.most, 0);
    every_row_is_filled_once(&url, "a few batches");
}

#[test]
fn composite_keys_pages_and_partitions_are_divided_too() {
    for (table, keyed) in [
        (
            "CREATE TABLE t (a int, b text, n int, PRIMARY KEY (a, b))",
            "a, b",
        ),
        ("CREATE TABLE t (a int, b text, n int)", ""),
        (
            "CREATE TABLE t (a int PRIMARY KEY, b text, n int) PARTITION BY RANGE (a);
             CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (7000);
             CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (7000) TO (90000)",
            "a",
        ),
    ] {
        let url = crate::server::shared().database();
        client(&url)
            .batch_execute(&format!(
                "{table}; INSERT INTO t SELECT i, repeat('x', 100) || i, NULL FROM generate_series(1, 20000) i; ANALYZE t"
            ))
            .unwrap();
        let text = "UPDATE t SET n = 1 WHERE n IS NULL;";
        let mut seen = Seen::default();
        // Pages in batches of 64, rows of 500.
        postgres::apply(&by(2, 500, text), &at(&url), &mut seen).unwrap();
        assert_eq!(seen.most, 2, "{keyed}");
        let once = "SELECT count(*) FROM t WHERE n = 1";
        assert_eq!(count(&url, once), 20_000, "{keyed}");
        let changed = "SELECT rows_changed FROM concertina.backfill";
        assert_eq!(count(&url, changed), 20_000, "{keyed}");
        let far = seen.progress.last().unwrap();
        assert!((19_000..21_000).contains(&far.done), "{keyed}: {far:?}");
        let (all, each) = (seen.progress.len(), &seen.batches);
        let shared = each.values().all(|batches| batches * 3 >= all);
        assert!(shared && each.len() == 2, "{keyed}: {each:?} of {all}");
    }
}

#[test]
fn rows_that_somebody_holds_are_left_for_later_by_each_worker() {
    let url = analyzed();
    let mut holder = client(&url);
    holder
        .batch_execute("BEGIN; UPDATE users SET name = 'held' WHERE id IN (10, 1500, 2990)")
        .unwrap();
    let released = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(900));
        holder.batch_execute("COMMIT").unwrap();
    });
    let mut held = 0;
    let mut observer = |stamped: &Stamped| {
        held += u32::from(matches!(stamped.event, Event::RowsHeld { .. }));
    };
    postgres::apply(&by(3, 100, TEXT), &at(&url), &mut observer).unwrap();
    released.join().unwrap();
    assert_eq!(held, 3, "each worker has met one");
    every_row_is_filled_once(&url, "rows held");
}

/// Killed at its commands and taken up by a run with fewer workers, or more: no row is done twice or left out.
#[test]
fn workers_killed_at_any_command_leave_no_row_out_and_do_none_twice() {
    let (url, mut counter) = (analyzed(), Killer::new(0, Flow::Go));
    postgres::apply(&by(3, 250, TEXT), &at(&url), &mut counter).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for (round, how) in [Flow::Stop, Flow::StopUnread, Flow::StopUnread]
        .into_iter()
        .enumerate()
    {
        for k in moments(counter.seen, round + 1) {
            fresh(&url);
            client(&url).batch_execute("ANALYZE users").unwrap();
            let killer = &mut Killer::new(k, how);
            let killed = if round == 2 {
                let database = tokio_postgres::Database::new(&url).unwrap();
                runtime.block_on(tokio_postgres::apply(&by(3, 250, TEXT), &database, killer))
            } else {
                postgres::apply(&by(3, 250, TEXT), &at(&url), killer)
            };
            assert!(killer.has_killed(&killed), "{killed:?}");
            let workers = 1 + k % 4;
            let resumed = postgres::apply(&by(workers, 250, TEXT), &at(&url), &mut Silent);
            let what = format!("{how:?} at command {k}, resumed by {workers}");
            resumed.unwrap_or_else(|error| panic!("{what}: {error}"));
            every_row_is_filled_once(&url, &what);
        }
    }
}

/// An order reaches all workers, between two batches of each, and the next run goes on where each stood.
#[test]
fn an_abort_ends_all_workers_and_the_next_run_goes_on() {
    let url = analyzed();
    let slow = by(3, 50, TEXT).batches(BatchLimits {
        size: 50,
        largest: 50,
        pause: Duration::from_millis(150),
        workers: 3,
        ..BatchLimits::default()
    });
    let run = std::thread::spawn({
        let (runner, database) = (slow.clone(), at(&url));
        move || postgres::apply(&runner, &database, &mut Silent)
    });
    let passed = "SELECT coalesce(min(rows_passed), 0)::bigint FROM concertina.lane";
    let begun = "SELECT count(*) FROM pg_class WHERE oid = to_regclass('concertina.lane')";
    while count(&url, begun) == 0 || count(&url, passed) == 0 {
        std::thread::sleep(Duration::from_millis(10));
    }
    let status = postgres::status(&slow, &at(&url)).unwrap();
    let far = status.migrations[0].progress.unwrap();
    assert!((150..3_000).contains(&far.done), "{far:?}");
    postgres::abort(&slow, &at(&url), "enough").unwrap();
    let ended = run.join().unwrap().unwrap_err();
    assert!(matches!(ended, RunError::Aborted { .. }), "{ended}");
    let done = "SELECT count(*) FROM users WHERE age >= 1000";
    assert_eq!(
        count(&url, done),
        count(
            &url,
            "SELECT sum(rows_changed)::bigint FROM concertina.lane"
        )
    );
    assert!(count(&url, done) < ROWS);
    postgres::apply(&by(1, 500, TEXT), &at(&url), &mut Silent).unwrap();
    every_row_is_filled_once(&url, "aborted");
}
