//! What is set beside the shape of relations and columns: comments, privileges, how values are kept and counted.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

use super::session::Outcome;
use super::{
    Catalogue, Column, EnumOrOther, Refusal, Relation, RelationKind, ResolvedName, Session,
};
use crate::sql::ast::{
    ColumnDef, Ident, ObjectKind, ObjectName, Privilege, Privileges, StorageOption, TableAction,
    TypeName,
};

/// Who may do what to an object, its owner apart (manual 18, section 5.8 "Privileges").
///
/// Of a relation and of a column by themselves: a privilege on a table is none on its columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants(BTreeMap<(String, String), bool>);

impl Grants {
    /// Every role with a privilege of it, both as they are written in a GRANT, in order: `PUBLIC`, `SELECT`, and
    /// whether it may pass that on.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str, bool)> {
        let all = self.0.iter();
        all.map(|((role, privilege), passes)| (role.as_str(), privilege.as_str(), *passes))
    }

    /// Whether nobody was granted anything.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Leaves only some privileges.
    pub(crate) fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        self.0.retain(|(_, privilege), _| keep(privilege));
    }

    pub(super) fn insert(&mut self, role: &str, privilege: &str, passes: bool) {
        let key = (role.to_owned(), privilege.to_owned());
        *self.0.entry(key).or_default() |= passes;
    }

    fn change(&mut self, by: &Privileges, names: &[&str]) {
        for role in by.roles.iter().map(|role| grantee(role)) {
            for name in names {
                let key = (role.clone(), (*name).to_owned());
                if by.grant {
                    self.insert(&role, name, by.grant_option);
                } else if !by.grant_option {
                    self.0.remove(&key);
                } else if let Some(passes) = self.0.get_mut(&key) {
                    *passes = false;
                }
            }
        }
    }
}

/// What is set beside a column's shape.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ColumnSettings {
    /// `COMMENT ON COLUMN`.
    pub comment: Option<String>,
    /// `SET STATISTICS`; none is the default.
    pub statistics: Option<i32>,
    /// `SET STORAGE` in capitals; none is the way of its type.
    pub storage: Option<String>,
    /// `SET COMPRESSION`; none is the default.
    pub compression: Option<Ident>,
    /// `SET (n_distinct = ..)`.
    pub options: Vec<StorageOption>,
    /// Who may do what to this column alone.
    pub grants: Grants,
}

/// Role, privilege, and whether it may be passed on, as [`SERVER_QUERY`](super::SERVER_QUERY) gives them.
#[derive(Deserialize)]
pub(super) struct ServerGrants(Vec<(String, String, bool)>);

impl From<ServerGrants> for Grants {
    fn from(theirs: ServerGrants) -> Self {
        let all = theirs.0.into_iter();
        Self(
            all.map(|(role, privilege, passes)| ((role, privilege), passes))
                .collect(),
        )
    }
}

#[derive(Deserialize)]
pub(super) struct ServerColumnSettings {
    comment: Option<String>,
    statistics: Option<i32>,
    storage: Option<String>,
    compression: String,
    options: Option<Vec<String>>,
    grants: ServerGrants,
}

impl From<ServerColumnSettings> for ColumnSettings {
    fn from(theirs: ServerColumnSettings) -> Self {
        let options = theirs.options.unwrap_or_default().into_iter();
        Self {
            comment: theirs.comment,
            statistics: theirs.statistics,
            storage: theirs.storage.map(|letter| {
                match letter.as_str() {
                    "p" => "PLAIN",
                    "e" => "EXTERNAL",
                    "m" => "MAIN",
                    _ => "EXTENDED",
                }
                .to_owned()
            }),
            compression: match theirs.compression.as_str() {
                "p" => Some(Ident::new("pglz")),
                "l" => Some(Ident::new("lz4")),
                _ => None,
            },
            options: options
                .map(|option| {
                    let (name, value) = option.split_once('=').unwrap_or((&option, ""));
                    StorageOption {
                        name: name.to_owned(),
                        value: Some(value.to_owned()),
                    }
                })
                .collect(),
            grants: theirs.grants.into(),
        }
    }
}

/// As a GRANT would have it: `app SELECT, app UPDATE WITH GRANT OPTION`.
impl fmt::Display for Grants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (role, privilege, passes)) in self.iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            let option = if passes { " WITH GRANT OPTION" } else { "" };
            write!(f, "{comma}{role} {privilege}{option}")?;
        }
        Ok(())
    }
}

/// The clauses of `ALTER COLUMN` that set it, comment and privileges apart.
impl fmt::Display for ColumnSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.clauses().join(", "))
    }
}

impl ColumnSettings {
    /// What both have alike.
    pub(crate) fn shared_with(self, other: &Self) -> Self {
        let held = |all: &Grants, role: &str, privilege: &str, passes: bool| {
            all.iter().any(|one| one == (role, privilege, passes))
        };
        let grants = self.grants.0.into_iter();
        Self {
            comment: self
                .comment
                .filter(|own| other.comment.as_ref() == Some(own)),
            statistics: self.statistics.filter(|own| other.statistics == Some(*own)),
            storage: self
                .storage
                .filter(|own| other.storage.as_ref() == Some(own)),
            compression: self
                .compression
                .filter(|own| other.compression.as_ref() == Some(own)),
            options: self
                .options
                .into_iter()
                .filter(|own| other.options.contains(own))
                .collect(),
            grants: Grants(
                grants
                    .filter(|((role, privilege), passes)| {
                        held(&other.grants, role, privilege, *passes)
                    })
                    .collect(),
            ),
        }
    }

    /// What follows `ALTER COLUMN name` to set them, one by one; comment and privileges apart.
    pub fn clauses(&self) -> Vec<String> {
        let statistics = self
            .statistics
            .map(|target| format!("SET STATISTICS {target}"));
        let storage = self
            .storage
            .as_ref()
            .map(|storage| format!("SET STORAGE {storage}"));
        let compression = self.compression.as_ref();
        let compression = compression.map(|method| format!("SET COMPRESSION {}", method.to_sql()));
        let options = self.options.iter().map(|option| match &option.value {
            Some(value) => format!("{} = {value}", option.name),
            None => option.name.clone(),
        });
        let options: Vec<String> = options.collect();
        let options = (!options.is_empty()).then(|| format!("SET ({})", options.join(", ")));
        let all = [statistics, storage, compression, options];
        all.into_iter().flatten().collect()
    }
}

impl Column {
    /// What is set beside its shape; by and large nothing.
    pub fn settings(&self) -> ColumnSettings {
        self.settings.as_deref().cloned().unwrap_or_default()
    }

    pub(super) fn set(&mut self, change: impl FnOnce(&mut ColumnSettings)) {
        let mut settings = self.settings();
        change(&mut settings);
        self.settings = (settings != ColumnSettings::default()).then(|| Box::new(settings));
    }

    /// What `LIKE` takes along, as its INCLUDING says; a child takes storage and compression of its parent.
    pub(super) fn keep_settings(&mut self, including: impl Fn(&str) -> bool) {
        if self.settings.is_none() {
            return;
        }
        self.set(|own| {
            let taken = std::mem::take(own);
            own.comment = taken.comment.filter(|_| including("COMMENTS"));
            own.storage = taken.storage.filter(|_| including("STORAGE"));
            own.compression = taken.compression.filter(|_| including("COMPRESSION"));
        });
    }

    /// A new type brings its own storage and the default compression (`ATExecAlterColumnType`).
    pub(super) fn reset_storage(&mut self) {
        if self.settings.is_some() {
            self.set(|own| (own.storage, own.compression) = (None, None));
        }
    }
}

impl Session {
    /// Keeps a comment on a relation, column, constraint or index.
    pub(super) fn keep_comment(
        &mut self,
        kind: ObjectKind,
        object: &ObjectName,
        text: Option<&str>,
    ) {
        let text = text.map(str::to_owned).filter(|text| !text.is_empty());
        let table = match kind {
            ObjectKind::Table
            | ObjectKind::View
            | ObjectKind::MaterializedView
            | ObjectKind::Sequence
            | ObjectKind::ForeignTable => &object.name,
            ObjectKind::Column | ObjectKind::Constraint => match &object.table {
                Some(table) => table,
                None => return,
            },
            ObjectKind::Index => {
                let table = self.catalogue.index(&object.name);
                if let Some(table) = table.map(|(table, _)| table.name.clone()) {
                    self.catalogue.edit(&table, |relation| {
                        let mut all = relation.indexes.iter_mut();
                        if let Some(index) = all.find(|own| own.name == object.name.name) {
                            index.comment = text;
                        }
                    });
                }
                return;
            }
            _ => return,
        };
        let Some(table) = self.catalogue.relation(table).map(|own| own.name.clone()) else {
            return;
        };
        let name = &object.name.name;
        self.catalogue.edit(&table, |relation| match kind {
            ObjectKind::Column => {
                if let Some(column) = relation.column_mut(name) {
                    column.set(|own| own.comment = text);
                }
            }
            ObjectKind::Constraint => {
                let mut all = relation.constraints.iter_mut();
                if let Some(constraint) = all.find(|own| own.name == *name) {
                    constraint.comment = text;
                }
            }
            _ => relation.comment = text,
        });
    }

    /// `GRANT` and `REVOKE`: who may do what to relations and columns is kept.
    pub(super) fn privileges(&mut self, by: &Privileges) -> Outcome {
        let object = by.object.map(|object| match by.all_in_schema {
            true => ObjectKind::Schema,
            false => object,
        });
        let Some(object) = object else {
            return Ok(());
        };
        for name in &by.names {
            self.exists(object, name)?;
            let found = self.catalogue.relation(&name.name);
            if let Some(other) = found.filter(|one| one.kind != RelationKind::Sequence)
                && object == ObjectKind::Sequence
            {
                let message = format!("\"{}\" is not a sequence", other.name.name);
                return Err(Refusal::new("42809", message));
            }
        }
        let tables: Vec<ResolvedName> = match by.object {
            Some(kind @ (ObjectKind::Table | ObjectKind::Sequence)) if by.all_in_schema => {
                let schemas: Vec<&Ident> = by.names.iter().map(|name| &name.name.name).collect();
                let sequences = kind == ObjectKind::Sequence;
                let all = self.catalogue.relations();
                all.filter(|own| (own.kind == RelationKind::Sequence) == sequences)
                    .filter(|own| schemas.contains(&&own.name.schema))
                    .map(|own| own.name.clone())
                    .collect()
            }
            Some(ObjectKind::Table | ObjectKind::Sequence) => {
                let named = by.names.iter();
                named
                    .filter_map(|name| self.catalogue.relation(&name.name))
                    .map(|own| own.name.clone())
                    .collect()
            }
            _ => return Ok(()),
        };
        for table in &tables {
            let relation = self.known(table)?;
            let mut named = by.privileges.iter().flat_map(|one| &one.columns);
            let missing = named.find(|column| relation.column(column).is_none());
            if let Some(column) = missing.filter(|_| relation.columns_known) {
                return Err(Refusal::no_column(column, table));
            }
        }
        let version = self.version;
        for table in tables {
            self.catalogue
                .edit(&table, |relation| granted(relation, by, version));
        }
        Ok(())
    }

    /// `ALTER DEFAULT PRIVILEGES`: what new relations of a schema, or of all, are to have.
    pub(super) fn default_privileges(&mut self, by: &Privileges) -> Outcome {
        for name in &by.names {
            self.exists(ObjectKind::Schema, name)?;
        }
        let kind = match by.object {
            Some(ObjectKind::Table) => RelationKind::Table,
            Some(ObjectKind::Sequence) => RelationKind::Sequence,
            _ => return Ok(()),
        };
        let schemas: Vec<Option<Ident>> = match by.names.as_slice() {
            [] => vec![None],
            names => names
                .iter()
                .map(|name| Some(name.name.name.clone()))
                .collect(),
        };
        for schema in schemas {
            let key = (kind == RelationKind::Sequence, schema);
            let known = self.catalogue.default_grants.get(&key);
            let mut grants = known.cloned().unwrap_or_default();
            for one in &by.privileges {
                grants.change(by, &meant(one, kind, self.version));
            }
            self.catalogue.default_grants.insert(key, grants);
        }
        Ok(())
    }

    /// What a new relation has from `ALTER DEFAULT PRIVILEGES`.
    pub(super) fn default_grants(&self, relation: &Relation) -> Grants {
        let mut all = Grants::default();
        for schema in [None, Some(relation.name.schema.clone())] {
            let key = (relation.kind == RelationKind::Sequence, schema);
            for (role, privilege, passes) in self
                .catalogue
                .default_grants
                .get(&key)
                .into_iter()
                .flat_map(Grants::iter)
            {
                all.insert(role, privilege, passes);
            }
        }
        all
    }

    /// `STORAGE` and `COMPRESSION` of a column's definition.
    pub(super) fn set_as_written(&self, column: &mut Column, written: &ColumnDef) -> Outcome {
        if written.storage.is_none() && written.compression.is_none() {
            return Ok(());
        }
        let compression = self.compression(&column.ty, written.compression.as_ref())?;
        let storage = self.storage(&column.ty, written.storage.as_deref())?;
        column.set(|own| (own.storage, own.compression) = (storage, compression));
        Ok(())
    }

    /// How a column's values are kept and counted; of the children of a table too, where PostgreSQL goes on to them.
    pub(super) fn set_column(
        &mut self,
        table: &ResolvedName,
        column: &Ident,
        action: &TableAction,
        only: bool,
    ) -> Outcome {
        let recurses = matches!(
            action,
            TableAction::SetStatistics { .. } | TableAction::SetStorage { .. }
        );
        let Some(ty) = self.known(table)?.column(column).map(|own| own.ty.clone()) else {
            return Ok(());
        };
        let (mut storage, mut compression) = (None, None);
        match action {
            TableAction::SetStorage {
                storage: written, ..
            } => {
                storage = self.storage(&ty, Some(written))?;
            }
            TableAction::SetStatistics {
                target: Some(target @ ..0),
                ..
            } => {
                let message = format!("statistics target {target} is too low");
                return Err(Refusal::new("22023", message));
            }
            TableAction::SetCompression { method, .. } => {
                compression = self.compression(&ty, Some(method))?;
            }
            _ => {}
        }
        let apply = |own: &mut ColumnSettings| match action {
            TableAction::SetStatistics { target, .. } => own.statistics = *target,
            TableAction::SetStorage { .. } => own.storage.clone_from(&storage),
            TableAction::SetCompression { .. } => own.compression.clone_from(&compression),
            TableAction::SetColumnOptions { options, reset, .. } => {
                own.options
                    .retain(|kept| options.iter().all(|option| option.name != kept.name));
                if !reset {
                    own.options.extend(options.iter().cloned());
                }
            }
            _ => {}
        };
        let mut tables = vec![table.clone()];
        while let Some(table) = tables.pop() {
            if recurses && !only {
                let children = self.catalogue.children(&table);
                tables.extend(children.map(|child| child.name.clone()));
            }
            self.catalogue.edit(&table, |relation| {
                if let Some(own) = relation.column_mut(column) {
                    own.set(apply);
                }
            });
        }
        Ok(())
    }

    /// What is not the way of the type itself.
    fn storage(&self, ty: &TypeName, written: Option<&str>) -> Result<Option<String>, Refusal> {
        const KNOWN: &[&str] = &["DEFAULT", "EXTENDED", "EXTERNAL", "MAIN", "PLAIN"];
        if let Some(unknown) = written.filter(|one| !KNOWN.contains(one)) {
            let unknown = unknown.to_ascii_lowercase();
            let message = format!("invalid storage type \"{unknown}\"");
            return Err(Refusal::new("22023", message));
        }
        let own = self.catalogue.storage_of(ty);
        let Some(written) = written.filter(|one| *one != "DEFAULT" && Some(*one) != own) else {
            return Ok(None);
        };
        if own == Some("PLAIN") {
            let shown = self.catalogue.shown_type(ty);
            let message = format!("column data type {shown} can only have storage PLAIN");
            return Err(Refusal::new("0A000", message));
        }
        Ok(Some(written.to_owned()))
    }

    fn compression(
        &self,
        ty: &TypeName,
        written: Option<&Ident>,
    ) -> Result<Option<Ident>, Refusal> {
        let Some(written) = written.filter(|one| one.as_str() != "default") else {
            return Ok(None);
        };
        if self.catalogue.storage_of(ty) == Some("PLAIN") {
            let shown = self.catalogue.shown_type(ty);
            let message = format!("column data type {shown} does not support compression");
            return Err(Refusal::new("0A000", message));
        }
        if !["lz4", "pglz"].contains(&written.as_str()) {
            let message = format!("invalid compression method \"{written}\"");
            return Err(Refusal::new("22023", message));
        }
        Ok(Some(written.clone()))
    }
}

impl Catalogue {
    /// How values of a type are kept unless somebody says otherwise (`typstorage` of pg_type.dat, PostgreSQL 14 to 18);
    /// none of a type that we do not know.
    fn storage_of(&self, ty: &TypeName) -> Option<&'static str> {
        if ty.array {
            return Some("EXTENDED");
        }
        if let Some(def) = self.type_def(&ty.qualified_name()) {
            return match &def.kind {
                EnumOrOther::Enum(_) => Some("PLAIN"),
                EnumOrOther::Domain { base, .. } => self.storage_of(base),
                EnumOrOther::Composite(_) | EnumOrOther::Range => Some("EXTENDED"),
                EnumOrOther::Other => None,
            };
        }
        match ty.name.as_str() {
            "bool" | "char" | "name" | "int2" | "int4" | "int8" | "oid" | "tid" | "xid"
            | "xid8" | "cid" | "float4" | "float8" | "money" | "date" | "time" | "timetz"
            | "timestamp" | "timestamptz" | "interval" | "uuid" | "macaddr" | "macaddr8"
            | "point" | "lseg" | "box" | "line" | "circle" | "pg_lsn" | "tsquery" | "regclass"
            | "regtype" | "regproc" | "regprocedure" | "regoper" | "regoperator" | "regrole"
            | "regnamespace" | "regconfig" | "regdictionary" | "regcollation" => Some("PLAIN"),
            "numeric" | "inet" | "cidr" => Some("MAIN"),
            "text" | "varchar" | "bpchar" | "bytea" | "json" | "jsonb" | "jsonpath" | "xml"
            | "bit" | "varbit" | "tsvector" | "path" | "polygon" | "int4range" | "int8range"
            | "numrange" | "tsrange" | "tstzrange" | "daterange" => Some("EXTENDED"),
            // Of extensions.
            "citext" | "hstore" | "ltree" => Some("EXTENDED"),
            name if name.ends_with("multirange") => Some("EXTENDED"),
            _ => None,
        }
    }
}

fn granted(relation: &mut Relation, by: &Privileges, version: u16) {
    for one in &by.privileges {
        let names = meant(one, relation.kind, version);
        if one.columns.is_empty() {
            relation.grants.change(by, &names);
        }
        // Of the table it is revoked from its columns too (manual 18, REVOKE, Notes).
        for column in &mut relation.columns {
            let named = one.columns.contains(&column.name);
            let held = column.settings.is_some() && one.columns.is_empty() && !by.grant;
            if named || held {
                column.set(|own| own.grants.change(by, &names));
            }
        }
    }
}

const OF_SEQUENCES: [&str; 3] = ["USAGE", "SELECT", "UPDATE"];

/// The privileges that a word of a GRANT stands for.
fn meant(one: &Privilege, kind: RelationKind, version: u16) -> Vec<&str> {
    if one.name.split(' ').next() != Some("ALL") {
        // GRANT without the word SEQUENCE passes over what a sequence does not have (`ExecGrant_Relation`).
        let has = kind != RelationKind::Sequence || OF_SEQUENCES.contains(&one.name.as_str());
        return if has {
            vec![one.name.as_str()]
        } else {
            Vec::new()
        };
    }
    if !one.columns.is_empty() {
        return vec!["SELECT", "INSERT", "UPDATE", "REFERENCES"];
    }
    if kind == RelationKind::Sequence {
        return OF_SEQUENCES.to_vec();
    }
    let mut all = vec![
        "SELECT",
        "INSERT",
        "UPDATE",
        "DELETE",
        "TRUNCATE",
        "REFERENCES",
        "TRIGGER",
    ];
    if version >= 17 {
        all.push("MAINTAIN");
    }
    all
}

/// A role as it must be written: `PUBLIC`, a name, or `CURRENT_USER`.
fn grantee(written: &str) -> String {
    let words: Vec<&str> = written.split_whitespace().collect();
    let name = match words.as_slice() {
        [group, rest @ ..] if !rest.is_empty() && group.eq_ignore_ascii_case("GROUP") => {
            rest.join(" ")
        }
        _ => written.trim().to_owned(),
    };
    let quoted = name
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    match quoted {
        Some(inner) => Ident::new(inner.replace("\"\"", "\""))
            .to_sql()
            .into_owned(),
        None if name.eq_ignore_ascii_case("public") => "PUBLIC".to_owned(),
        None if ["current_user", "current_role", "session_user"]
            .contains(&name.to_ascii_lowercase().as_str()) =>
        {
            name.to_ascii_uppercase()
        }
        None => Ident::new(name.to_ascii_lowercase()).to_sql().into_owned(),
    }
}
