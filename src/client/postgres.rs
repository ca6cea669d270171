//! The synchronous loop, over the `postgres` crate.
//!
//! An application that applies what it needs when it starts, and registers so that no contract begins
//! while it needs the old shape (with the feature `project`, which reads folders):
//!
//! ```no_run
//! # #[cfg(feature = "project")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use concertina::client::{Silent, postgres};
//! use concertina::project::{load, queries::load_release};
//! use concertina::run::Runner;
//!
//! let database = postgres::Database::new("postgresql://app@db.example/shop")?;
//! let migrations = load("migrations".as_ref(), None)?.migrations;
//! let release = load_release("2.0.0", "queries".as_ref())?;
//! let runner = Runner::new(migrations).release("2.0.0".parse()?).queries(release.queries);
//! let instance = postgres::start(&runner, &database, &mut Silent)?;
//! // Serve while `instance.is_live()`; it leaves the fleet when it is dropped.
//! # drop(instance);
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "project"))]
//! # fn main() {}
//! ```

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use postgres::{Client, NoTls};

use super::connect::{config, failure, instance_id, is_plain, place, reply, unreachable};
use super::many::{Ended, Many, Queue, Target};
use super::{Flow, Observer, Stamped};
use crate::run::{
    Command, Event, Failure, Link, Machine, Outcome, Reply, Report, Row, Run, RunError, Runner,
    Status, Tuning, Turn, Watch, heartbeat, leave,
};
use crate::schema::{Catalogue, SERVER_QUERY, STATISTICS_QUERY, Statistics};

/// Where a database is and how to connect to it.
#[derive(Clone)]
pub struct Database {
    pub(super) connect: Arc<dyn Fn() -> Result<Client, Failure> + Send + Sync>,
}

impl Database {
    /// A database by its connection string. With `sslmode=require` in it, and the feature `tls`, the
    /// connection is encrypted and the server verified against the certificates of the system, or those
    /// in the file that `sslrootcert` in the string or `PGSSLROOTCERT` names; without it there is no TLS.
    ///
    /// # Errors
    /// The string cannot be read; it is not repeated in the error. There is no certificate to trust.
    pub fn new(url: &str) -> Result<Self, RunError> {
        let config = config(url)?;
        let place = place(&config);
        #[cfg(feature = "tls")]
        if config.get_ssl_mode() == postgres::config::SslMode::Require {
            let connector = super::tls::connector(super::connect::roots(url))?;
            let connect = move || {
                config
                    .connect(connector.clone())
                    .map_err(|error| unreachable(&place, &error))
            };
            return Ok(Self {
                connect: Arc::new(connect),
            });
        }
        let connect = move || {
            config
                .connect(NoTls)
                .map_err(|error| unreachable(&place, &error))
        };
        Ok(Self {
            connect: Arc::new(connect),
        })
    }

    /// A database by a configuration, such as the one a pool was built from, without TLS. The
    /// connections are the run's own, not from the pool.
    pub fn from_config(config: postgres::Config) -> Self {
        let place = place(&config);
        Self {
            connect: Arc::new(move || {
                config
                    .connect(NoTls)
                    .map_err(|error| unreachable(&place, &error))
            }),
        }
    }

    /// A database to which the caller connects, such as with TLS. The connections are the run's own:
    /// not from a pool, and not through a transaction pooler.
    pub fn with(
        connect: impl Fn() -> Result<Client, postgres::Error> + Send + Sync + 'static,
    ) -> Self {
        Self {
            connect: Arc::new(move || connect().map_err(|error| failure(&error))),
        }
    }
}

/// Applies what is missing.
///
/// # Errors
/// See [`RunError`]; what was committed stays, and the next run goes on from there.
pub fn apply(
    runner: &Runner,
    database: &Database,
    observer: &mut dyn Observer,
) -> Result<Report, RunError> {
    drive(runner.apply(), database, observer)
}

/// Applies what is missing in many databases or schemas, some at once; one that fails does not stop the
/// others, unless that is asked for. Each has an observer of its own, made for its name. The results are
/// in the order of the targets.
///
/// ```no_run
/// use concertina::client::{Many, Silent, Target, postgres};
/// use concertina::run::Runner;
///
/// let database = postgres::Database::new("postgresql://app@db.example/shop")?;
/// let tenants = ["acme", "globex"].map(|name| Target::new(name, database.clone()).schema(name));
/// let runner = Runner::new(Vec::new());
/// for one in postgres::apply_all(&runner, &tenants, Many::at_once(4), |_| Silent) {
///     if let Some(Err(error)) = one.result {
///         eprintln!("{}: {error}", one.target);
///     }
/// }
/// # Ok::<(), concertina::run::RunError>(())
/// ```
pub fn apply_all<O: Observer>(
    runner: &Runner,
    targets: &[Target<Database>],
    many: Many,
    observe: impl Fn(&str) -> O + Sync,
) -> Vec<Ended<Report>> {
    each(targets, many, |target| {
        let mut observer = observe(&target.name);
        apply(&target.runner(runner), &target.database, &mut observer)
    })
}

/// How things stand in many databases or schemas; see [`apply_all`].
pub fn status_all(runner: &Runner, targets: &[Target<Database>], many: Many) -> Vec<Ended<Status>> {
    each(targets, many, |target| {
        status(&target.runner(runner), &target.database)
    })
}

/// Does something with each target, on as many threads as may be at work at once.
fn each<T: Send>(
    targets: &[Target<Database>],
    many: Many,
    work: impl Fn(&Target<Database>) -> Result<T, RunError> + Sync,
) -> Vec<Ended<T>> {
    let queue = Queue::new(many, targets.len());
    std::thread::scope(|scope| {
        for _ in 0..queue.workers() {
            scope.spawn(|| {
                while let Some((at, target)) =
                    queue.take().and_then(|at| Some((at, targets.get(at)?)))
                {
                    queue.put(at, work(target));
                }
            });
        }
    });
    queue.ended(targets)
}

/// What of a connection string may be shown: where it leads and the name of the database.
pub fn shown(url: &str) -> String {
    let Ok(config) = config(url) else {
        return "unreadable".to_owned();
    };
    match config.get_dbname().filter(|name| is_plain(name)) {
        Some(name) => format!("{}/{name}", place(&config)),
        None => place(&config),
    }
}

/// How things stand.
///
/// # Errors
/// The database cannot be reached or read.
pub fn status(runner: &Runner, database: &Database) -> Result<Status, RunError> {
    drive(runner.status(), database, &mut super::Silent)
}

/// The catalogue of a live server, as a new session sees it.
///
/// # Errors
/// The database cannot be reached or read.
pub fn catalogue(database: &Database) -> Result<Catalogue, RunError> {
    let mut client =
        (database.connect)().map_err(|failure| RunError::Connect(Box::new(failure)))?;
    read_catalogue(&mut client)
}

/// As [`catalogue`], through a connection that is there.
pub(super) fn read_catalogue(client: &mut Client) -> Result<Catalogue, RunError> {
    let doing = || "to read the catalogue".to_owned();
    // Compiling the query takes seconds, running it milliseconds.
    let sql = format!("SET jit = off; {SERVER_QUERY}");
    let answer = match reply(client.simple_query(&sql)) {
        Reply::Results(results) => results.into_iter().flat_map(|one| one.rows).next(),
        Reply::Done | Reply::Objection(_) | Reply::Answered(..) => None,
        Reply::Failed(failure) => {
            return Err(RunError::Sql {
                doing: doing(),
                failure: Box::new(failure),
            });
        }
    };
    let text = answer
        .and_then(|row| row.into_iter().next().flatten())
        .unwrap_or_default();
    Catalogue::from_server(&text).map_err(|error| RunError::Sql {
        doing: doing(),
        failure: Box::new(Failure::connection(error.to_string())),
    })
}

/// The queries that the extension `pg_stat_statements` has counted in a database, those run most often first: the
/// identifier and the text of each (manual 18, section F.32).
///
/// # Errors
/// It cannot be reached, or refuses us: the extension must be created there, and be loaded by the server.
pub fn counted_statements(database: &Database) -> Result<Vec<(String, String)>, RunError> {
    let mut client =
        (database.connect)().map_err(|failure| RunError::Connect(Box::new(failure)))?;
    match reply(client.simple_query(COUNTED_QUERY)) {
        Reply::Results(results) => {
            let rows = results.into_iter().flat_map(|one| one.rows);
            let pairs = rows.filter_map(|row| match row.as_slice() {
                [Some(id), Some(text)] => Some((id.clone(), text.clone())),
                _ => None,
            });
            Ok(pairs.collect())
        }
        Reply::Done | Reply::Objection(_) | Reply::Answered(..) => Ok(Vec::new()),
        Reply::Failed(failure) => Err(RunError::Sql {
            doing: "to read pg_stat_statements".to_owned(),
            failure: Box::new(failure),
        }),
    }
}

const COUNTED_QUERY: &str = "SELECT queryid, query FROM pg_stat_statements \
     WHERE toplevel AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) \
     ORDER BY calls DESC, queryid";

/// Reads how large the relations of a database are, without waiting for anybody.
///
/// # Errors
/// It cannot be reached, refuses us, or answers something we do not understand.
pub fn statistics(database: &Database) -> Result<Statistics, RunError> {
    let doing = || "to read the sizes of relations".to_owned();
    let mut client =
        (database.connect)().map_err(|failure| RunError::Connect(Box::new(failure)))?;
    let refused = |failure| RunError::Sql {
        doing: doing(),
        failure: Box::new(failure),
    };
    let text = match reply(client.simple_query(STATISTICS_QUERY)) {
        Reply::Results(results) => {
            let mut rows = results.into_iter().flat_map(|one| one.rows);
            rows.next().and_then(|row| row.into_iter().next().flatten())
        }
        Reply::Done | Reply::Objection(_) | Reply::Answered(..) => None,
        Reply::Failed(failure) => return Err(refused(failure)),
    };
    Statistics::from_json(&text.unwrap_or_default())
        .map_err(|error| refused(Failure::connection(error.to_string())))
}

/// Makes whoever runs stand still; see [`Runner::pause`].
///
/// # Errors
/// There is no journal, or no database.
pub fn pause(runner: &Runner, database: &Database, because: &str) -> Result<(), RunError> {
    drive(runner.pause(because), database, &mut super::Silent)
}

/// Lets a paused run go on; see [`Runner::resume`].
///
/// # Errors
/// There is no journal, or no database.
pub fn resume(runner: &Runner, database: &Database, tuning: Tuning) -> Result<(), RunError> {
    drive(runner.resume(tuning), database, &mut super::Silent)
}

/// Ends the run that is under way; see [`Runner::abort`].
///
/// # Errors
/// There is no journal, or no database.
pub fn abort(runner: &Runner, database: &Database, because: &str) -> Result<(), RunError> {
    drive(runner.abort(because), database, &mut super::Silent)
}

/// Takes an instance off the fleet that cannot leave by itself.
///
/// # Errors
/// There is no such instance, or no database.
pub fn forget(
    runner: &Runner,
    database: &Database,
    instance: &str,
    reason: &str,
) -> Result<(), RunError> {
    drive(
        runner.forget(instance, reason),
        database,
        &mut super::Silent,
    )
}

/// Registers this process as an instance and sees to the expand phase its release needs.
///
/// # Errors
/// The release is too old for this database, or what it needs was not applied in time.
pub fn start(
    runner: &Runner,
    database: &Database,
    observer: &mut dyn Observer,
) -> Result<Instance, RunError> {
    let mut instance = Instance::begin(instance_id(), runner.lease_length(), database.clone());
    instance.report = drive(runner.start(&instance.id), database, observer)?;
    Ok(instance)
}

/// Does what a machine asks for until it is over.
///
/// # Errors
/// Those of the run; [`RunError::Stopped`] when the observer says so.
pub fn drive<T>(
    machine: Machine<T>,
    database: &Database,
    observer: &mut dyn Observer,
) -> Result<T, RunError> {
    let result = turns(machine, database, observer);
    observer.ended(result.as_ref().err());
    result
}

fn turns<T>(
    mut machine: Machine<T>,
    database: &Database,
    observer: &mut dyn Observer,
) -> Result<T, RunError> {
    let mut links = Links::default();
    let mut outcome = Outcome::done();
    loop {
        let command = match machine.next(outcome) {
            Turn::Over(result) => return result,
            Turn::Ask(command) => command,
        };
        let flow = observer.command(&command);
        if flow == Flow::Stop {
            return Err(RunError::Stopped);
        }
        let started = Instant::now();
        let mut watched = None;
        let reply = match command {
            Command::Open(link) => match (database.connect)() {
                Ok(client) => {
                    *links.at(link) = Some(client);
                    Reply::Done
                }
                Err(failure) => Reply::Failed(failure),
            },
            Command::Run(run) => {
                let reply;
                (reply, watched) = links.run(run, observer);
                reply
            }
            Command::Begin(run) => {
                links.begin(run);
                Reply::Done
            }
            Command::Await(most) => links.wait(most, |_| {}),
            Command::Sleep(duration) => {
                std::thread::sleep(duration);
                Reply::Done
            }
            Command::Tell(event) => {
                observer.event(&Stamped::now(event));
                Reply::Done
            }
            Command::Consult(place, progress) => match observer.consult(&place, &progress) {
                Some(reason) => Reply::Objection(reason),
                None => Reply::Done,
            },
        };
        if flow == Flow::StopUnread {
            return Err(RunError::Stopped);
        }
        outcome = Outcome {
            reply,
            watched,
            took: started.elapsed(),
        };
    }
}

struct Links {
    work: Option<Client>,
    watch: Option<Client>,
    lanes: BTreeMap<usize, Option<Client>>,
    begun: BTreeMap<Link, Begun>,
    /// Where the threads that wait for an answer leave it.
    answers: (mpsc::Sender<Back>, mpsc::Receiver<Back>),
}

/// What is under way on a connection.
struct Begun {
    /// The question of what it waits for, and when that is to be asked.
    watch: Option<(Watch, Instant)>,
    /// What that has found last.
    found: Option<Vec<Row>>,
}

/// An answer with the connection that it came on.
struct Back {
    link: Link,
    client: Option<Client>,
    reply: Reply,
    took: Duration,
}

impl Default for Links {
    fn default() -> Self {
        Self {
            work: None,
            watch: None,
            lanes: BTreeMap::new(),
            begun: BTreeMap::new(),
            answers: mpsc::channel(),
        }
    }
}

/// Nothing is under way any more once the run is over.
impl Drop for Links {
    fn drop(&mut self) {
        for _ in 0..self.begun.len() {
            // We hold the other end as well: there is an answer for each.
            let _answered = self.answers.1.recv();
        }
    }
}

impl Links {
    fn at(&mut self, link: Link) -> &mut Option<Client> {
        match link {
            Link::Work => &mut self.work,
            Link::Watch => &mut self.watch,
            Link::Lane(number) => self.lanes.entry(number).or_default(),
        }
    }

    /// Runs a statement while nothing else is under way; on a thread of its own only where there is something to be asked
    /// meanwhile.
    fn run(&mut self, run: Run, observer: &mut dyn Observer) -> (Reply, Option<Vec<Row>>) {
        if run.watch.is_none() || self.watch.is_none() {
            let reply = match self.at(run.on) {
                Some(client) => reply(client.simple_query(&run.sql)),
                None => closed(),
            };
            return (reply, None);
        }
        self.begin(run);
        match self.wait(None, |event| observer.event(&Stamped::now(event))) {
            Reply::Answered(_, outcome) => (outcome.reply, outcome.watched),
            other => (other, None),
        }
    }

    /// Sends a statement on a thread of its own, which takes the connection along.
    fn begin(&mut self, run: Run) {
        let (link, answers) = (run.on, self.answers.0.clone());
        let client = self.at(link).take();
        let watch = run.watch.map(|watch| {
            let first = Instant::now() + watch.after;
            (watch, first)
        });
        self.begun.insert(link, Begun { watch, found: None });
        std::thread::spawn(move || {
            let started = Instant::now();
            let (client, reply) = match client {
                None => (None, closed()),
                Some(mut client) => {
                    // Whatever happens, somebody waits for an answer.
                    let asked = AssertUnwindSafe(|| reply(client.simple_query(&run.sql)));
                    let reply = catch_unwind(asked).unwrap_or_else(|_| abandoned());
                    (Some(client), reply)
                }
            };
            // The other end is gone only where nobody waits.
            let _taken = answers.send(Back {
                link,
                client,
                reply,
                took: started.elapsed(),
            });
        });
    }

    /// Waits for one of the answers, and asks meanwhile what those that take long wait for.
    fn wait(&mut self, most: Option<Duration>, mut tell: impl FnMut(Event)) -> Reply {
        if self.begun.is_empty() {
            return Reply::Failed(Failure::connection("nothing was begun"));
        }
        let end = most.map(|most| Instant::now() + most);
        loop {
            let watches = self.begun.values().filter_map(|one| one.watch.as_ref());
            let next = watches.map(|(_, at)| *at).chain(end).min();
            let left = next.map(|next| next.saturating_duration_since(Instant::now()));
            let answered = match left {
                Some(left) => self.answers.1.recv_timeout(left),
                None => self.answers.1.recv().map_err(RecvTimeoutError::from),
            };
            if let Ok(back) = answered {
                *self.at(back.link) = back.client;
                let watched = self.begun.remove(&back.link).and_then(|begun| begun.found);
                let (reply, took) = (back.reply, back.took);
                let outcome = Outcome {
                    reply,
                    watched,
                    took,
                };
                return Reply::Answered(back.link, Box::new(outcome));
            }
            let now = Instant::now();
            if end.is_some_and(|end| end <= now) {
                return Reply::Done;
            }
            for begun in self.begun.values_mut() {
                if let (Some((watch, at)), Some(other)) = (&mut begun.watch, &mut self.watch)
                    && *at <= now
                {
                    let rows = rows(reply(other.simple_query(&watch.sql)));
                    if let Some(event) = rows.as_ref().and_then(|rows| watch.event(rows)) {
                        tell(event);
                    }
                    begun.found = rows.filter(|rows| !rows.is_empty()).or(begun.found.take());
                    *at = Instant::now() + watch.every;
                }
            }
        }
    }
}

fn closed() -> Reply {
    Reply::Failed(Failure::connection("the connection is not open"))
}

fn abandoned() -> Reply {
    Reply::Failed(Failure::connection("the statement was abandoned"))
}

fn rows(reply: Reply) -> Option<Vec<Row>> {
    match reply {
        Reply::Results(results) => Some(results.into_iter().flat_map(|one| one.rows).collect()),
        Reply::Done | Reply::Objection(_) | Reply::Failed(_) | Reply::Answered(..) => None,
    }
}

/// This process as a registered instance: says that it lives until it is dropped, and then leaves.
pub struct Instance {
    id: String,
    lease: Duration,
    report: Report,
    heard: Arc<Mutex<Instant>>,
    stop: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Instance {
    fn begin(id: String, lease: Duration, database: Database) -> Self {
        let heard = Arc::new(Mutex::new(Instant::now()));
        let (stop, stopped) = mpsc::channel();
        let heart = Heart {
            id: id.clone(),
            lease,
            database,
            heard: Arc::clone(&heard),
        };
        let thread = std::thread::spawn(move || heart.beat(&stopped));
        Self {
            id,
            lease,
            report: Report::default(),
            heard,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// Its id in the journal.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What its start-up applied.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Whether the others may still count on this instance being seen as alive. When this is false the
    /// instance must not serve: a contract may have begun. Meant for a readiness check.
    pub fn is_live(&self) -> bool {
        let heard = *self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.elapsed() < self.lease * 3 / 4
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic in there has nothing left to spoil.
            let _ended = thread.join();
        }
    }
}

struct Heart {
    id: String,
    lease: Duration,
    database: Database,
    heard: Arc<Mutex<Instant>>,
}

impl Heart {
    /// Beats three times in a lease, over a connection of its own that is opened anew when it breaks.
    fn beat(&self, stopped: &mpsc::Receiver<()>) {
        let mut client = None;
        while stopped.recv_timeout(self.lease / 3) == Err(RecvTimeoutError::Timeout) {
            let sent = Instant::now();
            if self.send(&mut client, &heartbeat(&self.id)) {
                *self.heard.lock().unwrap_or_else(PoisonError::into_inner) = sent;
            }
        }
        self.send(&mut client, &leave(&self.id));
    }

    /// Whether one row was changed: the instance is registered and nobody has taken it off.
    fn send(&self, client: &mut Option<Client>, sql: &str) -> bool {
        if client.as_ref().is_none_or(Client::is_closed) {
            *client = (self.database.connect)().ok();
        }
        let answer = client
            .as_mut()
            .map(|client| reply(client.simple_query(sql)));
        matches!(answer, Some(Reply::Results(all)) if all.iter().any(|one| one.affected == 1))
    }
}
