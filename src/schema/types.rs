//! Types by name: PostgreSQL's own, those of extensions, and those somebody created.

use super::{Catalogue, EnumOrOther, Refusal, ResolvedName, modifiers};
use crate::sql::ast::{Ident, QualifiedName, TypeName};

impl Catalogue {
    /// The type a name means: its schema looked up unless it is built in, its modifiers as
    /// PostgreSQL keeps them.
    ///
    /// # Errors
    /// 42704 when there is none.
    pub(crate) fn resolve_type(&self, written: &TypeName) -> Result<TypeName, Refusal> {
        let mut ty = written.clone();
        let system = ty
            .schema
            .as_ref()
            .is_none_or(|schema| *schema == "pg_catalog");
        if system && is_built_in(ty.name.as_str()) {
            ty.schema = None;
            modifiers::fit(&ty, self.version)?;
            normalise_modifiers(&mut ty);
            return Ok(ty);
        }
        if system
            && let Some(element) = ty.name.as_str().strip_prefix('_')
            && is_built_in(element)
        {
            ty.name = Ident::new(element);
            ty.schema = None;
            ty.array = true;
            return Ok(ty);
        }
        let name = written.qualified_name();
        if let Some(full) = self.named_type(&name) {
            ty.schema = Some(full.schema);
            return Ok(ty);
        }
        if let Some(schema) = self.extension_type(&name) {
            ty.schema = Some(schema);
            return Ok(ty);
        }
        if self.incomplete || self.extensions.keys().any(|own| !is_known_extension(own)) {
            return Ok(ty);
        }
        match &written.schema {
            Some(schema) if !self.has_schema(schema) => Err(Refusal::no_schema(schema)),
            _ => Err(Refusal::no_type(name)),
        }
    }

    /// The full name of a created type or of a relation's row type.
    pub(crate) fn named_type(&self, name: &QualifiedName) -> Option<ResolvedName> {
        let def = self.type_def(name).map(|def| def.name.clone());
        def.or_else(|| self.row_type(name))
    }

    /// The type under a domain, and under the domain that one is of; others are what they are.
    pub fn base_type(&self, ty: &TypeName) -> TypeName {
        let mut base = ty.clone();
        for _ in 0..MAX_DOMAIN_DEPTH {
            let Some(def) = self.type_def(&base.qualified_name()) else {
                break;
            };
            let EnumOrOther::Domain { base: under, .. } = &def.kind else {
                break;
            };
            let array = base.array || under.array;
            base = TypeName {
                array,
                ..under.clone()
            };
        }
        base
    }

    /// Whether a type is a domain rather than an array or anything else.
    pub(crate) fn is_domain(&self, ty: &TypeName) -> bool {
        let def = self.type_def(&ty.qualified_name());
        !ty.array && def.is_some_and(|def| matches!(def.kind, EnumOrOther::Domain { .. }))
    }

    /// Whether a type is a domain with constraints, its own or those of a domain below.
    pub(crate) fn domain_refuses(&self, ty: &TypeName) -> bool {
        let def = self.type_def(&ty.qualified_name());
        match def.map(|def| &def.kind) {
            Some(EnumOrOther::Domain {
                base,
                not_null,
                checks,
                ..
            }) if !ty.array => *not_null || !checks.is_empty() || self.domain_refuses(base),
            _ => false,
        }
    }

    /// The type of a routine's argument: looked up where it can be, without modifiers.
    pub(crate) fn argument_type(&self, written: &TypeName) -> TypeName {
        let mut ty = self
            .resolve_type(written)
            .unwrap_or_else(|_| written.clone());
        ty.modifiers.clear();
        ty
    }

    /// A type as `format_type` shows it to a new session, whose search path is `public`.
    pub fn shown_type(&self, ty: &TypeName) -> TypeName {
        let mut shown = ty.clone();
        if shown
            .schema
            .as_ref()
            .is_some_and(|schema| *schema == "public")
            && !is_built_in(shown.name.as_str())
        {
            shown.schema = None;
        }
        shown
    }

    /// The schema of an extension that brings such a type.
    fn extension_type(&self, name: &QualifiedName) -> Option<Ident> {
        self.extensions
            .iter()
            .find(|(extension, schema)| {
                let visible = match &name.schema {
                    Some(written) => written == *schema,
                    None => self.search_path.contains(schema),
                };
                visible && types_of(extension).contains(&name.name.as_str())
            })
            .map(|(_, schema)| schema.clone())
    }

    /// Whether there is such a schema.
    pub fn has_schema(&self, name: &Ident) -> bool {
        self.schemas.contains(name)
            || [
                super::catalogue::TEMPORARY,
                "pg_catalog",
                "information_schema",
            ]
            .contains(&name.as_str())
    }
}

const MAX_DOMAIN_DEPTH: usize = 32;

/// The modifiers PostgreSQL fills in: `numeric(10)` is kept as `numeric(10,0)`, `bit` as `bit(1)`.
fn normalise_modifiers(ty: &mut TypeName) {
    let missing = match (ty.name.as_str(), ty.modifiers.len()) {
        ("numeric", 1) => "0",
        ("bit", 0) => "1",
        _ => return,
    };
    ty.modifiers.push(missing.to_owned());
}

/// Refuses a column of a type that has no values of its own (`CheckAttributeType`; `typtype` 'p' of pg_type.dat).
pub(super) fn can_be_stored(column: &Ident, ty: &TypeName) -> Result<(), Refusal> {
    const OTHERS: &[&str] = &[
        "cstring",
        "event_trigger",
        "fdw_handler",
        "index_am_handler",
        "internal",
        "language_handler",
        "pg_ddl_command",
        "record",
        "table_am_handler",
        "trigger",
        "tsm_handler",
        "unknown",
        "void",
    ];
    let name = ty.name.as_str();
    if ty.schema.is_some()
        || !is_built_in(name)
        || !(name.starts_with("any") || OTHERS.contains(&name))
    {
        return Ok(());
    }
    let shown = if name == "any" {
        "\"any\"".to_owned()
    } else {
        ty.to_string()
    };
    let message = format!("column \"{column}\" has pseudo-type {shown}");
    Err(Refusal::new("42P16", message))
}

/// Whether PostgreSQL 14 to 18 brings a type of that name (`pg_type.dat`).
pub(crate) fn is_built_in(name: &str) -> bool {
    BUILT_IN.binary_search(&name).is_ok()
}

const BUILT_IN: &[&str] = &[
    "aclitem",
    "any",
    "anyarray",
    "anycompatible",
    "anycompatiblearray",
    "anycompatiblemultirange",
    "anycompatiblenonarray",
    "anycompatiblerange",
    "anyelement",
    "anyenum",
    "anymultirange",
    "anynonarray",
    "anyrange",
    "bit",
    "bool",
    "box",
    "bpchar",
    "bytea",
    "char",
    "cid",
    "cidr",
    "circle",
    "cstring",
    "date",
    "datemultirange",
    "daterange",
    "event_trigger",
    "fdw_handler",
    "float4",
    "float8",
    "gtsvector",
    "index_am_handler",
    "inet",
    "int2",
    "int2vector",
    "int4",
    "int4multirange",
    "int4range",
    "int8",
    "int8multirange",
    "int8range",
    "internal",
    "interval",
    "json",
    "jsonb",
    "jsonpath",
    "language_handler",
    "line",
    "lseg",
    "macaddr",
    "macaddr8",
    "money",
    "name",
    "numeric",
    "nummultirange",
    "numrange",
    "oid",
    "oidvector",
    "path",
    "pg_lsn",
    "pg_node_tree",
    "pg_snapshot",
    "point",
    "polygon",
    "record",
    "refcursor",
    "regclass",
    "regcollation",
    "regconfig",
    "regdictionary",
    "regnamespace",
    "regoper",
    "regoperator",
    "regproc",
    "regprocedure",
    "regrole",
    "regtype",
    "table_am_handler",
    "text",
    "tid",
    "time",
    "timestamp",
    "timestamptz",
    "timetz",
    "trigger",
    "tsm_handler",
    "tsmultirange",
    "tsquery",
    "tsrange",
    "tstzmultirange",
    "tstzrange",
    "tsvector",
    "txid_snapshot",
    "unknown",
    "uuid",
    "varbit",
    "varchar",
    "void",
    "xid",
    "xid8",
    "xml",
];

/// The types of the extensions in PostgreSQL's contrib (manual 18, appendix F), and of two others
/// that are everywhere; an extension without types has none here.
const EXTENSION_TYPES: &[(&str, &[&str])] = &[
    ("citext", &["citext"]),
    ("cube", &["cube"]),
    ("hstore", &["hstore", "ghstore"]),
    ("intarray", &["query_int"]),
    (
        "isn",
        &[
            "ean13", "isbn13", "ismn13", "issn13", "isbn", "ismn", "issn", "upc",
        ],
    ),
    ("lo", &["lo"]),
    ("ltree", &["ltree", "lquery", "ltxtquery", "ltree_gist"]),
    ("pg_trgm", &["gtrgm"]),
    ("seg", &["seg"]),
    (
        "postgis",
        &[
            "geometry",
            "geography",
            "box2d",
            "box3d",
            "box2df",
            "gidx",
            "spheroid",
            "raster",
        ],
    ),
    ("vector", &["vector", "halfvec", "sparsevec"]),
];

const WITHOUT_TYPES: &[&str] = &[
    "adminpack",
    "amcheck",
    "bloom",
    "btree_gin",
    "btree_gist",
    "dblink",
    "fuzzystrmatch",
    "moddatetime",
    "pg_buffercache",
    "pg_prewarm",
    "pg_stat_statements",
    "pgcrypto",
    "pgrowlocks",
    "pgstattuple",
    "plpgsql",
    "postgres_fdw",
    "tablefunc",
    "tcn",
    "tsm_system_rows",
    "unaccent",
    "uuid-ossp",
];

pub(super) fn types_of(extension: &Ident) -> &'static [&'static str] {
    EXTENSION_TYPES
        .iter()
        .find(|(name, _)| extension == name)
        .map_or(&[], |(_, types)| types)
}

pub(super) fn is_known_extension(extension: &Ident) -> bool {
    WITHOUT_TYPES.contains(&extension.as_str())
        || EXTENSION_TYPES.iter().any(|(name, _)| extension == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_types_are_sorted() {
        assert!(BUILT_IN.is_sorted());
    }
}
