//! The arguments that say which migrations are judged and which are known as history.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use clap::builder::PossibleValuesParser;

use super::{CliError, output};
use crate::effects::VERSIONS;
use crate::project::{self, Layout, Loaded};
use crate::sql::Migration;

/// Which migrations, in which layout.
#[derive(Debug, clap::Args)]
pub(super) struct PathArgs {
    /// Migration files or folders [default: migrations]; `-` reads one migration from standard input
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The layout of the migrations, when their names do not show it
    #[arg(long, value_name = "TOOL", value_parser = PossibleValuesParser::new(Layout::ids()))]
    layout: Option<String>,
    /// What a migration read from standard input is called
    #[arg(long, value_name = "NAME", default_value = "<stdin>")]
    stdin_name: String,
}

/// Which migrations, after which history, for which PostgreSQL.
#[derive(Debug, clap::Args)]
pub(super) struct MigrationArgs {
    #[command(flatten)]
    pub(super) judged: PathArgs,
    /// Migrations already applied: replayed for knowledge, not judged
    #[arg(long, value_name = "PATH")]
    history: Vec<PathBuf>,
    /// The major version of PostgreSQL
    #[arg(long, value_name = "MAJOR", default_value_t = *VERSIONS.end(),
          value_parser = clap::value_parser!(u16).range(i64::from(*VERSIONS.start())..=i64::from(*VERSIONS.end())))]
    pub(super) pg: u16,
}

/// The output formats that every subcommand has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

/// Whether the runner wraps each file in a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum TransactionArg {
    Auto,
    Yes,
    No,
}

impl TransactionArg {
    /// What overrides the layout; nothing for auto.
    pub(super) fn forced(self) -> Option<bool> {
        match self {
            Self::Auto => None,
            Self::Yes => Some(true),
            Self::No => Some(false),
        }
    }
}

/// What was read.
pub(super) struct Input {
    pub(super) history: Vec<Migration>,
    pub(super) judged: Vec<Migration>,
}

impl PathArgs {
    /// Whether no path was named.
    pub(super) fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }

    /// The paths named; without one the folder `migrations`.
    pub(super) fn paths(&self) -> Vec<PathBuf> {
        if self.is_empty() {
            vec![PathBuf::from("migrations")]
        } else {
            self.paths.clone()
        }
    }

    /// The layout that was named.
    pub(super) fn layout(&self) -> Option<&'static Layout> {
        self.layout.as_deref().and_then(Layout::from_id)
    }

    /// Reads what was named.
    pub(super) fn read(&self) -> Result<Vec<Migration>, CliError> {
        let mut migrations = Vec::new();
        for path in self.paths() {
            if path.as_os_str() == "-" {
                migrations.push(self.read_stdin()?);
            } else {
                migrations.extend(self.load(&path)?.migrations);
            }
        }
        Ok(migrations)
    }

    /// Reads one path and says which of its files the layout's tool would not run.
    fn load(&self, path: &Path) -> Result<Loaded, CliError> {
        let loaded = project::load(path, self.layout())?;
        let layout = loaded.layout.id;
        match loaded.ignored.as_slice() {
            [] => {}
            [file] => output::note(&format!(
                "note: {}: not named as {layout} names migrations, left out",
                file.display()
            )),
            [first, rest @ ..] => output::note(&format!(
                "note: {} and {} more: not named as {layout} names migrations, left out",
                first.display(),
                rest.len()
            )),
        }
        Ok(loaded)
    }

    fn read_stdin(&self) -> Result<Migration, CliError> {
        let mut bytes = Vec::new();
        let read = std::io::stdin().lock().read_to_end(&mut bytes);
        read.map_err(|error| {
            CliError::Usage(format!("standard input could not be read: {error}"))
        })?;
        let text = String::from_utf8(bytes).map_err(|error| {
            CliError::Usage(format!(
                "{}: not UTF-8 text (byte {})",
                self.stdin_name,
                error.utf8_error().valid_up_to()
            ))
        })?;
        Ok(project::from_text(Path::new(&self.stdin_name), text, self.layout())?.1)
    }
}

impl MigrationArgs {
    /// Reads the judged migrations and the history before them: of a folder that holds them too, only
    /// what stands before the first.
    pub(super) fn read(&self) -> Result<Input, CliError> {
        let judged = self.judged.read()?;
        let real = |file: &str| Path::new(file).canonicalize().ok();
        let named: BTreeSet<PathBuf> = judged.iter().filter_map(|one| real(&one.file)).collect();
        let mut history = Vec::new();
        for path in &self.history {
            let before =
                |one: &Migration| real(&one.file).is_none_or(|file| !named.contains(&file));
            history.extend(
                self.judged
                    .load(path)?
                    .migrations
                    .into_iter()
                    .take_while(before),
            );
        }
        // A dump says what is there, whether it was named so or not.
        let (dumps, judged) = judged.into_iter().partition(|one| one.dump);
        history.extend::<Vec<Migration>>(dumps);
        Ok(Input { history, judged })
    }
}
