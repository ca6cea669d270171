//! Judgement: one file per rule, over what the lower rooms know of a statement.

mod finding;

pub use finding::{Applicability, Class, Edit, Finding, Fix, Severity};
