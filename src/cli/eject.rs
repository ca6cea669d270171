//! `concertina eject`: what going back to another tool means.

use super::database::DatabaseArgs;
use super::input::{Format, PathArgs};
use super::targets::SchemaArgs;
use super::{CliError, Outcome, output};
use crate::client::postgres;
use crate::report::eject_text;
use crate::run::Runner;

/// Says what refinery, sqlx or diesel would find applied and what it would do at once, if it took over again
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    migrations: PathArgs,
    #[command(flatten)]
    database: DatabaseArgs,
    #[command(flatten)]
    schema: SchemaArgs,
    /// Drop schema concertina, where nothing would be applied twice
    #[arg(long)]
    drop: bool,
    /// Shape of the output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) fn run(args: &Args) -> Result<Outcome, CliError> {
    let database = args.database.open()?;
    let runner = Runner::new(args.migrations.read(&args.migrations.config()?)?);
    let runner = args.schema.scoped(runner);
    let eject = postgres::drive(
        runner.eject(args.drop),
        &database,
        &mut crate::client::Silent,
    )?;
    match args.format {
        Format::Text => output::result(&eject_text(&eject))?,
        Format::Json => output::json(&eject)?,
    }
    Ok(if eject.is_clean() {
        Outcome::Clean
    } else {
        Outcome::Objections
    })
}
