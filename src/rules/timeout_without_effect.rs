//! The rule `timeout-without-effect`: a timeout is set, and what should be kept short runs without one.

use super::frame::{Check, Class, Draft, Findings, Rule, Severity, Subject, short};
use crate::sql::ast::Change;

pub(crate) static RULE: Rule = Rule {
    id: "timeout-without-effect",
    summary: "a setting that does not hold for the statements it is meant for",
    classes: &[Class::Hygiene],
    why: "SET LOCAL holds to the end of the transaction, so outside of one it holds for nothing; and without \
          lock_timeout a statement that waits for its lock keeps everybody behind it waiting, for as long as it takes",
    docs: r#"
`SET LOCAL` outside a transaction block gives a warning and does nothing (manual 18, SET). It is the runner that
decides: the same file works where the runner opens a transaction, and is unprotected where it does not.

`SET lock_timeout = 0` and `RESET lock_timeout` take the protection away from what follows. Concertina's own runner
sets a timeout before each attempt at a lock, whatever the file says; a file without any setting is therefore no
finding.

```sql bad
-- history
CREATE TABLE users (id bigint PRIMARY KEY);
-- migration unwrapped
SET LOCAL lock_timeout = '2s';
ALTER TABLE users ADD COLUMN note text;
```

```sql good
-- history
CREATE TABLE users (id bigint PRIMARY KEY);
-- migration unwrapped
SET lock_timeout = '2s';
ALTER TABLE users ADD COLUMN note text;
```
"#,
    check: Check::Statement(check),
    yields_to: &[],
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let Change::Set(setting) = subject.change() else {
        return;
    };
    if setting.local && !subject.in_transaction() {
        findings.add(
            Draft::new(
                Severity::Warning,
                format!(
                    "SET LOCAL {} does nothing here: no transaction is open",
                    setting.name
                ),
            )
            .classes([Class::Hygiene])
            .help("write SET without LOCAL, or open a transaction with BEGIN"),
        );
        return;
    }
    let off = setting.values.iter().all(|value| {
        let number = value.trim_end_matches(|c: char| c.is_alphabetic() || c == ' ');
        number.parse() == Ok(0_u32)
    });
    if setting.name != "lock_timeout" || !off || subject.migration.dump {
        return;
    }
    let steps = subject.steps.iter();
    let mut later = steps.skip_while(|step| step.statement <= subject.step.statement);
    let locked = later.find_map(|step| {
        let mut waiting = step.effects.blocks_reads.iter();
        waiting.find(|name| !subject.is_new(name))
    });
    if let Some(table) = locked {
        findings.add(
            Draft::new(
                Severity::Warning,
                format!(
                    "from here on a lock is waited for without end, that on {} among them",
                    short(table)
                ),
            )
            .classes([Class::Hygiene])
            .relation(table)
            .help(
                "keep a lock_timeout of a few seconds until the last statement that locks a table",
            ),
        );
    }
}
