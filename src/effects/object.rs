//! Statements about everything that is no table: sequences, types, triggers, policies, comments, grants.

use super::work::Work;
use super::{LockMode, LockedKind, alter_table, body};
use crate::schema::{Relation, RelationKind, ResolvedName};
use crate::sql::ast::*;

/// What such a statement locks.
pub(super) fn effects(work: &mut Work<'_>, change: &Change) {
    match change {
        Change::CreateSequence(create) => owner_of_sequence(work, &create.options),
        Change::AlterSequence(alter) => {
            owner_of_sequence(work, &alter.options);
            lock(work, &alter.name, LockMode::ShareRowExclusive);
            refuse_of_identity(work, alter);
        }
        Change::CreateTrigger(trigger) => {
            if let Some(table) = work.relation(&trigger.table) {
                let clones = if trigger.for_each_row {
                    work.family_if_partitioned(table)
                } else {
                    vec![table]
                };
                for member in clones {
                    work.lock(member, LockMode::ShareRowExclusive);
                }
            }
            if let Some(from) = &trigger.from {
                lock(work, from, LockMode::AccessShare);
            }
        }
        Change::CreatePolicy(policy) | Change::AlterPolicy(policy) => {
            lock(work, &policy.table, LockMode::AccessExclusive);
            lock_named(work, &policy.definition);
        }
        Change::CreateObject {
            object,
            relations,
            definition,
            ..
        } => {
            lock_named(work, definition.as_deref().unwrap_or_default());
            let mode = match object {
                ObjectKind::Rule => LockMode::AccessExclusive,
                ObjectKind::Statistics => LockMode::ShareUpdateExclusive,
                _ => LockMode::AccessShare,
            };
            if matches!(object, ObjectKind::Database | ObjectKind::Tablespace) {
                work.forbid_block(&format!("CREATE {}", object.as_str().to_ascii_uppercase()));
            }
            relations.iter().for_each(|name| lock(work, name, mode));
        }
        Change::CreateRoutine(routine) => {
            let language = routine.language.as_deref();
            body::created(work, language, routine.body.as_deref());
        }
        Change::AlterComposite { name, actions, .. } => alter_composite(work, name, actions),
        Change::AlterDomain { name, action } => alter_domain(work, name, action),
        Change::AlterObject(alter) => match alter.object {
            ObjectKind::Trigger | ObjectKind::Policy | ObjectKind::Rule => {
                let mode = match alter.action {
                    ObjectAction::Other(_) => LockMode::AccessShare,
                    ObjectAction::RenameTo(_)
                    | ObjectAction::SetSchema(_)
                    | ObjectAction::OwnerTo(_) => LockMode::AccessExclusive,
                };
                if let Some(table) = &alter.name.table {
                    lock(work, table, mode);
                    // From 15 on a trigger is renamed on the partitions too (measured: `partitioned.rename_trigger`).
                    let renames = matches!(alter.action, ObjectAction::RenameTo(_));
                    let clones = alter.object == ObjectKind::Trigger && work.version() >= 15;
                    if let Some(table) = work.relation(table).filter(|_| renames && clones) {
                        for member in work.family_if_partitioned(table) {
                            work.lock(member, mode);
                        }
                    }
                }
            }
            // Of a member the lock is that of any other dependence (`ExecAlterExtensionContentsStmt`).
            ObjectKind::Extension => {
                if let ObjectAction::Other(words) = &alter.action
                    && let Some(member) = member(words)
                {
                    lock(work, &member, LockMode::ShareUpdateExclusive);
                }
            }
            ObjectKind::Database => {
                if let ObjectAction::Other(words) = &alter.action
                    && words.to_ascii_lowercase().starts_with("set tablespace")
                {
                    work.forbid_block("ALTER DATABASE SET TABLESPACE");
                }
            }
            ObjectKind::Type => match alter.action {
                ObjectAction::OwnerTo(_) | ObjectAction::RenameTo(_) => {
                    alter_table::lock_composite(work, &alter.name.name, LockMode::AccessExclusive);
                }
                ObjectAction::SetSchema(_) | ObjectAction::Other(_) => {}
            },
            _ => {}
        },
        Change::Comment { object, name, .. } => comment(work, *object, name),
        Change::Privileges(privileges) => {
            // lock-truth: `policy_privilege.*`: only from 18 on.
            let on_tables = matches!(
                privileges.object,
                Some(ObjectKind::Table | ObjectKind::Sequence)
            );
            if work.version() >= 18 && on_tables && !privileges.all_in_schema {
                for name in &privileges.names {
                    lock(work, &name.name, LockMode::AccessShare);
                }
            }
        }
        Change::CreateSchema { .. }
        | Change::CreateExtension { .. }
        | Change::CreateOperator(_)
        | Change::CreateCast(_)
        | Change::CreateType(_)
        | Change::CreateDomain(_)
        | Change::AlterEnum { .. }
        | Change::DefaultPrivileges(_)
        | Change::Transaction(_)
        | Change::Set(_)
        | Change::Do { .. }
        | Change::Utility { .. }
        | Change::Psql { .. }
        | Change::Opaque { .. }
        | Change::CreateTable(_)
        | Change::AlterTable(_)
        | Change::CreateIndex(_)
        | Change::CreateView(_)
        | Change::Drop(_)
        | Change::Dml(_)
        | Change::Copy { .. }
        | Change::Publication(_)
        | Change::Truncate { .. }
        | Change::Lock { .. }
        | Change::Vacuum { .. }
        | Change::Cluster { .. }
        | Change::Reindex { .. }
        | Change::RefreshMaterializedView { .. } => {}
    }
}

/// The relation of `ADD TABLE a.t` or `DROP VIEW v`.
fn member(words: &str) -> Option<QualifiedName> {
    let lower = words.to_ascii_lowercase();
    let mut rest = lower.split_whitespace();
    let kinds = ["table", "view", "sequence"];
    if !matches!(rest.next()?, "add" | "drop") || !kinds.contains(&rest.next()?) {
        return None;
    }
    let name = rest.next().filter(|name| !name.contains('"'))?;
    Some(match name.split_once('.') {
        Some((schema, name)) => QualifiedName::new(Ident::folded(schema), Ident::folded(name)),
        None => QualifiedName::bare(Ident::folded(name)),
    })
}

/// The tables that a policy or rule names beside its own (lock-truth: `policy_privilege.create_policy_subquery`;
/// measured: `object.rule_naming_other_table`).
fn lock_named(work: &mut Work<'_>, text: &str) {
    for (name, writes) in work.before.tables_named(text) {
        let mode = match writes {
            true => LockMode::RowExclusive,
            false => LockMode::AccessShare,
        };
        work.lock_named(&name, mode);
    }
}

fn lock(work: &mut Work<'_>, name: &QualifiedName, mode: LockMode) {
    if let Some(relation) = work.relation(name) {
        work.lock(relation, mode);
    }
}

/// The sequence of an identity column stays with it (measured: `object.sequence_alter_identity_owned`).
fn refuse_of_identity(work: &mut Work<'_>, alter: &AlterSequence) {
    let moves = |option: &SequenceOption| matches!(option, SequenceOption::OwnedBy(_));
    let owner = work
        .relation(&alter.name)
        .and_then(|sequence| sequence.owned_by.as_ref());
    let identity = owner.is_some_and(|(table, column)| {
        let column = work
            .before
            .get(table)
            .and_then(|table| table.column(column));
        column.is_some_and(|column| column.identity.is_some())
    });
    if identity && alter.options.iter().any(moves) {
        work.refuse("0A000", "cannot change ownership of identity sequence");
    }
}

/// `OWNED BY` only looks at the table (lock-truth: `sequence.create_owned_by`).
fn owner_of_sequence(work: &mut Work<'_>, options: &[SequenceOption]) {
    for option in options {
        if let SequenceOption::OwnedBy(Some((table, _))) = option {
            lock(work, table, LockMode::AccessShare);
        }
    }
}

/// The type, and with CASCADE the tables made of it (lock-truth: `rename.composite_attribute_used_by_table`).
fn alter_composite(work: &mut Work<'_>, name: &QualifiedName, actions: &[AlterAction]) {
    alter_table::lock_composite(work, name, LockMode::AccessExclusive);
    let rewrites = actions
        .iter()
        .any(|action| matches!(action.action, TableAction::AlterType { .. }));
    for table in work.before.relations() {
        let Some(after) = work.after.get(&table.name) else {
            continue;
        };
        if after.columns != table.columns {
            work.lock(table, LockMode::AccessExclusive);
            if rewrites {
                work.rewrite(table);
            }
        }
    }
}

/// A new check of a domain reads every table that has a column of it (lock-truth: the family `type`).
fn alter_domain(work: &mut Work<'_>, name: &QualifiedName, action: &AlterDomain) {
    let reads = match action {
        AlterDomain::AddConstraint(added) => !added.attributes.not_valid,
        AlterDomain::NotNull(true) | AlterDomain::ValidateConstraint(_) => true,
        AlterDomain::Default(_)
        | AlterDomain::NotNull(false)
        | AlterDomain::DropConstraint { .. }
        | AlterDomain::RenameConstraint { .. } => false,
    };
    let Some(domain) = work.before.type_def(name).map(|found| found.name.clone()) else {
        return;
    };
    if !reads {
        return;
    }
    let (domains, holders) = work.before.domains_over(&domain);
    let in_array = work.before.relations().find_map(|table| {
        let column = table
            .columns
            .iter()
            .find(|column| column.ty.array && is_of(work, column, &domains))?;
        (table.query.is_none()).then(|| format!("{}.{}", table.name.name, column.name))
    });
    let held = holders
        .iter()
        .find_map(|holder| work.before.stored_column_with(holder));
    if let Some(user) = in_array.or(held) {
        let name = &domain.name;
        let message = format!("cannot alter type \"{name}\" because column \"{user}\" uses it");
        return work.refuse("0A000", message);
    }
    for table in work.before.relations() {
        let stores = matches!(
            table.kind,
            RelationKind::Table | RelationKind::MaterializedView
        );
        if stores
            && table
                .columns
                .iter()
                .any(|column| is_of(work, column, &domains))
        {
            work.lock(table, LockMode::Share);
            work.scan(table);
        }
    }
}

fn is_of(work: &Work<'_>, column: &crate::schema::Column, domains: &[ResolvedName]) -> bool {
    let found = work.before.type_def(&column.ty.qualified_name());
    found.is_some_and(|found| domains.contains(&found.name))
}

/// lock-truth: `policy_privilege.comment_*`.
fn comment(work: &mut Work<'_>, object: ObjectKind, name: &ObjectName) {
    match object {
        ObjectKind::Table
        | ObjectKind::View
        | ObjectKind::MaterializedView
        | ObjectKind::Sequence
        | ObjectKind::ForeignTable => lock(work, &name.name, LockMode::ShareUpdateExclusive),
        ObjectKind::Column => {
            if let Some(table) = &name.table {
                lock(work, table, LockMode::ShareUpdateExclusive);
                alter_table::lock_composite(work, table, LockMode::ShareUpdateExclusive);
            }
        }
        ObjectKind::Index => {
            if let Some((table, index)) = work.before.index(&name.name) {
                let (table, index): (&Relation, _) = (table, index);
                work.hold(
                    &super::work::index_name(table, index),
                    LockedKind::Index,
                    LockMode::ShareUpdateExclusive,
                );
            }
        }
        ObjectKind::Constraint | ObjectKind::Trigger | ObjectKind::Policy | ObjectKind::Rule => {
            if let Some(table) = &name.table {
                lock(work, table, LockMode::AccessShare);
            }
        }
        _ => {}
    }
}
