//! The command line, one file per subcommand.

mod abort;
mod apply;
mod baseline;
mod check;
mod compat;
mod database;
mod demo;
mod eject;
mod error;
mod explain;
mod forget;
mod gate;
mod input;
mod output;
mod pause;
mod plan;
mod proof;
mod rehearse;
mod releases;
mod repair;
mod resume;
mod rules;
mod schema;
mod snapshot;
mod stats;
mod status;
mod targets;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use error::CliError;

/// Changes PostgreSQL schemas while users notice nothing.
///
/// Checks migrations for what they lock, rewrite and break, plans breaking changes as expand, migrate
/// and contract migrations, and applies them in phases.
#[derive(Debug, Parser)]
#[command(name = "concertina", version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(check::Args),
    Plan(plan::Args),
    Apply(apply::Args),
    Status(status::Args),
    Gate(gate::Args),
    Pause(pause::Args),
    Resume(resume::Args),
    Abort(abort::Args),
    Forget(forget::Args),
    Repair(repair::Args),
    Eject(eject::Args),
    Verify(verify::Args),
    Rehearse(rehearse::Args),
    Explain(explain::Args),
    Rules(rules::Args),
    Baseline(baseline::Args),
    Stats(stats::Args),
    Compat(compat::Args),
    Schema(schema::Args),
    Snapshot(snapshot::Args),
    Demo(demo::Args),
}

/// How a subcommand ended, apart from errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// Nothing to object to: exit code 0.
    Clean,
    /// Findings at or above the failing severity, or a phase that did not complete: exit code 1.
    Objections,
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Check(args) => check::run(&args),
        Command::Plan(args) => plan::run(&args),
        Command::Apply(args) => apply::run(&args),
        Command::Status(args) => status::run(&args),
        Command::Gate(args) => gate::run(&args),
        Command::Pause(args) => pause::run(&args),
        Command::Resume(args) => resume::run(&args),
        Command::Abort(args) => abort::run(&args),
        Command::Forget(args) => forget::run(&args),
        Command::Repair(args) => repair::run(&args),
        Command::Eject(args) => eject::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Rehearse(args) => rehearse::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Rules(args) => rules::run(&args),
        Command::Baseline(args) => baseline::run(&args),
        Command::Stats(args) => stats::run(&args),
        Command::Compat(args) => compat::run(&args),
        Command::Schema(args) => schema::run(&args),
        Command::Snapshot(args) => snapshot::run(&args),
        Command::Demo(args) => demo::run(&args),
    };
    match outcome {
        Ok(Outcome::Clean) => ExitCode::SUCCESS,
        Ok(Outcome::Objections) => ExitCode::from(1),
        Err(error) => {
            output::error(&error);
            ExitCode::from(error.exit_code())
        }
    }
}
