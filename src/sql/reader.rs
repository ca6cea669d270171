//! A cursor over the tokens of one statement, with what it could not read noted on the way.

use std::cell::RefCell;

use super::ast::{Expr, Ident, QualifiedName, SqlExpr};
use super::keyword::NameKind;
use super::token::{Token, TokenKind};
use super::{Span, keyword, quote};

/// What was read, or why not, as a lower-case fragment.
pub(crate) type Read<T> = Result<T, String>;

/// What could not be read inside one statement, in order.
#[derive(Debug, Default)]
pub(crate) struct Notes(RefCell<Vec<String>>);

impl Notes {
    pub(crate) fn into_inner(self) -> Vec<String> {
        self.0.into_inner()
    }
}

/// A cursor over some tokens of one statement. A clone is a bookmark.
#[derive(Debug, Clone)]
pub(crate) struct Reader<'a> {
    source: &'a str,
    tokens: &'a [Token],
    at: usize,
    notes: &'a Notes,
}

impl<'a> Reader<'a> {
    /// Stands before the first of these tokens of `source`.
    pub(crate) fn new(source: &'a str, tokens: &'a [Token], notes: &'a Notes) -> Self {
        let at = 0;
        Self {
            source,
            tokens,
            at,
            notes,
        }
    }

    /// The text all spans point into.
    pub(crate) fn source(&self) -> &'a str {
        self.source
    }

    /// Whether an operator, or `FROM` as in `IS DISTINCT FROM`, stands before: an operand comes next.
    pub(crate) fn follows_operator(&self) -> bool {
        let before = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        before.is_some_and(|token| {
            token.kind == TokenKind::Operator || self.text(*token).eq_ignore_ascii_case("from")
        })
    }

    /// Notes something inside the statement that was not read.
    pub(crate) fn note(&self, reason: impl Into<String>) {
        let reason = reason.into();
        let mut all = self.notes.0.borrow_mut();
        // What is tried in two ways is noted once.
        if !all.contains(&reason) {
            all.push(reason);
        }
    }

    /// Keeps what was read; notes why there is nothing, and what was being read.
    pub(crate) fn noted<T>(&self, what: &str, read: Read<T>) -> Option<T> {
        read.map_err(|reason| self.note(format!("{what}: {reason}")))
            .ok()
    }

    /// Notes what is left over after something was read whole.
    pub(crate) fn finish(&mut self, what: &str) {
        if !self.is_end() {
            let rest = self.shown_rest();
            let verbs = [
                "create",
                "alter",
                "drop",
                "insert into",
                "update",
                "delete from",
                "select",
            ];
            let hint = match verbs.iter().any(|verb| self.is(verb)) {
                true => "; is a semicolon missing before it?",
                false => "",
            };
            self.note(format!("{what}: `{rest}` was not expected{hint}"));
            self.at = self.tokens.len();
        }
    }

    /// The remaining text, cut short for a message.
    fn shown_rest(&self) -> String {
        let text = self.rest_text();
        let mut shown: String = text.chars().take(40).collect();
        if shown.len() < text.len() {
            shown.push('…');
        }
        shown
    }

    /// "expected .., found ..".
    pub(crate) fn expected(&self, what: &str) -> String {
        match self.peek() {
            Some(token) => {
                let found: String = self.text(token).chars().take(40).collect();
                format!("expected {what}, found `{found}`")
            }
            None => format!("expected {what}, found the end"),
        }
    }

    pub(crate) fn is_end(&self) -> bool {
        self.at >= self.tokens.len()
    }

    pub(crate) fn peek(&self) -> Option<Token> {
        self.peek_at(0)
    }

    pub(crate) fn peek_at(&self, ahead: usize) -> Option<Token> {
        self.tokens.get(self.at + ahead).copied()
    }

    pub(crate) fn bump(&mut self) -> Option<Token> {
        let token = self.peek()?;
        self.at += 1;
        Some(token)
    }

    pub(crate) fn text(&self, token: Token) -> &'a str {
        token.span.text(self.source)
    }

    /// The text of what has not been read yet.
    pub(crate) fn rest_text(&self) -> &'a str {
        self.span().text(self.source)
    }

    /// Takes the text of what has not been read yet.
    pub(crate) fn take_rest(&mut self) -> &'a str {
        let text = self.rest_text();
        self.at = self.tokens.len();
        text
    }

    /// The span of what has not been read yet.
    pub(crate) fn span(&self) -> Span {
        let end = self.tokens.last().map_or(0, |token| token.span.end);
        Span::new(self.peek().map_or(end, |token| token.span.start), end)
    }

    /// The span from where another bookmark stands up to here.
    pub(crate) fn span_since(&self, start: &Self) -> Span {
        let first = start.span().start;
        let last = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        Span::new(first, last.map_or(first, |token| token.span.end.max(first)))
    }

    /// Whether the token so far ahead is that bare word.
    pub(crate) fn word_at(&self, ahead: usize, word: &str) -> bool {
        self.peek_at(ahead).is_some_and(|token| {
            token.kind == TokenKind::Word && self.text(token).eq_ignore_ascii_case(word)
        })
    }

    /// Whether these words, parted by spaces, come next.
    pub(crate) fn is(&self, words: &str) -> bool {
        self.count(words).is_some()
    }

    /// How many these words are, if all of them come next.
    fn count(&self, words: &str) -> Option<usize> {
        let mut wanted = words.as_bytes();
        for ahead in 0.. {
            let token = self.peek_at(ahead)?;
            let (word, rest) = wanted.split_at_checked(self.text(token).len())?;
            if token.kind != TokenKind::Word
                || !word.eq_ignore_ascii_case(self.text(token).as_bytes())
            {
                return None;
            }
            match rest.split_first() {
                None => return Some(ahead + 1),
                Some((b' ', rest)) => wanted = rest,
                Some(_) => return None,
            }
        }
        None
    }

    /// Reads these words if all of them come next.
    pub(crate) fn eat(&mut self, words: &str) -> bool {
        let count = self.count(words);
        self.at += count.unwrap_or_default();
        count.is_some()
    }

    /// Reads the first of these phrases that comes next.
    pub(crate) fn eat_any<'w>(&mut self, phrases: &[&'w str]) -> Option<&'w str> {
        phrases.iter().find(|words| self.eat(words)).copied()
    }

    pub(crate) fn expect(&mut self, words: &str) -> Read<()> {
        if self.eat(words) {
            Ok(())
        } else {
            Err(self.expected(&words.to_ascii_uppercase()))
        }
    }

    /// Whether that punctuation comes next.
    pub(crate) fn is_punct(&self, mark: u8) -> bool {
        self.peek()
            .is_some_and(|token| token.kind == TokenKind::Punctuation(mark))
    }

    pub(crate) fn eat_punct(&mut self, mark: u8) -> bool {
        let found = self.is_punct(mark);
        self.at += usize::from(found);
        found
    }

    pub(crate) fn is_operator(&self, operator: &str) -> bool {
        self.peek()
            .is_some_and(|token| token.kind == TokenKind::Operator && self.text(token) == operator)
    }

    pub(crate) fn eat_operator(&mut self, operator: &str) -> bool {
        let found = self.is_operator(operator);
        self.at += usize::from(found);
        found
    }

    /// Whether a bare word comes next, any.
    pub(crate) fn is_word(&self) -> bool {
        self.peek()
            .is_some_and(|token| token.kind == TokenKind::Word)
    }

    /// Reads a bare word and gives it in lower case.
    pub(crate) fn word(&mut self) -> Read<String> {
        match self.peek() {
            Some(token) if token.kind == TokenKind::Word => {
                self.at += 1;
                Ok(self.text(token).to_ascii_lowercase())
            }
            _ => Err(self.expected("a word")),
        }
    }

    /// Reads what can be called by any word, reserved or not: an option, what stands behind a dot.
    pub(crate) fn label(&mut self) -> Read<Ident> {
        let read = self.peek().and_then(|token| match token.kind {
            TokenKind::Word => Some(Ident::folded(self.text(token))),
            TokenKind::Quoted => Some(Ident::new(quote::unquote_name(self.text(token)))),
            TokenKind::Variable => Some(Ident::new(self.text(token))),
            _ => None,
        });
        let read = read.ok_or_else(|| self.expected("a name"))?;
        self.at += 1;
        Ok(read)
    }

    /// Reads a name. What is reserved must be quoted: it is read and noted, since PostgreSQL takes it for something else.
    pub(crate) fn ident(&mut self) -> Read<Ident> {
        self.name_of(NameKind::Column)
    }

    /// Reads the name of a role or a language.
    pub(crate) fn role(&mut self) -> Read<Ident> {
        const SPOKEN: [&str; 3] = ["current_role", "current_user", "session_user"];
        match SPOKEN.iter().any(|word| self.is(word)) {
            true => self.label(),
            false => self.name_of(NameKind::Role),
        }
    }

    /// Reads the name of a parameter.
    pub(crate) fn parameter(&mut self) -> Read<Ident> {
        self.name_of(NameKind::Function)
    }

    fn name_of(&mut self, kind: NameKind) -> Read<Ident> {
        self.note_reserved(kind);
        self.label()
    }

    /// Notes that the word here can be no name of that kind.
    pub(crate) fn note_reserved(&self, kind: NameKind) {
        let bare = self.peek().filter(|token| token.kind == TokenKind::Word);
        let word = bare.map(|token| self.text(token).to_ascii_lowercase());
        if let Some(word) = word.filter(|word| keyword::must_be_quoted(word, kind)) {
            self.note(keyword::reserved(&word));
        }
    }

    /// Reads identifiers parted by dots.
    pub(crate) fn dotted(&mut self) -> Read<Vec<Ident>> {
        self.note_reserved(NameKind::Column);
        self.labels()
    }

    /// The same where any word will do.
    pub(crate) fn labels(&mut self) -> Read<Vec<Ident>> {
        let mut parts = vec![self.label()?];
        while self.eat_punct(b'.') {
            parts.push(self.label()?);
        }
        Ok(parts)
    }

    /// Reads a name that may carry its schema (and its database, which is dropped).
    pub(crate) fn name(&mut self) -> Read<QualifiedName> {
        self.qualified(NameKind::Column)
    }

    /// Reads the name of a function, which may carry its schema.
    pub(crate) fn function_name(&mut self) -> Read<QualifiedName> {
        self.qualified(NameKind::Function)
    }

    /// Reads the name of a type, which may carry its schema.
    pub(crate) fn type_name(&mut self) -> Read<QualifiedName> {
        self.qualified(NameKind::Type)
    }

    /// Reads a name that may carry its schema, in which case it is the schema that is a name as of a column.
    fn qualified(&mut self, kind: NameKind) -> Read<QualifiedName> {
        let schema = self
            .peek_at(1)
            .is_some_and(|next| next.kind == TokenKind::Punctuation(b'.'));
        match kind {
            // The schema of a type is one of a function, too (`GenericType`).
            NameKind::Type | NameKind::Role => self.note_reserved(kind),
            NameKind::Column | NameKind::Function if schema => {
                self.note_reserved(NameKind::Column);
            }
            NameKind::Column | NameKind::Function => self.note_reserved(kind),
        }
        let mut parts = self.labels()?;
        let name = parts.pop().ok_or_else(|| self.expected("a name"))?;
        let schema = parts.pop();
        Ok(QualifiedName { schema, name })
    }

    /// Reads a relation's name, with `ONLY` before it or `*` after it.
    pub(crate) fn relation(&mut self) -> Read<(QualifiedName, bool)> {
        let only = self.is("only") && !self.name_ends_here(1) && self.eat("only");
        let mut inner = match self.is_punct(b'(') {
            true if only => Some(self.parens()?),
            _ => None,
        };
        let name = inner.as_mut().unwrap_or(self).name()?;
        self.eat_operator("*");
        Ok((name, only))
    }

    /// Whether the token so far ahead cannot begin a name.
    fn name_ends_here(&self, ahead: usize) -> bool {
        self.peek_at(ahead).is_none_or(|token| match token.kind {
            TokenKind::Word | TokenKind::Quoted | TokenKind::Variable => false,
            TokenKind::Punctuation(mark) => mark != b'(',
            _ => true,
        })
    }

    /// Reads one thing after the other, parted by commas.
    pub(crate) fn list<T>(&mut self, mut one: impl FnMut(&mut Self) -> Read<T>) -> Read<Vec<T>> {
        let mut all = vec![one(self)?];
        while self.eat_punct(b',') {
            all.push(one(self)?);
        }
        Ok(all)
    }

    /// Reads identifiers in parentheses.
    pub(crate) fn ident_list(&mut self) -> Read<Vec<Ident>> {
        let mut inner = self.parens()?;
        let names = inner.list(Self::ident)?;
        inner.finish("list of names");
        Ok(names)
    }

    /// Reads a string constant and resolves its escapes.
    pub(crate) fn string(&mut self) -> Read<String> {
        let read = self.peek().and_then(|token| match token.kind {
            TokenKind::String | TokenKind::Dollar => Some(quote::unquote_string(self.text(token))),
            TokenKind::Variable => Some(self.text(token).to_owned()),
            _ => None,
        });
        let read = read.ok_or_else(|| self.expected("a string"))?;
        self.at += 1;
        if self.eat("uescape") {
            self.bump();
        }
        Ok(read)
    }

    /// Whether a string constant comes next.
    pub(crate) fn is_string(&self) -> bool {
        self.peek()
            .is_some_and(|token| matches!(token.kind, TokenKind::String | TokenKind::Dollar))
    }

    /// Reads a number with its sign and gives it as written.
    pub(crate) fn number(&mut self) -> Read<String> {
        let sign = if self.eat_operator("-") {
            "-"
        } else {
            self.eat_operator("+");
            ""
        };
        match self.peek() {
            Some(token) if matches!(token.kind, TokenKind::Number | TokenKind::Variable) => {
                self.at += 1;
                Ok(format!("{sign}{}", self.text(token)))
            }
            _ => Err(self.expected("a number")),
        }
    }

    /// Reads a parenthesised run and gives a reader of what is inside.
    pub(crate) fn parens(&mut self) -> Read<Self> {
        if !self.is_punct(b'(') {
            return Err(self.expected("`(`"));
        }
        let mut nesting = Nesting::default();
        let start = self.at + 1;
        while let Some(token) = self.bump() {
            nesting.pass(token.kind, "");
            if nesting.is_flat() {
                return Ok(self.slice(start, self.at - 1));
            }
        }
        Err("a parenthesis is never closed".to_owned())
    }

    fn slice(&self, start: usize, end: usize) -> Self {
        let tokens = self.tokens.get(start..end).unwrap_or_default();
        Self::new(self.source, tokens, self.notes)
    }

    /// What stands between this bookmark and another one after it.
    pub(crate) fn up_to(&self, later: &Self) -> Self {
        self.slice(self.at, later.at)
    }

    /// Takes everything that is left as a reader of its own.
    pub(crate) fn rest(&mut self) -> Self {
        let rest = self.slice(self.at, self.tokens.len());
        self.at = self.tokens.len();
        rest
    }

    /// Takes what stands before the first place, outside parentheses and CASE, where `stop` holds.
    pub(crate) fn until(&mut self, stop: impl Fn(&Self) -> bool) -> Self {
        let start = self.at;
        let mut nesting = Nesting::default();
        while let Some(token) = self.peek() {
            if nesting.is_flat() && stop(self) {
                break;
            }
            nesting.pass(token.kind, self.text(token));
            self.at += 1;
        }
        self.slice(start, self.at)
    }

    /// Takes what stands before the first of these phrases outside parentheses and CASE.
    pub(crate) fn until_any(&mut self, phrases: &[&str]) -> Self {
        self.until(|here| phrases.iter().any(|words| here.is(words)))
    }

    /// Cuts what is left at the commas outside parentheses.
    pub(crate) fn items(&mut self) -> Vec<Self> {
        let mut items = Vec::new();
        while !self.is_end() {
            items.push(self.until(|here| here.is_punct(b',')));
            if self.eat_punct(b',') && self.is_end() {
                items.push(self.slice(self.at, self.at));
            }
        }
        items
    }

    /// Reads all that is left as one expression.
    pub(crate) fn expr(&mut self) -> Read<SqlExpr> {
        let text = self.take_rest();
        if text.is_empty() {
            return Err("an expression is missing".to_owned());
        }
        let expr = super::expr::parse_expr(text);
        if let Expr::Unparsed(_) = expr {
            let shown: String = text.chars().take(40).collect();
            self.note(format!("expression `{shown}` has no tree"));
        }
        let text = text.to_owned();
        Ok(SqlExpr { text, expr })
    }

    /// Reads an expression in parentheses.
    pub(crate) fn paren_expr(&mut self) -> Read<SqlExpr> {
        self.parens()?.expr()
    }
}

/// How deep in brackets and CASE a place is.
#[derive(Debug, Default)]
struct Nesting {
    brackets: usize,
    cases: usize,
}

impl Nesting {
    fn is_flat(&self) -> bool {
        self.brackets == 0 && self.cases == 0
    }

    fn pass(&mut self, kind: TokenKind, text: &str) {
        match kind {
            TokenKind::Punctuation(b'(' | b'[') => self.brackets += 1,
            TokenKind::Punctuation(b')' | b']') => {
                self.brackets = self.brackets.saturating_sub(1);
            }
            TokenKind::Word if text.eq_ignore_ascii_case("case") => self.cases += 1,
            TokenKind::Word if text.eq_ignore_ascii_case("end") => {
                self.cases = self.cases.saturating_sub(1);
            }
            _ => {}
        }
    }
}
