//! Dumps of a schema: Rails' `structure.sql` and what `pg_dump` writes; they say what is there already.

use std::path::Path;

use super::candidate::any_line;
use super::{Candidate, FileName, Layout, PlannedFile, file_name, whole};
use crate::plan::PlannedMigration;
use crate::sql::TransactionMode;

pub(super) static LAYOUT: Layout = Layout {
    id: "dump",
    example: "db/structure.sql, or the output of pg_dump --schema-only",
    parse,
    claims,
    hidden: whole,
    transaction: |_, _| Ok(TransactionMode::Unwrapped),
    unwrapping: None,
    dump: true,
    recursive: false,
    folder_each: false,
    unique_versions: false,
    write,
};

fn parse(path: &Path) -> Option<FileName> {
    let stem = file_name(path).strip_suffix(".sql")?;
    Some(FileName {
        name: stem.to_owned(),
        ..FileName::default()
    })
}

/// One file: by the name Rails gives it, or by what `pg_dump` writes at its head.
fn claims(files: &[Candidate<'_>]) -> bool {
    let [file] = files else {
        return false;
    };
    let head = |line: &str| {
        [
            "-- PostgreSQL database dump",
            "-- Dumped by pg_dump version",
        ]
        .iter()
        .any(|words| line.starts_with(words))
    };
    file_name(file.path) == "structure.sql" || any_line(files, head)
}

/// Nothing is planned into a dump; beside it, as a plain file.
fn write(version: &str, migration: &PlannedMigration) -> Vec<PlannedFile> {
    (super::plain::LAYOUT.write)(version, migration)
}
