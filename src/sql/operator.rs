//! Reads `CREATE OPERATOR` and `CREATE CAST`.

use super::ast::{
    CastContext, CastMethod, Change, CreateCast, CreateOperator, Ident, ObjectKind, QualifiedName,
    TypeName,
};
use super::object_name::{cast_types, object_name, operator_name};
use super::reader::{Read, Reader};
use super::type_name::type_name;

/// Reads what follows `CREATE OPERATOR`.
pub(crate) fn create_operator(r: &mut Reader<'_>) -> Read<Change> {
    let mut operator = CreateOperator {
        name: operator_name(r)?,
        left: None,
        right: None,
        function: None,
        commutator: None,
        negator: None,
        options: Vec::new(),
    };
    for mut option in r.parens()?.items() {
        let read = attribute(&mut option, &mut operator);
        r.noted("operator", read);
    }
    r.finish("operator");
    Ok(Change::CreateOperator(Box::new(operator)))
}

/// Reads `LEFTARG = int` and its like; names that mean nothing are passed over, as PostgreSQL does.
fn attribute(r: &mut Reader<'_>, operator: &mut CreateOperator) -> Read<()> {
    let name = r.label()?;
    if !r.eat_operator("=") {
        operator.options.push(name);
        return Ok(());
    }
    match name.as_str() {
        "leftarg" => operator.left = Some(operand(r)?),
        "rightarg" => operator.right = Some(operand(r)?),
        "function" | "procedure" => operator.function = Some(function(r)?),
        "commutator" => operator.commutator = Some(other(r)?),
        "negator" => operator.negator = Some(other(r)?),
        _ => {
            r.take_rest();
            operator.options.push(name);
        }
    }
    r.finish("attribute");
    Ok(())
}

fn operand(r: &mut Reader<'_>) -> Read<TypeName> {
    match r.is_string() {
        true => Ok(TypeName::plain(&r.string()?)),
        false => type_name(r),
    }
}

fn function(r: &mut Reader<'_>) -> Read<QualifiedName> {
    match r.is_string() {
        true => Ok(QualifiedName::bare(Ident::new(r.string()?))),
        false => r.function_name(),
    }
}

/// Reads `+` or `OPERATOR(schema.+)`.
fn other(r: &mut Reader<'_>) -> Read<QualifiedName> {
    match r.eat("operator") {
        true => operator_name(&mut r.parens()?),
        false => operator_name(r),
    }
}

/// Reads what follows `CREATE CAST`.
pub(crate) fn create_cast(r: &mut Reader<'_>) -> Read<Change> {
    let (source, target) = cast_types(&mut r.parens()?)?;
    let method = match r.eat_any(&["with function", "without function", "with inout"]) {
        Some("with function") => CastMethod::Function(object_name(r, ObjectKind::Function)?),
        Some("with inout") => CastMethod::InOut,
        Some(_) => CastMethod::Binary,
        None => return Err(r.expected("how to cast")),
    };
    let context = match r.eat_any(&["as implicit", "as assignment"]) {
        Some("as implicit") => CastContext::Implicit,
        Some(_) => CastContext::Assignment,
        None => CastContext::Explicit,
    };
    r.finish("cast");
    Ok(Change::CreateCast(Box::new(CreateCast {
        source,
        target,
        method,
        context,
    })))
}
