//! The rule `breaks-release`: a known release does not survive a statement of any other kind.

use std::collections::BTreeSet;

use super::frame::{Check, Class, Draft, Risk, Rule, Severity, Subject};
use crate::compat::Verdict;

pub(crate) static RULE: Rule = Rule {
    id: "breaks-release",
    summary: "a statement after which queries of a known release fail or mean something else",
    classes: &[Class::BreaksApp],
    why: "while a release is rolled out, instances of the one before it go on sending their queries, and those meet the \
          schema as it is after this statement",
    docs: r#"
Every query of the releases given with `--release` is tried on the schema before and after each
statement. Where another rule speaks of the statement, it names the queries; this one is for whatever
else breaks them: a new constraint that refuses a value they always write (NOT VALID ones bind new rows too), a
column that becomes ambiguous, a view that takes no changes any more, a prepared `SELECT *` that meets a new
column. A view that chooses other rows, a NATURAL JOIN or GROUP BY that
finds a new column, and a variable of a called function that is a column now too are among it. What depends on the rows that the application writes is not held against it.

A query that breaks in the middle of a transaction and works again at its end breaks for nobody. A
migration that says `-- concertina: after 2.4.0` is held until no older instance is alive, so their
queries do not count.

```sql bad
-- history
CREATE TABLE users (id bigint PRIMARY KEY, name text);
-- release 1.0
INSERT INTO users (id, name) VALUES ($1, '');
-- migration
ALTER TABLE users ADD CONSTRAINT users_name CHECK (name <> '') NOT VALID;
```

```sql good
-- history
CREATE TABLE users (id bigint PRIMARY KEY, name text);
CREATE VIEW names AS SELECT id, name FROM users;
-- release 1.0
SELECT name FROM users WHERE id = $1;
-- migration
DROP VIEW names;
```
"#,
    check: Check::Engine,
    yields_to: &["fails", "concurrently-in-transaction"],
};

/// What is left to say of a statement once every other rule has named its breaks.
pub(super) fn unnamed(subject: &Subject<'_>, named: &BTreeSet<&str>) -> Option<Draft> {
    let mut breaks = match subject.risk() {
        Risk::Broken(breaks) => breaks,
        Risk::Unknown | Risk::Survived => Vec::new(),
    };
    breaks.extend(subject.broken_together());
    breaks.retain(|one| !named.contains(one.query.as_str()));
    let fails = breaks.iter().any(|one| one.verdict == Verdict::Fails);
    let (severity, verb) = if fails {
        (Severity::Error, "fail")
    } else {
        (Severity::Warning, "mean something else")
    };
    let mut names: Vec<&str> = breaks.iter().map(|one| one.query.as_str()).collect();
    names.dedup();
    let listed = match names.as_slice() {
        [one] => format!("{one} does"),
        [one, other] => format!("{one} and {other} do"),
        [one, rest @ ..] => format!("{one} and {} others do", rest.len()),
        [] => return None,
    };
    let mut draft = Draft::new(
        severity,
        format!("queries of a known release {verb} after this: {listed}"),
    )
    .help("release a version that does without it first, and say `-- concertina: after <release>` here");
    for name in subject.effects().locks.keys().take(1) {
        draft = draft.relation(name);
    }
    Some(draft.risk(&Risk::Broken(breaks)).severity(severity))
}
