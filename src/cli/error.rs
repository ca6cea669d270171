//! Why a subcommand could not do its work, and the exit code that says so.

use crate::project::ProjectError;
use crate::run::RunError;

/// An error of the command line.
#[derive(Debug, thiserror::Error)]
pub(super) enum CliError {
    /// The arguments do not fit together.
    #[error("{0}")]
    Usage(String),
    /// Files could not be read or written.
    #[error(transparent)]
    Project(#[from] ProjectError),
    /// The database could not be reached or refused us.
    #[error("the database could not be reached or refused us")]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A run ended without having done what it was asked.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The result could not be written to standard output.
    #[error("standard output could not be written")]
    Output(#[source] std::io::Error),
}

impl CliError {
    /// 1 for a phase that did not complete, 2 for wrong usage or configuration, 3 for a database that could not be reached or refused us.
    pub(super) fn exit_code(&self) -> u8 {
        match self {
            Self::Database(_) => 3,
            Self::Run(RunError::ConnectionString) => 2,
            Self::Run(error) if error.is_connection() => 3,
            Self::Run(_) => 1,
            Self::Usage(_) | Self::Project(_) | Self::Output(_) => 2,
        }
    }
}
