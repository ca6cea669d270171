//! The port between a run and a driver: one short loop each for `postgres` and `tokio-postgres`, and a fake.
//!
//! A loop does what a [`Machine`](crate::run::Machine) asks for, stamps events with the time and hands
//! them to an [`Observer`]; it decides nothing. With the features `tracing` and `metrics` there is an
//! observer that tells a run to those; a pair of observers is one.

mod connect;
pub mod fake;
#[cfg(all(feature = "postgres", unix))]
pub mod installed;
mod many;
#[cfg(feature = "metrics")]
pub mod metrics;
mod observer;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(feature = "postgres")]
pub mod proof;
pub mod recorder;
#[cfg(feature = "refinery")]
pub mod refinery;
#[cfg(feature = "postgres")]
pub mod rehearsal;
#[cfg(all(feature = "tls", any(feature = "postgres", feature = "tokio-postgres")))]
mod tls;
#[cfg(feature = "tokio-postgres")]
pub mod tokio_postgres;
#[cfg(feature = "tracing")]
pub mod tracing;

#[cfg(any(feature = "postgres", feature = "tokio-postgres"))]
pub use many::{Ended, Many, Target};
pub use observer::{Flow, Observer, Silent, Stamped};
