//! Replace an enum type (a label taken away, another order): columns of the new type beside the old ones.

use super::work::Work;
use super::{PlanError, Recipe, naming, twin};
use crate::schema::{EnumOrOther, ResolvedName, Session};
use crate::sql::Migration;
use crate::sql::ast::{
    Change, Ident, ObjectAction, ObjectKind, QualifiedName, TableAction, TypeKind,
};
use crate::sql::type_names;

pub(super) const RECIPE: Recipe = Recipe {
    id: "replace-enum",
    summary: "makes the new type and a second column of it that follows the first, and lets both take the old names at the end",
    take,
};

/// The second columns are a change of type; the types are named anew when the old one is gone.
fn take(work: &mut Work<'_>, at: usize) -> Result<bool, PlanError> {
    let step = work.steps.get(at);
    let to_own_enum = step.is_some_and(|step| match step.action() {
        Some((_, TableAction::AlterType { ty, .. })) => {
            let name = ty.qualified_name();
            let now = step.before.catalogue().type_def(&name);
            let start = work.catalogue(0);
            let old = start.and_then(|start| start.type_def(&name));
            now.is_some_and(|now| matches!(now.kind, EnumOrOther::Enum(_))) && old.is_none()
        }
        _ => false,
    });
    if to_own_enum {
        return twin::take(work, at);
    }
    Ok(false)
}

/// `ALTER TYPE t RENAME TO old; CREATE TYPE t ..; ..; DROP TYPE old` with the new type under a name of
/// its own until the old one is dropped: what the columns in between can be of, while both are there.
pub(super) fn canonical(migration: &Migration, before: &Session) -> Option<Migration> {
    let statements = &migration.script().statements;
    let (aside, ty, parked) =
        statements
            .iter()
            .enumerate()
            .find_map(|(at, statement)| match &statement.change {
                Change::AlterObject(alter) if alter.object == ObjectKind::Type => {
                    match &alter.action {
                        ObjectAction::RenameTo(to) => {
                            let known = before.catalogue().type_def(&alter.name.name)?;
                            matches!(known.kind, EnumOrOther::Enum(_))
                                .then(|| (at, known.name.clone(), to.clone()))
                        }
                        _ => None,
                    }
                }
                _ => None,
            })?;
    let is = |written: &QualifiedName, name: &Ident| {
        written.name == *name && written.schema.as_ref().is_none_or(|own| *own == ty.schema)
    };
    let (made, labels) =
        statements
            .iter()
            .enumerate()
            .skip(aside)
            .find_map(|(at, one)| match &one.change {
                Change::CreateType(create) if is(&create.name, &ty.name) => match &create.kind {
                    TypeKind::Enum(_) => Some((at, one.span)),
                    _ => None,
                },
                _ => None,
            })?;
    let dropped = statements
        .iter()
        .enumerate()
        .skip(made)
        .find_map(|(at, one)| {
            let Change::Drop(drop) = &one.change else {
                return None;
            };
            let [name] = drop.names.as_slice() else {
                return None;
            };
            (drop.object == ObjectKind::Type && is(&name.name, &parked)).then_some(at)
        })?;
    let own = naming::own(&[&ty.name], "new", |_| false);
    let (new, old) = (
        ResolvedName::new(ty.schema.clone(), own).to_sql(),
        ty.to_sql(),
    );
    let mut text = String::new();
    let mut done = 0;
    for (at, statement) in statements.iter().enumerate() {
        let span = statement.span;
        let own = span.text(&migration.text);
        let replaced = if at == aside {
            String::new()
        } else if at == made {
            let list = labels.text(&migration.text);
            format!("CREATE TYPE {new} AS ENUM {}", list.get(list.find('(')?..)?)
        } else if at > made && at < dropped {
            let mut renamed = String::new();
            let mut from = 0;
            for name in type_names(own, &ty.name) {
                renamed += own.get(from..name.start)?;
                renamed += &new;
                from = name.end;
            }
            renamed + own.get(from..)?
        } else if at == dropped {
            format!(
                "DROP TYPE {old}; ALTER TYPE {new} RENAME TO {}",
                ty.name.to_sql()
            )
        } else {
            own.to_owned()
        };
        text += migration.text.get(done..span.start)?;
        text += &replaced;
        done = span.end;
    }
    text += migration.text.get(done..)?;
    let mut canonical = Migration::new(migration.file.as_str(), text);
    canonical.version.clone_from(&migration.version);
    canonical.name.clone_from(&migration.name);
    canonical.transaction = migration.transaction;
    Some(canonical)
}
