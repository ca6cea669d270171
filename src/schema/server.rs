//! A live server's catalogue: the one query that reads it, and the catalogue built from its answer.

use std::sync::Arc;

use serde::Deserialize;

use super::settings::{ServerColumnSettings, ServerGrants};
use super::user_cast::Way;
use super::user_operator::RoutineKey;
use super::{
    Cast, CastKey, Catalogue, Column, Constraint, ConstraintKind, EnumOrOther, Generated, Index,
    Made, Named, Operator, OperatorKey, Policy, Publication, PublishedTable, Relation,
    RelationKind, ResolvedName, Routine, Trigger, TypeDef,
};
use crate::sql::ast::{
    CastContext, CreateRoutine, CreateTrigger, Ident, IndexElement, IndexKey, ObjectKind,
    PartitionBy, Persistence, QualifiedName, References, SequenceOption, SqlExpr, TypeName,
    Volatility,
};

/// Reads the whole catalogue as one text value, a JSON document; run it with the search path of a new
/// session, since expressions are spelled by it. Works on PostgreSQL 14 to 18.
pub const SERVER_QUERY: &str = include_str!("server.sql");

/// Why a server's answer could not be read.
#[derive(Debug, thiserror::Error)]
#[error("the server's catalogue could not be read")]
pub struct UnreadableAnswer(#[from] serde_json::Error);

impl Catalogue {
    /// The catalogue of the server that answered [`SERVER_QUERY`] with this text.
    ///
    /// # Errors
    /// When the text is not such an answer.
    pub fn from_server(answer: &str) -> Result<Self, UnreadableAnswer> {
        let answer: Answer = serde_json::from_str(answer)?;
        let mut catalogue = Self::default();
        catalogue.version = Some(answer.version);
        catalogue.schemas = answer.schemas.into_iter().map(Ident::new).collect();
        for extension in answer.extensions {
            let schema = Ident::new(extension.schema);
            catalogue
                .extensions
                .insert(Ident::new(extension.name), schema);
        }
        for ty in answer.types {
            let def = ty.def();
            let name = def.name.clone();
            catalogue.change_type(&name, Some(Arc::new(def)));
        }
        for routine in answer.routines {
            let name = ResolvedName::new(routine.schema.as_str(), routine.name.as_str());
            let mut all: Vec<Routine> = catalogue
                .routines
                .get(&name)
                .map(|all| all.to_vec())
                .unwrap_or_default();
            all.push(routine.routine());
            catalogue.routines.insert(name, Arc::new(all));
        }
        for relation in answer.relations {
            catalogue.put(relation.relation());
        }
        for operator in answer.operators {
            let (key, own) = operator.operator();
            catalogue.operators.insert(key, Arc::new(own));
        }
        for cast in answer.casts {
            let (key, own) = cast.cast();
            catalogue.casts.insert(key, Arc::new(own));
        }
        for named in answer.named {
            let (key, own) = named.named();
            catalogue.others.insert(key, Arc::new(own));
        }
        for publication in answer.publications {
            let name = Ident::new(publication.name.as_str());
            let own = publication.publication();
            catalogue.publications.insert(name, Arc::new(own));
        }
        let routines: Vec<_> = catalogue.routines.clone().into_iter().collect();
        for (name, all) in routines {
            let all = all.iter().cloned().map(|one| {
                let results = catalogue.results(&one.definition);
                one.with_results(results)
            });
            let all = all.collect();
            catalogue.routines.insert(name, Arc::new(all));
        }
        let views = catalogue.relations().filter(|one| one.query.is_some());
        let used = views.filter_map(|view| {
            let used = catalogue.operators_used(view.query.as_deref()?);
            (!used.is_empty()).then(|| (view.name.clone(), used))
        });
        for (view, used) in used.collect::<Vec<_>>() {
            catalogue.edit(&view, |view| view.operators = used);
        }
        Ok(catalogue)
    }
}

#[derive(Deserialize)]
struct Answer {
    version: u16,
    schemas: Vec<String>,
    extensions: Vec<ServerExtension>,
    types: Vec<ServerType>,
    routines: Vec<ServerRoutine>,
    relations: Vec<ServerRelation>,
    operators: Vec<ServerOperator>,
    casts: Vec<ServerCast>,
    named: Vec<ServerNamed>,
    publications: Vec<ServerPublication>,
}

#[derive(Deserialize)]
struct ServerNamed {
    kind: String,
    schema: Option<String>,
    name: String,
    table: Option<(String, String)>,
    columns: Option<Vec<String>>,
    kinds: Option<Vec<String>>,
    routine: Option<(String, String)>,
    above: Option<String>,
}

#[derive(Deserialize)]
struct ServerPublication {
    name: String,
    all_tables: bool,
    updates: bool,
    deletes: bool,
    tables: Vec<(String, String)>,
}

#[derive(Deserialize)]
struct ServerExtension {
    name: String,
    schema: String,
}

/// A type as a column has it: the element's name, and the spelling of `format_type` for modifiers.
#[derive(Deserialize)]
struct ServerTypeName {
    schema: String,
    name: String,
    array: bool,
    spelled: String,
}

#[derive(Deserialize)]
struct ServerType {
    schema: String,
    name: String,
    kind: String,
    labels: Option<Vec<String>>,
    base: Option<ServerTypeName>,
    not_null: bool,
    default: Option<String>,
    attributes: Option<Vec<(String, ServerTypeName)>>,
}

#[derive(Deserialize)]
struct ServerRoutine {
    schema: String,
    name: String,
    kind: String,
    args: Vec<ServerTypeName>,
    defaults: usize,
    returns: Option<String>,
    language: String,
    volatility: String,
}

/// A routine by its name and the types it takes.
#[derive(Deserialize)]
struct ServerRoutineKey {
    schema: String,
    name: String,
    args: Vec<ServerTypeName>,
}

#[derive(Deserialize)]
struct ServerOperator {
    schema: String,
    name: String,
    args: Vec<ServerTypeName>,
    function: Option<ServerRoutineKey>,
}

#[derive(Deserialize)]
struct ServerCast {
    source: ServerTypeName,
    target: ServerTypeName,
    method: String,
    context: String,
    function: Option<ServerRoutineKey>,
}

#[derive(Deserialize)]
struct ServerRelation {
    schema: String,
    name: String,
    kind: String,
    persistence: String,
    row_security: bool,
    comment: Option<String>,
    grants: ServerGrants,
    rows: Option<u64>,
    columns: Vec<ServerColumn>,
    constraints: Vec<ServerConstraint>,
    indexes: Vec<ServerIndex>,
    triggers: Vec<ServerTrigger>,
    policies: Vec<ServerPolicy>,
    rules: Vec<String>,
    inherits: Vec<(String, String)>,
    is_partition: bool,
    server: Option<String>,
    of_type: Option<(String, String)>,
    populated: bool,
    bound: Option<String>,
    partition_strategy: Option<String>,
    partition_keys: Option<Vec<ServerKey>>,
    query: Option<String>,
    depends_on: Vec<(String, String, Option<String>)>,
    owned_by: Option<(String, String, String)>,
    sequence_type: Option<ServerTypeName>,
    of_identity: bool,
}

#[derive(Deserialize)]
struct ServerColumn {
    name: String,
    #[serde(rename = "type")]
    ty: ServerTypeName,
    not_null: bool,
    default: Option<String>,
    identity: String,
    generated: String,
    collation: Option<String>,
    inherited: bool,
    local: bool,
    #[serde(flatten)]
    settings: ServerColumnSettings,
}

#[derive(Deserialize)]
struct ServerConstraint {
    name: String,
    kind: String,
    columns: Vec<String>,
    validated: bool,
    enforced: bool,
    deferrable: bool,
    initially_deferred: bool,
    no_inherit: bool,
    referenced_index: Option<String>,
    parent: Option<String>,
    in_partitions: Option<Vec<(String, String, String)>>,
    inherited: bool,
    local: bool,
    expr: Option<String>,
    table: Option<(String, String)>,
    references: Option<Vec<String>>,
    match_type: String,
    on_delete: String,
    on_update: String,
    comment: Option<String>,
}

#[derive(Deserialize)]
struct ServerIndex {
    name: String,
    unique: bool,
    primary: bool,
    valid: bool,
    constraint: Option<String>,
    method: String,
    keys: Vec<ServerKey>,
    include: Vec<String>,
    own_names: Vec<String>,
    operators: Option<Vec<String>>,
    nulls_not_distinct: bool,
    predicate: Option<String>,
    parent: Option<(String, String)>,
    comment: Option<String>,
}

#[derive(Deserialize)]
struct ServerKey {
    column: Option<String>,
    expr: Option<String>,
    collation: Option<String>,
    operator_class: Option<String>,
    descending: bool,
    nulls_first: bool,
}

#[derive(Deserialize)]
struct ServerPolicy {
    name: String,
    command: String,
    using: Option<String>,
    check: Option<String>,
}

#[derive(Deserialize)]
struct ServerTrigger {
    name: String,
    enabled: bool,
    constraint: bool,
    initially_deferred: bool,
    kind: u16,
    columns: Vec<String>,
    function_schema: String,
    function: String,
    parent: Option<String>,
    constraint_name: Option<String>,
}

/// Without modifiers, as routines, operators and casts take types.
fn argument(ty: &ServerTypeName) -> TypeName {
    TypeName {
        modifiers: Vec::new(),
        ..ty.type_name()
    }
}

impl ServerRoutineKey {
    fn key(self) -> RoutineKey {
        let name = ResolvedName::new(self.schema.as_str(), self.name.as_str());
        (name, self.args.iter().map(argument).collect())
    }
}

impl ServerOperator {
    fn operator(self) -> (OperatorKey, Operator) {
        let name = ResolvedName::new(self.schema.as_str(), self.name.as_str());
        let function = self.function.map(ServerRoutineKey::key);
        let key = (name, self.args.iter().map(argument).collect());
        (key, Operator { function })
    }
}

impl ServerCast {
    fn cast(self) -> (CastKey, Cast) {
        let way = match (self.method.as_str(), self.function) {
            ("f", Some(function)) => Way::Function(function.key()),
            ("i", _) => Way::InOut,
            _ => Way::Binary,
        };
        let context = match self.context.as_str() {
            "i" => CastContext::Implicit,
            "a" => CastContext::Assignment,
            _ => CastContext::Explicit,
        };
        let key = (argument(&self.source), argument(&self.target));
        (key, Cast { way, context })
    }
}

impl ServerNamed {
    fn named(self) -> ((ObjectKind, QualifiedName), Named) {
        let kind = match self.kind.as_str() {
            "statistics" => ObjectKind::Statistics,
            "event-trigger" => ObjectKind::EventTrigger,
            "foreign-data-wrapper" => ObjectKind::ForeignDataWrapper,
            "server" => ObjectKind::Server,
            "collation" => ObjectKind::Collation,
            "text-search-configuration" => ObjectKind::TextSearchConfiguration,
            _ => ObjectKind::TextSearchDictionary,
        };
        let name = QualifiedName {
            schema: self.schema.map(Ident::new),
            name: Ident::new(self.name),
        };
        let full =
            |(schema, name): (String, String)| ResolvedName::new(schema.as_str(), name.as_str());
        let columns = self.columns.into_iter().flatten();
        let keys: Vec<IndexKey> = columns
            .map(|column| IndexKey::Column(Ident::new(column)))
            .collect();
        let wrapper = |name: String| (ObjectKind::ForeignDataWrapper, Ident::new(name));
        let named = Named {
            kinds: kinds(&self.kinds.unwrap_or_default()),
            of: self.table.map(|table| (full(table), keys)),
            routine: self.routine.map(|name| (full(name), Vec::new())),
            above: self.above.map(wrapper),
        };
        ((kind, name), named)
    }
}

/// The kinds of extended statistics as CREATE STATISTICS writes them; none where it is all of them (`stxkind`).
fn kinds(letters: &[String]) -> Option<String> {
    let words = [("f", "dependencies"), ("m", "mcv"), ("d", "ndistinct")];
    let words = words
        .into_iter()
        .filter(|(letter, _)| letters.iter().any(|one| one == letter));
    let words: Vec<&str> = words.map(|(_, word)| word).collect();
    (1..3).contains(&words.len()).then(|| words.join(", "))
}

impl ServerPublication {
    fn publication(self) -> Publication {
        let tables = self.tables.iter().map(|(schema, name)| PublishedTable {
            table: ResolvedName::new(schema.as_str(), name.as_str()),
            columns: Vec::new(),
            filter: Vec::new(),
        });
        Publication {
            all_tables: self.all_tables,
            schemas: Vec::new(),
            tables: tables.collect(),
            publishes: (self.updates, self.deletes),
        }
    }
}

impl ServerTypeName {
    fn type_name(&self) -> TypeName {
        let schema = (self.schema != "pg_catalog").then(|| Ident::new(self.schema.as_str()));
        let mut modifiers = Vec::new();
        let spelled = self.spelled.trim_end_matches("[]");
        if self.name == "interval" {
            let words = spelled.trim_start_matches("interval").trim();
            let words = words.split('(').next().unwrap_or("").trim();
            if !words.is_empty() {
                modifiers.push(words.to_owned());
            }
        }
        if let Some((_, rest)) = spelled.split_once('(')
            && let Some((inside, _)) = rest.rsplit_once(')')
        {
            modifiers.extend(inside.split(',').map(str::to_owned));
        }
        TypeName {
            schema,
            name: Ident::new(self.name.as_str()),
            modifiers,
            array: self.array,
        }
    }
}

impl ServerType {
    fn def(self) -> TypeDef {
        let kind = match (self.kind.as_str(), self.labels, self.base, self.attributes) {
            ("e", labels, ..) => EnumOrOther::Enum(labels.unwrap_or_default()),
            ("d", _, Some(base), _) => EnumOrOther::Domain {
                base: base.type_name(),
                not_null: self.not_null,
                default: self.default.map(expression),
                checks: Vec::new(),
            },
            ("c", .., Some(attributes)) => EnumOrOther::Composite(
                attributes
                    .iter()
                    .map(|(name, ty)| (Ident::new(name.as_str()), ty.type_name()))
                    .collect(),
            ),
            ("r", ..) => EnumOrOther::Range,
            _ => EnumOrOther::Other,
        };
        TypeDef {
            name: ResolvedName::new(self.schema.as_str(), self.name.as_str()),
            made: Made::default(),
            kind,
        }
    }
}

impl ServerRoutine {
    fn routine(self) -> Routine {
        let object = match self.kind.as_str() {
            "p" => ObjectKind::Procedure,
            "a" => ObjectKind::Aggregate,
            _ => ObjectKind::Function,
        };
        let args = self.args.iter().map(argument);
        Routine::new(CreateRoutine {
            object,
            name: QualifiedName::new(self.schema.as_str(), self.name.as_str()),
            or_replace: false,
            search_path: None,
            security_definer: false,
            settings: false,
            args: args.collect(),
            names: Vec::new(),
            outputs: Vec::new(),
            defaults: self.defaults,
            variadic: false,
            returns: self.returns,
            language: Some(self.language),
            volatility: match self.volatility.as_str() {
                "i" => Volatility::Immutable,
                "s" => Volatility::Stable,
                _ => Volatility::Volatile,
            },
            atomic: false,
            body: None,
        })
    }
}

impl ServerRelation {
    fn relation(self) -> Relation {
        let kind = match self.kind.as_str() {
            "p" => RelationKind::PartitionedTable,
            "f" => RelationKind::ForeignTable,
            "v" => RelationKind::View,
            "m" => RelationKind::MaterializedView,
            "S" => RelationKind::Sequence,
            _ => RelationKind::Table,
        };
        let name = ResolvedName::new(self.schema.as_str(), self.name.as_str());
        let mut relation = Relation::new(name.clone(), kind);
        relation.persistence = match self.persistence.as_str() {
            "t" => Persistence::Temporary,
            "u" => Persistence::Unlogged,
            _ => Persistence::Permanent,
        };
        relation.row_security = self.row_security;
        relation.comment = self.comment;
        relation.grants = self.grants.into();
        relation.rows = self.rows;
        relation.columns = self.columns.into_iter().map(ServerColumn::column).collect();
        relation.constraints = self
            .constraints
            .into_iter()
            .map(ServerConstraint::constraint)
            .collect();
        relation.indexes = self.indexes.into_iter().map(ServerIndex::index).collect();
        let table = QualifiedName::new(name.schema.clone(), name.name);
        relation.triggers = self
            .triggers
            .into_iter()
            .map(|trigger| trigger.trigger(&table))
            .collect();
        let policies = self.policies.into_iter().map(|policy| Policy {
            name: Ident::new(policy.name),
            command: match policy.command.as_str() {
                "r" => "SELECT",
                "a" => "INSERT",
                "w" => "UPDATE",
                "d" => "DELETE",
                _ => "ALL",
            }
            .to_owned(),
            using: policy.using.map(expression),
            check: policy.check.map(expression),
        });
        relation.policies = policies.collect();
        relation.rules = self.rules.into_iter().map(Ident::new).collect();
        let mut parents = self
            .inherits
            .iter()
            .map(|(schema, name)| ResolvedName::new(schema.as_str(), name.as_str()));
        if self.is_partition {
            let bound = self.bound.unwrap_or_default();
            relation.partition_of = parents.next().map(|parent| (parent, bound));
        } else {
            relation.inherits = parents.collect();
        }
        relation.partition_by = self.partition_strategy.map(|strategy| PartitionBy {
            strategy: match strategy.as_str() {
                "l" => "LIST",
                "h" => "HASH",
                _ => "RANGE",
            }
            .to_owned(),
            keys: self
                .partition_keys
                .into_iter()
                .flatten()
                .map(ServerKey::element)
                .collect(),
        });
        relation.populated = self.populated;
        relation.of_identity = self.of_identity;
        relation.query = self.query;
        relation.server = self.server.map(Ident::new);
        relation.of_type = self
            .of_type
            .map(|(schema, name)| ResolvedName::new(schema.as_str(), name.as_str()));
        relation.depends_on = self
            .depends_on
            .into_iter()
            .map(|(schema, name, column)| {
                let name = ResolvedName::new(schema.as_str(), name.as_str());
                (name, column.map(Ident::new))
            })
            .collect();
        relation.owned_by = self.owned_by.map(|(schema, table, column)| {
            let table = ResolvedName::new(schema.as_str(), table.as_str());
            (table, Ident::new(column))
        });
        let of = self
            .sequence_type
            .map(|ty| SequenceOption::As(ty.type_name()));
        relation.sequence_options = of.into_iter().collect();
        relation
    }
}

impl ServerColumn {
    fn column(self) -> Column {
        let mut column = Column::new(Ident::new(self.name), self.ty.type_name());
        column.not_null = self.not_null;
        let expr = self.default.map(expression);
        match self.generated.as_str() {
            "" => column.default = expr,
            kind => {
                let stored = kind == "s";
                column.generated = expr.map(|expr| Generated { expr, stored });
            }
        }
        column.identity = match self.identity.as_str() {
            "a" => Some(true),
            "d" => Some(false),
            _ => None,
        };
        column.collation = self.collation.map(Ident::new);
        column.inherited = self.inherited;
        column.local = self.local;
        column.set(|own| *own = self.settings.into());
        column
    }
}

impl ServerConstraint {
    fn constraint(self) -> Constraint {
        let kind = match (self.kind.as_str(), self.table) {
            ("p", _) => ConstraintKind::PrimaryKey,
            ("u", _) => ConstraintKind::Unique,
            ("x", _) => ConstraintKind::Exclude,
            ("n", _) => ConstraintKind::NotNull,
            ("f", Some((schema, name))) => {
                let references: Vec<Ident> = self
                    .references
                    .into_iter()
                    .flatten()
                    .map(Ident::new)
                    .collect();
                let action = |code: &str| {
                    let words = match code {
                        "r" => "RESTRICT",
                        "c" => "CASCADE",
                        "n" => "SET NULL",
                        "d" => "SET DEFAULT",
                        _ => return None,
                    };
                    Some(words.to_owned())
                };
                ConstraintKind::ForeignKey {
                    table: ResolvedName::new(schema.as_str(), name.as_str()),
                    written: References {
                        table: QualifiedName::new(schema.as_str(), name.as_str()),
                        columns: references.clone(),
                        match_type: (self.match_type == "f").then(|| "FULL".to_owned()),
                        on_delete: action(&self.on_delete),
                        on_update: action(&self.on_update),
                    },
                    references,
                }
            }
            ("t", _) => ConstraintKind::Trigger,
            _ => ConstraintKind::Check(expression(self.expr.unwrap_or_default())),
        };
        let columns = self.columns.into_iter().map(Ident::new).collect();
        let mut constraint = Constraint::new(Ident::new(self.name), kind, columns);
        constraint.validated = self.validated;
        constraint.enforced = self.enforced;
        constraint.deferrable = self.deferrable;
        constraint.initially_deferred = self.initially_deferred;
        constraint.no_inherit = self.no_inherit;
        constraint.referenced_index = self.referenced_index.map(Ident::new);
        constraint.parent = self.parent.map(Ident::new);
        let parts = self.in_partitions.into_iter().flatten();
        constraint.in_partitions = parts
            .map(|(schema, table, name)| {
                let table = ResolvedName::new(schema.as_str(), table.as_str());
                (table, Ident::new(name))
            })
            .collect();
        constraint.inherited = self.inherited;
        constraint.local = self.local;
        constraint.comment = self.comment;
        constraint
    }
}

impl ServerIndex {
    fn index(self) -> Index {
        let parent = self
            .parent
            .map(|(schema, name)| ResolvedName::new(schema.as_str(), name.as_str()));
        Index {
            name: Ident::new(self.name),
            unique: self.unique,
            primary: self.primary,
            valid: self.valid,
            constraint: self.constraint.map(Ident::new),
            method: Ident::new(self.method),
            elements: self.keys.into_iter().map(ServerKey::element).collect(),
            include: self.include.into_iter().map(Ident::new).collect(),
            own_names: self.own_names,
            operators: self.operators.unwrap_or_default(),
            nulls_not_distinct: self.nulls_not_distinct,
            predicate: self.predicate.map(expression),
            options: Vec::new(),
            partition_of: parent,
            comment: self.comment,
        }
    }
}

impl ServerKey {
    fn element(self) -> IndexElement {
        let key = match (self.column, self.expr) {
            (Some(column), _) => IndexKey::Column(Ident::new(column)),
            (None, expr) => IndexKey::Expr(expression(expr.unwrap_or_default())),
        };
        let bare = |name: String| QualifiedName::bare(Ident::new(name));
        IndexElement {
            key,
            collation: self.collation.map(bare),
            operator_class: self.operator_class.map(bare),
            descending: self.descending,
            nulls_first: (self.nulls_first != self.descending).then_some(self.nulls_first),
        }
    }
}

impl ServerTrigger {
    /// The bits of `kind` are those of `pg_trigger.tgtype` (src/include/catalog/pg_trigger.h).
    fn trigger(self, table: &QualifiedName) -> Trigger {
        let has = |bit: u16| self.kind & bit != 0;
        let events = [
            (4, "INSERT"),
            (8, "DELETE"),
            (16, "UPDATE"),
            (32, "TRUNCATE"),
        ];
        let timing = if has(2) {
            "BEFORE"
        } else if has(64) {
            "INSTEAD OF"
        } else {
            "AFTER"
        };
        let events = events.iter().filter(|(bit, _)| has(*bit));
        let function = QualifiedName::new(self.function_schema.as_str(), self.function.as_str());
        Trigger {
            enabled: self.enabled,
            partition_of: self.parent.map(Ident::new),
            constraint: self.constraint_name.map(Ident::new),
            definition: CreateTrigger {
                name: Ident::new(self.name.as_str()),
                table: table.clone(),
                or_replace: false,
                constraint: self.constraint,
                timing: timing.to_owned(),
                events: events.map(|(_, word)| (*word).to_owned()).collect(),
                columns: self.columns.iter().map(Ident::new).collect(),
                from: None,
                initially_deferred: self.initially_deferred,
                transition: false,
                for_each_row: has(1),
                condition: None,
                function,
            },
        }
    }
}

fn expression(text: String) -> SqlExpr {
    let expr = crate::sql::parse_expr(&text);
    SqlExpr { text, expr }
}
