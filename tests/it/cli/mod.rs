//! The command line as a user meets it: exit codes, what is said of bad input, and that no secret is.

mod against;
mod config;
mod outputs;
mod proof;
mod rehearse;
mod sources;
mod testing;

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::server;

/// Runs the binary in a folder; without standard input and without `DATABASE_URL`.
pub(crate) fn concertina(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_concertina"));
    command
        .current_dir(folder)
        .args(arguments)
        .env_remove("DATABASE_URL")
        .stdin(Stdio::null());
    command.output().expect("the binary starts")
}

/// Writes files into a new folder.
pub(crate) fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, content) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

struct BadInput {
    what: &'static str,
    files: &'static [(&'static str, &'static [u8])],
    arguments: &'static [&'static str],
    code: i32,
    /// All of these are said, in this order.
    says: &'static [&'static str],
}

const SECRET: &str = "s3cr3t-p4ssw0rd";

const BAD_INPUT: &[BadInput] = &[
    BadInput {
        what: "a folder that is not there",
        files: &[],
        arguments: &["check", "no/such/folder"],
        code: 2,
        says: &["error: no/such/folder: no such file or directory; check the path"],
    },
    BadInput {
        what: "a history that is not there",
        files: &[("V1__a.sql", b"SELECT 1;")],
        arguments: &["check", "V1__a.sql", "--history", "old"],
        code: 2,
        says: &["error: old: no such file or directory"],
    },
    BadInput {
        what: "a folder without migrations",
        files: &[("migrations/readme.md", b"# none")],
        arguments: &["schema"],
        code: 2,
        says: &["error: migrations: no migrations found; expected one of the layouts diesel"],
    },
    BadInput {
        what: "binary garbage",
        files: &[("V1__a.sql", b"CREATE TABLE t (\n\xff\xfe\x00\x01);")],
        arguments: &["check", "V1__a.sql"],
        code: 2,
        says: &["error: V1__a.sql: not UTF-8 text (byte 17, line 2)"],
    },
    BadInput {
        what: "a statement that is cut off",
        files: &[(
            "V1__a.sql",
            b"CREATE TABLE t (a int);\nINSERT INTO t VALUES ('never closed);\n",
        )],
        arguments: &["check", "V1__a.sql"],
        code: 1,
        says: &["opaque-statement", "V1__a.sql:2"],
    },
    BadInput {
        what: "a release without a path",
        files: &[("V1__a.sql", b"SELECT 1;")],
        arguments: &["check", "V1__a.sql", "--release", "1.0.0"],
        code: 2,
        says: &["write VERSION=PATH, such as 1.4.0=queries/"],
    },
    BadInput {
        what: "a release whose queries are not there",
        files: &[("V1__a.sql", b"SELECT 1;")],
        arguments: &["compat", "V1__a.sql", "--release", "1.0.0=queries"],
        code: 2,
        says: &["queries", "no such file or directory"],
    },
    BadInput {
        what: "a version of PostgreSQL we do not know",
        files: &[("V1__a.sql", b"SELECT 1;")],
        arguments: &["check", "V1__a.sql", "--pg", "9"],
        code: 2,
        says: &["9 is not in 14..=18"],
    },
    BadInput {
        what: "a git revision outside a repository",
        files: &[("V1__a.sql", b"SELECT 1;")],
        arguments: &["check", "V1__a.sql", "--against", "v1"],
        code: 2,
        says: &["error: V1__a.sql: no revision v1 in this repository"],
    },
    BadInput {
        what: "no database",
        files: &[("V1__a.sql", b"SELECT 1;")],
        arguments: &["apply", "V1__a.sql"],
        code: 2,
        says: &["error: no database named: write --database-url, or set DATABASE_URL"],
    },
    BadInput {
        what: "a connection string that is none",
        files: &[("V1__a.sql", b"SELECT 1;")],
        arguments: &[
            "apply",
            "V1__a.sql",
            "--database-url",
            "postgresql://u:s3cr3t-p4ssw0rd@h:port/d",
        ],
        code: 2,
        says: &[
            "error: the connection string cannot be read; write postgresql://user:password@host:port/database",
        ],
    },
    BadInput {
        what: "a server that is not there, with a password in its URL",
        files: &[("V1__a.sql", b"SELECT 1;")],
        arguments: &[
            "apply",
            "V1__a.sql",
            "--database-url",
            "postgresql://u:s3cr3t-p4ssw0rd@127.0.0.1:1/d",
        ],
        code: 3,
        says: &[
            "error: cannot connect to the database: 127.0.0.1:1",
            "check that it is running",
        ],
    },
    BadInput {
        what: "the status of a server that is not there",
        files: &[],
        arguments: &[
            "status",
            "--database-url",
            "postgresql://u:s3cr3t-p4ssw0rd@127.0.0.1:1/d",
        ],
        code: 3,
        says: &["error: cannot connect to the database: 127.0.0.1:1"],
    },
];

#[test]
fn bad_input_gets_the_place_what_to_do_and_the_documented_exit_code() {
    for case in BAD_INPUT {
        let folder = folder(case.files);
        let output = concertina(folder.path(), case.arguments);
        let said = format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        assert_eq!(
            output.status.code(),
            Some(case.code),
            "{}: {said}",
            case.what
        );
        let mut rest = said.as_str();
        for words in case.says {
            let at = rest
                .find(words)
                .unwrap_or_else(|| panic!("{}: {words:?} is not said in: {said}", case.what));
            rest = &rest[at + words.len()..];
        }
        assert!(
            !said.contains(SECRET) && !said.contains("panicked"),
            "{}: {said}",
            case.what
        );
    }
}

#[test]
fn a_history_that_diverged_is_named_by_its_first_changed_statement() {
    let url = server::shared().database();
    let folder = folder(&[(
        "V1__a.sql",
        b"CREATE TABLE t (a int);\nCREATE TABLE u (a int);\n",
    )]);
    let apply = || concertina(folder.path(), &["apply", ".", "--database-url", &url]);
    let first = apply();
    assert_eq!(
        first.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&first.stderr)
    );
    assert_eq!(
        apply().status.code(),
        Some(0),
        "applying again finds nothing to do"
    );

    fs::write(
        folder.path().join("V1__a.sql"),
        "CREATE TABLE t (a int);\nCREATE TABLE u (a bigint);\n",
    )
    .unwrap();
    let diverged = apply();
    let said = String::from_utf8_lossy(&diverged.stderr);
    assert_eq!(diverged.status.code(), Some(1), "{said}");
    assert!(
        said.contains("V1__a.sql") && said.contains("line 2"),
        "{said}"
    );
}

#[test]
fn a_refused_password_stays_secret() {
    let url = server::shared()
        .database()
        .replace("postgres@", &format!("nobody_here:{SECRET}@"));
    let folder = folder(&[("V1__a.sql", b"SELECT 1;")]);
    let output = concertina(folder.path(), &["apply", ".", "--database-url", &url]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(
        said.contains("nobody_here") && !said.contains(SECRET),
        "{said}"
    );
}

#[test]
fn events_are_one_json_object_a_line() {
    let url = server::shared().database();
    let folder = folder(&[("V1__a.sql", b"CREATE TABLE t (a int);")]);
    let output = concertina(
        folder.path(),
        &["apply", ".", "--database-url", &url, "--format", "json"],
    );
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let lines = String::from_utf8(output.stdout).unwrap();
    let events: Vec<String> = lines
        .lines()
        .map(|line| {
            let event: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_eq!(event["version"], 1);
            assert!(
                event["at"].as_str().is_some_and(|at| at.ends_with('Z')),
                "{line}"
            );
            event["event"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(
        events,
        [
            "step-started",
            "step-finished",
            "migration-finished",
            "finished"
        ]
    );
}

#[test]
fn an_unsafe_file_is_replaced_by_its_plan() {
    let folder = folder(&[
        (
            "migrations/V1__users.sql",
            b"CREATE TABLE users (id int PRIMARY KEY, name text);",
        ),
        (
            "migrations/V2__rename.sql",
            b"ALTER TABLE users RENAME COLUMN name TO full_name;",
        ),
    ]);
    let arguments = [
        "check",
        "migrations/V2__rename.sql",
        "--history",
        "migrations",
    ];
    let before = concertina(folder.path(), &arguments);
    let said = String::from_utf8_lossy(&before.stdout).into_owned();
    assert_eq!(before.status.code(), Some(1), "{said}");
    let words: Vec<&str> = said.split_whitespace().collect();
    let plan = "users_full_name_expand, users_full_name_backfill, users_full_name_contract";
    assert!(words.join(" ").contains(plan), "{said}");
    let after = concertina(
        folder.path(),
        &[&arguments[..], &["--fix", "--plan"]].concat(),
    );
    let said = String::from_utf8_lossy(&after.stdout).into_owned();
    assert_eq!(after.status.code(), Some(0), "{said}");
    let mut files: Vec<String> = fs::read_dir(folder.path().join("migrations"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    files.sort();
    assert_eq!(
        files,
        [
            "U4__users_full_name_contract.sql",
            "V1__users.sql",
            "V2__users_full_name_expand.sql",
            "V3__users_full_name_backfill.sql",
        ]
    );
}
