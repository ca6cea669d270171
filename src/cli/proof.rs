//! What a server says of a release's queries before and after each migration, for `concertina verify --release`.

use serde::Serialize;

use super::input::{Format, Input};
use super::{CliError, Outcome, output};
use crate::client::proof::{Prepared, Throwaway};
use crate::compat::Release;
use crate::run::Failure;
use crate::schema::Catalogue;
use crate::sql::ast::Change;
use crate::sql::{Migration, TransactionMode};

/// As `concertina compat` prints it, so that the two can be compared.
#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    release: &'a str,
    queries: Vec<Judged<'a>>,
}

#[derive(Serialize)]
struct Judged<'a> {
    name: &'a str,
    file: &'a str,
    line: usize,
    verdict: &'static str,
    breaks: Vec<Break<'a>>,
}

#[derive(Serialize)]
struct Break<'a> {
    file: &'a str,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sqlstate: Option<String>,
    message: String,
}

type Said = Result<Prepared, Failure>;

pub(super) fn run(
    release: &Release,
    input: &Input,
    url: &str,
    format: Format,
) -> Result<Outcome, CliError> {
    let mut server = Throwaway::new(url, "verify")?;
    apply_all(&mut server, &input.history)?;
    let mut said = prepare_all(&mut server, release)?;
    let queries = release.queries.iter();
    let mut judged: Vec<Judged<'_>> = queries
        .map(|query| Judged {
            name: &query.name,
            file: &query.file,
            line: query.line,
            verdict: "works",
            breaks: Vec::new(),
        })
        .collect();
    for migration in input.judged.iter().filter(|one| !one.down) {
        apply(&mut server, migration)?;
        let now = prepare_all(&mut server, release)?;
        for ((query, before), after) in judged.iter_mut().zip(&said).zip(&now) {
            if let Some((verdict, sqlstate, message)) = differs(before, after) {
                query.verdict = if query.verdict == "fails" {
                    "fails"
                } else {
                    verdict
                };
                query.breaks.push(Break {
                    file: &migration.file,
                    verdict,
                    sqlstate,
                    message,
                });
            }
        }
        said = now;
    }
    let broken = judged.iter().any(|query| !query.breaks.is_empty());
    match format {
        Format::Text => output::result(&text(release, &judged))?,
        Format::Json => output::json(&Document {
            version: 1,
            release: &release.version,
            queries: judged,
        })?,
    }
    Ok(if broken {
        Outcome::Objections
    } else {
        Outcome::Clean
    })
}

/// The catalogue that migrations lead to on a new database of a server.
pub(super) fn catalogue(migrations: &[Migration], url: &str) -> Result<Catalogue, CliError> {
    let mut server = Throwaway::new(url, "verify")?;
    apply_all(&mut server, migrations)?;
    Ok(server.catalogue()?)
}

fn apply_all(server: &mut Throwaway, migrations: &[Migration]) -> Result<(), CliError> {
    let mut forward = migrations.iter().filter(|one| !one.down);
    forward.try_for_each(|migration| apply(server, migration))
}

/// In the transaction that the tool of the layout opens, where a statement wants one.
fn apply(server: &mut Throwaway, migration: &Migration) -> Result<(), CliError> {
    let mut statements = migration.script().statements.iter();
    let wants_one = statements.any(|one| matches!(one.change, Change::Lock { .. }));
    let wrapped = migration.transaction == TransactionMode::Wrapped && wants_one;
    let around = |server: &mut Throwaway, word: &str| {
        let done = server.run(word);
        done.map_err(|failure| CliError::Usage(format!("{}: {}", migration.file, failure.message)))
    };
    if wrapped {
        around(server, "BEGIN")?;
    }
    for statement in &migration.script().statements {
        let sql = statement.span.text(&migration.text);
        server.run(sql).map_err(|failure| {
            let line = migration.text.get(..statement.span.start).unwrap_or_default();
            let line = line.lines().count().max(1);
            CliError::Usage(format!(
                "{}:{line}: the server refuses it: {}; name what must be there before with --history",
                migration.file, failure.message
            ))
        })?;
    }
    if wrapped {
        around(server, "COMMIT")?;
    }
    // A block that the file leaves open would keep its locks. Should this fail, the next statement says why.
    server.run("ROLLBACK").ok();
    Ok(())
}

fn prepare_all(server: &mut Throwaway, release: &Release) -> Result<Vec<Said>, CliError> {
    let queries = release.queries.iter().map(|query| query.sql.as_str());
    Ok(server.prepare(queries)?)
}

/// What becomes of a query that could be prepared before.
fn differs(before: &Said, after: &Said) -> Option<(&'static str, Option<String>, String)> {
    let before = before.as_ref().ok()?;
    let after = match after {
        Ok(after) => after,
        Err(failure) => return Some(("fails", failure.sqlstate.clone(), failure.message.clone())),
    };
    if before.columns != after.columns {
        let message = "cached plan must not change result type".to_owned();
        return Some(("changes", Some("0A000".to_owned()), message));
    }
    let mut parameters = before.parameters.iter().zip(&after.parameters).enumerate();
    let (at, (was, is)) = parameters.find(|(_, (was, is))| was != is)?;
    let message = format!(
        "parameter ${} was of type {was} and is now of type {is}",
        at + 1
    );
    Some(("changes", None, message))
}

fn text(release: &Release, judged: &[Judged<'_>]) -> String {
    use std::fmt::Write;
    let mut text = String::new();
    for query in judged {
        for one in &query.breaks {
            let state = one.sqlstate.as_deref().map(|state| format!(" ({state})"));
            // Writing to a String cannot fail.
            let _ = writeln!(
                text,
                "{}:{}: {} {}: {}{} after {}",
                query.file,
                query.line,
                query.name,
                one.verdict,
                one.message,
                state.unwrap_or_default(),
                one.file
            );
        }
    }
    let broken = judged
        .iter()
        .filter(|query| !query.breaks.is_empty())
        .count();
    let _ = writeln!(
        text,
        "{broken} of {} queries of release {} are broken, as the server says",
        judged.len(),
        release.version
    );
    text
}
