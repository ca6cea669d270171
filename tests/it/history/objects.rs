//! Views, types, routines, triggers, sequences, schemas, policies, rules, and DROP.

use concertina::schema::{Catalogue, Column, EnumOrOther, Relation, RelationKind, ResolvedName};
use concertina::sql::ast::ObjectKind;

use super::expressions::{Class, class};
use super::generate::Generator;

const READABLE: &[RelationKind] = &[
    RelationKind::Table,
    RelationKind::PartitionedTable,
    RelationKind::View,
    RelationKind::MaterializedView,
];

impl Generator {
    /// A query over what the catalogue holds.
    pub(super) fn query(&mut self, catalogue: &Catalogue) -> Option<String> {
        let one = self.relation(catalogue, READABLE)?;
        if one.columns.is_empty() {
            return None;
        }
        let from = self.name_of(catalogue, one);
        let columns = self.random.some(&one.columns, 4);
        let list: Vec<String> = columns.iter().map(|c| self.output(c)).collect();
        let mut list = list;
        dedup_names(&mut list);
        let filter = if self.random.chance(30) {
            format!(" WHERE {}", self.condition(&one.columns.to_vec()))
        } else {
            String::new()
        };
        Some(match self.random.below(12) {
            0 => format!("SELECT * FROM {from}{filter}"),
            1 => format!("SELECT t.* FROM {from} t"),
            2 => format!(
                "SELECT count(*) AS total, max(t.{}) AS most FROM {from} AS t",
                self.countable(one)?
            ),
            3 => {
                let two = self.relation(catalogue, READABLE)?;
                let mine = self.random.pick(&columns).name.to_sql().into_owned();
                let theirs = self.random.any(&two.columns)?.name.to_sql().into_owned();
                let kind = self
                    .random
                    .pick(&["JOIN", "LEFT JOIN", "FULL JOIN", "INNER JOIN"]);
                let two = self.name_of(catalogue, two);
                format!(
                    "SELECT l.{mine} AS mine, r.{theirs} AS theirs FROM {from} l {kind} {two} r ON l.{mine}::text = r.{theirs}::text"
                )
            }
            4 => format!(
                "SELECT {} FROM {from} UNION ALL SELECT {} FROM {from}",
                list.join(", "),
                list.join(", ")
            ),
            5 => format!(
                "WITH w AS (SELECT {} FROM {from}) SELECT * FROM w",
                list.join(", ")
            ),
            6 => format!("SELECT {} FROM (SELECT * FROM {from}) s", list.join(", ")),
            7 => {
                let column = self.countable(one)?;
                format!(
                    "SELECT t.{column} AS key, count(*) AS n FROM {from} t GROUP BY t.{column} ORDER BY 1"
                )
            }
            8 => format!("SELECT {} FROM {from}{filter} LIMIT 10", list.join(", ")),
            9 => "SELECT 1 AS one, 'x'::text AS two, now() AS three".to_owned(),
            _ => format!("SELECT {} FROM {from}{filter}", list.join(", ")),
        })
    }

    fn countable(&mut self, relation: &Relation) -> Option<String> {
        let usable: Vec<&Column> = relation
            .columns
            .iter()
            .filter(|c| {
                matches!(
                    class(&c.ty),
                    Class::Integer | Class::Text | Class::Number | Class::Moment
                )
            })
            .collect();
        self.random
            .any(&usable)
            .map(|c| c.name.to_sql().into_owned())
    }

    fn output(&mut self, column: &Column) -> String {
        let c = column.name.to_sql().into_owned();
        if !self.random.chance(30) {
            return c;
        }
        let all: &[&str] = match class(&column.ty) {
            Class::Integer => &[
                "@ + 1 AS plus",
                "coalesce(@, 0) AS filled",
                "@::text AS shown",
                "@ * 2.5 AS scaled",
                "abs(@)",
            ],
            Class::Text => &[
                "lower(@) AS small",
                "@ || 'x' AS longer",
                "length(@) AS size",
                "upper(@)",
                "@ = 'a' AS same",
                "substr(@, 1, 2) AS part",
            ],
            Class::Bool => &[
                "NOT @ AS negated",
                "CASE WHEN @ THEN 1 ELSE 0 END AS number",
            ],
            Class::Moment => &["@ AS moment", "@ IS NULL AS missing"],
            Class::Json => &["@ ->> 'a' AS inside", "@ -> 'b' AS document"],
            _ => &["@ AS other", "@ IS NOT NULL AS present"],
        };
        self.random.pick(all).replace('@', &c)
    }

    pub(super) fn create_view(&mut self, catalogue: &Catalogue) -> String {
        let Some(query) = self.query(catalogue) else {
            return self.create_table(catalogue);
        };
        let views: Vec<String> = catalogue
            .relations()
            .filter(|r| r.kind == RelationKind::View)
            .map(|r| r.name.to_sql())
            .collect();
        if self.random.chance(20)
            && let Some(view) = self.random.any(&views)
        {
            let view = self.short_name(catalogue, &view);
            return format!("CREATE OR REPLACE VIEW {view} AS {query}");
        }
        let name = self.new_name(catalogue);
        match self.random.below(6) {
            0 => format!(
                "CREATE MATERIALIZED VIEW {}{name} AS {query}{}",
                self.random.maybe(10, "IF NOT EXISTS "),
                self.random.maybe(30, " WITH NO DATA")
            ),
            1 => format!("CREATE MATERIALIZED VIEW {name} AS {query} WITH NO DATA"),
            2 => format!("CREATE OR REPLACE VIEW {name} AS {query}"),
            _ => format!("CREATE VIEW {name} AS {query}"),
        }
    }

    pub(super) fn user_type(&mut self, catalogue: &Catalogue) -> String {
        let name = self.new_name(catalogue);
        let enums: Vec<_> = catalogue
            .types()
            .filter(|def| matches!(def.kind, EnumOrOther::Enum(_)))
            .collect();
        let domains: Vec<_> = catalogue
            .types()
            .filter(|def| matches!(def.kind, EnumOrOther::Domain { .. }))
            .collect();
        let composites: Vec<_> = catalogue
            .types()
            .filter(|def| matches!(def.kind, EnumOrOther::Composite(_)))
            .collect();
        match self.random.below(16) {
            0..3 => format!("CREATE TYPE {name} AS ENUM ('new', 'done', 'it''s')"),
            3 => format!("CREATE TYPE {name} AS ENUM ()"),
            4 | 5 => {
                let ty = self.ty(catalogue);
                let default = self.random.maybe(15, " DEFAULT NULL");
                let check = self.random.maybe(40, " CHECK (VALUE IS NOT NULL)");
                let named = self
                    .random
                    .maybe(20, " CONSTRAINT n1 CHECK (VALUE IS NOT NULL)");
                format!(
                    "CREATE DOMAIN {name} AS {ty}{default}{}{check}{named}",
                    self.random.maybe(20, " NOT NULL")
                )
            }
            6 | 7 => {
                let (one, two) = (self.ty(catalogue), self.ty(catalogue));
                format!("CREATE TYPE {name} AS (x {one}, \"Y\" {two})")
            }
            8 => format!("CREATE TYPE {name} AS RANGE (subtype = float8)"),
            9..12 => match self.random.any(&enums) {
                Some(def) => {
                    let EnumOrOther::Enum(labels) = &def.kind else {
                        return String::new();
                    };
                    let labels = labels.clone();
                    let ty = self.short_name(catalogue, &def.name.to_sql());
                    let quoted = |label: &str| label.replace('\'', "''");
                    match (self.random.any(&labels), self.random.below(4)) {
                        (Some(label), 0) => {
                            let n = self.next_serial();
                            format!(
                                "ALTER TYPE {ty} RENAME VALUE '{}' TO 'renamed {n}'",
                                quoted(&label)
                            )
                        }
                        (Some(label), 1) => {
                            let n = self.next_serial();
                            let side = self.random.pick(&["BEFORE", "AFTER"]);
                            format!(
                                "ALTER TYPE {ty} ADD VALUE 'label {n}' {side} '{}'",
                                quoted(&label)
                            )
                        }
                        (Some(label), 2) => format!(
                            "ALTER TYPE {ty} ADD VALUE IF NOT EXISTS '{}'",
                            quoted(&label)
                        ),
                        _ => format!("ALTER TYPE {ty} ADD VALUE 'label {}'", self.next_serial()),
                    }
                }
                None => format!("CREATE TYPE {name} AS ENUM ('a', 'b')"),
            },
            12 | 13 => match self.random.any(&domains) {
                Some(def) => {
                    let EnumOrOther::Domain { checks, .. } = &def.kind else {
                        return String::new();
                    };
                    let names: Vec<String> = checks
                        .iter()
                        .filter_map(|c| Some(c.name.as_ref()?.to_sql().into_owned()))
                        .collect();
                    let ty = self.short_name(catalogue, &def.name.to_sql());
                    let own = self
                        .random
                        .any(&names)
                        .unwrap_or_else(|| "missing".to_owned());
                    match self.random.below(8) {
                        0 => format!("ALTER DOMAIN {ty} SET NOT NULL"),
                        1 => format!("ALTER DOMAIN {ty} DROP NOT NULL"),
                        2 => format!("ALTER DOMAIN {ty} SET DEFAULT NULL"),
                        3 => format!("ALTER DOMAIN {ty} DROP DEFAULT"),
                        4 => format!("ALTER DOMAIN {ty} ADD CHECK (VALUE IS NOT NULL)"),
                        5 => format!(
                            "ALTER DOMAIN {ty} ADD CONSTRAINT {} CHECK (VALUE IS NOT NULL) NOT VALID",
                            self.small_name()
                        ),
                        6 => format!(
                            "ALTER DOMAIN {ty} DROP CONSTRAINT {}{own}",
                            self.random.maybe(20, "IF EXISTS ")
                        ),
                        _ => format!(
                            "ALTER DOMAIN {ty} {} {own}{}",
                            "RENAME CONSTRAINT",
                            format_args!(" TO {}", self.small_name())
                        ),
                    }
                }
                None => format!("CREATE DOMAIN {name} AS text CHECK (VALUE <> '')"),
            },
            _ => match self.random.any(&composites) {
                Some(def) => {
                    let EnumOrOther::Composite(attributes) = &def.kind else {
                        return String::new();
                    };
                    let names: Vec<String> = attributes
                        .iter()
                        .map(|(name, _)| name.to_sql().into_owned())
                        .collect();
                    let ty = self.short_name(catalogue, &def.name.to_sql());
                    let own = self
                        .random
                        .any(&names)
                        .unwrap_or_else(|| "missing".to_owned());
                    let cascade = self.random.maybe(20, " CASCADE");
                    match self.random.below(4) {
                        0 => format!("ALTER TYPE {ty} ADD ATTRIBUTE {} text", self.column_name()),
                        1 => format!(
                            "ALTER TYPE {ty} DROP ATTRIBUTE {}{own}{cascade}",
                            self.random.maybe(20, "IF EXISTS ")
                        ),
                        2 => format!(
                            "ALTER TYPE {ty} RENAME ATTRIBUTE {own} TO {}",
                            self.column_name()
                        ),
                        _ => format!("ALTER TYPE {ty} ALTER ATTRIBUTE {own} TYPE text"),
                    }
                }
                None => format!("CREATE TYPE {name} AS (x int)"),
            },
        }
    }

    pub(super) fn some_routine(&mut self, catalogue: &Catalogue) -> Option<(&'static str, String)> {
        let all: Vec<_> = catalogue
            .routines()
            .map(|(name, routine)| {
                let args: Vec<String> = routine
                    .definition
                    .args
                    .iter()
                    .map(ToString::to_string)
                    .collect();
                let word = match routine.definition.object {
                    ObjectKind::Procedure => "PROCEDURE",
                    ObjectKind::Aggregate => "AGGREGATE",
                    _ => "FUNCTION",
                };
                (word, name.to_sql(), args.join(", "))
            })
            .collect();
        let (word, name, args) = self.random.any(&all)?;
        let name = self.short_name(catalogue, &name);
        let args = if self.random.chance(70) {
            format!("({args})")
        } else {
            String::new()
        };
        Some((word, format!("{name}{args}")))
    }

    pub(super) fn routine_or_trigger(&mut self, catalogue: &Catalogue) -> String {
        let triggers: Vec<String> = catalogue
            .routines()
            .filter(|(_, routine)| routine.definition.returns.as_deref() == Some("trigger"))
            .map(|(name, _)| name.to_sql())
            .collect();
        let relation = self.relation(
            catalogue,
            &[
                RelationKind::Table,
                RelationKind::PartitionedTable,
                RelationKind::View,
            ],
        );
        if self.random.chance(50)
            && let (Some(function), Some(relation)) = (self.random.any(&triggers), relation)
        {
            let function = self.short_name(catalogue, &function);
            let on = self.name_of(catalogue, relation);
            let name = self.small_name();
            let replace = self.random.maybe(15, "OR REPLACE ");
            if relation.kind == RelationKind::View {
                return format!(
                    "CREATE {replace}TRIGGER {name} INSTEAD OF INSERT ON {on} FOR EACH ROW EXECUTE FUNCTION {function}()"
                );
            }
            let event = match self.random.below(5) {
                0 => "INSERT OR UPDATE".to_owned(),
                1 => format!("UPDATE OF {}", self.column_of(relation)),
                2 => "DELETE".to_owned(),
                3 => "INSERT OR DELETE OR UPDATE".to_owned(),
                _ => "INSERT".to_owned(),
            };
            let timing = self.random.pick(&["BEFORE", "AFTER"]);
            let each = self.random.pick(&["ROW", "ROW", "STATEMENT"]);
            if self.random.chance(10) {
                return format!(
                    "CREATE CONSTRAINT TRIGGER {name} AFTER INSERT ON {on} DEFERRABLE FOR EACH ROW EXECUTE FUNCTION {function}()"
                );
            }
            let condition = if each == "ROW" {
                self.random.maybe(10, " WHEN (pg_trigger_depth() = 0)")
            } else {
                String::new()
            };
            return format!(
                "CREATE {replace}TRIGGER {name} {timing} {event} ON {on} FOR EACH {each}{condition} EXECUTE FUNCTION {function}()"
            );
        }
        let name = self.new_name(catalogue);
        let replace = self.random.maybe(40, "OR REPLACE ");
        match self.random.below(9) {
            0..3 => format!(
                "CREATE {replace}FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$"
            ),
            3 => format!(
                "CREATE {replace}FUNCTION {name}() RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 1'"
            ),
            4 => format!(
                "CREATE {replace}FUNCTION {name}(x integer, y text DEFAULT 'q') RETURNS integer LANGUAGE sql IMMUTABLE AS $body$ SELECT x $body$"
            ),
            5 => format!(
                "CREATE {replace}FUNCTION {name}(text) RETURNS text LANGUAGE sql STABLE AS $$ SELECT $1 $$"
            ),
            6 => format!(
                "CREATE {replace}PROCEDURE {name}(INOUT n bigint) LANGUAGE plpgsql AS $$ BEGIN n := 1; END $$"
            ),
            7 => format!(
                "CREATE {replace}FUNCTION {name}(OUT a int, OUT b text) LANGUAGE sql AS $$ SELECT 1, 'x' $$"
            ),
            _ => {
                let types: Vec<String> = catalogue.types().map(|def| def.name.to_sql()).collect();
                match self.random.any(&types) {
                    Some(ty) => {
                        let ty = self.short_name(catalogue, &ty);
                        format!(
                            "CREATE {replace}FUNCTION {name}(v {ty}) RETURNS SETOF {ty} LANGUAGE plpgsql AS $$ BEGIN RETURN; END $$"
                        )
                    }
                    None => format!(
                        "CREATE {replace}FUNCTION {name}() RETURNS TABLE (a int, b text) LANGUAGE sql AS $$ SELECT 1, 'x' $$"
                    ),
                }
            }
        }
    }

    pub(super) fn sequence(&mut self, catalogue: &Catalogue) -> String {
        let name = self.new_name(catalogue);
        let existing = self.relation(catalogue, &[RelationKind::Sequence]);
        let table = self.table(catalogue);
        match (self.random.below(6), existing, table) {
            (0, Some(sequence), Some(table)) if !table.columns.is_empty() => {
                let column = self.column_of(table);
                let (name, table) = (
                    self.name_of(catalogue, sequence),
                    self.name_of(catalogue, table),
                );
                format!("ALTER SEQUENCE {name} OWNED BY {table}.{column}")
            }
            (1, Some(sequence), _) => {
                let name = self.name_of(catalogue, sequence);
                let options = self.random.pick(&[
                    "OWNED BY NONE",
                    "RESTART WITH 5",
                    "INCREMENT BY 3 CACHE 20",
                    "AS integer",
                    "NO MAXVALUE CYCLE",
                    "RESTART",
                ]);
                format!(
                    "ALTER SEQUENCE {}{name} {options}",
                    self.random.maybe(10, "IF EXISTS ")
                )
            }
            (2, Some(sequence), Some(table)) => {
                let integers: Vec<String> = table
                    .columns
                    .iter()
                    .filter(|c| {
                        class(&c.ty) == Class::Integer
                            && c.identity.is_none()
                            && c.generated.is_none()
                    })
                    .map(|c| c.name.to_sql().into_owned())
                    .collect();
                match self.random.any(&integers) {
                    Some(column) => {
                        let name = self.name_of(catalogue, sequence).replace('\'', "''");
                        let cast = self.random.pick(&["", "::regclass"]);
                        let table = self.name_of(catalogue, table);
                        format!(
                            "ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT nextval('{name}'{cast})"
                        )
                    }
                    None => format!("CREATE SEQUENCE {name}"),
                }
            }
            _ => {
                let options = self.random.pick(&[
                    "",
                    "",
                    " AS integer",
                    " START WITH 100 INCREMENT BY 10",
                    " MINVALUE 1 MAXVALUE 1000 CYCLE",
                    " OWNED BY NONE",
                    " AS smallint CACHE 5",
                ]);
                format!(
                    "CREATE SEQUENCE {}{name}{options}",
                    self.random.maybe(10, "IF NOT EXISTS ")
                )
            }
        }
    }

    pub(super) fn schema_or_path(&mut self, catalogue: &Catalogue) -> String {
        let schema = self.some_schema(catalogue);
        match self.random.below(12) {
            0 => format!(
                "CREATE SCHEMA {}s1",
                self.random.maybe(50, "IF NOT EXISTS ")
            ),
            1 => "CREATE SCHEMA IF NOT EXISTS \"S 2\"".to_owned(),
            2 => "CREATE SCHEMA s3 CREATE TABLE t1 (id int PRIMARY KEY) CREATE VIEW v AS SELECT id FROM t1".to_owned(),
            3 => format!("SET search_path TO {schema}, public"),
            4 => format!("SET search_path = {schema}"),
            5 | 6 => "SET search_path TO DEFAULT".to_owned(),
            7 => "RESET search_path".to_owned(),
            8 => format!("SET LOCAL search_path TO {schema}"),
            9 => self
                .random
                .pick(&[
                    "CREATE EXTENSION IF NOT EXISTS citext SCHEMA public",
                    "CREATE EXTENSION pg_trgm",
                    "CREATE EXTENSION IF NOT EXISTS pgcrypto",
                    "CREATE EXTENSION IF NOT EXISTS \"uuid-ossp\"",
                ])
                .to_owned(),
            10 => {
                let others: Vec<String> = catalogue
                    .schemas()
                    .filter(|s| **s != "public")
                    .map(|s| s.to_sql().into_owned())
                    .collect();
                match self.random.any(&others) {
                    Some(schema) => format!(
                        "ALTER SCHEMA {schema} RENAME TO {}",
                        self.random.pick(&["s4", "s5", "\"S 6\""])
                    ),
                    None => "CREATE SCHEMA s1".to_owned(),
                }
            }
            _ => {
                let name = format!(
                    "select pg_catalog.set_config('search_path', '{}', false)",
                    schema.replace('\'', "''")
                );
                name
            }
        }
    }

    pub(super) fn policy_or_rule(&mut self, catalogue: &Catalogue) -> String {
        let Some(table) = self.table(catalogue) else {
            return self.create_table(catalogue);
        };
        let (on, name) = (self.name_of(catalogue, table), self.small_name());
        let condition = self.condition(&table.columns.to_vec());
        match self.random.below(7) {
            0 => format!("CREATE POLICY {name} ON {on} USING ({condition})"),
            1 => format!(
                "CREATE POLICY {name} ON {on} FOR INSERT TO PUBLIC WITH CHECK ({condition})"
            ),
            2 => match self.random.any(&table.policies) {
                Some(policy) => {
                    format!(
                        "ALTER POLICY {} ON {on} RENAME TO {name}",
                        policy.name.to_sql()
                    )
                }
                None => format!("CREATE POLICY {name} ON {on}"),
            },
            3 => format!(
                "CREATE {}RULE {name} AS ON DELETE TO {on} DO INSTEAD NOTHING",
                self.random.maybe(30, "OR REPLACE ")
            ),
            4 => match self.random.any(&table.policies) {
                Some(policy) => format!(
                    "ALTER POLICY {} ON {on} USING ({condition})",
                    policy.name.to_sql()
                ),
                None => {
                    format!("CREATE POLICY {name} ON {on} AS RESTRICTIVE FOR SELECT USING (true)")
                }
            },
            5 => self.grant(table, &on),
            _ => self.comment_on(table, &on),
        }
    }

    /// On a table, one of its constraints or one of its indexes.
    fn comment_on(&mut self, table: &Relation, on: &str) -> String {
        let constraint = self.random.any(&table.constraints);
        let index = self.random.any(&table.indexes);
        let what = match (self.random.below(3), constraint, index) {
            (0, Some(own), _) => format!("CONSTRAINT {} ON {on}", own.name.to_sql()),
            (1, _, Some(own)) => {
                let name = ResolvedName::new(table.name.schema.clone(), own.name.clone());
                format!("INDEX {}", name.to_sql())
            }
            _ => format!("TABLE {on}"),
        };
        let text = self
            .random
            .pick(&["'a comment''s text'", "NULL", "''", "'other'"]);
        format!("COMMENT ON {what} IS {text}")
    }

    pub(super) fn other(&mut self, catalogue: &Catalogue, in_transaction: bool) -> String {
        let Some(table) = self.table(catalogue) else {
            return self.create_table(catalogue);
        };
        let on = self.name_of(catalogue, table);
        match self.random.below(10) {
            0 => format!("TRUNCATE {on} CASCADE"),
            1 => format!("DELETE FROM {on}"),
            2 if in_transaction => format!("LOCK TABLE {on} IN SHARE MODE"),
            3 => format!("ANALYZE {on}"),
            4 => {
                let column = self.column_of(table);
                let text = self.random.pick(&["'text'", "NULL", "E'a\\tb'"]);
                format!("COMMENT ON COLUMN {on}.{column} IS {text}")
            }
            6 => match self.relation(catalogue, &[RelationKind::MaterializedView]) {
                Some(view) => format!(
                    "REFRESH MATERIALIZED VIEW {} WITH NO DATA",
                    self.name_of(catalogue, view)
                ),
                None => format!("SELECT 1 FROM {on}"),
            },
            7 => "SET lock_timeout = '5s'".to_owned(),
            8 => format!("REVOKE ALL ON {on} FROM PUBLIC"),
            _ => self.grant(table, &on),
        }
    }

    fn grant(&mut self, table: &Relation, on: &str) -> String {
        let column = self.column_of(table);
        let privileges = self.random.pick(&[
            "SELECT",
            "SELECT, INSERT, TRUNCATE",
            "ALL",
            "SELECT ({})",
            "UPDATE ({}), DELETE",
            "ALL PRIVILEGES ({})",
        ]);
        let privileges = privileges.replace("{}", &column);
        let role = self.random.pick(&["PUBLIC", "pg_monitor"]);
        match self.random.below(5) {
            0 => format!("REVOKE {privileges} ON {on} FROM {role}"),
            1 => format!("REVOKE GRANT OPTION FOR {privileges} ON {on} FROM {role}"),
            2 => format!("GRANT {privileges} ON {on} TO pg_monitor WITH GRANT OPTION"),
            _ => format!("GRANT {privileges} ON {on} TO {role}"),
        }
    }

    pub(super) fn drop(&mut self, catalogue: &Catalogue) -> String {
        let exists = self.random.maybe(20, "IF EXISTS ");
        let behavior = self.behavior();
        let kinds = [RelationKind::Table, RelationKind::PartitionedTable];
        match self.random.below(26) {
            0..9 => match self.relation(catalogue, &kinds) {
                Some(table) => {
                    let second = match self.relation(catalogue, &kinds) {
                        Some(other) if self.random.chance(10) => {
                            format!(", {}", self.name_of(catalogue, other))
                        }
                        _ => String::new(),
                    };
                    format!(
                        "DROP TABLE {exists}{}{second}{behavior}",
                        self.name_of(catalogue, table)
                    )
                }
                None => self.create_table(catalogue),
            },
            9..13 => match self.relation(
                catalogue,
                &[RelationKind::View, RelationKind::MaterializedView],
            ) {
                Some(view) => {
                    let word = if (view.kind == RelationKind::View) != self.random.chance(3) {
                        "VIEW"
                    } else {
                        "MATERIALIZED VIEW"
                    };
                    format!(
                        "DROP {word} {exists}{}{behavior}",
                        self.name_of(catalogue, view)
                    )
                }
                None => self.create_view(catalogue),
            },
            13..16 => {
                let all: Vec<String> = catalogue
                    .relations()
                    .flat_map(|r| {
                        r.indexes
                            .iter()
                            .map(|i| format!("{}.{}", r.name.schema.to_sql(), i.name.to_sql()))
                    })
                    .collect();
                match self.random.any(&all) {
                    Some(index) => format!(
                        "DROP INDEX {exists}{}{behavior}",
                        self.short_name(catalogue, &index)
                    ),
                    None => "DROP INDEX IF EXISTS missing".to_owned(),
                }
            }
            16 => match self.relation(catalogue, &[RelationKind::Sequence]) {
                Some(sequence) => format!(
                    "DROP SEQUENCE {exists}{}{behavior}",
                    self.name_of(catalogue, sequence)
                ),
                None => "DROP SEQUENCE IF EXISTS missing".to_owned(),
            },
            17..20 => {
                let all: Vec<_> = catalogue.types().collect();
                match self.random.any(&all) {
                    Some(def) => {
                        let word = if matches!(def.kind, EnumOrOther::Domain { .. })
                            && self.random.chance(60)
                        {
                            "DOMAIN"
                        } else {
                            "TYPE"
                        };
                        format!(
                            "DROP {word} {exists}{}{behavior}",
                            self.short_name(catalogue, &def.name.to_sql())
                        )
                    }
                    None => "DROP TYPE IF EXISTS missing".to_owned(),
                }
            }
            20 | 21 => match self.some_routine(catalogue) {
                Some((word, routine)) => format!("DROP {word} {exists}{routine}{behavior}"),
                None => "DROP FUNCTION IF EXISTS missing()".to_owned(),
            },
            22 => {
                let all: Vec<(String, String)> = catalogue
                    .relations()
                    .flat_map(|r| {
                        r.triggers
                            .iter()
                            .map(|t| (t.definition.name.to_sql().into_owned(), r.name.to_sql()))
                    })
                    .collect();
                match self.random.any(&all) {
                    Some((trigger, table)) => format!(
                        "DROP TRIGGER {exists}{trigger} ON {}{behavior}",
                        self.short_name(catalogue, &table)
                    ),
                    None => "DROP TRIGGER IF EXISTS missing ON missing".to_owned(),
                }
            }
            23 => {
                let all: Vec<(&str, String, String)> = catalogue
                    .relations()
                    .flat_map(|r| {
                        let policies = r
                            .policies
                            .iter()
                            .map(|p| ("POLICY", p.name.to_sql().into_owned(), r.name.to_sql()));
                        policies.chain(
                            r.rules
                                .iter()
                                .map(|p| ("RULE", p.to_sql().into_owned(), r.name.to_sql())),
                        )
                    })
                    .collect();
                match self.random.any(&all) {
                    Some((word, name, table)) => format!(
                        "DROP {word} {exists}{name} ON {}",
                        self.short_name(catalogue, &table)
                    ),
                    None => "DROP POLICY IF EXISTS missing ON missing".to_owned(),
                }
            }
            24 => {
                let others: Vec<String> = catalogue
                    .schemas()
                    .filter(|s| **s != "public")
                    .map(|s| s.to_sql().into_owned())
                    .collect();
                match self.random.any(&others) {
                    Some(schema) => format!("DROP SCHEMA {exists}{schema}{behavior}"),
                    None => "DROP SCHEMA IF EXISTS missing".to_owned(),
                }
            }
            _ => {
                let all: Vec<String> = catalogue
                    .extensions()
                    .map(|(name, _)| name.to_sql().into_owned())
                    .collect();
                match self.random.any(&all) {
                    Some(extension) => format!("DROP EXTENSION {exists}{extension}{behavior}"),
                    None => "DROP EXTENSION IF EXISTS missing".to_owned(),
                }
            }
        }
    }
}

/// Leaves out what would give a view two columns of one name.
fn dedup_names(list: &mut Vec<String>) {
    let mut seen = Vec::new();
    list.retain(|item| {
        let name = item.rsplit_once(" AS ").map_or_else(
            || item.split('(').next().unwrap_or(item).to_owned(),
            |(_, alias)| alias.to_owned(),
        );
        let new = !seen.contains(&name);
        seen.push(name);
        new
    });
}
