//! What no recipe takes: kept as it is written, in its own phase, or refused where no order of phases makes it right.

use super::{Joining, Work, column_of};
use crate::compat;
use crate::plan::PlanError;
use crate::plan::frame::draft::{Block, Stage, allow, batch};
use crate::plan::frame::step::Step;
use crate::plan::frame::{fill, naming, source};
use crate::schema::ResolvedName;
use crate::sql::ast::{
    Change, DmlVerb, Ident, ObjectAction, ObjectKind, Persistence, QualifiedName, Setting,
    TableAction, TableConstraintKind, TransactionControl,
};
use crate::sql::{DirectiveKind, Phase};

impl Work<'_> {
    /// Keeps a step no recipe took: as it is written, in its own phase.
    ///
    /// # Errors
    /// When it breaks a live release and no recipe knows a way around.
    pub(in crate::plan) fn keep(&mut self, at: usize) -> Result<(), PlanError> {
        let Some(step) = self.steps.get(at) else {
            return Ok(());
        };
        if let Some((message, help)) = unsplittable(step).filter(|_| !self.is_passing(step)) {
            return Err(self.refuse(at, message, help));
        }
        if let Some((table, column)) = self.second_meaning(step) {
            return Err(self.refuse(
                at,
                format!("release N knows {table}.{column} as the column this migration gives another name: the name cannot mean both"),
                "add the new column in a migration of its own, after the contract phase of this one",
            ));
        }
        if let Some((table, column)) = column_of(step)
            && self.claims.contains_key(&(table.clone(), column.clone()))
            && !self.is_old_default(step, table, column)
        {
            let (table, column) = (table.clone(), column.clone());
            return self.claim(at, &table, &column);
        }
        let temporary = is_temporary(&step.change);
        let stage = match step.phase {
            Some(_) if is_idle(step) => Stage::Expand,
            Some(Phase::Expand) if is_concurrent(&step.change) => Stage::Index,
            Some(Phase::Expand) => Stage::Expand,
            Some(Phase::Migrate) => Stage::Backfill,
            Some(Phase::Contract) if is_concurrent(&step.change) => Stage::TightenIndex,
            Some(Phase::Contract) if unhooks(&step.change) => Stage::Unhook,
            Some(Phase::Contract) => Stage::Finish,
            None => match self.stage_of_neutral(at) {
                Some(stage) => stage,
                None => return Ok(()),
            },
        };
        let stage = self.own_stage(at).unwrap_or(stage).max(self.since(at));
        if stage.phase() == Phase::Migrate
            && let Some((dropped, what)) = self.drops_what_is_read(at)
        {
            return Err(self.refuse(
                at,
                format!("what it copies from {what} goes on being written by release N until that is dropped: what N writes after the copy would be lost"),
                format!("keep {what} in this migration and drop it in a later one, after a release that no longer writes it (line {})", self.line(dropped)),
            ));
        }
        if self.draft.begins() && stage.concurrent() {
            let message =
                "it names its table by a search_path that no file outside a transaction can set";
            return Err(self.refuse(at, message, "write the table with its schema"));
        }
        if stage > Stage::Expand && temporary {
            let message = "a temporary table is gone when the file that makes it is done";
            let help = "write what needs it as one statement, or make an ordinary table and drop it at the end";
            return Err(self.refuse(at, message, help));
        }
        self.write(at, stage);
        self.note_made(at, stage);
        Ok(())
    }

    /// The earliest stage in which what a step is about is there.
    fn since(&self, at: usize) -> Stage {
        let Some(step) = self.steps.get(at).filter(|_| !self.made.is_empty()) else {
            return Stage::Label;
        };
        let mut about: Vec<ResolvedName> = step.table().cloned().into_iter().collect();
        if let Change::Drop(drop) = &step.change {
            let before = step.before.catalogue();
            let names = drop
                .names
                .iter()
                .filter_map(|one| before.relation(&one.name));
            about.extend(names.map(|relation| relation.name.clone()));
        }
        let stages = about.iter().filter_map(|name| self.made.get(name));
        stages.copied().max().unwrap_or(Stage::Label)
    }

    /// Where a constraint is declared and proven by hand, and where an index built here takes another one's name.
    fn own_stage(&self, at: usize) -> Option<Stage> {
        let step = self.steps.get(at)?;
        if let Change::AlterTable(alter) = &step.change
            && let Some(TableAction::RenameTo(_)) = alter.actions.first().map(|one| &one.action)
            && let Some((table, index)) = step.before.catalogue().index(&alter.name)
        {
            let start = self.steps.first()?.before.catalogue();
            let old = start.get(&table.name)?;
            return old.index(&index.name).is_none().then_some(Stage::Finish);
        }
        match step.action()?.1 {
            TableAction::AddConstraint(constraint) if constraint.attributes.not_valid => {
                let key = matches!(constraint.kind, TableConstraintKind::ForeignKey { .. });
                let stage = if key {
                    Stage::TightenAlone
                } else {
                    Stage::Tighten
                };
                (step.phase == Some(Phase::Contract)).then_some(stage)
            }
            TableAction::ValidateConstraint(_) => {
                (step.phase == Some(Phase::Contract)).then_some(Stage::ProveTightened)
            }
            _ => None,
        }
    }

    /// Remembers which relations come with a step that is not among the first.
    fn note_made(&mut self, at: usize, stage: Stage) {
        let Some(step) = self.steps.get(at).filter(|_| stage > Stage::Expand) else {
            return;
        };
        let before = step.before.catalogue();
        let after = step.after.catalogue().relations();
        let new = after.filter(|relation| before.get(&relation.name).is_none());
        let new: Vec<ResolvedName> = new.map(|relation| relation.name.clone()).collect();
        self.made.extend(new.into_iter().map(|name| (name, stage)));
    }

    /// The later step that drops a table, or a column, which a copy reads and others write, and which it is.
    fn drops_what_is_read(&self, at: usize) -> Option<(usize, String)> {
        let step = self.steps.get(at)?;
        let query = match &step.change {
            Change::Dml(dml) => dml.query.as_ref().ok()?,
            Change::CreateTable(create) => create.as_query.as_ref()?.query.as_ref().ok()?,
            _ => return None,
        };
        let usage = compat::usage(query, step.before.catalogue());
        let target = step.table();
        let reads: Vec<_> = usage
            .reads
            .iter()
            .filter(|(table, _)| Some(table) != target && self.was_there(table))
            .collect();
        self.later(at).find_map(|(later, step)| {
            let before = step.before.catalogue();
            let read = match (&step.change, step.action()) {
                (Change::Drop(drop), _) if drop.object == ObjectKind::Table => {
                    let mut dropped = drop
                        .names
                        .iter()
                        .filter_map(|one| before.relation(&one.name));
                    let found = dropped
                        .find(|relation| reads.iter().any(|(table, _)| *table == relation.name));
                    found.map(|relation| relation.name.to_string())
                }
                (_, Some((_, TableAction::DropColumn { column, .. }))) => {
                    let table = step.table()?;
                    let found = reads
                        .iter()
                        .any(|(own, name)| own == table && name == column);
                    found.then(|| format!("{table}.{column}"))
                }
                _ => None,
            };
            read.map(|what| (later, what))
        })
    }

    /// The line of a step, from 1.
    fn line(&self, at: usize) -> usize {
        let start = self.steps.get(at).map_or(0, |step| step.span.start);
        self.migration.position(start).line
    }

    /// The column that a step adds to a table under a name which an earlier step took from another one.
    fn second_meaning(&self, step: &Step) -> Option<(ResolvedName, Ident)> {
        let Some((_, TableAction::AddColumn { column, .. })) = step.action() else {
            return None;
        };
        let table = step.table().filter(|table| self.had(table, &column.name))?;
        let renames = |one: &Step| match one.action() {
            Some((_, TableAction::RenameColumn { from, .. })) => {
                one.table() == Some(table) && *from == column.name
            }
            _ => false,
        };
        let renamed = self.steps.iter().any(renames);
        renamed.then(|| (table.clone(), column.name.clone()))
    }

    /// Whether a step gives a default to a column that was there: that fits every phase of it.
    fn is_old_default(&self, step: &Step, table: &ResolvedName, column: &Ident) -> bool {
        let sets = matches!(step.action(), Some((_, TableAction::SetDefault { .. })));
        sets && self.had(table, column)
    }

    /// Whether a step gives another name to a type that the migration makes itself, or drops later.
    fn is_passing(&self, step: &Step) -> bool {
        let Change::AlterObject(alter) = &step.change else {
            return false;
        };
        let ObjectAction::RenameTo(to) = &alter.action else {
            return false;
        };
        let renamed = QualifiedName {
            name: to.clone(),
            ..alter.name.name.clone()
        };
        let has = |step: Option<&Step>, name: &QualifiedName, after: bool| {
            step.is_some_and(|step| {
                let session = if after { &step.after } else { &step.before };
                session.catalogue().type_def(name).is_some()
            })
        };
        alter.object == ObjectKind::Type
            && (!has(self.steps.first(), &alter.name.name, false)
                || !has(self.steps.last(), &renamed, true))
    }

    /// The stage of a statement that fits every phase: behind what stands before it.
    fn stage_of_neutral(&mut self, at: usize) -> Option<Stage> {
        let step = self.steps.get(at)?;
        let obstacle = match &step.change {
            Change::Transaction(TransactionControl::Begin | TransactionControl::Commit) => {
                return None;
            }
            Change::Set(setting) if setting.name.ends_with("_timeout") => return None,
            // What the files before it have left behind is checked when they end.
            Change::Set(setting) if checks_now(setting) => return None,
            Change::Set(setting) if setting.name == "search_path" && self.begins(at) => {
                let text = self.text(at).to_owned();
                self.draft.begin_with(text);
                return None;
            }
            Change::Set(setting) => format!("SET {} would hold in one file only", setting.name),
            Change::Opaque { reason } => format!("a statement was not understood: {reason}"),
            Change::Transaction(_)
            | Change::Do { .. }
            | Change::Lock { .. }
            | Change::Vacuum { .. }
            | Change::Cluster { .. }
            | Change::Reindex { .. }
            | Change::Psql { .. }
            | Change::Utility { .. } => "this statement belongs to no phase".to_owned(),
            _ => return Some(self.draft.last_stage()),
        };
        let error = self.refuse(at, obstacle, "give it a migration of its own");
        self.obstacle.get_or_insert(error);
        None
    }

    /// Whether nothing but settings stands before a step.
    fn begins(&self, at: usize) -> bool {
        let mut before = self.steps.iter().take(at);
        before.all(|step| matches!(step.change, Change::Set(_) | Change::Transaction(_)))
    }

    fn write(&mut self, at: usize, stage: Stage) {
        let Some(step) = self.steps.get(at) else {
            return;
        };
        let source = &self.migration.text;
        let text = self.text(at).to_owned();
        let statement = self.migration.script().statements.get(step.statement);
        if let Some(head) = &step.head {
            let (block, joined) = match self.joining.take() {
                Some(mut own) if own.statement == step.statement && own.stage == stage => {
                    own.actions.push(text.clone());
                    (own.block, own.actions)
                }
                _ => (self.draft.len(), vec![text.clone()]),
            };
            let siblings = self
                .steps
                .iter()
                .filter(|other| other.statement == step.statement);
            let whole = match statement {
                Some(statement) if siblings.count() == joined.len() => {
                    statement.span.text(source).to_owned()
                }
                _ => format!("{head} {}", joined.join(", ")),
            };
            let goes_on = joined.len() > 1;
            self.joining = Some(Joining {
                statement: step.statement,
                stage,
                actions: joined,
                block,
            });
            if goes_on && self.draft.replace(block, whole.clone()) {
                return;
            }
            let block = self.kept(at, stage, whole);
            self.draft.block(block);
        } else {
            let text = self.leaves_out_written(at).unwrap_or(text);
            let block = self.kept(at, stage, text);
            self.draft.block(block);
        }
    }

    /// An UPDATE that fills columns this migration adds to a table others write to: what release N+1 has written
    /// before the rows were reached stays.
    fn leaves_out_written(&self, at: usize) -> Option<String> {
        let (target, values) = fill::assigned(self, at)?;
        let table = self.relation(at, &target).ok()?;
        let unwritten = values.iter().map(|(column, value)| {
            let own = format!("{}.{}", value.alias.to_sql(), column.to_sql());
            let condition = match &table.column(column)?.default {
                None => format!("{own} IS NULL"),
                Some(default) if fill::is_constant(&default.expr) => {
                    format!("{own} IS NOT DISTINCT FROM {}", default.text)
                }
                Some(_) => return None,
            };
            let new = self.was_there(&table.name) && !self.had(&table.name, column);
            new.then_some((condition, own))
        });
        let unwritten: Vec<(String, String)> = unwritten.collect::<Option<_>>()?;
        source::guarded(self.text(at), &unwritten)
    }

    /// A block of one statement as its author wrote it, with the directives before it.
    fn kept(&self, at: usize, stage: Stage, text: String) -> Block {
        let step = self.steps.get(at);
        let source = &self.migration.text;
        let written = step.and_then(|step| self.migration.script().statements.get(step.statement));
        let mut directives: Vec<String> = written
            .iter()
            .flat_map(|statement| &statement.directives)
            .filter(|directive| {
                matches!(
                    directive.kind,
                    Ok(DirectiveKind::Allow { .. } | DirectiveKind::Batch(_))
                )
            })
            .map(|directive| directive.span.text(source).trim().to_owned())
            .collect();
        let table = step.and_then(Step::table);
        let has_batch = directives.iter().any(|text| text.contains("batch"));
        if stage == Stage::Backfill
            && !has_batch
            && let Some(step) = step
            && is_batched(&step.change)
            && let Some(table) = table.and_then(|table| step.before.catalogue().get(table))
        {
            directives.push(batch(table));
        }
        if step.is_some_and(is_idle) {
            directives.push(allow(
                "mixed-phases",
                "there is nothing yet that it could drop",
            ));
        }
        let name = &self.migration.name;
        Block {
            stage,
            table: table.cloned(),
            subject: naming::slug(&[name]),
            why: String::new(),
            directives,
            statements: vec![text],
        }
    }
}

/// `SET CONSTRAINTS .. IMMEDIATE`.
fn checks_now(setting: &Setting) -> bool {
    let last = setting.values.last();
    let last = last.and_then(|last| last.split_whitespace().next_back());
    setting.name == "constraints" && last.is_some_and(|last| last.eq_ignore_ascii_case("immediate"))
}

fn is_temporary(change: &Change) -> bool {
    matches!(change, Change::CreateTable(create) if create.persistence == Persistence::Temporary)
}

/// The forms that no transaction may hold.
fn is_concurrent(change: &Change) -> bool {
    match change {
        Change::CreateIndex(create) => create.concurrently,
        Change::Drop(drop) => drop.concurrently,
        _ => false,
    }
}

/// Takes something away that reads tables: it goes before what it reads.
fn unhooks(change: &Change) -> bool {
    match change {
        Change::Drop(drop) => matches!(
            drop.object,
            ObjectKind::View
                | ObjectKind::MaterializedView
                | ObjectKind::Trigger
                | ObjectKind::Policy
                | ObjectKind::Rule
        ),
        _ => false,
    }
}

/// `DROP .. IF EXISTS` of what is not there.
fn is_idle(step: &Step) -> bool {
    let (before, after) = (step.before.catalogue(), step.after.catalogue());
    matches!(&step.change, Change::Drop(drop) if drop.if_exists)
        && !before.is_incomplete()
        && before == after
}

/// The data changes a runner can cut into batches.
fn is_batched(change: &Change) -> bool {
    matches!(change, Change::Dml(dml) if matches!(dml.verb, DmlVerb::Update | DmlVerb::Delete))
}

/// What breaks a live release in every phase, with what to do instead.
fn unsplittable(step: &Step) -> Option<(String, &'static str)> {
    let contract = step.phase == Some(Phase::Contract);
    let found = match &step.change {
        Change::AlterTable(alter)
            if contract
                && alter.object == ObjectKind::View
                && matches!(
                    alter.actions.first().map(|one| &one.action),
                    Some(TableAction::RenameTo(_) | TableAction::RenameColumn { .. })
                ) =>
        {
            Some((
                "a view under other names",
                "make a second view with the new names, and drop the old one in a later migration",
            ))
        }
        Change::AlterTable(alter) if contract => {
            let (what, help) = match alter.actions.first().map(|action| &action.action)? {
                TableAction::SetExpression { .. } => (
                    "another generated value",
                    "add a column with the new expression",
                ),
                _ => return None,
            };
            Some((what, help))
        }
        Change::AlterObject(alter) if contract && alter.object != ObjectKind::Index => {
            match alter.action {
                ObjectAction::RenameTo(_) | ObjectAction::SetSchema(_) => Some((
                    "an object under another name",
                    "make it anew under the new name and drop the old one later",
                )),
                ObjectAction::OwnerTo(_) | ObjectAction::Other(_) => None,
            }
        }
        _ => None,
    };
    found.map(|(what, help)| {
        let message =
            format!("no recipe splits this: live releases and {what} cannot both be right");
        (message, help)
    })
}
