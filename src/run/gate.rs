//! The contract gate: who still needs what a contract is about to remove.

use serde::Serialize;

use super::fleet::Instance;
use super::lead::Desk;
use super::steps::Prepared;
use super::{Event, RunError, journal};
use crate::compat;
use crate::schema::{Catalogue, SERVER_QUERY, Session};

/// Why a contract has to wait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum HeldReason {
    /// An instance below the release that the contract waits for is alive.
    Instance {
        /// Its id.
        id: String,
        /// Its release.
        release: String,
        /// When it was last heard of.
        last_seen: String,
    },
    /// A client that does not register is connected, and its release is below the one that the contract
    /// waits for.
    Client {
        /// Its `application_name` or role.
        name: String,
        /// Its process.
        pid: i32,
        /// Its release.
        release: String,
    },
    /// A query of a release that is alive would break.
    Query {
        /// The release.
        release: String,
        /// The query's name.
        query: String,
        /// What would become of it.
        message: String,
    },
    /// A transaction began before the last of the old instances was gone, and is open.
    Transaction {
        /// Its process.
        pid: i32,
        /// Its `application_name`.
        application: String,
        /// How long it is open, in milliseconds.
        open_ms: u64,
    },
    /// The release that runs the migrations is itself too old.
    Runner {
        /// Its release.
        release: String,
        /// The one the contract waits for.
        after: String,
    },
}

impl std::fmt::Display for HeldReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Instance {
                id,
                release,
                last_seen,
            } => {
                write!(
                    f,
                    "instance {id} of release {release} is alive (last seen {last_seen})"
                )
            }
            Self::Client { name, pid, release } => {
                write!(
                    f,
                    "client {name} of release {release} is connected (process {pid})"
                )
            }
            Self::Query {
                release,
                query,
                message,
            } => {
                write!(
                    f,
                    "query {query} of release {release}, which is alive, would break: {message}"
                )
            }
            Self::Transaction {
                pid,
                application,
                open_ms,
            } => write!(
                f,
                "a transaction of process {pid} ({application}) has been open for {:.1} s, since before the old release was gone",
                *open_ms as f64 / 1000.0
            ),
            Self::Runner { release, after } => {
                write!(
                    f,
                    "release {release} runs the migrations, and it waits for {after}"
                )
            }
        }
    }
}

impl Desk {
    /// Asks until the gate is open or the time to wait for it is over; gives the reasons left.
    pub(super) async fn gate(&self, migration: &Prepared) -> Result<Vec<HeldReason>, RunError> {
        let (mut waited, pause) = (
            std::time::Duration::ZERO,
            std::time::Duration::from_millis(250),
        );
        let mut told = Vec::new();
        loop {
            let reasons = self.reasons(migration).await?;
            if reasons.is_empty() || self.options.force.is_some() {
                return Ok(reasons);
            }
            if reasons != told {
                let (file, reasons) = (migration.file.clone(), reasons.clone());
                self.port.tell(Event::GateHeld { file, reasons }).await;
            }
            if waited >= self.options.gate_wait {
                return Ok(reasons);
            }
            told = reasons;
            self.port.sleep(pause).await;
            waited += pause;
        }
    }

    /// Why the contract cannot begin just now; none when it can.
    pub(super) async fn reasons(&self, migration: &Prepared) -> Result<Vec<HeldReason>, RunError> {
        let mut reasons = Vec::new();
        if let (Some(release), Some(after)) = (&self.options.release, &migration.after)
            && release < after
        {
            reasons.push(HeldReason::Runner {
                release: release.to_string(),
                after: after.to_string(),
            });
        }
        let instances = self.instances().await?;
        reasons.extend(
            instances
                .iter()
                .filter(|one| one.alive && too_old(one, migration))
                .map(|one| HeldReason::Instance {
                    id: one.id.clone(),
                    release: one.release.clone(),
                    last_seen: one.last_seen.clone(),
                }),
        );
        let clients = self.clients().await?;
        reasons.extend(clients.iter().filter_map(|(client, pid)| {
            let old = client.release < *migration.after.as_ref()?;
            old.then(|| HeldReason::Client {
                name: client.name.clone(),
                pid: *pid,
                release: client.release.to_string(),
            })
        }));
        let releases = self.live_releases(&clients).await?;
        let before = if releases.is_empty() {
            Catalogue::default()
        } else {
            self.catalogue().await?
        };
        let mut session = Session::on(before.clone(), self.version);
        for change in &migration.changes {
            // What we would refuse, PostgreSQL will tell.
            let _passed_over = session.apply(change);
        }
        for release in &releases {
            let broken = compat::breaks(release, &before, session.catalogue());
            let broken = broken.into_iter().filter(|one| one.verdict.is_break());
            reasons.extend(broken.map(|one| HeldReason::Query {
                release: one.release,
                query: one.query,
                message: one.message,
            }));
        }
        reasons.extend(self.old_transactions(&instances, migration).await?);
        Ok(reasons)
    }

    /// The schema as it is in the database now.
    pub(super) async fn catalogue(&self) -> Result<Catalogue, RunError> {
        let answer = self.port.run(SERVER_QUERY).await;
        let answer = answer.map_err(|failed| failed.while_doing("to read its catalogue"))?;
        let text = answer.value().unwrap_or_default();
        let catalogue =
            Catalogue::from_server(text).map_err(|error| RunError::Journal(error.to_string()))?;
        Ok(self.options.scope.seen(catalogue, self.version))
    }

    /// Transactions that were open when the last of the instances below the release that are gone went;
    /// those of instances that are alive are held against the contract by the instance itself.
    async fn old_transactions(
        &self,
        instances: &[Instance],
        migration: &Prepared,
    ) -> Result<Vec<HeldReason>, RunError> {
        let old = instances
            .iter()
            .filter(|one| !one.alive && too_old(one, migration));
        let ids: Vec<String> = old.map(|one| super::quote::text(&one.id)).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let answer = self
            .port
            .run(format!(
                "SELECT a.pid, a.application_name,
                        round(extract(epoch FROM clock_timestamp() - a.xact_start) * 1000)::bigint
                 FROM pg_stat_activity a
                 WHERE a.datname = current_database() AND a.backend_type = 'client backend'
                   AND a.pid <> pg_backend_pid()
                   AND a.xact_start < (SELECT max(least(coalesce(left_at, last_seen + lease), last_seen + lease))
                                       FROM concertina.instance WHERE id IN ({}))
                 ORDER BY a.pid",
                ids.join(", ")
            ))
            .await
            .map_err(|failed| failed.while_doing("to look for old transactions"))?;
        let read = |row: &super::Row| {
            let column = |at: usize| row.get(at)?.clone();
            Some(HeldReason::Transaction {
                pid: column(0)?.parse().ok()?,
                application: column(1).unwrap_or_default(),
                open_ms: column(2)?.parse().ok()?,
            })
        };
        Ok(answer.rows().iter().filter_map(read).collect())
    }

    /// Writes down that a contract begins, while no instance can register; gives the reasons if one
    /// has come in between.
    pub(super) async fn pass_gate(
        &self,
        migration: &Prepared,
    ) -> Result<Vec<HeldReason>, RunError> {
        let doing = format!("to open the gate for {}", migration.file);
        self.begin(super::lead::OWN, &doing).await?;
        let locked = self
            .port
            .run("SELECT 1 FROM concertina.meta FOR UPDATE")
            .await;
        if let Err(failed) = locked {
            self.rollback().await?;
            return Err(failed.while_doing(&doing));
        }
        let reasons = self.reasons(migration).await?;
        let force = self
            .options
            .force
            .as_deref()
            .filter(|_| !reasons.is_empty());
        if !reasons.is_empty() && force.is_none() {
            self.rollback().await?;
            return Ok(reasons);
        }
        let mut sql = journal::freeze(migration, "concertina", "running", force);
        if let Some(why) = force {
            let detail = serde_json::json!({
                "file": migration.file, "because": why, "reasons": reasons, "by": self.options.name,
            });
            sql = format!("{sql};\n{}", journal::log("force", &detail));
        }
        let written = self.port.run(format!("{sql};\nCOMMIT")).await;
        if let Err(failed) = written {
            self.rollback().await?;
            return Err(failed.while_doing(&doing));
        }
        Ok(Vec::new())
    }
}

/// Whether an instance is below the release a contract waits for; a release that is no version counts
/// as old, since nobody can say.
fn too_old(instance: &Instance, migration: &Prepared) -> bool {
    let Some(after) = &migration.after else {
        return false;
    };
    semver::Version::parse(&instance.release).map_or(true, |release| release < *after)
}
