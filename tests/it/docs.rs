//! The pages that are generated from the code are as the code says.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use concertina::rules::{RULES, page};

const COMMAND: &str = "UPDATE=1 cargo test --all-features --test it docs::";

fn source() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/src")
}

/// A text with what stands between two lines replaced.
fn between(text: &str, begin: &str, end: &str, inside: &str) -> String {
    let (head, rest) = text
        .split_once(begin)
        .unwrap_or_else(|| panic!("no line {begin}"));
    let (_, tail) = rest
        .split_once(end)
        .unwrap_or_else(|| panic!("no line {end}"));
    format!("{head}{begin}{inside}{end}{tail}")
}

/// Every generated file with the text it must have.
fn generated() -> Vec<(PathBuf, String)> {
    let mut files: Vec<(PathBuf, String)> = RULES
        .iter()
        .map(|rule| (source().join(format!("rules/{}.md", rule.id)), page(rule)))
        .collect();
    let mut table = String::from("\n\n| rule | finds | classes |\n|---|---|---|\n");
    let mut lines = String::from("\n");
    for rule in RULES {
        let classes: Vec<String> = rule
            .classes
            .iter()
            .map(|class| format!("`{}`", class.as_str()))
            .collect();
        let id = rule.id;
        writeln!(
            table,
            "| [{id}](rules/{id}.md) | {} | {} |",
            rule.summary,
            classes.join(", ")
        )
        .unwrap();
        writeln!(lines, "  - [{id}](rules/{id}.md)").unwrap();
    }
    table.push('\n');
    let overview = source().join("rules.md");
    let text = fs::read_to_string(&overview).unwrap();
    files.push((
        overview,
        between(
            &text,
            "<!-- rules: generated -->",
            "<!-- rules: end -->",
            &table,
        ),
    ));
    let summary = source().join("SUMMARY.md");
    let text = fs::read_to_string(&summary).unwrap();
    let begin = "- [Rules](rules.md)";
    files.push((
        summary,
        between(&text, begin, "- [Migration layouts]", &lines),
    ));
    files
}

#[test]
fn docs_of_the_rules_are_up_to_date() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut wrong = String::new();
    for (path, text) in generated() {
        if fs::read_to_string(&path).is_ok_and(|there| there == text) {
            continue;
        }
        if update {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
        } else {
            writeln!(wrong, "{} is stale", path.display()).unwrap();
        }
    }
    let pages = fs::read_dir(source().join("rules")).unwrap();
    for page in pages.map(|page| page.unwrap().path()) {
        let id = page.file_stem().unwrap().to_str().unwrap();
        if !RULES.iter().any(|rule| rule.id == id) {
            writeln!(wrong, "{} belongs to no rule: remove it", page.display()).unwrap();
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}to mend: {COMMAND}");
}
