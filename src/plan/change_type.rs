//! Change type: in place where no row is read; else a second column that follows the first and takes its name.

use super::draft::{At, Block, Stage, allow};
use super::work::Work;
use super::{PlanError, Recipe, naming, spell, twin};
use crate::effects;
use crate::schema::{Constraint, ConstraintKind, RelationKind};
use crate::sql::Phase;
use crate::sql::ast::TableAction;

pub(super) const RECIPE: Recipe = Recipe {
    id: "change-type",
    summary: "changes the type in place where no row is read; else keeps a second column of the new type, with its indexes, keys and checks, and lets it take the first one's name",
    take,
};

fn take(work: &mut Work<'_>, at: usize) -> Result<bool, PlanError> {
    let Some(step) = work.steps.get(at) else {
        return Ok(false);
    };
    let Some((alter, TableAction::AlterType { column, ty, .. })) = step.action() else {
        return Ok(false);
    };
    let known = work.alters_old(step);
    if !known {
        return Ok(false);
    }
    if twin::is_dear(step) {
        return Ok(without_checks(work, at) || twin::take(work, at)?);
    }
    if step.phase != Some(Phase::Contract) {
        return Ok(false);
    }
    let (name, column, ty) = (alter.name.clone(), column.clone(), ty.clone());
    let head = step.head.clone().unwrap_or_default();
    let table = work.relation(at, &name)?.clone();
    work.claim(at, &table.name, &column)?;
    let shown = format!("{}.{column}", table.name.name);
    let statement = format!("{head} {}", work.text(at));
    work.draft.block(Block {
        stage: Stage::Finish,
        subject: naming::slug_of(&table.name.name, &column),
        table: Some(table.name),
        why: format!(
            "Every live instance takes {shown} as {ty}. No row is read: the two types are stored alike."
        ),
        directives: Vec::new(),
        statements: vec![statement],
    });
    work.draft
        .release(At::N, format!("reads and writes {shown} as it was"));
    work.draft.release(
        At::N1,
        format!("takes {shown} as either type: the contract phase runs when no instance below N+1 is alive"),
    );
    Ok(true)
}

/// Where nothing but checks would be tried on every row: they go for the moment of the change, and are proven after it.
fn without_checks(work: &mut Work<'_>, at: usize) -> bool {
    let Some(step) = work.steps.get(at) else {
        return false;
    };
    let (Some((_, TableAction::AlterType { column, ty, .. })), Some(name)) =
        (step.action(), step.table())
    else {
        return false;
    };
    let Some(table) = step.before.catalogue().get(name).cloned() else {
        return false;
    };
    let reads = |one: &&Constraint| {
        matches!(one.kind, ConstraintKind::Check(_)) && one.columns.contains(column)
    };
    let checks: Vec<&Constraint> = table.constraints.iter().filter(reads).collect();
    let parts = table.kind != RelationKind::Table || checks.iter().any(|one| one.inherited);
    if checks.is_empty() || parts || !work.is_only_one(at) {
        return false;
    }
    let sql = table.name.to_sql();
    let drops = checks.iter().map(|check| {
        let name = check.name.to_sql();
        format!("ALTER TABLE {sql} DROP CONSTRAINT {name}")
    });
    let drops: Vec<String> = drops.collect();
    let mut bare = step.before.clone();
    for statement in crate::sql::parse(&(drops.join(";\n") + ";")).statements {
        if bare.apply(&statement.change).is_err() {
            return false;
        }
    }
    let effects = effects::of_change(&step.change, &bare);
    if !(effects.rewrites.is_empty() && effects.builds.is_empty() && effects.scans.is_empty()) {
        return false;
    }
    let (swap, prove) = match step.phase {
        Some(Phase::Contract) => (Stage::Finish, Stage::Confirm),
        _ => (Stage::Expand, Stage::Prove),
    };
    let change = format!(
        "{} {}",
        step.head.as_deref().unwrap_or_default(),
        work.text(at)
    );
    let mut statements = [drops, vec![change]].concat();
    let allowed = match swap {
        Stage::Expand => allow("mixed-phases", "every row satisfies it already") + "\n",
        _ => String::new(),
    };
    let mut validate = Vec::new();
    for check in &checks {
        let ConstraintKind::Check(condition) = &check.kind else {
            continue;
        };
        let name = check.name.to_sql();
        let inherit = if check.no_inherit { " NO INHERIT" } else { "" };
        statements.push(format!(
            "{allowed}ALTER TABLE {sql} ADD CONSTRAINT {name} CHECK ({}){inherit} NOT VALID",
            condition.text
        ));
        statements.extend(spell::constraint_comment(&table.name, check));
        if check.validated {
            validate.push(format!("ALTER TABLE {sql} VALIDATE CONSTRAINT {name}"));
        }
    }
    let shown = format!("{}.{column}", table.name.name);
    let waits = swap == Stage::Finish;
    let takes = match waits {
        true => "Every live instance takes",
        false => "No instance minds",
    };
    let block = |stage, why: String, statements| Block {
        stage,
        subject: naming::slug_of(&table.name.name, column),
        table: Some(table.name.clone()),
        why,
        directives: Vec::new(),
        statements,
    };
    let blocks = [
        block(
            swap,
            format!(
                "{takes} {shown} as {ty}. The two types are stored alike; the checks would be tried on every row, so they go for a moment in which nobody writes."
            ),
            statements,
        ),
        block(
            prove,
            "Reads the rows that are there; writes go on meanwhile.".to_owned(),
            validate,
        ),
    ];
    if waits {
        work.draft
            .release(At::N, format!("reads and writes {shown} as it was"));
        work.draft.release(
        At::N1,
        format!("takes {shown} as either type: the contract phase runs when no instance below N+1 is alive"),
    );
    }
    for block in blocks {
        work.draft.block(block);
    }
    true
}
