//! `concertina rules`: lists what is looked for.

use serde::Serialize;

use super::input::Format;
use super::{CliError, Outcome, output};
use crate::report::rules_text;
use crate::rules::{RULES, Rule, link};

/// Lists the rules; `explain RULE` prints the page of one
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Shape of the output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Serialize)]
struct Document {
    version: u32,
    rules: Vec<Entry>,
}

#[derive(Serialize)]
pub(super) struct Entry {
    rule: &'static str,
    summary: &'static str,
    classes: Vec<&'static str>,
    why: &'static str,
    page: String,
}

pub(super) fn run(args: &Args) -> Result<Outcome, CliError> {
    match args.format {
        Format::Text => output::result(&rules_text(RULES))?,
        Format::Json => output::json(&Document {
            version: 1,
            rules: RULES.iter().copied().map(entry).collect(),
        })?,
    }
    Ok(Outcome::Clean)
}

/// A rule as programs read it.
pub(super) fn entry(rule: &'static Rule) -> Entry {
    Entry {
        rule: rule.id,
        summary: rule.summary,
        classes: rule.classes.iter().map(|class| class.as_str()).collect(),
        why: rule.why,
        page: link(rule.id),
    }
}
