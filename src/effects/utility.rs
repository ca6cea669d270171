//! Statements known by name: CALL, EXPLAIN, DECLARE, those of tablespaces and owners, and those outside of blocks.

use super::work::Work;
use super::{LockMode, TransactionRule, body, query};
use crate::schema::{Relation, RelationKind};
use crate::sql::ast::{Expr, Query, QueryBody, SelectItem};

/// What such a statement does.
pub(super) fn effects(work: &mut Work<'_>, command: &str, inside: Option<&Query>) {
    match command {
        "call" => {
            if let Some(name) = inside.and_then(|query| called(query)) {
                body::procedure(work, name);
            }
        }
        "explain-analyze" => {
            if let Some(inside) = inside {
                query::run(work, inside);
            }
        }
        "declare" if !work.session.in_transaction() => {
            work.effects.transaction = TransactionRule::Required;
            work.refuse(
                "25P01",
                "DECLARE CURSOR can only be used in transaction blocks",
            );
        }
        "explain" | "declare" | "declare-hold" => {
            if let Some(inside) = inside {
                // Planned, not run to its end.
                let scans = work.effects.scans.clone();
                query::run(work, inside);
                work.effects.scans = scans;
            }
        }
        // It is read and rewritten, not planned (measured: `traffic.prepare`).
        "prepare" => {
            if let Some(inside) = inside {
                query::parse_only(work, inside);
            }
        }
        "commit-prepared" => work.forbid_block("COMMIT PREPARED"),
        "rollback-prepared" => work.forbid_block("ROLLBACK PREPARED"),
        "alter-system" => work.forbid_block("ALTER SYSTEM"),
        "discard-all" => work.forbid_block("DISCARD ALL"),
        "alter-table-all-in-tablespace" => all_in_tablespace(work, |one| {
            matches!(
                one.kind,
                RelationKind::Table | RelationKind::PartitionedTable
            )
        }),
        "alter-materialized-view-all-in-tablespace" => {
            all_in_tablespace(work, |one| one.kind == RelationKind::MaterializedView);
        }
        "alter-index-all-in-tablespace" => {
            let before = work.before;
            for relation in before.relations() {
                work.lock_indexes(relation, LockMode::AccessExclusive);
            }
        }
        // Who owns what is not known: everything may be theirs.
        "drop-owned" | "reassign-owned" => {
            work.effects.guessed = true;
            let before = work.before;
            for relation in before.relations() {
                work.lock(relation, LockMode::AccessExclusive);
                work.lock_indexes(relation, LockMode::AccessExclusive);
            }
        }
        _ => {}
    }
}

fn called(query: &Query) -> Option<&crate::sql::ast::QualifiedName> {
    let QueryBody::Select(select) = &query.body else {
        return None;
    };
    match select.projection.as_slice() {
        [
            SelectItem::Expr {
                expr: Expr::Call(call),
                ..
            },
        ] => Some(&call.name),
        _ => None,
    }
}

/// Which tablespace a relation lies in is not kept: all of a kind may move (lock-truth:
/// `table_settings.all_in_tablespace`).
fn all_in_tablespace(work: &mut Work<'_>, moves: impl Fn(&Relation) -> bool) {
    let before = work.before;
    for relation in before.relations().filter(|one| moves(one)) {
        work.lock(relation, LockMode::AccessExclusive);
    }
}
