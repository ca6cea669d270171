//! Which tables and columns the migrations under judgement made themselves: no live release knows those.

use imbl::OrdSet;

use crate::schema::{Catalogue, ResolvedName};
use crate::sql::ast::{AlterTable, Change, Ident, QualifiedName, TableAction};

/// What has been made since the point up to which everything is deployed. Cloning is cheap.
#[derive(Debug, Clone, Default)]
pub(super) struct Fresh {
    relations: OrdSet<ResolvedName>,
    columns: OrdSet<(ResolvedName, Ident)>,
}

impl Fresh {
    /// Whether a relation has been made since.
    pub(super) fn relation(&self, name: &ResolvedName) -> bool {
        self.relations.contains(name)
    }

    /// Whether a column has been made since, its table perhaps with it.
    pub(super) fn column(&self, table: &ResolvedName, column: &Ident) -> bool {
        self.relation(table) || self.columns.contains(&(table.clone(), column.clone()))
    }

    /// Takes note of what a change has made.
    pub(super) fn note(&mut self, change: &Change, before: &Catalogue, after: &Catalogue) {
        match change {
            Change::CreateTable(create) => self.created(&create.name, before, after),
            Change::CreateView(create) => self.created(&create.name, before, after),
            Change::CreateSequence(create) => self.created(&create.name, before, after),
            Change::CreateSchema { elements, .. } => {
                elements
                    .iter()
                    .for_each(|element| self.note(element, before, after));
            }
            Change::AlterTable(alter) => self.altered(alter, before),
            _ => {}
        }
    }

    fn created(&mut self, name: &QualifiedName, before: &Catalogue, after: &Catalogue) {
        let made = after.relation(name).map(|relation| &relation.name);
        if let Some(made) = made
            && before.get(made).is_none()
        {
            self.relations.insert(made.clone());
        }
    }

    fn altered(&mut self, alter: &AlterTable, before: &Catalogue) {
        let Some(table) = before.relation(&alter.name) else {
            return;
        };
        let mut name = table.name.clone();
        for action in &alter.actions {
            match &action.action {
                TableAction::AddColumn { column, .. } if table.column(&column.name).is_none() => {
                    self.columns.insert((name.clone(), column.name.clone()));
                }
                TableAction::RenameColumn { from, to }
                    if self.columns.remove(&(name.clone(), from.clone())).is_some() =>
                {
                    self.columns.insert((name.clone(), to.clone()));
                }
                TableAction::RenameTo(to) => {
                    let renamed = ResolvedName::new(name.schema.clone(), to.clone());
                    self.moved(&name, &renamed);
                    name = renamed;
                }
                TableAction::SetSchema(schema) => {
                    let moved = ResolvedName::new(schema.clone(), name.name.clone());
                    self.moved(&name, &moved);
                    name = moved;
                }
                _ => {}
            }
        }
    }

    fn moved(&mut self, from: &ResolvedName, to: &ResolvedName) {
        if self.relations.remove(from).is_some() {
            self.relations.insert(to.clone());
        }
        let first = (from.clone(), Ident::new(""));
        let own = self.columns.range(first..);
        let own = own.take_while(|(table, _)| table == from);
        for entry in own.cloned().collect::<Vec<_>>() {
            self.columns.remove(&entry);
            self.columns.insert((to.clone(), entry.1));
        }
    }
}
