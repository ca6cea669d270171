//! What an expression or query names: columns, calls, relations.

use std::collections::BTreeMap;

use super::volatility;
use crate::schema::{Catalogue, Routine, builtins};
use crate::sql::ast::*;

/// Whether an expression names a column.
pub(crate) fn mentions(expr: &Expr, column: &Ident) -> bool {
    let mut named = Vec::new();
    columns(expr, &mut named);
    named.contains(column)
}

/// Adds each column an expression names, without its table; those of subqueries are left out.
pub(crate) fn columns(expr: &Expr, into: &mut Vec<Ident>) {
    if let Expr::Column(path) = expr
        && let Some(column) = path.last()
        && !into.contains(column)
    {
        into.push(column.clone());
    }
    parts(expr).into_iter().for_each(|part| columns(part, into));
}

/// Calls `see` with an expression and everything in it, subqueries left out.
pub(crate) fn visit<'a>(expr: &'a Expr, see: &mut impl FnMut(&'a Expr)) {
    see(expr);
    parts(expr).into_iter().for_each(|part| visit(part, see));
}

/// Adds each relation a query reads or writes, common table expressions left out.
pub(crate) fn sources(query: &Query, into: &mut Vec<QualifiedName>) {
    let known: Vec<Ident> = Vec::new();
    Sources { into }.query(query, &known);
}

/// The expressions directly inside one.
fn parts(expr: &Expr) -> Vec<&Expr> {
    match expr {
        Expr::Null
        | Expr::Boolean(_)
        | Expr::Number(_)
        | Expr::String(_)
        | Expr::Parameter(_)
        | Expr::Column(_)
        | Expr::Wildcard(_)
        | Expr::Exists { .. }
        | Expr::Subquery(_)
        | Expr::ArraySubquery(_)
        | Expr::Default
        | Expr::Unparsed(_) => Vec::new(),
        Expr::Call(call) => {
            let listed = call.args.iter().chain(&call.order_by).chain(&call.filter);
            listed.chain(call.over.iter().flatten()).collect()
        }
        Expr::Cast { expr, .. }
        | Expr::Unary { expr, .. }
        | Expr::Is { expr, .. }
        | Expr::InSubquery { expr, .. }
        | Expr::Field { expr, .. }
        | Expr::Collate { expr, .. } => vec![expr],
        Expr::Binary { left, right, .. } | Expr::Quantified { left, right, .. } => {
            vec![left, right]
        }
        Expr::InList { expr, list, .. } => std::iter::once(&**expr).chain(list).collect(),
        Expr::Between {
            expr, low, high, ..
        } => vec![expr, low, high],
        Expr::Case {
            operand,
            branches,
            otherwise,
        } => {
            let branches = branches.iter().flat_map(|(when, then)| [when, then]);
            let ends = operand.iter().chain(otherwise).map(|end| &**end);
            ends.chain(branches).collect()
        }
        Expr::Array(list) | Expr::Row(list) => list.iter().collect(),
        Expr::Subscript { expr, indexes } => std::iter::once(&**expr).chain(indexes).collect(),
    }
}

/// The queries directly inside an expression and its parts.
pub(crate) fn subqueries<'a>(expr: &'a Expr, into: &mut Vec<&'a Query>) {
    visit(expr, &mut |part| match part {
        Expr::InSubquery { query, .. }
        | Expr::Exists { query, .. }
        | Expr::Subquery(query)
        | Expr::ArraySubquery(query) => into.push(query),
        _ => {}
    });
}

struct Sources<'a> {
    into: &'a mut Vec<QualifiedName>,
}

impl Sources<'_> {
    fn name(&mut self, name: &QualifiedName, known: &[Ident]) {
        let common = name.schema.is_none() && known.contains(&name.name);
        if !common && !self.into.contains(name) {
            self.into.push(name.clone());
        }
    }

    fn query(&mut self, query: &Query, known: &[Ident]) {
        let mut known = known.to_vec();
        for cte in &query.with {
            if query.recursive {
                known.push(cte.name.clone());
            }
            self.query(&cte.query, &known);
            known.push(cte.name.clone());
        }
        self.body(&query.body, &known);
        let ends = query
            .order_by
            .iter()
            .chain(&query.limit)
            .chain(&query.offset);
        self.exprs(ends, &known);
    }

    fn body(&mut self, body: &QueryBody, known: &[Ident]) {
        match body {
            QueryBody::Select(select) => {
                select.from.iter().for_each(|item| self.from(item, known));
                self.items(&select.projection, known);
                let rest = select.distinct_on.iter().chain(&select.filter);
                let rest = rest.chain(&select.group_by).chain(&select.having);
                self.exprs(rest.chain(&select.windows), known);
            }
            QueryBody::Values(rows) => self.exprs(rows.iter().flatten(), known),
            QueryBody::Table(name) => self.name(name, known),
            QueryBody::SetOperation { left, right, .. } => {
                self.query(left, known);
                self.query(right, known);
            }
            QueryBody::Nested(query) => self.query(query, known),
            QueryBody::Insert(insert) => {
                self.name(&insert.target, &[]);
                insert
                    .source
                    .iter()
                    .for_each(|query| self.query(query, known));
                if let Some((set, filter)) = insert
                    .on_conflict
                    .as_ref()
                    .and_then(|conflict| conflict.update.as_ref())
                {
                    self.exprs(set.iter().map(|one| &one.value).chain(filter), known);
                }
                self.items(&insert.returning, known);
            }
            QueryBody::Update(update) => {
                self.name(&update.target, &[]);
                update.from.iter().for_each(|item| self.from(item, known));
                let values = update.set.iter().map(|one| &one.value);
                self.exprs(values.chain(&update.filter), known);
                self.items(&update.returning, known);
            }
            QueryBody::Delete(delete) => {
                self.name(&delete.target, &[]);
                delete.using.iter().for_each(|item| self.from(item, known));
                self.exprs(&delete.filter, known);
                self.items(&delete.returning, known);
            }
            QueryBody::Merge(merge) => {
                self.name(&merge.target, &[]);
                self.from(&merge.source, known);
                self.exprs([&merge.on], known);
                for clause in &merge.clauses {
                    self.exprs(&clause.condition, known);
                    match &clause.action {
                        MergeAction::Nothing | MergeAction::Delete => {}
                        MergeAction::Update(set) => {
                            self.exprs(set.iter().map(|one| &one.value), known);
                        }
                        MergeAction::Insert(_, values) => {
                            self.exprs(values.iter().flatten(), known)
                        }
                    }
                }
                self.items(&merge.returning, known);
            }
            QueryBody::Copy(Copied::Table { target, .. }) => self.name(target, &[]),
            QueryBody::Copy(Copied::Query(query)) => self.query(query, known),
        }
    }

    fn from(&mut self, item: &FromItem, known: &[Ident]) {
        match item {
            FromItem::Relation { name, .. } => self.name(name, known),
            FromItem::Subquery { query, .. } => self.query(query, known),
            FromItem::Function { call, .. } => self.exprs([call], known),
            FromItem::Join {
                left,
                right,
                constraint,
                ..
            } => {
                self.from(left, known);
                self.from(right, known);
                if let JoinConstraint::On(condition) = constraint {
                    self.exprs([condition], known);
                }
            }
        }
    }

    fn items(&mut self, items: &[SelectItem], known: &[Ident]) {
        for item in items {
            if let SelectItem::Expr { expr, .. } = item {
                self.exprs([expr], known);
            }
        }
    }

    fn exprs<'e>(&mut self, exprs: impl IntoIterator<Item = &'e Expr>, known: &[Ident]) {
        let mut inside = Vec::new();
        exprs
            .into_iter()
            .for_each(|expr| subqueries(expr, &mut inside));
        inside
            .into_iter()
            .for_each(|query| self.query(query, known));
    }
}

/// How long the value of an expression holds: as long as that of its most volatile call.
///
/// A function in SQL that is one expression is put in its call's place, so that a volatile one is
/// what its body is (lock-truth: `add_column.default_user_function_unmarked_plpgsql`).
pub(crate) fn volatility(catalogue: &Catalogue, expr: &Expr) -> Volatility {
    with_known(catalogue, expr, &mut BTreeMap::new())
}

/// `known` are the functions asked before, those that are being asked among them.
fn with_known(
    catalogue: &Catalogue,
    expr: &Expr,
    known: &mut BTreeMap<QualifiedName, Volatility>,
) -> Volatility {
    let mut most = Volatility::Immutable;
    visit(expr, &mut |part| {
        let own = match part {
            Expr::Call(call) => of_call(catalogue, &call.name, known),
            Expr::Unparsed(text) => of_text(catalogue, text),
            _ => Volatility::Immutable,
        };
        most = most.max(own);
    });
    most
}

fn of_call(
    catalogue: &Catalogue,
    name: &QualifiedName,
    known: &mut BTreeMap<QualifiedName, Volatility>,
) -> Volatility {
    let Some(overloads) = catalogue.routine(name) else {
        return volatility::of_built_in(name.name.as_str());
    };
    if let Some(found) = known.get(name) {
        return *found;
    }
    known.insert(name.clone(), Volatility::Immutable);
    let mut of_one = |routine: &Routine| {
        let definition = &routine.definition;
        let marked = definition.volatility;
        inlined(definition).map_or(marked, |body| {
            with_known(catalogue, &body, known).min(marked)
        })
    };
    let found = overloads.iter().map(&mut of_one).max().unwrap_or_default();
    known.insert(name.clone(), found);
    found
}

/// The expression a function in SQL returns, where that is all it does and it runs with the rights and settings
/// of its caller (`inline_function` in `clauses.c`; measured: `add_column.default_sql_function_security_definer`,
/// `add_column.default_sql_function_limit`).
fn inlined(routine: &CreateRoutine) -> Option<Expr> {
    let sql = routine.language.as_deref() == Some("sql");
    let of_its_own = routine.security_definer || routine.settings;
    let body = routine.body.as_deref().filter(|_| sql && !of_its_own)?;
    let text = body.trim().trim_end_matches(';');
    let query = match crate::sql::parse_query(text) {
        // `RETURN 1`.
        Err(_) if routine.atomic => crate::sql::parse_query(&format!("SELECT {text}")).ok()?,
        query => query.ok()?,
    };
    let rows = query.with.is_empty()
        && query.order_by.is_empty()
        && query.limit.is_none()
        && query.offset.is_none()
        && query.locking.is_empty();
    let QueryBody::Select(select) = query.body else {
        return None;
    };
    let alone = select.from.is_empty()
        && select.filter.is_none()
        && select.group_by.is_empty()
        && select.having.is_none()
        && !select.distinct
        && select.distinct_on.is_empty();
    match select.projection.as_slice() {
        [SelectItem::Expr { expr, .. }] if rows && alone && is_scalar(expr) => Some(expr.clone()),
        _ => None,
    }
}

/// Whether an expression is worked out from its parts alone: no subquery, aggregate or window.
fn is_scalar(expr: &Expr) -> bool {
    let mut scalar = true;
    visit(expr, &mut |part| {
        scalar &= match part {
            Expr::Call(call) => call.over.is_none() && !builtins::is_aggregate(&call.name.name),
            Expr::Unparsed(_) => false,
            Expr::InSubquery { .. }
            | Expr::Exists { .. }
            | Expr::Subquery(_)
            | Expr::ArraySubquery(_) => false,
            _ => true,
        };
    });
    scalar
}

/// Text without a tree: as volatile as any word in it that a parenthesis follows.
fn of_text(catalogue: &Catalogue, text: &str) -> Volatility {
    let calls = text.split('(').rev().skip(1).filter_map(|before| {
        let word = before
            .trim_end()
            .rsplit(|c: char| !(c.is_alphanumeric() || c == '_'))
            .next()?;
        (!word.is_empty()).then(|| QualifiedName::bare(Ident::folded(word)))
    });
    let volatilities = calls.map(|name| match catalogue.routine(&name) {
        None => volatility::of_built_in(name.name.as_str()),
        Some(overloads) => {
            let marked = overloads.iter().map(|one| one.definition.volatility);
            marked.max().unwrap_or_default()
        }
    });
    volatilities.max().unwrap_or(Volatility::Immutable)
}
