//! The rule `several-strong-locks`: one transaction holds one table while it waits for another.

use std::collections::BTreeSet;

use super::frame::{Check, Class, Draft, Findings, Rule, Severity, Subject, short, who_waits};
use crate::effects::{Lock, LockMode, LockedKind};
use crate::schema::{Catalogue, ConstraintKind, ResolvedName};
use crate::sql::ast::Change;

pub(crate) static RULE: Rule = Rule {
    id: "several-strong-locks",
    summary: "a transaction that keeps one table locked while it waits for the lock on another",
    classes: &[Class::BlocksReads, Class::BlocksWrites],
    why: "a lock is held to the end of its transaction, and a lock that is waited for keeps everybody behind it \
          waiting: the first table stands still for as long as the second one is busy, and two transactions that take \
          the same tables in another order deadlock",
    docs: r#"
Each strong lock has to wait until every transaction that uses the table has ended. While a migration
waits for the second table, it holds the first, so whatever holds up the one stops traffic on both. An
application that takes the same two tables the other way round deadlocks with the migration, and one of
the two is rolled back (manual 18, section 13.3.4).

The two tables of one foreign key, a partitioned table with its partitions, and tables that the same
migration makes do not count.

```sql bad
-- history
CREATE TABLE accounts (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY);
-- migration
ALTER TABLE accounts ADD COLUMN note text;
ALTER TABLE orders ADD COLUMN note text;
```

```sql good
-- history
CREATE TABLE accounts (id bigint PRIMARY KEY);
-- migration
ALTER TABLE accounts ADD COLUMN note text;
ALTER TABLE accounts ADD COLUMN flag boolean;
```
"#,
    check: Check::Statement(check),
    yields_to: &["concurrently-in-transaction", "fails"],
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    if subject.effects().guessed {
        return;
    }
    let own: BTreeSet<_> = locked(subject, &subject.effects().locks).collect();
    if own.is_empty() {
        return;
    }
    // Each table is locked by a transaction of its own.
    if matches!(subject.change(), Change::Reindex { .. }) && !subject.in_transaction() {
        return;
    }
    let mut held = BTreeSet::new();
    for name in locked(subject, &subject.step.held.locks) {
        held.insert(name);
        // Two are as good as more, and a long transaction may hold thousands.
        if held.len() == 3 || held.len() == 2 && !are_joined(subject, &held) {
            return;
        }
    }
    let added: Vec<&ResolvedName> = own.difference(&held).collect();
    // Once for each transaction: where the second table is locked.
    let Some(second) = added.first() else {
        return;
    };
    if held.is_empty() && own.len() < 2 || is_pair(subject, &held, &own) {
        return;
    }
    let firsts = held.iter().chain(&own);
    let Some(first) = firsts.into_iter().find(|name| name != second) else {
        return;
    };
    let mode = subject.lock(first).unwrap_or(LockMode::AccessExclusive);
    let reads = mode.blocks_reads().then_some(Class::BlocksReads);
    let (first_name, second_name) = (short(first), short(second));
    findings.add(
        Draft::new(
            Severity::Warning,
            format!(
                "this waits for {second_name} while the transaction holds {first_name}: {mode} on {first_name} blocks {} until \
                 it has both",
                who_waits(mode)
            ),
        )
        .classes(reads)
        .classes([Class::BlocksWrites])
        .relation(first)
        .relation(second)
        .help(help(subject)),
    );
}

fn help(subject: &Subject<'_>) -> &'static str {
    match subject.change() {
        Change::CreateTable(_) => {
            "create the table without the foreign keys, and add each of them in a migration of its own"
        }
        _ => "give each table a migration of its own",
    }
}

/// The tables that were there before and on which writes wait; a partition counts as its whole.
fn locked<'a>(
    subject: &Subject<'_>,
    locks: impl IntoIterator<Item = (&'a ResolvedName, &'a Lock)>,
) -> impl Iterator<Item = ResolvedName> {
    let strong = locks.into_iter().filter(|(name, lock)| {
        let table = matches!(lock.kind, LockedKind::Table | LockedKind::PartitionedTable);
        table && lock.mode.blocks_writes() && !subject.is_new(name)
    });
    strong.map(|(name, _)| whole(subject, name))
}

/// The outermost table that a partition is part of.
fn whole(subject: &Subject<'_>, name: &ResolvedName) -> ResolvedName {
    /// Partitions of partitions are followed this far.
    const DEPTH: usize = 16;
    let mut at = name;
    for _ in 0..DEPTH {
        let parent = subject
            .before()
            .get(at)
            .and_then(|known| known.partition_of.as_ref());
        match parent {
            Some((parent, _)) => at = parent,
            None => break,
        }
    }
    at.clone()
}

/// Whether the transaction has made a foreign key between two tables.
fn are_joined(subject: &Subject<'_>, pair: &BTreeSet<ResolvedName>) -> bool {
    pair.iter().any(|name| {
        let keys = |catalogue: &Catalogue| {
            let table = catalogue.get(name).into_iter();
            let constraints = table.flat_map(|table| table.constraints.iter().cloned());
            let between = constraints.filter(|one| match &one.kind {
                ConstraintKind::ForeignKey { table, .. } => table != name && pair.contains(table),
                _ => false,
            });
            between.map(|one| one.name).collect::<BTreeSet<_>>()
        };
        !keys(subject.after()).is_subset(&keys(subject.deployed()))
    })
}

/// The two sides of one foreign key, which one statement has to lock both.
fn is_pair(
    subject: &Subject<'_>,
    held: &BTreeSet<ResolvedName>,
    own: &BTreeSet<ResolvedName>,
) -> bool {
    let one_by_one = match subject.change() {
        Change::CreateTable(_) | Change::Lock { .. } => true,
        // Where a block makes a foreign key, that is what it takes them for.
        Change::Do { .. } => !are_joined(subject, own),
        _ => false,
    };
    own.len() == 2 && held.is_subset(own) && !one_by_one
}
