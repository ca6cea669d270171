//! What a rule sees of one statement, or of one action of an ALTER TABLE.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use super::Class;
use super::allow::released_after;
use super::broken::FileBreaks;
use super::check::Input;
use super::fresh::Fresh;
use super::part::Part;
use super::traffic::{Traffic, Witness};
use crate::compat::{Asked, Break, Release};
use crate::effects::{Effects, FileWalk, LockMode, Step};
use crate::schema::{Catalogue, Refusal, Relation, ResolvedName, Small};
use crate::sql::ast::{AlterTable, Change, Ident, QualifiedName, TableAction};
use crate::sql::{Migration, Span, Statement};

/// What a rule sees.
pub(in crate::rules) struct Subject<'a> {
    /// The file.
    pub(in crate::rules) migration: &'a Migration,
    /// The statement it is, or is part of.
    pub(in crate::rules) statement: &'a Statement,
    /// How that statement runs.
    pub(in crate::rules) step: &'a Step,
    /// The file as it runs.
    pub(in crate::rules) file: &'a FileWalk,
    /// All the statements of the file as they run.
    pub(in crate::rules) steps: &'a [Step],
    /// The schema that live releases know.
    pub(super) deployed: &'a Catalogue,
    /// Why its statement is refused.
    pub(in crate::rules) refusal: Option<&'a Refusal>,
    pub(super) part: &'a Part<'a>,
    pub(super) fresh: &'a Fresh,
    /// Up to where a relation counts as small.
    pub(super) small: Small,
    pub(super) input: &'a Input<'a>,
    /// The schema once its transaction has committed.
    pub(super) settled: &'a Catalogue,
    /// The releases of the input, one for one.
    pub(super) asked: &'a [Asked<'a>],
    /// What the file breaks of them.
    pub(super) breaks: &'a FileBreaks,
    /// What this breaks of those that are alive, once that has been looked for.
    pub(super) broken: OnceCell<Vec<Break>>,
}

/// What a change does to the releases of the application that may be alive while it runs.
#[derive(Debug, Clone)]
pub(in crate::rules) enum Risk {
    /// No release is known: it could break one.
    Unknown,
    /// Every known release survives, or those that would not are gone by then (`after 2.4.0`).
    Survived,
    /// These queries break.
    Broken(Vec<Break>),
}

impl<'a> Subject<'a> {
    /// What it does: of an ALTER TABLE asked action by action, that action alone.
    pub(in crate::rules) fn change(&self) -> &'a Change {
        &self.part.change
    }

    /// It stands in a body, or in a part of a query.
    pub(super) fn is_inside(&self) -> bool {
        self.part.inside
    }

    /// Where it stands.
    pub(in crate::rules) fn span(&self) -> Span {
        self.part.span
    }

    /// Its text.
    pub(in crate::rules) fn text(&self) -> &'a str {
        self.span().text(&self.migration.text)
    }

    /// The schema before it.
    pub(in crate::rules) fn before(&self) -> &'a Catalogue {
        self.part.session.catalogue()
    }

    /// The schema after it.
    pub(in crate::rules) fn after(&self) -> &'a Catalogue {
        &self.part.after
    }

    /// The schema once its transaction has committed.
    pub(in crate::rules) fn settled(&self) -> &'a Catalogue {
        self.settled
    }

    /// What it does to a running system.
    pub(in crate::rules) fn effects(&self) -> &'a Effects {
        &self.part.effects
    }

    /// The major version of PostgreSQL.
    pub(in crate::rules) fn version(&self) -> u16 {
        self.input.options.version
    }

    /// It runs inside a transaction block.
    pub(in crate::rules) fn in_transaction(&self) -> bool {
        self.step.in_block
    }

    /// The action it is, with the ALTER TABLE around it.
    pub(in crate::rules) fn action(&self) -> Option<(&'a AlterTable, &'a TableAction)> {
        match self.change() {
            Change::AlterTable(alter) => {
                let action = alter.actions.first()?;
                Some((alter, &action.action))
            }
            _ => None,
        }
    }

    /// The relation a name means before it.
    pub(in crate::rules) fn relation(&self, name: &QualifiedName) -> Option<&'a Relation> {
        self.before().relation(name)
    }

    /// The full name of a relation, known or not.
    pub(in crate::rules) fn resolve(&self, name: &QualifiedName) -> ResolvedName {
        let known = self.relation(name).map(|relation| relation.name.clone());
        known.unwrap_or_else(|| self.before().creation_name(name))
    }

    /// The migrations under judgement made that relation: nobody uses it yet.
    pub(in crate::rules) fn is_new(&self, relation: &ResolvedName) -> bool {
        self.fresh.relation(relation)
    }

    /// The migrations under judgement made that column, perhaps with its table: no release knows it.
    pub(in crate::rules) fn is_new_column(&self, table: &ResolvedName, column: &Ident) -> bool {
        self.fresh.column(table, column)
    }

    /// Whether a table had that column before this file.
    pub(in crate::rules) fn had_column(&self, table: &ResolvedName, column: &Ident) -> bool {
        let known = self.file.before.get(table);
        known.is_some_and(|known| known.column(column).is_some())
    }

    /// Its size is known, and small: to read or rewrite it takes a moment.
    pub(in crate::rules) fn is_small(&self, relation: &ResolvedName) -> bool {
        let known = self.before().get(relation);
        known.and_then(|known| known.size().is_small(self.small)) == Some(true)
    }

    /// Everything it reads or rewrites, and what else a finding names, is small or new; and there is something.
    pub(super) fn is_quick(&self, objects: &[String]) -> bool {
        let effects = self.effects();
        let touched = effects.scans.iter().chain(&effects.rewrites).cloned();
        let named = objects.iter().filter_map(|object| {
            let mut parts = object.splitn(3, '.');
            let name = ResolvedName::new(parts.next()?, parts.next()?);
            self.before()
                .get(&name)
                .map(|relation| relation.name.clone())
        });
        let mut all = touched.chain(named).peekable();
        all.peek().is_some() && all.all(|name| self.is_small(&name) || self.is_new(&name))
    }

    /// The full name of a relation that was there before; none where the migrations under judgement made it.
    pub(in crate::rules) fn existing(&self, name: &QualifiedName) -> Option<ResolvedName> {
        let name = self.resolve(name);
        (!self.is_new(&name)).then_some(name)
    }

    /// The lock its statement takes on a relation, or that its transaction holds there already.
    pub(in crate::rules) fn lock(&self, relation: &ResolvedName) -> Option<LockMode> {
        let own = self.step.effects.locks.get(relation);
        let held = self.step.held.lock(relation);
        own.copied()
            .into_iter()
            .chain(held)
            .map(|lock| lock.mode)
            .max()
    }

    /// `blocks-reads` and `blocks-writes`, as far as others wait for relations that were there before,
    /// for what its statement takes (all actions of an ALTER TABLE run under the strongest lock any of
    /// them needs; manual 18, ALTER TABLE, description) or what its transaction holds already.
    pub(in crate::rules) fn blocking(&self) -> Vec<Class> {
        let (own, held) = (&self.step.effects, &self.step.held);
        let mut reads = own.blocks_reads.iter().chain(&held.blocks_reads);
        let mut writes = own.blocks_writes.iter().chain(&held.blocks_writes);
        let reads = reads.any(|name| !self.is_new(name));
        let writes = writes.any(|name| !self.is_new(name));
        let reads = reads.then_some(Class::BlocksReads);
        let writes = writes.then_some(Class::BlocksWrites);
        reads.into_iter().chain(writes).collect()
    }

    /// Of these relations the first that was there before.
    pub(in crate::rules) fn first_existing(
        &self,
        of: &'a BTreeSet<ResolvedName>,
    ) -> Option<&'a ResolvedName> {
        of.iter().find(|name| !self.is_new(name))
    }

    /// What it does to the application.
    pub(in crate::rules) fn risk(&self) -> Risk {
        let after = released_after(self.migration, self.statement);
        match (self.input.releases, after) {
            ([], None) => Risk::Unknown,
            ([], Some(_)) => Risk::Survived,
            (_, _) => match self.broken() {
                [] => Risk::Survived,
                some => Risk::Broken(some.to_vec()),
            },
        }
    }

    /// The same where queries can break for reasons that names and types do not show: `judge` tells them.
    pub(in crate::rules) fn risk_beside(
        &self,
        judge: impl Fn(&Traffic<'_>) -> Option<Witness>,
    ) -> Risk {
        if self.input.releases.is_empty() {
            return self.risk();
        }
        let breaks = self.witnessed(self.broken().to_vec(), judge);
        if breaks.is_empty() {
            Risk::Survived
        } else {
            Risk::Broken(breaks)
        }
    }

    /// What it does to the application by what `judge` tells alone.
    pub(in crate::rules) fn risk_by(
        &self,
        judge: impl Fn(&Traffic<'_>) -> Option<Witness>,
    ) -> Risk {
        if self.input.releases.is_empty() {
            return self.risk();
        }
        let known = self.broken().len();
        let mut breaks = self.witnessed(self.broken().to_vec(), judge);
        breaks.drain(..known);
        if breaks.is_empty() {
            Risk::Survived
        } else {
            Risk::Broken(breaks)
        }
    }

    /// Adds the queries of which `judge` tells a break.
    fn witnessed(
        &self,
        mut breaks: Vec<Break>,
        judge: impl Fn(&Traffic<'_>) -> Option<Witness>,
    ) -> Vec<Break> {
        for (_, release) in self.alive() {
            for query in &release.queries {
                let known = breaks.iter().any(|one| {
                    (&one.release, &one.query, one.line)
                        == (&release.version, &query.name, query.line)
                });
                let traffic = Traffic::of(query, self.before()).filter(|_| !known);
                if let Some(witness) = traffic.and_then(|traffic| judge(&traffic)) {
                    breaks.push(Break {
                        release: release.version.clone(),
                        query: query.name.clone(),
                        file: query.file.clone(),
                        line: query.line,
                        verdict: witness.verdict,
                        sqlstate: witness.sqlstate.map(str::to_owned),
                        message: witness.message,
                    });
                }
            }
        }
        breaks
    }

    /// No release of the application is known.
    pub(in crate::rules) fn input_is_without_releases(&self) -> bool {
        self.input.releases.is_empty()
    }

    /// The role the application uses; none is the owner of everything.
    pub(in crate::rules) fn role(&self) -> Option<&'a str> {
        self.input.role
    }

    /// The schema that live releases know: what is deployed before the migrations under judgement.
    pub(in crate::rules) fn deployed(&self) -> &'a Catalogue {
        self.deployed
    }

    /// What ran before this statement, from the first one that is known on.
    pub(in crate::rules) fn past(&self) -> impl Iterator<Item = &'a Change> {
        let (file, at) = (self.step.migration, self.step.statement);
        let history = self.input.history.iter().filter(|one| !one.down);
        let history = history.flat_map(|one| &one.script().statements);
        let judged = self.input.judged.iter().enumerate().take(file + 1);
        let judged = judged
            .filter(|(_, one)| !one.down)
            .flat_map(move |(index, one)| {
                let count = if index == file { at } else { usize::MAX };
                one.script().statements.iter().take(count)
            });
        history.chain(judged).map(|statement| &statement.change)
    }

    /// What follows this statement in its file.
    pub(in crate::rules) fn later(&self) -> impl Iterator<Item = &'a Change> {
        let statements = self.migration.script().statements.iter();
        statements
            .skip(self.step.statement + 1)
            .map(|statement| &statement.change)
    }

    /// The known releases that may be alive while it runs, with their index.
    fn alive(&self) -> impl Iterator<Item = (usize, &'a Release)> {
        let after = released_after(self.migration, self.statement);
        let releases = self.input.releases.iter().enumerate();
        releases.filter(
            move |(_, release)| match (&after, version_of(&release.version)) {
                (Some(after), Some(version)) => version >= *after,
                _ => true,
            },
        )
    }

    /// What all statements of its transaction break together and none of them alone, where it is the last.
    pub(in crate::rules) fn broken_together(&self) -> Vec<Break> {
        if self.is_inside() {
            return Vec::new();
        }
        let together = |(index, _)| self.breaks.together(index, self.step);
        let mut found: Vec<Break> = self.alive().flat_map(together).collect();
        found.retain(|one| one.verdict.is_break());
        found
    }

    /// The queries of known releases that work before it and neither after it nor once its transaction has committed.
    fn broken(&self) -> &[Break] {
        self.broken.get_or_init(|| {
            if self.before() == self.after() {
                return Vec::new();
            }
            let schemas = (self.before(), self.after());
            let releases = self.alive().filter_map(|(index, _)| {
                let asked = self.asked.get(index)?;
                Some(self.breaks.of((index, asked), self.step, schemas))
            });
            let all = releases.flatten();
            all.filter(|one| one.verdict.is_break()).collect()
        })
    }
}

/// The version of a release, read kindly: `v1`, `1.4`.
fn version_of(written: &str) -> Option<semver::Version> {
    let written = written.trim_start_matches('v');
    let parts = written.split(['-', '+']).next().unwrap_or_default();
    let missing = 2_usize.checked_sub(parts.matches('.').count())?;
    let (number, rest) = written.split_at(parts.len());
    semver::Version::parse(&format!("{number}{}{rest}", ".0".repeat(missing))).ok()
}
