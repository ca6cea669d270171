//! `concertina schema`: the catalogue after replaying migrations, or of a live server.

use super::database::DatabaseArgs;
use super::input::{Format, MigrationArgs};
use super::{CliError, Outcome, output};
use crate::client::postgres;
use crate::effects::walk_knowing;
use crate::report::schema_text;
use crate::schema::document::Document;

/// Shows the schema that migrations lead to, or that a server has
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    migrations: MigrationArgs,
    #[command(flatten)]
    database: DatabaseArgs,
    /// Shape of the output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) fn run(args: &Args) -> Result<Outcome, CliError> {
    // Migrations that are named go before a database that the environment names.
    let catalogue = if args.migrations.judged.is_empty() && args.database.is_named() {
        postgres::catalogue(&args.database.open()?)?
    } else {
        let input = args.migrations.read()?;
        let mut all = input.history;
        all.extend(input.judged);
        walk_knowing(&input.known, &all, &[], &input.options).end
    };
    let document = Document::new(&catalogue);
    match args.format {
        Format::Text => output::result(&schema_text(&document))?,
        Format::Json => output::json(&document)?,
    }
    Ok(Outcome::Clean)
}
