//! Relations: tables, views, sequences, with their columns, constraints, indexes and triggers.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt;

use super::sequence::default_sequence;
use super::{ColumnSettings, Grants, Made, Shared};
use crate::sql::ast::{
    CreateTrigger, Ident, IndexElement, PartitionBy, Persistence, References, SequenceOption,
    SqlExpr, StorageOption, TypeName,
};

/// A name with its schema, looked up: the key of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ResolvedName {
    /// The schema.
    pub schema: Ident,
    /// The name in it.
    pub name: Ident,
}

impl ResolvedName {
    /// A name in a schema.
    pub fn new(schema: impl Into<Ident>, name: impl Into<Ident>) -> Self {
        Self {
            schema: schema.into(),
            name: name.into(),
        }
    }

    /// The name as it must be written in SQL, always with its schema.
    pub fn to_sql(&self) -> String {
        format!("{}.{}", self.schema.to_sql(), self.name.to_sql())
    }
}

/// By schema, then by name. Most names of a catalogue are of one schema, which is quick to see.
impl Ord for ResolvedName {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.schema == other.schema {
            self.name.cmp(&other.name)
        } else {
            self.schema.cmp(&other.schema)
        }
    }
}

impl PartialOrd for ResolvedName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Unquoted: `schema.name`.
impl fmt::Display for ResolvedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.schema, self.name)
    }
}

/// What a relation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum RelationKind {
    /// An ordinary table, a partition too.
    Table,
    /// A table with `PARTITION BY`.
    PartitionedTable,
    /// A foreign table.
    ForeignTable,
    /// A view.
    View,
    /// A materialized view.
    MaterializedView,
    /// A sequence.
    Sequence,
}

impl RelationKind {
    /// In lower case with hyphens, as JSON writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::PartitionedTable => "partitioned-table",
            Self::ForeignTable => "foreign-table",
            Self::View => "view",
            Self::MaterializedView => "materialized-view",
            Self::Sequence => "sequence",
        }
    }
}

/// A relation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    /// Its name.
    pub name: ResolvedName,
    /// What it is.
    pub kind: RelationKind,
    /// Permanent, temporary or unlogged.
    pub persistence: Persistence,
    /// Its columns in order; of a view those its query returns, as far as they are known.
    pub columns: Shared<Column>,
    /// Whether `columns` is all of them (a view over what we cannot read has unknown ones).
    pub columns_known: bool,
    /// Its constraints by name; NOT NULL is one from PostgreSQL 18 only.
    pub constraints: Shared<Constraint>,
    /// Its indexes, those of constraints too.
    pub indexes: Shared<Index>,
    /// Its triggers.
    pub triggers: Shared<Trigger>,
    /// Its policies.
    pub policies: Shared<Policy>,
    /// The names of its rules.
    pub rules: Shared<Ident>,
    /// Row-level security is on.
    pub row_security: bool,
    /// `PARTITION BY`.
    pub partition_by: Option<PartitionBy>,
    /// The partitioned table this is a partition of, and its bound as written.
    pub partition_of: Option<(ResolvedName, String)>,
    /// The tables it inherits from.
    pub inherits: Vec<ResolvedName>,
    /// The server of a foreign table.
    pub server: Option<Ident>,
    /// The composite type of `OF type`.
    pub of_type: Option<ResolvedName>,
    /// False for a materialized view `WITH NO DATA`: nothing can read it.
    pub populated: bool,
    /// The query of a view, as written.
    pub query: Option<String>,
    /// The relations and columns a view's query names; a column of None stands for the relation alone.
    pub depends_on: BTreeSet<(ResolvedName, Option<Ident>)>,
    /// The operators that a view's query uses, PostgreSQL's own excepted.
    pub operators: BTreeSet<super::OperatorKey>,
    /// A sequence that counts for an identity column, with which it comes and goes.
    pub of_identity: bool,
    /// The column that owns a sequence.
    pub owned_by: Option<(ResolvedName, Ident)>,
    /// The options of a sequence.
    pub sequence_options: Vec<SequenceOption>,
    /// Storage parameters.
    pub options: Vec<StorageOption>,
    /// The index it was last clustered on.
    pub clustered_on: Option<Ident>,
    /// `DEFAULT`, `FULL`, `NOTHING` or `INDEX`, with the index.
    pub replica_identity: (String, Option<Ident>),
    /// `COMMENT ON TABLE` and the like.
    pub comment: Option<String>,
    /// Who may do what to it, its owner apart; as far as migrations say.
    pub grants: Grants,
    /// Which of all that had its name.
    pub made: Made,
    /// Rows, where somebody told us.
    pub rows: Option<u64>,
    /// Bytes on disk, where somebody told us.
    pub bytes: Option<u64>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: Ident,
    /// Its type, its schema looked up unless built in.
    pub ty: TypeName,
    /// NOT NULL, by whatever constraint.
    pub not_null: bool,
    /// Its default.
    pub default: Option<SqlExpr>,
    /// `GENERATED .. AS IDENTITY`: always (true) or by default.
    pub identity: Option<bool>,
    /// `GENERATED ALWAYS AS (..)`.
    pub generated: Option<Generated>,
    /// `COLLATE`.
    pub collation: Option<Ident>,
    /// Some parent has it.
    pub inherited: bool,
    /// It is the table's own, whether or not a parent has it too.
    pub local: bool,
    /// What is set beside its shape, where anything is.
    pub settings: Option<Box<ColumnSettings>>,
    /// Which of all that had its name, where it was added to a table that was there.
    pub made: Made,
}

/// The expression of a generated column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// The expression.
    pub expr: SqlExpr,
    /// Stored, or computed when read.
    pub stored: bool,
}

/// A constraint of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Constraint {
    /// Its name.
    pub name: Ident,
    /// Which one.
    pub kind: ConstraintKind,
    /// The columns it is of, in order; of a CHECK those it names.
    pub columns: Vec<Ident>,
    /// Every row is known to satisfy it.
    pub validated: bool,
    /// `NOT ENFORCED` is false.
    pub enforced: bool,
    /// `DEFERRABLE`.
    pub deferrable: bool,
    /// `INITIALLY DEFERRED`.
    pub initially_deferred: bool,
    /// `NO INHERIT`.
    pub no_inherit: bool,
    /// The unique index of the other table that a foreign key stands on.
    pub referenced_index: Option<Ident>,
    /// The foreign key of the partitioned table that this is the partition's copy of.
    pub parent: Option<Ident>,
    /// The parts that a foreign key has for each partition of the table it refers to, with their names.
    pub in_partitions: Vec<(ResolvedName, Ident)>,
    /// Some parent has it.
    pub inherited: bool,
    /// It is the table's own, whether or not a parent has it too.
    pub local: bool,
    /// `COMMENT ON CONSTRAINT`.
    pub comment: Option<String>,
}

/// Which constraint it is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConstraintKind {
    /// `CHECK`.
    Check(SqlExpr),
    /// `NOT NULL` as a constraint, from PostgreSQL 18.
    NotNull,
    /// `PRIMARY KEY`; the index has the constraint's name.
    PrimaryKey,
    /// `UNIQUE`; the index has the constraint's name.
    Unique,
    /// `EXCLUDE`; the index has the constraint's name.
    Exclude,
    /// `FOREIGN KEY`.
    ForeignKey {
        /// The referenced table.
        table: ResolvedName,
        /// Its columns, those of its primary key when none were written.
        references: Vec<Ident>,
        /// As written.
        written: References,
    },
    /// `CREATE CONSTRAINT TRIGGER`.
    Trigger,
}

/// An index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// Its name, in its table's schema.
    pub name: Ident,
    /// `UNIQUE`.
    pub unique: bool,
    /// Of the primary key.
    pub primary: bool,
    /// Usable: false on a partitioned table until every partition has one, and after a failed concurrent build.
    pub valid: bool,
    /// The constraint it belongs to.
    pub constraint: Option<Ident>,
    /// The access method.
    pub method: Ident,
    /// Its keys.
    pub elements: Vec<IndexElement>,
    /// `INCLUDE`.
    pub include: Vec<Ident>,
    /// The names of its own columns, chosen when it was made: they stay when a column of the table is
    /// renamed, and copies of the index are named after them.
    pub own_names: Vec<String>,
    /// The operator of each key, of an exclusion constraint's index only.
    pub operators: Vec<String>,
    /// `NULLS NOT DISTINCT`.
    pub nulls_not_distinct: bool,
    /// `WHERE`.
    pub predicate: Option<SqlExpr>,
    /// `WITH (..)`.
    pub options: Vec<StorageOption>,
    /// The index of the partitioned table this is a part of.
    pub partition_of: Option<ResolvedName>,
    /// `COMMENT ON INDEX`.
    pub comment: Option<String>,
}

/// A policy of row-level security.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Its name.
    pub name: Ident,
    /// `ALL`, `SELECT`, `INSERT`, `UPDATE` or `DELETE`.
    pub command: String,
    /// `USING`.
    pub using: Option<SqlExpr>,
    /// `WITH CHECK`.
    pub check: Option<SqlExpr>,
}

/// A trigger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trigger {
    /// Its definition.
    pub definition: CreateTrigger,
    /// Fires at all.
    pub enabled: bool,
    /// The trigger of the partitioned table that this is the partition's copy of.
    pub partition_of: Option<Ident>,
    /// The constraint of a constraint trigger, which keeps its name when the trigger is renamed.
    pub constraint: Option<Ident>,
}

impl Trigger {
    /// Whether it takes the place of an `INSERT`, `UPDATE` or `DELETE` on a view.
    pub fn stands_in_for(&self, event: &str) -> bool {
        let mut events = self.definition.events.iter();
        self.definition.timing == "INSTEAD OF" && events.any(|one| one.eq_ignore_ascii_case(event))
    }
}

impl Relation {
    /// A relation of which nothing but its name and kind is said yet.
    pub fn new(name: ResolvedName, kind: RelationKind) -> Self {
        Self {
            name,
            kind,
            persistence: Persistence::Permanent,
            columns: Shared::default(),
            columns_known: true,
            constraints: Shared::default(),
            indexes: Shared::default(),
            triggers: Shared::default(),
            policies: Shared::default(),
            rules: Shared::default(),
            row_security: false,
            partition_by: None,
            partition_of: None,
            inherits: Vec::new(),
            server: None,
            of_type: None,
            populated: true,
            query: None,
            depends_on: BTreeSet::new(),
            operators: BTreeSet::new(),
            of_identity: false,
            owned_by: None,
            sequence_options: Vec::new(),
            options: Vec::new(),
            clustered_on: None,
            replica_identity: ("DEFAULT".to_owned(), None),
            comment: None,
            grants: Grants::default(),
            made: Made::default(),
            rows: None,
            bytes: None,
        }
    }

    /// The column of that name.
    pub fn column(&self, name: &Ident) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == *name)
    }

    /// The same, to be changed.
    pub(crate) fn column_mut(&mut self, name: &Ident) -> Option<&mut Column> {
        let mut all = self.columns.iter_mut();
        let own = all.find(|column| column.name == *name);
        own.map(|own| &mut **own)
    }

    /// The trigger of that name.
    pub fn trigger(&self, name: &Ident) -> Option<&Trigger> {
        self.triggers
            .iter()
            .find(|trigger| trigger.definition.name == *name)
    }

    /// The policy of that name.
    pub fn policy(&self, name: &Ident) -> Option<&Policy> {
        self.policies.iter().find(|policy| policy.name == *name)
    }

    /// Takes a constraint away; a NOT NULL one takes its mark from the column.
    pub(crate) fn remove_constraint(&mut self, name: &Ident) {
        let not_null = self
            .constraint(name)
            .filter(|constraint| constraint.kind == ConstraintKind::NotNull)
            .map(|constraint| constraint.columns.clone());
        for column in not_null.into_iter().flatten() {
            if let Some(column) = self.column_mut(&column) {
                column.not_null = false;
            }
        }
        self.constraints.retain(|own| own.name != *name);
    }

    /// Takes a trigger away, with the constraint of a constraint trigger.
    pub(crate) fn remove_trigger(&mut self, name: &Ident) {
        let mut all = self
            .triggers
            .extract_if(.., |own| own.definition.name == *name);
        let constraint = all.next().and_then(|own| own.constraint.clone());
        drop(all);
        if let Some(constraint) = constraint {
            self.constraints.retain(|own| own.name != constraint);
        }
    }

    /// The constraint of that name.
    pub fn constraint(&self, name: &Ident) -> Option<&Constraint> {
        self.constraints
            .iter()
            .find(|constraint| constraint.name == *name)
    }

    /// The index of that name.
    pub fn index(&self, name: &Ident) -> Option<&Index> {
        self.indexes.iter().find(|index| index.name == *name)
    }

    /// The columns of the primary key, in order.
    pub fn primary_key(&self) -> Option<&[Ident]> {
        self.constraints
            .iter()
            .find(|constraint| constraint.kind == ConstraintKind::PrimaryKey)
            .map(|constraint| constraint.columns.as_slice())
    }

    /// The tables this one takes columns from: those it inherits from, and the one it is a partition of.
    pub fn parents(&self) -> impl Iterator<Item = &ResolvedName> {
        let partitioned = self.partition_of.iter().map(|(parent, _)| parent);
        self.inherits.iter().chain(partitioned)
    }

    /// The relations this one names in any way, itself not among them; perhaps several times.
    pub(crate) fn mentions(&self) -> impl Iterator<Item = &ResolvedName> {
        let keys = self.constraints.iter().flat_map(Constraint::mentions);
        self.own_mentions()
            .chain(keys)
            .filter(|name| **name != self.name)
    }

    /// Those that it names itself, not by one of its constraints.
    fn own_mentions(&self) -> impl Iterator<Item = &ResolvedName> {
        self.parents()
            .chain(self.depends_on.iter().map(|(relation, _)| relation))
            .chain(self.owned_by.iter().map(|(table, _)| table))
    }

    /// The types that somebody created of which its columns are, or it as a whole is, and the
    /// sequences its defaults draw from; perhaps several times.
    pub(crate) fn uses(&self) -> impl Iterator<Item = ResolvedName> {
        let columns = self.columns.iter().flat_map(Column::uses);
        columns.chain(self.of_type.clone())
    }

    /// What of its [mentions](Self::mentions) and [uses](Self::uses) comes from parts that another state of it does
    /// not share.
    pub(super) fn names_apart<'a>(
        &'a self,
        other: &'a Self,
    ) -> (Vec<&'a ResolvedName>, Vec<ResolvedName>) {
        let same = self.partition_of == other.partition_of
            && self.inherits == other.inherits
            && self.depends_on == other.depends_on
            && self.owned_by == other.owned_by;
        let own = (!same).then(|| self.own_mentions()).into_iter().flatten();
        let (constraints, _) = self.constraints.apart(&other.constraints);
        let keys = constraints.iter().flat_map(|own| own.mentions());
        let mentions = own.chain(keys).filter(|name| **name != self.name);
        let (columns, _) = self.columns.apart(&other.columns);
        let of_type = (self.of_type != other.of_type).then(|| self.of_type.clone());
        let uses = columns.iter().flat_map(|own| own.uses());
        (mentions.collect(), uses.chain(of_type.flatten()).collect())
    }
}

impl Policy {
    /// The command that a policy's definition as written names after FOR.
    pub(crate) fn command_of(definition: &str) -> &'static str {
        let mut words = definition.split_whitespace();
        while let Some(word) = words.next() {
            if word.starts_with(['(', '\'', '"']) {
                break;
            }
            if word.eq_ignore_ascii_case("for") {
                let command = words.next().unwrap_or_default();
                let known = ["SELECT", "INSERT", "UPDATE", "DELETE"];
                let found = known.iter().find(|own| own.eq_ignore_ascii_case(command));
                return found.copied().unwrap_or("ALL");
            }
        }
        "ALL"
    }
}

impl Column {
    /// The type that somebody created which it is of, and the sequence its default draws from.
    fn uses(&self) -> impl Iterator<Item = ResolvedName> + use<> {
        let schema = self.ty.schema.as_ref();
        let own = schema.filter(|schema| schema.as_str() != "pg_catalog");
        let ty = own.map(|schema| ResolvedName::new(schema.clone(), self.ty.name.clone()));
        let sequence = self.default.as_ref().and_then(default_sequence);
        ty.into_iter().chain(sequence)
    }

    /// A plain column that may be null.
    pub fn new(name: Ident, ty: TypeName) -> Self {
        Self {
            name,
            ty,
            not_null: false,
            default: None,
            identity: None,
            generated: None,
            collation: None,
            inherited: false,
            local: true,
            settings: None,
            made: Made::default(),
        }
    }
}

impl Constraint {
    /// An enforced constraint that holds for every row.
    pub fn new(name: Ident, kind: ConstraintKind, columns: Vec<Ident>) -> Self {
        Self {
            name,
            kind,
            columns,
            validated: true,
            enforced: true,
            deferrable: false,
            initially_deferred: false,
            no_inherit: false,
            referenced_index: None,
            parent: None,
            in_partitions: Vec::new(),
            inherited: false,
            local: true,
            comment: None,
        }
    }

    /// The same for a child or partition, which has it from its parent; comments are not handed down.
    pub(super) fn handed_down(&self) -> Self {
        Self {
            inherited: true,
            local: false,
            comment: None,
            ..self.clone()
        }
    }

    /// The table that a foreign key refers to.
    pub(super) fn refers_to(&self) -> Option<&ResolvedName> {
        match &self.kind {
            ConstraintKind::ForeignKey { table, .. } => Some(table),
            ConstraintKind::Check(_)
            | ConstraintKind::NotNull
            | ConstraintKind::PrimaryKey
            | ConstraintKind::Unique
            | ConstraintKind::Exclude
            | ConstraintKind::Trigger => None,
        }
    }

    /// The tables that it names.
    fn mentions(&self) -> impl Iterator<Item = &ResolvedName> {
        let parts = self.in_partitions.iter().map(|(table, _)| table);
        self.refers_to().into_iter().chain(parts)
    }

    /// Whether an index of its name stands under it.
    pub fn has_index(&self) -> bool {
        match self.kind {
            ConstraintKind::PrimaryKey | ConstraintKind::Unique | ConstraintKind::Exclude => true,
            ConstraintKind::Check(_)
            | ConstraintKind::NotNull
            | ConstraintKind::ForeignKey { .. }
            | ConstraintKind::Trigger => false,
        }
    }
}
