//! Replace a view by one with other columns: one view that serves both releases first, the new one last.

use super::draft::{At, Block, Stage};
use super::work::Work;
use super::{PlanError, Recipe, naming, source, spell};
use crate::schema::{Column, Relation, RelationKind};
use crate::sql::ast::{Behavior, Change, CreateView, ObjectKind};

pub(super) const RECIPE: Recipe = Recipe {
    id: "replace-view",
    summary: "gives the view the columns of both releases first where the new query has them all, and swaps it last",
    take,
};

fn take(work: &mut Work<'_>, at: usize) -> Result<bool, PlanError> {
    if pair(work, at).is_some() {
        // Written where the new one is made: it may read what is made in between.
        return Ok(true);
    }
    let Some((dropped, (_, create, old, new))) = (0..at)
        .filter_map(|dropped| Some((dropped, pair(work, dropped)?)))
        .find(|(_, (again, ..))| *again == at)
    else {
        return Ok(false);
    };
    let (drop, text) = (work.text(dropped).to_owned(), work.text(at).to_owned());
    replace(work, (&old, &new), &create, drop, &text)
}

/// The step that makes the view anew which a step drops, with the view before and after.
fn pair(work: &Work<'_>, at: usize) -> Option<(usize, Box<CreateView>, Relation, Relation)> {
    let (step, drop) = work.dropping(at)?;
    let ([dropped], ObjectKind::View, Behavior::Restrict) =
        (drop.names.as_slice(), drop.object, drop.behavior)
    else {
        return None;
    };
    let old = step.before.catalogue().relation(&dropped.name)?;
    if !work.was_there(&old.name) || old.kind != RelationKind::View {
        return None;
    }
    work.later(at).find_map(|(again, step)| match &step.change {
        Change::CreateView(create) => {
            let new = step.after.catalogue().get(&old.name)?;
            let fresh = step.before.catalogue().get(&old.name).is_none();
            (fresh && !create.materialized)
                .then(|| (again, create.clone(), old.clone(), new.clone()))
        }
        _ => None,
    })
}

fn replace(
    work: &mut Work<'_>,
    (old, new): (&Relation, &Relation),
    create: &CreateView,
    drop: String,
    text: &str,
) -> Result<bool, PlanError> {
    let text = text.to_owned();
    let block = |stage, why: String, statements| Block {
        stage,
        table: Some(old.name.clone()),
        subject: naming::slug(&[old.name.name.as_str()]),
        why,
        directives: Vec::new(),
        statements,
    };
    let name = &old.name;
    let grants = format!(
        "privileges on the old {name} go with it: write the GRANTs behind the new one into the migration"
    );
    match both(old, new) {
        // CREATE OR REPLACE VIEW adds columns at the end (manual 18, CREATE VIEW).
        Some(columns) if starts(new, old) && columns.len() == new.columns.len() => {
            let Some(replace) = source::or_replace(&text) else {
                return Ok(false);
            };
            work.draft.block(block(
                Stage::Expand,
                format!("{name} keeps the columns it has, in their order, and gets the new ones behind them: no query meets a missing view."),
                vec![replace],
            ));
            work.draft
                .release(At::N, format!("reads {name}, which keeps its columns"));
            work.draft
                .release(At::N1, format!("reads the new columns of {name}"));
        }
        Some(columns) => {
            work.draft.block(block(
                Stage::Expand,
                format!("{name} for both releases: the columns of the old view in their order, then what the new one has beside them."),
                vec![union(create, name.to_sql(), &columns)],
            ));
            work.draft.block(block(
                Stage::Finish,
                format!(
                    "No live instance needs the columns of the old {name} in their order any more."
                ),
                vec![drop, text],
            ));
            work.draft.note(grants);
            work.draft.release(
                At::N,
                format!("reads {name}, whose columns are the old ones first"),
            );
            work.draft.release(At::N1, format!("names the columns of {name} it reads: the contract phase puts them in their new order when no instance below N+1 is alive"));
        }
        None => {
            work.draft.block(block(
                Stage::Finish,
                format!(
                    "The new {name} takes the place of the old one: no query meets a missing view."
                ),
                vec![drop, text],
            ));
            work.draft.release(At::N, format!("reads the old {name}"));
            work.draft.release(At::N1, format!("reads of {name} only columns that both views have with the same type: the contract phase swaps them when no instance below N+1 is alive"));
            work.draft.note(grants);
            work.draft.note(format!("the new {name} lacks columns of the old one or gives them another type, so no view can serve both releases: where N+1 needs the new one at once, give it another name"));
        }
    }
    Ok(true)
}

fn starts(new: &Relation, old: &Relation) -> bool {
    let mut pairs = new.columns.iter().zip(&old.columns);
    new.columns.len() >= old.columns.len() && pairs.all(|(new, old)| new.name == old.name)
}

/// The columns of the old view, then those that the new one has beside them; none where the new one
/// lacks some, or gives them another type.
fn both<'a>(old: &'a Relation, new: &'a Relation) -> Option<Vec<&'a Column>> {
    if !old.columns_known || !new.columns_known {
        return None;
    }
    let alike = |one: &Column| {
        let other = new.column(&one.name);
        other.is_some_and(|other| other.ty == one.ty && other.collation == one.collation)
    };
    if !old.columns.iter().all(alike) {
        return None;
    }
    let more = new
        .columns
        .iter()
        .filter(|one| old.column(&one.name).is_none());
    Some(old.columns.iter().chain(more).collect())
}

/// One view over the new query, its columns in that order.
fn union(create: &CreateView, name: String, columns: &[&Column]) -> String {
    let options = match create.options.as_slice() {
        [] => String::new(),
        options => format!(" WITH {}", spell::options(options)),
    };
    let renamed = match create.query.columns.as_slice() {
        [] => String::new(),
        columns => format!(" ({})", spell::list(columns)),
    };
    format!(
        "CREATE OR REPLACE VIEW {name}{options} AS SELECT {} FROM (\n{}\n) AS both_releases{renamed}",
        spell::list(columns.iter().map(|column| &column.name)),
        create.query.text.trim().trim_end_matches(';'),
    )
}
