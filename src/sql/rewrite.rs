//! PostgreSQL's rarer forms, which sqlparser lacks, brought token by token to forms that it has.

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Span, Token, TokenWithSpan, Word};

use super::mend::{EXCISED, ends_operand};
use super::quote;

/// What the rewriter puts before the names of the columns that `SEARCH` and `CYCLE` add.
pub(super) const ADDS: &str = "ADDS ";

/// What the rewriter puts before a prefix operator that sqlparser does not know as one.
pub(super) const PREFIX: &str = "PREFIX";

/// How deep forms may stand in one another; what lies deeper stays as it is.
const MAX_DEPTH: usize = 200;

/// How many tokens a window's frame may have.
const MAX_FRAME: usize = 60;

/// Rewrites tokens that are neither space nor comment.
pub(super) fn rewritten(input: &[TokenWithSpan]) -> Vec<TokenWithSpan> {
    let mut rewriter = Rewriter {
        close: closings(input),
        parts: super::targets::parts(input),
        input,
        output: Vec::with_capacity(input.len()),
        depth: 0,
    };
    rewriter.run(0, input.len());
    rewriter.output
}

/// For each opening bracket the place of the one that closes it; for anything else its own.
fn closings(input: &[TokenWithSpan]) -> Vec<usize> {
    let mut close: Vec<usize> = (0..input.len()).collect();
    let mut open = Vec::new();
    for (at, token) in input.iter().enumerate() {
        match token.token {
            Token::LParen | Token::LBracket => open.push(at),
            Token::RParen | Token::RBracket => {
                if let Some(slot) = open.pop().and_then(|from: usize| close.get_mut(from)) {
                    *slot = at;
                }
            }
            _ => {}
        }
    }
    close
}

pub(super) struct Rewriter<'a> {
    pub(super) input: &'a [TokenWithSpan],
    close: Vec<usize>,
    /// Subscripts and fields of what is assigned to.
    parts: Vec<bool>,
    pub(super) output: Vec<TokenWithSpan>,
    depth: usize,
}

impl Rewriter<'_> {
    /// Writes what the tokens of a range become.
    pub(super) fn run(&mut self, from: usize, to: usize) {
        let mut at = from;
        while at < to {
            at = self.step(at, to).max(at + 1);
        }
    }

    pub(super) fn token(&self, at: usize) -> Option<&Token> {
        self.input.get(at).map(|token| &token.token)
    }

    /// Whether that bare word stands there.
    pub(super) fn is(&self, at: usize, word: &str) -> bool {
        matches!(self.token(at), Some(Token::Word(found))
            if found.quote_style.is_none() && found.value.eq_ignore_ascii_case(word))
    }

    pub(super) fn is_any(&self, at: usize, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(at, word))
    }

    pub(super) fn opens(&self, at: usize) -> bool {
        self.token(at) == Some(&Token::LParen) && self.closing(at) > at
    }

    pub(super) fn closing(&self, at: usize) -> usize {
        self.close.get(at).copied().unwrap_or(at)
    }

    pub(super) fn keep(&mut self, at: usize) {
        self.output.extend(self.input.get(at).cloned());
    }

    pub(super) fn span(&self, at: usize) -> Span {
        self.input.get(at).map_or(Span::empty(), |token| token.span)
    }

    pub(super) fn put(&mut self, token: Token, at: usize) {
        let span = self.span(at);
        self.output.push(TokenWithSpan { token, span });
    }

    /// Writes bare words.
    pub(super) fn words(&mut self, words: &str, at: usize) {
        for value in words.split(' ') {
            let word = Word {
                value: value.to_owned(),
                quote_style: None,
                keyword: super::plain::keyword(value),
            };
            self.put(Token::Word(word), at);
        }
    }

    /// Writes a quoted name.
    pub(super) fn name(&mut self, value: String, at: usize) {
        let word = Word {
            value,
            quote_style: Some('"'),
            keyword: Keyword::NoKeyword,
        };
        self.put(Token::Word(word), at);
    }

    pub(super) fn string(&mut self, value: &str, at: usize) {
        self.put(Token::SingleQuotedString(value.to_owned()), at);
    }

    fn operand_before(&self) -> bool {
        self.output.last().is_some_and(ends_operand)
    }

    fn last_is(&self, word: &str) -> bool {
        matches!(self.output.last().map(|last| &last.token), Some(Token::Word(found))
            if found.quote_style.is_none() && found.value.eq_ignore_ascii_case(word))
    }

    fn last(&self) -> Option<&Token> {
        self.output.last().map(|token| &token.token)
    }

    /// Writes what begins at a place and gives the place after it.
    pub(super) fn step(&mut self, at: usize, to: usize) -> usize {
        if self.depth == MAX_DEPTH {
            self.keep(at);
            return at + 1;
        }
        self.depth += 1;
        let next = self.rewrite(at, to);
        self.depth -= 1;
        next
    }

    fn rewrite(&mut self, at: usize, to: usize) -> usize {
        if self.parts.get(at).copied().unwrap_or(false) {
            // One field of no name stands for all of them.
            if at.checked_sub(1).and_then(|before| self.parts.get(before)) == Some(&false) {
                self.put(Token::Period, at);
                self.name(EXCISED.to_string(), at);
            }
            return at + 1;
        }
        match self.token(at) {
            Some(Token::Word(word)) if word.quote_style.is_none() => self.word(at, to),
            Some(Token::LParen) => self.paren(at),
            // `t.*::text`: the whole row.
            Some(Token::Period)
                if self.token(at + 1) == Some(&Token::Mul)
                    && self.token(at + 2) == Some(&Token::DoubleColon) =>
            {
                at + 2
            }
            Some(token) if is_operator(token) => self.operator(at),
            _ => {
                self.keep(at);
                at + 1
            }
        }
    }

    fn operator(&mut self, at: usize) -> usize {
        let quantified = self.is_any(at + 1, &["any", "some", "all"]) && self.opens(at + 2);
        let standard = matches!(
            self.token(at),
            Some(
                Token::Eq
                    | Token::Neq
                    | Token::Lt
                    | Token::Gt
                    | Token::LtEq
                    | Token::GtEq
                    | Token::Tilde
            )
        );
        if self.operand_before() {
            let comparison = matches!(
                self.token(at + 1),
                Some(Token::Lt | Token::Gt | Token::Eq | Token::Neq | Token::LtEq | Token::GtEq)
            );
            if quantified && !standard {
                self.put(Token::Eq, at);
            } else if !(self.token(at) == Some(&Token::Mul) && comparison) {
                // `*<` and its like compare rows byte by byte; only the comparison is kept.
                self.keep(at);
            }
        } else if matches!(self.token(at), Some(Token::CustomBinaryOperator(_))) {
            self.name(format!("{EXCISED}{PREFIX}"), at);
            self.keep(at);
        } else if matches!(
            self.token(at),
            Some(Token::Plus | Token::Minus | Token::Mul | Token::Tilde)
        ) || at == 0
        {
            self.keep(at);
        }
        at + 1
    }

    /// A parenthesis with what it holds.
    fn paren(&mut self, at: usize) -> usize {
        let end = self.closing(at);
        if end == at {
            self.keep(at);
            return at + 1;
        }
        let quantified = ["any", "some", "all"].iter().any(|word| self.last_is(word));
        let nested = matches!(self.last(), Some(Token::LParen))
            && self.starts_query(at + 1)
            && self.is_any(end + 1, &["union", "except", "intersect"]);
        let wrapped = nested || quantified && self.is(at + 1, "values");
        if quantified && self.is(at + 1, "values") {
            self.keep(at);
        }
        if wrapped {
            self.words("select", at);
            self.put(Token::Mul, at);
            self.words("from", at);
        }
        self.keep(at);
        self.run(at + 1, end);
        self.keep(end);
        if quantified && wrapped && !nested {
            self.keep(end);
        }
        end + 1
    }

    /// Whether a query begins there, in parentheses or not.
    fn starts_query(&self, mut at: usize) -> bool {
        while self.opens(at) {
            at += 1;
        }
        self.is_any(at, &["select", "values", "with", "table"])
    }

    fn word(&mut self, at: usize, to: usize) -> usize {
        let lower = match self.token(at) {
            Some(Token::Word(word)) => word.value.to_ascii_lowercase(),
            _ => return at + 1,
        };
        match lower.as_str() {
            // A word of another database's SELECT.
            "top" if self.last_is("select") || self.last_is("distinct") || self.last_is("all") => {
                self.name(lower, at);
                at + 1
            }
            "variadic" if matches!(self.last(), Some(Token::LParen | Token::Comma)) => at + 1,
            "isnull" if self.operand_before() => {
                self.words("is null", at);
                at + 1
            }
            "notnull" if self.operand_before() => {
                self.words("is not null", at);
                at + 1
            }
            "symmetric" | "asymmetric" if self.last_is("between") => at + 1,
            "at" if self.is(at + 1, "local") && self.operand_before() => {
                self.words("at time zone", at);
                self.string("local", at + 1);
                at + 2
            }
            "collation" if self.is(at + 1, "for") && self.opens(at + 2) => {
                self.name("pg_collation_for".to_owned(), at);
                at + 2
            }
            "similar" if !self.is(at + 1, "to") && self.operand_before() => self.similar(at, to),
            "uescape" if matches!(self.token(at + 1), Some(Token::SingleQuotedString(_))) => at + 2,
            "u" if self.token(at + 1) == Some(&Token::Ampersand) => self.unicode_name(at),
            "rows" | "range" | "groups" => self.frame(at, to),
            "grouping" if self.is(at + 1, "sets") && self.opens(at + 2) => self.sets(at, at + 2),
            "rollup" | "cube" if self.opens(at + 1) => self.sets(at, at + 1),
            "all" | "distinct" if self.last_is("by") => at + 1,
            "as" => self.alias(at),
            "fetch"
                if self.is_any(at + 1, &["first", "next"]) && self.opens(at + 2)
                    || self.is_any(at + 1, &["first", "next"]) && self.is(at + 3, "rows") =>
            {
                self.fetch(at)
            }
            "tablesample" => self.sample(at),
            "current" if self.is(at + 1, "of") && self.last_is("where") => {
                self.words("true", at);
                at + 3
            }
            "operator" if self.opens(at + 1) => {
                let end = self.closing(at + 1);
                if self.is_any(end + 1, &["any", "some", "all"]) {
                    self.put(Token::Eq, at);
                    return end + 1;
                }
                if !self.operand_before() {
                    self.name(format!("{EXCISED}{PREFIX}"), at);
                }
                (at..=end).for_each(|at| self.keep(at));
                end + 1
            }
            "returning" if self.is(at + 1, "with") && self.opens(at + 2) => {
                self.keep(at);
                self.closing(at + 2) + 1
            }
            "merge" if self.is(at + 1, "into") => self.merge(at, to),
            "search" | "cycle" if matches!(self.last(), Some(Token::RParen)) => {
                self.added_columns(at)
            }
            _ if self.opens(at + 1) => self.call(at, &lower),
            _ => {
                self.keep(at);
                at + 1
            }
        }
    }

    /// `substring(a SIMILAR b ESCAPE c)`: three arguments.
    fn similar(&mut self, at: usize, to: usize) -> usize {
        self.put(Token::Comma, at);
        let mut here = at + 1;
        while here < to && !self.is(here, "escape") {
            here = self.step(here, to).max(here + 1);
        }
        if here < to {
            self.put(Token::Comma, here);
        }
        here + 1
    }

    /// `U&"d\0061"`, which the tokenizer cuts in three.
    fn unicode_name(&mut self, at: usize) -> usize {
        match self.token(at + 2) {
            Some(Token::Word(word)) if word.quote_style == Some('"') => {
                let name = quote::unquote_name(&format!("U&\"{}\"", word.value));
                self.name(name, at);
                at + 3
            }
            _ => {
                self.keep(at);
                at + 1
            }
        }
    }

    /// `ROWS FROM (f(), g())`, or the frame of a window, whose bounds say nothing of columns.
    fn frame(&mut self, at: usize, to: usize) -> usize {
        if self.is(at, "rows") && self.is(at + 1, "from") && self.opens(at + 2) {
            return self.rows_from(at);
        }
        let words = ["preceding", "following", "current"];
        let frame = (at + 1..to.min(at + MAX_FRAME)).any(|here| self.is_any(here, &words));
        if frame && !self.operand_before_frame() {
            return to;
        }
        self.keep(at);
        at + 1
    }

    /// Whether the word can only be a name here.
    fn operand_before_frame(&self) -> bool {
        matches!(self.last(), Some(Token::Period | Token::Comma) | None)
            || self.last_is("select")
            || self.last_is("from")
    }

    /// The functions beside one another, as a subquery would have them.
    fn rows_from(&mut self, at: usize) -> usize {
        let end = self.closing(at + 2);
        if !self.last_is("lateral") {
            self.words("lateral", at);
        }
        self.keep(at + 2);
        self.words("select", at);
        self.put(Token::Mul, at);
        self.words("from", at);
        self.run(at + 3, end);
        let ordinality = self.is(end + 1, "with") && self.is(end + 2, "ordinality");
        if ordinality {
            self.put(Token::Comma, end);
            self.name("generate_series".to_owned(), end);
            for token in [
                Token::LParen,
                Token::Number("1".to_owned(), false),
                Token::Comma,
                Token::Number("1".to_owned(), false),
                Token::RParen,
            ] {
                self.put(token, end);
            }
            self.words("as", end);
            self.name("ordinality".to_owned(), end);
        }
        self.keep(end);
        end + if ordinality { 3 } else { 1 }
    }

    /// `GROUPING SETS (..)`, `ROLLUP (..)`, `CUBE (..)`: only what they are made of counts.
    fn sets(&mut self, at: usize, open: usize) -> usize {
        let end = self.closing(open);
        self.words("row", at);
        self.keep(open);
        let mut here = open + 1;
        while here < end {
            if self.opens(here) && self.closing(here) == here + 1 {
                self.words("null", here);
                here += 2;
            } else {
                here = self.step(here, end).max(here + 1);
            }
        }
        self.keep(end);
        end + 1
    }

    /// `f(..) AS (a int, b text)` takes the function's name.
    fn alias(&mut self, at: usize) -> usize {
        self.keep(at);
        let columns = self.opens(at + 1)
            && matches!(self.last_but_one(), Some(Token::RParen))
            && matches!(self.token(at + 2), Some(Token::Word(_)))
            && matches!(self.token(at + 3), Some(Token::Word(_)))
            && !self.starts_query(at + 2)
            && !self.is_any(at + 2, &["insert", "update", "delete", "merge"]);
        if !columns {
            return at + 1;
        }
        let open = (0..at)
            .rev()
            .find(|open| self.closing(*open) == at - 1 && *open < at - 1);
        let name = open
            .and_then(|open| open.checked_sub(1))
            .and_then(|before| match self.token(before) {
                Some(Token::Word(word)) => Some(word.value.to_ascii_lowercase()),
                _ => None,
            });
        self.name(name.unwrap_or_else(|| "record".to_owned()), at);
        at + 1
    }

    fn last_but_one(&self) -> Option<&Token> {
        let at = self.output.len().checked_sub(2)?;
        self.output.get(at).map(|token| &token.token)
    }

    /// `FETCH FIRST (n) ROWS WITH TIES` is a limit.
    fn fetch(&mut self, at: usize) -> usize {
        self.words("limit", at);
        let mut end = self.closing(at + 2);
        self.run(at + 2, end + 1);
        end += 1;
        if self.is_any(end, &["row", "rows"]) {
            end += 1;
        }
        match self.is(end, "only") {
            true => end + 1,
            false if self.is(end, "with") => end + 2,
            false => end,
        }
    }

    fn sample(&mut self, at: usize) -> usize {
        let mut here = at + 1;
        while matches!(self.token(here), Some(Token::Word(_) | Token::Period)) {
            here += 1;
        }
        if !self.opens(here) {
            self.keep(at);
            return at + 1;
        }
        here = self.closing(here) + 1;
        match self.is(here, "repeatable") && self.opens(here + 1) {
            true => self.closing(here + 1) + 1,
            false => here,
        }
    }

    /// `MERGE INTO t USING a JOIN b ON .. ON .. WHEN ..`: the join goes into parentheses; and what
    /// INSERT may say there.
    fn merge(&mut self, at: usize, to: usize) -> usize {
        let mut here = at;
        let (mut using, mut ons, mut join, mut when) = (None, Vec::new(), false, to);
        while here < to {
            if self.is(here, "using") && using.is_none() {
                using = Some(here);
            } else if self.is(here, "on") {
                ons.push(here);
            } else if self.is(here, "join") {
                join = true;
            } else if self.is(here, "when") {
                when = here;
                break;
            }
            here = self.closing(here) + 1;
        }
        let on = ons.last().copied().filter(|_| join);
        match (using, on) {
            (Some(using), Some(on)) => {
                self.keep(at);
                self.run(at + 1, using + 1);
                self.put(Token::LParen, using);
                self.run(using + 1, on);
                self.put(Token::RParen, on);
                self.run(on, when);
            }
            _ => {
                self.keep(at);
                self.run(at + 1, when);
            }
        }
        self.merge_clauses(when, to);
        to
    }

    fn merge_clauses(&mut self, from: usize, to: usize) {
        let mut here = from;
        while here < to {
            if self.is(here, "default") && self.is(here + 1, "values") {
                self.words("values", here);
                self.put(Token::LParen, here);
                self.words("default", here);
                self.put(Token::RParen, here);
                here += 2;
            } else if self.is(here, "overriding") {
                here += 3;
            } else {
                here = self.step(here, to).max(here + 1);
            }
        }
    }

    /// `SEARCH .. SET a` and `CYCLE .. SET a .. USING b` behind a common table expression: the columns
    /// they add are carried in a lock clause inside it.
    fn added_columns(&mut self, at: usize) -> usize {
        let mut here = at;
        let mut names: Vec<String> = Vec::new();
        while self.is_any(here, &["search", "cycle"]) {
            let cycle = self.is(here, "cycle");
            while here < self.input.len() && !self.is(here, "set") {
                here += 1;
            }
            names.extend(self.written_name(here + 1));
            here += 2;
            if cycle {
                while self.is_any(here, &["to", "default"]) {
                    here += 1;
                    while here < self.input.len() && !self.is_any(here, &["default", "using"]) {
                        here += 1;
                    }
                }
                if self.is(here, "using") {
                    names.extend(self.written_name(here + 1));
                    here += 2;
                }
            }
        }
        let closing = self.output.pop();
        self.words("for update of", at);
        self.name(format!("{EXCISED}{ADDS}{}", names.join(",")), at);
        self.output.extend(closing);
        here
    }

    fn written_name(&self, at: usize) -> Option<String> {
        match self.token(at)? {
            Token::Word(word) if word.quote_style.is_some() => Some(word.value.clone()),
            Token::Word(word) => Some(word.value.to_ascii_lowercase()),
            _ => None,
        }
    }
}

fn is_operator(token: &Token) -> bool {
    let text = token.to_string();
    let letters = !text.is_empty()
        && text
            .bytes()
            .all(|byte| b"+-*/<>=~!@#%^&|`?".contains(&byte));
    letters
        && !matches!(
            token,
            Token::Placeholder(_) | Token::AtSign | Token::Question
        )
}
