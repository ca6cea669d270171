//! What ALTER TABLE does to one column.

use super::constraint::{can_compute, missing_column};
use super::dependency::Object;
use super::session::Outcome;
use super::{
    ConstraintKind, EnumOrOther, Generated, Policy, Refusal, Relation, RelationKind, ResolvedName,
    Session, mentions,
};
use crate::sql::ast::{Behavior, Expr, Ident, IndexKey, SequenceOption, SqlExpr, TypeName};

impl Session {
    pub(super) fn drop_column(
        &mut self,
        table: &ResolvedName,
        column: &Ident,
        if_exists: bool,
        behavior: Behavior,
        only: bool,
    ) -> Outcome {
        let relation = self.known(table)?;
        let Some(found) = relation.column(column) else {
            return if if_exists {
                Ok(())
            } else {
                missing_column(relation, column)
            };
        };
        if found.inherited {
            let message = format!("cannot drop inherited column \"{column}\"");
            return Err(Refusal::new("42P16", message));
        }
        is_outside_key(relation, column, "drop")?;
        if only {
            for child in self.child_names(table) {
                self.keep_column(std::slice::from_ref(table), &child, column, true);
            }
        } else {
            let mut leaving = vec![table.clone()];
            for child in self.child_names(table) {
                self.drop_inherited_column(&mut leaving, &child, column, behavior)?;
            }
        }
        let target = Object::Column(table.clone(), column.clone());
        self.drop_objects(vec![target], behavior)
    }

    /// A child's column outlives those of the parents that lose theirs.
    fn keep_column(
        &mut self,
        leaving: &[ResolvedName],
        child: &ResolvedName,
        column: &Ident,
        as_own: bool,
    ) {
        let others = self.catalogue.get(child).into_iter();
        let inherited = others.flat_map(Relation::parents).any(|other| {
            let other = self
                .catalogue
                .get(other)
                .filter(|_| !leaving.contains(other));
            other.is_some_and(|other| other.column(column).is_some())
        });
        self.catalogue.edit(child, |relation| {
            if let Some(column) = relation.column_mut(column) {
                column.inherited = inherited;
                column.local |= as_own;
            }
        });
    }

    fn drop_inherited_column(
        &mut self,
        leaving: &mut Vec<ResolvedName>,
        table: &ResolvedName,
        column: &Ident,
        behavior: Behavior,
    ) -> Outcome {
        self.keep_column(leaving, table, column, false);
        let goes = self
            .known(table)?
            .column(column)
            .is_some_and(|own| !own.inherited && !own.local);
        if !goes {
            return Ok(());
        }
        is_outside_key(self.known(table)?, column, "drop")?;
        leaving.push(table.clone());
        for child in self.child_names(table) {
            self.drop_inherited_column(leaving, &child, column, behavior)?;
        }
        let target = Object::Column(table.clone(), column.clone());
        self.drop_objects(vec![target], behavior)
    }

    /// What is refused before any action of the statement is taken (`ATPrepAlterColumnType`).
    pub(super) fn may_alter_type(
        &self,
        table: &ResolvedName,
        column: &Ident,
        ty: &TypeName,
        (using, only): (bool, bool),
    ) -> Outcome {
        let relation = self.known(table)?;
        let Some(found) = relation.column(column) else {
            return missing_column(relation, column);
        };
        if using && found.generated.is_some() {
            let message = "cannot specify USING when altering type of generated column";
            return Err(Refusal::new("42611", message));
        }
        // The sequence of a partition's column is that of its parent.
        if found.identity.is_some() && relation.partition_of.is_none() {
            may_have_identity(&self.catalogue.resolve_type(ty)?)?;
        }
        if found.inherited {
            let message = format!("cannot alter inherited column \"{column}\"");
            return Err(Refusal::new("42P16", message));
        }
        is_outside_key(relation, column, "alter")?;
        let ty = self.catalogue.resolve_type(ty)?;
        super::types::can_be_stored(column, &ty)?;
        if !using {
            let (from, to) = (&found.ty, &ty);
            if self.catalogue.has_assignment_cast(from, to) == Some(false) {
                let message = format!(
                    "column \"{column}\" cannot be cast automatically to type {}",
                    self.catalogue.shown_type(to)
                );
                return Err(Refusal::new("42804", message));
            }
        }
        if only {
            return Ok(());
        }
        self.have_no_other_parent(table, column)
    }

    /// Refuses a new type of a column that a child has from another parent too (`ATPrepAlterColumnType`).
    fn have_no_other_parent(&self, table: &ResolvedName, column: &Ident) -> Outcome {
        let heirs = self.heir_names(table);
        let altered = |name: &ResolvedName| name == table || heirs.contains(name);
        for heir in &heirs {
            let mut parents = self.parents_of(heir);
            if parents.any(|other| other.column(column).is_some() && !altered(&other.name)) {
                let message = format!(
                    "cannot alter inherited column \"{column}\" of relation \"{}\"",
                    heir.name
                );
                return Err(Refusal::new("42P16", message));
            }
            is_outside_key(self.known(heir)?, column, "alter")?;
        }
        Ok(())
    }

    pub(super) fn alter_type(
        &mut self,
        table: &ResolvedName,
        column: &Ident,
        (ty, collation): (&TypeName, Option<Ident>),
    ) -> Outcome {
        let ty = self.catalogue.resolve_type(ty)?;
        let relation = self.known(table)?;
        let Some(found) = relation.column(column) else {
            return missing_column(relation, column);
        };
        let identity = found.identity.is_some();
        self.is_no_member_of_itself(table, &ty)?;
        if found.default.is_some()
            && self.catalogue.has_assignment_cast(&found.ty, &ty) == Some(false)
        {
            let message = format!(
                "default for column \"{column}\" cannot be cast automatically to type {}",
                self.catalogue.shown_type(&ty)
            );
            return Err(Refusal::new("42804", message));
        }
        self.alter_type_here(table, column, &ty, collation.as_ref())?;
        if identity && let Some(sequence) = self.identity_sequence(table, column) {
            self.set_sequence_options(&sequence, &[SequenceOption::As(ty)])?;
        }
        Ok(())
    }

    /// The new type of a column in one table and its children; refuses where something is made of it.
    fn alter_type_here(
        &mut self,
        table: &ResolvedName,
        column: &Ident,
        ty: &TypeName,
        collation: Option<&Ident>,
    ) -> Outcome {
        let relation = self.known(table)?;
        let used = |what: &str| {
            let message = format!("cannot alter type of a column used {what}");
            let by_generated = what.ends_with("generated column");
            let sqlstate = if by_generated && self.version < 15 {
                "42601"
            } else {
                "0A000"
            };
            Err(Refusal::new(sqlstate, message))
        };
        let entry = (table.clone(), Some(column.clone()));
        let viewed = self
            .catalogue
            .dependents(table)
            .any(|view| view.depends_on.contains(&entry));
        let written = self.catalogue.written_about_column(table, column);
        let by_rule = |(object, _): &(Object, _)| matches!(object, Object::Rule(..));
        if !self.catalogue.atomic_users(table, Some(column)).is_empty() {
            return used("by a function or procedure");
        }
        if viewed || written.iter().any(by_rule) {
            return used("by a view or rule");
        }
        if !written.is_empty() {
            return used("in a policy definition");
        }
        if self.catalogue.publication_filters(table, column) {
            return used("by a publication WHERE clause");
        }
        if relation
            .triggers
            .iter()
            .any(|trigger| mentions::trigger_names(&trigger.definition, column))
        {
            return used("in a trigger definition");
        }
        if relation.columns.iter().any(|other| {
            let generated = other.generated.as_ref();
            generated.is_some_and(|g| mentions::columns(&g.expr).contains(column))
        }) {
            return used("by a generated column");
        }
        let in_policy = |policy: &Policy| {
            let mut conditions = policy.using.iter().chain(&policy.check);
            conditions.any(|condition| mentions::columns(condition).contains(column))
        };
        if relation.policies.iter().any(in_policy) {
            return used("in a policy definition");
        }
        super::index::can_index(relation, column, &self.catalogue.base_type(ty))?;
        let was = relation.column(column).map(|own| own.ty.clone());
        let was = was.filter(|was| is_moment(was) && is_moment(ty));
        if let Some(was) = &was {
            for predicate in relation
                .indexes
                .iter()
                .filter_map(|own| own.predicate.as_ref())
            {
                let mut predicate = predicate.clone();
                keep_constants(&mut predicate.expr, column, was);
                if depends_on_zone(&predicate.expr, column, ty) {
                    let message = "functions in index predicate must be marked IMMUTABLE";
                    return Err(Refusal::new("42P17", message));
                }
            }
        }
        let of_enum = relation.column(column).is_some_and(|own| {
            let def = self.catalogue.type_def(&own.ty.qualified_name());
            def.is_some_and(|def| matches!(def.kind, EnumOrOther::Enum(_)))
        });
        self.catalogue.edit(table, |relation| {
            if let Some(column) = relation.column_mut(column) {
                // What was read as a boolean stays one.
                if column.ty.name == "bool"
                    && let Some(default) = &mut column.default
                    && let Expr::String(text) = &default.expr
                {
                    let is_true = ["t", "true", "yes", "on", "y", "1"];
                    let value = is_true.contains(&text.to_ascii_lowercase().as_str());
                    *default = SqlExpr {
                        text: value.to_string(),
                        expr: Expr::Boolean(value),
                    };
                }
                // A label stays one of its enum, whose labels may be renamed.
                if of_enum
                    && column.ty.name != ty.name
                    && let Some(default) = &mut column.default
                    && let Expr::String(_) = &default.expr
                {
                    let expr = Box::new(default.expr.clone());
                    let of = column.ty.clone();
                    default.text = format!("{}::{of}", default.text);
                    default.expr = Expr::Cast { expr, ty: of };
                }
                column.ty = ty.clone();
                column.reset_storage();
                column.collation = collation.filter(|name| **name != "default").cloned();
            }
            // Its indexes are made anew, from their definitions.
            for index in &mut relation.indexes {
                if let (Some(was), Some(predicate)) = (&was, &mut index.predicate) {
                    keep_constants(&mut predicate.expr, column, was);
                }
                let keys = mentions::element_columns(&index.elements);
                let in_predicate = |expr: &SqlExpr| mentions::columns(expr).contains(column);
                if keys.contains(column)
                    || index.include.contains(column)
                    || index.predicate.as_ref().is_some_and(in_predicate)
                {
                    index.name_columns();
                }
            }
        });
        self.operators_fit(table, column)?;
        // The checks of the column are made anew, in the children as they are here.
        let checks = self.known(table)?.constraints.iter();
        let checks = checks.filter(|own| {
            matches!(own.kind, ConstraintKind::Check(_)) && own.columns.contains(column)
        });
        let checks: Vec<(Ident, bool)> = checks
            .map(|own| (own.name.clone(), own.validated))
            .collect();
        for child in self.child_names(table) {
            self.catalogue.edit(&child, |child| {
                for own in child.constraints.iter_mut().filter(|own| own.inherited) {
                    let above = checks.iter().find(|(name, _)| own.name == *name);
                    own.validated = above.map_or(own.validated, |(_, validated)| *validated);
                }
            });
            self.alter_type_here(&child, column, ty, collation)?;
        }
        Ok(())
    }

    /// Refuses a type for which an operator is missing in what is made anew: checks and indexes.
    fn operators_fit(&self, table: &ResolvedName, column: &Ident) -> Outcome {
        let relation = self.known(table)?;
        let concerned = |expr: &&SqlExpr| mentions::columns(expr).contains(column);
        let checks = relation
            .constraints
            .iter()
            .filter_map(|own| match &own.kind {
                ConstraintKind::Check(expr) => Some(expr),
                _ => None,
            });
        let keys = relation.indexes.iter().flat_map(|own| &own.elements);
        let keys = keys.filter_map(|element| match &element.key {
            IndexKey::Expr(expr) => Some(expr),
            IndexKey::Column(_) => None,
        });
        let predicates = relation
            .indexes
            .iter()
            .filter_map(|own| own.predicate.as_ref());
        let mut all = checks.chain(keys).chain(predicates).filter(concerned);
        let ty = relation
            .column(column)
            .map(|own| self.catalogue.base_type(&own.ty));
        let is_text = ty.is_some_and(|ty| !ty.array && super::cast::is_text(&ty));
        all.try_for_each(|expr| match is_text {
            // Numbers it was compared with stay numbers.
            true => self.catalogue.finds_operators(relation, &expr.expr),
            false => super::resolve::finds_operators(&self.catalogue, relation, &expr.expr),
        })
    }

    pub(super) fn set_default(
        &mut self,
        table: &ResolvedName,
        column: &Ident,
        expr: Option<&SqlExpr>,
        only: bool,
    ) -> Outcome {
        let relation = self.known(table)?;
        let Some(found) = relation.column(column) else {
            return missing_column(relation, column);
        };
        let ty = found.ty.clone();
        let kind = match (&found.generated, found.identity) {
            (Some(_), _) => Some("a generated column"),
            (None, Some(_)) => Some("an identity column"),
            (None, None) => None,
        };
        if let Some(kind) = kind {
            let message = format!(
                "column \"{column}\" of relation \"{}\" is {kind}",
                table.name
            );
            return Err(Refusal::new("42601", message));
        }
        let default = match expr {
            Some(expr) => {
                self.catalogue.can_default(column, &ty, expr)?;
                self.default_value(expr, &ty)?
            }
            None => None,
        };
        let mut set = |relation: &mut Relation| {
            if let Some(column) = relation.column_mut(column) {
                column.default = default.clone();
            }
        };
        if only {
            self.catalogue.edit(table, set);
        } else {
            self.each_inheriting(table, &mut set);
        }
        Ok(())
    }

    pub(super) fn set_expression(
        &mut self,
        table: &ResolvedName,
        column: &Ident,
        expr: Option<&SqlExpr>,
        if_exists: bool,
    ) -> Outcome {
        let relation = self.known(table)?;
        let Some(found) = relation.column(column) else {
            return missing_column(relation, column);
        };
        if let Some(generated) = &found.generated
            && expr.is_none()
            && !generated.stored
        {
            let message =
                "ALTER TABLE / DROP EXPRESSION is not supported for virtual generated columns";
            return Err(Refusal::new("0A000", message));
        }
        if found.generated.is_none() {
            if if_exists {
                return Ok(());
            }
            let stored = if self.version >= 17 { "" } else { "stored " };
            let message = format!(
                "column \"{column}\" of relation \"{}\" is not a {stored}generated column",
                table.name
            );
            return Err(Refusal::new("55000", message));
        }
        if let Some(expr) = expr {
            can_compute(relation, expr)?;
        }
        self.each_inheriting(table, &mut |relation| {
            if let Some(column) = relation.column_mut(column) {
                let stored = column.generated.as_ref().is_none_or(|g| g.stored);
                column.generated = expr.map(|expr| Generated {
                    expr: expr.clone(),
                    stored,
                });
            }
        });
        Ok(())
    }

    pub(super) fn add_identity(
        &mut self,
        table: &ResolvedName,
        column: &Ident,
        always: bool,
        options: &[SequenceOption],
    ) -> Outcome {
        let relation = self.known(table)?;
        let Some(found) = relation.column(column).cloned() else {
            return missing_column(relation, column);
        };
        self.is_no_partition(table, "cannot add identity to a column of a partition")?;
        may_have_identity(&found.ty)?;
        let state = if !found.not_null {
            Some("must be declared NOT NULL before identity can be added")
        } else if found.identity.is_some() {
            Some("is already an identity column")
        } else if found.default.is_some() || found.generated.is_some() {
            Some("already has a default value")
        } else {
            None
        };
        if let Some(state) = state {
            let message = format!("column \"{column}\" of relation \"{}\" {state}", table.name);
            return Err(Refusal::new("55000", message));
        }
        let sequence = self.own_sequence(table, &found, options, true)?;
        let persistence = self.known(table)?.persistence;
        if self.version >= 15 {
            self.catalogue
                .edit(&sequence, |sequence| sequence.persistence = persistence);
        }
        self.set_identity(table, column, Some(always));
        Ok(())
    }

    pub(super) fn alter_identity(
        &mut self,
        table: &ResolvedName,
        column: &Ident,
        always: Option<bool>,
        options: &[SequenceOption],
    ) -> Outcome {
        let relation = self.known(table)?;
        self.is_no_partition(table, "cannot change identity column of a partition")?;
        match relation.column(column).map(|found| found.identity) {
            None => return missing_column(relation, column),
            Some(None) => return Err(no_identity(table, column)),
            Some(Some(_)) => {}
        }
        if let Some(always) = always {
            self.set_identity(table, column, Some(always));
        }
        match self.identity_sequence(table, column) {
            Some(sequence) => {
                self.can_count(&sequence, options, false)?;
                self.set_sequence_options(&sequence, options)
            }
            None => Ok(()),
        }
    }

    pub(super) fn drop_identity(
        &mut self,
        table: &ResolvedName,
        column: &Ident,
        if_exists: bool,
    ) -> Outcome {
        let relation = self.known(table)?;
        self.is_no_partition(table, "cannot drop identity from a column of a partition")?;
        match relation.column(column).map(|found| found.identity) {
            None => return missing_column(relation, column),
            Some(None) if if_exists => return Ok(()),
            Some(None) => return Err(no_identity(table, column)),
            Some(Some(_)) => {}
        }
        self.set_identity(table, column, None);
        if let Some(sequence) = self.identity_sequence(table, column)
            && self
                .known(&sequence)
                .is_ok_and(|relation| relation.kind == RelationKind::Sequence)
        {
            self.catalogue
                .edit(&sequence, |sequence| sequence.of_identity = false);
            self.drop_objects(vec![Object::Relation(sequence)], Behavior::Restrict)?;
        }
        Ok(())
    }

    /// From 17 on the identity columns of a partition are its parent's.
    fn is_no_partition(&self, table: &ResolvedName, message: &'static str) -> Outcome {
        if self.version >= 17 && self.known(table)?.partition_of.is_some() {
            return Err(Refusal::new("42P16", message));
        }
        Ok(())
    }

    /// Here, and from 17 on in the partitions.
    fn set_identity(&mut self, table: &ResolvedName, column: &Ident, identity: Option<bool>) {
        self.catalogue.edit(table, |relation| {
            if let Some(column) = relation.column_mut(column) {
                column.identity = identity;
            }
        });
        if self.version >= 17 {
            for partition in self.partition_names(table) {
                self.set_identity(&partition, column, identity);
            }
        }
    }
}

/// Refuses to drop or alter a column by which the table is partitioned (`has_partition_attrs`).
fn is_outside_key(relation: &Relation, column: &Ident, verb: &str) -> Outcome {
    let by = relation.partition_by.as_ref();
    if !by.is_some_and(|by| mentions::element_columns(&by.keys).contains(column)) {
        return Ok(());
    }
    let message = format!(
        "cannot {verb} column \"{column}\" because it is part of the partition key of relation \"{}\"",
        relation.name.name
    );
    Err(Refusal::new("42P16", message))
}

/// Refuses an identity column of any other type than the integers.
pub(super) fn may_have_identity(ty: &TypeName) -> Outcome {
    let name = ty.name.as_str();
    if !ty.array && ty.schema.is_none() && ["int2", "int4", "int8"].contains(&name) {
        return Ok(());
    }
    let message = "identity column type must be smallint, integer, or bigint";
    Err(Refusal::new("22023", message))
}

fn no_identity(table: &ResolvedName, column: &Ident) -> Refusal {
    let message = format!(
        "column \"{column}\" of relation \"{}\" is not an identity column",
        table.name
    );
    Refusal::new("55000", message)
}

/// Whether a type is a moment that PostgreSQL compares with the others.
fn is_moment(ty: &TypeName) -> bool {
    let moments = ["date", "timestamp", "timestamptz"];
    !ty.array && ty.schema.is_none() && moments.contains(&ty.name.as_str())
}

fn is_column(expr: &Expr, column: &Ident) -> bool {
    matches!(expr, Expr::Column(parts) if parts.last() == Some(column))
}

/// A constant that a column was compared with stays of the type that the column had then.
fn keep_constants(expr: &mut Expr, column: &Ident, ty: &TypeName) {
    mentions::walk_mut(expr, &mut |node| {
        if let Expr::Binary { left, right, .. } = node
            && is_column(left, column)
            && matches!(**right, Expr::String(_))
        {
            let constant = std::mem::replace(&mut **right, Expr::Null);
            **right = Expr::Cast {
                expr: Box::new(constant),
                ty: ty.clone().without_modifiers(),
            };
        }
    });
}

/// Whether a column of that type is compared with a moment across time zones, which is stable only
/// (manual 18, section 9.9; `pg_proc.dat`).
fn depends_on_zone(expr: &Expr, column: &Ident, ty: &TypeName) -> bool {
    let mut found = false;
    mentions::walk(expr, &mut |node| {
        if let Expr::Binary { left, right, .. } = node
            && is_column(left, column)
            && let Expr::Cast { ty: other, .. } = right.as_ref()
            && is_moment(other)
        {
            found |= (ty.name == "timestamptz") != (other.name == "timestamptz");
        }
    });
    found
}
