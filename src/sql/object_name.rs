//! Reads which object a DROP, COMMENT, ALTER or GRANT names: its kind and its name.

use super::ast::{Ident, ObjectKind, ObjectName, QualifiedName, TypeName};
use super::reader::{Read, Reader};
use super::token::TokenKind;
use super::type_name::type_name;

/// The words for each kind of object; where one phrase begins another, the longer stands first.
const KINDS: &[(&str, ObjectKind)] = &[
    ("access method", ObjectKind::AccessMethod),
    ("aggregate", ObjectKind::Aggregate),
    ("cast", ObjectKind::Cast),
    ("collation", ObjectKind::Collation),
    ("column", ObjectKind::Column),
    ("constraint", ObjectKind::Constraint),
    ("conversion", ObjectKind::Conversion),
    ("database", ObjectKind::Database),
    ("domain", ObjectKind::Domain),
    ("event trigger", ObjectKind::EventTrigger),
    ("extension", ObjectKind::Extension),
    ("foreign data wrapper", ObjectKind::ForeignDataWrapper),
    ("foreign server", ObjectKind::Server),
    ("foreign table", ObjectKind::ForeignTable),
    ("function", ObjectKind::Function),
    ("group", ObjectKind::Role),
    ("index", ObjectKind::Index),
    ("trusted procedural language", ObjectKind::Language),
    ("trusted language", ObjectKind::Language),
    ("procedural language", ObjectKind::Language),
    ("language", ObjectKind::Language),
    ("large object", ObjectKind::LargeObject),
    ("materialized view", ObjectKind::MaterializedView),
    ("operator class", ObjectKind::OperatorClass),
    ("operator family", ObjectKind::OperatorFamily),
    ("operator", ObjectKind::Operator),
    ("policy", ObjectKind::Policy),
    ("procedure", ObjectKind::Procedure),
    ("publication", ObjectKind::Publication),
    ("role", ObjectKind::Role),
    ("routine", ObjectKind::Routine),
    ("rule", ObjectKind::Rule),
    ("schema", ObjectKind::Schema),
    ("sequence", ObjectKind::Sequence),
    ("server", ObjectKind::Server),
    ("statistics", ObjectKind::Statistics),
    ("subscription", ObjectKind::Subscription),
    ("table", ObjectKind::Table),
    ("tablespace", ObjectKind::Tablespace),
    (
        "text search configuration",
        ObjectKind::TextSearchConfiguration,
    ),
    ("text search dictionary", ObjectKind::TextSearchDictionary),
    ("text search parser", ObjectKind::TextSearchParser),
    ("text search template", ObjectKind::TextSearchTemplate),
    ("transform", ObjectKind::Transform),
    ("trigger", ObjectKind::Trigger),
    ("type", ObjectKind::Type),
    ("user mapping", ObjectKind::UserMapping),
    ("user", ObjectKind::Role),
    ("view", ObjectKind::View),
];

/// Reads the words for a kind of object.
pub(crate) fn object_kind(r: &mut Reader<'_>) -> Option<ObjectKind> {
    let kind = KINDS.iter().find(|(words, _)| r.eat(words));
    kind.map(|(_, kind)| *kind)
}

/// Reads the name of an object of that kind, with all that belongs to naming it.
pub(crate) fn object_name(r: &mut Reader<'_>, kind: ObjectKind) -> Read<ObjectName> {
    match kind {
        ObjectKind::Aggregate
        | ObjectKind::Function
        | ObjectKind::Procedure
        | ObjectKind::Routine => routine(r),
        ObjectKind::Constraint | ObjectKind::Policy | ObjectKind::Rule | ObjectKind::Trigger => {
            of_table(r)
        }
        ObjectKind::Column => column(r),
        ObjectKind::Operator => operator(r),
        ObjectKind::OperatorClass | ObjectKind::OperatorFamily => {
            let name = r.name()?;
            r.expect("using")?;
            r.ident()?;
            Ok(ObjectName::new(name))
        }
        ObjectKind::Cast => {
            let mut types = r.parens()?;
            let name = named_by_text(types.rest_text());
            let (source, target) = cast_types(&mut types)?;
            Ok(ObjectName {
                args: Some(vec![source, target]),
                ..name
            })
        }
        ObjectKind::Transform => {
            let start = r.clone();
            r.expect("for")?;
            type_name(r)?;
            r.expect("language")?;
            r.ident()?;
            Ok(named_by_text(start.up_to(r).take_rest()))
        }
        ObjectKind::UserMapping => {
            r.eat("if not exists");
            r.expect("for")?;
            let user = r.label()?;
            r.expect("server")?;
            let server = r.ident()?;
            Ok(named_by_text(&format!("{user} on {server}")))
        }
        ObjectKind::LargeObject => {
            let number = r.number()?;
            Ok(named_by_text(&number))
        }
        ObjectKind::Domain | ObjectKind::Type => {
            let ty = type_name(r)?;
            Ok(ObjectName::new(ty.qualified_name()))
        }
        ObjectKind::ForeignTable
        | ObjectKind::Index
        | ObjectKind::MaterializedView
        | ObjectKind::Sequence
        | ObjectKind::Table
        | ObjectKind::View => Ok(ObjectName::new(r.relation()?.0)),
        ObjectKind::Language if r.is_string() => {
            let name = r.string()?;
            Ok(named_by_text(&name))
        }
        // `ALTER ROLE ALL SET ..` is of every role.
        ObjectKind::Role if r.is("all") => Ok(ObjectName::new(QualifiedName::bare(r.label()?))),
        ObjectKind::Role | ObjectKind::Language => {
            Ok(ObjectName::new(QualifiedName::bare(r.role()?)))
        }
        ObjectKind::AccessMethod
        | ObjectKind::Collation
        | ObjectKind::Conversion
        | ObjectKind::Database
        | ObjectKind::EventTrigger
        | ObjectKind::Extension
        | ObjectKind::ForeignDataWrapper
        | ObjectKind::Publication
        | ObjectKind::Schema
        | ObjectKind::Server
        | ObjectKind::Statistics
        | ObjectKind::Subscription
        | ObjectKind::Tablespace
        | ObjectKind::TextSearchConfiguration
        | ObjectKind::TextSearchDictionary
        | ObjectKind::TextSearchParser
        | ObjectKind::TextSearchTemplate => Ok(ObjectName::new(r.name()?)),
    }
}

/// An object without a name of its own goes by what is written.
fn named_by_text(text: &str) -> ObjectName {
    ObjectName::new(QualifiedName::bare(Ident::new(text)))
}

fn routine(r: &mut Reader<'_>) -> Read<ObjectName> {
    let name = r.function_name()?;
    let args = if r.is_punct(b'(') {
        let mut inner = r.parens()?;
        let args = argument_types(&mut inner);
        inner.noted("arguments", args)
    } else {
        None
    };
    Ok(ObjectName {
        name,
        table: None,
        args,
    })
}

/// Reads all that is left as the arguments of a routine and gives the types of those it takes.
pub(crate) fn argument_types(r: &mut Reader<'_>) -> Read<Vec<TypeName>> {
    if r.eat_operator("*") {
        return Ok(Vec::new());
    }
    let mut types = Vec::new();
    for mut part in r.items() {
        // `ORDER BY` parts the direct arguments of an ordered-set aggregate from the others.
        let mut before = part.until_any(&["order by"]);
        let behind = part.eat("order by").then_some(part);
        if behind.is_none() || !before.is_end() {
            types.extend(argument(&mut before)?.and_then(|argument| argument.input));
        }
        if let Some(mut behind) = behind {
            types.extend(argument(&mut behind)?.and_then(|argument| argument.input));
        }
    }
    Ok(types)
}

/// One argument of a routine.
pub(crate) struct Argument {
    /// Its name, if it has one.
    pub(crate) name: Option<Ident>,
    /// Its type where it is handed back: `OUT` and `INOUT`.
    pub(crate) output: Option<TypeName>,
    /// Its type, unless it is `OUT`.
    pub(crate) input: Option<TypeName>,
    /// Whether it has a default.
    pub(crate) has_default: bool,
    /// Whether it gathers all that follow.
    pub(crate) variadic: bool,
}

/// Reads `[mode] [name] [mode] type [DEFAULT expr]`, all that is left; none in an empty list.
pub(crate) fn argument(r: &mut Reader<'_>) -> Read<Option<Argument>> {
    if r.is_end() {
        return Ok(None);
    }
    let mut declaration = r.until(|here| here.is("default") || here.is_operator("="));
    let has_default = !r.is_end();
    r.take_rest();
    let mut mode_read = mode(&mut declaration);
    let mut unnamed = declaration.clone();
    let (name, ty) = match argument_type(&mut unnamed) {
        Ok(ty) if unnamed.is_end() => (None, ty),
        _ => {
            let name = declaration.parameter()?;
            mode_read = mode_read.or(mode(&mut declaration));
            let ty = argument_type(&mut declaration)?;
            declaration.finish("argument");
            (Some(name), ty)
        }
    };
    let is = |words: &[&str]| mode_read.is_some_and(|mode| words.contains(&mode));
    Ok(Some(Argument {
        name,
        output: is(&["out", "in out", "inout"]).then(|| ty.clone()),
        input: (!is(&["out"])).then_some(ty),
        has_default,
        variadic: is(&["variadic"]),
    }))
}

/// Reads the type of an argument; that of another column, `a.b%TYPE`, is not looked up.
fn argument_type(r: &mut Reader<'_>) -> Read<TypeName> {
    let mut ahead = r.clone();
    let mut column = ahead.until(|here| here.is_operator("%"));
    let column = column.take_rest().trim();
    let copied = !column.contains(char::is_whitespace) && ahead.eat_operator("%");
    if copied && ahead.eat("type") {
        *r = ahead;
        return Ok(TypeName::plain("unknown"));
    }
    type_name(r)
}

/// Reads the mode of an argument.
fn mode(r: &mut Reader<'_>) -> Option<&'static str> {
    r.eat_any(&["in out", "inout", "in", "variadic", "out"])
}

fn of_table(r: &mut Reader<'_>) -> Read<ObjectName> {
    let name = QualifiedName::bare(r.ident()?);
    // Rules were once dropped without their table's name; nobody can do without it today.
    r.expect("on")?;
    r.eat("domain");
    Ok(ObjectName {
        name,
        table: Some(r.name()?),
        args: None,
    })
}

fn column(r: &mut Reader<'_>) -> Read<ObjectName> {
    let mut parts = r.dotted()?;
    let name = parts.pop().ok_or_else(|| r.expected("a column"))?;
    let table = parts
        .pop()
        .ok_or_else(|| r.expected("a table and its column"))?;
    let schema = parts.pop();
    Ok(ObjectName {
        name: QualifiedName::bare(name),
        table: Some(QualifiedName {
            schema,
            name: table,
        }),
        args: None,
    })
}

/// Reads `text AS mood`, the types of a cast.
pub(crate) fn cast_types(r: &mut Reader<'_>) -> Read<(TypeName, TypeName)> {
    let source = type_name(r)?;
    r.expect("as")?;
    let target = type_name(r)?;
    r.finish("cast");
    Ok((source, target))
}

/// Reads `schema.+`.
pub(crate) fn operator_name(r: &mut Reader<'_>) -> Read<QualifiedName> {
    let schema = match r.peek() {
        Some(token) if token.kind != TokenKind::Operator => {
            let schema = r.label()?;
            r.eat_punct(b'.');
            Some(schema)
        }
        _ => None,
    };
    let symbol = match r.bump() {
        Some(token) if token.kind == TokenKind::Operator => r.text(token),
        _ => return Err(r.expected("an operator")),
    };
    // The lexer of PostgreSQL knows one operator by two names.
    let symbol = if symbol == "!=" { "<>" } else { symbol };
    Ok(QualifiedName {
        schema,
        name: Ident::new(symbol),
    })
}

/// Reads `schema.+ (type, type)`.
fn operator(r: &mut Reader<'_>) -> Read<ObjectName> {
    let name = operator_name(r)?;
    let args = if r.is_punct(b'(') {
        let mut inner = r.parens()?;
        let types = inner.list(|r| match r.eat("none") {
            true => Ok(None),
            false => type_name(r).map(Some),
        })?;
        Some(types.into_iter().flatten().collect())
    } else {
        None
    };
    Ok(ObjectName {
        name,
        table: None,
        args,
    })
}
