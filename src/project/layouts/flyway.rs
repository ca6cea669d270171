//! Flyway: `V1.2__name.sql`, `U1.2__name.sql` to undo it, `R__name.sql` whenever it changes; transactions by what the file holds.

use std::path::Path;

use super::message::{refuses_transactions, statements};
use super::{Candidate, FileName, Layout, PlannedFile, file_name, whole};
use crate::plan::PlannedMigration;
use crate::project::ProjectError;
use crate::sql::TransactionMode;

pub(super) static LAYOUT: Layout = Layout {
    id: "flyway",
    example: "sql/V1.2__create_users.sql",
    parse,
    claims,
    hidden: whole,
    transaction,
    unwrapping: None,
    dump: false,
    recursive: true,
    folder_each: false,
    unique_versions: true,
    write,
};

fn parse(path: &Path) -> Option<FileName> {
    let stem = file_name(path).strip_suffix(".sql")?;
    if let Some(name) = stem.strip_prefix("R__") {
        return Some(FileName {
            name: name.to_owned(),
            ..FileName::default()
        });
    }
    let (version, name) = stem.strip_prefix(['V', 'U'])?.split_once("__")?;
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let dotted = version.split(['.', '_']).all(digits);
    (dotted && !name.is_empty()).then(|| FileName {
        version: version.to_owned(),
        name: name.to_owned(),
        down: stem.starts_with('U'),
        ..FileName::default()
    })
}

/// refinery names its files alike: Flyway's are known by repeatable ones, by dots in versions, by a file
/// that undoes another, or by its configuration.
fn claims(files: &[Candidate<'_>]) -> bool {
    let names: Vec<FileName> = files.iter().filter_map(|file| parse(file.path)).collect();
    let undone = |undo: &FileName| {
        let same = |one: &FileName| !one.down && one.version == undo.version;
        undo.down && names.iter().any(same)
    };
    let own = |name: &FileName| {
        name.version.is_empty() || name.version.contains(['.', '_']) || undone(name)
    };
    let configured = |file: &Candidate<'_>| script_configuration(file.path).exists();
    names.iter().any(own)
        || files.iter().any(configured)
        || files.first().is_some_and(|file| {
            let mut folders = file.path.ancestors().skip(1).take(ABOVE);
            folders.any(|folder| {
                folder.join("flyway.conf").exists() || folder.join("flyway.toml").exists()
            })
        })
}

/// How far up its configuration is looked for.
const ABOVE: usize = 5;

/// `V1__name.sql.conf` beside the file.
fn script_configuration(path: &Path) -> std::path::PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".conf");
    name.into()
}

/// `executeInTransaction` of the script's configuration has the first word. Else a file that holds nothing
/// but statements which refuse a transaction runs without one, and so does a mixed file where `mixed` is
/// allowed; where it is not, Flyway refuses the file, and we say that its statements run in one.
fn transaction(path: &Path, text: &str) -> Result<TransactionMode, ProjectError> {
    let wrapped = |yes: bool| {
        if yes {
            TransactionMode::Wrapped
        } else {
            TransactionMode::Unwrapped
        }
    };
    let own = script_configuration(path);
    if own.exists()
        && let Some(said) = setting(&own, "executeInTransaction")?
    {
        return Ok(wrapped(said));
    }
    let statements = statements(text, &[]);
    let refusing = statements
        .iter()
        .filter(|one| refuses_transactions(one))
        .count();
    if refusing == 0 {
        return Ok(TransactionMode::Wrapped);
    }
    let mut mixed = false;
    for folder in path.ancestors().skip(1).take(ABOVE) {
        let (conf, toml) = (folder.join("flyway.conf"), folder.join("flyway.toml"));
        if conf.exists() {
            mixed = setting(&conf, "flyway.mixed")?.unwrap_or(false);
        } else if toml.exists() {
            mixed = setting(&toml, "mixed")?.unwrap_or(false);
        } else {
            continue;
        }
        break;
    }
    Ok(wrapped(refusing < statements.len() && !mixed))
}

/// A yes or no of `key = value` lines; quotes around keys and values do not matter.
fn setting(path: &Path, key: &str) -> Result<Option<bool>, ProjectError> {
    let text = std::fs::read_to_string(path).map_err(|error| ProjectError::reading(path, error))?;
    for (index, line) in text.lines().enumerate() {
        let Some((name, value)) = line.split_once('=') else {
            continue;
        };
        if name.trim().trim_matches('"') != key {
            continue;
        }
        let value = value.split('#').next().unwrap_or_default();
        return match value.trim().trim_matches('"') {
            "true" => Ok(Some(true)),
            "false" => Ok(Some(false)),
            other => Err(ProjectError::Malformed {
                path: path.to_owned(),
                reason: format!(
                    "line {}: {key} must be true or false, not {other:?}",
                    index + 1
                ),
            }),
        };
    }
    Ok(None)
}

/// A contract is a `V` file as any other: Flyway's `U` files undo.
fn write(version: &str, migration: &PlannedMigration) -> Vec<PlannedFile> {
    let path = format!("V{version}__{}.sql", migration.name).into();
    let mut files = vec![PlannedFile {
        path,
        text: migration.sql.clone(),
    }];
    if migration.transaction == TransactionMode::Unwrapped {
        files.push(PlannedFile {
            path: format!("V{version}__{}.sql.conf", migration.name).into(),
            text: "executeInTransaction=false\n".to_owned(),
        });
    }
    files
}
