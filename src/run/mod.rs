//! The runner: a state machine without clock or I/O that applies migrations phase by phase.
//!
//! A [`Runner`] describes what is wanted and gives a [`Machine`]; a client tells it outcomes and does
//! its [`Command`]s until it is [`Turn::Over`]. Everything it knows of the past lies in the journal, in
//! schema `concertina` of the database: killed between any two commands, the next run reaches the same
//! end.

mod adopt;
mod along;
mod apply;
mod backfill;
mod command;
mod cut;
mod eject;
mod error;
mod event;
mod fleet;
mod gate;
mod journal;
mod ladder;
mod lanes;
mod lead;
mod locks;
mod machine;
pub mod metric;
mod options;
mod quote;
mod range;
mod recover;
mod rehearse;
mod repair;
mod runner;
mod scope;
mod side;
mod status;
mod step;
mod steps;
mod stop;

pub use command::{Command, Failure, Link, Outcome, Reply, Results, Row, Run, Watch};
pub use eject::{Eject, Ejected};
pub use error::RunError;
pub use event::{Blocker, Event, Place, Progress};
pub use fleet::{Instance, heartbeat, leave};
pub use gate::HeldReason;
pub use journal::FORMAT_VERSION;
pub use machine::{Machine, Turn};
pub use options::{BatchLimits, Client, History, LockLimits, StartPolicy};
pub use rehearse::{Rehearsed, RehearsedStep};
pub use repair::Divergence;
pub use runner::{Held, Report, Runner};
pub use status::{Blocking, Gate, MigrationStatus, State, Status};
pub use stop::{Stop, Tuning};
