//! Directives as the engine reads them: who allows what, where, and whether it was needed.

use std::collections::BTreeSet;

use semver::Version;

use super::Finding;
use crate::sql::{Directive, DirectiveKind, Migration, Statement};

/// One `allow <rule> because ".."`.
pub(super) struct Allow<'a> {
    pub(super) directive: &'a Directive,
    pub(super) rule: &'a str,
    /// The statement it stands before; none when it stands before all of them and is meant for the file.
    pub(super) statement: Option<usize>,
    pub(super) used: bool,
}

/// The allowances of a file: those meant for all of it, then those of each statement in order.
pub(super) fn allowances(migration: &Migration) -> Vec<Allow<'_>> {
    let (head, tail) = heads_and_tails(migration);
    let statements = migration.script().statements.iter().enumerate();
    let before_each = statements.flat_map(|(index, statement)| {
        let own = statement.directives.iter();
        own.map(move |directive| (directive, Some(index)))
    });
    let of_file = |directive| (directive, None);
    let all = head.iter().map(of_file).chain(before_each);
    let mut found: Vec<Allow<'_>> = Vec::new();
    let mut seen = BTreeSet::new();
    for (directive, statement) in all.chain(tail.iter().map(of_file)) {
        if let Ok(DirectiveKind::Allow { rule, .. }) = &directive.kind
            && seen.insert(directive.span)
        {
            found.push(Allow {
                directive,
                rule,
                statement,
                used: false,
            });
        }
    }
    found.sort_by_key(|one| one.statement);
    found
}

/// Marks what allows a finding, and says whether anything does.
pub(super) fn allow(allowances: &mut [Allow<'_>], finding: &Finding) -> bool {
    let before = |at: Option<usize>| allowances.partition_point(|one| one.statement < at);
    let here = Some(finding.statement);
    let (of_file, own, after) = (before(Some(0)), before(here), before(here.map(|at| at + 1)));
    let mut allowed = false;
    for at in (0..of_file).chain(own..after) {
        if let Some(one) = allowances.get_mut(at)
            && one.rule == finding.rule
        {
            one.used = true;
            allowed = true;
        }
    }
    allowed
}

/// The release below which no instance is alive once the statement runs: of its own directive, else of its file's.
pub(super) fn released_after(migration: &Migration, statement: &Statement) -> Option<Version> {
    let version = |directives: &[Directive]| {
        let kinds = directives.iter().filter_map(|one| one.kind.as_ref().ok());
        let mut versions = kinds.filter_map(|kind| match kind {
            DirectiveKind::After(version) => Some(version.clone()),
            _ => None,
        });
        versions.next_back()
    };
    version(&statement.directives).or_else(|| version(&migration.script().directives))
}

/// Every directive of a file, in order.
pub(super) fn directives(migration: &Migration) -> Vec<&Directive> {
    let mut all: Vec<&Directive> = migration.script().directives.iter().collect();
    for statement in &migration.script().statements {
        all.extend(&statement.directives);
    }
    all.sort_by_key(|directive| directive.span);
    all.dedup_by_key(|directive| directive.span);
    all
}

/// The directives before the first statement, and those after the last.
fn heads_and_tails(migration: &Migration) -> (&[Directive], &[Directive]) {
    let all = migration.script().directives.as_slice();
    let first = migration.script().statements.first();
    let end = first.map_or(usize::MAX, |statement| statement.span.start);
    all.split_at(all.partition_point(|directive| directive.span.end <= end))
}
