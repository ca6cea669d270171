//! After a statement that no transaction can hold was broken off: what is there, and what is left to do.

use std::time::Duration;

use super::RunError;
use super::journal::{self, StepState};
use super::ladder::Ladder;
use super::lead::Desk;
use super::quote::{optional, text};
use super::step::Task;
use super::steps::Recovery;

/// How often to look again whether somebody has finished building an index.
const AGAIN: Duration = Duration::from_millis(500);

/// SQL that notes what is there before the first attempt: the indexes of the table, where ours has no name.
pub(super) fn noting(task: &Task<'_>, recovery: &Recovery) -> String {
    match recovery {
        Recovery::Index { name, table, .. } if name.is_empty() => format!(
            "UPDATE concertina.step SET note = (SELECT coalesce(jsonb_agg(indexrelid::bigint), '[]') FROM pg_index
                 WHERE indrelid = to_regclass({})) WHERE migration = {} AND ordinal = {}",
            text(table),
            text(task.id),
            task.ordinal
        ),
        _ => "SELECT 1".to_owned(),
    }
}

/// An index that is there.
struct Found {
    valid: bool,
    /// What the statement asks for.
    same: bool,
    /// As it must be written in SQL.
    name: String,
    being_built: bool,
}

impl Desk {
    /// Looks whether the statement needs to be run, and clears away what a broken attempt left.
    pub(super) async fn had_its_effect(
        &self,
        task: &Task<'_>,
        recovery: &Recovery,
        ladder: &mut Ladder,
    ) -> Result<bool, RunError> {
        // Before the first attempt what is missing is for PostgreSQL to report.
        let again = task.state == StepState::Doing || ladder.attempt > 1;
        match recovery {
            Recovery::Index { .. } => self.index_is_there(task, recovery, ladder).await,
            Recovery::DroppedIndex { names } => {
                let all: Vec<String> = names
                    .iter()
                    .map(|name| format!("to_regclass({})", text(name)))
                    .collect();
                let sql = format!("SELECT coalesce({}) IS NULL", all.join(", "));
                Ok(again && self.is_so(sql, "to look for an index").await?)
            }
            Recovery::Reindexed { name } => {
                self.drop_leftovers(name, ladder).await?;
                Ok(false)
            }
            Recovery::Detached { table, partition } => {
                self.is_detached(table, partition, again, ladder).await
            }
            Recovery::Repeat => Ok(false),
        }
    }

    async fn is_so(&self, sql: String, doing: &str) -> Result<bool, RunError> {
        let answer = self.port.run(sql).await;
        let answer = answer.map_err(|failed| failed.while_doing(doing))?;
        Ok(answer.value() == Some("t"))
    }

    async fn index_is_there(
        &self,
        task: &Task<'_>,
        recovery: &Recovery,
        ladder: &mut Ladder,
    ) -> Result<bool, RunError> {
        loop {
            let Some(found) = self.find_index(task, recovery).await? else {
                return Ok(false);
            };
            if found.valid && found.same {
                return Ok(true);
            }
            if found.valid {
                return Err(RunError::Recovery {
                    file: task.file.to_owned(),
                    reason: format!(
                        "there is another index {}; drop or rename it, or name this one differently",
                        found.name
                    ),
                });
            }
            if !found.being_built {
                self.drop_index(&found.name, ladder).await?;
                return Ok(false);
            }
            ladder.spent += AGAIN;
            if ladder.spent > self.options.locks.patience {
                return Err(RunError::Recovery {
                    file: task.file.to_owned(),
                    reason: format!("index {} is still being built by somebody else", found.name),
                });
            }
            self.port.sleep(AGAIN).await;
        }
    }

    /// The index of that name; where it has none, the one of its form that was not there before.
    async fn find_index(
        &self,
        task: &Task<'_>,
        recovery: &Recovery,
    ) -> Result<Option<Found>, RunError> {
        let Recovery::Index {
            name,
            schema,
            table,
            unique,
            columns,
            partial,
        } = recovery
        else {
            return Ok(None);
        };
        let keys: Vec<&str> = columns
            .iter()
            .map(|one| one.as_deref().unwrap_or_default())
            .collect();
        let table = text(table);
        let same = format!(
            "(t.oid IS NOT DISTINCT FROM to_regclass({table}) AND i.indisunique = {unique}
              AND (i.indpred IS NOT NULL) = {partial} AND i.indnkeyatts = {}
              AND (SELECT string_agg(coalesce(a.attname, ''), chr(1) ORDER BY k.n)
                   FROM unnest(i.indkey[0:i.indnkeyatts - 1]) WITH ORDINALITY k(attnum, n)
                   LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum) = {})",
            columns.len(),
            text(&keys.join("\u{1}")),
        );
        let which = if name.is_empty() {
            format!(
                "{same} AND i.indexrelid::bigint::text NOT IN (SELECT jsonb_array_elements_text(note)
                     FROM concertina.step WHERE migration = {} AND ordinal = {})",
                text(task.id),
                task.ordinal
            )
        } else {
            format!(
                "c.relname = {} AND n.nspname = coalesce({},
                     (SELECT tn.nspname FROM pg_class x JOIN pg_namespace tn ON tn.oid = x.relnamespace
                      WHERE x.oid = to_regclass({table})))",
                text(name),
                optional(schema.as_deref()),
            )
        };
        let sql = format!(
            "SELECT i.indisvalid, {same}, format('%I.%I', n.nspname, c.relname),
                    EXISTS (SELECT 1 FROM pg_stat_progress_create_index p WHERE p.index_relid = c.oid)
             FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             JOIN pg_index i ON i.indexrelid = c.oid JOIN pg_class t ON t.oid = i.indrelid WHERE {which}"
        );
        let answer = self.port.run(sql).await;
        let answer = answer.map_err(|failed| failed.while_doing("to look for an index"))?;
        Ok(answer.rows().first().map(|row| {
            let column = |at: usize| row.get(at).and_then(Option::as_deref).unwrap_or_default();
            Found {
                valid: column(0) == "t",
                same: column(1) == "t",
                name: column(2).to_owned(),
                being_built: column(3) == "t",
            }
        }))
    }

    async fn drop_index(&self, name: &str, ladder: &Ladder) -> Result<(), RunError> {
        let drop = format!("DROP INDEX CONCURRENTLY IF EXISTS {name}");
        let timeout = format!(
            "SET lock_timeout = '{}'; {}",
            ladder.timeout_setting(),
            self.fence()
        );
        let doing = "to drop an invalid index";
        let set = self.port.run(timeout).await;
        let set = set.map_err(|failed| failed.while_doing(doing))?;
        if !journal::holds_lease(&set) {
            return Err(RunError::Fenced);
        }
        let dropped = self.port.run(drop).await;
        dropped.map_err(|failed| failed.while_doing(doing))?;
        Ok(())
    }

    /// Drops what REINDEX CONCURRENTLY leaves when it is broken off: invalid indexes named like the one
    /// that was to be replaced, with `_ccnew` or `_ccold` and perhaps a number behind (manual 18, REINDEX).
    async fn drop_leftovers(&self, name: &str, ladder: &Ladder) -> Result<(), RunError> {
        let name = text(name);
        let sql = format!(
            "SELECT format('%I.%I', n.nspname, c.relname)
             FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE NOT i.indisvalid AND c.relname ~ '_cc(new|old)[0-9]*$'
                 AND (i.indrelid IN (to_regclass({name}), (SELECT o.indrelid FROM pg_index o WHERE o.indexrelid = to_regclass({name})))
                      OR n.oid = to_regnamespace({name}) OR current_database() = {name})
                 AND NOT EXISTS (SELECT 1 FROM pg_stat_progress_create_index p WHERE p.relid = i.indrelid)
             ORDER BY 1"
        );
        let answer = self.port.run(sql).await;
        let doing = "to look for what a broken REINDEX left";
        let answer = answer.map_err(|failed| failed.while_doing(doing))?;
        for row in answer.rows() {
            if let Some(Some(name)) = row.first() {
                self.drop_index(name, ladder).await?;
            }
        }
        Ok(())
    }

    async fn is_detached(
        &self,
        table: &str,
        partition: &str,
        again: bool,
        ladder: &Ladder,
    ) -> Result<bool, RunError> {
        let doing = "to look at a partition";
        let (parent, child) = (text(table), text(partition));
        let pending = format!(
            "SELECT coalesce((SELECT inhdetachpending FROM pg_inherits
                 WHERE inhrelid = to_regclass({child}) AND inhparent = to_regclass({parent})), false)"
        );
        if self.is_so(pending, doing).await? {
            let finalize = format!(
                "SET lock_timeout = '{}'; ALTER TABLE {table} DETACH PARTITION {partition} FINALIZE",
                ladder.timeout_setting()
            );
            let finalized = self.port.run(finalize).await;
            finalized.map_err(|failed| failed.while_doing("to finish detaching a partition"))?;
            return Ok(true);
        }
        let gone = format!(
            "SELECT to_regclass({child}) IS NOT NULL AND NOT EXISTS (SELECT 1 FROM pg_inherits
                 WHERE inhrelid = to_regclass({child}) AND inhparent = to_regclass({parent}))"
        );
        Ok(again && self.is_so(gone, doing).await?)
    }
}
