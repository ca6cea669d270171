//! What the demonstration shows while it runs: its story, and how the traffic fares beside it.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::record::Felt;
use super::traffic::Load;
use crate::cli::{CliError, output};

/// How often a line is written where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// The story on standard output, the traffic on standard error.
pub(super) struct Screen {
    bar: ProgressBar,
    ended: Arc<AtomicBool>,
    ticker: Option<JoinHandle<()>>,
}

impl Screen {
    /// Begins to show how the traffic fares.
    pub(super) fn over(load: &Arc<Load>) -> Self {
        let bar = ProgressBar::new_spinner();
        let style = ProgressStyle::with_template("{spinner} {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        let ended = Arc::new(AtomicBool::new(false));
        let ticker = {
            let (load, bar, ended) = (Arc::clone(load), bar.clone(), Arc::clone(&ended));
            thread::spawn(move || watch(&load, &bar, &ended))
        };
        Self {
            bar,
            ended,
            ticker: Some(ticker),
        }
    }

    /// Tells a part of the story.
    pub(super) fn say(&self, text: &str) -> Result<(), CliError> {
        self.bar.suspend(|| output::result(&format!("{text}\n")))
    }

    /// Shows no more traffic.
    pub(super) fn end(mut self) {
        self.clear();
    }

    fn clear(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        if let Some(ticker) = self.ticker.take() {
            // It only draws: what it drew last does not matter.
            let _ = ticker.join();
        }
        self.bar.finish_and_clear();
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.clear();
    }
}

fn watch(load: &Load, bar: &ProgressBar, ended: &AtomicBool) {
    let terminal = std::io::stderr().is_terminal();
    let mut line = Instant::now();
    while !ended.load(Ordering::Relaxed) {
        let felt = load.record.so_far();
        if terminal {
            bar.set_message(summary(&felt));
            bar.tick();
        } else if line.elapsed() >= LINE_EVERY {
            line = Instant::now();
            output::note(&format!("  ... {}", summary(&felt)));
        }
        thread::sleep(Duration::from_millis(200));
    }
}

fn summary(felt: &Felt) -> String {
    format!(
        "{} requests, {} errors, median {}, worst {}",
        felt.requests,
        felt.errors,
        millis(felt.median),
        millis(felt.worst)
    )
}

/// A duration in milliseconds, as short as is useful.
pub(super) fn millis(duration: Duration) -> String {
    format!("{:.1} ms", duration.as_secs_f64() * 1000.0)
}

/// A table of what users felt, stage by stage.
pub(super) fn table(stages: &[Felt]) -> String {
    let mut text = format!(
        "  {:<52}{:>9}{:>8}{:>11}{:>11}{:>11}\n",
        "stage", "requests", "errors", "median", "p99", "worst"
    );
    for felt in stages {
        text += &format!(
            "  {:<52}{:>9}{:>8}{:>11}{:>11}{:>11}\n",
            felt.stage,
            felt.requests,
            felt.errors,
            millis(felt.median),
            millis(felt.p99),
            millis(felt.worst)
        );
    }
    text
}

/// A text with every line moved to the right.
pub(super) fn indented(text: &str, by: &str) -> String {
    let lines = text.trim_end().lines().map(|line| format!("{by}{line}"));
    lines.collect::<Vec<_>>().join("\n")
}
