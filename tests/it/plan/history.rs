//! Plans of a real history's migrations: run on a server, each ends where the migration itself ends.
//!
//! `CONCERTINA_PLAN_HISTORY` names the folder, in the place of ours; `CONCERTINA_PLANS` one to write the plans to.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use concertina::plan;
use concertina::schema::Session;
use concertina::sql::ast::{Change, TransactionControl};
use concertina::sql::{Migration, TransactionMode};
use postgres::Client;

use super::{catalogue, shown};
use crate::server;

fn folder() -> PathBuf {
    match std::env::var_os("CONCERTINA_PLAN_HISTORY") {
        Some(folder) => folder.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations-fixtures/planned-history"),
    }
}

fn run(client: &mut Client, text: &Migration) -> Result<(), String> {
    let said = match text.transaction {
        TransactionMode::Wrapped => client.batch_execute(&text.text),
        _ => {
            let mut all = text.script().statements.iter();
            all.try_for_each(|one| client.batch_execute(one.span.text(&text.text)))
        }
    };
    said.map_err(|error| {
        let _ = client.batch_execute("ROLLBACK");
        match error.as_db_error() {
            Some(said) => format!("{}: {}", said.code().code(), said.message()),
            None => error.to_string(),
        }
    })
}

/// A copy of the database so far, under a name of its own.
fn copy(name: &str) -> Client {
    let mut maintenance = server::shared().connect("postgres");
    maintenance
        .batch_execute(&format!(
            "DROP DATABASE IF EXISTS {name} WITH (FORCE); CREATE DATABASE {name} TEMPLATE plan_base"
        ))
        .or_else(|_| {
            maintenance.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))?;
            maintenance.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE plan_base"))
        })
        .unwrap();
    server::shared().connect(name)
}

/// Why a plan does not end where its migration does.
fn difference(plan: &plan::Plan, wanted: &mut Client) -> Result<(), String> {
    let mut client = copy("plan_planned");
    for planned in &plan.migrations {
        let mut text = Migration::new(planned.name.as_str(), planned.sql.as_str());
        text.transaction = planned.transaction;
        run(&mut client, &text).map_err(|said| format!("{}: {said}", planned.name))?;
    }
    let (reached, wanted) = (catalogue(&mut client), catalogue(wanted));
    let extra = reached.iter().filter(|line| !wanted.contains(line));
    let missing = wanted.iter().filter(|line| !reached.contains(line));
    let lines: Vec<String> = extra
        .map(|line| format!("+ {line}"))
        .chain(missing.map(|line| format!("- {line}")))
        .collect();
    match lines.is_empty() {
        true => Ok(()),
        false => Err(lines.join("\n")),
    }
}

#[expect(clippy::print_stdout, reason = "the figures are the result")]
#[test]
fn plans_of_a_history_end_where_it_does() {
    let mut base = server::shared().connect("postgres");
    base.batch_execute("CREATE DATABASE plan_base").unwrap();
    let mut base = server::shared().connect("plan_base");
    let version = server::major(&mut base);
    drop(base);
    let mut session = Session::new(version);
    let (mut safe, mut equal) = (0, 0);
    let (mut refused, mut wrong) = (BTreeMap::new(), Vec::new());
    let loaded = concertina::project::load(&folder(), None).unwrap();
    for migration in loaded.migrations.iter().filter(|one| !one.down) {
        match plan::plan(migration, &session, &plan::Options::default()) {
            Ok(None) => safe += 1,
            Err(error) => {
                let reason = format!("{}; {}", error.message, error.help);
                refused.insert(migration.file.clone(), reason);
            }
            Ok(Some(plan)) => {
                if let Some(folder) = std::env::var_os("CONCERTINA_PLANS") {
                    let name = format!("{}_{}.sql", migration.version, migration.name);
                    std::fs::write(Path::new(&folder).join(name), shown(&plan)).unwrap();
                }
                let mut wanted = copy("plan_wanted");
                if let Err(said) = run(&mut wanted, migration) {
                    println!("{}: not run: {said}", migration.file);
                } else if let Err(difference) = difference(&plan, &mut wanted) {
                    wrong.push(format!("{}\n{difference}", migration.file));
                } else {
                    equal += 1;
                }
            }
        }
        let mut base = server::shared().connect("plan_base");
        if let Err(said) = run(&mut base, migration) {
            println!("{}: {said}", migration.file);
        }
        replay(&mut session, migration);
    }
    let (planned, refusals) = (equal + wrong.len(), refused.len());
    println!(
        "{planned} planned, {equal} of them end where the migration does; {safe} safe as they are, {refusals} refused"
    );
    for (file, reason) in &refused {
        println!("refused: {file}: {reason}");
    }
    let ours = std::env::var_os("CONCERTINA_PLAN_HISTORY").is_none();
    assert!(!ours || planned == 6 && refused.is_empty(), "{refused:?}");
    assert!(
        wrong.is_empty(),
        "{} end elsewhere:\n{}",
        wrong.len(),
        wrong.join("\n---\n")
    );
}

fn replay(session: &mut Session, migration: &Migration) {
    let wrapped = migration.transaction == TransactionMode::Wrapped;
    let control = |session: &mut Session, control| {
        if wrapped {
            session.apply(&Change::Transaction(control)).unwrap();
        }
    };
    control(session, TransactionControl::Begin);
    for statement in &migration.script().statements {
        if session.apply(&statement.change).is_err() {
            session.forgive();
        }
    }
    control(session, TransactionControl::Commit);
}
