//! Data types as written, brought to the names the catalogue uses.

use std::fmt;

use super::{Ident, QualifiedName};

/// A data type: the name in `pg_type`, its modifiers, and whether it is an array.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TypeName {
    /// The schema, when it was written; none for the built-in types.
    pub schema: Option<Ident>,
    /// The name as in `pg_type.typname` of the element: `int4`, `varchar`, `timestamptz`, `bpchar`, `mood`.
    pub name: Ident,
    /// What stands in parentheses, in order: `["10", "2"]` of `numeric(10,2)`; an interval's field words come first.
    pub modifiers: Vec<String>,
    /// An array of that type; PostgreSQL keeps neither the number nor the size of dimensions.
    pub array: bool,
}

/// Aliases of the grammar, `pg_type.typname`, and `format_type`'s spelling (manual 18, table 8.1).
const BUILT_IN: &[(&str, &str)] = &[
    ("int2", "smallint"),
    ("int4", "integer"),
    ("int8", "bigint"),
    ("float4", "real"),
    ("float8", "double precision"),
    ("bool", "boolean"),
    ("numeric", "numeric"),
    ("json", "json"),
    ("bpchar", "character"),
    ("varchar", "character varying"),
    ("varbit", "bit varying"),
    ("timestamp", "timestamp without time zone"),
    ("timestamptz", "timestamp with time zone"),
    ("time", "time without time zone"),
    ("timetz", "time with time zone"),
];

impl TypeName {
    /// A built-in type, or one on the search path, without modifiers.
    pub fn plain(name: &str) -> Self {
        Self {
            schema: None,
            name: Ident::new(name),
            modifiers: Vec::new(),
            array: false,
        }
    }

    /// The name under which the type is looked up.
    pub fn qualified_name(&self) -> QualifiedName {
        QualifiedName {
            schema: self.schema.clone(),
            name: self.name.clone(),
        }
    }

    /// The same type without its modifiers: `numeric` of `numeric(10,2)`.
    #[must_use]
    pub fn without_modifiers(mut self) -> Self {
        self.modifiers.clear();
        self
    }

    /// The same type as an array.
    #[must_use]
    pub fn into_array(mut self) -> Self {
        self.array = true;
        self
    }
}

/// As `format_type` spells it: `numeric(10,2)`, `timestamp(3) with time zone`, `character varying(50)[]`.
impl fmt::Display for TypeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let own = self.name.to_sql();
        let built_in = match &self.schema {
            Some(schema) if schema != "pg_catalog" => None,
            _ => BUILT_IN
                .iter()
                .find(|(name, _)| self.name == *name)
                .map(|(_, spelled)| *spelled),
        };
        let modifiers = match self.modifiers.as_slice() {
            [] => String::new(),
            all => format!("({})", all.join(",")),
        };
        if self.name == "interval" {
            let (fields, precision): (Vec<_>, Vec<_>) = self
                .modifiers
                .iter()
                .partition(|word| word.starts_with(|c: char| c.is_ascii_alphabetic()));
            f.write_str("interval")?;
            fields.iter().try_for_each(|word| write!(f, " {word}"))?;
            precision
                .iter()
                .try_for_each(|digits| write!(f, "({digits})"))?;
        } else if let Some((kind, zone)) = built_in
            .and_then(|spelled| spelled.split_once(' '))
            .filter(|(kind, _)| kind.starts_with("time"))
        {
            write!(f, "{kind}{modifiers} {zone}")?;
        } else {
            match (&self.schema, built_in) {
                (_, Some("character")) if self.modifiers.is_empty() => f.write_str("bpchar")?,
                (_, Some(spelled)) => write!(f, "{spelled}{modifiers}")?,
                (Some(schema), None) if schema != "pg_catalog" => {
                    write!(f, "{}.{own}{modifiers}", schema.to_sql())?
                }
                (_, None) => write!(f, "{own}{modifiers}")?,
            }
        }
        if self.array {
            f.write_str("[]")
        } else {
            Ok(())
        }
    }
}
