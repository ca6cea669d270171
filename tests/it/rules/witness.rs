//! What the queries of a release meet on a server, before a migration and after it.

use std::collections::BTreeSet;

use postgres::{Client, SimpleQueryMessage};

use super::case::Case;
use super::observed::{error_text, rows};

/// The application of a case: one session with its prepared statements, as a pool keeps it.
pub(super) struct Application {
    session: Client,
    queries: Vec<Query>,
}

struct Query {
    name: String,
    sql: String,
    /// What it gave before, with arguments with which it worked then.
    before: Vec<(String, Meaning)>,
}

/// What a query gives.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Meaning {
    /// Names and types of the columns of the answer.
    shape: Vec<(String, String)>,
    /// Rows read, or written.
    rows: usize,
    /// Of rows written, what is in them: name and value, without what differs each time.
    written: BTreeSet<(String, String)>,
}

impl Application {
    pub(super) fn start(case: &Case, mut session: Client) -> Self {
        let all = case.releases.iter().flat_map(|release| &release.queries);
        let mut queries = Vec::new();
        for (at, query) in all.enumerate() {
            let name = format!("q{at}");
            let sql = query.sql.trim_end_matches(';').to_owned();
            let prepared = session.batch_execute(&format!("PREPARE {name} AS {sql}"));
            let sets = match prepared {
                Ok(()) => arguments(&mut session, &name),
                Err(_) => Vec::new(),
            };
            let before = sets.into_iter().filter_map(|values| {
                let one = run(&mut session, &name, &sql, &values).ok()?;
                let other = run(&mut session, &name, &sql, &values).ok()?;
                let written = one.written.intersection(&other.written).cloned().collect();
                Some((values, Meaning { written, ..one }))
            });
            let before = before.collect();
            queries.push(Query { name, sql, before });
        }
        Self { session, queries }
    }

    /// Whether a query that worked breaks now; nothing where there is none, or where the rows written decide.
    pub(super) fn broken(&mut self) -> Option<bool> {
        let mut said = None;
        let mut rows_decide = false;
        for query in &self.queries {
            let fresh = format!("n{}", query.name);
            let prepared = format!("PREPARE {fresh} AS {}", query.sql);
            let prepared = self
                .session
                .batch_execute(&prepared)
                .map_err(|error| error_text(&error));
            for (values, before) in &query.before {
                let old = attempt(
                    &mut self.session,
                    &format!("EXECUTE {}{values}", query.name),
                );
                let now = prepared
                    .clone()
                    .and_then(|()| run(&mut self.session, &fresh, &query.sql, values));
                let broken = match (old, now) {
                    (Ok(_), Ok(now)) => now.differs(before),
                    (old, now) => {
                        let errors = old.err().into_iter().chain(now.err());
                        let by_rows = |error: &String| {
                            let omitted = error.starts_with("23502") && !values.contains("NULL");
                            error.starts_with("23") && !omitted
                        };
                        let mut errors = errors.filter(|error| !by_rows(error)).peekable();
                        rows_decide |= errors.peek().is_none();
                        errors.next().is_some()
                    }
                };
                said = Some(said.unwrap_or(false) || broken);
            }
            if prepared.is_ok() {
                self.session
                    .batch_execute(&format!("DEALLOCATE {fresh}"))
                    .unwrap();
            }
        }
        said.filter(|broken| *broken || !rows_decide)
    }
}

impl Meaning {
    fn differs(&self, before: &Self) -> bool {
        let names: BTreeSet<&String> = self.written.iter().map(|(name, _)| name).collect();
        let mut kept = before
            .written
            .iter()
            .filter(|(name, _)| names.contains(name));
        self.shape != before.shape
            || self.rows < before.rows
            || kept.any(|one| !self.written.contains(one))
    }
}

/// Runs a prepared query and takes back what it did.
fn run(session: &mut Client, name: &str, sql: &str, values: &str) -> Result<Meaning, String> {
    let answer = attempt(session, &format!("EXECUTE {name}{values}"))?;
    let statement = session.prepare(sql).map_err(|error| error_text(&error))?;
    let columns = statement.columns().iter();
    let shape = columns.map(|column| (column.name().to_owned(), column.type_().name().to_owned()));
    let shape: Vec<(String, String)> = shape.collect();
    let affected = answer.iter().find_map(|message| match message {
        SimpleQueryMessage::CommandComplete(rows) => Some(*rows),
        _ => None,
    });
    let verb = sql
        .trim_start()
        .get(..6)
        .unwrap_or_default()
        .to_ascii_uppercase();
    let changes = ["INSERT", "UPDATE", "DELETE"].contains(&verb.as_str());
    let mut written = BTreeSet::new();
    if changes && shape.is_empty() {
        let returning = format!(
            "PREPARE seen AS WITH w AS ({sql} RETURNING *) SELECT e.key, e.value FROM w, jsonb_each_text(to_jsonb(w)) e"
        );
        if session.batch_execute(&returning).is_ok() {
            if let Ok(answer) = attempt(session, &format!("EXECUTE seen{values}")) {
                for row in rows(&answer) {
                    let mut values = row.into_iter().map(Option::unwrap_or_default);
                    if let (Some(key), Some(value)) = (values.next(), values.next()) {
                        written.insert((key, value));
                    }
                }
            }
            session.batch_execute("DEALLOCATE seen").unwrap();
        }
    }
    Ok(Meaning {
        shape,
        rows: usize::try_from(affected.unwrap_or(0)).unwrap_or(usize::MAX),
        written,
    })
}

/// Runs SQL and takes back what it did.
fn attempt(session: &mut Client, sql: &str) -> Result<Vec<SimpleQueryMessage>, String> {
    session.batch_execute("BEGIN").unwrap();
    let answer = session.simple_query(sql);
    session.batch_execute("ROLLBACK").unwrap();
    answer.map_err(|error| error_text(&error))
}

/// Sets of values for the parameters: of a row that is there, of a new one that refers to it, of a new one altogether,
/// in capitals, without any value but the first, and without the last.
fn arguments(session: &mut Client, name: &str) -> Vec<String> {
    let types = session.query_one(
        "SELECT parameter_types::text[] FROM pg_prepared_statements WHERE name = $1",
        &[&name],
    );
    let types: Vec<String> = types.unwrap().get(0);
    if types.is_empty() {
        return vec![String::new()];
    }
    let set = |first: &str, rest: &str, letter: &str| {
        let values = types.iter().enumerate().map(|(at, ty)| {
            let last = types.len() - 1;
            let value = match at {
                0 => first,
                at if at < last && rest == "LAST" => first,
                _ if rest == "LAST" => "NULL",
                _ => rest,
            };
            match ty.as_str() {
                _ if value == "NULL" => format!("NULL::{ty}"),
                "integer" | "bigint" | "smallint" | "numeric" | "double precision" | "real" => {
                    value.to_owned()
                }
                "boolean" => "true".to_owned(),
                "text" | "character varying" => format!("'{letter}{value}'"),
                "character" => "'a'".to_owned(),
                "date" | "timestamp without time zone" | "timestamp with time zone" => {
                    format!("'2023-01-02'::{ty}")
                }
                "uuid" => format!("md5('{value}')::uuid"),
                "json" | "jsonb" => format!("'{{\"a\": {value}}}'::{ty}"),
                ty if ty.ends_with("[]") => format!("'{{}}'::{ty}"),
                ty => format!("NULL::{ty}"),
            }
        });
        let values: Vec<String> = values.collect();
        format!("({})", values.join(", "))
    };
    vec![
        set("5", "5", "x"),
        set("5001", "5", "x"),
        set("5001", "5001", "x"),
        set("5002", "5002", "X"),
        set("5003", "NULL", "x"),
        set("5004", "LAST", "x"),
    ]
}
