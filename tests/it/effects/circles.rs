//! Views that read each other, and triggers that fire each other, are followed once, however many ways lead there.

use std::fmt::Write as _;

use concertina::effects::{LockMode, Options, walk};
use concertina::schema::ResolvedName;
use concertina::sql::Migration;

/// What the last statement of a migration locks.
fn locks_of_the_last(sql: &str) -> Vec<(ResolvedName, LockMode)> {
    let timeline = walk(&[], &[Migration::new("V1.sql", sql)], &Options::default());
    let last = timeline.steps.last().unwrap();
    let locks = last.effects.locks.iter();
    locks
        .map(|(name, lock)| (name.clone(), lock.mode))
        .collect()
}

#[test]
fn every_trigger_of_a_crowd_fires_all_others() {
    let mut sql = String::new();
    for own in 0..16 {
        writeln!(sql, "CREATE TABLE t{own} (a int);").unwrap();
    }
    for own in 0..16 {
        let writes: String = (0..16)
            .map(|other| format!("UPDATE t{other} SET a = 1; "))
            .collect();
        writeln!(
            sql,
            "CREATE FUNCTION f{own}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {writes} RETURN NEW; END $$;
             CREATE TRIGGER r AFTER UPDATE ON t{own} FOR EACH ROW EXECUTE FUNCTION f{own}();"
        )
        .unwrap();
    }
    sql += "COMMIT; UPDATE t0 SET a = 2;";
    let locks = locks_of_the_last(&sql);
    assert_eq!(locks.len(), 16, "{locks:?}");
}

#[test]
fn a_view_reads_the_one_below_it_twice_forty_times() {
    let mut sql = "CREATE TABLE t (a int); CREATE VIEW v0 AS SELECT a FROM t;".to_owned();
    for own in 1..=40 {
        let below = own - 1;
        writeln!(
            sql,
            "CREATE VIEW v{own} AS SELECT x.a FROM v{below} x JOIN v{below} y ON x.a = y.a;"
        )
        .unwrap();
    }
    for last in [
        "LOCK TABLE v40",
        "SELECT * FROM v40",
        "UPDATE t SET a = (SELECT max(a) FROM v40)",
    ] {
        let locks = locks_of_the_last(&format!("{sql} COMMIT; BEGIN; {last};"));
        assert_eq!(locks.len(), 42, "{last}: {locks:?}");
    }
}

#[test]
fn two_views_read_each_other() {
    let sql = "CREATE TABLE t (a int); CREATE VIEW v AS SELECT a FROM t; CREATE VIEW w AS SELECT a FROM v;
               CREATE OR REPLACE VIEW v AS SELECT a FROM w; COMMIT; BEGIN; LOCK TABLE w IN EXCLUSIVE MODE;";
    let locks = locks_of_the_last(sql);
    let names: Vec<&str> = locks.iter().map(|(name, _)| name.name.as_str()).collect();
    assert_eq!(names, ["v", "w"]);
}
