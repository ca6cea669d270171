//! The migration layouts of the tools people use; one file per tool.

mod candidate;
mod dbmate;
mod diesel;
mod dump;
mod flyway;
mod golang_migrate;
mod goose;
mod halves;
mod message;
mod plain;
mod pop;
mod prisma;
mod refinery;
mod sqlx;

use std::path::{Path, PathBuf};

use super::ProjectError;
use crate::plan::PlannedMigration;
use crate::sql::{Span, TransactionMode};
pub(super) use candidate::Candidate;

/// How one migration tool names and runs its files.
#[derive(Debug)]
pub struct Layout {
    /// The tool, as `--layout` takes it.
    pub id: &'static str,
    /// A path as the tool would name it.
    pub example: &'static str,
    /// Reads version and name off a path; none when this tool would not run the file.
    pub(super) parse: fn(&Path) -> Option<FileName>,
    /// Whether the files of a folder are this tool's, as far as they show it; those that `parse` knows.
    pub(super) claims: fn(&[Candidate<'_>]) -> bool,
    /// The parts of a file that are not run on the way forward, in order.
    pub(super) hidden: fn(&str) -> Vec<Span>,
    /// Whether the tool wraps that file in a transaction.
    pub(super) transaction: fn(&Path, &str) -> Result<TransactionMode, ProjectError>,
    /// The first line by which the tool runs a file without a transaction; none where no line does that.
    pub(super) unwrapping: Option<&'static str>,
    /// Whether its files say what is there already, so that they are history.
    pub(super) dump: bool,
    /// Whether a folder inside the migrations folder is searched.
    pub(super) recursive: bool,
    /// Whether each migration has a folder of its own.
    pub(super) folder_each: bool,
    /// Whether two migrations cannot share a version.
    pub(super) unique_versions: bool,
    /// The files that hold a planned migration of that version.
    pub(super) write: fn(&str, &PlannedMigration) -> Vec<PlannedFile>,
}

/// What a path says of a migration.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct FileName {
    pub(super) version: String,
    pub(super) name: String,
    pub(super) down: bool,
    /// What the tool sorts by, where that is not the number.
    pub(super) sorted_by: Option<String>,
    /// Where two files have one version, the one made for PostgreSQL goes before the one made for every database.
    pub(super) postgres: bool,
}

/// A file of a plan, relative to the migrations folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedFile {
    /// Where it belongs.
    pub path: PathBuf,
    /// What it holds.
    pub text: String,
}

/// All layouts; the first one that claims a folder's files is the folder's.
static LAYOUTS: [&Layout; 11] = [
    &diesel::LAYOUT,
    &prisma::LAYOUT,
    &flyway::LAYOUT,
    &refinery::LAYOUT,
    &goose::LAYOUT,
    &dbmate::LAYOUT,
    &pop::LAYOUT,
    &golang_migrate::LAYOUT,
    &sqlx::LAYOUT,
    &dump::LAYOUT,
    &plain::LAYOUT,
];

impl Layout {
    /// The layout of that id.
    pub fn from_id(id: &str) -> Option<&'static Self> {
        LAYOUTS.into_iter().find(|layout| layout.id == id)
    }

    /// The ids of all layouts.
    pub fn ids() -> impl Iterator<Item = &'static str> {
        LAYOUTS.into_iter().map(|layout| layout.id)
    }

    /// The layout that a migration's path shows.
    pub fn of(path: &Path) -> &'static Self {
        Self::detect(&[Candidate { path, text: None }])
    }

    /// The layout whose tool would run these files; of several the first listed.
    pub(super) fn detect(files: &[Candidate<'_>]) -> &'static Self {
        let claims = |layout: &&Self| {
            let known = |file: &&Candidate<'_>| (layout.parse)(file.path).is_some();
            let own: Vec<Candidate<'_>> = files.iter().filter(known).copied().collect();
            !own.is_empty() && (layout.claims)(&own)
        };
        LAYOUTS.into_iter().find(claims).unwrap_or(&plain::LAYOUT)
    }

    /// All layouts with an example each, for messages.
    pub(super) fn describe_all() -> String {
        LAYOUTS
            .map(|layout| format!("{} ({})", layout.id, layout.example))
            .join(", ")
    }

    /// The files of a plan, in order, that takes the place of the migration of version `replaces`:
    /// its first migration takes that version, the others the next free ones after `versions`.
    ///
    /// The paths are relative to the migrations folder.
    pub fn plan_files(
        &self,
        replaces: &str,
        versions: &[&str],
        planned: &[PlannedMigration],
    ) -> Vec<Vec<PlannedFile>> {
        let own = plan_versions(replaces, versions, planned.len());
        let files = own.iter().zip(planned);
        files
            .map(|(version, migration)| (self.write)(version, migration))
            .collect()
    }
}

/// The versions of so many migrations that take the place of one: its own first, then those behind all that are taken.
pub fn plan_versions(replaces: &str, versions: &[&str], count: usize) -> Vec<String> {
    let mut taken: Vec<String> = versions
        .iter()
        .map(|version| (*version).to_owned())
        .collect();
    let mut own = Vec::new();
    for at in 0..count {
        let version = match at {
            0 => replaces.to_owned(),
            _ => following(&taken),
        };
        taken.push(version.clone());
        own.push(version);
    }
    own
}

/// The version after the greatest one: one more, in the width it has, separators kept.
fn following(versions: &[String]) -> String {
    let digits = |version: &str| {
        version
            .chars()
            .filter(char::is_ascii_digit)
            .collect::<String>()
    };
    let greatest = versions
        .iter()
        .max_by_key(|version| (digits(version).parse::<u128>().unwrap_or(0), version.len()));
    let Some(greatest) = greatest.filter(|version| !digits(version).is_empty()) else {
        return "1".to_owned();
    };
    let old = digits(greatest);
    let next = old
        .parse::<u128>()
        .map_or_else(|_| old.clone(), |number| (number + 1).to_string());
    let next = format!("{next:0>width$}", width = old.len());
    if next.len() > old.len() {
        return next;
    }
    let mut next = next.chars();
    greatest
        .chars()
        .map(|c| {
            if c.is_ascii_digit() {
                next.next().unwrap_or(c)
            } else {
                c
            }
        })
        .collect()
}

/// A tool that is known by the names of its files alone.
fn by_names(_: &[Candidate<'_>]) -> bool {
    true
}

/// Every statement of a file is run on the way forward.
fn whole(_: &str) -> Vec<Span> {
    Vec::new()
}

/// A number before `_`, and the rest; what most tools write in front.
fn numbered(stem: &str) -> Option<(&str, &str)> {
    let (version, name) = stem.split_once('_')?;
    let numeric = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
    numeric.then_some((version, name))
}

/// The file name of a path as text; nothing where it is not UTF-8.
fn file_name(path: &Path) -> &str {
    path.file_name()
        .and_then(|name| name.to_str())
        .unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::following;

    #[test]
    fn the_next_version_keeps_width_and_separators() {
        let next =
            |all: &[&str]| following(&all.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>());
        assert_eq!(next(&["7", "9", "8"]), "10");
        assert_eq!(next(&["0001", "0002"]), "0003");
        assert_eq!(next(&["2024-01-01-000000"]), "2024-01-01-000001");
        assert_eq!(next(&[]), "1");
    }
}
