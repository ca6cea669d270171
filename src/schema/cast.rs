//! Which types PostgreSQL casts to which when a value is assigned.

use super::{Catalogue, EnumOrOther, builtins};
use crate::sql::ast::{CastContext, TypeName};

impl Catalogue {
    /// Whether there is a cast in assignment between two types (`pg_cast`, measured on 15); none where
    /// one of them is not PostgreSQL's own and we cannot tell.
    pub(crate) fn has_assignment_cast(&self, from: &TypeName, to: &TypeName) -> Option<bool> {
        let made = self.own_cast(&self.base_type(from), &self.base_type(to));
        match made.map(|context| context <= CastContext::Assignment) {
            Some(true) => Some(true),
            Some(false) | None => self.own_assignment_cast(from, to),
        }
    }

    fn own_assignment_cast(&self, from: &TypeName, to: &TypeName) -> Option<bool> {
        if (&from.schema, &from.name, from.array) == (&to.schema, &to.name, to.array) {
            return Some(true);
        }
        let (from, to) = (self.base_type(from), self.base_type(to));
        if (&from.schema, &from.name, from.array) == (&to.schema, &to.name, to.array) {
            return Some(true);
        }
        if !to.array && is_text(&to) {
            return Some(true);
        }
        if from.array && to.array {
            let element = |ty: TypeName| TypeName { array: false, ..ty };
            return self.own_assignment_cast(&element(from), &element(to));
        }
        let known = |ty: &TypeName| {
            let def = self.type_def(&ty.qualified_name());
            let made = def.is_some_and(|def| def.kind != EnumOrOther::Other);
            made || ty.name == "citext"
                || is_own(ty).is_some()
                || self.row_type(&ty.qualified_name()).is_some()
        };
        if from.array != to.array {
            return (known(&from) && known(&to)).then_some(false);
        }
        let is_enum = |ty: &TypeName| {
            self.type_def(&ty.qualified_name())
                .is_some_and(|def| matches!(def.kind, EnumOrOther::Enum(_)))
        };
        if is_enum(&from) || is_enum(&to) {
            return Some(false);
        }
        // To the text types only, which are dealt with above (contrib/citext).
        if from.name == "citext" || to.name == "citext" {
            return Some(is_text(&from) && !from.array);
        }
        if is_own(&from).zip(is_own(&to)).is_none() {
            return (known(&from) && known(&to)).then_some(false);
        }
        Some(family(&from).is_some_and(|own| family(&to) == Some(own)) || is_listed(&from, &to))
    }
}

impl Catalogue {
    /// Whether a foreign key of one type can refer to a key of another: by an operator of the key's family,
    /// or by a cast that needs no word (`ATAddForeignKeyConstraint`); none where we cannot tell.
    pub(super) fn can_refer(&self, from: &TypeName, to: &TypeName) -> Option<bool> {
        let (from_base, to_base) = (self.base_type(from), self.base_type(to));
        let is_enum = |ty: &TypeName| {
            let def = self.type_def(&ty.qualified_name());
            !ty.array && def.is_some_and(|def| matches!(def.kind, EnumOrOther::Enum(_)))
        };
        if is_enum(&from_base) || is_enum(&to_base) {
            // `anyenum` takes no domain.
            let same = (&from_base.schema, &from_base.name) == (&to_base.schema, &to_base.name);
            let plain = from_base.array == to_base.array && is_enum(from) && is_enum(to);
            return Some(same && plain);
        }
        is_own(&from_base).zip(is_own(&to_base))?;
        let made = self.own_cast(&from_base, &to_base);
        Some(made == Some(CastContext::Implicit) || can_compare(&from_base, &to_base))
    }
}

/// Of PostgreSQL's own types (`pg_amop` of the btree families, and the casts that need no word).
fn can_compare(from: &TypeName, to: &TypeName) -> bool {
    const FAMILIES: [&[&str]; 4] = [
        &["int2", "int4", "int8"],
        &["float4", "float8"],
        &["date", "timestamp", "timestamptz"],
        &["text", "varchar", "name"],
    ];
    if from.array || to.array {
        return from.array == to.array && from.name == to.name;
    }
    let has = |family: &&[&str], ty: &TypeName| family.iter().any(|name| ty.name == *name);
    let mut families = FAMILIES.iter();
    // What has no operators of its own is taken for a type that has.
    let taken = match to.name.as_str() {
        "varchar" => TypeName::plain("text"),
        "cidr" => TypeName::plain("inet"),
        _ => to.clone(),
    };
    from.name == to.name
        || from.name == taken.name
        || families.any(|family| has(family, from) && has(family, to))
        || builtins::cast(from, &taken) == Some(CastContext::Implicit)
}

fn is_own(ty: &TypeName) -> Option<()> {
    let own = ty.schema.is_none() && super::types::is_built_in(ty.name.as_str());
    own.then_some(())
}

pub(super) fn is_text(ty: &TypeName) -> bool {
    ty.schema.is_none() && ["text", "varchar", "bpchar"].contains(&ty.name.as_str())
}

/// Types that are cast to each other in assignment, all ways.
fn family(ty: &TypeName) -> Option<u8> {
    match ty.name.as_str() {
        "int2" | "int4" | "int8" | "float4" | "float8" | "numeric" => Some(0),
        "text" | "varchar" | "bpchar" | "name" | "char" => Some(1),
        "timestamp" | "timestamptz" => Some(2),
        "json" | "jsonb" => Some(3),
        "bit" | "varbit" => Some(4),
        "inet" | "cidr" => Some(5),
        "time" | "timetz" => Some(6),
        "macaddr" | "macaddr8" => Some(7),
        _ => None,
    }
}

/// Single casts between families, from and to.
fn is_listed(from: &TypeName, to: &TypeName) -> bool {
    const LISTED: &[(&str, &str)] = &[
        ("date", "timestamp"),
        ("date", "timestamptz"),
        ("timestamp", "date"),
        ("timestamptz", "date"),
        ("timestamp", "time"),
        ("timestamptz", "time"),
        ("timestamptz", "timetz"),
        ("time", "interval"),
        ("interval", "time"),
        ("int4", "money"),
        ("int8", "money"),
        ("numeric", "money"),
        ("money", "numeric"),
        ("int2", "oid"),
        ("int4", "oid"),
        ("int8", "oid"),
        ("oid", "int4"),
        ("oid", "int8"),
        ("xml", "text"),
    ];
    let is_reg = |ty: &TypeName| ty.name.as_str().starts_with("reg");
    if is_reg(from) {
        return ["oid", "int4", "int8"].contains(&to.name.as_str());
    }
    if is_reg(to) {
        return ["oid", "int2", "int4", "int8"].contains(&from.name.as_str())
            || to.name == "regclass" && is_text(from);
    }
    LISTED.contains(&(from.name.as_str(), to.name.as_str()))
}
