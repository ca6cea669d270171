//! What PostgreSQL refuses of GRANT and REVOKE: privileges that a kind of object does not have.

use super::work::Work;
use crate::schema::RelationKind;
use crate::sql::ast::{ObjectKind, Privileges};

/// What a table, or whatever else has rows, has (manual 18, section 5.8 "Privileges").
const OF_TABLES: &[&str] = &[
    "SELECT",
    "INSERT",
    "UPDATE",
    "DELETE",
    "TRUNCATE",
    "REFERENCES",
    "TRIGGER",
    "MAINTAIN",
];

/// Refuses what does not go with the objects (`ExecuteGrantStmt`, `ExecGrant_Relation`).
pub(super) fn refuse(work: &mut Work<'_>, privileges: &Privileges) {
    let Some((known, shown)) = privileges.object.and_then(of_kind) else {
        return;
    };
    let foreign = foreign(privileges, known);
    // On a table means on a sequence, too, unless TABLE says more.
    let on_table = privileges.object == Some(ObjectKind::Table);
    match foreign {
        Some("USAGE") if on_table && !privileges.all_in_schema => of_tables(work, privileges),
        Some("USAGE") if on_table => {}
        Some(name) => {
            let message = format!("invalid privilege type {name} for {shown}");
            work.refuse("0LP01", message);
        }
        None => {}
    }
    for_roles_only(work, privileges);
}

/// The same of ALTER DEFAULT PRIVILEGES (`ExecAlterDefaultPrivilegesStmt`), where TABLES are no sequences.
pub(super) fn refuse_default(work: &mut Work<'_>, privileges: &Privileges) {
    if let Some((known, shown)) = privileges.object.and_then(of_kind)
        && let Some(name) = foreign(privileges, known)
    {
        let message = format!("invalid privilege type {name} for {shown}");
        work.refuse("0LP01", message);
    }
    for_roles_only(work, privileges);
}

fn for_roles_only(work: &mut Work<'_>, privileges: &Privileges) {
    let public = |role: &String| role.eq_ignore_ascii_case("public");
    if privileges.grant && privileges.grant_option && privileges.roles.iter().any(public) {
        let message = "grant options can only be granted to roles";
        work.refuse("0LP01", message);
    }
}

/// The first privilege that is of other objects; what is none at all is refused before.
fn foreign<'a>(privileges: &'a Privileges, known: &[&str]) -> Option<&'a str> {
    const ALL: &[&str] = &["CONNECT", "CREATE", "EXECUTE", "TEMP", "TEMPORARY", "USAGE"];
    let names = privileges.privileges.iter().map(|one| one.name.as_str());
    let mut real = names.filter(|name| ALL.contains(name) || OF_TABLES.contains(name));
    let found = real.find(|name| !known.contains(name))?;
    Some(match found {
        "TEMPORARY" => "TEMP",
        name => name,
    })
}

/// The privileges of a kind of object, and how messages call it.
fn of_kind(object: ObjectKind) -> Option<(&'static [&'static str], &'static str)> {
    Some(match object {
        ObjectKind::Table => (OF_TABLES, "relation"),
        ObjectKind::Sequence => (&["SELECT", "UPDATE", "USAGE"], "sequence"),
        ObjectKind::Database => (&["CREATE", "CONNECT", "TEMP", "TEMPORARY"], "database"),
        ObjectKind::Function => (&["EXECUTE"], "function"),
        ObjectKind::Procedure => (&["EXECUTE"], "procedure"),
        ObjectKind::Routine => (&["EXECUTE"], "routine"),
        ObjectKind::Language => (&["USAGE"], "language"),
        ObjectKind::LargeObject => (&["SELECT", "UPDATE"], "large object"),
        ObjectKind::Schema => (&["CREATE", "USAGE"], "schema"),
        ObjectKind::Tablespace => (&["CREATE"], "tablespace"),
        ObjectKind::Type => (&["USAGE"], "type"),
        ObjectKind::Domain => (&["USAGE"], "domain"),
        ObjectKind::ForeignDataWrapper => (&["USAGE"], "foreign-data wrapper"),
        ObjectKind::Server => (&["USAGE"], "foreign server"),
        _ => return None,
    })
}

/// `GRANT USAGE ON t`, which is one of sequences.
fn of_tables(work: &mut Work<'_>, privileges: &Privileges) {
    for named in &privileges.names {
        let table = work.before.relation(&named.name);
        let is_table = |kind: RelationKind| kind != RelationKind::Sequence;
        if table.is_some_and(|table| table.columns_known && is_table(table.kind)) {
            work.refuse("0LP01", "invalid privilege type USAGE for table");
        }
    }
}
