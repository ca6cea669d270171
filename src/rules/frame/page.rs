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
        let label = match line.trim_end() {
            "```sql bad" => "Found:",
            "```sql good" => "Instead:",
            other => {
                page.push_str(other);
                page.push('\n');
                continue;
            }
        };
        // A text that leads up to the example needs no label.
        if !page.trim_end().ends_with(':') {
            page.push_str(label);
            page.push_str("\n\n");
        }
        page.push_str("```sql\n");
    }
    page
}
