//! What the command line prints: lists, pages, differences, files in other formats, colours only where they are seen.

use std::fs;

use super::{concertina, folder};

const FILES: [(&str, &[u8]); 2] = [
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
    let at = folder(&FILES);
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
    let at = folder(&FILES);
    let unknown = concertina(at.path(), &["explain", "no-such-rule"]);
    assert_eq!(unknown.status.code(), Some(2));
}

#[test]
fn a_diff_shows_what_a_fix_would_write_and_writes_nothing() {
    let at = folder(&FILES);
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
    let at = folder(&FILES);
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

/// What the schema of SARIF 2.1.0 (OASIS, appendix) asks of the objects we write.
#[test]
fn sarif_is_as_its_standard_says() {
    let at = folder(&[
        FILES[0],
        ("migrations/V2__größe.sql", FILES[1].1),
        ("queries/get.sql", b"SELECT name FROM users"),
        (
            "V3__c.sql",
            b"ALTER TABLE users\n  DROP COLUMN name;\nCREATE INDEX i ON users (id);\n",
        ),
    ]);
    let arguments = [
        "check",
        "V3__c.sql",
        "--history",
        "migrations/V1__a.sql",
        "--release",
        "1.0.0=queries",
    ];
    for arguments in [&arguments[..], &["check"]] {
        let output = concertina(at.path(), &[arguments, &["--format", "sarif"]].concat());
        let log: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(log["version"], "2.1.0");
        let run = &log["runs"][0];
        only(run, &["tool", "columnKind", "results"]);
        assert!(
            ["utf16CodeUnits", "unicodeCodePoints"].contains(&run["columnKind"].as_str().unwrap())
        );
        let driver = &run["tool"]["driver"];
        assert_eq!(driver["name"], "concertina");
        let rules = driver["rules"].as_array().unwrap();
        for rule in rules {
            only(
                rule,
                &[
                    "id",
                    "shortDescription",
                    "fullDescription",
                    "help",
                    "helpUri",
                    "properties",
                ],
            );
            assert!(
                rule["shortDescription"]["text"].is_string() && rule["help"]["text"].is_string()
            );
            assert!(rule["helpUri"].as_str().unwrap().starts_with("https://"));
        }
        let results = run["results"].as_array().unwrap();
        assert!(!results.is_empty());
        for result in results {
            only(
                result,
                &[
                    "ruleId",
                    "ruleIndex",
                    "level",
                    "message",
                    "locations",
                    "relatedLocations",
                    "fixes",
                    "properties",
                ],
            );
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(rules[index]["id"], result["ruleId"]);
            assert!(
                ["none", "note", "warning", "error"].contains(&result["level"].as_str().unwrap())
            );
            assert!(!result["message"]["text"].as_str().unwrap().is_empty());
            let related = result["relatedLocations"].as_array();
            for location in result["locations"]
                .as_array()
                .unwrap()
                .iter()
                .chain(related.into_iter().flatten())
            {
                only(location, &["id", "message", "physicalLocation"]);
                let place = &location["physicalLocation"];
                uri(&place["artifactLocation"]);
                let region = &place["region"];
                only(
                    region,
                    &["startLine", "startColumn", "endLine", "endColumn"],
                );
                let number = |key: &str| region.get(key).map_or(1, |one| one.as_u64().unwrap());
                assert!(
                    number("startLine") >= 1
                        && number("startColumn") >= 1
                        && number("endColumn") >= 1
                );
                assert!(
                    region.get("endLine").is_none() || number("endLine") >= number("startLine")
                );
            }
            for fix in result["fixes"].as_array().into_iter().flatten() {
                only(fix, &["description", "artifactChanges"]);
                assert!(fix["description"]["text"].is_string());
                let changes = fix["artifactChanges"].as_array().unwrap();
                assert!(!changes.is_empty());
                for change in changes {
                    only(change, &["artifactLocation", "replacements"]);
                    uri(&change["artifactLocation"]);
                    for replacement in change["replacements"].as_array().unwrap() {
                        only(replacement, &["deletedRegion", "insertedContent"]);
                        assert!(replacement["deletedRegion"]["byteOffset"].is_u64());
                        assert!(replacement["insertedContent"]["text"].is_string());
                    }
                }
            }
        }
    }
}

/// An object has these properties at most.
fn only(object: &serde_json::Value, allowed: &[&str]) {
    for key in object.as_object().unwrap().keys() {
        assert!(allowed.contains(&key.as_str()), "{key} in {object:#}");
    }
}

/// A relative reference (RFC 3986), as code scanning wants it.
fn uri(location: &serde_json::Value) {
    let uri = location["uri"].as_str().unwrap();
    let plain = uri
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"/._-~%".contains(&byte));
    assert!(plain && !uri.starts_with('/'), "{uri}");
}

#[test]
fn a_fix_writes_what_the_tool_reads() {
    let index = "CREATE INDEX users_name ON users (name);\n";
    for (name, before, after) in [
        (
            "20240102000000_b.sql",
            "",
            "-- no-transaction\nCREATE INDEX CONCURRENTLY users_name",
        ),
        (
            "00002_b.sql",
            "-- +goose Up\n",
            "-- +goose NO TRANSACTION\n-- +goose Up\nCREATE INDEX CONCURRENTLY",
        ),
        (
            "V2__b.sql",
            "",
            "-- concertina: no-transaction\nCREATE INDEX CONCURRENTLY users_name",
        ),
        // Alone in its file it runs outside a transaction already.
        (
            "000002_b.up.sql",
            "",
            "CREATE INDEX CONCURRENTLY users_name",
        ),
        // No line of the file does it, so that there is no fix.
        ("20240102000000_b/up.sql", "", "CREATE INDEX users_name"),
    ] {
        let text = format!("{before}{index}");
        let at = folder(&[("schema.sql", FILES[0].1), (name, text.as_bytes())]);
        let _said = concertina(
            at.path(),
            &["check", name, "--history", "schema.sql", "--fix"],
        );
        let fixed = fs::read_to_string(at.path().join(name)).unwrap();
        assert!(fixed.starts_with(after), "{name}: {fixed}");
    }
}
