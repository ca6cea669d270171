//! A query on the catalogue: the columns it returns and the relations and columns it names.

use std::collections::BTreeSet;

use super::session::is_system;
use super::{
    Catalogue, EnumOrOther, OperatorKey, Refusal, Relation, RelationKind, ResolvedName, infer,
    naming,
};
use crate::sql::ast::{
    Alias, Expr, FromItem, Ident, JoinConstraint, QualifiedName, Query, QueryBody, Select,
    SelectItem, TypeName, operator_name,
};

/// A column of a query: its name, and its type where we can tell.
pub(super) type Output = (Ident, Option<TypeName>);

/// What a query returns.
#[derive(Debug, Clone, Default)]
pub(super) struct Shape {
    /// The columns in order.
    pub columns: Vec<Output>,
    /// Whether these are all.
    pub known: bool,
}

/// The relations a query names with the columns it uses of each; None stands for the relation alone.
pub(super) type Dependencies = BTreeSet<(ResolvedName, Option<Ident>)>;

/// What a query returns and names.
///
/// # Errors
/// 42P01 and 42703, where the catalogue is sure that something is missing.
pub(super) fn resolve(
    catalogue: &Catalogue,
    query: &Query,
) -> Result<(Shape, Dependencies), Refusal> {
    let mut resolver = Resolver::new(catalogue);
    let shape = resolver.query(query, &Scope::default())?;
    Ok((shape, resolver.depends_on))
}

/// The operators that a query uses, PostgreSQL's own excepted.
pub(super) fn operators_in(catalogue: &Catalogue, query: &Query) -> BTreeSet<OperatorKey> {
    let mut resolver = Resolver::new(catalogue);
    // What stops it half way leaves what was found so far.
    let _ = resolver.query(query, &Scope::default());
    resolver.operators
}

/// The operators that an expression on a relation uses, PostgreSQL's own excepted.
pub(super) fn operators_of(
    catalogue: &Catalogue,
    relation: &Relation,
    expr: &Expr,
) -> BTreeSet<OperatorKey> {
    let mut resolver = Resolver::new(catalogue);
    let mut scope = Scope::default();
    scope.add(Source::of(relation));
    let _ = resolver.expr(expr, &scope);
    resolver.operators
}

/// Refuses an expression on a relation that uses an operator which is not there.
pub(super) fn finds_operators(
    catalogue: &Catalogue,
    relation: &Relation,
    expr: &Expr,
) -> Result<(), Refusal> {
    let mut resolver = Resolver::new(catalogue);
    let mut scope = Scope::default();
    scope.add(Source::of(relation));
    match resolver.expr(expr, &scope) {
        Err(refusal) if refusal.message.starts_with("operator does not exist") => Err(refusal),
        _ => Ok(()),
    }
}

struct Resolver<'a> {
    catalogue: &'a Catalogue,
    depends_on: Dependencies,
    operators: BTreeSet<OperatorKey>,
}

/// The names an expression or a FROM item can see.
#[derive(Debug, Clone, Default)]
struct Scope<'a> {
    sources: Vec<Source>,
    ctes: Vec<(Ident, Shape)>,
    /// What the sources return through `*`, joined columns once.
    star: Vec<StarColumn>,
    outer: Option<&'a Scope<'a>>,
}

/// One item of FROM.
#[derive(Debug, Clone)]
struct Source {
    name: Ident,
    /// The relation, when it is one of the catalogue.
    relation: Option<ResolvedName>,
    /// Its columns under the names they have here, with those they have in the relation.
    columns: Vec<(Output, Ident)>,
    known: bool,
}

#[derive(Debug, Clone)]
struct StarColumn {
    output: Output,
    origin: Option<(ResolvedName, Ident)>,
}

type Resolved<T> = Result<T, Refusal>;

impl<'a> Resolver<'a> {
    fn new(catalogue: &'a Catalogue) -> Self {
        Self {
            catalogue,
            depends_on: BTreeSet::new(),
            operators: BTreeSet::new(),
        }
    }

    /// What an operator gives that somebody created; none where it is another.
    fn own_operator(
        &mut self,
        op: &str,
        operands: &[Option<TypeName>],
    ) -> Option<Option<TypeName>> {
        let key = self.catalogue.own_operator(op, operands)?;
        self.operators.insert(key.clone());
        Some(self.catalogue.operator_result(key))
    }

    fn query(&mut self, query: &Query, outer: &Scope<'_>) -> Resolved<Shape> {
        let mut scope = Scope {
            ctes: outer.ctes.clone(),
            outer: Some(outer),
            ..Scope::default()
        };
        if query.recursive {
            // Those that come later can be named too.
            let names = query.with.iter().map(|cte| cte.name.clone());
            scope
                .ctes
                .extend(names.map(|name| (name, Shape::default())));
        }
        for cte in &query.with {
            if query.recursive
                && cte.query.with.is_empty()
                && let QueryBody::SetOperation { left, .. } = &cte.query.body
            {
                let first = self.query(left, &scope)?;
                let first = renamed(first, &cte.columns);
                scope.ctes.push((cte.name.clone(), first));
            }
            let shape = self.query(&cte.query, &scope)?;
            let mut shape = renamed(shape, &cte.columns);
            let added = cte.added.iter().cloned();
            shape.columns.extend(added.map(|name| (name, None)));
            scope.ctes.retain(|(name, _)| *name != cte.name);
            scope.ctes.push((cte.name.clone(), shape));
        }
        match &query.body {
            QueryBody::Select(select) => self.select(select, query, scope),
            QueryBody::Values(rows) => {
                let mut types: Vec<Option<TypeName>> = Vec::new();
                for row in rows {
                    for (at, value) in row.iter().enumerate() {
                        let ty = self.expr(value, &scope)?;
                        match types.get_mut(at) {
                            Some(known) => *known = infer::unified(known.take(), ty),
                            None => types.push(ty),
                        }
                    }
                }
                let columns = types.into_iter().enumerate();
                Ok(Shape {
                    columns: columns
                        .map(|(at, ty)| (Ident::new(format!("column{}", at + 1)), infer::value(ty)))
                        .collect(),
                    known: true,
                })
            }
            QueryBody::Table(name) => {
                let item = FromItem::Relation {
                    name: name.clone(),
                    alias: None,
                    only: false,
                };
                self.from(&item, &mut scope)?;
                Ok(self.wildcard(&scope))
            }
            QueryBody::SetOperation { left, right, .. } => {
                let (left, right) = (self.query(left, &scope)?, self.query(right, &scope)?);
                let mut others = right.columns.into_iter();
                let columns = left.columns.into_iter().map(|(name, ty)| {
                    let other = others.next().and_then(|(_, ty)| ty);
                    (name, infer::unified(ty, other))
                });
                Ok(Shape {
                    columns: columns.collect(),
                    known: left.known,
                })
            }
            QueryBody::Nested(query) => self.query(query, &scope),
            QueryBody::Insert(_)
            | QueryBody::Update(_)
            | QueryBody::Delete(_)
            | QueryBody::Merge(_)
            | QueryBody::Copy(_) => Ok(Shape::default()),
        }
    }

    fn select(&mut self, select: &Select, query: &Query, mut scope: Scope<'_>) -> Resolved<Shape> {
        for item in &select.from {
            self.from(item, &mut scope)?;
        }
        let mut shape = Shape {
            columns: Vec::new(),
            known: true,
        };
        for item in &select.projection {
            match item {
                SelectItem::Expr { expr, alias } => {
                    let ty = self.expr(expr, &scope)?;
                    let name = alias.clone().unwrap_or_else(|| {
                        Ident::new(naming::expression_name(expr).unwrap_or("?column?"))
                    });
                    shape.columns.push((name, infer::value(ty)));
                }
                SelectItem::Wildcard => {
                    let all = self.wildcard(&scope);
                    shape.columns.extend(all.columns);
                    shape.known &= all.known;
                }
                SelectItem::QualifiedWildcard(name) => {
                    let Some(source) = scope.source(&name.name) else {
                        shape.known = false;
                        continue;
                    };
                    shape.known &= source.known;
                    for (output, own) in source.columns.clone() {
                        if let Some(relation) = &source.relation {
                            self.depends_on.insert((relation.clone(), Some(own)));
                        }
                        shape.columns.push(output);
                    }
                }
            }
        }
        let aliases: Vec<&Ident> = shape.columns.iter().map(|(name, _)| name).collect();
        let by_alias = |expr: &&Expr| !matches!(expr, Expr::Column(parts) if matches!(parts.as_slice(), [name] if aliases.contains(&name)));
        let conditions = select.filter.iter().chain(&select.having);
        let mut grouped = Vec::new();
        select.group_by.iter().for_each(|by| sets(by, &mut grouped));
        let sorted = query.order_by.iter().chain(&select.distinct_on);
        let sorted = grouped.into_iter().chain(sorted).filter(by_alias);
        for expr in conditions.chain(&select.windows).chain(sorted) {
            self.expr(expr, &scope)?;
        }
        Ok(shape)
    }

    fn wildcard(&mut self, scope: &Scope<'_>) -> Shape {
        let origins = scope.star.iter().filter_map(|column| column.origin.clone());
        self.depends_on
            .extend(origins.map(|(relation, column)| (relation, Some(column))));
        Shape {
            columns: scope.star.iter().map(|c| c.output.clone()).collect(),
            known: scope.sources.iter().all(|source| source.known),
        }
    }

    fn from(&mut self, item: &FromItem, scope: &mut Scope<'_>) -> Resolved<()> {
        match item {
            FromItem::Relation { name, alias, .. } => {
                let source = self.relation(name, scope)?;
                scope.add(renamed_source(source, alias.as_ref()));
            }
            FromItem::Subquery { query, alias, .. } => {
                let shape = self.query(query, scope)?;
                let name = alias
                    .as_ref()
                    .map_or_else(|| Ident::new(""), |a| a.name.clone());
                scope.add(renamed_source(Source::new(name, shape), alias.as_ref()));
            }
            FromItem::Function {
                call,
                alias,
                ordinality,
            } => {
                let ty = self.expr(call, scope)?;
                let source = self.function(call, alias.as_ref(), ty, *ordinality);
                scope.add(renamed_source(source, alias.as_ref()));
            }
            FromItem::Join {
                left,
                right,
                constraint,
                ..
            } => {
                let start = scope.star.len();
                self.from(left, scope)?;
                let middle = scope.star.len();
                self.from(right, scope)?;
                let shared: Vec<Ident> = match constraint {
                    JoinConstraint::On(expr) => {
                        self.expr(expr, scope)?;
                        Vec::new()
                    }
                    JoinConstraint::Using(columns) => columns.clone(),
                    JoinConstraint::Natural => {
                        let (left, right) = scope.star.split_at(middle.min(scope.star.len()));
                        let names = left.iter().skip(start).map(|column| &column.output.0);
                        names
                            .filter(|name| right.iter().any(|column| column.output.0 == **name))
                            .cloned()
                            .collect()
                    }
                    JoinConstraint::None => Vec::new(),
                };
                self.join(scope, start, &shared);
            }
        }
        Ok(())
    }

    /// Puts the columns that both sides share in front, once.
    fn join(&mut self, scope: &mut Scope<'_>, start: usize, shared: &[Ident]) {
        if shared.is_empty() {
            return;
        }
        let joined = scope.star.split_off(start.min(scope.star.len()));
        let (both, rest): (Vec<_>, Vec<_>) = joined
            .into_iter()
            .partition(|column| shared.contains(&column.output.0));
        for name in shared {
            let mut sides = both.iter().filter(|column| column.output.0 == *name);
            scope.star.extend(sides.next().cloned());
        }
        let origins = both.into_iter().filter_map(|column| column.origin);
        self.depends_on
            .extend(origins.map(|(relation, column)| (relation, Some(column))));
        scope.star.extend(rest);
    }

    fn relation(&mut self, name: &QualifiedName, scope: &Scope<'_>) -> Resolved<Source> {
        if name.schema.is_none()
            && let Some((_, shape)) = scope.ctes.iter().rev().find(|(own, _)| *own == name.name)
        {
            return Ok(Source::new(name.name.clone(), shape.clone()));
        }
        match self.catalogue.relation(name) {
            Some(relation) => {
                self.depends_on.insert((relation.name.clone(), None));
                Ok(Source::of(relation))
            }
            None if self
                .catalogue
                .type_def(name)
                .is_some_and(|def| matches!(def.kind, EnumOrOther::Composite(_))) =>
            {
                let message = format!("cannot open relation \"{}\"", name.name);
                Err(Refusal::new("42809", message))
            }
            None if is_system(name) || self.catalogue.may_have_more_relations() => {
                Ok(Source::new(name.name.clone(), Shape::default()))
            }
            None => Err(Refusal::no_relation(name)),
        }
    }

    fn function(
        &mut self,
        call: &Expr,
        alias: Option<&Alias>,
        ty: Option<TypeName>,
        ordinality: bool,
    ) -> Source {
        let own = naming::expression_name(call).unwrap_or("?column?");
        let name = alias.map_or_else(|| Ident::new(own), |alias| alias.name.clone());
        let rows = ty
            .as_ref()
            .and_then(|ty| self.catalogue.relation(&ty.qualified_name()));
        if let Some(relation) = rows {
            let mut source = Source::of(relation);
            source.name = name;
            source.relation = None;
            return source;
        }
        let record = ty
            .as_ref()
            .is_some_and(|ty| ty.name == "record" && !ty.array);
        let composite = ty
            .as_ref()
            .is_some_and(|ty| !ty.array && self.is_composite(ty));
        // UNNEST takes a tsvector apart too.
        let one = infer::is_row_function(own) && own != "unnest" || ty.is_some();
        let scalar = one && !record && !composite;
        let mut columns = vec![(name.clone(), ty)];
        if ordinality {
            columns.push((Ident::new("ordinality"), Some(TypeName::plain("int8"))));
        }
        let known = scalar || alias.is_some_and(|alias| !alias.columns.is_empty());
        Source::new(name, Shape { columns, known })
    }

    fn is_composite(&self, ty: &TypeName) -> bool {
        let found = self.catalogue.type_def(&ty.qualified_name());
        found.is_some_and(|def| matches!(def.kind, EnumOrOther::Composite(_)))
    }

    /// The type of an expression, noting every name in it.
    fn expr(&mut self, expr: &Expr, scope: &Scope<'_>) -> Resolved<Option<TypeName>> {
        let ty = match expr {
            Expr::Null | Expr::Parameter(_) | Expr::Default | Expr::Wildcard(_) => None,
            Expr::Unparsed(_) => None,
            Expr::Boolean(_) | Expr::Is { .. } => {
                if let Expr::Is { expr, .. } = expr {
                    self.expr(expr, scope)?;
                }
                Some(TypeName::plain("bool"))
            }
            Expr::Number(digits) => Some(infer::number(digits)),
            Expr::String(_) => Some(TypeName::plain("unknown")),
            Expr::Column(parts) => self.column(parts, scope)?,
            Expr::Call(call) => {
                let mut args = Vec::with_capacity(call.args.len());
                for arg in &call.args {
                    args.push(self.expr(arg, scope)?);
                }
                let over = call.over.iter().flatten();
                for rest in call.order_by.iter().chain(&call.filter).chain(over) {
                    self.expr(rest, scope)?;
                }
                infer::call(self.catalogue, call, &args)
            }
            Expr::Cast { expr, ty } => {
                self.expr(expr, scope)?;
                Some(self.catalogue.resolve_type(ty)?)
            }
            Expr::Unary { op, expr } => {
                let ty = self.expr(expr, scope)?;
                if op == "NOT" {
                    Some(TypeName::plain("bool"))
                } else if let Some(result) = self.own_operator(op, std::slice::from_ref(&ty)) {
                    result
                } else {
                    self.catalogue
                        .finds_operator(op, std::slice::from_ref(&ty))?;
                    ty
                }
            }
            Expr::Binary { left, op, right } => {
                let operands = [self.expr(left, scope)?, self.expr(right, scope)?];
                match self.own_operator(op, &operands) {
                    Some(result) => result,
                    None if let Some(result) = self.catalogue.system_result(op, &operands) => {
                        Some(result)
                    }
                    None => {
                        self.catalogue.finds_operator(op, &operands)?;
                        let [left, right] = operands;
                        infer::operator(operator_name(op).name.as_str(), left, right)
                    }
                }
            }
            Expr::InList { expr, list, .. } => {
                self.expr(expr, scope)?;
                for value in list {
                    self.expr(value, scope)?;
                }
                Some(TypeName::plain("bool"))
            }
            Expr::InSubquery { expr, query, .. } => {
                self.expr(expr, scope)?;
                self.query(query, scope)?;
                Some(TypeName::plain("bool"))
            }
            Expr::Between {
                expr, low, high, ..
            } => {
                for part in [expr, low, high] {
                    self.expr(part, scope)?;
                }
                Some(TypeName::plain("bool"))
            }
            Expr::Case {
                operand,
                branches,
                otherwise,
            } => {
                if let Some(operand) = operand {
                    self.expr(operand, scope)?;
                }
                let mut ty = None;
                for (condition, result) in branches {
                    self.expr(condition, scope)?;
                    ty = infer::unified(ty, self.expr(result, scope)?);
                }
                match otherwise {
                    Some(otherwise) => infer::unified(ty, self.expr(otherwise, scope)?),
                    None => ty,
                }
            }
            Expr::Exists { query, .. } => {
                self.query(query, scope)?;
                Some(TypeName::plain("bool"))
            }
            Expr::Subquery(query) | Expr::ArraySubquery(query) => {
                let shape = self.query(query, scope)?;
                let ty = shape.columns.into_iter().next().and_then(|(_, ty)| ty);
                if matches!(expr, Expr::ArraySubquery(_)) {
                    ty.map(TypeName::into_array)
                } else {
                    ty
                }
            }
            Expr::Array(list) => {
                let mut ty = None;
                for value in list {
                    ty = infer::unified(ty, self.expr(value, scope)?);
                }
                infer::value(ty).map(TypeName::into_array)
            }
            Expr::Row(list) => {
                for value in list {
                    self.expr(value, scope)?;
                }
                Some(TypeName::plain("record"))
            }
            Expr::Subscript { expr, indexes } => {
                for index in indexes {
                    self.expr(index, scope)?;
                }
                self.expr(expr, scope)?
                    .map(|ty| TypeName { array: false, ..ty })
            }
            Expr::Field { expr, .. } => {
                self.expr(expr, scope)?;
                None
            }
            Expr::Collate { expr, .. } => self.expr(expr, scope)?,
            Expr::Quantified {
                left, op, right, ..
            } => {
                let left = self.expr(left, scope)?;
                let element = |ty: TypeName| TypeName { array: false, ..ty };
                let right = self.expr(right, scope)?.map(element);
                self.own_operator(op, &[left, right]);
                Some(TypeName::plain("bool"))
            }
        };
        Ok(ty)
    }

    /// The sequence that goes by a name in a query: its row is of no type.
    fn sequence(&self, scope: &Scope<'_>, name: &Ident) -> Option<Ident> {
        let relation = scope.source(name)?.relation.as_ref()?;
        let relation = self.catalogue.get(relation)?;
        (relation.kind == RelationKind::Sequence).then(|| relation.name.name.clone())
    }

    fn column(&mut self, parts: &[Ident], scope: &Scope<'_>) -> Resolved<Option<TypeName>> {
        let (table, column) = match parts {
            [.., table, column] => (Some(table), column),
            [column] => (None, column),
            [] => return Ok(None),
        };
        let mut level = Some(scope);
        let mut sure = true;
        while let Some(scope) = level {
            for source in &scope.sources {
                if table.is_some_and(|table| *table != source.name) {
                    continue;
                }
                if let Some(((_, ty), own)) =
                    source.columns.iter().find(|((name, _), _)| name == column)
                {
                    if let Some(relation) = &source.relation {
                        self.depends_on
                            .insert((relation.clone(), Some(own.clone())));
                    }
                    return Ok(ty.clone());
                }
                sure &= source.known;
            }
            if table.is_none() && scope.source(column).is_some() {
                return Ok(None);
            }
            level = scope.outer;
        }
        if !sure || super::constraint::is_system_column(column) {
            return Ok(None);
        }
        if let Some(sequence) = table.and_then(|table| self.sequence(scope, table)) {
            let message = format!("relation \"{sequence}\" does not have a composite type");
            return Err(Refusal::new("42809", message));
        }
        match table {
            // `t.f` is `f(t)` where there is such a function (manual 18, section 36.5.3).
            Some(_)
                if self
                    .catalogue
                    .routine(&QualifiedName::bare(column.clone()))
                    .is_some() =>
            {
                Ok(None)
            }
            Some(table) if scope.sees(table) => Err(Refusal::new(
                "42703",
                format!("column {table}.{column} does not exist"),
            )),
            Some(_) => Ok(None),
            None => Err(Refusal::new(
                "42703",
                format!("column \"{column}\" does not exist"),
            )),
        }
    }
}

/// What GROUP BY names, inside of ROLLUP, CUBE and GROUPING SETS too.
fn sets<'e>(by: &'e Expr, into: &mut Vec<&'e Expr>) {
    match by {
        Expr::Row(parts) => parts.iter().for_each(|part| sets(part, into)),
        Expr::Call(call) if matches!(call.name.name.as_str(), "rollup" | "cube") => {
            call.args.iter().for_each(|part| sets(part, into));
        }
        other => into.push(other),
    }
}

impl Scope<'_> {
    fn add(&mut self, source: Source) {
        let origin = |own: &Ident| Some((source.relation.clone()?, own.clone()));
        self.star
            .extend(source.columns.iter().map(|(output, own)| StarColumn {
                output: output.clone(),
                origin: origin(own),
            }));
        self.sources.push(source);
    }

    fn source(&self, name: &Ident) -> Option<&Source> {
        self.sources.iter().find(|source| source.name == *name)
    }

    fn sees(&self, name: &Ident) -> bool {
        self.source(name).is_some() || self.outer.is_some_and(|outer| outer.sees(name))
    }
}

impl Source {
    fn new(name: Ident, shape: Shape) -> Self {
        let columns = shape.columns.into_iter();
        Self {
            name,
            relation: None,
            columns: columns.map(|output| (output.clone(), output.0)).collect(),
            known: shape.known,
        }
    }

    fn of(relation: &Relation) -> Self {
        let columns = relation.columns.iter().map(|column| {
            let ty = (column.ty.name != "unknown").then(|| column.ty.clone());
            ((column.name.clone(), ty), column.name.clone())
        });
        // What a sequence is selected by (manual 18, CREATE SEQUENCE, notes).
        let of_sequence: &[(&str, &str)] = match relation.kind {
            RelationKind::Sequence => &[
                ("last_value", "int8"),
                ("log_cnt", "int8"),
                ("is_called", "bool"),
            ],
            _ => &[],
        };
        let of_sequence = of_sequence.iter().map(|(name, ty)| {
            let name = Ident::new(*name);
            ((name.clone(), Some(TypeName::plain(ty))), name)
        });
        Self {
            name: relation.name.name.clone(),
            relation: Some(relation.name.clone()),
            columns: columns.chain(of_sequence).collect(),
            known: relation.columns_known,
        }
    }
}

fn renamed_source(mut source: Source, alias: Option<&Alias>) -> Source {
    if let Some(alias) = alias {
        source.name = alias.name.clone();
        let mut columns = source.columns.into_iter();
        let mut named: Vec<_> = Vec::new();
        for name in &alias.columns {
            let ((_, ty), own) = columns
                .next()
                .unwrap_or_else(|| ((name.clone(), None), name.clone()));
            named.push(((name.clone(), ty), own));
        }
        named.extend(columns);
        source.columns = named;
    }
    source
}

/// New names for the first columns.
pub(super) fn renamed(mut shape: Shape, names: &[Ident]) -> Shape {
    for (column, name) in shape.columns.iter_mut().zip(names) {
        column.0 = name.clone();
    }
    shape
}
