//! The shop as an application: a release with its queries, and a connection that serves requests with them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use postgres::types::ToSql;
use postgres::{Client, Config, NoTls, Row, Statement};

use super::ledger::{Ledger, User};
use crate::compat::Release;
use crate::project::{ProjectError, release_from_texts};

/// The migrations that exist before the demonstration begins, with their file names.
pub(super) const HISTORY: [(&str, &str); 3] = [
    (
        "migrations/0001_create_shop.sql",
        include_str!("../../../migrations-fixtures/layouts/plain/0001_create_shop.sql"),
    ),
    (
        "migrations/0002_create_payments.sql",
        include_str!("../../../migrations-fixtures/layouts/plain/0002_create_payments.sql"),
    ),
    (
        "migrations/0003_users_name_optional.sql",
        "ALTER TABLE users ALTER COLUMN name DROP NOT NULL;\n",
    ),
];

/// A text of a release's queries, by the file it comes from.
macro_rules! queries {
    ($release:literal: $($file:literal),+) => {
        [$((
            concat!("releases/", $release, "/queries/", $file),
            include_str!(concat!(
                "../../../migrations-fixtures/apps/shop/releases/", $release, "/queries/", $file
            )),
        )),+]
    };
}

/// What is served before the change.
pub(super) fn release_1() -> Result<Release, ProjectError> {
    let files = queries!("1.0.0": "orders.sql", "products.sql", "sessions.sql", "users.sql");
    release("1.0.0", &files)
}

/// What is served after it.
pub(super) fn release_2() -> Result<Release, ProjectError> {
    let files = queries!("2.0.0": "orders.sql", "payments.sql", "products.sql", "sessions.sql", "users.sql");
    release("2.0.0", &files)
}

fn release(version: &str, files: &[(&str, &str)]) -> Result<Release, ProjectError> {
    let files = files
        .iter()
        .map(|(file, text)| (PathBuf::from(file), (*text).to_owned()));
    release_from_texts(version, Path::new("releases"), files.collect())
}

/// What a user asks of the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Request {
    SignUp,
    ShowUser,
    FindUser,
    Rename,
    SearchUsers,
    Order,
    ShowOrder,
    ListOrders,
    ListProducts,
}

impl Request {
    /// The mix: of a hundred requests, forty write.
    fn of(dice: u64) -> Self {
        match dice % 100 {
            0..10 => Self::SignUp,
            10..35 => Self::ShowUser,
            35..45 => Self::FindUser,
            45..65 => Self::Rename,
            65..67 => Self::SearchUsers,
            67..77 => Self::Order,
            77..87 => Self::ShowOrder,
            87..92 => Self::ListOrders,
            _ => Self::ListProducts,
        }
    }
}

/// Why a request was not served as it should.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    /// The database answered with an error.
    #[error(transparent)]
    Database(#[from] postgres::Error),
    /// The answer is not what was written last.
    #[error("{0}")]
    WrongAnswer(String),
}

/// A connection of an instance, with the statements of its release prepared once.
pub(super) struct Connection {
    client: Client,
    statements: BTreeMap<String, Statement>,
}

impl Connection {
    /// Connects and prepares what the release sends.
    pub(super) fn open(url: &str, release: &Release) -> Result<Self, postgres::Error> {
        let mut config: Config = url.parse()?;
        config.application_name(&format!("shop {}", release.version));
        let mut client = config.connect(NoTls)?;
        let mut statements = BTreeMap::new();
        for query in &release.queries {
            statements.insert(query.name.clone(), client.prepare(&query.sql)?);
        }
        Ok(Self { client, statements })
    }

    /// Serves one request, chosen by the dice, and holds its answer against the ledger.
    pub(super) fn serve(&mut self, dice: u64, ledger: &Ledger) -> Result<(), Trouble> {
        let request = Request::of(dice);
        let dice = dice / 100;
        match request {
            Request::SignUp => self.sign_up(dice, ledger),
            Request::ShowUser => self.show_user(dice, ledger),
            Request::FindUser => self.find_user(dice, ledger),
            Request::Rename => self.rename(dice, ledger),
            Request::SearchUsers => self.search_users(dice),
            Request::Order => self.order(dice, ledger),
            Request::ShowOrder => self.show_order(dice, ledger),
            Request::ListOrders => self.list_orders(dice, ledger),
            Request::ListProducts => self.query("list_products", &[]).map(drop),
        }
    }

    fn sign_up(&mut self, dice: u64, ledger: &Ledger) -> Result<(), Trouble> {
        let name = given_name(dice);
        let email = format!("new-{dice:x}@shop.example");
        let id = self.one("create_user", &[&email, &name])?.get(0);
        ledger.signed_up(User { id, email, name });
        Ok(())
    }

    fn show_user(&mut self, dice: u64, ledger: &Ledger) -> Result<(), Trouble> {
        let user = ledger.user(dice);
        let user = user.lock();
        let row = self.one("get_user", &[&user.id])?;
        let _: SystemTime = row.get(3);
        user.expect_name(row.get(2))
    }

    fn find_user(&mut self, dice: u64, ledger: &Ledger) -> Result<(), Trouble> {
        let user = ledger.user(dice);
        let user = user.lock();
        let row = self.one("find_user_by_email", &[&user.email])?;
        user.expect_name(row.get(1))
    }

    fn rename(&mut self, dice: u64, ledger: &Ledger) -> Result<(), Trouble> {
        let user = ledger.user(dice);
        let mut user = user.lock();
        let name = given_name(dice);
        let changed = self.execute("rename_user", &[&user.id, &name])?;
        if changed != 1 {
            return Err(Trouble::WrongAnswer(format!("user {} is gone", user.id)));
        }
        user.name = name;
        ledger.count_write();
        Ok(())
    }

    fn search_users(&mut self, dice: u64) -> Result<(), Trouble> {
        let beginning = invented_name(dice).chars().take(2).collect::<String>() + "%";
        self.query("search_users", &[&beginning]).map(drop)
    }

    fn order(&mut self, dice: u64, ledger: &Ledger) -> Result<(), Trouble> {
        let buyer = ledger.user(dice).lock().id;
        let product = ledger.product(dice);
        let missing = |name: &str| Trouble::WrongAnswer(format!("release without query {name}"));
        let create = self
            .statements
            .get("create_order")
            .ok_or_else(|| missing("create_order"))?;
        let add = self
            .statements
            .get("add_order_item")
            .ok_or_else(|| missing("add_order_item"))?;
        let mut transaction = self.client.transaction()?;
        let order: i64 = transaction.query_one(create, &[&buyer])?.get(0);
        transaction.execute(add, &[&order, &product, &1_i32])?;
        transaction.commit()?;
        ledger.ordered(order);
        Ok(())
    }

    fn show_order(&mut self, dice: u64, ledger: &Ledger) -> Result<(), Trouble> {
        let order = ledger.order(dice);
        let _: Option<String> = self.one("get_order", &[&order])?.get(3);
        self.query("list_order_items", &[&order]).map(drop)
    }

    fn list_orders(&mut self, dice: u64, ledger: &Ledger) -> Result<(), Trouble> {
        let buyer = ledger.user(dice).lock().id;
        self.query("list_orders_of_user", &[&buyer]).map(drop)
    }

    fn statement(&self, name: &str) -> Result<Statement, Trouble> {
        let missing = || Trouble::WrongAnswer(format!("release without query {name}"));
        self.statements.get(name).cloned().ok_or_else(missing)
    }

    fn one(&mut self, name: &str, values: &[&(dyn ToSql + Sync)]) -> Result<Row, Trouble> {
        let statement = self.statement(name)?;
        Ok(self.client.query_one(&statement, values)?)
    }

    fn query(&mut self, name: &str, values: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, Trouble> {
        let statement = self.statement(name)?;
        Ok(self.client.query(&statement, values)?)
    }

    fn execute(&mut self, name: &str, values: &[&(dyn ToSql + Sync)]) -> Result<u64, Trouble> {
        let statement = self.statement(name)?;
        Ok(self.client.execute(&statement, values)?)
    }
}

/// What a user gives as a name: one in ten none.
fn given_name(dice: u64) -> Option<String> {
    (!dice.is_multiple_of(10)).then(|| invented_name(dice))
}

/// A name that nobody else has, so that a lost write shows.
fn invented_name(dice: u64) -> String {
    const FIRST: [&str; 8] = [
        "Ada", "Grace", "Edsger", "Barbara", "Alan", "Frances", "Tony", "Radia",
    ];
    let first = FIRST[(dice % FIRST.len() as u64) as usize];
    format!("{first} {:x}", dice >> 3)
}
