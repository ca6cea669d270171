//! `concertina compat`: every query of a release against the schema along migrations.

use super::input::{Format, MigrationArgs};
use super::releases::{self, ReleaseArg};
use super::{CliError, Outcome, output};
use crate::effects::walk_knowing;
use crate::report::CompatReport;

/// Shows which queries of a release the migrations break
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    migrations: MigrationArgs,
    /// The release and where its queries are: `.sql` files, a `.sqlx` folder, Rust source, what pg_stat_statements has counted (CSV, JSON or a postgresql:// URL), a recorded snapshot
    #[arg(long, value_name = "VERSION=PATH", required = true)]
    release: ReleaseArg,
    /// Shape of the output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) fn run(args: &Args) -> Result<Outcome, CliError> {
    let input = args.migrations.read()?;
    let release = releases::load(&args.release)?;
    let report = CompatReport::new(
        &release,
        &input.judged,
        &walk_knowing(&input.known, &input.history, &input.judged, &input.options),
    );
    match args.format {
        Format::Text => output::result(&report.to_text())?,
        Format::Json => output::json(&report)?,
    }
    Ok(if report.has_breaks() {
        Outcome::Objections
    } else {
        Outcome::Clean
    })
}
