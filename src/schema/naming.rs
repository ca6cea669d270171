//! The names PostgreSQL gives to what the statement left unnamed (`makeObjectName` and its callers).

use super::{Catalogue, ResolvedName};
use crate::sql::ast::{
    Call, Expr, Ident, IndexElement, IndexKey, MAX_IDENT_BYTES, QueryBody, SelectItem,
};

/// `name1_name2_label`, the longer of both names cut until it fits into 63 bytes
/// (`makeObjectName`, src/backend/commands/indexcmds.c).
pub(super) fn object_name(name1: &str, name2: Option<&str>, label: &str) -> Ident {
    let separators = usize::from(name2.is_some()) + 1;
    let room = MAX_IDENT_BYTES.saturating_sub(separators + label.len());
    let (mut first, mut second) = (name1.len(), name2.map_or(0, str::len));
    while first + second > room {
        if first > second {
            first -= 1;
        } else {
            second -= 1;
        }
    }
    let mut name = clip(name1, first).to_owned();
    if let Some(name2) = name2 {
        name.push('_');
        name.push_str(clip(name2, second));
    }
    name.push('_');
    name.push_str(label);
    Ident::new(name)
}

/// The name of a NOT NULL constraint that was set without one, from PostgreSQL 18, where it is free.
pub(crate) fn not_null_name(table: &Ident, column: &Ident) -> Ident {
    object_name(table.as_str(), Some(column.as_str()), "not_null")
}

/// The first such name that no relation of the schema has; of an index under a constraint, none of
/// its constraints either (`ChooseRelationName`).
pub(super) fn relation_name(
    catalogue: &Catalogue,
    schema: &Ident,
    (name1, name2): (&str, Option<&str>),
    label: &str,
    of_constraint: bool,
) -> Ident {
    first_free(name1, name2, label, |name| {
        let full = ResolvedName::new(schema.clone(), name.clone());
        catalogue.is_taken(&full)
            || (of_constraint && catalogue.constraint_names.contains_key(&full))
    })
}

/// The first such name that no constraint of the schema has (`ChooseConstraintName`), one of a domain neither.
pub(super) fn constraint_name(
    catalogue: &Catalogue,
    table: &ResolvedName,
    columns: Option<&str>,
    label: &str,
) -> Ident {
    first_free(table.name.as_str(), columns, label, |name| {
        let full = ResolvedName::new(table.schema.clone(), name.clone());
        catalogue.constraint_names.contains_key(&full)
    })
}

/// Names joined by `_` for the middle of a generated name (`ChooseIndexNameAddition`).
pub(super) fn joined<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let mut joined = String::new();
    for name in names {
        if !joined.is_empty() {
            joined.push('_');
        }
        joined.push_str(name);
        if joined.len() > MAX_IDENT_BYTES {
            break;
        }
    }
    joined
}

/// The column names of an index: its columns', its expressions', made unique with numbers
/// (`ChooseIndexColumnNames`).
pub(super) fn index_column_names(elements: &[IndexElement], include: &[Ident]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let keys = elements.iter().map(|element| match &element.key {
        IndexKey::Column(column) => column.as_str(),
        IndexKey::Expr(expr) => expression_name(&expr.expr).unwrap_or("expr"),
    });
    for original in keys.chain(include.iter().map(Ident::as_str)) {
        let numbered = (1_u32..).map(|n| {
            let digits = n.to_string();
            format!("{}{digits}", clip(original, MAX_IDENT_BYTES - digits.len()))
        });
        let free = std::iter::once(original.to_owned())
            .chain(numbered)
            .find(|name| !names.contains(name));
        names.extend(free);
    }
    names
}

/// The name an expression gives to its column (`FigureColname`, src/backend/parser/parse_target.c).
pub(super) fn expression_name(expr: &Expr) -> Option<&str> {
    name_with_strength(expr).map(|(name, _)| name)
}

/// The name, and whether it is a good one (2) or only better than none (1).
fn name_with_strength(expr: &Expr) -> Option<(&str, u8)> {
    match expr {
        Expr::Column(parts) => parts.last().map(|name| (name.as_str(), 2)),
        Expr::Field { field, .. } => Some((field.as_str(), 2)),
        Expr::Subscript { expr, .. } | Expr::Collate { expr, .. } => name_with_strength(expr),
        Expr::Call(call) => Some((call_name(call), 2)),
        Expr::Cast { expr, ty } => name_with_strength(expr)
            .filter(|(_, strength)| *strength > 1)
            .or(Some((ty.name.as_str(), 1))),
        Expr::Case { otherwise, .. } => otherwise
            .as_deref()
            .and_then(name_with_strength)
            .filter(|(_, strength)| *strength > 1)
            .or(Some(("case", 1))),
        Expr::Array(_) | Expr::ArraySubquery(_) => Some(("array", 2)),
        Expr::Row(_) => Some(("row", 2)),
        Expr::Exists { .. } => Some(("exists", 2)),
        Expr::Subquery(query) => match &query.body {
            QueryBody::Select(select) => match select.projection.first()? {
                SelectItem::Expr { expr, alias } => {
                    let own = || expression_name(expr).unwrap_or("?column?");
                    Some((alias.as_ref().map_or_else(own, Ident::as_str), 2))
                }
                SelectItem::Wildcard | SelectItem::QualifiedWildcard(_) => None,
            },
            _ => None,
        },
        Expr::Boolean(_) => Some(("bool", 1)),
        Expr::Null
        | Expr::Number(_)
        | Expr::String(_)
        | Expr::Parameter(_)
        | Expr::Wildcard(_)
        | Expr::Unary { .. }
        | Expr::Binary { .. }
        | Expr::Is { .. }
        | Expr::InList { .. }
        | Expr::InSubquery { .. }
        | Expr::Between { .. }
        | Expr::Quantified { .. }
        | Expr::Default
        | Expr::Unparsed(_) => None,
    }
}

fn call_name(call: &Call) -> &str {
    call.name.name.as_str()
}

/// The first of `name_1`, `name_2`, .. that is free (`ChooseConstraintName` with an empty label).
pub(super) fn first_numbered(name: &str, is_taken: impl Fn(&Ident) -> bool) -> Ident {
    let mut number = 1_usize;
    loop {
        let numbered = object_name(name, None, &number.to_string());
        if !is_taken(&numbered) {
            return numbered;
        }
        number += 1;
    }
}

pub(super) fn first_free(
    name1: &str,
    name2: Option<&str>,
    label: &str,
    is_taken: impl Fn(&Ident) -> bool,
) -> Ident {
    let plain = object_name(name1, name2, label);
    if !is_taken(&plain) {
        return plain;
    }
    let mut pass = 1_usize;
    loop {
        let name = object_name(name1, name2, &format!("{label}{pass}"));
        if !is_taken(&name) {
            return name;
        }
        pass += 1;
    }
}

/// At most that many bytes, cut between characters (`pg_mbcliplen`).
fn clip(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at));
    text.get(..end.unwrap_or(0)).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_cut_evenly() {
        let table = "a".repeat(60);
        let name = object_name(&table, Some("column_with_a_name"), "fkey");
        assert_eq!(name.as_str().len(), 63);
        assert_eq!(
            name,
            format!("{}_column_with_a_name_fkey", "a".repeat(39)).as_str()
        );
        let both = object_name(&table, Some(&"b".repeat(60)), "key");
        assert_eq!(
            both,
            format!("{}_{}_key", "a".repeat(29), "b".repeat(29)).as_str()
        );
    }

    #[test]
    fn cuts_between_characters() {
        assert_eq!(clip("äöü", 3), "ä");
    }
}
