//! The whole of a database, or one of its schemas as tenants have them: what a run for it calls its own in a shared journal.

use sha2::{Digest, Sha256};

use super::RunError;
use super::journal::{self, Journal};
use super::lead::Desk;
use super::quote::text;
use crate::schema::{Catalogue, Session};
use crate::sql::ast::Ident;

/// `pg_try_advisory_lock(int4, int4)` takes two numbers; these are "conc" and "erti" in ASCII.
const LOCK: (i32, i32) = (0x636f_6e63, 0x6572_7469);

/// What a run is for: without a schema, the database as a new session sees it.
///
/// A schema has its own migrations in the journal, its own lease and lock; releases and instances are
/// those of the database, and so is an order to pause.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope(Option<String>);

impl Scope {
    pub(super) fn of(schema: String) -> Self {
        Self(Some(schema))
    }

    pub(super) fn schema(&self) -> Option<&str> {
        self.0.as_deref()
    }

    fn quoted(&self) -> Option<String> {
        let schema = self.schema()?.replace('"', "\"\"");
        Some(format!("\"{schema}\""))
    }

    /// The key in the journal of a migration that is called so here.
    pub(super) fn id(&self, own: &str) -> String {
        match self.quoted() {
            Some(schema) => format!("{schema}.{own}"),
            None => own.to_owned(),
        }
    }

    /// The condition of SQL on a key in the journal that it is one of these migrations.
    pub(super) fn holds(&self, key: &str) -> String {
        match self.quoted() {
            Some(schema) => format!("starts_with({key}, {})", text(&format!("{schema}."))),
            None => format!("NOT starts_with({key}, '\"')"),
        }
    }

    /// Its name, in the journal, for one of those things of which a schema has its own; as a constant.
    pub(super) fn named(&self, what: &str) -> String {
        text(&self.name(what))
    }

    /// The same, not as a constant.
    pub(super) fn name(&self, what: &str) -> String {
        match self.quoted() {
            Some(schema) => format!("{what} of {schema}"),
            None => what.to_owned(),
        }
    }

    /// The numbers of its advisory lock; two schemas that share one wait for each other.
    pub(super) fn lock(&self) -> (i32, i32) {
        let (class, object) = LOCK;
        let Some(schema) = self.schema() else {
            return LOCK;
        };
        let digest = Sha256::digest(schema.as_bytes());
        let first = digest.iter().take(4);
        let number = first.fold(0_i32, |number, byte| {
            (number.wrapping_shl(8) | i32::from(*byte)) & i32::MAX
        });
        (class, if number == object { 0 } else { number })
    }

    /// SQL that makes a session search it; empty or begins with a semicolon.
    pub(super) fn search(&self) -> String {
        match self.quoted() {
            Some(schema) => format!("; SET search_path = {schema}, public"),
            None => String::new(),
        }
    }

    /// A catalogue as its sessions see it.
    pub(super) fn seen(&self, catalogue: Catalogue, version: u16) -> Catalogue {
        let Some(schema) = self.schema() else {
            return catalogue;
        };
        let mut session = Session::on(catalogue, version);
        session.search(&[Ident::new(schema), Ident::new("public")]);
        session.catalogue().clone()
    }

    /// Where another tool keeps its history: the names to look for, best first, as SQL that gives an oid.
    pub(super) fn table(&self, name: &str) -> String {
        match self.quoted() {
            Some(schema) => format!("to_regclass({})", text(&format!("{schema}.{name}"))),
            None => format!("coalesce(to_regclass('{name}'), to_regclass('public.{name}'))"),
        }
    }
}

impl Desk {
    /// Makes sure that the schema is there.
    pub(super) async fn find_schema(&self) -> Result<(), RunError> {
        let Some(schema) = self.options.scope.schema() else {
            return Ok(());
        };
        let sql = format!(
            "SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = {})",
            text(schema)
        );
        let found = self.port.run(sql).await;
        let found = found.map_err(|failed| failed.while_doing("to look for a schema"))?;
        if found.value() == Some("t") {
            Ok(())
        } else {
            Err(RunError::NoSchema(schema.to_owned()))
        }
    }

    /// What the journal says of the migrations of this scope.
    pub(super) async fn journal(&self) -> Result<Journal, RunError> {
        let journal = journal::read(&self.port, &self.options.scope.holds("m.id")).await?;
        if self.is_made_anew(&journal).await? {
            return Ok(Journal::default());
        }
        Ok(journal)
    }

    /// Whether a schema in which something was applied holds nothing any more: it was dropped and made
    /// again, for a tenant of the same name.
    async fn is_made_anew(&self, journal: &Journal) -> Result<bool, RunError> {
        let Some(schema) = self.options.scope.schema() else {
            return Ok(false);
        };
        if journal.entries.is_empty() {
            return Ok(false);
        }
        let sql = format!(
            "SELECT NOT EXISTS (SELECT relnamespace FROM pg_class WHERE relnamespace = n.oid
                     UNION ALL SELECT typnamespace FROM pg_type WHERE typnamespace = n.oid
                     UNION ALL SELECT pronamespace FROM pg_proc WHERE pronamespace = n.oid)
             FROM pg_namespace n WHERE nspname = {}",
            text(schema)
        );
        let empty = self.port.run(sql).await;
        let empty = empty.map_err(|failed| failed.while_doing("to look into a schema"))?;
        Ok(empty.value() == Some("t"))
    }

    /// Forgets what was applied to a schema that was dropped and made again; the leader does.
    pub(super) async fn forget_dropped(&self) -> Result<(), RunError> {
        let scope = &self.options.scope;
        let journal = journal::read(&self.port, &scope.holds("m.id")).await?;
        if !self.is_made_anew(&journal).await? {
            return Ok(());
        }
        let detail = serde_json::json!({ "schema": scope.schema(), "by": self.options.name });
        let sql = format!(
            "{};\nDELETE FROM concertina.migration WHERE {}",
            journal::log("made-anew", &detail),
            scope.holds("id")
        );
        self.write(
            "to forget what was applied to a schema that was dropped",
            &sql,
        )
        .await
    }

    /// The schemas with migrations in the journal, where this run is for the whole of the database.
    pub(super) async fn other_schemas(&self) -> Result<Vec<String>, RunError> {
        if self.options.scope.schema().is_some() {
            return Ok(Vec::new());
        }
        let sql = r#"SELECT DISTINCT replace(substring(id FROM '^"((?:[^"]|"")*)"'), '""', '"')
             FROM concertina.migration WHERE starts_with(id, '"') ORDER BY 1"#;
        let answer = self.port.run(sql).await;
        let answer = answer.map_err(|failed| failed.while_doing("to look for schemas"))?;
        let names = answer.rows().iter().filter_map(|row| row.first()?.clone());
        Ok(names.collect())
    }

    /// Makes the journal fit to be written. Runs for schemas, of which there may be several at once, take
    /// turns by the lock of the whole database.
    pub(super) async fn ready(&self) -> Result<(), RunError> {
        if self.options.scope.schema().is_none() || journal::is_ready(&self.port).await? {
            return journal::ready(&self.port).await;
        }
        let (class, object) = LOCK;
        let doing = "to take its turn at the journal";
        let (mut waited, pause) = (
            std::time::Duration::ZERO,
            std::time::Duration::from_millis(25),
        );
        loop {
            let locked = self
                .port
                .run(format!("SELECT pg_try_advisory_lock({class}, {object})"))
                .await
                .map_err(|failed| failed.while_doing(doing))?;
            if locked.value() == Some("t") {
                break;
            }
            if waited >= self.options.wait {
                let waited_ms = super::lead::millis(waited);
                return Err(RunError::Busy {
                    holder: None,
                    waited_ms,
                });
            }
            self.port.sleep(pause).await;
            waited += pause;
        }
        let ready = journal::ready(&self.port).await;
        let unlocked = self
            .port
            .run(format!("SELECT pg_advisory_unlock({class}, {object})"))
            .await;
        ready?;
        unlocked.map_err(|failed| failed.while_doing(doing))?;
        Ok(())
    }
}
