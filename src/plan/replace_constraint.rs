//! Replace a constraint under its name: the new one beside the old one, so that rows are never without either.

use super::draft::{At, Block, Stage, allow};
use super::work::Work;
use super::{PlanError, Recipe, naming, spell, twin, unique};
use crate::compat::implies;
use crate::schema::{Constraint, ConstraintKind, Relation, RelationKind};
use crate::sql::ast::{Behavior, Ident, SqlExpr, TableAction};

pub(super) const RECIPE: Recipe = Recipe {
    id: "replace-constraint",
    summary: "keeps rows under the old check or the new one while both releases write, and proves the new one before it stands alone; a key is built beside the old one",
    take,
};

fn take(work: &mut Work<'_>, at: usize) -> Result<bool, PlanError> {
    let Some((step, drop)) = work
        .steps
        .get(at)
        .and_then(|step| Some((step, step.action()?)))
    else {
        return Ok(false);
    };
    let (
        alter,
        TableAction::DropConstraint {
            name,
            behavior: Behavior::Restrict,
            ..
        },
    ) = drop
    else {
        return Ok(false);
    };
    if step.refusal.is_some() || !work.alters_old(step) {
        return Ok(false);
    }
    let (written, name) = (alter.name.clone(), name.clone());
    let Ok(table) = work.relation(at, &written) else {
        return Ok(false);
    };
    let table = table.clone();
    let Some(old) = table.constraint(&name).cloned() else {
        return Ok(false);
    };
    let again = work.later(at).find(|(_, step)| {
        let adds = step
            .action()
            .is_some_and(|(_, action)| matches!(action, TableAction::AddConstraint(_)));
        let after = step.after.catalogue().get(&table.name);
        let before = step.before.catalogue().get(&table.name);
        adds && step.table() == Some(&table.name)
            && before.is_some_and(|before| before.constraint(&name).is_none())
            && after.is_some_and(|after| after.constraint(&name).is_some())
    });
    let same = again.map(|(again, _)| (again, name.clone()));
    let other = || {
        work.later(at)
            .find_map(|(later, _)| successor(work, later, &table, &old))
    };
    let Some((again, own)) = same.or_else(other) else {
        return Ok(gives_way(work, at, &table, &old));
    };
    let after = work.relation_after(again, &table.name)?.clone();
    let Some(new) = after.constraint(&own).cloned() else {
        return Ok(false);
    };
    let moves = work.steps.iter().any(|step| match step.action() {
        Some((
            _,
            TableAction::AlterType { column, .. }
            | TableAction::RenameColumn { from: column, .. }
            | TableAction::DropColumn { column, .. },
        )) => {
            step.table() == Some(&table.name)
                && (old.columns.contains(column) || new.columns.contains(column))
        }
        _ => false,
    });
    // The second column of another type has its own constraints made for it.
    if moves {
        let key = |one: &Constraint| {
            matches!(
                one.kind,
                ConstraintKind::Unique | ConstraintKind::PrimaryKey
            )
        };
        let refers = |one: &Constraint| matches!(one.kind, ConstraintKind::ForeignKey { .. });
        let both = key(&old) && key(&new) || refers(&old) && refers(&new);
        let taken =
            both && old.name == new.name && twin::replaces(work, at, &table.name, &old.columns);
        if taken {
            // A key goes with the first column; a foreign key stands until that of the second one does.
            work.leave(&table.name, &name);
        }
        return Ok(taken);
    }
    let replaced = Replaced { table, old, new };
    let taken = match (&replaced.old.kind, &replaced.new.kind) {
        (ConstraintKind::Check(old), ConstraintKind::Check(new)) => {
            replaced.check(work, old, new);
            true
        }
        (ConstraintKind::ForeignKey { .. }, ConstraintKind::ForeignKey { .. }) => {
            replaced.foreign_key(work)
        }
        (
            ConstraintKind::Unique | ConstraintKind::PrimaryKey,
            ConstraintKind::Unique | ConstraintKind::PrimaryKey,
        ) => replaced.unique(work, &after),
        _ => false,
    };
    if taken {
        work.take(again);
    }
    Ok(taken)
}

/// The constraint that a step adds, under another name, in the place of one: of its kind, over its columns.
fn successor(
    work: &Work<'_>,
    at: usize,
    table: &Relation,
    old: &Constraint,
) -> Option<(usize, Ident)> {
    let step = work.steps.get(at)?;
    let adds = matches!(step.action(), Some((_, TableAction::AddConstraint(_))));
    if !adds || step.table() != Some(&table.name) || step.refusal.is_some() {
        return None;
    }
    let before = step.before.catalogue().get(&table.name)?;
    let after = step.after.catalogue().get(&table.name)?;
    let mut made = after.constraints.iter().filter(|one| {
        before.constraint(&one.name).is_none()
            && work.named_at_first(&table.name, &one.name).is_none()
    });
    let has = |all: &[Ident], some: &[Ident]| some.iter().all(|column| all.contains(column));
    let key =
        |kind: &ConstraintKind| matches!(kind, ConstraintKind::Unique | ConstraintKind::PrimaryKey);
    let new = made.find(|new| {
        let (wide, narrow) = (
            has(&new.columns, &old.columns),
            has(&old.columns, &new.columns),
        );
        match (&old.kind, &new.kind) {
            (ConstraintKind::Check(_), ConstraintKind::Check(_))
            | (ConstraintKind::ForeignKey { .. }, ConstraintKind::ForeignKey { .. }) => {
                wide && narrow
            }
            (old, new) => key(old) && key(new) && (wide || narrow),
        }
    })?;
    Some((at, new.name.clone()))
}

/// The same where the new one is added first: the old one goes when the new one is proven.
fn gives_way(work: &mut Work<'_>, at: usize, table: &Relation, old: &Constraint) -> bool {
    let there = work.named_at_first(&table.name, &old.name).is_some();
    let found = (0..at).find_map(|earlier| successor(work, earlier, table, old));
    let Some((_, new)) = found.filter(|_| there) else {
        return false;
    };
    let stage = match old.kind {
        ConstraintKind::ForeignKey { .. } => Stage::Detach,
        _ => Stage::Finish,
    };
    let name = &old.name;
    work.draft.block(Block {
        stage,
        table: Some(table.name.clone()),
        subject: naming::slug_of(&table.name.name, name),
        why: format!("{new} stands in the place of {name} by now."),
        directives: Vec::new(),
        statements: vec![format!(
            "ALTER TABLE {} DROP CONSTRAINT {}",
            table.name.to_sql(),
            name.to_sql()
        )],
    });
    let draft = &mut work.draft;
    draft.release(At::N, format!("writes rows that {name} allows"));
    draft.release(At::N1, format!("writes rows that both {name} and {new} allow: the contract phase runs when no instance below N+1 is alive"));
    true
}

/// A constraint before and after, on its table as it was before.
struct Replaced {
    table: Relation,
    old: Constraint,
    new: Constraint,
}

impl Replaced {
    fn block(&self, work: &mut Work<'_>, stage: Stage, why: String, statements: Vec<String>) {
        work.draft.block(Block {
            stage,
            table: Some(self.table.name.clone()),
            subject: naming::slug_of(&self.table.name.name, &self.new.name),
            why,
            directives: Vec::new(),
            statements,
        });
    }

    /// The old one, as a reader knows it.
    fn was(&self) -> String {
        match self.keeps_name() {
            true => format!("the old {}", self.old.name),
            false => self.old.name.to_string(),
        }
    }

    fn keeps_name(&self) -> bool {
        self.old.name == self.new.name
    }

    fn alter(&self, action: &str) -> String {
        format!("ALTER TABLE {} {action}", self.table.name.to_sql())
    }

    fn check(&self, work: &mut Work<'_>, old: &SqlExpr, new: &SqlExpr) {
        let name = &self.new.name;
        let was = self.was();
        let quoted = name.to_sql();
        let inherit = if self.new.no_inherit {
            " NO INHERIT"
        } else {
            ""
        };
        let drop = self.alter(&format!("DROP CONSTRAINT {}", self.old.name.to_sql()));
        let declare = self.alter(&format!(
            "ADD CONSTRAINT {quoted} CHECK ({}){inherit} NOT VALID",
            new.text
        ));
        let widens = implies(&old.expr, &new.expr);
        if widens {
            let because = format!("{was} allowed nothing that it refuses");
            let declare = format!("{}\n{declare}", allow("mixed-phases", &because));
            self.block(
                work,
                Stage::Expand,
                format!("What {was} allows the new one allows too: no row and no release can violate it."),
                vec![drop, declare],
            );
        } else if implies(&new.expr, &old.expr) {
            self.block(
                work,
                Stage::Tighten,
                format!("From here on every row written satisfies the new {name}; the rows that are there are not read yet."),
                vec![drop, declare],
            );
        } else {
            let own = naming::own(&[&self.table.name.name, name], "either", |_| false);
            let own = own.to_sql();
            let because = format!("what either {name} allows it allows");
            let either = self.alter(&format!(
                "ADD CONSTRAINT {own} CHECK (({}) OR ({})){inherit} NOT VALID",
                old.text, new.text
            ));
            let either = format!("{}\n{either}", allow("mixed-phases", &because));
            self.block(
                work,
                Stage::Expand,
                format!("While both releases write, a row satisfies {was} or the new one. Those that are there satisfy the old one."),
                vec![either, drop],
            );
            self.block(
                work,
                Stage::Tighten,
                format!("From here on every row written satisfies the new {name}; the rows that are there are not read yet."),
                vec![declare, self.alter(&format!("DROP CONSTRAINT {own}"))],
            );
        }
        let prove = if widens {
            Stage::Prove
        } else {
            Stage::ProveTightened
        };
        if self.new.validated {
            self.block(
                work,
                prove,
                "Reads the rows that are there; writes go on meanwhile.".to_owned(),
                vec![self.alter(&format!("VALIDATE CONSTRAINT {quoted}"))],
            );
        }
        let draft = &mut work.draft;
        if widens {
            draft.release(At::N, format!("writes rows that {was} allows"));
            draft.release(At::N1, format!("writes rows that the new {name} allows"));
        } else {
            draft.release(
                At::N,
                format!("writes rows that {was} allows, some of which the new one refuses"),
            );
            draft.release(At::N1, format!("writes rows that the new {name} allows, and reads those of N: the contract phase runs when no instance below N+1 is alive"));
            draft.note(format!("rows that violate the new {name} stop the VALIDATE: write the UPDATE that mends them into the migration, or run it before the contract phase"));
        }
    }

    /// Both keys stand for a while, and which of them acts first on a DELETE is up to the numbers they were
    /// given: nothing for release N.
    fn foreign_key(&self, work: &mut Work<'_>) -> bool {
        let Some(definition) = spell::foreign_key(&self.new) else {
            return false;
        };
        let was = self.was();
        if self.table.kind != RelationKind::Table {
            return false;
        }
        let name = &self.new.name;
        let own = match self.keeps_name() {
            true => naming::own(&[&self.table.name.name, name], "new", |_| false),
            false => name.clone(),
        };
        let own = own.to_sql();
        self.block(
            work,
            Stage::TightenAlone,
            format!("The new {name} beside the old one: locks both tables, briefly. The rows that are there are not read yet."),
            vec![self.alter(&format!("ADD CONSTRAINT {own} {definition} NOT VALID"))],
        );
        if self.new.validated {
            self.block(
                work,
                Stage::ProveTightened,
                "Reads the rows that are there; writes go on meanwhile.".to_owned(),
                vec![self.alter(&format!("VALIDATE CONSTRAINT {own}"))],
            );
        }
        let mut swap = vec![self.alter(&format!("DROP CONSTRAINT {}", self.old.name.to_sql()))];
        if self.keeps_name() {
            swap.push(self.alter(&format!("RENAME CONSTRAINT {own} TO {}", name.to_sql())));
        }
        self.block(
            work,
            Stage::Detach,
            format!("The new {name} takes the place of the old one; no row is read."),
            swap,
        );
        let draft = &mut work.draft;
        draft.release(At::N, format!("works under {was} alone"));
        draft.release(At::N1, format!("takes what either {name} does on DELETE and UPDATE: the contract phase, in which both stand for a while, runs when no instance below N+1 is alive"));
        true
    }

    fn unique(&self, work: &mut Work<'_>, after: &Relation) -> bool {
        let name = &self.new.name;
        let was = self.was();
        let (Some(index), RelationKind::Table) = (after.index(name), self.table.kind) else {
            return false;
        };
        // With more columns fewer rows are equal: what release N writes cannot violate it.
        let wider = (self.old.columns.iter()).all(|column| self.new.columns.contains(column))
            && self
                .table
                .index(&self.old.name)
                .is_some_and(|old| old.predicate.is_none());
        let stage = if wider {
            Stage::Index
        } else {
            Stage::TightenIndex
        };
        let own = match self.keeps_name() {
            true => naming::own(&[&self.table.name.name, name], "new", |_| false),
            false => name.clone(),
        };
        let build = spell::create_index(index, &own, &self.table.name);
        let because = format!("{was} allowed nothing that it refuses");
        let build = match wider {
            true => format!("{}\n{build}", allow("mixed-phases", &because)),
            false => build,
        };
        self.block(
            work,
            stage,
            format!("The index of the new {name}, built while writes go on. Two equal rows make it fail and leave an invalid index behind: drop that, mend the rows, build again."),
            vec![build],
        );
        if self.new.kind == ConstraintKind::PrimaryKey {
            unique::require_all(work, &self.table, &self.new.columns);
        }
        self.block(
            work,
            Stage::Finish,
            format!("The new {name} takes the place of the old one; no row is read."),
            vec![
                self.alter(&format!("DROP CONSTRAINT {}", self.old.name.to_sql())),
                unique::take_over(&self.table.name, &self.new, &own),
            ],
        );
        let draft = &mut work.draft;
        draft.release(At::N, format!("works under {was}, ON CONFLICT included"));
        draft.release(At::N1, format!("writes rows that {was} refuses only after the contract phase, which runs when no instance below N+1 is alive"));
        true
    }
}
