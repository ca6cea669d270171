//! The rename scenario by hand: expand, backfill, index and contract over a table with some thousand rows.

use std::time::Duration;

use concertina::client::postgres::Database;
use concertina::run::{BatchLimits, LockLimits, Runner};
use concertina::sql::Migration;
use postgres::{Client, NoTls};

use crate::server;

/// Rows in the table before the first migration.
pub(super) const ROWS: i64 = 3_000;

const EXPAND: &str = "
ALTER TABLE users ADD COLUMN full_name text;
CREATE FUNCTION users_full_name() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.full_name IS NULL THEN NEW.full_name := NEW.name;
        ELSIF NEW.name IS NULL THEN NEW.name := NEW.full_name; END IF;
    ELSIF NEW.full_name IS DISTINCT FROM OLD.full_name AND NEW.full_name IS DISTINCT FROM NEW.name THEN
        NEW.name := NEW.full_name;
    ELSIF NEW.name IS DISTINCT FROM OLD.name THEN NEW.full_name := NEW.name; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER users_full_name BEFORE INSERT OR UPDATE OF id, name, full_name ON users
    FOR EACH ROW EXECUTE FUNCTION users_full_name();
";

const BACKFILL: &str = "-- concertina: batch size=700
UPDATE users SET full_name = name WHERE full_name IS NULL;
";

const INDEX: &str = "-- concertina: no-transaction
CREATE INDEX CONCURRENTLY users_full_name_idx ON users (full_name);
";

const CONTRACT: &str = "-- concertina: phase contract
-- concertina: after 2.0.0
DROP TRIGGER users_full_name ON users;
DROP FUNCTION users_full_name();
ALTER TABLE users DROP COLUMN name;
";

/// A migration as refinery's layout names it.
pub(super) fn migration(prefix: char, version: u32, name: &str, text: &str) -> Migration {
    let mut migration = Migration::new(format!("migrations/{prefix}{version}__{name}.sql"), text);
    migration.version = version.to_string();
    migration.name = name.to_owned();
    migration
}

/// The four migrations that rename `users.name`.
pub(super) fn rename() -> Vec<Migration> {
    vec![
        migration('V', 2, "full_name_expand", EXPAND),
        migration('V', 3, "full_name_backfill", BACKFILL),
        migration('V', 4, "full_name_index", INDEX),
        migration('U', 5, "full_name_contract", CONTRACT),
    ]
}

/// A runner of them with limits that suit a test.
pub(super) fn runner(migrations: Vec<Migration>) -> Runner {
    Runner::new(migrations)
        .release(version("2.0.0"))
        .wait(Duration::from_secs(30))
        .locks(LockLimits {
            budget: Duration::from_secs(20),
            ..LockLimits::default()
        })
        .batches(BatchLimits {
            size: 500,
            // Whether the server is idle is the affair of other tests too.
            idle_workers: 0,
            ..BatchLimits::default()
        })
}

pub(super) fn version(text: &str) -> semver::Version {
    text.parse().unwrap()
}

/// A database with the table as release 1 knows it.
pub(super) fn database() -> String {
    let url = server::shared().database();
    fresh(&url);
    url
}

/// Puts a database back to that table; far cheaper than another database.
pub(super) fn fresh(url: &str) {
    let sql = format!(
        "DROP SCHEMA IF EXISTS concertina CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public;
         CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text, age int);
         INSERT INTO users (name, age) SELECT 'user ' || n, n % 90 FROM generate_series(1, {ROWS}) n"
    );
    client(url).batch_execute(&sql).unwrap();
}

pub(super) fn client(url: &str) -> Client {
    Client::connect(url, NoTls).unwrap()
}

pub(super) fn at(url: &str) -> Database {
    Database::new(url).unwrap()
}

/// Everything a run leaves: shape, rows, and the journal without times.
pub(super) fn end_state(url: &str) -> Vec<String> {
    let mut client = client(url);
    let questions = [
        "SELECT format('%s.%s %s %s', attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull)
         FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
         WHERE relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped ORDER BY 1",
        "SELECT format('%s %s', pg_get_indexdef(indexrelid), indisvalid) FROM pg_index
         JOIN pg_class ON pg_class.oid = indexrelid WHERE relnamespace = 'public'::regnamespace ORDER BY 1",
        "SELECT 'trigger ' || tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1",
        "SELECT 'function ' || proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1",
        "SELECT format('rows %s %s', count(*), md5(string_agg(u::text, '|' ORDER BY id))) FROM users u",
        "SELECT format('%s %s %s %s %s', id, phase, source, state, error) FROM concertina.migration ORDER BY id",
        "SELECT format('%s %s %s %s', migration, ordinal, kind, state) FROM concertina.step ORDER BY migration, ordinal",
        "SELECT format('%s %s %s %s %s', migration, position, upper, pass, rows_changed) FROM concertina.backfill",
    ];
    let mut lines = Vec::new();
    for question in questions {
        let rows = client.query(question, &[]).unwrap();
        lines.extend(rows.iter().map(|row| row.get::<_, String>(0)));
    }
    lines
}

/// Sessions, locks and transactions that somebody has left in this database.
pub(super) fn left_behind(url: &str) -> Vec<String> {
    let question = "SELECT format('%s %s %s', application_name, state, left(query, 60)) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
         UNION ALL SELECT 'advisory lock' FROM pg_locks
         WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
         UNION ALL SELECT 'prepared ' || gid FROM pg_prepared_xacts WHERE database = current_database()";
    let mut client = client(url);
    let mut left = Vec::new();
    // A backend takes a moment to see that its client is gone.
    for _ in 0..200 {
        let rows = client.query(question, &[]).unwrap();
        left = rows.iter().map(|row| row.get(0)).collect();
        if left.is_empty() {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    left
}
