//! What a data change gives the columns of a table, row by row.

use super::refusal::domain_default;
use crate::schema::{Catalogue, Column, Refusal, Relation, ResolvedName};
use crate::sql::ast::{Expr, Ident, Query, QueryBody, SelectItem};

/// Rows that a query writes into a table.
#[derive(Debug, Clone)]
pub(super) struct Write {
    pub(super) table: ResolvedName,
    /// The view that the query names, when the table is under one.
    pub(super) view: Option<ResolvedName>,
    /// Of an INSERT, every other column has its default.
    pub(super) insert: bool,
    /// By the lines of a COPY.
    pub(super) copied: bool,
    /// The columns were listed rather than counted.
    pub(super) listed: bool,
    pub(super) columns: Vec<Ident>,
    /// For each kind of row, what each of the columns is given.
    pub(super) rows: Vec<Vec<Given>>,
    /// `ON CONFLICT DO NOTHING` without a target.
    pub(super) skips_conflicts: bool,
}

impl Write {
    /// The relation that the query names.
    pub(super) fn named(&self) -> &ResolvedName {
        self.view.as_ref().unwrap_or(&self.table)
    }

    /// Whether a row takes the default of a column.
    pub(super) fn defaults(&self, column: &Ident) -> bool {
        match self.columns.iter().position(|name| name == column) {
            Some(at) => self
                .rows
                .iter()
                .any(|row| matches!(row.get(at), Some(Given::Default))),
            None => self.insert,
        }
    }

    /// Whether a row sets a column to NULL.
    pub(super) fn gives_null(&self, column: &Ident) -> bool {
        let at = self.columns.iter().position(|name| name == column);
        let null = |at: usize| {
            let mut given = self.rows.iter().map(|row| row.get(at));
            given.any(|one| matches!(one, Some(Given::Value(Expr::Null))))
        };
        at.is_some_and(null)
    }

    /// Whether the domain of a column is asked: what a COPY leaves out is NULL without that (measured on 14 to 18).
    pub(super) fn asks_domain(&self, column: &Column) -> bool {
        !self.copied || self.columns.contains(&column.name)
    }
}

/// What a column is given.
#[derive(Debug, Clone)]
pub(super) enum Given {
    Default,
    Value(Expr),
    Unknown,
}

impl From<&Expr> for Given {
    fn from(value: &Expr) -> Self {
        match value {
            Expr::Default => Self::Default,
            value => Self::Value(value.clone()),
        }
    }
}

/// Whether a column is given the value that it has.
pub(super) fn keeps(given: &Given, column: &Ident, relation: &Relation, arbiters: &[Expr]) -> bool {
    let Given::Value(Expr::Column(parts)) = given else {
        return false;
    };
    match parts.as_slice() {
        [name] => name == column,
        [of, name] if *of == "excluded" => {
            let own = |key: &Expr| matches!(key, Expr::Column(parts) if parts.last() == Some(name));
            name == column && arbiters.iter().any(own)
        }
        [of, name] => name == column && *of == relation.name.name,
        _ => false,
    }
}

/// What `SET column = DEFAULT` of a view gives: the view's own default, that of a domain, or NULL, and never the table's (manual 18,
/// ALTER VIEW, "SET DEFAULT"; measured on 14 to 18).
pub(super) fn default_of_view(view: &Relation, column: &Ident, catalogue: &Catalogue) -> Given {
    let default = view.column(column).and_then(|column| {
        let own = column.default.as_ref();
        own.or_else(|| domain_default(column, catalogue))
    });
    Given::Value(default.map_or(Expr::Null, |default| default.expr.clone()))
}

/// A value given to a column that makes its own, which the rewriter refuses after all else was analysed.
pub(super) fn not_to_be_given(
    relation: &Relation,
    columns: &[Ident],
    rows: &[Vec<Given>],
    overrides: bool,
) -> Option<Refusal> {
    columns.iter().enumerate().find_map(|(at, name)| {
        let column = relation.column(name)?;
        let own = column.generated.is_some() || (column.identity == Some(true) && !overrides);
        let mut given = rows.iter().filter_map(|row| row.get(at));
        (own && given.any(|one| !matches!(one, Given::Default))).then(|| Refusal {
            sqlstate: "428C9",
            message: format!("cannot insert a non-DEFAULT value into column \"{name}\""),
        })
    })
}

/// What each column is given, for each kind of row of an INSERT's source.
pub(super) fn given_rows(source: &Query, columns: usize) -> Vec<Vec<Given>> {
    match &source.body {
        QueryBody::Values(rows) => {
            let given = |row: &Vec<Expr>| row.iter().map(Given::from).collect();
            rows.iter().map(given).collect()
        }
        QueryBody::Select(select) => {
            let given = select.projection.iter().map(|item| match item {
                SelectItem::Expr { expr, .. } => Some(Given::from(expr)),
                SelectItem::Wildcard | SelectItem::QualifiedWildcard(_) => None,
            });
            let given: Option<Vec<Given>> = given.collect();
            vec![given.unwrap_or_else(|| vec![Given::Unknown; columns])]
        }
        QueryBody::Nested(inner) => given_rows(inner, columns),
        _ => vec![vec![Given::Unknown; columns]],
    }
}
