//! Names that a transaction has changed: other sessions still see the old ones.

use std::collections::{BTreeMap, BTreeSet};

use super::work::index_name;
use super::{Effects, blocked};
use crate::schema::{ResolvedName, Session};
use crate::sql::ast::{Change, TableAction};

/// For each new name the one it had before the transaction.
#[derive(Debug, Default)]
pub(super) struct Aliases(BTreeMap<ResolvedName, ResolvedName>);

impl Aliases {
    /// Says effects in the names from before the transaction (lock-truth: `rename.table_swap_one_transaction`).
    pub(super) fn translate(&self, effects: &mut Effects, session: &Session) {
        if self.0.is_empty() {
            return;
        }
        let old = |name: &ResolvedName| self.0.get(name).unwrap_or(name).clone();
        let all = |names: &BTreeSet<ResolvedName>| names.iter().map(old).collect();
        let locks = std::mem::take(&mut effects.locks);
        effects.locks = locks
            .into_iter()
            .map(|(name, lock)| (old(&name), lock))
            .collect();
        effects.rewrites = all(&effects.rewrites);
        effects.scans = all(&effects.scans);
        blocked::derive(effects, session.committed(), &BTreeSet::new());
    }

    /// Notes what a statement renames; `before` is the session just before it.
    pub(super) fn note(&mut self, change: &Change, before: &Session) {
        let Change::AlterTable(alter) = change else {
            return;
        };
        let catalogue = before.catalogue();
        for action in &alter.actions {
            match (&action.action, catalogue.relation(&alter.name)) {
                (TableAction::RenameTo(name), Some(relation)) => {
                    let to = ResolvedName::new(relation.name.schema.clone(), name.clone());
                    self.add(before, &relation.name, to);
                }
                (TableAction::RenameTo(name), None) => {
                    if let Some((table, index)) = catalogue.index(&alter.name) {
                        let from = index_name(table, index);
                        let to = ResolvedName::new(from.schema.clone(), name.clone());
                        self.add(before, &from, to);
                    }
                }
                (TableAction::SetSchema(schema), Some(relation)) => {
                    let indexes = relation.indexes.iter();
                    let indexes = indexes.map(|index| index_name(relation, index));
                    let moved = std::iter::once(relation.name.clone()).chain(indexes);
                    for from in moved.collect::<Vec<_>>() {
                        let to = ResolvedName::new(schema.clone(), from.name.clone());
                        self.add(before, &from, to);
                    }
                }
                _ => {}
            }
        }
    }

    fn add(&mut self, session: &Session, from: &ResolvedName, to: ResolvedName) {
        if session.is_new(from) {
            return;
        }
        let first = self.0.remove(from).unwrap_or_else(|| from.clone());
        self.0.insert(to, first);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effects::{Lock, LockMode, LockedKind};

    #[test]
    fn effects_are_said_in_old_names() {
        let name = |name: &str| ResolvedName::new("public", name);
        let aliases = Aliases([(name("new"), name("old"))].into());
        let lock = Lock {
            kind: LockedKind::Table,
            mode: LockMode::Share,
        };
        let mut effects = Effects {
            locks: [(name("new"), lock)].into(),
            ..Effects::default()
        };
        aliases.translate(&mut effects, &Session::new(18));
        assert_eq!(effects.locks.keys().collect::<Vec<_>>(), [&name("old")]);
    }
}
