//! Writes the edits of fixes into files.

use std::collections::BTreeMap;
use std::path::Path;

use super::ProjectError;
use super::read::read_text;
use crate::rules::Edit;

/// Applies edits to the files they name and gives how many were applied; of two that overlap only the first.
///
/// # Errors
/// A file cannot be read or written; files before it are mended already.
pub fn apply_edits<'a>(edits: impl IntoIterator<Item = &'a Edit>) -> Result<usize, ProjectError> {
    let mut by_file: BTreeMap<&str, Vec<&Edit>> = BTreeMap::new();
    for edit in edits {
        by_file.entry(&edit.file).or_default().push(edit);
    }
    let mut applied = 0;
    for (file, mut edits) in by_file {
        let path = Path::new(file);
        let text = read_text(path)?;
        edits.sort_by_key(|edit| (edit.start, edit.end));
        edits.dedup();
        let (mut mended, mut at) = (String::with_capacity(text.len()), 0);
        for edit in edits {
            let (Some(kept), true) = (text.get(at..edit.start), edit.end <= text.len()) else {
                continue;
            };
            mended.push_str(kept);
            mended.push_str(&edit.text);
            at = edit.end;
            applied += 1;
        }
        mended.push_str(text.get(at..).unwrap_or(""));
        std::fs::write(path, mended).map_err(|source| ProjectError::Io {
            path: path.to_owned(),
            what: "could not be written",
            source,
        })?;
    }
    Ok(applied)
}
