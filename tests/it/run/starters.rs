//! Many starters at once, a leader that wakes late, and connections that lead through a pooler.
//!
//! `CONCERTINA_STARTS=100` asks for as many rounds of sixteen starters; `CONCERTINA_PGBOUNCER=/usr/sbin/pgbouncer`
//! runs the test behind that program too.

use std::process::{Command as Process, Stdio};

use concertina::client::{Silent, fake, postgres};
use concertina::run::{Command, Failure, Link, Reply, Results, RunError, Runner};
use postgres::start;

use super::scenario::*;

const STARTERS: usize = 16;

fn rounds() -> usize {
    let asked = std::env::var("CONCERTINA_STARTS").ok();
    asked.and_then(|rounds| rounds.parse().ok()).unwrap_or(2)
}

/// Instances that start at once, on a database that knows nothing of us yet.
#[test]
fn sixteen_instances_at_once_all_start_and_each_migration_is_applied_once() {
    let url = database();
    for round in 0..rounds() {
        fresh(&url);
        let mut applied: Vec<usize> = std::thread::scope(|scope| {
            let starters: Vec<_> = (0..STARTERS)
                .map(|_| {
                    scope.spawn(|| {
                        let started = start(&runner(rename()), &at(&url), &mut Silent);
                        started.map(|instance| instance.report().applied.len())
                    })
                })
                .collect();
            let ended = starters.into_iter().map(|one| one.join().unwrap().unwrap());
            ended.collect()
        });
        applied.sort_unstable();
        let mut expected = [0; STARTERS];
        expected[STARTERS - 1] = 2;
        assert_eq!(applied, expected, "round {round}");
    }
}

/// Processes that apply everything at once.
#[test]
fn sixteen_processes_at_once_apply_each_migration_once() {
    let url = database();
    let folder = tempfile::tempdir().unwrap();
    for one in rename() {
        let name = one.file.rsplit('/').next().unwrap().to_owned();
        std::fs::write(folder.path().join(name), &one.text).unwrap();
    }
    for round in 0..rounds().div_ceil(2) {
        fresh(&url);
        let start = || {
            Process::new(env!("CARGO_BIN_EXE_concertina"))
                .args(["apply", "--release", "2.0.0", "--database-url", &url])
                .arg(folder.path())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        };
        let started: Vec<_> = (0..STARTERS).map(|_| start()).collect();
        let mut applied = 0;
        for process in started {
            let ended = process.wait_with_output().unwrap();
            let told = String::from_utf8_lossy(&ended.stderr).into_owned();
            assert!(ended.status.success(), "round {round}: {told}");
            let done = String::from_utf8_lossy(&ended.stdout).into_owned();
            applied += done
                .lines()
                .filter(|line| line.starts_with("applied "))
                .count();
        }
        assert_eq!(applied, 4, "round {round}");
    }
}

/// The connections of a run that the test itself answers for.
struct Hands {
    url: String,
    work: Option<::postgres::Client>,
    watch: Option<::postgres::Client>,
}

impl Hands {
    fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            work: None,
            watch: None,
        }
    }

    fn open(&mut self, link: Link) -> Reply {
        let opened = Some(client(&self.url));
        match link {
            Link::Work => self.work = opened,
            Link::Watch => self.watch = opened,
            Link::Lane(_) => panic!("a run with one worker opens no lane"),
        }
        Reply::Done
    }

    fn answer(&mut self, command: &Command) -> Reply {
        match command {
            Command::Open(link) => self.open(*link),
            Command::Run(run) => {
                let client = match run.on {
                    Link::Work => self.work.as_mut(),
                    Link::Watch => self.watch.as_mut(),
                    Link::Lane(_) => None,
                };
                send(client.unwrap(), &run.sql)
            }
            Command::Begin(_)
            | Command::Await(_)
            | Command::Sleep(_)
            | Command::Tell(_)
            | Command::Consult(..) => Reply::Done,
        }
    }
}

fn send(client: &mut ::postgres::Client, sql: &str) -> Reply {
    use ::postgres::SimpleQueryMessage as Message;
    let messages = match client.simple_query(sql) {
        Ok(messages) => messages,
        Err(error) => {
            return Reply::Failed(Failure {
                sqlstate: error.code().map(|code| code.code().to_owned()),
                ..Failure::connection(error.to_string())
            });
        }
    };
    let (mut all, mut current) = (Vec::new(), Results::default());
    for message in messages {
        match message {
            Message::Row(row) => {
                let values = (0..row.len()).map(|at| row.get(at).map(str::to_owned));
                current.rows.push(values.collect());
            }
            Message::CommandComplete(affected) => {
                current.affected = affected;
                all.push(std::mem::take(&mut current));
            }
            _ => {}
        }
    }
    Reply::Results(all)
}

/// A leader stands still before each of its commands, loses its sessions, another one does all the work,
/// and the first wakes with sessions that somebody between it and the server has opened anew.
#[test]
fn a_leader_that_wakes_late_changes_nothing() {
    let url = database();
    postgres::apply(&runner(rename()), &at(&url), &mut Silent).unwrap();
    let expected = end_state(&url);
    let undisturbed = {
        fresh(&url);
        let mut hands = Hands::new(&url);
        let (ended, asked) = fake::drive(runner(rename()).apply(), |command| hands.answer(command));
        ended.unwrap();
        asked.len()
    };
    let (mut fenced, mut led) = (0, 0);
    for late in (2..undisturbed).step_by(3) {
        fresh(&url);
        let (mut hands, mut count, mut leads) = (Hands::new(&url), 0, false);
        let (mut inside, mut broke, mut finished) = (false, false, 0);
        let (ended, _) = fake::drive(runner(rename()).apply(), |command| {
            count += 1;
            if count == late && hands.work.is_some() {
                hands.work = None;
                let had_watch = hands.watch.take().is_some();
                postgres::apply(&runner(rename()), &at(&url), &mut Silent).unwrap();
                hands.open(Link::Work);
                if had_watch {
                    hands.open(Link::Watch);
                }
                // Nobody can hide that a transaction is gone.
                if inside {
                    broke = true;
                    return Reply::Failed(Failure::connection("the transaction is gone"));
                }
            }
            if let Command::Run(run) = command {
                leads |= count < late && run.sql.contains("INSERT INTO concertina.lease");
                finished += u32::from(count < late && run.sql.contains("SET state = 'applied'"));
                inside |= run.sql.starts_with("BEGIN");
                inside &= !run.sql.ends_with("COMMIT") && run.sql != "ROLLBACK";
            }
            hands.answer(command)
        });
        assert_eq!(end_state(&url), expected, "woke at command {late}");
        led += u32::from(leads);
        match ended {
            Err(RunError::Fenced) => fenced += 1,
            Err(RunError::Disconnected { .. }) if broke => led -= u32::from(leads),
            // What cannot be in a transaction is refused by what the other one has done.
            Err(RunError::Statement { .. } | RunError::Recovery { .. } | RunError::Pooler) => {}
            Err(RunError::Sql { .. }) => {}
            Ok(report) => assert!(
                !leads || finished == 4 || report.applied.is_empty(),
                "woke at command {late}: {report:?}"
            ),
            Err(error) => panic!("woke at command {late}: {error}"),
        }
    }
    assert!(
        fenced * 3 > led * 2,
        "{fenced} of {led} were stopped by the token"
    );
}

/// What a pooler with one session does, and one with several in turn.
#[test]
fn a_transaction_pooler_is_refused_before_anything_is_set() {
    for sessions in [1, 2, 3] {
        let url = database();
        let mut pool: Vec<_> = (0..sessions).map(|_| client(&url)).collect();
        let (mut turn, mut inside) = (0, [None, None]);
        let (ended, asked) = fake::drive(runner(rename()).apply(), |command| match command {
            Command::Run(run) => {
                let link = usize::from(run.on == Link::Watch);
                // A session in a transaction is not given to others.
                while inside[link].is_none() && inside[1 - link] == Some(turn % sessions) {
                    turn += 1;
                }
                let session = inside[link].unwrap_or(turn % sessions);
                turn += 1;
                inside[link] = run.sql.starts_with("BEGIN").then_some(session);
                send(&mut pool[session], &run.sql)
            }
            _ => Reply::Done,
        });
        assert!(
            matches!(ended, Err(RunError::Pooler)),
            "{sessions} sessions: {ended:?}"
        );
        let set = asked
            .iter()
            .any(|one| matches!(one, Command::Run(run) if run.sql.contains("SET ")));
        assert!(!set, "{asked:?}");
    }
}

/// Behind PgBouncer itself, where it is named: refused in transaction mode, correct in session mode.
#[test]
fn pgbouncer_is_refused_in_transaction_mode_and_served_in_session_mode() {
    let Some(program) = std::env::var_os("CONCERTINA_PGBOUNCER") else {
        return;
    };
    for (mode, port) in [("transaction", 26_431), ("session", 26_432)] {
        let url = database();
        let (address, name) = url
            .trim_start_matches("postgresql://postgres@")
            .split_once('/')
            .unwrap();
        let (host, server) = address.split_once(':').unwrap();
        let folder = tempfile::Builder::new().tempdir_in("/tmp").unwrap();
        let own = std::os::unix::fs::PermissionsExt::from_mode(0o777);
        std::fs::set_permissions(folder.path(), own).unwrap();
        let file = folder.path().join("pgbouncer.ini");
        let text = format!(
            "[databases]\n{name} = host={host} port={server} user=postgres\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {port}\nunix_socket_dir =\nauth_type = any\npool_mode = {mode}\ndefault_pool_size = 5\n"
        );
        std::fs::write(&file, text).unwrap();
        let mut bouncer = Process::new(&program)
            .args(["-u", "nobody"])
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("CONCERTINA_PGBOUNCER names {}: {error}", program.display())
            });
        let pooled = format!("postgresql://postgres@127.0.0.1:{port}/{name}");
        for _ in 0..100 {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        let applied = postgres::apply(&runner(rename()), &at(&pooled), &mut Silent);
        let started = start(
            &Runner::new(Vec::new()).release(version("2.0.0")),
            &at(&pooled),
            &mut Silent,
        );
        let started = started.map(|instance| instance.is_live());
        bouncer.kill().unwrap();
        bouncer.wait().unwrap();
        if mode == "transaction" {
            assert!(matches!(applied, Err(RunError::Pooler)), "{applied:?}");
            assert!(matches!(started, Err(RunError::Pooler)), "{started:?}");
        } else {
            assert_eq!(applied.unwrap().applied.len(), 4);
            assert!(started.unwrap());
        }
    }
}
