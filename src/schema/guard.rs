//! What a condition in a body says of the schema: `IF NOT EXISTS (SELECT FROM pg_constraint ..)` and the like.

use std::collections::BTreeMap;

use super::Catalogue;
use crate::sql::ast::{Expr, FromItem, Ident, IsTest, QualifiedName, Query, QueryBody, SelectItem};
use crate::sql::{BodyStatement, Reach};

/// How the conditions of a body have come out so far.
#[derive(Debug, Default)]
pub(crate) struct Decided(BTreeMap<usize, Option<bool>>);

impl Catalogue {
    /// Whether a statement of a body runs on this schema; none where it does not. What is behind one
    /// condition is decided where the first of it stands.
    pub(crate) fn reach_of(
        &self,
        statement: &BodyStatement,
        decided: &mut Decided,
    ) -> Option<Reach> {
        let mut certain = true;
        for guard in &statement.guards {
            let truth = decided.0.entry(guard.id);
            match *truth.or_insert_with(|| self.holds(&guard.condition)) {
                Some(truth) if truth == guard.wanted => {}
                Some(_) => return None,
                None => certain = false,
            }
        }
        Some(if certain {
            statement.otherwise
        } else {
            statement.reach
        })
    }

    /// Whether a condition holds, as far as it asks for what the catalogue knows.
    fn holds(&self, condition: &Expr) -> Option<bool> {
        match condition {
            Expr::Boolean(truth) => Some(*truth),
            Expr::Unary { op, expr } if op.eq_ignore_ascii_case("NOT") => {
                self.holds(expr).map(|truth| !truth)
            }
            Expr::Binary { left, op, right } if op.eq_ignore_ascii_case("AND") => {
                match (self.holds(left), self.holds(right)) {
                    (Some(false), _) | (_, Some(false)) => Some(false),
                    (Some(true), Some(true)) => Some(true),
                    _ => None,
                }
            }
            Expr::Binary { left, op, right } if op.eq_ignore_ascii_case("OR") => {
                match (self.holds(left), self.holds(right)) {
                    (Some(true), _) | (_, Some(true)) => Some(true),
                    (Some(false), Some(false)) => Some(false),
                    _ => None,
                }
            }
            Expr::Subquery(query) => match &query.body {
                QueryBody::Select(select) => match select.projection.as_slice() {
                    [SelectItem::Expr { expr, .. }]
                        if select.from.is_empty() && select.filter.is_none() =>
                    {
                        self.holds(expr)
                    }
                    [SelectItem::Expr { expr, .. }] => self.counts(expr, query),
                    _ => None,
                },
                _ => None,
            },
            Expr::Exists { query, negated } => self.finds(query).map(|found| found != *negated),
            Expr::Is {
                expr,
                test: IsTest::Null,
                negated,
            } => {
                let Expr::Call(call) = expr.as_ref() else {
                    return None;
                };
                let (true, [argument]) = (call.name.name == "to_regclass", call.args.as_slice())
                else {
                    return None;
                };
                self.known(self.has_relation(literal(argument)?))
                    .map(|found| found == *negated)
            }
            _ => None,
        }
    }

    /// `SELECT count(*) = 2 FROM pg_indexes WHERE indexname IN ('a', 'b')`.
    fn counts(&self, asked: &Expr, query: &Query) -> Option<bool> {
        let Expr::Binary { left, op, right } = asked else {
            return None;
        };
        let (Expr::Call(call), Expr::Number(wanted)) = (left.as_ref(), right.as_ref()) else {
            return None;
        };
        let QueryBody::Select(select) = &query.body else {
            return None;
        };
        if call.name.name != "count" {
            return None;
        }
        let mut found = 0_usize;
        for filter in one_by_one(select.filter.as_ref()?) {
            let mut one = query.clone();
            if let QueryBody::Select(select) = &mut one.body {
                select.filter = Some(filter);
            }
            found += usize::from(self.finds(&one)?);
        }
        let wanted: usize = wanted.parse().ok()?;
        Some(match op.as_str() {
            "=" => found == wanted,
            "<>" | "!=" => found != wanted,
            ">" => found > wanted,
            ">=" => found >= wanted,
            "<" => found < wanted,
            "<=" => found <= wanted,
            _ => return None,
        })
    }

    /// What is not found may be there all the same where not everything is known.
    fn known(&self, found: bool) -> Option<bool> {
        (found || !self.is_incomplete()).then_some(found)
    }

    fn has_relation(&self, written: &str) -> bool {
        let name = named(written);
        self.relation(&name).is_some() || self.index(&name).is_some()
    }

    /// Whether a query of one of PostgreSQL's own views finds something.
    fn finds(&self, query: &Query) -> Option<bool> {
        let QueryBody::Select(select) = &query.body else {
            return None;
        };
        let [FromItem::Relation { name: source, .. }] = select.from.as_slice() else {
            return None;
        };
        if !query.with.is_empty() || query.offset.is_some() {
            return None;
        }
        let mut asked = Vec::new();
        equalities(select.filter.as_ref()?, &mut asked)?;
        let take = |column: &str| {
            asked
                .iter()
                .find(|(name, _)| *name == column)
                .map(|(_, value)| *value)
        };
        let only = |columns: &[&str]| {
            asked
                .iter()
                .all(|(name, _)| columns.contains(&name.as_str()))
        };
        let in_schema =
            |column: &str, schema: &Ident| take(column).is_none_or(|wanted| *schema == wanted);
        let found = match source.name.as_str() {
            "tables" | "pg_tables" | "pg_class" => {
                let columns = [
                    "table_name",
                    "tablename",
                    "relname",
                    "table_schema",
                    "schemaname",
                ];
                let wanted = take("table_name")
                    .or(take("tablename"))
                    .or(take("relname"))?;
                only(&columns).then_some(())?;
                let schema = if source.name == "tables" {
                    "table_schema"
                } else {
                    "schemaname"
                };
                let relations = self
                    .relations()
                    .any(|one| one.name.name == wanted && in_schema(schema, &one.name.schema));
                let index = || {
                    self.relations()
                        .any(|one| one.indexes.iter().any(|index| index.name == wanted))
                };
                relations || source.name == "pg_class" && index()
            }
            "columns" => {
                only(&["table_name", "column_name", "table_schema"]).then_some(())?;
                let (table, column) = (take("table_name")?, take("column_name")?);
                self.relations().any(|one| {
                    one.name.name == table
                        && in_schema("table_schema", &one.name.schema)
                        && one.columns.iter().any(|own| own.name == column)
                })
            }
            "pg_constraint" | "table_constraints" => {
                let columns = [
                    "conname",
                    "constraint_name",
                    "conrelid",
                    "table_name",
                    "table_schema",
                    "constraint_schema",
                ];
                only(&columns).then_some(())?;
                let wanted = take("conname").or(take("constraint_name"))?;
                let table = take("conrelid").or(take("table_name")).map(named);
                self.relations().any(|one| {
                    let of = table
                        .as_ref()
                        .is_none_or(|table| table.name == one.name.name);
                    of && in_schema("table_schema", &one.name.schema)
                        && one.constraints.iter().any(|own| own.name == wanted)
                })
            }
            // The table whose columns a constraint uses: of a foreign key that which it refers to.
            "constraint_column_usage" => {
                let columns = [
                    "constraint_name",
                    "table_name",
                    "table_schema",
                    "constraint_schema",
                ];
                only(&columns).then_some(())?;
                let wanted = take("constraint_name")?;
                self.relations().any(|one| {
                    let mut constraints = one.constraints.iter();
                    in_schema("constraint_schema", &one.name.schema)
                        && constraints.any(|own| {
                            let used = own.refers_to().unwrap_or(&one.name);
                            own.name == wanted
                                && take("table_name").is_none_or(|table| used.name == table)
                                && in_schema("table_schema", &used.schema)
                        })
                })
            }
            "pg_indexes" => {
                only(&["indexname", "tablename", "schemaname"]).then_some(())?;
                let wanted = take("indexname")?;
                self.relations().any(|one| {
                    let of = take("tablename").is_none_or(|table| one.name.name == table);
                    of && in_schema("schemaname", &one.name.schema)
                        && one.indexes.iter().any(|own| own.name == wanted)
                })
            }
            "pg_type" => {
                only(&["typname"]).then_some(())?;
                let wanted = take("typname")?;
                self.types.keys().any(|name| name.name == wanted)
                    || self.relations().any(|one| one.name.name == wanted)
            }
            "pg_extension" => {
                only(&["extname"]).then_some(())?;
                self.has_extension(&Ident::new(take("extname")?))
            }
            "pg_trigger" => {
                only(&["tgname", "tgrelid"]).then_some(())?;
                let wanted = take("tgname")?;
                self.relations()
                    .any(|one| one.triggers.iter().any(|own| own.definition.name == wanted))
            }
            "pg_namespace" | "schemata" => {
                only(&["nspname", "schema_name"]).then_some(())?;
                let wanted = take("nspname").or(take("schema_name"))?;
                self.schemas().any(|own| *own == wanted)
            }
            _ => return None,
        };
        self.known(found)
    }
}

/// A condition once for each constant of the one IN list in it.
fn one_by_one(filter: &Expr) -> Vec<Expr> {
    match filter {
        Expr::InList {
            expr,
            list,
            negated: false,
        } => list
            .iter()
            .map(|constant| Expr::Binary {
                left: expr.clone(),
                op: "=".to_owned(),
                right: Box::new(constant.clone()),
            })
            .collect(),
        Expr::Binary { left, op, right } if op.eq_ignore_ascii_case("AND") => {
            let (lefts, rights) = (one_by_one(left), one_by_one(right));
            let both = lefts.iter().flat_map(|left| {
                rights.iter().map(|right| Expr::Binary {
                    left: Box::new(left.clone()),
                    op: op.clone(),
                    right: Box::new(right.clone()),
                })
            });
            both.collect()
        }
        other => vec![other.clone()],
    }
}

/// The `column = 'constant'` parts of an AND; none where there are others.
fn equalities<'e>(filter: &'e Expr, into: &mut Vec<(&'e Ident, &'e str)>) -> Option<()> {
    match filter {
        Expr::Binary { left, op, right } if op.eq_ignore_ascii_case("AND") => {
            equalities(left, into)?;
            equalities(right, into)
        }
        Expr::Binary { left, op, right } if op == "=" => {
            let Expr::Column(path) = left.as_ref() else {
                return None;
            };
            into.push((path.last()?, literal(right)?));
            Some(())
        }
        _ => None,
    }
}

fn literal(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::String(text) => Some(text),
        Expr::Cast { expr, .. } => literal(expr),
        _ => None,
    }
}

/// A name in a string.
fn named(written: &str) -> QualifiedName {
    let plain = |part: &str| match part
        .trim()
        .strip_prefix('"')
        .and_then(|part| part.strip_suffix('"'))
    {
        Some(quoted) => Ident::new(quoted),
        None => Ident::folded(part.trim()),
    };
    match written.split_once('.') {
        Some((schema, name)) => QualifiedName::new(plain(schema), plain(name)),
        None => QualifiedName::bare(plain(written)),
    }
}
