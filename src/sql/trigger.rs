//! Reads `CREATE TRIGGER`.

use super::ast::{Change, ConstraintAttributes, CreateTrigger, Ident};
use super::constraint::attribute;
use super::reader::{Read, Reader};

/// Reads what follows `CREATE [OR REPLACE] [CONSTRAINT] TRIGGER`.
pub(crate) fn create_trigger(
    r: &mut Reader<'_>,
    or_replace: bool,
    constraint: bool,
) -> Read<Change> {
    let name = r.ident()?;
    let timing = r.eat_any(&["before", "after", "instead of"]);
    let timing = timing.ok_or_else(|| r.expected("BEFORE, AFTER or INSTEAD OF"))?;
    let (events, columns) = events(r)?;
    r.expect("on")?;
    let table = r.name()?;
    let from = if r.eat("from") { Some(r.name()?) } else { None };
    let mut attributes = ConstraintAttributes::default();
    while attribute(r, &mut attributes) {}
    let transition = r.eat("referencing");
    if transition {
        r.until_any(&["for", "when", "execute"]);
    }
    let mut for_each_row = false;
    if r.eat("for") {
        r.eat("each");
        for_each_row = r.eat("row");
        if !for_each_row {
            r.expect("statement")?;
        }
    }
    let condition = if r.eat("when") {
        Some(r.paren_expr()?)
    } else {
        None
    };
    r.expect("execute")?;
    if !r.eat("function") {
        r.expect("procedure")?;
    }
    let function = r.function_name()?;
    let arguments = r.parens();
    r.noted("arguments of the trigger", arguments);
    r.finish("trigger");
    Ok(Change::CreateTrigger(Box::new(CreateTrigger {
        name,
        table,
        or_replace,
        constraint,
        timing: timing.to_ascii_uppercase(),
        events,
        columns,
        from,
        initially_deferred: attributes.initially_deferred == Some(true),
        transition,
        for_each_row,
        condition,
        function,
    })))
}

/// Reads `INSERT OR UPDATE OF a, b OR ..`: the events and the columns of `UPDATE OF`.
fn events(r: &mut Reader<'_>) -> Read<(Vec<String>, Vec<Ident>)> {
    let (mut events, mut columns) = (Vec::new(), Vec::new());
    loop {
        let event = r.eat_any(&["insert", "update", "delete", "truncate"]);
        let event = event.ok_or_else(|| r.expected("an event"))?;
        events.push(event.to_ascii_uppercase());
        if event == "update" && r.eat("of") {
            columns = r.list(Reader::ident)?;
        }
        if !r.eat("or") {
            return Ok((events, columns));
        }
    }
}
