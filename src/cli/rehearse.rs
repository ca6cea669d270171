//! `concertina rehearse`: the deploy, tried on a throwaway database under the queries of both releases.

use std::fmt::Write;
use std::time::Duration;

use serde::Serialize;

use super::database::ServerArgs;
use super::input::{Format, MigrationArgs};
use super::releases::{self, ReleaseArg};
use super::{CliError, Outcome, output};
use crate::client::rehearsal::{self, Rehearsal};

/// Applies migrations to a new database with generated rows while the queries of both releases are sent to it, and says
/// what failed, what waited and for how long
///
/// The database is made on the server that is named and dropped again; the one that is named stays as it is. The release
/// that runs is there from the first migration on, the next one from the end of the expand phase; in the contract phase
/// the next one runs alone.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    migrations: MigrationArgs,
    #[command(flatten)]
    server: ServerArgs,
    /// The release that runs, and where its queries are
    #[arg(long, value_name = "VERSION=PATH")]
    release: ReleaseArg,
    /// The release that is rolled out, and where its queries are; without it the first one runs to the end
    #[arg(long, value_name = "VERSION=PATH")]
    next_release: Option<ReleaseArg>,
    /// Rows of each table; of those that --statistics knows to be smaller, fewer
    #[arg(long, value_name = "NUMBER", default_value_t = 10_000)]
    rows: u64,
    /// Requests in a second, of each release
    #[arg(long, value_name = "NUMBER", default_value_t = 100)]
    rate: u32,
    /// How long the queries go on before the first migration and after each phase
    #[arg(long, value_name = "SECONDS", default_value_t = 2)]
    seconds: u64,
    /// Shape of the output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    #[serde(flatten)]
    outcome: &'a rehearsal::Outcome,
}

pub(super) fn run(args: &Args) -> Result<Outcome, CliError> {
    let input = args.migrations.read()?;
    let mut rehearsal = Rehearsal::new(input.history, input.judged, releases::load(&args.release)?)
        .rows(args.rows)
        .rate(args.rate)
        .settle(Duration::from_secs(args.seconds))
        .statistics(input.known.statistics);
    if let Some(next) = &args.next_release {
        rehearsal = rehearsal.next_release(releases::load(next)?);
    }
    let server = args.server.stand()?;
    let outcome = rehearsal.run(server.url())?;
    match args.format {
        Format::Text => output::result(&text(&outcome))?,
        Format::Json => output::json(&Document {
            version: 1,
            outcome: &outcome,
        })?,
    }
    Ok(if outcome.has_failures() {
        Outcome::Objections
    } else {
        Outcome::Clean
    })
}

fn text(outcome: &rehearsal::Outcome) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let mut line = |one: String| {
        let _ = writeln!(text, "{one}");
    };
    let rows: u64 = outcome.tables.iter().map(|table| table.rows).sum();
    line(format!(
        "PostgreSQL {}: {} tables with {rows} rows; longest answer before {} ms",
        outcome.postgres,
        outcome.tables.len(),
        outcome.longest_before_ms
    ));
    for table in outcome.tables.iter().filter(|table| table.rows == 0) {
        let why = table.refused.as_deref();
        let why = why.unwrap_or("its constraints refused every row that was tried");
        line(format!("note: {} is empty: {why}", table.table));
    }
    for one in &outcome.migrations {
        if let Some(why) = &one.held {
            line(format!("{}: not applied: {why}", one.file));
            continue;
        }
        let locks = match one.locks.is_empty() {
            true => "no lock on what was there".to_owned(),
            false => one.locks.join(", "),
        };
        let waits = match one.lock_waits {
            0 => String::new(),
            times => format!(", its locks were tried for {} times", times + 1),
        };
        line(format!(
            "{}: {} ms{waits}; {} requests meanwhile, {} failed, longest answer {} ms\n    {locks}",
            one.file, one.took_ms, one.requests, one.failed, one.longest_ms
        ));
    }
    let mut broken = 0;
    for query in &outcome.queries {
        let place = format!(
            "{}:{}: {} of {}",
            query.file, query.line, query.name, query.release
        );
        if let Some(why) = &query.unusable {
            line(format!(
                "note: {place} is left out, the server refuses it before any migration: {why}"
            ));
        }
        for error in &query.errors {
            let state = error.sqlstate.as_deref().unwrap_or("connection lost");
            let after = error.after.as_deref().unwrap_or("the first migration");
            line(format!(
                "{place} failed {} times of {} ({state}) from {after} on: {}",
                error.times, query.requests, error.message
            ));
        }
        broken += usize::from(!query.errors.is_empty());
    }
    let requests: usize = outcome.queries.iter().map(|query| query.requests).sum();
    line(format!(
        "{requests} requests, {broken} of {} queries failed that did not fail before",
        outcome.queries.len()
    ));
    text
}
