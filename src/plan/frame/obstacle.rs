//! What depends on a column and cannot be made a second time beside it.

use crate::effects::expr;
use crate::schema::{Catalogue, ConstraintKind, EnumOrOther, Index, Relation, RelationKind};
use crate::sql::ast::{Ident, IndexKey};

/// What depends on the column and cannot be made a second time beside it.
///
/// What PostgreSQL itself refuses of a column whose type changes is not looked for unless `renamed`.
pub(in crate::plan) fn obstacle(
    catalogue: &Catalogue,
    table: &Relation,
    column: &Ident,
    renamed: bool,
) -> Option<String> {
    if table.kind != RelationKind::Table {
        let kind = table.kind.as_str().replace('-', " ");
        return Some(format!("{} is a {kind}", table.name));
    }
    if let Some(own) = own_obstacle(catalogue, table, column) {
        return Some(own);
    }
    if renamed && let Some(reader) = reader(catalogue, table, column) {
        return Some(reader);
    }
    constraint_obstacle(table, column)
}

/// What keeps a second column from standing beside the first for a while, when the first one stays.
pub(in crate::plan) fn alias_obstacle(
    catalogue: &Catalogue,
    table: &Relation,
    column: &Ident,
) -> Option<String> {
    match table.kind {
        RelationKind::Table => {}
        RelationKind::PartitionedTable => {
            let mut parts = catalogue.children(&table.name);
            if let Some(part) = parts.find(|part| part.kind != RelationKind::Table) {
                let kind = part.kind.as_str();
                return Some(format!("its partition {} is a {kind}", part.name));
            }
        }
        kind => return Some(format!("{} is a {}", table.name, kind.as_str())),
    }
    own_obstacle(catalogue, table, column)
        .or_else(|| rewriter(table))
        .or_else(|| trigger(catalogue, table, column))
}

/// What is about the column itself, or its table as one of a tree.
fn own_obstacle(catalogue: &Catalogue, table: &Relation, column: &Ident) -> Option<String> {
    if table.partition_of.is_some()
        || !table.inherits.is_empty()
        || catalogue
            .relations()
            .any(|other| other.inherits.contains(&table.name))
    {
        return Some(format!("{} is part of an inheritance tree", table.name));
    }
    let found = table.column(column)?;
    if found.generated.is_some() {
        return Some("its values are generated".to_owned());
    }
    if let Some(domain) = catalogue.type_def(&found.ty.qualified_name())
        && let EnumOrOther::Domain {
            not_null, default, ..
        } = &domain.kind
        && (*not_null || default.is_some())
    {
        return Some(format!(
            "its type {} does not allow NULL or has a default",
            domain.name
        ));
    }
    None
}

/// Who reads the column by its name.
fn reader(catalogue: &Catalogue, table: &Relation, column: &Ident) -> Option<String> {
    let generated = table.columns.iter().find(|other| {
        let generated = other.generated.as_ref();
        generated.is_some_and(|generated| expr::mentions(&generated.expr.expr, column))
    });
    if let Some(other) = generated {
        return Some(format!("the generated column {} reads it", other.name));
    }
    let reads = (table.name.clone(), Some(column.clone()));
    let mut others = catalogue.relations();
    if let Some(view) = others.find(|other| other.depends_on.contains(&reads)) {
        return Some(format!("the {} {} reads it", view.kind.as_str(), view.name));
    }
    if let Some(policy) = table.policies.first() {
        return Some(format!("the policy {} may read it", policy.name));
    }
    rewriter(table).or_else(|| trigger(catalogue, table, column))
}

fn rewriter(table: &Relation) -> Option<String> {
    let rule = table.rules.first()?;
    Some(format!("the rule {rule} may read it"))
}

/// A trigger for updates of the column, or one whose function names it.
fn trigger(catalogue: &Catalogue, table: &Relation, column: &Ident) -> Option<String> {
    let trigger = table
        .triggers
        .iter()
        .find(|trigger| trigger.definition.columns.contains(column));
    if let Some(trigger) = trigger {
        return Some(format!(
            "the trigger {} is for updates of it",
            trigger.definition.name
        ));
    }
    for trigger in &table.triggers {
        let function = &trigger.definition.function;
        let overloads = catalogue.routine(function).unwrap_or_default();
        let bodies = overloads
            .iter()
            .filter_map(|one| one.definition.body.as_deref());
        if bodies.into_iter().any(|body| names(body, column)) {
            return Some(format!("the trigger function {function} names it"));
        }
    }
    None
}

fn constraint_obstacle(table: &Relation, column: &Ident) -> Option<String> {
    for constraint in table
        .constraints
        .iter()
        .filter(|one| one.columns.contains(column))
    {
        let name = &constraint.name;
        match &constraint.kind {
            ConstraintKind::Exclude => {
                return Some(format!(
                    "the exclusion constraint {name} cannot be built without blocking writes"
                ));
            }
            ConstraintKind::Unique | ConstraintKind::PrimaryKey if constraint.deferrable => {
                return Some(format!(
                    "a second index for the deferrable constraint {name} could not be deferred"
                ));
            }
            ConstraintKind::ForeignKey { written, .. }
                if written
                    .on_delete
                    .as_ref()
                    .is_some_and(|action| action.contains('(')) =>
            {
                return Some(format!(
                    "the foreign key {name} names columns in its ON DELETE"
                ));
            }
            _ if !constraint.enforced => {
                return Some(format!("the constraint {name} is not enforced"));
            }
            _ if constraint.inherited => {
                return Some(format!("the constraint {name} is inherited"));
            }
            _ => {}
        }
    }
    let identity = table
        .replica_identity
        .1
        .as_ref()
        .and_then(|index| table.index(index));
    identity
        .filter(|index| uses(index, column))
        .map(|index| format!("the index {} is the replica identity", index.name))
}

/// Whether an index reads the column: as a key, in an expression, included, or in its predicate.
pub(in crate::plan) fn uses(index: &Index, column: &Ident) -> bool {
    let key = index.elements.iter().any(|element| match &element.key {
        IndexKey::Column(key) => key == column,
        IndexKey::Expr(expr) => expr::mentions(&expr.expr, column),
    });
    let predicate = index.predicate.as_ref();
    key || index.include.contains(column)
        || predicate.is_some_and(|expr| expr::mentions(&expr.expr, column))
}

/// Whether a text has the column's name as a word of its own, in whatever case.
pub(in crate::plan) fn names(text: &str, column: &Ident) -> bool {
    let (text, name) = (text.to_lowercase(), column.as_str().to_lowercase());
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(&name).any(|(at, _)| {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let after = text
            .get(at + name.len()..)
            .and_then(|text| text.chars().next());
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    })
}
