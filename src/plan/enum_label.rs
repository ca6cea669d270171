//! Add or rename an enum label: added before anything uses it, renamed when every release takes either.

use super::draft::{At, Block, Stage, allow, batch};
use super::step::Step;
use super::work::Work;
use super::{PlanError, Recipe, naming};
use crate::effects;
use crate::schema::ResolvedName;
use crate::sql::ast::{AlterEnum, Change, DmlVerb, Ident, QueryBody, TableAction};
use crate::sql::string_constant;

pub(super) const RECIPE: Recipe = Recipe {
    id: "enum-label",
    summary: "adds the label in a transaction of its own and lets rows have it when no release is left that cannot read it; renames one when every release takes either name",
    take,
};

fn take(work: &mut Work<'_>, at: usize) -> Result<bool, PlanError> {
    let Some(step) = work.steps.get(at) else {
        return Ok(false);
    };
    let Change::AlterEnum { name, action } = &step.change else {
        return Ok(false);
    };
    let found = step.before.catalogue().type_def(name);
    let known = found.map(|found| found.name.clone());
    let Some(ty) = known.filter(|_| step.refusal.is_none() && was_there(work, name)) else {
        return Ok(false);
    };
    match action.clone() {
        AlterEnum::AddValue { label, .. } => add(work, at, &ty, &label),
        AlterEnum::RenameValue { from, to } => rename(work, at, &ty, &from, &to),
    }
    Ok(true)
}

fn was_there(work: &Work<'_>, name: &crate::sql::ast::QualifiedName) -> bool {
    let start = work.catalogue(0);
    start.is_some_and(|start| start.type_def(name).is_some())
}

fn block(ty: &ResolvedName, stage: Stage, why: String, statement: String) -> Block {
    Block {
        stage,
        table: None,
        subject: naming::slug(&[ty.name.as_str()]),
        why,
        directives: Vec::new(),
        statements: vec![statement],
    }
}

fn add(work: &mut Work<'_>, at: usize, ty: &ResolvedName, label: &str) {
    let text = work.text(at).to_owned();
    work.draft.block(block(
        ty,
        Stage::Label,
        "The label is there when this file has committed, and not before: nothing in the same transaction could use it (55P04).".to_owned(),
        text,
    ));
    let uses: Vec<usize> = work
        .later(at)
        .filter(|(_, step)| writes(work, step, label))
        .map(|(later, _)| later)
        .collect();
    for later in uses {
        let Some(step) = work.steps.get(later) else {
            continue;
        };
        let Some(table) = step.table().cloned() else {
            continue;
        };
        let relation = step.before.catalogue().get(&table);
        let mut directives = Vec::new();
        let text = work.text(later);
        let (stage, statement) = match (&step.change, &step.head) {
            (Change::Dml(dml), _) if dml.verb == DmlVerb::Insert => {
                (Stage::Finish, text.to_owned())
            }
            (Change::Dml(_), _) => {
                directives.extend(relation.map(batch));
                (Stage::Mend, text.to_owned())
            }
            (_, Some(head)) => (Stage::Tighten, format!("{head} {text}")),
            (_, None) => (Stage::Tighten, text.to_owned()),
        };
        work.draft.block(Block {
            stage,
            subject: naming::slug(&[table.name.as_str(), ty.name.as_str()]),
            table: Some(table),
            why: format!(
                "Every live instance can read {} now: rows may have it.",
                string_constant(label)
            ),
            directives,
            statements: vec![statement],
        });
        work.take(later);
    }
    let draft = &mut work.draft;
    let shown = string_constant(label);
    draft.release(
        At::N,
        format!("does not know {shown} of {ty}, and may fail to read it"),
    );
    draft.release(
        At::N1,
        format!("can read {shown}, and writes it only when no instance of N is alive"),
    );
}

/// Whether a step puts the label into rows that live releases read: a default, or rows themselves.
fn writes(work: &Work<'_>, step: &Step, label: &str) -> bool {
    let old = step.table().is_some_and(|table| work.was_there(table));
    let fails = || effects::of_change(&step.change, &step.before).fails;
    let known = |column: &Ident| {
        let table = step.table();
        table.is_some_and(|table| work.had(table, column))
    };
    let rows = match &step.change {
        Change::Dml(dml) => match dml.query.as_ref().map(|query| &query.body) {
            Ok(QueryBody::Update(update)) => {
                let mut columns = update.set.iter().flat_map(|one| &one.columns);
                columns.all(known)
            }
            Ok(QueryBody::Insert(_)) => true,
            _ => false,
        },
        Change::AlterTable(_) => matches!(
            step.action(),
            Some((_, TableAction::SetDefault { column, .. })) if known(column)
        ),
        _ => false,
    };
    old && rows
        && fails().is_some_and(|refusal| {
            refusal.sqlstate == "55P04" && refusal.message.contains(&format!("\"{label}\""))
        })
}

fn rename(work: &mut Work<'_>, at: usize, ty: &ResolvedName, from: &str, to: &str) {
    let text = work.text(at).to_owned();
    let (old, new) = (string_constant(from), string_constant(to));
    let mut finish = block(
        ty,
        Stage::Finish,
        format!(
            "Every live instance takes {old} and {new} for the same. One row of the catalogue changes; no table is locked or read."
        ),
        text,
    );
    let because = "every live instance takes either name for the label";
    finish.directives.push(allow("rename-object", because));
    work.draft.block(finish);
    let draft = &mut work.draft;
    draft.release(At::N, format!("reads and writes {old}"));
    draft.release(At::N1, format!(
        "takes both names for the same label and names neither as a constant of the type: reads it as text, compares column::text IN ({old}, {new}), and writes (SELECT label FROM unnest(enum_range(NULL::{})) AS label WHERE label::text IN ({old}, {new})); the contract phase renames it when no instance below N+1 is alive",
        ty.to_sql()
    ));
    draft.release(At::N2, format!("reads and writes {new}"));
    draft.note(format!("no second label is added beside {old}, since PostgreSQL cannot take one away again; functions whose text names {old} must be made anew in the file that renames it"));
}
