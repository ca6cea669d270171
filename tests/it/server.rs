//! A PostgreSQL server of our own for tests: started on first use, stopped when the test process ends.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use postgres::{Client, NoTls};

/// A running server that only this process uses.
pub(crate) struct Server {
    directory: PathBuf,
    port: u16,
    databases: AtomicU32,
    _keeper: Child,
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
    let installed = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let versions = installed.filter_map(|entry| {
        let major: u32 = entry.file_name().to_str()?.parse().ok()?;
        let bin = entry.path().join("bin");
        bin.join("initdb").exists().then_some((major, bin))
    });
    let newest = versions.max();
    newest.map(|(_, bin)| bin).expect("no PostgreSQL server found: run scripts/test, which gets one, or set CONCERTINA_PG_BIN to its bin folder")
}

impl Server {
    /// Makes a cluster in a temporary folder and starts it, as an unprivileged user where we are root.
    pub(crate) fn start(bin: &Path) -> Self {
        let directory = tempfile::Builder::new()
            .prefix("concertina-pg-")
            // Not TMPDIR: the other account must reach it, and a socket's path is short.
            .tempdir_in("/tmp")
            .expect("a temporary folder")
            .keep();
        let account = unprivileged_account();
        if let Some((uid, gid)) = account {
            std::os::unix::fs::chown(&directory, Some(uid), Some(gid))
                .expect("chown the cluster's folder");
        }
        let as_account = |program: &Path| {
            let mut command = Command::new(program);
            if let Some((uid, gid)) = account {
                command.uid(uid).gid(gid);
            }
            command.current_dir(&directory).env("LC_ALL", "C");
            command
        };
        let data = directory.join("data");
        let made = as_account(&bin.join("initdb"))
            .args([
                "--auth=trust",
                "--username=postgres",
                "--encoding=UTF8",
                "--no-sync",
                "--pgdata",
            ])
            .arg(&data)
            .output()
            .expect("initdb starts");
        assert!(
            made.status.success(),
            "initdb failed: {}",
            String::from_utf8_lossy(&made.stderr)
        );
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .and_then(|socket| socket.local_addr())
            .expect("a free port")
            .port();
        // The shell stops the server and removes the folder when our end of its standard input closes.
        let script = r#"
            "$1/postgres" -D "$2/data" -p "$3" -k "$2" -c listen_addresses=127.0.0.1 \
                -c fsync=off -c full_page_writes=off -c synchronous_commit=off \
                -c checkpoint_timeout=1h -c max_wal_size=4GB \
                -c max_connections=200 -c max_prepared_transactions=5 -c wal_level=logical \
                -c timezone=UTC -c log_min_messages=fatal >"$2/log" 2>&1 </dev/null &
            server=$!; echo started; read _; kill -INT $server; wait $server; rm -rf "$2""#;
        let mut keeper = as_account(Path::new("/bin/sh"))
            .args(["-c", script, "keeper"])
            .args([bin, &directory])
            .arg(port.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .expect("the server's keeper starts");
        let mut line = String::new();
        BufReader::new(keeper.stdout.take().expect("piped"))
            .read_line(&mut line)
            .expect("the keeper speaks");
        let server = Self {
            directory,
            port,
            databases: AtomicU32::new(0),
            _keeper: keeper,
        };
        server.wait_until_ready();
        server
    }

    fn wait_until_ready(&self) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while let Err(error) = Client::connect(&self.url("postgres"), NoTls) {
            let log = std::fs::read_to_string(self.directory.join("log")).unwrap_or_default();
            assert!(
                Instant::now() < deadline,
                "the server does not answer: {error}\n{log}"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The connection string of a database.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgresql://postgres@127.0.0.1:{}/{database}", self.port)
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

/// `postgres` or `nobody` where we are root: the server refuses to run as root.
fn unprivileged_account() -> Option<(u32, u32)> {
    let root = std::fs::metadata("/proc/self")
        .is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    if !root {
        return None;
    }
    let accounts = std::fs::read_to_string("/etc/passwd").expect("/etc/passwd");
    let find = |name: &str| {
        let line = accounts
            .lines()
            .find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    Some(
        find("postgres")
            .or_else(|| find("nobody"))
            .expect("an account named postgres or nobody"),
    )
}

#[test]
fn server_answers() {
    let mut client = Client::connect(&shared().database(), NoTls).expect("connects");
    let version: String = client
        .query_one("SHOW server_version", &[])
        .expect("answers")
        .get(0);
    assert!(
        version
            .split('.')
            .next()
            .and_then(|major| major.parse::<u32>().ok())
            >= Some(14),
        "{version}"
    );
}
