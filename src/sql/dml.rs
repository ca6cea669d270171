//! sqlparser's data changes to ours: INSERT, UPDATE, DELETE, MERGE.

use sqlparser::ast as their;
use sqlparser::ast::{
    AssignmentTarget, InsertOverriding, MergeInsertKind, MergeUpdateKind, OnConflictAction,
    OnInsert, TableObject, UpdateTableFromKind,
};

use super::ast::{
    Assignment, ConflictTarget, Delete, Expr, FromItem, Ident, Insert, Merge, MergeAction,
    MergeClause, OnConflict, QualifiedName, QueryBody, Update,
};
use super::expr::{begins_name, expr, exprs, first_part, ident, name, parse_expr};
use super::from::{from_item, from_items};
use super::keyword;
use super::mend::EXCISED;
use super::query::{deleted, query, returning};

pub(super) fn insert(tree: &their::Insert) -> Result<QueryBody, String> {
    let TableObject::TableName(table) = &tree.table else {
        return Err("INSERT into something that is no table".to_owned());
    };
    begins_name(table)?;
    tree.columns.iter().try_for_each(begins_name)?;
    let on_conflict = match &tree.on {
        None => None,
        Some(OnInsert::OnConflict(clause)) => Some(conflict(clause)?),
        Some(_) => return Err("ON DUPLICATE KEY is not PostgreSQL's".to_owned()),
    };
    Ok(QueryBody::Insert(Box::new(Insert {
        target: name(table),
        alias: tree.table_alias.as_ref().map(|given| ident(&given.alias)),
        columns: tree.columns.iter().map(first_part).collect(),
        parts: parts(&tree.columns),
        overriding: tree.overriding.as_ref().map(|which| match which {
            InsertOverriding::System => "SYSTEM".to_owned(),
            InsertOverriding::User => "USER".to_owned(),
        }),
        source: tree.source.as_deref().map(query).transpose()?,
        on_conflict,
        returning: returning(&tree.returning, &tree.output)?,
    })))
}

fn conflict(clause: &their::OnConflict) -> Result<OnConflict, String> {
    let target = match &clause.conflict_target {
        None => ConflictTarget::Any,
        Some(their::ConflictTarget::OnConstraint(constraint)) => {
            ConflictTarget::Constraint(name(constraint).name)
        }
        Some(their::ConflictTarget::Columns { columns, predicate }) => ConflictTarget::Columns(
            columns.iter().map(key).collect(),
            predicate.as_ref().map(expr),
        ),
    };
    let update = match &clause.action {
        OnConflictAction::DoNothing => None,
        OnConflictAction::DoUpdate(update) => Some((
            assignments(&update.assignments)?,
            update.selection.as_ref().map(expr),
        )),
    };
    Ok(OnConflict { target, update })
}

/// A key of `ON CONFLICT (..)`: a column, or an expression that was carried as text.
fn key(column: &their::Ident) -> Expr {
    match column.value.strip_prefix(EXCISED) {
        Some(text) => parse_expr(text),
        None => Expr::Column(vec![ident(column)]),
    }
}

fn assignments(all: &[their::Assignment]) -> Result<Vec<Assignment>, String> {
    all.iter()
        .map(|assignment| {
            let targets = match &assignment.target {
                AssignmentTarget::ColumnName(column) => std::slice::from_ref(column),
                AssignmentTarget::Tuple(columns) => columns.as_slice(),
            };
            targets.iter().try_for_each(begins_name)?;
            Ok(Assignment {
                columns: targets.iter().map(first_part).collect(),
                parts: parts(targets),
                value: expr(&assignment.value),
            })
        })
        .collect()
}

/// Which targets are a field or an element of a column.
fn parts(targets: &[their::ObjectName]) -> Vec<usize> {
    let targets = targets.iter().enumerate();
    let parts = targets.filter(|(_, target)| target.0.len() > 1);
    parts.map(|(at, _)| at).collect()
}

/// The one table a statement changes.
fn target(item: FromItem) -> Result<(QualifiedName, Option<Ident>), String> {
    match item {
        FromItem::Relation { name, alias, .. } => Ok((name, alias.map(|alias| alias.name))),
        FromItem::Function {
            call: Expr::Call(call),
            ..
        } if call.args.is_empty() && keyword::is_reserved(call.name.name.as_str()) => {
            Err(keyword::reserved(call.name.name.as_str()))
        }
        _ => Err("a change of something that is no table".to_owned()),
    }
}

fn is_only(item: &FromItem) -> bool {
    matches!(item, FromItem::Relation { only: true, .. })
}

pub(super) fn update(tree: &their::Update) -> Result<QueryBody, String> {
    if !tree.table.joins.is_empty() {
        return Err("UPDATE of a join is not PostgreSQL's".to_owned());
    }
    if tree.limit.is_some() || !tree.order_by.is_empty() {
        return Err("LIMIT of an UPDATE is not PostgreSQL's".to_owned());
    }
    let item = from_item(&tree.table.relation)?;
    let only = is_only(&item);
    let (table, alias) = target(item)?;
    let from = match &tree.from {
        None => Vec::new(),
        Some(UpdateTableFromKind::BeforeSet(from) | UpdateTableFromKind::AfterSet(from)) => {
            from_items(from)?
        }
    };
    Ok(QueryBody::Update(Box::new(Update {
        target: table,
        only,
        alias,
        set: assignments(&tree.assignments)?,
        from,
        filter: tree.selection.as_ref().map(expr),
        returning: returning(&tree.returning, &tree.output)?,
    })))
}

pub(super) fn delete(tree: &their::Delete) -> Result<QueryBody, String> {
    let [table] = deleted(&tree.from) else {
        return Err("DELETE from several tables is not PostgreSQL's".to_owned());
    };
    if tree.limit.is_some() || !tree.order_by.is_empty() {
        return Err("LIMIT of a DELETE is not PostgreSQL's".to_owned());
    }
    let item = from_item(&table.relation)?;
    let only = is_only(&item);
    let (table, alias) = target(item)?;
    Ok(QueryBody::Delete(Box::new(Delete {
        target: table,
        only,
        alias,
        using: from_items(tree.using.as_deref().unwrap_or_default())?,
        filter: tree.selection.as_ref().map(expr),
        returning: returning(&tree.returning, &tree.output)?,
        truncates: false,
    })))
}

pub(super) fn merge(tree: &their::Merge) -> Result<QueryBody, String> {
    let (table, alias) = target(from_item(&tree.table)?)?;
    let clauses = tree.clauses.iter().map(|clause| {
        let action = match &clause.action {
            their::MergeAction::DoNothing { .. } => MergeAction::Nothing,
            their::MergeAction::Delete { .. } => MergeAction::Delete,
            their::MergeAction::Update(update) => match &update.kind {
                MergeUpdateKind::Set(set) => MergeAction::Update(assignments(set)?),
                MergeUpdateKind::Wildcard => {
                    return Err("UPDATE SET * is not PostgreSQL's".to_owned());
                }
            },
            their::MergeAction::Insert(insert) => {
                let columns = insert.columns.iter().map(first_part).collect();
                match &insert.kind {
                    MergeInsertKind::Values(values) => {
                        let row = values.rows.first().map(|row| exprs(row));
                        MergeAction::Insert(columns, row)
                    }
                    MergeInsertKind::Row | MergeInsertKind::Wildcard => {
                        return Err("INSERT of a whole row is not PostgreSQL's".to_owned());
                    }
                }
            }
        };
        Ok(MergeClause {
            condition: clause.predicate.as_ref().map(expr),
            action,
        })
    });
    Ok(QueryBody::Merge(Box::new(Merge {
        target: table,
        alias,
        source: from_item(&tree.source)?,
        on: expr(&tree.on),
        clauses: clauses.collect::<Result<_, String>>()?,
        returning: returning(&None, &tree.output)?,
    })))
}
