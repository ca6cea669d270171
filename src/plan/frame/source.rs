//! Places in a statement's own text: words outside strings, quotes, comments and parentheses.

use std::ops::Range;

/// The bare words and operator characters outside parentheses, in order.
fn outer(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let byte = |at: usize| bytes.get(at).copied().unwrap_or(0);
    let is_word = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b >= 0x80;
    let mut found = Vec::new();
    let (mut at, mut depth) = (0_usize, 0_usize);
    while at < bytes.len() {
        let start = at;
        match byte(at) {
            quote @ (b'\'' | b'"') => {
                let escapes = quote == b'\'' && at > 0 && matches!(byte(at - 1), b'e' | b'E');
                at += 1;
                while at < bytes.len() && byte(at) != quote {
                    at += if escapes && byte(at) == b'\\' { 2 } else { 1 };
                }
                at += 1;
            }
            b'-' if byte(at + 1) == b'-' => {
                while at < bytes.len() && byte(at) != b'\n' {
                    at += 1;
                }
            }
            b'/' if byte(at + 1) == b'*' => {
                let end = text.get(at + 2..).and_then(|rest| rest.find("*/"));
                at = end.map_or(bytes.len(), |end| at + 2 + end + 2);
            }
            b'$' => at = after_dollar_quote(text, at),
            b'(' | b'[' => {
                depth += 1;
                at += 1;
            }
            b')' | b']' => {
                depth = depth.saturating_sub(1);
                at += 1;
            }
            first if is_word(first) => {
                while is_word(byte(at)) || byte(at) == b'$' {
                    at += 1;
                }
                if depth == 0 {
                    found.push(start..at);
                }
            }
            b'=' | b',' if depth == 0 => {
                at += 1;
                found.push(start..at);
            }
            _ => at += 1,
        }
    }
    found
}

fn after_dollar_quote(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or("");
    let tag = rest
        .get(1..)
        .and_then(|rest| rest.find('$'))
        .map(|end| end + 2);
    let tag = tag.and_then(|end| rest.get(..end)).filter(|tag| {
        let inside = tag.trim_matches('$');
        inside.chars().all(|c| c.is_alphanumeric() || c == '_')
    });
    let Some(tag) = tag else { return at + 1 };
    let body = rest.get(tag.len()..).unwrap_or("");
    match body.find(tag) {
        Some(end) => at + tag.len() + end + tag.len(),
        None => text.len(),
    }
}

fn is(text: &str, range: &Range<usize>, word: &str) -> bool {
    let found = text.get(range.clone());
    found.is_some_and(|found| found.eq_ignore_ascii_case(word))
}

/// The values of `UPDATE t SET a = value, b = value [FROM ..] [WHERE ..] [RETURNING ..]`, in order.
pub(in crate::plan) fn assigned_values(update: &str) -> Option<Vec<&str>> {
    let words = outer(update);
    let set = words.iter().position(|word| is(update, word, "SET"))?;
    let mut rest = words.get(set + 1..)?.iter();
    let mut values = Vec::new();
    loop {
        let equals = rest.find(|word| is(update, word, "="))?;
        let (mut previous, mut end, mut more) = (equals, update.len(), false);
        for word in rest.by_ref() {
            more = is(update, word, ",");
            let from = is(update, word, "FROM") && !is(update, previous, "DISTINCT");
            if more || from || is(update, word, "WHERE") || is(update, word, "RETURNING") {
                end = word.start;
                break;
            }
            previous = word;
        }
        values.push(update.get(equals.end..end).map(str::trim)?);
        if !more {
            return Some(values);
        }
    }
}

/// What follows FROM, and what follows WHERE, in an UPDATE.
pub(in crate::plan) fn from_and_where(update: &str) -> (Option<&str>, Option<&str>) {
    let words = outer(update);
    let after_set = words.iter().position(|word| is(update, word, "SET"));
    let clause = |at: usize| {
        let word = words.get(at)?;
        let distinct = |at: usize| words.get(at).is_some_and(|one| is(update, one, "DISTINCT"));
        match at.checked_sub(1) {
            Some(before) if is(update, word, "FROM") && !distinct(before) => Some("FROM"),
            _ if is(update, word, "WHERE") => Some("WHERE"),
            _ if is(update, word, "RETURNING") => Some("RETURNING"),
            _ => None,
        }
    };
    let (mut from, mut filter) = (None, None);
    for at in after_set.map_or(words.len(), |set| set + 1)..words.len() {
        let Some(what) = clause(at) else { continue };
        let start = words.get(at).map_or(0, |word| word.end);
        let next = (at + 1..words.len()).find(|next| clause(*next).is_some());
        let end = next
            .and_then(|next| words.get(next))
            .map_or(update.len(), |word| word.start);
        let text = update.get(start..end).map(str::trim);
        match what {
            "FROM" if from.is_none() && filter.is_none() => from = text,
            "WHERE" if filter.is_none() => filter = text,
            _ => {}
        }
    }
    (from, filter)
}

/// A text with what closes it; on a line of its own where a comment may end the text.
pub(in crate::plan) fn closed(text: &str, with: &str) -> String {
    let line = if text.contains("--") { "\n" } else { "" };
    format!("{text}{line}{with}")
}

/// An UPDATE that leaves out what somebody has written already: for each column it gives a value, the condition that
/// nobody has, and the column as the statement can read it.
pub(in crate::plan) fn guarded(update: &str, columns: &[(String, String)]) -> Option<String> {
    let values = assigned_values(update)?;
    if values.len() != columns.len() || columns.is_empty() {
        return None;
    }
    let place = |part: &str| part.as_ptr().addr().checked_sub(update.as_ptr().addr());
    let untouched: Vec<&str> = columns
        .iter()
        .map(|(condition, _)| condition.as_str())
        .collect();
    let guard = untouched.join(" OR ");
    let (mut text, mut at) = (String::new(), 0);
    if let [_, _, ..] = columns {
        for (value, (condition, own)) in values.iter().zip(columns) {
            let (start, length) = (place(value)?, value.len());
            text += update.get(at..start)?;
            let value = closed(value, &format!(" ELSE {own} END"));
            text += &format!("CASE WHEN {condition} THEN {value}");
            at = start + length;
        }
    }
    match from_and_where(update).1 {
        Some(filter) => {
            let start = place(filter)?;
            text += update.get(at..start)?;
            text += &format!("({} AND ({guard})", closed(filter, ")"));
            at = start + filter.len();
            text += update.get(at..)?;
        }
        None => {
            let words = outer(update);
            let returning = words.iter().find(|word| is(update, word, "RETURNING"));
            let end = returning.map_or(update.len(), |word| word.start);
            text += update.get(at..end)?.trim_end();
            text += &format!("\nWHERE {guard}");
            if let Some(rest) = update.get(end..).filter(|rest| !rest.is_empty()) {
                text += &format!("\n{rest}");
            }
        }
    }
    Some(text)
}

/// `statement` with `CONCURRENTLY` behind its first word INDEX.
pub(in crate::plan) fn concurrently(statement: &str) -> Option<String> {
    let words = outer(statement);
    let index = words.iter().find(|word| is(statement, word, "INDEX"))?;
    let (before, after) = statement.split_at_checked(index.end)?;
    Some(format!("{before} CONCURRENTLY{after}"))
}

/// `CREATE x` as `CREATE OR REPLACE x`; unchanged where it says so.
pub(in crate::plan) fn or_replace(statement: &str) -> Option<String> {
    let words = outer(statement);
    let create = words.first().filter(|word| is(statement, word, "CREATE"))?;
    if words.get(1).is_some_and(|word| is(statement, word, "OR")) {
        return Some(statement.to_owned());
    }
    let (before, after) = statement.split_at_checked(create.end)?;
    Some(format!("{before} OR REPLACE{after}"))
}

/// `.. GENERATED ALWAYS AS ..` as `.. GENERATED BY DEFAULT AS ..`.
pub(in crate::plan) fn by_default(action: &str) -> Option<String> {
    let words = outer(action);
    let generated = words
        .iter()
        .position(|word| is(action, word, "GENERATED"))?;
    let always = words.get(generated + 1)?;
    let always = Some(always).filter(|word| is(action, word, "ALWAYS"))?;
    let before = action.get(..always.start)?;
    let after = action.get(always.end..)?;
    Some(format!("{before}BY DEFAULT{after}"))
}

/// `ADD FOREIGN KEY ..` as `ADD CONSTRAINT name FOREIGN KEY ..`; unchanged where it has a name.
pub(in crate::plan) fn named(action: &str, name: &str) -> Option<String> {
    let words = outer(action);
    let add = words.first().filter(|word| is(action, word, "ADD"))?;
    if words
        .get(1)
        .is_some_and(|word| is(action, word, "CONSTRAINT"))
    {
        return Some(action.to_owned());
    }
    let rest = action.get(add.end..)?;
    Some(format!("ADD CONSTRAINT {name}{rest}"))
}

/// A constraint written on a column as one of the table, without its name: `REFERENCES ..` as `FOREIGN KEY (column) REFERENCES ..`.
pub(in crate::plan) fn of_table(constraint: &str, column: &str) -> Option<String> {
    let words = outer(constraint);
    let word =
        |at: usize, wanted: &str| words.get(at).is_some_and(|one| is(constraint, one, wanted));
    let kinds = ["REFERENCES", "CHECK", "UNIQUE", "PRIMARY"];
    let first = (0..words.len()).find(|at| kinds.iter().any(|kind| word(*at, kind)))?;
    let start = words.get(first)?.start;
    if word(first, "CHECK") {
        return constraint.get(start..).map(str::to_owned);
    }
    if word(first, "REFERENCES") {
        return Some(format!(
            "FOREIGN KEY ({column}) {}",
            constraint.get(start..)?
        ));
    }
    let last = match () {
        () if word(first, "PRIMARY") => first + 1,
        () if word(first + 1, "NULLS") && word(first + 2, "NOT") => first + 3,
        () if word(first + 1, "NULLS") => first + 2,
        () => first,
    };
    let end = words.get(last)?.end;
    let (kind, rest) = (constraint.get(start..end)?, constraint.get(end..)?);
    Some(format!("{kind} ({column}){rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_assignments() {
        for (update, value) in [
            ("UPDATE t SET c = a + 1", "a + 1"),
            (
                "update t set c = 'where' || a where c is null",
                "'where' || a",
            ),
            (
                "UPDATE t SET c = (SELECT x FROM y WHERE z) RETURNING c",
                "(SELECT x FROM y WHERE z)",
            ),
            (
                "UPDATE t SET c = a IS DISTINCT FROM b FROM d WHERE e",
                "a IS DISTINCT FROM b",
            ),
            (
                "UPDATE t SET c = $$ where $$ -- where\n WHERE c = 1",
                "$$ where $$ -- where",
            ),
            (
                "UPDATE \"set = x\" SET c=E'\\'where'/* x */",
                "E'\\'where'/* x */",
            ),
        ] {
            assert_eq!(assigned_values(update), Some(vec![value]), "{update}");
        }
        assert_eq!(
            assigned_values("UPDATE t SET a = f(b, c), d = 'e, f = g' WHERE h = 1, i"),
            Some(vec!["f(b, c)", "'e, f = g'"])
        );
        assert_eq!(assigned_values("UPDATE t"), None);
    }

    #[test]
    fn clauses_of_updates() {
        for (update, from, filter) in [
            ("UPDATE t SET a = 1", None, None),
            ("UPDATE t SET a = s.b FROM s", Some("s"), None),
            (
                "UPDATE t SET a = b IS DISTINCT FROM c FROM s JOIN u ON s.x = u.x WHERE t.y = s.y RETURNING a",
                Some("s JOIN u ON s.x = u.x"),
                Some("t.y = s.y"),
            ),
            (
                "UPDATE t SET a = (SELECT b FROM s WHERE c) WHERE d -- e",
                None,
                Some("d -- e"),
            ),
        ] {
            assert_eq!(from_and_where(update), (from, filter), "{update}");
        }
        let one = [("t.a IS NULL".to_owned(), "t.a".to_owned())];
        for (update, wanted) in [
            (
                "UPDATE t SET a = 1",
                "UPDATE t SET a = 1\nWHERE t.a IS NULL",
            ),
            (
                "UPDATE t SET a = 1 RETURNING a",
                "UPDATE t SET a = 1\nWHERE t.a IS NULL\nRETURNING a",
            ),
            (
                "UPDATE t SET a = s.a FROM s WHERE s.b = t.b OR c -- d",
                "UPDATE t SET a = s.a FROM s WHERE (s.b = t.b OR c -- d\n) AND (t.a IS NULL)",
            ),
        ] {
            assert_eq!(guarded(update, &one).as_deref(), Some(wanted));
        }
        let two = [one[0].clone(), ("t.b = 0".to_owned(), "t.b".to_owned())];
        assert_eq!(
            guarded("UPDATE t SET a = 1, b = 2 WHERE c", &two).as_deref(),
            Some(
                "UPDATE t SET a = CASE WHEN t.a IS NULL THEN 1 ELSE t.a END, b = CASE WHEN t.b = 0 THEN 2 ELSE t.b END WHERE (c) AND (t.a IS NULL OR t.b = 0)"
            )
        );
        assert_eq!(guarded("UPDATE t SET a = 1", &two), None);
    }

    #[test]
    fn words_are_put_in() {
        assert_eq!(
            concurrently("CREATE UNIQUE INDEX /* INDEX */ \"index\" ON t (a)").as_deref(),
            Some("CREATE UNIQUE INDEX CONCURRENTLY /* INDEX */ \"index\" ON t (a)")
        );
        assert_eq!(
            or_replace("create view v AS SELECT 1").as_deref(),
            Some("create OR REPLACE view v AS SELECT 1")
        );
        assert_eq!(
            by_default("ALTER always ADD GENERATED always AS IDENTITY (START 2)").as_deref(),
            Some("ALTER always ADD GENERATED BY DEFAULT AS IDENTITY (START 2)")
        );
        assert_eq!(
            named("ADD foreign key (a) REFERENCES b", "c").as_deref(),
            Some("ADD CONSTRAINT c foreign key (a) REFERENCES b")
        );
        assert_eq!(
            named("ADD CONSTRAINT d CHECK (a > 0)", "c").as_deref(),
            Some("ADD CONSTRAINT d CHECK (a > 0)")
        );
    }

    #[test]
    fn constraints_of_columns_become_those_of_tables() {
        for (column, table) in [
            (
                "REFERENCES t ON DELETE CASCADE",
                "FOREIGN KEY (a) REFERENCES t ON DELETE CASCADE",
            ),
            ("CONSTRAINT \"check\" unique", "unique (a)"),
            (
                "UNIQUE NULLS NOT DISTINCT WITH (fillfactor = 70)",
                "UNIQUE NULLS NOT DISTINCT (a) WITH (fillfactor = 70)",
            ),
            ("CONSTRAINT c PRIMARY KEY", "PRIMARY KEY (a)"),
            (
                "CONSTRAINT c CHECK (a > 0) NO INHERIT",
                "CHECK (a > 0) NO INHERIT",
            ),
        ] {
            assert_eq!(of_table(column, "a").as_deref(), Some(table));
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in "\\PC{0,80}") {
            let _ = (assigned_values(&text), concurrently(&text), named(&text, "n"));
            let _ = of_table(&text, "a");
            let _ = from_and_where(&text);
        }
    }
}
