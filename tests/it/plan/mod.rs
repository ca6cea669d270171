//! Plans run under two live releases: nothing fails, both shapes agree, the end is the unsafe one's.
//!
//! Each folder of `migrations-fixtures/plans` is a case: `before.sql` (schema and rows), `migration.sql`
//! (the unsafe one), `old.sql` and `new.sql` (what releases N and N+1 send, one statement a line, each
//! answering whether it saw what it wrote), `agree.sql` (rows whose shapes disagree: none), and
//! `plan.sql`, the plan as we expect it (written anew with `UPDATE=1`). Where release N may write what
//! the contract refuses, `repair.sql` mends the rows once N is gone; `empty.sql` runs before the unsafe
//! migration that fails on rows. `CASE=index` picks one case, `SEED=1` repeats what the writers sent.

mod composition;
mod history;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use concertina::compat::{AppQuery, Release};
use concertina::plan::{self, Plan, PlannedMigration};
use concertina::rules;
use concertina::schema::Session;
use concertina::sql::{Migration, Phase, TransactionMode};
use postgres::{Client, NoTls, SimpleQueryMessage};

use crate::fixtures::{shop_migrations, shop_queries};
use crate::random::Random;
use crate::server;

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations-fixtures/plans");
    let mut cases: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .filter(|path| {
            std::env::var("CASE").is_ok_and(|case| path.ends_with(case))
                || std::env::var_os("CASE").is_none()
        })
        .collect();
    cases.sort();
    cases
}

fn text(case: &Path, file: &str) -> String {
    std::fs::read_to_string(case.join(file)).unwrap_or_default()
}

fn planned(case: &Path) -> Plan {
    planned_for(case, 15)
}

fn planned_for(case: &Path, version: u16) -> Plan {
    let mut session = Session::new(version);
    for statement in &Migration::new("before.sql", text(case, "before.sql"))
        .script()
        .statements
    {
        session.apply(&statement.change).unwrap();
    }
    let mut migration = Migration::new("migration.sql", text(case, "migration.sql"));
    migration.name = case.file_name().unwrap().to_string_lossy().into_owned();
    let mut options = plan::Options::default();
    options.next_release = Some(semver::Version::new(2, 0, 0));
    match plan::plan(&migration, &session, &options) {
        Ok(Some(plan)) => plan,
        Ok(None) => panic!("{}: nothing to split", case.display()),
        Err(error) => panic!("{}: {error}", case.display()),
    }
}

fn shown(plan: &Plan) -> String {
    let mut text = String::new();
    for planned in &plan.migrations {
        writeln!(text, "-- == {} ==\n{}", planned.name, planned.sql).unwrap();
    }
    for release in &plan.releases {
        writeln!(text, "-- {}: {}", release.step, release.application).unwrap();
    }
    for note in &plan.notes {
        writeln!(text, "-- note: {note}").unwrap();
    }
    text
}

#[test]
fn plans_are_as_written() {
    for case in cases() {
        let plan = shown(&planned(&case));
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(case.join("plan.sql"), &plan).unwrap();
        }
        assert_eq!(
            plan,
            text(&case, "plan.sql"),
            "{}: UPDATE=1 writes it anew",
            case.display()
        );
    }
}

#[test]
fn every_planned_file_is_read_whole() {
    for case in cases() {
        for planned in planned(&case).migrations {
            let read = Migration::new(planned.name.as_str(), planned.sql.as_str());
            for directive in &read.script().directives {
                assert!(directive.kind.is_ok(), "{}: {directive:?}", planned.name);
            }
            assert_eq!(
                concertina::effects::phase::pinned(&read.script().directives),
                Some(planned.phase)
            );
            for statement in &read.script().statements {
                assert_eq!(
                    statement.unread, [""; 0],
                    "{}: {}",
                    planned.name, statement.kind
                );
            }
        }
    }
}

#[test]
fn a_plan_needs_no_plan() {
    for case in cases() {
        for planned in planned(&case).migrations {
            let again = Migration::new(planned.name.as_str(), planned.sql);
            let plan = plan::plan(&again, &Session::new(15), &plan::Options::default());
            assert_eq!(plan, Ok(None), "{}", planned.name);
        }
    }
}

/// A plan is judged by the same road as what people write, with the queries of both releases.
#[test]
fn nothing_is_objected_to_in_a_planned_file() {
    let mut objections = Vec::new();
    for case in cases() {
        let history = vec![Migration::new("before.sql", text(&case, "before.sql"))];
        let releases = [
            release("1.0.0", &text(&case, "old.sql")),
            release("2.0.0", &text(&case, "new.sql")),
        ];
        objections.extend(self::objections(&planned(&case), &history, &releases));
    }
    assert!(objections.is_empty(), "{}", objections.join("\n"));
}

#[test]
fn nothing_is_objected_to_in_the_planned_rename_of_the_shop() {
    let history: Vec<Migration> = shop_migrations()
        .iter()
        .take(2)
        .map(|one| Migration::new("shop.sql", one.text.as_str()))
        .collect();
    let releases = ["1.0.0", "2.0.0"].map(|version| {
        let queries = shop_queries(version).into_iter();
        let queries = queries.map(|one| AppQuery::new(one.name, "queries.sql", 1, one.sql));
        Release {
            version: version.to_owned(),
            queries: queries.collect(),
        }
    });
    let mut session = Session::new(15);
    for statement in history.iter().flat_map(|one| &one.script().statements) {
        session.apply(&statement.change).unwrap();
    }
    let rename = Migration::new(
        "0003_rename.sql",
        "ALTER TABLE users RENAME name TO full_name;",
    );
    let mut options = plan::Options::default();
    options.next_release = Some(semver::Version::new(2, 0, 0));
    let plan = plan::plan(&rename, &session, &options).unwrap().unwrap();
    let objections = objections(&plan, &history, &releases);
    assert!(objections.is_empty(), "{}", objections.join("\n"));
}

/// The errors and warnings of each planned file, judged after those before it.
fn objections(plan: &Plan, history: &[Migration], releases: &[Release]) -> Vec<String> {
    let migrations = plan.migrations.iter().map(|planned| {
        let mut migration = Migration::new(planned.name.as_str(), planned.sql.as_str());
        migration.transaction = planned.transaction;
        migration
    });
    let judged: Vec<Migration> = migrations.collect();
    let report = rules::check(&rules::Input {
        history,
        judged: &judged,
        releases,
        role: None,
        options: rules::Options::default(),
    });
    report
        .findings
        .iter()
        .filter(|one| one.severity >= rules::Severity::Warning)
        .map(|one| {
            format!(
                "{}:{}: {}: {}",
                one.file, one.start.line, one.rule, one.message
            )
        })
        .collect()
}

/// What a release of a case sends, with a value in each place.
fn release(version: &str, statements: &str) -> Release {
    let lines = statements.lines().enumerate();
    let queries = lines
        .filter(|(_, line)| {
            !line.is_empty() && !line.starts_with("--") && !line.starts_with("COPY")
        })
        .map(|(at, line)| {
            AppQuery::new(
                format!("line {}", at + 1),
                version,
                at + 1,
                fill(&mut Random::new(1), line),
            )
        });
    Release {
        version: version.to_owned(),
        queries: queries.collect(),
    }
}

#[test]
fn what_cannot_be_split_is_refused_with_a_way_out() {
    const BEFORE: &str = "
        CREATE TABLE users (id int PRIMARY KEY, name text, age int, tag text GENERATED ALWAYS AS (lower(name)) STORED);
        CREATE TABLE posts (id int PRIMARY KEY, user_id int REFERENCES users, title text);
        CREATE VIEW titles AS SELECT title FROM posts;
        CREATE TYPE mood AS ENUM ('good');";
    for (migration, message) in [
        (
            "ALTER TABLE users ADD COLUMN mail text NOT NULL;",
            "declare one: DEFAULT",
        ),
        ("ALTER TYPE mood RENAME TO moods;", "no recipe splits this"),
        ("ALTER TABLE ghosts RENAME a TO b;", "ghosts is not known"),
        (
            "ALTER TABLE users ADD COLUMN n int; UPDATE users SET n = (SELECT count(*) FROM posts); ALTER TABLE users ALTER n SET NOT NULL;",
            "it gathers rows of other tables",
        ),
        (
            "UPDATE users SET age = (SELECT 1) WHERE age IS NULL; ALTER TABLE users ALTER age SET NOT NULL;",
            "it reads other tables",
        ),
        (
            "CREATE TABLE ages AS SELECT id, max(age) AS age FROM users GROUP BY id; ALTER TABLE users DROP age;",
            "what it copies from public.users.age goes on being written",
        ),
        (
            "ALTER TABLE posts DROP title; CREATE TEMP TABLE old AS SELECT id FROM posts; DELETE FROM posts USING old WHERE old.id = posts.id;",
            "a temporary table is gone",
        ),
        (
            "CREATE TABLE ages (id int PRIMARY KEY, age int); INSERT INTO ages SELECT id, age + 1 FROM users; ALTER TABLE users DROP age;",
            "age gets something else than a column",
        ),
        (
            "CREATE TABLE ages (id int PRIMARY KEY, age int); INSERT INTO ages SELECT id, age FROM users WHERE age > 1; ALTER TABLE users DROP age;",
            "its WHERE says more",
        ),
        (
            "CREATE TABLE ages (id int PRIMARY KEY, age int); INSERT INTO ages SELECT users.id, max(age) FROM users JOIN posts ON user_id = users.id GROUP BY 1; ALTER TABLE users DROP age;",
            "its SELECT does more than read one table",
        ),
        (
            "CREATE TABLE ages (id int, age int); INSERT INTO ages SELECT id, age FROM users; ALTER TABLE users DROP age;",
            "one row must belong to one row",
        ),
        (
            "CREATE TABLE ages (id int PRIMARY KEY, age int NOT NULL); INSERT INTO ages SELECT id, age FROM users; ALTER TABLE users DROP age;",
            "with WHERE age IS NOT NULL",
        ),
        (
            "CREATE TABLE ages (id int PRIMARY KEY, age bigint); INSERT INTO ages SELECT id, age FROM users; ALTER TABLE users DROP age;",
            "users.age is integer and would arrive as bigint",
        ),
        (
            "CREATE TABLE ages (id int PRIMARY KEY, age int CHECK (age > 0)); INSERT INTO ages SELECT id, age FROM users; ALTER TABLE users DROP age;",
            "release N may write what the constraint ages_age_check of ages refuses",
        ),
        (
            "DROP VIEW titles; ALTER TABLE users ADD title text; UPDATE users SET title = posts.title FROM posts WHERE posts.user_id = users.id; ALTER TABLE posts DROP title;",
            "rows of public.posts are told apart by (user_id)",
        ),
        (
            "CREATE INDEX ON users (age); DO $$ BEGIN END $$;",
            "belongs to no phase",
        ),
    ] {
        let mut session = Session::new(15);
        for statement in &Migration::new("before.sql", BEFORE).script().statements {
            session.apply(&statement.change).unwrap();
        }
        let migration = Migration::new("migration.sql", migration);
        let refused = plan::plan(&migration, &session, &plan::Options::default());
        let error = refused.expect_err(&migration.text).to_string();
        assert!(
            error.starts_with("migration.sql:1: ") && error.contains(message),
            "{error}"
        );
    }
    for safe in [
        "CREATE TABLE t (id int); CREATE INDEX ON t (id); ALTER TABLE t ALTER id SET NOT NULL;",
        "ALTER TABLE users ADD COLUMN mail text;",
        "DROP VIEW titles;",
        "",
    ] {
        let mut session = Session::new(15);
        for statement in &Migration::new("before.sql", BEFORE).script().statements {
            session.apply(&statement.change).unwrap();
        }
        let plan = plan::plan(
            &Migration::new("m.sql", safe),
            &session,
            &plan::Options::default(),
        );
        assert_eq!(plan, Ok(None), "{safe}");
    }
}

/// How far a roll-out is: release N+1 comes when the schema is expanded, release N is gone before the
/// contract.
const EXPANDING: u8 = 0;
const EXPANDED: u8 = 1;
const MIGRATED: u8 = 2;
const CONTRACTING: u8 = 3;
const DONE: u8 = 4;

#[expect(
    clippy::print_stdout,
    reason = "a failure shows the seed that repeats it"
)]
#[test]
fn both_releases_live_through_every_phase() {
    let seed = seed();
    println!("SEED={seed}");
    let mut client = Client::connect(&server::shared().database(), NoTls).unwrap();
    let version = server::major(&mut client);
    let mut failed = Vec::new();
    for case in cases() {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let run = std::panic::catch_unwind(|| rollout(&case, &planned_for(&case, version), seed));
        match run {
            Ok([old, new]) => {
                println!("{name}: {old} statements of release N, {new} of N+1, none failed");
            }
            Err(_) => failed.push(name),
        }
    }
    assert!(
        failed.is_empty(),
        "SEED={seed}, PostgreSQL {version}: {failed:?}"
    );
}

fn seed() -> u64 {
    let given = std::env::var("SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    given.unwrap_or_else(|| {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        now.unwrap().as_nanos() as u64
    })
}

/// Runs a plan under both releases and gives the number of statements of each.
fn rollout(case: &Path, plan: &Plan, seed: u64) -> [u64; 2] {
    let url = server::shared().database();
    let mut admin = Client::connect(&url, NoTls).unwrap();
    admin.batch_execute(&text(case, "before.sql")).unwrap();
    let stage = AtomicU8::new(EXPANDING);
    let failures = Mutex::new(Vec::new());
    let sent = [AtomicU64::new(0), AtomicU64::new(0)];
    let name = case.file_name().unwrap().to_string_lossy();
    std::thread::scope(|scope| {
        let writer = |file: &'static str, release: u8, mut random: Random| {
            let (url, stage, failures, sent) = (&url, &stage, &failures, &sent);
            let statements = text(case, file);
            scope.spawn(move || {
                let mut client = Client::connect(url, NoTls).unwrap();
                loop {
                    let now = stage.load(Ordering::SeqCst);
                    // Release N is gone before the contract.
                    if now == DONE || (release == 0 && now == CONTRACTING) {
                        break;
                    }
                    let early = statements.split("-- once migrated").next().unwrap_or("");
                    let usable = match now {
                        EXPANDING if release == 1 => "",
                        EXPANDING | EXPANDED => early,
                        _ => statements.as_str(),
                    };
                    let lines: Vec<_> = usable.lines().filter(|line| !line.is_empty() && !line.starts_with("--")).collect();
                    if lines.is_empty() {
                        std::thread::sleep(Duration::from_millis(5));
                        continue;
                    }
                    let line = random.pick(&lines);
                    let statement = fill(&mut random, line);
                    match send(&mut client, &statement) {
                        Ok(answer) => {
                            let refused = answer.iter().any(|message| matches!(message, SimpleQueryMessage::Row(row) if row.get(0) != Some("t")));
                            if refused {
                                failures.lock().unwrap().push(format!("{file}: not what was written: {statement}"));
                            }
                        }
                        Err(error) => failures.lock().unwrap().push(format!("{file}: {error:?}: {statement}")),
                    }
                    sent[usize::from(release)].fetch_add(1, Ordering::Relaxed);
                }
            })
        };
        // Two of each, so that they meet on the same rows.
        let old = [0, 1].map(|which| writer("old.sql", 0, Random::new(seed ^ which)));
        for which in [0x5555, 0x5556] {
            writer("new.sql", 1, Random::new(seed ^ which));
        }
        let run = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            std::thread::sleep(Duration::from_millis(60));
            // On a busy machine writers take their time.
            let begun = Instant::now();
            while sent[0].load(Ordering::Relaxed) < 20 && begun.elapsed() < Duration::from_secs(10)
            {
                std::thread::sleep(Duration::from_millis(5));
            }
            let mut old = Some(old);
            for planned in &plan.migrations {
                if planned.phase > Phase::Expand {
                    stage.fetch_max(EXPANDED, Ordering::SeqCst);
                    std::thread::sleep(Duration::from_millis(60));
                }
                if planned.phase == Phase::Contract
                    && let Some(old) = old.take()
                {
                    stage.fetch_max(MIGRATED, Ordering::SeqCst);
                    std::thread::sleep(Duration::from_millis(150));
                    agree(&mut admin, case, "before the contract");
                    stage.fetch_max(CONTRACTING, Ordering::SeqCst);
                    for old in old {
                        old.join().unwrap();
                    }
                    agree(&mut admin, case, "when release N is gone");
                    admin.batch_execute(&text(case, "repair.sql")).unwrap();
                }
                apply(&mut admin, planned);
                std::thread::sleep(Duration::from_millis(60));
            }
            stage.fetch_max(MIGRATED, Ordering::SeqCst);
            std::thread::sleep(Duration::from_millis(100));
        }));
        stage.store(DONE, Ordering::SeqCst);
        if let Err(panic) = run {
            std::panic::resume_unwind(panic);
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(
        failures.is_empty(),
        "{name}, SEED={seed}: {} failures of {sent:?}, first:\n{}",
        failures.len(),
        failures[..failures.len().min(5)].join("\n")
    );

    let mut unsafe_one = Client::connect(&server::shared().database(), NoTls).unwrap();
    unsafe_one.batch_execute(&text(case, "before.sql")).unwrap();
    unsafe_one.batch_execute(&text(case, "empty.sql")).unwrap();
    // One by one: a label is of use only when it has been committed.
    let migration = Migration::new("migration.sql", text(case, "migration.sql"));
    for statement in &migration.script().statements {
        let statement = statement.span.text(&migration.text);
        unsafe_one.batch_execute(statement).unwrap();
    }
    assert_eq!(catalogue(&mut admin), catalogue(&mut unsafe_one), "{name}");
    sent.map(AtomicU64::into_inner)
}

/// Sends a statement; a COPY has its data behind `<<<`.
fn send(client: &mut Client, statement: &str) -> Result<Vec<SimpleQueryMessage>, postgres::Error> {
    use std::io::Write as _;
    let Some((copy, row)) = statement.split_once(" <<< ") else {
        return client.simple_query(statement);
    };
    let mut writer = client.copy_in(copy)?;
    // What goes wrong on the way is told at the end.
    let _ = writeln!(writer, "{row}");
    writer.finish().map(|_| Vec::new())
}

/// Applies one file as a runner does: bounded lock waits, retries, one transaction or none.
fn apply(client: &mut Client, planned: &PlannedMigration) {
    let deadline = Instant::now() + Duration::from_secs(20);
    let wrapped = planned.transaction == TransactionMode::Wrapped;
    let sql = if wrapped {
        format!(
            "BEGIN; SET LOCAL lock_timeout = '200ms';\n{}COMMIT;",
            planned.sql
        )
    } else {
        planned.sql.clone()
    };
    while let Err(error) = client.batch_execute(&sql) {
        let code = error.code().map(|code| code.code().to_owned());
        assert!(
            wrapped
                && matches!(code.as_deref(), Some("55P03" | "40001"))
                && Instant::now() < deadline,
            "{}: {error:?}\n{sql}",
            planned.name
        );
        client.batch_execute("ROLLBACK").unwrap();
        std::thread::sleep(Duration::from_millis(30));
    }
}

fn agree(client: &mut Client, case: &Path, when: &str) {
    let query = text(case, "agree.sql");
    if query.is_empty() {
        return;
    }
    let disagreeing = client.query(&query, &[]).unwrap().len();
    assert_eq!(
        disagreeing,
        0,
        "{}: rows whose shapes disagree {when}",
        case.display()
    );
}

/// Everything the schemas are made of, privileges and comments too, by name and without the order of columns.
fn catalogue(client: &mut Client) -> Vec<String> {
    // `regclass` and its like show the schema of what is not in public.
    const PARTS: &[&str] = &[
        "SELECT format('column %s.%s %s %s %s %s %s%s %s %s %s%s %s %s', attrelid::regclass, attname, format_type(atttypid, atttypmod),
                attnotnull, pg_get_expr(adbin, adrelid), attcollation, attidentity, attgenerated, col_description(attrelid, attnum),
                attstattarget, attstorage, attcompression, attoptions, (SELECT array_agg(one ORDER BY one::text) FROM unnest(attacl) one))
           FROM pg_attribute JOIN pg_class c ON c.oid = attrelid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
          WHERE attnum > 0 AND NOT attisdropped AND c.relkind IN ('r', 'p', 'v', 'm') AND own(c.relnamespace)",
        "SELECT format('relation %s %s %s %s%s %s %s %s', oid::regclass, relkind, relacl, relrowsecurity, relforcerowsecurity, reloptions,
                relreplident, obj_description(oid)) FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'S') AND own(relnamespace)",
        "SELECT format('constraint %s %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid), convalidated)
           FROM pg_constraint WHERE own(connamespace)",
        "SELECT format('index %s %s %s', pg_get_indexdef(indexrelid), indisvalid, indisclustered)
           FROM pg_index JOIN pg_class c ON c.oid = indexrelid WHERE own(c.relnamespace)",
        "SELECT format('trigger %s', pg_get_triggerdef(oid)) FROM pg_trigger WHERE NOT tgisinternal",
        "SELECT format('policy %s on %s %s %s %s %s %s', polname, polrelid::regclass, polcmd, polpermissive, polroles,
                pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)) FROM pg_policy",
        "SELECT format('view %s %s', oid::regclass, pg_get_viewdef(oid)) FROM pg_class WHERE relkind IN ('v', 'm') AND own(relnamespace)",
        "SELECT format('label %s %s %s', enumtypid::regtype, row_number() OVER (PARTITION BY enumtypid ORDER BY enumsortorder), enumlabel) FROM pg_enum",
        "SELECT format('function %s', pg_get_functiondef(oid)) FROM pg_proc WHERE own(pronamespace)",
        "SELECT format('statistics %s', pg_get_statisticsobjdef(oid)) FROM pg_statistic_ext",
        "SELECT format('sequence %s of %s.%s', d.objid::regclass, d.refobjid::regclass, attname)
           FROM pg_depend d JOIN pg_class c ON c.oid = d.objid AND c.relkind = 'S'
           JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid WHERE d.deptype IN ('a', 'i')",
    ];
    const OWN: &str = "CREATE OR REPLACE FUNCTION pg_temp.own(oid) RETURNS bool LANGUAGE sql AS
        $$ SELECT nspname !~ '^pg_' AND nspname <> 'information_schema' FROM pg_namespace WHERE oid = $1 $$";
    client.batch_execute(OWN).unwrap();
    let mut lines: Vec<String> = PARTS
        .iter()
        .map(|query| query.replace("own(", "pg_temp.own("))
        .flat_map(|query| client.query(&query, &[]).unwrap())
        .map(|row| row.get(0))
        .collect();
    lines.sort();
    lines
}

/// Puts values in the place of `{id}` (a row that may be there), `{n}`, `{text}` and `{null}`
/// (a text or NULL); the same place has the same value throughout a statement.
fn fill(random: &mut Random, statement: &str) -> String {
    let text = random.pick(&["x", "Größe", "a''b", "", "NULL"]);
    let text = format!("'{text}{}'", random.below(1000));
    let null = match random.one_in(3) {
        true => "NULL".to_owned(),
        false => text.clone(),
    };
    statement
        .replace("{id}", &random.below(400).to_string())
        .replace("{n}", &random.below(1_000_000).to_string())
        .replace("{fresh}", &format!("'{}'", random.next() >> 1))
        .replace("{text}", &text)
        .replace("{null}", &null)
}
