//! The ways of applying a change: not at all, plain DDL, an expert's script, reshape, and ours.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use concertina::client::{Stamped, postgres as ours};
use concertina::plan;
use concertina::run::{Event, Runner};
use concertina::schema::Session;
use concertina::sql::{Migration, Phase};
use postgres::{Client, NoTls};

use crate::recipe::{Piece, Recipe};

/// A way of applying a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    None,
    Plain,
    Expert,
    Reshape,
    Ours,
}

/// What reshape calls the schema before the change, and the one after it.
const RESHAPE: [&str; 2] = ["1_before", "2_change"];

impl Way {
    pub(crate) const ALL: [Self; 5] = [
        Self::None,
        Self::Plain,
        Self::Expert,
        Self::Reshape,
        Self::Ours,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Plain => "plain",
            Self::Expert => "expert",
            Self::Reshape => "reshape",
            Self::Ours => "ours",
        }
    }

    /// Whether it knows such a change, and is there.
    pub(crate) fn takes(self, recipe: &Recipe) -> bool {
        self != Self::Reshape || reshape().is_some() && !recipe.part("reshape").is_empty()
    }

    /// Readies the database before the load begins.
    pub(crate) fn prepare(self, recipe: &Recipe, url: &str) -> Result<(), String> {
        if self != Self::Reshape {
            return Ok(());
        }
        let folder = reshape_folder();
        let actions = [
            "[[actions]]\ntype = \"custom\"\nstart = \"SELECT 1\"\n",
            recipe.part("reshape"),
        ];
        std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        for (name, actions) in RESHAPE.iter().zip(actions) {
            std::fs::write(folder.join(format!("{name}.toml")), actions)
                .map_err(|error| error.to_string())?;
        }
        let first = ["start", "--complete", "--migration", RESHAPE[0]];
        ask_reshape(url, &first, Some(&folder))
    }

    /// What a connection of release N, or N+1, sets first.
    pub(crate) fn greeting(self, release: usize) -> String {
        match self {
            Self::Reshape => format!("SET search_path TO migration_{}", RESHAPE[release]),
            _ => String::new(),
        }
    }

    /// What happens before release N is gone (`expand`), or after (`contract`); an error in words.
    pub(crate) fn apply(self, recipe: &Recipe, url: &str, phase: &str) -> Result<(), String> {
        match (self, phase) {
            (Self::None, _) => Ok(()),
            (Self::Plain, "expand") => connect(url)?
                .batch_execute(recipe.part("plain"))
                .map_err(words),
            (Self::Plain, _) => Ok(()),
            (Self::Expert, phase) => expert(&recipe.script(phase), &mut connect(url)?),
            (Self::Reshape, "expand") => ask_reshape(url, &["start"], Some(&reshape_folder())),
            (Self::Reshape, _) => ask_reshape(url, &["complete"], None),
            (Self::Ours, phase) => run(recipe, url, phase),
        }
    }
}

/// Its program, where `RESHAPE` names one.
fn reshape() -> Option<PathBuf> {
    std::env::var_os("RESHAPE").map(PathBuf::from)
}

fn reshape_folder() -> PathBuf {
    std::env::temp_dir().join(format!("concertina-live-{}", std::process::id()))
}

/// As its documentation says to run it; a command that failed is given again, three times at most.
fn ask_reshape(url: &str, words: &[&str], folder: Option<&Path>) -> Result<(), String> {
    let program = reshape().ok_or("RESHAPE names no program")?;
    let mut said = String::new();
    for _ in 0..3 {
        let mut command = Command::new(&program);
        command.arg("migration").args(words).args(["--url", url]);
        if let Some(folder) = folder {
            command.arg("--dirs").arg(folder);
        }
        let output = command.output().map_err(|error| error.to_string())?;
        if output.status.success() {
            return Ok(());
        }
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        let error = error.split("Stack backtrace").next().unwrap_or_default();
        said = error.trim().replace('\n', " ");
    }
    Err(said)
}

fn connect(url: &str) -> Result<Client, String> {
    Client::connect(&format!("{url}?application_name=migration"), NoTls).map_err(words)
}

fn words(error: postgres::Error) -> String {
    error
        .as_db_error()
        .map_or_else(|| error.to_string(), ToString::to_string)
}

/// By hand: `lock_timeout` 80 ms with retries, CONCURRENTLY and VALIDATE without, batches of 2 000 that
/// skip rows which are held, 10 ms between them.
fn expert(script: &[Piece], client: &mut Client) -> Result<(), String> {
    for piece in script {
        match piece {
            Piece::Alone(sql) => client
                .batch_execute("SET lock_timeout = 0")
                .and_then(|()| client.batch_execute(sql))
                .map_err(words)?,
            Piece::Transaction(sql) => retry(client, sql)?,
            Piece::Batches(sql) => batches(client, sql)?,
            Piece::Ranges(sql) => ranges(client, sql)?,
        }
    }
    Ok(())
}

fn retry(client: &mut Client, sql: &str) -> Result<(), String> {
    for _ in 0..300 {
        let tried = client.batch_execute(&format!(
            "BEGIN; SET LOCAL lock_timeout = '80ms'; {sql}; COMMIT"
        ));
        let Err(error) = tried else {
            return Ok(());
        };
        // What failed in the block leaves it open.
        let _ = client.batch_execute("ROLLBACK");
        if error.code().map(|code| code.code()) != Some("55P03") {
            return Err(words(error));
        }
        std::thread::sleep(Duration::from_millis(400));
    }
    Err("no lock in 300 attempts".to_owned())
}

fn batches(client: &mut Client, sql: &str) -> Result<(), String> {
    let (head, filter) = sql.split_once(" WHERE ").ok_or("an UPDATE with WHERE")?;
    let table = head.split_whitespace().nth(1).ok_or("a table")?;
    client
        .batch_execute("SET lock_timeout = 0")
        .map_err(words)?;
    loop {
        let done = client
            .execute(
                &format!(
                    "WITH free AS (SELECT id FROM {table} WHERE {filter} LIMIT 2000 FOR NO KEY UPDATE SKIP LOCKED)
                     {head} WHERE id IN (SELECT id FROM free)"
                ),
                &[],
            )
            .map_err(words)?;
        if done == 0 {
            let left: i64 = client
                .query_one(&format!("SELECT count(*) FROM {table} WHERE {filter}"), &[])
                .map_err(words)?
                .get(0);
            if left == 0 {
                return Ok(());
            }
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn ranges(client: &mut Client, sql: &str) -> Result<(), String> {
    let (_, rest) = sql.split_once(" FROM ").ok_or("a FROM")?;
    let table = rest.split_whitespace().next().ok_or("a table")?;
    let last: i64 = client
        .batch_execute("SET lock_timeout = 0")
        .and_then(|()| client.query_one(&format!("SELECT max(id) FROM {table}"), &[]))
        .map_err(words)?
        .get(0);
    for from in (0..=last).step_by(2_000) {
        let range = sql
            .replace("{from}", &from.to_string())
            .replace("{to}", &(from + 2_000).to_string());
        client.batch_execute(&range).map_err(words)?;
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

/// Ours: the plan of the plain migration, applied by the runner.
fn run(recipe: &Recipe, url: &str, phase: &str) -> Result<(), String> {
    let mut session = Session::new(15);
    for statement in &Migration::new("before.sql", recipe.part("before").replace("{rows}", "1"))
        .script()
        .statements
    {
        session
            .apply(&statement.change)
            .map_err(|refusal| refusal.message)?;
    }
    let mut migration = Migration::new("migration.sql", recipe.part("plain"));
    recipe.name.clone_into(&mut migration.name);
    let mut options = plan::Options::default();
    options.next_release = Some(semver::Version::new(2, 0, 0));
    let plan = plan::plan(&migration, &session, &options).map_err(|error| error.to_string())?;
    let planned = plan.ok_or("nothing to split")?.migrations;
    let migrations = planned.into_iter().enumerate().map(|(at, planned)| {
        let mut migration = Migration::new(format!("{at}_{}.sql", planned.name), planned.sql);
        migration.version = (at + 1).to_string();
        migration.name = planned.name;
        migration.transaction = planned.transaction;
        migration
    });
    let last = if phase == "expand" {
        Phase::Migrate
    } else {
        Phase::Contract
    };
    let runner = Runner::new(migrations.collect())
        .release(semver::Version::new(2, 0, 0))
        .phase(last);
    let database = ours::Database::new(url).map_err(|error| error.to_string())?;
    let mut observer = |stamped: &Stamped| {
        if std::env::var_os("SHOW").is_some() && !matches!(stamped.event, Event::Batch { .. }) {
            crate::say(&concertina::report::event_text(&stamped.event));
        }
    };
    let report =
        ours::apply(&runner, &database, &mut observer).map_err(|error| error.to_string())?;
    if report.is_complete() {
        Ok(())
    } else {
        Err(format!("{:?}", report.held))
    }
}
