//! What lies on disk: migration layouts and query sources.

mod error;
mod fix;
mod git;
mod layouts;
pub mod queries;
mod read;
mod replace;

pub use error::ProjectError;
pub use fix::apply_edits;
pub use git::files_at;
pub use layouts::{Layout, PlannedFile};
pub use queries::{load_release, release_from_texts};
pub use read::{Loaded, from_text, load};
pub use replace::Place;
