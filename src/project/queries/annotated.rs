//! SQL files with a name before each query: sqlc, clorinde and cornucopia, aiosql.

use std::path::Path;

use super::named::numbered;
use super::{Found, Source};
use crate::compat::AppQuery;
use crate::sql;

pub(super) const SOURCE: Source = Source {
    extension: "sql",
    example: "a .sql file with `-- name: get_user` or `--! get_user` before each query",
    accepts,
    read,
};

fn accepts(_: &Path, text: &str) -> bool {
    text.lines().any(|line| annotation(line).is_some())
}

fn read(file: &str, text: &str) -> Result<Found, String> {
    let lines = sql::LineIndex::new(text);
    let mut comments_from = 0;
    let mut queries = Vec::new();
    for statement in sql::parse(text).statements {
        let span = statement.span;
        let before = sql::Span::new(comments_from, span.start).text(text);
        let line = lines.position(text, span.start).line;
        let name = before.lines().rev().find_map(annotation);
        let name = name.map_or_else(|| format!("{file}:{line}"), str::to_owned);
        queries.push(AppQuery::new(name, file, line, numbered(span.text(text))));
        comments_from = span.end;
    }
    Ok(queries.into())
}

/// The name a comment line gives: `-- name: get_user :one`, `-- name: get-user^`,
/// `/* name: get_user :one */`, `--! get_user (id) : User`.
fn annotation(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let rest = line.strip_prefix("--!").or_else(|| {
        let comment = line
            .strip_prefix("--")
            .or_else(|| line.strip_prefix("/*"))?;
        comment.trim_start().strip_prefix("name:")
    })?;
    let rest = rest.trim_start();
    let end = rest
        .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.')))
        .unwrap_or(rest.len());
    rest.get(..end).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_all_styles() {
        let names = [
            ("-- name: get_user :one", Some("get_user")),
            ("  --name: get-user^", Some("get-user")),
            ("/* name: list :many */", Some("list")),
            ("--! get_user (id?) : User", Some("get_user")),
            ("-- name:", None),
            ("-- names the user", None),
            ("SELECT 1 -- name: late", None),
        ];
        for (line, name) in names {
            assert_eq!(annotation(line), name, "{line}");
        }
    }

    #[test]
    fn each_query_has_its_name_and_line() {
        let text =
            "-- name: a :one\nSELECT 1;\n\n-- name: b\n-- says b\nSELECT ';'\n;\nSELECT 3;\n";
        let found = read("q.sql", text)
            .map(|found| found.queries)
            .unwrap_or_default();
        let found: Vec<_> = found
            .iter()
            .map(|query| (query.name.as_str(), query.line, query.sql.as_str()))
            .collect();
        let expected = [
            ("a", 2, "SELECT 1"),
            ("b", 6, "SELECT ';'"),
            ("q.sql:8", 8, "SELECT 3"),
        ];
        assert_eq!(found, expected);
    }
}
