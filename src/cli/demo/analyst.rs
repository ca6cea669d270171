//! An analyst whose reports keep transactions open on the very table that changes, as in real life.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use postgres::{Client, Config, IsolationLevel, NoTls};

use super::traffic::Load;

/// How long a report keeps its transaction, and with it a lock on `users`, open.
const OPEN: Duration = Duration::from_millis(1_500);

/// How long the analyst then thinks.
const PAUSE: Duration = Duration::from_millis(2_500);

/// Somebody who reads everything, slowly, again and again.
pub(super) struct Analyst {
    stopping: Arc<AtomicBool>,
    reports: Arc<AtomicU32>,
    thread: JoinHandle<()>,
}

impl Analyst {
    /// Begins with the first report.
    pub(super) fn start(load: &Arc<Load>, url: &str) -> Result<Self, postgres::Error> {
        let mut config: Config = url.parse()?;
        config.application_name("analyst");
        let mut client = config.connect(NoTls)?;
        let (stopping, reports) = (Arc::<AtomicBool>::default(), Arc::<AtomicU32>::default());
        let thread = {
            let (stopping, reports, load) = (
                Arc::clone(&stopping),
                Arc::clone(&reports),
                Arc::clone(load),
            );
            thread::spawn(move || {
                while !stopping.load(Ordering::Relaxed) {
                    match report(&mut client) {
                        Ok(()) => _ = reports.fetch_add(1, Ordering::Relaxed),
                        Err(error) => load.record.failed(format!("the analyst's report: {error}")),
                    }
                    thread::sleep(PAUSE);
                }
            })
        };
        Ok(Self {
            stopping,
            reports,
            thread,
        })
    }

    /// Ends after the report that is being made, and gives their number.
    pub(super) fn stop(self) -> u32 {
        self.stopping.store(true, Ordering::Relaxed);
        // It does not panic; if it did, its reports are counted all the same.
        let _ = self.thread.join();
        self.reports.load(Ordering::Relaxed)
    }
}

fn report(client: &mut Client) -> Result<(), postgres::Error> {
    let mut transaction = client
        .build_transaction()
        .isolation_level(IsolationLevel::RepeatableRead)
        .read_only(true)
        .start()?;
    let sql = "SELECT count(*), count(DISTINCT u.email) FROM users u LEFT JOIN orders o ON o.user_id = u.id";
    transaction.query(sql, &[])?;
    thread::sleep(OPEN);
    transaction.query(sql, &[])?;
    transaction.commit()
}
