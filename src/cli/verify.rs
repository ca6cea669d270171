//! `concertina verify`: whether a server has the schema that the migrations lead to, or says the same of queries.

use serde::Serialize;

use super::database::ServerArgs;
use super::input::{Format, MigrationArgs};
use super::releases::{self, ReleaseArg};
use super::{CliError, Outcome, output, proof};
use crate::client::postgres;
use crate::effects::walk_knowing;
use crate::report::differences_text;
use crate::schema::diff::{Aspect, Difference, diff};

/// Compares the schema that the migrations lead to with the one a server has, or, with --installed, comes to by running
/// them; with a release, runs the migrations in a new database there and prepares its queries after each
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    migrations: MigrationArgs,
    #[command(flatten)]
    server: ServerArgs,
    /// A release and where its queries are: what a server says of them before and after each migration
    #[arg(long, value_name = "VERSION=PATH")]
    release: Option<ReleaseArg>,
    /// Shape of the output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    differences: Vec<DifferenceDocument<'a>>,
}

#[derive(Serialize)]
struct DifferenceDocument<'a> {
    aspect: &'static str,
    object: &'a str,
    migrations: Option<&'a str>,
    server: Option<&'a str>,
}

pub(super) fn run(args: &Args) -> Result<Outcome, CliError> {
    let input = args.migrations.read()?;
    if let Some(release) = &args.release {
        let (release, server) = (releases::load(release)?, args.server.stand()?);
        return proof::run(&release, &input, server.url(), args.format);
    }
    let mut all = input.history;
    all.extend(input.judged);
    let theirs = match args.server.is_own() {
        true => proof::catalogue(&all, args.server.stand()?.url())?,
        false => postgres::catalogue(&args.server.database.open()?)?,
    };
    let mut options = input.options;
    if let (Some(version), false) = (
        theirs.version(),
        args.migrations.names_version(&input.config),
    ) {
        options.version = version;
    }
    let ours = walk_knowing(&input.known, &all, &[], &options).end;
    let mut differences = diff(&ours, &theirs);
    // The runner's own journal and the histories of other tools belong to no migration.
    differences.retain(|one| !is_bookkeeping(&one.object));
    if !args.server.is_own() {
        // On a server that is in use, roles are given their rights in other ways too.
        differences.retain(|one| one.aspect != Aspect::Privileges);
    }
    match args.format {
        Format::Text => output::result(&differences_text(&differences))?,
        Format::Json => {
            let differences = differences.iter().map(document).collect();
            output::json(&Document {
                version: 1,
                differences,
            })?;
        }
    }
    Ok(if differences.is_empty() {
        Outcome::Clean
    } else {
        Outcome::Objections
    })
}

fn document(one: &Difference) -> DifferenceDocument<'_> {
    DifferenceDocument {
        aspect: one.aspect.as_str(),
        object: &one.object,
        migrations: one.left.as_deref(),
        server: one.right.as_deref(),
    }
}

fn is_bookkeeping(object: &str) -> bool {
    let tables = [
        "public.refinery_schema_history",
        "public._sqlx_migrations",
        "public.__diesel_schema_migrations",
    ];
    object == "concertina"
        || object.starts_with("concertina.")
        || tables.iter().any(|table| {
            object
                .strip_prefix(table)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
}
