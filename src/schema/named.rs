//! Objects of which little more than the name is kept: statistics, collations, event triggers, foreign data,
//! text search and others; what they stand on, and what PostgreSQL refuses of them.

use std::sync::Arc;

use super::dependency::{Bond, Object};
use super::session::Outcome;
use super::{Catalogue, Refusal, Relation, RelationKind, ResolvedName, Session, mentions, naming};
use crate::sql::ast::{
    Expr, Ident, IndexKey, ObjectAction, ObjectKind, ObjectName, QualifiedName, TypeName,
};

/// An object of a kind that is not modelled further.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Named {
    /// The table that statistics are of, and what of it.
    pub(crate) of: Option<(ResolvedName, Vec<IndexKey>)>,
    /// The kinds of statistics, as they are written; none where it is all of them.
    pub(crate) kinds: Option<String>,
    /// The function of an event trigger.
    pub(super) routine: Option<(ResolvedName, Vec<TypeName>)>,
    /// The wrapper of a server, the server of a user mapping.
    pub(super) above: Option<(ObjectKind, Ident)>,
}

impl Named {
    /// The columns that statistics are about.
    pub(crate) fn columns(&self) -> Vec<Ident> {
        let keys = self.of.iter().flat_map(|(_, keys)| keys);
        keys.flat_map(|key| match key {
            IndexKey::Column(column) => vec![column.clone()],
            IndexKey::Expr(expr) => mentions::columns(expr).into_iter().collect(),
        })
        .collect()
    }
}

/// Where an object of a kind that is kept by name is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    Database,
    Schema,
}

/// Where objects of that kind are looked up; none of kinds that are kept otherwise or not at all.
pub(super) fn scope(kind: ObjectKind) -> Option<Scope> {
    match kind {
        ObjectKind::AccessMethod
        | ObjectKind::EventTrigger
        | ObjectKind::ForeignDataWrapper
        | ObjectKind::Language
        | ObjectKind::Server
        | ObjectKind::UserMapping => Some(Scope::Database),
        ObjectKind::Collation
        | ObjectKind::Conversion
        | ObjectKind::Statistics
        | ObjectKind::TextSearchConfiguration
        | ObjectKind::TextSearchDictionary
        | ObjectKind::TextSearchParser
        | ObjectKind::TextSearchTemplate => Some(Scope::Schema),
        _ => None,
    }
}

/// Whether PostgreSQL brings such an object (`pg_am.dat`, `pg_language.dat`, `pg_collation.dat`, `snowball_create.pl`,
/// `pg_ts_*.dat`, `pg_conversion.dat`; collations of the system are told by their names).
fn is_own(kind: ObjectKind, name: &QualifiedName) -> bool {
    if let Some(schema) = &name.schema {
        return *schema == "pg_catalog";
    }
    let name = name.name.as_str();
    let in_list = |list: &[&str]| list.contains(&name);
    match kind {
        ObjectKind::AccessMethod => {
            in_list(&["btree", "hash", "gin", "gist", "brin", "spgist", "heap"])
        }
        ObjectKind::Language => in_list(&["c", "internal", "sql", "plpgsql"]),
        ObjectKind::Collation => {
            name.contains(['_', '-']) || in_list(&["default", "C", "POSIX", "unicode"])
        }
        ObjectKind::Conversion => name.contains("_to_"),
        ObjectKind::TextSearchConfiguration => name == "simple" || LANGUAGES.contains(&name),
        ObjectKind::TextSearchDictionary => {
            let language = name.strip_suffix("_stem");
            name == "simple" || language.is_some_and(|language| LANGUAGES.contains(&language))
        }
        ObjectKind::TextSearchParser => name == "default",
        ObjectKind::TextSearchTemplate => {
            in_list(&["simple", "synonym", "ispell", "thesaurus", "snowball"])
        }
        _ => false,
    }
}

/// The languages of text search (`snowball_create.pl`, all of 14 to 18).
const LANGUAGES: &[&str] = &[
    "arabic",
    "armenian",
    "basque",
    "catalan",
    "danish",
    "dutch",
    "english",
    "estonian",
    "finnish",
    "french",
    "german",
    "greek",
    "hindi",
    "hungarian",
    "indonesian",
    "irish",
    "italian",
    "lithuanian",
    "nepali",
    "norwegian",
    "portuguese",
    "romanian",
    "russian",
    "serbian",
    "spanish",
    "swedish",
    "tamil",
    "turkish",
    "yiddish",
];

/// Whether an extension may bring an object of that kind; of one we do not know, anything.
fn brings(extension: &Ident, kind: ObjectKind) -> bool {
    match extension.as_str() {
        "postgres_fdw" | "file_fdw" | "dblink" => kind == ObjectKind::ForeignDataWrapper,
        "bloom" => kind == ObjectKind::AccessMethod,
        "unaccent" | "dict_int" | "dict_xsyn" => matches!(
            kind,
            ObjectKind::TextSearchConfiguration
                | ObjectKind::TextSearchDictionary
                | ObjectKind::TextSearchTemplate
        ),
        _ => !super::types::is_known_extension(extension),
    }
}

impl Catalogue {
    /// The full name of an object kept by name.
    pub(super) fn named(&self, kind: ObjectKind, name: &QualifiedName) -> Option<QualifiedName> {
        let there = |name: QualifiedName| {
            let key = (kind, name);
            self.others.contains_key(&key).then_some(key.1)
        };
        match (scope(kind)?, &name.schema) {
            (Scope::Database, _) => there(QualifiedName::bare(name.name.clone())),
            (Scope::Schema, Some(_)) => there(name.clone()),
            (Scope::Schema, None) => self
                .search_path
                .iter()
                .find_map(|schema| there(QualifiedName::new(schema.clone(), name.name.clone()))),
        }
    }

    /// Whether a collation is one of PostgreSQL or of the system, all of which take only like bytes for equal
    /// (`pg_collation.collisdeterministic`).
    pub(crate) fn is_own_collation(&self, name: &QualifiedName) -> bool {
        let kind = ObjectKind::Collation;
        self.named(kind, name).is_none() && is_own(kind, name)
    }

    /// Whether there may be such an object that we have not seen made.
    fn may_have(&self, kind: ObjectKind, name: &QualifiedName) -> bool {
        let mut extensions = self.extensions();
        self.incomplete
            || is_own(kind, name)
            || extensions.any(|(extension, _)| brings(extension, kind))
    }

    /// The table that extended statistics are of.
    pub(crate) fn table_of_statistics(&self, name: &QualifiedName) -> Option<ResolvedName> {
        let full = self.named(ObjectKind::Statistics, name)?;
        let own = self.others.get(&(ObjectKind::Statistics, full))?;
        own.of.as_ref().map(|(table, _)| table.clone())
    }

    /// The extended statistics of a table, each with what it is of and its kinds.
    pub(crate) fn extended_statistics<'a>(
        &'a self,
        table: &'a ResolvedName,
    ) -> impl Iterator<Item = (&'a QualifiedName, &'a Named)> {
        let all = self.others.iter().map(|((_, name), own)| (name, &**own));
        all.filter(move |(_, own)| own.of.as_ref().is_some_and(|(of, _)| of == table))
    }

    /// The statistics of a table, or those about one of its columns.
    pub(super) fn statistics_of(
        &self,
        table: &ResolvedName,
        column: Option<&Ident>,
    ) -> Vec<(Object, Bond)> {
        let all = self.others.iter().filter(|(_, own)| {
            let of = own.of.as_ref().is_some_and(|(of, _)| of == table);
            of && column.is_none_or(|column| own.columns().contains(column))
        });
        all.map(|((kind, name), _)| {
            let object = Object::Other(*kind, None, name.clone());
            (object, Bond::Automatic)
        })
        .collect()
    }

    /// The event triggers that call a routine.
    pub(super) fn event_triggers_of(
        &self,
        routine: &ResolvedName,
        args: &[TypeName],
    ) -> Vec<(Object, Bond)> {
        let all = self.others.iter().filter(|(_, own)| {
            let called = own.routine.as_ref();
            called.is_some_and(|(name, own)| name == routine && own == args)
        });
        all.map(|((kind, name), _)| {
            let object = Object::Other(*kind, None, name.clone());
            (object, Bond::Normal)
        })
        .collect()
    }

    /// What stands on an object kept by name: the servers of a wrapper, the mappings and tables of a server.
    pub(super) fn bonds_of_named(
        &self,
        kind: ObjectKind,
        name: &QualifiedName,
    ) -> Vec<(Object, Bond)> {
        let below = self.others.iter().filter(|(_, own)| {
            let above = own.above.as_ref();
            above.is_some_and(|(of, above)| *of == kind && *above == name.name)
        });
        let below = below.map(|((kind, name), _)| Object::Other(*kind, None, name.clone()));
        let tables = self.relations().filter(|relation| {
            kind == ObjectKind::Server && relation.server.as_ref() == Some(&name.name)
        });
        below
            .chain(tables.map(|table| Object::Relation(table.name.clone())))
            .map(|object| (object, Bond::Normal))
            .collect()
    }

    /// The objects of a schema that are kept by name.
    pub(super) fn named_in(&self, schema: &Ident) -> impl Iterator<Item = Object> {
        let inside = self
            .others
            .keys()
            .filter(move |(_, name)| name.schema.as_ref() == Some(schema));
        inside.map(|(kind, name)| Object::Other(*kind, None, name.clone()))
    }

    /// Changes every object kept by name.
    pub(super) fn edit_named(&mut self, change: impl Fn(&mut QualifiedName, &mut Named)) {
        if self.others.is_empty() {
            return;
        }
        let all = self.others.iter().map(|((kind, name), own)| {
            let (mut name, mut own) = (name.clone(), Named::clone(own));
            change(&mut name, &mut own);
            ((*kind, name), Arc::new(own))
        });
        self.others = all.collect();
    }
}

/// The index that refuses a second object of a name, where PostgreSQL does not look before.
fn row_twice(kind: ObjectKind) -> Option<&'static str> {
    match kind {
        ObjectKind::TextSearchConfiguration => Some("pg_ts_config_cfgname_index"),
        ObjectKind::TextSearchDictionary => Some("pg_ts_dict_dictname_index"),
        ObjectKind::TextSearchParser => Some("pg_ts_parser_prsname_index"),
        ObjectKind::TextSearchTemplate => Some("pg_ts_template_tmplname_index"),
        _ => None,
    }
}

fn exists(kind: ObjectKind, name: &Ident) -> Refusal {
    let word = super::drop::spelled(kind);
    Refusal::new("42710", format!("{word} \"{name}\" already exists"))
}

impl Session {
    /// `CREATE` of an object that is kept by name.
    pub(super) fn create_named(
        &mut self,
        kind: ObjectKind,
        name: &QualifiedName,
        (or_replace, if_not_exists): (bool, bool),
        (relations, keys, definition): (&[QualifiedName], &[IndexKey], Option<&str>),
        needs: &[(ObjectKind, QualifiedName)],
    ) -> Outcome {
        let mut named = Named::default();
        if kind == ObjectKind::Statistics
            && let Some(table) = relations.first()
        {
            let table = self.reach(table)?;
            may_have_statistics(self.known(&table)?)?;
            named.of = Some((table, keys.to_vec()));
            named.kinds = definition.map(str::to_owned);
        }
        if kind == ObjectKind::UserMapping {
            named.above = self.needed(needs)?;
        }
        let full = self.named_place(kind, name, &named)?;
        if self.catalogue.others.contains_key(&(kind, full.clone())) {
            return match or_replace || if_not_exists {
                true => Ok(()),
                false => Err(match row_twice(kind) {
                    Some(index) => Refusal::new(
                        "23505",
                        format!("duplicate key value violates unique constraint \"{index}\""),
                    ),
                    None => exists(kind, &full.name),
                }),
            };
        }
        if let Some((table, keys)) = &named.of {
            are_about(self.known(table)?, keys)?;
        }
        if kind == ObjectKind::EventTrigger {
            named.routine = self.called_by_event(needs)?;
        }
        if kind == ObjectKind::Server {
            named.above = self.needed(needs)?;
        }
        self.catalogue.others.insert((kind, full), named.into());
        Ok(())
    }

    /// Where a new object goes; statistics may be without a name (from 16 on).
    fn named_place(
        &self,
        kind: ObjectKind,
        name: &QualifiedName,
        named: &Named,
    ) -> Result<QualifiedName, Refusal> {
        if let (Some((table, keys)), "") = (&named.of, name.name.as_str()) {
            return Ok(self.statistics_name(&table.schema, &table.name, keys));
        }
        match scope(kind) {
            Some(Scope::Schema) => {
                let full = self.place(name)?;
                Ok(QualifiedName::new(full.schema, full.name))
            }
            Some(Scope::Database) | None => Ok(QualifiedName::bare(name.name.clone())),
        }
    }

    /// The name PostgreSQL picks (`ChooseExtendedStatisticName`).
    fn statistics_name(&self, schema: &Ident, table: &Ident, keys: &[IndexKey]) -> QualifiedName {
        let middle = naming::joined(keys.iter().map(|key| match key {
            IndexKey::Column(column) => column.as_str(),
            IndexKey::Expr(_) => "expr",
        }));
        let name = naming::first_free(table.as_str(), Some(&middle), "stat", |name| {
            let full = QualifiedName::new(schema.clone(), name.clone());
            let key = (ObjectKind::Statistics, full);
            self.catalogue.others.contains_key(&key)
        });
        QualifiedName::new(schema.clone(), name)
    }

    /// `LIKE .. INCLUDING STATISTICS`.
    pub(super) fn like_statistics(&mut self, table: &ResolvedName, source: &ResolvedName) {
        let of = |own: &Arc<Named>| {
            let (_, keys) = own.of.clone().filter(|(of, _)| of == source)?;
            Some((keys, own.kinds.clone()))
        };
        let all: Vec<_> = self.catalogue.others.values().filter_map(of).collect();
        for (keys, kinds) in all {
            let name = self.statistics_name(&table.schema, &table.name, &keys);
            let own = Named {
                of: Some((table.clone(), keys)),
                kinds,
                ..Named::default()
            };
            let key = (ObjectKind::Statistics, name);
            self.catalogue.others.insert(key, own.into());
        }
    }

    /// The wrapper or server that an object stands on.
    fn needed(
        &self,
        needs: &[(ObjectKind, QualifiedName)],
    ) -> Result<Option<(ObjectKind, Ident)>, Refusal> {
        let Some((kind, name)) = needs.first() else {
            return Ok(None);
        };
        if self.catalogue.named(*kind, name).is_none() && !self.catalogue.may_have(*kind, name) {
            return Err(super::drop::missing(*kind, &name.name));
        }
        Ok(Some((*kind, name.name.clone())))
    }

    /// Refuses a server that is not there.
    pub(super) fn has_server(&self, server: &Ident) -> Outcome {
        let need = (ObjectKind::Server, QualifiedName::bare(server.clone()));
        self.needed(&[need]).map(drop)
    }

    fn called_by_event(
        &self,
        needs: &[(ObjectKind, QualifiedName)],
    ) -> Result<Option<(ResolvedName, Vec<TypeName>)>, Refusal> {
        let Some((_, name)) = needs.first() else {
            return Ok(None);
        };
        let found = self
            .catalogue
            .routines_named(name)
            .into_iter()
            .find_map(|(full, all)| {
                let mut all = all.iter();
                let own = all.find(|own| own.definition.args.is_empty())?;
                Some((full.clone(), own))
            });
        let Some((full, routine)) = found else {
            if self.catalogue.may_have(ObjectKind::Function, name) {
                return Ok(None);
            }
            if let Some(schema) = &name.schema
                && !self.catalogue.has_schema(schema)
            {
                return Err(Refusal::no_schema(schema));
            }
            let message = format!("function {}() does not exist", name.to_sql());
            return Err(Refusal::new("42883", message));
        };
        let returns = routine.definition.returns.as_deref().unwrap_or_default();
        if !returns.trim().eq_ignore_ascii_case("event_trigger") {
            let message = format!("function {name} must return type event_trigger");
            return Err(Refusal::new("42P17", message));
        }
        Ok(Some((full, Vec::new())))
    }

    /// `ALTER` of an object that is kept by name.
    pub(super) fn alter_named(
        &mut self,
        kind: ObjectKind,
        name: &ObjectName,
        (action, if_exists): (&ObjectAction, bool),
    ) -> Outcome {
        let name = &name.name;
        let Some(from) = self.catalogue.named(kind, name) else {
            return match if_exists || self.catalogue.may_have(kind, name) {
                true => Ok(()),
                false => Err(self.no_named(kind, name)),
            };
        };
        let to = match action {
            ObjectAction::RenameTo(to) => QualifiedName {
                name: to.clone(),
                ..from.clone()
            },
            ObjectAction::SetSchema(schema) if !self.catalogue.has_schema(schema) => {
                return Err(Refusal::no_schema(schema));
            }
            ObjectAction::SetSchema(schema) if from.schema.as_ref() == Some(schema) => {
                return Ok(());
            }
            ObjectAction::SetSchema(schema) => {
                QualifiedName::new(schema.clone(), from.name.clone())
            }
            ObjectAction::OwnerTo(_) | ObjectAction::Other(_) => return Ok(()),
        };
        if self.catalogue.others.contains_key(&(kind, to.clone())) {
            let mut refusal = exists(kind, &to.name);
            if let Some(schema) = &to.schema {
                refusal.message += &format!(" in schema \"{schema}\"");
            }
            return Err(refusal);
        }
        if let Some(own) = self.catalogue.others.remove(&(kind, from.clone())) {
            self.catalogue.others.insert((kind, to.clone()), own);
        }
        let above = (kind, from.name.clone());
        let mapped = format!(" on {}", from.name);
        self.catalogue.edit_named(|name, own| {
            if own.above.as_ref() == Some(&above) {
                own.above = Some((kind, to.name.clone()));
                if let Some(user) = name.name.as_str().strip_suffix(&mapped) {
                    name.name = Ident::new(format!("{user} on {}", to.name));
                }
            }
        });
        if kind == ObjectKind::Server {
            let of = |relation: &&Relation| relation.server.as_ref() == Some(&from.name);
            let tables = self.catalogue.relations().filter(of);
            let tables: Vec<ResolvedName> = tables.map(|table| table.name.clone()).collect();
            for table in tables {
                self.catalogue
                    .edit(&table, |table| table.server = Some(to.name.clone()));
            }
        }
        Ok(())
    }

    /// Refuses what is not there, of a kind that is kept by name.
    pub(super) fn has_named(&self, kind: ObjectKind, name: &QualifiedName) -> Outcome {
        let there = self.catalogue.named(kind, name).is_some();
        match there || self.catalogue.may_have(kind, name) {
            true => Ok(()),
            false => Err(self.no_named(kind, name)),
        }
    }

    fn no_named(&self, kind: ObjectKind, name: &QualifiedName) -> Refusal {
        match &name.schema {
            Some(schema) if !self.catalogue.has_schema(schema) => Refusal::no_schema(schema),
            _ => super::drop::missing(kind, &name.name),
        }
    }

    /// The object that DROP names; none of PostgreSQL's own or an extension's.
    pub(super) fn named_to_drop(
        &self,
        kind: ObjectKind,
        name: &QualifiedName,
    ) -> Result<Option<Object>, Refusal> {
        match self.catalogue.named(kind, name) {
            Some(full) => Ok(Some(Object::Other(kind, None, full))),
            None => self.has_named(kind, name).map(|()| None),
        }
    }
}

/// Refuses statistics of what is no table (`CreateStatistics`).
fn may_have_statistics(relation: &Relation) -> Outcome {
    match relation.kind {
        RelationKind::Table
        | RelationKind::PartitionedTable
        | RelationKind::MaterializedView
        | RelationKind::ForeignTable => Ok(()),
        RelationKind::View | RelationKind::Sequence => {
            let name = &relation.name.name;
            let message = format!("cannot define statistics for relation \"{name}\"");
            Err(Refusal::new("42809", message))
        }
    }
}

/// Refuses statistics about columns that are not there, or about too few of them.
fn are_about(relation: &Relation, keys: &[IndexKey]) -> Outcome {
    let mut seen: Vec<&Ident> = Vec::new();
    for key in keys {
        match key {
            IndexKey::Column(column) => {
                if relation.column(column).is_none() && relation.columns_known {
                    let message = format!("column \"{column}\" does not exist");
                    return Err(Refusal::new("42703", message));
                }
                seen.push(column);
            }
            IndexKey::Expr(expr) => {
                super::constraint::used_columns(relation, expr)?;
            }
        }
    }
    let invalid = |message: &str| Err(Refusal::new("42P17", message));
    match keys {
        [IndexKey::Column(_)] => return invalid("extended statistics require at least 2 columns"),
        [IndexKey::Expr(expr)] if matches!(expr.expr, Expr::Column(_)) => {
            return invalid("extended statistics require at least 2 columns");
        }
        _ => {}
    }
    let twice = seen.iter().enumerate().any(|(at, one)| {
        let mut earlier = seen.iter().take(at);
        earlier.any(|other| other == one)
    });
    if twice {
        let message = "duplicate column name in statistics definition";
        return Err(Refusal::new("42701", message));
    }
    Ok(())
}
