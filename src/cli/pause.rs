//! `concertina pause`: makes a run stand still.

use super::database::DatabaseArgs;
use super::{CliError, Outcome, output};
use crate::client::postgres;
use crate::run::Runner;

/// Makes whoever applies migrations stand still before the next batch or step
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Why; shown by `status` and to the run
    #[arg(long, value_name = "REASON")]
    because: String,
    #[command(flatten)]
    database: DatabaseArgs,
}

pub(super) fn run(args: &Args) -> Result<Outcome, CliError> {
    let database = args.database.open()?;
    postgres::pause(&Runner::new(Vec::new()), &database, &args.because)?;
    output::note("paused; `concertina resume` lets it go on");
    Ok(Outcome::Clean)
}
