//! What `pg_stat_statements` has counted, exported as CSV or JSON: the queries of an application in any language.

use serde::Deserialize;

use super::rust::looks_like_sql;
use super::{Found, Source};
use crate::compat::AppQuery;
use crate::sql::LineIndex;

pub(super) const CSV: Source = Source {
    extension: "csv",
    example: "pg_stat_statements as CSV (psql --csv) or JSON, with a column query",
    accepts: |_, text| header(text).is_some(),
    read: read_csv,
};

pub(super) const JSON: Source = Source {
    extension: "json",
    example: CSV.example,
    accepts: |_, text| text.trim_start().starts_with('[') && text.contains("\"query\""),
    read: read_json,
};

/// Queries as a server has counted them: its identifier and its text, in which constants are parameters.
///
/// What is neither a query nor a data change is left out, and so is what a statement of the same text said.
pub fn counted(
    file: &str,
    statements: impl IntoIterator<Item = (String, usize, String)>,
) -> Vec<AppQuery> {
    let mut known = std::collections::BTreeSet::new();
    let queries = statements
        .into_iter()
        .filter(|(_, _, sql)| looks_like_sql(sql));
    let queries = queries.filter(|(_, _, sql)| known.insert(sql.clone()));
    queries
        .map(|(name, line, sql)| AppQuery::new(name, file, line, sql))
        .collect()
}

/// Where the columns `query` and `queryid` stand.
fn header(text: &str) -> Option<(usize, Option<usize>)> {
    let first = records(text).into_iter().next()?;
    let at = |name: &str| {
        first
            .fields
            .iter()
            .position(|field| field.eq_ignore_ascii_case(name))
    };
    Some((at("query")?, at("queryid")))
}

fn read_csv(file: &str, text: &str) -> Result<Found, String> {
    let Some((query, id)) = header(text) else {
        return Err("no column query in the first line".to_owned());
    };
    let lines = LineIndex::new(text);
    let all = records(text).into_iter().skip(1).filter_map(|record| {
        let line = lines.position(text, record.start).line;
        let sql = record.fields.get(query)?.clone();
        let name = id.and_then(|id| record.fields.get(id)).cloned();
        Some((name.unwrap_or_else(|| format!("{file}:{line}")), line, sql))
    });
    Ok(counted(file, all).into())
}

#[derive(Deserialize)]
struct Row {
    query: String,
    #[serde(default)]
    queryid: serde_json::Value,
}

fn read_json(file: &str, text: &str) -> Result<Found, String> {
    let rows: Vec<Row> = serde_json::from_str(text).map_err(|error| {
        format!("not rows of pg_stat_statements: {error}; each needs a field query")
    })?;
    let all = rows.into_iter().enumerate().map(|(at, row)| {
        let name = match row.queryid {
            serde_json::Value::Null => format!("{file}#{}", at + 1),
            serde_json::Value::String(id) => id,
            id => id.to_string(),
        };
        (name, 1, row.query)
    });
    Ok(counted(file, all).into())
}

struct Record {
    start: usize,
    fields: Vec<String>,
}

/// The records of a CSV text as PostgreSQL writes it: fields in double quotes may hold commas, lines and `""`.
fn records(text: &str) -> Vec<Record> {
    let (mut all, mut fields, mut field) = (Vec::new(), Vec::new(), String::new());
    let (mut quoted, mut start) = (false, 0);
    let mut chars = text.char_indices().peekable();
    while let Some((at, next)) = chars.next() {
        match next {
            '"' if quoted && chars.next_if(|(_, c)| *c == '"').is_some() => field.push('"'),
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(std::mem::take(&mut field)),
            '\r' if !quoted => {}
            '\n' if !quoted => {
                fields.push(std::mem::take(&mut field));
                let fields = std::mem::take(&mut fields);
                all.push(Record { start, fields });
                start = at + 1;
            }
            other => field.push(other),
        }
    }
    if !field.is_empty() || !fields.is_empty() {
        fields.push(field);
        all.push(Record { start, fields });
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(found: Result<Found, String>) -> Result<Vec<(String, usize, String)>, String> {
        let queries = found?.queries.into_iter();
        Ok(queries
            .map(|query| (query.name, query.line, query.sql))
            .collect())
    }

    #[test]
    fn rows_of_both_forms() {
        let csv = "queryid,calls,query\n-42,7,\"SELECT a,\n  \"\"b\"\" FROM t WHERE c = $1\"\n43,1,BEGIN\n44,1,\"DELETE FROM t\"\n45,1,\"DELETE FROM t\"\n";
        let expected = vec![
            (
                "-42".to_owned(),
                2,
                "SELECT a,\n  \"b\" FROM t WHERE c = $1".to_owned(),
            ),
            ("44".to_owned(), 5, "DELETE FROM t".to_owned()),
        ];
        assert_eq!(show(read_csv("s.csv", csv)), Ok(expected));
        let json = r#"[{"queryid": -42, "query": "SELECT 1 FROM t"}, {"query": "TABLE t"}]"#;
        let expected = vec![
            ("-42".to_owned(), 1, "SELECT 1 FROM t".to_owned()),
            ("s.json#2".to_owned(), 1, "TABLE t".to_owned()),
        ];
        assert_eq!(show(read_json("s.json", json)), Ok(expected));
        assert!(show(read_csv("s.csv", "a,b\n1,2\n")).is_err());
    }
}
