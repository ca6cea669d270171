//! Publications: the locks on what they publish, and updates that cannot be replicated.

use super::LockMode;
use super::work::Work;
use crate::schema::{ConstraintKind, Relation};
use crate::sql::ast::{PublicationChange, PublicationVerb};

/// `CREATE PUBLICATION` and `ALTER PUBLICATION .. ADD | SET | DROP` (lock-truth: the family `replication`).
pub(super) fn effects(work: &mut Work<'_>, change: &PublicationChange) {
    const MODE: LockMode = LockMode::ShareUpdateExclusive;
    for published in &change.tables {
        let Some(table) = work.relation(&published.table) else {
            continue;
        };
        work.lock(table, MODE);
        let inherited = !published.only && change.verb != PublicationVerb::Drop;
        for child in work.family(table) {
            if inherited && child.partition_of.is_none() {
                work.lock(child, MODE);
            }
        }
    }
    if change.verb == PublicationVerb::Set {
        // What is left out goes (measured: `object.publication_set_table`).
        let before = work.before.publications();
        let own = before.filter(|(name, _)| **name == change.name);
        let tables: Vec<_> = own
            .flat_map(|(_, own)| own.tables.iter().map(|one| one.table.clone()))
            .collect();
        for table in tables {
            work.lock_named(&table, MODE);
        }
    }
}

/// A published table whose rows nothing identifies takes no UPDATE and no DELETE
/// (lock-truth: `replication.publication_then_update_no_replica_identity`).
pub(super) fn refuse_without_identity(work: &mut Work<'_>, table: &Relation, verb: &str) {
    let published = work.before.publications().any(|(_, one)| {
        let (updates, deletes) = one.publishes;
        one.covers(table) && if verb == "DELETE" { deletes } else { updates }
    });
    let identified = match table.replica_identity.0.as_str() {
        "FULL" | "INDEX" => true,
        "NOTHING" => false,
        _ => {
            let keys = table.constraints.iter();
            keys.into_iter()
                .any(|one| one.kind == ConstraintKind::PrimaryKey)
        }
    };
    if published && !identified && table.columns_known {
        let (name, what) = match verb {
            "DELETE" => (&table.name.name, "deletes"),
            _ => (&table.name.name, "updates"),
        };
        let verb = if verb == "DELETE" {
            "delete from"
        } else {
            "update"
        };
        let message = format!(
            "cannot {verb} table \"{name}\" because it does not have a replica identity and publishes {what}"
        );
        work.refuse("55000", message);
    }
}
