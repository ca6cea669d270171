//! Going back to another tool: what it would find applied, what it would do at once, and what would be lost.

use serde::Serialize;

use super::adopt::Recorded;
use super::journal::EntryState;
use super::lead::Desk;
use super::machine::Port;
use super::options::Options;
use super::{RunError, apply, journal};
use crate::sql::{Migration, Phase};

/// What going back means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Eject {
    /// The histories of other tools that are there.
    pub histories: Vec<Ejected>,
    /// Migrations that are under way: finish them first.
    pub unfinished: Vec<String>,
    /// Contracts that are not applied: another tool applies them at once, whoever needs the old shape.
    pub held: Vec<String>,
    /// Schemas of which the history is kept in schema `concertina` as well: it stays while there are any.
    pub schemas: Vec<String>,
    /// Instances that are alive, and of which another tool knows nothing.
    pub instances: usize,
    /// Whether schema `concertina` has been dropped; of a run for a schema, what it holds of that one.
    pub dropped: bool,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Ejected {
    /// `refinery`, `sqlx` or `diesel`.
    pub tool: String,
    /// Its table.
    pub table: String,
    /// Files that are applied, of which it does not know: it would apply them again.
    pub unknown: Vec<String>,
    /// Files that are not applied: it would apply them at once.
    pub next: Vec<String>,
}

impl Eject {
    /// Whether another tool can take over without applying anything twice.
    pub fn is_clean(&self) -> bool {
        self.unfinished.is_empty()
            && self.schemas.is_empty()
            && self.histories.iter().all(|one| one.unknown.is_empty())
    }
}

pub(super) async fn eject(
    port: Port,
    options: Options,
    migrations: Vec<Migration>,
    drop: bool,
) -> Result<Eject, RunError> {
    let mut desk = Desk::open(port, options).await?;
    let all = apply::read_files(&migrations, &desk)?;
    if !journal::exists(&desk.port).await? {
        return Err(RunError::NoJournal);
    }
    if drop {
        desk.lead().await?;
        desk.ready().await?;
        desk.take_lease().await?;
    }
    let journal = desk.journal().await?;
    let files = |test: &dyn Fn(&super::steps::Prepared) -> bool| -> Vec<String> {
        all.iter()
            .filter(|one| test(one))
            .map(|one| one.file.clone())
            .collect()
    };
    let unapplied = |one: &super::steps::Prepared| !journal.is_applied(&one.id);
    let recorded: Vec<Recorded> = desk.histories().await?;
    let histories = recorded.iter().map(|one| Ejected {
        tool: one.history.tool().to_owned(),
        table: one.table.clone(),
        unknown: files(&|file| !unapplied(file) && one.row_of(file).is_none()),
        next: files(&|file| one.row_of(file).is_none() && unapplied(file)),
    });
    let running = journal
        .entries
        .values()
        .filter(|one| one.state == EntryState::Running);
    let mut eject = Eject {
        histories: histories.collect(),
        unfinished: running.map(|one| one.file.clone()).collect(),
        held: files(&|file| file.phase == Phase::Contract && unapplied(file)),
        schemas: desk.other_schemas().await?,
        instances: desk
            .instances()
            .await?
            .iter()
            .filter(|one| one.alive)
            .count(),
        dropped: false,
    };
    if drop {
        if !eject.is_clean() {
            desk.resign().await?;
            return Ok(eject);
        }
        let scope = &desk.options.scope;
        if scope.schema().is_some() {
            let own = scope.holds("id");
            let sql = format!("DELETE FROM concertina.migration WHERE {own}");
            desk.write("to forget the history of a schema", &sql)
                .await?;
            desk.resign().await?;
        } else {
            let dropped = desk.port.run("DROP SCHEMA concertina CASCADE").await;
            dropped.map_err(|failed| failed.while_doing("to drop schema concertina"))?;
        }
        eject.dropped = true;
    }
    Ok(eject)
}
