//! A release that was recorded before: one JSON document with its version and queries.

use std::path::Path;

use super::{Found, Source};
use crate::compat::snapshot;

pub(super) const SOURCE: Source = Source {
    extension: "json",
    example: "a recorded release (.json)",
    accepts,
    read,
};

fn accepts(_: &Path, text: &str) -> bool {
    text.contains("\"release\"") && text.contains("\"queries\"")
}

fn read(_: &str, text: &str) -> Result<Found, String> {
    let release = snapshot::read(text)?;
    Ok(Found {
        version: Some(release.version),
        queries: release.queries,
    })
}
