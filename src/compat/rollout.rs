//! A deploy as its releases meet it: which of them must work with the schema after each migration, and whether it does.

use serde::Serialize;

use super::{AppQuery, Break, Release, Verdict, breaks, refusal_of};
use crate::effects::{FileWalk, Timeline};
use crate::schema::Catalogue;
use crate::sql::{DirectiveKind, Migration, Phase};

/// The releases on the way through a deploy, stage by stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RollOut {
    /// In the order they are reached: the schema before all, then after each migration.
    pub stages: Vec<Stage>,
}

/// A schema that live instances meet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Stage {
    /// The migration that leads to it; none before the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// The phase of that migration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<Phase>,
    /// Those that are alive then, with what breaks for them.
    pub releases: Vec<Alive>,
}

/// A release at a stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Alive {
    /// The release.
    pub release: String,
    /// The queries that break here, each at the first stage where it does.
    pub breaks: Vec<Break>,
}

impl RollOut {
    /// Whether each release works wherever it is alive; what could not be decided is no break.
    pub fn works(&self) -> bool {
        self.breaks().next().is_none()
    }

    /// What breaks, with its stage.
    pub fn breaks(&self) -> impl Iterator<Item = (&Stage, &Break)> {
        self.stages.iter().flat_map(|stage| {
            let all = stage.releases.iter().flat_map(|alive| &alive.breaks);
            all.filter(|broken| broken.verdict.is_break())
                .map(move |broken| (stage, broken))
        })
    }
}

/// How the deploy of `next` in the place of `current` goes along the timeline of `judged`.
///
/// The current releases are alive until the first contract. The next one is rolled out just before that (the same
/// schema is met again when it is rolled back), and is alive through the contracts up to one that waits for a
/// later release yet. Without a contract both are alive at the end.
pub fn roll_out(
    current: &[Release],
    next: Option<&Release>,
    judged: &[Migration],
    timeline: &Timeline,
) -> RollOut {
    let walked: Vec<(&Migration, &FileWalk)> = judged
        .iter()
        .zip(&timeline.files)
        .filter(|(migration, _)| !migration.down)
        .collect();
    let contracts = |(_, walk): &(&Migration, &FileWalk)| walk.phase == Phase::Contract;
    // Stage 0 is the schema before all; stage i + 1 the one after migration i.
    let rolled_out = walked.iter().position(contracts).unwrap_or(walked.len());
    let ended = walked
        .iter()
        .position(|(migration, _)| next.is_some_and(|next| waits_for_later(migration, next)));
    let ended = ended.unwrap_or(walked.len());
    let schema = |stage: usize| match stage.checked_sub(1).and_then(|at| walked.get(at)) {
        Some((_, walk)) => &walk.after,
        None => &timeline.start,
    };
    let mut current: Vec<Followed<'_>> = current.iter().map(Followed::new).collect();
    let mut next = next.map(Followed::new);
    let stages = (0..=walked.len()).map(|stage| {
        let mut releases = Vec::new();
        if stage <= rolled_out {
            let alive = current.iter_mut();
            releases.extend(alive.map(|one| one.alive(schema(0), schema(stage))));
        }
        if let Some(next) = &mut next
            && (rolled_out..=ended).contains(&stage)
        {
            releases.push(if stage == rolled_out {
                next.starts(schema(stage))
            } else {
                next.alive(schema(rolled_out), schema(stage))
            });
        }
        let migration = stage.checked_sub(1).and_then(|at| walked.get(at));
        Stage {
            after: migration.map(|(migration, _)| migration.file.clone()),
            phase: migration.map(|(_, walk)| walk.phase),
            releases,
        }
    });
    RollOut {
        stages: stages.collect(),
    }
}

/// Whether a contract waits until a release is gone that is deployed here.
fn waits_for_later(migration: &Migration, next: &Release) -> bool {
    let Ok(own) = next
        .version
        .trim_start_matches('v')
        .parse::<semver::Version>()
    else {
        return false;
    };
    let directives = migration.script().directives.iter();
    directives
        .filter_map(|directive| directive.kind.as_ref().ok())
        .any(|kind| matches!(kind, DirectiveKind::After(after) if *after > own))
}

/// A release along the stages, with the queries that have been named already.
struct Followed<'r> {
    release: &'r Release,
    named: Vec<(String, String, usize)>,
}

impl<'r> Followed<'r> {
    fn new(release: &'r Release) -> Self {
        Self {
            release,
            named: Vec::new(),
        }
    }

    /// On a schema that has become another while it was alive.
    fn alive(&mut self, before: &Catalogue, after: &Catalogue) -> Alive {
        let found = breaks(self.release, before, after);
        self.first_time(found)
    }

    /// On the schema that it meets when it starts.
    fn starts(&mut self, schema: &Catalogue) -> Alive {
        let queries = self.release.queries.iter();
        let refused = queries.filter_map(|query| self.refused(query, schema));
        let found = refused.collect();
        self.first_time(found)
    }

    fn refused(&self, asked: &AppQuery, schema: &Catalogue) -> Option<Break> {
        let query = asked.query.as_ref().ok()?;
        let refusal = refusal_of(query, schema)?;
        Some(Break {
            release: self.release.version.clone(),
            query: asked.name.clone(),
            file: asked.file.clone(),
            line: asked.line,
            verdict: Verdict::Fails,
            sqlstate: Some(refusal.sqlstate.to_owned()),
            message: refusal.message,
        })
    }

    fn first_time(&mut self, mut found: Vec<Break>) -> Alive {
        found.retain(|one| {
            let query = (one.query.clone(), one.file.clone(), one.line);
            let fresh = !self.named.contains(&query);
            // An unknown may still become a break.
            if fresh && one.verdict.is_break() {
                self.named.push(query);
            }
            fresh
        });
        Alive {
            release: self.release.version.clone(),
            breaks: found,
        }
    }
}
