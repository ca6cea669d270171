//! Runs a migration history on an empty database and in memory, and prints where the two schemas differ:
//! `cargo run --all-features --example compare_history -- migrations postgresql://localhost/empty [setup.sql]`;
//! the optional file holds what the migration tool made before, such as its own table.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "printing is what an example is for"
)]

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use concertina::schema::diff::diff;
use concertina::schema::{Catalogue, SERVER_QUERY, Session};
use concertina::sql::ast::{Change, TransactionControl};
use concertina::sql::{Migration, TransactionMode};
use postgres::{Client, NoTls};

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let (Some(folder), Some(url)) = (args.next(), args.next()) else {
        eprintln!("usage: compare_history MIGRATIONS DATABASE_URL [SETUP]");
        return ExitCode::from(2);
    };
    match compare(Path::new(&folder), &url, args.next().as_deref()) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(3)
        }
    }
}

/// Gives the number of differences.
fn compare(folder: &Path, url: &str, setup: Option<&str>) -> Result<usize, Box<dyn Error>> {
    let mut migrations = concertina::project::load(folder, None)?.migrations;
    if let Some(setup) = setup {
        migrations.insert(0, Migration::new(setup, std::fs::read_to_string(setup)?));
    }
    let mut client = Client::connect(url, NoTls)?;
    for migration in &migrations {
        run(&mut client, migration).map_err(|error| {
            format!(
                "{}: {}",
                migration.file,
                error
                    .as_db_error()
                    .map_or_else(|| error.to_string(), ToString::to_string)
            )
        })?;
    }
    client.batch_execute("RESET ALL")?;
    let row = client.query_one(
        "SELECT current_setting('server_version_num')::int / 10000",
        &[],
    )?;
    let version: i32 = row.get(0);

    let start = Instant::now();
    let mut session = Session::new(u16::try_from(version)?);
    let (mut statements, mut opaque, mut refused) = (0, 0, 0);
    for migration in &migrations {
        let wrapped = migration.transaction == TransactionMode::Wrapped;
        if wrapped {
            session.apply(&Change::Transaction(TransactionControl::Begin))?;
        }
        for statement in &migration.script().statements {
            statements += 1;
            if let Change::Opaque { reason } = &statement.change {
                opaque += 1;
                println!(
                    "opaque: {}: {reason}",
                    place(migration, statement.span.start)
                );
            }
            if let Err(refusal) = session.apply(&statement.change) {
                refused += 1;
                println!(
                    "refused: {}: {refusal}",
                    place(migration, statement.span.start)
                );
                session.forgive();
            }
        }
        if wrapped {
            session.apply(&Change::Transaction(TransactionControl::Commit))?;
        }
    }
    let replay = start.elapsed();

    let answer: String = client.query_one(SERVER_QUERY, &[])?.get(0);
    let server = Catalogue::from_server(&answer)?;
    let differences = diff(session.catalogue(), &server);
    let mut by_aspect: BTreeMap<&str, usize> = BTreeMap::new();
    println!("differences, replay on the left and server on the right:");
    for difference in &differences {
        *by_aspect.entry(difference.aspect.as_str()).or_default() += 1;
        println!("  {difference}");
    }
    let columns: usize = server
        .relations()
        .map(|relation| relation.columns.len())
        .sum();
    let constraints: usize = server
        .relations()
        .map(|relation| relation.constraints.len())
        .sum();
    let indexes: usize = server
        .relations()
        .map(|relation| relation.indexes.len())
        .sum();
    println!(
        "{} migrations, {statements} statements, {opaque} opaque, {refused} refused, replayed in {replay:?}",
        migrations.len()
    );
    println!(
        "server: {} relations, {columns} columns, {constraints} constraints, {indexes} indexes",
        server.relations().count()
    );
    println!("{} differences {by_aspect:?}", differences.len());
    Ok(differences.len())
}

/// Runs a migration as its tool would: in one transaction, or statement by statement.
fn run(client: &mut Client, migration: &Migration) -> Result<(), postgres::Error> {
    match migration.transaction {
        TransactionMode::Wrapped => {
            let mut transaction = client.transaction()?;
            for statement in &migration.script().statements {
                transaction.batch_execute(statement.span.text(&migration.text))?;
            }
            transaction.commit()
        }
        _ => migration
            .script()
            .statements
            .iter()
            .try_for_each(|statement| client.batch_execute(statement.span.text(&migration.text))),
    }
}

fn place(migration: &Migration, byte: usize) -> String {
    format!("{}:{}", migration.file, migration.position(byte).line)
}
