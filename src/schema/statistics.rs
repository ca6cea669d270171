//! How large relations are: estimates read from a file or a server, by which rules tell small from large.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Catalogue, Relation, ResolvedName};
use crate::sql::ast::Ident;

/// Asks a server for [`Statistics`] as one text value, a JSON document. Works on PostgreSQL 14 to 18.
pub const STATISTICS_QUERY: &str = include_str!("statistics.sql");

/// Estimates of a database's relations at one moment.
///
/// ```
/// use concertina::schema::{ResolvedName, Small, Statistics};
///
/// let statistics = Statistics::from_json(
///     r#"{"version": 1, "at": "2026-01-31T12:00:00Z",
///         "relations": [{"name": "public.users", "rows": 120000, "bytes": 25000000}]}"#,
/// )?;
/// let users = ResolvedName::new("public", "users");
/// assert_eq!(statistics.is_small(&users, Small::default()), Some(false));
/// assert_eq!(statistics.is_small(&ResolvedName::new("public", "new"), Small::default()), None);
/// # Ok::<(), concertina::schema::UnreadableStatistics>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Statistics {
    at: Option<String>,
    relations: BTreeMap<ResolvedName, Size>,
}

/// The estimated size of one relation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Size {
    /// Rows; of a partitioned table those of its partitions. None where nobody has counted yet.
    pub rows: Option<u64>,
    /// Bytes on disk without indexes.
    pub bytes: Option<u64>,
}

/// Up to where a relation counts as small.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Small {
    /// At most so many rows.
    pub rows: u64,
    /// At most so many bytes.
    pub bytes: u64,
}

impl Default for Small {
    /// 10 000 rows and 10 MiB: PostgreSQL reads or rewrites that in a fraction of a second.
    fn default() -> Self {
        Self {
            rows: 10_000,
            bytes: 10 * 1024 * 1024,
        }
    }
}

/// Why statistics could not be read.
#[derive(Debug, thiserror::Error)]
#[error("the statistics could not be read")]
pub struct UnreadableStatistics(#[source] Unreadable);

#[derive(Debug, thiserror::Error)]
enum Unreadable {
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error("version {0} is not known; this program reads version 1")]
    Version(u32),
    #[error("\"{0}\" names no relation: schema.name was expected")]
    Name(String),
}

#[derive(Serialize, Deserialize)]
struct Document {
    version: u32,
    #[serde(default)]
    at: Option<String>,
    relations: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    name: String,
    #[serde(default)]
    rows: Option<u64>,
    #[serde(default)]
    bytes: Option<u64>,
}

impl Statistics {
    /// No estimates yet, taken at that moment (RFC 3339).
    pub fn new(at: Option<String>) -> Self {
        Self {
            at,
            ..Self::default()
        }
    }

    /// Reads the JSON document, from a file or as the answer to [`STATISTICS_QUERY`].
    ///
    /// # Errors
    /// When it is no such document, or one of a later version.
    pub fn from_json(text: &str) -> Result<Self, UnreadableStatistics> {
        let unreadable = |why: Unreadable| UnreadableStatistics(why);
        let document: Document =
            serde_json::from_str(text).map_err(|error| unreadable(error.into()))?;
        if document.version != 1 {
            return Err(unreadable(Unreadable::Version(document.version)));
        }
        let mut statistics = Self::new(document.at);
        for Entry { name, rows, bytes } in document.relations {
            let Some((schema, relation)) = name.split_once('.') else {
                return Err(unreadable(Unreadable::Name(name)));
            };
            let name = ResolvedName::new(Ident::new(schema), Ident::new(relation));
            statistics.insert(name, Size { rows, bytes });
        }
        Ok(statistics)
    }

    /// Writes the JSON document, relations in the order of their names.
    pub fn to_json(&self) -> String {
        let relations = self.relations.iter().map(|(name, size)| Entry {
            name: name.to_string(),
            rows: size.rows,
            bytes: size.bytes,
        });
        let document = Document {
            version: 1,
            at: self.at.clone(),
            relations: relations.collect(),
        };
        serde_json::to_string_pretty(&document).unwrap_or_default()
    }

    /// When they were taken (RFC 3339), if that is known.
    pub fn at(&self) -> Option<&str> {
        self.at.as_deref()
    }

    /// Notes the size of a relation.
    pub fn insert(&mut self, name: ResolvedName, size: Size) {
        self.relations.insert(name, size);
    }

    /// The size of a relation.
    pub fn get(&self, name: &ResolvedName) -> Option<Size> {
        self.relations.get(name).copied()
    }

    /// All sizes in the order of names.
    pub fn iter(&self) -> impl Iterator<Item = (&ResolvedName, Size)> {
        self.relations.iter().map(|(name, size)| (name, *size))
    }

    /// Whether a relation is small; none where nothing is known of it.
    pub fn is_small(&self, name: &ResolvedName, small: Small) -> Option<bool> {
        self.get(name)?.is_small(small)
    }
}

impl Size {
    /// Whether it is small; none where nothing is known.
    pub fn is_small(self, small: Small) -> Option<bool> {
        match (self.rows, self.bytes) {
            (None, None) => None,
            (rows, bytes) => {
                Some(rows.unwrap_or(0) <= small.rows && bytes.unwrap_or(0) <= small.bytes)
            }
        }
    }
}

impl Relation {
    /// Its estimated size, where somebody told us.
    pub fn size(&self) -> Size {
        Size {
            rows: self.rows,
            bytes: self.bytes,
        }
    }
}

impl Catalogue {
    /// Notes the sizes of those of its relations that the statistics name; later renames keep them.
    pub fn take_statistics(&mut self, statistics: &Statistics) {
        for (name, size) in statistics.iter() {
            self.edit(name, |relation| {
                relation.rows = size.rows;
                relation.bytes = size.bytes;
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USERS: &str = r#"{
  "version": 1,
  "at": "2026-01-31T12:00:00Z",
  "relations": [
    {
      "name": "public.users",
      "rows": 12,
      "bytes": null
    }
  ]
}"#;

    #[test]
    fn written_as_read() {
        let read = Statistics::from_json(USERS).expect("is a document");
        assert_eq!(read.to_json(), USERS);
    }

    #[test]
    fn what_is_no_document_says_why() {
        for (text, why) in [
            (
                r#"{"version": 2, "relations": []}"#,
                "version 2 is not known; this program reads version 1",
            ),
            (
                r#"{"version": 1, "relations": [{"name": "users"}]}"#,
                "\"users\" names no relation: schema.name was expected",
            ),
        ] {
            let error = Statistics::from_json(text).expect_err("is none");
            let source = std::error::Error::source(&error).map(ToString::to_string);
            assert_eq!(source.as_deref(), Some(why));
        }
    }

    #[test]
    fn small_by_rows_and_by_bytes() {
        let small = Small::default();
        let size = |rows, bytes| Size { rows, bytes }.is_small(small);
        assert_eq!(size(Some(10_000), None), Some(true));
        assert_eq!(size(Some(10_001), None), Some(false));
        assert_eq!(size(Some(1), Some(1 << 30)), Some(false));
        assert_eq!(size(None, None), None);
    }
}
