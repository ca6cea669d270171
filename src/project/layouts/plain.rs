//! Plain: any `.sql` files in the order of their numbers, then of their names.

use std::path::Path;

use super::message::{begins, refuses_transactions, statements};
use super::{FileName, Layout, PlannedFile, by_names, file_name, whole};
use crate::plan::PlannedMigration;
use crate::sql::{NO_TRANSACTION, TransactionMode};

pub(super) static LAYOUT: Layout = Layout {
    id: "plain",
    example: "migrations/1_create_users.sql",
    parse,
    claims: by_names,
    hidden: whole,
    transaction: |_, text| Ok(transaction(text)),
    unwrapping: Some(NO_TRANSACTION),
    dump: false,
    recursive: true,
    folder_each: false,
    unique_versions: false,
    write,
};

fn parse(path: &Path) -> Option<FileName> {
    let stem = file_name(path).strip_suffix(".sql")?;
    let digits = stem.bytes().take_while(u8::is_ascii_digit).count();
    let (version, name) = stem.split_at_checked(digits)?;
    let (name, down) = match (name.strip_suffix(".up"), name.strip_suffix(".down")) {
        (Some(name), _) => (name, false),
        (None, Some(name)) => (name, true),
        (None, None) => (name, false),
    };
    let name = name.trim_start_matches(['_', '-', '.', ' ']);
    Some(FileName {
        version: version.to_owned(),
        name: name.to_owned(),
        down,
        ..FileName::default()
    })
}

/// Wrapped, unless a statement refuses a transaction or the file opens its own.
fn transaction(text: &str) -> TransactionMode {
    let statements = statements(text, &[]);
    let unwrapped = |one| begins(one) || refuses_transactions(one);
    if statements.iter().any(unwrapped) {
        TransactionMode::Unwrapped
    } else {
        TransactionMode::Wrapped
    }
}

fn write(version: &str, migration: &PlannedMigration) -> Vec<PlannedFile> {
    let path = format!("{version}_{}.sql", migration.name).into();
    vec![PlannedFile {
        path,
        text: migration.sql.clone(),
    }]
}
