//! `concertina::testing` reads what `concertina.toml` says.

use concertina::testing::Check;

use super::folder;

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
