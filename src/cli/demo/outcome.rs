//! What came out of the demonstration: what was compared, and whether any of it is wrong.

use std::fmt::Write as _;
use std::time::Duration;

use super::ledger::Comparison;
use super::screen::{millis, table};
use super::traffic::Load;

/// What the story notes on its way.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// At each boundary: where, and how many users had two names that differ.
    pub(super) differing: Vec<(&'static str, i64)>,
    /// The contract was refused while an instance needed the old column.
    pub(super) refused: bool,
    /// How long the contract took when no instance needed it, the wait for its gate included.
    pub(super) contracted: Option<Duration>,
    /// Reports of the analyst.
    pub(super) reports: u32,
}

impl Findings {
    /// The closing words, and whether everything is as it should be.
    pub(super) fn judge(&self, load: &Load, compared: &Comparison) -> (String, bool) {
        let stages = load.record.stages();
        let all = load.record.so_far();
        let quiet = stages.first().cloned().unwrap_or_default();
        let worst = stages
            .iter()
            .skip(1)
            .max_by_key(|felt| felt.worst)
            .cloned()
            .unwrap_or_default();
        let differing: i64 = self.differing.iter().map(|(_, rows)| rows).sum();
        let places: Vec<&str> = self.differing.iter().map(|(place, _)| *place).collect();

        let mut lines = Lines::default();
        lines.add(
            all.errors == 0,
            format!(
                "{} requests and {} reports were served, {} errors",
                all.requests, self.reports, all.errors
            ),
        );
        for error in load.record.errors() {
            lines.add(false, error);
        }
        lines.add(
            compared.wrong_users == 0 && compared.missing_orders == 0,
            format!(
                "{} acknowledged writes, held against the database: {} users, {} with another name or gone; \
                 {} orders, {} gone",
                load.ledger.writes(),
                compared.users,
                compared.wrong_users,
                compared.orders,
                compared.missing_orders
            ),
        );
        lines.add(
            differing == 0,
            format!(
                "old and new column differed in {differing} rows {}",
                places.join(", ")
            ),
        );
        lines.add(
            self.refused,
            match self.refused {
                true => "the contract was refused while an instance of release 1.0.0 was alive"
                    .to_owned(),
                false => {
                    "the contract was NOT refused while an instance of release 1.0.0 was alive"
                        .to_owned()
                }
            },
        );
        lines.add(
            self.contracted.is_some(),
            match self.contracted {
                Some(took) => format!(
                    "it went through in {} when that instance was gone",
                    millis(took)
                ),
                None => "it did NOT go through when that instance was gone".to_owned(),
            },
        );
        let text = format!(
            "\nWhat users felt, from the moment each request was due:\n\n{}\nWhat was compared:\n\n{}\n\
             {} requests served, {} errors, worst stall {} ({}); without a migration it was {}\n",
            table(&stages),
            lines.text,
            all.requests,
            all.errors,
            millis(worst.worst),
            worst.stage,
            millis(quiet.worst)
        );
        (text, lines.good)
    }
}

/// Lines with a mark before each, and whether all of them are good.
struct Lines {
    text: String,
    good: bool,
}

impl Default for Lines {
    fn default() -> Self {
        Self {
            text: String::new(),
            good: true,
        }
    }
}

impl Lines {
    fn add(&mut self, good: bool, line: String) {
        let mark = if good { "ok   " } else { "WRONG" };
        self.good &= good;
        // Writing to a string does not fail.
        let _ = writeln!(self.text, "  {mark} {line}");
    }
}
