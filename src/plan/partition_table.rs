//! Partition an existing table: it becomes a partition of a new table of its name, once its bound is proven.

use super::draft::{At, Block, Stage};
use super::work::Work;
use super::{PlanError, Recipe, naming, spell};
use crate::effects;
use crate::schema::{ConstraintKind, Index, Relation, ResolvedName};
use crate::sql::ast::{Change, TableAction};

pub(super) const RECIPE: Recipe = Recipe {
    id: "partition-table",
    summary: "proves the bound with a check and builds the indexes that the partition will need, then puts the new table in its place in one transaction that reads no row",
    take,
};

/// `ALTER TABLE t RENAME TO old; CREATE TABLE t .. PARTITION BY ..; .. ALTER TABLE t ATTACH PARTITION old ..`.
struct Found {
    table: Relation,
    /// What it is called as a partition.
    old: ResolvedName,
    attach: usize,
    bound: String,
}

fn take(work: &mut Work<'_>, at: usize) -> Result<bool, PlanError> {
    let Some(found) = find(work, at) else {
        return Ok(false);
    };
    let Found {
        table,
        old,
        attach,
        bound,
    } = &found;
    if let Some(hangs) = hangs_on(work, at, table) {
        return Err(work.refuse(
            at,
            format!(
                "{} cannot become a partition of another table: {hangs}, and would stay with {old}",
                table.name
            ),
            "take that away in a migration before this one and make it anew on the partitioned table after it",
        ));
    }
    let end = work.end()?;
    let end = end.catalogue();
    let (Some(parent), Some(part)) = (end.get(&table.name), end.get(old)) else {
        return Ok(false);
    };
    let sql = table.name.to_sql();
    let block = |stage, why: String, statements| Block {
        stage,
        table: Some(table.name.clone()),
        subject: naming::slug(&[table.name.name.as_str()]),
        why,
        directives: Vec::new(),
        statements,
    };
    let mut blocks = Vec::new();

    // The indexes that ATTACH would build under its lock.
    let mut uses_them = Vec::new();
    let there = work.catalogue(*attach).and_then(|before| before.get(old));
    let new = |index: &&Index| {
        index.partition_of.is_some() && there.is_none_or(|there| there.index(&index.name).is_none())
    };
    for index in part.indexes.iter().filter(|index| new(index)) {
        blocks.push(block(
            Stage::TightenIndex,
            format!(
                "The index that {} of {} will need of this partition.",
                index.name, parent.name.name
            ),
            vec![spell::create_index(index, &index.name, &table.name)],
        ));
        if let Some(constraint) = index
            .constraint
            .as_ref()
            .and_then(|name| part.constraint(name))
        {
            let kind = match constraint.kind {
                ConstraintKind::PrimaryKey => "PRIMARY KEY",
                _ => "UNIQUE",
            };
            uses_them.push(format!(
                "ALTER TABLE {} ADD CONSTRAINT {} {kind} USING INDEX {}",
                old.to_sql(),
                constraint.name.to_sql(),
                index.name.to_sql()
            ));
        }
    }

    // The bound, which ATTACH would read the rows for.
    let mut checked = None;
    if reads_rows(work, *attach, old) {
        let Some(conditions) = parent.bound_conditions(bound) else {
            return Err(work.refuse(
                *attach,
                format!("no check can prove that the rows of {old} lie within {bound}: ATTACH PARTITION reads them all while every reader and writer waits"),
                "give the old table a RANGE or LIST bound of one column, or announce an outage",
            ));
        };
        let check = naming::own(&[&table.name.name], "bound", |name| {
            table.constraint(name).is_some()
        });
        let check = check.to_sql().into_owned();
        blocks.push(block(
            Stage::TightenFilled,
            format!("Every row written from now on lies within the bound of the partition that {} becomes; the rows that are there are not read yet.", table.name),
            vec![format!(
                "ALTER TABLE {sql} ADD CONSTRAINT {check} CHECK ({}) NOT VALID",
                conditions.join(" AND ")
            )],
        ));
        blocks.push(block(
            Stage::ProveTightened,
            "Reads the rows that are there; writes go on meanwhile.".to_owned(),
            vec![format!("ALTER TABLE {sql} VALIDATE CONSTRAINT {check}")],
        ));
        checked = Some(check);
    }

    let mut swap = Vec::new();
    for index in at..=*attach {
        if !work.is_free(index) {
            continue;
        }
        if index != *attach && reads_rows(work, index, old) {
            return Err(work.refuse(
                index,
                format!(
                    "it reads or writes the rows of {} while every reader and writer waits",
                    table.name
                ),
                "do it in a migration before this one",
            ));
        }
        if index == *attach {
            swap.append(&mut uses_them);
        }
        let head = work.steps.get(index).and_then(|step| step.head.clone());
        let text = work.text(index);
        swap.push(head.map_or_else(|| text.to_owned(), |head| format!("{head} {text}")));
    }
    // What is made of the partitioned table finds it there; its indexes find those of the partition.
    let mut made = Vec::new();
    for (index, step) in work.later(*attach) {
        let of_it = match &step.change {
            Change::CreateTable(create) => create
                .partition_of
                .as_ref()
                .and_then(|of| step.before.catalogue().relation(&of.parent))
                .is_some_and(|of| of.name == table.name),
            Change::CreateIndex(_) => step.table() == Some(&table.name),
            _ => false,
        };
        if of_it {
            made.push(index);
            swap.push(work.text(index).to_owned());
        }
    }
    if let Some(check) = checked {
        swap.push(format!(
            "ALTER TABLE {} DROP CONSTRAINT {check}",
            old.to_sql()
        ));
    }
    blocks.push(block(
        Stage::Finish,
        "The table becomes a partition, and the new one takes its name: nobody meets a missing table, and no row is read.".to_owned(),
        swap,
    ));

    let name = &table.name;
    for index in (at..=*attach).chain(made) {
        work.take(index);
    }
    let draft = &mut work.draft;
    for block in blocks {
        draft.block(block);
    }
    draft.release(
        At::N,
        format!("may write rows of {name} that its partition refuses"),
    );
    draft.release(At::N1, format!("writes {name} as the partitioned table takes it: the contract phase puts that in the place when no instance below N+1 is alive"));
    if !bound.eq_ignore_ascii_case("default") {
        draft.note(format!("from the check on, rows of {name} outside of {bound} are refused until the new table has its place: let the bound lie in the future"));
    }
    draft.note(format!("the new {name} has none of the privileges and settings of {old}: GRANT what the roles need in the same migration"));
    Ok(true)
}

fn find(work: &Work<'_>, at: usize) -> Option<Found> {
    let step = work.steps.get(at)?;
    let (alter, TableAction::RenameTo(to)) = step.action()? else {
        return None;
    };
    let table = step.before.catalogue().relation(&alter.name)?;
    if !work.was_there(&table.name) || step.refusal.is_some() {
        return None;
    }
    let old = ResolvedName::new(table.name.schema.clone(), to.clone());
    let takes_name = work.later(at).any(|(_, step)| match &step.change {
        Change::CreateTable(create) => {
            let made = step.after.catalogue().relation(&create.name);
            create.partition_by.is_some() && made.is_some_and(|made| made.name == table.name)
        }
        _ => false,
    });
    let (attach, bound) = work.later(at).find_map(|(index, step)| {
        let (_, TableAction::AttachPartition { partition, bound }) = step.action()? else {
            return None;
        };
        let attached = step.before.catalogue().relation(partition)?;
        let of = step.table() == Some(&table.name) && attached.name == old;
        (of && step.refusal.is_none()).then(|| (index, bound.clone()))
    })?;
    takes_name.then(|| Found {
        table: table.clone(),
        old,
        attach,
        bound,
    })
}

/// What goes by the table itself rather than by its name.
fn hangs_on(work: &Work<'_>, at: usize, table: &Relation) -> Option<String> {
    let catalogue = work.catalogue(at)?;
    for other in catalogue.relations() {
        if other.depends_on.iter().any(|(name, _)| *name == table.name) {
            return Some(format!(
                "the {} {} reads it",
                other.kind.as_str(),
                other.name
            ));
        }
        let mut constraints = other.constraints.iter();
        let refers = constraints.find(|one| {
            matches!(&one.kind, ConstraintKind::ForeignKey { table: to, .. } if *to == table.name)
        });
        if let Some(refers) = refers {
            return Some(format!(
                "the foreign key {} of {} refers to it",
                refers.name, other.name
            ));
        }
    }
    if let Some(trigger) = table.triggers.first() {
        return Some(format!("the trigger {} is on it", trigger.definition.name));
    }
    if let Some(rule) = table.rules.first() {
        return Some(format!("the rule {rule} is on it"));
    }
    match table.policies.first() {
        Some(policy) => Some(format!("the policy {} is on it", policy.name)),
        None => table
            .row_security
            .then(|| "its row-level security is on".to_owned()),
    }
}

/// Whether a step reads or writes the rows that were there.
fn reads_rows(work: &Work<'_>, at: usize, table: &ResolvedName) -> bool {
    work.steps.get(at).is_some_and(|step| {
        let effects = effects::of_change(&step.change, &step.before);
        let all = [&effects.rewrites, &effects.builds, &effects.scans];
        all.iter().any(|names| names.contains(table))
    })
}
