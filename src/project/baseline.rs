//! The findings an old project began with: kept in a file that is reviewed, so that only new ones are reported.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::ProjectError;
use super::read::read_text;
use crate::rules::Finding;
use crate::sql::Migration;

/// The version of the file.
const VERSION: u32 = 1;

/// What was found when the file was written.
#[derive(Debug, Clone)]
pub struct Baseline {
    file: PathBuf,
    entries: BTreeMap<Key, Entry>,
}

/// What a finding is known by: neither lines nor the rest of the file matter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    file: String,
    rule: String,
    statement: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    file: String,
    rule: String,
    /// Of the statement's text, its spaces aside.
    statement: String,
    /// How often: a file may hold a statement twice.
    count: usize,
    /// For those who review the file.
    severity: String,
    message: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u32,
    findings: Vec<Entry>,
}

impl Baseline {
    /// The baseline that these findings make, for a file that will lie there.
    pub fn of(file: &Path, findings: &[Finding], sources: &[Migration]) -> Self {
        let mut made = Self {
            file: file.to_owned(),
            entries: BTreeMap::new(),
        };
        for finding in findings {
            let key = made.key(finding, sources);
            let entry = made.entries.entry(key.clone()).or_insert_with(|| Entry {
                file: key.file,
                rule: key.rule,
                statement: key.statement,
                count: 0,
                severity: finding.severity.as_str().to_owned(),
                message: finding.message.clone(),
            });
            entry.count += 1;
        }
        made
    }

    /// Reads a baseline.
    ///
    /// # Errors
    /// The file cannot be read, or is no baseline that this program knows.
    pub fn read(file: &Path) -> Result<Self, ProjectError> {
        let wrong = |reason: String| ProjectError::Malformed {
            path: file.to_owned(),
            reason: format!("{reason}; write it again with `concertina baseline`"),
        };
        let text = read_text(file)?;
        let document: Document = serde_json::from_str(&text)
            .map_err(|error| wrong(format!("line {}: no baseline: {error}", error.line())))?;
        if document.version != VERSION {
            let found = document.version;
            return Err(wrong(format!(
                "a baseline of version {found}, this program reads {VERSION}"
            )));
        }
        let entries = document.findings.into_iter().map(|entry| {
            let key = Key {
                file: entry.file.clone(),
                rule: entry.rule.clone(),
                statement: entry.statement.clone(),
            };
            (key, entry)
        });
        Ok(Self {
            file: file.to_owned(),
            entries: entries.collect(),
        })
    }

    /// Writes it to its file.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self) -> Result<(), ProjectError> {
        let document = Document {
            version: VERSION,
            findings: self.entries.values().cloned().collect(),
        };
        let mut text = serde_json::to_string_pretty(&document)
            .expect("the document has string keys only and no value that refuses");
        text.push('\n');
        std::fs::write(&self.file, text).map_err(|source| ProjectError::Io {
            path: self.file.clone(),
            what: "could not be written",
            source,
        })
    }

    /// How many findings it holds.
    pub fn len(&self) -> usize {
        self.entries.values().map(|entry| entry.count).sum()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Takes the findings it holds away, and gives what it holds of these files that was not found: as
    /// lines for people.
    pub fn filter(&self, findings: &mut Vec<Finding>, sources: &[Migration]) -> Vec<String> {
        let mut left: BTreeMap<Key, usize> = BTreeMap::new();
        for (key, entry) in &self.entries {
            left.insert(key.clone(), entry.count);
        }
        findings.retain(|finding| match left.get_mut(&self.key(finding, sources)) {
            Some(count) if *count > 0 => {
                *count -= 1;
                false
            }
            _ => true,
        });
        let judged: Vec<String> = sources.iter().map(|one| self.place(&one.file)).collect();
        let stale = left
            .into_iter()
            .filter(|(key, count)| *count > 0 && judged.contains(&key.file));
        stale
            .map(|(key, _)| {
                let message = self.entries.get(&key).map_or("", |entry| &entry.message);
                format!("{}: {} is found no longer: {message}", key.file, key.rule)
            })
            .collect()
    }

    fn key(&self, finding: &Finding, sources: &[Migration]) -> Key {
        let source = sources.iter().find(|one| one.file == finding.file);
        let statement = source.and_then(|source| {
            let statement = source.script().statements.get(finding.statement)?;
            Some(statement.span.text(&source.text))
        });
        Key {
            file: self.place(&finding.file),
            rule: finding.rule.clone(),
            statement: fingerprint(statement.unwrap_or_default()),
        }
    }

    /// A path relative to the folder of the baseline, so that it does not matter where a check runs.
    fn place(&self, file: &str) -> String {
        let absolute = |path: &Path| {
            path.canonicalize()
                .or_else(|_| std::path::absolute(path))
                .ok()
        };
        let folder = self.file.parent().filter(|folder| *folder != Path::new(""));
        let folder = absolute(folder.unwrap_or(Path::new(".")));
        let real = absolute(Path::new(file));
        let relative = real
            .zip(folder)
            .and_then(|(real, folder)| real.strip_prefix(folder).ok().map(Path::to_owned));
        let relative = relative.unwrap_or_else(|| PathBuf::from(file));
        relative.to_string_lossy().replace('\\', "/")
    }
}

/// Of a text, its spaces aside.
fn fingerprint(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let digest = Sha256::digest(words.join(" ").as_bytes());
    digest
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
