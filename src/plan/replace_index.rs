//! Replace an index under its name: the new one is built beside the old one, which goes when it is there.

use super::draft::{At, Block, Stage, allow};
use super::work::Work;
use super::{PlanError, Recipe, naming, spell, twin};
use crate::schema::{Index, RelationKind, ResolvedName};
use crate::sql::Phase;
use crate::sql::ast::{Change, IndexKey, ObjectKind};

pub(super) const RECIPE: Recipe = Recipe {
    id: "replace-index",
    summary: "builds the new index under another name, drops the old one, both concurrently, and gives the new one the name",
    take,
};

fn take(work: &mut Work<'_>, at: usize) -> Result<bool, PlanError> {
    let Some((step, drop)) = work.dropping(at) else {
        return Ok(false);
    };
    let ([index], ObjectKind::Index) = (drop.names.as_slice(), drop.object) else {
        return Ok(false);
    };
    let found = step.before.catalogue().index(&index.name);
    let Some((table, old)) = found.filter(|_| step.refusal.is_none()) else {
        return Ok(false);
    };
    if table.kind != RelationKind::Table || old.constraint.is_some() || !work.was_there(&table.name)
    {
        return Ok(false);
    }
    let (table, old) = (table.name.clone(), old.clone());
    let again = work.later(at).find(|(_, step)| {
        let after = step.after.catalogue().get(&table);
        matches!(step.change, Change::CreateIndex(_))
            && step.table() == Some(&table)
            && after.is_some_and(|after| after.index(&old.name).is_some())
    });
    let Some((again, step)) = again else {
        return Ok(false);
    };
    let tightens = step.phase == Some(Phase::Contract);
    let new = work
        .relation_after(again, &table)?
        .index(&old.name)
        .cloned();
    let Some(new) = new else {
        return Ok(false);
    };
    if twin::brings(work, at, &table, [&old, &new]) {
        return Ok(true);
    }
    let stage = match tightens && !refuses_less(&old, &new) {
        true => Stage::TightenIndex,
        false if work.draft.fills(&table) => Stage::IndexFilled,
        false => Stage::Index,
    };
    let name = &new.name;
    let own = naming::own(&[&table.name, name], "new", |_| false);
    let full = |name| ResolvedName::new(table.schema.clone(), name).to_sql();
    let build = spell::create_index(&new, &own, &table);
    let build = match tightens && stage != Stage::TightenIndex {
        true => {
            let because = format!("the old {name} allowed nothing that it refuses");
            format!("{}\n{build}", allow("mixed-phases", &because))
        }
        false => build,
    };
    let mut block = |stage, why: String, statement| {
        work.draft.block(Block {
            stage,
            table: Some(table.clone()),
            subject: naming::slug(&[name.as_str()]),
            why,
            directives: Vec::new(),
            statements: vec![statement],
        });
    };
    block(
        stage,
        format!(
            "Builds the new {name} beside the old one while writes go on. A build that fails leaves an invalid index behind: drop that and build again."
        ),
        build,
    );
    block(
        Stage::TightenIndex,
        format!("The new {name} is there: drops the old one while reads and writes go on."),
        format!("DROP INDEX CONCURRENTLY {}", full(name.clone())),
    );
    block(
        Stage::Finish,
        format!("The new index takes the name {name}."),
        format!(
            "ALTER INDEX {} RENAME TO {}",
            full(own.clone()),
            name.to_sql()
        ),
    );
    if tightens && stage == Stage::TightenIndex {
        work.draft
            .release(At::N, format!("may write rows that the new {name} refuses"));
    } else {
        work.draft
            .release(At::N, format!("works as before, with the old {name}"));
    }
    work.draft.release(At::N1, format!("does not need the old {name}: the contract phase drops it when no instance below N+1 is alive"));
    work.take(again);
    Ok(true)
}

/// Whether the new unique index refuses no row that the old one allowed: its keys are among the new ones.
fn refuses_less(old: &Index, new: &Index) -> bool {
    fn column(key: &IndexKey) -> Option<&crate::sql::ast::Ident> {
        match key {
            IndexKey::Column(column) => Some(column),
            IndexKey::Expr(_) => None,
        }
    }
    let keys = |index: &'_ Index| -> Option<Vec<crate::sql::ast::Ident>> {
        let keys = index.elements.iter().map(|one| column(&one.key).cloned());
        keys.collect()
    };
    let same_rows = old.predicate.is_none() || old.predicate == new.predicate;
    let (Some(own), Some(all)) = (keys(old), keys(new)) else {
        return false;
    };
    old.unique
        && same_rows
        && (old.nulls_not_distinct || !new.nulls_not_distinct)
        && own.iter().all(|key| all.contains(key))
}
