//! `concertina verify --release`: what a server says of queries, beside what `concertina compat` says.

use concertina::client::installed::Installed;

use super::concertina;
use crate::server;

#[test]
fn a_server_says_the_same_as_we_do() {
    let files = super::folder(&[
        (
            "migrations/V1__a.sql",
            b"CREATE TABLE keys (id bigint, a text); CREATE TABLE t (id bigint PRIMARY KEY, a text, b integer); CREATE INDEX CONCURRENTLY t_a ON t (a);",
        ),
        (
            "migrations/V2__b.sql",
            b"CREATE SCHEMA other; SET search_path TO other, public; CREATE TABLE keys (id bigint);\
              ALTER TABLE t DROP COLUMN a; ALTER TABLE t ALTER COLUMN b TYPE date USING now();",
        ),
        (
            "queries.sql",
            b"-- name: gone\nSELECT a FROM t WHERE id = :id;\n-- name: reshaped\nSELECT * FROM t;\n\
              -- name: retyped\nUPDATE t SET b = :b;\n-- name: kept\nSELECT id FROM t;\n\
              -- name: found\nSELECT id, a FROM keys;\n",
        ),
    ]);
    let url = server::shared().database();
    let asked = [
        "--release",
        "1.0.0=queries.sql",
        "--history",
        "migrations/V1__a.sql",
        "migrations/V2__b.sql",
        "--pg",
        "15",
        "--format",
        "json",
    ];
    let said = |first: &[&str]| {
        let output = concertina(files.path(), &[first, &asked].concat());
        assert_eq!(
            output.status.code(),
            Some(1),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let queries = document["queries"].as_array().unwrap().iter();
        let shown = |query: &serde_json::Value| {
            let first = &query["breaks"][0];
            [
                &query["name"],
                &query["verdict"],
                &first["sqlstate"],
                &first["message"],
            ]
            .map(ToString::to_string)
        };
        queries.map(shown).collect::<Vec<_>>()
    };
    let (theirs, ours) = (said(&["verify", "--database-url", &url]), said(&["compat"]));
    assert_eq!(theirs, ours);
    let verdicts: Vec<&str> = theirs.iter().map(|query| query[1].as_str()).collect();
    assert_eq!(
        verdicts,
        [
            "\"fails\"",
            "\"changes\"",
            "\"changes\"",
            "\"works\"",
            "\"works\""
        ]
    );
    // The database in which it was tried is gone.
    let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
    let left = client.query(
        "SELECT 1 FROM pg_database WHERE datname LIKE 'concertina_verify_%'",
        &[],
    );
    assert!(left.unwrap().is_empty());
}

#[test]
fn a_server_of_its_own_says_it_too_and_leaves_nothing() {
    let files = super::folder(&[
        (
            "m/V1__a.sql",
            b"CREATE TABLE t (id bigint PRIMARY KEY, a text);",
        ),
        // LOCK wants the transaction that the tool of this layout opens around a file.
        (
            "m/V2__b.sql",
            b"LOCK TABLE t IN SHARE MODE; ALTER TABLE t DROP COLUMN a;",
        ),
        ("q/get.sql", b"SELECT a FROM t"),
    ]);
    let programs = server::binaries();
    let installed = format!("--installed={}", programs.display());
    let release = [
        "--release",
        "1.0.0=q",
        "--history",
        "m/V1__a.sql",
        "m/V2__b.sql",
    ];
    let output = concertina(
        files.path(),
        &[&["verify", &installed][..], &release].concat(),
    );
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "q/get.sql:1: get fails: column \"a\" does not exist (42703) after m/V2__b.sql\n\
         1 of 1 queries of release 1.0.0 are broken, as the server says\n"
    );
    assert_eq!(output.status.code(), Some(1));
    let output = concertina(files.path(), &["verify", &installed, "m"]);
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn a_server_stops_with_its_value_and_takes_its_folder_along() {
    let programs = Installed::at(server::binaries()).unwrap();
    let running = programs.start().unwrap();
    let url = running.url("postgres");
    let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
    let folder: String = client
        .query_one("SHOW unix_socket_directories", &[])
        .unwrap()
        .get(0);
    assert!(std::path::Path::new(&folder).exists(), "{folder}");
    drop(running);
    assert!(!std::path::Path::new(&folder).exists(), "{folder}");
    assert!(postgres::Client::connect(&url, postgres::NoTls).is_err());
}

#[test]
fn a_setting_that_the_server_refuses_is_said() {
    let programs = Installed::at(server::binaries()).unwrap();
    let refused = programs.setting("work_mem", "much").start().unwrap_err();
    assert!(refused.to_string().contains("work_mem"), "{refused}");
}
