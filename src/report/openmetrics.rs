//! How things stand as OpenMetrics text (OpenMetrics 1.0), for Prometheus and the like.

use std::fmt::Write;

use crate::run::Status;
use crate::run::metric::{METRICS, Sample};

/// The whole document, with `# EOF` at its end.
pub fn openmetrics_text(status: &Status) -> String {
    let samples = status.samples();
    let mut text = String::new();
    for metric in METRICS.iter().filter(|one| one.kind.is_of_status()) {
        let (name, kind) = (metric.name, metric.kind.as_str());
        // Writing to a String cannot fail.
        let _ = writeln!(text, "# TYPE {name} {kind}\n# HELP {name} {}", metric.help);
        for one in samples.iter().filter(|one| one.metric == *metric) {
            let _ = writeln!(text, "{name}{{{}}} {}", labels(one), one.value);
        }
    }
    text.push_str("# EOF\n");
    text
}

fn labels(sample: &Sample) -> String {
    let labels = sample.labels.iter().map(|(label, value)| {
        let value = value
            .replace('\\', "\\\\")
            .replace('"', "\\\"")
            .replace('\n', "\\n");
        format!("{label}=\"{value}\"")
    });
    labels.collect::<Vec<_>>().join(",")
}
