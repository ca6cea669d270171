//! `concertina.toml`, baselines and statistics: every key has its effect, a flag goes before it, and mistakes are named.

use std::fs;

use super::{concertina, folder};
use crate::server;

const USERS: &str = "CREATE TABLE users (id bigint PRIMARY KEY, name text);\n";
const INDEX: &str = "CREATE INDEX users_name ON users (name);\n";

/// What a run says, and its exit code.
struct Said {
    code: Option<i32>,
    text: String,
}

fn run(at: &tempfile::TempDir, arguments: &[&str]) -> Said {
    let output = concertina(at.path(), arguments);
    let both = [output.stdout, output.stderr].concat();
    Said {
        code: output.status.code(),
        text: String::from_utf8(both).unwrap(),
    }
}

/// A project of two migrations, the second of which builds an index.
fn project(config: &str, more: &[(&str, &str)]) -> tempfile::TempDir {
    let base = [
        ("concertina.toml", config),
        ("migrations/V1__a.sql", USERS),
        ("migrations/V2__b.sql", INDEX),
    ];
    let files: Vec<(&str, &[u8])> = base
        .iter()
        .chain(more)
        .map(|(path, text)| (*path, text.as_bytes()))
        .collect();
    folder(&files)
}

/// A key, what it says, the arguments, the exit code, and words that are said or, after `!`, not said.
type Case = (
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static [&'static str],
    i32,
    &'static [&'static str],
);

const CASES: &[Case] = &[
    (
        "",
        &[],
        &["check"],
        1,
        &["error[index-not-concurrent]", "(PostgreSQL 18)"],
    ),
    ("postgres = 14", &[], &["check"], 1, &["(PostgreSQL 14)"]),
    (
        "postgres = 14",
        &[],
        &["check", "--pg", "16"],
        1,
        &["(PostgreSQL 16)"],
    ),
    (
        "migrations = [\"db\"]",
        &[("db/V7__c.sql", "DROP TABLE old;")],
        &["check"],
        0,
        &["db/V7__c.sql", "drop-table", "!index-not-concurrent"],
    ),
    (
        "layout = \"sqlx\"",
        &[],
        &["check"],
        2,
        &["migrations: no migrations found"],
    ),
    (
        "layout = \"sqlx\"",
        &[],
        &["check", "--layout", "refinery"],
        1,
        &["index-not-concurrent"],
    ),
    (
        "history = \"migrations\"",
        &[("V3__c.sql", "ALTER TABLE nobody ADD COLUMN a int;")],
        &["check", "V3__c.sql"],
        1,
        &["error[fails]", "nobody"],
    ),
    (
        "start_after = \"2\"",
        &[],
        &["check"],
        0,
        &["nothing to object to in 0 files"],
    ),
    (
        "search_path = [\"app\"]",
        &[("V1__s.sql", "CREATE SCHEMA app; CREATE TABLE t (a int);")],
        &["schema", "V1__s.sql"],
        0,
        &["app.t"],
    ),
    (
        "in_transaction = false",
        &[("V3__c.sql", "CREATE INDEX CONCURRENTLY i ON users (name);")],
        &["check", "V3__c.sql"],
        0,
        &["nothing to object to"],
    ),
    (
        "in_transaction = false",
        &[("V3__c.sql", "CREATE INDEX CONCURRENTLY i ON users (name);")],
        &["check", "V3__c.sql", "--in-transaction", "yes"],
        1,
        &["concurrently-in-transaction"],
    ),
    (
        "history = \"migrations\"\n[releases]\n\"1.4.0\" = \"queries\"",
        &[
            ("queries/get_user.sql", "SELECT name FROM users"),
            ("V3__c.sql", "ALTER TABLE users DROP COLUMN name;"),
        ],
        &["check", "V3__c.sql"],
        1,
        &["get_user of 1.4.0, queries/get_user.sql:1"],
    ),
    (
        "history = \"migrations\"\n[releases]\n\"1.4.0\" = \"queries\"",
        &[
            ("queries/get_user.sql", "SELECT name FROM users"),
            ("other/get_id.sql", "SELECT id FROM users"),
            ("V3__c.sql", "ALTER TABLE users DROP COLUMN name;"),
        ],
        &["check", "V3__c.sql", "--release", "2.0.0=other"],
        0,
        &["!get_user"],
    ),
    (
        "statistics = \"sizes.json\"\nlock_timeout = \"2s\"",
        &[("sizes.json", SIZES)],
        &["check", "migrations/V2__b.sql", "--history", "migrations"],
        0,
        &["nothing to object to"],
    ),
    (
        "statistics = \"sizes.json\"",
        &[("sizes.json", SIZES)],
        &["check", "migrations/V2__b.sql", "--history", "migrations"],
        0,
        &["note[no-lock-timeout]", "1 note in 1 file"],
    ),
    (
        "lock_timeout = \"0\"",
        &[],
        &["check"],
        2,
        &["line 1: lock_timeout must be a duration such as \"2s\""],
    ),
    (
        "statistics = \"sizes.json\"\nsmall_rows = 100",
        &[("sizes.json", SIZES)],
        &["check", "migrations/V2__b.sql", "--history", "migrations"],
        1,
        &["index-not-concurrent"],
    ),
    (
        "statistics = \"sizes.json\"\nsmall_bytes = 4096",
        &[("sizes.json", SIZES)],
        &["check", "migrations/V2__b.sql", "--history", "migrations"],
        1,
        &["index-not-concurrent"],
    ),
    (
        "[rules]\nindex-not-concurrent = \"off\"",
        &[],
        &["check"],
        0,
        &["nothing to object to"],
    ),
    (
        "[rules]\nindex-not-concurrent = \"note\"",
        &[],
        &["check"],
        0,
        &["note[index-not-concurrent]", "1 note in"],
    ),
    (
        "fail_on = \"warning\"\n[rules]\nindex-not-concurrent = \"warning\"",
        &[],
        &["check"],
        1,
        &["warning[index-not-concurrent]"],
    ),
    (
        "fail_on = \"warning\"\n[rules]\nindex-not-concurrent = \"warning\"",
        &[],
        &["check", "--fail-on", "error"],
        0,
        &["warning[index-not-concurrent]"],
    ),
    (
        "[[overrides]]\npaths = [\"migrations/V2*\"]\nrules = { index-not-concurrent = \"off\" }",
        &[(
            "migrations/V3__c.sql",
            "CREATE INDEX users_id ON users (id);",
        )],
        &["check"],
        1,
        &["V3__c.sql:1", "!V2__b.sql:1", "1 error in"],
    ),
    (
        "fail_on = \"note\"",
        &[("other.toml", "postgres = 15")],
        &["check", "--config", "other.toml"],
        1,
        &["(PostgreSQL 15)"],
    ),
    // What is wrong is said with its line.
    (
        "\npostgress = 15",
        &[],
        &["check"],
        2,
        &["concertina.toml: line 2: no key is called \"postgress\"; did you mean \"postgres\"?"],
    ),
    (
        "postgres = 9",
        &[],
        &["check"],
        2,
        &["line 1: postgres must be a major version from 14 to 18"],
    ),
    (
        "layout = \"goos\"",
        &[],
        &["check"],
        2,
        &["line 1: no layout is called \"goos\"; did you mean \"goose\"?"],
    ),
    (
        "[rules]\ndrop-tabel = \"off\"",
        &[],
        &["check"],
        2,
        &["line 2: no rule is called \"drop-tabel\"; did you mean \"drop-table\"?"],
    ),
    (
        "[rules]\ndrop-table = \"silent\"",
        &[],
        &["check"],
        2,
        &["line 2: drop-table must be \"off\", \"note\", \"warning\" or \"error\""],
    ),
    (
        "history = 7",
        &[],
        &["check"],
        2,
        &["line 1: history must be a text in quotes"],
    ),
    (
        "in_transaction = \"no\"",
        &[],
        &["check"],
        2,
        &["line 1: in_transaction must be true or false"],
    ),
    (
        "small_rows = -1",
        &[],
        &["check"],
        2,
        &["line 1: small_rows must be a number"],
    ),
    (
        "[[overrides]]\nrules = {}",
        &[],
        &["check"],
        2,
        &["these overrides name no paths; write paths = [\"old/**\"]"],
    ),
    (
        "[[overrides]]\npath = \"a\"",
        &[],
        &["check"],
        2,
        &["line 2: no key of overrides is called \"path\"; did you mean \"paths\"?"],
    ),
    ("a = ", &[], &["check"], 2, &["concertina.toml: line 1:"]),
    (
        "",
        &[],
        &["check", "--config", "none.toml"],
        2,
        &["none.toml: no such file"],
    ),
    (
        "statistics = \"sizes.json\"",
        &[("sizes.json", "{}")],
        &["check"],
        2,
        &["sizes.json: the statistics could not be read"],
    ),
];

const SIZES: &str =
    r#"{"version": 1, "relations": [{"name": "public.users", "rows": 1000, "bytes": 65536}]}"#;

#[test]
fn every_key_has_its_effect_a_flag_goes_before_it_and_mistakes_are_named() {
    let mut wrong = String::new();
    for (config, files, arguments, code, words) in CASES {
        let at = project(config, files);
        let said = run(&at, arguments);
        let missing = words.iter().find(|word| match word.strip_prefix('!') {
            Some(word) => said.text.contains(word),
            None => !said.text.contains(*word),
        });
        if said.code != Some(*code) || missing.is_some() {
            wrong += &format!(
                "{config:?} {arguments:?}: code {:?}, not {code}, or {missing:?}:\n{}\n",
                said.code, said.text
            );
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn the_configuration_is_found_above_the_migrations() {
    let at = project("[rules]\nindex-not-concurrent = \"off\"", &[]);
    let inside = at.path().join("migrations");
    let output = concertina(&inside, &["check", "."]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{said}");
}

#[test]
fn a_baseline_leaves_what_is_new_and_says_what_is_stale() {
    let at = project("baseline = \"known.json\"", &[]);
    let missing = run(&at, &["check"]);
    assert_eq!(missing.code, Some(2), "{}", missing.text);
    assert!(
        missing.text.contains("known.json: no such file"),
        "{}",
        missing.text
    );
    let made = run(&at, &["baseline"]);
    assert_eq!(made.code, Some(0), "{}", made.text);
    assert!(
        made.text.contains("known.json: findings kept: 1"),
        "{}",
        made.text
    );
    let kept = fs::read_to_string(at.path().join("known.json")).unwrap();
    assert!(
        kept.contains("\"rule\": \"index-not-concurrent\"")
            && kept.contains("migrations/V2__b.sql"),
        "{kept}"
    );
    assert_eq!(run(&at, &["check"]).code, Some(0));

    // Other lines, other spaces: the same statement. Once more: new.
    let path = at.path().join("migrations/V2__b.sql");
    fs::write(
        &path,
        format!("-- moved\n\n{}", INDEX.replace(" ON", "\n    ON")),
    )
    .unwrap();
    assert_eq!(run(&at, &["check"]).code, Some(0));
    fs::write(
        &path,
        format!("{INDEX}{}", INDEX.replace("users_name", "again")),
    )
    .unwrap();
    let new = run(&at, &["check"]);
    assert_eq!(new.code, Some(1), "{}", new.text);
    assert!(
        new.text.contains("V2__b.sql:2:1") && !new.text.contains("V2__b.sql:1:1"),
        "{}",
        new.text
    );

    fs::write(&path, "SELECT 1;").unwrap();
    let stale = run(&at, &["check"]);
    assert_eq!(stale.code, Some(0), "{}", stale.text);
    assert!(
        stale
            .text
            .contains("migrations/V2__b.sql: index-not-concurrent is found no longer"),
        "{}",
        stale.text
    );
    fs::write(
        at.path().join("known.json"),
        "{\"version\": 2, \"findings\": []}",
    )
    .unwrap();
    let later = run(&at, &["check"]);
    assert!(
        later
            .text
            .contains("a baseline of version 2, this program reads 1; write it again"),
        "{}",
        later.text
    );
}

#[test]
fn stats_of_a_server_tell_small_tables_from_large() {
    let url = server::shared().database();
    let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
    client
        .batch_execute(
            "CREATE TABLE users (id bigint PRIMARY KEY, name text);
             CREATE TABLE visits (id bigint PRIMARY KEY, name text);
             INSERT INTO visits SELECT n, 'x' FROM generate_series(1, 20000) n; ANALYZE;",
        )
        .unwrap();
    let visits = USERS.replace("users", "visits") + USERS;
    let at = project(
        "lock_timeout = \"2s\"",
        &[
            ("all/V1__a.sql", &visits),
            (
                "all/V2__b.sql",
                &(INDEX.to_owned() + &INDEX.replace("users", "visits")),
            ),
        ],
    );
    let written = run(
        &at,
        &["stats", "--database-url", &url, "--output", "sizes.json"],
    );
    assert_eq!(written.code, Some(0), "{}", written.text);
    let check = [
        "check",
        "all/V2__b.sql",
        "--history",
        "all",
        "--statistics",
        "sizes.json",
    ];
    let said = run(&at, &check);
    assert_eq!(said.code, Some(1), "{}", said.text);
    assert!(
        said.text.contains("V2__b.sql:2:1") && !said.text.contains("V2__b.sql:1:1"),
        "{}",
        said.text
    );
}

#[test]
fn files_between_the_judged_ones_run_with_them_and_nothing_is_said_about_them() {
    let at = project(
        "",
        &[
            (
                "migrations/V10__d.sql",
                "ALTER TABLE users DROP COLUMN nick;",
            ),
            (
                "migrations/V3__c.sql",
                "ALTER TABLE users ADD COLUMN nick text;\nDROP TABLE nothing_here;",
            ),
        ],
    );
    // As pre-commit names them: V10 before V2.
    let said = run(
        &at,
        &[
            "check",
            "migrations/V10__d.sql",
            "migrations/V2__b.sql",
            "--history",
            "migrations",
        ],
    );
    assert!(
        said.text.contains("migrations/V2__b.sql:1:1"),
        "{}",
        said.text
    );
    assert!(
        !said.text.contains("V3__c.sql") && !said.text.contains("[fails]"),
        "{}",
        said.text
    );
}
