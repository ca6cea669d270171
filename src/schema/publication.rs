//! Publications: the tables they name, with columns and filters.

use super::session::Outcome;
use super::{Catalogue, Refusal, Relation, RelationKind, ResolvedName, Session, mentions};
use crate::sql::ast::{
    Ident, ObjectKind, Persistence, PublicationChange, PublicationVerb, StorageOption,
};

/// A publication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// `FOR ALL TABLES`.
    pub all_tables: bool,
    /// `FOR TABLES IN SCHEMA`.
    pub schemas: Vec<Ident>,
    /// The tables it names.
    pub tables: Vec<PublishedTable>,
    /// Whether it publishes each of these: updates, deletes.
    pub publishes: (bool, bool),
}

/// A table of a publication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedTable {
    /// The table.
    pub table: ResolvedName,
    /// The columns of its list.
    pub columns: Vec<Ident>,
    /// The columns its filter names.
    pub filter: Vec<Ident>,
}

impl Publication {
    /// Whether it publishes a table.
    pub fn covers(&self, table: &Relation) -> bool {
        self.all_tables
            || self.schemas.contains(&table.name.schema)
            || self.tables.iter().any(|own| own.table == table.name)
    }

    fn set_options(&mut self, options: &[StorageOption]) {
        for option in options.iter().filter(|option| option.name == "publish") {
            let value = option.value.as_deref().unwrap_or_default();
            let says = |word: &str| value.to_ascii_lowercase().contains(word);
            self.publishes = (says("update"), says("delete"));
        }
    }
}

impl Catalogue {
    /// All publications by name.
    pub fn publications(&self) -> impl Iterator<Item = (&Ident, &Publication)> {
        self.publications.iter().map(|(name, one)| (name, &**one))
    }

    /// Whether a column stands in the list or the filter of a publication.
    pub(super) fn publication_names(&self, table: &ResolvedName, column: &Ident) -> Option<&Ident> {
        let mut all = self.publications.iter();
        let found = all.find(|(_, one)| {
            one.tables.iter().any(|own| {
                own.table == *table && (own.columns.contains(column) || own.filter.contains(column))
            })
        });
        found.map(|(name, _)| name)
    }

    /// Whether a column stands in the filter of a publication.
    pub(super) fn publication_filters(&self, table: &ResolvedName, column: &Ident) -> bool {
        let mut all = self.publications.values();
        all.any(|one| {
            let mut tables = one.tables.iter();
            tables.any(|own| {
                own.table == *table && (own.filter.contains(column) || own.columns.contains(column))
            })
        })
    }

    /// Changes the tables of every publication.
    pub(super) fn edit_published(&mut self, change: impl Fn(&mut Vec<PublishedTable>)) {
        let publications = self.publications.iter().map(|(name, one)| {
            let mut one = one.clone();
            let mut tables = one.tables.clone();
            change(&mut tables);
            if tables != one.tables {
                std::sync::Arc::make_mut(&mut one).tables = tables;
            }
            (name.clone(), one)
        });
        if !self.publications.is_empty() {
            self.publications = publications.collect();
        }
    }
}

impl Session {
    /// Refuses a publication that is not there.
    pub(super) fn has_publication(&self, name: &Ident) -> Outcome {
        match self.catalogue.publications.contains_key(name) || self.catalogue.incomplete {
            true => Ok(()),
            false => Err(super::drop::missing(ObjectKind::Publication, name)),
        }
    }

    pub(super) fn publication(&mut self, change: &PublicationChange) -> Outcome {
        let name = &change.name;
        let known = self.catalogue.publications.get(name).cloned();
        let mut own = match (change.verb, known) {
            (PublicationVerb::Create, Some(_)) => {
                let message = format!("publication \"{name}\" already exists");
                return Err(Refusal::new("42710", message));
            }
            (PublicationVerb::Create, None) => Publication {
                all_tables: change.all_tables,
                schemas: Vec::new(),
                tables: Vec::new(),
                publishes: (true, true),
            },
            (_, Some(own)) => Publication::clone(&own),
            (_, None) => {
                let message = format!("publication \"{name}\" does not exist");
                return Err(Refusal::new("42704", message));
            }
        };
        own.set_options(&change.options);
        let mut tables = Vec::new();
        for written in &change.tables {
            let table = self.reach(&written.table)?;
            let mut reached = vec![table.clone()];
            if !written.only && change.verb != PublicationVerb::Drop {
                reached.extend(self.inheriting(&table));
            }
            for table in reached {
                if change.verb != PublicationVerb::Drop {
                    may_be_published(self.known(&table)?, self.version)?;
                }
                tables.push(PublishedTable {
                    table,
                    columns: written.columns.clone().unwrap_or_default(),
                    filter: written.filter.iter().flat_map(mentions::columns).collect(),
                });
            }
        }
        match change.verb {
            PublicationVerb::Create | PublicationVerb::Set => {
                own.tables = tables;
                own.schemas.clone_from(&change.schemas);
            }
            PublicationVerb::Add => {
                for table in tables {
                    let relation = &table.table.name;
                    if own.tables.iter().any(|one| one.table == table.table) {
                        let message = format!(
                            "relation \"{relation}\" is already member of publication \"{name}\""
                        );
                        return Err(Refusal::new("42710", message));
                    }
                    own.tables.push(table);
                }
                own.schemas.extend(change.schemas.iter().cloned());
            }
            PublicationVerb::Drop => {
                for table in tables {
                    let before = own.tables.len();
                    own.tables.retain(|one| one.table != table.table);
                    if own.tables.len() == before {
                        let relation = &table.table.name;
                        let message =
                            format!("relation \"{relation}\" is not part of the publication");
                        return Err(Refusal::new("42704", message));
                    }
                }
                own.schemas
                    .retain(|schema| !change.schemas.contains(schema));
            }
            PublicationVerb::Options => {}
        }
        self.catalogue.publications.insert(name.clone(), own.into());
        Ok(())
    }

    /// Everything that inherits from a table, partitions excepted.
    fn inheriting(&self, table: &ResolvedName) -> Vec<ResolvedName> {
        let mut found: Vec<ResolvedName> = Vec::new();
        let mut waiting = vec![table.clone()];
        while let Some(parent) = waiting.pop() {
            for child in self.catalogue.children(&parent) {
                if child.partition_of.is_none() && !found.contains(&child.name) {
                    found.push(child.name.clone());
                    waiting.push(child.name.clone());
                }
            }
        }
        found
    }
}

/// Refuses to publish what has no changes that could be sent (`check_publication_add_relation`).
fn may_be_published(relation: &Relation, version: u16) -> Outcome {
    let name = &relation.name.name;
    let is_table = matches!(
        relation.kind,
        RelationKind::Table | RelationKind::PartitionedTable
    );
    let message = match (is_table, version) {
        (false, ..15) => format!("\"{name}\" is not a table"),
        (true, ..15) => format!("table \"{name}\" cannot be replicated"),
        _ => format!("cannot add relation \"{name}\" to publication"),
    };
    match is_table && relation.persistence == Persistence::Permanent {
        true => Ok(()),
        false => Err(Refusal::new("22023", message)),
    }
}
