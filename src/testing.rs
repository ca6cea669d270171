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
//! Check::of("migrations").applied_up_to("41").release("1.4.0", "queries").assert();
//! ```

use std::fmt::Write;
use std::path::{Path, PathBuf};

use crate::compat::Release;
use crate::effects::Known;
use crate::project::queries::load_release;
use crate::project::{Config, ProjectError, Since, load, load_statistics};
use crate::rules::{Input, Options, Report, Severity, check_knowing};
use crate::sql::Migration;

/// A check that a test makes; paths are relative to the package, where `cargo test` runs.
#[derive(Debug)]
#[must_use = "nothing is checked before assert or report"]
pub struct Check {
    folder: PathBuf,
    history: Vec<Migration>,
    judged: Vec<Migration>,
    releases: Vec<Release>,
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

    /// The major version of PostgreSQL; the newest unless set.
    pub fn postgres(mut self, version: u16) -> Self {
        self.options.version = version;
        self
    }

    /// What is found.
    pub fn report(&self) -> Report {
        let input = Input {
            history: &self.history,
            judged: &self.judged,
            releases: &self.releases,
            role: None,
            options: self.options,
        };
        let mut report = check_knowing(&input, &self.known);
        report.relevel(|finding| self.config.level(finding));
        report
    }

    /// Passes when nothing is found that users will notice, or of the severity that the configuration fails on.
    ///
    /// # Panics
    /// With the findings that fail it, and the queries that break.
    #[track_caller]
    pub fn assert(&self) {
        let report = self.report();
        let failing = self.config.fail_on.unwrap_or(Severity::Error);
        assert!(!report.fails(failing), "{}", errors(&report, failing));
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

fn errors(report: &Report, failing: Severity) -> String {
    let mut text = String::from("migrations that users would notice\n");
    for one in report.findings.iter().filter(|one| one.severity >= failing) {
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "\n{}:{}: {} ({})\n    {}",
            one.file, one.start.line, one.message, one.rule, one.help
        );
        for broken in &one.breaks {
            let _ = writeln!(
                text,
                "    breaks {} of release {} ({}:{}): {}",
                broken.query, broken.release, broken.file, broken.line, broken.message
            );
        }
    }
    text
}
