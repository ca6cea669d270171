//! The rule `malformed-directive`: a `-- concertina:` comment that says nothing we understand.

use super::RULES;
use super::frame::{Check, Class, Draft, Rule, Severity, nearest};

pub(crate) static RULE: Rule = Rule {
    id: "malformed-directive",
    summary: "a `-- concertina:` comment that cannot be read, or that names a rule that does not exist",
    classes: &[Class::Hygiene],
    why: "a directive that is not understood is not obeyed: what its author meant does not happen",
    docs: r#"
A directive is a comment, so a misspelt one is valid SQL, and silently does nothing. What can be said:

- `phase expand`, `phase migrate`, `phase contract`
- `after 2.4.0`
- `allow <rule> because "..."`
- `batch key=id size=5000 pause=50ms`
- `no-transaction`
- `in-order`: not before everything that stands before it, contracts that are held included

```sql bad
-- concertina: allow rename-colum because "nobody reads it"
CREATE TABLE users (id bigint PRIMARY KEY);
```

```sql good
-- concertina: phase expand
CREATE TABLE users (id bigint PRIMARY KEY);
```
"#,
    check: Check::Engine,
    yields_to: &[],
};

/// A directive that cannot be read.
pub(super) fn unreadable(reason: &str) -> Draft {
    Draft::new(Severity::Warning, format!("this directive is not obeyed: {reason}"))
        .classes([Class::Hygiene])
        .help("write `phase`, `after`, `allow <rule> because \"...\"`, `batch`, `no-transaction` or `in-order` after `-- concertina:`")
}

/// An allowance of a rule that does not exist.
pub(super) fn unknown_rule(id: &str) -> Draft {
    let help = match nearest(id, RULES.iter().map(|rule| rule.id)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`concertina rules` lists them".to_owned(),
    };
    Draft::new(
        Severity::Warning,
        format!("no rule is called `{id}`, so nothing is allowed"),
    )
    .classes([Class::Hygiene])
    .help(help)
}
