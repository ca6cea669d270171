//! The state of planning one migration: its steps, which of them are taken, and the draft.

use std::collections::BTreeMap;

use super::draft::{Block, Draft, Stage, allow, batch};
use super::step::{Step, steps};
use super::{fill, naming, source};
use crate::compat;
use crate::plan::PlanError;
use crate::schema::{Catalogue, Relation, ResolvedName, Session};
use crate::sql::ast::{
    self, Change, DmlVerb, Ident, ObjectAction, ObjectKind, Persistence, QualifiedName,
    TableAction, TransactionControl,
};
use crate::sql::{DirectiveKind, Migration, Phase};

/// One migration being planned.
pub(in crate::plan) struct Work<'a> {
    pub(in crate::plan) migration: &'a Migration,
    pub(in crate::plan) steps: Vec<Step>,
    pub(in crate::plan) draft: Draft,
    taken: Vec<bool>,
    /// Relations that a kept statement makes after the expand stage.
    made: BTreeMap<ResolvedName, Stage>,
    /// Columns that a recipe moves through the phases, with the statement that does.
    claims: BTreeMap<(ResolvedName, Ident), usize>,
    /// The ALTER TABLE whose kept actions are being joined.
    joining: Option<Joining>,
    /// The first statement that cannot be put into a phase; of interest once there is a plan.
    obstacle: Option<PlanError>,
}

/// Actions of one ALTER TABLE that stay together.
struct Joining {
    statement: usize,
    stage: Stage,
    actions: Vec<String>,
    /// The block they are in.
    block: usize,
}

impl<'a> Work<'a> {
    pub(in crate::plan) fn new(migration: &'a Migration, before: &Session) -> Self {
        let steps = steps(migration, before);
        Self {
            migration,
            taken: vec![false; steps.len()],
            made: BTreeMap::new(),
            steps,
            draft: Draft::default(),
            claims: BTreeMap::new(),
            joining: None,
            obstacle: None,
        }
    }

    /// Whether no recipe has taken the step yet.
    pub(in crate::plan) fn is_free(&self, at: usize) -> bool {
        self.taken.get(at) == Some(&false)
    }

    /// Marks a step as done by a recipe.
    pub(in crate::plan) fn take(&mut self, at: usize) {
        if let Some(taken) = self.taken.get_mut(at) {
            *taken = true;
        }
    }

    /// The free steps after one, in order.
    pub(in crate::plan) fn later(&self, at: usize) -> impl Iterator<Item = (usize, &Step)> {
        let steps = self.steps.iter().enumerate().skip(at + 1);
        steps.filter(|(at, _)| self.is_free(*at))
    }

    /// A step that is a DROP.
    pub(in crate::plan) fn dropping(&self, at: usize) -> Option<(&Step, &ast::Drop)> {
        let step = self.steps.get(at)?;
        match &step.change {
            Change::Drop(drop) => Some((step, drop)),
            _ => None,
        }
    }

    /// What a step drops that belongs to a table, and is alone there: the table, which was there before the migration,
    /// and its name.
    pub(in crate::plan) fn dropped_from(
        &self,
        at: usize,
        object: ObjectKind,
    ) -> Option<(&Relation, &Ident)> {
        let (step, drop) = self
            .dropping(at)
            .filter(|(_, drop)| drop.object == object)?;
        let [dropped] = drop.names.as_slice() else {
            return None;
        };
        let table = step.before.catalogue().relation(dropped.table.as_ref()?)?;
        self.was_there(&table.name)
            .then_some((table, &dropped.name.name))
    }

    /// An error about a step.
    pub(in crate::plan) fn refuse(
        &self,
        at: usize,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> PlanError {
        let step = self.steps.get(at);
        let start = step.map_or(0, |step| step.span.start);
        PlanError {
            file: self.migration.file.clone(),
            line: self.migration.position(start).line,
            statement: step.map_or(0, |step| step.statement),
            message: message.into(),
            help: help.into(),
        }
    }

    /// The relation a step names, as it is just before that step.
    ///
    /// # Errors
    /// When nobody has told us of it.
    pub(in crate::plan) fn relation(
        &self,
        at: usize,
        name: &QualifiedName,
    ) -> Result<&Relation, PlanError> {
        let step = self.steps.get(at);
        step.and_then(|step| step.before.catalogue().relation(name))
            .filter(|relation| relation.columns_known)
            .ok_or_else(|| {
                self.refuse(
                    at,
                    format!("{name} is not known"),
                    "give the migrations that made it as the history",
                )
            })
    }

    /// The same table after the step.
    ///
    /// # Errors
    /// When PostgreSQL would refuse the step.
    pub(in crate::plan) fn relation_after(
        &self,
        at: usize,
        name: &ResolvedName,
    ) -> Result<&Relation, PlanError> {
        let step = self.steps.get(at).filter(|step| step.refusal.is_none());
        step.and_then(|step| step.after.catalogue().get(name))
            .ok_or_else(|| self.refused(at))
    }

    /// Whether a table was there before this migration: others may be using it.
    pub(in crate::plan) fn was_there(&self, table: &ResolvedName) -> bool {
        let start = self.steps.first();
        start.is_some_and(|step| step.before.catalogue().get(table).is_some())
    }

    /// Whether a column was there before this migration.
    pub(in crate::plan) fn had(&self, table: &ResolvedName, column: &Ident) -> bool {
        let start = self.steps.first();
        let table = start.and_then(|step| step.before.catalogue().get(table));
        table.is_some_and(|table| table.column(column).is_some())
    }

    /// Whether a step alters a table that was there before this migration.
    pub(in crate::plan) fn alters_old(&self, step: &Step) -> bool {
        step.table().is_none_or(|table| self.was_there(table))
    }

    /// The schema just before a step.
    pub(in crate::plan) fn catalogue(&self, at: usize) -> Option<&Catalogue> {
        self.steps.get(at).map(|step| step.before.catalogue())
    }

    /// The text of a step: a whole statement, or one action.
    pub(in crate::plan) fn text(&self, at: usize) -> &str {
        let text = |step: &'_ Step| step.span.text(&self.migration.text);
        self.steps.get(at).map_or("", |step| {
            step.text.as_deref().unwrap_or_else(|| text(step))
        })
    }

    /// Reserves a column for the recipe of a step.
    ///
    /// # Errors
    /// When another unsafe statement moves the same column.
    pub(in crate::plan) fn claim(
        &mut self,
        at: usize,
        table: &ResolvedName,
        column: &Ident,
    ) -> Result<(), PlanError> {
        let statement = self.steps.get(at).map_or(0, |step| step.statement);
        match self.claims.insert((table.clone(), column.clone()), statement) {
            None => Ok(()),
            Some(_) => Err(self.refuse(
                at,
                format!("two statements of this migration change {table}.{column} in ways that need phases"),
                "give each a migration of its own",
            )),
        }
    }

    /// Whether no other step changes the column that a step changes.
    pub(in crate::plan) fn is_only_one(&self, at: usize) -> bool {
        let own = self.steps.get(at).and_then(column_of);
        let same = self.steps.iter().filter(|step| column_of(step) == own);
        own.is_some() && same.count() == 1
    }

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
        let stage = stage.max(self.since(at));
        if stage.phase() == Phase::Migrate
            && let Some((dropped, what)) = self.drops_what_is_read(at)
        {
            return Err(self.refuse(
                at,
                format!("what it copies from {what} goes on being written by release N until that is dropped: what N writes after the copy would be lost"),
                format!("keep {what} in this migration and drop it in a later one, after a release that no longer writes it (line {})", self.line(dropped)),
            ));
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

    fn write(&mut self, at: usize, stage: Stage) {
        let Some(step) = self.steps.get(at) else {
            return;
        };
        let source = &self.migration.text;
        let text = self.text(at).to_owned();
        let statement = self.migration.script.statements.get(step.statement);
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
        let written = step.and_then(|step| self.migration.script.statements.get(step.statement));
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

    /// The schema the migration leads to.
    ///
    /// # Errors
    /// When a statement cannot be placed, or PostgreSQL would refuse one.
    pub(in crate::plan) fn goal(&self) -> Result<Catalogue, PlanError> {
        if let Some(obstacle) = &self.obstacle {
            return Err(obstacle.clone());
        }
        let refused = self.steps.iter().position(|step| step.refusal.is_some());
        match (refused, self.steps.last()) {
            (Some(at), _) => Err(self.refused(at)),
            (None, Some(last)) => Ok(last.after.catalogue().clone()),
            (None, None) => Ok(Catalogue::default()),
        }
    }

    /// The session after the last step.
    ///
    /// # Errors
    /// When PostgreSQL would refuse a statement.
    pub(in crate::plan) fn end(&self) -> Result<Session, PlanError> {
        let refused = self.steps.iter().position(|step| step.refusal.is_some());
        match (refused, self.steps.last()) {
            (None, Some(last)) => Ok(last.after.clone()),
            (at, _) => Err(self.refused(at.unwrap_or(0))),
        }
    }

    fn refused(&self, at: usize) -> PlanError {
        let refusal = self.steps.get(at).and_then(|step| step.refusal.as_ref());
        let message = refusal.map_or("it leads to a schema we do not know", |refusal| {
            &refusal.message
        });
        self.refuse(
            at,
            format!("PostgreSQL would refuse this statement: {message}"),
            "mend it, or give the migrations before it as the history",
        )
    }
}

fn is_temporary(change: &Change) -> bool {
    matches!(change, Change::CreateTable(create) if create.persistence == Persistence::Temporary)
}

/// The column whose type, value or presence a step changes.
pub(in crate::plan) fn column_of(step: &Step) -> Option<(&ResolvedName, &Ident)> {
    let (_, action) = step.action()?;
    let column = match action {
        TableAction::DropColumn { column, .. }
        | TableAction::AlterType { column, .. }
        | TableAction::SetDefault { column, .. }
        | TableAction::RenameColumn { from: column, .. }
        | TableAction::AddIdentity { column, .. }
        | TableAction::DropDefault(column)
        | TableAction::SetNotNull(column)
        | TableAction::DropNotNull(column) => column,
        _ => return None,
    };
    Some((step.table()?, column))
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
