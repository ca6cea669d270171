//! The tokens of Rust source, as far as string literals and what stands around them ask for.

/// A token and where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// The byte it begins at.
    pub(super) start: usize,
    /// The byte after it.
    pub(super) end: usize,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// A word: a name or a keyword, raw ones without their `r#`.
    Word(String),
    /// A string literal with its escapes resolved; of bytes, C strings and characters none.
    Text(String),
    /// Any other literal.
    Literal,
    /// One character of punctuation.
    Mark(char),
}

/// All tokens of a text; what is no Rust becomes marks.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut reader = Reader { text, at: 0 };
    let mut all = Vec::new();
    while let Some(token) = reader.next() {
        all.push(token);
    }
    all
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip_space(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            let rest = self.rest();
            if rest.starts_with("//") {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else if rest.starts_with("/*") {
                self.at += block_comment(rest);
            } else {
                return;
            }
        }
    }

    fn next(&mut self) -> Option<Token> {
        self.skip_space();
        let start = self.at;
        let rest = self.rest();
        let first = rest.chars().next()?;
        let (kind, length) = raw_string(rest)
            .or_else(|| string(rest))
            .or_else(|| character(rest))
            .or_else(|| word(rest))
            .or_else(|| number(rest))
            .unwrap_or((Kind::Mark(first), first.len_utf8()));
        self.at += length;
        Some(Token {
            kind,
            start,
            end: self.at,
        })
    }
}

/// How long a comment is; they nest.
fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while let Some(rest) = text.get(at..) {
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            match rest.chars().next() {
                Some(next) => at += next.len_utf8(),
                None => return text.len(),
            }
        }
    }
    text.len()
}

/// `r"..."`, `r#"..."#`, and those of bytes and C strings.
fn raw_string(text: &str) -> Option<(Kind, usize)> {
    let after = ["r", "br", "cr"].iter().find_map(|prefix| {
        let rest = text.strip_prefix(prefix)?;
        rest.starts_with(['"', '#']).then_some(rest)
    })?;
    let inner = after.trim_start_matches('#');
    let hashes = after.len() - inner.len();
    let inner = inner.strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(hashes));
    let end = inner.find(&close)?;
    let length = text.len() - inner.len() + end + close.len();
    let kind = if text.starts_with('r') {
        Kind::Text(inner.get(..end)?.to_owned())
    } else {
        Kind::Literal
    };
    Some((kind, length))
}

fn string(text: &str) -> Option<(Kind, usize)> {
    let plain = text.starts_with('"');
    let inner = text
        .strip_prefix('"')
        .or_else(|| text.strip_prefix("b\""))
        .or_else(|| text.strip_prefix("c\""))?;
    let mut value = String::new();
    let mut chars = inner.char_indices().peekable();
    while let Some((at, next)) = chars.next() {
        match next {
            '"' => {
                let length = text.len() - inner.len() + at + 1;
                let kind = if plain {
                    Kind::Text(value)
                } else {
                    Kind::Literal
                };
                return Some((kind, length));
            }
            '\\' => match chars.next()?.1 {
                'n' => value.push('\n'),
                't' => value.push('\t'),
                'r' => value.push('\r'),
                '0' => value.push('\0'),
                // A line that goes on: the space that begins the next one is left out.
                '\n' => while chars.next_if(|(_, c)| c.is_whitespace()).is_some() {},
                'x' => {
                    let digits: String = (0..2)
                        .filter_map(|_| chars.next())
                        .map(|(_, c)| c)
                        .collect();
                    value.extend(u8::from_str_radix(&digits, 16).ok().map(char::from));
                }
                'u' => {
                    let digits: String = chars
                        .by_ref()
                        .map(|(_, c)| c)
                        .take_while(|c| *c != '}')
                        .filter(char::is_ascii_hexdigit)
                        .collect();
                    value.extend(
                        u32::from_str_radix(&digits, 16)
                            .ok()
                            .and_then(char::from_u32),
                    );
                }
                other => value.push(other),
            },
            other => value.push(other),
        }
    }
    None
}

/// `'a'`, and not the lifetime `'a`.
fn character(text: &str) -> Option<(Kind, usize)> {
    let inner = text
        .strip_prefix('\'')
        .or_else(|| text.strip_prefix("b'"))?;
    let mut chars = inner.char_indices();
    let (_, first) = chars.next()?;
    let end = if first == '\\' {
        chars.next()?;
        chars.find(|(_, c)| *c == '\'')?.0
    } else {
        chars.next().filter(|(_, c)| *c == '\'')?.0
    };
    Some((Kind::Literal, text.len() - inner.len() + end + 1))
}

fn word(text: &str) -> Option<(Kind, usize)> {
    let bare = text.strip_prefix("r#").unwrap_or(text);
    if !bare.starts_with(|c: char| c == '_' || c.is_alphabetic()) {
        return None;
    }
    let end = bare
        .find(|c: char| !(c == '_' || c.is_alphanumeric()))
        .unwrap_or(bare.len());
    let length = text.len() - bare.len() + end;
    Some((Kind::Word(bare.get(..end)?.to_owned()), length))
}

fn number(text: &str) -> Option<(Kind, usize)> {
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let end = text
        .find(|c: char| !(c == '_' || c.is_ascii_alphanumeric()))
        .unwrap_or(text.len());
    Some((Kind::Literal, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<String> {
        let all = tokens(source).into_iter();
        all.filter_map(|token| match token.kind {
            Kind::Text(text) => Some(text),
            Kind::Word(_) | Kind::Literal | Kind::Mark(_) => None,
        })
        .collect()
    }

    #[test]
    fn strings_of_all_forms() {
        for (source, expected) in [
            (r#"f("a\"b\n\u{41}\x42")"#, vec!["a\"b\nAB"]),
            ("r#\"a \"b\" \"#", vec!["a \"b\" "]),
            ("r\"\\d\"", vec!["\\d"]),
            ("\"a \\\n     b\"", vec!["a b"]),
            ("b\"bytes\" br#\"x\"# c\"c\"", vec![]),
            ("// \"no\"\n/* /* \"no\" */ \"no\" */ \"yes\"", vec!["yes"]),
            ("fn f<'a>(x: &'a str) { '\"'; '\\''; \"yes\" }", vec!["yes"]),
            ("\"open", vec![]),
        ] {
            assert_eq!(texts(source), expected, "{source}");
        }
    }
}
