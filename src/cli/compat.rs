//! `concertina compat`: every query of a release against the schema along migrations.

use super::input::{Format, MigrationArgs};
use super::releases::{self, ReleaseArg};
use super::{CliError, Outcome, output};
use crate::effects::walk_knowing;
use crate::report::CompatReport;
use crate::rules;

/// Shows which queries of a release the migrations break
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    migrations: MigrationArgs,
    /// The release and where its queries are: `.sql` files, a `.sqlx` folder, Rust source, what pg_stat_statements has counted (CSV, JSON or a postgresql:// URL), a recorded snapshot
    #[arg(long, value_name = "VERSION=PATH", required = true)]
    release: ReleaseArg,
    /// The role the application uses, where it is not the owner of everything
    #[arg(long, value_name = "NAME")]
    role: Option<String>,
    /// Shape of the output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) fn run(args: &Args) -> Result<Outcome, CliError> {
    let input = args.migrations.read()?;
    let release = releases::load(&args.release)?;
    let releases = [release];
    let [release] = &releases;
    let asked = rules::Input {
        history: &input.history,
        judged: &input.judged,
        releases: &releases,
        role: args.role.as_deref(),
        options: input.options,
    };
    // Each walks the migrations on its own, so they may do it side by side.
    let (report, findings) = std::thread::scope(|scope| {
        let checked = scope.spawn(|| rules::check_knowing(&asked, &input.known).findings);
        let timeline = walk_knowing(&input.known, &input.history, &input.judged, &input.options);
        let report = CompatReport::new(release, &input.judged, &timeline);
        match checked.join() {
            Ok(findings) => (report, findings),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    });
    let report = report.with_findings(&findings);
    match args.format {
        Format::Text => output::result(&report.to_text())?,
        Format::Json => output::json(&report)?,
    }
    Ok(if report.has_breaks() {
        Outcome::Objections
    } else {
        Outcome::Clean
    })
}
