//! Every fix that may be applied without a person: it mends its finding, adds none, and reaches the same schema.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use concertina::effects::walk;
use concertina::rules::{Applicability, Edit, Finding, RULES};
use concertina::sql::Migration;

use super::case::Case;
use super::{examples, fixtures, none};

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
fn objections(mut case: Case, at: &str, wrong: &mut String) -> usize {
    let before = case.report();
    let end = |case: &Case, migration: &Migration| {
        let judged = std::slice::from_ref(migration);
        walk(&case.history, judged, &case.options()).end
    };
    let schema = end(&case, &case.migration);
    let mut count = 0;
    for finding in &before.findings {
        let safe = finding.fixes.iter();
        for fix in safe.filter(|fix| fix.applicability == Applicability::Safe) {
            count += 1;
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
    count
}

#[test]
fn rules_fixes_mend_what_they_are_for_and_nothing_else() {
    let mut wrong = String::new();
    let mut count = 0;
    for rule in RULES {
        for (_, sql) in examples(rule) {
            count += objections(Case::read(&sql), rule.id, &mut wrong);
        }
    }
    for (_, file, case) in fixtures() {
        count += objections(case, &file.display().to_string(), &mut wrong);
    }
    none(&wrong);
    assert!(count > 0, "no fix was tried");
}
