//! What operators do from the command line: rehearse, look at gates, pause, forget, repair, eject.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use concertina::client::{Silent, postgres};
use concertina::run::Runner;

use super::scenario::*;

pub(super) fn concertina(url: &str, folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_concertina"))
        .args(arguments)
        .env("DATABASE_URL", url)
        .current_dir(folder)
        .output()
        .unwrap()
}

pub(super) fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

pub(super) fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("migrations")).unwrap();
    for one in rename() {
        std::fs::write(folder.path().join(&one.file), &one.text).unwrap();
    }
    folder
}

#[test]
fn a_rehearsal_shows_every_command_and_sends_none() {
    let (url, folder) = (database(), folder());
    let shown = concertina(&url, folder.path(), &["apply", "--dry-run"]);
    let text = String::from_utf8_lossy(&shown.stdout).into_owned();
    let order = [
        "-- migrations/V2__full_name_expand.sql (expand)",
        "BEGIN;",
        "LOCK TABLE ONLY public.users IN ACCESS EXCLUSIVE MODE NOWAIT;",
        "ALTER TABLE users ADD COLUMN full_name text;",
        "COMMIT;",
        "-- in batches",
        "UPDATE users SET full_name = name\nWHERE (full_name IS NULL",
        "-- outside any transaction",
        "CREATE INDEX CONCURRENTLY users_full_name_idx",
        "ALTER TABLE users DROP COLUMN name;",
    ];
    let mut rest = text.as_str();
    for line in order {
        let found = rest
            .find(line)
            .unwrap_or_else(|| panic!("{line} is missing or too early:\n{text}"));
        rest = &rest[found..];
    }
    let untouched = client(&url)
        .query_one("SELECT to_regnamespace('concertina') IS NULL", &[])
        .unwrap();
    assert!(untouched.get::<_, bool>(0));
}

#[test]
fn gates_are_shown_and_an_instance_is_forgotten() {
    let (url, folder) = (database(), folder());
    let applied = concertina(&url, folder.path(), &["apply", "--phase", "migrate"]);
    assert_eq!(applied.status.code(), Some(0), "{}", said(&applied));
    let old = Runner::new(rename().into_iter().take(1).collect()).release(version("1.0.0"));
    let instance = postgres::start(&old, &at(&url), &mut Silent).unwrap();
    let closed = concertina(&url, folder.path(), &["gate"]);
    assert_eq!(closed.status.code(), Some(1));
    assert!(
        said(&closed).contains(instance.id()) && said(&closed).starts_with("closed"),
        "{}",
        said(&closed)
    );
    let metrics = said(&concertina(
        &url,
        folder.path(),
        &["status", "--format", "openmetrics", "migrations"],
    ));
    for line in [
        "concertina_state{concertina_state=\"held\"} 1",
        "concertina_instances{release=\"1.0.0\"} 1",
        "concertina_blocking{kind=\"gate\",file=\"migrations/U5__full_name_contract.sql\"} 1",
        "concertina_backfill_rows_done{file=\"migrations/V3__full_name_backfill.sql\"} 3000",
    ] {
        assert!(metrics.contains(line), "{line} is missing:\n{metrics}");
    }
    assert!(metrics.ends_with("# EOF\n"));
    let arguments = ["forget", instance.id(), "--because", "its host burnt"];
    let forgotten = concertina(&url, folder.path(), &arguments);
    assert_eq!(forgotten.status.code(), Some(0), "{}", said(&forgotten));
    let open = concertina(&url, folder.path(), &["gate"]);
    assert_eq!(
        (open.status.code(), said(&open).as_str()),
        (Some(0), "open     migrations/U5__full_name_contract.sql\n")
    );
}

#[test]
fn a_run_is_paused_tuned_and_followed_from_other_processes() {
    let (url, folder) = (database(), folder());
    let first = concertina(
        &url,
        folder.path(),
        &[
            "apply",
            "--phase",
            "expand",
            "migrations/V2__full_name_expand.sql",
        ],
    );
    assert_eq!(first.status.code(), Some(0), "{}", said(&first));
    let paused = concertina(&url, folder.path(), &["pause", "--because", "lunch"]);
    assert_eq!(paused.status.code(), Some(0), "{}", said(&paused));
    let started = |arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_concertina"))
            .args(arguments)
            .env("DATABASE_URL", &url)
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let run = started(&["apply", "--release", "2.0.0"]);
    let follower = started(&["status", "--follow", "migrations"]);
    std::thread::sleep(Duration::from_millis(1_500));
    let filled = client(&url)
        .query_one("SELECT count(full_name) FROM users", &[])
        .unwrap();
    assert_eq!(filled.get::<_, i64>(0), 0, "a paused run does nothing");
    let resumed = concertina(&url, folder.path(), &["resume", "--batch-size", "100"]);
    assert_eq!(resumed.status.code(), Some(0), "{}", said(&resumed));
    let ended = run.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(0), "{}", said(&ended));
    assert!(said(&ended).contains("lunch"), "{}", said(&ended));
    let followed = follower.wait_with_output().unwrap();
    assert_eq!(followed.status.code(), Some(0), "{}", said(&followed));
    assert!(said(&followed).contains("settled"), "{}", said(&followed));
}

#[test]
fn an_edited_file_is_shown_accepted_and_then_at_peace_with_both_histories() {
    let (url, folder) = (database(), folder());
    let mut client = client(&url);
    client
        .batch_execute(
            "CREATE TABLE refinery_schema_history
                 (version int4 PRIMARY KEY, name varchar(255), applied_on varchar(255), checksum varchar(255))",
        )
        .unwrap();
    let applied = concertina(&url, folder.path(), &["apply", "--release", "2.0.0"]);
    assert_eq!(applied.status.code(), Some(0), "{}", said(&applied));
    let none = concertina(&url, folder.path(), &["repair"]);
    assert_eq!(none.status.code(), Some(0), "{}", said(&none));
    let file = "migrations/V4__full_name_index.sql";
    let edited = "-- concertina: no-transaction\nCREATE INDEX CONCURRENTLY users_full_name_idx ON users USING btree (full_name);\n";
    std::fs::write(folder.path().join(file), edited).unwrap();
    let refused = concertina(&url, folder.path(), &["apply"]);
    assert_eq!(refused.status.code(), Some(1), "{}", said(&refused));
    let shown = concertina(&url, folder.path(), &["repair"]);
    assert_eq!(shown.status.code(), Some(1));
    for words in [
        "edited   migrations/V4",
        "+ CREATE INDEX CONCURRENTLY users_full_name_idx ON users USING btree",
        "refinery keeps another checksum",
    ] {
        assert!(said(&shown).contains(words), "{words}: {}", said(&shown));
    }
    let accepted = concertina(
        &url,
        folder.path(),
        &["repair", "--accept", file, "--because", "spelling"],
    );
    assert_eq!(accepted.status.code(), Some(0), "{}", said(&accepted));
    let at_peace = concertina(&url, folder.path(), &["apply"]);
    assert_eq!(at_peace.status.code(), Some(0), "{}", said(&at_peace));
    // refinery itself agrees, and eject says so.
    let read = |one: &concertina::sql::Migration| {
        let text = std::fs::read_to_string(folder.path().join(&one.file)).unwrap();
        let stem = Path::new(&one.file)
            .file_stem()
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned();
        refinery::Migration::unapplied(&stem, &text).unwrap()
    };
    let theirs = refinery::Runner::new(&rename().iter().map(read).collect::<Vec<_>>());
    assert!(
        theirs
            .run(&mut client)
            .unwrap()
            .applied_migrations()
            .is_empty()
    );
    let eject = concertina(&url, folder.path(), &["eject", "--drop"]);
    assert_eq!(eject.status.code(), Some(0), "{}", said(&eject));
    assert!(
        theirs
            .run(&mut client)
            .unwrap()
            .applied_migrations()
            .is_empty()
    );
    let gone = client
        .query_one("SELECT to_regnamespace('concertina') IS NULL", &[])
        .unwrap();
    assert!(gone.get::<_, bool>(0));
}

#[test]
fn eject_names_what_another_tool_would_do_at_once() {
    let (url, folder) = (database(), folder());
    client(&url)
        .batch_execute(
            "CREATE TABLE refinery_schema_history
                 (version int4 PRIMARY KEY, name varchar(255), applied_on varchar(255), checksum varchar(255))",
        )
        .unwrap();
    let applied = concertina(&url, folder.path(), &["apply", "--phase", "migrate"]);
    assert_eq!(applied.status.code(), Some(0), "{}", said(&applied));
    let eject = said(&concertina(&url, folder.path(), &["eject"]));
    assert!(
        eject.contains("refinery would apply at once migrations/U5__full_name_contract.sql"),
        "{eject}"
    );
    assert!(
        eject.contains("no gate holds it any more    migrations/U5__full_name_contract.sql"),
        "{eject}"
    );
    client(&url)
        .batch_execute("DELETE FROM refinery_schema_history WHERE version = 3")
        .unwrap();
    let eject = concertina(&url, folder.path(), &["eject", "--drop"]);
    assert_eq!(eject.status.code(), Some(1));
    assert!(
        said(&eject).contains("refinery would apply again   migrations/V3"),
        "{}",
        said(&eject)
    );
}

/// The server's certificate is verified, and its name too.
#[test]
fn tls_is_used_where_it_is_asked_for_and_verifies_the_server() {
    let server = crate::server::Server::start(&crate::server::binaries());
    let url = server.database();
    let mut admin = client(&url);
    for sql in [
        "COPY (SELECT 1) TO PROGRAM 'openssl req -x509 -newkey rsa:2048 -nodes -keyout server.key -out server.crt -days 2 \
         -subj /CN=localhost -addext subjectAltName=DNS:localhost -addext basicConstraints=critical,CA:FALSE 2>/dev/null && chmod 600 server.key'",
        "ALTER SYSTEM SET ssl = on",
        "SELECT pg_reload_conf()",
    ] {
        admin.batch_execute(sql).unwrap();
    }
    let certificate: String = admin
        .query_one("SELECT pg_read_file('server.crt')", &[])
        .unwrap()
        .get(0);
    let folder = folder();
    let roots = folder.path().join("roots.pem");
    std::fs::write(&roots, certificate).unwrap();
    let status = |url: &str, roots: &Path| {
        Command::new(env!("CARGO_BIN_EXE_concertina"))
            .args(["apply", "--release", "2.0.0", "--database-url", url])
            .env("PGSSLROOTCERT", roots)
            .current_dir(folder.path())
            .output()
            .unwrap()
    };
    admin.batch_execute(
        "CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text, age int)",
    )
    .unwrap();
    let by_address = format!("{url}?sslmode=require");
    let by_name = by_address.replace("127.0.0.1", "localhost");
    let other_name = status(&by_address, &roots);
    assert_eq!(other_name.status.code(), Some(3), "{}", said(&other_name));
    assert!(
        said(&other_name).contains("certificate"),
        "{}",
        said(&other_name)
    );
    let missing = status(&by_name, &folder.path().join("nothing.pem"));
    assert_eq!(missing.status.code(), Some(3), "{}", said(&missing));
    for asked in [by_name.clone(), by_name.replace("require", "verify-full")] {
        let verified = status(&asked, &roots);
        assert_eq!(verified.status.code(), Some(0), "{}", said(&verified));
    }
    let sure = admin
        .query_one(
            "SELECT count(*) FROM concertina.migration WHERE state = 'applied'",
            &[],
        )
        .unwrap();
    assert_eq!(sure.get::<_, i64>(0), 4);
}
