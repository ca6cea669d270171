//! How fast is a backfill, trigger included, and how much does it write, next to one plain UPDATE of the same rows?
//!
//! The table has a second index along which rows lie as in the table (`at`). `INDEX=user_id` takes one
//! that is scattered: there every batched UPDATE is slower than one that is not, ours or by hand, since
//! PostgreSQL deletes the entries of dead rows while it goes on (bottom-up deletion, since 14), which one
//! transaction that sees all its dead rows as its own cannot.

use std::time::{Duration, Instant};

use concertina::client::{Silent, postgres as ours};
use concertina::run::{BatchLimits, Runner};
use concertina::sql::Migration;
use postgres::{Client, NoTls};

const TABLE: &str = "
DROP SCHEMA IF EXISTS concertina CASCADE; DROP TABLE IF EXISTS orders;
CREATE TABLE orders (id bigint PRIMARY KEY, user_id int NOT NULL, amount int NOT NULL, state text NOT NULL, note text, at timestamptz NOT NULL DEFAULT now());
INSERT INTO orders SELECT i, i::bigint * 7919 % 20000, i % 500, 'new', 'order ' || i, now() + i * interval '1 second' FROM generate_series(1, {rows}) i;
CREATE INDEX orders_second ON orders ({index});
ALTER TABLE orders ADD COLUMN amount_new bigint;";
const TRIGGER: &str = "
CREATE OR REPLACE FUNCTION orders_sync() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN NEW.amount_new := NEW.amount;
  ELSIF NEW.amount_new IS DISTINCT FROM OLD.amount_new THEN NEW.amount := NEW.amount_new;
  ELSE NEW.amount_new := NEW.amount; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER orders_sync BEFORE INSERT OR UPDATE OF id, amount, amount_new ON orders FOR EACH ROW {when} EXECUTE FUNCTION orders_sync();";
/// As a plan writes it: the rows of the batches that fill the column are left alone.
const WHEN: &str =
    "WHEN (current_setting('concertina.backfill', true) IS DISTINCT FROM 'orders (amount_new)')";
const UPDATE: &str = "UPDATE orders SET amount_new = amount WHERE amount_new IS NULL";

/// Interleaved, `repeat` times each; prints the fastest of each, which other work on the machine disturbs least.
pub(crate) fn compare(url: &str, rows: u64, repeat: u64) {
    let mut client = Client::connect(url, NoTls).expect("the server answers");
    let index = std::env::var("INDEX").unwrap_or_else(|_| "at".to_owned());
    let ways = [
        "one UPDATE",
        "one UPDATE, trigger",
        "by hand, 2 500 a batch, trigger",
        "ours, one worker, trigger",
        "ours, trigger",
    ];
    let mut took: Vec<Vec<(Duration, u64)>> = vec![Vec::new(); ways.len()];
    for _ in 0..repeat {
        for (way, took) in took.iter_mut().enumerate() {
            let trigger = match way {
                0 => String::new(),
                3 | 4 => TRIGGER.replace("{when}", WHEN),
                _ => TRIGGER.replace("{when}", ""),
            };
            let table = TABLE
                .replace("{rows}", &rows.to_string())
                .replace("{index}", &index);
            for sql in [
                table.as_str(),
                trigger.as_str(),
                "VACUUM ANALYZE orders",
                "CHECKPOINT",
            ] {
                client.batch_execute(sql).expect("the table is made");
            }
            let wal = |client: &mut Client| -> i64 {
                let sql = "SELECT (pg_current_wal_lsn() - '0/0')::bigint";
                client
                    .query_one(sql, &[])
                    .expect("the server answers")
                    .get(0)
            };
            let (before, started) = (wal(&mut client), Instant::now());
            if way < 2 {
                client.batch_execute(UPDATE).expect("the UPDATE runs");
            } else if way == 2 {
                for from in (0..rows).step_by(2_500) {
                    let range = format!("{UPDATE} AND id > {from} AND id <= {}", from + 2_500);
                    client.batch_execute(&range).expect("the UPDATE runs");
                }
            } else {
                let mut migration = Migration::new(
                    "V1__fill.sql",
                    format!("-- concertina: batch key=id\n{UPDATE};"),
                );
                migration.version = "1".to_owned();
                let database = ours::Database::new(url).expect("a URL");
                let limits = BatchLimits {
                    idle_workers: usize::from(way == 4),
                    ..BatchLimits::default()
                };
                let runner = Runner::new(vec![migration]).batches(limits);
                ours::apply(&runner, &database, &mut Silent).expect("the backfill runs");
            }
            let time = started.elapsed();
            took.push((time, (wal(&mut client) - before) as u64));
            let left: i64 = client
                .query_one(
                    "SELECT count(*) FROM orders WHERE amount_new IS DISTINCT FROM amount",
                    &[],
                )
                .expect("the server answers")
                .get(0);
            assert_eq!(left, 0, "{} left rows", ways[way]);
        }
    }
    crate::say("way | rows/s | of one UPDATE | WAL bytes/row | of one UPDATE");
    crate::say("---|---|---|---|---");
    let mut first = None;
    for (way, mut runs) in ways.into_iter().zip(took) {
        runs.sort_unstable();
        let (time, wal) = runs[0];
        let (rate, bytes) = (rows as f64 / time.as_secs_f64(), wal as f64 / rows as f64);
        let (base_rate, base_bytes) = *first.get_or_insert((rate, bytes));
        crate::say(&format!(
            "{way} | {rate:.0} | {:.2} | {bytes:.0} | {:.2}",
            rate / base_rate,
            bytes / base_bytes
        ));
    }
}
