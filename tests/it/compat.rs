//! What `compat` says breaks is what a server says breaks, and the reverse.

use std::collections::BTreeMap;
use std::path::Path;

use concertina::compat::{AppQuery, Release, Verdict, breaks};
use concertina::schema::{Catalogue, Session};
use postgres::{Client, NoTls, SimpleQueryMessage};

use crate::server;

/// A schema, a change, and the queries of a release.
struct Pair {
    schema: String,
    change: String,
    queries: Vec<Case>,
}

struct Case {
    name: String,
    /// The word after the name: what we say where a server cannot say it.
    expected: Option<String>,
    sql: String,
}

/// Sections begin with `-- schema`, `-- change`, `-- queries`; each query with `-- name:`.
fn read(text: &str) -> Pair {
    let (mut schema, mut change, mut queries) = (String::new(), String::new(), Vec::<Case>::new());
    let mut section = "";
    for line in text.lines() {
        match line {
            "-- schema" | "-- change" | "-- queries" => section = line,
            _ if line.starts_with("-- name: ") => {
                let mut words = line.trim_start_matches("-- name: ").split(' ');
                queries.push(Case {
                    name: words.next().unwrap().to_owned(),
                    expected: words.next().map(str::to_owned),
                    sql: String::new(),
                });
            }
            _ => {
                let into = match section {
                    "-- schema" => &mut schema,
                    "-- change" => &mut change,
                    _ => &mut queries.last_mut().unwrap().sql,
                };
                into.push_str(line);
                into.push('\n');
            }
        }
    }
    for case in &mut queries {
        case.sql = case.sql.trim().trim_end_matches(';').to_owned();
    }
    Pair {
        schema,
        change,
        queries,
    }
}

fn replay(session: &mut Session, text: &str, name: &str) -> Catalogue {
    for statement in concertina::sql::parse(text).statements {
        if let Err(refusal) = session.apply(&statement.change) {
            panic!(
                "{name}: replay refuses {}: {}",
                statement.span.text(text),
                refusal.message
            );
        }
    }
    session.catalogue().clone()
}

type Said = Option<(String, String)>;

fn said(error: &postgres::Error) -> Said {
    let error = error.as_db_error().unwrap_or_else(|| panic!("{error}"));
    Some((error.code().code().to_owned(), error.message().to_owned()))
}

/// Prepares a query under a name; gives the arguments it can be run with.
fn prepare(client: &mut Client, name: &str, sql: &str) -> Result<String, Said> {
    client
        .batch_execute(&format!("PREPARE \"{name}\" AS {sql}"))
        .map_err(|error| said(&error))?;
    let types = client.query_one(
        "SELECT parameter_types::text[] FROM pg_prepared_statements WHERE name = $1",
        &[&name],
    );
    let types: Vec<String> = types.unwrap().get(0);
    let arguments = types.iter().map(|ty| match ty.as_str() {
        "integer" | "bigint" | "numeric" => "1",
        "boolean" => "true",
        "mood" => "'ok'",
        _ => "'sent'",
    });
    let arguments: Vec<&str> = arguments.collect();
    Ok(match arguments.as_slice() {
        [] => String::new(),
        all => format!("({})", all.join(", ")),
    })
}

/// Runs a prepared query and takes back what it did.
fn execute(client: &mut Client, name: &str, arguments: &str) -> Said {
    client.batch_execute("BEGIN").unwrap();
    let ran: Result<Vec<SimpleQueryMessage>, _> =
        client.simple_query(&format!("EXECUTE \"{name}\"{arguments}"));
    client.batch_execute("ROLLBACK").unwrap();
    ran.err().and_then(|error| said(&error))
}

/// What the server says of each query after the change; of those that worked before.
fn on_server(pair: &Pair) -> BTreeMap<String, Said> {
    let url = server::shared().database();
    let mut client = Client::connect(&url, NoTls).unwrap();
    let mut other = Client::connect(&url, NoTls).unwrap();
    other.batch_execute(&pair.schema).unwrap();
    let mut worked = BTreeMap::new();
    for case in &pair.queries {
        if let Ok(arguments) = prepare(&mut client, &case.name, &case.sql)
            && execute(&mut client, &case.name, &arguments).is_none()
        {
            worked.insert(&case.name, arguments);
        }
    }
    other.batch_execute(&pair.change).unwrap();
    let judged = pair.queries.iter().filter_map(|case| {
        let old = worked.get(&case.name)?;
        let fresh = format!("{} again", case.name);
        let said = match prepare(&mut client, &fresh, &case.sql) {
            Err(said) => said,
            Ok(arguments) => execute(&mut client, &fresh, &arguments)
                .or_else(|| execute(&mut client, &case.name, old)),
        };
        Some((case.name.clone(), said))
    });
    judged.collect()
}

/// What we say of each query.
fn by_us(pair: &Pair, name: &str, major: u16) -> BTreeMap<String, (Verdict, Said)> {
    let mut session = Session::new(major);
    let before = replay(&mut session, &pair.schema, name);
    let after = replay(&mut session, &pair.change, name);
    let queries = pair.queries.iter();
    let release = Release {
        version: "1.0.0".to_owned(),
        queries: queries
            .map(|case| AppQuery::new(&case.name, name, 1, &case.sql))
            .collect(),
    };
    breaks(&release, &before, &after)
        .into_iter()
        .map(|one| {
            let said = (one.sqlstate.unwrap_or_default(), one.message);
            (one.query, (one.verdict, Some(said)))
        })
        .collect()
}

#[test]
fn breaks_are_those_of_a_server() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations-fixtures/pairs");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let major = server::major(&mut server::shared().connect("postgres"));
    let (mut judged, mut differences) = (0, Vec::new());
    for file in files {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let pair = read(&std::fs::read_to_string(&file).unwrap());
        let (server, ours) = (on_server(&pair), by_us(&pair, &name, major));
        for case in &pair.queries {
            // Release N of a server of version 14 sends no MERGE.
            if major < 15 && case.sql.starts_with("MERGE") {
                continue;
            }
            let theirs = server.get(&case.name);
            let own = ours.get(&case.name);
            let agreed = match (case.expected.as_deref(), own) {
                (Some(expected), Some((verdict, _))) => verdict.as_str() == expected,
                (Some(_), None) => false,
                (None, None) => theirs.is_none_or(Option::is_none),
                (None, Some((Verdict::Changes, said))) => {
                    theirs == Some(said) && said.as_ref().is_some_and(|(state, _)| state == "0A000")
                }
                (None, Some((Verdict::Fails, said))) => theirs == Some(said),
                (None, Some(_)) => false,
            };
            judged += 1;
            if !agreed {
                differences.push(format!(
                    "{name}/{}\n  server {theirs:?}\n  ours   {own:?}",
                    case.name
                ));
            }
        }
    }
    assert!(
        differences.is_empty(),
        "{} of {judged} differ\n{}",
        differences.len(),
        differences.join("\n")
    );
}
