//! How long does judging 2 000 queries against 500 migrations take, whole process, as a ratio to preparing the queries
//! on a server?
//!
//! `cargo bench --all-features --bench compat -- postgresql://localhost/postgres`, on a server where databases may be
//! made; without one only the process is timed. Each figure is the best of five.
#![expect(clippy::print_stdout, reason = "printing is what a bench is for")]

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use postgres::{Client, NoTls};

const TABLES: usize = 100;
const MIGRATIONS: usize = 500;
const QUERIES: usize = 2_000;
const ROUNDS: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args()
        .skip(1)
        .find(|one| one.starts_with("postgres"));
    let folder = tempfile::tempdir()?;
    let (migrations, queries) = write(folder.path())?;
    let ours = best(|| judge(folder.path()))?;
    println!("{QUERIES} queries, {MIGRATIONS} migrations, whole process: {ours:.0?}");
    let Some(url) = url else {
        return Ok(());
    };
    let theirs = best(|| prepare(&url, &migrations, &queries))?;
    println!("PREPARE of the {QUERIES} queries, once, on a server: {theirs:.0?}");
    println!(
        "ratio to preparing them once: {:.2}",
        ours.as_secs_f64() / theirs.as_secs_f64()
    );
    println!(
        "ratio to preparing them after each of the {MIGRATIONS} migrations: {:.5}",
        ours.as_secs_f64() / (theirs.as_secs_f64() * MIGRATIONS as f64)
    );
    Ok(())
}

type Timed = Result<Duration, Box<dyn Error>>;

fn best(mut round: impl FnMut() -> Timed) -> Timed {
    let mut all = Vec::new();
    for _ in 0..ROUNDS {
        all.push(round()?);
    }
    Ok(all.into_iter().min().unwrap_or_default())
}

/// The first migrations make the tables, the others change one each; queries of four forms over the tables.
fn write(folder: &Path) -> Result<(Vec<String>, Vec<String>), Box<dyn Error>> {
    let (files, release) = (folder.join("migrations"), folder.join("queries"));
    std::fs::create_dir_all(&files)?;
    std::fs::create_dir_all(&release)?;
    let mut migrations = Vec::new();
    for at in 0..MIGRATIONS {
        let table = at % TABLES;
        let sql = match at / TABLES {
            0 => format!(
                "CREATE TABLE t{table} (id bigint PRIMARY KEY, name text NOT NULL, state text, total numeric(10, 2), made timestamptz DEFAULT now())"
            ),
            1 => format!("ALTER TABLE t{table} ADD COLUMN note text"),
            2 => format!("CREATE INDEX t{table}_name_idx ON t{table} (name)"),
            3 => format!(
                "ALTER TABLE t{table} ADD COLUMN owner bigint REFERENCES t{} (id)",
                (table + 1) % TABLES
            ),
            _ => format!("ALTER TABLE t{table} ALTER COLUMN state SET DEFAULT 'new'"),
        };
        std::fs::write(
            files.join(format!("{at:04}_change.sql")),
            format!("{sql};\n"),
        )?;
        migrations.push(sql);
    }
    let (mut queries, mut text) = (Vec::new(), String::new());
    for at in 0..QUERIES {
        let (table, other) = (at % TABLES, (at * 7 + 1) % TABLES);
        let sql = match at / TABLES % 4 {
            0 => format!(
                "SELECT id, name, total FROM t{table} WHERE state = $1 AND made > now() - interval '{at} days'"
            ),
            1 => format!(
                "SELECT a.name, count(*), sum(b.total) FROM t{table} AS a JOIN t{other} AS b ON b.id = a.id WHERE a.id = $1 GROUP BY a.name ORDER BY 2 LIMIT {at}"
            ),
            2 => format!(
                "INSERT INTO t{table} (id, name, total) VALUES ($1, $2, {at}) ON CONFLICT (id) DO UPDATE SET name = excluded.name RETURNING id"
            ),
            _ => format!("UPDATE t{table} SET state = $1 WHERE id = $2 AND total < {at}"),
        };
        writeln!(text, "-- name: q{at}\n{sql};\n")?;
        queries.push(sql);
    }
    std::fs::write(release.join("all.sql"), text)?;
    Ok((migrations, queries))
}

fn judge(folder: &Path) -> Timed {
    let start = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_concertina"))
        .current_dir(folder)
        .args([
            "compat",
            "migrations",
            "--layout",
            "plain",
            "--release",
            "1.0.0=queries",
            "--format",
            "json",
        ])
        .output()?;
    let took = start.elapsed();
    let text = String::from_utf8(output.stdout)?;
    let said = text.matches("\"verdict\"").count();
    if said < QUERIES {
        return Err(format!(
            "{said} verdicts: {}",
            String::from_utf8_lossy(&output.stderr)
        )
        .into());
    }
    Ok(took)
}

fn prepare(url: &str, migrations: &[String], queries: &[String]) -> Timed {
    let mut client = Client::connect(url, NoTls)?;
    client.batch_execute(
        "BEGIN; CREATE SCHEMA bench_compat; SET LOCAL search_path TO bench_compat",
    )?;
    for sql in migrations {
        client.batch_execute(sql)?;
    }
    let start = Instant::now();
    for (at, sql) in queries.iter().enumerate() {
        client.batch_execute(&format!("PREPARE q{at} AS {sql}"))?;
    }
    let took = start.elapsed();
    client.batch_execute("ROLLBACK; DEALLOCATE ALL")?;
    Ok(took)
}
