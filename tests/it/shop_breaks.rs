//! Every kind of break once, on the shop: what a server says beside what `concertina compat` says.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use postgres::{Client, NoTls};

use crate::cli::{concertina, folder};
use crate::server;

/// One kind of break.
#[derive(Default)]
struct Kind {
    name: String,
    role: Option<String>,
    before: String,
    change: String,
    query: String,
}

fn shop() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations-fixtures/apps/shop")
}

fn history() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations-fixtures/layouts/plain")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn kinds() -> Vec<Kind> {
    let read = |file: &PathBuf| {
        let mut kind = Kind {
            name: file.file_stem().unwrap().to_string_lossy().into_owned(),
            ..Kind::default()
        };
        let mut section = String::new();
        for line in std::fs::read_to_string(file).unwrap().lines() {
            match line.strip_prefix("-- ") {
                Some(role) if role.starts_with("role ") => {
                    kind.role = Some(role.trim_start_matches("role ").to_owned());
                }
                Some(name) => name.clone_into(&mut section),
                None => {
                    let into = match section.as_str() {
                        "before" => &mut kind.before,
                        "change" => &mut kind.change,
                        _ => &mut kind.query,
                    };
                    writeln!(into, "{line}").unwrap();
                }
            }
        }
        for text in [&mut kind.before, &mut kind.change, &mut kind.query] {
            *text = text.trim().to_owned();
        }
        kind
    };
    files(&shop().join("breaks")).iter().map(read).collect()
}

/// Runs it in a savepoint; what the server objects to.
fn objection(client: &mut Client, role: Option<&str>, sql: &str) -> Option<String> {
    let role = role.map(|role| format!("SET LOCAL ROLE {role};"));
    let text = format!("SAVEPOINT one; {}{sql}", role.unwrap_or_default());
    let said = client.batch_execute(&text).err().map(|error| {
        let error = error
            .as_db_error()
            .unwrap_or_else(|| panic!("{error}: {sql}"));
        format!("{}: {}", error.code().code(), error.message())
    });
    client.batch_execute("ROLLBACK TO one").unwrap();
    said
}

/// What the server says of the query after the change, prepared anew and prepared before.
fn on_server(client: &mut Client, kind: &Kind) -> String {
    client.batch_execute("BEGIN").unwrap();
    let prepared = client.batch_execute(&kind.before);
    prepared.unwrap_or_else(|error| panic!("{}: {error:?}", kind.name));
    let query = kind.query.trim_end_matches(';');
    let role = kind.role.as_deref();
    client
        .batch_execute(&format!("PREPARE old AS {query}"))
        .unwrap();
    let values = match kind.name.as_str() {
        _ if !query.contains("$1") => "",
        "label-given" => "('captured')",
        "exclusion-perhaps" | "parameter-type-changed" => "('2030-01-01')",
        _ => "('1')",
    };
    let old = format!("EXECUTE old{values}");
    assert_eq!(
        objection(client, role, &old),
        None,
        "{}: works before",
        kind.name
    );
    if let Err(error) = client.batch_execute(&kind.change) {
        client.batch_execute("ROLLBACK; DEALLOCATE ALL").unwrap();
        return format!(
            "refuses the change: {}",
            error.as_db_error().unwrap().message()
        );
    }
    let fresh = format!("PREPARE fresh AS {query}; EXECUTE fresh{values}");
    let said = objection(client, role, &fresh).or_else(|| objection(client, role, &old));
    client.batch_execute("ROLLBACK; DEALLOCATE ALL").unwrap();
    said.unwrap_or_else(|| "works".to_owned())
}

/// The verdict and message of `concertina compat`.
fn by_us(kind: &Kind) -> (String, String) {
    let files = folder(&[
        ("before.sql", kind.before.as_bytes()),
        ("change.sql", kind.change.as_bytes()),
        ("query.sql", kind.query.as_bytes()),
    ]);
    let history = history();
    let mut arguments = vec![
        "compat",
        "change.sql",
        "--layout",
        "plain",
        "--pg",
        "15",
        "--format",
        "json",
        "--release",
        "1.0.0=query.sql",
        "--history",
        history.to_str().unwrap(),
    ];
    if !kind.before.is_empty() {
        arguments.extend(["--history", "before.sql"]);
    }
    if let Some(role) = &kind.role {
        arguments.extend(["--role", role]);
    }
    let output = concertina(files.path(), &arguments);
    let text = String::from_utf8(output.stdout).unwrap();
    let document: serde_json::Value = serde_json::from_str(&text)
        .unwrap_or_else(|_| panic!("{}: {}", kind.name, String::from_utf8_lossy(&output.stderr)));
    let query = &document["queries"][0];
    let breaks = query["breaks"].as_array().unwrap().iter();
    let messages: Vec<String> = breaks
        .map(|one| match one["sqlstate"].as_str() {
            Some(state) => format!("{state}: {}", one["message"].as_str().unwrap()),
            None => one["message"].as_str().unwrap().to_owned(),
        })
        .collect();
    (
        query["verdict"].as_str().unwrap().to_owned(),
        messages.join("; "),
    )
}

#[test]
fn every_kind_of_break_beside_what_the_server_says() {
    let mut client = Client::connect(&server::shared().database(), NoTls).unwrap();
    for file in files(&history()) {
        client
            .batch_execute(&std::fs::read_to_string(file).unwrap())
            .unwrap();
    }
    client
        .batch_execute(
            "INSERT INTO users (email, full_name) VALUES ('a', 'A'); \
             INSERT INTO orders (user_id, currency) VALUES (1, 'EUR'); \
             INSERT INTO products (sku, title, description, price_cents) VALUES ('k', 't', 'd', 1)",
        )
        .unwrap();
    let mut page = "# What breaks, and how it is said\n\n\
        Written by the tests: each file in `breaks/` on the shop's last schema. Of a verdict `fails` PostgreSQL's \
        message is the end of ours; `unknown` is what rows or bodies decide.\n\n\
        | kind | PostgreSQL says | verdict | `concertina compat` says |\n|---|---|---|---|\n"
        .to_owned();
    let mut wrong = String::new();
    for kind in kinds() {
        let (theirs, (verdict, ours)) = (on_server(&mut client, &kind), by_us(&kind));
        writeln!(page, "| {} | {theirs} | {verdict} | {ours} |", kind.name).unwrap();
        let code = theirs.split(':').next().unwrap_or_default();
        let said = theirs.split_once(": ").map_or("", |(_, message)| message);
        let agreed = match verdict.as_str() {
            "works" => false,
            "fails" => ours.starts_with(code) && ours.ends_with(said) && theirs != "works",
            "changes" => theirs == "works" || (code == "0A000" && ours == theirs),
            _ => true,
        };
        if !agreed {
            writeln!(
                wrong,
                "{}\n  server {theirs}\n  ours   {verdict} {ours}",
                kind.name
            )
            .unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    let file = shop().join("breaks.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, &page).unwrap();
    }
    let known = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        known == page,
        "{} is old; run with UPDATE=1",
        file.display()
    );
}
