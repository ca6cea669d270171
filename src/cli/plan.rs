//! `concertina plan`: breaking migrations as expand, migrate and contract files.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use super::check::Judged;
use super::input::{Format, MigrationArgs};
use super::{CliError, Outcome, output};
use crate::effects::before_each;
use crate::plan::{self, Document, Plan, PlanError};
use crate::project::{Config, Layout, Place, PlannedFile, plan_versions};
use crate::schema::{Catalogue, Session};
use crate::sql::Migration;

/// Splits breaking migrations into expand, migrate and contract files
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    migrations: MigrationArgs,
    /// The first release that no longer needs the old shape: contracts wait until none below it is alive
    #[arg(long, value_name = "VERSION")]
    after: Option<semver::Version>,
    /// Write the files in the place of the migrations they replace
    #[arg(long)]
    write: bool,
    /// Shape of the output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// A plan with the files it goes into.
struct Planned {
    original: String,
    plan: Plan,
    place: Place,
    /// Of each migration of the plan; the first one holds its SQL.
    files: Vec<Vec<PlannedFile>>,
}

pub(super) fn run(args: &Args) -> Result<Outcome, CliError> {
    let input = args.migrations.read()?;
    let options = args.options();
    let plans = before_each(
        &input.known,
        &input.history,
        &input.judged,
        &input.options,
        |migration, before| plan::plan(migration, before, &options),
    );
    let (mut planned, mut taken) = (Vec::new(), Vec::new());
    for (migration, plan) in input.judged.iter().zip(plans) {
        match plan.map_err(|error| CliError::Usage(error.to_string()))? {
            Some(plan) => planned.push(place(
                &args.migrations,
                migration,
                plan,
                &input.config,
                &mut taken,
            )?),
            None => output::note(&format!(
                "note: {}: nothing in it needs splitting",
                migration.file
            )),
        }
    }
    match args.format {
        Format::Text => output::result(&text(&planned))?,
        Format::Json => output::json(&document(&planned))?,
    }
    if args.write {
        for one in &planned {
            one.place.write(&one.files.concat())?;
            output::note(&format!(
                "note: {} is replaced by {} migrations",
                one.original,
                one.files.len()
            ));
        }
    }
    Ok(Outcome::Clean)
}

impl Args {
    fn options(&self) -> plan::Options {
        let mut options = plan::Options::default();
        options.next_release.clone_from(&self.after);
        options
    }
}

/// Where a plan goes; the versions it takes are added to those that plans of the same folder have taken.
fn place(
    migrations: &MigrationArgs,
    migration: &Migration,
    plan: Plan,
    config: &Config,
    taken: &mut Vec<(PathBuf, String)>,
) -> Result<Planned, CliError> {
    let path = Path::new(&migration.file);
    let layout = migrations
        .judged
        .layout(config)
        .unwrap_or_else(|| Layout::of(path));
    let place = Place::of(path, layout)?;
    let before = taken.iter().filter(|(folder, _)| folder == place.folder());
    let before = before.map(|(_, version)| version.as_str());
    let versions: Vec<&str> = place.versions().into_iter().chain(before).collect();
    let files = layout.plan_files(&migration.version, &versions, &plan.migrations);
    let own = plan_versions(&migration.version, &versions, plan.migrations.len());
    taken.extend(
        own.into_iter()
            .map(|version| (place.folder().to_owned(), version)),
    );
    Ok(Planned {
        original: migration.file.clone(),
        plan,
        place,
        files,
    })
}

/// The plans of the wanted migrations among those that something was found in; what needs none is passed over.
pub(super) fn plans(
    judged: &Judged,
    wanted: impl Fn(&Migration) -> bool,
) -> Vec<(&Migration, Result<Plan, PlanError>)> {
    let Judged { input, before, .. } = judged;
    let all = before.iter().filter_map(|(at, before)| {
        let migration = input.judged.get(*at).filter(|one| wanted(one))?;
        Some((migration, before))
    });
    let all: Vec<(&Migration, &Catalogue)> = all.collect();
    let plans = crate::parallel::map(&all, |(migration, before)| {
        let before = Session::on((*before).clone(), input.options.version);
        let plan = plan::plan(migration, &before, &plan::Options::default());
        plan.transpose().map(|plan| (*migration, plan))
    });
    plans.into_iter().flatten().collect()
}

/// Puts plans in the place of the wanted migrations; gives each file that is gone with its successors.
///
/// # Errors
/// A file cannot be written or removed.
pub(super) fn replace(
    migrations: &MigrationArgs,
    judged: &Judged,
    wanted: impl Fn(&Migration) -> bool,
) -> Result<Vec<(PathBuf, Vec<PathBuf>)>, CliError> {
    let mut replaced = Vec::new();
    for (migration, plan) in plans(judged, wanted) {
        match plan {
            Ok(plan) => {
                let config = &judged.input.config;
                let planned = place(migrations, migration, plan, config, &mut Vec::new())?;
                planned.place.write(&planned.files.concat())?;
                output::note(&format!(
                    "note: {} is replaced by {} migrations",
                    planned.original,
                    planned.files.len()
                ));
                let files = planned.paths().map(PathBuf::from).collect();
                replaced.push((PathBuf::from(&planned.original), files));
            }
            Err(error) => output::note(&format!("note: no plan: {error}")),
        }
    }
    Ok(replaced)
}

impl Planned {
    /// The path of each migration's SQL.
    fn paths(&self) -> impl Iterator<Item = String> {
        let first = |files: &Vec<PlannedFile>| {
            files
                .first()
                .map(|file| self.place.path(file).display().to_string())
        };
        self.files
            .iter()
            .map(move |files| first(files).unwrap_or_default())
    }
}

fn document(planned: &[Planned]) -> Document {
    let mut document = Document::default();
    for one in planned {
        document.add(&one.plan, one.paths());
    }
    document
}

fn text(planned: &[Planned]) -> String {
    let mut text = String::new();
    for one in planned {
        for (path, migration) in one.paths().zip(&one.plan.migrations) {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "==> {path} ({})", migration.phase);
            let mut modes: Vec<(&str, Vec<&str>)> = Vec::new();
            for lock in &migration.locks {
                match modes.iter_mut().find(|(mode, _)| *mode == lock.mode) {
                    Some((_, held)) => held.push(&lock.relation),
                    None => modes.push((&lock.mode, vec![&lock.relation])),
                }
            }
            for (mode, held) in modes {
                let _ = writeln!(text, "    locks {} in {mode}", held.join(", "));
            }
            let _ = writeln!(text, "{}", migration.sql);
        }
        let width = one
            .plan
            .releases
            .iter()
            .map(|release| release.step.len())
            .max()
            .unwrap_or(0);
        for release in &one.plan.releases {
            let _ = writeln!(
                text,
                "release {:<width$}  {}",
                release.step, release.application
            );
        }
        for note in &one.plan.notes {
            let _ = writeln!(text, "note: {note}");
        }
    }
    text
}
