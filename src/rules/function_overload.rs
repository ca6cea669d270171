//! The rule `function-overload`: a new function makes calls of an old one ambiguous.

use super::frame::{Check, Class, Draft, Findings, Risk, Rule, Severity, Subject};
use crate::sql::ast::Change;

pub(crate) static RULE: Rule = Rule {
    id: "function-overload",
    summary: "a function with defaults takes the arguments of one that is there: calls fit both",
    classes: &[Class::BreaksApp],
    why: "CREATE OR REPLACE with other arguments makes a second function beside the first; a call that fits both, one \
          of them thanks to its defaults, is refused (42725)",
    docs: r#"
A parameter with a default does not extend a function: `f(a int)` and `f(a int, b int DEFAULT 0)` are two,
and `f(1)` is ambiguous between them (manual 18, section 36.5.6, and measured). Drop the old one in the
same transaction: calls with one argument then mean the new one.

```sql bad
-- history
CREATE FUNCTION price(a int) RETURNS int LANGUAGE sql AS 'select 1';
-- migration
CREATE OR REPLACE FUNCTION price(a int, b int DEFAULT 0) RETURNS int LANGUAGE sql AS 'select 2';
```

```sql good
-- history
CREATE FUNCTION price(a int) RETURNS int LANGUAGE sql AS 'select 1';
-- migration
CREATE FUNCTION price_of(a int, b int DEFAULT 0) RETURNS int LANGUAGE sql AS 'select 2';
```
"#,
    check: Check::Action(check),
    yields_to: &[],
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let Change::CreateRoutine(create) = subject.change() else {
        return;
    };
    let overloads = subject.settled().routine(&create.name).unwrap_or_default();
    let deployed = subject.deployed().routine(&create.name).unwrap_or_default();
    let (all, least) = (
        create.args.len(),
        create.args.len().saturating_sub(create.defaults),
    );
    let clash = overloads.iter().find(|other| {
        let args = &other.definition.args;
        let least_of_both = least.max(args.len().saturating_sub(other.definition.defaults));
        let known = deployed.iter().any(|one| one.definition.args == *args);
        known
            && *args != create.args
            && (least_of_both..=all.min(args.len()))
                .any(|given| args.get(..given) == create.args.get(..given))
    });
    let risk = subject.risk();
    let Some(other) = clash.filter(|_| !matches!(risk, Risk::Survived)) else {
        return;
    };
    let name = &create.name;
    let args: Vec<String> = other
        .definition
        .args
        .iter()
        .map(ToString::to_string)
        .collect();
    findings.add(
        Draft::new(
            Severity::Error,
            format!(
                "calls that fit {name}({}) fit this function too, and are refused as ambiguous",
                args.join(", ")
            ),
        )
        .risk(&risk)
        .help(format!(
            "drop the old {name} in the same transaction, or give the new one another name"
        )),
    );
}
