//! The fleet: instances of the application with their release and lease, by the server's clock.

use serde::Serialize;

use super::command::Row;
use super::lead::Desk;
use super::options::Client;
use super::quote::{json, text};
use super::{RunError, journal};
use crate::compat::{Release, snapshot};

/// A running process of the application as the journal knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Instance {
    /// Its id.
    pub id: String,
    /// Its release.
    pub release: String,
    /// It has not left and its lease has not run out.
    pub alive: bool,
    /// When it was last heard of, by the server's clock, in RFC 3339.
    pub last_seen: String,
}

/// SQL for RFC 3339 of a time.
macro_rules! rfc3339 {
    ($time:literal) => {
        concat!(
            "to_char(",
            $time,
            " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"
        )
    };
}

const INSTANCES: &str = concat!(
    "SELECT id, release, left_at IS NULL AND last_seen + lease > clock_timestamp(), ",
    rfc3339!("last_seen"),
    " FROM concertina.instance WHERE last_seen > clock_timestamp() - interval '1 day' ORDER BY started_at, id"
);

/// SQL with which an instance says that it lives; it changes one row while the instance is registered.
pub fn heartbeat(id: &str) -> String {
    format!(
        "UPDATE concertina.instance SET last_seen = clock_timestamp() WHERE id = {} AND left_at IS NULL",
        text(id)
    )
}

/// SQL with which an instance leaves.
pub fn leave(id: &str) -> String {
    format!(
        "UPDATE concertina.instance SET left_at = clock_timestamp() WHERE id = {} AND left_at IS NULL",
        text(id)
    )
}

impl Desk {
    pub(super) async fn instances(&self) -> Result<Vec<Instance>, RunError> {
        let answer = self.port.run(INSTANCES).await;
        let answer = answer.map_err(|failed| failed.while_doing("to list the instances"))?;
        let read = |row: &Row| {
            let column = |at: usize| row.get(at)?.clone();
            Some(Instance {
                id: column(0)?,
                release: column(1)?,
                alive: column(2)? == "t",
                last_seen: column(3)?,
            })
        };
        Ok(answer.rows().iter().filter_map(read).collect())
    }

    /// Registers an instance, unless a contract has begun that its release does not survive.
    ///
    /// The row of `meta` is what gate and registration meet on: either the gate sees the instance,
    /// or the instance sees the contract.
    pub(super) async fn register(&self, id: &str) -> Result<(), RunError> {
        let doing = "to register this instance";
        let Some(release) = &self.options.release else {
            return Ok(());
        };
        let begin =
            "BEGIN; SET LOCAL lock_timeout = '10s'; SELECT 1 FROM concertina.meta FOR SHARE";
        self.port
            .run(begin)
            .await
            .map_err(|failed| failed.while_doing(doing))?;
        let answer = self
            .port
            .run(
                "SELECT after_release, file FROM concertina.migration
                 WHERE phase = 'contract' AND state IN ('running', 'applied') AND after_release IS NOT NULL",
            )
            .await
            .map_err(|failed| failed.while_doing(doing))?;
        for row in answer.rows() {
            let [Some(after), Some(file)] = row.as_slice() else {
                continue;
            };
            if semver::Version::parse(after).is_ok_and(|after| *release < after) {
                self.rollback().await?;
                return Err(RunError::TooOld {
                    release: release.to_string(),
                    file: file.clone(),
                    after: after.clone(),
                });
            }
        }
        let (version, instance) = (text(&release.to_string()), text(id));
        let lease = format!("interval '{} milliseconds'", self.options.lease.as_millis());
        let sql = format!(
            "{};
             INSERT INTO concertina.instance (id, release, lease) VALUES ({instance}, {version}, {lease})
                 ON CONFLICT (id) DO UPDATE SET last_seen = clock_timestamp(), left_at = NULL;
             COMMIT",
            self.recording(release)
        );
        if let Err(failed) = self.port.run(sql).await {
            self.rollback().await?;
            return Err(failed.while_doing(doing));
        }
        Ok(())
    }

    /// Records the queries of the release that runs this, for its instances that register none.
    pub(super) async fn record_release(&self) -> Result<(), RunError> {
        if let Some(release) = &self.options.release
            && !self.options.queries.is_empty()
        {
            let recorded = self.port.run(self.recording(release)).await;
            recorded
                .map_err(|failed| failed.while_doing("to record the queries of this release"))?;
        }
        Ok(())
    }

    /// SQL that records a release with its queries; no queries do not replace those recorded before.
    fn recording(&self, release: &semver::Version) -> String {
        let release = Release {
            version: release.to_string(),
            queries: self.options.queries.clone(),
        };
        format!(
            "INSERT INTO concertina.release (version, queries) VALUES ({}, {}::jsonb)
                 ON CONFLICT (version) DO UPDATE SET queries = excluded.queries
                 WHERE jsonb_array_length(excluded.queries -> 'queries') > 0
                   AND release.queries <> excluded.queries",
            text(&release.version),
            text(&snapshot::write(&release))
        )
    }

    /// The declared clients that are connected, each with one of its processes.
    pub(super) async fn clients(&self) -> Result<Vec<(Client, i32)>, RunError> {
        let mut connected = Vec::new();
        for client in &self.options.clients {
            let name = text(&client.name);
            let answer = self
                .port
                .run(format!(
                    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
                         AND (application_name = {name} OR usename = {name}) ORDER BY backend_start LIMIT 1"
                ))
                .await
                .map_err(|failed| failed.while_doing("to look for clients"))?;
            if let Some(pid) = answer.value().and_then(|pid| pid.parse().ok()) {
                connected.push((client.clone(), pid));
            }
        }
        Ok(connected)
    }

    /// The releases that live instances and connected clients run, with their queries.
    pub(super) async fn live_releases(
        &self,
        clients: &[(Client, i32)],
    ) -> Result<Vec<Release>, RunError> {
        let of_clients = clients
            .iter()
            .map(|(client, _)| text(&client.release.to_string()));
        let of_clients: Vec<String> = of_clients.chain(["NULL".to_owned()]).collect();
        let answer = self
            .port
            .run(format!(
                "SELECT version, queries FROM concertina.release r WHERE version IN ({}) OR EXISTS
                     (SELECT 1 FROM concertina.instance i WHERE i.release = r.version
                      AND i.left_at IS NULL AND i.last_seen + i.lease > clock_timestamp())
                 ORDER BY version",
                of_clients.join(", ")
            ))
            .await
            .map_err(|failed| failed.while_doing("to read the queries of live releases"))?;
        let recorded = answer.rows().iter().filter_map(|row| match row.as_slice() {
            [Some(version), Some(document)] => Some((version, document)),
            _ => None,
        });
        // A gate that cannot read what it asks about stays closed.
        recorded
            .map(|(version, document)| {
                snapshot::read(document)
                    .map_err(|reason| RunError::Journal(format!("release {version}: {reason}")))
            })
            .collect()
    }

    /// Takes an instance off the fleet that cannot do so itself, and keeps why.
    pub(super) async fn forget(&self, id: &str, reason: &str) -> Result<(), RunError> {
        if !journal::exists(&self.port).await? {
            return Err(RunError::UnknownInstance(id.to_owned()));
        }
        let detail = serde_json::json!({ "instance": id, "reason": reason });
        let sql = format!(
            "WITH gone AS ({} RETURNING id)
             INSERT INTO concertina.event (kind, detail) SELECT 'forget', {} FROM gone",
            leave(id),
            json(&detail)
        );
        let answer = self.port.run(sql).await;
        let answer = answer.map_err(|failed| failed.while_doing("to forget an instance"))?;
        if answer.affected() == 0 {
            return Err(RunError::UnknownInstance(id.to_owned()));
        }
        Ok(())
    }
}
