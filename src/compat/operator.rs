//! Operators, calls, casts and conditions of a query: which overload they mean, and what is refused of them.

use super::builtins::{self, Context, Signature};
use super::expr::returned;
use super::overload::{Choice, Common, Types};
use super::resolve::{Resolver, refused};
use super::types::{self, Ty, bare};
use crate::schema::{Column, EnumOrOther, Refusal};
use crate::sql::ast::{Call, Expr, Ident, QualifiedName, TypeName, operator_name};

/// Whether a call is neither a cast in disguise nor names its arguments.
fn is_plain_call(call: &Call) -> bool {
    let ty = TypeName::plain(call.name.name.as_str());
    call.named.is_empty() && builtins::category(&ty).is_none()
}

/// An operand with its type; no expression where it is a column of a subquery.
type Operand<'a> = (Option<&'a Expr>, &'a Ty);

impl Resolver<'_> {
    /// As messages spell a type.
    pub(super) fn spelled(&self, ty: &Ty) -> String {
        match ty {
            Ty::Known(ty) => self.catalogue.visible_type(ty).to_string(),
            Ty::Untyped => "unknown".to_owned(),
            Ty::Derived(_) | Ty::Unknown => "record".to_owned(),
        }
    }

    /// An untyped value takes the type that its place wants.
    pub(super) fn take(&mut self, value: &Expr, ty: &Ty, wanted: &TypeName) -> Result<(), Refusal> {
        if *ty != Ty::Untyped {
            return Ok(());
        }
        if let Expr::Parameter(number) = value {
            self.parameters
                .entry(*number)
                .or_insert_with(|| wanted.clone());
        }
        types::check_constant(value, &Ty::Known(wanted.clone()), self.catalogue)
    }

    /// The result of an operator, as written: words in capitals for `LIKE` and its like.
    pub(super) fn operator(&mut self, op: &str, operands: &[Operand<'_>]) -> Result<Ty, Refusal> {
        let mut name = operator_name(op);
        let written = name.name.clone();
        let symbol = match written.as_str() {
            "!=" => "<>",
            "IS DISTINCT FROM" | "IS NOT DISTINCT FROM" => "=",
            "LIKE" => "~~",
            "NOT LIKE" => "!~~",
            "ILIKE" => "~~*",
            "NOT ILIKE" => "!~~*",
            "SIMILAR TO" => "~",
            "NOT SIMILAR TO" => "!~",
            other => other,
        };
        name.name = Ident::new(symbol);
        if let Some(schema) = &name.schema
            && self.before.is_some_and(|before| before.has_schema(schema))
            && !self.catalogue.has_schema(schema)
        {
            return refused("3F000", format!("schema \"{schema}\" does not exist"));
        }
        // A form of the grammar for a function (manual 18, section 9.9).
        if symbol == "OVERLAPS" {
            return Ok(Ty::plain("bool"));
        }
        if let [(Some(Expr::Row(left)), _), (Some(Expr::Row(right)), _)] = operands
            && left.len() == right.len()
        {
            return self.row_wise(op, left, right);
        }
        let given: Vec<Ty> = operands.iter().map(|(_, ty)| (*ty).clone()).collect();
        let types = Types(self.catalogue);
        let choice = types.operator(&name, &given);
        match choice {
            Choice::One(wanted, result) => {
                let own = types.own_operator(&name, &wanted);
                if let Some(routine) = own.and_then(|own| self.catalogue.routine_of(own)) {
                    self.look_through(&routine.definition.name.to_string(), routine);
                }
                for ((expr, ty), wanted) in operands.iter().zip(&wanted) {
                    if let Some(expr) = expr {
                        self.take(expr, ty, wanted)?;
                    }
                }
                Ok(result.map_or(Ty::Unknown, Ty::Known))
            }
            Choice::Unknown => {
                self.seen.vague = true;
                Ok(match given.as_slice() {
                    [left, right] => types::binary(written.as_str(), left, right)?,
                    _ => Ty::derived(given),
                })
            }
            Choice::None | Choice::Several if self.excused(&name.to_string(), &given) => {
                Ok(Ty::Unknown)
            }
            Choice::None | Choice::Several => {
                let spelled: Vec<String> = given.iter().map(|ty| self.spelled(ty)).collect();
                let text = match spelled.as_slice() {
                    [left, right] => format!("{left} {name} {right}"),
                    all => format!("{name} {}", all.join(" ")),
                };
                match choice {
                    Choice::Several => refused("42725", format!("operator is not unique: {text}")),
                    _ => refused("42883", format!("operator does not exist: {text}")),
                }
            }
        }
    }

    /// Two rows are compared field by field (manual 18, section 9.25.5).
    fn row_wise(&mut self, op: &str, left: &[Expr], right: &[Expr]) -> Result<Ty, Refusal> {
        for (one, other) in left.iter().zip(right) {
            let types = (self.type_again(one)?, self.type_again(other)?);
            self.operator(op, &[(Some(one), &types.0), (Some(other), &types.1)])?;
        }
        Ok(Ty::plain("bool"))
    }

    /// What was not found on the schema on which the query worked is something we do not know. Of a query alone that is
    /// all that extensions and users may bring, and what is said of types with rules of their own.
    fn excused(&mut self, name: &str, given: &[Ty]) -> bool {
        if self.alone {
            let catalogue = self.catalogue;
            let brought = self.has_extensions()
                || catalogue.operators().next().is_some()
                || catalogue.casts().next().is_some();
            return brought || !given.iter().all(|ty| self.is_plain(ty));
        }
        if self.before.is_none() {
            self.seen.unmatched.insert(name.to_owned());
        }
        self.before.is_none() || self.lenient.contains(name)
    }

    fn has_extensions(&self) -> bool {
        self.catalogue.extensions().next().is_some()
    }

    /// Whether a type has nothing but what `pg_operator.dat` and `pg_proc.dat` say of it.
    fn is_plain(&self, ty: &Ty) -> bool {
        const PLAIN: &[&str] = &[
            "bool",
            "bpchar",
            "bytea",
            "date",
            "float4",
            "float8",
            "int2",
            "int4",
            "int8",
            "interval",
            "json",
            "jsonb",
            "numeric",
            "text",
            "time",
            "timestamp",
            "timestamptz",
            "uuid",
            "varchar",
        ];
        let Ty::Known(ty) = ty else { return false };
        let system = ty
            .schema
            .as_ref()
            .is_none_or(|schema| schema == "pg_catalog");
        let base = !ty.array && system && PLAIN.contains(&ty.name.as_str());
        base && self.catalogue.type_def(&ty.qualified_name()).is_none()
            || self.catalogue.labels(ty).is_some() && !ty.array
    }

    /// The type of NULLIF: its first argument as the operator `=` takes it (manual 18, section 9.18.3).
    fn nullif(&self, args: &[Ty]) -> Ty {
        let equal = QualifiedName::bare("=");
        match (args, Types(self.catalogue).operator(&equal, args)) {
            ([Ty::Known(first), ..], Choice::One(wanted, _)) => match wanted.first() {
                Some(wanted)
                    if wanted.qualified_name() != first.qualified_name()
                        && !wanted.name.as_str().starts_with("any") =>
                {
                    Ty::Known(wanted.clone())
                }
                _ => Ty::Known(first.clone()),
            },
            ([Ty::Untyped, ..], _) => Ty::plain("text"),
            ([first, ..], _) => first.clone(),
            ([], _) => Ty::Unknown,
        }
    }

    /// The function a call means, and what it returns.
    pub(super) fn overload(&mut self, call: &Call, args: &[Ty]) -> Result<Ty, Refusal> {
        let name = call.name.name.as_str();
        let values: Vec<&Expr> = call.args.iter().collect();
        if call.name.schema.is_none() {
            match name {
                "coalesce" | "greatest" | "least" => {
                    return self.common(&name.to_uppercase(), &values, args);
                }
                "nullif" if args.len() == 2 => {
                    let operands: Vec<Operand<'_>> =
                        values.iter().copied().map(Some).zip(args).collect();
                    self.operator("=", &operands)?;
                    return Ok(self.nullif(args));
                }
                "percentile_cont" | "percentile_disc" | "mode" | "rank" | "dense_rank"
                | "percent_rank" | "cume_dist" | "grouping" | "is_json" | "is_normalized"
                | "json_object" | "json_array"
                    if call.over.is_none() =>
                {
                    return Ok(types::built_in(call, args).unwrap_or(Ty::Unknown));
                }
                _ => {}
            }
        }
        let (function, special) = match name {
            "trim" => (Ident::new("btrim"), true),
            "extract" | "position" | "timezone" | "overlay" => (call.name.name.clone(), true),
            _ => (call.name.name.clone(), false),
        };
        let own = self.catalogue.callable(&call.name, args.len());
        let takes = |routine: &&crate::schema::Routine| {
            let names = &routine.definition.names;
            let known = names.len() == routine.definition.args.len();
            !known
                || call
                    .named
                    .iter()
                    .all(|name| names.contains(&Some(name.clone())))
        };
        if self.before.is_some() && !own.is_empty() && !own.iter().any(takes) {
            let names: Vec<&str> = call.named.iter().map(Ident::as_str).collect();
            let message = format!(
                "function {}({} => ..) does not exist",
                call.name,
                names.join(" => .., ")
            );
            return refused("42883", message);
        }
        let mut candidates: Vec<Signature> = own
            .iter()
            .map(|routine| Signature {
                args: routine
                    .definition
                    .args
                    .iter()
                    .map(|ty| self.catalogue.argument_type(ty))
                    .collect(),
                result: routine.definition.returns.as_deref().and_then(|text| {
                    match returned(text) {
                        Ty::Known(ty) => self.catalogue.resolve_type(&ty).ok(),
                        Ty::Untyped | Ty::Derived(_) | Ty::Unknown => None,
                    }
                }),
                variadic: routine.definition.variadic,
                defaults: routine.definition.defaults,
            })
            .collect();
        let system = call.name.may_be_system();
        let only_system = system && candidates.is_empty();
        if system && !only_system {
            candidates.extend(builtins::functions(&function, self.catalogue.version()));
        }
        let stars = call
            .args
            .iter()
            .any(|arg| matches!(arg, Expr::Wildcard(None)));
        let given = if stars { &[] } else { args };
        let known_before = self
            .before
            .is_some_and(|before| before.routine(&call.name).is_some());
        let nowhere = candidates.is_empty() && !(only_system && builtins::is_function(&function));
        if nowhere && !known_before {
            let known = types::built_in(call, args).is_some();
            self.seen.vague |= !known;
            if !known && self.before.is_none() && call.name.schema.is_none() {
                self.seen.unmatched.insert(name.to_owned());
            }
            return Ok(types::built_in(call, args).unwrap_or_else(|| Ty::derived(args.to_vec())));
        }
        let since = builtins::versions_of(&function);
        let version = self.catalogue.version();
        let later = version.is_some_and(|own| !since.iter().any(|one| one.contains(own)));
        if self.alone && only_system && !since.is_empty() && later && !self.has_extensions() {
            let message = format!("function {} does not exist", call.name);
            return refused("42883", message);
        }
        // No function of the user's takes so many, and the system has none of that name.
        let none_takes = !own.is_empty() && !own.iter().any(|one| one.takes(given.len()));
        let misfit =
            self.alone && none_takes && candidates.len() == own.len() && !self.has_extensions();
        let types = Types(self.catalogue);
        let mut choice = if only_system {
            types.function(&function, given)
        } else {
            types.choose(&candidates, given, false)
        };
        if let Choice::One(wanted, _) = &choice {
            let same = |signature: &&Signature| {
                super::overload::expanded(signature, given.len()).as_ref() == Some(wanted)
            };
            let chosen = candidates.iter().take(own.len()).position(|one| same(&one));
            // Two that differ only in arguments with defaults are as good as each other.
            if candidates.iter().take(own.len()).filter(same).count() > 1 {
                choice = Choice::Several;
            } else if let Some(routine) = chosen.and_then(|at| own.get(at)) {
                self.look_through(&call.name.to_string(), routine);
            }
        }
        match choice {
            Choice::One(wanted, result) => {
                // Which one an argument with a name is, is not kept.
                let placed = values.iter().zip(args).filter(|_| call.named.is_empty());
                for ((value, ty), wanted) in placed.zip(&wanted) {
                    self.take(value, ty, wanted)?;
                }
                Ok(result.map_or(Ty::Unknown, Ty::Known))
            }
            Choice::Unknown => {
                self.seen.vague = true;
                match self.gone(&call.name, args.len()) {
                    true => refused("42883", format!("function {} does not exist", call.name)),
                    false => {
                        Ok(types::built_in(call, args)
                            .unwrap_or_else(|| Ty::derived(args.to_vec())))
                    }
                }
            }
            Choice::None | Choice::Several
                if self.excused(name, given) && !misfit
                    || self.alone && !(only_system && is_plain_call(call) || misfit) =>
            {
                Ok(Ty::Unknown)
            }
            Choice::None | Choice::Several => {
                let spelled: Vec<String> = given.iter().map(|ty| self.spelled(ty)).collect();
                let schema = if special { "pg_catalog." } else { "" };
                let shown = if special {
                    function.to_string()
                } else {
                    call.name.to_string()
                };
                let text = format!("function {schema}{shown}({})", spelled.join(", "));
                match choice {
                    Choice::Several => refused("42725", format!("{text} is not unique")),
                    _ => refused("42883", format!("{text} does not exist")),
                }
            }
        }
    }

    /// Whether only the schema before had such a function for so many arguments.
    fn gone(&self, name: &QualifiedName, given: usize) -> bool {
        let accepts = |catalogue: &crate::schema::Catalogue| {
            let overloads = catalogue.callable(name, given);
            overloads.iter().any(|routine| routine.takes(given))
        };
        self.before.is_some_and(accepts) && !accepts(self.catalogue)
    }

    /// One type for several values, which untyped ones take.
    pub(super) fn common(
        &mut self,
        word: &str,
        values: &[&Expr],
        all: &[Ty],
    ) -> Result<Ty, Refusal> {
        let found = Types(self.catalogue).common(all);
        let shown = |ty: &TypeName| self.catalogue.visible_type(ty).to_string();
        match found {
            Common::One(Ty::Untyped) => Ok(if word == "VALUES" || values.is_empty() {
                Ty::Untyped
            } else {
                Ty::plain("text")
            }),
            Common::One(Ty::Known(ty)) => {
                for (value, own) in values.iter().zip(all) {
                    self.take(value, own, &ty)?;
                }
                let ty = Ty::Known(ty);
                Ok(if all.contains(&Ty::Untyped) {
                    ty.without_modifiers()
                } else {
                    ty
                })
            }
            Common::One(other) => Ok(other),
            Common::Apart(one, other) => refused(
                "42804",
                format!(
                    "{word} types {} and {} cannot be matched",
                    shown(&one),
                    shown(&other)
                ),
            ),
            Common::NoWay(one, other) => refused(
                "42846",
                format!(
                    "{word} could not convert type {} to {}",
                    shown(&one),
                    shown(&other)
                ),
            ),
        }
    }

    /// `a IN (..)`: all that reads no column of this query level is compared in one common type, when
    /// there is one (`transformAExprIn`).
    pub(super) fn in_list(&mut self, left: &Expr, ty: &Ty, list: &[Expr]) -> Result<(), Refusal> {
        let mut rest = Vec::new();
        for one in list {
            let (own, reads) = self.expr_of_level(one)?;
            rest.push((one, own, reads));
        }
        let mut all = vec![ty.clone()];
        let still = rest.iter().filter(|(.., reads)| !reads);
        all.extend(still.map(|(_, ty, _)| ty.clone()));
        let common = match Types(self.catalogue).common(&all) {
            Common::One(Ty::Known(ty)) if all.len() > 2 => Some(bare(&ty)),
            _ => None,
        };
        for (one, own, reads) in &rest {
            match &common {
                Some(common) if !reads => {
                    self.take(one, own, common)?;
                    self.operator("=", &[(Some(left), ty), (None, &Ty::Known(common.clone()))])?;
                }
                _ => {
                    self.operator("=", &[(Some(left), ty), (Some(one), own)])?;
                }
            }
        }
        Ok(())
    }

    /// Whether it is an array, or may be: `int2vector` and its like, and what is not known.
    fn is_array(&self, ty: &TypeName) -> bool {
        let base = Types(self.catalogue).base(ty);
        let category = Types(self.catalogue).category(&base);
        category.is_none_or(|(category, _)| category == 'A')
    }

    /// Whether it may be subscripted: an array, `jsonb` and what we know nothing of.
    pub(super) fn has_subscripts(&self, ty: &TypeName) -> bool {
        let known = builtins::category(&Types(self.catalogue).base(ty)).is_some();
        !known || self.is_array(ty) || ty.name == "jsonb"
    }

    /// `a = ANY (array)`.
    pub(super) fn quantified(
        &mut self,
        op: &str,
        (left, ty): (&Expr, &Ty),
        (right, other): (&Expr, &Ty),
    ) -> Result<(), Refusal> {
        let element = match (right, other) {
            (Expr::Subquery(_), other) => other.clone(),
            (_, Ty::Known(array)) if array.array => Ty::Known(TypeName {
                array: false,
                ..bare(array)
            }),
            (_, Ty::Untyped) => {
                if let Ty::Known(ty) = ty {
                    self.take(right, other, &bare(ty).into_array())?;
                }
                return Ok(());
            }
            (_, Ty::Known(other)) if self.before.is_some() && !self.is_array(other) => {
                let message = "op ANY/ALL (array) requires array on right side";
                return refused("42809", message.to_owned());
            }
            _ => return Ok(()),
        };
        self.operator(op, &[(Some(left), ty), (None, &element)])
            .map(drop)
    }

    /// An expression that must be true or false.
    pub(super) fn condition(&mut self, expr: &Expr, word: &str) -> Result<(), Refusal> {
        let ty = self.expr(expr)?;
        self.truth(expr, &ty, word)
    }

    pub(super) fn truth(&mut self, expr: &Expr, ty: &Ty, word: &str) -> Result<(), Refusal> {
        let wanted = TypeName::plain("bool");
        if let Ty::Known(own) = ty
            && Types(self.catalogue).becomes(own, &wanted, Context::Assignment) == Some(false)
        {
            let own = self.spelled(&ty.clone().without_modifiers());
            return refused(
                "42804",
                format!("argument of {word} must be type boolean, not type {own}"),
            );
        }
        self.take(expr, ty, &wanted)
    }

    pub(super) fn castable(&mut self, expr: &Expr, from: &Ty, to: &Ty) -> Result<(), Refusal> {
        if let (Expr::Parameter(number), Ty::Untyped, Ty::Known(to)) = (expr, from, to) {
            self.parameters.entry(*number).or_insert_with(|| to.clone());
        }
        if let (Expr::Row(parts), Ty::Known(to)) = (expr, to)
            && let Some(def) = self.catalogue.type_def(&to.qualified_name())
            && let EnumOrOther::Composite(attributes) = &def.kind
            && parts.len() != attributes.len()
        {
            let to = self.spelled(&Ty::Known(bare(to)));
            return refused("42846", format!("cannot cast type record to {to}"));
        }
        if let (Ty::Known(one), Ty::Known(other)) = (from, to)
            && Types(self.catalogue).becomes(one, other, Context::Explicit) == Some(false)
        {
            let spelled = |ty: &Ty| self.spelled(&ty.clone().without_modifiers());
            return refused(
                "42846",
                format!("cannot cast type {} to {}", spelled(from), spelled(to)),
            );
        }
        Ok(())
    }

    /// Refuses a value that has no assignment cast to the column's type (manual 18, section 10.4).
    pub(super) fn assignment(&self, column: &Column, ty: &Ty) -> Result<(), Refusal> {
        let Ty::Known(from) = ty else { return Ok(()) };
        if Types(self.catalogue).becomes(from, &column.ty, Context::Assignment) != Some(false) {
            return Ok(());
        }
        let spelled = |ty: &TypeName| self.catalogue.visible_type(ty).to_string();
        refused(
            "42804",
            format!(
                "column \"{}\" is of type {} but expression is of type {}",
                column.name,
                spelled(&column.ty),
                spelled(from)
            ),
        )
    }
}
