//! What is gathered while a statement's effects are worked out, and the marks every family leaves in it.

use std::collections::BTreeSet;

use super::{Effects, Lock, LockMode, LockedKind, TransactionRule};
use crate::schema::{
    Catalogue, ConstraintKind, Index, Refusal, Relation, RelationKind, ResolvedName, Session,
};
use crate::sql::ast::{Ident, QualifiedName};

/// The effects of one statement in the making.
///
/// TOAST tables and their indexes go wherever their table goes; PostgreSQL names them by number, so
/// they are never listed.
pub(super) struct Work<'a> {
    /// The session just before the statement.
    pub(super) session: &'a Session,
    /// The schema just before it.
    pub(super) before: &'a Catalogue,
    /// The schema just after it.
    pub(super) after: &'a Catalogue,
    /// What it does.
    pub(super) effects: Effects,
    /// Partitions that a statement takes away from their parent before it takes their strong lock.
    pub(super) detached: BTreeSet<ResolvedName>,
    /// Indexes that a constraint takes over: they vanish under their name only.
    pub(super) adopted: BTreeSet<ResolvedName>,
    /// The functions that the statement has run, itself or by a trigger: what they do again, they have done.
    pub(super) ran: BTreeSet<QualifiedName>,
    /// The worst is assumed of everything already.
    pub(super) all_assumed: bool,
}

impl<'a> Work<'a> {
    pub(super) fn new(session: &'a Session, after: &'a Catalogue) -> Self {
        Self {
            session,
            before: session.catalogue(),
            after,
            effects: Effects::default(),
            detached: BTreeSet::new(),
            adopted: BTreeSet::new(),
            ran: BTreeSet::new(),
            all_assumed: false,
        }
    }

    /// The major version of PostgreSQL.
    pub(super) fn version(&self) -> u16 {
        self.session.version()
    }

    /// The relation a statement names.
    pub(super) fn relation(&self, name: &QualifiedName) -> Option<&'a Relation> {
        let known = self.before.relation(name);
        known.or_else(|| {
            self.after
                .relation(name)
                .filter(|found| !found.columns_known)
        })
    }

    /// Locks a relation, unless the open transaction made it.
    pub(super) fn lock(&mut self, relation: &Relation, mode: LockMode) {
        self.hold(&relation.name, kind_of(relation.kind), mode);
    }

    /// Locks a relation by its name; nothing when there is none.
    pub(super) fn lock_named(&mut self, name: &ResolvedName, mode: LockMode) {
        if let Some(relation) = self.before.get(name) {
            self.lock(relation, mode);
        }
    }

    /// Locks one index of a table.
    pub(super) fn lock_index(&mut self, table: &Relation, index: &Index, mode: LockMode) {
        let kind = match table.kind {
            RelationKind::PartitionedTable => LockedKind::PartitionedIndex,
            _ => LockedKind::Index,
        };
        self.hold(&index_name(table, index), kind, mode);
    }

    /// Locks every index of a table.
    pub(super) fn lock_indexes(&mut self, table: &Relation, mode: LockMode) {
        for index in &table.indexes {
            self.lock_index(table, index, mode);
        }
    }

    /// Records a lock on anything that existed before the transaction.
    pub(super) fn hold(&mut self, name: &ResolvedName, kind: LockedKind, mode: LockMode) {
        if self.session.is_new(name) {
            return;
        }
        let lock = Lock { kind, mode };
        let held = self.effects.locks.entry(name.clone()).or_insert(lock);
        held.mode = held.mode.max(mode);
    }

    /// What planning and running a query takes of a table: the table and, unless a partitioned one
    /// of PostgreSQL before 16, all its indexes, each partition or child likewise.
    pub(super) fn open_for_query(&mut self, table: &'a Relation, mode: LockMode) {
        for member in self.family(table) {
            self.open_alone(member, mode);
        }
    }

    /// The same without children.
    pub(super) fn open_alone(&mut self, table: &Relation, mode: LockMode) {
        self.lock(table, mode);
        if table.kind != RelationKind::PartitionedTable || self.version() >= 16 {
            self.lock_indexes(table, mode);
        }
    }

    /// A table's rows are all read; nothing for what has none of its own.
    pub(super) fn scan(&mut self, table: &Relation) {
        let stores = matches!(
            table.kind,
            RelationKind::Table | RelationKind::MaterializedView
        );
        if stores && table.rows != Some(0) && !self.session.is_new(&table.name) {
            self.effects.scans.insert(table.name.clone());
        }
    }

    /// A table is written anew: read once, every index built again (lock-truth: `alter_type.int_to_bigint_indexed`).
    pub(super) fn rewrite(&mut self, table: &Relation) {
        if !matches!(
            table.kind,
            RelationKind::Table | RelationKind::MaterializedView
        ) {
            return;
        }
        self.effects.rewrites.insert(table.name.clone());
        self.scan(table);
        let remaining = self.after.get(&table.name);
        for index in &table.indexes {
            self.lock_index(table, index, LockMode::AccessExclusive);
        }
        for index in remaining.into_iter().flat_map(|table| &table.indexes) {
            self.effects.builds.insert(index_name(table, index));
        }
    }

    /// Refuses the text itself, which PostgreSQL does before it looks at anything.
    pub(super) fn refuse_syntax(&mut self, message: &str) {
        self.effects.fails = Some(Refusal::new("42601", message));
    }

    /// Refuses the statement; the first reason counts.
    pub(super) fn refuse(&mut self, sqlstate: &'static str, message: impl Into<String>) {
        let refusal = Refusal::new(sqlstate, message);
        self.effects.fails.get_or_insert(refusal);
    }

    /// The statement cannot run inside a transaction block.
    pub(super) fn forbid_block(&mut self, command: &str) {
        self.effects.transaction = TransactionRule::Forbidden;
        if self.session.in_transaction() {
            // PostgreSQL asks this before it looks at anything.
            let message = format!("{command} cannot run inside a transaction block");
            self.effects.fails = Some(Refusal::new("25001", message));
        }
    }

    /// Whether a table may hold rows that a new rule finds wanting.
    pub(super) fn may_have_rows(&self, table: &Relation) -> bool {
        table.kind == RelationKind::Table
            && table.rows != Some(0)
            && !self.session.is_new(&table.name)
    }

    /// The table with all its partitions and inheritance children, itself first.
    pub(super) fn family(&self, table: &'a Relation) -> Vec<&'a Relation> {
        family(self.before, table)
    }

    /// A partitioned table with its partitions; any other table alone.
    pub(super) fn family_if_partitioned(&self, table: &'a Relation) -> Vec<&'a Relation> {
        if table.kind == RelationKind::PartitionedTable {
            self.family(table)
        } else {
            vec![table]
        }
    }

    /// The partitioned tables that a partition is of, the nearest first.
    pub(super) fn partitioned_above(&self, table: &Relation) -> Vec<&'a Relation> {
        let above = |table: &Relation| {
            let (parent, _) = table.partition_of.as_ref()?;
            self.before.get(parent)
        };
        std::iter::successors(above(table), |parent| above(parent)).collect()
    }

    /// To know the bound of a partition, all above it are opened (`generate_partition_qual`;
    /// measured: `dml.insert_partition_directly`).
    pub(super) fn look_up_bound(&mut self, table: &Relation) {
        for parent in self.partitioned_above(table) {
            self.lock(parent, LockMode::AccessShare);
        }
    }

    /// The direct partitions and inheritance children.
    pub(super) fn children(&self, table: &Relation) -> Vec<&'a Relation> {
        self.before.children(&table.name).collect()
    }

    /// Each foreign key that references a table, with the table it is on.
    pub(super) fn referencing(&self, table: &ResolvedName) -> Vec<(&'a Relation, &'a Ident)> {
        let own = self.before.get(table);
        let all = own.into_iter().chain(self.before.dependents(table));
        all.flat_map(|other| other.constraints.iter().map(move |one| (other, one)))
            .filter(|(_, one)| {
                matches!(&one.kind, ConstraintKind::ForeignKey { table: to, .. } if to == table)
            })
            .map(|(other, one)| (other, &one.name))
            .collect()
    }

    /// The default partition of a partitioned table.
    pub(super) fn default_partition(&self, table: &Relation) -> Option<&'a Relation> {
        let children = self.children(table).into_iter();
        children.into_iter().find(|child| {
            let bound = child.partition_of.as_ref().map(|(_, bound)| bound.trim());
            bound.is_some_and(|bound| bound.eq_ignore_ascii_case("default"))
        })
    }
}

/// The table with all its partitions and inheritance children, itself first, each once.
pub(super) fn family<'a>(catalogue: &'a Catalogue, table: &'a Relation) -> Vec<&'a Relation> {
    let mut members = vec![table];
    if !matches!(
        table.kind,
        RelationKind::Table | RelationKind::PartitionedTable | RelationKind::ForeignTable
    ) {
        return members;
    }
    let mut at = 0;
    while let Some(member) = members.get(at) {
        for child in catalogue.children(&member.name) {
            if !members.iter().any(|known| known.name == child.name) {
                members.push(child);
            }
        }
        at += 1;
    }
    members
}

/// An index's full name: it lives in its table's schema.
pub(super) fn index_name(table: &Relation, index: &Index) -> ResolvedName {
    ResolvedName::new(table.name.schema.clone(), index.name.clone())
}

pub(super) fn kind_of(kind: RelationKind) -> LockedKind {
    match kind {
        RelationKind::Table => LockedKind::Table,
        RelationKind::PartitionedTable => LockedKind::PartitionedTable,
        RelationKind::ForeignTable => LockedKind::ForeignTable,
        RelationKind::View => LockedKind::View,
        RelationKind::MaterializedView => LockedKind::MaterializedView,
        RelationKind::Sequence => LockedKind::Sequence,
    }
}
