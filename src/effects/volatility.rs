//! How long the result of a built-in function holds: for ever, for one statement, or not at all.

use crate::sql::ast::Volatility;

/// The volatility of a built-in function by its name; of one that is not listed, immutable.
///
/// Where the overloads of a name differ, the most lasting one counts, unless one is volatile.
pub(super) fn of_built_in(name: &str) -> Volatility {
    let listed = |words: &str| words.split_ascii_whitespace().any(|word| word == name);
    if listed(VOLATILE) {
        Volatility::Volatile
    } else if listed(STABLE) {
        Volatility::Stable
    } else {
        Volatility::Immutable
    }
}

/// `pg_proc.provolatile = 'v'` in PostgreSQL 15, the internal ones left out; `random_normal` of 16,
/// `uuidv4` and `uuidv7` of 18; those of extensions uuid-ossp and pgcrypto.
const VOLATILE: &str = "\
    brin_desummarize_range brin_summarize_new_values brin_summarize_range clock_timestamp \
    current_query currtid2 currval cursor_to_xml cursor_to_xmlschema gen_random_bytes \
    gen_random_uuid gen_salt gin_clean_pending_list lastval lo_close lo_creat lo_create lo_export \
    lo_from_bytea lo_get lo_import lo_lseek lo_lseek64 lo_open lo_put lo_tell lo_tell64 lo_truncate \
    lo_truncate64 lo_unlink loread lowrite nextval pg_advisory_lock pg_advisory_lock_shared \
    pg_advisory_unlock pg_advisory_unlock_all pg_advisory_unlock_shared pg_advisory_xact_lock \
    pg_advisory_xact_lock_shared pg_backup_start pg_backup_stop pg_blocking_pids pg_cancel_backend \
    pg_collation_actual_version pg_copy_logical_replication_slot pg_copy_physical_replication_slot \
    pg_create_logical_replication_slot pg_create_physical_replication_slot pg_create_restore_point \
    pg_current_logfile pg_current_wal_flush_lsn pg_current_wal_insert_lsn pg_current_wal_lsn \
    pg_database_collation_actual_version pg_database_size pg_drop_replication_slot \
    pg_export_snapshot pg_extension_config_dump pg_get_backend_memory_contexts \
    pg_get_multixact_members pg_get_shmem_allocations pg_get_wal_replay_pause_state \
    pg_get_wal_resource_managers pg_hba_file_rules pg_ident_file_mappings \
    pg_import_system_collations pg_indexes_size pg_is_in_recovery pg_is_wal_replay_paused \
    pg_isolation_test_session_is_blocked pg_jit_available pg_last_committed_xact \
    pg_last_wal_receive_lsn pg_last_wal_replay_lsn pg_last_xact_replay_timestamp pg_lock_status \
    pg_log_backend_memory_contexts pg_logical_emit_message pg_logical_slot_get_binary_changes \
    pg_logical_slot_get_changes pg_logical_slot_peek_binary_changes pg_logical_slot_peek_changes \
    pg_nextoid pg_notification_queue_usage pg_notify pg_partition_ancestors pg_partition_tree \
    pg_prepared_xact pg_promote pg_read_binary_file pg_read_file pg_read_file_old pg_relation_size \
    pg_reload_conf pg_replication_slot_advance pg_rotate_logfile pg_rotate_logfile_old \
    pg_safe_snapshot_blocking_pids pg_sequence_last_value pg_show_all_file_settings \
    pg_show_replication_origin_status pg_sleep pg_sleep_for pg_sleep_until pg_stat_clear_snapshot \
    pg_stat_file pg_stat_force_next_flush pg_stat_get_recovery_prefetch pg_stat_have_stats \
    pg_stop_making_pinned_objects pg_switch_wal pg_table_size pg_tablespace_size \
    pg_terminate_backend pg_total_relation_size pg_try_advisory_lock pg_try_advisory_lock_shared \
    pg_try_advisory_xact_lock pg_try_advisory_xact_lock_shared pg_xact_commit_timestamp \
    pg_xact_commit_timestamp_origin pg_xact_status query_to_xml query_to_xml_and_xmlschema \
    query_to_xmlschema random random_normal set_config setseed setval timeofday ts_stat txid_status \
    uuid_generate_v1 uuid_generate_v1mc uuid_generate_v4 uuidv4 uuidv7";

/// `pg_proc.provolatile = 's'` in PostgreSQL 15, where no overload is immutable, type input and output
/// left out; with the keywords of the grammar that stand for such a call; that of extension unaccent.
const STABLE: &str = "\
    unaccent aclexplode aclitemin aclitemout array_to_json array_to_string array_typanalyze col_description \
    concat concat_ws convert convert_from convert_to current_catalog current_database current_date \
    current_role current_schema current_schemas current_setting current_time current_timestamp \
    current_user database_to_xml database_to_xml_and_xmlschema database_to_xmlschema \
    date_cmp_timestamptz date_eq_timestamptz date_ge_timestamptz date_gt_timestamptz \
    date_le_timestamptz date_lt_timestamptz date_ne_timestamptz enum_first enum_last enum_range \
    fmgr_c_validator fmgr_internal_validator fmgr_sql_validator format format_type \
    get_current_ts_config getdatabaseencoding getpgusername inet_client_addr inet_client_port \
    inet_server_addr inet_server_port interval_pl_timestamptz json_agg_transfn json_build_array \
    json_build_object json_object_agg_transfn json_populate_record json_populate_recordset \
    json_to_record json_to_recordset jsonb_agg_finalfn jsonb_agg_transfn jsonb_build_array \
    jsonb_build_object jsonb_object_agg_finalfn jsonb_object_agg_transfn jsonb_path_exists_tz \
    jsonb_path_match_tz jsonb_path_query_array_tz jsonb_path_query_first_tz jsonb_path_query_tz \
    jsonb_populate_record jsonb_populate_recordset jsonb_to_record jsonb_to_recordset localtime \
    localtimestamp make_timestamptz money multirange_typanalyze mxid_age now obj_description \
    oidvectortypes pg_backend_pid pg_char_to_encoding pg_client_encoding pg_collation_for \
    pg_collation_is_visible pg_column_compression pg_column_is_updatable pg_column_size \
    pg_conf_load_time pg_config pg_conversion_is_visible pg_current_snapshot pg_current_xact_id \
    pg_current_xact_id_if_assigned pg_describe_object pg_encoding_to_char \
    pg_event_trigger_ddl_commands pg_event_trigger_dropped_objects \
    pg_event_trigger_table_rewrite_oid pg_event_trigger_table_rewrite_reason \
    pg_extension_update_paths pg_filenode_relation pg_function_is_visible \
    pg_get_catalog_foreign_keys pg_get_constraintdef pg_get_expr pg_get_function_arg_default \
    pg_get_function_arguments pg_get_function_identity_arguments pg_get_function_result \
    pg_get_function_sqlbody pg_get_functiondef pg_get_indexdef pg_get_keywords pg_get_object_address \
    pg_get_partition_constraintdef pg_get_partkeydef pg_get_publication_tables \
    pg_get_replica_identity_index pg_get_ruledef pg_get_serial_sequence pg_get_statisticsobjdef \
    pg_get_statisticsobjdef_columns pg_get_statisticsobjdef_expressions pg_get_triggerdef \
    pg_get_userbyid pg_get_viewdef pg_has_role pg_identify_object pg_identify_object_as_address \
    pg_index_column_has_property pg_index_has_property pg_indexam_has_property \
    pg_is_other_temp_schema pg_listening_channels pg_mcv_list_items pg_my_temp_schema \
    pg_opclass_is_visible pg_operator_is_visible pg_opfamily_is_visible pg_options_to_table \
    pg_postmaster_start_time pg_relation_filenode pg_relation_filepath pg_relation_is_publishable \
    pg_relation_is_updatable pg_replication_origin_oid pg_sequence_parameters pg_settings_get_flags \
    pg_statistics_obj_is_visible pg_table_is_visible pg_tablespace_databases pg_tablespace_location \
    pg_trigger_depth pg_ts_config_is_visible pg_ts_dict_is_visible pg_ts_parser_is_visible \
    pg_ts_template_is_visible pg_type_is_visible pg_typeof range_typanalyze regclass \
    row_security_active row_to_json schema_to_xml schema_to_xml_and_xmlschema schema_to_xmlschema \
    session_user shobj_description statement_timestamp system_user table_to_xml \
    table_to_xml_and_xmlschema table_to_xmlschema timestamp_cmp_timestamptz timestamp_eq_timestamptz \
    timestamp_ge_timestamptz timestamp_gt_timestamptz timestamp_le_timestamptz \
    timestamp_lt_timestamptz timestamp_ne_timestamptz timestamptz_cmp_date timestamptz_cmp_timestamp \
    timestamptz_eq_date timestamptz_eq_timestamp timestamptz_ge_date timestamptz_ge_timestamp \
    timestamptz_gt_date timestamptz_gt_timestamp timestamptz_le_date timestamptz_le_timestamp \
    timestamptz_lt_date timestamptz_lt_timestamp timestamptz_mi_interval timestamptz_ne_date \
    timestamptz_ne_timestamp timestamptz_pl_interval to_char to_date to_json to_jsonb to_number \
    to_regclass to_regcollation to_regnamespace to_regoper to_regoperator to_regproc to_regprocedure \
    to_regrole to_regtype transaction_timestamp ts_debug ts_match_tq ts_match_tt ts_typanalyze \
    txid_current txid_current_if_assigned txid_current_snapshot user version xml xml_is_well_formed";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found() {
        assert_eq!(of_built_in("gen_random_uuid"), Volatility::Volatile);
        assert_eq!(of_built_in("clock_timestamp"), Volatility::Volatile);
        assert_eq!(of_built_in("now"), Volatility::Stable);
        assert_eq!(of_built_in("lower"), Volatility::Immutable);
    }
}
