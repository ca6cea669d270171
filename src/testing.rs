//! Assertions for `cargo test`: the project's migrations and queries, judged like `concertina check` does.
//!
//! ```no_run
//! use concertina::testing::Check;
//!
//! Check::of("migrations").applied_up_to("41").release("1.4.0", "queries").assert();
//! ```

use std::fmt::Write;
use std::path::Path;

use crate::compat::Release;
use crate::project::queries::load_release;
use crate::project::{ProjectError, load};
use crate::rules::{Input, Options, Report, Severity, check};
use crate::sql::Migration;

/// A check that a test makes; paths are relative to the package, where `cargo test` runs.
#[derive(Debug)]
#[must_use = "nothing is checked before assert or report"]
pub struct Check {
    history: Vec<Migration>,
    judged: Vec<Migration>,
    releases: Vec<Release>,
    options: Options,
}

impl Check {
    /// All migrations of a folder are judged.
    ///
    /// # Panics
    /// The folder cannot be read.
    #[track_caller]
    pub fn of(migrations: impl AsRef<Path>) -> Self {
        let judged = readable(load(migrations.as_ref(), None)).migrations;
        Self {
            history: Vec::new(),
            judged,
            releases: Vec::new(),
            options: Options::default(),
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

    /// A release that may be alive while the migrations run, and where its queries are.
    ///
    /// # Panics
    /// The queries cannot be read.
    #[track_caller]
    pub fn release(mut self, version: &str, queries: impl AsRef<Path>) -> Self {
        self.releases
            .push(readable(load_release(version, queries.as_ref())));
        self
    }

    /// The major version of PostgreSQL; the newest unless set.
    pub fn postgres(mut self, version: u16) -> Self {
        self.options.version = version;
        self
    }

    /// What is found.
    pub fn report(&self) -> Report {
        check(&Input {
            history: &self.history,
            judged: &self.judged,
            releases: &self.releases,
            role: None,
            options: self.options,
        })
    }

    /// Passes when nothing is found that users will notice.
    ///
    /// # Panics
    /// With the findings that are errors, and the queries that break.
    #[track_caller]
    pub fn assert(&self) {
        let report = self.report();
        assert!(!report.fails(Severity::Error), "{}", errors(&report));
    }
}

#[track_caller]
fn readable<T>(read: Result<T, ProjectError>) -> T {
    read.unwrap_or_else(|error| panic!("{error}"))
}

fn errors(report: &Report) -> String {
    let mut text = String::from("migrations that users would notice\n");
    for one in report
        .findings
        .iter()
        .filter(|one| one.severity == Severity::Error)
    {
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
