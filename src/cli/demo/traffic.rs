//! The load: requests that come by the clock, whether or not the one before has its answer, and the instances that serve them.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::ledger::Ledger;
use super::record::Record;
use super::shop::Connection;
use crate::cli::CliError;
use crate::client::postgres::{Database, Instance as Registered};
use crate::client::{self, Silent};
use crate::compat::Release;
use crate::run::Runner;

/// Requests in a second.
pub(super) const RATE: u32 = 300;

/// Connections of one instance.
const CONNECTIONS: usize = 8;

/// What all instances share: the clock, the promises, the record.
#[derive(Debug)]
pub(super) struct Load {
    url: String,
    next: AtomicU64,
    pub(super) ledger: Ledger,
    pub(super) record: Record,
}

impl Load {
    /// Requests come from a second after this on.
    pub(super) fn new(url: &str, ledger: Ledger) -> Arc<Self> {
        Arc::new(Self {
            url: url.to_owned(),
            next: AtomicU64::new(0),
            ledger,
            record: Record::beginning_in(Duration::from_secs(1)),
        })
    }

    /// Takes the next request: its number and when it is due.
    fn take(&self) -> (u64, Instant) {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let due = Duration::from_secs(number) / RATE;
        (number, self.record.begun() + due)
    }
}

/// A running instance of the shop; it serves until it is stopped.
pub(super) struct Instance {
    /// Its place in the fleet, which it leaves last of all.
    registered: Registered,
    stopping: Arc<AtomicBool>,
    workers: Vec<JoinHandle<()>>,
}

impl Instance {
    /// Starts an instance as an application does: registers it, sees to the expand phase its release
    /// needs, then opens its connections. It serves when this returns.
    ///
    /// # Errors
    /// The start-up or a connection failed, or the server refused one of the release's queries.
    pub(super) fn start(
        load: &Arc<Load>,
        release: &Arc<Release>,
        runner: &Runner,
        database: &Database,
    ) -> Result<Self, CliError> {
        let registered = client::postgres::start(runner, database, &mut Silent)?;
        let stopping = Arc::new(AtomicBool::new(false));
        let (ready, opened) = mpsc::channel();
        let mut workers = Vec::new();
        for _ in 0..CONNECTIONS {
            let (load, release) = (Arc::clone(load), Arc::clone(release));
            let (ready, stopping) = (ready.clone(), Arc::clone(&stopping));
            workers.push(thread::spawn(move || {
                let opened = Connection::open(&load.url, &release);
                match opened {
                    Ok(connection) => {
                        // Whoever waited may have given up; then we are told to stop.
                        let _ = ready.send(Ok(()));
                        work(&load, connection, &stopping);
                    }
                    Err(error) => {
                        let _ = ready.send(Err(error));
                    }
                }
            }));
        }
        drop(ready);
        let instance = Self {
            registered,
            stopping,
            workers,
        };
        opened.iter().take(CONNECTIONS).collect::<Result<(), _>>()?;
        Ok(instance)
    }

    /// Lets every connection finish what it serves, and ends them.
    pub(super) fn stop(mut self) {
        self.stopping.store(true, Ordering::Relaxed);
        for worker in self.workers.drain(..) {
            // A worker does not panic; if it did, its request is missing from the record.
            let _ = worker.join();
        }
        drop(self.registered);
    }
}

fn work(load: &Load, mut connection: Connection, stopping: &AtomicBool) {
    while !stopping.load(Ordering::Relaxed) {
        let (number, due) = load.take();
        thread::sleep(due.saturating_duration_since(Instant::now()));
        let outcome = connection.serve(dice(number), &load.ledger);
        load.record
            .served(due, outcome.err().map(|trouble| trouble.to_string()));
    }
}

/// A number that looks random and is the same in every run (SplitMix64).
fn dice(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
