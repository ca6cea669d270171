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
            b'=' if depth == 0 => {
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

/// The value of the only assignment of `UPDATE t SET c = value [FROM ..] [WHERE ..] [RETURNING ..]`.
pub(super) fn assigned_value(update: &str) -> Option<&str> {
    let words = outer(update);
    let set = words.iter().position(|word| is(update, word, "SET"))?;
    let mut rest = words.get(set + 1..)?.iter();
    let equals = rest.find(|word| is(update, word, "="))?;
    let mut previous = equals;
    let mut end = update.len();
    for word in rest {
        let from = is(update, word, "FROM") && !is(update, previous, "DISTINCT");
        if from || is(update, word, "WHERE") || is(update, word, "RETURNING") {
            end = word.start;
            break;
        }
        previous = word;
    }
    update.get(equals.end..end).map(str::trim)
}

/// `statement` with `CONCURRENTLY` behind its first word INDEX.
pub(super) fn concurrently(statement: &str) -> Option<String> {
    let words = outer(statement);
    let index = words.iter().find(|word| is(statement, word, "INDEX"))?;
    let (before, after) = statement.split_at_checked(index.end)?;
    Some(format!("{before} CONCURRENTLY{after}"))
}

/// `ADD FOREIGN KEY ..` as `ADD CONSTRAINT name FOREIGN KEY ..`; unchanged where it has a name.
pub(super) fn named(action: &str, name: &str) -> Option<String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assigned_values() {
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
            assert_eq!(assigned_value(update), Some(value), "{update}");
        }
        assert_eq!(assigned_value("UPDATE t"), None);
    }

    #[test]
    fn words_are_put_in() {
        assert_eq!(
            concurrently("CREATE UNIQUE INDEX /* INDEX */ \"index\" ON t (a)").as_deref(),
            Some("CREATE UNIQUE INDEX CONCURRENTLY /* INDEX */ \"index\" ON t (a)")
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

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in "\\PC{0,80}") {
            let _ = (assigned_value(&text), concurrently(&text), named(&text, "n"));
        }
    }
}
