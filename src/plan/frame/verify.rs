//! The proof of a plan: replayed file by file, it reaches the schema of the unsafe migration.

use std::collections::BTreeMap;

use crate::compat::refusal_of;
use crate::effects::{self, LockMode};
use crate::plan::{Plan, PlannedLock};
use crate::schema::{Catalogue, ConstraintKind, Relation, ResolvedName, Session};
use crate::sql::ast::{Change, Dml, Expr, QualifiedName, SequenceOption, SqlExpr};
use crate::sql::{TransactionMode, parse};

/// What a plan does not reach.
pub(in crate::plan) struct Unmet {
    /// As a lower-case fragment.
    pub(in crate::plan) reason: String,
    /// The statement that is refused, as the plan writes it.
    pub(in crate::plan) statement: Option<String>,
}

impl Unmet {
    fn of_plan(reason: String) -> Self {
        Self {
            reason,
            statement: None,
        }
    }
}

/// Replays a plan, notes the locks of each file, and compares the schema it reaches with `goal`, the
/// order of columns aside.
///
/// # Errors
/// The first statement that was not understood or that PostgreSQL would refuse, else the first
/// difference.
pub(in crate::plan) fn verify(
    plan: &mut Plan,
    before: &Session,
    goal: &Catalogue,
) -> Result<(), Unmet> {
    let mut session = before.clone();
    for planned in &mut plan.migrations {
        let mut locks: BTreeMap<ResolvedName, LockMode> = BTreeMap::new();
        let script = parse(&planned.sql);
        if planned.transaction == TransactionMode::Unwrapped && script.statements.len() > 1 {
            return Err(Unmet::of_plan(format!(
                "{} holds several statements outside a transaction",
                planned.name
            )));
        }
        for statement in &script.statements {
            if let Change::Opaque { reason } = &statement.change {
                return Err(Unmet::of_plan(format!("{}: {reason}", planned.name)));
            }
            let unmet = match &statement.change {
                Change::Dml(Dml {
                    query: Ok(query), ..
                }) => refusal_of(query, session.catalogue()),
                _ => None,
            };
            let (effects, refused) = effects::apply(&statement.change, &mut session);
            for (name, lock) in effects.locks {
                if before.catalogue().get(&name).is_some() {
                    let mode = locks.entry(name).or_insert(lock.mode);
                    *mode = lock.mode.max(*mode);
                }
            }
            if let Some(refusal) = refused.or(unmet) {
                let text = statement.span.text(&planned.sql);
                let line = text.lines().next().unwrap_or_default();
                return Err(Unmet {
                    reason: format!("{}: {} ({line})", planned.name, refusal.message),
                    statement: Some(text.to_owned()),
                });
            }
        }
        planned.locks = locks
            .into_iter()
            .map(|(relation, mode)| PlannedLock {
                relation: relation.to_string(),
                mode: mode.as_str().to_owned(),
            })
            .collect();
    }
    difference(session.catalogue(), goal).map_err(Unmet::of_plan)
}

fn difference(reached: &Catalogue, goal: &Catalogue) -> Result<(), String> {
    for wanted in goal.relations() {
        let Some(found) = reached.get(&wanted.name) else {
            return Err(format!("{} is missing at the end", wanted.name));
        };
        if found == wanted {
            continue;
        }
        if let Some(part) = differing(&in_order(found), &in_order(wanted)) {
            return Err(format!("{} ends with other {part}", wanted.name));
        }
    }
    if reached.routines != goal.routines {
        return Err("its end has other functions".to_owned());
    }
    if reached.types != goal.types {
        return Err("its end has other types".to_owned());
    }
    if reached.others != goal.others {
        let all = reached.others.iter().chain(goal.others.iter());
        let mut differ = all.filter(|&(key, _)| reached.others.get(key) != goal.others.get(key));
        let shown = differ
            .next()
            .map(|((kind, name), _)| format!("{} {name}", kind.as_str()));
        return Err(format!(
            "it ends with another {}",
            shown.unwrap_or_default()
        ));
    }
    match reached
        .relations()
        .find(|found| goal.get(&found.name).is_none())
    {
        Some(left) => Err(format!("{} is left at the end", left.name)),
        None => Ok(()),
    }
}

/// The same relation with everything sorted by name, and its foreign keys as they mean, not as they
/// were written.
fn in_order(relation: &Relation) -> Relation {
    let mut relation = relation.clone();
    for constraint in &mut relation.constraints {
        if let ConstraintKind::ForeignKey {
            table,
            references,
            written,
        } = &mut constraint.kind
        {
            written.table = QualifiedName::new(table.schema.clone(), table.name.clone());
            written.columns.clone_from(references);
        }
    }
    for column in &mut relation.columns {
        if let Some(default) = &mut column.default {
            plain(default);
        }
    }
    // Where the number of a new one goes on is data.
    relation
        .sequence_options
        .retain(|option| !matches!(option, SequenceOption::Name(_) | SequenceOption::Restart(_)));
    relation
        .sequence_options
        .sort_by_key(|option| format!("{option:?}"));
    for index in &mut relation.indexes {
        // What its columns were called when it was built shows nowhere but in the index.
        index.own_names.clear();
    }
    for trigger in relation.triggers.iter_mut() {
        // That it took the place of another one is nowhere in the catalogue.
        trigger.definition.or_replace = false;
    }
    relation.columns.sort_by(|a, b| a.name.cmp(&b.name));
    relation.constraints.sort_by(|a, b| a.name.cmp(&b.name));
    relation.indexes.sort_by(|a, b| a.name.cmp(&b.name));
    relation
        .triggers
        .sort_by(|a, b| a.definition.name.cmp(&b.definition.name));
    relation
}

/// A string constant without the casts it is written with: of what type it was is no difference.
fn plain(default: &mut SqlExpr) {
    let mut inner = &default.expr;
    while let Expr::Cast { expr, .. } = inner {
        inner = expr;
    }
    if let Expr::String(text) = inner {
        let text = text.clone();
        default.expr = Expr::String(text.clone());
        default.text = text;
    }
}

/// What differs between two relations of the same name.
fn differing(found: &Relation, wanted: &Relation) -> Option<String> {
    fn names<T: PartialEq>(found: &[T], wanted: &[T], name: fn(&T) -> String) -> Option<String> {
        let missing = wanted.iter().find(|one| !found.contains(one));
        let extra = found.iter().find(|one| !wanted.contains(one));
        missing.or(extra).map(name)
    }
    let column = names(&found.columns, &wanted.columns, |one| {
        format!("columns: {}", one.name)
    });
    let constraint = || {
        names(&found.constraints, &wanted.constraints, |one| {
            format!("constraints: {}", one.name)
        })
    };
    let index = || {
        names(&found.indexes, &wanted.indexes, |one| {
            format!("indexes: {}", one.name)
        })
    };
    let trigger = || {
        names(&found.triggers, &wanted.triggers, |one| {
            format!("triggers: {}", one.definition.name)
        })
    };
    let options = || {
        (found.sequence_options != wanted.sequence_options).then(|| {
            format!(
                "sequence options: {:?} rather than {:?}",
                found.sequence_options, wanted.sequence_options
            )
        })
    };
    let rest = || (found != wanted).then(|| "properties".to_owned());
    column
        .or_else(constraint)
        .or_else(index)
        .or_else(trigger)
        .or_else(options)
        .or_else(rest)
}
