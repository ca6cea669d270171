//! Histories kept by refinery, sqlx and diesel: read as already applied, and kept up to date.

use std::hash::{Hash, Hasher};

use sha2::{Digest, Sha384};
use siphasher::sip::SipHasher13;

use super::journal::{self, Journal};
use super::lead::Desk;
use super::options::History;
use super::quote::text;
use super::steps::Prepared;
use super::{Event, RunError};

impl History {
    fn table(self) -> &'static str {
        match self {
            Self::Refinery { .. } => "refinery_schema_history",
            Self::Sqlx => "_sqlx_migrations",
            Self::Diesel => "__diesel_schema_migrations",
        }
    }

    pub(super) fn tool(self) -> &'static str {
        match self {
            Self::Refinery { .. } => "refinery",
            Self::Sqlx => "sqlx",
            Self::Diesel => "diesel",
        }
    }

    /// As the tool itself creates it.
    fn create(self) -> &'static str {
        match self {
            Self::Refinery { wide: false } => {
                "CREATE TABLE IF NOT EXISTS refinery_schema_history
                 (version int4 PRIMARY KEY, name varchar(255), applied_on varchar(255), checksum varchar(255))"
            }
            Self::Refinery { wide: true } => {
                "CREATE TABLE IF NOT EXISTS refinery_schema_history
                 (version int8 PRIMARY KEY, name varchar(255), applied_on varchar(255), checksum varchar(255))"
            }
            Self::Sqlx => {
                "CREATE TABLE IF NOT EXISTS _sqlx_migrations
                 (version bigint PRIMARY KEY, description text NOT NULL,
                  installed_on timestamptz NOT NULL DEFAULT now(), success boolean NOT NULL,
                  checksum bytea NOT NULL, execution_time bigint NOT NULL)"
            }
            Self::Diesel => {
                "CREATE TABLE IF NOT EXISTS __diesel_schema_migrations
                 (version varchar(50) PRIMARY KEY NOT NULL, run_on timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP)"
            }
        }
    }
}

/// The histories of a database that this run keeps up to date.
#[derive(Debug, Clone, Default)]
pub(super) struct Kept(Vec<(History, String)>);

impl Kept {
    /// SQL that adds an applied migration to each of them; empty or begins with a semicolon.
    pub(super) fn record(&self, version: &str, name: &str, content: &str) -> String {
        let digits: String = version.chars().filter(char::is_ascii_digit).collect();
        if digits.is_empty() {
            return String::new();
        }
        let mut sql = String::new();
        for (history, table) in &self.0 {
            let number = digits.trim_start_matches('0');
            let number = if number.is_empty() { "0" } else { number };
            let values = match history {
                History::Refinery { wide } => {
                    let Some(sum) = refinery_checksum(name, number, content, *wide) else {
                        continue;
                    };
                    format!(
                        "(version, name, applied_on, checksum) SELECT {number}, {},
                         to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), '{sum}'",
                        text(name)
                    )
                }
                History::Sqlx => format!(
                    "(version, description, success, checksum, execution_time) SELECT {number}, {}, true, '\\x{}'::bytea, 0",
                    text(&name.replace('_', " ")),
                    sqlx_checksum(content)
                ),
                History::Diesel => format!("(version) SELECT '{digits}'"),
            };
            sql.push_str(&format!(
                ";\nINSERT INTO {table} {values} ON CONFLICT DO NOTHING"
            ));
        }
        sql
    }
}

impl Desk {
    /// Finds the histories that are there and takes over what they say is applied.
    ///
    /// # Errors
    /// A migration whose file is no longer what such a history says was applied.
    pub(super) async fn adopt(
        &self,
        migrations: &[Prepared],
        journal: &mut Journal,
    ) -> Result<Kept, RunError> {
        let mut kept = Kept::default();
        for history in [
            History::Refinery { wide: false },
            History::Sqlx,
            History::Diesel,
        ] {
            let wanted = self
                .options
                .history
                .filter(|wanted| wanted.tool() == history.tool());
            if let Some(wanted) = wanted {
                self.write("to create the history of another tool", wanted.create())
                    .await?;
            }
            let Some((history, table)) = self.find_history(history).await? else {
                continue;
            };
            for (digits, sum) in self.history_rows(history, &table).await? {
                let same = |one: &&Prepared| {
                    number(&one.version) == number(&digits) && !one.version.is_empty()
                };
                let Some(migration) = migrations.iter().find(same) else {
                    // Applied by a newer binary.
                    continue;
                };
                if !agrees(history, migration, sum.as_deref()) {
                    return Err(RunError::Diverged {
                        file: migration.file.clone(),
                        statement: None,
                        what: format!(
                            "the file ({} keeps a checksum of the whole)",
                            history.tool()
                        ),
                    });
                }
                if journal.state(&migration.id).is_some() {
                    continue;
                }
                let sql = journal::freeze(migration, history.tool(), "applied", None);
                self.write("to take over a history", &sql).await?;
                let (file, source) = (migration.file.clone(), history.tool().to_owned());
                self.port.tell(Event::Adopted { file, source }).await;
            }
            kept.0.push((history, table));
        }
        *journal = self.journal().await?;
        Ok(kept)
    }

    async fn find_history(&self, history: History) -> Result<Option<(History, String)>, RunError> {
        let sql = format!(
            "SELECT format('%I.%I', n.nspname, c.relname), format_type(a.atttypid, NULL)
             FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'version'
             WHERE c.oid = {}",
            self.options.scope.table(history.table())
        );
        let answer = self.port.run(sql).await;
        let answer = answer.map_err(|failed| failed.while_doing("to look for other histories"))?;
        let Some([Some(table), Some(ty)]) = answer.rows().first().map(Vec::as_slice) else {
            return Ok(None);
        };
        let history = match history {
            History::Refinery { .. } => History::Refinery {
                wide: ty == "bigint",
            },
            History::Sqlx | History::Diesel => history,
        };
        Ok(Some((history, table.clone())))
    }

    async fn history_rows(
        &self,
        history: History,
        table: &str,
    ) -> Result<Vec<(String, Option<String>)>, RunError> {
        let columns = match history {
            History::Refinery { .. } => "version::text, checksum FROM",
            History::Sqlx => "version::text, encode(checksum, 'hex') FROM",
            History::Diesel => "version::text, NULL FROM",
        };
        let which = if history == History::Sqlx {
            " WHERE success"
        } else {
            ""
        };
        let answer = self
            .port
            .run(format!("SELECT {columns} {table}{which} ORDER BY 1"))
            .await;
        let answer = answer.map_err(|failed| failed.while_doing("to read another history"))?;
        let pair = |row: &super::Row| Some((row.first()?.clone()?, row.get(1)?.clone()));
        Ok(answer.rows().iter().filter_map(pair).collect())
    }
}

/// The history of another tool as it is in the database.
pub(super) struct Recorded {
    pub(super) history: History,
    pub(super) table: String,
    rows: Vec<(String, Option<String>)>,
}

impl Recorded {
    /// The checksum of a migration that the tool holds for applied; none where it does not.
    pub(super) fn row_of(&self, migration: &Prepared) -> Option<&Option<String>> {
        if migration.version.is_empty() {
            return None;
        }
        let same = |row: &&(String, Option<String>)| number(&row.0) == number(&migration.version);
        self.rows.iter().find(same).map(|(_, sum)| sum)
    }
}

/// SQL that gives a history the checksum of a file as it is now; none where the tool keeps none.
pub(super) fn checksum(recorded: &Recorded, migration: &Prepared) -> Option<String> {
    let version = number(&migration.version);
    let version = if version.is_empty() { "0" } else { &version };
    let sum = match recorded.history {
        History::Refinery { wide } => {
            let sum = refinery_checksum(&migration.name, version, &migration.text, wide)?;
            format!("'{sum}'")
        }
        History::Sqlx => format!("'\\x{}'::bytea", sqlx_checksum(&migration.text)),
        History::Diesel => return None,
    };
    Some(format!(
        "UPDATE {} SET checksum = {sum} WHERE version = {version}",
        recorded.table
    ))
}

impl Desk {
    /// The histories of other tools that are there.
    pub(super) async fn histories(&self) -> Result<Vec<Recorded>, RunError> {
        let mut found = Vec::new();
        for history in [
            History::Refinery { wide: false },
            History::Sqlx,
            History::Diesel,
        ] {
            if let Some((history, table)) = self.find_history(history).await? {
                let rows = self.history_rows(history, &table).await?;
                found.push(Recorded {
                    history,
                    table,
                    rows,
                });
            }
        }
        Ok(found)
    }
}

/// The digits of a version without leading zeros.
fn number(version: &str) -> String {
    let digits: String = version.chars().filter(char::is_ascii_digit).collect();
    digits.trim_start_matches('0').to_owned()
}

/// Whether a file is what a history says; a difference in line ends is none.
pub(super) fn agrees(history: History, migration: &Prepared, sum: Option<&str>) -> bool {
    let Some(sum) = sum else { return true };
    let unix = migration.text.replace("\r\n", "\n");
    let windows = unix.replace('\n', "\r\n");
    [&migration.text, &unix, &windows]
        .into_iter()
        .any(|content| match history {
            History::Refinery { wide } => {
                let version = number(&migration.version);
                let version = if version.is_empty() { "0" } else { &version };
                let own = refinery_checksum(&migration.name, version, content, wide);
                own.is_some_and(|own| own.to_string() == sum)
            }
            History::Sqlx => sqlx_checksum(content) == sum,
            History::Diesel => true,
        })
}

/// SipHash-1-3 without key over name, version and text as refinery 0.10 hashes them; none where the
/// version has more digits than its column holds.
fn refinery_checksum(name: &str, version: &str, content: &str, wide: bool) -> Option<u64> {
    let mut hasher = SipHasher13::new();
    name.hash(&mut hasher);
    if wide {
        version.parse::<i64>().ok()?.hash(&mut hasher);
    } else {
        version.parse::<i32>().ok()?.hash(&mut hasher);
    }
    content.hash(&mut hasher);
    Some(hasher.finish())
}

fn sqlx_checksum(content: &str) -> String {
    let digest = Sha384::digest(content.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::refinery_checksum;

    /// Measured with refinery-core 0.10.1, without and with its feature `int8-versions`.
    #[test]
    fn refinery_checksums_are_refinerys() {
        let sum = |wide| refinery_checksum("a", "1", "create table a(id int)", wide);
        assert_eq!(sum(false), Some(7_467_895_690_565_833_799));
        assert_eq!(sum(true), Some(5_045_391_288_960_420_677));
    }
}
