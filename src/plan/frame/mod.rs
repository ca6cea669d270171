//! What every recipe stands on: the migration taken apart, the draft it writes into, second columns, and the proof.

pub(super) mod derived;
mod document;
pub(super) mod draft;
pub(super) mod fill;
pub(super) mod inline;
pub(super) mod moved;
pub(super) mod naming;
mod obstacle;
pub(super) mod rounds;
pub(super) mod source;
pub(super) mod spell;
pub(super) mod step;
pub(super) mod twin;
pub(super) mod verify;
pub(super) mod work;

pub use document::{Document, DocumentMigration};
