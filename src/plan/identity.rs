//! Make a column identity: by default first, so that release N may still give values; always when it is gone.

use super::draft::{At, Block, Stage, allow};
use super::work::Work;
use super::{PlanError, Recipe, naming, source};
use crate::schema::{Catalogue, Relation, ResolvedName};
use crate::sql::ast::{Change, DmlVerb, Ident, ObjectKind, TableAction};
use crate::sql::string_constant;

pub(super) const RECIPE: Recipe = Recipe {
    id: "identity",
    summary: "lets the identity take over where the old default counts, BY DEFAULT while release N may give values, ALWAYS last",
    take,
};

fn take(work: &mut Work<'_>, at: usize) -> Result<bool, PlanError> {
    let Some(step) = work.steps.get(at) else {
        return Ok(false);
    };
    let Some((alter, action)) = step.action() else {
        return Ok(false);
    };
    if step.refusal.is_some() || !work.alters_old(step) {
        return Ok(false);
    }
    let (column, default) = match action {
        TableAction::DropDefault(column) => (column.clone(), Some(at)),
        TableAction::AddIdentity { column, .. } => (column.clone(), None),
        _ => return Ok(false),
    };
    let written = alter.name.clone();
    let Ok(table) = work.relation(at, &written) else {
        return Ok(false);
    };
    let table = table.clone();
    if !work.had(&table.name, &column) {
        return Ok(false);
    }
    let adds = |step: &super::step::Step| match step.action() {
        Some((
            _,
            TableAction::AddIdentity {
                column: of, always, ..
            },
        )) => (*of == column && step.table() == Some(&table.name)).then_some(*always),
        _ => None,
    };
    let added = match default {
        None => adds(step).map(|always| (at, always)),
        Some(_) => work
            .later(at)
            .find_map(|(later, step)| adds(step).map(|always| (later, always))),
    };
    let Some((added, always)) = added else {
        return Ok(false);
    };
    if default.is_none() && !always {
        return Ok(false);
    }
    work.claim(at, &table.name, &column)?;
    Identity {
        table,
        column,
        default,
        added,
        always,
    }
    .write(work)?;
    Ok(true)
}

struct Identity {
    table: Relation,
    column: Ident,
    /// The step that drops the default.
    default: Option<usize>,
    /// The step that adds the identity.
    added: usize,
    always: bool,
}

impl Identity {
    fn write(&self, work: &mut Work<'_>) -> Result<(), PlanError> {
        let (table, column) = (self.table.name.to_sql(), self.column.to_sql());
        let shown = format!("{}.{}", self.table.name.name, self.column);
        let catalogue = work.catalogue(self.added).cloned().unwrap_or_default();
        let old = owned(&catalogue, &self.table.name, &self.column).next();
        let old = old.map(|one| one.name.clone());
        let added = work.text(self.added);
        let Some(added) = (if self.always {
            source::by_default(added)
        } else {
            Some(added.to_owned())
        }) else {
            return Err(work.refuse(
                self.added,
                "this statement's text was not understood",
                "write it as ALTER COLUMN .. ADD GENERATED .. AS IDENTITY",
            ));
        };
        let mut statements = Vec::new();
        let mut gone = Vec::new();
        if let Some(default) = self.default {
            // The old sequence goes between the two only to leave its name to the new one.
            for (at, step) in work.later(default).filter(|(at, _)| *at < self.added) {
                if matches!(&step.change, Change::Drop(drop) if drop.object == ObjectKind::Sequence)
                {
                    gone.push(at);
                }
            }
            let drop = format!("ALTER TABLE {table} ALTER COLUMN {column} DROP DEFAULT");
            let because = format!("the identity of {shown} counts in its place");
            statements.push(match gone.is_empty() {
                true => format!("{}\n{drop}", allow("mixed-phases", &because)),
                false => drop,
            });
        }
        let dropped: Vec<String> = gone.iter().map(|at| work.text(*at).to_owned()).collect();
        let late = !dropped.is_empty();
        let numbered = work.later(self.added).any(|(at, step)| {
            matches!(&step.change, Change::Dml(dml) if dml.verb == DmlVerb::Select)
                && work.text(at).to_lowercase().contains("setval")
        });
        statements.extend(dropped);
        statements.push(format!("ALTER TABLE {table} {added}"));
        let after = work
            .steps
            .get(self.added)
            .map(|step| step.after.catalogue());
        let new = after.and_then(|after| {
            let all = owned(after, &self.table.name, &self.column);
            all.filter(|one| one.of_identity)
                .map(|one| one.name.to_sql())
                .next()
        });
        if let (Some(old), Some(new), false, false) = (old, new, numbered, late) {
            statements.push(format!(
                "SELECT setval({}, last_value, is_called) FROM {}",
                string_constant(&new),
                old.to_sql()
            ));
        } else if !numbered {
            work.draft.note(format!("the new sequence of {shown} begins at its start: set it behind the rows there are with setval in the same migration"));
        }
        let stage = if late { Stage::Finish } else { Stage::Expand };
        let block = |stage, why: String, statements| Block {
            stage,
            table: Some(self.table.name.clone()),
            subject: naming::slug_of(&self.table.name.name, &self.column),
            why,
            directives: Vec::new(),
            statements,
        };
        work.draft.block(block(
            stage,
            format!("The identity of {shown} counts on in one transaction: no INSERT finds neither default nor identity, and values that a release gives itself are taken."),
            statements,
        ));
        if self.always {
            work.draft.block(block(
                Stage::Finish,
                format!("No live instance gives values for {shown} itself any more."),
                vec![format!(
                    "ALTER TABLE {table} ALTER COLUMN {column} SET GENERATED ALWAYS"
                )],
            ));
            work.draft
                .release(At::N, format!("may give values for {shown}"));
            work.draft.release(At::N1, format!("gives no value for {shown}, or says OVERRIDING SYSTEM VALUE: the contract phase runs when no instance below N+1 is alive"));
        } else {
            work.draft.release(
                At::N,
                format!("leaves {shown} to the database, or gives a value, as before"),
            );
        }
        for at in gone.into_iter().chain([self.added]) {
            work.take(at);
        }
        Ok(())
    }
}

/// The sequences that a column owns.
fn owned<'a>(
    catalogue: &'a Catalogue,
    table: &ResolvedName,
    column: &Ident,
) -> impl Iterator<Item = &'a Relation> + use<'a> {
    let owner = (table.clone(), column.clone());
    catalogue
        .relations()
        .filter(move |relation| relation.owned_by.as_ref() == Some(&owner))
}
