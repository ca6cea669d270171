//! The runner as a caller describes it: migrations, release, limits; it gives machines to be driven by a client.

use std::time::Duration;

use serde::Serialize;

use super::machine::Machine;
use super::options::{BatchLimits, Client, History, LockLimits, Options, StartPolicy};
use super::quote::json;
use super::scope::Scope;
use super::stop::{Tuning, ordering};
use super::{
    Divergence, Eject, HeldReason, Rehearsed, Status, apply, eject, rehearse, repair, status,
};
use crate::compat::AppQuery;
use crate::sql::{Migration, Phase, read_all};

/// Migrations with what a caller decides about how they are applied.
///
/// It does nothing by itself: a client drives the machines it gives.
#[derive(Debug, Clone)]
pub struct Runner {
    migrations: Vec<Migration>,
    options: Options,
}

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// The files applied by this run, in order.
    pub applied: Vec<String>,
    /// Those left for later.
    pub held: Vec<Held>,
}

/// A migration left for later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Held {
    /// Its file.
    pub file: String,
    /// Its phase.
    pub phase: Phase,
    /// Why its gate is closed; empty where its phase was not asked for.
    pub reasons: Vec<HeldReason>,
    /// The migration it needs that is left for later itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

impl Report {
    /// Whether everything that was asked for is applied.
    pub fn is_complete(&self) -> bool {
        self.held
            .iter()
            .all(|one| one.reasons.is_empty() && one.because.is_none())
    }
}

impl Runner {
    /// A runner of migrations in the order in which they are to be applied; applies all phases.
    pub fn new(migrations: Vec<Migration>) -> Self {
        read_all(&migrations);
        let options = Options {
            name: "concertina".to_owned(),
            release: None,
            queries: Vec::new(),
            phase: Phase::Contract,
            wait: Duration::from_secs(300),
            gate_wait: Duration::ZERO,
            locks: LockLimits::default(),
            batches: BatchLimits::default(),
            force: None,
            history: None,
            policy: StartPolicy::default(),
            lease: Duration::from_secs(30),
            clients: Vec::new(),
            scope: Scope::default(),
        };
        Self {
            migrations,
            options,
        }
    }

    /// The release of the application that runs this.
    #[must_use]
    pub fn release(mut self, release: semver::Version) -> Self {
        self.options.release = Some(release);
        self
    }

    /// The queries of that release: the contract gate asks whether they would break, while an instance
    /// of it is alive.
    #[must_use]
    pub fn queries(mut self, queries: Vec<AppQuery>) -> Self {
        self.options.queries = queries;
        self
    }

    /// The last phase to apply; all of them unless set.
    #[must_use]
    pub fn phase(mut self, phase: Phase) -> Self {
        self.options.phase = phase;
        self
    }

    /// How long to wait for another runner, or for one to apply what a start-up needs; 5 minutes
    /// unless set.
    #[must_use]
    pub fn wait(mut self, wait: Duration) -> Self {
        self.options.wait = wait;
        self
    }

    /// How long to wait for the gate of a contract; not at all unless set.
    #[must_use]
    pub fn wait_for_gate(mut self, wait: Duration) -> Self {
        self.options.gate_wait = wait;
        self
    }

    /// How locks are waited for.
    #[must_use]
    pub fn locks(mut self, limits: LockLimits) -> Self {
        self.options.locks = limits;
        self
    }

    /// The longest that all attempts of one step may take together.
    #[must_use]
    pub fn lock_budget(mut self, budget: Duration) -> Self {
        self.options.locks.budget = budget;
        self
    }

    /// How backfills are cut.
    #[must_use]
    pub fn batches(mut self, limits: BatchLimits) -> Self {
        self.options.batches = limits;
        self
    }

    /// Clients that do not register: contracts wait for those that are connected, as for instances.
    #[must_use]
    pub fn clients(mut self, clients: Vec<Client>) -> Self {
        self.options.clients = clients;
        self
    }

    /// Opens the gate of contracts whatever stands against it; the reason is kept in the journal.
    #[must_use]
    pub fn force(mut self, reason: impl Into<String>) -> Self {
        self.options.force = Some(reason.into());
        self
    }

    /// Keeps the history of another tool, even where its table is not there yet.
    #[must_use]
    pub fn history(mut self, history: History) -> Self {
        self.options.history = Some(history);
        self
    }

    /// What a start-up does about migrations that are missing.
    #[must_use]
    pub fn start_policy(mut self, policy: StartPolicy) -> Self {
        self.options.policy = policy;
        self
    }

    /// For how long an instance counts as alive after it was last heard of; 30 seconds unless set.
    #[must_use]
    pub fn lease(mut self, lease: Duration) -> Self {
        self.options.lease = lease;
        self
    }

    /// Applies the migrations to a schema, such as a tenant's, rather than to the database as a new
    /// session sees it: with `search_path` set to that schema and `public`. The schema has its own
    /// migrations in the journal, and runs for several schemas may be at work at once; releases,
    /// instances and an order to pause are those of the database.
    ///
    /// It must be there. One that was dropped and made again, and is empty, starts from the first
    /// migration.
    #[must_use]
    pub fn schema(mut self, schema: impl Into<String>) -> Self {
        self.options.scope = Scope::of(schema.into());
        self
    }

    /// How this runner calls itself to others.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.options.name = name.into();
        self
    }

    /// A run that applies what is missing, up to the last phase asked for.
    pub fn apply(&self) -> Machine<Report> {
        let (migrations, options) = (self.migrations.clone(), self.options.clone());
        Machine::new(|port| apply::apply(port, options, migrations))
    }

    /// The start-up of an application's instance: registers it under that id and sees to the expand
    /// phase, as the policy says. The instance has to be kept alive with [`super::heartbeat`].
    pub fn start(&self, instance: &str) -> Machine<Report> {
        let (migrations, mut options) = (self.migrations.clone(), self.options.clone());
        options.phase = options.phase.min(Phase::Expand);
        let instance = instance.to_owned();
        Machine::new(|port| apply::start(port, options, migrations, instance))
    }

    /// How things stand; writes nothing.
    pub fn status(&self) -> Machine<Status> {
        let (migrations, options) = (self.migrations.clone(), self.options.clone());
        Machine::new(|port| status::status(port, options, migrations))
    }

    /// What [`apply`](Self::apply) would send, in order; does nothing.
    pub fn rehearse(&self) -> Machine<Vec<Rehearsed>> {
        let (migrations, options) = (self.migrations.clone(), self.options.clone());
        Machine::new(|port| rehearse::rehearse(port, options, migrations))
    }

    /// The applied migrations whose files have been edited since; those of the files named are declared
    /// to have been applied as they are now, in the journal and in the histories of other tools. The
    /// reason is kept in the journal.
    pub fn repair(&self, files: &[String], because: &str) -> Machine<Vec<Divergence>> {
        let (migrations, options) = (self.migrations.clone(), self.options.clone());
        let (files, because) = (files.to_vec(), because.to_owned());
        Machine::new(|port| repair::repair(port, options, migrations, files, because))
    }

    /// What going back to another tool means; with `drop`, schema `concertina` is dropped where that
    /// tool can take over without applying anything twice.
    pub fn eject(&self, drop: bool) -> Machine<Eject> {
        let (migrations, options) = (self.migrations.clone(), self.options.clone());
        Machine::new(move |port| eject::eject(port, options, migrations, drop))
    }

    /// Takes an instance off the fleet that cannot leave by itself; the reason is kept in the journal.
    pub fn forget(&self, instance: &str, reason: &str) -> Machine<()> {
        let (options, instance, reason) =
            (self.options.clone(), instance.to_owned(), reason.to_owned());
        Machine::new(|port| async move {
            let desk = super::lead::Desk::open(port, options).await?;
            desk.forget(&instance, &reason).await
        })
    }

    /// Makes whoever runs, now or later, stand still before the next batch or step, until
    /// [`resume`](Self::resume).
    pub fn pause(&self, because: &str) -> Machine<()> {
        let sql = ordering("pause", "'true'", because, &self.options.name);
        self.give("to pause", sql)
    }

    /// Lets a paused run go on, with other settings for its batches where some are given; they hold for
    /// a run that is not paused too.
    pub fn resume(&self, tuning: Tuning) -> Machine<()> {
        let mut sql = "DELETE FROM concertina.control WHERE name = 'pause'".to_owned();
        if tuning != Tuning::default() {
            let batch = ordering("batch", &json(&tuning), "", &self.options.name);
            sql = format!("{sql};\n{batch}");
        }
        self.give("to resume", sql)
    }

    /// Ends the run that is under way: before its next batch or step, or by cancelling its statement.
    /// What is committed stays, and the next run goes on from there.
    pub fn abort(&self, because: &str) -> Machine<()> {
        let scope = &self.options.scope;
        let lease = scope.named("runner");
        let token = format!(
            "coalesce((SELECT to_jsonb(token) FROM concertina.lease WHERE name = {lease}), '0')"
        );
        let order = ordering(&scope.name("abort"), &token, because, &self.options.name);
        let sql = format!(
            "{order};
             SELECT pg_cancel_backend(a.pid) FROM concertina.lease l JOIN pg_stat_activity a ON a.pid = l.backend_pid
             WHERE l.name = {lease} AND l.released_at IS NULL AND a.datname = current_database()
                 AND a.backend_start < l.acquired_at"
        );
        self.give("to abort", sql)
    }

    fn give(&self, doing: &'static str, sql: String) -> Machine<()> {
        let options = self.options.clone();
        Machine::new(|port| async move {
            let desk = super::lead::Desk::open(port, options).await?;
            desk.order(doing, &sql).await
        })
    }

    #[cfg(any(feature = "postgres", feature = "tokio-postgres"))]
    pub(crate) fn lease_length(&self) -> Duration {
        self.options.lease
    }
}
