//! Rename table or move it to another schema: at once, with a view under the old name for release N.

use super::draft::{At, Block, Stage};
use super::work::Work;
use super::{PlanError, Recipe, naming, spell};
use crate::schema::{Grants, Relation, RelationKind, ResolvedName};
use crate::sql::ast::TableAction;
use crate::sql::{Phase, string_constant};

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
    // SET .. = DEFAULT of a view gives the view's own default, and NULL without one (manual 18, ALTER VIEW).
    let defaults = columns.iter().filter_map(|column| {
        let own = column.identity.is_none() && column.generated.is_none();
        let default = column.default.as_ref().filter(|_| own)?;
        // A serial's sequence moves along.
        let owner = (old.clone(), column.name.clone());
        let sequences = step.before.catalogue().relations();
        let moved = sequences
            .filter(|_| new.schema != old.schema && default.text.contains("nextval"))
            .find(|one| one.owned_by.as_ref() == Some(&owner))
            .map(|one| ResolvedName::new(new.schema.clone(), one.name.name.clone()));
        let default = match moved {
            Some(sequence) => format!("nextval({})", string_constant(&sequence.to_sql())),
            None => default.text.clone(),
        };
        Some(format!(
            "ALTER VIEW {} ALTER COLUMN {} SET DEFAULT {default}",
            old.to_sql(),
            column.name.to_sql(),
        ))
    });
    let takes_over = [statement, view].into_iter().chain(defaults);
    let takes_over = takes_over.chain(grants(table)).collect();
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
        takes_over,
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
    draft.note(format!("what a view cannot do, release N cannot do on {old} meanwhile: COPY .. FROM, TRUNCATE, LOCK, ON CONFLICT ON CONSTRAINT, SET .. = DEFAULT of an identity or generated column, a new foreign key to it"));
    draft.note(format!("the view {old} has the privileges on {new} that migrations have granted: GRANT in the same file what the roles of release N have from elsewhere"));
    if old_version {
        draft.note(format!("before PostgreSQL 15 the view {old} reads with the rights of its owner: row-level security of {new} does not see who asks"));
    }
    Ok(true)
}

/// The privileges of a table that its view can use.
fn grants(table: &Relation) -> Vec<String> {
    let usable = |grants: &Grants| {
        let mut usable = grants.clone();
        usable.retain(|privilege| ["SELECT", "INSERT", "UPDATE", "DELETE"].contains(&privilege));
        usable
    };
    let mut all = spell::grants(&table.name, None, &usable(&table.grants));
    for column in &table.columns {
        let own = usable(&column.settings().grants);
        all.extend(spell::grants(&table.name, Some(&column.name), &own));
    }
    all
}
