//! Cuts a file into statements as psql does, before anything is known of what they say.

use super::Span;
use super::keyword::begins_statement;
use super::token::{Lexeme, Lexer, Token, TokenKind, Unclosed};

/// One statement's tokens, or lines that are no SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) kind: PieceKind,
    /// From the first token to the last, the semicolon not included.
    pub(crate) span: Span,
    pub(crate) tokens: Vec<Token>,
    /// The comments before it and inside it.
    pub(crate) comments: Vec<Span>,
}

/// What a piece of a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PieceKind {
    /// A statement.
    Sql,
    /// A line for psql, or the data lines of a COPY.
    Psql,
    /// A statement that the text ends in the middle of, with the reason.
    Cut(String),
}

/// Cuts a text; the second part is the comments after the last piece.
pub(crate) fn split(text: &str) -> (Vec<Piece>, Vec<Span>) {
    let mut splitter = Splitter {
        text,
        lexer: Lexer::new(text),
        pieces: Vec::new(),
        tokens: Vec::new(),
        comments: Vec::new(),
        open: Vec::new(),
        atomic: Vec::new(),
    };
    splitter.run();
    (splitter.pieces, splitter.comments)
}

struct Splitter<'a> {
    text: &'a str,
    lexer: Lexer<'a>,
    pieces: Vec<Piece>,
    tokens: Vec<Token>,
    comments: Vec<Span>,
    /// Where the open parentheses stand.
    open: Vec<usize>,
    /// Where the open `BEGIN ATOMIC` and the `CASE`s inside it stand.
    atomic: Vec<usize>,
}

impl Splitter<'_> {
    fn run(&mut self) {
        while let Some(lexeme) = self.lexer.next() {
            let token = match lexeme {
                Lexeme::Comment(span) => {
                    self.comments.push(span);
                    continue;
                }
                Lexeme::Token(token) => token,
            };
            match token.kind {
                TokenKind::Punctuation(b';') if self.open.is_empty() && self.atomic.is_empty() => {
                    let copies = self.reads_copy_data();
                    self.end(PieceKind::Sql);
                    if copies {
                        self.copy_data();
                    }
                }
                TokenKind::Backslash => {
                    self.end(PieceKind::Sql);
                    self.tokens.push(token);
                    self.end(PieceKind::Psql);
                }
                TokenKind::Unclosed(what) => {
                    self.tokens.push(token);
                    let what = match what {
                        Unclosed::String => "string",
                        Unclosed::Name => "quoted name",
                        Unclosed::Dollar => "dollar-quoted string",
                        Unclosed::Comment => "comment",
                    };
                    self.cut(what, token.span.start);
                }
                _ => {
                    self.nest(token);
                    self.tokens.push(token);
                }
            }
        }
        if let Some(&at) = self.open.first() {
            self.cut("parenthesis", at);
        } else if let Some(&at) = self.atomic.first() {
            self.cut("`BEGIN ATOMIC`", at);
        } else {
            self.end(PieceKind::Sql);
        }
    }

    /// Ends the statement that the text ends in the middle of.
    fn cut(&mut self, what: &str, at: usize) {
        let before = self.text.get(..at).unwrap_or_default();
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        self.end(PieceKind::Cut(format!(
            "cut-off statement: the {what} that begins at line {line} is never closed"
        )));
    }

    fn end(&mut self, kind: PieceKind) {
        self.open.clear();
        self.atomic.clear();
        let tokens = std::mem::take(&mut self.tokens);
        if let (Some(first), Some(last)) = (tokens.first(), tokens.last()) {
            self.pieces.push(Piece {
                kind,
                span: Span::new(first.span.start, last.span.end),
                comments: std::mem::take(&mut self.comments),
                tokens,
            });
        }
    }

    fn is_word(&self, token: Option<&Token>, word: &str) -> bool {
        token.is_some_and(|token| {
            token.kind == TokenKind::Word && token.span.text(self.text).eq_ignore_ascii_case(word)
        })
    }

    /// Keeps count of what a semicolon cannot end: parentheses, and the body of an SQL routine.
    fn nest(&mut self, token: Token) {
        let is = |word| self.is_word(Some(&token), word);
        match token.kind {
            TokenKind::Punctuation(b'(') => self.open.push(token.span.start),
            TokenKind::Punctuation(b')') => drop(self.open.pop()),
            TokenKind::Word if self.atomic.is_empty() => {
                let begin = self.tokens.last().copied();
                if is("atomic") && self.is_word(begin.as_ref(), "begin") && self.makes_routine() {
                    self.atomic.extend(begin.map(|token| token.span.start));
                }
            }
            TokenKind::Word if is("case") => self.atomic.push(token.span.start),
            TokenKind::Word if is("end") => drop(self.atomic.pop()),
            _ => {}
        }
    }

    fn makes_routine(&self) -> bool {
        let mut words = self.tokens.iter();
        let create = self.is_word(words.next(), "create");
        let mut next = words.next();
        if self.is_word(next, "or") {
            words.next();
            next = words.next();
        }
        create && (self.is_word(next, "function") || self.is_word(next, "procedure"))
    }

    /// Whether psql takes the lines after this statement as data.
    fn reads_copy_data(&self) -> bool {
        self.is_word(self.tokens.first(), "copy")
            && self.tokens.windows(2).any(|pair| {
                self.is_word(pair.first(), "from") && self.is_word(pair.last(), "stdin")
            })
    }

    /// Whether a statement comes next: only psql sends data lines, any driver the whole file as SQL.
    fn goes_on_in_sql(&self, at: usize) -> bool {
        let mut ahead = Lexer::new(self.text);
        ahead.move_to(at);
        let first = ahead.find_map(|lexeme| match lexeme {
            Lexeme::Comment(_) => None,
            Lexeme::Token(token) => Some(token),
        });
        first.is_some_and(|token| {
            token.kind == TokenKind::Word
                && begins_statement(&token.span.text(self.text).to_ascii_lowercase())
        })
    }

    /// Takes the lines up to `\.` as a piece of their own.
    fn copy_data(&mut self) {
        let rest = |at: usize| self.text.get(at..).unwrap_or_default();
        let from = self.lexer.position();
        let Some(newline) = rest(from).find('\n') else {
            return;
        };
        let start = from + newline + 1;
        let mut end = start;
        let closed = rest(start).split_inclusive('\n').any(|line| {
            end += line.len();
            line.trim_end_matches(['\n', '\r']) == "\\."
        });
        if !closed && self.goes_on_in_sql(start) {
            return;
        }
        let data = rest(start).get(..end - start).unwrap_or_default();
        let span = Span::new(
            start + data.len() - data.trim_start().len(),
            start + data.trim_end().len(),
        );
        self.lexer.move_to(end);
        if span.start >= span.end {
            return;
        }
        self.tokens.push(Token {
            kind: TokenKind::Backslash,
            span,
        });
        if closed {
            self.end(PieceKind::Psql);
        } else {
            self.end(PieceKind::Cut(
                "data of COPY .. FROM stdin that no line `\\.` ends".to_owned(),
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> String {
        let (pieces, comments) = split(text);
        let lines = pieces.iter().map(|piece| {
            let own = piece.span.text(text).replace('\n', "⏎");
            format!("{:?} {} | {own}", piece.kind, piece.comments.len())
        });
        let mut lines: Vec<_> = lines.collect();
        lines.push(format!("{} comments after", comments.len()));
        lines.join("\n")
    }

    #[test]
    fn a_semicolon_ends_a_statement_unless_something_is_open() {
        insta::assert_snapshot!(cut(
            ";;SELECT 1; -- a\nCREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2);\nCREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN a THEN 1 END; SELECT 2; END; DO $$ ; $$ -- b"
        ), @"
        Sql 0 | SELECT 1
        Sql 1 | CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2)
        Sql 0 | CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN a THEN 1 END; SELECT 2; END
        Sql 1 | DO $$ ; $$
        0 comments after
        ");
    }

    #[test]
    fn psql_lines_and_copied_data_are_no_sql() {
        insta::assert_snapshot!(cut(
            "\\set x 'a;b\nCOPY t (a) FROM stdin;\n1;'\t2\n\\.\nSELECT 1 \\gset\nCOPY t TO stdout; copy t from STDIN;\n1\n"
        ), @r#"
        Psql 0 | \set x 'a;b
        Sql 0 | COPY t (a) FROM stdin
        Psql 0 | 1;'	2⏎\.
        Sql 0 | SELECT 1
        Psql 0 | \gset
        Sql 0 | COPY t TO stdout
        Sql 0 | copy t from STDIN
        Cut("data of COPY .. FROM stdin that no line `\\.` ends") 0 | 1
        0 comments after
        "#);
    }

    #[test]
    fn what_a_driver_sends_behind_copy_is_sql() {
        insta::assert_snapshot!(cut("COPY t FROM stdin;\n\n-- more\nDROP TABLE t;\n"), @"
        Sql 0 | COPY t FROM stdin
        Sql 1 | DROP TABLE t
        0 comments after
        ");
    }

    #[test]
    fn what_is_cut_off_says_where_it_begins() {
        insta::assert_snapshot!(cut("SELECT 1;\nSELECT '\n;"), @r#"
        Sql 0 | SELECT 1
        Cut("cut-off statement: the string that begins at line 2 is never closed") 0 | SELECT '⏎;
        0 comments after
        "#);
        insta::assert_snapshot!(cut("CREATE TABLE t (\na int;\nSELECT 1;"), @r#"
        Cut("cut-off statement: the parenthesis that begins at line 1 is never closed") 0 | CREATE TABLE t (⏎a int;⏎SELECT 1;
        0 comments after
        "#);
    }
}
