//! The breaks of a release along a timeline: which statement breaks which query for good.

use std::collections::BTreeMap;

use super::{Break, Release, Verdict, breaks};
use crate::effects::{Step, Timeline};

/// A break with the statement that makes it.
#[derive(Debug, Clone)]
pub struct BreakAt<'a> {
    /// The statement.
    pub step: &'a Step,
    /// What it breaks.
    pub broken: Break,
}

/// What each statement of a timeline breaks of a release, in the order in which they run.
///
/// The application sees a transaction's end only: what a later statement of the same transaction
/// mends is no break, and the one that is left belongs to the statement that made it.
pub fn breaks_along<'a>(release: &Release, timeline: &'a Timeline) -> Vec<BreakAt<'a>> {
    let mut transactions: BTreeMap<usize, Vec<&Step>> = BTreeMap::new();
    for step in &timeline.steps {
        transactions.entry(step.transaction).or_default().push(step);
    }
    transactions
        .values()
        .flat_map(|steps| of_transaction(release, steps))
        .collect()
}

fn of_transaction<'a>(release: &Release, steps: &[&'a Step]) -> Vec<BreakAt<'a>> {
    let (Some(first), Some(last)) = (steps.first(), steps.last()) else {
        return Vec::new();
    };
    if first.before() == &last.after {
        return Vec::new();
    }
    let mut left = breaks(release, first.before(), &last.after);
    let mut found = Vec::new();
    for step in steps.iter().filter(|_| steps.len() > 1) {
        if left.is_empty() {
            break;
        }
        if step.before() == &step.after {
            continue;
        }
        for own in breaks(release, step.before(), &step.after) {
            if let Some(at) = left
                .iter()
                .position(|lasting| same_query(lasting, &own) && lasting.verdict == own.verdict)
            {
                found.push(BreakAt {
                    step,
                    broken: left.remove(at),
                });
            }
        }
    }
    // What no statement makes alone is the work of them all.
    found.extend(
        left.into_iter()
            .map(|broken| BreakAt { step: last, broken }),
    );
    found.sort_by_key(|one| (one.step.statement, one.broken.file.clone(), one.broken.line));
    found
}

fn same_query(one: &Break, other: &Break) -> bool {
    (&one.query, &one.file, one.line) == (&other.query, &other.file, other.line)
}

impl Verdict {
    /// The word in the machine interface.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Works => "works",
            Self::Unknown => "unknown",
            Self::Changes => "changes",
            Self::Fails => "fails",
        }
    }
}
