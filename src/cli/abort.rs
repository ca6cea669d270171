//! `concertina abort`: ends the run that is under way.

use super::database::DatabaseArgs;
use super::targets::SchemaArgs;
use super::{CliError, Outcome, output};
use crate::client::postgres;
use crate::run::Runner;

/// Ends the run that is under way; what is committed stays, and the next `apply` goes on from there
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Why; told to the run
    #[arg(long, value_name = "REASON")]
    because: String,
    #[command(flatten)]
    database: DatabaseArgs,
    #[command(flatten)]
    schema: SchemaArgs,
}

pub(super) fn run(args: &Args) -> Result<Outcome, CliError> {
    let database = args.database.open()?;
    let runner = args.schema.scoped(Runner::new(Vec::new()));
    postgres::abort(&runner, &database, &args.because)?;
    output::note(
        "the run that is under way ends; `concertina apply` goes on from where it stopped",
    );
    Ok(Outcome::Clean)
}
