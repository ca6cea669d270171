//! Start-up of applications with pools of `deadpool-postgres` and sqlx: by configuration or URL, with each policy.

use std::time::{Duration, Instant};

use ::tokio_postgres::NoTls;
use concertina::client::{Silent, postgres, tokio_postgres};
use concertina::run::{RunError, Runner, StartPolicy};
use concertina::sql::Phase;
use deadpool_postgres::{Manager, Pool};

use super::scenario::*;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Runtime::new().unwrap()
}

/// The instances that are alive.
fn alive(url: &str) -> usize {
    let status = postgres::status(&Runner::new(Vec::new()), &at(url)).unwrap();
    status.instances.iter().filter(|one| one.alive).count()
}

/// A pool whose only connection is in use starts all the same, and its prepared statements outlive the expand.
#[test]
fn a_deadpool_pool_that_is_exhausted_does_not_hold_up_a_start() {
    let url = database();
    runtime().block_on(async {
        let config: ::tokio_postgres::Config = url.parse().unwrap();
        let manager = Manager::new(config.clone(), NoTls);
        let pool = Pool::builder(manager).max_size(1).build().unwrap();
        let client = pool.get().await.unwrap();
        let query = "SELECT id, name FROM users WHERE id = $1";
        let prepared = client.prepare_cached(query).await.unwrap();
        let database = tokio_postgres::Database::from_config(config);
        let runner = runner(rename());
        let instance = tokio_postgres::start(&runner, &database, &mut Silent).await;
        let instance = instance.unwrap();
        assert_eq!(instance.report().applied.len(), 2, "the expand phase");
        assert!(instance.is_live());
        let row = client.query_one(&prepared, &[&1_i64]).await.unwrap();
        assert_eq!(row.get::<_, String>(1), "user 1");
        drop(client);
        let client = pool.get().await.unwrap();
        let insert = "INSERT INTO users (full_name) VALUES ('new') RETURNING name";
        let row = client.query_one(insert, &[]).await.unwrap();
        assert_eq!(row.get::<_, String>(0), "new");
        let fleet = async || {
            let status = tokio_postgres::status(&runner, &database).await.unwrap();
            status.instances.iter().filter(|one| one.alive).count()
        };
        assert_eq!(fleet().await, 1);
        instance.leave().await;
        assert_eq!(fleet().await, 0);
    });
}

#[test]
fn a_configuration_that_leads_nowhere_is_named_without_its_password() {
    let config: ::tokio_postgres::Config = "postgresql://me:sesame@127.0.0.1:1/nowhere"
        .parse()
        .unwrap();
    let database = tokio_postgres::Database::from_config(config);
    let started = runtime().block_on(tokio_postgres::start(
        &runner(rename()),
        &database,
        &mut Silent,
    ));
    let error = started.err().unwrap().to_string();
    assert!(error.contains("127.0.0.1:1"), "{error}");
    assert!(!error.contains("sesame"), "{error}");
}

/// The URL as `pool.connect_options().to_url_lossy()` of sqlx 0.8 gives it.
#[test]
fn a_start_by_the_url_of_an_sqlx_pool_applies_the_expand_phase() {
    let url = database();
    let of_pool = format!("{url}?sslmode=prefer&statement-cache-capacity=100");
    runtime().block_on(async {
        let database = tokio_postgres::Database::new(&of_pool).unwrap();
        let runner = runner(rename());
        let instance = tokio_postgres::start(&runner, &database, &mut Silent).await;
        assert_eq!(instance.unwrap().report().applied.len(), 2);
    });
    let instance = postgres::start(&runner(rename()), &at(&of_pool), &mut Silent).unwrap();
    assert!(instance.is_live());
}

#[test]
fn who_only_checks_fails_at_once_and_leaves_the_fleet() {
    let url = database();
    let check = runner(rename()).start_policy(StartPolicy::Check);
    let missing = |database: &postgres::Database| {
        let asked = Instant::now();
        let error = postgres::start(&check, database, &mut Silent)
            .err()
            .unwrap();
        assert!(asked.elapsed() < Duration::from_secs(5));
        match error {
            RunError::NotReady { missing, .. } => missing,
            other => panic!("{other}"),
        }
    };
    // The journal is not there yet, and then not far enough.
    let expand = [
        "migrations/V2__full_name_expand.sql",
        "migrations/V4__full_name_index.sql",
    ];
    assert_eq!(missing(&at(&url)), expand);
    let first = Runner::new(rename().into_iter().take(1).collect());
    postgres::apply(&first, &at(&url), &mut Silent).unwrap();
    assert_eq!(missing(&at(&url)), expand[1..]);
    assert_eq!(alive(&url), 0);
    let all = runner(rename()).phase(Phase::Expand);
    postgres::apply(&all, &at(&url), &mut Silent).unwrap();
    let instance = postgres::start(&check, &at(&url), &mut Silent).unwrap();
    assert!(instance.is_live() && instance.report().applied.is_empty());
    assert_eq!(alive(&url), 1);
}

#[test]
fn who_waits_starts_once_another_has_applied_and_not_after_the_deadline() {
    let url = database();
    let waiting = |wait| {
        let runner = runner(rename()).start_policy(StartPolicy::Wait).wait(wait);
        let database = at(&url);
        std::thread::spawn(move || {
            let asked = Instant::now();
            let started = postgres::start(&runner, &database, &mut Silent);
            (started, asked.elapsed())
        })
    };
    let (late, took) = waiting(Duration::from_millis(500)).join().unwrap();
    let error = late.err().unwrap();
    assert!(
        matches!(&error, RunError::NotReady { missing, .. } if missing.len() == 2),
        "{error}"
    );
    assert!((500..5_000).contains(&took.as_millis()), "{took:?}");
    let waiter = waiting(Duration::from_secs(30));
    std::thread::sleep(Duration::from_millis(300));
    assert!(!waiter.is_finished());
    let all = runner(rename()).phase(Phase::Expand);
    postgres::apply(&all, &at(&url), &mut Silent).unwrap();
    let (started, _) = waiter.join().unwrap();
    let instance = started.unwrap();
    assert!(instance.is_live() && instance.report().applied.is_empty());
    assert_eq!(alive(&url), 1);
    drop(instance);
    assert_eq!(alive(&url), 0);
}
