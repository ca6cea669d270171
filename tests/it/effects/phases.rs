//! The phase of each statement, and what a transaction says of the statements after one that fails.

use std::fmt::Write as _;

use concertina::effects::{Document, Options, walk};
use concertina::sql::Migration;

const HISTORY: &str = "
    CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, code varchar(10));
    CREATE TABLE old_users (id bigint PRIMARY KEY, name text);
    CREATE INDEX users_code ON users (code);
    ALTER TABLE users ADD CONSTRAINT code_ok CHECK (code <> '');";

/// Each statement of a migration after that history with its phase, and the file's.
fn phases(sql: &str) -> String {
    let history = [Migration::new("V1.sql", HISTORY)];
    let judged = [Migration::new("V2.sql", sql)];
    let timeline = walk(&history, &judged, &Options::default());
    let mut lines = format!("file: {}\n", timeline.files[0].phase);
    for step in &timeline.steps {
        let statement = &judged[0].script().statements[step.statement];
        let own = step.inferred.map_or("any", |phase| phase.as_str());
        let text = statement.span.text(&judged[0].text);
        writeln!(lines, "{own:9} {text}").unwrap();
    }
    lines
}

#[test]
fn phases_are_inferred() {
    insta::assert_snapshot!(phases(
        "ALTER TABLE users ADD COLUMN age int;
         ALTER TABLE users ADD COLUMN age2 int NOT NULL DEFAULT 0;
         ALTER TABLE users ALTER COLUMN code TYPE varchar(20);
         ALTER TABLE users ALTER COLUMN name DROP NOT NULL;
         ALTER TABLE users DROP CONSTRAINT code_ok;
         CREATE INDEX users_name ON users (name);
         CREATE TABLE notes (id bigint);
         ALTER TABLE notes ADD CONSTRAINT n CHECK (id > 0);
         DROP TABLE notes;
         INSERT INTO users VALUES (1, 'a');
         SET lock_timeout = '1s';
         COMMENT ON TABLE users IS 'people'"
    ), @"
    file: expand
    expand    ALTER TABLE users ADD COLUMN age int
    expand    ALTER TABLE users ADD COLUMN age2 int NOT NULL DEFAULT 0
    expand    ALTER TABLE users ALTER COLUMN code TYPE varchar(20)
    expand    ALTER TABLE users ALTER COLUMN name DROP NOT NULL
    expand    ALTER TABLE users DROP CONSTRAINT code_ok
    expand    CREATE INDEX users_name ON users (name)
    expand    CREATE TABLE notes (id bigint)
    expand    ALTER TABLE notes ADD CONSTRAINT n CHECK (id > 0)
    expand    DROP TABLE notes
    expand    INSERT INTO users VALUES (1, 'a')
    any       SET lock_timeout = '1s'
    any       COMMENT ON TABLE users IS 'people'
    ");
    insta::assert_snapshot!(phases(
        "UPDATE users SET name = 'x';
         INSERT INTO users SELECT * FROM old_users;
         DELETE FROM old_users"
    ), @"
    file: migrate
    migrate   UPDATE users SET name = 'x'
    migrate   INSERT INTO users SELECT * FROM old_users
    migrate   DELETE FROM old_users
    ");
    insta::assert_snapshot!(phases(
        "ALTER TABLE users ADD COLUMN age int NOT NULL;
         ALTER TABLE users ALTER COLUMN code TYPE varchar(5);
         ALTER TABLE users ALTER COLUMN code SET NOT NULL;
         ALTER TABLE users RENAME COLUMN name TO full_name;
         CREATE UNIQUE INDEX ON users (code);
         TRUNCATE old_users;
         DROP INDEX users_code;
         DROP TABLE old_users"
    ), @"
    file: contract
    contract  ALTER TABLE users ADD COLUMN age int NOT NULL
    contract  ALTER TABLE users ALTER COLUMN code TYPE varchar(5)
    contract  ALTER TABLE users ALTER COLUMN code SET NOT NULL
    contract  ALTER TABLE users RENAME COLUMN name TO full_name
    contract  CREATE UNIQUE INDEX ON users (code)
    contract  TRUNCATE old_users
    contract  DROP INDEX users_code
    contract  DROP TABLE old_users
    ");
}

#[test]
fn a_directive_pins_the_phase() {
    let pinned = phases("-- concertina: phase migrate\nALTER TABLE users ADD COLUMN age int");
    assert!(pinned.starts_with("file: migrate"), "{pinned}");
}

#[test]
fn statements_after_a_refused_one_are_refused_too() {
    let history = [Migration::new("V1.sql", HISTORY)];
    let judged = [Migration::new(
        "V2.sql",
        "CREATE INDEX CONCURRENTLY ON users (name);\nALTER TABLE users ADD COLUMN age int;",
    )];
    let timeline = walk(&history, &judged, &Options::default());
    let document = serde_json::to_value(Document::new(&timeline, &judged)).unwrap();
    let state = |at: usize| document["statements"][at]["fails"]["sqlstate"].clone();
    assert_eq!((state(0), state(1)), ("25001".into(), "25P02".into()));
    assert_eq!(document["transactions"].as_array().map(Vec::len), Some(1));
    assert_eq!(document["transactions"][0]["fails"]["statement"], 0);

    let unwrapped = Options {
        in_transaction: Some(false),
        ..Options::default()
    };
    let timeline = walk(&history, &judged, &unwrapped);
    assert_eq!(timeline.transactions.len(), 2);
    assert!(timeline.steps.iter().all(|step| step.refusal.is_none()));
}

#[test]
fn what_nobody_has_told_us_of_is_judged_with_care() {
    let judged = [Migration::new(
        "V7.sql",
        "ALTER TABLE users ALTER COLUMN id TYPE bigint; CREATE INDEX i ON orders (a); DROP TABLE notes",
    )];
    let timeline = walk(&[], &judged, &Options::default());
    let effects = &timeline.transactions[0].effects;
    let shown = |names: &std::collections::BTreeSet<concertina::schema::ResolvedName>| {
        names
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(shown(&effects.rewrites), "public.users");
    assert_eq!(shown(&effects.builds), "public.i");
    assert_eq!(shown(&effects.blocks_reads), "public.notes public.users");
    assert_eq!(
        shown(&effects.blocks_writes),
        "public.notes public.orders public.users"
    );
}
