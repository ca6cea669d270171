//! What every rule stands on: what it is, what it sees, what it says, and the engine that asks it.

mod allow;
mod broken;
mod check;
mod draft;
mod finding;
mod fresh;
mod level;
mod loss;
mod near;
mod page;
mod part;
mod report;
mod rule;
mod subject;
mod traffic;
mod words;

pub use check::{Input, Judged, check, check_knowing, judge};
pub(super) use draft::{Draft, Findings};
pub use finding::{Applicability, Class, Edit, Finding, Fix, Severity};
pub use level::Level;
pub(super) use loss::Loss;
pub use near::nearest;
pub use page::{link, page};
pub use report::{Report, Summary};
pub use rule::Rule;
pub(super) use rule::{ANY, Check};
pub(super) use subject::{Risk, Subject};
pub(super) use traffic::{Traffic, Witness};
pub(super) use words::{lock_clause, short, who_waits};
