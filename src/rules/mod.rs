//! Judgement: one file per rule, over what the lower rooms know of a statement.

mod frame;

pub use crate::effects::{Known, Options};
pub use frame::{
    Applicability, Class, Edit, Finding, Fix, Input, Judged, Level, Report, Rule, Severity,
    Summary, check, check_knowing, judge, link, nearest, page,
};

/// Declares the module of each rule and lists what they hold.
macro_rules! rules {
    ($($id:ident,)*) => {
        $(mod $id;)*

        /// Every rule, in the order of their ids.
        pub static RULES: &[&Rule] = &[$(&$id::RULE,)*];
    };
}

rules! {
    backfill_with_ddl,
    body_outdated,
    breaks_release,
    concurrently_in_transaction,
    constraint_without_not_valid,
    default_dropped,
    drift_masked,
    drop_column,
    drop_object,
    drop_schema,
    drop_table,
    fails,
    foreign_key_partial_index,
    foreign_key_without_not_valid,
    function_overload,
    identity_always,
    index_not_concurrent,
    malformed_directive,
    mixed_phases,
    no_lock_timeout,
    opaque_statement,
    partition_detached,
    privilege_revoked,
    rename_column,
    rename_object,
    rename_table,
    replica_identity_lost,
    required_column_added,
    row_security,
    rows_lost,
    sequence_not_widened,
    sequence_restarted,
    set_not_null_scan,
    several_strong_locks,
    statement_timeout_on_build,
    timeout_without_effect,
    trigger_on_writes,
    type_change_rewrite,
    unique_dropped,
    unlogged_table,
    unused_allow,
    volatile_default,
    work_under_lock,
}

/// The rule of that id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.id == id)
}
