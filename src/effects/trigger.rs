//! What PostgreSQL refuses of a trigger's definition (`CreateTriggerFiringOn`, `trigger.c` of PostgreSQL 18).

use super::expr;
use super::work::Work;
use crate::schema::{Relation, RelationKind, is_system_column};
use crate::sql::ast::{CreateTrigger, Expr, Ident};

/// Refuses a trigger.
pub(super) fn refuse(work: &mut Work<'_>, trigger: &CreateTrigger) {
    if trigger.constraint && (trigger.timing != "AFTER" || !trigger.for_each_row) {
        work.refuse_syntax("syntax error: a constraint trigger is AFTER .. FOR EACH ROW");
        return;
    }
    if trigger.for_each_row && fires_on(trigger, "TRUNCATE") {
        let message = "TRUNCATE FOR EACH ROW triggers are not supported";
        work.refuse("0A000", message);
    }
    if trigger.timing == "INSTEAD OF" {
        instead(work, trigger);
    }
    let table = work.before.relation(&trigger.table);
    if trigger.transition {
        transition(work, trigger, table);
    }
    if let Some(condition) = &trigger.condition {
        when(work, trigger, &condition.expr, table);
    }
}

fn fires_on(trigger: &CreateTrigger, event: &str) -> bool {
    trigger.events.iter().any(|own| own == event)
}

fn instead(work: &mut Work<'_>, trigger: &CreateTrigger) {
    let message = if !trigger.for_each_row {
        "INSTEAD OF triggers must be FOR EACH ROW"
    } else if trigger.condition.is_some() {
        "INSTEAD OF triggers cannot have WHEN conditions"
    } else if !trigger.columns.is_empty() {
        "INSTEAD OF triggers cannot have column lists"
    } else {
        return;
    };
    work.refuse("0A000", message);
}

fn transition(work: &mut Work<'_>, trigger: &CreateTrigger, table: Option<&Relation>) {
    let whole = table.filter(|table| table.kind == RelationKind::PartitionedTable);
    if let Some(table) = whole
        && trigger.for_each_row
    {
        let message = format!("\"{}\" is a partitioned table", table.name.name);
        work.refuse("0A000", message);
    }
    if trigger.timing != "AFTER" {
        let message = "transition table name can only be specified for an AFTER trigger";
        work.refuse("42P17", message);
    } else if fires_on(trigger, "TRUNCATE") {
        let message = "TRUNCATE triggers with transition tables are not supported";
        work.refuse("42P17", message);
    } else if trigger.events.len() > 1 {
        let message = "transition tables cannot be specified for triggers with more than one event";
        work.refuse("0A000", message);
    } else if !trigger.columns.is_empty() {
        let message = "transition tables cannot be specified for triggers with column lists";
        work.refuse("0A000", message);
    }
}

/// A condition names the row before and the row after, as far as there is one.
fn when(work: &mut Work<'_>, trigger: &CreateTrigger, condition: &Expr, table: Option<&Relation>) {
    let mut inside = Vec::new();
    expr::subqueries(condition, &mut inside);
    if !inside.is_empty() {
        work.refuse("0A000", "cannot use subquery in trigger WHEN condition");
        return;
    }
    let mut named: Vec<(&Ident, &Ident)> = Vec::new();
    expr::visit(condition, &mut |part| {
        if let Expr::Column(path) = part
            && let [row, column] = path.as_slice()
            && (*row == "old" || *row == "new")
        {
            named.push((row, column));
        }
    });
    let table = table.filter(|table| table.columns_known);
    let missing = named.iter().find(|(_, column)| {
        table.is_some_and(|table| table.column(column).is_none()) && !is_system_column(column)
    });
    if let Some((row, column)) = missing {
        let message = format!("column {row}.{column} does not exist");
        work.refuse("42703", message);
    }
    let before = trigger.timing == "BEFORE";
    for (row, column) in named {
        let generated = table
            .and_then(|table| table.column(column))
            .is_some_and(|column| column.generated.is_some());
        let (sqlstate, message) = if !trigger.for_each_row {
            let message = "statement trigger's WHEN condition cannot reference column values";
            ("42P17", message)
        } else if *row == "old" && fires_on(trigger, "INSERT") {
            let message = "INSERT trigger's WHEN condition cannot reference OLD values";
            ("42P17", message)
        } else if *row == "new" && fires_on(trigger, "DELETE") {
            let message = "DELETE trigger's WHEN condition cannot reference NEW values";
            ("42P17", message)
        } else if *row == "new" && before && is_system_column(column) {
            let message = "BEFORE trigger's WHEN condition cannot reference NEW system columns";
            ("0A000", message)
        } else if *row == "new" && before && generated {
            let message = "BEFORE trigger's WHEN condition cannot reference NEW generated columns";
            ("42P17", message)
        } else {
            continue;
        };
        work.refuse(sqlstate, message);
    }
}
