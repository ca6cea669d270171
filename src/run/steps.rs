//! A migration as the steps that are frozen in the journal: what runs together, what alone, what in batches.

use serde::{Deserialize, Serialize};

use super::RunError;
use super::cut::{Cut, cut};
use crate::effects::{FileWalk, Step as Walked, Timeline, TransactionRule};
use crate::sql::ast::{
    Change, DetachMode, DmlVerb, Drop, IndexKey, ObjectKind, TableAction, TransactionControl,
};
use crate::sql::{BatchOptions, DirectiveKind, Migration, Phase, Statement};

/// A migration ready to be run.
#[derive(Debug, Clone)]
pub(super) struct Prepared {
    pub(super) id: String,
    pub(super) version: String,
    pub(super) name: String,
    pub(super) file: String,
    pub(super) text: String,
    pub(super) phase: Phase,
    pub(super) after: Option<semver::Version>,
    /// Nothing before it may be left for later.
    pub(super) in_order: bool,
    pub(super) statements: Vec<Frozen>,
    pub(super) steps: Vec<Step>,
    /// What its statements do, transaction commands left out.
    pub(super) changes: Vec<Change>,
}

/// One statement as it was when its migration began, with `\n` at its line ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Frozen {
    /// Its index in the file.
    pub(super) at: usize,
    /// Its line, from 1.
    pub(super) line: usize,
    pub(super) sql: String,
}

/// What is done and recorded as one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Step {
    /// `SET` statements that stand before it.
    pub(super) settings: Vec<String>,
    pub(super) statements: Vec<Frozen>,
    #[serde(flatten)]
    pub(super) kind: StepKind,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(super) enum StepKind {
    /// In one transaction, together with its journal row.
    Transaction {
        /// Its locks block neither reads nor writes.
        patient: bool,
    },
    /// Outside any transaction, recovered by looking at the catalogue.
    Alone { recovery: Recovery },
    /// In batches.
    Backfill(Cut),
}

impl StepKind {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Transaction { .. } => "transaction",
            Self::Alone { .. } => "alone",
            Self::Backfill(_) => "backfill",
        }
    }
}

/// How to see whether a statement outside a transaction had its effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "look", rename_all = "kebab-case")]
pub(super) enum Recovery {
    /// An index that is built: invalid is built anew, valid and the same is done.
    Index {
        /// Empty where PostgreSQL chooses it.
        name: String,
        schema: Option<String>,
        table: String,
        unique: bool,
        /// Its key columns; none is an expression.
        columns: Vec<Option<String>>,
        partial: bool,
    },
    /// An index that is dropped: gone is done.
    DroppedIndex { names: Vec<String> },
    /// Indexes that are built anew beside themselves: what a broken attempt has left is dropped.
    Reindexed {
        /// The index, table, schema or database.
        name: String,
    },
    /// A partition that is detached in two transactions: half of it is finished, all of it is done.
    Detached { table: String, partition: String },
    /// Nothing to see: doing it twice does no harm.
    Repeat,
}

/// Brings migrations into the form in which they are run.
///
/// # Errors
/// Two migrations of one version; psql lines, `ROLLBACK` or COPY data in one.
pub(super) fn prepare(
    migrations: &[Migration],
    timeline: &Timeline,
) -> Result<Vec<Prepared>, RunError> {
    let mut prepared: Vec<Prepared> = Vec::new();
    for (index, migration) in migrations.iter().enumerate() {
        let Some(walk) = timeline.files.get(index).filter(|_| !migration.down) else {
            continue;
        };
        let walked: Vec<&Walked> = timeline
            .steps
            .iter()
            .filter(|step| step.migration == index)
            .collect();
        let one = File {
            migration,
            walk,
            walked,
        }
        .prepare()?;
        if let Some(twin) = prepared.iter().find(|other| other.id == one.id) {
            return Err(RunError::Unrunnable {
                file: one.file,
                line: 1,
                reason: format!(
                    "{} has the same version; give one of them another",
                    twin.file
                ),
            });
        }
        prepared.push(one);
    }
    Ok(prepared)
}

struct File<'a> {
    migration: &'a Migration,
    walk: &'a FileWalk,
    walked: Vec<&'a Walked>,
}

impl File<'_> {
    fn prepare(&self) -> Result<Prepared, RunError> {
        let migration = self.migration;
        let statements = &migration.script().statements;
        for statement in statements {
            self.refuse(statement)?;
        }
        let directives = &migration.script().directives;
        let after = directives.iter().find_map(|one| match &one.kind {
            Ok(DirectiveKind::After(version)) => Some(version.clone()),
            _ => None,
        });
        let mut kinds = directives.iter().map(|one| &one.kind);
        let in_order = kinds.any(|kind| *kind == Ok(DirectiveKind::InOrder));
        let frozen: Vec<Frozen> = (0..statements.len())
            .filter_map(|at| self.freeze(at))
            .collect();
        let id = if migration.version.is_empty() {
            if migration.name.is_empty() {
                migration.file.clone()
            } else {
                migration.name.clone()
            }
        } else {
            migration.version.clone()
        };
        Ok(Prepared {
            id,
            version: migration.version.clone(),
            name: migration.name.clone(),
            file: migration.file.clone(),
            text: migration.text.clone(),
            phase: self.walk.phase,
            after,
            in_order,
            steps: self.steps(),
            statements: frozen,
            changes: statements
                .iter()
                .map(|one| one.change.clone())
                .filter(|change| !matches!(change, Change::Transaction(_)))
                .collect(),
        })
    }

    fn refuse(&self, statement: &Statement) -> Result<(), RunError> {
        let reason = match &statement.change {
            Change::Psql { command } => {
                format!("{command} is a command of psql; write SQL instead")
            }
            Change::Copy { from: true, .. } => {
                "COPY FROM cannot be run from a migration; write INSERT instead".to_owned()
            }
            Change::Transaction(
                TransactionControl::Rollback | TransactionControl::RollbackAndChain,
            ) => "a migration cannot roll itself back; remove ROLLBACK".to_owned(),
            _ => return Ok(()),
        };
        Err(RunError::Unrunnable {
            file: self.migration.file.clone(),
            line: self.migration.position(statement.span.start).line,
            reason,
        })
    }

    fn freeze(&self, at: usize) -> Option<Frozen> {
        let statement = self.migration.script().statements.get(at)?;
        Some(Frozen {
            at,
            line: self.migration.position(statement.span.start).line,
            sql: statement
                .span
                .text(&self.migration.text)
                .replace("\r\n", "\n"),
        })
    }

    fn must_stand_alone(&self, at: usize) -> bool {
        self.walked.iter().any(|step| {
            step.statement == at && step.effects.transaction == TransactionRule::Forbidden
        })
    }

    fn steps(&self) -> Vec<Step> {
        let statements = &self.migration.script().statements;
        let has = |wanted: fn(&Change) -> bool| statements.iter().any(|one| wanted(&one.change));
        let own_blocks = has(|change| {
            matches!(
                change,
                Change::Transaction(TransactionControl::Begin | TransactionControl::Commit)
            )
        });
        let alone = (0..statements.len()).any(|at| self.must_stand_alone(at));
        let rows_only = self.walk.phase == Phase::Migrate
            && !own_blocks
            && statements
                .iter()
                .all(|one| matches!(one.change, Change::Dml(_) | Change::Set(_)));
        let mut steps = Steps {
            open: self.walk.wrapped && !own_blocks && !alone && !rows_only,
            ..Steps::default()
        };
        for (at, statement) in statements.iter().enumerate() {
            let Some(frozen) = self.freeze(at) else {
                continue;
            };
            match &statement.change {
                // The ladder decides how long locks are waited for.
                Change::Set(setting) if setting.name == "lock_timeout" => {}
                Change::Set(setting) if !steps.open && !setting.local => {
                    steps.settings.push(frozen.sql);
                }
                Change::Transaction(TransactionControl::Begin) => steps.open = true,
                Change::Transaction(TransactionControl::Commit) => steps.close(),
                Change::Transaction(TransactionControl::CommitAndChain) => {
                    steps.close();
                    steps.open = true;
                }
                _ if self.must_stand_alone(at) => {
                    steps.close();
                    let recovery = recovery(&statement.change);
                    steps.push(vec![frozen], StepKind::Alone { recovery });
                }
                change => {
                    let cut = rows_only.then(|| cut(change, &frozen.sql, &self.batch(statement)));
                    match cut.flatten() {
                        Some(cut) => steps.push(vec![frozen], StepKind::Backfill(cut)),
                        None => steps.add(frozen, is_patient(change)),
                    }
                }
            }
        }
        steps.close();
        steps.done
    }

    /// The `batch` directive of a statement, else of its file.
    fn batch(&self, statement: &Statement) -> BatchOptions {
        let own = statement.directives.iter();
        let mut all = own.chain(&self.migration.script().directives);
        let found = all.find_map(|one| match &one.kind {
            Ok(DirectiveKind::Batch(options)) => Some(options.clone()),
            _ => None,
        });
        found.unwrap_or_default()
    }
}

/// The steps of a file as they come together.
#[derive(Default)]
struct Steps {
    done: Vec<Step>,
    settings: Vec<String>,
    /// Statements of the open transaction.
    block: Vec<Frozen>,
    open: bool,
    impatient: bool,
}

impl Steps {
    fn add(&mut self, frozen: Frozen, patient: bool) {
        self.block.push(frozen);
        self.impatient |= !patient;
        if !self.open {
            self.close();
        }
    }

    fn close(&mut self) {
        self.open = false;
        let patient = !std::mem::take(&mut self.impatient);
        let block = std::mem::take(&mut self.block);
        if !block.is_empty() {
            self.push(block, StepKind::Transaction { patient });
        }
    }

    fn push(&mut self, statements: Vec<Frozen>, kind: StepKind) {
        self.done.push(Step {
            settings: self.settings.clone(),
            statements,
            kind,
        });
    }
}

/// VALIDATE CONSTRAINT takes SHARE UPDATE EXCLUSIVE, and ROW SHARE on a referenced table (manual 18,
/// ALTER TABLE): neither reads nor writes wait for it, however long it runs.
fn is_patient(change: &Change) -> bool {
    match change {
        Change::AlterTable(alter) => alter
            .actions
            .iter()
            .all(|one| matches!(one.action, TableAction::ValidateConstraint(_))),
        Change::Dml(dml) => dml.verb == DmlVerb::Select,
        Change::Comment { .. } => true,
        Change::Vacuum { full, .. } => !full,
        _ => false,
    }
}

fn recovery(change: &Change) -> Recovery {
    match change {
        Change::CreateIndex(create) => Recovery::Index {
            name: create
                .name
                .as_ref()
                .map(|name| name.as_str().to_owned())
                .unwrap_or_default(),
            schema: create
                .table
                .schema
                .as_ref()
                .map(|one| one.as_str().to_owned()),
            table: create.table.to_sql(),
            unique: create.unique,
            columns: create
                .elements
                .iter()
                .map(|element| match &element.key {
                    IndexKey::Column(column) => Some(column.as_str().to_owned()),
                    IndexKey::Expr(_) => None,
                })
                .collect(),
            partial: create.predicate.is_some(),
        },
        Change::Drop(Drop {
            object: ObjectKind::Index,
            names,
            ..
        }) => Recovery::DroppedIndex {
            names: names.iter().map(|one| one.name.to_sql()).collect(),
        },
        Change::Reindex {
            name: Some(name), ..
        } => Recovery::Reindexed {
            name: name.to_sql(),
        },
        Change::AlterTable(alter) => match alter.actions.as_slice() {
            [only] => match &only.action {
                TableAction::DetachPartition {
                    partition,
                    mode: DetachMode::Concurrently,
                } => Recovery::Detached {
                    table: alter.name.to_sql(),
                    partition: partition.to_sql(),
                },
                _ => Recovery::Repeat,
            },
            _ => Recovery::Repeat,
        },
        _ => Recovery::Repeat,
    }
}
