//! Whether an UPDATE or DELETE can be cut into batches, and where its text takes a range of keys.

use serde::{Deserialize, Serialize};

use crate::effects::expr;
use crate::sql::ast::*;
use crate::sql::{BatchOptions, find_word};

/// A data change that may be run range by range.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cut {
    /// The table as it must be written in SQL.
    pub(super) table: String,
    /// The table with its alias.
    pub(super) source: String,
    /// The statement up to its WHERE.
    pub(super) head: String,
    /// The condition of its WHERE.
    pub(super) filter: Option<String>,
    /// The columns it sets.
    pub(super) sets: Vec<String>,
    /// A row that was changed does not match any more, so that doing it again does nothing.
    pub(super) settles: bool,
    /// From the directive.
    pub(super) key: Option<String>,
    pub(super) size: Option<u64>,
    pub(super) pause_ms: Option<u64>,
}

impl Cut {
    /// The statement over the rows of a range only.
    pub(super) fn over(&self, range: &str) -> String {
        // A line comment may stand at the end of either part.
        match &self.filter {
            Some(filter) => format!("{}\nWHERE ({filter}\n) AND {range}", self.head),
            None => format!("{}\nWHERE {range}", self.head),
        }
    }

    /// The condition on a row of a range.
    pub(super) fn matching(&self, range: &str) -> String {
        match &self.filter {
            Some(filter) => format!("({filter}\n) AND {range}"),
            None => range.to_owned(),
        }
    }
}

/// Cuts a data change, when each row's outcome depends on that row (and on other tables) alone.
///
/// Not cut: FROM and USING, WITH, RETURNING, subqueries over the table itself, what we cannot read.
pub(super) fn cut(change: &Change, sql: &str, options: &BatchOptions) -> Option<Cut> {
    let Change::Dml(dml) = change else {
        return None;
    };
    let query = dml.query.as_ref().ok()?;
    if !query.with.is_empty() {
        return None;
    }
    let (target, alias, filter, sets): (_, _, _, &[Assignment]) = match &query.body {
        QueryBody::Update(update) if update.from.is_empty() && update.returning.is_empty() => (
            &update.target,
            &update.alias,
            update.filter.as_ref(),
            &update.set,
        ),
        QueryBody::Delete(delete) if delete.using.is_empty() && delete.returning.is_empty() => {
            (&delete.target, &delete.alias, delete.filter.as_ref(), &[])
        }
        _ => return None,
    };
    let expressions = || filter.into_iter().chain(sets.iter().map(|one| &one.value));
    if expressions().any(|one| looks_at(one, target)) {
        return None;
    }
    let (head, condition) = match (filter, find_word(sql, "where")) {
        (Some(_), Some(word)) => (sql.get(..word.start)?, Some(sql.get(word.end..)?)),
        (None, None) => (sql, None),
        _ => return None,
    };
    Some(Cut {
        table: target.to_sql(),
        source: match alias {
            Some(alias) => format!("{} AS {}", target.to_sql(), alias.to_sql()),
            None => target.to_sql(),
        },
        head: head.trim_end().to_owned(),
        filter: condition.map(|text| text.trim().to_owned()),
        sets: sets
            .iter()
            .flat_map(|one| one.columns.iter().map(|column| column.as_str().to_owned()))
            .collect(),
        settles: match &query.body {
            QueryBody::Delete(_) => true,
            _ => filter.is_some_and(|one| settles(one, sets)),
        },
        key: options.key.clone(),
        size: options.size,
        pause_ms: options.pause_ms,
    })
}

/// Whether an expression reads other rows of the table, or cannot be read by us.
fn looks_at(expression: &Expr, target: &QualifiedName) -> bool {
    let mut found = false;
    expr::visit(expression, &mut |part| {
        let query = match part {
            Expr::Unparsed(_) => {
                found = true;
                return;
            }
            Expr::InSubquery { query, .. }
            | Expr::Exists { query, .. }
            | Expr::Subquery(query)
            | Expr::ArraySubquery(query) => query,
            _ => return,
        };
        let mut sources = Vec::new();
        expr::sources(query, &mut sources);
        found |= sources.iter().any(|source| source.name == target.name);
    });
    found
}

/// Whether a conjunct of the condition says that a column which is set has not been set yet:
/// `c IS NULL`, or `c IS DISTINCT FROM` the value it is set to.
fn settles(filter: &Expr, sets: &[Assignment]) -> bool {
    let value_of = |column: &Expr| {
        let Expr::Column(path) = column else {
            return None;
        };
        let set = sets
            .iter()
            .find(|one| one.columns.len() == 1 && one.columns.first() == path.last());
        set.map(|one| &one.value)
    };
    match filter {
        Expr::Binary { left, op, right } if op == "AND" => {
            settles(left, sets) || settles(right, sets)
        }
        Expr::Is {
            expr,
            test: IsTest::Null,
            negated: false,
        } => value_of(expr).is_some_and(|value| *value != Expr::Null),
        Expr::Binary { left, op, right } if op == "IS DISTINCT FROM" => {
            value_of(left).is_some_and(|value| *value == **right)
        }
        _ => false,
    }
}
