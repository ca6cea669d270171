//! The demonstration, hurried: it ends without an error and says what it compared.

use std::process::Command;

use crate::server;

#[test]
fn demo_renames_a_column_and_nobody_notices() {
    let output = demo(&server::shared().database());
    let said = String::from_utf8(output.stdout).unwrap();
    let noted = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}\n{noted}");
    for words in [
        "rename-column",
        "create_user",
        "writes 3 files instead: 1 expand, 1 migrate, 1 contract",
        "_contract.sql, since",
        "requests served, 0 errors",
        "acknowledged writes, held against the database",
    ] {
        assert!(said.contains(words), "no {words:?} in\n{said}");
    }
    assert!(!said.contains("WRONG"), "{said}");
}

#[test]
fn demo_wants_an_empty_database() {
    let url = server::shared().database();
    let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
    client
        .batch_execute("CREATE TABLE precious (id int)")
        .unwrap();
    let output = demo(&url);
    assert_eq!(output.status.code(), Some(2));
    let noted = String::from_utf8(output.stderr).unwrap();
    assert!(noted.contains("needs an empty database"), "{noted}");
}

fn demo(url: &str) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_concertina"))
        .args(["demo", "--watch", "1", "--database-url", url])
        .output()
        .unwrap()
}
