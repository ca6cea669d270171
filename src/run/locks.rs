//! The locks of a step: on which tables, in which order, and who stands in their way.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::command::{Link, Row, Watch};
use super::event::{Blocker, Place};
use super::ladder::Ladder;
use super::lead::{Desk, millis};
use super::quote::text;
use super::step::Task;
use super::steps::Frozen;
use super::{Event, RunError};
use crate::effects::{self, Effects, LockMode, LockedKind};
use crate::schema::{ResolvedName, Session};
use crate::sql::ast::{Change, TransactionControl};
use crate::sql::{self, query_shape};

/// The longest pause between two looks at who holds a lock.
const LOOK: Duration = Duration::from_millis(100);

/// The strong locks that statements run in one transaction take on tables that are there, up to the
/// first one that works on rows: locks taken before it would be held while it works.
pub(super) fn of_statements(
    session: &Session,
    statements: &[Frozen],
) -> BTreeMap<ResolvedName, LockMode> {
    let mut session = session.clone();
    let _always_begins = session.apply(&Change::Transaction(TransactionControl::Begin));
    let mut locks = BTreeMap::new();
    for frozen in statements {
        for statement in sql::parse(&frozen.sql).statements {
            let effects = effects::of_change(&statement.change, &session);
            for (name, lock) in &effects.locks {
                let table = matches!(lock.kind, LockedKind::Table | LockedKind::PartitionedTable);
                if table && lock.mode.blocks_writes() {
                    let held = locks.entry(name.clone()).or_insert(lock.mode);
                    *held = (*held).max(lock.mode);
                }
            }
            if works(&statement.change, &effects) {
                return locks;
            }
            // What we would refuse, PostgreSQL will tell.
            let _passed_over = session.apply(&statement.change);
        }
    }
    locks
}

fn works(change: &Change, effects: &Effects) -> bool {
    let on_rows =
        !effects.rewrites.is_empty() || !effects.builds.is_empty() || !effects.scans.is_empty();
    on_rows
        || matches!(
            change,
            Change::Dml(_) | Change::Copy { .. } | Change::Opaque { .. }
        )
}

/// A table that is about to be locked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TableLock {
    oid: u32,
    /// As it must be written in SQL.
    name: String,
    mode: LockMode,
}

/// SQL that takes locks one after the other; with NOWAIT it asks for each without waiting.
pub(super) fn taking(locks: &[TableLock], at_once: bool) -> String {
    let nowait = if at_once { " NOWAIT" } else { "" };
    let each = locks
        .iter()
        .map(|one| format!("LOCK TABLE ONLY {} IN {} MODE{nowait}", one.name, one.mode));
    each.collect::<Vec<_>>().join("; ")
}

/// Tables before those that depend on them (partitions, children, tables that reference them), else by
/// oid: two that lock the same tables never wait for each other in a circle.
fn in_order(mut tables: Vec<(TableLock, BTreeSet<u32>)>) -> Vec<TableLock> {
    tables.sort_by_key(|(table, _)| table.oid);
    let mut ordered: Vec<TableLock> = Vec::new();
    while !tables.is_empty() {
        let waiting: BTreeSet<u32> = tables.iter().map(|(table, _)| table.oid).collect();
        let free = tables.iter().position(|(table, parents)| {
            parents
                .iter()
                .all(|parent| *parent == table.oid || !waiting.contains(parent))
        });
        // In a circle of references the oid decides.
        ordered.push(tables.remove(free.unwrap_or(0)).0);
    }
    ordered
}

impl Desk {
    /// Finds the tables in the database, in the order in which they are locked; those that we may not
    /// lock ourselves, and those that are not there, are left to the statements.
    pub(super) async fn resolve_locks(
        &self,
        wanted: &BTreeMap<ResolvedName, LockMode>,
    ) -> Result<Vec<TableLock>, RunError> {
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let values: Vec<String> = wanted
            .iter()
            .map(|(name, mode)| format!("({}, {})", text(&name.to_sql()), text(mode.as_str())))
            .collect();
        let sql = format!(
            "SELECT c.oid, format('%I.%I', n.nspname, c.relname), w.mode,
                    (SELECT string_agg(p.oid::text, ',') FROM
                         (SELECT inhparent AS oid FROM pg_inherits WHERE inhrelid = c.oid
                          UNION SELECT confrelid FROM pg_constraint WHERE conrelid = c.oid AND contype = 'f') p)
             FROM (VALUES {}) w(name, mode) JOIN pg_class c ON c.oid = to_regclass(w.name)
             JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE c.relkind IN ('r', 'p') AND pg_has_role(c.relowner, 'USAGE')",
            values.join(", ")
        );
        let answer = self.port.run(sql).await;
        let answer = answer.map_err(|failed| failed.while_doing("to find the tables of a step"))?;
        let read = |row: &Row| {
            let column = |at: usize| row.get(at)?.as_deref();
            let parents = column(3).unwrap_or_default().split(',');
            let table = TableLock {
                oid: column(0)?.parse().ok()?,
                name: column(1)?.to_owned(),
                mode: LockMode::from_name(column(2)?)?,
            };
            Some((table, parents.filter_map(|oid| oid.parse().ok()).collect()))
        };
        Ok(in_order(answer.rows().iter().filter_map(read).collect()))
    }

    /// Waits, without queueing for anything, while transactions that have been open for long hold what
    /// we want: to ask now would only make others wait.
    pub(super) async fn stand_back(
        &self,
        task: &Task<'_>,
        locks: &[TableLock],
        ladder: &mut Ladder,
    ) -> Result<(), RunError> {
        let (courtesy, mut waited, mut pause) = (ladder.courtesy(), Duration::ZERO, LOOK / 5);
        let mut told: Vec<i32> = Vec::new();
        while !locks.is_empty() && waited < courtesy {
            let holders = self.holders(locks, ladder.long()).await?;
            if holders.is_empty() {
                break;
            }
            let pids: Vec<i32> = holders.iter().map(|one| one.pid).collect();
            if pids != told {
                let at = task.place();
                let event = Event::StandingBack {
                    at,
                    blockers: holders,
                };
                self.port.tell(event).await;
                told = pids;
            }
            self.port.sleep(pause).await;
            waited += pause;
            pause = (pause * 2).min(LOOK);
        }
        ladder.spent += waited;
        Ok(())
    }

    /// The transactions open for at least that long that hold a lock which conflicts with one of ours.
    pub(super) async fn holders(
        &self,
        locks: &[TableLock],
        open_for: Duration,
    ) -> Result<Vec<Blocker>, RunError> {
        if locks.is_empty() {
            return Ok(Vec::new());
        }
        let conflicting = |lock: &TableLock| {
            let modes = LockMode::ALL
                .into_iter()
                .filter(|mode| mode.conflicts_with(lock.mode));
            let modes: Vec<String> = modes
                .map(|mode| format!("'{}'", in_catalogue(mode)))
                .collect();
            format!(
                "l.relation = {} AND l.mode IN ({})",
                lock.oid,
                modes.join(", ")
            )
        };
        let conflicts: Vec<String> = locks.iter().map(conflicting).collect();
        let sql = format!(
            "WITH holding AS (SELECT DISTINCT l.pid, l.virtualtransaction FROM pg_locks l
                 WHERE l.locktype = 'relation' AND l.granted AND l.pid IS DISTINCT FROM {}
                   AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                   AND ({}))
             SELECT * FROM ({SESSIONS} WHERE a.pid IN (SELECT pid FROM holding)
                 UNION ALL SELECT 0, p.gid, 'prepared transaction', '',
                     round(extract(epoch FROM clock_timestamp() - p.prepared) * 1000)::bigint
                 FROM pg_prepared_xacts p JOIN holding h ON h.pid IS NULL
                     AND h.virtualtransaction = '-1/' || p.transaction) b
             WHERE b.open_ms >= {} ORDER BY b.pid",
            self.pid,
            conflicts.join(" OR "),
            millis(open_for),
        );
        let answer = self.port.ask(Link::Watch, sql).await;
        let answer = answer.map_err(|failed| failed.while_doing("to look who holds a lock"))?;
        Ok(blockers(answer.rows()))
    }

    /// What to ask while a statement runs: who keeps it waiting; soon at first, then again and again.
    pub(super) fn watch(&self, ladder: &Ladder, place: Place) -> Watch {
        Watch {
            after: (ladder.timeout() / 2).min(Duration::from_secs(1)),
            every: Duration::from_secs(5),
            sql: blockers_of(self.pid),
            place: Some(place),
        }
    }
}

/// As `pg_locks.mode` writes it: `AccessExclusiveLock`.
fn in_catalogue(mode: LockMode) -> String {
    let words = mode.as_str().split(' ').map(|word| {
        let (first, rest) = word.split_at(1);
        format!("{first}{}", rest.to_lowercase())
    });
    format!("{}Lock", words.collect::<String>())
}

/// Sessions as [`blockers`] reads them.
const SESSIONS: &str =
    "SELECT a.pid, a.application_name, coalesce(a.state, a.backend_type) AS state, left(a.query, 1000) AS query,
            coalesce(round(extract(epoch FROM clock_timestamp() - a.xact_start) * 1000), 0)::bigint AS open_ms
     FROM pg_stat_activity a";

/// SQL that names who keeps a process waiting: for a lock, or for the end of a transaction that is older.
pub(super) fn blockers_of(pid: i32) -> String {
    format!(
        "{SESSIONS} WHERE a.pid = ANY (pg_blocking_pids({pid}))
         UNION ALL SELECT 0, string_agg(p.gid, ', '), 'prepared transaction', '',
             max(round(extract(epoch FROM clock_timestamp() - p.prepared) * 1000))::bigint
         FROM pg_prepared_xacts p WHERE p.database = current_database()
         HAVING 0 = ANY (pg_blocking_pids({pid}))
         ORDER BY 1"
    )
}

/// Reads what [`blockers_of`] gives; of a query no more than its shape is kept.
pub(super) fn blockers(rows: &[Row]) -> Vec<Blocker> {
    let read = |row: &Row| {
        let column = |at: usize| row.get(at)?.clone();
        let query = query_shape(&column(3).unwrap_or_default());
        let command = query.split_whitespace().next().unwrap_or_default();
        Some(Blocker {
            pid: column(0)?.parse().ok()?,
            application: column(1).unwrap_or_default(),
            state: column(2).unwrap_or_default(),
            command: command.to_uppercase(),
            query,
            transaction_ms: column(4)?.parse().unwrap_or_default(),
        })
    };
    rows.iter().filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(oid: u32, parents: &[u32]) -> (TableLock, BTreeSet<u32>) {
        let lock = TableLock {
            oid,
            name: format!("t{oid}"),
            mode: LockMode::AccessExclusive,
        };
        (lock, parents.iter().copied().collect())
    }

    #[test]
    fn what_is_depended_on_is_locked_first_and_a_circle_by_oid() {
        let order = |tables| -> Vec<u32> { in_order(tables).iter().map(|one| one.oid).collect() };
        assert_eq!(
            order(vec![table(3, &[]), table(2, &[3, 9]), table(1, &[2])]),
            [3, 2, 1]
        );
        assert_eq!(
            order(vec![table(7, &[5]), table(5, &[7]), table(6, &[6])]),
            [6, 5, 7]
        );
    }

    #[test]
    fn modes_are_written_as_in_the_catalogue() {
        assert_eq!(
            in_catalogue(LockMode::AccessExclusive),
            "AccessExclusiveLock"
        );
        assert_eq!(
            in_catalogue(LockMode::ShareUpdateExclusive),
            "ShareUpdateExclusiveLock"
        );
    }
}
