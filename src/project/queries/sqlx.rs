//! The `.sqlx` folder that `cargo sqlx prepare` writes: one `query-<hash>.json` per query.

use std::path::Path;

use serde::Deserialize;

use super::{Found, Source};
use crate::compat::AppQuery;

pub(super) const SOURCE: Source = Source {
    extension: "json",
    example: "a .sqlx folder with query-*.json",
    accepts,
    read,
};

/// How much of the hash names the query.
const NAME_LENGTH: usize = 12;

#[derive(Deserialize)]
struct Prepared {
    query: String,
}

fn hash(path: &Path) -> Option<&str> {
    path.file_stem()?.to_str()?.strip_prefix("query-")
}

fn accepts(path: &Path, _: &str) -> bool {
    hash(path).is_some()
}

fn read(file: &str, text: &str) -> Result<Found, String> {
    let prepared: Prepared = serde_json::from_str(text)
        .map_err(|error| format!("not what `cargo sqlx prepare` writes: {error}; run it again"))?;
    let hash = hash(Path::new(file)).unwrap_or_default();
    let name = hash.get(..NAME_LENGTH).unwrap_or(hash);
    Ok(vec![AppQuery::new(name, file, 1, prepared.query)].into())
}
