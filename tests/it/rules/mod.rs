//! Every rule against its own examples, the labelled fixtures, and a real server.

mod case;
mod cases;
mod corpus;
mod fix;
mod hazards;
mod observed;
mod witness;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use case::{Case, as_mark};
use cases::{fixtures, root};
use concertina::report::{FORMATS, View, text};
use concertina::rules::{Finding, RULES, Rule};

/// The examples of a rule's page: whether it must be found, and the SQL.
fn examples(rule: &Rule) -> Vec<(bool, String)> {
    let mut found = Vec::new();
    let mut open: Option<(bool, String)> = None;
    for line in rule.docs.lines() {
        match (line.trim_end(), &mut open) {
            ("```sql bad", None) => open = Some((true, String::new())),
            ("```sql good", None) => open = Some((false, String::new())),
            ("```", Some(_)) => found.extend(open.take()),
            (line, Some((_, text))) => writeln!(text, "{line}").unwrap(),
            _ => {}
        }
    }
    assert!(open.is_none(), "{}: a fence is not closed", rule.id);
    found
}

fn none(complaints: &str) {
    assert!(complaints.is_empty(), "\n{complaints}");
}

#[test]
fn rules_are_files_and_files_are_rules() {
    let mut wrong = String::new();
    let files: BTreeSet<String> = fs::read_dir(root().join("src/rules"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| name.strip_suffix(".rs").map(str::to_owned))
        .filter(|name| name != "mod")
        .collect();
    let ids: Vec<String> = RULES.iter().map(|rule| rule.id.replace('-', "_")).collect();
    for file in files.iter().filter(|file| !ids.contains(file)) {
        writeln!(wrong, "src/rules/{file}.rs: no rule of that id; list {file} in src/rules/mod.rs and give its RULE the id {}", file.replace('_', "-")).unwrap();
    }
    for id in ids.iter().filter(|id| !files.contains(*id)) {
        writeln!(
            wrong,
            "src/rules/mod.rs: the id {} belongs into src/rules/{id}.rs",
            id.replace('_', "-")
        )
        .unwrap();
    }
    for (one, next) in ids.iter().zip(ids.iter().skip(1)) {
        if one >= next {
            writeln!(
                wrong,
                "src/rules/mod.rs: list {next} before {one}, and each once"
            )
            .unwrap();
        }
    }
    for rule in RULES {
        for (what, words) in [("summary", rule.summary), ("why", rule.why)] {
            if let Some(objection) = objection(words) {
                writeln!(wrong, "{}: its {what} {objection}: {words}", rule.id).unwrap();
            }
        }
        let kinds: BTreeSet<bool> = examples(rule).into_iter().map(|(bad, _)| bad).collect();
        if kinds.len() < 2 {
            writeln!(
                wrong,
                "{}: its docs need a ```sql bad and a ```sql good example",
                rule.id
            )
            .unwrap();
        }
    }
    none(&wrong);
}

/// What is wrong with a message: it begins in lower case, except with SQL, and has no stop at its end.
fn objection(words: &str) -> Option<&'static str> {
    let first = words.split(' ').next().unwrap_or_default();
    let shouted = first.chars().all(|c| !c.is_lowercase());
    let named = first == "PostgreSQL";
    if words.is_empty() {
        Some("is empty")
    } else if first.starts_with(char::is_uppercase) && !shouted && !named {
        Some("begins with a capital")
    } else if words.ends_with('.') {
        Some("ends with a stop")
    } else {
        None
    }
}

fn check_words(findings: &[Finding], wrong: &mut String, at: &str) {
    for finding in findings {
        let parts = [
            ("message", &finding.message),
            ("help", &finding.help),
            ("why", &finding.why),
        ];
        for (what, words) in parts {
            if let Some(objection) = objection(words) {
                writeln!(
                    wrong,
                    "{at}: the {what} of {} {objection}: {words}",
                    finding.rule
                )
                .unwrap();
            }
        }
        let rule = RULES.iter().find(|rule| rule.id == finding.rule).unwrap();
        for class in &finding.classes {
            if !rule.classes.contains(class) {
                writeln!(
                    wrong,
                    "{at}: {} does not list the class {}",
                    rule.id,
                    class.as_str()
                )
                .unwrap();
            }
        }
        if finding.classes.is_empty() {
            writeln!(wrong, "{at}: {} says nothing of any class", rule.id).unwrap();
        }
    }
}

#[test]
fn rules_find_their_bad_examples_and_leave_the_good_ones_alone() {
    let mut wrong = String::new();
    for rule in RULES {
        for (bad, sql) in examples(rule) {
            let findings = Case::read(&sql).report().findings;
            check_words(&findings, &mut wrong, rule.id);
            let found: Vec<&str> = findings.iter().map(|one| one.rule.as_str()).collect();
            if bad && (found.is_empty() || found.iter().any(|id| *id != rule.id)) {
                writeln!(
                    wrong,
                    "{}: found {found:?} in its bad example\n{sql}",
                    rule.id
                )
                .unwrap();
            } else if !bad && !found.is_empty() {
                writeln!(
                    wrong,
                    "{}: found {found:?} in its good example\n{sql}",
                    rule.id
                )
                .unwrap();
            }
        }
    }
    none(&wrong);
}

#[test]
fn rules_find_what_the_fixtures_mark_and_nothing_else() {
    let mut wrong = String::new();
    for (_, file, case) in fixtures() {
        let report = case.report();
        check_words(&report.findings, &mut wrong, &file.display().to_string());
        let found: Vec<String> = report.findings.iter().map(as_mark).collect();
        let marked: BTreeSet<&String> = case.marks.iter().collect();
        let found: BTreeSet<&String> = found.iter().collect();
        for missed in marked.difference(&found) {
            writeln!(wrong, "{}: missed  {missed}", file.display()).unwrap();
        }
        for alarm in found.difference(&marked) {
            writeln!(wrong, "{}: alarm   {alarm}", file.display()).unwrap();
        }
    }
    none(&wrong);
}

#[test]
fn rules_words_over_the_fixtures() {
    let cases = fixtures();
    let rules: BTreeSet<&String> = cases.iter().map(|(rule, ..)| rule).collect();
    for rule in rules {
        let mut page = String::new();
        for (_, file, case) in cases.iter().filter(|(own, ..)| own == rule) {
            let report = case.report();
            let name = file.file_stem().unwrap().display();
            if report.findings.is_empty() {
                continue;
            }
            let view = View {
                report: &report,
                sources: std::slice::from_ref(&case.migration),
                colour: false,
            };
            writeln!(page, "## {name}\n\n{}", (text::FORMAT.render)(&view)).unwrap();
        }
        insta::assert_snapshot!(rule.as_str(), page);
    }
}

/// The report that every format shows.
const SAMPLE: &str = r#"
-- history
CREATE TABLE users (id bigint PRIMARY KEY, name text, email text);
-- release 1.4.0
-- name: get_user
SELECT id, name FROM users WHERE id = $1;
-- migration unwrapped
ALTER TABLE users RENAME COLUMN name TO full_name;
CREATE INDEX users_email ON users (email);
-- concertina: allow drop-table because "nobody reads it, 100 %"
COMMENT ON TABLE users IS 'who is who: "us"';
"#;

#[test]
fn rules_report_in_every_format() {
    let case = Case::read(SAMPLE);
    let report = case.report();
    let names = [
        "report-text",
        "report-json",
        "report-sarif",
        "report-github",
        "report-markdown",
        "report-gitlab",
        "report-junit",
    ];
    for (format, name) in FORMATS.iter().zip(names) {
        assert_eq!(
            name,
            format!("report-{}", format.id),
            "a snapshot for each format"
        );
        let view = View {
            report: &report,
            sources: std::slice::from_ref(&case.migration),
            colour: false,
        };
        let mut text = (format.render)(&view);
        if format.id == "sarif" {
            // The rules with their pages are shown elsewhere.
            let log: serde_json::Value = serde_json::from_str(&text).unwrap();
            let run = &log["runs"][0];
            assert_eq!(
                run["tool"]["driver"]["rules"].as_array().unwrap().len(),
                RULES.len()
            );
            text = format!("{:#}", run["results"]);
        }
        insta::assert_snapshot!(name, text);
    }
    assert_eq!(FORMATS.len(), names.len(), "a snapshot for each format");
}
