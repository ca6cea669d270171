//! Reads the migrations under a path.

use std::path::{Path, PathBuf};

use super::layouts::{Candidate, FileName};
use super::{Layout, ProjectError};
use crate::schema::Statistics;
use crate::sql::{Directive, DirectiveKind, Migration, TransactionMode};

/// The migrations of one path.
#[derive(Debug)]
pub struct Loaded {
    /// The layout they are in.
    pub layout: &'static Layout,
    /// The migrations forward, in the order in which the tool applies them.
    pub migrations: Vec<Migration>,
    /// Files that undo one.
    pub down: Vec<Migration>,
    /// SQL files of the folder that the layout's tool would not run.
    pub ignored: Vec<PathBuf>,
}

/// Reads a migration file, or all migrations of a folder, in the given layout or the one its names show.
///
/// # Errors
/// A path that is not there or cannot be read, a file that is no text, a folder without migrations, two
/// migrations of one version.
pub fn load(path: &Path, layout: Option<&'static Layout>) -> Result<Loaded, ProjectError> {
    let metadata = std::fs::metadata(path).map_err(|error| ProjectError::reading(path, error))?;
    if metadata.is_file() {
        return load_file(path, layout);
    }
    let mut files = Vec::new();
    list_sql_files(path, 0, &mut files)?;
    files.sort();
    let layout = layout.unwrap_or_else(|| {
        let candidates = files.iter().map(|path| Candidate { path, text: None });
        Layout::detect(&candidates.collect::<Vec<_>>())
    });
    let (mut named, mut ignored) = (Vec::new(), Vec::new());
    for file in files {
        let deep = file.parent() != Some(path);
        match (layout.parse)(&file).filter(|_| layout.recursive || !deep) {
            Some(name) => named.push((file, name)),
            None => ignored.push(file),
        }
    }
    if named.is_empty() {
        return Err(ProjectError::Empty {
            path: path.to_owned(),
            layouts: Layout::describe_all(),
        });
    }
    named.sort_by_cached_key(|(file, name)| {
        let order = (name.sorted_by.clone(), order(&name.version), name.down);
        (order, file.clone())
    });
    prefer_postgres(&mut named, &mut ignored);
    if layout.unique_versions {
        refuse_equal_versions(&named)?;
    }
    let mut loaded = Loaded {
        layout,
        migrations: Vec::new(),
        down: Vec::new(),
        ignored,
    };
    let read = crate::parallel::map(&named, |(file, name)| read(file, name, layout));
    for migration in read {
        let migration = migration?;
        if migration.down {
            loaded.down.push(migration)
        } else {
            loaded.migrations.push(migration)
        }
    }
    Ok(loaded)
}

/// A file that was named is judged whatever it is called, a down file too.
fn load_file(path: &Path, layout: Option<&'static Layout>) -> Result<Loaded, ProjectError> {
    let text = read_text(path)?;
    let (layout, migration) = from_text(path, text, layout)?;
    Ok(Loaded {
        layout,
        migrations: vec![migration],
        down: Vec::new(),
        ignored: Vec::new(),
    })
}

/// Takes a text as the migration that a file of that name would hold, in the given layout or the one
/// the name shows.
///
/// # Errors
/// A file beside it that the layout's tool reads, such as diesel's `metadata.toml`, is malformed.
pub fn from_text(
    path: &Path,
    text: String,
    layout: Option<&'static Layout>,
) -> Result<(&'static Layout, Migration), ProjectError> {
    let layout = layout.unwrap_or_else(|| {
        Layout::detect(&[Candidate {
            path,
            text: Some(&text),
        }])
    });
    let name = (layout.parse)(path).unwrap_or_else(|| FileName {
        version: String::new(),
        name: path
            .file_stem()
            .map(|stem| stem.to_string_lossy().into_owned())
            .unwrap_or_default(),
        ..FileName::default()
    });
    Ok((layout, migration(path, text, &name, layout)?))
}

fn read(path: &Path, name: &FileName, layout: &Layout) -> Result<Migration, ProjectError> {
    migration(path, read_text(path)?, name, layout)
}

fn migration(
    path: &Path,
    text: String,
    name: &FileName,
    layout: &Layout,
) -> Result<Migration, ProjectError> {
    let mode = (layout.transaction)(path, &text)?;
    let hidden = (layout.hidden)(&text);
    let mut migration = Migration::without(path.to_string_lossy(), text, &hidden);
    migration.version.clone_from(&name.version);
    migration.name.clone_from(&name.name);
    migration.down = name.down;
    migration.dump = layout.dump;
    migration.unwrapping = layout.unwrapping;
    let pins = |one: &Directive| one.kind == Ok(DirectiveKind::NoTransaction);
    let pinned = migration.may_direct() && migration.script().directives.iter().any(pins);
    migration.transaction = if pinned {
        TransactionMode::Unwrapped
    } else {
        mode
    };
    Ok(migration)
}

/// Reads a file as text; a byte-order mark before it is dropped.
///
/// # Errors
/// It cannot be read, or is not UTF-8.
pub(super) fn read_text(path: &Path) -> Result<String, ProjectError> {
    let bytes = std::fs::read(path).map_err(|error| ProjectError::reading(path, error))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        let line = error
            .as_bytes()
            .iter()
            .take(offset)
            .filter(|byte| **byte == b'\n')
            .count()
            + 1;
        ProjectError::NotText {
            path: path.to_owned(),
            offset,
            line,
        }
    })?;
    Ok(text
        .strip_prefix('\u{feff}')
        .map(str::to_owned)
        .unwrap_or(text))
}

/// Reads the sizes of relations that `concertina stats` wrote.
///
/// # Errors
/// The file cannot be read, or holds something else.
pub fn load_statistics(path: &Path) -> Result<Statistics, ProjectError> {
    let text = read_text(path)?;
    Statistics::from_json(&text).map_err(|error| {
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        ProjectError::Malformed {
            path: path.to_owned(),
            reason: format!(
                "{error}: {}; write them again with `concertina stats`",
                cause.unwrap_or_default()
            ),
        }
    })
}

/// Writes a text file.
///
/// # Errors
/// It cannot be written.
pub fn write_text(path: &Path, text: &str) -> Result<(), ProjectError> {
    std::fs::write(path, text).map_err(|source| ProjectError::Io {
        path: path.to_owned(),
        what: "could not be written",
        source,
    })
}

/// How deep folders are searched; a link that leads in a circle ends there.
const MAX_DEPTH: usize = 16;

fn list_sql_files(
    folder: &Path,
    depth: usize,
    files: &mut Vec<PathBuf>,
) -> Result<(), ProjectError> {
    let entries =
        std::fs::read_dir(folder).map_err(|error| ProjectError::reading(folder, error))?;
    for entry in entries {
        let path = entry
            .map_err(|error| ProjectError::reading(folder, error))?
            .path();
        if path.is_dir() {
            if depth < MAX_DEPTH {
                list_sql_files(&path, depth + 1, files)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "sql") {
            files.push(path);
        }
    }
    Ok(())
}

/// Numbers by value, part by part, whatever their zeros; what has none comes last.
pub(super) fn order(version: &str) -> (bool, Vec<u128>) {
    // diesel writes a date with hyphens, which is one number; dots and underscores part Flyway's.
    let parts = version.split(['.', '_']).map(|part| {
        let digits: String = part.chars().filter(char::is_ascii_digit).collect();
        digits.parse().unwrap_or(u128::MAX)
    });
    let none = !version.contains(|c: char| c.is_ascii_digit());
    (none, if none { Vec::new() } else { parts.collect() })
}

/// Of two files of one version, one made for PostgreSQL and one for every database, the first is run.
fn prefer_postgres(named: &mut Vec<(PathBuf, FileName)>, ignored: &mut Vec<PathBuf>) {
    let key = |name: &FileName| (name.version.clone(), name.down);
    let made = named.iter().filter(|(_, name)| name.postgres);
    let made: std::collections::BTreeSet<_> = made.map(|(_, name)| key(name)).collect();
    named.retain(|(file, name)| {
        let kept = name.postgres || !made.contains(&key(name));
        if !kept {
            ignored.push(file.clone());
        }
        kept
    });
}

fn refuse_equal_versions(named: &[(PathBuf, FileName)]) -> Result<(), ProjectError> {
    let clash = named.windows(2).find_map(|pair| match pair {
        [(first, one), (second, other)]
            if !one.version.is_empty()
                && order(&one.version) == order(&other.version)
                && one.down == other.down =>
        {
            Some((one.version.clone(), first.clone(), second.clone()))
        }
        _ => None,
    });
    clash.map_or(Ok(()), |(version, first, second)| {
        Err(ProjectError::SameVersion {
            version,
            first,
            second,
        })
    })
}
