//! CREATE TABLE in all its forms: columns of its own, of parents, of LIKE, of a type, of a query.

use super::alter_check::may_have_options;
use super::constraint::missing_column;
use super::inherit::{
    conflicting_default, has_default, inherit_columns, is_parent, may_compute, take_identity,
};
use super::key::{is_key, merged, one_primary_key, primary_columns};
use super::like::{copy_of, may_be_like};
use super::not_null::{agree, is_handed_down, named_once};
use super::session::Outcome;
use super::{
    Column, Constraint, ConstraintKind, EnumOrOther, Generated, Refusal, Relation, RelationKind,
    ResolvedName, Session, TypeDef, view,
};
use crate::schema::catalogue::TEMPORARY;
use crate::sql::ast::{
    ColumnConstraint, ColumnConstraintKind, ColumnDef, CreateTable, Ident, PartitionOf,
    Persistence, QualifiedName, TableConstraint, TableConstraintKind,
};

impl Session {
    pub(super) fn create_table(&mut self, create: &CreateTable) -> Outcome {
        if let Some(query) = &create.as_query {
            view::output_columns(&self.catalogue, query)?;
        }
        let name = self.relation_place(&create.name, create.persistence)?;
        if create.if_not_exists && self.catalogue.is_taken(&name) {
            return Ok(());
        }
        for ty in create
            .columns
            .iter()
            .filter_map(|column| column.ty.as_ref())
        {
            self.catalogue.resolve_type(ty)?;
        }
        let mut twice = None;
        for (at, column) in create.columns.iter().enumerate() {
            let mut earlier = create.columns.iter().take(at);
            if let Some(other) = earlier.find(|own| own.name == column.name) {
                // Their sequences are made before the columns are looked at.
                if has_sequence(other) && has_sequence(column) {
                    let parts = (name.name.as_str(), Some(column.name.as_str()));
                    let sequence = super::naming::relation_name(
                        &self.catalogue,
                        &name.schema,
                        parts,
                        "seq",
                        false,
                    );
                    return Err(Refusal::relation_exists(&sequence));
                }
                let message = format!("column \"{}\" specified more than once", column.name);
                twice.get_or_insert(Refusal::new("42701", message));
            }
        }
        let mut parents: Vec<ResolvedName> = Vec::new();
        for parent in &create.inherits {
            let parent = self.reach(parent)?;
            if parents.contains(&parent) {
                let message = format!(
                    "relation \"{}\" would be inherited from more than once",
                    parent.name
                );
                return Err(Refusal::new("42P07", message));
            }
            parents.push(parent);
        }
        if let Some(twice) = twice {
            return Err(twice);
        }
        let kind = match (&create.server, &create.partition_by) {
            (Some(_), _) => RelationKind::ForeignTable,
            (None, Some(_)) => RelationKind::PartitionedTable,
            (None, None) => RelationKind::Table,
        };
        let mut table = Relation::new(name.clone(), kind);
        table.persistence = create.persistence;
        table.options = create.options.clone();
        table.partition_by = create.partition_by.clone();
        table.server = create.server.clone();
        may_have_options(&table, &create.options, self.version)?;
        let mut constraints = create.constraints.clone();

        if let Some(PartitionOf { parent, bound }) = &create.partition_of {
            let parent = self.reach(parent)?;
            let from = self.known(&parent)?;
            if !matches!(
                from.kind,
                RelationKind::PartitionedTable | RelationKind::Table | RelationKind::ForeignTable
            ) {
                is_parent(from)?;
            }
            inherit_columns(&mut table, from)?;
            if self.version >= 17 {
                take_identity(&mut table, from);
            }
            table.partition_of = Some((parent, bound.clone()));
        }
        let mut conflicts = Vec::new();
        for parent in parents {
            is_parent(self.known(&parent)?)?;
            conflicts.extend(conflicting_default(&table, self.known(&parent)?));
            inherit_columns(&mut table, self.known(&parent)?)?;
            table.inherits.push(parent);
        }
        if let Some(ty) = &create.of_type {
            table.columns.extend(self.columns_of_type(ty)?);
            table.of_type = self.catalogue.type_def(ty).map(|def| def.name.clone());
        }
        if let Some(query) = &create.as_query {
            let (columns, known) = view::output_columns(&self.catalogue, query)?;
            if known {
                view::has_columns(query, &columns)?;
            }
            table.columns.extend(columns);
            table.columns_known = known;
        }
        let mut likes = Vec::new();
        for like in &create.likes {
            let source = match self.catalogue.type_def(&like.source) {
                Some(TypeDef {
                    name,
                    kind: EnumOrOther::Composite(_),
                    ..
                }) => {
                    let mut source = Relation::new(name.clone(), RelationKind::Table);
                    source.columns = self.columns_of_type(&like.source)?.into();
                    source
                }
                _ => {
                    let source = self.reach(&like.source)?;
                    may_be_like(self.known(&source)?, self.version)?;
                    self.known(&source)?.clone()
                }
            };
            self.like_columns(&mut table, like, &source)?;
            likes.push((like, source));
        }
        for column in &create.columns {
            constraints.extend(self.written_column(&mut table, column)?);
        }
        constraints.sort_by_key(|constraint| constraint.span.start);
        let is_given = |name: &Ident| {
            let mut own = create.columns.iter();
            own.any(|own| own.name == *name && has_default(own))
        };
        if let Some(conflict) = conflicts.iter().find(|name| !is_given(name)) {
            let message = format!("column \"{conflict}\" inherits conflicting default values");
            return Err(Refusal::new("42611", message));
        }

        let parents: Vec<ResolvedName> = table.parents().cloned().collect();
        let mut not_null: Vec<Ident> = table
            .columns
            .iter()
            .filter(|column| column.not_null)
            .map(|column| column.name.clone())
            .collect();
        one_primary_key(&name, &constraints)?;
        let key = primary_columns(&constraints);
        let (mut own_not_null, constraints): (Vec<_>, Vec<_>) =
            constraints.into_iter().partition(|constraint| {
                matches!(constraint.kind, TableConstraintKind::NotNull(Some(_)))
            });
        let is_own = |column: &Ident| {
            create.columns.iter().any(|own| {
                let written = own.constraints.iter().any(makes_not_null);
                own.name == *column && (own.serial || written)
            })
        };
        // Where the column itself says NOT NULL, a key does not look further.
        is_handed_down(&own_not_null, |column| {
            key.contains(column) && !is_own(column)
        })?;
        self.relation_is_free(&name)?;
        if let Some((parent, bound)) = &table.partition_of {
            let from = self.known(parent)?;
            if from.partition_by.is_none() && from.columns_known {
                let message = format!("\"{}\" is not partitioned", parent.name);
                return Err(Refusal::new("42P17", message));
            }
            self.fits_key(from, bound)?;
            self.fits_beside(&name, parent, bound)?;
        }
        let persistence = table.persistence;
        self.create(table);
        if create.as_query.is_some() {
            self.note_filled(&name);
        }
        self.spread_persistence(&name, persistence);
        let relation = self.known(&name)?;
        for column in &relation.columns {
            if let Some(generated) = &column.generated {
                super::constraint::can_compute(relation, &generated.expr)?;
            }
            if let Some(default) = &column.default {
                self.catalogue
                    .can_default(&column.name, &column.ty, default)?;
            }
        }
        self.may_partition(&name)?;
        for parent in &parents {
            self.inherit_checks(&name, parent)?;
        }
        let is_own_beside = |column: &Ident, constraint: &TableConstraint| {
            create.columns.iter().any(|own| {
                let mut others = own.constraints.iter();
                let written = others.any(|one| makes_not_null(one) && one.span != constraint.span);
                own.name == *column && (own.serial || written)
            })
        };
        let agreed = agree(&own_not_null, is_own_beside);
        own_not_null = named_once(own_not_null);
        let is_check_too = |own: &TableConstraint| {
            let mut all = constraints.iter();
            own.name.is_some() && all.any(|other| is_check(other) && other.name == own.name)
        };
        let inherited = self.known(&name)?;
        let is_inherited_too = |own: &TableConstraint| {
            let name = own.name.as_ref();
            name.is_some_and(|name| inherited.constraint(name).is_some())
        };
        let once = match own_not_null
            .iter()
            .any(|own| is_check_too(own) || is_inherited_too(own))
        {
            true => Err(Refusal::constraint_twice()),
            false => Ok(()),
        };
        if let Err(refusal) = agreed.and(once) {
            // Checks come first, with what is wrong about them.
            for check in constraints.iter().filter(|one| is_check(one)) {
                self.add_constraint(&name, check, false)?;
            }
            return Err(refusal);
        }
        // Those of parents come last: a name of theirs that the table gives another of its own is not taken over.
        not_null.sort_by_key(|column| !is_own(column));
        for column in &not_null {
            let written = own_not_null.iter().find(|constraint| {
                matches!(&constraint.kind, TableConstraintKind::NotNull(Some(own)) if own == column)
            });
            match written {
                Some(written) => self.add_constraint(&name, written, false)?,
                None => {
                    self.set_new_not_null(&name, column, is_own(column), &likes)?;
                }
            }
        }
        for written in &own_not_null {
            let is_new = |relation: &Relation| match &written.kind {
                TableConstraintKind::NotNull(Some(column)) => {
                    !not_null.contains(column) && relation.columns_known
                }
                _ => false,
            };
            if is_new(self.known(&name)?) {
                self.add_constraint(&name, written, false)?;
            }
        }
        for (like, source) in &likes {
            self.like_checks(&name, like, source)?;
        }
        let (checks, others): (Vec<_>, Vec<_>) = constraints
            .into_iter()
            .map(holds_for_no_rows)
            .partition(is_check);
        for check in &checks {
            self.add_constraint(&name, check, false)?;
        }
        if create.partition_of.is_some() {
            for parent in &parents {
                self.inherit_from_partitioned(&name, parent)?;
            }
        }
        let (keys, foreign): (Vec<_>, Vec<_>) = others.into_iter().partition(is_key);
        for key in merged(keys) {
            self.add_constraint(&name, &key, false)?;
        }
        for (like, source) in &likes {
            self.like_indexes(&name, like, source)?;
        }
        for (like, source) in &likes {
            if like.includes("STATISTICS") {
                self.like_statistics(&name, &source.name);
            }
        }
        for constraint in &foreign {
            self.add_constraint(&name, constraint, false)?;
        }
        match &create.server {
            Some(server) => self.has_server(server),
            None => Ok(()),
        }
    }

    /// A column as ADD COLUMN and CREATE TABLE write it, with the constraints that stand on it.
    ///
    /// Its sequence, if it has one, is made.
    pub(super) fn new_column(
        &mut self,
        table: &ResolvedName,
        written: &ColumnDef,
    ) -> Result<(Column, Vec<TableConstraint>), Refusal> {
        let Some(ty) = &written.ty else {
            let column = Column::new(
                written.name.clone(),
                crate::sql::ast::TypeName::plain("unknown"),
            );
            return Ok((column, Vec::new()));
        };
        let ty = self.catalogue.resolve_type(ty)?;
        super::types::can_be_stored(&written.name, &ty)?;
        let mut column = Column::new(written.name.clone(), ty);
        self.set_as_written(&mut column, written)?;
        column.collation = written.collation.as_ref().map(|c| c.name.clone());
        if written.serial {
            let sequence = self.own_sequence(table, &column, &[], false)?;
            column.default = Some(super::sequence::next_value(&sequence));
            column.not_null = true;
        }
        let constraints = self.column_constraints(table, &mut column, written)?;
        Ok((column, constraints))
    }

    /// Applies what is written after a column's type; gives what becomes a constraint of the table.
    fn column_constraints(
        &mut self,
        table: &ResolvedName,
        column: &mut Column,
        written: &ColumnDef,
    ) -> Result<Vec<TableConstraint>, Refusal> {
        let mut constraints = Vec::new();
        let key = || vec![written.name.clone()];
        let mut nullable = false;
        for constraint in &written.constraints {
            self.agrees_with_null(table, column, (constraint, nullable))?;
            let kind = match &constraint.kind {
                ColumnConstraintKind::NotNull => {
                    column.not_null = true;
                    match (&constraint.name, self.version) {
                        (Some(_), 18..) => TableConstraintKind::NotNull(Some(written.name.clone())),
                        _ => continue,
                    }
                }
                ColumnConstraintKind::Null => {
                    nullable = true;
                    continue;
                }
                ColumnConstraintKind::Default(expr) => {
                    if column.default.is_some() {
                        let message = format!(
                            "multiple default values specified for column \"{}\" of table \"{}\"",
                            column.name, table.name
                        );
                        return Err(Refusal::new("42601", message));
                    }
                    column.default = self.default_value(expr, &column.ty)?;
                    continue;
                }
                ColumnConstraintKind::Generated { expr, stored } => {
                    column.generated = Some(Generated {
                        expr: expr.clone(),
                        stored: *stored,
                    });
                    continue;
                }
                ColumnConstraintKind::Identity { always, options } => {
                    super::alter_column::may_have_identity(&column.ty)?;
                    self.own_sequence(table, column, options, true)?;
                    column.identity = Some(*always);
                    column.not_null = true;
                    continue;
                }
                ColumnConstraintKind::PrimaryKey(parameters) => {
                    column.not_null = true;
                    TableConstraintKind::PrimaryKey {
                        columns: key(),
                        without_overlaps: false,
                        parameters: parameters.clone(),
                    }
                }
                ColumnConstraintKind::Unique {
                    nulls_not_distinct,
                    parameters,
                } => TableConstraintKind::Unique {
                    columns: key(),
                    nulls_not_distinct: *nulls_not_distinct,
                    without_overlaps: false,
                    parameters: parameters.clone(),
                },
                ColumnConstraintKind::Check(expr) => TableConstraintKind::Check(expr.clone()),
                ColumnConstraintKind::References(references) => TableConstraintKind::ForeignKey {
                    columns: key(),
                    period: false,
                    references: references.clone(),
                },
            };
            constraints.push(TableConstraint {
                name: constraint.name.clone(),
                kind,
                attributes: constraint.attributes,
                span: constraint.span,
            });
        }
        Ok(constraints)
    }

    /// Refuses NULL beside what makes a column NOT NULL (`transformColumnDefinition`; a primary key from 18 on).
    fn agrees_with_null(
        &self,
        table: &ResolvedName,
        column: &Column,
        (constraint, nullable): (&ColumnConstraint, bool),
    ) -> Outcome {
        let conflict = match constraint.kind {
            ColumnConstraintKind::Null => column.not_null,
            ColumnConstraintKind::NotNull | ColumnConstraintKind::Identity { .. } => nullable,
            ColumnConstraintKind::PrimaryKey(_) => nullable && self.version >= 18,
            _ => false,
        };
        if !conflict {
            return Ok(());
        }
        let message = format!(
            "conflicting NULL/NOT NULL declarations for column \"{}\" of table \"{}\"",
            column.name, table.name
        );
        Err(Refusal::new("42601", message))
    }

    /// Since PostgreSQL 15 the sequences a table owns are as persistent as it is.
    pub(super) fn spread_persistence(&mut self, table: &ResolvedName, persistence: Persistence) {
        if self.version < 15 {
            return;
        }
        let owned = self.catalogue.dependents(table).filter(|other| {
            let owner = other.owned_by.as_ref();
            owner.is_some_and(|(owner, _)| owner == table)
        });
        let owned: Vec<ResolvedName> = owned.map(|other| other.name.clone()).collect();
        for sequence in owned {
            self.catalogue
                .edit(&sequence, |sequence| sequence.persistence = persistence);
        }
    }

    /// Where a relation goes; a temporary one into the schema of its own.
    pub(super) fn relation_place(
        &self,
        name: &QualifiedName,
        persistence: Persistence,
    ) -> Result<ResolvedName, Refusal> {
        let elsewhere = |schema: &Ident| !schema.as_str().starts_with(TEMPORARY);
        match persistence {
            Persistence::Temporary if name.schema.as_ref().is_some_and(elsewhere) => {
                let message = "cannot create temporary relation in non-temporary schema";
                Err(Refusal::new("42P16", message))
            }
            Persistence::Temporary => Ok(ResolvedName::new(TEMPORARY, name.name.clone())),
            Persistence::Permanent | Persistence::Unlogged => self.place(name),
        }
    }

    /// Whether neither a relation nor a type has that name.
    pub(super) fn relation_is_free(&self, name: &ResolvedName) -> Outcome {
        if self.catalogue.is_taken(name) {
            return Err(Refusal::relation_exists(&name.name));
        }
        if self.catalogue.types.contains_key(name) {
            return Err(Refusal::type_exists(&name.name));
        }
        Ok(())
    }

    /// One written column: a new one, or more about one that a parent brings.
    fn written_column(
        &mut self,
        table: &mut Relation,
        written: &ColumnDef,
    ) -> Result<Vec<TableConstraint>, Refusal> {
        let name = table.name.clone();
        let Some(at) = table.columns.iter().position(|c| c.name == written.name) else {
            if written.ty.is_none() {
                missing_column(table, &written.name)?;
                return Ok(Vec::new());
            }
            let (column, constraints) = self.new_column(&name, written)?;
            table.columns.push(column);
            return Ok(constraints);
        };
        let Some(found) = table.columns.get_mut(at) else {
            return Ok(Vec::new());
        };
        if written.ty.is_none() {
            let inherited = found.default.take();
            let constraints = self.column_constraints(&name, found, written)?;
            let has_default =
                |c: &ColumnConstraint| matches!(c.kind, ColumnConstraintKind::Default(_));
            if !written.constraints.iter().any(has_default) {
                found.default = inherited;
            }
            return Ok(constraints);
        }
        if !found.inherited {
            let message = format!("column \"{}\" specified more than once", written.name);
            return Err(Refusal::new("42701", message));
        }
        let (column, constraints) = self.new_column(&name, written)?;
        if column.ty != found.ty {
            let message = format!("column \"{}\" has a type conflict", written.name);
            return Err(Refusal::new("42804", message));
        }
        if column.collation != found.collation {
            let message = format!("column \"{}\" has a collation conflict", written.name);
            return Err(Refusal::new("42P21", message));
        }
        may_compute(&column, found, self.version)?;
        let inherited = std::mem::replace(&mut **found, column);
        found.inherited = true;
        found.not_null |= inherited.not_null;
        found.default = found.default.take().or(inherited.default);
        found.generated = found.generated.take().or(inherited.generated);
        if let Some(settings) = inherited.settings {
            found.set(|own| {
                own.storage = own.storage.take().or(settings.storage);
                own.compression = own.compression.take().or(settings.compression);
            });
        }
        Ok(constraints)
    }

    pub(super) fn columns_of_type(&self, ty: &QualifiedName) -> Result<Vec<Column>, Refusal> {
        match self.catalogue.type_def(ty).map(|def| &def.kind) {
            Some(EnumOrOther::Composite(attributes)) => Ok(attributes
                .iter()
                .map(|(name, ty)| Column::new(name.clone(), ty.clone()))
                .collect()),
            Some(_) => {
                let message = format!("type {ty} is not a composite type");
                Err(Refusal::new("42809", message))
            }
            None if self.catalogue.row_type(ty).is_some() => {
                let message = format!("type {ty} is the row type of another table");
                Err(Refusal::new("42809", message))
            }
            None => Err(Refusal::no_type(ty)),
        }
    }

    /// The CHECKs of a parent come to a new child.
    pub(super) fn inherit_checks(
        &mut self,
        child: &ResolvedName,
        parent: &ResolvedName,
    ) -> Outcome {
        let checks: Vec<Constraint> = self
            .known(parent)?
            .constraints
            .iter()
            .filter(|c| matches!(c.kind, ConstraintKind::Check(_)) && !c.no_inherit)
            .map(Constraint::handed_down)
            .collect();
        for mut check in checks {
            check.validated = check.enforced;
            self.push_constraint(child, check)?;
        }
        Ok(())
    }

    /// The indexes, foreign keys and row triggers of a partitioned table come to a new partition.
    pub(super) fn inherit_from_partitioned(
        &mut self,
        partition: &ResolvedName,
        parent: &ResolvedName,
    ) -> Outcome {
        let source = self.known(parent)?.clone();
        for index in &source.indexes {
            let full = ResolvedName::new(parent.schema.clone(), index.name.clone());
            self.define_partition_index(partition, &full, &copy_of(index, &source))?;
        }
        self.refer_to_partition(partition, parent);
        for constraint in &source.constraints {
            if let ConstraintKind::ForeignKey { .. } = constraint.kind {
                let mut own = self.known(partition)?.constraints.iter();
                let same = own.find(|c| {
                    c.parent.is_none()
                        && c.columns == constraint.columns
                        && is_same_target(&c.kind, &constraint.kind)
                });
                match same.map(|own| own.name.clone()) {
                    Some(own) => self.adopt_foreign_key(partition, &own, &constraint.name),
                    None => self.copy_foreign_key(partition, constraint),
                }
            }
        }
        let triggers = source.triggers.into_iter();
        for trigger in triggers.filter(|trigger| trigger.definition.for_each_row) {
            let parent = Some(trigger.definition.name.clone());
            self.push_trigger(partition, &trigger.definition, parent)?;
            self.enable_trigger(
                partition,
                Some(&trigger.definition.name),
                trigger.enabled,
                false,
            )?;
        }
        Ok(())
    }
}

fn is_same_target(one: &ConstraintKind, other: &ConstraintKind) -> bool {
    match (one, other) {
        (
            ConstraintKind::ForeignKey {
                table, references, ..
            },
            ConstraintKind::ForeignKey {
                table: other,
                references: columns,
                ..
            },
        ) => table == other && references == columns,
        _ => false,
    }
}

fn makes_not_null(constraint: &ColumnConstraint) -> bool {
    match constraint.kind {
        ColumnConstraintKind::NotNull
        | ColumnConstraintKind::Identity { .. }
        | ColumnConstraintKind::PrimaryKey(_) => true,
        ColumnConstraintKind::Null
        | ColumnConstraintKind::Default(_)
        | ColumnConstraintKind::Generated { .. }
        | ColumnConstraintKind::Unique { .. }
        | ColumnConstraintKind::Check(_)
        | ColumnConstraintKind::References(_) => false,
    }
}

/// Whether a sequence is made for a column.
fn has_sequence(column: &ColumnDef) -> bool {
    let identity =
        |own: &ColumnConstraint| matches!(own.kind, ColumnConstraintKind::Identity { .. });
    column.serial || column.constraints.iter().any(identity)
}

/// On a new table, which has no rows, NOT VALID means nothing.
pub(super) fn holds_for_no_rows(mut constraint: TableConstraint) -> TableConstraint {
    constraint.attributes.not_valid = false;
    constraint
}

pub(super) fn is_check(constraint: &TableConstraint) -> bool {
    match constraint.kind {
        TableConstraintKind::Check(_) | TableConstraintKind::NotNull(_) => true,
        TableConstraintKind::PrimaryKey { .. }
        | TableConstraintKind::Unique { .. }
        | TableConstraintKind::UsingIndex { .. }
        | TableConstraintKind::Exclude { .. }
        | TableConstraintKind::ForeignKey { .. } => false,
    }
}
