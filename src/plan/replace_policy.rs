//! Replace a policy: while both releases are alive the rows of either are allowed.

use super::draft::{At, Block, Stage};
use super::work::Work;
use super::{PlanError, Recipe, naming};
use crate::sql::ast::{Change, ObjectKind};

pub(super) const RECIPE: Recipe = Recipe {
    id: "replace-policy",
    summary: "makes the new policy beside the old one, and drops the old one last",
    take,
};

fn take(work: &mut Work<'_>, at: usize) -> Result<bool, PlanError> {
    let Some((table, name)) = work.dropped_from(at, ObjectKind::Policy) else {
        return Ok(false);
    };
    if table.policy(name).is_none() {
        return Ok(false);
    }
    let again = work.later(at).find_map(|(again, step)| match &step.change {
        Change::CreatePolicy(create) if create.name == *name => {
            let same = step.table() == Some(&table.name);
            same.then(|| (again, create.definition.clone()))
        }
        _ => None,
    });
    let Some((again, definition)) = again else {
        return Ok(false);
    };
    let (table, name) = (table.name.clone(), name.clone());
    let on = table.to_sql();
    let quoted = name.to_sql();
    let mut words = definition.split_whitespace();
    let restrictive = words
        .next()
        .is_some_and(|word| word.eq_ignore_ascii_case("AS"))
        && words
            .next()
            .is_some_and(|word| word.eq_ignore_ascii_case("RESTRICTIVE"));
    let block = |stage, why: String, statements| Block {
        stage,
        subject: naming::slug_of(&table.name, &name),
        table: Some(table.clone()),
        why,
        directives: Vec::new(),
        statements,
    };
    if restrictive {
        // Restrictive policies hold together: both at once would hide the rows of either release.
        let swap = block(
            Stage::Finish,
            format!(
                "The new policy {name} takes the place of the old one: no query meets neither or both."
            ),
            vec![work.text(at).to_owned(), work.text(again).to_owned()],
        );
        work.draft.block(swap);
    } else {
        let own = naming::own(&[&table.name, &name], "new", |_| false);
        let own = own.to_sql();
        work.draft.block(block(
            Stage::Expand,
            format!("The new policy {name} beside the old one: what either of the two allows is allowed."),
            vec![format!("CREATE POLICY {own} ON {on} {definition}").trim_end().to_owned()],
        ));
        work.draft.block(block(
            Stage::Finish,
            format!("No live instance needs what the old policy {name} allows: the new one takes its name."),
            vec![
                format!("DROP POLICY {quoted} ON {on}"),
                format!("ALTER POLICY {own} ON {on} RENAME TO {quoted}"),
            ],
        ));
    }
    let draft = &mut work.draft;
    draft.release(
        At::N,
        format!("sees and writes the rows that the old policy {name} allows"),
    );
    draft.release(At::N1, if restrictive {
        format!("works under the old policy {name} and under the new one: the contract phase swaps them when no instance below N+1 is alive")
    } else {
        format!("works under the new policy {name}, and may see rows that only the old one allows until the contract phase, which runs when no instance below N+1 is alive")
    });
    work.take(again);
    Ok(true)
}
