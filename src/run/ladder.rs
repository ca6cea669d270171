//! The lock ladder: short waits that grow to a ceiling, pauses in between, a bounded total, and who was in the way.

use std::time::Duration;

use super::command::{Link, Row, Watch};
use super::event::Blocker;
use super::lead::{Desk, millis};
use super::options::LockLimits;

/// How long each attempt may wait, and how much has been spent.
#[derive(Debug, Clone)]
pub(super) struct Ladder {
    limits: LockLimits,
    patient: bool,
    timeout: Duration,
    pub(super) spent: Duration,
    pub(super) attempt: u32,
}

impl Ladder {
    /// The ladder of a step; a patient one waits long at once, since nobody waits behind it.
    pub(super) fn new(limits: LockLimits, patient: bool) -> Self {
        let timeout = if patient {
            limits.patience
        } else {
            limits.first.min(limits.ceiling)
        };
        Self {
            limits,
            patient,
            timeout,
            spent: Duration::ZERO,
            attempt: 1,
        }
    }

    /// The `lock_timeout` of this attempt; at least 1 ms, since 0 would mean for ever.
    pub(super) fn timeout(&self) -> Duration {
        self.timeout.max(Duration::from_millis(1))
    }

    /// As PostgreSQL takes it.
    pub(super) fn timeout_setting(&self) -> String {
        format!("{}ms", millis(self.timeout()))
    }

    /// What to ask when a statement of this attempt has waited for most of its time.
    pub(super) fn watch(&self, pid: i32) -> Watch {
        Watch {
            after: (self.timeout() / 2).min(Duration::from_secs(1)),
            sql: blockers_of(pid),
        }
    }

    /// The pause before the next attempt, in which those who queued behind us get through;
    /// none when the budget does not allow another one.
    pub(super) fn climb(&mut self, took: Duration) -> Option<Duration> {
        self.spent += took;
        let pause = self.timeout() * 5;
        let next = if self.patient {
            self.timeout
        } else {
            (self.timeout * 2).min(self.limits.ceiling)
        };
        let budget = if self.patient {
            self.limits.patience
        } else {
            self.limits.budget
        };
        if self.spent + pause + next > budget {
            return None;
        }
        self.spent += pause;
        self.timeout = next;
        self.attempt += 1;
        Some(pause)
    }
}

/// SQL that names who keeps a process waiting, without the text of their queries.
pub(super) fn blockers_of(pid: i32) -> String {
    format!(
        "SELECT a.pid, a.application_name, coalesce(a.state, a.backend_type),
                coalesce(upper(substring(a.query FROM '^\\s*([a-zA-Z]+)')), ''),
                coalesce(round(extract(epoch FROM clock_timestamp() - a.xact_start) * 1000), 0)::bigint
         FROM pg_stat_activity a WHERE a.pid = ANY (pg_blocking_pids({pid})) ORDER BY a.pid"
    )
}

/// Reads what [`blockers_of`] gives.
pub(super) fn blockers(rows: &[Row]) -> Vec<Blocker> {
    let read = |row: &Row| {
        let column = |at: usize| row.get(at)?.clone();
        Some(Blocker {
            pid: column(0)?.parse().ok()?,
            application: column(1).unwrap_or_default(),
            state: column(2).unwrap_or_default(),
            command: column(3).unwrap_or_default(),
            transaction_ms: column(4)?.parse().unwrap_or_default(),
        })
    };
    rows.iter().filter_map(read).collect()
}

impl Desk {
    /// Opens the second connection, from which waits are looked at.
    pub(super) async fn open_watch(&self) -> Result<(), super::RunError> {
        self.port.open(Link::Watch).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_attempt_waits_without_bound_and_all_stay_within_the_budget() {
        let limits = LockLimits {
            budget: Duration::from_secs(5),
            ..LockLimits::default()
        };
        let mut ladder = Ladder::new(limits, false);
        let mut timeouts = vec![ladder.timeout().as_millis()];
        while ladder.climb(ladder.timeout()).is_some() {
            timeouts.push(ladder.timeout().as_millis());
        }
        assert_eq!(timeouts, [10, 20, 40, 80, 160, 320, 640]);
        assert!(ladder.spent <= limits.budget, "{:?}", ladder.spent);
    }
}
