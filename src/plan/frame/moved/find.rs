//! Which statements of a migration move columns: a copy into another table, and the drop of what was copied.

use super::super::step::Step;
use super::super::work::Work;
use super::{Filter, Form, Moved};
use crate::effects::expr;
use crate::plan::PlanError;
use crate::schema::{Relation, ResolvedName};
use crate::sql::ast::{
    Change, Dml, Expr, FromItem, Ident, IsTest, ObjectKind, QualifiedName, Query, QueryBody,
    Select, SelectItem, TableAction,
};

/// A move, with the steps it is made of.
#[derive(Debug, Clone)]
pub(in crate::plan) struct Found {
    /// What is moved.
    pub(in crate::plan) moved: Moved,
    /// The INSERT or UPDATE that copies the rows.
    pub(in crate::plan) copy: usize,
    /// The steps that add the columns.
    pub(in crate::plan) adds: Vec<usize>,
    /// The steps that drop them from the source; none where the table is dropped.
    pub(in crate::plan) drops: Vec<usize>,
    /// The steps that require a new column, with its name.
    pub(in crate::plan) requires: Vec<(usize, Ident)>,
}

const HELP: &str = "copy the columns as they are, from one table into one other, row by row of a key, and do the rest in a migration of its own; or pin the phases and keep both tables the same in the application";

/// `INSERT INTO t (key, d) SELECT key, c FROM s`, where columns of `s` that it reads are dropped later.
///
/// # Errors
/// Where it moves columns and cannot be followed row by row.
pub(in crate::plan) fn out(work: &Work<'_>, at: usize) -> Result<Option<Found>, PlanError> {
    let Some(QueryBody::Insert(insert)) = body(work, at) else {
        return Ok(None);
    };
    let Some(query) = &insert.source else {
        return Ok(None);
    };
    let Some(source) = read(work, at, query, &insert.target) else {
        return Ok(None);
    };
    let drops = dropped(work, at, &source.name);
    let named = named(query);
    if !drops.iter().any(|(_, column)| named.contains(column)) {
        return Ok(None);
    }
    let refuse = |why: &str| {
        let shown = &source.name.name;
        work.refuse(
            at,
            format!("this INSERT moves columns of {shown}, and cannot be repeated for each row that a live release writes: {why}"),
            HELP,
        )
    };
    let Some(select) = plain(query) else {
        return Err(refuse("its SELECT does more than read one table"));
    };
    let conflict = insert.on_conflict.as_ref();
    if conflict.is_some_and(|conflict| conflict.update.is_some()) || insert.overriding.is_some() {
        return Err(refuse("it does more than insert"));
    }
    let target = work.relation(at, &insert.target)?;
    let into: Vec<Ident> = match insert.columns.as_slice() {
        [] => target.columns.iter().map(|one| one.name.clone()).collect(),
        columns => columns.to_vec(),
    };
    if select.projection.len() > into.len() {
        return Err(refuse("it is not known which column goes where"));
    }
    let (mut keys, mut moved, mut steps) = (Vec::new(), Vec::new(), Vec::new());
    for (item, to) in select.projection.iter().zip(&into) {
        let from = match item {
            SelectItem::Expr {
                expr: Expr::Column(path),
                ..
            } => path.last(),
            _ => None,
        };
        let Some(from) = from.filter(|from| source.column(from).is_some()) else {
            return Err(refuse(&format!("{to} gets something else than a column")));
        };
        match drops.iter().find(|(_, column)| column == from) {
            Some((step, _)) => {
                moved.push((from.clone(), to.clone()));
                steps.push(*step);
            }
            None => keys.push((from.clone(), to.clone())),
        }
    }
    let filter = match &select.filter {
        None => None,
        Some(expr) => match filter(expr, &moved) {
            Some(filter) => Some(filter),
            None => {
                return Err(refuse(
                    "its WHERE says more than that a moved column IS NOT NULL",
                ));
            }
        },
    };
    let Ok(end) = work.end() else {
        return Ok(None);
    };
    let Some(target) = end.catalogue().get(&target.name) else {
        return Err(refuse("the table it fills has another name at the end"));
    };
    let moved = Moved {
        columns: columns(&source, target, &moved),
        source,
        target: target.clone(),
        keys,
        form: Form::Out(filter),
    };
    Ok(Some(Found {
        moved,
        copy: at,
        adds: Vec::new(),
        drops: steps,
        requires: Vec::new(),
    }))
}

/// `ALTER TABLE t ADD COLUMN d ..` with a later `UPDATE t SET d = s.c FROM s WHERE s.key = t.key`, where `c` or all of
/// `s` is dropped later.
///
/// # Errors
/// Where it moves columns and cannot be followed row by row.
pub(in crate::plan) fn into(work: &Work<'_>, at: usize) -> Result<Option<Found>, PlanError> {
    let Some((name, first)) = work.steps.get(at).and_then(added) else {
        return Ok(None);
    };
    let Some(target) = work.relation(at, name).ok().map(|one| one.name.clone()) else {
        return Ok(None);
    };
    if !work.was_there(&target) {
        return Ok(None);
    }
    let sets = |at: usize| match body(work, at) {
        Some(QueryBody::Update(update)) => update.set.iter().any(|one| one.columns.contains(first)),
        _ => false,
    };
    let of_target = |step: &Step| step.table() == Some(&target);
    let found = work
        .later(at)
        .find(|(at, step)| of_target(step) && sets(*at));
    let Some((copy, _)) = found else {
        return Ok(None);
    };
    let Some(QueryBody::Update(update)) = body(work, copy) else {
        return Ok(None);
    };
    let Some((source, gone)) = gone_source(work, copy, &update.target) else {
        return Ok(None);
    };
    let refuse = |why: &str| {
        let shown = &source.name.name;
        work.refuse(
            copy,
            format!("this UPDATE moves columns of {shown}, and cannot be repeated for each row that a live release writes: {why}"),
            HELP,
        )
    };
    let before = work.relation(copy, &update.target)?.clone();
    let alias = update.alias.as_ref().unwrap_or(&update.target.name);
    let mut assigned = Vec::new();
    let mut joins: Vec<Vec<(Ident, Ident)>> = Vec::new();
    for assignment in &update.set {
        let ([to], []) = (assignment.columns.as_slice(), assignment.parts.as_slice()) else {
            return Err(refuse("it sets several columns, or a part of one"));
        };
        let (from, value, filter) = match &assignment.value {
            Expr::Subquery(query) if update.from.is_empty() && update.filter.is_none() => {
                let Some(select) = plain(query) else {
                    return Err(refuse("it does more than read one table"));
                };
                let [SelectItem::Expr { expr, .. }] = select.projection.as_slice() else {
                    return Err(refuse("it does more than read one column"));
                };
                (&select.from, expr, &select.filter)
            }
            value => (&update.from, value, &update.filter),
        };
        let [
            FromItem::Relation {
                name, alias: other, ..
            },
        ] = from.as_slice()
        else {
            return Err(refuse("it does more than read one table"));
        };
        let known = work.relation(copy, name).map(|one| one.name == source.name);
        let other = other.as_ref().map_or(&name.name, |alias| &alias.name);
        let reader = Reader {
            source: (&source, other),
            target: (&before, alias),
        };
        let Some(read) = reader.of_source(value).filter(|_| known == Ok(true)) else {
            return Err(refuse(&format!(
                "{to} gets something else than a column of {}",
                source.name.name
            )));
        };
        let Some(join) = filter.as_ref().and_then(|filter| reader.join(filter)) else {
            return Err(refuse(
                "its WHERE says more than which row belongs to which",
            ));
        };
        joins.push(join);
        assigned.push((read.clone(), to.clone()));
    }
    let [keys, others @ ..] = joins.as_slice() else {
        return Ok(None);
    };
    if others.iter().any(|other| other != keys) {
        return Err(refuse("its columns come from different rows"));
    }
    let mut adds = Vec::new();
    for (_, to) in &assigned {
        let step = work.steps.iter().enumerate().position(|(index, step)| {
            let own = index == at || index > at && index < copy && work.is_free(index);
            own && of_target(step) && added(step).is_some_and(|(_, column)| column == to)
        });
        match step {
            Some(step) => adds.push(step),
            None => return Err(refuse(&format!("{to} is not new in this migration"))),
        }
    }
    let mut drops = Vec::new();
    if let Gone::Columns(dropped) = &gone {
        for (from, _) in &assigned {
            match dropped.iter().find(|(_, column)| column == from) {
                Some((step, _)) => drops.push(*step),
                None => return Err(refuse(&format!("{from} stays and goes on being written"))),
            }
        }
    }
    let is_new = |column: &Ident| assigned.iter().any(|(_, to)| to == column);
    let requires = work.later(copy).filter(|(_, step)| of_target(step));
    let requires = requires.filter_map(|(at, step)| match step.action() {
        Some((_, TableAction::SetNotNull(column))) if is_new(column) => Some((at, column.clone())),
        _ => None,
    });
    let requires = requires.collect();
    let moved = Moved {
        columns: columns(&source, &before, &assigned),
        source,
        target: before,
        keys: keys.clone(),
        form: match gone {
            Gone::Columns(_) => Form::In,
            Gone::Table => Form::Merge,
        },
    };
    Ok(Some(Found {
        moved,
        copy,
        adds,
        drops,
        requires,
    }))
}

/// What goes of the table that is read.
enum Gone {
    Columns(Vec<(usize, Ident)>),
    Table,
}

/// The table an UPDATE reads whose columns it names are dropped later, or that is dropped itself.
fn gone_source(work: &Work<'_>, at: usize, target: &QualifiedName) -> Option<(Relation, Gone)> {
    let Change::Dml(Dml {
        query: Ok(query), ..
    }) = &work.steps.get(at)?.change
    else {
        return None;
    };
    let source = read(work, at, query, target)?;
    let named = named(query);
    let drops = dropped(work, at, &source.name);
    if drops.iter().any(|(_, column)| named.contains(column)) {
        return Some((source, Gone::Columns(drops)));
    }
    let dropped = work.later(at).any(|(later, step)| {
        let Some((_, drop)) = work
            .dropping(later)
            .filter(|(_, drop)| drop.object == ObjectKind::Table)
        else {
            return false;
        };
        let mut names = drop.names.iter();
        let before = step.before.catalogue();
        names.any(|name| {
            before
                .relation(&name.name)
                .is_some_and(|one| one.name == source.name)
        })
    });
    dropped.then_some((source, Gone::Table))
}

/// The one table, other than the target, that a statement reads and that was there before the migration.
fn read(work: &Work<'_>, at: usize, query: &Query, target: &QualifiedName) -> Option<Relation> {
    let mut sources = Vec::new();
    expr::sources(query, &mut sources);
    let into = work.relation(at, target).ok()?.name.clone();
    let mut tables: Vec<&Relation> = Vec::new();
    for source in &sources {
        let table = work.relation(at, source).ok()?;
        let known = tables.iter().any(|known| known.name == table.name);
        if table.name != into && work.was_there(&table.name) && !known {
            tables.push(table);
        }
    }
    // Of several, the one of which something goes.
    let goes = |table: &&&Relation| tables.len() == 1 || !dropped(work, at, &table.name).is_empty();
    tables.iter().find(goes).map(|table| (*table).clone())
}

/// The columns of a table that later steps drop.
fn dropped(work: &Work<'_>, at: usize, table: &ResolvedName) -> Vec<(usize, Ident)> {
    let of_table = work
        .later(at)
        .filter(|(_, step)| step.table() == Some(table));
    let drops = of_table.filter_map(|(at, step)| match step.action() {
        Some((_, TableAction::DropColumn { column, .. })) => Some((at, column.clone())),
        _ => None,
    });
    drops.collect()
}

fn body<'a>(work: &'a Work<'_>, at: usize) -> Option<&'a QueryBody> {
    match &work.steps.get(at)?.change {
        Change::Dml(dml) => {
            let query = dml.query.as_ref().ok()?;
            query.with.is_empty().then_some(&query.body)
        }
        _ => None,
    }
}

/// The table and the column of ADD COLUMN.
fn added(step: &Step) -> Option<(&QualifiedName, &Ident)> {
    match step.action()? {
        (alter, TableAction::AddColumn { column, .. }) => Some((&alter.name, &column.name)),
        _ => None,
    }
}

/// Every column that a query names anywhere.
fn named(query: &Query) -> Vec<Ident> {
    let mut names = Vec::new();
    queries(query, &mut names);
    names
}

fn queries(query: &Query, names: &mut Vec<Ident>) {
    let mut see = |expr: &Expr| {
        expr::columns(expr, names);
        let mut inside = Vec::new();
        expr::subqueries(expr, &mut inside);
        inside.into_iter().for_each(|query| queries(query, names));
    };
    match &query.body {
        QueryBody::Select(select) => {
            for item in &select.projection {
                if let SelectItem::Expr { expr, .. } = item {
                    see(expr);
                }
            }
            select.filter.iter().for_each(see);
        }
        QueryBody::Update(update) => {
            update.set.iter().for_each(|one| see(&one.value));
            update.filter.iter().for_each(see);
        }
        QueryBody::Insert(insert) => insert.source.iter().for_each(|query| queries(query, names)),
        QueryBody::SetOperation { left, right, .. } => {
            queries(left, names);
            queries(right, names);
        }
        QueryBody::Nested(query) => queries(query, names),
        _ => {}
    }
}

/// A SELECT of one table and nothing more; what order its rows come in is no matter.
fn plain(query: &Query) -> Option<&Select> {
    let QueryBody::Select(select) = &query.body else {
        return None;
    };
    let more = select.distinct
        || !select.distinct_on.is_empty()
        || select.into.is_some()
        || !select.group_by.is_empty()
        || select.having.is_some()
        || !query.with.is_empty()
        || query.limit.is_some()
        || query.offset.is_some();
    let one = matches!(select.from.as_slice(), [FromItem::Relation { .. }]);
    (one && !more).then_some(select)
}

fn filter(expr: &Expr, moved: &[(Ident, Ident)]) -> Option<Filter> {
    match expr {
        Expr::Binary { left, op, right } if op == "AND" || op == "OR" => {
            let both = (
                Box::new(filter(left, moved)?),
                Box::new(filter(right, moved)?),
            );
            Some(match op.as_str() {
                "AND" => Filter::And(both.0, both.1),
                _ => Filter::Or(both.0, both.1),
            })
        }
        Expr::Is {
            expr,
            test: IsTest::Null,
            negated: true,
        } => match &**expr {
            Expr::Column(path) => {
                let column = path.last()?;
                let is_moved = moved.iter().any(|(from, _)| from == column);
                is_moved.then(|| Filter::Has(column.clone()))
            }
            _ => None,
        },
        _ => None,
    }
}

fn columns(
    source: &Relation,
    target: &Relation,
    names: &[(Ident, Ident)],
) -> Vec<(crate::schema::Column, crate::schema::Column)> {
    let pairs = names
        .iter()
        .filter_map(|(from, to)| Some((source.column(from)?.clone(), target.column(to)?.clone())));
    pairs.collect()
}

/// The two tables of an UPDATE, with the names by which it calls them.
struct Reader<'a> {
    source: (&'a Relation, &'a Ident),
    target: (&'a Relation, &'a Ident),
}

impl Reader<'_> {
    /// A name without a table is the source's where both have such a column: it stands in a query of its own then, in
    /// which the target is outside. Beside each other PostgreSQL refuses it (42702).
    fn of_source<'e>(&self, expr: &'e Expr) -> Option<&'e Ident> {
        let (table, column) = column_of(expr)?;
        let (source, alias) = self.source;
        let own = table.is_none_or(|table| table == alias);
        (own && source.column(column).is_some()).then_some(column)
    }

    fn of_target<'e>(&self, expr: &'e Expr) -> Option<&'e Ident> {
        let (table, column) = column_of(expr)?;
        let (target, alias) = self.target;
        let own = match table {
            Some(table) => table == alias,
            None => self.source.0.column(column).is_none(),
        };
        (own && target.column(column).is_some()).then_some(column)
    }

    /// The columns that are equal, of the source and of the target; none where it says more.
    fn join(&self, filter: &Expr) -> Option<Vec<(Ident, Ident)>> {
        let Expr::Binary { left, op, right } = filter else {
            return None;
        };
        match op.as_str() {
            "AND" => {
                let mut pairs = self.join(left)?;
                pairs.extend(self.join(right)?);
                Some(pairs)
            }
            "=" => {
                let pair = |a, b| Some((self.of_source(a)?.clone(), self.of_target(b)?.clone()));
                Some(vec![pair(left, right).or_else(|| pair(right, left))?])
            }
            _ => None,
        }
    }
}

/// The column that an expression is, and the name of the table before it.
fn column_of(expr: &Expr) -> Option<(Option<&Ident>, &Ident)> {
    let Expr::Column(path) = expr else {
        return None;
    };
    let table = path.len().checked_sub(2).and_then(|at| path.get(at));
    Some((table, path.last()?))
}
