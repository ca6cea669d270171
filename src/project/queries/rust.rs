//! SQL in Rust source: string literals handed to sqlx, postgres, tokio-postgres, deadpool and diesel, and `table!`.

use std::path::Path;

use super::diesel;
use super::rust_tokens::{Kind, Token, tokens};
use super::{Found, Source};
use crate::compat::AppQuery;
use crate::sql;

pub(super) const SOURCE: Source = Source {
    extension: "rs",
    example: "Rust source that hands SQL to sqlx, postgres, tokio-postgres or diesel",
    accepts,
    read,
};

/// Functions and macros whose text is SQL, whatever it looks like. Those of sqlx come with endings: `_as`,
/// `_scalar`, `_with`, `_unchecked` (sqlx 0.8, diesel 2.2).
const OF_SQL: [&str; 3] = ["query", "sql_query", "raw_sql"];
const ENDINGS: [&str; 4] = ["_as", "_scalar", "_with", "_unchecked"];

/// Methods of `Client`, `Transaction` and their like in postgres 0.19, tokio-postgres 0.7 and deadpool-postgres
/// 0.14. Others have methods of these names too: the text must look like SQL.
const METHODS: [&str; 20] = [
    "query",
    "query_one",
    "query_opt",
    "query_raw",
    "query_typed",
    "query_typed_raw",
    "query_scalar",
    "query_scalar_one",
    "query_scalar_opt",
    "execute",
    "execute_raw",
    "execute_typed",
    "prepare",
    "prepare_typed",
    "prepare_cached",
    "prepare_typed_cached",
    "simple_query",
    "batch_execute",
    "copy_in",
    "copy_out",
];

/// The words that a query begins with.
const BEGINNINGS: [&str; 9] = [
    "select", "insert", "update", "delete", "with", "merge", "values", "table", "copy",
];

/// What is said of SQL that no literal holds.
const AT_RUN_TIME: &str = "its text is put together at run time";

fn accepts(_: &Path, text: &str) -> bool {
    [
        "query",
        "execute",
        "prepare",
        "sql",
        "table!",
        "copy_",
        "insert_into",
        "Insertable",
        "AsChangeset",
    ]
    .iter()
    .any(|word| text.contains(word))
}

fn read(file: &str, text: &str) -> Result<Found, String> {
    let all = tokens(text);
    let reader = Reader {
        file,
        text,
        lines: sql::LineIndex::new(text),
        tokens: &all,
    };
    let mut queries = diesel::tables(file, text, &all, &reader.lines);
    queries.extend(diesel::writes(file, text, &all, &reader.lines));
    queries.extend(reader.queries());
    Ok(queries.into())
}

/// What the argument of a call turned out to be.
enum Argument {
    Sql(String, usize),
    /// It is SQL, and cannot be read from here.
    Unclear(usize, usize),
    Nothing,
}

struct Reader<'t> {
    file: &'t str,
    text: &'t str,
    lines: sql::LineIndex,
    tokens: &'t [Token],
}

impl Reader<'_> {
    fn queries(&self) -> Vec<AppQuery> {
        let mut found = Vec::new();
        let (mut at, mut function) = (0, None);
        while at < self.tokens.len() {
            if let Some(after) = self.test_code(at) {
                at = after;
                continue;
            }
            if self.is_word(at, "fn")
                && let Some(name) = self.word(at + 1)
            {
                function = Some(name);
            }
            match self.call(at) {
                Argument::Sql(sql, start) => {
                    let line = self.line(start);
                    found.push(AppQuery::new(
                        self.name(function, line),
                        self.file,
                        line,
                        sql,
                    ));
                }
                Argument::Unclear(start, end) => {
                    let line = self.line(start);
                    let text = self.text.get(start..end).unwrap_or_default();
                    let name = self.name(function, line);
                    found.push(AppQuery::unclear(name, self.file, line, text, AT_RUN_TIME));
                }
                Argument::Nothing => {}
            }
            at += 1;
        }
        found
    }

    fn name(&self, function: Option<&str>, line: usize) -> String {
        match function {
            Some(name) => format!("{name}:{line}"),
            None => format!("{}:{line}", self.file),
        }
    }

    fn line(&self, byte: usize) -> usize {
        self.lines.position(self.text, byte).line
    }

    fn kind(&self, at: usize) -> Option<&Kind> {
        self.tokens.get(at).map(|token| &token.kind)
    }

    fn word(&self, at: usize) -> Option<&str> {
        match self.kind(at) {
            Some(Kind::Word(word)) => Some(word),
            _ => None,
        }
    }

    fn is_word(&self, at: usize, word: &str) -> bool {
        self.word(at) == Some(word)
    }

    fn is_mark(&self, at: usize, mark: char) -> bool {
        self.kind(at) == Some(&Kind::Mark(mark))
    }

    /// After `#[cfg(test)]` and `#[test]`, the place behind the item.
    fn test_code(&self, at: usize) -> Option<usize> {
        let opens = self.is_mark(at, '#') && self.is_mark(at + 1, '[');
        let test = self.is_word(at + 2, "test")
            || (self.is_word(at + 2, "cfg")
                && self.is_mark(at + 3, '(')
                && self.is_word(at + 4, "test"));
        if !opens || !test {
            return None;
        }
        let mut place = at + 2;
        while place < self.tokens.len() && !self.is_mark(place, '{') {
            if self.is_mark(place, ';') {
                return Some(place + 1);
            }
            place += 1;
        }
        Some(self.closing(place) + 1)
    }

    /// The place of the bracket that closes the one here; of what is left open, the end.
    fn closing(&self, from: usize) -> usize {
        let mut depth = 0_usize;
        for at in from..self.tokens.len() {
            match self.kind(at) {
                Some(Kind::Mark('(' | '[' | '{')) => depth += 1,
                Some(Kind::Mark(')' | ']' | '}')) => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return at;
                    }
                }
                _ => {}
            }
        }
        self.tokens.len()
    }

    /// The SQL that a call or macro which begins here is given.
    fn call(&self, at: usize) -> Argument {
        let Some(name) = self.word(at) else {
            return Argument::Nothing;
        };
        if self.is_word(at.wrapping_sub(1), "fn") {
            return Argument::Nothing;
        }
        let method = self.is_mark(at.wrapping_sub(1), '.');
        let of_sql = !method && is_of_sql(name);
        if !(of_sql || method && METHODS.contains(&name)) {
            return Argument::Nothing;
        }
        let bang = self.is_mark(at + 1, '!');
        let mut open = at + 1 + usize::from(bang);
        if self.is_mark(open, ':') && self.is_mark(open + 1, ':') && self.is_mark(open + 2, '<') {
            open = self.after_generics(open + 2);
        }
        if !self.is_mark(open, '(')
            && !(bang && (self.is_mark(open, '{') || self.is_mark(open, '[')))
        {
            return Argument::Nothing;
        }
        let close = self.closing(open);
        let mut from = open + 1;
        if bang && name.contains("_as") {
            // The type of the rows comes first.
            from = self.end_of_argument(from, close) + 1;
        }
        let to = self.end_of_argument(from, close);
        self.argument(from, to, of_sql)
    }

    /// The place behind `<..>`.
    fn after_generics(&self, from: usize) -> usize {
        let mut depth = 0_usize;
        for at in from..self.tokens.len() {
            match self.kind(at) {
                Some(Kind::Mark('<')) => depth += 1,
                Some(Kind::Mark('>')) if !self.is_mark(at.wrapping_sub(1), '-') => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return at + 1;
                    }
                }
                Some(Kind::Mark(';' | '{')) => break,
                _ => {}
            }
        }
        self.tokens.len()
    }

    /// The comma or closing bracket that ends an argument.
    fn end_of_argument(&self, from: usize, close: usize) -> usize {
        let mut at = from;
        while at < close {
            match self.kind(at) {
                Some(Kind::Mark(',')) => return at,
                Some(Kind::Mark('(' | '[' | '{')) => at = self.closing(at),
                _ => {}
            }
            at += 1;
        }
        close
    }

    fn argument(&self, from: usize, to: usize, of_sql: bool) -> Argument {
        let mut first = from;
        while self.is_mark(first, '&') || self.is_word(first, "mut") {
            first += 1;
        }
        let (Some(start), Some(end)) =
            (self.tokens.get(first), self.tokens.get(to.wrapping_sub(1)))
        else {
            return Argument::Nothing;
        };
        if first >= to {
            return Argument::Nothing;
        }
        if let Some(text) = self.literals(first, to) {
            return if of_sql || looks_like_sql(&text) {
                Argument::Sql(text, start.start)
            } else {
                Argument::Nothing
            };
        }
        let inside = || self.tokens.get(first..to).unwrap_or_default();
        if self.is_word(first, "include_str") || inside().is_empty() {
            // The file is a source of its own.
            return Argument::Nothing;
        }
        let mentions_sql = inside()
            .iter()
            .any(|token| matches!(&token.kind, Kind::Text(text) if looks_like_sql(text)));
        // Many functions are called `query`; what they are given must be a text at least.
        let named = of_sql && self.is_text(first, to);
        if mentions_sql || named {
            Argument::Unclear(start.start, end.end)
        } else {
            Argument::Nothing
        }
    }

    /// The text of literals: one, several joined by `+` or `concat!`, or a name that stands for such.
    fn literals(&self, from: usize, to: usize) -> Option<String> {
        if self.is_word(from, "concat")
            && self.is_mark(from + 1, '!')
            && self.closing(from + 2) + 1 == to
        {
            return self.joined(from + 3, to - 1, ',');
        }
        if let (Some(name), true) = (self.word(from), from + 1 == to) {
            return self.named(name, from);
        }
        self.joined(from, to, '+')
    }

    fn joined(&self, from: usize, to: usize, between: char) -> Option<String> {
        let mut all = String::new();
        for (at, token) in self.tokens.get(from..to)?.iter().enumerate() {
            match &token.kind {
                Kind::Text(text) if at % 2 == 0 => all.push_str(text),
                Kind::Mark(mark) if at % 2 == 1 && *mark == between => {}
                _ => return None,
            }
        }
        (to > from).then_some(all)
    }

    /// What `let name = "..."` before it, or `const NAME: &str = "..."` anywhere, says.
    fn named(&self, name: &str, before: usize) -> Option<String> {
        let value = |at: usize| {
            let mut place = at + 1;
            if self.is_mark(place, ':') {
                while place < self.tokens.len()
                    && !self.is_mark(place, '=')
                    && !self.is_mark(place, ';')
                {
                    place += 1;
                }
            }
            let begins = self.is_mark(place, '=').then_some(place + 1)?;
            let ends = (begins..self.tokens.len()).find(|at| self.is_mark(*at, ';'))?;
            (!self.is_word(begins, name))
                .then(|| self.literals(begins, ends))
                .flatten()
        };
        let mut above = (1..before).rev().filter(|at| self.is_word(*at, name));
        let bound = above.find(|at| self.is_word(at - 1, "let"));
        if let Some(at) = bound {
            return value(at);
        }
        let mut constants = (1..self.tokens.len()).filter(|at| {
            self.is_word(*at, name)
                && (self.is_word(at - 1, "const") || self.is_word(at - 1, "static"))
        });
        constants.next().and_then(value)
    }

    /// Whether an argument may be a text: a name, a field, a call of `format!` or of a method.
    fn is_text(&self, from: usize, to: usize) -> bool {
        let words = self.tokens.get(from..to).unwrap_or_default();
        let closure = self.is_mark(from, '|');
        !closure
            && words
                .iter()
                .any(|token| matches!(token.kind, Kind::Word(_) | Kind::Text(_)))
    }
}

fn is_of_sql(name: &str) -> bool {
    OF_SQL.iter().any(|start| {
        let Some(mut rest) = name.strip_prefix(start) else {
            return false;
        };
        while let Some(left) = ENDINGS.iter().find_map(|ending| rest.strip_prefix(ending)) {
            rest = left;
        }
        rest.is_empty()
    })
}

/// Whether a text begins as a query does.
pub(super) fn looks_like_sql(text: &str) -> bool {
    let mut rest = text.trim_start_matches(|c: char| c.is_whitespace() || c == '(');
    while let Some(comment) = rest.strip_prefix("--") {
        rest = comment
            .split_once('\n')
            .map_or("", |(_, after)| after)
            .trim_start();
    }
    let end = rest
        .find(|c: char| !c.is_ascii_alphabetic())
        .unwrap_or(rest.len());
    let (word, after) = rest.split_at(end);
    BEGINNINGS.iter().any(|one| word.eq_ignore_ascii_case(one))
        && after.starts_with(|c: char| c.is_whitespace() || c == '(' || c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(source: &str) -> Vec<String> {
        let queries = read("src/a.rs", source).map(|found| found.queries);
        let show = |query: AppQuery| {
            let known = if query.query.is_err() { "? " } else { "" };
            format!("{known}{} {}", query.name, query.sql)
        };
        queries.unwrap_or_default().into_iter().map(show).collect()
    }

    #[test]
    fn calls_and_macros_of_every_driver() {
        for (source, expected) in [
            (
                "fn f() { sqlx::query!(\"SELECT 1\") }",
                vec!["f:1 SELECT 1"],
            ),
            (
                "fn f() { query_as!(User<'_>, r#\"SELECT \"a\"\"#, id) }",
                vec!["f:1 SELECT \"a\""],
            ),
            (
                "fn f() { query_scalar_unchecked!(\"SELECT \" + \"2\") }",
                vec!["f:1 SELECT 2"],
            ),
            (
                "fn f() { sqlx::query_as::<_, Vec<User>>(\"SELECT 3\") }",
                vec!["f:1 SELECT 3"],
            ),
            (
                "fn f() { client.query_one(\"SELECT 4\", &[&id]).await?; }",
                vec!["f:1 SELECT 4"],
            ),
            (
                "fn f() {\n tx.execute(\n  \"DELETE FROM t\",\n &[]) }",
                vec!["f:3 DELETE FROM t"],
            ),
            (
                "fn f() { diesel::sql_query(\"SELECT 5\").load(conn) }",
                vec!["f:1 SELECT 5"],
            ),
            (
                "fn f() { client.prepare_cached(concat!(\"SELECT\", \" 6\")) }",
                vec!["f:1 SELECT 6"],
            ),
            (
                "const ALL: &str = \"SELECT 7\"; fn f() { c.query(ALL, &[]) }",
                vec!["f:1 SELECT 7"],
            ),
            (
                "fn f() { let q = \"SELECT 8\"; c.query(q, &[]) }",
                vec!["f:1 SELECT 8"],
            ),
        ] {
            assert_eq!(found(source), expected, "{source}");
        }
    }

    #[test]
    fn what_is_put_together_is_said_to_be_unclear() {
        for (source, expected) in [
            (
                "fn f() { c.query(&format!(\"SELECT {x} FROM t\"), &[]) }",
                vec!["? f:1 format!(\"SELECT {x} FROM t\")"],
            ),
            ("fn f() { sqlx::query(&text) }", vec!["? f:1 text"]),
            (
                "fn f() { sql_query(\"SELECT 1 \".to_owned() + rest) }",
                vec!["? f:1 \"SELECT 1 \".to_owned() + rest"],
            ),
        ] {
            assert_eq!(found(source), expected, "{source}");
        }
    }

    #[test]
    fn what_is_no_query_of_the_application_is_passed_over() {
        for source in [
            "fn f() { http.query(&[(\"a\", \"b\")]); sqlx::query!(\"SELECT\").execute(&pool) }"
                .replace("sqlx::query!(\"SELECT\")", "q"),
            "fn query(text: &str) {}".to_owned(),
            "#[cfg(test)] mod tests { fn f() { c.query(\"SELECT 1\", &[]) } }".to_owned(),
            "#[test] fn f() { c.query(\"SELECT 1\", &[]) }".to_owned(),
            "fn f() { cache.query(\"some key\") }".to_owned(),
            "// c.query(\"SELECT 1\")".to_owned(),
        ] {
            assert_eq!(found(&source), Vec::<String>::new(), "{source}");
        }
    }
}
