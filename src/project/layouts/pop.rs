//! Pop and Ory's popx: `20240131_name.postgres.up.sql` with `.down.sql`; in a transaction unless `.autocommit`.

use std::path::Path;

use super::{Candidate, FileName, Layout, PlannedFile, file_name, numbered, whole};
use crate::plan::PlannedMigration;
use crate::sql::TransactionMode;

pub(super) static LAYOUT: Layout = Layout {
    id: "pop",
    example: "migrations/20240131120000_create_users.postgres.up.sql",
    parse,
    claims,
    hidden: whole,
    transaction: |path, _| {
        Ok(if file_name(path).contains(AUTOCOMMIT) {
            TransactionMode::Unwrapped
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

const AUTOCOMMIT: &str = ".autocommit.";

/// What pop calls PostgreSQL, and what it calls the others.
const POSTGRES: [&str; 2] = ["postgres", "postgresql"];
const OTHERS: [&str; 5] = ["cockroach", "mysql", "mariadb", "sqlite", "sqlite3"];

/// Version, name, dialect, direction.
fn parts(path: &Path) -> Option<(&str, &str, Option<&str>, bool)> {
    let stem = file_name(path).strip_suffix(".sql")?;
    let (version, rest) = numbered(stem)?;
    let (rest, down) = match rest.strip_suffix(".up") {
        Some(rest) => (rest, false),
        None => (rest.strip_suffix(".down")?, true),
    };
    let rest = rest.strip_suffix(".autocommit").unwrap_or(rest);
    Some(match rest.split_once('.') {
        Some((name, dialect)) => (version, name, Some(dialect), down),
        None => (version, rest, None, down),
    })
}

/// Files for other databases are not run.
fn parse(path: &Path) -> Option<FileName> {
    let (version, name, dialect, down) = parts(path)?;
    let postgres = dialect.is_some_and(|dialect| POSTGRES.contains(&dialect));
    (postgres || dialect.is_none()).then(|| FileName {
        sorted_by: None,
        version: version.to_owned(),
        name: name.to_owned(),
        down,
        postgres,
    })
}

/// Known by the dialects in its names; a folder without them is read alike by other layouts.
fn claims(files: &[Candidate<'_>]) -> bool {
    files.iter().any(|file| {
        let dialect = parts(file.path).and_then(|(.., dialect, _)| dialect);
        let known = |dialect| POSTGRES.contains(&dialect) || OTHERS.contains(&dialect);
        dialect.is_some_and(known) || file_name(file.path).contains(AUTOCOMMIT)
    })
}

fn write(version: &str, migration: &PlannedMigration) -> Vec<PlannedFile> {
    let autocommit = match migration.transaction {
        TransactionMode::Unwrapped => ".autocommit",
        TransactionMode::Wrapped => "",
    };
    let path = format!("{version}_{}{autocommit}.up.sql", migration.name).into();
    vec![PlannedFile {
        path,
        text: migration.sql.clone(),
    }]
}
