//! Replays the statements inside the body of a DO block.

use std::sync::Arc;

use super::guard::Decided;
use super::session::Outcome;
use super::{Catalogue, Refusal, Session, builtins};
use crate::sql::ast::{
    Change, Dml, DmlVerb, Expr, FromItem, Ident, ObjectKind, QualifiedName, Query, QueryBody,
    SelectItem,
};
use crate::sql::{BodyStatement, Reach, body_statements};

/// Bodies inside bodies are followed this far.
const MAX_DEPTH: usize = 8;

impl Session {
    /// This session inside a body: a transaction is open; none where bodies nest too deeply.
    pub(crate) fn nested(&self) -> Option<Self> {
        let mut inside = self.clone();
        inside.depth += 1;
        inside.open();
        (inside.depth <= MAX_DEPTH).then_some(inside)
    }

    /// Makes a schema, unless it is there, and looks names up in it first.
    pub(crate) fn enter_schema(&mut self, name: &Ident) {
        self.catalogue.schemas.insert(name.clone());
        self.catalogue.search_path.insert(0, name.clone());
    }

    /// Refuses a call of a procedure that is not there, unless an extension may have brought it.
    fn can_call(&self, name: &QualifiedName, args: usize) -> Outcome {
        if self.catalogue.incomplete
            || !self.catalogue.extensions.is_empty()
            || !builtins::functions(&name.name, Some(self.version())).is_empty()
        {
            return Ok(());
        }
        if let Some(schema) = &name.schema
            && !self.catalogue.has_schema(schema)
        {
            return Err(Refusal::no_schema(schema));
        }
        let shown = if args == 0 { "" } else { ".." };
        let message = format!("procedure {name}({shown}) does not exist");
        Err(Refusal::new("42883", message))
    }

    /// Runs what a statement calls: `CALL p()`, `SELECT f()`.
    pub(super) fn run_called(&mut self, change: &Change) -> Outcome {
        let call = matches!(change, Change::Utility { .. });
        for (name, args) in called(change) {
            let overloads = self.catalogue.routine(name).unwrap_or_default();
            if call && overloads.is_empty() {
                self.can_call(name, args)?;
            }
            let procedure = |one: &super::Routine| one.definition.object == ObjectKind::Procedure;
            if !overloads.is_empty() && overloads.iter().all(|one| procedure(one) != call) {
                let what = if call {
                    "is not a procedure"
                } else {
                    "is a procedure"
                };
                return Err(Refusal::new("42809", format!("{name} {what}")));
            }
        }
        for body in self.catalogue.bodies(change) {
            self.run_body(&body)?;
        }
        Ok(())
    }

    /// Every branch is taken as far as the schema allows it. What is left out or comes to nothing on
    /// some path makes the catalogue incomplete, and so does SQL that is put together at run time.
    pub(super) fn run_body(&mut self, body: &[BodyStatement]) -> Outcome {
        if self.depth >= MAX_DEPTH {
            self.assume_more();
            return Ok(());
        }
        self.depth += 1;
        let result = self.run_statements(body);
        self.depth -= 1;
        result
    }

    fn run_statements(&mut self, body: &[BodyStatement]) -> Outcome {
        let mut decided = Decided::default();
        for statement in body {
            let Some(reach) = self.catalogue.reach_of(statement, &mut decided) else {
                continue;
            };
            match &statement.change {
                Change::Transaction(_) | Change::Utility { .. } => continue,
                // Variables look like columns to us.
                Change::Dml(Dml {
                    verb: DmlVerb::Select,
                    ..
                }) => continue,
                Change::Opaque { .. } => {
                    self.assume_more();
                    continue;
                }
                _ => {}
            }
            let before = self.mark();
            let result = self.run(&statement.change);
            if reach == Reach::Perhaps && self.differs_from(&before) {
                self.assume_more();
            }
            if let Err(refusal) = result {
                self.go_back(before);
                let missing =
                    self.catalogue.is_incomplete() && refusal.is_about_something_missing();
                let uncaught = reach == Reach::Caught && !statement.catches(refusal.sqlstate);
                if (reach == Reach::Always || uncaught) && !missing {
                    return Err(refusal);
                }
            }
        }
        Ok(())
    }
}

impl Catalogue {
    /// The bodies that a statement runs as a whole: of `DO`, and of the user's routines in SQL and PL/pgSQL that
    /// `CALL p()` or `SELECT f()` calls, where their name leaves no choice.
    pub(crate) fn bodies(&self, change: &Change) -> Vec<Arc<[BodyStatement]>> {
        if let Change::Do { language, body } = change {
            return vec![body_statements(language, body).into()];
        }
        let mut bodies = Vec::new();
        for (name, arguments) in called(change) {
            let overloads = self.routine(name).unwrap_or_default();
            let fits = overloads.iter().filter(|routine| {
                let definition = &routine.definition;
                let all = definition.args.len();
                (all.saturating_sub(definition.defaults)..=all).contains(&arguments)
            });
            let fits: Vec<_> = fits.collect();
            if let [one] = fits.as_slice()
                && let Some(body) = one.statements()
            {
                bodies.push(Arc::clone(body));
            }
        }
        bodies
    }
}

/// What a statement calls and does nothing else, with the number of arguments.
pub(crate) fn called(change: &Change) -> Vec<(&QualifiedName, usize)> {
    let query: Option<&Query> = match change {
        Change::Dml(Dml {
            verb: DmlVerb::Select,
            query: Ok(query),
            ..
        }) => Some(query),
        Change::Utility { command, query, .. } if command == "call" => query.as_deref(),
        _ => None,
    };
    let Some(Query {
        body: QueryBody::Select(select),
        ..
    }) = query
    else {
        return Vec::new();
    };
    if select.filter.is_some() {
        return Vec::new();
    }
    let projected = select.projection.iter().filter_map(|item| match item {
        SelectItem::Expr { expr, .. } => Some(expr),
        _ => None,
    });
    let projected = projected.filter(|_| select.from.is_empty());
    let sources = select.from.iter().filter_map(|item| match item {
        FromItem::Function { call, .. } => Some(call),
        _ => None,
    });
    let calls = projected.chain(sources).filter_map(|expr| match expr {
        Expr::Call(call) => Some((&call.name, call.args.len())),
        _ => None,
    });
    calls.collect()
}
