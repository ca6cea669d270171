//! Expands and contracts PostgreSQL schemas under live traffic.
//!
//! Data flows one way: files to migrations ([`sql`]), changes to a catalogue ([`schema`]), changes to
//! what PostgreSQL does for them ([`effects`]), queries of a release to breaks ([`compat`]), all of
//! these to findings ([`rules`]) and plans ([`plan`]), and migrations to a database ([`run`]).

pub mod compat;
pub mod effects;
mod parallel;
pub mod plan;
pub mod rules;
pub mod run;
pub mod schema;
pub mod sql;

pub mod client;
#[cfg(feature = "project")]
pub mod project;
pub mod report;
#[cfg(feature = "project")]
pub mod testing;

#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
