//! goose: `00001_name.sql` with `-- +goose Up` and `-- +goose Down` halves; in a transaction unless the file says NO TRANSACTION.

use std::path::Path;

use super::candidate::any_line;
use super::halves::{self, Half};
use super::{Candidate, FileName, Layout, PlannedFile, file_name, numbered};
use crate::plan::PlannedMigration;
use crate::sql::{self, Span, TransactionMode};

pub(super) static LAYOUT: Layout = Layout {
    id: "goose",
    example: "migrations/00001_create_users.sql with -- +goose Up",
    parse,
    claims,
    hidden,
    transaction: |_, text| {
        let unwrapped = text.lines().any(|line| annotation(line, "no transaction"));
        Ok(if unwrapped {
            TransactionMode::Unwrapped
        } else {
            TransactionMode::Wrapped
        })
    },
    unwrapping: Some("-- +goose NO TRANSACTION"),
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

/// An annotation of goose: at the very beginning of a line, its words in any case.
fn annotation(line: &str, words: &str) -> bool {
    let said = line.strip_prefix("--").map(str::trim);
    let said = said.and_then(|said| said.strip_prefix("+goose "));
    said.is_some_and(|said| said.trim().eq_ignore_ascii_case(words))
}

fn claims(files: &[Candidate<'_>]) -> bool {
    any_line(files, |line| annotation(line, "up"))
}

fn hidden(text: &str) -> Vec<Span> {
    halves::hidden(text, |line| {
        if annotation(line, "up") {
            Some(Half::Up)
        } else {
            annotation(line, "down").then_some(Half::Down)
        }
    })
}

/// goose cuts at semicolons that end a line, unless it is told where a statement begins and ends.
fn write(version: &str, migration: &PlannedMigration) -> Vec<PlannedFile> {
    let mut text = match migration.transaction {
        TransactionMode::Unwrapped => "-- +goose NO TRANSACTION\n-- +goose Up\n".to_owned(),
        TransactionMode::Wrapped => "-- +goose Up\n".to_owned(),
    };
    let body = &migration.sql;
    let mut at = 0;
    for statement in sql::parse(body).statements {
        let span = statement.span;
        if !span.text(body).contains(';') {
            continue;
        }
        let end = body.get(span.end..).and_then(|rest| rest.find('\n'));
        let end = end.map_or(body.len(), |line| span.end + line + 1);
        text.push_str(body.get(at..span.start).unwrap_or_default());
        text.push_str("-- +goose StatementBegin\n");
        text.push_str(body.get(span.start..end).unwrap_or_default());
        text.push_str("-- +goose StatementEnd\n");
        at = end;
    }
    text.push_str(body.get(at..).unwrap_or_default());
    let path = format!("{version}_{}.sql", migration.name).into();
    vec![PlannedFile { path, text }]
}
