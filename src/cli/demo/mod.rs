//! `concertina demo`: a column is renamed while a shop serves, and what its users notice is counted.

mod analyst;
mod change;
mod ledger;
mod migrate;
mod outcome;
mod record;
mod screen;
mod setup;
mod shop;
mod traffic;

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use postgres::{Client, NoTls};

use self::analyst::Analyst;
use self::change::Change;
use self::ledger::Ledger;
use self::outcome::Findings;
use self::screen::{Screen, indented};
use self::traffic::{Instance, Load, RATE};
use super::database::ServerArgs;
use super::{CliError, Outcome};
use crate::client::postgres::Database;
use crate::compat::Release;
use crate::run::{Report, RunError, Runner};
use crate::sql::{Migration, Phase};

/// Rename a column of a shop that is serving, and count what its users notice
///
/// Needs an empty database, which it fills: one that is named, or, with --installed, one on a server of its own.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    server: ServerArgs,
    /// How many seconds each stage is watched
    #[arg(long, value_name = "SECONDS", default_value_t = 4)]
    watch: u32,
}

/// Runs the demonstration; objections are errors that users got, writes that were lost, and a gate
/// that did not hold.
///
/// # Errors
/// The database cannot be reached, is not empty, or refuses us.
pub(super) fn run(args: &Args) -> Result<Outcome, CliError> {
    let server = args.server.stand()?;
    let url = server.url();
    let config: postgres::Config = url.parse().map_err(|_| RunError::ConnectionString)?;
    let database = Database::new(url)?;
    let mut client = config.connect(NoTls)?;
    setup::expect_empty(&mut client)?;
    let number: i32 = client
        .query_one(
            "SELECT current_setting('server_version_num')::int / 10000",
            &[],
        )?
        .get(0);
    let change = Change::read(u16::try_from(number).unwrap_or_default())?;
    super::output::note("making the shop ...");
    crate::client::postgres::apply(
        &Runner::new(change.history.clone()),
        &database,
        &mut crate::client::Silent,
    )?;
    setup::fill(&mut client)?;
    let load = Load::new(url, Ledger::read(&mut client)?);
    let story = Story {
        screen: Screen::over(&load),
        findings: Findings::default(),
        client,
        database,
        load,
        watch: Duration::from_secs(args.watch.into()),
    };
    story.tell(url, &change)
}

impl From<postgres::Error> for CliError {
    fn from(error: postgres::Error) -> Self {
        Self::Database(Box::new(error))
    }
}

/// What the demonstration holds in its hands.
struct Story {
    screen: Screen,
    client: Client,
    database: Database,
    load: Arc<Load>,
    findings: Findings,
    /// How long a stage is watched.
    watch: Duration,
}

impl Story {
    fn tell(mut self, url: &str, change: &Change) -> Result<Outcome, CliError> {
        let (one, two) = (Arc::new(shop::release_1()?), Arc::new(shop::release_2()?));
        let (naive, history) = (&change.naive, &change.history);

        self.say(&format!(
            "\n1. A shop with {} users runs release {} on two instances: {RATE} requests a second by the clock,\n   \
             whether or not the one before has its answer. An analyst's reports keep transactions open.",
            setup::USERS, one.version
        ))?;
        self.stage(&format!("release {}, no migration", one.version));
        let first = self.start(&one, history)?;
        let second = self.start(&one, history)?;
        let analyst = Analyst::start(&self.load, url)?;
        self.watch(2);

        self.say(&format!(
            "\n2. Somebody writes {}:\n\n{}\n\n   concertina check, with the queries of release {}:\n\n{}",
            naive.file,
            indented(&naive.text, "     "),
            one.version,
            indented(&change.check(&one), "     ")
        ))?;
        let next = semver::Version::new(2, 0, 0);
        let (plan, planned) = change.plan(&next)?;
        self.say(&format!(
            "\n3. concertina plan writes {} files instead: {}",
            planned.len(),
            change::by_phase(&plan)
        ))?;
        for migration in &planned {
            self.say(&format!(
                "\n   {}\n\n{}",
                migration.file,
                indented(&migration.text, "     ")
            ))?;
        }
        for step in &plan.releases {
            self.say(&format!("   release {}: {}", step.step, step.application))?;
        }
        let all: Vec<Migration> = history.iter().chain(&planned).cloned().collect();

        self.say(&format!(
            "\n4. expand, while only release {} serves",
            one.version
        ))?;
        self.stage(&format!("expand, release {}", one.version));
        self.apply(&all, Phase::Expand, Duration::ZERO)?;
        self.watch(1);

        self.say("\n5. migrate: the rows that exist, batch by batch")?;
        self.stage(&format!("migrate, release {}", one.version));
        self.apply(&all, Phase::Migrate, Duration::ZERO)?;
        self.agree("after the backfill")?;

        self.say(&format!(
            "\n6. release {} rolls out; for a while both serve",
            two.version
        ))?;
        self.stage(&format!("releases {} and {}", one.version, two.version));
        let third = self.start(&two, &all)?;
        first.stop();
        self.watch(1);
        self.agree("while both releases served")?;

        self.say(&format!(
            "\n7. contract, too early: an instance of release {} is alive",
            one.version
        ))?;
        self.stage("contract is refused, both releases");
        let early = self.apply(&all, Phase::Contract, Duration::ZERO)?;
        self.findings.refused = !early.held.is_empty() && early.applied.is_empty();
        self.watch(1);

        self.say(&format!(
            "\n8. the last instance of release {} ends",
            one.version
        ))?;
        self.stage(&format!("release {}", two.version));
        let fourth = self.start(&two, &all)?;
        second.stop();
        self.watch(1);
        self.agree("before the contract")?;

        self.say("\n9. contract again")?;
        self.stage(&format!("contract, release {}", two.version));
        let begun = Instant::now();
        let report = self.apply(&all, Phase::Contract, Duration::from_secs(30))?;
        self.findings.contracted =
            (report.is_complete() && !report.applied.is_empty()).then(|| begun.elapsed());
        self.watch(1);

        third.stop();
        fourth.stop();
        self.findings.reports = analyst.stop();
        self.close()
    }

    fn say(&self, text: &str) -> Result<(), CliError> {
        self.screen.say(text)
    }

    fn stage(&self, name: &str) {
        self.load.record.stage(name);
    }

    fn watch(&self, times: u32) {
        thread::sleep(self.watch * times);
    }

    /// Starts an instance of a release that carries these migrations.
    fn start(
        &self,
        release: &Arc<Release>,
        migrations: &[Migration],
    ) -> Result<Instance, CliError> {
        let version = semver::Version::parse(&release.version)
            .map_err(|error| CliError::Usage(format!("release {}: {error}", release.version)))?;
        let runner = Runner::new(migrations.to_vec())
            .name("shop")
            .release(version)
            .queries(release.queries.clone());
        Instance::start(&self.load, release, &runner, &self.database)
    }

    /// Applies up to a phase, as a deploy job does.
    fn apply(
        &self,
        migrations: &[Migration],
        phase: Phase,
        gate: Duration,
    ) -> Result<Report, CliError> {
        let runner = Runner::new(migrations.to_vec())
            .name("deploy")
            .phase(phase)
            .wait_for_gate(gate);
        migrate::run(&runner, &self.database, &self.screen)
    }

    /// Counts the users whose two names differ: between backfill and contract there must be none.
    fn agree(&mut self, place: &'static str) -> Result<(), CliError> {
        let sql = "SELECT count(*) FROM users WHERE name IS DISTINCT FROM full_name";
        let differing = self.client.query_one(sql, &[])?.get(0);
        self.findings.differing.push((place, differing));
        Ok(())
    }

    /// Compares, prints what came out, and judges.
    fn close(mut self) -> Result<Outcome, CliError> {
        let comparison = self.load.ledger.compare(&mut self.client)?;
        self.screen.end();
        let (text, good) = self.findings.judge(&self.load, &comparison);
        super::output::result(&text)?;
        Ok(if good {
            Outcome::Clean
        } else {
            Outcome::Objections
        })
    }
}
