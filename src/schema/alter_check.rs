//! What ALTER TABLE refuses for the kind of relation, for its children or for what refers to it.

use super::session::Outcome;
use super::{Catalogue, ConstraintKind, Refusal, Relation, RelationKind, ResolvedName, Session};
use crate::sql::ast::{
    AlterAction, AlterTable, Ident, ObjectKind, Persistence, StorageOption, TableAction,
};

impl Session {
    /// Refuses with ONLY what a parent and its children must have in common.
    pub(super) fn may_leave_out_children(
        &self,
        table: &ResolvedName,
        alter: &AlterTable,
    ) -> Outcome {
        let relation = self.known(table)?;
        self.may_leave_out_partitions(relation, alter)?;
        if self.catalogue.children(table).next().is_none() {
            return Ok(());
        }
        for action in alter.actions.iter().map(|alter| &alter.action) {
            let message = match action {
                TableAction::AddColumn {
                    if_not_exists,
                    column,
                } => {
                    if relation.column(&column.name).is_some() {
                        if *if_not_exists {
                            continue;
                        }
                        return Err(Refusal::column_exists(&column.name, table));
                    }
                    "column must be added to child tables too".to_owned()
                }
                TableAction::AlterType { column, .. } => format!(
                    "type of inherited column \"{column}\" must be changed in child tables too"
                ),
                TableAction::RenameColumn { from, .. } => {
                    format!("inherited column \"{from}\" must be renamed in child tables too")
                }
                TableAction::DropColumn { .. }
                    if relation.kind == RelationKind::PartitionedTable =>
                {
                    "cannot drop column from only the partitioned table when partitions exist"
                        .to_owned()
                }
                _ => continue,
            };
            return Err(Refusal::new("42P16", message));
        }
        Ok(())
    }

    /// From 17 on the identity columns of a partitioned table are those of its partitions, of which there may be none
    /// (`ATExecAddIdentity`, `ATExecSetIdentity`, `ATExecDropIdentity`).
    fn may_leave_out_partitions(&self, relation: &Relation, alter: &AlterTable) -> Outcome {
        let whole = relation.kind == RelationKind::PartitionedTable;
        if self.version < 17 || !whole || relation.partition_of.is_some() {
            return Ok(());
        }
        for action in alter.actions.iter().map(|alter| &alter.action) {
            let (what, column) = match action {
                TableAction::AddIdentity { column, .. } => ("add identity to a column", column),
                TableAction::AlterIdentity { column, .. } => ("change identity column", column),
                TableAction::DropIdentity { column, .. } => ("drop identity from a column", column),
                _ => continue,
            };
            if relation.column(column).is_some() {
                let message = format!("cannot {what} of only the partitioned table");
                return Err(Refusal::new("42P16", message));
            }
        }
        Ok(())
    }

    /// Refuses to drop a column that the statement has changed before: the children, which lose theirs together with
    /// the table, come to the first action only then (`ATRewriteCatalogs`).
    pub(super) fn heirs_have(
        &self,
        table: &ResolvedName,
        alter: &AlterTable,
        dropped: &Ident,
    ) -> Outcome {
        let actions = alter.actions.iter().map(|alter| &alter.action);
        let before = actions.take_while(
            |action| !matches!(action, TableAction::DropColumn { column, .. } if column == dropped),
        );
        let mut changed = before.filter(|action| match action {
            TableAction::DropDefault(column) | TableAction::DropExpression { column, .. } => {
                column == dropped
            }
            TableAction::DropNotNull(column) => column == dropped && self.version() < 18,
            _ => false,
        });
        if alter.only || changed.next().is_none() {
            return Ok(());
        }
        self.heir_names(table).iter().try_for_each(|heir| {
            let relation = self.known(heir)?;
            match relation.columns_known && relation.column(dropped).is_none() {
                true => Err(Refusal::no_column(dropped, heir)),
                false => Ok(()),
            }
        })
    }

    /// Refuses, after all else, new values in rows that other tables store in columns of the row type
    /// (`ATRewriteTables`).
    pub(super) fn may_store_anew(
        &self,
        table: &ResolvedName,
        alter: &AlterTable,
        before: &Catalogue,
    ) -> Outcome {
        let mut heirs = vec![table.clone()];
        while let Some(heir) = heirs.pop() {
            let mut actions = alter.actions.iter().map(|alter| &alter.action);
            let (Some(was), Some(is)) = (before.get(&heir), self.catalogue.get(&heir)) else {
                continue;
            };
            if matches!(
                is.kind,
                RelationKind::Table | RelationKind::MaterializedView
            ) && actions.any(|action| self.stores_anew(action, was, is))
                && let Some(user) = self.catalogue.stored_column_with(&heir)
            {
                let message = format!(
                    "cannot alter table \"{}\" because column \"{user}\" uses its row type",
                    heir.name
                );
                return Err(Refusal::new("0A000", message));
            }
            if !alter.only {
                heirs.extend(self.child_names(&heir));
            }
        }
        Ok(())
    }

    /// Whether an action gives the rows of a table new values.
    fn stores_anew(&self, action: &TableAction, was: &Relation, is: &Relation) -> bool {
        match action {
            TableAction::AddColumn { column, .. } if was.column(&column.name).is_none() => {
                let new = is.column(&column.name);
                new.is_some_and(|new| {
                    let computed = new.generated.is_some() || new.identity.is_some();
                    computed || new.default.is_some() || self.catalogue.domain_refuses(&new.ty)
                })
            }
            TableAction::AlterType { column, .. } => is.column(column).is_some(),
            TableAction::SetExpression { column, .. } => {
                let generated = is.column(column).and_then(|own| own.generated.as_ref());
                generated.is_some_and(|generated| generated.stored)
            }
            TableAction::SetLogged(_) => was.persistence != is.persistence,
            _ => false,
        }
    }

    /// Refuses to drop an expression where children have children: PostgreSQL goes down one step only
    /// (`ATPrepDropExpression`).
    pub(super) fn may_drop_expression(
        &self,
        table: &ResolvedName,
        column: &Ident,
        only: bool,
    ) -> Outcome {
        let has_heirs = |name: &ResolvedName| self.catalogue.children(name).next().is_some();
        let mut heirs = self.child_names(table).into_iter();
        if only && has_heirs(table) || heirs.any(|heir| has_heirs(&heir)) {
            let message = "ALTER TABLE / DROP EXPRESSION must be applied to child tables too";
            return Err(Refusal::new("0A000", message));
        }
        let relation = self.known(table)?;
        match relation.column(column) {
            None => super::constraint::missing_column(relation, column),
            Some(found) if found.inherited => {
                let message = "cannot drop generation expression from inherited column";
                Err(Refusal::new("42P16", message))
            }
            Some(_) => Ok(()),
        }
    }

    /// `SET LOGGED` and `SET UNLOGGED`, which a foreign key can forbid (`ATPrepChangePersistence`).
    pub(super) fn set_logged(&mut self, table: &ResolvedName, logged: bool) -> Outcome {
        let relation = self.known(table)?;
        let persistence = if logged {
            Persistence::Permanent
        } else {
            Persistence::Unlogged
        };
        if relation.persistence == persistence {
            return Ok(());
        }
        let published = |own: &super::Publication| {
            let mut tables = own.tables.iter();
            tables.any(|one| one.table == *table)
        };
        if !logged && self.catalogue.publications().any(|(_, own)| published(own)) {
            let message = format!(
                "cannot change table \"{}\" to unlogged because it is part of a publication",
                table.name
            );
            return Err(Refusal::new("55000", message));
        }
        let refers = |from: &Relation, to: &ResolvedName| {
            from.constraints.iter().any(|constraint| {
                matches!(&constraint.kind, ConstraintKind::ForeignKey { table, .. } if table == to)
            })
        };
        let is = |other: &Relation| other.persistence;
        let in_the_way = if logged {
            self.catalogue.relations().any(|other| {
                other.name != *table
                    && refers(relation, &other.name)
                    && is(other) == Persistence::Unlogged
            })
        } else {
            self.catalogue
                .dependents(table)
                .any(|other| refers(other, table) && is(other) == Persistence::Permanent)
        };
        if in_the_way {
            let message = if logged {
                format!(
                    "could not change table \"{}\" to logged because it references unlogged table",
                    table.name
                )
            } else {
                format!(
                    "could not change table \"{}\" to unlogged because it references logged table",
                    table.name
                )
            };
            return Err(Refusal::new("42P16", message));
        }
        // It has no rows of its own to be logged.
        if relation.kind == RelationKind::PartitionedTable {
            return Ok(());
        }
        self.catalogue
            .edit(table, |relation| relation.persistence = persistence);
        self.spread_persistence(table, persistence);
        Ok(())
    }
}

/// Refuses `ALTER VIEW` of a table and an action of tables on a view.
pub(super) fn fits(relation: &Relation, alter: &AlterTable) -> Outcome {
    if !relation.columns_known && relation.kind == RelationKind::Table {
        return Ok(());
    }
    let name = &relation.name.name;
    let wrong = |word: &str| Err(Refusal::new("42809", format!("\"{name}\" is not {word}")));
    match alter.object {
        ObjectKind::View if relation.kind != RelationKind::View => return wrong("a view"),
        ObjectKind::MaterializedView if relation.kind != RelationKind::MaterializedView => {
            return wrong("a materialized view");
        }
        ObjectKind::Sequence if relation.kind != RelationKind::Sequence => {
            return wrong("a sequence");
        }
        // Renaming is the one thing any word will do for.
        ObjectKind::Index
            if !matches!(
                alter.actions.as_slice(),
                [AlterAction {
                    action: TableAction::RenameTo(_),
                    ..
                }]
            ) =>
        {
            return wrong("an index");
        }
        _ => {}
    }
    let is_table = matches!(
        relation.kind,
        RelationKind::Table | RelationKind::PartitionedTable | RelationKind::ForeignTable
    );
    if is_table && relation.kind != RelationKind::ForeignTable {
        return Ok(());
    }
    for action in alter.actions.iter().map(|alter| &alter.action) {
        let of_tables = match action {
            TableAction::SetOptions { reset, .. }
                if matches!(
                    relation.kind,
                    RelationKind::Sequence | RelationKind::ForeignTable
                ) =>
            {
                if *reset {
                    "RESET"
                } else {
                    "SET"
                }
            }
            _ if is_table => continue,
            TableAction::AddColumn { .. } => "ADD COLUMN",
            TableAction::DropColumn { .. } => "DROP COLUMN",
            TableAction::AddConstraint(_) => "ADD CONSTRAINT",
            TableAction::DropConstraint { .. } => "DROP CONSTRAINT",
            TableAction::SetNotNull(_) => "ALTER COLUMN ... SET NOT NULL",
            TableAction::DropNotNull(_) => "ALTER COLUMN ... DROP NOT NULL",
            TableAction::AlterType { .. } => "ALTER COLUMN ... SET DATA TYPE",
            TableAction::SetDefault { .. } | TableAction::DropDefault(_)
                if relation.kind != RelationKind::View =>
            {
                "ALTER COLUMN ... SET DEFAULT"
            }
            TableAction::SetStatistics { .. }
            | TableAction::SetColumnOptions { .. }
            | TableAction::SetStorage { .. }
                if relation.kind != RelationKind::MaterializedView =>
            {
                "ALTER COLUMN ... SET"
            }
            TableAction::ReplicaIdentity(..) | TableAction::ClusterOn(_)
                if relation.kind != RelationKind::MaterializedView =>
            {
                "REPLICA IDENTITY or CLUSTER ON"
            }
            TableAction::SetWithoutCluster if relation.kind != RelationKind::MaterializedView => {
                "SET WITHOUT CLUSTER"
            }
            TableAction::SetLogged(_) if relation.kind != RelationKind::Sequence => "SET LOGGED",
            TableAction::Trigger { .. } => "ENABLE TRIGGER",
            TableAction::Rule { .. } => "ENABLE RULE",
            TableAction::ValidateConstraint(_) => "VALIDATE CONSTRAINT",
            TableAction::AlterConstraint { .. } => "ALTER CONSTRAINT",
            TableAction::DropExpression { .. } => "ALTER COLUMN ... DROP EXPRESSION",
            TableAction::AddIdentity { .. } | TableAction::DropIdentity { .. }
                if relation.kind != RelationKind::View =>
            {
                "ALTER COLUMN ... IDENTITY"
            }
            TableAction::RowSecurity(_) => "ROW SECURITY",
            TableAction::SetWithoutOids => "SET WITHOUT OIDS",
            TableAction::Inherit(_) => "INHERIT",
            TableAction::NoInherit(_) => "NO INHERIT",
            TableAction::AttachPartition { .. } => "ATTACH PARTITION",
            TableAction::DetachPartition { .. } => "DETACH PARTITION",
            _ => continue,
        };
        let message =
            format!("ALTER action {of_tables} cannot be performed on relation \"{name}\"");
        return Err(Refusal::new("42809", message));
    }
    Ok(())
}

/// Refuses an action before any of the statement is taken (`ATPrepCmd`).
pub(super) fn may_begin(relation: &Relation, action: &TableAction, version: u16) -> Outcome {
    let typed = relation.of_type.is_some();
    if let TableAction::SetLogged(logged) = action
        && relation.kind == RelationKind::PartitionedTable
        && version >= 18
    {
        let message = format!(
            "ALTER action SET {} cannot be performed on relation \"{}\"",
            if *logged { "LOGGED" } else { "UNLOGGED" },
            relation.name.name
        );
        return Err(Refusal::new("42809", message));
    }
    let message = match action {
        TableAction::AddColumn { .. } if typed => "cannot add column to typed table",
        TableAction::DropColumn { .. } if typed => "cannot drop column from typed table",
        TableAction::AlterType { column, .. } if relation.column(column).is_none() => {
            return super::constraint::missing_column(relation, column);
        }
        TableAction::AlterType { .. } if typed => "cannot alter column type of typed table",
        TableAction::Inherit(_) if typed => "cannot change inheritance of typed table",
        TableAction::Inherit(_) if relation.partition_of.is_some() => {
            "cannot change inheritance of a partition"
        }
        TableAction::Inherit(_) if relation.partition_by.is_some() => {
            "cannot change inheritance of partitioned table"
        }
        _ => return Ok(()),
    };
    Err(Refusal::new("42809", message))
}

/// Refuses storage parameters of a partitioned table, those of its TOAST table apart
/// (`partitioned_table_reloptions`).
pub(super) fn may_have_options(
    relation: &Relation,
    options: &[StorageOption],
    version: u16,
) -> Outcome {
    if relation.kind != RelationKind::PartitionedTable {
        return Ok(());
    }
    let mut own = options.iter().map(|option| option.name.to_string());
    match own.find(|name| !name.starts_with("toast.")) {
        None => Ok(()),
        Some(option) if version < 16 => {
            let message = format!("unrecognized parameter \"{option}\"");
            Err(Refusal::new("22023", message))
        }
        Some(_) => {
            let message = "cannot specify storage parameters for a partitioned table";
            Err(Refusal::new("42809", message))
        }
    }
}

/// Refuses an index that cannot tell rows apart (`ATExecReplicaIdentity`).
pub(super) fn fits_replica_identity(relation: &Relation, name: &Ident) -> Outcome {
    let Some(index) = relation.index(name) else {
        let message = format!(
            "index \"{name}\" for table \"{}\" does not exist",
            relation.name.name
        );
        return Err(Refusal::new("42704", message));
    };
    let refuse = |sqlstate, what: &str| {
        let message = format!("cannot use {what} index \"{name}\" as replica identity");
        Err(Refusal::new(sqlstate, message))
    };
    if !index.unique {
        return refuse("42809", "non-unique");
    }
    let constraint = relation.constraint(name);
    if constraint.is_some_and(|constraint| constraint.deferrable) {
        return refuse("0A000", "non-immediate");
    }
    let columns = super::constraint::key_columns(&index.elements);
    if columns.len() < index.elements.len() {
        return refuse("0A000", "expression");
    }
    if index.predicate.is_some() {
        return refuse("0A000", "partial");
    }
    if !index.valid {
        return refuse("0A000", "invalid");
    }
    let nullable = columns.iter().find(|column| {
        relation
            .column(column)
            .is_some_and(|column| !column.not_null)
    });
    match nullable {
        Some(column) => {
            let message = format!(
                "index \"{name}\" cannot be used as replica identity because column \"{column}\" is nullable"
            );
            Err(Refusal::new("42809", message))
        }
        None => Ok(()),
    }
}
