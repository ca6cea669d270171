//! What lies on disk: migration layouts, query sources, configuration and baselines.

mod baseline;
mod config;
mod diff;
mod error;
mod fix;
mod git;
mod glob;
mod layouts;

pub mod queries;
mod read;
mod replace;
mod since;

pub use baseline::Baseline;
pub use config::{CONFIG_FILE, Config};
pub use error::ProjectError;
pub use fix::{apply_edits, diff_of_edits};
pub use git::{files_at, newest_revision};
pub use layouts::{Layout, PlannedFile, plan_versions};
pub use queries::{load_release, release_from_texts};
pub use read::{Loaded, from_text, load, load_statistics, write_text};
pub use replace::Place;
pub use since::Since;
