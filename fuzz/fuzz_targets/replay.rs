//! Any text as a history: replay and effects never panic.
#![no_main]

use concertina::effects::{Options, walk};
use concertina::sql::Migration;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let migration = Migration::new("fuzz.sql", text);
    let timeline = walk(&[], &[migration], &Options::default());
    assert!(timeline.steps.len() <= text.len());
});
