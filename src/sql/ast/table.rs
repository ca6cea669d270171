//! Tables: their columns and constraints, and what ALTER TABLE does to them.

use super::{Behavior, Ident, ObjectKind, QualifiedName, Query, SequenceOption, SqlExpr, TypeName};
use crate::sql::Span;

/// `name = value` of a `WITH (..)`, `SET (..)` or `OPTIONS (..)` list; the value as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StorageOption {
    /// The option in lower case, with its namespace: `fillfactor`, `toast.autovacuum_enabled`.
    pub name: String,
    /// Its value.
    pub value: Option<String>,
}

/// `CREATE TABLE` in all its forms, `CREATE TABLE AS` and `CREATE FOREIGN TABLE` too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateTable {
    /// The table.
    pub name: QualifiedName,
    /// Permanent, temporary or unlogged.
    pub persistence: Persistence,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// The columns written out.
    pub columns: Vec<ColumnDef>,
    /// The table constraints written out.
    pub constraints: Vec<TableConstraint>,
    /// `LIKE`.
    pub likes: Vec<LikeClause>,
    /// `INHERITS`.
    pub inherits: Vec<QualifiedName>,
    /// `OF type`.
    pub of_type: Option<QualifiedName>,
    /// `PARTITION OF`.
    pub partition_of: Option<PartitionOf>,
    /// `PARTITION BY`.
    pub partition_by: Option<PartitionBy>,
    /// `AS query`.
    pub as_query: Option<Box<CreateAs>>,
    /// `USING method`.
    pub access_method: Option<Ident>,
    /// `WITH (..)`.
    pub options: Vec<StorageOption>,
    /// `TABLESPACE`.
    pub tablespace: Option<Ident>,
    /// `SERVER` of a foreign table.
    pub server: Option<Ident>,
    /// `ON COMMIT DROP`.
    pub on_commit_drop: bool,
}

/// How long a relation lives and whether it is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[non_exhaustive]
pub enum Persistence {
    /// An ordinary one.
    #[default]
    Permanent,
    /// `TEMPORARY`.
    Temporary,
    /// `UNLOGGED`.
    Unlogged,
}

/// The query of `CREATE TABLE AS` or of a view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateAs {
    /// New names for its columns.
    pub columns: Vec<Ident>,
    /// The query's text.
    pub text: String,
    /// The query; the reason when it could not be read (`EXECUTE` too).
    pub query: Result<Query, String>,
    /// Not `WITH NO DATA`.
    pub with_data: bool,
    /// `WITH CHECK OPTION` of a view: `local` or `cascaded`.
    pub check_option: Option<&'static str>,
}

/// `LIKE source [INCLUDING ..]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LikeClause {
    /// The table whose shape is copied.
    pub source: QualifiedName,
    /// What is copied beside columns and NOT NULL, in capitals, `ALL` written out: `DEFAULTS`, `CONSTRAINTS`, `INDEXES`, `IDENTITY`, `GENERATED`, `STORAGE`, `COMPRESSION`, `COMMENTS`, `STATISTICS`.
    pub including: Vec<String>,
}

impl LikeClause {
    /// Whether that is copied, in capitals.
    pub fn includes(&self, what: &str) -> bool {
        self.including.iter().any(|word| word == what)
    }
}

/// `PARTITION OF parent FOR VALUES ..`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionOf {
    /// The partitioned table.
    pub parent: QualifiedName,
    /// `DEFAULT` or `FOR VALUES ..` as written.
    pub bound: String,
}

/// `PARTITION BY`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionBy {
    /// `RANGE`, `LIST` or `HASH`.
    pub strategy: String,
    /// The key.
    pub keys: Vec<IndexElement>,
}

/// A column as CREATE TABLE and ADD COLUMN write it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnDef {
    /// The name.
    pub name: Ident,
    /// The type; a serial's is its integer type. None in `OF type` and partitions.
    pub ty: Option<TypeName>,
    /// Written as `smallserial`, `serial` or `bigserial`.
    pub serial: bool,
    /// `COLLATE`.
    pub collation: Option<QualifiedName>,
    /// `STORAGE`, in capitals.
    pub storage: Option<String>,
    /// `COMPRESSION`.
    pub compression: Option<Ident>,
    /// The constraints written on the column, in order.
    pub constraints: Vec<ColumnConstraint>,
    /// Where it stands.
    pub span: Span,
}

/// A constraint written on a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnConstraint {
    /// `CONSTRAINT name`.
    pub name: Option<Ident>,
    /// Which one.
    pub kind: ColumnConstraintKind,
    /// What follows it: `DEFERRABLE`, `NOT ENFORCED`, ...
    pub attributes: ConstraintAttributes,
    /// Where it stands.
    pub span: Span,
}

/// The constraints a column can carry; PostgreSQL's grammar counts defaults among them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ColumnConstraintKind {
    /// `NOT NULL`.
    NotNull,
    /// `NULL`.
    Null,
    /// `DEFAULT expr`.
    Default(SqlExpr),
    /// `GENERATED ALWAYS AS (expr) STORED | VIRTUAL`.
    Generated {
        /// The expression.
        expr: SqlExpr,
        /// `STORED`; else virtual, which 18 takes when neither is written.
        stored: bool,
    },
    /// `GENERATED .. AS IDENTITY`.
    Identity {
        /// `ALWAYS` rather than `BY DEFAULT`.
        always: bool,
        /// The options of its sequence.
        options: Vec<SequenceOption>,
    },
    /// `PRIMARY KEY`.
    PrimaryKey(IndexParameters),
    /// `UNIQUE`.
    Unique {
        /// `NULLS NOT DISTINCT`.
        nulls_not_distinct: bool,
        /// `INCLUDE`, `WITH`, `USING INDEX TABLESPACE`.
        parameters: IndexParameters,
    },
    /// `CHECK (expr)`.
    Check(SqlExpr),
    /// `REFERENCES`.
    References(References),
}

/// A constraint of a table or domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableConstraint {
    /// `CONSTRAINT name`.
    pub name: Option<Ident>,
    /// Which one.
    pub kind: TableConstraintKind,
    /// `DEFERRABLE`, `NOT VALID`, `NO INHERIT`, `NOT ENFORCED`.
    pub attributes: ConstraintAttributes,
    /// Where it stands.
    pub span: Span,
}

/// The constraints a table can carry.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TableConstraintKind {
    /// `CHECK (expr)`.
    Check(SqlExpr),
    /// `NOT NULL column`, from PostgreSQL 18; of a domain without a column.
    NotNull(Option<Ident>),
    /// `PRIMARY KEY (columns)`.
    PrimaryKey {
        /// The columns.
        columns: Vec<Ident>,
        /// The last one `WITHOUT OVERLAPS`, from PostgreSQL 18.
        without_overlaps: bool,
        /// `INCLUDE`, `WITH`, `USING INDEX TABLESPACE`.
        parameters: IndexParameters,
    },
    /// `UNIQUE (columns)`.
    Unique {
        /// The columns.
        columns: Vec<Ident>,
        /// `NULLS NOT DISTINCT`.
        nulls_not_distinct: bool,
        /// The last one `WITHOUT OVERLAPS`, from PostgreSQL 18.
        without_overlaps: bool,
        /// `INCLUDE`, `WITH`, `USING INDEX TABLESPACE`.
        parameters: IndexParameters,
    },
    /// `PRIMARY KEY | UNIQUE USING INDEX name`.
    UsingIndex {
        /// The index that becomes the constraint's.
        index: Ident,
        /// A primary key rather than a unique constraint.
        primary: bool,
    },
    /// `EXCLUDE USING method (element WITH operator, ..)`.
    Exclude {
        /// The access method; `btree` unless written.
        method: Option<Ident>,
        /// Each element with its operator as written.
        elements: Vec<(IndexElement, String)>,
        /// `WHERE`.
        predicate: Option<SqlExpr>,
        /// `INCLUDE`, `WITH`, `USING INDEX TABLESPACE`.
        parameters: IndexParameters,
    },
    /// `FOREIGN KEY (columns) REFERENCES ..`.
    ForeignKey {
        /// The referencing columns.
        columns: Vec<Ident>,
        /// `PERIOD` before the last column, from PostgreSQL 18.
        period: bool,
        /// The other side.
        references: References,
    },
}

/// What follows a constraint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ConstraintAttributes {
    /// `DEFERRABLE` or `NOT DEFERRABLE`, when written.
    pub deferrable: Option<bool>,
    /// `INITIALLY DEFERRED` or `IMMEDIATE`, when written.
    pub initially_deferred: Option<bool>,
    /// `NOT VALID`.
    pub not_valid: bool,
    /// `NO INHERIT` (true) or, of ALTER CONSTRAINT, `INHERIT` (false).
    pub no_inherit: Option<bool>,
    /// `ENFORCED` or `NOT ENFORCED`, when written (PostgreSQL 18).
    pub enforced: Option<bool>,
}

/// `REFERENCES table (columns) ..`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct References {
    /// The referenced table.
    pub table: QualifiedName,
    /// Its columns; none written means its primary key.
    pub columns: Vec<Ident>,
    /// `MATCH FULL`, ...: the word in capitals.
    pub match_type: Option<String>,
    /// `ON DELETE`: the action in capitals, its column list as written.
    pub on_delete: Option<String>,
    /// `ON UPDATE`: likewise.
    pub on_update: Option<String>,
}

/// Parameters of the index under a constraint.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IndexParameters {
    /// `INCLUDE (..)`.
    pub include: Vec<Ident>,
    /// `WITH (..)`.
    pub options: Vec<StorageOption>,
    /// `USING INDEX TABLESPACE`.
    pub tablespace: Option<Ident>,
}

/// A column or expression of an index, or of a partition key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexElement {
    /// A plain column, or an expression.
    pub key: IndexKey,
    /// `COLLATE`.
    pub collation: Option<QualifiedName>,
    /// The operator class.
    pub operator_class: Option<QualifiedName>,
    /// `DESC`.
    pub descending: bool,
    /// `NULLS FIRST` (true) or `NULLS LAST`, when written.
    pub nulls_first: Option<bool>,
}

/// What an index element is of.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum IndexKey {
    /// A column.
    Column(Ident),
    /// An expression.
    Expr(SqlExpr),
}

/// `CREATE INDEX`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateIndex {
    /// The index, if it was named; it lives in its table's schema.
    pub name: Option<Ident>,
    /// The table.
    pub table: QualifiedName,
    /// `ON ONLY`.
    pub only: bool,
    /// `UNIQUE`.
    pub unique: bool,
    /// `CONCURRENTLY`.
    pub concurrently: bool,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// `USING method`.
    pub method: Option<Ident>,
    /// What is indexed.
    pub elements: Vec<IndexElement>,
    /// `NULLS NOT DISTINCT`.
    pub nulls_not_distinct: bool,
    /// `WHERE`.
    pub predicate: Option<SqlExpr>,
    /// `INCLUDE`, `WITH`, `TABLESPACE`.
    pub parameters: IndexParameters,
}

/// `ALTER TABLE`, and ALTER INDEX, VIEW, SEQUENCE, .. where they share its actions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlterTable {
    /// The relation.
    pub name: QualifiedName,
    /// The word after ALTER: table, index, view, materialized view, sequence or foreign table.
    pub object: ObjectKind,
    /// `ONLY`.
    pub only: bool,
    /// `IF EXISTS`.
    pub if_exists: bool,
    /// The actions, in order.
    pub actions: Vec<AlterAction>,
}

/// One action of ALTER TABLE with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlterAction {
    /// Where it stands in the file.
    pub span: Span,
    /// What it does.
    pub action: TableAction,
}

/// What one action does.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TableAction {
    /// `ADD COLUMN`.
    AddColumn {
        /// `IF NOT EXISTS`.
        if_not_exists: bool,
        /// The column.
        column: Box<ColumnDef>,
    },
    /// `DROP COLUMN`.
    DropColumn {
        /// The column.
        column: Ident,
        /// `IF EXISTS`.
        if_exists: bool,
        /// `CASCADE` or not.
        behavior: Behavior,
    },
    /// `ALTER COLUMN .. TYPE`.
    AlterType {
        /// The column.
        column: Ident,
        /// Its new type.
        ty: TypeName,
        /// `COLLATE`.
        collation: Option<QualifiedName>,
        /// `USING`.
        using: Option<SqlExpr>,
    },
    /// `ALTER COLUMN .. SET DEFAULT`.
    SetDefault {
        /// The column.
        column: Ident,
        /// The default.
        expr: SqlExpr,
    },
    /// `ALTER COLUMN .. DROP DEFAULT`.
    DropDefault(Ident),
    /// `ALTER COLUMN .. SET NOT NULL`.
    SetNotNull(Ident),
    /// `ALTER COLUMN .. DROP NOT NULL`.
    DropNotNull(Ident),
    /// `ALTER COLUMN .. SET EXPRESSION AS (..)`, from PostgreSQL 17.
    SetExpression {
        /// The column.
        column: Ident,
        /// The expression.
        expr: SqlExpr,
    },
    /// `ALTER COLUMN .. DROP EXPRESSION`.
    DropExpression {
        /// The column.
        column: Ident,
        /// `IF EXISTS`.
        if_exists: bool,
    },
    /// `ALTER COLUMN .. ADD GENERATED .. AS IDENTITY`.
    AddIdentity {
        /// The column.
        column: Ident,
        /// `ALWAYS`.
        always: bool,
        /// The options of its sequence.
        options: Vec<SequenceOption>,
    },
    /// `ALTER COLUMN .. SET GENERATED | SET sequence_option | RESTART`.
    AlterIdentity {
        /// The column.
        column: Ident,
        /// `SET GENERATED ALWAYS` (true) or `BY DEFAULT`, when written.
        always: Option<bool>,
        /// The options of its sequence.
        options: Vec<SequenceOption>,
    },
    /// `ALTER COLUMN .. DROP IDENTITY`.
    DropIdentity {
        /// The column.
        column: Ident,
        /// `IF EXISTS`.
        if_exists: bool,
    },
    /// `ALTER COLUMN .. SET STATISTICS`; an index's column goes by its number.
    SetStatistics {
        /// The column.
        column: Ident,
        /// The target; none is the default.
        target: Option<i32>,
    },
    /// `ALTER COLUMN .. SET (..)` or `RESET (..)`.
    SetColumnOptions {
        /// The column.
        column: Ident,
        /// The options.
        options: Vec<StorageOption>,
        /// `RESET` rather than `SET`.
        reset: bool,
    },
    /// `ALTER COLUMN .. SET STORAGE`.
    SetStorage {
        /// The column.
        column: Ident,
        /// In capitals.
        storage: String,
    },
    /// `ALTER COLUMN .. SET COMPRESSION`.
    SetCompression {
        /// The column.
        column: Ident,
        /// The method.
        method: Ident,
    },
    /// `ADD constraint`.
    AddConstraint(Box<TableConstraint>),
    /// `ALTER CONSTRAINT`.
    AlterConstraint {
        /// The constraint.
        name: Ident,
        /// What becomes of it.
        attributes: ConstraintAttributes,
    },
    /// `VALIDATE CONSTRAINT`.
    ValidateConstraint(Ident),
    /// `DROP CONSTRAINT`.
    DropConstraint {
        /// The constraint.
        name: Ident,
        /// `IF EXISTS`.
        if_exists: bool,
        /// `CASCADE` or not.
        behavior: Behavior,
    },
    /// `ENABLE | DISABLE TRIGGER`; no name is ALL or USER.
    Trigger {
        /// The trigger.
        name: Option<Ident>,
        /// The words before it in capitals: `ENABLE`, `DISABLE`, `ENABLE ALWAYS`, `ENABLE REPLICA`.
        state: String,
    },
    /// `ENABLE | DISABLE RULE`.
    Rule {
        /// The rule.
        name: Ident,
        /// As above.
        state: String,
    },
    /// `ENABLE | DISABLE | FORCE | NO FORCE ROW LEVEL SECURITY`: the words before `ROW` in capitals.
    RowSecurity(String),
    /// `CLUSTER ON`.
    ClusterOn(Ident),
    /// `SET WITHOUT CLUSTER`.
    SetWithoutCluster,
    /// `SET WITHOUT OIDS`.
    SetWithoutOids,
    /// `SET ACCESS METHOD`; none is DEFAULT.
    SetAccessMethod(Option<Ident>),
    /// `SET TABLESPACE`.
    SetTablespace(Ident),
    /// `SET LOGGED` (true) or `SET UNLOGGED`.
    SetLogged(bool),
    /// `SET (..)` or `RESET (..)`.
    SetOptions {
        /// The options.
        options: Vec<StorageOption>,
        /// `RESET`.
        reset: bool,
    },
    /// `INHERIT`.
    Inherit(QualifiedName),
    /// `NO INHERIT`.
    NoInherit(QualifiedName),
    /// `OF type`.
    OfType(QualifiedName),
    /// `NOT OF`.
    NotOf,
    /// `OWNER TO`.
    OwnerTo(Ident),
    /// `REPLICA IDENTITY`: `DEFAULT`, `FULL`, `NOTHING` or `USING INDEX` with the index.
    ReplicaIdentity(String, Option<Ident>),
    /// `ATTACH PARTITION`, of an index too.
    AttachPartition {
        /// The partition.
        partition: QualifiedName,
        /// `DEFAULT` or `FOR VALUES ..` as written; empty of an index.
        bound: String,
    },
    /// `DETACH PARTITION`.
    DetachPartition {
        /// The partition.
        partition: QualifiedName,
        /// Nothing, `CONCURRENTLY` or `FINALIZE`.
        mode: DetachMode,
    },
    /// `SET SCHEMA`.
    SetSchema(Ident),
    /// `RENAME TO`.
    RenameTo(Ident),
    /// `RENAME COLUMN`, of a view or composite type too.
    RenameColumn {
        /// The old name.
        from: Ident,
        /// The new one.
        to: Ident,
    },
    /// `RENAME CONSTRAINT`.
    RenameConstraint {
        /// The old name.
        from: Ident,
        /// The new one.
        to: Ident,
    },
    /// `DEPENDS ON EXTENSION`, with `NO` too.
    DependsOnExtension,
    /// `OPTIONS (..)` of a foreign table or of its column.
    ForeignOptions {
        /// The column, if of one.
        column: Option<Ident>,
    },
    /// An action we cannot name; the statement is opaque then.
    Unknown(String),
}

/// How a partition is detached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DetachMode {
    /// At once.
    Plain,
    /// `CONCURRENTLY`.
    Concurrently,
    /// `FINALIZE`.
    Finalize,
}
