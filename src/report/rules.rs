//! The rules as text for people: the list, and the page of one.

use std::fmt::Write;

use crate::rules::{Rule, link, page};

/// One line for each rule, its id and what it finds.
pub fn rules_text(rules: &[&Rule]) -> String {
    let width = rules.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    let mut text = String::new();
    for rule in rules {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{:<width$}  {}", rule.id, rule.summary);
    }
    let _ = writeln!(
        text,
        "\n{} rules; `concertina explain RULE` prints the page of one",
        rules.len()
    );
    text
}

/// The page of a rule for a terminal: its Markdown without the marks that only a renderer needs.
pub fn page_text(rule: &Rule) -> String {
    let mut text = String::new();
    let mut code = false;
    for line in page(rule).lines() {
        if line.starts_with("```") {
            code = !code;
            continue;
        }
        let _ = match line.strip_prefix("# ") {
            Some(title) if !code => writeln!(text, "{title}\n{}", "=".repeat(title.len())),
            _ if code && !line.is_empty() => writeln!(text, "    {line}"),
            _ if line.starts_with("|---") => Ok(()),
            _ if line.starts_with('|') => writeln!(text, "    {}", line.trim_matches(['|', ' '])),
            _ => writeln!(text, "{line}"),
        };
    }
    let _ = writeln!(text, "\n{}", link(rule.id));
    text
}
