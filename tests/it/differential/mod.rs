//! Random schemas, migrations and queries: what we say of each query is what a server says.

mod forms;
mod more;
mod queries;
mod random;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;

use concertina::compat::{AppQuery, Release, Verdict, breaks};
use concertina::schema::Session;
use postgres::{Client, NoTls, SimpleQueryMessage};

use self::queries::Writer;
use crate::random::Random;
use crate::server;

const QUERIES: usize = 24;

/// What becomes of a query, in the server's words or in ours.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Fate {
    Works,
    /// Works, and wrote no row: nothing was shown about what rows may be.
    Idle,
    Fails(String, String),
    /// Works when prepared anew; one that was prepared before does not (0A000).
    Reshaped,
    /// The same with another error: its parameters had other types when it was prepared.
    Retyped,
    Unknown(String),
    /// Works, and means something else.
    Changes,
}

#[derive(Default)]
struct Tally {
    pairs: usize,
    broken: usize,
    idle: usize,
    misses: usize,
    alarms: usize,
    other_error: usize,
    shapes: usize,
    unknown: usize,
    refused: usize,
    /// One example of each sort of difference.
    examples: BTreeMap<String, String>,
}

/// How many rows it wrote or gave, or what the server says.
fn try_it(client: &mut Client, sql: &str) -> Result<u64, (String, String)> {
    client.batch_execute("SAVEPOINT one").unwrap();
    match client.simple_query(sql) {
        Ok(messages) => {
            client.batch_execute("RELEASE one").unwrap();
            let counts = messages.iter().map(|message| match message {
                SimpleQueryMessage::CommandComplete(rows) => *rows,
                _ => 0,
            });
            Ok(counts.sum())
        }
        Err(error) => {
            client.batch_execute("ROLLBACK TO one").unwrap();
            let error = error
                .as_db_error()
                .unwrap_or_else(|| panic!("{error}: {sql}"));
            Err((error.code().code().to_owned(), error.message().to_owned()))
        }
    }
}

/// A COPY as a server can run it alone: with a file in the place of what the application sends and takes.
/// An enum's field holds the label that goes, if one does.
fn copy(client: &mut Client, text: &str, label: &str) -> Result<u64, (String, String)> {
    let (sql, line) = text.split_once('\n').unwrap_or((text, ""));
    let fields = line.split('\t').map(|field| match field {
        "ok" => label,
        other => other,
    });
    let line = fields.collect::<Vec<_>>().join("\t");
    let readable = std::fs::Permissions::from_mode(0o644);
    let mut file = tempfile::Builder::new()
        .permissions(readable)
        .tempfile()
        .unwrap();
    writeln!(file, "{line}").unwrap();
    let sql = sql.replace("STDIN", &format!("'{}'", file.path().display()));
    dry(client, &sql.replace("STDOUT", "'/dev/null'"))
}

/// Runs it and takes back what it did.
fn dry(client: &mut Client, sql: &str) -> Result<u64, (String, String)> {
    client.batch_execute("SAVEPOINT dry").unwrap();
    let said = try_it(client, sql);
    client.batch_execute("ROLLBACK TO dry").unwrap();
    said
}

fn arguments(client: &mut Client, name: &str, label: &str) -> String {
    let types = client
        .query_one(
            "SELECT parameter_types::text[] FROM pg_prepared_statements WHERE name = $1",
            &[&name],
        )
        .unwrap();
    let types: Vec<String> = types.get(0);
    let values: Vec<String> = types
        .iter()
        .map(|ty| match ty.as_str() {
            "integer" | "bigint" | "smallint" | "numeric" | "double precision" | "app.score"
            | "score" => "1".to_owned(),
            "boolean" => "true".to_owned(),
            "integer[]" => "'{1}'".to_owned(),
            // Short enough for every limit: what an application sends, it knows to fit.
            "text" | "character varying" => "'w'".to_owned(),
            "app.mood" | "mood" | "feeling" | "app.feeling" => format!("'{label}'"),
            "date" | "timestamp without time zone" | "timestamp with time zone" => {
                "'2024-05-06'".to_owned()
            }
            "uuid" => "'00000000-0000-0000-0000-000000000001'".to_owned(),
            "json" | "jsonb" => "'{\"k\": 1}'".to_owned(),
            "text[]" => "'{x}'".to_owned(),
            "app.pair" | "pair" => "'(1,x)'".to_owned(),
            ty if ty.ends_with("mood[]") || ty.ends_with("feeling[]") => {
                format!("ARRAY['{label}']::{ty}")
            }
            ty => format!("NULL::{ty}"),
        })
        .collect();
    if values.is_empty() {
        String::new()
    } else {
        format!("({})", values.join(", "))
    }
}

/// What the server says of each query that worked before; nothing when it refuses the migration.
fn on_server(
    client: &mut Client,
    setup: &[String],
    rows: &str,
    change: &str,
    queries: &[String],
) -> Option<Vec<Option<Fate>>> {
    client.batch_execute("BEGIN").unwrap();
    client
        .batch_execute(&(setup.join(";\n") + ";\n" + rows))
        .unwrap_or_else(|error| panic!("{error:?}\n{setup:#?}"));
    // The label that goes, if one does: what an application may send.
    let label = if change.contains("VALUE 'ok'") {
        "ok"
    } else {
        "sad"
    };
    let mut old = Vec::new();
    for (at, query) in queries.iter().enumerate() {
        if query.starts_with("COPY") {
            old.push(copy(client, query, label).is_ok().then(String::new));
            continue;
        }
        let worked = try_it(client, &format!("PREPARE q{at} AS {query}")).is_ok();
        let values = if worked {
            arguments(client, &format!("q{at}"), label)
        } else {
            String::new()
        };
        let worked = worked && dry(client, &format!("EXECUTE q{at}{values}")).is_ok();
        old.push(worked.then_some(values));
    }
    let changed = try_it(client, change).is_ok();
    let said = changed.then(|| {
        let all = queries.iter().enumerate().map(|(at, query)| {
            let values = old[at].as_ref()?;
            if query.starts_with("COPY") {
                return Some(match copy(client, query, label) {
                    Ok(_) => Fate::Works,
                    Err((state, message)) => Fate::Fails(state, message),
                });
            }
            let anew = try_it(client, &format!("PREPARE n{at} AS {query}")).and_then(|_| {
                let values = arguments(client, &format!("n{at}"), label);
                dry(client, &format!("EXECUTE n{at}{values}"))
            });
            Some(match anew {
                Err((state, message)) => Fate::Fails(state, message),
                Ok(rows) => match dry(client, &format!("EXECUTE q{at}{values}")) {
                    Err((state, _)) if state == "0A000" => Fate::Reshaped,
                    Err(_) => Fate::Retyped,
                    Ok(_) if rows == 0 => Fate::Idle,
                    Ok(_) => Fate::Works,
                },
            })
        });
        all.collect()
    });
    client.batch_execute("ROLLBACK; DEALLOCATE ALL").unwrap();
    said
}

fn by_us(
    major: u16,
    setup: &[String],
    change: &str,
    queries: &[String],
) -> Result<Vec<Fate>, String> {
    let mut session = Session::new(major);
    let mut replay = |text: &str| -> Result<_, String> {
        for statement in concertina::sql::parse(text).statements {
            let done = session.apply(&statement.change);
            done.map_err(|refusal| format!("{text}: {}", refusal.message))?;
        }
        Ok(session.catalogue().clone())
    };
    let before = replay(&setup.join(";\n"))?;
    let after = replay(change)?;
    let named = queries.iter().enumerate();
    let release = Release {
        version: "1".to_owned(),
        queries: named
            .map(|(at, sql)| {
                let sql = sql.split('\n').next().unwrap_or_default();
                AppQuery::new(at.to_string(), "random", 1, sql)
            })
            .collect(),
    };
    let mut fates = vec![Fate::Works; queries.len()];
    for one in breaks(&release, &before, &after) {
        let at: usize = one.query.parse().unwrap();
        fates[at] = match (one.verdict, one.sqlstate.as_deref()) {
            (Verdict::Fails, state) => {
                Fate::Fails(state.unwrap_or_default().to_owned(), one.message)
            }
            (Verdict::Changes, Some("0A000")) => Fate::Reshaped,
            (Verdict::Changes, _) => Fate::Changes,
            (Verdict::Works, _) => Fate::Works,
            (_, _) => Fate::Unknown(one.message),
        };
    }
    Ok(fates)
}

impl Tally {
    fn note(&mut self, query: &str, theirs: &Fate, ours: &Fate, about: impl Fn() -> String) {
        self.pairs += 1;
        let short = |message: &str| {
            message
                .split(['"', ':', '.', '('])
                .next()
                .unwrap_or_default()
                .to_owned()
        };
        self.broken += usize::from(matches!(theirs, Fate::Fails(..)));
        let (counter, sort) = match (theirs, ours) {
            (_, Fate::Unknown(why)) => (&mut self.unknown, format!("unknown: {}", short(why))),
            (Fate::Fails(one, theirs), Fate::Fails(two, ours))
                if one == two && (theirs == ours || ours.ends_with(&format!(": {theirs}"))) =>
            {
                return;
            }
            // Which of its actions a MERGE has taken, and so which row it wrote, it does not say.
            (Fate::Fails(state, _), Fate::Works) | (Fate::Works, Fate::Fails(state, _))
                if query.starts_with("MERGE") && ["23502", "23514"].contains(&state.as_str()) =>
            {
                self.idle += 1;
                return;
            }
            // What no row was written for cannot be refused for its row.
            (Fate::Idle | Fate::Reshaped | Fate::Retyped, Fate::Fails(state, _))
                if ["23502", "23514", "22001"].contains(&state.as_str()) =>
            {
                self.idle += 1;
                return;
            }
            // Whether a field or a parameter fits the new type is for its value to decide.
            (Fate::Fails(state, _), Fate::Changes | Fate::Reshaped)
                if (query.starts_with("COPY") || query.contains('$'))
                    && state.starts_with("22") =>
            {
                self.idle += 1;
                return;
            }
            // Arrays are gathered unless one is NULL.
            (Fate::Fails(state, _), Fate::Reshaped) if state == "22004" => {
                self.idle += 1;
                return;
            }
            (Fate::Idle | Fate::Works | Fate::Reshaped | Fate::Retyped, Fate::Changes) => return,
            (Fate::Idle, Fate::Works) => return,
            (Fate::Fails(one, message), Fate::Fails(two, _)) => (
                &mut self.other_error,
                format!("error {one} said as {two}: {}", short(message)),
            ),
            (Fate::Fails(state, message), _) => (
                &mut self.misses,
                format!("miss {state}: {}", short(message)),
            ),
            (_, Fate::Fails(state, message)) => (
                &mut self.alarms,
                format!("alarm {state}: {}", short(message)),
            ),
            (Fate::Retyped, Fate::Works | Fate::Reshaped) => return,
            (one, two) if one == two => return,
            (one, _) => (&mut self.shapes, format!("shape: server {one:?}")),
        };
        *counter += 1;
        let text = format!("{}\n    server {theirs:?}\n    ours   {ours:?}", about());
        match self.examples.get_mut(&sort) {
            // The shortest is the easiest to read.
            Some(known) if known.len() <= text.len() => {}
            Some(known) => *known = text,
            None => drop(self.examples.insert(sort, text)),
        }
    }
}

/// `CONCERTINA_PAIRS` and `CONCERTINA_SEED` ask for more, or for others; `CONCERTINA_MIGRATION` begins at one of
/// them.
#[test]
fn verdicts_are_those_of_a_server() {
    let number =
        |name: &str, usual: u64| std::env::var(name).map_or(usual, |text| text.parse().unwrap());
    let (wanted, seed) = (
        number("CONCERTINA_PAIRS", 600) as usize,
        number("CONCERTINA_SEED", 1),
    );
    let mut client = Client::connect(&server::shared().database(), NoTls).unwrap();
    let major = server::major(&mut client);
    let mut tally = Tally::default();
    let mut at = number("CONCERTINA_MIGRATION", 1) - 1;
    while tally.pairs < wanted {
        at += 1;
        // Neighbours have nothing in common.
        let own = ((seed << 32) + at).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let random = &mut Random::new(own);
        let schema = random::schema(random);
        let change = random::migration(&schema, random);
        let queries: Vec<String> = (0..QUERIES)
            .map(|_| Writer::query(&schema, random))
            .collect();
        let Some(theirs) = on_server(&mut client, &schema.sql, &schema.rows, &change, &queries)
        else {
            continue;
        };
        let ours = match by_us(major, &schema.sql, &change, &queries) {
            Ok(ours) => ours,
            Err(reason) => {
                tally.refused += 1;
                let text = format!(
                    "\n    {}\n    {change}\n    ours   {reason}",
                    schema.sql.join("\n    ")
                );
                tally.examples.entry("replay".to_owned()).or_insert(text);
                continue;
            }
        };
        for ((theirs, ours), query) in theirs.iter().zip(&ours).zip(&queries) {
            if let Some(theirs) = theirs {
                tally.note(query, theirs, ours, || {
                    let mut text = format!(" (migration {at})");
                    for table in schema
                        .sql
                        .iter()
                        .filter(|sql| !sql.contains("SCHEMA") && !sql.contains("search_path"))
                    {
                        let name = table.split([' ', '(']).nth(2).unwrap_or_default();
                        if std::env::var("FULL").is_ok()
                            || query.contains(name)
                            || table.contains(" ON ")
                        {
                            write!(text, "\n    {table}").unwrap();
                        }
                    }
                    format!("{text}\n    {change}\n    {query}")
                });
            }
        }
    }
    let summary = format!(
        "PostgreSQL {major}, seed {seed}: {} pairs, {} broken; {} misses, {} false alarms, {} refused for rows that were none, {} other errors, {} result types differ, {} unknown ({:.2} %), {} migrations not replayed",
        tally.pairs,
        tally.broken,
        tally.misses,
        tally.alarms,
        tally.idle,
        tally.other_error,
        tally.shapes,
        tally.unknown,
        tally.unknown as f64 * 100.0 / tally.pairs as f64,
        tally.refused,
    );
    #[expect(
        clippy::print_stdout,
        reason = "figures and seed, for whoever asks with --nocapture"
    )]
    {
        println!("{summary}");
    }
    let examples: String = tally
        .examples
        .iter()
        .fold(String::new(), |mut all, (sort, example)| {
            write!(all, "\n{sort}{example}").unwrap();
            all
        });
    let wrong = tally.misses + tally.alarms + tally.other_error + tally.shapes + tally.refused;
    assert!(
        wrong == 0 && tally.unknown * 50 <= tally.pairs,
        "{summary}\n{examples}"
    );
}
