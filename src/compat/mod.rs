//! Queries of release N against catalogue N+1: which of them break, with the query as the witness.

mod alone;
mod along;
mod constant;
mod expr;
mod found_rows;
mod given;
mod implied;
mod judge;
mod length;
mod limits;
mod meaning;
mod name_of;
mod operator;
mod overload;
mod refusal;
mod resolve;
mod rollout;
mod scope;
pub mod snapshot;
mod through;
mod touched;
mod types;
mod usage;
mod within;
mod write;

pub use alone::{refusal as refusal_of, refusal_in_block};
pub(crate) use along::{Asked, TransactionBreaks};
pub use along::{BreakAt, breaks_along};
pub(crate) use implied::implies;
pub use rollout::{Alive, RollOut, Stage, roll_out};
pub use usage::{Usage, usage};
pub use within::refusal_within;

use serde::Serialize;

use crate::schema::{Catalogue, builtins};
use crate::sql::ast::{Ident, Query};

/// One version of the application with its queries.
#[derive(Debug, Clone)]
pub struct Release {
    /// The version, as the user gave it.
    pub version: String,
    /// What it sends.
    pub queries: Vec<AppQuery>,
}

/// One query of an application.
#[derive(Debug, Clone)]
pub struct AppQuery {
    /// Its name: of the annotation, the file, or `file:line`.
    pub name: String,
    /// Where it was found.
    pub file: String,
    /// The line it begins at, from 1.
    pub line: usize,
    /// Its text.
    pub sql: String,
    /// Its tree, or why there is none.
    pub query: Result<Query, String>,
    /// The words of its text that can be names.
    words: Vec<Ident>,
}

impl AppQuery {
    /// Reads a query found at a place.
    pub fn new(
        name: impl Into<String>,
        file: impl Into<String>,
        line: usize,
        sql: impl Into<String>,
    ) -> Self {
        let sql = sql.into();
        let query = crate::sql::parse_query(&sql);
        Self {
            name: name.into(),
            file: file.into(),
            line,
            words: touched::words(&sql),
            sql,
            query,
        }
    }

    /// A query whose text is not known: the code that makes it, and why it cannot be read.
    pub fn unclear(
        name: impl Into<String>,
        file: impl Into<String>,
        line: usize,
        code: impl Into<String>,
        reason: impl Into<String>,
    ) -> Self {
        let code = code.into();
        Self {
            name: name.into(),
            file: file.into(),
            line,
            words: touched::words(&code),
            sql: code,
            query: Err(reason.into()),
        }
    }
}

/// How a query fares on a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Verdict {
    /// As before.
    Works,
    /// We cannot tell; the message says why.
    Unknown,
    /// Succeeds and means something else.
    Changes,
    /// An error, always or for the rows named in the message.
    Fails,
}

/// What a change does to one query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Break {
    /// The release.
    pub release: String,
    /// The query's name.
    pub query: String,
    /// Its file.
    pub file: String,
    /// Its line, from 1.
    pub line: usize,
    /// Fails, changes or unknown.
    pub verdict: Verdict,
    /// What PostgreSQL reports, when it fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sqlstate: Option<String>,
    /// The message, as PostgreSQL words it where it is an error.
    pub message: String,
}

/// How the queries of a release fare when `before` becomes `after`, in the order of the release.
///
/// One break for each query that has one, the worst. A query that fails on both is no break of this
/// change. What PostgreSQL reports was measured on a server of each supported version by the tests.
pub fn breaks(release: &Release, before: &Catalogue, after: &Catalogue) -> Vec<Break> {
    if before == after {
        return Vec::new();
    }
    let change = judge::Change::new(before, after);
    let queries = release.queries.iter();
    queries
        .filter_map(|query| Some(broken(release, query, change.judge(query)?)))
        .collect()
}

/// What a change does to one query of a release.
fn broken(release: &Release, query: &AppQuery, judgement: judge::Judgement) -> Break {
    Break {
        release: release.version.clone(),
        query: query.name.clone(),
        file: query.file.clone(),
        line: query.line,
        verdict: judgement.verdict,
        sqlstate: judgement.sqlstate.map(str::to_owned),
        message: judgement.message,
    }
}
