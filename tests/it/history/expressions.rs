//! Types, defaults, checks and keys for the columns of random histories.

use concertina::schema::{Catalogue, Column, EnumOrOther, Relation};
use concertina::sql::ast::TypeName;

use super::generate::Generator;

/// What a type is good for in expressions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Integer,
    Number,
    Text,
    Bool,
    Moment,
    Json,
    Array,
    Range,
    Uuid,
    Other,
}

pub(super) fn class(ty: &TypeName) -> Class {
    if ty.array {
        return Class::Array;
    }
    if ty.schema.is_some() {
        return Class::Other;
    }
    match ty.name.as_str() {
        "int2" | "int4" | "int8" => Class::Integer,
        "numeric" | "float8" | "float4" => Class::Number,
        "text" | "varchar" | "bpchar" => Class::Text,
        "bool" => Class::Bool,
        "timestamp" | "timestamptz" | "date" => Class::Moment,
        "jsonb" => Class::Json,
        "int4range" | "tstzrange" | "daterange" => Class::Range,
        "uuid" => Class::Uuid,
        _ => Class::Other,
    }
}

impl Generator {
    /// A type as written, mostly one of PostgreSQL's own.
    pub(super) fn ty(&mut self, catalogue: &Catalogue) -> String {
        const PLAIN: &[&str] = &[
            "int",
            "integer",
            "bigint",
            "smallint",
            "int8",
            "text",
            "text",
            "text",
            "varchar(20)",
            "character varying(255)",
            "varchar",
            "char(3)",
            "bpchar",
            "numeric",
            "numeric(10)",
            "numeric(10, 2)",
            "decimal(6,3)",
            "boolean",
            "bool",
            "date",
            "timestamp",
            "timestamptz",
            "timestamp(3)",
            "timestamp with time zone",
            "timestamptz(3)",
            "time",
            "timetz(0)",
            "interval",
            "interval(3)",
            "interval day to second",
            "uuid",
            "uuid",
            "jsonb",
            "json",
            "bytea",
            "inet",
            "cidr",
            "macaddr",
            "float8",
            "real",
            "double precision",
            "float(10)",
            "int4range",
            "tstzrange",
            "daterange",
            "text[]",
            "int[]",
            "integer[][]",
            "varchar(5)[]",
            "numeric(4,1)[]",
            "bit(3)",
            "bit",
            "varbit",
            "bit varying(8)",
            "xml",
            "money",
            "oid",
            "tsvector",
            "point",
            "name",
            "\"char\"",
            "pg_catalog.int4",
            "regclass",
            "int4multirange",
            "national character varying(4)",
        ];
        if self.random.chance(12) {
            let mut own: Vec<String> = catalogue.types().map(|def| def.name.to_sql()).collect();
            if catalogue.extensions().any(|(name, _)| *name == "citext") {
                own.push("public.citext".to_owned());
            }
            if let Some(ty) = self.random.any(&own) {
                let ty = self.short_name(catalogue, &ty);
                return format!("{ty}{}", self.random.maybe(10, "[]"));
            }
        }
        if self.random.chance(1) {
            return "no_such_type".to_owned();
        }
        self.random.pick(PLAIN).to_owned()
    }

    /// A default for a column of that type, as written.
    pub(super) fn default(&mut self, catalogue: &Catalogue, ty: &TypeName) -> String {
        if self.random.chance(8) {
            return "NULL".to_owned();
        }
        let all: &[&str] = match class(ty) {
            Class::Integer => &[
                "0",
                "1",
                "-1",
                "42",
                "(1 + 2)",
                "'7'",
                "0::bigint",
                "abs(-3)",
                "length('abc')",
            ],
            Class::Number => &["0", "1.5", "-0.25", "'3.5'", "random()", "0.0", "1e3"],
            Class::Text => &[
                "''",
                "'x'",
                "'it''s'",
                "lower('X')",
                "'a' || 'b'",
                "CURRENT_USER",
                "md5('x')",
                "'x'::text",
                "E'a\\nb'",
                "upper(lower('q'))",
                "'abc'::varchar",
            ],
            Class::Bool => &["true", "false", "'t'", "(NOT true)", "FALSE", "(1 > 2)"],
            Class::Moment => &[
                "now()",
                "CURRENT_TIMESTAMP",
                "CURRENT_DATE",
                "'2020-01-01'",
                "now() + interval '1 day'",
                "clock_timestamp()",
                "(now() AT TIME ZONE 'utc')",
                "'epoch'",
            ],
            Class::Json => &[
                "'{}'",
                "'[]'::jsonb",
                "'{\"a\": 1}'",
                "jsonb_build_object()",
                "'null'",
            ],
            Class::Array => &["'{}'", "ARRAY[]::text[]"],
            Class::Range => &["'empty'"],
            Class::Uuid => &[
                "gen_random_uuid()",
                "'00000000-0000-0000-0000-000000000000'",
            ],
            Class::Other => {
                let def = ty
                    .schema
                    .is_some()
                    .then(|| catalogue.type_def(&ty.qualified_name()));
                return match def.flatten().map(|def| &def.kind) {
                    Some(EnumOrOther::Enum(labels)) if !labels.is_empty() => {
                        let label = self.random.pick(labels).replace('\'', "''");
                        format!("'{label}'")
                    }
                    _ => "NULL".to_owned(),
                };
            }
        };
        if matches!(class(ty), Class::Array) && ty.name != "text" {
            return "'{}'".to_owned();
        }
        // Whether a value is too long for its type is found out when the default is worked out, which
        // ADD COLUMN does at once and a replay cannot: it runs no function and knows no user.
        if class(ty) == Class::Text && !ty.modifiers.is_empty() {
            return self
                .random
                .pick(&["''", "'x'", "'it''s'", "'x'::text"])
                .to_owned();
        }
        let chosen = self.random.pick(all).to_owned();
        if self.random.chance(4) {
            let functions: Vec<String> = catalogue
                .routines()
                .filter(|(_, routine)| {
                    routine.definition.args.is_empty()
                        && routine.definition.returns.as_deref() == Some("integer")
                })
                .map(|(name, _)| name.to_sql())
                .collect();
            if matches!(class(ty), Class::Integer | Class::Number)
                && let Some(function) = self.random.any(&functions)
            {
                return format!("{}()", self.short_name(catalogue, &function));
            }
        }
        chosen
    }

    /// A condition on columns of a table, as written.
    pub(super) fn condition(&mut self, columns: &[Column]) -> String {
        let first = self.simple_condition(columns);
        match self.random.below(8) {
            0 => format!("{first} AND {}", self.simple_condition(columns)),
            1 => format!("{first} OR {}", self.simple_condition(columns)),
            2 => format!("NOT ({first})"),
            _ => first,
        }
    }

    fn simple_condition(&mut self, columns: &[Column]) -> String {
        if self.random.chance(2) {
            return "no_such_column > 0".to_owned();
        }
        let Some(column) = self.random.any(columns) else {
            return "1 > 0".to_owned();
        };
        let c = column.name.to_sql().into_owned();
        let all: &[&str] = match class(&column.ty) {
            Class::Integer => &[
                "@ > 0",
                "@ >= 0",
                "@ BETWEEN 1 AND 10",
                "@ IN (1, 2, 3)",
                "@ <> 5",
                "@ != 5",
                "@ % 2 = 0",
                "@ > -1",
                "abs(@) < 100",
                "@ IS NOT NULL",
                "@ NOT IN (1,2)",
                "coalesce(@, 0) >= 0",
                "@ IS DISTINCT FROM 3",
                "@ = ANY (ARRAY[1, 2])",
                "@ + 1 > 1",
                "CASE WHEN @ > 0 THEN true ELSE false END",
                "@ NOT BETWEEN 5 AND 6",
                "(@ > 0) = true",
                "@::bigint > 0",
            ],
            Class::Number => &[
                "@ > 0",
                "@ >= 0.5",
                "@ BETWEEN 0 AND 1",
                "@ < 1000000",
                "round(@) = @",
            ],
            Class::Text => &[
                "@ <> ''",
                "length(@) < 10",
                "char_length(@) <= 200",
                "@ LIKE 'a%'",
                "@ NOT LIKE '%b'",
                "@ ~ '^a'",
                "@ = lower(@)",
                "@ IN ('x', 'y')",
                "@ IS NOT NULL",
                "lower(@) = 'x'",
                "@ ILIKE 'x%'",
                "trim(@) <> ''",
                "@ = 'only'",
                "@ !~ '[0-9]'",
                "@ > 'a'",
                "position('a' in @) > 0",
                "upper(@) <> 'A'",
                "substring(@ from 1 for 2) = 'ab'",
                "@ IS NULL",
            ],
            Class::Bool => &[
                "@",
                "NOT @",
                "@ IS TRUE",
                "@ IS NOT FALSE",
                "@ = true",
                "@ IS NOT NULL",
            ],
            Class::Moment => &["@ > '2000-01-01'", "@ IS NOT NULL"],
            Class::Json => &[
                "@ IS NOT NULL",
                "@ ? 'a'",
                "jsonb_typeof(@) = 'object'",
                "@ ->> 'a' IS NOT NULL",
            ],
            Class::Array => &[
                "cardinality(@) > 0",
                "@ IS NOT NULL",
                "array_length(@, 1) < 5",
            ],
            Class::Range => &["NOT isempty(@)", "@ IS NOT NULL"],
            Class::Uuid | Class::Other => &["@ IS NOT NULL", "@ IS NULL"],
        };
        if self.random.chance(10)
            && let Some(other) = self.random.any(columns)
        {
            return format!("({c} IS NULL) = ({} IS NULL)", other.name.to_sql());
        }
        self.random.pick(all).replace('@', &c)
    }

    /// The expression of a generated column: immutable, over columns that are not generated.
    pub(super) fn generation(&mut self, columns: &[Column]) -> (String, &'static str) {
        let usable: Vec<&Column> = columns.iter().filter(|c| c.generated.is_none()).collect();
        let usable: Vec<&Column> = usable
            .into_iter()
            .filter(|c| matches!(class(&c.ty), Class::Integer | Class::Text | Class::Bool))
            .collect();
        let Some(column) = self.random.any(&usable) else {
            return ("(1 + 1)".to_owned(), "int");
        };
        let c = column.name.to_sql().into_owned();
        let (all, ty): (&[&str], _) = match class(&column.ty) {
            Class::Integer => (&["(@ * 2)", "(@ + 1)", "(coalesce(@, 0))"], "bigint"),
            Class::Text => (
                &["(lower(@))", "(@ || 'x')", "(upper(@) || lower(@))"],
                "text",
            ),
            _ => (&["(NOT @)", "(@ AND true)"], "boolean"),
        };
        (self.random.pick(all).replace('@', &c), ty)
    }

    /// A key of an index: a column, or an expression in the form an index wants.
    pub(super) fn key(&mut self, column: &Column) -> String {
        let c = column.name.to_sql().into_owned();
        let kind = class(&column.ty);
        if self.random.chance(15) {
            let all: &[&str] = match kind {
                Class::Integer => &[
                    "(@ + 1)",
                    "abs(@)",
                    "(coalesce(@, 0))",
                    "(@ % 10)",
                    "((@ > 0))",
                ],
                Class::Text => &[
                    "lower(@)",
                    "(lower(@))",
                    "upper(@)",
                    "(@ || 'x')",
                    "(length(@))",
                    "substring(@ from 1 for 3)",
                    "md5(@)",
                ],
                Class::Json => &["(@ ->> 'a')", "((@ -> 'a'))", "(@ #>> '{a,b}')"],
                Class::Bool => &["(NOT @)"],
                _ => &["@"],
            };
            return self.random.pick(all).replace('@', &c);
        }
        let mut key = c;
        if kind == Class::Text {
            key += &self.random.maybe(6, " COLLATE \"C\"");
            if column.ty.name == "text" {
                key += &self.random.maybe(6, " text_pattern_ops");
            } else if column.ty.name == "varchar" {
                key += &self.random.maybe(6, " varchar_pattern_ops");
            }
            key += &self.random.maybe(0, " text_ops");
        }
        if kind == Class::Integer && column.ty.name == "int4" {
            key += &self.random.maybe(5, " int4_ops");
        }
        key += self
            .random
            .pick(&["", "", "", "", "", "", "", " DESC", " DESC", " ASC"]);
        key += &self.random.maybe(6, " NULLS FIRST");
        key
    }
}

/// Whether btree can index a column.
pub(super) fn is_sortable(catalogue: &Catalogue, column: &Column) -> bool {
    let base = catalogue.base_type(&column.ty);
    match class(&base) {
        Class::Integer | Class::Number | Class::Text | Class::Bool | Class::Moment => true,
        Class::Json | Class::Range | Class::Uuid => true,
        Class::Array => ["text", "int4", "varchar", "numeric"].contains(&base.name.as_str()),
        Class::Other => {
            let def = base
                .schema
                .is_some()
                .then(|| catalogue.type_def(&base.qualified_name()));
            matches!(
                def.flatten().map(|def| &def.kind),
                Some(EnumOrOther::Enum(_))
            ) || base.schema.is_none()
                && [
                    "time", "timetz", "interval", "bytea", "inet", "macaddr", "money", "oid",
                    "name", "bit", "varbit",
                ]
                .contains(&base.name.as_str())
        }
    }
}

/// The columns of a relation that btree can index.
pub(super) fn sortable(catalogue: &Catalogue, relation: &Relation) -> Vec<Column> {
    let columns = relation
        .columns
        .iter()
        .filter(|column| is_sortable(catalogue, column));
    columns.cloned().collect()
}
