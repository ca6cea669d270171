//! The house rules that no compiler holds: the order of the rooms, foreign types, file headers, dependencies.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms in the order data flows; a room uses those before it only.
const ROOMS: [&str; 12] = [
    "parallel", "sql", "schema", "effects", "compat", "rules", "plan", "run", "client", "project",
    "report", "testing",
];

/// Rooms side by side: neither uses the other.
const SIDE_BY_SIDE: [(&str, &str); 1] = [("plan", "rules")];

/// Crates that stay in their room, by the start of the path of the files that may name them.
const FOREIGN: [(&str, &[&str]); 9] = [
    ("sqlparser", &["sql/"]),
    // The demonstration plays the user's application, which has a driver of its own.
    ("postgres", &["client/", "cli/demo"]),
    ("tokio_postgres", &["client/"]),
    ("tokio", &["client/"]),
    ("rustls", &["client/"]),
    ("tracing", &["client/"]),
    ("metrics", &["client/"]),
    ("refinery_core", &["client/", "project/layouts/refinery.rs"]),
    ("refinery", &["client/", "project/layouts/refinery.rs"]),
];

/// What the pure core depends on: the dependencies of `default = []`.
const CORE: [&str; 9] = [
    "imbl",
    "semver",
    "serde",
    "serde_json",
    "sha2",
    "siphasher",
    "smol_str",
    "sqlparser",
    "thiserror",
];

const LONGEST_FILE: usize = 800;

/// A source file of ours.
struct Source {
    /// Below `src/` or `tests/`, with `/` between its parts.
    path: String,
    text: String,
}

impl Source {
    /// The lines with their numbers, without comments and string literals' tails that look like one.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let numbered = self.text.lines().enumerate();
        numbered.map(|(index, line)| (index + 1, line.split("//").next().unwrap_or_default()))
    }

    /// The room it stands in: the first part of its path.
    fn room(&self) -> &str {
        let first = self.path.split('/').next().unwrap_or_default();
        first.trim_end_matches(".rs")
    }

    /// How many modules deep it is: 1 for `sql/mod.rs` and `testing.rs`, 2 for `sql/span.rs`.
    fn depth(&self) -> usize {
        let parts = self.path.split('/').count();
        if self.path.ends_with("/mod.rs") {
            parts - 1
        } else {
            parts
        }
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every `.rs` file below a folder of the repository, in order.
fn sources(folder: &str) -> Vec<Source> {
    let base = root().join(folder);
    let mut files = Vec::new();
    walk(&base, &mut files);
    let rust = files
        .into_iter()
        .filter(|file| file.extension().is_some_and(|ending| ending == "rs"));
    rust.map(|file| Source {
        path: file.strip_prefix(&base).unwrap().display().to_string(),
        text: fs::read_to_string(&file).unwrap(),
    })
    .collect()
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            walk(&entry, files);
        } else {
            files.push(entry);
        }
    }
}

/// The words right after each occurrence of a path's beginning: `a` and `b` of `crate::{a::x, b}`.
fn words_after<'a>(line: &'a str, beginning: &str) -> Vec<&'a str> {
    let mut words = Vec::new();
    for (at, _) in line.match_indices(beginning) {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
            continue;
        }
        let rest = line.get(at + beginning.len()..).unwrap_or_default();
        match rest.strip_prefix('{') {
            None => words.push(word(rest)),
            Some(group) => {
                let mut depth = 0_i32;
                for piece in group.split(',') {
                    if depth == 0 {
                        words.push(word(piece.trim_start()));
                    }
                    depth += piece.matches('{').count() as i32 - piece.matches('}').count() as i32;
                }
            }
        }
    }
    words
}

fn word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_');
    text.get(..end.unwrap_or(text.len())).unwrap_or_default()
}

/// Whether a line names a crate: `name::` or `use name;`, not as part of a longer path.
fn names_crate(line: &str, name: &str) -> bool {
    line.match_indices(name).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        let after = line.get(at + name.len()..).unwrap_or_default();
        let starts = before.is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '_' | ':' | '"'));
        let imported = line.trim_start().starts_with("use ") && after.starts_with(';');
        starts && (after.starts_with("::") || imported)
    })
}

#[track_caller]
fn none(complaints: &str) {
    assert!(complaints.is_empty(), "\n{complaints}");
}

#[test]
fn tidy_rooms_use_only_rooms_before_them() {
    let place = |room: &str| ROOMS.iter().position(|known| *known == room);
    let mut wrong = String::new();
    for source in sources("src") {
        let room = source.room();
        if matches!(room, "lib" | "main" | "cli") {
            continue;
        }
        let Some(own) = place(room) else {
            writeln!(
                wrong,
                "src/{}: no room is called {room}; list it in ROOMS",
                source.path
            )
            .unwrap();
            continue;
        };
        let up = "super::".repeat(source.depth());
        for (number, line) in source.code() {
            let mut used = words_after(line, "crate::");
            used.extend(words_after(line, &up));
            for other in used {
                let beside =
                    SIDE_BY_SIDE.contains(&(room, other)) || SIDE_BY_SIDE.contains(&(other, room));
                if other == "cli" || beside || place(other).is_some_and(|other| other > own) {
                    writeln!(
                        wrong,
                        "src/{}:{number}: {room} must not use {other}",
                        source.path
                    )
                    .unwrap();
                }
            }
        }
    }
    none(&wrong);
}

#[test]
fn tidy_foreign_types_stay_home() {
    let mut wrong = String::new();
    for source in sources("src") {
        for (name, homes) in FOREIGN {
            // A file that declares or imports a module of ours by that name means the module.
            let ours = [format!("mod {name};"), format!("use crate::client::{name}")];
            let grouped = name == "postgres" && source.text.contains("use crate::client::{");
            let module = grouped || ours.iter().any(|words| source.text.contains(words));
            if module || homes.iter().any(|home| source.path.starts_with(home)) {
                continue;
            }
            for (number, line) in source.code().filter(|(_, line)| names_crate(line, name)) {
                writeln!(
                    wrong,
                    "src/{}:{number}: {name} is named only in {homes:?}: {line}",
                    source.path
                )
                .unwrap();
            }
        }
    }
    none(&wrong);
}

#[test]
fn tidy_files_say_what_they_are_for_and_stay_short() {
    let mut wrong = String::new();
    for folder in ["src", "tests", "benches"] {
        if !root().join(folder).exists() {
            continue;
        }
        for source in sources(folder) {
            let path = format!("{folder}/{}", source.path);
            let header: Vec<&str> = source
                .text
                .lines()
                .map_while(|line| line.strip_prefix("//! "))
                .collect();
            let sentence = header.join(" ");
            let stops = sentence.replace("..", "").matches(". ").count();
            if header.is_empty() || !sentence.ends_with(['.', '?', ':']) || stops > 0 {
                writeln!(
                    wrong,
                    "{path}:1: begin with `//!` and one sentence that says what the file is for"
                )
                .unwrap();
            }
            if source.code().all(|(_, line)| line.trim().is_empty()) {
                writeln!(
                    wrong,
                    "{path}: nothing but a header: write what it promises"
                )
                .unwrap();
            }
            let lines = source.text.lines().count();
            if lines > LONGEST_FILE {
                writeln!(wrong, "{path}: {lines} lines, the cap is {LONGEST_FILE}: split it by what a reader looks for").unwrap();
            }
        }
    }
    none(&wrong);
}

#[test]
fn tidy_every_file_is_a_module() {
    let all = sources("src");
    let mut wrong = String::new();
    for source in &all {
        if matches!(source.path.as_str(), "lib.rs" | "main.rs") {
            continue;
        }
        let module = source.path.trim_end_matches(".rs").trim_end_matches("/mod");
        let (folder, name) = module.rsplit_once('/').unwrap_or(("", module));
        let parents = if folder.is_empty() {
            ["lib.rs".to_owned(), String::new()]
        } else {
            [format!("{folder}/mod.rs"), format!("{folder}.rs")]
        };
        let declared = all
            .iter()
            .filter(|parent| parents.contains(&parent.path))
            .flat_map(Source::code)
            .any(|(_, line)| line.trim_end().ends_with(&format!("mod {name};")));
        // A room's list may be made by a macro that names its modules.
        let listed = all
            .iter()
            .filter(|parent| parents.contains(&parent.path))
            .flat_map(Source::code)
            .any(|(_, line)| line.trim().trim_end_matches([',', ';']) == name);
        if !declared && !listed {
            writeln!(
                wrong,
                "src/{}: no `mod {name};` in {}",
                source.path, parents[0]
            )
            .unwrap();
        }
    }
    none(&wrong);
}

#[test]
fn tidy_only_the_command_line_prints() {
    let mut wrong = String::new();
    for source in sources("src") {
        if source.path.starts_with("cli/") || source.path == "main.rs" {
            continue;
        }
        for (number, line) in source.code() {
            for name in ["println!", "eprintln!", "print!", "eprint!", "dbg!"] {
                let found = line.match_indices(name).any(|(at, _)| {
                    let before = line.get(..at).and_then(|text| text.chars().next_back());
                    before.is_none_or(|c| !c.is_alphanumeric() && c != '_')
                });
                if found {
                    writeln!(wrong, "src/{}:{number}: {name} outside cli", source.path).unwrap();
                }
            }
        }
    }
    none(&wrong);
}

#[test]
fn tidy_the_core_depends_on_what_is_listed() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    assert_eq!(
        manifest["features"]["default"],
        toml::Value::Array(Vec::new()),
        "the default set is the pure core"
    );
    let optional =
        |value: &toml::Value| value.get("optional").and_then(toml::Value::as_bool) == Some(true);
    let core: BTreeSet<&str> = manifest["dependencies"]
        .as_table()
        .unwrap()
        .iter()
        .filter(|(_, value)| !optional(value))
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(core, CORE.into(), "change CORE with a reason in the commit");
}

#[test]
fn tidy_every_fixture_folder_is_described() {
    let folder = root().join("migrations-fixtures");
    let page = fs::read_to_string(folder.join("README.md")).unwrap();
    let mut wrong = String::new();
    for entry in fs::read_dir(&folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().display().to_string();
        if entry.path().is_dir() && !page.contains(&format!("`{name}/`")) {
            writeln!(
                wrong,
                "migrations-fixtures/README.md: no line about `{name}/`"
            )
            .unwrap();
        }
    }
    none(&wrong);
}

#[test]
fn tidy_no_snapshot_is_left_behind() {
    let mut wrong = String::new();
    let names: BTreeSet<String> = ["src", "tests"]
        .into_iter()
        .flat_map(sources)
        .map(|source| source.text)
        .collect();
    let (mut files, mut fixtures) = (Vec::new(), Vec::new());
    walk(&root().join("tests"), &mut files);
    walk(&root().join("src"), &mut files);
    walk(&root().join("migrations-fixtures"), &mut fixtures);
    let of_fixture = |name: &str| {
        fixtures
            .iter()
            .any(|file| file.file_stem().is_some_and(|stem| stem == name))
    };
    for file in files {
        let Some(name) = file.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        let Some(stem) = name.strip_suffix(".snap") else {
            continue;
        };
        let last = stem.rsplit("__").next().unwrap_or(stem);
        let test = last.split('@').next().unwrap_or(last);
        let test = test.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-');
        if !of_fixture(test) && !names.iter().any(|text| text.contains(test)) {
            writeln!(
                wrong,
                "{}: no test and no fixture is called {test}",
                file.display()
            )
            .unwrap();
        }
    }
    none(&wrong);
}

#[test]
fn tidy_pages_are_listed_and_their_links_lead_somewhere() {
    let mut pages = Vec::new();
    walk(&root().join("docs/src"), &mut pages);
    let summary = fs::read_to_string(root().join("docs/src/SUMMARY.md")).unwrap();
    let mut wrong = String::new();
    for page in &pages {
        let path = page
            .strip_prefix(root().join("docs/src"))
            .unwrap()
            .display()
            .to_string();
        if path.ends_with(".md") && path != "SUMMARY.md" && !summary.contains(&format!("({path})"))
        {
            writeln!(wrong, "docs/src/SUMMARY.md: no line for {path}").unwrap();
        }
    }
    pages.extend(["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(|name| root().join(name)));
    for page in &pages {
        let text = fs::read_to_string(page).unwrap();
        for (_, rest) in text
            .match_indices("](")
            .map(|(at, _)| text.split_at(at + 2))
        {
            let target = rest.split([')', '#']).next().unwrap_or_default();
            let external = target.is_empty() || target.contains("://");
            if !external && !page.parent().unwrap().join(target).exists() {
                writeln!(wrong, "{}: {target} leads nowhere", page.display()).unwrap();
            }
        }
    }
    none(&wrong);
}
