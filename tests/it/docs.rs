//! The pages that are generated from the code are as the code says.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use concertina::rules::{RULES, page};
use concertina::run::metric::METRICS;

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
    files.push((source().join("recipes.md"), recipes()));
    let page = source().join("observability.md");
    let text = fs::read_to_string(&page).unwrap();
    let (begin, end) = ("<!-- metrics: generated -->", "<!-- metrics: end -->");
    files.push((page, between(&text, begin, end, &metrics())));
    files
}

/// The table of what is measured.
fn metrics() -> String {
    let mut table = String::from("\n\n| metric | kind | labels | |\n|---|---|---|---|\n");
    for one in METRICS {
        let labels: Vec<String> = one.labels.iter().map(|name| format!("`{name}`")).collect();
        let (name, kind, labels) = (one.name, one.kind.as_str(), labels.join(", "));
        writeln!(table, "| `{name}` | {kind} | {labels} | {} |", one.help).unwrap();
    }
    table.push('\n');
    table
}

/// The fixture that shows a recipe, where it is not called like it.
const SHOWN: &[(&str, &str)] = &[
    ("required-column", "required_computed"),
    ("change-type", "change_text_to_int"),
    ("enum-label", "enum_add_value"),
    ("move-column", "move_column_out"),
    ("replace-enum", "enum_remove_label"),
    ("column-default", "drop_default"),
    ("identity", "serial_to_identity"),
    ("replace-constraint", "replace_check"),
    ("replace-routine", "replace_function"),
];

/// The page of all recipes, each with a migration and the plan that a server has run.
fn recipes() -> String {
    let mut page = String::from(
        "# Recipes\n\nHow each kind of unsafe change is planned, in the order the recipes are asked. \
         Every plan here runs in the tests with both releases writing.\n",
    );
    let plans = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("migrations-fixtures/plans");
    for recipe in concertina::plan::RECIPES {
        let named = SHOWN.iter().find(|(id, _)| *id == recipe.id);
        let folder = named.map_or_else(
            || recipe.id.replace('-', "_"),
            |(_, case)| (*case).to_owned(),
        );
        let read = |file| {
            let path = plans.join(&folder).join(file);
            fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        };
        write!(
            page,
            "\n## {}\n\nThe recipe {}.\n\n```sql\n{}\n```\n\nbecomes\n\n```sql\n{}\n```\n",
            recipe.id,
            recipe.summary,
            read("migration.sql").trim(),
            read("plan.sql").trim()
        )
        .unwrap();
    }
    page
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
