//! The state machine: told an outcome, it gives the next command; written as a straight async function that the compiler turns into states.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::command::{Command, Failure, Link, Outcome, Reply, Results, Row, Run, Watch};
use super::{Event, Place, Progress, RunError, Stop};

/// A run that waits to be told what became of its last command.
///
/// It does no I/O, reads no clock and needs no async runtime: [`next`](Self::next) goes as far as it can
/// without an answer. The same machine is driven by every client.
pub struct Machine<T> {
    body: Option<Body<T>>,
    desk: Arc<Mutex<Desk>>,
}

/// A run as the compiler's state machine; none once it is over.
type Body<T> = Pin<Box<dyn Future<Output = Result<T, RunError>> + Send>>;

/// What a machine wants.
#[derive(Debug)]
pub enum Turn<T> {
    /// Do this and come back with its outcome.
    Ask(Command),
    /// The run is over.
    Over(Result<T, RunError>),
}

/// Where the two sides leave things for each other.
#[derive(Default)]
struct Desk {
    command: Option<Command>,
    outcome: Option<Outcome>,
    /// How long all commands have taken together.
    elapsed: Duration,
}

impl<T> Machine<T> {
    pub(super) fn new<F>(body: impl FnOnce(Port) -> F) -> Self
    where
        F: Future<Output = Result<T, RunError>> + Send + 'static,
    {
        let desk = Arc::new(Mutex::new(Desk::default()));
        let port = Port {
            desk: Arc::clone(&desk),
            work: Link::Work,
        };
        Self {
            body: Some(Box::pin(body(port))),
            desk,
        }
    }

    /// Takes what became of the last command (at first: [`Outcome::done`]) and gives the next one.
    pub fn next(&mut self, outcome: Outcome) -> Turn<T> {
        let Some(body) = &mut self.body else {
            return Turn::Over(Err(RunError::Over));
        };
        {
            let mut desk = lock(&self.desk);
            desk.elapsed += outcome.took;
            desk.outcome = Some(outcome);
        }
        match body.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(result) => {
                self.body = None;
                Turn::Over(result)
            }
            Poll::Pending => match lock(&self.desk).command.take() {
                Some(command) => Turn::Ask(command),
                None => Turn::Over(Err(RunError::Over)),
            },
        }
    }
}

fn lock(desk: &Mutex<Desk>) -> std::sync::MutexGuard<'_, Desk> {
    desk.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The body's end of the desk.
pub(super) struct Port {
    desk: Arc<Mutex<Desk>>,
    /// The connection on which it works.
    work: Link,
}

impl Port {
    /// The port of a part of this run that goes on beside others, on a connection of its own, and the desk
    /// at which its commands are found.
    pub(super) fn beside(work: Link) -> (Self, Side) {
        let desk = Arc::new(Mutex::new(Desk::default()));
        let side = Side(Arc::clone(&desk));
        (Self { desk, work }, side)
    }

    pub(super) async fn command(&self, command: Command) -> Outcome {
        // The outcome that started or resumed the body answers an earlier command.
        {
            let mut desk = lock(&self.desk);
            desk.outcome = None;
            desk.command = Some(command);
        }
        std::future::poll_fn(|_| match lock(&self.desk).outcome.take() {
            Some(outcome) => Poll::Ready(outcome),
            None => Poll::Pending,
        })
        .await
    }

    pub(super) async fn open(&self, link: Link) -> Result<(), RunError> {
        match self.command(Command::Open(link)).await.reply {
            Reply::Failed(failure) => Err(RunError::Connect(Box::new(failure))),
            Reply::Done | Reply::Results(_) | Reply::Objection(_) | Reply::Answered(..) => Ok(()),
        }
    }

    pub(super) async fn tell(&self, event: Event) {
        self.command(Command::Tell(event)).await;
    }

    /// How long the commands of this run have taken: its only clock.
    pub(super) fn elapsed(&self) -> Duration {
        lock(&self.desk).elapsed
    }

    /// Asks the observer whether a backfill may go on.
    pub(super) async fn consult(&self, at: &Place, progress: Progress) -> Option<Stop> {
        let command = Command::Consult(at.clone(), progress);
        match self.command(command).await.reply {
            Reply::Objection(reason) => Some(Stop::Caller { reason }),
            Reply::Done | Reply::Results(_) | Reply::Failed(_) | Reply::Answered(..) => None,
        }
    }

    pub(super) async fn sleep(&self, duration: Duration) {
        self.command(Command::Sleep(duration)).await;
    }

    /// Runs SQL on the working connection.
    pub(super) async fn run(&self, sql: impl Into<String>) -> Result<Answer, Failed> {
        self.ask(self.work, sql).await
    }

    /// Runs SQL on either connection.
    pub(super) async fn ask(&self, on: Link, sql: impl Into<String>) -> Result<Answer, Failed> {
        let (sql, watch) = (sql.into(), None);
        self.send(Run { on, sql, watch }).await
    }

    /// Runs SQL on the working connection and asks about it meanwhile on the other one.
    pub(super) async fn run_watched(
        &self,
        sql: impl Into<String>,
        watch: Watch,
    ) -> Result<Answer, Failed> {
        let (on, sql, watch) = (self.work, sql.into(), Some(watch));
        self.send(Run { on, sql, watch }).await
    }

    async fn send(&self, run: Run) -> Result<Answer, Failed> {
        let outcome = self.command(Command::Run(run)).await;
        let (took, watched) = (outcome.took, outcome.watched);
        match outcome.reply {
            Reply::Failed(failure) => Err(Failed {
                failure,
                took,
                watched,
            }),
            Reply::Done | Reply::Objection(_) | Reply::Answered(..) => Ok(Answer {
                results: Vec::new(),
                took,
                watched: Vec::new(),
            }),
            Reply::Results(results) => Ok(Answer {
                results,
                took,
                watched: watched.unwrap_or_default(),
            }),
        }
    }
}

/// The other end of a desk of [`Port::beside`].
pub(super) struct Side(Arc<Mutex<Desk>>);

impl Side {
    /// The command that was put there.
    pub(super) fn take(&self) -> Option<Command> {
        lock(&self.0).command.take()
    }

    /// Answers it.
    pub(super) fn put(&self, outcome: Outcome) {
        lock(&self.0).outcome = Some(outcome);
    }

    /// Sets its clock to that of the whole run.
    pub(super) fn set_elapsed(&self, elapsed: Duration) {
        lock(&self.0).elapsed = elapsed;
    }
}

/// What SQL gave.
pub(super) struct Answer {
    pub(super) results: Vec<Results>,
    pub(super) took: Duration,
    /// The last answer of the watch that had rows.
    pub(super) watched: Vec<Row>,
}

impl Answer {
    /// The rows of the last statement that had any.
    pub(super) fn rows(&self) -> &[Row] {
        let with_rows = self.results.iter().rev().find(|one| !one.rows.is_empty());
        with_rows.map_or(&[], |one| &one.rows)
    }

    /// The first column of the first row.
    pub(super) fn value(&self) -> Option<&str> {
        self.rows().first()?.first()?.as_deref()
    }

    /// How many rows the last statement changed.
    pub(super) fn affected(&self) -> u64 {
        self.results.last().map_or(0, |one| one.affected)
    }
}

/// SQL that was refused.
pub(super) struct Failed {
    pub(super) failure: Failure,
    pub(super) took: Duration,
    pub(super) watched: Option<Vec<Row>>,
}

impl Failed {
    /// The error when nothing more is known than what we were about to do.
    pub(super) fn while_doing(self, doing: &str) -> RunError {
        RunError::sql(doing, self.failure)
    }
}
