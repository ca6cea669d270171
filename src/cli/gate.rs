//! `concertina gate`: says of each contract whether it may begin, and who stands against it.

use super::database::DatabaseArgs;
use super::input::{Format, PathArgs};
use super::targets::SchemaArgs;
use super::{CliError, Outcome, output};
use crate::client::postgres;
use crate::report::gate_text;
use crate::run::Runner;

/// Says of each contract that is not applied whether it may begin; exit code 1 while one has to wait
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    migrations: PathArgs,
    #[command(flatten)]
    database: DatabaseArgs,
    #[command(flatten)]
    schema: SchemaArgs,
    /// A client that does not register, by its application_name or role, and the release whose schema it needs
    #[arg(long, value_name = "NAME=RELEASE", value_parser = super::input::client)]
    client: Vec<crate::run::Client>,
    /// Shape of the output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) fn run(args: &Args) -> Result<Outcome, CliError> {
    let database = args.database.open()?;
    let runner =
        Runner::new(args.migrations.read(&args.migrations.config()?)?).clients(args.client.clone());
    let runner = args.schema.scoped(runner);
    let status = postgres::status(&runner, &database)?;
    let gates = status.gates();
    match args.format {
        Format::Text => output::result(&gate_text(&gates))?,
        Format::Json => output::json(&serde_json::json!({ "version": 1, "gates": gates }))?,
    }
    Ok(if gates.iter().all(|gate| gate.is_open()) {
        Outcome::Clean
    } else {
        Outcome::Objections
    })
}
