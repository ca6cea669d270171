//! What PostgreSQL does for a change on a catalogue: locks, rewrites, scans, who is blocked, by major version.

mod add_column;
mod alias;
mod alter_table;
mod alter_type;
mod blocked;
mod body;
mod bound;
mod cast;
mod constraint;
mod create_table;
mod document;
mod drop;
mod enum_label;
pub(crate) mod expr;
mod foreign_key;
mod held;
mod index;
mod lock;
mod maintenance;
mod object;
mod partition;
pub mod phase;
mod privilege;
mod publication;
mod query;
mod refused;
mod since;
mod timeline;
mod trigger;
mod types;
mod unfit;
mod utility;
mod volatility;
mod work;

use std::collections::{BTreeMap, BTreeSet};

pub use document::{
    Blocks, Document, Failure, LockDocument, StatementEffects, TransactionEffects, WorkDocument,
};
pub use held::Held;
pub use lock::{LockMode, LockedKind};
use serde::Serialize;
pub use timeline::{
    FileTimeline, FileWalk, Known, Options, Step, Timeline, Transaction, before_each, walk,
    walk_each, walk_each_and, walk_knowing, wrapped,
};

use crate::schema::{Catalogue, Refusal, ResolvedName, Session};

use crate::sql::ast::{Change, QualifiedName};
use work::Work;

/// The oldest and newest major version we speak of; the newest is the default.
pub const VERSIONS: std::ops::RangeInclusive<u16> = 14..=18;

/// Whether a statement may run inside a transaction block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum TransactionRule {
    /// Inside or outside.
    #[default]
    Allowed,
    /// Inside only (LOCK TABLE).
    Required,
    /// Outside only: SQLSTATE 25001 inside.
    Forbidden,
}

/// What a statement, or a transaction as a whole, does to what existed before it.
///
/// The words mean what `locks`, `rewrite`, `index_builds`, `scan`, `blocks_reads` and `blocks_writes`
/// mean in the measurements; what the open transaction made itself is in none of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Effects {
    /// Inside a transaction block, outside, or both.
    pub transaction: TransactionRule,
    /// The strongest lock on each relation, index or sequence that existed before.
    pub locks: BTreeMap<ResolvedName, Lock>,
    /// Tables written anew row by row.
    pub rewrites: BTreeSet<ResolvedName>,
    /// Indexes built by reading their whole table; new ones too.
    pub builds: BTreeSet<ResolvedName>,
    /// Tables read from end to end.
    pub scans: BTreeSet<ResolvedName>,
    /// Relations on which a SELECT of another session waits.
    pub blocks_reads: BTreeSet<ResolvedName>,
    /// Relations on which an INSERT, UPDATE or DELETE (of a sequence: nextval) of another session waits.
    pub blocks_writes: BTreeSet<ResolvedName>,
    /// Waits for every transaction that is older, whatever it does (the CONCURRENTLY forms).
    pub waits_for_snapshots: bool,
    /// It runs SQL that cannot be seen, of which the worst is assumed.
    pub guessed: bool,
    /// What PostgreSQL would refuse.
    pub fails: Option<Refusal>,
}

impl Effects {
    /// Adds what a later statement of the same transaction does.
    pub fn absorb(&mut self, later: &Self) {
        self.transaction = self.transaction.max(later.transaction);
        for (name, lock) in &later.locks {
            let held = self.locks.entry(name.clone()).or_insert(*lock);
            held.mode = held.mode.max(lock.mode);
        }
        self.rewrites.extend(later.rewrites.iter().cloned());
        self.builds.extend(later.builds.iter().cloned());
        self.scans.extend(later.scans.iter().cloned());
        self.blocks_reads.extend(later.blocks_reads.iter().cloned());
        self.blocks_writes
            .extend(later.blocks_writes.iter().cloned());
        self.waits_for_snapshots |= later.waits_for_snapshots;
        self.guessed |= later.guessed;
        if self.fails.is_none() {
            self.fails.clone_from(&later.fails);
        }
    }

    /// The strongest lock held on anything.
    pub fn strongest(&self) -> Option<LockMode> {
        self.locks.values().map(|lock| lock.mode).max()
    }
}

/// One lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lock {
    /// On what kind of relation.
    pub kind: LockedKind,
    /// How strong.
    pub mode: LockMode,
}

/// What `change` does in a session, just before it is applied there.
///
/// The session is not changed. What PostgreSQL would refuse has no other effect than to say so.
pub fn of_change(change: &Change, session: &Session) -> Effects {
    apply(change, &mut session.clone()).0
}

/// Applies `change` in a session and says what it did, and what the schema refused.
pub fn apply(change: &Change, session: &mut Session) -> (Effects, Option<Refusal>) {
    let before = session.clone();
    let refused = session.apply(change).err();
    let effects = of_applied(change, &before, session.catalogue(), refused.clone());
    (effects, refused)
}

/// The same where the schema after the change, or its refusal, is known already.
fn of_applied(
    change: &Change,
    session: &Session,
    after: &Catalogue,
    refused: Option<Refusal>,
) -> Effects {
    let (mut effects, detached) = of_inner(change, session, after, refused, &mut BTreeSet::new());
    if effects.fails.is_none() {
        blocked::derive(&mut effects, session.committed(), &detached);
    }
    effects
}

/// The same without who is blocked, which is asked once of all that a statement does; the second part
/// is what the statement detaches. `ran` are the functions and triggers' functions that it has run so far.
fn of_inner(
    change: &Change,
    session: &Session,
    after: &Catalogue,
    refused: Option<Refusal>,
    ran: &mut BTreeSet<QualifiedName>,
) -> (Effects, BTreeSet<ResolvedName>) {
    let mut work = Work::new(session, after);
    work.ran = std::mem::take(ran);
    work.effects.fails = refused;
    change_effects(&mut work, change);
    if work.effects.fails.is_some() {
        work.effects = Effects {
            transaction: work.effects.transaction,
            fails: work.effects.fails,
            ..Effects::default()
        };
    }
    *ran = work.ran;
    (work.effects, work.detached)
}

fn change_effects(work: &mut Work<'_>, change: &Change) {
    since::refuse(work, change);
    refused::refuse(work, change);
    unfit::refuse(work, change);
    enum_label::refuse_unsafe(work, change);
    match change {
        Change::CreateTable(create) => create_table::effects(work, create),
        Change::AlterTable(alter) => alter_table::effects(work, alter),
        Change::CreateIndex(create) => index::create(work, create),
        Change::CreateView(create) => create_table::view(work, create),
        Change::Drop(drop) => drop::effects(work, drop),
        Change::Dml(dml) => {
            for (name, _) in crate::schema::called(change) {
                body::procedure(work, name);
            }
            query::dml(work, dml);
        }
        Change::Copy {
            table,
            columns,
            from,
            query,
        } => {
            if let Some(table) = table {
                query::copy(work, table, columns, *from);
            }
            if let Some(query) = query {
                query::run(work, query);
            }
        }
        Change::Truncate {
            tables,
            only,
            restart_identity,
            behavior,
        } => maintenance::truncate(work, tables, only, *restart_identity, *behavior),
        Change::Lock {
            tables, only, mode, ..
        } => maintenance::lock(work, tables, only, mode),
        // Refused.
        Change::Vacuum {
            analyze: false,
            columns: true,
            ..
        } => {}
        Change::Vacuum {
            vacuum,
            full,
            tables,
            only,
            ..
        } => maintenance::vacuum(work, *vacuum, *full, tables, only),
        Change::Cluster { table, index } => {
            maintenance::cluster(work, table.as_ref(), index.as_ref());
        }
        Change::Reindex {
            target,
            name,
            concurrently,
        } => index::reindex(work, target, name.as_ref(), *concurrently),
        Change::RefreshMaterializedView {
            name,
            concurrently,
            with_data,
        } => maintenance::refresh(work, name, *concurrently, *with_data),
        Change::CreateSchema { name, elements, .. } => body::elements(work, name, elements),
        Change::Do { language, body } => body::anonymous(work, language, body),
        Change::Opaque { .. } => body::careful(work),
        Change::Publication(publication) => publication::effects(work, publication),
        Change::Utility {
            command,
            name,
            query,
            ..
        } => match (command.as_str(), name) {
            ("execute", Some(name)) => {
                if let Some(query) = work.session.prepared(name) {
                    query::run(work, query);
                }
            }
            _ => utility::effects(work, command, query.as_deref()),
        },
        Change::CreateSequence(_)
        | Change::AlterSequence(_)
        | Change::CreateType(_)
        | Change::AlterEnum { .. }
        | Change::AlterComposite { .. }
        | Change::CreateDomain(_)
        | Change::AlterDomain { .. }
        | Change::CreateRoutine(_)
        | Change::CreateTrigger(_)
        | Change::CreatePolicy(_)
        | Change::AlterPolicy(_)
        | Change::CreateExtension { .. }
        | Change::CreateOperator(_)
        | Change::CreateCast(_)
        | Change::CreateObject { .. }
        | Change::AlterObject(_)
        | Change::Comment { .. }
        | Change::Privileges(_)
        | Change::DefaultPrivileges(_)
        | Change::Transaction(_)
        | Change::Set(_)
        | Change::Psql { .. } => object::effects(work, change),
    }
}
