//! Every other object: views, sequences, types, routines, triggers, policies, and how one is named.

use std::fmt;

use super::{
    ColumnDef, CreateAs, Ident, QualifiedName, Query, SqlExpr, StorageOption, TableConstraint,
    TypeName,
};

/// The kinds of object that CREATE, ALTER, DROP and COMMENT name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
#[expect(
    missing_docs,
    reason = "each variant is the object kind of its name, as PostgreSQL writes it"
)]
pub enum ObjectKind {
    AccessMethod,
    Aggregate,
    Cast,
    Collation,
    Column,
    Constraint,
    Conversion,
    Database,
    Domain,
    EventTrigger,
    Extension,
    ForeignDataWrapper,
    ForeignTable,
    Function,
    Index,
    Language,
    LargeObject,
    MaterializedView,
    Operator,
    OperatorClass,
    OperatorFamily,
    Policy,
    Procedure,
    Publication,
    Role,
    Routine,
    Rule,
    Schema,
    Sequence,
    Server,
    Statistics,
    Subscription,
    Table,
    Tablespace,
    TextSearchConfiguration,
    TextSearchDictionary,
    TextSearchParser,
    TextSearchTemplate,
    Transform,
    Trigger,
    Type,
    UserMapping,
    View,
}

impl ObjectKind {
    /// The kind in lower case with hyphens, as JSON and statement kinds write it: `materialized-view`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AccessMethod => "access-method",
            Self::Aggregate => "aggregate",
            Self::Cast => "cast",
            Self::Collation => "collation",
            Self::Column => "column",
            Self::Constraint => "constraint",
            Self::Conversion => "conversion",
            Self::Database => "database",
            Self::Domain => "domain",
            Self::EventTrigger => "event-trigger",
            Self::Extension => "extension",
            Self::ForeignDataWrapper => "foreign-data-wrapper",
            Self::ForeignTable => "foreign-table",
            Self::Function => "function",
            Self::Index => "index",
            Self::Language => "language",
            Self::LargeObject => "large-object",
            Self::MaterializedView => "materialized-view",
            Self::Operator => "operator",
            Self::OperatorClass => "operator-class",
            Self::OperatorFamily => "operator-family",
            Self::Policy => "policy",
            Self::Procedure => "procedure",
            Self::Publication => "publication",
            Self::Role => "role",
            Self::Routine => "routine",
            Self::Rule => "rule",
            Self::Schema => "schema",
            Self::Sequence => "sequence",
            Self::Server => "server",
            Self::Statistics => "statistics",
            Self::Subscription => "subscription",
            Self::Table => "table",
            Self::Tablespace => "tablespace",
            Self::TextSearchConfiguration => "text-search-configuration",
            Self::TextSearchDictionary => "text-search-dictionary",
            Self::TextSearchParser => "text-search-parser",
            Self::TextSearchTemplate => "text-search-template",
            Self::Transform => "transform",
            Self::Trigger => "trigger",
            Self::Type => "type",
            Self::UserMapping => "user-mapping",
            Self::View => "view",
        }
    }
}

impl fmt::Display for ObjectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How one object is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectName {
    /// Its name.
    pub name: QualifiedName,
    /// The table of a trigger, policy, rule, constraint or column.
    pub table: Option<QualifiedName>,
    /// The argument types of a routine, when they were written; the operands of an operator, of a prefix operator
    /// the one; the two types of a cast.
    pub args: Option<Vec<TypeName>>,
}

impl ObjectName {
    /// An object named by its name alone.
    pub fn new(name: QualifiedName) -> Self {
        Self {
            name,
            table: None,
            args: None,
        }
    }
}

/// `CASCADE` or `RESTRICT`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Behavior {
    /// What depends on it stops the drop.
    #[default]
    Restrict,
    /// What depends on it goes too.
    Cascade,
}

/// `DROP` of anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drop {
    /// What kind of object.
    pub object: ObjectKind,
    /// Which ones.
    pub names: Vec<ObjectName>,
    /// `IF EXISTS`.
    pub if_exists: bool,
    /// `CONCURRENTLY`, of an index.
    pub concurrently: bool,
    /// `CASCADE` or not.
    pub behavior: Behavior,
}

/// `ALTER` of an object that is no relation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlterObject {
    /// What kind of object.
    pub object: ObjectKind,
    /// Which one.
    pub name: ObjectName,
    /// `IF EXISTS`.
    pub if_exists: bool,
    /// What becomes of it.
    pub action: ObjectAction,
}

/// What ALTER does to an object that is no relation.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ObjectAction {
    /// `RENAME TO`.
    RenameTo(Ident),
    /// `SET SCHEMA`.
    SetSchema(Ident),
    /// `OWNER TO`.
    OwnerTo(Ident),
    /// Anything else, as written after the name.
    Other(String),
}

/// `CREATE VIEW` and `CREATE MATERIALIZED VIEW`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateView {
    /// The view.
    pub name: QualifiedName,
    /// `MATERIALIZED`.
    pub materialized: bool,
    /// `OR REPLACE`.
    pub or_replace: bool,
    /// `TEMPORARY`.
    pub temporary: bool,
    /// `RECURSIVE`.
    pub recursive: bool,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// `WITH (..)`.
    pub options: Vec<StorageOption>,
    /// The query with the names of its columns.
    pub query: CreateAs,
}

/// One option of a sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SequenceOption {
    /// `AS type`.
    As(TypeName),
    /// `OWNED BY table.column`; none is `OWNED BY NONE`.
    OwnedBy(Option<(QualifiedName, Ident)>),
    /// `SEQUENCE NAME`, of an identity column.
    Name(QualifiedName),
    /// `RESTART`.
    Restart(Option<String>),
    /// Any other, as words in capitals and its value: `INCREMENT`, `MINVALUE`, `NO MAXVALUE`, `START`, `CACHE`, `CYCLE`.
    Other(String, Option<String>),
}

/// `CREATE SEQUENCE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateSequence {
    /// The sequence.
    pub name: QualifiedName,
    /// Permanent, temporary or unlogged.
    pub persistence: super::Persistence,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// Its options.
    pub options: Vec<SequenceOption>,
}

/// `ALTER SEQUENCE` with options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlterSequence {
    /// The sequence.
    pub name: QualifiedName,
    /// `IF EXISTS`.
    pub if_exists: bool,
    /// Its options.
    pub options: Vec<SequenceOption>,
}

/// `CREATE TYPE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateType {
    /// The type.
    pub name: QualifiedName,
    /// What it is.
    pub kind: TypeKind,
}

/// What a created type is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TypeKind {
    /// `AS ENUM`.
    Enum(Vec<String>),
    /// `AS (..)`.
    Composite(Vec<ColumnDef>),
    /// `AS RANGE (..)`.
    Range(Vec<StorageOption>),
    /// `(INPUT = ..)`.
    Base(Vec<StorageOption>),
    /// A name only.
    Shell,
}

/// `ALTER TYPE` of an enum.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AlterEnum {
    /// `ADD VALUE`.
    AddValue {
        /// `IF NOT EXISTS`.
        if_not_exists: bool,
        /// The label.
        label: String,
        /// `BEFORE` (true) or `AFTER` that label.
        neighbor: Option<(bool, String)>,
    },
    /// `RENAME VALUE`.
    RenameValue {
        /// The old label.
        from: String,
        /// The new one.
        to: String,
    },
}

/// `CREATE DOMAIN`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateDomain {
    /// The domain.
    pub name: QualifiedName,
    /// Its base type.
    pub ty: TypeName,
    /// `COLLATE`.
    pub collation: Option<QualifiedName>,
    /// `DEFAULT`.
    pub default: Option<SqlExpr>,
    /// `NOT NULL`.
    pub not_null: bool,
    /// Its checks.
    pub constraints: Vec<TableConstraint>,
}

/// What `ALTER DOMAIN` does.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AlterDomain {
    /// `SET DEFAULT`, or `DROP DEFAULT` without one.
    Default(Option<SqlExpr>),
    /// `SET NOT NULL` (true) or `DROP NOT NULL`.
    NotNull(bool),
    /// `ADD constraint`.
    AddConstraint(Box<TableConstraint>),
    /// `DROP CONSTRAINT`.
    DropConstraint {
        /// The constraint.
        name: Ident,
        /// `IF EXISTS`.
        if_exists: bool,
        /// `CASCADE` or not.
        behavior: Behavior,
    },
    /// `VALIDATE CONSTRAINT`.
    ValidateConstraint(Ident),
    /// `RENAME CONSTRAINT`.
    RenameConstraint {
        /// The old name.
        from: Ident,
        /// The new one.
        to: Ident,
    },
}

/// `CREATE FUNCTION`, `PROCEDURE` or `AGGREGATE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateRoutine {
    /// Function, procedure or aggregate.
    pub object: ObjectKind,
    /// Its name.
    pub name: QualifiedName,
    /// `OR REPLACE`.
    pub or_replace: bool,
    /// The types of its input arguments, those with a default last.
    pub args: Vec<TypeName>,
    /// What each of them is called.
    pub names: Vec<Option<Ident>>,
    /// How many of them have a default.
    pub defaults: usize,
    /// `VARIADIC`: the last of them gathers all that follow into an array.
    pub variadic: bool,
    /// The arguments it hands back, `OUT`, `INOUT` and the columns of `RETURNS TABLE`, with their types.
    pub outputs: Vec<(Option<Ident>, TypeName)>,
    /// `RETURNS`, as written.
    pub returns: Option<String>,
    /// `LANGUAGE`, in lower case.
    pub language: Option<String>,
    /// `IMMUTABLE`, `STABLE` or `VOLATILE`.
    pub volatility: Volatility,
    /// `SET search_path`: the schemas it looks names up in, whoever calls it.
    pub search_path: Option<Vec<Ident>>,
    /// `SECURITY DEFINER`.
    pub security_definer: bool,
    /// `SET` of any parameter.
    pub settings: bool,
    /// `BEGIN ATOMIC` or `RETURN`: PostgreSQL keeps what its body names, not its text.
    pub atomic: bool,
    /// The body's text; of a C function the object file.
    pub body: Option<String>,
}

impl CreateRoutine {
    /// Whether it `RETURNS trigger`.
    pub fn fires(&self) -> bool {
        let returns = self.returns.as_deref().unwrap_or_default();
        returns.trim().eq_ignore_ascii_case("trigger")
    }
}

/// `CREATE OPERATOR`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateOperator {
    /// Its name.
    pub name: QualifiedName,
    /// The type of its left operand; none of a prefix operator.
    pub left: Option<TypeName>,
    /// The type of its right operand.
    pub right: Option<TypeName>,
    /// The function that computes it.
    pub function: Option<QualifiedName>,
    /// The operator that does the same with its operands exchanged.
    pub commutator: Option<QualifiedName>,
    /// The operator that says the contrary.
    pub negator: Option<QualifiedName>,
    /// What else is said of it, by its name: `restrict`, `join`, `hashes`, `merges`.
    pub options: Vec<Ident>,
}

/// `CREATE CAST`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateCast {
    /// The type that is cast.
    pub source: TypeName,
    /// The type it becomes.
    pub target: TypeName,
    /// How.
    pub method: CastMethod,
    /// When it is made unasked.
    pub context: CastContext,
}

/// How a cast makes one value of another.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CastMethod {
    /// `WITH FUNCTION`.
    Function(ObjectName),
    /// `WITHOUT FUNCTION`: both are stored alike.
    Binary,
    /// `WITH INOUT`: through the text.
    InOut,
}

/// When a cast is made without being asked for (manual 18, CREATE CAST).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum CastContext {
    /// `AS IMPLICIT`: everywhere.
    Implicit,
    /// `AS ASSIGNMENT`: when a column is assigned to.
    Assignment,
    /// Never.
    Explicit,
}

/// What a function promises of its result (manual 18, section 36.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[non_exhaustive]
pub enum Volatility {
    /// The same for ever.
    Immutable,
    /// The same within one statement.
    Stable,
    /// Anything.
    #[default]
    Volatile,
}

/// `CREATE TRIGGER`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateTrigger {
    /// The trigger.
    pub name: Ident,
    /// Its table or view.
    pub table: QualifiedName,
    /// `OR REPLACE`.
    pub or_replace: bool,
    /// `CONSTRAINT`.
    pub constraint: bool,
    /// `BEFORE`, `AFTER` or `INSTEAD OF`.
    pub timing: String,
    /// `INSERT`, `UPDATE`, `DELETE`, `TRUNCATE`.
    pub events: Vec<String>,
    /// The columns of `UPDATE OF`.
    pub columns: Vec<Ident>,
    /// The other table of a constraint trigger.
    pub from: Option<QualifiedName>,
    /// `INITIALLY DEFERRED`.
    pub initially_deferred: bool,
    /// `REFERENCING OLD TABLE AS .. NEW TABLE AS ..`.
    pub transition: bool,
    /// `FOR EACH ROW`.
    pub for_each_row: bool,
    /// `WHEN`.
    pub condition: Option<SqlExpr>,
    /// The function it calls.
    pub function: QualifiedName,
}

/// `CREATE POLICY` or `ALTER POLICY`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The policy.
    pub name: Ident,
    /// Its table.
    pub table: QualifiedName,
    /// `RENAME TO`, of an ALTER.
    pub rename_to: Option<Ident>,
    /// `USING`.
    pub using: Option<SqlExpr>,
    /// `WITH CHECK`.
    pub check: Option<SqlExpr>,
    /// The rest as written.
    pub definition: String,
}

/// `CREATE PUBLICATION` or `ALTER PUBLICATION`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicationChange {
    /// The publication.
    pub name: Ident,
    /// What becomes of it.
    pub verb: PublicationVerb,
    /// The tables it names.
    pub tables: Vec<Published>,
    /// `TABLES IN SCHEMA`.
    pub schemas: Vec<Ident>,
    /// `FOR ALL TABLES`.
    pub all_tables: bool,
    /// `WITH (..)` or `SET (..)`.
    pub options: Vec<StorageOption>,
}

/// What becomes of a publication.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PublicationVerb {
    /// `CREATE`.
    Create,
    /// `ADD`.
    Add,
    /// `SET TABLE`: these and no others.
    Set,
    /// `DROP`.
    Drop,
    /// `SET (..)`.
    Options,
}

/// A table of a publication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The table.
    pub table: QualifiedName,
    /// `ONLY`: not what inherits from it.
    pub only: bool,
    /// The columns that are published, where they were written.
    pub columns: Option<Vec<Ident>>,
    /// `WHERE`.
    pub filter: Option<SqlExpr>,
}

/// `GRANT` or `REVOKE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Privileges {
    /// `GRANT` rather than `REVOKE`.
    pub grant: bool,
    /// What is granted or revoked: privileges, or roles.
    pub privileges: Vec<Privilege>,
    /// What kind of object; none when roles are granted.
    pub object: Option<ObjectKind>,
    /// On which ones; `ALL .. IN SCHEMA` names the schemas.
    pub names: Vec<ObjectName>,
    /// `ALL .. IN SCHEMA`.
    pub all_in_schema: bool,
    /// To or from whom, as written.
    pub roles: Vec<String>,
    /// `WITH GRANT OPTION` of a GRANT; `GRANT OPTION FOR` of a REVOKE, which leaves the privilege itself.
    pub grant_option: bool,
}

/// A privilege, or a role that is granted like one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Privilege {
    /// In capitals: `SELECT`, `ALL`; a role in lower case.
    pub name: String,
    /// Of these columns only; of the whole object where there are none.
    pub columns: Vec<Ident>,
}

/// As it is written in a GRANT.
impl fmt::Display for Privilege {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        match self.columns.as_slice() {
            [] => Ok(()),
            columns => {
                let names: Vec<_> = columns.iter().map(Ident::to_sql).collect();
                write!(f, " ({})", names.join(", "))
            }
        }
    }
}

/// A data change or query as a statement of a migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dml {
    /// The verb.
    pub verb: DmlVerb,
    /// The table it writes; none of a query.
    pub target: Option<QualifiedName>,
    /// The tree, or why there is none.
    pub query: Result<Box<Query>, String>,
}

/// What a data change does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DmlVerb {
    /// `SELECT`, `VALUES`, `TABLE`, `WITH .. SELECT`.
    Select,
    /// `INSERT`.
    Insert,
    /// `UPDATE`.
    Update,
    /// `DELETE`.
    Delete,
    /// `MERGE`.
    Merge,
}
