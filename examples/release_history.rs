//! Holds each migration of an application's git history against the queries of the release before it, and each verdict
//! against a server:
//! `scripts/with-server cargo run --release --all-features --example release_history -- REPOSITORY SINCE MIGRATIONS
//! QUERIES..`, as in `.. ../docs.rs 2024-08-21 migrations,crates/lib/docs_rs_database/migrations .sqlx` or `..
//! ../crates.io 2024-08-21 migrations crates src`. The server is that of `DATABASE_URL`.
//!
//! A release is what the parent of a commit that adds migrations holds. The server prepares its queries before and
//! after the migrations; what rows decide is not asked of it.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "printing is what an example is for"
)]

use std::collections::BTreeSet;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use concertina::compat::{Break, Release, Verdict, breaks};
use concertina::project::queries::load_release;
use concertina::schema::{Catalogue, Session};
use concertina::sql::ast::{Change, TransactionControl};
use concertina::sql::{Migration, TransactionMode};
use postgres::{Client, NoTls};

type Res<T> = Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [repository, since, migrations, queries @ ..] = args.as_slice() else {
        eprintln!("usage: release_history REPOSITORY SINCE MIGRATIONS QUERIES..");
        return ExitCode::from(2);
    };
    let folders: Vec<&str> = migrations.split(',').collect();
    match walk(Path::new(repository), since, &folders, queries) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(3)
        }
    }
}

fn git(repository: &Path, arguments: &[&str]) -> Res<String> {
    let output = Command::new("git")
        .arg("-C")
        .arg(repository)
        .args(arguments)
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Writes what these paths hold at a revision into a folder.
fn check_out(repository: &Path, revision: &str, paths: &[&str], into: &Path) -> Res<()> {
    let listed = git(
        repository,
        &["ls-tree", "--name-only", revision, "--"]
            .iter()
            .chain(paths)
            .copied()
            .collect::<Vec<_>>(),
    )?;
    let there: Vec<&str> = listed.lines().collect();
    if there.is_empty() {
        return Ok(());
    }
    std::fs::create_dir_all(into)?;
    let folder = git(repository, &["rev-parse", "--absolute-git-dir"])?;
    let output = Command::new("git")
        .env("GIT_INDEX_FILE", into.join(".index"))
        .arg("--git-dir")
        .arg(folder.trim())
        .arg("--work-tree")
        .arg(into)
        .args(["checkout", "-q", "-f", revision, "--"])
        .args(there)
        .output()?;
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into()),
    }
}

/// The migrations under these folders in the order in which they run, by the names of their files or folders, whatever
/// lies above those.
fn load(at: &Path, folders: &[&str]) -> Res<Vec<(String, Migration)>> {
    let mut all = Vec::new();
    for folder in folders
        .iter()
        .map(|folder| at.join(folder))
        .filter(|folder| folder.is_dir())
    {
        for migration in concertina::project::load(&folder, None)?.migrations {
            if !migration.down {
                let name = format!("{} {}", migration.version, migration.name);
                all.push((name, migration));
            }
        }
    }
    Ok(all)
}

fn release(at: &Path, queries: &[String]) -> Release {
    let mut release = Release {
        version: "before".to_owned(),
        queries: Vec::new(),
    };
    for path in queries
        .iter()
        .map(|path| at.join(path))
        .filter(|path| path.exists())
    {
        // A part of the source without any query is no error.
        if let Ok(part) = load_release("before", &path) {
            release.queries.extend(part.queries);
        }
    }
    release
}

fn replay<'m>(
    session: &mut Session,
    migrations: impl Iterator<Item = &'m Migration>,
) -> Res<Catalogue> {
    for migration in migrations {
        let wrapped = migration.transaction == TransactionMode::Wrapped;
        if wrapped {
            session.apply(&Change::Transaction(TransactionControl::Begin))?;
        }
        for statement in &migration.script().statements {
            if let Err(refusal) = session.apply(&statement.change) {
                println!("  not replayed: {}: {refusal}", migration.file);
                session.forgive();
            }
        }
        if wrapped {
            session.apply(&Change::Transaction(TransactionControl::Commit))?;
        }
    }
    Ok(session.catalogue().clone())
}

fn apply(client: &mut Client, migration: &Migration) -> Result<(), postgres::Error> {
    match migration.transaction {
        TransactionMode::Wrapped => client.batch_execute(&migration.text),
        _ => migration
            .script()
            .statements
            .iter()
            .try_for_each(|one| client.batch_execute(one.span.text(&migration.text))),
    }
}

/// What a server says of a query: the names and types of its results, or the error.
fn prepared(client: &mut Client, sql: &str) -> Result<String, String> {
    match client.prepare(sql) {
        Ok(statement) => {
            let columns = statement
                .columns()
                .iter()
                .map(|one| format!("{} {}", one.name(), one.type_()));
            Ok(columns.collect::<Vec<_>>().join(", "))
        }
        Err(error) => Err(error.as_db_error().map_or_else(
            || error.to_string(),
            |said| format!("{}: {}", said.code().code(), said.message()),
        )),
    }
}

#[derive(Default)]
struct Tally {
    commits: usize,
    migrations: usize,
    queries: usize,
    confirmed: usize,
    refuted: usize,
    missed: usize,
    by_rows: usize,
    unknown: usize,
}

/// Gives how many verdicts the server does not share.
fn walk(repository: &Path, since: &str, folders: &[&str], queries: &[String]) -> Res<usize> {
    let url = std::env::var("DATABASE_URL")?;
    let since = format!("--since={since}");
    let mut arguments = vec![
        "log",
        "--reverse",
        "--first-parent",
        "--format=%H",
        "--diff-filter=A",
        "-m",
        &since,
        "--",
    ];
    arguments.extend(folders);
    let commits = git(repository, &arguments)?;
    let seen: BTreeSet<&str> = commits.lines().filter(|line| !line.is_empty()).collect();
    let in_order: Vec<&str> = {
        let mut left = seen;
        commits.lines().filter(|line| left.remove(line)).collect()
    };
    let mut client = Client::connect(&url, NoTls)?;
    client.batch_execute("SET client_min_messages TO error")?;
    let version: String = client.query_one("SHOW server_version_num", &[])?.get(0);
    let major = u16::try_from(version.parse::<u32>()? / 10_000)?;
    let mut applied: BTreeSet<String> = BTreeSet::new();
    let mut tally = Tally::default();
    let mut paths: Vec<&str> = folders.to_vec();
    paths.extend(queries.iter().map(String::as_str));
    for commit in in_order {
        let (old, new) = (tempfile::tempdir()?, tempfile::tempdir()?);
        check_out(repository, &format!("{commit}^"), &paths, old.path())?;
        check_out(repository, commit, folders, new.path())?;
        let (then, now) = (load(old.path(), folders)?, load(new.path(), folders)?);
        let fresh: Vec<&Migration> = now
            .iter()
            .filter(|(name, _)| !then.iter().any(|(known, _)| known == name))
            .map(|(_, one)| one)
            .collect();
        if fresh.is_empty() {
            continue;
        }
        let release = release(old.path(), queries);
        let mut session = Session::new(major);
        let before = replay(&mut session, then.iter().map(|(_, one)| one))?;
        let after = replay(&mut session, fresh.iter().copied())?;
        for (name, migration) in &then {
            if applied.insert(name.clone())
                && let Err(error) = apply(&mut client, migration)
            {
                println!("  not applied: {name}: {error}");
            }
        }
        let ask = |client: &mut Client| -> Vec<Option<Result<String, String>>> {
            let all = release
                .queries
                .iter()
                .map(|query| query.query.is_ok().then(|| prepared(client, &query.sql)));
            all.collect()
        };
        let first = ask(&mut client);
        for migration in &fresh {
            applied.insert(format!("{} {}", migration.version, migration.name));
            if let Err(error) = apply(&mut client, migration) {
                println!("  not applied: {}: {error}", migration.name);
            }
        }
        let second = ask(&mut client);
        tally.commits += 1;
        tally.migrations += fresh.len();
        tally.queries += first.iter().flatten().filter(|said| said.is_ok()).count();
        let names: Vec<&str> = fresh.iter().map(|one| one.name.as_str()).collect();
        println!(
            "{} {}: {} queries",
            commit.get(..9).unwrap_or(commit),
            names.join(", "),
            release.queries.len()
        );
        tally.compare(
            &release,
            &breaks(&release, &before, &after),
            &first,
            &second,
            old.path(),
        );
    }
    println!(
        "{} commits with {} migrations, {} times a query: {} breaks confirmed, {} refuted, {} missed; {} are for rows to decide, {} unknown",
        tally.commits,
        tally.migrations,
        tally.queries,
        tally.confirmed,
        tally.refuted,
        tally.missed,
        tally.by_rows,
        tally.unknown
    );
    Ok(tally.refuted + tally.missed)
}

impl Tally {
    fn compare(
        &mut self,
        release: &Release,
        found: &[Break],
        first: &[Option<Result<String, String>>],
        second: &[Option<Result<String, String>>],
        root: &Path,
    ) {
        let of = |query: &concertina::compat::AppQuery| {
            found.iter().find(|one| {
                (&one.query, &one.file, one.line) == (&query.name, &query.file, query.line)
            })
        };
        for ((query, before), after) in release.queries.iter().zip(first).zip(second) {
            let ours = of(query);
            let server = match (before, after) {
                (Some(Ok(_)), Some(Err(said))) => Some(said.as_str()),
                (Some(Ok(one)), Some(Ok(two))) if one != two => {
                    Some("0A000: cached plan must not change result type")
                }
                _ => None,
            };
            let of_rows = |state: &str| state.starts_with("23") || state.starts_with("22");
            let verdict = match (ours, server) {
                (None, None) => continue,
                (Some(one), _) if one.verdict == Verdict::Unknown => {
                    self.unknown += 1;
                    "unknown"
                }
                (Some(one), Some(said))
                    if one
                        .sqlstate
                        .as_deref()
                        .is_none_or(|state| said.starts_with(state)) =>
                {
                    self.confirmed += 1;
                    "confirmed"
                }
                (Some(one), None) if one.sqlstate.as_deref().is_none_or(of_rows) => {
                    self.by_rows += 1;
                    "for rows to decide"
                }
                (Some(_), _) => {
                    self.refuted += 1;
                    "refuted"
                }
                (None, Some(_)) => {
                    self.missed += 1;
                    "missed"
                }
            };
            let file = PathBuf::from(&query.file);
            let file = file
                .strip_prefix(root)
                .unwrap_or(&file)
                .display()
                .to_string();
            let said = ours.map_or("works".to_owned(), |one| {
                format!("{} {}", one.verdict.as_str(), one.message)
            });
            println!(
                "  {verdict}: {} ({file}:{}): {said}; server: {}",
                query.name,
                query.line,
                server.unwrap_or("works")
            );
        }
    }
}
