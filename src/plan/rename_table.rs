//! Rename table or move it to another schema: at once, with a view under the old name for release N.

use super::draft::{At, Block, Stage};
use super::work::Work;
use super::{PlanError, Recipe, naming, spell};
use crate::schema::{RelationKind, ResolvedName};
use crate::sql::Phase;
use crate::sql::ast::TableAction;

pub(super) const RECIPE: Recipe = Recipe {
    id: "rename-table",
    summary: "gives the table its new name and, in the same transaction, makes a view under the old one, which is dropped last",
    take,
};

fn take(work: &mut Work<'_>, at: usize) -> Result<bool, PlanError> {
    let Some(step) = work.steps.get(at) else {
        return Ok(false);
    };
    let Some((alter, action)) = step.action() else {
        return Ok(false);
    };
    let name = alter.name.clone();
    let statement = format!(
        "{} {}",
        step.head.as_deref().unwrap_or_default(),
        work.text(at)
    );
    if step.phase != Some(Phase::Contract) || step.refusal.is_some() {
        return Ok(false);
    }
    let Ok(table) = work.relation(at, &name) else {
        return Ok(false);
    };
    let new = match action {
        TableAction::RenameTo(to) => ResolvedName::new(table.name.schema.clone(), to.clone()),
        TableAction::SetSchema(schema) => {
            ResolvedName::new(schema.clone(), table.name.name.clone())
        }
        _ => return Ok(false),
    };
    let is_table = matches!(
        table.kind,
        RelationKind::Table | RelationKind::PartitionedTable
    );
    if !is_table || new == table.name {
        return Ok(false);
    }
    let (old, columns) = (table.name.clone(), &table.columns);
    // The rights of who asks, as on the table itself (from PostgreSQL 15).
    let invoker = if step.before.version() >= 15 {
        " WITH (security_invoker = true)"
    } else {
        ""
    };
    let view = format!(
        "CREATE VIEW {}{invoker} AS SELECT {} FROM {}",
        old.to_sql(),
        spell::list(columns.iter().map(|column| &column.name)),
        new.to_sql()
    );
    let block = |stage, why: String, statements| Block {
        stage,
        table: Some(old.clone()),
        subject: naming::slug(&[old.name.as_str()]),
        why,
        directives: Vec::new(),
        statements,
    };
    let expand = block(
        Stage::Expand,
        format!(
            "{old} becomes {new}; the view under the old name reads and writes it for releases that say {old}."
        ),
        vec![statement, view],
    );
    let finish = block(
        Stage::Finish,
        format!("No live instance says {old} any more."),
        vec![format!("DROP VIEW {}", old.to_sql())],
    );
    let old_version = step.before.version() < 15;
    let draft = &mut work.draft;
    draft.block(expand);
    draft.block(finish);
    draft.release(At::N, format!("says {old}, which is a view of {new}"));
    draft.release(
        At::N1,
        format!(
            "says {new}: the contract phase drops the view when no instance below N+1 is alive"
        ),
    );
    draft.note(format!("what a view cannot do, release N cannot do on {old} meanwhile: COPY .. FROM, TRUNCATE, LOCK, ON CONFLICT ON CONSTRAINT, a new foreign key to it"));
    draft.note(format!("privileges are not copied to the view {old}: GRANT what the roles of release N need, in the same file"));
    if old_version {
        draft.note(format!("before PostgreSQL 15 the view {old} reads with the rights of its owner: row-level security of {new} does not see who asks"));
    }
    Ok(true)
}
