//! How right and how fast are the other linters of migrations, and we, on the same files?
//!
//! `scripts/peers` installs them and runs this; see there. `SHOW=1` prints every question with its answer,
//! `CONCERTINA_CASES=text` keeps the cases with that in their name.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "printing is what this is for"
)]

mod ask;
#[path = "../../tests/it/rules/case.rs"]
#[expect(dead_code, reason = "the tests use the rest")]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod case;
#[path = "../../tests/it/rules/cases.rs"]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod cases;
mod peer;
mod score;
mod speed;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use case::Case;
use peer::Peer;
use score::Row;

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1).filter(|word| word != "--bench");
    let task = words.next().unwrap_or_default();
    let names: Vec<String> = words.collect();
    let installed = PathBuf::from(
        std::env::var_os("PEERS")
            .expect("PEERS names the folder they are installed in: use scripts/peers"),
    );
    let mut peers = peer::peers(&root().join("migrations-fixtures/peers"));
    if !names.is_empty() {
        peers.retain(|peer| names.contains(&peer.name));
    }
    match task.as_str() {
        "score" | "wrong" => println!("{}", scores(&peers, &installed, task == "wrong")),
        "speed" => println!("{}", timed(&peers, &installed)),
        "page" => write_page(&peers, &installed),
        _ => {
            eprintln!("no task is called {task}: use scripts/peers");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

fn root() -> PathBuf {
    cases::root()
}

/// The page, whose text stays and whose tables are made anew.
fn write_page(peers: &[Peer], installed: &Path) {
    let page = root().join("docs/src/peers.md");
    let mut text = fs::read_to_string(&page).expect("docs/src/peers.md");
    for (name, table) in [
        ("scores", &mut || scores(peers, installed, false)),
        ("speed", &mut || timed(peers, installed)),
    ] as [(&str, &mut dyn FnMut() -> String); 2]
    {
        let (begin, end) = (
            format!("<!-- {name}: generated -->"),
            format!("<!-- {name}: end -->"),
        );
        // A part that the page has not is not made.
        let Some((head, rest)) = text.split_once(&begin) else {
            continue;
        };
        let (_, tail) = rest.split_once(&end).expect("the mark behind the tables");
        text = format!("{head}{begin}\n\n{}\n\n{end}{tail}", table().trim());
    }
    fs::write(&page, text).expect("docs/src/peers.md");
}

/// The day, as the system writes it.
fn today() -> String {
    let output = Command::new("date")
        .arg("+%-d %B %Y")
        .env("LC_ALL", "C")
        .output();
    let output = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    output.unwrap_or_default()
}

fn timed(peers: &[Peer], installed: &Path) -> String {
    let history = std::env::var_os("PEERS_HISTORY").map(PathBuf::from);
    let history = history.expect("PEERS_HISTORY names a folder of migrations: use scripts/peers");
    let rounds = std::env::var("ROUNDS")
        .ok()
        .and_then(|rounds| rounds.parse().ok());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let tables = speed::speed(peers, installed, &history, rounds.unwrap_or(10));
    format!("{}, {cores} cores.\n{tables}", today())
}

/// The cases that everybody is asked: none that says what we are to leave alone or that a session begins without a timeout,
/// or that names tables which it does not make.
fn asked() -> Vec<(String, Case)> {
    let mut cases = cases::corpus();
    cases.retain(|(_, case)| {
        !case.assumes && !case.waits && !case.migration.text.contains("concertina:")
    });
    cases
}

/// The tables, or with `wrong` what each one gets wrong.
fn scores(peers: &[Peer], installed: &Path, wrong: bool) -> String {
    let cases = asked();
    let server = std::env::var("DATABASE_URL").ok();
    if let Some(server) = &server {
        ask::make_roles(server, &cases);
    }
    let (mut rows, mut versions, mut text) = (Vec::new(), String::new(), String::new());
    for peer in peers {
        let version = match peer.version(installed) {
            Ok(version) => version,
            Err(reason) => {
                versions += &format!(
                    "- [{}]({}) could not be installed: {reason}\n",
                    peer.name, peer.site
                );
                continue;
            }
        };
        versions += &format!("- [{}]({}) {version}\n", peer.name, peer.site);
        for way in &peer.ways {
            eprintln!("asking {}", way.name);
            let Some(said) = ask::ask(peer, way, &version, installed, &cases, server.as_deref())
            else {
                eprintln!("{} needs a server: use scripts/peers", way.name);
                continue;
            };
            let row = Row::new(&way.name, &way.knows, peer.claims(way), &cases, &said);
            if wrong {
                text += &format!("{}\n{}", way.name, row.wrong(&cases, &said));
            }
            rows.push(row);
        }
    }
    if wrong {
        return text;
    }
    format!(
        "{}, {} cases.\n\n{versions}\n{}",
        today(),
        cases.len(),
        score::tables(&rows, &cases)
    )
}
