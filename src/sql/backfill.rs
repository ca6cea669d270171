//! How a backfill says which columns it fills, so that the trigger that keeps them filled leaves its rows alone.

/// The setting that the runner gives a batch: which columns it fills, as [`filled`] writes them.
///
/// A trigger of a plan whose work the batch does itself has it in its `WHEN`; whoever runs the statement
/// without the setting has the trigger called, to the same end.
pub(crate) const SETTING: &str = "concertina.backfill";

/// What is filled: a table and its columns, both as they are written in SQL.
pub(crate) fn filled<'a>(table: &str, columns: impl IntoIterator<Item = &'a str>) -> String {
    let columns: Vec<&str> = columns.into_iter().collect();
    format!("{table} ({})", columns.join(", "))
}
