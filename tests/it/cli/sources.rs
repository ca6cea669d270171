//! `concertina compat` over queries where services keep them: Rust source, diesel's schema, counted statements.

use std::path::Path;

use super::concertina;

#[test]
fn queries_of_every_source_are_judged() {
    let app = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations-fixtures/apps/notes");
    for (source, expected) in [
        (
            "src",
            &[
                r#"fails: table "notes" (src/schema.rs:1)"#,
                "fails: note:6 (src/store.rs:6)",
                "unknown: search:22 (src/store.rs:22)",
                "release 1.0.0: 6 queries, 3 work, 2 fail, 0 change, 1 unknown",
            ][..],
        ),
        (
            "counted.csv",
            &[
                "fails: -3361841247205530093 (counted.csv:2)",
                "release 1.0.0: 2 queries, 1 work, 1 fail, 0 change, 0 unknown",
            ],
        ),
    ] {
        let release = format!("1.0.0={source}");
        let history = ["--history", "migrations/V1__notes.sql"];
        let judged = [
            "compat",
            "migrations/V2__drop_body.sql",
            "--release",
            &release,
        ];
        let output = concertina(&app, &[&judged[..], &history].concat());
        let text = String::from_utf8(output.stdout).unwrap();
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with(' ')).collect();
        assert_eq!(lines, expected, "{text}");
        assert_eq!(output.status.code(), Some(1));
    }
}

#[test]
fn a_deploy_is_judged_stage_by_stage() {
    let app = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations-fixtures/apps/notes");
    let asked = [
        "compat",
        "migrations/V2__drop_body.sql",
        "--history",
        "migrations/V1__notes.sql",
        "--release",
        "1.0.0=src",
        "--next-release",
        "2.0.0=src",
    ];
    let output = concertina(&app, &asked);
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!(String::from_utf8(output.stdout).unwrap(), @r#"
    before: 1.0.0 works, 2.0.0 works
    after migrations/V2__drop_body.sql (contract): 2.0.0 has 2 queries that break
        fails: table "notes" of release 2.0.0 (src/schema.rs:1) 42703: column notes.body does not exist
        fails: note:6 of release 2.0.0 (src/store.rs:6) 42703: column "body" does not exist
        unknown: search:22 of release 2.0.0 (src/store.rs:22) "notes" changes, and this query could not be read: its text is put together at run time
    "#);
    let output = concertina(&app, &[&asked[..], &["--format", "json"]].concat());
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let stages = document["stages"].as_array().unwrap();
    assert_eq!(stages.len(), 2);
    assert_eq!(stages[0]["releases"].as_array().unwrap().len(), 2);
    assert_eq!(stages[1]["phase"], "contract");
    assert_eq!(stages[1]["releases"][0]["release"], "2.0.0");
}
