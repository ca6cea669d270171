//! Who is told what happens during a run, and may stop it.

use std::time::{Duration, SystemTime};

use serde::{Serialize, Serializer};

use crate::run::{Command, Event, Place, Progress, RunError};

/// An event with the time at which the loop was told of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stamped {
    /// The version of this shape.
    pub version: u32,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
    /// When, by this machine's clock; RFC 3339 when serialised.
    #[serde(serialize_with = "rfc3339")]
    pub at: SystemTime,
}

impl Stamped {
    #[cfg(any(feature = "postgres", feature = "tokio-postgres"))]
    pub(super) fn now(event: Event) -> Self {
        Self {
            version: 1,
            event,
            at: SystemTime::now(),
        }
    }
}

/// Whether a run goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// On.
    Go,
    /// Stop without doing this command; the connections are dropped.
    Stop,
    /// Do this command and stop without looking at what became of it.
    StopUnread,
}

/// Watches a run. A closure that takes a [`Stamped`] is one.
pub trait Observer {
    /// Something happened.
    fn event(&mut self, event: &Stamped);

    /// Whether a backfill may go on; a reason makes it stand still, and is asked again after a while.
    /// Asked at most twice a second.
    fn consult(&mut self, _at: &Place, _progress: &Progress) -> Option<String> {
        None
    }

    /// A command is about to be done; a run that is told to stop can be taken up by the next one.
    fn command(&mut self, _command: &Command) -> Flow {
        Flow::Go
    }

    /// The run is over, in an error if there is one. A run that is dropped before its end, such as an
    /// asynchronous one that is cancelled, does not come to tell.
    fn ended(&mut self, _error: Option<&RunError>) {}
}

/// Two observers watch as one: each is asked and told everything, and a run stops where either says so.
impl<A: Observer, B: Observer> Observer for (A, B) {
    fn event(&mut self, event: &Stamped) {
        self.0.event(event);
        self.1.event(event);
    }

    fn consult(&mut self, at: &Place, progress: &Progress) -> Option<String> {
        let (first, second) = (self.0.consult(at, progress), self.1.consult(at, progress));
        first.or(second)
    }

    fn command(&mut self, command: &Command) -> Flow {
        match (self.0.command(command), self.1.command(command)) {
            (Flow::Stop, _) | (_, Flow::Stop) => Flow::Stop,
            (Flow::StopUnread, _) | (_, Flow::StopUnread) => Flow::StopUnread,
            (Flow::Go, Flow::Go) => Flow::Go,
        }
    }

    fn ended(&mut self, error: Option<&RunError>) {
        self.0.ended(error);
        self.1.ended(error);
    }
}

impl<F: FnMut(&Stamped)> Observer for F {
    fn event(&mut self, event: &Stamped) {
        self(event);
    }
}

/// An observer that does not care.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {
    fn event(&mut self, _event: &Stamped) {}
}

fn rfc3339<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    let since = time
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or(Duration::ZERO);
    let (days, second) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    let milli = since.subsec_millis();
    serializer.collect_str(&format_args!(
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z"
    ))
}

/// Year, month and day of a number of days since 1970-01-01 in the Gregorian calendar, by counting
/// from March, so that the leap day is the last one of a year, in eras of 400 years (146 097 days).
fn civil(days: u64) -> (u64, u64, u64) {
    // From 0000-03-01 to 1970-01-01.
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamped_event_is_one_flat_object() {
        let event = Event::Retry {
            at: Place {
                file: "V1.sql".to_owned(),
                step: 0,
                statement: 2,
            },
            attempt: 2,
            pause_ms: 50,
            reason: "lock".to_owned(),
        };
        let at = SystemTime::UNIX_EPOCH + Duration::from_millis(951_782_400_250);
        let text = serde_json::to_string(&Stamped {
            version: 1,
            event,
            at,
        })
        .unwrap();
        assert_eq!(
            text,
            r#"{"version":1,"event":"retry","file":"V1.sql","step":0,"statement":2,"attempt":2,"pause_ms":50,"reason":"lock","at":"2000-02-29T00:00:00.250Z"}"#
        );
    }
}
