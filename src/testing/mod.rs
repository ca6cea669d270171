//! Assertions for `cargo test`: the project's migrations and queries, judged like `concertina check` does.
//!
//! ```no_run
//! use concertina::testing::Check;
//!
//! // What `concertina.toml` says of migrations, history, releases and rules.
//! Check::of_project(".").assert();
//! // The same said here: what is new since the newest tag, against the queries that the source held then.
//! Check::of("migrations").against("v*").release("deployed", "src").assert();
//! // Without git.
//! let check = Check::of("migrations").applied_up_to("41").release("1.4.0", "queries");
//! check.assert();
//! // Every query of each release works after each migration, contracts too.
//! check.assert_releases_survive();
//! // Each phase leaves the releases that are alive then working: 1.4.0 until the first contract, 2.0.0 from there on.
//! let check = check.next_release("2.0.0", "next/queries");
//! check.assert_roll_out();
//! // Nothing is left to be split, and what was planned is still what its original asks for.
//! check.planned_from("plans/V42__rename_name.sql").assert_planned();
//! ```
//!
//! What an assertion looks at is a value too: `report`, `survival`, `roll_out` and `unplanned` give it, as text for people
//! (`Display`) and for snapshots (`Serialize`).

mod planned;

use std::path::{Path, PathBuf};

use crate::compat::{Release, RollOut, roll_out};
use crate::effects::{Known, Timeline, walk_knowing};
use crate::plan;
use crate::project::queries::load_release;
use crate::project::{Config, ProjectError, Since, load, load_statistics};
use crate::report::CompatReport;
use crate::rules::{Input, Options, Report, Severity, check_knowing, judge};
use crate::sql::Migration;
use planned::Ground;
pub use planned::{NotAsPlanned, Unplanned};

/// A check that a test makes; paths are relative to the package, where `cargo test` runs.
#[derive(Debug)]
#[must_use = "nothing is checked before assert or report"]
pub struct Check {
    folder: PathBuf,
    history: Vec<Migration>,
    judged: Vec<Migration>,
    releases: Vec<Release>,
    next: Option<Release>,
    originals: Vec<Migration>,
    options: Options,
    known: Known,
    config: Config,
}

impl Check {
    /// What the `concertina.toml` in a folder or above it says: its migrations, what is applied of them, the
    /// releases and their queries, the major version, and the levels of rules.
    ///
    /// # Panics
    /// The configuration, or what it names, cannot be read.
    #[track_caller]
    pub fn of_project(folder: impl AsRef<Path>) -> Self {
        let folder = folder.as_ref();
        let config = readable(Config::load(None, folder));
        let read = |paths: &[PathBuf]| -> Vec<Migration> {
            let loaded = paths.iter().map(|path| readable(load(path, config.layout)));
            loaded.flat_map(|loaded| loaded.migrations).collect()
        };
        let paths = match config.migrations.as_slice() {
            [] => vec![folder.join("migrations")],
            named => named.to_vec(),
        };
        let mut judged = read(&paths);
        let mut history = read(&config.history);
        // Of a folder that is both, what is judged is no history.
        history.retain(|one| judged.iter().all(|own| own.file != one.file));
        history.extend(readable(config.applied(&mut judged)));
        if let Some(since) = &config.against {
            let (applied, fresh) = readable(since.divide(&paths, config.layout, judged));
            history.extend(applied);
            judged = fresh;
        }
        let releases = config.releases.iter();
        let releases = releases
            .flat_map(|(version, path)| read_releases(version, path, config.against.as_ref()));
        let statistics = config.statistics.as_ref();
        Self {
            releases: releases.collect(),
            next: None,
            originals: Vec::new(),
            options: Options {
                version: config.postgres.unwrap_or(Options::default().version),
                in_transaction: config.in_transaction,
            },
            known: Known {
                search_path: config.search_path.clone(),
                statistics: statistics
                    .map(|path| readable(load_statistics(path)))
                    .unwrap_or_default(),
                small: config.small,
                // An assertion is about what breaks.
                waits_without_end: false,
            },
            history,
            judged,
            folder: folder.to_owned(),
            config,
        }
    }

    /// All migrations of a folder are judged.
    ///
    /// # Panics
    /// The folder cannot be read.
    #[track_caller]
    pub fn of(migrations: impl AsRef<Path>) -> Self {
        let folder = migrations.as_ref().to_owned();
        let judged = readable(load(&folder, None)).migrations;
        Self {
            folder,
            history: Vec::new(),
            judged,
            releases: Vec::new(),
            next: None,
            originals: Vec::new(),
            options: Options::default(),
            known: Known::default(),
            config: Config::default(),
        }
    }

    /// Migrations up to that version are deployed: known, and not judged.
    ///
    /// # Panics
    /// No migration has that version.
    #[track_caller]
    pub fn applied_up_to(mut self, version: &str) -> Self {
        let last = self.judged.iter().position(|one| one.version == version);
        let last = last.unwrap_or_else(|| panic!("no migration has version {version}"));
        let judged = self.judged.split_off(last + 1);
        self.history = std::mem::replace(&mut self.judged, judged);
        self
    }

    /// What stood at a git revision, or at the newest tag of a pattern such as `v*`, is deployed: what is new or changed
    /// since is judged, and releases that are named after this are read as they stood there.
    ///
    /// # Panics
    /// There is no such revision, or `git` is not there.
    #[track_caller]
    pub fn against(mut self, revision: &str) -> Self {
        let since = Since {
            revision: revision.to_owned(),
            days: None,
        };
        let paths = [self.folder.clone()];
        let (applied, fresh) = readable(since.divide(&paths, self.config.layout, self.judged));
        self.history.extend(applied);
        self.judged = fresh;
        self.config.against = Some(since);
        self
    }

    /// A release that may be alive while the migrations run, and where its queries are.
    ///
    /// # Panics
    /// The queries cannot be read.
    #[track_caller]
    pub fn release(mut self, version: &str, queries: impl AsRef<Path>) -> Self {
        let found = read_releases(version, queries.as_ref(), self.config.against.as_ref());
        self.releases.extend(found);
        self
    }

    /// The release that is rolled out in the place of those, and where its queries are; they are read as they stand.
    ///
    /// # Panics
    /// The queries cannot be read.
    #[track_caller]
    pub fn next_release(mut self, version: &str, queries: impl AsRef<Path>) -> Self {
        self.next = Some(readable(load_release(version, queries.as_ref())));
        self
    }

    /// The unsafe migration that a plan was made of, kept beside the migrations that replace it.
    ///
    /// # Panics
    /// The file cannot be read.
    #[track_caller]
    pub fn planned_from(mut self, original: impl AsRef<Path>) -> Self {
        let loaded = readable(load(original.as_ref(), self.config.layout));
        self.originals.extend(loaded.migrations);
        self
    }

    /// The major version of PostgreSQL; the newest unless set.
    pub fn postgres(mut self, version: u16) -> Self {
        self.options.version = version;
        self
    }

    /// What is found.
    pub fn report(&self) -> Report {
        let mut report = check_knowing(&self.input(&self.releases), &self.known);
        report.relevel(|finding| self.config.level(finding));
        report
    }

    /// Passes when nothing is found that users will notice, or of the severity that the configuration fails on.
    ///
    /// # Panics
    /// With the findings that fail it, and the queries that break.
    #[track_caller]
    pub fn assert(&self) {
        let mut report = self.report();
        let failing = self.config.fail_on.unwrap_or(Severity::Error);
        let fails = report.fails(failing);
        report.findings.retain(|one| one.severity >= failing);
        assert!(!fails, "migrations that users would notice\n\n{report}");
    }

    /// Every query of each release on the way through the migrations.
    pub fn survival(&self) -> Vec<CompatReport> {
        let found = judge(&self.input(&self.releases), &self.known);
        let reports = self.releases.iter().map(|release| {
            CompatReport::new(release, &self.judged, &found.breaks)
                .with_findings(&found.report.findings)
        });
        reports.collect()
    }

    /// Passes when each release works after every one of the migrations, contracts too; what could not be decided passes.
    ///
    /// # Panics
    /// With the queries that break, and what breaks them.
    #[track_caller]
    pub fn assert_releases_survive(&self) {
        let mut broken = self.survival();
        broken.retain(CompatReport::has_breaks);
        let text: Vec<String> = broken.iter().map(CompatReport::to_string).collect();
        let text = text.join("\n");
        assert!(broken.is_empty(), "a release does not survive\n\n{text}");
    }

    /// The deploy stage by stage: the releases until the first contract, the next one from there on.
    pub fn roll_out(&self) -> RollOut {
        let all: Vec<Release> = self.releases.iter().chain(&self.next).cloned().collect();
        let findings = check_knowing(&self.input(&all), &self.known).findings;
        let next = self.next.as_ref();
        roll_out(&self.releases, next, &self.judged, &self.timeline()).with_findings(&findings)
    }

    /// Passes when every phase leaves the releases working that are alive then; what could not be decided passes.
    ///
    /// # Panics
    /// With the stages, and the queries that break at each.
    #[track_caller]
    pub fn assert_roll_out(&self) {
        let stages = self.roll_out();
        assert!(
            stages.works(),
            "a phase leaves a live release with a query that breaks\n\n{stages}"
        );
    }

    /// The migrations that are not as `concertina plan` makes them: what it would split, what it cannot split, and where
    /// they differ from the plans of the originals.
    pub fn unplanned(&self) -> Unplanned {
        let ground = Ground {
            history: &self.history,
            judged: &self.judged,
            known: &self.known,
            options: &self.options,
        };
        let mut options = plan::Options::default();
        let next = self.next.as_ref();
        options.next_release = next.and_then(|next| next.version.parse().ok());
        let mut migrations = ground.unsplit();
        let originals = self.originals.iter();
        migrations.extend(originals.filter_map(|one| ground.outgrown(one, &options)));
        Unplanned { migrations }
    }

    /// Passes when no migration wants splitting, and the plan of each original is what stands.
    ///
    /// # Panics
    /// With the migrations that are not as planned, and what to do.
    #[track_caller]
    pub fn assert_planned(&self) {
        let unplanned = self.unplanned();
        assert!(
            unplanned.migrations.is_empty(),
            "migrations that are not as planned\n\n{unplanned}"
        );
    }

    fn input<'a>(&'a self, releases: &'a [Release]) -> Input<'a> {
        Input {
            history: &self.history,
            judged: &self.judged,
            releases,
            role: None,
            options: self.options,
        }
    }

    fn timeline(&self) -> Timeline {
        walk_knowing(&self.known, &self.history, &self.judged, &self.options)
    }
}

/// A release as it stands, or as it stood at the deployed revision where that holds it.
#[track_caller]
fn read_releases(version: &str, path: &Path, since: Option<&Since>) -> Vec<Release> {
    let then = since.map(|since| readable(since.releases(version, path)));
    match then.unwrap_or_default() {
        none if none.is_empty() => vec![readable(load_release(version, path))],
        then => then,
    }
}

#[track_caller]
fn readable<T>(read: Result<T, ProjectError>) -> T {
    read.unwrap_or_else(|error| panic!("{error}"))
}
