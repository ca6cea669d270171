//! How things stand as OpenMetrics text (OpenMetrics 1.0), for Prometheus and the like.

use std::fmt::Write;

use crate::run::Status;
use crate::run::metric::METRICS;

/// The whole document, with `# EOF` at its end.
pub fn openmetrics_text(status: &Status) -> String {
    document(&[(None, status)])
}

/// The same of many databases or schemas, whose names are the label `database`.
pub fn openmetrics_all_text(all: &[(&str, &Status)]) -> String {
    let named: Vec<_> = all
        .iter()
        .map(|(name, status)| (Some(*name), *status))
        .collect();
    document(&named)
}

fn document(all: &[(Option<&str>, &Status)]) -> String {
    let samples: Vec<_> = all
        .iter()
        .map(|(name, status)| (*name, status.samples()))
        .collect();
    let mut text = String::new();
    for metric in METRICS.iter().filter(|one| one.kind.is_of_status()) {
        let (name, kind) = (metric.name, metric.kind.as_str());
        // Writing to a String cannot fail.
        let _ = writeln!(text, "# TYPE {name} {kind}\n# HELP {name} {}", metric.help);
        for (database, samples) in &samples {
            for one in samples.iter().filter(|one| one.metric == *metric) {
                let own = one
                    .labels
                    .iter()
                    .map(|(label, value)| label_text(label, value));
                let database = database.iter().map(|name| label_text("database", name));
                let labels: Vec<String> = database.chain(own).collect();
                let _ = writeln!(text, "{name}{{{}}} {}", labels.join(","), one.value);
            }
        }
    }
    text.push_str("# EOF\n");
    text
}

fn label_text(label: &str, value: &str) -> String {
    let value = value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n");
    format!("{label}=\"{value}\"")
}
