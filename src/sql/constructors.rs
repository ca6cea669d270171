//! The functions of SQL/JSON and SQL/XML, whose arguments are clauses, brought to plain calls.

use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::rewrite::Rewriter;

const CALLS: &[&str] = &[
    "json",
    "json_array",
    "json_arrayagg",
    "json_exists",
    "json_object",
    "json_objectagg",
    "json_query",
    "json_scalar",
    "json_serialize",
    "json_value",
    "xmlattributes",
    "xmlelement",
    "xmlexists",
    "xmlforest",
    "xmlparse",
    "xmlpi",
    "xmlroot",
    "xmlserialize",
];

/// The words that end the type behind RETURNING.
const BEHIND_TYPE: &[&str] = &[
    "format", "with", "without", "keep", "omit", "error", "null", "default", "empty", "true",
    "false", "unknown", "absent", "exists", "path", "not",
];

impl Rewriter<'_> {
    /// A word with a parenthesis behind it.
    pub(super) fn call(&mut self, at: usize, name: &str) -> usize {
        let end = self.closing(at + 1);
        match name {
            "json_table" => self.json_table(at, end),
            "xmltable" if self.is(at + 2, "xmlnamespaces") && self.opens(at + 3) => {
                self.keep(at);
                self.keep(at + 1);
                // With the comma behind it.
                self.run(self.closing(at + 3) + 2, end);
                self.keep(end);
                end + 1
            }
            _ if CALLS.contains(&name) => {
                self.name(name.to_owned(), at);
                self.keep(at + 1);
                let ty = self.arguments(name, at + 2, end);
                self.keep(end);
                let aggregate = self.is_any(end + 1, &["filter", "over", "within"]);
                if !ty.is_empty() && !aggregate {
                    self.put(Token::DoubleColon, end);
                    self.output.extend(ty);
                }
                end + 1
            }
            _ => {
                self.keep(at);
                at + 1
            }
        }
    }

    /// The arguments between two places without their clauses; gives the type behind RETURNING.
    fn arguments(&mut self, name: &str, from: usize, to: usize) -> Vec<TokenWithSpan> {
        let mut ty = Vec::new();
        let mut at = from;
        let query = self.is_any(from, &["select", "values", "with"]);
        if query {
            self.put(Token::LParen, from);
            let mut end = from;
            while end < to && !self.is_clause(end) {
                end = self.closing(end) + 1;
            }
            self.run(from, end);
            self.put(Token::RParen, end);
            at = end;
        }
        while at < to {
            if self.is(at, "returning") {
                let mut end = at + 1;
                while end < to && !self.is_any(end, BEHIND_TYPE) {
                    end = self.closing(end) + 1;
                }
                ty = self.input.get(at + 1..end).unwrap_or_default().to_vec();
                at = end;
                continue;
            }
            at = match self.clause(name, from, at, to) {
                Some(next) => next,
                None => self.step(at, to),
            }
            .max(at + 1);
        }
        ty
    }

    /// Whether what follows the query of JSON_ARRAY begins there.
    fn is_clause(&self, at: usize) -> bool {
        self.is(at, "returning")
            || self.is(at, "format")
            || self.is_any(at, &["absent", "null"]) && self.is(at + 1, "on")
    }

    /// Writes nothing or a comma for a clause and gives the place behind it.
    fn clause(&mut self, name: &str, from: usize, at: usize, to: usize) -> Option<usize> {
        let word = match self.token(at)? {
            Token::Colon => {
                self.put(Token::Comma, at);
                return Some(at + 1);
            }
            Token::Word(word) if word.quote_style.is_none() => word.value.to_ascii_lowercase(),
            _ => return None,
        };
        let first = at == from;
        match word.as_str() {
            "passing" => {
                self.put(Token::Comma, at);
                Some(at + 1)
            }
            "by" if self.is_any(at + 1, &["ref", "value"]) => Some(at + 2),
            "format" if self.is(at + 1, "json") => {
                Some(at + if self.is(at + 2, "encoding") { 4 } else { 2 })
            }
            "with" | "without"
                if self.is_any(
                    at + 1,
                    &["conditional", "unconditional", "array", "wrapper", "unique"],
                ) =>
            {
                let more = [
                    "conditional",
                    "unconditional",
                    "array",
                    "wrapper",
                    "unique",
                    "keys",
                ];
                let mut end = at + 1;
                while end < to && self.is_any(end, &more) {
                    end += 1;
                }
                Some(end)
            }
            "keep" | "omit" if self.is(at + 1, "quotes") => {
                Some(at + if self.is(at + 2, "on") { 5 } else { 2 })
            }
            "error" | "null" | "true" | "false" | "unknown" | "empty" | "absent" => {
                let on = at
                    + if self.is_any(at + 1, &["array", "object"]) {
                        2
                    } else {
                        1
                    };
                let what = ["error", "empty", "null"];
                (self.is(on, "on") && self.is_any(on + 1, &what)).then_some(on + 2)
            }
            "on" if self.is_any(at + 1, &["error", "empty", "null"]) => Some(at + 2),
            "default" => {
                self.put(Token::Comma, at);
                Some(at + 1)
            }
            "value" if name.starts_with("json_object") && !first => {
                self.put(Token::Comma, at);
                Some(at + 1)
            }
            "as" if name == "xmlserialize" => Some(to),
            "as" => Some(at + 2),
            "name" if first && matches!(name, "xmlelement" | "xmlpi") => {
                let label = match self.token(at + 1) {
                    Some(Token::Word(word)) => word.value.clone(),
                    _ => return None,
                };
                self.string(&label, at + 1);
                Some(at + 2)
            }
            "document" | "content" if first => Some(at + 1),
            "preserve" | "strip" if self.is(at + 1, "whitespace") => Some(at + 2),
            "version" | "standalone" if name == "xmlroot" && !first => {
                if self.is(at + 1, "no") && self.is(at + 2, "value") {
                    self.words("null", at);
                    return Some(at + 3);
                }
                if word == "standalone" {
                    self.words("null", at);
                    return Some(at + 2);
                }
                Some(at + 1)
            }
            _ => None,
        }
    }

    /// `JSON_TABLE (document, path COLUMNS (..))` with each column as name, type and path.
    fn json_table(&mut self, at: usize, end: usize) -> usize {
        let mut columns = at + 2;
        let mut comma = None;
        while columns < end && !self.is(columns, "columns") {
            if self.token(columns) == Some(&Token::Comma) && comma.is_none() {
                comma = Some(columns);
            }
            columns = self.closing(columns) + 1;
        }
        let Some(comma) = comma.filter(|_| self.opens(columns + 1)) else {
            self.keep(at);
            return at + 1;
        };
        self.keep(at);
        self.keep(at + 1);
        self.arguments("json_table", at + 2, comma);
        self.keep(comma);
        self.string("$", comma);
        self.json_columns(columns);
        self.keep(end);
        end + 1
    }

    /// `COLUMNS (..)`.
    fn json_columns(&mut self, at: usize) {
        let end = self.closing(at + 1);
        self.keep(at);
        self.keep(at + 1);
        let mut from = at + 2;
        while from < end {
            let mut to = from;
            while to < end && self.token(to) != Some(&Token::Comma) {
                to = self.closing(to) + 1;
            }
            self.json_column(from, to);
            if to < end {
                self.keep(to);
            }
            from = to + 1;
        }
        self.keep(end);
    }

    fn json_column(&mut self, from: usize, to: usize) {
        if self.is(from, "nested") {
            let columns = (from..to).find(|at| self.is(*at, "columns") && self.opens(*at + 1));
            if let Some(columns) = columns {
                self.words("nested path", from);
                self.string("$", from);
                self.json_columns(columns);
                return;
            }
        }
        self.keep(from);
        if self.is(from + 1, "for") && self.is(from + 2, "ordinality") {
            self.words("for ordinality", from + 1);
            return;
        }
        let mut at = from + 1;
        while at < to && !self.is_any(at, BEHIND_TYPE) {
            self.keep(at);
            at += 1;
        }
        self.words("path", from);
        self.string("$", from);
    }
}
