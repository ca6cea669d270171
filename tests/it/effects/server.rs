//! Locks of statements run on the server of this machine, against what we say of them.

use std::collections::BTreeMap;

use concertina::effects::{LockMode, LockedKind, VERSIONS};
use postgres::{Client, NoTls};

use super::measured::{Case, Family, families, transaction_of};
use crate::server;

/// The families whose locks do not depend on rows.
const FAMILIES: &[&str] = &[
    "add_column",
    "alter_type",
    "check_constraint",
    "drop_column",
    "drop_object",
    "foreign_key",
    "index",
    "multi_action",
    "not_null",
    "partition",
    "partitioned",
    "rename",
    "subcommand",
    "table_settings",
    "unique_key",
];

/// One case in so many is run.
const EVERY: usize = 5;

#[test]
fn locks_are_the_servers() {
    let server = server::shared();
    let mut tried = 0;
    let mut wrong = Vec::new();
    for family in families() {
        if !FAMILIES.contains(&family.family.as_str()) {
            continue;
        }
        for case in family.cases.iter().step_by(EVERY) {
            let mut client = Client::connect(&server.database(), NoTls).unwrap();
            let version = major(&mut client);
            if let Some((ours, theirs)) = both(&mut client, &family, case, version) {
                tried += 1;
                if ours != theirs {
                    wrong.push(format!(
                        "{}: ours {ours:?}, the server's {theirs:?}",
                        case.id
                    ));
                }
            }
        }
    }
    assert!(tried >= 20, "only {tried} cases could be run");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

type Locks = BTreeMap<String, String>;

/// Our locks and the server's; none where the case needs rows, roles or another version.
///
/// ACCESS SHARE on an index is left out: minor releases differ in which indexes they open to plan a
/// check of a foreign key (15.20 opens that of the referenced key, 15.18 does not).
fn both(client: &mut Client, family: &Family, case: &Case, version: u16) -> Option<(Locks, Locks)> {
    let measured = case
        .results
        .iter()
        .find(|one| one.versions.contains(&version))?;
    let needs = ["lt_", "EXTENSION", "nextval"];
    let needs_more = |text: &String| needs.iter().any(|word| text.contains(word));
    let all = case.sql.iter().chain(&case.setup);
    if case.outside || measured.fails.is_some() || all.clone().any(needs_more) {
        return None;
    }
    let ours = transaction_of(family, case, version).effects.locks;
    let ours = ours
        .iter()
        .filter(|(_, lock)| !is_index(lock.kind) || lock.mode > LockMode::AccessShare)
        .map(|(name, lock)| (name.to_string(), lock.mode.as_str().to_owned()));
    for statement in family
        .setup(case)
        .chain(case.session.iter().map(String::as_str))
    {
        client.batch_execute(statement).unwrap();
    }
    let rows = client
        .query(
            "SELECT c.oid, n.nspname || '.' || c.relname, c.relkind IN ('i', 'I') FROM pg_class c
             JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname !~ '^(pg_|information)'",
            &[],
        )
        .unwrap();
    let names: BTreeMap<u32, (String, bool)> = rows
        .iter()
        .map(|row| (row.get(0), (row.get(1), row.get(2))))
        .collect();
    let mut transaction = client.transaction().unwrap();
    for statement in &case.sql {
        transaction.batch_execute(statement).unwrap();
    }
    let held = transaction
        .query(
            "SELECT relation, mode FROM pg_locks WHERE locktype = 'relation' AND pid = pg_backend_pid()",
            &[],
        )
        .unwrap();
    let mut theirs: BTreeMap<String, LockMode> = BTreeMap::new();
    for row in held {
        if let Some((name, index)) = names.get(&row.get::<_, u32>(0)) {
            let mode = mode(row.get(1));
            if *index && mode == LockMode::AccessShare {
                continue;
            }
            let strongest = theirs.entry(name.clone()).or_insert(mode);
            *strongest = mode.max(*strongest);
        }
    }
    let theirs = theirs
        .into_iter()
        .map(|(name, mode)| (name, mode.as_str().to_owned()));
    Some((ours.collect(), theirs.collect()))
}

/// `ShareRowExclusiveLock` is `SHARE ROW EXCLUSIVE`.
fn mode(name: &str) -> LockMode {
    let squeezed = |mode: &LockMode| mode.as_str().replace(' ', "").to_lowercase() + "lock";
    let found = LockMode::ALL
        .into_iter()
        .find(|mode| squeezed(mode) == name.to_lowercase());
    found.unwrap_or_else(|| panic!("no such lock mode: {name}"))
}

fn major(client: &mut Client) -> u16 {
    let major = server::major(client);
    assert!(
        VERSIONS.contains(&major),
        "PostgreSQL {major} is none we speak of"
    );
    major
}

fn is_index(kind: LockedKind) -> bool {
    matches!(kind, LockedKind::Index | LockedKind::PartitionedIndex)
}
