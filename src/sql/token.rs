//! PostgreSQL's lexical rules: text to tokens with byte spans, linear, for any input.

use super::Span;
use super::ast::Ident;
use super::quote::unquote_name;

/// A token that is no comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) span: Span,
}

/// The kinds of token (manual 18, section 4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// A keyword or a bare identifier.
    Word,
    /// `"name"` or `U&"name"`.
    Quoted,
    /// A string constant of any form, with those that continue it on the lines below.
    String,
    /// `$$ .. $$`.
    Dollar,
    /// A number.
    Number,
    /// `$1`.
    Parameter,
    /// `:name`, `:'name'`, `:"name"`: psql puts a value there.
    Variable,
    /// An operator, `::`, `:=`, `..` and `=>` among them.
    Operator,
    /// `, ( ) [ ] . ; :`.
    Punctuation(u8),
    /// A backslash and the rest of its line, which is psql's.
    Backslash,
    /// A character that no PostgreSQL token begins with.
    Stray,
    /// A string, quoted name or comment that the text ends in.
    Unclosed(Unclosed),
}

/// What the text ends in the middle of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unclosed {
    /// A string constant.
    String,
    /// A quoted identifier.
    Name,
    /// A dollar-quoted string.
    Dollar,
    /// A comment.
    Comment,
}

/// What the lexer meets next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lexeme {
    Token(Token),
    Comment(Span),
}

/// Reads a text token by token; the splitter may move it over lines that are not SQL.
#[derive(Debug, Clone)]
pub(crate) struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// The tokens of a text.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = Token> {
    Lexer::new(text).filter_map(|lexeme| match lexeme {
        Lexeme::Token(token) => Some(token),
        Lexeme::Comment(_) => None,
    })
}

/// Where a word first stands in a text, in any case: bare and outside of brackets.
pub(crate) fn find_word(text: &str, word: &str) -> Option<Span> {
    let mut depth = 0_usize;
    for Token { kind, span } in tokens(text) {
        match kind {
            TokenKind::Punctuation(b'(' | b'[') => depth += 1,
            TokenKind::Punctuation(b')' | b']') => depth = depth.saturating_sub(1),
            TokenKind::Word if depth == 0 && span.text(text).eq_ignore_ascii_case(word) => {
                return Some(span);
            }
            _ => {}
        }
    }
    None
}

/// Where a text names a type of that name: behind `::`, `TYPE` or `AS`, perhaps with its schema.
pub(crate) fn type_names(text: &str, ty: &Ident) -> Vec<Span> {
    let tokens: Vec<Token> = tokens(text).collect();
    let named = |token: &Token| match token.kind {
        TokenKind::Word => Ident::folded(token.span.text(text)) == *ty,
        TokenKind::Quoted => {
            let quoted = token.span.text(text);
            quoted.starts_with('"') && unquote_name(quoted) == ty.as_str()
        }
        _ => false,
    };
    let introduces = |token: &Token| {
        let word = token.span.text(text);
        match token.kind {
            TokenKind::Operator => word == "::",
            TokenKind::Word => word.eq_ignore_ascii_case("type") || word.eq_ignore_ascii_case("as"),
            _ => false,
        }
    };
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate().filter(|(_, token)| named(token)) {
        let before = |back: usize| at.checked_sub(back).and_then(|at| tokens.get(at));
        if before(1).is_some_and(introduces) {
            found.push(token.span);
        } else if before(1).is_some_and(|dot| dot.kind == TokenKind::Punctuation(b'.'))
            && before(3).is_some_and(introduces)
            && let Some(schema) = before(2)
        {
            found.push(Span::new(schema.span.start, token.span.end));
        }
    }
    found
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let at = if text.starts_with('\u{feff}') { 3 } else { 0 };
        Self {
            bytes: text.as_bytes(),
            at,
        }
    }

    /// Where the next lexeme is looked for.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// Goes on at that byte.
    pub(crate) fn move_to(&mut self, at: usize) {
        self.at = at;
    }

    fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    fn rest(&self, at: usize) -> &'a [u8] {
        self.bytes.get(at..).unwrap_or_default()
    }

    /// The first place from `at` on whose byte does not satisfy a test.
    fn run_end(&self, at: usize, test: impl Fn(u8) -> bool) -> usize {
        let run = self.rest(at).iter().take_while(|byte| test(**byte));
        at + run.count()
    }

    fn line_end(&self, at: usize) -> usize {
        self.run_end(at, |byte| byte != b'\n' && byte != b'\r')
    }

    /// The end of a nested comment that begins at `at`, or the end of the text.
    fn block_comment(&self, at: usize) -> Option<usize> {
        let mut depth = 0_usize;
        let mut here = at;
        while here < self.bytes.len() {
            match (self.byte(here), self.byte(here + 1)) {
                (b'/', b'*') => {
                    depth += 1;
                    here += 2;
                }
                (b'*', b'/') => {
                    depth -= 1;
                    here += 2;
                    if depth == 0 {
                        return Some(here);
                    }
                }
                _ => here += 1,
            }
        }
        None
    }

    /// The end of what a quote at `at` opens: the quote doubled stands for itself.
    fn quoted(&self, at: usize, escapes: bool) -> Option<usize> {
        let quote = self.byte(at);
        let mut here = at + 1;
        while here < self.bytes.len() {
            match self.byte(here) {
                b'\\' if escapes => here += 2,
                byte if byte == quote && self.byte(here + 1) == quote => here += 2,
                byte if byte == quote => return Some(here + 1),
                _ => here += 1,
            }
        }
        None
    }

    /// The end of a string and of those that continue it: only space with a newline in it, and
    /// `--` comments, may stand between them (manual 18, section 4.1.2.1).
    fn string(&self, at: usize, escapes: bool) -> Option<usize> {
        let mut end = self.quoted(at, escapes)?;
        while let Some(next) = self.continuation(end) {
            end = self.quoted(next, escapes)?;
        }
        Some(end)
    }

    /// Where the string that ended at `at` goes on.
    fn continuation(&self, at: usize) -> Option<usize> {
        let mut here = at;
        let mut newline = false;
        loop {
            match self.byte(here) {
                b'\n' | b'\r' => {
                    newline = true;
                    here += 1;
                }
                byte if is_space(byte) => here += 1,
                b'-' if self.byte(here + 1) == b'-' => here = self.line_end(here),
                b'\'' if newline => return Some(here),
                _ => return None,
            }
        }
    }

    /// The end of a dollar-quoted string whose opening tag ends at `body`.
    fn dollar(&self, at: usize, body: usize) -> Option<usize> {
        let tag = self.bytes.get(at..body)?;
        let mut here = body;
        loop {
            here = self.run_end(here, |byte| byte != b'$');
            let rest = self.rest(here);
            if rest.is_empty() {
                return None;
            }
            if rest.starts_with(tag) {
                return Some(here + tag.len());
            }
            here += 1;
        }
    }

    /// The end of the opening tag at `at`, if one stands there.
    fn dollar_tag(&self, at: usize) -> Option<usize> {
        let first = self.byte(at + 1);
        if first == b'$' {
            return Some(at + 2);
        }
        let end = self.run_end(at + 1, |byte| is_word_start(byte) || byte.is_ascii_digit());
        (is_word_start(first) && self.byte(end) == b'$').then_some(end + 1)
    }

    fn number(&self, at: usize) -> usize {
        let digits = |from| self.run_end(from, |byte| byte.is_ascii_digit() || byte == b'_');
        if self.byte(at) == b'0' && matches!(self.byte(at + 1) | 0x20, b'x' | b'o' | b'b') {
            return self.run_end(at + 2, |byte| byte.is_ascii_hexdigit() || byte == b'_');
        }
        let mut end = digits(at);
        if self.byte(end) == b'.' && self.byte(end + 1) != b'.' {
            end = digits(end + 1);
        }
        if self.byte(end) | 0x20 == b'e' {
            let sign = usize::from(matches!(self.byte(end + 1), b'+' | b'-'));
            if self.byte(end + 1 + sign).is_ascii_digit() {
                end = digits(end + 1 + sign);
            }
        }
        end
    }

    /// The end of the operator at `at`: a comment ends it, and one of several characters may end in
    /// `+` or `-` only if it holds one that no standard operator has (manual 18, section 4.1.3).
    fn operator(&self, at: usize) -> usize {
        let run = self.run_end(at, is_operator);
        let comment = (at..run).find(|here| {
            matches!(
                (self.byte(*here), self.byte(here + 1)),
                (b'-', b'-') | (b'/', b'*')
            )
        });
        let mut end = comment.unwrap_or(run);
        let own = self.bytes.get(at..end).unwrap_or_default();
        if !own.iter().any(|byte| b"~!@#^&|`?%".contains(byte)) {
            while end > at + 1 && matches!(self.byte(end - 1), b'+' | b'-') {
                end -= 1;
            }
        }
        end
    }

    /// The end of a psql variable at `at`; `a[1:n]` is a slice, and `a::t` a cast.
    fn variable(&self, at: usize) -> Option<usize> {
        let before = at.checked_sub(1).map_or(0, |index| self.byte(index));
        if is_word(before) || matches!(before, b']' | b')' | b':' | b'"' | b'\'') {
            return None;
        }
        match self.byte(at + 1) {
            b'\'' | b'"' => self.quoted(at + 1, false),
            b'{' => {
                let end = self.run_end(at + 1, |byte| byte != b'}' && byte != b'\n');
                (self.byte(end) == b'}').then_some(end + 1)
            }
            first if is_word_start(first) => Some(self.run_end(at + 1, is_word)),
            _ => None,
        }
    }

    /// The kind and end of the token at `at`.
    fn token(&self, at: usize) -> (TokenKind, usize) {
        let (first, second) = (self.byte(at), self.byte(at + 1));
        let len = self.bytes.len();
        let string = |quote, escapes| match self.string(quote, escapes) {
            Some(end) => (TokenKind::String, end),
            None => (TokenKind::Unclosed(Unclosed::String), len),
        };
        let name = |quote| match self.quoted(quote, false) {
            Some(end) => (TokenKind::Quoted, end),
            None => (TokenKind::Unclosed(Unclosed::Name), len),
        };
        match (first | 0x20, second) {
            (b'e', b'\'') => return string(at + 1, true),
            (b'b' | b'x' | b'n', b'\'') => return string(at + 1, false),
            (b'u', b'&') => match self.byte(at + 2) {
                b'\'' => return string(at + 2, false),
                b'"' => return name(at + 2),
                _ => {}
            },
            _ => {}
        }
        match first {
            b'\'' => string(at, false),
            b'"' => name(at),
            b'$' if second.is_ascii_digit() => (
                TokenKind::Parameter,
                self.run_end(at + 1, |byte| byte.is_ascii_digit()),
            ),
            b'$' => match self.dollar_tag(at) {
                Some(body) => match self.dollar(at, body) {
                    Some(end) => (TokenKind::Dollar, end),
                    None => (TokenKind::Unclosed(Unclosed::Dollar), len),
                },
                None => (TokenKind::Stray, at + 1),
            },
            b'.' if second.is_ascii_digit() => (TokenKind::Number, self.number(at)),
            b'.' if second == b'.' => (TokenKind::Operator, at + 2),
            b':' if matches!(second, b':' | b'=') => (TokenKind::Operator, at + 2),
            b':' => match self.variable(at) {
                Some(end) => (TokenKind::Variable, end),
                None => (TokenKind::Punctuation(b':'), at + 1),
            },
            b',' | b'(' | b')' | b'[' | b']' | b'.' | b';' => {
                (TokenKind::Punctuation(first), at + 1)
            }
            b'\\' => (TokenKind::Backslash, self.line_end(at)),
            _ if first.is_ascii_digit() => (TokenKind::Number, self.number(at)),
            _ if is_word_start(first) => (TokenKind::Word, self.run_end(at, is_word)),
            _ if is_operator(first) => (TokenKind::Operator, self.operator(at)),
            _ => (TokenKind::Stray, at + 1),
        }
    }
}

impl Iterator for Lexer<'_> {
    type Item = Lexeme;

    fn next(&mut self) -> Option<Lexeme> {
        let start = self.run_end(self.at, is_space);
        if start >= self.bytes.len() {
            self.at = self.bytes.len();
            return None;
        }
        let lexeme = match (self.byte(start), self.byte(start + 1)) {
            (b'-', b'-') => Lexeme::Comment(Span::new(start, self.line_end(start))),
            (b'/', b'*') => match self.block_comment(start) {
                Some(end) => Lexeme::Comment(Span::new(start, end)),
                None => Lexeme::Token(Token {
                    kind: TokenKind::Unclosed(Unclosed::Comment),
                    span: Span::new(start, self.bytes.len()),
                }),
            },
            _ => {
                let (kind, end) = self.token(start);
                Lexeme::Token(Token {
                    kind,
                    span: Span::new(start, end),
                })
            }
        };
        self.at = match lexeme {
            Lexeme::Token(token) => token.span.end,
            Lexeme::Comment(span) => span.end,
        };
        Some(lexeme)
    }
}

pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)
}

fn is_word_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn is_word(byte: u8) -> bool {
    is_word_start(byte) || byte.is_ascii_digit() || byte == b'$'
}

fn is_operator(byte: u8) -> bool {
    b"+-*/<>=~!@#%^&|`?".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lex(text: &str) -> String {
        let lexemes = Lexer::new(text).map(|lexeme| match lexeme {
            Lexeme::Comment(span) => format!("comment {}", span.text(text)),
            Lexeme::Token(token) => format!("{:?} {}", token.kind, token.span.text(text)),
        });
        lexemes.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn strings_end_where_postgresql_ends_them() {
        insta::assert_snapshot!(lex(
            "'it''s' E'a\\'b' U&'d\\0061' B'01' N'x' 'a'\n -- c\n 'b' 'c' 'd'\r\n'e' $$a;'b$$ $t$ $$ $t$ 'a\\'",
        ), @r"
        String 'it''s'
        String E'a\'b'
        String U&'d\0061'
        String B'01'
        String N'x'
        String 'a'
         -- c
         'b'
        String 'c'
        String 'd'
        'e'
        Dollar $$a;'b$$
        Dollar $t$ $$ $t$
        String 'a\'
        ");
    }

    #[test]
    fn operators_numbers_and_names() {
        insta::assert_snapshot!(lex(
            "a::int+-1 @-1 <>-- x\n*/*y*/1..10 .5e-3 0xFF 1_000 $1 a[1:n] :v :'v' \"q\"\"q\" U&\"d\" :=a$b {{x}} é /* a /* b */ c */ \\d t"
        ), @r#"
        Word a
        Operator ::
        Word int
        Operator +
        Operator -
        Number 1
        Operator @-
        Number 1
        Operator <>
        comment -- x
        Operator *
        comment /*y*/
        Number 1
        Operator ..
        Number 10
        Number .5e-3
        Number 0xFF
        Number 1_000
        Parameter $1
        Word a
        Punctuation(91) [
        Number 1
        Punctuation(58) :
        Word n
        Punctuation(93) ]
        Variable :v
        Variable :'v'
        Quoted "q""q"
        Quoted U&"d"
        Operator :=
        Word a$b
        Stray {
        Stray {
        Word x
        Stray }
        Stray }
        Word é
        comment /* a /* b */ c */
        Backslash \d t
        "#);
    }

    #[test]
    fn what_is_never_closed_reaches_the_end() {
        for text in [
            "'a",
            "\"a",
            "$a$ b $",
            "/* a /* b */",
            "E'a\\'",
            "U&'",
            "'a\n'\n'",
        ] {
            let last = Lexer::new(text).last();
            let Some(Lexeme::Token(Token {
                kind: TokenKind::Unclosed(_),
                span,
            })) = last
            else {
                panic!("{text}: {last:?}");
            };
            assert_eq!(span, Span::new(0, text.len()), "{text}");
        }
    }

    #[test]
    fn words_are_found_outside_of_everything_else() {
        let rest = |sql: &'static str| find_word(sql, "where").map(|at| &sql[at.start..]);
        assert_eq!(rest("UPDATE t SET a = 1"), None);
        assert_eq!(rest("UPDATE t SET a = 'where' WHERE b"), Some("WHERE b"));
        assert_eq!(
            rest(
                "update t set a = (select 1 where true), \"where\" = $x$ where $x$ -- where\n/* where /* where */ where */ where c"
            ),
            Some("where c")
        );
        assert_eq!(
            rest(r"update t set a = E'\' where ' where d"),
            Some("where d")
        );
        assert_eq!(rest("update wherever set a = $1 where e"), Some("where e"));
        assert_eq!(rest("update t set a = 'x /* "), None);
    }
}
