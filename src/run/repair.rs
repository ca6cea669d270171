//! Repairing a history: a file that was edited after it was applied is declared to be what was applied.

use serde::Serialize;

use super::adopt::{Recorded, agrees, checksum};
use super::lead::Desk;
use super::machine::Port;
use super::options::Options;
use super::quote::{json, text};
use super::{RunError, apply, journal};
use crate::sql::Migration;

/// An applied migration whose file is no longer what was applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Divergence {
    /// The file.
    pub file: String,
    /// Where the journal differs: the first statement, from 0; none where only another tool's checksum does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement: Option<usize>,
    /// That statement as it was applied; none where the file has one more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub applied: Option<String>,
    /// That statement as it stands in the file; none where the file has one less.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub now: Option<String>,
    /// The other tools whose checksum of the file differs.
    pub tools: Vec<String>,
    /// Whether the histories now say what the file says.
    pub repaired: bool,
}

/// Lists the migrations that diverge, and repairs those of the files named.
pub(super) async fn repair(
    port: Port,
    options: Options,
    migrations: Vec<Migration>,
    files: Vec<String>,
    because: String,
) -> Result<Vec<Divergence>, RunError> {
    let mut desk = Desk::open(port, options).await?;
    let all = apply::read_files(&migrations, &desk)?;
    let known = journal::exists(&desk.port).await?;
    if !files.is_empty() {
        desk.lead().await?;
        desk.ready().await?;
        desk.take_lease().await?;
    }
    let journal = if known {
        desk.journal().await?
    } else {
        journal::Journal::default()
    };
    let recorded: Vec<Recorded> = desk.histories().await?;
    let mut found = Vec::new();
    for migration in &all {
        let entry = journal
            .entries
            .get(&migration.id)
            .filter(|_| journal.is_applied(&migration.id));
        let statement = entry
            .and_then(|entry| journal::first_difference(&entry.statements, &migration.statements));
        let differing: Vec<&Recorded> = recorded
            .iter()
            .filter(|one| {
                let row = one.row_of(migration);
                row.is_some_and(|sum| !agrees(one.history, migration, sum.as_deref()))
            })
            .collect();
        if statement.is_none() && differing.is_empty() {
            continue;
        }
        let of = |all: &[super::steps::Frozen]| Some(all.get(statement?)?.sql.clone());
        let wanted = files.contains(&migration.file);
        if wanted {
            let mut sql = journal::log(
                "repair",
                &serde_json::json!({ "file": migration.file, "because": because, "by": desk.options.name }),
            );
            if entry.is_some() {
                sql = format!(
                    "{sql};\nUPDATE concertina.migration SET statements = {} WHERE id = {}",
                    json(&migration.statements),
                    text(&migration.id)
                );
            }
            for one in &differing {
                if let Some(update) = checksum(one, migration) {
                    sql = format!("{sql};\n{update}");
                }
            }
            desk.write("to repair a history", &sql).await?;
        }
        found.push(Divergence {
            file: migration.file.clone(),
            statement,
            applied: entry.and_then(|entry| of(&entry.statements)),
            now: of(&migration.statements),
            tools: differing
                .iter()
                .map(|one| one.history.tool().to_owned())
                .collect(),
            repaired: wanted,
        });
    }
    if !files.is_empty() {
        desk.resign().await?;
    }
    Ok(found)
}
