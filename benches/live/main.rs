//! What do users notice while a change is applied: none, plain DDL, an expert's script, reshape, ours, under one load?
//!
//! `scripts/live [RECIPE ...]`, on a machine that does nothing else. 300 requests a second started by the
//! clock, latency counted from the intended start; reads of what was just acknowledged; a report of 5 s
//! every 9 s; a transaction idle for 2.5 s every 8 s; 100 000 rows. Each change starts a second into a
//! report. `ROWS`, `RATE`, `WAYS=expert,ours` and `REPEAT` in the environment change that; `SHOW=1` prints what our
//! runner tells; `RESHAPE` names reshape's program, without which it is left out. `scripts/live backfill` compares a backfill on an idle server with one UPDATE instead.

mod backfill;
mod load;
mod recipe;
mod ways;

use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use postgres::{Client, NoTls};

use load::{Load, Served};
use recipe::Recipe;
use ways::Way;

/// What is going on at a request.
const STAGES: [&str; 4] = ["before", "expand", "both", "contract"];

fn main() {
    let url = std::env::var("DATABASE_URL")
        .expect("DATABASE_URL names a throwaway server: use scripts/live");
    let number = |name: &str, usual: u64| {
        std::env::var(name)
            .ok()
            .and_then(|value| value.parse().ok())
            .unwrap_or(usual)
    };
    let (rows, rate, repeat) = (
        number("ROWS", 100_000),
        number("RATE", 300),
        number("REPEAT", 1),
    );
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|one| !one.starts_with('-'))
        .collect();
    if wanted == ["backfill"] {
        return backfill::compare(&url, rows, repeat);
    }
    let ways = std::env::var("WAYS").unwrap_or_default();
    say(
        "recipe | way | done | expand + contract s | failed | wrong | over 1 s | longest stall ms (phase) | worst p99 ms (phase) | p99 before ms | size | SQLSTATE",
    );
    say("---|---|---|---|---|---|---|---|---|---|---|---");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/live/recipes");
    for recipe in Recipe::all(&folder) {
        if !wanted.is_empty() && !wanted.contains(&recipe.name) {
            continue;
        }
        for _ in 0..repeat {
            for way in Way::ALL {
                let wanted = ways.is_empty() || ways.split(',').any(|one| one == way.name());
                if wanted && way.takes(&recipe) {
                    say(&live(&url, &recipe, way, rate, rows));
                }
            }
        }
    }
}

#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
fn say(line: &str) {
    println!("{line}");
}

/// One change under load; gives a row of the table.
fn live(url: &str, recipe: &Recipe, way: Way, rate: u64, rows: u64) -> String {
    let database = "live";
    let mut admin = Client::connect(url, NoTls).expect("the server answers");
    admin
        .batch_execute(&format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)"))
        .and_then(|()| admin.batch_execute(&format!("CREATE DATABASE {database}")))
        .expect("a database can be made");
    let (server, _) = url.rsplit_once('/').expect("a URL with a database");
    let url = format!("{server}/{database}");
    let mut client = Client::connect(&url, NoTls).expect("the database answers");
    client
        .batch_execute(&recipe.part("before").replace("{rows}", &rows.to_string()))
        .and_then(|()| client.batch_execute("VACUUM ANALYZE"))
        .expect("the recipe's beginning runs");
    let requests = [recipe.requests("old"), recipe.requests("new")];
    let table = if recipe.part("before").contains("CREATE TABLE orders") {
        "orders"
    } else {
        "users"
    };
    // By number: it may get another name.
    let number: u32 = client
        .query_one(&format!("SELECT '{table}'::regclass::oid"), &[])
        .expect("the table is there")
        .get(0);
    let size = |client: &mut Client| -> i64 {
        client
            .query_one("SELECT pg_table_size($1::oid::regclass)", &[&number])
            .map_or(0, |row| row.get(0))
    };
    let before = size(&mut client);
    let load = Load::new(&url, rate, rows, [way.greeting(0), way.greeting(1)]);
    let (mut done, mut times) = (way.prepare(recipe, &url), [Duration::ZERO; 2]);
    let mut disagreeing = 0;
    std::thread::scope(|scope| {
        load.start(scope, &requests, table);
        std::thread::sleep(Duration::from_secs(4));
        for (at, phase) in ["expand", "contract"].into_iter().enumerate() {
            load.within_a_report();
            load.stage.store(1 + 2 * at, Ordering::SeqCst);
            let started = Instant::now();
            if done.is_ok() {
                done = way.apply(recipe, &url, phase);
            }
            times[at] = started.elapsed();
            if at == 0 {
                load.stage.store(2, Ordering::SeqCst);
                // Without a change there is no release that needs it.
                load.serve(1, way != Way::None);
                std::thread::sleep(Duration::from_secs(4));
                if way != Way::None {
                    load.serve(0, false);
                    std::thread::sleep(Duration::from_secs(1));
                }
                let question = recipe.part("agree");
                if !question.is_empty() && ![Way::None, Way::Reshape].contains(&way) {
                    // Reshape's columns have names of its own until it completes.
                    disagreeing = client.query_one(question, &[]).map_or(0, |row| row.get(0));
                }
            }
        }
        std::thread::sleep(Duration::from_secs(3));
        load.end();
    });
    let grown = size(&mut client) as f64 / before.max(1) as f64;
    row(recipe, way, &done, times, &load.take(), disagreeing, grown)
}

fn row(
    recipe: &Recipe,
    way: Way,
    done: &Result<(), String>,
    times: [Duration; 2],
    served: &[Served],
    disagreeing: i64,
    grown: f64,
) -> String {
    let count = |test: &dyn Fn(&Served) -> bool| served.iter().filter(|one| test(one)).count();
    let ms = |took: Duration| took.as_secs_f64() * 1000.0;
    let p99 = |stage: usize| {
        let mut took: Vec<Duration> = served
            .iter()
            .filter(|one| one.stage == stage)
            .map(|one| one.took)
            .collect();
        took.sort_unstable();
        took.get((took.len() * 99 / 100).min(took.len().saturating_sub(1)))
            .map_or(0.0, |took| ms(*took))
    };
    let wrong = |one: &Served| one.trouble.as_deref() == Some("wrong");
    let (worst, phase) = (1..STAGES.len())
        .map(|stage| (p99(stage), STAGES[stage]))
        .fold(
            (0.0, ""),
            |worst, one| if one.0 > worst.0 { one } else { worst },
        );
    let longest = served
        .iter()
        .filter(|one| one.stage > 0)
        .max_by_key(|one| one.took);
    let (longest, when) = longest.map_or((Duration::ZERO, ""), |one| (one.took, STAGES[one.stage]));
    let mut states: Vec<&str> = served
        .iter()
        .filter_map(|one| one.trouble.as_deref())
        .filter(|one| *one != "wrong")
        .collect();
    states.sort_unstable();
    states.dedup();
    format!(
        "{} | {} | {} | {:.1} + {:.1} | {} | {} | {} | {:.0} ({when}) | {worst:.1} ({phase}) | {:.1} | x{grown:.2} | {}",
        recipe.name,
        way.name(),
        done.as_ref()
            .map_or_else(|error| format!("NO: {error}"), |()| "yes".to_owned()),
        times[0].as_secs_f64(),
        times[1].as_secs_f64(),
        count(&|one| one.trouble.is_some() && !wrong(one)),
        count(&wrong) as i64 + disagreeing,
        count(&|one| one.took > Duration::from_secs(1)),
        ms(longest),
        p99(0),
        states.join(" "),
    )
}
