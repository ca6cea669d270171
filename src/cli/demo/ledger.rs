//! What the shop's users were promised: every acknowledged write, to be held against the database.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use postgres::Client;

use super::shop::Trouble;

/// A user as the shop last acknowledged.
#[derive(Debug, Clone)]
pub(super) struct User {
    pub(super) id: i64,
    pub(super) email: String,
    /// Not every user gives one.
    pub(super) name: Option<String>,
}

impl User {
    /// Holds a name that was read against the one written last.
    pub(super) fn expect_name(&self, read: Option<&str>) -> Result<(), Trouble> {
        if read == self.name.as_deref() {
            return Ok(());
        }
        let text = format!(
            "user {} is called {read:?}, acknowledged was {:?}",
            self.id, self.name
        );
        Err(Trouble::WrongAnswer(text))
    }
}

/// A user that one request at a time works on, so that the last write is known.
#[derive(Debug, Clone)]
pub(super) struct Shared(Arc<Mutex<User>>);

impl Shared {
    pub(super) fn lock(&self) -> MutexGuard<'_, User> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All acknowledged writes.
#[derive(Debug)]
pub(super) struct Ledger {
    users: RwLock<Vec<Shared>>,
    orders: Mutex<Vec<i64>>,
    products: Vec<i64>,
    writes: AtomicU64,
}

/// What a comparison with the database found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Comparison {
    /// Users compared.
    pub(super) users: usize,
    /// Orders compared.
    pub(super) orders: usize,
    /// Users that are missing, or whose name is not the one acknowledged last.
    pub(super) wrong_users: usize,
    /// Orders that are missing or have no item.
    pub(super) missing_orders: usize,
}

impl Ledger {
    /// Reads what is there before the traffic begins.
    pub(super) fn read(client: &mut Client) -> Result<Self, postgres::Error> {
        let users = client.query("SELECT id, email, name FROM users ORDER BY id", &[])?;
        let user = |row: &postgres::Row| User {
            id: row.get(0),
            email: row.get(1),
            name: row.get(2),
        };
        let users = users.iter().map(|row| shared(user(row))).collect();
        let mut ids = |sql: &str| -> Result<Vec<i64>, postgres::Error> {
            Ok(client
                .query(sql, &[])?
                .iter()
                .map(|row| row.get(0))
                .collect())
        };
        Ok(Self {
            users: RwLock::new(users),
            orders: Mutex::new(ids("SELECT id FROM orders ORDER BY id")?),
            products: ids("SELECT id FROM products ORDER BY id")?,
            writes: AtomicU64::new(0),
        })
    }

    /// One of the users.
    pub(super) fn user(&self, dice: u64) -> Shared {
        let users = self.users.read().unwrap_or_else(PoisonError::into_inner);
        users[dice as usize % users.len()].clone()
    }

    /// One of the orders.
    pub(super) fn order(&self, dice: u64) -> i64 {
        let orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        orders[dice as usize % orders.len()]
    }

    /// One of the products.
    pub(super) fn product(&self, dice: u64) -> i64 {
        self.products[dice as usize % self.products.len()]
    }

    /// The shop acknowledged a new user.
    pub(super) fn signed_up(&self, user: User) {
        let mut users = self.users.write().unwrap_or_else(PoisonError::into_inner);
        users.push(shared(user));
        self.count_write();
    }

    /// The shop acknowledged an order.
    pub(super) fn ordered(&self, order: i64) {
        let mut orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        orders.push(order);
        self.count_write();
    }

    /// The shop acknowledged a write.
    pub(super) fn count_write(&self) {
        self.writes.fetch_add(1, Ordering::Relaxed);
    }

    /// How many writes were acknowledged.
    pub(super) fn writes(&self) -> u64 {
        self.writes.load(Ordering::Relaxed)
    }

    /// Holds every user and order against the database; call it when the traffic has ended.
    pub(super) fn compare(&self, client: &mut Client) -> Result<Comparison, postgres::Error> {
        let rows = client.query("SELECT id, full_name FROM users", &[])?;
        let found: std::collections::BTreeMap<i64, Option<String>> =
            rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        let users = self.users.read().unwrap_or_else(PoisonError::into_inner);
        let wrong = |user: &&Shared| {
            let user = user.lock();
            found.get(&user.id) != Some(&user.name)
        };
        let orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        let sql = "SELECT count(*) FROM unnest($1::bigint[]) AS acknowledged (id)
                   WHERE NOT EXISTS (SELECT FROM orders o JOIN order_items i ON i.order_id = o.id
                                     WHERE o.id = acknowledged.id)";
        let missing: i64 = client.query_one(sql, &[&*orders])?.get(0);
        Ok(Comparison {
            users: users.len(),
            orders: orders.len(),
            wrong_users: users.iter().filter(wrong).count(),
            missing_orders: usize::try_from(missing).unwrap_or(usize::MAX),
        })
    }
}

fn shared(user: User) -> Shared {
    Shared(Arc::new(Mutex::new(user)))
}
