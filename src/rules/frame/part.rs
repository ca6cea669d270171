//! One statement cut into what can be judged on its own: the actions of an ALTER TABLE, the statements of a body.

use std::borrow::Cow;

use crate::effects::{Effects, Step, of_change};
use crate::schema::{Catalogue, Decided, Session};
use crate::sql::ast::{AlterTable, Change, Dml, DmlVerb, Query, QueryBody};
use crate::sql::{Span, Statement};

/// An action of an ALTER TABLE as a statement of its own, or a whole statement.
pub(super) struct Part<'a> {
    pub(super) change: Cow<'a, Change>,
    pub(super) span: Span,
    pub(super) session: Cow<'a, Session>,
    pub(super) after: Cow<'a, Catalogue>,
    pub(super) effects: Cow<'a, Effects>,
    /// It stands inside the statement, in a body or a WITH: no fix of its text is one of the file's.
    pub(super) inside: bool,
}

/// The statement as a whole.
pub(super) fn whole<'a>(statement: &'a Statement, step: &'a Step) -> Part<'a> {
    Part {
        change: Cow::Borrowed(&statement.change),
        span: statement.span,
        session: Cow::Borrowed(&step.session),
        after: Cow::Borrowed(&step.after),
        effects: Cow::Borrowed(&step.effects),
        inside: false,
    }
}

/// Its actions one after the other; none where there is but one, or another kind of statement.
///
/// PostgreSQL runs the actions of one ALTER TABLE in passes (drops, then types, then columns and
/// constraints), which for judging each of them comes out as their order does.
pub(super) fn actions<'a>(statement: &'a Statement, step: &'a Step) -> Vec<Part<'a>> {
    let Change::AlterTable(alter) = &statement.change else {
        return Vec::new();
    };
    if alter.actions.len() < 2 {
        return Vec::new();
    }
    let mut session = step.session.clone();
    let mut parts = Vec::with_capacity(alter.actions.len());
    for action in &alter.actions {
        let change = Change::AlterTable(AlterTable {
            actions: vec![action.clone()],
            ..alter.clone()
        });
        let before = session.clone();
        let effects = of_change(&change, &before);
        // The statement as a whole was taken: an action that seems refused stands in another pass.
        let _passed_over = session.apply(&change);
        parts.push(Part {
            change: Cow::Owned(change),
            span: action.span,
            session: Cow::Owned(before),
            after: Cow::Owned(session.catalogue().clone()),
            effects: Cow::Owned(effects),
            inside: false,
        });
    }
    parts
}

/// What a statement runs inside: the statements of the bodies it calls or is, every branch taken, the data changes of its
/// WITH, and what EXPLAIN ANALYZE explains. What is refused there is left out.
pub(super) fn inside<'a>(statement: &Statement, step: &Step) -> Vec<Part<'a>> {
    let mut changes = Vec::new();
    collect(&statement.change, step.before(), 0, &mut changes);
    if let Change::Utility {
        command,
        name: Some(name),
        ..
    } = &statement.change
        && command == "execute"
        && let Some(query) = step.session.prepared(name)
    {
        changes.extend(data_change(query));
        changing(query, &mut changes);
    }
    if changes.is_empty() {
        return Vec::new();
    }
    let Some(mut session) = step.session.nested() else {
        return Vec::new();
    };
    let mut parts = Vec::with_capacity(changes.len());
    for change in changes {
        let before = session.clone();
        let effects = of_change(&change, &before);
        if session.apply(&change).is_err() {
            session = before;
            continue;
        }
        parts.push(Part {
            change: Cow::Owned(change),
            span: statement.span,
            session: Cow::Owned(before),
            after: Cow::Owned(session.catalogue().clone()),
            effects: Cow::Owned(effects),
            inside: true,
        });
    }
    parts
}

/// Bodies that call bodies are followed this far.
const DEPTH: usize = 4;

fn collect(change: &Change, catalogue: &Catalogue, depth: usize, into: &mut Vec<Change>) {
    if depth == DEPTH {
        return;
    }
    for body in catalogue.bodies(change) {
        let mut decided = Decided::default();
        for inner in body.iter() {
            if catalogue.reach_of(inner, &mut decided).is_none() {
                continue;
            }
            match &inner.change {
                Change::Transaction(_) | Change::Opaque { .. } => {}
                Change::AlterTable(alter) if alter.actions.len() > 1 => {
                    let each = alter.actions.iter().map(|action| {
                        Change::AlterTable(AlterTable {
                            actions: vec![action.clone()],
                            ..alter.clone()
                        })
                    });
                    into.extend(each);
                }
                other => into.push(other.clone()),
            }
            collect(&inner.change, catalogue, depth + 1, into);
        }
    }
    match change {
        Change::Dml(Dml {
            query: Ok(query), ..
        }) => changing(query, into),
        Change::Utility {
            command,
            query: Some(query),
            ..
        } if command == "explain-analyze" => {
            into.extend(data_change(query));
            changing(query, into);
        }
        _ => {}
    }
}

/// The data changes in the WITH of a query.
fn changing(query: &Query, into: &mut Vec<Change>) {
    for cte in &query.with {
        into.extend(data_change(&cte.query));
        changing(&cte.query, into);
    }
}

fn data_change(query: &Query) -> Option<Change> {
    let (verb, target) = match &query.body {
        QueryBody::Insert(insert) => (DmlVerb::Insert, &insert.target),
        QueryBody::Update(update) => (DmlVerb::Update, &update.target),
        QueryBody::Delete(delete) => (DmlVerb::Delete, &delete.target),
        QueryBody::Merge(merge) => (DmlVerb::Merge, &merge.target),
        _ => return None,
    };
    Some(Change::Dml(Dml {
        verb,
        target: Some(target.clone()),
        query: Ok(Box::new(query.clone())),
    }))
}
