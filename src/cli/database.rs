//! The argument that says where the database is.

use super::CliError;
use crate::client::postgres::Database;

/// Which database.
#[derive(Debug, clap::Args)]
pub(super) struct DatabaseArgs {
    /// The database, as postgresql://user:password@host:port/name
    #[arg(long, value_name = "URL", env = "DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
}

impl DatabaseArgs {
    /// Whether a database was named.
    pub(super) fn is_named(&self) -> bool {
        self.database_url.is_some()
    }

    /// The database that was named; nothing is connected yet.
    pub(super) fn open(&self) -> Result<Database, CliError> {
        Ok(Database::new(self.url()?)?)
    }

    /// Its connection string.
    pub(super) fn url(&self) -> Result<&str, CliError> {
        self.database_url.as_deref().ok_or_else(|| {
            CliError::Usage(
                "no database named: write --database-url, or set DATABASE_URL".to_owned(),
            )
        })
    }
}
