//! Every case that was measured on PostgreSQL 14 to 18, against what we say of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use concertina::effects::{Effects, Options, Transaction, TransactionRule, VERSIONS, walk};
use concertina::schema::ResolvedName;
use concertina::sql::{Migration, TransactionMode};
use serde::Deserialize;

/// One family of cases, a file of `migrations-fixtures/effects/`.
#[derive(Deserialize)]
pub(super) struct Family {
    pub(super) family: String,
    /// Statements that many cases begin with, by name.
    pub(super) tables: BTreeMap<String, String>,
    pub(super) cases: Vec<Case>,
}

#[derive(Deserialize)]
pub(super) struct Case {
    pub(super) id: String,
    /// What ran before; `@name` is one of the family's `tables`.
    #[serde(default)]
    pub(super) setup: Vec<String>,
    #[serde(default)]
    pub(super) session: Vec<String>,
    pub(super) sql: Vec<String>,
    /// Commits by itself, rather than in one transaction.
    #[serde(default)]
    pub(super) outside: bool,
    /// Tables that held no rows: nothing is read there, which the schema does not tell.
    #[serde(default)]
    pub(super) empty: BTreeSet<String>,
    pub(super) results: Vec<Measured>,
}

/// What servers of these versions did.
#[derive(Deserialize)]
pub(super) struct Measured {
    pub(super) versions: Vec<u16>,
    #[serde(default)]
    pub(super) forbidden: bool,
    /// The statement and the SQLSTATE.
    pub(super) fails: Option<(usize, String)>,
    #[serde(default)]
    pub(super) locks: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) rewrites: BTreeSet<String>,
    #[serde(default)]
    pub(super) builds: BTreeSet<String>,
    #[serde(default)]
    pub(super) scans: BTreeSet<String>,
    #[serde(default)]
    pub(super) reads: BTreeSet<String>,
    #[serde(default)]
    pub(super) writes: BTreeSet<String>,
}

/// Cases in which we differ, one a line: the case, then why. One that agrees after all fails the test too.
const DIFFERENCES: &str = include_str!("differences.txt");

/// Every family of `migrations-fixtures/effects/`.
pub(super) fn families() -> Vec<Family> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations-fixtures/effects");
    let entries = std::fs::read_dir(folder).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let texts = files
        .iter()
        .map(|file| std::fs::read_to_string(file).unwrap());
    texts
        .map(|text| serde_json::from_str(&text).unwrap())
        .collect()
}

impl Family {
    /// The statements that ran before a case.
    pub(super) fn setup<'a>(&'a self, case: &'a Case) -> impl Iterator<Item = &'a str> {
        let lines = case.setup.iter();
        lines.map(|line| {
            line.strip_prefix('@')
                .map_or(line.as_str(), |name| &self.tables[name])
        })
    }
}

#[test]
#[expect(
    clippy::print_stdout,
    reason = "the shares are what one runs this test to see"
)]
fn cases_agree() {
    let mut report = String::new();
    let mut differing: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for family in families() {
        let (mut agreed, mut tried) = ([0; 5], [0; 5]);
        for case in &family.cases {
            for measured in &case.results {
                for version in &measured.versions {
                    let at = usize::from(version - VERSIONS.start());
                    tried[at] += 1;
                    let found = differences(&family, case, measured, *version);
                    if found.is_empty() {
                        agreed[at] += 1;
                    } else {
                        let lines = differing.entry(case.id.clone()).or_default();
                        lines.push(format!("{version}: {}", found.join("; ")));
                    }
                }
            }
        }
        let shares = agreed
            .iter()
            .zip(tried)
            .map(|(agreed, tried)| format!("{agreed}/{tried}"));
        let shares: Vec<_> = shares.collect();
        writeln!(report, "{:20} {}", family.family, shares.join("  ")).unwrap();
    }
    println!("cases that agree on 14, 15, 16, 17, 18:\n{report}");
    let known: BTreeSet<&str> = DIFFERENCES
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    let mut wrong = String::new();
    for (id, lines) in &differing {
        if !known.contains(id.as_str()) {
            writeln!(wrong, "{id}\n    {}", lines.join("\n    ")).unwrap();
        }
    }
    for id in known {
        if !differing.contains_key(id) {
            writeln!(wrong, "{id} agrees now: take it out of differences.txt").unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// What we say of a case, as one transaction.
pub(super) fn transaction_of(family: &Family, case: &Case, version: u16) -> Transaction {
    let setup: Vec<&str> = family.setup(case).collect();
    let mut before = Migration::new("setup.sql", format!("{};", setup.join(";\n")));
    before.transaction = TransactionMode::Unwrapped;
    let mut session = Migration::new("session.sql", format!("{};", case.session.join(";\n")));
    session.transaction = TransactionMode::Unwrapped;
    let mut judged = Migration::new("case.sql", format!("{};", case.sql.join(";\n")));
    if case.outside {
        judged.transaction = TransactionMode::Unwrapped;
    }
    let options = Options {
        version,
        in_transaction: None,
    };
    let mut timeline = walk(&[before, session], &[judged], &options);
    timeline.transactions.pop().expect("a case has a statement")
}

fn differences(family: &Family, case: &Case, measured: &Measured, version: u16) -> Vec<String> {
    let transaction = transaction_of(family, case, version);
    let mut found = Vec::new();
    let forbidden = transaction.effects.transaction == TransactionRule::Forbidden;
    if forbidden != measured.forbidden {
        found.push(format!("forbidden: ours {forbidden}"));
    }
    let fails = transaction.fails.as_ref();
    let ours = fails.map(|(at, why)| (*at, why.sqlstate.to_owned()));
    if ours != measured.fails {
        let message = fails
            .map(|(_, why)| why.message.as_str())
            .unwrap_or_default();
        found.push(format!(
            "fails: ours {ours:?} {message}, measured {:?}",
            measured.fails
        ));
        return found;
    }
    if measured.fails.is_some() {
        return found;
    }
    compare_work(&transaction.effects, case, measured, &mut found);
    found
}

fn compare_work(ours: &Effects, case: &Case, measured: &Measured, found: &mut Vec<String>) {
    let locks = ours.locks.iter();
    let locks = locks.map(|(name, lock)| (shown(name), lock.mode.as_str().to_owned()));
    let locks: BTreeMap<_, _> = locks.collect();
    if locks != measured.locks {
        let only = |one: &BTreeMap<String, String>, other: &BTreeMap<String, String>| {
            let extra = one
                .iter()
                .filter(|(name, mode)| other.get(*name) != Some(mode));
            extra
                .map(|(name, mode)| format!("{name}={mode}"))
                .collect::<Vec<_>>()
                .join(", ")
        };
        found.push(format!(
            "locks: ours [{}], measured [{}]",
            only(&locks, &measured.locks),
            only(&measured.locks, &locks)
        ));
    }
    let mut sets = |what: &str,
                    ours: &BTreeSet<ResolvedName>,
                    measured: &BTreeSet<String>,
                    empty: &BTreeSet<String>| {
        let ours: BTreeSet<String> = ours
            .iter()
            .map(shown)
            .filter(|name| !empty.contains(name))
            .collect();
        if ours != *measured {
            found.push(format!("{what}: ours {ours:?}, measured {measured:?}"));
        }
    };
    let none = BTreeSet::new();
    sets("rewrites", &ours.rewrites, &measured.rewrites, &none);
    sets("builds", &ours.builds, &measured.builds, &none);
    sets("scans", &ours.scans, &measured.scans, &case.empty);
    sets("reads", &ours.blocks_reads, &measured.reads, &none);
    sets("writes", &ours.blocks_writes, &measured.writes, &none);
}

/// The measurements leave out `public.`.
fn shown(name: &ResolvedName) -> String {
    let full = name.to_string();
    full.strip_prefix("public.").unwrap_or(&full).to_owned()
}
