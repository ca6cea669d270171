//! Parameters by name, which sqlc, clorinde, cornucopia and aiosql turn into numbers before they send a query.

/// The query as it is sent: `:name`, `@name`, `sqlc.arg(name)` and `sqlc.narg('name')` become `$1` and so on, each name
/// one number; `sqlc.embed(t)` becomes `t.*`.
///
/// Sources: sqlc 1.29, "Naming parameters" and "Embedding structs"; clorinde 1.0, "Writing queries"; aiosql 13,
/// "Defining SQL queries".
pub(super) fn numbered(text: &str) -> String {
    let mut reader = Reader {
        text,
        at: 0,
        names: Vec::new(),
        first: highest(text),
        output: String::with_capacity(text.len()),
    };
    while reader.step() {}
    reader.output
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    names: Vec<&'t str>,
    /// Numbers up to this one stand in the text already.
    first: usize,
    output: String,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn keep(&mut self, length: usize) {
        let kept = self.text.get(self.at..self.at + length).unwrap_or_default();
        self.output.push_str(kept);
        self.at += length;
    }

    /// Takes one piece; false at the end.
    fn step(&mut self) -> bool {
        let rest = self.rest();
        let Some(next) = rest.chars().next() else {
            return false;
        };
        let before = self.output.chars().next_back();
        let after_word =
            before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | ']' | ')' | '"'));
        match next {
            '\'' | '"' => self.keep(quoted(rest, next)),
            '-' if rest.starts_with("--") => self.keep(rest.find('\n').unwrap_or(rest.len())),
            '/' if rest.starts_with("/*") => {
                self.keep(rest.find("*/").map_or(rest.len(), |at| at + 2))
            }
            '$' => self.keep(dollar_quoted(rest).unwrap_or(1)),
            ':' if rest.starts_with("::") || rest.starts_with(":=") => self.keep(2),
            ':' | '@' => {
                let operator = before.is_some_and(|c| "<>=!~|&%^*/+-#?@".contains(c));
                let name = word(rest.get(1..).unwrap_or_default());
                if name.is_empty() || operator || (next == ':' && after_word) {
                    self.keep(1);
                } else {
                    self.parameter(name);
                    self.at += 1 + name.len();
                }
            }
            _ if !after_word && before != Some('.') && rest.starts_with("sqlc.") => {
                self.macro_call()
            }
            c if c.is_alphabetic() || c == '_' => self.keep(word(rest).len().max(c.len_utf8())),
            c => self.keep(c.len_utf8()),
        }
        true
    }

    fn parameter(&mut self, name: &'t str) {
        let known = self.names.iter().position(|one| *one == name);
        let at = known.unwrap_or_else(|| {
            self.names.push(name);
            self.names.len() - 1
        });
        self.output.push_str(&format!("${}", self.first + at + 1));
    }

    /// `sqlc.arg(..)` and its like.
    fn macro_call(&mut self) {
        let rest = self.rest();
        let inside = rest.split_once('(').and_then(|(called, rest)| {
            let (inside, _) = rest.split_once(')')?;
            Some((called, inside))
        });
        let Some((called, inside)) = inside else {
            return self.keep(5);
        };
        let length = called.len() + inside.len() + 2;
        let name = inside.trim().trim_matches('\'');
        match called.trim() {
            "sqlc.arg" | "sqlc.narg" | "sqlc.slice" => self.parameter(name),
            "sqlc.embed" => self.output.push_str(&format!("{name}.*")),
            _ => return self.keep(5),
        }
        self.at += length;
    }
}

/// How long a string or quoted name is.
fn quoted(text: &str, mark: char) -> usize {
    let mut inside = text.char_indices().skip(1);
    let end = inside.find(|(_, c)| *c == mark);
    end.map_or(text.len(), |(at, c)| at + c.len_utf8())
}

/// How long `$tag$ .. $tag$` is.
fn dollar_quoted(text: &str) -> Option<usize> {
    let tag = word(text.get(1..)?);
    let open = text
        .get(..tag.len() + 2)
        .filter(|open| open.ends_with('$'))?;
    if tag.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let end = text.get(open.len()..)?.find(open)?;
    Some(end + open.len() * 2)
}

fn word(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_'));
    text.get(..end.unwrap_or(text.len())).unwrap_or_default()
}

/// The highest number that stands in a text as `$1`.
fn highest(text: &str) -> usize {
    let numbers = text.split('$').skip(1).filter_map(|rest| {
        let end = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        rest.get(..end)?.parse().ok()
    });
    numbers.filter(|number| *number < 65_536).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_numbers() {
        for (written, sent) in [
            ("SELECT :a::int, :b, :a", "SELECT $1::int, $2, $1"),
            (
                "WHERE id = @id::uuid AND x @> @tags",
                "WHERE id = $1::uuid AND x @> $2",
            ),
            (
                "SET n = coalesce(sqlc.narg('n')::text, n), m = sqlc.arg(m)",
                "SET n = coalesce($1::text, n), m = $2",
            ),
            (
                "SELECT sqlc.embed(t), ':no', \":no\" -- :no\n/* @no */",
                "SELECT t.*, ':no', \":no\" -- :no\n/* @no */",
            ),
            (
                "SELECT a[1:2], $1, :b, $$ :no $$",
                "SELECT a[1:2], $1, $2, $$ :no $$",
            ),
            ("x = ANY(sqlc.slice('ids'))", "x = ANY($1)"),
            ("SELECT 'é', @é", "SELECT 'é', $1"),
        ] {
            assert_eq!(numbered(written), sent, "{written}");
        }
    }
}
