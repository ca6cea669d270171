//! What is new since a git revision that is deployed, and the releases as they stood there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::git::{files_at, newest_revision, revisions_of_days};
use super::{Layout, ProjectError, from_text, release_from_texts};
use crate::compat::Release;
use crate::sql::Migration;

/// A git revision whose migrations are applied and whose release is running.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Since {
    /// A revision, or a pattern such as `v*` for the newest tag that matches and leads to what is checked out.
    pub revision: String,
    /// Every tag of the pattern that is no older than so many days was a release that may still run, and so was the one
    /// before them; without it, only the newest.
    pub days: Option<u32>,
}

impl Since {
    /// Divides the migrations that lie under `paths` into what is applied, as it stood at the revision, and what is new
    /// or changed since; each in the order given.
    ///
    /// # Errors
    /// `git` is not there, a path is in no repository, there is no such revision or tag, or a file as it stood there
    /// cannot be read as a migration.
    pub fn divide(
        &self,
        paths: &[PathBuf],
        layout: Option<&'static Layout>,
        migrations: Vec<Migration>,
    ) -> Result<(Vec<Migration>, Vec<Migration>), ProjectError> {
        let mut then: BTreeMap<PathBuf, String> = BTreeMap::new();
        for path in paths {
            let revision = newest_revision(&self.revision, path)?;
            then.extend(files_at(&revision, path)?);
        }
        let (mut applied, mut fresh) = (Vec::new(), Vec::new());
        for migration in migrations {
            match then.get(Path::new(&migration.file)) {
                Some(text) if *text == migration.text => applied.push(migration),
                Some(text) => {
                    let path = Path::new(&migration.file);
                    applied.push(from_text(path, text.clone(), layout)?.1);
                    fresh.push(migration);
                }
                None => fresh.push(migration),
            }
        }
        Ok((applied, fresh))
    }

    /// The queries under a path as they stood at the revision, under the version given; of several days one release for
    /// each tag, under the tag's version. Empty where the path is in no revision.
    ///
    /// # Errors
    /// As [`Self::divide`], and as [`load_release`](super::load_release).
    pub fn releases(&self, version: &str, path: &Path) -> Result<Vec<Release>, ProjectError> {
        let named = match self.days {
            None => vec![(version.to_owned(), newest_revision(&self.revision, path)?)],
            Some(days) => {
                let tags = revisions_of_days(&self.revision, days, path)?.into_iter();
                tags.map(|tag| (version_of(&tag).to_owned(), tag)).collect()
            }
        };
        let mut found = Vec::new();
        for (version, revision) in named {
            let then = files_at(&revision, path).unwrap_or_default();
            if !then.is_empty() {
                found.push(release_from_texts(&version, path, then)?);
            }
        }
        Ok(found)
    }
}

/// The version that a tag is of: `1.4.0` of `v1.4.0`, else the tag.
fn version_of(tag: &str) -> &str {
    let version = tag.strip_prefix('v');
    let version = version.filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    version.unwrap_or(tag)
}
