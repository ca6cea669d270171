//! A PostgreSQL server of our own for tests: started on first use, stopped when the test process ends.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use concertina::client::installed::{self, Installed};
use postgres::{Client, NoTls};

/// A running server that only this process uses.
pub(crate) struct Server {
    running: installed::Server,
    databases: AtomicU32,
}

/// The server shared by all tests of this process.
///
/// # Panics
/// Loudly, when there is no PostgreSQL: `scripts/test` gets one.
pub(crate) fn shared() -> &'static Server {
    static SHARED: OnceLock<Server> = OnceLock::new();
    SHARED.get_or_init(|| Server::start(&binaries()))
}

/// The folder with `initdb` and `postgres`: `CONCERTINA_PG_BIN`, else the newest installed one.
pub(crate) fn binaries() -> PathBuf {
    if let Some(folder) = std::env::var_os("CONCERTINA_PG_BIN") {
        return folder.into();
    }
    let found = Installed::find();
    let found = found.expect("no PostgreSQL server found: run scripts/test, which gets one, or set CONCERTINA_PG_BIN to its bin folder");
    found.bin().to_owned()
}

impl Server {
    /// Makes a cluster in a temporary folder and starts it, as an unprivileged user where we are root.
    pub(crate) fn start(bin: &Path) -> Self {
        let programs = Installed::at(bin).expect("a server's programs");
        let programs = programs
            .loopback()
            .setting("max_wal_size", "4GB")
            .setting("max_prepared_transactions", "5")
            .setting("wal_level", "logical");
        Self {
            running: programs.start().expect("the server starts"),
            databases: AtomicU32::new(0),
        }
    }

    /// The connection string of a database.
    pub(crate) fn url(&self, database: &str) -> String {
        self.running.url(database)
    }

    /// Makes an empty database and gives its connection string.
    pub(crate) fn database(&self) -> String {
        let name = format!("t{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut client = self.connect("postgres");
        client
            .batch_execute(&format!("CREATE DATABASE {name}"))
            .expect("CREATE DATABASE");
        self.url(&name)
    }

    /// Connects to a database.
    pub(crate) fn connect(&self, database: &str) -> Client {
        Client::connect(&self.url(database), NoTls).expect("connects")
    }
}

/// The major version of the server behind a connection.
pub(crate) fn major(client: &mut Client) -> u16 {
    let sql = "SELECT current_setting('server_version_num')::int / 10000";
    let row = client.query_one(sql, &[]).expect("the server answers");
    u16::try_from(row.get::<_, i32>(0)).expect("a version")
}

#[test]
fn server_answers() {
    let mut client = Client::connect(&shared().database(), NoTls).expect("connects");
    let major = major(&mut client);
    assert!(major >= 14, "{major}");
}
