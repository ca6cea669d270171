//! Type conversions: whether a column's rows must be written anew.

use crate::schema::{Catalogue, EnumOrOther};
use crate::sql::ast::{Expr, Ident, TypeName};

/// Domains over domains are followed this far.
const MAX_DEPTH: usize = 32;

/// The type under a domain, and whether the domain constrains its values.
pub(super) fn base_type(catalogue: &Catalogue, ty: &TypeName) -> (TypeName, bool) {
    let (mut ty, mut constrained) = (ty.clone(), false);
    for _ in 0..MAX_DEPTH {
        if ty.array {
            break;
        }
        let found = catalogue.type_def(&ty.qualified_name());
        let Some(EnumOrOther::Domain {
            base,
            not_null,
            checks,
            ..
        }) = found.map(|found| &found.kind)
        else {
            break;
        };
        constrained |= *not_null || !checks.is_empty();
        ty = base.clone();
    }
    (ty, constrained)
}

/// Whether rows survive a conversion as they are: the same bytes, and nothing to check.
///
/// `utc` says that the session's time zone is UTC, in which `timestamp` and `timestamptz` are the
/// same bytes (lock-truth: the family `alter_type`).
pub(super) fn keeps_rows(catalogue: &Catalogue, from: &TypeName, to: &TypeName, utc: bool) -> bool {
    if from == to || same_domain(catalogue, from, to) {
        return true;
    }
    let (to_base, constrained) = base_type(catalogue, to);
    let (mut base, _) = base_type(catalogue, from);
    if base != *from {
        // A value of a domain carries no modifier (`exprTypmod`), so that one of the new type is applied anew
        // (measured: `alter_type.domain_varchar_to_varchar`).
        base.modifiers.clear();
    }
    let (from, to) = (base, to_base);
    if constrained {
        return false;
    }
    if from.array || to.array {
        return from.array == to.array
            && from.name == to.name
            && from.schema == to.schema
            && (to.modifiers.is_empty() || to.modifiers == from.modifiers);
    }
    if from.name == to.name {
        return modifiers_widen(to.name.as_str(), &from.modifiers, &to.modifiers);
    }
    let pair = (from.name.as_str(), to.name.as_str());
    match pair {
        ("timestamp", "timestamptz") | ("timestamptz", "timestamp") => {
            utc && modifiers_widen(to.name.as_str(), &[], &to.modifiers)
        }
        _ => binary_coercible(pair.0, pair.1) && to.modifiers.is_empty(),
    }
}

/// Whether both are one domain: nothing is converted, and nothing checked again.
fn same_domain(catalogue: &Catalogue, from: &TypeName, to: &TypeName) -> bool {
    let domain = |ty: &TypeName| {
        let found = catalogue.type_def(&ty.qualified_name());
        let found = found.filter(|found| matches!(found.kind, EnumOrOther::Domain { .. }));
        found.map(|found| &found.name)
    };
    from.array == to.array && domain(from).is_some() && domain(from) == domain(to)
}

/// The type of a USING expression that leaves the rows as they are: the column itself, cast and cast again.
pub(super) fn kept_through(
    catalogue: &Catalogue,
    expr: &Expr,
    column: &Ident,
    ty: &TypeName,
    utc: bool,
) -> Option<TypeName> {
    match expr {
        Expr::Column(path) => (path.last() == Some(column)).then(|| ty.clone()),
        Expr::Cast { expr, ty: to } => {
            let from = kept_through(catalogue, expr, column, ty, utc)?;
            keeps_rows(catalogue, &from, to, utc).then(|| to.clone())
        }
        Expr::Collate { expr, .. } => kept_through(catalogue, expr, column, ty, utc),
        _ => None,
    }
}

/// Casts without a function (`pg_cast.castmethod = 'b'`, PostgreSQL 18, and those of extension citext).
fn binary_coercible(from: &str, to: &str) -> bool {
    const TEXT: &[&str] = &["text", "varchar"];
    const OIDS: &[&str] = &[
        "oid",
        "regproc",
        "regprocedure",
        "regoper",
        "regoperator",
        "regclass",
        "regtype",
        "regconfig",
        "regdictionary",
        "regrole",
        "regnamespace",
        "regcollation",
        "int4",
    ];
    if TEXT.contains(&from) {
        return TEXT.contains(&to) || to == "bpchar" || to == "citext";
    }
    match from {
        "citext" | "xml" | "pg_node_tree" => {
            TEXT.contains(&to) || (from == "xml" && to == "bpchar")
        }
        "cidr" => to == "inet",
        "bit" => to == "varbit",
        "varbit" => to == "bit",
        _ => {
            const NUMBERS: &[&str] = &["oid", "int4"];
            const ALIKE: &[[&str; 2]] = &[["regproc", "regprocedure"], ["regoper", "regoperator"]];
            let alike = |pair: &[&str; 2]| pair.contains(&from) && pair.contains(&to);
            let number = NUMBERS.contains(&from) || NUMBERS.contains(&to);
            OIDS.contains(&from) && OIDS.contains(&to) && (number || ALIKE.iter().any(alike))
        }
    }
}

/// Whether a column of one type can reference a column of the other: PostgreSQL has an operator for
/// both, or casts the first into the second unasked; a type that is not its own may have one.
pub(super) fn comparable(catalogue: &Catalogue, from: &TypeName, key: &TypeName) -> bool {
    let ((from, _), (key, _)) = (base_type(catalogue, from), base_type(catalogue, key));
    if from.name == key.name {
        return from.array == key.array;
    }
    let has = |list: &[&str], ty: &TypeName| list.contains(&ty.name.as_str());
    let known = |ty: &TypeName| COMPARABLE.iter().any(|list| has(list, ty)) || has(ALONE, ty);
    let numeric = ["int2", "int4", "int8", "numeric", "float4", "float8"];
    let place = |ty: &TypeName| numeric.iter().position(|name| ty.name == *name);
    let widens = matches!((place(&from), place(&key)), (Some(from), Some(key)) if from < key);
    let together = COMPARABLE
        .iter()
        .any(|list| has(list, &from) && has(list, &key));
    !known(&from) || !known(&key) || (!from.array && !key.array && (together || widens))
}

/// Types with operators between them (`pg_amop` of the btree families, PostgreSQL 15).
const COMPARABLE: &[&[&str]] = &[
    &["int2", "int4", "int8"],
    &["float4", "float8"],
    &["text", "varchar", "bpchar", "name", "citext"],
    &["date", "timestamp", "timestamptz"],
    &["bit", "varbit"],
    &["inet", "cidr"],
];

/// Types that compare with themselves only.
const ALONE: &[&str] = &[
    "bool", "uuid", "bytea", "json", "jsonb", "numeric", "time", "timetz", "interval", "money",
];

/// Whether every value of a type with some modifiers is one with the others, unchanged.
fn modifiers_widen(name: &str, from: &[String], to: &[String]) -> bool {
    let number =
        |list: &[String], at: usize| list.get(at).and_then(|digits| digits.parse::<i64>().ok());
    if to.is_empty() || from == to {
        return true;
    }
    match name {
        "varchar" | "varbit" => match (number(from, 0), number(to, 0)) {
            (Some(old), Some(new)) => new >= old,
            _ => false,
        },
        "numeric" => match (number(from, 0), number(to, 0)) {
            (Some(old), Some(new)) => {
                new >= old && number(from, 1).unwrap_or(0) == number(to, 1).unwrap_or(0)
            }
            _ => false,
        },
        "timestamp" | "timestamptz" | "time" | "timetz" => {
            let new = number(to, 0);
            new >= Some(6) || matches!((number(from, 0), new), (Some(old), Some(new)) if new >= old)
        }
        "interval" => {
            let ((old_least, old), (new_least, new)) = (interval_parts(from), interval_parts(to));
            new_least <= old_least && (old_least > 0 || new >= old)
        }
        _ => false,
    }
}

/// The smallest field an `interval` keeps, seconds first, and the digits it keeps of them: of both no more is
/// asked (`interval_support`, `intervaltypmodleastfield`).
fn interval_parts(modifiers: &[String]) -> (usize, u32) {
    const FIELDS: [&str; 6] = ["second", "minute", "hour", "day", "month", "year"];
    let words = || {
        modifiers
            .iter()
            .flat_map(|one| one.split(|c: char| !c.is_alphanumeric()))
    };
    let fields = words().filter_map(|word| {
        let word = word.to_ascii_lowercase();
        FIELDS.iter().position(|field| *field == word)
    });
    let digits = words().find_map(|word| word.parse().ok());
    (fields.min().unwrap_or(0), digits.unwrap_or(6).min(6))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ty(name: &str, modifiers: &[&str]) -> TypeName {
        TypeName {
            modifiers: modifiers.iter().map(|one| (*one).to_owned()).collect(),
            ..TypeName::plain(name)
        }
    }

    #[test]
    fn rows_are_kept() {
        let catalogue = Catalogue::default();
        let kept = |from: TypeName, to: TypeName| keeps_rows(&catalogue, &from, &to, false);
        assert!(kept(ty("varchar", &["20"]), ty("varchar", &["50"])));
        assert!(!kept(ty("varchar", &["50"]), ty("varchar", &["20"])));
        assert!(kept(ty("varchar", &["50"]), ty("text", &[])));
        assert!(!kept(ty("text", &[]), ty("varchar", &["50"])));
        assert!(!kept(ty("bpchar", &["10"]), ty("text", &[])));
        assert!(kept(
            ty("numeric", &["10", "2"]),
            ty("numeric", &["12", "2"])
        ));
        assert!(!kept(
            ty("numeric", &["10", "2"]),
            ty("numeric", &["12", "4"])
        ));
        assert!(kept(ty("timestamp", &["3"]), ty("timestamp", &["6"])));
        assert!(kept(ty("interval", &["0"]), ty("interval", &["6"])));
        assert!(kept(
            ty("interval", &[]),
            ty("interval", &["day to second"])
        ));
        assert!(!kept(ty("interval", &[]), ty("interval", &["day to hour"])));
        assert!(!kept(ty("timestamp", &[]), ty("timestamptz", &[])));
        assert!(!kept(
            ty("varchar", &["10"]).into_array(),
            ty("text", &[]).into_array()
        ));
    }
}
