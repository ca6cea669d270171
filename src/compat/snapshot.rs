//! A release written down as a small JSON document: recorded at build time, registered at start-up.

use serde::{Deserialize, Serialize};

use super::{AppQuery, Release};

/// The shape we write; older and newer ones with the same fields are read.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Document {
    version: u32,
    release: String,
    queries: Vec<Recorded>,
}

#[derive(Serialize, Deserialize)]
struct Recorded {
    name: String,
    #[serde(default)]
    file: String,
    #[serde(default)]
    line: usize,
    sql: String,
}

/// Writes a release as JSON: its version, and the name, file, line and text of each query.
///
/// ```
/// use concertina::compat::{AppQuery, Release, snapshot};
/// let query = AppQuery::new("get_user", "users.sql", 1, "SELECT name FROM users WHERE id = $1");
/// let release = Release { version: "1.4.0".into(), queries: vec![query] };
/// let read = snapshot::read(&snapshot::write(&release)).expect("what was written is read");
/// assert_eq!(read.queries[0].sql, release.queries[0].sql);
/// ```
pub fn write(release: &Release) -> String {
    let recorded = |query: &AppQuery| Recorded {
        name: query.name.clone(),
        file: query.file.clone(),
        line: query.line,
        sql: query.sql.clone(),
    };
    let document = Document {
        version: VERSION,
        release: release.version.clone(),
        queries: release.queries.iter().map(recorded).collect(),
    };
    let mut text = serde_json::to_string_pretty(&document)
        .expect("text and numbers are always written as JSON");
    text.push('\n');
    text
}

/// Reads what [`write()`] wrote; fields it does not know are passed over.
///
/// # Errors
/// A lower-case fragment: it is no JSON, or a field that is needed is not there.
pub fn read(text: &str) -> Result<Release, String> {
    let document: Document =
        serde_json::from_str(text).map_err(|error| format!("not a recorded release: {error}"))?;
    let queries = document.queries.into_iter();
    Ok(Release {
        version: document.release,
        queries: queries
            .map(|query| AppQuery::new(query.name, query.file, query.line, query.sql))
            .collect(),
    })
}
