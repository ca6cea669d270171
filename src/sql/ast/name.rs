//! Identifiers and qualified names, as PostgreSQL stores them.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

use smol_str::SmolStr;

use crate::sql::keyword;

/// The longest identifier in bytes: `NAMEDATALEN - 1` (manual 18, section 4.1.1).
pub const MAX_IDENT_BYTES: usize = 63;

/// An identifier as PostgreSQL stores it: folded unless quoted, cut to 63 bytes.
///
/// Cloning is cheap: up to 23 bytes stand in place, longer ones are shared.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Ident(SmolStr);

/// Byte by byte, as strings; most names differ in their first eight, which are one comparison.
impl Ord for Ident {
    fn cmp(&self, other: &Self) -> Ordering {
        let head = |name: &Self| {
            name.0
                .as_bytes()
                .first_chunk()
                .copied()
                .map(u64::from_be_bytes)
        };
        match (head(self), head(other)) {
            (Some(own), Some(theirs)) if own != theirs => own.cmp(&theirs),
            _ => self.0.cmp(&other.0),
        }
    }
}

impl PartialOrd for Ident {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ident {
    /// Takes a name just as stored, such as one read from the catalogue or written in quotes.
    pub fn new(stored: impl AsRef<str>) -> Self {
        let name = stored.as_ref();
        let cut = name.floor_char_boundary(MAX_IDENT_BYTES);
        Self(SmolStr::new(name.get(..cut).unwrap_or(name)))
    }

    /// Takes a name as written without quotes: ASCII letters fold to lower case.
    pub fn folded(written: &str) -> Self {
        if written.bytes().any(|byte| byte.is_ascii_uppercase()) {
            Self::new(written.to_ascii_lowercase())
        } else {
            Self::new(written)
        }
    }

    /// The name as stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name as it must be written in SQL, in quotes where it needs them.
    pub fn to_sql(&self) -> Cow<'_, str> {
        let mut bytes = self.0.bytes();
        let plain = bytes
            .next()
            .is_some_and(|first| first.is_ascii_lowercase() || first == b'_')
            && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
            && !keyword::needs_quotes(&self.0);
        if plain {
            Cow::Borrowed(&self.0)
        } else {
            Cow::Owned(format!("\"{}\"", self.0.replace('"', "\"\"")))
        }
    }
}

impl fmt::Display for Ident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for Ident {
    fn from(stored: &str) -> Self {
        Self::new(stored)
    }
}

impl AsRef<str> for Ident {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for Ident {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for Ident {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

/// A name that may carry its schema, as written; a database before it is dropped.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QualifiedName {
    /// The schema, when it was written.
    pub schema: Option<Ident>,
    /// The name in that schema.
    pub name: Ident,
}

impl QualifiedName {
    /// Whether it can name something of PostgreSQL's own: it names no other schema than `pg_catalog`.
    pub(crate) fn may_be_system(&self) -> bool {
        let schema = self.schema.as_ref();
        schema.is_none_or(|schema| *schema == "pg_catalog")
    }

    /// A name in a schema.
    pub fn new(schema: impl Into<Ident>, name: impl Into<Ident>) -> Self {
        Self {
            schema: Some(schema.into()),
            name: name.into(),
        }
    }

    /// A name to be looked up along the search path.
    pub fn bare(name: impl Into<Ident>) -> Self {
        Self {
            schema: None,
            name: name.into(),
        }
    }

    /// The name as it must be written in SQL.
    pub fn to_sql(&self) -> String {
        match &self.schema {
            Some(schema) => format!("{}.{}", schema.to_sql(), self.name.to_sql()),
            None => self.name.to_sql().into_owned(),
        }
    }
}

/// Unquoted: `schema.name`.
impl fmt::Display for QualifiedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.schema {
            Some(schema) => write!(f, "{schema}.{}", self.name),
            None => self.name.fmt(f),
        }
    }
}
