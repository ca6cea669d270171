//! Many databases, or schemas of them, with the same migrations: how many at once, who is next, what became of each.

#![cfg(any(feature = "postgres", feature = "tokio-postgres"))]

use std::sync::{Mutex, PoisonError};

use crate::run::{RunError, Runner};

/// One of many databases, or one of the schemas of a database.
#[derive(Debug, Clone)]
pub struct Target<D> {
    /// What it is called in reports; no connection string.
    pub name: String,
    /// Where it is: a `Database` of one of the drivers.
    pub database: D,
    /// The schema that the migrations are for; see [`Runner::schema`].
    pub schema: Option<String>,
}

impl<D> Target<D> {
    /// A whole database.
    pub fn new(name: impl Into<String>, database: D) -> Self {
        Self {
            name: name.into(),
            database,
            schema: None,
        }
    }

    /// One schema of it.
    #[must_use]
    pub fn schema(mut self, schema: impl Into<String>) -> Self {
        self.schema = Some(schema.into());
        self
    }

    pub(super) fn runner(&self, runner: &Runner) -> Runner {
        match &self.schema {
            Some(schema) => runner.clone().schema(schema),
            None => runner.clone(),
        }
    }
}

/// How many targets are worked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Many {
    parallel: usize,
    stop: bool,
}

impl Many {
    /// As many at once; at least one.
    pub fn at_once(parallel: usize) -> Self {
        Self {
            parallel: parallel.max(1),
            stop: false,
        }
    }

    /// Begins no other target once one has failed; those that are under way come to their end.
    #[must_use]
    pub fn stop_at_failure(mut self, stop: bool) -> Self {
        self.stop = stop;
        self
    }
}

/// What became of a target.
#[derive(Debug)]
pub struct Ended<T> {
    /// Its name.
    pub target: String,
    /// What a run on it gave; none where it was not begun, since another one had failed.
    pub result: Option<Result<T, RunError>>,
}

/// The list that the workers share: each takes the next target until there is none.
pub(super) struct Queue<T> {
    many: Many,
    targets: usize,
    state: Mutex<State<T>>,
}

struct State<T> {
    next: usize,
    failed: bool,
    ended: Vec<(usize, Result<T, RunError>)>,
}

impl<T> Queue<T> {
    pub(super) fn new(many: Many, targets: usize) -> Self {
        Self {
            many,
            targets,
            state: Mutex::new(State {
                next: 0,
                failed: false,
                ended: Vec::new(),
            }),
        }
    }

    /// How many workers are of use.
    pub(super) fn workers(&self) -> usize {
        self.many.parallel.min(self.targets)
    }

    /// The index of the target to begin now.
    pub(super) fn take(&self) -> Option<usize> {
        let mut state = self.lock();
        if state.next >= self.targets || (state.failed && self.many.stop) {
            return None;
        }
        state.next += 1;
        Some(state.next - 1)
    }

    pub(super) fn put(&self, at: usize, result: Result<T, RunError>) {
        let mut state = self.lock();
        state.failed |= result.is_err();
        state.ended.push((at, result));
    }

    /// What became of all of them, in their order.
    pub(super) fn ended<D>(&self, targets: &[Target<D>]) -> Vec<Ended<T>> {
        let mut results: Vec<Option<Result<T, RunError>>> = targets.iter().map(|_| None).collect();
        for (at, result) in std::mem::take(&mut self.lock().ended) {
            if let Some(place) = results.get_mut(at) {
                *place = Some(result);
            }
        }
        let ended = targets.iter().zip(results).map(|(target, result)| Ended {
            target: target.name.clone(),
            result,
        });
        ended.collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
