//! `concertina apply`: applies what is missing, phase by phase.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::input::{Format, PathArgs};
use super::targets::{TargetArgs, Targets, scoped};
use super::{CliError, Outcome, output};
use crate::client::postgres::{self, Database};
use crate::client::{Ended, Silent, Stamped, Target};
use crate::project::load_release;
use crate::report::{all_json, event_text, rehearsal_text, run_all_text, run_text};
use crate::run::{BatchLimits, Event, LockLimits, Report, Runner};
use crate::sql::Phase;

/// Applies migrations in phases, while the application serves
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    migrations: PathArgs,
    #[command(flatten)]
    targets: TargetArgs,
    /// The last phase to apply: expand, migrate or contract
    #[arg(long, value_name = "PHASE", default_value = "contract")]
    phase: Phase,
    /// The release that runs this
    #[arg(long, value_name = "VERSION")]
    release: Option<semver::Version>,
    /// The queries of that release, recorded for its instances: what `--release` of `check` takes, or a snapshot
    #[arg(long, value_name = "PATH", requires = "release")]
    queries: Option<PathBuf>,
    /// Wait for the gate of a contract, for an hour or the seconds given
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "3600")]
    wait: Option<u64>,
    /// The longest that traffic may queue behind a lock we wait for, in milliseconds
    #[arg(long, value_name = "MS")]
    lock_timeout: Option<u64>,
    /// The longest that all attempts at the locks of one step may take together, in seconds
    #[arg(long, value_name = "SECONDS")]
    lock_budget: Option<u64>,
    /// How many batches of a backfill are at work at once, each on a connection of its own
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..))]
    backfill_workers: u8,
    /// How many more of them join in while nobody else uses the server
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    backfill_idle_workers: u8,
    /// Open the gate of contracts whatever stands against it; the reason is recorded
    #[arg(long, value_name = "REASON")]
    force: Option<String>,
    /// A client that does not register, by its application_name or role, and the release whose schema it needs
    #[arg(long, value_name = "NAME=RELEASE", value_parser = super::input::client)]
    client: Vec<crate::run::Client>,
    /// Once one of several databases or schemas has failed, begin no other; what is under way comes to its end
    #[arg(long)]
    stop_at_failure: bool,
    /// Print every command that would be sent, and send none of them
    #[arg(long)]
    dry_run: bool,
    /// Shape of the output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) fn run(args: &Args) -> Result<Outcome, CliError> {
    let targets = args.targets.open()?;
    let runner = args.runner(args.migrations.read(&args.migrations.config()?)?)?;
    match targets {
        Targets::One(database, schema) => {
            let runner = scoped(runner, schema.as_ref());
            if args.dry_run {
                return dry_run(args, &runner, &database);
            }
            one(args, &runner, &database)
        }
        Targets::Many(_) if args.dry_run => Err(CliError::Usage(
            "--dry-run shows the commands for one database or schema; name one".to_owned(),
        )),
        Targets::Many(targets) => every(args, &runner, &targets),
    }
}

fn dry_run(args: &Args, runner: &Runner, database: &Database) -> Result<Outcome, CliError> {
    let rehearsed = postgres::drive(runner.rehearse(), database, &mut Silent)?;
    match args.format {
        Format::Text => output::result(&rehearsal_text(&rehearsed))?,
        Format::Json => {
            output::json(&serde_json::json!({ "version": 1, "migrations": rehearsed }))?;
        }
    }
    Ok(Outcome::Clean)
}

fn one(args: &Args, runner: &Runner, database: &Database) -> Result<Outcome, CliError> {
    let report = match args.format {
        Format::Json => {
            let mut broken = None;
            let report = postgres::apply(runner, database, &mut |event: &Stamped| {
                broken = broken.take().or(output::json_line(event).err());
            });
            broken.map_or(Ok(()), Err)?;
            report?
        }
        Format::Text => {
            let mut screen = Screen::new();
            let report = postgres::apply(runner, database, &mut |event: &Stamped| {
                screen.show(&event.event)
            });
            screen.bar.finish_and_clear();
            let report = report?;
            output::result(&run_text(&report))?;
            report
        }
    };
    Ok(if report.is_complete() {
        Outcome::Clean
    } else {
        Outcome::Objections
    })
}

/// An event of one of many databases.
#[derive(serde::Serialize)]
struct Named<'a> {
    database: &'a str,
    #[serde(flatten)]
    event: &'a Stamped,
}

/// Applies the migrations to many databases or schemas, some at once, with one report.
fn every(args: &Args, runner: &Runner, targets: &[Target<Database>]) -> Result<Outcome, CliError> {
    let broken = Mutex::new(None);
    let observe = |name: &str| {
        let (database, broken) = (name.to_owned(), &broken);
        move |stamped: &Stamped| match args.format {
            Format::Text if is_passing(&stamped.event) => {}
            Format::Text => output::note(&format!("{database}: {}", event_text(&stamped.event))),
            Format::Json => {
                let event = Named {
                    database: &database,
                    event: stamped,
                };
                if let Err(error) = output::json_line(&event) {
                    *broken.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                }
            }
        }
    };
    let many = args.targets.many().stop_at_failure(args.stop_at_failure);
    let ended = postgres::apply_all(runner, targets, many, observe);
    let broken = broken.into_inner().unwrap_or_else(PoisonError::into_inner);
    broken.map_or(Ok(()), Err)?;
    match args.format {
        Format::Text => output::result(&run_all_text(&ended))?,
        Format::Json => output::json_line(&serde_json::json!({
            "version": 1,
            "event": "report",
            "at": jiff::Timestamp::now().to_string(),
            "databases": all_json(&ended, "report"),
        }))?,
    }
    let complete = |one: &Ended<Report>| {
        let done = one.result.as_ref().and_then(|result| result.as_ref().ok());
        done.is_some_and(Report::is_complete)
    };
    Ok(if ended.iter().all(complete) {
        Outcome::Clean
    } else {
        Outcome::Objections
    })
}

impl Args {
    fn runner(&self, migrations: Vec<crate::sql::Migration>) -> Result<Runner, CliError> {
        let defaults = LockLimits::default();
        let ceiling = self
            .lock_timeout
            .map_or(defaults.ceiling, Duration::from_millis);
        let limits = LockLimits {
            first: defaults.first.min(ceiling),
            ceiling,
            budget: self
                .lock_budget
                .map_or(defaults.budget, Duration::from_secs),
            ..defaults
        };
        let mut runner = Runner::new(migrations)
            .phase(self.phase)
            .locks(limits)
            .batches(BatchLimits {
                workers: self.backfill_workers.into(),
                idle_workers: self.backfill_idle_workers.into(),
                ..BatchLimits::default()
            })
            .clients(self.client.clone());
        if let Some(release) = &self.release {
            if let Some(path) = &self.queries {
                runner = runner.queries(load_release(&release.to_string(), path)?.queries);
            }
            runner = runner.release(release.clone());
        }
        if let Some(wait) = self.wait {
            runner = runner.wait_for_gate(Duration::from_secs(wait));
        }
        if let Some(reason) = &self.force {
            runner = runner.force(reason);
        }
        Ok(runner)
    }
}

/// Whether an event is one of many of its kind, of which the last counts.
fn is_passing(event: &Event) -> bool {
    matches!(event, Event::Batch { .. } | Event::LeaderWaiting { .. })
}

/// Lines of events, and a bar for the backfill that is under way; both on standard error.
struct Screen {
    bar: ProgressBar,
}

impl Screen {
    fn new() -> Self {
        let bar = ProgressBar::new_spinner();
        // The template is a constant that indicatif reads.
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
            bar.set_style(style);
        }
        Self { bar }
    }

    fn show(&mut self, event: &Event) {
        let line = event_text(event);
        if is_passing(event) && !self.bar.is_hidden() {
            self.bar.set_message(line);
            self.bar.tick();
        } else {
            self.bar.suspend(|| output::note(&line));
        }
    }
}
