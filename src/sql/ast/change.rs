//! What one statement does, in our own small vocabulary.

use super::*;

/// What one statement does.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// `CREATE TABLE`, `CREATE FOREIGN TABLE`, `CREATE TABLE AS`, `SELECT INTO`.
    CreateTable(Box<CreateTable>),
    /// `ALTER TABLE | INDEX | VIEW | SEQUENCE | ..` with actions on a relation.
    AlterTable(AlterTable),
    /// `CREATE INDEX`.
    CreateIndex(Box<CreateIndex>),
    /// `CREATE [MATERIALIZED] VIEW`.
    CreateView(Box<CreateView>),
    /// `CREATE SEQUENCE`.
    CreateSequence(CreateSequence),
    /// `ALTER SEQUENCE` with options.
    AlterSequence(AlterSequence),
    /// `CREATE TYPE`.
    CreateType(CreateType),
    /// `ALTER TYPE .. ADD | RENAME VALUE`.
    AlterEnum {
        /// The type.
        name: QualifiedName,
        /// What becomes of it.
        action: AlterEnum,
    },
    /// `ALTER TYPE .. ADD | DROP | ALTER | RENAME ATTRIBUTE`: actions as on a table's columns.
    AlterComposite {
        /// The type.
        name: QualifiedName,
        /// The actions.
        actions: Vec<AlterAction>,
        /// `CASCADE`: on the tables made of it too.
        behavior: Behavior,
    },
    /// `CREATE DOMAIN`.
    CreateDomain(Box<CreateDomain>),
    /// `ALTER DOMAIN`.
    AlterDomain {
        /// The domain.
        name: QualifiedName,
        /// What becomes of it.
        action: AlterDomain,
    },
    /// `CREATE FUNCTION | PROCEDURE | AGGREGATE`.
    CreateRoutine(Box<CreateRoutine>),
    /// `CREATE TRIGGER`.
    CreateTrigger(Box<CreateTrigger>),
    /// `CREATE POLICY`.
    CreatePolicy(Policy),
    /// `ALTER POLICY`.
    AlterPolicy(Policy),
    /// `CREATE SCHEMA`; the statements inside it follow as changes.
    CreateSchema {
        /// The schema.
        name: Ident,
        /// `IF NOT EXISTS`.
        if_not_exists: bool,
        /// What is created in it.
        elements: Vec<Change>,
    },
    /// `CREATE EXTENSION`.
    CreateExtension {
        /// The extension.
        name: Ident,
        /// `IF NOT EXISTS`.
        if_not_exists: bool,
        /// `SCHEMA`.
        schema: Option<Ident>,
    },
    /// `CREATE OPERATOR`.
    CreateOperator(Box<CreateOperator>),
    /// `CREATE CAST`.
    CreateCast(Box<CreateCast>),
    /// `CREATE` of any other object.
    CreateObject {
        /// What kind of object.
        object: ObjectKind,
        /// Its name.
        name: ObjectName,
        /// `OR REPLACE`.
        or_replace: bool,
        /// `IF NOT EXISTS`.
        if_not_exists: bool,
        /// Relations it names: the table of a rule or of statistics.
        relations: Vec<QualifiedName>,
        /// A rule's event, in small letters, and what it says of it as written: `delete DO INSTEAD NOTHING`; the kinds of
        /// statistics, in order, unless all: `dependencies, mcv`.
        definition: Option<String>,
        /// What statistics are about: columns and expressions.
        keys: Vec<IndexKey>,
        /// The objects it stands on: the function of an event trigger, the wrapper of a server, the
        /// server of a user mapping.
        needs: Vec<(ObjectKind, QualifiedName)>,
    },
    /// `CREATE PUBLICATION`, and `ALTER PUBLICATION` of what it publishes.
    Publication(PublicationChange),
    /// `ALTER` of an object that is no relation.
    AlterObject(AlterObject),
    /// `DROP` of anything.
    Drop(Drop),
    /// `COMMENT ON`; also `SECURITY LABEL`.
    Comment {
        /// What kind of object.
        object: ObjectKind,
        /// Which one.
        name: ObjectName,
        /// The text; none is `NULL`.
        text: Option<String>,
    },
    /// `GRANT` and `REVOKE`.
    Privileges(Privileges),
    /// `ALTER DEFAULT PRIVILEGES`.
    DefaultPrivileges(Privileges),
    /// `SELECT`, `INSERT`, `UPDATE`, `DELETE`, `MERGE`.
    Dml(Dml),
    /// `COPY`.
    Copy {
        /// The table; none when a query is copied.
        table: Option<QualifiedName>,
        /// The columns written.
        columns: Vec<Ident>,
        /// `FROM` rather than `TO`.
        from: bool,
        /// The query that is copied, if it is no table.
        query: Option<Box<Query>>,
    },
    /// `TRUNCATE`.
    Truncate {
        /// The tables.
        tables: Vec<QualifiedName>,
        /// Those of them that were written with `ONLY`.
        only: Vec<QualifiedName>,
        /// `RESTART IDENTITY`.
        restart_identity: bool,
        /// `CASCADE` or not.
        behavior: Behavior,
    },
    /// `LOCK TABLE`.
    Lock {
        /// The tables.
        tables: Vec<QualifiedName>,
        /// Those of them that were written with `ONLY`.
        only: Vec<QualifiedName>,
        /// The mode in capitals, `ACCESS EXCLUSIVE` when none was written.
        mode: String,
        /// `NOWAIT`.
        nowait: bool,
    },
    /// `VACUUM`, `ANALYZE`.
    Vacuum {
        /// `VACUUM` rather than `ANALYZE` alone.
        vacuum: bool,
        /// `FULL`.
        full: bool,
        /// `ANALYZE`.
        analyze: bool,
        /// The tables; none is all.
        tables: Vec<QualifiedName>,
        /// Those with `ONLY`, from PostgreSQL 18.
        only: Vec<QualifiedName>,
        /// Columns are named of some.
        columns: bool,
    },
    /// `CLUSTER`.
    Cluster {
        /// The table; none is all that were clustered before.
        table: Option<QualifiedName>,
        /// `USING`.
        index: Option<Ident>,
    },
    /// `REINDEX`.
    Reindex {
        /// `INDEX`, `TABLE`, `SCHEMA`, `DATABASE` or `SYSTEM`.
        target: String,
        /// Of what.
        name: Option<QualifiedName>,
        /// `CONCURRENTLY`.
        concurrently: bool,
    },
    /// `REFRESH MATERIALIZED VIEW`.
    RefreshMaterializedView {
        /// The view.
        name: QualifiedName,
        /// `CONCURRENTLY`.
        concurrently: bool,
        /// Not `WITH NO DATA`.
        with_data: bool,
    },
    /// `BEGIN`, `COMMIT`, `SAVEPOINT`, ...
    Transaction(TransactionControl),
    /// `SET`, `RESET`, `SET CONSTRAINTS`, `SET ROLE`.
    Set(Setting),
    /// `DO`.
    Do {
        /// `LANGUAGE`, in lower case; `plpgsql` unless written.
        language: String,
        /// The body's text.
        body: String,
    },
    /// A statement that we know by name and that touches no relation of its own: `NOTIFY`, `DISCARD`, `PREPARE`, `CALL`, `EXPLAIN`, ...
    Utility {
        /// Its first words in lower case with hyphens.
        command: String,
        /// The relations it names.
        relations: Vec<QualifiedName>,
        /// What `PREPARE`, `EXECUTE` and `DEALLOCATE` name.
        name: Option<Ident>,
        /// The query it runs or plans: of `EXPLAIN`, `DECLARE`, `CALL` and `PREPARE`.
        query: Option<Box<Query>>,
    },
    /// A psql meta-command line such as `\connect`, with the data lines of a `COPY .. FROM stdin` read over.
    Psql {
        /// The command with its backslash.
        command: String,
    },
    /// Text we do not understand; the most careful effect is assumed.
    Opaque {
        /// Why, as a lower-case fragment.
        reason: String,
    },
}

/// A transaction command.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransactionControl {
    /// `BEGIN`, `START TRANSACTION`.
    Begin,
    /// `COMMIT`, `END`.
    Commit,
    /// `ROLLBACK`, `ABORT`.
    Rollback,
    /// `COMMIT AND CHAIN`: another block is open at once.
    CommitAndChain,
    /// `ROLLBACK AND CHAIN`.
    RollbackAndChain,
    /// `SAVEPOINT`.
    Savepoint(Ident),
    /// `RELEASE`.
    Release(Ident),
    /// `ROLLBACK TO`.
    RollbackTo(Ident),
    /// `SET TRANSACTION`.
    Set {
        /// It says the isolation level, which must be said before any query.
        isolation: bool,
    },
    /// `PREPARE TRANSACTION`.
    TwoPhase,
}

/// `SET` and `RESET`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The parameter in lower case; `all` of RESET ALL.
    pub name: String,
    /// `LOCAL`.
    pub local: bool,
    /// The values, quotes resolved; none is `DEFAULT` or `RESET`.
    pub values: Vec<String>,
}
