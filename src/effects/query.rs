//! Queries and data changes: the tables and indexes they open, and which tables they read whole.

use std::collections::BTreeSet;

use super::work::Work;
use super::{LockMode, body, expr, partition, publication};
use crate::schema::{Catalogue, ConstraintKind, Relation, RelationKind};
use crate::sql::ast::*;

/// The query of a view or of CREATE TABLE AS: it is planned, and so opens indexes, only when it runs
/// (lock-truth: `create_table.as_select_no_data`, `view.create`).
pub(super) fn of_definition(work: &mut Work<'_>, source: &CreateAs, runs: bool) {
    let Ok(query) = &source.query else {
        return;
    };
    if runs {
        return run(work, query);
    }
    for relation in named(work, query) {
        work.lock(relation, LockMode::AccessShare);
    }
}

/// `SELECT`, `INSERT`, `UPDATE`, `DELETE`, `MERGE` as a statement of a migration.
pub(super) fn dml(work: &mut Work<'_>, dml: &Dml) {
    match &dml.query {
        Ok(query) => run(work, query),
        Err(_) => {
            if let Some(target) = dml.target.as_ref().and_then(|name| work.relation(name)) {
                work.open_for_query(target, LockMode::RowExclusive);
            }
        }
    }
}

/// `COPY`: no planner, no indexes held (lock-truth: `dml.copy_to_program`).
pub(super) fn copy(work: &mut Work<'_>, table: &QualifiedName, columns: &[Ident], from: bool) {
    let Some(table) = work.relation(table) else {
        return;
    };
    if from {
        work.lock(table, LockMode::RowExclusive);
        work.look_up_bound(table);
        let named = |column: &Ident| columns.is_empty() || columns.contains(column);
        lock_referenced_rows(work, table, named);
        defaults_of(work, table, named);
        body::fired(work, table, "INSERT");
    } else if table.kind == RelationKind::PartitionedTable {
        let name = &table.name.name;
        let message = format!("cannot copy from partitioned table \"{name}\"");
        work.refuse("42809", message);
    } else {
        work.lock(table, LockMode::AccessShare);
        work.scan(table);
    }
}

fn named<'a>(work: &Work<'a>, query: &Query) -> Vec<&'a Relation> {
    let mut names = Vec::new();
    expr::sources(query, &mut names);
    names
        .iter()
        .filter_map(|name| work.relation(name))
        .collect()
}

/// A query that is looked at and not run: views are opened, indexes are not
/// (measured: `object.create_function_sql_join`).
pub(super) fn parse_only(work: &mut Work<'_>, query: &Query) {
    let target = match &query.body {
        QueryBody::Insert(insert) => Some(&insert.target),
        QueryBody::Update(update) => Some(&update.target),
        QueryBody::Delete(delete) => Some(&delete.target),
        QueryBody::Merge(merge) => Some(&merge.target),
        QueryBody::Copy(Copied::Table {
            target, from: true, ..
        }) => Some(target),
        _ => None,
    };
    let target = target.and_then(|name| work.relation(name));
    for relation in named(work, query) {
        let written = target.is_some_and(|target| target.name == relation.name);
        let mode = match written {
            true => LockMode::RowExclusive,
            false => LockMode::AccessShare,
        };
        look_at(work, relation, mode);
    }
}

/// All rows of a relation are read, through views too.
pub(super) fn read<'a>(work: &mut Work<'a>, relation: &'a Relation) {
    open(work, relation, false, LockMode::AccessShare, &[]);
}

fn look_at<'a>(work: &mut Work<'a>, relation: &'a Relation, mode: LockMode) {
    for read in opened(work.before, relation) {
        work.lock(read, mode);
    }
}

/// A relation and, of a view, all that it reads, by views too; each once.
pub(super) fn opened<'a>(catalogue: &'a Catalogue, relation: &'a Relation) -> Vec<&'a Relation> {
    let mut all = vec![relation];
    let mut seen = BTreeSet::from([&relation.name]);
    let mut at = 0;
    while let Some(next) = all.get(at) {
        at += 1;
        if next.kind == RelationKind::View {
            let names = next.depends_on.iter().map(|(name, _)| name);
            let new: Vec<_> = names.filter(|name| seen.insert(name)).collect();
            all.extend(new.into_iter().filter_map(|name| catalogue.get(name)));
        }
    }
    all
}

/// A query that runs: what it reads, writes and calls.
pub(super) fn run(work: &mut Work<'_>, query: &Query) {
    level(work, query, &[], LockMode::AccessShare);
}

/// A relation that a query names in FROM, under the name it goes by there.
struct Source<'a, 'q> {
    relation: &'a Relation,
    only: bool,
    alias: Option<&'q Ident>,
}

/// One level of a query; those inside it each have conditions of their own.
fn level(work: &mut Work<'_>, query: &Query, known: &[Ident], mode: LockMode) {
    let mut known = known.to_vec();
    for cte in &query.with {
        if query.recursive {
            known.push(cte.name.clone());
        }
        level(work, &cte.query, &known, LockMode::AccessShare);
        known.push(cte.name.clone());
    }
    let mut inner = Inner {
        known: &known,
        locking: &query.locking,
        mode,
        filters: Vec::new(),
        sources: Vec::new(),
    };
    let ends = query.order_by.iter().chain(&query.limit);
    inner.exprs(work, ends.chain(&query.offset));
    match &query.body {
        QueryBody::Select(select) => {
            inner.select(work, select);
            inner.first_rows(work, select, query);
        }
        QueryBody::Insert(insert) => {
            if let Some(source) = &insert.source {
                level(work, source, &known, LockMode::AccessShare);
            }
            inner.items(work, &insert.returning);
            insert_into(work, insert);
        }
        QueryBody::Update(update) => {
            inner.filters.extend(&update.filter);
            inner.items_of_from(work, &update.from);
            inner.exprs(work, update.set.iter().map(|one| &one.value));
            inner.exprs(work, &update.filter);
            inner.items(work, &update.returning);
            if let Some(target) = work.relation(&update.target) {
                inner.target(work, target, update.only);
                work.look_up_bound(target);
                let set: Vec<&Ident> = update.set.iter().flat_map(|one| &one.columns).collect();
                lock_referenced_rows(work, target, |column| set.contains(&column));
                publication::refuse_without_identity(work, target, "UPDATE");
                body::fired(work, target, "UPDATE");
            }
        }
        QueryBody::Delete(delete) => {
            inner.filters.extend(&delete.filter);
            inner.items_of_from(work, &delete.using);
            inner.exprs(work, &delete.filter);
            inner.items(work, &delete.returning);
            if let Some(target) = work.relation(&delete.target) {
                inner.target(work, target, delete.only);
                delete_from(work, target);
                publication::refuse_without_identity(work, target, "DELETE");
                body::fired(work, target, "DELETE");
            }
        }
        QueryBody::Merge(merge) => {
            inner.filters.push(&merge.on);
            inner.items_of_from(work, std::slice::from_ref(&merge.source));
            inner.exprs(work, [&merge.on]);
            inner.items(work, &merge.returning);
            if let Some(target) = work.relation(&merge.target) {
                inner.target(work, target, false);
                for clause in &merge.clauses {
                    inner.merge(work, target, &clause.action);
                }
            }
        }
        QueryBody::Nested(nested) => level(work, nested, &known, mode),
        QueryBody::SetOperation { left, right, .. } => {
            level(work, left, &known, mode);
            level(work, right, &known, mode);
        }
        QueryBody::Values(rows) => inner.exprs(work, rows.iter().flatten()),
        QueryBody::Table(name) => inner.relation(work, name, false, None),
        // As a statement it has effects of its own, as a part of another one it cannot stand.
        QueryBody::Copy(Copied::Table { target, .. }) => inner.relation(work, target, false, None),
        QueryBody::Copy(Copied::Query(query)) => level(work, query, &known, mode),
    }
    inner.open(work);
}

struct Inner<'a, 'q> {
    /// Common table expressions that are in sight.
    known: &'q [Ident],
    /// `FOR UPDATE ..`.
    locking: &'q [String],
    /// What a query around this one locks its rows with.
    mode: LockMode,
    filters: Vec<&'q Expr>,
    sources: Vec<Source<'a, 'q>>,
}

impl<'a, 'q> Inner<'a, 'q> {
    fn select(&mut self, work: &mut Work<'a>, select: &'q Select) {
        self.filters.extend(&select.filter);
        self.items_of_from(work, &select.from);
        self.items(work, &select.projection);
        let rest = select.distinct_on.iter().chain(&select.filter);
        let rest = rest.chain(&select.group_by).chain(&select.having);
        self.exprs(work, rest.chain(&select.windows));
        if let (true, [only]) = (select.filter.is_none(), select.projection.as_slice())
            && let [source] = self.sources.as_slice()
            && is_end_of_index(source.relation, only)
        {
            let source = source.relation;
            work.open_for_query(source, self.mode);
            self.sources.clear();
        }
    }

    /// `LIMIT n` of a few rows in no order, or in that of an index, reads those and no others.
    fn first_rows(&mut self, work: &mut Work<'a>, select: &Select, query: &Query) {
        let few = match &query.limit {
            Some(Expr::Number(digits)) => digits.parse::<u32>().is_ok_and(|rows| rows <= 100),
            _ => false,
        };
        let plain = select.filter.is_none()
            && select.group_by.is_empty()
            && select.having.is_none()
            && select.windows.is_empty()
            && !select.distinct
            && select.distinct_on.is_empty()
            && query.offset.is_none();
        let column = |item: &SelectItem| match item {
            SelectItem::Expr { expr, .. } => matches!(expr, Expr::Column(_)),
            SelectItem::Wildcard | SelectItem::QualifiedWildcard(_) => true,
        };
        let [source] = self.sources.as_slice() else {
            return;
        };
        let relation = source.relation;
        let ordered = match query.order_by.as_slice() {
            [] => true,
            [Expr::Column(path)] => path.last().is_some_and(|name| leads_index(relation, name)),
            _ => false,
        };
        let stored = relation.kind == RelationKind::Table
            && work.before.children(&relation.name).next().is_none();
        if few && plain && ordered && stored && select.projection.iter().all(column) {
            work.open_for_query(relation, self.mode);
            self.sources.clear();
        }
    }

    fn items_of_from(&mut self, work: &mut Work<'a>, items: &'q [FromItem]) {
        for item in items {
            join_filters(item, &mut self.filters);
            self.item_of_from(work, item);
        }
    }

    fn item_of_from(&mut self, work: &mut Work<'a>, item: &'q FromItem) {
        match item {
            FromItem::Relation { name, alias, only } => {
                let alias = alias.as_ref().map_or(&name.name, |alias| &alias.name);
                self.relation(work, name, *only, Some(alias));
            }
            FromItem::Subquery { query, alias, .. } => {
                let mode = self.mode_of(alias.as_ref().map(|alias| &alias.name));
                level(work, query, self.known, mode);
            }
            FromItem::Function { call, .. } => self.exprs(work, [call]),
            FromItem::Join {
                left,
                right,
                constraint,
                ..
            } => {
                self.item_of_from(work, left);
                self.item_of_from(work, right);
                if let JoinConstraint::On(condition) = constraint {
                    self.exprs(work, [condition]);
                }
            }
        }
    }

    fn relation(
        &mut self,
        work: &Work<'a>,
        name: &QualifiedName,
        only: bool,
        alias: Option<&'q Ident>,
    ) {
        let common = name.schema.is_none() && self.known.contains(&name.name);
        if let Some(relation) = work.relation(name).filter(|_| !common) {
            self.sources.push(Source {
                relation,
                only,
                alias,
            });
        }
    }

    /// Subqueries and calls inside expressions.
    fn exprs<'e>(&self, work: &mut Work<'a>, exprs: impl IntoIterator<Item = &'e Expr>) {
        for expr in exprs {
            let mut queries = Vec::new();
            expr::subqueries(expr, &mut queries);
            for query in queries {
                level(work, query, self.known, LockMode::AccessShare);
            }
            sequences_of(work, expr);
            body::calls_in(work, expr);
        }
    }

    fn items(&self, work: &mut Work<'a>, items: &[SelectItem]) {
        for item in items {
            if let SelectItem::Expr { expr, .. } = item {
                self.exprs(work, [expr]);
            }
        }
    }

    fn target(&mut self, work: &mut Work<'a>, target: &'a Relation, only: bool) {
        open(work, target, only, LockMode::RowExclusive, &self.filters);
    }

    fn merge(&self, work: &mut Work<'a>, target: &'a Relation, action: &MergeAction) {
        match action {
            MergeAction::Nothing => {}
            MergeAction::Delete => {
                delete_from(work, target);
                publication::refuse_without_identity(work, target, "DELETE");
                body::fired(work, target, "DELETE");
            }
            MergeAction::Update(set) => {
                self.exprs(work, set.iter().map(|one| &one.value));
                let set: Vec<&Ident> = set.iter().flat_map(|one| &one.columns).collect();
                work.look_up_bound(target);
                lock_referenced_rows(work, target, |column| set.contains(&column));
                publication::refuse_without_identity(work, target, "UPDATE");
                body::fired(work, target, "UPDATE");
            }
            MergeAction::Insert(columns, values) => {
                self.exprs(work, values.iter().flatten());
                work.look_up_bound(target);
                let named = |column: &Ident| columns.is_empty() || columns.contains(column);
                lock_referenced_rows(work, target, named);
                defaults_of(work, target, named);
                body::fired(work, target, "INSERT");
            }
        }
    }

    /// The lock on a source: stronger where its rows are locked.
    fn mode_of(&self, alias: Option<&Ident>) -> LockMode {
        let locks = |clause: &String| match clause.split_once(" OF ") {
            None => true,
            Some((_, names)) => names
                .split([',', ' '])
                .any(|name| alias.is_some_and(|alias| alias.as_str() == name)),
        };
        match self.locking.iter().any(locks) {
            true => LockMode::RowShare,
            false => self.mode,
        }
    }

    fn open(&self, work: &mut Work<'a>) {
        for source in &self.sources {
            let mode = self.mode_of(source.alias);
            open(work, source.relation, source.only, mode, &self.filters);
        }
    }
}

/// `max(c)` and `min(c)` of a column that leads an index are read off its end.
fn is_end_of_index(table: &Relation, item: &SelectItem) -> bool {
    let SelectItem::Expr {
        expr: Expr::Call(call),
        ..
    } = item
    else {
        return false;
    };
    let ends = matches!(call.name.name.as_str(), "max" | "min") && call.filter.is_none();
    match call.args.as_slice() {
        [Expr::Column(path)] if ends && table.kind == RelationKind::Table => {
            path.last().is_some_and(|column| leads_index(table, column))
        }
        _ => false,
    }
}

fn leads_index(table: &Relation, column: &Ident) -> bool {
    table.indexes.iter().any(|index| {
        index.predicate.is_none()
            && matches!(index.elements.first().map(|first| &first.key), Some(IndexKey::Column(own)) if own == column)
    })
}

fn join_filters<'q>(item: &'q FromItem, into: &mut Vec<&'q Expr>) {
    if let FromItem::Join {
        left,
        right,
        constraint,
        ..
    } = item
    {
        join_filters(left, into);
        join_filters(right, into);
        if let JoinConstraint::On(condition) = constraint {
            into.push(condition);
        }
    }
}

/// Opens a table for a query, or what a view reads.
fn open<'a>(
    work: &mut Work<'a>,
    relation: &'a Relation,
    only: bool,
    mode: LockMode,
    filters: &[&Expr],
) {
    for read in opened(work.before, relation) {
        open_one(
            work,
            read,
            only && read.name == relation.name,
            mode,
            filters,
        );
    }
}

fn open_one<'a>(
    work: &mut Work<'a>,
    relation: &'a Relation,
    only: bool,
    mode: LockMode,
    filters: &[&Expr],
) {
    match relation.kind {
        RelationKind::View | RelationKind::Sequence => work.lock(relation, mode),
        RelationKind::Table
        | RelationKind::PartitionedTable
        | RelationKind::ForeignTable
        | RelationKind::MaterializedView => {
            let members = match only {
                true => vec![relation],
                false => partition::left_by(work, relation, filters),
            };
            for member in members {
                work.open_alone(member, mode);
                if !filters.iter().any(|filter| found_by_index(member, filter)) {
                    work.scan(member);
                }
            }
        }
    }
}

/// Whether a condition compares the first column of an index with a constant.
fn found_by_index(table: &Relation, filter: &Expr) -> bool {
    let leads = |column: &Ident| leads_index(table, column);
    let column = |expr: &Expr| match expr {
        Expr::Column(path) => path.last().is_some_and(leads),
        _ => false,
    };
    let constant = |expr: &Expr| {
        matches!(
            expr,
            Expr::Number(_)
                | Expr::String(_)
                | Expr::Parameter(_)
                | Expr::Cast { .. }
                | Expr::Unary { .. }
        )
    };
    match filter {
        Expr::Binary { left, op, right } if op.eq_ignore_ascii_case("AND") => {
            found_by_index(table, left) || found_by_index(table, right)
        }
        Expr::Binary { left, op, right } => {
            matches!(op.as_str(), "=" | "<" | "<=" | ">" | ">=")
                && ((column(left) && constant(right)) || (column(right) && constant(left)))
        }
        Expr::Between {
            expr,
            negated: false,
            ..
        }
        | Expr::InList {
            expr,
            negated: false,
            ..
        } => column(expr),
        _ => false,
    }
}

/// An insert plans nothing on its target: no index stays locked (lock-truth: `dml.insert_values`), but that
/// which arbitrates a conflict.
fn insert_into(work: &mut Work<'_>, insert: &Insert) {
    let Some(target) = work.relation(&insert.target) else {
        return;
    };
    work.lock(target, LockMode::RowExclusive);
    work.look_up_bound(target);
    if target.kind == RelationKind::View {
        for (name, _) in &target.depends_on {
            work.lock_named(name, LockMode::RowExclusive);
        }
        return;
    }
    if let Some(conflict) = &insert.on_conflict {
        if conflict.target != ConflictTarget::Any {
            work.lock_indexes(target, LockMode::RowExclusive);
        }
        if conflict.update.is_some() {
            publication::refuse_without_identity(work, target, "UPDATE");
            body::fired(work, target, "UPDATE");
        }
    }
    let written = |column: &Ident| match (&insert.source, insert.columns.as_slice()) {
        (None, _) => false,
        (Some(_), []) => true,
        (Some(_), columns) => columns.contains(column),
    };
    partition::routed(work, target, insert);
    lock_referenced_rows(work, target, written);
    defaults_of(work, target, written);
    body::fired(work, target, "INSERT");
}

/// Defaults of the columns that an insert leaves out: a sequence is locked until the transaction ends.
fn defaults_of<'a>(work: &mut Work<'a>, table: &'a Relation, written: impl Fn(&Ident) -> bool) {
    for column in table.columns.iter().filter(|column| !written(&column.name)) {
        if let Some(default) = &column.default {
            sequences_of(work, &default.expr);
        }
        if column.identity.is_some() {
            let all = work.before.dependents(&table.name);
            let own = all.filter(|sequence| {
                let owner = sequence.owned_by.as_ref();
                owner.is_some_and(|(owner, of)| *owner == table.name && *of == column.name)
            });
            for sequence in own.collect::<Vec<_>>() {
                work.lock(sequence, LockMode::RowExclusive);
            }
        }
    }
}

/// A row that references another locks it (lock-truth: `dml.insert_fk_child`).
fn lock_referenced_rows<'a>(
    work: &mut Work<'a>,
    table: &'a Relation,
    set: impl Fn(&Ident) -> bool,
) {
    for constraint in &table.constraints {
        if let ConstraintKind::ForeignKey { table: to, .. } = &constraint.kind
            && constraint.enforced
            && constraint.columns.iter().any(&set)
            && let Some(to) = work.before.get(to)
        {
            work.open_for_query(to, LockMode::RowShare);
        }
    }
}

/// A delete looks for the rows that reference the deleted ones (lock-truth: `dml.delete_referenced_cascade`).
fn delete_from(work: &mut Work<'_>, table: &Relation) {
    for (from, name) in work.referencing(&table.name) {
        let Some(constraint) = from.constraint(name).filter(|one| one.enforced) else {
            continue;
        };
        let ConstraintKind::ForeignKey { written, .. } = &constraint.kind else {
            continue;
        };
        let writes = written
            .on_delete
            .as_deref()
            .is_some_and(|action| action.starts_with("CASCADE") || action.starts_with("SET"));
        let mode = if writes {
            LockMode::RowExclusive
        } else {
            LockMode::RowShare
        };
        work.open_for_query(from, mode);
        let indexed = from.indexes.iter().any(|index| {
            let first = index.elements.first().map(|element| &element.key);
            matches!(first, Some(IndexKey::Column(own)) if constraint.columns.first() == Some(own))
        });
        if !indexed {
            work.scan(from);
        }
    }
}

/// Locks the sequences that `nextval`, `setval` and `currval` name in an expression.
pub(super) fn sequences_of(work: &mut Work<'_>, value: &Expr) {
    let (mut names, mut owned) = (Vec::new(), Vec::new());
    expr::visit(value, &mut |part| {
        let Expr::Call(call) = part else { return };
        let takes = matches!(call.name.name.as_str(), "nextval" | "setval");
        let uncast = |expr: &'_ Expr| match expr {
            Expr::Cast { expr, .. } => (**expr).clone(),
            other => other.clone(),
        };
        let name = match call.args.first().map(uncast) {
            Some(Expr::String(name)) => Some(name),
            Some(Expr::Call(inner)) if takes => {
                owned.extend(serial_sequence(&inner));
                None
            }
            _ => None,
        };
        if let Some(name) = name.filter(|_| takes) {
            names.push(written_name(&name));
        }
    });
    for name in names {
        if let Some(sequence) = work.relation(&name) {
            work.lock(sequence, LockMode::RowExclusive);
        }
    }
    for (table, column) in owned {
        if let Some(table) = work.relation(&table) {
            let all = work.before.dependents(&table.name);
            let own = all.filter(|sequence| {
                sequence.owned_by.as_ref() == Some(&(table.name.clone(), column.clone()))
            });
            for sequence in own.collect::<Vec<_>>() {
                work.lock(sequence, LockMode::RowExclusive);
            }
        }
    }
}

/// The table and column of `pg_get_serial_sequence('t', 'c')`.
fn serial_sequence(call: &Call) -> Option<(QualifiedName, Ident)> {
    if call.name.name != "pg_get_serial_sequence" {
        return None;
    }
    match call.args.as_slice() {
        [Expr::String(table), Expr::String(column)] => {
            Some((written_name(table), Ident::new(column.as_str())))
        }
        _ => None,
    }
}

fn written_name(text: &str) -> QualifiedName {
    let folded = |part: &str| match part.strip_prefix('"') {
        Some(quoted) => Ident::new(quoted.trim_end_matches('"')),
        None => Ident::folded(part),
    };
    match text.split_once('.') {
        Some((schema, name)) => QualifiedName::new(folded(schema), folded(name)),
        None => QualifiedName::bare(folded(text)),
    }
}
