//! The contract gate: held while an old instance lives, open after; divergence and freezing.

use std::time::Duration;

use concertina::client::{Silent, postgres};
use concertina::compat::AppQuery;
use concertina::run::{HeldReason, RunError, Runner};
use concertina::sql::{Migration, Phase};

use super::scenario::*;

const GET_USER: &str = "SELECT id, name FROM users WHERE id = $1";

fn old_release() -> Runner {
    Runner::new(rename().into_iter().take(1).collect())
        .release(version("1.4.0"))
        .queries(vec![AppQuery::new("get_user", "queries.sql", 1, GET_USER)])
        .lease(Duration::from_millis(800))
}

#[test]
fn a_contract_is_held_while_an_old_instance_lives_and_passes_after_its_lease() {
    let url = database();
    let instance = postgres::start(&old_release(), &at(&url), &mut Silent).unwrap();
    let mut reader = client(&url);
    reader.batch_execute("BEGIN; SELECT 1").unwrap();
    let report = postgres::apply(&runner(rename()), &at(&url), &mut Silent).unwrap();
    reader.batch_execute("COMMIT").unwrap();
    assert_eq!(report.applied.len(), 2, "{report:?}");
    assert!(!report.is_complete());
    let reasons = &report.held[0].reasons;
    assert!(
        reasons.iter().any(|one| matches!(one, HeldReason::Instance { id, release, .. } if id == instance.id() && release == "1.4.0")),
        "{reasons:?}"
    );
    assert!(
        reasons.iter().any(|one| matches!(one, HeldReason::Query { query, message, .. } if query == "get_user" && message.contains("name"))),
        "{reasons:?}"
    );
    // The last old instance is not gone yet: no transaction is older than that.
    assert!(
        !reasons
            .iter()
            .any(|one| matches!(one, HeldReason::Transaction { .. })),
        "{reasons:?}"
    );
    // A process that dies does not leave: its lease has to run out.
    std::mem::forget(instance);
    let mut client = client(&url);
    client.batch_execute("UPDATE concertina.instance SET lease = '1 second', last_seen = clock_timestamp(), id = 'gone'").unwrap();
    let early = postgres::apply(&runner(rename()), &at(&url), &mut Silent).unwrap();
    assert!(!early.is_complete());
    let patient = runner(rename()).wait_for_gate(Duration::from_secs(20));
    let report = postgres::apply(&patient, &at(&url), &mut Silent).unwrap();
    assert_eq!(report.applied, ["migrations/U5__full_name_contract.sql"]);
    assert!(report.is_complete());
}

#[test]
fn a_run_records_the_queries_for_instances_that_register_none() {
    let url = database();
    postgres::apply(&old_release(), &at(&url), &mut Silent).unwrap();
    let silent = old_release().queries(Vec::new());
    let _instance = postgres::start(&silent, &at(&url), &mut Silent).unwrap();
    let report = postgres::apply(&runner(rename()), &at(&url), &mut Silent).unwrap();
    let reasons = &report.held[0].reasons;
    assert!(
        reasons
            .iter()
            .any(|one| matches!(one, HeldReason::Query { query, .. } if query == "get_user")),
        "{reasons:?}"
    );
    let mut client = client(&url);
    let row = client
        .query_one("SELECT queries::text FROM concertina.release", &[])
        .unwrap();
    let release = concertina::compat::snapshot::read(row.get(0)).unwrap();
    assert_eq!(release.version, "1.4.0");
    assert_eq!(release.queries[0].sql, GET_USER);
}

#[test]
fn a_transaction_older_than_the_switch_holds_the_contract() {
    let url = database();
    let instance = postgres::start(&old_release(), &at(&url), &mut Silent).unwrap();
    let mut old = client(&url);
    old.batch_execute("SET application_name = 'report'; BEGIN; SELECT 1")
        .unwrap();
    drop(instance);
    let report = postgres::apply(&runner(rename()), &at(&url), &mut Silent).unwrap();
    let held = &report.held[0].reasons;
    assert!(
        matches!(&held[..], [HeldReason::Transaction { application, .. }] if application == "report"),
        "{held:?}"
    );
    old.batch_execute("COMMIT").unwrap();
    assert!(
        postgres::apply(&runner(rename()), &at(&url), &mut Silent)
            .unwrap()
            .is_complete()
    );
}

#[test]
fn force_and_forget_are_recorded() {
    let url = database();
    let _instance = postgres::start(&old_release(), &at(&url), &mut Silent).unwrap();
    let second = postgres::start(&old_release(), &at(&url), &mut Silent).unwrap();
    postgres::forget(
        &runner(rename()),
        &at(&url),
        second.id(),
        "its host is gone",
    )
    .unwrap();
    let unknown = postgres::forget(&runner(rename()), &at(&url), "nobody", "?").unwrap_err();
    assert!(matches!(unknown, RunError::UnknownInstance(_)));
    let forced = runner(rename()).force("the old release serves nobody");
    assert!(
        postgres::apply(&forced, &at(&url), &mut Silent)
            .unwrap()
            .is_complete()
    );
    let mut client = client(&url);
    let rows = client
        .query(
            "SELECT kind, detail::text FROM concertina.event ORDER BY id",
            &[],
        )
        .unwrap();
    let kinds: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(kinds, ["forget", "force"]);
    let detail: String = rows[1].get(1);
    assert!(
        detail.contains("serves nobody") && detail.contains("1.4.0"),
        "{detail}"
    );
}

#[test]
fn later_migrations_that_need_no_held_one_go_ahead() {
    let url = database();
    let _old = postgres::start(&old_release(), &at(&url), &mut Silent).unwrap();
    let mut migrations = rename();
    migrations.push(migration(
        'V',
        6,
        "email",
        "ALTER TABLE users ADD COLUMN email text;",
    ));
    migrations.push(migration(
        'V',
        7,
        "name_again",
        "ALTER TABLE users ADD COLUMN name int;",
    ));
    let report = postgres::apply(&runner(migrations), &at(&url), &mut Silent).unwrap();
    assert!(
        report
            .applied
            .contains(&"migrations/V6__email.sql".to_owned()),
        "{report:?}"
    );
    assert_eq!(report.held.len(), 2, "{report:?}");
    assert!(report.held[1].because.is_some(), "{report:?}");
}

#[test]
fn an_applied_migration_that_was_edited_is_named_with_its_first_changed_statement() {
    let url = database();
    let first = "CREATE TABLE a (id int);\nCREATE TABLE b (id int);\n";
    let with = |text: &str| runner(vec![migration('V', 2, "two", text)]);
    postgres::apply(&with(first), &at(&url), &mut Silent).unwrap();
    let windows = first.replace('\n', "\r\n");
    for same in [
        first,
        &windows,
        "-- a comment\nCREATE TABLE a (id int);\nCREATE TABLE b (id int);",
    ] {
        postgres::apply(&with(same), &at(&url), &mut Silent).unwrap();
    }
    let error = postgres::apply(
        &with("CREATE TABLE a (id int);\n\nCREATE TABLE c (id int);\n"),
        &at(&url),
        &mut Silent,
    );
    let error = error.unwrap_err().to_string();
    assert!(
        error.starts_with("migrations/V2__two.sql: ") && error.contains("statement 2 (line 3)"),
        "{error}"
    );
}

/// What has begun is finished as it was begun; what was refused before anything was committed is free.
#[test]
fn a_migration_is_frozen_when_something_of_it_is_committed() {
    let url = database();
    let file = |text: &str| -> Vec<Migration> { vec![migration('V', 2, "steps", text)] };
    let broken =
        "-- concertina: no-transaction\nCREATE TABLE a (id int);\nCREATE TABLE users (id int);";
    let error = postgres::apply(&runner(file(broken)), &at(&url), &mut Silent).unwrap_err();
    assert_eq!(error.sqlstate(), Some("42P07"), "{error}");
    assert!(error.to_string().contains("V2__steps.sql:3: "), "{error}");
    client(&url)
        .batch_execute("ALTER TABLE users RENAME TO people")
        .unwrap();
    let edited =
        "-- concertina: no-transaction\nCREATE TABLE a (id int);\nCREATE TABLE other (id int);";
    let error = postgres::apply(&runner(file(edited)), &at(&url), &mut Silent).unwrap_err();
    assert!(
        matches!(
            error,
            RunError::Diverged {
                statement: Some(1),
                ..
            }
        ),
        "{error}"
    );
    let users = client(&url)
        .query_one(
            "SELECT to_regclass('users') IS NOT NULL AND to_regclass('other') IS NULL",
            &[],
        )
        .unwrap();
    assert!(users.get::<_, bool>(0));
    let wrong = "CREATE TABLE x (id int); CREATE TABLE x (id int);";
    let url = database();
    postgres::apply(&runner(file(wrong)), &at(&url), &mut Silent).unwrap_err();
    postgres::apply(
        &runner(file("CREATE TABLE x (id int);")),
        &at(&url),
        &mut Silent,
    )
    .unwrap();
}

#[test]
fn only_the_phases_asked_for_are_applied() {
    let url = database();
    let expand = runner(rename()).phase(Phase::Expand);
    let report = postgres::apply(&expand, &at(&url), &mut Silent).unwrap();
    assert_eq!(report.applied.len(), 2, "{report:?}");
    assert!(report.is_complete());
    assert_eq!(report.held.len(), 2);
}

/// Forty-nine instances are on the new release, one is not.
#[test]
fn one_old_instance_of_fifty_is_named_with_its_query_and_the_contract_follows_when_it_leaves() {
    let url = database();
    let migrate = runner(rename()).phase(Phase::Migrate);
    postgres::apply(&migrate, &at(&url), &mut Silent).unwrap();
    let old = postgres::start(&old_release(), &at(&url), &mut Silent).unwrap();
    client(&url)
        .batch_execute(
            "INSERT INTO concertina.release SELECT '2.0.0', jsonb_set(jsonb_set(queries, '{queries}', '[]'), '{release}', '\"2.0.0\"')
                 FROM concertina.release LIMIT 1;
             INSERT INTO concertina.instance (id, release, lease) SELECT 'new ' || i, '2.0.0', '1 hour' FROM generate_series(1, 49) i",
        )
        .unwrap();
    let held = postgres::apply(&runner(rename()), &at(&url), &mut Silent).unwrap();
    let reasons = &held.held[0].reasons;
    let named = reasons
        .iter()
        .filter(|one| matches!(one, HeldReason::Instance { .. }))
        .count();
    assert_eq!(named, 1, "{reasons:?}");
    assert!(
        reasons
            .iter()
            .any(|one| matches!(one, HeldReason::Query { query, .. } if query == "get_user")),
        "{reasons:?}"
    );
    let started = std::time::Instant::now();
    drop(old);
    let patient = runner(rename()).wait_for_gate(Duration::from_secs(20));
    let report = postgres::apply(&patient, &at(&url), &mut Silent).unwrap();
    assert!(report.is_complete(), "{report:?}");
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "{:?}",
        started.elapsed()
    );
}

/// A report that nobody registered is found by its `application_name`, a job by its role.
#[test]
fn clients_that_do_not_register_hold_a_contract_while_they_are_connected() {
    let url = database();
    let declared = |name: &str| concertina::run::Client {
        name: name.to_owned(),
        release: version("1.4.0"),
    };
    let runner =
        runner(rename()).clients(vec![declared("monthly report"), declared("nightly_job")]);
    let mut admin = client(&url);
    admin
        .batch_execute("DROP ROLE IF EXISTS nightly_job; CREATE ROLE nightly_job LOGIN")
        .unwrap();
    let job = client(&url.replace("postgres@", "nightly_job@"));
    let mut report = client(&url);
    report
        .batch_execute("SET application_name = 'monthly report'")
        .unwrap();
    let held = postgres::apply(&runner, &at(&url), &mut Silent).unwrap();
    let names: Vec<&str> = held.held[0]
        .reasons
        .iter()
        .filter_map(|one| match one {
            HeldReason::Client { name, .. } => Some(name.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(names, ["monthly report", "nightly_job"], "{:?}", held.held);
    drop((job, report));
    let patient = runner.wait_for_gate(Duration::from_secs(10));
    assert!(
        postgres::apply(&patient, &at(&url), &mut Silent)
            .unwrap()
            .is_complete()
    );
}

/// The application is rolled back before the contract has begun: the gate closes again.
#[test]
fn an_older_release_that_comes_back_closes_the_gate_again() {
    let url = database();
    let migrate = runner(rename()).phase(Phase::Migrate);
    postgres::apply(&migrate, &at(&url), &mut Silent).unwrap();
    drop(postgres::start(&old_release(), &at(&url), &mut Silent).unwrap());
    let open = postgres::status(&runner(rename()), &at(&url)).unwrap();
    assert!(
        open.gates().iter().all(concertina::run::Gate::is_open),
        "{:?}",
        open.gates()
    );
    let _back = postgres::start(&old_release(), &at(&url), &mut Silent).unwrap();
    let report = postgres::apply(&runner(rename()), &at(&url), &mut Silent).unwrap();
    assert!(!report.is_complete());
}

/// What is held in front of a migration, and what it would be to overtake it.
#[test]
fn a_held_contract_is_overtaken_only_where_that_makes_no_difference() {
    let overtaking = |later: &str| {
        let url = database();
        let mut client = client(&url);
        client
            .batch_execute("CREATE VIEW names AS SELECT id FROM users")
            .unwrap();
        let _instance = postgres::start(&old_release(), &at(&url), &mut Silent).unwrap();
        let mut all = rename();
        all.push(migration(
            'U',
            6,
            "unused",
            "-- concertina: phase contract\n-- concertina: after 2.0.0\nDROP VIEW names;",
        ));
        all.push(migration('V', 7, "later", later));
        let report = postgres::apply(&runner(all), &at(&url), &mut Silent).unwrap();
        let held = report.held.iter().find(|one| one.file.contains("later"));
        held.map_or("applied".to_owned(), |held| {
            held.because.clone().unwrap_or_default()
        })
    };
    let seen: Vec<String> = [
        "ALTER TABLE users ADD COLUMN nick text;",
        "-- concertina: in-order\nALTER TABLE users ADD COLUMN nick text;",
        "ALTER TABLE users ADD COLUMN name text;",
        "CREATE VIEW shouted AS SELECT upper(name) AS name FROM users;",
        "CREATE OR REPLACE VIEW names AS SELECT id, full_name FROM users;",
    ]
    .into_iter()
    .map(|later| format!("{later}\n    {}", overtaking(later)))
    .collect();
    insta::assert_snapshot!(seen.join("\n"));
}
