//! Reads what begins, ends and marks a transaction, and the settings of a session.

use super::ast::{Change, Setting, TransactionControl};
use super::reader::{Read, Reader};
use super::token::TokenKind;

/// Reads a transaction command whose first word has been read.
pub(crate) fn transaction(r: &mut Reader<'_>, verb: &str) -> Read<Change> {
    let control = match verb {
        "begin" | "start" => {
            r.take_rest();
            TransactionControl::Begin
        }
        "savepoint" => TransactionControl::Savepoint(r.ident()?),
        "release" => {
            r.eat("savepoint");
            TransactionControl::Release(r.ident()?)
        }
        _ if r.is("prepared") => {
            r.take_rest();
            return Ok(Change::Utility {
                command: format!("{verb}-prepared"),
                relations: Vec::new(),
                name: None,
                query: None,
            });
        }
        _ => end(r, verb)?,
    };
    r.finish("transaction command");
    Ok(Change::Transaction(control))
}

/// `COMMIT`, `END`, `ROLLBACK`, `ABORT`.
fn end(r: &mut Reader<'_>, verb: &str) -> Read<TransactionControl> {
    r.eat_any(&["work", "transaction"]);
    if r.eat("to") {
        r.eat("savepoint");
        return Ok(TransactionControl::RollbackTo(r.ident()?));
    }
    let chained = r.eat_any(&["and no chain", "and chain"]) == Some("and chain");
    Ok(match (verb, chained) {
        ("commit" | "end", false) => TransactionControl::Commit,
        ("commit" | "end", true) => TransactionControl::CommitAndChain,
        (_, false) => TransactionControl::Rollback,
        (_, true) => TransactionControl::RollbackAndChain,
    })
}

/// Reads what follows `SET`.
pub(crate) fn set(r: &mut Reader<'_>) -> Read<Change> {
    if r.is("session characteristics") {
        r.take_rest();
        return Ok(Change::Transaction(TransactionControl::Set {
            isolation: false,
        }));
    }
    if r.is("transaction") {
        return Ok(of_transaction(r));
    }
    if r.eat("constraints") {
        return Ok(setting(
            "constraints",
            false,
            vec![r.take_rest().to_owned()],
        ));
    }
    let local = r.eat("local");
    if !local {
        r.eat("session");
    }
    if r.is("transaction") {
        return Ok(of_transaction(r));
    }
    // These take a value without `TO` (manual 18, SET).
    let special = [
        "time zone",
        "role",
        "session authorization",
        "authorization",
        "names",
        "schema",
        "catalog",
        "xml option",
    ];
    let special = if r.word_at(1, "to") || !r.is_word() {
        None
    } else {
        r.eat_any(&special)
    };
    let name = match special {
        Some("time zone") => "timezone".to_owned(),
        Some("names") => "client_encoding".to_owned(),
        Some("schema") => "search_path".to_owned(),
        Some("authorization") => "session authorization".to_owned(),
        Some(words) => words.to_owned(),
        None => parameter(r)?,
    };
    let followed = special.is_some() || r.eat("to") || r.eat_operator("=") || r.eat("from current");
    if !followed {
        r.note(r.expected("TO"));
    }
    Ok(setting(&name, local, values(r)))
}

/// `TRANSACTION ISOLATION LEVEL ..`, or another of its modes.
fn of_transaction(r: &mut Reader<'_>) -> Change {
    let text = r.take_rest().to_ascii_lowercase();
    Change::Transaction(TransactionControl::Set {
        isolation: text.split_whitespace().any(|word| word == "isolation"),
    })
}

/// Reads what follows `RESET`.
pub(crate) fn reset(r: &mut Reader<'_>) -> Read<Change> {
    let name = match r.eat_any(&[
        "time zone",
        "session authorization",
        "transaction isolation level",
    ]) {
        Some("time zone") => "timezone".to_owned(),
        Some(words) => words.to_owned(),
        None => parameter(r)?,
    };
    r.finish("RESET");
    Ok(setting(&name, false, Vec::new()))
}

fn setting(name: &str, local: bool, values: Vec<String>) -> Change {
    Change::Set(Setting {
        name: name.to_owned(),
        local,
        values,
    })
}

fn parameter(r: &mut Reader<'_>) -> Read<String> {
    let parts = r.labels()?;
    let parts: Vec<String> = parts
        .iter()
        .map(|part| part.as_str().to_ascii_lowercase())
        .collect();
    Ok(parts.join("."))
}

/// Reads the values of a setting, quotes resolved; `DEFAULT` alone is no value.
fn values(r: &mut Reader<'_>) -> Vec<String> {
    if r.is("default") && r.peek_at(1).is_none() {
        r.take_rest();
        return Vec::new();
    }
    let items = r.items().into_iter();
    let items = items.inspect(|item| {
        let kind = |at: usize| item.peek_at(at).map(|token| token.kind);
        if (kind(0), kind(1)) == (Some(TokenKind::Number), Some(TokenKind::Word)) {
            item.note(format!("setting: `{}` must be quoted", item.rest_text()));
        }
    });
    let value = |mut item: Reader<'_>| match (item.peek().map(|token| token.kind), item.peek_at(1))
    {
        (Some(TokenKind::String | TokenKind::Dollar), None) => item.string().unwrap_or_default(),
        (Some(TokenKind::Word | TokenKind::Quoted), None) => item
            .label()
            .map(|name| name.to_string())
            .unwrap_or_default(),
        _ => item.take_rest().to_owned(),
    };
    items.map(value).collect()
}
