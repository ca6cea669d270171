//! Query sources: where the queries of a release lie; one file per source.

mod annotated;
mod diesel;
mod named;
mod plain;
mod rust;
mod rust_tokens;
mod snapshot;
mod sqlx;
mod statements;

pub use statements::counted;

use std::path::{Path, PathBuf};

use super::ProjectError;
use super::read::read_text;
use crate::compat::{AppQuery, Release};

/// One way in which projects keep their queries.
pub(super) struct Source {
    /// How its files end.
    pub(super) extension: &'static str,
    /// What a user is told to expect.
    pub(super) example: &'static str,
    /// Whether a file is of this source.
    pub(super) accepts: fn(&Path, &str) -> bool,
    /// The queries of a file; a reason when it is malformed.
    pub(super) read: fn(&str, &str) -> Result<Found, String>,
}

/// What a file holds.
pub(super) struct Found {
    /// The release a recorded file says it is of.
    pub(super) version: Option<String>,
    /// The queries, in order.
    pub(super) queries: Vec<AppQuery>,
}

impl From<Vec<AppQuery>> for Found {
    fn from(queries: Vec<AppQuery>) -> Self {
        Self {
            version: None,
            queries,
        }
    }
}

/// All sources; the first that accepts a file reads it.
const SOURCES: &[Source] = &[
    annotated::SOURCE,
    plain::SOURCE,
    sqlx::SOURCE,
    snapshot::SOURCE,
    statements::JSON,
    statements::CSV,
    rust::SOURCE,
];

/// How deep folders are searched.
const MAX_DEPTH: usize = 16;

/// Folders that hold no query of the application, whatever is in them.
const SKIPPED: [&str; 4] = [".git", "target", "node_modules", "migrations"];

/// Folders of a package whose Rust source is not the application's.
const ASIDE: [&str; 3] = ["tests", "benches", "examples"];

/// Reads the queries under a path: a file, or a folder of files, of any known source.
///
/// # Errors
/// A path that is not there or cannot be read, a malformed file, no queries at all, a recording of
/// another release.
pub fn load_release(version: &str, path: &Path) -> Result<Release, ProjectError> {
    let metadata = std::fs::metadata(path).map_err(|error| ProjectError::reading(path, error))?;
    let mut files = Vec::new();
    if metadata.is_file() {
        files.push(path.to_owned());
    } else {
        list(path, 0, &mut files)?;
    }
    let texts = files.into_iter().map(|file| {
        let text = read_text(&file)?;
        Ok((file, text))
    });
    release_from_texts(version, path, texts.collect::<Result<_, ProjectError>>()?)
}

/// Takes the queries of files that were read before, such as those of a git revision.
///
/// # Errors
/// As [`load_release`]; `path` is where the files lie.
pub fn release_from_texts(
    version: &str,
    path: &Path,
    files: Vec<(PathBuf, String)>,
) -> Result<Release, ProjectError> {
    let mut queries = Vec::new();
    let one_file = files.len() == 1;
    for (file, text) in files {
        if is_aside(file.strip_prefix(path).unwrap_or(&file), path) {
            continue;
        }
        let source = SOURCES
            .iter()
            .find(|source| has_extension(&file, source) && (source.accepts)(&file, &text));
        let Some(source) = source else {
            if one_file && file == path {
                break;
            }
            continue;
        };
        let refused = |reason| ProjectError::Malformed {
            path: file.clone(),
            reason,
        };
        let found = (source.read)(&file.to_string_lossy(), &text).map_err(refused)?;
        if let Some(recorded) = found.version.filter(|recorded| recorded != version) {
            return Err(refused(format!(
                "recorded of release {recorded}, not of {version}; name the release it is of"
            )));
        }
        queries.extend(found.queries);
    }
    if queries.is_empty() {
        let mut examples: Vec<_> = SOURCES.iter().map(|source| source.example).collect();
        examples.dedup();
        return Err(ProjectError::Malformed {
            path: path.to_owned(),
            reason: format!("no queries found; expected {}", examples.join(", ")),
        });
    }
    Ok(Release {
        version: version.to_owned(),
        queries,
    })
}

/// Whether a file under a path is none of the application's.
fn is_aside(inside: &Path, root: &Path) -> bool {
    let rust = inside
        .extension()
        .is_some_and(|extension| extension == "rs");
    let named = |all: &[&str]| {
        let mut folders = inside.parent().into_iter().flat_map(Path::iter);
        inside != root && folders.any(|part| all.iter().any(|one| part == *one))
    };
    named(&SKIPPED) || (rust && named(&ASIDE))
}

fn has_extension(file: &Path, source: &Source) -> bool {
    file.extension()
        .is_some_and(|extension| extension == source.extension)
}

fn list(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), ProjectError> {
    let reading = |error| ProjectError::reading(folder, error);
    let mut inside = std::fs::read_dir(folder)
        .map_err(reading)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(reading)?;
    inside.sort();
    for path in inside {
        if path.is_dir() {
            let skipped = path
                .file_name()
                .is_some_and(|name| SKIPPED.iter().any(|one| name == *one));
            if depth < MAX_DEPTH && !skipped {
                list(&path, depth + 1, files)?;
            }
        } else if SOURCES.iter().any(|source| has_extension(&path, source)) {
            files.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compat::snapshot;

    fn release(files: &[(&str, &str)]) -> Result<Vec<(String, usize, String)>, String> {
        let files = files
            .iter()
            .map(|(path, text)| (PathBuf::from(path), (*text).to_owned()));
        let release = release_from_texts("1.4.0", Path::new("queries"), files.collect());
        let release = release.map_err(|error| error.to_string())?;
        let query = |query: AppQuery| (query.name, query.line, query.sql);
        Ok(release.queries.into_iter().map(query).collect())
    }

    fn one(name: &str, line: usize, sql: &str) -> (String, usize, String) {
        (name.to_owned(), line, sql.to_owned())
    }

    #[test]
    fn every_source_is_read() {
        let recorded = snapshot::write(&Release {
            version: "1.4.0".to_owned(),
            queries: vec![AppQuery::new("kept", "a.sql", 7, "SELECT 4")],
        });
        let read = release(&[
            ("q/named.sql", "-- name: first :one\nSELECT 1;"),
            ("q/get_user.sql", "\nSELECT 2"),
            ("q/many.sql", "SELECT 5;\nSELECT 6;"),
            (
                ".sqlx/query-0123456789abcdef.json",
                r#"{"db_name": "PostgreSQL", "query": "SELECT 3", "hash": "0123456789abcdef"}"#,
            ),
            ("release.json", &recorded),
            ("package.json", "{}"),
            (
                "src/main.rs",
                "fn run() { client.execute(\"DELETE FROM a\", &[]) }",
            ),
            ("src/schema.rs", "diesel::table! { a (id) { id -> Int4, } }"),
            (
                "tests/it.rs",
                "fn run() { client.execute(\"DELETE FROM a\", &[]) }",
            ),
            ("migrations/V1__a.sql", "CREATE TABLE a (id int)"),
            ("counted.csv", "queryid,query\n7,SELECT 8\n"),
            ("counted.json", r#"[{"queryid": 9, "query": "SELECT 10"}]"#),
        ]);
        let expected = vec![
            one("first", 2, "SELECT 1"),
            one("get_user", 2, "SELECT 2"),
            one("q/many.sql:1", 1, "SELECT 5"),
            one("q/many.sql:2", 2, "SELECT 6"),
            one("0123456789ab", 1, "SELECT 3"),
            one("kept", 7, "SELECT 4"),
            one("run:1", 1, "DELETE FROM a"),
            one("table \"a\"", 1, "SELECT \"a\".\"id\" FROM \"a\""),
            one("7", 2, "SELECT 8"),
            one("9", 1, "SELECT 10"),
        ];
        assert_eq!(read, Ok(expected));
    }

    #[test]
    fn what_is_wrong_names_the_file() {
        let other = snapshot::write(&Release {
            version: "1.3.0".to_owned(),
            queries: vec![AppQuery::new("a", "a.sql", 1, "SELECT 1")],
        });
        for (file, text, words) in [
            (
                "r.json",
                other.as_str(),
                "r.json: recorded of release 1.3.0",
            ),
            (
                "query-1.json",
                "{",
                "query-1.json: not what `cargo sqlx prepare` writes",
            ),
            (
                "empty.sql",
                "-- nothing",
                "queries: no queries found; expected a .sql file",
            ),
        ] {
            let said = release(&[(file, text)]).unwrap_err();
            assert!(said.starts_with(words), "{said}");
        }
    }
}
