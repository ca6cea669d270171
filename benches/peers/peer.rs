//! A linter as its file in `migrations-fixtures/peers` describes it: how it is asked and how its answer is read.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use concertina::rules::Class;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::case::CLASSES;
use crate::speed::Speed;

/// One file of `migrations-fixtures/peers`; its README says what the keys mean.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Peer {
    pub(crate) name: String,
    pub(crate) site: String,
    pub(crate) program: String,
    #[serde(default)]
    version: Vec<String>,
    rule: String,
    #[serde(default)]
    file: Option<String>,
    #[serde(default)]
    detail: Option<String>,
    #[serde(default)]
    classes: Option<String>,
    #[serde(default)]
    refused: Vec<String>,
    #[serde(default)]
    quiet: BTreeMap<String, Vec<String>>,
    pub(crate) ways: Vec<Way>,
    #[serde(default)]
    pub(crate) speed: Option<Speed>,
    #[serde(default)]
    rules: BTreeMap<String, Vec<String>>,
    /// The file.
    #[serde(skip)]
    pub(crate) text: String,
}

/// A way to ask it: a row of the page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Way {
    pub(crate) name: String,
    pub(crate) knows: String,
    #[serde(default)]
    pub(crate) group: Group,
    #[serde(default)]
    pub(crate) through: Option<String>,
    #[serde(default)]
    pub(crate) database: bool,
    #[serde(default)]
    pub(crate) before: Vec<Vec<String>>,
    pub(crate) arguments: Vec<String>,
    #[serde(default)]
    pub(crate) history: Vec<String>,
    #[serde(default)]
    pub(crate) release: Vec<String>,
    #[serde(default)]
    pub(crate) role: Vec<String>,
    #[serde(default)]
    pub(crate) wrapped: Form,
    #[serde(default)]
    pub(crate) unwrapped: Form,
    #[serde(default)]
    pub(crate) files: BTreeMap<String, String>,
    /// Words with the class that they say.
    #[serde(default)]
    fails: Vec<(String, String)>,
}

/// What cases of one version, one kind of transaction and, where it is known, one history share.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Group {
    /// Nothing.
    #[default]
    None,
    /// The database, and what runs before.
    Database,
    /// One call.
    Call,
}

/// What is done for files that run in a transaction, or for those that do not.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Form {
    #[serde(default)]
    pub(crate) arguments: Vec<String>,
    #[serde(default)]
    pub(crate) head: String,
    #[serde(default)]
    pub(crate) tail: String,
}

/// What a linter says of one case.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub(crate) struct Said {
    /// Its rules, in the order of its answer.
    pub(crate) rules: Vec<String>,
    /// The classes that it says in so many words.
    pub(crate) plainly: BTreeSet<String>,
    /// Those that may be meant: they count where they are right only.
    pub(crate) perhaps: BTreeSet<String>,
}

impl Said {
    /// The classes it is taken to have said of a case with that label.
    pub(crate) fn of(&self, label: &BTreeSet<Class>) -> BTreeSet<Class> {
        let meant = |class: &Class| {
            let name = class.as_str();
            self.plainly.contains(name) || label.contains(class) && self.perhaps.contains(name)
        };
        CLASSES.into_iter().filter(meant).collect()
    }
}

/// The peers in the order of the page.
pub(crate) fn peers(folder: &Path) -> Vec<Peer> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .expect("migrations-fixtures/peers")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .collect();
    files.sort_by_key(|path| (!path.ends_with("concertina.toml"), path.clone()));
    let read = |path: &PathBuf| {
        let text = fs::read_to_string(path).expect("a readable file");
        let peer: Peer =
            toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        for name in peer.rules.values().flatten() {
            class(name.trim_end_matches('?'));
        }
        Peer { text, ..peer }
    };
    files.iter().map(read).collect()
}

impl Peer {
    /// Where its program is.
    pub(crate) fn path(&self, installed: &Path) -> PathBuf {
        installed.join(&self.program)
    }

    /// The version it says it is, or why it is not there.
    pub(crate) fn version(&self, installed: &Path) -> Result<String, String> {
        let program = self.path(installed);
        if !program.exists() {
            let reason = installed.join(format!("{}.failed", self.name));
            let reason = fs::read_to_string(reason).unwrap_or_else(|_| "not installed".to_owned());
            return Err(reason.trim().to_owned());
        }
        let output = Command::new(&program).args(&self.version).output();
        let output = output.map_err(|error| error.to_string())?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let version = text.split_whitespace().find(|word| {
            word.trim_start_matches('v')
                .starts_with(|c: char| c.is_ascii_digit())
        });
        Ok(version.unwrap_or("?").to_owned())
    }

    /// The classes that some rule of it is about.
    pub(crate) fn claims(&self, way: &Way) -> BTreeSet<Class> {
        if self.classes.is_some() {
            return CLASSES.into();
        }
        let named = self.rules.values().flatten();
        let plainly = named.filter(|name| !name.ends_with('?'));
        let fails = way.fails.iter().map(|(_, name)| name);
        plainly.chain(fails).map(|name| class(name)).collect()
    }

    /// Reads an answer: what is said of each file, by the stem of its name.
    ///
    /// # Panics
    /// It names a rule that its table does not have.
    pub(crate) fn read(&self, way: &Way, answer: &str, stems: &[String]) -> BTreeMap<String, Said> {
        let mut said: BTreeMap<String, Said> = stems
            .iter()
            .map(|stem| (stem.clone(), Said::default()))
            .collect();
        let only = stems.first().filter(|_| stems.len() == 1);
        let mut found = Vec::new();
        for value in values(answer) {
            self.walk(&value, only.map(String::as_str), &mut found);
        }
        for finding in found {
            if let Some(said) = said.get_mut(&finding.file) {
                self.add(said, finding);
            }
        }
        if let Some(said) = only.and_then(|stem| said.get_mut(stem))
            && self.refused.iter().any(|words| answer.contains(words))
        {
            said.rules.push("(refused)".to_owned());
            said.perhaps.insert(Class::Fails.as_str().to_owned());
        }
        let fails = way.fails.iter().find(|(words, _)| answer.contains(words));
        if let (Some((_, name)), Some(said)) = (fails, only.and_then(|stem| said.get_mut(stem))) {
            said.rules.push(name.clone());
            said.plainly.insert(name.clone());
        }
        said
    }

    /// Adds what one finding says.
    fn add(&self, said: &mut Said, finding: Finding) {
        if let Some(classes) = finding.classes {
            said.plainly
                .extend(classes.iter().map(|class| class.as_str().to_owned()));
        } else {
            let meaning = self.rules.get(&finding.rule);
            let meaning =
                meaning.unwrap_or_else(|| panic!("{} has a rule {}", self.name, finding.rule));
            for name in meaning {
                match name.strip_suffix('?') {
                    Some(name) => said.perhaps.insert(name.to_owned()),
                    None if finding.quiet => said.perhaps.insert(name.clone()),
                    None => said.plainly.insert(name.clone()),
                };
            }
        }
        said.rules.push(finding.rule);
    }

    /// Every object that names a rule, with the file named in it or nearest around it.
    fn walk(&self, value: &Value, file: Option<&str>, found: &mut Vec<Finding>) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.walk(item, file, found)),
            Value::Object(object) => {
                let text = |key: &String| object.get(key).and_then(Value::as_str);
                let named = self.file.as_ref().and_then(text);
                let named = named.and_then(|path| Path::new(path).file_stem()?.to_str());
                let file = named.or(file);
                if let (Some(rule), Some(file)) = (text(&self.rule), file) {
                    let classes = self
                        .classes
                        .as_ref()
                        .and_then(|key| object.get(key)?.as_array());
                    let known = |names: &Vec<Value>| {
                        let said = |class: &Class| {
                            names
                                .iter()
                                .any(|name| name.as_str() == Some(class.as_str()))
                        };
                        CLASSES.into_iter().filter(said).collect()
                    };
                    let detail = self.detail.as_ref().and_then(text).unwrap_or_default();
                    let finer = self.rules.keys().find(|key| {
                        let parts = key.split_once('/');
                        parts.is_some_and(|(own, words)| own == rule && detail.contains(words))
                    });
                    found.push(Finding {
                        file: file.to_owned(),
                        rule: finer.map_or(rule, String::as_str).to_owned(),
                        classes: classes.map(known),
                        quiet: self.quiet.iter().any(|(key, values)| {
                            text(key).is_some_and(|value| values.iter().any(|one| one == value))
                        }),
                    });
                }
                for inner in object.values() {
                    self.walk(inner, file, found);
                }
            }
            _ => {}
        }
    }
}

/// The JSON in an answer, whatever stands before and behind it.
fn values(answer: &str) -> Vec<Value> {
    let lines = answer.match_indices('\n').map(|(at, _)| at + 1);
    let mut starts = std::iter::once(0)
        .chain(lines)
        .filter(|at| answer[*at..].starts_with(['{', '[']));
    let read = |at: usize| {
        let stream = serde_json::Deserializer::from_str(&answer[at..]).into_iter();
        let values: Vec<Value> = stream.map_while(Result::ok).collect();
        (!values.is_empty()).then_some(values)
    };
    starts.find_map(read).unwrap_or_default()
}

/// One finding of an answer.
struct Finding {
    /// The stem of the file's name.
    file: String,
    rule: String,
    /// Where it says them itself.
    classes: Option<BTreeSet<Class>>,
    /// The linter itself calls it harmless.
    quiet: bool,
}

/// The class of that name.
fn class(name: &str) -> Class {
    let known = CLASSES.into_iter().find(|class| class.as_str() == name);
    known.unwrap_or_else(|| panic!("no class is called {name}"))
}
