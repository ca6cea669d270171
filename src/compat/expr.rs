//! Resolves the names in expressions and tells their types.

use super::resolve::{Resolver, refused};
use super::scope::{Found, Level, ScopeColumn, ScopeRelation};
use super::types::{self, Ty};
use crate::schema::{EnumOrOther, Refusal};
use crate::sql::ast::{Alias, Call, Expr, Ident, QualifiedName, TypeName};

impl Resolver<'_> {
    pub(super) fn exprs<'e>(
        &mut self,
        all: impl IntoIterator<Item = &'e Expr>,
    ) -> Result<Vec<Ty>, Refusal> {
        all.into_iter().map(|one| self.expr(one)).collect()
    }

    /// Resolves an expression and tells its type.
    pub(super) fn expr(&mut self, expr: &Expr) -> Result<Ty, Refusal> {
        Ok(match expr {
            Expr::Null | Expr::String(_) | Expr::Default => Ty::Untyped,
            Expr::Parameter(number) => match self.parameters.get(number) {
                Some(ty) => Ty::Known(ty.clone()),
                None => Ty::Untyped,
            },
            Expr::Boolean(_) => Ty::plain("bool"),
            Expr::Number(digits) => Ty::plain(number_type(digits)),
            Expr::Column(parts) => self.column(parts)?,
            Expr::Wildcard(None) => Ty::Unknown,
            Expr::Wildcard(Some(name)) => match self.find_relation(name) {
                Some(relation) => {
                    self.read_all(&relation.columns);
                    Ty::Unknown
                }
                None => return self.no_relation(name),
            },
            Expr::Call(call) => self.call(call)?,
            Expr::Cast { expr, ty } => {
                let from = self.expr(expr)?;
                let ty = self.type_of(ty)?;
                types::check_constant(expr, &ty, self.catalogue)?;
                self.castable(expr, &from, &ty)?;
                self.check_regclass(expr, &ty)?;
                ty
            }
            Expr::Unary { op, expr } if op == "NOT" => {
                self.condition(expr, "NOT")?;
                Ty::plain("bool")
            }
            // `doNegate` of the grammar: the smallest integer is one.
            Expr::Unary { op, expr } => match expr.as_ref() {
                // `doNegate` of the grammar: the smallest integer is one.
                Expr::Number(digits) if op == "-" => Ty::plain(number_type(&format!("-{digits}"))),
                value => {
                    let ty = self.expr(value)?;
                    self.operator(op, &[(Some(value), &ty)])?
                }
            },
            Expr::Binary { .. } => self.binary(expr)?,
            Expr::Is { expr, .. } => {
                self.expr(expr)?;
                Ty::plain("bool")
            }
            Expr::InList { expr, list, .. } => {
                let ty = self.expr(expr)?;
                self.in_list(expr, &ty, list)?;
                Ty::plain("bool")
            }
            Expr::InSubquery { expr, query, .. } => {
                let rows = self.query(query)?;
                let ty = self.expr(expr)?;
                let wanted = match expr.as_ref() {
                    Expr::Row(parts) => parts.len(),
                    _ => 1,
                };
                let open = rows.open;
                if !open && rows.columns.len() != wanted {
                    let which = if rows.columns.len() > wanted {
                        "many"
                    } else {
                        "few"
                    };
                    return refused("42601", format!("subquery has too {which} columns"));
                }
                let columns = rows.settled().columns;
                match (expr.as_ref(), columns.as_slice()) {
                    (Expr::Row(parts), columns) => {
                        for (part, column) in parts.iter().zip(columns) {
                            let ty = self.type_again(part)?;
                            self.operator("=", &[(Some(part), &ty), (None, &column.ty)])?;
                        }
                    }
                    (_, [column]) if !open => {
                        self.operator("=", &[(Some(expr), &ty), (None, &column.ty)])?;
                    }
                    _ => {}
                }
                Ty::plain("bool")
            }
            Expr::Between {
                expr, low, high, ..
            } => {
                let ty = self.expr(expr)?;
                for (bound, op) in [(low, ">="), (high, "<=")] {
                    let other = self.expr(bound)?;
                    self.operator(op, &[(Some(expr), &ty), (Some(bound), &other)])?;
                }
                Ty::plain("bool")
            }
            Expr::Case {
                operand,
                branches,
                otherwise,
            } => {
                let operand = match operand {
                    Some(operand) => Some((operand.as_ref(), self.expr(operand)?)),
                    None => None,
                };
                let (mut values, mut results) = (Vec::new(), Vec::new());
                for (when, then) in branches {
                    match &operand {
                        Some((operand, of)) => {
                            let ty = self.expr(when)?;
                            self.operator("=", &[(Some(operand), of), (Some(when), &ty)])?;
                        }
                        None => self.condition(when, "CASE/WHEN")?,
                    }
                    values.push(then);
                    results.push(self.expr(then)?);
                }
                if let Some(otherwise) = otherwise {
                    // It is the first to be asked for its type.
                    values.insert(0, otherwise);
                    results.insert(0, self.expr(otherwise)?);
                }
                self.common("CASE", &values, &results)?
            }
            Expr::Exists { query, .. } => {
                self.query(query)?;
                Ty::plain("bool")
            }
            Expr::Subquery(query) => {
                let first = self.query(query)?.settled().columns.into_iter().next();
                first.map_or(Ty::Unknown, |column| column.ty)
            }
            Expr::ArraySubquery(query) => {
                let first = self.query(query)?.settled().columns.into_iter().next();
                first.map_or(Ty::Unknown, |column| arrayed(column.ty))
            }
            Expr::Row(all) => Ty::derived(self.exprs(all)?),
            Expr::Array(all) if all.is_empty() => Ty::Unknown,
            Expr::Array(all) => {
                let types = self.exprs(all)?;
                let values: Vec<&Expr> = all.iter().collect();
                arrayed(self.common("ARRAY", &values, &types)?.without_modifiers())
            }
            Expr::Subscript { expr, indexes } => {
                let ty = self.expr(expr)?;
                self.exprs(indexes)?;
                match ty {
                    Ty::Known(ty) if ty.array && indexes.len() == 1 => {
                        Ty::Known(TypeName { array: false, ..ty })
                    }
                    Ty::Known(ty) if self.before.is_some() && !self.has_subscripts(&ty) => {
                        let message = format!(
                            "cannot subscript type {} because it does not support subscripting",
                            self.spelled(&Ty::Known(types::bare(&ty)))
                        );
                        return refused("42804", message);
                    }
                    ty => Ty::derived(vec![ty]),
                }
            }
            Expr::Field { expr, field } => {
                let ty = self.expr(expr)?;
                self.field(&ty, field)?
            }
            Expr::Collate { expr, .. } => self.expr(expr)?,
            Expr::Quantified {
                left, op, right, ..
            } => {
                let ty = self.expr(left)?;
                let other = self.expr(right)?;
                self.quantified(op, (left, &ty), (right, &other))?;
                Ty::plain("bool")
            }
            Expr::Unparsed(text) => {
                self.seen.unread.insert(text.clone());
                Ty::Unknown
            }
        })
    }

    /// The type of what was resolved before, without what resolving it notes.
    pub(super) fn type_again(&mut self, expr: &Expr) -> Result<Ty, Refusal> {
        let seen = self.seen.clone();
        let ty = self.expr(expr);
        self.seen = seen;
        ty
    }

    /// Chains may be hundreds long: the left spine is walked in a loop.
    fn binary(&mut self, expr: &Expr) -> Result<Ty, Refusal> {
        let (mut first, mut rest) = (expr, Vec::new());
        while let Expr::Binary { left, op, right } = first {
            rest.push((left, op, right));
            first = left;
        }
        let mut ty = self.expr(first)?;
        for (left, op, right) in rest.into_iter().rev() {
            let other = self.expr(right)?;
            if matches!(op.as_str(), "AND" | "OR") {
                self.truth(left, &ty, op)?;
                self.truth(right, &other, op)?;
                ty = Ty::plain("bool");
            } else {
                ty = self.operator(op, &[(Some(left), &ty), (Some(right), &other)])?;
            }
        }
        Ok(ty)
    }

    fn column(&mut self, parts: &[Ident]) -> Result<Ty, Refusal> {
        let parts = parts.get(parts.len().saturating_sub(3)..).unwrap_or(parts);
        let (qualifier, name) = match parts {
            [name] => (None, name),
            [table, name] => (Some(QualifiedName::bare(table.clone())), name),
            [schema, table, name] => {
                let full = QualifiedName::new(schema.clone(), table.clone());
                (Some(full), name)
            }
            _ => return Ok(Ty::Unknown),
        };
        let (found, at) = match &qualifier {
            None => self.bare_column(name),
            Some(qualifier) => match self.level_with(qualifier) {
                Some((at, relation)) => (relation.column(name), at),
                None => (Found::NoRelation, 0),
            },
        };
        self.reached |= bit(at);
        match (found, qualifier) {
            (Found::Column(column), _) => {
                self.read_all(std::slice::from_ref(&column));
                self.seen.bindings.push(column.source);
                Ok(column.ty)
            }
            (Found::Other, _) => Ok(Ty::Unknown),
            (Found::Perhaps, _) => {
                self.seen.perhaps.insert(name.to_string());
                Ok(Ty::Unknown)
            }
            (Found::Ambiguous, _) => {
                refused("42702", format!("column reference \"{name}\" is ambiguous"))
            }
            (Found::NoRelation, Some(qualifier)) => self.no_relation(&qualifier),
            (Found::NoRelation | Found::Missing, None) => {
                refused("42703", format!("column \"{name}\" does not exist"))
            }
            // `t.f` is `f(t)` where there is such a function (manual 18, section 36.5.3).
            (Found::Missing, Some(_))
                if self
                    .catalogue
                    .routine(&QualifiedName::bare(name.clone()))
                    .is_some_and(|all| all.iter().any(|one| !one.definition.args.is_empty())) =>
            {
                Ok(Ty::Unknown)
            }
            (Found::Missing, Some(qualifier)) => refused(
                "42703",
                format!("column {}.{name} does not exist", qualifier.name),
            ),
        }
    }

    /// What a bare name means, and at which query level.
    fn bare_column(&self, name: &Ident) -> (Found, usize) {
        for (at, level) in self.levels.iter().enumerate().rev() {
            match level.bare(name) {
                Found::Missing => {}
                found => return (found, at),
            }
        }
        // A relation's name alone is its row as one value.
        match self.level_with(&QualifiedName::bare(name.clone())) {
            Some((at, _)) => (Found::Other, at),
            None => (Found::Missing, 0),
        }
    }

    /// The relation a qualifier means, from the innermost query level outwards.
    pub(super) fn find_relation(&self, name: &QualifiedName) -> Option<ScopeRelation> {
        self.level_with(name).map(|(_, relation)| relation.clone())
    }

    fn level_with(&self, name: &QualifiedName) -> Option<(usize, &ScopeRelation)> {
        let mut levels = self.levels.iter().enumerate().rev();
        levels.find_map(|(at, level)| Some((at, level.relation(name)?)))
    }

    /// The type of an expression, and whether it reads a column of the innermost query level.
    pub(super) fn expr_of_level(&mut self, expr: &Expr) -> Result<(Ty, bool), Refusal> {
        let outside = std::mem::take(&mut self.reached);
        let ty = self.expr(expr)?;
        let innermost = self.levels.len().saturating_sub(1);
        let reads = self.reached & bit(innermost) != 0;
        self.reached |= outside;
        Ok((ty, reads))
    }

    pub(super) fn no_relation<T>(&self, name: &QualifiedName) -> Result<T, Refusal> {
        refused(
            "42P01",
            format!("missing FROM-clause entry for table \"{}\"", name.name),
        )
    }

    fn field(&self, ty: &Ty, field: &Ident) -> Result<Ty, Refusal> {
        let Ty::Known(ty) = ty else {
            return Ok(Ty::Unknown);
        };
        let kind = self
            .catalogue
            .type_def(&ty.qualified_name())
            .map(|def| &def.kind);
        match kind {
            Some(EnumOrOther::Composite(attributes)) if *field != "*" && !ty.array => {
                match attributes.iter().find(|(name, _)| name == field) {
                    Some((_, ty)) => Ok(Ty::Known(ty.clone())),
                    None => refused(
                        "42703",
                        format!("column \"{field}\" not found in data type {}", ty.name),
                    ),
                }
            }
            // As messages of `ParseFuncOrColumn` say it; a field of a row type is of its relation.
            None if self.before.is_some()
                && self.catalogue.relation(&ty.qualified_name()).is_none() =>
            {
                let shown = self.spelled(&Ty::Known(ty.clone()));
                let message = if *field == "*" {
                    format!("type {shown} is not composite")
                } else {
                    format!(
                        "column notation .{field} applied to type {shown}, which is not a composite type"
                    )
                };
                refused("42809", message)
            }
            _ => Ok(Ty::Unknown),
        }
    }

    /// The type a cast names, with its schema where somebody created it.
    fn type_of(&self, ty: &TypeName) -> Result<Ty, Refusal> {
        let name = ty.qualified_name();
        if let Some(def) = self.catalogue.type_def(&name) {
            return Ok(Ty::Known(TypeName {
                schema: Some(def.name.schema.clone()),
                ..ty.clone()
            }));
        }
        let known = |catalogue: &crate::schema::Catalogue| {
            catalogue.type_def(&name).is_some() || catalogue.relation(&name).is_some()
        };
        if self.before.is_some_and(known) && !known(self.catalogue) {
            let brackets = if ty.array { "[]" } else { "" };
            return refused("42704", format!("type \"{name}{brackets}\" does not exist"));
        }
        Ok(Ty::Known(ty.clone()))
    }

    /// `'users'::regclass` and `nextval('users_id_seq')` name a relation.
    fn check_regclass(&mut self, value: &Expr, ty: &Ty) -> Result<(), Refusal> {
        let (Expr::String(text), true) = (value, *ty == Ty::plain("regclass")) else {
            return Ok(());
        };
        let Expr::Column(mut parts) = crate::sql::parse_expr(text) else {
            return Ok(());
        };
        let Some(name) = parts.pop() else {
            return Ok(());
        };
        let name = QualifiedName {
            schema: parts.pop(),
            name,
        };
        let known = |catalogue: &crate::schema::Catalogue| {
            catalogue.relation(&name).is_some() || catalogue.index(&name).is_some()
        };
        if self.before.is_some_and(known) && !known(self.catalogue) {
            return refused("42P01", format!("relation \"{name}\" does not exist"));
        }
        if let Some(relation) = self.catalogue.relation(&name) {
            self.seen.usage.relations.insert(relation.name.clone());
        }
        Ok(())
    }

    fn call(&mut self, call: &Call) -> Result<Ty, Refusal> {
        let args = self.exprs(&call.args)?;
        self.exprs(&call.order_by)?;
        if let Some(filter) = &call.filter {
            self.condition(filter, "FILTER")?;
        }
        self.over.extend(call.over.iter().flatten().cloned());
        if matches!(call.name.name.as_str(), "nextval" | "currval" | "setval")
            && let Some(sequence) = call.args.first()
        {
            self.check_regclass(sequence, &Ty::plain("regclass"))?;
        }
        self.overload(call, &args)
    }

    /// The rows of a function in FROM.
    pub(super) fn function_rows(
        &self,
        call: &Expr,
        ty: Ty,
        alias: Option<&Alias>,
        ordinality: bool,
    ) -> Level {
        let name = match call {
            Expr::Call(call) => call.name.name.clone(),
            _ => Ident::new(""),
        };
        // A function of one column without a name of its own has that of the alias.
        let single = alias.map_or(&name, |alias| &alias.name);
        let own: Option<Vec<Ident>> = match name.as_str() {
            "generate_series"
            | "unnest"
            | "generate_subscripts"
            | "regexp_split_to_table"
            | "string_to_table"
            | "regexp_matches"
            | "jsonb_object_keys"
            | "json_object_keys"
            | "now"
            | "jsonb_path_query" => Some(vec![single.clone()]),
            "jsonb_array_elements"
            | "jsonb_array_elements_text"
            | "json_array_elements"
            | "json_array_elements_text" => Some(vec![Ident::new("value")]),
            "jsonb_each" | "jsonb_each_text" | "json_each" | "json_each_text" => {
                Some(vec![Ident::new("key"), Ident::new("value")])
            }
            _ => None,
        };
        let fields = match (call, &ty) {
            (_, Ty::Known(row)) if self.fields_of(row).is_some() => self.fields_of(row),
            (Expr::Call(call), _) => self.rows_of_routine(call),
            _ => None,
        };
        // Of rows that are put together it is not known what they are made of.
        let own = own.filter(|_| ty != Ty::plain("record") || fields.is_some());
        let named = alias.is_some_and(|alias| !alias.columns.is_empty());
        let open = own.is_none() && fields.is_none() && !named;
        let single = |name| ScopeColumn::computed(name, ty.clone());
        let mut columns: Vec<ScopeColumn> =
            fields.unwrap_or_else(|| own.unwrap_or_default().into_iter().map(single).collect());
        if ordinality {
            let name = Ident::new("ordinality");
            columns.push(ScopeColumn::computed(name, Ty::plain("int8")));
        }
        Level::of_rows(name, columns, open, alias)
    }
}

/// An array of that type.
fn arrayed(ty: Ty) -> Ty {
    match ty {
        Ty::Known(ty) => Ty::Known(ty.into_array()),
        other => Ty::derived(vec![other]),
    }
}

fn number_type(digits: &str) -> &'static str {
    if digits.parse::<i32>().is_ok() {
        "int4"
    } else if digits.parse::<i64>().is_ok() {
        "int8"
    } else {
        "numeric"
    }
}

/// The type after `RETURNS`; unknown for a set of rows.
pub(super) fn returned(written: &str) -> Ty {
    let first = written.split_whitespace().next().unwrap_or_default();
    if first.eq_ignore_ascii_case("table") || first.eq_ignore_ascii_case("setof") {
        return Ty::Unknown;
    }
    match crate::sql::parse_expr(&format!("CAST(NULL AS {written})")) {
        Expr::Cast { ty, .. } => Ty::Known(ty),
        _ => Ty::Unknown,
    }
}

/// The bit of a query level in [`Resolver::reached`].
fn bit(level: usize) -> u64 {
    1 << level.min(63)
}
