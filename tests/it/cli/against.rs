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
    git(at, &["init", "-q"]);
    git(at, &["add", "."]);
    git(at, &["commit", "-qm", "one"]);
    git(at, &["tag", "v1.0.0"]);
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
}
