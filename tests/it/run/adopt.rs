//! Histories of refinery, sqlx and diesel: taken over, kept, and handed back.

use concertina::client::{Silent, postgres, refinery as embedded, tokio_postgres};
use concertina::run::{History, RunError, Runner};
use concertina::sql::Migration;

use super::scenario::{at, client, migration, runner};
use crate::server;

const FILES: [(&str, &str); 3] = [
    (
        "V1__users",
        "CREATE TABLE users (id int PRIMARY KEY, name text);",
    ),
    (
        "V2__orders",
        "CREATE TABLE orders (id int PRIMARY KEY, user_id int);",
    ),
    ("V3__email", "ALTER TABLE users ADD COLUMN email text;"),
];

fn refinery_runner(count: usize) -> refinery::Runner {
    let read = |(name, sql): &(&str, &str)| refinery::Migration::unapplied(name, sql).unwrap();
    refinery::Runner::new(&FILES.iter().take(count).map(read).collect::<Vec<_>>())
}

fn ours(count: usize) -> Runner {
    runner(embedded::migrations(&refinery_runner(count))).history(embedded::history())
}

#[test]
fn what_we_apply_refinery_finds_applied_and_the_reverse_sync() {
    let url = server::shared().database();
    let mut client = client(&url);
    assert_eq!(
        refinery_runner(1)
            .run(&mut client)
            .unwrap()
            .applied_migrations()
            .len(),
        1
    );
    let report = postgres::apply(&ours(2), &at(&url), &mut Silent).unwrap();
    assert_eq!(report.applied, ["V2__orders.sql"]);
    assert!(
        refinery_runner(2)
            .run(&mut client)
            .unwrap()
            .applied_migrations()
            .is_empty()
    );
    assert_eq!(
        refinery_runner(3)
            .run(&mut client)
            .unwrap()
            .applied_migrations()
            .len(),
        1
    );
    assert!(
        postgres::apply(&ours(3), &at(&url), &mut Silent)
            .unwrap()
            .applied
            .is_empty()
    );
}

#[test]
fn what_we_apply_refinery_finds_applied_and_the_reverse_async() {
    let url = server::shared().database();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let (mut client, connection) = ::tokio_postgres::connect(&url, ::tokio_postgres::NoTls)
            .await
            .unwrap();
        tokio::spawn(connection);
        let database = tokio_postgres::Database::new(&url).unwrap();
        let report = tokio_postgres::apply(&ours(2), &database, &mut Silent)
            .await
            .unwrap();
        assert_eq!(report.applied.len(), 2);
        assert!(
            refinery_runner(2)
                .run_async(&mut client)
                .await
                .unwrap()
                .applied_migrations()
                .is_empty()
        );
        assert_eq!(
            refinery_runner(3)
                .run_async(&mut client)
                .await
                .unwrap()
                .applied_migrations()
                .len(),
            1
        );
        let report = tokio_postgres::apply(&ours(3), &database, &mut Silent)
            .await
            .unwrap();
        assert!(report.applied.is_empty());
    });
}

#[test]
fn a_wide_history_has_wide_checksums() {
    let url = server::shared().database();
    let mut client = client(&url);
    client
        .batch_execute(
            "CREATE TABLE refinery_schema_history (version int8 PRIMARY KEY, name varchar(255), applied_on varchar(255), checksum varchar(255));
             INSERT INTO refinery_schema_history VALUES (1, 'a', '2024-01-01T00:00:00Z', '5045391288960420677');
             CREATE TABLE a (id int)",
        )
        .unwrap();
    let local = vec![migration('V', 1, "a", "create table a(id int)")];
    assert!(
        postgres::apply(&runner(local), &at(&url), &mut Silent)
            .unwrap()
            .applied
            .is_empty()
    );
}

#[test]
fn a_file_that_refinery_applied_otherwise_is_named() {
    let url = server::shared().database();
    refinery_runner(1).run(&mut client(&url)).unwrap();
    let edited = migration(
        'V',
        1,
        "users",
        "CREATE TABLE users (id bigint PRIMARY KEY, name text);",
    );
    let error = postgres::apply(&runner(vec![edited]), &at(&url), &mut Silent).unwrap_err();
    assert!(
        matches!(&error, RunError::Diverged { file, statement: None, .. } if file.ends_with("V1__users.sql")),
        "{error}"
    );
    let windows = migration('V', 1, "users", &FILES[0].1.replace('\n', "\r\n"));
    postgres::apply(&runner(vec![windows]), &at(&url), &mut Silent).unwrap();
}

#[test]
fn histories_of_sqlx_and_diesel_are_taken_over_and_kept() {
    let url = server::shared().database();
    let mut client = client(&url);
    client
        .batch_execute(
            "CREATE TABLE _sqlx_migrations (version bigint PRIMARY KEY, description text NOT NULL, installed_on timestamptz NOT NULL DEFAULT now(),
                 success boolean NOT NULL, checksum bytea NOT NULL, execution_time bigint NOT NULL);
             CREATE TABLE __diesel_schema_migrations (version varchar(50) PRIMARY KEY NOT NULL, run_on timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP);
             INSERT INTO _sqlx_migrations SELECT 20240101000000, 'users', now(), true, sha384('CREATE TABLE users (id int);'::bytea), 1;
             CREATE TABLE users (id int)",
        )
        .unwrap();
    let named = |version: &str, name: &str, text: &str| {
        let mut one = Migration::new(format!("migrations/{version}_{name}.sql"), text);
        (one.version, one.name) = (version.to_owned(), name.to_owned());
        one
    };
    let files = vec![
        named("20240101000000", "users", "CREATE TABLE users (id int);"),
        named(
            "20240102000000",
            "more_users",
            "ALTER TABLE users ADD COLUMN name text;",
        ),
    ];
    let report = postgres::apply(
        &runner(files).history(History::Sqlx),
        &at(&url),
        &mut Silent,
    )
    .unwrap();
    assert_eq!(report.applied.len(), 1, "{report:?}");
    let row = client
        .query_one(
            "SELECT description, checksum = sha384('ALTER TABLE users ADD COLUMN name text;'::bytea),
                    (SELECT string_agg(version, ',') FROM __diesel_schema_migrations)
             FROM _sqlx_migrations WHERE version = 20240102000000 AND success",
            &[],
        )
        .unwrap();
    assert_eq!(
        (row.get::<_, &str>(0), row.get::<_, bool>(1)),
        ("more users", true)
    );
    assert_eq!(row.get::<_, &str>(2), "20240102000000");
}
