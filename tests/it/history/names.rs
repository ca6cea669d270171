//! The names that histories use, odd ones too.

/// Names of relations, types and functions, as written.
pub(super) const NAMES: &[&str] = &[
    "users",
    "orders",
    "items",
    "t1",
    "t2",
    "t3",
    "accounts",
    "\"Order Items\"",
    "\"UPPER\"",
    "\"we\"\"ird\"",
    "\"user\"",
    "\"select\"",
    "\"größe\"",
    "_under$core",
    "MixedCase",
    "a_relation_with_a_name_that_is_exactly_sixty_three_bytes_long_x",
    "a_relation_with_a_name_that_is_longer_than_sixty_three_bytes_and_is_cut",
    "a_relation_whose_name_alone_leaves_no_room_for_the_columns",
];

/// Names of columns, as written.
pub(super) const COLUMNS: &[&str] = &[
    "id",
    "name",
    "email",
    "a",
    "b",
    "c",
    "created_at",
    "price",
    "\"Quoted Column\"",
    "\"order\"",
    "\"end\"",
    "\"ÄÖÜ\"",
    "UPPER_FOLDED",
    "value",
    "position",
    "a_column_with_quite_a_long_name_so_that_names_are_cut",
    "another_column_with_quite_a_long_name_so_that_names_are_cut_too_and_more",
];

/// Names of constraints, indexes, triggers, policies and rules, as written.
pub(super) const SMALL: &[&str] = &[
    "n1",
    "n2",
    "n3",
    "\"N 4\"",
    "n5",
    "n6",
    "\"check\"",
    "users_pkey",
    "t1_pkey",
    "t1_a_key",
    "t2_a_check",
    "t2_check",
    "orders_id_fkey",
    "t1_a_idx",
];
