//! The queries of a release, sent at random by the clock while the schema changes under them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use ::postgres::types::Type;
use ::postgres::{Client, Config, NoTls};

use super::rows::value_of;
use crate::client::connect::{failure, place, unreachable};
use crate::compat::Release;
use crate::run::{Failure, RunError};
use crate::schema::Catalogue;
use crate::sql::ast::TypeName;

/// Connections of each release.
const CONNECTIONS: u32 = 2;

/// One request.
#[derive(Debug)]
pub(super) struct Asked {
    /// The query, as an index into its release's.
    pub(super) query: usize,
    /// When the clock said that it comes.
    pub(super) due: Instant,
    /// From then to the answer.
    pub(super) took: Duration,
    /// What the server refused.
    pub(super) refused: Option<Refused>,
}

impl Asked {
    /// Whether it was under way at some moment of that time.
    pub(super) fn is_during(&self, from: Instant, to: Instant) -> bool {
        self.due <= to && self.due + self.took >= from
    }
}

/// An error, with the constraint that it names.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) failure: Failure,
    pub(super) constraint: Option<String>,
}

/// What a release needs to be played.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) release: Arc<Release>,
    /// Of the types that its parameters may have.
    pub(super) catalogue: Arc<Catalogue>,
    /// Values are those of so many rows, and of as many that are not there.
    pub(super) rows: u64,
    /// Requests in a second.
    pub(super) rate: u32,
}

/// An instance of a release that is asked all the time.
#[derive(Debug)]
pub(super) struct Instance {
    log: Arc<Mutex<Vec<Asked>>>,
    stopping: Arc<AtomicBool>,
    workers: Vec<JoinHandle<()>>,
    /// The queries that could not be prepared, and why.
    pub(super) unusable: Vec<(usize, Failure)>,
}

impl Instance {
    /// Connects, prepares the queries and begins.
    ///
    /// # Errors
    /// There is no connection.
    pub(super) fn start(part: &Part, config: &Config) -> Result<Self, RunError> {
        let mut instance = Self {
            log: Arc::default(),
            stopping: Arc::default(),
            workers: Vec::new(),
            unusable: Vec::new(),
        };
        for number in 0..CONNECTIONS {
            let mut client = connect(config)?;
            let (prepared, unusable) = prepare(&mut client, part)?;
            instance.unusable = unusable;
            if prepared.is_empty() {
                continue;
            }
            let (part, log, stopping) = (
                part.clone(),
                Arc::clone(&instance.log),
                Arc::clone(&instance.stopping),
            );
            let every = Duration::from_secs(1) * CONNECTIONS / part.rate.max(1);
            instance.workers.push(thread::spawn(move || {
                let mut dice = Dice(u64::from(number));
                let mut due = Instant::now() + every * number / CONNECTIONS;
                while !stopping.load(Ordering::Relaxed) {
                    thread::sleep(due.saturating_duration_since(Instant::now()));
                    let Some(one) = prepared.get(dice.below(prepared.len() as u64) as usize) else {
                        return;
                    };
                    let refused = ask(&mut client, &part, one, &mut dice);
                    let lost = client.is_closed();
                    let asked = Asked {
                        query: one.query,
                        due,
                        took: due.elapsed(),
                        refused: refused.err(),
                    };
                    log.lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push(asked);
                    if lost {
                        return;
                    }
                    due += every;
                }
            }));
        }
        Ok(instance)
    }

    /// Lets every connection finish what it asks; gives all that was asked.
    pub(super) fn stop(self) -> Vec<Asked> {
        self.stopping.store(true, Ordering::Relaxed);
        for worker in self.workers {
            // A worker does not panic; if it did, its request is missing from the log.
            let _ = worker.join();
        }
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *log)
    }
}

pub(super) fn connect(config: &Config) -> Result<Client, RunError> {
    let connected = config.connect(NoTls);
    connected.map_err(|error| RunError::Connect(Box::new(unreachable(&place(config), &error))))
}

/// A query that is prepared under a name.
struct Prepared {
    query: usize,
    parameters: Vec<TypeName>,
}

/// What could be prepared, and what could not and why.
type Usable = (Vec<Prepared>, Vec<(usize, Failure)>);

fn prepare(client: &mut Client, part: &Part) -> Result<Usable, RunError> {
    let set = client.batch_execute("SET statement_timeout = '30s'");
    set.map_err(|error| RunError::Sql {
        doing: "to prepare a connection".to_owned(),
        failure: Box::new(failure(&error)),
    })?;
    let (mut prepared, mut unusable) = (Vec::new(), Vec::new());
    for (query, one) in part.release.queries.iter().enumerate() {
        let described = client.prepare(&one.sql).and_then(|described| {
            client.batch_execute(&format!("PREPARE asked_{query} AS {}", one.sql))?;
            Ok(described)
        });
        match described {
            Ok(described) => prepared.push(Prepared {
                query,
                parameters: described.params().iter().map(type_name).collect(),
            }),
            Err(error) => unusable.push((query, failure(&error))),
        }
    }
    Ok((prepared, unusable))
}

fn type_name(ty: &Type) -> TypeName {
    let (name, array) = match ty.name().strip_prefix('_') {
        Some(element) => (element, true),
        None => (ty.name(), false),
    };
    let mut made = TypeName::plain(name);
    if ty.schema() != "pg_catalog" {
        made.schema = Some(ty.schema().into());
    }
    made.array = array;
    made
}

fn ask(client: &mut Client, part: &Part, one: &Prepared, dice: &mut Dice) -> Result<(), Refused> {
    let given: Vec<String> = one
        .parameters
        .iter()
        .map(|ty| {
            let number = 1 + dice.below(2 * part.rows.max(1));
            value_of(&part.catalogue, ty, &number.to_string(), &[])
        })
        .collect();
    let given = match given.is_empty() {
        true => String::new(),
        false => format!("({})", given.join(", ")),
    };
    let sent = client.batch_execute(&format!("EXECUTE asked_{}{given}", one.query));
    sent.map_err(|error| Refused {
        constraint: error
            .as_db_error()
            .and_then(|refusal| refusal.constraint().map(str::to_owned)),
        failure: failure(&error),
    })
}

/// Numbers that look random and are the same in every run (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound.max(1)
    }
}
