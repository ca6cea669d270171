//! What users felt: the latency of every request from the moment it was due, stage by stage.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The requests of the whole demonstration.
#[derive(Debug)]
pub(super) struct Record {
    begun: Instant,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    stages: Vec<(String, Duration)>,
    requests: Vec<Sample>,
    errors: Vec<(Duration, String)>,
}

#[derive(Debug, Clone, Copy)]
struct Sample {
    due: Duration,
    latency: Duration,
}

/// What users felt during one stage, or in all.
#[derive(Debug, Clone, Default)]
pub(super) struct Felt {
    /// The stage.
    pub(super) stage: String,
    /// Requests that were due in it.
    pub(super) requests: usize,
    /// Those among them that were not served as they should.
    pub(super) errors: usize,
    /// Half of the requests took no longer.
    pub(super) median: Duration,
    /// All but one in a hundred took no longer.
    pub(super) p99: Duration,
    /// None took longer.
    pub(super) worst: Duration,
}

impl Record {
    /// Begins in a moment, when the first instance is up.
    pub(super) fn beginning_in(moment: Duration) -> Self {
        Self {
            begun: Instant::now() + moment,
            inner: Mutex::default(),
        }
    }

    /// When it began.
    pub(super) fn begun(&self) -> Instant {
        self.begun
    }

    /// Begins a stage now; the one before ends.
    pub(super) fn stage(&self, name: &str) {
        let now = self.begun.elapsed();
        self.inner().stages.push((name.to_owned(), now));
    }

    /// Notes a request that was due at an instant and has its answer now.
    pub(super) fn served(&self, due: Instant, error: Option<String>) {
        let latency = due.elapsed();
        let due = due.duration_since(self.begun);
        let mut inner = self.inner();
        inner.requests.push(Sample { due, latency });
        inner.errors.extend(error.map(|text| (due, text)));
    }

    /// Notes an error outside the requests that come by the clock.
    pub(super) fn failed(&self, error: String) {
        let now = self.begun.elapsed();
        self.inner().errors.push((now, error));
    }

    /// What users felt so far, in all.
    pub(super) fn so_far(&self) -> Felt {
        let inner = self.inner();
        inner.felt("in all", Duration::ZERO, Duration::MAX)
    }

    /// What users felt, stage by stage.
    pub(super) fn stages(&self) -> Vec<Felt> {
        let inner = self.inner();
        let ends = inner.stages.iter().skip(1).map(|(_, begun)| *begun);
        let ends = ends.chain([Duration::MAX]);
        let spans = inner.stages.iter().zip(ends);
        spans
            .map(|((name, begun), end)| inner.felt(name, *begun, end))
            .collect()
    }

    /// The first errors, each text once.
    pub(super) fn errors(&self) -> Vec<String> {
        let mut texts: Vec<String> = Vec::new();
        for (_, text) in &self.inner().errors {
            if !texts.contains(text) && texts.len() < 10 {
                texts.push(text.clone());
            }
        }
        texts
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Of the requests due from one moment to another.
    fn felt(&self, stage: &str, from: Duration, to: Duration) -> Felt {
        let within = |due: Duration| from <= due && due < to;
        let samples = self.requests.iter().filter(|sample| within(sample.due));
        let mut latencies: Vec<Duration> = samples.map(|sample| sample.latency).collect();
        latencies.sort_unstable();
        let at = |percent: usize| {
            let rank = (latencies.len() * percent).div_ceil(100).saturating_sub(1);
            latencies.get(rank).copied().unwrap_or_default()
        };
        Felt {
            stage: stage.to_owned(),
            requests: latencies.len(),
            errors: self.errors.iter().filter(|(due, _)| within(*due)).count(),
            median: at(50),
            p99: at(99),
            worst: at(100),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_latencies_that_occurred() {
        let sample = |millis| Sample {
            due: Duration::from_millis(millis),
            latency: Duration::from_millis(millis),
        };
        let inner = Inner {
            requests: (1..=200).map(sample).collect(),
            errors: vec![(Duration::from_millis(3), "no".to_owned())],
            ..Inner::default()
        };
        let felt = inner.felt("some", Duration::from_millis(1), Duration::from_millis(101));
        assert_eq!((felt.requests, felt.errors), (100, 1));
        assert_eq!(felt.median, Duration::from_millis(50));
        assert_eq!(felt.p99, Duration::from_millis(99));
        assert_eq!(felt.worst, Duration::from_millis(100));
    }
}
