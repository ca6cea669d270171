//! An observer that tells a run to `tracing`: a span for the run, one for each step, events in them.
//!
//! ```no_run
//! # #[cfg(feature = "postgres")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use concertina::client::{postgres, tracing::Tracing};
//! use concertina::run::Runner;
//!
//! let url = "postgresql://app@db.example/shop";
//! let database = postgres::Database::new(url)?;
//! let mut observer = Tracing::new().database(postgres::shown(url));
//! postgres::apply(&Runner::new(Vec::new()), &database, &mut observer)?;
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "postgres"))]
//! # fn main() {}
//! ```

use tracing::field::Empty;
use tracing::{Level, Span, debug, error, event, info, info_span, warn};

use super::{Flow, Observer, Stamped};
use crate::run::{Blocker, Command, Event, Place, RunError};

/// The target of all spans and events, for filters.
macro_rules! target {
    () => {
        "concertina"
    };
}

/// Tells a run to `tracing`, under the target `concertina`.
///
/// The span `apply` is open from the first command of a run to its end, within the span that is current
/// then; `step` is open for each step of a migration in it. What they hold is what the run's [`Event`]s
/// hold: files, numbers, who is in the way; never a connection string, and no constants of queries.
#[derive(Debug, Default)]
pub struct Tracing {
    database: Option<String>,
    run: Option<Span>,
    step: Option<Span>,
}

impl Tracing {
    /// An observer of one run after another.
    pub fn new() -> Self {
        Self::default()
    }

    /// Names the database in the field `database` of the run's span. It is shown as it is given: such as
    /// what `client::postgres::shown` makes of a connection string, not the string itself.
    #[must_use]
    pub fn database(mut self, name: impl Into<String>) -> Self {
        self.database = Some(name.into());
        self
    }

    /// The span of the run, opened where it is not.
    fn run(&mut self) -> &Span {
        let database = self.database.as_deref();
        self.run
            .get_or_insert_with(|| info_span!(target: target!(), "apply", database))
    }

    /// The innermost span that is open.
    fn innermost(&mut self) -> Span {
        match &self.step {
            Some(step) => step.clone(),
            None => self.run().clone(),
        }
    }

    fn begin_step(&mut self, at: &Place, kind: &str, steps: usize) {
        let Place {
            file,
            step,
            statement,
        } = at;
        let parent = self.run().clone();
        self.step = Some(info_span!(
            target: target!(), parent: &parent, "step",
            file, step, statement, kind, steps, attempts = Empty, rows = Empty
        ));
    }
}

impl Observer for Tracing {
    fn event(&mut self, stamped: &Stamped) {
        if let Event::StepStarted { at, kind, steps } = &stamped.event {
            self.begin_step(at, kind, *steps);
        }
        let span = self.innermost();
        span.in_scope(|| tell(&stamped.event));
        if let Event::LockAcquired { attempts, .. } = &stamped.event {
            span.record("attempts", attempts);
        }
        if let Event::Batch { progress, .. } = &stamped.event {
            span.record("rows", progress.done);
        }
        if let Event::StepFinished { .. } = &stamped.event {
            self.step = None;
        }
    }

    fn command(&mut self, _command: &Command) -> Flow {
        self.run();
        Flow::Go
    }

    fn ended(&mut self, error: Option<&RunError>) {
        if let Some(error) = error {
            self.innermost().in_scope(|| {
                let sqlstate = error.sqlstate();
                error!(target: target!(), sqlstate, error = %error, "the run failed");
            });
        }
        (self.step, self.run) = (None, None);
    }
}

/// An event as one of `tracing`; its field `event` is the name that it has as JSON.
fn tell(told: &Event) {
    let event = told.name();
    match told {
        Event::LeaderWaiting { holder, waited_ms } => {
            let holder = holder.as_deref();
            debug!(target: target!(), event, holder, waited_ms, "another runner is at work");
        }
        Event::Adopted { file, source } => {
            info!(target: target!(), event, file, source, "taken over from another tool");
        }
        Event::StepStarted { .. } => debug!(target: target!(), event, "a step begins"),
        Event::StandingBack { blockers, .. } => {
            info!(target: target!(), event, blockers = blockers.len(), "standing back for long transactions");
            in_the_way(blockers);
        }
        Event::Waiting { blockers, .. } => {
            info!(target: target!(), event, blockers = blockers.len(), "a statement waits for others");
            in_the_way(blockers);
        }
        Event::LockWaiting {
            timeout_ms,
            blockers,
            ..
        } => {
            info!(target: target!(), event, timeout_ms, blockers = blockers.len(), "a lock was not to be had in time");
            in_the_way(blockers);
        }
        Event::Retry {
            attempt,
            pause_ms,
            reason,
            ..
        } => {
            debug!(target: target!(), event, attempt, pause_ms, reason, "once more after a pause");
        }
        Event::LockAcquired { attempts, .. } => {
            info!(target: target!(), event, attempts, "the locks are taken");
        }
        Event::Batch {
            table,
            rows,
            progress,
            took_ms,
            ..
        } => {
            let (done, total) = (progress.done, progress.total);
            let (rate, eta_s) = (progress.rate, progress.eta_s);
            debug!(target: target!(), event, table, rows, took_ms, done, total, rate, eta_s, "a batch is committed");
        }
        Event::RowsHeld { rows, blockers, .. } => {
            info!(target: target!(), event, rows, blockers = blockers.len(), "rows that others hold come last");
            in_the_way(blockers);
        }
        Event::Stopped { reason, .. } => {
            let (stop, reason) = (reason.kind(), reason.to_string());
            warn!(target: target!(), event, stop, reason, "standing still");
        }
        Event::GoingOn { stopped_ms, .. } => {
            info!(target: target!(), event, stopped_ms, "going on");
        }
        Event::Remaining { rows, .. } => {
            warn!(target: target!(), event, rows, "rows still match after the last pass");
        }
        Event::StepFinished { .. } => debug!(target: target!(), event, "a step is done"),
        Event::MigrationFinished { file, phase } => {
            info!(target: target!(), event, file, phase = phase.as_str(), "a migration is applied");
        }
        Event::Frozen { file, statement } => {
            warn!(target: target!(), event, file, statement, "edited since it was begun; what was begun is finished");
        }
        Event::GateHeld { file, reasons } => {
            warn!(target: target!(), event, file, reasons = reasons.len(), "a contract has to wait");
            for reason in reasons {
                info!(target: target!(), event, file, reason = %reason, "why it has to wait");
            }
        }
        Event::Deferred { file, reason } => {
            info!(target: target!(), event, file, reason, "left for later");
        }
        Event::Finished { applied, held } => {
            info!(target: target!(), event, applied = applied.len(), held = held.len(), "the run is over");
        }
    }
}

/// An event for each session that is in the way.
fn in_the_way(blockers: &[Blocker]) {
    for one in blockers {
        event!(
            target: target!(), Level::INFO,
            event = "blocker", pid = one.pid, application = one.application, state = one.state,
            command = one.command, query = one.query, transaction_ms = one.transaction_ms, "in the way"
        );
    }
}
