//! `concertina check`: lints migrations, and checks releases against every schema on the way.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;

use clap::ValueEnum;
use clap::builder::PossibleValuesParser;

use super::input::{Input, MigrationArgs, TransactionArg};
use super::releases::{self, ReleaseArg};
use super::{CliError, Outcome, output};
use crate::compat::Release;
use crate::plan::Plan;
use crate::project::{self, Baseline, Since};
use crate::report::{FORMATS, Format, View};
use crate::rules::{self, Applicability, Edit, Level, Report, Severity};
use crate::schema::Catalogue;
use crate::sql::Migration;

/// Says what migrations lock, rewrite, lose and break
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    judging: JudgeArgs,
    /// Apply the fixes that lead to the same schema, then judge again
    #[arg(long)]
    fix: bool,
    /// With --fix: put the plan of each migration with an error in its place, as `concertina plan --write` does
    #[arg(long, requires = "fix", conflicts_with = "diff")]
    plan: bool,
    /// Show what --fix would write as a unified diff, and write nothing
    #[arg(long)]
    diff: bool,
    /// The lowest severity that fails the check [default: that of concertina.toml, else error]
    #[arg(long, value_enum)]
    fail_on: Option<FailOn>,
    /// Findings that were there before: only what is new is reported [default: that of concertina.toml]
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Shape of the output
    #[arg(long, value_name = "FORMAT", default_value = "text",
          value_parser = PossibleValuesParser::new(FORMATS.iter().map(|format| format.id)))]
    format: String,
    /// Write the report in another format to a file too, such as markdown=summary.md
    #[arg(long, value_name = "FORMAT=FILE")]
    also: Vec<AlsoArg>,
}

/// What is judged, by what knowledge.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct JudgeArgs {
    #[command(flatten)]
    migrations: MigrationArgs,
    /// A release that may be alive and where its queries are: `.sql` files, a `.sqlx` folder, Rust source, what pg_stat_statements has counted (CSV, JSON or a postgresql:// URL), a recorded snapshot
    #[arg(long, value_name = "VERSION=PATH")]
    release: Vec<ReleaseArg>,
    /// The role the application uses, where it is not the owner of everything
    #[arg(long, value_name = "NAME")]
    role: Option<String>,
    /// Take migrations and releases as they stand at this git revision, or at the newest tag of a pattern such as
    /// 'v*', and judge what is new or changed since
    #[arg(long, value_name = "REV", conflicts_with = "history")]
    against: Option<String>,
    /// Of the tags that --against names by a pattern, take every one of the last so many days as a release, and the one
    /// before them, which ran when those days began
    #[arg(long, value_name = "DAYS", requires = "against")]
    days: Option<u32>,
    /// Whether the runner wraps each file in a transaction (auto: as concertina.toml says, else as the layout's tool does)
    #[arg(long, value_enum, default_value_t = TransactionArg::Auto)]
    in_transaction: TransactionArg,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum FailOn {
    Error,
    Warning,
    Note,
}

/// A format and the file it goes into.
#[derive(Debug, Clone)]
struct AlsoArg {
    format: &'static Format,
    file: PathBuf,
}

impl FromStr for AlsoArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (id, file) = text.split_once('=').unwrap_or((text, ""));
        let format = crate::report::format(id);
        match format.filter(|_| !file.is_empty()) {
            Some(format) => Ok(Self {
                format,
                file: file.into(),
            }),
            None => {
                let ids: Vec<&str> = FORMATS.iter().map(|format| format.id).collect();
                Err(format!(
                    "write FORMAT=FILE, with one of the formats {}",
                    ids.join(", ")
                ))
            }
        }
    }
}

/// What was judged, and how it came out.
pub(super) struct Judged {
    pub(super) input: Input,
    pub(super) report: Report,
    /// The schema before each migration that something was found in, by its index among those judged.
    pub(super) before: BTreeMap<usize, Catalogue>,
}

pub(super) fn run(args: &Args) -> Result<Outcome, CliError> {
    let mut judged = args.judging.judge()?;
    let edits = safe_edits(&judged.report);
    if args.diff {
        let diff = project::diff_of_edits(&edits)?;
        output::result(&diff)?;
        return Ok(if diff.is_empty() {
            Outcome::Clean
        } else {
            Outcome::Objections
        });
    }
    if args.fix {
        let applied = project::apply_edits(&edits)?;
        if applied > 0 {
            output::note(&format!("note: {applied} edits made"));
            judged = args.judging.judge()?;
        }
    }
    if args.plan {
        let replaced = super::plan::replace(&args.judging.migrations, &judged, |migration| {
            has_error(&judged.report, migration)
        })?;
        if !replaced.is_empty() {
            let mut judging = args.judging.clone();
            judging.migrations.judged.replace(&replaced);
            judged = judging.judge()?;
        }
    }
    show_plans(&mut judged);
    let Judged {
        input, mut report, ..
    } = judged;
    if let Some(file) = args.baseline.as_ref().or(input.config.baseline.as_ref()) {
        let baseline = Baseline::read(file)?;
        let stale = baseline.filter(&mut report.findings, &input.judged);
        report.recount();
        for one in &stale {
            output::note(&format!("note: {}: {one}", file.display()));
        }
        if !stale.is_empty() {
            output::note("note: `concertina baseline` writes it anew");
        }
    }
    let view = |colour| View {
        report: &report,
        sources: &input.judged,
        colour,
    };
    for also in &args.also {
        let text = (also.format.render)(&view(false));
        project::write_text(&also.file, &text)?;
    }
    // The parser lets only known ids through.
    let format = crate::report::format(&args.format).unwrap_or(&FORMATS[0]);
    // Standard output drops the colours where nobody sees them.
    output::result(&(format.render)(&view(true)))?;
    let named = args.fail_on.map(|fail_on| match fail_on {
        FailOn::Error => Severity::Error,
        FailOn::Warning => Severity::Warning,
        FailOn::Note => Severity::Note,
    });
    let failing = named.or(input.config.fail_on).unwrap_or(Severity::Error);
    Ok(if report.fails(failing) {
        Outcome::Objections
    } else {
        Outcome::Clean
    })
}

fn has_error(report: &Report, migration: &Migration) -> bool {
    let mut findings = report.findings.iter();
    findings.any(|one| one.file == migration.file && one.severity == Severity::Error)
}

/// Says in the help of errors what the plan is that avoids them.
fn show_plans(judged: &mut Judged) {
    let plans = super::plan::plans(judged, |migration| has_error(&judged.report, migration));
    let names = |plan: Plan| {
        let names = plan.migrations.into_iter().map(|one| one.name);
        names.collect::<Vec<String>>().join(", ")
    };
    let plans = plans.into_iter().filter_map(|(migration, plan)| {
        let file = migration.file.clone();
        plan.ok().map(|plan| (file, names(plan)))
    });
    let plans: BTreeMap<String, String> = plans.collect();
    let findings = judged.report.findings.iter_mut();
    for finding in findings.filter(|one| one.severity == Severity::Error) {
        if let Some(names) = plans.get(&finding.file) {
            finding.help += &format!("; the plan of this file: {names}");
        }
    }
}

fn safe_edits(report: &Report) -> Vec<Edit> {
    let fixes = report.findings.iter().flat_map(|finding| &finding.fixes);
    let safe = fixes.filter(|fix| fix.applicability == Applicability::Safe);
    safe.flat_map(|fix| fix.edits.clone()).collect()
}

impl JudgeArgs {
    /// Reads everything and judges it.
    pub(super) fn judge(&self) -> Result<Judged, CliError> {
        let mut input = self.read()?;
        if let Some(forced) = self.in_transaction.forced() {
            input.options.in_transaction = Some(forced);
        }
        let releases = self.releases(&input)?;
        let asked = rules::Input {
            history: &input.history,
            judged: &input.judged,
            releases: &releases,
            role: self.role.as_deref(),
            options: input.options,
        };
        let rules::Judged {
            mut report, before, ..
        } = rules::judge(&asked, &input.known);
        let config = &input.config;
        report.relevel(|finding| {
            if input.between.contains(&finding.file) {
                Some(Level::Off)
            } else {
                config.level(finding)
            }
        });
        Ok(Judged {
            input,
            report,
            before,
        })
    }

    /// The releases that are named; else those of the configuration. With a revision, their queries as they stood
    /// there.
    fn releases(&self, input: &Input) -> Result<Vec<Release>, CliError> {
        let (all, since): (Vec<ReleaseArg>, _) = match self.release.as_slice() {
            [] => {
                let all = input.config.releases.iter();
                let all = all.map(|(version, path)| ReleaseArg {
                    version: version.clone(),
                    path: path.clone(),
                });
                let configured = input.config.against.clone();
                (all.collect(), self.since().or(configured))
            }
            named => (named.to_vec(), self.since()),
        };
        let mut releases = Vec::new();
        for release in &all {
            let then = since.as_ref();
            let then = then.map(|since| since.releases(&release.version, &release.path));
            let then = then.transpose()?.unwrap_or_default();
            if then.is_empty() {
                // A recording that no revision holds is what it is.
                releases.push(releases::load(release)?);
            }
            releases.extend(then);
        }
        Ok(releases)
    }

    /// The revision that the flag names.
    fn since(&self) -> Option<Since> {
        self.against.as_ref().map(|revision| Since {
            revision: revision.clone(),
            days: self.days,
        })
    }

    fn read(&self) -> Result<Input, CliError> {
        let mut input = self.migrations.read()?;
        // Of files that are named it is said with them what is history.
        let configured = input.config.against.clone();
        let configured = configured.filter(|_| self.migrations.names_nothing());
        if let Some(since) = self.since().or(configured) {
            let paths = self.migrations.judged.paths(&input.config);
            let layout = self.migrations.judged.layout(&input.config);
            let judged = std::mem::take(&mut input.judged);
            let (applied, fresh) = since.divide(&paths, layout, judged)?;
            input.history.extend(applied);
            input.judged = fresh;
        }
        Ok(input)
    }
}
