//! Reads every `.sql` file below some folders and prints, by kind of statement, how many are opaque or hold unread parts:
//! `cargo run --all-features --example recognise -- [--server URL] [--list] FOLDER ..`; a server is the judge of
//! what is valid: in an aborted transaction it parses a statement and refuses it, so that nothing is executed.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "printing is what an example is for"
)]

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use concertina::sql::ast::Change;
use concertina::sql::{Statement, parse};
use postgres::{Client, NoTls};

fn main() -> ExitCode {
    let mut server = None;
    let mut list = false;
    let mut folders = Vec::new();
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--server" => server = args.next(),
            "--list" => list = true,
            _ => folders.push(PathBuf::from(arg)),
        }
    }
    if folders.is_empty() {
        eprintln!("usage: recognise [--server URL] [--list] FOLDER ..");
        return ExitCode::from(2);
    }
    match measure(&folders, server.as_deref(), list) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(3)
        }
    }
}

/// What became of the statements of one kind.
#[derive(Debug, Default, Clone, Copy)]
struct Count {
    statements: usize,
    /// The server takes them, or there is none to ask.
    valid: usize,
    opaque: usize,
    unread: usize,
}

impl Count {
    fn add(&mut self, other: Self) {
        self.statements += other.statements;
        self.valid += other.valid;
        self.opaque += other.opaque;
        self.unread += other.unread;
    }
}

/// Gives the number of valid statements that are opaque.
fn measure(folders: &[PathBuf], server: Option<&str>, list: bool) -> Result<usize, Box<dyn Error>> {
    let mut judge = server.map(Judge::connect).transpose()?;
    let mut kinds: BTreeMap<String, Count> = BTreeMap::new();
    let mut files = Vec::new();
    for folder in folders {
        sql_files(folder, &mut files)?;
    }
    for file in &files {
        let text = String::from_utf8_lossy(&fs::read(file)?).into_owned();
        for statement in &parse(&text).statements {
            let sql = statement.span.text(&text);
            let valid = match &mut judge {
                Some(judge) => judge.takes(statement, sql)?,
                None => true,
            };
            let opaque = matches!(statement.change, Change::Opaque { .. });
            let unread = !opaque && !statement.unread.is_empty();
            let count = Count {
                statements: 1,
                valid: usize::from(valid),
                opaque: usize::from(valid && opaque),
                unread: usize::from(valid && unread),
            };
            kinds.entry(family(statement, sql)).or_default().add(count);
            if list && valid && (opaque || unread) {
                println!("{}", shown(file, &text, statement, sql));
            }
        }
    }
    let mut all = Count::default();
    println!("{:<40} statements   valid  opaque  unread", "kind");
    for (kind, count) in &kinds {
        all.add(*count);
        print_row(kind, *count);
    }
    print_row(&format!("all of {} files", files.len()), all);
    Ok(all.opaque)
}

fn print_row(kind: &str, count: Count) {
    println!(
        "{kind:<40} {:>10} {:>7} {:>7} {:>7}",
        count.statements, count.valid, count.opaque, count.unread
    );
}

/// The kind up to the slash; an opaque statement goes by its first word.
fn family(statement: &Statement, sql: &str) -> String {
    match &statement.change {
        Change::Opaque { .. } => {
            let word = sql.split_whitespace().next().unwrap_or_default();
            format!("opaque: {}", word.to_ascii_lowercase())
        }
        _ => statement
            .kind
            .split('/')
            .next()
            .unwrap_or_default()
            .to_owned(),
    }
}

/// Where a statement stands, what it is and why something in it is not read.
fn shown(file: &Path, text: &str, statement: &Statement, sql: &str) -> String {
    let before = text.get(..statement.span.start).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let why = match &statement.change {
        Change::Opaque { reason } => format!("opaque: {reason}"),
        _ => format!("{}: {}", statement.kind, statement.unread.join("; ")),
    };
    let sql = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("{}:{line}: {why}\n    {sql}", file.display())
}

fn sql_files(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    if folder.is_file() {
        files.push(folder.to_owned());
        return Ok(());
    }
    let entries = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
    let mut entries: Vec<PathBuf> = entries.collect::<Result<_, _>>()?;
    entries.sort();
    for path in entries {
        if path.is_dir() {
            sql_files(&path, files)?;
        } else if path.extension().is_some_and(|end| end == "sql") {
            files.push(path);
        }
    }
    Ok(())
}

/// A connection whose transaction has failed: it says whether a statement parses and runs none.
struct Judge(Client);

impl Judge {
    fn connect(url: &str) -> Result<Self, Box<dyn Error>> {
        let mut judge = Self(Client::connect(url, NoTls)?);
        judge.abort();
        Ok(judge)
    }

    fn abort(&mut self) {
        let failed = self.0.batch_execute("ROLLBACK; BEGIN; SELECT 1 / 0");
        debug_assert!(failed.is_err(), "a division by zero aborts a transaction");
    }

    fn takes(&mut self, statement: &Statement, sql: &str) -> Result<bool, Box<dyn Error>> {
        if let Change::Psql { .. } = statement.change {
            return Ok(true);
        }
        let answer = self.0.batch_execute(sql);
        let Err(error) = answer else {
            // It ended the transaction, as only COMMIT and its like do here.
            self.abort();
            return Ok(true);
        };
        match error.code().map(|code| code.code()) {
            Some("25P02") => Ok(true),
            Some("42601" | "22025" | "22P05" | "42602" | "22021" | "54001" | "0A000") => Ok(false),
            Some(_) => {
                self.abort();
                Ok(false)
            }
            None => Err(format!("{sql}: {error}").into()),
        }
    }
}
