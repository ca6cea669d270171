//! Prisma Migrate: a folder per migration with `migration.sql`, sent to the server in one piece.

use std::path::Path;

use super::message::one_message;
use super::{FileName, Layout, PlannedFile, by_names, file_name, numbered, whole};
use crate::plan::PlannedMigration;

pub(super) static LAYOUT: Layout = Layout {
    id: "prisma",
    example: "prisma/migrations/20240131120000_create_users/migration.sql",
    parse,
    claims: by_names,
    hidden: whole,
    // No BEGIN is sent, but one statement alone is the only one that runs outside a transaction
    // (prisma/prisma issue 14456).
    transaction: |_, text| Ok(one_message(text, &[])),
    unwrapping: None,
    dump: false,
    recursive: true,
    folder_each: true,
    unique_versions: false,
    write,
};

fn parse(path: &Path) -> Option<FileName> {
    if file_name(path) != "migration.sql" {
        return None;
    }
    let folder = path.parent()?.file_name()?.to_str()?;
    let (version, name) = numbered(folder)?;
    Some(FileName {
        version: version.to_owned(),
        name: name.to_owned(),
        // Folders run in the order of their names, however long their numbers are.
        sorted_by: Some(folder.to_owned()),
        ..FileName::default()
    })
}

fn write(version: &str, migration: &PlannedMigration) -> Vec<PlannedFile> {
    let folder = format!("{version}_{}", migration.name);
    vec![PlannedFile {
        path: Path::new(&folder).join("migration.sql"),
        text: migration.sql.clone(),
    }]
}
