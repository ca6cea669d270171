//! `concertina explain`: what each statement does.

use super::input::{Format, MigrationArgs, TransactionArg};
use super::{CliError, Outcome, output};
use crate::effects::{Document, Options, walk};
use crate::report::explain_text;

/// Says what each statement locks, rewrites, scans and blocks
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    migrations: MigrationArgs,
    /// Whether the runner wraps each file in a transaction (auto: as the layout's tool does)
    #[arg(long, value_enum, default_value_t = TransactionArg::Auto)]
    in_transaction: TransactionArg,
    /// Shape of the output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) fn run(args: &Args) -> Result<Outcome, CliError> {
    let input = args.migrations.read()?;
    let options = Options {
        version: args.migrations.pg,
        in_transaction: args.in_transaction.forced(),
    };
    let document = Document::new(
        &walk(&input.history, &input.judged, &options),
        &input.judged,
    );
    match args.format {
        Format::Text => output::result(&explain_text(&document))?,
        Format::Json => output::json(&document)?,
    }
    Ok(Outcome::Clean)
}
