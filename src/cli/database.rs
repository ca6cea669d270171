//! The arguments that say where the database is, or the server on which one can be made.

use std::path::PathBuf;

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
        self.database_url.as_deref().ok_or_else(unnamed)
    }
}

/// No database was named.
pub(super) fn unnamed() -> CliError {
    CliError::Usage("no database named: write --database-url, or set DATABASE_URL".to_owned())
}

/// A server on which databases can be made and dropped.
#[derive(Debug, clap::Args)]
pub(super) struct ServerArgs {
    #[command(flatten)]
    pub(super) database: DatabaseArgs,
    /// Starts a server of its own for this, with the PostgreSQL that is installed here, or whose programs are in FOLDER
    #[arg(long, value_name = "FOLDER", num_args = 0..=1, require_equals = true)]
    installed: Option<Option<PathBuf>>,
}

/// A server that is there until this value is gone.
pub(super) struct Standing {
    url: String,
    #[cfg(unix)]
    _own: Option<crate::client::installed::Server>,
}

impl Standing {
    /// What leads to a database that is there.
    pub(super) fn url(&self) -> &str {
        &self.url
    }
}

impl ServerArgs {
    /// Whether it is one of our own.
    pub(super) fn is_own(&self) -> bool {
        self.installed.is_some()
    }

    /// The server that was named, or one of our own, which is started.
    pub(super) fn stand(&self) -> Result<Standing, CliError> {
        match &self.installed {
            Some(folder) => own(folder.as_deref()),
            None if self.database.is_named() => Ok(Standing {
                url: self.database.url()?.to_owned(),
                #[cfg(unix)]
                _own: None,
            }),
            None => Err(CliError::Usage(
                "no server named: write --database-url, set DATABASE_URL, or write --installed for one of its own"
                    .to_owned(),
            )),
        }
    }
}

#[cfg(unix)]
fn own(folder: Option<&std::path::Path>) -> Result<Standing, CliError> {
    use crate::client::installed::Installed;
    let refused = |error: &dyn std::error::Error| {
        let cause = error.source().map(|cause| format!(": {cause}"));
        CliError::Usage(format!("{error}{}", cause.unwrap_or_default()))
    };
    let installed = match folder {
        Some(folder) => Installed::at(folder),
        None => Installed::find(),
    };
    let installed = installed.map_err(|error| refused(&error))?;
    super::output::note(&format!(
        "note: starting a server of {}",
        installed.bin().display()
    ));
    let server = installed.start().map_err(|error| refused(&error))?;
    Ok(Standing {
        url: server.url("postgres"),
        _own: Some(server),
    })
}

#[cfg(not(unix))]
fn own(_folder: Option<&std::path::Path>) -> Result<Standing, CliError> {
    Err(CliError::Usage(
        "--installed needs a Unix; name a server with --database-url".to_owned(),
    ))
}
