//! diesel: a folder per migration with `up.sql`, `down.sql` and perhaps `metadata.toml`.

use std::path::Path;

use super::message::one_message;
use super::{FileName, Layout, PlannedFile, by_names, file_name, whole};
use crate::plan::PlannedMigration;
use crate::project::ProjectError;
use crate::sql::TransactionMode;

pub(super) static LAYOUT: Layout = Layout {
    id: "diesel",
    example: "migrations/2024-01-31-120000_create_users/up.sql",
    parse,
    claims: by_names,
    hidden: whole,
    transaction,
    unwrapping: None,
    dump: false,
    recursive: true,
    folder_each: true,
    unique_versions: true,
    write,
};

fn parse(path: &Path) -> Option<FileName> {
    let down = match file_name(path) {
        "up.sql" => false,
        "down.sql" => true,
        _ => return None,
    };
    let folder = path.parent()?.file_name()?.to_str()?;
    let (version, name) = folder.split_once('_').unwrap_or((folder, ""));
    let dated = version.starts_with(|c: char| c.is_ascii_digit())
        && version
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'-');
    dated.then(|| FileName {
        version: version.to_owned(),
        name: name.to_owned(),
        down,
        ..FileName::default()
    })
}

/// `run_in_transaction = false` of `metadata.toml`; diesel takes an unreadable one for the default, we do not.
fn transaction(path: &Path, text: &str) -> Result<TransactionMode, ProjectError> {
    let metadata = path.with_file_name("metadata.toml");
    let settings = match std::fs::read_to_string(&metadata) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(TransactionMode::Wrapped);
        }
        Err(error) => return Err(ProjectError::reading(metadata, error)),
    };
    let table: toml::Table =
        settings
            .parse()
            .map_err(|error: toml::de::Error| ProjectError::Malformed {
                path: metadata.clone(),
                reason: error.message().to_owned(),
            })?;
    match table.get("run_in_transaction") {
        None | Some(toml::Value::Boolean(true)) => Ok(TransactionMode::Wrapped),
        // diesel sends the file in one piece (diesel-rs/diesel issue 4552).
        Some(toml::Value::Boolean(false)) => Ok(one_message(text, &[])),
        Some(_) => {
            let reason = "run_in_transaction must be true or false".to_owned();
            Err(ProjectError::Malformed {
                path: metadata,
                reason,
            })
        }
    }
}

fn write(version: &str, migration: &PlannedMigration) -> Vec<PlannedFile> {
    let folder = Path::new(&format!("{version}_{}", migration.name)).to_path_buf();
    let mut files = vec![PlannedFile {
        path: folder.join("up.sql"),
        text: migration.sql.clone(),
    }];
    if migration.transaction == TransactionMode::Unwrapped {
        files.push(PlannedFile {
            path: folder.join("metadata.toml"),
            text: "run_in_transaction = false\n".to_owned(),
        });
    }
    files
}
