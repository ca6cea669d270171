//! The journal: schema `concertina`, what it holds, and the SQL that reads and writes it.

use std::collections::BTreeMap;

use super::RunError;
use super::machine::{Answer, Port};
use super::quote::{json, optional, text};
use super::steps::{Frozen, Prepared, Step};
use crate::sql::Phase;

/// The format this version writes; it reads older ones and refuses to write newer ones.
pub const FORMAT_VERSION: u32 = 3;

/// The tables. Columns may be added; none may change its meaning.
const CREATE: &str = "
CREATE SCHEMA IF NOT EXISTS concertina;
CREATE TABLE IF NOT EXISTS concertina.meta (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    format_version integer NOT NULL,
    min_writer_version integer NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE TABLE IF NOT EXISTS concertina.lease (
    name text PRIMARY KEY,
    token bigint NOT NULL,
    holder text NOT NULL,
    backend_pid integer NOT NULL,
    acquired_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    released_at timestamptz);
CREATE TABLE IF NOT EXISTS concertina.migration (
    id text PRIMARY KEY,
    version text NOT NULL,
    name text NOT NULL,
    file text NOT NULL,
    phase text NOT NULL CHECK (phase IN ('expand', 'migrate', 'contract')),
    after_release text,
    source text NOT NULL DEFAULT 'concertina',
    state text NOT NULL CHECK (state IN ('running', 'applied', 'failed')),
    statements jsonb NOT NULL,
    plan jsonb NOT NULL,
    error jsonb,
    forced text,
    ordinal bigint GENERATED ALWAYS AS IDENTITY,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz);
CREATE TABLE IF NOT EXISTS concertina.step (
    migration text NOT NULL REFERENCES concertina.migration ON DELETE CASCADE,
    ordinal integer NOT NULL,
    kind text NOT NULL,
    state text NOT NULL DEFAULT 'todo' CHECK (state IN ('todo', 'doing', 'done')),
    started_at timestamptz,
    finished_at timestamptz,
    PRIMARY KEY (migration, ordinal));
CREATE TABLE IF NOT EXISTS concertina.backfill (
    migration text NOT NULL,
    ordinal integer NOT NULL,
    relation text NOT NULL,
    key jsonb NOT NULL,
    upper jsonb,
    position jsonb,
    pass integer NOT NULL DEFAULT 1,
    rows_changed bigint NOT NULL DEFAULT 0,
    rows_passed bigint NOT NULL DEFAULT 0,
    rows_total bigint NOT NULL,
    batch_size bigint NOT NULL,
    rate double precision,
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (migration, ordinal),
    FOREIGN KEY (migration, ordinal) REFERENCES concertina.step ON DELETE CASCADE);
CREATE TABLE IF NOT EXISTS concertina.release (
    version text PRIMARY KEY,
    queries jsonb NOT NULL,
    registered_at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE TABLE IF NOT EXISTS concertina.instance (
    id text PRIMARY KEY,
    release text NOT NULL,
    lease interval NOT NULL,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_seen timestamptz NOT NULL DEFAULT clock_timestamp(),
    left_at timestamptz);
CREATE TABLE IF NOT EXISTS concertina.event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    kind text NOT NULL,
    detail jsonb NOT NULL);";

/// What format 3 adds: the parts of a backfill with several workers. An older program would also take the
/// migrations of a schema for its own.
const THIRD: &str = "
CREATE TABLE IF NOT EXISTS concertina.lane (
    migration text NOT NULL,
    ordinal integer NOT NULL,
    number integer NOT NULL,
    upper jsonb NOT NULL,
    position jsonb,
    rows_changed bigint NOT NULL DEFAULT 0,
    rows_passed bigint NOT NULL DEFAULT 0,
    batch_size bigint NOT NULL,
    rate double precision,
    held_rows jsonb NOT NULL DEFAULT '[]',
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (migration, ordinal, number),
    FOREIGN KEY (migration, ordinal) REFERENCES concertina.step ON DELETE CASCADE);";

/// What format 2 adds.
const SECOND: &str = "
ALTER TABLE concertina.backfill ADD COLUMN IF NOT EXISTS held_rows jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN IF NOT EXISTS rows_left bigint,
    ADD COLUMN IF NOT EXISTS stopped jsonb;
ALTER TABLE concertina.step ADD COLUMN IF NOT EXISTS note jsonb;
CREATE TABLE IF NOT EXISTS concertina.control (
    name text PRIMARY KEY,
    value jsonb NOT NULL,
    because text NOT NULL,
    by text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp());";

/// Whether the journal is there. Instances may register and read in one of any format.
pub(super) async fn exists(port: &Port) -> Result<bool, RunError> {
    let doing = "to look for its journal";
    let found = port
        .run("SELECT to_regclass('concertina.meta') IS NOT NULL")
        .await
        .map_err(|failed| failed.while_doing(doing))?;
    if found.value() != Some("t") {
        return Ok(false);
    }
    let meta = port.run("SELECT 1 FROM concertina.meta").await;
    let meta = meta.map_err(|failed| failed.while_doing(doing))?;
    Ok(meta.value().is_some())
}

/// Whether the journal is in this format or a newer one already.
pub(super) async fn is_ready(port: &Port) -> Result<bool, RunError> {
    if !exists(port).await? {
        return Ok(false);
    }
    let newest = format!("SELECT format_version >= {FORMAT_VERSION} FROM concertina.meta");
    let newest = port.run(newest).await;
    let newest =
        newest.map_err(|failed| failed.while_doing("to look at the format of its journal"))?;
    Ok(newest.value() == Some("t"))
}

/// Makes the journal fit to be written: creates it, or brings an older one to this format. To be called
/// by the leader only: `IF NOT EXISTS` races otherwise.
///
/// # Errors
/// A newer program keeps it in a way that we could spoil.
pub(super) async fn ready(port: &Port) -> Result<(), RunError> {
    let doing = "to look at the format of its journal";
    if exists(port).await? {
        let meta = port
            .run("SELECT format_version, min_writer_version FROM concertina.meta")
            .await
            .map_err(|failed| failed.while_doing(doing))?;
        let column = |at: usize| {
            meta.rows()
                .first()?
                .get(at)?
                .as_deref()?
                .parse::<u32>()
                .ok()
        };
        let unreadable = || RunError::Journal("its format".to_owned());
        let (found, writer) = column(0).zip(column(1)).ok_or_else(unreadable)?;
        if writer > FORMAT_VERSION {
            return Err(RunError::Format {
                found: writer,
                known: FORMAT_VERSION,
            });
        }
        if found >= FORMAT_VERSION {
            return Ok(());
        }
    }
    create(port).await
}

async fn create(port: &Port) -> Result<(), RunError> {
    let meta = format!(
        "INSERT INTO concertina.meta AS m (format_version, min_writer_version)
         VALUES ({FORMAT_VERSION}, {FORMAT_VERSION}) ON CONFLICT (one) DO UPDATE
         SET format_version = greatest(m.format_version, {FORMAT_VERSION}),
             min_writer_version = greatest(m.min_writer_version, {FORMAT_VERSION})"
    );
    port.run(format!("BEGIN;{CREATE}{SECOND}{THIRD}\n{meta};COMMIT"))
        .await
        .map_err(|failed| failed.while_doing("to create its journal in schema concertina"))?;
    Ok(())
}

/// What the journal says of migrations.
#[derive(Debug, Clone, Default)]
pub(super) struct Journal {
    pub(super) entries: BTreeMap<String, Entry>,
}

/// One migration in the journal.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) id: String,
    pub(super) file: String,
    pub(super) phase: Phase,
    pub(super) state: EntryState,
    pub(super) statements: Vec<Frozen>,
    pub(super) steps: Vec<Step>,
    pub(super) progress: Vec<StepState>,
    /// In which order migrations began.
    pub(super) ordinal: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EntryState {
    Running,
    Applied,
    /// Refused before anything of it was committed.
    Failed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StepState {
    Todo,
    Doing,
    Done,
}

impl Entry {
    /// Whether something of it is in the database already.
    pub(super) fn begun(&self) -> bool {
        self.progress.iter().any(|step| *step != StepState::Todo)
    }
}

impl Journal {
    pub(super) fn state(&self, id: &str) -> Option<EntryState> {
        self.entries.get(id).map(|entry| entry.state)
    }

    pub(super) fn is_applied(&self, id: &str) -> bool {
        self.state(id) == Some(EntryState::Applied)
    }

    /// Those that were begun and not finished, oldest first.
    pub(super) fn unfinished(&self) -> Vec<Entry> {
        let mut all: Vec<Entry> = self
            .entries
            .values()
            .filter(|entry| entry.state == EntryState::Running && entry.begun())
            .cloned()
            .collect();
        all.sort_by_key(|entry| entry.ordinal);
        all
    }
}

/// Reads the migrations `m` for which a condition holds.
pub(super) async fn read(port: &Port, which: &str) -> Result<Journal, RunError> {
    let answer = port
        .run(format!(
            "SELECT m.id, m.file, m.phase, m.state, m.statements, m.plan, m.ordinal,
                    (SELECT string_agg(s.state, ',' ORDER BY s.ordinal)
                     FROM concertina.step s WHERE s.migration = m.id)
             FROM concertina.migration m WHERE {which} ORDER BY m.ordinal"
        ))
        .await
        .map_err(|failed| failed.while_doing("to read its journal"))?;
    let mut journal = Journal::default();
    for row in answer.rows() {
        let entry = entry(row)
            .ok_or_else(|| RunError::Journal("a row of concertina.migration".to_owned()))?;
        journal.entries.insert(entry.id.clone(), entry);
    }
    Ok(journal)
}

fn entry(row: &super::Row) -> Option<Entry> {
    let column = |at: usize| row.get(at)?.as_deref();
    let plan: serde_json::Value = serde_json::from_str(column(5)?).ok()?;
    let steps = plan.get("steps").cloned().unwrap_or_default();
    let applied = column(3)? == "applied";
    let words = column(7).unwrap_or_default().split(',');
    Some(Entry {
        id: column(0)?.to_owned(),
        file: column(1)?.to_owned(),
        phase: column(2)?.parse().ok()?,
        state: match column(3)? {
            "running" => EntryState::Running,
            "applied" => EntryState::Applied,
            _ => EntryState::Failed,
        },
        statements: serde_json::from_str(column(4)?).ok()?,
        steps: match serde_json::from_value(steps) {
            Ok(steps) => steps,
            // A newer program may know kinds of steps that we do not; what is applied is not run again.
            Err(_) if applied => Vec::new(),
            Err(_) => return None,
        },
        ordinal: column(6)?.parse().ok()?,
        progress: words
            .filter(|word| !word.is_empty())
            .map(|word| match word {
                "done" => StepState::Done,
                "doing" => StepState::Doing,
                _ => StepState::Todo,
            })
            .collect(),
    })
}

/// SQL that freezes a migration in the journal, in place of an attempt of which nothing was committed.
pub(super) fn freeze(
    migration: &Prepared,
    source: &str,
    state: &str,
    forced: Option<&str>,
) -> String {
    let id = text(&migration.id);
    let mut sql = format!(
        "DELETE FROM concertina.migration WHERE id = {id};
         INSERT INTO concertina.migration
             (id, version, name, file, phase, after_release, source, state, statements, plan, forced, finished_at)
         VALUES ({id}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, CASE WHEN {} = 'applied' THEN clock_timestamp() END)",
        text(&migration.version),
        text(&migration.name),
        text(&migration.file),
        text(migration.phase.as_str()),
        optional(migration.after.as_ref().map(ToString::to_string).as_deref()),
        text(source),
        text(state),
        json(&migration.statements),
        json(&serde_json::json!({ "version": 1, "steps": migration.steps })),
        optional(forced),
        text(state),
    );
    let step_state = if state == "applied" { "done" } else { "todo" };
    for (ordinal, step) in migration.steps.iter().enumerate() {
        sql.push_str(&format!(
            ";\nINSERT INTO concertina.step (migration, ordinal, kind, state) VALUES ({id}, {ordinal}, {}, '{step_state}')",
            text(step.kind.name()),
        ));
    }
    sql
}

/// SQL that marks a step.
pub(super) fn mark_step(id: &str, ordinal: usize, state: &str) -> String {
    let column = if state == "done" {
        "finished_at"
    } else {
        "started_at"
    };
    format!(
        "UPDATE concertina.step SET state = '{state}', {column} = clock_timestamp()
         WHERE migration = {} AND ordinal = {ordinal}",
        text(id)
    )
}

/// SQL that marks a migration as applied.
pub(super) fn mark_applied(id: &str) -> String {
    format!(
        "UPDATE concertina.migration SET state = 'applied', error = NULL, finished_at = clock_timestamp()
         WHERE id = {}",
        text(id)
    )
}

/// SQL that keeps why a migration stopped; one of which nothing was committed is free to be edited.
pub(super) fn mark_failed(id: &str, sqlstate: Option<&str>, message: &str) -> String {
    format!(
        "UPDATE concertina.migration m SET error = {},
             state = CASE WHEN EXISTS (SELECT 1 FROM concertina.step s WHERE s.migration = m.id AND s.state <> 'todo')
                          THEN 'running' ELSE 'failed' END
         WHERE id = {}",
        json(&serde_json::json!({ "sqlstate": sqlstate, "message": message })),
        text(id)
    )
}

/// SQL that adds to the journal's log.
pub(super) fn log(kind: &str, detail: &serde_json::Value) -> String {
    format!(
        "INSERT INTO concertina.event (kind, detail) VALUES ({}, {})",
        text(kind),
        json(detail)
    )
}

/// The first statement that is no longer what it was; none where all are the same.
pub(super) fn first_difference(then: &[Frozen], now: &[Frozen]) -> Option<usize> {
    let longest = then.len().max(now.len());
    (0..longest).find(|at| {
        let of = |all: &[Frozen]| all.get(*at).map(|one| one.sql.clone());
        of(then) != of(now)
    })
}

/// Whether the fencing row was there: the first result that has rows.
pub(super) fn holds_lease(answer: &Answer) -> bool {
    answer.results.iter().any(|one| !one.rows.is_empty())
}
