//! A PostgreSQL server of one's own for a while, made with the programs that are installed on this machine.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::connect::instance_id;

/// Where a server's programs are looked for, beside the `PATH`; `*` stands for a version.
const PLACES: [&str; 9] = [
    "/usr/lib/postgresql/*/bin",
    "/usr/lib/postgresql*/bin",
    "/usr/libexec/postgresql*",
    "/usr/pgsql-*/bin",
    "/usr/local/pgsql/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/home/linuxbrew/.linuxbrew/opt/postgresql*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
];

/// What a server that lives for minutes may do without, and what rehearsals need: an autovacuum would be
/// somebody who holds a table at a moment of its own.
const SETTINGS: [(&str, &str); 8] = [
    ("fsync", "off"),
    ("full_page_writes", "off"),
    ("synchronous_commit", "off"),
    ("checkpoint_timeout", "1h"),
    ("autovacuum", "off"),
    ("max_connections", "200"),
    ("timezone", "UTC"),
    ("log_min_messages", "fatal"),
];

/// The oldest major version that Concertina knows.
const OLDEST: u32 = 14;

/// Starts the server, says so, and stops it and removes its folder when our end of its standard input closes, however we end.
const KEEPER: &str = r#"
if said=$("$1/pg_ctl" --pgdata "$2/data" --log "$2/log" --options "$3" --wait --timeout 60 start 2>&1 </dev/null); then
    echo started
else
    printf '%s\n' "$said"; cat "$2/log" 2>/dev/null
fi
exec >&-
read _
"$1/pg_ctl" --pgdata "$2/data" --mode immediate stop >/dev/null 2>&1
rm -rf "$2""#;

/// The programs of a PostgreSQL server, and how it is to be set.
#[derive(Debug, Clone)]
pub struct Installed {
    bin: PathBuf,
    settings: Vec<(String, String)>,
    loopback: bool,
}

/// A running server that stops, and leaves nothing behind, with this value or with the process.
#[derive(Debug)]
pub struct Server {
    folder: PathBuf,
    /// Of the loopback address, where it listens there.
    port: Option<u16>,
    keeper: Child,
}

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// No programs were found.
    #[error(
        "no PostgreSQL server of version {OLDEST} or newer is installed here: install one, or name its bin folder"
    )]
    NotInstalled,
    /// The folder lacks programs, or they are too old.
    #[error(
        "{folder} holds no PostgreSQL server of version {OLDEST} or newer (initdb, pg_ctl and postgres)"
    )]
    NoServer {
        /// The folder.
        folder: PathBuf,
    },
    /// We are root, for whom PostgreSQL does not run, and there is no other account.
    #[error(
        "PostgreSQL does not run as root, and there is no account named postgres or nobody to run it as"
    )]
    OnlyRoot,
    /// A program could not be run.
    #[error("{what} could not be done")]
    Io {
        /// What was to be done.
        what: String,
        /// Why.
        source: std::io::Error,
    },
    /// A program ended with an error.
    #[error("{program} failed: {said}")]
    Failed {
        /// Which one.
        program: &'static str,
        /// What it said.
        said: String,
    },
}

impl Installed {
    /// The newest server that is installed: on the `PATH`, or where packages put it.
    ///
    /// # Errors
    /// There is none of a version that Concertina knows.
    pub fn find() -> Result<Self, StartError> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
        folders.extend(PLACES.iter().flat_map(|place| matching(place)));
        let versions = folders
            .into_iter()
            .filter_map(|bin| Some((major(&bin)?, bin)));
        let newest = versions.max_by_key(|(major, _)| *major);
        newest
            .map(|(_, bin)| Self::of(bin))
            .ok_or(StartError::NotInstalled)
    }

    /// The server whose programs are in that folder.
    ///
    /// # Errors
    /// They are not, or are older than Concertina knows.
    pub fn at(bin: impl Into<PathBuf>) -> Result<Self, StartError> {
        let bin = bin.into();
        match major(&bin) {
            Some(_) => Ok(Self::of(bin)),
            None => Err(StartError::NoServer { folder: bin }),
        }
    }

    fn of(bin: PathBuf) -> Self {
        Self {
            bin,
            settings: Vec::new(),
            loopback: false,
        }
    }

    /// The folder of its programs.
    pub fn bin(&self) -> &Path {
        &self.bin
    }

    /// Sets a parameter of the server's configuration (manual 18, section 19.1).
    #[must_use]
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Listens on a port of the loopback address too, where every account of this machine can come in; without it only
    /// ours can, through a socket in a folder of its own.
    #[must_use]
    pub fn loopback(mut self) -> Self {
        self.loopback = true;
        self
    }

    /// Makes a new cluster in a temporary folder and starts it; as another account where we are root.
    ///
    /// # Errors
    /// What the programs say.
    pub fn start(&self) -> Result<Server, StartError> {
        // Not TMPDIR: the other account must reach it, and the path of a socket is short.
        let id: String = instance_id().chars().take(16).collect();
        let folder = PathBuf::from(format!("/tmp/concertina-pg-{id}"));
        let failed = |what: String| move |source| StartError::Io { what, source };
        let made = std::fs::DirBuilder::new().mode(0o700).create(&folder);
        made.map_err(failed(format!("making {}", folder.display())))?;
        let started = self.start_in(&folder);
        if started.is_err() {
            // It is ours, and nobody is told twice.
            let _ = std::fs::remove_dir_all(&folder);
        }
        started
    }

    fn start_in(&self, folder: &Path) -> Result<Server, StartError> {
        let failed = |what: &str| {
            let what = what.to_owned();
            move |source| StartError::Io { what, source }
        };
        let account = account(folder)?;
        if let Some((uid, gid)) = account {
            std::os::unix::fs::chown(folder, Some(uid), Some(gid))
                .map_err(failed("handing the folder over"))?;
        }
        let command = |program: &Path| {
            let mut command = Command::new(program);
            if let Some((uid, gid)) = account {
                command.uid(uid).gid(gid);
            }
            command.current_dir(folder).env("LC_ALL", "C");
            command
        };
        let made = command(&self.bin.join("initdb"))
            .args(["--auth=trust", "--username=postgres", "--encoding=UTF8"])
            .args(["--no-locale", "--no-sync", "--pgdata"])
            .arg(folder.join("data"))
            .stdin(Stdio::null())
            .output()
            .map_err(failed("running initdb"))?;
        if !made.status.success() {
            let said = String::from_utf8_lossy(&made.stderr).trim().to_owned();
            let program = "initdb";
            return Err(StartError::Failed { program, said });
        }
        let port = match self.loopback {
            true => Some(free_port().map_err(failed("finding a free port"))?),
            false => None,
        };
        let mut keeper = command(Path::new("/bin/sh"))
            .args(["-c", KEEPER, "keeper"])
            .args([&self.bin, folder])
            .arg(self.options(folder, port))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // What interrupts us leaves it the time to tidy up.
            .process_group(0)
            .spawn()
            .map_err(failed("starting the server"))?;
        let mut said = String::new();
        if let Some(stdout) = keeper.stdout.take() {
            let mut stdout = BufReader::new(stdout);
            let read = stdout.read_line(&mut said);
            let read = read.and_then(|_| stdout.read_to_string(&mut said));
            read.map_err(failed("starting the server"))?;
        }
        let server = Server {
            folder: folder.to_owned(),
            port,
            keeper,
        };
        match said.trim() {
            "started" => Ok(server),
            said => Err(StartError::Failed {
                program: "pg_ctl",
                said: said.to_owned(),
            }),
        }
    }

    /// The options that `pg_ctl` hands to the server.
    fn options(&self, folder: &Path, port: Option<u16>) -> String {
        let listen = if port.is_some() { "127.0.0.1" } else { "" };
        let mut options = format!(
            "-k {} -p {} -c listen_addresses='{listen}'",
            folder.display(),
            port.unwrap_or(SOCKET_PORT)
        );
        let given = self.settings.iter();
        let given = given.map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, value) in SETTINGS.into_iter().chain(given) {
            options.push_str(&format!(" -c {name}='{value}'"));
        }
        options
    }
}

/// The port that the name of a socket ends in.
const SOCKET_PORT: u16 = 5432;

impl Server {
    /// The connection string of one of its databases, as its superuser.
    pub fn url(&self, database: &str) -> String {
        match self.port {
            Some(port) => format!("postgresql://postgres@127.0.0.1:{port}/{database}"),
            None => {
                let socket = self.folder.display().to_string().replace('/', "%2F");
                format!("postgresql://postgres@{socket}:{SOCKET_PORT}/{database}")
            }
        }
    }

    /// What the server has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The keeper stops the server once it reads the end of its input.
        drop(self.keeper.stdin.take());
        // It cannot fail in a way that anybody could mend.
        let _ = self.keeper.wait();
    }
}

/// The major version of the server in a folder; none if there is none, or an older one than Concertina knows.
fn major(bin: &Path) -> Option<u32> {
    let has = |program: &str| bin.join(program).is_file();
    if !(has("initdb") && has("pg_ctl") && has("postgres")) {
        return None;
    }
    let said = Command::new(bin.join("postgres")).arg("--version").output();
    let said = String::from_utf8(said.ok()?.stdout).ok()?;
    let version = said.strip_prefix("postgres (PostgreSQL) ")?;
    let digits = version.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok().filter(|major| *major >= OLDEST)
}

/// The folders that fit a pattern, in which `*` stands for what it likes within one name.
fn matching(pattern: &str) -> Vec<PathBuf> {
    let mut found = vec![PathBuf::from("/")];
    for part in pattern.split('/').filter(|part| !part.is_empty()) {
        let Some((start, end)) = part.split_once('*') else {
            for folder in &mut found {
                folder.push(part);
            }
            continue;
        };
        let inside = found.iter().filter_map(|folder| folder.read_dir().ok());
        let inside = inside.flatten().flatten().filter(|entry| {
            let name = entry.file_name();
            let rest = name.to_str().and_then(|name| name.strip_prefix(start));
            rest.is_some_and(|rest| rest.ends_with(end))
        });
        found = inside.map(|entry| entry.path()).collect();
    }
    found
}

/// The account to run the server as: another one where we are root, who owns the folder that we have made.
fn account(folder: &Path) -> Result<Option<(u32, u32)>, StartError> {
    let owner = std::fs::metadata(folder).map(|own| own.uid());
    if owner.is_ok_and(|uid| uid != 0) {
        return Ok(None);
    }
    let accounts = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let find = |name: &str| {
        let mut lines = accounts.lines();
        let line = lines.find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    let found = find("postgres").or_else(|| find("nobody"));
    found.map(Some).ok_or(StartError::OnlyRoot)
}

fn free_port() -> std::io::Result<u16> {
    let socket = std::net::TcpListener::bind("127.0.0.1:0")?;
    Ok(socket.local_addr()?.port())
}
