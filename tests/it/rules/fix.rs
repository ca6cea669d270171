//! Every fix that may be applied without a person: it mends its finding, adds none, and reaches the same schema.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use concertina::effects::walk;
use concertina::rules::{Applicability, Edit, Finding, RULES};
use concertina::sql::Migration;

use super::case::Case;
use super::cases::corpus;
use super::{examples, none};

/// A text with edits applied, the last one first.
fn apply(text: &str, edits: &[Edit]) -> String {
    let mut text = text.to_owned();
    let mut edits: Vec<&Edit> = edits.iter().collect();
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.start));
    for edit in edits {
        text.replace_range(edit.start..edit.end, &edit.text);
    }
    text
}

fn ids(findings: &[Finding]) -> BTreeSet<&str> {
    findings.iter().map(|one| one.rule.as_str()).collect()
}

/// What is wrong with the safe fixes of a case.
fn objections(mut case: Case, at: &str, wrong: &mut String, counts: &mut BTreeMap<String, usize>) {
    let before = case.report();
    let end = |case: &Case, migration: &Migration| {
        let judged = std::slice::from_ref(migration);
        walk(&case.history, judged, &case.options()).end
    };
    let schema = end(&case, &case.migration);
    for finding in &before.findings {
        let safe = finding.fixes.iter();
        for fix in safe.filter(|fix| fix.applicability == Applicability::Safe) {
            *counts.entry(finding.rule.clone()).or_default() += 1;
            let old = case.migration.clone();
            let mut new = Migration::new(old.file.clone(), apply(&old.text, &fix.edits));
            new.transaction = old.transaction;
            let same = end(&case, &new) == schema;
            case.migration = new;
            let after = case.report();
            if ids(&after.findings).contains(finding.rule.as_str()) {
                writeln!(
                    wrong,
                    "{at}: {} is still found after `{}`",
                    finding.rule, fix.title
                )
                .unwrap();
            }
            let offered = |findings: &[Finding]| {
                let all = findings.iter().flat_map(|one| &one.fixes);
                all.filter(|one| one.title == fix.title && one.applicability == Applicability::Safe)
                    .count()
            };
            if offered(&after.findings) >= offered(&before.findings) {
                writeln!(wrong, "{at}: `{}` would be applied again", fix.title).unwrap();
            }
            let mut found = ids(&after.findings);
            // It is silent only as long as another rule speaks of the statement.
            found.remove("mixed-phases");
            if !found.is_subset(&ids(&before.findings)) {
                writeln!(wrong, "{at}: `{}` brings {found:?}", fix.title).unwrap();
            }
            // A statement that was refused has left nothing behind.
            let refused = finding.rule == "concurrently-in-transaction";
            if !same && !refused {
                writeln!(wrong, "{at}: `{}` reaches another schema", fix.title).unwrap();
            }
            case.migration = old;
        }
    }
}

/// Prints how many fixes of each rule were tried; `--nocapture` lets it be seen.
#[test]
#[expect(clippy::print_stdout, reason = "the figures are what this is run for")]
fn rules_fixes_mend_what_they_are_for_and_nothing_else() {
    let mut wrong = String::new();
    let mut counts = BTreeMap::new();
    for rule in RULES {
        for (_, sql) in examples(rule) {
            objections(Case::read(&sql), rule.id, &mut wrong, &mut counts);
        }
    }
    for (at, case) in corpus() {
        objections(case, &at, &mut wrong, &mut counts);
    }
    for (rule, count) in &counts {
        println!("{count:>5} fixes of {rule}");
    }
    println!(
        "{:>5} fixes in all: each checks clean, reaches the same schema, and is not offered again",
        counts.values().sum::<usize>()
    );
    none(&wrong);
    assert!(!counts.is_empty(), "no fix was tried");
}
