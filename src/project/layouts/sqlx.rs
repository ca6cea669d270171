//! sqlx: `20240131120000_name.sql`, or `.up.sql` with `.down.sql`; in a transaction unless the first line says no.

use std::path::Path;

use super::{FileName, Layout, PlannedFile, by_names, file_name, numbered, whole};
use crate::plan::PlannedMigration;
use crate::sql::TransactionMode;

/// What sqlx looks for at the very beginning of a file.
const NO_TRANSACTION: &str = "-- no-transaction";

pub(super) static LAYOUT: Layout = Layout {
    id: "sqlx",
    example: "migrations/20240131120000_create_users.sql or 20240131120000_create_users.up.sql",
    parse,
    claims: by_names,
    hidden: whole,
    transaction: |_, text| {
        let unwrapped = text.starts_with(NO_TRANSACTION);
        Ok(if unwrapped {
            TransactionMode::Unwrapped
        } else {
            TransactionMode::Wrapped
        })
    },
    unwrapping: Some(NO_TRANSACTION),
    dump: false,
    recursive: false,
    folder_each: false,
    unique_versions: true,
    write,
};

/// The 14 digits that `sqlx migrate add` writes; shorter versions only with `.up.sql` or `.down.sql`,
/// since plain numbered files belong to many tools.
fn parse(path: &Path) -> Option<FileName> {
    let stem = file_name(path).strip_suffix(".sql")?;
    let (version, rest) = numbered(stem)?;
    let (name, reversible, down) = match (rest.strip_suffix(".up"), rest.strip_suffix(".down")) {
        (Some(name), _) => (name, true, false),
        (None, Some(name)) => (name, true, true),
        (None, None) => (rest, false, false),
    };
    (reversible || version.len() == 14).then(|| FileName {
        version: version.to_owned(),
        name: name.to_owned(),
        down,
        ..FileName::default()
    })
}

fn write(version: &str, migration: &PlannedMigration) -> Vec<PlannedFile> {
    let first = match migration.transaction {
        TransactionMode::Unwrapped => format!("{NO_TRANSACTION}\n"),
        TransactionMode::Wrapped => String::new(),
    };
    let path = format!("{version}_{}.sql", migration.name).into();
    vec![PlannedFile {
        path,
        text: format!("{first}{}", migration.sql),
    }]
}
