//! The breaks of a release along a timeline: which statement breaks which query for good.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::judge::Change;
use super::{AppQuery, Break, Release, Verdict, breaks, broken};
use crate::effects::{Step, Timeline};
use crate::schema::Catalogue;
use crate::sql::ast::Ident;

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
    let asked = Asked::new(release);
    let transactions: Vec<Vec<&Step>> = transactions.into_values().collect();
    let found = crate::parallel::map(&transactions, |steps| of_transaction(&asked, steps));
    found.into_iter().flatten().collect()
}

/// A release whose queries are found by their words, for those who ask about many changes.
struct Asked<'r> {
    release: &'r Release,
    by_word: HashMap<&'r Ident, Vec<usize>>,
}

impl<'r> Asked<'r> {
    fn new(release: &'r Release) -> Self {
        let mut by_word: HashMap<&Ident, Vec<usize>> = HashMap::new();
        for (at, query) in release.queries.iter().enumerate() {
            for word in &query.words {
                by_word.entry(word).or_default().push(at);
            }
        }
        Self { release, by_word }
    }

    /// As [`breaks`].
    fn breaks(&self, before: &Catalogue, after: &Catalogue) -> Vec<Break> {
        let change = Change::new(before, after);
        let queries = &self.release.queries;
        let concerned: Vec<&AppQuery> = match change.words() {
            None => queries.iter().collect(),
            Some(words) => {
                let holding = words.iter().filter_map(|word| self.by_word.get(word));
                let places: BTreeSet<usize> = holding.flatten().copied().collect();
                places
                    .into_iter()
                    .filter_map(|at| queries.get(at))
                    .collect()
            }
        };
        let judged = concerned.into_iter().filter_map(|query| {
            let judgement = change.judge_concerned(query)?;
            Some(broken(self.release, query, judgement))
        });
        judged.collect()
    }
}

/// What a statement breaks of a release for good: what is broken still, or in a milder way, once its
/// transaction has committed, as the application meets it then.
///
/// Takes the schema before and after the statement, and before and after its transaction.
pub fn lasting_breaks(
    release: &Release,
    statement: (&Catalogue, &Catalogue),
    transaction: (&Catalogue, &Catalogue),
) -> Vec<Break> {
    let own = breaks(release, statement.0, statement.1);
    if own.is_empty() || statement == transaction {
        return own;
    }
    let mut left = breaks(release, transaction.0, transaction.1);
    left.retain(|lasting| makes(&own, lasting));
    left
}

fn of_transaction<'a>(asked: &Asked<'_>, steps: &[&'a Step]) -> Vec<BreakAt<'a>> {
    let (Some(first), Some(last)) = (steps.first(), steps.last()) else {
        return Vec::new();
    };
    if first.before() == &last.after {
        return Vec::new();
    }
    let mut left = asked.breaks(first.before(), &last.after);
    let mut found = Vec::new();
    for step in steps.iter().filter(|_| steps.len() > 1) {
        if left.is_empty() {
            break;
        }
        if step.before() == &step.after {
            continue;
        }
        let own = asked.breaks(step.before(), &step.after);
        let made = left.extract_if(.., |lasting| makes(&own, lasting));
        found.extend(made.map(|broken| BreakAt { step, broken }));
    }
    // What no statement makes alone is the work of them all.
    found.extend(
        left.into_iter()
            .map(|broken| BreakAt { step: last, broken }),
    );
    found.sort_by_key(|one| (one.step.statement, one.broken.file.clone(), one.broken.line));
    found
}

/// Whether a statement with these breaks is the one that makes a break which lasts.
fn makes(own: &[Break], lasting: &Break) -> bool {
    own.iter().any(|one| {
        let same =
            (&one.query, &one.file, one.line) == (&lasting.query, &lasting.file, lasting.line);
        same && one.verdict >= lasting.verdict
    })
}

impl Verdict {
    /// An error or another meaning; what cannot be told is no break.
    pub fn is_break(self) -> bool {
        match self {
            Self::Fails | Self::Changes => true,
            Self::Works | Self::Unknown => false,
        }
    }

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
