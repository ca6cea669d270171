//! The rarer forms of query: windows, grouping sets, rows of functions, subqueries in subqueries.

use super::queries::{Writer, family};
use super::random::{Column, Table, constant};
use crate::random::Random;

/// The name PostgreSQL gives a constraint.
pub(super) fn constraint(table: &str, kind: &str) -> String {
    match table.strip_prefix('"') {
        Some(rest) => format!("\"{}_{kind}\"", rest.trim_end_matches('"')),
        None => format!("{table}_{kind}"),
    }
}

/// An `ON CONFLICT` that says more.
pub(super) fn upsert(random: &mut Random, table: &Table, column: Column) -> String {
    let (name, own) = (table.name, column.name);
    match random.below(5) {
        0 => format!(" ON CONFLICT ({own}) WHERE id > 0 DO NOTHING"),
        1 => format!(
            " ON CONFLICT (id) DO UPDATE SET {own} = coalesce(excluded.{own}, {name}.{own}) WHERE {name}.id > 0"
        ),
        2 => format!(" ON CONFLICT (id) DO UPDATE SET ({own}) = ROW(excluded.{own})"),
        3 => format!(
            " ON CONFLICT (id) DO UPDATE SET {own} = {} WHERE excluded.{own} IS NOT NULL",
            constant(column.ty)
        ),
        _ => format!(" ON CONFLICT (id, {own}) DO NOTHING"),
    }
}

impl Writer<'_> {
    /// Named windows, frames, FILTER and aggregates over windows.
    pub(super) fn windowed(&mut self) -> String {
        let (from, items) = self.from();
        let (one, two, three) = (
            self.column(&items).0,
            self.column(&items).0,
            self.column(&items).0,
        );
        let condition = self.condition(&items, 0);
        match self.random.below(4) {
            0 => format!(
                "SELECT lag({one}) OVER w, first_value({two}) OVER w FROM {from} WINDOW w AS (PARTITION BY {three} ORDER BY {two})"
            ),
            1 => format!("SELECT count({one}) FILTER (WHERE {condition}) FROM {from}"),
            2 => format!(
                "SELECT max({one}) OVER (ORDER BY {two} ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM {from} WHERE {condition}"
            ),
            _ => format!(
                "SELECT dense_rank() OVER (ORDER BY {one} DESC NULLS LAST), ntile(2) OVER (ORDER BY {two}) FROM {from}"
            ),
        }
    }

    /// DISTINCT ON, grouping sets, HAVING, FETCH and row locks.
    pub(super) fn ranked(&mut self) -> String {
        let (from, items) = self.from();
        let (one, two) = (self.column(&items).0, self.column(&items).0);
        let condition = self.condition(&items, 1);
        match self.random.below(6) {
            0 => {
                format!("SELECT DISTINCT ON ({one}) {one}, {two} FROM {from} ORDER BY {one}, {two}")
            }
            1 => format!(
                "SELECT {one}, {two}, count(*) FROM {from} GROUP BY GROUPING SETS (({one}), ({two}), ())"
            ),
            2 => format!(
                "SELECT {one}, count(*) AS n FROM {from} GROUP BY 1 HAVING count({two}) > 0 ORDER BY n"
            ),
            3 => format!(
                "SELECT {one} AS shown, {two} FROM {from} WHERE {condition} ORDER BY shown, 2 FETCH FIRST 2 ROWS ONLY"
            ),
            4 => {
                let table = self.base();
                format!(
                    "SELECT {} FROM {} WHERE id = $1 FOR UPDATE SKIP LOCKED",
                    table.columns[0].name, table.name
                )
            }
            _ => format!("SELECT {one}, {two}, sum(1) FROM {from} GROUP BY ROLLUP ({one}, {two})"),
        }
    }

    /// Functions in FROM, beside and after tables.
    pub(super) fn of_function(&mut self) -> String {
        let (from, items) = self.from();
        let (one, column) = self.column(&items);
        match (family(column.ty), self.random.below(4)) {
            (6, _) => format!("SELECT {one}, word FROM {from}, unnest({one}) AS word"),
            (5, _) => format!("SELECT e.key, {one} FROM {from}, jsonb_each({one}) AS e"),
            (0, 0) => format!("SELECT g FROM {from}, generate_series(1, {one}) AS g"),
            (_, 1) => format!(
                "SELECT g, {one} FROM generate_series(1, 2) WITH ORDINALITY AS f(g, n), {from}"
            ),
            (_, 2) => format!("SELECT (ARRAY[{one}])[1], {one}::text FROM {from}"),
            _ => format!(
                "SELECT v.a, {one} FROM {from} JOIN (VALUES (1, 'x'), (2, 'y')) AS v(a, b) ON true"
            ),
        }
    }

    /// Scalar and correlated subqueries, rows, CASE in conditions.
    pub(super) fn deep(&mut self) -> String {
        let (from, items) = self.from();
        let table = self.table();
        let inner = table.columns[self.random.below(table.columns.len())].name;
        let (one, column) = self.column(&items);
        let other = self.value(column.ty, &items);
        let condition = self.condition(&items, 1);
        let name = table.name;
        match self.random.below(7) {
            0 => format!(
                "SELECT {one}, (SELECT x.{inner} FROM {name} AS x WHERE {condition} LIMIT 1) FROM {from}"
            ),
            1 => format!(
                "SELECT {one} FROM {from} WHERE ({one}, 1) IN (SELECT {inner}, 1 FROM {name})"
            ),
            2 => format!("SELECT {one} FROM {from} WHERE ({one}, 1) = ({other}, 1)"),
            3 => format!(
                "SELECT {one} FROM {from} WHERE NOT EXISTS (SELECT {inner} FROM {name} WHERE {condition})"
            ),
            4 => format!("SELECT ARRAY(SELECT {inner} FROM {name}) FROM {from} WHERE {condition}"),
            5 => format!(
                "WITH w AS MATERIALIZED (SELECT {inner} AS k FROM {name}), v AS (SELECT k FROM w) SELECT v.k, {one} FROM {from}, v"
            ),
            _ => format!(
                "SELECT {one} FROM {from} WHERE CASE WHEN {condition} THEN {one} = {other} ELSE true END"
            ),
        }
    }

    /// Functions of the schema, looked through.
    pub(super) fn counted(&mut self) -> String {
        match self.random.below(3) {
            0 => "SELECT counted()".to_owned(),
            1 => "SELECT * FROM counted()".to_owned(),
            _ => {
                let (from, items) = self.from();
                let one = self.column(&items).0;
                format!("SELECT {one} FROM {from} WHERE counted() > 0")
            }
        }
    }
}
