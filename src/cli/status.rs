//! `concertina status`: how migrations, backfills and the fleet stand.

use std::time::Duration;

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};

use super::input::PathArgs;
use super::targets::{TargetArgs, Targets, scoped};
use super::{CliError, Outcome, output};
use crate::client::{Ended, postgres};
use crate::report::{
    all_json, openmetrics_all_text, openmetrics_text, status_all_text, status_text,
};
use crate::run::{Runner, State, Status};

/// Says how migrations, backfills and the fleet stand, and what is in the way
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    migrations: PathArgs,
    #[command(flatten)]
    targets: TargetArgs,
    /// Shape of the output
    #[arg(long, value_enum, default_value_t = StatusFormat::Text)]
    format: StatusFormat,
    /// Show it again and again until everything is applied or something has failed
    #[arg(long)]
    follow: bool,
}

/// The output formats of a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum StatusFormat {
    /// For people
    Text,
    /// For programs; one line a change with `--follow`
    Json,
    /// For Prometheus and the like
    Openmetrics,
}

pub(super) fn run(args: &Args) -> Result<Outcome, CliError> {
    let targets = args.targets.open()?;
    // Without a path, what the journal knows is all there is to tell.
    let migrations = if args.migrations.is_empty() {
        Vec::new()
    } else {
        args.migrations.read(&args.migrations.config()?)?
    };
    let runner = Runner::new(migrations);
    let (runner, database) = match targets {
        Targets::One(database, schema) => (scoped(runner, schema.as_ref()), database),
        Targets::Many(_) if args.follow => {
            return Err(CliError::Usage(
                "--follow shows one database or schema; name one".to_owned(),
            ));
        }
        Targets::Many(targets) => {
            let all = postgres::status_all(&runner, &targets, args.targets.many());
            return every(args.format, &all);
        }
    };
    if args.follow {
        return follow(args.format, || Ok(postgres::status(&runner, &database)?));
    }
    let status = postgres::status(&runner, &database)?;
    match args.format {
        StatusFormat::Text => output::result(&status_text(&status))?,
        StatusFormat::Json => output::json(&status)?,
        StatusFormat::Openmetrics => output::result(&openmetrics_text(&status))?,
    }
    Ok(Outcome::Clean)
}

/// How things stand in many databases or schemas; exit code 1 where one could not be asked.
fn every(format: StatusFormat, all: &[Ended<Status>]) -> Result<Outcome, CliError> {
    match format {
        StatusFormat::Text => output::result(&status_all_text(all))?,
        StatusFormat::Json => {
            let databases = all_json(all, "status");
            output::json(&serde_json::json!({ "version": 1, "databases": databases }))?;
        }
        StatusFormat::Openmetrics => {
            let known: Vec<(&str, &Status)> = all
                .iter()
                .filter_map(|one| Some((one.target.as_str(), one.result.as_ref()?.as_ref().ok()?)))
                .collect();
            output::result(&openmetrics_all_text(&known))?;
        }
    }
    let mut outcome = Outcome::Clean;
    for one in all {
        if let Some(Err(error)) = &one.result {
            outcome = Outcome::Objections;
            if format == StatusFormat::Openmetrics {
                output::note(&format!("database {}: {error}", one.target));
            }
        }
    }
    Ok(outcome)
}

/// On a terminal one view that changes; else each change as it comes.
fn follow(
    format: StatusFormat,
    ask: impl Fn() -> Result<Status, CliError>,
) -> Result<Outcome, CliError> {
    let bar = ProgressBar::new_spinner();
    // The template is a constant that indicatif reads.
    if let Ok(style) = ProgressStyle::with_template("{msg}") {
        bar.set_style(style);
    }
    let mut shown = None;
    loop {
        let status = ask()?;
        let text = status_text(&status);
        if shown.as_ref() != Some(&text) {
            match format {
                StatusFormat::Text if bar.is_hidden() => output::result(&format!("{text}\n"))?,
                StatusFormat::Text => bar.set_message(text.trim_end().to_owned()),
                StatusFormat::Json => output::json_line(&status)?,
                StatusFormat::Openmetrics => output::result(&openmetrics_text(&status))?,
            }
            shown = Some(text);
        }
        bar.tick();
        let outcome = match status.state {
            State::Settled => Outcome::Clean,
            State::Failed => Outcome::Objections,
            State::Expanding | State::Migrating | State::Held | State::Contracting => {
                std::thread::sleep(Duration::from_secs(1));
                continue;
            }
        };
        bar.finish_and_clear();
        if format == StatusFormat::Text && !bar.is_hidden() {
            output::result(&status_text(&status))?;
        }
        return Ok(outcome);
    }
}
