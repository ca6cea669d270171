//! `concertina.toml`: what a project says once instead of with every command.

mod read;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::glob::Glob;
use super::{Layout, ProjectError, Since};
use crate::rules::{Finding, Level, Severity};
use crate::schema::Small;
use crate::sql::Migration;
use crate::sql::ast::Ident;

/// What the file is called.
pub const CONFIG_FILE: &str = "concertina.toml";

/// What `concertina.toml` says; paths in it are relative to its folder, and already joined to it here.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Config {
    /// Where it was read; none when there is no such file.
    pub file: Option<PathBuf>,
    /// The major version of PostgreSQL.
    pub postgres: Option<u16>,
    /// The migrations that are meant when none are named.
    pub migrations: Vec<PathBuf>,
    /// The layout of the migrations.
    pub layout: Option<&'static Layout>,
    /// Migrations already applied: replayed for knowledge, not judged.
    pub history: Vec<PathBuf>,
    /// The version up to which everything is applied, and not judged.
    pub start_after: Option<String>,
    /// The git revision whose migrations are applied and whose release is running.
    pub against: Option<Since>,
    /// The schemas that a session of the migrations searches.
    pub search_path: Option<Vec<Ident>>,
    /// The `lock_timeout` that a session of the migrations begins with, as it is written.
    pub lock_timeout: Option<String>,
    /// Whether each file runs in a transaction, whatever its layout says.
    pub in_transaction: Option<bool>,
    /// The releases that may be alive, and where their queries are.
    pub releases: Vec<(String, PathBuf)>,
    /// The findings that were there when the project began to check.
    pub baseline: Option<PathBuf>,
    /// How large the relations are.
    pub statistics: Option<PathBuf>,
    /// Up to where a relation counts as small.
    pub small: Small,
    /// The lowest severity that fails the check.
    pub fail_on: Option<Severity>,
    levels: BTreeMap<String, Level>,
    overrides: Vec<Override>,
}

/// Other levels for some files.
#[derive(Debug, Clone)]
struct Override {
    paths: Vec<Glob>,
    levels: BTreeMap<String, Level>,
}

impl Config {
    /// Reads the file that is named, or the nearest one in the folder of a path or above it.
    ///
    /// # Errors
    /// It cannot be read, or says something we do not understand; with the line and what to write.
    pub fn load(named: Option<&Path>, near: &Path) -> Result<Self, ProjectError> {
        match named.map(Path::to_owned).or_else(|| Self::find(near)) {
            Some(file) => read::read(&file),
            None => Ok(Self::default()),
        }
    }

    /// The nearest `concertina.toml` in the folder of a path or above it.
    fn find(near: &Path) -> Option<PathBuf> {
        // As the path is written first, so that what is said of files stays short.
        let written = near.ancestors().map(|folder| folder.join(CONFIG_FILE));
        let found = written.into_iter().find(|file| file.is_file());
        found.or_else(|| {
            let real = std::path::absolute(near).ok()?;
            let mut files = real.ancestors().map(|folder| folder.join(CONFIG_FILE));
            files.find(|file| file.is_file())
        })
    }

    /// What is said of the deployed revision, to be filled key by key.
    fn since(&mut self) -> &mut Since {
        self.against.get_or_insert_with(|| Since {
            revision: String::new(),
            days: None,
        })
    }

    /// The level a finding gets; none where the file says nothing about its rule.
    pub fn level(&self, finding: &Finding) -> Option<Level> {
        let file = self.relative(&finding.file);
        let mut levels = self.overrides.iter().rev();
        let overridden = levels.find_map(|one| {
            let level = one.levels.get(&finding.rule)?;
            let meant = one.paths.iter().any(|glob| glob.matches(&file));
            meant.then_some(*level)
        });
        overridden.or_else(|| self.levels.get(&finding.rule).copied())
    }

    /// Takes the migrations up to [`Self::start_after`] away from those to judge: they are history.
    ///
    /// # Errors
    /// No migration has that version.
    pub fn applied(&self, judged: &mut Vec<Migration>) -> Result<Vec<Migration>, ProjectError> {
        let Some(version) = &self.start_after else {
            return Ok(Vec::new());
        };
        let last = super::read::order(version);
        let later = |one: &Migration| super::read::order(&one.version) > last;
        let (judging, applied) = std::mem::take(judged).into_iter().partition(later);
        *judged = judging;
        Ok(applied)
    }

    /// A file as the globs of the configuration see it: relative to its folder, with `/` between its parts.
    fn relative(&self, file: &str) -> String {
        let folder = self.file.as_deref().and_then(Path::parent);
        let folder = folder.filter(|folder| *folder != Path::new(""));
        let absolute = std::path::absolute(file).unwrap_or_else(|_| PathBuf::from(file));
        let base = std::path::absolute(folder.unwrap_or(Path::new(".")));
        let relative = base
            .ok()
            .and_then(|base| absolute.strip_prefix(base).ok().map(Path::to_owned));
        let relative = relative.unwrap_or_else(|| PathBuf::from(file));
        relative.to_string_lossy().replace('\\', "/")
    }
}
