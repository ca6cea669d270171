//! `concertina::testing` reads what `concertina.toml` says.

use concertina::testing::Check;

use super::{against::tag, folder};

#[test]
fn a_project_is_checked_as_its_configuration_says() {
    let files = folder(&[
        (
            "concertina.toml",
            b"postgres = 15\nmigrations = [\"db\"]\nstart_after = \"1\"\n[releases]\n\"1.0.0\" = \"queries\"\n",
        ),
        ("db/V1__a.sql", b"CREATE TABLE t (id bigint PRIMARY KEY, a text);"),
        ("db/V2__b.sql", b"ALTER TABLE t DROP COLUMN a;"),
        ("queries/get.sql", b"SELECT a FROM t WHERE id = $1"),
    ]);
    let report = Check::of_project(files.path()).report();
    assert_eq!(report.postgres, 15);
    let broken: Vec<_> = report.findings.iter().flat_map(|one| &one.breaks).collect();
    assert!(
        broken
            .iter()
            .any(|one| one.query == "get" && one.release == "1.0.0"),
        "{report:?}"
    );
    let said = std::panic::catch_unwind(|| Check::of_project(files.path()).assert());
    let said = said.unwrap_err();
    let said = said.downcast_ref::<String>().unwrap();
    assert!(said.contains("breaks get of release 1.0.0"), "{said}");
}

#[test]
fn the_queries_are_those_of_the_newest_tag() {
    let files = folder(&[
        (
            "migrations/V1__a.sql",
            b"CREATE TABLE t (id bigint PRIMARY KEY, a text);",
        ),
        (
            "src/main.rs",
            b"fn f() { sqlx::query(\"SELECT a FROM t\"); }",
        ),
    ]);
    let at = files.path();
    tag(at, "v1.0.0");
    std::fs::write(
        at.join("migrations/V2__b.sql"),
        "ALTER TABLE t RENAME COLUMN a TO b;",
    )
    .unwrap();
    std::fs::write(
        at.join("src/main.rs"),
        "fn f() { sqlx::query(\"SELECT b FROM t\"); }",
    )
    .unwrap();
    let migrations = at.join("migrations");
    let check = Check::of(&migrations).against("v*");
    let broken = |check: Check| {
        let report = check.release("running", at.join("src")).report();
        assert_eq!(report.summary.files, 1, "{report:?}");
        let breaks = report.findings.iter().flat_map(|one| &one.breaks);
        breaks.map(|one| one.message.clone()).collect::<Vec<_>>()
    };
    assert_eq!(broken(check), ["column \"a\" does not exist"]);
    // As the source stands now it fits the schema, which is not what runs.
    let check = Check::of(&migrations).applied_up_to("1");
    assert_eq!(broken(check), [""; 0]);
}
