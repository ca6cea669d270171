//! The road into sqlparser: tokens mended to what it reads, nesting bounded, its panics caught.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Location, Span, Token, TokenWithSpan, Tokenizer, Whitespace, Word};

use super::rewrite::rewritten;
use super::{keyword, plain};

/// Begins a quoted name that carries source text sqlparser cannot read in that place.
pub(super) const EXCISED: char = '\u{1}';

/// Operators that may hang on one another; more would make a tree too deep to walk.
const MAX_DEPTH: usize = 500;

/// Lets `read` parse the whole of `text`; placeholders in any style have become `$n`.
///
/// # Errors
/// A lower-case fragment that says what could not be read.
pub(super) fn read<T>(
    text: &str,
    read: impl Fn(&mut Parser<'_>) -> Result<T, ParserError>,
) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(|| {
        let tokens = significant(text)?;
        if depth(&tokens) > MAX_DEPTH {
            return Err(format!("nested deeper than {MAX_DEPTH}"));
        }
        let first = whole(mended(text, tokens), &read);
        // The rarer forms cost a second look; what even that does not read keeps the first reason.
        first.or_else(|reason| {
            let tokens = rewritten(&significant(text)?);
            match depth(&tokens) > MAX_DEPTH {
                true => Err(reason),
                false => whole(mended(text, tokens), &read).map_err(|_| reason),
            }
        })
    }))
    .unwrap_or_else(|_| Err("the parser gave up".to_owned()))
}

/// Lets `read` parse all of these tokens.
fn whole<T>(
    tokens: Vec<TokenWithSpan>,
    read: &impl Fn(&mut Parser<'_>) -> Result<T, ParserError>,
) -> Result<T, String> {
    if depth(&tokens) > MAX_DEPTH {
        return Err(format!("nested deeper than {MAX_DEPTH}"));
    }
    let mut parser = Parser::new(&PostgreSqlDialect {}).with_tokens_with_locations(tokens);
    let value = read(&mut parser).map_err(fragment)?;
    while parser.consume_token(&Token::SemiColon) {}
    match parser.peek_token().token {
        Token::EOF => Ok(value),
        other => Err(format!("unexpected {other} after the end of the statement")),
    }
}

fn fragment(error: ParserError) -> String {
    match error {
        ParserError::TokenizerError(text) | ParserError::ParserError(text) => {
            let mut letters = text.chars();
            let first = letters.next().map(|c| c.to_ascii_lowercase());
            first.into_iter().chain(letters).collect()
        }
        ParserError::RecursionLimitExceeded => "nested too deep".to_owned(),
    }
}

/// An upper bound of the depth of the tree these tokens make.
fn depth(tokens: &[TokenWithSpan]) -> usize {
    // For each open parenthesis: operators since the last comma, and the most seen before it.
    let mut open = vec![(0_usize, 0_usize)];
    for token in tokens {
        let flat = match &token.token {
            Token::LParen | Token::LBracket => {
                open.push((1, 0));
                continue;
            }
            Token::RParen | Token::RBracket => {
                if let (true, Some((now, most))) = (open.len() > 1, open.pop())
                    && let Some(outer) = open.last_mut()
                {
                    outer.0 += now.max(most);
                }
                continue;
            }
            Token::Comma => {
                if let Some((now, most)) = open.last_mut() {
                    *most = (*most).max(*now);
                    *now = 0;
                }
                continue;
            }
            Token::Word(word) => {
                word.quote_style.is_some()
                    || !matches!(
                        word.keyword,
                        Keyword::AND
                            | Keyword::OR
                            | Keyword::NOT
                            | Keyword::IS
                            | Keyword::LIKE
                            | Keyword::ILIKE
                            | Keyword::UNION
                            | Keyword::EXCEPT
                            | Keyword::INTERSECT
                            | Keyword::JOIN
                            | Keyword::CASE
                            | Keyword::COLLATE
                            | Keyword::AT
                    )
            }
            Token::Number(..)
            | Token::SingleQuotedString(_)
            | Token::EscapedStringLiteral(_)
            | Token::Placeholder(_)
            | Token::Period
            | Token::SemiColon => true,
            _ => false,
        };
        if let (false, Some(level)) = (flat, open.last_mut()) {
            level.0 += 1;
        }
    }
    open.iter().map(|(now, most)| now.max(most)).sum()
}

/// The tokens without space and comments, with constants on consecutive lines put together.
fn significant(text: &str) -> Result<Vec<TokenWithSpan>, String> {
    match plain::tokens(text) {
        Some(tokens) => Ok(tokens),
        None => tokenized(text),
    }
}

/// The same by sqlparser's tokenizer.
pub(super) fn tokenized(text: &str) -> Result<Vec<TokenWithSpan>, String> {
    // A token and the space after it are seldom less than five bytes together.
    let mut tokens = Vec::with_capacity(text.len() / 5);
    Tokenizer::new(&PostgreSqlDialect {}, text)
        .tokenize_with_location_into_buf(&mut tokens)
        .map_err(|error| error.to_string().to_ascii_lowercase())?;
    join_operators(&mut tokens);
    let mut input: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len() / 2 + 1);
    let mut newline = false;
    for token in tokens {
        match (&token.token, input.last_mut().map(|last| &mut last.token)) {
            (Token::Whitespace(space), _) => {
                newline |= matches!(
                    space,
                    Whitespace::Newline | Whitespace::SingleLineComment { .. }
                );
                continue;
            }
            // Constants on consecutive lines are one (manual 18, section 4.1.2.1).
            (Token::SingleQuotedString(more), Some(Token::SingleQuotedString(text))) if newline => {
                text.push_str(more);
            }
            _ => input.push(token),
        }
        newline = false;
    }
    Ok(input)
}

/// Puts together operators such as `<+>` that sqlparser's tokenizer cuts in pieces, and takes the sign from `>=-1`
/// (manual 18, section 4.1.3).
fn join_operators(tokens: &mut Vec<TokenWithSpan>) {
    let mut at = 0;
    while at < tokens.len() {
        unsign(tokens, at);
        let run = tokens
            .iter()
            .skip(at)
            .map_while(|one| part_of_operator(&one.token));
        let parts: Vec<Cow<'_, str>> = run.collect();
        if parts.len() < 2 {
            at += parts.len().max(1);
            continue;
        }
        let mut count = parts.len();
        // `=@name`: the last one begins a parameter.
        let behind = tokens.get(at + count).map(|one| &one.token);
        if parts.last().is_some_and(|last| last == "@") && matches!(behind, Some(Token::Word(_))) {
            count -= 1;
        }
        let special = |count: usize| {
            let mut all = parts.iter().take(count);
            all.any(|part| part.contains(SPECIAL))
        };
        let signed = |count: usize| {
            let last = count.checked_sub(1).and_then(|last| parts.get(last));
            last.is_some_and(|last| last.ends_with(['+', '-']))
        };
        while count > 1 && signed(count) && !special(count) {
            count -= 1;
        }
        if count > 1 {
            let symbol = parts.iter().take(count).map(Cow::as_ref).collect();
            if let Some(first) = tokens.get_mut(at) {
                first.token = Token::CustomBinaryOperator(symbol);
            }
            tokens.drain(at + 1..at + count);
        }
        at += 1;
    }
}

/// The characters with which an operator may end in a sign.
const SPECIAL: [char; 10] = ['~', '!', '@', '#', '%', '^', '&', '|', '`', '?'];

/// Takes the signs from the end of an operator that cannot end in one.
fn unsign(tokens: &mut Vec<TokenWithSpan>, at: usize) {
    let Some(TokenWithSpan {
        token: Token::CustomBinaryOperator(symbol),
        span,
    }) = tokens.get_mut(at)
    else {
        return;
    };
    let bare = symbol.trim_end_matches(['+', '-']).to_owned();
    if symbol.contains(SPECIAL) || bare.is_empty() || bare.len() == symbol.len() {
        return;
    }
    let span = *span;
    let signs: Vec<Token> = symbol
        .chars()
        .skip(bare.len())
        .map(|sign| match sign {
            '+' => Token::Plus,
            _ => Token::Minus,
        })
        .collect();
    let known = match bare.as_str() {
        "<" => Token::Lt,
        ">" => Token::Gt,
        "=" => Token::Eq,
        "<>" => Token::Neq,
        "<=" => Token::LtEq,
        ">=" => Token::GtEq,
        "->" => Token::Arrow,
        "->>" => Token::LongArrow,
        "<<" => Token::ShiftLeft,
        ">>" => Token::ShiftRight,
        _ => Token::CustomBinaryOperator(bare),
    };
    let all = std::iter::once(known).chain(signs);
    let all: Vec<TokenWithSpan> = all.map(|token| TokenWithSpan { token, span }).collect();
    tokens.splice(at..=at, all);
}

/// What a token adds to an operator that it may be a part of.
fn part_of_operator(token: &Token) -> Option<Cow<'_, str>> {
    match token {
        Token::CustomBinaryOperator(symbol) => Some(Cow::Borrowed(symbol)),
        Token::Eq => Some(Cow::Borrowed("=")),
        Token::Mul => Some(Cow::Borrowed("*")),
        // Placeholders, and whatever is no operator.
        Token::Question
        | Token::Placeholder(_)
        | Token::Word(_)
        | Token::Number(..)
        | Token::SingleQuotedString(_)
        | Token::LParen
        | Token::RParen
        | Token::Comma
        | Token::Period
        | Token::DoubleColon
        | Token::Colon
        | Token::Whitespace(_) => None,
        other => {
            let symbol = other.to_string();
            let is_part = symbol
                .bytes()
                .all(|byte| b"+-*/<>=~!@#%^&|`?".contains(&byte));
            (is_part && !symbol.is_empty()).then_some(Cow::Owned(symbol))
        }
    }
}

/// The tokens with the forms sqlparser lacks and applications use rewritten.
fn mended(text: &str, input: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    if !input.iter().any(|token| may_need_mending(&token.token)) {
        return input;
    }
    let mut mender = Mender {
        text,
        lines: line_starts(text),
        output: Vec::with_capacity(input.len()),
        input,
        names: Vec::new(),
        positional: 0,
    };
    let mut at = 0;
    while at < mender.input.len() {
        at += mender.step(at);
    }
    mender.output
}

/// Whether a form that sqlparser lacks may begin with this token.
fn may_need_mending(token: &Token) -> bool {
    match token {
        Token::Question | Token::Placeholder(_) | Token::Colon | Token::AtSign | Token::Mul => true,
        Token::Word(word) => {
            matches!(word.keyword, Keyword::FOR | Keyword::ON)
                || word.value.eq_ignore_ascii_case("sqlc")
        }
        _ => false,
    }
}

fn line_starts(text: &str) -> Vec<usize> {
    let newlines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
    std::iter::once(0)
        .chain(newlines.map(|(at, _)| at + 1))
        .collect()
}

struct Mender<'a> {
    text: &'a str,
    lines: Vec<usize>,
    /// What has been kept is gone from here.
    input: Vec<TokenWithSpan>,
    output: Vec<TokenWithSpan>,
    /// Named parameters in the order they first appear.
    names: Vec<String>,
    positional: usize,
}

impl Mender<'_> {
    /// Whether the value of a key stands there: `json_object('a' VALUE ?)`. Elsewhere `value` is the name of a column.
    fn is_json_value(&self, at: usize) -> bool {
        let ends = |token: &TokenWithSpan| matches!(token.token, Token::Comma | Token::RParen);
        let before = self.output.last().map(|token| &token.token);
        matches!(before, Some(Token::Word(word)) if word.keyword == Keyword::VALUE)
            && self.input.get(at + 1).is_none_or(ends)
    }

    /// Writes what the tokens from `at` on become and gives how many were read, at least one.
    fn step(&mut self, at: usize) -> usize {
        let Some(token) = self.input.get(at) else {
            return 1;
        };
        let operand_before = || self.output.last().is_some_and(ends_operand);
        match &token.token {
            Token::Question if !operand_before() || self.is_json_value(at) => {
                let span = token.span;
                self.positional += 1;
                self.parameter(self.positional, span);
                1
            }
            Token::Placeholder(name) if !is_numbered(name) => {
                let (name, span) = (name.clone(), token.span);
                let number = self.number(&name);
                self.parameter(number, span);
                1
            }
            Token::Colon | Token::AtSign if !operand_before() => match self.word(at + 1) {
                Some(name) if self.touches(at) => {
                    let (name, span) = (name.value.clone(), token.span);
                    let number = self.number(&name);
                    self.parameter(number, span);
                    2
                }
                _ => self.keep(at, 1),
            },
            // `(a).*`: a field named `*`.
            Token::Mul if matches!(self.output.as_slice(), [.., close, dot] if close.token == Token::RParen && dot.token == Token::Period) =>
            {
                self.quoted("*".to_owned(), token.span);
                1
            }
            Token::Word(word) if word.value.eq_ignore_ascii_case("sqlc") => self.sqlc(at),
            Token::Word(word) if word.keyword == Keyword::FOR => self.locking(at),
            Token::Word(word)
                if word.keyword == Keyword::ON
                    && self.keyword(at + 1) == Some(Keyword::CONFLICT)
                    && self.token(at + 2) == Some(&Token::LParen) =>
            {
                self.arbiter(at)
            }
            _ => self.keep(at, 1),
        }
    }

    fn token(&self, at: usize) -> Option<&Token> {
        self.input.get(at).map(|token| &token.token)
    }

    fn word(&self, at: usize) -> Option<&Word> {
        match self.token(at)? {
            Token::Word(word) => Some(word),
            _ => None,
        }
    }

    fn keyword(&self, at: usize) -> Option<Keyword> {
        self.word(at)
            .filter(|word| word.quote_style.is_none())
            .map(|word| word.keyword)
    }

    fn touches(&self, at: usize) -> bool {
        matches!(
            (self.input.get(at), self.input.get(at + 1)),
            (Some(one), Some(next)) if one.span.end == next.span.start
        )
    }

    fn keep(&mut self, at: usize, count: usize) -> usize {
        let gone = || TokenWithSpan::new_eof();
        let kept = self.input.get_mut(at..at + count).unwrap_or_default();
        let kept = kept
            .iter_mut()
            .map(|token| std::mem::replace(token, gone()));
        self.output.extend(kept);
        count
    }

    fn number(&mut self, name: &str) -> usize {
        let known = self.names.iter().position(|known| known == name);
        known.map_or_else(
            || {
                self.names.push(name.to_owned());
                self.names.len()
            },
            |at| at + 1,
        )
    }

    fn parameter(&mut self, number: usize, span: Span) {
        let token = Token::Placeholder(format!("${number}"));
        self.output.push(TokenWithSpan { token, span });
    }

    fn quoted(&mut self, value: String, span: Span) {
        let word = Word {
            value,
            quote_style: Some('"'),
            keyword: Keyword::NoKeyword,
        };
        let token = Token::Word(word);
        self.output.push(TokenWithSpan { token, span });
    }

    fn carry(&mut self, text: &str, span: Span) {
        self.quoted(format!("{EXCISED}{text}"), span);
    }

    /// `sqlc.arg(x)`, `sqlc.narg(x)` and `sqlc.slice(x)` are parameters, `sqlc.embed(t)` is `t.*`.
    fn sqlc(&mut self, at: usize) -> usize {
        let shape = (
            self.token(at + 1),
            self.word(at + 2),
            self.token(at + 3),
            self.token(at + 4),
            self.token(at + 5),
        );
        let (
            Some(Token::Period),
            Some(what),
            Some(Token::LParen),
            Some(inner),
            Some(Token::RParen),
        ) = shape
        else {
            return self.keep(at, 1);
        };
        let span = self.input.get(at).map_or(Span::empty(), |token| token.span);
        let name = match inner {
            Token::Word(word) => word.value.clone(),
            Token::SingleQuotedString(text) => text.clone(),
            _ => return self.keep(at, 1),
        };
        match what.value.to_ascii_lowercase().as_str() {
            "arg" | "narg" | "slice" => {
                let number = self.number(&name);
                self.parameter(number, span);
            }
            "embed" => {
                self.keep(at + 4, 1);
                for token in [Token::Period, Token::Mul] {
                    self.output.push(TokenWithSpan { token, span });
                }
            }
            _ => return self.keep(at, 1),
        }
        6
    }

    /// `FOR NO KEY UPDATE OF a, b SKIP LOCKED` becomes `FOR UPDATE OF` a name that carries the words.
    fn locking(&mut self, at: usize) -> usize {
        let words: &[Keyword] = match (
            self.keyword(at + 1),
            self.keyword(at + 2),
            self.keyword(at + 3),
        ) {
            (Some(Keyword::UPDATE), ..) => &[Keyword::UPDATE],
            (Some(Keyword::SHARE), ..) => &[Keyword::SHARE],
            (Some(Keyword::KEY), Some(Keyword::SHARE), _) => &[Keyword::KEY, Keyword::SHARE],
            (Some(Keyword::NO), Some(Keyword::KEY), Some(Keyword::UPDATE)) => {
                &[Keyword::NO, Keyword::KEY, Keyword::UPDATE]
            }
            _ => return self.keep(at, 1),
        };
        let mut text = String::from("FOR");
        for word in words {
            text.push_str(&format!(" {word:?}"));
        }
        let mut end = at + 1 + words.len();
        let mut names = Vec::new();
        if self.keyword(end) == Some(Keyword::OF) {
            end += 1;
            let start = end;
            while matches!(self.token(end), Some(Token::Period | Token::Comma))
                || (self.word(end).is_some()
                    && !matches!(
                        self.keyword(end),
                        Some(
                            Keyword::NOWAIT
                                | Keyword::SKIP
                                | Keyword::FOR
                                | Keyword::LIMIT
                                | Keyword::OFFSET
                                | Keyword::FETCH
                        )
                    ))
            {
                end += 1;
            }
            names.extend((start..end).filter_map(|at| self.word(at)).map(|word| {
                match word.quote_style {
                    Some(_) => word.value.clone(),
                    None => word.value.to_ascii_lowercase(),
                }
            }));
        }
        if !names.is_empty() {
            text.push_str(&format!(" OF {}", names.join(", ")));
        }
        if self.keyword(end) == Some(Keyword::NOWAIT) {
            text.push_str(" NOWAIT");
            end += 1;
        } else if self.keyword(end) == Some(Keyword::SKIP) {
            text.push_str(" SKIP LOCKED");
            end += 2;
        }
        let span = self.input.get(at).map_or(Span::empty(), |token| token.span);
        for (word, keyword) in [
            ("FOR", Keyword::FOR),
            ("UPDATE", Keyword::UPDATE),
            ("OF", Keyword::OF),
        ] {
            let word = Word {
                value: word.to_owned(),
                quote_style: None,
                keyword,
            };
            let token = Token::Word(word);
            self.output.push(TokenWithSpan { token, span });
        }
        self.carry(&text, span);
        end - at
    }

    /// `ON CONFLICT (lower(a), b COLLATE "C")`: each key that is no plain column is carried as text.
    fn arbiter(&mut self, at: usize) -> usize {
        let mut end = at + 3;
        let (mut nesting, mut keys, mut first) = (1, Vec::new(), at + 3);
        while nesting > 0 {
            match self.token(end) {
                None => return self.keep(at, 1),
                Some(Token::LParen | Token::LBracket) => nesting += 1,
                Some(Token::RParen | Token::RBracket) => nesting -= 1,
                Some(_) => {}
            }
            if nesting == 0 || (nesting == 1 && self.token(end) == Some(&Token::Comma)) {
                keys.push(first..end);
                first = end + 1;
            }
            end += 1;
        }
        self.keep(at, 3);
        for key in keys {
            let tokens = self.input.get(key.clone()).unwrap_or_default();
            if let ([start, ..], [.., last]) = (tokens, tokens)
                && tokens.len() > 1
            {
                let (from, to) = (self.byte(start.span.start), self.byte(last.span.end));
                let text = self.text.get(from..to).unwrap_or_default();
                self.carry(text, start.span);
            } else {
                self.keep(key.start, key.len());
            }
            self.keep(key.end, 1);
        }
        end - at
    }

    fn byte(&self, place: Location) -> usize {
        let line = usize::try_from(place.line).unwrap_or(0).saturating_sub(1);
        let start = self.lines.get(line).copied().unwrap_or(self.text.len());
        let column = usize::try_from(place.column).unwrap_or(0).saturating_sub(1);
        let rest = self.text.get(start..).unwrap_or_default();
        start
            + rest
                .char_indices()
                .nth(column)
                .map_or(rest.len(), |(at, _)| at)
    }
}

fn is_numbered(placeholder: &str) -> bool {
    placeholder
        .strip_prefix('$')
        .is_some_and(|digits| digits.parse::<u32>().is_ok())
}

/// Whether a value can end here, so that `?` or `@` after it is an operator.
pub(super) fn ends_operand(token: &TokenWithSpan) -> bool {
    match &token.token {
        Token::Word(word) if word.quote_style.is_none() => {
            let word = word.value.to_ascii_lowercase();
            !keyword::needs_quotes(&word)
                && !matches!(
                    word.as_str(),
                    "by" | "escape" | "values" | "between" | "rows" | "range" | "set"
                )
        }
        Token::Word(_)
        | Token::RParen
        | Token::RBracket
        | Token::Number(..)
        | Token::SingleQuotedString(_)
        | Token::EscapedStringLiteral(_)
        | Token::DollarQuotedString(_)
        | Token::NationalStringLiteral(_)
        | Token::Placeholder(_) => true,
        _ => false,
    }
}
