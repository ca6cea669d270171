//! How things stand: the schema's state, each migration, the fleet, and what is in the way.

use serde::Serialize;

use super::RunError;
use super::apply::read_files;
use super::command::Row;
use super::event::{Blocker, Progress};
use super::fleet::Instance;
use super::gate::HeldReason;
use super::journal::{self, EntryState, Journal};
use super::lead::Desk;
use super::locks::{blockers, blockers_of};
use super::machine::Port;
use super::options::Options;
use super::stop::Stop;
use crate::sql::{Migration, Phase};

/// A document that an application can put into its health check.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Status {
    /// The version of this document.
    pub version: u32,
    /// The whole in one word.
    pub state: State,
    /// Those in the journal and those that are not applied yet, in order.
    pub migrations: Vec<MigrationStatus>,
    /// The instances heard of within a day.
    pub instances: Vec<Instance>,
    /// What is in the way.
    pub blocking: Vec<Blocking>,
}

/// The whole in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum State {
    /// Everything is applied.
    Settled,
    /// An expand migration is under way or waits to be applied.
    Expanding,
    /// A backfill is under way or waits to be run.
    Migrating,
    /// A contract waits for its gate or to be asked for.
    Held,
    /// A contract is under way.
    Contracting,
    /// A migration was refused.
    Failed,
}

impl State {
    /// The word in the machine interface.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Settled => "settled",
            Self::Expanding => "expanding",
            Self::Migrating => "migrating",
            Self::Held => "held",
            Self::Contracting => "contracting",
            Self::Failed => "failed",
        }
    }
}

/// One migration.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct MigrationStatus {
    /// Its file, as whoever applied it called it.
    pub file: String,
    /// Its phase.
    pub phase: Phase,
    /// `pending`, `running`, `failed`, `applied`.
    pub state: &'static str,
    /// How far its backfill is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
    /// How many rows still matched after the last pass of its backfill; none before that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows_left: Option<u64>,
    /// Why it stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A contract that is not applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Gate {
    /// Its file.
    pub file: String,
    /// Why it has to wait; nothing when it may begin.
    pub reasons: Vec<HeldReason>,
}

impl Gate {
    /// Whether it may begin.
    pub fn is_open(&self) -> bool {
        self.reasons.is_empty()
    }
}

impl Status {
    /// The contracts that have not begun, in order, with what stands against them.
    pub fn gates(&self) -> Vec<Gate> {
        let contracts = self
            .migrations
            .iter()
            .filter(|one| one.phase == Phase::Contract && one.state == "pending");
        let reasons = |file: &str| {
            let found = self.blocking.iter().find_map(|one| match one {
                Blocking::Gate {
                    file: held,
                    reasons,
                } if held == file => Some(reasons.clone()),
                _ => None,
            });
            found.unwrap_or_default()
        };
        contracts
            .map(|one| Gate {
                file: one.file.clone(),
                reasons: reasons(&one.file),
            })
            .collect()
    }
}

/// What is in the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Blocking {
    /// Of a contract.
    Gate {
        /// The contract.
        file: String,
        /// Why it waits.
        reasons: Vec<HeldReason>,
    },
    /// Of a runner that is at work.
    Lock(Blocker),
    /// A backfill stands still.
    Stopped {
        /// Its migration.
        file: String,
        /// Why.
        reason: Stop,
    },
}

/// Reads it without writing anything.
pub(super) async fn status(
    port: Port,
    options: Options,
    migrations: Vec<Migration>,
) -> Result<Status, RunError> {
    let desk = Desk::open(port, options).await?;
    let all = read_files(&migrations, &desk)?;
    let known = journal::exists(&desk.port).await?;
    let journal = if known {
        desk.journal().await?
    } else {
        Journal::default()
    };
    let mut listed: Vec<(i64, MigrationStatus)> = Vec::new();
    let details = if known {
        desk.details().await?
    } else {
        Vec::new()
    };
    for entry in journal.entries.values() {
        let detail = details.iter().find(|one| one.id == entry.id);
        listed.push((
            entry.ordinal,
            MigrationStatus {
                file: entry.file.clone(),
                phase: entry.phase,
                state: match entry.state {
                    EntryState::Running => "running",
                    EntryState::Applied => "applied",
                    EntryState::Failed => "failed",
                },
                progress: detail.and_then(|one| one.progress),
                rows_left: detail.and_then(|one| one.rows_left),
                error: detail.and_then(|one| one.error.clone()),
            },
        ));
    }
    listed.sort_by_key(|(ordinal, _)| *ordinal);
    let mut listed: Vec<MigrationStatus> = listed.into_iter().map(|(_, one)| one).collect();
    let mut blocking: Vec<Blocking> = details
        .iter()
        .filter_map(|one| {
            let file = journal.entries.get(&one.id)?.file.clone();
            let reason = one.stopped.clone()?;
            Some(Blocking::Stopped { file, reason })
        })
        .collect();
    for migration in all.iter().filter(|one| journal.state(&one.id).is_none()) {
        listed.push(MigrationStatus {
            file: migration.file.clone(),
            phase: migration.phase,
            state: "pending",
            progress: None,
            rows_left: None,
            error: None,
        });
        if known && migration.phase == Phase::Contract {
            let reasons = desk.reasons(migration).await?;
            if !reasons.is_empty() {
                blocking.push(Blocking::Gate {
                    file: migration.file.clone(),
                    reasons,
                });
            }
        }
    }
    let instances = if known {
        desk.instances().await?
    } else {
        Vec::new()
    };
    if known {
        blocking.extend(
            desk.runner_blockers()
                .await?
                .into_iter()
                .map(Blocking::Lock),
        );
    }
    Ok(Status {
        version: 1,
        state: state(&listed),
        migrations: listed,
        instances,
        blocking,
    })
}

/// The first migration that is not applied says what state the whole is in.
fn state(migrations: &[MigrationStatus]) -> State {
    let open = |wanted: &str| migrations.iter().find(|one| one.state == wanted);
    if migrations
        .iter()
        .any(|one| one.error.is_some() && one.state != "applied")
    {
        return State::Failed;
    }
    match (
        open("running"),
        migrations
            .iter()
            .filter(|one| one.state == "pending")
            .map(|one| one.phase)
            .min(),
    ) {
        (Some(one), _) => match one.phase {
            Phase::Expand => State::Expanding,
            Phase::Migrate => State::Migrating,
            Phase::Contract => State::Contracting,
        },
        (None, Some(Phase::Expand)) => State::Expanding,
        (None, Some(Phase::Migrate)) => State::Migrating,
        (None, Some(Phase::Contract)) => State::Held,
        (None, None) => State::Settled,
    }
}

struct Detail {
    id: String,
    error: Option<String>,
    progress: Option<Progress>,
    rows_left: Option<u64>,
    stopped: Option<Stop>,
}

impl Desk {
    async fn details(&self) -> Result<Vec<Detail>, RunError> {
        let doing = "to look for parts of backfills";
        let lanes = self
            .port
            .run("SELECT to_regclass('concertina.lane') IS NOT NULL")
            .await;
        let lanes = lanes.map_err(|failed| failed.while_doing(doing))?;
        // An older journal has none.
        let lanes = if lanes.value() == Some("t") {
            "(SELECT sum(rows_passed) AS passed, sum(rate) AS rate FROM concertina.lane l
              WHERE l.migration = b.migration AND l.ordinal = b.ordinal)"
        } else {
            "(SELECT NULL::bigint AS passed, NULL::double precision AS rate)"
        };
        let answer = self
            .port
            .run(format!(
                "SELECT m.id, m.error ->> 'message', coalesce(l.passed, b.rows_passed), b.rows_total,
                    coalesce(l.rate, b.rate), to_jsonb(b) ->> 'rows_left', to_jsonb(b) ->> 'stopped'
                 FROM concertina.migration m LEFT JOIN LATERAL
                     (SELECT * FROM concertina.backfill f WHERE f.migration = m.id ORDER BY f.ordinal DESC LIMIT 1) b ON true
                 LEFT JOIN LATERAL {lanes} l ON true
                 WHERE m.error IS NOT NULL OR b.rows_total IS NOT NULL"
            ))
            .await
            .map_err(|failed| failed.while_doing("to read the state of migrations"))?;
        let read = |row: &Row| {
            let column = |at: usize| row.get(at)?.clone();
            let number = |at: usize| column(at)?.parse::<u64>().ok();
            let rate = column(4).and_then(|value| value.parse::<f64>().ok());
            let progress = number(2).zip(number(3)).map(|(done, total)| Progress {
                done,
                total: total.max(done),
                rate,
                eta_s: rate
                    .filter(|rate| *rate > 0.0)
                    .map(|rate| (total.saturating_sub(done) as f64 / rate).ceil() as u64),
            });
            Some(Detail {
                id: column(0)?,
                error: column(1),
                progress,
                rows_left: number(5),
                stopped: column(6).and_then(|document| serde_json::from_str(&document).ok()),
            })
        };
        Ok(answer.rows().iter().filter_map(read).collect())
    }

    async fn runner_blockers(&self) -> Result<Vec<Blocker>, RunError> {
        let answer = self
            .port
            .run(format!(
                "SELECT backend_pid FROM concertina.lease WHERE name = {} AND released_at IS NULL",
                self.lease()
            ))
            .await
            .map_err(|failed| failed.while_doing("to ask who leads"))?;
        let Some(pid) = answer.value().and_then(|pid| pid.parse().ok()) else {
            return Ok(Vec::new());
        };
        let answer = self.port.run(blockers_of(pid)).await;
        let answer = answer.map_err(|failed| failed.while_doing("to ask who is in the way"))?;
        Ok(blockers(answer.rows()))
    }
}
