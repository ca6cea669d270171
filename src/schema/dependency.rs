//! Which objects hang on an object, and how firmly (manual 18, section 5.15; `pg_depend`).

use super::sequence::default_sequence;
use super::{
    CastKey, Catalogue, Constraint, ConstraintKind, EnumOrOther, OperatorKey, Relation,
    RelationKind, ResolvedName, constraint::key_columns, expression_uses, mentions,
};
use crate::sql::ast::{
    Expr, Ident, ObjectKind, QualifiedName, QueryBody, SelectItem, SqlExpr, TypeName,
};
use crate::sql::words;

/// Something that can be dropped.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Object {
    Default(ResolvedName, Ident),
    Constraint(ResolvedName, Ident),
    Index(ResolvedName, Ident),
    Trigger(ResolvedName, Ident),
    Policy(ResolvedName, Ident),
    Rule(ResolvedName, Ident),
    Column(ResolvedName, Ident),
    Relation(ResolvedName),
    Type(ResolvedName),
    Routine(ResolvedName, Vec<TypeName>),
    Operator(OperatorKey),
    Cast(CastKey),
    Extension(Ident),
    Schema(Ident),
    Other(ObjectKind, Option<ResolvedName>, QualifiedName),
}

impl Object {
    /// The objects it is a part of.
    pub(super) fn owners(&self) -> Vec<Self> {
        match self {
            Self::Default(table, column) => vec![
                Self::Column(table.clone(), column.clone()),
                Self::Relation(table.clone()),
            ],
            Self::Constraint(table, _)
            | Self::Index(table, _)
            | Self::Trigger(table, _)
            | Self::Policy(table, _)
            | Self::Rule(table, _) => vec![Self::Relation(table.clone())],
            Self::Column(table, _) => {
                vec![Self::Relation(table.clone()), Self::Type(table.clone())]
            }
            Self::Relation(_)
            | Self::Type(_)
            | Self::Routine(..)
            | Self::Operator(_)
            | Self::Cast(_)
            | Self::Extension(_)
            | Self::Schema(_)
            | Self::Other(..) => Vec::new(),
        }
    }
}

/// What happens to a dependent object when the other one is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Bond {
    /// It goes too, unasked.
    Automatic,
    /// It stops the drop, or goes too with CASCADE.
    Normal,
}

type Bonds = Vec<(Object, Bond)>;

impl Catalogue {
    /// What depends directly on an object.
    pub(super) fn bonds(&self, object: &Object, version: u16) -> Bonds {
        match object {
            Object::Relation(name) => self.bonds_of_relation(name),
            Object::Column(table, column) => self.bonds_of_column(table, column, version),
            Object::Constraint(table, name) => self.bonds_of_constraint(table, name),
            Object::Index(table, name) => self.bonds_of_index(table, name),
            Object::Type(name) => self.bonds_of_type(name),
            Object::Routine(name, args) => self.bonds_of_routine(name, args),
            Object::Operator(key) => self.bonds_of_operator(key),
            Object::Extension(name) => self.bonds_of_extension(name),
            Object::Schema(name) => self.bonds_of_schema(name),
            Object::Trigger(table, name) => self.copies_of_trigger(table, name),
            Object::Other(kind, None, name) => self.bonds_of_named(*kind, name),
            Object::Default(..)
            | Object::Policy(..)
            | Object::Rule(..)
            | Object::Cast(_)
            | Object::Other(..) => Vec::new(),
        }
    }

    /// The copies of a trigger in the partitions.
    fn copies_of_trigger(&self, table: &ResolvedName, name: &Ident) -> Bonds {
        let partitions = self.children(table);
        let copies = partitions.flat_map(|partition| {
            let own = partition.triggers.iter();
            own.filter(|own| own.partition_of.as_ref() == Some(name))
                .map(|own| {
                    let copy = own.definition.name.clone();
                    (
                        Object::Trigger(partition.name.clone(), copy),
                        Bond::Automatic,
                    )
                })
        });
        copies.collect()
    }

    fn bonds_of_relation(&self, name: &ResolvedName) -> Bonds {
        let mut bonds = Vec::new();
        for other in self.dependents(name) {
            let whole = || Object::Relation(other.name.clone());
            if other.partition_of.as_ref().is_some_and(|(p, _)| p == name) {
                bonds.push((whole(), Bond::Automatic));
            }
            if other.inherits.contains(name) {
                bonds.push((whole(), Bond::Normal));
            }
            if other.owned_by.as_ref().is_some_and(|(t, _)| t == name) {
                bonds.push((whole(), Bond::Automatic));
            }
            if other
                .depends_on
                .iter()
                .any(|(relation, _)| relation == name)
            {
                bonds.push((whole(), Bond::Normal));
            }
            bonds.extend(foreign_keys(other, name, |_| true));
        }
        if self
            .get(name)
            .is_some_and(|r| r.kind == RelationKind::Sequence)
        {
            bonds.extend(
                self.users(name)
                    .flat_map(|other| defaults_from(other, name)),
            );
        } else {
            bonds.extend(self.users_of_type(name));
        }
        let mut part = self.get(name);
        while let Some((parent, _)) = part.and_then(|part| part.partition_of.as_ref()) {
            let others = self.dependents(parent).chain(self.get(parent));
            bonds.extend(others.flat_map(|other| foreign_keys(other, parent, |_| true)));
            part = self.get(parent);
        }
        bonds.extend(self.atomic_users(name, None));
        bonds.extend(self.written_about(name));
        bonds.extend(self.statistics_of(name, None));
        bonds
    }

    fn bonds_of_column(&self, table: &ResolvedName, column: &Ident, version: u16) -> Bonds {
        let mut bonds = Vec::new();
        let Some(relation) = self.get(table) else {
            return bonds;
        };
        bonds.extend(self.atomic_users(table, Some(column)));
        bonds.extend(self.statistics_of(table, Some(column)));
        let names = |expr: &SqlExpr| mentions::columns(expr).contains(column);
        for index in &relation.indexes {
            let uses = mentions::element_columns(&index.elements).contains(column)
                || index.include.contains(column)
                || index.predicate.as_ref().is_some_and(names);
            if uses {
                let object = Object::Index(table.clone(), index.name.clone());
                bonds.push((object, Bond::Automatic));
                if let Some(constraint) = &index.constraint {
                    let object = Object::Constraint(table.clone(), constraint.clone());
                    bonds.push((object, Bond::Automatic));
                }
            }
        }
        for constraint in &relation.constraints {
            if constraint.columns.contains(column) {
                let object = Object::Constraint(table.clone(), constraint.name.clone());
                bonds.push((object, Bond::Automatic));
            }
        }
        // Up to 14 a generated column goes with what it is computed from, unasked.
        let computed = if version < 15 {
            Bond::Automatic
        } else {
            Bond::Normal
        };
        for other in &relation.columns {
            if other.generated.as_ref().is_some_and(|g| names(&g.expr)) {
                let object = Object::Column(table.clone(), other.name.clone());
                bonds.push((object, computed));
            }
        }
        for policy in &relation.policies {
            if policy.using.iter().chain(&policy.check).any(names) {
                let object = Object::Policy(table.clone(), policy.name.clone());
                bonds.push((object, Bond::Normal));
            }
        }
        for trigger in &relation.triggers {
            if mentions::trigger_names(&trigger.definition, column) {
                let object = Object::Trigger(table.clone(), trigger.definition.name.clone());
                bonds.push((object, Bond::Normal));
            }
        }
        bonds.extend(self.written_about_column(table, column));
        if let Some(name) = self.publication_names(table, column) {
            let name = QualifiedName::bare(name.clone());
            let member = Object::Other(ObjectKind::Publication, Some(table.clone()), name);
            bonds.push((member, Bond::Normal));
        }
        for other in self.dependents(table) {
            let whole = || Object::Relation(other.name.clone());
            if other.owned_by.as_ref() == Some(&(table.clone(), column.clone())) {
                bonds.push((whole(), Bond::Automatic));
            }
            let entry = (table.clone(), Some(column.clone()));
            if other.depends_on.contains(&entry) {
                bonds.push((whole(), Bond::Normal));
            }
            bonds.extend(foreign_keys(other, table, |columns| {
                columns.contains(column)
            }));
        }
        bonds.extend(foreign_keys(relation, table, |columns| {
            columns.contains(column)
        }));
        bonds
    }

    fn bonds_of_constraint(&self, table: &ResolvedName, name: &Ident) -> Bonds {
        let mut bonds = Vec::new();
        let Some(relation) = self.get(table) else {
            return bonds;
        };
        let Some(constraint) = relation.constraint(name) else {
            return bonds;
        };
        if constraint.has_index() {
            let index = Object::Index(table.clone(), name.clone());
            bonds.push((index, Bond::Automatic));
        }
        if constraint.refers_to().is_some() {
            let partitions = self.children(table);
            bonds.extend(partitions.flat_map(|partition| {
                let copies = partition.constraints.iter();
                copies
                    .filter(|own| own.parent.as_ref() == Some(name))
                    .map(|own| {
                        let copy = Object::Constraint(partition.name.clone(), own.name.clone());
                        (copy, Bond::Automatic)
                    })
            }));
        }
        if constraint.kind == ConstraintKind::PrimaryKey {
            bonds.extend(self.grouped_views(table, &constraint.columns));
        }
        bonds
    }

    /// The routines whose standard bodies name a table, or one column of it (manual 18, CREATE FUNCTION, `sql_body`).
    pub(super) fn atomic_users(&self, table: &ResolvedName, column: Option<&Ident>) -> Bonds {
        let mut bonds = Vec::new();
        for (name, overloads) in &self.routines {
            for definition in overloads
                .iter()
                .map(|one| &one.definition)
                .filter(|one| one.atomic)
            {
                let body = definition.body.as_deref().unwrap_or_default();
                let words: Vec<Ident> = words(body).map(Ident::folded).collect();
                if words.contains(&table.name) && column.is_none_or(|column| words.contains(column))
                {
                    let object = Object::Routine(name.clone(), definition.args.clone());
                    bonds.push((object, Bond::Normal));
                }
            }
        }
        bonds
    }

    /// The views that group by a primary key and show more than that.
    fn grouped_views(&self, table: &ResolvedName, key: &[Ident]) -> Bonds {
        let views = self.dependents(table).filter(|view| {
            let query = view.query.as_deref().map(crate::sql::parse_query);
            let Some(Ok(crate::sql::ast::Query {
                body: QueryBody::Select(select),
                ..
            })) = query
            else {
                return false;
            };
            let last = |expr: &Expr| match expr {
                Expr::Column(path) => path.last().cloned(),
                _ => None,
            };
            let groups: Vec<Ident> = select.group_by.iter().filter_map(last).collect();
            let more = select.projection.iter().any(|item| match item {
                SelectItem::Expr { expr, .. } => {
                    last(expr).is_some_and(|name| !groups.contains(&name))
                }
                SelectItem::Wildcard | SelectItem::QualifiedWildcard(_) => true,
            });
            !groups.is_empty() && more && key.iter().all(|column| groups.contains(column))
        });
        views
            .map(|view| (Object::Relation(view.name.clone()), Bond::Normal))
            .collect()
    }

    /// The foreign keys that need this unique index, and the parts of it on partitions.
    fn bonds_of_index(&self, table: &ResolvedName, name: &Ident) -> Bonds {
        let mut bonds = Vec::new();
        let Some(relation) = self.get(table) else {
            return bonds;
        };
        let Some(index) = relation.index(name) else {
            return bonds;
        };
        let full = ResolvedName::new(table.schema.clone(), name.clone());
        for child in self.children(table) {
            for part in &child.indexes {
                if part.partition_of.as_ref() == Some(&full) {
                    let object = Object::Index(child.name.clone(), part.name.clone());
                    bonds.push((object, Bond::Automatic));
                    if let Some(constraint) = &part.constraint {
                        let object = Object::Constraint(child.name.clone(), constraint.clone());
                        bonds.push((object, Bond::Automatic));
                    }
                }
            }
        }
        bonds.extend(
            self.keys_on(table, name)
                .map(|object| (object, Bond::Normal)),
        );
        if index.unique && index.predicate.is_none() && !relation.columns_known {
            let key = key_columns(&index.elements);
            let serves = |columns: &[Ident]| {
                columns.len() == key.len() && columns.iter().all(|column| key.contains(column))
            };
            let another = relation.indexes.iter().any(|other| {
                other.unique
                    && other.name != *name
                    && other.predicate.is_none()
                    && key_columns(&other.elements).len() == other.elements.len()
                    && serves(&key_columns(&other.elements))
                    && !index.primary
            });
            if !another {
                let others = self.dependents(table).chain(std::iter::once(relation));
                bonds.extend(others.flat_map(|other| foreign_keys(other, table, serves)));
            }
        }
        bonds
    }

    /// The foreign keys that stand on an index.
    pub(super) fn keys_on(
        &self,
        table: &ResolvedName,
        index: &Ident,
    ) -> impl Iterator<Item = Object> {
        let stands_on = move |constraint: &Constraint| {
            constraint.referenced_index.as_ref() == Some(index)
                && matches!(&constraint.kind, ConstraintKind::ForeignKey { table: to, .. } if to == table)
        };
        let all = self.dependents(table).chain(self.get(table));
        all.flat_map(move |other| {
            let own = other.constraints.iter().filter(move |one| stands_on(one));
            own.map(|one| Object::Constraint(other.name.clone(), one.name.clone()))
        })
    }

    fn bonds_of_type(&self, name: &ResolvedName) -> Bonds {
        let mut bonds = self.users_of_type(name);
        bonds.extend(self.casts_to(name));
        let typed = self
            .users(name)
            .filter(|relation| relation.of_type.as_ref() == Some(name));
        bonds.extend(typed.map(|table| (Object::Relation(table.name.clone()), Bond::Normal)));
        for def in self.types.values() {
            match &def.kind {
                EnumOrOther::Domain { base, .. } if is_type(base, name) => {
                    bonds.push((Object::Type(def.name.clone()), Bond::Normal));
                }
                EnumOrOther::Composite(attributes) => {
                    let of_type = attributes.iter().filter(|(_, ty)| is_type(ty, name));
                    bonds.extend(of_type.map(|(attribute, _)| {
                        let object = Object::Column(def.name.clone(), attribute.clone());
                        (object, Bond::Normal)
                    }));
                }
                EnumOrOther::Domain { .. }
                | EnumOrOther::Enum(_)
                | EnumOrOther::Range
                | EnumOrOther::Other => {}
            }
        }
        bonds
    }

    /// What casts to a type in an expression. A name without a schema means it where no other type has that name.
    fn casts_to(&self, name: &ResolvedName) -> Bonds {
        let alone = self.types.keys().filter(|one| one.name == name.name);
        let alone = alone.count() == 1;
        let means = |ty: &TypeName| {
            is_type(ty, name) || alone && ty.schema.is_none() && ty.name == name.name
        };
        let casts = |expr: &SqlExpr| mentions::types(expr).into_iter().any(means);
        let mut bonds = Vec::new();
        for relation in self.relations() {
            let users = expression_uses::of(relation, casts);
            bonds.extend(users.map(|object| (object, Bond::Normal)));
            let query = relation.query.as_deref();
            if alone && query.is_some_and(|query| mentions::casts(query, &name.name)) {
                bonds.push((Object::Relation(relation.name.clone()), Bond::Normal));
            }
        }
        bonds
    }

    /// Columns and routines of a type.
    fn users_of_type(&self, name: &ResolvedName) -> Bonds {
        let mut bonds = self.operators_of_type(name);
        for relation in self.users(name).filter(|relation| relation.name != *name) {
            for column in &relation.columns {
                if is_type(&column.ty, name) {
                    let object = if relation.query.is_some() {
                        Object::Relation(relation.name.clone())
                    } else {
                        Object::Column(relation.name.clone(), column.name.clone())
                    };
                    bonds.push((object, Bond::Normal));
                }
            }
        }
        for (routine, overloads) in &self.routines {
            for overload in overloads.iter() {
                let definition = &overload.definition;
                let mut types = definition.args.iter().chain(&overload.results);
                if types.any(|ty| is_type(ty, name)) {
                    let object = Object::Routine(routine.clone(), definition.args.clone());
                    bonds.push((object, Bond::Normal));
                }
            }
        }
        bonds
    }

    fn bonds_of_routine(&self, name: &ResolvedName, args: &[TypeName]) -> Bonds {
        let mut bonds = self.event_triggers_of(name, args);
        bonds.extend(self.computed_by(name, args));
        let overloaded = self.routines.get(name).is_some_and(|all| all.len() > 1);
        let calls = |expr: &SqlExpr| !overloaded && mentions::calls_function(expr, &name.name);
        for relation in self.relations() {
            let table = || relation.name.clone();
            let query = relation.query.as_deref();
            if query.is_some_and(|query| !overloaded && mentions::calls(query, &name.name)) {
                bonds.push((Object::Relation(table()), Bond::Normal));
            }
            for trigger in &relation.triggers {
                let function = &trigger.definition.function;
                if args.is_empty()
                    && function.name == name.name
                    && function.schema.as_ref() == Some(&name.schema)
                {
                    let object = Object::Trigger(table(), trigger.definition.name.clone());
                    bonds.push((object, Bond::Normal));
                }
            }
            let users = expression_uses::of(relation, calls);
            bonds.extend(users.map(|object| (object, Bond::Normal)));
        }
        bonds
    }

    fn bonds_of_extension(&self, extension: &Ident) -> Bonds {
        let types = super::types::types_of(extension);
        let Some(schema) = self.extensions.get(extension) else {
            return Vec::new();
        };
        let names = types
            .iter()
            .map(|name| ResolvedName::new(schema.clone(), Ident::new(*name)));
        names.flat_map(|name| self.bonds_of_type(&name)).collect()
    }

    fn bonds_of_schema(&self, schema: &Ident) -> Bonds {
        let inside = |name: &&ResolvedName| name.schema == *schema;
        let relations = self.relations.keys().filter(inside).cloned();
        let types = self.types.keys().filter(inside).cloned();
        let routines = self.routines.iter().filter(|(name, _)| inside(name));
        let routines = routines.flat_map(|(name, overloads)| {
            overloads
                .iter()
                .map(|routine| Object::Routine(name.clone(), routine.definition.args.clone()))
        });
        let operators = self.operators.keys().filter(|(name, _)| inside(&name));
        let operators = operators.map(|key| Object::Operator(key.clone()));
        let extensions = self.extensions.iter().filter(|(_, at)| *at == schema);
        relations
            .map(Object::Relation)
            .chain(types.map(Object::Type))
            .chain(routines)
            .chain(operators)
            .chain(extensions.map(|(name, _)| Object::Extension(name.clone())))
            .chain(self.named_in(schema))
            .map(|object| (object, Bond::Normal))
            .collect()
    }
}

/// The foreign keys of `other` to `table` whose referenced columns pass.
fn foreign_keys(
    other: &Relation,
    table: &ResolvedName,
    passes: impl Fn(&[Ident]) -> bool,
) -> Bonds {
    let keys = other.constraints.iter().filter(|constraint| {
        matches!(&constraint.kind, ConstraintKind::ForeignKey { table: target, references, .. }
            if target == table && passes(references))
    });
    keys.map(|constraint| {
        let object = Object::Constraint(other.name.clone(), constraint.name.clone());
        (object, Bond::Normal)
    })
    .collect()
}

/// The defaults of a relation that take their values from a sequence.
fn defaults_from(relation: &Relation, sequence: &ResolvedName) -> Bonds {
    let columns = relation.columns.iter().filter(|column| {
        let from = column.default.as_ref().and_then(default_sequence);
        from.as_ref() == Some(sequence)
    });
    columns
        .map(|column| {
            let object = Object::Default(relation.name.clone(), column.name.clone());
            (object, Bond::Normal)
        })
        .collect()
}

/// Whether a type is that one, or an array of it.
pub(super) fn is_type(ty: &TypeName, name: &ResolvedName) -> bool {
    ty.name == name.name && ty.schema.as_ref() == Some(&name.schema)
}
