//! What the transactions of one migration break of each known release, as the application meets the schema.

use std::collections::BTreeMap;

use crate::compat::{Asked, Break, BreakAt, TransactionBreaks};
use crate::effects::{FileTimeline, Step};
use crate::schema::Catalogue;
use crate::sql::ast::Ident;

/// What one migration breaks.
#[derive(Debug)]
pub(super) struct FileBreaks {
    /// Where the application looks names up.
    path: Vec<Ident>,
    /// By transaction, for each release in their order.
    transactions: BTreeMap<usize, Vec<TransactionBreaks>>,
}

impl FileBreaks {
    /// Takes the schema that live releases know, and the role the application uses.
    pub(super) fn new(
        releases: &[Asked<'_>],
        role: Option<&str>,
        deployed: &Catalogue,
        walked: &FileTimeline,
    ) -> Self {
        let path = deployed.application_path(role);
        let mut steps: BTreeMap<usize, Vec<&Step>> = BTreeMap::new();
        for step in walked.steps.iter().filter(|_| !releases.is_empty()) {
            steps.entry(step.transaction).or_default().push(step);
        }
        let transactions = steps.into_iter().map(|(transaction, steps)| {
            let each = releases.iter();
            let each = each.map(|release| TransactionBreaks::new(release, &steps, &path));
            (transaction, each.collect())
        });
        Self {
            transactions: transactions.collect(),
            path,
        }
    }

    /// What a statement, or the part of it that leads from one schema to another, breaks for good of a release.
    pub(super) fn of(
        &self,
        (index, release): (usize, &Asked<'_>),
        step: &Step,
        (before, after): (&Catalogue, &Catalogue),
    ) -> Vec<Break> {
        match self.transaction(step, index) {
            None => Vec::new(),
            Some(all) if before == step.before() && *after == step.after => {
                all.of_statement(step.statement)
            }
            Some(all) => all.of_part(release, before, after, &self.path),
        }
    }

    /// What all statements of a transaction break together of a release and none of them alone, where this is the last.
    pub(super) fn together(&self, index: usize, step: &Step) -> Vec<Break> {
        let all = self.transaction(step, index);
        all.map_or_else(Vec::new, |all| all.together(step.statement))
    }

    /// Each break of every release at the statement that makes it.
    pub(super) fn by_statement(&self) -> impl Iterator<Item = BreakAt> {
        let transactions = self.transactions.values().flatten();
        transactions.flat_map(TransactionBreaks::by_statement)
    }

    fn transaction(&self, step: &Step, index: usize) -> Option<&TransactionBreaks> {
        self.transactions.get(&step.transaction)?.get(index)
    }
}
