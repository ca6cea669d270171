//! Temporary.

use postgres::Client;
pub(super) fn apply(client: &mut Client, which: usize) -> Result<(), postgres::Error> {
    let text = [
        include_str!("../../../migrations-fixtures/layouts/plain/0003_users_full_name_expand.sql"),
        include_str!(
            "../../../migrations-fixtures/layouts/plain/0004_users_full_name_backfill.sql"
        ),
        include_str!(
            "../../../migrations-fixtures/layouts/plain/0005_users_full_name_contract.sql"
        ),
    ][which];
    loop {
        match client.batch_execute(&format!("SET lock_timeout = '50ms'; BEGIN; {text}; COMMIT")) {
            Ok(()) => return Ok(()),
            Err(_) => client.batch_execute("ROLLBACK")?,
        }
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
}
