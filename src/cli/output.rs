//! Writes results to standard output and everything else to standard error.

use std::error::Error;
use std::io::{self, Write};

use anstream::AutoStream;
use serde::Serialize;

use super::CliError;

/// Writes a result, without its colours where nobody would see them; a reader that has gone away is no error.
pub(super) fn result(text: &str) -> Result<(), CliError> {
    let stdout = io::stdout();
    // In one piece: anstream writes each one between two colours by a call of its own.
    let mut shown = AutoStream::new(Vec::new(), AutoStream::choice(&stdout));
    let written = shown.write_all(text.as_bytes());
    ignore_broken_pipe(written.and_then(|()| stdout.lock().write_all(&shown.into_inner())))
}

/// Writes a document as JSON, indented, with a newline at its end.
pub(super) fn json(document: &impl Serialize) -> Result<(), CliError> {
    let mut text =
        serde_json::to_string_pretty(document).map_err(|error| CliError::Output(error.into()))?;
    text.push('\n');
    result(&text)
}

/// Writes a document as one line of JSON.
pub(super) fn json_line(document: &impl Serialize) -> Result<(), CliError> {
    let mut text =
        serde_json::to_string(document).map_err(|error| CliError::Output(error.into()))?;
    text.push('\n');
    result(&text)
}

/// Says something beside the result.
pub(super) fn note(text: &str) {
    // Nobody is left to be told when standard error is closed.
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

/// Says why we stop, with its causes.
pub(super) fn error(error: &CliError) {
    note(&format!("error: {error}"));
    let mut cause = error.source();
    while let Some(inner) = cause {
        note(&format!("  caused by: {inner}"));
        cause = inner.source();
    }
}

fn ignore_broken_pipe(written: io::Result<()>) -> Result<(), CliError> {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(CliError::Output(error)),
        _ => Ok(()),
    }
}
