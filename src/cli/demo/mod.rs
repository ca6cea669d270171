//! `concertina demo`: a shop under live traffic while a column is renamed, from the naive migration to the contract.

mod analyst;
mod ledger;
mod migrate;
mod record;
mod screen;
mod setup;
mod shop;
mod traffic;

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use postgres::{Client, NoTls};

use self::analyst::Analyst;
use self::ledger::{Comparison, Ledger};
use self::record::Felt;
use self::screen::{Screen, millis, table};
use self::traffic::{Instance, Load, RATE};
use super::{CliError, Outcome};

/// Rename a column of a shop that is serving, and count what its users notice
///
/// Needs an empty database, which it fills; `scripts/demo` starts a throwaway server for it.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The empty database to use
    #[arg(long, value_name = "URL", env = "DATABASE_URL", hide_env_values = true)]
    database_url: String,
}

/// An answer that takes longer is one that a user notices.
const NOTICED: Duration = Duration::from_secs(1);

/// Runs the demonstration; objections are errors that users got, and writes that were lost.
///
/// # Errors
/// The database cannot be reached, is not empty, or refuses us.
pub(super) fn run(args: &Args) -> Result<Outcome, CliError> {
    let mut client = Client::connect(&args.database_url, NoTls)?;
    setup::make_shop(&mut client)?;
    let load = Load::new(&args.database_url, Ledger::read(&mut client)?);
    let screen = Screen::over(&load);
    let story = Story {
        screen,
        client,
        url: &args.database_url,
        load: Arc::clone(&load),
        disagreements: Vec::new(),
    };
    story.tell()
}

/// What the demonstration holds in its hands.
struct Story<'a> {
    screen: Screen,
    client: Client,
    url: &'a str,
    load: Arc<Load>,
    /// At each boundary: where, and how many rows have two names.
    disagreements: Vec<(&'static str, i64)>,
}

impl Story<'_> {
    fn tell(mut self) -> Result<Outcome, CliError> {
        let (one, two) = (Arc::new(shop::release_1()), Arc::new(shop::release_2()));
        let version: String = self.client.query_one("SHOW server_version", &[])?.get(0);
        self.screen.say(&format!(
            "A shop with {} users runs release 1.0.0 on PostgreSQL {version}: two instances, {RATE} requests a second \
             by the clock,\nand an analyst whose reports keep the table of users locked for reading.",
            setup::USERS
        ))?;
        self.stage("release 1.0.0, no migration");
        let first = Instance::start(&self.load, &one)?;
        let second = Instance::start(&self.load, &one)?;
        let analyst = Analyst::start(&self.load, self.url)?;
        self.wait(8);

        self.stage("expand, release 1.0.0");
        migrate::apply(&mut self.client, 0)?;
        self.wait(3);
        self.stage("migrate, release 1.0.0");
        migrate::apply(&mut self.client, 1)?;
        self.agree("after the backfill")?;

        self.stage("releases 1.0.0 and 2.0.0");
        let third = Instance::start(&self.load, &two)?;
        first.stop();
        self.wait(4);
        self.agree("while both releases serve")?;
        let fourth = Instance::start(&self.load, &two)?;
        second.stop();

        self.stage("release 2.0.0");
        self.wait(4);
        self.agree("before the contract")?;
        self.stage("contract, release 2.0.0");
        migrate::apply(&mut self.client, 2)?;
        self.wait(5);

        third.stop();
        fourth.stop();
        let reports = analyst.stop();
        self.close(reports)
    }

    fn stage(&self, name: &str) {
        self.load.record.stage(name);
    }

    fn wait(&self, seconds: u64) {
        thread::sleep(Duration::from_secs(seconds));
    }

    /// Counts the users whose two names differ: while both releases serve there must be none.
    fn agree(&mut self, place: &'static str) -> Result<(), CliError> {
        let sql = "SELECT count(*) FROM users WHERE name IS DISTINCT FROM full_name";
        let differing = self.client.query_one(sql, &[])?.get(0);
        self.disagreements.push((place, differing));
        Ok(())
    }

    /// Compares, prints what came out, and judges.
    fn close(mut self, reports: u32) -> Result<Outcome, CliError> {
        let Comparison {
            users,
            orders,
            wrong_users,
            missing_orders,
        } = self.load.ledger.compare(&mut self.client)?;
        let stages = self.load.record.stages();
        let all = self.load.record.so_far();
        self.screen.end();
        let mut text = format!(
            "\nWhat users felt, from the moment each request was due:\n\n{}\n",
            table(&stages)
        );
        text += &verdict(&all, &stages);
        super::output::result(&format!(
            "{text}{reports} {users} {orders} {wrong_users} {missing_orders} {:?} {:?}\n",
            self.disagreements,
            self.load.record.errors()
        ))?;
        let _ = (millis(NOTICED), self.load.ledger.writes());
        Ok(if all.errors == 0 {
            Outcome::Clean
        } else {
            Outcome::Objections
        })
    }
}

fn verdict(all: &Felt, _stages: &[Felt]) -> String {
    format!(
        "{} requests, {} errors, worst {}\n",
        all.requests,
        all.errors,
        millis(all.worst)
    )
}
