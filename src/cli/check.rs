//! `concertina check`: lints migrations, and checks releases against every schema on the way.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::ValueEnum;
use clap::builder::PossibleValuesParser;

use super::input::{Input, MigrationArgs, TransactionArg};
use super::releases::{self, ReleaseArg};
use super::{CliError, Outcome, output};
use crate::project::{self, files_at, from_text};
use crate::report::{FORMATS, View};
use crate::rules::{self, Applicability, Options, Report, Severity};
use crate::sql::Migration;

/// Says what migrations lock, rewrite, lose and break
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    migrations: MigrationArgs,
    /// A release that may be alive and where its queries are: a `.sql` file or a folder of them, a `.sqlx` folder, a recorded snapshot
    #[arg(long, value_name = "VERSION=PATH")]
    release: Vec<ReleaseArg>,
    /// Take the migrations of this git revision as applied, and judge what is new or changed since
    #[arg(long, value_name = "REV", conflicts_with = "history")]
    against: Option<String>,
    /// Whether the runner wraps each file in a transaction (auto: as the layout's tool does)
    #[arg(long, value_enum, default_value_t = TransactionArg::Auto)]
    in_transaction: TransactionArg,
    /// Apply the fixes that lead to the same schema, then judge again
    #[arg(long)]
    fix: bool,
    /// The lowest severity that fails the check
    #[arg(long, value_enum, default_value_t = FailOn::Error)]
    fail_on: FailOn,
    /// Shape of the output
    #[arg(long, value_name = "FORMAT", default_value = "text",
          value_parser = PossibleValuesParser::new(FORMATS.iter().map(|format| format.id)))]
    format: String,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum FailOn {
    Error,
    Warning,
    Note,
}

pub(super) fn run(args: &Args) -> Result<Outcome, CliError> {
    let releases = args
        .release
        .iter()
        .map(releases::load)
        .collect::<Result<Vec<_>, _>>()?;
    let options = Options {
        version: args.migrations.pg,
        in_transaction: args.in_transaction.forced(),
    };
    let judge = || -> Result<(Input, Report), CliError> {
        let input = args.read()?;
        let report = rules::check(&rules::Input {
            history: &input.history,
            judged: &input.judged,
            releases: &releases,
            options,
        });
        Ok((input, report))
    };
    let (mut input, mut report) = judge()?;
    if args.fix {
        let fixes = report.findings.iter().flat_map(|finding| &finding.fixes);
        let safe = fixes.filter(|fix| fix.applicability == Applicability::Safe);
        let applied = project::apply_edits(safe.flat_map(|fix| &fix.edits))?;
        if applied > 0 {
            output::note(&format!("note: {applied} edits made"));
            (input, report) = judge()?;
        }
    }
    // The parser lets only known ids through.
    let format = crate::report::format(&args.format).unwrap_or(&FORMATS[0]);
    // Standard output drops the colours where nobody sees them.
    let view = View {
        report: &report,
        sources: &input.judged,
        colour: true,
    };
    output::result(&(format.render)(&view))?;
    let failing = match args.fail_on {
        FailOn::Error => Severity::Error,
        FailOn::Warning => Severity::Warning,
        FailOn::Note => Severity::Note,
    };
    Ok(if report.fails(failing) {
        Outcome::Objections
    } else {
        Outcome::Clean
    })
}

impl Args {
    fn read(&self) -> Result<Input, CliError> {
        let input = self.migrations.read()?;
        match &self.against {
            Some(revision) => self.since(revision, input),
            None => Ok(input),
        }
    }

    /// What stood at the revision is history, as it stood there; what is new or changed since is judged.
    fn since(&self, revision: &str, input: Input) -> Result<Input, CliError> {
        let mut then: BTreeMap<PathBuf, String> = BTreeMap::new();
        for path in self.migrations.judged.paths() {
            then.extend(files_at(revision, &path)?);
        }
        let (mut history, mut judged) = (Vec::new(), Vec::new());
        for migration in input.judged {
            match then.get(std::path::Path::new(&migration.file)) {
                Some(text) if *text == migration.text => history.push(migration),
                Some(text) => {
                    history.push(self.as_it_was(&migration, text)?);
                    judged.push(migration);
                }
                None => judged.push(migration),
            }
        }
        Ok(Input { history, judged })
    }

    fn as_it_was(&self, migration: &Migration, text: &str) -> Result<Migration, CliError> {
        let path = std::path::Path::new(&migration.file);
        Ok(from_text(path, text.to_owned(), self.migrations.judged.layout())?.1)
    }
}
