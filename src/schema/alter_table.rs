//! ALTER TABLE: its actions in the order PostgreSQL takes them.

use super::alter_check::{fits, fits_replica_identity, may_begin, may_have_options};
use super::alter_constraint::can_say;
use super::constraint::{missing_column, used_columns};
use super::create_table::holds_for_no_rows;
use super::dependency::Object;
use super::key::is_key;
use super::not_null::{Wish, may_be_key, stays_not_null};
use super::session::Outcome;
use super::{
    Column, ConstraintKind, EnumOrOther, Refusal, Relation, RelationKind, ResolvedName, Session,
    TypeDef,
};
use crate::sql::ast::{
    AlterTable, ColumnConstraint, ColumnConstraintKind, ColumnDef, Expr, Ident, ObjectKind,
    TableAction, TableConstraint, TableConstraintKind,
};

impl Session {
    pub(super) fn alter_table(&mut self, alter: &AlterTable) -> Outcome {
        for action in alter.actions.iter().map(|alter| &alter.action) {
            if let TableAction::AlterConstraint { attributes, .. } = action {
                can_say(attributes, self.version)?;
            }
        }
        if let Some((table, index)) = self.catalogue.index(&alter.name) {
            let (table, index) = (table.name.clone(), index.name.clone());
            return alter
                .actions
                .iter()
                .try_for_each(|alter| self.alter_index(&table, &index, &alter.action));
        }
        let is_composite = |def: &TypeDef| matches!(def.kind, EnumOrOther::Composite(_));
        if alter.if_exists
            && self.catalogue.relation(&alter.name).is_none()
            && !self
                .catalogue
                .type_def(&alter.name)
                .is_some_and(is_composite)
        {
            return Ok(());
        }
        if let [action] = alter.actions.as_slice()
            && matches!(action.action, TableAction::RenameColumn { .. })
            && self
                .catalogue
                .type_def(&alter.name)
                .is_some_and(is_composite)
        {
            return self.alter_composite(&alter.name, &alter.actions);
        }
        if let [action] = alter.actions.as_slice()
            && let TableAction::RenameConstraint { from, .. } = &action.action
            && let Some(ty) = self.catalogue.composite(&alter.name)
        {
            return Err(super::rename::no_constraint(from, &ty.name));
        }
        // An index that we do not know of is no table.
        let is_known = self.catalogue.relation(&alter.name).is_some();
        if alter.object == ObjectKind::Index && self.catalogue.incomplete && !is_known {
            return Ok(());
        }
        let table = self.reach(&alter.name)?;
        let Some(relation) = self.catalogue.get(&table) else {
            return Ok(());
        };
        fits(relation, alter)?;

        for action in alter.actions.iter().map(|alter| &alter.action) {
            may_begin(self.known(&table)?, action, self.version)?;
            if let TableAction::AlterType {
                column, ty, using, ..
            } = action
            {
                if let Some(using) = using {
                    used_columns(self.known(&table)?, using)?;
                }
                self.may_alter_type(&table, column, ty, (using.is_some(), alter.only))?;
            }
            if let TableAction::DropExpression { column, .. } = action {
                self.may_drop_expression(&table, column, alter.only)?;
            }
            if let TableAction::AddConstraint(constraint) = action {
                may_be_key(self.known(&table)?, constraint)?;
            }
        }
        if alter.only {
            self.may_leave_out_children(&table, alter)?;
        }
        let mut actions: Vec<&TableAction> = alter.actions.iter().map(|a| &a.action).collect();
        actions.sort_by_key(|action| pass(action));
        let mut constraints: Vec<TableConstraint> = Vec::new();
        let (all, before) = (self.catalogue.clone(), self.known(&table)?.clone());
        let mut changed = Vec::new();
        for action in actions {
            if pass(action) > PASS_TYPES {
                self.rebuild(&table, &std::mem::take(&mut changed))?;
            }
            match action {
                TableAction::AddColumn {
                    if_not_exists,
                    column,
                } => {
                    let on_column = self.add_column(&table, column, *if_not_exists)?;
                    constraints.extend(on_column.into_iter().map(holds_for_no_rows));
                }
                TableAction::AddConstraint(constraint) => {
                    if self.version >= 18 {
                        stays_not_null(&before, self.known(&table)?, constraint)?;
                    }
                    constraints.push(constraint.as_ref().clone());
                }
                action => {
                    if pass(action) > PASS_CONSTRAINTS {
                        let rest = if pass(action) == PASS_OTHER_CONSTRAINTS {
                            constraints.extract_if(.., |own| !is_key(own)).collect()
                        } else {
                            Vec::new()
                        };
                        self.add_constraints(&table, &mut constraints, alter.only)?;
                        constraints = rest;
                    }
                    if let TableAction::AlterType { column, .. } = action {
                        changes_once(&before, self.known(&table)?, column)?;
                    }
                    if matches!(action, TableAction::SetLogged(_))
                        && self.known(&table)?.persistence != before.persistence
                    {
                        let message = "cannot change persistence setting twice";
                        return Err(Refusal::new("0A000", message));
                    }
                    self.alter_action(&table, action, alter.only)?;
                    if let TableAction::DropColumn { column, .. } = action {
                        self.heirs_have(&table, alter, column)?;
                    }
                    if let TableAction::DropNotNull(column) = action {
                        self.no_key_needs(&before, alter, column)?;
                    }
                    if let TableAction::AlterType { column, .. } = action {
                        changed.push(column.clone());
                    }
                }
            }
        }
        self.rebuild(&table, &changed)?;
        self.add_constraints(&table, &mut constraints, alter.only)?;
        for action in &alter.actions {
            if self.version >= 15
                && let TableAction::AddColumn { column, .. } = &action.action
                && let Some(sequence) = self.owned_sequence(&table, &column.name)
                && before.column(&column.name).is_none()
            {
                self.catalogue.edit(&sequence, |sequence| {
                    sequence.persistence = before.persistence;
                });
            }
        }
        self.may_store_anew(&table, alter, &all)
    }

    fn add_constraints(
        &mut self,
        table: &ResolvedName,
        constraints: &mut Vec<TableConstraint>,
        only: bool,
    ) -> Outcome {
        // Those of new columns stand before those that the statement adds to the table, wherever written.
        constraints.sort_by_key(|constraint| !is_key(constraint));
        for constraint in constraints.iter() {
            if let TableConstraintKind::UsingIndex { index, .. } = &constraint.kind {
                self.may_adopt(table, index)?;
            }
        }
        for constraint in constraints.drain(..) {
            self.add_constraint(table, &constraint, only)?;
        }
        Ok(())
    }

    fn alter_action(&mut self, table: &ResolvedName, action: &TableAction, only: bool) -> Outcome {
        match action {
            TableAction::AddColumn { .. } | TableAction::AddConstraint(_) => Ok(()),
            TableAction::DropColumn {
                column,
                if_exists,
                behavior,
            } => self.drop_column(table, column, *if_exists, *behavior, only),
            TableAction::AlterType {
                column,
                ty,
                collation,
                ..
            } => {
                let collation = collation.as_ref().map(|c| c.name.clone());
                self.alter_type(table, column, (ty, collation))
            }
            TableAction::SetDefault { column, expr } => {
                self.set_default(table, column, Some(expr), only)
            }
            TableAction::DropDefault(column) => self.set_default(table, column, None, only),
            TableAction::SetNotNull(column) => self.state_not_null(table, column, only),
            TableAction::DropNotNull(column) => self.drop_not_null(table, column, only),
            TableAction::SetExpression { column, expr } => {
                self.set_expression(table, column, Some(expr), false)
            }
            TableAction::DropExpression { column, if_exists } => {
                self.set_expression(table, column, None, *if_exists)
            }
            TableAction::AddIdentity {
                column,
                always,
                options,
            } => self.add_identity(table, column, *always, options),
            TableAction::AlterIdentity {
                column,
                always,
                options,
            } => self.alter_identity(table, column, *always, options),
            TableAction::DropIdentity { column, if_exists } => {
                self.drop_identity(table, column, *if_exists)
            }
            TableAction::SetColumnOptions { column, .. }
            | TableAction::SetStorage { column, .. }
            | TableAction::SetCompression { column, .. }
            | TableAction::SetStatistics { column, .. }
            | TableAction::ForeignOptions {
                column: Some(column),
            } => {
                let relation = self.known(table)?;
                match relation.column(column) {
                    Some(found)
                        if matches!(action, TableAction::SetStatistics { .. })
                            && found.generated.as_ref().is_some_and(|g| !g.stored) =>
                    {
                        let message = format!(
                            "cannot alter statistics on virtual generated column \"{column}\""
                        );
                        Err(Refusal::new("0A000", message))
                    }
                    Some(_) => self.set_column(table, column, action, only),
                    None => missing_column(relation, column),
                }
            }
            TableAction::AlterConstraint { name, attributes } => {
                self.alter_constraint(table, name, attributes)
            }
            TableAction::ValidateConstraint(name) => self.validate(table, name),
            TableAction::DropConstraint {
                name,
                if_exists,
                behavior,
            } => self.drop_constraint(table, name, *if_exists, *behavior, only),
            TableAction::Trigger { name, state } => {
                let fires = !state.starts_with("DISABLE") && !state.ends_with("REPLICA");
                self.enable_trigger(table, name.as_ref(), fires, only)
            }
            TableAction::RowSecurity(state) => {
                self.catalogue.edit(table, |relation| match state.as_str() {
                    "ENABLE" => relation.row_security = true,
                    "DISABLE" => relation.row_security = false,
                    _ => {}
                });
                Ok(())
            }
            TableAction::SetWithoutCluster | TableAction::ClusterOn(_) => {
                let name =
                    crate::sql::ast::QualifiedName::new(table.schema.clone(), table.name.clone());
                if let TableAction::ClusterOn(index) = action {
                    self.cluster(Some(&name), Some(index))?;
                }
                if self.known(table)?.kind == RelationKind::PartitionedTable {
                    let message = "cannot mark index clustered in partitioned table";
                    return Err(Refusal::new("0A000", message));
                }
                if let TableAction::SetWithoutCluster = action {
                    self.catalogue
                        .edit(table, |relation| relation.clustered_on = None);
                }
                Ok(())
            }
            TableAction::SetLogged(logged) => self.set_logged(table, *logged),
            TableAction::SetOptions { options, reset } => {
                if !reset {
                    may_have_options(self.known(table)?, options, self.version)?;
                }
                self.catalogue.edit(table, |relation| {
                    relation
                        .options
                        .retain(|own| !options.iter().any(|option| option.name == own.name));
                    if !reset {
                        relation.options.extend(options.iter().cloned());
                    }
                });
                Ok(())
            }
            TableAction::ReplicaIdentity(kind, index) => {
                self.replica_identity(table, kind, index.as_ref())
            }
            TableAction::Inherit(parent) => self.inherit(table, parent),
            TableAction::NoInherit(parent) => self.no_inherit(table, parent),
            TableAction::AttachPartition { partition, bound } => {
                self.attach_partition(table, partition, bound)
            }
            TableAction::DetachPartition { partition, mode } => {
                self.detach_partition(table, partition, *mode)
            }
            TableAction::SetSchema(schema) => self.set_schema(table, schema),
            TableAction::RenameTo(name) => self.rename_relation(table, name),
            TableAction::RenameColumn { from, to } => self.rename_column(table, from, to),
            TableAction::RenameConstraint { from, to } => self.rename_constraint(table, from, to),
            TableAction::Unknown(_) => {
                self.catalogue.incomplete = true;
                Ok(())
            }
            TableAction::Rule { .. }
            | TableAction::SetWithoutOids
            | TableAction::SetAccessMethod(_)
            | TableAction::SetTablespace(_)
            | TableAction::OwnerTo(_)
            | TableAction::DependsOnExtension
            | TableAction::ForeignOptions { column: None } => Ok(()),
            TableAction::OfType(ty) => {
                let of_type = self.catalogue.type_def(ty).map(|def| def.name.clone());
                self.catalogue
                    .edit(table, |relation| relation.of_type = of_type);
                Ok(())
            }
            TableAction::NotOf => {
                if self.known(table)?.of_type.is_none() {
                    let message = format!("\"{}\" is not a typed table", table.name);
                    return Err(Refusal::new("42809", message));
                }
                self.catalogue
                    .edit(table, |relation| relation.of_type = None);
                Ok(())
            }
        }
    }

    fn alter_index(
        &mut self,
        table: &ResolvedName,
        index: &Ident,
        action: &TableAction,
    ) -> Outcome {
        match action {
            TableAction::RenameTo(name) => self.rename_index(table, index, name),
            TableAction::AttachPartition { partition, .. } => {
                self.attach_index(table, index, partition)
            }
            _ => Ok(()),
        }
    }

    /// Adds a column here and to the children; gives the constraints written on it.
    fn add_column(
        &mut self,
        table: &ResolvedName,
        written: &ColumnDef,
        if_not_exists: bool,
    ) -> Result<Vec<TableConstraint>, Refusal> {
        let relation = self.known(table)?;
        if relation.partition_of.is_some() {
            let message = "cannot add column to a partition";
            return Err(Refusal::new("42809", message));
        }
        if relation.column(&written.name).is_some() {
            return if if_not_exists {
                Ok(Vec::new())
            } else {
                Err(Refusal::column_exists(&written.name, table))
            };
        }
        if super::constraint::is_system_column(&written.name) {
            let message = format!(
                "column name \"{}\" conflicts with a system column name",
                written.name
            );
            return Err(Refusal::new("42701", message));
        }
        let identity =
            |c: &ColumnConstraint| matches!(c.kind, ColumnConstraintKind::Identity { .. });
        if written.constraints.iter().any(identity)
            && self.catalogue.children(table).next().is_some()
            && (self.version < 17 || relation.kind != RelationKind::PartitionedTable)
        {
            let message = "cannot recursively add identity column to table that has child tables";
            return Err(Refusal::new("42P16", message));
        }
        let (mut column, mut constraints) = self.new_column(table, written)?;
        column.made = self.catalogue.mark_made();
        self.is_no_member_of_itself(table, &column.ty)?;
        if let Some(generated) = &column.generated {
            let mut all = self.known(table)?.clone();
            all.columns.push(column.clone());
            super::constraint::can_compute(&all, &generated.expr)?;
        }
        if let Some(default) = &column.default {
            self.catalogue
                .can_default(&column.name, &column.ty, default)?;
        }
        let not_null = column.not_null;
        self.push_column(table, column)?;
        let persistence = self.known(table)?.persistence;
        if self.version >= 15
            && let Some(sequence) = self.owned_sequence(table, &written.name)
        {
            self.catalogue
                .edit(&sequence, |sequence| sequence.persistence = persistence);
        }
        if not_null && self.version >= 18 {
            let named = constraints
                .iter()
                .position(|c| matches!(c.kind, TableConstraintKind::NotNull(_)));
            match named.map(|at| constraints.remove(at)) {
                Some(named) => self.add_constraint(table, &named, false)?,
                None => self.set_not_null(table, &written.name, None, Wish::Needed)?,
            }
        }
        Ok(constraints)
    }

    fn push_column(&mut self, table: &ResolvedName, column: Column) -> Outcome {
        let mut inherited = column.clone();
        inherited.inherited = true;
        inherited.local = false;
        if self.known(table)?.kind == RelationKind::Table {
            fits_type(&column)?;
        }
        self.catalogue
            .edit(table, |relation| match relation.column_mut(&column.name) {
                Some(own) => own.inherited = true,
                None => relation.columns.push(column),
            });
        for child in self.child_names(table) {
            let own = self.known(&child)?.column(&inherited.name);
            if own.is_some_and(|own| own.ty != inherited.ty) {
                let message = format!(
                    "child table \"{}\" has different type for column \"{}\"",
                    child.name, inherited.name
                );
                return Err(Refusal::new("42804", message));
            }
            self.push_column(&child, inherited.clone())?;
        }
        Ok(())
    }

    fn validate(&mut self, table: &ResolvedName, name: &Ident) -> Outcome {
        let relation = self.known(table)?;
        let Some(constraint) = relation.constraint(name) else {
            return missing_constraint(relation, name);
        };
        match constraint.kind {
            ConstraintKind::Check(_) | ConstraintKind::ForeignKey { .. } => {}
            ConstraintKind::NotNull if self.version >= 18 => {}
            ConstraintKind::NotNull
            | ConstraintKind::PrimaryKey
            | ConstraintKind::Unique
            | ConstraintKind::Exclude
            | ConstraintKind::Trigger => {
                let message = match self.version {
                    18.. => format!(
                        "cannot validate constraint \"{name}\" of relation \"{}\"",
                        table.name
                    ),
                    _ => format!(
                        "constraint \"{name}\" of relation \"{}\" is not a foreign key or check constraint",
                        table.name
                    ),
                };
                return Err(Refusal::new("42809", message));
            }
        }
        if !constraint.enforced {
            return Err(Refusal::new(
                "55000",
                "cannot validate NOT ENFORCED constraint",
            ));
        }
        self.each_inheriting(table, &mut |relation| {
            if let Some(constraint) = relation.constraints.iter_mut().find(|c| c.name == *name) {
                constraint.validated = true;
            }
        });
        Ok(())
    }

    fn drop_constraint(
        &mut self,
        table: &ResolvedName,
        name: &Ident,
        if_exists: bool,
        behavior: crate::sql::ast::Behavior,
        only: bool,
    ) -> Outcome {
        let relation = self.known(table)?;
        let Some(constraint) = relation.constraint(name) else {
            return if if_exists {
                Ok(())
            } else {
                missing_constraint(relation, name)
            };
        };
        if constraint.inherited {
            let message = format!(
                "cannot drop inherited constraint \"{name}\" of relation \"{}\"",
                table.name
            );
            return Err(Refusal::new("42P16", message));
        }
        if constraint.kind == ConstraintKind::NotNull
            && let [column] = constraint.columns.as_slice()
        {
            let in_key = relation
                .primary_key()
                .is_some_and(|key| key.contains(column));
            let identity = relation
                .column(column)
                .is_some_and(|c| c.identity.is_some());
            let column = column.clone();
            if in_key {
                let message = format!("column \"{column}\" is in a primary key");
                return Err(Refusal::new("42P16", message));
            }
            if identity {
                let message = format!(
                    "column \"{column}\" of relation \"{}\" is an identity column",
                    table.name
                );
                return Err(Refusal::new("55000", message));
            }
            return self.let_be_null(table, &column, only);
        }
        let is_key = constraint.refers_to().is_some();
        let inheritable = constraint.is_handed_down() || is_key;
        let is_check = matches!(constraint.kind, ConstraintKind::Check(_));
        if only && is_check && !constraint.no_inherit {
            return self.drop_own_check(table, name);
        }
        let mut targets = vec![Object::Constraint(table.clone(), name.clone())];
        let (mut gone, mut kept) = (vec![table.clone()], Vec::new());
        if inheritable && !is_key {
            self.inherited_constraints(table, name, &mut gone, &mut kept);
        }
        targets.extend(
            gone.iter()
                .skip(1)
                .map(|child| Object::Constraint(child.clone(), name.clone())),
        );
        match targets.as_slice() {
            [_] => self.drop_objects(targets, behavior)?,
            _ => self.drop_objects(targets, crate::sql::ast::Behavior::Cascade)?,
        }
        for child in kept.into_iter().filter(|child| !gone.contains(child)) {
            let inherited = is_check && self.parent_has_check(&child, name);
            self.catalogue.edit(&child, |relation| {
                let own = relation
                    .constraints
                    .iter_mut()
                    .find(|own| own.name == *name);
                if let Some(own) = own {
                    own.inherited = inherited;
                }
            });
        }
        Ok(())
    }

    /// `ONLY`: the children keep a check as their own.
    fn drop_own_check(&mut self, table: &ResolvedName, name: &Ident) -> Outcome {
        let children = self.child_names(table);
        if self.version < 18 && !children.is_empty() && self.known(table)?.partition_by.is_some() {
            let message =
                "cannot remove constraint from only the partitioned table when partitions exist";
            return Err(Refusal::new("42P16", message));
        }
        self.catalogue
            .edit(table, |relation| relation.remove_constraint(name));
        for child in children {
            let inherited = self.parent_has_check(&child, name);
            self.catalogue.edit(&child, |relation| {
                let mut all = relation.constraints.iter_mut();
                if let Some(own) = all.find(|own| own.name == *name) {
                    own.inherited = inherited;
                    own.local = true;
                }
            });
        }
        Ok(())
    }

    /// The children that lose a constraint with their parent, and those that keep it.
    fn inherited_constraints(
        &self,
        table: &ResolvedName,
        name: &Ident,
        gone: &mut Vec<ResolvedName>,
        kept: &mut Vec<ResolvedName>,
    ) {
        for child in self.catalogue.children(table) {
            let Some(own) = child.constraint(name).filter(|own| own.inherited) else {
                continue;
            };
            let others = child.parents().filter(|parent| !gone.contains(*parent));
            let elsewhere = others
                .filter_map(|parent| self.catalogue.get(parent))
                .any(|parent| parent.constraint(name).is_some_and(|own| !own.no_inherit));
            if own.local || elsewhere {
                kept.push(child.name.clone());
            } else {
                gone.push(child.name.clone());
                self.inherited_constraints(&child.name, name, gone, kept);
            }
        }
    }

    fn replica_identity(
        &mut self,
        table: &ResolvedName,
        kind: &str,
        index: Option<&Ident>,
    ) -> Outcome {
        let relation = self.known(table)?;
        if let Some(index) = index
            && relation.columns_known
        {
            fits_replica_identity(relation, index)?;
        }
        let kind = if index.is_some() { "INDEX" } else { kind };
        self.catalogue.edit(table, |relation| {
            relation.replica_identity = (kind.to_owned(), index.cloned());
        });
        Ok(())
    }

    /// Changes a table and all that inherit from it.
    pub(super) fn each_inheriting(
        &mut self,
        table: &ResolvedName,
        change: &mut impl FnMut(&mut Relation),
    ) {
        self.catalogue.edit(table, &mut *change);
        for child in self.child_names(table) {
            self.each_inheriting(&child, change);
        }
    }
}

/// Refuses a constant default that the column cannot hold: ADD COLUMN works it out at once.
fn fits_type(column: &Column) -> Outcome {
    let (Some(default), false) = (&column.default, column.ty.array) else {
        return Ok(());
    };
    let (Expr::Number(text) | Expr::String(text)) = &default.expr else {
        return Ok(());
    };
    let modifier = |at: usize| -> Option<i32> { column.ty.modifiers.get(at)?.trim().parse().ok() };
    match column.ty.name.as_str() {
        "numeric" => {
            let (Some(precision), Some(scale), Ok(value)) =
                (modifier(0), modifier(1), text.trim().parse::<f64>())
            else {
                return Ok(());
            };
            let unit = 10_f64.powi(scale);
            if (value * unit).round().abs() / unit >= 10_f64.powi(precision - scale) {
                return Err(Refusal::new("22003", "numeric field overflow"));
            }
        }
        name @ ("varchar" | "bpchar") => {
            let length = text.trim_end_matches(' ').chars().count();
            if modifier(0).is_some_and(|most| usize::try_from(most).is_ok_and(|most| length > most))
            {
                let word = if name == "varchar" {
                    "character varying"
                } else {
                    "character"
                };
                let most = modifier(0).unwrap_or_default();
                let message = format!("value too long for type {word}({most})");
                return Err(Refusal::new("22001", message));
            }
        }
        _ => {}
    }
    Ok(())
}

/// Refuses a constraint that is not there, unless the relation may have more than we know.
pub(super) fn missing_constraint(relation: &Relation, name: &Ident) -> Outcome {
    if relation.columns_known {
        Err(Refusal::no_constraint(name, &relation.name))
    } else {
        Ok(())
    }
}

/// Types of columns change here; then what is made of the columns is made anew.
const PASS_TYPES: u8 = 1;

/// Keys are made here, checks and foreign keys one later.
const PASS_CONSTRAINTS: u8 = 8;
const PASS_OTHER_CONSTRAINTS: u8 = 9;

/// One statement changes the type of a column once.
fn changes_once(before: &Relation, now: &Relation, column: &Ident) -> Outcome {
    let ty = |relation: &Relation| relation.column(column).map(|column| column.ty.clone());
    if ty(before) == ty(now) || ty(now).is_none() {
        return Ok(());
    }
    let message = format!("cannot alter type of column \"{column}\" twice");
    Err(Refusal::new("0A000", message))
}

/// The order in which PostgreSQL takes actions of one statement (`AT_PASS_*`, tablecmds.c).
fn pass(action: &TableAction) -> u8 {
    match action {
        TableAction::DropColumn { .. }
        | TableAction::DropConstraint { .. }
        | TableAction::DropNotNull(_)
        | TableAction::DropDefault(_)
        | TableAction::DropExpression { .. }
        | TableAction::DropIdentity { .. } => 0,
        TableAction::AlterType { .. } => PASS_TYPES,
        TableAction::AddColumn { .. } => 4,
        TableAction::SetExpression { .. } => 5,
        TableAction::SetNotNull(_) => 6,
        TableAction::AddConstraint(_) => PASS_CONSTRAINTS,
        TableAction::SetDefault { .. } | TableAction::AddIdentity { .. } => PASS_OTHER_CONSTRAINTS,
        TableAction::AlterIdentity { .. }
        | TableAction::SetStatistics { .. }
        | TableAction::SetColumnOptions { .. }
        | TableAction::SetStorage { .. }
        | TableAction::SetCompression { .. }
        | TableAction::AlterConstraint { .. }
        | TableAction::ValidateConstraint(_)
        | TableAction::Trigger { .. }
        | TableAction::Rule { .. }
        | TableAction::RowSecurity(_)
        | TableAction::ClusterOn(_)
        | TableAction::SetWithoutCluster
        | TableAction::SetWithoutOids
        | TableAction::SetAccessMethod(_)
        | TableAction::SetTablespace(_)
        | TableAction::SetLogged(_)
        | TableAction::SetOptions { .. }
        | TableAction::Inherit(_)
        | TableAction::NoInherit(_)
        | TableAction::OfType(_)
        | TableAction::NotOf
        | TableAction::OwnerTo(_)
        | TableAction::ReplicaIdentity(..)
        | TableAction::AttachPartition { .. }
        | TableAction::DetachPartition { .. }
        | TableAction::SetSchema(_)
        | TableAction::RenameTo(_)
        | TableAction::RenameColumn { .. }
        | TableAction::RenameConstraint { .. }
        | TableAction::DependsOnExtension
        | TableAction::ForeignOptions { .. }
        | TableAction::Unknown(_) => 10,
    }
}
