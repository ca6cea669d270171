//! dbmate: `20240131120000_name.sql` with `-- migrate:up` and `-- migrate:down` blocks; in a transaction unless `transaction:false`.

use std::path::Path;

use super::candidate::any_line;
use super::halves::{self, Half};
use super::message::one_message;
use super::{Candidate, FileName, Layout, PlannedFile, file_name, numbered};
use crate::plan::PlannedMigration;
use crate::sql::{Span, TransactionMode};

pub(super) static LAYOUT: Layout = Layout {
    id: "dbmate",
    example: "db/migrations/20240131120000_create_users.sql with -- migrate:up",
    parse,
    claims,
    hidden,
    transaction: |_, text| {
        let options = text.lines().find_map(|line| block(line, "up"));
        let refused = options.is_some_and(|options| {
            let mut options = options.split_whitespace();
            options.any(|option| option == "transaction:false")
        });
        Ok(if refused {
            one_message(text, &hidden(text))
        } else {
            TransactionMode::Wrapped
        })
    },
    unwrapping: None,
    dump: false,
    recursive: false,
    folder_each: false,
    unique_versions: true,
    write,
};

fn parse(path: &Path) -> Option<FileName> {
    let stem = file_name(path).strip_suffix(".sql")?;
    let (version, name) = numbered(stem)?;
    Some(FileName {
        version: version.to_owned(),
        name: name.to_owned(),
        ..FileName::default()
    })
}

/// The options behind `-- migrate:up` or `-- migrate:down`.
fn block<'a>(line: &'a str, which: &str) -> Option<&'a str> {
    let said = line.strip_prefix("--")?.trim_start();
    let options = said.strip_prefix("migrate:")?.strip_prefix(which)?;
    (options.is_empty() || options.starts_with(char::is_whitespace)).then_some(options)
}

fn claims(files: &[Candidate<'_>]) -> bool {
    any_line(files, |line| block(line, "up").is_some())
}

fn hidden(text: &str) -> Vec<Span> {
    halves::hidden(text, |line| {
        if block(line, "up").is_some() {
            Some(Half::Up)
        } else {
            block(line, "down").map(|_| Half::Down)
        }
    })
}

fn write(version: &str, migration: &PlannedMigration) -> Vec<PlannedFile> {
    let options = match migration.transaction {
        TransactionMode::Unwrapped => " transaction:false",
        TransactionMode::Wrapped => "",
    };
    let path = format!("{version}_{}.sql", migration.name).into();
    let text = format!(
        "-- migrate:up{options}\n{}\n-- migrate:down\n",
        migration.sql
    );
    vec![PlannedFile { path, text }]
}
