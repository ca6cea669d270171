//! What does it cost to read, replay and explain a history, as a ratio to sqlparser's parse of the same statements?
//!
//! `cargo bench --all-features --bench history` takes a history made here; `CONCERTINA_BENCH_HISTORY=FOLDER[:FOLDER..]`
//! real ones. Every figure of a table is the fastest of several interleaved rounds of one run: compare within it.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench prints, and stops at the first surprise"
)]

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use concertina::effects::{Known, Options, walk_each};
use concertina::sql::{Migration, read_all};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;

const ROUNDS: usize = 7;

fn main() {
    let named = std::env::var("CONCERTINA_BENCH_HISTORY").unwrap_or_default();
    println!(
        "| history | statements | sqlparser ms | parse | + replay | + effects | ratio | statements/s |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    if named.is_empty() {
        stages("made here, 1000 migrations", &made(1000));
    }
    let mut all = Vec::new();
    for folder in named.split(':').filter(|folder| !folder.is_empty()) {
        let project = concertina::project::load(Path::new(folder), None).unwrap();
        let up = project.migrations.into_iter().filter(|one| !one.down);
        let migrations: Vec<Migration> = up.collect();
        stages(folder, &migrations);
        all.push(migrations);
    }
    if !all.is_empty() {
        together(&all);
    }
    println!();
    println!("| migrations | statements | ms | per statement, to the first line | peak MiB |");
    println!("|---|---|---|---|---|");
    let mut first = None;
    for length in [10, 100, 1000, 10_000] {
        let migrations = made(length);
        let statements = count(&migrations);
        let rounds = if length > 1000 { 3 } else { ROUNDS };
        let time = fastest(rounds, || ours(&migrations, Stage::Effects));
        let each = time.as_secs_f64() / statements as f64;
        let first = *first.get_or_insert(each);
        println!(
            "| {length} | {statements} | {:.1} | {:.2} | {} |",
            ms(time),
            each / first,
            peak_mib()
        );
    }
}

#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Stage {
    Parse,
    Replay,
    Effects,
}

fn stages(name: &str, migrations: &[Migration]) {
    let mut best = [Duration::MAX; 4];
    for _ in 0..ROUNDS {
        round(migrations, &mut best);
    }
    line(name, count(migrations), best);
}

/// The sum over histories, each by itself.
fn together(histories: &[Vec<Migration>]) {
    let mut sum = [Duration::ZERO; 4];
    for migrations in histories {
        let mut best = [Duration::MAX; 4];
        for _ in 0..ROUNDS {
            round(migrations, &mut best);
        }
        for (sum, best) in sum.iter_mut().zip(best) {
            *sum += best;
        }
    }
    line(
        "all of them",
        histories.iter().map(|one| count(one)).sum(),
        sum,
    );
}

fn round(migrations: &[Migration], best: &mut [Duration; 4]) {
    best[0] = best[0].min(timed(|| theirs(migrations)));
    best[1] = best[1].min(timed(|| ours(migrations, Stage::Parse)));
    best[2] = best[2].min(timed(|| ours(migrations, Stage::Replay)));
    best[3] = best[3].min(timed(|| ours(migrations, Stage::Effects)));
}

fn line(name: &str, statements: usize, [theirs, parse, replay, effects]: [Duration; 4]) {
    println!(
        "| {name} | {statements} | {:.1} | {:.1} | {:.1} | {:.1} | {:.2} | {:.0} |",
        ms(theirs),
        ms(parse),
        ms(replay),
        ms(effects),
        effects.as_secs_f64() / theirs.as_secs_f64(),
        statements as f64 / effects.as_secs_f64()
    );
}

/// Tokenize and parse, statement by statement, since one refused would end its file.
fn theirs(migrations: &[Migration]) {
    for migration in migrations {
        for statement in &migration.script().statements {
            let text = statement.span.text(&migration.text);
            let _ = black_box(Parser::parse_sql(&PostgreSqlDialect {}, text));
        }
    }
}

/// From the texts on, as a run of `concertina check` goes.
fn ours(migrations: &[Migration], stage: Stage) {
    let unread: Vec<Migration> = migrations.iter().map(again).collect();
    if stage == Stage::Parse {
        read_all(&unread);
        return drop(black_box(unread));
    }
    let (history, judged): (&[Migration], &[Migration]) = match stage {
        Stage::Effects => (&[], &unread),
        _ => (&unread, &[]),
    };
    let nothing_kept = |_, walked| drop(black_box(walked));
    let known = Known::default();
    black_box(walk_each(
        &known,
        history,
        judged,
        &Options::default(),
        nothing_kept,
    ));
}

/// The same migration, before anybody has read its statements.
fn again(migration: &Migration) -> Migration {
    let mut unread = Migration::new(migration.file.as_str(), migration.text.as_str());
    (unread.transaction, unread.unwrapping) = (migration.transaction, migration.unwrapping);
    (unread.down, unread.dump) = (migration.down, migration.dump);
    unread
}

/// `length` small migrations as a growing application writes them.
fn made(length: usize) -> Vec<Migration> {
    (0..length)
        .map(|number| Migration::new(format!("V{number}__step.sql"), step(number)))
        .collect()
}

fn step(number: usize) -> String {
    let mut sql = String::new();
    let table = number / 8;
    let other = table.saturating_sub(1);
    match number % 8 {
        0 => write!(
            sql,
            "CREATE TABLE t{table} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, \
             state varchar(20) NOT NULL DEFAULT 'new', amount numeric(12, 2), created_at timestamptz NOT NULL DEFAULT now());\n\
             COMMENT ON TABLE t{table} IS 'one of many';\n"
        ),
        1 => writeln!(sql, "ALTER TABLE t{table} ADD COLUMN t{other}_id bigint REFERENCES t{other} (id) ON DELETE CASCADE;"),
        2 => writeln!(sql, "CREATE INDEX CONCURRENTLY t{table}_name_idx ON t{table} (lower(name)) WHERE state <> 'gone';"),
        3 => write!(
            sql,
            "ALTER TABLE t{table} ADD CONSTRAINT t{table}_amount_check CHECK (amount >= 0) NOT VALID;\n\
             ALTER TABLE t{table} VALIDATE CONSTRAINT t{table}_amount_check;\n"
        ),
        4 => write!(
            sql,
            "CREATE VIEW v{table} AS SELECT t.id, t.name, count(*) AS many FROM t{table} t JOIN t{other} o ON o.id = t.t{other}_id \
             WHERE t.state IN ('new', 'open') GROUP BY t.id, t.name;\nGRANT SELECT ON v{table} TO reader;\n"
        ),
        5 => write!(
            sql,
            "UPDATE t{table} SET amount = coalesce(amount, 0) + 1 WHERE created_at < now() - interval '1 day';\n\
             INSERT INTO t{table} (name, amount) SELECT name, amount FROM t{other} WHERE state = 'open';\n"
        ),
        6 => write!(
            sql,
            "CREATE FUNCTION f{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE t{other} SET state = 'seen' \
             WHERE id = NEW.t{other}_id; RETURN NEW; END $$;\nCREATE TRIGGER touch AFTER INSERT ON t{table} FOR EACH ROW EXECUTE FUNCTION f{table}();\n"
        ),
        _ => write!(
            sql,
            "ALTER TABLE t{table} ALTER COLUMN amount SET DEFAULT 0, ADD COLUMN note text;\nDROP INDEX t{table}_name_idx;\n"
        ),
    }
    .unwrap();
    sql
}

fn count(migrations: &[Migration]) -> usize {
    let each = migrations.iter().map(|one| one.script().statements.len());
    each.sum()
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn fastest(rounds: usize, work: impl Fn()) -> Duration {
    (0..rounds).map(|_| timed(&work)).min().unwrap_or_default()
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// The most memory that this process ever held; 0 where the system does not say.
fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kib.unwrap_or_default() / 1024
}
