//! The rule `partition-detached`: the rows of a partition or child are no longer rows of its table.

use super::frame::{Check, Class, Draft, Findings, Risk, Rule, Severity, Subject, Witness, short};
use crate::sql::ast::{DmlVerb, TableAction};

pub(crate) static RULE: Rule = Rule {
    id: "partition-detached",
    summary: "a partition in use is detached, or a child leaves its parent",
    classes: &[Class::BreaksApp],
    why: "queries of the partitioned table do not see the rows of a detached partition, and an INSERT of a row that \
          belonged there finds no partition (23514)",
    docs: r#"
DETACH PARTITION keeps the rows, in a table of their own; the partitioned table has them no longer
(manual 18, ALTER TABLE, DETACH PARTITION). To a release that asks for them they are gone, and one that
writes such rows fails, unless there is a default partition. NO INHERIT does the same to readers of a parent.

```sql bad
-- history
CREATE TABLE events (day date NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
-- migration
ALTER TABLE events DETACH PARTITION events_2024;
```

```sql good
-- history
CREATE TABLE events (day date NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE events_2024 (day date NOT NULL, CHECK (day >= '2024-01-01' AND day < '2025-01-01'));
-- migration
ALTER TABLE events ATTACH PARTITION events_2024 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
```
"#,
    check: Check::Action(check),
    yields_to: &[],
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let Some((alter, action)) = subject.action() else {
        return;
    };
    let (whole, part) = match action {
        TableAction::DetachPartition { partition, .. } => (&alter.name, partition),
        TableAction::NoInherit(parent) => (parent, &alter.name),
        _ => return,
    };
    let (Some(table), Some(part)) = (subject.existing(whole), subject.existing(part)) else {
        return;
    };
    let (name, part_name) = (short(&table), short(&part));
    let risk = subject.risk_beside(|traffic| {
        if traffic.reads(&table) {
            return Some(Witness::changes(format!(
                "finds none of the rows of {part_name} in {name}"
            )));
        }
        let routed = matches!(action, TableAction::DetachPartition { .. });
        (routed && traffic.does(DmlVerb::Insert, &table)).then(|| {
            Witness::fails(
                "23514",
                format!(
                    "rows that belong into {part_name} find no partition of relation \"{}\"",
                    table.name
                ),
            )
        })
    });
    if matches!(risk, Risk::Survived) {
        return;
    }
    findings.add(
        Draft::new(
            Severity::Warning,
            format!("queries of {name} do not find the rows of {part_name} any more"),
        )
        .risk(&risk)
        .relation(&table)
        .relation(&part)
        .help("detach it when no running release asks for these rows any more"),
    );
}
