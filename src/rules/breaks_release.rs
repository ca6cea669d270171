//! The rule `breaks-release`: a known release does not survive a statement of any other kind.

use super::frame::{ANY, Check, Class, Draft, Findings, Risk, Rule, Severity, Subject};
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
else breaks them: a view or function that is dropped or changed, a privilege that is revoked, a prepared
`SELECT *` that meets a new column.

A query that breaks in the middle of a transaction and works again at its end breaks for nobody. A
migration that says `-- concertina: after 2.4.0` is held until no older instance is alive, so their
queries do not count.

```sql bad
-- history
CREATE TABLE users (id bigint PRIMARY KEY, name text);
CREATE VIEW names AS SELECT id, name FROM users;
-- release 1.0
SELECT name FROM names WHERE id = $1;
-- migration
DROP VIEW names;
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
    check: Check::Statement(check),
    yields_to: &[ANY],
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let risk = subject.risk();
    let Risk::Broken(breaks) = &risk else {
        return;
    };
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
        [] => return,
    };
    let mut draft = Draft::new(
        severity,
        format!("queries of a known release {verb} after this: {listed}"),
    )
    .risk(&risk)
    .help("release a version that does without it first, and say `-- concertina: after <release>` here");
    if !fails {
        draft = draft.severity(Severity::Warning);
    }
    for name in subject.effects().locks.keys().take(1) {
        draft = draft.relation(name);
    }
    findings.add(draft);
}
