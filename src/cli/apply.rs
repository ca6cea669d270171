//! `concertina apply`: applies what is missing, phase by phase.

use std::path::PathBuf;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::database::DatabaseArgs;
use super::input::{Format, PathArgs};
use super::{CliError, Outcome, output};
use crate::client::{Silent, Stamped, postgres};
use crate::project::load_release;
use crate::report::{event_text, rehearsal_text, run_text};
use crate::run::{Event, LockLimits, Runner};
use crate::sql::Phase;

/// Applies migrations in phases, while the application serves
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    migrations: PathArgs,
    #[command(flatten)]
    database: DatabaseArgs,
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
    /// Open the gate of contracts whatever stands against it; the reason is recorded
    #[arg(long, value_name = "REASON")]
    force: Option<String>,
    /// A client that does not register, by its application_name or role, and the release whose schema it needs
    #[arg(long, value_name = "NAME=RELEASE", value_parser = super::input::client)]
    client: Vec<crate::run::Client>,
    /// A file with the connection string of a database on each line; all of them get the same migrations
    #[arg(long, value_name = "FILE", conflicts_with = "database_url")]
    databases: Option<PathBuf>,
    /// How many databases are worked on at once
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 4,
        requires = "databases"
    )]
    parallel: usize,
    /// Print every command that would be sent, and send none of them
    #[arg(long)]
    dry_run: bool,
    /// Shape of the output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) fn run(args: &Args) -> Result<Outcome, CliError> {
    if let Some(file) = &args.databases {
        return every(args, file);
    }
    let database = args.database.open()?;
    let runner = args.runner(args.migrations.read(&args.migrations.config()?)?)?;
    if args.dry_run {
        let rehearsed = postgres::drive(runner.rehearse(), &database, &mut Silent)?;
        match args.format {
            Format::Text => output::result(&rehearsal_text(&rehearsed))?,
            Format::Json => {
                output::json(&serde_json::json!({ "version": 1, "migrations": rehearsed }))?
            }
        }
        return Ok(Outcome::Clean);
    }
    let report = match args.format {
        Format::Json => {
            let mut broken = None;
            let report = postgres::apply(&runner, &database, &mut |event: &Stamped| {
                broken = broken.take().or(output::json_line(event).err());
            });
            broken.map_or(Ok(()), Err)?;
            report?
        }
        Format::Text => {
            let mut screen = Screen::new();
            let report = postgres::apply(&runner, &database, &mut |event: &Stamped| {
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

/// Applies the migrations to every database of a file, some at once, with one report.
fn every(args: &Args, file: &std::path::Path) -> Result<Outcome, CliError> {
    let runner = args.runner(args.migrations.read(&args.migrations.config()?)?)?;
    let text = std::fs::read_to_string(file)
        .map_err(|error| CliError::Usage(format!("{}: {error}", file.display())))?;
    let lines = text.lines().map(str::trim);
    let urls = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut databases = Vec::new();
    for (at, url) in urls.enumerate() {
        let database = postgres::Database::new(url)?;
        databases.push((format!("{} ({})", at + 1, postgres::shown(url)), database));
    }
    let ended = postgres::apply_all(&runner, &databases, args.parallel);
    let mut worst = Outcome::Clean;
    let mut documents = Vec::new();
    for (name, ended) in &ended {
        match ended {
            Ok(report) => {
                if !report.is_complete() {
                    worst = Outcome::Objections;
                }
                documents.push(serde_json::json!({ "database": name, "report": report }));
                if args.format == Format::Text {
                    output::result(&format!("database {name}\n{}", run_text(report)))?;
                }
            }
            Err(error) => {
                worst = Outcome::Objections;
                let error = error.to_string();
                documents.push(serde_json::json!({ "database": name, "error": error }));
                if args.format == Format::Text {
                    output::result(&format!("database {name}\nfailed  {error}\n"))?;
                }
            }
        }
    }
    if args.format == Format::Json {
        output::json(&serde_json::json!({ "version": 1, "databases": documents }))?;
    }
    Ok(worst)
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
        let passing = matches!(event, Event::Batch { .. } | Event::LeaderWaiting { .. });
        if passing && !self.bar.is_hidden() {
            self.bar.set_message(line);
            self.bar.tick();
        } else {
            self.bar.suspend(|| output::note(&line));
        }
    }
}
