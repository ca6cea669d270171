//! The change that the demonstration is about: what was written, what is wrong with it, and the plan instead.

use std::path::{Path, PathBuf};

use super::shop;
use crate::cli::CliError;
use crate::compat::Release;
use crate::effects::{Options, walk};
use crate::plan::{self, Plan};
use crate::project::{Layout, from_text};
use crate::report::{self, View};
use crate::rules::{self, Input};
use crate::sql::{Migration, Phase};

/// The migration somebody wrote.
const NAIVE: (&str, &str) = (
    "migrations/0004_rename_users_name.sql",
    "ALTER TABLE users RENAME COLUMN name TO full_name;\n",
);

/// How many files of a plan each phase has: `1 expand, 1 migrate, 1 contract`.
pub(super) fn by_phase(plan: &Plan) -> String {
    let phases = [Phase::Expand, Phase::Migrate, Phase::Contract].map(|phase| {
        let files = plan.migrations.iter().filter(|one| one.phase == phase);
        format!("{} {phase}", files.count())
    });
    phases.join(", ")
}

/// The shop's migrations before the change, as written, and as planned.
pub(super) struct Change {
    pub(super) history: Vec<Migration>,
    pub(super) naive: Migration,
    layout: &'static Layout,
    options: Options,
}

impl Change {
    /// Reads the migrations, for a server of that major version.
    pub(super) fn read(version: u16) -> Result<Self, CliError> {
        let options = Options {
            version,
            in_transaction: None,
        };
        let read = |(file, text): (&str, &str)| from_text(Path::new(file), text.to_owned(), None);
        let history = shop::HISTORY.map(|one| read(one).map(|(_, migration)| migration));
        let (layout, naive) = read(NAIVE)?;
        Ok(Self {
            history: history.into_iter().collect::<Result<_, _>>()?,
            naive,
            layout,
            options,
        })
    }

    /// What `concertina check` says of the naive migration, with the queries of a release that it breaks.
    pub(super) fn check(&self, release: &Release) -> String {
        let judged = std::slice::from_ref(&self.naive);
        let report = rules::check(&Input {
            history: &self.history,
            judged,
            releases: std::slice::from_ref(release),
            role: None,
            options: self.options,
        });
        let view = View {
            report: &report,
            sources: judged,
            colour: false,
        };
        (report::text::FORMAT.render)(&view)
    }

    /// The plan, and its files as migrations in the shop's layout.
    pub(super) fn plan(&self, next: &semver::Version) -> Result<(Plan, Vec<Migration>), CliError> {
        let judged = std::slice::from_ref(&self.naive);
        let timeline = walk(&self.history, judged, &self.options);
        let options = plan::Options {
            next_release: Some(next.clone()),
        };
        let nothing = || CliError::Usage("the rename is not planned".to_owned());
        let step = timeline.steps.first().ok_or_else(nothing)?;
        let plan = plan::plan(&self.naive, &step.session, &options)
            .map_err(|error| CliError::Usage(error.to_string()))?
            .ok_or_else(nothing)?;
        let versions: Vec<&str> = self
            .history
            .iter()
            .map(|one| one.version.as_str())
            .collect();
        let files = self
            .layout
            .plan_files(&self.naive.version, &versions, &plan.migrations);
        let mut planned = Vec::new();
        for file in files.into_iter().flatten() {
            let path = PathBuf::from("migrations").join(file.path);
            planned.push(from_text(&path, file.text, Some(self.layout))?.1);
        }
        Ok((plan, planned))
    }
}
