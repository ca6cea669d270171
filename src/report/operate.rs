//! What operators are shown: gates, a rehearsal, edited files, what going back means.

use std::fmt::Write;

use crate::run::{Divergence, Eject, Gate, Rehearsed};

/// Each contract that has not begun: open, or who stands against it.
pub fn gate_text(gates: &[Gate]) -> String {
    let mut text = String::new();
    for gate in gates {
        let state = if gate.is_open() { "open" } else { "closed" };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{state:<8} {}", gate.file);
        for reason in &gate.reasons {
            let _ = writeln!(text, "         {reason}");
        }
    }
    if text.is_empty() {
        text.push_str("no contract waits\n");
    }
    text
}

/// The commands of a run as a script with comments.
pub fn rehearsal_text(rehearsed: &[Rehearsed]) -> String {
    let mut text = String::new();
    for migration in rehearsed {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "-- {} ({})", migration.file, migration.phase);
        if !migration.wanted {
            let _ = writeln!(text, "-- left: its phase is not asked for\n");
            continue;
        }
        for reason in &migration.held {
            let _ = writeln!(text, "-- held: {reason}");
        }
        for step in &migration.steps {
            let kind = match step.kind.as_str() {
                "backfill" => "in batches",
                "alone" => "outside any transaction",
                _ => "in one transaction with its journal row",
            };
            let done = if step.done { ", done already" } else { "" };
            let _ = writeln!(text, "-- {kind}{done}");
            for command in &step.commands {
                let _ = writeln!(text, "{command};");
            }
        }
        text.push('\n');
    }
    if text.is_empty() {
        text.push_str("nothing to apply\n");
    }
    text
}

/// Edited files with the first statement that differs.
pub fn divergence_text(found: &[Divergence]) -> String {
    let mut text = String::new();
    for one in found {
        let repaired = if one.repaired { "repaired" } else { "edited" };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{repaired:<8} {}", one.file);
        if let Some(at) = one.statement {
            let _ = writeln!(text, "         statement {}", at + 1);
            for (mark, statement) in [('-', &one.applied), ('+', &one.now)] {
                for line in statement.iter().flat_map(|statement| statement.lines()) {
                    let _ = writeln!(text, "         {mark} {line}");
                }
            }
        }
        for tool in &one.tools {
            let _ = writeln!(text, "         {tool} keeps another checksum");
        }
    }
    if text.is_empty() {
        text.push_str("every applied migration is as it was applied\n");
    }
    text
}

/// What another tool would find and do.
pub fn eject_text(eject: &Eject) -> String {
    let mut text = String::new();
    let mut list = |what: &str, files: &[String]| {
        for file in files {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{what:<28} {file}");
        }
    };
    list("under way, finish it first", &eject.unfinished);
    for one in &eject.histories {
        list(&format!("{} would apply again", one.tool), &one.unknown);
        list(&format!("{} would apply at once", one.tool), &one.next);
    }
    list("its history is kept here too", &eject.schemas);
    list("no gate holds it any more", &eject.held);
    if eject.instances > 0 {
        let _ = writeln!(
            text,
            "{} instances are alive; nothing looks after them then",
            eject.instances
        );
    }
    if eject.histories.is_empty() {
        text.push_str(
            "no other tool keeps a history here: one that takes over begins from nothing\n",
        );
    }
    text.push_str(match (eject.dropped, eject.is_clean()) {
        (true, _) => "schema concertina is dropped\n",
        (false, true) => "another tool can take over; --drop removes schema concertina\n",
        (false, false) => "another tool cannot take over yet\n",
    });
    text
}
