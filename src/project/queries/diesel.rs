//! Diesel's `table!`: each table is asked for all the columns that the application knows of it.

use super::rust_tokens::{Kind, Token};
use crate::compat::AppQuery;
use crate::sql::LineIndex;

/// One query per `table!` (diesel 2.2): what `table.load()` sends, which names every column.
///
/// What an INSERT leaves out is not seen in it.
pub(super) fn tables(file: &str, text: &str, tokens: &[Token], lines: &LineIndex) -> Vec<AppQuery> {
    let starts = tokens.windows(3).enumerate().filter(|(_, three)| {
        matches!(three, [
            Token { kind: Kind::Word(word), .. },
            Token { kind: Kind::Mark('!'), .. },
            Token { kind: Kind::Mark('{'), .. },
        ] if word == "table")
    });
    let found = starts.filter_map(|(at, _)| {
        let start = tokens.get(at)?.start;
        let table = Table::read(tokens.get(at + 3..)?)?;
        let columns: Vec<String> = table
            .columns
            .iter()
            .map(|name| format!("{}.{}", table.name, quoted(name)))
            .collect();
        let sql = format!("SELECT {} FROM {}", columns.join(", "), table.name);
        let line = lines.position(text, start).line;
        Some(AppQuery::new(
            format!("table {}", table.name),
            file,
            line,
            sql,
        ))
    });
    found.collect()
}

struct Table {
    /// As SQL writes it.
    name: String,
    columns: Vec<String>,
}

impl Table {
    /// Reads `#[sql_name = "x"] schema.name (id) { id -> Int4, ... }`.
    fn read(tokens: &[Token]) -> Option<Self> {
        let (mut parts, mut renamed) = (Vec::new(), None);
        let mut at = 0;
        loop {
            match &tokens.get(at)?.kind {
                Kind::Mark('#') => {
                    renamed = sql_name(tokens, at).or(renamed);
                    at = end_of(tokens, at + 1)?;
                }
                Kind::Word(word) if word == "use" => {
                    while tokens.get(at)?.kind != Kind::Mark(';') {
                        at += 1;
                    }
                }
                Kind::Word(word) => parts.push(word.clone()),
                Kind::Mark('(') => at = end_of(tokens, at)?,
                Kind::Mark('{') => break,
                _ => {}
            }
            at += 1;
        }
        if let (Some(last), Some(renamed)) = (parts.last_mut(), renamed) {
            *last = renamed;
        }
        let name: Vec<String> = parts.iter().map(|part| quoted(part)).collect();
        let columns = columns(tokens.get(at + 1..end_of(tokens, at)?)?);
        (!name.is_empty() && !columns.is_empty()).then(|| Self {
            name: name.join("."),
            columns,
        })
    }
}

fn columns(tokens: &[Token]) -> Vec<String> {
    let (mut all, mut renamed, mut at) = (Vec::new(), None, 0);
    while let Some(token) = tokens.get(at) {
        match &token.kind {
            Kind::Mark('#') => {
                renamed = sql_name(tokens, at).or(renamed);
                at = end_of(tokens, at + 1).unwrap_or(tokens.len());
            }
            Kind::Word(name)
                if tokens.get(at + 1).map(|token| &token.kind) == Some(&Kind::Mark('-'))
                    && tokens.get(at + 2).map(|token| &token.kind) == Some(&Kind::Mark('>')) =>
            {
                all.push(renamed.take().unwrap_or_else(|| name.clone()));
                // The type, to the comma.
                while tokens
                    .get(at)
                    .is_some_and(|token| token.kind != Kind::Mark(','))
                {
                    at += 1;
                }
            }
            _ => {}
        }
        at += 1;
    }
    all
}

/// The name in `#[sql_name = "x"]`.
fn sql_name(tokens: &[Token], at: usize) -> Option<String> {
    let Kind::Word(word) = &tokens.get(at + 2)?.kind else {
        return None;
    };
    match &tokens.get(at + 4)?.kind {
        Kind::Text(name) if word == "sql_name" => Some(name.clone()),
        _ => None,
    }
}

/// The place of the bracket that closes the one here.
fn end_of(tokens: &[Token], from: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(from) {
        match token.kind {
            Kind::Mark('(' | '[' | '{') => depth += 1,
            Kind::Mark(')' | ']' | '}') => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::queries::rust_tokens::tokens;

    #[test]
    fn tables_with_their_columns() {
        let text = r#"
diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::Mood;
    /// People.
    users (id) {
        /// The key.
        id -> Int8,
        #[max_length = 20]
        name -> Nullable<Varchar>,
        #[sql_name = "type"]
        kind -> Array<Nullable<Text>>,
    }
}
table! { app.roles (user_id, role) { user_id -> Int8, role -> Mood } }
diesel::joinable!(roles -> users (user_id));
"#;
        let found = tables("src/schema.rs", text, &tokens(text), &LineIndex::new(text));
        let found: Vec<_> = found
            .iter()
            .map(|query| (query.line, query.sql.as_str()))
            .collect();
        let expected = [
            (
                2,
                r#"SELECT "users"."id", "users"."name", "users"."type" FROM "users""#,
            ),
            (
                15,
                r#"SELECT "app"."roles"."user_id", "app"."roles"."role" FROM "app"."roles""#,
            ),
        ];
        assert_eq!(found, expected);
    }
}
