//! Attach a table as a partition: its bound proven by a check, the indexes it will need built while writes go on.

use super::draft::{At, Block, Stage};
use super::work::Work;
use super::{PlanError, Recipe, naming, spell};
use crate::effects;
use crate::schema::{ConstraintKind, Index, RelationKind, ResolvedName};
use crate::sql::ast::{Ident, TableAction};

pub(super) const RECIPE: Recipe = Recipe {
    id: "attach-partition",
    summary: "proves the bound with a check, and that the default partition holds no such row, and builds the indexes that the partition will need, so that ATTACH reads no row",
    take,
};

fn take(work: &mut Work<'_>, at: usize) -> Result<bool, PlanError> {
    let Some(step) = work.steps.get(at) else {
        return Ok(false);
    };
    let Some((_, TableAction::AttachPartition { partition, bound })) = step.action() else {
        return Ok(false);
    };
    let before = step.before.catalogue();
    let (Some(parent), Some(part)) = (
        step.table().and_then(|name| before.get(name)),
        before.relation(partition),
    ) else {
        return Ok(false);
    };
    let effects = effects::of_change(&step.change, &step.before);
    let light = effects.scans.is_empty() && effects.builds.is_empty();
    let known = [&parent.name, &part.name].into_iter().chain(&effects.scans);
    let known = known.into_iter().all(|name| work.was_there(name));
    if !known || light || part.kind != RelationKind::Table || step.refusal.is_some() {
        return Ok(false);
    }
    let Some(after) = step.after.catalogue().get(&part.name) else {
        return Ok(false);
    };
    let Some(conditions) = parent.bound_conditions(bound) else {
        return Err(work.refuse(
            at,
            format!("no check can prove that the rows of {} lie within {bound}: ATTACH PARTITION reads them all while every reader and writer waits", part.name),
            "give it a RANGE or LIST bound of one column, or announce an outage",
        ));
    };
    let outside: Vec<String> = conditions.iter().filter_map(|one| opposite(one)).collect();
    let outside = outside.join(" OR ");
    let conditions = conditions.join(" AND ");
    let block = |stage, table: &ResolvedName, why: String, statements| Block {
        stage,
        table: Some(table.clone()),
        subject: naming::slug(&[part.name.name.as_str()]),
        why,
        directives: Vec::new(),
        statements,
    };
    let (mut blocks, mut last, mut drops) = (Vec::new(), Vec::new(), Vec::new());
    let new = |index: &&Index| index.partition_of.is_some() && part.index(&index.name).is_none();
    let sql = part.name.to_sql();
    for index in after.indexes.iter().filter(new) {
        blocks.push(block(
            Stage::TightenIndex,
            &part.name,
            format!("The index {} that the partition will need.", index.name),
            vec![spell::create_index(index, &index.name, &part.name)],
        ));
        let constraint = index.constraint.as_ref();
        if let Some(constraint) = constraint.and_then(|name| after.constraint(name)) {
            let kind = match constraint.kind {
                ConstraintKind::PrimaryKey => "PRIMARY KEY",
                _ => "UNIQUE",
            };
            last.push(format!(
                "ALTER TABLE {sql} ADD CONSTRAINT {} {kind} USING INDEX {}",
                constraint.name.to_sql(),
                index.name.to_sql()
            ));
        }
    }
    for name in &effects.scans {
        let is_part = *name == part.name;
        let (condition, why) = match is_part {
            true => (
                conditions.clone(),
                format!(
                    "Every row written into {name} from now on lies within its bound; the rows that are there are not read yet."
                ),
            ),
            false => (
                outside.clone(),
                format!(
                    "No row written into {name} from now on belongs into the new partition; the rows that are there are not read yet."
                ),
            ),
        };
        let taken = |own: &Ident| {
            let table = before.get(name);
            table.is_some_and(|table| table.constraint(own).is_some())
        };
        let check = match is_part {
            true => naming::own(&[&name.name], "bound", taken),
            false => naming::own(&[&name.name, &part.name.name], "bound", taken),
        };
        let (table, check) = (name.to_sql(), check.to_sql());
        blocks.push(block(
            Stage::TightenFilled,
            name,
            why,
            vec![format!(
                "ALTER TABLE {table} ADD CONSTRAINT {check} CHECK ({condition}) NOT VALID"
            )],
        ));
        blocks.push(block(
            Stage::ProveTightened,
            name,
            "Reads the rows that are there; writes go on meanwhile.".to_owned(),
            vec![format!("ALTER TABLE {table} VALIDATE CONSTRAINT {check}")],
        ));
        drops.push(format!("ALTER TABLE {table} DROP CONSTRAINT {check}"));
    }
    let head = step.head.clone().unwrap_or_default();
    last.push(format!("{head} {}", work.text(at)));
    last.extend(drops);
    blocks.push(block(
        Stage::Finish,
        &part.name,
        format!(
            "{} becomes a partition of {}; no row is read.",
            part.name, parent.name
        ),
        last,
    ));
    let (name, parent) = (part.name.clone(), parent.name.clone());
    let draft = &mut work.draft;
    for block in blocks {
        draft.block(block);
    }
    draft.release(
        At::N,
        format!("may write rows of {name} that do not belong into a partition of {parent}"),
    );
    draft.release(
        At::N1,
        "writes no such row: the contract phase runs when no instance below N+1 is alive",
    );
    Ok(true)
}

/// What a row outside of one condition of a bound satisfies; none of `IS NOT NULL`, since NULL satisfies every check.
fn opposite(condition: &str) -> Option<String> {
    let pairs = [(" >= ", " < "), (" < ", " >= "), (" IN (", " NOT IN (")];
    let (here, there) = pairs
        .into_iter()
        .find(|(here, _)| condition.contains(here))?;
    Some(condition.replacen(here, there, 1))
}
