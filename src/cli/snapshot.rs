//! `concertina snapshot`: the queries of a release as one document, to be kept and used later.

use super::releases::{self, ReleaseArg};
use super::{CliError, Outcome, output};
use crate::compat::snapshot;

/// Prints the queries of a release as one document, for `--release` and for `apply --queries`
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The release and where its queries are: `.sql` files, a `.sqlx` folder, Rust source, what pg_stat_statements has counted (CSV, JSON or a postgresql:// URL), a recorded snapshot
    #[arg(long, value_name = "VERSION=PATH", required = true)]
    release: ReleaseArg,
}

pub(super) fn run(args: &Args) -> Result<Outcome, CliError> {
    let release = releases::load(&args.release)?;
    output::result(&snapshot::write(&release))?;
    Ok(Outcome::Clean)
}
