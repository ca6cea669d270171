//! The JSON document of `concertina schema`: a catalogue as other programs read it.

use serde::{Deserialize, Serialize};

use super::{Catalogue, ConstraintKind, EnumOrOther, Grants, Relation, RelationKind};
use crate::sql::ast::{SequenceOption, TypeName};

/// A whole catalogue; every array is sorted by name, columns stand in their order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// The version of this shape: 1.
    pub version: u32,
    /// Tables, views, materialized views, foreign tables.
    pub relations: Vec<RelationDocument>,
    /// Enums, domains, composite types, the others.
    pub types: Vec<TypeDocument>,
    /// Sequences.
    pub sequences: Vec<SequenceDocument>,
    /// Functions, procedures, aggregates.
    pub functions: Vec<FunctionDocument>,
    /// Operators; a document of a version that told of none has none.
    #[serde(default)]
    pub operators: Vec<OperatorDocument>,
    /// Casts.
    #[serde(default)]
    pub casts: Vec<CastDocument>,
    /// Extensions.
    pub extensions: Vec<ExtensionDocument>,
}

/// A relation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelationDocument {
    /// `schema.name`.
    pub name: String,
    /// `table`, `partitioned-table`, `foreign-table`, `view`, `materialized-view`.
    pub kind: String,
    /// Its columns in order.
    pub columns: Vec<ColumnDocument>,
    /// Whether `columns` is all of them.
    pub columns_known: bool,
    /// Its constraints.
    pub constraints: Vec<ConstraintDocument>,
    /// Its indexes.
    pub indexes: Vec<IndexDocument>,
    /// Its triggers by name.
    pub triggers: Vec<TriggerDocument>,
    /// Its policies by name.
    pub policies: Vec<String>,
    /// The table it is a partition of.
    pub partition_of: Option<String>,
    /// The tables it inherits from.
    pub inherits: Vec<String>,
    /// Its comment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Who may do what to it, its owner apart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub privileges: Vec<PrivilegeDocument>,
}

/// A privilege of a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrivilegeDocument {
    /// The role as a GRANT writes it; `PUBLIC` is everybody.
    pub role: String,
    /// In capitals: `SELECT`.
    pub privilege: String,
    /// Whether the role may pass it on.
    pub grantable: bool,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnDocument {
    /// Its name.
    pub name: String,
    /// Its type as `format_type` spells it; `unknown` of a view's column we cannot tell.
    #[serde(rename = "type")]
    pub ty: String,
    /// NOT NULL.
    pub not_null: bool,
    /// Its default, as written.
    pub default: Option<String>,
    /// `always` or `by-default`.
    pub identity: Option<String>,
    /// The expression of a generated column.
    pub generated: Option<GeneratedDocument>,
    /// Its comment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Who may do what to this column alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub privileges: Vec<PrivilegeDocument>,
}

/// The expression of a generated column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GeneratedDocument {
    /// As written.
    pub expression: String,
    /// Stored rather than computed when read.
    pub stored: bool,
}

/// A constraint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConstraintDocument {
    /// Its name.
    pub name: String,
    /// `primary-key`, `unique`, `foreign-key`, `check`, `exclude`, `not-null`, `trigger`.
    pub kind: String,
    /// The columns it is of.
    pub columns: Vec<String>,
    /// Every row is known to satisfy it.
    pub validated: bool,
    /// As it would follow `ADD CONSTRAINT name`.
    pub definition: String,
    /// Its comment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// An index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexDocument {
    /// Its name.
    pub name: String,
    /// `UNIQUE`.
    pub unique: bool,
    /// Usable.
    pub valid: bool,
    /// Its keys that are plain columns.
    pub columns: Vec<String>,
    /// The statement that makes it.
    pub definition: String,
    /// Its comment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// A trigger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TriggerDocument {
    /// Its name.
    pub name: String,
    /// The function it calls.
    pub function: String,
    /// Whether it fires.
    pub enabled: bool,
}

/// A type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypeDocument {
    /// `schema.name`.
    pub name: String,
    /// `enum`, `domain`, `composite`, `other`.
    pub kind: String,
    /// The labels of an enum.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<Vec<String>>,
    /// The type under a domain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// The attributes of a composite type, each with its type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributes: Option<Vec<(String, String)>>,
}

/// A sequence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SequenceDocument {
    /// `schema.name`.
    pub name: String,
    /// The type of its values.
    #[serde(rename = "type")]
    pub ty: String,
    /// The column that owns it: `schema.table.column`.
    pub owned_by: Option<String>,
}

/// A routine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionDocument {
    /// `schema.name`.
    pub name: String,
    /// `function`, `procedure`, `aggregate`.
    pub kind: String,
    /// The types of its input arguments.
    pub arguments: Vec<String>,
    /// What it returns, as written.
    pub returns: Option<String>,
}

/// An operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorDocument {
    /// `schema.+`.
    pub name: String,
    /// The types of its operands, of a prefix operator the one.
    pub arguments: Vec<String>,
    /// The function that computes it; none of one that is only named as the commutator or negator of another.
    pub function: Option<String>,
}

/// A cast.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CastDocument {
    /// The type that is cast.
    pub source: String,
    /// The type it becomes.
    pub target: String,
    /// `implicit`, `assignment`, `explicit`, with the function that makes it or how it does without.
    pub definition: String,
}

/// An extension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtensionDocument {
    /// Its name.
    pub name: String,
    /// Where its objects are.
    pub schema: String,
}

impl Document {
    /// The document of a catalogue.
    pub fn new(catalogue: &Catalogue) -> Self {
        let is_sequence = |relation: &&Relation| relation.kind == RelationKind::Sequence;
        let relations = catalogue.relations().filter(|r| !is_sequence(r));
        let sequences = catalogue.relations().filter(is_sequence);
        Self {
            version: 1,
            relations: relations
                .map(|r| RelationDocument::new(catalogue, r))
                .collect(),
            types: types(catalogue),
            sequences: sequences.map(SequenceDocument::new).collect(),
            functions: functions(catalogue),
            operators: operators(catalogue),
            casts: casts(catalogue),
            extensions: catalogue
                .extensions
                .iter()
                .map(|(name, schema)| ExtensionDocument {
                    name: name.to_string(),
                    schema: schema.to_string(),
                })
                .collect(),
        }
    }
}

impl RelationDocument {
    fn new(catalogue: &Catalogue, relation: &Relation) -> Self {
        let columns = relation.columns.iter().map(|column| ColumnDocument {
            name: column.name.to_string(),
            ty: catalogue.shown_type(&column.ty).to_string(),
            not_null: column.not_null,
            default: column.default.as_ref().map(|default| default.text.clone()),
            identity: column.identity.map(|always| {
                let word = if always { "always" } else { "by-default" };
                word.to_owned()
            }),
            generated: column
                .generated
                .as_ref()
                .map(|generated| GeneratedDocument {
                    expression: generated.expr.text.clone(),
                    stored: generated.stored,
                }),
            comment: column.settings().comment,
            privileges: privileges(&column.settings().grants),
        });
        let constraints = relation
            .constraints
            .iter()
            .map(|constraint| ConstraintDocument {
                name: constraint.name.to_string(),
                kind: constraint.kind.as_str().to_owned(),
                columns: constraint.columns.iter().map(ToString::to_string).collect(),
                validated: constraint.validated,
                definition: relation.constraint_definition(constraint),
                comment: constraint.comment.clone(),
            });
        let indexes = relation.indexes.iter().map(|index| IndexDocument {
            name: index.name.to_string(),
            unique: index.unique,
            valid: index.valid,
            columns: super::constraint::key_columns(&index.elements)
                .iter()
                .map(ToString::to_string)
                .collect(),
            definition: relation.index_definition(index),
            comment: index.comment.clone(),
        });
        let triggers = relation.triggers.iter().map(|trigger| TriggerDocument {
            name: trigger.definition.name.to_string(),
            function: trigger.definition.function.to_string(),
            enabled: trigger.enabled,
        });
        let parent = relation.partition_of.as_ref();
        Self {
            name: relation.name.to_string(),
            kind: relation.kind.as_str().to_owned(),
            columns: columns.collect(),
            columns_known: relation.columns_known,
            constraints: sorted(constraints, |constraint| constraint.name.clone()),
            indexes: sorted(indexes, |index| index.name.clone()),
            triggers: sorted(triggers, |trigger| trigger.name.clone()),
            policies: sorted(
                relation
                    .policies
                    .iter()
                    .map(|policy| policy.name.to_string()),
                String::clone,
            ),
            partition_of: parent.map(|(parent, _)| parent.to_string()),
            inherits: relation.inherits.iter().map(ToString::to_string).collect(),
            comment: relation.comment.clone(),
            privileges: privileges(&relation.grants),
        }
    }
}

fn privileges(grants: &Grants) -> Vec<PrivilegeDocument> {
    let all = grants.iter();
    all.map(|(role, privilege, grantable)| PrivilegeDocument {
        role: role.to_owned(),
        privilege: privilege.to_owned(),
        grantable,
    })
    .collect()
}

impl SequenceDocument {
    fn new(sequence: &Relation) -> Self {
        let ty = sequence
            .sequence_options
            .iter()
            .find_map(|option| match option {
                SequenceOption::As(ty) => Some(ty.to_string()),
                SequenceOption::OwnedBy(_)
                | SequenceOption::Name(_)
                | SequenceOption::Restart(_)
                | SequenceOption::Other(..) => None,
            });
        let owner = sequence.owned_by.as_ref();
        Self {
            name: sequence.name.to_string(),
            ty: ty.unwrap_or_else(|| "bigint".to_owned()),
            owned_by: owner.map(|(table, column)| format!("{table}.{column}")),
        }
    }
}

impl ConstraintKind {
    /// In lower case with hyphens, as JSON writes it.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Check(_) => "check",
            Self::NotNull => "not-null",
            Self::PrimaryKey => "primary-key",
            Self::Unique => "unique",
            Self::Exclude => "exclude",
            Self::ForeignKey { .. } => "foreign-key",
            Self::Trigger => "trigger",
        }
    }
}

fn types(catalogue: &Catalogue) -> Vec<TypeDocument> {
    let spelled = |ty: &TypeName| catalogue.shown_type(ty).to_string();
    let document = |def: &super::TypeDef| {
        let mut document = TypeDocument {
            name: def.name.to_string(),
            kind: String::new(),
            labels: None,
            base: None,
            attributes: None,
        };
        document.kind = match &def.kind {
            EnumOrOther::Enum(labels) => {
                document.labels = Some(labels.clone());
                "enum"
            }
            EnumOrOther::Domain { base, .. } => {
                document.base = Some(spelled(base));
                "domain"
            }
            EnumOrOther::Composite(attributes) => {
                let attributes = attributes.iter();
                let attributes = attributes.map(|(name, ty)| (name.to_string(), spelled(ty)));
                document.attributes = Some(attributes.collect());
                "composite"
            }
            EnumOrOther::Range | EnumOrOther::Other => "other",
        }
        .to_owned();
        document
    };
    catalogue.types.values().map(|def| document(def)).collect()
}

fn functions(catalogue: &Catalogue) -> Vec<FunctionDocument> {
    let mut functions = Vec::new();
    for (name, overloads) in &catalogue.routines {
        for routine in overloads.iter() {
            let definition = &routine.definition;
            let arguments = definition.args.iter();
            functions.push(FunctionDocument {
                name: name.to_string(),
                kind: definition.object.as_str().to_owned(),
                arguments: arguments
                    .map(|ty| catalogue.shown_type(ty).to_string())
                    .collect(),
                returns: definition.returns.clone(),
            });
        }
    }
    functions
        .sort_by(|one, other| (&one.name, &one.arguments).cmp(&(&other.name, &other.arguments)));
    functions
}

fn operators(catalogue: &Catalogue) -> Vec<OperatorDocument> {
    let all = catalogue.operators().map(|((name, args), own)| {
        let args = args.iter();
        OperatorDocument {
            name: name.to_string(),
            arguments: args
                .map(|ty| catalogue.shown_type(ty).to_string())
                .collect(),
            function: own.function.as_ref().map(|(name, _)| name.to_string()),
        }
    });
    all.collect()
}

fn casts(catalogue: &Catalogue) -> Vec<CastDocument> {
    let spelled = |ty: &TypeName| catalogue.shown_type(ty).to_string();
    let all = catalogue
        .casts()
        .map(|((source, target), own)| CastDocument {
            source: spelled(source),
            target: spelled(target),
            definition: own.to_text(),
        });
    all.collect()
}

fn sorted<T>(items: impl Iterator<Item = T>, key: impl Fn(&T) -> String) -> Vec<T> {
    let mut items: Vec<T> = items.collect();
    items.sort_by_key(key);
    items
}
