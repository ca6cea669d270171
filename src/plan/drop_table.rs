//! Drop table: its foreign keys first, one at a time, so that no two tables in use are locked for long.

use super::draft::{At, Block, Stage};
use super::work::Work;
use super::{PlanError, Recipe, naming};
use crate::schema::{ConstraintKind, ResolvedName};
use crate::sql::Phase;
use crate::sql::ast::{Behavior, Ident, ObjectKind};

pub(super) const RECIPE: Recipe = Recipe {
    id: "drop-table",
    summary: "takes the foreign keys between it and tables in use away one by one, and drops it last",
    take,
};

fn take(work: &mut Work<'_>, at: usize) -> Result<bool, PlanError> {
    let Some((step, drop)) = work.dropping(at) else {
        return Ok(false);
    };
    if drop.object != ObjectKind::Table || step.phase != Some(Phase::Contract) {
        return Ok(false);
    }
    let catalogue = step.before.catalogue();
    let gone: Vec<ResolvedName> = drop
        .names
        .iter()
        .filter_map(|name| catalogue.relation(&name.name))
        .map(|relation| relation.name.clone())
        .collect();
    let cascades = drop.behavior == Behavior::Cascade;
    let mut keys: Vec<(ResolvedName, Ident)> = Vec::new();
    for relation in catalogue.relations() {
        for constraint in &relation.constraints {
            let ConstraintKind::ForeignKey { table, .. } = &constraint.kind else {
                continue;
            };
            let (from, to) = (gone.contains(&relation.name), gone.contains(table));
            let between = from != to && (from || cascades) && !constraint.inherited;
            if between && work.was_there(&relation.name) && work.was_there(table) {
                keys.push((relation.name.clone(), constraint.name.clone()));
            }
        }
    }
    let [first, ..] = gone.as_slice() else {
        return Ok(false);
    };
    if keys.is_empty() {
        return Ok(false);
    }
    let (first, text) = (first.clone(), work.text(at).to_owned());
    for (table, key) in keys {
        work.draft.block(Block {
            stage: Stage::Detach,
            subject: naming::slug_of(&table.name, &key),
            why: format!("The foreign key {key} goes first: it locks both tables, briefly, and one pair at a time."),
            directives: Vec::new(),
            statements: vec![format!(
                "ALTER TABLE {} DROP CONSTRAINT {}",
                table.to_sql(),
                key.to_sql()
            )],
            table: Some(table),
        });
    }
    let shown = gone.iter().map(ToString::to_string).collect::<Vec<_>>();
    let shown = shown.join(", ");
    work.draft.block(Block {
        stage: Stage::Finish,
        subject: naming::slug(&[first.name.as_str()]),
        table: Some(first),
        why: format!("No live instance knows {shown} any more."),
        directives: Vec::new(),
        statements: vec![text],
    });
    work.draft
        .release(At::N, format!("reads and writes {shown}"));
    work.draft.release(
        At::N1,
        format!(
            "does not know {shown}: the contract phase runs when no instance below N+1 is alive"
        ),
    );
    Ok(true)
}
