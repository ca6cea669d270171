//! Ranges of a backfill: the key it goes along, the position in it, and the SQL conditions for both.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::event::Progress;
use super::quote::text;

/// A backfill as it stands in the journal.
#[derive(Debug, Clone)]
pub(super) struct State {
    pub(super) key: Vec<Key>,
    /// The greatest key when it began; none of an empty table.
    pub(super) upper: Option<Vec<String>>,
    /// The last key done in this pass.
    pub(super) position: Option<Vec<String>>,
    pub(super) pass: u32,
    pub(super) changed: u64,
    pub(super) passed: u64,
    pub(super) total: u64,
    pub(super) size: u64,
    /// Rows passed in a second, pauses included.
    pub(super) rate: Option<f64>,
    /// Keys (of a table without one: pages) of rows before the position that somebody held.
    pub(super) held: Vec<Vec<String>>,
    /// Where it is a part of a backfill with several workers: which, and the whole.
    pub(super) lane: Option<Lane>,
}

/// One part of a backfill that has several.
#[derive(Debug, Clone)]
pub(super) struct Lane {
    /// From 0.
    pub(super) number: usize,
    pub(super) whole: Arc<Mutex<Whole>>,
}

/// How far the parts are together.
#[derive(Debug)]
pub(super) struct Whole {
    /// Rows passed by all of them.
    pub(super) passed: u64,
    /// How many of those by this run.
    pub(super) now: u64,
    /// When this run began with them, and when one of them has last told of a batch.
    pub(super) since: (Duration, Duration),
    /// The end of the last part.
    pub(super) end: Vec<String>,
    /// The parts that are not passed yet, by their numbers.
    pub(super) going: BTreeSet<usize>,
    /// The processes that serve this run.
    pub(super) own: Vec<i32>,
}

/// A key column; a table without key has one of them, the page number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Key {
    /// As it must be written in SQL; `ctid` stands for the page number.
    pub(super) column: String,
    /// Its type as `format_type` spells it.
    pub(super) ty: String,
}

impl Lane {
    pub(super) fn lock(&self) -> MutexGuard<'_, Whole> {
        self.whole.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    pub(super) fn is_paged(&self) -> bool {
        self.key.iter().any(|key| key.column == "ctid")
    }

    fn columns(&self) -> String {
        let names: Vec<&str> = self.key.iter().map(|one| one.column.as_str()).collect();
        names.join(", ")
    }

    /// The key of a row as texts, for a select list; `of` stands before each column.
    pub(super) fn texts(&self, of: &str) -> String {
        if self.is_paged() {
            return format!("(({of}ctid::text::point)[0])::bigint::text");
        }
        let texts = self
            .key
            .iter()
            .map(|one| format!("{of}{}::text", one.column));
        texts.collect::<Vec<_>>().join(", ")
    }

    /// The key of a row for ORDER BY; `of` stands before each column. Without it a column there would
    /// be the text in the select list.
    pub(super) fn order(&self, of: &str, direction: &str) -> String {
        let each = self
            .key
            .iter()
            .map(|one| format!("{of}{}{direction}", one.column));
        each.collect::<Vec<_>>().join(", ")
    }

    fn row(&self, values: &[String]) -> String {
        let typed: Vec<String> = self
            .key
            .iter()
            .zip(values)
            .map(|(key, value)| format!("{}::{}", text(value), key.ty))
            .collect();
        format!("({})", typed.join(", "))
    }

    /// The condition that a row lies after the position and not after `to`.
    pub(super) fn range(&self, to: &[String]) -> String {
        let from = self.position.as_deref();
        if self.is_paged() {
            let low = from.map_or(0, page);
            return pages(low, page(to));
        }
        let columns = self.columns();
        let upper = format!("({columns}) <= {}", self.row(to));
        match from {
            Some(from) => format!("({columns}) > {} AND {upper}", self.row(from)),
            None => upper,
        }
    }

    /// The condition that a row is one of some held ones.
    pub(super) fn among(&self, held: &[Vec<String>]) -> String {
        if self.is_paged() {
            let each = held
                .iter()
                .map(|one| format!("({})", pages(page(one), page(one) + 1)));
            return format!("({})", each.collect::<Vec<_>>().join(" OR "));
        }
        let rows: Vec<String> = held.iter().map(|one| self.row(one)).collect();
        format!("({}) IN ({})", self.columns(), rows.join(", "))
    }

    /// How many pages the table has, where it is paged and this is the end of the state.
    pub(super) fn pages(&self, upper: &[String]) -> u64 {
        match &self.lane {
            None => page(upper),
            Some(lane) => page(&lane.lock().end),
        }
    }

    /// Notes rows that were passed.
    pub(super) fn pass(&mut self, rows: u64, now: Duration) {
        self.passed += rows;
        if let Some(lane) = &self.lane {
            let mut whole = lane.lock();
            (whole.passed, whole.now) = (whole.passed + rows, whole.now + rows);
            whole.since.1 = now;
        }
    }

    /// How far the backfill is as a whole.
    pub(super) fn progress(&self) -> Progress {
        let (passed, rate) = match &self.lane {
            None => (self.passed, self.rate),
            Some(lane) => {
                let whole = lane.lock();
                let (began, last) = whole.since;
                let seconds = last.saturating_sub(began).as_secs_f64();
                let rate = (seconds > 0.0).then(|| whole.now as f64 / seconds);
                (whole.passed, rate)
            }
        };
        let left = self.total.saturating_sub(passed);
        Progress {
            done: passed,
            total: self.total.max(passed),
            rate,
            eta_s: rate
                .filter(|rate| *rate > 0.0)
                .map(|rate| (left as f64 / rate).ceil() as u64),
        }
    }
}

/// The page number that stands for a key.
pub(super) fn page(values: &[String]) -> u64 {
    values.first().and_then(|one| one.parse().ok()).unwrap_or(0)
}

fn pages(from: u64, to: u64) -> String {
    format!("ctid >= '({from},0)'::tid AND ctid < '({to},0)'::tid")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(key: &[(&str, &str)]) -> State {
        let key = key.iter().map(|(column, ty)| Key {
            column: (*column).to_owned(),
            ty: (*ty).to_owned(),
        });
        State {
            key: key.collect(),
            upper: None,
            position: None,
            pass: 1,
            changed: 0,
            passed: 0,
            total: 0,
            size: 1,
            rate: None,
            held: Vec::new(),
            lane: None,
        }
    }

    fn values(all: &[&str]) -> Vec<String> {
        all.iter().map(|one| (*one).to_owned()).collect()
    }

    #[test]
    fn a_range_begins_after_the_position_and_ends_with_its_bound() {
        let mut keyed = state(&[("a", "integer"), ("\"B\"", "text")]);
        let to = values(&["7", "o'x"]);
        assert_eq!(
            keyed.range(&to),
            "(a, \"B\") <= ('7'::integer, 'o''x'::text)"
        );
        keyed.position = Some(values(&["1", "y"]));
        assert_eq!(
            keyed.range(&to),
            "(a, \"B\") > ('1'::integer, 'y'::text) AND (a, \"B\") <= ('7'::integer, 'o''x'::text)"
        );
        let mut paged = state(&[("ctid", "tid")]);
        paged.position = Some(values(&["64"]));
        assert_eq!(
            paged.range(&values(&["128"])),
            "ctid >= '(64,0)'::tid AND ctid < '(128,0)'::tid"
        );
        assert_eq!(
            paged.among(&[values(&["3"])]),
            "((ctid >= '(3,0)'::tid AND ctid < '(4,0)'::tid))"
        );
    }
}
