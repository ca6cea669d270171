//! Diesel's `table!`: each table is asked for all the columns that the application knows of it.

use super::rust_tokens::{Kind, Token};
use crate::compat::AppQuery;
use crate::sql::LineIndex;

/// One query per `table!` (diesel 2.2): what `table.load()` sends, which names every column.
///
pub(super) fn tables(file: &str, text: &str, tokens: &[Token], lines: &LineIndex) -> Vec<AppQuery> {
    let starts = tokens.windows(3).enumerate().filter(|(_, three)| {
        matches!(three, [
            Token { kind: Kind::Word(word), .. },
            Token { kind: Kind::Mark('!'), .. },
            Token { kind: Kind::Mark('{'), .. },
        ] if word == "table")
    });
    let found = starts.filter_map(|(at, _)| {
        let start = tokens.get(at)?.start;
        let table = Table::read(tokens.get(at + 3..)?)?;
        let columns: Vec<String> = table
            .columns
            .iter()
            .map(|name| format!("{}.{}", table.name, quoted(name)))
            .collect();
        let sql = format!("SELECT {} FROM {}", columns.join(", "), table.name);
        let line = lines.position(text, start).line;
        Some(AppQuery::new(
            format!("table {}", table.name),
            file,
            line,
            sql,
        ))
    });
    found.collect()
}

/// One query per struct that derives `Insertable` or `AsChangeset` (diesel 2.2), and per `insert_into(t).values(..)`
/// that names its columns one by one: the columns an INSERT or UPDATE gives values.
///
/// A struct with another one embedded in it is left out: what it writes is not all seen.
pub(super) fn writes(file: &str, text: &str, tokens: &[Token], lines: &LineIndex) -> Vec<AppQuery> {
    let query = |at: usize, name: String, sql: String| {
        let start = tokens.get(at).map_or(0, |token| token.start);
        AppQuery::new(name, file, lines.position(text, start).line, sql)
    };
    let mut all = Vec::new();
    for at in 0..tokens.len() {
        if let Some(record) = Record::read(tokens, at) {
            if record.inserted {
                let name = format!("insert {}", record.name);
                all.push(query(at, name, insert(&record.table, &record.columns)));
            }
            if record.changed {
                let name = format!("change {}", record.name);
                all.push(query(at, name, update(&record.table, &record.columns)));
            }
        }
        if let Some((table, columns)) = inserted_values(tokens, at) {
            all.push(query(
                at,
                format!("insert into {table}"),
                insert(&table, &columns),
            ));
        }
    }
    all
}

fn insert(table: &str, columns: &[String]) -> String {
    let values: Vec<String> = (1..=columns.len()).map(|at| format!("${at}")).collect();
    format!(
        "INSERT INTO {table} ({}) VALUES ({})",
        columns.join(", "),
        values.join(", ")
    )
}

fn update(table: &str, columns: &[String]) -> String {
    let set = columns.iter().enumerate();
    let set: Vec<String> = set
        .map(|(at, name)| format!("{name} = ${}", at + 1))
        .collect();
    format!("UPDATE {table} SET {}", set.join(", "))
}

/// A struct whose fields are columns.
struct Record {
    name: String,
    /// As SQL writes it.
    table: String,
    columns: Vec<String>,
    inserted: bool,
    changed: bool,
}

impl Record {
    /// Reads `#[derive(Insertable)] #[diesel(table_name = t)] struct Name { .. }` that begins here.
    fn read(tokens: &[Token], at: usize) -> Option<Self> {
        let is_attribute = |at: usize| is(tokens, at, '#') && is(tokens, at + 1, '[');
        // What stands before has been read with the attribute that it begins with.
        if !is_attribute(at) || (at > 0 && is(tokens, at - 1, ']')) {
            return None;
        }
        let (mut here, mut derived, mut table) = (at, Vec::new(), None);
        while is_attribute(here) {
            let end = end_of(tokens, here + 1)?;
            let inside = tokens.get(here + 2..end)?;
            match word(inside, 0) {
                Some("derive") => {
                    derived.extend((2..inside.len()).filter_map(|at| word(inside, at)))
                }
                Some("diesel") => table = path_after(inside, "table_name").or(table),
                _ => {}
            }
            here = end + 1;
        }
        let (inserted, changed) = (
            derived.contains(&"Insertable"),
            derived.contains(&"AsChangeset"),
        );
        if !inserted && !changed {
            return None;
        }
        while word(tokens, here)? != "struct" {
            // `pub(crate)`
            here += 1;
            if is(tokens, here, '(') {
                here = end_of(tokens, here)? + 1;
            }
        }
        let name = word(tokens, here + 1)?.to_owned();
        let open = (here + 2..tokens.len())
            .find(|at| is(tokens, *at, '{') || is(tokens, *at, '(') || is(tokens, *at, ';'))?;
        if !is(tokens, open, '{') {
            return None;
        }
        let columns = fields(tokens.get(open + 1..end_of(tokens, open)?)?)?;
        (!columns.is_empty()).then_some(Self {
            name,
            table: quoted(&table?),
            columns,
            inserted,
            changed,
        })
    }
}

/// The columns of a struct's fields; none when another struct is embedded.
fn fields(tokens: &[Token]) -> Option<Vec<String>> {
    let (mut all, mut at, mut renamed, mut left_out) = (Vec::new(), 0, None, false);
    while at < tokens.len() {
        if is(tokens, at, '#') {
            let end = end_of(tokens, at + 1)?;
            let inside = tokens.get(at + 2..end)?;
            if word(inside, 0) == Some("diesel") {
                let mut words = (1..inside.len()).filter_map(|at| word(inside, at));
                if words.any(|word| word == "embed") {
                    return None;
                }
                let mut words = (1..inside.len()).filter_map(|at| word(inside, at));
                left_out |= words.any(|word| word == "skip_insertion");
                renamed = path_after(inside, "column_name").or(renamed);
            }
            at = end + 1;
            continue;
        }
        if let (Some(name), true, false) = (
            word(tokens, at),
            is(tokens, at + 1, ':'),
            is(tokens, at + 2, ':'),
        ) {
            let name = renamed.take().unwrap_or_else(|| name.to_owned());
            if !std::mem::take(&mut left_out) {
                all.push(quoted(&name));
            }
            at = end_of_field(tokens, at);
        }
        at += 1;
    }
    Some(all)
}

/// The comma after a field's type, or the end.
fn end_of_field(tokens: &[Token], from: usize) -> usize {
    let mut depth = 0_i32;
    for (at, token) in tokens.iter().enumerate().skip(from) {
        match token.kind {
            Kind::Mark('(' | '[' | '<') => depth += 1,
            // The arrow of a function type closes nothing.
            Kind::Mark('>') if is(tokens, at.saturating_sub(1), '-') => {}
            Kind::Mark(')' | ']' | '>') => depth -= 1,
            Kind::Mark(',') if depth == 0 => return at,
            _ => {}
        }
    }
    tokens.len()
}

/// The table and columns of `insert_into(t::table).values((t::a.eq(..), b.eq(..)))`.
fn inserted_values(tokens: &[Token], at: usize) -> Option<(String, Vec<String>)> {
    if word(tokens, at)? != "insert_into" || !is(tokens, at + 1, '(') {
        return None;
    }
    let end = end_of(tokens, at + 1)?;
    let path: Vec<&str> = (at + 2..end).filter_map(|at| word(tokens, at)).collect();
    let table = *path.iter().rev().find(|word| **word != "table")?;
    if !is(tokens, end + 1, '.') || word(tokens, end + 2)? != "values" || !is(tokens, end + 3, '(')
    {
        return None;
    }
    let mut values = tokens.get(end + 4..end_of(tokens, end + 3)?)?;
    if is(values, 0, '(') && end_of(values, 0)? + 1 == values.len() {
        values = values.get(1..values.len() - 1)?;
    }
    let (mut columns, mut at) = (Vec::new(), 0);
    while at < values.len() {
        // `path::column.eq(value),` and nothing else.
        let dot = (at..values.len()).find(|at| is(values, *at, '.'))?;
        let column = word(values, dot.checked_sub(1)?)?;
        let path = (at..dot).all(|at| word(values, at).is_some() || is(values, at, ':'));
        if !path || word(values, dot + 1)? != "eq" || !is(values, dot + 2, '(') {
            return None;
        }
        columns.push(quoted(column));
        at = end_of(values, dot + 2)? + 1;
        if at < values.len() && !is(values, at, ',') {
            return None;
        }
        at += 1;
    }
    (!columns.is_empty()).then(|| (quoted(table), columns))
}

/// The last name of the path in `key = a::b`.
fn path_after(tokens: &[Token], key: &str) -> Option<String> {
    let at =
        (0..tokens.len()).find(|at| word(tokens, *at) == Some(key) && is(tokens, at + 1, '='))?;
    let path =
        (at + 2..tokens.len()).take_while(|at| word(tokens, *at).is_some() || is(tokens, *at, ':'));
    path.filter_map(|at| word(tokens, at))
        .last()
        .map(str::to_owned)
}

fn word(tokens: &[Token], at: usize) -> Option<&str> {
    match &tokens.get(at)?.kind {
        Kind::Word(word) => Some(word),
        _ => None,
    }
}

fn is(tokens: &[Token], at: usize, mark: char) -> bool {
    tokens
        .get(at)
        .is_some_and(|token| token.kind == Kind::Mark(mark))
}

struct Table {
    /// As SQL writes it.
    name: String,
    columns: Vec<String>,
}

impl Table {
    /// Reads `#[sql_name = "x"] schema.name (id) { id -> Int4, ... }`.
    fn read(tokens: &[Token]) -> Option<Self> {
        let (mut parts, mut renamed) = (Vec::new(), None);
        let mut at = 0;
        loop {
            match &tokens.get(at)?.kind {
                Kind::Mark('#') => {
                    renamed = sql_name(tokens, at).or(renamed);
                    at = end_of(tokens, at + 1)?;
                }
                Kind::Word(word) if word == "use" => {
                    while tokens.get(at)?.kind != Kind::Mark(';') {
                        at += 1;
                    }
                }
                Kind::Word(word) => parts.push(word.clone()),
                Kind::Mark('(') => at = end_of(tokens, at)?,
                Kind::Mark('{') => break,
                _ => {}
            }
            at += 1;
        }
        if let (Some(last), Some(renamed)) = (parts.last_mut(), renamed) {
            *last = renamed;
        }
        let name: Vec<String> = parts.iter().map(|part| quoted(part)).collect();
        let columns = columns(tokens.get(at + 1..end_of(tokens, at)?)?);
        (!name.is_empty() && !columns.is_empty()).then(|| Self {
            name: name.join("."),
            columns,
        })
    }
}

fn columns(tokens: &[Token]) -> Vec<String> {
    let (mut all, mut renamed, mut at) = (Vec::new(), None, 0);
    while let Some(token) = tokens.get(at) {
        match &token.kind {
            Kind::Mark('#') => {
                renamed = sql_name(tokens, at).or(renamed);
                at = end_of(tokens, at + 1).unwrap_or(tokens.len());
            }
            Kind::Word(name)
                if tokens.get(at + 1).map(|token| &token.kind) == Some(&Kind::Mark('-'))
                    && tokens.get(at + 2).map(|token| &token.kind) == Some(&Kind::Mark('>')) =>
            {
                all.push(renamed.take().unwrap_or_else(|| name.clone()));
                // The type, to the comma.
                while tokens
                    .get(at)
                    .is_some_and(|token| token.kind != Kind::Mark(','))
                {
                    at += 1;
                }
            }
            _ => {}
        }
        at += 1;
    }
    all
}

/// The name in `#[sql_name = "x"]`.
fn sql_name(tokens: &[Token], at: usize) -> Option<String> {
    let Kind::Word(word) = &tokens.get(at + 2)?.kind else {
        return None;
    };
    match &tokens.get(at + 4)?.kind {
        Kind::Text(name) if word == "sql_name" => Some(name.clone()),
        _ => None,
    }
}

/// The place of the bracket that closes the one here.
fn end_of(tokens: &[Token], from: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(from) {
        match token.kind {
            Kind::Mark('(' | '[' | '{') => depth += 1,
            Kind::Mark(')' | ']' | '}') => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::queries::rust_tokens::tokens;

    #[test]
    fn tables_with_their_columns() {
        let text = r#"
diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::Mood;
    /// People.
    users (id) {
        /// The key.
        id -> Int8,
        #[max_length = 20]
        name -> Nullable<Varchar>,
        #[sql_name = "type"]
        kind -> Array<Nullable<Text>>,
    }
}
table! { app.roles (user_id, role) { user_id -> Int8, role -> Mood } }
diesel::joinable!(roles -> users (user_id));
"#;
        let found = tables("src/schema.rs", text, &tokens(text), &LineIndex::new(text));
        let found: Vec<_> = found
            .iter()
            .map(|query| (query.line, query.sql.as_str()))
            .collect();
        let expected = [
            (
                2,
                r#"SELECT "users"."id", "users"."name", "users"."type" FROM "users""#,
            ),
            (
                15,
                r#"SELECT "app"."roles"."user_id", "app"."roles"."role" FROM "app"."roles""#,
            ),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn what_structs_and_values_insert() {
        let text = r#"
#[derive(Debug, Insertable, AsChangeset)]
#[diesel(table_name = crate::schema::users, check_for_backend(diesel::pg::Pg))]
pub(crate) struct NewUser<'a> {
    pub name: Option<&'a str>,
    #[diesel(serialize_as = Text)]
    kind: HashMap<String, i32>,
    #[diesel(column_name = mail)]
    pub e_mail: &'a str,
    #[diesel(skip_insertion)]
    made: i32,
}
#[derive(Insertable)]
#[diesel(table_name = roles)]
struct Embedding { a: i32, #[diesel(embed)] rest: Rest }
#[derive(Queryable)]
#[diesel(table_name = roles)]
struct Read { a: i32 }
fn add() {
    diesel::insert_into(users::table).values((users::name.eq(name.trim()), users::dsl::mail.eq("x")));
    insert_into(roles).values(role.eq(1)).execute(conn);
    insert_into(roles::table).values(&new).execute(conn);
    insert_into(roles::table).values((role.eq(1), rest)).execute(conn);
}
"#;
        let found = writes("src/user.rs", text, &tokens(text), &LineIndex::new(text));
        let found: Vec<_> = found
            .iter()
            .map(|query| (query.line, query.sql.as_str()))
            .collect();
        let expected = [
            (
                2,
                r#"INSERT INTO "users" ("name", "kind", "mail") VALUES ($1, $2, $3)"#,
            ),
            (
                2,
                r#"UPDATE "users" SET "name" = $1, "kind" = $2, "mail" = $3"#,
            ),
            (
                20,
                r#"INSERT INTO "users" ("name", "mail") VALUES ($1, $2)"#,
            ),
            (21, r#"INSERT INTO "roles" ("role") VALUES ($1)"#),
        ];
        assert_eq!(found, expected);
    }
}
