//! The catalogue by replay against the catalogue of a server that ran the same statements.

use std::fmt::Write;
use std::path::Path;

use concertina::schema::diff::diff;
use concertina::schema::{Catalogue, SERVER_QUERY, STATISTICS_QUERY, Session, Small, Statistics};
use concertina::sql::{self, ast::Change};
use postgres::{Client, NoTls};

use crate::server;

/// Runs every statement on both sides and says where they part: who refuses what, and how, and what
/// both have in the end. A statement behind the comment `-- from 15` is for that version and later ones,
/// behind `-- until 14` for that one and earlier ones.
fn differences(text: &str) -> String {
    let mut client = Client::connect(&server::shared().database(), NoTls).unwrap();
    let version = server::major(&mut client);
    let mut session = Session::new(version);
    let mut found = String::new();
    let mut end = 0;
    for statement in sql::parse(text).statements {
        let before = &text[std::mem::replace(&mut end, statement.span.end)..statement.span.start];
        if !is_meant(before, version) {
            continue;
        }
        let written = statement.span.text(text);
        let theirs = match client.simple_query(written) {
            Ok(_) => None,
            Err(error) => {
                let error = error.as_db_error().expect("the server answers");
                Some((error.code().code().to_owned(), error.message().to_owned()))
            }
        };
        if let Change::Opaque { reason } = &statement.change {
            writeln!(found, "{written}\n  not read: {reason}").unwrap();
        }
        let ours = session.apply(&statement.change).err();
        let ours = ours.map(|refusal| (refusal.sqlstate.to_owned(), refusal.message));
        if ours != theirs {
            writeln!(found, "{written}\n  server: {theirs:?}\n  replay: {ours:?}").unwrap();
        }
    }
    client.batch_execute("RESET search_path").unwrap();
    let answer: String = client.query_one(SERVER_QUERY, &[]).unwrap().get(0);
    let server = Catalogue::from_server(&answer).unwrap();
    for difference in diff(session.catalogue(), &server) {
        writeln!(found, "{difference}").unwrap();
    }
    found
}

/// Whether the comment before a statement lets it run on that version.
fn is_meant(comment: &str, version: u16) -> bool {
    let bound = |word: &str| -> Option<u16> {
        let (_, rest) = comment.split_once(word)?;
        Some(rest.lines().next()?.trim().parse().expect("a version"))
    };
    bound("-- from ").is_none_or(|first| version >= first)
        && bound("-- until ").is_none_or(|last| version <= last)
}

fn check(history: &str) {
    let path = Path::new("migrations-fixtures/histories").join(history);
    let found = differences(&std::fs::read_to_string(path).unwrap());
    assert!(found.is_empty(), "left: replay, right: server\n{found}");
}

#[test]
fn names() {
    check("names.sql");
}

#[test]
fn columns() {
    check("columns.sql");
}

#[test]
fn constraints() {
    check("constraints.sql");
}

#[test]
fn drops() {
    check("drops.sql");
}

#[test]
fn partitions() {
    check("partitions.sql");
}

#[test]
fn types() {
    check("types.sql");
}

#[test]
fn refusals() {
    check("refusals.sql");
}

#[test]
fn operators() {
    check("operators.sql");
}

#[test]
fn views() {
    check("views.sql");
}

#[test]
fn sessions() {
    check("sessions.sql");
}

#[test]
fn not_null() {
    check("not-null.sql");
}

#[test]
fn triggers() {
    check("triggers.sql");
}

#[test]
fn routines() {
    check("routines.sql");
}

#[test]
fn objects() {
    check("objects.sql");
}

#[test]
fn settings() {
    check("settings.sql");
}

#[test]
fn statistics() {
    let mut client = Client::connect(&server::shared().database(), NoTls).unwrap();
    client
        .batch_execute(
            "CREATE TABLE small AS SELECT 1 AS n; CREATE TABLE parted (n int) PARTITION BY LIST (n);
             CREATE TABLE one PARTITION OF parted FOR VALUES IN (1);
             CREATE TABLE two PARTITION OF parted FOR VALUES IN (2);
             INSERT INTO parted SELECT 1 FROM generate_series(1, 20000);
             CREATE VIEW seen AS SELECT 1 AS n; ANALYZE;",
        )
        .unwrap();
    let answer: String = client.query_one(STATISTICS_QUERY, &[]).unwrap().get(0);
    let statistics = Statistics::from_json(&answer).unwrap();
    let rows: Vec<_> = statistics
        .iter()
        .map(|(name, size)| (name.to_string(), size.rows, size.is_small(Small::default())))
        .collect();
    let expected = [
        ("public.one", 20_000, false),
        ("public.parted", 20_000, false),
        ("public.small", 1, true),
        ("public.two", 0, true),
    ];
    assert_eq!(
        rows,
        expected.map(|(name, rows, small)| (name.to_owned(), Some(rows), Some(small)))
    );
}
