//! Sync and async are one: the same journal, the same start-up, several starters at once.

use std::time::Duration;

use concertina::client::{Silent, Stamped, postgres, tokio_postgres};
use concertina::run::{Event, RunError, Runner, State};

use super::scenario::*;

#[test]
fn both_faces_give_the_same_journal_and_the_same_events() {
    // How many batches there are depends on the pace, and who holds what at the moment on the server.
    let kinds = |events: &[Event]| -> Vec<String> {
        let json = |event| serde_json::to_value(event).unwrap();
        let kind = |event| json(event)["event"].as_str().unwrap().to_owned();
        let mut kinds: Vec<String> = events.iter().map(kind).collect();
        kinds.retain(|kind| !["lock-waiting", "lock-acquired", "retry"].contains(&&**kind));
        kinds.dedup();
        kinds
    };
    let (url, mut sync_events) = (database(), Vec::new());
    let mut observer = |stamped: &Stamped| sync_events.push(stamped.event.clone());
    postgres::apply(&runner(rename()), &at(&url), &mut observer).unwrap();
    let other = database();
    let mut async_events = Vec::new();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let database = tokio_postgres::Database::new(&other).unwrap();
        let mut observer = |stamped: &Stamped| async_events.push(stamped.event.clone());
        tokio_postgres::apply(&runner(rename()), &database, &mut observer)
            .await
            .unwrap();
    });
    assert_eq!(end_state(&url), end_state(&other));
    assert_eq!(kinds(&sync_events), kinds(&async_events));
    assert!(kinds(&sync_events).contains(&"batch".to_owned()));
}

#[test]
fn an_older_binary_starts_on_a_newer_database() {
    let url = database();
    postgres::apply(
        &runner(rename()).phase(concertina::sql::Phase::Migrate),
        &at(&url),
        &mut Silent,
    )
    .unwrap();
    let old = Runner::new(rename().into_iter().take(1).collect()).release(version("1.0.0"));
    let instance = postgres::start(&old, &at(&url), &mut Silent).unwrap();
    assert!(instance.report().applied.is_empty());
    assert!(instance.is_live());
}

#[test]
fn a_release_below_a_contract_that_has_begun_cannot_start() {
    let url = database();
    postgres::apply(&runner(rename()), &at(&url), &mut Silent).unwrap();
    let old = Runner::new(Vec::new()).release(version("1.9.0"));
    let error = postgres::start(&old, &at(&url), &mut Silent).err().unwrap();
    assert!(matches!(error, RunError::TooOld { .. }), "{error}");
}

#[test]
fn an_async_instance_beats_and_leaves() {
    let url = database();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let database = tokio_postgres::Database::new(&url).unwrap();
        let runner = runner(rename()).lease(Duration::from_millis(600));
        let instance = tokio_postgres::start(&runner, &database, &mut Silent)
            .await
            .unwrap();
        tokio::time::sleep(Duration::from_millis(900)).await;
        assert!(instance.is_live());
        let status = tokio_postgres::status(&runner, &database).await.unwrap();
        assert_eq!(status.instances.len(), 1);
        assert!(status.instances[0].alive);
        instance.leave().await;
        let status = tokio_postgres::status(&runner, &database).await.unwrap();
        assert!(!status.instances[0].alive);
    });
}

#[test]
fn the_status_says_how_far_things_are() {
    let url = database();
    let runner = runner(rename());
    let before = postgres::status(&runner, &at(&url)).unwrap();
    assert_eq!(
        (before.state, before.migrations.len()),
        (State::Expanding, 4)
    );
    let migrate = runner.clone().phase(concertina::sql::Phase::Migrate);
    postgres::apply(&migrate, &at(&url), &mut Silent).unwrap();
    let held = postgres::status(&runner, &at(&url)).unwrap();
    assert_eq!(held.state, State::Held);
    assert_eq!(held.migrations[1].progress.unwrap().done, 3_000);
    postgres::apply(&runner, &at(&url), &mut Silent).unwrap();
    assert_eq!(
        postgres::status(&runner, &at(&url)).unwrap().state,
        State::Settled
    );
}

#[test]
fn no_error_repeats_a_connection_string() {
    for url in [
        "postgresql://me:sesame@127.0.0.1:1/nowhere",
        "postgresql://me:ses@me@127.0.0.1:1/nowhere",
        "postgresql://me:sesame@127.0.0.1:x/nowhere",
        "sesame",
    ] {
        let error = postgres::Database::new(url)
            .and_then(|database| postgres::status(&Runner::new(Vec::new()), &database))
            .unwrap_err();
        let text = format!("{error} {error:?}");
        assert!(!text.contains("ses"), "{text}");
        assert!(
            error.is_connection() || matches!(error, RunError::ConnectionString),
            "{text}"
        );
    }
}

/// Whatever program made the journal: an older one is brought up to date by the next run, a newer one
/// is read and registered in, and written by newer programs only.
#[test]
fn journals_of_other_formats_are_read_and_older_ones_brought_up_to_date() {
    let url = database();
    let runner = runner(rename());
    let phase = |last| runner.clone().phase(last);
    postgres::apply(
        &phase(concertina::sql::Phase::Expand),
        &at(&url),
        &mut Silent,
    )
    .unwrap();
    let mut client = client(&url);
    client
        .batch_execute(
            "UPDATE concertina.meta SET format_version = 1, min_writer_version = 1;
             DROP TABLE concertina.control;
             ALTER TABLE concertina.backfill DROP COLUMN held_rows, DROP COLUMN rows_left, DROP COLUMN stopped",
        )
        .unwrap();
    assert_eq!(
        postgres::status(&runner, &at(&url)).unwrap().state,
        State::Migrating
    );
    postgres::apply(&runner, &at(&url), &mut Silent).unwrap();
    client
        .batch_execute(
            "UPDATE concertina.meta SET format_version = 9, min_writer_version = 9;
             UPDATE concertina.migration SET plan = '{\"steps\": [{\"kind\": \"unheard-of\"}]}'",
        )
        .unwrap();
    assert_eq!(
        postgres::status(&runner, &at(&url)).unwrap().state,
        State::Settled
    );
    let instance = postgres::start(&runner, &at(&url), &mut Silent).unwrap();
    assert!(instance.is_live());
    let error = postgres::apply(&runner, &at(&url), &mut Silent).unwrap_err();
    assert!(
        matches!(error, RunError::Format { found: 9, .. }),
        "{error}"
    );
}
