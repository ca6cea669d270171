//! What the command line prints: lists, pages, differences, files in other formats, colours only where they are seen.

use std::fs;

use super::{concertina, folder};

const FILES: &[(&str, &[u8])] = &[
    (
        "migrations/V1__a.sql",
        b"CREATE TABLE users (id bigint PRIMARY KEY, name text);\n",
    ),
    (
        "migrations/V2__b.sql",
        b"CREATE INDEX users_name ON users (name);\n",
    ),
];

fn stdout(arguments: &[&str]) -> (Option<i32>, String) {
    let at = folder(FILES);
    let output = concertina(at.path(), arguments);
    (
        output.status.code(),
        String::from_utf8(output.stdout).unwrap(),
    )
}

#[test]
fn rules_are_listed_and_explained() {
    let (code, list) = stdout(&["rules"]);
    assert_eq!(code, Some(0));
    let (_, json) = stdout(&["rules", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["version"], 1);
    for rule in concertina::rules::RULES {
        assert!(
            list.contains(&format!("{} ", rule.id)) && list.contains(rule.summary),
            "{list}"
        );
        let rules = json["rules"].as_array().unwrap();
        let entry = rules.iter().find(|entry| entry["rule"] == rule.id).unwrap();
        assert!(
            entry["page"]
                .as_str()
                .unwrap()
                .ends_with(&format!("/{}.md", rule.id))
        );
        let (code, page) = stdout(&["explain", rule.id]);
        assert_eq!(code, Some(0));
        assert!(page.starts_with(rule.id) && !page.contains("```"), "{page}");
    }
    let at = folder(FILES);
    let unknown = concertina(at.path(), &["explain", "no-such-rule"]);
    assert_eq!(unknown.status.code(), Some(2));
}

#[test]
fn a_diff_shows_what_a_fix_would_write_and_writes_nothing() {
    let at = folder(FILES);
    let arguments = ["check", "migrations/V2__b.sql", "--history", "migrations"];
    let diff = concertina(at.path(), &[&arguments[..], &["--diff"]].concat());
    assert_eq!(diff.status.code(), Some(1));
    insta::assert_snapshot!("fix-as-diff", String::from_utf8(diff.stdout).unwrap());
    let path = at.path().join("migrations/V2__b.sql");
    assert_eq!(fs::read(&path).unwrap(), FILES[1].1);
    let fixed = concertina(at.path(), &[&arguments[..], &["--fix"]].concat());
    assert_eq!(fixed.status.code(), Some(0));
    let again = concertina(at.path(), &[&arguments[..], &["--diff"]].concat());
    assert_eq!((again.status.code(), again.stdout.len()), (Some(0), 0));
}

#[test]
fn other_formats_go_into_files() {
    let at = folder(FILES);
    let output = concertina(
        at.path(),
        &[
            "check",
            "--format",
            "github",
            "--also",
            "markdown=summary.md",
            "--also",
            "junit=junit.xml",
        ],
    );
    assert!(
        String::from_utf8(output.stdout)
            .unwrap()
            .starts_with("::error file=migrations/V2__b.sql,line=1")
    );
    let read = |name: &str| fs::read_to_string(at.path().join(name)).unwrap();
    assert!(read("summary.md").starts_with("## Concertina"));
    assert!(
        read("junit.xml").contains("<testsuites name=\"concertina\" tests=\"2\" failures=\"1\"")
    );
    let wrong = concertina(at.path(), &["check", "--also", "word=a.doc"]);
    let said = String::from_utf8(wrong.stderr).unwrap();
    assert!(
        said.contains("write FORMAT=FILE, with one of the formats text, json"),
        "{said}"
    );
}

#[test]
fn nobody_gets_colours_who_does_not_see_them() {
    let (code, text) = stdout(&["check"]);
    assert_eq!(code, Some(1));
    assert!(!text.contains('\u{1b}'), "{text}");
}
