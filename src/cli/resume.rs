//! `concertina resume`: lets a paused run go on, with other settings for its batches.

use super::database::DatabaseArgs;
use super::{CliError, Outcome, output};
use crate::client::postgres;
use crate::run::{Runner, Tuning};

/// Lets a paused run go on; settings given here hold for a run that is not paused too
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Rows in a batch from now on, instead of steering by its duration
    #[arg(long, value_name = "ROWS", value_parser = clap::value_parser!(u64).range(1..))]
    batch_size: Option<u64>,
    /// How long a batch should take, in milliseconds
    #[arg(long, value_name = "MS")]
    batch_target: Option<u64>,
    /// The pause between two batches, in milliseconds
    #[arg(long, value_name = "MS")]
    batch_pause: Option<u64>,
    /// How far a replica may be behind, in milliseconds
    #[arg(long, value_name = "MS")]
    replica_lag: Option<u64>,
    #[command(flatten)]
    database: DatabaseArgs,
}

pub(super) fn run(args: &Args) -> Result<Outcome, CliError> {
    let database = args.database.open()?;
    let tuning = Tuning {
        size: args.batch_size,
        target_ms: args.batch_target,
        pause_ms: args.batch_pause,
        lag_ms: args.replica_lag,
    };
    postgres::resume(&Runner::new(Vec::new()), &database, tuning)?;
    output::note("nothing is paused");
    Ok(Outcome::Clean)
}
