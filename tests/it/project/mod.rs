//! Layouts: which files are migrations, in which order, and what is said of a path that is wrong.

mod layouts;

use std::fs;
use std::path::Path;

use concertina::plan::PlannedMigration;
use concertina::project::{Layout, apply_edits, files_at, load, newest_revision};
use concertina::rules::Edit;
use concertina::sql::{Phase, TransactionMode};

/// Writes the files, reads the folder, and shows the layout, then a line per migration.
fn read(files: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let hide = |text: String| text.replace(&*folder.path().to_string_lossy(), "");
    match load(folder.path(), None) {
        Err(error) => hide(error.to_string()),
        Ok(loaded) => {
            let line = |one: &concertina::sql::Migration| {
                format!(
                    "{} {} {:?} {}",
                    one.version,
                    one.name,
                    one.transaction,
                    hide(one.file.clone())
                )
            };
            let migrations = loaded.migrations.iter().map(line);
            let down = loaded.down.iter().map(|one| format!("down {}", line(one)));
            let ignored = loaded
                .ignored
                .iter()
                .map(|path| hide(format!("ignored {}", path.display())));
            let lines: Vec<_> = std::iter::once(loaded.layout.id.to_owned())
                .chain(migrations)
                .chain(down)
                .chain(ignored)
                .collect();
            lines.join("\n")
        }
    }
}

#[test]
fn refinery_is_read_in_the_order_of_its_numbers() {
    let seen = read(&[
        ("V10__b.sql", ""),
        ("V2__a.sql", ""),
        ("U11__c.sql", ""),
        ("notes.sql", ""),
    ]);
    insta::assert_snapshot!(seen, @"
    refinery
    2 a Wrapped /V2__a.sql
    10 b Wrapped /V10__b.sql
    11 c Wrapped /U11__c.sql
    ignored /notes.sql
    ");
}

#[test]
fn sqlx_knows_down_files_and_its_first_line() {
    let seen = read(&[
        ("20240101000000_a.up.sql", ""),
        ("20240101000000_a.down.sql", ""),
        (
            "20240102000000_b.sql",
            "-- no-transaction\nCREATE INDEX CONCURRENTLY i ON t (a);",
        ),
    ]);
    insta::assert_snapshot!(seen, @"
    sqlx
    20240101000000 a Wrapped /20240101000000_a.up.sql
    20240102000000 b Unwrapped /20240102000000_b.sql
    down 20240101000000 a Wrapped /20240101000000_a.down.sql
    ");
}

#[test]
fn diesel_reads_metadata() {
    let seen = read(&[
        ("2024-01-01-000000_a/up.sql", ""),
        ("2024-01-01-000000_a/down.sql", ""),
        ("2024-01-02-000000_b/up.sql", ""),
        (
            "2024-01-02-000000_b/metadata.toml",
            "run_in_transaction = false",
        ),
    ]);
    insta::assert_snapshot!(seen, @"
    diesel
    2024-01-01-000000 a Wrapped /2024-01-01-000000_a/up.sql
    2024-01-02-000000 b Unwrapped /2024-01-02-000000_b/up.sql
    down 2024-01-01-000000 a Wrapped /2024-01-01-000000_a/down.sql
    ");
    let broken = [
        ("2024-01-01-000000_a/up.sql", ""),
        (
            "2024-01-01-000000_a/metadata.toml",
            "run_in_transaction = 1",
        ),
    ];
    insta::assert_snapshot!(read(&broken), @"/2024-01-01-000000_a/metadata.toml: run_in_transaction must be true or false");
}

#[test]
fn plain_files_are_wrapped_when_their_statements_allow_it() {
    let seen = read(&[
        ("2_b.sql", "CREATE INDEX CONCURRENTLY i ON t (a);"),
        ("1_a.sql", "CREATE TABLE t (a int);"),
        ("last.sql", "BEGIN; SELECT 1; COMMIT;"),
        ("3_c.sql", "-- concertina: no-transaction\nSELECT 1;"),
    ]);
    insta::assert_snapshot!(seen, @"
    plain
    1 a Wrapped /1_a.sql
    2 b Unwrapped /2_b.sql
    3 c Unwrapped /3_c.sql
     last Unwrapped /last.sql
    ");
}

#[test]
fn wrong_paths_are_named() {
    insta::assert_snapshot!(load(Path::new("no/such"), None).unwrap_err(), @"no/such: no such file or directory; check the path, it is relative to where you run this");
    let none = read(&[("readme.txt", "")]);
    let layouts = Layout::ids().all(|id| none.contains(&format!("{id} (")));
    assert!(
        none.starts_with(": no migrations found; expected one of the layouts") && layouts,
        "{none}"
    );
    insta::assert_snapshot!(read(&[("V1__a.sql", ""), ("V01__b.sql", "")]), @"/V01__b.sql and /V1__a.sql both have version 01; give one of them another version");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("V1__a.sql");
    fs::write(&file, b"SELECT 1;\n\xff\xfe").unwrap();
    let error = load(folder.path(), None).unwrap_err().to_string();
    assert!(
        error.ends_with("V1__a.sql: not UTF-8 text (byte 10, line 2); is this a SQL file?"),
        "{error}"
    );
}

#[test]
fn plans_are_numbered_after_what_is_there() {
    let planned = |name: &str, phase, transaction| PlannedMigration {
        locks: Vec::new(),
        name: name.to_owned(),
        phase,
        after: None,
        transaction,
        sql: "SELECT 1;\n".to_owned(),
    };
    let plan = [
        planned("name_expand", Phase::Expand, TransactionMode::Wrapped),
        planned("name_index", Phase::Migrate, TransactionMode::Unwrapped),
        planned("name_contract", Phase::Contract, TransactionMode::Wrapped),
    ];
    let names = |layout: &str, replaces, versions: &[&str]| {
        let files = Layout::from_id(layout)
            .unwrap()
            .plan_files(replaces, versions, &plan);
        files
            .concat()
            .iter()
            .map(|file| file.path.display().to_string())
            .collect::<Vec<_>>()
            .join("\n")
    };
    insta::assert_snapshot!(names("refinery", "8", &["7", "8", "9"]), @"
    V8__name_expand.sql
    V10__name_index.sql
    U11__name_contract.sql
    ");
    insta::assert_snapshot!(names("sqlx", "20240101000000", &["20240101000000"]), @"
    20240101000000_name_expand.sql
    20240101000001_name_index.sql
    20240101000002_name_contract.sql
    ");
    insta::assert_snapshot!(names("diesel", "2024-01-01-000000", &["2024-01-01-000000"]), @"
    2024-01-01-000000_name_expand/up.sql
    2024-01-01-000001_name_index/up.sql
    2024-01-01-000001_name_index/metadata.toml
    2024-01-01-000002_name_contract/up.sql
    ");
    insta::assert_snapshot!(names("plain", "0001", &["0001"]), @"
    0001_name_expand.sql
    0002_name_index.sql
    0003_name_contract.sql
    ");
}

#[test]
fn a_git_revision_shows_the_files_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let git = |arguments: &[&str]| {
        let identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"];
        let done = std::process::Command::new("git")
            .current_dir(&folder)
            .args(identity)
            .args(arguments)
            .output();
        let done = done.unwrap();
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
    };
    let migrations = folder.path().join("migrations");
    fs::create_dir(&migrations).unwrap();
    fs::write(migrations.join("V1__a.sql"), "SELECT 'one';").unwrap();
    git(&["init", "-q"]);
    git(&["add", "."]);
    git(&["commit", "-qm", "one"]);
    git(&["tag", "v1"]);
    fs::write(migrations.join("V1__a.sql"), "SELECT 'edited';").unwrap();
    fs::write(migrations.join("V2__b.sql"), "SELECT 2;").unwrap();
    git(&["tag", "other"]);
    assert_eq!(newest_revision("v?", &migrations).unwrap(), "v1");
    git(&["commit", "-qam", "two"]);
    git(&["tag", "v2.0"]);
    assert_eq!(newest_revision("v*", &migrations).unwrap(), "v2.0");
    let error = newest_revision("w*", &migrations).unwrap_err().to_string();
    assert!(
        error.contains("no tag w* leads to what is checked out"),
        "{error}"
    );
    git(&["reset", "-q", "--mixed", "v1"]);

    let then = files_at("v1", &migrations).unwrap();
    assert_eq!(
        then,
        [(migrations.join("V1__a.sql"), "SELECT 'one';".to_owned())]
    );
    assert_eq!(files_at("v1", &migrations.join("V2__b.sql")).unwrap(), []);
    let error = files_at("v2", &migrations).unwrap_err().to_string();
    assert!(
        error.contains("no revision v2 in this repository"),
        "{error}"
    );
}

#[test]
fn edits_land_where_they_belong_and_overlapping_ones_do_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.sql");
    fs::write(&path, "CREATE INDEX i ON t (a);").unwrap();
    let edit = |start, end, text: &str| Edit {
        file: path.to_string_lossy().into_owned(),
        start,
        end,
        text: text.to_owned(),
    };
    let edits = [
        edit(12, 12, " CONCURRENTLY"),
        edit(0, 0, "-- x\n"),
        edit(0, 6, "MAKE"),
        edit(90, 99, "never"),
    ];
    assert_eq!(apply_edits(&edits).unwrap(), 3);
    insta::assert_snapshot!(fs::read_to_string(&path).unwrap(), @"
    -- x
    MAKE INDEX CONCURRENTLY i ON t (a);
    ");
}
