//! Add a required column: a value for the rows that are there and for releases that do not know it.

use super::draft::{At, Block, Stage, batch};
use super::fill::{self, Value};
use super::work::Work;
use super::{PlanError, Recipe, inline, naming};
use crate::schema::{Relation, ResolvedName};
use crate::sql::Span;
use crate::sql::ast::{
    Change, ColumnConstraintKind, ColumnDef, Ident, QualifiedName, SqlExpr, TableAction,
};

pub(super) const RECIPE: Recipe = Recipe {
    id: "required-column",
    summary: "adds the column with a default or as nullable, fills it for releases that do not know it, and requires it last",
    take,
};

/// What the migration says of the new column, in this and later statements.
struct Found {
    table: Relation,
    column: ColumnDef,
    /// NOT NULL in the definition.
    not_null: bool,
    default: Option<SqlExpr>,
    /// The action without NOT NULL and DEFAULT.
    bare: String,
    update: Option<(usize, Value)>,
    /// The UPDATE gives this column alone a value.
    alone: bool,
    set_not_null: Option<usize>,
    drop_default: Option<usize>,
}

fn take(work: &mut Work<'_>, at: usize) -> Result<bool, PlanError> {
    let Some(step) = work.steps.get(at) else {
        return Ok(false);
    };
    let Some((alter, TableAction::AddColumn { column, .. })) = step.action() else {
        return Ok(false);
    };
    let (name, column) = (alter.name.clone(), (**column).clone());
    let rewrites = step.rewrites();
    let Some(table) = existing(work, at, &name) else {
        return Ok(false);
    };
    let found = find(work, at, &name, table, column);
    let required = found.not_null || found.set_not_null.is_some();
    let constant = found
        .default
        .as_ref()
        .is_some_and(|default| !rewrites || fill::is_constant(&default.expr));
    if !required && !rewrites {
        return Ok(false);
    }
    if required && constant && found.set_not_null.is_none() && found.drop_default.is_none() {
        return Ok(false);
    }
    if let Some((obstacle, way_out)) = shape_obstacle(&found.column) {
        return Err(work.refuse(
            at,
            format!("{}.{} {obstacle}", found.table.name, found.column.name),
            way_out,
        ));
    }
    work.claim(at, &found.table.name, &found.column.name)?;
    match (&found.default, &found.update) {
        (Some(default), _) if constant => {
            found.with_constant(work, &default.text, found.drop_default.is_some())
        }
        (Some(default), _) => found.with_volatile(work, default, required),
        (None, Some((_, value))) if value.constant => found.with_constant(work, &value.text, true),
        (None, Some((at, value))) => {
            if let Some(obstacle) = &value.obstacle {
                return Err(work.refuse(*at, format!("the value of {}.{} cannot be computed while an older release writes: {obstacle}", found.table.name, found.column.name),
                    "compute it from the row's own columns in one UPDATE without other conditions"));
            }
            found.with_computed(work, value);
        }
        (None, None) => {
            return Err(work.refuse(
                at,
                format!(
                    "{}.{} is required, and neither the rows that are there nor a release that does not know it have a value for it",
                    found.table.name, found.column.name
                ),
                format!(
                    "declare one: DEFAULT in ADD COLUMN, or in this migration ADD COLUMN without NOT NULL, UPDATE {} SET {} = .. computed from the row, ALTER COLUMN {} SET NOT NULL",
                    name.to_sql(), found.column.name.to_sql(), found.column.name.to_sql()
                ),
            ));
        }
    }
    let constant_update = found.default.is_none();
    let ends = [
        found
            .update
            .as_ref()
            .filter(|_| constant_update)
            .map(|(at, _)| *at),
        found.set_not_null,
        found.drop_default,
    ];
    ends.into_iter().flatten().for_each(|at| work.take(at));
    Ok(true)
}

/// The table, where others know it: not one this migration makes.
fn existing(work: &Work<'_>, at: usize, name: &QualifiedName) -> Option<Relation> {
    let table = work.relation(at, name).ok()?;
    work.was_there(&table.name).then(|| table.clone())
}

fn find(
    work: &Work<'_>,
    at: usize,
    name: &QualifiedName,
    table: Relation,
    column: ColumnDef,
) -> Found {
    let own = |change: &Change| match change {
        Change::AlterTable(alter) if alter.name == *name => {
            alter.actions.first().map(|one| one.action.clone())
        }
        _ => None,
    };
    let (mut set_not_null, mut drop_default, mut update) = (None, None, None);
    let mut alone = true;
    for (later, step) in work.later(at) {
        match own(&step.change) {
            Some(TableAction::SetNotNull(of)) if of == column.name => set_not_null = Some(later),
            Some(TableAction::DropDefault(of)) if of == column.name => drop_default = Some(later),
            _ => {}
        }
    }
    for later in at + 1..work.steps.len() {
        let Some((target, mut values)) = fill::assigned(work, later) else {
            continue;
        };
        let own = values.iter().position(|(of, _)| *of == column.name);
        if let Some(own) = own
            && update.is_none()
            && target == *name
            && (values.len() == 1
                || values
                    .iter()
                    .all(|(of, _)| becomes_required(work, name, of)))
        {
            alone = values.len() == 1;
            let mut value = values.swap_remove(own).1;
            if !alone || value.looked_up {
                // The UPDATE that fills it is written anew.
                value.table = table.name.to_sql();
            }
            update = Some((later, value));
        }
    }
    let kinds = || column.constraints.iter().map(|constraint| &constraint.kind);
    let default = kinds().find_map(|kind| match kind {
        ColumnConstraintKind::Default(expr) => Some(expr.clone()),
        _ => None,
    });
    Found {
        not_null: kinds().any(|kind| *kind == ColumnConstraintKind::NotNull),
        default,
        bare: bare(work, at, &column),
        update,
        alone,
        set_not_null,
        drop_default,
        column,
        table,
    }
}

/// Whether the migration adds a column without a default and requires it later.
fn becomes_required(work: &Work<'_>, table: &QualifiedName, column: &Ident) -> bool {
    let does = |what: &dyn Fn(&TableAction) -> bool| {
        let mut steps = work.steps.iter().filter_map(|step| step.action());
        steps.any(|(alter, action)| alter.name == *table && what(action))
    };
    let bare = |added: &ColumnDef| {
        let mut kinds = added.constraints.iter().map(|one| &one.kind);
        !kinds.any(|kind| matches!(kind, ColumnConstraintKind::Default(_)))
    };
    does(&|action| *action == TableAction::SetNotNull(column.clone()))
        && does(&|action| {
            matches!(action, TableAction::AddColumn { column: added, .. }
                if added.name == *column && bare(added))
        })
}

/// The action's text without its NOT NULL, NULL and DEFAULT.
fn bare(work: &Work<'_>, at: usize, column: &ColumnDef) -> String {
    let Some(step) = work.steps.get(at) else {
        return String::new();
    };
    let own = column.constraints.iter().filter(|constraint| {
        matches!(
            constraint.kind,
            ColumnConstraintKind::NotNull
                | ColumnConstraintKind::Null
                | ColumnConstraintKind::Default(_)
        )
    });
    let mut out: Vec<Span> = own.map(|constraint| constraint.span).collect();
    out.extend(&step.left_out);
    inline::without(work.migration, step.span, &out)
}

/// What a nullable column added first could not have yet, and what to write instead.
fn shape_obstacle(column: &ColumnDef) -> Option<(&'static str, &'static str)> {
    const NUMBERED: &str = "make the sequence and add a plain nullable column here, with DEFAULT nextval(..) set in a second statement and an UPDATE that fills the rows; require it and give the sequence to the column in a later migration";
    if column.serial {
        return Some((
            "is numbered by a sequence, which writes the whole table under a lock",
            NUMBERED,
        ));
    }
    column
        .constraints
        .iter()
        .find_map(|constraint| match constraint.kind {
            ColumnConstraintKind::Identity { .. } => Some((
                "is an identity column, which writes the whole table under a lock",
                NUMBERED,
            )),
            ColumnConstraintKind::Generated { stored: true, .. } => Some((
                "is a stored generated column, which writes the whole table under a lock",
                "add a plain column, and compute it by a trigger and an UPDATE; from PostgreSQL 18 on a VIRTUAL one costs nothing; or announce an outage: no column becomes a generated one later",
            )),
            ColumnConstraintKind::PrimaryKey(_) => Some((
                "is a primary key, built under a lock",
                "add the column here and its PRIMARY KEY in a later migration",
            )),
            _ => None,
        })
}

impl Found {
    fn shown(&self) -> String {
        format!("{}.{}", self.table.name.name, self.column.name)
    }

    fn block(&self, work: &mut Work<'_>, stage: Stage, why: String, statements: Vec<String>) {
        work.draft.block(self.new_block(stage, why, statements));
    }

    fn new_block(&self, stage: Stage, why: String, statements: Vec<String>) -> Block {
        Block {
            stage,
            table: Some(self.table.name.clone()),
            subject: naming::slug_of(&self.table.name.name, &self.column.name),
            why,
            directives: Vec::new(),
            statements,
        }
    }

    /// One ADD COLUMN: the value is kept in the catalogue, no row is written (manual 18, ALTER TABLE, notes).
    fn with_constant(&self, work: &mut Work<'_>, value: &str, drop_default: bool) {
        let table = self.table.name.to_sql();
        let column = self.column.name.to_sql();
        let shown = self.shown();
        let statements = vec![format!(
            "ALTER TABLE {table} {} DEFAULT {value} NOT NULL",
            self.bare
        )];
        self.block(
            work,
            Stage::Expand,
            format!("Adds {shown}; its default stands for it in the rows that are there and in those of a release that does not know it."),
            statements,
        );
        if drop_default {
            self.block(
                work,
                Stage::Finish,
                format!("Every live instance gives {shown} itself: takes the default away."),
                vec![format!(
                    "ALTER TABLE {table} ALTER COLUMN {column} DROP DEFAULT"
                )],
            );
        }
        self.tell(work, drop_default);
    }

    /// The default for new rows at once; the rows that are there are filled in batches.
    fn with_volatile(&self, work: &mut Work<'_>, default: &SqlExpr, required: bool) {
        let table = self.table.name.to_sql();
        let column = self.column.name.to_sql();
        let shown = self.shown();
        let statements = vec![
            format!("ALTER TABLE {table} {}", self.bare),
            format!(
                "ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT {}",
                default.text
            ),
        ];
        self.block(
            work,
            Stage::Expand,
            format!("Adds {shown} without a value, then its default: in two steps, so that no row is written under the lock."),
            statements,
        );
        self.backfill(work, &default.text);
        if required {
            self.require(work, None);
        }
        self.tell(work, false);
    }

    /// A trigger computes the value for releases that do not know the column.
    fn with_computed(&self, work: &mut Work<'_>, value: &Value) {
        let table = self.table.name.to_sql();
        let shown = self.shown();
        let catalogue = work.steps.first().map(|step| step.before.catalogue());
        let function = fill::function_name(catalogue, &self.table.name, &self.column.name, "fill");
        let mut statements = vec![format!("ALTER TABLE {table} {}", self.bare)];
        statements.extend(fill::fill_trigger(
            &self.table,
            &self.column.name,
            value,
            &function,
            true,
        ));
        self.block(
            work,
            Stage::Expand,
            format!("Adds {shown}. The trigger computes it for a release that does not know it, and lets one that does write what it likes."),
            statements,
        );
        self.backfill(work, &value.text);
        if value.looked_up {
            super::set_not_null::require(
                work,
                &self.table,
                &self.column.name,
                Some(&function),
                super::set_not_null::LATE,
            );
            work.draft.note(format!(
                "{shown} is looked up when a release that does not know it writes the row: what that release changes in the other tables later does not reach it, and a row for which nothing is found has NULL, which stops the contract phase"
            ));
        } else {
            self.require(work, Some(&function));
            work.draft.note(format!(
                "{shown} is required once the migrate phase is done: the value computed for it must never be NULL"
            ));
        }
        self.tell(work, true);
    }

    fn backfill(&self, work: &mut Work<'_>, value: &str) {
        let (table, column) = (self.table.name.to_sql(), self.column.name.to_sql());
        let why = format!("Fills {} in the rows that were there before.", self.shown());
        let fill = match &self.update {
            // The runner cuts no UPDATE with FROM into batches.
            Some((at, given)) if self.alone && !given.looked_up && given.text == value => {
                let text = work.text(*at).to_owned();
                let filtered = format!("{text} WHERE {column} IS NULL");
                if fill::has_filter(work, *at) {
                    text
                } else {
                    filtered
                }
            }
            _ => {
                let given = self.update.as_ref().map(|(_, given)| &given.alias);
                let alias = given.filter(|alias| **alias != self.table.name.name);
                let alias =
                    alias.map_or_else(String::new, |alias| format!(" AS {}", alias.to_sql()));
                format!("UPDATE {table}{alias} SET {column} = {value} WHERE {column} IS NULL")
            }
        };
        let mut block = self.new_block(Stage::Backfill, why, vec![fill]);
        block.directives.push(batch(&self.table));
        work.draft.block(block);
    }

    fn require(&self, work: &mut Work<'_>, function: Option<&ResolvedName>) {
        super::set_not_null::require(
            work,
            &self.table,
            &self.column.name,
            function,
            super::set_not_null::EARLY,
        );
    }

    fn tell(&self, work: &mut Work<'_>, gated: bool) {
        let shown = self.shown();
        let draft = &mut work.draft;
        draft.release(
            At::N,
            format!("does not know {shown}; the database gives it a value"),
        );
        draft.release(
            At::N1,
            format!("writes {shown}, and reads it once the migrate phase is done"),
        );
        if gated {
            draft.release(At::N2, format!("as N+1: when no instance below N+1 is alive, the contract phase leaves {shown} to the application"));
        }
    }
}
