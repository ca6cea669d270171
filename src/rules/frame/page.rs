//! The page of a rule, generated from what stands in its file.

use super::Rule;

/// The page in Markdown: title, summary, classes, text and examples.
pub fn page(rule: &Rule) -> String {
    let classes: Vec<String> = rule
        .classes
        .iter()
        .map(|class| format!("`{}`", class.as_str()))
        .collect();
    let mut page = format!(
        "# {}\n\nFinds: {}. Classes: {}.\n\n",
        rule.id,
        rule.summary,
        classes.join(", ")
    );
    for line in rule.docs.trim().lines() {
        match line.trim_end() {
            "```sql bad" => page.push_str("Found:\n\n```sql\n"),
            "```sql good" => page.push_str("Instead:\n\n```sql\n"),
            other => {
                page.push_str(other);
                page.push('\n');
            }
        }
    }
    page
}
