//! The integration tests, one binary; what talks to PostgreSQL starts its own server.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cli;
mod compat;
mod demo;
mod differential;
mod docs;
mod effects;
mod fixtures;
mod history;
mod plan;
mod project;
mod random;
mod recorder;
mod rules;
mod run;
mod schema;
mod server;
mod shop_breaks;
mod tidy;
