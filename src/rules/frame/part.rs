//! One statement cut into what can be judged on its own: the actions of an ALTER TABLE.

use std::borrow::Cow;

use crate::effects::{Effects, Step, of_change};
use crate::schema::{Catalogue, Session};
use crate::sql::ast::{AlterTable, Change};
use crate::sql::{Span, Statement};

/// An action of an ALTER TABLE as a statement of its own, or a whole statement.
pub(super) struct Part<'a> {
    pub(super) change: Cow<'a, Change>,
    pub(super) span: Span,
    pub(super) session: Cow<'a, Session>,
    pub(super) after: Cow<'a, Catalogue>,
    pub(super) effects: Cow<'a, Effects>,
}

/// The statement as a whole.
pub(super) fn whole<'a>(statement: &'a Statement, step: &'a Step) -> Part<'a> {
    Part {
        change: Cow::Borrowed(&statement.change),
        span: statement.span,
        session: Cow::Borrowed(&step.session),
        after: Cow::Borrowed(&step.after),
        effects: Cow::Borrowed(&step.effects),
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
        });
    }
    parts
}
