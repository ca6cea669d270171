//! What PostgreSQL refuses of the expressions in a statement that changes the schema, as its analyser reads them.

use std::collections::BTreeSet;

use super::alone::refusal as refusal_of;
use super::builtins::{self, Context};
use super::overload::Types;
use super::resolve::{Resolver, refused};
use super::scope::Level;
use super::types::{self, Ty};
use crate::effects::expr::visit;
use crate::schema::{Catalogue, Refusal, Relation};
use crate::sql::ast::{
    AlterDomain, Change, ColumnConstraintKind, ColumnDef, CreateRoutine, Expr, Ident, IndexKey,
    QualifiedName, Query, QueryBody, SelectItem, SqlExpr, TableAction, TableConstraintKind,
    TypeName,
};

/// Why a statement is refused for an expression in it: a function or column that is not there, a value that a type has
/// none of, a condition that is none, a result that changes where it must not.
///
/// `before` and `after` are the schemas around it. Where the schema is not known whole, nothing is refused.
pub fn refusal_within(
    change: &Change,
    before: &Catalogue,
    after: &Catalogue,
    version: u16,
) -> Option<Refusal> {
    if before.is_incomplete() || after.is_incomplete() {
        return None;
    }
    let place = |table| Place {
        catalogue: before,
        table,
        version,
    };
    match change {
        Change::CreateTable(create) => {
            let place = place(after.relation(&create.name));
            let mut columns = create.columns.iter();
            columns
                .find_map(|column| place.column(column, false).err())
                .or_else(|| {
                    let mut kinds = create.constraints.iter().map(|one| &one.kind);
                    kinds.find_map(|kind| place.constraint(kind).err())
                })
        }
        Change::AlterTable(alter) => {
            let (old, new) = (before.relation(&alter.name), after.relation(&alter.name));
            if old.is_none() && new.is_none() {
                return None;
            }
            let mut actions = alter.actions.iter();
            actions.find_map(|action| {
                let outcome = match &action.action {
                    TableAction::AddColumn { column, .. }
                        if old.is_some_and(|old| old.column(&column.name).is_none()) =>
                    {
                        place(new).column(column, true)
                    }
                    TableAction::AddConstraint(constraint) => {
                        place(new).constraint(&constraint.kind)
                    }
                    TableAction::SetDefault { column, expr } => {
                        let column = new.and_then(|table| table.column(column));
                        column.map_or(Ok(()), |column| {
                            place(None).default(&expr.expr, &column.ty, &column.name, false)
                        })
                    }
                    TableAction::AlterType {
                        column,
                        ty,
                        using: Some(using),
                        ..
                    } => place(old).transformed(&using.expr, ty, column),
                    _ => Ok(()),
                };
                outcome.err()
            })
        }
        Change::CreateIndex(create) => {
            let table = before.relation(&create.table);
            let taken = create.name.as_ref().is_some_and(|name| {
                let schema = table.map(|table| table.name.schema.clone());
                before
                    .index(&QualifiedName {
                        schema,
                        name: name.clone(),
                    })
                    .is_some()
            });
            if create.if_not_exists && taken {
                return None;
            }
            let place = place(table);
            let mut keys = create
                .elements
                .iter()
                .filter_map(|element| match &element.key {
                    IndexKey::Expr(expr) => Some(expr),
                    IndexKey::Column(_) => None,
                });
            keys.find_map(|key| {
                place
                    .lasting(
                        key,
                        "functions in index expression must be marked IMMUTABLE",
                    )
                    .err()
            })
            .or_else(|| {
                let predicate = create.predicate.as_ref()?;
                let steady = place.lasting(
                    predicate,
                    "functions in index predicate must be marked IMMUTABLE",
                );
                steady
                    .and_then(|()| place.condition(predicate, "WHERE"))
                    .err()
            })
        }
        Change::CreateDomain(domain) => {
            let place = place(None);
            let default = domain.default.as_ref()?;
            place
                .default(&default.expr, &domain.ty, &domain.name.name, false)
                .err()
        }
        Change::AlterDomain {
            name,
            action: AlterDomain::Default(Some(default)),
        } => {
            let ty = TypeName {
                schema: name.schema.clone(),
                ..TypeName::plain(name.name.as_str())
            };
            place(None)
                .default(&default.expr, &before.base_type(&ty), &name.name, false)
                .err()
        }
        Change::CreatePolicy(policy) | Change::AlterPolicy(policy) => {
            let place = place(before.relation(&policy.table));
            let mut all = policy.using.iter().chain(&policy.check);
            all.find_map(|condition| place.condition(condition, "POLICY").err())
        }
        Change::CreateRoutine(routine) => body(routine, before, after),
        Change::CreateView(create) if !create.recursive => {
            let query = create.query.query.as_ref().ok()?;
            refusal_of(query, before).or_else(|| twice_named(query, &create.query.columns))
        }
        _ => None,
    }
}

/// Two columns of a view that have one name, as far as they are named in plain sight.
fn twice_named(query: &Query, given: &[Ident]) -> Option<Refusal> {
    let QueryBody::Select(select) = &query.body else {
        return None;
    };
    let plain = |item: &SelectItem| matches!(item, SelectItem::Expr { .. });
    if !given.is_empty() && !select.projection.iter().all(plain) {
        return None;
    }
    let mut seen = BTreeSet::new();
    let mut named = select
        .projection
        .iter()
        .enumerate()
        .map(|(at, item)| match item {
            SelectItem::Expr { expr, alias } => {
                let own = match (alias, expr) {
                    (Some(alias), _) => Some(alias),
                    (None, Expr::Column(parts)) => parts.last(),
                    _ => None,
                };
                given.get(at).or(own)
            }
            SelectItem::Wildcard | SelectItem::QualifiedWildcard(_) => None,
        });
    let twice = named.find_map(|name| name.filter(|name| !seen.insert(*name)))?;
    Some(Refusal {
        sqlstate: "42701",
        message: format!("column \"{twice}\" specified more than once"),
    })
}

/// Where an expression stands.
struct Place<'c> {
    catalogue: &'c Catalogue,
    /// The table whose columns it can name.
    table: Option<&'c Relation>,
    version: u16,
}

type Outcome = Result<(), Refusal>;

impl<'c> Place<'c> {
    fn resolver(&self) -> Resolver<'c> {
        // With an extension, operators and functions that we do not know may be its own.
        let before =
            Some(self.catalogue).filter(|catalogue| catalogue.extensions().next().is_none());
        let mut resolver = Resolver::new(self.catalogue, before);
        resolver.alone = true;
        if let Some(table) = self.table {
            resolver.levels.push(Level::of_relation(table, None));
        }
        resolver
    }

    fn known(&self) -> bool {
        self.table.is_none_or(|table| table.columns_known)
    }

    fn column(&self, column: &ColumnDef, fills_rows: bool) -> Outcome {
        let ty = column
            .ty
            .as_ref()
            .and_then(|ty| self.catalogue.resolve_type(ty).ok());
        for one in &column.constraints {
            match (&one.kind, &ty) {
                (ColumnConstraintKind::Default(default), Some(ty)) => {
                    let bare = Self {
                        table: None,
                        ..*self
                    };
                    bare.default(&default.expr, ty, &column.name, fills_rows)?;
                }
                (ColumnConstraintKind::Generated { expr, .. }, Some(ty)) => {
                    self.lasting(expr, "generation expression is not immutable")?;
                    self.assigned(&expr.expr, ty, &column.name, "expression")?;
                }
                (ColumnConstraintKind::Check(check), _) => self.condition(check, "CHECK")?,
                _ => {}
            }
        }
        Ok(())
    }

    fn constraint(&self, kind: &TableConstraintKind) -> Outcome {
        match kind {
            TableConstraintKind::Check(check) => self.condition(check, "CHECK"),
            _ => Ok(()),
        }
    }

    fn default(&self, default: &Expr, ty: &TypeName, column: &Ident, fills_rows: bool) -> Outcome {
        self.calls(default, "DEFAULT expressions")?;
        self.assigned(default, ty, column, "default expression")?;
        if fills_rows && let Some(number) = whole(default) {
            let base = self.catalogue.base_type(ty);
            let limit = match base.name.as_str() {
                _ if base.array || base.schema.is_some() => return Ok(()),
                "int2" => i128::from(i16::MAX),
                "int4" => i128::from(i32::MAX),
                "int8" => i128::from(i64::MAX),
                _ => return Ok(()),
            };
            if number > limit || number < -limit - 1 {
                return refused("22003", format!("{} out of range", types::bare(&base)));
            }
        }
        Ok(())
    }

    /// Refuses what a column of a type cannot be given (manual 18, section 10.4).
    fn assigned(&self, expr: &Expr, ty: &TypeName, column: &Ident, what: &str) -> Outcome {
        let Some(from) = self.unfit(expr, ty)? else {
            return Ok(());
        };
        let spelled = |ty: &TypeName| self.catalogue.visible_type(ty).to_string();
        refused(
            "42804",
            format!(
                "column \"{column}\" is of type {} but {what} is of type {}",
                spelled(ty),
                spelled(&from)
            ),
        )
    }

    /// The type of an expression that a column of another type does not take.
    fn unfit(&self, expr: &Expr, ty: &TypeName) -> Result<Option<TypeName>, Refusal> {
        if !self.known() {
            return Ok(None);
        }
        let own = self.resolver().expr(expr)?;
        types::check_constant(expr, &Ty::Known(ty.clone()), self.catalogue)?;
        let Ty::Known(from) = own else {
            return Ok(None);
        };
        let fits = Types(self.catalogue).becomes(&from, ty, Context::Assignment);
        Ok((fits == Some(false)).then_some(from))
    }

    /// Refuses a USING clause that gives nothing of the new type (`ATPrepAlterColumnType`).
    fn transformed(&self, using: &Expr, ty: &TypeName, column: &Ident) -> Outcome {
        let Ok(ty) = self.catalogue.resolve_type(ty) else {
            return Ok(());
        };
        self.calls(using, "transform expressions")?;
        if self.unfit(using, &ty)?.is_none() {
            return Ok(());
        }
        let ty = self.catalogue.visible_type(&ty);
        refused(
            "42804",
            format!(
                "result of USING clause for column \"{column}\" cannot be cast automatically to type {ty}"
            ),
        )
    }

    fn condition(&self, condition: &SqlExpr, word: &str) -> Outcome {
        if !self.known() {
            return Ok(());
        }
        let what = match word {
            "CHECK" => "check constraints",
            "POLICY" => "policy expressions",
            _ => "index predicates",
        };
        self.calls(&condition.expr, what)?;
        self.resolver().condition(&condition.expr, word)
    }

    /// Refuses a function that does not exist, or that gathers rows where there are none.
    fn calls(&self, expr: &Expr, what: &str) -> Outcome {
        let mut outcome = Ok(());
        visit(expr, &mut |part| {
            if let (Expr::Call(call), true) = (part, outcome.is_ok()) {
                outcome = self.call(&call.name, call.over.is_some(), what);
            }
        });
        outcome
    }

    fn call(&self, name: &QualifiedName, windowed: bool, what: &str) -> Outcome {
        if self.catalogue.routine(name).is_some() || has_its_own_grammar(name.name.as_str()) {
            return Ok(());
        }
        let since = builtins::versions_of(&name.name);
        if name.may_be_system() && since.iter().any(|one| one.contains(self.version)) {
            if windowed {
                return refused(
                    "42P20",
                    format!("window functions are not allowed in {what}"),
                );
            }
            if builtins::is_aggregate(&name.name) {
                return refused(
                    "42803",
                    format!("aggregate functions are not allowed in {what}"),
                );
            }
            return Ok(());
        }
        if let Some(schema) = &name.schema {
            if self.catalogue.schemas().any(|own| own == schema)
                && self.catalogue.extensions().next().is_some()
            {
                return Ok(());
            }
            if !self.catalogue.schemas().any(|own| own == schema) {
                return refused("3F000", format!("schema \"{schema}\" does not exist"));
            }
        }
        let brought = extension_of(name.name.as_str());
        let installed = |wanted: &str| self.catalogue.extensions().any(|(own, _)| *own == wanted);
        let unknown_ones = brought.is_none() && self.catalogue.extensions().next().is_some();
        let is_type = self.catalogue.type_def(name).is_some()
            || builtins::category(&TypeName::plain(name.name.as_str())).is_some();
        if unknown_ones || brought.is_some_and(installed) || is_type {
            return Ok(());
        }
        refused("42883", format!("function {name} does not exist"))
    }

    /// Refuses what is not the same for ever, as far as that hangs on types: dates and times as text and the like.
    fn lasting(&self, expr: &SqlExpr, message: &str) -> Outcome {
        if !self.known() {
            return Ok(());
        }
        self.calls(&expr.expr, "index expressions")?;
        let mut resolver = self.resolver();
        resolver.expr(&expr.expr)?;
        let mut steady = true;
        visit(&expr.expr, &mut |part| steady &= !self.wavers(part));
        match steady {
            true => Ok(()),
            false => refused("42P17", message.to_owned()),
        }
    }

    /// Whether the value of this very expression hangs on a setting of the session (`pg_proc.provolatile`; a cast without
    /// a function of its own goes by the types' input and output functions).
    fn wavers(&self, part: &Expr) -> bool {
        let type_of = |expr: &Expr| match self.resolver().expr(expr) {
            Ok(Ty::Known(ty)) => Some(self.catalogue.base_type(&ty)),
            _ => None,
        };
        match part {
            Expr::Cast { expr, ty } => {
                let Some(from) = type_of(expr) else {
                    return false;
                };
                let to = self
                    .catalogue
                    .resolve_type(ty)
                    .map_or_else(|_| ty.clone(), |ty| self.catalogue.base_type(&ty));
                self.cast_wavers(&from, &to)
            }
            Expr::Call(call) => {
                let first = || call.args.first().and_then(type_of);
                let second = || call.args.get(1).and_then(type_of);
                let zoned = |ty: Option<TypeName>| {
                    ty.is_some_and(|ty| !ty.array && ty.name == "timestamptz")
                };
                match call.name.name.as_str() {
                    _ if call.name.schema.is_some()
                        || self.catalogue.routine(&call.name).is_some() =>
                    {
                        false
                    }
                    "to_tsvector"
                    | "to_tsquery"
                    | "plainto_tsquery"
                    | "phraseto_tsquery"
                    | "websearch_to_tsquery" => call.args.len() == 1,
                    "date" | "timestamp" => zoned(first()),
                    "date_trunc" => zoned(second()) && call.args.len() == 2,
                    "date_part" | "extract" => zoned(second()),
                    _ => false,
                }
            }
            _ => false,
        }
    }

    fn cast_wavers(&self, from: &TypeName, to: &TypeName) -> bool {
        const ZONELESS: [&str; 4] = ["timestamp", "date", "time", "text"];
        let is = |ty: &TypeName, names: &[&str]| {
            !ty.array && ty.schema.is_none() && names.iter().any(|name| ty.name == *name)
        };
        let textual = |ty: &TypeName| is(ty, &["text", "varchar", "bpchar"]);
        let label = |ty: &TypeName| self.catalogue.labels(ty).is_some();
        let moment = |ty: &TypeName| is(ty, &["timestamp", "timestamptz", "date"]);
        let named = |ty: &TypeName| ty.schema.is_none() && ty.name.as_str().starts_with("reg");
        (is(from, &["timestamptz"]) && (is(to, &ZONELESS) || textual(to)))
            || (is(to, &["timestamptz"]) && is(from, &["timestamp", "date"]))
            || (textual(to) && (moment(from) || label(from) || from.array || named(from)))
            || (textual(from) && (moment(to) || label(to)))
    }
}

/// The body of a function in SQL is analysed when it is made, unless it is said that it should not be
/// (manual 18, CREATE FUNCTION; `check_function_bodies`).
fn body(routine: &CreateRoutine, before: &Catalogue, after: &Catalogue) -> Option<Refusal> {
    let text = routine.body.as_deref()?;
    if routine.language.as_deref() == Some("plpgsql")
        && let Some(reason) = crate::sql::misspelt(text)
    {
        return Some(Refusal {
            sqlstate: "42601",
            message: format!("syntax error in the body: {reason}"),
        });
    }
    let polymorphic = routine
        .args
        .iter()
        .any(|ty| ty.name.as_str().starts_with("any"));
    if routine.language.as_deref() != Some("sql")
        || polymorphic
        || before.extensions().next().is_some()
    {
        return None;
    }
    let parsed = crate::sql::parse(text);
    let mut last = None;
    for statement in &parsed.statements {
        let query = crate::sql::parse_query(statement.span.text(text)).ok()?;
        let mut resolver = Resolver::new(after, None);
        resolver.takes_arguments(routine);
        let seen = resolver.run(&query);
        if let Some(refusal) = seen.refusal {
            return Some(refusal);
        }
        last = seen.shape;
    }
    let [column] = last?.try_into().ok()?;
    let column: super::scope::ScopeColumn = column;
    let written = routine
        .returns
        .as_deref()
        .filter(|_| routine.outputs.is_empty())?;
    let (Ty::Known(own), Ty::Known(declared)) = (column.ty, super::expr::returned(written)) else {
        return None;
    };
    let declared = after.resolve_type(&declared).ok()?;
    let plain = !declared.array
        && builtins::category(&declared).is_some_and(|(category, _)| category != 'P');
    let becomes = Types(after).becomes(&own, &declared, Context::Assignment);
    (plain && becomes == Some(false)).then(|| Refusal {
        sqlstate: "42P13",
        message: format!(
            "return type mismatch in function declared to return {}",
            after.visible_type(&declared)
        ),
    })
}

/// A whole number, with its sign.
fn whole(expr: &Expr) -> Option<i128> {
    match expr {
        Expr::Number(digits) => digits.parse().ok(),
        Expr::Unary { op, expr } if op == "-" => whole(expr).map(|number| -number),
        _ => None,
    }
}

/// What looks like a call and is a form of the grammar, or one of its words for a value.
pub(super) fn has_its_own_grammar(name: &str) -> bool {
    const WORDS: &[&str] = &[
        "array",
        "cast",
        "coalesce",
        "collation",
        "current_catalog",
        "current_date",
        "current_role",
        "current_schema",
        "current_time",
        "current_timestamp",
        "current_user",
        "exists",
        "extract",
        "greatest",
        "grouping",
        "is_json",
        "is_normalized",
        "json",
        "json_array",
        "json_arrayagg",
        "json_exists",
        "json_object",
        "json_objectagg",
        "json_query",
        "json_scalar",
        "json_serialize",
        "json_table",
        "json_value",
        "least",
        "localtime",
        "localtimestamp",
        "merge_action",
        "normalize",
        "nullif",
        "overlay",
        "position",
        "row",
        "session_user",
        "substring",
        "system_user",
        "treat",
        "trim",
        "user",
        "xmlattributes",
        "xmlconcat",
        "xmlelement",
        "xmlexists",
        "xmlforest",
        "xmlparse",
        "xmlpi",
        "xmlroot",
        "xmlserialize",
        "xmltable",
        "timezone",
        "interval",
    ];
    WORDS.contains(&name)
}

/// The extension that brings a function, of those that defaults and indexes use most (manual 18, appendix F).
fn extension_of(function: &str) -> Option<&'static str> {
    Some(match function {
        "uuid_generate_v1" | "uuid_generate_v1mc" | "uuid_generate_v3" | "uuid_generate_v4"
        | "uuid_generate_v5" | "uuid_nil" => "uuid-ossp",
        "crypt" | "digest" | "gen_random_bytes" | "gen_salt" | "hmac" | "pgp_sym_encrypt"
        | "pgp_sym_decrypt" => "pgcrypto",
        "show_trgm" | "similarity" | "strict_word_similarity" | "word_similarity" => "pg_trgm",
        "unaccent" => "unaccent",
        _ => return None,
    })
}
