//! How long do cutting and lowering a history take, as a ratio to sqlparser's parse of the same statements?
//!
//! `cargo bench --bench parse`: the last line of each group is the figure to compare, in one run.

use std::path::{Path, PathBuf};

use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;

fn main() {
    divan::main();
}

/// The shop's history, as often as makes a text of about a megabyte.
fn history() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations-fixtures/layouts/refinery");
    let mut files: Vec<PathBuf> = walk(&folder);
    files.sort();
    let text: String = files
        .iter()
        .map(|file| std::fs::read_to_string(file).expect("a fixture is readable") + ";\n")
        .collect();
    text.repeat(1_000_000 / text.len().max(1))
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the fixtures are there");
    let paths = entries.map(|entry| entry.expect("a fixture is listed").path());
    paths
        .flat_map(|path| {
            if path.is_dir() {
                walk(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

#[divan::bench(sample_count = 10)]
fn concertina(bencher: divan::Bencher) {
    let text = history();
    bencher
        .counter(divan::counter::BytesCount::of_str(&text))
        .bench(|| concertina::sql::parse(&text));
}

#[divan::bench(sample_count = 10)]
fn sqlparser_alone(bencher: divan::Bencher) {
    let text = history();
    let script = concertina::sql::parse(&text);
    let statements: Vec<&str> = script
        .statements
        .iter()
        .map(|one| one.span.text(&text))
        .collect();
    bencher
        .counter(divan::counter::BytesCount::of_str(&text))
        .bench(|| {
            statements
                .iter()
                .filter(|sql| Parser::parse_sql(&PostgreSqlDialect {}, sql).is_ok())
                .count()
        });
}
