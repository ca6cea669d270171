//! Add foreign key: declared without reading the rows, then proven while writes go on.

use super::draft::{At, Block, Stage};
use super::work::Work;
use super::{PlanError, Recipe, naming, source, spell};
use crate::schema::{Constraint, Relation, RelationKind};
use crate::sql::Phase;
use crate::sql::ast::{IndexKey, TableAction, TableConstraintKind};

pub(super) const RECIPE: Recipe = Recipe {
    id: "foreign-key",
    summary: "adds the key as NOT VALID, which locks both tables only briefly, and validates it while writes go on",
    take,
};

fn take(work: &mut Work<'_>, at: usize) -> Result<bool, PlanError> {
    let found = work.steps.get(at).and_then(|step| step.action());
    let Some((alter, TableAction::AddConstraint(constraint))) = found else {
        return Ok(false);
    };
    let TableConstraintKind::ForeignKey {
        columns,
        references,
        ..
    } = &constraint.kind
    else {
        return Ok(false);
    };
    let (columns, parent) = (columns.clone(), references.table.clone());
    let Some((table, made)) = declared(
        work,
        at,
        &alter.name.clone(),
        constraint.attributes.not_valid,
    )?
    else {
        return Ok(false);
    };
    let old = work
        .steps
        .get(at)
        .is_some_and(|step| step.before.version() < 18);
    if table.kind == RelationKind::PartitionedTable && old {
        return Err(work.refuse(at, format!("a foreign key of the partitioned table {} cannot be added as NOT VALID before PostgreSQL 18", table.name),
            "add it to each partition as NOT VALID, validate these, then add it to the partitioned table"));
    }
    validate_later(
        work,
        at,
        &table,
        &made,
        true,
        &format!(
            "Every row written from now on refers to a row of {parent}; locks both tables, briefly. The rows that are there are not read yet."
        ),
    )?;
    let end = work
        .steps
        .last()
        .and_then(|step| step.after.catalogue().get(&table.name));
    let indexed = end.unwrap_or(&table).indexes.iter().any(|index| {
        let keys = index.elements.iter().take(columns.len());
        let mut keys = keys.filter_map(|element| match &element.key {
            IndexKey::Column(column) => Some(column),
            IndexKey::Expr(_) => None,
        });
        index.predicate.is_none()
            && keys.clone().count() == columns.len()
            && keys.all(|key| columns.contains(key))
    });
    if !indexed {
        work.draft.note(format!(
            "no index leads with the referencing columns: a DELETE or key UPDATE on {parent} reads all of {}; consider CREATE INDEX CONCURRENTLY ON {} ({})",
            table.name, table.name.to_sql(), spell::list(&columns)
        ));
    }
    Ok(true)
}

/// The table and the constraint that a step adds; none where the table is new here, or nothing is
/// to be read at once.
///
/// # Errors
/// When the table is not known.
pub(super) fn declared(
    work: &Work<'_>,
    at: usize,
    name: &crate::sql::ast::QualifiedName,
    not_valid: bool,
) -> Result<Option<(Relation, Constraint)>, PlanError> {
    if not_valid || !work.steps.get(at).is_some_and(|step| work.alters_old(step)) {
        return Ok(None);
    }
    let table = work.relation(at, name)?.clone();
    let after = work.relation_after(at, &table.name)?;
    let made = after
        .constraints
        .iter()
        .find(|constraint| table.constraint(&constraint.name).is_none());
    Ok(made.cloned().map(|made| (table, made)))
}

/// Adds what a step adds as NOT VALID and validates it in a later file.
///
/// Over columns that this migration makes itself no live release can violate it: it need not wait.
///
/// # Errors
/// When the text of the action could not be read.
pub(super) fn validate_later(
    work: &mut Work<'_>,
    at: usize,
    table: &Relation,
    made: &Constraint,
    alone: bool,
    why: &str,
) -> Result<(), PlanError> {
    let tightens = work
        .steps
        .get(at)
        .is_some_and(|step| step.phase == Some(Phase::Contract));
    let head = work.steps.get(at).and_then(|step| step.head.clone());
    let name = made.name.to_sql().into_owned();
    let (Some(head), Some(action)) = (head, source::named(work.text(at), &name)) else {
        return Err(work.refuse(
            at,
            "this statement's text was not understood",
            "write it as ALTER TABLE .. ADD CONSTRAINT",
        ));
    };
    let (declare, prove) = match (tightens, alone) {
        (true, _) => (Stage::Tighten, Stage::ProveTightened),
        (false, true) => (Stage::DeclareAlone, Stage::Prove),
        (false, false) => (Stage::Declare, Stage::Prove),
    };
    let subject = naming::slug_of(&table.name.name, &made.name);
    let block = |stage, why: &str, statement| Block {
        stage,
        table: Some(table.name.clone()),
        subject: subject.clone(),
        why: why.to_owned(),
        directives: Vec::new(),
        statements: vec![statement],
    };
    let draft = &mut work.draft;
    draft.block(block(declare, why, format!("{head} {action} NOT VALID")));
    draft.block(block(
        prove,
        "Reads the rows that are there; writes go on meanwhile.",
        format!(
            "ALTER TABLE {} VALIDATE CONSTRAINT {name}",
            table.name.to_sql()
        ),
    ));
    if tightens {
        draft.release(At::N, format!("may write rows that {} refuses", made.name));
        draft.release(
            At::N1,
            "writes no such row: the contract phase runs when no instance below N+1 is alive",
        );
        draft.note(format!(
            "rows that violate {} stop the VALIDATE: repair them first",
            made.name
        ));
    }
    Ok(())
}
