//! `concertina stats`: how large the relations of a server are, for rules that tell small from large.

use std::path::PathBuf;

use super::database::DatabaseArgs;
use super::{CliError, Outcome, output};
use crate::client::postgres;
use crate::project;

/// Writes how large the relations of a server are, for --statistics
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    database: DatabaseArgs,
    /// Where to write it [default: standard output]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> Result<Outcome, CliError> {
    let statistics = postgres::statistics(&args.database.open()?)?;
    let mut text = statistics.to_json();
    text.push('\n');
    match &args.output {
        None => output::result(&text)?,
        Some(file) => {
            project::write_text(file, &text)?;
            let count = statistics.iter().count();
            output::note(&format!("note: {}: {count} relations", file.display()));
        }
    }
    Ok(Outcome::Clean)
}
