//! What migrations looked like at a git revision, asked of the `git` program.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

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
    let newest = tags(pattern, path)?.into_iter().next();
    Ok(newest.map_or_else(|| pattern.to_owned(), |(tag, _)| tag))
}

/// The tags that match a pattern, lead to what is checked out and are no older than so many days, newest first; and the
/// one before them, which ran when those days began.
///
/// # Errors
/// As [`newest_revision`].
pub(super) fn revisions_of_days(
    pattern: &str,
    days: u32,
    path: &Path,
) -> Result<Vec<String>, ProjectError> {
    let seconds = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let now = seconds.map_or(0, |since| since.as_secs());
    let first = now.saturating_sub(u64::from(days) * 24 * 60 * 60);
    let mut running = Vec::new();
    for (tag, made) in tags(pattern, path)? {
        running.push(tag);
        if made < first {
            break;
        }
    }
    Ok(running)
}

/// The tags that match a pattern and lead to what is checked out, newest first, with the second each was made in.
fn tags(pattern: &str, path: &Path) -> Result<Vec<(String, u64)>, ProjectError> {
    let refused = |reason: String| ProjectError::Malformed {
        path: path.to_owned(),
        reason,
    };
    let folder = path.ancestors().find(|folder| folder.is_dir());
    let output = Command::new("git")
        .arg("-C")
        .arg(folder.unwrap_or(Path::new(".")))
        .args(["for-each-ref", "--merged=HEAD", "--sort=-version:refname"])
        .args([
            "--sort=-creatordate",
            "--format=%(creatordate:unix) %(refname:short)",
        ])
        .arg(format!("refs/tags/{pattern}"))
        .output();
    let output = output.map_err(|error| refused(format!("git could not be run: {error}")))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let all: Vec<(String, u64)> = text
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(made, tag)| (tag.to_owned(), made.parse().unwrap_or_default()))
        .collect();
    if all.is_empty() {
        return Err(refused(format!(
            "no tag {pattern} leads to what is checked out; fetch the tags, or name a revision with --against"
        )));
    }
    Ok(all)
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
