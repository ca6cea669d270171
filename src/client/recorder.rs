//! A thin wrapper around both drivers that writes down what a test suite really sends.

#![cfg(any(feature = "postgres", feature = "tokio-postgres"))]

use std::collections::BTreeMap;
#[cfg(feature = "tokio-postgres")]
use std::future::Future;
use std::ops::{Deref, DerefMut};
use std::panic::Location;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

#[cfg(feature = "postgres")]
use ::postgres as driver;
#[cfg(not(feature = "postgres"))]
use ::tokio_postgres as driver;
use driver::types::ToSql;
use driver::{Row, SimpleQueryMessage, Statement};

use crate::compat::{AppQuery, Release, snapshot};

/// What was sent so far, shared by all clients of a test suite.
///
/// ```no_run
/// # #[cfg(feature = "postgres")]
/// # fn run() -> Result<(), Box<dyn std::error::Error>> {
/// use concertina::client::recorder::Recorder;
///
/// let recorder = Recorder::default();
/// let client = postgres::Client::connect("postgresql://localhost/test", postgres::NoTls)?;
/// let mut client = recorder.wrap(client);
/// client.query("SELECT name FROM users WHERE id = $1", &[&1_i64])?;
/// recorder.save("1.4.0", "releases/1.4.0.json".as_ref())?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct Recorder {
    sent: Arc<Mutex<BTreeMap<String, &'static Location<'static>>>>,
}

impl Recorder {
    /// Wraps a client, a transaction, or what a pool lends, of the driver `postgres`.
    #[cfg(feature = "postgres")]
    pub fn wrap<C: ::postgres::GenericClient>(&self, inner: C) -> Recorded<C> {
        Recorded {
            inner,
            recorder: self.clone(),
        }
    }

    /// Wraps a client, a transaction, or what a pool lends, of the driver `tokio-postgres`.
    #[cfg(feature = "tokio-postgres")]
    pub fn wrap_async<C: ::tokio_postgres::GenericClient>(&self, inner: C) -> RecordedAsync<C> {
        RecordedAsync {
            inner,
            recorder: self.clone(),
        }
    }

    /// Writes down one text, with the place of the caller; for what is sent in ways of its own.
    #[track_caller]
    pub fn note(&self, sql: &str) {
        let place = Location::caller();
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        sent.entry(sql.to_owned()).or_insert(place);
    }

    /// What was sent, ordered by text.
    pub fn release(&self, version: &str) -> Release {
        let sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let queries = sent.iter().map(|(sql, place)| {
            let name = format!("{}:{}", place.file(), place.line());
            AppQuery::new(name, place.file(), place.line() as usize, sql)
        });
        Release {
            version: version.to_owned(),
            queries: queries.collect(),
        }
    }

    /// Writes what was sent as `concertina snapshot` does; what the file holds of this release already stays, so
    /// that several test binaries can write one file, one after the other.
    ///
    /// # Errors
    /// The file is no recording, or cannot be read or written.
    pub fn save(&self, version: &str, file: &Path) -> std::io::Result<()> {
        let mut release = self.release(version);
        match std::fs::read_to_string(file) {
            Ok(text) => {
                let known = snapshot::read(&text).map_err(std::io::Error::other)?;
                if known.version == version {
                    release.queries.extend(known.queries);
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        release
            .queries
            .sort_by(|one, other| one.sql.cmp(&other.sql));
        release.queries.dedup_by(|one, other| one.sql == other.sql);
        std::fs::write(file, snapshot::write(&release))
    }
}

macro_rules! wrapper {
    ($name:ident, $feature:literal, $doc:literal) => {
        #[doc = $doc]
        ///
        /// What takes no text is passed on through the client inside.
        #[cfg(feature = $feature)]
        #[derive(Debug)]
        pub struct $name<C> {
            inner: C,
            recorder: Recorder,
        }

        #[cfg(feature = $feature)]
        impl<C> $name<C> {
            /// The client itself.
            pub fn into_inner(self) -> C {
                self.inner
            }
        }

        #[cfg(feature = $feature)]
        impl<C> Deref for $name<C> {
            type Target = C;

            fn deref(&self) -> &C {
                &self.inner
            }
        }

        #[cfg(feature = $feature)]
        impl<C> DerefMut for $name<C> {
            fn deref_mut(&mut self) -> &mut C {
                &mut self.inner
            }
        }
    };
}

wrapper!(
    Recorded,
    "postgres",
    "A client or transaction of `postgres` whose queries are written down."
);
wrapper!(
    RecordedAsync,
    "tokio-postgres",
    "A client or transaction of `tokio-postgres` whose queries are written down."
);

/// Methods that take a text, as the drivers have them.
macro_rules! texts {
    ($($method:ident($($value:ident)?) -> $answer:ty;)+) => {
        #[cfg(feature = "postgres")]
        impl<C: ::postgres::GenericClient> Recorded<C> {
            $(
                /// As the driver's.
                ///
                /// # Errors
                /// As the driver's.
                #[track_caller]
                pub fn $method(&mut self, sql: &str $(, $value: &[&(dyn ToSql + Sync)])?) -> Result<$answer, driver::Error> {
                    self.recorder.note(sql);
                    self.inner.$method(sql $(, $value)?)
                }
            )+
        }

        #[cfg(feature = "tokio-postgres")]
        impl<C: ::tokio_postgres::GenericClient + Sync> RecordedAsync<C> {
            $(
                /// As the driver's.
                ///
                /// # Errors
                /// As the driver's.
                #[track_caller]
                pub fn $method<'a>(
                    &'a self,
                    sql: &'a str
                    $(, $value: &'a [&'a (dyn ToSql + Sync)])?
                ) -> impl Future<Output = Result<$answer, driver::Error>> + 'a {
                    self.recorder.note(sql);
                    self.inner.$method(sql $(, $value)?)
                }
            )+
        }
    };
}

texts! {
    execute(values) -> u64;
    query(values) -> Vec<Row>;
    query_one(values) -> Row;
    query_opt(values) -> Option<Row>;
    prepare() -> Statement;
    simple_query() -> Vec<SimpleQueryMessage>;
}
