//! The JSON that `concertina explain` prints: each statement, and each transaction as a whole.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{Effects, Step, Timeline, Transaction, TransactionRule};
use crate::schema::{Refusal, ResolvedName};
use crate::sql::ast::Change;
use crate::sql::{Migration, Phase, Position};

/// The whole document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Document {
    /// The version of its shape.
    pub version: u32,
    /// The major version of PostgreSQL.
    pub postgres: u16,
    /// Every statement in order.
    pub statements: Vec<StatementEffects>,
    /// Their transactions in order.
    pub transactions: Vec<TransactionEffects>,
}

/// What one statement does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatementEffects {
    /// The migration's file.
    pub file: String,
    /// The statement in it, from 0.
    pub statement: usize,
    /// Where it begins.
    pub start: Position,
    /// Its kind, such as `alter-table/add-column`.
    pub kind: String,
    /// Not understood: the most careful effect is assumed.
    pub opaque: bool,
    /// Its phase.
    pub phase: Phase,
    /// Inside a transaction block, outside, or both.
    pub transaction: TransactionRule,
    /// What it does.
    #[serde(flatten)]
    pub work: WorkDocument,
}

/// What one transaction does, as seen just before it ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TransactionEffects {
    /// The migration's file.
    pub file: String,
    /// Its statements, from 0.
    pub statements: Vec<usize>,
    /// What it does.
    #[serde(flatten)]
    pub work: WorkDocument,
}

/// Locks, rewrites, builds, scans, and who is held up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WorkDocument {
    /// The strongest lock on each object that existed before.
    pub locks: Vec<LockDocument>,
    /// Tables written anew.
    pub rewrites: Vec<String>,
    /// Indexes built.
    pub builds: Vec<String>,
    /// Tables read from end to end.
    pub scans: Vec<String>,
    /// Whose traffic waits.
    pub blocks: Blocks,
    /// What PostgreSQL refuses.
    pub fails: Option<Failure>,
}

/// One lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LockDocument {
    /// The object.
    pub object: String,
    /// What kind of object: `table`, `index`, `partitioned table`, ...
    pub kind: &'static str,
    /// The mode as the manual spells it.
    pub mode: &'static str,
}

/// Whose traffic waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Blocks {
    /// Relations on which a SELECT waits.
    pub reads: Vec<String>,
    /// Relations on which an INSERT, UPDATE or DELETE waits.
    pub writes: Vec<String>,
}

/// Why a statement fails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The statement in its file, from 0.
    pub statement: usize,
    /// The SQLSTATE.
    pub sqlstate: String,
    /// The message as PostgreSQL words it.
    pub message: String,
}

impl Document {
    /// Writes down what a walk over these migrations found.
    pub fn new(timeline: &Timeline, judged: &[Migration]) -> Self {
        Self {
            version: 1,
            postgres: timeline.version,
            statements: timeline
                .steps
                .iter()
                .filter_map(|step| of_step(step, judged.get(step.migration)?))
                .collect(),
            transactions: timeline
                .transactions
                .iter()
                .filter_map(|one| of_transaction(one, judged.get(one.migration)?))
                .collect(),
        }
    }
}

fn of_step(step: &Step, migration: &Migration) -> Option<StatementEffects> {
    let statement = migration.script().statements.get(step.statement)?;
    let fails = step.refusal.as_ref().map(|why| (step.statement, why));
    Some(StatementEffects {
        file: migration.file.clone(),
        statement: step.statement,
        start: migration.position(statement.span.start),
        kind: statement.kind.clone(),
        opaque: matches!(statement.change, Change::Opaque { .. }),
        phase: step.phase,
        transaction: step.effects.transaction,
        work: WorkDocument::new(&step.effects, fails),
    })
}

fn of_transaction(transaction: &Transaction, migration: &Migration) -> Option<TransactionEffects> {
    let fails = transaction.fails.as_ref();
    Some(TransactionEffects {
        file: migration.file.clone(),
        statements: transaction.statements.clone(),
        work: WorkDocument::new(
            &transaction.effects,
            fails.map(|(statement, why)| (*statement, why)),
        ),
    })
}

impl WorkDocument {
    fn new(effects: &Effects, fails: Option<(usize, &Refusal)>) -> Self {
        let names = |all: &BTreeSet<ResolvedName>| all.iter().map(ToString::to_string).collect();
        let locks = effects.locks.iter().map(|(object, lock)| LockDocument {
            object: object.to_string(),
            kind: lock.kind.as_str(),
            mode: lock.mode.as_str(),
        });
        Self {
            locks: locks.collect(),
            rewrites: names(&effects.rewrites),
            builds: names(&effects.builds),
            scans: names(&effects.scans),
            blocks: Blocks {
                reads: names(&effects.blocks_reads),
                writes: names(&effects.blocks_writes),
            },
            fails: fails.map(|(statement, why)| Failure {
                statement,
                sqlstate: why.sqlstate.to_owned(),
                message: why.message.clone(),
            }),
        }
    }
}
