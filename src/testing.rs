//! Assertions for `cargo test`.
