//! Queries and data changes: what an application sends and what a migration does to rows.

use super::{Expr, Ident, QualifiedName};

/// A query or data change with its common table expressions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// `WITH`.
    pub with: Vec<Cte>,
    /// `WITH RECURSIVE`.
    pub recursive: bool,
    /// The statement itself.
    pub body: QueryBody,
    /// `ORDER BY`.
    pub order_by: Vec<Expr>,
    /// `LIMIT` or `FETCH`.
    pub limit: Option<Expr>,
    /// `OFFSET`.
    pub offset: Option<Expr>,
    /// `FOR UPDATE` and its like, as words in capitals, in order.
    pub locking: Vec<String>,
}

/// One common table expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cte {
    /// Its name.
    pub name: Ident,
    /// Its columns, when they are renamed.
    pub columns: Vec<Ident>,
    /// What it holds.
    pub query: Query,
    /// The columns that `SEARCH` and `CYCLE` add behind those of the query.
    pub added: Vec<Ident>,
}

/// The kinds of statement a query can be.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum QueryBody {
    /// `SELECT`.
    Select(Box<Select>),
    /// `VALUES`.
    Values(Vec<Vec<Expr>>),
    /// `TABLE t`.
    Table(QualifiedName),
    /// `UNION`, `INTERSECT`, `EXCEPT`.
    SetOperation {
        /// The operator in capitals, `UNION ALL` included.
        op: String,
        /// The left side.
        left: Box<Query>,
        /// The right side.
        right: Box<Query>,
    },
    /// A query in parentheses.
    Nested(Box<Query>),
    /// `INSERT`.
    Insert(Box<Insert>),
    /// `UPDATE`.
    Update(Box<Update>),
    /// `DELETE`.
    Delete(Box<Delete>),
    /// `MERGE`.
    Merge(Box<Merge>),
    /// `COPY`.
    Copy(Copied),
}

/// What a `COPY` takes or gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Copied {
    /// `COPY t (a, b) FROM ..` or `TO ..`.
    Table {
        /// The table.
        target: QualifiedName,
        /// The columns, when they are listed.
        columns: Vec<Ident>,
        /// It writes the table rather than reads it.
        from: bool,
    },
    /// `COPY (SELECT ..) TO ..`.
    Query(Box<Query>),
}

/// One `SELECT`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Select {
    /// `DISTINCT`.
    pub distinct: bool,
    /// `DISTINCT ON (..)`.
    pub distinct_on: Vec<Expr>,
    /// What it returns.
    pub projection: Vec<SelectItem>,
    /// `SELECT .. INTO t`.
    pub into: Option<QualifiedName>,
    /// `FROM`.
    pub from: Vec<FromItem>,
    /// `WHERE`.
    pub filter: Option<Expr>,
    /// `GROUP BY`.
    pub group_by: Vec<Expr>,
    /// `HAVING`.
    pub having: Option<Expr>,
    /// The expressions of `WINDOW` definitions.
    pub windows: Vec<Expr>,
}

/// One item of a select or returning list.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SelectItem {
    /// An expression, with its name if one was given.
    Expr {
        /// The value.
        expr: Expr,
        /// `AS name`.
        alias: Option<Ident>,
    },
    /// `*`.
    Wildcard,
    /// `t.*`.
    QualifiedWildcard(QualifiedName),
}

/// An alias with the columns it renames.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// The name.
    pub name: Ident,
    /// The columns, from the first one on.
    pub columns: Vec<Ident>,
}

/// One item of `FROM`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FromItem {
    /// A table, view or common table expression.
    Relation {
        /// Its name.
        name: QualifiedName,
        /// `AS`.
        alias: Option<Alias>,
        /// `ONLY`.
        only: bool,
    },
    /// `(SELECT ..) AS a`.
    Subquery {
        /// The query.
        query: Box<Query>,
        /// `AS`.
        alias: Option<Alias>,
        /// `LATERAL`.
        lateral: bool,
    },
    /// A function that returns rows; `LATERAL` or not makes no difference.
    Function {
        /// The call.
        call: Expr,
        /// `AS`.
        alias: Option<Alias>,
        /// `WITH ORDINALITY`.
        ordinality: bool,
    },
    /// A join.
    Join {
        /// The left side.
        left: Box<FromItem>,
        /// The right side.
        right: Box<FromItem>,
        /// Inner, left, right, full or cross.
        kind: JoinKind,
        /// `ON`, `USING`, `NATURAL` or nothing.
        constraint: JoinConstraint,
    },
}

/// The kinds of join.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum JoinKind {
    /// `JOIN`.
    Inner,
    /// `LEFT JOIN`.
    Left,
    /// `RIGHT JOIN`.
    Right,
    /// `FULL JOIN`.
    Full,
    /// `CROSS JOIN`.
    Cross,
}

/// What a join matches by.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum JoinConstraint {
    /// `ON ..`.
    On(Expr),
    /// `USING (..)`.
    Using(Vec<Ident>),
    /// `NATURAL`.
    Natural,
    /// A cross join.
    None,
}

/// One `INSERT`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Insert {
    /// The table.
    pub target: QualifiedName,
    /// `AS`.
    pub alias: Option<Ident>,
    /// The columns; none written means all, from the first one on.
    pub columns: Vec<Ident>,
    /// Those of them, from 0, that are given a field or an element only: `a.b`, `c[1]`.
    pub parts: Vec<usize>,
    /// `OVERRIDING SYSTEM | USER VALUE`: the word in capitals.
    pub overriding: Option<String>,
    /// The rows; none is `DEFAULT VALUES`.
    pub source: Option<Query>,
    /// `ON CONFLICT`.
    pub on_conflict: Option<OnConflict>,
    /// `RETURNING`.
    pub returning: Vec<SelectItem>,
}

/// `ON CONFLICT`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnConflict {
    /// Which index arbitrates.
    pub target: ConflictTarget,
    /// The assignments of `DO UPDATE`; none for `DO NOTHING`.
    pub update: Option<(Vec<Assignment>, Option<Expr>)>,
}

/// What `ON CONFLICT` names.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConflictTarget {
    /// Nothing.
    Any,
    /// Index columns, with a predicate.
    Columns(Vec<Expr>, Option<Expr>),
    /// `ON CONSTRAINT`.
    Constraint(Ident),
}

/// `a = 1`, or `(a, b) = (..)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The columns.
    pub columns: Vec<Ident>,
    /// Those of them, from 0, that are given a field or an element only: `a.b = 1`, `c[1] = 2`.
    pub parts: Vec<usize>,
    /// The value.
    pub value: Expr,
}

/// One `UPDATE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// The table.
    pub target: QualifiedName,
    /// `ONLY`: not what inherits from it.
    pub only: bool,
    /// `AS`.
    pub alias: Option<Ident>,
    /// `SET`.
    pub set: Vec<Assignment>,
    /// `FROM`.
    pub from: Vec<FromItem>,
    /// `WHERE`.
    pub filter: Option<Expr>,
    /// `RETURNING`.
    pub returning: Vec<SelectItem>,
}

/// One `DELETE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delete {
    /// The table.
    pub target: QualifiedName,
    /// `ONLY`: not what inherits from it.
    pub only: bool,
    /// `AS`.
    pub alias: Option<Ident>,
    /// `USING`.
    pub using: Vec<FromItem>,
    /// `WHERE`.
    pub filter: Option<Expr>,
    /// `RETURNING`.
    pub returning: Vec<SelectItem>,
    /// A `TRUNCATE`: of tables only, to which no other one refers.
    pub truncates: bool,
}

/// One `MERGE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merge {
    /// The table.
    pub target: QualifiedName,
    /// `AS`.
    pub alias: Option<Ident>,
    /// `USING`.
    pub source: FromItem,
    /// `ON`.
    pub on: Expr,
    /// `WHEN ..`, in order.
    pub clauses: Vec<MergeClause>,
    /// `RETURNING`, from PostgreSQL 17.
    pub returning: Vec<SelectItem>,
}

/// One `WHEN` of a `MERGE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeClause {
    /// `AND ..`.
    pub condition: Option<Expr>,
    /// What it does.
    pub action: MergeAction,
}

/// What a `WHEN` does.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum MergeAction {
    /// `DO NOTHING`.
    Nothing,
    /// `DELETE`.
    Delete,
    /// `UPDATE SET`.
    Update(Vec<Assignment>),
    /// `INSERT`: columns, and values unless `DEFAULT VALUES`.
    Insert(Vec<Ident>, Option<Vec<Expr>>),
}
