//! What each statement does, as text for people.

use std::fmt::Write;

use crate::effects::{Document, StatementEffects, TransactionRule};

/// A line for each statement, and indented below it what it does to others.
pub fn explain_text(document: &Document) -> String {
    let mut text = String::new();
    for statement in &document.statements {
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{}:{}:{} {} ({})",
            statement.file,
            statement.start.line,
            statement.start.column,
            statement.kind,
            statement.phase
        );
        for (what, objects) in lines(statement) {
            let _ = writeln!(text, "    {what:<14}{objects}");
        }
    }
    text
}

/// What there is to say of a statement, each with its objects.
fn lines(statement: &StatementEffects) -> Vec<(&'static str, String)> {
    let work = &statement.work;
    let mut lines = Vec::new();
    if statement.opaque {
        lines.push((
            "not understood",
            "the most careful effect is assumed".to_owned(),
        ));
    }
    match statement.transaction {
        TransactionRule::Allowed => {}
        TransactionRule::Forbidden => lines.push((
            "transaction",
            "refused inside a transaction block".to_owned(),
        )),
        TransactionRule::Required => lines.push((
            "transaction",
            "refused outside a transaction block".to_owned(),
        )),
    }
    lines.extend(work.locks.iter().map(|lock| {
        (
            "locks",
            format!("{} {} ({})", lock.object, lock.mode, lock.kind),
        )
    }));
    let lists = [
        ("rewrites", &work.rewrites),
        ("builds", &work.builds),
        ("scans", &work.scans),
        ("blocks reads", &work.blocks.reads),
        ("blocks writes", &work.blocks.writes),
    ];
    lines.extend(
        lists
            .into_iter()
            .filter(|(_, objects)| !objects.is_empty())
            .map(|(what, all)| (what, all.join(", "))),
    );
    lines.extend(
        work.fails
            .iter()
            .map(|fails| ("fails", format!("{}: {}", fails.sqlstate, fails.message))),
    );
    lines
}
