//! Reads `CREATE FUNCTION`, `CREATE PROCEDURE`, `CREATE AGGREGATE` and `DO`.

use super::ast::{Change, CreateRoutine, Ident, ObjectKind, QualifiedName, Volatility};
use super::object_name::{argument, argument_types};
use super::reader::{Read, Reader};
use super::type_name::type_name;

/// Reads what follows `CREATE [OR REPLACE] FUNCTION | PROCEDURE | AGGREGATE`.
pub(crate) fn create_routine(
    r: &mut Reader<'_>,
    object: ObjectKind,
    or_replace: bool,
) -> Read<Change> {
    let mut routine = empty(r.function_name()?, object, or_replace);
    if object == ObjectKind::Aggregate {
        let arguments = aggregate_arguments(r);
        routine.args = r.noted("arguments", arguments).unwrap_or_default();
        r.take_rest();
        return Ok(Change::CreateRoutine(Box::new(routine)));
    }
    let arguments = arguments(r, &mut routine);
    r.noted("arguments", arguments);
    while !r.is_end() {
        let option = option(r, &mut routine);
        if r.noted("routine", option).is_none() {
            r.bump();
            r.until(is_option);
        }
    }
    Ok(Change::CreateRoutine(Box::new(routine)))
}

fn empty(name: QualifiedName, object: ObjectKind, or_replace: bool) -> CreateRoutine {
    CreateRoutine {
        object,
        name,
        or_replace,
        args: Vec::new(),
        names: Vec::new(),
        outputs: Vec::new(),
        defaults: 0,
        variadic: false,
        returns: None,
        language: None,
        volatility: Volatility::Volatile,
        search_path: None,
        security_definer: false,
        settings: false,
        atomic: false,
        body: None,
    }
}

fn arguments(r: &mut Reader<'_>, routine: &mut CreateRoutine) -> Read<()> {
    for mut item in r.parens()?.items() {
        if let Some(argument) = argument(&mut item)? {
            routine.defaults += usize::from(argument.has_default);
            routine.variadic |= argument.variadic;
            if let Some(ty) = argument.output {
                routine.outputs.push((argument.name.clone(), ty));
            }
            if let Some(ty) = argument.input {
                routine.args.push(ty);
                routine.names.push(argument.name);
            }
        }
    }
    Ok(())
}

/// The old style names the type of the one argument among the options: `(BASETYPE = int4, ..)`.
fn aggregate_arguments(r: &mut Reader<'_>) -> Read<Vec<super::ast::TypeName>> {
    let mut inner = r.parens()?;
    if r.is_punct(b'(') {
        return argument_types(&mut inner);
    }
    for mut item in inner.items() {
        if item.eat("basetype") && item.eat_operator("=") {
            return match item.eat("any") || item.is_string() {
                true => Ok(Vec::new()),
                false => argument_types(&mut item),
            };
        }
    }
    Ok(Vec::new())
}

/// Whether an option of a routine begins here.
fn is_option(r: &Reader<'_>) -> bool {
    let starts = [
        "language",
        "transform",
        "window",
        "immutable",
        "stable",
        "volatile",
        "leakproof",
        "not leakproof",
        "called on null",
        "returns null on",
        "strict",
        "security",
        "external security",
        "parallel",
        "cost",
        "rows",
        "support",
        "set",
        "reset",
        "as",
        "return",
        "begin atomic",
        "with",
    ];
    starts.iter().any(|words| r.is(words))
}

fn option(r: &mut Reader<'_>, routine: &mut CreateRoutine) -> Read<()> {
    let words = r.eat_any(&[
        "returns null on null input",
        "returns",
        "language",
        "immutable",
        "stable",
        "volatile",
        "as",
        "return",
        "begin atomic",
        "called on null input",
        "strict",
        "window",
        "leakproof",
        "not leakproof",
        "external security",
        "security",
        "parallel",
        "cost",
        "rows",
        "support",
        "set",
        "transform",
        "with",
    ]);
    match words.ok_or_else(|| r.expected("an option of the routine"))? {
        "returns" => {
            let mut returns = r.until(is_option);
            let mut ahead = returns.clone();
            if ahead.eat("table") && ahead.is_punct(b'(') {
                for mut item in ahead.parens()?.items() {
                    let name = item.parameter()?;
                    routine.outputs.push((Some(name), type_name(&mut item)?));
                }
            }
            routine.returns = Some(returns.take_rest().to_owned());
        }
        "language" => routine.language = Some(language(r)?),
        "immutable" => routine.volatility = Volatility::Immutable,
        "stable" => routine.volatility = Volatility::Stable,
        "volatile" => routine.volatility = Volatility::Volatile,
        "as" => {
            routine.body = Some(r.string()?);
            if r.eat_punct(b',') {
                r.string()?;
            }
        }
        "return" => own_body(r.take_rest(), routine),
        "begin atomic" => {
            let text = r.take_rest();
            let end = text.len().saturating_sub("end".len());
            own_body(text.get(..end).unwrap_or(text).trim_end(), routine);
        }
        "external security" | "security" => {
            routine.security_definer = r.word()?.eq_ignore_ascii_case("definer");
        }
        "parallel" => drop(r.word()?),
        "cost" | "rows" => drop(r.number()?),
        "support" => drop(r.labels()?),
        "set" => {
            routine.settings = true;
            let text = r.until(is_option).take_rest().to_owned();
            if let Some(path) = search_path(&text) {
                routine.search_path = Some(path);
            }
        }
        "transform" | "with" => drop(r.until(is_option)),
        _ => {}
    }
    Ok(())
}

/// The schemas of `search_path = a, "b"` or `search_path TO 'a'`, as `SET` in front of it reads.
pub(crate) fn search_path(setting: &str) -> Option<Vec<Ident>> {
    let setting = setting.trim();
    let name = setting.get(.."search_path".len())?;
    let rest = setting.get("search_path".len()..)?.trim_start();
    let list = match rest.strip_prefix('=') {
        Some(list) => list,
        None => rest
            .get(.."to ".len())
            .filter(|to| to.eq_ignore_ascii_case("to "))
            .and(rest.get("to ".len()..))?,
    };
    if !name.eq_ignore_ascii_case("search_path") || list.trim().eq_ignore_ascii_case("default") {
        return None;
    }
    let names = list.split(',').map(|one| {
        let one = one.trim();
        let quoted = |mark: char| {
            one.strip_prefix(mark)
                .and_then(|rest| rest.strip_suffix(mark))
        };
        match quoted('"').or_else(|| quoted('\'')) {
            Some(inner) => Ident::new(inner),
            None => Ident::folded(one),
        }
    });
    Some(names.filter(|name| !name.as_str().is_empty()).collect())
}

/// A body that is SQL itself, not a string; its language is SQL unless written.
fn own_body(text: &str, routine: &mut CreateRoutine) {
    routine.body = Some(text.to_owned());
    routine.atomic = true;
    routine.language.get_or_insert_with(|| "sql".to_owned());
}

fn language(r: &mut Reader<'_>) -> Read<String> {
    let name = if r.is_string() {
        r.string()?
    } else {
        r.role()?.to_string()
    };
    Ok(name.to_ascii_lowercase())
}

/// Reads what follows `DO`.
pub(crate) fn anonymous_block(r: &mut Reader<'_>) -> Read<Change> {
    let (mut name, mut body) = (None, None);
    while !r.is_end() {
        if r.eat("language") {
            name = Some(language(r)?);
        } else {
            body = Some(r.string()?);
        }
    }
    Ok(Change::Do {
        language: name.unwrap_or_else(|| "plpgsql".to_owned()),
        body: body.ok_or_else(|| r.expected("the body as a string"))?,
    })
}
