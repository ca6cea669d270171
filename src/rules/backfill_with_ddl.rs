//! The rule `backfill-with-ddl`: rows are changed while the transaction keeps a table locked.

use super::frame::{Check, Class, Draft, Findings, Rule, Severity, Subject, lock_clause, short};
use crate::effects::{LockMode, LockedKind};
use crate::schema::{Catalogue, ResolvedName};
use crate::sql::Phase;
use crate::sql::ast::{
    Change, Dml, DmlVerb, Expr, Ident, IndexElement, IndexKey, QualifiedName, QueryBody,
};

pub(crate) static RULE: Rule = Rule {
    id: "backfill-with-ddl",
    summary: "many rows are changed in the transaction that has locked a table for DDL",
    classes: &[
        Class::BlocksReads,
        Class::BlocksWrites,
        Class::LongScan,
        Class::Data,
    ],
    why: "a lock is held to the end of its transaction: the moment that DDL needs its lock for becomes the minutes \
          that the rows take",
    docs: r#"
ALTER TABLE takes ACCESS EXCLUSIVE, and most of its forms are done in a moment. Inside a transaction the
lock stays until the commit, so an UPDATE of many rows after it keeps everybody away from the table
while it runs. A WHERE clause makes no difference to that.

Data belongs into a migration of its own, of phase migrate: one plain statement, which the runner cuts
into batches.

```sql bad
-- history
CREATE TABLE users (id bigint PRIMARY KEY, name text);
-- migration
ALTER TABLE users ADD COLUMN full_name text;
UPDATE users SET full_name = name WHERE full_name IS NULL;
```

```sql good
-- history
CREATE TABLE users (id bigint PRIMARY KEY, name text, full_name text);
-- migration
-- concertina: batch size=5000 pause=50ms
UPDATE users SET full_name = name WHERE full_name IS NULL;
```
"#,
    check: Check::Statement(check),
    yields_to: &["fails"],
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let Change::Dml(dml) = subject.change() else {
        return;
    };
    if subject.step.inferred != Some(Phase::Migrate) || picks_few_rows(subject.before(), dml) {
        return;
    }
    let held = subject.step.held.locks.iter().rev();
    let mut strong = held.filter(|(name, lock)| {
        let table = matches!(lock.kind, LockedKind::Table | LockedKind::PartitionedTable);
        table && lock.mode.blocks_writes() && !subject.is_new(name)
    });
    if dml.target.as_ref().is_some_and(is_of_the_system) {
        return;
    }
    let Some(mut strongest) = strong.next() else {
        return;
    };
    while strongest.1.mode < LockMode::AccessExclusive
        && let Some(next) = strong.next()
    {
        if next.1.mode > strongest.1.mode {
            strongest = next;
        }
    }
    let (locked, lock) = strongest;
    let target = dml.target.as_ref().map(|target| subject.resolve(target));
    let verb = match dml.verb {
        DmlVerb::Update => "UPDATE",
        DmlVerb::Delete => "DELETE",
        DmlVerb::Merge => "MERGE",
        DmlVerb::Insert => "INSERT",
        DmlVerb::Select => return,
    };
    let locked_too = |name: &ResolvedName| subject.lock(name).is_some_and(LockMode::blocks_writes);
    let mut read = subject.effects().scans.iter();
    let read = read.any(|name| !subject.is_new(name) && locked_too(name));
    let what = target
        .as_ref()
        .map_or(String::new(), |target| format!(" of {}", short(target)));
    let mut draft = Draft::new(
        Severity::Error,
        format!(
            "this {verb}{what} runs while the transaction keeps its lock: until it is done, {}",
            lock_clause(locked, Some(lock.mode))
        ),
    )
    .classes(subject.blocking())
    .classes(read.then_some(Class::LongScan))
    .classes([Class::Data])
    .relation(locked)
    .help("put it into a migration of its own, of phase migrate: the runner cuts it into batches there");
    if let Some(target) = target.filter(|target| target != locked) {
        draft = draft.relation(&target);
    }
    findings.add(draft);
}

/// PostgreSQL's own catalogues hold few rows.
fn is_of_the_system(name: &QualifiedName) -> bool {
    match &name.schema {
        Some(schema) => *schema == "pg_catalog",
        None => name.name.as_str().starts_with("pg_"),
    }
}

/// Whether the filter compares every column of a unique index with a constant, or with a few.
pub(super) fn picks_few_rows(before: &Catalogue, dml: &Dml) -> bool {
    let Ok(query) = &dml.query else {
        return false;
    };
    let filter = match &query.body {
        QueryBody::Update(update) if update.from.is_empty() => &update.filter,
        QueryBody::Delete(delete) if delete.using.is_empty() => &delete.filter,
        _ => return false,
    };
    let table = dml
        .target
        .as_ref()
        .and_then(|target| before.relation(target));
    let (Some(filter), Some(table)) = (filter, table) else {
        return false;
    };
    let key = |element: &IndexElement| match &element.key {
        IndexKey::Column(column) => pins(filter, column),
        IndexKey::Expr(_) => false,
    };
    let mut unique = table.indexes.iter().filter(|index| index.unique);
    unique.any(|index| index.elements.iter().all(key))
}

/// So many rows named one by one are changed in a moment.
const FEW: usize = 100;

/// Whether a condition is, or has as one part of an AND, `column = constant`.
fn pins(filter: &Expr, column: &Ident) -> bool {
    if let Expr::InList {
        expr,
        list,
        negated: false,
    } = filter
    {
        let is = matches!(expr.as_ref(), Expr::Column(path) if path.last() == Some(column));
        return is && list.len() <= FEW && list.iter().all(is_constant);
    }
    let Expr::Binary { left, op, right } = filter else {
        return false;
    };
    match op.as_str() {
        "AND" => pins(left, column) || pins(right, column),
        "=" => {
            let is =
                |side: &Expr| matches!(side, Expr::Column(path) if path.last() == Some(column));
            is(left) && is_constant(right) || is(right) && is_constant(left)
        }
        _ => false,
    }
}

fn is_constant(expr: &Expr) -> bool {
    match expr {
        Expr::Null | Expr::Boolean(_) | Expr::Number(_) | Expr::String(_) | Expr::Parameter(_) => {
            true
        }
        Expr::Cast { expr, .. } | Expr::Unary { expr, .. } => is_constant(expr),
        _ => false,
    }
}
