//! A database of its own on a server, in which migrations are run and queries are prepared, and which is then dropped.

use ::postgres::types::Type;
use ::postgres::{Client, Config, NoTls};

use super::connect::{config, failure, instance_id, place, unreachable};
use crate::run::{Failure, RunError};
use crate::schema::Catalogue;
use crate::sql::ast::TypeName;

/// A database that is dropped with this value.
pub struct Throwaway {
    admin: Client,
    client: Option<Client>,
    /// Leads to the database.
    config: Config,
    name: String,
}

/// What a server says of a query that it has prepared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    /// The types of its parameters.
    pub parameters: Vec<String>,
    /// The names and types of what it returns.
    pub columns: Vec<(String, String)>,
}

impl std::fmt::Debug for Throwaway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Throwaway")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Throwaway {
    /// Makes a new database on the server of a connection string; the database that it names stays as it is. What it is
    /// for, a word in lower-case letters, goes into its name.
    ///
    /// # Errors
    /// The server cannot be reached, or the role may create no database.
    pub fn new(url: &str, purpose: &'static str) -> Result<Self, RunError> {
        let mut config = config(url)?;
        let mut admin = connect(&config)?;
        let name = format!("concertina_{purpose}_{}", instance_id());
        // What a database has of its own beside the template would be no work of the migrations.
        let made = admin.simple_query(&format!("CREATE DATABASE {name} TEMPLATE template0"));
        made.map_err(|error| RunError::Sql {
            doing: "to create a database to try the migrations in".to_owned(),
            failure: Box::new(failure(&error)),
        })?;
        config.dbname(&name);
        let mut made = Self {
            admin,
            client: None,
            config,
            name,
        };
        made.client = Some(connect(&made.config)?);
        Ok(made)
    }

    /// Runs one statement.
    ///
    /// # Errors
    /// What the server says.
    pub fn run(&mut self, sql: &str) -> Result<(), Failure> {
        self.client()?
            .batch_execute(sql)
            .map_err(|error| failure(&error))
    }

    /// The catalogue of the database, as its next session would see it.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn catalogue(&mut self) -> Result<Catalogue, RunError> {
        // What the migrations have set is no part of the database.
        let mut fresh = connect(&self.config)?;
        super::postgres::read_catalogue(&mut fresh)
    }

    /// Prepares queries, as the database's next session would: what the migrations have set for theirs, such as a search
    /// path, is not the application's. Gives of each what the server says, in their order.
    ///
    /// # Errors
    /// No session can be opened.
    pub fn prepare<'q>(
        &mut self,
        queries: impl Iterator<Item = &'q str>,
    ) -> Result<Vec<Result<Prepared, Failure>>, RunError> {
        let mut fresh = connect(&self.config)?;
        Ok(queries.map(|sql| prepared(&mut fresh, sql)).collect())
    }

    /// What leads to the database.
    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    /// The major version of the server.
    pub(super) fn major(&mut self) -> Result<u16, Failure> {
        let version =
            self.number("SELECT current_setting('server_version_num')::bigint / 10000")?;
        Ok(u16::try_from(version).unwrap_or_default())
    }

    /// The one number that a query gives.
    pub(super) fn number(&mut self, sql: &str) -> Result<u64, Failure> {
        let row = self.client()?.query_one(sql, &[]);
        let number: i64 = row
            .and_then(|row| row.try_get(0))
            .map_err(|error| failure(&error))?;
        Ok(u64::try_from(number).unwrap_or_default())
    }

    fn client(&mut self) -> Result<&mut Client, Failure> {
        let closed = || Failure::connection("the connection is closed".to_owned());
        self.client.as_mut().ok_or_else(closed)
    }
}

fn prepared(client: &mut Client, sql: &str) -> Result<Prepared, Failure> {
    let statement = client.prepare(sql).map_err(|error| failure(&error))?;
    let columns = statement.columns().iter();
    Ok(Prepared {
        parameters: statement.params().iter().map(spelled).collect(),
        columns: columns
            .map(|column| (column.name().to_owned(), spelled(column.type_())))
            .collect(),
    })
}

fn connect(config: &Config) -> Result<Client, RunError> {
    let connected = config.connect(NoTls);
    connected.map_err(|error| RunError::Connect(Box::new(unreachable(&place(config), &error))))
}

impl Drop for Throwaway {
    fn drop(&mut self) {
        self.client = None;
        // Nobody is left to be told that it could not be dropped.
        let dropped = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        let _ = self.admin.batch_execute(&dropped);
    }
}

/// A type as `format_type` spells it.
fn spelled(ty: &Type) -> String {
    match (ty.schema(), ty.name().strip_prefix('_')) {
        ("pg_catalog", Some(element)) => TypeName::plain(element).into_array().to_string(),
        ("pg_catalog", None) => TypeName::plain(ty.name()).to_string(),
        _ => ty.to_string(),
    }
}
