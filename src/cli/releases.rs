//! The arguments that say which releases of the application may be alive.

use std::path::PathBuf;
use std::str::FromStr;

use super::CliError;
use crate::client::postgres::{self, Database};
use crate::compat::Release;
use crate::project::queries::{counted, load_release};

/// A release and where its queries are: `VERSION=PATH`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ReleaseArg {
    pub(super) version: String,
    pub(super) path: PathBuf,
}

impl FromStr for ReleaseArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((version, path)) if !version.is_empty() && !path.is_empty() => Ok(Self {
                version: version.to_owned(),
                path: path.into(),
            }),
            _ => Err("write VERSION=PATH, such as 1.4.0=queries/".to_owned()),
        }
    }
}

/// Reads the queries of a release: from files, or of a database that has counted them.
pub(super) fn load(argument: &ReleaseArg) -> Result<Release, CliError> {
    let url = argument.path.to_str().filter(|path| {
        ["postgres://", "postgresql://"]
            .iter()
            .any(|scheme| path.starts_with(scheme))
    });
    let Some(url) = url else {
        return Ok(load_release(&argument.version, &argument.path)?);
    };
    let all = postgres::counted_statements(&Database::new(url)?)?;
    let all = all.into_iter().map(|(id, text)| (id, 1, text));
    Ok(Release {
        version: argument.version.clone(),
        queries: counted("pg_stat_statements", all),
    })
}
