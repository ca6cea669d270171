//! Killed at its commands and started again, a run reaches the same end.
//!
//! At every third command, each test at others; `CONCERTINA_KILLS=all` takes all of them.

use concertina::client::{Flow, Observer, Silent, Stamped, postgres, tokio_postgres};
use concertina::run::{Command, RunError};

use super::scenario::*;

/// Stops a run at a command.
pub(super) struct Killer {
    at: usize,
    how: Flow,
    pub(super) seen: usize,
}

impl Killer {
    pub(super) fn new(at: usize, how: Flow) -> Self {
        Self { at, how, seen: 0 }
    }

    /// Whether the run was stopped, or was through before the moment came: a busy machine makes the undisturbed one,
    /// by which moments are counted, ask for a lock once more.
    pub(super) fn has_killed<T>(&self, ended: &Result<T, RunError>) -> bool {
        match ended {
            Err(RunError::Stopped) => true,
            Ok(_) => self.seen < self.at,
            Err(_) => false,
        }
    }
}

impl Observer for Killer {
    fn event(&mut self, _event: &Stamped) {}

    fn command(&mut self, _command: &Command) -> Flow {
        self.seen += 1;
        if self.seen == self.at {
            self.how
        } else {
            Flow::Go
        }
    }
}

/// The commands at which a run is killed.
pub(super) fn moments(commands: usize, offset: usize) -> Vec<usize> {
    let all = std::env::var("CONCERTINA_KILLS").is_ok_and(|kills| kills == "all");
    let (first, step) = if all { (1, 1) } else { (offset, 3) };
    (first..=commands).step_by(step).collect()
}

/// The end of an undisturbed run, and how many commands it takes.
fn undisturbed() -> (Vec<String>, usize) {
    let url = database();
    let mut counter = Killer::new(0, Flow::Go);
    let report = postgres::apply(&runner(rename()), &at(&url), &mut counter).unwrap();
    assert_eq!(report.applied.len(), 4, "{report:?}");
    (end_state(&url), counter.seen)
}

fn resume(url: &str, expected: &[String], what: &str) {
    let resumed = postgres::apply(&runner(rename()), &at(url), &mut Silent);
    resumed.unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(end_state(url), expected, "{what}");
    assert_eq!(left_behind(url), Vec::<String>::new(), "{what}");
}

#[test]
fn a_run_killed_before_any_command_reaches_the_same_end() {
    let (expected, commands) = undisturbed();
    let url = database();
    for k in moments(commands, 1) {
        fresh(&url);
        let mut killer = Killer::new(k, Flow::Stop);
        let killed = postgres::apply(&runner(rename()), &at(&url), &mut killer);
        assert!(killer.has_killed(&killed), "{killed:?}");
        resume(&url, &expected, &format!("killed before command {k}"));
    }
    report("before a command", moments(commands, 1).len());
}

#[test]
fn a_run_killed_before_it_reads_any_outcome_reaches_the_same_end() {
    let (expected, commands) = undisturbed();
    let url = database();
    for k in moments(commands, 2) {
        fresh(&url);
        let mut killer = Killer::new(k, Flow::StopUnread);
        let killed = postgres::apply(&runner(rename()), &at(&url), &mut killer);
        assert!(killer.has_killed(&killed), "{killed:?}");
        resume(&url, &expected, &format!("killed after command {k}"));
    }
    report(
        "after a command, its outcome unread",
        moments(commands, 2).len(),
    );
}

/// The connection is cut while the server still works on the command.
#[test]
fn a_run_cut_off_in_flight_reaches_the_same_end() {
    let (expected, commands) = undisturbed();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let url = database();
    for k in moments(commands, 3) {
        fresh(&url);
        let database = tokio_postgres::Database::new(&url).unwrap();
        let mut killer = Killer::new(k, Flow::StopUnread);
        let runner = runner(rename());
        let killed = runtime.block_on(tokio_postgres::apply(&runner, &database, &mut killer));
        assert!(killer.has_killed(&killed), "{killed:?}");
        resume(&url, &expected, &format!("cut off at command {k}"));
    }
    report("in flight at a command", moments(commands, 3).len());
}

/// Twice in a row, and the second time while it takes up the first one's work.
#[test]
fn a_run_killed_again_while_it_resumes_reaches_the_same_end() {
    let (expected, commands) = undisturbed();
    let pairs = (5..=commands)
        .step_by(13)
        .flat_map(|first| (3..commands).step_by(19).map(move |second| (first, second)));
    let (url, mut count) = (database(), 0);
    for (first, second) in pairs {
        fresh(&url);
        for at_command in [first, second] {
            let killer = &mut Killer::new(at_command, Flow::StopUnread);
            // The second run may be over before it gets that far.
            let _killed_or_done = postgres::apply(&runner(rename()), &at(&url), killer);
        }
        resume(
            &url,
            &expected,
            &format!("killed at {first}, then at {second}"),
        );
        count += 1;
    }
    report("twice in a row", count);
}

/// The same in a schema of its own, where every step is recovered by the names as that schema has them.
#[test]
fn a_run_for_a_schema_killed_before_it_reads_any_outcome_reaches_the_same_end() {
    let url = database();
    let schema = || runner(rename()).schema("acme");
    let made = || {
        let moved = "DROP SCHEMA IF EXISTS acme CASCADE; CREATE SCHEMA acme; ALTER TABLE users SET SCHEMA acme";
        fresh(&url);
        client(&url).batch_execute(moved).unwrap();
    };
    let end = || {
        let question = "SELECT format('%s, %s rows, %s steps done of %s, %s index valid',
                 (SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute
                  WHERE attrelid = 'acme.users'::regclass AND attnum > 0 AND NOT attisdropped),
                 (SELECT count(full_name) FROM acme.users),
                 (SELECT count(*) FROM concertina.step WHERE state = 'done'), (SELECT count(*) FROM concertina.step),
                 (SELECT count(*) FROM pg_index WHERE indexrelid = 'acme.users_full_name_idx'::regclass AND indisvalid))";
        client(&url)
            .query_one(question, &[])
            .unwrap()
            .get::<_, String>(0)
    };
    made();
    let mut counter = Killer::new(0, Flow::Go);
    postgres::apply(&schema(), &at(&url), &mut counter).unwrap();
    let expected = end();
    let filled = format!("id age full_name, {ROWS} rows, 4 steps done of 4, 1 index valid");
    assert_eq!(expected, filled);
    for k in moments(counter.seen, 2) {
        made();
        let mut killer = Killer::new(k, Flow::StopUnread);
        let killed = postgres::apply(&schema(), &at(&url), &mut killer);
        assert!(killer.has_killed(&killed), "{killed:?}");
        let resumed = postgres::apply(&schema(), &at(&url), &mut Silent);
        resumed.unwrap_or_else(|error| panic!("killed after command {k}: {error}"));
        assert_eq!(end(), expected, "killed after command {k}");
        assert_eq!(left_behind(&url), Vec::<String>::new(), "command {k}");
    }
    report("in a schema of its own", moments(counter.seen, 2).len());
}

#[expect(
    clippy::print_stderr,
    reason = "the count is what this test is asked for"
)]
fn report(how: &str, count: usize) {
    eprintln!("rename scenario, killed {how}: {count} of {count} reached the same end");
}
