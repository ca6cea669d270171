//! `concertina::testing` reads what `concertina.toml` says.

use concertina::testing::Check;

use super::{against::tag, concertina, folder};

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

/// A history, a change of it that was planned, and the release before and after.
const DEPLOY: &[(&str, &[u8])] = &[
    (
        "migrations/V1__a.sql",
        b"CREATE TABLE t (id bigint PRIMARY KEY, a text NOT NULL, b text);",
    ),
    (
        "migrations/V2__expand.sql",
        b"-- concertina: phase expand\nALTER TABLE t ADD COLUMN c text;",
    ),
    (
        "migrations/V3__contract.sql",
        b"-- concertina: phase contract\n-- concertina: after 2.0.0\nALTER TABLE t DROP COLUMN b;",
    ),
    ("old/get.sql", b"SELECT b FROM t WHERE id = $1"),
    ("old/put.sql", b"INSERT INTO t (id, a) VALUES ($1, $2)"),
    ("new/get.sql", b"SELECT c FROM t WHERE id = $1"),
];

fn deploy(changed: &[(&str, &[u8])]) -> tempfile::TempDir {
    let kept = DEPLOY
        .iter()
        .filter(|(path, _)| changed.iter().all(|(other, _)| other != path));
    let files: Vec<_> = kept.chain(changed).copied().collect();
    folder(&files)
}

fn check(at: &std::path::Path) -> Check {
    let check = Check::of(at.join("migrations")).applied_up_to("1");
    check
        .release("1.4.0", at.join("old"))
        .next_release("2.0.0", at.join("new"))
}

/// What an assertion panics with, with the folder left out.
fn said(at: &std::path::Path, assertion: impl FnOnce()) -> String {
    let said = std::panic::catch_unwind(std::panic::AssertUnwindSafe(assertion)).unwrap_err();
    let said = said.downcast_ref::<String>().unwrap();
    said.replace(&format!("{}/", at.display()), "")
}

#[test]
fn a_deploy_whose_phases_fit_their_releases_passes() {
    let files = deploy(&[]);
    check(files.path()).assert_roll_out();
    check(files.path()).assert_planned();
}

#[test]
fn a_release_is_held_against_the_contracts_too_when_it_has_to_survive_all() {
    let files = deploy(&[]);
    insta::assert_snapshot!(said(files.path(), || check(files.path()).assert_releases_survive()), @r#"
    a release does not survive

    fails: get (old/get.sql:1)
        migrations/V3__contract.sql:3 42703: column "b" does not exist
    release 1.4.0: 2 queries, 1 work, 1 fail, 0 change, 0 unknown
    "#);
}

#[test]
fn a_phase_that_breaks_a_live_release_is_named_with_the_query() {
    let too_early: &[u8] = b"-- concertina: phase expand\nALTER TABLE t DROP COLUMN b, ADD COLUMN c text, ADD COLUMN d int NOT NULL DEFAULT 0;\nALTER TABLE t ALTER d DROP DEFAULT;";
    let unknown: &[u8] = b"SELECT e FROM t";
    let files = deploy(&[
        ("migrations/V2__expand.sql", too_early),
        (
            "migrations/V3__contract.sql",
            b"-- concertina: phase contract\nALTER TABLE t DROP COLUMN c;",
        ),
        ("new/odd.sql", unknown),
    ]);
    insta::assert_snapshot!(said(files.path(), || check(files.path()).assert_roll_out()), @r#"
    a phase leaves a live release with a query that breaks

    before: 1.4.0 works
    after migrations/V2__expand.sql (expand): 1.4.0 has 2 queries that break, 2.0.0 has a query that breaks
        fails: get of release 1.4.0 (old/get.sql:1) 42703: column "b" does not exist
        fails: put of release 1.4.0 (old/put.sql:1) 23502: null value in column "d" of relation "t" violates not-null constraint
        fails: odd of release 2.0.0 (new/odd.sql:1) 42703: column "e" does not exist
    after migrations/V3__contract.sql (contract): 2.0.0 has a query that breaks
        fails: get of release 2.0.0 (new/get.sql:1) 42703: column "c" does not exist
    "#);
}

#[test]
fn a_contract_that_waits_for_a_later_release_is_not_the_next_ones_concern() {
    let later: &[u8] =
        b"-- concertina: phase contract\n-- concertina: after 3.0.0\nALTER TABLE t DROP COLUMN c;";
    let files = deploy(&[("migrations/V3__contract.sql", later)]);
    check(files.path()).assert_roll_out();
}

#[test]
fn what_still_wants_splitting_is_named() {
    let unsafe_one: &[u8] = b"ALTER TABLE t RENAME COLUMN b TO c;";
    let files = deploy(&[("migrations/V2__expand.sql", unsafe_one)]);
    insta::assert_snapshot!(said(files.path(), || check(files.path()).assert_planned()), @r#"
    migrations that are not as planned

    migrations/V2__expand.sql: wants splitting into expand, migrate, contract
        run `concertina plan --write` on migrations/V2__expand.sql
    "#);
}

#[test]
fn a_plan_is_held_against_its_original() {
    let original: &[u8] = b"ALTER TABLE t ALTER COLUMN b SET NOT NULL;";
    let files = deploy(&[("migrations/V2__required.sql", original)]);
    let at = files.path();
    for gone in ["migrations/V2__expand.sql", "migrations/V3__contract.sql"] {
        std::fs::remove_file(at.join(gone)).unwrap();
    }
    std::fs::create_dir(at.join("plans")).unwrap();
    let kept = at.join("plans/V2__required.sql");
    std::fs::copy(at.join("migrations/V2__required.sql"), &kept).unwrap();
    let planned = concertina(
        at,
        &[
            "plan",
            "migrations/V2__required.sql",
            "--history",
            "migrations",
            "--write",
            "--after",
            "2.0.0",
        ],
    );
    assert!(planned.status.success(), "{planned:?}");
    check(at).planned_from(&kept).assert_planned();
    // The original asks for more now.
    let asks = "ALTER TABLE t ALTER COLUMN a DROP NOT NULL, ALTER COLUMN b SET NOT NULL;";
    std::fs::write(&kept, asks).unwrap();
    let outgrown = said(at, || check(at).planned_from(&kept).assert_planned());
    insta::assert_snapshot!(outgrown, @r#"
    migrations that are not as planned

    migrations/U2__t_b_tighten.sql: stands for contract where the plan has expand
        plan plans/V2__required.sql again: `concertina plan --write`
    "#);
}
