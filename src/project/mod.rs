//! What lies on disk: migration layouts and query sources.

mod error;
mod fix;
mod git;
mod layouts;
mod read;

pub use error::ProjectError;
pub use fix::apply_edits;
pub use git::files_at;
pub use layouts::{Layout, PlannedFile};
pub use read::{Loaded, from_text, load};
