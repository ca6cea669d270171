//! Constraints written on a column that is added, as constraints of the table: what a recipe knows to add online.

use super::source;
use crate::effects;
use crate::schema::{Constraint, ConstraintKind, Session};
use crate::sql::ast::{
    AlterAction, AlterTable, Change, ColumnConstraint, ColumnConstraintKind, ColumnDef, TableAction,
};
use crate::sql::{Migration, Span, parse};

/// One action of an ALTER TABLE.
pub(super) struct Part {
    pub(super) change: Change,
    /// Where its author wrote it.
    pub(super) span: Span,
    /// Its text, where that is not what stands there.
    pub(super) text: Option<String>,
    /// What is left out of what stands there.
    pub(super) left_out: Vec<Span>,
}

impl Part {
    pub(super) fn new(change: Change, span: Span) -> Self {
        Self {
            change,
            span,
            text: None,
            left_out: Vec::new(),
        }
    }
}

/// ADD COLUMN without the constraints that would read the table while it is locked, and an ADD CONSTRAINT for each of them,
/// with the name that PostgreSQL gives it; none where the action may stay as it is.
pub(super) fn take_apart(
    migration: &Migration,
    alter: &AlterTable,
    action: &AlterAction,
    head: &str,
    session: &Session,
) -> Option<Vec<Part>> {
    let TableAction::AddColumn { column, .. } = &action.action else {
        return None;
    };
    let single = |action: AlterAction| {
        Change::AlterTable(AlterTable {
            actions: vec![action],
            ..alter.clone()
        })
    };
    let whole = single(action.clone());
    let out: Vec<&ColumnConstraint> = column
        .constraints
        .iter()
        .filter(|one| stands_alone(&one.kind))
        .collect();
    if out.is_empty() || is_light(migration, column, &whole, session) {
        return None;
    }
    let before = session.catalogue().relation(&alter.name)?;
    let mut after = session.clone();
    after.apply(&whole).ok()?;
    let made = after.catalogue().get(&before.name)?.constraints.iter();
    let mut made: Vec<&Constraint> = made
        .filter(|one| before.constraint(&one.name).is_none())
        .collect();
    let mut action = action.clone();
    if let TableAction::AddColumn { column, .. } = &mut action.action {
        column.constraints.retain(|one| !stands_alone(&one.kind));
    }
    let spans: Vec<Span> = out.iter().map(|one| one.span).collect();
    let text = without(migration, action.span, &spans);
    let span = action.span;
    let mut parts = vec![Part {
        change: single(action),
        span,
        text: Some(text),
        left_out: spans,
    }];
    for constraint in out {
        let same = |one: &&Constraint| match &constraint.name {
            Some(name) => one.name == *name,
            None => is_made_by(&one.kind, &constraint.kind),
        };
        let own = made.remove(made.iter().position(same)?);
        let own = own.name.to_sql().into_owned();
        let written = constraint.span.text(&migration.text);
        let body = source::of_table(written, &column.name.to_sql())?;
        let text = format!("ADD CONSTRAINT {own} {body}");
        let script = parse(&format!("{head} {text}"));
        let [statement] = script.statements.as_slice() else {
            return None;
        };
        parts.push(Part {
            change: statement.change.clone(),
            span: constraint.span,
            text: Some(text),
            left_out: Vec::new(),
        });
    }
    Some(parts)
}

/// Whether the column comes without a look at the rows: no more than a foreign key of NULLs, and they stay that.
fn is_light(migration: &Migration, column: &ColumnDef, whole: &Change, session: &Session) -> bool {
    let effects = effects::of_change(whole, session);
    let requires = |action: &AlterAction| matches!(&action.action, TableAction::SetNotNull(name) if *name == column.name);
    let is_required = column
        .constraints
        .iter()
        .any(|one| one.kind == ColumnConstraintKind::NotNull)
        || migration
            .script()
            .statements
            .iter()
            .any(|statement| match &statement.change {
                Change::AlterTable(alter) => alter.actions.iter().any(requires),
                _ => false,
            });
    !is_required
        && effects.rewrites.is_empty()
        && effects.builds.is_empty()
        && effects.scans.is_empty()
}

fn stands_alone(kind: &ColumnConstraintKind) -> bool {
    matches!(
        kind,
        ColumnConstraintKind::PrimaryKey(_)
            | ColumnConstraintKind::Unique { .. }
            | ColumnConstraintKind::Check(_)
            | ColumnConstraintKind::References(_)
    )
}

fn is_made_by(made: &ConstraintKind, written: &ColumnConstraintKind) -> bool {
    match made {
        ConstraintKind::PrimaryKey => matches!(written, ColumnConstraintKind::PrimaryKey(_)),
        ConstraintKind::Unique => matches!(written, ColumnConstraintKind::Unique { .. }),
        ConstraintKind::Check(_) => matches!(written, ColumnConstraintKind::Check(_)),
        ConstraintKind::ForeignKey { .. } => {
            matches!(written, ColumnConstraintKind::References(_))
        }
        ConstraintKind::Exclude | ConstraintKind::NotNull | ConstraintKind::Trigger => false,
    }
}

/// A text of the migration without what stands in some places of it.
pub(in crate::plan) fn without(migration: &Migration, span: Span, out: &[Span]) -> String {
    let source = &migration.text;
    let mut text = String::new();
    let mut out = out.to_vec();
    out.sort_by_key(|span| span.start);
    let mut rest = span;
    for span in out {
        text += Span::new(rest.start, span.start).text(source).trim_end();
        rest.start = span.end;
    }
    text += rest.text(source).trim_end();
    text
}
