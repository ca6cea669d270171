//! Reads `concertina.toml` key by key, so that what is wrong is said with its line and what to write.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Config, Override};
use crate::effects::VERSIONS;
use crate::project::glob::Glob;
use crate::project::read::read_text;
use crate::project::{Layout, ProjectError};
use crate::rules::{Level, RULES, Severity, nearest};
use crate::sql::ast::Ident;

const KEYS: [&str; 18] = [
    "postgres",
    "migrations",
    "layout",
    "history",
    "start_after",
    "against",
    "days",
    "search_path",
    "lock_timeout",
    "in_transaction",
    "releases",
    "baseline",
    "statistics",
    "small_rows",
    "small_bytes",
    "fail_on",
    "rules",
    "overrides",
];

type Value<'a> = Spanned<DeValue<'a>>;

pub(super) fn read(file: &Path) -> Result<Config, ProjectError> {
    let text = read_text(file)?;
    let reader = Reader { file, text: &text };
    let table = DeTable::parse(&text)
        .map_err(|error| reader.wrong(error.span().unwrap_or_default().start, error.message()))?;
    let mut config = Config {
        file: Some(file.to_owned()),
        ..Config::default()
    };
    for (key, value) in table.get_ref() {
        reader.entry(&mut config, key, value)?;
    }
    if let (Some(since), Some(days)) = (&config.against, table.get_ref().get("days"))
        && since.revision.is_empty()
    {
        let how = "days are of the tags of a pattern; write against = \"v*\" too";
        return Err(reader.wrong(days.span().start, how));
    }
    Ok(config)
}

struct Reader<'a> {
    file: &'a Path,
    text: &'a str,
}

impl Reader<'_> {
    fn entry(
        &self,
        config: &mut Config,
        key: &Spanned<std::borrow::Cow<'_, str>>,
        value: &Value<'_>,
    ) -> Result<(), ProjectError> {
        match key.get_ref().as_ref() {
            "postgres" => config.postgres = Some(self.version(value)?),
            "migrations" => config.migrations = self.paths("migrations", value)?,
            "layout" => config.layout = Some(self.layout(value)?),
            "history" => config.history = self.paths("history", value)?,
            "start_after" => config.start_after = Some(self.text("start_after", value)?.to_owned()),
            "against" => config.since().revision = self.text("against", value)?.to_owned(),
            "days" => {
                let days = u32::try_from(self.count("days", value)?);
                let days = days.map_err(|_| self.not(value, "days", "a number of days"))?;
                config.since().days = Some(days);
            }
            "search_path" => {
                let names = self.texts("search_path", value)?;
                config.search_path = Some(names.into_iter().map(Ident::new).collect());
            }
            "lock_timeout" => {
                let written = self.text("lock_timeout", value)?;
                if !written.starts_with(|c: char| ('1'..='9').contains(&c)) {
                    return Err(self.not(value, "lock_timeout", "a duration such as \"2s\""));
                }
                config.lock_timeout = Some(written.to_owned());
            }
            "in_transaction" => {
                let said = value.get_ref().as_bool();
                let said =
                    said.ok_or_else(|| self.not(value, "in_transaction", "true or false"))?;
                config.in_transaction = Some(said);
            }
            "releases" => {
                let table =
                    self.table("releases", value, "a table such as \"1.4.0\" = \"queries\"")?;
                for (version, path) in table {
                    let path = self.path(self.text(version.get_ref(), path)?);
                    config.releases.push((version.get_ref().to_string(), path));
                }
            }
            "baseline" => config.baseline = Some(self.path(self.text("baseline", value)?)),
            "statistics" => config.statistics = Some(self.path(self.text("statistics", value)?)),
            "small_rows" => config.small.rows = self.count("small_rows", value)?,
            "small_bytes" => config.small.bytes = self.count("small_bytes", value)?,
            "fail_on" => match self.level("fail_on", value)? {
                Level::At(severity) => config.fail_on = Some(severity),
                Level::Off => return Err(self.not(value, "fail_on", SEVERITIES)),
            },
            "rules" => config.levels = self.levels("rules", value)?,
            "overrides" => config.overrides = self.overrides(value)?,
            other => return Err(self.unknown(key.span().start, "key", other, &KEYS)),
        }
        Ok(())
    }

    fn version(&self, value: &Value<'_>) -> Result<u16, ProjectError> {
        let number = value.get_ref().as_integer();
        let number = number.and_then(|number| number.as_str().parse::<u16>().ok());
        number
            .filter(|number| VERSIONS.contains(number))
            .ok_or_else(|| {
                let known = format!(
                    "a major version from {} to {}",
                    VERSIONS.start(),
                    VERSIONS.end()
                );
                self.not(value, "postgres", &known)
            })
    }

    fn layout(&self, value: &Value<'_>) -> Result<&'static Layout, ProjectError> {
        let name = self.text("layout", value)?;
        Layout::from_id(name).ok_or_else(|| {
            let ids: Vec<&str> = Layout::ids().collect();
            self.unknown(value.span().start, "layout", name, &ids)
        })
    }

    fn overrides(&self, value: &Value<'_>) -> Result<Vec<Override>, ProjectError> {
        const HOW: &str = "tables, each written [[overrides]]";
        let tables = value.get_ref().as_array();
        let tables = tables.ok_or_else(|| self.not(value, "overrides", HOW))?;
        let mut overrides = Vec::new();
        for one in tables.iter() {
            let mut made = Override {
                paths: Vec::new(),
                levels: BTreeMap::new(),
            };
            for (key, value) in self.table("overrides", one, HOW)? {
                match key.get_ref().as_ref() {
                    "paths" => {
                        let globs = self.texts("paths", value)?;
                        made.paths = globs.into_iter().map(Glob::new).collect();
                    }
                    "rules" => made.levels = self.levels("rules", value)?,
                    other => {
                        let known = ["paths", "rules"];
                        return Err(self.unknown(
                            key.span().start,
                            "key of overrides",
                            other,
                            &known,
                        ));
                    }
                }
            }
            if made.paths.is_empty() {
                return Err(self.wrong(
                    one.span().start,
                    "these overrides name no paths; write paths = [\"old/**\"]",
                ));
            }
            overrides.push(made);
        }
        Ok(overrides)
    }

    fn levels(
        &self,
        key: &str,
        value: &Value<'_>,
    ) -> Result<BTreeMap<String, Level>, ProjectError> {
        let ids: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
        let mut levels = BTreeMap::new();
        for (rule, level) in self.table(key, value, "a table such as drop-table = \"off\"")? {
            let id = rule.get_ref().as_ref();
            if !ids.contains(&id) {
                return Err(self.unknown(rule.span().start, "rule", id, &ids));
            }
            levels.insert(id.to_owned(), self.level(id, level)?);
        }
        Ok(levels)
    }

    fn level(&self, key: &str, value: &Value<'_>) -> Result<Level, ProjectError> {
        match value.get_ref().as_str() {
            Some("off") => Ok(Level::Off),
            Some("note") => Ok(Level::At(Severity::Note)),
            Some("warning") => Ok(Level::At(Severity::Warning)),
            Some("error") => Ok(Level::At(Severity::Error)),
            _ => Err(self.not(value, key, LEVELS)),
        }
    }

    fn count(&self, key: &str, value: &Value<'_>) -> Result<u64, ProjectError> {
        let number = value.get_ref().as_integer();
        let number = number.and_then(|number| number.as_str().parse().ok());
        number.ok_or_else(|| self.not(value, key, "a number such as 10000"))
    }

    fn text<'v>(&self, key: &str, value: &'v Value<'_>) -> Result<&'v str, ProjectError> {
        value
            .get_ref()
            .as_str()
            .ok_or_else(|| self.not(value, key, "a text in quotes"))
    }

    /// One text, or a list of them.
    fn texts<'v>(&self, key: &str, value: &'v Value<'_>) -> Result<Vec<&'v str>, ProjectError> {
        match value.get_ref().as_array() {
            Some(all) => all.iter().map(|one| self.text(key, one)).collect(),
            None => Ok(vec![self.text(key, value)?]),
        }
    }

    fn paths(&self, key: &str, value: &Value<'_>) -> Result<Vec<PathBuf>, ProjectError> {
        let texts = self.texts(key, value)?;
        Ok(texts.into_iter().map(|text| self.path(text)).collect())
    }

    fn path(&self, text: &str) -> PathBuf {
        self.file.with_file_name("").join(text)
    }

    fn table<'v, 't>(
        &self,
        key: &str,
        value: &'v Value<'t>,
        how: &str,
    ) -> Result<&'v DeTable<'t>, ProjectError> {
        value
            .get_ref()
            .as_table()
            .ok_or_else(|| self.not(value, key, how))
    }

    fn not(&self, value: &Value<'_>, key: &str, expected: &str) -> ProjectError {
        let start = value.span().start;
        self.wrong(start, &format!("{key} must be {expected}"))
    }

    fn unknown(&self, at: usize, what: &str, word: &str, known: &[&str]) -> ProjectError {
        let help = match nearest(word, known.iter().copied()) {
            Some(near) => format!("did you mean {near:?}?"),
            None => format!("known: {}", known.join(", ")),
        };
        self.wrong(at, &format!("no {what} is called {word:?}; {help}"))
    }

    fn wrong(&self, at: usize, what: &str) -> ProjectError {
        let before = self.text.get(..at).unwrap_or_default();
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        ProjectError::Malformed {
            path: self.file.to_owned(),
            reason: format!("line {line}: {what}"),
        }
    }
}

const SEVERITIES: &str = "\"note\", \"warning\" or \"error\"";
const LEVELS: &str = "\"off\", \"note\", \"warning\" or \"error\"";
