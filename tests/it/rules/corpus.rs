//! The labelled corpus: how many labels are met, class by class, and whether a server agrees with each.

use std::collections::BTreeSet;
use std::env;
use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use concertina::rules::{Class, RULES};

use super::case::{CLASSES, Case, as_mark};
use super::cases::corpus;
use super::observed::observe;
use super::{examples, none};
use crate::server::shared;

#[derive(Default)]
struct Score {
    met: usize,
    missed: usize,
    alarms: usize,
}

impl Score {
    fn share(&self, of: usize) -> f64 {
        let all = self.met + of;
        if all == 0 {
            return 1.0;
        }
        self.met as f64 / all as f64
    }
}

/// Prints what the book shows; `--nocapture` lets it be seen.
#[test]
#[expect(clippy::print_stdout, reason = "the figures are what this is run for")]
fn rules_corpus_precision_and_recall() {
    let cases = corpus();
    let mut wrong = String::new();
    let mut scores: Vec<(Class, Score)> = CLASSES.map(|class| (class, Score::default())).into();
    let (mut right, mut harmless, mut left_alone) = (0, 0, 0);
    for (at, case) in &cases {
        let found = case.found();
        right += usize::from(found == case.classes);
        harmless += usize::from(case.classes.is_empty());
        left_alone += usize::from(case.classes.is_empty() && found.is_empty());
        for (class, score) in &mut scores {
            match (case.classes.contains(class), found.contains(class)) {
                (true, true) => score.met += 1,
                (true, false) => score.missed += 1,
                (false, true) => score.alarms += 1,
                (false, false) => {}
            }
        }
        if found != case.classes {
            let names = |classes: Vec<&Class>| {
                let names: Vec<&str> = classes.iter().map(|class| class.as_str()).collect();
                names.join(" ")
            };
            let findings: Vec<String> = case.report().findings.iter().map(as_mark).collect();
            writeln!(
                wrong,
                "{at}: missed [{}], alarm [{}]; found {findings:?}",
                names(case.classes.difference(&found).collect()),
                names(found.difference(&case.classes).collect()),
            )
            .unwrap();
        }
    }
    println!(
        "{:<22}{:>7}{:>11}{:>8}",
        "class", "cases", "precision", "recall"
    );
    for (class, score) in &scores {
        println!(
            "{:<22}{:>7}{:>11.3}{:>8.3}",
            class.as_str(),
            score.met + score.missed,
            score.share(score.alarms),
            score.share(score.missed)
        );
    }
    println!("every class right: {right} of {}", cases.len());
    println!("harmless ones left alone: {left_alone} of {harmless}");
    let names: BTreeSet<&String> = cases.iter().map(|(at, _)| at).collect();
    assert_eq!(names.len(), cases.len(), "each case has a name of its own");
    let all =
        env::var_os("CONCERTINA_CASES").is_none() && env::var_os("CONCERTINA_CORPUS").is_none();
    assert!(cases.len() >= 300 || !all, "{} cases", cases.len());
    none(&wrong);
}

/// Runs every case, and every example of a page, on a live server: what it locks, reads, writes, loses, refuses and
/// breaks is what the label says, as far as a server can tell.
#[test]
fn rules_corpus_labels_are_those_of_a_server() {
    let mut cases = corpus();
    for rule in RULES {
        for (at, (bad, sql)) in examples(rule).into_iter().enumerate() {
            if sql.contains("concertina: allow") {
                continue;
            }
            let mut case = Case::read(&sql);
            case.classes = if bad { case.found() } else { BTreeSet::new() };
            cases.push((format!("the page of {}, example {}", rule.id, at + 1), case));
        }
    }
    let mut client = postgres::Client::connect(&shared().database(), postgres::NoTls).unwrap();
    let major = crate::server::major(&mut client);
    cases.retain(|(_, case)| !case.assumes && case.version.is_none_or(|version| version == major));
    // Roles belong to all databases of a server.
    let roles: BTreeSet<&String> = cases
        .iter()
        .filter_map(|(_, case)| case.role.as_ref())
        .collect();
    for role in roles {
        client
            .batch_execute(&format!("CREATE ROLE {role} LOGIN"))
            .unwrap();
    }
    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    let work = || {
        let database = shared().database();
        while let Some((at, case)) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            for (class, holds) in observe(case, at, &database) {
                if case.classes.contains(&class) != holds {
                    let says = if holds { "it is" } else { "it is not" };
                    let line = format!("{at}: {}: the server says {says}", class.as_str());
                    wrong.lock().unwrap().push(line);
                }
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(work);
        }
    });
    let mut wrong = wrong.into_inner().unwrap();
    wrong.sort();
    none(&wrong.join("\n"));
}
