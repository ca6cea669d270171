//! Where the labelled cases lie.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use super::case::Case;

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The labelled cases, by rule and file.
pub(crate) fn fixtures() -> Vec<(String, PathBuf, Case)> {
    let base = root().join("migrations-fixtures/rules");
    let sorted = |folder: &Path| {
        let entries = fs::read_dir(folder).unwrap();
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths
    };
    let mut cases = Vec::new();
    for folder in sorted(&base).into_iter().filter(|path| path.is_dir()) {
        let rule = folder.file_name().unwrap().to_str().unwrap().to_owned();
        for file in sorted(&folder) {
            let case = Case::read(&fs::read_to_string(&file).unwrap());
            let name = file.strip_prefix(root()).unwrap().to_owned();
            cases.push((rule.clone(), name, case));
        }
    }
    cases
}

/// Every labelled case with its place: those of one rule each, then the files that hold many; with `CONCERTINA_CASES`
/// set, those whose place has that in it; with `CONCERTINA_CORPUS` set, those of the files in that folder instead.
pub(crate) fn corpus() -> Vec<(String, Case)> {
    let mut cases: Vec<(String, Case)> = Vec::new();
    let theirs = env::var_os("CONCERTINA_CORPUS").map(PathBuf::from);
    if theirs.is_none() {
        for (_, file, case) in fixtures() {
            cases.push((file.display().to_string(), case));
        }
    }
    let folder = theirs.unwrap_or_else(|| root().join("migrations-fixtures/rules"));
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files.filter(|path| path.is_file()).collect();
    files.sort();
    for file in files {
        let name = file.file_name().unwrap().display().to_string();
        let many = Case::read_many(&fs::read_to_string(&file).unwrap());
        cases.extend(
            many.into_iter()
                .map(|(case, read)| (format!("{name}: {case}"), read)),
        );
    }
    if let Ok(wanted) = env::var("CONCERTINA_CASES") {
        cases.retain(|(at, _)| at.contains(&wanted));
    }
    cases
}
