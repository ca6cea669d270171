//! The breaks of a release along migrations: which statement breaks which query for good.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::judge::Change;
use super::{AppQuery, Break, Release, Verdict, broken};
use crate::effects::{Step, Timeline};
use crate::schema::Catalogue;
use crate::sql::ast::Ident;

/// A break with the statement that makes it.
#[derive(Debug, Clone)]
pub struct BreakAt {
    /// The statement's migration, as an index into those judged.
    pub migration: usize,
    /// The statement, as an index into that file.
    pub statement: usize,
    /// What it breaks.
    pub broken: Break,
}

/// What each statement of a timeline breaks of a release, in the order in which they run.
///
/// The application sees a transaction's end only: what a later statement of the same transaction
/// mends is no break, and the one that is left belongs to the statement that made it.
pub fn breaks_along(release: &Release, timeline: &Timeline) -> Vec<BreakAt> {
    let mut transactions: BTreeMap<usize, Vec<&Step>> = BTreeMap::new();
    for step in &timeline.steps {
        transactions.entry(step.transaction).or_default().push(step);
    }
    let asked = Asked::new(release);
    let transactions: Vec<Vec<&Step>> = transactions.into_values().collect();
    let found = crate::parallel::map(&transactions, |steps| {
        let file = steps
            .first()
            .and_then(|first| timeline.files.get(first.migration));
        let path = file.map(|file| file.before.application_path(None));
        TransactionBreaks::new(&asked, steps, &path.unwrap_or_default()).by_statement()
    });
    found.into_iter().flatten().collect()
}

/// A release whose queries are found by their words, for those who ask about many changes.
#[derive(Debug)]
pub(crate) struct Asked<'r> {
    release: &'r Release,
    by_word: HashMap<&'r Ident, Vec<usize>>,
}

impl<'r> Asked<'r> {
    pub(crate) fn new(release: &'r Release) -> Self {
        let mut by_word: HashMap<&Ident, Vec<usize>> = HashMap::new();
        for (at, query) in release.queries.iter().enumerate() {
            for word in &query.words {
                by_word.entry(word).or_default().push(at);
            }
        }
        Self { release, by_word }
    }

    /// As [`breaks`](super::breaks).
    fn breaks(&self, before: &Catalogue, after: &Catalogue) -> Vec<Break> {
        if before == after {
            return Vec::new();
        }
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

/// What the statements of one transaction break of a release.
#[derive(Debug)]
pub(crate) struct TransactionBreaks {
    migration: usize,
    /// In order; what a statement breaks by itself is looked for only where something stays broken.
    statements: Vec<(usize, Vec<Break>)>,
    /// What is broken once it has committed.
    lasting: Vec<Break>,
}

impl TransactionBreaks {
    /// Takes the statements of the transaction in their order, and where the application looks names up.
    pub(crate) fn new(asked: &Asked<'_>, steps: &[&Step], path: &[Ident]) -> Self {
        let seen = |from: &Step, to: &Step| {
            asked.breaks(
                &from.before().searched_by(path),
                &to.after.searched_by(path),
            )
        };
        let lasting = match steps {
            [first, .., last] => seen(first, last),
            [only] => seen(only, only),
            [] => Vec::new(),
        };
        let own = |step: &&&Step| match steps {
            [_] => lasting.clone(),
            _ if lasting.is_empty() => Vec::new(),
            _ => seen(step, step),
        };
        Self {
            migration: steps.first().map_or(0, |first| first.migration),
            statements: steps
                .iter()
                .map(|step| (step.statement, own(&step)))
                .collect(),
            lasting,
        }
    }

    /// What a statement breaks for good: what is broken still, or in a milder way, once its transaction has committed,
    /// as the application meets it then.
    pub(crate) fn of_statement(&self, statement: usize) -> Vec<Break> {
        let found = self
            .statements
            .binary_search_by_key(&statement, |(at, _)| *at);
        let own = found.ok().and_then(|at| self.statements.get(at));
        own.map_or_else(Vec::new, |(_, own)| self.made_by(own))
    }

    /// The same of a part of a statement, which leads from one schema to another.
    pub(crate) fn of_part(
        &self,
        asked: &Asked<'_>,
        before: &Catalogue,
        after: &Catalogue,
        path: &[Ident],
    ) -> Vec<Break> {
        if self.lasting.is_empty() {
            return Vec::new();
        }
        let own = asked.breaks(&before.searched_by(path), &after.searched_by(path));
        self.made_by(&own)
    }

    fn made_by(&self, own: &[Break]) -> Vec<Break> {
        let lasting = self.lasting.iter();
        lasting.filter(|one| makes(own, one)).cloned().collect()
    }

    /// What all its statements break together and none of them alone, told of the last one.
    pub(crate) fn together(&self, statement: usize) -> Vec<Break> {
        if self
            .statements
            .last()
            .is_none_or(|(last, _)| *last != statement)
        {
            return Vec::new();
        }
        let alone = |one: &&Break| self.statements.iter().any(|(_, own)| makes(own, one));
        let lasting = self.lasting.iter();
        lasting.filter(|one| !alone(one)).cloned().collect()
    }

    /// Each break once, at the statement that makes it.
    pub(crate) fn by_statement(&self) -> Vec<BreakAt> {
        let Some((last, _)) = self.statements.last() else {
            return Vec::new();
        };
        let made_at = |one: &Break| {
            let maker = self.statements.iter().find(|(_, own)| makes(own, one));
            // What no statement makes alone is the work of them all.
            maker.map_or(*last, |(at, _)| *at)
        };
        let found = self.lasting.iter().map(|one| BreakAt {
            migration: self.migration,
            statement: made_at(one),
            broken: one.clone(),
        });
        let mut found: Vec<BreakAt> = found.collect();
        found.sort_by(|one, other| {
            let files = one.broken.file.cmp(&other.broken.file);
            one.statement
                .cmp(&other.statement)
                .then(files)
                .then(one.broken.line.cmp(&other.broken.line))
        });
        found
    }
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
