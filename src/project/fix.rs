//! Writes the edits of fixes into files, or shows what that would change.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::read::{read_text, write_text};
use super::{ProjectError, diff};
use crate::rules::Edit;

/// Applies edits to the files they name and gives how many were applied; of two that overlap only the first.
///
/// # Errors
/// A file cannot be read or written; files before it are mended already.
pub fn apply_edits<'a>(edits: impl IntoIterator<Item = &'a Edit>) -> Result<usize, ProjectError> {
    let mut applied = 0;
    for mended in mend(edits)? {
        write_text(&mended.path, &mended.new)?;
        applied += mended.applied;
    }
    Ok(applied)
}

/// What [`apply_edits`] would change, as a unified diff; nothing is written.
///
/// # Errors
/// A file cannot be read.
pub fn diff_of_edits<'a>(
    edits: impl IntoIterator<Item = &'a Edit>,
) -> Result<String, ProjectError> {
    let mended = mend(edits)?.into_iter();
    let diffs = mended.map(|one| diff::unified(&one.path.to_string_lossy(), &one.old, &one.new));
    Ok(diffs.collect())
}

/// A file before and after its edits.
struct Mended {
    path: PathBuf,
    old: String,
    new: String,
    applied: usize,
}

fn mend<'a>(edits: impl IntoIterator<Item = &'a Edit>) -> Result<Vec<Mended>, ProjectError> {
    let mut by_file: BTreeMap<&str, Vec<&Edit>> = BTreeMap::new();
    for edit in edits {
        by_file.entry(&edit.file).or_default().push(edit);
    }
    let mut all = Vec::new();
    for (file, mut edits) in by_file {
        let path = Path::new(file).to_owned();
        let old = read_text(&path)?;
        edits.sort_by_key(|edit| (edit.start, edit.end));
        edits.dedup();
        let (mut new, mut at, mut applied) = (String::with_capacity(old.len()), 0, 0);
        for edit in edits {
            let (Some(kept), true) = (old.get(at..edit.start), edit.end <= old.len()) else {
                continue;
            };
            new.push_str(kept);
            new.push_str(&edit.text);
            at = edit.end;
            applied += 1;
        }
        new.push_str(old.get(at..).unwrap_or(""));
        all.push(Mended {
            path,
            old,
            new,
            applied,
        });
    }
    Ok(all)
}
