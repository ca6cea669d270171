//! What PostgreSQL says when it refuses a statement.

use std::fmt;

use super::ResolvedName;
use crate::sql::ast::{Ident, QualifiedName};

/// Why PostgreSQL would refuse a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The SQLSTATE.
    pub sqlstate: &'static str,
    /// The message as PostgreSQL words it.
    pub message: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (SQLSTATE {})", self.message, self.sqlstate)
    }
}

impl std::error::Error for Refusal {}

impl Refusal {
    pub(crate) fn new(sqlstate: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { sqlstate, message }
    }

    pub(super) fn relation_exists(name: &Ident) -> Self {
        Self::new("42P07", format!("relation \"{name}\" already exists"))
    }

    pub(super) fn no_relation(name: &QualifiedName) -> Self {
        Self::new("42P01", format!("relation \"{name}\" does not exist"))
    }

    pub(super) fn no_schema(name: &Ident) -> Self {
        Self::new("3F000", format!("schema \"{name}\" does not exist"))
    }

    pub(super) fn no_type(name: impl fmt::Display) -> Self {
        Self::new("42704", format!("type \"{name}\" does not exist"))
    }

    pub(super) fn type_exists(name: &Ident) -> Self {
        Self::new("42710", format!("type \"{name}\" already exists"))
    }

    pub(super) fn column_exists(column: &Ident, table: &ResolvedName) -> Self {
        let message = format!(
            "column \"{column}\" of relation \"{}\" already exists",
            table.name
        );
        Self::new("42701", message)
    }

    pub(super) fn no_column(column: &Ident, table: &ResolvedName) -> Self {
        let message = format!(
            "column \"{column}\" of relation \"{}\" does not exist",
            table.name
        );
        Self::new("42703", message)
    }

    pub(super) fn constraint_exists(name: &Ident, table: &ResolvedName) -> Self {
        let message = format!(
            "constraint \"{name}\" for relation \"{}\" already exists",
            table.name
        );
        Self::new("42710", message)
    }

    /// PostgreSQL's own catalogue stops a second constraint of a name where no check is made before.
    pub(super) fn constraint_twice() -> Self {
        let index = "pg_constraint_conrelid_contypid_conname_index";
        let message = format!("duplicate key value violates unique constraint \"{index}\"");
        Self::new("23505", message)
    }

    pub(super) fn no_constraint(name: &Ident, table: &ResolvedName) -> Self {
        let message = format!(
            "constraint \"{name}\" of relation \"{}\" does not exist",
            table.name
        );
        Self::new("42704", message)
    }

    /// Whether it is about something that is not there, which more knowledge could mend.
    pub fn is_about_something_missing(&self) -> bool {
        matches!(
            self.sqlstate,
            "42P01" | "42703" | "42704" | "42883" | "3F000"
        )
    }
}
