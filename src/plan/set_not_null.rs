//! SET NOT NULL: a check that needs no scan under a strong lock, proven, then traded for NOT NULL.

use super::draft::{At, Block, Stage, batch};
use super::fill;
use super::work::Work;
use super::{PlanError, Recipe, naming};
use crate::schema::{ConstraintKind, Relation, ResolvedName};
use crate::sql::Phase;
use crate::sql::ast::{Expr, Ident, IsTest, TableAction};

pub(super) const RECIPE: Recipe = Recipe {
    id: "set-not-null",
    summary: "fills NULLs when the migration says with what, proves a CHECK (.. IS NOT NULL) while writes go on, and trades it for NOT NULL",
    take,
};

fn take(work: &mut Work<'_>, at: usize) -> Result<bool, PlanError> {
    // An UPDATE that fills the column stands before its SET NOT NULL.
    if let Some((target, column, value)) = fill::filled(work, at) {
        let Ok(table) = work.relation(at, &target) else {
            return Ok(false);
        };
        let table = table.clone();
        let sets = work.later(at).find(|(_, step)| {
            let action = step.action();
            step.phase == Some(Phase::Contract)
                && step.table() == Some(&table.name)
                && action
                    .is_some_and(|(_, action)| *action == TableAction::SetNotNull(column.clone()))
        });
        let Some(set) = sets.map(|(set, _)| set) else {
            return Ok(false);
        };
        if let Some(obstacle) = value.foreign() {
            return Err(work.refuse(
                at,
                format!("what fills {}.{column} cannot be given to a release that still writes NULL: {obstacle}", table.name),
                "compute it from the row's own columns in one UPDATE .. WHERE column IS NULL, or fill in a migration before this one",
            ));
        }
        work.claim(at, &table.name, &column)?;
        let function = fill::function_name(work.catalogue(at), &table.name, &column, "fill");
        let shown = format!("{}.{column}", table.name.name);
        block(
            work,
            &table,
            &column,
            Stage::Expand,
            format!(
                "A release that still writes NULL into {shown} gets the value the rows are filled with."
            ),
            fill::fill_trigger(&table, &column, &value, &function, false).to_vec(),
        );
        let mut fill = new_block(
            &table,
            &column,
            Stage::Backfill,
            format!("Fills {shown} in the rows that are there."),
            vec![work.text(at).to_owned()],
        );
        fill.directives.push(batch(&table));
        work.draft.block(fill);
        require(work, &table, &column, Some(&function), EARLY);
        work.draft.release(
            At::N,
            format!("may write NULL into {shown}; the database fills it"),
        );
        work.draft.release(At::N1, format!("never writes NULL into {shown}: the contract phase runs when no instance below N+1 is alive"));
        work.take(set);
        return Ok(true);
    }
    let Some(step) = work.steps.get(at) else {
        return Ok(false);
    };
    let Some((alter, TableAction::SetNotNull(column))) = step.action() else {
        return Ok(false);
    };
    if step.phase != Some(Phase::Contract) {
        return Ok(false);
    }
    let (name, column) = (alter.name.clone(), column.clone());
    let table = work.relation(at, &name)?.clone();
    if table.column(&column).is_some_and(|column| column.not_null) {
        return Ok(false);
    }
    if let Some(proof) = proof(&table, &column) {
        let dropped = work.later(at).find(|(_, step)| {
            let drops = |action: &TableAction| matches!(action, TableAction::DropConstraint { name, .. } if *name == proof);
            step.table() == Some(&table.name)
                && step.action().is_some_and(|(_, action)| drops(action))
        });
        let Some(dropped) = dropped.map(|(dropped, _)| dropped) else {
            return Ok(false);
        };
        work.claim(at, &table.name, &column)?;
        let statements = [at, dropped].map(|at| {
            let head = work.steps.get(at).and_then(|step| step.head.clone());
            format!("{} {}", head.unwrap_or_default(), work.text(at))
        });
        block(
            work,
            &table,
            &column,
            Stage::Finish,
            format!(
                "{proof} has proven that no {column} is NULL, so NOT NULL needs no scan; only then it goes."
            ),
            statements.to_vec(),
        );
        work.take(dropped);
        return Ok(true);
    }
    work.claim(at, &table.name, &column)?;
    tighten(work, &table, &column);
    Ok(true)
}

/// Declares, proves and sets NOT NULL on a column into which release N may still write NULL.
pub(super) fn tighten(work: &mut Work<'_>, table: &Relation, column: &Ident) {
    let (sql, quoted) = (table.name.to_sql(), column.to_sql());
    let check = check_name(&table.name, column).to_sql().into_owned();
    let shown = format!("{}.{column}", table.name.name);
    block(
        work,
        table,
        column,
        Stage::Tighten,
        format!(
            "From here on nobody writes NULL into {shown}; the rows that are there are not read yet."
        ),
        vec![format!(
            "ALTER TABLE {sql} ADD CONSTRAINT {check} CHECK ({quoted} IS NOT NULL) NOT VALID"
        )],
    );
    block(
        work,
        table,
        column,
        Stage::ProveTightened,
        "Reads the rows that are there; writes go on meanwhile.".to_owned(),
        vec![format!("ALTER TABLE {sql} VALIDATE CONSTRAINT {check}")],
    );
    finish(work, table, column, None);
    work.draft
        .release(At::N, format!("may write NULL into {shown}"));
    work.draft.release(At::N1, format!("never writes NULL into {shown}: the contract phase runs when no instance below N+1 is alive"));
    work.draft.note(format!("rows that have NULL in {shown} stop the VALIDATE: fill them first, or write the UPDATE into the migration"));
}

/// Where a column is declared as required and where that is proven: while release N writes, and when it is gone.
pub(super) const EARLY: (Stage, Stage) = (Stage::Declare, Stage::Prove);
pub(super) const LATE: (Stage, Stage) = (Stage::Tighten, Stage::ProveTightened);

/// Declares, proves and sets NOT NULL on a column that `function`, if any, has filled for everybody.
pub(super) fn require(
    work: &mut Work<'_>,
    table: &Relation,
    column: &Ident,
    function: Option<&ResolvedName>,
    (declare, prove): (Stage, Stage),
) {
    let (sql, quoted) = (table.name.to_sql(), column.to_sql());
    let check = check_name(&table.name, column).to_sql().into_owned();
    let shown = format!("{}.{column}", table.name.name);
    block(
        work,
        table,
        column,
        declare,
        format!("Declares {shown} as required: every row written from now on has it."),
        vec![format!(
            "ALTER TABLE {sql} ADD CONSTRAINT {check} CHECK ({quoted} IS NOT NULL) NOT VALID"
        )],
    );
    block(
        work,
        table,
        column,
        prove,
        "Reads the rows that are there; writes go on meanwhile.".to_owned(),
        vec![format!("ALTER TABLE {sql} VALIDATE CONSTRAINT {check}")],
    );
    finish(work, table, column, function);
}

/// PostgreSQL skips the scan of SET NOT NULL where a valid check proves it (manual 18, ALTER TABLE).
fn finish(work: &mut Work<'_>, table: &Relation, column: &Ident, function: Option<&ResolvedName>) {
    let (sql, quoted) = (table.name.to_sql(), column.to_sql());
    let check = check_name(&table.name, column);
    let mut statements: Vec<String> = function
        .map(|function| fill::drop_trigger(table, function).to_vec())
        .unwrap_or_default();
    statements.push(format!(
        "ALTER TABLE {sql} ALTER COLUMN {quoted} SET NOT NULL"
    ));
    statements.push(format!(
        "ALTER TABLE {sql} DROP CONSTRAINT {}",
        check.to_sql()
    ));
    block(
        work,
        table,
        column,
        Stage::Finish,
        format!(
            "The check has proven that no {} is NULL, so NOT NULL needs no scan.",
            column
        ),
        statements,
    );
}

fn check_name(table: &ResolvedName, column: &Ident) -> Ident {
    naming::own(&[&table.name, column], "not_null", |_| false)
}

/// The valid check that says that the column is not NULL.
fn proof(table: &Relation, column: &Ident) -> Option<Ident> {
    let tests = |expr: &Expr| matches!(expr, Expr::Column(path) if path.last() == Some(column));
    let proof = table.constraints.iter().find(|constraint| match &constraint.kind {
        ConstraintKind::Check(check) => {
            constraint.validated
                && matches!(&check.expr, Expr::Is { expr, test: IsTest::Null, negated: true } if tests(expr))
        }
        _ => false,
    });
    proof.map(|constraint| constraint.name.clone())
}

fn block(
    work: &mut Work<'_>,
    table: &Relation,
    column: &Ident,
    stage: Stage,
    why: String,
    statements: Vec<String>,
) {
    work.draft
        .block(new_block(table, column, stage, why, statements));
}

fn new_block(
    table: &Relation,
    column: &Ident,
    stage: Stage,
    why: String,
    statements: Vec<String>,
) -> Block {
    Block {
        stage,
        table: Some(table.name.clone()),
        subject: naming::slug_of(&table.name.name, column),
        why,
        directives: Vec::new(),
        statements,
    }
}
