//! ALTER TABLE and its like: one lock, the strongest of the actions; then one pass over each table.

use std::collections::BTreeSet;

use super::work::{Work, index_name};
use super::{LockMode, LockedKind, add_column, alter_type, constraint, partition};
use crate::schema::{
    ConstraintKind, EnumOrOther, Index, Publication, Relation, RelationKind, ResolvedName,
};
use crate::sql::ast::*;

/// What `ALTER TABLE | INDEX | VIEW | SEQUENCE | ..` does.
pub(super) fn effects(work: &mut Work<'_>, alter: &AlterTable) {
    if let Some((table, index)) = work.before.index(&alter.name) {
        return alter_index(work, alter, table, index);
    }
    let Some(target) = work.relation(&alter.name) else {
        return;
    };
    let actions = || alter.actions.iter().map(|action| &action.action);
    let mode = actions()
        .map(|action| lock_mode(action, target.kind))
        .max()
        .unwrap_or(LockMode::AccessExclusive);
    work.lock(target, mode);
    refuse(work, alter, target);
    for action in actions() {
        if let TableAction::AddConstraint(added) = action
            && let TableConstraintKind::UsingIndex { index, .. } = &added.kind
            && let Some(index) = target.index(index)
        {
            work.adopted.insert(index_name(target, index));
        }
    }
    let mut pass = Pass {
        alter,
        target,
        mode,
        rewrite: BTreeSet::new(),
        verify: BTreeSet::new(),
        rebuild: Vec::new(),
    };
    for action in actions() {
        // From 18 on ONLY does not keep it from the children (measured: `subcommand.drop_not_null_only_inheritance_parent`).
        let everywhere = matches!(action, TableAction::DropNotNull(_)) && work.version() >= 18;
        let done = matches!(action, TableAction::AddColumn { if_not_exists: true, column }
            if target.column(&column.name).is_some());
        if recurses(action, work.version(), target) && !done && (!alter.only || everywhere) {
            for member in work.family(target) {
                work.lock(member, mode);
            }
        }
        pass.action(work, action);
    }
    pass.finish(work);
}

/// What PostgreSQL refuses whatever the schema looks like, or because of what is below the table.
fn refuse(work: &mut Work<'_>, alter: &AlterTable, target: &Relation) {
    let name = &target.name.name;
    let partitioned = target.kind == RelationKind::PartitionedTable;
    for action in alter.actions.iter().map(|action| &action.action) {
        match action {
            TableAction::AttachPartition { .. }
            | TableAction::DetachPartition { .. }
            | TableAction::RenameTo(_)
            | TableAction::RenameColumn { .. }
            | TableAction::RenameConstraint { .. }
            | TableAction::SetSchema(_)
                if alter.actions.len() > 1 =>
            {
                work.refuse_syntax("syntax error at or near \",\"");
            }
            TableAction::AddColumn { column, .. } => {
                let computed = column.constraints.iter().any(|one| {
                    matches!(
                        one.kind,
                        ColumnConstraintKind::Generated { stored: false, .. }
                    )
                });
                if computed && work.version() < 18 {
                    work.refuse_syntax("virtual generated columns are known from PostgreSQL 18 on");
                } else if alter.only && !work.children(target).is_empty() {
                    work.refuse("42P16", "column must be added to child tables too");
                }
            }
            TableAction::AddConstraint(added)
                if partitioned && matches!(added.kind, TableConstraintKind::UsingIndex { .. }) =>
            {
                let message = "ALTER TABLE / ADD CONSTRAINT USING INDEX is not supported on partitioned tables";
                work.refuse("0A000", message);
            }
            TableAction::SetNotNull(column) if alter.only && partitioned => {
                let lacking = work
                    .children(target)
                    .iter()
                    .any(|child| child.column(column).is_some_and(|own| !own.not_null));
                if lacking {
                    work.refuse("42P16", "constraint must be added to child tables too");
                }
            }
            TableAction::AddConstraint(added) if added.attributes.not_valid => {
                let word = match added.kind {
                    TableConstraintKind::PrimaryKey { .. } => "PRIMARY KEY",
                    TableConstraintKind::Unique { .. } => "UNIQUE",
                    TableConstraintKind::Exclude { .. } => "EXCLUDE",
                    TableConstraintKind::UsingIndex { primary: true, .. } => "PRIMARY KEY",
                    TableConstraintKind::UsingIndex { primary: false, .. } => "UNIQUE",
                    TableConstraintKind::Check(_)
                    | TableConstraintKind::NotNull(_)
                    | TableConstraintKind::ForeignKey { .. } => continue,
                };
                work.refuse(
                    "0A000",
                    format!("{word} constraints cannot be marked NOT VALID"),
                );
            }
            TableAction::SetOptions {
                options,
                reset: false,
            } if partitioned => match options.first() {
                Some(option) if work.version() < 16 => {
                    let option = &option.name;
                    work.refuse("22023", format!("unrecognized parameter \"{option}\""));
                }
                _ => {
                    let message = "cannot specify storage parameters for a partitioned table";
                    work.refuse("42809", message);
                }
            },
            TableAction::DropExpression { column, .. } => {
                let own = target.column(column).and_then(|own| own.generated.as_ref());
                if own.is_some_and(|own| !own.stored) {
                    let message = format!(
                        "ALTER TABLE / DROP EXPRESSION is not supported for virtual generated columns: column \"{column}\" of relation \"{name}\""
                    );
                    work.refuse("0A000", message);
                }
            }
            TableAction::ReplicaIdentity(_, Some(index)) => {
                refuse_identity(work, target, index);
            }
            TableAction::SetExpression { column, .. } => {
                let own = target.column(column).and_then(|own| own.generated.as_ref());
                let virtual_one = own.is_some_and(|own| !own.stored);
                let checked = target
                    .constraints
                    .iter()
                    .any(|one| matches!(one.kind, ConstraintKind::Check(_)));
                let named =
                    |own: &Publication| own.tables.iter().any(|one| one.table == target.name);
                let published = work.before.publications().any(|(_, own)| named(own));
                let what = match (checked, published) {
                    (true, _) => "with check constraints",
                    (false, true) => "that are part of a publication",
                    (false, false) => continue,
                };
                if virtual_one {
                    let message = format!(
                        "ALTER TABLE / SET EXPRESSION is not supported for virtual generated columns in tables {what}: column \"{column}\" of relation \"{name}\""
                    );
                    work.refuse("0A000", message);
                }
            }
            _ => {}
        }
    }
}

/// Rows are told apart by a unique index of all rows over columns that are never NULL
/// (manual 18, ALTER TABLE, REPLICA IDENTITY).
fn refuse_identity(work: &mut Work<'_>, table: &Relation, index: &Ident) {
    let Some(own) = table.index(index) else {
        return;
    };
    let nullable = own.elements.iter().find_map(|element| match &element.key {
        IndexKey::Column(column) => table.column(column).filter(|column| !column.not_null),
        IndexKey::Expr(_) => None,
    });
    let why = match nullable {
        _ if !own.unique => "it is not unique".to_owned(),
        _ if own.predicate.is_some() => "it is partial".to_owned(),
        Some(column) => format!("column \"{}\" is nullable", column.name),
        None => return,
    };
    let message = format!("index \"{index}\" cannot be used as replica identity because {why}");
    work.refuse("42809", message);
}

/// What one statement has to do to its tables once all its actions are known.
pub(super) struct Pass<'a, 's> {
    pub(super) alter: &'s AlterTable,
    pub(super) target: &'a Relation,
    /// The lock taken on the table, and on those below it that an action reaches.
    pub(super) mode: LockMode,
    /// Tables that are written anew.
    pub(super) rewrite: BTreeSet<ResolvedName>,
    /// Tables of which each row is checked.
    pub(super) verify: BTreeSet<ResolvedName>,
    /// Indexes dropped and made again, and whether that means to build them.
    pub(super) rebuild: Vec<(ResolvedName, Ident, bool)>,
}

impl<'a> Pass<'a, '_> {
    /// The tables an action reaches: the target with all below it, or itself with ONLY.
    pub(super) fn reached(&self, work: &Work<'a>) -> Vec<&'a Relation> {
        if self.alter.only {
            vec![self.target]
        } else {
            work.family(self.target)
        }
    }

    /// Whether another action of the statement fits.
    pub(super) fn has(&self, wanted: impl Fn(&TableAction) -> bool) -> bool {
        self.alter
            .actions
            .iter()
            .any(|action| wanted(&action.action))
    }

    fn action(&mut self, work: &mut Work<'a>, action: &TableAction) {
        let target = self.target;
        match action {
            TableAction::AddColumn {
                column,
                if_not_exists,
            } => {
                if !(*if_not_exists && target.column(&column.name).is_some()) {
                    add_column::effects(work, self, column);
                }
            }
            TableAction::DropColumn { column, .. } => self.drop_column(work, column),
            TableAction::AlterType {
                column, ty, using, ..
            } => alter_type::effects(work, self, column, ty, using.as_ref()),
            TableAction::SetNotNull(column) => constraint::set_not_null(work, self, column),
            TableAction::SetExpression { column, .. } => {
                for member in self.reached(work) {
                    let generated = member.column(column).and_then(|own| own.generated.as_ref());
                    let Some(generated) = generated else {
                        continue;
                    };
                    if generated.stored {
                        self.rewrite.insert(member.name.clone());
                    } else if member.column(column).is_some_and(|own| own.not_null) {
                        // It is worked out for each row (measured: `column_settings.set_expression_virtual_not_null`).
                        self.verify.insert(member.name.clone());
                    }
                }
            }
            TableAction::AddConstraint(added) => constraint::add(work, self, added),
            TableAction::AlterConstraint { name, attributes } => {
                constraint::alter(work, self, name, *attributes);
            }
            TableAction::ValidateConstraint(name) => constraint::validate(work, self, name),
            TableAction::DropConstraint { name, .. } => constraint::drop(work, self, name),
            TableAction::AlterIdentity { column, .. } => {
                self.owned_sequences(work, Some(column), LockMode::ShareRowExclusive);
            }
            TableAction::DropIdentity { column, .. } => {
                let identity = target.column(column).and_then(|own| own.identity);
                if identity.is_some() {
                    self.owned_sequences(work, Some(column), LockMode::AccessExclusive);
                }
            }
            TableAction::ClusterOn(index) => {
                self.own_index(work, index, LockMode::ShareUpdateExclusive);
            }
            TableAction::ReplicaIdentity(_, Some(index)) => {
                self.own_index(work, index, LockMode::Share);
            }
            TableAction::SetAccessMethod(method) => {
                let heap = method.as_ref().is_none_or(|method| *method == "heap");
                if !heap {
                    self.rewrite.insert(target.name.clone());
                }
            }
            TableAction::SetLogged(logged) => self.set_logged(work, *logged),
            TableAction::Inherit(parent) => {
                if let Some(parent) = work.relation(parent) {
                    work.lock(parent, LockMode::ShareUpdateExclusive);
                }
            }
            TableAction::NoInherit(parent) => {
                if let Some(parent) = work.relation(parent) {
                    work.lock(parent, LockMode::AccessShare);
                }
            }
            TableAction::OfType(ty) => lock_composite(work, ty, LockMode::AccessShare),
            TableAction::OwnerTo(role) => {
                let same = matches!(
                    role.as_str().to_ascii_lowercase().as_str(),
                    "current_user" | "session_user" | "current_role"
                );
                if !same {
                    work.lock_indexes(target, LockMode::AccessExclusive);
                    self.owned_sequences(work, None, LockMode::AccessExclusive);
                }
            }
            TableAction::SetSchema(_) => {
                self.owned_sequences(work, None, LockMode::AccessExclusive);
            }
            TableAction::AttachPartition { partition, bound } => {
                partition::attach(work, self, partition, bound);
            }
            TableAction::DetachPartition { partition, mode } => {
                partition::detach(work, self, partition, *mode);
            }
            TableAction::SetDefault { .. }
            | TableAction::DropDefault(_)
            | TableAction::DropNotNull(_)
            | TableAction::DropExpression { .. }
            | TableAction::AddIdentity { .. }
            | TableAction::SetStatistics { .. }
            | TableAction::SetColumnOptions { .. }
            | TableAction::SetStorage { .. }
            | TableAction::SetCompression { .. }
            | TableAction::Trigger { .. }
            | TableAction::Rule { .. }
            | TableAction::RowSecurity(_)
            | TableAction::SetWithoutCluster
            | TableAction::SetWithoutOids
            | TableAction::SetTablespace(_)
            | TableAction::SetOptions { .. }
            | TableAction::NotOf
            | TableAction::ReplicaIdentity(_, None)
            | TableAction::RenameTo(_)
            | TableAction::RenameColumn { .. }
            | TableAction::DependsOnExtension
            | TableAction::ForeignOptions { .. }
            | TableAction::Unknown(_) => {}
            // The index of a key goes by the constraint's name (measured on 15).
            TableAction::RenameConstraint { from, .. } => {
                self.own_index(work, from, LockMode::ShareUpdateExclusive);
            }
        }
    }

    /// An index of the table that an action names.
    pub(super) fn own_index(&self, work: &mut Work<'a>, index: &Ident, mode: LockMode) {
        if let Some(index) = self.target.index(index) {
            work.lock_index(self.target, index, mode);
        }
    }

    /// The sequences that belong to a column, or to any of the table's.
    pub(super) fn owned_sequences(
        &self,
        work: &mut Work<'a>,
        column: Option<&Ident>,
        mode: LockMode,
    ) {
        let all = work.before.dependents(&self.target.name);
        let owned = all.filter(|sequence| {
            sequence.owned_by.as_ref().is_some_and(|(table, own)| {
                *table == self.target.name && column.is_none_or(|column| column == own)
            })
        });
        for sequence in owned.collect::<Vec<_>>() {
            work.lock(sequence, mode);
        }
    }

    /// From 15 on the table's sequences change along (PostgreSQL 15 release notes, E.18.3.1).
    fn set_logged(&mut self, work: &mut Work<'a>, logged: bool) {
        let is_logged = self.target.persistence == Persistence::Permanent;
        if is_logged != logged {
            self.rewrite.insert(self.target.name.clone());
            if work.version() >= 15 {
                self.owned_sequences(work, None, LockMode::AccessExclusive);
            }
        }
    }

    /// What goes with a column: its indexes, its sequence, foreign keys of either side, views.
    fn drop_column(&mut self, work: &mut Work<'a>, column: &Ident) {
        for member in work.family(self.target) {
            let Some(own) = member.column(column) else {
                continue;
            };
            if member.name != self.target.name && !own.inherited {
                continue;
            }
            work.lock(member, self.mode);
            for index in member.indexes.iter().filter(|index| uses(index, column)) {
                work.lock_index(member, index, LockMode::AccessExclusive);
            }
        }
        self.owned_sequences(work, Some(column), LockMode::AccessExclusive);
        super::drop::lock_what_goes(work);
    }

    fn finish(mut self, work: &mut Work<'a>) {
        alter_type::rebuild_dependents(work, &mut self);
        for member in work.family(self.target) {
            if self.rewrite.contains(&member.name) {
                work.rewrite(member);
            } else if self.verify.contains(&member.name) {
                work.scan(member);
            }
        }
        for (table, index, build) in &self.rebuild {
            let Some(table) = work.before.get(table) else {
                continue;
            };
            let Some(index) = table.index(index) else {
                continue;
            };
            work.lock_index(table, index, LockMode::AccessExclusive);
            if *build && table.kind != RelationKind::PartitionedTable {
                let built = index_name(table, rebuilt(work, table, index));
                work.effects.builds.insert(built);
                work.scan(table);
            }
        }
        self.new_indexes(work);
    }

    /// Indexes the statement made: on the table and, by PostgreSQL's recursion, on its partitions.
    fn new_indexes(&self, work: &mut Work<'a>) {
        let adopted = |name: &Ident| {
            self.has(|action| {
                matches!(action, TableAction::AddConstraint(added)
                    if matches!(&added.kind, TableConstraintKind::UsingIndex { index, .. }
                        if added.name.as_ref().unwrap_or(index) == name))
            })
        };
        // Given or made, the new name can be that of an index that goes.
        let replaced = |name: &Ident| {
            self.has(|action| {
                matches!(action, TableAction::DropConstraint { name: dropped, .. } if dropped == name)
            })
        };
        // Up to 17 the triggers of one that waits are what its partitions are locked for
        // (measured: `unique_key.unique_partitioned_deferrable`).
        let waits = self.has(|action| {
            matches!(action, TableAction::AddConstraint(added)
                if added.attributes.deferrable == Some(true)
                    && matches!(added.kind, TableConstraintKind::Unique { .. } | TableConstraintKind::PrimaryKey { .. }))
        });
        let of_parts = match waits {
            true => LockMode::ShareRowExclusive,
            false => LockMode::Share,
        };
        let renames = self.has(|action| {
            matches!(
                action,
                TableAction::RenameTo(_)
                    | TableAction::RenameConstraint { .. }
                    | TableAction::SetSchema(_)
            )
        });
        if renames {
            return;
        }
        for table in work.family(self.target) {
            let Some(after) = work.after.get(&table.name) else {
                continue;
            };
            for index in &after.indexes {
                if let Some(own) = table.index(&index.name)
                    && own.partition_of.is_none()
                    && index.partition_of.is_some()
                {
                    // A partition's own index becomes a part of the new one
                    // (measured: `unique_key.pk_partitioned_partition_has_it`).
                    work.lock(table, LockMode::Share);
                    work.lock_index(table, own, LockMode::Share);
                }
                let known = table.index(&index.name).is_some() && !replaced(&index.name);
                let of_rebuilt = |(of, old, _): &(ResolvedName, Ident, bool)| {
                    let old = table.index(old).filter(|_| *of == table.name);
                    old.is_some_and(|old| rebuilt(work, table, old).name == index.name)
                };
                if known || adopted(&index.name) || self.rebuild.iter().any(of_rebuilt) {
                    continue;
                }
                if table.name != self.target.name {
                    work.lock(table, of_parts);
                }
                if table.kind != RelationKind::PartitionedTable {
                    work.effects.builds.insert(index_name(table, index));
                    work.scan(table);
                }
            }
        }
    }
}

/// What an index is called once it is made again: a part of a partitioned index loses its own name.
fn rebuilt<'a>(work: &Work<'a>, table: &'a Relation, index: &'a Index) -> &'a Index {
    let after = work.after.get(&table.name);
    let is_it = |own: &&Index| {
        own.partition_of.is_some() && own.elements == index.elements && own.unique == index.unique
    };
    let new =
        after.filter(|after| index.partition_of.is_some() && after.index(&index.name).is_none());
    new.and_then(|after| after.indexes.iter().find(is_it))
        .unwrap_or(index)
}

/// Whether an index has a column among its keys, its INCLUDE, or in an expression or its predicate.
pub(super) fn uses(index: &Index, column: &Ident) -> bool {
    let mut inside = Vec::new();
    for element in &index.elements {
        match &element.key {
            IndexKey::Column(own) => inside.push(own.clone()),
            IndexKey::Expr(expr) => super::expr::columns(&expr.expr, &mut inside),
        }
    }
    if let Some(predicate) = &index.predicate {
        super::expr::columns(&predicate.expr, &mut inside);
    }
    inside.contains(column) || index.include.contains(column)
}

/// The lock an action needs (PostgreSQL 18 manual, ALTER TABLE, and the measurements of each family).
fn lock_mode(action: &TableAction, kind: RelationKind) -> LockMode {
    use LockMode::{AccessExclusive, ShareRowExclusive, ShareUpdateExclusive};
    match action {
        TableAction::SetStatistics { .. }
        | TableAction::SetColumnOptions { .. }
        | TableAction::ClusterOn(_)
        | TableAction::SetWithoutCluster
        | TableAction::ValidateConstraint(_)
        | TableAction::AttachPartition { .. } => ShareUpdateExclusive,
        TableAction::DetachPartition { mode, .. } => match mode {
            DetachMode::Plain => AccessExclusive,
            DetachMode::Concurrently | DetachMode::Finalize => ShareUpdateExclusive,
        },
        TableAction::SetOptions { options, .. } => options
            .iter()
            .map(|option| option_lock(option, kind))
            .max()
            .unwrap_or(AccessExclusive),
        TableAction::AddConstraint(added) => match added.kind {
            TableConstraintKind::ForeignKey { .. } => ShareRowExclusive,
            TableConstraintKind::Check(_)
            | TableConstraintKind::NotNull(_)
            | TableConstraintKind::PrimaryKey { .. }
            | TableConstraintKind::Unique { .. }
            | TableConstraintKind::UsingIndex { .. }
            | TableConstraintKind::Exclude { .. } => AccessExclusive,
        },
        TableAction::Trigger { .. } => ShareRowExclusive,
        TableAction::AddColumn { .. }
        | TableAction::DropColumn { .. }
        | TableAction::AlterType { .. }
        | TableAction::SetDefault { .. }
        | TableAction::DropDefault(_)
        | TableAction::SetNotNull(_)
        | TableAction::DropNotNull(_)
        | TableAction::SetExpression { .. }
        | TableAction::DropExpression { .. }
        | TableAction::AddIdentity { .. }
        | TableAction::AlterIdentity { .. }
        | TableAction::DropIdentity { .. }
        | TableAction::SetStorage { .. }
        | TableAction::SetCompression { .. }
        | TableAction::AlterConstraint { .. }
        | TableAction::DropConstraint { .. }
        | TableAction::Rule { .. }
        | TableAction::RowSecurity(_)
        | TableAction::SetWithoutOids
        | TableAction::SetAccessMethod(_)
        | TableAction::SetTablespace(_)
        | TableAction::SetLogged(_)
        | TableAction::Inherit(_)
        | TableAction::NoInherit(_)
        | TableAction::OfType(_)
        | TableAction::NotOf
        | TableAction::OwnerTo(_)
        | TableAction::ReplicaIdentity(..)
        | TableAction::SetSchema(_)
        | TableAction::RenameTo(_)
        | TableAction::RenameColumn { .. }
        | TableAction::RenameConstraint { .. }
        | TableAction::DependsOnExtension
        | TableAction::ForeignOptions { .. }
        | TableAction::Unknown(_) => AccessExclusive,
    }
}

/// Storage parameters whose change holds up everybody; the others, and all of a table's but one, only other DDL
/// (lock-truth: `table_settings.set_user_catalog_table`, `view.set_security_barrier`).
fn option_lock(option: &StorageOption, kind: RelationKind) -> LockMode {
    const STRONG: &[&str] = &[
        "user_catalog_table",
        "fastupdate",
        "gin_pending_list_limit",
        "buffering",
        "autosummarize",
        "pages_per_range",
        "length",
    ];
    if kind == RelationKind::View || STRONG.contains(&option.name.as_str()) {
        LockMode::AccessExclusive
    } else {
        LockMode::ShareUpdateExclusive
    }
}

/// Whether an action takes its lock on everything below the table too.
fn recurses(action: &TableAction, version: u16, target: &Relation) -> bool {
    let partitioned = target.kind == RelationKind::PartitionedTable;
    match action {
        TableAction::AddColumn { .. }
        | TableAction::AlterType { .. }
        | TableAction::SetDefault { .. }
        | TableAction::DropDefault(_)
        | TableAction::SetNotNull(_)
        | TableAction::DropNotNull(_)
        | TableAction::SetExpression { .. }
        | TableAction::DropExpression { .. }
        | TableAction::SetStatistics { .. }
        | TableAction::SetStorage { .. }
        | TableAction::RenameColumn { .. } => true,
        TableAction::Trigger { .. } => partitioned,
        TableAction::AddIdentity { .. }
        | TableAction::AlterIdentity { .. }
        | TableAction::DropIdentity { .. } => partitioned && version >= 17,
        TableAction::RenameConstraint { from, .. } => {
            let constraint = target.constraint(from);
            constraint.is_some_and(|one| {
                matches!(one.kind, ConstraintKind::Check(_) | ConstraintKind::NotNull)
                    && !one.no_inherit
            })
        }
        // From 18 on all descendants are locked before anything is looked at
        // (lock-truth: `check_constraint.add_no_inherit`, `unique_key.unique_partitioned`).
        TableAction::AddConstraint(_) if version >= 18 => true,
        TableAction::AddConstraint(added) => match &added.kind {
            TableConstraintKind::Check(_) => added.attributes.no_inherit != Some(true),
            TableConstraintKind::ForeignKey { .. } => partitioned,
            TableConstraintKind::NotNull(_)
            | TableConstraintKind::PrimaryKey { .. }
            | TableConstraintKind::Unique { .. }
            | TableConstraintKind::UsingIndex { .. }
            | TableConstraintKind::Exclude { .. } => false,
        },
        TableAction::DropColumn { .. }
        | TableAction::SetColumnOptions { .. }
        | TableAction::SetCompression { .. }
        | TableAction::AlterConstraint { .. }
        | TableAction::ValidateConstraint(_)
        | TableAction::DropConstraint { .. }
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
        | TableAction::DependsOnExtension
        | TableAction::ForeignOptions { .. }
        | TableAction::Unknown(_) => false,
    }
}

/// ALTER INDEX, and ALTER TABLE on an index.
fn alter_index(work: &mut Work<'_>, alter: &AlterTable, table: &Relation, index: &Index) {
    for action in &alter.actions {
        let mode = match &action.action {
            TableAction::RenameTo(_) if alter.object == ObjectKind::Index => {
                LockMode::ShareUpdateExclusive
            }
            TableAction::SetStatistics { .. } => LockMode::ShareUpdateExclusive,
            TableAction::SetOptions { options, .. } => options
                .iter()
                .map(|option| option_lock(option, table.kind))
                .max()
                .unwrap_or(LockMode::AccessExclusive),
            TableAction::AttachPartition { partition, .. } => {
                if let Some((part, own)) = work.before.index(partition) {
                    let (part, own) = (part.clone(), own.clone());
                    work.lock(&part, LockMode::AccessShare);
                    work.lock_index(&part, &own, LockMode::AccessExclusive);
                }
                work.lock(table, LockMode::AccessShare);
                LockMode::ShareUpdateExclusive
            }
            _ => LockMode::AccessExclusive,
        };
        work.lock_index(table, index, mode);
    }
}

/// A composite type, which PostgreSQL keeps as a relation.
pub(super) fn lock_composite(work: &mut Work<'_>, name: &QualifiedName, mode: LockMode) {
    if let Some(found) = work.before.type_def(name)
        && matches!(found.kind, EnumOrOther::Composite(_))
    {
        work.hold(&found.name, LockedKind::CompositeType, mode);
    }
}
