//! What a rule is: its words, its page, and the function that judges.

use super::{Class, Findings, Subject};

/// One rule: a file of its own, named after its id.
#[derive(Debug)]
#[non_exhaustive]
pub struct Rule {
    /// In lower case with hyphens; read it as "allow id".
    pub id: &'static str,
    /// One line that says what it finds: a lower-case fragment without a final stop.
    pub summary: &'static str,
    /// The classes its findings can have.
    pub classes: &'static [Class],
    /// Why PostgreSQL does so: what each of its findings carries as its reason.
    pub why: &'static str,
    /// Its page in Markdown, below the title; the fences marked `sql bad` and `sql good` are run as tests.
    pub docs: &'static str,
    /// How it judges.
    pub(in crate::rules) check: Check,
    /// Rules that say the same of a statement better: where one of them has spoken, this one is silent.
    pub(in crate::rules) yields_to: &'static [&'static str],
}

/// What a rule is asked about.
#[derive(Debug, Clone, Copy)]
pub(in crate::rules) enum Check {
    /// Each action of an ALTER TABLE on its own, and every other statement, where PostgreSQL takes them.
    Action(fn(&Subject<'_>, &mut Findings)),
    /// Each statement as a whole, also one that PostgreSQL refuses.
    Statement(fn(&Subject<'_>, &mut Findings)),
    /// Nothing: the engine itself finds it while it reads directives.
    Engine,
}

/// In [`Rule::yields_to`]: whatever any other rule has said.
pub(in crate::rules) const ANY: &str = "*";
