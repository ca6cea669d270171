//! The lock ladder: not waiting at all, then short waits that grow to a ceiling, pauses in between, a bounded total.

use std::time::Duration;

use super::lead::millis;
use super::options::LockLimits;

/// Attempts that do not wait at all, before the first one that does.
const AT_ONCE: u32 = 3;
/// The pause after the first of them; each following one is twice as long.
const SHORT: Duration = Duration::from_millis(5);

/// How the locks of a step are waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// The tables are known: their locks are asked for without waiting first.
    Known,
    /// The tables are not known before the statements run.
    Unknown,
    /// Nobody's reads or writes wait behind us.
    Patient,
}

/// How long each attempt may wait, and how much has been spent.
#[derive(Debug, Clone)]
pub(super) struct Ladder {
    limits: LockLimits,
    manner: Manner,
    /// None: not at all.
    timeout: Option<Duration>,
    pub(super) spent: Duration,
    pub(super) attempt: u32,
}

impl Ladder {
    pub(super) fn new(limits: LockLimits, manner: Manner) -> Self {
        let first = limits.first.min(limits.ceiling);
        Self {
            limits,
            manner,
            timeout: match manner {
                Manner::Known => None,
                Manner::Unknown => Some(first),
                Manner::Patient => Some(limits.patience),
            },
            spent: Duration::ZERO,
            attempt: 1,
        }
    }

    /// Whether this attempt waits for no lock that we know of.
    pub(super) fn is_at_once(&self) -> bool {
        self.timeout.is_none()
    }

    /// The `lock_timeout` of this attempt; at least 1 ms, since 0 would mean for ever.
    pub(super) fn timeout(&self) -> Duration {
        let first = self.limits.first.min(self.limits.ceiling);
        self.timeout.unwrap_or(first).max(Duration::from_millis(1))
    }

    /// As PostgreSQL takes it.
    pub(super) fn timeout_setting(&self) -> String {
        setting(self.timeout())
    }

    /// The part of it for each of several locks that are asked for one after the other: whoever queues
    /// behind the first of them waits for all.
    pub(super) fn share_setting(&self, locks: usize) -> String {
        let locks = u32::try_from(locks).unwrap_or(u32::MAX).max(1);
        setting(self.timeout() / locks)
    }

    /// The pause before the next attempt, in which those who queued behind us get through;
    /// none when the budget does not allow another one.
    pub(super) fn climb(&mut self, took: Duration) -> Option<Duration> {
        self.spent += took;
        let first = self.limits.first.min(self.limits.ceiling);
        let (pause, next) = match self.timeout {
            None => {
                let pause = SHORT * 2_u32.pow(self.attempt.min(AT_ONCE) - 1);
                (pause, (self.attempt >= AT_ONCE).then_some(first))
            }
            Some(timeout) => {
                let pause = timeout.max(Duration::from_millis(1)) * 5;
                let next = match self.manner {
                    Manner::Patient => timeout,
                    Manner::Known | Manner::Unknown => (timeout * 2).min(self.limits.ceiling),
                };
                (pause, Some(next))
            }
        };
        let budget = match self.manner {
            Manner::Patient => self.limits.patience,
            Manner::Known | Manner::Unknown => self.limits.budget,
        };
        if self.spent + pause + next.unwrap_or_default() > budget {
            return None;
        }
        self.spent += pause;
        self.timeout = next;
        self.attempt += 1;
        Some(pause)
    }

    /// For how long to stand back for those who would keep us waiting, before asking in spite of them.
    pub(super) fn courtesy(&self) -> Duration {
        let left = self.limits.budget.saturating_sub(self.spent);
        self.limits.courtesy.min(left / 2)
    }

    /// Who has held a lock for longer than that will hardly let it go while an attempt of ours waits.
    pub(super) fn long(&self) -> Duration {
        self.limits.ceiling
    }
}

fn setting(duration: Duration) -> String {
    format!("{}ms", millis(duration).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timeouts(manner: Manner) -> (Vec<u128>, Ladder) {
        let limits = LockLimits {
            budget: Duration::from_secs(5),
            ceiling: Duration::from_millis(200),
            ..LockLimits::default()
        };
        let mut ladder = Ladder::new(limits, manner);
        let asked = |ladder: &Ladder| {
            if ladder.is_at_once() {
                0
            } else {
                ladder.timeout().as_millis()
            }
        };
        let mut timeouts = vec![asked(&ladder)];
        while ladder
            .climb(Duration::from_millis(asked(&ladder) as u64))
            .is_some()
        {
            timeouts.push(asked(&ladder));
        }
        (timeouts, ladder)
    }

    #[test]
    fn no_attempt_waits_without_bound_and_all_stay_within_the_budget() {
        let (known, ladder) = timeouts(Manner::Known);
        assert_eq!(known, [0, 0, 0, 10, 20, 40, 80, 160, 200, 200, 200]);
        assert!(ladder.spent <= Duration::from_secs(5), "{:?}", ladder.spent);
        let (unknown, ladder) = timeouts(Manner::Unknown);
        assert_eq!(unknown, [10, 20, 40, 80, 160, 200, 200, 200]);
        assert!(ladder.spent <= Duration::from_secs(5), "{:?}", ladder.spent);
    }

    #[test]
    fn several_locks_share_the_time_of_an_attempt() {
        let ladder = Ladder::new(LockLimits::default(), Manner::Unknown);
        assert_eq!(ladder.share_setting(1), "10ms");
        assert_eq!(ladder.share_setting(4), "2ms");
        assert_eq!(ladder.share_setting(400), "1ms");
    }
}
