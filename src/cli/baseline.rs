//! `concertina baseline`: keeps the findings that are there, so that `check` reports only what is new.

use std::path::PathBuf;

use super::check::{JudgeArgs, Judged};
use super::{CliError, Outcome, output};
use crate::project::Baseline;

/// Writes the present findings into a file, so that check reports only what is new
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    judging: JudgeArgs,
    /// Where to write it [default: that of concertina.toml, else concertina-baseline.json]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> Result<Outcome, CliError> {
    let Judged { input, report, .. } = args.judging.judge()?;
    let configured = args.output.as_ref().or(input.config.baseline.as_ref());
    let file = configured
        .cloned()
        .unwrap_or_else(|| PathBuf::from("concertina-baseline.json"));
    let baseline = Baseline::of(&file, &report.findings, &input.judged);
    baseline.write()?;
    let shown = file.display();
    output::note(&format!(
        "note: {shown}: findings kept: {}; review it and commit it",
        baseline.len()
    ));
    if input.config.baseline.is_none() {
        output::note(&format!(
            "note: write baseline = \"{shown}\" into concertina.toml, or use --baseline {shown}"
        ));
    }
    Ok(Outcome::Clean)
}
