//! A migration taken apart: one step for each statement, and for each action of an ALTER TABLE.

use super::inline::{self, Part};
use crate::effects::{self, phase};
use crate::schema::{Refusal, ResolvedName, Session};
use crate::sql::ast::{
    AlterTable, Behavior, Change, Drop, ObjectKind, TableAction, TransactionControl,
};
use crate::sql::{Migration, Phase, Span, TransactionMode};

/// One statement, or one action of an ALTER TABLE, with the schema around it.
#[derive(Debug, Clone)]
pub(in crate::plan) struct Step {
    /// The statement in its file, from 0.
    pub(in crate::plan) statement: usize,
    /// Where it stands: of an action, the action.
    pub(in crate::plan) span: Span,
    /// `ALTER TABLE ONLY t` before an action.
    pub(in crate::plan) head: Option<String>,
    /// Its text, where it is a part that does not stand for itself: one of several views or indexes that are dropped, a
    /// constraint written on a column that is added.
    pub(in crate::plan) text: Option<String>,
    /// What is left out of what its author wrote there.
    pub(in crate::plan) left_out: Vec<Span>,
    /// What it does; an ALTER TABLE has one action here.
    pub(in crate::plan) change: Change,
    /// The session just before it.
    pub(in crate::plan) before: Session,
    /// The session after it.
    pub(in crate::plan) after: Session,
    /// The phase it belongs to; none where it fits every one.
    pub(in crate::plan) phase: Option<Phase>,
    /// What PostgreSQL would say, if it refuses.
    pub(in crate::plan) refusal: Option<Refusal>,
}

/// Takes a migration apart and replays it.
pub(in crate::plan) fn steps(migration: &Migration, start: &Session) -> Vec<Step> {
    let mut session = start.clone();
    if migration.transaction == TransactionMode::Wrapped && !session.in_transaction() {
        // What the transaction makes is nobody's yet; BEGIN is refused by no session.
        let _ = session.apply(&Change::Transaction(TransactionControl::Begin));
    }
    let mut steps = Vec::new();
    for (index, statement) in migration.script().statements.iter().enumerate() {
        let mut push = |session: &mut Session, part: Part, head: Option<String>| {
            let before = session.clone();
            let phase = phase::infer(&part.change, before.catalogue(), start.catalogue());
            let refusal = session.apply(&part.change).err();
            steps.push(Step {
                statement: index,
                span: part.span,
                head,
                text: part.text,
                left_out: part.left_out,
                change: part.change,
                before,
                after: session.clone(),
                phase,
                refusal,
            });
        };
        match &statement.change {
            Change::AlterTable(alter)
                if alter.object == ObjectKind::Table && !alter.actions.is_empty() =>
            {
                let first = alter.actions.first().map(|action| action.span.start);
                let head = Span::new(statement.span.start, first.unwrap_or(statement.span.end));
                let head = head.text(&migration.text).trim_end();
                for action in &alter.actions {
                    let whole = || {
                        let single = AlterTable {
                            actions: vec![action.clone()],
                            ..alter.clone()
                        };
                        vec![Part::new(Change::AlterTable(single), action.span)]
                    };
                    let apart = inline::take_apart(migration, alter, action, head, &session);
                    for part in apart.unwrap_or_else(whole) {
                        push(&mut session, part, Some(head.to_owned()));
                    }
                }
            }
            Change::Drop(drop)
                if matches!(
                    drop.object,
                    ObjectKind::View | ObjectKind::MaterializedView | ObjectKind::Index
                ) && drop.names.len() > 1 =>
            {
                for name in &drop.names {
                    let single = Drop {
                        names: vec![name.clone()],
                        ..drop.clone()
                    };
                    let object = drop.object.as_str().to_ascii_uppercase().replace('-', " ");
                    let exists = if drop.if_exists { "IF EXISTS " } else { "" };
                    let cascade = match drop.behavior {
                        Behavior::Cascade => " CASCADE",
                        Behavior::Restrict => "",
                    };
                    let text = format!("DROP {object} {exists}{}{cascade}", name.name.to_sql());
                    let mut part = Part::new(Change::Drop(single), statement.span);
                    part.text = Some(text);
                    push(&mut session, part, None);
                }
            }
            change => push(
                &mut session,
                Part::new(change.clone(), statement.span),
                None,
            ),
        }
    }
    steps
}

impl Step {
    /// The table and the action, of a step that is one of ALTER TABLE.
    pub(in crate::plan) fn action(&self) -> Option<(&AlterTable, &TableAction)> {
        match &self.change {
            Change::AlterTable(alter) if alter.object == ObjectKind::Table => {
                alter.actions.first().map(|action| (alter, &action.action))
            }
            _ => None,
        }
    }

    /// The table it alters, as the catalogue names it.
    pub(in crate::plan) fn table(&self) -> Option<&ResolvedName> {
        let name = match &self.change {
            Change::AlterTable(alter) => &alter.name,
            Change::CreateIndex(create) => &create.table,
            Change::CreateTrigger(create) => &create.table,
            Change::CreatePolicy(policy) | Change::AlterPolicy(policy) => &policy.table,
            Change::Dml(dml) => dml.target.as_ref()?,
            _ => return None,
        };
        let before = self.before.catalogue();
        match before.relation(name) {
            Some(relation) => Some(&relation.name),
            None => before.index(name).map(|(table, _)| &table.name),
        }
    }

    /// Whether it writes the table anew, row by row.
    pub(in crate::plan) fn rewrites(&self) -> bool {
        !effects::of_change(&self.change, &self.before)
            .rewrites
            .is_empty()
    }
}
