//! Replays the statements inside the body of a DO block.

use super::Session;
use super::session::Outcome;
use crate::sql::ast::{Change, Dml, DmlVerb, Ident};
use crate::sql::{Reach, body_statements};

/// Bodies inside bodies are followed this far.
const MAX_DEPTH: usize = 8;

impl Session {
    /// This session inside a body: a transaction is open; none where bodies nest too deeply.
    pub(crate) fn nested(&self) -> Option<Self> {
        let mut inside = self.clone();
        inside.depth += 1;
        inside.open();
        (inside.depth <= MAX_DEPTH).then_some(inside)
    }

    /// Makes a schema, unless it is there, and looks names up in it first.
    pub(crate) fn enter_schema(&mut self, name: &Ident) {
        self.catalogue.schemas.insert(name.clone());
        self.catalogue.search_path.insert(0, name.clone());
    }

    /// Every branch is taken as far as the schema allows it. What is left out or comes to nothing on
    /// some path makes the catalogue incomplete, and so does SQL that is put together at run time.
    pub(super) fn run_body(&mut self, language: &str, body: &str) -> Outcome {
        if self.depth >= MAX_DEPTH {
            self.assume_more();
            return Ok(());
        }
        self.depth += 1;
        let result = self.run_statements(language, body);
        self.depth -= 1;
        result
    }

    fn run_statements(&mut self, language: &str, body: &str) -> Outcome {
        for statement in body_statements(language, body) {
            match &statement.change {
                Change::Transaction(_) | Change::Utility { .. } => continue,
                // Variables look like columns to us.
                Change::Dml(Dml {
                    verb: DmlVerb::Select,
                    ..
                }) => continue,
                Change::Opaque { .. } => {
                    self.assume_more();
                    continue;
                }
                _ => {}
            }
            let before = self.mark();
            let result = self.run(&statement.change);
            if statement.reach == Reach::Perhaps && self.differs_from(&before) {
                self.assume_more();
            }
            if let Err(refusal) = result {
                self.go_back(before);
                let missing =
                    self.catalogue.is_incomplete() && refusal.is_about_something_missing();
                if statement.reach == Reach::Always && !missing {
                    return Err(refusal);
                }
            }
        }
        Ok(())
    }
}
