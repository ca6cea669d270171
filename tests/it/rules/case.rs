//! One labelled migration: what is there before, what is judged, and the findings it must give.

use std::collections::BTreeSet;

use concertina::compat::{AppQuery, Release};
use concertina::effects::{Known, Options};
use concertina::rules::{Class, Finding, Input, Report, check_knowing};
use concertina::sql::{Migration, TransactionMode, parse};

/// A text cut at the lines `-- history`, `-- rows` (statements a server runs after the history, before it fills tables
/// that are empty still), `-- release VERSION` and `-- migration [unwrapped] [pg=N] [role=NAME] [assumes] [waits]`
/// (it assumes tables which it does not make; its session is known to begin without a `lock_timeout`);
/// without any, all of it is the migration.
pub(crate) struct Case {
    pub(crate) history: Vec<Migration>,
    pub(crate) rows: String,
    pub(crate) releases: Vec<Release>,
    pub(crate) migration: Migration,
    /// The major version it is judged for; none where it makes no difference.
    pub(crate) version: Option<u16>,
    /// The role the application uses.
    pub(crate) role: Option<String>,
    /// It names tables that it does not make: no server can run it.
    pub(crate) assumes: bool,
    /// Its session begins without a `lock_timeout`, and that is known.
    pub(crate) waits: bool,
    /// What its marks say: `--~ SEVERITY RULE CLASS,..` at the end of the line where the finding begins.
    pub(crate) marks: Vec<String>,
    /// Its label: the classes of hazard it holds. What is only a habit or concerns a backfill is not counted.
    pub(crate) classes: BTreeSet<Class>,
}

/// Everything that a label can say.
pub(crate) const CLASSES: [Class; 8] = [
    Class::Destructive,
    Class::BlocksReads,
    Class::BlocksWrites,
    Class::TableRewrite,
    Class::LongScan,
    Class::BreaksApp,
    Class::FailsInTransaction,
    Class::Fails,
];

impl Case {
    pub(crate) fn read(text: &str) -> Self {
        let mut case = Self {
            history: Vec::new(),
            rows: String::new(),
            releases: Vec::new(),
            migration: Migration::new("migration.sql", ""),
            version: None,
            role: None,
            assumes: false,
            waits: false,
            marks: Vec::new(),
            classes: BTreeSet::new(),
        };
        for (head, body) in sections(text) {
            let mut words = head.split_whitespace();
            match words.next() {
                Some("history") => case.history.push(Migration::new("history.sql", body)),
                Some("rows") => case.rows.push_str(body),
                Some("release") => {
                    let version = words.next().expect("`-- release` names its version");
                    case.releases.push(release(version, body));
                }
                Some("migration") | None => {
                    case.migration = Migration::new("migration.sql", body);
                    for word in words {
                        match word.split_once('=') {
                            Some(("role", role)) => case.role = Some(role.to_owned()),
                            Some(("pg", version)) => case.version = Some(version.parse().unwrap()),
                            _ if word == "unwrapped" => {
                                case.migration.transaction = TransactionMode::Unwrapped;
                            }
                            _ if word == "assumes" => case.assumes = true,
                            _ if word == "waits" => case.waits = true,
                            _ => panic!(
                                "`-- migration` knows unwrapped, pg=N, role=NAME, assumes and waits, not {word}"
                            ),
                        }
                    }
                    case.marks = marks(body);
                    let said = case.marks.iter().filter_map(|mark| mark.split(' ').nth(3));
                    case.classes = said.flat_map(|said| classes(said, ",")).collect();
                }
                Some(other) => panic!("no section is called {other}"),
            }
        }
        case
    }

    /// The cases of a file that holds many, each with its name.
    ///
    /// Each begins with `-- case NAME: CLASS ..` and goes on as a case of its own does. What stands before the first
    /// one is the history, and the release, of all of them; a case that names a release has that one only, and
    /// `-- release none` none.
    pub(crate) fn read_many(text: &str) -> Vec<(String, Self)> {
        let mut parts = text.split("-- case ");
        let common = format!("-- history\n{}", parts.next().unwrap_or_default());
        let (mut history, mut release) = (String::new(), String::new());
        for (head, body) in sections(&common) {
            if head.starts_with("release") {
                release.push_str(&format!("-- {head}\n{body}"));
            } else {
                history.push_str(body);
            }
        }
        let read = |part: &str| {
            let (head, body) = part.split_once('\n').unwrap_or((part, ""));
            let (name, label) = head.split_once(':').unwrap_or((head, ""));
            let mut whole = format!("-- history\n{history}");
            let own = sections(body);
            if !own.iter().any(|(head, _)| head.starts_with("release")) {
                whole.push_str(&release);
            }
            for (head, body) in own {
                let head = if head.is_empty() { "migration" } else { head };
                if head != "release none" {
                    whole.push_str(&format!("-- {head}\n{body}"));
                }
            }
            let mut case = Self::read(&whole);
            case.classes = classes(label, " ").collect();
            (name.trim().to_owned(), case)
        };
        parts.map(read).collect()
    }

    pub(crate) fn options(&self) -> Options {
        let mut options = Options::default();
        if let Some(version) = self.version {
            options.version = version;
        }
        options
    }

    pub(crate) fn report(&self) -> Report {
        let input = Input {
            history: &self.history,
            judged: std::slice::from_ref(&self.migration),
            releases: &self.releases,
            role: self.role.as_deref(),
            options: self.options(),
        };
        let known = Known {
            waits_without_end: self.waits,
            ..Known::default()
        };
        check_knowing(&input, &known)
    }

    /// The classes of what is found in it.
    pub(crate) fn found(&self) -> BTreeSet<Class> {
        let findings = self.report().findings;
        let found = findings.iter().flat_map(|finding| &finding.classes);
        found
            .filter(|class| CLASSES.contains(class))
            .copied()
            .collect()
    }
}

/// A finding as a mark says it: `LINE: SEVERITY RULE CLASS,..`.
pub(crate) fn as_mark(finding: &Finding) -> String {
    let classes: Vec<&str> = finding.classes.iter().map(|one| one.as_str()).collect();
    format!(
        "{}: {} {} {}",
        finding.start.line,
        finding.severity.as_str(),
        finding.rule,
        classes.join(",")
    )
}

/// The classes that a text names; those that a label does not count are left out.
fn classes(said: &str, between: &str) -> impl Iterator<Item = Class> {
    let words = said.split(between).map(str::trim);
    let words: Vec<String> = words.map(str::to_owned).collect();
    for word in words.iter().filter(|word| !word.is_empty()) {
        let known = CLASSES.iter().any(|class| class.as_str() == word);
        assert!(
            known || ["hygiene", "data"].contains(&word.as_str()),
            "no class is called {word}"
        );
    }
    CLASSES
        .into_iter()
        .filter(move |class| words.iter().any(|word| word == class.as_str()))
}

fn marks(body: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut about = 0;
    for (index, line) in body.lines().enumerate() {
        // Behind a directive there is no room for a mark: alone on a line it is about the line before.
        if !line.starts_with("--~") {
            about = index + 1;
        }
        let said = line.split("--~").skip(1);
        found.extend(said.map(|mark| format!("{about}: {}", mark.trim())));
    }
    found
}

/// The sections of a text, each with the rest of its head line.
fn sections(text: &str) -> Vec<(&str, &str)> {
    let mut cuts = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let head = line.strip_prefix("-- ").map(str::trim);
        let kind = head.and_then(|head| head.split_whitespace().next());
        if matches!(kind, Some("history" | "rows" | "release" | "migration")) {
            cuts.push((head.unwrap_or_default(), at, at + line.len()));
        }
        at += line.len();
    }
    if cuts.is_empty() {
        return vec![("", text)];
    }
    let ends = cuts.iter().skip(1).map(|(_, start, _)| *start);
    let ends: Vec<usize> = ends.chain([text.len()]).collect();
    cuts.iter()
        .zip(ends)
        .map(|((head, _, start), end)| (*head, &text[*start..end]))
        .collect()
}

/// The queries of a release, one per statement, named by the `-- name:` line before each.
fn release(version: &str, body: &str) -> Release {
    let mut end = 0;
    let mut queries = Vec::new();
    for (index, statement) in parse(body).statements.iter().enumerate() {
        let before = body.get(end..statement.span.start).unwrap_or_default();
        let named = before
            .lines()
            .filter_map(|line| line.trim().strip_prefix("-- name:"))
            .next_back();
        let name = named.map_or_else(
            || format!("query{}", index + 1),
            |name| name.trim().to_owned(),
        );
        let line = body[..statement.span.start].lines().count().max(1);
        let file = format!("release-{version}.sql");
        queries.push(AppQuery::new(name, file, line, statement.span.text(body)));
        end = statement.span.end;
    }
    Release {
        version: version.to_owned(),
        queries,
    }
}
