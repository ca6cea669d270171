//! Labels that the open transaction added to an enum: PostgreSQL refuses to use them before it ends.

use super::expr;
use super::work::Work;
use crate::schema::{EnumOrOther, Relation, ResolvedName};
use crate::sql::ast::*;

/// Refuses a statement that uses such a label (lock-truth: `type.enum_add_value_then_default_same_transaction`).
pub(super) fn refuse_unsafe(work: &mut Work<'_>, change: &Change) {
    let labels: Vec<(ResolvedName, String)> = work
        .session
        .unsafe_labels()
        .map(|(ty, label)| (ty.clone(), label.to_owned()))
        .collect();
    if labels.is_empty() {
        return;
    }
    let search = Search { work, labels };
    let found = search.change(change);
    if let Some((ty, label)) = found {
        let message = format!(
            "unsafe use of new value \"{label}\" of enum type {}",
            ty.name
        );
        work.refuse("55P04", message);
    }
}

type Found = Option<(ResolvedName, String)>;

struct Search<'w, 'a> {
    work: &'w Work<'a>,
    labels: Vec<(ResolvedName, String)>,
}

impl Search<'_, '_> {
    fn change(&self, change: &Change) -> Found {
        match change {
            Change::CreateTable(create) => {
                let made = self.work.after.relation(&create.name);
                let mut checks = create.constraints.iter();
                let checks = checks.find_map(|one| match &one.kind {
                    TableConstraintKind::Check(check) => self.expr(made, &check.expr),
                    _ => None,
                });
                let mut columns = create.columns.iter();
                checks
                    .or_else(|| columns.find_map(|one| self.column(one, made)))
                    .or_else(|| self.bound(create.partition_of.as_ref()?))
            }
            Change::CreateIndex(create) => {
                let table = self.work.relation(&create.table);
                let mut keys = create.elements.iter().filter_map(|one| match &one.key {
                    IndexKey::Expr(expr) => Some(expr),
                    IndexKey::Column(_) => None,
                });
                let predicate = create.predicate.as_ref();
                predicate
                    .and_then(|predicate| self.expr(table, &predicate.expr))
                    .or_else(|| keys.find_map(|key| self.expr(table, &key.expr)))
            }
            Change::CreateView(create) => self.query(create.query.query.as_ref().ok()?),
            Change::CreatePolicy(policy) => {
                let table = self.work.relation(&policy.table);
                let exprs = policy.using.iter().chain(&policy.check);
                exprs
                    .into_iter()
                    .find_map(|one| self.expr(table, &one.expr))
            }
            Change::AlterTable(alter) => {
                let table = self.work.relation(&alter.name);
                let mut actions = alter.actions.iter();
                actions.find_map(|action| self.action(table, &action.action))
            }
            Change::Dml(dml) => self.query(dml.query.as_ref().ok()?),
            Change::Utility {
                query: Some(query), ..
            } => self.query(query),
            Change::AlterDomain {
                name,
                action: AlterDomain::Default(Some(default)),
            } => {
                let ty = TypeName {
                    schema: name.schema.clone(),
                    ..TypeName::plain(name.name.as_str())
                };
                self.value(Some(&ty), &default.expr)
            }
            // The body of a function in SQL is analysed when it is made (manual 18, CREATE FUNCTION).
            Change::CreateRoutine(create)
                if create.language.as_deref() == Some("sql") || create.atomic =>
            {
                let body = crate::sql::body_statements("sql", create.body.as_deref()?);
                body.iter().find_map(|one| self.change(&one.change))
            }
            _ => None,
        }
    }

    /// `FOR VALUES IN ('label')` of a table that is partitioned by the enum.
    fn bound(&self, part: &PartitionOf) -> Found {
        let parent = self.work.relation(&part.parent)?;
        let [key] = parent.partition_by.as_ref()?.keys.as_slice() else {
            return None;
        };
        let IndexKey::Column(key) = &key.key else {
            return None;
        };
        let ty = parent.column(key)?.ty.qualified_name();
        let ty = self.work.before.type_def(&ty)?;
        let mut labels = self.labels.iter();
        let is = |label: &str| part.bound.contains(&crate::sql::string_constant(label));
        labels
            .find(|(own, label)| *own == ty.name && is(label))
            .cloned()
    }

    fn action(&self, table: Option<&Relation>, action: &TableAction) -> Found {
        match action {
            TableAction::AddColumn { column, .. } => self.column(column, table),
            TableAction::SetDefault { column, expr } => {
                let own = table.and_then(|table| table.column(column));
                self.value(own.map(|own| &own.ty), &expr.expr)
                    .or_else(|| self.expr(table, &expr.expr))
            }
            TableAction::AddConstraint(added) => match &added.kind {
                TableConstraintKind::Check(check) => self.expr(table, &check.expr),
                _ => None,
            },
            _ => None,
        }
    }

    fn column(&self, column: &ColumnDef, table: Option<&Relation>) -> Found {
        column.constraints.iter().find_map(|one| match &one.kind {
            ColumnConstraintKind::Default(default) => self
                .value(column.ty.as_ref(), &default.expr)
                .or_else(|| self.expr(None, &default.expr)),
            ColumnConstraintKind::Check(check) => self.expr(table, &check.expr),
            ColumnConstraintKind::Generated { expr, .. } => self.expr(table, &expr.expr),
            _ => None,
        })
    }

    fn query(&self, query: &Query) -> Found {
        match &query.body {
            QueryBody::Insert(insert) => {
                let table = self.work.relation(&insert.target)?;
                let Some(source) = &insert.source else {
                    return None;
                };
                let QueryBody::Values(rows) = &source.body else {
                    return self.query(source);
                };
                rows.iter().find_map(|row| {
                    row.iter().enumerate().find_map(|(at, value)| {
                        let column = match insert.columns.get(at) {
                            Some(name) => table.column(name),
                            None => table.columns.get(at),
                        };
                        self.value(column.map(|column| &column.ty), value)
                            .or_else(|| self.expr(None, value))
                    })
                })
            }
            QueryBody::Update(update) => {
                let table = self.work.relation(&update.target);
                let set = update.set.iter().find_map(|one| {
                    let column = one.columns.first();
                    let own = table.and_then(|table| table.column(column?));
                    self.value(own.map(|own| &own.ty), &one.value)
                        .or_else(|| self.expr(table, &one.value))
                });
                let filter = || update.filter.as_ref();
                set.or_else(|| filter().and_then(|filter| self.expr(table, filter)))
            }
            QueryBody::Delete(delete) => {
                let table = self.work.relation(&delete.target);
                self.expr(table, delete.filter.as_ref()?)
            }
            QueryBody::Select(select) => {
                let table = match select.from.as_slice() {
                    [FromItem::Relation { name, .. }] => self.work.relation(name),
                    _ => None,
                };
                let items = select.projection.iter().find_map(|item| match item {
                    SelectItem::Expr { expr, .. } => self.expr(table, expr),
                    _ => None,
                });
                items.or_else(|| self.expr(table, select.filter.as_ref()?))
            }
            _ => None,
        }
    }

    /// A constant where a value of a type is wanted.
    fn value(&self, ty: Option<&TypeName>, value: &Expr) -> Found {
        let ty = ty?;
        if let (Expr::Array(items), true) = (value, ty.array) {
            return items.iter().find_map(|item| self.value(Some(ty), item));
        }
        let Expr::String(text) = value else {
            return None;
        };
        let mut def = self.work.before.type_def(&ty.qualified_name())?;
        while let EnumOrOther::Domain { base, .. } = &def.kind {
            def = self.work.before.type_def(&base.qualified_name())?;
        }
        let elements = text
            .trim_start_matches('{')
            .trim_end_matches('}')
            .split(',');
        let mut elements = elements.map(|one| one.trim().trim_matches('"'));
        let mut labels = self.labels.iter();
        labels
            .find(|(own, label)| {
                *own == def.name && (label == text || ty.array && elements.any(|one| one == label))
            })
            .cloned()
    }

    /// A constant that is cast to the type, or compared with a column of it.
    fn expr(&self, table: Option<&Relation>, whole: &Expr) -> Found {
        let mut found = None;
        let typed = |expr: &Expr| match expr {
            Expr::Column(path) => {
                let column = table?.column(path.last()?)?;
                Some(column.ty.clone())
            }
            _ => None,
        };
        expr::visit(whole, &mut |part| {
            let here = match part {
                Expr::Cast { expr, ty } => self.value(Some(ty), expr),
                Expr::Binary { left, right, .. } => self
                    .value(typed(left).as_ref(), right)
                    .or_else(|| self.value(typed(right).as_ref(), left)),
                Expr::InList { expr, list, .. } => {
                    let ty = typed(expr);
                    list.iter().find_map(|one| self.value(ty.as_ref(), one))
                }
                _ => None,
            };
            if found.is_none() {
                found = here;
            }
        });
        found
    }
}
