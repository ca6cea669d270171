//! What the machine asks for and what it is told: closed enums without clock, connection or driver type.

use std::fmt;
use std::time::Duration;

use super::locks::blockers;
use super::{Event, Place, Progress};

/// One thing to do for the machine.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Open a connection of this run's own; it is closed when the run ends, however it ends.
    Open(Link),
    /// Send SQL and wait for its answer.
    Run(Run),
    /// Send SQL and go on without its answer, for which [`Command::Await`] asks; nobody is told what it waits for.
    Begin(Run),
    /// Wait until one of what was begun is answered, or for so long at most.
    Await(Option<Duration>),
    /// Do nothing for that long.
    Sleep(Duration),
    /// Tell the observer.
    Tell(Event),
    /// Ask the observer whether a backfill may go on.
    Consult(Place, Progress),
}

/// Which of a run's connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Link {
    /// Holds the advisory lock and runs every statement.
    Work,
    /// Looks at what the others wait for.
    Watch,
    /// Runs the batches of one part of a backfill that has several workers, numbered from 0.
    Lane(usize),
}

/// SQL to send in one message of the simple protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// On which connection.
    pub on: Link,
    /// One statement, or several that only read and write the journal.
    pub sql: String,
    /// What to ask on [`Link::Watch`] if the answer takes long.
    pub watch: Option<Watch>,
}

/// A question asked while a statement runs, over the other connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watch {
    /// How long the statement may run before it is asked.
    pub after: Duration,
    /// How long after an answer it is asked again.
    pub every: Duration,
    /// The question.
    pub sql: String,
    /// The step that waits, where the answer is who keeps it waiting and the observer is to know.
    pub place: Option<Place>,
}

impl Watch {
    /// What an answer has to tell the observer.
    pub fn event(&self, answer: &[Row]) -> Option<Event> {
        let at = self.place.clone()?;
        let blockers = blockers(answer);
        (!blockers.is_empty()).then_some(Event::Waiting { at, blockers })
    }
}

/// What became of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The answer.
    pub reply: Reply,
    /// The last answer of the [`Watch`] that had rows.
    pub watched: Option<Vec<Row>>,
    /// How long it took.
    pub took: Duration,
}

impl Outcome {
    /// Done, with nothing to say; also what a machine is started with.
    pub fn done() -> Self {
        Self {
            reply: Reply::Done,
            watched: None,
            took: Duration::ZERO,
        }
    }
}

/// The answer to a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Opened, begun, slept, told; nothing is answered yet, or objected to.
    Done,
    /// What was consulted about has to wait, for a reason.
    Objection(String),
    /// The results of each statement that was sent.
    Results(Vec<Results>),
    /// What became of something that was begun on that connection.
    Answered(Link, Box<Outcome>),
    /// Refused, or the connection is gone.
    Failed(Failure),
}

/// What one statement gave.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Results {
    /// Its rows.
    pub rows: Vec<Row>,
    /// How many rows it returned or changed.
    pub affected: u64,
}

/// A row as text; none is NULL.
pub type Row = Vec<Option<String>>;

/// What PostgreSQL or the connection reported; holds no connection string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The SQLSTATE; none when the connection could not be opened or broke.
    pub sqlstate: Option<String>,
    /// The message.
    pub message: String,
    /// Its detail.
    pub detail: Option<String>,
    /// Its hint.
    pub hint: Option<String>,
}

impl Failure {
    /// A failure of the connection itself.
    pub fn connection(message: impl Into<String>) -> Self {
        Self {
            sqlstate: None,
            message: message.into(),
            detail: None,
            hint: None,
        }
    }

    /// Whether the same again may succeed: `lock_not_available`, `deadlock_detected`,
    /// `serialization_failure` (manual 18, appendix A).
    pub(super) fn is_contention(&self) -> bool {
        matches!(self.sqlstate.as_deref(), Some("55P03" | "40P01" | "40001"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(state) = &self.sqlstate {
            write!(f, " (SQLSTATE {state})")?;
        }
        if let Some(detail) = &self.detail {
            write!(f, "; {detail}")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "; hint: {hint}")?;
        }
        Ok(())
    }
}
