//! `concertina forget`: takes an instance off the fleet that cannot leave by itself.

use super::database::DatabaseArgs;
use super::{CliError, Outcome, output};
use crate::client::postgres;
use crate::run::Runner;

/// Takes an instance off the fleet that is known to be gone; `status` lists them
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The id of the instance
    #[arg(value_name = "INSTANCE")]
    instance: String,
    /// Why it is certain that it is gone; recorded
    #[arg(long, value_name = "REASON")]
    because: String,
    #[command(flatten)]
    database: DatabaseArgs,
}

pub(super) fn run(args: &Args) -> Result<Outcome, CliError> {
    let database = args.database.open()?;
    postgres::forget(
        &Runner::new(Vec::new()),
        &database,
        &args.instance,
        &args.because,
    )?;
    output::note(&format!("instance {} is forgotten", args.instance));
    Ok(Outcome::Clean)
}
