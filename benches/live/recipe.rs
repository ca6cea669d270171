//! A recipe: a change, the releases that live through it, and the script an expert would write for it.

use std::collections::BTreeMap;
use std::path::Path;

/// One file of `recipes`, cut at its headings.
pub(crate) struct Recipe {
    pub(crate) name: String,
    parts: BTreeMap<String, String>,
}

/// A piece of an expert's script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Statements of one transaction, whose locks are asked for briefly and again.
    Transaction(String),
    /// A statement that blocks nobody.
    Alone(String),
    /// An UPDATE that is run a few rows at a time.
    Batches(String),
    /// A statement that is run for one range of keys, `{from}` to `{to}`, after the other.
    Ranges(String),
}

impl Recipe {
    /// All recipes in a folder, by name.
    pub(crate) fn all(folder: &Path) -> Vec<Self> {
        let mut files: Vec<_> = std::fs::read_dir(folder)
            .expect("the folder of recipes is readable")
            .map(|entry| entry.expect("an entry of it is readable").path())
            .collect();
        files.sort();
        files.iter().map(|file| Self::read(file)).collect()
    }

    fn read(file: &Path) -> Self {
        let text = std::fs::read_to_string(file).expect("a recipe is readable");
        let parts = text.split("-- == ").skip(1).map(|part| {
            let (heading, body) = part.split_once('\n').unwrap_or((part, ""));
            (heading.trim().to_owned(), body.to_owned())
        });
        Self {
            name: file
                .file_stem()
                .map(|stem| stem.to_string_lossy().into_owned())
                .unwrap_or_default(),
            parts: parts.collect(),
        }
    }

    /// The text under a heading; nothing where there is none.
    pub(crate) fn part(&self, heading: &str) -> &str {
        self.parts.get(heading).map_or("", String::as_str)
    }

    /// The requests under a heading, one a line.
    pub(crate) fn requests(&self, release: &str) -> Vec<String> {
        let lines = self.part(release).lines().map(str::trim);
        lines
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect()
    }

    /// The expert's script for a phase.
    pub(crate) fn script(&self, phase: &str) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let (mut kind, mut text) = ("tx", String::new());
        let body = self.part(&format!("expert {phase}"));
        for line in body.lines().chain(["-- end"]) {
            let Some(next) = line.strip_prefix("-- ") else {
                text.push_str(line);
                text.push('\n');
                continue;
            };
            let whole = std::mem::take(&mut text).trim().to_owned();
            if !whole.is_empty() {
                pieces.push(match kind {
                    "alone" => Piece::Alone(whole),
                    "batches" => Piece::Batches(whole),
                    "ranges" => Piece::Ranges(whole),
                    _ => Piece::Transaction(whole),
                });
            }
            kind = next.trim();
        }
        pieces
    }
}
