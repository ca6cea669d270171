//! Every recipe of the planner, broken off and taken up again: the process killed, its session
//! terminated, the server crashed.
//!
//! Each recipe is broken off at some of its commands; `CONCERTINA_KILLS=all` takes all of them.

use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};
use std::time::Duration;

use concertina::client::{Flow, Observer, Silent, Stamped, postgres};
use concertina::plan;
use concertina::run::{Command, Runner};
use concertina::schema::Session;
use concertina::sql::{Migration, Phase};

use super::scenario::{at, client, left_behind, version};
use crate::server::{self, Server};

/// How a run is broken off.
#[derive(Debug, Clone, Copy)]
enum How {
    /// Before a command.
    Killed,
    /// After a command, its outcome unread.
    KilledUnread,
    /// The sessions are terminated before a command.
    Terminated,
    /// The sessions are terminated while the command is under way.
    TerminatedInFlight,
}

const WAYS: [How; 4] = [
    How::Killed,
    How::KilledUnread,
    How::Terminated,
    How::TerminatedInFlight,
];

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations-fixtures/plans");
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut cases: Vec<_> = entries.filter(|path| path.is_dir()).collect();
    cases.sort();
    cases
}

/// The planned migrations of a case, and what stands before them.
fn planned(case: &Path) -> (Vec<Migration>, String) {
    let before = std::fs::read_to_string(case.join("before.sql")).unwrap();
    let mut session = Session::new(15);
    for statement in &Migration::new("before.sql", before.as_str())
        .script()
        .statements
    {
        session.apply(&statement.change).unwrap();
    }
    let text = std::fs::read_to_string(case.join("migration.sql")).unwrap();
    let mut migration = Migration::new("migration.sql", text);
    migration.name = case.file_name().unwrap().to_string_lossy().into_owned();
    let mut options = plan::Options::default();
    options.next_release = Some(version("2.0.0"));
    let plan = plan::plan(&migration, &session, &options).unwrap().unwrap();
    let migrations = plan
        .migrations
        .into_iter()
        .enumerate()
        .map(|(at, planned)| {
            let mut migration =
                Migration::new(format!("V{}__{}.sql", at + 1, planned.name), planned.sql);
            migration.version = (at + 1).to_string();
            migration.name = planned.name;
            migration.transaction = planned.transaction;
            migration
        });
    // Rows that the new shape refuses are mended before the contract phase, here from the start.
    let repair = std::fs::read_to_string(case.join("repair.sql")).unwrap_or_default();
    (migrations.collect(), format!("{before}\n{repair}"))
}

fn runner(migrations: &[Migration]) -> Runner {
    Runner::new(migrations.to_vec())
        .release(version("2.0.0"))
        .wait(Duration::from_secs(30))
}

fn fresh(url: &str, before: &str) {
    let sql = format!(
        "DO $$ DECLARE s text; BEGIN
             FOR s IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' LOOP
                 EXECUTE format('DROP SCHEMA %I CASCADE', s);
             END LOOP;
         END $$;
         CREATE SCHEMA public; {before}"
    );
    client(url).batch_execute(&sql).unwrap();
}

/// Shape, rows and journal.
fn end_state(url: &str) -> Vec<String> {
    let mut client = client(url);
    let questions = [
        "SELECT format('%s.%s %s %s %s', attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid))
         FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
         WHERE relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped AND relkind IN ('r', 'p') ORDER BY 1",
        "SELECT format('%s %s', pg_get_indexdef(indexrelid), indisvalid) FROM pg_index
         JOIN pg_class ON pg_class.oid = indexrelid WHERE relnamespace = 'public'::regnamespace ORDER BY 1",
        "SELECT format('%s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1",
        "SELECT 'trigger ' || tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1",
        "SELECT 'function ' || proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1",
        "SELECT format('%s %s %s %s', id, phase, state, error) FROM concertina.migration ORDER BY id",
        "SELECT format('%s %s %s', migration, rows_changed, held_rows) FROM concertina.backfill ORDER BY 1",
    ];
    let mut lines = Vec::new();
    for question in questions {
        let rows = client.query(question, &[]).unwrap();
        lines.extend(rows.iter().map(|row| row.get::<_, String>(0)));
    }
    let tables = "SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1";
    for row in client.query(tables, &[]).unwrap() {
        let table: String = row.get(0);
        // A batch that was rolled back has used up numbers of an identity; where another key tells the rows apart, they
        // are no part of what they say.
        let numbers = "SELECT coalesce(string_agg(',' || quote_ident(attname), ''), '') FROM pg_attribute WHERE attrelid = $1::text::regclass
            AND attidentity <> '' AND (SELECT count(*) FROM pg_index WHERE indrelid = attrelid AND indisunique) > 1";
        let numbers: String = client.query_one(numbers, &[&table]).unwrap().get(0);
        let out = format!("'{{touched,seen,token{numbers}}}'::text[]");
        let sql = format!(
            "SELECT format('{table} %s %s', count(*), md5(string_agg((to_jsonb(t) - {out})::text, '|' ORDER BY to_jsonb(t) - {out}))) FROM {table} t"
        );
        lines.push(client.query_one(&sql, &[]).unwrap().get(0));
    }
    lines
}

/// Breaks a run off at a command.
struct Breaker<'a> {
    at: usize,
    how: How,
    url: &'a str,
    seen: usize,
    terminating: Option<std::thread::JoinHandle<()>>,
}

impl<'a> Breaker<'a> {
    fn new(at: usize, how: How, url: &'a str) -> Self {
        Self {
            at,
            how,
            url,
            seen: 0,
            terminating: None,
        }
    }
}

fn terminate(url: &str) {
    let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    client(url).batch_execute(sql).unwrap();
}

impl Observer for Breaker<'_> {
    fn event(&mut self, _event: &Stamped) {}

    fn command(&mut self, command: &Command) -> Flow {
        if !matches!(command, Command::Tell(_)) {
            self.seen += 1;
        }
        if self.seen != self.at || matches!(command, Command::Tell(_)) {
            return Flow::Go;
        }
        match self.how {
            How::Killed => Flow::Stop,
            How::KilledUnread => Flow::StopUnread,
            How::Terminated => {
                terminate(self.url);
                Flow::Go
            }
            How::TerminatedInFlight => {
                let url = self.url.to_owned();
                self.terminating = Some(std::thread::spawn(move || terminate(&url)));
                Flow::Go
            }
        }
    }
}

#[test]
fn every_recipe_broken_off_anywhere_reaches_the_same_end() {
    let all = std::env::var("CONCERTINA_KILLS").is_ok_and(|kills| kills == "all");
    let url = server::shared().database();
    let (mut broken, mut turn) = (0, 0);
    for case in cases() {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let (migrations, before) = planned(&case);
        fresh(&url, &before);
        let mut whole = Breaker::new(0, How::Killed, &url);
        let report = postgres::apply(&runner(&migrations), &at(&url), &mut whole).unwrap();
        assert_eq!(report.applied.len(), migrations.len(), "{name}: {report:?}");
        let (expected, commands) = (end_state(&url), whole.seen);
        let step = if all { 1 } else { 17 };
        turn += 1;
        for command in (1 + turn % step..=commands).step_by(step) {
            for how in WAYS
                .into_iter()
                .skip(if all { 0 } else { command % 4 })
                .take(if all { 4 } else { 1 })
            {
                let what = format!("{name}, {how:?} at command {command} of {commands}");
                fresh(&url, &before);
                let mut breaker = Breaker::new(command, how, &url);
                // A terminated session may have been through with what was asked of it.
                let _broken_or_done =
                    postgres::apply(&runner(&migrations), &at(&url), &mut breaker);
                if let Some(terminating) = breaker.terminating {
                    terminating.join().unwrap();
                }
                let resumed = postgres::apply(&runner(&migrations), &at(&url), &mut Silent);
                resumed.unwrap_or_else(|error| panic!("{what}: {error}"));
                assert_eq!(end_state(&url), expected, "{what}");
                assert_eq!(left_behind(&url), Vec::<String>::new(), "{what}");
                broken += 1;
            }
        }
    }
    report(broken, "runs of all recipes, broken off");
}

/// The process itself, by SIGKILL at some moment.
#[test]
fn a_killed_process_is_followed_by_one_that_reaches_the_same_end() {
    let url = server::shared().database();
    let (migrations, before) = planned(
        &cases()
            .into_iter()
            .find(|case| case.ends_with("rename_column"))
            .unwrap(),
    );
    let folder = tempfile::tempdir().unwrap();
    for one in &migrations {
        std::fs::write(folder.path().join(&one.file), &one.text).unwrap();
    }
    let start = || {
        Process::new(env!("CARGO_BIN_EXE_concertina"))
            .args(["apply", "--release", "2.0.0", "--database-url", &url])
            .arg(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    fresh(&url, &before);
    assert!(start().wait().unwrap().success());
    let (expected, mut unfinished) = (end_state(&url), 0);
    for moment in 0..12 {
        fresh(&url, &before);
        let mut process = start();
        std::thread::sleep(Duration::from_millis(20 + moment * 45));
        process.kill().unwrap();
        process.wait().unwrap();
        unfinished += u32::from(
            client(&url)
                .query_one("SELECT to_regclass('concertina.meta') IS NOT NULL", &[])
                .unwrap()
                .get::<_, bool>(0),
        );
        let ended = start().wait_with_output().unwrap();
        assert!(
            ended.status.success(),
            "{}",
            String::from_utf8_lossy(&ended.stderr)
        );
        assert_eq!(end_state(&url), expected, "killed at moment {moment}");
    }
    assert!(unfinished > 3, "{unfinished} were killed at work");
}

/// One of its processes dies by SIGKILL: the server throws everybody out, and recovers from its log.
#[test]
fn a_server_that_crashes_loses_nothing() {
    struct Crash<'a> {
        at: usize,
        seen: usize,
        url: &'a str,
    }
    impl Observer for Crash<'_> {
        fn event(&mut self, _event: &Stamped) {}
        fn command(&mut self, command: &Command) -> Flow {
            self.seen += usize::from(!matches!(command, Command::Tell(_)));
            if self.seen == self.at && !matches!(command, Command::Tell(_)) {
                let pid: i32 = client(self.url)
                    .query_one("SELECT pg_backend_pid()", &[])
                    .unwrap()
                    .get(0);
                let mut victim = client(self.url);
                let pid = victim
                    .query_one("SELECT pg_backend_pid()", &[])
                    .map_or(pid, |row| row.get(0));
                Process::new("kill")
                    .args(["-9", &pid.to_string()])
                    .status()
                    .unwrap();
            }
            Flow::Go
        }
    }
    let server = Server::start(&server::binaries());
    let url = server.database();
    let (migrations, before) = planned(
        &cases()
            .into_iter()
            .find(|case| case.ends_with("rename_column"))
            .unwrap(),
    );
    fresh(&url, &before);
    let mut whole = Crash {
        at: 0,
        seen: 0,
        url: &url,
    };
    postgres::apply(&runner(&migrations), &at(&url), &mut whole).unwrap();
    let (expected, commands) = (end_state(&url), whole.seen);
    for command in (11..commands).step_by(commands / 5) {
        fresh(&url, &before);
        let mut crash = Crash {
            at: command,
            seen: 0,
            url: &url,
        };
        let _thrown_out = postgres::apply(&runner(&migrations), &at(&url), &mut crash);
        let mut again = postgres::apply(&runner(&migrations), &at(&url), &mut Silent);
        for _ in 0..200 {
            if again.is_ok() {
                break;
            }
            // It takes connections again when it has recovered.
            std::thread::sleep(Duration::from_millis(50));
            again = postgres::apply(&runner(&migrations), &at(&url), &mut Silent);
        }
        again.unwrap_or_else(|error| panic!("crashed at command {command}: {error}"));
        assert_eq!(end_state(&url), expected, "crashed at command {command}");
    }
}

/// What PostgreSQL does in several transactions, each broken off in the middle.
#[test]
fn statements_of_several_transactions_are_recovered() {
    let url = server::shared().database();
    let before = "CREATE TABLE parts (id int, v int) PARTITION BY RANGE (id);
        CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (100);
        CREATE TABLE plain (id int PRIMARY KEY, v int); INSERT INTO plain SELECT i, i FROM generate_series(1, 1000) i;
        CREATE INDEX plain_v ON plain (v)";
    for (statement, wait_for) in [
        (
            "ALTER TABLE parts DETACH PARTITION parts_1 CONCURRENTLY",
            "SELECT count(*) FROM pg_inherits WHERE inhdetachpending",
        ),
        (
            "CREATE INDEX CONCURRENTLY ON plain (lower(v::text), id)",
            "SELECT count(*) FROM pg_index WHERE NOT indisvalid",
        ),
        (
            "REINDEX INDEX CONCURRENTLY plain_v",
            "SELECT count(*) FROM pg_index WHERE NOT indisvalid",
        ),
        (
            "DROP INDEX CONCURRENTLY plain_v",
            "SELECT count(*) FROM pg_index WHERE NOT indisvalid",
        ),
    ] {
        let migrations = vec![Migration::new(
            "V1__one.sql",
            format!("-- concertina: no-transaction\n{statement};"),
        )];
        fresh(&url, before);
        postgres::apply(&runner(&migrations), &at(&url), &mut Silent).unwrap();
        let expected = end_state(&url);
        fresh(&url, before);
        let mut old = client(&url);
        old.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT * FROM plain, parts")
            .unwrap();
        std::thread::scope(|scope| {
            let run = scope.spawn(|| postgres::apply(&runner(&migrations), &at(&url), &mut Silent));
            let mut watcher = client(&url);
            for _ in 0..500 {
                if watcher.query_one(wait_for, &[]).unwrap().get::<_, i64>(0) > 0 {
                    break;
                }
                std::thread::sleep(Duration::from_millis(10));
            }
            let broken = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                          WHERE datname = current_database() AND application_name = 'concertina'";
            watcher.batch_execute(broken).unwrap();
            assert!(
                watcher.query_one(wait_for, &[]).unwrap().get::<_, i64>(0) > 0,
                "{statement}"
            );
            assert!(run.join().unwrap().is_err(), "{statement}");
        });
        old.batch_execute("COMMIT").unwrap();
        let resumed = postgres::apply(&runner(&migrations), &at(&url), &mut Silent);
        resumed.unwrap_or_else(|error| panic!("{statement}: {error}"));
        assert_eq!(end_state(&url), expected, "{statement}");
    }
}

#[expect(
    clippy::print_stderr,
    reason = "the count is what this test is asked for"
)]
fn report(count: usize, what: &str) {
    eprintln!("{count} of {count} {what} reached the same end");
}

/// What a batch fills is not computed again by the trigger that keeps the column filled.
#[test]
fn the_trigger_of_a_plan_is_not_called_for_the_rows_of_its_batches() {
    let url = server::shared().database();
    let mut spared = 0;
    for case in cases() {
        let (migrations, before) = planned(&case);
        let marked = migrations
            .iter()
            .any(|one| one.text.contains("WHEN (current_setting"));
        if !marked {
            continue;
        }
        fresh(&url, &before);
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let in_phase = |phase| runner(&migrations).phase(phase);
        postgres::apply(&in_phase(Phase::Expand), &at(&url), &mut Silent).unwrap();
        client(&url).batch_execute(REFUSE_TO_BE_CALLED).unwrap();
        let migrated = postgres::apply(&in_phase(Phase::Migrate), &at(&url), &mut Silent);
        migrated.unwrap_or_else(|error| panic!("{name}: {error}"));
        let filled = "SELECT sum(rows_changed)::bigint FROM concertina.backfill";
        let filled: i64 = client(&url).query_one(filled, &[]).unwrap().get(0);
        assert!(filled > 0, "{name}");
        spared += 1;
    }
    assert!(spared > 3, "only {spared} plans have such a trigger");
}

const REFUSE_TO_BE_CALLED: &str = "DO $$ DECLARE f regproc; BEGIN
    FOR f IN SELECT oid FROM pg_proc WHERE prorettype = 'trigger'::regtype AND proname LIKE 'concertina%' LOOP
        EXECUTE format('CREATE OR REPLACE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql AS %L', f, 'BEGIN RAISE EXCEPTION ''called''; END');
    END LOOP;
END $$";
