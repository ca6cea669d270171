//! One runner at a time: a polled advisory lock on the working connection, and a fencing token for every write.

use std::time::Duration;

use super::command::Link;
use super::machine::{Port, Side};
use super::options::Options;
use super::quote::text;
use super::{Event, RunError};
use crate::schema::Session;

/// What a transaction that only touches the journal waits for.
pub(super) const OWN: &str = "SET LOCAL lock_timeout = '10s'";

const FIRST_PAUSE: Duration = Duration::from_millis(25);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// A run's connection with what is known about it.
pub(super) struct Desk {
    pub(super) port: Port,
    pub(super) options: Options,
    /// The major version of the server.
    pub(super) version: u16,
    /// The process that serves the working connection.
    pub(super) pid: i32,
    /// The fencing token, once this run leads.
    token: i64,
    /// The schema, once somebody asked for it.
    pub(super) session: Option<Session>,
}

impl Desk {
    /// Opens the connections, and makes sure that each has a backend of its own.
    ///
    /// # Errors
    /// They lead through a transaction pooler. Nothing has been set in its sessions then.
    pub(super) async fn open(port: Port, options: Options) -> Result<Self, RunError> {
        port.open(Link::Work).await?;
        let mut desk = Self {
            port,
            options,
            version: 0,
            pid: 0,
            token: 0,
            session: None,
        };
        let doing = "to say who it is";
        let answer = desk
            .port
            .run("SELECT pg_backend_pid(), current_setting('server_version_num')::int / 10000")
            .await
            .map_err(|failed| failed.while_doing(doing))?;
        let column = |at: usize| {
            answer
                .rows()
                .first()?
                .get(at)?
                .as_deref()?
                .parse::<i32>()
                .ok()
        };
        desk.pid = column(0).unwrap_or_default();
        desk.version = column(1)
            .and_then(|major| u16::try_from(major).ok())
            .unwrap_or_default();
        desk.refuse_pooler().await?;
        desk.find_schema().await?;
        desk.reset().await?;
        Ok(desk)
    }

    /// A transaction pooler gives a backend to whoever sends next: the second connection gets that of
    /// the first one; or, where others use the pool, the first one gets another while the second is in
    /// a transaction.
    async fn refuse_pooler(&self) -> Result<(), RunError> {
        let doing = "to see whether its sessions are its own";
        self.port.open(Link::Watch).await?;
        let ask = "SELECT pg_backend_pid()";
        let own = self.pid.to_string();
        let other = self.port.ask(Link::Watch, format!("BEGIN; {ask}")).await;
        let other = other.map_err(|failed| failed.while_doing(doing))?;
        if other.value() == Some(&own) {
            return Err(RunError::Pooler);
        }
        self.ask_own(doing, ask, &own).await?;
        let ended = self.port.ask(Link::Watch, "COMMIT").await;
        ended.map_err(|failed| failed.while_doing(doing))?;
        // Twice: a pool may take its backends in turn.
        self.ask_own(doing, ask, &own).await?;
        self.ask_own(doing, ask, &own).await
    }

    async fn ask_own(&self, doing: &str, ask: &str, own: &str) -> Result<(), RunError> {
        let again = self.port.run(ask).await;
        let again = again.map_err(|failed| failed.while_doing(doing))?;
        if again.value() == Some(own) {
            Ok(())
        } else {
            Err(RunError::Pooler)
        }
    }

    /// Puts the session back to what every migration may expect, whatever the last one has set.
    ///
    /// No timeout of the role applies: steps have their own bounds.
    pub(super) async fn reset(&self) -> Result<(), RunError> {
        let reset = self.port.run(self.session_settings()).await;
        reset.map_err(|failed| failed.while_doing("to set up the session"))?;
        Ok(())
    }

    fn session_settings(&self) -> String {
        let own = "RESET SESSION AUTHORIZATION; RESET ALL; SET statement_timeout = 0; \
                   SET idle_in_transaction_session_timeout = 0; SET lock_timeout = '10s'; \
                   SET datestyle = ISO; SET client_min_messages = warning; SET jit = off";
        format!("{own}{}", self.options.scope.search())
    }

    /// Opens a connection beside the working one, for a part of this run: a desk that writes under the same
    /// lease, and the other end of its port.
    pub(super) async fn beside(
        &self,
        link: Link,
        settings: &[String],
    ) -> Result<(Self, Side), RunError> {
        let doing = "to open a connection beside its own";
        self.port.open(link).await?;
        let mut sql = self.session_settings();
        for setting in settings {
            sql.push_str(&format!(";\n{setting}"));
        }
        let set = self.port.ask(link, sql).await;
        set.map_err(|failed| failed.while_doing("to set up the session"))?;
        let answer = self.port.ask(link, "SELECT pg_backend_pid()").await;
        let answer = answer.map_err(|failed| failed.while_doing(doing))?;
        let pid = answer.value().and_then(|pid| pid.parse().ok());
        let (port, side) = Port::beside(link);
        let desk = Self {
            port,
            options: self.options.clone(),
            version: self.version,
            pid: pid.unwrap_or_default(),
            token: self.token,
            session: None,
        };
        Ok((desk, side))
    }

    /// Asks for leadership until it is there, for as long as the options allow.
    pub(super) async fn lead(&mut self) -> Result<(), RunError> {
        let (mut waited, mut pause) = (Duration::ZERO, FIRST_PAUSE);
        while !self.try_lead().await? {
            let waited_ms = millis(waited);
            let holder = self.holder().await?;
            if waited >= self.options.wait {
                return Err(RunError::Busy { holder, waited_ms });
            }
            self.port
                .tell(Event::LeaderWaiting { holder, waited_ms })
                .await;
            self.port.sleep(pause).await;
            waited += pause;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        Ok(())
    }

    /// Asks for leadership once.
    pub(super) async fn try_lead(&mut self) -> Result<bool, RunError> {
        let doing = "to take the lead";
        let (class, object) = self.options.scope.lock();
        let locked = self
            .port
            .run(format!("SELECT pg_try_advisory_lock({class}, {object})"))
            .await;
        let locked = locked.map_err(|failed| failed.while_doing(doing))?;
        if locked.value() != Some("t") {
            return Ok(false);
        }
        // Behind a transaction pooler that was not seen another backend answers, or will.
        let held = self
            .port
            .run(format!(
                "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()
                     AND pid = {} AND classid = {class} AND objid = {object} AND granted)",
                self.pid
            ))
            .await
            .map_err(|failed| failed.while_doing(doing))?;
        if held.value() == Some("t") {
            Ok(true)
        } else {
            Err(RunError::Pooler)
        }
    }

    /// Takes the lease; from here on whoever led before can write no more.
    pub(super) async fn take_lease(&mut self) -> Result<(), RunError> {
        let (lease, holder) = (self.lease(), text(&self.options.name));
        let pid = self.pid;
        let answer = self
            .port
            .run(format!(
                "INSERT INTO concertina.lease AS l (name, token, holder, backend_pid) VALUES ({lease}, 1, {holder}, {pid})
                 ON CONFLICT (name) DO UPDATE SET token = l.token + 1, holder = {holder}, backend_pid = {pid},
                     acquired_at = clock_timestamp(), released_at = NULL
                 RETURNING token"
            ))
            .await
            .map_err(|failed| failed.while_doing("to take the lease"))?;
        let token = answer.value().and_then(|value| value.parse().ok());
        self.token = token.ok_or_else(|| RunError::Journal("the lease has no token".to_owned()))?;
        Ok(())
    }

    /// Lets the next one lead; the lock would go with the connection anyway.
    pub(super) async fn resign(&mut self) -> Result<(), RunError> {
        let (class, object) = self.options.scope.lock();
        let resigned = self
            .port
            .run(format!(
                "UPDATE concertina.lease SET released_at = clock_timestamp() WHERE name = {} AND token = {};
                 SELECT pg_advisory_unlock({class}, {object})",
                self.lease(),
                self.token
            ))
            .await;
        resigned.map_err(|failed| failed.while_doing("to resign"))?;
        Ok(())
    }

    /// The name of its lease, as a constant.
    pub(super) fn lease(&self) -> String {
        self.options.scope.named("runner")
    }

    /// The fencing token of this run.
    pub(super) fn token(&self) -> i64 {
        self.token
    }

    /// SQL that gives a row while this run leads in the session in which it began, and keeps another from
    /// taking over until the transaction ends.
    pub(super) fn fence(&self) -> String {
        format!(
            "SELECT token FROM concertina.lease WHERE name = {} AND token = {} AND pg_backend_pid() = {} FOR SHARE",
            self.lease(),
            self.token,
            self.pid
        )
    }

    /// Writes to the journal in a transaction of its own, in one message: without the lease, the fence
    /// divides by zero.
    pub(super) async fn write(&self, doing: &str, sql: &str) -> Result<(), RunError> {
        let fencing = self.fencing();
        let written = self
            .port
            .run(format!("BEGIN; {OWN}; {fencing};\n{sql};\nCOMMIT"))
            .await;
        let Err(failed) = written else {
            return Ok(());
        };
        if failed.failure.sqlstate.is_some() {
            self.rollback().await?;
        }
        if failed.failure.sqlstate.as_deref() == Some("22012") {
            return Err(RunError::Fenced);
        }
        Err(failed.while_doing(doing))
    }

    /// SQL inside a transaction that fails, by dividing by zero, where this run does not lead.
    pub(super) fn fencing(&self) -> String {
        format!("SELECT 1 / count(*) FROM ({}) lease", self.fence())
    }

    /// Whether another one leads.
    pub(super) async fn has_lost_the_lead(&self) -> Result<bool, RunError> {
        let held = self.port.run(self.fence()).await;
        let held = held.map_err(|failed| failed.while_doing("to look at the lease"))?;
        Ok(!super::journal::holds_lease(&held))
    }

    /// Opens a transaction that holds the lease, with settings of its own.
    pub(super) async fn begin(&self, settings: &str, doing: &str) -> Result<(), RunError> {
        let sql = format!("BEGIN; {settings}; {}", self.fence());
        match self.port.run(sql).await {
            Ok(answer) if super::journal::holds_lease(&answer) => Ok(()),
            Ok(_) => {
                self.rollback().await?;
                Err(RunError::Fenced)
            }
            Err(failed) => {
                self.rollback().await?;
                Err(failed.while_doing(doing))
            }
        }
    }

    /// Ends a transaction that has failed, or is not to be.
    pub(super) async fn rollback(&self) -> Result<(), RunError> {
        let rolled_back = self.port.run("ROLLBACK").await;
        rolled_back.map_err(|failed| failed.while_doing("to roll back"))?;
        Ok(())
    }

    /// How the one that leads calls itself, if it has come to write that down.
    async fn holder(&self) -> Result<Option<String>, RunError> {
        let doing = "to ask who leads";
        if !super::journal::exists(&self.port).await? {
            return Ok(None);
        }
        let answer = self
            .port
            .run(format!(
                "SELECT holder FROM concertina.lease WHERE name = {} AND released_at IS NULL",
                self.lease()
            ))
            .await
            .map_err(|failed| failed.while_doing(doing))?;
        Ok(answer.value().map(str::to_owned))
    }
}

/// Whole milliseconds.
pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
