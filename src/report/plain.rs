//! Findings as plain text: what a failing assertion prints.

use std::fmt;

use crate::rules::Report;

impl fmt::Display for Report {
    /// Each finding with its place, what to do, and the queries that it breaks.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for one in &self.findings {
            writeln!(
                f,
                "{}:{}: {}: {} ({})\n    {}",
                one.file,
                one.start.line,
                one.severity.as_str(),
                one.message,
                one.rule,
                one.help
            )?;
            for broken in &one.breaks {
                writeln!(
                    f,
                    "    breaks {} of release {} ({}:{}): {}",
                    broken.query, broken.release, broken.file, broken.line, broken.message
                )?;
            }
        }
        Ok(())
    }
}
