//! Add or drop an index: CONCURRENTLY, each in a file that no transaction wraps.

use super::draft::{At, Block, Stage};
use super::work::Work;
use super::{PlanError, Recipe, naming, source, spell};
use crate::schema::{RelationKind, ResolvedName};
use crate::sql::Phase;
use crate::sql::ast::{Change, ObjectKind};

pub(super) const RECIPE: Recipe = Recipe {
    id: "index",
    summary: "builds or drops the index concurrently, outside a transaction, while writes go on",
    take,
};

fn take(work: &mut Work<'_>, at: usize) -> Result<bool, PlanError> {
    let Some(step) = work.steps.get(at) else {
        return Ok(false);
    };
    let (name, unique) = match &step.change {
        Change::CreateIndex(create) if !create.concurrently => (create.name.clone(), create.unique),
        Change::Drop(drop) if drop.object == ObjectKind::Index && !drop.concurrently => {
            return drop_index(work, at);
        }
        _ => return Ok(false),
    };
    let Some(table) = step.table().filter(|table| work.was_there(table)).cloned() else {
        return Ok(false);
    };
    let tightens = step.phase == Some(Phase::Contract);
    let kind = step.before.catalogue().get(&table).map(|table| table.kind);
    if kind == Some(RelationKind::PartitionedTable) {
        return partitioned(work, at, &table, tightens);
    }
    let made = work.relation_after(at, &table).ok().and_then(|after| {
        let before = step.before.catalogue().get(&table);
        let mut indexes = after.indexes.iter();
        let is_new = |name| before.is_none_or(|before| before.index(name).is_none());
        indexes.find(|index| is_new(&index.name))
    });
    let statement = match made.filter(|_| work.draft.begins()) {
        Some(made) => Some(spell::create_index(made, &made.name, &table)),
        None => source::concurrently(work.text(at)),
    };
    let Some(statement) = statement else {
        return Ok(false);
    };
    let stage = match (tightens, work.draft.fills(&table)) {
        (true, _) => Stage::TightenIndex,
        (false, true) => Stage::IndexFilled,
        (false, false) => Stage::Index,
    };
    let mut why =
        "Builds the index while writes go on; it waits for transactions that are older.".to_owned();
    if unique {
        why += " Two equal rows make it fail and leave an invalid index behind: drop that, mend the rows, build again.";
    }
    let name = name.map_or_else(String::new, |name| name.as_str().to_owned());
    work.draft.block(Block {
        stage,
        subject: if name.is_empty() {
            naming::slug(&[table.name.as_str()])
        } else {
            naming::slug(&[&name])
        },
        table: Some(table),
        why,
        directives: Vec::new(),
        statements: vec![statement],
    });
    if tightens {
        work.draft
            .release(At::N, format!("may write rows that {name} refuses"));
        work.draft.release(
            At::N1,
            "writes no such row: the contract phase runs when no instance below N+1 is alive",
        );
    } else {
        work.draft
            .release(At::N, "works as before, on every schema on the way");
    }
    Ok(true)
}

/// No index of a partitioned table is built concurrently (manual 18, CREATE INDEX): one on each
/// partition is, then the one that joins them reads no row.
fn partitioned(
    work: &mut Work<'_>,
    at: usize,
    table: &ResolvedName,
    tightens: bool,
) -> Result<bool, PlanError> {
    let before = work
        .catalogue(at)
        .and_then(|catalogue| catalogue.get(table));
    let before = before.cloned();
    let end = work.end()?;
    let end = end.catalogue();
    let parent = end.get(table);
    let made = parent.into_iter().flat_map(|parent| &parent.indexes);
    let made = made.clone().find(|index| {
        before
            .as_ref()
            .is_some_and(|before| before.index(&index.name).is_none())
    });
    let Some(made) = made else {
        return Ok(false);
    };
    let whole = ResolvedName::new(table.schema.clone(), made.name.clone());
    let (build, join) = if tightens {
        (Stage::TightenIndex, Stage::Finish)
    } else {
        (Stage::Index, Stage::Declare)
    };
    let block = |stage, table: &ResolvedName, why: String, statements| Block {
        stage,
        table: Some(table.clone()),
        subject: naming::slug(&[made.name.as_str()]),
        why,
        directives: Vec::new(),
        statements,
    };
    let mut statements = vec![spell::create_index_only(made, table)];
    let mut blocks = Vec::new();
    for partition in end.children(table) {
        let own = partition
            .indexes
            .iter()
            .find(|index| index.partition_of.as_ref() == Some(&whole));
        let (Some(own), RelationKind::Table) = (own, partition.kind) else {
            return Err(work.refuse(
                at,
                format!(
                    "the partition {} cannot be given its index alone",
                    partition.name
                ),
                "build the index on each leaf concurrently, and attach level by level",
            ));
        };
        blocks.push(block(
            build,
            &partition.name,
            "Builds the index of one partition while writes go on.".to_owned(),
            vec![spell::create_index(own, &own.name, &partition.name)],
        ));
        let part = ResolvedName::new(partition.name.schema.clone(), own.name.clone());
        statements.push(format!(
            "ALTER INDEX {} ATTACH PARTITION {}",
            whole.to_sql(),
            part.to_sql()
        ));
    }
    blocks.push(block(
        join,
        table,
        format!(
            "The index {} of the whole: the partitions have theirs, no row is read.",
            made.name
        ),
        statements,
    ));
    for block in blocks {
        work.draft.block(block);
    }
    work.draft
        .release(At::N, "works as before, on every schema on the way");
    Ok(true)
}

/// DROP INDEX locks the table against reads, however briefly, and waits for every one under way.
fn drop_index(work: &mut Work<'_>, at: usize) -> Result<bool, PlanError> {
    let Some(Change::Drop(drop)) = work.steps.get(at).map(|step| &step.change) else {
        return Ok(false);
    };
    let [index] = drop.names.as_slice() else {
        return Ok(false);
    };
    let name = index.name.name.clone();
    let tightens = work
        .steps
        .get(at)
        .is_some_and(|step| step.phase == Some(Phase::Contract));
    let found = work
        .catalogue(at)
        .and_then(|catalogue| catalogue.index(&index.name));
    let Some((table, found)) = found.filter(|_| tightens) else {
        return Ok(false);
    };
    if found.constraint.is_some() || table.kind != RelationKind::Table {
        return Ok(false);
    }
    let table = table.name.clone();
    let statement = match work.draft.begins() {
        true => {
            let full = ResolvedName::new(table.schema.clone(), name.clone());
            Some(format!("DROP INDEX CONCURRENTLY {}", full.to_sql()))
        }
        false => source::concurrently(work.text(at)),
    };
    let Some(statement) = statement else {
        return Ok(false);
    };
    work.draft.block(Block {
        stage: Stage::TightenIndex,
        table: Some(table),
        subject: naming::slug(&[name.as_str(), "drop"]),
        why: "Drops the index while reads and writes go on.".to_owned(),
        directives: Vec::new(),
        statements: vec![statement],
    });
    Ok(true)
}
