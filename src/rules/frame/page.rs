//! The page of a rule, generated from what stands in its file and from what PostgreSQL does for its examples.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::Rule;
use super::words::short;
use crate::effects::{Effects, Options, VERSIONS, walk};
use crate::schema::ResolvedName;
use crate::sql::{Migration, TransactionMode};

/// Where the pages of the rules are read.
const PAGES: &str = "https://github.com/concertina-rs/concertina/blob/main/docs/src/rules/";

/// The page of a rule on the web.
pub fn link(rule: &str) -> String {
    format!("{PAGES}{rule}.md")
}

/// The page in Markdown: title, summary, classes, text and examples with their effects.
pub fn page(rule: &Rule) -> String {
    let classes: Vec<String> = rule
        .classes
        .iter()
        .map(|class| format!("`{}`", class.as_str()))
        .collect();
    let mut page = format!(
        "# {}\n\nFinds: {}. Classes: {}.\n\n",
        rule.id,
        rule.summary,
        classes.join(", ")
    );
    let mut bad: Option<String> = None;
    for line in rule.docs.trim().lines() {
        let label = match line.trim_end() {
            "```sql bad" => {
                bad = Some(String::new());
                "Found:"
            }
            "```sql good" => "Instead:",
            other => {
                page.push_str(other);
                page.push('\n');
                if other == "```" {
                    page.push_str(&bad.take().map(|sql| effects(&sql)).unwrap_or_default());
                } else if let Some(sql) = &mut bad {
                    sql.push_str(other);
                    sql.push('\n');
                }
                continue;
            }
        };
        // A text that leads up to the example needs no label.
        if !page.trim_end().ends_with(':') {
            page.push_str(label);
            page.push_str("\n\n");
        }
        page.push_str("```sql\n");
    }
    page
}

/// What the statements of an example do to tables that were there before, as a table; nothing where they
/// do nothing to any.
fn effects(example: &str) -> String {
    let (history, migration) = cut(example);
    let mut rows: Vec<Row> = Vec::new();
    for version in VERSIONS {
        let options = Options {
            version,
            ..Options::default()
        };
        let timeline = walk(&history, std::slice::from_ref(&migration), &options);
        for step in &timeline.steps {
            let statement = migration.script().statements.get(step.statement);
            let text = statement.map_or("", |one| one.span.text(&migration.text));
            let Some(cells) = cells(&step.effects) else {
                continue;
            };
            let same = rows.iter_mut().find(|row| {
                row.at == step.statement && row.cells == cells && row.last + 1 == version
            });
            match same {
                Some(row) => row.last = version,
                None => rows.push(Row {
                    at: step.statement,
                    text: one_line(text),
                    first: version,
                    last: version,
                    cells,
                }),
            }
        }
    }
    if rows.is_empty() {
        return String::new();
    }
    rows.sort_by_key(|row| (row.at, row.first));
    let mut table = String::from(
        "\nWhat PostgreSQL does for it:\n\n| statement | version | locks | rewrites | reads whole | blocks |\n|---|---|---|---|---|---|\n",
    );
    for row in rows {
        let versions = match (row.first, row.last) {
            (first, last) if first == last => first.to_string(),
            (first, last) => format!("{first} to {last}"),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(
            table,
            "| `{}` | {versions} | {} |",
            row.text,
            row.cells.join(" | ")
        );
    }
    table
}

struct Row {
    at: usize,
    text: String,
    first: u16,
    last: u16,
    cells: [String; 4],
}

/// Locks, rewrites, scans and who waits; none where nothing that was there before is touched.
fn cells(effects: &Effects) -> Option<[String; 4]> {
    if effects.locks.is_empty() {
        return None;
    }
    let locks = effects.locks.iter();
    let locks: Vec<String> = locks
        .map(|(name, lock)| format!("{} on {}", lock.mode, short(name)))
        .collect();
    let waiting = |what: &str, names: &BTreeSet<ResolvedName>| {
        (!names.is_empty()).then(|| format!("{what} {}", list(names)))
    };
    let reads = waiting("reads of", &effects.blocks_reads);
    let writes = waiting("writes to", &effects.blocks_writes);
    let blocked: Vec<String> = reads.into_iter().chain(writes).collect();
    Some([
        locks.join(", "),
        list(&effects.rewrites),
        list(&effects.scans),
        blocked.join(", "),
    ])
}

fn list(names: &BTreeSet<ResolvedName>) -> String {
    let names: Vec<String> = names.iter().map(short).collect();
    names.join(", ")
}

/// A statement on one line, as a table cell takes it.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").replace('|', "\\|")
}

/// An example cut at its lines `-- history` and `-- migration`; without any, all of it is the migration.
fn cut(example: &str) -> (Vec<Migration>, Migration) {
    let (mut history, mut own) = (String::new(), String::new());
    let (mut part, mut mode) = ("migration", TransactionMode::Wrapped);
    for line in example.lines() {
        let head = line.strip_prefix("-- ").unwrap_or_default();
        let mut words = head.split_whitespace();
        match words.next() {
            Some(word @ ("history" | "release" | "migration")) => {
                part = word;
                if words.any(|word| word == "unwrapped") {
                    mode = TransactionMode::Unwrapped;
                }
            }
            _ if part == "history" => history = history + line + "\n",
            _ if part == "migration" => own = own + line + "\n",
            _ => {}
        }
    }
    let mut migration = Migration::new("migration.sql", own);
    migration.transaction = mode;
    let history = (!history.is_empty()).then(|| Migration::new("history.sql", history));
    (history.into_iter().collect(), migration)
}
