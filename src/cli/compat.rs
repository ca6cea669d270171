//! `concertina compat`: every query of a release against the schema along migrations.

use std::fmt::Display;

use serde::Serialize;

use super::input::{Format, MigrationArgs};
use super::releases::{self, ReleaseArg};
use super::{CliError, Outcome, output};
use crate::compat::roll_out;
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
    /// The release that is rolled out, and where its queries are: says of each phase whether the releases that are alive then work
    #[arg(long, value_name = "VERSION=PATH")]
    next_release: Option<ReleaseArg>,
    /// The role the application uses, where it is not the owner of everything
    #[arg(long, value_name = "NAME")]
    role: Option<String>,
    /// Shape of the output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) fn run(args: &Args) -> Result<Outcome, CliError> {
    let input = args.migrations.read()?;
    let mut releases = vec![releases::load(&args.release)?];
    if let Some(next) = &args.next_release {
        releases.push(releases::load(next)?);
    }
    let asked = rules::Input {
        history: &input.history,
        judged: &input.judged,
        releases: &releases,
        role: args.role.as_deref(),
        options: input.options,
    };
    let found = rules::judge(&asked, &input.known);
    let findings = &found.report.findings;
    let Some(next) = releases.get(1) else {
        let report = CompatReport::new(&releases[0], &input.judged, &found.breaks);
        let report = report.with_findings(findings);
        return show(args.format, &report, report.has_breaks());
    };
    let timeline = walk_knowing(&input.known, &input.history, &input.judged, &input.options);
    let stages = roll_out(&releases[..1], Some(next), &input.judged, &timeline);
    let stages = stages.with_findings(findings);
    show(args.format, &stages, !stages.works())
}

fn show(
    format: Format,
    document: &(impl Serialize + Display),
    breaks: bool,
) -> Result<Outcome, CliError> {
    match format {
        Format::Text => output::result(&document.to_string())?,
        Format::Json => output::json(document)?,
    }
    Ok(if breaks {
        Outcome::Objections
    } else {
        Outcome::Clean
    })
}
