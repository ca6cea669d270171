//! The catalogue itself and how names are looked up in it.

use std::sync::Arc;

use imbl::{OrdMap, OrdSet};

use super::{Relation, ResolvedName};
use crate::sql::ast::{CreateRoutine, Ident, QualifiedName, SqlExpr, TableConstraint, TypeName};

/// The schema at a point of the history. Cloning is cheap: what is equal is shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalogue {
    pub(crate) schemas: OrdSet<Ident>,
    pub(crate) relations: OrdMap<ResolvedName, Arc<Relation>>,
    /// Index names to the table that has them: indexes share the name space of relations.
    pub(crate) indexes: OrdMap<ResolvedName, ResolvedName>,
    pub(crate) types: OrdMap<ResolvedName, Arc<TypeDef>>,
    pub(crate) routines: OrdMap<ResolvedName, Arc<Vec<Routine>>>,
    pub(crate) extensions: OrdMap<Ident, Ident>,
    /// Where names without a schema are looked up; `pg_catalog` comes before it.
    pub(crate) search_path: Vec<Ident>,
}

/// A type that somebody created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeDef {
    /// Its name.
    pub name: ResolvedName,
    /// What it is.
    pub kind: EnumOrOther,
}

/// What a created type is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EnumOrOther {
    /// An enum with its labels in order.
    Enum(Vec<String>),
    /// A domain.
    Domain {
        /// The type under it.
        base: TypeName,
        /// NOT NULL.
        not_null: bool,
        /// Its default.
        default: Option<SqlExpr>,
        /// Its checks.
        checks: Vec<TableConstraint>,
    },
    /// A composite type's attributes.
    Composite(Vec<(Ident, TypeName)>),
    /// A range, base or shell type.
    Other,
}

/// A function, procedure or aggregate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Routine {
    /// As it was created.
    pub definition: CreateRoutine,
}

impl Default for Catalogue {
    /// A new database: schema `public`, which is the search path.
    fn default() -> Self {
        Self {
            schemas: std::iter::once(Ident::new("public")).collect(),
            relations: OrdMap::new(),
            indexes: OrdMap::new(),
            types: OrdMap::new(),
            routines: OrdMap::new(),
            extensions: OrdMap::new(),
            search_path: vec![Ident::new("public")],
        }
    }
}

impl Catalogue {
    /// All relations by name.
    pub fn relations(&self) -> impl Iterator<Item = &Relation> {
        self.relations.values().map(Arc::as_ref)
    }

    /// The relation of exactly that name.
    pub fn get(&self, name: &ResolvedName) -> Option<&Relation> {
        self.relations.get(name).map(Arc::as_ref)
    }

    /// The relation a name means, looked up along the search path.
    pub fn relation(&self, name: &QualifiedName) -> Option<&Relation> {
        self.lookup(name, |full| self.get(full))
    }

    /// The table an index belongs to and the index, looked up along the search path.
    pub fn index(&self, name: &QualifiedName) -> Option<(&Relation, &super::Index)> {
        self.lookup(name, |full| {
            let table = self.get(self.indexes.get(full)?)?;
            Some((table, table.index(&full.name)?))
        })
    }

    /// The type a name means, looked up along the search path; none for built-in ones.
    pub fn type_def(&self, name: &QualifiedName) -> Option<&TypeDef> {
        self.lookup(name, |full| self.types.get(full).map(Arc::as_ref))
    }

    /// The overloads of a routine, looked up along the search path; none for built-in ones.
    pub fn routine(&self, name: &QualifiedName) -> Option<&[Routine]> {
        self.lookup(name, |full| {
            self.routines.get(full).map(|all| all.as_slice())
        })
    }

    /// Where a new object of that name would be made.
    pub fn creation_name(&self, name: &QualifiedName) -> ResolvedName {
        let schema = name.schema.clone().or_else(|| {
            self.search_path
                .iter()
                .find(|s| self.schemas.contains(*s))
                .cloned()
        });
        ResolvedName {
            schema: schema.unwrap_or_else(|| Ident::new("public")),
            name: name.name.clone(),
        }
    }

    /// The schemas in which names without one are looked up, in order.
    pub fn search_path(&self) -> &[Ident] {
        &self.search_path
    }

    fn lookup<'a, T>(
        &'a self,
        name: &QualifiedName,
        find: impl Fn(&ResolvedName) -> Option<T> + 'a,
    ) -> Option<T> {
        let full = |schema: &Ident| ResolvedName {
            schema: schema.clone(),
            name: name.name.clone(),
        };
        match &name.schema {
            Some(schema) => find(&full(schema)),
            None => self
                .search_path
                .iter()
                .find_map(|schema| find(&full(schema))),
        }
    }
}
