//! The differences between two catalogues, one by one.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::canonical::canonical;
use super::definition::shown;
use super::{
    Catalogue, Column, ColumnSettings, Constraint, ConstraintKind, EnumOrOther, Grants, Index,
    Relation,
};
use crate::sql::ast::{IndexElement, IndexKey, ObjectKind, Persistence, SqlExpr, TypeName};

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What it is about: `public.users`, `public.users.name`.
    pub object: String,
    /// In which respect.
    pub aspect: Aspect,
    /// How it is in the first catalogue; none when it is not there.
    pub left: Option<String>,
    /// How it is in the second one.
    pub right: Option<String>,
}

/// In which respect two catalogues differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each variant is the thing of its name")]
pub enum Aspect {
    Schema,
    Extension,
    Type,
    Routine,
    Operator,
    Cast,
    Relation,
    Column,
    ColumnOrder,
    ColumnType,
    Nullability,
    Default,
    Identity,
    Generated,
    Constraint,
    Index,
    Trigger,
    Policy,
    /// A rule.
    Rule,
    /// Persistence, row-level security, and whether a materialized view has data.
    Settings,
    Owner,
    Parent,
    /// An object of which little more than the name is kept: statistics, a server, ..
    Object,
    Publication,
    Comment,
    /// Who may do what, the owner apart.
    Privileges,
}

impl Aspect {
    /// In lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Schema => "schema",
            Self::Extension => "extension",
            Self::Type => "type",
            Self::Routine => "routine",
            Self::Operator => "operator",
            Self::Cast => "cast",
            Self::Relation => "relation",
            Self::Column => "column",
            Self::ColumnOrder => "order of columns",
            Self::ColumnType => "type of column",
            Self::Nullability => "nullability",
            Self::Default => "default",
            Self::Identity => "identity",
            Self::Generated => "generated",
            Self::Constraint => "constraint",
            Self::Index => "index",
            Self::Trigger => "trigger",
            Self::Policy => "policy",
            Self::Rule => "rule",
            Self::Settings => "settings",
            Self::Owner => "owner of sequence",
            Self::Parent => "parent",
            Self::Object => "object",
            Self::Publication => "publication",
            Self::Comment => "comment",
            Self::Privileges => "privileges",
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |side: &Option<String>| side.clone().unwrap_or_else(|| "nothing".to_owned());
        write!(
            f,
            "{} {}: {} on the left, {} on the right",
            self.aspect.as_str(),
            self.object,
            side(&self.left),
            side(&self.right)
        )
    }
}

/// What differs between two catalogues, in the order of names.
///
/// Temporary relations are left out. Expressions are the same when PostgreSQL stores them the same, as
/// far as we can tell without its types; the columns of a view that could not be read are not compared.
pub fn diff(left: &Catalogue, right: &Catalogue) -> Vec<Difference> {
    let mut found = Found(Vec::new());
    let names = |catalogue: &Catalogue| -> BTreeMap<String, String> {
        let schemas = catalogue.schemas.iter();
        schemas
            .map(|name| (name.to_string(), name.to_string()))
            .collect()
    };
    found.sets("", Aspect::Schema, &names(left), &names(right));
    let extensions = |catalogue: &Catalogue| -> BTreeMap<String, String> {
        let all = catalogue.extensions.iter();
        all.map(|(name, schema)| (name.to_string(), schema.to_string()))
            .collect()
    };
    found.sets("", Aspect::Extension, &extensions(left), &extensions(right));
    found.sets("", Aspect::Type, &types(left), &types(right));
    found.sets("", Aspect::Routine, &routines(left), &routines(right));
    found.sets("", Aspect::Operator, &operators(left), &operators(right));
    found.sets("", Aspect::Cast, &casts(left), &casts(right));

    found.sets("", Aspect::Object, &named(left), &named(right));
    found.sets(
        "",
        Aspect::Publication,
        &publications(left),
        &publications(right),
    );

    let relations = |catalogue| -> BTreeMap<String, Relation> {
        let all = Catalogue::relations(catalogue);
        all.filter(|relation| relation.persistence != Persistence::Temporary)
            .map(|relation| (relation.name.to_string(), relation.clone()))
            .collect()
    };
    let (ours, theirs) = (relations(left), relations(right));
    let kind = |relation: Option<&Relation>| relation.map(|r| r.kind.as_str().to_owned());
    for name in keys(&ours, &theirs) {
        let (one, other) = (ours.get(name), theirs.get(name));
        found.compare(name, Aspect::Relation, kind(one), kind(other));
        if let (Some(one), Some(other)) = (one, other) {
            found.relation((left, one), (right, other));
        }
    }
    found.0
}

struct Found(Vec<Difference>);

impl Found {
    fn compare(
        &mut self,
        object: &str,
        aspect: Aspect,
        left: Option<String>,
        right: Option<String>,
    ) {
        if left != right {
            self.0.push(Difference {
                object: object.to_owned(),
                aspect,
                left,
                right,
            });
        }
    }

    fn sets(
        &mut self,
        prefix: &str,
        aspect: Aspect,
        left: &BTreeMap<String, String>,
        right: &BTreeMap<String, String>,
    ) {
        for name in keys(left, right) {
            let sides = (left.get(name).cloned(), right.get(name).cloned());
            self.compare(&format!("{prefix}{name}"), aspect, sides.0, sides.1);
        }
    }

    fn relation(&mut self, left: (&Catalogue, &Relation), right: (&Catalogue, &Relation)) {
        let (one, other) = (left.1, right.1);
        let name = one.name.to_string();
        let prefix = format!("{name}.");
        if one.columns_known && other.columns_known {
            self.columns(left, right);
        }
        self.sets(
            &prefix,
            Aspect::Constraint,
            &constraints(one),
            &constraints(other),
        );
        self.sets(&prefix, Aspect::Index, &indexes(one), &indexes(other));
        self.sets(&prefix, Aspect::Trigger, &triggers(one), &triggers(other));
        let policies = |relation: &Relation| -> BTreeMap<String, String> {
            let shown = |expr: &Option<SqlExpr>| {
                expr.as_ref()
                    .map_or_else(|| "nothing".to_owned(), canonical)
            };
            let all = relation.policies.iter();
            all.map(|policy| {
                let text = format!(
                    "{} {}, {}",
                    policy.command,
                    shown(&policy.using),
                    shown(&policy.check)
                );
                (policy.name.to_string(), text)
            })
            .collect()
        };
        self.sets(&prefix, Aspect::Policy, &policies(one), &policies(other));
        let owner = |relation: &Relation| {
            let owner = relation.owned_by.as_ref();
            owner.map(|(table, column)| format!("{table}.{column}"))
        };
        self.compare(&name, Aspect::Owner, owner(one), owner(other));
        let parents = |relation: &Relation| {
            let names: BTreeSet<String> = relation.parents().map(ToString::to_string).collect();
            (!names.is_empty()).then(|| Vec::from_iter(names).join(", "))
        };
        self.compare(&name, Aspect::Parent, parents(one), parents(other));
        let of_type = |relation: &Relation| relation.of_type.as_ref().map(ToString::to_string);
        self.compare(&name, Aspect::Type, of_type(one), of_type(other));
        let server = |relation: &Relation| relation.server.as_ref().map(ToString::to_string);
        self.compare(&name, Aspect::Object, server(one), server(other));
        let rules = |relation: &Relation| -> BTreeMap<String, String> {
            let names = relation.rules.iter();
            names
                .map(|name| (name.to_string(), name.to_string()))
                .collect()
        };
        self.sets(&prefix, Aspect::Rule, &rules(one), &rules(other));
        let settings = |relation: &Relation| {
            let security = if relation.row_security {
                ", row security"
            } else {
                ""
            };
            let empty = if relation.populated {
                ""
            } else {
                ", not populated"
            };
            Some(format!("{:?}{security}{empty}", relation.persistence).to_lowercase())
        };
        self.compare(&name, Aspect::Settings, settings(one), settings(other));
        self.compare(
            &name,
            Aspect::Comment,
            one.comment.clone(),
            other.comment.clone(),
        );
        self.sets(&prefix, Aspect::Comment, &comments(one), &comments(other));
        let grants = (granted(&one.grants), granted(&other.grants));
        self.compare(&name, Aspect::Privileges, grants.0, grants.1);
    }

    fn columns(&mut self, left: (&Catalogue, &Relation), right: (&Catalogue, &Relation)) {
        let (one, other) = (left.1, right.1);
        let by_name = |relation: &Relation| -> BTreeMap<String, Column> {
            let columns = relation.columns.iter();
            columns.map(|c| (c.name.to_string(), c.clone())).collect()
        };
        let (ours, theirs) = (by_name(one), by_name(other));
        let mut same_names = true;
        for column in keys(&ours, &theirs) {
            let object = format!("{}.{column}", one.name);
            match (ours.get(column), theirs.get(column)) {
                (Some(ours), Some(theirs)) => {
                    self.column(&object, (left.0, ours), (right.0, theirs))
                }
                (ours, theirs) => {
                    same_names = false;
                    let spelled = |catalogue: &Catalogue, column: Option<&Column>| {
                        column.map(|column| catalogue.shown_type(&column.ty).to_string())
                    };
                    let sides = (spelled(left.0, ours), spelled(right.0, theirs));
                    self.compare(&object, Aspect::Column, sides.0, sides.1);
                }
            }
        }
        if same_names {
            let order = |relation: &Relation| {
                let names: Vec<&str> = relation.columns.iter().map(|c| c.name.as_str()).collect();
                Some(names.join(", "))
            };
            self.compare(
                &one.name.to_string(),
                Aspect::ColumnOrder,
                order(one),
                order(other),
            );
        }
    }

    fn column(&mut self, object: &str, left: (&Catalogue, &Column), right: (&Catalogue, &Column)) {
        let (one, other) = (left.1, right.1);
        let unknown = one.ty.name == "unknown" || other.ty.name == "unknown";
        if !unknown {
            let spelled = |(catalogue, column): (&Catalogue, &Column)| {
                Some(catalogue.shown_type(&column.ty).to_string())
            };
            self.compare(object, Aspect::ColumnType, spelled(left), spelled(right));
        }
        let own = |column: &Column| Some(origin(column.inherited, column.local).to_owned());
        self.compare(object, Aspect::Parent, own(one), own(other));
        let null =
            |column: &Column| Some(if column.not_null { "not null" } else { "null" }.to_owned());
        self.compare(object, Aspect::Nullability, null(one), null(other));
        let default = |column: &Column| {
            let default = column.default.as_ref()?;
            Some(default_text(default, column))
        };
        self.compare(object, Aspect::Default, default(one), default(other));
        let identity = |column: &Column| {
            let always = column.identity?;
            Some(if always { "always" } else { "by default" }.to_owned())
        };
        self.compare(object, Aspect::Identity, identity(one), identity(other));
        let generated = |column: &Column| {
            let generated = column.generated.as_ref()?;
            let kind = if generated.stored {
                "stored"
            } else {
                "virtual"
            };
            Some(format!("{} {kind}", canonical(&generated.expr)))
        };
        self.compare(object, Aspect::Generated, generated(one), generated(other));
        if one.settings != other.settings {
            let (one, other) = (one.settings(), other.settings());
            let clauses = |of: &ColumnSettings| Some(of.to_string()).filter(|all| !all.is_empty());
            self.compare(object, Aspect::Settings, clauses(&one), clauses(&other));
            let grants = (granted(&one.grants), granted(&other.grants));
            self.compare(object, Aspect::Privileges, grants.0, grants.1);
            self.compare(object, Aspect::Comment, one.comment, other.comment);
        }
    }
}

fn granted(grants: &Grants) -> Option<String> {
    (!grants.is_empty()).then(|| grants.to_string())
}

fn keys<'a, T>(
    left: &'a BTreeMap<String, T>,
    right: &'a BTreeMap<String, T>,
) -> BTreeSet<&'a String> {
    left.keys().chain(right.keys()).collect()
}

/// A string constant is stored as its type reads it: `'t'` for a boolean is `true`.
fn default_text(default: &SqlExpr, column: &Column) -> String {
    let text = canonical(default);
    if column.ty.name == "bool" && !column.ty.array {
        match text.trim_matches('\'').to_ascii_lowercase().as_str() {
            "t" | "true" | "yes" | "on" | "y" | "1" => return "true".to_owned(),
            "f" | "false" | "no" | "off" | "n" | "0" => return "false".to_owned(),
            _ => {}
        }
    }
    // jsonb keeps no spaces and no order of keys.
    if column.ty.name == "jsonb" && !column.ty.array {
        let inside = text
            .strip_prefix('\'')
            .and_then(|rest| rest.strip_suffix('\''));
        let read = |inside: &str| serde_json::from_str(&inside.replace("\'\'", "'")).ok();
        let value: Option<serde_json::Value> = inside.and_then(read);
        if let Some(value) = value {
            return format!("'{value}'");
        }
    }
    text
}

fn constraints(relation: &Relation) -> BTreeMap<String, String> {
    let all = relation.constraints.iter();
    let all = all.filter(|constraint| constraint.kind != ConstraintKind::Trigger);
    all.map(|constraint| {
        (
            constraint.name.to_string(),
            constraint_text(relation, constraint),
        )
    })
    .collect()
}

fn constraint_text(relation: &Relation, constraint: &Constraint) -> String {
    let text = match &constraint.kind {
        ConstraintKind::Check(expr) => {
            let holds = if constraint.validated {
                ""
            } else {
                " not valid"
            };
            let inherit = if constraint.no_inherit {
                " no inherit"
            } else {
                ""
            };
            format!("check {}{holds}{inherit}", canonical(expr))
        }
        ConstraintKind::Exclude => {
            let index = relation.index(&constraint.name);
            format!("exclude {}", index.map(index_text).unwrap_or_default())
        }
        ConstraintKind::ForeignKey { .. }
        | ConstraintKind::PrimaryKey
        | ConstraintKind::Unique
        | ConstraintKind::NotNull
        | ConstraintKind::Trigger => relation.constraint_definition(constraint),
    };
    let inherited = origin(constraint.inherited, constraint.local);
    let stands_on = constraint.referenced_index.as_ref();
    let stands_on = stands_on.map_or_else(String::new, |index| format!(" through {index}"));
    let parent = constraint.parent.as_ref();
    let parent = parent.map_or_else(String::new, |parent| format!(" copy of {parent}"));
    let parts: BTreeSet<String> = constraint
        .in_partitions
        .iter()
        .map(|(table, name)| format!("{name} to {}", shown(table)))
        .collect();
    let parts = match parts.is_empty() {
        true => String::new(),
        false => format!(" with {}", Vec::from_iter(parts).join(", ")),
    };
    format!("{text}{stands_on}{inherited}{parent}{parts}")
}

/// Where a column or constraint comes from, nothing when it is the table's own only.
fn origin(inherited: bool, local: bool) -> &'static str {
    match (inherited, local) {
        (false, true) => "",
        (true, false) => " (inherited)",
        (true, true) => " (inherited and its own)",
        (false, false) => " (from nowhere)",
    }
}

/// Those on constraints and indexes, by the kind and the name of what they are on.
fn comments(relation: &Relation) -> BTreeMap<String, String> {
    let constraints = relation.constraints.iter();
    let constraints = constraints.map(|own| ("constraint", &own.name, &own.comment));
    let indexes = relation.indexes.iter();
    let indexes = indexes.map(|own| ("index", &own.name, &own.comment));
    let all = constraints.chain(indexes);
    all.filter_map(|(kind, name, text)| Some((format!("{kind} {name}"), text.clone()?)))
        .collect()
}

fn indexes(relation: &Relation) -> BTreeMap<String, String> {
    let all = relation.indexes.iter();
    all.map(|index| (index.name.to_string(), index_text(index)))
        .collect()
}

fn index_text(index: &Index) -> String {
    let unique = if index.unique { "unique " } else { "" };
    let keys: Vec<String> = index.elements.iter().map(element).collect();
    let mut text = format!("{unique}{} ({})", index.method, keys.join(", "));
    if !index.include.is_empty() {
        let include: Vec<&str> = index.include.iter().map(|name| name.as_str()).collect();
        text += &format!(" include ({})", include.join(", "));
    }
    if !index.operators.is_empty() {
        text += &format!(" with {}", index.operators.join(", "));
    }
    if index.nulls_not_distinct {
        text += " nulls not distinct";
    }
    if let Some(predicate) = &index.predicate {
        text += &format!(" where {}", canonical(predicate));
    }
    if let Some(constraint) = &index.constraint {
        text += &format!(" of {constraint}");
    }
    if let Some(parent) = &index.partition_of {
        text += &format!(" part of {}", shown(parent));
    }
    if !index.valid {
        text += " invalid";
    }
    text
}

fn element(element: &IndexElement) -> String {
    let mut text = match &element.key {
        IndexKey::Column(column) => column.to_string(),
        IndexKey::Expr(expr) => canonical(expr),
    };
    if let Some(class) = &element.operator_class {
        text += &format!(" {}", class.name);
    }
    if element.descending {
        text += " desc";
    }
    if let Some(first) = element.nulls_first
        && first != element.descending
    {
        text += if first { " nulls first" } else { " nulls last" };
    }
    text
}

fn triggers(relation: &Relation) -> BTreeMap<String, String> {
    let all = relation.triggers.iter();
    all.map(|trigger| {
        let definition = &trigger.definition;
        let mut events = definition.events.clone();
        events.sort();
        let columns: Vec<&str> = definition.columns.iter().map(|c| c.as_str()).collect();
        let text = format!(
            "{} {} {} row {} calls {} enabled {}",
            definition.timing,
            events.join(" or "),
            columns.join(","),
            definition.for_each_row,
            definition.function,
            trigger.enabled
        );
        (definition.name.to_string(), text)
    })
    .collect()
}

fn types(catalogue: &Catalogue) -> BTreeMap<String, String> {
    let spelled = |ty: &TypeName| catalogue.shown_type(ty).to_string();
    let all = catalogue.types.values();
    all.map(|def| {
        let text = match &def.kind {
            EnumOrOther::Enum(labels) => format!("enum ({})", labels.join(", ")),
            EnumOrOther::Domain { base, not_null, .. } => {
                format!("domain over {}, not null {not_null}", spelled(base))
            }
            EnumOrOther::Composite(attributes) => {
                let attributes = attributes.iter();
                let attributes: Vec<String> = attributes
                    .map(|(name, ty)| format!("{name} {}", spelled(ty)))
                    .collect();
                format!("composite ({})", attributes.join(", "))
            }
            EnumOrOther::Range => "range".to_owned(),
            EnumOrOther::Other => "type".to_owned(),
        };
        (def.name.to_string(), text)
    })
    .collect()
}

fn routines(catalogue: &Catalogue) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for (name, overloads) in &catalogue.routines {
        for routine in overloads.iter() {
            let args = routine.definition.args.iter();
            let args: Vec<String> = args
                .map(|ty| catalogue.shown_type(ty).to_string())
                .collect();
            let object = routine.definition.object.as_str().to_owned();
            all.insert(format!("{name}({})", args.join(", ")), object);
        }
    }
    all
}

fn operators(catalogue: &Catalogue) -> BTreeMap<String, String> {
    let all = catalogue.operators();
    all.map(|((name, args), own)| {
        let args = args.iter();
        let args: Vec<String> = args
            .map(|ty| catalogue.shown_type(ty).to_string())
            .collect();
        let text = match &own.function {
            Some((function, _)) => format!("calls {function}"),
            None => "only named".to_owned(),
        };
        (format!("{name}({})", args.join(", ")), text)
    })
    .collect()
}

fn casts(catalogue: &Catalogue) -> BTreeMap<String, String> {
    let spelled = |ty: &TypeName| catalogue.shown_type(ty).to_string();
    let all = catalogue.casts();
    all.map(|((from, to), own)| {
        let types = format!("{} to {}", spelled(from), spelled(to));
        (types, own.to_text())
    })
    .collect()
}

/// The objects kept by name that a server tells of.
fn named(catalogue: &Catalogue) -> BTreeMap<String, String> {
    let told = |kind: ObjectKind| {
        matches!(
            kind,
            ObjectKind::Collation
                | ObjectKind::EventTrigger
                | ObjectKind::ForeignDataWrapper
                | ObjectKind::Server
                | ObjectKind::Statistics
                | ObjectKind::TextSearchConfiguration
                | ObjectKind::TextSearchDictionary
        )
    };
    let all = catalogue.others.iter().filter(|((kind, _), _)| told(*kind));
    all.map(|((kind, name), own)| {
        let mut text = String::new();
        if let Some((table, keys)) = &own.of {
            let mut columns: Vec<&str> = keys
                .iter()
                .filter_map(|key| match key {
                    IndexKey::Column(column) => Some(column.as_str()),
                    IndexKey::Expr(_) => None,
                })
                .collect();
            columns.sort_unstable();
            text += &format!("of {table} ({})", columns.join(", "));
        }
        if let Some((routine, _)) = &own.routine {
            text += &format!("calls {routine}");
        }
        if let Some((_, above)) = &own.above {
            text += &format!("of {above}");
        }
        (format!("{kind} {name}"), text)
    })
    .collect()
}

fn publications(catalogue: &Catalogue) -> BTreeMap<String, String> {
    let all = catalogue.publications();
    all.map(|(name, own)| {
        let tables: BTreeSet<String> = own.tables.iter().map(|one| one.table.to_string()).collect();
        let text = format!(
            "all {}, tables {}, {:?}",
            own.all_tables,
            Vec::from_iter(tables).join(", "),
            own.publishes
        );
        (name.to_string(), text)
    })
    .collect()
}
