//! Random histories on a server and in the catalogue: after every statement both must agree.

mod alter;
mod expressions;
mod generate;
mod named;
mod names;
mod objects;
mod operators;
mod tables;

use std::fmt::Write;

use concertina::schema::diff::diff;
use concertina::schema::{Catalogue, SERVER_QUERY, Session};
use concertina::sql::ast::Change;
use postgres::{Client, NoTls, Statement};

use self::generate::Generator;
use crate::server;

/// Statements in one database before the next history begins.
const LENGTH: usize = 200;

/// A few hundred statements here; `CONCERTINA_HISTORY_STATEMENTS`, `_SEED` and `_FAILURES` (how many to
/// find before giving up) ask for more.
#[test]
#[expect(clippy::print_stdout, reason = "the seed leads back to a failure")]
fn random_histories_agree() {
    let number = |name: &str, default: usize| {
        std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
    };
    let statements = number("CONCERTINA_HISTORY_STATEMENTS", 300);
    let seed = number("CONCERTINA_HISTORY_SEED", 1) as u64;
    let failures = number("CONCERTINA_HISTORY_FAILURES", 1);
    let (mut run, mut history, mut found, mut refused) = (0, 0, Vec::new(), 0);
    while run < statements && found.len() < failures {
        let own = seed.wrapping_mul(1_000_003).wrapping_add(history);
        let outcome = random_history(own, LENGTH.min(statements - run));
        run += outcome.statements;
        refused += outcome.refused;
        if let Some(difference) = outcome.difference {
            println!("{difference}");
            found.push(difference);
        }
        history += 1;
    }
    println!(
        "seed {seed}: {run} statements in {history} histories, {refused} refused by both, {} differences",
        found.len()
    );
    assert!(found.is_empty(), "left: replay, right: server; see above");
}

struct Outcome {
    statements: usize,
    refused: usize,
    difference: Option<String>,
}

/// Makes a history, statement by statement, until both sides part.
fn random_history(seed: u64, length: usize) -> Outcome {
    let mut sides = Sides::new();
    let mut generator = Generator::new(seed, sides.session.version());
    let mut history: Vec<String> = Vec::new();
    for _ in 0..length {
        let statement = generator.statement(&sides.session, sides.aborted);
        history.push(statement.clone());
        if let Some(difference) = sides.run(&statement, true) {
            let (statements, refused) = (history.len(), sides.refused);
            let (short, left) = shrunk(&history, sides, difference);
            let mut text = format!(
                "history of seed {seed}, {} of {statements} statements:\n",
                short.len()
            );
            for statement in short.iter().take(short.len().saturating_sub(1)) {
                writeln!(text, "{statement};").unwrap();
            }
            let difference = Some(format!("{text}{left}"));
            return Outcome {
                statements,
                refused,
                difference,
            };
        }
        if sides.over {
            break;
        }
    }
    Outcome {
        statements: history.len(),
        refused: sides.refused,
        difference: None,
    }
}

/// The shortest history we find by leaving statements out, halves first, then one by one; with what
/// is different at its end.
fn shrunk(history: &[String], mut sides: Sides, mut left: String) -> (Vec<String>, String) {
    let mut kept = history.to_vec();
    let mut size = kept.len() / 2;
    while size > 0 {
        let mut at = 0;
        while at < kept.len() {
            let mut less = kept.clone();
            less.drain(at..(at + size).min(kept.len()));
            sides = sides.emptied();
            match sides.difference(&less) {
                Some(found) if kind(&found) == kind(&left) => (kept, left) = (less, found),
                _ => at += size,
            }
        }
        size /= 2;
    }
    (kept, left)
}

/// What a difference is about: both SQLSTATEs, or the catalogues.
fn kind(difference: &str) -> String {
    let sides = difference
        .lines()
        .filter(|line| line.starts_with("  server: ") || line.starts_with("  replay: "));
    sides.map(|line| line.get(..24).unwrap_or(line)).collect()
}

/// A server's session and ours.
struct Sides {
    client: Client,
    /// The query for the server's catalogue, planned once.
    look: Option<Statement>,
    session: Session,
    /// The server's open transaction was refused a statement.
    aborted: bool,
    /// The server met an error of its own (`XX000`), which says nothing of the statement: the history ends there.
    over: bool,
    refused: usize,
}

impl Sides {
    fn new() -> Self {
        let mut client = Client::connect(&server::shared().database(), NoTls).unwrap();
        client
            .batch_execute("SET client_min_messages = error; SET jit = off")
            .unwrap();
        let version = server::major(&mut client);
        Self {
            client,
            look: None,
            session: Session::new(version),
            aborted: false,
            over: false,
            refused: 0,
        }
    }

    /// Both sides empty again; faster than another database.
    fn emptied(mut self) -> Self {
        let version = self.session.version();
        self.client
            .batch_execute(
                "ROLLBACK; RESET ALL; SET client_min_messages = error; SET jit = off;
                 DO $$ DECLARE s text; BEGIN
                   FOR s IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
                   LOOP EXECUTE format('DROP SCHEMA %I CASCADE', s); END LOOP;
                   FOR s IN SELECT evtname FROM pg_event_trigger
                   LOOP EXECUTE format('DROP EVENT TRIGGER %I', s); END LOOP;
                   FOR s IN SELECT fdwname FROM pg_foreign_data_wrapper
                   LOOP EXECUTE format('DROP FOREIGN DATA WRAPPER %I CASCADE', s); END LOOP;
                   FOR s IN SELECT format('(%s AS %s)', format_type(castsource, NULL), format_type(casttarget, NULL))
                     FROM pg_cast WHERE oid >= 16384
                   LOOP EXECUTE 'DROP CAST ' || s; END LOOP;
                   FOR s IN SELECT pubname FROM pg_publication
                   LOOP EXECUTE format('DROP PUBLICATION %I', s); END LOOP;
                 END $$; CREATE SCHEMA public",
            )
            .unwrap();
        Self {
            session: Session::new(version),
            aborted: false,
            over: false,
            refused: 0,
            client: self.client,
            look: self.look,
        }
    }

    /// Where both sides part, comparing catalogues at the end only.
    fn difference(&mut self, history: &[String]) -> Option<String> {
        let mut statements = history.iter().enumerate();
        statements.find_map(|(at, statement)| self.run(statement, at + 1 == history.len()))
    }

    /// Runs a statement on both sides and says where they part.
    #[expect(
        clippy::print_stdout,
        reason = "what ends a history early is worth knowing"
    )]
    fn run(&mut self, statement: &str, compare: bool) -> Option<String> {
        let script = concertina::sql::parse(statement);
        let theirs = match self.client.simple_query(statement) {
            Ok(_) => None,
            Err(error) => {
                let error = error
                    .as_db_error()
                    .unwrap_or_else(|| panic!("{statement}: {error}"));
                Some((error.code().code().to_owned(), error.message().to_owned()))
            }
        };
        let [parsed] = script.statements.as_slice() else {
            return Some(format!(
                "{statement}\n  read as {} statements",
                script.statements.len()
            ));
        };
        if let Change::Opaque { reason } = &parsed.change {
            return Some(format!("{statement}\n  not read: {reason}"));
        }
        let ours = self.session.apply(&parsed.change).err();
        let ours = ours.map(|refusal| (refusal.sqlstate.to_owned(), refusal.message));
        if let Some((_, message)) = theirs.as_ref().filter(|(code, _)| code == "XX000") {
            println!("{statement}\n  ends its history, since the server says: {message}");
            self.over = true;
            return None;
        }
        let code = |side: &Option<(String, String)>| side.as_ref().map(|(code, _)| code.clone());
        if code(&ours) != code(&theirs) {
            return Some(format!(
                "{statement}\n  server: {theirs:?}\n  replay: {ours:?}"
            ));
        }
        self.refused += usize::from(theirs.is_some());
        if theirs.is_some() {
            self.aborted = self.session.in_transaction();
            return None;
        }
        self.aborted = false;
        if !compare {
            return None;
        }
        let server = self.server();
        let found = diff(self.session.catalogue(), &server);
        (!found.is_empty()).then(|| {
            let lines: Vec<String> = found
                .iter()
                .map(|difference| format!("  {difference}\n"))
                .collect();
            format!("{statement}\n{}", lines.concat())
        })
    }

    /// The server's catalogue as its session sees it, whatever its search path.
    fn server(&mut self) -> Catalogue {
        let look = self
            .look
            .get_or_insert_with(|| self.client.prepare(SERVER_QUERY).unwrap())
            .clone();
        let (before, after) = if self.session.in_transaction() {
            ("SAVEPOINT looking", "ROLLBACK TO looking; RELEASE looking")
        } else {
            ("BEGIN", "ROLLBACK")
        };
        let before = format!("{before}; SET LOCAL search_path = public");
        self.client.batch_execute(&before).unwrap();
        let answer: String = self.client.query_one(&look, &[]).unwrap().get(0);
        self.client.batch_execute(after).unwrap();
        Catalogue::from_server(&answer).unwrap()
    }
}
