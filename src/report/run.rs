//! What happens during a run, and how things stand, as text for people.

use std::fmt::Write;

use crate::run::{Blocker, Blocking, Event, Place, Progress, Report, Status};

/// One line for an event.
pub fn event_text(event: &Event) -> String {
    match event {
        Event::LeaderWaiting { holder, waited_ms } => {
            let holder = holder
                .as_ref()
                .map(|name| format!(" ({name})"))
                .unwrap_or_default();
            format!(
                "another runner{holder} is at work, waiting for {}",
                seconds(*waited_ms)
            )
        }
        Event::Adopted { file, source } => {
            format!("{file}: applied by {source} before, taken over")
        }
        Event::StepStarted { at, kind, steps } => {
            format!("{}: {kind} step {} of {steps}", at.file, at.step + 1)
        }
        Event::StandingBack { at, blockers } => {
            format!(
                "{}: standing back until they are done{}",
                place(at),
                in_the_way(blockers)
            )
        }
        Event::Waiting { at, blockers } => {
            format!("{}: waiting{}", place(at), in_the_way(blockers))
        }
        Event::LockWaiting {
            at,
            timeout_ms: 0,
            blockers,
        } => format!("{}: the lock is taken{}", place(at), in_the_way(blockers)),
        Event::LockWaiting {
            at,
            timeout_ms,
            blockers,
        } => format!(
            "{}: no lock within {timeout_ms} ms{}",
            place(at),
            in_the_way(blockers)
        ),
        Event::Retry {
            at,
            attempt,
            pause_ms,
            reason,
        } => {
            format!(
                "{}: attempt {attempt} in {pause_ms} ms ({reason})",
                place(at)
            )
        }
        Event::LockAcquired { at, attempts } => {
            format!("{}: locks taken at attempt {attempts}", place(at))
        }
        Event::Batch {
            at,
            table,
            rows,
            progress,
            took_ms,
        } => {
            format!(
                "{}: {rows} rows of {table} in {took_ms} ms, {}",
                place(at),
                progress_text(progress)
            )
        }
        Event::RowsHeld { at, rows, blockers } => format!(
            "{}: {rows} rows are held by others and come last{}",
            place(at),
            in_the_way(blockers)
        ),
        Event::Stopped { at, reason } => format!("{}: standing still: {reason}", place(at)),
        Event::GoingOn { at, stopped_ms } => {
            format!("{}: going on after {}", place(at), seconds(*stopped_ms))
        }
        Event::Remaining { at, rows } => {
            format!("{}: {rows} rows still match after the last pass", place(at))
        }
        Event::StepFinished { at } => format!("{}: step {} done", at.file, at.step + 1),
        Event::MigrationFinished { file, phase } => format!("{file}: applied ({phase})"),
        Event::Frozen { file, statement } => {
            format!(
                "{file}: edited since it was begun (statement {statement}); what was begun is finished"
            )
        }
        Event::GateHeld { file, reasons } => {
            let reasons: Vec<String> = reasons.iter().map(ToString::to_string).collect();
            format!("{file}: held: {}", reasons.join("; "))
        }
        Event::Deferred { file, reason } => format!("{file}: left for later: {reason}"),
        Event::Finished { applied, held } => {
            format!("{} applied, {} left for later", applied.len(), held.len())
        }
    }
}

/// What a run did, with the reasons for what it left.
pub fn run_text(report: &Report) -> String {
    let mut text = String::new();
    for file in &report.applied {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "applied {file}");
    }
    for held in &report.held {
        let _ = writeln!(text, "left    {} ({})", held.file, held.phase);
        for reason in &held.reasons {
            let _ = writeln!(text, "        {reason}");
        }
        if let Some(because) = &held.because {
            let _ = writeln!(text, "        it needs {because}");
        }
    }
    if text.is_empty() {
        "nothing to apply\n".to_owned()
    } else {
        text
    }
}

/// How things stand: state, migrations, fleet, what is in the way.
pub fn status_text(status: &Status) -> String {
    let mut text = format!("{}\n", status.state.as_str());
    for one in &status.migrations {
        let progress = one
            .progress
            .as_ref()
            .map(|progress| format!(", {}", progress_text(progress)))
            .unwrap_or_default();
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{:<8} {} ({}){progress}",
            one.state, one.file, one.phase
        );
        if let Some(left) = one.rows_left.filter(|left| *left > 0) {
            let _ = writeln!(
                text,
                "         {left} rows still matched after the last pass"
            );
        }
        if let Some(error) = &one.error {
            let _ = writeln!(text, "         {error}");
        }
    }
    for one in &status.instances {
        let alive = if one.alive { "alive" } else { "gone" };
        let _ = writeln!(
            text,
            "{alive:<8} instance {} of release {}, last seen {}",
            one.id, one.release, one.last_seen
        );
    }
    for one in &status.blocking {
        match one {
            Blocking::Gate { file, reasons } => {
                for reason in reasons {
                    let _ = writeln!(text, "waits    {file}: {reason}");
                }
            }
            Blocking::Stopped { file, reason } => {
                let _ = writeln!(text, "waits    {file}: {reason}");
            }
            Blocking::Lock(blocker) => {
                let _ = writeln!(text, "waits    for a lock: {blocker}");
            }
        }
    }
    text
}

/// How far a backfill is, in words.
pub fn progress_text(progress: &Progress) -> String {
    let share = if progress.total == 0 {
        100.0
    } else {
        100.0 * progress.done as f64 / progress.total as f64
    };
    let rate = progress
        .rate
        .map(|rate| format!(", {rate:.0} rows/s"))
        .unwrap_or_default();
    let left = progress
        .eta_s
        .map(|left| format!(", {left} s left"))
        .unwrap_or_default();
    format!("{share:.0} % of {} rows{rate}{left}", progress.total)
}

fn in_the_way(blockers: &[Blocker]) -> String {
    let blockers: Vec<String> = blockers.iter().map(ToString::to_string).collect();
    if blockers.is_empty() {
        String::new()
    } else {
        format!("; in the way: {}", blockers.join("; "))
    }
}

fn place(at: &Place) -> String {
    format!("{}: statement {}", at.file, at.statement + 1)
}

fn seconds(milliseconds: u64) -> String {
    format!("{:.1} s", milliseconds as f64 / 1000.0)
}
