//! `concertina check --against`: the release is what stood at the revision, not what the application has become.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{concertina, folder};

fn git(at: &Path, arguments: &[&str]) {
    let identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"];
    let mut command = Command::new("git");
    let done = command
        .current_dir(at)
        .args(identity)
        .args(arguments)
        .output()
        .unwrap();
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
}

/// Makes a repository of a folder, with a tag on its only commit.
pub(super) fn tag(at: &Path, name: &str) {
    git(at, &["init", "-q"]);
    git(at, &["add", "."]);
    git(at, &["commit", "-qm", "one"]);
    git(at, &["tag", name]);
}

#[test]
fn the_release_is_read_at_the_revision() {
    let files = folder(&[
        (
            "migrations/V1__a.sql",
            b"CREATE TABLE t (id bigint PRIMARY KEY, a text, b text);",
        ),
        ("queries/get.sql", b"SELECT a, b FROM t WHERE id = $1"),
    ]);
    let at = files.path();
    tag(at, "v1.0.0");
    fs::write(
        at.join("migrations/V2__b.sql"),
        "ALTER TABLE t DROP COLUMN b;",
    )
    .unwrap();
    fs::write(at.join("queries/get.sql"), "SELECT a FROM t WHERE id = $1").unwrap();
    let check = |more: &[&str]| {
        let first = [
            "check",
            "migrations",
            "--release",
            "1.0.0=queries",
            "--format",
            "json",
        ];
        let output = concertina(at, &[&first[..], more].concat());
        String::from_utf8(output.stdout).unwrap()
    };
    for revision in ["v1.0.0", "v*"] {
        let said = check(&["--against", revision]);
        assert!(
            said.contains("column \\\"b\\\" does not exist"),
            "{revision}: {said}"
        );
    }
    let said = check(&["--history", "migrations/V1__a.sql"]);
    assert!(!said.contains("does not exist"), "{said}");
    // The configuration says the same once: of all files, and of those that are named with their history.
    fs::write(
        at.join("concertina.toml"),
        "against = \"v*\"\n[releases]\n\"1.0.0\" = \"queries\"\n",
    )
    .unwrap();
    let named = ["migrations/V2__b.sql", "--history", "migrations"];
    for more in [&[][..], &named] {
        let output = concertina(at, &[&["check"][..], more].concat());
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(said.contains("column \"b\" does not exist"), "{said}");
    }
}

#[test]
fn every_release_of_the_last_days_is_read() {
    let files = folder(&[(
        "migrations/V1__a.sql",
        b"CREATE TABLE t (a text, b text, c text, d text);" as &[u8],
    )]);
    let at = files.path();
    git(at, &["init", "-q"]);
    for (version, column, days) in [
        ("1.0.0", "a", 90),
        ("1.1.0", "b", 40),
        ("1.2.0", "c", 20),
        ("1.3.0", "d", 1),
    ] {
        fs::create_dir_all(at.join("queries")).unwrap();
        fs::write(
            at.join("queries/get.sql"),
            format!("SELECT {column} FROM t"),
        )
        .unwrap();
        let made = std::time::SystemTime::now() - std::time::Duration::from_secs(days * 86_400);
        let made = made
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap()
            .as_secs();
        let made = format!("{made} +0000");
        for arguments in [
            vec!["add", "."],
            vec!["commit", "-qm", version],
            vec!["tag", &format!("v{version}")],
        ] {
            let identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"];
            let mut command = Command::new("git");
            command.current_dir(at).args(identity).args(arguments);
            let dated = [
                ("GIT_COMMITTER_DATE", made.as_str()),
                ("GIT_AUTHOR_DATE", made.as_str()),
            ];
            assert!(command.envs(dated).status().unwrap().success());
        }
    }
    fs::write(
        at.join("migrations/V2__b.sql"),
        "ALTER TABLE t DROP COLUMN a, DROP COLUMN b, DROP COLUMN c, DROP COLUMN d;",
    )
    .unwrap();
    let broken = |more: &[&str]| {
        let first = [
            "check",
            "migrations",
            "--release",
            "next=queries",
            "--against",
            "v*",
            "--format",
            "json",
        ];
        let output = concertina(at, &[&first[..], more].concat());
        let text = String::from_utf8(output.stdout).unwrap();
        let versions = ["next", "1.0.0", "1.1.0", "1.2.0", "1.3.0"];
        let named = |version: &&str| text.contains(&format!("\"release\": \"{version}\""));
        versions.into_iter().filter(named).collect::<Vec<_>>()
    };
    assert_eq!(broken(&[]), ["next"]);
    // The release before the first of these days was running when they began.
    assert_eq!(broken(&["--days", "30"]), ["1.1.0", "1.2.0", "1.3.0"]);
}
