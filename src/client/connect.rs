//! What both drivers share: errors without connection strings, results as text, an instance's id.

#![cfg(any(feature = "postgres", feature = "tokio-postgres"))]

#[cfg(feature = "postgres")]
use ::postgres as driver;
#[cfg(not(feature = "postgres"))]
use ::tokio_postgres as driver;
use driver::{Config, SimpleQueryMessage};

use crate::run::{Failure, Reply, Results, RunError};

/// Reads a connection string; what is wrong with it is not repeated, since that may be the password.
///
/// `sslmode=verify-full`, which the drivers do not know, is what we make of `require`.
pub(super) fn config(url: &str) -> Result<Config, RunError> {
    let mut config: Config = readable(url)
        .parse()
        .map_err(|_| RunError::ConnectionString)?;
    if config.get_application_name().is_none() {
        config.application_name("concertina");
    }
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(std::time::Duration::from_secs(10));
    }
    Ok(config)
}

/// A connection string in words that the drivers know.
pub(super) fn readable(url: &str) -> String {
    url.replace("sslmode=verify-full", "sslmode=require")
        .replace("sslmode=verify-ca", "sslmode=require")
}

/// Where a connection string leads, as words for an error; only what is certainly a host is shown.
pub(super) fn place(config: &Config) -> String {
    let host = config.get_hosts().first().map(|host| match host {
        driver::config::Host::Tcp(name) => name.clone(),
        #[cfg(unix)]
        driver::config::Host::Unix(path) => path.display().to_string(),
    });
    // An `@` behind the first one may stand in a password, and what is before it too.
    let sure = config.get_dbname().is_none_or(is_plain);
    let Some(host) = host.filter(|host| sure && is_plain(host)) else {
        return "the server".to_owned();
    };
    match config.get_ports().first() {
        Some(port) => format!("{host}:{port}"),
        None => host,
    }
}

/// Whether a name can be no part of a connection string that was read wrongly.
pub(super) fn is_plain(name: &str) -> bool {
    name.chars()
        .all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '/' | ':'))
}

pub(super) fn failure(error: &driver::Error) -> Failure {
    match error.as_db_error() {
        Some(refusal) => Failure {
            sqlstate: Some(refusal.code().code().to_owned()),
            message: refusal.message().to_owned(),
            detail: None,
            hint: refusal.hint().map(str::to_owned),
        },
        None => Failure::connection(chain(error)),
    }
}

/// A failure to connect: the place is named before what the driver says.
pub(super) fn unreachable(place: &str, error: &driver::Error) -> Failure {
    let mut failure = failure(error);
    failure.message = format!("{place}: {}", failure.message);
    failure
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if !words.contains(&text) {
            words = format!("{words}: {text}");
        }
        source = cause.source();
    }
    words
}

/// The results of each statement; a driver's error becomes a failure.
pub(super) fn reply(answer: Result<Vec<SimpleQueryMessage>, driver::Error>) -> Reply {
    let messages = match answer {
        Ok(messages) => messages,
        Err(error) => return Reply::Failed(failure(&error)),
    };
    let (mut all, mut current) = (Vec::new(), Results::default());
    for message in messages {
        match message {
            SimpleQueryMessage::Row(row) => {
                let values = (0..row.len()).map(|at| row.get(at).map(str::to_owned));
                current.rows.push(values.collect());
            }
            SimpleQueryMessage::CommandComplete(affected) => {
                current.affected = affected;
                all.push(std::mem::take(&mut current));
            }
            _ => {}
        }
    }
    Reply::Results(all)
}

/// An id that no other process has: random bits from the standard library's hash seeds.
pub(super) fn instance_id() -> String {
    use std::hash::{BuildHasher, Hasher};
    let random = || {
        std::collections::hash_map::RandomState::new()
            .build_hasher()
            .finish()
    };
    format!(
        "{:016x}{:016x}",
        random(),
        random() ^ u64::from(std::process::id())
    )
}
