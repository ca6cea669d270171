//! The page of hazards: every rule it names is there, and is found in the case that shows it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use concertina::rules::rule;

use super::case::Case;
use super::cases::corpus;
use super::{none, root};

/// `file/case` of a case in a file of many, `rule/file` of one that has a file of its own.
fn short(place: &str) -> String {
    match place.split_once(".sql: ") {
        Some((file, case)) => format!("{file}/{case}"),
        None => {
            let path = place.trim_start_matches("migrations-fixtures/rules/");
            path.trim_end_matches(".sql").to_owned()
        }
    }
}

#[test]
fn rules_hazards_are_found_where_the_page_says() {
    let cases: BTreeMap<String, Case> = corpus()
        .into_iter()
        .map(|(at, case)| (short(&at), case))
        .collect();
    let page = fs::read_to_string(root().join("docs/src/hazards.md")).unwrap();
    let mut wrong = String::new();
    let mut rows = 0;
    let table = page.lines().filter(|line| line.starts_with("| "));
    for line in table.filter(|line| !line.starts_with("| hazard |")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let (hazard, said, shown) = match cells.as_slice() {
            [hazard, said, shown] => (*hazard, *said, *shown),
            [hazard, shown] => (hazard.trim_end_matches(" |"), "", *shown),
            _ => panic!("not three cells: {line}"),
        };
        rows += 1;
        let rules: Vec<&str> = said
            .split('[')
            .skip(1)
            .filter_map(|link| link.split(']').next())
            .collect();
        for id in rules.iter().filter(|id| rule(id).is_none()) {
            writeln!(wrong, "{hazard}: no rule is called {id}").unwrap();
        }
        let case = shown
            .strip_prefix('`')
            .and_then(|rest| rest.strip_suffix('`'))
            .filter(|name| !name.contains('`'));
        match (case, said.is_empty()) {
            (None, _) if shown.len() < 5 => {
                writeln!(wrong, "{hazard}: neither a case nor a reason").unwrap()
            }
            (None, _) => {}
            (Some(name), true) => {
                writeln!(wrong, "{hazard}: nothing is said to be shown by {name}").unwrap()
            }
            (Some(name), false) => {
                let Some(case) = cases.get(name) else {
                    writeln!(wrong, "{hazard}: no case is called {name}").unwrap();
                    continue;
                };
                let found = case.report().findings;
                let found: Vec<&str> = found.iter().map(|one| one.rule.as_str()).collect();
                if rules.is_empty() && !case.found().is_empty() {
                    writeln!(wrong, "{hazard}: {name} is not left alone: {found:?}").unwrap();
                }
                if !rules.is_empty() && !rules.iter().any(|id| found.contains(id)) {
                    writeln!(wrong, "{hazard}: {name} shows {found:?}, not {rules:?}").unwrap();
                }
            }
        }
    }
    assert!(rows > 200, "{rows} hazards");
    none(&wrong);
}
