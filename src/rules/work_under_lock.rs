//! The rule `work-under-lock`: a statement that takes its time while others wait for a table.

use super::frame::{
    Check, Class, Draft, Findings, Rule, Severity, Subject, lock_clause, short, who_waits,
};
use crate::effects::LockMode;
use crate::schema::ResolvedName;
use crate::sql::ast::{AlterTable, Change, DetachMode, Ident, QualifiedName, TableAction};

pub(crate) static RULE: Rule = Rule {
    id: "work-under-lock",
    summary: "a whole table is read, copied or rewritten while reads or writes of a table wait",
    classes: &[
        Class::BlocksReads,
        Class::BlocksWrites,
        Class::TableRewrite,
        Class::LongScan,
    ],
    why: "a lock that reads or writes conflict with is harmless for the moment a change of the catalogue takes; held \
          while a table is read or written from end to end, it is an outage as long as that",
    docs: r#"
Some commands do their work under the strong lock that they take. `VACUUM FULL`, `CLUSTER`,
`SET LOGGED`, `SET TABLESPACE` and `SET ACCESS METHOD` write the table anew under ACCESS EXCLUSIVE;
`REFRESH MATERIALIZED VIEW` runs the view's query while nobody can read the view; `ATTACH PARTITION` and
`CREATE TABLE .. PARTITION OF` read the new partition and the default partition, to see that each row is
where it belongs (manual 18, the pages of these commands; locks and reads measured on 14 to 18).

Others are slow but polite, and become an outage behind a lock that an earlier statement of the same
transaction has taken and that is held until COMMIT.

```sql bad
-- history
CREATE TABLE events (at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE events_other PARTITION OF events DEFAULT;
-- migration
CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
```

A validated CHECK that implies the bound spares ATTACH PARTITION the read; a CHECK on the default partition that
excludes the new bound spares it that one.

```sql good
-- history
CREATE TABLE events (at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE events_2025 (at date NOT NULL);
ALTER TABLE events_2025 ADD CONSTRAINT year CHECK (at >= '2025-01-01' AND at < '2026-01-01') NOT VALID;
ALTER TABLE events_2025 VALIDATE CONSTRAINT year;
-- migration
ALTER TABLE events ATTACH PARTITION events_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
```
"#,
    check: Check::Statement(check),
    yields_to: &[
        "backfill-with-ddl",
        "concurrently-in-transaction",
        "constraint-without-not-valid",
        "fails",
        "foreign-key-without-not-valid",
        "index-not-concurrent",
        "opaque-statement",
        "set-not-null-scan",
        "type-change-rewrite",
        "volatile-default",
        "unlogged-table",
    ],
};

/// What takes the time.
enum Work<'a> {
    /// The table is written anew.
    Rewrite(&'a ResolvedName),
    /// The materialized view's query is run.
    Refresh(&'a ResolvedName),
    /// The table is read from end to end.
    Scan(&'a ResolvedName),
}

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let blocking = subject.blocking();
    if blocking.is_empty() || subject.effects().guessed {
        return;
    }
    let Some(work) = work(subject) else {
        return;
    };
    let (what, table, class) = match work {
        Work::Rewrite(table) => (
            format!("this writes all of {} anew", short(table)),
            table,
            Some(Class::TableRewrite),
        ),
        Work::Refresh(view) => (
            format!("this runs the query of {}", short(view)),
            view,
            subject.effects().scans.iter().find_map(|table| {
                let locked = subject.lock(table).is_some_and(LockMode::blocks_writes);
                (table != view && locked && !subject.is_new(table)).then_some(Class::LongScan)
            }),
        ),
        Work::Scan(table) => {
            let locked = subject.lock(table).is_some_and(LockMode::blocks_writes);
            let class = locked.then_some(Class::LongScan);
            (format!("this reads all of {}", short(table)), table, class)
        }
    };
    let Some((locked, mode)) = strongest(subject, table) else {
        return;
    };
    findings.add(
        Draft::new(
            Severity::Error,
            format!("{what}; meanwhile {}", lock_clause(locked, Some(mode))),
        )
        .classes(blocking)
        .classes(class)
        .relation(table)
        .help(help(subject, mode)),
    );
}

fn work<'a>(subject: &'a Subject<'_>) -> Option<Work<'a>> {
    let effects = subject.effects();
    if let Some(table) = subject.first_existing(&effects.rewrites) {
        return Some(Work::Rewrite(table));
    }
    let scanned = subject.first_existing(&effects.scans);
    match subject.change() {
        Change::Vacuum { full: true, .. } | Change::Cluster { .. } => scanned.map(Work::Rewrite),
        Change::RefreshMaterializedView {
            with_data: true,
            name,
            ..
        } => {
            let view = subject.relation(name)?;
            let filled = effects.scans.contains(&view.name);
            (filled && !subject.is_new(&view.name)).then_some(Work::Refresh(&view.name))
        }
        Change::AlterTable(alter) if moves_to(alter).is_some() => {
            let table = subject.relation(&alter.name)?;
            if moves_to(alter) == lies_in(subject, &table.name) {
                return None;
            }
            let stored = table.rows != Some(0) && !subject.is_new(&table.name);
            stored.then_some(Work::Rewrite(&table.name))
        }
        _ => scanned.map(Work::Scan),
    }
}

/// The tablespace that an ALTER TABLE moves its table to.
fn moves_to(alter: &AlterTable) -> Option<Ident> {
    alter.actions.iter().find_map(|one| match &one.action {
        TableAction::SetTablespace(to) => Some(to.clone()),
        _ => None,
    })
}

/// The tablespace that a table was last put into, as far as the history shows; the default one unless it says so.
fn lies_in(subject: &Subject<'_>, table: &ResolvedName) -> Option<Ident> {
    let is = |name: &QualifiedName| subject.resolve(name) == *table;
    let put = subject.past().filter_map(|change| match change {
        Change::AlterTable(alter) if is(&alter.name) => moves_to(alter),
        Change::CreateTable(create) if is(&create.name) => create.tablespace.clone(),
        _ => None,
    });
    put.last().or_else(|| Some(Ident::new("pg_default")))
}

/// The strongest lock that is held meanwhile on what was there before, the table's own first.
fn strongest<'a>(
    subject: &'a Subject<'_>,
    table: &'a ResolvedName,
) -> Option<(&'a ResolvedName, LockMode)> {
    let own = subject.lock(table).filter(|mode| mode.blocks_writes());
    if let Some(mode) = own {
        return Some((table, mode));
    }
    let locks = subject
        .effects()
        .locks
        .iter()
        .chain(&subject.step.held.locks);
    let strong = locks.filter(|(name, lock)| lock.mode.blocks_writes() && !subject.is_new(name));
    strong
        .map(|(name, lock)| (name, lock.mode))
        .max_by_key(|(_, mode)| *mode)
}

fn help(subject: &Subject<'_>, mode: LockMode) -> String {
    let behind = subject.effects().strongest() < Some(mode);
    if behind {
        return "give it a migration of its own: it is the lock of an earlier statement that others wait for".to_owned();
    }
    match subject.change() {
        Change::Vacuum { .. } | Change::Cluster { .. } => {
            "rewrite it online with pg_repack or pg_squeeze, or do it in an announced outage".to_owned()
        }
        Change::RefreshMaterializedView { .. } => {
            "REFRESH MATERIALIZED VIEW CONCURRENTLY, which needs a unique index on the view".to_owned()
        }
        Change::CreateTable(_) => {
            "give the default partition a CHECK that excludes the new bound, NOT VALID and then VALIDATE, or create the \
             table by itself and attach it"
                .to_owned()
        }
        Change::AlterTable(alter) => alter
            .actions
            .iter()
            .find_map(|one| match &one.action {
                TableAction::AttachPartition { .. } => Some(
                    "give the partition a CHECK that implies its bound (NOT NULL of the key included), NOT VALID and then \
                     VALIDATE, attach it, and drop the CHECK",
                ),
                TableAction::DetachPartition { mode: DetachMode::Plain, .. } => {
                    Some("DETACH PARTITION .. CONCURRENTLY")
                }
                TableAction::SetTablespace(_) => Some(
                    "move the indexes with REINDEX (TABLESPACE ..) CONCURRENTLY and the table with pg_repack",
                ),
                _ => None,
            })
            .unwrap_or("make a new table beside it, keep it in step with triggers, copy in batches and swap")
            .to_owned(),
        _ => format!("do it while {} may wait, or in smaller steps", who_waits(mode)),
    }
}
