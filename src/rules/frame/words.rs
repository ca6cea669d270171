//! The words that messages share: names as people say them, and who waits for a lock.

use crate::effects::LockMode;
use crate::schema::ResolvedName;

/// A name as people say it: without its schema where that is `public`.
pub(in crate::rules) fn short(name: &ResolvedName) -> String {
    if name.schema == "public" {
        name.name.to_string()
    } else {
        name.to_string()
    }
}

/// Who waits while a table is locked so (manual 18, table 13.2).
pub(in crate::rules) fn who_waits(mode: LockMode) -> &'static str {
    match mode {
        LockMode::AccessExclusive => "every read and write",
        LockMode::Exclusive => "every write and SELECT FOR UPDATE",
        LockMode::Share | LockMode::ShareRowExclusive => "every INSERT, UPDATE and DELETE",
        LockMode::ShareUpdateExclusive => "VACUUM and other DDL",
        LockMode::RowExclusive => "DDL that blocks writes",
        LockMode::RowShare | LockMode::AccessShare => "DDL that blocks reads",
    }
}

/// `ACCESS EXCLUSIVE on users blocks every read and write`; empty where no lock is known.
pub(in crate::rules) fn lock_clause(name: &ResolvedName, mode: Option<LockMode>) -> String {
    match mode {
        Some(mode) => format!("{mode} on {} blocks {}", short(name), who_waits(mode)),
        None => String::new(),
    }
}
