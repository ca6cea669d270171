//! refinery: `V1__name.sql` in strict order, `U2__name.sql` whenever it comes; each in a transaction.

use std::path::Path;

use super::{FileName, Layout, PlannedFile, by_names, file_name, whole};
use crate::plan::PlannedMigration;
use crate::sql::{NO_TRANSACTION, Phase, TransactionMode};

pub(super) static LAYOUT: Layout = Layout {
    id: "refinery",
    example: "migrations/V1__create_users.sql",
    parse,
    claims: by_names,
    hidden: whole,
    transaction: |_, _| Ok(TransactionMode::Wrapped),
    unwrapping: Some(NO_TRANSACTION),
    dump: false,
    recursive: true,
    folder_each: false,
    unique_versions: true,
    write,
};

fn parse(path: &Path) -> Option<FileName> {
    let stem = file_name(path).strip_suffix(".sql")?;
    let (version, name) = stem.strip_prefix(['V', 'U'])?.split_once("__")?;
    let word =
        |text: &str| !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_');
    let numeric = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
    (numeric && word(name)).then(|| FileName {
        version: version.to_owned(),
        name: name.to_owned(),
        ..FileName::default()
    })
}

/// A contract is a `U` file: refinery applies it whenever it comes, so later `V` files may go ahead of it.
fn write(version: &str, migration: &PlannedMigration) -> Vec<PlannedFile> {
    let prefix = if migration.phase == Phase::Contract {
        'U'
    } else {
        'V'
    };
    let path = format!("{prefix}{version}__{}.sql", migration.name).into();
    vec![PlannedFile {
        path,
        text: migration.sql.clone(),
    }]
}
