//! The rule `malformed-directive`: a `-- concertina:` comment that says nothing we understand.

use super::RULES;
use super::frame::{Check, Class, Draft, Rule, Severity};

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
        .help("write `phase`, `after`, `allow <rule> because \"...\"`, `batch` or `no-transaction` after `-- concertina:`")
}

/// An allowance of a rule that does not exist.
pub(super) fn unknown_rule(id: &str) -> Draft {
    let near = RULES.iter().min_by_key(|rule| distance(rule.id, id));
    let help = match near.filter(|rule| distance(rule.id, id) <= id.len() / 3) {
        Some(rule) => format!("did you mean `{}`?", rule.id),
        None => "the ids of the rules stand in brackets behind each finding".to_owned(),
    };
    Draft::new(
        Severity::Warning,
        format!("no rule is called `{id}`, so nothing is allowed"),
    )
    .classes([Class::Hygiene])
    .help(help)
}

/// How many letters must change to come from one word to the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut next = vec![i + 1];
        for (j, (b, costs)) in to.iter().zip(row.windows(2)).enumerate() {
            let replaced = costs.first().copied().unwrap_or(0) + usize::from(a != *b);
            let skipped = costs.get(1).copied().unwrap_or(0) + 1;
            let added = next.get(j).copied().unwrap_or(0) + 1;
            next.push(replaced.min(skipped).min(added));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}
