//! `concertina explain`: what each statement does.

use super::input::{Format, MigrationArgs, TransactionArg};
use super::{CliError, Outcome, output};
use crate::effects::{Document, walk_knowing};
use crate::report::{explain_text, page_text};
use crate::rules::{self, Rule};

/// Says what each statement locks, rewrites, scans and blocks; or prints the page of a rule
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
    if let Some(rule) = args.migrations.judged.only().and_then(rules::rule) {
        return print(rule, args.format);
    }
    let input = args.migrations.read()?;
    let mut options = input.options;
    options.in_transaction = args.in_transaction.forced().or(options.in_transaction);
    let document = Document::new(
        &walk_knowing(&input.known, &input.history, &input.judged, &options),
        &input.judged,
    );
    match args.format {
        Format::Text => output::result(&explain_text(&document))?,
        Format::Json => output::json(&document)?,
    }
    Ok(Outcome::Clean)
}

/// Prints the page of a rule.
fn print(rule: &'static Rule, format: Format) -> Result<Outcome, CliError> {
    match format {
        Format::Text => output::result(&page_text(rule))?,
        Format::Json => output::json(&super::rules::entry(rule))?,
    }
    Ok(Outcome::Clean)
}
