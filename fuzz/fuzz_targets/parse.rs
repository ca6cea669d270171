//! Any text: parsing never panics, spans are in order and lie in the text.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let script = concertina::sql::parse(text);
    let mut end = 0;
    for statement in &script.statements {
        assert!(end <= statement.span.start && statement.span.start < statement.span.end);
        end = statement.span.end;
    }
    assert!(end <= text.len());
    let _either = concertina::sql::parse_query(text);
});
