//! The engine: walks the migrations, asks every rule about every statement, and puts the answers in order.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use super::allow::{Allow, allow, allowances, directives};
use super::broken::FileBreaks;
use super::draft::{Draft, Findings};
use super::fresh::Fresh;
use super::part::{Part, actions, inside, whole};
use super::rule::{ANY, Check};
use super::{Class, Finding, Report, Rule, Severity, Subject, Summary};
use crate::compat::{Asked, BreakAt, Release};
use crate::effects::{FileTimeline, Known, Options, Step, walk_each_and};
use crate::rules::{
    RULES, breaks_release, fails, malformed_directive, no_lock_timeout, opaque_statement, rule,
    unused_allow,
};
use crate::schema::{Catalogue, Small};
use crate::sql::ast::Change;
use crate::sql::{Migration, Phase, Span, Statement};

/// What is judged, and by what knowledge.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// Migrations already applied: replayed for knowledge, not judged.
    pub history: &'a [Migration],
    /// The migrations to judge, in the order they run.
    pub judged: &'a [Migration],
    /// The releases of the application that may be alive meanwhile; none means that none is known.
    pub releases: &'a [Release],
    /// The role the application uses; none is the owner of everything.
    pub role: Option<&'a str>,
    /// The major version, and whether the runner wraps each file in a transaction.
    pub options: Options,
}

/// Judges migrations: what was found, by file, place and rule.
///
/// Pure, and linear in the number of statements. Down migrations are left out.
pub fn check(input: &Input<'_>) -> Report {
    check_knowing(input, &Known::default())
}

/// The same with what else is known of the database: what takes long only on a large relation is no
/// alarm on one that is known to be small.
pub fn check_knowing(input: &Input<'_>, known: &Known) -> Report {
    judge(input, known).report
}

/// What is said of migrations, and what they break whether a rule names it or not.
#[derive(Debug, Clone)]
pub struct Judged {
    /// What was found.
    pub report: Report,
    /// What each statement breaks of each release for good, in the order of the statements: unknowns too, and what
    /// breaks only once the release is gone.
    pub breaks: Vec<BreakAt>,
    /// The schema before each migration that something was found in, by its index among those judged.
    pub before: BTreeMap<usize, Catalogue>,
}

/// As [`check_knowing`], for those who want to know of each query how it fares.
pub fn judge(input: &Input<'_>, known: &Known) -> Judged {
    let asked: Vec<Asked<'_>> = input.releases.iter().map(Asked::new).collect();
    let engine = Engine {
        input,
        asked: &asked,
        small: known.small,
        unlimited: no_lock_timeout::begin_unlimited(known, input.history, input.judged),
    };
    // With a history what one file makes is new to the next, so that they are judged one after the other.
    let carries = !input.history.is_empty();
    let look = |index, start: &Catalogue, walked: &FileTimeline| {
        let breaks = FileBreaks::new(&asked, input.role, engine.deployed(start, walked), walked);
        let said = (!carries).then(|| {
            let new = &mut Fresh::default();
            engine.file(index, start, walked, &breaks, new)
        });
        (start.clone(), breaks, said)
    };
    let mut all = Gathered::default();
    all.summary.files = input.judged.iter().filter(|one| !one.down).count();
    let (mut breaks, mut fresh) = (Vec::new(), Fresh::default());
    walk_each_and(
        known,
        input.history,
        input.judged,
        &input.options,
        look,
        |index, walked, (start, broken, said)| {
            breaks.extend(broken.by_statement());
            let said =
                said.unwrap_or_else(|| engine.file(index, &start, &walked, &broken, &mut fresh));
            all.take(index, &walked, said);
        },
    );
    let Gathered {
        found: mut findings,
        before,
        waits,
        mut summary,
    } = all;
    findings.extend(waits.finding());
    findings.sort_by(|(file, one), (other_file, other)| {
        let place = |finding: &Finding| (finding.start.byte, finding.statement, finding.end.byte);
        let by_place = (file, place(one)).cmp(&(other_file, place(other)));
        by_place
            .then_with(|| one.rule.cmp(&other.rule))
            .then_with(|| one.message.cmp(&other.message))
    });
    let findings: Vec<Finding> = findings.into_iter().map(|(_, finding)| finding).collect();
    summary.count(&findings);
    let report = Report {
        postgres: input.options.version,
        findings,
        summary,
    };
    Judged {
        report,
        breaks,
        before,
    }
}

/// What is asked, the same for every file.
struct Engine<'a> {
    input: &'a Input<'a>,
    /// Its releases, one for one.
    asked: &'a [Asked<'a>],
    small: Small,
    /// Of each judged file whether nothing limits the waits for its locks when it begins.
    unlimited: Vec<bool>,
}

/// What the rules say of one file.
#[derive(Default)]
struct Said {
    findings: Vec<Finding>,
    statements: usize,
    opaque: usize,
}

/// What is said of all files.
#[derive(Default)]
struct Gathered {
    /// With the index of the file.
    found: Vec<(usize, Finding)>,
    /// The schema before each file in which something was found.
    before: BTreeMap<usize, Catalogue>,
    waits: Waits,
    summary: Summary,
}

/// What waits for its locks without end: one finding for all of it.
#[derive(Default)]
struct Waits {
    /// With the index of the file.
    first: Option<(usize, Finding)>,
    others: usize,
    files: BTreeSet<usize>,
}

impl Waits {
    fn note(&mut self, file: usize, finding: Finding) {
        self.files.insert(file);
        if self.first.is_some() {
            self.others += 1;
        } else {
            self.first = Some((file, finding));
        }
    }

    fn finding(self) -> Option<(usize, Finding)> {
        let (file, mut finding) = self.first?;
        finding.message += &no_lock_timeout::others(self.others, self.files.len());
        Some((file, finding))
    }
}

impl Gathered {
    fn take(&mut self, index: usize, walked: &FileTimeline, said: Said) {
        self.summary.statements += said.statements;
        self.summary.opaque += said.opaque;
        let (waiting, findings): (Vec<_>, Vec<_>) = said
            .findings
            .into_iter()
            .partition(|finding| finding.rule == no_lock_timeout::RULE.id);
        for finding in waiting {
            self.waits.note(index, finding);
        }
        if !findings.is_empty() {
            self.before.insert(index, walked.file.before.clone());
        }
        self.found
            .extend(findings.into_iter().map(|finding| (index, finding)));
    }
}

impl Engine<'_> {
    /// The schema that live releases know while a file runs: what is deployed before the migrations under judgement. With
    /// a history everything judged is yet to be deployed; without one, each file may have been deployed long before the
    /// next.
    fn deployed<'a>(&self, start: &'a Catalogue, walked: &'a FileTimeline) -> &'a Catalogue {
        if self.input.history.is_empty() {
            &walked.file.before
        } else {
            start
        }
    }

    /// What the rules say of one migration; `fresh` is what those before it made that is not deployed yet.
    fn file(
        &self,
        index: usize,
        start: &Catalogue,
        walked: &FileTimeline,
        breaks: &FileBreaks,
        fresh: &mut Fresh,
    ) -> Said {
        let mut said = Said::default();
        let Some(migration) = self.input.judged.get(index).filter(|one| !one.down) else {
            return said;
        };
        let file = File {
            input: self.input,
            small: self.small,
            migration,
            asked: self.asked,
            deployed: self.deployed(start, walked),
            walked,
            settled: settled(&walked.steps),
            breaks,
        };
        let mut asked = self.unlimited.get(index) == Some(&true);
        for step in &walked.steps {
            let Some(statement) = migration.script().statements.get(step.statement) else {
                continue;
            };
            said.statements += 1;
            said.opaque += usize::from(matches!(statement.change, Change::Opaque { .. }));
            asked &= !no_lock_timeout::limits(migration, statement);
            let findings = file.statement(statement, step, fresh, asked);
            said.findings.extend(findings);
        }
        let mut allowances = allowances(migration);
        said.findings
            .retain(|finding| !allow(&mut allowances, finding));
        said.findings.extend(file.directives(&allowances));
        said
    }
}

/// One migration as the rules are asked about it.
struct File<'a> {
    input: &'a Input<'a>,
    small: Small,
    migration: &'a Migration,
    /// The releases of the input, one for one.
    asked: &'a [Asked<'a>],
    /// The schema that live releases know.
    deployed: &'a Catalogue,
    walked: &'a FileTimeline,
    /// Of each transaction the schema after it.
    settled: BTreeMap<usize, &'a Catalogue>,
    breaks: &'a FileBreaks,
}

impl File<'_> {
    /// What the rules say of one statement, `asked` whether it waits without end too; takes note of what it makes.
    fn statement(
        &self,
        statement: &Statement,
        step: &Step,
        fresh: &mut Fresh,
        asked: bool,
    ) -> Vec<Finding> {
        let migration = self.migration;
        let settled = self.settled.get(&step.transaction).copied();
        let all = migration.script().statements.as_slice();
        let earlier = all.get(..step.statement).unwrap_or_default();
        let refused = fails::refusal(&statement.change, step, earlier, self.input.options.version);
        let refused = refused.as_ref();
        let subject = |part: &Part<'_>, fresh: &Fresh, ask: &mut dyn FnMut(&Subject<'_>)| {
            ask(&Subject {
                migration,
                statement,
                step,
                file: &self.walked.file,
                steps: &self.walked.steps,
                deployed: self.deployed,
                refusal: refused,
                part,
                fresh,
                small: self.small,
                input: self.input,
                settled: settled.unwrap_or(&step.after),
                asked: self.asked,
                breaks: self.breaks,
                broken: OnceCell::new(),
            });
        };
        let whole = whole(statement, step);
        let mut said: Vec<(&Rule, Draft, Span)> = Vec::new();
        let mut judge = |part: &Part<'_>, fresh: &Fresh, each: bool| {
            subject(part, fresh, &mut |subject| {
                for rule in RULES {
                    let mut findings = Findings::default();
                    match rule.check {
                        Check::Action(ask) if each => ask(subject, &mut findings),
                        Check::Statement(ask) if !each => ask(subject, &mut findings),
                        Check::Action(_) | Check::Statement(_) | Check::Engine => {}
                    }
                    let drafts = findings.drafts.into_iter();
                    let drafts = drafts.filter_map(|draft| eased(draft, subject));
                    let drafts = drafts.filter_map(|draft| lasting(draft, subject));
                    said.extend(drafts.map(|draft| (*rule, draft, part.span)));
                }
                if !each && asked {
                    let waits = no_lock_timeout::waits(subject).into_iter();
                    said.extend(waits.map(|draft| (&no_lock_timeout::RULE, draft, part.span)));
                }
                if !each && !step.undone {
                    let named: BTreeSet<&str> = said
                        .iter()
                        .flat_map(|(_, draft, _)| &draft.breaks)
                        .map(|one| one.query.as_str())
                        .collect();
                    let rest = breaks_release::unnamed(subject, &named);
                    said.extend(rest.map(|draft| (&breaks_release::RULE, draft, part.span)));
                }
            });
        };
        // A refusal over rows that may be there (class 23) leaves the rest of its effects to be judged.
        let unread = opaque_statement::is_refused(statement);
        if !unread && refused.is_none_or(|refusal| refusal.sqlstate.starts_with("23")) {
            let parts = actions(statement, step);
            if parts.is_empty() {
                judge(&whole, fresh, true);
            } else {
                let mut known = fresh.clone();
                for part in &parts {
                    judge(part, &known, true);
                    known.note(&part.change, part.session.catalogue(), &part.after);
                }
            }
            for part in inside(statement, step) {
                judge(&part, fresh, true);
                fresh.note(&part.change, part.session.catalogue(), &part.after);
            }
        }
        judge(&whole, fresh, false);
        fresh.note(&statement.change, step.before(), &step.after);
        let speakers: Vec<&str> = said.iter().map(|(rule, ..)| rule.id).collect();
        said.retain(|(rule, ..)| {
            !rule.yields_to.iter().any(|other| {
                speakers
                    .iter()
                    .any(|id| id == other || *other == ANY && *id != rule.id)
            })
        });
        let findings = said.into_iter().map(|(rule, draft, span)| {
            place(rule, draft, migration, span, step.statement, step.phase)
        });
        findings.collect()
    }

    /// Directives that cannot be read, name no rule, or allow what was not found.
    fn directives(&self, allows: &[Allow<'_>]) -> Vec<Finding> {
        let (migration, phase) = (self.migration, self.walked.file.phase);
        let statements = &migration.script().statements;
        let mut findings = Vec::new();
        let mut say = |rule: &Rule, draft: Draft, span: Span| {
            let next = statements.partition_point(|one| one.span.start < span.end);
            let at = next.min(statements.len().saturating_sub(1));
            findings.push(place(rule, draft, migration, span, at, phase));
        };
        for directive in directives(migration) {
            if let Err(reason) = &directive.kind {
                let draft = malformed_directive::unreadable(reason);
                say(&malformed_directive::RULE, draft, directive.span);
            }
        }
        for one in allows.iter().filter(|one| !one.used) {
            let span = one.directive.span;
            match rule(one.rule) {
                None => {
                    let draft = malformed_directive::unknown_rule(one.rule);
                    say(&malformed_directive::RULE, draft, span);
                }
                Some(known) => {
                    let draft = unused_allow::unused(known.id);
                    say(&unused_allow::RULE, draft, span);
                }
            }
        }
        findings
    }
}

/// Of each transaction the schema after its last statement.
fn settled(steps: &[Step]) -> BTreeMap<usize, &Catalogue> {
    let each = steps.iter().map(|step| (step.transaction, &step.after));
    each.collect()
}

/// Without what takes long on a large relation only, where all of those it is about are known to be small.
fn eased(mut draft: Draft, subject: &Subject<'_>) -> Option<Draft> {
    let by_size = [Class::TableRewrite, Class::LongScan];
    if !draft.classes.iter().any(|class| by_size.contains(class))
        || !subject.is_quick(&draft.objects)
    {
        return Some(draft);
    }
    draft.classes.retain(|class| {
        !by_size.contains(class) && !matches!(class, Class::BlocksReads | Class::BlocksWrites)
    });
    (!draft.classes.is_empty()).then_some(draft)
}

/// Without what does not stay of a statement that is rolled back, and without fixes where its text is not the file's.
fn lasting(mut draft: Draft, subject: &Subject<'_>) -> Option<Draft> {
    if subject.is_inside() {
        draft.fixes.clear();
    }
    if subject.step.undone {
        let stays = |class: &Class| !matches!(class, Class::Destructive | Class::BreaksApp);
        draft.classes.retain(stays);
        draft.breaks.clear();
    }
    (!draft.classes.is_empty()).then_some(draft)
}

fn place(
    rule: &Rule,
    draft: Draft,
    migration: &Migration,
    span: Span,
    statement: usize,
    phase: Phase,
) -> Finding {
    let mut classes: Vec<Class> = draft.classes;
    classes.sort();
    classes.dedup();
    let severity: Severity = draft.severity;
    Finding {
        rule: rule.id.to_owned(),
        classes,
        severity,
        phase,
        file: migration.file.clone(),
        statement,
        start: migration.position(span.start),
        end: migration.position(span.end),
        objects: draft.objects,
        message: draft.message,
        why: rule.why.to_owned(),
        help: draft.help,
        breaks: draft.breaks,
        fixes: draft.fixes,
    }
}
