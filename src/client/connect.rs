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

/// A connection string in words that the drivers know. Of a URL, what other programs write into it besides is
/// translated or left out: libpq's modes and root certificate, and what sqlx makes of a pool's options.
pub(super) fn readable(url: &str) -> String {
    let Some((place, words)) = words(url) else {
        return url
            .replace("sslmode=verify-full", "sslmode=require")
            .replace("sslmode=verify-ca", "sslmode=require");
    };
    let known = words.filter_map(|(key, value)| match (key, value) {
        ("sslmode" | "ssl-mode", "verify-full" | "verify-ca") => Some("sslmode=require".to_owned()),
        ("sslmode" | "ssl-mode", "allow") => Some("sslmode=prefer".to_owned()),
        ("ssl-mode", mode) => Some(format!("sslmode={mode}")),
        (key, _) if ROOTS.contains(&key) || key == "statement-cache-capacity" => None,
        (key, value) => Some(format!("{key}={value}")),
    });
    let known: Vec<String> = known.collect();
    if known.is_empty() {
        place.to_owned()
    } else {
        format!("{place}?{}", known.join("&"))
    }
}

/// The file with the certificates to trust that a URL names.
#[cfg(feature = "tls")]
pub(super) fn roots(url: &str) -> Option<String> {
    let (_, mut words) = words(url)?;
    let (_, value) = words.find(|(key, _)| ROOTS.contains(key))?;
    // sqlx writes `file: ` before the path, and spaces as in a form.
    Some(match value.strip_prefix("file%3A+") {
        Some(path) => decoded(&path.replace('+', " ")),
        None => decoded(value),
    })
}

/// What libpq and sqlx call the file with the certificates to trust.
const ROOTS: [&str; 3] = ["sslrootcert", "ssl-root-cert", "ssl-ca"];

/// A URL up to its question mark, and the words behind it; none where it has no such words. A question mark
/// before the last `@` is one of a password.
fn words(url: &str) -> Option<(&str, impl Iterator<Item = (&str, &str)>)> {
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        return None;
    }
    let behind = url.rfind('@').unwrap_or_default();
    let mark = behind + url.get(behind..)?.find('?')?;
    let words = url.get(mark + 1..)?.split('&');
    Some((
        url.get(..mark)?,
        words.filter_map(|word| word.split_once('=')),
    ))
}

/// A value without %-escapes.
#[cfg(feature = "tls")]
fn decoded(value: &str) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('%') {
        bytes.extend(before.bytes());
        match after.get(..2).map(|digits| u8::from_str_radix(digits, 16)) {
            Some(Ok(byte)) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(b'%');
                rest = after;
            }
        }
    }
    bytes.extend(rest.bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Where a connection string leads, as words for an error; only what is certainly a host is shown.
pub(super) fn place(config: &Config) -> String {
    let (hosts, ports) = (config.get_hosts(), config.get_ports());
    place_of(hosts, ports, config.get_dbname())
}

/// The same of a configuration of either driver.
pub(super) fn place_of(
    hosts: &[driver::config::Host],
    ports: &[u16],
    database: Option<&str>,
) -> String {
    let host = hosts.first().map(|host| match host {
        driver::config::Host::Tcp(name) => name.clone(),
        #[cfg(unix)]
        driver::config::Host::Unix(path) => path.display().to_string(),
    });
    // An `@` behind the first one may stand in a password, and what is before it too.
    let sure = database.is_none_or(is_plain);
    let Some(host) = host.filter(|host| sure && is_plain(host)) else {
        return "the server".to_owned();
    };
    match ports.first() {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What `to_url_lossy` of sqlx 0.8 gives for the options of a pool.
    #[test]
    fn what_sqlx_writes_into_a_url_is_understood() {
        let of_pool = "postgres://app:se%3Fsame@db.example:5433/shop?sslmode=prefer\
             &sslrootcert=file%3A+%2Fetc%2Fca+s.pem&statement-cache-capacity=100";
        assert_eq!(
            readable(of_pool),
            "postgres://app:se%3Fsame@db.example:5433/shop?sslmode=prefer"
        );
        let read = config(of_pool).unwrap();
        assert_eq!(place(&read), "db.example:5433");
        assert_eq!(read.get_password(), Some("se?same".as_bytes()));
        #[cfg(feature = "tls")]
        for url in [of_pool, "postgres://h/d?sslrootcert=%2Fetc%2Fca%20s.pem"] {
            assert_eq!(roots(url).as_deref(), Some("/etc/ca s.pem"));
        }
    }

    #[test]
    fn modes_of_other_programs_are_the_nearest_of_the_drivers() {
        for (written, understood) in [
            ("postgresql://h/d", "postgresql://h/d"),
            (
                "postgresql://h/d?sslmode=verify-full",
                "postgresql://h/d?sslmode=require",
            ),
            (
                "postgres://h/d?ssl-mode=disable&user=me",
                "postgres://h/d?sslmode=disable&user=me",
            ),
            (
                "postgres://h/d?sslmode=allow",
                "postgres://h/d?sslmode=prefer",
            ),
            (
                "postgres://u:a?b=c@h/d?statement-cache-capacity=0",
                "postgres://u:a?b=c@h/d",
            ),
            ("host=h sslmode=verify-ca", "host=h sslmode=require"),
        ] {
            assert_eq!(readable(written), understood, "{written}");
        }
    }
}
