//! New columns computed from old ones of the same row, and back where the migration says how.

use super::draft::{At, Block, Stage, batch};
use super::fill::{self, Value};
use super::naming;
use super::work::Work;
use crate::plan::{PlanError, set_not_null};
use crate::schema::{Column, Relation, ResolvedName};
use crate::sql::DirectiveKind;
use crate::sql::ast::{ColumnConstraintKind, Ident, QueryBody, SelectItem, TableAction};

/// Columns that take the place of others, computed by the migration's own UPDATE.
pub(in crate::plan) struct Derived {
    table: Relation,
    /// The new columns with what they are computed from.
    new: Vec<(Ident, Value)>,
    /// The columns that go.
    old: Vec<Column>,
    /// How old columns are computed from new ones: `-- concertina: down column = expression`.
    down: Vec<(Ident, String)>,
    update: usize,
    adds: Vec<usize>,
    drops: Vec<usize>,
    requires: Vec<(usize, Ident)>,
}

impl Derived {
    /// The old columns, and the new ones.
    pub(in crate::plan) fn counts(&self) -> (usize, usize) {
        (self.old.len(), self.new.len())
    }
}

/// What begins at a step that adds a column, where an UPDATE fills it from columns that are dropped.
pub(in crate::plan) fn find(work: &Work<'_>, at: usize) -> Option<Derived> {
    let step = work.steps.get(at)?;
    let (alter, added) = added(step.action()?)?;
    let table = work.relation(at, &alter.name).ok()?.clone();
    if !work.was_there(&table.name) || step.refusal.is_some() {
        return None;
    }
    let of_table = |at: &usize| {
        let step = work.steps.get(*at);
        step.and_then(|step| step.table()) == Some(&table.name)
    };
    let (update, new) = work.later(at).find_map(|(later, _)| {
        let (_, values) = fill::assigned(work, later).filter(|_| of_table(&later))?;
        let has = values.iter().any(|(column, _)| column == added);
        has.then_some((later, values))
    })?;
    let mut adds = vec![at];
    adds.extend(work.later(at).filter_map(|(later, step)| {
        let (_, column) = added_in(step)?;
        let named = new.iter().any(|(name, _)| name == column);
        (named && of_table(&later) && later < update).then_some(later)
    }));
    let fresh = |name: &Ident| {
        let mut own = adds.iter().filter_map(|at| work.steps.get(*at));
        own.any(|step| added_in(step).is_some_and(|(_, column)| column == name))
    };
    if !new.iter().all(|(name, _)| fresh(name)) {
        return None;
    }
    let reads = |name: &Ident| new.iter().any(|(_, value)| value.reads.contains(name));
    let (mut old, mut drops, mut requires) = (Vec::new(), Vec::new(), Vec::new());
    for (later, step) in work.later(update).filter(|(later, _)| of_table(later)) {
        match step.action() {
            Some((_, TableAction::DropColumn { column, .. })) if reads(column) => {
                old.push(table.column(column)?.clone());
                drops.push(later);
            }
            Some((_, TableAction::SetNotNull(column)))
                if new.iter().any(|(name, _)| name == column) =>
            {
                requires.push((later, column.clone()));
            }
            _ => {}
        }
    }
    if drops.is_empty() {
        return None;
    }
    let directives = work.migration.script().directives.iter();
    let down = directives.filter_map(|directive| match &directive.kind {
        Ok(DirectiveKind::Down { column, value }) => {
            let column = Ident::new(column.as_str());
            old.iter()
                .any(|old| old.name == column)
                .then(|| (column, value.clone()))
        }
        _ => None,
    });
    Some(Derived {
        down: down.collect(),
        table,
        new,
        old,
        update,
        adds,
        drops,
        requires,
    })
}

type Action<'a> = (&'a crate::sql::ast::AlterTable, &'a TableAction);

/// The column of ADD COLUMN, where it is nullable and nothing else is said of it.
fn added((alter, action): Action<'_>) -> Option<(&crate::sql::ast::AlterTable, &Ident)> {
    match action {
        TableAction::AddColumn { column, .. } if !column.serial => {
            let mut said = column.constraints.iter();
            let plain = said.all(|one| one.kind == ColumnConstraintKind::Null);
            plain.then_some((alter, &column.name))
        }
        _ => None,
    }
}

fn added_in(step: &super::step::Step) -> Option<(&crate::sql::ast::AlterTable, &Ident)> {
    added(step.action()?)
}

impl Derived {
    /// Writes the plan and takes the steps.
    ///
    /// # Errors
    /// What cannot be computed from the row alone.
    pub(in crate::plan) fn write(self, work: &mut Work<'_>, at: usize) -> Result<(), PlanError> {
        for (column, value) in &self.new {
            if let Some(obstacle) = value.foreign() {
                return Err(work.refuse(
                    self.update,
                    format!("the value of {}.{column} cannot be computed while an older release writes: {obstacle}", self.table.name),
                    "compute it from the row's own columns in one UPDATE without other conditions",
                ));
            }
            work.claim(at, &self.table.name, column)?;
        }
        for column in &self.old {
            work.claim(at, &self.table.name, &column.name)?;
        }
        for (column, value) in &self.down {
            if !self.reads_new_only(value) {
                return Err(work.refuse(
                    at,
                    format!("down {column} = {value} must be computed from the columns that take its place, and from nothing else"),
                    format!("write it as -- concertina: down {column} = an expression over {}", self.names_new()),
                ));
            }
        }
        let function = self.expand(work);
        self.fill(work);
        for (_, column) in &self.requires {
            set_not_null::require(work, &self.table, column, None, set_not_null::EARLY);
        }
        self.finish(work, &function);
        self.tell(work);
        let requires = self.requires.iter().map(|(at, _)| *at);
        let steps = self.adds.iter().chain(&self.drops).copied();
        let steps: Vec<usize> = steps.chain(requires).chain([self.update]).collect();
        steps.into_iter().for_each(|at| work.take(at));
        Ok(())
    }

    fn reads_new_only(&self, value: &str) -> bool {
        let Ok(query) = crate::sql::parse_query(&format!("SELECT {value}")) else {
            return false;
        };
        let QueryBody::Select(select) = &query.body else {
            return false;
        };
        let [SelectItem::Expr { expr, .. }] = select.projection.as_slice() else {
            return false;
        };
        let mut reads = Vec::new();
        crate::effects::expr::columns(expr, &mut reads);
        let is_new = |read: &Ident| self.new.iter().any(|(name, _)| name == read);
        select.from.is_empty() && reads.iter().all(is_new)
    }

    fn names_new(&self) -> String {
        let names: Vec<&str> = self.new.iter().map(|(name, _)| name.as_str()).collect();
        names.join(", ")
    }

    fn names_old(&self) -> String {
        let names: Vec<&str> = self.old.iter().map(|column| column.name.as_str()).collect();
        names.join(", ")
    }

    fn block(&self, stage: Stage, why: String, statements: Vec<String>) -> Block {
        let name = self.new.first().map(|(name, _)| name);
        Block {
            stage,
            table: Some(self.table.name.clone()),
            subject: name.map_or_else(String::new, |name| {
                naming::slug_of(&self.table.name.name, name)
            }),
            why,
            directives: Vec::new(),
            statements,
        }
    }

    /// Whether an old column is given from the new ones.
    fn comes_back(&self, column: &Ident) -> bool {
        self.down.iter().any(|(name, _)| name == column)
    }

    fn expand(&self, work: &mut Work<'_>) -> ResolvedName {
        let table = self.table.name.to_sql();
        let adds: Vec<&str> = self.adds.iter().map(|at| work.text(*at)).collect();
        let mut statements = vec![format!("ALTER TABLE {table} {}", adds.join(", "))];
        let key = self.table.primary_key().unwrap_or_default();
        let alone = self.old.iter().filter(|column| {
            column.not_null
                && column.default.is_none()
                && column.identity.is_none()
                && !key.contains(&column.name)
                && !self.comes_back(&column.name)
        });
        statements.extend(alone.map(|column| {
            format!(
                "ALTER TABLE {table} ALTER COLUMN {} DROP NOT NULL",
                column.name.to_sql()
            )
        }));
        let first = self.new.first().map(|(name, _)| name);
        let function = fill::function_name(
            work.catalogue(0),
            &self.table.name,
            first.unwrap_or(&self.table.name.name),
            "sync",
        );
        statements.extend(self.trigger(&function));
        let back = if self.down.is_empty() {
            "A release that writes the new ones writes the old ones beside them."
        } else {
            "and back, whichever of them a release writes."
        };
        work.draft.block(self.block(
            Stage::Expand,
            format!(
                "Adds {} beside {}. The trigger computes the new ones from the old ones {back}",
                self.names_new(),
                self.names_old()
            ),
            statements,
        ));
        function
    }

    /// The function and the trigger: what changed is copied to the other side; what agrees is left alone,
    /// so that a way back that loses something changes no row of its own accord.
    fn trigger(&self, function: &ResolvedName) -> [String; 2] {
        let fields = |record: &str, columns: &mut dyn Iterator<Item = &Ident>| -> String {
            let all: Vec<String> = columns.map(|name| naming::field(record, name)).collect();
            all.join(", ")
        };
        let new = |record: &str| fields(record, &mut self.new.iter().map(|(name, _)| name));
        let mut reads: Vec<&Ident> = Vec::new();
        for read in self.new.iter().flat_map(|(_, value)| &value.reads) {
            if self.table.column(read).is_some() && !reads.contains(&read) {
                reads.push(read);
            }
        }
        let old = |record: &str| fields(record, &mut reads.iter().copied());
        let (mut declared, mut ups, mut all) = (String::new(), String::new(), Vec::new());
        for (index, (name, value)) in self.new.iter().enumerate() {
            let up = format!("concertina_up_{}", index + 1);
            declared += &format!(
                "  {up} {}.{}%TYPE := (SELECT {} FROM (SELECT NEW.*) AS {});\n",
                self.table.name.to_sql(),
                name.to_sql(),
                value.text,
                value.alias.to_sql()
            );
            ups += &format!("\n      {} := {up};", naming::field("NEW", name));
            all.push(up);
        }
        let downs: String = self
            .down
            .iter()
            .map(|(name, value)| {
                format!(
                    "\n      {} := (SELECT {value} FROM (SELECT NEW.*) AS {});",
                    naming::field("NEW", name),
                    self.table.name.name.to_sql()
                )
            })
            .collect();
        let all = all.join(", ");
        let follows = if downs.is_empty() {
            String::new()
        } else {
            format!(
                "\n    ELSIF ROW({})::record *<> ROW({all})::record THEN{downs}",
                new("NEW")
            )
        };
        let follows_update = follows
            .replacen("\n    ELSIF", "\n  ELSIF", 1)
            .replace("\n      ", "\n    ");
        let body = format!(
            "DECLARE
{declared}BEGIN
  IF TG_OP = 'INSERT' THEN
    IF num_nonnulls({new_new}) = 0 THEN{ups}{follows}
    END IF;
  ELSIF ROW({new_new})::record *= ROW({new_old})::record THEN
    IF ROW({old_new})::record *<> ROW({old_old})::record OR num_nonnulls({new_new}) = 0 THEN{ups}
    END IF;{follows_update}
  END IF;
  RETURN NEW;
END",
            new_new = new("NEW"),
            new_old = new("OLD"),
            old_new = old("NEW"),
            old_old = old("OLD"),
        );
        let mut columns: Vec<Ident> = Vec::new();
        let key = self.table.primary_key().unwrap_or_default().iter();
        let named = self.new.iter().map(|(name, _)| name);
        for column in key.chain(reads.iter().copied()).chain(named) {
            if !columns.contains(column) {
                columns.push(column.clone());
            }
        }
        fill::trigger(&self.table, function, &body, &columns, None)
    }

    fn fill(&self, work: &mut Work<'_>) {
        let text = work.text(self.update).to_owned();
        let empty: Vec<String> = self
            .new
            .iter()
            .map(|(name, _)| format!("{} IS NULL", name.to_sql()))
            .collect();
        let statement = if fill::has_filter(work, self.update) {
            text
        } else {
            format!("{text} WHERE {}", empty.join(" AND "))
        };
        let mut block = self.block(
            Stage::Backfill,
            format!(
                "Fills {} in the rows that were there before the trigger.",
                self.names_new()
            ),
            vec![statement],
        );
        block.directives.push(batch(&self.table));
        work.draft.block(block);
    }

    fn finish(&self, work: &mut Work<'_>, function: &ResolvedName) {
        let mut statements = fill::drop_trigger(&self.table, function).to_vec();
        let drops: Vec<&str> = self.drops.iter().map(|at| work.text(*at)).collect();
        statements.push(format!(
            "ALTER TABLE {} {}",
            self.table.name.to_sql(),
            drops.join(", ")
        ));
        work.draft.block(self.block(
            Stage::Finish,
            format!("No live instance knows {} any more.", self.names_old()),
            statements,
        ));
    }

    fn tell(&self, work: &mut Work<'_>) {
        let table = &self.table.name.name;
        let (old, new) = (self.names_old(), self.names_new());
        let draft = &mut work.draft;
        draft.release(
            At::N,
            format!("reads and writes {old} of {table}; the database computes {new}"),
        );
        if self.down.is_empty() {
            draft.release(At::N1, format!("starts once the migrate phase is done; reads {new}, and writes {old} beside them, since release N reads these"));
            draft.release(
                At::N2,
                format!("reads and writes {new} only; {old} may be left out"),
            );
            draft.release(
                At::N3,
                format!(
                    "{old} are gone: the contract phase runs when no instance below N+2 is alive"
                ),
            );
            draft.note(format!("{new} cannot be turned back into {old} by themselves: declare how with `-- concertina: down {} = expression`, and a release may write the new ones alone", self.old.first().map_or("column", |column| column.name.as_str())));
        } else {
            draft.release(At::N1, format!("starts once the migrate phase is done; reads and writes {new} only, and the database computes {old} for release N: the contract phase runs when no instance below N+1 is alive"));
        }
        draft.note(format!("what computes {new} runs inside the writes of release N: it must not fail for any value of {old}"));
    }
}
