//! The walk everybody uses: migrations through one session, statement by statement, transaction by transaction.

use super::alias::Aliases;
use super::{Effects, Held, of_applied, phase};
use crate::schema::{Catalogue, Refusal, Session, Small, Statistics};
use crate::sql::ast::{Change, Ident, TransactionControl};
use crate::sql::{DirectiveKind, Migration, Phase, TransactionMode};

/// How migrations are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// The major version of PostgreSQL.
    pub version: u16,
    /// Whether the runner wraps each file in a transaction, whatever its layout says.
    pub in_transaction: Option<bool>,
}

impl Default for Options {
    /// The newest version, each file as its layout runs it.
    fn default() -> Self {
        Self {
            version: *super::VERSIONS.end(),
            in_transaction: None,
        }
    }
}

/// What is known of the database beside its history.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// The schemas that a session searches when it begins; PostgreSQL's default unless set.
    pub search_path: Option<Vec<Ident>>,
    /// How large the relations are before the first judged statement.
    pub statistics: Statistics,
    /// Up to where a relation counts as small.
    pub small: Small,
    /// The session that runs the migrations begins without a `lock_timeout`, as PostgreSQL's default is.
    pub waits_without_end: bool,
}

/// What happens while migrations run.
#[derive(Debug, Clone)]
pub struct Timeline {
    /// The major version of PostgreSQL.
    pub version: u16,
    /// The judged migrations, one for one.
    pub files: Vec<FileWalk>,
    /// Every statement of the judged migrations, in order; those of down migrations are left out.
    pub steps: Vec<Step>,
    /// Their transactions, in order; a statement on its own is one too.
    pub transactions: Vec<Transaction>,
    /// The schema before the first judged statement.
    pub start: Catalogue,
    /// The schema after the last one.
    pub end: Catalogue,
}

/// What happens while one migration runs.
#[derive(Debug, Clone)]
pub struct FileTimeline {
    /// The migration as a whole.
    pub file: FileWalk,
    /// Its statements, in order; none of a down migration.
    pub steps: Vec<Step>,
    /// Its transactions, in order; a step's is an index into these.
    pub transactions: Vec<Transaction>,
}

/// One migration as a whole.
#[derive(Debug, Clone)]
pub struct FileWalk {
    /// Pinned by a directive, else the last phase any of its statements belongs to.
    pub phase: Phase,
    /// A directive says so.
    pub pinned: bool,
    /// The runner opens a transaction around it.
    pub wrapped: bool,
    /// The schema before it.
    pub before: Catalogue,
    /// The schema after it.
    pub after: Catalogue,
}

/// One statement as it runs.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its migration, as an index into those judged.
    pub migration: usize,
    /// Its index in that file.
    pub statement: usize,
    /// Its transaction, as an index into the timeline's.
    pub transaction: usize,
    /// Its place among the statements of that transaction, from 0.
    pub position: usize,
    /// It runs inside a transaction block, the runner's or one the file opened.
    pub in_block: bool,
    /// Its phase: pinned by a directive, else its own, else that of its file.
    pub phase: Phase,
    /// The phase it would have without any directive; none where it fits every phase.
    pub inferred: Option<Phase>,
    /// The session just before it: what exists, what the open transaction made.
    pub session: Session,
    /// The schema after it.
    pub after: Catalogue,
    /// What it does; `fails` is what PostgreSQL refuses about this very statement. Where an earlier
    /// statement of the transaction failed, what this one would do once that one is mended.
    pub effects: Effects,
    /// What PostgreSQL answers: `effects.fails`, or that the transaction has failed already (25P02).
    pub refusal: Option<Refusal>,
    /// What its transaction had done before it and still holds.
    pub held: Held,
    /// A later statement rolls it back: what it takes it takes, but nothing of what it does stays.
    pub undone: bool,
}

impl Step {
    /// The schema before it.
    pub fn before(&self) -> &Catalogue {
        self.session.catalogue()
    }
}

/// One transaction, or one statement that commits by itself.
#[derive(Debug, Clone)]
pub struct Transaction {
    /// Its migration, as an index into those judged.
    pub migration: usize,
    /// Its statements, as indexes into that file.
    pub statements: Vec<usize>,
    /// A transaction block, rather than a statement that commits by itself.
    pub block: bool,
    /// What all its statements do together, as seen just before it ends; nothing once one has failed.
    pub effects: Effects,
    /// The statement that fails, and why.
    pub fails: Option<(usize, Refusal)>,
}

/// Runs `judged` after `history` and says what each statement does.
///
/// The history is replayed for what it leaves behind, without effects: it did run, so a statement in
/// it that we would refuse is passed over. After a judged statement that fails, the rest is judged as
/// if that one had been left out, and says so in [`Step::refusal`]. Linear in the number of statements.
pub fn walk(history: &[Migration], judged: &[Migration], options: &Options) -> Timeline {
    walk_knowing(&Known::default(), history, judged, options)
}

/// The same, with what else is known of the database.
pub fn walk_knowing(
    known: &Known,
    history: &[Migration],
    judged: &[Migration],
    options: &Options,
) -> Timeline {
    let mut timeline = Timeline {
        version: options.version,
        files: Vec::with_capacity(judged.len()),
        steps: Vec::new(),
        transactions: Vec::new(),
        start: Catalogue::default(),
        end: Catalogue::default(),
    };
    timeline.end = walk_each(known, history, judged, options, |_, walked| {
        let before = timeline.transactions.len();
        timeline.files.push(walked.file);
        timeline.transactions.extend(walked.transactions);
        timeline
            .steps
            .extend(walked.steps.into_iter().map(|step| Step {
                transaction: before + step.transaction,
                ..step
            }));
    });
    let first = timeline.files.first().map(|file| &file.before);
    timeline.start = first.unwrap_or(&timeline.end).clone();
    timeline
}

/// The same file by file, for those who keep nothing: `each` is given the index of a migration among those judged, and
/// what happens while it runs. Gives the schema at the end.
pub fn walk_each(
    known: &Known,
    history: &[Migration],
    judged: &[Migration],
    options: &Options,
    mut each: impl FnMut(usize, FileTimeline),
) -> Catalogue {
    let nothing = |_, _: &Catalogue, _: &FileTimeline| ();
    walk_each_and(
        known,
        history,
        judged,
        options,
        nothing,
        |index, walked, ()| {
            each(index, walked);
        },
    )
}

/// The same for those who look at each file in a way that takes long: `look` is given the index of a migration among those
/// judged, the schema before all of them and what happens while it runs, on several threads; what it makes is given to
/// `each`.
pub fn walk_each_and<T: Send>(
    known: &Known,
    history: &[Migration],
    judged: &[Migration],
    options: &Options,
    look: impl Fn(usize, &Catalogue, &FileTimeline) -> T + Sync,
    mut each: impl FnMut(usize, FileTimeline, T),
) -> Catalogue {
    let mut start = None;
    let make = |session: &mut Session, migration: &Migration| {
        let start = start.get_or_insert_with(|| session.catalogue().clone());
        let wrapped = wrapped(migration, options);
        let replayed = Replayed::new(session, migration, wrapped);
        (start.clone(), replayed)
    };
    let work = |index, migration: &Migration, (start, replayed)| {
        let walked = Walker::new(index).file(migration, replayed);
        let looked = look(index, &start, &walked);
        (index, walked, looked)
    };
    let take = |(index, walked, looked)| each(index, walked, looked);
    along(known, history, judged, options, make, work, take)
}

/// What `look` makes of each judged migration and the session just before it, on several threads. Gives all of it, one
/// for one.
pub fn before_each<T: Send>(
    known: &Known,
    history: &[Migration],
    judged: &[Migration],
    options: &Options,
    look: impl Fn(&Migration, &Session) -> T + Sync,
) -> Vec<T> {
    let mut all = Vec::with_capacity(judged.len());
    let make = |session: &mut Session, migration: &Migration| {
        let before = session.catalogue().clone();
        if !migration.down {
            replay(session, migration, options);
        }
        Session::on(before, options.version)
    };
    let work = |_, migration: &Migration, before| look(migration, &before);
    let take = |looked| all.push(looked);
    along(known, history, judged, options, make, work, take);
    all
}

/// Replays the history and what is judged. `make` moves the session over each judged migration, one after the other;
/// beside it, migrations are read ahead and `work` is done on what has been made; `take` is given the results in order.
fn along<I: Send, O: Send>(
    known: &Known,
    history: &[Migration],
    judged: &[Migration],
    options: &Options,
    mut make: impl FnMut(&mut Session, &Migration) -> I,
    work: impl Fn(usize, &Migration, I) -> O + Sync,
    take: impl FnMut(O),
) -> Catalogue {
    let mut session = Session::new(options.version);
    if let Some(path) = &known.search_path {
        session.search(path);
    }
    if history.is_empty() && !begins_at_nothing(judged, options) {
        session.assume_more();
    }
    let all: Vec<&Migration> = history.iter().chain(judged).collect();
    let make = |at: usize| {
        let migration = *all.get(at)?;
        let Some(index) = at.checked_sub(history.len()) else {
            if !migration.down {
                replay(&mut session, migration, options);
            }
            return None;
        };
        if index == 0 {
            session.take_statistics(&known.statistics);
        }
        Some((index, migration, make(&mut session, migration)))
    };
    let work = |(index, migration, made)| work(index, migration, made);
    if all.len() > 1 && all.iter().map(|one| one.text.len()).sum::<usize>() >= WORTH_A_THREAD {
        let read = |at: usize| {
            all.get(at).map(|one| one.script());
        };
        crate::parallel::pipeline(all.len(), read, make, work, take);
    } else {
        let made = (0..all.len()).filter_map(make);
        made.map(work).for_each(take);
    }
    if judged.is_empty() {
        session.take_statistics(&known.statistics);
    }
    session.catalogue().clone()
}

/// From so many bytes on files are read and the schema is replayed ahead, and effects are looked at side by side.
const WORTH_A_THREAD: usize = 16 << 10;

/// Whether the first migration runs on an empty database and makes something there; else there is a
/// history that we have not been shown, and what a statement misses may well exist.
fn begins_at_nothing(judged: &[Migration], options: &Options) -> bool {
    let mut session = Session::new(options.version);
    let makes_something = |session: &Session| session.catalogue().relations().next().is_some();
    for migration in judged.iter().filter(|migration| !migration.down) {
        for (at, statement) in migration.script().statements.iter().enumerate() {
            if at >= ENOUGH && makes_something(&session) {
                return true;
            }
            if session.apply(&statement.change).is_err() {
                return false;
            }
        }
        if makes_something(&session) {
            return true;
        }
    }
    false
}

/// A file that needs nothing for so many statements needs no history.
const ENOUGH: usize = 500;

/// Whether the runner opens a transaction around this file; a directive in it has the last word.
pub fn wrapped(migration: &Migration, options: &Options) -> bool {
    let directives = migration.script().directives.iter();
    let refused = directives
        .filter_map(|directive| directive.kind.as_ref().ok())
        .any(|kind| *kind == DirectiveKind::NoTransaction);
    let by_layout = migration.transaction == TransactionMode::Wrapped;
    !refused && options.in_transaction.unwrap_or(by_layout)
}

const BEGIN: Change = Change::Transaction(TransactionControl::Begin);
const COMMIT: Change = Change::Transaction(TransactionControl::Commit);

fn replay(session: &mut Session, migration: &Migration, options: &Options) {
    let mut apply = |change: &Change| {
        // It did run: what we would refuse, we have misread.
        if session.apply(change).is_err() {
            session.forgive();
        }
    };
    let wrapped = wrapped(migration, options);
    if wrapped {
        apply(&BEGIN);
    }
    for statement in &migration.script().statements {
        apply(&statement.change);
    }
    if wrapped {
        apply(&COMMIT);
    }
    if migration.dump {
        // It empties the search path of its own session, which is not the one that goes on.
        let reset = crate::sql::parse("RESET search_path").statements;
        reset.iter().for_each(|statement| apply(&statement.change));
    }
}

/// What becomes of the schema while a migration runs.
struct Replayed {
    wrapped: bool,
    before: Catalogue,
    /// The session before each statement, the schema after it, and what it is refused for.
    statements: Vec<(Session, Catalogue, Option<Refusal>)>,
    after: Catalogue,
}

impl Replayed {
    fn new(session: &mut Session, migration: &Migration, wrapped: bool) -> Self {
        let before = session.catalogue().clone();
        let mut statements = Vec::new();
        if !migration.down {
            if wrapped {
                run_quietly(session, &BEGIN);
            }
            statements.reserve(migration.script().statements.len());
            for statement in &migration.script().statements {
                let then = session.clone();
                let refused = session.apply(&statement.change).err();
                if refused.is_some() {
                    session.forgive();
                }
                statements.push((then, session.catalogue().clone(), refused));
            }
            run_quietly(session, &COMMIT);
        }
        Self {
            wrapped,
            before,
            statements,
            after: session.catalogue().clone(),
        }
    }
}

/// Opens or closes the runner's own transaction, which cannot fail.
fn run_quietly(session: &mut Session, control: &Change) {
    let _always_ok = session.apply(control);
}

/// What is gathered while one migration runs.
struct Walker {
    /// Its index among those judged.
    migration: usize,
    steps: Vec<Step>,
    transactions: Vec<Transaction>,
    open: Option<Block>,
}

/// The transaction block that is open.
#[derive(Default)]
struct Block {
    /// As an index into the file's.
    transaction: usize,
    /// A statement failed: everything is refused until it is rolled back.
    failed: bool,
    /// Savepoints with what had been done when they were set, and their places in the transaction.
    savepoints: Vec<((Ident, Effects, Held), usize)>,
    /// What it holds so far.
    held: Held,
    /// What it has renamed.
    aliases: Aliases,
}

impl Walker {
    fn new(migration: usize) -> Self {
        Self {
            migration,
            steps: Vec::new(),
            transactions: Vec::new(),
            open: None,
        }
    }

    fn file(mut self, migration: &Migration, replayed: Replayed) -> FileTimeline {
        let before = replayed.before;
        if replayed.wrapped && !migration.down {
            self.begin();
        }
        self.steps.reserve(replayed.statements.len());
        let statements = migration.script().statements.iter().enumerate();
        for ((at, statement), (session, after, refused)) in statements.zip(replayed.statements) {
            let change = &statement.change;
            if *change == BEGIN && self.open.is_none() {
                self.begin();
            }
            let in_block = self.open.is_some();
            let transaction = match &self.open {
                Some(block) => block.transaction,
                None => self.add_transaction(false),
            };
            let mut effects = of_applied(change, &session, &after, refused);
            let refused = effects.fails.clone();
            if let Some(block) = &mut self.open {
                block.aliases.translate(&mut effects, &session);
                if refused.is_none() {
                    block.aliases.note(change, &session);
                }
            }
            let (position, held, refusal) =
                self.account(transaction, at, change, &effects, refused);
            self.steps.push(Step {
                migration: self.migration,
                statement: at,
                transaction,
                position,
                in_block,
                phase: Phase::Expand,
                inferred: phase::infer(change, session.catalogue(), &before),
                session,
                after,
                effects,
                refusal,
                held,
                undone: false,
            });
        }
        let pinned = phase::pinned(&migration.script().directives);
        let inferred = self.steps.iter().filter_map(|step| step.inferred).max();
        let phase = pinned.or(inferred).unwrap_or(Phase::Expand);
        for step in &mut self.steps {
            let statement = migration.script().statements.get(step.statement);
            let own = statement.and_then(|statement| phase::pinned(&statement.directives));
            step.phase = own.or(pinned).or(step.inferred).unwrap_or(phase);
        }
        FileTimeline {
            file: FileWalk {
                phase,
                pinned: pinned.is_some(),
                wrapped: replayed.wrapped,
                before,
                after: replayed.after,
            },
            steps: self.steps,
            transactions: self.transactions,
        }
    }

    /// Adds a statement to its transaction; gives its place there, what is held so far, and the answer.
    fn account(
        &mut self,
        transaction: usize,
        index: usize,
        change: &Change,
        effects: &Effects,
        refused: Option<Refusal>,
    ) -> (usize, Held, Option<Refusal>) {
        let Some(current) = self.transactions.get_mut(transaction) else {
            return (0, Held::default(), refused);
        };
        let position = current.statements.len();
        current.statements.push(index);
        let Some(block) = &mut self.open else {
            current.record(index, effects, refused.as_ref());
            return (position, Held::default(), refused);
        };
        let held = block.held.clone();
        if let Change::Transaction(control) = change {
            match control {
                TransactionControl::Savepoint(name) => {
                    let then = (name.clone(), current.effects.clone(), held.clone());
                    block.savepoints.push((then, position));
                }
                TransactionControl::RollbackTo(name) => {
                    let mut set = block.savepoints.iter().rev();
                    let then = set.find(|((set, ..), _)| set == name);
                    if let Some(((_, effects, held), from)) = then {
                        current.effects = effects.clone();
                        block.held = held.clone();
                        current.fails = None;
                        block.failed = false;
                        let from = *from;
                        self.undo(transaction, from);
                    }
                }
                TransactionControl::Commit => self.open = None,
                TransactionControl::Rollback => {
                    self.undo(transaction, 0);
                    self.open = None;
                }
                TransactionControl::CommitAndChain | TransactionControl::RollbackAndChain => {
                    if *control == TransactionControl::RollbackAndChain {
                        self.undo(transaction, 0);
                    }
                    self.begin();
                }
                TransactionControl::Begin
                | TransactionControl::Release(_)
                | TransactionControl::Set { .. }
                | TransactionControl::TwoPhase => {}
            }
            return (position, held, refused);
        }
        if block.failed {
            return (position, held, Some(aborted()));
        }
        block.failed = refused.is_some();
        if block.failed {
            block.held = Held::default();
        } else if !effects.guessed {
            block.held.absorb(effects);
        }
        current.record(index, effects, refused.as_ref());
        (position, held, refused)
    }

    /// What a transaction has done from a place on is rolled back.
    fn undo(&mut self, transaction: usize, from: usize) {
        let steps = self.steps.iter_mut().rev();
        let own = steps.take_while(|step| step.transaction == transaction && step.position >= from);
        own.for_each(|step| step.undone = true);
    }

    fn begin(&mut self) {
        self.open = Some(Block {
            transaction: self.add_transaction(true),
            ..Block::default()
        });
    }

    fn add_transaction(&mut self, block: bool) -> usize {
        self.transactions.push(Transaction {
            migration: self.migration,
            statements: Vec::new(),
            block,
            effects: Effects::default(),
            fails: None,
        });
        self.transactions.len() - 1
    }
}

impl Transaction {
    fn record(&mut self, index: usize, effects: &Effects, refused: Option<&Refusal>) {
        match refused {
            None => self.effects.absorb(effects),
            Some(refusal) => {
                self.effects = Effects {
                    transaction: effects.transaction,
                    ..Effects::default()
                };
                self.fails = Some((index, refusal.clone()));
            }
        }
    }
}

/// What PostgreSQL answers to every statement after one that failed.
fn aborted() -> Refusal {
    Refusal {
        sqlstate: "25P02",
        message: "current transaction is aborted, commands ignored until end of transaction block"
            .to_owned(),
    }
}
