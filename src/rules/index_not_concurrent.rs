//! The rule `index-not-concurrent`: an index is built while nobody can write to its table.

use super::frame::{
    Applicability, Check, Class, Draft, Edit, Findings, Rule, Severity, Subject, lock_clause, short,
};
use crate::schema::{RelationKind, ResolvedName};
use crate::sql::ast::{
    Change, ColumnConstraintKind, CreateIndex, QualifiedName, TableAction, TableConstraintKind,
};

pub(crate) static RULE: Rule = Rule {
    id: "index-not-concurrent",
    summary: "an index built on a table in use under a lock that writes wait for",
    classes: &[
        Class::BlocksReads,
        Class::BlocksWrites,
        Class::LongScan,
        Class::BreaksApp,
        Class::Hygiene,
    ],
    why: "CREATE INDEX reads the whole table under SHARE, so that nobody writes to it until it is done, and a UNIQUE, \
          PRIMARY KEY or EXCLUDE constraint builds its index under ACCESS EXCLUSIVE; CONCURRENTLY takes SHARE \
          UPDATE EXCLUSIVE, which neither reads nor writes wait for",
    docs: r#"
CREATE INDEX takes SHARE on its table for as long as the build takes (manual 18, CREATE INDEX, "Building
Indexes Concurrently"). CONCURRENTLY does without: it reads the table twice and waits for older
transactions in between, and cannot run inside a transaction block.

A UNIQUE or PRIMARY KEY constraint builds its index under ACCESS EXCLUSIVE, so that not even reads go
on. There is no NOT VALID for these: build a unique index CONCURRENTLY first, and make it the
constraint's with `ADD CONSTRAINT .. UNIQUE USING INDEX ..`. An EXCLUDE constraint has no such way.
REINDEX without CONCURRENTLY blocks writes too, and reads that would use the index.

If a concurrent build fails, it leaves an invalid index behind. Drop that and build again; IF NOT EXISTS
would take the invalid one for good.

```sql bad
-- history
CREATE TABLE users (id bigint PRIMARY KEY, email text);
-- migration
CREATE INDEX users_email ON users (email);
```

```sql good
-- history
CREATE TABLE users (id bigint PRIMARY KEY, email text);
-- migration
-- concertina: no-transaction
CREATE INDEX CONCURRENTLY users_email ON users (email);
```
"#,
    check: Check::Action(check),
    yields_to: &["volatile-default", "type-change-rewrite"],
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    if subject.effects().builds.is_empty() {
        return;
    }
    match subject.change() {
        Change::CreateIndex(create) => {
            if let Some(draft) = created(subject, create) {
                findings.add(draft);
            }
        }
        Change::Reindex {
            name,
            concurrently: false,
            ..
        } => {
            let table = name.as_ref().and_then(|name| table_of(subject, name));
            let Some(table) = table.filter(|table| !subject.is_new(table)) else {
                return;
            };
            let what = format!("rebuilding indexes of {} reads all of it", short(&table));
            findings.add(
                draft(subject, &table, &what)
                    .help("REINDEX .. CONCURRENTLY, in a migration without a transaction"),
            );
        }
        Change::AlterTable(_) => constraint(subject, findings),
        _ => {}
    }
}

fn created(subject: &Subject<'_>, create: &CreateIndex) -> Option<Draft> {
    let table = subject.existing(&create.table)?;
    if create.concurrently {
        return None;
    }
    let name = short(&table);
    let known = subject.relation(&create.table);
    let is = |kind| known.is_some_and(|known| known.kind == kind);
    if is(RelationKind::MaterializedView) && subject.blocking().is_empty() {
        return Some(
            Draft::new(
                Severity::Note,
                format!("REFRESH MATERIALIZED VIEW {name} waits while this index is built"),
            )
            .classes([Class::Hygiene])
            .relation(&table)
            .help("CREATE INDEX CONCURRENTLY, in a migration without a transaction, if the build takes long"),
        );
    }
    let partitioned = is(RelationKind::PartitionedTable);
    let draft = draft(
        subject,
        &table,
        &format!("building this index reads all of {name}"),
    );
    if partitioned {
        return Some(draft.help(format!(
            "CREATE INDEX ON ONLY {name}, build one CONCURRENTLY on each partition, and ALTER INDEX .. ATTACH \
             PARTITION each: CONCURRENTLY is refused on the partitioned table itself"
        )));
    }
    let draft = draft.help("CREATE INDEX CONCURRENTLY, in a migration without a transaction");
    Some(match concurrently(subject) {
        Some((applicability, edits)) => draft.fix("build it CONCURRENTLY", applicability, edits),
        None => draft,
    })
}

/// A constraint, or a column with one, that comes with an index.
fn constraint(subject: &Subject<'_>, findings: &mut Findings) {
    let Some((alter, action)) = subject.action() else {
        return;
    };
    let Some(table) = subject.existing(&alter.name) else {
        return;
    };
    let name = short(&table);
    let kind = match action {
        TableAction::AddConstraint(constraint) => match &constraint.kind {
            TableConstraintKind::Unique { .. } => "UNIQUE",
            TableConstraintKind::PrimaryKey { .. } => "PRIMARY KEY",
            TableConstraintKind::Exclude { .. } => "EXCLUDE",
            _ => return,
        },
        TableAction::AddColumn { column, .. } => {
            let keys = column.constraints.iter().find_map(|one| match &one.kind {
                ColumnConstraintKind::Unique { .. } => Some("UNIQUE"),
                ColumnConstraintKind::PrimaryKey(_) => Some("PRIMARY KEY"),
                _ => None,
            });
            let Some(kind) = keys else { return };
            kind
        }
        _ => return,
    };
    let help = if kind == "EXCLUDE" {
        "there is no way to build it concurrently: make a new table with it and move the rows, or add it at a quiet hour"
            .to_owned()
    } else {
        format!(
            "CREATE UNIQUE INDEX CONCURRENTLY on {name} first, in a migration without a transaction, then ADD CONSTRAINT .. \
             {kind} USING INDEX"
        )
    };
    let what = format!("this {kind} constraint builds an index over all of {name}");
    findings.add(draft(subject, &table, &what).breaks(subject).help(help));
}

fn draft(subject: &Subject<'_>, table: &ResolvedName, what: &str) -> Draft {
    let meanwhile = lock_clause(table, subject.lock(table));
    Draft::new(Severity::Error, format!("{what}; meanwhile {meanwhile}"))
        .classes(subject.blocking())
        .classes([Class::LongScan])
        .relation(table)
}

/// The table that REINDEX names, or the one whose index it names.
fn table_of(subject: &Subject<'_>, name: &QualifiedName) -> Option<ResolvedName> {
    let indexed = subject.before().index(name).map(|(table, _)| table);
    let table = indexed.or_else(|| subject.relation(name));
    table.map(|table| table.name.clone())
}

/// The word after INDEX, and the directive where the file would run in a transaction; none inside an
/// explicit BEGIN. Safe where nothing else is in the file, since what else is would lose its transaction.
fn concurrently(subject: &Subject<'_>) -> Option<(Applicability, Vec<Edit>)> {
    let text = subject.text();
    let mut words = text.split_ascii_whitespace();
    let first = words.next()?.eq_ignore_ascii_case("create");
    let second = words.next()?;
    let plain = second.eq_ignore_ascii_case("index")
        || second.eq_ignore_ascii_case("unique") && words.next()?.eq_ignore_ascii_case("index");
    if !first || !plain {
        return None;
    }
    let at = text.to_ascii_lowercase().find("index")? + "index".len();
    let edit = |start: usize, text: &str| Edit {
        file: subject.migration.file.clone(),
        start,
        end: start,
        text: text.to_owned(),
    };
    let word = edit(subject.span().start + at, " CONCURRENTLY");
    if !subject.in_transaction() {
        return Some((Applicability::Safe, vec![word]));
    }
    if !subject.file.wrapped {
        return None;
    }
    let alone = subject.migration.script().statements.len() == 1;
    let applicability = if alone {
        Applicability::Safe
    } else {
        Applicability::Unsafe
    };
    let line = subject.migration.unwrapping?;
    let directive = edit(0, &format!("{line}\n"));
    Some((applicability, vec![directive, word]))
}
