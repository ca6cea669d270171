//! Plain SQL files: one query is named after its file, several after file and line.

use std::path::Path;

use super::{Found, Source};
use crate::compat::AppQuery;
use crate::sql;

pub(super) const SOURCE: Source = Source {
    extension: "sql",
    example: "a plain .sql file",
    accepts: |_, _| true,
    read,
};

fn read(file: &str, text: &str) -> Result<Found, String> {
    let lines = sql::LineIndex::new(text);
    let mut statements = sql::parse(text).statements;
    statements.retain(|statement| !defines(statement.span.text(text)));
    let name = Path::new(file)
        .file_stem()
        .map(|stem| stem.to_string_lossy());
    let name = name.filter(|_| statements.len() == 1);
    let queries: Vec<_> = statements
        .iter()
        .map(|statement| {
            let line = lines.position(text, statement.span.start).line;
            let name = match &name {
                Some(name) => name.to_string(),
                None => format!("{file}:{line}"),
            };
            AppQuery::new(name, file, line, statement.span.text(text))
        })
        .collect();
    Ok(queries.into())
}

/// Whether a statement is one of a migration rather than an application's: what makes and changes objects, but for
/// temporary ones.
fn defines(statement: &str) -> bool {
    let mut words = statement.split_whitespace().map(str::to_ascii_uppercase);
    let (first, second) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let temporary = ["TEMP", "TEMPORARY"].contains(&second.as_str());
    [
        "CREATE", "ALTER", "DROP", "GRANT", "REVOKE", "COMMENT", "DO",
    ]
    .contains(&first.as_str())
        && !temporary
}
