//! What a server does with a labelled case, in the classes of findings.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error as _;

use concertina::rules::Class;
use concertina::sql::ast::{Change, TransactionControl};
use concertina::sql::{Statement, TransactionMode};
use postgres::error::SqlState;
use postgres::{Client, NoTls, SimpleQueryMessage};

use super::case::Case;
use super::witness::Application;

/// What the server decided: of each class whether it holds. What it cannot decide is left out.
pub(super) type Observed = BTreeMap<Class, bool>;

/// A relation that was there before the migration.
#[derive(Debug, Clone)]
struct Before {
    kind: char,
    logged: bool,
    rows: i64,
    /// The numbers of its columns, those left out that it works out itself.
    columns: Vec<i16>,
    /// The topmost table it is a partition of, the table an index is on, or itself.
    root: u32,
}

/// Strength, from the first that writes conflict with (manual 18, table 13.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Strong {
    Writes,
    Reads,
}

const RELATIONS: &str = "
    WITH RECURSIVE above AS (
        SELECT c.oid, c.oid AS root FROM pg_class c
        WHERE NOT EXISTS (SELECT FROM pg_inherits i JOIN pg_class k ON k.oid = i.inhrelid
                          WHERE i.inhrelid = c.oid AND k.relispartition)
        UNION ALL
        SELECT i.inhrelid, above.root FROM above JOIN pg_inherits i ON i.inhparent = above.oid
        JOIN pg_class k ON k.oid = i.inhrelid AND k.relispartition
    )
    SELECT c.oid, c.oid::regclass::text, c.relkind::text, c.relpersistence = 'p',
        (SELECT coalesce(array_agg(a.attnum), '{}') FROM pg_attribute a
            WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''),
        coalesce(t.root, a.root, c.oid)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN above a ON a.oid = c.oid
    LEFT JOIN pg_index i ON i.indexrelid = c.oid
    LEFT JOIN above t ON t.oid = i.indrelid
    WHERE c.relkind IN ('r', 'p', 'm', 'i', 'I', 'f', 'S')
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass
                        AND d.deptype = 'i' AND c.relkind = 'S')
        AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_t'";

const LOCKS: &str = "
    SELECT relation, max(array_position(ARRAY['ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock',
                                              'AccessExclusiveLock'], mode))
    FROM pg_locks WHERE pid = $1 AND granted AND locktype = 'relation'
        AND mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
    GROUP BY relation";

const READ: &str = "SELECT relid, coalesce(seq_tup_read, 0) FROM pg_stat_xact_all_tables";

struct Run<'a> {
    case: &'a Case,
    before: BTreeMap<u32, Before>,
    runner: Client,
    watcher: Client,
    runner_pid: i32,
    /// Of what was there before, what the transaction holds.
    held: BTreeMap<u32, Strong>,
    blocks: BTreeSet<Class>,
    scanned: bool,
    rewritten: bool,
    application: Application,
    broken: Option<bool>,
    /// Rows were given other values: whether that is a loss, no server knows.
    written: bool,
}

/// Runs a case in an empty database.
pub(super) fn observe(case: &Case, at: &str, database: &str) -> Observed {
    let connect = || Client::connect(database, NoTls).unwrap();
    let (mut runner, mut watcher) = (connect(), connect());
    for history in &case.history {
        for statement in &history.script().statements {
            let sql = statement.span.text(&history.text);
            if let Err(error) = runner.batch_execute(sql) {
                panic!("{at}: the history fails: {error:?}\n{sql}");
            }
        }
    }
    runner.batch_execute("RESET ALL").unwrap();
    if let Err(error) = runner.batch_execute(&case.rows) {
        panic!("{at}: the rows fail: {error:?}");
    }
    runner.batch_execute(include_str!("rows.sql")).unwrap();
    let before = relations(&mut watcher);
    let runner_pid = runner
        .query_one("SELECT pg_backend_pid()", &[])
        .unwrap()
        .get(0);
    let own = case
        .role
        .as_ref()
        .map(|role| database.replace("postgres@", &format!("{role}@")));
    let session = Client::connect(own.as_deref().unwrap_or(database), NoTls).unwrap();
    let mut run = Run {
        case,
        before,
        runner,
        watcher,
        runner_pid,
        held: BTreeMap::new(),
        blocks: BTreeSet::new(),
        scanned: false,
        rewritten: false,
        application: Application::start(case, session),
        broken: None,
        written: false,
    };
    let mut observed = Observed::new();
    match run.migrate() {
        Err(error) => {
            let state = error.code().cloned();
            let in_transaction = [
                SqlState::ACTIVE_SQL_TRANSACTION,
                SqlState::UNSAFE_NEW_ENUM_VALUE_USAGE,
            ];
            // COMMIT in a block or a procedure is for those that no transaction is around.
            let commits = state == Some(SqlState::INVALID_TRANSACTION_TERMINATION)
                && case
                    .migration
                    .script()
                    .statements
                    .iter()
                    .any(|one| matches!(&one.change, Change::Do { .. }) || one.kind == "call");
            let in_transaction =
                commits || state.is_some_and(|state| in_transaction.contains(&state));
            observed.insert(Class::FailsInTransaction, in_transaction);
            observed.insert(Class::Fails, !in_transaction);
        }
        Ok(()) => {
            observed.insert(Class::FailsInTransaction, false);
            observed.insert(Class::Fails, false);
            run.work(&mut observed);
            run.loss(&mut observed);
            run.ask();
            let waits = case.migration.text.contains("concertina: after");
            if let Some(broken) = run.broken.filter(|_| !waits) {
                observed.insert(Class::BreaksApp, broken);
            }
        }
    }
    drop(run.runner);
    drop(run.application);
    sweep(&mut run.watcher);
    observed
}

/// Leaves the database as empty as it was.
fn sweep(client: &mut Client) {
    let drops = client
        .query_one(
            "SELECT coalesce(string_agg(sql, ';'), '') FROM (
                SELECT 1 AS at, format('DROP EVENT TRIGGER %I', evtname) AS sql FROM pg_event_trigger
                UNION ALL SELECT 2, format('DROP PUBLICATION %I', pubname) FROM pg_publication
                UNION ALL SELECT 3, format('DROP EXTENSION %I CASCADE', extname) FROM pg_extension WHERE extname <> 'plpgsql'
                UNION ALL SELECT 4, format('DROP SCHEMA %I CASCADE', nspname) FROM pg_namespace
                    WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
                UNION ALL SELECT 5, 'CREATE SCHEMA public; GRANT ALL ON SCHEMA public TO PUBLIC'
                UNION ALL SELECT 6, 'ALTER DATABASE ' || quote_ident(current_database()) || ' RESET ALL'
                ORDER BY at) drops",
            &[],
        )
        .unwrap();
    let drops: String = drops.get(0);
    client.batch_execute(&drops).unwrap();
}

fn relations(client: &mut Client) -> BTreeMap<u32, Before> {
    let rows = client.query(RELATIONS, &[]).unwrap();
    let mut found = BTreeMap::new();
    for row in rows {
        let (oid, name): (u32, String) = (row.get(0), row.get(1));
        let kind: String = row.get(2);
        let kind = kind.chars().next().unwrap_or('?');
        let rows = match kind {
            'r' | 'm' => count(client, &name),
            _ => 0,
        };
        let relation = Before {
            kind,
            logged: row.get(3),
            rows,
            columns: row.get(4),
            root: row.get(5),
        };
        found.insert(oid, relation);
    }
    found
}

/// The rows of a relation; none of a view that was not filled.
fn count(client: &mut Client, name: &str) -> i64 {
    let counted = client.query_one(&format!("SELECT count(*) FROM ONLY {name}"), &[]);
    let counted = counted.or_else(|_| client.query_one("SELECT 0::bigint", &[]));
    counted.unwrap().get(0)
}

impl Run<'_> {
    fn migrate(&mut self) -> Result<(), postgres::Error> {
        let migration = &self.case.migration;
        let directive = migration.text.contains("concertina: no-transaction");
        let wrapped = migration.transaction == TransactionMode::Wrapped && !directive;
        let mut block = wrapped;
        if wrapped {
            self.runner.batch_execute("BEGIN")?;
        }
        for statement in &migration.script().statements {
            self.statement(statement, &mut block)?;
            if !block {
                self.ask();
            }
        }
        if wrapped {
            self.runner.batch_execute("COMMIT")?;
        }
        Ok(())
    }

    fn statement(
        &mut self,
        statement: &Statement,
        block: &mut bool,
    ) -> Result<(), postgres::Error> {
        let sql = statement.span.text(&self.case.migration.text);
        let by_itself = matches!(
            statement.change,
            Change::Transaction(_) | Change::Set(_) | Change::Lock { .. } | Change::Opaque { .. }
        ) || matches!(&statement.change, Change::Utility { command, .. } if command == "declare");
        self.written |= matches!(statement.change, Change::Dml(_) | Change::Do { .. });
        let opens = matches!(
            statement.change,
            Change::Transaction(TransactionControl::Set { .. })
        );
        if *block && opens {
            // Nothing may be asked before it.
            self.runner.batch_execute(sql)?;
        } else if *block {
            let read = self.read();
            let files = self.files();
            self.runner.batch_execute(sql)?;
            self.note(statement, &read, &files);
        } else if by_itself {
            self.runner.batch_execute(sql)?;
        } else {
            self.runner.batch_execute("BEGIN")?;
            let (read, files) = (self.read(), self.files());
            match self.runner.batch_execute(sql) {
                Ok(()) => {
                    self.note(statement, &read, &files);
                    self.runner.batch_execute("COMMIT")?;
                }
                // It ends transactions itself.
                Err(error)
                    if error.code() == Some(&SqlState::ACTIVE_SQL_TRANSACTION)
                        || error.code() == Some(&SqlState::INVALID_TRANSACTION_TERMINATION) =>
                {
                    self.runner.batch_execute("ROLLBACK")?;
                    self.runner.batch_execute(sql)?;
                    self.alone(statement, &files);
                }
                Err(error) => return Err(error),
            }
        }
        *block = self.in_block();
        if !*block {
            self.held.clear();
        }
        Ok(())
    }

    /// Lets the application try its queries: it sees what has been committed.
    fn ask(&mut self) {
        if self.broken != Some(true) {
            self.broken = self.application.broken();
        }
    }

    fn in_block(&mut self) -> bool {
        let state = "SELECT state LIKE 'idle in transaction%' FROM pg_stat_activity WHERE pid = $1";
        self.watcher
            .query_one(state, &[&self.runner_pid])
            .unwrap()
            .get(0)
    }

    /// What the open transaction has read of each table so far.
    fn read(&mut self) -> BTreeMap<u32, i64> {
        let rows = self.runner.query(READ, &[]).unwrap();
        rows.iter().map(|row| (row.get(0), row.get(1))).collect()
    }

    fn files(&mut self) -> BTreeMap<u32, u32> {
        let rows = self.runner.query(
            "SELECT oid, relfilenode FROM pg_class WHERE relkind IN ('r', 'm')",
            &[],
        );
        let rows = rows.unwrap();
        rows.iter().map(|row| (row.get(0), row.get(1))).collect()
    }

    /// Takes note of the locks held after a statement and of the work it did meanwhile.
    fn note(
        &mut self,
        statement: &Statement,
        read: &BTreeMap<u32, i64>,
        files: &BTreeMap<u32, u32>,
    ) {
        let earlier = std::mem::take(&mut self.held);
        let rows = self.watcher.query(LOCKS, &[&self.runner_pid]).unwrap();
        for row in rows {
            let (oid, mode): (u32, i32) = (row.get(0), row.get(1));
            let strong = if mode == 4 {
                Strong::Reads
            } else {
                Strong::Writes
            };
            // Nobody writes to a materialized view.
            let waited_for = |known: &Before| known.kind != 'm' || strong == Strong::Reads;
            if self.before.get(&oid).is_some_and(waited_for) {
                self.held.insert(oid, strong);
            }
        }
        let now = self.read();
        let scanned: Vec<u32> = self
            .before
            .iter()
            .filter(|(oid, known)| {
                let since = now.get(oid).unwrap_or(&0) - read.get(oid).unwrap_or(&0);
                known.rows > 0 && since >= known.rows
            })
            .map(|(oid, _)| *oid)
            .collect();
        let rewritten = self.rewritten_by(statement, files);
        let refreshed = matches!(
            statement.change,
            Change::RefreshMaterializedView {
                with_data: true,
                ..
            }
        );
        if !scanned.is_empty() || !rewritten.is_empty() || refreshed {
            self.block_those_held();
        }
        self.rewritten |= !rewritten.is_empty();
        let root = |oid: &u32| self.before.get(oid).map_or(*oid, |known| known.root);
        let locked: BTreeSet<u32> = self.held.keys().map(root).collect();
        self.scanned |= scanned
            .iter()
            .any(|oid| !rewritten.contains(oid) && locked.contains(&root(oid)));
        self.waits(statement, &earlier);
    }

    /// A second table is waited for while a first is held.
    fn waits(&mut self, statement: &Statement, earlier: &BTreeMap<u32, Strong>) {
        let roots = |held: &BTreeMap<u32, Strong>| -> BTreeMap<u32, Strong> {
            let tables = held.iter().filter_map(|(oid, strong)| {
                let known = self.before.get(oid)?;
                matches!(known.kind, 'r' | 'p').then_some((known.root, *strong))
            });
            let mut roots = BTreeMap::new();
            for (root, strong) in tables {
                let entry = roots.entry(root).or_insert(strong);
                *entry = strong.max(*entry);
            }
            roots
        };
        let (then, now) = (roots(earlier), roots(&self.held));
        let new = now.keys().any(|root| !then.contains_key(root));
        let pair: Vec<u32> = now.keys().copied().collect();
        let one_by_one = match statement.change {
            Change::CreateTable(_) | Change::Lock { .. } => true,
            Change::Do { .. } => pair.len() == 2 && !self.refers(&pair),
            _ => false,
        };
        let at_once = pair.len() == 2 && !one_by_one && (then.is_empty() || self.refers(&pair));
        if now.len() < 2 || !new || at_once {
            return;
        }
        self.blocks.insert(Class::BlocksWrites);
        if now.values().any(|strong| *strong == Strong::Reads) {
            self.blocks.insert(Class::BlocksReads);
        }
    }

    /// Whether two tables are the two sides of a foreign key, or were before it was dropped: one statement has to
    /// lock both.
    fn refers(&mut self, pair: &[u32]) -> bool {
        let key = "SELECT EXISTS (SELECT FROM pg_constraint WHERE contype = 'f' AND conrelid = ANY ($1) AND confrelid = ANY ($1)
                                   AND conrelid <> confrelid)";
        let asked =
            |client: &mut Client| client.query_one(key, &[&pair]).unwrap().get::<_, bool>(0);
        asked(&mut self.runner) || asked(&mut self.watcher)
    }

    fn rewritten_by(&mut self, statement: &Statement, files: &BTreeMap<u32, u32>) -> BTreeSet<u32> {
        if matches!(statement.change, Change::RefreshMaterializedView { .. }) {
            return BTreeSet::new();
        }
        let now = self.files();
        let changed = self.before.iter().filter(|(oid, known)| {
            let (now, then) = (now.get(oid), files.get(oid));
            known.rows > 0 && now.is_some() && then.is_some() && now != then
        });
        let changed: Vec<u32> = changed.map(|(oid, _)| *oid).collect();
        // A truncated table has a new file too, and nothing in it.
        let filled = |client: &mut Client, oid: u32| {
            let name: String = client
                .query_one("SELECT $1::oid::regclass::text", &[&oid])
                .unwrap()
                .get(0);
            let some = format!("SELECT EXISTS (SELECT FROM ONLY {name})");
            client.query_one(&some, &[]).unwrap().get::<_, bool>(0)
        };
        changed
            .into_iter()
            .filter(|oid| filled(&mut self.runner, *oid))
            .collect()
    }

    fn block_those_held(&mut self) {
        for (oid, strong) in &self.held {
            let Some(known) = self.before.get(oid) else {
                continue;
            };
            if *strong == Strong::Reads {
                self.blocks.insert(Class::BlocksReads);
            }
            if known.kind != 'm' {
                self.blocks.insert(Class::BlocksWrites);
            }
        }
    }

    /// A statement that ends its transactions itself: only what it left is seen. VACUUM FULL writes tables anew
    /// behind ACCESS EXCLUSIVE; CONCURRENTLY holds nothing that traffic waits for (manual 18, their pages).
    fn alone(&mut self, statement: &Statement, files: &BTreeMap<u32, u32>) {
        let rewritten = self.rewritten_by(statement, files);
        if !rewritten.is_empty() {
            self.rewritten = true;
            self.blocks
                .extend([Class::BlocksReads, Class::BlocksWrites]);
        }
    }

    fn work(&self, observed: &mut Observed) {
        observed.insert(Class::TableRewrite, self.rewritten);
        for class in [Class::BlocksReads, Class::BlocksWrites] {
            observed.insert(class, self.blocks.contains(&class));
        }
        observed.insert(Class::LongScan, self.scanned);
    }

    /// Whether tables, columns or rows are gone. What a narrower type cuts off is not seen.
    fn loss(&mut self, observed: &mut Observed) {
        let after = relations(&mut self.watcher);
        let mut gone = false;
        let mut fewer = false;
        for (oid, known) in &self.before {
            if !matches!(known.kind, 'r' | 'p' | 'f' | 'S') {
                continue;
            }
            let Some(now) = after.get(oid) else {
                gone = true;
                continue;
            };
            if known.kind == 'S' {
                continue;
            }
            gone |= !known
                .columns
                .iter()
                .all(|column| now.columns.contains(column))
                || known.logged && !now.logged;
            fewer |= now.rows < known.rows;
        }
        if gone {
            observed.insert(Class::Destructive, true);
        } else if !fewer && !self.rewritten && !self.written {
            observed.insert(Class::Destructive, false);
        }
    }
}

/// The rows of a text protocol answer, each as its values.
pub(super) fn rows(messages: &[SimpleQueryMessage]) -> Vec<Vec<Option<String>>> {
    let rows = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    rows.map(|row| {
        (0..row.len())
            .map(|at| row.get(at).map(str::to_owned))
            .collect()
    })
    .collect()
}

/// SQLSTATE and message.
pub(super) fn error_text(error: &postgres::Error) -> String {
    match error.as_db_error() {
        Some(error) => format!("{} {}", error.code().code(), error.message()),
        None => format!("{error} {:?}", error.source()),
    }
}
