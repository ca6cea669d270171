//! Writes the cases as files, asks a linter of them in one of its ways, and reads what it says.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use concertina::sql::TransactionMode;
use postgres::{Client, NoTls};
use sha2::{Digest as _, Sha256};

use crate::case::Case;
use crate::peer::{Form, Group, Peer, Said, Way};

/// The newest major version, for cases that hold on every one.
const NEWEST: u16 = 18;

/// What a linter says of every case; nothing where no answer can be had. Answers are kept, and given again while neither
/// it nor its file nor the case has changed.
pub(crate) fn ask(
    peer: &Peer,
    way: &Way,
    version: &str,
    installed: &Path,
    cases: &[(String, Case)],
    server: Option<&str>,
) -> Option<Vec<Said>> {
    // Ours changes without another version.
    let program = match peer.name.as_str() {
        "concertina" => fs::read(peer.path(installed)).unwrap_or_default(),
        _ => Vec::new(),
    };
    let of_all = [program.as_slice(), version.as_bytes(), peer.text.as_bytes()].concat();
    let kept = installed
        .join("answers")
        .join(format!("{} {}.json", way.name, hash(&of_all)));
    let text = fs::read_to_string(&kept).unwrap_or_default();
    let mut answers: BTreeMap<String, Said> = serde_json::from_str(&text).unwrap_or_default();
    let keys: Vec<String> = cases
        .iter()
        .map(|(_, case)| hash(whole(case).as_bytes()))
        .collect();
    let anew: Vec<&Case> = keys
        .iter()
        .zip(cases)
        .filter(|(key, _)| !answers.contains_key(*key))
        .map(|(_, (_, case))| case)
        .collect();
    if !anew.is_empty() {
        let said = ask_anew(peer, way, installed, &anew, server)?;
        answers.extend(
            anew.iter()
                .map(|case| hash(whole(case).as_bytes()))
                .zip(said),
        );
        fs::create_dir_all(installed.join("answers")).expect("the folder of all peers");
        let text = serde_json::to_string(&answers).expect("keys that are strings");
        fs::write(kept, text).expect("the folder of all peers");
    }
    Some(
        keys.iter()
            .map(|key| answers.get(key).cloned().unwrap_or_default())
            .collect(),
    )
}

fn hash(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    hash.iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// All that an answer can depend on.
fn whole(case: &Case) -> String {
    let queries = case.releases.iter().flat_map(|release| &release.queries);
    let queries: Vec<&str> = queries.map(|query| query.sql.as_str()).collect();
    format!(
        "{:?} {:?} {}\n{}\n{}\n{}\n{}",
        case.version,
        case.role,
        wrapped(case),
        history(case),
        case.rows,
        queries.join("\n"),
        case.migration.text
    )
}

fn ask_anew(
    peer: &Peer,
    way: &Way,
    installed: &Path,
    cases: &[&Case],
    server: Option<&str>,
) -> Option<Vec<Said>> {
    let named = way.arguments.iter().chain(way.before.iter().flatten());
    let needs_server = way.database
        || named
            .into_iter()
            .any(|word| word.contains("{url}") || word.contains("{port}"));
    if needs_server && server.is_none() {
        return None;
    }
    let through = way.through.as_ref();
    let through = through.map(|through| installed.join(through));
    let program = through.unwrap_or_else(|| peer.path(installed));
    let groups = groups(way, cases, needs_server);
    let said = Mutex::new(vec![Said::default(); cases.len()]);
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(group) = groups.get(next.fetch_add(1, Ordering::Relaxed)) {
            let answers = Question {
                peer,
                way,
                program: &program,
                installed,
                cases,
                server: server.filter(|_| needs_server),
            }
            .put(group);
            let mut said = said.lock().expect("no thread has panicked");
            for (index, answer) in answers {
                said[index] = answer;
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(work);
        }
    });
    Some(said.into_inner().expect("no thread has panicked"))
}

/// What runs in one call: cases of one version, one kind of transaction and, where it is known, one history.
fn groups(way: &Way, cases: &[&Case], by_history: bool) -> Vec<Vec<usize>> {
    if way.group == Group::None {
        return (0..cases.len()).map(|index| vec![index]).collect();
    }
    let mut groups: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (index, case) in cases.iter().enumerate() {
        let history = by_history.then(|| (history(case), &case.rows));
        groups
            .entry((case.version, wrapped(case), history))
            .or_default()
            .push(index);
    }
    groups.into_values().collect()
}

fn history(case: &Case) -> String {
    case.history
        .iter()
        .map(|one| format!("{}\n", one.text))
        .collect()
}

fn wrapped(case: &Case) -> bool {
    case.migration.transaction != TransactionMode::Unwrapped
}

struct Question<'a> {
    peer: &'a Peer,
    way: &'a Way,
    program: &'a Path,
    installed: &'a Path,
    cases: &'a [&'a Case],
    server: Option<&'a str>,
}

impl Question<'_> {
    fn put(&self, group: &[usize]) -> Vec<(usize, Said)> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let at = folder.path();
        let first = self.cases[group[0]];
        let form = if wrapped(first) {
            &self.way.wrapped
        } else {
            &self.way.unwrapped
        };
        let files: Vec<PathBuf> = group
            .iter()
            .map(|index| write(at, *index, self.cases[*index], form))
            .collect();
        for (name, text) in &self.way.files {
            fs::write(at.join(name), text.replace("{pg}", &version(first)))
                .expect("a temporary file");
        }
        let database = self
            .server
            .map(|server| Database::with(server, first, group[0]));
        let installed = self.installed.display().to_string();
        let call = |words: &[String], files: &[PathBuf]| {
            let words = fill(words, at, first, files, database.as_ref());
            let words: Vec<String> = words
                .into_iter()
                .map(|word| word.replace("{installed}", &installed))
                .collect();
            let answer = run(self.program, &words, at, database.as_ref());
            if std::env::var_os("SHOW").is_some() {
                eprintln!("{words:?}\n{answer}");
            }
            answer
        };
        let before: String = self
            .way
            .before
            .iter()
            .map(|words| call(words, &files))
            .collect();
        let calls: Vec<&[usize]> = match self.way.group {
            Group::Call => vec![group],
            Group::None | Group::Database => group.chunks(1).collect(),
        };
        let mut answers = Vec::new();
        for calling in calls {
            let case = self.cases[calling[0]];
            let words = self.words(case, form, at);
            let stems: Vec<String> = calling.iter().map(|index| stem(*index)).collect();
            let of_these = files.iter().filter(|file| {
                stems
                    .iter()
                    .any(|stem| file.ends_with(format!("{stem}.sql")))
            });
            let of_these: Vec<PathBuf> = of_these.cloned().collect();
            let answer = before.clone() + &call(&words, &of_these);
            let mut said = self.peer.read(self.way, &answer, &stems);
            answers.extend(
                calling
                    .iter()
                    .zip(&stems)
                    .map(|(index, stem)| (*index, said.remove(stem).unwrap_or_default())),
            );
        }
        answers
    }

    /// The arguments, with those that this case needs.
    fn words(&self, case: &Case, form: &Form, at: &Path) -> Vec<String> {
        let mut words = Vec::new();
        for word in &self.way.arguments {
            match word.as_str() {
                "{form}" => words.extend(form.arguments.clone()),
                "{history}" if !case.history.is_empty() => words.extend(self.way.history.clone()),
                "{release}" => words.extend(releases(self.way, at, case)),
                "{role}" if case.role.is_some() => words.extend(self.way.role.clone()),
                "{history}" | "{role}" => {}
                word => words.push(word.to_owned()),
            }
        }
        words
    }
}

fn stem(index: usize) -> String {
    format!("V{:05}__case", index + 1)
}

/// The migration, without the marks that say what is in it.
fn write(at: &Path, index: usize, case: &Case, form: &Form) -> PathBuf {
    let lines = case.migration.text.lines();
    let bare: Vec<&str> = lines
        .map(|line| line.split("--~").next().unwrap_or_default().trim_end())
        .collect();
    let bare = bare.join("\n");
    // One that says itself where its transactions begin and end is left as it is.
    let own = ["begin", "start transaction", "commit"]
        .iter()
        .any(|word| bare.to_lowercase().contains(word));
    let text = match (form.tail.is_empty(), own) {
        (false, true) => format!("{bare}\n"),
        (false, false) if !bare.trim_end().ends_with(';') => {
            format!("{}{bare}\n;{}", form.head, form.tail)
        }
        _ => format!("{}{bare}\n{}", form.head, form.tail),
    };
    let file = at.join(format!("{}.sql", stem(index)));
    fs::write(&file, text).expect("a temporary file");
    let before = at.join("history.sql");
    if !case.history.is_empty() && !before.exists() {
        fs::write(before, history(case)).expect("a temporary file");
    }
    file
}

fn releases(way: &Way, at: &Path, case: &Case) -> Vec<String> {
    let mut words = Vec::new();
    if way.release.is_empty() {
        return words;
    }
    for release in &case.releases {
        let folder = at.join(format!("release-{}", release.version));
        fs::create_dir_all(&folder).expect("a temporary folder");
        let mut text = String::new();
        for query in &release.queries {
            text += &format!("-- name: {}\n{};\n", query.name, query.sql);
        }
        fs::write(folder.join("queries.sql"), text).expect("a temporary file");
        words.extend(way.release.iter().map(|word| {
            word.replace("{version}", &release.version)
                .replace("{queries}", &folder.display().to_string())
        }));
    }
    words
}

fn version(case: &Case) -> String {
    case.version.unwrap_or(NEWEST).to_string()
}

fn fill(
    words: &[String],
    at: &Path,
    case: &Case,
    files: &[PathBuf],
    database: Option<&Database<'_>>,
) -> Vec<String> {
    let mut filled = Vec::new();
    for word in words {
        if word == "{files}" {
            filled.extend(files.iter().map(|file| file.display().to_string()));
            continue;
        }
        let mut word = word
            .replace("{pg}", &version(case))
            .replace("{folder}", &at.display().to_string());
        word = word.replace("{role-name}", case.role.as_deref().unwrap_or_default());
        if let Some(database) = database {
            word = word
                .replace("{url}", &database.url())
                .replace("{port}", database.port())
                .replace("{database}", &database.name);
        }
        filled.push(word);
    }
    filled
}

/// All that a command prints.
fn run(program: &Path, words: &[String], at: &Path, database: Option<&Database<'_>>) -> String {
    let mut command = Command::new(program);
    match database {
        Some(database) => command.env("DATABASE_URL", database.url()),
        None => command.env_remove("DATABASE_URL"),
    };
    let output = command
        .args(words)
        .current_dir(at)
        .env("PGPASS", at.join("pgpass"))
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + "\n" + &text(&output.stderr)
}

/// A database in the state before a migration; it is dropped with this.
struct Database<'a> {
    server: &'a str,
    name: String,
}

impl<'a> Database<'a> {
    fn with(server: &'a str, case: &Case, number: usize) -> Self {
        let database = Self {
            server,
            name: format!("case{number}"),
        };
        let mut client =
            Client::connect(server, NoTls).expect("the server that scripts/with-server started");
        client
            .batch_execute(&format!("CREATE DATABASE {}", database.name))
            .expect("an empty database");
        let mut client = Client::connect(&database.url(), NoTls).expect("the database");
        // What a case assumes, no server has.
        for history in &case.history {
            for statement in &history.script().statements {
                let _ = client.batch_execute(statement.span.text(&history.text));
            }
        }
        let _ = client.batch_execute("RESET ALL");
        let _ = client.batch_execute(&case.rows);
        let _ = client.batch_execute(include_str!("../../tests/it/rules/rows.sql"));
        let _ = client.batch_execute("ANALYZE");
        database
    }

    fn url(&self) -> String {
        let (before, _) = self
            .server
            .rsplit_once('/')
            .expect("a URL ends with the database");
        format!("{before}/{}", self.name)
    }

    fn port(&self) -> &str {
        let (before, _) = self
            .server
            .rsplit_once('/')
            .expect("a URL ends with the database");
        before.rsplit_once(':').expect("a port").1
    }
}

impl Drop for Database<'_> {
    fn drop(&mut self) {
        if let Ok(mut client) = Client::connect(self.server, NoTls) {
            let _ = client.batch_execute(&format!(
                "DROP DATABASE IF EXISTS {} WITH (FORCE)",
                self.name
            ));
        }
    }
}

/// Makes the roles that cases name: they belong to all databases of a server.
pub(crate) fn make_roles(server: &str, cases: &[(String, Case)]) {
    let mut client =
        Client::connect(server, NoTls).expect("the server that scripts/with-server started");
    let roles: BTreeSet<&String> = cases
        .iter()
        .filter_map(|(_, case)| case.role.as_ref())
        .collect();
    for role in roles {
        let _ = client.batch_execute(&format!("CREATE ROLE {role} LOGIN"));
    }
}
