//! `concertina status`: how migrations, backfills and the fleet stand.

use super::database::DatabaseArgs;
use super::input::{Format, PathArgs};
use super::{CliError, Outcome, output};
use crate::client::postgres;
use crate::report::status_text;
use crate::run::Runner;

/// Says how migrations, backfills and the fleet stand, and what is in the way
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    migrations: PathArgs,
    #[command(flatten)]
    database: DatabaseArgs,
    /// Shape of the output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) fn run(args: &Args) -> Result<Outcome, CliError> {
    let database = args.database.open()?;
    // Without a path, what the journal knows is all there is to tell.
    let migrations = if args.migrations.is_empty() {
        Vec::new()
    } else {
        args.migrations.read(&args.migrations.config()?)?
    };
    let status = postgres::status(&Runner::new(migrations), &database)?;
    match args.format {
        Format::Text => output::result(&status_text(&status))?,
        Format::Json => output::json(&status)?,
    }
    Ok(Outcome::Clean)
}
