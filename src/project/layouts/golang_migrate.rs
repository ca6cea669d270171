//! golang-migrate: `000001_name.up.sql` with `.down.sql`, sent to the server in one piece.

use std::path::Path;

use super::candidate::nearest_manifest;
use super::message::one_message;
use super::{Candidate, FileName, Layout, PlannedFile, file_name, numbered, whole};
use crate::plan::PlannedMigration;

pub(super) static LAYOUT: Layout = Layout {
    id: "golang-migrate",
    example: "migrations/000001_create_users.up.sql",
    parse,
    claims,
    hidden: whole,
    // One Exec, hence one transaction when there are several statements (its README on PostgreSQL,
    // "Multi-statement mode").
    transaction: |_, text| Ok(one_message(text, &[])),
    unwrapping: None,
    dump: false,
    recursive: false,
    folder_each: false,
    unique_versions: true,
    write,
};

fn parse(path: &Path) -> Option<FileName> {
    let stem = file_name(path).strip_suffix(".sql")?;
    let (version, rest) = numbered(stem)?;
    let (name, down) = match rest.strip_suffix(".up") {
        Some(name) => (name, false),
        None => (rest.strip_suffix(".down")?, true),
    };
    Some(FileName {
        version: version.to_owned(),
        name: name.to_owned(),
        down,
        ..FileName::default()
    })
}

/// sqlx has pairs too, and writes versions of 14 digits or of 4: those are golang-migrate's in a Go module.
fn claims(files: &[Candidate<'_>]) -> bool {
    let of_sqlx = |file: &Candidate<'_>| {
        let version = parse(file.path).map(|name| name.version.len());
        matches!(version, Some(4 | 14))
    };
    !files.iter().any(of_sqlx) || nearest_manifest(files, "go.mod", &["Cargo.toml"])
}

fn write(version: &str, migration: &PlannedMigration) -> Vec<PlannedFile> {
    let path = format!("{version}_{}.up.sql", migration.name).into();
    vec![PlannedFile {
        path,
        text: migration.sql.clone(),
    }]
}
