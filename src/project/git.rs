//! What migrations looked like at a git revision, asked of the `git` program.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::ProjectError;

/// The newest tag that matches a pattern, such as `v*`, of those that lead to what is checked out; a name without `*`
/// and `?` stays as it is.
///
/// # Errors
/// `git` is not there, the path is in no repository, or no such tag leads here.
pub fn newest_revision(pattern: &str, path: &Path) -> Result<String, ProjectError> {
    if !pattern.contains(['*', '?']) {
        return Ok(pattern.to_owned());
    }
    let refused = |reason: String| ProjectError::Malformed {
        path: path.to_owned(),
        reason,
    };
    let folder = path.ancestors().find(|folder| folder.is_dir());
    let output = Command::new("git")
        .arg("-C")
        .arg(folder.unwrap_or(Path::new(".")))
        .args(["for-each-ref", "--merged=HEAD", "--sort=-creatordate"])
        .args(["--sort=-version:refname", "--format=%(refname:short)"])
        .arg(format!("refs/tags/{pattern}"))
        .output();
    let output = output.map_err(|error| refused(format!("git could not be run: {error}")))?;
    let tags = String::from_utf8_lossy(&output.stdout);
    let newest = tags.lines().next().map(str::to_owned);
    newest.ok_or_else(|| {
        refused(format!(
            "no tag {pattern} leads to what is checked out; fetch the tags, or name a revision with --against"
        ))
    })
}

/// The text files under a path as they were at a revision, by the paths they have in the work tree.
///
/// # Errors
/// `git` is not there, the path is in no repository, or there is no such revision.
pub fn files_at(revision: &str, path: &Path) -> Result<Vec<(PathBuf, String)>, ProjectError> {
    let folder = if path.is_dir() {
        path
    } else {
        path.parent()
            .filter(|p| *p != Path::new(""))
            .unwrap_or(Path::new("."))
    };
    let refused = |reason: String| ProjectError::Malformed {
        path: path.to_owned(),
        reason,
    };
    let git = |arguments: &[&str]| -> Result<String, ProjectError> {
        let output = Command::new("git")
            .arg("-C")
            .arg(folder)
            .args(arguments)
            .output();
        let output = output.map_err(|error| refused(format!("git could not be run: {error}")))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            let first = said
                .lines()
                .next()
                .unwrap_or("no reason given")
                .trim_start_matches("fatal: ")
                .to_owned();
            return Err(refused(format!(
                "git knows nothing at revision {revision}: {first}"
            )));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    };
    // A revision that began with a dash would be an option.
    git(&[
        "rev-parse",
        "--verify",
        "--quiet",
        "--end-of-options",
        &format!("{revision}^{{commit}}"),
    ])
    .map_err(|_| {
        refused(format!(
            "no revision {revision} in this repository; fetch it, or name another with --against"
        ))
    })?;
    let only = path
        .file_name()
        .filter(|_| !path.is_dir())
        .map(PathBuf::from);
    let listed = git(&[
        "ls-tree",
        "-r",
        "-z",
        "--name-only",
        "--end-of-options",
        revision,
        ".",
    ])?;
    let names = listed.split('\0').filter(|name| !name.is_empty());
    names
        .filter(|name| only.as_deref().is_none_or(|only| only == Path::new(name)))
        .map(|name| {
            Ok((
                folder.join(name),
                git(&["show", "--end-of-options", &format!("{revision}:./{name}")])?,
            ))
        })
        .collect()
}
