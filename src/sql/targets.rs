//! What is assigned to in part: `SET a[1] = ..`, `INSERT INTO t (a.b, c[2])`.

use sqlparser::tokenizer::{Token, TokenWithSpan};

/// For each token whether it is a subscript or field of a column that is assigned to.
pub(super) fn parts(input: &[TokenWithSpan]) -> Vec<bool> {
    let mut dropped = vec![false; input.len()];
    let mut depth = 0_usize;
    // The depth of the SET list that is being read, the innermost last.
    let mut lists: Vec<usize> = Vec::new();
    for at in 0..input.len() {
        match token(input, at) {
            Some(Token::LParen | Token::LBracket) => {
                depth += 1;
                if token(input, at) == Some(&Token::LParen) && follows_insert(input, at) {
                    names(input, at + 1, &mut dropped);
                }
            }
            Some(Token::RParen | Token::RBracket) => {
                depth = depth.saturating_sub(1);
                lists.retain(|list| *list <= depth);
            }
            Some(Token::Comma) if lists.last() == Some(&depth) => {
                target(input, at + 1, &mut dropped);
            }
            Some(Token::Word(_)) if is(input, at, "set") => {
                lists.push(depth);
                target(input, at + 1, &mut dropped);
            }
            Some(Token::Word(_))
                if lists.last() == Some(&depth)
                    && ["from", "where", "returning", "when"]
                        .iter()
                        .any(|word| is(input, at, word)) =>
            {
                lists.pop();
            }
            _ => {}
        }
    }
    dropped
}

fn token(input: &[TokenWithSpan], at: usize) -> Option<&Token> {
    input.get(at).map(|token| &token.token)
}

fn is(input: &[TokenWithSpan], at: usize, word: &str) -> bool {
    matches!(token(input, at), Some(Token::Word(found))
        if found.quote_style.is_none() && found.value.eq_ignore_ascii_case(word))
}

/// Whether the columns of an INSERT begin at the parenthesis.
fn follows_insert(input: &[TokenWithSpan], at: usize) -> bool {
    let mut here = at;
    while here > 0 {
        here -= 1;
        match token(input, here) {
            Some(Token::Word(_)) if is(input, here, "insert") => return true,
            Some(Token::Word(_)) if is(input, here, "into") => {
                return here > 0 && is(input, here - 1, "insert");
            }
            Some(Token::Word(_)) if is(input, here, "values") || is(input, here, "select") => {
                return false;
            }
            Some(Token::Word(_) | Token::Period) => {}
            _ => return false,
        }
    }
    false
}

/// Marks the parts of one target of SET, if an equals sign follows them.
fn target(input: &[TokenWithSpan], at: usize, dropped: &mut [bool]) {
    if token(input, at) == Some(&Token::LParen) {
        names(input, at + 1, dropped);
        return;
    }
    let end = parts_end(input, at + 1);
    if token(input, end) == Some(&Token::Eq) {
        mark(dropped, at + 1, end);
    }
}

/// Marks the parts of each name up to the closing parenthesis.
fn names(input: &[TokenWithSpan], from: usize, dropped: &mut [bool]) {
    let mut at = from;
    while matches!(token(input, at), Some(Token::Word(_))) {
        let end = parts_end(input, at + 1);
        if !matches!(token(input, end), Some(Token::Comma | Token::RParen)) {
            return;
        }
        mark(dropped, at + 1, end);
        at = end + 1;
    }
}

fn mark(dropped: &mut [bool], from: usize, to: usize) {
    for flag in dropped.iter_mut().take(to).skip(from) {
        *flag = true;
    }
}

/// The place behind `.field` and `[subscript]`s.
fn parts_end(input: &[TokenWithSpan], from: usize) -> usize {
    let mut at = from;
    loop {
        match token(input, at) {
            Some(Token::Period) => at += 2,
            Some(Token::LBracket) => {
                let mut depth = 0_usize;
                while let Some(here) = token(input, at) {
                    match here {
                        Token::LBracket => depth += 1,
                        Token::RBracket => depth -= 1,
                        _ => {}
                    }
                    at += 1;
                    if depth == 0 {
                        break;
                    }
                }
            }
            _ => return at,
        }
    }
}
