//! Reads the SQL inside bodies: of DO blocks, and of functions in PL/pgSQL and SQL.

use std::collections::BTreeMap;

use super::ast::{
    Call, Change, Dml, DmlVerb, Expr, Ident, Query, QueryBody, SelectItem, TransactionControl,
};
use super::expr::parse_expr;
use super::query::parse_query;
use super::reader::{Notes, Reader};
use super::split::{Piece, PieceKind, split};

/// One statement of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BodyStatement {
    /// What it does; of `EXECUTE` with a string that is put together at run time, opaque.
    pub change: Change,
    /// Whether it always runs, where nothing is known of the conditions it stands behind.
    pub reach: Reach,
    /// The conditions of the IFs it stands in.
    pub(crate) guards: Vec<Guard>,
    /// Whether it runs where all of those are as they should be.
    pub(crate) otherwise: Reach,
    /// The conditions that the exception handlers around it name.
    handlers: Vec<String>,
}

/// A condition, and which way it must come out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Guard {
    /// Which condition of the body it is: the statements behind one come out together.
    pub(crate) id: usize,
    pub(crate) condition: Expr,
    pub(crate) wanted: bool,
}

impl BodyStatement {
    /// Whether a handler takes an error over (manual 18, section 41.6.8 and appendix A); one that is not listed here may.
    pub(crate) fn catches(&self, sqlstate: &str) -> bool {
        let name = match sqlstate {
            "42P07" => "duplicate_table",
            "42710" => "duplicate_object",
            "42701" => "duplicate_column",
            "42723" => "duplicate_function",
            "42P06" => "duplicate_schema",
            "42P01" => "undefined_table",
            "42703" => "undefined_column",
            "42704" => "undefined_object",
            "42883" => "undefined_function",
            "3F000" => "invalid_schema_name",
            "42P16" => "invalid_table_definition",
            "P0001" => "raise_exception",
            _ => return true,
        };
        self.handlers.iter().any(|own| {
            own == "others" || own == name || own.contains(&sqlstate.to_ascii_lowercase())
        })
    }
}

/// Whether a statement of a body runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Reach {
    /// On every path.
    Always,
    /// On every path, and an exception handler stands by.
    Caught,
    /// Behind a condition, in a loop or in a handler.
    Perhaps,
}

/// The statements of a body in `language` (in lower case), in order; every branch of it is taken.
///
/// A language other than SQL and PL/pgSQL gives one opaque statement.
pub fn body_statements(language: &str, body: &str) -> Vec<BodyStatement> {
    match language {
        "plpgsql" => plpgsql(body),
        "sql" => {
            let statements = super::parse(body).statements.into_iter();
            statements
                .map(|statement| always(statement.change))
                .collect()
        }
        _ => vec![always(Change::Opaque {
            reason: format!("the body is in language {language}"),
        })],
    }
}

/// The statement of a PL/pgSQL body that begins with no word it can begin with: PostgreSQL reads the whole body, wherever
/// that stands in it, before it runs or keeps any of it (manual 18, section 41.11.2).
pub(crate) fn misspelt(body: &str) -> Option<String> {
    let text = body.trim_start();
    // Options of the compiler stand before the block.
    (!text.starts_with('#')).then(|| read_plpgsql(body).misspelt)?
}

/// What a PL/pgSQL body declares: variables, and what its loops go through.
pub(crate) fn declared(body: &str) -> Vec<Ident> {
    read_plpgsql(body).names
}

fn always(change: Change) -> BodyStatement {
    BodyStatement {
        change,
        reach: Reach::Always,
        guards: Vec::new(),
        otherwise: Reach::Always,
        handlers: Vec::new(),
    }
}

fn plpgsql(text: &str) -> Vec<BodyStatement> {
    read_plpgsql(text).found
}

fn read_plpgsql(text: &str) -> Body {
    let mut body = Body::default();
    for piece in split(text).0 {
        let Piece { kind, tokens, .. } = piece;
        match kind {
            PieceKind::Sql => {
                let notes = Notes::default();
                body.piece(&mut Reader::new(text, &tokens, &notes));
            }
            PieceKind::Psql => {}
            PieceKind::Cut(reason) => body.push(Change::Opaque { reason }),
        }
    }
    body
}

/// What is open where a statement stands.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Frame {
    Declarations,
    /// `BEGIN`, with how many statements had been found before it.
    Block(usize),
    /// What follows `EXCEPTION`, with the statements before it that it takes over from.
    Handlers(std::ops::Range<usize>),
    /// `CASE` or a loop.
    Branch,
    /// `IF`: the condition of this branch where it can be told, and how many there were before.
    If(Option<Guard>, usize),
}

/// More strings than this are not told apart.
const MAX_STRINGS: usize = 64;

#[derive(Default)]
struct Body {
    found: Vec<BodyStatement>,
    frames: Vec<Frame>,
    /// Variables of which every value they can have is written in the body.
    values: BTreeMap<Ident, Vec<String>>,
    /// A RETURN that is always met has been read: what follows never runs.
    returned: bool,
    /// What is said of the first statement that begins with no word of SQL or PL/pgSQL.
    misspelt: Option<String>,
    /// What is declared, loops and their records included.
    names: Vec<Ident>,
    /// How many conditions have been read.
    conditions: usize,
}

impl Body {
    fn push(&mut self, change: Change) {
        if self.returned {
            return;
        }
        let conditional = |frame: &Frame| {
            matches!(
                frame,
                Frame::Branch | Frame::Handlers(_) | Frame::If(None, _)
            )
        };
        let guards = self.frames.iter().filter_map(|frame| match frame {
            Frame::If(guard, _) => guard.clone(),
            _ => None,
        });
        let guards: Vec<Guard> = guards.collect();
        let when = |conditional: bool| {
            if conditional {
                Reach::Perhaps
            } else {
                Reach::Always
            }
        };
        let otherwise = when(self.frames.iter().any(conditional));
        self.found.push(BodyStatement {
            change,
            reach: otherwise.max(when(!guards.is_empty())),
            guards,
            otherwise,
            handlers: Vec::new(),
        });
    }

    /// Whether no condition is around what is read now.
    fn is_always(&self) -> bool {
        let plain = |frame: &Frame| matches!(frame, Frame::Declarations | Frame::Block(_));
        self.frames.iter().all(plain)
    }

    /// What stands before a semicolon: any number of words that open or close something, then a statement.
    fn piece(&mut self, r: &mut Reader<'_>) {
        while !r.is_end() {
            if r.eat_operator("<<") {
                r.bump();
                r.eat_operator(">>");
                continue;
            }
            if self.frames.last() == Some(&Frame::Declarations) && !r.is("begin") {
                return self.declaration(r);
            }
            let words = r.eat_any(&[
                "declare",
                "begin",
                "exception when",
                "end",
                "if",
                "elsif",
                "elseif",
                "else",
                "when",
                "case",
                "while",
                "foreach",
                "for",
                "loop",
            ]);
            match words {
                None => return self.statement(r),
                Some("declare") => self.frames.push(Frame::Declarations),
                Some("begin") => {
                    if self.frames.last() == Some(&Frame::Declarations) {
                        self.frames.pop();
                    }
                    self.frames.push(Frame::Block(self.found.len()));
                }
                Some("exception when") => {
                    let start = match self.frames.last() {
                        Some(Frame::Block(start)) => *start,
                        _ => self.found.len(),
                    };
                    let conditions = r.until_any(&["then"]).take_rest().to_owned();
                    r.eat("then");
                    self.handlers(start, &conditions);
                }
                Some("end") => {
                    let inner = r.eat_any(&["if", "loop", "case"]).is_some();
                    if !inner && matches!(self.frames.last(), Some(Frame::Handlers(_))) {
                        self.frames.pop();
                    }
                    self.frames.pop();
                    r.take_rest();
                }
                Some("else") => {
                    if let Some(Frame::If(guard, branches)) = self.frames.last_mut() {
                        *guard = guard.take().filter(|_| *branches == 0).map(|guard| Guard {
                            wanted: !guard.wanted,
                            ..guard
                        });
                    }
                }
                Some("loop") => self.frames.push(Frame::Branch),
                Some("if") => {
                    let condition = self.condition(r, "then");
                    self.conditions += 1;
                    let guard = Guard {
                        id: self.conditions,
                        condition,
                        wanted: true,
                    };
                    self.frames.push(Frame::If(Some(guard), 0));
                }
                Some("while") => {
                    self.condition(r, "loop");
                    self.frames.push(Frame::Branch);
                }
                Some("elsif" | "elseif") => {
                    let condition = self.condition(r, "then");
                    self.conditions += 1;
                    if let Some(Frame::If(guard, branches)) = self.frames.last_mut() {
                        *guard = Some(Guard {
                            id: self.conditions,
                            condition,
                            wanted: true,
                        });
                        *branches += 1;
                    }
                }
                Some("when") if matches!(self.frames.last(), Some(Frame::Handlers(_))) => {
                    let conditions = r.until_any(&["then"]).take_rest().to_owned();
                    r.eat("then");
                    if let Some(Frame::Handlers(range)) = self.frames.last().cloned() {
                        self.taken_over(range, &conditions);
                    }
                }
                Some("when") => {
                    self.condition(r, "then");
                }
                Some("case") => {
                    let subject = r.until_any(&["when"]).take_rest().to_owned();
                    self.expression(&subject);
                    self.frames.push(Frame::Branch);
                }
                Some("foreach") => self.for_each(r),
                Some(_) => self.for_loop(r),
            }
        }
    }

    /// What the block has done so far is undone when a handler takes over; where it always raises, all of it is.
    fn handlers(&mut self, start: usize, conditions: &str) {
        let range = start..self.found.len();
        self.taken_over(range.clone(), conditions);
        let own = self.found.get(range.clone()).unwrap_or_default();
        let raises = own.iter().any(|one| {
            let raise =
                matches!(&one.change, Change::Utility { command, .. } if command == "raise");
            raise && one.guards.is_empty() && one.otherwise == Reach::Caught && one.catches("P0001")
        });
        let range = match raises {
            true => {
                self.found.truncate(start);
                start..start
            }
            false => range,
        };
        self.frames.push(Frame::Handlers(range));
    }

    /// Notes that a handler for these conditions stands by.
    fn taken_over(&mut self, range: std::ops::Range<usize>, conditions: &str) {
        let lower = conditions.to_ascii_lowercase();
        let names: Vec<String> = lower
            .split(" or ")
            .map(|name| name.trim().to_owned())
            .collect();
        for statement in self.found.get_mut(range).unwrap_or_default() {
            statement.reach = statement.reach.max(Reach::Caught);
            statement.otherwise = statement.otherwise.max(Reach::Caught);
            statement.handlers.extend(names.iter().cloned());
        }
    }

    fn condition(&mut self, r: &mut Reader<'_>, end: &str) -> Expr {
        let text = r.until_any(&[end]).take_rest().to_owned();
        r.eat(end);
        self.expression(&text);
        parse_expr(&text)
    }

    /// `name [CONSTANT] type [:= value]`, `name CURSOR FOR query`.
    fn declaration(&mut self, r: &mut Reader<'_>) {
        let Ok(name) = r.ident() else {
            r.take_rest();
            return;
        };
        self.names.push(name.clone());
        if r.is("alias") {
            r.take_rest();
            return;
        }
        r.until(|here| {
            here.is_operator(":=") || here.is_operator("=") || here.is("default") || here.is("for")
        });
        if r.eat("for") {
            return self.sql(r.take_rest());
        }
        if !r.is_end() && !r.eat("default") {
            r.bump();
        }
        if !r.is_end() {
            self.assign(name, r.take_rest());
        }
    }

    fn assign(&mut self, name: Ident, value: &str) {
        self.expression(value);
        match self.strings(&parse_expr(value)) {
            Some(values) if !self.is_always() => {
                if let Some(known) = self.values.get_mut(&name) {
                    known.extend(values);
                }
            }
            Some(values) => {
                self.values.insert(name, values);
            }
            None => {
                self.values.remove(&name);
            }
        }
    }

    /// `FOREACH x IN ARRAY a LOOP`.
    fn for_each(&mut self, r: &mut Reader<'_>) {
        let name = r.ident().ok();
        self.names.extend(name.clone());
        r.until_any(&["array"]);
        r.eat("array");
        let text = r.until_any(&["loop"]).take_rest().to_owned();
        r.eat("loop");
        self.expression(&text);
        if let (Some(name), Expr::Array(list)) = (name, parse_expr(&text)) {
            self.each_of(name, &list);
        }
        self.frames.push(Frame::Branch);
    }

    fn each_of(&mut self, name: Ident, list: &[Expr]) {
        let values: Option<Vec<Vec<String>>> =
            list.iter().map(|value| self.strings(value)).collect();
        match values {
            Some(values) => self.values.insert(name, values.concat()),
            None => self.values.remove(&name),
        };
    }

    /// `FOR x IN query | EXECUTE string | a .. b LOOP`.
    fn for_loop(&mut self, r: &mut Reader<'_>) {
        let name = r.ident().ok();
        self.names.extend(name.clone());
        r.until_any(&["in"]);
        r.eat("in");
        r.eat("reverse");
        let mut source = r.until_any(&["loop"]);
        r.eat("loop");
        if source.eat("execute") {
            self.execute(&mut source);
        } else if starts_query(&source) {
            let text = source.take_rest();
            if let (Some(name), Ok(query)) = (name, parse_query(text)) {
                self.loop_values(name, &query);
            }
            self.sql(text);
        } else {
            let text = source.take_rest().to_owned();
            text.split("..").for_each(|bound| self.expression(bound));
        }
        self.frames.push(Frame::Branch);
    }

    /// The values of `VALUES ('a'), ('b')` and of `SELECT unnest(ARRAY['a', 'b'])`.
    fn loop_values(&mut self, name: Ident, query: &Query) {
        self.values.remove(&name);
        match &query.body {
            QueryBody::Values(rows) => {
                let first: Option<Vec<Expr>> =
                    rows.iter().map(|row| row.first().cloned()).collect();
                if let Some(first) = first {
                    self.each_of(name, &first);
                }
            }
            QueryBody::Select(select) if select.from.is_empty() => {
                if let [
                    SelectItem::Expr {
                        expr: Expr::Call(call),
                        ..
                    },
                ] = select.projection.as_slice()
                    && call.name.name == "unnest"
                    && let [Expr::Array(list)] = call.args.as_slice()
                {
                    self.each_of(name, list);
                }
            }
            _ => {}
        }
    }

    fn statement(&mut self, r: &mut Reader<'_>) {
        let words = r.eat_any(&[
            "null",
            "get",
            "exit",
            "continue",
            "fetch",
            "move",
            "close",
            "raise",
            "assert",
            "return query execute",
            "return query",
            "return next",
            "return",
            "perform",
            "execute",
            "open",
            "commit",
            "rollback",
        ]);
        match words {
            Some("null" | "get" | "exit" | "continue" | "fetch" | "move" | "close" | "assert") => {
                r.take_rest();
            }
            Some("raise") => {
                let quiet = ["debug", "log", "info", "notice", "warning"];
                if r.eat_any(&quiet).is_none() {
                    self.push(Change::Utility {
                        command: "raise".to_owned(),
                        relations: Vec::new(),
                        name: None,
                        query: None,
                    });
                }
                r.take_rest();
            }
            Some("return query execute" | "execute") => self.execute(r),
            Some("return query") => self.sql(r.take_rest()),
            Some("perform") => {
                let text = format!("SELECT {}", r.take_rest());
                self.sql(&text);
            }
            Some("return next" | "return") => {
                let next = words == Some("return next");
                let text = r.take_rest().to_owned();
                self.expression(&text);
                self.returned |= !next && self.is_always();
            }
            Some("open") => {
                r.until_any(&["for"]);
                if r.eat("for execute") {
                    self.execute(r);
                } else if r.eat("for") {
                    self.sql(r.take_rest());
                }
            }
            Some("commit") => self.push(Change::Transaction(TransactionControl::Commit)),
            Some("rollback") => self.push(Change::Transaction(TransactionControl::Rollback)),
            Some(_) | None => self.assignment_or_sql(r),
        }
    }

    fn assignment_or_sql(&mut self, r: &mut Reader<'_>) {
        let mut ahead = r.clone();
        if let Ok(parts) = ahead.dotted() {
            while ahead.is_punct(b'[') {
                ahead.until(|here| here.is_punct(b']'));
                ahead.bump();
            }
            if ahead.eat_operator(":=") || ahead.eat_operator("=") {
                let text = ahead.take_rest();
                r.take_rest();
                return match parts.as_slice() {
                    [name] => self.assign(name.clone(), text),
                    _ => self.expression(text),
                };
            }
        }
        let text = without_into(r);
        self.sql(&text);
    }

    /// `EXECUTE string [INTO ..] [USING ..]`.
    fn execute(&mut self, r: &mut Reader<'_>) {
        let text = r.until_any(&["into", "using"]).take_rest().to_owned();
        r.take_rest();
        self.expression(&text);
        match self.strings(&parse_expr(&text)) {
            Some(texts) => {
                let own = self.misspelt.clone();
                texts.iter().for_each(|text| self.sql(text));
                self.misspelt = own;
            }
            None => self.push(Change::Opaque {
                reason: format!("EXECUTE of a string put together at run time: `{text}`"),
            }),
        }
    }

    fn sql(&mut self, text: &str) {
        for statement in super::parse(text).statements {
            if let Change::Opaque { reason } = &statement.change
                && begins_wrongly(reason, text)
                && self.misspelt.is_none()
            {
                self.misspelt = Some(reason.clone());
            }
            self.push(statement.change);
        }
    }

    /// An expression is a query when it calls something or has a query inside.
    fn expression(&mut self, text: &str) {
        if text.contains('(')
            && let Ok(query) = parse_query(&format!("SELECT {text}"))
        {
            self.push(Change::Dml(Dml {
                verb: DmlVerb::Select,
                target: None,
                query: Ok(Box::new(query)),
            }));
        }
    }

    /// Every string an expression can be; none when that depends on more than the body.
    fn strings(&self, expr: &Expr) -> Option<Vec<String>> {
        let found = match expr {
            Expr::String(text) => vec![text.clone()],
            Expr::Cast { expr, .. } | Expr::Collate { expr, .. } => self.strings(expr)?,
            Expr::Column(path) => match path.as_slice() {
                [name] => self.values.get(name)?.clone(),
                _ => return None,
            },
            Expr::Binary { left, op, right } if op == "||" => join(
                &self.strings(left)?,
                &self.strings(right)?,
                |left, right| format!("{left}{right}"),
            ),
            Expr::Call(call) => self.called(call)?,
            _ => return None,
        };
        (found.len() <= MAX_STRINGS).then_some(found)
    }

    fn called(&self, call: &Call) -> Option<Vec<String>> {
        let (first, rest) = call.args.split_first()?;
        let first = self.strings(first)?;
        match (call.name.name.as_str(), rest) {
            ("quote_ident", []) => Some(first.iter().map(|one| quoted(one, 'I')).collect()),
            ("quote_literal", []) => Some(first.iter().map(|one| quoted(one, 'L')).collect()),
            ("format", rest) => {
                let mut texts = first;
                for argument in rest {
                    let values = self.strings(argument)?;
                    texts = join(&texts, &values, filled);
                    if texts.len() > MAX_STRINGS {
                        return None;
                    }
                }
                let open =
                    |text: &String| ["%I", "%L", "%s"].iter().any(|mark| text.contains(mark));
                (!texts.iter().any(open)).then(|| {
                    let texts = texts.iter();
                    texts.map(|text| text.replace("%%", "%")).collect()
                })
            }
            _ => None,
        }
    }
}

fn join(left: &[String], right: &[String], both: impl Fn(&str, &str) -> String) -> Vec<String> {
    let pairs = left
        .iter()
        .flat_map(|left| right.iter().map(move |right| (left, right)));
    pairs
        .take(MAX_STRINGS + 1)
        .map(|(left, right)| both(left, right))
        .collect()
}

/// Puts a value in the place of the first `%I`, `%L` or `%s` of a format.
fn filled(text: &str, value: &str) -> String {
    let bytes = text.as_bytes();
    let mark = |at: &usize| {
        bytes.get(*at) == Some(&b'%') && matches!(bytes.get(at + 1), Some(b'I' | b'L' | b's'))
    };
    let Some(at) = (0..bytes.len()).find(mark) else {
        return text.to_owned();
    };
    let kind = char::from(bytes.get(at + 1).copied().unwrap_or(b's'));
    let before = text.get(..at).unwrap_or_default();
    let after = text.get(at + 2..).unwrap_or_default();
    // What is filled in must not be taken for a mark again.
    let value = quoted(value, kind).replace('%', "%%");
    format!("{before}{value}{after}")
}

fn quoted(value: &str, kind: char) -> String {
    match kind {
        'I' => Ident::new(value).to_sql().into_owned(),
        'L' => format!("'{}'", value.replace('\'', "''")),
        _ => value.to_owned(),
    }
}

/// Whether a text begins with a word that no statement begins with, and is no assignment to a part of something.
fn begins_wrongly(reason: &str, text: &str) -> bool {
    let mut rest = text.trim_start().chars();
    let after = rest.find(|c| !(c.is_alphanumeric() || *c == '_'));
    let next = after.into_iter().chain(rest).find(|c| !c.is_whitespace());
    reason.starts_with('`') && !next.is_some_and(|c| ".[:=".contains(c))
}

fn starts_query(r: &Reader<'_>) -> bool {
    let verbs = [
        "select", "values", "with", "table", "insert", "update", "delete", "merge",
    ];
    r.is_punct(b'(') || verbs.iter().any(|verb| r.is(verb))
}

/// The text of a statement without the `INTO [STRICT] targets` of PL/pgSQL.
fn without_into(r: &mut Reader<'_>) -> String {
    let whole = r.clone();
    let writes = ["insert", "update", "delete", "merge"]
        .iter()
        .any(|verb| r.is(verb));
    let reads = r.is("select");
    let with = r.is("with");
    if !writes && !reads && !with {
        return r.take_rest().to_owned();
    }
    if writes || (with && contains(r, "returning")) {
        r.until_any(&["returning"]);
    } else if with && (contains(r, "insert into") || contains(r, "merge into")) {
        return r.take_rest().to_owned();
    }
    r.until_any(&["into"]);
    let before = whole.up_to(r).rest_text().to_owned();
    if !r.eat("into") {
        r.take_rest();
        return before;
    }
    r.eat("strict");
    while r.dotted().is_ok() {
        while r.is_punct(b'[') {
            r.until(|here| here.is_punct(b']'));
            r.bump();
        }
        if !r.eat_punct(b',') {
            break;
        }
    }
    format!("{before} {}", r.take_rest())
}

fn contains(r: &Reader<'_>, words: &str) -> bool {
    let mut ahead = r.clone();
    ahead.until_any(&[words]);
    !ahead.is_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(body: &str) -> String {
        let statements = body_statements("plpgsql", body).into_iter();
        let lines = statements.map(|one| {
            let kind = super::super::kind::kind(&one.change);
            format!("{:?} {kind}", one.reach)
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn static_statements_are_read() {
        insta::assert_snapshot!(shown(
            "<<outer>> DECLARE n bigint := (SELECT count(*) FROM a); t text;
             BEGIN
               SELECT count(*) INTO STRICT n FROM a WHERE b > 5;
               IF n > 0 AND EXISTS (SELECT 1 FROM a) THEN ALTER TABLE a ADD COLUMN c int;
               ELSIF n = 0 THEN DROP TABLE a; ELSE TRUNCATE a; END IF;
               FOR r IN SELECT id FROM a LOOP UPDATE a SET b = r.id WHERE id = r.id; END LOOP;
               BEGIN CREATE TYPE m AS ENUM ('x'); EXCEPTION WHEN duplicate_object THEN NULL; END;
               INSERT INTO a VALUES (1) RETURNING id INTO n;
               CASE n WHEN 1 THEN LOCK TABLE a; ELSE NULL; END CASE;
               COMMIT;
             END outer"
        ), @"
        Always select
        Always select
        Always select
        Perhaps alter-table/add-column
        Perhaps drop-table
        Perhaps truncate
        Always select
        Perhaps update
        Caught create-type
        Always insert
        Perhaps lock
        Always commit
        ");
    }

    #[test]
    fn strings_are_put_together() {
        let texts = |body: &str| {
            let statements = body_statements("plpgsql", body).into_iter();
            let changes = statements.map(|one| format!("{:?}", one.change));
            changes.collect::<Vec<_>>().join("\n")
        };
        let each = texts(
            "DECLARE t text; BEGIN FOREACH t IN ARRAY ARRAY['a', 'B'] LOOP
             EXECUTE format('TRUNCATE %I', t); END LOOP; END",
        );
        assert!(each.contains("\"a\"") && each.contains("\"B\""), "{each}");
        let built = texts("BEGIN EXECUTE 'DROP TABLE ' || name; END");
        assert!(built.contains("Opaque"), "{built}");
        let joined = texts("BEGIN EXECUTE 'TRUNCATE ' || quote_ident('x'); END");
        assert!(joined.contains("Truncate"), "{joined}");
    }
}
