//! What became of many databases or schemas: one report, as text for people and as JSON.

use std::fmt::Write;

use serde::Serialize;
use serde_json::{Value, json};

use super::{run_text, status_text};
use crate::client::Ended;
use crate::run::{Report, Status};

/// What a run did in each of them, and how many are done.
pub fn run_all_text(all: &[Ended<Report>]) -> String {
    let mut text = each_text(all, run_text);
    let count = |test: &dyn Fn(&Ended<Report>) -> bool| all.iter().filter(|one| test(one)).count();
    let complete =
        |one: &Ended<Report>| matches!(&one.result, Some(Ok(report)) if report.is_complete());
    let waiting =
        |one: &Ended<Report>| matches!(&one.result, Some(Ok(report)) if !report.is_complete());
    let (complete, waiting) = (count(&complete), count(&waiting));
    let failed = count(&|one| matches!(one.result, Some(Err(_))));
    let left = count(&|one| one.result.is_none());
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "of {} targets: {complete} complete, {waiting} waiting for a gate, {failed} failed, {left} not begun",
        all.len()
    );
    text
}

/// How things stand in each of them.
pub fn status_all_text(all: &[Ended<Status>]) -> String {
    each_text(all, status_text)
}

fn each_text<T>(all: &[Ended<T>], one_text: impl Fn(&T) -> String) -> String {
    let mut text = String::new();
    for one in all {
        let inside = match &one.result {
            Some(Ok(value)) => one_text(value),
            Some(Err(error)) => format!("failed  {error}\n"),
            None => "not begun, since another one has failed\n".to_owned(),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "database {}\n{inside}", one.target);
    }
    text
}

/// A list of objects: `database`, and either what it gave, under a name, or an `error`; or `"begun": false`.
pub fn all_json<T: Serialize>(all: &[Ended<T>], name: &str) -> Value {
    let list = all.iter().map(|one| match &one.result {
        Some(Ok(value)) => json!({ "database": one.target, name: value }),
        Some(Err(error)) => json!({ "database": one.target, "error": error.to_string() }),
        None => json!({ "database": one.target, "begun": false }),
    });
    Value::Array(list.collect())
}
