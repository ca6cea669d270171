//! The load: requests started by the clock, a report, a transaction that stands idle, and what became of them.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use postgres::{Client, NoTls, SimpleQueryMessage};

/// Connections of each release.
const CONNECTIONS: u64 = 16;

/// What a request came to.
#[derive(Debug, Clone)]
pub(crate) struct Served {
    pub(crate) stage: usize,
    /// From the moment at which it was to start.
    pub(crate) took: Duration,
    /// A SQLSTATE, `wrong` for an answer that is not what was written, none where all is well.
    pub(crate) trouble: Option<String>,
}

/// What all connections share.
pub(crate) struct Load {
    url: String,
    rate: u64,
    rows: u64,
    /// What a connection of release N, N+1 sets first.
    greetings: [String; 2],
    begun: Instant,
    next: AtomicU64,
    /// Whether release N, release N+1 serve.
    serving: [AtomicBool; 2],
    /// What is going on: an index into the caller's list of stages.
    pub(crate) stage: AtomicUsize,
    over: AtomicBool,
    reports: AtomicU64,
    served: Mutex<Vec<Served>>,
}

impl Load {
    pub(crate) fn new(url: &str, rate: u64, rows: u64, greetings: [String; 2]) -> Self {
        Self {
            url: url.to_owned(),
            rate,
            rows,
            greetings,
            begun: Instant::now() + Duration::from_millis(500),
            next: AtomicU64::new(0),
            serving: [AtomicBool::new(true), AtomicBool::new(false)],
            stage: AtomicUsize::new(0),
            over: AtomicBool::new(false),
            reports: AtomicU64::new(0),
            served: Mutex::new(Vec::new()),
        }
    }

    /// Lets a release serve or not.
    pub(crate) fn serve(&self, release: usize, on: bool) {
        self.serving[release].store(on, Ordering::SeqCst);
    }

    pub(crate) fn end(&self) {
        self.over.store(true, Ordering::SeqCst);
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst)
    }

    /// Waits until a report has been running for a second.
    pub(crate) fn within_a_report(&self) {
        let before = self.reports.load(Ordering::SeqCst);
        while self.reports.load(Ordering::SeqCst) == before && !self.is_over() {
            std::thread::sleep(Duration::from_millis(20));
        }
        std::thread::sleep(Duration::from_secs(1));
    }

    pub(crate) fn take(&self) -> Vec<Served> {
        let mut served = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *served)
    }

    /// Starts every connection of both releases, the report and the idle transaction.
    pub(crate) fn start<'scope>(
        &'scope self,
        scope: &'scope std::thread::Scope<'scope, '_>,
        requests: &'scope [Vec<String>; 2],
        table: &'scope str,
    ) {
        for (release, lines) in requests.iter().enumerate() {
            for worker in 0..CONNECTIONS {
                scope.spawn(move || self.work(release, worker, lines));
            }
        }
        scope.spawn(move || self.report(table));
        scope.spawn(move || self.idle(table));
    }

    fn connect(&self, name: &str) -> Client {
        let url = format!("{}?application_name={name}", self.url);
        Client::connect(&url, NoTls).expect("the server takes connections")
    }

    fn work(&self, release: usize, worker: u64, lines: &[String]) {
        let mut client = self.connect(["release_n", "release_n1"][release]);
        client
            .batch_execute(&self.greetings[release])
            .expect("a connection can be greeted");
        while !self.is_over() {
            if !self.serving[release].load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_millis(5));
                continue;
            }
            let number = self.next.fetch_add(1, Ordering::SeqCst);
            let due =
                self.begun + Duration::from_secs(number) / u32::try_from(self.rate).unwrap_or(300);
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            let stage = self.stage.load(Ordering::SeqCst);
            let request = self.request(number, release as u64 * CONNECTIONS + worker, lines);
            let trouble = send(&mut client, &request);
            let served = Served {
                stage,
                took: due.elapsed(),
                trouble,
            };
            self.served
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(served);
        }
    }

    fn request(&self, number: u64, worker: u64, lines: &[String]) -> String {
        let dice = dice(number);
        let workers = 2 * CONNECTIONS;
        // The last rows are the idle transaction's.
        let own = (dice / 7 % (self.rows / workers - 1)) * workers + worker;
        let line = &lines[dice as usize % lines.len()];
        line.replace("{text}", &format!("'t{number}'"))
            .replace("{n}", &(dice / 11 % 10_000).to_string())
            .replace("{id}", &(dice / 13 % self.rows).to_string())
            .replace("{own}", &own.to_string())
    }

    /// A report of 5 s every 9 s.
    fn report(&self, table: &str) {
        let mut client = self.connect("report");
        while !self.is_over() {
            self.reports.fetch_add(1, Ordering::SeqCst);
            // A report that is refused has nobody to tell.
            let _ = client.batch_execute(&format!(
                "SELECT pg_sleep(5) FROM (SELECT 1 FROM {table} LIMIT 1) one"
            ));
            self.rest(Duration::from_secs(4));
        }
    }

    /// A transaction that stands idle for 2.5 s with a row of its own every 8 s.
    fn idle(&self, table: &str) {
        let mut client = self.connect("idle");
        while !self.is_over() {
            let held = client.batch_execute(&format!(
                "BEGIN; SELECT id FROM {table} WHERE id = {} FOR UPDATE",
                self.rows - 1
            ));
            self.rest(Duration::from_millis(2_500));
            let _ = held.and_then(|()| client.batch_execute("COMMIT"));
            self.rest(Duration::from_millis(5_500));
        }
    }

    fn rest(&self, length: Duration) {
        let end = Instant::now() + length;
        while Instant::now() < end && !self.is_over() {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Sends a request: a write, or a read, or a write and the read of what was just acknowledged.
fn send(client: &mut Client, request: &str) -> Option<String> {
    for statement in request.split(" ;; ") {
        match client.simple_query(statement) {
            Err(error) => {
                return Some(match error.code() {
                    Some(code) => code.code().to_owned(),
                    None => error.to_string(),
                });
            }
            Ok(answer) => {
                let wrong = |one: &SimpleQueryMessage| matches!(one, SimpleQueryMessage::Row(row) if row.get(0) != Some("t"));
                if answer.iter().any(wrong) {
                    return Some("wrong".to_owned());
                }
            }
        }
    }
    None
}

/// A number that looks random and is the same in every run (SplitMix64).
fn dice(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
