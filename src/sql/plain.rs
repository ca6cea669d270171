//! The tokens of plain SQL as sqlparser's, without its tokenizer, which takes longer over a text than all the rest.

use std::ops::Range;
use std::sync::OnceLock;

use sqlparser::keywords::{ALL_KEYWORDS, ALL_KEYWORDS_INDEX, Keyword};
use sqlparser::tokenizer::{Location, Span, Token, TokenWithSpan, Word};

use super::token::{self, Lexeme, Lexer, TokenKind};

/// What sqlparser's tokenizer makes of a text for PostgreSQL, space and comments left out; none where something in it
/// is not plain: a constant with escapes, an operator that is not everywhere, a letter that is not ASCII in a word.
pub(super) fn tokens(text: &str) -> Option<Vec<TokenWithSpan>> {
    if text.starts_with('\u{feff}') {
        return None;
    }
    // A token and the space after it are seldom less than five bytes together.
    let mut tokens: Vec<TokenWithSpan> = Vec::with_capacity(text.len() / 5 + 1);
    let mut here = Place {
        text: text.as_bytes(),
        byte: 0,
        location: Location::new(1, 1),
    };
    let mut before: Option<token::Token> = None;
    for lexeme in Lexer::new(text) {
        let found = match lexeme {
            Lexeme::Token(found) => found,
            Lexeme::Comment(span) => {
                here.skip_space(span.start)?;
                here.move_to(span.end);
                continue;
            }
        };
        if before.is_some_and(|before| runs_on(before, found)) {
            return None;
        }
        here.skip_space(found.span.start)?;
        let start = here.location;
        here.move_to(found.span.end);
        let token = plain(found.kind, found.span.text(text))?;
        let span = Span::new(start, here.location);
        tokens.push(TokenWithSpan { token, span });
        before = Some(found);
    }
    here.skip_space(text.len())?;
    Some(tokens)
}

/// sqlparser might cut these two otherwise, where nothing stands between them.
fn runs_on(before: token::Token, next: token::Token) -> bool {
    let is = |kind| before.kind == kind || next.kind == kind;
    let both = |kind| before.kind == kind && next.kind == kind;
    let operators = both(TokenKind::Operator);
    let names = !matches!(before.kind, TokenKind::Operator | TokenKind::Punctuation(_))
        && !matches!(next.kind, TokenKind::Operator | TokenKind::Punctuation(_));
    let dots = is(TokenKind::Punctuation(b'.')) && is(TokenKind::Number);
    before.span.end == next.span.start && (operators || names || dots)
}

fn plain(kind: TokenKind, text: &str) -> Option<Token> {
    Some(match kind {
        TokenKind::Word => word(text)?,
        TokenKind::Quoted => {
            let inner = inside(text, '"').filter(|inner| !inner.contains('"'))?;
            Token::Word(Word {
                value: inner.to_owned(),
                quote_style: Some('"'),
                keyword: Keyword::NoKeyword,
            })
        }
        TokenKind::String => {
            let inner = inside(text, '\'')?;
            let value = inner.replace("''", "");
            match value.contains('\'') {
                // It is continued on another line.
                true => return None,
                false if value.len() == inner.len() => Token::SingleQuotedString(value),
                false => Token::SingleQuotedString(inner.replace("''", "'")),
            }
        }
        TokenKind::Number => {
            let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
            let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            if !digits(whole) || !digits(part) {
                return None;
            }
            Token::Number(text.to_owned(), false)
        }
        TokenKind::Parameter => Token::Placeholder(text.to_owned()),
        TokenKind::Punctuation(byte) => match byte {
            b',' => Token::Comma,
            b'(' => Token::LParen,
            b')' => Token::RParen,
            b'.' => Token::Period,
            b';' => Token::SemiColon,
            b'[' => Token::LBracket,
            b']' => Token::RBracket,
            _ => return None,
        },
        TokenKind::Operator => match text {
            "=" => Token::Eq,
            "<" => Token::Lt,
            ">" => Token::Gt,
            "<=" => Token::LtEq,
            ">=" => Token::GtEq,
            "<>" | "!=" => Token::Neq,
            "+" => Token::Plus,
            "-" => Token::Minus,
            "*" => Token::Mul,
            "/" => Token::Div,
            "%" => Token::Mod,
            "||" => Token::StringConcat,
            "::" => Token::DoubleColon,
            _ => return None,
        },
        TokenKind::Dollar
        | TokenKind::Variable
        | TokenKind::Backslash
        | TokenKind::Stray
        | TokenKind::Unclosed(_) => return None,
    })
}

/// What stands between the quotes.
fn inside(text: &str, quote: char) -> Option<&str> {
    text.strip_prefix(quote)?.strip_suffix(quote)
}

fn word(text: &str) -> Option<Token> {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.bytes().all(is_part).then(|| {
        Token::Word(Word {
            value: text.to_owned(),
            quote_style: None,
            keyword: keyword(text),
        })
    })
}

/// The keyword that a bare word is for sqlparser, in any case.
pub(super) fn keyword(word: &str) -> Keyword {
    /// For each pair of letters where the keywords that begin with them stand.
    static BY_LETTERS: OnceLock<Vec<Range<usize>>> = OnceLock::new();
    let by_letters = BY_LETTERS.get_or_init(|| {
        let mut all = vec![0..0; 27 * 27];
        for (at, keyword) in ALL_KEYWORDS.iter().enumerate() {
            if let Some(range) = pair(keyword).and_then(|pair| all.get_mut(pair)) {
                let first = if range.end == 0 { at } else { range.start };
                *range = first..at + 1;
            }
        }
        all
    });
    let range = pair(word).and_then(|pair| by_letters.get(pair)).cloned();
    let range = range.unwrap_or(0..ALL_KEYWORDS.len());
    let some = ALL_KEYWORDS.get(range.clone()).unwrap_or_default();
    let upper = |byte: &u8| byte.to_ascii_uppercase();
    let found = some.binary_search_by(|probe| probe.bytes().cmp(word.as_bytes().iter().map(upper)));
    let index = found
        .ok()
        .and_then(|at| ALL_KEYWORDS_INDEX.get(range.start + at));
    index.copied().unwrap_or(Keyword::NoKeyword)
}

/// The first two letters of a word as a number; none where they are something else.
fn pair(word: &str) -> Option<usize> {
    let letter = |byte: Option<&u8>| match byte {
        Some(byte) if byte.is_ascii_alphabetic() => Some(usize::from(byte | 0x20) - 96),
        Some(_) => None,
        None => Some(0),
    };
    let bytes = word.as_bytes();
    Some(letter(bytes.first())? * 27 + letter(bytes.get(1))?)
}

/// A place in a text, with its line and column as sqlparser counts them.
struct Place<'a> {
    text: &'a [u8],
    byte: usize,
    location: Location,
}

impl Place<'_> {
    fn move_to(&mut self, end: usize) {
        for byte in self.text.get(self.byte..end).unwrap_or_default() {
            match byte {
                b'\n' => self.location = Location::new(self.location.line + 1, 1),
                // A byte inside of a character.
                0x80..0xc0 => {}
                _ => self.location.column += 1,
            }
        }
        self.byte = end;
    }

    /// Moves over space; none where sqlparser would not take it for that.
    fn skip_space(&mut self, end: usize) -> Option<()> {
        let space = self.text.get(self.byte..end)?;
        if !space.iter().all(|byte| b" \t\r\n".contains(byte)) {
            return None;
        }
        self.move_to(end);
        Some(())
    }
}
