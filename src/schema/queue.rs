//! What a session keeps beside the schema: trigger events that wait for the end of their transaction, prepared statements.

use std::sync::Arc;

use super::session::Outcome;
use super::{Column, Constraint, ConstraintKind, Refusal, Relation, ResolvedName, Session};
use crate::sql::ast::{
    Assignment, Change, ColumnConstraint, ColumnConstraintKind, CreateTrigger, Dml, DmlVerb, Expr,
    Ident, ObjectKind, QualifiedName, Query, QueryBody, TableAction,
};

impl Session {
    /// The query that was prepared under a name.
    pub(crate) fn prepared(&self, name: &Ident) -> Option<&Query> {
        self.prepared.get(name).map(Arc::as_ref)
    }

    /// `PREPARE`, `EXECUTE` and `DEALLOCATE`.
    pub(super) fn prepare(
        &mut self,
        command: &str,
        name: Option<&Ident>,
        query: Option<&Query>,
    ) -> Outcome {
        let missing = |name: &Ident| {
            let message = format!("prepared statement \"{name}\" does not exist");
            Err(Refusal::new("26000", message))
        };
        match (command, name) {
            ("prepare", Some(name)) => {
                if self.prepared.contains_key(name) {
                    let message = format!("prepared statement \"{name}\" already exists");
                    return Err(Refusal::new("42P05", message));
                }
                if let Some(query) = query {
                    self.prepared.insert(name.clone(), Arc::new(query.clone()));
                } else {
                    self.unread_prepared = true;
                }
                Ok(())
            }
            ("execute" | "deallocate", Some(name)) if !self.prepared.contains_key(name) => {
                if self.unread_prepared {
                    Ok(())
                } else {
                    missing(name)
                }
            }
            ("deallocate", Some(name)) => {
                self.prepared.remove(name);
                Ok(())
            }
            ("deallocate" | "discard-all", None) => {
                self.prepared.clear();
                self.unread_prepared = false;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// `SET CONSTRAINTS`: what waits is tried at once, or what could be tried at once waits (manual 18, SET CONSTRAINTS).
    pub(super) fn set_constraints(&mut self, words: &str) {
        self.all_deferred = words.trim().to_ascii_lowercase().ends_with("deferred");
        if !self.all_deferred {
            self.queued.clear();
        }
    }

    /// Notes the table of a data change whose triggers wait for the end of the transaction.
    pub(super) fn note_events(&mut self, dml: &Dml) {
        let (Some(target), Ok(query)) = (&dml.target, &dml.query) else {
            return;
        };
        let Some(name) = self
            .catalogue
            .relation(target)
            .map(|table| table.name.clone())
        else {
            return;
        };
        if matches!(dml.verb, DmlVerb::Insert | DmlVerb::Merge) {
            self.note_filled(&name);
        }
        self.note_columns_filled(&name, &query.body);
        if !self.in_transaction() {
            return;
        }
        let Some(table) = self.catalogue.get(&name) else {
            return;
        };
        let set: &[Assignment] = match &query.body {
            QueryBody::Update(update) => &update.set,
            _ => &[],
        };
        let changes = |columns: &[Ident]| {
            set.iter().any(|one| {
                one.columns
                    .iter()
                    .any(|own| columns.contains(own) && !is_itself(own, one))
            })
        };
        let waits = |one: &Constraint| {
            one.enforced && (one.initially_deferred || one.deferrable && self.all_deferred)
        };
        let own = table.constraints.iter().any(|one| {
            let refers = matches!(one.kind, ConstraintKind::ForeignKey { .. });
            refers && waits(one) && (dml.verb == DmlVerb::Insert || changes(&one.columns))
        });
        let referring = |other: &Relation| {
            other.constraints.iter().any(|one| match &one.kind {
                ConstraintKind::ForeignKey {
                    table: to,
                    references,
                    ..
                } => {
                    *to == table.name
                        && waits(one)
                        && (dml.verb == DmlVerb::Delete || changes(references))
                }
                _ => false,
            })
        };
        let event = match dml.verb {
            DmlVerb::Insert => "INSERT",
            DmlVerb::Update => "UPDATE",
            DmlVerb::Delete => "DELETE",
            _ => "",
        };
        let fires = |definition: &CreateTrigger| {
            let of =
                definition.columns.is_empty() || event != "UPDATE" || changes(&definition.columns);
            of && definition.events.iter().any(|own| own == event)
        };
        let triggers = table.triggers.iter().any(|trigger| {
            trigger.enabled && trigger.definition.initially_deferred && fires(&trigger.definition)
        });
        if own || triggers || self.catalogue.dependents(&table.name).any(referring) {
            self.queued.insert(table.name.clone());
        }
    }

    /// Notes that these tables, and those that refer to them, hold no rows for the rest of the open transaction.
    pub(super) fn note_emptied(&mut self, mut tables: Vec<ResolvedName>) {
        if !self.in_transaction() {
            return;
        }
        while let Some(table) = tables.pop() {
            if self
                .catalogue
                .get(&table)
                .is_none_or(|table| table.rows.is_some())
            {
                continue;
            }
            let refers = |other: &&Relation| {
                other.constraints.iter().any(|one| {
                    matches!(&one.kind, ConstraintKind::ForeignKey { table: to, .. } if *to == table)
                })
            };
            let others = self.catalogue.dependents(&table).filter(refers);
            tables.extend(others.map(|other| other.name.clone()));
            self.catalogue.edit(&table, |table| table.rows = Some(0));
            self.emptied.insert(table);
        }
    }

    /// Notes which columns that were added get values in the rows there are, from an UPDATE or from triggers that it
    /// fires.
    fn note_columns_filled(&mut self, table: &ResolvedName, body: &QueryBody) {
        let assigned: Vec<Ident> = match body {
            QueryBody::Update(update) => {
                let columns = update.set.iter().flat_map(|one| &one.columns);
                columns.cloned().collect()
            }
            QueryBody::Merge(_) => Vec::new(),
            _ => return,
        };
        let Some(known) = self.catalogue.get(table) else {
            return;
        };
        let all = assigned.is_empty() || known.triggers.iter().next().is_some();
        let fills = |column: &Column| {
            column.made.serial != 0
                && !column.made.filled
                && (all || assigned.contains(&column.name))
        };
        if known.columns.iter().any(fills) {
            self.catalogue.edit(table, |table| {
                for column in table.columns.iter_mut().filter(|column| fills(column)) {
                    column.made.filled = true;
                }
            });
        }
    }

    /// Notes that rows are put into a table.
    pub(super) fn note_filled(&mut self, table: &ResolvedName) {
        let known = self.catalogue.get(table);
        if known.is_some_and(|known| known.made.serial != 0 && !known.made.filled) {
            self.catalogue.edit(table, |table| table.made.filled = true);
        }
        if self.emptied.remove(table).is_some() {
            self.catalogue.edit(table, |table| table.rows = None);
        }
    }

    /// Notes columns that are added without a value; whatever may write rows may fill all of them.
    pub(super) fn note_unfilled(&mut self, change: &Change) {
        let alter = match change {
            Change::AlterTable(alter) => alter,
            Change::Dml(_)
            | Change::Copy { .. }
            | Change::Do { .. }
            | Change::Utility { .. }
            | Change::Opaque { .. } => {
                self.unfilled.clear();
                return;
            }
            _ => return,
        };
        let Some(table) = self.catalogue.relation(&alter.name) else {
            return;
        };
        let table = table.name.clone();
        for action in &alter.actions {
            match &action.action {
                TableAction::AddColumn { column, .. } => {
                    let own = |one: &ColumnConstraint| {
                        matches!(
                            one.kind,
                            ColumnConstraintKind::Default(_)
                                | ColumnConstraintKind::Generated { .. }
                                | ColumnConstraintKind::Identity { .. }
                        )
                    };
                    // A domain may have a default of its own.
                    let ty = column.ty.as_ref();
                    let made = ty.and_then(|ty| self.catalogue.type_def(&ty.qualified_name()));
                    let filled =
                        column.serial || made.is_some() || column.constraints.iter().any(own);
                    let key = (table.clone(), column.name.clone());
                    match filled {
                        true => self.unfilled.remove(&key),
                        false => self.unfilled.insert(key),
                    };
                }
                TableAction::AlterType { column, .. } => {
                    self.unfilled.remove(&(table.clone(), column.clone()));
                }
                _ => {}
            }
        }
    }

    /// Why a table cannot be changed while trigger events wait for it (`CheckTableNotInUse`).
    pub(super) fn in_use(&self, change: &Change) -> Outcome {
        if self.queued.is_empty() {
            return Ok(());
        }
        let (command, names): (&str, Vec<&QualifiedName>) = match change {
            Change::AlterTable(alter) => {
                let renames = |action: &TableAction| {
                    matches!(
                        action,
                        TableAction::RenameTo(_)
                            | TableAction::RenameColumn { .. }
                            | TableAction::RenameConstraint { .. }
                            | TableAction::SetSchema(_)
                    )
                };
                if alter.actions.iter().all(|one| renames(&one.action)) {
                    return Ok(());
                }
                ("ALTER TABLE", vec![&alter.name])
            }
            Change::CreateIndex(create) => ("CREATE INDEX", vec![&create.table]),
            Change::Drop(drop) if drop.object == ObjectKind::Table => (
                "DROP TABLE",
                drop.names.iter().map(|name| &name.name).collect(),
            ),
            Change::Truncate { tables, .. } => ("TRUNCATE", tables.iter().collect()),
            Change::Cluster {
                table: Some(table), ..
            } => ("CLUSTER", vec![table]),
            _ => return Ok(()),
        };
        let waiting = |name: &&QualifiedName| -> Option<ResolvedName> {
            let found = self.catalogue.relation(name)?;
            self.queued
                .contains(&found.name)
                .then(|| found.name.clone())
        };
        match names.iter().find_map(waiting) {
            None => Ok(()),
            Some(table) => {
                let message = format!(
                    "cannot {command} \"{}\" because it has pending trigger events",
                    table.name
                );
                Err(Refusal::new("55006", message))
            }
        }
    }
}

/// `SET a = a`.
fn is_itself(column: &Ident, set: &Assignment) -> bool {
    matches!(&set.value, Expr::Column(path) if path.last() == Some(column))
}
