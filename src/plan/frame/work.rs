//! The state of planning one migration: its steps, which of them are taken, and the draft.

mod keep;

use std::collections::{BTreeMap, BTreeSet};

use super::draft::{Draft, Stage};
use super::step::{Step, steps};
use super::twin;
use crate::effects::phase;
use crate::plan::PlanError;
use crate::schema::{Catalogue, Constraint, Relation, ResolvedName, Session};
use crate::sql::ast::{self, Change, Ident, ObjectKind, QualifiedName, TableAction};
use crate::sql::{Migration, Phase};

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
    /// Constraints that a step drops, which a recipe lets stand until the one of a second column takes their place.
    left: BTreeSet<(ResolvedName, Ident)>,
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
            left: BTreeSet::new(),
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

    /// The constraint that a table had under that name before this migration.
    pub(in crate::plan) fn named_at_first(
        &self,
        table: &ResolvedName,
        name: &Ident,
    ) -> Option<&Constraint> {
        let start = self.steps.first()?.before.catalogue();
        start.get(table)?.constraint(name)
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

    /// Lets a constraint stand, although a step drops it.
    pub(in crate::plan) fn leave(&mut self, table: &ResolvedName, constraint: &Ident) {
        self.left.insert((table.clone(), constraint.clone()));
    }

    /// Whether a constraint that a step drops stands still.
    pub(in crate::plan) fn is_left(&self, constraint: &(ResolvedName, Ident)) -> bool {
        self.left.contains(constraint)
    }

    /// Whether a recipe moves that column through the phases.
    pub(in crate::plan) fn is_claimed(&self, table: &ResolvedName, column: &Ident) -> bool {
        self.claims.contains_key(&(table.clone(), column.clone()))
    }

    /// Whether a step may be asked for by the name its table has there.
    ///
    /// # Errors
    /// When an earlier step gives a table of live releases that name, and the step needs phases of its own.
    pub(in crate::plan) fn has_its_name(&self, at: usize) -> Result<(), PlanError> {
        let (Some(step), Some(start)) = (self.steps.get(at), self.steps.first()) else {
            return Ok(());
        };
        let Some(table) = step.table() else {
            return Ok(());
        };
        let mut moved = start.before.clone();
        let mut names = Vec::new();
        for earlier in self.steps.iter().take(at) {
            let (Some(old), Some((_, action))) = (earlier.table(), earlier.action()) else {
                continue;
            };
            let new = match action {
                TableAction::RenameTo(to) => ResolvedName::new(old.schema.clone(), to.clone()),
                TableAction::SetSchema(schema) => {
                    ResolvedName::new(schema.clone(), old.name.clone())
                }
                _ => continue,
            };
            if moved.catalogue().get(old).is_some() && moved.apply(&earlier.change).is_ok() {
                names.push(new);
            }
        }
        if !names.contains(table) {
            return Ok(());
        }
        let phase = phase::infer(&step.change, step.before.catalogue(), moved.catalogue());
        let drops_default = matches!(step.action(), Some((_, TableAction::DropDefault(_))));
        let passes = matches!(phase, None | Some(Phase::Expand)) && !drops_default;
        if passes && !twin::is_dear(step) {
            return Ok(());
        }
        Err(self.refuse(
            at,
            format!("{table} has another name until this migration, and this statement needs phases of its own"),
            "rename the table in a migration of its own",
        ))
    }

    /// Whether no other step changes the column that a step changes.
    pub(in crate::plan) fn is_only_one(&self, at: usize) -> bool {
        let own = self.steps.get(at).and_then(column_of);
        let same = self.steps.iter().filter(|step| column_of(step) == own);
        own.is_some() && same.count() == 1
    }

    /// The session that the migration leads to.
    ///
    /// # Errors
    /// When a statement cannot be placed, or PostgreSQL would refuse one.
    pub(in crate::plan) fn goal(&self) -> Result<Session, PlanError> {
        match &self.obstacle {
            Some(obstacle) => Err(obstacle.clone()),
            None => self.end(),
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
