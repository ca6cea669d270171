//! Migrations applied through the runner, with what it tells shown beside the traffic.

use std::time::Duration;

use super::screen::Screen;
use crate::cli::CliError;
use crate::client::Stamped;
use crate::client::postgres::{Database, apply};
use crate::run::{Event, Report, Runner};

/// Runs what a runner is asked for and tells about it.
pub(super) fn run(
    runner: &Runner,
    database: &Database,
    screen: &Screen,
) -> Result<Report, CliError> {
    let mut teller = Teller::default();
    let report = apply(runner, database, &mut |stamped: &Stamped| {
        if let Some(line) = teller.line(&stamped.event) {
            // The demonstration goes on where its output is not read any more.
            let _ = screen.say(&format!("     {line}"));
        }
    })?;
    Ok(report)
}

/// Turns events into lines; batches are counted and told together.
#[derive(Default)]
struct Teller {
    batches: u32,
    rows: u64,
    longest: Duration,
}

impl Teller {
    fn line(&mut self, event: &Event) -> Option<String> {
        match event {
            Event::StandingBack { blockers, .. } => {
                let blockers: Vec<String> = blockers.iter().map(ToString::to_string).collect();
                Some(format!("standing back for {}", blockers.join("; ")))
            }
            Event::LockWaiting {
                timeout_ms,
                blockers,
                ..
            } => {
                let blockers: Vec<String> = blockers.iter().map(ToString::to_string).collect();
                let who = match blockers.as_slice() {
                    [] => "nobody was seen in the way".to_owned(),
                    _ => format!("in the way: {}", blockers.join("; ")),
                };
                Some(format!(
                    "no lock within {timeout_ms} ms, let the traffic pass; {who}"
                ))
            }
            Event::LockAcquired { attempts, .. } if *attempts > 1 => {
                Some(format!("got the lock at attempt {attempts}"))
            }
            Event::Batch { rows, took_ms, .. } => {
                self.batches += 1;
                self.rows += rows;
                self.longest = self.longest.max(Duration::from_millis(*took_ms));
                None
            }
            Event::MigrationFinished { file, phase } => {
                let filled = match self.batches {
                    0 => String::new(),
                    batches => format!(
                        ": {} rows in {batches} batches, the longest took {} ms",
                        self.rows,
                        self.longest.as_millis()
                    ),
                };
                *self = Self::default();
                Some(format!("applied {file} ({phase}){filled}"))
            }
            Event::GateHeld { file, reasons } => {
                let reasons: Vec<String> = reasons
                    .iter()
                    .map(|one| format!("\n       - {one}"))
                    .collect();
                Some(format!("held {file}, since{}", reasons.concat()))
            }
            _ => None,
        }
    }
}
