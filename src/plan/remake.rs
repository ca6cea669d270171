//! What reads a column and is dropped and made anew around its change: it stays until the change, which the
//! contract phase makes in one transaction.

use super::draft::{At, Block, Stage, allow};
use super::step::Step;
use super::work::{Work, column_of};
use super::{PlanError, Recipe, naming};
use crate::effects::expr;
use crate::schema::{Catalogue, Relation, ResolvedName};
use crate::sql::Phase;
use crate::sql::ast::{Behavior, Change, Ident, ObjectKind, TableAction};

pub(super) const RECIPE: Recipe = Recipe {
    id: "remake",
    summary: "leaves a view, policy or trigger that is dropped and made anew around the change of a column alone until the contract phase, which does the three in one transaction",
    take,
};

/// An object that one step drops and another one makes anew.
struct Remade {
    /// The step that makes it.
    again: usize,
    kind: ObjectKind,
    name: ResolvedName,
    /// The table of a policy or trigger.
    table: Option<ResolvedName>,
    /// Of a view: no column has another name.
    alike: bool,
    /// Of a view: somebody has privileges on it.
    granted: bool,
}

fn take(work: &mut Work<'_>, at: usize) -> Result<bool, PlanError> {
    if let Some(remade) = remade(work, at) {
        let shown = &remade.name.name;
        let text = work.text(at).to_owned();
        work.draft.block(block(
            &remade,
            Stage::Lift,
            format!("{shown} stands in the way of the change: it goes and comes again in this transaction."),
            text,
        ));
        if !remade.alike {
            work.draft
                .release(At::N, format!("reads {shown} as it was"));
            work.draft.release(
                At::N1,
                format!("reads {shown} as it was and as it will be: the contract phase makes it anew when no instance below N+1 is alive"),
            );
        }
        if remade.kind == ObjectKind::MaterializedView {
            work.draft.note(format!("{shown} is filled anew while the contract phase holds its locks: readers of it and of the changed table wait that long"));
        }
        if remade.granted {
            work.draft.note(format!("privileges on the old {shown} go with it: write the GRANTs behind the new one into the migration"));
        }
        return Ok(true);
    }
    let found = (0..at).find_map(|dropped| remade(work, dropped).filter(|one| one.again == at));
    let of_remade = |work: &Work<'_>| {
        let step = work.steps.get(at)?;
        let Change::CreateIndex(_) = &step.change else {
            return None;
        };
        let table = step.table()?;
        let mut dropped = (0..at).filter_map(|dropped| remade(work, dropped));
        dropped.find(|one| one.again < at && one.name == *table)
    };
    let found = found.or_else(|| of_remade(work));
    let Some(remade) = found.or_else(|| replaced(work, at)) else {
        return Ok(false);
    };
    let text = work.text(at).to_owned();
    let mut block = block(&remade, Stage::Restore, String::new(), text);
    if remade.kind == ObjectKind::MaterializedView && remade.again == at {
        let because = "it is filled when it is made, and the old one serves until then";
        block.directives.push(allow("work-under-lock", because));
    }
    work.draft.block(block);
    Ok(true)
}

fn block(remade: &Remade, stage: Stage, why: String, statement: String) -> Block {
    Block {
        stage,
        table: remade.table.clone(),
        subject: naming::slug(&[remade.name.name.as_str()]),
        why,
        directives: Vec::new(),
        statements: vec![statement],
    }
}

/// Whether a step drops such an object, or makes it anew.
pub(super) fn is_part(work: &Work<'_>, at: usize) -> bool {
    let again = |dropped| remade(work, dropped).is_some_and(|one| one.again == at);
    remade(work, at).is_some() || (0..at).any(again) || replaced(work, at).is_some()
}

/// A view that a step replaces to say the new name of a column: it reads the column by the old one until the contract.
fn replaced(work: &Work<'_>, at: usize) -> Option<Remade> {
    let step = work.steps.get(at)?;
    let Change::CreateView(create) = &step.change else {
        return None;
    };
    let view = step.before.catalogue().relation(&create.name)?;
    let start = work.steps.first()?.before.catalogue();
    let old = start.get(&view.name)?;
    let mut before = work.steps.iter().take(at);
    let renamed = before.any(|step| {
        matches!(step.action(), Some((_, TableAction::RenameColumn { .. })))
            && column_of(step)
                .is_some_and(|(table, column)| view_reads(start, &old.name, table, column))
    });
    let alike = step.after.catalogue().get(&view.name)?.columns.len() == old.columns.len();
    (create.or_replace && renamed && alike).then(|| Remade {
        again: at,
        kind: ObjectKind::View,
        name: view.name.clone(),
        table: None,
        alike: true,
        granted: false,
    })
}

/// What a step drops, where a later one makes it anew and one between them changes a column it reads.
fn remade(work: &Work<'_>, at: usize) -> Option<Remade> {
    let (step, drop) = work.dropping(at)?;
    let ([dropped], Behavior::Restrict) = (drop.names.as_slice(), drop.behavior) else {
        return None;
    };
    let before = step.before.catalogue();
    let (name, table) = match drop.object {
        ObjectKind::View | ObjectKind::MaterializedView => {
            (before.relation(&dropped.name)?.name.clone(), None)
        }
        ObjectKind::Policy | ObjectKind::Trigger => {
            let table = before.relation(dropped.table.as_ref()?)?.name.clone();
            let name = ResolvedName::new(table.schema.clone(), dropped.name.name.clone());
            (name, Some(table))
        }
        _ => return None,
    };
    if !work.was_there(table.as_ref().unwrap_or(&name)) {
        return None;
    }
    let makes = |step: &Step| match (&step.change, drop.object) {
        (Change::CreateView(create), ObjectKind::View | ObjectKind::MaterializedView) => {
            create.materialized == (drop.object == ObjectKind::MaterializedView)
                && step.before.catalogue().get(&name).is_none()
                && step.after.catalogue().get(&name).is_some()
        }
        (Change::CreatePolicy(create), ObjectKind::Policy) => {
            create.name == name.name && step.table() == table.as_ref()
        }
        (Change::CreateTrigger(create), ObjectKind::Trigger) => {
            create.name == name.name && step.table() == table.as_ref()
        }
        _ => false,
    };
    let mut later = work.steps.iter().enumerate().skip(at + 1);
    let (again, _) = later.find(|(_, step)| makes(step))?;
    let whole = drop.object == ObjectKind::MaterializedView;
    let reads = |of: &ResolvedName, column: &Ident| match &table {
        None => view_reads(before, &name, of, column),
        Some(table) if table != of => false,
        Some(table) => before.get(table).is_some_and(|table| match drop.object {
            ObjectKind::Policy => table.policy(&name.name).is_some_and(|policy| {
                let mut read = Vec::new();
                for condition in policy.using.iter().chain(&policy.check) {
                    expr::columns(&condition.expr, &mut read);
                }
                read.contains(column)
            }),
            _ => table
                .trigger(&name.name)
                .is_some_and(|trigger| trigger.definition.columns.contains(column)),
        }),
    };
    let mut between = work.steps.get(at + 1..again)?.iter();
    let changed = between.any(|step| {
        let passes = matches!(
            step.action(),
            Some((
                _,
                TableAction::AlterType { .. }
                    | TableAction::RenameColumn { .. }
                    | TableAction::DropColumn { .. }
            ))
        );
        passes
            && step.phase == Some(Phase::Contract)
            && column_of(step).is_some_and(|(table, column)| reads(table, column))
    });
    let (old, new) = (before.get(&name), work.relation_after(again, &name).ok());
    let names = |of: Option<&Relation>| -> Vec<Ident> {
        let columns = of.into_iter().flat_map(|one| &one.columns);
        columns.map(|column| column.name.clone()).collect()
    };
    // There is no CREATE OR REPLACE for a materialized one.
    (changed || whole).then(|| Remade {
        again,
        alike: table.is_some() || names(old) == names(new),
        granted: table.is_none() && old.is_some_and(|old| old.grants.iter().next().is_some()),
        kind: drop.object,
        name,
        table,
    })
}

/// Whether a view reads a column, itself or through another view.
fn view_reads(
    catalogue: &Catalogue,
    view: &ResolvedName,
    table: &ResolvedName,
    column: &Ident,
) -> bool {
    let Some(view) = catalogue.get(view) else {
        return false;
    };
    view.depends_on.iter().any(|(on, read)| {
        if on == table {
            read.as_ref() == Some(column)
        } else {
            view_reads(catalogue, on, table, column)
        }
    })
}
