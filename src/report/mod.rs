//! Findings and plans as text for people and as documents for machines.

mod compat;

pub use compat::{CompatReport, QueryReport, StatementBreak};
