//! Which statements of a migration make twins, and which belong to them.

use super::super::obstacle::{alias_obstacle, names, obstacle};
use super::super::step::Step;
use super::super::work::Work;
use super::super::{fill, naming};
use super::{Absorbed, Sync, Twin};
use crate::effects::{self, expr};
use crate::plan::{PlanError, remake};
use crate::schema::{Catalogue, ConstraintKind, EnumOrOther, RelationKind, ResolvedName};
use crate::sql::Phase;
use crate::sql::ast::{
    Change, Expr, Ident, IndexElement, IndexKey, ObjectKind, QualifiedName, SqlExpr, TableAction,
    TableConstraintKind, TypeName,
};

/// Whether a step renames a column that live releases know, or changes its type at a price.
pub(super) fn begins(work: &Work<'_>, at: usize) -> bool {
    let Some(step) = work.steps.get(at) else {
        return false;
    };
    let known = work.alters_old(step);
    match step.action() {
        Some((_, TableAction::RenameColumn { .. })) => known && step.phase == Some(Phase::Contract),
        // Another collation is the same type to every release, and still builds indexes.
        Some((_, TableAction::AlterType { column, .. })) => {
            let new = step.table().is_some_and(|table| !work.had(table, column));
            known && !new && is_dear(step)
        }
        _ => false,
    }
}

/// Whether it writes rows anew, builds an index or reads the table while writers wait.
pub(in crate::plan) fn is_dear(step: &Step) -> bool {
    let effects = effects::of_change(&step.change, &step.before);
    !(effects.rewrites.is_empty() && effects.builds.is_empty() && effects.scans.is_empty())
}

/// All twins from that step on; their steps are taken.
pub(super) fn gather(work: &mut Work<'_>, at: usize) -> Result<(Vec<Twin>, Absorbed), PlanError> {
    let (mut twins, mut taken) = (Vec::<Twin>::new(), Vec::new());
    let mut absorbed = Absorbed::new();
    for index in at..work.steps.len() {
        if !work.is_free(index) {
            continue;
        }
        if begins(work, index) {
            let twin = twin(work, index)?;
            work.claim(index, &twin.table, &twin.from)?;
            if twin.to != twin.from {
                work.claim(index, &twin.table, &twin.to)?;
            }
            twins.push(twin);
            taken.push(index);
            work.take(index);
        }
    }
    let pairs = || taken.iter().zip(&twins);
    let alias = pairs().all(|(at, twin)| is_only_renamed(work, *at, twin));
    for (at, twin) in pairs() {
        can_stand_beside(work, *at, twin, alias)?;
    }
    for twin in &mut twins {
        twin.alias = alias;
    }
    for index in at..work.steps.len() {
        if work.is_free(index) && belongs(work, index, &mut twins) {
            absorbed.extend(made(work, index));
            work.take(index);
        }
    }
    Ok((twins, absorbed))
}

/// Whether nothing else in the migration is about the column, under its old name or its new one.
fn is_only_renamed(work: &Work<'_>, at: usize, twin: &Twin) -> bool {
    let mut others =
        (0..work.steps.len()).filter(|other| *other != at && !remake::is_part(work, *other));
    matches!(twin.sync, Sync::Same)
        && others.all(|other| {
            let text = work.text(other);
            let table = work.steps.get(other).and_then(|step| step.table());
            let elsewhere = table.is_some_and(|table| *table != twin.table);
            !names(text, &twin.to) && (elsewhere || !names(text, &twin.from))
        })
}

/// # Errors
/// When something hangs on the column that can neither be made a second time nor stay as it is.
fn can_stand_beside(work: &Work<'_>, at: usize, twin: &Twin, alias: bool) -> Result<(), PlanError> {
    let (Some(catalogue), from) = (work.catalogue(at), &twin.from) else {
        return Ok(());
    };
    let Some(table) = catalogue.get(&twin.table) else {
        return Ok(());
    };
    let found = match (alias, &twin.sync) {
        (true, _) => alias_obstacle(catalogue, table, from),
        (false, sync) => obstacle(catalogue, table, from, matches!(sync, Sync::Same)),
    };
    let found = found.or_else(|| new_domain(work, at));
    let Some(obstacle) = found else {
        return Ok(());
    };
    let (what, way_out) = match twin.sync {
        Sync::Same => (
            "renamed through a second column",
            "take that away in a migration before this one and make it anew after it, or keep the name",
        ),
        Sync::Follows { .. } => (
            "changed through a second column",
            "take that away in a migration before this one and make it anew after it, or announce an outage: the rows are written anew while every reader and writer of the table waits",
        ),
    };
    let way_out = match twin.sync {
        Sync::Follows { .. } if table.kind != RelationKind::Table => {
            "add a column of the new type under a name of its own, or announce an outage: the rows are written anew while every reader and writer of the table waits"
        }
        Sync::Same if obstacle.starts_with("the trigger") => {
            "let the trigger do without the name in a migration before this one, which no release may notice, or keep the name"
        }
        Sync::Same | Sync::Follows { .. } => way_out,
    };
    Err(work.refuse(
        at,
        format!("{}.{from} cannot be {what}: {obstacle}", table.name),
        way_out,
    ))
}

/// A domain that ADD COLUMN would try on every row (manual 18, ALTER TABLE, notes).
fn new_domain(work: &Work<'_>, at: usize) -> Option<String> {
    let step = work.steps.get(at)?;
    let (_, TableAction::AlterType { ty, .. }) = step.action()? else {
        return None;
    };
    let domain = step.before.catalogue().type_def(&ty.qualified_name())?;
    let EnumOrOther::Domain {
        not_null, checks, ..
    } = &domain.kind
    else {
        return None;
    };
    (*not_null || !checks.is_empty()).then(|| {
        format!(
            "a column of the domain {} cannot be added without a look at every row; take its base type, and a CHECK on the column",
            domain.name
        )
    })
}

/// The constraints that a step makes.
fn made(work: &Work<'_>, at: usize) -> Absorbed {
    let Some((step, table)) = work
        .steps
        .get(at)
        .and_then(|step| Some((step, step.table()?)))
    else {
        return Absorbed::new();
    };
    let before = step.before.catalogue().get(table);
    let after = step.after.catalogue().get(table);
    let constraints = after.into_iter().flat_map(|after| &after.constraints);
    constraints
        .filter(|one| before.is_none_or(|before| before.constraint(&one.name).is_none()))
        .map(|one| (table.clone(), one.name.clone()))
        .collect()
}

fn twin(work: &Work<'_>, at: usize) -> Result<Twin, PlanError> {
    let found = work.steps.get(at).and_then(|step| step.action());
    let (name, from) = match found {
        Some((
            alter,
            TableAction::RenameColumn { from, .. } | TableAction::AlterType { column: from, .. },
        )) => (alter.name.clone(), from.clone()),
        _ => return Err(work.refuse(at, "it changes no column", "report this")),
    };
    let table = work.relation(at, &name)?.clone();
    work.relation_after(at, &table.name)?;
    let (to, sync) = match found {
        Some((_, TableAction::RenameColumn { to, .. })) => (to.clone(), Sync::Same),
        Some((_, TableAction::AlterType { ty, using, .. })) => {
            let total = is_total(work, at, &name, &from, ty, using.as_ref());
            let sync = Sync::Follows {
                using: using.clone(),
                total,
            };
            (from.clone(), sync)
        }
        _ => return Err(work.refuse(at, "it changes no column", "report this")),
    };
    let beside = match sync {
        Sync::Same => to.clone(),
        Sync::Follows { .. } => naming::own(&[&table.name.name, &from], "new", |name| {
            table.column(name).is_some()
        }),
    };
    let column = |catalogue: &Catalogue| {
        let table = catalogue.get(&table.name)?;
        Some(table.column(&to)?.ty.clone())
    };
    let made = work
        .steps
        .get(at)
        .and_then(|step| column(step.after.catalogue()));
    let last = work
        .steps
        .last()
        .and_then(|step| column(step.after.catalogue()));
    let ty = made
        .filter(|_| to == from && last.is_some())
        .filter(|made| Some(made) != last.as_ref());
    Ok(Twin {
        ty,
        function: fill::function_name(work.catalogue(at), &table.name, &to, "sync"),
        table: table.name,
        from,
        to,
        beside,
        sync,
        alias: false,
        tightened: false,
        defaulted: false,
    })
}

/// Whether a step is about twins: what the end says of them is made on the second column.
fn belongs(work: &Work<'_>, at: usize, twins: &mut [Twin]) -> bool {
    let Some(step) = work.steps.get(at) else {
        return false;
    };
    if let Change::Drop(drop) = &step.change {
        // The sequence goes with the first column, whose default it was.
        let sequences = drop.names.iter().map(|name| {
            let sequence = step.before.catalogue().relation(&name.name)?;
            sequence.owned_by.clone()
        });
        let of_twin = |owner: Option<(ResolvedName, Ident)>| {
            let mut twins = twins.iter();
            owner.is_some_and(|(table, column)| {
                twins.any(|twin| twin.table == table && twin.from == column)
            })
        };
        return drop.object == ObjectKind::Sequence && sequences.into_iter().all(of_twin);
    }
    let Some(table) = step.table() else {
        return false;
    };
    let mut own = twins.iter_mut().filter(|twin| twin.table == *table);
    if let Change::CreateIndex(create) = &step.change {
        let parts = (&create.elements[..], &create.parameters.include[..]);
        return own.any(|twin| index_reads(parts, create.predicate.as_ref(), &twin.to));
    }
    match step.action() {
        Some((_, TableAction::SetNotNull(column))) => match own.find(|twin| twin.to == *column) {
            Some(twin) => {
                twin.tightened = true;
                true
            }
            None => false,
        },
        Some((_, TableAction::SetDefault { column, .. })) => {
            match own.find(|twin| twin.to == *column) {
                Some(twin) => {
                    twin.defaulted = true;
                    true
                }
                None => false,
            }
        }
        Some((_, TableAction::DropNotNull(column) | TableAction::DropDefault(column))) => {
            own.any(|twin| twin.to == *column)
        }
        Some((_, TableAction::DropConstraint { name, .. })) => {
            // It goes with the first column, and comes again with the second one.
            let key = |catalogue: &Catalogue| {
                let own = catalogue.get(table)?.constraint(name)?.clone();
                let is_key = matches!(
                    own.kind,
                    ConstraintKind::Unique | ConstraintKind::PrimaryKey
                );
                is_key.then_some(own.columns)
            };
            let last = work
                .steps
                .last()
                .and_then(|last| key(last.after.catalogue()));
            let old = key(step.before.catalogue()).filter(|_| last.is_some());
            old.is_some_and(|columns| own.any(|twin| columns.contains(&twin.from)))
        }
        Some((_, TableAction::AddConstraint(constraint))) => {
            let columns = match &constraint.kind {
                TableConstraintKind::PrimaryKey { columns, .. }
                | TableConstraintKind::Unique { columns, .. }
                | TableConstraintKind::ForeignKey { columns, .. } => columns.clone(),
                TableConstraintKind::Check(check) => {
                    let mut columns = Vec::new();
                    expr::columns(&check.expr, &mut columns);
                    columns
                }
                TableConstraintKind::NotNull(_)
                | TableConstraintKind::UsingIndex { .. }
                | TableConstraintKind::Exclude { .. } => return false,
            };
            own.any(|twin| columns.contains(&twin.to))
        }
        _ => false,
    }
}

/// Whether an index of these keys, included columns and predicate has to do with a column.
pub(super) fn index_reads(
    (keys, include): (&[IndexElement], &[Ident]),
    predicate: Option<&SqlExpr>,
    column: &Ident,
) -> bool {
    let in_keys = keys.iter().any(|element| match &element.key {
        IndexKey::Column(key) => key == column,
        IndexKey::Expr(expr) => expr::mentions(&expr.expr, column),
    });
    in_keys
        || include.contains(column)
        || predicate.is_some_and(|expr| expr::mentions(&expr.expr, column))
}

/// Whether every value of the column converts (`pg_cast`; text takes every type's output).
fn is_total(
    work: &Work<'_>,
    at: usize,
    table: &QualifiedName,
    column: &Ident,
    to: &TypeName,
    using: Option<&SqlExpr>,
) -> bool {
    let plain = match using.map(|using| &using.expr) {
        None => true,
        Some(Expr::Column(path)) => path.last() == Some(column),
        Some(Expr::Cast { expr, ty, .. }) => {
            matches!(&**expr, Expr::Column(path) if path.last() == Some(column)) && ty == to
        }
        Some(_) => false,
    };
    let Ok(relation) = work.relation(at, table) else {
        return false;
    };
    let (Some(from), Some(catalogue)) = (relation.column(column), work.catalogue(at)) else {
        return false;
    };
    plain && takes_all(catalogue, &from.ty, to)
}

fn takes_all(catalogue: &Catalogue, from: &TypeName, to: &TypeName) -> bool {
    let is_domain = |ty: &TypeName| {
        let def = catalogue.type_def(&ty.qualified_name());
        def.is_some_and(|def| matches!(def.kind, EnumOrOther::Domain { .. }))
    };
    if is_domain(to) || from.array != to.array {
        return false;
    }
    let same = (&from.schema, &from.name) == (&to.schema, &to.name);
    let bare = to.modifiers.is_empty();
    let into_text = matches!(to.name.as_str(), "text" | "varchar") && to.schema.is_none();
    let wider: &[&str] = match from.name.as_str() {
        "int2" => &["int4", "int8", "numeric", "float4", "float8"],
        "int4" => &["int8", "numeric", "float8"],
        "int8" => &["numeric"],
        "float4" => &["float8"],
        "varchar" => &["text"],
        _ => &[],
    };
    let equal = from == to;
    equal || bare && (same || into_text || wider.contains(&to.name.as_str()))
}
