//! SQL that fills the tables of a schema with rows for a rehearsal, as their types, keys, foreign keys, checks and
//! enums allow.

use std::collections::BTreeSet;

use crate::effects::expr;
use crate::schema::{
    Catalogue, Column, Constraint, ConstraintKind, EnumOrOther, Relation, RelationKind,
    ResolvedName,
};
use crate::sql::ast::{Expr, Ident, IndexKey, TypeName};
use crate::sql::string_constant;

/// How one table is filled.
#[derive(Debug)]
pub(super) struct Fill {
    /// The table.
    pub(super) table: ResolvedName,
    /// How many rows are asked for; fewer come where the constraints refuse some.
    pub(super) rows: u64,
    /// One statement that leaves out the rows which its checks and unique keys refuse.
    pub(super) at_once: String,
    /// The same row by row, where something else refuses some.
    pub(super) one_by_one: String,
}

/// How the tables of a schema are filled, those first to which others refer.
pub(super) fn fills(catalogue: &Catalogue, rows: &dyn Fn(&Relation) -> u64) -> Vec<Fill> {
    let mut open: Vec<&Relation> = catalogue
        .relations()
        .filter(|one| {
            matches!(
                one.kind,
                RelationKind::Table | RelationKind::PartitionedTable
            ) && one.partition_of.is_none()
        })
        .collect();
    let mut filled: BTreeSet<&ResolvedName> = BTreeSet::new();
    let mut fills = Vec::new();
    while !open.is_empty() {
        let ready = |table: &&Relation| {
            let mut needed = foreign_keys(table).map(|(_, to, _)| to);
            needed.all(|to| *to == table.name || filled.contains(to) || catalogue.get(to).is_none())
        };
        // Where tables refer to each other in a circle, one of them begins.
        let at = open.iter().position(ready).unwrap_or(0);
        let table = open.remove(at);
        fills.push(fill(catalogue, table, &filled, rows(table)));
        filled.insert(&table.name);
    }
    fills
}

fn fill(
    catalogue: &Catalogue,
    table: &Relation,
    filled: &BTreeSet<&ResolvedName>,
    rows: u64,
) -> Fill {
    let mut joins = String::new();
    let mut referred: Vec<(&Ident, String)> = Vec::new();
    for (number, (constraint, to, references)) in foreign_keys(table).enumerate() {
        if *to == table.name || !filled.contains(to) {
            continue;
        }
        let columns: Vec<String> = references
            .iter()
            .enumerate()
            .map(|(at, name)| format!("{} AS c{at}", name.to_sql()))
            .collect();
        let to = to.to_sql();
        joins += &format!(
            "\n  LEFT JOIN (SELECT row_number() OVER () - 1 AS k, {} FROM {to}) AS f{number} ON f{number}.k = i % greatest((SELECT count(*) FROM {to}), 1)",
            columns.join(", ")
        );
        for (at, column) in constraint.columns.iter().enumerate() {
            if !referred.iter().any(|(known, _)| *known == column) {
                referred.push((column, format!("f{number}.c{at}")));
            }
        }
    }
    let given: Vec<&Column> = table.columns.iter().filter(|one| is_given(one)).collect();
    let value = |column: &Column| -> String {
        if let Some((_, from)) = referred.iter().find(|(name, _)| **name == column.name) {
            return from.clone();
        }
        let own = foreign_keys(table).find(|(one, _, _)| one.columns.contains(&column.name));
        match own {
            // A row that refers to nothing, or where it must, to itself.
            Some(_) if !column.not_null => "NULL".to_owned(),
            Some((constraint, _, references)) => {
                let at = constraint
                    .columns
                    .iter()
                    .position(|one| *one == column.name);
                let to = at
                    .and_then(|at| references.get(at))
                    .and_then(|to| table.column(to));
                value_of(catalogue, &to.unwrap_or(column).ty, "i", &[])
            }
            None => value_of(
                catalogue,
                &column.ty,
                "i",
                &allowed(catalogue, table, &column.name),
            ),
        }
    };
    let names: Vec<_> = given.iter().map(|one| one.name.to_sql()).collect();
    let values: Vec<String> = given
        .iter()
        .map(|column| {
            format!(
                "({})::{} AS {}",
                value(column),
                column.ty,
                column.name.to_sql()
            )
        })
        .collect();
    let name = table.name.to_sql();
    let checks: Vec<String> = table
        .constraints
        .iter()
        .filter_map(|constraint| match &constraint.kind {
            // What names a column that the table fills itself is for the server to decide.
            ConstraintKind::Check(check)
                if constraint
                    .columns
                    .iter()
                    .all(|column| given.iter().any(|one| one.name == *column)) =>
            {
                Some(format!("({}) IS NOT FALSE", check.text))
            }
            _ => None,
        })
        .collect();
    let filter = match checks.is_empty() {
        true => String::new(),
        false => format!("\nWHERE {}", checks.join("\n  AND ")),
    };
    let insert = |series: &str| match names.is_empty() {
        true => format!("INSERT INTO {name} DEFAULT VALUES"),
        false => format!(
            "INSERT INTO {name} ({})\nSELECT * FROM (SELECT {}\n  FROM {series} AS i{joins}) AS {}{filter}\nLIMIT {rows}\nON CONFLICT DO NOTHING",
            names.join(", "),
            values.join(", "),
            table.name.name.to_sql()
        ),
    };
    Fill {
        table: table.name.clone(),
        rows,
        // Of those that the checks refuse, others take the place.
        at_once: insert(&format!(
            "generate_series(1, {})",
            rows * if checks.is_empty() { 1 } else { 4 }
        )),
        one_by_one: format!(
            "DO $concertina$
DECLARE done bigint := 0;
BEGIN
  FOR n IN 1..{} LOOP
    BEGIN
      {};
      IF FOUND THEN
        done := done + 1;
      END IF;
    EXCEPTION WHEN integrity_constraint_violation OR data_exception OR raise_exception THEN
      NULL;
    END;
    EXIT WHEN done >= {rows};
  END LOOP;
END $concertina$",
            rows * 4,
            insert("generate_series(n, n)")
        ),
    }
}

/// Whether a row is given a value for the column: what has numbers of its own keeps counting for the application.
fn is_given(column: &Column) -> bool {
    let counts = column.default.as_ref().is_some_and(
        |default| matches!(&default.expr, Expr::Call(call) if call.name.name == "nextval"),
    );
    column.identity.is_none() && column.generated.is_none() && !counts
}

fn foreign_keys(
    table: &Relation,
) -> impl Iterator<Item = (&Constraint, &ResolvedName, &Vec<Ident>)> {
    table
        .constraints
        .iter()
        .filter_map(|constraint| match &constraint.kind {
            ConstraintKind::ForeignKey {
                table, references, ..
            } => Some((constraint, table, references)),
            _ => None,
        })
}

/// The constants that checks and partition bounds name beside a column: what they allow is among them or near.
fn allowed(catalogue: &Catalogue, table: &Relation, column: &Ident) -> Vec<String> {
    let mut found = Vec::new();
    let mut add = |constant: String| {
        if !found.contains(&constant) {
            found.push(constant);
        }
    };
    for constraint in &table.constraints {
        let ConstraintKind::Check(check) = &constraint.kind else {
            continue;
        };
        if constraint.columns.as_slice() == std::slice::from_ref(column) {
            expr::visit(&check.expr, &mut |part| match part {
                Expr::String(text) => add(string_constant(text)),
                Expr::Number(digits) => {
                    add(digits.clone());
                    add(format!("{digits} + 1"));
                    add(format!("{digits} - 1"));
                }
                _ => {}
            });
        }
    }
    let keys = table.partition_by.as_ref().map(|by| by.keys.as_slice());
    let [key] = keys.unwrap_or_default() else {
        return found;
    };
    if matches!(&key.key, IndexKey::Column(name) if name == column) {
        for child in catalogue.relations() {
            let Some((parent, bound)) = &child.partition_of else {
                continue;
            };
            if *parent == table.name && !bound.contains("WITH") {
                lower_bounds(bound).into_iter().for_each(&mut add);
            }
        }
    }
    found
}

/// The constants of `FOR VALUES IN (..)`, or those of `FROM (..)`, which belong to the partition.
fn lower_bounds(bound: &str) -> Vec<String> {
    let inner = bound
        .split_once('(')
        .and_then(|(_, rest)| rest.split_once(')'));
    let list = inner.map_or("", |(list, _)| list).split(',').map(str::trim);
    let constant = |word: &&str| {
        word.starts_with(['\'', '-']) || word.starts_with(|c: char| c.is_ascii_digit())
    };
    list.filter(constant).map(str::to_owned).collect()
}

/// A value of a type that belongs to the number `i`, an expression in SQL; one in turn with `among`.
pub(super) fn value_of(catalogue: &Catalogue, ty: &TypeName, i: &str, among: &[String]) -> String {
    if !among.is_empty() {
        let mut all = among.to_vec();
        all.push(value_of(catalogue, ty, i, &[]));
        let base = catalogue.base_type(ty);
        let one_of: Vec<String> = all.iter().map(|one| format!("({one})::{base}")).collect();
        return format!("(ARRAY[{}])[1 + ({i}) % {}]", one_of.join(", "), all.len());
    }
    let base = catalogue.base_type(ty);
    if base.array {
        let element = TypeName {
            array: false,
            ..base.clone()
        };
        return format!("ARRAY[{}]::{base}", value_of(catalogue, &element, i, &[]));
    }
    match catalogue
        .type_def(&base.qualified_name())
        .map(|def| &def.kind)
    {
        Some(EnumOrOther::Enum(labels)) if !labels.is_empty() => {
            let labels: Vec<String> = labels.iter().map(|label| string_constant(label)).collect();
            return format!(
                "(ARRAY[{}]::{base}[])[1 + ({i}) % {}]",
                labels.join(", "),
                labels.len()
            );
        }
        Some(EnumOrOther::Composite(attributes)) => {
            let parts = attributes
                .iter()
                .map(|(_, ty)| value_of(catalogue, ty, i, &[]));
            return format!("ROW({})::{base}", parts.collect::<Vec<_>>().join(", "));
        }
        Some(_) => return "NULL".to_owned(),
        None => {}
    }
    built_in(&base, i)
}

fn built_in(ty: &TypeName, i: &str) -> String {
    let limit = ty
        .modifiers
        .first()
        .and_then(|digits| digits.parse::<u32>().ok());
    match ty.name.as_str() {
        "int2" => format!("(({i}) % 32000)::int2"),
        "int4" => format!("({i})::int4"),
        "int8" | "float4" | "float8" | "oid" | "money" => format!("({i})::{ty}"),
        "numeric" => match limit {
            Some(digits) => {
                let scale = ty.modifiers.get(1).and_then(|one| one.parse::<u32>().ok());
                let whole = digits.saturating_sub(scale.unwrap_or(0)).min(9);
                format!("(({i}) % {})::{ty}", 10_u64.pow(whole))
            }
            None => format!("({i})::numeric"),
        },
        "bool" => format!("(({i}) % 2 = 0)"),
        // The number comes first, so that short ones differ too.
        "text" | "name" | "citext" => format!("(({i})::text || ' word')"),
        "varchar" | "bpchar" | "char" => match limit {
            Some(limit) => format!("left(({i})::text || ' word', {limit})"),
            None => format!("(({i})::text || ' word')"),
        },
        "date" => format!("(date '2024-01-01' + (({i}) % 1000)::int)"),
        "timestamp" | "timestamptz" => {
            format!(
                "({} '2024-01-01 00:00:00' + ({i}) * interval '1 minute')",
                ty.name
            )
        }
        "time" | "timetz" => format!("(time '00:00' + ({i}) * interval '1 second')::{ty}"),
        "interval" => format!("(({i}) * interval '1 second')"),
        "uuid" => format!("md5(({i})::text)::uuid"),
        "json" | "jsonb" => format!("jsonb_build_object('n', {i})::{ty}"),
        "bytea" => format!("decode(md5(({i})::text), 'hex')"),
        "inet" | "cidr" => format!("('10.0.0.0'::inet + (({i}) % 16000000)::bigint)::{ty}"),
        "tsvector" => format!("to_tsvector('simple', ({i})::text || ' word')"),
        "tsquery" => "'word'::tsquery".to_owned(),
        "point" => format!("point({i}, {i})"),
        "int4range" => format!("int4range(({i})::int, ({i})::int + 1)"),
        "int8range" => format!("int8range({i}, {i} + 1)"),
        "numrange" => format!("numrange({i}, {i} + 1)"),
        "daterange" => {
            format!("daterange(date '2024-01-01' + ({i})::int, date '2024-01-02' + ({i})::int)")
        }
        "tsrange" | "tstzrange" => format!(
            "{0}('2024-01-01'::{1} + ({i}) * interval '1 minute', '2024-01-01'::{1} + (({i}) + 1) * interval '1 minute')",
            ty.name,
            if ty.name == "tsrange" {
                "timestamp"
            } else {
                "timestamptz"
            }
        ),
        "xml" => format!("('<a>' || ({i}) || '</a>')::xml"),
        "macaddr" => "'08:00:2b:01:02:03'::macaddr".to_owned(),
        _ => "NULL".to_owned(),
    }
}
