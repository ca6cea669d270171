//! What else a schema and its queries hold: rules, views that gather, operators, composite values, COPY, casts.

use super::queries::{Item, Writer, family, plain};
use super::random::{Column, Table, constant};
use crate::random::Random;

/// Objects over the tables that are there; what a query can read or write is added to the tables.
pub(super) fn objects(tables: &mut Vec<Table>, random: &mut Random) -> Vec<String> {
    let mut sql = Vec::new();
    let base = tables[0].clone();
    let shown = base.columns[random.below(base.columns.len())];
    if random.one_in(3) {
        let (select, columns) = match random.below(4) {
            0 => (
                format!(
                    "SELECT {0}, count(*) AS counted FROM t GROUP BY {0}",
                    shown.name
                ),
                vec![
                    shown,
                    Column {
                        name: "counted",
                        ty: "bigint",
                    },
                ],
            ),
            1 => (
                format!("SELECT id, {}::text AS note FROM t", shown.name),
                vec![
                    base.columns[0],
                    Column {
                        name: "note",
                        ty: "text",
                    },
                ],
            ),
            2 => (
                "SELECT t.id, u.id AS total FROM t JOIN u ON t.id = u.id".to_owned(),
                vec![
                    base.columns[0],
                    Column {
                        name: "total",
                        ty: tables[1].columns[0].ty,
                    },
                ],
            ),
            _ => (
                "SELECT * FROM t WHERE id IN (SELECT id FROM u)".to_owned(),
                base.columns.clone(),
            ),
        };
        sql.push(format!("CREATE VIEW gathered AS {select}"));
        tables.push(Table {
            name: "gathered",
            columns,
        });
    }
    if random.one_in(6) {
        let action = random.pick(&["NOTHING", "UPDATE \"Words\" SET id = id WHERE false"]);
        sql.push(format!(
            "CREATE RULE kept AS ON DELETE TO \"Words\" DO INSTEAD {action}"
        ));
    }
    if random.one_in(6) {
        sql.push("CREATE MATERIALIZED VIEW stored AS SELECT * FROM u".to_owned());
        tables.push(Table {
            name: "stored",
            columns: tables[1].columns.clone(),
        });
    }
    if random.one_in(4) {
        // What is created in `spare` from now on hides what is in `app`.
        sql.push("SET search_path TO spare, app".to_owned());
    }
    sql
}

/// The rarer changes of a schema.
pub(super) fn change(table: &Table, random: &mut Random) -> String {
    let column = table.columns[random.below(table.columns.len())];
    let (t, c) = (table.name, column.name);
    match random.below(22) {
        0 => "DROP RULE kept ON \"Words\"".to_owned(),
        1 => "CREATE RULE kept AS ON DELETE TO \"Words\" DO INSTEAD NOTHING".to_owned(),
        2 => format!("CREATE TABLE spare.{t} ({c} text)"),
        3 => "CREATE TABLE app.stored_words (id int)".to_owned(),
        4 => "CREATE TABLE spare.twice (x int)".to_owned(),
        5 => "ALTER TYPE pair ADD ATTRIBUTE z int".to_owned(),
        6 => "ALTER TYPE pair RENAME ATTRIBUTE x TO z".to_owned(),
        7 => "ALTER TYPE pair DROP ATTRIBUTE y".to_owned(),
        8 => format!("ALTER TABLE {t} ALTER COLUMN {c} TYPE varchar(3)"),
        9 => format!("ALTER TABLE {t} ALTER COLUMN {c} TYPE numeric(6,0)"),
        10 => format!("ALTER TABLE {t} ALTER COLUMN {c} TYPE text COLLATE \"POSIX\""),
        11 => "DROP MATERIALIZED VIEW stored".to_owned(),
        12 => "DROP VIEW gathered; CREATE VIEW gathered AS SELECT id, 1 AS total FROM t".to_owned(),
        13 => "DROP VIEW gathered; CREATE VIEW gathered AS SELECT DISTINCT id FROM t".to_owned(),
        14 => format!("DROP VIEW IF EXISTS gathered, top, seen; DROP TABLE {t}; CREATE TABLE {t} (id int, {} text)", if c == "id" { "fresh" } else { c }),
        15 => format!("ALTER TABLE {t} ADD CONSTRAINT fresh FOREIGN KEY (id) REFERENCES u (id) NOT VALID"),
        16 => format!("ALTER TABLE {t} ADD COLUMN fresh int; ALTER TABLE {t} DROP COLUMN {c}"),
        17 => format!("ALTER TABLE {t} RENAME TO was; CREATE VIEW {t} AS SELECT * FROM was"),
        18 => "DROP VIEW IF EXISTS top; DROP VIEW seen; CREATE VIEW seen AS SELECT id, count(*) AS n FROM t GROUP BY id".to_owned(),
        19 => format!("CREATE UNIQUE INDEX fresh ON {t} ({c}); DROP INDEX fresh"),
        20 => "ALTER SCHEMA spare RENAME TO further".to_owned(),
        _ => "CREATE CAST (text AS mood) WITH INOUT AS IMPLICIT".to_owned(),
    }
}

/// What a line of COPY holds of a column.
fn field(column: &Column) -> String {
    match column.name {
        "id" => "99".to_owned(),
        _ => constant(column.ty).trim_matches('\'').to_owned(),
    }
}

impl Writer<'_> {
    /// COPY in all its directions, with its line of data.
    pub(super) fn copied(&mut self) -> String {
        let table = self.table();
        let own: Vec<Column> = table
            .columns
            .iter()
            .copied()
            .filter(|one| one.name != "made")
            .collect();
        let listed: Vec<Column> = own
            .iter()
            .copied()
            .filter(|one| one.name == "id" || !self.random.one_in(3))
            .collect();
        let names: Vec<&str> = listed.iter().map(|column| column.name).collect();
        let line = |all: &[Column]| all.iter().map(field).collect::<Vec<_>>().join("\t");
        match self.random.below(6) {
            0 => format!("COPY {} TO STDOUT", table.name),
            1 if !names.is_empty() => format!(
                "COPY {} ({}) TO STDOUT WITH (FORMAT csv)",
                table.name,
                names.join(", ")
            ),
            2 => {
                let inner = loop {
                    let inner = self.select(1);
                    if !inner.contains('$') {
                        break inner;
                    }
                };
                format!("COPY ({inner}) TO STDOUT")
            }
            3 => format!("COPY {} FROM STDIN\n{}", table.name, line(&own)),
            _ if !names.is_empty() => format!(
                "COPY {} ({}) FROM STDIN\n{}",
                table.name,
                names.join(", "),
                line(&listed)
            ),
            _ => format!("COPY {} TO STDOUT", table.name),
        }
    }

    /// Composite values, arrays and rows made and taken apart.
    pub(super) fn made(&mut self) -> String {
        let (from, items) = self.from();
        let (one, column) = self.column(&items);
        match (family(column.ty), self.random.below(3)) {
            (8, 0) => format!("SELECT ({one}).* FROM {from}"),
            (8, _) => format!("SELECT {one} FROM {from} WHERE ({one}).x > 0"),
            (9, 0) => format!("SELECT {one} FROM {from} WHERE 1 = ANY ({one})"),
            (9, _) => format!("SELECT {one}[1:2], {one} && ARRAY[1] FROM {from}"),
            (_, 0) => format!("SELECT ROW({one}, 1), row_to_json(ROW({one})) FROM {from}"),
            (_, 1) => format!("SELECT json_build_object('k', {one}), to_jsonb({one}) FROM {from}"),
            _ => format!("SELECT array_agg({one} ORDER BY {one}), ROW(1, 'x')::pair FROM {from}"),
        }
    }

    /// Operators of the schema and of the system.
    pub(super) fn operators(&mut self) -> String {
        let (from, items) = self.from();
        let (one, column) = self.column(&items);
        match (family(column.ty), self.random.below(4)) {
            (0 | 1, 0) => format!("SELECT {one} <+> {one} FROM {from}"),
            (0, 1) => format!("SELECT 1 <+> {one} FROM {from}"),
            (1, 1) => format!("SELECT {one} FROM {from} WHERE {one} ~ 'x' OR {one} ILIKE '%y'"),
            (2, _) => format!("SELECT {one} FROM {from} WHERE {one} > now() - interval '1 day'"),
            (5, _) => format!(
                "SELECT {one} #>> '{{k}}' FROM {from} WHERE {one} @> '{{\"k\": 1}}' AND {one} ? 'k'"
            ),
            (6, _) => {
                format!("SELECT {one} FROM {from} WHERE {one} @> ARRAY['x'] OR 'x' = ANY ({one})")
            }
            _ => format!(
                "SELECT greatest({one}, NULL), concat({one}, 'x'), format('%s', {one}) FROM {from}"
            ),
        }
    }

    /// From any type to any other.
    pub(super) fn cast(&mut self) -> String {
        let (from, items) = self.from();
        let (one, _) = self.column(&items);
        let ty = self.random.pick(&[
            "text", "bigint", "numeric", "date", "jsonb", "mood", "score", "boolean", "uuid",
            "pair", "int[]",
        ]);
        match self.random.below(3) {
            0 => format!("SELECT CAST({one} AS {ty}) FROM {from} WHERE false"),
            1 => format!("SELECT NULLIF({one}::{ty}, NULL) FROM {from} WHERE false"),
            _ => format!("SELECT $1::{ty}, {one} FROM {from}"),
        }
    }

    /// MERGE with more clauses, DEFAULT VALUES, CTEs before data changes, VALUES alone.
    pub(super) fn chosen(&mut self) -> String {
        let (table, other) = (self.base(), self.table());
        let column = table.columns[self.random.below(table.columns.len())];
        let (name, own, key) = (table.name, column.name, other.columns[0].name);
        let item = [Item {
            alias: "a2".to_owned(),
            columns: other.columns.clone(),
        }];
        let value = self.value(column.ty, &item);
        match self.random.below(6) {
            0 => format!("INSERT INTO {name} DEFAULT VALUES RETURNING {own}"),
            1 => format!("MERGE INTO {name} AS g USING (SELECT {key} AS k FROM {}) AS s ON g.id = s.k WHEN MATCHED AND g.{own} IS NULL THEN DELETE WHEN MATCHED THEN DO NOTHING", other.name),
            2 => format!("WITH a2 AS (SELECT * FROM {}) UPDATE {name} SET {own} = {value} FROM a2 WHERE a2.{key} = {name}.id", other.name),
            3 => format!("WITH a2 AS (SELECT {key} AS k FROM {}) DELETE FROM {name} USING a2 WHERE a2.k = {name}.id RETURNING {name}.*", other.name),
            4 => format!("INSERT INTO {name} AS g (id, {own}) SELECT {key}, {}::{} FROM {} WHERE false ON CONFLICT (id) DO UPDATE SET {own} = g.{own} WHERE g.id > 0", constant(column.ty), plain(column.ty), other.name).replace("(id, id)", "(id)"),
            _ => format!("VALUES ((SELECT max({key}) FROM {}), $1::{}), (1, {})", other.name, plain(column.ty), constant(column.ty)),
        }
    }
}
