//! Replace a function or procedure that CREATE OR REPLACE cannot: the old one stays for releases that call it.

use super::draft::{At, Block, Stage};
use super::work::Work;
use super::{PlanError, Recipe, naming};
use crate::sql::ast::{Change, ObjectKind};

pub(super) const RECIPE: Recipe = Recipe {
    id: "replace-routine",
    summary: "makes the new function beside the old one where their arguments differ, else swaps them when no release calls the old one",
    take,
};

fn take(work: &mut Work<'_>, at: usize) -> Result<bool, PlanError> {
    let Some((step, drop)) = work.dropping(at) else {
        return Ok(false);
    };
    let is_routine = matches!(
        drop.object,
        ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine
    );
    let [dropped] = drop.names.as_slice() else {
        return Ok(false);
    };
    let there = |name| step.before.catalogue().routine(name);
    let Some(overloads) = there(&dropped.name).filter(|_| is_routine && step.refusal.is_none())
    else {
        return Ok(false);
    };
    let mut gone = overloads.iter().map(|one| &one.definition.args);
    let args = match &dropped.args {
        Some(args) => args.clone(),
        None => gone.next().cloned().unwrap_or_default(),
    };
    let again = work.later(at).find_map(|(again, step)| match &step.change {
        Change::CreateRoutine(create) if create.name == dropped.name => {
            Some((again, create.args == args))
        }
        _ => None,
    });
    let Some((again, same)) = again else {
        return Ok(false);
    };
    let name = dropped.name.clone();
    let subject = naming::slug(&[name.name.as_str()]);
    let (drop, create) = (work.text(at).to_owned(), work.text(again).to_owned());
    let block = |stage, why: String, statements| Block {
        stage,
        table: None,
        subject: subject.clone(),
        why,
        directives: Vec::new(),
        statements,
    };
    if same {
        work.draft.block(block(
            Stage::Finish,
            format!("The new {name} takes the place of the old one with the same arguments: no call finds neither."),
            vec![drop, create],
        ));
        work.draft.release(At::N, format!("calls {name} as it was"));
        work.draft.release(At::N1, format!("calls {name} and takes what either of the two gives: the contract phase swaps them when no instance below N+1 is alive"));
    } else {
        work.draft.block(block(
            Stage::Expand,
            format!("The new {name} beside the old one: a call finds the one its arguments fit."),
            vec![create],
        ));
        work.draft.block(block(
            Stage::Finish,
            format!("No live instance calls the old {name}."),
            vec![drop],
        ));
        work.draft.release(At::N, format!("calls the old {name}"));
        work.draft.release(At::N1, format!("calls the new {name}: the contract phase drops the old one when no instance below N+1 is alive"));
        work.draft.note(format!("a call that fits both {name} is refused as not unique (42725): check the calls of release N, above all those that leave arguments to their defaults"));
    }
    work.take(again);
    Ok(true)
}
