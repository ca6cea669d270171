//! The asynchronous loop, over the `tokio-postgres` crate.
//!
//! An application with a pool gives its configuration, and [`start`] opens connections of its own:
//!
//! ```no_run
//! use concertina::client::{Silent, tokio_postgres};
//! use concertina::run::Runner;
//! use deadpool_postgres::{Manager, Pool};
//!
//! # async fn serve(_pool: Pool, _ready: impl Fn() -> bool) {}
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let config: ::tokio_postgres::Config = "postgresql://app@db.example/shop".parse()?;
//! let runner = Runner::new(Vec::new()).release("2.0.0".parse()?);
//! let database = tokio_postgres::Database::from_config(config.clone());
//! let instance = tokio_postgres::start(&runner, &database, &mut Silent).await?;
//! let pool = Pool::builder(Manager::new(config, ::tokio_postgres::NoTls)).build()?;
//! serve(pool, || instance.is_live()).await;
//! instance.leave().await;
//! # Ok(())
//! # }
//! ```

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};
use tokio_postgres::{Client, NoTls};

use super::connect::{config, failure, instance_id, place, place_of, readable, reply, unreachable};
use super::many::{Ended, Many, Queue, Target};
use super::{Flow, Observer, Stamped};
use crate::run::{
    Command, Event, Failure, Link, Machine, Outcome, Reply, Report, Row, Run, RunError, Runner,
    Status, Tuning, Turn, heartbeat, leave,
};

/// A client with the future that moves its bytes.
pub type Connected = (Client, Pin<Box<dyn Future<Output = ()> + Send>>);

type Connecting<E> = Pin<Box<dyn Future<Output = Result<Connected, E>> + Send>>;

/// Where a database is and how to connect to it.
#[derive(Clone)]
pub struct Database {
    connect: Arc<dyn Fn() -> Connecting<Failure> + Send + Sync>,
}

impl Database {
    /// A database by its connection string. With `sslmode=require` in it, and the feature `tls`, the
    /// connection is encrypted and the server verified against the certificates of the system, or those
    /// in the file that `sslrootcert` in the string or `PGSSLROOTCERT` names; without it there is no TLS.
    ///
    /// # Errors
    /// The string cannot be read; it is not repeated in the error.
    pub fn new(url: &str) -> Result<Self, RunError> {
        // The configuration of `postgres` holds one of `tokio-postgres`, but does not give it.
        let shared = config(url)?;
        let mut config: tokio_postgres::Config = readable(url)
            .parse()
            .map_err(|_| RunError::ConnectionString)?;
        config.application_name(shared.get_application_name().unwrap_or("concertina"));
        if let Some(timeout) = shared.get_connect_timeout() {
            config.connect_timeout(*timeout);
        }
        let place = place(&shared);
        #[cfg(feature = "tls")]
        if config.get_ssl_mode() == tokio_postgres::config::SslMode::Require {
            let connector = super::tls::connector(super::connect::roots(url))?;
            let connect = move || -> Connecting<Failure> {
                let (config, place) = (config.clone(), place.clone());
                let connector = connector.clone();
                Box::pin(async move {
                    let connected = config.connect(connector).await;
                    let (client, connection) =
                        connected.map_err(|error| unreachable(&place, &error))?;
                    Ok(running(client, connection))
                })
            };
            return Ok(Self {
                connect: Arc::new(connect),
            });
        }
        let connect = move || -> Connecting<Failure> {
            let (config, place) = (config.clone(), place.clone());
            Box::pin(async move {
                let connected = config.connect(NoTls).await;
                let (client, connection) =
                    connected.map_err(|error| unreachable(&place, &error))?;
                Ok(running(client, connection))
            })
        };
        Ok(Self {
            connect: Arc::new(connect),
        })
    }

    /// A database by a configuration, such as the one a `deadpool-postgres` pool was built from, without
    /// TLS. The connections are the run's own, not from the pool.
    pub fn from_config(config: tokio_postgres::Config) -> Self {
        let place = place_of(config.get_hosts(), config.get_ports(), config.get_dbname());
        let connect = move || -> Connecting<Failure> {
            let (config, place) = (config.clone(), place.clone());
            Box::pin(async move {
                let connected = config.connect(NoTls).await;
                let (client, connection) =
                    connected.map_err(|error| unreachable(&place, &error))?;
                Ok(running(client, connection))
            })
        };
        Self {
            connect: Arc::new(connect),
        }
    }

    /// A database to which the caller connects, such as with TLS. The connections are the run's own:
    /// not from a pool, and not through a transaction pooler.
    pub fn with<F>(connect: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Connected, tokio_postgres::Error>> + Send + 'static,
    {
        let connect = move || -> Connecting<Failure> {
            let connecting = connect();
            Box::pin(async move { connecting.await.map_err(|error| failure(&error)) })
        };
        Self {
            connect: Arc::new(connect),
        }
    }
}

/// A client and its connection in the form a [`Database`] takes.
pub fn running<S, T>(client: Client, connection: tokio_postgres::Connection<S, T>) -> Connected
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    // A broken connection shows in the answer to the next statement.
    let run = async move {
        let _seen_by_the_client = connection.await;
    };
    (client, Box::pin(run))
}

/// Applies what is missing.
///
/// # Errors
/// See [`RunError`]; what was committed stays, and the next run goes on from there.
pub async fn apply(
    runner: &Runner,
    database: &Database,
    observer: &mut (dyn Observer + Send),
) -> Result<Report, RunError> {
    drive(runner.apply(), database, observer).await
}

/// Applies what is missing in many databases or schemas, some at once; one that fails does not stop the
/// others, unless that is asked for. Each has an observer of its own, made for its name. The results are
/// in the order of the targets. When the future is dropped, all runs are.
pub async fn apply_all<O: Observer + Send + 'static>(
    runner: &Runner,
    targets: &[Target<Database>],
    many: Many,
    observe: impl Fn(&str) -> O + Send + Sync + 'static,
) -> Vec<Ended<Report>> {
    let (runner, observe) = (runner.clone(), Arc::new(observe));
    each(targets, many, move |target| {
        let (runner, observe) = (target.runner(&runner), Arc::clone(&observe));
        async move {
            let mut observer = observe(&target.name);
            apply(&runner, &target.database, &mut observer).await
        }
    })
    .await
}

/// How things stand in many databases or schemas; see [`apply_all`].
pub async fn status_all(
    runner: &Runner,
    targets: &[Target<Database>],
    many: Many,
) -> Vec<Ended<Status>> {
    let runner = runner.clone();
    each(targets, many, move |target| {
        let runner = target.runner(&runner);
        async move { status(&runner, &target.database).await }
    })
    .await
}

/// Does something with each target, in as many tasks as may be at work at once.
async fn each<T, F>(
    targets: &[Target<Database>],
    many: Many,
    work: impl Fn(Target<Database>) -> F + Send + Sync + 'static,
) -> Vec<Ended<T>>
where
    T: Send + 'static,
    F: Future<Output = Result<T, RunError>> + Send,
{
    let (queue, work) = (Arc::new(Queue::new(many, targets.len())), Arc::new(work));
    let shared: Arc<[Target<Database>]> = targets.into();
    let mut workers = JoinSet::new();
    for _ in 0..queue.workers() {
        let (queue, work, shared) = (Arc::clone(&queue), Arc::clone(&work), Arc::clone(&shared));
        workers.spawn(async move {
            while let Some((at, target)) = queue
                .take()
                .and_then(|at| Some((at, shared.get(at)?.clone())))
            {
                queue.put(at, work(target).await);
            }
        });
    }
    while let Some(ended) = workers.join_next().await {
        if let Err(panicked) = ended
            && let Ok(panic) = panicked.try_into_panic()
        {
            std::panic::resume_unwind(panic);
        }
    }
    queue.ended(targets)
}

/// How things stand.
///
/// # Errors
/// The database cannot be reached or read.
pub async fn status(runner: &Runner, database: &Database) -> Result<Status, RunError> {
    drive(runner.status(), database, &mut super::Silent).await
}

/// Makes whoever runs stand still; see [`Runner::pause`].
///
/// # Errors
/// There is no journal, or no database.
pub async fn pause(runner: &Runner, database: &Database, because: &str) -> Result<(), RunError> {
    drive(runner.pause(because), database, &mut super::Silent).await
}

/// Lets a paused run go on; see [`Runner::resume`].
///
/// # Errors
/// There is no journal, or no database.
pub async fn resume(runner: &Runner, database: &Database, tuning: Tuning) -> Result<(), RunError> {
    drive(runner.resume(tuning), database, &mut super::Silent).await
}

/// Ends the run that is under way; see [`Runner::abort`].
///
/// # Errors
/// There is no journal, or no database.
pub async fn abort(runner: &Runner, database: &Database, because: &str) -> Result<(), RunError> {
    drive(runner.abort(because), database, &mut super::Silent).await
}

/// Takes an instance off the fleet that cannot leave by itself.
///
/// # Errors
/// There is no such instance, or no database.
pub async fn forget(
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
    .await
}

/// Registers this process as an instance and sees to the expand phase its release needs.
///
/// # Errors
/// The release is too old for this database, or what it needs was not applied in time.
pub async fn start(
    runner: &Runner,
    database: &Database,
    observer: &mut (dyn Observer + Send),
) -> Result<Instance, RunError> {
    let mut instance = Instance::begin(instance_id(), runner.lease_length(), database.clone());
    instance.report = drive(runner.start(&instance.id), database, observer).await?;
    Ok(instance)
}

/// Does what a machine asks for until it is over.
///
/// # Errors
/// Those of the run; [`RunError::Stopped`] when the observer says so.
pub async fn drive<T>(
    machine: Machine<T>,
    database: &Database,
    observer: &mut (dyn Observer + Send),
) -> Result<T, RunError> {
    let result = turns(machine, database, observer).await;
    observer.ended(result.as_ref().err());
    result
}

async fn turns<T>(
    mut machine: Machine<T>,
    database: &Database,
    observer: &mut (dyn Observer + Send),
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
            Command::Open(link) => match (database.connect)().await {
                Ok(connected) => {
                    *links.at(link) = Some(Arc::new(Connection::new(connected)));
                    Reply::Done
                }
                Err(failure) => Reply::Failed(failure),
            },
            Command::Run(run) if flow == Flow::StopUnread => {
                links.send(&run).await;
                Reply::Done
            }
            Command::Run(run) => {
                let reply;
                let tell = |event| observer.event(&Stamped::now(event));
                (reply, watched) = links.run(&run, tell).await;
                reply
            }
            Command::Begin(run) if flow == Flow::StopUnread => {
                links.send(&run).await;
                Reply::Done
            }
            Command::Begin(run) => {
                links.begin(run);
                Reply::Done
            }
            Command::Await(most) => links.wait(most).await,
            Command::Sleep(duration) => {
                tokio::time::sleep(duration).await;
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

/// A client whose connection goes when it goes.
struct Connection {
    client: Client,
    task: JoinHandle<()>,
}

impl Connection {
    fn new((client, run): Connected) -> Self {
        Self {
            client,
            task: tokio::spawn(run),
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[derive(Default)]
struct Links {
    work: Option<Arc<Connection>>,
    watch: Option<Arc<Connection>>,
    lanes: BTreeMap<usize, Option<Arc<Connection>>>,
    /// What is under way; it ends with the run.
    begun: JoinSet<(Link, Outcome)>,
}

impl Links {
    fn at(&mut self, link: Link) -> &mut Option<Arc<Connection>> {
        match link {
            Link::Work => &mut self.work,
            Link::Watch => &mut self.watch,
            Link::Lane(number) => self.lanes.entry(number).or_default(),
        }
    }

    /// The connection of that name, and the one that watches it.
    fn pair(&self, link: Link) -> (Option<&Arc<Connection>>, Option<&Arc<Connection>>) {
        let (work, watch) = (self.work.as_ref(), self.watch.as_ref());
        match link {
            Link::Work => (work, watch),
            Link::Watch => (watch, work),
            Link::Lane(number) => (self.lanes.get(&number).and_then(Option::as_ref), watch),
        }
    }

    async fn run(&self, run: &Run, tell: impl FnMut(Event)) -> (Reply, Option<Vec<Row>>) {
        let (own, other) = self.pair(run.on);
        watched(own.map(Arc::as_ref), other.map(Arc::as_ref), run, tell).await
    }

    fn begin(&mut self, run: Run) {
        let (own, other) = self.pair(run.on);
        let (own, other) = (own.cloned(), other.cloned());
        self.begun.spawn(async move {
            let started = Instant::now();
            let (reply, watched) = watched(own.as_deref(), other.as_deref(), &run, |_| {}).await;
            let outcome = Outcome {
                reply,
                watched,
                took: started.elapsed(),
            };
            (run.on, outcome)
        });
    }

    /// Waits for one of the answers.
    async fn wait(&mut self, most: Option<Duration>) -> Reply {
        let answered = match most {
            None => self.begun.join_next().await,
            Some(most) => match tokio::time::timeout(most, self.begun.join_next()).await {
                Ok(answered) => answered,
                Err(_) => return Reply::Done,
            },
        };
        match answered {
            Some(Ok((link, outcome))) => Reply::Answered(link, Box::new(outcome)),
            Some(Err(failed)) => Reply::Failed(Failure::connection(failed.to_string())),
            None => Reply::Failed(Failure::connection("nothing was begun")),
        }
    }

    /// Sends a statement and gives its bytes the time to leave.
    async fn send(&self, run: &Run) {
        if let (Some(own), _) = self.pair(run.on) {
            let statement = own.client.simple_query(&run.sql);
            let _unread = tokio::time::timeout(Duration::from_millis(2), statement).await;
        }
    }
}

/// Runs a statement on its connection, and asks on the other one, while it takes long, what it waits for.
async fn watched(
    own: Option<&Connection>,
    other: Option<&Connection>,
    run: &Run,
    mut tell: impl FnMut(Event),
) -> (Reply, Option<Vec<Row>>) {
    let Some(own) = own else {
        let closed = Failure::connection("the connection is not open");
        return (Reply::Failed(closed), None);
    };
    let mut statement = pin!(own.client.simple_query(&run.sql));
    let (Some(watch), Some(other)) = (&run.watch, other) else {
        return (reply(statement.await), None);
    };
    let (mut patience, mut last) = (watch.after, None);
    loop {
        if let Ok(answer) = tokio::time::timeout(patience, &mut statement).await {
            return (reply(answer), last);
        }
        let Reply::Results(all) = reply(other.client.simple_query(&watch.sql).await) else {
            return (reply(statement.await), last);
        };
        let found: Vec<Row> = all.into_iter().flat_map(|one| one.rows).collect();
        if !found.is_empty() {
            if let Some(event) = watch.event(&found) {
                tell(event);
            }
            last = Some(found);
        }
        patience = watch.every;
    }
}

/// This process as a registered instance: says that it lives until it leaves or is dropped.
pub struct Instance {
    id: String,
    lease: Duration,
    report: Report,
    heard: Arc<Mutex<Instant>>,
    stop: Option<oneshot::Sender<()>>,
    task: Option<JoinHandle<()>>,
}

impl Instance {
    fn begin(id: String, lease: Duration, database: Database) -> Self {
        let heard = Arc::new(Mutex::new(Instant::now()));
        let (stop, stopped) = oneshot::channel();
        let heart = Heart {
            id: id.clone(),
            lease,
            database,
            heard: Arc::clone(&heard),
            connection: None,
        };
        let task = tokio::spawn(heart.beat(stopped));
        Self {
            id,
            lease,
            report: Report::default(),
            heard,
            stop: Some(stop),
            task: Some(task),
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

    /// Leaves, and comes back when the others know. An instance that is only dropped leaves in the
    /// background, as long as the runtime lives.
    pub async fn leave(mut self) {
        drop(self.stop.take());
        if let Some(task) = self.task.take() {
            // A panic in there has nothing left to spoil.
            let _ended = task.await;
        }
    }
}

struct Heart {
    id: String,
    lease: Duration,
    database: Database,
    heard: Arc<Mutex<Instant>>,
    connection: Option<Connection>,
}

impl Heart {
    /// Beats three times in a lease, over a connection of its own that is opened anew when it breaks.
    async fn beat(mut self, mut stopped: oneshot::Receiver<()>) {
        while tokio::time::timeout(self.lease / 3, &mut stopped)
            .await
            .is_err()
        {
            let sent = Instant::now();
            if self.send(&heartbeat(&self.id)).await {
                *self.heard.lock().unwrap_or_else(PoisonError::into_inner) = sent;
            }
        }
        let sql = leave(&self.id);
        self.send(&sql).await;
    }

    /// Whether one row was changed: the instance is registered and nobody has taken it off.
    async fn send(&mut self, sql: &str) -> bool {
        if self
            .connection
            .as_ref()
            .is_none_or(|one| one.client.is_closed())
        {
            self.connection = (self.database.connect)().await.ok().map(Connection::new);
        }
        let Some(connection) = &self.connection else {
            return false;
        };
        let answer = reply(connection.client.simple_query(sql).await);
        matches!(answer, Reply::Results(all) if all.iter().any(|one| one.affected == 1))
    }
}
