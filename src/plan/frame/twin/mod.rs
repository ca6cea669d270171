//! Twins: a column made a second time beside the old one and kept the same, until one of the two goes.

mod attached;
mod column;
mod gather;

pub(in crate::plan) use gather::is_dear;

use std::collections::BTreeSet;

use super::draft::{At, Block, Stage};
use super::work::{Work, column_of};
use super::{naming, spell};
use crate::effects::expr;
use crate::plan::PlanError;
use crate::schema::{Catalogue, Column, Index, Refusal, Relation, ResolvedName, Session};
use crate::sql::ast::{Expr, Ident, SqlExpr, TableAction, TypeName};

/// A column that is made a second time.
#[derive(Debug, Clone)]
pub(in crate::plan) struct Twin {
    /// Its table.
    pub(in crate::plan) table: ResolvedName,
    /// Its name before the migration.
    pub(in crate::plan) from: Ident,
    /// Its name after it.
    pub(in crate::plan) to: Ident,
    /// The second column's name while both are there.
    pub(in crate::plan) beside: Ident,
    pub(in crate::plan) sync: Sync,
    /// The second column goes at the end, and the first takes its name: all that hangs on the first stays as it is.
    alias: bool,
    /// What its new type is called while both columns are there, if otherwise than at the end.
    ty: Option<TypeName>,
    /// The function of the trigger between the two.
    pub(in crate::plan) function: ResolvedName,
    /// The migration says SET NOT NULL of it too: what release N may still write is not enough.
    tightened: bool,
    /// The migration gives it a default: none that stays.
    defaulted: bool,
}

/// What keeps the two columns the same.
#[derive(Debug, Clone)]
pub(in crate::plan) enum Sync {
    /// Two names of one value: whichever a release writes is copied to the other.
    Same,
    /// One name, two types: releases write the old column, the second one follows it.
    Follows {
        /// `USING`, where the migration gives it.
        using: Option<SqlExpr>,
        /// Every value of the old type has one of the new type.
        total: bool,
    },
}

/// Whether a step's column gets a twin at a later one.
pub(in crate::plan) fn comes_later(work: &Work<'_>, at: usize) -> bool {
    let own = work.steps.get(at).and_then(column_of);
    let mut later = work.later(at).filter(|(_, step)| column_of(step) == own);
    own.is_some() && later.any(|(later, _)| gather::begins(work, later))
}

/// Whether one of these columns gets a twin at a step after one, and goes in the end.
pub(in crate::plan) fn replaces(
    work: &Work<'_>,
    at: usize,
    table: &ResolvedName,
    columns: &[Ident],
) -> bool {
    work.later(at).any(|(later, step)| {
        column_of(step).is_some_and(|(own, column)| own == table && columns.contains(column))
            && matches!(step.action(), Some((_, TableAction::AlterType { .. })))
            && gather::begins(work, later)
    })
}

/// Whether both indexes read a column of that table that gets a twin after a step: the old one goes with the
/// column, the new one is made on its twin.
pub(in crate::plan) fn brings(
    work: &Work<'_>,
    at: usize,
    table: &ResolvedName,
    indexes: [&Index; 2],
) -> bool {
    let reads = |index: &Index, column: &Ident| {
        let parts = (&index.elements[..], &index.include[..]);
        gather::index_reads(parts, index.predicate.as_ref(), column)
    };
    work.later(at).any(|(later, step)| {
        column_of(step).is_some_and(|(own, column)| {
            own == table && indexes.iter().all(|index| reads(index, column))
        }) && matches!(step.action(), Some((_, TableAction::AlterType { .. })))
            && gather::begins(work, later)
    })
}

/// Takes the step at that index, and all later ones that make twins or belong to them.
///
/// `begins` tells whether the step is one for twins.
///
/// # Errors
/// When something hangs on a column that cannot be made a second time.
pub(in crate::plan) fn take(work: &mut Work<'_>, at: usize) -> Result<bool, PlanError> {
    if !gather::begins(work, at) {
        return Ok(false);
    }
    let (twins, absorbed) = gather::gather(work, at)?;
    let Some(start) = work
        .steps
        .first()
        .map(|step| step.before.catalogue().clone())
    else {
        return Ok(false);
    };
    let last = work.end()?;
    let end = last.catalogue().clone();
    let mut tables: Vec<ResolvedName> = Vec::new();
    for twin in &twins {
        if !tables.contains(&twin.table) {
            tables.push(twin.table.clone());
        }
    }
    if let Some(table) = tables.iter().find(|table| end.get(table).is_none()) {
        return Err(work.refuse(
            at,
            format!("{table} has another name at the end of the migration"),
            "rename the table in a migration of its own",
        ));
    }
    let Ok(shadow) = shadow(last, &twins) else {
        return Err(work.refuse(
            at,
            "a second column cannot stand beside the first",
            "give the migrations before it as the history",
        ));
    };
    let plan = Twins {
        twins,
        absorbed,
        start,
        end,
        shadow,
    };
    for table in &tables {
        plan.table(work, table);
    }
    plan.foreign_keys(work, &tables);
    Ok(true)
}

/// The schema at the end, each twin under the name it has while both columns are there.
fn shadow(mut end: Session, twins: &[Twin]) -> Result<Catalogue, Refusal> {
    for twin in twins.iter().filter(|twin| twin.to != twin.beside) {
        let rename = format!(
            "ALTER TABLE {} RENAME COLUMN {} TO {}",
            twin.table.to_sql(),
            twin.to.to_sql(),
            twin.beside.to_sql()
        );
        for statement in crate::sql::parse(&rename).statements {
            end.apply(&statement.change)?;
        }
    }
    Ok(end.catalogue().clone())
}

/// Constraints that the migration adds to twins: the plan makes them on the second column only.
type Absorbed = BTreeSet<(ResolvedName, Ident)>;

/// All twins of a migration, with the schema before and after it.
struct Twins {
    twins: Vec<Twin>,
    absorbed: Absorbed,
    start: Catalogue,
    end: Catalogue,
    /// The end, with the second columns under the names they have until then.
    shadow: Catalogue,
}

impl Twins {
    fn of<'a>(&'a self, table: &'a ResolvedName) -> impl Iterator<Item = &'a Twin> + Clone {
        self.twins.iter().filter(move |twin| twin.table == *table)
    }

    fn table(&self, work: &mut Work<'_>, name: &ResolvedName) {
        let (Some(old), Some(end), Some(shadow)) = (
            self.start.get(name),
            self.end.get(name),
            self.shadow.get(name),
        ) else {
            return;
        };
        let mut finish = Finish::default();
        for twin in self.of(name) {
            let (Some(from), Some(to)) = (old.column(&twin.from), end.column(&twin.to)) else {
                continue;
            };
            let mut to = to.clone();
            if let Some(ty) = &twin.ty {
                to.ty.clone_from(ty);
            }
            let pair = Pair {
                twin,
                old,
                from,
                to: &to,
                start: &self.start,
                end: &self.end,
            };
            pair.write(work, &mut finish);
        }
        self.checks(work, old, shadow, &mut finish);
        self.indexes(work, old, shadow, &mut finish);
        self.statistics(work, name, &mut finish);
        let shown = self.of(name).map(|twin| twin.to.as_str());
        let shown = shown.collect::<Vec<_>>().join(", ");
        let table = &name.name;
        let why = match self.of(name).all(|twin| matches!(twin.sync, Sync::Same)) {
            true => {
                let alias = self.of(name).any(|twin| twin.alias);
                let old = self.of(name).map(|twin| format!("{table}.{}", twin.from));
                let old = old.collect::<Vec<_>>().join(", ");
                match alias {
                    true => format!(
                        "No live instance knows {old} any more: the second column goes, and the first takes its name, with all that hangs on it."
                    ),
                    false => format!(
                        "No live instance knows {old} any more: drops it, and gives {table}.{shown} its place and names."
                    ),
                }
            }
            false => format!(
                "Every live instance takes {table}.{shown} as it will be: the second column takes the place and the names of the first."
            ),
        };
        let subject = self.of(name).next().map_or_else(
            || naming::slug(&[table.as_str()]),
            |twin| naming::slug_of(table, &twin.to),
        );
        work.draft.block(Block {
            stage: Stage::Finish,
            table: Some(name.clone()),
            subject,
            why,
            directives: Vec::new(),
            statements: finish.statements(),
        });
    }
}

/// One twin with both of its columns.
struct Pair<'a> {
    twin: &'a Twin,
    /// The table before.
    old: &'a Relation,
    from: &'a Column,
    to: &'a Column,
    start: &'a Catalogue,
    end: &'a Catalogue,
}

/// The statements of a table's last file, in the order PostgreSQL takes them.
#[derive(Default)]
struct Finish {
    /// Away with the triggers; what the second columns still lack.
    first: Vec<String>,
    /// The old columns go, with their indexes and constraints.
    drops: Vec<String>,
    /// The second columns take the names.
    last: Vec<String>,
}

impl Finish {
    fn statements(self) -> Vec<String> {
        [self.first, self.drops, self.last].concat()
    }
}

fn block(
    work: &mut Work<'_>,
    twin: &Twin,
    stage: Stage,
    why: impl Into<String>,
    statements: Vec<String>,
) {
    work.draft.block(new_block(twin, stage, why, statements));
}

fn new_block(twin: &Twin, stage: Stage, why: impl Into<String>, statements: Vec<String>) -> Block {
    Block {
        stage,
        table: Some(twin.table.clone()),
        subject: naming::slug_of(&twin.table.name, &twin.to),
        why: why.into(),
        directives: Vec::new(),
        statements,
    }
}

/// What each release does with a twin.
fn tell(work: &mut Work<'_>, pair: &Pair<'_>) {
    let Pair { twin, from, to, .. } = pair;
    let table = &twin.table.name;
    let (old, new) = (
        format!("{table}.{}", twin.from),
        format!("{table}.{}", twin.to),
    );
    let draft = &mut work.draft;
    match &twin.sync {
        Sync::Same => {
            draft.release(
                At::N,
                format!("reads and writes {old}; the database keeps {new} the same"),
            );
            draft.release(At::N1, format!("starts once the migrate phase is done; may write {new} beside or instead of {old}"));
            draft.release(At::N2, format!("reads and writes {new} only"));
            draft.release(
                At::N3,
                format!(
                    "{old} is gone: the contract phase runs when no instance below N+2 is alive"
                ),
            );
            if !twin.alias {
                draft.note(format!(
                    "{new} becomes the last column of the table; a plain rename would keep its place"
                ));
            }
            if !to.not_null {
                draft.note(format!("while the backfill runs, NULL written into {new} of a row it has not reached counts as not written"));
            }
            if to.default.is_some() && !to.not_null {
                draft.note(format!("until the contract, an INSERT that gives {new} as NULL gets the default of {old}"));
            }
        }
        Sync::Follows { .. } if twin.ty.is_some() => {
            draft.release(
                At::N,
                format!("reads and writes {old} with the labels of the old type; the database keeps a second column of the new one"),
            );
            draft.release(
                At::N1,
                format!("reads and writes {old} with the labels that both types have: the contract phase changes it under its feet, when no instance below N+1 is alive"),
            );
            draft.release(
                At::N2,
                format!("may write the labels that {new} did not have"),
            );
            draft.note(format!("rows of {old} whose label the new type lacks stop nobody while release N writes; they stop the contract phase, before anything is dropped: give them another label, in USING or by an UPDATE, and start it again"));
        }
        Sync::Follows { total, using } => {
            if using.as_ref().is_some_and(reckons) {
                draft.note(format!("USING gives {old} another value: no release can tell which of the two it reads, before the contract phase or after it; where that matters, give the new column a name of its own"));
            }
            draft.release(
                At::N,
                format!(
                    "reads and writes {old} as {}; the database keeps a second column of the new type",
                    spell::column_type(from)
                ),
            );
            draft.release(
                At::N1,
                format!(
                    "takes {old} as {} and as {}: the contract phase changes it under its feet, when no instance below N+1 is alive",
                    spell::column_type(from), spell::column_type(to)
                ),
            );
            draft.release(
                At::N2,
                format!(
                    "may write values of {old} that only {} can hold",
                    spell::column_type(to)
                ),
            );
            draft.note(format!(
                "{new} becomes the last column of the table; ALTER COLUMN .. TYPE would keep its place"
            ));
            if !total {
                draft.note(format!("a value of {old} that cannot be converted stops nobody while release N writes; it stops the contract phase, before anything is dropped: repair the row and start it again"));
            }
        }
    }
}

/// Whether an expression makes another value than the one it reads, not only one of another type.
fn reckons(using: &SqlExpr) -> bool {
    let mut found = false;
    expr::visit(&using.expr, &mut |part| {
        found |= matches!(part, Expr::Binary { .. })
    });
    found
}
