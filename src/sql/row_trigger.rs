//! What a row trigger's function in PL/pgSQL may do to the row that it is given.

use std::collections::BTreeSet;

use super::ast::Ident;
use super::quote::unquote_name;
use super::token::{Token, TokenKind, tokens};

/// The columns of `NEW` that a body of PL/pgSQL may set; none where it may hand back another row, or leave the row out
/// (manual 18, section 41.10.1).
pub(crate) fn columns_set(body: &str) -> Option<BTreeSet<Ident>> {
    let tokens = tokens(body).collect();
    let words = Words { body, tokens };
    let mut set = BTreeSet::new();
    let takes_results = words.takes_results();
    for at in 0..words.tokens.len() {
        if words.is(at, "return") && !(words.is(at + 1, "new") && words.is_mark(at + 2, b';')) {
            return None;
        }
        if !words.is(at, "new") || words.follows(at, &["return"]) {
            continue;
        }
        let named_anew = words.follows(at, &["for", "foreach"]);
        let dotted = words.is_mark(at + 1, b'.');
        let column = words.name(at + 2).filter(|_| dotted);
        match column {
            Some(column) => {
                let into_part = words.is_mark(at + 3, b'.') || words.is_mark(at + 3, b'[');
                if takes_results || named_anew || into_part || words.assigns(at + 3) {
                    set.insert(column);
                }
            }
            // A name with escapes may be any.
            None if dotted => return None,
            None if takes_results || named_anew || words.assigns(at + 1) => return None,
            None => {}
        }
    }
    Some(set)
}

/// The tokens of a body.
struct Words<'a> {
    body: &'a str,
    tokens: Vec<Token>,
}

impl Words<'_> {
    fn text(&self, at: usize) -> Option<(TokenKind, &str)> {
        let token = self.tokens.get(at)?;
        Some((token.kind, token.span.text(self.body)))
    }

    /// Whether a word, in any case or as a quoted name, stands there.
    fn is(&self, at: usize, word: &str) -> bool {
        self.text(at).is_some_and(|(kind, text)| match kind {
            TokenKind::Word => text.eq_ignore_ascii_case(word),
            TokenKind::Quoted => text.trim_matches('"') == word,
            _ => false,
        })
    }

    fn is_mark(&self, at: usize, mark: u8) -> bool {
        let kind = self.text(at).map(|(kind, _)| kind);
        kind == Some(TokenKind::Punctuation(mark))
    }

    fn follows(&self, at: usize, words: &[&str]) -> bool {
        at.checked_sub(1)
            .is_some_and(|before| words.iter().any(|word| self.is(before, word)))
    }

    fn name(&self, at: usize) -> Option<Ident> {
        match self.text(at)? {
            (TokenKind::Word, text) => Some(Ident::folded(text)),
            (TokenKind::Quoted, text) if text.starts_with('"') => {
                Some(Ident::new(unquote_name(text)))
            }
            _ => None,
        }
    }

    /// `:=`, or `=`, which assigns too; a comparison is taken for an assignment.
    fn assigns(&self, at: usize) -> bool {
        let operator = self.text(at);
        matches!(operator, Some((TokenKind::Operator, ":=" | "=")))
    }

    /// Whether a statement puts results into variables: `SELECT .. INTO`, `FETCH .. INTO`, `CALL` with outputs.
    fn takes_results(&self) -> bool {
        (0..self.tokens.len()).any(|at| {
            let into = self.is(at, "into") && !self.follows(at, &["insert", "merge"]);
            into || self.is(at, "call")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_that_a_trigger_sets() {
        for (body, expected) in [
            ("BEGIN RETURN NEW; END", Some(&[][..])),
            (
                "BEGIN new.changed := now(); IF NEW.a > 1 THEN RAISE 'no'; END IF; RETURN new; END",
                Some(&["changed"]),
            ),
            (
                "BEGIN INSERT INTO log VALUES (NEW.a, row_to_json(NEW)); RETURN NEW; END",
                Some(&[]),
            ),
            (
                "BEGIN SELECT max(b) INTO NEW.a FROM t; RETURN NEW; END",
                Some(&["a"]),
            ),
            (
                "BEGIN NEW.\"odd \"\"name\" := 1; RETURN NEW; END",
                Some(&["odd \"name"]),
            ),
            ("BEGIN NEW.U&\"\\0061\" := 1; RETURN NEW; END", None),
            (
                "BEGIN NEW.list[1] := 1; NEW.\"A\" = 2; RETURN NEW; END",
                Some(&["A", "list"]),
            ),
            (
                "BEGIN IF NEW.a IS NULL THEN RETURN NULL; END IF; RETURN NEW; END",
                None,
            ),
            ("BEGIN NEW := made(NEW); RETURN NEW; END", None),
            (
                "DECLARE r ALIAS FOR NEW; BEGIN r.a := 1; RETURN NEW; END",
                None,
            ),
            ("BEGIN SELECT * INTO NEW FROM t; RETURN NEW; END", None),
            ("BEGIN CALL fill(NEW.a); RETURN NEW; END", Some(&["a"])),
            ("BEGIN RETURN r; END", None),
        ] {
            let expected: Option<BTreeSet<Ident>> =
                expected.map(|names| names.iter().copied().map(Ident::new).collect());
            assert_eq!(columns_set(body), expected, "{body}");
        }
    }
}
