//! What lies on disk: migration layouts and query sources.

mod error;
mod layouts;
mod read;

pub use error::ProjectError;
pub use layouts::{Layout, PlannedFile};
pub use read::{Loaded, from_text, load};
