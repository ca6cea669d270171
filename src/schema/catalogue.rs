//! The catalogue itself and how names are looked up in it.

use std::borrow::Cow;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, OnceLock};

use imbl::ordmap::DiffItem;
use imbl::{OrdMap, OrdSet};

use super::{Relation, ResolvedName};
use crate::sql::ast::{
    Change, CreateRoutine, Ident, ObjectKind, QualifiedName, SqlExpr, TableConstraint, TypeName,
};
use crate::sql::{BodyStatement, body_statements};

/// The schema at a point of the history. Cloning is cheap: it is shared until one of the two changes, and then
/// all that stays equal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Catalogue(Arc<State>);

impl Deref for Catalogue {
    type Target = State;

    fn deref(&self) -> &State {
        &self.0
    }
}

impl DerefMut for Catalogue {
    fn deref_mut(&mut self) -> &mut State {
        Arc::make_mut(&mut self.0)
    }
}

/// What a catalogue is made of.
#[doc(hidden)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    pub(crate) schemas: OrdSet<Ident>,
    pub(crate) relations: OrdMap<ResolvedName, Arc<Relation>>,
    /// Index names to the table that has them: indexes share the name space of relations.
    pub(crate) indexes: OrdMap<ResolvedName, ResolvedName>,
    pub(crate) types: OrdMap<ResolvedName, Arc<TypeDef>>,
    pub(crate) routines: OrdMap<ResolvedName, Arc<Vec<Routine>>>,
    pub(crate) operators: OrdMap<super::OperatorKey, Arc<super::Operator>>,
    pub(crate) casts: OrdMap<super::CastKey, Arc<super::Cast>>,
    pub(crate) extensions: OrdMap<Ident, Ident>,
    /// The texts of policies and rules.
    pub(crate) written: OrdMap<super::written::WrittenKey, super::written::Written>,
    pub(crate) publications: OrdMap<Ident, Arc<super::Publication>>,
    /// Objects of which little more than the name is kept.
    pub(crate) others: OrdMap<(ObjectKind, QualifiedName), Arc<super::Named>>,
    /// Relations to those that name them: foreign keys, views, children, owned sequences.
    pub(crate) links: Reverse,
    /// Tables to those that inherit from them or are their partitions.
    pub(crate) children: Reverse,
    /// Types and sequences to the relations whose columns are made of them or draw from them.
    pub(crate) uses: Reverse,
    /// How many constraints of a schema have that name; PostgreSQL picks its own names around them.
    pub(crate) constraint_names: OrdMap<ResolvedName, usize>,
    /// What new relations are to have: sequences (true) or the others, of one schema or of all.
    pub(crate) default_grants: OrdMap<(bool, Option<Ident>), super::Grants>,
    /// The last table or type that was made.
    pub(crate) last_made: Made,
    /// There may be objects of which we know nothing.
    pub(crate) incomplete: bool,
    /// Something was made in the schema of temporary objects, so that it is worth a look.
    pub(crate) temporary: bool,
    /// Where names without a schema are looked up; `pg_catalog` comes before it.
    pub(crate) search_path: Vec<Ident>,
    /// The major version of PostgreSQL, where it is known.
    pub(crate) version: Option<u16>,
    /// The search path that new sessions of the application begin with, where `ALTER ROLE` or `ALTER DATABASE` sets one.
    pub(crate) application_path: Option<Vec<Ident>>,
}

/// Which of all the tables or types that ever had its name one is; two that are alike but for that are equal.
#[derive(Debug, Clone, Copy, Default)]
pub struct Made {
    /// Its place in the order in which things were made; 0 where that is not known.
    pub(crate) serial: u64,
    /// Somebody may have put rows into it.
    pub(crate) filled: bool,
}

impl PartialEq for Made {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Made {}

impl Made {
    /// Whether it is known to be another one.
    pub(crate) fn is_other(self, than: Self) -> bool {
        self.serial != than.serial && self.serial != 0 && than.serial != 0
    }
}

/// A type that somebody created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeDef {
    /// Its name.
    pub name: ResolvedName,
    /// Which of all that had its name.
    pub made: Made,
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
    /// A range.
    Range,
    /// A base or shell type.
    Other,
}

/// A function, procedure or aggregate.
#[derive(Debug, Clone)]
pub struct Routine {
    /// As it was created.
    pub definition: CreateRoutine,
    /// The types it hands back: that after `RETURNS`, and those of its outputs.
    pub(super) results: Vec<TypeName>,
    /// The statements of its body, once somebody has asked for them.
    statements: OnceLock<Arc<[BodyStatement]>>,
}

impl Routine {
    /// Whether it can be called with so many arguments: its defaults give the rest.
    pub(crate) fn takes(&self, given: usize) -> bool {
        let all = self.definition.args.len();
        let least = all - self.definition.defaults.min(all);
        given >= least && (given <= all || self.definition.variadic)
    }

    /// A routine of that definition.
    pub fn new(definition: CreateRoutine) -> Self {
        Self {
            definition,
            results: Vec::new(),
            statements: OnceLock::new(),
        }
    }

    /// The same, handing back these types.
    pub(super) fn with_results(self, results: Vec<TypeName>) -> Self {
        Self { results, ..self }
    }

    /// The statements of its body, read at the first call; none where it is neither in SQL nor in PL/pgSQL, or has
    /// not been shown.
    pub fn statements(&self) -> Option<&Arc<[BodyStatement]>> {
        let language = self.definition.language.as_deref();
        let language = language.filter(|language| matches!(*language, "sql" | "plpgsql"))?;
        let body = self.definition.body.as_deref()?;
        Some(self.statements.get_or_init(|| {
            let found = body_statements(language, body);
            let opaque = |one: &BodyStatement| matches!(one.change, Change::Opaque { .. });
            // `RETURN expression`.
            match self.definition.atomic && found.iter().all(opaque) {
                true => body_statements(language, &format!("SELECT {body}")).into(),
                false => found.into(),
            }
        }))
    }
}

impl PartialEq for Routine {
    fn eq(&self, other: &Self) -> bool {
        self.definition == other.definition && self.results == other.results
    }
}

impl Eq for Routine {}

impl Default for State {
    /// A new database: schema `public`, which is the search path.
    fn default() -> Self {
        Self {
            schemas: std::iter::once(Ident::new("public")).collect(),
            relations: OrdMap::new(),
            indexes: OrdMap::new(),
            types: OrdMap::new(),
            routines: OrdMap::new(),
            operators: OrdMap::new(),
            casts: OrdMap::new(),
            extensions: OrdMap::new(),
            written: OrdMap::new(),
            publications: OrdMap::new(),
            others: OrdMap::new(),
            links: OrdMap::new(),
            children: OrdMap::new(),
            uses: OrdMap::new(),
            constraint_names: OrdMap::new(),
            default_grants: OrdMap::new(),
            last_made: Made::default(),
            incomplete: false,
            temporary: false,
            search_path: vec![Ident::new("public")],
            version: None,
            application_path: None,
        }
    }
}

impl Catalogue {
    /// The major version of PostgreSQL whose catalogue it is, where that is known.
    pub fn version(&self) -> Option<u16> {
        self.version
    }

    /// Whether it is of that major version of PostgreSQL or a newer one, where its version is known.
    pub(crate) fn is_from(&self, major: u16) -> Option<bool> {
        self.version.map(|version| version >= major)
    }

    /// All relations by name.
    pub fn relations(&self) -> impl Iterator<Item = &Relation> {
        self.relations.values().map(Arc::as_ref)
    }

    /// The relations that are gone or another in a later schema, with what they are there; what is
    /// shared between the two is not looked at.
    pub(crate) fn changed<'a>(
        &'a self,
        later: &'a Self,
    ) -> impl Iterator<Item = (&'a Relation, Option<&'a Relation>)> {
        self.relations
            .diff(&later.relations)
            .filter_map(|item| match item {
                DiffItem::Add(..) => None,
                DiffItem::Update {
                    old: (_, old),
                    new: (_, new),
                } => Some((old.as_ref(), Some(new.as_ref()))),
                DiffItem::Remove(_, old) => Some((old.as_ref(), None)),
            })
    }

    /// All schemas, PostgreSQL's own excepted.
    pub fn schemas(&self) -> impl Iterator<Item = &Ident> {
        self.schemas.iter()
    }

    /// All types that somebody created, by name.
    pub fn types(&self) -> impl Iterator<Item = &TypeDef> {
        self.types.values().map(Arc::as_ref)
    }

    /// All routines that somebody created with their names, overloads one by one.
    pub fn routines(&self) -> impl Iterator<Item = (&ResolvedName, &Routine)> {
        let all = self.routines.iter();
        all.flat_map(|(name, overloads)| overloads.iter().map(move |one| (name, one)))
    }

    /// All extensions with their schemas; `plpgsql` is not among them.
    pub fn extensions(&self) -> impl Iterator<Item = (&Ident, &Ident)> {
        self.extensions.iter()
    }

    /// The relation of exactly that name.
    pub fn get(&self, name: &ResolvedName) -> Option<&Relation> {
        self.relations.get(name).map(Arc::as_ref)
    }

    /// The relation a name means, looked up along the search path.
    pub fn relation(&self, name: &QualifiedName) -> Option<&Relation> {
        let found = self.lookup(name, |full| match self.get(full) {
            Some(relation) => Some(Some(relation)),
            None => self.is_taken(full).then_some(None),
        });
        found.flatten()
    }

    /// The table an index belongs to and the index, looked up along the search path.
    pub fn index(&self, name: &QualifiedName) -> Option<(&Relation, &super::Index)> {
        let found = self.lookup(name, |full| match self.indexes.get(full) {
            Some(table) => {
                let table = self.get(table)?;
                Some(Some((table, table.index(&full.name)?)))
            }
            None => self.is_taken(full).then_some(None),
        });
        found.flatten()
    }

    /// The type a name means, looked up along the search path; none for built-in ones.
    pub fn type_def(&self, name: &QualifiedName) -> Option<&TypeDef> {
        // `pg_catalog` is searched first, unless the path says otherwise (manual 18, section 5.10.5).
        let first = !self.temporary && !self.search_path.iter().any(|own| *own == "pg_catalog");
        if first && name.schema.is_none() && is_often_used(name.name.as_str()) {
            return None;
        }
        let found = self.lookup(name, |full| match self.types.get(full) {
            Some(def) => Some(Some(def.as_ref())),
            None => self.has_row_type(full).then_some(None),
        });
        found.flatten()
    }

    /// The composite type that a statement about its attributes means: it is looked up among relations.
    pub(super) fn composite(&self, name: &QualifiedName) -> Option<&TypeDef> {
        let found = self.lookup(name, |full| match self.types.get(full) {
            Some(def) if matches!(def.kind, EnumOrOther::Composite(_)) => Some(Some(def.as_ref())),
            _ => self.is_taken(full).then_some(None),
        });
        found.flatten()
    }

    /// The relation whose row type a name means.
    pub(crate) fn row_type(&self, name: &QualifiedName) -> Option<ResolvedName> {
        let found = self.lookup(name, |full| match self.types.contains_key(full) {
            true => Some(None),
            false => self.has_row_type(full).then(|| Some(full.clone())),
        });
        found.flatten()
    }

    /// Whether a type of whatever kind has that name.
    pub(super) fn has_type(&self, name: &ResolvedName) -> bool {
        self.types.contains_key(name) || self.has_row_type(name)
    }

    /// Whether that is the name of a relation whose rows are a type.
    fn has_row_type(&self, name: &ResolvedName) -> bool {
        let relation = self.get(name);
        relation.is_some_and(|relation| relation.kind != super::RelationKind::Sequence)
    }

    /// The overloads of a routine, looked up along the search path; none for built-in ones.
    pub fn routine(&self, name: &QualifiedName) -> Option<&[Routine]> {
        self.lookup(name, |full| {
            self.routines.get(full).map(|all| all.as_slice())
        })
    }

    /// The overloads of a routine of every schema that the name can mean, in the order of the path.
    pub(super) fn routines_named(&self, name: &QualifiedName) -> Vec<(&ResolvedName, &[Routine])> {
        let schemas = match &name.schema {
            Some(schema) => std::slice::from_ref(schema),
            None => self.search_path.as_slice(),
        };
        let full = schemas
            .iter()
            .map(|schema| ResolvedName::new(schema.clone(), name.name.clone()));
        full.filter_map(|full| self.routines.get_key_value(&full))
            .map(|(full, all)| (full, all.as_slice()))
            .collect()
    }

    /// Whether a range type of that name stands in a schema that the name can mean.
    pub(super) fn names_range(&self, name: &QualifiedName) -> bool {
        let schemas = match &name.schema {
            Some(schema) => std::slice::from_ref(schema),
            None => self.search_path.as_slice(),
        };
        schemas.iter().any(|schema| {
            let full = ResolvedName::new(schema.clone(), name.name.clone());
            let def = self.types.get(&full);
            def.is_some_and(|def| def.kind == EnumOrOther::Range)
        })
    }

    /// The overloads that a call can mean: those of every schema of the search path, without those that one of an
    /// earlier schema hides: one that takes the same types for as many arguments (manual 18, section 10.3).
    pub(crate) fn callable(&self, name: &QualifiedName, given: usize) -> Vec<&Routine> {
        let mut all: Vec<&Routine> = Vec::new();
        for (_, overloads) in self.routines_named(name) {
            let types = |one: &Routine| -> Vec<TypeName> {
                let args = one.definition.args.iter();
                let told = if one.takes(given) { given } else { args.len() };
                let args = args.take(told);
                args.map(|ty| self.argument_type(ty)).collect()
            };
            let hidden = |one: &&Routine| all.iter().any(|known| types(known) == types(one));
            let visible: Vec<&Routine> = overloads.iter().filter(|one| !hidden(one)).collect();
            all.extend(visible);
        }
        all
    }

    /// The full name of a routine, looked up along the search path.
    pub(crate) fn routine_name(&self, name: &QualifiedName) -> Option<ResolvedName> {
        self.lookup(name, |full| {
            self.routines.contains_key(full).then(|| full.clone())
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

    /// The schemas in which an application looks names up that connects as `role`, in order: as that role or the
    /// database is set, else as PostgreSQL does, a schema named like the role first; else as this schema is searched.
    pub fn application_path(&self, role: Option<&str>) -> Vec<Ident> {
        if let Some(path) = &self.application_path {
            return path.clone();
        }
        let own = role.map(Ident::new);
        let own = own.filter(|role| self.schemas().any(|schema| schema == role));
        own.into_iter()
            .chain(self.search_path.iter().cloned())
            .collect()
    }

    /// The schema as a session sees it that searches these schemas and has made no temporary relations.
    pub fn searched_by(&self, path: &[Ident]) -> Cow<'_, Self> {
        let temporary = |name: &&ResolvedName| name.schema == TEMPORARY;
        let own: Vec<ResolvedName> = match self.temporary {
            true => self.relations.keys().filter(temporary).cloned().collect(),
            false => Vec::new(),
        };
        if self.search_path == path && own.is_empty() {
            return Cow::Borrowed(self);
        }
        let mut seen = self.clone();
        seen.search_path = path.to_vec();
        for name in own {
            seen.relations.remove(&name);
        }
        Cow::Owned(seen)
    }

    /// Whether there may be objects of which we know nothing: a statement could not be read, or the
    /// history does not begin with an empty database.
    pub fn is_incomplete(&self) -> bool {
        self.incomplete
    }

    /// Whether an extension of that name is there.
    pub fn has_extension(&self, name: &Ident) -> bool {
        self.extensions.contains_key(name)
    }

    /// Relations that name this one: by a foreign key, as a view, as a child, as a sequence it owns.
    pub fn dependents(&self, name: &ResolvedName) -> impl Iterator<Item = &Relation> {
        let names = self.links.get(name).into_iter().flat_map(OrdSet::iter);
        names.filter_map(|dependent| self.get(dependent))
    }

    /// Relations made of this type, by a column or as a whole, or whose defaults draw from this sequence.
    pub(crate) fn users(&self, name: &ResolvedName) -> impl Iterator<Item = &Relation> {
        let names = self.uses.get(name).into_iter().flat_map(OrdSet::iter);
        names.filter_map(|user| self.get(user))
    }

    /// The tables that inherit from this one, or are its partitions.
    pub fn children(&self, name: &ResolvedName) -> impl Iterator<Item = &Relation> {
        let names = self.children.get(name).into_iter().flat_map(OrdSet::iter);
        names.filter_map(|child| self.get(child))
    }

    /// Whether a relation, index or composite type has that name.
    pub(crate) fn is_taken(&self, name: &ResolvedName) -> bool {
        self.relations.contains_key(name)
            || self.indexes.contains_key(name)
            || self
                .types
                .get(name)
                .is_some_and(|ty| matches!(ty.kind, EnumOrOther::Composite(_)))
    }

    /// Puts a relation under its name, in the place of one that is there.
    pub(crate) fn put(&mut self, relation: Relation) {
        let name = relation.name.clone();
        self.note_made(&name);
        let new = Arc::new(relation);
        let old = self.relations.insert(name, Arc::clone(&new));
        match old {
            Some(old) => self.relink(&old, &new),
            None => self.relink(&Relation::new(new.name.clone(), new.kind), &new),
        }
    }

    /// The mark of the next table or type.
    pub(super) fn mark_made(&mut self) -> Made {
        self.last_made.serial += 1;
        self.last_made
    }

    /// Notes that an object of that name was made.
    pub(super) fn note_made(&mut self, name: &ResolvedName) {
        if !self.temporary && name.schema == TEMPORARY {
            self.temporary = true;
        }
    }

    /// Takes a relation out.
    pub(crate) fn take(&mut self, name: &ResolvedName) -> Option<Arc<Relation>> {
        let old = self.relations.remove(name)?;
        self.relink(&old, &Relation::new(name.clone(), old.kind));
        Some(old)
    }

    /// Changes a relation in its place; its name must stay.
    pub(crate) fn edit<T>(
        &mut self,
        name: &ResolvedName,
        change: impl FnOnce(&mut Relation) -> T,
    ) -> Option<T> {
        let slot = self.relations.get_mut(name)?;
        let old = Arc::clone(slot);
        let result = change(Arc::make_mut(slot));
        let new = Arc::clone(slot);
        self.relink(&old, &new);
        Some(result)
    }

    /// Puts a type in the place of the one of that name, or takes that away; the names of a domain's checks are names of
    /// constraints of its schema.
    pub(super) fn change_type(&mut self, name: &ResolvedName, new: Option<Arc<TypeDef>>) {
        let old = match &new {
            Some(def) => self.types.insert(name.clone(), Arc::clone(def)),
            None => self.types.remove(name),
        };
        for check in old.iter().flat_map(|old| old.check_names()) {
            self.count_constraint(name, check, false);
        }
        for check in new.iter().flat_map(|new| new.check_names()) {
            self.count_constraint(name, check, true);
        }
    }

    /// Notes that one constraint more, or one less, of the schema of `of` has that name.
    fn count_constraint(&mut self, of: &ResolvedName, name: &Ident, more: bool) {
        let name = ResolvedName::new(of.schema.clone(), name.clone());
        let before = self.constraint_names.get(&name).copied().unwrap_or(0);
        let now = if more {
            before + 1
        } else {
            before.saturating_sub(1)
        };
        if now == 0 {
            self.constraint_names.remove(&name);
        } else {
            self.constraint_names.insert(name, now);
        }
    }

    /// Keeps the reverse maps true when a relation comes, goes or changes; what the two share is not looked at.
    fn relink(&mut self, old: &Relation, new: &Relation) {
        let owner = &new.name;
        let full = |name: &Ident| ResolvedName::new(owner.schema.clone(), name.clone());
        let (gone, made) = old.indexes.apart(&new.indexes);
        let in_made = |name: &Ident| made.iter().any(|own| own.name == *name);
        let in_gone = |name: &Ident| gone.iter().any(|own| own.name == *name);
        for index in gone.iter().filter(|own| !in_made(&own.name)) {
            self.indexes.remove(&full(&index.name));
        }
        for index in made.iter().filter(|own| !in_gone(&own.name)) {
            self.indexes.insert(full(&index.name), owner.clone());
        }
        let (gone, made) = old.constraints.apart(&new.constraints);
        let names = |all: &[super::Part<super::Constraint>]| -> Vec<Ident> {
            all.iter().flat_map(|own| own.names()).cloned().collect()
        };
        let (gone, made) = (names(gone), names(made));
        for name in gone.iter().filter(|own| !made.contains(own)) {
            self.count_constraint(owner, name, false);
        }
        for name in made.iter().filter(|own| !gone.contains(own)) {
            self.count_constraint(owner, name, true);
        }
        let (mentioned, used) = old.names_apart(new);
        let (mentions, uses) = new.names_apart(old);
        let gone = |name: &&&ResolvedName| !new.mentions().any(|own| own == **name);
        for name in mentioned.iter().filter(gone) {
            forget(&mut self.links, name, owner);
        }
        for name in mentions {
            note(&mut self.links, name, owner);
        }
        if old.partition_of != new.partition_of || old.inherits != new.inherits {
            let gone = |name: &&ResolvedName| !new.parents().any(|own| own == *name);
            for parent in old.parents().filter(gone) {
                forget(&mut self.children, parent, owner);
            }
            for parent in new.parents() {
                note(&mut self.children, parent, owner);
            }
        }
        let gone = |name: &&ResolvedName| !new.uses().any(|own| own == **name);
        for name in used.iter().filter(gone) {
            forget(&mut self.uses, name, owner);
        }
        for name in &uses {
            note(&mut self.uses, name, owner);
        }
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
            None => {
                let temporary = self.temporary.then(|| Ident::new(TEMPORARY));
                let mut path = temporary.iter().chain(&self.search_path);
                path.find_map(|schema| find(&full(schema)))
            }
        }
    }
}

/// Types of `pg_catalog` of which most columns are.
fn is_often_used(ty: &str) -> bool {
    matches!(
        ty,
        "bool"
            | "bpchar"
            | "bytea"
            | "date"
            | "float8"
            | "int2"
            | "int4"
            | "int8"
            | "jsonb"
            | "numeric"
            | "text"
            | "timestamp"
            | "timestamptz"
            | "uuid"
            | "varchar"
    )
}

/// The schema of temporary relations; it is searched first (manual 18, section 20.11.1).
pub(crate) const TEMPORARY: &str = "pg_temp";

/// From names to the relations that name them.
pub(crate) type Reverse = OrdMap<ResolvedName, OrdSet<ResolvedName>>;

fn note(map: &mut Reverse, name: &ResolvedName, owner: &ResolvedName) {
    if !map.get(name).is_some_and(|owners| owners.contains(owner)) {
        map.entry(name.clone()).or_default().insert(owner.clone());
    }
}

fn forget(map: &mut Reverse, name: &ResolvedName, owner: &ResolvedName) {
    if let Some(owners) = map.get_mut(name) {
        owners.remove(owner);
        if owners.is_empty() {
            map.remove(name);
        }
    }
}
