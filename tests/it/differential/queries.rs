//! Random queries over a random schema: most are well typed, the server says which.

use super::random::{Column, Schema, Table, constant};
use crate::random::Random;

pub(super) struct Writer<'a> {
    pub(super) schema: &'a Schema,
    pub(super) random: &'a mut Random,
    parameters: usize,
}

/// A relation of FROM under its alias.
#[derive(Clone)]
pub(super) struct Item {
    pub(super) alias: String,
    pub(super) columns: Vec<Column>,
}

pub(super) fn family(ty: &str) -> u8 {
    match ty {
        "int" | "bigint" | "smallint" | "numeric(10,2)" | "numeric(8,1)" | "float8"
        | "app.score" => 0,
        "text" | "varchar(20)" | "varchar(5)" | "text COLLATE \"C\"" => 1,
        "timestamptz" | "timestamp" | "date" => 2,
        "boolean" => 3,
        "app.mood" => 4,
        "jsonb" => 5,
        "text[]" => 6,
        "app.pair" => 8,
        "int[]" => 9,
        _ => 7,
    }
}

/// A type as a cast takes it.
pub(super) fn plain(ty: &str) -> &str {
    ty.split(" COLLATE").next().unwrap_or(ty)
}

impl<'a> Writer<'a> {
    pub(super) fn query(schema: &'a Schema, random: &'a mut Random) -> String {
        let mut writer = Self {
            schema,
            random,
            parameters: 0,
        };
        match writer.random.below(36) {
            30 | 31 => writer.copied(),
            32 => writer.made(),
            33 => writer.operators(),
            34 => writer.cast(),
            35 => writer.chosen(),
            0..=9 => writer.select(2),
            10..=13 => writer.insert(),
            14 | 15 => writer.update(),
            16 | 17 => writer.delete(),
            18 => writer.merge(),
            19 => writer.recursive(),
            20 => writer.changing_cte(),
            21 => writer.union(),
            22 => writer.windowed(),
            23 => writer.ranked(),
            24 => writer.of_function(),
            25 => writer.deep(),
            26 => writer.counted(),
            27 => {
                let table = writer.table().name;
                format!("TABLE {table}")
            }
            _ => {
                let inner = writer.select(1);
                format!("WITH w AS ({inner}) SELECT * FROM w")
            }
        }
    }

    pub(super) fn table(&mut self) -> &'a Table {
        &self.schema.tables[self.random.below(self.schema.tables.len())]
    }

    pub(super) fn base(&mut self) -> &'a Table {
        &self.schema.tables[self.random.below(3)]
    }

    pub(super) fn column(&mut self, items: &[Item]) -> (String, Column) {
        let item = &items[self.random.below(items.len())];
        let column = item.columns[self.random.below(item.columns.len())];
        let text = match items.len() {
            1 if !self.random.one_in(4) => column.name.to_owned(),
            _ if self.random.one_in(4) => column.name.to_owned(),
            _ => format!("{}.{}", item.alias, column.name),
        };
        (text, column)
    }

    fn column_of(&mut self, items: &[Item], wanted: u8) -> Option<(String, Column)> {
        for _ in 0..8 {
            let found = self.column(items);
            if family(found.1.ty) == wanted {
                return Some(found);
            }
        }
        None
    }

    /// Something comparable with a value of that type.
    pub(super) fn value(&mut self, ty: &str, items: &[Item]) -> String {
        match self.random.below(6) {
            0 | 1 => {
                self.parameters += 1;
                let cast = if self.random.one_in(3) {
                    format!("::{}", plain(ty))
                } else {
                    String::new()
                };
                format!("${}{cast}", self.parameters)
            }
            2 if !items.is_empty() => match self.column_of(items, family(ty)) {
                Some((text, _)) => text,
                None => constant(ty).to_owned(),
            },
            3 => format!("{}::{}", constant(ty), plain(ty)),
            _ => constant(ty).to_owned(),
        }
    }

    pub(super) fn scalar(&mut self, items: &[Item], depth: usize) -> String {
        let (text, column) = self.column(items);
        let ty = column.ty;
        if depth == 0 || self.random.one_in(3) {
            return text;
        }
        let other = self.value(ty, items);
        match (family(ty), self.random.below(9)) {
            (0, 0) => format!("{text} {} {other}", self.random.pick(&["+", "-", "*", "/"])),
            (0, 1) => format!("abs({text})"),
            (0, 2) => format!("-{text}"),
            (0, 3) => format!("round({text})"),
            (0, 4) => format!("twice({text})"),
            (1, 0) => format!("lower({text})"),
            (1, 1) => format!("{text} || {other}"),
            (1, 2) => format!("length({text})"),
            (1, 3) => format!("twice({text})"),
            (1, 4) => format!("substr({text}, 1, 2)"),
            (2, 0) => format!("date_trunc('day', {text})"),
            (2, 1) => format!("{text} + interval '1 day'"),
            (2, 2) => format!("{text} - {other}"),
            (2, 3) => format!("extract(year from {text})"),
            (2, 4) => format!("to_char({text}, 'YYYY')"),
            (3, 0 | 1) => format!("NOT {text}"),
            (4, 0) => format!("label({text})"),
            (5, 0) => format!("{text} -> 'k'"),
            (5, 1) => format!("{text} ->> 'k'"),
            (5, 2) => format!("jsonb_typeof({text})"),
            (6, 0) => format!("array_length({text}, 1)"),
            (6, 1) => format!("{text}[1]"),
            (6, 2) => format!("array_append({text}, 'x')"),
            (8, 0 | 1) => format!("({text}).x"),
            (8, 2) => format!("(({text}).y) || 'z'"),
            (9, 0) => format!("cardinality({text})"),
            (9, 1) => format!("{text} || 2"),
            (_, 5) => format!("coalesce({text}, {other})"),
            (_, 6) => {
                let condition = self.condition(items, 0);
                format!("CASE WHEN {condition} THEN {text} ELSE {other} END")
            }
            (_, 7) => format!("{text}::text"),
            (_, 8) => format!("nullif({text}, {other})"),
            _ => text,
        }
    }

    pub(super) fn condition(&mut self, items: &[Item], depth: usize) -> String {
        let (text, column) = self.column(items);
        let ty = column.ty;
        let other = self.value(ty, items);
        match self.random.below(12) {
            0..=4 => format!(
                "{text} {} {other}",
                self.random.pick(&["=", "<>", "<", ">="])
            ),
            5 => format!("{text} IS NOT NULL"),
            6 => format!("{text} IN ({}, {other})", constant(ty)),
            7 if family(ty) == 1 => format!("{text} LIKE 'x%'"),
            7 => format!("{text} IS DISTINCT FROM {other}"),
            8 if depth > 0 => {
                let (one, two) = (self.condition(items, 0), self.condition(items, 0));
                format!("({one} {} {two})", self.random.pick(&["AND", "OR"]))
            }
            9 if depth > 0 => {
                let table = self.table();
                let inner = Item {
                    alias: "x".to_owned(),
                    columns: table.columns.clone(),
                };
                let (own, _) = self.column(std::slice::from_ref(&inner));
                format!("{text} IN (SELECT {own} FROM {} AS x)", table.name)
            }
            10 if depth > 0 => {
                let table = self.table();
                let mut all = items.to_vec();
                all.push(Item {
                    alias: "x".to_owned(),
                    columns: table.columns.clone(),
                });
                let inner = self.condition(&all, 0);
                format!("EXISTS (SELECT 1 FROM {} AS x WHERE {inner})", table.name)
            }
            11 => format!("{text} = ANY ($1::{}[])", plain(ty).trim_end_matches("[]")),
            _ => format!("{text} BETWEEN {} AND {other}", constant(ty)),
        }
    }

    pub(super) fn from(&mut self) -> (String, Vec<Item>) {
        let table = self.table();
        let named = self.random.one_in(2);
        let alias = if named {
            "a1".to_owned()
        } else {
            table.name.to_owned()
        };
        let mut text = table.name.to_owned();
        if named {
            text.push_str(" AS a1");
        }
        let mut items = vec![Item {
            alias,
            columns: table.columns.clone(),
        }];
        if self.random.one_in(2) {
            return (text, items);
        }
        let other = self.table();
        let joined = Item {
            alias: "a2".to_owned(),
            columns: other.columns.clone(),
        };
        let name = other.name;
        match self.random.below(6) {
            0 => {
                let shared = items[0].columns.iter().find(|own| {
                    !self.random.one_in(3)
                        && other.columns.iter().any(|theirs| theirs.name == own.name)
                });
                let key = shared.map_or("id", |column| column.name);
                text.push_str(&format!(
                    " {} {name} AS a2 USING ({key})",
                    self.random.pick(&["JOIN", "LEFT JOIN", "FULL JOIN"])
                ));
                items.push(joined);
            }
            1 => {
                text.push_str(&format!(" NATURAL JOIN {name} AS a2"));
                items.push(joined);
            }
            2 => {
                let inner = Item {
                    alias: "x".to_owned(),
                    columns: other.columns.clone(),
                };
                let all = [items[0].clone(), inner];
                let condition = self.condition(&all, 0);
                text.push_str(&format!(" CROSS JOIN LATERAL (SELECT x.* FROM {name} AS x WHERE {condition} LIMIT 1) AS a2"));
                items.push(joined);
            }
            3 => text.push_str(&format!(", {name} AS a2")),
            4 => {
                text.push_str(&format!(", (SELECT * FROM {name}) AS a2"));
                items.push(joined);
            }
            _ => {
                items.push(joined);
                let (one, column) = (
                    format!("{}.{}", items[0].alias, items[0].columns[0].name),
                    items[0].columns[0],
                );
                let two = self.column_of(&items[1..], family(column.ty));
                let condition = two.map_or("true".to_owned(), |(two, _)| format!("{one} = {two}"));
                text.push_str(&format!(" LEFT JOIN {name} AS a2 ON {condition}"));
            }
        }
        (text, items)
    }

    pub(super) fn select(&mut self, depth: usize) -> String {
        let (from, items) = self.from();
        let mut text = "SELECT ".to_owned();
        let grouped = self.random.one_in(5);
        let group = self.column(&items).0;
        if grouped {
            let value = self.column(&items).0;
            let aggregate = match self.random.below(6) {
                0 => "count(*)".to_owned(),
                1 => format!("max({value})"),
                2 => format!("sum({value})"),
                3 => format!("count(DISTINCT {value})"),
                4 => format!("array_agg({value})"),
                _ => format!("string_agg({value}, ',' ORDER BY {value})"),
            };
            text.push_str(&format!("{group}, {aggregate}"));
        } else {
            let list: Vec<String> = match self.random.below(6) {
                0 => vec!["*".to_owned()],
                1 => vec![format!("{}.*", items[self.random.below(items.len())].alias)],
                2 => {
                    let (one, two) = (self.column(&items).0, self.column(&items).0);
                    let call = self.random.pick(&["row_number()", "rank()", "count(*)"]);
                    vec![
                        one.clone(),
                        format!("{call} OVER (PARTITION BY {one} ORDER BY {two}) AS n"),
                    ]
                }
                _ => (0..1 + self.random.below(3))
                    .map(|_| self.scalar(&items, depth))
                    .collect(),
            };
            if self.random.one_in(10) {
                text.push_str("DISTINCT ");
            }
            text.push_str(&list.join(", "));
        }
        text.push_str(&format!(" FROM {from}"));
        if !self.random.one_in(3) {
            let condition = self.condition(&items, depth);
            text.push_str(&format!(" WHERE {condition}"));
        }
        if grouped {
            text.push_str(&format!(" GROUP BY {group}"));
        } else if self.random.one_in(4) {
            let by = self.column(&items).0;
            text.push_str(&format!(" ORDER BY {by} LIMIT 3"));
        }
        text
    }

    fn union(&mut self) -> String {
        let (one, two) = (self.table(), self.table());
        let a = one.columns[self.random.below(one.columns.len())];
        let b = two.columns[self.random.below(two.columns.len())];
        let word = self
            .random
            .pick(&["UNION", "UNION ALL", "INTERSECT", "EXCEPT"]);
        if self.random.one_in(3) {
            return format!(
                "SELECT * FROM {} {word} SELECT * FROM {}",
                one.name, two.name
            );
        }
        let second = if self.random.one_in(3) {
            constant(a.ty).to_owned()
        } else {
            b.name.to_owned()
        };
        format!(
            "SELECT {}, 1 FROM {} {word} SELECT {second}, 2 FROM {}",
            a.name, one.name, two.name
        )
    }

    fn recursive(&mut self) -> String {
        let table = self.table();
        let own = table.columns[self.random.below(table.columns.len())].name;
        let key = table.columns[0].name;
        format!(
            "WITH RECURSIVE r AS (SELECT {key}, {own} FROM {0} UNION ALL SELECT x.{key}, x.{own} FROM {0} AS x JOIN r ON r.{key} > x.{key}) SELECT * FROM r",
            table.name
        )
    }

    fn returning(&mut self, items: &[Item]) -> String {
        match self.random.below(5) {
            0 => " RETURNING *".to_owned(),
            1 | 2 => {
                let value = self.scalar(items, 1);
                format!(" RETURNING {value}")
            }
            _ => String::new(),
        }
    }

    fn insert(&mut self) -> String {
        let table = if self.random.one_in(8) {
            self.table()
        } else {
            self.base()
        };
        let item = [Item {
            alias: table.name.to_owned(),
            columns: table.columns.clone(),
        }];
        let listed: Vec<Column> = if self.random.one_in(5) {
            table.columns.clone()
        } else {
            let all = table.columns.iter().enumerate();
            all.filter(|(at, _)| *at == 0 || !self.random.one_in(3))
                .map(|(_, column)| *column)
                .collect()
        };
        let mut text = format!("INSERT INTO {}", table.name);
        if listed.len() < table.columns.len() || self.random.one_in(2) {
            let names: Vec<&str> = listed.iter().map(|column| column.name).collect();
            text.push_str(&format!(" ({})", names.join(", ")));
        }
        let values: Vec<String> = listed
            .iter()
            .map(|column| match self.random.below(8) {
                _ if column.name == "made" => "DEFAULT".to_owned(),
                0 if column.name != "id" => "DEFAULT".to_owned(),
                _ => self.value(column.ty, &[]),
            })
            .collect();
        if self.random.one_in(5) {
            let source = self.table();
            let same: Vec<String> = listed
                .iter()
                .map(|column| {
                    match source
                        .columns
                        .iter()
                        .find(|own| own.name == column.name && own.ty == column.ty)
                    {
                        Some(own) => own.name.to_owned(),
                        None => format!("{}::{}", constant(column.ty), plain(column.ty)),
                    }
                })
                .collect();
            text.push_str(&format!(" SELECT {} FROM {}", same.join(", "), source.name));
        } else {
            text.push_str(&format!(" VALUES ({})", values.join(", ")));
        }
        let other = listed[self.random.below(listed.len())];
        match self.random.below(8) {
            0 => text.push_str(" ON CONFLICT DO NOTHING"),
            1 => text.push_str(" ON CONFLICT (id) DO NOTHING"),
            2 => text.push_str(&format!(
                " ON CONFLICT (id) DO UPDATE SET {0} = excluded.{0}",
                other.name
            )),
            3 => text.push_str(&format!(" ON CONFLICT ({}) DO NOTHING", other.name)),
            4 => text.push_str(&format!(
                " ON CONFLICT ON CONSTRAINT {} DO NOTHING",
                super::more::constraint(table.name, "pkey")
            )),
            5 => text.push_str(&super::more::upsert(self.random, table, other)),
            _ => {}
        }
        text + &self.returning(&item)
    }

    fn update(&mut self) -> String {
        let (table, other) = (self.base(), self.table());
        let mut items = vec![Item {
            alias: table.name.to_owned(),
            columns: table.columns.clone(),
        }];
        let column = table.columns[self.random.below(table.columns.len())];
        let from = self.random.one_in(3);
        if from {
            items.push(Item {
                alias: "a2".to_owned(),
                columns: other.columns.clone(),
            });
        }
        let value = self.value(column.ty, &items);
        let condition = self.condition(&items, 1);
        let from = if from {
            format!(" FROM {} AS a2", other.name)
        } else {
            String::new()
        };
        let second = table.columns[self.random.below(table.columns.len())];
        let set = match self.random.below(6) {
            0 if second.name != column.name => format!(
                "({}, {}) = ({value}, {})",
                column.name,
                second.name,
                constant(second.ty)
            ),
            1 => format!(
                "{0} = (SELECT max({1}.{0}) FROM {1})",
                column.name, table.name
            ),
            2 => format!("{} = DEFAULT", column.name),
            _ => format!("{} = {value}", column.name),
        };
        format!("UPDATE {} SET {set}{from} WHERE {condition}", table.name) + &self.returning(&items)
    }

    fn delete(&mut self) -> String {
        let (table, other) = (self.base(), self.table());
        let mut items = vec![Item {
            alias: table.name.to_owned(),
            columns: table.columns.clone(),
        }];
        let using = self.random.one_in(3);
        if using {
            items.push(Item {
                alias: "a2".to_owned(),
                columns: other.columns.clone(),
            });
        }
        let condition = self.condition(&items, 1);
        let using = if using {
            format!(" USING {} AS a2", other.name)
        } else {
            String::new()
        };
        format!("DELETE FROM {}{using} WHERE {condition}", table.name) + &self.returning(&items)
    }

    fn merge(&mut self) -> String {
        let (table, other) = (self.base(), self.table());
        let column = table.columns[self.random.below(table.columns.len())];
        let items = [Item {
            alias: "s".to_owned(),
            columns: other.columns.clone(),
        }];
        let value = self.value(column.ty, &items);
        let key = other.columns[0].name;
        format!(
            "MERGE INTO {0} AS g USING {1} AS s ON g.id = s.{key} WHEN MATCHED THEN UPDATE SET {2} = {value} WHEN NOT MATCHED THEN INSERT (id, {2}) VALUES (s.{key}, {3})",
            table.name,
            other.name,
            column.name,
            constant(column.ty)
        )
    }

    fn changing_cte(&mut self) -> String {
        let table = self.base();
        let column = table.columns[self.random.below(table.columns.len())];
        let inner = if self.random.one_in(2) {
            self.delete()
        } else {
            self.update()
        };
        let inner = inner
            .split(" RETURNING")
            .next()
            .unwrap_or_default()
            .to_owned();
        let name = inner
            .split(' ')
            .nth(if inner.starts_with("DELETE") { 2 } else { 1 })
            .unwrap_or_default()
            .to_owned();
        let own = self
            .schema
            .tables
            .iter()
            .find(|one| one.name == name)
            .map_or(column, |one| one.columns[0]);
        format!(
            "WITH gone AS ({inner} RETURNING {name}.{}) SELECT * FROM gone",
            own.name
        )
    }
}
