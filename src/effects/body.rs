//! Bodies: what the statements inside DO blocks, procedures, functions and triggers do, every branch taken.

use super::work::Work;
use super::{LockMode, TransactionRule, of_inner};
use crate::schema::{Decided, Relation, RelationKind, Routine, Session};
use crate::sql::ast::{Change, Dml, DmlVerb, Expr, Ident, QualifiedName, Query};
use crate::sql::{BodyStatement, Reach, body_statements, misspelt};

/// Who runs a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Caller {
    /// DO and CALL: what is refused inside is refused as a whole, and COMMIT is allowed at the top.
    Statement,
    /// A query: it may never get there.
    Expression,
    /// A write that fires a trigger, which may be another one's.
    Trigger,
}

/// What `DO` does: all that the statements in its body do.
pub(super) fn anonymous(work: &mut Work<'_>, language: &str, text: &str) {
    if language == "sql" {
        let message = "language \"sql\" does not support inline code execution";
        return work.refuse("0A000", message);
    }
    if language == "plpgsql"
        && let Some(reason) = misspelt(text)
    {
        return work.refuse("42601", format!("syntax error in the body: {reason}"));
    }
    run(work, &body_statements(language, text), Caller::Statement);
}

/// What `CALL` does.
pub(super) fn procedure(work: &mut Work<'_>, name: &QualifiedName) {
    of_routine(work, name, Caller::Statement);
}

/// What a function does that a query calls; nothing where it is not the user's.
pub(super) fn called(work: &mut Work<'_>, name: &QualifiedName) {
    of_routine(work, name, Caller::Expression);
}

/// What the functions do that an expression calls.
pub(super) fn calls_in(work: &mut Work<'_>, expr: &Expr) {
    let mut names = Vec::new();
    super::expr::visit(expr, &mut |part| {
        if let Expr::Call(call) = part {
            names.push(&call.name);
        }
    });
    for name in names {
        called(work, name);
    }
}

/// What the triggers do that an INSERT, UPDATE or DELETE of a table fires.
pub(super) fn fired(work: &mut Work<'_>, table: &Relation, event: &str) {
    let triggers = table.triggers.iter().filter(|trigger| {
        trigger.enabled && trigger.definition.events.iter().any(|own| own == event)
    });
    let functions: Vec<QualifiedName> = triggers
        .map(|trigger| trigger.definition.function.clone())
        .collect();
    for function in functions {
        of_routine(work, &function, Caller::Trigger);
    }
}

fn of_routine(work: &mut Work<'_>, name: &QualifiedName, caller: Caller) {
    let overloads = work.before.routine(name).unwrap_or_default();
    let bodies: Vec<_> = overloads.iter().filter_map(Routine::statements).collect();
    let caller = match (bodies.len(), caller) {
        (1, _) | (_, Caller::Trigger) => caller,
        // Which one is called, its arguments tell.
        _ => Caller::Expression,
    };
    // A statement that is refused at its second call is, where it matters, one of CALL.
    let again = caller != Caller::Statement && !work.ran.insert(name.clone());
    if bodies.is_empty() || again {
        return;
    }
    let Some(session) = work.session.nested() else {
        return careful(work);
    };
    for body in bodies {
        run_in(work, session.clone(), body, caller);
    }
}

/// Runs a body in a session of its own and adds up what its statements do.
fn run(work: &mut Work<'_>, statements: &[BodyStatement], caller: Caller) {
    match work.session.nested() {
        Some(session) => run_in(work, session, statements, caller),
        None => careful(work),
    }
}

fn run_in(work: &mut Work<'_>, mut session: Session, statements: &[BodyStatement], caller: Caller) {
    let mut decided = Decided::default();
    for statement in statements {
        let change = &statement.change;
        let Some(reach) = session.catalogue().reach_of(statement, &mut decided) else {
            continue;
        };
        let refusal = match change {
            Change::Transaction(_)
                if caller == Caller::Statement && !work.session.in_transaction() =>
            {
                None
            }
            Change::Transaction(_) => Some(("2D000", "invalid transaction termination".to_owned())),
            Change::Utility { command, .. } if command == "raise" => {
                Some(("P0001", "the body raises an exception".to_owned()))
            }
            Change::Opaque { .. } => {
                careful(work);
                None
            }
            _ => {
                let before = session.clone();
                let refused = match change {
                    // Variables look like columns to us.
                    Change::Dml(Dml {
                        verb: DmlVerb::Select,
                        ..
                    }) => None,
                    _ => session.apply(change).err(),
                };
                let (mut effects, _) =
                    of_inner(change, &before, session.catalogue(), refused, &mut work.ran);
                if effects.transaction == TransactionRule::Required {
                    effects.transaction = TransactionRule::Allowed;
                }
                match effects.fails.take() {
                    None => {
                        work.effects.absorb(&effects);
                        None
                    }
                    Some(refusal) => {
                        session = before;
                        if caller == Caller::Statement && reach == Reach::Always {
                            work.effects.transaction = effects.transaction;
                        }
                        Some((refusal.sqlstate, refusal.message))
                    }
                }
            }
        };
        if let Some((sqlstate, message)) = refusal
            && caller == Caller::Statement
            && (reach == Reach::Always || reach == Reach::Caught && !statement.catches(sqlstate))
        {
            return work.refuse(sqlstate, message);
        }
    }
}

/// `CREATE SCHEMA` with elements: each of them in the new schema (measured: `object.create_schema_elements`).
pub(super) fn elements(work: &mut Work<'_>, schema: &Ident, elements: &[Change]) {
    let Some(mut session) = work.session.nested() else {
        return careful(work);
    };
    session.enter_schema(schema);
    for change in elements {
        let before = session.clone();
        let refused = session.apply(change).err();
        let (effects, _) = of_inner(change, &before, session.catalogue(), refused, &mut work.ran);
        work.effects.absorb(&effects);
    }
}

/// Of SQL that cannot be seen the worst is assumed: it locks, reads and rewrites all there is.
pub(super) fn careful(work: &mut Work<'_>) {
    if std::mem::replace(&mut work.all_assumed, true) {
        return;
    }
    let before = work.before;
    work.effects.guessed = true;
    for relation in before.relations() {
        work.lock(relation, LockMode::AccessExclusive);
        work.lock_indexes(relation, LockMode::AccessExclusive);
        if !work.session.is_new(&relation.name) && relation.kind == RelationKind::Table {
            work.rewrite(relation);
        }
    }
}

/// `CREATE FUNCTION` in SQL looks at every table its body names, views opened
/// (lock-truth: `routine.create_function_over_table`); a body in PL/pgSQL is looked at when it runs.
pub(super) fn created(work: &mut Work<'_>, language: Option<&str>, body: Option<&str>) {
    let (Some("sql"), Some(body)) = (language, body) else {
        return;
    };
    let standard = body.trim_start();
    let whole = body_statements("sql", standard);
    let expression = whole
        .iter()
        .all(|one| matches!(one.change, Change::Opaque { .. }));
    if expression {
        // `RETURN expression`
        if let Ok(query) = crate::sql::parse_query(&format!("SELECT {standard}")) {
            parsed(work, &query);
        }
        return;
    }
    for statement in &whole {
        if let Change::Dml(Dml {
            query: Ok(query), ..
        }) = &statement.change
        {
            parsed(work, query);
        }
    }
}

/// What the parser opens: what is written with ROW EXCLUSIVE, the rest with ACCESS SHARE.
pub(super) fn parsed(work: &mut Work<'_>, query: &Query) {
    super::query::parse_only(work, query);
}
