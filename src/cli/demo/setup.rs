//! The shop's database before the demonstration: empty at first, then with users, products and orders.

use postgres::Client;

use crate::cli::CliError;

/// Users there are at the start.
pub(super) const USERS: i32 = 20_000;

/// Orders there are at the start.
pub(super) const ORDERS: i32 = 5_000;

/// Holds that the database is empty.
///
/// # Errors
/// It holds something already.
pub(super) fn expect_empty(client: &mut Client) -> Result<(), CliError> {
    let sql = "SELECT count(*) FROM pg_class
               WHERE relnamespace NOT IN (SELECT oid FROM pg_namespace
                                          WHERE nspname ~ '^pg_' OR nspname = 'information_schema')";
    let relations: i64 = client.query_one(sql, &[])?.get(0);
    if relations > 0 {
        return Err(CliError::Usage(format!(
            "the demonstration needs an empty database and this one has {relations} tables, indexes or views; \
             create another one and name it with --database-url"
        )));
    }
    Ok(())
}

/// Fills the shop's tables.
pub(super) fn fill(client: &mut Client) -> Result<(), postgres::Error> {
    client.batch_execute(&format!(
        "INSERT INTO users (email, name)
         SELECT format('user-%s@shop.example', n), CASE WHEN n % 10 > 0 THEN format('User %s', n) END
         FROM generate_series(1, {USERS}) n;
         INSERT INTO products (sku, title, description, price_cents, stock)
         SELECT format('sku-%s', n), format('Product %s', n), '', 100 + n, 1000 FROM generate_series(1, 500) n;
         INSERT INTO orders (user_id) SELECT 1 + n * 7919 % {USERS} FROM generate_series(1, {ORDERS}) n;
         INSERT INTO order_items (order_id, product_id, quantity, unit_price_cents)
         SELECT n, 1 + n % 500, 1 + n % 3, 100 + n % 500 FROM generate_series(1, {ORDERS}) n;
         ANALYZE;"
    ))
}
