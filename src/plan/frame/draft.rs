//! What recipes write down, stage by stage, and how it becomes files.

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::{Options, Plan, PlannedMigration, ReleaseStep};
use crate::schema::{Relation, ResolvedName};
use crate::sql::{Phase, TransactionMode};

/// Where a block stands in the order of a plan; each stage commits before the next one begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::plan) enum Stage {
    /// Adds what nothing in the same transaction could use.
    Label,
    /// Adds beside what is there.
    Expand,
    /// Builds an index that takes nothing away, without blocking writes.
    Index,
    /// Fills rows.
    Backfill,
    /// Builds an index over what was filled: after it, so that the fill need not maintain it.
    IndexFilled,
    /// Declares what a trigger already guarantees for every new row.
    Declare,
    /// The same where two tables are locked.
    DeclareAlone,
    /// Reads the rows there are to prove what was declared.
    Prove,
    /// Declares what release N might still violate.
    Tighten,
    /// Fills what could not be filled while release N wrote.
    Mend,
    /// Declares what holds from then on.
    TightenFilled,
    /// Builds a unique index, which refuses what release N might still write, or drops one.
    TightenIndex,
    /// Declares what release N might still violate, where two tables are locked.
    TightenAlone,
    /// Reads the rows there are to prove what was tightened.
    ProveTightened,
    /// Takes a foreign key away, which locks two tables.
    Detach,
    /// Takes what reads tables out of the way: views, triggers, policies.
    Unhook,
    /// Takes what is made anew after the change out of its way, in the same transaction.
    Lift,
    /// Removes the old shape and takes its names.
    Finish,
    /// Makes anew what was in the way.
    Restore,
    /// Reads the rows there are to prove what was declared with the new shape.
    Confirm,
}

impl Stage {
    pub(in crate::plan) fn phase(self) -> Phase {
        match self {
            Self::Label | Self::Expand | Self::Index => Phase::Expand,
            Self::Backfill
            | Self::IndexFilled
            | Self::Declare
            | Self::DeclareAlone
            | Self::Prove => Phase::Migrate,
            Self::Tighten
            | Self::Mend
            | Self::TightenFilled
            | Self::TightenIndex
            | Self::TightenAlone
            | Self::ProveTightened
            | Self::Detach
            | Self::Unhook
            | Self::Lift
            | Self::Finish
            | Self::Restore
            | Self::Confirm => Phase::Contract,
        }
    }

    /// The last word of its files' names.
    fn word(self) -> &'static str {
        match self {
            Self::Label => "label",
            Self::Expand => "expand",
            Self::Index | Self::IndexFilled | Self::TightenIndex => "index",
            Self::Backfill | Self::Mend => "backfill",
            Self::Declare => "constraints",
            Self::Prove | Self::ProveTightened | Self::Confirm => "validate",
            Self::Tighten | Self::TightenFilled => "tighten",
            Self::DeclareAlone | Self::TightenAlone | Self::Detach => "foreign_key",
            Self::Unhook => "drop",
            Self::Lift | Self::Finish | Self::Restore => "contract",
        }
    }

    /// One statement a file, outside a transaction: the CONCURRENTLY forms.
    pub(in crate::plan) fn concurrent(self) -> bool {
        matches!(self, Self::Index | Self::IndexFilled | Self::TightenIndex)
    }

    /// The stage whose files its blocks go into.
    fn file(self) -> Self {
        match self {
            Self::Lift | Self::Restore => Self::Finish,
            own => own,
        }
    }

    /// Blocks on the same table share a file.
    fn shares(self) -> bool {
        !self.concurrent()
            && !matches!(
                self,
                Self::Backfill
                    | Self::Mend
                    | Self::DeclareAlone
                    | Self::TightenAlone
                    | Self::Detach
            )
    }
}

/// Statements that belong together.
#[derive(Debug, Clone)]
pub(in crate::plan) struct Block {
    /// When.
    pub(in crate::plan) stage: Stage,
    /// The existing table that is locked, if one is.
    pub(in crate::plan) table: Option<ResolvedName>,
    /// The first words of the file's name.
    pub(in crate::plan) subject: String,
    /// One or two sentences for the reader of the file.
    pub(in crate::plan) why: String,
    /// Comment lines before the statements, such as the directive of a backfill.
    pub(in crate::plan) directives: Vec<String>,
    /// The statements, without semicolons.
    pub(in crate::plan) statements: Vec<String>,
}

/// The place in the roll-out a sentence is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::plan) enum At {
    /// Release N, which knows the old shape only.
    N,
    /// Release N+1, which may write both.
    N1,
    /// Release N+2, which knows the new shape only.
    N2,
    /// Release N+3, when the old shape is gone.
    N3,
}

/// A plan being written.
#[derive(Debug, Default)]
pub(in crate::plan) struct Draft {
    blocks: Vec<Block>,
    notes: Vec<String>,
    releases: BTreeMap<At, Vec<String>>,
    /// What each file begins with that a transaction wraps: settings by which the migration's own text is read.
    beginning: Vec<String>,
}

impl Draft {
    /// Adds a block; one without statements is passed over.
    pub(in crate::plan) fn block(&mut self, block: Block) {
        if !block.statements.is_empty() {
            self.blocks.push(block);
        }
    }

    /// Lets each file begin with a setting.
    pub(in crate::plan) fn begin_with(&mut self, setting: String) {
        self.beginning.push(setting);
    }

    /// Whether files begin with a setting.
    pub(in crate::plan) fn begins(&self) -> bool {
        !self.beginning.is_empty()
    }

    /// Adds a sentence about what the plan cannot keep.
    pub(in crate::plan) fn note(&mut self, note: String) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// Says what the application does at one step of the roll-out.
    pub(in crate::plan) fn release(&mut self, at: At, application: impl Into<String>) {
        let said = self.releases.entry(at).or_default();
        let application = application.into();
        if !said.contains(&application) {
            said.push(application);
        }
    }

    /// Whether a backfill of that table is written down.
    pub(in crate::plan) fn fills(&self, table: &ResolvedName) -> bool {
        let fills =
            |block: &Block| block.stage == Stage::Backfill && block.table.as_ref() == Some(table);
        self.blocks.iter().any(fills)
    }

    /// How many blocks there are.
    pub(in crate::plan) fn len(&self) -> usize {
        self.blocks.len()
    }

    /// Gives the last statement of a block another text; false where there is none.
    pub(in crate::plan) fn replace(&mut self, block: usize, text: String) -> bool {
        let block = self.blocks.get_mut(block);
        match block.and_then(|block| block.statements.last_mut()) {
            Some(statement) => {
                *statement = text;
                true
            }
            None => false,
        }
    }

    /// The last transactional stage of what is written so far.
    pub(in crate::plan) fn last_stage(&self) -> Stage {
        let last = self.blocks.iter().map(|block| block.stage).max();
        match last.map(Stage::phase) {
            None | Some(Phase::Expand) if last != Some(Stage::Index) => Stage::Expand,
            None | Some(Phase::Expand | Phase::Migrate) => Stage::Prove,
            Some(Phase::Contract) if last == Some(Stage::Restore) => Stage::Restore,
            Some(Phase::Contract) => Stage::Finish,
        }
    }

    /// The phases that have something to do.
    pub(in crate::plan) fn phases(&self) -> BTreeSet<Phase> {
        let phases = self.blocks.iter().map(|block| block.stage.phase());
        phases.collect()
    }

    /// Cuts the blocks into files.
    pub(in crate::plan) fn finish(mut self, options: &Options) -> Plan {
        self.blocks.sort_by_key(|block| block.stage);
        // What is lifted comes again in the same transaction, whatever tables are changed in between.
        let lifts = self.blocks.iter().any(|block| block.stage == Stage::Lift);
        let mut files: Vec<Vec<Block>> = Vec::new();
        for block in self.blocks {
            let joins = |file: &Vec<Block>| {
                let table = file.iter().find_map(|block| block.table.as_ref());
                let same_table =
                    table.is_none() || block.table.is_none() || table == block.table.as_ref();
                let stage = block.stage.file();
                block.stage.shares()
                    && (same_table || lifts && stage == Stage::Finish)
                    && file.iter().all(|other| other.stage.file() == stage)
            };
            match files.last_mut().filter(|file| joins(file)) {
                Some(file) => file.push(block),
                None => files.push(vec![block]),
            }
        }
        let mut names = BTreeSet::new();
        let migrations = files
            .iter()
            .filter_map(|file| planned(file, &self.beginning, options, &mut names));
        let steps = [
            (At::N, "N"),
            (At::N1, "N+1"),
            (At::N2, "N+2"),
            (At::N3, "N+3"),
        ];
        let mut releases = self.releases;
        Plan {
            migrations: migrations.collect(),
            releases: steps
                .into_iter()
                .filter_map(|(at, step)| {
                    Some(ReleaseStep {
                        step: step.to_owned(),
                        application: releases.remove(&at)?.join("; "),
                    })
                })
                .collect(),
            notes: self.notes,
        }
    }
}

fn planned(
    file: &[Block],
    beginning: &[String],
    options: &Options,
    names: &mut BTreeSet<String>,
) -> Option<PlannedMigration> {
    let first = file.first()?;
    let stage = first.stage;
    let phase = stage.phase();
    let after = match (phase, &options.next_release) {
        (Phase::Contract, Some(release)) => Some(release.to_string()),
        _ => None,
    };
    let mut sql = format!("-- concertina: phase {phase}\n");
    if let Some(release) = &after {
        sql += &format!("-- concertina: after {release}\n");
    }
    if stage.concurrent() {
        sql += "-- concertina: no-transaction\n";
    } else if !beginning.is_empty() {
        sql += &format!("\n{};\n", beginning.join(";\n"));
    }
    for block in file {
        sql.push('\n');
        if !block.why.is_empty() {
            sql += &comment(&block.why);
        }
        for directive in &block.directives {
            sql += directive;
            sql.push('\n');
        }
        for statement in &block.statements {
            sql += statement;
            sql += ";\n";
        }
    }
    let named = file.iter().find(|block| block.stage == stage.file());
    let subject = &named.unwrap_or(first).subject;
    let base = format!("{subject}_{}", stage.word());
    let numbered = (2..).map(|number| format!("{base}_{number}"));
    let name = std::iter::once(base.clone())
        .chain(numbered)
        .find(|name| names.insert(name.clone()))?;
    Some(PlannedMigration {
        name,
        phase,
        after,
        transaction: if stage.concurrent() {
            TransactionMode::Unwrapped
        } else {
            TransactionMode::Wrapped
        },
        sql,
        locks: Vec::new(),
    })
}

/// A text as comment lines of up to a hundred characters; nothing in it can end the comment.
fn comment(text: &str) -> String {
    let mut lines = String::new();
    let mut line = String::from("--");
    for word in text.split_whitespace() {
        if line.chars().count() + word.chars().count() >= 100 {
            lines += &line;
            lines.push('\n');
            line = String::from("--");
        }
        line.push(' ');
        line += word;
    }
    lines + &line + "\n"
}

/// The directive that a rule finds nothing in the next statement, with the reason.
pub(in crate::plan) fn allow(rule: &str, because: &str) -> String {
    format!(
        "-- concertina: allow {rule} because \"{}\"",
        because.replace('"', "'")
    )
}

/// The directive of a backfill: the key by which the runner cuts it, where one column is the key.
pub(in crate::plan) fn batch(table: &Relation) -> String {
    match table.primary_key() {
        Some([key]) if key.to_sql() == key.as_str() => {
            format!("-- concertina: batch key={key}")
        }
        _ => "-- concertina: batch".to_owned(),
    }
}
