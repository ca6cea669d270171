//! Many databases, and many schemas of one: the same migrations, some at once, one report, no secrets in it.

use std::collections::BTreeSet;
use std::process::{Command, Output};
use std::sync::Mutex;
use std::time::Duration;

use concertina::client::{Many, Silent, Stamped, Target, postgres, tokio_postgres};
use concertina::compat::AppQuery;
use concertina::run::{Event, RunError, Runner, State};
use concertina::sql::Phase;
use serde_json::Value;

use super::operate::{folder, said};
use super::scenario::*;

const TABLE: &str =
    "CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text, age int);
     INSERT INTO users (name, age) SELECT 'user ' || n, n % 90 FROM generate_series(1, 900) n";

/// Makes a tenant's schema as release 1 knows it.
fn tenant(url: &str, schema: &str) {
    let sql = format!("CREATE SCHEMA \"{schema}\"; SET search_path = \"{schema}\"; {TABLE}");
    client(url).batch_execute(&sql).unwrap();
}

/// A database with some tenants and nothing in `public`.
fn tenants(schemas: &[&str]) -> String {
    let url = crate::server::shared().database();
    for schema in schemas {
        tenant(&url, schema);
    }
    url
}

fn targets(url: &str, schemas: &[&str]) -> Vec<Target<postgres::Database>> {
    let target = |schema: &&str| Target::new(*schema, at(url)).schema(*schema);
    schemas.iter().map(target).collect()
}

/// The columns of a tenant's table and how many of its rows are filled, such as `id age full_name: 900`.
fn shape(url: &str, schema: &str) -> String {
    let mut client = client(url);
    let columns = "SELECT coalesce(string_agg(attname, ' ' ORDER BY attnum), '') FROM pg_attribute
         WHERE attrelid = to_regclass(format('%I.users', $1::text)) AND attnum > 0 AND NOT attisdropped";
    let columns: String = client.query_one(columns, &[&schema]).unwrap().get(0);
    if !columns.contains("full_name") {
        return columns;
    }
    let filled = format!("SELECT count(full_name) FROM \"{schema}\".users");
    let filled: i64 = client.query_one(&filled, &[]).unwrap().get(0);
    format!("{columns}: {filled}")
}

const DONE: &str = "id age full_name: 900";

#[test]
fn schemas_of_one_database_have_histories_of_their_own() {
    let all = ["acme", "Globex & \"Sons\"", "nobody", "initech"];
    let url = tenants(&["acme", "initech"]);
    tenant(&url, "Globex & \"\"Sons\"\"");
    client(&url)
        .batch_execute("ALTER TABLE initech.users ADD COLUMN full_name int")
        .unwrap();
    let runner = runner(rename());
    let events = Mutex::new(BTreeSet::new());
    let observe = |name: &str| {
        let (name, events) = (name.to_owned(), &events);
        move |stamped: &Stamped| {
            if let Event::MigrationFinished { file, .. } = &stamped.event {
                let fresh = events.lock().unwrap().insert((name.clone(), file.clone()));
                assert!(fresh, "{file} was applied twice to {name}");
            }
        }
    };
    let ended = postgres::apply_all(&runner, &targets(&url, &all), Many::at_once(3), observe);
    let names: Vec<&str> = ended.iter().map(|one| one.target.as_str()).collect();
    assert_eq!(names, all);
    let result = |at: usize| ended[at].result.as_ref().unwrap();
    assert_eq!(result(0).as_ref().unwrap().applied.len(), 4);
    assert_eq!(result(1).as_ref().unwrap().applied.len(), 4);
    assert!(matches!(result(2), Err(RunError::NoSchema(name)) if name == "nobody"));
    let refused = result(3).as_ref().unwrap_err();
    assert_eq!(refused.sqlstate(), Some("42701"), "{refused}");
    assert_eq!(events.lock().unwrap().len(), 8);
    assert_eq!(shape(&url, "acme"), DONE);
    assert_eq!(shape(&url, "initech"), "id name age full_name: 0");
    // A second run finds nothing to do but where the first one failed; the database itself has no history.
    client(&url)
        .batch_execute("ALTER TABLE initech.users DROP COLUMN full_name")
        .unwrap();
    let again = postgres::apply_all(&runner, &targets(&url, &all), Many::at_once(1), |_| Silent);
    let applied = |at: usize| {
        again[at]
            .result
            .as_ref()
            .unwrap()
            .as_ref()
            .unwrap()
            .applied
            .len()
    };
    assert_eq!((applied(0), applied(1), applied(3)), (0, 0, 4));
    assert_eq!(shape(&url, "initech"), DONE);
    let status = postgres::status_all(&runner, &targets(&url, &all), Many::at_once(2));
    let state = |at: usize| status[at].result.as_ref().unwrap().as_ref().unwrap().state;
    assert_eq!((state(0), state(3)), (State::Settled, State::Settled));
    let whole = postgres::status(&runner, &at(&url)).unwrap();
    assert_eq!(whole.state, State::Expanding);
    assert!(whole.migrations.iter().all(|one| one.state == "pending"));
    assert!(left_behind(&url).is_empty());
}

#[test]
fn a_schema_that_is_dropped_and_made_again_starts_from_the_first_migration() {
    let url = tenants(&["acme"]);
    let runner = runner(rename()).schema("acme");
    postgres::apply(&runner, &at(&url), &mut Silent).unwrap();
    client(&url)
        .batch_execute("DROP SCHEMA acme CASCADE")
        .unwrap();
    let gone = postgres::apply(&runner, &at(&url), &mut Silent).unwrap_err();
    assert!(matches!(gone, RunError::NoSchema(_)), "{gone}");
    client(&url).batch_execute("CREATE SCHEMA acme").unwrap();
    let all = |text: &str| {
        let mut first = migration('V', 1, "users", text);
        first.version = "1".to_owned();
        std::iter::once(first).chain(rename()).collect()
    };
    let made = super::scenario::runner(all(TABLE)).schema("acme");
    let status = postgres::status(&made, &at(&url)).unwrap();
    assert!(status.migrations.iter().all(|one| one.state == "pending"));
    let report = postgres::apply(&made.clone().phase(Phase::Migrate), &at(&url), &mut Silent);
    assert_eq!(report.unwrap().applied.len(), 4);
    // What was held is not taken for what was applied to the schema before.
    let status = postgres::status(&made, &at(&url)).unwrap();
    assert_eq!(status.state, State::Held);
    postgres::apply(&made, &at(&url), &mut Silent).unwrap();
    assert_eq!(shape(&url, "acme"), DONE);
}

/// One instance serves all tenants of its database: it is registered once, and holds the contract of each.
#[test]
fn a_live_instance_holds_the_contracts_of_all_schemas() {
    let url = tenants(&["acme", "globex"]);
    let all = runner(rename());
    let phase = |last| all.clone().phase(last);
    let both = targets(&url, &["acme", "globex"]);
    postgres::apply_all(&phase(Phase::Migrate), &both, Many::at_once(2), |_| Silent);
    let asks = AppQuery::new(
        "get_user",
        "queries.sql",
        1,
        "SELECT name FROM users WHERE id = $1",
    );
    let old = Runner::new(Vec::new())
        .release(version("2.0.0"))
        .queries(vec![asks]);
    let instance = postgres::start(&old, &at(&url), &mut Silent).unwrap();
    let held = postgres::apply_all(&all, &both, Many::at_once(2), |_| Silent);
    for one in &held {
        let report = one.result.as_ref().unwrap().as_ref().unwrap();
        let words = report.held[0].reasons[0].to_string();
        assert!(words.contains("get_user"), "{}: {words}", one.target);
    }
    drop(instance);
    let open = postgres::apply_all(&all, &both, Many::at_once(2), |_| Silent);
    assert!(
        open.iter()
            .all(|one| matches!(&one.result, Some(Ok(report)) if report.is_complete()))
    );
    assert_eq!(shape(&url, "globex"), DONE);
}

/// An order to abort is for one schema; an index that was killed half-way is recovered in its own schema.
#[test]
fn an_abort_ends_the_run_of_its_schema_alone() {
    let url = tenants(&["acme", "globex"]);
    let all = runner(rename());
    let first = |schema: &str| all.clone().phase(Phase::Expand).schema(schema);
    postgres::apply(&first("acme"), &at(&url), &mut Silent).unwrap();
    postgres::apply(&first("globex"), &at(&url), &mut Silent).unwrap();
    postgres::pause(&all, &at(&url), "lunch").unwrap();
    let run = |schema: &str| {
        let (runner, database) = (all.clone().schema(schema), at(&url));
        std::thread::spawn(move || postgres::apply(&runner, &database, &mut Silent))
    };
    let (acme, globex) = (run("acme"), run("globex"));
    std::thread::sleep(Duration::from_millis(800));
    assert!(!acme.is_finished() && !globex.is_finished());
    postgres::abort(&all.clone().schema("acme"), &at(&url), "wrong tenant").unwrap();
    let ended = acme.join().unwrap().unwrap_err();
    assert!(matches!(ended, RunError::Aborted { .. }), "{ended}");
    assert!(!globex.is_finished());
    postgres::resume(&all, &at(&url), concertina::run::Tuning::default()).unwrap();
    assert!(globex.join().unwrap().unwrap().is_complete());
    assert_eq!(shape(&url, "globex"), DONE);
    assert_eq!(shape(&url, "acme"), "id name age full_name: 0");
}

#[test]
fn going_back_keeps_the_journal_while_schemas_have_a_history_in_it() {
    let url = tenants(&["acme"]);
    client(&url).batch_execute(TABLE).unwrap();
    let all = runner(rename());
    postgres::apply(&all, &at(&url), &mut Silent).unwrap();
    postgres::apply(&all.clone().schema("acme"), &at(&url), &mut Silent).unwrap();
    let eject =
        |runner: &Runner| postgres::drive(runner.eject(true), &at(&url), &mut Silent).unwrap();
    let kept = eject(&all);
    assert_eq!(
        (kept.schemas, kept.dropped),
        (vec!["acme".to_owned()], false)
    );
    assert!(eject(&all.clone().schema("acme")).dropped);
    assert!(eject(&all).dropped);
}

#[test]
fn async_targets_are_worked_on_at_once_and_none_is_begun_after_a_failure() {
    let schemas = ["acme", "globex", "initech", "umbrella"];
    let url = tenants(&schemas);
    client(&url)
        .batch_execute("ALTER TABLE acme.users ADD COLUMN full_name int")
        .unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let database = tokio_postgres::Database::new(&url).unwrap();
        let target = |schema: &str| Target::new(schema, database.clone()).schema(schema);
        let targets = schemas.map(target);
        let runner = runner(rename());
        let stopping = Many::at_once(1).stop_at_failure(true);
        let ended = tokio_postgres::apply_all(&runner, &targets, stopping, |_| Silent).await;
        assert!(matches!(&ended[0].result, Some(Err(_))));
        assert!(ended[1..].iter().all(|one| one.result.is_none()));
        let ended =
            tokio_postgres::apply_all(&runner, &targets, Many::at_once(3), |_| Silent).await;
        assert!(matches!(&ended[0].result, Some(Err(_))));
        for one in &ended[1..] {
            let report = one.result.as_ref().unwrap().as_ref().unwrap();
            assert_eq!(report.applied.len(), 4, "{}", one.target);
        }
        let status = tokio_postgres::status_all(&runner, &targets, Many::at_once(9)).await;
        let settled = status.iter().filter(
            |one| matches!(&one.result, Some(Ok(status)) if status.state == State::Settled),
        );
        assert_eq!(settled.count(), 3);
    });
}

fn concertina(folder: &std::path::Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_concertina"))
        .args(arguments)
        .env_remove("DATABASE_URL")
        .current_dir(folder)
        .output()
        .unwrap()
}

fn with_password(url: &str) -> String {
    url.replace("postgres@", "postgres:sesame@")
}

/// One of five databases cannot take the migrations, and one is not there: the others get them, and one
/// report says so.
#[test]
fn many_databases_are_migrated_at_once_with_one_report() {
    let folder = folder();
    let mut urls: Vec<String> = (0..5).map(|_| with_password(&database())).collect();
    client(&urls[2])
        .batch_execute("ALTER TABLE users ADD COLUMN full_name int")
        .unwrap();
    urls.push("postgresql://me:sesame@127.0.0.1:1/nowhere".to_owned());
    let list = format!("# shards\n\n{}\n", urls.join("\n"));
    std::fs::write(folder.path().join("shards"), list).unwrap();
    let apply = [
        "apply",
        "--databases",
        "shards",
        "--parallel",
        "2",
        "--release",
        "2.0.0",
    ];
    let ended = concertina(folder.path(), &apply);
    let text = said(&ended);
    assert_eq!(ended.status.code(), Some(1), "{text}");
    assert!(!text.contains("sesame"), "{text}");
    assert_eq!(text.matches("\napplied migrations/U5").count(), 4, "{text}");
    assert_eq!(text.matches("\nfailed  ").count(), 2, "{text}");
    for words in [
        "42701",
        "database 6 (127.0.0.1:1/nowhere)\nfailed  cannot connect",
        "of 6 targets: 4 complete, 0 waiting for a gate, 2 failed, 0 not begun\n",
    ] {
        assert!(text.contains(words), "{words} is missing:\n{text}");
    }
    let place = postgres::shown(&urls[4]);
    assert!(
        text.contains(&format!("\n5 ({place}): migrations/V2")),
        "{text}"
    );
    let filled = client(&urls[4])
        .query_one("SELECT count(full_name) FROM users", &[])
        .unwrap();
    assert_eq!(filled.get::<_, i64>(0), ROWS);
    // The same as JSON: a line for each event, with its database, and the report as the last one.
    let mut json = apply.to_vec();
    json.extend(["--format", "json"]);
    let again = concertina(folder.path(), &json);
    let text = said(&again);
    assert_eq!(again.status.code(), Some(1), "{text}");
    assert!(!text.contains("sesame"), "{text}");
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let (last, events) = lines.split_last().unwrap();
    let name = format!("5 ({place})");
    let finished = |line: &&Value| line["event"] == "finished" && line["database"] == name.as_str();
    assert_eq!(events.iter().filter(finished).count(), 1, "{text}");
    assert_eq!(
        (&last["version"], &last["event"]),
        (&1.into(), &"report".into())
    );
    let databases = last["databases"].as_array().unwrap();
    assert_eq!(databases.len(), 6);
    assert_eq!(databases[4]["report"]["applied"], serde_json::json!([]));
    assert!(databases[2]["error"].as_str().unwrap().contains("42701"));
    // What stands in the file is not repeated where it cannot be read.
    std::fs::write(
        folder.path().join("shards"),
        "postgresql://me:sesame@h:x/n\n",
    )
    .unwrap();
    let unreadable = concertina(folder.path(), &apply);
    let text = said(&unreadable);
    assert_eq!(unreadable.status.code(), Some(2), "{text}");
    assert!(
        text.contains("shards:1: ") && !text.contains("sesame"),
        "{text}"
    );
}

#[test]
fn schemas_of_several_databases_are_applied_and_shown_from_the_command_line() {
    let folder = folder();
    let (one, other) = (tenants(&["acme", "globex"]), tenants(&["acme"]));
    let both = ["--database-url", &one, "--database-url", &other];
    let all = [&both[..], &["--schema", "acme", "--schema", "globex"]].concat();
    let stopping = ["--stop-at-failure", "--parallel", "1", "--release", "2.0.0"];
    let ended = concertina(folder.path(), &[&["apply"], &all[..], &stopping].concat());
    let text = said(&ended);
    assert_eq!(ended.status.code(), Some(1), "{text}");
    let missing = format!(
        "database 4 ({}, schema globex)\nfailed  there is no schema globex",
        postgres::shown(&other)
    );
    assert!(text.contains(&missing), "{text}");
    assert!(text.contains("of 4 targets: 3 complete"), "{text}");
    let schemas = ["--schema", "nobody", "--schema", "acme"];
    let text = said(&concertina(
        folder.path(),
        &[&["apply"], &both[..2], &schemas, &stopping].concat(),
    ));
    assert!(text.contains("schema acme)\nnot begun"), "{text}");
    let shown = concertina(
        folder.path(),
        &[
            &["status", "--format", "openmetrics"],
            &all[..],
            &["migrations"],
        ]
        .concat(),
    );
    let text = said(&shown);
    assert_eq!(shown.status.code(), Some(1), "{text}");
    let settled = format!(
        "concertina_state{{database=\"2 ({}, schema globex)\",concertina_state=\"settled\"}} 1\n",
        postgres::shown(&one)
    );
    assert!(text.contains(&settled), "{text}");
    assert_eq!(
        text.matches("# TYPE concertina_state ").count(),
        1,
        "{text}"
    );
    // A single schema is as a single database.
    let single = ["--database-url", &one, "--schema", "acme"];
    let status = concertina(
        folder.path(),
        &[
            &["status", "--format", "json"],
            &single[..],
            &["migrations"],
        ]
        .concat(),
    );
    let status: Value = serde_json::from_slice(&status.stdout).unwrap();
    assert_eq!(status["state"], "settled");
    let open = concertina(folder.path(), &[&["gate"], &single[..]].concat());
    assert_eq!(said(&open), "no contract waits\n");
}
