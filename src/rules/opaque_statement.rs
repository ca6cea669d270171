//! The rule `opaque-statement`: text that we do not understand, and so cannot judge.

use super::frame::{Check, Class, Draft, Findings, Rule, Severity, Subject};
use crate::sql::ast::Change;
use crate::sql::{Statement, body_statements};

pub(crate) static RULE: Rule = Rule {
    id: "opaque-statement",
    summary: "a statement, or a part of one, that could not be read",
    classes: &[Class::Fails, Class::Hygiene],
    why: "what is not understood cannot be judged: PostgreSQL may refuse it, the most careful effect is assumed, and \
          the schema after it is not known for sure",
    docs: r#"
A statement whose beginning says nothing we know, or that ends in the middle of a string or a
parenthesis, is opaque: nothing is known of what it does, and PostgreSQL most probably refuses it; that
is an error, so that no file passes unread. Of some statements the kind is known though a part of the
inside is not; that is a note, and so is the `EXECUTE` of a DO block whose string is put together at run
time: every table is then taken to be locked, read and rewritten.

```sql bad
FROBNICATE TABLE users;
```

```sql good
CREATE TABLE users (id bigint PRIMARY KEY);
```
"#,
    check: Check::Statement(check),
    yields_to: &[],
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    if let Change::Opaque { reason } = subject.change() {
        findings.add(
            Draft::new(Severity::Error, format!("this statement is not understood: {reason}"))
                .classes([Class::Fails])
                .help("mend it; if PostgreSQL takes it as it stands, look at what it locks by hand, and allow it with the reason"),
        );
    } else if let Some(reason) = unseen(subject.change()) {
        findings.add(
            Draft::new(
                Severity::Note,
                format!("what this block runs cannot be seen: {reason}"),
            )
            .classes([Class::Hygiene])
            .help("write the statements out, or look at what they lock by hand"),
        );
    } else if let Some(first) = refused(subject.statement) {
        findings.add(
            Draft::new(
                Severity::Error,
                format!("a part of this statement is not understood: {first}"),
            )
            .classes([Class::Fails])
            .help("PostgreSQL most probably refuses it: mend it, or allow it with the reason"),
        );
    } else if let [first, ..] = subject.statement.unread.as_slice() {
        findings.add(
            Draft::new(
                Severity::Note,
                format!("a part of this statement is not understood: {first}"),
            )
            .classes([Class::Hygiene])
            .help("what that part does is not judged: look at it by hand"),
        );
    }
}

/// Whether a part of it is one that PostgreSQL does not understand either.
pub(super) fn is_refused(statement: &Statement) -> bool {
    refused(statement).is_some()
}

fn refused(statement: &Statement) -> Option<&String> {
    statement.unread.iter().find(|reason| is_certain(reason))
}

/// Whether the grammar that we read with is PostgreSQL's whole one there.
fn is_certain(reason: &str) -> bool {
    let parts = [
        "column ",
        "table: ",
        "action: ",
        "constraint: ",
        "index: ",
        "type: ",
        "DROP: ",
        "TRUNCATE: ",
        "sequence: ",
        "arguments of the trigger: ",
        "list of names: ",
        "setting: ",
    ];
    let ends = ["is not PostgreSQL's", "is reserved and must be quoted"];
    parts.iter().any(|part| reason.starts_with(part))
        || ends.iter().any(|end| reason.ends_with(end))
}

/// Why a part of a DO block is opaque, if one is.
fn unseen(change: &Change) -> Option<String> {
    let Change::Do { language, body } = change else {
        return None;
    };
    let statements = body_statements(language, body).into_iter();
    statements
        .filter_map(|statement| match statement.change {
            Change::Opaque { reason } => Some(reason),
            _ => None,
        })
        .next()
}
