//! Constraints as they are added to a table, with the names PostgreSQL gives them.

use super::canonical::canonical;
use super::index::NewIndex;
use super::not_null::Wish;
use super::session::Outcome;
use super::{
    Constraint, ConstraintKind, Index, Refusal, Relation, RelationKind, ResolvedName, Session,
    mentions, naming,
};
use crate::sql::ast::{
    ConstraintAttributes, Ident, IndexElement, IndexKey, IndexParameters, Persistence,
    QualifiedName, References, SqlExpr, TableConstraint, TableConstraintKind,
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
        if let TableConstraintKind::NotNull(Some(column)) = &constraint.kind {
            let relation = self.known(table)?;
            if relation.not_null(column).is_some() {
                return self.add_not_null(table, column, constraint, only);
            }
            if relation.column(column).is_none() {
                return missing_column(relation, column);
            }
        }
        // What makes an index, and a check, is looked at first.
        let looks_first = match constraint.kind {
            TableConstraintKind::PrimaryKey { .. }
            | TableConstraintKind::Unique { .. }
            | TableConstraintKind::Exclude { .. }
            | TableConstraintKind::UsingIndex { .. }
            | TableConstraintKind::Check(_) => true,
            TableConstraintKind::NotNull(_) | TableConstraintKind::ForeignKey { .. } => false,
        };
        if let Some(name) = name.filter(|_| !looks_first) {
            self.constraint_is_free(table, name)?;
        }
        match &constraint.kind {
            TableConstraintKind::Check(expr)
                if only
                    && attributes.no_inherit != Some(true)
                    && self.catalogue.children(table).next().is_some() =>
            {
                // Whatever is wrong with it is said first.
                let mut alone = *attributes;
                alone.no_inherit = Some(true);
                self.add_check(table, name, expr, &alone)?;
                let message = "constraint must be added to child tables too";
                Err(Refusal::new("42P16", message))
            }
            TableConstraintKind::Check(expr) => self.add_check(table, name, expr, attributes),
            TableConstraintKind::NotNull(Some(column)) => {
                self.add_not_null(table, column, constraint, only)
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
                index.method = method.clone().unwrap_or_else(|| Ident::new("btree"));
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
            } => self.add_foreign_key(table, name, columns, references, (attributes, only)),
        }
    }

    pub(super) fn add_check(
        &mut self,
        table: &ResolvedName,
        name: Option<&Ident>,
        expr: &SqlExpr,
        attributes: &ConstraintAttributes,
    ) -> Outcome {
        let relation = self.known(table)?;
        let columns = used_columns(relation, expr)?;
        names_no_system_column(relation, expr)?;
        self.catalogue.finds_operators(relation, &expr.expr)?;
        if relation.partition_by.is_some() && attributes.no_inherit == Some(true) {
            let message = format!(
                "cannot add NO INHERIT constraint to partitioned table \"{}\"",
                table.name
            );
            return Err(Refusal::new("42P16", message));
        }
        // What was only inherited so far becomes the table's own too (`MergeWithExistingConstraint`).
        let merges = |own: &Constraint| {
            let same = matches!(&own.kind, ConstraintKind::Check(other) if canonical(other) == canonical(expr));
            same && !own.local && relation.partition_of.is_none()
        };
        if let Some(name) = name
            && !relation.constraint(name).is_some_and(merges)
        {
            self.constraint_is_free(table, name)?;
        }
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
        let own = self.catalogue.get(table);
        let own = own.and_then(|own| own.constraint(&constraint.name));
        if let (Some(own), ConstraintKind::Check(expr)) = (own, &constraint.kind)
            && let ConstraintKind::Check(other) = &own.kind
            && canonical(other) != canonical(expr)
        {
            return Err(Refusal::constraint_exists(&constraint.name, table));
        }
        // A child's own cannot hold less than what comes down to it (`MergeConstraintWithExisting`).
        if let Some(own) = own
            && own.enforced
            && !own.validated
            && constraint.validated
        {
            let message = format!(
                "constraint \"{}\" conflicts with NOT VALID constraint on relation \"{}\"",
                constraint.name, table.name
            );
            return Err(Refusal::new("42P17", message));
        }
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
                self.push_constraint(&child, constraint.handed_down())?;
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
        for (at, column) in columns.iter().chain(&index.include).enumerate() {
            if relation.column(column).is_none() && relation.columns_known {
                let message = format!("column \"{column}\" named in key does not exist");
                return Err(Refusal::new("42703", message));
            }
            super::key::stands_once(&kind, columns, at)?;
        }
        index.primary = kind == ConstraintKind::PrimaryKey;
        // Up to 17 the columns become NOT NULL before the index is made (`transformIndexConstraint`).
        if index.primary && only && self.version < 18 {
            for column in columns {
                self.need_not_null(table, column, true)?;
            }
        }
        let constraint = Constraint::new(Ident::new(""), kind, columns.to_vec());
        self.define_index(
            table,
            NewIndex {
                name: name.cloned(),
                index,
                constraint: Some(with_attributes(constraint, attributes)),
                only,
                if_not_exists: false,
            },
        )
        .map(drop)
    }

    /// Refuses an index that no constraint can take over (`transformIndexConstraint`).
    pub(super) fn may_adopt(&self, table: &ResolvedName, index: &Ident) -> Outcome {
        let relation = self.known(table)?;
        let Some(found) = relation.index(index) else {
            if !relation.columns_known {
                return Ok(());
            }
            let other = QualifiedName::new(table.schema.clone(), index.clone());
            if self.catalogue.index(&other).is_some() {
                let table = &table.name;
                let message = format!("index \"{index}\" does not belong to table \"{table}\"");
                return Err(Refusal::new("55000", message));
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
        let collated_otherwise = |element: &IndexElement| match (&element.key, &element.collation) {
            (IndexKey::Column(column), Some(collation)) => {
                let own = relation
                    .column(column)
                    .and_then(|own| own.collation.as_ref());
                own.map_or("default", Ident::as_str) != collation.name.as_str()
            }
            (_, collation) => collation.is_some(),
        };
        let sorts_otherwise = found.elements.iter().position(|element| {
            element.descending
                || element.nulls_first == Some(true)
                || element.operator_class.is_some()
                || collated_otherwise(element)
        });
        if let Some(at) = sorts_otherwise {
            let message = format!(
                "index \"{index}\" column number {} does not have default sorting behavior",
                at + 1
            );
            return Err(Refusal::new("42809", message));
        }
        Ok(())
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
            return Ok(());
        };
        if relation.partition_by.is_some() {
            let message =
                "ALTER TABLE / ADD CONSTRAINT USING INDEX is not supported on partitioned tables";
            return Err(Refusal::new("0A000", message));
        }
        let columns = key_columns(&found.elements);
        let has_key = primary && relation.primary_key().is_some();
        let takes_nulls_once = primary && found.nulls_not_distinct && self.version >= 16;
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
        if has_key {
            return Err(several_primary_keys(table));
        }
        if takes_nulls_once {
            let message = "primary keys cannot use NULLS NOT DISTINCT indexes";
            return Err(Refusal::new("42P16", message));
        }
        if self.known(table)?.constraint(&name).is_some() {
            return Err(Refusal::constraint_twice());
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
                self.set_not_null(table, column, None, Wish::Needed)?;
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
        (attributes, only): (&ConstraintAttributes, bool),
    ) -> Outcome {
        let target = self.reach(&references.table)?;
        let relation = self.known(table)?;
        let no_column = |column: &Ident| {
            let message =
                format!("column \"{column}\" referenced in foreign key constraint does not exist");
            Err(Refusal::new("42703", message))
        };
        let other = self.known(&target)?;
        if relation.partition_by.is_some() {
            let what = if only {
                "use ONLY for"
            } else if attributes.not_valid && self.version < 18 {
                "add NOT VALID"
            } else {
                ""
            };
            if !what.is_empty() {
                let message = format!(
                    "cannot {what} foreign key on partitioned table \"{}\" referencing relation \"{}\"",
                    table.name, target.name
                );
                return Err(Refusal::new("42809", message));
            }
        }
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
        if relation.partition_by.is_some() && self.is_part_of(&target, table) {
            let message = format!(
                "cannot ALTER TABLE \"{}\" because it is being used by active queries in this session",
                target.name
            );
            return Err(Refusal::new("55006", message));
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
            let mut primary = other.indexes.iter().filter(|index| index.primary);
            if references.columns.is_empty() && primary.any(deferrable) {
                let message = format!(
                    "cannot use a deferrable primary key for referenced table \"{}\"",
                    target.name
                );
                return Err(Refusal::new("55000", message));
            }
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
        let is_generated = |column: &Ident| {
            let own = relation.column(column);
            own.is_some_and(|own| own.generated.is_some())
        };
        if columns.iter().any(is_generated) {
            let has = |action: &Option<String>, refused: &[&str]| {
                let action = action.as_deref().unwrap_or_default();
                refused.iter().any(|refused| action.starts_with(refused))
            };
            let event = if has(
                &references.on_update,
                &["SET NULL", "SET DEFAULT", "CASCADE"],
            ) {
                Some("UPDATE")
            } else if has(&references.on_delete, &["SET NULL", "SET DEFAULT"]) {
                Some("DELETE")
            } else {
                None
            };
            if let Some(event) = event {
                let message = format!(
                    "invalid ON {event} action for foreign key constraint containing generated column"
                );
                return Err(Refusal::new("42601", message));
            }
        }
        let is_virtual = |column: &Ident| {
            let generated = relation
                .column(column)
                .and_then(|own| own.generated.as_ref());
            generated.is_some_and(|generated| !generated.stored)
        };
        if columns.iter().any(is_virtual) {
            let message = "foreign key constraints on virtual generated columns are not supported";
            return Err(Refusal::new("0A000", message));
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
        self.can_be_implemented(table, &constraint)?;
        self.push_foreign_key(table, &with_attributes(constraint, attributes));
        Ok(())
    }

    /// Refuses a foreign key between columns of types that are not compared.
    pub(super) fn can_be_implemented(
        &self,
        table: &ResolvedName,
        constraint: &Constraint,
    ) -> Outcome {
        let ConstraintKind::ForeignKey {
            table: target,
            references,
            ..
        } = &constraint.kind
        else {
            return Ok(());
        };
        let ty = |table: &ResolvedName, column: &Ident| {
            let relation = self.catalogue.get(table)?;
            Some(relation.column(column)?.ty.clone())
        };
        let mut pairs = constraint.columns.iter().zip(references);
        let cannot = pairs.any(|(own, other)| {
            let types = ty(table, own).zip(ty(target, other));
            types.is_some_and(|(from, to)| self.catalogue.can_refer(&from, &to) == Some(false))
        });
        if cannot {
            let message = format!(
                "foreign key constraint \"{}\" cannot be implemented",
                constraint.name
            );
            return Err(Refusal::new("42804", message));
        }
        Ok(())
    }

    pub(super) fn constraint_is_free(&self, table: &ResolvedName, name: &Ident) -> Outcome {
        match self.catalogue.has_constraint(table, name) {
            true => Err(Refusal::constraint_exists(name, table)),
            false => Ok(()),
        }
    }

    /// Whether a table is a partition of that one, or of one of its partitions.
    fn is_part_of(&self, table: &ResolvedName, whole: &ResolvedName) -> bool {
        let parent = self
            .catalogue
            .get(table)
            .and_then(|own| own.partition_of.as_ref());
        parent.is_some_and(|(parent, _)| parent == whole || self.is_part_of(parent, whole))
    }

    /// The relation that was looked up before.
    pub(super) fn known(&self, name: &ResolvedName) -> Result<&Relation, Refusal> {
        let written = || QualifiedName::new(name.schema.clone(), name.name.clone());
        self.catalogue
            .get(name)
            .ok_or_else(|| Refusal::no_relation(&written()))
    }

    /// The names of the tables that inherit from this one, or are its partitions.
    pub(super) fn child_names(&self, table: &ResolvedName) -> Vec<ResolvedName> {
        let children = self.catalogue.children(table);
        children.map(|child| child.name.clone()).collect()
    }

    /// The names of those too that inherit from these, and so on, each once: all that a statement without ONLY reaches.
    pub(super) fn heir_names(&self, table: &ResolvedName) -> Vec<ResolvedName> {
        let mut heirs = self.child_names(table);
        let mut at = 0;
        while let Some(heir) = heirs.get(at) {
            let mut children = self.child_names(heir);
            children.retain(|child| !heirs.contains(child));
            heirs.extend(children);
            at += 1;
        }
        heirs
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

/// Refuses a check of what the system keeps beside a row, but for its table (`scanNSItemForColumn`).
fn names_no_system_column(relation: &Relation, expr: &SqlExpr) -> Outcome {
    let own = |column: &&Ident| relation.column(column).is_none() && relation.columns_known;
    let system = |column: &&Ident| is_system_column(column) && **column != "tableoid";
    let named = mentions::columns(expr);
    match named.iter().filter(own).find(system) {
        None => Ok(()),
        Some(column) => {
            let message =
                format!("system column \"{column}\" reference in check constraint is invalid");
            Err(Refusal::new("42P10", message))
        }
    }
}

/// Refuses an expression from which a column cannot be computed (`check_nested_generated_walker`, heap.c;
/// `scanNSItemForColumn`, parse_relation.c).
pub(super) fn can_compute(relation: &Relation, expr: &SqlExpr) -> Outcome {
    used_columns(relation, expr)?;
    let (mut system, mut invalid) = (None, None);
    mentions::walk(&expr.expr, &mut |node| {
        let crate::sql::ast::Expr::Column(parts) = node else {
            return;
        };
        let Some(name) = parts.last() else {
            return;
        };
        match relation.column(name) {
            Some(column) if column.generated.is_some() => {
                invalid.get_or_insert(format!("generated column \"{name}\""));
            }
            Some(_) => {}
            None if is_system_column(name) && name.as_str() != "tableoid" => {
                system.get_or_insert(name);
            }
            None if *name == relation.name.name.as_str() && parts.len() == 1 => {
                invalid.get_or_insert("whole-row variable".to_owned());
            }
            None => {}
        }
    });
    let (sqlstate, what) = match (system, invalid) {
        (Some(name), _) => ("42P10", format!("system column \"{name}\"")),
        (None, Some(what)) => ("42P17", what),
        (None, None) => return Ok(()),
    };
    let message = format!("cannot use {what} in column generation expression");
    Err(Refusal::new(sqlstate, message))
}

/// Refuses a column that is not there, unless the relation may have more than we know.
pub(super) fn missing_column(relation: &Relation, column: &Ident) -> Outcome {
    if is_system_column(column) {
        let message = format!("cannot alter system column \"{column}\"");
        Err(Refusal::new("0A000", message))
    } else if relation.columns_known {
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
pub(crate) fn is_system_column(name: &Ident) -> bool {
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
        own_names: Vec::new(),
        operators: Vec::new(),
        nulls_not_distinct: false,
        predicate: None,
        options: parameters.options.clone(),
        partition_of: None,
        comment: None,
    }
}

/// Whether an index makes those columns, in whatever order, a key that a foreign key can reference.
/// The index on which a foreign key to those columns stands: the first that is a key of just them and is
/// not deferrable (`transformFkeyCheckAttrs`).
pub(super) fn key_referred_to<'r>(relation: &'r Relation, columns: &[Ident]) -> Option<&'r Index> {
    let mut indexes = relation.indexes.iter();
    indexes.find(|index| {
        let constraint = relation.constraint(&index.name);
        is_key(index, columns) && !constraint.is_some_and(|constraint| constraint.deferrable)
    })
}

fn is_key(index: &Index, columns: &[Ident]) -> bool {
    let keys = key_columns(&index.elements);
    index.unique
        && index.predicate.is_none()
        && keys.len() == index.elements.len()
        && keys.len() == columns.len()
        && columns.iter().all(|column| keys.contains(column))
}
