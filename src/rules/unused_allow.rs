//! The rule `unused-allow`: an allowance for something that was not found.

use super::frame::{Check, Class, Draft, Rule, Severity};

pub(crate) static RULE: Rule = Rule {
    id: "unused-allow",
    summary: "an `allow` for a rule that finds nothing there",
    classes: &[Class::Hygiene],
    why: "an allowance that nothing needs hides the next finding of that rule, which nobody has thought about",
    docs: r#"
`-- concertina: allow <rule> because "..."` before a statement silences that rule for the statement;
before the first statement of a file it silences it for the file. When the rule finds nothing there,
the comment is stale: the statement was changed, or the rule has learnt that it is harmless.

```sql bad
-- concertina: allow drop-table because "nobody reads it"
CREATE TABLE users (id bigint PRIMARY KEY);
```

```sql good
-- history
CREATE TABLE visits (id bigint PRIMARY KEY);
-- migration
-- concertina: allow drop-table because "the page that filled it is gone since 1.2"
DROP TABLE visits;
```
"#,
    check: Check::Engine,
    yields_to: &[],
};

/// An allowance that nothing has used.
pub(super) fn unused(rule: &str) -> Draft {
    Draft::new(
        Severity::Warning,
        format!("`{rule}` finds nothing here, so this comment allows nothing"),
    )
    .classes([Class::Hygiene])
    .help("remove the comment")
}
