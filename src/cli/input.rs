//! The arguments that say which migrations are judged, which are known as history, and what is known beside.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use clap::builder::PossibleValuesParser;

use super::{CliError, output};
use crate::effects::{Known, Options, VERSIONS};
use crate::project::{self, Config, Layout, Loaded};
use crate::schema::Statistics;
use crate::sql::Migration;

/// Which migrations, in which layout.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct PathArgs {
    /// Migration files or folders [default: those of concertina.toml, else migrations]; `-` reads one migration from standard input
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The layout of the migrations, when their names do not show it
    #[arg(long, value_name = "TOOL", value_parser = PossibleValuesParser::new(Layout::ids()))]
    layout: Option<String>,
    /// What a migration read from standard input is called
    #[arg(long, value_name = "NAME", default_value = "<stdin>")]
    stdin_name: String,
    /// The configuration [default: the nearest concertina.toml at or above the migrations]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Which migrations, after which history, for which PostgreSQL.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct MigrationArgs {
    #[command(flatten)]
    pub(super) judged: PathArgs,
    /// Migrations already applied: replayed for knowledge, not judged; of a folder that holds judged files too, what stands before and between them
    #[arg(long, value_name = "PATH")]
    history: Vec<PathBuf>,
    /// The major version of PostgreSQL [default: that of concertina.toml, else the newest]
    #[arg(long, value_name = "MAJOR",
          value_parser = clap::value_parser!(u16).range(i64::from(*VERSIONS.start())..=i64::from(*VERSIONS.end())))]
    pg: Option<u16>,
    /// How large the relations are: what `concertina stats` wrote
    #[arg(long, value_name = "FILE")]
    statistics: Option<PathBuf>,
}

/// A client that does not register, as `NAME=RELEASE`.
///
/// # Errors
/// There is no `=`, or no version behind it.
pub(super) fn client(text: &str) -> Result<crate::run::Client, String> {
    let (name, release) = text.split_once('=').ok_or("write NAME=RELEASE")?;
    let release = release
        .parse()
        .map_err(|error| format!("{release} is no version: {error}"))?;
    Ok(crate::run::Client {
        name: name.to_owned(),
        release,
    })
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
    /// What `concertina.toml` says.
    pub(super) config: Config,
    pub(super) history: Vec<Migration>,
    pub(super) judged: Vec<Migration>,
    /// The files that stand between those named: they run with them, and nothing is said about them.
    pub(super) between: BTreeSet<String>,
    /// The major version, and whether files run in a transaction.
    pub(super) options: Options,
    pub(super) known: Known,
}

impl PathArgs {
    /// Whether no path was named.
    pub(super) fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }

    /// Names the successors of files that are gone; folders stay.
    pub(super) fn replace(&mut self, replaced: &[(PathBuf, Vec<PathBuf>)]) {
        let swapped = self.paths.iter().flat_map(|path| {
            let found = replaced.iter().find(|(gone, _)| gone == path);
            found.map_or_else(|| vec![path.clone()], |(_, files)| files.clone())
        });
        self.paths = swapped.collect();
    }

    /// The one path that was named, where it names nothing on disk.
    pub(super) fn only(&self) -> Option<&str> {
        match self.paths.as_slice() {
            [one] if !one.exists() => one.to_str(),
            _ => None,
        }
    }

    /// The paths named, else those of the configuration; without any the folder `migrations`.
    pub(super) fn paths(&self, config: &Config) -> Vec<PathBuf> {
        match (self.paths.as_slice(), config.migrations.as_slice()) {
            ([], []) => vec![PathBuf::from("migrations")],
            ([], configured) => configured.to_vec(),
            (named, _) => named.to_vec(),
        }
    }

    /// What `concertina.toml` says.
    pub(super) fn config(&self) -> Result<Config, CliError> {
        let first = self.paths.iter().find(|path| path.as_os_str() != "-");
        let near = first.map_or(Path::new(""), PathBuf::as_path);
        Ok(Config::load(self.config.as_deref(), near)?)
    }

    /// The layout that was named, here or in the configuration.
    pub(super) fn layout(&self, config: &Config) -> Option<&'static Layout> {
        let named = self.layout.as_deref().and_then(Layout::from_id);
        named.or(config.layout)
    }

    /// Reads what was named.
    pub(super) fn read(&self, config: &Config) -> Result<Vec<Migration>, CliError> {
        let mut migrations = Vec::new();
        for path in self.paths(config) {
            if path.as_os_str() == "-" {
                migrations.push(self.read_stdin(config)?);
            } else {
                migrations.extend(self.load(&path, config)?.migrations);
            }
        }
        Ok(migrations)
    }

    /// Reads one path and says which of its files the layout's tool would not run.
    fn load(&self, path: &Path, config: &Config) -> Result<Loaded, CliError> {
        let loaded = project::load(path, self.layout(config))?;
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

    fn read_stdin(&self, config: &Config) -> Result<Migration, CliError> {
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
        let layout = self.layout(config);
        Ok(project::from_text(Path::new(&self.stdin_name), text, layout)?.1)
    }
}

impl MigrationArgs {
    /// Whether neither migrations nor history were named.
    pub(super) fn names_nothing(&self) -> bool {
        self.judged.is_empty() && self.history.is_empty()
    }

    /// Whether the major version is said, here or by the configuration.
    pub(super) fn names_version(&self, config: &Config) -> bool {
        self.pg.or(config.postgres).is_some()
    }

    /// Reads the judged migrations, the history before them, and what is known of the database.
    pub(super) fn read(&self) -> Result<Input, CliError> {
        let config = self.judged.config()?;
        let judged = self.judged.read(&config)?;
        let mut input = Input {
            options: Options {
                version: self.pg.or(config.postgres).unwrap_or(*VERSIONS.end()),
                in_transaction: config.in_transaction,
            },
            known: self.known(&config)?,
            config,
            history: Vec::new(),
            judged,
            between: BTreeSet::new(),
        };
        let history = if self.history.is_empty() {
            input.config.history.clone()
        } else {
            self.history.clone()
        };
        for path in &history {
            let all = self.judged.load(path, &input.config)?.migrations;
            input.add_history(all);
        }
        // A dump says what is there, whether it was named so or not.
        let (dumps, mut judged) = input.judged.into_iter().partition(|one| one.dump);
        input.history.extend::<Vec<Migration>>(dumps);
        input.history.extend(input.config.applied(&mut judged)?);
        input.judged = judged;
        Ok(input)
    }

    fn known(&self, config: &Config) -> Result<Known, CliError> {
        let statistics = self.statistics.as_ref().or(config.statistics.as_ref());
        let statistics = match statistics {
            None => Statistics::default(),
            Some(path) => project::load_statistics(path)?,
        };
        Ok(Known {
            search_path: config.search_path.clone(),
            statistics,
            small: config.small,
            waits_without_end: config.lock_timeout.is_none(),
        })
    }
}

impl Input {
    /// Takes the migrations of a folder as history: those before the first that is judged. When judged
    /// ones are among them, they run in the folder's order, with what stands between them.
    fn add_history(&mut self, all: Vec<Migration>) {
        let real = |one: &Migration| Path::new(&one.file).canonicalize().ok();
        let places: Vec<Option<PathBuf>> = self.judged.iter().map(real).collect();
        let judged_at = |one: &Migration| {
            let place = real(one)?;
            places
                .iter()
                .position(|judged| judged.as_ref() == Some(&place))
        };
        let at: Vec<Option<usize>> = all.iter().map(judged_at).collect();
        let Some(last) = at.iter().rposition(Option::is_some) else {
            self.history.extend(all);
            return;
        };
        let mut judged: Vec<Option<Migration>> = std::mem::take(&mut self.judged)
            .into_iter()
            .map(Some)
            .collect();
        let mut ordered = Vec::new();
        for (migration, at) in all.into_iter().zip(at).take(last + 1) {
            match at.and_then(|at| judged.get_mut(at)).and_then(Option::take) {
                Some(own) => ordered.push(own),
                None if ordered.is_empty() => self.history.push(migration),
                None => {
                    self.between.insert(migration.file.clone());
                    ordered.push(migration);
                }
            }
        }
        ordered.extend(judged.into_iter().flatten());
        self.judged = ordered;
    }
}
