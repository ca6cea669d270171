//! Constraints as they are added to a table, with the names PostgreSQL gives them.

use super::index::NewIndex;
use super::session::Outcome;
use super::{
    Constraint, ConstraintKind, Index, Refusal, Relation, RelationKind, ResolvedName, Session,
    mentions, naming,
};
use crate::sql::ast::{
    ConstraintAttributes, Ident, IndexElement, IndexKey, IndexParameters, Persistence, References,
    SqlExpr, TableConstraint, TableConstraintKind,
};

impl Session {
    /// `ADD constraint`, of CREATE TABLE too; its children get it where they must.
    pub(super) fn add_constraint(
        &mut self,
        table: &ResolvedName,
        constraint: &TableConstraint,
        only: bool,
    ) -> Outcome {
        let attributes = &constraint.attributes;
        let name = constraint.name.as_ref();
        if let TableConstraintKind::NotNull(Some(column)) = &constraint.kind
            && self.has_other_not_null(table, column, name, attributes)
        {
            let message = format!(
                "cannot create not-null constraint on column \"{column}\" of table \"{}\"",
                table.name
            );
            return Err(Refusal::new("55000", message));
        }
        if let Some(name) = name {
            let full = ResolvedName::new(table.schema.clone(), name.clone());
            let makes_index = super::create_table::is_key(constraint)
                && !matches!(constraint.kind, TableConstraintKind::UsingIndex { .. });
            if makes_index && self.catalogue.is_taken(&full) {
                return Err(Refusal::relation_exists(name));
            }
            self.constraint_is_free(table, name)?;
        }
        match &constraint.kind {
            TableConstraintKind::Check(expr) => self.add_check(table, name, expr, attributes),
            TableConstraintKind::NotNull(Some(column)) if attributes.no_inherit == Some(true) => {
                self.set_own_not_null(table, column, name)?;
                self.weaken_not_null(table, column, attributes);
                Ok(())
            }
            TableConstraintKind::NotNull(Some(column)) => {
                self.set_not_null(table, column, name)?;
                self.weaken_not_null(table, column, attributes);
                Ok(())
            }
            TableConstraintKind::NotNull(None) => Ok(()),
            TableConstraintKind::PrimaryKey {
                columns,
                parameters,
                ..
            } => {
                let kind = ConstraintKind::PrimaryKey;
                let index = key_index(columns, parameters);
                self.add_key(table, name, (kind, columns), index, attributes, only)
            }
            TableConstraintKind::Unique {
                columns,
                nulls_not_distinct,
                parameters,
                ..
            } => {
                let mut index = key_index(columns, parameters);
                index.nulls_not_distinct = *nulls_not_distinct;
                let kind = ConstraintKind::Unique;
                self.add_key(table, name, (kind, columns), index, attributes, only)
            }
            TableConstraintKind::Exclude {
                method,
                elements,
                predicate,
                parameters,
            } => {
                let mut index = key_index(&[], parameters);
                index.unique = false;
                index.method = method.clone().unwrap_or_else(|| Ident::new("gist"));
                index.elements = elements
                    .iter()
                    .map(|(element, _)| element.clone())
                    .collect();
                index.operators = elements.iter().map(|(_, op)| op.clone()).collect();
                index.predicate = predicate.clone();
                let columns: Vec<Ident> = key_columns(&index.elements);
                let kind = ConstraintKind::Exclude;
                self.add_key(table, name, (kind, &columns), index, attributes, only)
            }
            TableConstraintKind::UsingIndex { index, primary } => {
                self.adopt_index(table, name, index, *primary, attributes)
            }
            TableConstraintKind::ForeignKey {
                columns,
                references,
                ..
            } => self.add_foreign_key(table, name, columns, references, attributes),
        }
    }

    /// Whether the column has a NOT NULL constraint of another name than the given one.
    fn has_other_not_null(
        &self,
        table: &ResolvedName,
        column: &Ident,
        name: Option<&Ident>,
        attributes: &ConstraintAttributes,
    ) -> bool {
        let no_inherit = attributes.no_inherit == Some(true);
        let relation = self.catalogue.get(table);
        let all = relation.iter().flat_map(|relation| &relation.constraints);
        all.into_iter().any(|own| {
            own.kind == ConstraintKind::NotNull
                && own.columns.contains(column)
                && (name.is_some_and(|name| own.name != *name) || own.no_inherit != no_inherit)
        })
    }

    /// `SET NOT NULL`, here and in all children.
    pub(super) fn set_not_null(
        &mut self,
        table: &ResolvedName,
        column: &Ident,
        name: Option<&Ident>,
    ) -> Outcome {
        self.set_own_not_null(table, column, name)?;
        let own = |relation: &Relation| {
            let mut all = relation.constraints.iter();
            all.find(|c| c.kind == ConstraintKind::NotNull && c.columns.contains(column))
                .map(|constraint| constraint.name.clone())
        };
        let handed_down = own(self.known(table)?);
        for child in self.child_names(table) {
            let had = own(self.known(&child)?).is_some();
            self.set_not_null(&child, column, handed_down.as_ref())?;
            self.catalogue.edit(&child, |child| {
                let mut all = child.constraints.iter_mut();
                let found =
                    all.find(|c| c.kind == ConstraintKind::NotNull && c.columns.contains(column));
                if let Some(constraint) = found {
                    constraint.inherited = true;
                    constraint.local &= had;
                }
            });
        }
        Ok(())
    }

    fn set_own_not_null(
        &mut self,
        table: &ResolvedName,
        column: &Ident,
        name: Option<&Ident>,
    ) -> Outcome {
        let relation = self.known(table)?;
        let Some(found) = relation.column(column) else {
            return missing_column(relation, column);
        };
        let has_constraint = relation
            .constraints
            .iter()
            .any(|c| c.kind == ConstraintKind::NotNull && c.columns.contains(column));
        if !found.not_null || (self.version >= 18 && !has_constraint) {
            let constraint = (self.version >= 18 && !has_constraint).then(|| {
                let chosen = name.cloned().unwrap_or_else(|| {
                    naming::constraint_name(
                        &self.catalogue,
                        table,
                        Some(column.as_str()),
                        "not_null",
                    )
                });
                Constraint::new(chosen, ConstraintKind::NotNull, vec![column.clone()])
            });
            self.catalogue.edit(table, |relation| {
                if let Some(found) = relation.column_mut(column) {
                    found.not_null = true;
                }
                relation.constraints.extend(constraint);
            });
        }
        Ok(())
    }

    /// `NOT NULL column NOT VALID` and `NO INHERIT`, from PostgreSQL 18.
    fn weaken_not_null(
        &mut self,
        table: &ResolvedName,
        column: &Ident,
        attributes: &ConstraintAttributes,
    ) {
        let no_inherit = attributes.no_inherit == Some(true);
        let mut weaken = |relation: &mut Relation| {
            let own = relation.constraints.iter_mut();
            let mut own = own
                .filter(|one| one.kind == ConstraintKind::NotNull && one.columns.contains(column));
            if let Some(constraint) = own.next() {
                constraint.validated = !attributes.not_valid;
                constraint.no_inherit = no_inherit;
            }
        };
        if no_inherit {
            self.catalogue.edit(table, weaken);
        } else if attributes.not_valid {
            self.each_inheriting(table, &mut weaken);
        }
    }

    fn add_check(
        &mut self,
        table: &ResolvedName,
        name: Option<&Ident>,
        expr: &SqlExpr,
        attributes: &ConstraintAttributes,
    ) -> Outcome {
        let relation = self.known(table)?;
        let columns = used_columns(relation, expr)?;
        let name = name.cloned().unwrap_or_else(|| {
            let only_one = match columns.as_slice() {
                [column] => Some(column.as_str()),
                _ => None,
            };
            naming::constraint_name(&self.catalogue, table, only_one, "check")
        });
        let kind = ConstraintKind::Check(expr.clone());
        let constraint = with_attributes(Constraint::new(name, kind, columns), attributes);
        self.push_constraint(table, constraint)
    }

    /// Adds a CHECK and hands it down to the children, who may have it already.
    pub(super) fn push_constraint(
        &mut self,
        table: &ResolvedName,
        constraint: Constraint,
    ) -> Outcome {
        self.catalogue.edit(table, |relation| {
            match relation
                .constraints
                .iter_mut()
                .find(|own| own.name == constraint.name)
            {
                Some(own) => {
                    own.inherited |= constraint.inherited;
                    own.local |= constraint.local;
                }
                None => relation.constraints.push(constraint.clone()),
            }
        });
        if !constraint.no_inherit {
            for child in self.child_names(table) {
                let mut inherited = constraint.clone();
                inherited.inherited = true;
                inherited.local = false;
                self.push_constraint(&child, inherited)?;
            }
        }
        Ok(())
    }

    fn add_key(
        &mut self,
        table: &ResolvedName,
        name: Option<&Ident>,
        (kind, columns): (ConstraintKind, &[Ident]),
        mut index: Index,
        attributes: &ConstraintAttributes,
        only: bool,
    ) -> Outcome {
        let relation = self.known(table)?;
        for column in columns.iter().chain(&index.include) {
            if relation.column(column).is_none() && relation.columns_known {
                let message = format!("column \"{column}\" named in key does not exist");
                return Err(Refusal::new("42703", message));
            }
        }
        index.primary = kind == ConstraintKind::PrimaryKey;
        let constraint = Constraint::new(Ident::new(""), kind, columns.to_vec());
        self.define_index(
            table,
            NewIndex {
                name: name.cloned(),
                index,
                constraint: Some(with_attributes(constraint, attributes)),
                only,
            },
        )
        .map(drop)
    }

    /// `ADD .. USING INDEX`: the index takes the constraint's name.
    fn adopt_index(
        &mut self,
        table: &ResolvedName,
        name: Option<&Ident>,
        index: &Ident,
        primary: bool,
        attributes: &ConstraintAttributes,
    ) -> Outcome {
        let relation = self.known(table)?;
        let Some(found) = relation.index(index) else {
            if !relation.columns_known {
                return Ok(());
            }
            let message = format!("index \"{index}\" does not exist");
            return Err(Refusal::new("42704", message));
        };
        if found.constraint.is_some() {
            let message = format!("index \"{index}\" is already associated with a constraint");
            return Err(Refusal::new("55000", message));
        }
        if !found.valid {
            return Err(Refusal::new(
                "55000",
                format!("index \"{index}\" is not valid"),
            ));
        }
        if !found.unique {
            let message = format!("\"{index}\" is not a unique index");
            return Err(Refusal::new("42809", message));
        }
        let plain = found
            .elements
            .iter()
            .all(|element| matches!(element.key, IndexKey::Column(_)));
        if !plain {
            let message = format!("index \"{index}\" contains expressions");
            return Err(Refusal::new("42809", message));
        }
        if found.predicate.is_some() {
            let message = format!("\"{index}\" is a partial index");
            return Err(Refusal::new("42809", message));
        }
        if primary && relation.primary_key().is_some() {
            return Err(several_primary_keys(table));
        }
        let sorts_otherwise = found.elements.iter().position(|element| {
            element.descending
                || element.nulls_first == Some(true)
                || element.operator_class.is_some()
                || element.collation.is_some()
        });
        if let Some(at) = sorts_otherwise {
            let message = format!(
                "index \"{index}\" column number {} does not have default sorting behavior",
                at + 1
            );
            return Err(Refusal::new("42809", message));
        }
        let columns = key_columns(&found.elements);
        let kind = if primary {
            ConstraintKind::PrimaryKey
        } else {
            ConstraintKind::Unique
        };
        let name = name.unwrap_or(index).clone();
        let constraint = Constraint::new(name.clone(), kind, columns.clone());
        let constraint = with_attributes(constraint, attributes);
        if name != *index {
            self.rename_index(table, index, &name)?;
        }
        self.catalogue.edit(table, |relation| {
            relation.constraints.push(constraint);
            if let Some(index) = relation.indexes.iter_mut().find(|i| i.name == name) {
                index.constraint = Some(name.clone());
                index.primary = primary;
            }
        });
        if primary {
            for column in &columns {
                self.set_not_null(table, column, None)?;
            }
        }
        Ok(())
    }

    fn add_foreign_key(
        &mut self,
        table: &ResolvedName,
        name: Option<&Ident>,
        columns: &[Ident],
        references: &References,
        attributes: &ConstraintAttributes,
    ) -> Outcome {
        let target = self.reach(&references.table)?;
        let relation = self.known(table)?;
        let no_column = |column: &Ident| {
            let message =
                format!("column \"{column}\" referenced in foreign key constraint does not exist");
            Err(Refusal::new("42703", message))
        };
        let other = self.known(&target)?;
        if other.columns_known
            && !matches!(
                other.kind,
                RelationKind::Table | RelationKind::PartitionedTable
            )
        {
            let message = format!("referenced relation \"{}\" is not a table", target.name);
            return Err(Refusal::new("42809", message));
        }
        let strength = |persistence: Persistence| match persistence {
            Persistence::Permanent => ("permanent", 2),
            Persistence::Unlogged => ("unlogged", 1),
            Persistence::Temporary => ("temporary", 0),
        };
        let (own, theirs) = (strength(relation.persistence), strength(other.persistence));
        if own.1 > theirs.1 || (own.1 == 0) != (theirs.1 == 0) {
            let also = if own.1 == 1 { " or unlogged" } else { "" };
            let message = format!(
                "constraints on {} tables may reference only {}{also} tables",
                own.0,
                if own.1 == 1 { "permanent" } else { own.0 }
            );
            return Err(Refusal::new("42P16", message));
        }
        for column in columns {
            if relation.column(column).is_none() && relation.columns_known {
                return no_column(column);
            }
        }
        let referenced = match (references.columns.as_slice(), other.primary_key()) {
            ([], Some(key)) => key.to_vec(),
            ([], None) if !other.columns_known => Vec::new(),
            ([], None) => {
                let message = format!(
                    "there is no primary key for referenced table \"{}\"",
                    target.name
                );
                return Err(Refusal::new("42704", message));
            }
            (written, _) => written.to_vec(),
        };
        let mut index = None;
        if other.columns_known {
            if let Some(column) = referenced.iter().find(|c| other.column(c).is_none()) {
                return no_column(column);
            }
            if referenced.len() != columns.len() {
                let message =
                    "number of referencing and referenced columns for foreign key disagree";
                return Err(Refusal::new("42830", message));
            }
            let deferrable = |index: &Index| {
                let constraint = other.constraint(&index.name);
                constraint.is_some_and(|constraint| constraint.deferrable)
            };
            let mut keys = other
                .indexes
                .iter()
                .filter(|index| is_key(index, &referenced));
            if keys.clone().next().is_some() && keys.clone().all(deferrable) {
                let message = format!(
                    "cannot use a deferrable unique constraint for referenced table \"{}\"",
                    target.name
                );
                return Err(Refusal::new("55000", message));
            }
            let primary = keys
                .clone()
                .find(|index| index.primary && references.columns.is_empty());
            index = primary
                .or_else(|| keys.find(|index| !deferrable(index)))
                .map(|index| index.name.clone());
            if index.is_none() {
                let message = format!(
                    "there is no unique constraint matching given keys for referenced table \"{}\"",
                    target.name
                );
                return Err(Refusal::new("42830", message));
            }
        }
        let name = name.cloned().unwrap_or_else(|| {
            let middle = naming::joined(columns.iter().map(Ident::as_str));
            naming::constraint_name(&self.catalogue, table, Some(&middle), "fkey")
        });
        let kind = ConstraintKind::ForeignKey {
            table: target,
            references: referenced,
            written: references.clone(),
        };
        let mut constraint = Constraint::new(name, kind, columns.to_vec());
        constraint.referenced_index = index;
        self.push_foreign_key(table, &with_attributes(constraint, attributes));
        Ok(())
    }

    /// Adds a foreign key, to the partitions of a partitioned table too.
    pub(super) fn push_foreign_key(&mut self, table: &ResolvedName, constraint: &Constraint) {
        self.catalogue.edit(table, |relation| {
            relation.constraints.push(constraint.clone());
        });
        let mut inherited = constraint.clone();
        inherited.inherited = true;
        inherited.local = false;
        for partition in self.partition_names(table) {
            self.push_foreign_key(&partition, &inherited);
        }
    }

    fn constraint_is_free(&self, table: &ResolvedName, name: &Ident) -> Outcome {
        match self.catalogue.get(table).and_then(|r| r.constraint(name)) {
            Some(_) => Err(Refusal::constraint_exists(name, table)),
            None => Ok(()),
        }
    }

    /// The relation that was looked up before.
    pub(super) fn known(&self, name: &ResolvedName) -> Result<&Relation, Refusal> {
        let written =
            || crate::sql::ast::QualifiedName::new(name.schema.clone(), name.name.clone());
        self.catalogue
            .get(name)
            .ok_or_else(|| Refusal::no_relation(&written()))
    }

    /// The names of the tables that inherit from this one, or are its partitions.
    pub(super) fn child_names(&self, table: &ResolvedName) -> Vec<ResolvedName> {
        let children = self.catalogue.children(table);
        children.map(|child| child.name.clone()).collect()
    }

    /// The names of its partitions.
    pub(super) fn partition_names(&self, table: &ResolvedName) -> Vec<ResolvedName> {
        let children = self.catalogue.children(table);
        children
            .filter(|child| child.partition_of.is_some())
            .map(|child| child.name.clone())
            .collect()
    }
}

/// The columns of a table that an expression uses.
///
/// # Errors
/// 42703 when it names a column the table does not have.
pub(super) fn used_columns(relation: &Relation, expr: &SqlExpr) -> Result<Vec<Ident>, Refusal> {
    let mut missing = None;
    mentions::walk(&expr.expr, &mut |node| {
        if let crate::sql::ast::Expr::Column(parts) = node
            && let [column] = parts.as_slice()
            && relation.column(column).is_none()
            && !is_system_column(column)
            && *column != relation.name.name.as_str()
        {
            missing.get_or_insert(column);
        }
    });
    match missing {
        Some(column) if relation.columns_known => {
            let message = format!("column \"{column}\" does not exist");
            Err(Refusal::new("42703", message))
        }
        _ => Ok(mentions::columns(expr)
            .into_iter()
            .filter(|column| relation.column(column).is_some())
            .collect()),
    }
}

/// Refuses a column that is not there, unless the relation may have more than we know.
pub(super) fn missing_column(relation: &Relation, column: &Ident) -> Outcome {
    if relation.columns_known {
        Err(Refusal::no_column(column, &relation.name))
    } else {
        Ok(())
    }
}

pub(super) fn several_primary_keys(table: &ResolvedName) -> Refusal {
    let message = format!(
        "multiple primary keys for table \"{}\" are not allowed",
        table.name
    );
    Refusal::new("42P16", message)
}

/// The plain columns among index elements.
pub(super) fn key_columns(elements: &[IndexElement]) -> Vec<Ident> {
    let columns = elements.iter().filter_map(|element| match &element.key {
        IndexKey::Column(column) => Some(column.clone()),
        IndexKey::Expr(_) => None,
    });
    columns.collect()
}

pub(super) fn with_attributes(
    mut constraint: Constraint,
    attributes: &ConstraintAttributes,
) -> Constraint {
    let deferred = attributes.initially_deferred.unwrap_or(false);
    constraint.deferrable = attributes.deferrable.unwrap_or(deferred);
    constraint.initially_deferred = deferred;
    constraint.no_inherit = attributes.no_inherit.unwrap_or(false);
    constraint.enforced = attributes.enforced.unwrap_or(true);
    constraint.validated = constraint.enforced && !attributes.not_valid;
    constraint
}

/// System columns, which every table has (manual 18, section 5.6).
pub(super) fn is_system_column(name: &Ident) -> bool {
    ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"].contains(&name.as_str())
}

fn key_index(columns: &[Ident], parameters: &IndexParameters) -> Index {
    let elements = columns.iter().map(|column| IndexElement {
        key: IndexKey::Column(column.clone()),
        collation: None,
        operator_class: None,
        descending: false,
        nulls_first: None,
    });
    Index {
        name: Ident::new(""),
        unique: true,
        primary: false,
        valid: true,
        constraint: None,
        method: Ident::new("btree"),
        elements: elements.collect(),
        include: parameters.include.clone(),
        operators: Vec::new(),
        nulls_not_distinct: false,
        predicate: None,
        options: parameters.options.clone(),
        partition_of: None,
    }
}

/// Whether an index makes those columns, in whatever order, a key that a foreign key can reference.
fn is_key(index: &Index, columns: &[Ident]) -> bool {
    let keys = key_columns(&index.elements);
    index.unique
        && index.predicate.is_none()
        && keys.len() == index.elements.len()
        && keys.len() == columns.len()
        && columns.iter().all(|column| keys.contains(column))
}
