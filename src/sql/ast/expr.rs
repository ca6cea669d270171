//! Expressions: enough to judge defaults and checks and to resolve the names of queries.

use super::{Ident, QualifiedName, Query, TypeName};

/// An expression with the text it was written as; what we show and run is always that text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlExpr {
    /// The source text, without the space around it.
    pub text: String,
    /// What it says.
    pub expr: Expr,
}

/// One node of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Expr {
    /// `NULL`.
    Null,
    /// `TRUE` or `FALSE`.
    Boolean(bool),
    /// A number as written, without a sign.
    Number(String),
    /// A string constant, its escapes resolved.
    String(String),
    /// `$1`, or a placeholder in another style; numbered from 1.
    Parameter(u32),
    /// `a`, `t.a`, `s.t.a`.
    Column(Vec<Ident>),
    /// `*` or `t.*` inside a call such as `count(*)`.
    Wildcard(Option<QualifiedName>),
    /// A function call; `CURRENT_TIMESTAMP`, `COALESCE`, `EXTRACT` and their like are calls of that name in lower case.
    Call(Box<Call>),
    /// `CAST(a AS t)`, `a::t`, `t 'literal'`.
    Cast {
        /// What is cast.
        expr: Box<Expr>,
        /// To which type.
        ty: TypeName,
    },
    /// A prefix operator: `-`, `+`, `~`, or `NOT` in capitals.
    Unary {
        /// The operator.
        op: String,
        /// What it applies to.
        expr: Box<Expr>,
    },
    /// An infix operator as written, with its schema `OPERATOR(schema.+)`; words in capitals: `AND`, `OR`, `LIKE`, `NOT ILIKE`, `SIMILAR TO`, `IS DISTINCT FROM`, `IS NOT DISTINCT FROM`.
    Binary {
        /// The left side.
        left: Box<Expr>,
        /// The operator.
        op: String,
        /// The right side.
        right: Box<Expr>,
    },
    /// `IS [NOT] NULL | TRUE | FALSE | UNKNOWN`.
    Is {
        /// What is tested.
        expr: Box<Expr>,
        /// For what.
        test: IsTest,
        /// With `NOT`.
        negated: bool,
    },
    /// `a [NOT] IN (1, 2)`.
    InList {
        /// What is looked for.
        expr: Box<Expr>,
        /// The values.
        list: Vec<Expr>,
        /// With `NOT`.
        negated: bool,
    },
    /// `a [NOT] IN (SELECT ..)`.
    InSubquery {
        /// What is looked for.
        expr: Box<Expr>,
        /// The query.
        query: Box<Query>,
        /// With `NOT`.
        negated: bool,
    },
    /// `a [NOT] BETWEEN low AND high`.
    Between {
        /// What is tested.
        expr: Box<Expr>,
        /// The lower bound.
        low: Box<Expr>,
        /// The upper bound.
        high: Box<Expr>,
        /// With `NOT`.
        negated: bool,
    },
    /// `CASE [operand] WHEN .. THEN .. [ELSE ..] END`.
    Case {
        /// The operand of the short form.
        operand: Option<Box<Expr>>,
        /// Conditions with their results.
        branches: Vec<(Expr, Expr)>,
        /// The `ELSE`.
        otherwise: Option<Box<Expr>>,
    },
    /// `[NOT] EXISTS (SELECT ..)`.
    Exists {
        /// The query.
        query: Box<Query>,
        /// With `NOT`.
        negated: bool,
    },
    /// `(SELECT ..)` as a value.
    Subquery(Box<Query>),
    /// `ARRAY(SELECT ..)`.
    ArraySubquery(Box<Query>),
    /// `ARRAY[..]`.
    Array(Vec<Expr>),
    /// `ROW(..)` or `(a, b)`.
    Row(Vec<Expr>),
    /// `a[1]`, `a[1:2]`.
    Subscript {
        /// The array or document.
        expr: Box<Expr>,
        /// The index, or the bounds that were written.
        indexes: Vec<Expr>,
    },
    /// `(a).b`.
    Field {
        /// A composite value.
        expr: Box<Expr>,
        /// Its field.
        field: Ident,
    },
    /// `a COLLATE c`.
    Collate {
        /// The text.
        expr: Box<Expr>,
        /// The collation.
        collation: QualifiedName,
    },
    /// `a = ANY (..)`, `a > ALL (..)`.
    Quantified {
        /// The left side.
        left: Box<Expr>,
        /// The operator.
        op: String,
        /// The array or subquery.
        right: Box<Expr>,
        /// `ALL` rather than `ANY`.
        all: bool,
    },
    /// `DEFAULT` as a value of INSERT or UPDATE.
    Default,
    /// Text that has no tree here; whoever needs the inside says that it is not known.
    Unparsed(String),
}

/// The operator behind what an expression says of it: `+`, or with its schema `OPERATOR(schema.+)`.
pub fn operator_name(op: &str) -> QualifiedName {
    let inner = op
        .strip_prefix("OPERATOR(")
        .and_then(|rest| rest.strip_suffix(')'));
    match inner.map(|inner| inner.rsplit_once('.').ok_or(inner)) {
        Some(Ok((schema, name))) => QualifiedName::new(schema, name),
        Some(Err(name)) => QualifiedName::bare(name),
        None => QualifiedName::bare(op),
    }
}

/// What `IS` tests for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum IsTest {
    /// `NULL`.
    Null,
    /// `TRUE`.
    True,
    /// `FALSE`.
    False,
    /// `UNKNOWN`.
    Unknown,
}

/// A function call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The function.
    pub name: QualifiedName,
    /// Its arguments; a named one is its value only.
    pub args: Vec<Expr>,
    /// The names that are given to some of them.
    pub named: Vec<Ident>,
    /// `DISTINCT` in an aggregate.
    pub distinct: bool,
    /// `ORDER BY` in an aggregate, `WITHIN GROUP` included.
    pub order_by: Vec<Expr>,
    /// `FILTER (WHERE ..)`.
    pub filter: Option<Expr>,
    /// `OVER (..)`: partition and order expressions together; a named window gives an empty list.
    pub over: Option<Vec<Expr>>,
}

impl Call {
    /// A plain call with positional arguments.
    pub fn new(name: QualifiedName, args: Vec<Expr>) -> Self {
        Self {
            name,
            args,
            named: Vec::new(),
            distinct: false,
            order_by: Vec::new(),
            filter: None,
            over: None,
        }
    }
}
