//! The arguments that say which databases, and which schemas of them, a subcommand is for.

use std::path::{Path, PathBuf};

use super::CliError;
use super::database::unnamed;
use crate::client::postgres::{self, Database};
use crate::client::{Many, Target};
use crate::run::Runner;

/// Which databases and schemas.
#[derive(Debug, clap::Args)]
pub(super) struct TargetArgs {
    /// A database, as postgresql://user:password@host:port/name; several get the same migrations. Unless one is
    /// named, the environment variable DATABASE_URL names it
    #[arg(long = "database-url", value_name = "URL")]
    urls: Vec<String>,
    /// A file with the connection string of a database on each line; all of them get the same migrations
    #[arg(long, value_name = "FILE")]
    databases: Option<PathBuf>,
    /// A schema that the migrations are for, such as a tenant's: search_path is set to it, and it has a history of
    /// its own; several get the same migrations
    #[arg(long = "schema", value_name = "NAME")]
    schemas: Vec<String>,
    /// How many databases or schemas are worked on at once
    #[arg(long, value_name = "NUMBER", default_value_t = 4)]
    parallel: usize,
}

/// What was named.
pub(super) enum Targets {
    /// One database, or one schema of it.
    One(Database, Option<String>),
    /// Several.
    Many(Vec<Target<Database>>),
}

impl TargetArgs {
    /// What was named; nothing is connected yet.
    pub(super) fn open(&self) -> Result<Targets, CliError> {
        let mut urls = self.urls.clone();
        if let Some(file) = &self.databases {
            urls.extend(listed(file)?);
        } else if urls.is_empty() {
            let named = std::env::var("DATABASE_URL").map_err(|_| unnamed());
            urls.push(named?);
        }
        let schemas: Vec<Option<&String>> = if self.schemas.is_empty() {
            vec![None]
        } else {
            self.schemas.iter().map(Some).collect()
        };
        if let ([url], [schema], None) = (urls.as_slice(), schemas.as_slice(), &self.databases) {
            return Ok(Targets::One(Database::new(url)?, schema.cloned()));
        }
        let mut targets = Vec::new();
        for url in &urls {
            let (database, place) = (Database::new(url)?, postgres::shown(url));
            for schema in &schemas {
                let number = targets.len() + 1;
                targets.push(match schema {
                    Some(schema) => {
                        let name = format!("{number} ({place}, schema {schema})");
                        Target::new(name, database.clone()).schema(*schema)
                    }
                    None => Target::new(format!("{number} ({place})"), database.clone()),
                });
            }
        }
        Ok(Targets::Many(targets))
    }

    pub(super) fn many(&self) -> Many {
        Many::at_once(self.parallel)
    }
}

/// The schema that a subcommand is for.
#[derive(Debug, clap::Args)]
pub(super) struct SchemaArgs {
    /// The schema that the migrations are for, where `apply` was told so
    #[arg(long, value_name = "NAME")]
    schema: Option<String>,
}

impl SchemaArgs {
    /// A runner for that schema, or for the whole of the database.
    pub(super) fn scoped(&self, runner: Runner) -> Runner {
        scoped(runner, self.schema.as_ref())
    }
}

/// A runner for one schema of a database, or for the whole.
pub(super) fn scoped(runner: Runner, schema: Option<&String>) -> Runner {
    match schema {
        Some(schema) => runner.schema(schema),
        None => runner,
    }
}

/// The connection strings of a file; one that cannot be read is named by its line.
fn listed(file: &Path) -> Result<Vec<String>, CliError> {
    let usage = |words: String| CliError::Usage(format!("{}{words}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| usage(format!(": {error}")))?;
    let mut urls = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        Database::new(line).map_err(|error| usage(format!(":{}: {error}", at + 1)))?;
        urls.push(line.to_owned());
    }
    if urls.is_empty() {
        return Err(usage(": no database stands in it".to_owned()));
    }
    Ok(urls)
}
