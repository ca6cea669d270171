//! `concertina rehearse`: rows of every kind, a planned deploy that nobody notices, and one that breaks the release.

use super::{concertina, folder};
use crate::server;

const SHOP: &str = "CREATE TYPE state AS ENUM ('new', 'paid', 'sent');
CREATE TYPE place AS (street text, number int);
CREATE DOMAIN cents AS int CHECK (VALUE >= 0);
CREATE DOMAIN code AS text CHECK (VALUE ~ '^1');
CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL UNIQUE,
    name varchar(40) NOT NULL, country char(2) CHECK (country IN ('DE', 'FR', 'IT')),
    born date CHECK (born > date '1900-01-01'), boss bigint REFERENCES users (id), code code);
CREATE TABLE orders (id bigserial PRIMARY KEY, user_id bigint NOT NULL REFERENCES users (id), state state NOT NULL,
    total cents NOT NULL, tags text[], doc jsonb NOT NULL, at place, token uuid NOT NULL UNIQUE, CHECK (total < 5000),
    twice int GENERATED ALWAYS AS (total * 2) STORED);
CREATE TABLE log (at timestamptz NOT NULL, kind text NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM ('2025-01-01') TO ('2025-02-01');
CREATE TABLE kinds (kind text PRIMARY KEY) PARTITION BY LIST (kind);
CREATE TABLE kinds_1 PARTITION OF kinds FOR VALUES IN ('a', 'b');
CREATE TABLE \"Order\" (\"select\" int PRIMARY KEY, during tstzrange, EXCLUDE USING gist (during WITH &&));";

const QUERIES: &str = "-- name: get_user
SELECT id, name FROM users WHERE id = $1;
-- name: add_user
INSERT INTO users (email, name) VALUES ($1, $2) RETURNING id;
-- name: orders_of
SELECT o.id, o.total, u.name FROM orders AS o JOIN users AS u ON u.id = o.user_id WHERE u.id = $1;
-- name: pay
UPDATE orders SET state = $2 WHERE id = $1;";

#[test]
fn a_deploy_is_tried_with_rows_and_queries() {
    let next = QUERIES
        .replace("id, name", "id, full_name")
        .replace("(email, name)", "(email, full_name)")
        .replace("u.name", "u.full_name");
    let files = folder(&[
        ("history/V1__shop.sql", SHOP.as_bytes()),
        (
            "plain/V2__rename.sql",
            b"ALTER TABLE users RENAME COLUMN name TO full_name;",
        ),
        (
            "planned/V2__rename.sql",
            b"ALTER TABLE users RENAME COLUMN name TO full_name;",
        ),
        ("one/q.sql", QUERIES.as_bytes()),
        ("two/q.sql", next.as_bytes()),
    ]);
    let at = files.path();
    let url = server::shared().database();
    let version = "SELECT (current_setting('server_version_num')::int / 10000)::text";
    let asked = server::shared().connect("postgres").query_one(version, &[]);
    let major: String = asked.unwrap().get(0);
    let planned = concertina(
        at,
        &[
            "plan",
            "planned/V2__rename.sql",
            "--history",
            "history",
            "--after",
            "2.0.0",
            "--pg",
            &major,
            "--write",
        ],
    );
    assert!(planned.status.success(), "{planned:?}");
    let rehearse = |judged: &str, more: &[&str]| {
        let first = [
            "rehearse",
            judged,
            "--history",
            "history",
            "--database-url",
            &url,
            "--release",
            "1.0.0=one",
            "--rows",
            "300",
            "--seconds",
            "1",
            "--format",
            "json",
        ];
        let output = concertina(at, &[&first[..], more].concat());
        let text = String::from_utf8(output.stdout).unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        let outcome: serde_json::Value =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}{said}"));
        (output.status.code(), outcome)
    };

    let (code, outcome) = rehearse("planned", &["--next-release", "2.0.0=two"]);
    assert_eq!(code, Some(0), "{outcome:#}");
    for table in outcome["tables"].as_array().unwrap() {
        let (name, rows) = (&table["table"], table["rows"].as_u64().unwrap());
        let enough = match name.as_str().unwrap() {
            "public.kinds" => 2,
            _ => 60,
        };
        assert!(rows >= enough, "{name} has {rows} rows: {table}");
    }
    let migrations = outcome["migrations"].as_array().unwrap();
    assert!(migrations.len() > 2, "{outcome:#}");
    let all = outcome["queries"].as_array().unwrap();
    assert_eq!(all.len(), 8);
    for query in all {
        assert!(query["requests"].as_u64().unwrap() > 10, "{query}");
    }
    let locks = &migrations[0]["locks"];
    assert_eq!(*locks, serde_json::json!(["public.users ACCESS EXCLUSIVE"]));

    // As one statement, and under the release that runs.
    let (code, outcome) = rehearse("plain", &[]);
    assert_eq!(code, Some(1), "{outcome:#}");
    let broken = outcome["queries"].as_array().unwrap().iter();
    let broken: Vec<_> = broken
        .filter(|query| query["errors"][0]["sqlstate"] == "42703")
        .map(|query| query["name"].as_str().unwrap())
        .collect();
    assert_eq!(broken, ["get_user", "add_user", "orders_of"], "{outcome:#}");
    let first = &outcome["queries"][0]["errors"][0];
    assert_eq!(first["after"], "plain/V2__rename.sql");
    assert_eq!(first["message"], "column \"name\" does not exist");
}
