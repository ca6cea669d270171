//! Add unique constraint or primary key: its index built while writes go on, then taken over.

use super::draft::{At, Block, Stage};
use super::foreign_key::declared;
use super::work::Work;
use super::{PlanError, Recipe, naming, spell};
use crate::schema::{Constraint, ConstraintKind, Relation, RelationKind, ResolvedName};
use crate::sql::Phase;
use crate::sql::ast::{Ident, TableAction, TableConstraintKind};

pub(super) const RECIPE: Recipe = Recipe {
    id: "unique",
    summary: "builds the unique index concurrently and makes it the constraint's",
    take,
};

fn take(work: &mut Work<'_>, at: usize) -> Result<bool, PlanError> {
    let found = work.steps.get(at).and_then(|step| step.action());
    let Some((alter, TableAction::AddConstraint(constraint))) = found else {
        return Ok(false);
    };
    let (TableConstraintKind::Unique {
        columns,
        without_overlaps: false,
        ..
    }
    | TableConstraintKind::PrimaryKey {
        columns,
        without_overlaps: false,
        ..
    }) = &constraint.kind
    else {
        return Ok(false);
    };
    let columns = columns.clone();
    let Some((table, made)) = declared(work, at, &alter.name.clone(), false)? else {
        return Ok(false);
    };
    if table.kind == RelationKind::PartitionedTable {
        return Err(work.refuse(at, format!("no index of the partitioned table {} can be built concurrently", table.name),
            "build one on each partition concurrently, then on the partitioned table with ON ONLY, and attach them"));
    }
    let primary = made.kind == ConstraintKind::PrimaryKey;
    let after = work.relation_after(at, &table.name)?;
    let Some(index) = after.index(&made.name).cloned() else {
        return Ok(false);
    };
    let block = |stage, why: String, statement| Block {
        stage,
        table: Some(table.name.clone()),
        subject: naming::slug_of(&table.name.name, &made.name),
        why,
        directives: Vec::new(),
        statements: vec![statement],
    };
    let start = work.steps.first().map(|step| step.before.catalogue());
    let taken = |name: &Ident| {
        let name = ResolvedName::new(table.name.schema.clone(), name.clone());
        start.is_some_and(|start| start.is_taken(&name))
    };
    let own = match taken(&made.name) {
        true => naming::own(&[&table.name.name, &made.name], "new", taken),
        false => made.name.clone(),
    };
    let take_over = take_over(&table.name, &made, &own);
    let defaulted = |name: &Ident| {
        let column = table.column(name);
        column.is_none_or(|column| column.default.is_some())
    };
    // Over columns that only release N+1 writes nobody meets it before.
    let early = !primary
        && work
            .steps
            .get(at)
            .is_some_and(|step| step.phase == Some(Phase::Expand))
        && !index.nulls_not_distinct
        && columns
            .iter()
            .all(|name| !work.is_claimed(&table.name, name) && !defaulted(name));
    let (build_at, adopt_at) = match early {
        true => (Stage::IndexFilled, Stage::Declare),
        false => (Stage::TightenIndex, Stage::Finish),
    };
    let build = block(
        build_at,
        format!(
            "Builds the index of {} while writes go on. Two equal rows make it fail and leave an invalid index behind: drop that, mend the rows, build again.",
            made.name
        ),
        spell::create_index(&index, &own, &table.name),
    );
    let adopt = block(
        adopt_at,
        format!(
            "The index becomes the constraint {}; no row is read.",
            made.name
        ),
        take_over,
    );
    if primary {
        require_all(work, &table, &columns);
    }
    let draft = &mut work.draft;
    draft.block(build);
    draft.block(adopt);
    if early {
        return Ok(true);
    }
    draft.release(At::N, format!("may write rows that {} refuses", made.name));
    draft.release(
        At::N1,
        "writes no such row: the contract phase runs when no instance below N+1 is alive",
    );
    Ok(true)
}

/// `ADD CONSTRAINT .. USING INDEX`: the index takes the constraint's name.
pub(super) fn take_over(table: &ResolvedName, made: &Constraint, index: &Ident) -> String {
    let mut sql = format!(
        "ALTER TABLE {} ADD CONSTRAINT {} {} USING INDEX {}",
        table.to_sql(),
        made.name.to_sql(),
        if made.kind == ConstraintKind::PrimaryKey {
            "PRIMARY KEY"
        } else {
            "UNIQUE"
        },
        index.to_sql(),
    );
    if made.deferrable {
        sql += " DEFERRABLE";
    }
    if made.initially_deferred {
        sql += " INITIALLY DEFERRED";
    }
    sql
}

/// A primary key makes its columns NOT NULL, which would read the table under a lock.
pub(super) fn require_all(work: &mut Work<'_>, table: &Relation, columns: &[Ident]) {
    let nullable = columns
        .iter()
        .filter(|name| table.column(name).is_some_and(|column| !column.not_null));
    for column in nullable {
        super::set_not_null::tighten(work, table, column);
    }
}
