//! The kind of a statement, as JSON, reports and configuration write it.

use super::ast::{
    AlterAction, AlterDomain, AlterEnum, Change, CreateTable, DmlVerb, ObjectAction, ObjectKind,
    PublicationVerb, TableAction, TransactionControl,
};

/// The kind of a change: `create-table`, `alter-table/add-column`, `drop-index`, `insert`.
pub(crate) fn kind(change: &Change) -> String {
    match change {
        Change::CreateTable(table) => create_table(table).to_owned(),
        Change::AlterTable(alter) => alter_relation(alter.object, &alter.actions),
        Change::CreateIndex(_) => "create-index".to_owned(),
        Change::CreateView(view) if view.materialized => "create-materialized-view".to_owned(),
        Change::CreateView(_) => "create-view".to_owned(),
        Change::CreateSequence(_) => "create-sequence".to_owned(),
        Change::AlterSequence(_) => "alter-sequence".to_owned(),
        Change::CreateType(_) => "create-type".to_owned(),
        Change::AlterEnum { action, .. } => match action {
            AlterEnum::AddValue { .. } => "alter-type/add-value".to_owned(),
            AlterEnum::RenameValue { .. } => "alter-type/rename-value".to_owned(),
        },
        Change::AlterComposite { actions, .. } => {
            alter_relation(ObjectKind::Type, actions).replace("column", "attribute")
        }
        Change::CreateDomain(_) => "create-domain".to_owned(),
        Change::AlterDomain { action, .. } => format!("alter-domain/{}", alter_domain(action)),
        Change::CreateRoutine(routine) => format!("create-{}", routine.object),
        Change::CreateTrigger(_) => "create-trigger".to_owned(),
        Change::CreatePolicy(_) => "create-policy".to_owned(),
        Change::AlterPolicy(policy) if policy.rename_to.is_some() => {
            "alter-policy/rename".to_owned()
        }
        Change::AlterPolicy(_) => "alter-policy".to_owned(),
        Change::CreateSchema { .. } => "create-schema".to_owned(),
        Change::CreateExtension { .. } => "create-extension".to_owned(),
        Change::CreateOperator(_) => "create-operator".to_owned(),
        Change::CreateCast(_) => "create-cast".to_owned(),
        Change::CreateObject { object, .. } => format!("create-{object}"),
        Change::Publication(publication) => match publication.verb {
            PublicationVerb::Create => "create-publication".to_owned(),
            PublicationVerb::Add
            | PublicationVerb::Set
            | PublicationVerb::Drop
            | PublicationVerb::Options => "alter-publication".to_owned(),
        },
        Change::AlterObject(alter) => match &alter.action {
            ObjectAction::RenameTo(_) => format!("alter-{}/rename", alter.object),
            ObjectAction::SetSchema(_) => format!("alter-{}/set-schema", alter.object),
            ObjectAction::OwnerTo(_) => format!("alter-{}/owner", alter.object),
            ObjectAction::Other(_) => format!("alter-{}", alter.object),
        },
        Change::Drop(drop) => format!("drop-{}", drop.object),
        Change::Comment { .. } => "comment".to_owned(),
        Change::Privileges(privileges) if privileges.grant => "grant".to_owned(),
        Change::Privileges(_) => "revoke".to_owned(),
        Change::DefaultPrivileges(_) => "alter-default-privileges".to_owned(),
        Change::Dml(dml) => verb(dml.verb).to_owned(),
        Change::Copy { .. } => "copy".to_owned(),
        Change::Truncate { .. } => "truncate".to_owned(),
        Change::Lock { .. } => "lock".to_owned(),
        Change::Vacuum { vacuum: true, .. } => "vacuum".to_owned(),
        Change::Vacuum { .. } => "analyze".to_owned(),
        Change::Cluster { .. } => "cluster".to_owned(),
        Change::Reindex { .. } => "reindex".to_owned(),
        Change::RefreshMaterializedView { .. } => "refresh-materialized-view".to_owned(),
        Change::Transaction(control) => transaction(control).to_owned(),
        Change::Set(_) => "set".to_owned(),
        Change::Do { .. } => "do".to_owned(),
        Change::Utility { command, .. } => command.clone(),
        Change::Psql { .. } => "psql".to_owned(),
        Change::Opaque { .. } => "opaque".to_owned(),
    }
}

fn create_table(table: &CreateTable) -> &'static str {
    if table.server.is_some() {
        "create-foreign-table"
    } else if table.as_query.is_some() {
        "create-table-as"
    } else {
        "create-table"
    }
}

fn alter_relation(object: ObjectKind, actions: &[AlterAction]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for name in actions.iter().map(|action| action_kind(&action.action)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() {
        format!("alter-{object}")
    } else {
        format!("alter-{object}/{}", names.join("+"))
    }
}

/// The part of the kind behind the slash.
pub(crate) fn action_kind(action: &TableAction) -> &'static str {
    match action {
        TableAction::AddColumn { .. } => "add-column",
        TableAction::DropColumn { .. } => "drop-column",
        TableAction::AlterType { .. } => "alter-column-type",
        TableAction::SetDefault { .. } => "set-default",
        TableAction::DropDefault(_) => "drop-default",
        TableAction::SetNotNull(_) => "set-not-null",
        TableAction::DropNotNull(_) => "drop-not-null",
        TableAction::SetExpression { .. } => "set-expression",
        TableAction::DropExpression { .. } => "drop-expression",
        TableAction::AddIdentity { .. } => "add-identity",
        TableAction::AlterIdentity { .. } => "alter-identity",
        TableAction::DropIdentity { .. } => "drop-identity",
        TableAction::SetStatistics { .. } => "set-statistics",
        TableAction::SetColumnOptions { .. } => "set-column-options",
        TableAction::SetStorage { .. } => "set-storage",
        TableAction::SetCompression { .. } => "set-compression",
        TableAction::AddConstraint(_) => "add-constraint",
        TableAction::AlterConstraint { .. } => "alter-constraint",
        TableAction::ValidateConstraint(_) => "validate-constraint",
        TableAction::DropConstraint { .. } => "drop-constraint",
        TableAction::Trigger { .. } => "trigger",
        TableAction::Rule { .. } => "rule",
        TableAction::RowSecurity(_) => "row-security",
        TableAction::ClusterOn(_) => "cluster-on",
        TableAction::SetWithoutCluster => "set-without-cluster",
        TableAction::SetWithoutOids => "set-without-oids",
        TableAction::SetAccessMethod(_) => "set-access-method",
        TableAction::SetTablespace(_) => "set-tablespace",
        TableAction::SetLogged(true) => "set-logged",
        TableAction::SetLogged(false) => "set-unlogged",
        TableAction::SetOptions { .. } => "set-options",
        TableAction::Inherit(_) => "inherit",
        TableAction::NoInherit(_) => "no-inherit",
        TableAction::OfType(_) => "of",
        TableAction::NotOf => "not-of",
        TableAction::OwnerTo(_) => "owner",
        TableAction::ReplicaIdentity(..) => "replica-identity",
        TableAction::AttachPartition { .. } => "attach-partition",
        TableAction::DetachPartition { .. } => "detach-partition",
        TableAction::SetSchema(_) => "set-schema",
        TableAction::RenameTo(_) => "rename",
        TableAction::RenameColumn { .. } => "rename-column",
        TableAction::RenameConstraint { .. } => "rename-constraint",
        TableAction::DependsOnExtension => "depends-on-extension",
        TableAction::ForeignOptions { .. } => "foreign-options",
        TableAction::Unknown(_) => "unknown",
    }
}

fn alter_domain(action: &AlterDomain) -> &'static str {
    match action {
        AlterDomain::Default(Some(_)) => "set-default",
        AlterDomain::Default(None) => "drop-default",
        AlterDomain::NotNull(true) => "set-not-null",
        AlterDomain::NotNull(false) => "drop-not-null",
        AlterDomain::AddConstraint(_) => "add-constraint",
        AlterDomain::DropConstraint { .. } => "drop-constraint",
        AlterDomain::ValidateConstraint(_) => "validate-constraint",
        AlterDomain::RenameConstraint { .. } => "rename-constraint",
    }
}

fn verb(verb: DmlVerb) -> &'static str {
    match verb {
        DmlVerb::Select => "select",
        DmlVerb::Insert => "insert",
        DmlVerb::Update => "update",
        DmlVerb::Delete => "delete",
        DmlVerb::Merge => "merge",
    }
}

fn transaction(control: &TransactionControl) -> &'static str {
    match control {
        TransactionControl::Begin => "begin",
        TransactionControl::Commit => "commit",
        TransactionControl::Rollback => "rollback",
        TransactionControl::CommitAndChain => "commit-and-chain",
        TransactionControl::RollbackAndChain => "rollback-and-chain",
        TransactionControl::Savepoint(_) => "savepoint",
        TransactionControl::Release(_) => "release",
        TransactionControl::RollbackTo(_) => "rollback-to",
        TransactionControl::Set { .. } => "set-transaction",
        TransactionControl::TwoPhase => "two-phase",
    }
}
