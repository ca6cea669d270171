//! Move columns to another table: both places kept the same by triggers on both tables, the old one dropped last.

use super::draft::{At, Block, Stage, batch};
use super::moved::find::{self, Found};
use super::moved::{Form, Names};
use super::work::Work;
use super::{PlanError, Recipe, naming, set_not_null};
use crate::schema::Relation;

pub(super) const RECIPE: Recipe = Recipe {
    id: "move-column",
    summary: "keeps the columns the same in both tables with triggers on each, whichever of them a release writes, copies the rows that are there, and drops the old ones last",
    take,
};

fn take(work: &mut Work<'_>, at: usize) -> Result<bool, PlanError> {
    let found = match find::out(work, at)? {
        Some(found) => Some(found),
        None => find::into(work, at)?,
    };
    let Some(found) = found else {
        return Ok(false);
    };
    let goal = work.goal()?;
    if let Some((why, help)) = found.moved.obstacle(goal.catalogue()) {
        let (source, target) = (&found.moved.source.name, &found.moved.target.name);
        let message = format!(
            "columns of {} cannot be moved to {} while releases write both: {why}",
            source.name, target.name
        );
        return Err(work.refuse(found.copy, message, help));
    }
    let (source, target) = (&found.moved.source.name, &found.moved.target.name);
    for (from, to) in &found.moved.columns {
        work.claim(at, source, &from.name)?;
        if !found.adds.is_empty() {
            work.claim(at, target, &to.name)?;
        }
    }
    let names = found.moved.names(Some(goal.catalogue()));
    found.expand(work, &names);
    found.fill(work, &names);
    found.finish(work, &names);
    found.tell(work);
    let requires = found.requires.iter().map(|(at, _)| *at);
    let steps = found.adds.iter().chain(&found.drops).copied();
    let steps: Vec<usize> = steps.chain(requires).chain([found.copy]).collect();
    steps.into_iter().for_each(|at| work.take(at));
    Ok(true)
}

impl Found {
    fn shown(&self, arrives: bool) -> String {
        let table = if arrives {
            &self.moved.target
        } else {
            &self.moved.source
        };
        let columns = self.moved.columns.iter().map(|(from, to)| {
            let column = if arrives { to } else { from };
            format!("{}.{}", table.name.name, column.name)
        });
        let columns: Vec<String> = columns.collect();
        columns.join(", ")
    }

    fn block(
        &self,
        stage: Stage,
        table: Option<&Relation>,
        why: String,
        statements: Vec<String>,
    ) -> Block {
        let (source, target) = (&self.moved.source, &self.moved.target);
        let first = self.moved.columns.first();
        let subject = match (first, table.is_some_and(|table| table.name == source.name)) {
            (Some((from, _)), true) => naming::slug_of(&source.name.name, &from.name),
            (Some((_, to)), false) => naming::slug_of(&target.name.name, &to.name),
            (None, _) => String::new(),
        };
        Block {
            stage,
            table: table.map(|table| table.name.clone()),
            subject,
            why,
            directives: Vec::new(),
            statements,
        }
    }

    fn expand(&self, work: &mut Work<'_>, names: &Names) {
        let moved = &self.moved;
        let (old, new) = (self.shown(false), self.shown(true));
        let there = work.was_there(&moved.target.name);
        let target = there.then_some(&moved.target);
        let mut make = Vec::new();
        if !self.adds.is_empty() {
            let adds: Vec<&str> = self.adds.iter().map(|at| work.text(*at)).collect();
            make.push(format!(
                "ALTER TABLE {} {}",
                moved.target.name.to_sql(),
                adds.join(", ")
            ));
        }
        make.extend(moved.functions(names));
        let draft = &mut work.draft;
        draft.block(self.block(
            Stage::Expand,
            target,
            format!(
                "What keeps {new} the same as {old}. {} has the keys whose rows are not as the others: 'made' by the database for release N, 'gone' when release N+1 deleted it, written when another one had the second row: 'late' in the old place, 'ahead' in the new one; 'given' with the value that it had.",
                names.keys.name
            ),
            make,
        ));
        let mut on_source = self.optional();
        on_source.extend(moved.source_triggers(names));
        draft.block(self.block(
            Stage::Expand,
            Some(&moved.source),
            format!("What a release writes into {old} goes to {new}: in the same transaction, and without waiting for who waits for it."),
            on_source,
        ));
        draft.block(self.block(
            Stage::Expand,
            target,
            format!("What a release writes into {new} goes to {old}, whose row is locked first."),
            moved.target_triggers(names),
        ));
    }

    /// Lets rows be without the old columns, where a release that does not know them makes such rows or takes the new
    /// ones away.
    fn optional(&self) -> Vec<String> {
        let moved = &self.moved;
        if matches!(moved.form, Form::Merge) {
            return Vec::new();
        }
        let key = moved.source.primary_key().unwrap_or_default();
        let alone = moved.columns.iter().filter(|(from, to)| {
            from.not_null && !key.contains(&from.name) && !(from.default.is_some() && to.not_null)
        });
        alone
            .map(|(from, _)| {
                format!(
                    "ALTER TABLE {} ALTER COLUMN {} DROP NOT NULL",
                    moved.source.name.to_sql(),
                    from.name.to_sql()
                )
            })
            .collect()
    }

    fn fill(&self, work: &mut Work<'_>, names: &Names) {
        let moved = &self.moved;
        let new = self.shown(true);
        let (table, why) = match moved.form {
            Form::Out(_) => (
                &moved.source,
                format!(
                    "Touches the rows that were there before the triggers, which give them {new}."
                ),
            ),
            Form::In | Form::Merge => (
                &moved.target,
                format!("Touches the rows that were there before the triggers, which fetch {new}."),
            ),
        };
        let mut block = self.block(Stage::Backfill, Some(table), why, vec![moved.fill(names)]);
        block.directives.push(batch(table));
        work.draft.block(block);
    }

    fn finish(&self, work: &mut Work<'_>, names: &Names) {
        let moved = &self.moved;
        let (old, new) = (self.shown(false), self.shown(true));
        let mut mend = self.block(
            Stage::Mend,
            Some(&moved.target),
            format!("Touches the rows of {new} that were written while another release had the second row and then gave up."),
            vec![moved.mend(names)],
        );
        mend.directives.push(batch(&moved.target));
        work.draft.block(mend);
        for (_, column) in &self.requires {
            set_not_null::tighten(work, &moved.target, column);
        }
        work.draft.block(self.block(
            Stage::Unhook,
            Some(&moved.source),
            format!("No live instance writes {old} any more."),
            moved.drop_source_triggers(names),
        ));
        work.draft.block(self.block(
            Stage::Finish,
            Some(&moved.target),
            format!("Nobody needs {old} to follow {new}."),
            moved.drop_target_triggers(names),
        ));
        let drops: Vec<&str> = self.drops.iter().map(|at| work.text(*at)).collect();
        let mut drop = Vec::new();
        if !drops.is_empty() {
            drop.push(format!(
                "ALTER TABLE {} {}",
                moved.source.name.to_sql(),
                drops.join(", ")
            ));
        }
        work.draft.block(self.block(
            Stage::Finish,
            Some(&moved.source),
            format!("No live instance knows {old} any more."),
            drop,
        ));
    }

    fn tell(&self, work: &mut Work<'_>) {
        let moved = &self.moved;
        let (old, new) = (self.shown(false), self.shown(true));
        let (source, target) = (&moved.source.name.name, &moved.target.name.name);
        let draft = &mut work.draft;
        draft.release(At::N, format!("reads and writes {old}; the database keeps {new} the same; works as before, on every schema on the way"));
        draft.release(At::N1, format!("starts once the migrate phase is done; reads and writes {new} only, and the database keeps {old} the same for release N: the contract phase runs when no instance below N+1 is alive"));
        for constraint in moved.left_behind() {
            draft.note(format!("until the contract, release N+1 may write into {new} only what the constraint {} of {source} allows", constraint.name));
        }
        let lacking = !self.optional().is_empty();
        match moved.form {
            Form::Out(_) => {
                draft.note(format!("a row of {source} that release N+1 inserts has no value in {old} until its row of {target} comes, and none when that is deleted: release N reads NULL there, or the default"));
                draft.note(format!("deleting a row of {source} deletes its row of {target} while both releases live, whatever the foreign key says"));
                draft.note(format!("a transaction that writes a row of {target} and then that of {source} can meet the deadlock error 40P01 where release N deletes the row of {source} at that moment: write {source} first, or retry it"));
                if !moved.follows_key() {
                    draft.note(format!("an UPDATE of the key of {source} makes the row of {target} anew, with {new} and nothing else"));
                }
            }
            Form::In => {
                draft.note(format!("deleting a row of {source} takes {new} away while both releases live: it is what release N means by it"));
                if lacking {
                    draft.note(format!("a row of {source} that release N+1 inserts has in {old} what {new} says, which may be NULL"));
                }
            }
            Form::Merge => draft.note(format!("while both releases live, {source} has a row for each row of {target} into which release N+1 writes {new}, and none where a required one of them is NULL; what else {source} has is NULL or its default there")),
        }
        if !matches!(moved.form, Form::Out(_)) {
            draft.note(format!("a transaction that writes a row of {source} and then that of {target} can meet the deadlock error 40P01 where others wait for the same row longer than deadlock_timeout: write {target} first, or retry it"));
        }
        draft.note(format!("TRUNCATE of {source} or {target} is not followed; nor are writes of sessions with session_replication_role = replica"));
        draft.note(format!("at isolation levels above READ COMMITTED, a write of {source} or {target} can meet a serialization failure (40001) on the other table: retry it"));
    }
}
