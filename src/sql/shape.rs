//! The shape of a query: its text without constants and comments, fit to be shown.

use super::token::{Lexeme, Lexer, TokenKind};

/// More than this many bytes of a shape are not shown.
const LONGEST: usize = 120;

/// A query with `?` for every constant, on one line and at most about 120 bytes long.
///
/// What the text ends in the middle of counts as a constant: the server shows only the beginning of a
/// long query (manual 18, `track_activity_query_size`).
pub fn query_shape(text: &str) -> String {
    let mut shape = String::new();
    let mut end = 0;
    for lexeme in Lexer::new(text) {
        let Lexeme::Token(token) = lexeme else {
            continue;
        };
        if token.span.start > end && !shape.is_empty() {
            shape.push(' ');
        }
        end = token.span.end;
        match token.kind {
            TokenKind::String
            | TokenKind::Dollar
            | TokenKind::Number
            | TokenKind::Variable
            | TokenKind::Backslash
            | TokenKind::Stray
            | TokenKind::Unclosed(_) => shape.push('?'),
            TokenKind::Word
            | TokenKind::Quoted
            | TokenKind::Parameter
            | TokenKind::Operator
            | TokenKind::Punctuation(_) => shape.push_str(token.span.text(text)),
        }
        if shape.len() > LONGEST {
            shape.push_str(" ...");
            break;
        }
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::query_shape;

    #[test]
    fn constants_and_comments_are_not_shown() {
        let cases = [
            (
                "SELECT *\n  FROM users -- of Bob\n WHERE name = 'Bob' AND id = $1 AND age > 30",
                "SELECT * FROM users WHERE name = ? AND id = $1 AND age > ?",
            ),
            (
                "INSERT INTO t VALUES (1,E'a\\'b',$$c$$)",
                "INSERT INTO t VALUES (?,?,?)",
            ),
            (
                "UPDATE \"Odd\" SET note = 'cut off in the mid",
                "UPDATE \"Odd\" SET note = ?",
            ),
            ("", ""),
        ];
        for (query, shape) in cases {
            assert_eq!(query_shape(query), shape);
        }
        let long = format!("SELECT {}", vec!["column_name"; 500].join(", "));
        assert!(query_shape(&long).len() < 150);
    }
}
