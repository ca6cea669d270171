//! `concertina repair`: files that were edited after they were applied, declared to be what was applied.

use super::database::DatabaseArgs;
use super::input::{Format, PathArgs};
use super::targets::SchemaArgs;
use super::{CliError, Outcome, output};
use crate::client::postgres;
use crate::report::divergence_text;
use crate::run::Runner;

/// Shows applied migrations whose files have been edited since, and declares the edited text to be what was applied
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    migrations: PathArgs,
    #[command(flatten)]
    database: DatabaseArgs,
    #[command(flatten)]
    schema: SchemaArgs,
    /// Declare this file to have been applied as it is now; nothing of it is run
    #[arg(long, value_name = "FILE", requires = "because")]
    accept: Vec<String>,
    /// Why; recorded
    #[arg(long, value_name = "REASON")]
    because: Option<String>,
    /// Shape of the output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) fn run(args: &Args) -> Result<Outcome, CliError> {
    let database = args.database.open()?;
    let migrations = args.migrations.read(&args.migrations.config()?)?;
    if let Some(unknown) = args
        .accept
        .iter()
        .find(|file| !migrations.iter().any(|one| one.file == **file))
    {
        return Err(CliError::Usage(format!(
            "--accept {unknown}: there is no such migration; name one as `concertina repair` shows it"
        )));
    }
    let runner = args.schema.scoped(Runner::new(migrations));
    let machine = runner.repair(&args.accept, args.because.as_deref().unwrap_or_default());
    let found = postgres::drive(machine, &database, &mut crate::client::Silent)?;
    match args.format {
        Format::Text => output::result(&divergence_text(&found))?,
        Format::Json => output::json(&serde_json::json!({ "version": 1, "divergences": found }))?,
    }
    Ok(if found.iter().all(|one| one.repaired) {
        Outcome::Clean
    } else {
        Outcome::Objections
    })
}
