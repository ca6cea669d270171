//! What can be wrong with what lies on disk, always with the path and what to do.

use std::path::PathBuf;

/// Why migrations or queries could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProjectError {
    /// There is no such file or folder.
    #[error("{}: no such file or directory; check the path, it is relative to where you run this", .path.display())]
    Missing {
        /// The path as given.
        path: PathBuf,
    },
    /// The system would not read or write it.
    #[error("{}: {}", .path.display(), .what)]
    Io {
        /// The path.
        path: PathBuf,
        /// What we tried.
        what: &'static str,
        /// Why it failed.
        source: std::io::Error,
    },
    /// It is no text.
    #[error("{}: not UTF-8 text (byte {offset}, line {line}); is this a SQL file?", .path.display())]
    NotText {
        /// The path.
        path: PathBuf,
        /// The first byte that is not UTF-8, from 0.
        offset: usize,
        /// Its line, from 1.
        line: usize,
    },
    /// A folder holds no migrations.
    #[error("{}: no migrations found; expected one of the layouts {}", .path.display(), .layouts)]
    Empty {
        /// The folder.
        path: PathBuf,
        /// The layouts we know, with an example each.
        layouts: String,
    },
    /// Two migrations have one version.
    #[error("{} and {} both have version {version}; give one of them another version", .first.display(), .second.display())]
    SameVersion {
        /// The version.
        version: String,
        /// One file.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
    /// A file beside the migrations says something we cannot read.
    #[error("{}: {reason}", .path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong and what to write instead.
        reason: String,
    },
}

impl ProjectError {
    /// The system's refusal to read a path; a path that is not there is `Missing`.
    pub(super) fn reading(path: impl Into<PathBuf>, source: std::io::Error) -> Self {
        let path = path.into();
        match source.kind() {
            std::io::ErrorKind::NotFound => Self::Missing { path },
            _ => Self::Io {
                path,
                what: "could not be read",
                source,
            },
        }
    }
}
