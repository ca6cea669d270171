//! Resolves the names of a query on a catalogue in the order in which PostgreSQL's analyser does.

use std::collections::{BTreeMap, BTreeSet};

use super::given::Write;
use super::name_of::output_name;
use super::scope::{Level, ScopeColumn};
use super::types::{self, Ty};
use super::usage::Usage;
use crate::schema::{Catalogue, Refusal, Relation, ResolvedName};
use crate::sql::ast::{
    Cte, Expr, FromItem, Ident, JoinConstraint, QualifiedName, Query, QueryBody, Select,
    SelectItem, TypeName,
};

/// What one query finds on one catalogue.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    /// What PostgreSQL says when it prepares the query.
    pub(super) refusal: Option<Refusal>,
    /// What it says when it plans it.
    pub(super) late: Option<Refusal>,
    /// What it says when it rewrites the query, after all of it was analysed.
    pub(super) rewritten: Option<Refusal>,
    /// Functions it calls whose bodies could not be read, with those.
    pub(super) bodies: BTreeSet<(String, String)>,
    /// Names that may belong to relations whose columns we do not know.
    pub(super) perhaps: BTreeSet<String>,
    /// The column that each name was found to mean, in the order of resolution.
    pub(super) bindings: Vec<Option<(ResolvedName, Ident)>>,
    /// What each NATURAL JOIN compares.
    pub(super) natural: Vec<Vec<Ident>>,
    /// The names that GROUP BY gives, and whether each is a column of FROM rather than of the result.
    pub(super) grouped: Vec<(Ident, bool)>,
    /// Functions and operators of which no overload was found to fit.
    pub(super) unmatched: BTreeSet<String>,
    /// Some overload could not be decided: a type was not known.
    pub(super) vague: bool,
    /// Expressions that could not be read.
    pub(super) unread: BTreeSet<String>,
    /// What it returns; none when that is not known.
    pub(super) shape: Option<Vec<ScopeColumn>>,
    pub(super) usage: Usage,
    /// The types of its parameters, as far as they are known.
    pub(super) parameters: BTreeMap<u32, TypeName>,
    pub(super) writes: Vec<Write>,
    /// Columns to which it gives another value in rows that are there.
    pub(super) changed: BTreeSet<(ResolvedName, Ident)>,
    /// Tables it deletes from.
    pub(super) deletes: BTreeSet<ResolvedName>,
    /// The view that a MERGE goes into.
    pub(super) merged_view: Option<ResolvedName>,
    /// It is a COPY, which is never prepared.
    pub(super) is_copy: bool,
    /// The columns that a COPY without a column list fills.
    pub(super) copied: Option<Vec<Ident>>,
}

impl Seen {
    /// The first of what PostgreSQL refuses.
    pub(super) fn refuses(&self) -> Option<&Refusal> {
        self.refusal.as_ref().or_else(|| self.refuses_later())
    }

    /// The first of what it refuses once the query is analysed.
    pub(super) fn refuses_later(&self) -> Option<&Refusal> {
        self.rewritten.as_ref().or(self.late.as_ref())
    }
}

/// The rows a query gives.
#[derive(Debug, Clone, Default)]
pub(super) struct Rows {
    pub(super) columns: Vec<ScopeColumn>,
    /// There may be more columns.
    pub(super) open: bool,
}

impl Rows {
    /// Constants that nothing gave a type are text.
    pub(super) fn settled(mut self) -> Self {
        for column in &mut self.columns {
            if column.ty == Ty::Untyped {
                column.ty = Ty::plain("text");
            }
        }
        self
    }
}

pub(super) struct Resolver<'c> {
    pub(super) catalogue: &'c Catalogue,
    /// The catalogue on which the query worked: types and functions that only it knows are gone.
    pub(super) before: Option<&'c Catalogue>,
    /// There is no schema on which it worked: what is not found is refused where it is plain that nobody brings it.
    pub(super) alone: bool,
    /// The query levels around the current place, innermost last.
    pub(super) levels: Vec<Level>,
    /// At which of them columns were found, a bit for each.
    pub(super) reached: u64,
    pub(super) ctes: Vec<(Ident, Rows)>,
    /// The types of parameters, as far as some place has told them.
    pub(super) parameters: BTreeMap<u32, TypeName>,
    /// Functions and operators that were not found before either: there is something we do not know.
    pub(super) lenient: BTreeSet<String>,
    /// What follows OVER in the SELECT that is being read: it comes last of all its parts.
    pub(super) over: Vec<Expr>,
    /// How many functions it stands in.
    pub(super) depth: usize,
    pub(super) seen: Seen,
}

/// What PostgreSQL says of a name it does not find.
pub(super) fn refused<T>(sqlstate: &'static str, message: String) -> Result<T, Refusal> {
    Err(Refusal { sqlstate, message })
}

impl<'c> Resolver<'c> {
    pub(super) fn new(catalogue: &'c Catalogue, before: Option<&'c Catalogue>) -> Self {
        Self {
            catalogue,
            before,
            alone: false,
            levels: Vec::new(),
            reached: 0,
            ctes: Vec::new(),
            parameters: BTreeMap::new(),
            lenient: BTreeSet::new(),
            over: Vec::new(),
            depth: 0,
            seen: Seen::default(),
        }
    }

    pub(super) fn run(mut self, query: &Query) -> Seen {
        match self.query(query) {
            Ok(rows) => self.seen.shape = (!rows.open).then_some(rows.settled().columns),
            Err(refusal) => self.seen.refusal = Some(refusal),
        }
        self.seen.parameters = std::mem::take(&mut self.parameters);
        self.seen
    }

    pub(super) fn query(&mut self, query: &Query) -> Result<Rows, Refusal> {
        let outer = self.ctes.len();
        self.with(query)?;
        let rows = self.body(query)?;
        for limit in query.limit.iter().chain(&query.offset) {
            let ty = self.expr(limit)?;
            self.take(limit, &ty, &TypeName::plain("int8"))?;
        }
        self.ctes.truncate(outer);
        Ok(rows)
    }

    fn with(&mut self, query: &Query) -> Result<(), Refusal> {
        let first = self.ctes.len();
        if query.recursive {
            // Those that come later can be named too; their columns are not known yet.
            for cte in &query.with {
                let rows = Rows {
                    columns: Vec::new(),
                    open: true,
                };
                self.ctes.push((cte.name.clone(), rows));
            }
        }
        for (at, cte) in query.with.iter().enumerate() {
            if query.recursive
                && let QueryBody::SetOperation { left, .. } = &cte.query.body
                && cte.query.with.is_empty()
            {
                let mut start = self.query(left)?.settled();
                // What SEARCH and CYCLE add can be named inside, and is not part of `*` there.
                start.open |= !cte.added.is_empty();
                self.define(first + at, cte, start);
            }
            let mut rows = self.query(&cte.query)?.settled();
            let added = cte.added.iter().cloned();
            rows.columns
                .extend(added.map(|name| ScopeColumn::computed(name, Ty::Unknown)));
            self.define(first + at, cte, rows);
        }
        Ok(())
    }

    fn define(&mut self, at: usize, cte: &Cte, mut rows: Rows) {
        for (column, name) in rows.columns.iter_mut().zip(&cte.columns) {
            column.name = name.clone();
        }
        match self.ctes.get_mut(at) {
            Some(known) => known.1 = rows,
            None => self.ctes.push((cte.name.clone(), rows)),
        }
    }

    fn body(&mut self, query: &Query) -> Result<Rows, Refusal> {
        let rows = match &query.body {
            QueryBody::Select(select) => return self.select(select, &query.order_by),
            QueryBody::Values(all) => self.values(all, true)?,
            QueryBody::Table(name) => {
                let level = self.relation(name, None)?;
                self.read_all(&level.columns);
                Rows {
                    open: level.open,
                    columns: level.columns,
                }
            }
            QueryBody::SetOperation { op, left, right } => {
                let sides = (left, right);
                let (left, right) = (self.query(left)?, self.query(right)?);
                if left.columns.len() != right.columns.len() && !left.open && !right.open {
                    let word = op.split(' ').next().unwrap_or(op);
                    return refused(
                        "42601",
                        format!("each {word} query must have the same number of columns"),
                    );
                }
                let open = left.open || right.open;
                let word = op.split(' ').next().unwrap_or(op);
                let mut columns = Vec::new();
                for (at, (left, right)) in left.columns.into_iter().zip(right.columns).enumerate() {
                    let types = [left.ty, right.ty];
                    let ty = self.common(word, &[], &types)?;
                    if let Ty::Known(wanted) = &ty {
                        for (side, own) in [sides.0, sides.1].into_iter().zip(&types) {
                            if let Some(value) = item(side, at) {
                                self.take(value, own, wanted)?;
                            }
                        }
                    }
                    columns.push(ScopeColumn::computed(left.name, ty));
                }
                Rows { columns, open }
            }
            QueryBody::Nested(inner) => self.query(inner)?,
            QueryBody::Insert(insert) => self.insert(insert)?,
            QueryBody::Update(update) => self.update(update)?,
            QueryBody::Delete(delete) => self.delete(delete)?,
            QueryBody::Merge(merge) => self.merge(merge)?,
            QueryBody::Copy(copy) => self.copy(copy)?,
        };
        // ORDER BY of a set operation or of VALUES sees the result only.
        let result = Level::of_rows(Ident::new(""), rows.columns.clone(), rows.open, None);
        self.levels.push(result);
        for by in &query.order_by {
            self.expr(by)?;
        }
        self.levels.pop();
        Ok(rows)
    }

    /// The rows of VALUES; alone, each column must have a type in common.
    pub(super) fn values(&mut self, all: &[Vec<Expr>], alone: bool) -> Result<Rows, Refusal> {
        let mut columns: Vec<Vec<(&Expr, Ty)>> = Vec::new();
        for row in all {
            for (at, value) in row.iter().enumerate() {
                let one = (value, self.expr(value)?);
                match columns.get_mut(at) {
                    Some(column) => column.push(one),
                    None => columns.push(vec![one]),
                }
            }
        }
        let mut rows = Rows::default();
        for (at, column) in columns.into_iter().enumerate() {
            let (values, types): (Vec<&Expr>, Vec<Ty>) = column.into_iter().unzip();
            let ty = match alone {
                true => self.common("VALUES", &values, &types)?,
                false => types::common(types),
            };
            let name = Ident::new(format!("column{}", at + 1));
            rows.columns.push(ScopeColumn::computed(name, ty));
        }
        Ok(rows)
    }

    fn select(&mut self, select: &Select, order_by: &[Expr]) -> Result<Rows, Refusal> {
        let outside = std::mem::take(&mut self.over);
        let level = self.from(&select.from)?;
        self.levels.push(level);
        let rows = self.items(&select.projection)?;
        for (part, word) in [(&select.filter, "WHERE"), (&select.having, "HAVING")] {
            if let Some(part) = part {
                self.condition(part, word)?;
            }
        }
        for by in order_by {
            names_one(by, &rows, "ORDER BY")?;
            if !names_output(by, &rows) {
                self.expr(by)?;
            }
        }
        for by in &select.group_by {
            self.group(by, &rows)?;
        }
        if let Some(before) = self.before
            && let Some(refusal) = super::found_rows::ungrouped(select, before, self.catalogue)
        {
            return Err(refusal);
        }
        for by in &select.distinct_on {
            names_one(by, &rows, "DISTINCT ON")?;
            if !names_output(by, &rows) {
                self.expr(by)?;
            }
        }
        let over = std::mem::replace(&mut self.over, outside);
        for part in select.windows.iter().chain(&over) {
            self.expr(part)?;
        }
        self.levels.pop();
        Ok(rows)
    }

    /// A bare name in GROUP BY is a column of FROM first, then one of the result.
    fn group(&mut self, by: &Expr, rows: &Rows) -> Result<(), Refusal> {
        match by {
            Expr::Row(parts) => parts.iter().try_for_each(|part| self.group(part, rows)),
            // Inside of GROUPING SETS.
            Expr::Call(call) if matches!(call.name.name.as_str(), "rollup" | "cube") => {
                call.args.iter().try_for_each(|part| self.group(part, rows))
            }
            Expr::Column(parts) => {
                let found = self.expr(by);
                if let [name] = parts.as_slice() {
                    self.seen.grouped.push((name.clone(), found.is_ok()));
                }
                match found {
                    Err(_) if parts.len() == 1 && names_output(by, rows) => Ok(()),
                    other => other.map(drop),
                }
            }
            other => self.expr(other).map(drop),
        }
    }

    /// A select or returning list.
    pub(super) fn items(&mut self, items: &[SelectItem]) -> Result<Rows, Refusal> {
        let mut rows = Rows::default();
        for item in items {
            match item {
                SelectItem::Wildcard => {
                    let level = self.levels.last().cloned().unwrap_or_default();
                    self.read_all(&level.columns);
                    rows.open |= level.open;
                    rows.columns.extend(level.columns);
                }
                SelectItem::QualifiedWildcard(name) => {
                    let Some(relation) = self.find_relation(name) else {
                        return self.no_relation(name);
                    };
                    self.read_all(&relation.columns);
                    rows.open |= relation.open;
                    rows.columns.extend(relation.columns);
                }
                SelectItem::Expr { expr, alias } => {
                    let ty = self.expr(expr)?;
                    if matches!(expr, Expr::Field { field, .. } if *field == "*") {
                        rows.open = true;
                    }
                    let source = match expr {
                        Expr::Column(_) => self.seen.bindings.last().cloned().flatten(),
                        _ => None,
                    };
                    let name = alias.clone().unwrap_or_else(|| output_name(expr));
                    rows.columns.push(ScopeColumn { name, ty, source });
                }
            }
        }
        Ok(rows)
    }

    pub(super) fn read_all(&mut self, columns: &[ScopeColumn]) {
        let sources = columns.iter().filter_map(|column| column.source.clone());
        self.seen.usage.reads.extend(sources);
    }

    /// The level that the items of FROM make together.
    pub(super) fn from(&mut self, items: &[FromItem]) -> Result<Level, Refusal> {
        let mut level = Level::default();
        for item in items {
            let next = self.item_level(item, &level)?;
            level.add(next);
        }
        Ok(level)
    }

    /// One item; `left` is what LATERAL lets it see.
    pub(super) fn item_level(&mut self, item: &FromItem, left: &Level) -> Result<Level, Refusal> {
        match item {
            FromItem::Relation { name, alias, .. } => self.relation(name, alias.as_ref()),
            FromItem::Subquery {
                query,
                alias,
                lateral,
            } => {
                // A join in parentheses is a subquery of this kind for us, and needs none.
                let old = self.catalogue.version().is_some_and(|version| version < 16);
                if self.alone && old && alias.is_none() && !lateral {
                    return refused("42601", "subquery in FROM must have an alias".to_owned());
                }
                if *lateral {
                    self.levels.push(left.clone());
                }
                let rows = self.query(query)?.settled();
                if *lateral {
                    self.levels.pop();
                }
                Ok(Level::of_rows(
                    Ident::new(""),
                    rows.columns,
                    rows.open,
                    alias.as_ref(),
                ))
            }
            FromItem::Function {
                call,
                alias,
                ordinality,
            } => {
                self.levels.push(left.clone());
                let ty = self.expr(call)?;
                self.levels.pop();
                Ok(self.function_rows(call, ty, alias.as_ref(), *ordinality))
            }
            FromItem::Join {
                left: one,
                right: other,
                kind: _,
                constraint,
            } => {
                let one = self.item_level(one, left)?;
                let mut seen = left.clone();
                seen.add(one.clone());
                let other = self.item_level(other, &seen)?;
                self.join(one, other, constraint)
            }
        }
    }

    fn join(
        &mut self,
        left: Level,
        right: Level,
        constraint: &JoinConstraint,
    ) -> Result<Level, Refusal> {
        let shared = match constraint {
            JoinConstraint::Using(names) => names.clone(),
            JoinConstraint::Natural => left
                .columns
                .iter()
                .filter(|column| right.columns.iter().any(|other| other.name == column.name))
                .map(|column| column.name.clone())
                .collect(),
            JoinConstraint::On(_) | JoinConstraint::None => Vec::new(),
        };
        if matches!(constraint, JoinConstraint::Natural) {
            self.seen.natural.push(shared.clone());
        }
        let mut pairs = Vec::new();
        for name in &shared {
            let one = self.using(&left, name, "left")?;
            pairs.push((one, self.using(&right, name, "right")?.ty));
        }
        // Since 16 the operators are looked for first (PostgreSQL 15 and 16, `transformFromClauseItem`).
        let operators_first = self.catalogue.is_from(16) != Some(false);
        let compared = |resolver: &mut Self| {
            pairs.iter().try_for_each(|(one, other)| {
                let operands = [(None, &one.ty), (None, other)];
                resolver.operator("=", &operands).map(drop)
            })
        };
        if operators_first {
            compared(self)?;
        }
        let mut merged = Vec::new();
        for (one, other) in &pairs {
            let ty = self.common("JOIN/USING", &[], &[one.ty.clone(), other.clone()])?;
            let one = one.clone();
            merged.push(ScopeColumn { ty, ..one });
        }
        if !operators_first {
            compared(self)?;
        }
        let mut level = left;
        level.add(right);
        // System columns are not among a join's.
        level.system = 0;
        let rest = level.columns.iter().filter(|c| !shared.contains(&c.name));
        merged.extend(rest.cloned());
        level.columns = merged;
        if let JoinConstraint::On(condition) = constraint {
            self.levels.push(level);
            self.condition(condition, "JOIN/ON")?;
            level = self.levels.pop().unwrap_or_default();
        }
        Ok(level)
    }

    fn using(&mut self, side: &Level, name: &Ident, which: &str) -> Result<ScopeColumn, Refusal> {
        let mut matching = side.columns.iter().filter(|column| column.name == *name);
        match (matching.next(), matching.next()) {
            (Some(column), None) => {
                self.read_all(std::slice::from_ref(column));
                Ok(column.clone())
            }
            (Some(_), Some(_)) => refused(
                "42702",
                format!("common column name \"{name}\" appears more than once in {which} table"),
            ),
            (None, _) if side.open => {
                self.seen.perhaps.insert(name.to_string());
                Ok(ScopeColumn::computed(name.clone(), Ty::Unknown))
            }
            (None, _) => refused(
                "42703",
                format!(
                    "column \"{name}\" specified in USING clause does not exist in {which} table"
                ),
            ),
        }
    }

    fn relation(
        &mut self,
        name: &QualifiedName,
        alias: Option<&crate::sql::ast::Alias>,
    ) -> Result<Level, Refusal> {
        if name.schema.is_none()
            && let Some((_, rows)) = self.ctes.iter().rev().find(|(cte, _)| *cte == name.name)
        {
            let columns = rows.columns.iter().map(|column| {
                // What the expression reads was counted where it stands.
                ScopeColumn::computed(column.name.clone(), column.ty.clone())
            });
            let (columns, open) = (columns.collect(), rows.open);
            return Ok(Level::of_rows(name.name.clone(), columns, open, alias));
        }
        Ok(match self.table(name)? {
            Some(relation) => {
                self.check_recursion(relation);
                Level::of_relation(relation, alias)
            }
            None => Level::unknown(name.name.clone(), alias),
        })
    }

    /// The table or view of that name; none for one of the system's own, which is there always.
    pub(super) fn table(&mut self, name: &QualifiedName) -> Result<Option<&'c Relation>, Refusal> {
        if let Some(relation) = self.catalogue.relation(name) {
            self.seen.usage.relations.insert(relation.name.clone());
            return Ok(Some(relation));
        }
        let of_the_system = match &name.schema {
            Some(schema) => *schema == "information_schema" || schema.as_str().starts_with("pg_"),
            None => name.name.as_str().starts_with("pg_"),
        };
        if of_the_system {
            return Ok(None);
        }
        refused("42P01", format!("relation \"{name}\" does not exist"))
    }
}

/// What a SELECT gives in a place, unless it is a `*` or comes after one.
fn item(query: &Query, at: usize) -> Option<&Expr> {
    let QueryBody::Select(select) = &query.body else {
        return None;
    };
    let items = select.projection.get(..=at)?;
    items.iter().try_fold(None, |_, item| match item {
        SelectItem::Expr { expr, .. } => Some(Some(expr)),
        SelectItem::Wildcard | SelectItem::QualifiedWildcard(_) => None,
    })?
}

/// Refuses a name that columns of the result have which are not the same (PostgreSQL 18, `findTargetlistEntrySQL92`).
fn names_one(by: &Expr, rows: &Rows, clause: &str) -> Result<(), Refusal> {
    let Expr::Column(parts) = by else {
        return Ok(());
    };
    let [name] = parts.as_slice() else {
        return Ok(());
    };
    let named = rows.columns.iter().filter(|column| column.name == *name);
    let mut sources = named.filter_map(|column| column.source.as_ref());
    let first = sources.next();
    match sources.any(|source| Some(source) != first) {
        true => refused("42702", format!("{clause} \"{name}\" is ambiguous")),
        false => Ok(()),
    }
}

/// Whether an ORDER BY item is a column of the result: its name, or its number.
fn names_output(by: &Expr, rows: &Rows) -> bool {
    match by {
        Expr::Number(_) => true,
        Expr::Column(parts) => {
            matches!(parts.as_slice(), [name] if rows.columns.iter().any(|column| column.name == *name))
        }
        _ => false,
    }
}
