//! Reads one statement by its first words; each family has a file of its own.

use super::alter_object::alter;
use super::ast::{Change, TransactionControl};
use super::comment::comment;
use super::create::create;
use super::drop::drop_object;
use super::privilege::privileges;
use super::reader::{Read, Reader};
use super::routine::anonymous_block;
use super::rows::dml;
use super::transaction::{reset, set, transaction};
use super::utility::{cluster, command, copy, lock, refresh, reindex, truncate, vacuum};

/// Reads a whole statement. The error says why it is opaque; what is merely unread inside is noted.
pub(crate) fn statement(r: &mut Reader<'_>) -> Read<Change> {
    if r.is_punct(b'(') {
        return dml(r);
    }
    let start = r.clone();
    let verb = r.word()?;
    match verb.as_str() {
        "select" | "values" | "table" | "with" | "insert" | "update" | "delete" | "merge" => {
            *r = start;
            dml(r)
        }
        "create" => create(r),
        "alter" => alter(r),
        "drop" => drop_object(r),
        "comment" => comment(r),
        "security" => {
            r.expect("label")?;
            comment(r)
        }
        "grant" => privileges(r, true),
        "revoke" => privileges(r, false),
        "prepare" if r.is("transaction") => {
            r.take_rest();
            Ok(Change::Transaction(TransactionControl::TwoPhase))
        }
        "begin" | "start" | "commit" | "end" | "rollback" | "abort" | "savepoint" | "release" => {
            transaction(r, &verb)
        }
        "set" => set(r),
        "reset" => reset(r),
        "copy" => copy(r),
        "truncate" => truncate(r),
        "lock" => lock(r),
        "vacuum" => vacuum(r, true),
        "analyze" | "analyse" => vacuum(r, false),
        "cluster" => cluster(r),
        "reindex" => reindex(r),
        "refresh" => refresh(r),
        "do" => anonymous_block(r),
        "import" => Ok(command(r, "import-foreign-schema")),
        "reassign" => Ok(command(r, "reassign-owned")),
        "call" | "checkpoint" | "close" | "deallocate" | "declare" | "discard" | "execute"
        | "explain" | "fetch" | "listen" | "load" | "move" | "notify" | "prepare" | "show"
        | "unlisten" => Ok(command(r, &verb)),
        _ => Err(format!("`{verb}` begins no statement of PostgreSQL")),
    }
}
