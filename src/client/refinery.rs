//! The migrations that `refinery::embed_migrations!` has embedded, as ours.

use refinery_core::{Runner, SchemaVersion};

use crate::run::History;
use crate::sql::Migration;

/// The migrations of a refinery runner, in the order of their versions; those without SQL text are
/// left out, as they have been applied already.
pub fn migrations(runner: &Runner) -> Vec<Migration> {
    let mut embedded: Vec<_> = runner.get_migrations().iter().collect();
    embedded.sort_by_key(|migration| migration.version());
    let ours = embedded.into_iter().filter_map(|migration| {
        let mut ours = Migration::new(format!("{migration}.sql"), migration.sql()?);
        ours.version = migration.version().to_string();
        ours.name = migration.name().to_owned();
        Some(ours)
    });
    ours.collect()
}

/// The history that refinery itself would keep in this build, with versions of its width.
pub fn history() -> History {
    History::Refinery {
        wide: size_of::<SchemaVersion>() == size_of::<i64>(),
    }
}
