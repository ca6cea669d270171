//! Whether migrations stand as `concertina plan` makes them today: what still wants splitting, and what its original has outgrown.

use std::fmt;

use serde::Serialize;

use crate::effects::phase::pinned;
use crate::effects::{self, Known, before_each};
use crate::plan::{self, Plan, PlanError, PlannedMigration};
use crate::schema::Session;
use crate::sql::{Migration, Phase, Script, parse};

/// The migrations that are not as they were planned; empty where all are.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Unplanned {
    /// In the order of the migrations.
    pub migrations: Vec<NotAsPlanned>,
}

/// A migration that is not as it was planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct NotAsPlanned {
    /// Its file.
    pub file: String,
    /// What is the matter, as a lower-case fragment.
    pub message: String,
    /// What to do, as a lower-case fragment.
    pub help: String,
}

impl fmt::Display for Unplanned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for one in &self.migrations {
            writeln!(f, "{}: {}\n    {}", one.file, one.message, one.help)?;
        }
        Ok(())
    }
}

/// What is known of the database and of how its migrations run.
pub(super) struct Ground<'a> {
    pub(super) history: &'a [Migration],
    pub(super) judged: &'a [Migration],
    pub(super) known: &'a Known,
    pub(super) options: &'a effects::Options,
}

impl Ground<'_> {
    /// The migrations that `concertina plan` would split, or cannot.
    pub(super) fn unsplit(&self) -> Vec<NotAsPlanned> {
        let found = self.at_each_start(|migration, before| {
            match plan::plan(migration, before, &plan::Options::default()) {
                Ok(None) => None,
                Ok(Some(plan)) => Some(wants_splitting(migration, &plan)),
                Err(error) => Some(cannot_be_split(migration, error)),
            }
        });
        found.into_iter().flatten().collect()
    }

    /// Where the migrations differ from the plan of an original, which the first of them took the version of.
    ///
    /// Texts are compared statement by statement: comments, and how a layout spells directions, are no difference.
    pub(super) fn outgrown(
        &self,
        original: &Migration,
        options: &plan::Options,
    ) -> Option<NotAsPlanned> {
        let same = self.at_each_start(|migration, session| {
            (migration.version == original.version).then(|| session.clone())
        });
        let not_as_planned = |file: &str, message: String| NotAsPlanned {
            file: file.to_owned(),
            message,
            help: format!("plan {} again: `concertina plan --write`", original.file),
        };
        let Some(before) = same.into_iter().flatten().next() else {
            let message = format!("no migration has its version {}", original.version);
            return Some(not_as_planned(&original.file, message));
        };
        let plan = match plan::plan(original, &before, options) {
            Ok(Some(plan)) => plan,
            Ok(None) => {
                let message = "nothing in it needs splitting any more".to_owned();
                return Some(not_as_planned(&original.file, message));
            }
            Err(error) => return Some(cannot_be_split(original, error)),
        };
        let forward = self.judged.iter().filter(|one| !one.down);
        let mut standing = forward.skip_while(|one| one.version != original.version);
        plan.migrations.iter().find_map(|planned| {
            let Some(stands) = standing.next() else {
                let message = format!("its {} migration is not there", planned.phase);
                return Some(not_as_planned(&original.file, message));
            };
            Some(not_as_planned(&stands.file, difference(stands, planned)?))
        })
    }

    /// What `look` makes of each of the judged migrations and the session just before it.
    fn at_each_start<T: Send>(&self, look: impl Fn(&Migration, &Session) -> T + Sync) -> Vec<T> {
        before_each(self.known, self.history, self.judged, self.options, look)
    }
}

/// The first thing in which a migration is not the planned one; none where it is.
fn difference(stands: &Migration, planned: &PlannedMigration) -> Option<String> {
    let wanted = parse(&planned.sql);
    let phases = (
        pinned(&stands.script().directives),
        pinned(&wanted.directives),
    );
    if phases.0 != phases.1 {
        let name = |phase: Option<Phase>| phase.map_or("no phase", Phase::as_str);
        return Some(format!(
            "stands for {} where the plan has {}",
            name(phases.0),
            name(phases.1)
        ));
    }
    let texts = |script: &Script, text: &str| -> Vec<String> {
        let statements = script.statements.iter();
        let texts =
            statements.map(|one| one.span.text(text).trim_end_matches(';').trim().to_owned());
        texts.filter(|text| !text.is_empty()).collect()
    };
    let (has, wants) = (
        texts(stands.script(), &stands.text),
        texts(&wanted, &planned.sql),
    );
    let shared = has.iter().zip(&wants).take_while(|(a, b)| a == b).count();
    match (has.get(shared), wants.get(shared)) {
        (None, None) => None,
        (Some(has), Some(wants)) => Some(format!("has `{has}` where the plan has `{wants}`")),
        (Some(has), None) => Some(format!("has `{has}`, which the plan does not")),
        (None, Some(wants)) => Some(format!("lacks `{wants}`")),
    }
}

fn wants_splitting(migration: &Migration, plan: &Plan) -> NotAsPlanned {
    let phases: Vec<&str> = plan
        .migrations
        .iter()
        .map(|one| one.phase.as_str())
        .collect();
    NotAsPlanned {
        file: migration.file.clone(),
        message: format!("wants splitting into {}", phases.join(", ")),
        help: format!("run `concertina plan --write` on {}", migration.file),
    }
}

fn cannot_be_split(migration: &Migration, error: PlanError) -> NotAsPlanned {
    NotAsPlanned {
        file: migration.file.clone(),
        message: format!("line {}: {}", error.line, error.message),
        help: error.help,
    }
}
